// SPDX-License-Identifier: GPL-2.0
/*
 * Private VLANs as messages.
 */
#include "show.h"

/**
 * vsw_put_pvlan() - put a primary VLAN into a message
 * @message: where to
 * @sw: switch
 * @primary: VLAN
 *
 * Return: 0, or -EMSGSIZE if it no longer fits.
 */
int vsw_put_pvlan(const struct vsw_message *message, const struct vsw_switch *sw, u16 primary)
{
	static const int attrs[] = {
		[VSW_PVLAN_PROMISCUOUS]	= VSWITCH_A_PVLAN_PRIMARY,
		[VSW_PVLAN_COMMUNITY]	= VSWITCH_A_PVLAN_COMMUNITY,
		[VSW_PVLAN_ISOLATED]	= VSWITCH_A_PVLAN_ISOLATED,
	};
	const struct vsw_pvlan *pvlans = sw->config->pvlans;
	void *header = vsw_message_start(message);
	unsigned int vlan;
	bool fits;

	if (!header)
		return -EMSGSIZE;
	fits = !nla_put_u32(message->skb, VSWITCH_A_PVLAN_SWITCH, sw->dev->ifindex);
	for (vlan = 1; fits && vlan < VLAN_N_VID; vlan++)
		if (pvlans[vlan].primary == primary)
			fits = !nla_put_u16(message->skb, attrs[pvlans[vlan].type], vlan);
	return vsw_message_end(message, header, fits);
}
