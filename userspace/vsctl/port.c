// SPDX-License-Identifier: GPL-2.0
/* vsctl port */
#include "../libvs/change.h"
#include "vsctl.h"

static bool is_no_uplink(const json_t *port)
{
	return !is_uplink(port);
}

static bool is_joined(const json_t *port)
{
	return !is_uplink(port) && !is_vmk(port);
}

static int port_add(struct args *args)
{
	return add_port(args, NULL, vs_port_rows);
}

static int port_set(struct args *args)
{
	return set_port(args, vs_port_rows, is_no_uplink, "a port for guests");
}

static int port_del(struct args *args)
{
	return leave_switch(args, is_joined, "a port for guests");
}

/* SWITCH DEV of a verb that takes nothing more */
static int need_client(struct args *args, struct port_name *name)
{
	int err = need_port(args, "the name of the device", name);

	if (!err)
		err = no_more_words(args);
	return err ? err : check_port(args->vs, name, is_no_uplink, "a port for guests");
}

static int port_activate(struct args *args)
{
	json_auto_t *change = NULL;
	struct port_name name;
	int err;

	err = need_client(args, &name);
	if (err)
		return err;
	change = json_pack("{s:s, s:b}", "device", name.device, "inactive", 0);
	return vs_change_port(args->vs, name.sw, change);
}

static int port_announce(struct args *args)
{
	struct port_name name;
	int err = need_client(args, &name);

	return err ? err : vs_announce_port(args->vs, name.sw, name.device);
}

/* The kernel speaks of both only where they hold; people see one column. */
static void show_inactive(json_t *port)
{
	bool waits = json_is_true(json_object_get(port, "inactive_auto"));
	bool inactive = json_is_true(json_object_get(port, "inactive"));

	json_object_set_new(port, "inactive_auto", json_boolean(waits));
	json_object_set_new(port, "inactive", waits && !vsctl_out.json ? json_string("auto") :
			    json_boolean(inactive));
}

static int port_show(struct args *args)
{
	json_auto_t *list = NULL;
	json_t *port;
	size_t i;
	int err;

	err = list_ports(args, NULL, NULL, &list);
	if (err)
		return err;
	json_array_foreach(list, i, port) {
		json_object_del(port, "stats");	/* "vsctl stats" has them */
		show_inactive(port);
	}
	show_rows(json_incref(list), vs_port_rows);
	return VS_OK;
}

static const struct verb verbs[] = {
	{ "show", port_show },
	{ "add", port_add },
	{ "set", port_set },
	{ "del", port_del, true },
	{ "activate", port_activate },
	{ "announce", port_announce },
	{ NULL, NULL }
};

const struct object vsctl_port = {
	.name = "port",
	.rows = vs_port_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl port [ show [ SWITCH [ DEV ] ] ]\n"
	"       vsctl port add SWITCH DEV [ portgroup NAME ] [ mac MAC ]...\n"
	"                  [ blocked { on | off } ] [ OVERRIDES ] [ inactive [ auto ] ] [ down ]\n"
	"       vsctl port set SWITCH DEV [ portgroup NAME ] [ mac MAC ]...\n"
	"                  [ effective-mac MAC ] [ blocked { on | off } ] [ OVERRIDES ]\n"
	"                  [ overrides { none | POLICY[,POLICY]... } ]\n"
	"       vsctl port del SWITCH DEV\n"
	"       vsctl port activate SWITCH DEV\n"
	"       vsctl port announce SWITCH DEV\n"
	"\n"
	"A port carries no traffic until it is in a port group; portgroup '' removes it.\n"
	"The first MAC is that of the guest's adapter; those of a 'set' replace the ones\n"
	"before.  'add' brings the device up, unless 'down' is given.  'show' lists all\n"
	"ports, uplinks and VMkernel adapters included.\n"
	"\n"
	"An inactive port belongs to a VM that still runs on another host: it has no traffic,\n"
	"frames for its addresses leave the switch, and nothing is announced.  'activate'\n"
	"starts its traffic once the VM has arrived; with 'auto', the first frame of the device\n"
	"does, and until then the port gets flooded frames.  'announce' tells the physical\n"
	"switches the place of a port's addresses once more.\n"
	"\n"
	"OVERRIDES := VLAN, SECURITY, TEAMING and shaping, as in 'vsctl portgroup help', if\n"
	"the port group allows them.  'overrides' keeps the named overrides of the port (vlan,\n"
	"security, teaming, shaping), and drops the others.\n"
	"\n"
	"Examples:\n"
	"  vsctl port add vs0 tap0 portgroup prod mac 02:00:00:00:00:01\n"
	"  vsctl port set vs0 tap0 blocked on\n"
	"  vsctl port add vs0 tap1 portgroup prod mac 02:00:00:00:00:02 inactive\n"
	"  vsctl port activate vs0 tap1\n"
	"  vsctl port set vs0 tap0 portgroup dev\n"
	"  vsctl port set vs0 tap0 shaping-ingress 10000,10000,1024\n"
	"  vsctl port set vs0 tap0 overrides none\n"
	"  vsctl port show vs0\n",
};
