// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming: which uplinks a port uses, from the order of uplinks and their links.
 *
 * Compiled when the configuration or a link changes, not per frame.
 */
#include "beacon.h"
#include "team.h"

static const struct vsw_team_policy * const vsw_team_policies[] = {
	[VSWITCH_TEAMING_POLICY_EXPLICIT]	= &vsw_team_explicit,
	[VSWITCH_TEAMING_POLICY_PORT_ID]	= &vsw_team_port_id,
	[VSWITCH_TEAMING_POLICY_SOURCE_MAC]	= &vsw_team_source_mac,
	[VSWITCH_TEAMING_POLICY_IP_HASH]	= &vsw_team_ip_hash,
	[VSWITCH_TEAMING_POLICY_LOAD]		= &vsw_team_load,
};

/**
 * struct vsw_candidates - the uplinks that a team may use
 * @order: port ids, active before standby
 * @count: of @order
 * @active_count: the first of @order are active
 * @usable: those that can carry traffic, by bit
 */
struct vsw_candidates {
	const u16 *order;
	unsigned int count;
	unsigned int active_count;
	u32 usable;
};

static u32 vsw_team_bit(const struct vsw_fwd *fwd, u16 id)
{
	return BIT(fwd->ports[id].uplink_bit);
}

static struct vsw_candidates vsw_team_candidates(struct vsw_team *team, const struct vsw_fwd *fwd,
						 const struct vsw_teaming *teaming)
{
	struct vsw_candidates candidates = {
		.order = teaming->has_order ? teaming->order : fwd->uplinks,
		.count = teaming->has_order ? teaming->count : fwd->uplink_count,
		.active_count = teaming->has_order ? teaming->active_count : fwd->uplink_count,
	};
	const struct vsw_fwd_port *uplink;
	unsigned int i;

	for (i = 0; i < candidates.count; i++) {
		uplink = &fwd->ports[candidates.order[i]];
		team->members |= BIT(uplink->uplink_bit);
		if (!(uplink->flags & (VSW_PORT_STOPPED | VSW_PORT_SETTLING)))
			candidates.usable |= BIT(uplink->uplink_bit);
	}
	return candidates;
}

/* Give an uplink a place, if it works and has none yet. */
static u16 vsw_team_take(struct vsw_team *team, const struct vsw_fwd *fwd,
			 const struct vsw_candidates *candidates, u16 id)
{
	u32 bit;

	/* Without failback, the id is from the previous snapshot: its uplink may be gone. */
	if (id >= fwd->port_limit || !(fwd->ports[id].flags & VSW_PORT_UPLINK))
		return VSW_NO_UPLINK;
	bit = vsw_team_bit(fwd, id);
	if (!(candidates->usable & bit) || team->used_mask & bit)
		return VSW_NO_UPLINK;
	team->used_mask |= bit;
	return id;
}

/*
 * There are as many places as active uplinks.  Each is for one of them or,
 * without failback, for the one that had it before.  Empty places
 * go to the next working uplinks in the order: a standby uplink replaces the one
 * that failed, and the ports of the others do not move.
 */
static void vsw_team_fill(struct vsw_team *team, const struct vsw_fwd *fwd,
			  const struct vsw_candidates *candidates, unsigned int places,
			  const u16 *first, unsigned int first_count)
{
	u16 taken[VSWITCH_UPLINKS_MAX] = {};
	unsigned int i, next = 0;

	for (i = 0; i < min(places, first_count); i++)
		taken[i] = vsw_team_take(team, fwd, candidates, first[i]);
	for (i = 0; i < places; i++) {
		while (taken[i] == VSW_NO_UPLINK && next < candidates->count)
			taken[i] = vsw_team_take(team, fwd, candidates, candidates->order[next++]);
		if (taken[i] != VSW_NO_UPLINK)
			team->used[team->used_count++] = taken[i];
	}
}

static void vsw_team_list_spares(struct vsw_team *team, const struct vsw_fwd *fwd,
				 const struct vsw_candidates *candidates)
{
	unsigned int i;

	for (i = 0; i < candidates->count; i++)
		if (candidates->usable & vsw_team_bit(fwd, candidates->order[i]))
			team->spares[team->spare_count++] = candidates->order[i];
}

static void vsw_team_mark_silent(struct vsw_fwd *fwd, u32 silent)
{
	unsigned int i;

	for (i = 0; i < fwd->uplink_count; i++)
		if (silent & BIT(i))
			fwd->ports[fwd->uplinks[i]].flags |= VSW_PORT_SILENT;
}

/**
 * vsw_team_resolve() - find the uplinks of a team that carry traffic
 * @team: to be filled
 * @fwd: snapshot under construction, with its uplinks
 * @teaming: nothing in it is VSW_INHERIT
 * @vlan: VLAN of the port group, for the verdict on probes
 * @before: the port group in the previous snapshot if its teaming was the same,
 *	or NULL
 */
void vsw_team_resolve(struct vsw_team *team, struct vsw_fwd *fwd,
		      const struct vsw_teaming *teaming, u16 vlan,
		      const struct vsw_fwd_group *before)
{
	struct vsw_candidates candidates;
	unsigned int places;
	u32 silent;

	*team = (struct vsw_team){};
	candidates = vsw_team_candidates(team, fwd, teaming);
	places = max(candidates.active_count, 1U);
	if (vsw_team_policies[teaming->policy]->one_uplink)
		places = 1;
	if (teaming->detection == VSWITCH_DETECTION_BEACON) {
		silent = vsw_beacon_silent(fwd, vlan, candidates.usable);
		vsw_team_mark_silent(fwd, silent);
		/* If all are silent, it is not known which ones work. */
		team->duplicate = silent && silent == candidates.usable;
		if (team->duplicate)
			places = candidates.count;
		else
			candidates.usable &= ~silent;
	}
	vsw_team_list_spares(team, fwd, &candidates);
	if (teaming->failback || !before)
		vsw_team_fill(team, fwd, &candidates, places, candidates.order,
			      candidates.active_count);
	else
		vsw_team_fill(team, fwd, &candidates, places, before->uplinks,
			      before->uplink_count);
}

/**
 * vsw_team_assign() - give a client port its uplinks
 * @team: team of its port group
 * @policy: &enum vswitch_teaming_policy
 * @fwd: snapshot under construction
 * @fwd_port: client port of @fwd
 * @port: the same port
 *
 * A frame that left on one uplink must not come back on another: multicast is
 * taken only from the uplink that the port sends to.  If any uplink may carry its
 * frames, the physical switch has them in one link aggregation, or it is not known
 * which of them works.
 */
void vsw_team_assign(const struct vsw_team *team, u8 policy, const struct vsw_fwd *fwd,
		     struct vsw_fwd_port *fwd_port, const struct vsw_port *port)
{
	const struct vsw_team_policy *ops = vsw_team_policies[policy];

	fwd_port->team_uplinks = team->members;
	fwd_port->flood_uplinks = team->used_mask;
	fwd_port->uplink = VSW_NO_UPLINK;
	if (!team->used_count || team->duplicate || !ops->choose)
		return;
	fwd_port->uplink = team->used[ops->choose(team, port, fwd_port->mac)];
	fwd_port->flood_uplinks = vsw_team_bit(fwd, fwd_port->uplink);
}
