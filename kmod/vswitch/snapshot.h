/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The forwarding snapshot: all that the data path knows of a switch.  snapshot.c compiles it.
 */
#ifndef _VSWITCH_SNAPSHOT_H
#define _VSWITCH_SNAPSHOT_H

#include <linux/hash.h>
#include <linux/unaligned.h>

#include "vswitch.h"

/* VLAN in the key of an address of a trunk port: good for each of its VLANs */
#define VSW_VLAN_TRUNK		0xffff

/* No uplink, in &vsw_fwd_port.uplink: there is none, or it depends on the frame */
#define VSW_NO_UPLINK		0

/* &vsw_fwd_port.flags.  VSW_PORT_UNASSIGNED and VSW_PORT_LINK_DOWN may be written, under
 * RTNL, while the data path reads them: see "Locking".
 */
enum {
	VSW_PORT_UNASSIGNED	= BIT(0),
	VSW_PORT_BLOCKED	= BIT(1),
	VSW_PORT_LINK_DOWN	= BIT(2),
	VSW_PORT_MAC_CHANGED	= BIT(3),	/* receives nothing */
	VSW_PORT_UPLINK		= BIT(4),
	VSW_PORT_VMKNIC		= BIT(5),
	VSW_PORT_FORGED_OK	= BIT(6),
	VSW_PORT_PROMISCUOUS	= BIT(7),
	VSW_PORT_TAGGED		= BIT(8),	/* its frames have their tag: trunk or uplink */
	VSW_PORT_INACTIVE	= BIT(9),	/* stops all traffic too */
	VSW_PORT_SETTLING	= BIT(10),	/* uplink: its up-delay has not ended */
	VSW_PORT_SILENT		= BIT(11),	/* uplink: a team hears no probes from it */
	VSW_PORT_OBSERVED	= BIT(12),	/* adopts its source address */
	VSW_PORT_SWITCH_DOWN	= BIT(13),	/* stops all traffic too */
	VSW_PORT_WAKES		= BIT(14),	/* its first frame ends VSW_PORT_INACTIVE */

	/* Optional features */
	VSW_PORT_COMMUNITY	= BIT(16),	/* of private VLANs */
	VSW_PORT_ISOLATED	= BIT(17),
	VSW_PORT_SHAPED_IN	= BIT(18),
	VSW_PORT_SHAPED_OUT	= BIT(19),
	VSW_PORT_LEARNING	= BIT(20),
	VSW_PORT_LEARNS_FLOODED	= BIT(21),	/* receives unknown unicast */
	VSW_PORT_KNOWS_GROUPS	= BIT(22),	/* its multicast groups are known */
	VSW_PORT_SNOOPED	= BIT(23),	/* by what its guest reports */
	VSW_PORT_MIRRORED_IN	= BIT(24),
	VSW_PORT_MIRRORED_OUT	= BIT(25),
	VSW_PORT_LINK_LOCAL	= BIT(26),	/* sends and receives some link-local protocols */
	VSW_PORT_SHARES_MAC	= BIT(27),	/* another port has one of its addresses */

	VSW_PORT_STOPPED	= VSW_PORT_UNASSIGNED | VSW_PORT_BLOCKED | VSW_PORT_LINK_DOWN |
				  VSW_PORT_INACTIVE | VSW_PORT_SWITCH_DOWN,

	/* The fast path tests these at once; single flags are for the slow path. */
	VSW_PORT_SLOW_IN	= VSW_PORT_STOPPED | VSW_PORT_SHAPED_IN | VSW_PORT_LEARNING |
				  VSW_PORT_MIRRORED_IN,
	VSW_PORT_SLOW_OUT	= VSW_PORT_STOPPED | VSW_PORT_MAC_CHANGED | VSW_PORT_COMMUNITY |
				  VSW_PORT_ISOLATED | VSW_PORT_SHAPED_OUT | VSW_PORT_MIRRORED_OUT,
	VSW_PORT_SLOW_FLOOD	= VSW_PORT_SLOW_OUT | VSW_PORT_KNOWS_GROUPS |
				  VSW_PORT_LINK_LOCAL,
};

/**
 * struct vsw_fwd_features - optional features of a port
 * @port: the port, for state that outlives a snapshot
 * @fwd: the snapshot
 * @ageing: lifetime of learned addresses, in jiffies
 * @learning_limit: maximum number of learned addresses
 * @learning_allow: frames from further addresses are still forwarded
 * @link_local: mask of &enum vswitch_link_local
 * @shape: shaping by &enum vsw_direction
 */
struct vsw_fwd_features {
	struct vsw_port *port;
	const struct vsw_fwd *fwd;
	unsigned long ageing;
	u32 learning_limit;
	bool learning_allow;
	u8 link_local;
	struct vsw_shape shape[VSW_DIRECTIONS];
};

/**
 * struct vsw_fwd_port - a port as the data path sees it, one cache line
 * @dev: its device
 * @stats: its counters
 * @trunk: VLANs that the guest may tag (bit 0: untagged), or NULL if the
 *	switch tags, with @vlan
 * @mac: address that the guest uses, as vsw_mac() has it; 0 for none
 * @team_uplinks: client: uplinks that may bring it unicast, by bit
 * @flood_uplinks: client: uplinks that may bring it multicast, by bit
 * @max_len: longest frame that it takes, in bytes, Ethernet header included
 * @flags: VSW_PORT_*
 * @features: optional features, or NULL
 * @vlan: VLAN if @trunk is NULL
 * @domain: client: VLAN of its addresses: the primary one of @vlan, or @vlan
 * @uplink: client: port id of the uplink for its frames, or VSW_NO_UPLINK
 * @group: client: slot of its port group
 * @uplink_bit: uplink: its bit in the masks above
 */
struct vsw_fwd_port {
	struct net_device *dev;
	struct vsw_port_stats __percpu *stats;
	const unsigned long *trunk;
	u64 mac;
	const struct vsw_fwd_features *features;
	u32 team_uplinks;
	u32 flood_uplinks;
	u32 max_len;
	u32 flags;
	u16 vlan;
	union {
		u16 domain;
		u8 uplink_bit;
	};
	u16 uplink;
	u16 group;
} ____cacheline_aligned;

/**
 * struct vsw_fwd_mac - slot of the address table
 * @key: vsw_mac_key() of the address and its VLAN; 0 where free
 * @port: port that has the address
 */
struct vsw_fwd_mac {
	u64 key;
	const struct vsw_fwd_port *port;
};

/**
 * struct vsw_fwd_group - a port group, or a port with overrides: a group of one
 * @trunk: VLANs of a trunk, or NULL
 * @members: port ids
 * @count: of @members
 * @ports: ports of the port group, including those with overrides
 * @next: slot of the next group in the same list, or VSW_NO_GROUP
 * @uplinks: port ids of the uplinks that its team uses, in their order
 * @uplink_count: of @uplinks
 * @spares: port ids of all uplinks of the team that work, in their order
 * @spare_count: of @spares
 * @announce: ports are announced to the physical switches
 * @by_frame: the addresses of each packet choose the uplink
 * @by_load: ports move to other uplinks when theirs has too much to do
 * @duplicate: it is not known which uplink works: each frame goes out on all
 * @probed: uplinks that send each other probes, by bit
 */
struct vsw_fwd_group {
	const unsigned long *trunk;
	u16 *members;
	u16 count;
	u16 ports;
	u16 next;
	u16 uplinks[VSWITCH_UPLINKS_MAX];
	u16 spares[VSWITCH_UPLINKS_MAX];
	u8 uplink_count;
	u8 spare_count;
	bool announce;
	bool by_frame;
	bool by_load;
	bool duplicate;
	u32 probed;
};

#define VSW_NO_GROUP		0xffff

/**
 * struct vsw_fwd - the forwarding snapshot of a switch
 * @sw: switch
 * @macs: address table, open addressing, at most half full
 * @ports: by port id
 * @groups: by slot of the port group, followed by those of ports with overrides
 * @domains: primary VLANs by VLAN, or NULL without private VLANs
 * @mac_mask: slots of @macs, less one
 * @mac_shift: 64 less the bits of a slot number
 * @has_learning: some ports learn addresses
 * @link_local: of all ports, as &vsw_fwd_features.link_local
 * @mirror_count: of @mirrors
 * @trunk_groups: first group with a trunk
 * @port_limit: ids of @ports are below this
 * @group_limit: slots of port groups are below this
 * @group_count: entries of @groups
 * @mirrors: mirror sessions
 * @mac_count: used slots of @macs
 * @uplink_count: number of uplinks
 * @needs_upkeep: a team probes or balances load
 * @has_probes: a team probes
 * @uplinks: port ids of the uplinks, in ascending order; the position is the bit
 * @beacon: probes between uplinks, or NULL if no team probes
 * @rcu: for freeing
 * @trunk_vlans: VLANs of the port groups with a trunk
 * @featured_vlans: VLANs whose frames take the featured path of forward.c: those with
 *	promiscuous ports, learning, mirror sessions, snooping, link-local protocols or
 *	shared addresses, and private VLANs
 * @vlan_groups: first group of each VLAN in which the switch tags
 *
 * One allocation, followed by the arrays.  Immutable but for flags, see "Locking".  Up to
 * @group_count it is one cache line, all that most frames read of it except for a bit.
 */
struct vsw_fwd {
	struct vsw_switch *sw;
	struct vsw_fwd_mac *macs;
	struct vsw_fwd_port *ports;
	struct vsw_fwd_group *groups;
	u16 *domains;
	u32 mac_mask;
	u8 mac_shift;
	bool has_learning;
	u8 link_local;
	u8 mirror_count;
	u16 trunk_groups;
	u16 port_limit;
	u16 group_limit;
	u16 group_count;
	struct vsw_mirror *mirrors[VSWITCH_MIRRORS_MAX];
	u32 mac_count;
	u8 uplink_count;
	bool needs_upkeep;
	bool has_probes;
	u16 uplinks[VSWITCH_UPLINKS_MAX];
	struct vsw_beacon *beacon;
	struct rcu_head rcu;
	DECLARE_BITMAP(trunk_vlans, VLAN_N_VID);
	DECLARE_BITMAP(featured_vlans, VLAN_N_VID);
	u16 vlan_groups[VLAN_N_VID];
};

/**
 * vsw_mac() - an Ethernet address as a number
 * @address: six bytes
 *
 * Return: the address in the low 48 bits, in no portable order.
 */
static inline u64 vsw_mac(const u8 *address)
{
	return get_unaligned((const u32 *)address) |
	       (u64)get_unaligned((const u16 *)(address + 4)) << 32;
}

/**
 * vsw_mac_bytes() - the Ethernet address that vsw_mac() was made of
 * @mac: from vsw_mac()
 * @address: gets six bytes
 */
static inline void vsw_mac_bytes(u64 mac, u8 *address)
{
	put_unaligned((u32)mac, (u32 *)address);
	put_unaligned((u16)(mac >> 32), (u16 *)(address + 4));
}

/**
 * vsw_mac_key() - key of the address table
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged, or VSW_VLAN_TRUNK
 *
 * Return: the key, never 0 for a unicast address.
 */
static inline u64 vsw_mac_key(u64 mac, u16 vlan)
{
	return mac << 16 | vlan;
}

static inline u32 vsw_fwd_slot(const struct vsw_fwd *fwd, u64 key)
{
	return key * GOLDEN_RATIO_64 >> fwd->mac_shift;
}

/* The primary VLAN of a private one, else the VLAN: it has the addresses and receivers. */
static inline u16 vsw_fwd_domain(const struct vsw_fwd *fwd, u16 vlan)
{
	return fwd->domains ? fwd->domains[vlan] : vlan;
}

/**
 * vsw_fwd_lookup_trunk() - find the trunk port that has an address in a VLAN
 * @fwd: snapshot
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged
 *
 * Trunk ports with disjoint VLANs may have the same address.
 *
 * Return: the port, or NULL.
 */
static inline const struct vsw_fwd_port *vsw_fwd_lookup_trunk(const struct vsw_fwd *fwd, u64 mac,
							      u16 vlan)
{
	u64 key = vsw_mac_key(mac, VSW_VLAN_TRUNK);
	u32 slot = vsw_fwd_slot(fwd, key);

	for (; fwd->macs[slot].key; slot = (slot + 1) & fwd->mac_mask)
		if (fwd->macs[slot].key == key && test_bit(vlan, fwd->macs[slot].port->trunk))
			return fwd->macs[slot].port;
	return NULL;
}

/**
 * vsw_fwd_lookup() - find the port that has an address in a VLAN
 * @fwd: snapshot
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged
 *
 * Return: the port, or NULL if the address is not on this switch.
 */
static inline const struct vsw_fwd_port *vsw_fwd_lookup(const struct vsw_fwd *fwd, u64 mac,
							u16 vlan)
{
	u64 key = vsw_mac_key(mac, vlan);
	u32 slot = vsw_fwd_slot(fwd, key);

	for (; fwd->macs[slot].key; slot = (slot + 1) & fwd->mac_mask)
		if (fwd->macs[slot].key == key)
			return fwd->macs[slot].port;
	return test_bit(vlan, fwd->trunk_vlans) ? vsw_fwd_lookup_trunk(fwd, mac, vlan) : NULL;
}

/**
 * vsw_fwd_find() - vsw_fwd_lookup() where VLANs may be private
 * @fwd: snapshot
 * @mac: address, from vsw_mac()
 * @vlan: VLAN id, 0 for untagged
 *
 * Private VLANs share the addresses of their primary VLAN; a trunk's guest has
 * each VLAN separately.
 *
 * Return: the port, or NULL if the address is not on this switch.
 */
static inline const struct vsw_fwd_port *vsw_fwd_find(const struct vsw_fwd *fwd, u64 mac, u16 vlan)
{
	u16 domain = vsw_fwd_domain(fwd, vlan);
	const struct vsw_fwd_port *port;

	port = vsw_fwd_lookup(fwd, mac, domain);
	if (domain == vlan || (port && !port->trunk))
		return port;
	return vsw_fwd_lookup_trunk(fwd, mac, vlan);
}

/**
 * vsw_fwd_has() - check whether a port has an address that others may share
 * @fwd: snapshot
 * @port: client port
 * @mac: address, from vsw_mac()
 *
 * Return: whether it does.
 */
static inline bool vsw_fwd_has(const struct vsw_fwd *fwd, const struct vsw_fwd_port *port, u64 mac)
{
	u64 key = vsw_mac_key(mac, port->trunk ? VSW_VLAN_TRUNK : port->domain);
	u32 slot = vsw_fwd_slot(fwd, key);

	for (; fwd->macs[slot].key; slot = (slot + 1) & fwd->mac_mask)
		if (fwd->macs[slot].key == key && fwd->macs[slot].port == port)
			return true;
	return false;
}

/* snapshot.c */
struct vsw_fwd *vsw_fwd_compile(struct vsw_switch *sw, const struct vsw_config *config, gfp_t gfp,
				struct netlink_ext_ack *extack);

#endif /* _VSWITCH_SNAPSHOT_H */
