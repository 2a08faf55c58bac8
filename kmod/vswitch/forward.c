// SPDX-License-Identifier: GPL-2.0
/*
 * The data path: from the device that received a frame to those that send it.
 *
 * Everything runs under rcu_read_lock() with bottom halves off.  Frames have
 * their Ethernet header at skb->data, and their (outer) VLAN tag, if any, in
 * the skb's metadata.
 *
 * The path of a unicast frame is inlined into one function, so that the compiler
 * keeps struct vsw_frame in registers.  Functions that are not inlined take a
 * frame by value: one whose address escapes would have to live in memory.  The
 * same code is compiled a second time for ports and VLANs with optional features
 * ("featured", a constant), so that these cost others nothing.
 */
#include "beacon.h"
#include "forward.h"
#include "team.h"

/*
 * A service tag (802.1ad) is not a VLAN of this switch: the frame is untagged, and the tag
 * travels as the first bytes of its payload.  May move the frame's data.
 */
static noinline bool vsw_keep_service_tag(struct sk_buff *skb)
{
	__be16 protocol = skb->vlan_proto;

	if (__vlan_insert_tag(skb, protocol, skb_vlan_tag_get(skb)))
		return false;
	skb->protocol = protocol;
	__vlan_hwaccel_clear_tag(skb);
	return true;
}

/*
 * Find a frame's VLAN and whether the port may use it; if not, @reason says why.  A tag
 * with VLAN 0 carries only a priority; another tag after it would surface where the first
 * is removed, and leave the port's VLANs.  Only ports that see tags may use service tags.
 * May move the frame's data.
 */
static __always_inline bool vsw_classify(struct vsw_frame *frame,
					 enum vswitch_drop_reason *reason)
{
	const struct vsw_fwd_port *from = frame->from;
	struct sk_buff *skb = frame->skb;
	u16 tag;

	*reason = VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED;
	frame->vlan = 0;
	frame->priority = 0;
	if (skb_vlan_tag_present(skb)) {
		tag = skb_vlan_tag_get(skb);
		frame->vlan = tag & VLAN_VID_MASK;
		frame->priority = tag & ~VLAN_VID_MASK;
		if (unlikely(skb->vlan_proto != htons(ETH_P_8021Q))) {
			frame->vlan = 0;
			frame->priority = 0;
			if (!(from->flags & VSW_PORT_TAGGED))
				return false;
			if (!vsw_keep_service_tag(skb)) {
				*reason = VSWITCH_DROP_REASON_NO_MEMORY;
				return false;
			}
		} else if (!frame->vlan && eth_type_vlan(skb->protocol)) {
			return false;
		}
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

/* Find the port that has an address, given or learned. */
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
	if (frame.from->flags & VSW_PORT_SHARES_MAC && vsw_fwd_has(frame.fwd, frame.from, mac))
		return true;
	if (!owner && frame.from->flags & VSW_PORT_OBSERVED &&
	    vsw_observe(frame.fwd, frame.from, mac))
		return true;
	return frame.from->flags & VSW_PORT_FORGED_OK;
}

/* The first uplink of a team with a carrier: for a while, it can carry any port. */
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
 * The uplink of a frame if it is not simply the port's; NULL if there is none.
 * The port's uplink may have lost its carrier: another one helps out until the
 * kernel reports that and there is a new snapshot.  Or the packet's addresses
 * decide.  Or the switch does not know which uplink works: this sends a copy to
 * all but the returned one.
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

/* Forward a client's unicast to the port that has the address, or to an uplink. */
static __always_inline void vsw_forward_unicast(const struct vsw_frame *frame, bool featured)
{
	u64 mac = vsw_mac(vsw_eth(frame->skb)->h_dest);
	const struct vsw_fwd_port *to;

	to = vsw_find_receiver(frame, mac, featured);
	if (featured)
		vsw_copy_to_promiscuous(*frame, to);
	if (featured && to && to->flags & VSW_PORT_SHARES_MAC) {
		vsw_deliver_shared(*frame, to);
		return;
	}
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
	enum vswitch_drop_reason reason;
	const struct ethhdr *eth;
	u64 source;

	if (unlikely(!vsw_classify(frame, &reason)))
		goto drop;
	if (!featured && unlikely(test_bit(frame->vlan, frame->fwd->featured_vlans))) {
		vsw_from_client_featured(*frame);
		return;
	}
	if (featured)
		vsw_mirror_in(frame);
	eth = vsw_eth(frame->skb);
	source = vsw_mac(eth->h_source);
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
	if (vsw_is_link_local(eth->h_dest)) {
		if (!featured || !vsw_allows_link_local(from, eth->h_dest))
			goto drop;
		vsw_flood_link_local(*frame, vsw_uplink_of(frame));
		return;
	}
	if (featured)
		frame->membership = vsw_snoop(frame->fwd, from, frame->skb, frame->vlan);
	vsw_flood(*frame, vsw_domain(frame, featured), vsw_uplink_of(frame));
	return;

drop:
	vsw_drop(from, frame->skb, reason);
}

/* Deliver unicast from an uplink to the port that has the address, if any. */
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
	else if (featured && to->flags & VSW_PORT_SHARES_MAC)
		vsw_deliver_shared(*frame, to);
	else if (unlikely(!vsw_accepts_unicast(to, frame->from)))
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
	enum vswitch_drop_reason reason;
	const struct ethhdr *eth;

	if (unlikely(!vsw_classify(frame, &reason)))
		goto drop;
	if (!featured && unlikely(test_bit(frame->vlan, frame->fwd->featured_vlans))) {
		vsw_from_uplink_featured(*frame);
		return;
	}
	if (featured)
		vsw_mirror_in(frame);
	eth = vsw_eth(frame->skb);
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

/* May a frame pass now?  If not, it was queued or dropped. */
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

/* Take a frame from a port that is stopped or has optional features. */
static noinline void vsw_forward_slow(const struct vsw_frame frame)
{
	if (frame.from->flags & VSW_PORT_WAKES)
		vsw_wake(frame.fwd, frame.from);
	if (frame.from->flags & VSW_PORT_STOPPED)
		vsw_drop(frame.from, frame.skb, vsw_stop_reason(frame.from));
	else if (!(frame.from->flags & VSW_PORT_SHAPED_IN) || vsw_shape_in(&frame))
		vsw_forward_featured(frame);
}

/**
 * vsw_forward_shaped() - forward a frame that leaves its ingress shaper
 * @port: port that it came from
 * @skb: frame, counted; consumed
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
	/* Receive metadata must not be taken for transmit requests. */
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
 * @skb: frame, its Ethernet header at skb->data; consumed
 *
 * Context: rcu_read_lock(), bottom halves off.
 */
void vsw_forward_client(const struct vsw_port *port, struct sk_buff *skb)
{
	const struct vsw_fwd *fwd = rcu_dereference(port->sw->fwd);

	vsw_forward(fwd, &fwd->ports[port->id], skb);
}

/*
 * A link-local frame came in on an uplink.  It is for the host, which talks to the physical
 * switch; guests that may use its protocol get a copy.
 */
static noinline void vsw_accept_link_local(const struct vsw_fwd *fwd,
					   const struct vsw_fwd_port *from, struct sk_buff *skb)
{
	struct vsw_frame frame = { .fwd = fwd, .from = from };
	enum vswitch_drop_reason reason;

	if (from->flags & VSW_PORT_STOPPED ||
	    !(fwd->link_local & vsw_link_local_protocol(vsw_eth(skb)->h_dest)))
		return;
	frame.skb = skb_copy(skb, GFP_ATOMIC);
	if (!frame.skb)
		vsw_count_drop(from, skb, VSWITCH_DROP_REASON_NO_MEMORY);
	else if (vsw_classify(&frame, &reason))
		vsw_flood_link_local(frame, NULL);
	else
		vsw_drop(from, frame.skb, reason);
}

/**
 * vsw_handle_frame() - take a frame that an enslaved device received
 * @pskb: frame, skb->data after its Ethernet header
 *
 * Context: receive handler: softirq, rcu_read_lock().
 * Return: RX_HANDLER_PASS for frames for the host itself: link-local ones on an
 * uplink, and those that the host looped back.
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
		vsw_accept_link_local(fwd, from, skb);
		__skb_pull(skb, ETH_HLEN);
		*pskb = skb;
		return RX_HANDLER_PASS;
	}
	vsw_forward(fwd, from, skb);
	return RX_HANDLER_CONSUMED;
}
