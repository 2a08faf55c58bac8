// SPDX-License-Identifier: GPL-2.0
/*
 * Absent uplinks: unplugged, or not yet plugged in.
 *
 * When the device of an uplink disappears, the port stays: it keeps its id, its settings and
 * its place in teaming orders, and the next device of that name takes it over.  Only taking
 * the device off the switch removes the port.
 *
 * The device of the switch, which sends nothing, stands in for the absent one.
 */
#include <linux/slab.h>

#include "edit.h"
#include "show.h"

/* Time for udev to name a new device */
#define VSW_ARRIVAL_DELAY	(HZ / 2)

/* Of all switches; under RTNL */
static LIST_HEAD(vsw_absent_ports);

/**
 * vsw_port_name() - the name of a port's device, absent or not
 * @port: port
 *
 * Context: RTNL.
 * Return: the name.
 */
const char *vsw_port_name(const struct vsw_port *port)
{
	return port->absent ? port->name : port->dev->name;
}

/**
 * vsw_absent_find() - find an absent uplink
 * @sw: switch
 * @name: of the device
 *
 * Context: RTNL.
 * Return: its port, or NULL.
 */
struct vsw_port *vsw_absent_find(const struct vsw_switch *sw, const char *name)
{
	struct vsw_port *port;

	list_for_each_entry(port, &vsw_absent_ports, absent_list)
		if (port->sw == sw && !strcmp(port->name, name))
			return port;
	return NULL;
}

/* The device may exist already: it joins once it has its final name. */
static void vsw_absent_expect(struct vsw_port *port)
{
	port->arriving = true;
	port->arrives_at = jiffies + VSW_ARRIVAL_DELAY;
	vsw_upkeep_in(port->sw, VSW_ARRIVAL_DELAY);
}

/**
 * vsw_absent_init() - make a port absent
 * @port: port, whose device no snapshot in use has
 * @name: of the device
 *
 * Context: RTNL.
 */
void vsw_absent_init(struct vsw_port *port, const char *name)
{
	strscpy(port->name, name, sizeof(port->name));
	port->absent = true;
	port->arriving = false;
	port->link = false;
	port->settling = false;
	port->dev = port->sw->dev;
	list_add_tail(&port->absent_list, &vsw_absent_ports);
}

/**
 * vsw_absent_declare() - make a port for a device that does not exist yet
 * @edit: change under way; the port is unassigned in its draft
 * @name: of the device
 *
 * Context: RTNL.  vsw_absent_settle() follows.
 * Return: the port, or ERR_PTR() of -EINVAL, -ENOMEM or -EBUSY.
 */
struct vsw_port *vsw_absent_declare(struct vsw_edit *edit, const char *name)
{
	const struct vsw_port_config settings = {};
	struct vsw_port *port;
	int err;

	if (!dev_valid_name(name)) {
		NL_SET_ERR_MSG_FMT(edit->extack, "'%.16s' cannot be the name of a device", name);
		return ERR_PTR(-EINVAL);
	}
	port = vsw_port_alloc(edit->sw, edit->sw->dev, false, edit->extack);
	if (IS_ERR(port))
		return port;
	vsw_absent_init(port, name);
	err = vsw_config_set_port(edit->draft, port->id, &settings, GFP_KERNEL_ACCOUNT);
	if (err)
		return ERR_PTR(err);
	vsw_absent_expect(port);
	return port;
}

/**
 * vsw_absent_settle() - remove absent ports that are no uplinks
 * @sw: switch, after a change or a refusal
 *
 * Context: RTNL.
 */
void vsw_absent_settle(struct vsw_switch *sw)
{
	const struct vsw_port_config *settings;
	struct vsw_port *port, *next;

	list_for_each_entry_safe(port, next, &vsw_absent_ports, absent_list) {
		if (port->sw != sw)
			continue;
		settings = sw->config->ports[port->id];
		if (!settings) {
			list_del(&port->absent_list);
			xa_erase(&sw->ports, port->id);
			vsw_port_free(port);
		} else if (settings->role != VSWITCH_ROLE_UPLINK) {
			vsw_port_leave(port);
		}
	}
}

/**
 * vsw_absent_leave() - end the absence of a port
 * @port: any port that leaves or whose device is back
 *
 * Context: RTNL.
 */
void vsw_absent_leave(struct vsw_port *port)
{
	if (!port->absent)
		return;
	port->absent = false;
	list_del(&port->absent_list);
}

/**
 * vsw_port_unplug() - make an uplink absent whose device disappears
 * @port: port; its device hands in no more frames
 *
 * Context: RTNL.  Cannot fail.  The device is safe to be freed a grace period after this.
 */
void vsw_port_unplug(struct vsw_port *port)
{
	vsw_absent_init(port, port->dev->name);
	port->sw->generation++;
	vsw_notify_link(port);
	vsw_recompile(port->sw);
	vsw_notify_port(port);
}

/**
 * vsw_port_plug() - give an absent uplink its device back
 * @port: absent port
 * @dev: device of its name, not yet enslaved
 *
 * Context: RTNL.  Cannot fail.
 */
void vsw_port_plug(struct vsw_port *port, struct net_device *dev)
{
	vsw_absent_leave(port);
	port->dev = dev;
	port->link = vsw_port_link(port);
	vsw_raise_uplink(port, port->sw->dev->mtu);
	port->sw->generation++;
	vsw_recompile(port->sw);
	vsw_notify_port(port);
}

/**
 * vsw_absent_event() - look whether a new or renamed device belongs to an absent uplink
 * @dev: any device
 *
 * Context: RTNL.
 */
void vsw_absent_event(const struct net_device *dev)
{
	struct vsw_port *port;

	list_for_each_entry(port, &vsw_absent_ports, absent_list)
		if (net_eq(dev_net(port->sw->dev), dev_net(dev)) && !strcmp(port->name, dev->name))
			vsw_absent_expect(port);
}

/* A device that cannot join is somebody else's: the port waits for the next one. */
static void vsw_absent_try(struct vsw_port *port)
{
	struct vsw_switch *sw = port->sw;
	struct net_device *dev = __dev_get_by_name(dev_net(sw->dev), port->name);

	port->arriving = false;
	if (dev && !netdev_master_upper_dev_get(dev) && !vsw_port_enslave(sw, dev, NULL))
		dev_open(dev, NULL);
}

/**
 * vsw_absent_run() - let devices join that have arrived
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_absent_run(struct vsw_switch *sw)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	struct vsw_port *port, *other;

	list_for_each_entry_safe(port, other, &vsw_absent_ports, absent_list) {
		if (port->sw != sw || !port->arriving)
			continue;
		if (time_before(jiffies, port->arrives_at))
			next = min(next, port->arrives_at - jiffies);
		else
			vsw_absent_try(port);
	}
	return next;
}
