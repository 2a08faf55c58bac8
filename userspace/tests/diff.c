// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/diff.h"
#include "../libvs/err.h"
#include "unit.h"

#define LINKS \
	"[{'name': 'lo', 'ifindex': 1, 'kind': '', 'master': 0, 'up': true}," \
	" {'name': 'eth0', 'ifindex': 2, 'kind': '', 'master': 0, 'up': true}," \
	" {'name': 'eth1', 'ifindex': 3, 'kind': '', 'master': 0, 'up': false}," \
	" {'name': 'tap0', 'ifindex': 4, 'kind': 'tun', 'master': 0, 'up': false}," \
	" {'name': 'tap1', 'ifindex': 5, 'kind': 'tun', 'master': 6, 'up': false}," \
	" {'name': 'br0', 'ifindex': 6, 'kind': 'bridge', 'master': 0, 'up': true}]"

static json_t *full(const char *json)
{
	json_t *tree = unit_json(json), *switches = NULL;

	if (vs_config_check(tree, &switches))
		printf("# %s\n", vs_error());
	json_decref(tree);
	return switches;
}

static int diff(const char *have, const char *want, json_t **plan)
{
	json_t *old = full(have), *new = full(want), *links = unit_json(LINKS);
	int err = vs_diff(old, new, links, plan);

	json_decref(old);
	json_decref(new);
	json_decref(links);
	return err;
}

/* The part @key of the plan for the one switch that changes. */
static json_t *part(const char *have, const char *want, const char *key)
{
	json_t *plan = NULL, *out;

	CHECK(!diff(have, want, &plan));
	CHECK(json_array_size(plan) == 1);
	out = json_incref(json_object_get(json_array_get(plan, 0), key));
	json_decref(plan);
	return out;
}

static void refused(const char *have, const char *want, int code, const char *why)
{
	json_t *plan = NULL;

	CHECK(diff(have, want, &plan) == code);
	SAME(vs_error(), why);
	json_decref(plan);
}

static void nothing(void)
{
	static const char config[] =
		"{'switches': [{'name': 'v', 'uplinks': ['eth0'], 'portgroups': [{'name': 'a',"
		" 'teaming': {'active': ['eth0']}}], 'ports': [{'device': 'tap0', 'portgroup': 'a'}],"
		" 'vmks': [{'name': 'k', 'mac': '02:00:00:00:00:01',"
		" 'addresses': ['192.0.2.1/24']}]}]}";
	static const char quiet[] =
		"{'switches': [{'name': 'v', 'uplinks': ['eth0'], 'portgroups': [{'name': 'a',"
		" 'teaming': {'active': ['eth0']}}], 'ports': [{'device': 'tap0', 'portgroup': 'a'}],"
		" 'vmks': [{'name': 'k'}]}]}";
	json_t *plan = NULL;

	CHECK(!diff(config, config, &plan));
	SAME_JSON(plan, "[]");
	/* A vmk's address is left alone where the file does not say. */
	CHECK(!diff(config, quiet, &plan));
	SAME_JSON(plan, "[]");
	/* So is a switch that it does not name. */
	CHECK(!diff(config, "{'switches': []}", &plan));
	SAME_JSON(plan, "[]");
}

static void from_nothing(void)
{
	static const char none[] = "{'switches': []}";
	static const char want[] =
		"{'switches': [{'name': 'v', 'mtu': 9000, 'uplinks': ['eth0', 'eth1'],"
		" 'teaming': {'active': ['eth1']}, 'portgroups': [{'name': 'a', 'vlan': 10}],"
		" 'ports': [{'device': 'tap0', 'portgroup': 'a', 'mac': '02:00:00:00:00:01'}],"
		" 'vmks': [{'name': 'k', 'portgroup': 'a', 'addresses': ['192.0.2.1/24']}]}]}";

	SAME_JSON(part(none, want, "before"),
		  "[{'do': 'add-switch', 'device': 'v', 'mtu': 9000}, {'do': 'up', 'device': 'v'},"
		  " {'do': 'enslave', 'device': 'eth0'},"
		  " {'do': 'enslave', 'device': 'eth1'}, {'do': 'up', 'device': 'eth1'},"
		  " {'do': 'enslave', 'device': 'tap0'}, {'do': 'up', 'device': 'tap0'},"
		  " {'do': 'add-vmk', 'device': 'k', 'mtu': 9000},"
		  " {'do': 'add-address', 'device': 'k', 'address': '192.0.2.1/24'},"
		  " {'do': 'up', 'device': 'k'}]");
	SAME_JSON(part(none, want, "txn"),
		  "[['port-set', {'device': 'eth0', 'role': 'uplink'}],"
		  " ['port-set', {'device': 'eth1', 'role': 'uplink'}],"
		  " ['switch-set', {'teaming': {'policy': 'port-id', 'active': ['eth1'], 'standby': [],"
		  " 'unused': [], 'detection': 'link', 'failback': true, 'notify_switches': true}}],"
		  " ['portgroup-new', {'name': 'a', 'vlan': 10, 'trunk': null, 'security':"
		  " {'promiscuous': 'inherit', 'mac_changes': 'inherit', 'forged_transmits': 'inherit',"
		  " 'mac_source': 'inherit'}, 'teaming': null, 'blocked': false, 'overrides': [],"
		  " 'shaping_ingress': null, 'shaping_egress': null, 'learning': null,"
		  " 'snooping': false, 'link_local': [], 'shared_mac': false}],"
		  " ['port-set', {'device': 'tap0', 'portgroup': 'a', 'mac': ['02:00:00:00:00:01']}],"
		  " ['port-set', {'device': 'k', 'portgroup': 'a'}]]");
	SAME_JSON(part(none, want, "after"), "[]");
}

static void removals(void)
{
	static const char have[] =
		"{'switches': [{'name': 'v', 'uplinks': ['eth0'], 'portgroups': [{'name': 'a'}],"
		" 'ports': [{'device': 'tap0', 'portgroup': 'a'}], 'vmks': [{'name': 'k'}]}]}";
	static const char want[] = "{'switches': [{'name': 'v', 'ports': []}]}";

	SAME_JSON(part(have, want, "before"), "[]");
	/* The port leaves before its group goes. */
	SAME_JSON(part(have, want, "txn"),
		  "[['port-set', {'device': 'tap0', 'portgroup': ''}], ['portgroup-del', {'name': 'a'}],"
		  " ['port-set', {'device': 'eth0', 'role': 'unassigned'}]]");
	SAME_JSON(part(have, want, "finally"),
		  "[{'do': 'release', 'device': 'eth0'}, {'do': 'release', 'device': 'tap0'},"
		  " {'do': 'del-link', 'device': 'k'}]");
}

static void changes(void)
{
#define PORT(port) "{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'vlan': 1}," \
	" {'name': 'b', 'trunk': '1-3'}], 'ports': [" port "]}]}"
	SAME_JSON(part(PORT("{'device': 'tap0', 'portgroup': 'a', 'mac': '02:00:00:00:00:01'}"),
		       PORT("{'device': 'tap0', 'portgroup': 'b', 'mac': '02:00:00:00:00:01'}"),
		       "txn"),
		  "[['port-set', {'device': 'tap0', 'portgroup': 'b'}]]");
	/* Only leaving its group takes a port's addresses. */
	SAME_JSON(part(PORT("{'device': 'tap0', 'portgroup': 'a', 'mac': '02:00:00:00:00:01'}"),
		       PORT("{'device': 'tap0', 'portgroup': 'a', 'blocked': true}"), "txn"),
		  "[['port-set', {'device': 'tap0', 'portgroup': ''}],"
		  " ['port-set', {'device': 'tap0', 'portgroup': 'a', 'blocked': true}]]");
	SAME_JSON(part(PORT("{'device': 'tap0', 'portgroup': 'a', 'blocked': true}"),
		       PORT("{'device': 'tap0'}"), "txn"),
		  "[['port-set', {'device': 'tap0', 'portgroup': ''}],"
		  " ['port-set', {'device': 'tap0', 'blocked': false}]]");
#undef PORT
#define GROUP(group) "{'switches': [{'name': 'v', 'uplinks': ['eth0'], 'portgroups': [" group "]}]}"
	SAME_JSON(part(GROUP("{'name': 'a', 'trunk': '1-3', 'teaming': {'active': ['eth0']}}"),
		       GROUP("{'name': 'a', 'vlan': 7}"), "txn"),
		  "[['portgroup-set', {'name': 'a', 'vlan': 7, 'teaming': {}}]]");
	SAME_JSON(part(GROUP("{'name': 'a', 'trunk': '1-3'}"), GROUP("{'name': 'a', 'vlan': 7}"),
		       "changes"),
		  "[{'action': 'change', 'object': 'portgroup', 'switch': 'v', 'name': 'a', 'changes':"
		  " {'vlan': {'old': null, 'new': 7}, 'trunk': {'old': '1-3', 'new': null}}}]");
#undef GROUP
}

static void addresses(void)
{
#define VMK(list) "{'switches': [{'name': 'v', 'vmks': [{'name': 'k', 'addresses': [" list "]}]}]}"
	static const char have[] = VMK("'192.0.2.1/24', '2001:db8::1/64'");
	static const char want[] = VMK("'2001:db8::1/64', '192.0.2.2/24'");

	SAME_JSON(part(have, want, "before"),
		  "[{'do': 'add-address', 'device': 'k', 'address': '192.0.2.2/24'}]");
	SAME_JSON(part(have, want, "finally"),
		  "[{'do': 'del-address', 'device': 'k', 'address': '192.0.2.1/24'},"
		  " {'do': 'keep-address', 'device': 'k', 'address': '192.0.2.2/24'}]");
#undef VMK
}

static void roles(void)
{
	static const char uplink[] = "{'switches': [{'name': 'v', 'uplinks': ['eth0'],"
				     " 'portgroups': [{'name': 'a'}]}]}";
	static const char port[] = "{'switches': [{'name': 'v', 'portgroups': [{'name': 'a'}],"
				   " 'ports': [{'device': 'eth0', 'portgroup': 'a'}]}]}";

	SAME_JSON(part(uplink, port, "txn"),
		  "[['port-set', {'device': 'eth0', 'role': 'unassigned'}],"
		  " ['port-set', {'device': 'eth0', 'portgroup': 'a'}]]");
	SAME_JSON(part(port, uplink, "txn"),
		  "[['port-set', {'device': 'eth0', 'portgroup': ''}],"
		  " ['port-set', {'device': 'eth0', 'role': 'uplink', 'blocked': false}]]");
	SAME_JSON(part(port, uplink, "before"), "[]");
	SAME_JSON(part(port, uplink, "after"), "[]");
}

static void moves(void)
{
	static const char left[] = "{'switches': [{'name': 'w', 'uplinks': []},"
				   " {'name': 'v', 'uplinks': ['eth0']}]}";
	static const char right[] = "{'switches': [{'name': 'w', 'uplinks': ['eth0']},"
				    " {'name': 'v', 'uplinks': []}]}";
	json_t *plan = NULL;

	/* The switch that gives comes before the one that takes. */
	CHECK(!diff(left, right, &plan));
	SAME(json_string_value(json_object_get(json_array_get(plan, 0), "switch")), "v");
	SAME(json_string_value(json_object_get(json_array_get(plan, 1), "switch")), "w");
	SAME_JSON(json_incref(json_object_get(json_array_get(plan, 0), "after")),
		  "[{'do': 'release', 'device': 'eth0'}]");
	json_decref(plan);
	refused("{'switches': [{'name': 'v', 'uplinks': ['eth0']}]}",
		"{'switches': [{'name': 'w', 'uplinks': ['eth0']}]}", VS_REFUSED,
		"device eth0 is on switch v, which the file does not name");
	refused("{'switches': [{'name': 'v', 'uplinks': ['eth0']}, {'name': 'w', 'uplinks': ['eth1']}]}",
		"{'switches': [{'name': 'v', 'uplinks': ['eth1']}, {'name': 'w', 'uplinks': ['eth0']}]}",
		VS_REFUSED, "switches exchange devices (eth0 is on v): take it in two steps");
}

static void devices(void)
{
	static const char none[] = "{'switches': []}";

	/* An uplink may be away, a port may not. */
	refused(none, "{'switches': [{'name': 'v', 'ports': [{'device': 'eth7'}]}]}", VS_NOT_FOUND,
		"device eth7 does not exist");
	refused(none, "{'switches': [{'name': 'v', 'ports': [{'device': 'tap1'}]}]}", VS_REFUSED,
		"device tap1 belongs to br0: release it first (ip link set tap1 nomaster)");
	refused(none, "{'switches': [{'name': 'br0'}]}", VS_REFUSED,
		"device br0 exists and is not a virtual switch");
	refused(none, "{'switches': [{'name': 'v', 'vmks': [{'name': 'tap0'}]}]}", VS_REFUSED,
		"device tap0 exists and is no VMkernel adapter of a switch");
	refused("{'switches': [{'name': 'v', 'vmks': [{'name': 'k'}]}]}",
		"{'switches': [{'name': 'v', 'ports': [{'device': 'k'}]}]}", VS_REFUSED,
		"k is a VMkernel adapter: it cannot be in ports");
}

const struct test diff_tests[] = {
	{ "diff: nothing", nothing },
	{ "diff: from nothing", from_nothing },
	{ "diff: removals", removals },
	{ "diff: changes", changes },
	{ "diff: addresses", addresses },
	{ "diff: roles", roles },
	{ "diff: moves between switches", moves },
	{ "diff: devices", devices },
	{ NULL, NULL }
};
