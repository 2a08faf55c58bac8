// SPDX-License-Identifier: GPL-2.0
/* vsctl pvlan */
#include "../libvs/change.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/text.h"
#include "vsctl.h"

static int need_primary(struct args *args, const char **sw_name, int *sw, unsigned long *primary)
{
	const char *word;
	int err;

	err = need_switch(args, sw_name, sw);
	if (!err)
		err = need_word(args, "the primary VLAN", &word);
	return err ? err : vs_parse_uint("the primary VLAN", word, 1, 4094, primary);
}

static int set(struct args *args, bool is_new)
{
	json_auto_t *change = NULL, *list = NULL;
	const json_t *known;
	unsigned long primary;
	const char *sw_name;
	int sw, err;

	err = need_primary(args, &sw_name, &sw, &primary);
	if (err)
		return err;
	change = json_pack("{s:i}", "primary", (int)primary);
	err = parse_rows(args, vs_pvlan_rows, is_new ? VS_ADD : VS_SET, change);
	if (!err)
		err = vs_pvlans(args->vs, sw, &list);
	if (err)
		return err;
	known = vs_find_value(list, "primary", json_object_get(change, "primary"));
	if (is_new && known)
		return vs_fail(VS_REFUSED, "switch %s has a primary VLAN %lu already", sw_name,
			       primary);
	if (!is_new && !known)
		return vs_fail(VS_NOT_FOUND, "switch %s has no primary VLAN %lu", sw_name, primary);
	return vs_set_pvlan(args->vs, sw, change);
}

static int pvlan_add(struct args *args)
{
	return set(args, true);
}

static int pvlan_set(struct args *args)
{
	return set(args, false);
}

static int pvlan_del(struct args *args)
{
	unsigned long primary;
	const char *sw_name;
	int sw, err;

	err = need_primary(args, &sw_name, &sw, &primary);
	if (!err)
		err = no_more_words(args);
	return err ? err : vs_del_pvlan(args->vs, sw, primary);
}

static int pvlan_show(struct args *args)
{
	return show_list(args, vs_pvlans, vs_pvlan_rows);
}

static const struct verb verbs[] = {
	{ "show", pvlan_show },
	{ "add", pvlan_add },
	{ "set", pvlan_set },
	{ "del", pvlan_del, true },
	{ NULL, NULL }
};

const struct object vsctl_pvlan = {
	.name = "pvlan",
	.rows = vs_pvlan_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl pvlan [ show [ SWITCH ] ]\n"
	"       vsctl pvlan { add | set } SWITCH PRIMARY [ isolated ID ] [ community ID[,ID]... ]\n"
	"       vsctl pvlan del SWITCH PRIMARY\n"
	"\n"
	"Private VLANs: a primary VLAN and its secondaries.  Ports in the primary VLAN\n"
	"(promiscuous) reach all; those in a community reach it and the promiscuous ones; the\n"
	"isolated ones reach only the promiscuous ones.  On the wire, a frame carries its\n"
	"sender's VLAN.  'set' replaces all secondaries of the primary.\n"
	"\n"
	"Examples:\n"
	"  vsctl pvlan add vs0 100 isolated 101 community 102,103\n"
	"  vsctl portgroup add vs0 guests vlan 101\n",
};
