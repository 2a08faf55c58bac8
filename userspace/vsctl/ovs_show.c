// SPDX-License-Identifier: GPL-2.0
/* ovs-vsctl: what get and list print */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/json.h"
#include "ovs.h"
#include "vsctl.h"

/* A word as it is, anything else as a JSON string: both can be given back to set. */
static int print_text(const char *text)
{
	json_auto_t *value = NULL;
	const char *at = text;
	char *quoted;

	while (isalnum((unsigned char)*at) || (*at && strchr("_-.", *at)))
		at++;
	if (!*at && isalpha((unsigned char)*text)) {
		puts(text);
		return VS_OK;
	}
	value = vs_json_text(text);
	quoted = json_dumps(value, JSON_ENCODE_ANY);
	puts(quoted ?: "");
	free(quoted);
	return VS_OK;
}

static int print_id(struct vs_ctx *vs, const json_t *port, const char *key)
{
	const char *device = vs_text_of(port, "device"), *text;
	json_auto_t *ids = ovs_ids_of(vs, device);

	if (!strcmp(key, "ifname"))
		text = device;
	else if (!strcmp(key, "attached-mac"))
		text = json_string_value(json_array_get(json_object_get(port, "mac"), 0));
	else if (!strcmp(key, "port-profile"))
		text = vs_text_of(port, "portgroup");
	else
		text = vs_text_of(ids, key);
	return text ? print_text(text) :
		      vs_fail(VS_NOT_FOUND, "%s has no external id %s", device, key);
}

static json_int_t sum(const json_t *stats, const char *way, const char *unit)
{
	static const char *const casts[] = { "unicast", "multicast", "broadcast" };
	json_int_t total = 0;
	char key[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(casts); i++) {
		snprintf(key, sizeof(key), "%s_%s_%s", way, casts[i], unit);
		total += json_integer_value(json_object_get(stats, key));
	}
	return total;
}

/*
 * As the switch sees them: received is what the guest sent.  Every drop is counted with the
 * port that is at fault, whatever its direction: they are what the guest sent, mostly.
 */
static json_t *statistics(const json_t *port)
{
	const json_t *stats = json_object_get(port, "stats");
	json_int_t dropped = 0;
	const char *reason;
	json_t *packets;

	json_object_foreach(json_object_get(stats, "drop"), reason, packets)
		dropped += json_integer_value(packets);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "rx_bytes", sum(stats, "in", "bytes"), "rx_dropped", dropped,
			 "rx_errors", (json_int_t)0, "rx_packets", sum(stats, "in", "packets"),
			 "tx_bytes", sum(stats, "out", "bytes"), "tx_dropped", (json_int_t)0,
			 "tx_errors", (json_int_t)0, "tx_packets", sum(stats, "out", "packets"));
}

int ovs_print_statistics(const json_t *port)
{
	json_auto_t *map = json_array(), *stats = statistics(port), *list = NULL;
	const char *key;
	json_t *value;
	char *text;

	json_object_foreach(stats, key, value)
		json_array_append_new(map, json_pack("[sO]", key, value));
	list = json_pack("[sO]", "map", map);
	text = json_dumps(list, JSON_COMPACT);
	puts(text);
	free(text);
	return VS_OK;
}

static int print_number(const json_t *port, const char *key)
{
	json_auto_t *stats = statistics(port);
	const json_t *value = json_object_get(stats, key);

	if (!value)
		return vs_fail(VS_NOT_FOUND, "there is no statistic '%s'", key);
	printf("%lld\n", json_integer_value(value));
	return VS_OK;
}

int ovs_print_column(struct vs_ctx *vs, const json_t *port, const char *column, const char *key)
{
	if (!strcmp(column, "name") && !key)
		return print_text(vs_text_of(port, "device"));
	if (!strcmp(column, "external_ids") && key)
		return print_id(vs, port, key);
	if (!strcmp(column, "statistics") && key)
		return print_number(port, key);
	return vs_fail(VS_USAGE, "get knows name, external_ids:KEY and statistics:KEY, not %s%s%s",
		       column, key ? ":" : "", key ?: "");
}
