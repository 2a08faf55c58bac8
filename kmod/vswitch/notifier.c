// SPDX-License-Identifier: GPL-2.0
/*
 * Follow what happens to the devices of ports.
 */
#include "notify.h"
#include "vswitch.h"

/* A link that is lost counts at once, one that comes back after the up-delay. */
static void vsw_uplink_link_event(struct vsw_port *port)
{
	unsigned long delay = msecs_to_jiffies(port->sw->config->up_delay);

	port->settling = port->link && delay;
	if (port->settling) {
		port->settled_at = jiffies + delay;
		vsw_upkeep_in(port->sw, delay);
	}
	vsw_recompile(port->sw);
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

/* A VLAN device on top would take its frames away before the switch sees them. */
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
			vsw_port_release(port);
		break;
	}
	return NOTIFY_DONE;
}

struct notifier_block vsw_netdev_notifier = {
	.notifier_call = vsw_netdev_event,
};
