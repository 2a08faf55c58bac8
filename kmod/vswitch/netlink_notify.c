// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink notifications.  A commit sends the difference between the configurations
 * before and after it, one message for each object.
 */
#include "netlink_gen.h"
#include "show.h"
#include "snapshot.h"

/* An empty message, or NULL if nobody listens */
static struct sk_buff *vsw_notify_start(const struct vsw_switch *sw, unsigned int group)
{
	if (!genl_has_listeners(&vsw_genl_family, dev_net(sw->dev), group))
		return NULL;
	return genlmsg_new(VSW_MESSAGE_SIZE, GFP_KERNEL);
}

/* Send a message, unless an attribute did not fit. */
static void vsw_notify_send(const struct vsw_switch *sw, struct sk_buff *skb, unsigned int group,
			    bool complete)
{
	if (complete)
		genlmsg_multicast_netns(&vsw_genl_family, dev_net(sw->dev), skb, 0, group,
					GFP_KERNEL);
	else
		nlmsg_free(skb);
}

static void vsw_notify_switch(const struct vsw_switch *sw)
{
	struct vsw_message message = { .cmd = VSWITCH_CMD_SWITCH_NTF };

	message.skb = vsw_notify_start(sw, VSWITCH_NLGRP_CONFIG);
	if (message.skb)
		vsw_notify_send(sw, message.skb, VSWITCH_NLGRP_CONFIG,
				!vsw_put_switch(&message, sw));
}

typedef int (*vsw_put_fn)(const struct vsw_message *message, const struct vsw_switch *sw,
			  u16 which);

/* An object is new or has changed: number @which of the kind that @put knows. */
static void vsw_notify_object(const struct vsw_switch *sw, u8 cmd, vsw_put_fn put, u16 which)
{
	struct vsw_message message = { .cmd = cmd };

	message.skb = vsw_notify_start(sw, VSWITCH_NLGRP_CONFIG);
	if (message.skb)
		vsw_notify_send(sw, message.skb, VSWITCH_NLGRP_CONFIG, !put(&message, sw, which));
}

/* An object is gone: the attribute @key_attr named it, with @len bytes of @key. */
static void vsw_notify_object_del(const struct vsw_switch *sw, u8 cmd, int switch_attr,
				  int key_attr, const void *key, int len)
{
	struct sk_buff *skb = vsw_notify_start(sw, VSWITCH_NLGRP_CONFIG);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &vsw_genl_family, 0, cmd);
	nla_put_u32(skb, switch_attr, sw->dev->ifindex);
	nla_put(skb, key_attr, len, key);
	genlmsg_end(skb, header);
	vsw_notify_send(sw, skb, VSWITCH_NLGRP_CONFIG, true);
}

/* Put the identity of a port, for notifications without its settings. */
static void *vsw_notify_put_port(struct sk_buff *skb, const struct vsw_port *port, u8 cmd)
{
	void *header = genlmsg_put(skb, 0, 0, &vsw_genl_family, 0, cmd);

	nla_put_u32(skb, VSWITCH_A_PORT_SWITCH, port->sw->dev->ifindex);
	nla_put_u32(skb, VSWITCH_A_PORT_ID, port->id);
	if (!port->absent)
		nla_put_u32(skb, VSWITCH_A_PORT_IFINDEX, port->dev->ifindex);
	nla_put_string(skb, VSWITCH_A_PORT_NAME, vsw_port_name(port));
	return header;
}

/**
 * vsw_notify_port_del() - notify that a port leaves
 * @port: port, with its device
 *
 * Context: RTNL.
 */
void vsw_notify_port_del(const struct vsw_port *port)
{
	struct sk_buff *skb = vsw_notify_start(port->sw, VSWITCH_NLGRP_CONFIG);

	if (!skb)
		return;
	genlmsg_end(skb, vsw_notify_put_port(skb, port, VSWITCH_CMD_PORT_DEL_NTF));
	vsw_notify_send(port->sw, skb, VSWITCH_NLGRP_CONFIG, true);
}

/**
 * vsw_notify_port() - notify a change of a port
 * @port: port
 *
 * Context: RTNL.
 */
void vsw_notify_port(const struct vsw_port *port)
{
	struct vsw_message message = { .cmd = VSWITCH_CMD_PORT_NTF };

	message.skb = vsw_notify_start(port->sw, VSWITCH_NLGRP_CONFIG);
	if (message.skb)
		vsw_notify_send(port->sw, message.skb, VSWITCH_NLGRP_CONFIG,
				!vsw_put_port(&message, port));
}

/**
 * vsw_notify_link() - notify that the link of a port went up or down
 * @port: port
 *
 * Context: RTNL.
 */
void vsw_notify_link(const struct vsw_port *port)
{
	struct sk_buff *skb = vsw_notify_start(port->sw, VSWITCH_NLGRP_EVENT);
	void *header;

	if (!skb)
		return;
	header = vsw_notify_put_port(skb, port, VSWITCH_CMD_LINK_NTF);
	nla_put_u8(skb, VSWITCH_A_PORT_ROLE, port->sw->config->ports[port->id]->role);
	nla_put_u8(skb, VSWITCH_A_PORT_LINK, port->link);
	genlmsg_end(skb, header);
	vsw_notify_send(port->sw, skb, VSWITCH_NLGRP_EVENT, true);
}

static void vsw_notify_uplink(const struct vsw_switch *sw, u16 slot, u16 old, u16 uplink)
{
	struct sk_buff *skb = vsw_notify_start(sw, VSWITCH_NLGRP_EVENT);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &vsw_genl_family, 0, VSWITCH_CMD_FAILOVER_NTF);
	nla_put_u32(skb, VSWITCH_A_FAILOVER_SWITCH, sw->dev->ifindex);
	nla_put_string(skb, VSWITCH_A_FAILOVER_PORTGROUP, sw->config->portgroups[slot]->name);
	if (old != VSW_NO_UPLINK)
		nla_put_u32(skb, VSWITCH_A_FAILOVER_OLD_UPLINK, old);
	if (uplink != VSW_NO_UPLINK)
		nla_put_u32(skb, VSWITCH_A_FAILOVER_NEW_UPLINK, uplink);
	genlmsg_end(skb, header);
	vsw_notify_send(sw, skb, VSWITCH_NLGRP_EVENT, true);
}

static bool vsw_group_uses(const struct vsw_fwd_group *group, u16 uplink)
{
	unsigned int i;

	for (i = 0; i < group->uplink_count; i++)
		if (group->uplinks[i] == uplink)
			return true;
	return false;
}

/* The next uplink that one group uses and the other does not */
static u16 vsw_next_difference(const struct vsw_fwd_group *group, const struct vsw_fwd_group *other,
			       unsigned int *position)
{
	while (*position < group->uplink_count) {
		u16 uplink = group->uplinks[(*position)++];

		if (!vsw_group_uses(other, uplink))
			return uplink;
	}
	return VSW_NO_UPLINK;
}

/*
 * One message for each uplink that replaced another.  If there are fewer or more
 * than before, the first of the others has, or had, the traffic.
 */
static void vsw_notify_group(const struct vsw_switch *sw, u16 slot,
			     const struct vsw_fwd_group *before, const struct vsw_fwd_group *after)
{
	unsigned int i = 0, j = 0;
	u16 old, uplink;

	for (;;) {
		old = vsw_next_difference(before, after, &i);
		uplink = vsw_next_difference(after, before, &j);
		if (old == VSW_NO_UPLINK && uplink == VSW_NO_UPLINK)
			return;
		if (old == VSW_NO_UPLINK && before->uplink_count)
			old = before->uplinks[0];
		if (uplink == VSW_NO_UPLINK && after->uplink_count)
			uplink = after->uplinks[0];
		vsw_notify_uplink(sw, slot, old, uplink);
	}
}

/**
 * vsw_notify_failover() - notify which port groups use other uplinks than before
 * @sw: switch, with the configuration of @fwd
 * @old: snapshot before
 * @fwd: snapshot after
 *
 * Context: RTNL.
 */
void vsw_notify_failover(struct vsw_switch *sw, const struct vsw_fwd *old,
			 const struct vsw_fwd *fwd)
{
	u16 slot, limit = min(old->group_limit, fwd->group_limit);

	for (slot = 0; slot < limit; slot++)
		if (sw->config->portgroups[slot])
			vsw_notify_group(sw, slot, &old->groups[slot], &fwd->groups[slot]);
}

static void vsw_notify_portgroups(struct vsw_switch *sw, const struct vsw_config *old,
				  const struct vsw_config *config)
{
	const struct vsw_portgroup *before, *after;
	u16 slot;

	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++) {
		before = old->portgroups[slot];
		after = config->portgroups[slot];
		if (before && vsw_config_find_portgroup(config, before->name) < 0)
			vsw_notify_object_del(sw, VSWITCH_CMD_PORTGROUP_DEL_NTF,
					      VSWITCH_A_PORTGROUP_SWITCH, VSWITCH_A_PORTGROUP_NAME,
					      before->name, strlen(before->name) + 1);
		if (after && after != before)
			vsw_notify_object(sw, VSWITCH_CMD_PORTGROUP_NTF, vsw_put_portgroup, slot);
	}
}

static bool vsw_pvlan_differs(const struct vsw_config *a, const struct vsw_config *b, u16 primary)
{
	unsigned int vlan;

	for (vlan = 1; vlan < VLAN_N_VID; vlan++)
		if ((a->pvlans[vlan].primary == primary || b->pvlans[vlan].primary == primary) &&
		    (a->pvlans[vlan].primary != b->pvlans[vlan].primary ||
		     a->pvlans[vlan].type != b->pvlans[vlan].type))
			return true;
	return false;
}

static void vsw_notify_pvlans(const struct vsw_switch *sw, const struct vsw_config *old,
			      const struct vsw_config *config)
{
	bool was, is;
	u16 vlan;

	if (!memcmp(old->pvlans, config->pvlans, sizeof(old->pvlans)))
		return;
	for (vlan = 1; vlan < VLAN_N_VID; vlan++) {
		was = old->pvlans[vlan].primary == vlan;
		is = config->pvlans[vlan].primary == vlan;
		if (was && !is)
			vsw_notify_object_del(sw, VSWITCH_CMD_PVLAN_DEL_NTF, VSWITCH_A_PVLAN_SWITCH,
					      VSWITCH_A_PVLAN_PRIMARY, &vlan, sizeof(vlan));
		else if (is && (!was || vsw_pvlan_differs(old, config, vlan)))
			vsw_notify_object(sw, VSWITCH_CMD_PVLAN_NTF, vsw_put_pvlan, vlan);
	}
}

static void vsw_notify_mirrors(const struct vsw_switch *sw, const struct vsw_config *old,
			       const struct vsw_config *config)
{
	const struct vsw_mirror *before, *after;
	u16 slot;

	for (slot = 0; slot < VSWITCH_MIRRORS_MAX; slot++) {
		before = old->mirrors[slot];
		after = config->mirrors[slot];
		if (before && vsw_mirror_find(config, before->name) < 0)
			vsw_notify_object_del(sw, VSWITCH_CMD_MIRROR_DEL_NTF,
					      VSWITCH_A_MIRROR_SWITCH, VSWITCH_A_MIRROR_NAME,
					      before->name, strlen(before->name) + 1);
		if (after && after != before)
			vsw_notify_object(sw, VSWITCH_CMD_MIRROR_NTF, vsw_put_mirror, slot);
	}
}

static void vsw_notify_ports(struct vsw_switch *sw, const struct vsw_config *old,
			     const struct vsw_config *config)
{
	const struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		if (config->ports[id] && config->ports[id] != old->ports[id])
			vsw_notify_port(port);
}

/**
 * vsw_notify_config() - notify the changes of a commit
 * @sw: switch
 * @old: configuration before
 * @config: configuration after, in force
 *
 * Context: RTNL.
 */
void vsw_notify_config(struct vsw_switch *sw, const struct vsw_config *old,
		       const struct vsw_config *config)
{
	if (!genl_has_listeners(&vsw_genl_family, dev_net(sw->dev), VSWITCH_NLGRP_CONFIG))
		return;
	if (memcmp(&old->security, &config->security, sizeof(old->security)) ||
	    !vsw_teaming_equal(&old->teaming, &config->teaming) ||
	    old->up_delay != config->up_delay)
		vsw_notify_switch(sw);
	vsw_notify_portgroups(sw, old, config);
	vsw_notify_pvlans(sw, old, config);
	vsw_notify_mirrors(sw, old, config);
	vsw_notify_ports(sw, old, config);
}
