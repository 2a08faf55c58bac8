// SPDX-License-Identifier: GPL-2.0
/*
 * The data path off the fast path: drops, mirror sessions, private VLANs, shaping.
 */
#include "forward.h"
#include "trace.h"

/**
 * vsw_count_drop() - count and trace a dropped frame
 * @port: port that it came from, or its receiver
 * @skb: frame
 * @reason: why
 */
void vsw_count_drop(const struct vsw_fwd_port *port, const struct sk_buff *skb,
		    enum vswitch_drop_reason reason)
{
	struct vsw_port_stats *stats = this_cpu_ptr(port->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->drops[reason]);
	u64_stats_update_end(&stats->syncp);
	trace_vswitch_drop(port, skb, reason);
}

/**
 * vsw_drop() - drop and count a frame
 * @port: port that it came from, or its receiver
 * @skb: frame; consumed
 * @reason: why
 */
void vsw_drop(const struct vsw_fwd_port *port, struct sk_buff *skb,
	      enum vswitch_drop_reason reason)
{
	vsw_count_drop(port, skb, reason);
	kfree_skb(skb);
}

/**
 * vsw_stop_reason() - why a port is stopped
 * @port: port with one of VSW_PORT_STOPPED or with VSW_PORT_MAC_CHANGED
 *
 * Return: the reason.
 */
enum vswitch_drop_reason vsw_stop_reason(const struct vsw_fwd_port *port)
{
	if (port->flags & VSW_PORT_UNASSIGNED)
		return VSWITCH_DROP_REASON_UNASSIGNED;
	if (port->flags & VSW_PORT_BLOCKED)
		return VSWITCH_DROP_REASON_BLOCKED;
	if (port->flags & VSW_PORT_SWITCH_DOWN)
		return VSWITCH_DROP_REASON_SWITCH_DOWN;
	if (port->flags & VSW_PORT_LINK_DOWN)
		return VSWITCH_DROP_REASON_LINK_DOWN;
	if (port->flags & VSW_PORT_INACTIVE)
		return VSWITCH_DROP_REASON_INACTIVE;
	return VSWITCH_DROP_REASON_MAC_CHANGED;
}

/**
 * vsw_receive() - hand a frame to the host's stack
 * @skb: frame, counted; consumed
 * @to: port of a VMkernel adapter
 *
 * The adapter may have left since the caller looked at the flags of its port.  The
 * device of the switch, which receives nothing, has taken its place then
 * (vsw_stop_port()).
 */
void vsw_receive(struct sk_buff *skb, const struct vsw_fwd_port *to)
{
	/* Pairs with vsw_stop_port() */
	struct net_device *dev = smp_load_acquire(&to->dev);

	if (likely(!(READ_ONCE(to->flags) & VSW_PORT_UNASSIGNED)))
		dev_forward_skb(dev, skb);
	else
		kfree_skb(skb);
}

/* Copy a frame to the destination of a mirror session, if sampling picks it. */
static void vsw_mirror_copy(const struct vsw_fwd *fwd, struct vsw_mirror *mirror,
			    struct sk_buff *skb, u16 tag)
{
	const struct vsw_fwd_port *to = &fwd->ports[mirror->destination];
	struct sk_buff *copy;

	if (to->flags & (VSW_PORT_BLOCKED | VSW_PORT_LINK_DOWN | VSW_PORT_INACTIVE))
		return;
	if (mirror->sampling > 1 && (u32)atomic_inc_return(&mirror->seen) % mirror->sampling)
		return;
	copy = skb_clone(skb, GFP_ATOMIC);
	if (copy && mirror->length && copy->len > mirror->length) {
		if (pskb_trim(copy, mirror->length)) {
			kfree_skb(copy);
			copy = NULL;
		} else {
			skb_gso_reset(copy);
			copy->ip_summed = CHECKSUM_NONE;
		}
	}
	if (!copy) {
		vsw_count_drop(to, skb, VSWITCH_DROP_REASON_NO_MEMORY);
		return;
	}
	if (!vsw_fits(to, copy)) {
		vsw_drop(to, copy, VSWITCH_DROP_REASON_MTU);
		return;
	}
	if (mirror->rspan_vlan)
		tag = mirror->rspan_vlan;
	if (tag & VLAN_VID_MASK)
		__vlan_hwaccel_put_tag(copy, htons(ETH_P_8021Q), tag);
	else
		__vlan_hwaccel_clear_tag(copy);
	vsw_send(copy, to);
}

/**
 * vsw_mirror_in() - mirror a frame that enters the switch
 * @frame: frame; sessions pick it by its port or its VLAN
 */
void vsw_mirror_in(const struct vsw_frame *frame)
{
	const struct vsw_fwd *fwd = frame->fwd;
	unsigned int i, id = frame->from - fwd->ports;

	for (i = 0; i < fwd->mirror_count; i++)
		if (test_bit(id, fwd->mirrors[i]->ingress) ||
		    test_bit(frame->vlan, fwd->mirrors[i]->vlans))
			vsw_mirror_copy(fwd, fwd->mirrors[i], frame->skb, vsw_tag(frame));
}

/* Mirror a frame that leaves the switch through a port. */
static void vsw_mirror_out(const struct vsw_fwd_port *to, struct sk_buff *skb, u16 tag)
{
	const struct vsw_fwd *fwd = to->features->fwd;
	unsigned int i, id = to - fwd->ports;

	for (i = 0; i < fwd->mirror_count; i++)
		if (test_bit(id, fwd->mirrors[i]->egress))
			vsw_mirror_copy(fwd, fwd->mirrors[i], skb, tag);
}

/**
 * vsw_pvlan_allows() - check a frame against the private VLAN of its receiver
 * @to: client port
 * @tag: tag of the frame on the switch: its sender's VLAN
 *
 * Return: whether @to may receive it.
 */
bool vsw_pvlan_allows(const struct vsw_fwd_port *to, u16 tag)
{
	u16 vlan = tag & VLAN_VID_MASK;

	if (!(to->flags & (VSW_PORT_COMMUNITY | VSW_PORT_ISOLATED)) || vlan == to->domain)
		return true;
	return vlan == to->vlan && to->flags & VSW_PORT_COMMUNITY;
}

/* Hand a frame to the shaper of a port, which sends it now or later. */
static void vsw_deliver_to_shaper(struct sk_buff *skb, u16 tag, const struct vsw_fwd_port *to)
{
	const struct vsw_fwd_features *features = to->features;
	const struct vsw_shape *shape = &features->shape[VSW_EGRESS];

	if (!vsw_fits(to, skb)) {
		vsw_drop(to, skb, VSWITCH_DROP_REASON_MTU);
		return;
	}
	vsw_set_tag(skb, tag, to);
	switch (vsw_shape(&features->port->shapers[VSW_EGRESS], shape, skb)) {
	case VSW_PASS:
		vsw_send(skb, to);
		break;
	case VSW_QUEUED:
		break;
	case VSW_FULL:
		vsw_drop(to, skb, VSWITCH_DROP_REASON_SHAPING);
	}
}

/**
 * vsw_may_deliver() - apply the optional features of a receiver
 * @skb: frame
 * @tag: its tag on the switch
 * @to: port with one of VSW_PORT_SLOW_OUT
 *
 * Return: true if the caller sends the frame; false if it was consumed: dropped, or
 * queued by the port's shaper.
 */
bool vsw_may_deliver(struct sk_buff *skb, u16 tag, const struct vsw_fwd_port *to)
{
	if (vsw_is_stopped(to, skb)) {
		vsw_drop(to, skb, vsw_stop_reason(to));
		return false;
	}
	if (!vsw_pvlan_allows(to, tag)) {
		vsw_drop(to, skb, VSWITCH_DROP_REASON_PVLAN);
		return false;
	}
	if (to->flags & VSW_PORT_MIRRORED_OUT && vsw_fits(to, skb))
		vsw_mirror_out(to, skb, tag);
	if (to->flags & VSW_PORT_SHAPED_OUT) {
		vsw_deliver_to_shaper(skb, tag, to);
		return false;
	}
	return true;
}

/**
 * vsw_deliver_shaped() - send a frame that leaves its shaper
 * @port: receiver
 * @skb: frame, tagged for @port; consumed
 *
 * Context: rcu_read_lock(), bottom halves off.
 */
void vsw_deliver_shaped(const struct vsw_port *port, struct sk_buff *skb)
{
	const struct vsw_fwd_port *to = &rcu_dereference(port->sw->fwd)->ports[port->id];

	if (vsw_is_stopped(to, skb))
		vsw_drop(to, skb, vsw_stop_reason(to));
	else
		vsw_send(skb, to);
}

