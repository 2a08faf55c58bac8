// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of a switch: immutable when published, edited as a clone.
 *
 * Everything here is done under RTNL, on configurations that the caller owns.
 */
#include <linux/slab.h>

#include "vswitch.h"

/* Teaming of a new switch */
const struct vsw_teaming vsw_teaming_default = {
	.policy = VSWITCH_TEAMING_POLICY_PORT_ID,
	.detection = VSWITCH_DETECTION_LINK,
	.failback = true,
	.announce = true,
};

/* Teaming of a new port group */
const struct vsw_teaming vsw_teaming_inherit = {
	.policy = VSW_INHERIT,
	.detection = VSW_INHERIT,
	.failback = VSW_INHERIT,
	.announce = VSW_INHERIT,
};

/* Security of a new port group */
const struct vsw_security vsw_security_inherit = {
	.promiscuous = VSWITCH_POLICY_INHERIT,
	.mac_changes = VSWITCH_POLICY_INHERIT,
	.forged_transmits = VSWITCH_POLICY_INHERIT,
	.mac_source = VSWITCH_MAC_SOURCE_INHERIT,
};

#define VSW_UP_DELAY	100		/* ms, as Net.TeamPolicyUpDelay of ESXi */

/**
 * vsw_config_create() - make the configuration of a new switch
 *
 * Return: the configuration (all policies reject, uplinks by port id), or NULL
 * without memory.
 */
struct vsw_config *vsw_config_create(void)
{
	struct vsw_config *config;

	config = kvzalloc(sizeof(*config), GFP_KERNEL_ACCOUNT);
	if (!config)
		return NULL;
	config->teaming = vsw_teaming_default;
	config->up_delay = VSW_UP_DELAY;
	return config;
}

/**
 * vsw_config_clone() - make a draft of a configuration
 * @config: what to clone
 * @gfp: how to allocate
 *
 * Return: a draft that shares all port groups and ports with @config, or NULL
 * without memory.  Free it with vsw_config_free(), or hand it to vsw_commit().
 */
struct vsw_config *vsw_config_clone(const struct vsw_config *config, gfp_t gfp)
{
	struct vsw_config *draft = kvmalloc(sizeof(*draft), gfp);
	unsigned int i;

	ASSERT_RTNL();
	if (!draft)
		return NULL;
	*draft = *config;
	for (i = 0; i < ARRAY_SIZE(draft->portgroups); i++)
		if (draft->portgroups[i])
			kref_get(&draft->portgroups[i]->ref);
	for (i = 0; i < ARRAY_SIZE(draft->ports); i++)
		if (draft->ports[i])
			kref_get(&draft->ports[i]->ref);
	for (i = 0; i < ARRAY_SIZE(draft->mirrors); i++)
		if (draft->mirrors[i])
			kref_get(&draft->mirrors[i]->ref);
	return draft;
}

static void vsw_portgroup_free(struct kref *ref)
{
	kfree(container_of(ref, struct vsw_portgroup, ref));
}

/**
 * vsw_portgroup_put() - give back a port group, or the overrides of a port
 * @portgroup: what is not needed any more, or NULL
 */
void vsw_portgroup_put(struct vsw_portgroup *portgroup)
{
	if (portgroup)
		kref_put(&portgroup->ref, vsw_portgroup_free);
}

static void vsw_port_config_free(struct kref *ref)
{
	struct vsw_port_config *settings = container_of(ref, struct vsw_port_config, ref);

	vsw_portgroup_put(settings->own);
	kfree(settings);
}

/**
 * vsw_config_free() - free a configuration or a draft
 * @config: what to free; the data path never looks at it
 */
void vsw_config_free(struct vsw_config *config)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->portgroups); i++)
		if (config->portgroups[i])
			kref_put(&config->portgroups[i]->ref, vsw_portgroup_free);
	for (i = 0; i < ARRAY_SIZE(config->ports); i++)
		if (config->ports[i])
			kref_put(&config->ports[i]->ref, vsw_port_config_free);
	for (i = 0; i < ARRAY_SIZE(config->mirrors); i++)
		vsw_mirror_put(config->mirrors[i]);
	kvfree(config);
}

/**
 * vsw_config_edit_portgroup() - get a port group of a draft for writing
 * @draft: draft
 * @slot: slot of the port group; if it is free, a new one is put there
 * @gfp: how to allocate
 *
 * Return: a port group that nobody shares, or NULL without memory.
 */
struct vsw_portgroup *vsw_config_edit_portgroup(struct vsw_config *draft, u16 slot, gfp_t gfp)
{
	struct vsw_portgroup *old = draft->portgroups[slot];
	struct vsw_portgroup *portgroup;

	portgroup = kzalloc(sizeof(*portgroup), gfp);
	if (!portgroup)
		return NULL;
	if (old) {
		*portgroup = *old;
		kref_put(&old->ref, vsw_portgroup_free);
	}
	kref_init(&portgroup->ref);
	draft->portgroups[slot] = portgroup;
	return portgroup;
}

/**
 * vsw_config_remove_portgroup() - take a port group out of a draft
 * @draft: draft, where no port is in the port group
 * @slot: slot of the port group
 */
void vsw_config_remove_portgroup(struct vsw_config *draft, u16 slot)
{
	kref_put(&draft->portgroups[slot]->ref, vsw_portgroup_free);
	draft->portgroups[slot] = NULL;
}

/**
 * vsw_config_set_port() - give a port of a draft other settings
 * @draft: draft
 * @id: id of the port
 * @settings: its new settings, copied; NULL removes the port
 * @gfp: how to allocate
 *
 * Return: 0, or -ENOMEM (never if @settings is NULL).
 */
int vsw_config_set_port(struct vsw_config *draft, u16 id, const struct vsw_port_config *settings,
			gfp_t gfp)
{
	struct vsw_port_config *copy = NULL;

	if (settings) {
		copy = kmemdup(settings, struct_size(settings, macs, settings->mac_count), gfp);
		if (!copy)
			return -ENOMEM;
		kref_init(&copy->ref);
		if (copy->own)
			kref_get(&copy->own->ref);
	}
	if (draft->ports[id])
		kref_put(&draft->ports[id]->ref, vsw_port_config_free);
	draft->ports[id] = copy;
	return 0;
}

/**
 * vsw_config_find_portgroup() - find a port group by its name
 * @config: configuration or draft
 * @name: its name
 *
 * Return: its slot, or -ENOENT.
 */
int vsw_config_find_portgroup(const struct vsw_config *config, const char *name)
{
	int slot;

	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++)
		if (config->portgroups[slot] && !strcmp(config->portgroups[slot]->name, name))
			return slot;
	return -ENOENT;
}

/**
 * vsw_config_uplink_count() - count the uplinks of a configuration
 * @config: configuration or draft
 *
 * Return: their number.
 */
unsigned int vsw_config_uplink_count(const struct vsw_config *config)
{
	unsigned int id, count = 0;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++)
		count += config->ports[id] && config->ports[id]->role == VSWITCH_ROLE_UPLINK;
	return count;
}

/**
 * vsw_teaming_equal() - are two teamings the same
 * @a: one
 * @b: the other
 *
 * Return: whether they are.
 */
bool vsw_teaming_equal(const struct vsw_teaming *a, const struct vsw_teaming *b)
{
	return a->policy == b->policy && a->detection == b->detection &&
	       a->failback == b->failback && a->announce == b->announce &&
	       a->has_order == b->has_order && a->active_count == b->active_count &&
	       a->count == b->count && !memcmp(a->order, b->order, a->count * sizeof(*a->order));
}

/**
 * vsw_teaming_has() - is an uplink active or standby
 * @teaming: teaming
 * @id: port id of the uplink
 *
 * Return: whether the order names it.
 */
bool vsw_teaming_has(const struct vsw_teaming *teaming, u16 id)
{
	unsigned int i;

	for (i = 0; i < teaming->count; i++)
		if (teaming->order[i] == id)
			return true;
	return false;
}

static void vsw_teaming_remove(struct vsw_teaming *teaming, u16 id)
{
	unsigned int i, kept = 0, active = 0;

	for (i = 0; i < teaming->count; i++) {
		if (teaming->order[i] == id)
			continue;
		active += i < teaming->active_count;
		teaming->order[kept++] = teaming->order[i];
	}
	teaming->count = kept;
	teaming->active_count = active;
}

/* The overrides of a port without an uplink */
static void vsw_port_forget_uplink(struct vsw_config *draft, u16 port, u16 id, gfp_t gfp)
{
	const struct vsw_port_config *old = draft->ports[port];
	struct vsw_port_config *settings;
	struct vsw_portgroup *own;

	own = kmemdup(old->own, sizeof(*own), gfp);
	settings = kmemdup(old, struct_size(old, macs, old->mac_count), gfp);
	kref_init(&own->ref);
	vsw_teaming_remove(&own->teaming, id);
	settings->own = own;
	vsw_config_set_port(draft, port, settings, gfp);
	vsw_portgroup_put(own);
	kfree(settings);
}

/**
 * vsw_config_forget_uplink() - take an uplink out of all teaming orders
 * @draft: draft
 * @id: port id of the uplink
 * @gfp: how to allocate, with __GFP_NOFAIL
 *
 * An order that names no uplink any more stays: its traffic has no uplink
 * until the administrator says otherwise, as on ESXi.
 */
void vsw_config_forget_uplink(struct vsw_config *draft, u16 id, gfp_t gfp)
{
	const struct vsw_port_config *settings;
	struct vsw_portgroup *portgroup;
	u16 slot, port;

	vsw_teaming_remove(&draft->teaming, id);
	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++) {
		portgroup = draft->portgroups[slot];
		if (!portgroup || !vsw_teaming_has(&portgroup->teaming, id))
			continue;
		portgroup = vsw_config_edit_portgroup(draft, slot, gfp);
		vsw_teaming_remove(&portgroup->teaming, id);
	}
	for (port = 1; port <= VSWITCH_PORTS_MAX; port++) {
		settings = draft->ports[port];
		if (settings && settings->own && vsw_teaming_has(&settings->own->teaming, id))
			vsw_port_forget_uplink(draft, port, id, gfp);
	}
}

/**
 * vsw_config_remove_port() - take a port out of a draft
 * @draft: draft
 * @id: id of the port
 * @gfp: how to allocate, with __GFP_NOFAIL
 */
void vsw_config_remove_port(struct vsw_config *draft, u16 id, gfp_t gfp)
{
	vsw_config_forget_uplink(draft, id, gfp);
	vsw_mirrors_forget_port(draft, id, gfp);
	vsw_config_set_port(draft, id, NULL, gfp);
}

static u8 vsw_policy(u8 of_portgroup, u8 of_switch)
{
	return of_portgroup == VSWITCH_POLICY_INHERIT ? of_switch : of_portgroup;
}

/**
 * vsw_security_of() - the security policies that hold for a port group
 * @config: configuration or draft
 * @portgroup: port group of it
 *
 * Return: its own policies, and those of the switch where it has none.
 */
struct vsw_security vsw_security_of(const struct vsw_config *config,
				    const struct vsw_portgroup *portgroup)
{
	return vsw_security_over(&portgroup->security, &config->security);
}

/**
 * vsw_security_over() - security policies, where they are not inherited
 * @own: policies
 * @inherited: policies to inherit
 *
 * Return: those of @own, and those of @inherited where it inherits.
 */
struct vsw_security vsw_security_over(const struct vsw_security *own,
				      const struct vsw_security *inherited)
{
	return (struct vsw_security){
		.promiscuous = vsw_policy(own->promiscuous, inherited->promiscuous),
		.mac_changes = vsw_policy(own->mac_changes, inherited->mac_changes),
		.forged_transmits = vsw_policy(own->forged_transmits, inherited->forged_transmits),
		.mac_source = own->mac_source == VSWITCH_MAC_SOURCE_INHERIT ?
				      inherited->mac_source : own->mac_source,
	};
}

/**
 * vsw_teaming_of() - the teaming that holds for a port group
 * @config: configuration or draft
 * @portgroup: port group of it
 *
 * Return: its own teaming, and that of the switch where it has none.
 */
struct vsw_teaming vsw_teaming_of(const struct vsw_config *config,
				  const struct vsw_portgroup *portgroup)
{
	return vsw_teaming_over(&portgroup->teaming, &config->teaming);
}

/**
 * vsw_teaming_over() - a teaming, where it is not inherited
 * @own: teaming
 * @inherited: teaming to inherit
 *
 * Return: @own, and what @inherited has where it inherits.
 */
struct vsw_teaming vsw_teaming_over(const struct vsw_teaming *own,
				    const struct vsw_teaming *inherited)
{
	struct vsw_teaming teaming = own->has_order ? *own : *inherited;

	teaming.policy = own->policy == VSW_INHERIT ? inherited->policy : own->policy;
	teaming.detection = own->detection == VSW_INHERIT ? inherited->detection : own->detection;
	teaming.failback = own->failback == VSW_INHERIT ? inherited->failback : own->failback;
	teaming.announce = own->announce == VSW_INHERIT ? inherited->announce : own->announce;
	return teaming;
}

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

/* Ports with overrides: each as a port group of its own */
static int vsw_check_own_teamings(const struct vsw_config *draft, struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings;
	const struct vsw_portgroup *portgroup;
	struct vsw_teaming teaming;
	unsigned int id;
	int err;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++) {
		settings = draft->ports[id];
		if (!settings || !settings->own)
			continue;
		portgroup = draft->portgroups[settings->portgroup];
		teaming = vsw_teaming_of_port(draft, settings);
		err = vsw_check_teaming(portgroup, &teaming,
					settings->own->overrides & VSWITCH_OVERRIDE_VLAN ?
						settings->own->is_trunk : portgroup->is_trunk,
					extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * vsw_config_check() - refuse what does not go together
 * @sw: switch
 * @draft: draft of its configuration
 * @extack: gets the reason of a refusal
 *
 * What a port group has and what it inherits must go together, whichever of
 * them changed, and what a port overrides and what its port group allows.  As
 * the draft is looked at as a whole, the order of the changes in it is free.
 *
 * Return: 0, -EINVAL, -EPERM or -EBUSY.
 */
int vsw_config_check(struct vsw_switch *sw, const struct vsw_config *draft,
		     struct netlink_ext_ack *extack)
{
	struct vsw_teaming teaming;
	u16 slot;
	int err;

	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++) {
		if (!draft->portgroups[slot])
			continue;
		teaming = vsw_teaming_of(draft, draft->portgroups[slot]);
		err = vsw_check_teaming(draft->portgroups[slot], &teaming,
					draft->portgroups[slot]->is_trunk, extack);
		if (err)
			return err;
	}
	err = vsw_check_pvlans(sw->config, draft, extack);
	err = err ?: vsw_check_overrides(sw, draft, extack);
	err = err ?: vsw_check_mirrors(sw, draft, extack);
	return err ?: vsw_check_own_teamings(draft, extack);
}
