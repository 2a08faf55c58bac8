// SPDX-License-Identifier: GPL-2.0
/* vsctl mirror */
#include "../libvs/change.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/text.h"
#include "vsctl.h"

static int need_mirror(struct args *args, const char **sw_name, int *sw, const char **name)
{
	int err = need_switch(args, sw_name, sw);

	if (!err)
		err = need_word(args, "the name of the mirror session", name);
	return err ? err : vs_check_name(*name);
}

static int set(struct args *args, bool is_new)
{
	json_auto_t *change = NULL, *list = NULL;
	const char *sw_name, *name;
	int sw, err;

	err = need_mirror(args, &sw_name, &sw, &name);
	if (err)
		return err;
	change = json_pack("{s:s}", "name", name);
	err = parse_rows(args, vs_mirror_rows, is_new ? VS_ADD : VS_SET, change);
	if (!err)
		err = vs_mirrors(args->vs, sw, &list);
	if (err)
		return err;
	if (is_new && vs_find(list, "name", name))
		return vs_fail(VS_REFUSED, "switch %s has a mirror session '%s' already", sw_name,
			       name);
	if (!is_new && !vs_find(list, "name", name))
		return vs_fail(VS_NOT_FOUND, "switch %s has no mirror session '%s'", sw_name, name);
	/* What is not given stays. */
	if (!is_new)
		json_object_update_missing(change, vs_find(list, "name", name));
	json_object_del(change, "switch");
	return is_new ? vs_add_mirror(args->vs, sw, change) : vs_set_mirror(args->vs, sw, change);
}

static int mirror_add(struct args *args)
{
	return set(args, true);
}

static int mirror_set(struct args *args)
{
	return set(args, false);
}

static int mirror_del(struct args *args)
{
	const char *sw_name, *name;
	int sw, err;

	err = need_mirror(args, &sw_name, &sw, &name);
	if (!err)
		err = no_more_words(args);
	return err ? err : vs_del_mirror(args->vs, sw, name);
}

static int mirror_show(struct args *args)
{
	return show_list(args, vs_mirrors, vs_mirror_rows);
}

static const struct verb verbs[] = {
	{ "show", mirror_show },
	{ "add", mirror_add },
	{ "set", mirror_set },
	{ "del", mirror_del, true },
	{ NULL, NULL }
};

const struct object vsctl_mirror = {
	.name = "mirror",
	.rows = vs_mirror_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl mirror [ show [ SWITCH ] ]\n"
	"       vsctl mirror { add | set } SWITCH NAME [ SOURCES ] [ destination DEV ]\n"
	"                    [ rspan-vlan ID ] [ length BYTES ] [ sampling N ]\n"
	"       vsctl mirror del SWITCH NAME\n"
	"\n"
	"SOURCES := [ ingress DEV[,DEV]... ] [ egress DEV[,DEV]... ] [ vlan ID[,ID]... ]\n"
	"           frames from these ports or uplinks into the switch, frames from the switch\n"
	"           to them, and frames that enter it in these VLANs (0 is untagged)\n"
	"\n"
	"Copies go to a port without a port group, with their VLAN tags; or, with rspan-vlan,\n"
	"out of an uplink in that VLAN.  With length, only the first bytes are copied, with\n"
	"sampling, only one frame of N.\n"
	"\n"
	"Examples:\n"
	"  vsctl port add vs0 tap9\n"
	"  vsctl mirror add vs0 watch ingress tap0 egress tap0 destination tap9 length 128\n"
	"  vsctl mirror add vs0 remote vlan 10 destination eth1 rspan-vlan 999\n",
};
