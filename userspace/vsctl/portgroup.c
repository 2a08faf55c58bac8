// SPDX-License-Identifier: GPL-2.0
/* vsctl portgroup */
#include <string.h>

#include "../libvs/change.h"
#include "../libvs/model.h"
#include "../libvs/text.h"
#include "vsctl.h"

static int need_portgroup(struct args *args, int *sw, const char **name)
{
	const char *sw_name;
	int err;

	err = need_switch(args, &sw_name, sw);
	if (!err)
		err = need_word(args, "the name of the port group", name);
	return err ? err : vs_check_name(*name);
}

/*
 * "on" is no attribute: any setting of learning switches it on.  Send one with its default if
 * none is given.
 */
static int start_learning(const char *name, json_t *learning)
{
	if (!json_object_size(learning))
		return VS_OK;
	if (json_object_del(learning, "on"))
		return vs_fail(VS_USAGE,
			       "port group '%s' does not learn: say 'learning on' as well", name);
	if (!json_object_get(learning, "flood"))
		json_object_set_new(learning, "flood", json_true());
	return VS_OK;
}

static int portgroup_add(struct args *args)
{
	json_auto_t *change = NULL;
	const char *name;
	int sw, err;

	err = need_portgroup(args, &sw, &name);
	if (err)
		return err;
	change = json_pack("{s:s}", "name", name);
	err = parse_rows(args, vs_portgroup_rows, VS_ADD, change);
	if (!err)
		err = start_learning(name, json_object_get(change, "learning"));
	return err ? err : vs_add_portgroup(args->vs, sw, change);
}

/* A port group that learns keeps settings that are not named. */
static int complete_learning(const char *name, const json_t *now, json_t *change)
{
	json_t *learning = json_object_get(change, "learning");

	if (!json_is_object(json_object_get(now, "learning")))
		return start_learning(name, learning);
	if (!json_object_del(learning, "on") && !json_object_size(learning))
		json_object_del(change, "learning");
	return VS_OK;
}

/* Adds the settings that the user did not name and that are to stay. */
static int complete(struct vs_ctx *vs, int sw, const char *name, json_t *change)
{
	json_t *teaming = json_object_get(change, "teaming"), *portgroup;
	json_auto_t *list = NULL;
	int err;

	if (!teaming && !json_object_get(change, "learning"))
		return VS_OK;
	err = vs_portgroups(vs, sw, &list);
	if (!err)
		err = vs_find_portgroup(list, "the switch", name, &portgroup);
	if (err)
		return err;
	if (teaming)
		json_object_set_new(change, "teaming",
				    merge_teaming(teaming, json_object_get(portgroup, "teaming")));
	return complete_learning(name, portgroup, change);
}

static int portgroup_set(struct args *args)
{
	json_auto_t *change = NULL;
	const char *name;
	int sw, err;

	err = need_portgroup(args, &sw, &name);
	if (err)
		return err;
	change = json_pack("{s:s}", "name", name);
	err = parse_rows(args, vs_portgroup_rows, VS_SET, change);
	if (!err && json_object_size(change) < 2)
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err)
		err = complete(args->vs, sw, name, change);
	return err ? err : vs_change_portgroup(args->vs, sw, change);
}

static int portgroup_del(struct args *args)
{
	const char *name;
	int sw, err;

	err = need_portgroup(args, &sw, &name);
	if (!err)
		err = no_more_words(args);
	return err ? err : vs_del_portgroup(args->vs, sw, name);
}

static int print_portgroups(json_t *list)
{
	json_t *portgroup;
	size_t i;

	/* One column for two keys */
	json_array_foreach(list, i, portgroup) {
		if (!vsctl_out.json && json_is_string(json_object_get(portgroup, "trunk")))
			json_object_set(portgroup, "vlan", json_object_get(portgroup, "trunk"));
	}
	show_rows(json_incref(list), vs_portgroup_rows);
	return VS_OK;
}

static int portgroup_show(struct args *args)
{
	json_auto_t *list = NULL, *one = NULL;
	const char *sw_name, *name;
	json_t *portgroup;
	int sw, err;

	err = maybe_switch(args, &sw_name, &sw);
	name = next_word(args);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = vs_portgroups(args->vs, sw, &list);
	if (err || !name)
		return err ? err : print_portgroups(list);
	err = vs_find_portgroup(list, sw_name, name, &portgroup);
	if (err)
		return err;
	one = json_pack("[O]", portgroup);
	return print_portgroups(one);
}

static const struct verb verbs[] = {
	{ "show", portgroup_show },
	{ "add", portgroup_add },
	{ "set", portgroup_set },
	{ "del", portgroup_del, true },
	{ NULL, NULL }
};

const struct object vsctl_portgroup = {
	.name = "portgroup",
	.alias = "pg",
	.rows = vs_portgroup_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl portgroup [ show [ SWITCH [ NAME ] ] ]\n"
	"       vsctl portgroup add SWITCH NAME [ VLAN ] [ SECURITY ] [ TEAMING ] [ PORTS ]\n"
	"       vsctl portgroup set SWITCH NAME [ name NEW ] [ VLAN ] [ SECURITY ] [ TEAMING ]\n"
	"                       [ PORTS ]\n"
	"       vsctl portgroup del SWITCH NAME\n"
	"\n"
	"VLAN     := { vlan 0 | vlan 1..4094 | vlan 4095 | trunk RANGES }\n"
	"            0: untagged; 1-4094: the switch tags; 4095: guests tag, every VLAN;\n"
	"            trunk: guests tag, these VLANs only (0 stands for untagged)\n"
	"RANGES   := ID[-ID][,ID[-ID]]...\n"
	"SECURITY := [ promiscuous POLICY ] [ mac-changes POLICY ] [ forged-transmits POLICY ]\n"
	"            [ mac-source { static | agent | observed | inherit } ]\n"
	"POLICY   := { accept | reject | inherit }\n"
	"TEAMING  := { teaming inherit |\n"
	"              [ teaming { port-id | source-mac | ip-hash | explicit | load } ] [ ORDER ]\n"
	"              [ detection { link | beacon | inherit } ] [ failback { on | off | inherit } ]\n"
	"              [ notify-switches { on | off | inherit } ] }\n"
	"            the switch has the settings that the port group does not\n"
	"ORDER    := { active inherit | [ active DEV[,DEV]... ] [ standby DEV[,DEV]... ]\n"
	"              [ unused DEV[,DEV]... ] }\n"
	"            replaces all three lists; uplinks in none of them are unused\n"
	"PORTS    := [ blocked { on | off } ] [ overrides { none | POLICY[,POLICY]... } ]\n"
	"            [ shaping-ingress SHAPING ] [ shaping-egress SHAPING ]\n"
	"            [ learning { on | off } ] [ learning-limit N ] [ learning-full { drop | allow } ]\n"
	"            [ learning-flood { on | off } ] [ learning-ageing SECONDS ]\n"
	"            [ snooping { on | off } ] [ link-local { none | PROTOCOL[,PROTOCOL]... } ]\n"
	"            [ shared-mac { on | off } ]\n"
	"            overrides: what ports may override: vlan, security, teaming, shaping\n"
	"            link-local: stp, lacp, eapol, lldp; shared-mac: ports may have the same MAC\n"
	"SHAPING  := { none | AVERAGE,PEAK,BURST }, in kbit/s, kbit/s and KiB\n"
	"            ingress: from the port into the switch\n"
	"\n"
	"Examples:\n"
	"  vsctl portgroup add vs0 prod vlan 10\n"
	"  vsctl portgroup add vs0 'VM Network' trunk 0,10,20-29 active eth1 standby eth0\n"
	"  vsctl pg set vs0 prod teaming source-mac failback off\n"
	"  vsctl pg set vs0 prod forged-transmits accept\n"
	"  vsctl pg set vs0 prod shaping-egress 100000,200000,102400\n"
	"  vsctl pg set vs0 prod name production\n",
};
