// SPDX-License-Identifier: GPL-2.0
/*
 * Teaming policy "physical NIC load": by port id at first; every 30 seconds, if
 * an uplink was loaded by more than 75 % in one direction, the busiest of its
 * ports that another uplink of the team has room for moves there.
 */
#include <linux/ethtool.h>

#include "team.h"

#define VSW_LOAD_INTERVAL	(30 * HZ)
#define VSW_LOAD_LIMIT		75		/* percent */

static unsigned int vsw_team_load_choose(const struct vsw_team *team, const struct vsw_port *port,
					 u64 mac)
{
	unsigned int i;

	for (i = 0; i < team->used_count; i++)
		if (team->used[i] == port->load_uplink)
			return i;
	return vsw_team_port_id.choose(team, port, mac);
}

const struct vsw_team_policy vsw_team_load = {
	.choose = vsw_team_load_choose,
};

/**
 * struct vsw_load - bytes of a device in the last interval
 * @tx: sent by it, as the switch sees it: for an uplink, out of the host
 * @rx: received by it
 */
struct vsw_load {
	u64 tx;
	u64 rx;
};

static struct vsw_load vsw_load_take(struct vsw_port *port)
{
	struct rtnl_link_stats64 stats;
	struct vsw_load load;

	dev_get_stats(port->dev, &stats);
	load.tx = stats.tx_bytes - port->load_tx;
	load.rx = stats.rx_bytes - port->load_rx;
	port->load_tx = stats.tx_bytes;
	port->load_rx = stats.rx_bytes;
	return load;
}

/* Bytes that an uplink carries in one direction in an interval without overload */
static u64 vsw_load_room(const struct vsw_port *uplink)
{
	struct ethtool_link_ksettings settings = {};
	u64 bytes;

	if (__ethtool_get_link_ksettings(uplink->dev, &settings) ||
	    !settings.base.speed || settings.base.speed == (u32)SPEED_UNKNOWN)
		return 0;
	bytes = (u64)settings.base.speed * (1000 * 1000 / 8) * (VSW_LOAD_INTERVAL / HZ);
	return div_u64(bytes * VSW_LOAD_LIMIT, 100);
}

/**
 * struct vsw_balance - loads of a switch in the last interval
 * @loads: by port id
 * @rooms: of uplinks, by port id: vsw_load_room(); 0 if unknown
 */
struct vsw_balance {
	struct vsw_load loads[VSWITCH_PORTS_MAX + 1];
	u64 rooms[VSWITCH_PORTS_MAX + 1];
};

static bool vsw_load_fits(const struct vsw_balance *balance, u16 uplink, u16 id)
{
	const struct vsw_load *there = &balance->loads[uplink], *port = &balance->loads[id];

	/* The uplink sends what the port's device receives from the guest. */
	return there->tx + port->rx <= balance->rooms[uplink] &&
	       there->rx + port->tx <= balance->rooms[uplink];
}

/* The uplink of a team with most room for a port, or VSW_NO_UPLINK */
static u16 vsw_load_target(const struct vsw_balance *balance, const struct vsw_fwd *fwd, u16 id)
{
	const struct vsw_fwd_group *group = &fwd->groups[fwd->ports[id].group];
	u16 best = VSW_NO_UPLINK;
	u64 load, least = U64_MAX;
	unsigned int i;

	for (i = 0; i < group->uplink_count; i++) {
		if (group->uplinks[i] == fwd->ports[id].uplink ||
		    !vsw_load_fits(balance, group->uplinks[i], id))
			continue;
		load = max(balance->loads[group->uplinks[i]].tx,
			   balance->loads[group->uplinks[i]].rx);
		if (load >= least)
			continue;
		least = load;
		best = group->uplinks[i];
	}
	return best;
}

static bool vsw_load_is_balanced(const struct vsw_config *config, const struct vsw_fwd *fwd, u16 id)
{
	const struct vsw_port_config *settings = config->ports[id];

	return settings && settings->role == VSWITCH_ROLE_CLIENT &&
	       fwd->ports[id].uplink != VSW_NO_UPLINK && fwd->groups[fwd->ports[id].group].by_load;
}

/* Move a port away from an uplink that has too much to do. */
static bool vsw_load_relieve(struct vsw_switch *sw, struct vsw_balance *balance,
			     const struct vsw_fwd *fwd, u16 uplink)
{
	u16 id, target, best = 0, best_target = VSW_NO_UPLINK;
	struct vsw_load *load = balance->loads;
	struct vsw_port *port;

	for (id = 1; id < fwd->port_limit; id++) {
		if (fwd->ports[id].uplink != uplink || !vsw_load_is_balanced(sw->config, fwd, id) ||
		    load[id].tx + load[id].rx <= load[best].tx + load[best].rx)
			continue;
		target = vsw_load_target(balance, fwd, id);
		if (target == VSW_NO_UPLINK)
			continue;
		best = id;
		best_target = target;
	}
	if (!best)
		return false;
	port = xa_load(&sw->ports, best);
	port->load_uplink = best_target;
	load[best_target].tx += load[best].rx;
	load[best_target].rx += load[best].tx;
	return true;
}

static void vsw_load_balance(struct vsw_switch *sw, struct vsw_balance *balance)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	const struct vsw_load *load;
	struct vsw_port *port;
	bool moved = false;
	unsigned int i;
	unsigned long id;
	u64 room;

	xa_for_each(&sw->ports, id, port)
		balance->loads[id] = vsw_load_take(port);
	for (i = 0; i < fwd->uplink_count; i++)
		balance->rooms[fwd->uplinks[i]] =
			vsw_load_room(xa_load(&sw->ports, fwd->uplinks[i]));
	for (i = 0; i < fwd->uplink_count; i++) {
		load = &balance->loads[fwd->uplinks[i]];
		room = balance->rooms[fwd->uplinks[i]];
		if (room && max(load->tx, load->rx) > room)
			moved |= vsw_load_relieve(sw, balance, fwd, fwd->uplinks[i]);
	}
	if (moved)
		vsw_recompile(sw);
}

static bool vsw_load_wanted(const struct vsw_fwd *fwd)
{
	u16 slot;

	for (slot = 0; slot < fwd->group_count; slot++)
		if (fwd->groups[slot].by_load)
			return true;
	return false;
}

/**
 * vsw_load_run() - balance the load of uplinks, if it is time to
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_load_run(struct vsw_switch *sw)
{
	struct vsw_balance *balance;
	struct vsw_port *port;
	unsigned long id;

	if (!vsw_load_wanted(rtnl_dereference(sw->fwd))) {
		sw->load_at = 0;
		return MAX_JIFFY_OFFSET;
	}
	if (sw->load_at && time_before(jiffies, sw->load_at))
		return sw->load_at - jiffies;
	if (!sw->load_at) {
		/* The first interval begins. */
		xa_for_each(&sw->ports, id, port)
			vsw_load_take(port);
	} else {
		balance = kvzalloc(sizeof(*balance), GFP_KERNEL_ACCOUNT);
		if (balance)
			vsw_load_balance(sw, balance);
		kvfree(balance);
	}
	sw->load_at = (jiffies + VSW_LOAD_INTERVAL) ?: 1;
	return VSW_LOAD_INTERVAL;
}
