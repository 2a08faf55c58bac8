// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vswitch.h>

#include "err.h"
#include "rows.h"
#include "schema.h"
#include "services.h"
#include "text.h"

static const struct vs_row security_rows[] = {
	{ "promiscuous", VS_WORD, "promiscuous", "PROMISCUOUS", VS_FILE, .words = vs_policy_words },
	{ "mac_changes", VS_WORD, "mac-changes", "MAC-CHANGES", VS_FILE,
	  .words = vs_policy_words },
	{ "forged_transmits", VS_WORD, "forged-transmits", "FORGED-TRANSMITS", VS_FILE,
	  .words = vs_policy_words },
	{ "mac_source", VS_WORD, "mac-source", .flags = VS_FILE, .words = vs_mac_source_words },
	{ NULL }
};

const struct vs_row vs_teaming_rows[] = {
	{ "policy", VS_WORD, "teaming", "TEAMING", VS_FILE | VS_ENDS, "port-id",
	  .words = vs_teaming_policy_words },
	{ "active", VS_PORT, "active", "ACTIVE", VS_FILE | VS_LIST, .most = VSWITCH_UPLINKS_MAX },
	{ "standby", VS_PORT, "standby", "STANDBY", VS_FILE | VS_LIST,
	  .most = VSWITCH_UPLINKS_MAX },
	{ "unused", VS_PORT, "unused", .flags = VS_FILE | VS_LIST, .most = VSWITCH_UPLINKS_MAX },
	{ "detection", VS_WORD, "detection", "DETECTION", VS_FILE, .words = vs_detection_words },
	{ "failback", VS_BOOL, "failback", "FAILBACK", VS_FILE, "true" },
	{ "notify_switches", VS_BOOL, "notify-switches", "NOTIFY", VS_FILE, "true" },
	{ NULL }
};

static const struct vs_row shaping_rows[] = {
	{ "average", VS_NUMBER, .flags = VS_FILE | VS_NEEDED, .min = 1, .max = UINT32_MAX },
	{ "peak", VS_NUMBER, .flags = VS_FILE | VS_NEEDED, .min = 1, .max = UINT32_MAX },
	{ "burst", VS_NUMBER, .flags = VS_FILE | VS_NEEDED, .min = 1, .max = UINT32_MAX },
	{ NULL }
};

static const struct vs_row learning_rows[] = {
	{ "limit", VS_NUMBER, "learning-limit", NULL, VS_FILE, "4096", .min = 1,
	  .max = VSWITCH_LEARNING_LIMIT_MAX },
	{ "full", VS_WORD, "learning-full", .flags = VS_FILE, .words = vs_learning_full_words },
	{ "flood", VS_BOOL, "learning-flood", NULL, VS_FILE, "true" },
	{ "ageing", VS_NUMBER, "learning-ageing", NULL, VS_FILE, "600", .min = 1,
	  .max = 1000000 },
	{ NULL }
};

/* The policies of a port group that a port may override */
#define VLAN_ROWS(head, how) \
	{ "vlan", VS_NUMBER, "vlan", head, VS_OPTIONAL | (how), .max = VSWITCH_VLAN_GUEST }, \
	{ "trunk", VS_TRUNK, "trunk", .flags = VS_OPTIONAL | (how) }
#define TEAMING_ROW(how) \
	{ "teaming", VS_NEST, .flags = VS_INHERITS | VS_OPTIONAL | (how), .rows = vs_teaming_rows, \
	  .finish = vs_finish_teaming }
#define SHAPING_ROWS(how) \
	{ "shaping_ingress", VS_NEST, "shaping-ingress", \
	  .flags = VS_OPTIONAL | VS_TUPLE | (how), .rows = shaping_rows }, \
	{ "shaping_egress", VS_NEST, "shaping-egress", \
	  .flags = VS_OPTIONAL | VS_TUPLE | (how), .rows = shaping_rows }
#define OWN_ROWS(how) \
	VLAN_ROWS(NULL, VS_OWN | (how)), \
	{ "security", VS_NEST, .flags = VS_INHERITS | VS_OPTIONAL | VS_OWN | (how), \
	  .rows = security_rows }, \
	TEAMING_ROW(VS_OWN | (how)), \
	SHAPING_ROWS(VS_OWN | (how))

#define MTU_ROW \
	{ "mtu", VS_NUMBER, "mtu", "MTU", VS_ANY | VS_OPTIONAL, .min = 68, .max = 65535 }
#define DOWN_ROW \
	{ "down", VS_FLAG, "down", .flags = VS_ADD }

const struct vs_row vs_uplink_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "id", VS_SHOWN, NULL, "ID" },
	{ "device", VS_DEVICE, NULL, "DEVICE", VS_FILE | VS_NEEDED },
	{ "kind", VS_SHOWN, NULL, "KIND" },
	{ "blocked", VS_BOOL, "blocked", "BLOCKED", VS_ANY },
	{ "link", VS_SHOWN, NULL, "LINK" },
	{ "state", VS_SHOWN, NULL, "STATE" },
	{ "mtu", VS_SHOWN, NULL, "MTU" },
	{ "speed", VS_SHOWN, NULL, "SPEED" },
	{ "duplex", VS_SHOWN, NULL, "DUPLEX" },
	{ "neighbor", VS_SHOWN, NULL, "NEIGHBOR" },
	DOWN_ROW,
	{ NULL }
};

const struct vs_row vs_portgroup_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "name", VS_NAME, NULL, "NAME", VS_FILE | VS_NEEDED },
	{ "new_name", VS_NAME, "name", .flags = VS_SET },
	VLAN_ROWS("VLAN", VS_ANY),
	{ "port_count", VS_SHOWN, NULL, "PORTS" },
	{ "security", VS_NEST, .flags = VS_ANY | VS_INHERITS | VS_COLUMNS, .rows = security_rows },
	TEAMING_ROW(VS_ANY | VS_COLUMNS),
	{ "blocked", VS_BOOL, "blocked", .flags = VS_ANY },
	{ "overrides", VS_WORDS, "overrides", .flags = VS_ANY, .words = vs_override_words },
	SHAPING_ROWS(VS_ANY),
	{ "learning", VS_NEST, "learning", .flags = VS_ANY | VS_OPTIONAL, .rows = learning_rows },
	{ "snooping", VS_BOOL, "snooping", .flags = VS_ANY },
	{ "link_local", VS_WORDS, "link-local", .flags = VS_ANY, .words = vs_link_local_words },
	{ "shared_mac", VS_BOOL, "shared-mac", .flags = VS_ANY },
	{ NULL }
};

const struct vs_row vs_port_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "id", VS_SHOWN, NULL, "ID" },
	{ "device", VS_DEVICE, NULL, "DEVICE", VS_FILE | VS_NEEDED },
	{ "kind", VS_SHOWN, NULL, "KIND" },
	{ "role", VS_SHOWN, NULL, "ROLE" },
	{ "portgroup", VS_NAME, "portgroup", "PORTGROUP", VS_ANY | VS_OPTIONAL },
	{ "mac", VS_MAC, "mac", "MAC", VS_ANY | VS_LIST | VS_REPEATED | VS_ALONE,
	  .most = VSWITCH_PORT_MACS_MAX },
	{ "effective_mac", VS_MAC, "effective-mac", .flags = VS_SET },
	{ "blocked", VS_BOOL, "blocked", "BLOCKED", VS_ANY },
	{ "inactive", VS_FLAG, "inactive", "INACTIVE", VS_ADD },
	{ "inactive_auto", VS_FLAG, "auto", .flags = VS_ADD },
	{ "link", VS_SHOWN, NULL, "LINK" },
	{ "mtu", VS_SHOWN, NULL, "MTU" },
	{ "uplink", VS_PORT, NULL, "UPLINK" },
	OWN_ROWS(VS_ANY),
	{ "overrides", VS_WORDS, "overrides", "OVERRIDES", VS_SET | VS_DERIVED,
	  .words = vs_override_words },
	DOWN_ROW,
	{ NULL }
};

const struct vs_row vs_vmk_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "id", VS_SHOWN, NULL, "ID" },
	{ "name", VS_IFNAME, NULL, "NAME", VS_FILE | VS_NEEDED },
	{ "ifindex", VS_SHOWN },
	{ "netns", VS_SHOWN },
	{ "portgroup", VS_NAME, "portgroup", "PORTGROUP", VS_ANY | VS_OPTIONAL },
	{ "mac", VS_MAC, "mac", "MAC", VS_ANY | VS_OPTIONAL },
	{ "addresses", VS_ADDRESS, "address", "ADDRESSES",
	  VS_ANY | VS_OPTIONAL | VS_LIST | VS_REPEATED, .most = 256 },
	{ "services", VS_WORDS, "services", "SERVICES", VS_ANY, .words = vs_service_words },
	{ "blocked", VS_BOOL, "blocked", "BLOCKED", VS_ANY },
	{ "link", VS_SHOWN, NULL, "LINK" },
	MTU_ROW,
	{ "uplink", VS_PORT, NULL, "UPLINK" },
	OWN_ROWS(VS_FILE),
	{ "overrides", VS_WORDS, .flags = VS_DERIVED },
	DOWN_ROW,
	{ NULL }
};

const struct vs_row vs_pvlan_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "primary", VS_NUMBER, NULL, "PRIMARY", VS_FILE | VS_NEEDED, .min = 1,
	  .max = VSWITCH_VLAN_MAX },
	{ "isolated", VS_NUMBER, "isolated", "ISOLATED", VS_ANY | VS_OPTIONAL, .min = 1,
	  .max = VSWITCH_VLAN_MAX },
	{ "community", VS_NUMBER, "community", "COMMUNITY", VS_ANY | VS_LIST, .min = 1,
	  .max = VSWITCH_VLAN_MAX, .most = VSWITCH_VLAN_MAX },
	{ NULL }
};

const struct vs_row vs_mirror_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "name", VS_NAME, NULL, "NAME", VS_FILE | VS_NEEDED },
	{ "ingress", VS_PORT, "ingress", "INGRESS", VS_ANY | VS_LIST, .most = VSWITCH_PORTS_MAX },
	{ "egress", VS_PORT, "egress", "EGRESS", VS_ANY | VS_LIST, .most = VSWITCH_PORTS_MAX },
	{ "vlan", VS_NUMBER, "vlan", "VLAN", VS_ANY | VS_LIST, .max = VSWITCH_VLAN_MAX,
	  .most = VSWITCH_VLAN_MAX + 1 },
	{ "destination", VS_PORT, "destination", "DESTINATION", VS_ANY | VS_NEEDED },
	{ "rspan_vlan", VS_NUMBER, "rspan-vlan", "RSPAN-VLAN", VS_ANY | VS_OPTIONAL, .min = 1,
	  .max = VSWITCH_VLAN_MAX },
	{ "length", VS_NUMBER, "length", "LENGTH", VS_ANY, "0", .max = UINT32_MAX },
	{ "sampling", VS_NUMBER, "sampling", "SAMPLING", VS_ANY, "1", .min = 1,
	  .max = UINT32_MAX },
	{ NULL }
};

const struct vs_row vs_learned_rows[] = {
	{ "switch", VS_SHOWN, NULL, "SWITCH" },
	{ "device", VS_PORT, NULL, "DEVICE" },
	{ "vlan", VS_SHOWN, NULL, "VLAN" },
	{ "mac", VS_SHOWN, NULL, "MAC" },
	{ "age", VS_SHOWN, NULL, "AGE" },
	{ NULL }
};

const struct vs_row vs_switch_rows[] = {
	{ "name", VS_IFNAME, NULL, "NAME", VS_FILE | VS_NEEDED },
	MTU_ROW,
	{ "uplink_count", VS_SHOWN, NULL, "UPLINKS" },
	{ "portgroup_count", VS_SHOWN, NULL, "PORTGROUPS" },
	{ "port_count", VS_SHOWN, NULL, "PORTS" },
	{ "mac_count", VS_SHOWN, NULL, "MACS" },
	{ "security", VS_NEST, .flags = VS_ANY | VS_COLUMNS, .rows = security_rows },
	{ "teaming", VS_NEST, .flags = VS_SET | VS_FILE | VS_COLUMNS, .rows = vs_teaming_rows,
	  .finish = vs_finish_teaming },
	{ "up_delay", VS_NUMBER, "up-delay", .flags = VS_ANY, .def = "100",
	  .max = VSWITCH_UP_DELAY_MAX },
	{ "uplinks", VS_OBJECTS, .flags = VS_FILE | VS_ALONE, .most = VSWITCH_UPLINKS_MAX,
	  .rows = vs_uplink_rows },
	{ "portgroups", VS_OBJECTS, .flags = VS_FILE, .most = VSWITCH_PORTGROUPS_MAX,
	  .rows = vs_portgroup_rows, .finish = vs_finish_portgroup },
	/* Guests bring their ports and take them away: a file need not list them. */
	{ "ports", VS_OBJECTS, .flags = VS_FILE | VS_OPTIONAL, .most = VSWITCH_PORTS_MAX,
	  .rows = vs_port_rows, .finish = vs_finish_port },
	{ "vmks", VS_OBJECTS, .flags = VS_FILE, .most = VSWITCH_PORTS_MAX, .rows = vs_vmk_rows,
	  .finish = vs_finish_port },
	{ "pvlans", VS_OBJECTS, .flags = VS_FILE, .most = VSWITCH_VLAN_MAX,
	  .rows = vs_pvlan_rows },
	{ "mirrors", VS_OBJECTS, .flags = VS_FILE, .most = VSWITCH_MIRRORS_MAX,
	  .rows = vs_mirror_rows },
	DOWN_ROW,
	{ NULL }
};

const struct vs_row vs_file_rows[] = {
	{ "switches", VS_OBJECTS, .flags = VS_FILE | VS_NEEDED, .most = 1024,
	  .rows = vs_switch_rows, .finish = vs_finish_switch },
	{ NULL }
};

size_t vs_row_words(const struct vs_row *row, bool inherits,
		    const char *words[VS_WORDS_MAX + 1])
{
	size_t from, count = 0;

	for (from = 0; row->words && row->words[from] && count < VS_WORDS_MAX; from++) {
		if (inherits || strcmp(row->words[from], "inherit"))
			words[count++] = row->words[from];
	}
	words[count] = NULL;
	return count;
}

json_t *vs_row_default(const struct vs_row *row, bool inherits)
{
	size_t i;

	if (row->form == VS_OBJECTS || row->form == VS_WORDS || row->flags & VS_LIST)
		return row->flags & VS_OPTIONAL ? json_null() : json_array();
	for (i = 0; inherits && row->words && row->words[i]; i++) {
		if (!strcmp(row->words[i], "inherit"))
			return json_string("inherit");
	}
	if (inherits || row->flags & VS_OPTIONAL)
		return json_null();
	if (row->form == VS_NUMBER && row->def)
		return json_integer(strtoll(row->def, NULL, 10));
	if (row->form == VS_BOOL)
		return json_boolean(row->def);
	return row->form == VS_WORD ? json_string(row->def ?: row->words[0]) : json_null();
}

static int check_text(const struct vs_row *row, const char *text)
{
	switch (row->form) {
	case VS_IFNAME:
	case VS_DEVICE:
	case VS_PORT:
		return vs_check_ifname(text);
	case VS_NAME:
		return vs_check_name(text);
	default:
		return VS_OK;
	}
}

int vs_row_text(const struct vs_row *row, const char *text, json_t **value)
{
	unsigned char mac[VS_MAC_LEN];
	char *ranges = NULL, own[64];
	struct vs_trunk trunk;
	struct vs_addr addr;
	int err;

	switch (row->form) {
	case VS_MAC:
		err = vs_parse_mac(text, mac);
		if (!err)
			vs_format_mac(mac, own);
		text = own;
		break;
	case VS_ADDRESS:
		err = vs_parse_addr(text, &addr);
		if (!err)
			vs_format_addr(&addr, own, sizeof(own));
		text = own;
		break;
	case VS_TRUNK:
		err = vs_parse_trunk(text, &trunk);
		ranges = err ? NULL : vs_format_trunk(&trunk);
		text = ranges;
		break;
	default:
		err = check_text(row, text);
	}
	if (!err) {
		*value = json_string(text);
		err = *value ? VS_OK : vs_fail(VS_USAGE, "'%s' is not UTF-8", text);
	}
	free(ranges);
	return err;
}

const struct vs_row *vs_row_name(const struct vs_row *rows)
{
	while (!(rows->flags & VS_NEEDED))
		rows++;
	return rows;
}

const struct vs_row *vs_rows_of(const struct vs_set *set)
{
	static const struct {
		const struct vs_set *set;
		const struct vs_row *rows;
	} all[] = {
		{ &vs_switch_set, vs_switch_rows },
		{ &vs_portgroup_set, vs_portgroup_rows },
		{ &vs_port_set, vs_port_rows },
		{ &vs_pvlan_set, vs_pvlan_rows },
		{ &vs_mirror_set, vs_mirror_rows },
		{ &vs_learned_set, vs_learned_rows },
	};
	size_t i = 0;

	while (all[i].set != set)
		i++;
	return all[i].rows;
}
