/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of the data path: forward.c finds the receiver of a frame,
 * flood.c serves several receivers, deliver.c has the features that most frames do not use.
 */
#ifndef _VSWITCH_FORWARD_H
#define _VSWITCH_FORWARD_H

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <net/gso.h>

#include "snapshot.h"

/**
 * struct vsw_frame - a frame on its way
 * @fwd: snapshot
 * @from: port that it came from
 * @skb: the frame
 * @vlan: its VLAN, 0 for untagged
 * @priority: priority and DEI bits of its tag
 * @membership: &enum vsw_membership, where multicast groups are snooped
 */
struct vsw_frame {
	const struct vsw_fwd *fwd;
	const struct vsw_fwd_port *from;
	struct sk_buff *skb;
	u16 vlan;
	u16 priority;
	u8 membership;
};

static inline const struct ethhdr *vsw_eth(const struct sk_buff *skb)
{
	return (const struct ethhdr *)skb->data;
}

/* Bridge protocols (01:80:c2:00:00:0X), and Cisco's (01:00:0c:cc:cc:XX) */
static inline bool vsw_is_link_local(const u8 *address)
{
	static const u8 cisco[] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc };

	return is_link_local_ether_addr(address) || !memcmp(address, cisco, sizeof(cisco));
}

/* Does a client take unicast from an uplink? */
static inline bool vsw_accepts_unicast(const struct vsw_fwd_port *to,
				       const struct vsw_fwd_port *uplink)
{
	return to->team_uplinks & BIT(uplink->uplink_bit);
}

static inline enum vsw_cast vsw_cast_of(const struct sk_buff *skb)
{
	const u8 *address = vsw_eth(skb)->h_dest;

	if (likely(!is_multicast_ether_addr(address)))
		return VSW_UNICAST;
	return is_broadcast_ether_addr(address) ? VSW_BROADCAST : VSW_MULTICAST;
}

static inline void vsw_count_in(const struct vsw_fwd_port *port, const struct sk_buff *skb)
{
	struct vsw_port_stats *stats = this_cpu_ptr(port->stats);
	struct vsw_traffic *in = &stats->in[vsw_cast_of(skb)];

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&in->packets);
	u64_stats_add(&in->bytes, skb->len);
	u64_stats_update_end(&stats->syncp);
}

static inline void vsw_count_out(const struct vsw_fwd_port *port, const struct sk_buff *skb)
{
	struct vsw_port_stats *stats = this_cpu_ptr(port->stats);
	struct vsw_traffic *out = &stats->out[vsw_cast_of(skb)];

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&out->packets);
	u64_stats_add(&out->bytes, skb->len);
	u64_stats_update_end(&stats->syncp);
}

static inline bool vsw_fits(const struct vsw_fwd_port *to, const struct sk_buff *skb)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_mac_len(skb, to->max_len);
	return skb->len <= to->max_len;
}

/* The tag that trunks and uplinks see; VLAN 0 is none. */
static inline u16 vsw_tag(const struct vsw_frame *frame)
{
	return frame->vlan | frame->priority;
}

/* The switch tags for access ports: only trunks and uplinks see tags. */
static inline void vsw_set_tag(struct sk_buff *skb, u16 tag, const struct vsw_fwd_port *to)
{
	if (tag & VLAN_VID_MASK && to->flags & VSW_PORT_TAGGED)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tag);
	else
		__vlan_hwaccel_clear_tag(skb);
}

void vsw_receive(struct sk_buff *skb, const struct vsw_fwd_port *to);

/* Count and send a frame, tagged for the port. */
static __always_inline void vsw_send(struct sk_buff *skb, const struct vsw_fwd_port *to)
{
	vsw_count_out(to, skb);
	if (to->flags & VSW_PORT_VMKNIC) {
		vsw_receive(skb, to);
		return;
	}
	skb->dev = to->dev;
	dev_queue_xmit(skb);
}

/*
 * Does a port get nothing of this kind?  One that waits for the first frame of its guest gets
 * what is flooded: the guest may be one that only answers.
 */
static inline bool vsw_is_stopped(const struct vsw_fwd_port *to, const struct sk_buff *skb)
{
	u32 stopped = to->flags & (VSW_PORT_STOPPED | VSW_PORT_MAC_CHANGED);

	if (stopped != VSW_PORT_INACTIVE || !(to->flags & VSW_PORT_WAKES))
		return stopped;
	return !is_multicast_ether_addr(vsw_eth(skb)->h_dest);
}

/* deliver.c */
void vsw_count_drop(const struct vsw_fwd_port *port, const struct sk_buff *skb,
		    enum vswitch_drop_reason reason);
void vsw_drop(const struct vsw_fwd_port *port, struct sk_buff *skb,
	      enum vswitch_drop_reason reason);
enum vswitch_drop_reason vsw_stop_reason(const struct vsw_fwd_port *port);
bool vsw_pvlan_allows(const struct vsw_fwd_port *to, u16 tag);
bool vsw_may_deliver(struct sk_buff *skb, u16 tag, const struct vsw_fwd_port *to);
void vsw_mirror_in(const struct vsw_frame *frame);

/* Hand a frame, or a copy of it, to a port.  Consumes @skb. */
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

/* flood.c */
void vsw_deliver_copy(const struct vsw_frame *frame, const struct vsw_fwd_port *to);
u8 vsw_link_local_protocol(const u8 *address);
bool vsw_allows_link_local(const struct vsw_fwd_port *port, const u8 *address);
void vsw_copy_to_promiscuous(const struct vsw_frame frame, const struct vsw_fwd_port *receiver);
void vsw_flood_unknown(const struct vsw_frame frame, const struct vsw_fwd_port *uplink,
		       enum vswitch_drop_reason reason);
void vsw_deliver_shared(const struct vsw_frame frame, const struct vsw_fwd_port *first);
void vsw_flood(const struct vsw_frame frame, u16 domain, const struct vsw_fwd_port *uplink);
void vsw_flood_link_local(const struct vsw_frame frame, const struct vsw_fwd_port *uplink);

#endif /* _VSWITCH_FORWARD_H */
