// SPDX-License-Identifier: GPL-2.0
/*
 * Observed addresses: the host does not see what a guest programs into its adapter.
 * If the port group allows this and accepts changes, the switch adopts the address that
 * a guest sends from.
 *
 * A port may change once a second, and all changes within a tenth of a second are
 * one commit, as each costs a snapshot.  Until that is in force, frames from the new
 * address pass, and frames from yet another one are forged.
 */
#include <linux/slab.h>
#include <linux/sort.h>

#include "snapshot.h"

#define VSW_OBSERVE_INTERVAL	HZ
#define VSW_OBSERVE_BATCH	(HZ / 10)

/**
 * struct vsw_observed - an address to be adopted
 * @mac: address, from vsw_mac()
 * @port: port that sends from it
 */
struct vsw_observed {
	u64 mac;
	struct vsw_port *port;
};

/**
 * vsw_observe() - note that a port sends from an address that no port has
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

/* Is the address free in the VLANs of the port? */
static bool vsw_observe_is_free(const struct vsw_fwd *fwd, const struct vsw_fwd_port *port, u64 mac)
{
	const struct vsw_fwd_port *owner;
	unsigned int vlan;

	if (!port->trunk)
		return !vsw_fwd_find(fwd, mac, port->vlan);
	for_each_set_bit(vlan, port->trunk, VLAN_N_VID) {
		owner = vsw_fwd_find(fwd, mac, vlan);
		if (owner && (owner->trunk || owner->vlan == vlan || owner->domain == vlan))
			return false;
	}
	return true;
}

static int vsw_observe_edit(struct vsw_config *draft, const struct vsw_port *port, u64 mac)
{
	struct vsw_port_config *settings;
	int err;

	/* Once for a copy that only the draft has */
	err = vsw_config_set_port(draft, port->id, draft->ports[port->id], GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	settings = draft->ports[port->id];
	vsw_mac_bytes(mac, settings->effective_mac);
	settings->has_effective_mac =
		!ether_addr_equal(settings->effective_mac, settings->macs[0]);
	return 0;
}

static int vsw_observed_compare(const void *a, const void *b)
{
	const struct vsw_observed *left = a, *right = b;

	if (left->mac != right->mac)
		return left->mac < right->mac ? -1 : 1;
	return left->port->id - right->port->id;
}

/*
 * One commit for all.  Each address is checked first, so that one that has become
 * another port's does not refuse the rest.  Of two ports with one address, the second
 * has to try again: by then the VLANs of the address are known.
 */
static void vsw_observe_commit(struct vsw_switch *sw, struct vsw_observed *observed,
			       unsigned int count)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	struct vsw_config *draft;
	unsigned int i;
	u64 mac;

	draft = vsw_draft(sw, GFP_KERNEL_ACCOUNT);
	if (!draft)
		return;
	sort(observed, count, sizeof(*observed), vsw_observed_compare, NULL);
	for (i = 0; i < count; i++) {
		mac = observed[i].mac;
		if ((i && mac == observed[i - 1].mac) ||
		    !vsw_observe_is_free(fwd, &fwd->ports[observed[i].port->id], mac))
			continue;
		if (vsw_observe_edit(draft, observed[i].port, mac)) {
			vsw_config_free(draft);
			return;
		}
	}
	vsw_commit(sw, draft, GFP_KERNEL_ACCOUNT, NULL);
}

/* Collect the ports whose observed addresses are due. */
static unsigned int vsw_observe_collect(struct vsw_switch *sw, struct vsw_observed *observed,
					unsigned long *next)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	struct vsw_port *port;
	unsigned int count = 0;
	unsigned long id;
	u64 mac;

	xa_for_each(&sw->ports, id, port) {
		mac = atomic64_read(&port->observed);
		if (!mac || port->left)
			continue;
		if (time_before(jiffies, port->observe_at)) {
			*next = min(*next, port->observe_at - jiffies);
			continue;
		}
		port->observing = true;
		if (fwd->ports[id].flags & VSW_PORT_OBSERVED)
			observed[count++] = (struct vsw_observed){ .mac = mac, .port = port };
	}
	return count;
}

static bool vsw_observe_is_pending(struct vsw_switch *sw)
{
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		if (!port->left && atomic64_read(&port->observed))
			return true;
	return false;
}

/**
 * vsw_observe_run() - adopt observed addresses
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_observe_run(struct vsw_switch *sw)
{
	unsigned long id, next = MAX_JIFFY_OFFSET;
	struct vsw_observed *observed;
	struct vsw_port *port;
	unsigned int count;

	if (!vsw_observe_is_pending(sw))
		return next;
	if (time_before(jiffies, sw->observe_at))
		return sw->observe_at - jiffies;
	sw->observe_at = jiffies + VSW_OBSERVE_BATCH;
	observed = kvmalloc_array(VSWITCH_PORTS_MAX, sizeof(*observed), GFP_KERNEL_ACCOUNT);
	if (!observed)
		return VSW_OBSERVE_BATCH;
	count = vsw_observe_collect(sw, observed, &next);
	if (count)
		vsw_observe_commit(sw, observed, count);
	kvfree(observed);
	xa_for_each(&sw->ports, id, port) {
		if (!port->observing)
			continue;
		port->observing = false;
		atomic64_set(&port->observed, 0);
		port->observe_at = jiffies + VSW_OBSERVE_INTERVAL;
	}
	return next;
}
