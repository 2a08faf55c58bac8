// SPDX-License-Identifier: GPL-2.0
/*
 * Switches as messages.
 */
#include "show.h"
#include "snapshot.h"

/**
 * vsw_put_switch() - put a switch into a message
 * @message: where to
 * @sw: switch
 *
 * Return: 0, or -EMSGSIZE if it no longer fits.
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
