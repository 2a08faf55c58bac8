// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: of a switch, of its port groups, of ports.
 *
 * A port group inherits unset policies from its switch, a port with overrides those of its
 * port group.  Compiling a snapshot resolves them: the data path knows neither inheritance
 * nor overrides.
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

/**
 * vsw_teaming_equal() - compare two teamings
 * @a: one
 * @b: the other
 *
 * Return: whether they are the same.
 */
bool vsw_teaming_equal(const struct vsw_teaming *a, const struct vsw_teaming *b)
{
	return a->policy == b->policy && a->detection == b->detection &&
	       a->failback == b->failback && a->announce == b->announce &&
	       a->has_order == b->has_order && a->active_count == b->active_count &&
	       a->count == b->count && !memcmp(a->order, b->order, a->count * sizeof(*a->order));
}

/**
 * vsw_teaming_has() - look for an uplink among the active and standby ones
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

/**
 * vsw_teaming_remove() - take an uplink out of an order
 * @teaming: teaming
 * @id: port id of the uplink
 */
void vsw_teaming_remove(struct vsw_teaming *teaming, u16 id)
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

/**
 * vsw_trunk_range_count() - count the runs of VLANs of a trunk
 * @policies: policies with the trunk
 *
 * Return: their number, which is how many ranges a reply has.
 */
unsigned int vsw_trunk_range_count(const struct vsw_policies *policies)
{
	unsigned int first, last, count = 0;

	for_each_set_bitrange(first, last, policies->trunk, VLAN_N_VID)
		count++;
	return count;
}

static u8 vsw_policy_over(u8 own, u8 inherited)
{
	return own == VSWITCH_POLICY_INHERIT ? inherited : own;
}

static struct vsw_security vsw_security_over(const struct vsw_security *own,
					     const struct vsw_security *inherited)
{
	return (struct vsw_security){
		.promiscuous = vsw_policy_over(own->promiscuous, inherited->promiscuous),
		.mac_changes = vsw_policy_over(own->mac_changes, inherited->mac_changes),
		.forged_transmits = vsw_policy_over(own->forged_transmits,
						    inherited->forged_transmits),
		.mac_source = own->mac_source == VSWITCH_MAC_SOURCE_INHERIT ?
				      inherited->mac_source : own->mac_source,
	};
}

static struct vsw_teaming vsw_teaming_over(const struct vsw_teaming *own,
					   const struct vsw_teaming *inherited)
{
	struct vsw_teaming teaming = own->has_order ? *own : *inherited;

	teaming.policy = own->policy == VSW_INHERIT ? inherited->policy : own->policy;
	teaming.detection = own->detection == VSW_INHERIT ? inherited->detection : own->detection;
	teaming.failback = own->failback == VSW_INHERIT ? inherited->failback : own->failback;
	teaming.announce = own->announce == VSW_INHERIT ? inherited->announce : own->announce;
	return teaming;
}

/**
 * vsw_security_of() - the security policies in force for a port group or a port
 * @config: configuration or draft
 * @policies: policies of the port group, or of the port
 *
 * Return: those of @policies; the switch's for those that inherit.
 */
struct vsw_security vsw_security_of(const struct vsw_config *config,
				    const struct vsw_policies *policies)
{
	return vsw_security_over(&policies->security, &config->security);
}

/**
 * vsw_teaming_of() - the teaming in force for a port group or a port
 * @config: configuration or draft
 * @policies: policies of the port group, or of the port
 *
 * Return: that of @policies; the switch's for settings that inherit.
 */
struct vsw_teaming vsw_teaming_of(const struct vsw_config *config,
				  const struct vsw_policies *policies)
{
	return vsw_teaming_over(&policies->teaming, &config->teaming);
}

/**
 * vsw_apply_overrides() - work out the policies of a port
 * @policies: to be filled; they may still inherit from the switch
 * @portgroup: its port group
 * @overrides: its overrides, or NULL
 */
void vsw_apply_overrides(struct vsw_policies *policies, const struct vsw_portgroup *portgroup,
			 const struct vsw_overrides *overrides)
{
	const struct vsw_policies *own;

	*policies = portgroup->policies;
	if (!overrides)
		return;
	own = &overrides->policies;
	if (overrides->mask & VSWITCH_OVERRIDE_VLAN) {
		policies->vlan = own->vlan;
		policies->is_trunk = own->is_trunk;
		bitmap_copy(policies->trunk, own->trunk, VLAN_N_VID);
	}
	if (overrides->mask & VSWITCH_OVERRIDE_SECURITY)
		policies->security = vsw_security_over(&own->security, &policies->security);
	if (overrides->mask & VSWITCH_OVERRIDE_TEAMING)
		policies->teaming = vsw_teaming_over(&own->teaming, &policies->teaming);
	if (overrides->mask & VSWITCH_OVERRIDE_SHAPING)
		memcpy(policies->shaping, own->shaping, sizeof(own->shaping));
}

/**
 * vsw_teaming_of_port() - the teaming in force for a port
 * @config: configuration or draft
 * @settings: settings of a client port of it
 *
 * Return: its own, that of its port group, or the switch's.
 */
struct vsw_teaming vsw_teaming_of_port(const struct vsw_config *config,
				       const struct vsw_port_config *settings)
{
	const struct vsw_overrides *overrides = settings->overrides;
	struct vsw_teaming teaming;

	teaming = vsw_teaming_of(config, &config->portgroups[settings->portgroup]->policies);
	if (overrides && overrides->mask & VSWITCH_OVERRIDE_TEAMING)
		teaming = vsw_teaming_over(&overrides->policies.teaming, &teaming);
	return teaming;
}

/**
 * vsw_overrides_copy() - make unshared overrides
 * @old: overrides to copy, or NULL for none
 * @gfp: how to allocate
 *
 * Return: the copy, or NULL without memory.
 */
struct vsw_overrides *vsw_overrides_copy(const struct vsw_overrides *old, gfp_t gfp)
{
	struct vsw_overrides *overrides;

	overrides = old ? kmemdup(old, sizeof(*old), gfp) : kzalloc(sizeof(*overrides), gfp);
	if (overrides)
		kref_init(&overrides->ref);
	return overrides;
}

static void vsw_overrides_free(struct kref *ref)
{
	kfree(container_of(ref, struct vsw_overrides, ref));
}

/**
 * vsw_overrides_put() - give back the overrides of a port
 * @overrides: overrides, or NULL
 */
void vsw_overrides_put(struct vsw_overrides *overrides)
{
	if (overrides)
		kref_put(&overrides->ref, vsw_overrides_free);
}
