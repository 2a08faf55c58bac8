// SPDX-License-Identifier: GPL-2.0
/*
 * Mutations of good files: nothing may crash, and what is accepted must come
 * out of "save" and into "apply" again as the same.  The seed is fixed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/diff.h"
#include "../libvs/err.h"
#include "../libvs/yaml.h"
#include "unit.h"

#define SIZE_MAX_BYTES	4096

static const char *const seeds[] = {
	"switches:\n- name: vs0\n  mtu: 9000\n  security: {promiscuous: accept}\n"
	"  teaming:\n    active: [eth0]\n    standby: [eth1]\n  uplinks: [eth0, {device: eth1}]\n"
	"  portgroups:\n  - {name: prod, vlan: 10}\n  - name: \"VM Netw\xc3\xb6rk\"\n"
	"    trunk: 0,10,20-29\n    security: {mac_changes: inherit}\n"
	"    teaming: {active: [eth1]}\n  ports:\n  - device: tap0\n    portgroup: prod\n"
	"    mac: [02:00:00:00:00:01, 02:00:00:00:00:02]\n    blocked: true\n"
	"  vmks:\n  - {name: vmk0, portgroup: prod, addresses: [192.0.2.1/24, 2001:db8::1/64]}\n",
	"{\"switches\": [{\"name\": \"vs0\", \"uplinks\": [\"eth0\"], \"portgroups\": [{\"name\": \"a\","
	" \"trunk\": \"1-3\"}], \"ports\": [{\"device\": \"tap0\", \"portgroup\": \"a\", \"mac\":"
	" \"02:00:00:00:00:01\"}], \"vmks\": [{\"name\": \"k\", \"mtu\": 1400}]}]}",
};

static const char *const words[] = {
	"- ", ": ", "\n", "  ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "!!int ", "|\n", ">\n",
	"null", "~", "-1", "4095", "4096", "99999999999999999999", "0x", "1e9", "\\u0000", "\\ud800",
	"\xff", "\xc3", "\xef\xbb\xbf", "\t", "---\n", "...\n", "? ", "# ", "%YAML 1.1\n", "true",
	"name", "vlan", "trunk", "0-4094", "02:00:00:00:00:01", "1.2.3.4/33", "inherit", ",", "-",
};

static uint64_t state = 0x76737769;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

static void splice(char *text, size_t *len, size_t at, size_t remove, const char *insert,
		   size_t size)
{
	if (remove > *len - at)
		remove = *len - at;
	if (*len - remove + size > SIZE_MAX_BYTES)
		return;
	memmove(text + at + size, text + at + remove, *len - at - remove);
	memcpy(text + at, insert, size);
	*len = *len - remove + size;
}

static void mutate(char *text, size_t *len)
{
	const char *word = words[draw(ARRAY_SIZE(words))];
	char copy[64];
	size_t at = draw(*len + 1), from, size;

	switch (draw(5)) {
	case 0:
		splice(text, len, at, draw(8), "", 0);
		break;
	case 1:
		splice(text, len, at, 0, word, strlen(word));
		break;
	case 2:
		splice(text, len, at, draw(6), word, strlen(word));
		break;
	case 3:
		copy[0] = draw(256);
		splice(text, len, at, 1, copy, 1);
		break;
	default:
		from = draw(*len + 1);
		size = *len - from < sizeof(copy) ? *len - from : draw(sizeof(copy));
		memcpy(copy, text + from, size);
		splice(text, len, at, 0, copy, size);
	}
}

/* What was accepted goes through "save" and comes back as the same. */
static bool check_accepted(const json_t *switches)
{
	json_t *tree = vs_config_tree(switches), *again = NULL, *same = NULL, *plan = NULL;
	json_t *links = json_array();
	char *text = NULL;
	bool ok;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	ok = !vs_yaml_write(to, tree);
	fclose(to);
	ok = ok && !vs_config_parse("again", text, size, &again) &&
	     !vs_config_check(again, &same) && json_equal(switches, same) &&
	     !vs_diff(switches, same, links, &plan) && !json_array_size(plan);
	free(text);
	json_decref(tree);
	json_decref(again);
	json_decref(same);
	json_decref(plan);
	json_decref(links);
	return ok;
}

static void mutations(void)
{
	unsigned int round, accepted = 0, parsed = 0;
	char text[SIZE_MAX_BYTES];
	const char *seed;
	size_t len = 0, i;
	bool ok = true;

	for (round = 0; round < 20000 && ok; round++) {
		json_t *tree = NULL, *switches = NULL;

		seed = seeds[round % 2];
		len = strlen(seed);
		memcpy(text, seed, len);
		for (i = 1 + draw(4); i; i--)
			mutate(text, &len);
		if (!vs_config_parse("fuzz", text, len, &tree)) {
			parsed++;
			if (!vs_config_check(tree, &switches)) {
				accepted++;
				ok = check_accepted(switches);
			}
		}
		json_decref(tree);
		json_decref(switches);
	}
	if (!ok)
		printf("# %s:\n# %.*s\n", vs_error(), (int)len, text);
	CHECK(ok);
	printf("# %u files, %u parsed, %u accepted\n", round, parsed, accepted);
	CHECK(parsed > 1000 && accepted > 100);
}

const struct test fuzz_tests[] = {
	{ "fuzz: mutations of configurations", mutations },
	{ NULL, NULL }
};
