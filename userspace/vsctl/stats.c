// SPDX-License-Identifier: GPL-2.0
/* vsctl stats */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/model.h"
#include "vsctl.h"

/* For people: the sums that a table has room for. */
static void add_sums(json_t *port)
{
	static const char *const casts[] = { "unicast", "multicast", "broadcast" };
	static const char *const ways[] = { "in", "out" };
	static const char *const units[] = { "packets", "bytes" };
	json_t *drops = json_object_get(port, "drop"), *packets;
	json_int_t sum;
	const char *reason;
	char key[64];
	size_t w, u, c;

	for (w = 0; w < 2; w++) {
		for (u = 0; u < 2; u++) {
			for (sum = 0, c = 0; c < 3; c++) {
				snprintf(key, sizeof(key), "%s_%s_%s", ways[w], casts[c], units[u]);
				sum += json_integer_value(json_object_get(port, key));
			}
			snprintf(key, sizeof(key), "%s_%s", ways[w], units[u]);
			json_object_set_new(port, key, json_integer(sum));
		}
	}
	sum = 0;
	json_object_foreach(drops, reason, packets)
		sum += json_integer_value(packets);
	json_object_set_new(port, "dropped", json_integer(sum));
}

static json_t *port_stats(const json_t *port)
{
	static const char *const keys[] = { "switch", "id", "device", "role", "portgroup" };
	json_t *out = json_object();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(out, keys[i], json_object_get(port, keys[i]));
	json_object_update(out, json_object_get(port, "stats"));
	return out;
}

/* One port in full: a counter a line. */
static void print_one(const json_t *stats)
{
	const char *key, *reason;
	json_t *value, *packets;
	char *text;

	json_object_foreach((json_t *)stats, key, value) {
		if (strcmp(key, "drop")) {
			text = vs_out_text(value);
			printf("%-24s %s\n", key, text);
			free(text);
			continue;
		}
		if (!json_object_size(value))
			printf("%-24s none\n", "dropped");
		json_object_foreach(value, reason, packets)
			printf("dropped %-16s %lld\n", reason, json_integer_value(packets));
	}
}

static void print_stats(json_t *list, bool one)
{
	static const struct vs_column columns[] = {
		{ "SWITCH", "switch" },
		{ "ID", "id" },
		{ "DEVICE", "device" },
		{ "IN-PACKETS", "in_packets" },
		{ "IN-BYTES", "in_bytes" },
		{ "OUT-PACKETS", "out_packets" },
		{ "OUT-BYTES", "out_bytes" },
		{ "DROPPED", "dropped" },
		{ "REASONS", "drop" },
	};
	json_t *port;
	size_t i;

	if (one && !vsctl_out.json) {
		print_one(json_array_get(list, 0));
		return;
	}
	json_array_foreach(list, i, port) {
		if (!vsctl_out.json)
			add_sums(port);
	}
	vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
}

static int stats(struct args *args)
{
	json_auto_t *ports = NULL, *list = json_array();
	const char *device;
	const json_t *port;
	size_t i;
	int err;

	err = list_ports(args, NULL, &device, &ports);
	if (err)
		return err;
	json_array_foreach(ports, i, port)
		json_array_append_new(list, port_stats(port));
	print_stats(list, device);
	return VS_OK;
}

const struct object vsctl_stats = {
	.name = "stats",
	.fn = stats,
	.help =
	"Usage: vsctl stats [ SWITCH [ DEV ] ]\n"
	"\n"
	"Counters of the ports since they joined.  'in' counts frames from the device into the\n"
	"switch, 'out' frames from the switch to it.  Drops are counted by reason.  For a\n"
	"single port, and with -j, every counter is shown.\n"
	"\n"
	"Examples:\n"
	"  vsctl stats\n"
	"  vsctl stats vs0 tap0\n"
	"  vsctl -j stats vs0 | jq '.[] | {device, drop}'\n",
};
