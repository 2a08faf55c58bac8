// SPDX-License-Identifier: GPL-2.0
/*
 * Events of network devices: links, MTUs, names and ends of the devices of ports.
 */
#include "snapshot.h"
#include "show.h"

#define VSW_WATCH_TIME		HZ
#define VSW_WATCH_INTERVAL	msecs_to_jiffies(10)

/* A lost link counts at once, a recovered one after the up-delay. */
static void vsw_uplink_link_event(struct vsw_port *port)
{
	unsigned long delay = msecs_to_jiffies(port->sw->config->up_delay);

	port->settling = port->link && delay;
	if (port->settling) {
		port->settled_at = jiffies + delay;
		vsw_upkeep_in(port->sw, delay);
	}
	vsw_recompile(port->sw);
	port->sw->watch_until = jiffies + VSW_WATCH_TIME;
	vsw_upkeep_in(port->sw, VSW_WATCH_INTERVAL);
}

static void vsw_link_event(struct vsw_port *port)
{
	bool link = vsw_port_link(port);

	if (port->link == link)
		return;
	port->link = link;
	vsw_notify_link(port);
	if (port->sw->config->ports[port->id]->role == VSWITCH_ROLE_UPLINK) {
		vsw_uplink_link_event(port);
		return;
	}
	vsw_follow_link(port);
	if (link)
		vsw_announce_link_up(port);
}

/**
 * vsw_watch_run() - poll the links of uplinks after one of them has failed
 * @sw: switch
 *
 * The kernel reports changes of links once a second at most, so the second of two quick
 * changes late.  Uplinks often fail together, with the physical switch:
 * after one has failed, the others are polled for a second.
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_watch_run(struct vsw_switch *sw)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	u16 uplinks[VSWITCH_UPLINKS_MAX];
	unsigned int i, count = fwd->uplink_count;
	struct vsw_port *port;

	if (time_after_eq(jiffies, sw->watch_until))
		return MAX_JIFFY_OFFSET;
	memcpy(uplinks, fwd->uplinks, sizeof(uplinks));
	for (i = 0; i < count; i++) {
		port = xa_load(&sw->ports, uplinks[i]);
		/* An uplink that is back cannot send before the kernel reports it. */
		if (port->link)
			vsw_link_event(port);
	}
	return VSW_WATCH_INTERVAL;
}

/* A VLAN device on top of a port would take its frames before the switch sees them. */
static int vsw_refuse_upper(const struct vsw_port *port,
			    const struct netdev_notifier_changeupper_info *change)
{
	struct netlink_ext_ack *extack = change->info.extack;

	if (!change->linking || port->is_vmknic || change->upper_dev == port->sw->dev)
		return NOTIFY_DONE;
	NL_SET_ERR_MSG_FMT(extack, "'%s' is a port of switch '%s': nothing can be put on top",
			   port->dev->name, port->sw->dev->name);
	return notifier_from_errno(-EBUSY);
}

static int vsw_netdev_event(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct vsw_port *port = vsw_port_of(dev);

	if (event == NETDEV_REGISTER || event == NETDEV_CHANGENAME)
		vsw_absent_event(dev);
	if (!port)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		vsw_link_event(port);
		break;
	case NETDEV_CHANGEMTU:
		vsw_recompile(port->sw);
		vsw_notify_port(port);
		break;
	case NETDEV_CHANGENAME:
		vsw_notify_port(port);
		break;
	case NETDEV_PRECHANGEUPPER:
		return vsw_refuse_upper(port, info);
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	case NETDEV_UNREGISTER:
		/* Gone, or gone to another namespace; a VMkernel adapter may go there. */
		if (!port->is_vmknic)
			vsw_port_lose(port);
		break;
	}
	return NOTIFY_DONE;
}

struct notifier_block vsw_netdev_notifier = {
	.notifier_call = vsw_netdev_event,
};
