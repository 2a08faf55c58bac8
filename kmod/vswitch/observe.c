// SPDX-License-Identifier: GPL-2.0
/*
 * Effective addresses that are observed: a guest that sends from another
 * address has programmed it into its adapter, where the port group says that
 * this is how to find out, and accepts changes.  The host does not see what a
 * guest programs.
 *
 * One change in a second: it costs a snapshot.  Until it is in force, frames
 * from the new address pass, and frames from yet another are forged.
 */
#include <linux/slab.h>

#include "fwd.h"

#define VSW_OBSERVE_INTERVAL	HZ

/**
 * vsw_observe() - a port sends from an address that nobody has
 * @fwd: snapshot
 * @from: port with VSW_PORT_OBSERVED
 * @mac: source address, from vsw_mac()
 *
 * Context: as the data path.
 * Return: whether the frame may pass.
 */
bool vsw_observe(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from, u64 mac)
{
	struct vsw_port *port = xa_load(&fwd->sw->ports, from - fwd->ports);
	u64 pending;

	if (!port)
		return false;
	pending = atomic64_cmpxchg(&port->observed, 0, mac);
	if (!pending)
		mod_delayed_work(system_wq, &fwd->sw->upkeep, 0);
	return !pending || pending == mac;
}

/* The address may have become another port's: then it is not this one's. */
static void vsw_observe_commit(struct vsw_switch *sw, struct vsw_port *port, u64 mac)
{
	struct vsw_port_config *settings;
	struct vsw_config *draft;

	draft = vsw_draft(sw, GFP_KERNEL);
	if (!draft)
		return;
	/* Once for a copy that only the draft has */
	if (vsw_config_set_port(draft, port->id, draft->ports[port->id], GFP_KERNEL)) {
		vsw_config_free(draft);
		return;
	}
	settings = draft->ports[port->id];
	vsw_mac_bytes(mac, settings->effective_mac);
	settings->has_effective_mac =
		!ether_addr_equal(settings->effective_mac, settings->macs[0]);
	vsw_commit(sw, draft, GFP_KERNEL, NULL);
}

/**
 * vsw_observe_run() - take over what was observed
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_observe_run(struct vsw_switch *sw)
{
	unsigned long id, next = MAX_JIFFY_OFFSET;
	struct vsw_port *port;
	struct vsw_fwd *fwd;
	u64 mac;

	xa_for_each(&sw->ports, id, port) {
		mac = atomic64_read(&port->observed);
		if (!mac || port->left)
			continue;
		if (time_before(jiffies, port->observe_at)) {
			next = min(next, port->observe_at - jiffies);
			continue;
		}
		fwd = rtnl_dereference(sw->fwd);
		if (fwd->ports[id].flags & VSW_PORT_OBSERVED)
			vsw_observe_commit(sw, port, mac);
		atomic64_set(&port->observed, 0);
		port->observe_at = jiffies + VSW_OBSERVE_INTERVAL;
	}
	return next;
}
