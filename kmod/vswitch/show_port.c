// SPDX-License-Identifier: GPL-2.0
/*
 * Ports as messages.
 */
#include <net/rtnetlink.h>

#include "show.h"
#include "snapshot.h"

static bool vsw_put_macs(struct sk_buff *skb, const struct vsw_port_config *settings)
{
	unsigned int i;

	for (i = 0; i < settings->mac_count; i++)
		if (nla_put(skb, VSWITCH_A_PORT_MAC, ETH_ALEN, settings->macs[i]))
			return false;
	return !settings->has_effective_mac ||
	       !nla_put(skb, VSWITCH_A_PORT_EFFECTIVE_MAC, ETH_ALEN, settings->effective_mac);
}

static bool vsw_put_overrides(struct sk_buff *skb, const struct vsw_fwd *fwd,
			      const struct vsw_overrides *overrides)
{
	u8 mask = overrides ? overrides->mask : 0;
	const struct vsw_policies *own;

	if (nla_put_u32(skb, VSWITCH_A_PORT_OVERRIDES, mask))
		return false;
	if (!mask)
		return true;
	own = &overrides->policies;
	if (mask & VSWITCH_OVERRIDE_VLAN &&
	    !vsw_put_vlan(skb, VSWITCH_A_PORT_VLAN, VSWITCH_A_PORT_TRUNK, own))
		return false;
	if (mask & VSWITCH_OVERRIDE_SECURITY &&
	    !vsw_put_security(skb, VSWITCH_A_PORT_SECURITY, &own->security))
		return false;
	if (mask & VSWITCH_OVERRIDE_TEAMING &&
	    !vsw_put_teaming(skb, VSWITCH_A_PORT_TEAMING, fwd, &own->teaming))
		return false;
	return !(mask & VSWITCH_OVERRIDE_SHAPING) ||
	       (vsw_put_shaping(skb, VSWITCH_A_PORT_SHAPING_INGRESS, &own->shaping[VSW_INGRESS]) &&
		vsw_put_shaping(skb, VSWITCH_A_PORT_SHAPING_EGRESS, &own->shaping[VSW_EGRESS]));
}

static u8 vsw_uplink_state(const struct vsw_port *port, const struct vsw_fwd_port *uplink)
{
	if (port->absent)
		return VSWITCH_UPLINK_STATE_ABSENT;
	if (uplink->flags & VSW_PORT_BLOCKED)
		return VSWITCH_UPLINK_STATE_BLOCKED;
	if (uplink->flags & VSW_PORT_LINK_DOWN)
		return VSWITCH_UPLINK_STATE_LINK_DOWN;
	if (uplink->flags & VSW_PORT_SETTLING)
		return VSWITCH_UPLINK_STATE_UP_DELAY;
	if (uplink->flags & VSW_PORT_SILENT)
		return VSWITCH_UPLINK_STATE_SILENT;
	return VSWITCH_UPLINK_STATE_USABLE;
}

static bool vsw_put_settings(struct sk_buff *skb, const struct vsw_port *port)
{
	const struct vsw_config *config = port->sw->config;
	const struct vsw_port_config *settings = config->ports[port->id];
	const struct vsw_fwd *fwd = rtnl_dereference(port->sw->fwd);
	const struct vsw_fwd_port *fwd_port = &fwd->ports[port->id];

	if (nla_put_u8(skb, VSWITCH_A_PORT_ROLE, settings->role) ||
	    nla_put_u8(skb, VSWITCH_A_PORT_BLOCKED, settings->blocked))
		return false;
	if (settings->role == VSWITCH_ROLE_CLIENT &&
	    nla_put_string(skb, VSWITCH_A_PORT_PORTGROUP,
			   config->portgroups[settings->portgroup]->name))
		return false;
	if (fwd_port->uplink != VSW_NO_UPLINK &&
	    nla_put_u32(skb, VSWITCH_A_PORT_UPLINK, fwd_port->uplink))
		return false;
	if (settings->inactive && nla_put_u8(skb, VSWITCH_A_PORT_INACTIVE, 1))
		return false;
	if (settings->wakes && nla_put_u8(skb, VSWITCH_A_PORT_INACTIVE_AUTO, 1))
		return false;
	if (settings->role == VSWITCH_ROLE_UPLINK &&
	    nla_put_u8(skb, VSWITCH_A_PORT_UPLINK_STATE, vsw_uplink_state(port, fwd_port)))
		return false;
	return vsw_put_macs(skb, settings) && vsw_put_overrides(skb, fwd, settings->overrides);
}

static bool vsw_put_device(struct sk_buff *skb, const struct vsw_port *port)
{
	const struct net_device *dev = port->dev;
	struct net *net = dev_net(port->sw->dev);

	if (port->absent)
		return !nla_put_string(skb, VSWITCH_A_PORT_NAME, port->name) &&
		       !nla_put_u8(skb, VSWITCH_A_PORT_LINK, 0) &&
		       !nla_put_u8(skb, VSWITCH_A_PORT_ABSENT, 1);
	if (nla_put_u32(skb, VSWITCH_A_PORT_IFINDEX, dev->ifindex) ||
	    nla_put_string(skb, VSWITCH_A_PORT_NAME, dev->name) ||
	    nla_put_u32(skb, VSWITCH_A_PORT_MTU, dev->mtu) ||
	    nla_put_u8(skb, VSWITCH_A_PORT_LINK, port->link))
		return false;
	if (dev->rtnl_link_ops &&
	    nla_put_string(skb, VSWITCH_A_PORT_KIND, dev->rtnl_link_ops->kind))
		return false;
	return net_eq(net, dev_net(dev)) ||
	       !nla_put_s32(skb, VSWITCH_A_PORT_NETNS,
			    peernet2id_alloc(net, dev_net(dev), GFP_KERNEL));
}

static bool vsw_put_traffic(struct sk_buff *skb, const struct vsw_counters *sum)
{
	unsigned int cast;
	int attr = VSWITCH_A_STATS_IN_UNICAST_PACKETS;

	for (cast = 0; cast < VSW_CASTS; cast++)
		if (nla_put_u64_64bit(skb, attr++, sum->in_packets[cast], VSWITCH_A_STATS_PAD) ||
		    nla_put_u64_64bit(skb, attr++, sum->in_bytes[cast], VSWITCH_A_STATS_PAD))
			return false;
	for (cast = 0; cast < VSW_CASTS; cast++)
		if (nla_put_u64_64bit(skb, attr++, sum->out_packets[cast], VSWITCH_A_STATS_PAD) ||
		    nla_put_u64_64bit(skb, attr++, sum->out_bytes[cast], VSWITCH_A_STATS_PAD))
			return false;
	return true;
}

static bool vsw_put_drop(struct sk_buff *skb, u8 reason, u64 packets)
{
	struct nlattr *nest = nla_nest_start(skb, VSWITCH_A_STATS_DROP);

	if (!nest || nla_put_u8(skb, VSWITCH_A_DROP_REASON, reason) ||
	    nla_put_u64_64bit(skb, VSWITCH_A_DROP_PACKETS, packets, VSWITCH_A_DROP_PAD))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vsw_put_stats(struct sk_buff *skb, const struct vsw_port *port)
{
	struct nlattr *nest = nla_nest_start(skb, VSWITCH_A_PORT_STATS);
	struct vsw_counters sum = {};
	unsigned int reason;

	vsw_stats_sum(port->stats, &sum);
	if (!nest || !vsw_put_traffic(skb, &sum))
		return false;
	for (reason = 0; reason <= VSWITCH_DROP_REASON_MAX; reason++)
		if (sum.drops[reason] && !vsw_put_drop(skb, reason, sum.drops[reason]))
			return false;
	nla_nest_end(skb, nest);
	return true;
}

/**
 * vsw_put_port() - put a port into a message
 * @message: where to
 * @port: port
 *
 * Return: 0, or -EMSGSIZE if it no longer fits.
 */
int vsw_put_port(const struct vsw_message *message, const struct vsw_port *port)
{
	struct sk_buff *skb = message->skb;
	void *header = vsw_message_start(message);

	if (!header)
		return -EMSGSIZE;
	return vsw_message_end(message, header,
		!nla_put_u32(skb, VSWITCH_A_PORT_SWITCH, port->sw->dev->ifindex) &&
		!nla_put_u32(skb, VSWITCH_A_PORT_ID, port->id) &&
		vsw_put_device(skb, port) && vsw_put_settings(skb, port) &&
		vsw_put_stats(skb, port));
}
