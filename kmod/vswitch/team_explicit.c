// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "explicit failover order": everything on the first usable
 * uplink of the active list, then of the standby list.
 */
#include "team.h"

static unsigned int vsw_team_explicit_choose(const struct vsw_team *team,
					     const struct vsw_port *port, u64 mac)
{
	return 0;
}

const struct vsw_team_policy vsw_team_explicit = {
	.choose		= vsw_team_explicit_choose,
	.one_uplink	= true,
};
