// SPDX-License-Identifier: GPL-2.0
/*
 * Commit a draft: compile it, publish it, notify.
 */
#include <linux/slab.h>

#include "beacon.h"
#include "snapshot.h"
#include "show.h"

/* Rearm shapers: queued frames drain at the new rates. */
static void vsw_shapers_follow(struct vsw_switch *sw, const struct vsw_fwd *old)
{
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		if (id < old->port_limit && old->ports[id].features)
			vsw_shapers_rearm(port);
}

/**
 * vsw_draft() - begin a change
 * @sw: switch
 * @gfp: how to allocate
 *
 * Context: RTNL.
 * Return: a draft of its configuration, for vsw_commit() or vsw_config_free();
 * or NULL without memory.
 */
struct vsw_config *vsw_draft(struct vsw_switch *sw, gfp_t gfp)
{
	vsw_port_forget_left(sw);
	return vsw_config_clone(sw->config, gfp);
}

/* A new uplink that cannot raise its MTU joins all the same, with a warning. */
static void vsw_raise_new_uplinks(struct vsw_switch *sw, const struct vsw_config *before,
				  struct netlink_ext_ack *extack)
{
	const struct vsw_fwd *fwd = rtnl_dereference(sw->fwd);
	u16 uplinks[VSWITCH_UPLINKS_MAX];
	unsigned int i, count = fwd->uplink_count;
	struct vsw_port *port;

	memcpy(uplinks, fwd->uplinks, sizeof(uplinks));
	for (i = 0; i < count; i++) {
		if (before->ports[uplinks[i]] &&
		    before->ports[uplinks[i]]->role == VSWITCH_ROLE_UPLINK)
			continue;
		port = xa_load(&sw->ports, uplinks[i]);
		if (vsw_raise_uplink(port, sw->dev->mtu))
			NL_SET_ERR_MSG_FMT(extack, "uplink '%s' keeps MTU %u, the switch has %u",
					   port->dev->name, port->dev->mtu, sw->dev->mtu);
	}
}

static void vsw_publish(struct vsw_switch *sw, struct vsw_fwd *fwd)
{
	struct vsw_fwd *old = rtnl_dereference(sw->fwd);

	rcu_assign_pointer(sw->fwd, fwd);
	if (!old)
		return;
	vsw_shapers_follow(sw, old);
	vsw_notify_failover(sw, old, fwd);
	vsw_announce_moved(sw, old, fwd);
	if (old->beacon && !fwd->beacon)
		vsw_beacon_forget(sw);
	if (fwd->needs_upkeep)
		vsw_upkeep_in(sw, 0);
	kvfree_rcu(old, rcu);
}

/**
 * vsw_commit() - put a draft of the configuration in force
 * @sw: switch
 * @draft: draft; freed when it is refused, the configuration otherwise
 * @gfp: how to allocate; with __GFP_NOFAIL, a draft that only removes objects
 *	cannot be refused
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: 0, -ENOMEM, or -EADDRINUSE if two ports have the same address in
 * one VLAN; then nothing has changed.
 */
int vsw_commit(struct vsw_switch *sw, struct vsw_config *draft, gfp_t gfp,
	       struct netlink_ext_ack *extack)
{
	struct vsw_config *old = sw->config;
	struct vsw_fwd *fwd;

	fwd = vsw_fwd_compile(sw, draft, gfp, extack);
	if (IS_ERR(fwd)) {
		vsw_config_free(draft);
		return PTR_ERR(fwd);
	}
	sw->config = draft;
	sw->generation++;
	vsw_publish(sw, fwd);
	vsw_notify_config(sw, old, draft);
	vsw_raise_new_uplinks(sw, old, extack);
	vsw_config_free(old);
	return 0;
}

/**
 * vsw_recompile() - follow the link or MTU of a device
 * @sw: switch
 *
 * Context: RTNL.  Cannot fail: a failover must not wait for memory.
 */
void vsw_recompile(struct vsw_switch *sw)
{
	struct vsw_fwd *fwd;

	vsw_port_forget_left(sw);
	fwd = vsw_fwd_compile(sw, sw->config, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL, NULL);
	if (!WARN_ON_ONCE(IS_ERR(fwd)))
		vsw_publish(sw, fwd);
}

/**
 * vsw_stop_port() - take the device of a port out of the snapshot in use
 * @port: port that leaves
 *
 * The device of the switch, which sends nothing, takes its place.
 *
 * Context: RTNL.  A frame under way may still use the device for a grace period.
 */
void vsw_stop_port(const struct vsw_port *port)
{
	struct vsw_fwd *fwd = rtnl_dereference(port->sw->fwd);
	struct vsw_fwd_port *fwd_port = &fwd->ports[port->id];

	WRITE_ONCE(fwd_port->flags, fwd_port->flags | VSW_PORT_UNASSIGNED);
	/* A reader that sees the other device sees the flag: pairs with vsw_receive(). */
	smp_store_release(&fwd_port->dev, port->sw->dev);
}

/**
 * vsw_follow_link() - follow the link of a client port
 * @port: port, with its new &vsw_port.link
 *
 * Only its own flag depends on it: no new snapshot is needed.
 *
 * Context: RTNL.
 */
void vsw_follow_link(const struct vsw_port *port)
{
	struct vsw_fwd *fwd = rtnl_dereference(port->sw->fwd);
	struct vsw_fwd_port *fwd_port = &fwd->ports[port->id];

	if (port->link)
		WRITE_ONCE(fwd_port->flags, fwd_port->flags & ~VSW_PORT_LINK_DOWN);
	else
		WRITE_ONCE(fwd_port->flags, fwd_port->flags | VSW_PORT_LINK_DOWN);
}
