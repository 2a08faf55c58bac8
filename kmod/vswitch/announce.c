// SPDX-License-Identifier: GPL-2.0
/*
 * Notify switches: tell the physical switches where an address is now.
 *
 * For a port that becomes active or moves to another uplink, the switch sends a RARP request
 * from each of its addresses, configured and learned, five times, as frames get lost while links
 * settle.  Tokens limit the announcements of a port that keeps moving; its final place is
 * always announced.
 */
#include <linux/if_arp.h>
#include <linux/slab.h>

#include "snapshot.h"
#include "send.h"

/* When the frames of a burst are sent, in ms after it began */
static const unsigned int vsw_announce_times[] = { 0, 100, 500, 1000, 2000 };

#define VSW_ANNOUNCE_TOKENS	8		/* frames of one address, at once */
#define VSW_ANNOUNCE_REFILL	(HZ / 4)	/* one more every quarter of a second */
#define VSW_ANNOUNCE_AT_ONCE	256		/* ports of a switch, then a pause */
#define VSW_ANNOUNCE_PAUSE	msecs_to_jiffies(10)

/* Limit of learned addresses announced for a port; the others will send soon. */
#define VSW_ANNOUNCE_LEARNED	256

/* Limit of VLANs in which a trunk is announced */
#define VSW_ANNOUNCE_VLANS	32

/* RFC 903 over Ethernet */
struct vsw_rarp_frame {
	struct ethhdr eth;
	__be16 hardware;
	__be16 protocol;
	u8 hardware_len;
	u8 protocol_len;
	__be16 operation;
	u8 sender[ETH_ALEN];
	u8 sender_ip[4];
	u8 target[ETH_ALEN];
	u8 target_ip[4];
} __packed;

static void vsw_send_rarp(const struct vsw_fwd_port *uplink, const u8 *mac, u16 vlan)
{
	struct vsw_rarp_frame frame = {
		.eth.h_proto = htons(ETH_P_RARP),
		.hardware = htons(ARPHRD_ETHER),
		.protocol = htons(ETH_P_IP),
		.hardware_len = ETH_ALEN,
		.protocol_len = 4,
		.operation = htons(ARPOP_RREQUEST),
	};

	eth_broadcast_addr(frame.eth.h_dest);
	ether_addr_copy(frame.eth.h_source, mac);
	memcpy(frame.sender, mac, ETH_ALEN);
	memcpy(frame.target, mac, ETH_ALEN);
	vsw_send_own(uplink, &frame, sizeof(frame), vlan);
}

static void vsw_announce_mac(const struct vsw_fwd_port *port, const struct vsw_fwd_port *uplink,
			     const u8 *mac)
{
	unsigned int vlan;

	if (!port->trunk) {
		vsw_send_rarp(uplink, mac, port->vlan);
		return;
	}
	if (bitmap_weight(port->trunk, VLAN_N_VID) > VSW_ANNOUNCE_VLANS) {
		if (test_bit(0, port->trunk))
			vsw_send_rarp(uplink, mac, 0);
		return;
	}
	for_each_set_bit(vlan, port->trunk, VLAN_N_VID)
		vsw_send_rarp(uplink, mac, vlan);
}

static void vsw_announce_macs(const struct vsw_fwd_port *port, const struct vsw_fwd_port *uplink,
			      const struct vsw_port_config *settings)
{
	u8 first[ETH_ALEN];
	unsigned int i;

	if (uplink->flags & VSW_PORT_STOPPED || !settings->mac_count)
		return;
	vsw_mac_bytes(port->mac, first);
	vsw_announce_mac(port, uplink, first);
	for (i = 1; i < settings->mac_count; i++)
		vsw_announce_mac(port, uplink, settings->macs[i]);
}

static void vsw_announce_learned(struct vsw_port *port, const struct vsw_fwd_port *uplink)
{
	struct vsw_learned_address *list;
	unsigned int i, count;
	u8 mac[ETH_ALEN];

	if (uplink->flags & VSW_PORT_STOPPED || !READ_ONCE(port->learned))
		return;
	list = kmalloc_array(VSW_ANNOUNCE_LEARNED, sizeof(*list), GFP_KERNEL);
	if (!list)
		return;
	count = vsw_learned_list(port, list, VSW_ANNOUNCE_LEARNED);
	for (i = 0; i < count; i++) {
		vsw_mac_bytes(list[i].mac, mac);
		vsw_send_rarp(uplink, mac, list[i].vlan);
	}
	kfree(list);
}

static void vsw_announce_on(const struct vsw_fwd_port *fwd_port, struct vsw_port *port,
			    const struct vsw_fwd_port *uplink)
{
	vsw_announce_macs(fwd_port, uplink, port->sw->config->ports[port->id]);
	vsw_announce_learned(port, uplink);
}

/* A port without an uplink of its own has none, or uses a link aggregation, which is one
 * place to the physical switch, or uses all uplinks at once.
 */
static void vsw_announce_send(struct vsw_port *port)
{
	const struct vsw_fwd *fwd = rtnl_dereference(port->sw->fwd);
	const struct vsw_fwd_port *fwd_port = &fwd->ports[port->id];
	const struct vsw_fwd_group *group = &fwd->groups[fwd_port->group];
	unsigned int i;

	if (port->sw->config->ports[port->id]->role != VSWITCH_ROLE_CLIENT ||
	    fwd_port->flags & VSW_PORT_STOPPED)
		return;
	if (fwd_port->uplink != VSW_NO_UPLINK)
		vsw_announce_on(fwd_port, port, &fwd->ports[fwd_port->uplink]);
	else if (group->duplicate)
		for (i = 0; i < group->uplink_count; i++)
			vsw_announce_on(fwd_port, port, &fwd->ports[group->uplinks[i]]);
}

static void vsw_announce(struct vsw_port *port)
{
	port->announcing = true;
	port->announce_step = 0;
	port->announce_at = jiffies;
	vsw_upkeep_in(port->sw, 0);
}

static bool vsw_announce_possible(const struct vsw_fwd *fwd, u16 id)
{
	const struct vsw_fwd_port *port = &fwd->ports[id];
	const struct vsw_fwd_group *group = &fwd->groups[port->group];

	return !(port->flags & (VSW_PORT_STOPPED | VSW_PORT_UPLINK)) && port->mac &&
	       group->announce && !group->by_frame && group->uplink_count;
}

/**
 * vsw_announce_link_up() - announce a client port whose link came up
 * @port: port
 *
 * Context: RTNL.
 */
void vsw_announce_link_up(struct vsw_port *port)
{
	if (vsw_announce_possible(rtnl_dereference(port->sw->fwd), port->id))
		vsw_announce(port);
}

/**
 * vsw_announce_port() - announce a port on request
 * @port: port
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: 0, or -EINVAL or -ENETDOWN if there is nothing to announce.
 */
int vsw_announce_port(struct vsw_port *port, struct netlink_ext_ack *extack)
{
	const struct vsw_fwd *fwd = rtnl_dereference(port->sw->fwd);
	const struct vsw_fwd_port *fwd_port = &fwd->ports[port->id];

	if (fwd_port->flags & VSW_PORT_UPLINK || !fwd_port->mac) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s' has no address to announce",
				   vsw_port_name(port));
		return -EINVAL;
	}
	if (fwd_port->flags & VSW_PORT_STOPPED || !fwd->groups[fwd_port->group].uplink_count) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s' is not active, or has no usable uplink",
				   vsw_port_name(port));
		return -ENETDOWN;
	}
	vsw_announce(port);
	return 0;
}

/* Has a port moved, as seen from the physical switches? */
static bool vsw_announce_needed(const struct vsw_fwd *old, const struct vsw_fwd *fwd, u16 id)
{
	const struct vsw_fwd_port *before = id < old->port_limit ? &old->ports[id] : NULL;
	const struct vsw_fwd_port *after = &fwd->ports[id];

	if (!before || before->flags & VSW_PORT_STOPPED || before->dev != after->dev)
		return true;
	if (before->mac != after->mac || before->vlan != after->vlan ||
	    !before->trunk != !after->trunk || before->uplink != after->uplink)
		return true;
	return fwd->ports[after->uplink].dev != old->ports[before->uplink].dev;
}

/**
 * vsw_announce_moved() - announce the ports that a new snapshot moves
 * @sw: switch
 * @old: snapshot before
 * @fwd: snapshot after, in force
 *
 * Context: RTNL.
 */
void vsw_announce_moved(struct vsw_switch *sw, const struct vsw_fwd *old,
			const struct vsw_fwd *fwd)
{
	struct vsw_port *port;
	unsigned long id;

	if (!fwd->uplink_count)
		return;
	xa_for_each(&sw->ports, id, port)
		if (id < fwd->port_limit && vsw_announce_possible(fwd, id) &&
		    vsw_announce_needed(old, fwd, id))
			vsw_announce(port);
}

static bool vsw_announce_take_token(struct vsw_port *port)
{
	unsigned long earned = (jiffies - port->token_at) / VSW_ANNOUNCE_REFILL;

	if (earned >= VSW_ANNOUNCE_TOKENS - port->announce_tokens) {
		port->announce_tokens = VSW_ANNOUNCE_TOKENS;
		port->token_at = jiffies;
	} else {
		port->announce_tokens += earned;
		port->token_at += earned * VSW_ANNOUNCE_REFILL;
	}
	if (!port->announce_tokens)
		return false;
	port->announce_tokens--;
	return true;
}

/* Send the announcement that is due, and schedule the next. */
static void vsw_announce_step(struct vsw_port *port)
{
	unsigned int step;

	if (!vsw_announce_take_token(port)) {
		port->announce_at = port->token_at + VSW_ANNOUNCE_REFILL;
		return;
	}
	vsw_announce_send(port);
	step = ++port->announce_step;
	if (step == ARRAY_SIZE(vsw_announce_times))
		port->announcing = false;
	else
		port->announce_at = jiffies + msecs_to_jiffies(vsw_announce_times[step] -
							       vsw_announce_times[step - 1]);
}

/**
 * vsw_announce_run() - send the announcements that are due
 * @sw: switch
 *
 * Context: RTNL.
 * Return: in how many jiffies to call again.
 */
unsigned long vsw_announce_run(struct vsw_switch *sw)
{
	unsigned long id, next = MAX_JIFFY_OFFSET;
	unsigned int sent = 0;
	struct vsw_port *port;

	xa_for_each(&sw->ports, id, port) {
		if (!port->announcing)
			continue;
		if (time_after_eq(jiffies, port->announce_at)) {
			if (sent++ == VSW_ANNOUNCE_AT_ONCE)
				return VSW_ANNOUNCE_PAUSE;
			vsw_announce_step(port);
		}
		if (port->announcing)
			next = min(next, time_after(port->announce_at, jiffies) ?
						 port->announce_at - jiffies : 0);
	}
	return next;
}
