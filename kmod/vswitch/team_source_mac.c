// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "source MAC hash": the address of the vNIC, as one number of
 * 48 bits, modulo the number of uplinks in use.  A port that has not been
 * given an address counts as address 0.
 */
#include "team.h"

static unsigned int vsw_team_source_mac_choose(const struct vsw_team *team,
					       const struct vsw_port *port, u64 mac)
{
	u8 address[ETH_ALEN];
	u64 number;

	vsw_mac_bytes(mac, address);
	number = ether_addr_to_u64(address);
	return do_div(number, team->used_count);
}

const struct vsw_team_policy vsw_team_source_mac = {
	.choose = vsw_team_source_mac_choose,
};
