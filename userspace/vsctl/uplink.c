// SPDX-License-Identifier: GPL-2.0
/* vsctl uplink */
#include "../libvs/ethtool.h"
#include "../libvs/json.h"
#include "lldp.h"
#include "vsctl.h"

static int uplink_add(struct args *args)
{
	return add_port(args, "uplink", vs_uplink_rows);
}

static int uplink_set(struct args *args)
{
	return set_port(args, vs_uplink_rows, is_uplink, "an uplink");
}

static int uplink_del(struct args *args)
{
	return leave_switch(args, is_uplink, "an uplink");
}

/* What the kernel's switch does not know: of the driver, and of the other end of the wire */
static void add_link(json_t *port, const json_t *neighbors)
{
	const char *device = vs_text_of(port, "device") ?: "";
	json_auto_t *link = vs_link_settings(device);
	json_t *neighbor = json_object_get(neighbors, device);

	json_object_update(port, link);
	json_object_set(port, "neighbor", neighbor ?: json_null());
}

static int uplink_show(struct args *args)
{
	static const char *const others[] = { "stats", "portgroup", "mac", "effective_mac",
					      "uplink", "inactive" };
	json_auto_t *list = NULL, *neighbors = NULL;
	json_t *port;
	size_t i, k;
	int err;

	err = list_ports(args, is_uplink, NULL, &list);
	if (err)
		return err;
	neighbors = lldp_neighbors();
	json_array_foreach(list, i, port) {
		for (k = 0; k < ARRAY_SIZE(others); k++)
			json_object_del(port, others[k]);
		add_link(port, neighbors);
	}
	show_rows(json_incref(list), vs_uplink_rows);
	return VS_OK;
}

static const struct verb verbs[] = {
	{ "show", uplink_show },
	{ "add", uplink_add },
	{ "set", uplink_set },
	{ "del", uplink_del, true },
	{ NULL, NULL }
};

const struct object vsctl_uplink = {
	.name = "uplink",
	.rows = vs_uplink_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl uplink [ show [ SWITCH [ DEV ] ] ]\n"
	"       vsctl uplink add SWITCH DEV [ blocked { on | off } ] [ down ]\n"
	"       vsctl uplink set SWITCH DEV [ blocked { on | off } ]\n"
	"       vsctl uplink del SWITCH DEV\n"
	"\n"
	"An uplink is a physical NIC (or a bond) that leads out of the host.  The teaming\n"
	"policy of the switch or of a port group says which uplinks are used, in which order.\n"
	"'add' brings the device up, unless 'down' is given.\n"
	"The state is usable, blocked, link-down, up-delay (the link came back and has to stay\n"
	"up), silent (no other uplink's beacon probes arrive), or absent: its device was\n"
	"unplugged, or has not come yet (see vsctl-apply(8)); its place in all orders waits.\n"
	"Speed (in Mbit/s) and duplex are what the driver says; the neighbor is the physical\n"
	"switch and its port, where lldpd runs and hears it.\n"
	"\n"
	"Examples:\n"
	"  vsctl uplink add vs0 eth0\n"
	"  vsctl switch set vs0 active eth0 standby eth1\n"
	"  vsctl uplink del vs0 eth0\n",
};
