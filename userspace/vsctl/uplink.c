// SPDX-License-Identifier: GPL-2.0
/* vsctl uplink */
#include "../libvs/rtnl.h"
#include "vsctl.h"

static const struct vsctl_option add_options[] = {
	{ "blocked", OPT_ON_OFF, "blocked" },
	{ "down", OPT_FLAG, "down" },
};

static const struct vsctl_option set_options[] = {
	{ "blocked", OPT_ON_OFF, "blocked" },
};

static int uplink_add(struct args *args)
{
	json_auto_t *change = NULL;
	const char *sw_name, *device;
	bool up;
	int sw, err;

	err = need_switch(args, &sw_name, &sw);
	if (!err)
		err = need_device(args, "the name of the device", &device);
	if (err)
		return err;
	change = json_pack("{s:s, s:s}", "device", device, "role", "uplink");
	err = PARSE_OPTIONS(args, add_options, change);
	if (err)
		return err;
	up = !json_object_get(change, "down");
	json_object_del(change, "down");
	return join_switch(sw, device, change, up);
}

static int uplink_set(struct args *args)
{
	return set_port(args, set_options, ARRAY_SIZE(set_options),
			is_uplink, "an uplink");
}

static int uplink_del(struct args *args)
{
	return leave_switch(args, is_uplink, "an uplink");
}

static int uplink_show(struct args *args)
{
	static const struct vs_column columns[] = {
		{ "SWITCH", "switch" },
		{ "ID", "id" },
		{ "DEVICE", "device" },
		{ "KIND", "kind" },
		{ "BLOCKED", "blocked" },
		{ "LINK", "link" },
		{ "STATE", "state" },
		{ "MTU", "mtu" },
	};
	static const char *const others[] = { "stats", "portgroup", "mac", "effective_mac",
					      "uplink", "inactive" };
	json_t *list = NULL, *port;
	const char *sw_name, *device;
	size_t i, k;
	int sw, err;

	err = maybe_switch(args, &sw_name, &sw);
	device = next_word(args);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = list_ports(sw_name, sw, device, is_uplink, &list);
	if (err)
		goto out;
	json_array_foreach(list, i, port) {
		for (k = 0; k < ARRAY_SIZE(others); k++)
			json_object_del(port, others[k]);
	}
	vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
out:
	json_decref(list);
	return err;
}

static const struct verb verbs[] = {
	{ "show", uplink_show },
	{ "add", uplink_add },
	{ "set", uplink_set },
	{ "del", uplink_del },
	{ NULL, NULL }
};

const struct object vsctl_uplink = {
	.name = "uplink",
	.verbs = verbs,
	.help =
	"Usage: vsctl uplink [ show [ SWITCH [ DEV ] ] ]\n"
	"       vsctl uplink add SWITCH DEV [ blocked { on | off } ] [ down ]\n"
	"       vsctl uplink set SWITCH DEV [ blocked { on | off } ]\n"
	"       vsctl uplink del SWITCH DEV\n"
	"\n"
	"An uplink is a physical NIC (or a bond) that leads out of the host.  Which uplinks\n"
	"are used, and in which order, is the teaming policy of the switch or of a port group.\n"
	"'add' brings the device up, unless 'down' is there.\n"
	"The state is usable, blocked, link-down, up-delay (the link came back and must last),\n"
	"or silent (no other uplink's beacon probes arrive).\n"
	"\n"
	"Examples:\n"
	"  vsctl uplink add vs0 eth0\n"
	"  vsctl switch set vs0 active eth0 standby eth1\n"
	"  vsctl uplink del vs0 eth0\n",
};
