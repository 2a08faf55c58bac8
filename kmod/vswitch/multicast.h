/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Multicast: ports receive only the groups that they joined, where that is
 * known.
 */
#ifndef _VSWITCH_MULTICAST_H
#define _VSWITCH_MULTICAST_H

#include <linux/bits.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/* A port with more groups than this receives all. */
#define VSW_GROUPS_MAX		512

struct net_device;
struct sk_buff;
struct vsw_fwd;
struct vsw_fwd_port;
struct vsw_port;

/* What is known of a port: &vsw_groups.known */
enum {
	VSW_KNOWS_IPV4		= BIT(0),	/* all of IPv4 is in the list */
	VSW_KNOWS_IPV6		= BIT(1),
	VSW_KNOWS_OTHERS	= BIT(2),
};

/**
 * struct vsw_group - a multicast group that a port wants
 * @mac: its address, from vsw_mac(); 0 where free
 * @missed: queries since it was reported last
 */
struct vsw_group {
	u64 mac;
	u8 missed;
};

/**
 * struct vsw_groups - the multicast groups that a port wants
 * @rcu: for freeing
 * @known: VSW_KNOWS_*
 * @too_many: there were more than VSW_GROUPS_MAX: the port receives all
 * @room: of @groups
 * @count: @groups are used, or free again, below this
 * @asked: jiffies until which a query has time to be answered: of IPv6, of IPv4
 * @groups: no order
 *
 * Written to in place, under &vsw_port.groups_lock, while the data path reads; replaced
 * only where it has to grow, so that a guest cannot make the host allocate again and again.
 */
struct vsw_groups {
	struct rcu_head rcu;
	u8 known;
	bool too_many;
	u16 room;
	u16 count;
	unsigned long asked[2];
	struct vsw_group groups[];
};

/* What a multicast frame is to snooping */
enum vsw_membership {
	VSW_NO_MEMBERSHIP,
	VSW_QUERY,
	VSW_REPORT,
};

void vsw_groups_follow_device(struct vsw_port *port, struct net_device *dev);
bool vsw_has_router(const struct vsw_port *port, const u8 *address);
bool vsw_groups_want(const struct vsw_port *port, const u8 *address);
void vsw_groups_free(struct vsw_port *port);
enum vsw_membership vsw_snoop(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
			      struct sk_buff *skb, u16 vlan);

#endif /* _VSWITCH_MULTICAST_H */
