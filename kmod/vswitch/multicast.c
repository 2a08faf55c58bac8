// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast groups of ports: of a VMkernel adapter by what its host joined, of
 * a guest by what it reports (IGMP, RFC 3376; MLD, RFC 3810), where its port
 * group has snooping.
 *
 * There are no timers: a group that was not reported in answer to three
 * queries in a row is left.  Without a querier, groups stay until they are
 * left, and nobody who needs one loses it.
 */
#include <linux/igmp.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/mld.h>

#include "fwd.h"

#define VSW_MISSED_MAX		3

static bool vsw_is_ipv4_group(const u8 *address)
{
	return address[0] == 0x01 && address[1] == 0x00 && address[2] == 0x5e;
}

static bool vsw_is_ipv6_group(const u8 *address)
{
	return address[0] == 0x33 && address[1] == 0x33;
}

/*
 * Groups that nobody reports, or that all need: 224.0.0.0/24, the well-known
 * ones of IPv6, and those of neighbour discovery.
 */
static bool vsw_is_for_all(const u8 *address)
{
	if (vsw_is_ipv4_group(address))
		return !(address[3] & 0x7f) && !address[4];
	if (!vsw_is_ipv6_group(address))
		return false;
	return address[2] == 0xff || !(address[2] | address[3] | address[4]);
}

static struct vsw_group *vsw_groups_find(struct vsw_groups *groups, u64 mac)
{
	unsigned int i;

	for (i = 0; i < groups->count; i++)
		if (groups->groups[i].mac == mac)
			return &groups->groups[i];
	return NULL;
}

/**
 * vsw_groups_want() - does a port want the frames of a group
 * @port: port
 * @address: multicast address
 *
 * Context: rcu_read_lock().
 * Return: whether it does; true where that is not known.
 */
bool vsw_groups_want(const struct vsw_port *port, const u8 *address)
{
	struct vsw_groups *groups = rcu_dereference(port->groups);

	if (!groups || groups->too_many || is_broadcast_ether_addr(address) ||
	    vsw_is_for_all(address))
		return true;
	if (vsw_is_ipv4_group(address) ? !groups->ipv4 :
	    vsw_is_ipv6_group(address) ? !groups->ipv6 : !groups->others)
		return true;
	return vsw_groups_find(groups, vsw_mac(address));
}

static void vsw_groups_replace(struct vsw_port *port, struct vsw_groups *groups)
{
	struct vsw_groups *old;

	old = rcu_dereference_protected(port->groups, lockdep_is_held(&port->groups_lock));
	rcu_assign_pointer(port->groups, groups);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * vsw_groups_free() - free the groups of a port
 * @port: port that nobody uses any more
 */
void vsw_groups_free(struct vsw_port *port)
{
	kfree(rcu_dereference_protected(port->groups, true));
}

/**
 * vsw_groups_follow_device() - follow what the host joined: ndo_set_rx_mode
 * @port: port of a VMkernel adapter
 * @dev: its device
 *
 * Context: address lock of @dev, bottom halves off.
 */
void vsw_groups_follow_device(struct vsw_port *port, struct net_device *dev)
{
	struct vsw_groups *groups = NULL;
	struct netdev_hw_addr *address;
	struct vsw_group *group;
	unsigned int count = netdev_mc_count(dev);

	/* Without memory, it receives all: the host sorts that out. */
	if (!(dev->flags & (IFF_PROMISC | IFF_ALLMULTI)) && count <= VSW_GROUPS_MAX)
		groups = kzalloc(struct_size(groups, groups, count), GFP_ATOMIC);
	if (groups) {
		groups->ipv4 = true;
		groups->ipv6 = true;
		groups->others = true;
		netdev_for_each_mc_addr(address, dev) {
			group = &groups->groups[groups->count++];
			group->mac = vsw_mac(address->addr);
		}
	}
	spin_lock(&port->groups_lock);
	vsw_groups_replace(port, groups);
	spin_unlock(&port->groups_lock);
}

/* A copy of a port's groups with room for one more */
static struct vsw_groups *vsw_groups_copy(const struct vsw_groups *old)
{
	unsigned int count = old ? old->count : 0;
	struct vsw_groups *groups;

	groups = kzalloc(struct_size(groups, groups, count + 1), GFP_ATOMIC);
	if (groups && old)
		memcpy(groups, old, struct_size(old, groups, count));
	return groups;
}

/* A guest reported a group: from now on, it is known what it wants. */
static void vsw_groups_join(struct vsw_port *port, const u8 *address)
{
	bool is_ipv4 = vsw_is_ipv4_group(address);
	struct vsw_groups *old, *groups;
	struct vsw_group *group;

	lockdep_assert_held(&port->groups_lock);
	old = rcu_dereference_protected(port->groups, lockdep_is_held(&port->groups_lock));
	if (old && old->too_many)
		return;
	group = old ? vsw_groups_find(old, vsw_mac(address)) : NULL;
	if (group && (is_ipv4 ? old->ipv4 : old->ipv6)) {
		WRITE_ONCE(group->missed, 0);
		return;
	}
	groups = vsw_groups_copy(old);
	if (groups && groups->count == VSW_GROUPS_MAX) {
		groups->too_many = true;
		groups->count = 0;
	} else if (groups) {
		groups->groups[groups->count++].mac = vsw_mac(address);
		groups->ipv4 |= is_ipv4;
		groups->ipv6 |= !is_ipv4;
	}
	vsw_groups_replace(port, groups);
}

/* Keep those groups of a port that @keep says yes to. */
static void vsw_groups_filter(struct vsw_port *port,
			      bool (*keep)(struct vsw_group *group, u64 arg), u64 arg)
{
	struct vsw_groups *old, *groups;
	unsigned int i, kept = 0;

	lockdep_assert_held(&port->groups_lock);
	old = rcu_dereference_protected(port->groups, lockdep_is_held(&port->groups_lock));
	groups = old ? vsw_groups_copy(old) : NULL;
	if (!groups)
		return;
	for (i = 0; i < groups->count; i++)
		if (keep(&groups->groups[i], arg))
			groups->groups[kept++] = groups->groups[i];
	groups->count = kept;
	vsw_groups_replace(port, groups);
}

static bool vsw_is_another(struct vsw_group *group, u64 mac)
{
	return group->mac != mac;
}

static bool vsw_is_answered(struct vsw_group *group, u64 arg)
{
	u8 address[ETH_ALEN];

	vsw_mac_bytes(group->mac, address);
	if (vsw_is_ipv4_group(address) != arg)
		return true;
	return ++group->missed <= VSW_MISSED_MAX;
}

static void vsw_groups_report(struct vsw_port *port, const u8 *address, bool wanted)
{
	if (vsw_is_for_all(address))
		return;
	if (wanted)
		vsw_groups_join(port, address);
	else
		vsw_groups_filter(port, vsw_is_another, vsw_mac(address));
}

/* Does a record of IGMPv3 or MLDv2 want its group?  The types are the same. */
static bool vsw_record_wants(u8 type, u16 sources)
{
	switch (type) {
	case IGMPV3_MODE_IS_INCLUDE:
	case IGMPV3_CHANGE_TO_INCLUDE:
		return sources;
	case IGMPV3_BLOCK_OLD_SOURCES:
	default:
		return true;
	}
}

static void vsw_snoop_igmp_group(struct vsw_port *port, __be32 group, bool wanted)
{
	u8 address[ETH_ALEN];

	ip_eth_mc_map(group, address);
	vsw_groups_report(port, address, wanted);
}

static void vsw_snoop_mld_group(struct vsw_port *port, const struct in6_addr *group, bool wanted)
{
	u8 address[ETH_ALEN];

	ipv6_eth_mc_map(group, address);
	vsw_groups_report(port, address, wanted);
}

/*
 * The records of a report of IGMPv3 (RFC 3376, 4.2) or MLDv2 (RFC 3810, 5.2),
 * which differ only in how long addresses are.
 */
static void vsw_snoop_records(struct vsw_port *port, struct sk_buff *skb, bool is_ipv4)
{
	unsigned int address_len = is_ipv4 ? sizeof(__be32) : sizeof(struct in6_addr);
	const unsigned int record_len = offsetof(struct mld2_grec, grec_mca);
	unsigned int i, sources, at = skb_transport_offset(skb);
	struct igmpv3_report header;
	struct mld2_grec record;
	bool wanted;

	BUILD_BUG_ON(sizeof(header) != sizeof(struct mld2_report));
	BUILD_BUG_ON(offsetof(struct igmpv3_grec, grec_mca) != record_len);
	if (skb_copy_bits(skb, at, &header, sizeof(header)))
		return;
	at += sizeof(header);
	for (i = 0; i < ntohs(header.ngrec); i++) {
		if (skb_copy_bits(skb, at, &record, record_len + address_len))
			return;
		sources = ntohs(record.grec_nsrcs);
		wanted = vsw_record_wants(record.grec_type, sources);
		if (is_ipv4)
			vsw_snoop_igmp_group(port, record.grec_mca.s6_addr32[0], wanted);
		else
			vsw_snoop_mld_group(port, &record.grec_mca, wanted);
		at += record_len + (1 + sources) * address_len + record.grec_auxwords * 4;
	}
}

/* Port of a guest that may report, or NULL */
static struct vsw_port *vsw_snooped(const struct vsw_fwd_port *from)
{
	return from->flags & VSW_PORT_SNOOPED ? from->features->port : NULL;
}

static enum vsw_membership vsw_snoop_igmp(struct vsw_port *port, struct sk_buff *skb)
{
	const struct igmphdr *igmp;

	if (ip_mc_check_igmp(skb))
		return VSW_NO_MEMBERSHIP;
	igmp = igmp_hdr(skb);
	if (igmp->type == IGMP_HOST_MEMBERSHIP_QUERY)
		return igmp->group ? VSW_NO_MEMBERSHIP : VSW_QUERY;
	if (!port)
		return VSW_REPORT;
	spin_lock(&port->groups_lock);
	if (igmp->type == IGMPV3_HOST_MEMBERSHIP_REPORT)
		vsw_snoop_records(port, skb, true);
	else
		vsw_snoop_igmp_group(port, igmp->group, igmp->type != IGMP_HOST_LEAVE_MESSAGE);
	spin_unlock(&port->groups_lock);
	return VSW_REPORT;
}

static enum vsw_membership vsw_snoop_mld(struct vsw_port *port, struct sk_buff *skb)
{
	const struct mld_msg *mld;

	if (ipv6_mc_check_mld(skb))
		return VSW_NO_MEMBERSHIP;
	mld = (const struct mld_msg *)skb_transport_header(skb);
	if (mld->mld_type == ICMPV6_MGM_QUERY)
		return ipv6_addr_any(&mld->mld_mca) ? VSW_QUERY : VSW_NO_MEMBERSHIP;
	if (!port)
		return VSW_REPORT;
	spin_lock(&port->groups_lock);
	if (mld->mld_type == ICMPV6_MLD2_REPORT)
		vsw_snoop_records(port, skb, false);
	else
		vsw_snoop_mld_group(port, &mld->mld_mca, mld->mld_type != ICMPV6_MGM_REDUCTION);
	spin_unlock(&port->groups_lock);
	return VSW_REPORT;
}

/* A query goes to all ports of a VLAN: what they do not answer often enough, they left. */
static void vsw_snoop_query(const struct vsw_fwd *fwd, u16 vlan, bool is_ipv4)
{
	const struct vsw_fwd_group *group;
	struct vsw_port *port;
	unsigned int i;
	u16 slot;

	for (slot = fwd->vlan_groups[vsw_fwd_domain(fwd, vlan)]; slot != VSW_NO_GROUP;
	     slot = group->next) {
		group = &fwd->groups[slot];
		for (i = 0; i < group->count; i++) {
			port = vsw_snooped(&fwd->ports[group->members[i]]);
			if (!port)
				continue;
			spin_lock(&port->groups_lock);
			vsw_groups_filter(port, vsw_is_answered, is_ipv4);
			spin_unlock(&port->groups_lock);
		}
	}
}

/**
 * vsw_snoop() - learn from a multicast frame who wants which group
 * @fwd: snapshot
 * @from: port that it came from
 * @skb: frame, its Ethernet header at skb->data; may be given other memory
 * @vlan: its VLAN
 *
 * Context: rcu_read_lock(), bottom halves off.
 * Return: what the frame is.
 */
enum vsw_membership vsw_snoop(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
			      struct sk_buff *skb, u16 vlan)
{
	__be16 protocol = ((const struct ethhdr *)skb->data)->h_proto;
	bool is_ipv4 = protocol == htons(ETH_P_IP);
	enum vsw_membership membership;

	if (!is_ipv4 && protocol != htons(ETH_P_IPV6))
		return VSW_NO_MEMBERSHIP;
	__skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	membership = is_ipv4 ? vsw_snoop_igmp(vsw_snooped(from), skb) :
			       vsw_snoop_mld(vsw_snooped(from), skb);
	__skb_push(skb, ETH_HLEN);
	if (membership == VSW_QUERY)
		vsw_snoop_query(fwd, vlan, is_ipv4);
	return membership;
}
