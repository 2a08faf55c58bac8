// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/err.h"
#include "unit.h"

static int check(const char *json, json_t **switches)
{
	json_t *tree = unit_json(json);
	int err = vs_config_check(tree, switches);

	json_decref(tree);
	return err;
}

static void refused(const char *json, const char *why)
{
	json_t *switches = NULL;

	CHECK(check(json, &switches) == VS_USAGE);
	CHECK(!switches);
	SAME(vs_error(), why);
	json_decref(switches);
}

/* The one switch that @json is, as "save" would write it. */
static void short_form(const char *json, const char *want)
{
	json_t *switches = NULL, *again = NULL, *tree;

	CHECK(!check(json, &switches));
	tree = vs_config_tree(switches);
	CHECK(!vs_config_check(tree, &again));
	CHECK(json_equal(switches, again));
	SAME_JSON(tree, want);
	json_decref(switches);
	json_decref(again);
}

static void defaults(void)
{
	json_t *switches = NULL;

	CHECK(!check("{'switches': [{'name': 'vs0'}]}", &switches));
	SAME_JSON(switches,
		  "[{'name': 'vs0', 'mtu': 1500, 'security': {'promiscuous': 'reject',"
		  " 'mac_changes': 'reject', 'forged_transmits': 'reject', 'mac_source': 'static'},"
		  " 'teaming': {'policy': 'port-id', 'active': [], 'standby': [], 'unused': [],"
		  " 'detection': 'link', 'failback': true, 'notify_switches': true},"
		  " 'up_delay': 100, 'uplinks': [], 'portgroups': [], 'ports': null, 'vmks': [],"
		  " 'pvlans': [], 'mirrors': []}]");
}

static void short_forms(void)
{
	short_form("{'switches': []}", "{'switches': []}");
	short_form("{'switches': [{'name': 'vs0', 'mtu': 9000, 'security': {'mac_changes': 'accept',"
		   " 'promiscuous': 'reject'}, 'uplinks': ['eth0', {'device': 'eth1'},"
		   " {'device': 'eth2', 'blocked': true}]}]}",
		   "{'switches': [{'name': 'vs0', 'mtu': 9000, 'security': {'mac_changes': 'accept'},"
		   " 'uplinks': ['eth0', 'eth1', {'device': 'eth2', 'blocked': true}]}]}");
	short_form("{'switches': [{'name': 'v', 'uplinks': ['e'], 'portgroups': ["
		   "{'name': 'a'}, {'name': 'b', 'vlan': 4095}, {'name': 'c', 'trunk': '3,1,2'},"
		   "{'name': 'd', 'trunk': 7, 'teaming': 'inherit'},"
		   "{'name': 'e', 'teaming': {'active': ['e']}, 'security': {'promiscuous': 'inherit'}}],"
		   "'ports': [{'device': 't', 'portgroup': 'a', 'mac': '02:00:00:00:00:0A'},"
		   "{'device': 'u', 'mac': []}],"
		   "'vmks': [{'name': 'k', 'portgroup': 'a', 'addresses': ['192.0.2.1/24']}]}]}",
		   "{'switches': [{'name': 'v', 'mtu': 1500, 'uplinks': ['e'], 'portgroups': ["
		   "{'name': 'a', 'vlan': 0}, {'name': 'b', 'vlan': 4095}, {'name': 'c', 'trunk': '1-3'},"
		   "{'name': 'd', 'trunk': '7'},"
		   "{'name': 'e', 'vlan': 0, 'teaming': {'active': ['e']}}],"
		   "'ports': [{'device': 't', 'portgroup': 'a', 'mac': '02:00:00:00:00:0a'},"
		   "{'device': 'u'}],"
		   "'vmks': [{'name': 'k', 'portgroup': 'a', 'mtu': 1500, 'addresses': ['192.0.2.1/24']}]}]}");
}

static void teaming_forms(void)
{
	short_form("{'switches': [{'name': 'v', 'uplinks': ['e', 'f'], 'up_delay': 30000,"
		   " 'security': {'mac_source': 'observed'}, 'teaming': {'policy': 'load',"
		   " 'active': ['e'], 'unused': ['f'], 'failback': false, 'detection': 'link'},"
		   " 'portgroups': [{'name': 'a', 'teaming': {'failback': true, 'detection': 'beacon'}},"
		   " {'name': 'b', 'teaming': {'unused': ['e', 'f']}}, {'name': 'c', 'teaming': {}},"
		   " {'name': 'd', 'teaming': {'active': []}, 'security': {'mac_source': 'agent'}}]}]}",
		   "{'switches': [{'name': 'v', 'mtu': 1500, 'security': {'mac_source': 'observed'},"
		   " 'teaming': {'policy': 'load', 'active': ['e'], 'failback': false}, 'up_delay': 30000,"
		   " 'uplinks': ['e', 'f'],"
		   " 'portgroups': [{'name': 'a', 'vlan': 0, 'teaming': {'detection': 'beacon',"
		   " 'failback': true}}, {'name': 'b', 'vlan': 0, 'teaming': {'unused': ['e', 'f']}},"
		   " {'name': 'c', 'vlan': 0},"
		   " {'name': 'd', 'vlan': 0, 'security': {'mac_source': 'agent'}}]}]}");
}

static void bad_teaming(void)
{
	refused("{'switches': [{'name': 'v', 'teaming': {'policy': 'none'}}]}",
		"switches[0].teaming.policy: must be explicit, port-id, source-mac, ip-hash or load");
	refused("{'switches': [{'name': 'v', 'teaming': {'detection': 1}}]}",
		"switches[0].teaming.detection: must be link or beacon");
	refused("{'switches': [{'name': 'v', 'teaming': {'failback': 'no'}}]}",
		"switches[0].teaming.failback: must be true or false");
	refused("{'switches': [{'name': 'v', 'up_delay': 600001}]}",
		"switches[0].up_delay: 600001 is out of range: it must be from 0 to 600000");
	refused("{'switches': [{'name': 'v', 'up_delay': '5'}]}",
		"switches[0].up_delay: must be a number from 0 to 600000");
	refused("{'switches': [{'name': 'v', 'security': {'mac_source': 'inherit'}}]}",
		"switches[0].security.mac_source: must be static, agent or observed");
	refused("{'switches': [{'name': 'v', 'uplinks': ['e'], 'teaming': {'active': ['e'],"
		" 'unused': ['e']}}]}",
		"switches[0].teaming: e is listed twice");
	refused("{'switches': [{'name': 'v', 'teaming': {'unused': ['e']}}]}",
		"switches[0].teaming.unused: e is not in the uplinks of the switch");
}

static void types(void)
{
	refused("[]", "file: must be a mapping");
	refused("{}", "switches: is missing");
	refused("{'switches': {}}", "switches: must be a list");
	refused("{'switches': [7]}", "switches[0]: must be a mapping");
	refused("{'switches': [{}]}", "switches[0].name: is missing");
	refused("{'switches': [{'name': 7}]}", "switches[0].name: must be text: write it in quotes");
	refused("{'switches': [{'name': 'v', 'mtu': '9000'}]}", "switches[0].mtu: must be a number from 68 to 65535");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a'}, {'name': 'b', 'vlan': 'x'}]}]}",
		"switches[0].portgroups[1].vlan: must be a number from 0 to 4095");
	refused("{'switches': [{'name': 'v', 'ports': [{'device': 't', 'blocked': 'on'}]}]}",
		"switches[0].ports[0].blocked: must be true or false");
	refused("{'switches': [{'name': 'v', 'security': {'promiscuous': 'inherit'}}]}",
		"switches[0].security.promiscuous: must be reject or accept");
}

static void keys(void)
{
	refused("{'switchs': []}", "switchs: unknown key, did you mean switches?");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'vlna': 1}]}]}",
		"switches[0].portgroups[0].vlna: unknown key, did you mean vlan?");
	refused("{'switches': [{'name': 'v', 'security': {'mac-changes': 'accept'}}]}",
		"switches[0].security.mac-changes: unknown key, did you mean mac_changes?");
	refused("{'switches': [{'name': 'v', 'zzz': 1}]}", "switches[0].zzz: unknown key");
}

static void values(void)
{
	refused("{'switches': [{'name': 'v', 'mtu': 67}]}",
		"switches[0].mtu: 67 is out of range: it must be from 68 to 65535");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'vlan': 4096}]}]}",
		"switches[0].portgroups[0].vlan: 4096 is out of range: it must be from 0 to 4095");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'vlan': 1, 'trunk': '1'}]}]}",
		"switches[0].portgroups[0]: has both vlan and trunk: it takes one of them");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'trunk': '1-3,2'}]}]}",
		"switches[0].portgroups[0].trunk: trunk: VLAN 2 is listed twice (range 2 overlaps)");
	refused("{'switches': [{'name': 'v', 'ports': [{'device': 't', 'mac': '02:00:00:00:00:01'}]}]}",
		"switches[0].ports[0]: has a mac, but no portgroup");
	refused("{'switches': [{'name': 'v', 'vmks': [{'name': 'k', 'addresses': ['1.2.3.4']}]}]}",
		"switches[0].vmks[0].addresses[0]: address 1.2.3.4 has no prefix length (as in 192.0.2.1/24)");
}

static void references(void)
{
	refused("{'switches': [{'name': 'v'}, {'name': 'v'}]}", "switches[1]: v is listed twice");
	refused("{'switches': [{'name': 'v', 'uplinks': ['e', 'e']}]}",
		"switches[0].uplinks[1]: e is listed twice");
	refused("{'switches': [{'name': 'v', 'uplinks': ['e']}, {'name': 'w', 'ports': [{'device': 'e'}]}]}",
		"switches[1].ports[0]: e is listed twice");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a'}, {'name': 'a'}]}]}",
		"switches[0].portgroups[1]: a is listed twice");
	refused("{'switches': [{'name': 'v', 'ports': [{'device': 't', 'portgroup': 'a'}]}]}",
		"switches[0].ports[0].portgroup: the switch has no port group 'a'");
	refused("{'switches': [{'name': 'v', 'teaming': {'active': ['e']}}]}",
		"switches[0].teaming.active: e is not in the uplinks of the switch");
	refused("{'switches': [{'name': 'v', 'uplinks': ['e'], 'teaming': {'active': ['e'], 'standby': ['e']}}]}",
		"switches[0].teaming: e is listed twice");
	refused("{'switches': [{'name': 'v', 'portgroups': [{'name': 'a', 'teaming': {'standby': ['e']}}]}]}",
		"switches[0].portgroups[0].teaming.standby: e is not in the uplinks of the switch");
}

static void languages(void)
{
	static const char json[] = " {\"switches\": [], \"switches\": []}";
	static const char yaml[] = "switches:\n- name: v\n  mtu: 9000\n";
	json_t *tree = NULL;

	CHECK(vs_config_parse("f", json, strlen(json), &tree) == VS_USAGE);
	CHECK(strstr(vs_error(), "duplicate"));
	CHECK(!vs_config_parse("f", yaml, strlen(yaml), &tree));
	SAME_JSON(tree, "{'switches': [{'name': 'v', 'mtu': 9000}]}");
}

const struct test config_tests[] = {
	{ "config: defaults", defaults },
	{ "config: the short form is the long form", short_forms },
	{ "config: forms of a teaming", teaming_forms },
	{ "config: wrong teamings", bad_teaming },
	{ "config: wrong types", types },
	{ "config: unknown keys", keys },
	{ "config: wrong values", values },
	{ "config: references", references },
	{ "config: JSON and YAML", languages },
	{ NULL, NULL }
};
