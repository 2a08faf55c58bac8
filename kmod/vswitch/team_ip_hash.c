// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "IP hash": source XOR destination address of each packet
 * modulo the number of uplinks in use.  The physical switch has the uplinks in
 * one static link aggregation.
 *
 * An IPv6 address counts as the XOR of its four words.  Of other frames the two
 * words at the place of the IPv4 addresses are taken, as ESXi does.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "team.h"

/**
 * vsw_ip_hash() - the hash of a frame
 * @skb: frame, its Ethernet header at skb->data
 *
 * Return: the hash; 0 for a frame that is too short to have one.
 */
u32 vsw_ip_hash(const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	unsigned int offset = ETH_HLEN + offsetof(struct iphdr, saddr);
	unsigned int i, count = 2;
	__be32 words[8], hash = 0;

	if (eth->h_proto == htons(ETH_P_IPV6)) {
		offset = ETH_HLEN + offsetof(struct ipv6hdr, saddr);
		count = 8;
	}
	if (skb_copy_bits(skb, offset, words, count * sizeof(*words)))
		return 0;
	for (i = 0; i < count; i++)
		hash ^= words[i];
	return ntohl(hash);
}

/* Chooses by frame: see vsw_uplink_by_frame(). */
const struct vsw_team_policy vsw_team_ip_hash = {};
