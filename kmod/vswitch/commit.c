// SPDX-License-Identifier: GPL-2.0
/*
 * Put a draft of the configuration in force.
 */
#include <linux/slab.h>

#include "fwd.h"
#include "notify.h"

/* What waits, waits by other rates now. */
static void vsw_shape_anew(struct vsw_switch *sw, const struct vsw_fwd *old)
{
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		if (id < old->port_limit && old->ports[id].features)
			vsw_shapers_rearm(port);
}

static void vsw_publish(struct vsw_switch *sw, struct vsw_fwd *fwd)
{
	struct vsw_fwd *old = rtnl_dereference(sw->fwd);

	rcu_assign_pointer(sw->fwd, fwd);
	if (!old)
		return;
	vsw_shape_anew(sw, old);
	vsw_notify_failover(sw, old, fwd);
	kvfree_rcu(old, rcu);
}

/* What holds of a configuration as a whole, whatever the order of its changes */
static int vsw_check(struct vsw_switch *sw, const struct vsw_config *draft,
		     struct netlink_ext_ack *extack)
{
	int err;

	err = vsw_check_pvlans(sw->config, draft, extack);
	return err ?: vsw_check_overrides(sw, draft, extack);
}

/**
 * vsw_commit() - put a draft of the configuration in force
 * @sw: switch
 * @draft: draft; freed when it is refused, the configuration otherwise
 * @gfp: how to allocate; with __GFP_NOFAIL a draft that only takes something
 *	away cannot be refused
 * @extack: gets the reason of a refusal
 *
 * Context: RTNL.
 * Return: 0, -ENOMEM, -EADDRINUSE where two ports have the same address in one
 * VLAN, or what vsw_check() says; then nothing has changed.
 */
int vsw_commit(struct vsw_switch *sw, struct vsw_config *draft, gfp_t gfp,
	       struct netlink_ext_ack *extack)
{
	struct vsw_config *old = sw->config;
	struct vsw_fwd *fwd;
	int err;

	err = vsw_check(sw, draft, extack);
	fwd = err ? ERR_PTR(err) : vsw_fwd_compile(sw, draft, gfp, extack);
	if (IS_ERR(fwd)) {
		vsw_config_free(draft);
		return PTR_ERR(fwd);
	}
	sw->config = draft;
	sw->generation++;
	vsw_publish(sw, fwd);
	vsw_notify_config(sw, old, draft);
	vsw_config_free(old);
	return 0;
}

/**
 * vsw_recompile() - follow a change of a device: link, MTU
 * @sw: switch
 *
 * Context: RTNL.  Cannot fail: a failover must not wait for memory.
 */
void vsw_recompile(struct vsw_switch *sw)
{
	struct vsw_fwd *fwd;

	fwd = vsw_fwd_compile(sw, sw->config, GFP_KERNEL | __GFP_NOFAIL, NULL);
	if (!WARN_ON_ONCE(IS_ERR(fwd)))
		vsw_publish(sw, fwd);
}
