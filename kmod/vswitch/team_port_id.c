// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "originating port id", the default: the id of the port modulo
 * the number of uplinks in use.
 */
#include "team.h"

static unsigned int vsw_team_port_id_choose(const struct vsw_team *team,
					    const struct vsw_port *port, u64 mac)
{
	return port->id % team->used_count;
}

const struct vsw_team_policy vsw_team_port_id = {
	.choose = vsw_team_port_id_choose,
};
