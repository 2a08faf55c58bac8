// SPDX-License-Identifier: GPL-2.0
/*
 * Upkeep: timed work, in one work item per switch.  Shapers (shaper.c)
 * and learned addresses (learn.c) have timers of their own.
 */
#include "beacon.h"
#include "vswitch.h"

/* Use uplinks again whose up-delay has ended. */
static unsigned long vsw_settle_run(struct vsw_switch *sw)
{
	unsigned long id, next = MAX_JIFFY_OFFSET;
	struct vsw_port *port;
	bool settled = false;

	xa_for_each(&sw->ports, id, port) {
		if (!port->settling)
			continue;
		if (time_before(jiffies, port->settled_at)) {
			next = min(next, port->settled_at - jiffies);
			continue;
		}
		port->settling = false;
		settled = true;
	}
	if (settled)
		vsw_recompile(sw);
	return next;
}

static void vsw_upkeep_run(struct vsw_switch *sw)
{
	unsigned long next;

	sw->upkeep_at = jiffies + MAX_JIFFY_OFFSET;
	vsw_port_forget_left(sw);
	next = vsw_absent_run(sw);
	next = min(next, vsw_watch_run(sw));
	next = min(next, vsw_settle_run(sw));
	next = min(next, vsw_wake_run(sw));
	next = min(next, vsw_observe_run(sw));
	next = min(next, vsw_beacon_run(sw));
	next = min(next, vsw_load_run(sw));
	/* Last, as the others may move ports. */
	next = min(next, vsw_announce_run(sw));
	if (next != MAX_JIFFY_OFFSET)
		vsw_upkeep_in(sw, next);
}

/* vsw_upkeep_stop() waits for this with RTNL held: it must not wait for RTNL. */
static void vsw_upkeep_work(struct work_struct *work)
{
	struct vsw_switch *sw = container_of(to_delayed_work(work), struct vsw_switch, upkeep);

	if (!rtnl_trylock()) {
		queue_delayed_work(system_wq, &sw->upkeep, 1);
		return;
	}
	vsw_upkeep_run(sw);
	rtnl_unlock();
}

/**
 * vsw_upkeep_init() - prepare the upkeep
 * @sw: switch that is being made
 */
void vsw_upkeep_init(struct vsw_switch *sw)
{
	INIT_DELAYED_WORK(&sw->upkeep, vsw_upkeep_work);
	sw->upkeep_at = jiffies + MAX_JIFFY_OFFSET;
}

/**
 * vsw_upkeep_in() - schedule the upkeep
 * @sw: switch
 * @delay: in how many jiffies, at the latest
 *
 * Context: RTNL.
 */
void vsw_upkeep_in(struct vsw_switch *sw, unsigned long delay)
{
	ASSERT_RTNL();
	if (sw->dev->reg_state != NETREG_REGISTERED ||
	    time_after_eq(jiffies + delay, sw->upkeep_at))
		return;
	sw->upkeep_at = jiffies + delay;
	mod_delayed_work(system_wq, &sw->upkeep, delay);
}

/**
 * vsw_upkeep_stop() - end the upkeep
 * @sw: switch that is being unregistered
 *
 * Context: RTNL.
 */
void vsw_upkeep_stop(struct vsw_switch *sw)
{
	cancel_delayed_work_sync(&sw->upkeep);
}
