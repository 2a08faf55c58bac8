// SPDX-License-Identifier: GPL-2.0
/*
 * Compile the configuration and the state of devices into the forwarding snapshot,
 * struct vsw_fwd, which the data path (forward.c) reads.  Under RTNL.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "snapshot.h"
#include "team.h"

/**
 * struct vsw_fwd_sizes - sizes of the arrays of a snapshot
 * @ports: ids, from 0
 * @groups: slots of port groups
 * @own: ports with overrides
 * @trunks: port groups with a trunk, and ports with overrides
 * @features: client ports that may have optional features
 * @domains: VLANs, if some are private
 * @members: client ports
 * @macs: addresses of client ports
 */
struct vsw_fwd_sizes {
	unsigned int ports;
	unsigned int groups;
	unsigned int own;
	unsigned int trunks;
	unsigned int features;
	unsigned int domains;
	unsigned int members;
	unsigned int macs;
};

static bool vsw_has_features(const struct vsw_portgroup *portgroup,
			     const struct vsw_policies *policies)
{
	return policies->shaping[VSW_INGRESS].average || policies->shaping[VSW_EGRESS].average ||
	       portgroup->learning.limit || portgroup->snooping || portgroup->link_local;
}

static void vsw_fwd_measure_port(struct vsw_fwd_sizes *sizes, const struct vsw_config *config,
				 const struct vsw_port_config *settings,
				 const struct vsw_port *port)
{
	const struct vsw_portgroup *portgroup;

	if (settings->role != VSWITCH_ROLE_CLIENT)
		return;
	portgroup = config->portgroups[settings->portgroup];
	sizes->members++;
	sizes->macs += settings->mac_count;
	sizes->own += !!settings->overrides;
	sizes->trunks += !!settings->overrides;
	sizes->features += port->is_vmknic ||
			   vsw_has_features(portgroup, &portgroup->policies) ||
			   (settings->overrides &&
			    vsw_has_features(portgroup, &settings->overrides->policies));
}

/* Sources of mirror sessions, whatever their role */
static unsigned int vsw_fwd_measure_mirrored(const struct vsw_config *config)
{
	unsigned int i, count = 0;

	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++)
		if (config->mirrors[i])
			count += bitmap_weight(config->mirrors[i]->egress, VSWITCH_PORTS_MAX + 1);
	return count;
}

static struct vsw_fwd_sizes vsw_fwd_measure(struct vsw_switch *sw,
					    const struct vsw_config *config)
{
	struct vsw_fwd_sizes sizes = { .ports = 1 };
	unsigned int i;

	for (i = 0; i < VSWITCH_PORTGROUPS_MAX; i++) {
		if (!config->portgroups[i])
			continue;
		sizes.groups = i + 1;
		sizes.trunks += config->portgroups[i]->policies.is_trunk;
	}
	for (i = 1; i <= VSWITCH_PORTS_MAX; i++) {
		if (!config->ports[i])
			continue;
		sizes.ports = i + 1;
		vsw_fwd_measure_port(&sizes, config, config->ports[i], xa_load(&sw->ports, i));
	}
	if (memchr_inv(config->pvlans, 0, sizeof(config->pvlans)))
		sizes.domains = VLAN_N_VID;
	sizes.features += vsw_fwd_measure_mirrored(config);
	return sizes;
}

/**
 * struct vsw_fwd_room - a snapshot under construction
 * @sw: its switch
 * @config: configuration that is compiled
 * @trunks: room for bitmaps of VLANs
 * @features: room for optional features
 * @members: room for the members of port groups
 * @policies: those in force for the port with overrides that is being compiled
 */
struct vsw_fwd_room {
	struct vsw_switch *sw;
	const struct vsw_config *config;
	unsigned long *trunks;
	struct vsw_fwd_features *features;
	u16 *members;
	struct vsw_policies *policies;
};

/*
 * The arrays follow the snapshot, most aligned first.  As the snapshot itself is
 * larger than two pages, the block starts on a page.
 */
static struct vsw_fwd *vsw_fwd_alloc(const struct vsw_fwd_sizes *sizes, gfp_t gfp,
				     struct vsw_fwd_room *room)
{
	unsigned int slots = roundup_pow_of_two(max(2 * sizes->macs, 16U));
	size_t ports, macs, trunks, features, groups, domains, members, end;
	struct vsw_fwd *fwd;
	void *block;

	BUILD_BUG_ON(sizeof(struct vsw_fwd) < 2 * PAGE_SIZE && PAGE_SIZE == 4096);
	BUILD_BUG_ON(sizeof(struct vsw_fwd_port) != SMP_CACHE_BYTES && SMP_CACHE_BYTES == 64);
	ports = ALIGN(sizeof(*fwd), SMP_CACHE_BYTES);
	macs = ports + sizes->ports * sizeof(*fwd->ports);
	trunks = macs + slots * sizeof(*fwd->macs);
	features = trunks + sizes->trunks * BITS_TO_LONGS(VLAN_N_VID) * sizeof(long);
	groups = features + sizes->features * sizeof(*room->features);
	domains = groups + (sizes->groups + sizes->own) * sizeof(*fwd->groups);
	members = domains + sizes->domains * sizeof(*fwd->domains);
	end = members + sizes->members * sizeof(u16);

	block = kvzalloc(end, gfp);
	if (!block)
		return NULL;
	fwd = block;
	fwd->ports = block + ports;
	fwd->macs = block + macs;
	fwd->groups = block + groups;
	fwd->domains = sizes->domains ? block + domains : NULL;
	fwd->port_limit = sizes->ports;
	fwd->group_limit = sizes->groups;
	fwd->group_count = sizes->groups + sizes->own;
	fwd->mac_mask = slots - 1;
	fwd->mac_shift = 64 - ilog2(slots);
	fwd->trunk_groups = VSW_NO_GROUP;
	memset(fwd->vlan_groups, 0xff, sizeof(fwd->vlan_groups));
	room->trunks = block + trunks;
	room->features = block + features;
	room->members = block + members;
	return fwd;
}

static void vsw_fwd_fill_port(struct vsw_fwd_port *fwd_port, const struct vsw_port *port,
			      const struct vsw_port_config *settings)
{
	unsigned int mtu = min(port->sw->dev->mtu, port->dev->mtu);

	fwd_port->dev = port->dev;
	fwd_port->stats = port->stats;
	fwd_port->max_len = mtu + ETH_HLEN;
	if (settings->role == VSWITCH_ROLE_UNASSIGNED)
		fwd_port->flags |= VSW_PORT_UNASSIGNED;
	if (settings->blocked)
		fwd_port->flags |= VSW_PORT_BLOCKED;
	if (settings->inactive)
		fwd_port->flags |= VSW_PORT_INACTIVE;
	if (settings->wakes)
		fwd_port->flags |= VSW_PORT_WAKES;
	if (!port->link)
		fwd_port->flags |= VSW_PORT_LINK_DOWN;
	if (!netif_running(port->sw->dev))
		fwd_port->flags |= VSW_PORT_SWITCH_DOWN;
	if (port->settling)
		fwd_port->flags |= VSW_PORT_SETTLING;
	if (port->is_vmknic)
		fwd_port->flags |= VSW_PORT_VMKNIC;
}

static void vsw_fwd_fill_ports(struct vsw_fwd *fwd, struct vsw_switch *sw,
			       const struct vsw_config *config)
{
	struct vsw_fwd_port *fwd_port;
	unsigned int id;

	fwd->ports[0].flags = VSW_PORT_UNASSIGNED;
	for (id = 1; id < fwd->port_limit; id++) {
		fwd_port = &fwd->ports[id];
		if (!config->ports[id]) {
			fwd_port->flags = VSW_PORT_UNASSIGNED;
			continue;
		}
		vsw_fwd_fill_port(fwd_port, xa_load(&sw->ports, id), config->ports[id]);
		if (config->ports[id]->role != VSWITCH_ROLE_UPLINK)
			continue;
		fwd_port->flags |= VSW_PORT_UPLINK | VSW_PORT_TAGGED;
		fwd_port->max_len += VLAN_HLEN;
		fwd_port->uplink_bit = fwd->uplink_count;
		fwd->uplinks[fwd->uplink_count++] = id;
	}
}

static void vsw_fwd_fill_client(const struct vsw_fwd *fwd, struct vsw_fwd_port *fwd_port,
				const struct vsw_port_config *settings,
				const struct vsw_security *security,
				const struct vsw_portgroup *portgroup,
				const struct vsw_policies *policies, const unsigned long *trunk)
{
	const u8 *mac = settings->mac_count ? settings->macs[0] : NULL;

	if (mac && security->mac_source == VSWITCH_MAC_SOURCE_OBSERVED &&
	    security->mac_changes == VSWITCH_POLICY_ACCEPT && !(fwd_port->flags & VSW_PORT_VMKNIC))
		fwd_port->flags |= VSW_PORT_OBSERVED;
	if (mac && settings->has_effective_mac &&
	    security->mac_source != VSWITCH_MAC_SOURCE_STATIC &&
	    !ether_addr_equal(mac, settings->effective_mac)) {
		if (security->mac_changes == VSWITCH_POLICY_ACCEPT)
			mac = settings->effective_mac;
		else
			fwd_port->flags |= VSW_PORT_MAC_CHANGED;
	}
	fwd_port->mac = mac ? vsw_mac(mac) : 0;
	fwd_port->vlan = policies->vlan;
	fwd_port->domain = trunk ? 0 : vsw_fwd_domain(fwd, policies->vlan);
	fwd_port->trunk = trunk;
	if (portgroup->blocked)
		fwd_port->flags |= VSW_PORT_BLOCKED;
	if (trunk) {
		fwd_port->max_len += VLAN_HLEN;
		fwd_port->flags |= VSW_PORT_TAGGED;
	}
	if (security->forged_transmits == VSWITCH_POLICY_ACCEPT)
		fwd_port->flags |= VSW_PORT_FORGED_OK;
	if (security->promiscuous == VSWITCH_POLICY_ACCEPT)
		fwd_port->flags |= VSW_PORT_PROMISCUOUS;
}

/* Sort the client ports by their groups; those with overrides have groups of their own. */
static void vsw_fwd_fill_members(struct vsw_fwd *fwd, const struct vsw_config *config, u16 *members)
{
	struct vsw_fwd_group *group, *own = fwd->groups + fwd->group_limit;
	const struct vsw_port_config *settings;
	unsigned int id, slot;

	for (id = 1; id < fwd->port_limit; id++) {
		settings = config->ports[id];
		if (!settings || settings->role != VSWITCH_ROLE_CLIENT)
			continue;
		fwd->groups[settings->portgroup].ports++;
		fwd->groups[settings->portgroup].count += !settings->overrides;
	}
	for (slot = 0; slot < fwd->group_limit; slot++) {
		group = &fwd->groups[slot];
		group->members = members;
		members += group->count;
		group->count = 0;
	}
	for (id = 1; id < fwd->port_limit; id++) {
		settings = config->ports[id];
		if (!settings || settings->role != VSWITCH_ROLE_CLIENT)
			continue;
		group = &fwd->groups[settings->portgroup];
		if (settings->overrides) {
			group = own++;
			group->members = members++;
		}
		group->members[group->count++] = id;
	}
}

/* The frames of a group's VLANs take the featured path. */
static void vsw_fwd_mark_featured(struct vsw_fwd *fwd, const struct vsw_fwd_group *group, u16 vlan)
{
	unsigned long *vlans = fwd->featured_vlans;

	if (group->trunk)
		bitmap_or(vlans, vlans, group->trunk, VLAN_N_VID);
	else
		__set_bit(vlan, vlans);
}

/* Without failback, a team keeps the uplinks that it used, unless its teaming changed. */
static const struct vsw_fwd_group *vsw_fwd_group_before(const struct vsw_switch *sw, u16 slot,
							const struct vsw_teaming *teaming)
{
	const struct vsw_fwd *before = rtnl_dereference(sw->fwd);
	struct vsw_teaming teaming_before;

	if (!before || slot >= before->group_limit || !sw->config->portgroups[slot])
		return NULL;
	teaming_before = vsw_teaming_of(sw->config, &sw->config->portgroups[slot]->policies);
	if (!vsw_teaming_equal(&teaming_before, teaming))
		return NULL;
	return &before->groups[slot];
}

/* The same of a port with overrides */
static const struct vsw_fwd_group *vsw_fwd_port_before(const struct vsw_switch *sw, u16 id,
						       const struct vsw_teaming *teaming)
{
	const struct vsw_fwd *before = rtnl_dereference(sw->fwd);
	const struct vsw_port_config *settings = sw->config->ports[id];
	struct vsw_teaming teaming_before;

	if (!before || id >= before->port_limit || !settings ||
	    settings->role != VSWITCH_ROLE_CLIENT)
		return NULL;
	teaming_before = vsw_teaming_of_port(sw->config, settings);
	if (!vsw_teaming_equal(&teaming_before, teaming))
		return NULL;
	return &before->groups[before->ports[id].group];
}

static void vsw_fwd_fill_team(struct vsw_fwd *fwd, struct vsw_fwd_group *group,
			      const struct vsw_teaming *teaming, const struct vsw_team *team)
{
	memcpy(group->uplinks, team->used, sizeof(group->uplinks));
	group->uplink_count = team->used_count;
	memcpy(group->spares, team->spares, sizeof(group->spares));
	group->spare_count = team->spare_count;
	group->announce = teaming->announce;
	group->by_frame = teaming->policy == VSWITCH_TEAMING_POLICY_IP_HASH;
	group->by_load = teaming->policy == VSWITCH_TEAMING_POLICY_LOAD;
	group->duplicate = team->duplicate;
	if (teaming->detection == VSWITCH_DETECTION_BEACON)
		group->probed = team->members;
	fwd->has_probes |= !!group->probed;
	fwd->needs_upkeep |= group->probed || group->by_load;
}

static struct vsw_fwd_features *vsw_fwd_add_features(struct vsw_fwd *fwd, unsigned int id,
						     struct vsw_fwd_room *room)
{
	struct vsw_fwd_features *features = room->features++;

	features->port = xa_load(&room->sw->ports, id);
	features->fwd = fwd;
	fwd->ports[id].features = features;
	return features;
}

static void vsw_fwd_fill_learning(struct vsw_fwd *fwd, struct vsw_fwd_port *fwd_port,
				  const struct vsw_learning *learning,
				  struct vsw_fwd_features *features)
{
	fwd->has_learning = true;
	fwd_port->flags |= VSW_PORT_LEARNING;
	if (learning->flood)
		fwd_port->flags |= VSW_PORT_LEARNS_FLOODED;
	features->learning_limit = learning->limit;
	features->learning_allow = learning->full == VSWITCH_LEARNING_FULL_ALLOW;
	features->ageing = learning->ageing * HZ;
}

static void vsw_fwd_fill_features(struct vsw_fwd *fwd, unsigned int id,
				  const struct vsw_portgroup *portgroup,
				  const struct vsw_policies *policies, struct vsw_fwd_room *room)
{
	struct vsw_fwd_port *fwd_port = &fwd->ports[id];
	struct vsw_fwd_features *features;

	if (!(fwd_port->flags & VSW_PORT_VMKNIC) && !vsw_has_features(portgroup, policies))
		return;
	features = vsw_fwd_add_features(fwd, id, room);
	if (fwd_port->flags & VSW_PORT_VMKNIC)
		fwd_port->flags |= VSW_PORT_KNOWS_GROUPS;
	else if (portgroup->snooping)
		fwd_port->flags |= VSW_PORT_KNOWS_GROUPS | VSW_PORT_SNOOPED;
	if (portgroup->learning.limit)
		vsw_fwd_fill_learning(fwd, fwd_port, &portgroup->learning, features);
	if (portgroup->link_local)
		fwd_port->flags |= VSW_PORT_LINK_LOCAL;
	features->link_local = portgroup->link_local;
	fwd->link_local |= portgroup->link_local;
	vsw_shape_compile(&features->shape[VSW_INGRESS], &policies->shaping[VSW_INGRESS]);
	vsw_shape_compile(&features->shape[VSW_EGRESS], &policies->shaping[VSW_EGRESS]);
	if (policies->shaping[VSW_INGRESS].average)
		fwd_port->flags |= VSW_PORT_SHAPED_IN;
	if (policies->shaping[VSW_EGRESS].average)
		fwd_port->flags |= VSW_PORT_SHAPED_OUT;
}

static void vsw_fwd_fill_mirrors(struct vsw_fwd *fwd, struct vsw_fwd_room *room)
{
	struct vsw_mirror *mirror;
	unsigned int i, id;

	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++) {
		mirror = room->config->mirrors[i];
		if (!mirror || mirror->destination >= fwd->port_limit)
			continue;
		fwd->mirrors[fwd->mirror_count++] = mirror;
		bitmap_or(fwd->featured_vlans, fwd->featured_vlans, mirror->vlans, VLAN_N_VID);
		for_each_set_bit(id, mirror->ingress, fwd->port_limit)
			fwd->ports[id].flags |= VSW_PORT_MIRRORED_IN;
		for_each_set_bit(id, mirror->egress, fwd->port_limit) {
			fwd->ports[id].flags |= VSW_PORT_MIRRORED_OUT;
			if (!fwd->ports[id].features)
				vsw_fwd_add_features(fwd, id, room);
		}
	}
}

static u32 vsw_pvlan_flag(struct vsw_pvlan pvlan)
{
	if (!pvlan.primary || pvlan.type == VSW_PVLAN_PROMISCUOUS)
		return 0;
	return pvlan.type == VSW_PVLAN_ISOLATED ? VSW_PORT_ISOLATED : VSW_PORT_COMMUNITY;
}

/* A port group, or a port with overrides; @before is its previous team */
static void vsw_fwd_fill_clients(struct vsw_fwd *fwd, struct vsw_fwd_room *room,
				 const struct vsw_portgroup *portgroup,
				 const struct vsw_policies *policies,
				 struct vsw_fwd_group *group, const struct vsw_fwd_group *before)
{
	const struct vsw_config *config = room->config;
	const struct vsw_security security = vsw_security_of(config, policies);
	const struct vsw_teaming teaming = vsw_teaming_of(config, policies);
	struct vsw_fwd_port *fwd_port;
	struct vsw_port *port;
	struct vsw_team team;
	unsigned int i, id;

	if (group->count && (security.promiscuous == VSWITCH_POLICY_ACCEPT ||
			     portgroup->learning.limit || portgroup->snooping ||
			     portgroup->link_local || portgroup->shared_mac))
		vsw_fwd_mark_featured(fwd, group, policies->vlan);
	vsw_team_resolve(&team, fwd, &teaming, policies->vlan, before);
	vsw_fwd_fill_team(fwd, group, &teaming, &team);
	for (i = 0; i < group->count; i++) {
		id = group->members[i];
		fwd_port = &fwd->ports[id];
		fwd_port->group = group - fwd->groups;
		port = xa_load(&room->sw->ports, id);
		vsw_fwd_fill_client(fwd, fwd_port, config->ports[id], &security, portgroup,
				    policies, group->trunk);
		vsw_fwd_fill_features(fwd, id, portgroup, policies, room);
		if (!group->trunk)
			fwd_port->flags |= vsw_pvlan_flag(config->pvlans[policies->vlan]);
		vsw_team_assign(&team, teaming.policy, fwd, fwd_port, port);
	}
}

static void vsw_fwd_fill_group(struct vsw_fwd *fwd, struct vsw_fwd_room *room,
			       const struct vsw_portgroup *portgroup,
			       const struct vsw_policies *policies,
			       struct vsw_fwd_group *group, const struct vsw_fwd_group *before)
{
	u16 *first;

	if (policies->is_trunk) {
		bitmap_copy(room->trunks, policies->trunk, VLAN_N_VID);
		bitmap_or(fwd->trunk_vlans, fwd->trunk_vlans, room->trunks, VLAN_N_VID);
		group->trunk = room->trunks;
		room->trunks += BITS_TO_LONGS(VLAN_N_VID);
		first = &fwd->trunk_groups;
	} else {
		first = &fwd->vlan_groups[vsw_fwd_domain(fwd, policies->vlan)];
	}
	group->next = *first;
	*first = group - fwd->groups;
	vsw_fwd_fill_clients(fwd, room, portgroup, policies, group, before);
}

static void vsw_fwd_fill_own_groups(struct vsw_fwd *fwd, struct vsw_fwd_room *room)
{
	struct vsw_fwd_group *own = fwd->groups + fwd->group_limit;
	const struct vsw_port_config *settings;
	const struct vsw_portgroup *portgroup;
	struct vsw_teaming teaming;
	unsigned int id;

	for (id = 1; id < fwd->port_limit; id++) {
		settings = room->config->ports[id];
		if (!settings || settings->role != VSWITCH_ROLE_CLIENT || !settings->overrides)
			continue;
		portgroup = room->config->portgroups[settings->portgroup];
		vsw_apply_overrides(room->policies, portgroup, settings->overrides);
		teaming = vsw_teaming_of(room->config, room->policies);
		vsw_fwd_fill_group(fwd, room, portgroup, room->policies, own++,
				   vsw_fwd_port_before(room->sw, id, &teaming));
	}
}

static void vsw_fwd_fill_groups(struct vsw_fwd *fwd, struct vsw_fwd_room *room)
{
	const struct vsw_portgroup *portgroup;
	struct vsw_teaming teaming;
	unsigned int slot;

	for (slot = 0; slot < fwd->group_limit; slot++) {
		portgroup = room->config->portgroups[slot];
		if (!portgroup)
			continue;
		teaming = vsw_teaming_of(room->config, &portgroup->policies);
		vsw_fwd_fill_group(fwd, room, portgroup, &portgroup->policies, &fwd->groups[slot],
				   vsw_fwd_group_before(room->sw, slot, &teaming));
	}
	vsw_fwd_fill_own_groups(fwd, room);
}

static void vsw_fwd_fill_domains(struct vsw_fwd *fwd, const struct vsw_config *config)
{
	unsigned int vlan;

	if (!fwd->domains)
		return;
	for (vlan = 0; vlan < VLAN_N_VID; vlan++) {
		fwd->domains[vlan] = config->pvlans[vlan].primary ?: vlan;
		if (config->pvlans[vlan].primary)
			__set_bit(vlan, fwd->featured_vlans);
	}
}

/* Ports of a port group that allows it may share an address in the same VLANs. */
static bool vsw_fwd_may_share(const struct vsw_fwd *fwd, const struct vsw_config *config,
			      const struct vsw_fwd_port *one, const struct vsw_fwd_port *other)
{
	u16 group = config->ports[one - fwd->ports]->portgroup;

	return one != other && config->portgroups[group]->shared_mac &&
	       config->ports[other - fwd->ports]->portgroup == group &&
	       !one->trunk == !other->trunk && one->domain == other->domain;
}

static void vsw_fwd_share(struct vsw_fwd *fwd, const struct vsw_fwd_port *one,
			  const struct vsw_fwd_port *other)
{
	fwd->ports[one - fwd->ports].flags |= VSW_PORT_SHARES_MAC;
	fwd->ports[other - fwd->ports].flags |= VSW_PORT_SHARES_MAC;
}

static int vsw_fwd_mac_taken(const struct vsw_fwd *fwd, const struct vsw_fwd_port *port,
			     const u8 *mac, u16 vlan, const struct vsw_fwd_port *owner,
			     struct netlink_ext_ack *extack)
{
	if (owner == port)
		NL_SET_ERR_MSG_FMT(extack, "port '%s': MAC %pM is given twice", port->dev->name,
				   mac);
	else
		NL_SET_ERR_MSG_FMT(extack, "port '%s': MAC %pM is in use by '%s' in VLAN %u",
				   port->dev->name, mac, owner->dev->name, vlan);
	return -EADDRINUSE;
}

/* A trunk port has its addresses in all of its VLANs: trunk ports with the same address
 * must have no VLAN in common.
 */
static int vsw_fwd_check_trunk(struct vsw_fwd *fwd, const struct vsw_config *config,
			       const struct vsw_fwd_port *port, const u8 *mac,
			       struct netlink_ext_ack *extack)
{
	u64 key = vsw_mac_key(vsw_mac(mac), VSW_VLAN_TRUNK);
	u32 slot = vsw_fwd_slot(fwd, key);
	const struct vsw_fwd_port *other;

	for (; fwd->macs[slot].key; slot = (slot + 1) & fwd->mac_mask) {
		other = fwd->macs[slot].port;
		if (fwd->macs[slot].key != key)
			continue;
		if (vsw_fwd_may_share(fwd, config, port, other))
			vsw_fwd_share(fwd, port, other);
		else if (other == port ||
			 bitmap_intersects(other->trunk, port->trunk, VLAN_N_VID))
			return vsw_fwd_mac_taken(fwd, port, mac,
						 find_first_and_bit(other->trunk, port->trunk,
								    VLAN_N_VID),
						 other, extack);
	}
	return 0;
}

static int vsw_fwd_add_mac(struct vsw_fwd *fwd, const struct vsw_config *config,
			   const struct vsw_fwd_port *port, const u8 *mac,
			   struct netlink_ext_ack *extack)
{
	u64 key = vsw_mac_key(vsw_mac(mac), port->trunk ? VSW_VLAN_TRUNK : port->domain);
	const struct vsw_fwd_port *owner;
	u32 slot;
	int err;

	if (port->trunk) {
		err = vsw_fwd_check_trunk(fwd, config, port, mac, extack);
		if (err)
			return err;
	} else {
		owner = vsw_fwd_find(fwd, vsw_mac(mac), port->vlan);
		if (owner && (!vsw_fwd_may_share(fwd, config, port, owner) ||
			      vsw_fwd_has(fwd, port, vsw_mac(mac))))
			return vsw_fwd_mac_taken(fwd, port, mac, port->vlan, owner, extack);
		if (owner)
			vsw_fwd_share(fwd, port, owner);
	}
	for (slot = vsw_fwd_slot(fwd, key); fwd->macs[slot].key;)
		slot = (slot + 1) & fwd->mac_mask;
	fwd->macs[slot] = (struct vsw_fwd_mac){ .key = key, .port = port };
	fwd->mac_count++;
	return 0;
}

static int vsw_fwd_add_macs(struct vsw_fwd *fwd, const struct vsw_config *config,
			    const struct vsw_fwd_port *port, struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings = config->ports[port - fwd->ports];
	const u8 *mac;
	unsigned int i;
	int err;

	for (i = 0; i < settings->mac_count; i++) {
		mac = settings->macs[i];
		/* The guest's receive filter has the changed address instead of the first. */
		if (i == 0 && port->mac != vsw_mac(mac))
			mac = settings->effective_mac;
		err = vsw_fwd_add_mac(fwd, config, port, mac, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Trunks first: one lookup then shows the others whether a trunk has their address. */
static int vsw_fwd_fill_macs(struct vsw_fwd *fwd, const struct vsw_config *config,
			     struct netlink_ext_ack *extack)
{
	const struct vsw_port_config *settings;
	unsigned int id;
	int trunk, err;

	for (trunk = 1; trunk >= 0; trunk--) {
		for (id = 1; id < fwd->port_limit; id++) {
			settings = config->ports[id];
			if (!settings || settings->role != VSWITCH_ROLE_CLIENT ||
			    settings->inactive || !!fwd->ports[id].trunk != trunk)
				continue;
			err = vsw_fwd_add_macs(fwd, config, &fwd->ports[id], extack);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * vsw_fwd_compile() - compile a configuration into a snapshot
 * @sw: switch, for its devices
 * @config: configuration or draft
 * @gfp: how to allocate
 * @extack: says why a request is refused
 *
 * Context: RTNL.
 * Return: the snapshot, to be freed with kvfree(); or ERR_PTR() of -ENOMEM, or
 * of -EADDRINUSE if two ports have the same address in one VLAN.
 */
struct vsw_fwd *vsw_fwd_compile(struct vsw_switch *sw, const struct vsw_config *config, gfp_t gfp,
				struct netlink_ext_ack *extack)
{
	struct vsw_fwd_sizes sizes = vsw_fwd_measure(sw, config);
	struct vsw_fwd_room room = { .sw = sw, .config = config };
	struct vsw_fwd *fwd;
	int err;

	ASSERT_RTNL();
	room.policies = kmalloc(sizeof(*room.policies), gfp);
	fwd = room.policies ? vsw_fwd_alloc(&sizes, gfp, &room) : NULL;
	if (!fwd) {
		kfree(room.policies);
		return ERR_PTR(-ENOMEM);
	}
	fwd->beacon = sw->beacon;
	fwd->sw = sw;
	vsw_fwd_fill_domains(fwd, config);
	vsw_fwd_fill_ports(fwd, sw, config);
	vsw_fwd_fill_members(fwd, config, room.members);
	vsw_fwd_fill_groups(fwd, &room);
	if (!fwd->has_probes)
		fwd->beacon = NULL;
	vsw_fwd_fill_mirrors(fwd, &room);
	kfree(room.policies);
	err = vsw_fwd_fill_macs(fwd, config, extack);
	if (err) {
		kvfree(fwd);
		return ERR_PTR(err);
	}
	return fwd;
}
