// SPDX-License-Identifier: GPL-2.0
/* Messages of the kernel, mutated: whatever comes is decoded without a wrong byte read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "../libvs/err.h"
#include "../libvs/schema.h"
#include "unit.h"

#define ROUNDS	4000u

static const struct {
	const struct vs_set *set;
	const char *object;
} seeds[] = {
	{ &vs_portgroup_set, "{'name': 'prod', 'vlan': 10, 'security': {'promiscuous': 'accept'},"
			     " 'learning': {'limit': 64, 'flood': true}}" },
	{ &vs_port_set, "{'portgroup': 'VM Network', 'mac': ['02:00:00:00:00:01',"
			" '02:00:00:00:00:02'], 'blocked': true}" },
	{ &vs_switch_set, "{'security': {'forged_transmits': 'accept'}, 'up_delay': 100}" },
	{ &vs_memory_set, "{'id': 7, 'kind': 'managed', 'compressor': 'zstd'}" },
	{ &vs_scanner_set, "{'running': true, 'workers': 2, 'cpu': 10}" },
};

static uint64_t state = 0x6e6c6d73;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

/* The attributes of an object, as the kernel would send them */
static size_t encode(size_t which, uint8_t *raw, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(4096);
	json_t *object = unit_json(seeds[which].object);
	size_t len;

	nlmsg_put(msg, 0, 0, 0, 0, 0);
	if (vs_encode(msg, seeds[which].set, object))
		printf("# %zu: %s\n", which, vs_error());
	len = nlmsg_datalen(nlmsg_hdr(msg));
	CHECK(len > 8 && len < size);
	memcpy(raw, nlmsg_data(nlmsg_hdr(msg)), len < size ? len : size);
	json_decref(object);
	nlmsg_free(msg);
	return len;
}

static void mutate(uint8_t *raw, size_t len)
{
	struct nlattr *attr;

	if (draw(2)) {
		raw[draw(len)] = draw(256);
		return;
	}
	/* A header, with a length or a type that is nearly right */
	attr = (struct nlattr *)(raw + draw(len / 4) * 4);
	if (draw(2))
		attr->nla_len += draw(9) - 4;
	else
		attr->nla_type ^= 1 << draw(8);
}

static void decode(const struct vs_set *set, const uint8_t *raw, size_t len)
{
	/* Exactly as large as the message: what reads on is seen. */
	void *copy = malloc(len ? len : 1);
	json_t *object;
	char *text;

	memcpy(copy, raw, len);
	object = vs_decode(set, copy, len);
	text = json_dumps(object, JSON_COMPACT);
	CHECK(json_is_object(object) && text);
	free(text);
	json_decref(object);
	free(copy);
}

static void mutations(void)
{
	uint8_t good[4096], raw[4096];
	unsigned int round, i;
	size_t which, len;

	for (which = 0; which < ARRAY_SIZE(seeds); which++) {
		len = encode(which, good, sizeof(good));
		decode(seeds[which].set, good, len);
		for (round = 0; round < ROUNDS; round++) {
			memcpy(raw, good, len);
			for (i = 1 + draw(4); i; i--)
				mutate(raw, len);
			/* Of another set, too */
			decode(seeds[draw(8) ? which : draw(ARRAY_SIZE(seeds))].set, raw,
			       draw(4) ? len : draw(len + 1));
		}
	}
}

/* libnl's own reads are not watched: what has no bytes must not become a number. */
static void no_numbers(const struct vs_set *set, struct nlattr *attr)
{
	json_t *object = vs_decode(set, attr, NLA_HDRLEN), *value;
	const char *key;

	json_object_foreach(object, key, value)
		CHECK(!json_is_number(value) && !json_is_boolean(value));
	json_decref(object);
}

/* One attribute, at the very end, with every length that is too short for some type */
static void short_attributes(void)
{
	uint8_t raw[NLA_HDRLEN + 16];
	struct nlattr *attr = (struct nlattr *)raw;
	unsigned int type, len;
	size_t which;

	memset(raw, 0xff, sizeof(raw));
	for (which = 0; which < ARRAY_SIZE(seeds); which++) {
		for (type = 0; type < 64; type++) {
			for (len = NLA_HDRLEN; len <= sizeof(raw); len++) {
				attr->nla_type = type;
				attr->nla_len = len;
				decode(seeds[which].set, raw, len);
			}
			attr->nla_len = NLA_HDRLEN;
			no_numbers(seeds[which].set, attr);
		}
	}
}

const struct test netlink_tests[] = {
	{ "netlink: attributes that are too short", short_attributes },
	{ "netlink: mutations of messages", mutations },
	{ NULL, NULL }
};
