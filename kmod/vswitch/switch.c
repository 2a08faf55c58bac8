// SPDX-License-Identifier: GPL-2.0
/*
 * The switch as a network device: ip link add NAME type vswitch.
 *
 * The device itself has no traffic: the host reaches a VLAN through a VMkernel
 * adapter, as on ESXi.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/rtnetlink.h>

#include "snapshot.h"

static const struct net_device_ops vsw_switch_netdev_ops;

/**
 * vsw_is_switch() - check whether a device is a switch
 * @dev: any device
 *
 * Return: whether it is.
 */
bool vsw_is_switch(const struct net_device *dev)
{
	return dev->netdev_ops == &vsw_switch_netdev_ops;
}

static int vsw_switch_init(struct net_device *dev)
{
	struct vsw_switch *sw = netdev_priv(dev);
	struct vsw_config *config;
	int err;

	sw->dev = dev;
	xa_init_flags(&sw->ports, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	vsw_upkeep_init(sw);
	err = vsw_learning_init(sw);
	if (err)
		return err;
	config = vsw_config_create();
	sw->config = vsw_config_create();
	if (!config || !sw->config) {
		kvfree(config);
		err = -ENOMEM;
		goto err_config;
	}
	/* Committing an empty configuration makes the first snapshot. */
	err = vsw_commit(sw, config, GFP_KERNEL_ACCOUNT, NULL);
	if (err)
		goto err_config;
	return 0;

err_config:
	kvfree(sw->config);
	vsw_learning_exit(sw);
	return err;
}

static void vsw_switch_uninit(struct net_device *dev)
{
	struct vsw_switch *sw = netdev_priv(dev);

	vsw_port_release_all(sw);
	/* No more frames rearm it. */
	vsw_upkeep_stop(sw);
}

static void vsw_switch_free(struct net_device *dev)
{
	struct vsw_switch *sw = netdev_priv(dev);

	/* No frames are left: unregistering waited for a grace period. */
	vsw_learning_exit(sw);
	kvfree(rcu_dereference_protected(sw->fwd, true));
	vsw_config_free(sw->config);
	kvfree(sw->beacon);
	xa_destroy(&sw->ports);
}

static netdev_tx_t vsw_switch_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

/* Forwarded traffic: received from all ports, sent to all ports */
static void vsw_switch_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct vsw_switch *sw = netdev_priv(dev);
	struct vsw_counters sum = {};
	const struct vsw_fwd *fwd;
	unsigned int i;

	rcu_read_lock();
	fwd = rcu_dereference(sw->fwd);
	for (i = 1; i < fwd->port_limit; i++)
		if (fwd->ports[i].stats)
			vsw_stats_sum(fwd->ports[i].stats, &sum);
	rcu_read_unlock();

	for (i = 0; i < VSW_CASTS; i++) {
		stats->rx_packets += sum.in_packets[i];
		stats->rx_bytes += sum.in_bytes[i];
		stats->tx_packets += sum.out_packets[i];
		stats->tx_bytes += sum.out_bytes[i];
	}
	stats->multicast = sum.in_packets[VSW_MULTICAST];
	for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
		stats->rx_dropped += sum.drops[i];
}

/* A switch that is down forwards nothing; the snapshot has its state. */
static int vsw_switch_follow_state(struct net_device *dev)
{
	vsw_recompile(netdev_priv(dev));
	return 0;
}

static int vsw_switch_change_mtu(struct net_device *dev, int mtu)
{
	struct vsw_switch *sw = netdev_priv(dev);
	int err;

	err = vsw_raise_uplinks(sw, mtu);
	if (err)
		return err;
	WRITE_ONCE(dev->mtu, mtu);
	vsw_recompile(sw);
	return 0;
}

static int vsw_switch_add_slave(struct net_device *dev, struct net_device *slave,
				struct netlink_ext_ack *extack)
{
	return vsw_port_enslave(netdev_priv(dev), slave, extack);
}

static int vsw_switch_del_slave(struct net_device *dev, struct net_device *slave)
{
	struct vsw_port *port = vsw_port_of(slave);

	if (!port || port->sw != netdev_priv(dev))
		return -EINVAL;
	vsw_port_release(port);
	vsw_port_forget_left(netdev_priv(dev));
	return 0;
}

static const struct net_device_ops vsw_switch_netdev_ops = {
	.ndo_init		= vsw_switch_init,
	.ndo_uninit		= vsw_switch_uninit,
	.ndo_open		= vsw_switch_follow_state,
	.ndo_stop		= vsw_switch_follow_state,
	.ndo_start_xmit		= vsw_switch_xmit,
	.ndo_get_stats64	= vsw_switch_get_stats64,
	.ndo_change_mtu		= vsw_switch_change_mtu,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_add_slave		= vsw_switch_add_slave,
	.ndo_del_slave		= vsw_switch_del_slave,
};

static void vsw_switch_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &vsw_switch_netdev_ops;
	dev->ethtool_ops = &vsw_switch_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = vsw_switch_free;
	dev->min_mtu = VSW_MTU_MIN;
	dev->max_mtu = VSW_MTU_MAX;
	dev->flags |= IFF_NOARP;
	/* It has no traffic: netpoll and bridges have no use for it. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL | IFF_DONT_BRIDGE;
	netdev_set_lltx(dev);
	netdev_set_netns_immutable(dev);
}

static unsigned int vsw_switch_count(struct net *net)
{
	struct net_device *dev;
	unsigned int count = 0;

	for_each_netdev(net, dev)
		count += vsw_is_switch(dev);
	return count;
}

/* The memory of a switch is bounded and charged, and so must be the number of switches. */
static int vsw_switch_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
			      struct netlink_ext_ack *extack)
{
	if (vsw_switch_count(dev_net(dev)) >= VSWITCH_SWITCHES_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "'%s': this network namespace has %u switches, the limit",
				   dev->name, VSWITCH_SWITCHES_MAX);
		return -ENOSPC;
	}
	return register_netdevice(dev);
}

/* VMkernel adapters go with their switch. */
static void vsw_switch_dellink(struct net_device *dev, struct list_head *head)
{
	struct vsw_switch *sw = netdev_priv(dev);
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		if (port->is_vmknic && !port->left)
			vsw_vmknic_link_ops.dellink(port->dev, head);
	unregister_netdevice_queue(dev, head);
}

struct rtnl_link_ops vsw_switch_link_ops = {
	.kind		= "vswitch",
	.priv_size	= sizeof(struct vsw_switch),
	.setup		= vsw_switch_setup,
	.newlink	= vsw_switch_newlink,
	.dellink	= vsw_switch_dellink,
};
