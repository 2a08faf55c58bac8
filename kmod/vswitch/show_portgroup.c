// SPDX-License-Identifier: GPL-2.0
/*
 * Port groups as messages.
 */
#include "show.h"
#include "snapshot.h"

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
 * Return: 0, or -EMSGSIZE if it no longer fits.
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
