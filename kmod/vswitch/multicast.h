/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Multicast: ports receive only the groups that they joined, where that is
 * known.
 */
#ifndef _VSWITCH_MULTICAST_H
#define _VSWITCH_MULTICAST_H

#include <linux/rcupdate.h>
#include <linux/types.h>

/* A port with more groups than this receives all. */
#define VSW_GROUPS_MAX		512

struct net_device;
struct sk_buff;
struct vsw_fwd;
struct vsw_fwd_port;
struct vsw_port;

/**
 * struct vsw_group - a multicast group that a port wants
 * @mac: its address, from vsw_mac()
 * @missed: queries since it was reported last
 */
struct vsw_group {
	u64 mac;
	u8 missed;
};

/**
 * struct vsw_groups - the multicast groups that a port wants
 * @rcu: for freeing
 * @ipv4: the list has all of IPv4
 * @ipv6: the list has all of IPv6
 * @others: the list has all that is neither
 * @too_many: there were more than VSW_GROUPS_MAX: the port receives all
 * @count: of @groups
 * @groups: no order
 *
 * Replaced as a whole; only &vsw_group.missed is written to.
 */
struct vsw_groups {
	struct rcu_head rcu;
	bool ipv4;
	bool ipv6;
	bool others;
	bool too_many;
	u16 count;
	struct vsw_group groups[];
};

/* What a multicast frame is to snooping */
enum vsw_membership {
	VSW_NO_MEMBERSHIP,
	VSW_QUERY,
	VSW_REPORT,
};

void vsw_groups_follow_device(struct vsw_port *port, struct net_device *dev);
bool vsw_groups_want(const struct vsw_port *port, const u8 *address);
void vsw_groups_free(struct vsw_port *port);
enum vsw_membership vsw_snoop(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
			      struct sk_buff *skb, u16 vlan);

#endif /* _VSWITCH_MULTICAST_H */
