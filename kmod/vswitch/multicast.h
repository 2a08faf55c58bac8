/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Multicast groups: a port whose groups are known receives only these.
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

/* Families whose groups are all in the list: &vsw_groups.known */
enum {
	VSW_KNOWS_IPV4		= BIT(0),
	VSW_KNOWS_IPV6		= BIT(1),
	VSW_KNOWS_OTHERS	= BIT(2),
};

/**
 * struct vsw_group - a multicast group that a port wants
 * @mac: its address, from vsw_mac(); 0 where free
 * @missed: queries since it was last reported
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
 * @count: entries of @groups; those with address 0 are free
 * @asked: until when a query may be answered, in jiffies: for IPv6 ([0]) and IPv4 ([1])
 * @groups: in no order
 *
 * Changed in place, under &vsw_port.groups_lock, while the data path reads it.  It is replaced
 * only to grow, up to VSW_GROUPS_MAX, so that a guest cannot make the host allocate endlessly.
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

/* Meaning of a multicast frame to snooping */
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
