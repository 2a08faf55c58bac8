// SPDX-License-Identifier: GPL-2.0
/*
 * VMkernel adapters: ip link add NAME link SWITCH type vmknic.
 *
 * A network device of the host that is a port of a switch: it connects an IP stack
 * to the switch.  It may be in a VRF or in another network namespace.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/rtnetlink.h>

#include "vswitch.h"

#define VSW_VMKNIC_FEATURES                                                       \
	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |      \
	 NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE | NETIF_F_HW_VLAN_CTAG_TX |        \
	 NETIF_F_HW_VLAN_CTAG_RX)

/**
 * struct vsw_vmknic - private part of a VMkernel adapter's device
 * @port: its port; NULL before it joins and after it has left
 */
struct vsw_vmknic {
	struct vsw_port *port;
};

static const struct net_device_ops vsw_vmknic_netdev_ops;

/**
 * vsw_vmknic_port() - the port that a VMkernel adapter is
 * @dev: any device
 *
 * Context: RTNL.
 * Return: the port, or NULL where @dev is no VMkernel adapter.
 */
struct vsw_port *vsw_vmknic_port(const struct net_device *dev)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);

	return dev->netdev_ops == &vsw_vmknic_netdev_ops ? vmknic->port : NULL;
}

/* A raw socket may have put the tag into the frame: move it to the metadata. */
static struct sk_buff *vsw_vmknic_untag(struct sk_buff *skb)
{
	skb_reset_mac_header(skb);
	if (likely(skb_vlan_tag_present(skb) || !eth_type_vlan(vlan_eth_hdr(skb)->h_vlan_proto)))
		return skb;
	skb->protocol = vlan_eth_hdr(skb)->h_vlan_proto;
	__skb_pull(skb, ETH_HLEN);
	skb = skb_vlan_untag(skb);
	if (skb)
		__skb_push(skb, ETH_HLEN);
	return skb;
}

static netdev_tx_t vsw_vmknic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);

	skb = vsw_vmknic_untag(skb);
	if (!skb) {
		dev_core_stats_tx_dropped_inc(dev);
		return NETDEV_TX_OK;
	}
	/* It leaves the host as on a wire: marks, conntrack and routes do not go along. */
	skb_scrub_packet(skb, true);
	/* The transmit path holds rcu_read_lock_bh() only. */
	rcu_read_lock();
	vsw_forward_client(vmknic->port, skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* Frames into the switch are transmitted by the host. */
static void vsw_vmknic_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);
	struct vsw_counters sum = {};
	unsigned int i;

	if (!vmknic->port)
		return;
	vsw_stats_sum(vmknic->port->stats, &sum);
	for (i = 0; i < VSW_CASTS; i++) {
		stats->tx_packets += sum.in_packets[i];
		stats->tx_bytes += sum.in_bytes[i];
		stats->rx_packets += sum.out_packets[i];
		stats->rx_bytes += sum.out_bytes[i];
	}
	stats->multicast = sum.out_packets[VSW_MULTICAST];
	for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
		stats->tx_dropped += sum.drops[i];
}

/* The port's address must be in force before the host sends from it. */
static int vsw_vmknic_set_mac_address(struct net_device *dev, void *address)
{
	struct vsw_port *port = vsw_vmknic_port(dev);
	int err;

	err = eth_prepare_mac_addr_change(dev, address);
	if (err)
		return err;
	err = vsw_port_set_first_mac(port, ((struct sockaddr *)address)->sa_data);
	if (err)
		return err;
	eth_commit_mac_addr_change(dev, address);
	return 0;
}

static void vsw_vmknic_set_rx_mode(struct net_device *dev)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);

	if (vmknic->port)
		vsw_groups_follow_device(vmknic->port, dev);
}

static int vsw_vmknic_get_iflink(const struct net_device *dev)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);

	return vmknic->port ? vmknic->port->sw->dev->ifindex : 0;
}

/* The device is closed: nothing is transmitted or counted. */
static void vsw_vmknic_uninit(struct net_device *dev)
{
	struct vsw_vmknic *vmknic = netdev_priv(dev);
	struct vsw_switch *sw;

	if (!vmknic->port)
		return;
	sw = vmknic->port->sw;
	vsw_port_leave(vmknic->port);
	vmknic->port = NULL;
	/* If the switch goes as well, its upkeep has stopped. */
	if (sw->dev->reg_state != NETREG_REGISTERED)
		vsw_port_forget_left(sw);
}

static const struct net_device_ops vsw_vmknic_netdev_ops = {
	.ndo_uninit		= vsw_vmknic_uninit,
	.ndo_start_xmit		= vsw_vmknic_xmit,
	.ndo_set_rx_mode	= vsw_vmknic_set_rx_mode,
	.ndo_get_stats64	= vsw_vmknic_get_stats64,
	.ndo_set_mac_address	= vsw_vmknic_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_iflink		= vsw_vmknic_get_iflink,
};

static void vsw_vmknic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &vsw_vmknic_netdev_ops;
	dev->ethtool_ops = &vsw_vmknic_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->max_mtu = VSW_MTU_MAX;
	dev->features |= VSW_VMKNIC_FEATURES;
	dev->hw_features |= VSW_VMKNIC_FEATURES;
	dev->vlan_features |= VSW_VMKNIC_FEATURES & ~(NETIF_F_HW_VLAN_CTAG_TX |
						      NETIF_F_HW_VLAN_CTAG_RX);
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	/* netpoll transmits with interrupts off, which the data path cannot do. */
	dev->priv_flags |= IFF_DISABLE_NETPOLL;
	netdev_set_lltx(dev);
}

static int vsw_vmknic_validate(struct nlattr *tb[], struct nlattr *data[],
			       struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS] && (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN ||
				 !is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "the address of a VMkernel adapter must be a unicast MAC");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int vsw_vmknic_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
			      struct netlink_ext_ack *extack)
{
	struct vsw_vmknic *vmknic = netdev_priv(dev);
	struct net *src_net = params->src_net;
	struct nlattr **tb = params->tb;
	struct net_device *sw_dev;
	struct vsw_port *port;
	int err;

	sw_dev = tb[IFLA_LINK] ? __dev_get_by_index(src_net, nla_get_u32(tb[IFLA_LINK])) : NULL;
	if (!sw_dev || !vsw_is_switch(sw_dev)) {
		NL_SET_ERR_MSG(extack, "a VMkernel adapter needs a switch: link SWITCH");
		return -EINVAL;
	}
	if (!tb[IFLA_MTU])
		dev->mtu = sw_dev->mtu;
	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	port = vsw_port_join(netdev_priv(sw_dev), dev, true, extack);
	if (IS_ERR(port)) {
		err = PTR_ERR(port);
		goto err_unregister;
	}
	vmknic->port = port;
	err = netdev_upper_dev_link(sw_dev, dev, extack);
	if (err)
		goto err_unregister;
	return 0;

err_unregister:
	unregister_netdevice(dev);
	return err;
}

static void vsw_vmknic_dellink(struct net_device *dev, struct list_head *head)
{
	struct net_device *sw_dev = vsw_vmknic_port(dev)->sw->dev;

	/* Already done if the switch and its adapters go together */
	if (netdev_has_upper_dev(sw_dev, dev))
		netdev_upper_dev_unlink(sw_dev, dev);
	unregister_netdevice_queue(dev, head);
}

static struct net *vsw_vmknic_get_link_net(const struct net_device *dev)
{
	const struct vsw_vmknic *vmknic = netdev_priv(dev);

	return dev_net(vmknic->port ? vmknic->port->sw->dev : dev);
}

struct rtnl_link_ops vsw_vmknic_link_ops = {
	.kind		= "vmknic",
	.priv_size	= sizeof(struct vsw_vmknic),
	.setup		= vsw_vmknic_setup,
	.validate	= vsw_vmknic_validate,
	.newlink	= vsw_vmknic_newlink,
	.dellink	= vsw_vmknic_dellink,
	.get_link_net	= vsw_vmknic_get_link_net,
};
