// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming: from the order of uplinks and their links to the uplinks of a port.
 *
 * Compiled when the configuration or a link changes, never per frame.
 */
#include "team.h"

static const struct vsw_team_policy * const vsw_team_policies[] = {
	[VSWITCH_TEAMING_POLICY_EXPLICIT] = &vsw_team_explicit,
};

static void vsw_team_add(struct vsw_team *team, const struct vsw_fwd *fwd, u16 id, bool active)
{
	const struct vsw_fwd_port *uplink = &fwd->ports[id];

	team->members |= BIT(uplink->uplink_bit);
	if (uplink->flags & VSW_PORT_STOPPED)
		return;
	team->usable[team->count++] = id;
	team->active_count += active;
}

/**
 * vsw_team_resolve() - find out which uplinks of an order work
 * @team: to be filled
 * @fwd: snapshot under construction, with its uplinks
 * @teaming: order; all uplinks are active where it is not set
 */
void vsw_team_resolve(struct vsw_team *team, const struct vsw_fwd *fwd,
		      const struct vsw_teaming *teaming)
{
	unsigned int i;

	*team = (struct vsw_team){};
	if (!teaming->is_set)
		for (i = 0; i < fwd->uplink_count; i++)
			vsw_team_add(team, fwd, fwd->uplinks[i], true);
	else
		for (i = 0; i < teaming->count; i++)
			vsw_team_add(team, fwd, teaming->order[i], i < teaming->active_count);
}

/**
 * vsw_team_assign() - give a client port its uplinks
 * @team: team of its port group
 * @policy: &enum vswitch_teaming_policy
 * @fwd: snapshot under construction
 * @port: client port of @fwd
 */
void vsw_team_assign(const struct vsw_team *team, u8 policy, const struct vsw_fwd *fwd,
		     struct vsw_fwd_port *port)
{
	port->team_uplinks = team->members;
	port->flood_uplinks = 0;
	port->uplink = VSW_NO_UPLINK;
	if (team->count)
		vsw_team_policies[policy]->assign(team, fwd, port);
}
