// SPDX-License-Identifier: GPL-2.0
/*
 * The data path: frames with several receivers, and copies.  Only receivers of a frame count
 * drops of it.
 */
#include "forward.h"

/**
 * vsw_deliver_copy() - hand a copy of a frame to a port
 * @frame: frame
 * @to: port
 */
void vsw_deliver_copy(const struct vsw_frame *frame, const struct vsw_fwd_port *to)
{
	struct sk_buff *copy = skb_clone(frame->skb, GFP_ATOMIC);

	if (likely(copy))
		vsw_deliver(copy, vsw_tag(frame), to);
	else
		vsw_count_drop(to, frame->skb, VSWITCH_DROP_REASON_NO_MEMORY);
}

/**
 * struct vsw_flood - a frame on its way to several receivers
 * @frame: the frame
 * @last: receiver to serve next: the last one gets the frame itself, so that n receivers
 *	cost n - 1 copies
 * @any_uplink: it came in only once, so any uplink may bring it
 * @reverse_path: a receiver did not take it from this uplink
 * @unknown: it is unicast to an unknown address
 */
struct vsw_flood {
	const struct vsw_frame *frame;
	const struct vsw_fwd_port *last;
	bool any_uplink;
	bool reverse_path;
	bool unknown;
};

static enum vswitch_drop_reason vsw_no_receiver(const struct vsw_flood *flood)
{
	return flood->reverse_path ? VSWITCH_DROP_REASON_REVERSE_PATH :
				     VSWITCH_DROP_REASON_NO_RECEIVER;
}

static void vsw_flood_to(struct vsw_flood *flood, const struct vsw_fwd_port *to)
{
	if (flood->last)
		vsw_deliver_copy(flood->frame, flood->last);
	flood->last = to;
}

/**
 * vsw_link_local_protocol() - classify a link-local frame
 * @address: destination, a link-local one
 *
 * Return: one of &enum vswitch_link_local, or 0 for protocols that never pass.
 */
u8 vsw_link_local_protocol(const u8 *address)
{
	if (!is_link_local_ether_addr(address))
		return 0;
	switch (address[5]) {
	case 0x00:
		return VSWITCH_LINK_LOCAL_STP;
	case 0x02:
		return VSWITCH_LINK_LOCAL_LACP;
	case 0x03:
		return VSWITCH_LINK_LOCAL_EAPOL;
	case 0x0e:
		return VSWITCH_LINK_LOCAL_LLDP;
	default:
		return 0;
	}
}

/**
 * vsw_allows_link_local() - check whether a port may use a link-local protocol
 * @port: port
 * @address: destination, a link-local one
 *
 * Return: whether it may use it.
 */
bool vsw_allows_link_local(const struct vsw_fwd_port *port, const u8 *address)
{
	return port->flags & VSW_PORT_LINK_LOCAL &&
	       port->features->link_local & vsw_link_local_protocol(address);
}

/* Is a port with optional features a receiver of a flooded frame? */
static noinline bool vsw_is_receiver(const struct vsw_frame *frame, const struct vsw_fwd_port *to)
{
	const u8 *address = vsw_eth(frame->skb)->h_dest;

	if (vsw_is_stopped(to, frame->skb) ||
	    !vsw_pvlan_allows(to, frame->vlan))
		return false;
	if (vsw_is_link_local(address))
		return vsw_allows_link_local(to, address);
	if (!(to->flags & VSW_PORT_KNOWS_GROUPS) || to->flags & VSW_PORT_PROMISCUOUS ||
	    !is_multicast_ether_addr(address))
		return true;
	/* A guest that hears another's report withholds its own (RFC 2236, 3). */
	if (frame->membership == VSW_REPORT && to->flags & VSW_PORT_SNOOPED)
		return vsw_has_router(to->features->port, address);
	return vsw_groups_want(to->features->port, address);
}

/* Is a client a receiver of a flooded frame? */
static bool vsw_flood_allowed(struct vsw_flood *flood, const struct vsw_fwd_port *to)
{
	const struct vsw_fwd_port *from = flood->frame->from;

	if (flood->unknown && to->flags & VSW_PORT_PROMISCUOUS)
		return false;
	if (to == from || (unlikely(to->flags & VSW_PORT_SLOW_FLOOD) &&
			   !vsw_is_receiver(flood->frame, to)))
		return false;
	if (!(from->flags & VSW_PORT_UPLINK) || flood->any_uplink ||
	    to->flood_uplinks & BIT(from->uplink_bit))
		return true;
	flood->reverse_path = true;
	return false;
}

static void vsw_flood_group(struct vsw_flood *flood, const struct vsw_fwd_group *group,
			    u32 only, const struct vsw_fwd_port *except)
{
	const struct vsw_fwd *fwd = flood->frame->fwd;
	const struct vsw_fwd_port *to;
	unsigned int i;

	for (i = 0; i < group->count; i++) {
		to = &fwd->ports[group->members[i]];
		if (to == except || (only && !(to->flags & only)))
			continue;
		if (vsw_flood_allowed(flood, to))
			vsw_flood_to(flood, to);
	}
}

/* Flood to the client ports of the frame's VLAN, or only to those with one of some flags. */
static void vsw_flood_clients(struct vsw_flood *flood, u16 domain, u32 only,
			      const struct vsw_fwd_port *except)
{
	const struct vsw_fwd *fwd = flood->frame->fwd;
	u16 vlan = flood->frame->vlan;
	u16 slot;

	for (slot = fwd->vlan_groups[domain]; slot != VSW_NO_GROUP; slot = fwd->groups[slot].next)
		vsw_flood_group(flood, &fwd->groups[slot], only, except);
	if (!test_bit(vlan, fwd->trunk_vlans))
		return;
	for (slot = fwd->trunk_groups; slot != VSW_NO_GROUP; slot = fwd->groups[slot].next)
		if (test_bit(vlan, fwd->groups[slot].trunk))
			vsw_flood_group(flood, &fwd->groups[slot], only, except);
}

/**
 * vsw_copy_to_promiscuous() - copy a unicast frame to the promiscuous ports of its VLAN
 * @frame: frame
 * @receiver: port that has its address, or NULL if that is unknown
 *
 * The physical switches send frames for an address that they know to one uplink, the
 * receiver's: promiscuous ports see them whatever their own uplink is.  Other frames they
 * flood to all uplinks, and each port takes those from its own.
 */
void vsw_copy_to_promiscuous(const struct vsw_frame frame, const struct vsw_fwd_port *receiver)
{
	struct vsw_flood flood = {
		.frame = &frame,
		.any_uplink = receiver && frame.from->flags & VSW_PORT_UPLINK &&
			      vsw_accepts_unicast(receiver, frame.from),
	};

	vsw_flood_clients(&flood, vsw_fwd_domain(frame.fwd, frame.vlan), VSW_PORT_PROMISCUOUS,
			  receiver);
	if (flood.last)
		vsw_deliver_copy(&frame, flood.last);
}

/**
 * vsw_flood_unknown() - flood unicast to an unknown address
 * @frame: frame; consumed
 * @uplink: uplink that gets it as well, or NULL
 * @reason: why it is dropped if there is no receiver
 *
 * Receivers are ports that learn with flooding.  Promiscuous ports already have a copy.
 */
void vsw_flood_unknown(const struct vsw_frame frame, const struct vsw_fwd_port *uplink,
		       enum vswitch_drop_reason reason)
{
	struct vsw_flood flood = { .frame = &frame, .unknown = true };

	vsw_flood_clients(&flood, vsw_fwd_domain(frame.fwd, frame.vlan), VSW_PORT_LEARNS_FLOODED,
			  NULL);
	if (uplink)
		vsw_flood_to(&flood, uplink);
	if (flood.last)
		vsw_deliver(frame.skb, vsw_tag(&frame), flood.last);
	else
		vsw_drop(frame.from, frame.skb, reason);
}

/**
 * vsw_deliver_shared() - deliver unicast to an address that several ports share
 * @frame: frame; consumed
 * @first: one of the ports
 *
 * All of them receive it.  A frame from outside is treated like a multicast, which each port
 * takes from its own uplink: the physical switches know one place of the address, or flood to
 * all uplinks.
 */
void vsw_deliver_shared(const struct vsw_frame frame, const struct vsw_fwd_port *first)
{
	u64 mac = vsw_mac(vsw_eth(frame.skb)->h_dest);
	u64 key = vsw_mac_key(mac, first->trunk ? VSW_VLAN_TRUNK : first->domain);
	struct vsw_flood flood = { .frame = &frame };
	const struct vsw_fwd *fwd = frame.fwd;
	u32 slot = vsw_fwd_slot(fwd, key);
	const struct vsw_fwd_port *to;

	for (; fwd->macs[slot].key; slot = (slot + 1) & fwd->mac_mask) {
		to = fwd->macs[slot].port;
		if (fwd->macs[slot].key == key && (!to->trunk || test_bit(frame.vlan, to->trunk)) &&
		    vsw_flood_allowed(&flood, to))
			vsw_flood_to(&flood, to);
	}
	if (flood.last)
		vsw_deliver(frame.skb, vsw_tag(&frame), flood.last);
	else
		vsw_drop(frame.from, frame.skb, vsw_no_receiver(&flood));
}

/**
 * vsw_flood() - flood a broadcast or multicast in its VLAN
 * @frame: frame; consumed
 * @domain: its VLAN, or the primary VLAN of that
 * @uplink: uplink that gets it as well, or NULL
 */
void vsw_flood(const struct vsw_frame frame, u16 domain, const struct vsw_fwd_port *uplink)
{
	struct vsw_flood flood = { .frame = &frame };

	vsw_flood_clients(&flood, domain, 0, NULL);
	if (uplink)
		vsw_flood_to(&flood, uplink);
	if (flood.last)
		vsw_deliver(frame.skb, vsw_tag(&frame), flood.last);
	else
		vsw_drop(frame.from, frame.skb, vsw_no_receiver(&flood));
}

/**
 * vsw_flood_link_local() - flood a link-local frame to ports that may use its protocol
 * @frame: frame; consumed
 * @uplink: uplink that gets it as well, or NULL
 *
 * A frame from an uplink is a copy, as the host has the original.  It is counted only if a
 * guest gets it.
 */
void vsw_flood_link_local(const struct vsw_frame frame, const struct vsw_fwd_port *uplink)
{
	bool is_copy = frame.from->flags & VSW_PORT_UPLINK;
	struct vsw_flood flood = { .frame = &frame };

	vsw_flood_clients(&flood, vsw_fwd_domain(frame.fwd, frame.vlan), VSW_PORT_LINK_LOCAL, NULL);
	if (uplink)
		vsw_flood_to(&flood, uplink);
	if (!flood.last && is_copy) {
		consume_skb(frame.skb);
		return;
	}
	if (is_copy)
		vsw_count_in(frame.from, frame.skb);
	if (flood.last)
		vsw_deliver(frame.skb, vsw_tag(&frame), flood.last);
	else
		vsw_drop(frame.from, frame.skb, vsw_no_receiver(&flood));
}
