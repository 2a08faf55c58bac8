// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: the addresses that ports learned.
 */
#include "snapshot.h"
#include "show.h"

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
 * @extack: says why a request is refused
 *
 * Return: 0, -ENOENT, or -EMSGSIZE if it no longer fits.
 */
int vsw_put_learned(const struct vsw_message *message, struct vsw_switch *sw, const u8 *mac,
		    u16 vlan, struct netlink_ext_ack *extack)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	const struct vsw_learned *learned;
	int err = -ENOENT;

	rcu_read_lock();
	learned = vsw_learned_lookup(fwd, vsw_mac(mac), vlan);
	if (learned)
		err = vsw_put_one_learned(message, sw, learned);
	rcu_read_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG_FMT(extack, "switch '%s' has not learned %pM in VLAN %u",
				   sw->dev->name, mac, vlan);
	return err;
}

static int vsw_put_port_learned(const struct vsw_message *message, struct vsw_switch *sw,
				const struct vsw_port *port, u32 *done)
{
	const struct vsw_learned *learned;
	u32 count = 0;
	int err = 0;

	spin_lock_bh(&sw->learning.lock);
	list_for_each_entry(learned, &port->learned_list, list) {
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

/* Bits of a dump's position below the port id: how many of its addresses were put */
#define VSW_LEARNED_BITS	16

/**
 * vsw_put_all_learned() - put learned addresses into a part of a dump
 * @message: where to
 * @sw: switch
 * @position: port id, and how many of its addresses were put; is updated
 *
 * Context: RTNL.
 * Return: 0, or -EMSGSIZE if no more fit.
 */
int vsw_put_all_learned(const struct vsw_message *message, struct vsw_switch *sw, u32 *position)
{
	unsigned long first = *position >> VSW_LEARNED_BITS, id;
	u32 done = *position & (BIT(VSW_LEARNED_BITS) - 1);
	const struct vsw_port *port;
	int err;

	BUILD_BUG_ON(BIT(VSW_LEARNED_BITS) <= VSWITCH_LEARNING_LIMIT_MAX);
	xa_for_each_start(&sw->ports, id, port, first) {
		if (id != first)
			done = 0;
		err = vsw_put_port_learned(message, sw, port, &done);
		*position = id << VSW_LEARNED_BITS | done;
		if (err)
			return err;
	}
	return 0;
}
