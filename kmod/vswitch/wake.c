// SPDX-License-Identifier: GPL-2.0
/*
 * Ports that wait for their guest: a live migration ends where the guest sends, which no
 * manager of guests reports in time.  The first frame of the device activates the port; it
 * is dropped itself, as the data path changes nothing.
 */
#include "snapshot.h"

/* An activation that was refused is tried again with a frame that is so much later. */
#define VSW_WAKE_INTERVAL	HZ

/**
 * vsw_wake() - note that the device of a waiting port sends
 * @fwd: snapshot
 * @from: port with VSW_PORT_WAKES
 *
 * Context: as the data path.
 */
void vsw_wake(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from)
{
	struct vsw_port *port = xa_load(&fwd->sw->ports, from - fwd->ports);

	if (!port || READ_ONCE(port->woken))
		return;
	WRITE_ONCE(port->woken, true);
	mod_delayed_work(system_wq, &fwd->sw->upkeep, 0);
}

static int vsw_wake_edit(struct vsw_config *draft, const struct vsw_port *port)
{
	int err;

	/* For a copy that only the draft has */
	err = vsw_config_set_port(draft, port->id, draft->ports[port->id], GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	draft->ports[port->id]->inactive = false;
	draft->ports[port->id]->wakes = false;
	return 0;
}

/* Activate all ports that are due, or only @one: an address of it may be another port's. */
static int vsw_wake_commit(struct vsw_switch *sw, const struct vsw_port *one)
{
	struct vsw_config *draft = vsw_draft(sw, GFP_KERNEL_ACCOUNT);
	struct vsw_port *port;
	unsigned long id;

	if (!draft)
		return -ENOMEM;
	xa_for_each(&sw->ports, id, port) {
		if (!port->waking || (one && port != one))
			continue;
		if (vsw_wake_edit(draft, port)) {
			vsw_config_free(draft);
			return -ENOMEM;
		}
	}
	return vsw_commit(sw, draft, GFP_KERNEL_ACCOUNT, NULL);
}

/**
 * vsw_wake_run() - activate the ports whose devices have sent
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_wake_run(struct vsw_switch *sw)
{
	unsigned long id, next = MAX_JIFFY_OFFSET;
	unsigned int count = 0;
	struct vsw_port *port;
	int err;

	xa_for_each(&sw->ports, id, port) {
		port->waking = false;
		if (port->left || !READ_ONCE(port->woken))
			continue;
		if (time_before(jiffies, port->wake_at)) {
			next = min(next, port->wake_at - jiffies);
			continue;
		}
		WRITE_ONCE(port->woken, false);
		if (!sw->config->ports[id]->wakes)
			continue;
		port->waking = true;
		port->wake_at = jiffies + VSW_WAKE_INTERVAL;
		count++;
	}
	if (!count)
		return next;
	err = vsw_wake_commit(sw, NULL);
	if (!err || count == 1)
		return next;
	xa_for_each(&sw->ports, id, port)
		if (port->waking)
			vsw_wake_commit(sw, port);
	return next;
}
