// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: devices join a switch and leave it.
 */
#include <linux/if_arp.h>
#include <linux/slab.h>

#include "show.h"

/* Ids are taken in turn from a range of at least so many. */
#define VSW_PORT_IDS_MIN	64U

/**
 * vsw_port_of() - the port that a device is
 * @dev: any device
 *
 * Context: RTNL.
 * Return: its port, or NULL if the device is on no switch.
 */
struct vsw_port *vsw_port_of(const struct net_device *dev)
{
	if (rtnl_dereference(dev->rx_handler) == vsw_handle_frame)
		return rtnl_dereference(dev->rx_handler_data);
	return vsw_vmknic_port(dev);
}

/**
 * vsw_port_link() - can a port's device carry traffic
 * @port: port
 *
 * Return: whether it is up and has a carrier.
 */
bool vsw_port_link(const struct vsw_port *port)
{
	return netif_running(port->dev) && netif_carrier_ok(port->dev);
}

/**
 * vsw_port_free() - free a port
 * @port: port without users
 */
void vsw_port_free(struct vsw_port *port)
{
	vsw_groups_free(port);
	free_percpu(port->stats);
	kfree(port);
}

static void vsw_port_free_rcu(struct rcu_head *rcu)
{
	vsw_port_free(container_of(rcu, struct vsw_port, rcu));
}

/*
 * Do not reuse the id of a port that left at once: a late request for that port would
 * change another.  The range of ids is not much longer than the number of ports, as a
 * snapshot has room for all ids.
 */
static int vsw_port_give_id(struct vsw_switch *sw, struct vsw_port *port)
{
	u32 id, limit, count = 0;
	int err;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++)
		count += !!sw->config->ports[id];
	limit = clamp(roundup_pow_of_two(2 * count + 1), VSW_PORT_IDS_MIN, VSWITCH_PORTS_MAX);
	err = xa_alloc_cyclic(&sw->ports, &id, port, XA_LIMIT(1, limit), &sw->next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	port->id = id;
	return 0;
}

/**
 * vsw_port_alloc() - make a port that is in no configuration yet
 * @sw: switch
 * @dev: its device
 * @is_vmknic: it is a VMkernel adapter
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: the port, or ERR_PTR() of -ENOMEM, or of -EBUSY if the switch is full.
 */
struct vsw_port *vsw_port_alloc(struct vsw_switch *sw, struct net_device *dev, bool is_vmknic,
				struct netlink_ext_ack *extack)
{
	struct vsw_port *port;
	int err = -ENOMEM;

	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->sw = sw;
	port->dev = dev;
	port->is_vmknic = is_vmknic;
	port->link = vsw_port_link(port);
	vsw_shapers_init(port);
	spin_lock_init(&port->groups_lock);
	INIT_LIST_HEAD(&port->learned_list);
	port->stats = vsw_stats_alloc();
	if (!port->stats)
		goto err_free;
	err = vsw_port_give_id(sw, port);
	if (err == -EBUSY)
		NL_SET_ERR_MSG_FMT(extack, "switch '%s' has all of its %u ports in use",
				   sw->dev->name, VSWITCH_PORTS_MAX);
	if (err)
		goto err_free;
	return port;

err_free:
	vsw_port_free(port);
	return ERR_PTR(err);
}

/**
 * vsw_port_join() - make a device a port, unassigned, without traffic
 * @sw: switch
 * @dev: device
 * @is_vmknic: it is a VMkernel adapter, and has its own address
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: the port, published; or ERR_PTR() of -ENOMEM, or of -EBUSY if the
 * switch is full.
 */
struct vsw_port *vsw_port_join(struct vsw_switch *sw, struct net_device *dev, bool is_vmknic,
			       struct netlink_ext_ack *extack)
{
	struct vsw_port_config *settings;
	struct vsw_config *draft;
	struct vsw_port *port;
	int err = -ENOMEM;

	ASSERT_RTNL();
	port = vsw_port_alloc(sw, dev, is_vmknic, extack);
	if (IS_ERR(port))
		return port;
	settings = kzalloc(struct_size(settings, macs, 1), GFP_KERNEL_ACCOUNT);
	draft = vsw_draft(sw, GFP_KERNEL_ACCOUNT);
	if (!settings || !draft)
		goto err_draft;
	if (is_vmknic) {
		settings->mac_count = 1;
		ether_addr_copy(settings->macs[0], dev->dev_addr);
	}
	err = vsw_config_set_port(draft, port->id, settings, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_draft;
	kfree(settings);
	err = vsw_commit(sw, draft, GFP_KERNEL_ACCOUNT, extack);
	if (err)
		goto err_port;
	return port;

err_draft:
	if (draft)
		vsw_config_free(draft);
	kfree(settings);
err_port:
	xa_erase(&sw->ports, port->id);
	vsw_port_free(port);
	return ERR_PTR(err);
}

static bool vsw_port_is_uplink(const struct vsw_port *port)
{
	return port->sw->config->ports[port->id]->role == VSWITCH_ROLE_UPLINK;
}

/**
 * vsw_port_leave() - take a port off its switch
 * @port: port; its device hands no more frames in, and goes away
 *
 * The device can be freed a grace period after this: the published snapshot no
 * longer sends to it.  A client leaves the configuration later, so that ports that leave
 * together share a commit (vsw_port_forget_left()).
 *
 * Context: RTNL.  Cannot fail.
 */
void vsw_port_leave(struct vsw_port *port)
{
	struct vsw_switch *sw = port->sw;

	ASSERT_RTNL();
	vsw_notify_port_del(port);
	vsw_shapers_stop(port);
	vsw_learning_forget_port(port);
	vsw_stop_port(port);
	vsw_absent_leave(port);
	port->dev = NULL;
	port->left = true;
	port->settling = false;
	port->announcing = false;
	sw->has_left = true;
	if (vsw_port_is_uplink(port))
		vsw_port_forget_left(sw);
	else
		vsw_upkeep_in(sw, 0);
}

/**
 * vsw_port_forget_left() - take the ports that left out of the configuration
 * @sw: switch
 *
 * One commit for all of them.  Called before anything looks at the ports or makes
 * a draft.
 *
 * Context: RTNL.  Cannot fail.
 */
void vsw_port_forget_left(struct vsw_switch *sw)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOFAIL;
	struct vsw_config *draft;
	struct vsw_port *port;
	unsigned long id;

	ASSERT_RTNL();
	if (!sw->has_left)
		return;
	sw->has_left = false;
	draft = vsw_config_clone(sw->config, gfp);
	xa_for_each(&sw->ports, id, port)
		if (port->left)
			vsw_config_remove_port(draft, id, gfp);
	WARN_ON_ONCE(vsw_commit(sw, draft, gfp, NULL));
	xa_for_each(&sw->ports, id, port) {
		if (!port->left)
			continue;
		xa_erase(&sw->ports, id);
		call_rcu(&port->rcu, vsw_port_free_rcu);
	}
}

static int vsw_port_refuse(struct net_device *dev, struct netlink_ext_ack *extack)
{
	struct net_device *upper;
	struct list_head *iter;

	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN || dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is not an Ethernet device", dev->name);
		return -EINVAL;
	}
	if (vsw_is_switch(dev)) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is a vswitch: it cannot join another", dev->name);
		return -ELOOP;
	}
	if (vsw_port_of(dev)) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is on switch '%s' already", dev->name,
				   vsw_port_of(dev)->sw->dev->name);
		return -EBUSY;
	}
	netdev_for_each_upper_dev_rcu(dev, upper, iter) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is in use by '%s'", dev->name, upper->name);
		return -EBUSY;
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is in use by another driver", dev->name);
		return -EBUSY;
	}
	if (dev->priv_flags & IFF_DONT_BRIDGE) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' cannot carry other addresses than its own",
				   dev->name);
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * vsw_raise_uplink() - give an uplink at least the MTU of its switch
 * @port: port of the uplink
 * @mtu: MTU
 *
 * An uplink with a smaller MTU would drop frames that ports may send.  A larger MTU stays:
 * there may be a reason for it.
 *
 * Context: RTNL.
 * Return: 0, or the driver's error, which is logged.
 */
int vsw_raise_uplink(struct vsw_port *port, unsigned int mtu)
{
	int err;

	ASSERT_RTNL();
	if (port->absent || port->dev->mtu >= mtu)
		return 0;
	err = dev_set_mtu(port->dev, mtu);
	if (err)
		netdev_warn(port->sw->dev, "uplink '%s' stays at MTU %u, it refuses %u: error %d\n",
			    port->dev->name, port->dev->mtu, mtu, -err);
	return err;
}

/**
 * vsw_raise_uplinks() - give all uplinks at least an MTU
 * @sw: switch
 * @mtu: MTU
 *
 * Context: RTNL.
 * Return: 0, or the error of an uplink, after which all have their former MTU.
 */
int vsw_raise_uplinks(struct vsw_switch *sw, unsigned int mtu)
{
	unsigned int before[VSWITCH_UPLINKS_MAX], count = 0;
	struct vsw_port *raised[VSWITCH_UPLINKS_MAX], *port;
	unsigned long id;
	int err;

	xa_for_each(&sw->ports, id, port) {
		if (port->left || port->absent || !vsw_port_is_uplink(port))
			continue;
		raised[count] = port;
		before[count++] = port->dev->mtu;
		err = vsw_raise_uplink(port, mtu);
		if (err)
			goto err_restore;
	}
	return 0;

err_restore:
	while (count--)
		if (raised[count]->dev->mtu != before[count])
			dev_set_mtu(raised[count]->dev, before[count]);
	return err;
}

/**
 * vsw_port_enslave() - join an enslaved device: ndo_add_slave
 * @sw: switch
 * @dev: device; it receives all addresses from now on, and hands every frame
 *	to the switch
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: 0, or an error; then the device is as it was.
 */
int vsw_port_enslave(struct vsw_switch *sw, struct net_device *dev, struct netlink_ext_ack *extack)
{
	struct vsw_port *port, *place = vsw_absent_find(sw, dev->name);
	int err;

	rcu_read_lock();
	err = vsw_port_refuse(dev, extack);
	rcu_read_unlock();
	if (err)
		return err;
	/* netconsole and its like stop using the device, as when it joins a bridge. */
	call_netdevice_notifiers(NETDEV_JOIN, dev);
	if (place)
		vsw_port_plug(place, dev);
	port = place ?: vsw_port_join(sw, dev, false, extack);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = dev_set_promiscuity(dev, 1);
	if (err)
		goto err_leave;
	dev_disable_lro(dev);
	err = netdev_master_upper_dev_link(dev, sw->dev, NULL, NULL, extack);
	if (err)
		goto err_promiscuity;
	err = netdev_rx_handler_register(dev, vsw_handle_frame, port);
	if (err)
		goto err_unlink;
	return 0;

err_unlink:
	netdev_upper_dev_unlink(dev, sw->dev);
err_promiscuity:
	dev_set_promiscuity(dev, -1);
err_leave:
	if (place)
		vsw_port_unplug(port);
	else
		vsw_port_leave(port);
	return err;
}

/**
 * vsw_port_release() - take an enslaved device off its switch
 * @port: its port
 *
 * Context: RTNL.
 */
void vsw_port_release(struct vsw_port *port)
{
	struct net_device *dev = port->dev;

	netdev_rx_handler_unregister(dev);
	vsw_port_leave(port);
	netdev_upper_dev_unlink(dev, port->sw->dev);
	dev_set_promiscuity(dev, -1);
}

/**
 * vsw_port_lose() - handle the end of a port's device
 * @port: port, which stays if it is an uplink
 *
 * Context: RTNL.
 */
void vsw_port_lose(struct vsw_port *port)
{
	struct net_device *dev = port->dev;

	if (!vsw_port_is_uplink(port)) {
		vsw_port_release(port);
		return;
	}
	netdev_rx_handler_unregister(dev);
	vsw_port_unplug(port);
	netdev_upper_dev_unlink(dev, port->sw->dev);
	dev_set_promiscuity(dev, -1);
}

/**
 * vsw_port_release_all() - take all enslaved devices off a switch
 * @sw: switch that is being unregistered; its VMkernel adapters leave on their
 *	own, before or after
 *
 * Context: RTNL.
 */
void vsw_port_release_all(struct vsw_switch *sw)
{
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port) {
		if (port->is_vmknic || port->left)
			continue;
		if (port->absent)
			vsw_port_leave(port);
		else
			vsw_port_release(port);
	}
	vsw_port_forget_left(sw);
}

/**
 * vsw_port_set_first_mac() - change the address of a VMkernel adapter's port
 * @port: port of a VMkernel adapter
 * @mac: its new address, a unicast one
 *
 * Context: RTNL.
 * Return: 0, -ENOMEM, or -EADDRINUSE if another port has it.
 */
int vsw_port_set_first_mac(struct vsw_port *port, const u8 *mac)
{
	struct vsw_config *draft;
	int err;

	draft = vsw_draft(port->sw, GFP_KERNEL_ACCOUNT);
	if (!draft)
		return -ENOMEM;
	/* Once for a copy that only the draft has */
	err = vsw_config_set_port(draft, port->id, draft->ports[port->id], GFP_KERNEL_ACCOUNT);
	if (err) {
		vsw_config_free(draft);
		return err;
	}
	ether_addr_copy(draft->ports[port->id]->macs[0], mac);
	return vsw_commit(port->sw, draft, GFP_KERNEL_ACCOUNT, NULL);
}
