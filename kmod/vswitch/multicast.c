// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast groups of ports: those that the host joined, for a VMkernel adapter;
 * those that a guest reports (IGMP, RFC 3376; MLD, RFC 3810), if its port group
 * has snooping.
 *
 * There are no timers: a port leaves a group that it does not report after three
 * queries in a row.  Without a querier, it keeps its groups until it leaves them
 * explicitly, so that no receiver loses one.
 *
 * A port with a multicast router, which queries or says hello (PIM), receives all
 * groups and all reports of that family: RFC 4541, 2.1.1 and 3.
 */
#include <linux/igmp.h>
#include <linux/minmax.h>
#include <linux/pim.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/mld.h>

#include "snapshot.h"

#define VSW_MISSED_MAX		3

/* Smallest list, so that it need not grow at once */
#define VSW_GROUPS_MIN		8

/* Records looked at in a report: a guest with more groups receives all anyway. */
#define VSW_RECORDS_MAX		VSW_GROUPS_MAX

/* Bounds of the time to answer a query, in ms, whatever the query says */
#define VSW_ANSWER_MIN		1000
#define VSW_ANSWER_MAX		30000

/* A router that is silent for so long is gone: the default of RFC 3376, 8.5 */
#define VSW_ROUTER_TIME		(255 * HZ)

static bool vsw_is_ipv4_group(const u8 *address)
{
	return address[0] == 0x01 && address[1] == 0x00 && address[2] == 0x5e;
}

static bool vsw_is_ipv6_group(const u8 *address)
{
	return address[0] == 0x33 && address[1] == 0x33;
}

/*
 * Groups that are not reported, or that everybody needs: 224.0.0.0/24, the
 * well-known ones of IPv6, and those of neighbour discovery.
 */
static bool vsw_is_for_all(const u8 *address)
{
	if (vsw_is_ipv4_group(address))
		return !(address[3] & 0x7f) && !address[4];
	if (!vsw_is_ipv6_group(address))
		return false;
	return address[2] == 0xff || !(address[2] | address[3] | address[4]);
}

static u8 vsw_group_family(const u8 *address)
{
	if (vsw_is_ipv4_group(address))
		return VSW_KNOWS_IPV4;
	return vsw_is_ipv6_group(address) ? VSW_KNOWS_IPV6 : VSW_KNOWS_OTHERS;
}

/* The slot of an address; for 0, a free one */
static struct vsw_group *vsw_groups_find(struct vsw_groups *groups, u64 mac)
{
	/* Pairs with vsw_groups_join() */
	unsigned int i, count = smp_load_acquire(&groups->count);

	for (i = 0; i < count; i++)
		if (READ_ONCE(groups->groups[i].mac) == mac)
			return &groups->groups[i];
	return NULL;
}

static void vsw_router_heard(struct vsw_port *port, bool is_ipv4)
{
	/* 0 is never. */
	WRITE_ONCE(port->router_until[is_ipv4], (jiffies + VSW_ROUTER_TIME) | 1);
}

/**
 * vsw_has_router() - check a port for a multicast router
 * @port: port
 * @address: multicast address of the router's family
 *
 * Return: whether one was heard lately.
 */
bool vsw_has_router(const struct vsw_port *port, const u8 *address)
{
	unsigned long until;

	if (vsw_group_family(address) == VSW_KNOWS_OTHERS)
		return false;
	until = READ_ONCE(port->router_until[vsw_is_ipv4_group(address)]);
	return until && time_before(jiffies, until);
}

/**
 * vsw_groups_want() - check whether a port receives a group
 * @port: port
 * @address: multicast address
 *
 * Context: rcu_read_lock().
 * Return: whether it does; true if its groups are not known.
 */
bool vsw_groups_want(const struct vsw_port *port, const u8 *address)
{
	struct vsw_groups *groups = rcu_dereference(port->groups);

	if (!groups || READ_ONCE(groups->too_many) || is_broadcast_ether_addr(address) ||
	    vsw_is_for_all(address))
		return true;
	/* The group that makes a family known is in the list before the family is. */
	if (!(smp_load_acquire(&groups->known) & vsw_group_family(address)))
		return true;
	return vsw_groups_find(groups, vsw_mac(address)) || vsw_has_router(port, address);
}

static struct vsw_groups *vsw_groups_of(struct vsw_port *port)
{
	return rcu_dereference_protected(port->groups, lockdep_is_held(&port->groups_lock));
}

static struct vsw_groups *vsw_groups_alloc(unsigned int room)
{
	struct vsw_groups *groups;

	groups = kzalloc(struct_size(groups, groups, room), GFP_ATOMIC);
	if (groups)
		groups->room = room;
	return groups;
}

static void vsw_groups_replace(struct vsw_port *port, struct vsw_groups *groups)
{
	struct vsw_groups *old = vsw_groups_of(port);

	rcu_assign_pointer(port->groups, groups);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * vsw_groups_free() - free the groups of a port
 * @port: port without users
 */
void vsw_groups_free(struct vsw_port *port)
{
	kfree(rcu_dereference_protected(port->groups, true));
}

/**
 * vsw_groups_follow_device() - follow the groups that the host joined: ndo_set_rx_mode
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

	/* Without memory, it receives all groups: the host filters them. */
	if (!(dev->flags & (IFF_PROMISC | IFF_ALLMULTI)) && count <= VSW_GROUPS_MAX)
		groups = vsw_groups_alloc(count);
	if (groups) {
		groups->known = VSW_KNOWS_IPV4 | VSW_KNOWS_IPV6 | VSW_KNOWS_OTHERS;
		netdev_for_each_mc_addr(address, dev) {
			group = &groups->groups[groups->count++];
			group->mac = vsw_mac(address->addr);
		}
	}
	spin_lock(&port->groups_lock);
	vsw_groups_replace(port, groups);
	spin_unlock(&port->groups_lock);
}

/* The groups of a port, with room for one more; NULL without memory */
static struct vsw_groups *vsw_groups_grow(struct vsw_port *port)
{
	struct vsw_groups *groups, *old = vsw_groups_of(port);
	unsigned int room;

	if (old && old->count < old->room)
		return old;
	room = old ? min(2 * old->room, VSW_GROUPS_MAX) : VSW_GROUPS_MIN;
	groups = vsw_groups_alloc(max(room, VSW_GROUPS_MIN));
	if (!groups)
		return NULL;
	if (old) {
		groups->known = old->known;
		groups->count = old->count;
		memcpy(groups->asked, old->asked, sizeof(old->asked));
		memcpy(groups->groups, old->groups, flex_array_size(old, groups, old->count));
	}
	vsw_groups_replace(port, groups);
	return groups;
}

/* A guest has more groups than are kept: from now on, it receives all. */
static void vsw_groups_give_up(struct vsw_port *port)
{
	struct vsw_groups *groups = vsw_groups_of(port);

	if (!groups)
		groups = vsw_groups_grow(port);
	if (groups)
		WRITE_ONCE(groups->too_many, true);
}

/* A guest reported a group: from now on, its groups of that family are known. */
static void vsw_groups_join(struct vsw_port *port, const u8 *address)
{
	struct vsw_groups *groups = vsw_groups_of(port);
	u8 family = vsw_group_family(address);
	u64 mac = vsw_mac(address);
	struct vsw_group *group;

	if (groups && groups->too_many)
		return;
	group = groups ? vsw_groups_find(groups, mac) : NULL;
	if (!group && groups)
		group = vsw_groups_find(groups, 0);
	if (!group && groups && groups->count == VSW_GROUPS_MAX) {
		vsw_groups_give_up(port);
		return;
	}
	if (group) {
		group->missed = 0;
		WRITE_ONCE(group->mac, mac);
	} else {
		groups = vsw_groups_grow(port);
		if (!groups)
			return;
		groups->groups[groups->count] = (struct vsw_group){ .mac = mac };
		/* Pairs with vsw_groups_find() */
		smp_store_release(&groups->count, groups->count + 1);
	}
	/* Pairs with vsw_groups_want() */
	smp_store_release(&groups->known, groups->known | family);
}

static void vsw_groups_leave(struct vsw_port *port, const u8 *address)
{
	struct vsw_groups *groups = vsw_groups_of(port);
	struct vsw_group *group = groups ? vsw_groups_find(groups, vsw_mac(address)) : NULL;

	if (group)
		WRITE_ONCE(group->mac, 0);
}

/*
 * A query asked a port for its groups.  Queries faster than the time to answer count as one,
 * so that a guest that sends many does not make others lose their groups.
 */
static void vsw_groups_ask(struct vsw_port *port, bool is_ipv4, unsigned long wait)
{
	struct vsw_groups *groups = vsw_groups_of(port);
	struct vsw_group *group;
	u8 address[ETH_ALEN];

	if (!groups || time_before(jiffies, groups->asked[is_ipv4]))
		return;
	groups->asked[is_ipv4] = jiffies + wait;
	for (group = groups->groups; group < groups->groups + groups->count; group++) {
		vsw_mac_bytes(group->mac, address);
		if (vsw_is_ipv4_group(address) == is_ipv4 && group->mac &&
		    ++group->missed > VSW_MISSED_MAX)
			WRITE_ONCE(group->mac, 0);
	}
}

static void vsw_groups_report(struct vsw_port *port, const u8 *address, bool wanted)
{
	lockdep_assert_held(&port->groups_lock);
	if (vsw_is_for_all(address))
		return;
	if (wanted)
		vsw_groups_join(port, address);
	else
		vsw_groups_leave(port, address);
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
	unsigned int i, count, sources, at = skb_transport_offset(skb);
	struct igmpv3_report header;
	struct mld2_grec record;
	bool wanted;

	BUILD_BUG_ON(sizeof(header) != sizeof(struct mld2_report));
	BUILD_BUG_ON(offsetof(struct igmpv3_grec, grec_mca) != record_len);
	if (skb_copy_bits(skb, at, &header, sizeof(header)))
		return;
	at += sizeof(header);
	count = ntohs(header.ngrec);
	for (i = 0; i < min(count, VSW_RECORDS_MAX); i++) {
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
	if (count > VSW_RECORDS_MAX)
		vsw_groups_give_up(port);
}

/* The port, if its guest's reports are snooped, or NULL */
static struct vsw_port *vsw_snooped(const struct vsw_fwd_port *from)
{
	return from->flags & VSW_PORT_SNOOPED ? from->features->port : NULL;
}

/* Look for a PIM hello in a packet that is neither IGMP nor MLD; its headers are set. */
static void vsw_snoop_pim(struct vsw_port *port, struct sk_buff *skb, bool is_ipv4)
{
	const struct pimhdr *pim;
	struct pimhdr buffer;
	u8 protocol;

	protocol = is_ipv4 ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr;
	if (!port || protocol != IPPROTO_PIM)
		return;
	pim = skb_header_pointer(skb, skb_transport_offset(skb), sizeof(buffer), &buffer);
	if (pim && pim_hdr_version(pim) == PIM_VERSION && pim_hdr_type(pim) == PIM_TYPE_HELLO)
		vsw_router_heard(port, is_ipv4);
}

static enum vsw_membership vsw_snoop_igmp(struct vsw_port *port, struct sk_buff *skb)
{
	const struct igmphdr *igmp;
	int err;

	err = ip_mc_check_igmp(skb);
	if (err == -ENOMSG)
		vsw_snoop_pim(port, skb, true);
	if (err)
		return VSW_NO_MEMBERSHIP;
	igmp = igmp_hdr(skb);
	if (igmp->type == IGMP_HOST_MEMBERSHIP_QUERY) {
		/* A query from address 0 comes from a snooping switch, not from a router. */
		if (port && ip_hdr(skb)->saddr)
			vsw_router_heard(port, true);
		return igmp->group ? VSW_NO_MEMBERSHIP : VSW_QUERY;
	}
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
	int err;

	err = ipv6_mc_check_mld(skb);
	if (err == -ENOMSG)
		vsw_snoop_pim(port, skb, false);
	if (err)
		return VSW_NO_MEMBERSHIP;
	mld = (const struct mld_msg *)skb_transport_header(skb);
	if (mld->mld_type == ICMPV6_MGM_QUERY) {
		if (port && !ipv6_addr_any(&ipv6_hdr(skb)->saddr))
			vsw_router_heard(port, false);
		return ipv6_addr_any(&mld->mld_mca) ? VSW_QUERY : VSW_NO_MEMBERSHIP;
	}
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

/* How long a query gives for an answer, in jiffies */
static unsigned long vsw_answer_time(const struct sk_buff *skb, bool is_ipv4)
{
	const struct mld_msg *mld = (const struct mld_msg *)skb_transport_header(skb);
	unsigned int ms;

	if (!is_ipv4)
		ms = mldv2_mrd((const struct mld2_query *)mld);
	else if (igmp_hdr(skb)->code)
		ms = igmpv3_mrt((const struct igmpv3_query *)igmp_hdr(skb)) * 100;
	else
		ms = 10000;	/* IGMPv1: RFC 2236, 4 */
	return msecs_to_jiffies(clamp(ms, VSW_ANSWER_MIN, VSW_ANSWER_MAX));
}

/* A query asks all ports of a VLAN; they leave groups that they no longer report. */
static void vsw_snoop_query(const struct vsw_fwd *fwd, const struct sk_buff *skb, u16 vlan,
			    bool is_ipv4)
{
	unsigned long wait = vsw_answer_time(skb, is_ipv4);
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
			vsw_groups_ask(port, is_ipv4, wait);
			spin_unlock(&port->groups_lock);
		}
	}
}

/**
 * vsw_snoop() - learn the groups of ports from a multicast frame
 * @fwd: snapshot
 * @from: port that it came from
 * @skb: frame, its Ethernet header at skb->data; may be given other memory
 * @vlan: its VLAN
 *
 * Context: rcu_read_lock(), bottom halves off.
 * Return: the meaning of the frame.
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
		vsw_snoop_query(fwd, skb, vlan, is_ipv4);
	return membership;
}
