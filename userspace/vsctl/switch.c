// SPDX-License-Identifier: GPL-2.0
/* vsctl switch */
#include <stdlib.h>
#include <string.h>

#include "../libvs/change.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/rtnl.h"
#include "../libvs/text.h"
#include "vsctl.h"

/* Removes the MTU from the object: it takes rtnetlink. */
static int take_mtu(json_t *change)
{
	int mtu = json_integer_value(json_object_get(change, "mtu"));

	json_object_del(change, "mtu");
	return mtu;
}

/* The kernel replaces a teaming as a whole. */
static int complete_teaming(struct vs_ctx *vs, int sw, json_t *change)
{
	json_t *teaming = json_object_get(change, "teaming");
	json_auto_t *list = NULL;
	int err;

	if (!teaming)
		return VS_OK;
	err = vs_switches(vs, sw, &list);
	if (!err)
		json_object_set_new(change, "teaming",
				    merge_teaming(teaming, json_object_get(json_array_get(list, 0),
									   "teaming")));
	return err;
}

static int finish_new(struct vs_ctx *vs, const char *name, const json_t *change, bool up)
{
	int sw, err = vs_switch_index(vs, name, &sw);

	if (!err && json_object_size(change))
		err = vs_change_switch(vs, sw, change);
	if (!err && up)
		err = vs_link_set_up(vs, name, true);
	return err;
}

static int switch_add(struct args *args)
{
	json_auto_t *change = json_object();
	struct vs_link_new new = { .kind = VS_KIND_SWITCH };
	char *refusal;
	bool up;
	int err;

	err = need_device(args, "the name of the switch", &new.name);
	if (!err)
		err = parse_rows(args, vs_switch_rows, VS_ADD, change);
	if (!err)
		err = vs_family_open(args->vs, VS_VSWITCH);
	if (err)
		return err;
	up = !json_object_get(change, "down");
	json_object_del(change, "down");
	new.mtu = take_mtu(change);
	err = vs_link_add(args->vs, &new);
	if (err)
		return err;
	err = finish_new(args->vs, new.name, change, up);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	vs_link_del(args->vs, new.name);
	return vs_fail_with(err, refusal);
}

/* The kernel raises the uplinks too, or refuses. */
static int set_mtu(struct vs_ctx *vs, const char *name, int mtu)
{
	int err = vs_link_set_mtu(vs, name, mtu);
	char *refusal;

	if (err != VS_REFUSED)
		return err;
	refusal = vs_take_error();
	vs_fail(err, "%s (where an uplink refuses, the kernel log names it)", refusal);
	free(refusal);
	return err;
}

static int switch_set(struct args *args)
{
	json_auto_t *change = json_object(), *link = NULL;
	char *refusal;
	const char *name;
	int sw, mtu, err;

	err = need_switch(args, &name, &sw);
	if (!err)
		err = parse_rows(args, vs_switch_rows, VS_SET, change);
	if (!err && !json_object_size(change))
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err)
		err = vs_link(args->vs, "switch", name, &link);
	if (!err)
		err = complete_teaming(args->vs, sw, change);
	if (err)
		return err;
	mtu = take_mtu(change);
	if (mtu)
		err = set_mtu(args->vs, name, mtu);
	if (err || !json_object_size(change))
		return err;
	err = vs_change_switch(args->vs, sw, change);
	if (!err || !mtu)
		return err;
	refusal = vs_take_error();
	vs_link_set_mtu(args->vs, name, json_integer_value(json_object_get(link, "mtu")));
	return vs_fail_with(err, refusal);
}

static int switch_del(struct args *args)
{
	const char *name;
	int sw, err;

	err = need_switch(args, &name, &sw);
	if (!err)
		err = no_more_words(args);
	return err ? err : vs_link_del(args->vs, name);
}

static int switch_show(struct args *args)
{
	return show_list(args, vs_switches, vs_switch_rows);
}

static const struct verb verbs[] = {
	{ "show", switch_show },
	{ "add", switch_add },
	{ "set", switch_set },
	{ "del", switch_del, true },
	{ NULL, NULL }
};

const struct object vsctl_switch = {
	.name = "switch",
	.rows = vs_switch_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl switch [ show [ SWITCH ] ]\n"
	"       vsctl switch add SWITCH [ mtu MTU ] [ SECURITY ] [ up-delay MS ] [ down ]\n"
	"       vsctl switch set SWITCH [ mtu MTU ] [ SECURITY ] [ up-delay MS ] [ TEAMING ]\n"
	"       vsctl switch del SWITCH\n"
	"\n"
	"SECURITY := [ promiscuous POLICY ] [ mac-changes POLICY ] [ forged-transmits POLICY ]\n"
	"            [ mac-source { static | agent | observed } ]\n"
	"POLICY   := { accept | reject }\n"
	"TEAMING  := [ teaming { port-id | source-mac | ip-hash | explicit | load } ] [ ORDER ]\n"
	"            [ detection { link | beacon } ] [ failback { on | off } ]\n"
	"            [ notify-switches { on | off } ]\n"
	"ORDER    := [ active DEV[,DEV]... ] [ standby DEV[,DEV]... ] [ unused DEV[,DEV]... ]\n"
	"            replaces all three lists; uplinks in none of them are unused;\n"
	"            active inherit: all uplinks are active\n"
	"\n"
	"Examples:\n"
	"  vsctl switch add vs0 mtu 9000\n"
	"  vsctl switch set vs0 forged-transmits accept mac-changes accept\n"
	"  vsctl switch set vs0 teaming explicit active eth0 standby eth1\n"
	"  vsctl switch set vs0 failback off\n"
	"  vsctl -j switch show vs0\n",
};
