// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: switches, port groups and ports as messages.  Under RTNL.
 */
#include <net/rtnetlink.h>

#include "snapshot.h"
#include "show.h"

/**
 * vsw_message_start() - begin a reply, a part of a dump, or a notification
 * @message: where to
 *
 * Return: the header, or NULL where it does not fit any more.
 */
void *vsw_message_start(const struct vsw_message *message)
{
	void *header;

	header = genlmsg_put(message->skb, message->portid, message->seq, &vsw_genl_family,
			     message->flags, message->cmd);
	if (header && message->cb)
		genl_dump_check_consistent(message->cb, header);
	return header;
}

/**
 * vsw_message_end() - end a message
 * @message: where to
 * @header: from vsw_message_start()
 * @complete: all attributes fit
 *
 * Return: 0, or -EMSGSIZE; then nothing of it is there.
 */
int vsw_message_end(const struct vsw_message *message, void *header, bool complete)
{
	if (complete) {
		genlmsg_end(message->skb, header);
		return 0;
	}
	genlmsg_cancel(message->skb, header);
	return -EMSGSIZE;
}

static bool vsw_put_security(struct sk_buff *skb, int attr, const struct vsw_security *security)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_PROMISCUOUS, security->promiscuous) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_MAC_CHANGES, security->mac_changes) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_FORGED_TRANSMITS, security->forged_transmits) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_MAC_SOURCE, security->mac_source))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vsw_put_unless_inherited(struct sk_buff *skb, int attr, u8 value)
{
	return value == VSW_INHERIT || !nla_put_u8(skb, attr, value);
}

static bool vsw_put_order(struct sk_buff *skb, const struct vsw_fwd *fwd,
			  const struct vsw_teaming *teaming)
{
	unsigned int i;

	for (i = 0; i < teaming->count; i++)
		if (nla_put_u32(skb, i < teaming->active_count ? VSWITCH_A_TEAMING_ACTIVE :
								 VSWITCH_A_TEAMING_STANDBY,
				teaming->order[i]))
			return false;
	for (i = 0; i < fwd->uplink_count; i++)
		if (!vsw_teaming_has(teaming, fwd->uplinks[i]) &&
		    nla_put_u32(skb, VSWITCH_A_TEAMING_UNUSED, fwd->uplinks[i]))
			return false;
	return true;
}

static bool vsw_put_teaming(struct sk_buff *skb, int attr, const struct vsw_fwd *fwd,
			    const struct vsw_teaming *teaming)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_POLICY, teaming->policy) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_DETECTION, teaming->detection) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_FAILBACK, teaming->failback) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_NOTIFY_SWITCHES, teaming->announce))
		return false;
	if (teaming->has_order && !vsw_put_order(skb, fwd, teaming))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

/**
 * vsw_put_switch() - put a switch into a message
 * @message: where to
 * @sw: switch
 *
 * Return: 0, or -EMSGSIZE where it does not fit any more.
 */
int vsw_put_switch(const struct vsw_message *message, const struct vsw_switch *sw)
{
	const struct vsw_config *config = sw->config;
	struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	unsigned int i, portgroups = 0, ports = 0;
	struct sk_buff *skb = message->skb;
	void *header = vsw_message_start(message);

	if (!header)
		return -EMSGSIZE;
	for (i = 0; i < VSWITCH_PORTGROUPS_MAX; i++)
		portgroups += !!config->portgroups[i];
	for (i = 0; i <= VSWITCH_PORTS_MAX; i++)
		ports += !!config->ports[i];
	return vsw_message_end(message, header,
		!nla_put_u32(skb, VSWITCH_A_SWITCH_IFINDEX, sw->dev->ifindex) &&
		!nla_put_string(skb, VSWITCH_A_SWITCH_NAME, sw->dev->name) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_MTU, sw->dev->mtu) &&
		vsw_put_security(skb, VSWITCH_A_SWITCH_SECURITY, &config->security) &&
		vsw_put_teaming(skb, VSWITCH_A_SWITCH_TEAMING, fwd, &config->teaming) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_GENERATION, sw->generation) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_PORTGROUP_COUNT, portgroups) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_PORT_COUNT, ports) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_UPLINK_COUNT, fwd->uplink_count) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_MAC_COUNT, fwd->mac_count) &&
		!nla_put_u32(skb, VSWITCH_A_SWITCH_UP_DELAY, config->up_delay));
}

/**
 * vsw_trunk_range_count() - count the runs of VLANs of a trunk
 * @policies: policies with the trunk
 *
 * Return: their number, which is how many ranges a reply has.
 */
unsigned int vsw_trunk_range_count(const struct vsw_policies *policies)
{
	unsigned int first, last, count = 0;

	for_each_set_bitrange(first, last, policies->trunk, VLAN_N_VID)
		count++;
	return count;
}

static bool vsw_put_vlan(struct sk_buff *skb, int vlan, int trunk,
			 const struct vsw_policies *policies)
{
	unsigned int first, end;
	struct nlattr *nest;

	if (!policies->is_trunk || policies->vlan == VSWITCH_VLAN_GUEST)
		return !nla_put_u16(skb, vlan, policies->vlan);
	for_each_set_bitrange(first, end, policies->trunk, VLAN_N_VID) {
		nest = nla_nest_start(skb, trunk);
		if (!nest || nla_put_u16(skb, VSWITCH_A_VLAN_RANGE_FIRST, first) ||
		    nla_put_u16(skb, VSWITCH_A_VLAN_RANGE_LAST, end - 1))
			return false;
		nla_nest_end(skb, nest);
	}
	return true;
}

static bool vsw_put_shaping(struct sk_buff *skb, int attr, const struct vsw_shaping *shaping)
{
	struct nlattr *nest;

	if (!shaping->average)
		return true;
	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_u32(skb, VSWITCH_A_SHAPING_AVERAGE, shaping->average) ||
	    nla_put_u32(skb, VSWITCH_A_SHAPING_PEAK, shaping->peak) ||
	    nla_put_u32(skb, VSWITCH_A_SHAPING_BURST, shaping->burst))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vsw_put_learning(struct sk_buff *skb, const struct vsw_learning *learning)
{
	struct nlattr *nest;

	if (!learning->limit)
		return true;
	nest = nla_nest_start(skb, VSWITCH_A_PORTGROUP_LEARNING);
	if (!nest || nla_put_u32(skb, VSWITCH_A_LEARNING_LIMIT, learning->limit) ||
	    nla_put_u8(skb, VSWITCH_A_LEARNING_FULL, learning->full) ||
	    nla_put_u8(skb, VSWITCH_A_LEARNING_FLOOD, learning->flood) ||
	    nla_put_u32(skb, VSWITCH_A_LEARNING_AGEING, learning->ageing))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

/**
 * vsw_put_portgroup() - put a port group into a message
 * @message: where to
 * @sw: switch
 * @slot: slot of the port group in its configuration
 *
 * Return: 0, or -EMSGSIZE where it does not fit any more.
 */
int vsw_put_portgroup(const struct vsw_message *message, const struct vsw_switch *sw, u16 slot)
{
	const struct vsw_portgroup *portgroup = sw->config->portgroups[slot];
	const struct vsw_policies *policies = &portgroup->policies;
	struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	struct sk_buff *skb = message->skb;
	void *header = vsw_message_start(message);

	if (!header)
		return -EMSGSIZE;
	return vsw_message_end(message, header,
		!nla_put_u32(skb, VSWITCH_A_PORTGROUP_SWITCH, sw->dev->ifindex) &&
		!nla_put_string(skb, VSWITCH_A_PORTGROUP_NAME, portgroup->name) &&
		vsw_put_vlan(skb, VSWITCH_A_PORTGROUP_VLAN, VSWITCH_A_PORTGROUP_TRUNK,
			     policies) &&
		vsw_put_security(skb, VSWITCH_A_PORTGROUP_SECURITY, &policies->security) &&
		(vsw_teaming_equal(&policies->teaming, &vsw_teaming_inherit) ||
		 vsw_put_teaming(skb, VSWITCH_A_PORTGROUP_TEAMING, fwd, &policies->teaming)) &&
		!nla_put_u32(skb, VSWITCH_A_PORTGROUP_PORT_COUNT, fwd->groups[slot].ports) &&
		!nla_put_u8(skb, VSWITCH_A_PORTGROUP_BLOCKED, portgroup->blocked) &&
		!nla_put_u32(skb, VSWITCH_A_PORTGROUP_OVERRIDES, portgroup->overridable) &&
		vsw_put_shaping(skb, VSWITCH_A_PORTGROUP_SHAPING_INGRESS,
				&policies->shaping[VSW_INGRESS]) &&
		vsw_put_shaping(skb, VSWITCH_A_PORTGROUP_SHAPING_EGRESS,
				&policies->shaping[VSW_EGRESS]) &&
		vsw_put_learning(skb, &portgroup->learning) &&
		!nla_put_u8(skb, VSWITCH_A_PORTGROUP_SNOOPING, portgroup->snooping) &&
		!nla_put_u32(skb, VSWITCH_A_PORTGROUP_LINK_LOCAL, portgroup->link_local) &&
		!nla_put_u8(skb, VSWITCH_A_PORTGROUP_SHARED_MAC, portgroup->shared_mac));
}

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
 * Return: 0, or -EMSGSIZE where it does not fit any more.
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
