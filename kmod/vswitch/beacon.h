/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Beacon probing: shows failures between the uplinks of a team that their links do not.
 */
#ifndef _VSWITCH_BEACON_H
#define _VSWITCH_BEACON_H

#include "snapshot.h"

/* ESXi's probes.  Ours have IEEE's local experimental type, and a magic. */
#define VSW_ETH_P_ESXI_BEACON	0x8922
#define VSW_ETH_P_BEACON	ETH_P_802_EX1

/**
 * vsw_may_be_beacon() - check a multicast frame of an uplink for the type of a probe
 * @eth: its Ethernet header
 *
 * Return: whether it has that type.
 */
static inline bool vsw_may_be_beacon(const struct ethhdr *eth)
{
	return eth->h_proto == htons(VSW_ETH_P_ESXI_BEACON) ||
	       eth->h_proto == htons(VSW_ETH_P_BEACON);
}

int vsw_beacon_enable(struct vsw_switch *sw);
void vsw_beacon_forget(struct vsw_switch *sw);
bool vsw_beacon_receive(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from,
			const struct sk_buff *skb);
u32 vsw_beacon_silent(const struct vsw_fwd *fwd, u16 vlan, u32 uplinks);
unsigned long vsw_beacon_run(struct vsw_switch *sw);

#endif /* _VSWITCH_BEACON_H */
