// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that the switch itself sends.  The counters of ports, which count
 * forwarded frames, do not include them.
 */
#include <linux/pkt_sched.h>

#include "send.h"

/**
 * vsw_send_own() - send a frame of the switch itself out of an uplink
 * @uplink: uplink, not stopped
 * @frame: frame from its Ethernet header on, without a tag
 * @len: its length in bytes; it is padded to the shortest that Ethernet has
 * @vlan: VLAN of its tag, 0 for none
 *
 * Context: RTNL, which keeps the uplink.  Without memory, nothing is sent.
 */
void vsw_send_own(const struct vsw_fwd_port *uplink, const void *frame, unsigned int len, u16 vlan)
{
	struct net_device *dev = uplink->dev;
	unsigned int padded = max_t(unsigned int, len, ETH_ZLEN);
	struct sk_buff *skb;

	ASSERT_RTNL();
	skb = alloc_skb(LL_RESERVED_SPACE(dev) + padded + dev->needed_tailroom, GFP_KERNEL);
	if (!skb)
		return;
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_mac_header(skb);
	skb_put_data(skb, frame, len);
	skb_put_zero(skb, padded - len);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = ((const struct ethhdr *)frame)->h_proto;
	skb->priority = TC_PRIO_CONTROL;
	skb->dev = dev;
	if (vlan)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vlan);
	dev_queue_xmit(skb);
}
