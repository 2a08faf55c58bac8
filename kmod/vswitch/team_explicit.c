// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "explicit failover order": everything on the first usable
 * uplink of the active list, then of the standby list.
 */
#include "team.h"

static void vsw_team_explicit_assign(const struct vsw_team *team, const struct vsw_fwd *fwd,
				     struct vsw_fwd_port *port)
{
	port->uplink = team->usable[0];
	/* A multicast that left on one uplink must not come back on another. */
	port->flood_uplinks = BIT(fwd->ports[port->uplink].uplink_bit);
}

const struct vsw_team_policy vsw_team_explicit = {
	.assign = vsw_team_explicit_assign,
};
