/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Teaming: which uplinks carry the traffic of a port.
 */
#ifndef _VSWITCH_TEAM_H
#define _VSWITCH_TEAM_H

#include "fwd.h"

/**
 * struct vsw_team - the uplinks of a port group, as far as they work
 * @usable: port ids of the uplinks with a link, by the order of the policy
 * @count: of @usable
 * @active_count: those of @usable that are active; the others are standby
 * @members: all active and standby uplinks, by bit, with a link or without
 */
struct vsw_team {
	u16 usable[VSWITCH_UPLINKS_MAX];
	u8 count;
	u8 active_count;
	u32 members;
};

/**
 * struct vsw_team_policy - how a team serves its ports
 * @assign: choose &vsw_fwd_port.uplink and &vsw_fwd_port.flood_uplinks of a
 *	client port; the team has at least one usable uplink
 */
struct vsw_team_policy {
	void (*assign)(const struct vsw_team *team, const struct vsw_fwd *fwd,
		       struct vsw_fwd_port *port);
};

extern const struct vsw_team_policy vsw_team_explicit;

void vsw_team_resolve(struct vsw_team *team, const struct vsw_fwd *fwd,
		      const struct vsw_teaming *teaming);
void vsw_team_assign(const struct vsw_team *team, u8 policy, const struct vsw_fwd *fwd,
		     struct vsw_fwd_port *port);

#endif /* _VSWITCH_TEAM_H */
