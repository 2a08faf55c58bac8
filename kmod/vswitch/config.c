// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of a switch: immutable when published, edited as a clone.
 *
 * Context of all functions: RTNL, on configurations that the caller owns.
 */
#include <linux/slab.h>

#include "vswitch.h"

#define VSW_UP_DELAY	100		/* ms, as Net.TeamPolicyUpDelay of ESXi */

/**
 * vsw_config_create() - allocate the configuration of a new switch
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
 * @config: configuration to clone
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

static void vsw_port_config_free(struct kref *ref)
{
	struct vsw_port_config *settings = container_of(ref, struct vsw_port_config, ref);

	vsw_overrides_put(settings->overrides);
	kfree(settings);
}

/**
 * vsw_config_free() - free a configuration or a draft
 * @config: configuration; the data path never reads it
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
 * Return: an unshared port group, or NULL without memory.
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
 * vsw_config_set_port() - replace the settings of a port in a draft
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
		if (copy->overrides)
			kref_get(&copy->overrides->ref);
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

/* Take an uplink out of the overrides of a port. */
static void vsw_port_forget_uplink(struct vsw_config *draft, u16 port, u16 id, gfp_t gfp)
{
	const struct vsw_port_config *old = draft->ports[port];
	struct vsw_port_config *settings;

	settings = kmemdup(old, struct_size(old, macs, old->mac_count), gfp);
	settings->overrides = vsw_overrides_copy(old->overrides, gfp);
	vsw_teaming_remove(&settings->overrides->policies.teaming, id);
	vsw_config_set_port(draft, port, settings, gfp);
	vsw_overrides_put(settings->overrides);
	kfree(settings);
}

/**
 * vsw_config_forget_uplink() - take an uplink out of all teaming orders
 * @draft: draft
 * @id: port id of the uplink
 * @gfp: how to allocate, with __GFP_NOFAIL
 *
 * An order that is left without uplinks stays: its traffic has no uplink until
 * the administrator sets one, as on ESXi.
 */
void vsw_config_forget_uplink(struct vsw_config *draft, u16 id, gfp_t gfp)
{
	const struct vsw_port_config *settings;
	struct vsw_portgroup *portgroup;
	u16 slot, port;

	vsw_teaming_remove(&draft->teaming, id);
	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++) {
		portgroup = draft->portgroups[slot];
		if (!portgroup || !vsw_teaming_has(&portgroup->policies.teaming, id))
			continue;
		portgroup = vsw_config_edit_portgroup(draft, slot, gfp);
		vsw_teaming_remove(&portgroup->policies.teaming, id);
	}
	for (port = 1; port <= VSWITCH_PORTS_MAX; port++) {
		settings = draft->ports[port];
		if (settings && settings->overrides &&
		    vsw_teaming_has(&settings->overrides->policies.teaming, id))
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
