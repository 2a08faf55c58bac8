// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a configuration as a whole.
 *
 * edit_*.c checks single requests; here are the checks that concern more than one object.
 * They see the finished draft, so the changes of a transaction may come in any order.
 * (Compiling the draft, in snapshot.c, finds two ports with the same address.)
 */
#include <net/netlink.h>

#include "vswitch.h"

static int vsw_check_ip_hash(const struct vsw_portgroup *portgroup,
			     const struct vsw_teaming *teaming, struct netlink_ext_ack *extack)
{
	if (teaming->detection == VSWITCH_DETECTION_BEACON) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.24s': IP hash goes without beacon probing",
				   portgroup->name);
		return -EINVAL;
	}
	if (teaming->count > teaming->active_count) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.24s': IP hash has no standby uplinks, not %u",
				   portgroup->name, teaming->count - teaming->active_count);
		return -EINVAL;
	}
	return 0;
}

/* The settings of a port group or a port must not contradict those that it inherits. */
static int vsw_check_teaming(const struct vsw_portgroup *portgroup,
			     const struct vsw_teaming *teaming, bool is_trunk,
			     struct netlink_ext_ack *extack)
{
	if (teaming->detection == VSWITCH_DETECTION_BEACON && is_trunk) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.24s': a trunk goes without beacon probing",
				   portgroup->name);
		return -EINVAL;
	}
	if (teaming->policy == VSWITCH_TEAMING_POLICY_IP_HASH)
		return vsw_check_ip_hash(portgroup, teaming, extack);
	return 0;
}

static int vsw_check_portgroup_teamings(const struct vsw_config *draft,
					struct netlink_ext_ack *extack)
{
	const struct vsw_portgroup *portgroup;
	struct vsw_teaming teaming;
	unsigned int slot;
	int err;

	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++) {
		portgroup = draft->portgroups[slot];
		if (!portgroup)
			continue;
		teaming = vsw_teaming_of(draft, &portgroup->policies);
		err = vsw_check_teaming(portgroup, &teaming, portgroup->policies.is_trunk, extack);
		if (err)
			return err;
	}
	return 0;
}

static int vsw_check_port_teamings(const struct vsw_config *draft, struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings;
	const struct vsw_portgroup *portgroup;
	const struct vsw_overrides *overrides;
	struct vsw_teaming teaming;
	unsigned int id;
	bool is_trunk;
	int err;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++) {
		settings = draft->ports[id];
		if (!settings || !settings->overrides)
			continue;
		overrides = settings->overrides;
		portgroup = draft->portgroups[settings->portgroup];
		is_trunk = overrides->mask & VSWITCH_OVERRIDE_VLAN ?
				   overrides->policies.is_trunk : portgroup->policies.is_trunk;
		teaming = vsw_teaming_of_port(draft, settings);
		err = vsw_check_teaming(portgroup, &teaming, is_trunk, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Would a port group, or a port with a VLAN of its own, lose its privacy? */
static bool vsw_pvlan_is_lost(const struct vsw_config *old, const struct vsw_config *draft,
			      const struct vsw_policies *policies)
{
	return !policies->is_trunk && old->pvlans[policies->vlan].primary &&
	       !draft->pvlans[policies->vlan].primary;
}

static int vsw_pvlan_in_use(u16 vlan, const char *noun, const char *name,
			    struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "private VLAN %u is that of %s '%.30s'", vlan, noun, name);
	return -EBUSY;
}

/* No VLAN leaves the map of private VLANs while it is in use. */
static int vsw_check_pvlans(struct vsw_switch *sw, const struct vsw_config *draft,
			    struct netlink_ext_ack *extack)
{
	const struct vsw_overrides *overrides;
	const struct vsw_portgroup *portgroup;
	unsigned int i;

	if (!memcmp(sw->config->pvlans, draft->pvlans, sizeof(draft->pvlans)))
		return 0;
	for (i = 0; i < VSWITCH_PORTGROUPS_MAX; i++) {
		portgroup = draft->portgroups[i];
		if (portgroup && vsw_pvlan_is_lost(sw->config, draft, &portgroup->policies))
			return vsw_pvlan_in_use(portgroup->policies.vlan, "port group",
						portgroup->name, extack);
	}
	for (i = 1; i <= VSWITCH_PORTS_MAX; i++) {
		overrides = draft->ports[i] ? draft->ports[i]->overrides : NULL;
		if (overrides && overrides->mask & VSWITCH_OVERRIDE_VLAN &&
		    vsw_pvlan_is_lost(sw->config, draft, &overrides->policies))
			return vsw_pvlan_in_use(overrides->policies.vlan, "port",
						vsw_port_name(xa_load(&sw->ports, i)), extack);
	}
	return 0;
}

static const char *vsw_override_name(u8 overrides)
{
	static const char * const names[] = { "VLAN", "security", "teaming", "shaping" };

	return names[__ffs(overrides)];
}

/* Ports override only what their port groups allow. */
static int vsw_check_overrides(struct vsw_switch *sw, const struct vsw_config *draft,
			       struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings;
	const struct vsw_portgroup *portgroup;
	unsigned int id;
	u8 refused;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++) {
		settings = draft->ports[id];
		if (!settings || !settings->overrides)
			continue;
		portgroup = draft->portgroups[settings->portgroup];
		refused = settings->overrides->mask & ~portgroup->overridable;
		if (!refused)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "port '%s': port group '%.24s' does not allow %s of its own",
				   vsw_port_name(xa_load(&sw->ports, id)), portgroup->name,
				   vsw_override_name(refused));
		return -EPERM;
	}
	return 0;
}

static int vsw_mirror_refuse(const struct vsw_mirror *mirror, const char *what, u32 which,
			     struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "mirror session '%.16s': %s (%u)", mirror->name, what, which);
	return -EINVAL;
}

/* The same, because of a port */
static int vsw_mirror_refuse_port(struct vsw_switch *sw, const struct vsw_mirror *mirror,
				  const char *what, u16 id, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "mirror session '%.16s': %s '%s'", mirror->name, what,
			   vsw_port_name(xa_load(&sw->ports, id)));
	return -EINVAL;
}

static const struct vsw_port_config *vsw_mirror_port(const struct vsw_config *draft, u16 id)
{
	return id <= VSWITCH_PORTS_MAX ? draft->ports[id] : NULL;
}

static int vsw_mirror_check_destination(struct vsw_switch *sw,
					const struct vsw_config *draft,
					const struct vsw_mirror *mirror,
					struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *port = vsw_mirror_port(draft, mirror->destination);
	unsigned int i;

	if (!port)
		return vsw_mirror_refuse(mirror, "its destination is no port", mirror->destination,
					 extack);
	if (!mirror->rspan_vlan)
		return port->role == VSWITCH_ROLE_UNASSIGNED ? 0 :
		       vsw_mirror_refuse_port(sw, mirror,
					      "its destination has a role or a port group:",
					      mirror->destination, extack);
	if (port->role != VSWITCH_ROLE_UPLINK)
		return vsw_mirror_refuse_port(sw, mirror, "an RSPAN VLAN needs an uplink, not",
					      mirror->destination, extack);
	if (mirror->rspan_vlan > VSWITCH_VLAN_MAX)
		return vsw_mirror_refuse(mirror, "its RSPAN VLAN is out of range (1-4094)",
					 mirror->rspan_vlan, extack);
	for (i = 0; i < VSWITCH_PORTGROUPS_MAX; i++)
		if (draft->portgroups[i] && !draft->portgroups[i]->policies.is_trunk &&
		    draft->portgroups[i]->policies.vlan == mirror->rspan_vlan)
			return vsw_mirror_refuse(mirror, "a port group has its RSPAN VLAN",
						 mirror->rspan_vlan, extack);
	return 0;
}

static bool vsw_mirror_has_source(const struct vsw_mirror *mirror, unsigned int id)
{
	return test_bit(id, mirror->ingress) || test_bit(id, mirror->egress);
}

/* No copy is copied: the destination of a session is the source of none. */
static int vsw_mirror_check_loop(struct vsw_switch *sw, const struct vsw_config *draft,
				 const struct vsw_mirror *mirror, struct netlink_ext_ack *extack)
{
	const struct vsw_mirror *other;
	unsigned int i;

	if (vsw_mirror_has_source(mirror, mirror->destination))
		return vsw_mirror_refuse_port(sw, mirror, "its destination is a source, too:",
					      mirror->destination, extack);
	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++) {
		other = draft->mirrors[i];
		if (!other)
			continue;
		if (vsw_mirror_has_source(mirror, other->destination))
			return vsw_mirror_refuse_port(sw, mirror,
						      "a source is the destination of a session:",
						      other->destination, extack);
		if (other->rspan_vlan && test_bit(other->rspan_vlan, mirror->vlans))
			return vsw_mirror_refuse(mirror, "a mirror of an RSPAN VLAN",
						 other->rspan_vlan, extack);
	}
	return 0;
}

static int vsw_mirror_check_sources(const struct vsw_config *draft, const struct vsw_mirror *mirror,
				    struct netlink_ext_ack *extack)
{
	unsigned int id;

	for (id = 0; id <= VSWITCH_PORTS_MAX; id++)
		if (!draft->ports[id] && vsw_mirror_has_source(mirror, id))
			return vsw_mirror_refuse(mirror, "a source is no port", id, extack);
	return 0;
}

/* Mirror sessions must not contradict ports, port groups and each other. */
static int vsw_check_mirrors(struct vsw_switch *sw, const struct vsw_config *draft,
			     struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++) {
		if (!draft->mirrors[i])
			continue;
		err = vsw_mirror_check_destination(sw, draft, draft->mirrors[i], extack);
		err = err ?: vsw_mirror_check_sources(draft, draft->mirrors[i], extack);
		if (err)
			return err;
	}
	/* Their ports exist. */
	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++) {
		if (!draft->mirrors[i])
			continue;
		err = vsw_mirror_check_loop(sw, draft, draft->mirrors[i], extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * vsw_config_check() - refuse a draft that contradicts itself
 * @sw: switch
 * @draft: draft of its configuration
 * @extack: says why a request is refused
 *
 * Return: 0, -EINVAL, -EPERM or -EBUSY.
 */
int vsw_config_check(struct vsw_switch *sw, const struct vsw_config *draft,
		     struct netlink_ext_ack *extack)
{
	int err;

	err = vsw_check_portgroup_teamings(draft, extack);
	err = err ?: vsw_check_pvlans(sw, draft, extack);
	err = err ?: vsw_check_overrides(sw, draft, extack);
	err = err ?: vsw_check_mirrors(sw, draft, extack);
	return err ?: vsw_check_port_teamings(draft, extack);
}
