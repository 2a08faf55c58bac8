// SPDX-License-Identifier: GPL-2.0
/*
 * The data path: from a frame that a port's device received to the devices
 * that get it.
 *
 * Everything runs under rcu_read_lock() with bottom halves off.  Frames have
 * their Ethernet header at skb->data, and their (outer) VLAN tag, if any, in
 * the skb's metadata.
 *
 * The way of a unicast frame is inlined into one function, so that the
 * compiler keeps a struct vsw_frame in registers.  Functions that are not
 * inlined therefore take a frame by value: one whose address leaves the
 * function would have to be in memory.  The same code is compiled a second
 * time for ports and VLANs with optional features ("featured", a constant),
 * so that these cost others nothing.
 */
#include "beacon.h"
#include "forward.h"
#include "team.h"

/* Bridge protocols (01:80:c2:00:00:0X), and Cisco's (01:00:0c:cc:cc:XX) */
static bool vsw_is_link_local(const u8 *address)
{
	static const u8 cisco[] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc };

	return is_link_local_ether_addr(address) || !memcmp(address, cisco, sizeof(cisco));
}

/* Hand a frame, or a copy of it, to a port.  @skb is gone afterwards. */
static __always_inline void vsw_deliver(struct sk_buff *skb, u16 tag, const struct vsw_fwd_port *to)
{
	if (unlikely(to->flags & VSW_PORT_SLOW_OUT) && !vsw_may_deliver(skb, tag, to))
		return;
	if (unlikely(skb->len > to->max_len) && !vsw_fits(to, skb)) {
		vsw_drop(to, skb, VSWITCH_DROP_REASON_MTU);
		return;
	}
	vsw_set_tag(skb, tag, to);
	vsw_send(skb, to);
}

static void vsw_deliver_copy(const struct vsw_frame *frame, const struct vsw_fwd_port *to)
{
	struct sk_buff *copy = skb_clone(frame->skb, GFP_ATOMIC);

	if (likely(copy))
		vsw_deliver(copy, vsw_tag(frame), to);
	else
		vsw_count_drop(to, frame->skb, VSWITCH_DROP_REASON_NO_MEMORY);
}

/*
 * A frame for many, delivered one receiver late: the last one gets the frame
 * itself, so that n receivers cost n - 1 copies.
 */
struct vsw_flood {
	const struct vsw_frame *frame;
	const struct vsw_fwd_port *last;
	bool reverse_path;
	bool unknown;
};

static void vsw_flood_to(struct vsw_flood *flood, const struct vsw_fwd_port *to)
{
	if (flood->last)
		vsw_deliver_copy(flood->frame, flood->last);
	flood->last = to;
}

/* Does a port take such a frame?  Where it does not, that is no drop. */
static noinline bool vsw_is_receiver(const struct vsw_frame *frame, const struct vsw_fwd_port *to)
{
	const u8 *address = vsw_eth(frame->skb)->h_dest;

	if (to->flags & (VSW_PORT_STOPPED | VSW_PORT_MAC_CHANGED) ||
	    !vsw_pvlan_allows(to, frame->vlan))
		return false;
	if (!(to->flags & VSW_PORT_KNOWS_GROUPS) || to->flags & VSW_PORT_PROMISCUOUS ||
	    !is_multicast_ether_addr(address))
		return true;
	/* A guest that hears another's report keeps its own back (RFC 2236, 3). */
	if (frame->membership == VSW_REPORT && to->flags & VSW_PORT_SNOOPED)
		return false;
	return vsw_groups_want(to->features->port, address);
}

/* May a frame that many get, or one for somebody else, be given to a client? */
static bool vsw_flood_allowed(struct vsw_flood *flood, const struct vsw_fwd_port *to)
{
	const struct vsw_fwd_port *from = flood->frame->from;

	if (flood->unknown && to->flags & VSW_PORT_PROMISCUOUS)
		return false;
	if (to == from || (unlikely(to->flags & VSW_PORT_SLOW_FLOOD) &&
			   !vsw_is_receiver(flood->frame, to)))
		return false;
	if (!(from->flags & VSW_PORT_UPLINK) || to->flood_uplinks & BIT(from->uplink_bit))
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

/* All client ports of the frame's VLAN, or those only with one of some flags */
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

/* Give copies of a unicast frame to the promiscuous ports of its VLAN. */
static noinline void vsw_copy_to_promiscuous(const struct vsw_frame frame,
					     const struct vsw_fwd_port *receiver)
{
	struct vsw_flood flood = { .frame = &frame };

	vsw_flood_clients(&flood, vsw_fwd_domain(frame.fwd, frame.vlan), VSW_PORT_PROMISCUOUS,
			  receiver);
	if (flood.last)
		vsw_deliver_copy(&frame, flood.last);
}

/*
 * Unicast for an address that nobody is known to have: to ports that learn and
 * want it, and to the uplink.  Promiscuous ports got a copy before.
 */
static noinline void vsw_flood_unknown(const struct vsw_frame frame,
				       const struct vsw_fwd_port *uplink,
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

static noinline void vsw_flood(const struct vsw_frame frame, u16 domain,
			       const struct vsw_fwd_port *uplink)
{
	struct vsw_flood flood = { .frame = &frame };

	vsw_flood_clients(&flood, domain, 0, NULL);
	if (uplink)
		vsw_flood_to(&flood, uplink);
	if (flood.last)
		vsw_deliver(frame.skb, vsw_tag(&frame), flood.last);
	else
		vsw_drop(frame.from, frame.skb,
			 flood.reverse_path ? VSWITCH_DROP_REASON_REVERSE_PATH :
					      VSWITCH_DROP_REASON_NO_RECEIVER);
}

/*
 * Find a frame's VLAN and whether the port may use it.  A tag with VLAN 0
 * carries a priority only; another tag behind it would come to light where
 * the first is taken off, and leave the port's VLANs.
 */
static __always_inline bool vsw_classify(struct vsw_frame *frame)
{
	const struct vsw_fwd_port *from = frame->from;
	const struct sk_buff *skb = frame->skb;
	u16 tag;

	frame->vlan = 0;
	frame->priority = 0;
	if (skb_vlan_tag_present(skb)) {
		tag = skb_vlan_tag_get(skb);
		frame->vlan = tag & VLAN_VID_MASK;
		frame->priority = tag & ~VLAN_VID_MASK;
		if (skb->vlan_proto != htons(ETH_P_8021Q) ||
		    (!frame->vlan && eth_type_vlan(skb->protocol)))
			return false;
	}
	if (from->flags & VSW_PORT_UPLINK)
		return true;
	if (from->trunk)
		return test_bit(frame->vlan, from->trunk);
	if (frame->vlan)
		return false;
	frame->vlan = from->vlan;
	return true;
}

static __always_inline u16 vsw_domain(const struct vsw_frame *frame, bool featured)
{
	return featured ? vsw_fwd_domain(frame->fwd, frame->vlan) : frame->vlan;
}

static __always_inline const struct vsw_fwd_port *vsw_find(const struct vsw_frame *frame, u64 mac,
							   bool featured)
{
	return featured ? vsw_fwd_find(frame->fwd, mac, frame->vlan) :
			  vsw_fwd_lookup(frame->fwd, mac, frame->vlan);
}

/* Who has the destination address, given or learned */
static __always_inline const struct vsw_fwd_port *
vsw_find_receiver(const struct vsw_frame *frame, u64 mac, bool featured)
{
	const struct vsw_fwd_port *to = vsw_find(frame, mac, featured);

	if (featured && !to && frame->fwd->has_learning)
		to = vsw_learned_find(frame->fwd, mac, frame->vlan);
	return to;
}

/* May a port send from an address that is not its first one? */
static noinline bool vsw_may_send_from(const struct vsw_frame frame, u64 mac)
{
	const struct vsw_fwd_port *owner = vsw_fwd_find(frame.fwd, mac, frame.vlan);

	if (owner == frame.from)
		return true;
	if (!owner && frame.from->flags & VSW_PORT_OBSERVED &&
	    vsw_observe(frame.fwd, frame.from, mac))
		return true;
	return frame.from->flags & VSW_PORT_FORGED_OK;
}

/* The first uplink of a team that has a carrier; it can carry any port for a while. */
static const struct vsw_fwd_port *vsw_spare_uplink(const struct vsw_fwd *fwd,
						   const struct vsw_fwd_group *group)
{
	unsigned int i;

	for (i = 0; i < group->spare_count; i++)
		if (netif_carrier_ok(fwd->ports[group->spares[i]].dev))
			return &fwd->ports[group->spares[i]];
	return NULL;
}

/*
 * The uplink of a frame where it is not simply that of the port; NULL where
 * there is none.  The carrier of the uplink may be lost: until the kernel has
 * told so and a new snapshot is there, another one helps out.  Or the addresses
 * of the packet decide; or nobody knows which works, and all but the returned
 * one get a copy.
 */
static noinline const struct vsw_fwd_port *vsw_uplink_by_frame(const struct vsw_frame frame)
{
	const struct vsw_fwd_group *group = &frame.fwd->groups[frame.from->group];
	const struct vsw_fwd_port *uplink;
	unsigned int i;

	if (!group->uplink_count)
		return NULL;
	if (frame.from->uplink != VSW_NO_UPLINK)
		return vsw_spare_uplink(frame.fwd, group);
	if (group->by_frame) {
		i = vsw_ip_hash(frame.skb) % group->uplink_count;
		uplink = &frame.fwd->ports[group->uplinks[i]];
		return likely(netif_carrier_ok(uplink->dev)) ? uplink :
							       vsw_spare_uplink(frame.fwd, group);
	}
	for (i = 0; i < group->uplink_count - 1; i++)
		vsw_deliver_copy(&frame, &frame.fwd->ports[group->uplinks[i]]);
	return &frame.fwd->ports[group->uplinks[i]];
}

static __always_inline const struct vsw_fwd_port *vsw_uplink_of(const struct vsw_frame *frame)
{
	u16 id = frame->from->uplink;
	const struct vsw_fwd_port *uplink = &frame->fwd->ports[id];

	if (likely(id != VSW_NO_UPLINK && netif_carrier_ok(uplink->dev)))
		return uplink;
	return vsw_uplink_by_frame(*frame);
}

/* A unicast frame of a client: to the port that has the address, or out. */
static __always_inline void vsw_forward_unicast(const struct vsw_frame *frame, bool featured)
{
	u64 mac = vsw_mac(vsw_eth(frame->skb)->h_dest);
	const struct vsw_fwd_port *to;

	to = vsw_find_receiver(frame, mac, featured);
	if (featured)
		vsw_copy_to_promiscuous(*frame, to);
	if (unlikely(to == frame->from)) {
		vsw_drop(frame->from, frame->skb, VSWITCH_DROP_REASON_NO_RECEIVER);
		return;
	}
	if (featured && !to && frame->fwd->has_learning) {
		vsw_flood_unknown(*frame, vsw_uplink_of(frame), VSWITCH_DROP_REASON_NO_UPLINK);
		return;
	}
	if (!to)
		to = vsw_uplink_of(frame);
	if (unlikely(!to)) {
		vsw_drop(frame->from, frame->skb, VSWITCH_DROP_REASON_NO_UPLINK);
		return;
	}
	vsw_deliver(frame->skb, vsw_tag(frame), to);
}

static __always_inline void vsw_from_client(struct vsw_frame *frame, bool featured);

static noinline void vsw_from_client_featured(struct vsw_frame frame)
{
	vsw_from_client(&frame, true);
}

static __always_inline void vsw_from_client(struct vsw_frame *frame, bool featured)
{
	const struct vsw_fwd_port *from = frame->from;
	const struct ethhdr *eth = vsw_eth(frame->skb);
	u64 source = vsw_mac(eth->h_source);
	enum vswitch_drop_reason reason;

	reason = VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED;
	if (unlikely(!vsw_classify(frame)))
		goto drop;
	if (!featured && unlikely(test_bit(frame->vlan, frame->fwd->featured_vlans))) {
		vsw_from_client_featured(*frame);
		return;
	}
	if (featured)
		vsw_mirror_in(frame);
	if (unlikely(source != from->mac)) {
		reason = VSWITCH_DROP_REASON_SOURCE_MAC;
		if (!is_valid_ether_addr(eth->h_source))
			goto drop;
		reason = VSWITCH_DROP_REASON_FORGED_SOURCE;
		if (!vsw_may_send_from(*frame, source))
			goto drop;
		reason = VSWITCH_DROP_REASON_LEARNING_LIMIT;
		if (featured && from->flags & VSW_PORT_LEARNING &&
		    !vsw_learn(frame->fwd, from, source, frame->vlan))
			goto drop;
	}
	if (likely(!is_multicast_ether_addr(eth->h_dest))) {
		vsw_forward_unicast(frame, featured);
		return;
	}
	reason = VSWITCH_DROP_REASON_LINK_LOCAL;
	if (vsw_is_link_local(eth->h_dest))
		goto drop;
	if (featured)
		frame->membership = vsw_snoop(frame->fwd, from, frame->skb, frame->vlan);
	vsw_flood(*frame, vsw_domain(frame, featured), vsw_uplink_of(frame));
	return;

drop:
	vsw_drop(from, frame->skb, reason);
}

/* A unicast frame from outside: to the port that has the address, or nowhere. */
static __always_inline void vsw_accept_unicast(const struct vsw_frame *frame, bool featured)
{
	u64 mac = vsw_mac(vsw_eth(frame->skb)->h_dest);
	const struct vsw_fwd_port *to;

	to = vsw_find_receiver(frame, mac, featured);
	if (featured)
		vsw_copy_to_promiscuous(*frame, to);
	if (featured && !to && frame->fwd->has_learning)
		vsw_flood_unknown(*frame, NULL, VSWITCH_DROP_REASON_UNKNOWN_UNICAST);
	else if (!to)
		vsw_drop(frame->from, frame->skb, VSWITCH_DROP_REASON_UNKNOWN_UNICAST);
	else if (unlikely(!(to->team_uplinks & BIT(frame->from->uplink_bit))))
		vsw_drop(frame->from, frame->skb, VSWITCH_DROP_REASON_REVERSE_PATH);
	else
		vsw_deliver(frame->skb, vsw_tag(frame), to);
}

static __always_inline void vsw_from_uplink(struct vsw_frame *frame, bool featured);

static noinline void vsw_from_uplink_featured(struct vsw_frame frame)
{
	vsw_from_uplink(&frame, true);
}

static __always_inline void vsw_from_uplink(struct vsw_frame *frame, bool featured)
{
	const struct vsw_fwd_port *from = frame->from;
	const struct ethhdr *eth = vsw_eth(frame->skb);
	enum vswitch_drop_reason reason;

	reason = VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED;
	if (unlikely(!vsw_classify(frame)))
		goto drop;
	if (!featured && unlikely(test_bit(frame->vlan, frame->fwd->featured_vlans))) {
		vsw_from_uplink_featured(*frame);
		return;
	}
	if (featured)
		vsw_mirror_in(frame);
	reason = VSWITCH_DROP_REASON_SOURCE_MAC;
	if (unlikely(!is_valid_ether_addr(eth->h_source)))
		goto drop;
	reason = VSWITCH_DROP_REASON_REFLECTED;
	if (unlikely(vsw_find(frame, vsw_mac(eth->h_source), featured)))
		goto drop;
	if (featured && frame->fwd->has_learning &&
	    vsw_learned_echo(frame->fwd, vsw_mac(eth->h_source), frame->vlan))
		goto drop;
	if (likely(!is_multicast_ether_addr(eth->h_dest))) {
		vsw_accept_unicast(frame, featured);
		return;
	}
	reason = VSWITCH_DROP_REASON_BEACON;
	if (unlikely(vsw_may_be_beacon(eth)) && vsw_beacon_receive(frame->fwd, from, frame->skb))
		goto drop;
	if (featured)
		frame->membership = vsw_snoop(frame->fwd, from, frame->skb, frame->vlan);
	vsw_flood(*frame, vsw_domain(frame, featured), NULL);
	return;

drop:
	vsw_drop(from, frame->skb, reason);
}

static void vsw_forward_featured(const struct vsw_frame frame)
{
	if (frame.from->flags & VSW_PORT_UPLINK)
		vsw_from_uplink_featured(frame);
	else
		vsw_from_client_featured(frame);
}

/* May a frame pass now?  Else it is queued or gone. */
static bool vsw_shape_in(const struct vsw_frame *frame)
{
	const struct vsw_fwd_features *features = frame->from->features;

	switch (vsw_shape(&features->port->shapers[VSW_INGRESS], &features->shape[VSW_INGRESS],
			  frame->skb)) {
	case VSW_PASS:
		return true;
	case VSW_QUEUED:
		return false;
	default:
		vsw_drop(frame->from, frame->skb, VSWITCH_DROP_REASON_SHAPING);
		return false;
	}
}

/* A frame of a port that may send nothing, or that has optional features */
static noinline void vsw_forward_slow(const struct vsw_frame frame)
{
	if (frame.from->flags & VSW_PORT_STOPPED)
		vsw_drop(frame.from, frame.skb, vsw_stop_reason(frame.from));
	else if (!(frame.from->flags & VSW_PORT_SHAPED_IN) || vsw_shape_in(&frame))
		vsw_forward_featured(frame);
}

/**
 * vsw_forward_shaped() - go on with a frame that waited for its turn to enter
 * @port: port that it came from
 * @skb: frame, counted; it is gone afterwards
 *
 * Context: rcu_read_lock(), bottom halves off.
 */
void vsw_forward_shaped(const struct vsw_port *port, struct sk_buff *skb)
{
	const struct vsw_fwd *fwd = rcu_dereference(port->sw->fwd);
	struct vsw_frame frame = { .fwd = fwd, .from = &fwd->ports[port->id], .skb = skb };

	if (frame.from->flags & VSW_PORT_STOPPED)
		vsw_drop(frame.from, skb, vsw_stop_reason(frame.from));
	else
		vsw_forward_featured(frame);
}

static __always_inline void vsw_forward(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
					struct sk_buff *skb)
{
	struct vsw_frame frame = { .fwd = fwd, .from = from, .skb = skb };

	vsw_count_in(from, skb);
	/* What a device says of a received frame must not be read as an order to send. */
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	if (unlikely(from->flags & VSW_PORT_SLOW_IN))
		vsw_forward_slow(frame);
	else if (from->flags & VSW_PORT_UPLINK)
		vsw_from_uplink(&frame, false);
	else
		vsw_from_client(&frame, false);
}

/**
 * vsw_forward_client() - take a frame that a VMkernel adapter sends
 * @port: the adapter's port
 * @skb: frame, its Ethernet header at skb->data; it is gone afterwards
 *
 * Context: rcu_read_lock(), bottom halves off.
 */
void vsw_forward_client(const struct vsw_port *port, struct sk_buff *skb)
{
	const struct vsw_fwd *fwd = rcu_dereference(port->sw->fwd);

	vsw_forward(fwd, &fwd->ports[port->id], skb);
}

/**
 * vsw_handle_frame() - take a frame that an enslaved device received
 * @pskb: frame, behind its Ethernet header
 *
 * Context: receive handler: softirq, rcu_read_lock().
 * Return: RX_HANDLER_PASS for what is for the host itself: bridge protocols
 * and LLDP on an uplink, and frames that the host looped back.
 */
rx_handler_result_t vsw_handle_frame(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	const struct vsw_fwd_port *from;
	const struct vsw_port *port;
	const struct vsw_fwd *fwd;
	const u8 *address;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;

	port = rcu_dereference(skb->dev->rx_handler_data);
	fwd = rcu_dereference(port->sw->fwd);
	from = &fwd->ports[port->id];
	__skb_push(skb, ETH_HLEN);
	address = vsw_eth(skb)->h_dest;
	if (unlikely(is_multicast_ether_addr(address)) && from->flags & VSW_PORT_UPLINK &&
	    vsw_is_link_local(address)) {
		__skb_pull(skb, ETH_HLEN);
		*pskb = skb;
		return RX_HANDLER_PASS;
	}
	vsw_forward(fwd, from, skb);
	return RX_HANDLER_CONSUMED;
}
