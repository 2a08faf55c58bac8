// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: the addresses that ports learned.
 */
#include "fwd.h"
#include "notify.h"

static int vsw_put_one_learned(const struct vsw_message *message, struct vsw_switch *sw,
			       const struct vsw_learned *learned)
{
	void *header = vsw_message_start(message);
	u8 mac[ETH_ALEN];

	vsw_mac_bytes(learned->key >> 16, mac);
	if (!header)
		return -EMSGSIZE;
	return vsw_message_end(message, header,
		!nla_put_u32(message->skb, VSWITCH_A_LEARNED_SWITCH, sw->dev->ifindex) &&
		!nla_put_u32(message->skb, VSWITCH_A_LEARNED_PORT, READ_ONCE(learned->port)) &&
		!nla_put_u16(message->skb, VSWITCH_A_LEARNED_VLAN, learned->vlan) &&
		!nla_put(message->skb, VSWITCH_A_LEARNED_MAC, ETH_ALEN, mac) &&
		!nla_put_u32(message->skb, VSWITCH_A_LEARNED_AGE,
			     (jiffies - READ_ONCE(learned->seen)) / HZ));
}

/**
 * vsw_put_learned() - put a learned address into a message
 * @message: where to
 * @sw: switch
 * @mac: address
 * @vlan: VLAN id, 0 for untagged
 * @extack: gets the reason of a refusal
 *
 * Return: 0, -ENOENT, or -EMSGSIZE where it does not fit any more.
 */
int vsw_put_learned(const struct vsw_message *message, struct vsw_switch *sw, const u8 *mac,
		    u16 vlan, struct netlink_ext_ack *extack)
{
	const struct vsw_learned *learned;
	u64 key = vsw_mac_key(vsw_mac(mac), vsw_fwd_domain(rtnl_dereference(sw->fwd), vlan));
	int err = -ENOENT;

	spin_lock_bh(&sw->learning.lock);
	list_for_each_entry(learned, &sw->learning.entries, list)
		if (learned->key == key) {
			err = vsw_put_one_learned(message, sw, learned);
			break;
		}
	spin_unlock_bh(&sw->learning.lock);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_FMT(extack, "switch '%s' has not learned %pM in VLAN %u",
				   sw->dev->name, mac, vlan);
	return err;
}

/**
 * vsw_put_all_learned() - put learned addresses into a part of a dump
 * @message: where to
 * @sw: switch
 * @done: how many were put before; is counted on
 *
 * Return: 0, or -EMSGSIZE where no more fit.
 */
int vsw_put_all_learned(const struct vsw_message *message, struct vsw_switch *sw, u32 *done)
{
	const struct vsw_learned *learned;
	u32 count = 0;
	int err = 0;

	spin_lock_bh(&sw->learning.lock);
	list_for_each_entry(learned, &sw->learning.entries, list) {
		if (count++ < *done)
			continue;
		err = vsw_put_one_learned(message, sw, learned);
		if (err)
			break;
		++*done;
	}
	spin_unlock_bh(&sw->learning.lock);
	return err;
}
