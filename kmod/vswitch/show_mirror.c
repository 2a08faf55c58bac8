// SPDX-License-Identifier: GPL-2.0
/*
 * Mirror sessions as messages.
 */
#include "show.h"

static bool vsw_put_bits(struct sk_buff *skb, int attr, const unsigned long *bits,
			 unsigned int limit)
{
	unsigned int id;

	for_each_set_bit(id, bits, limit)
		if (attr == VSWITCH_A_MIRROR_VLAN ? nla_put_u16(skb, attr, id) :
						    nla_put_u32(skb, attr, id))
			return false;
	return true;
}

/**
 * vsw_put_mirror() - put a mirror session into a message
 * @message: where to
 * @sw: switch
 * @slot: slot of the session
 *
 * Return: 0, or -EMSGSIZE if it no longer fits.
 */
int vsw_put_mirror(const struct vsw_message *message, const struct vsw_switch *sw, u16 slot)
{
	const struct vsw_mirror *mirror = sw->config->mirrors[slot];
	void *header = vsw_message_start(message);
	struct sk_buff *skb = message->skb;

	if (!header)
		return -EMSGSIZE;
	return vsw_message_end(message, header,
		!nla_put_u32(skb, VSWITCH_A_MIRROR_SWITCH, sw->dev->ifindex) &&
		!nla_put_string(skb, VSWITCH_A_MIRROR_NAME, mirror->name) &&
		vsw_put_bits(skb, VSWITCH_A_MIRROR_INGRESS, mirror->ingress,
			     VSWITCH_PORTS_MAX + 1) &&
		vsw_put_bits(skb, VSWITCH_A_MIRROR_EGRESS, mirror->egress,
			     VSWITCH_PORTS_MAX + 1) &&
		vsw_put_bits(skb, VSWITCH_A_MIRROR_VLAN, mirror->vlans, VLAN_N_VID) &&
		!nla_put_u32(skb, VSWITCH_A_MIRROR_DESTINATION, mirror->destination) &&
		(!mirror->rspan_vlan ||
		 !nla_put_u16(skb, VSWITCH_A_MIRROR_RSPAN_VLAN, mirror->rspan_vlan)) &&
		!nla_put_u32(skb, VSWITCH_A_MIRROR_LENGTH, mirror->length) &&
		!nla_put_u32(skb, VSWITCH_A_MIRROR_SAMPLING, mirror->sampling));
}
