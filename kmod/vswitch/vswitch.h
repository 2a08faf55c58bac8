/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vswitch: a vSphere-style virtual switch for network devices
 *
 * This header has the configuration of a switch, the switch and its ports.  Headers include
 * only headers above them:
 *
 *   bucket.h  shaper.h  learn.h  multicast.h  mirror.h     state of ports and switches
 *   vswitch.h                                              configuration, switch, port
 *   snapshot.h                                             these, as the data path sees them
 *   send.h  beacon.h  team.h  forward.h  trace.h           frames and uplinks
 *   edit.h  show.h  netlink_gen.h                          netlink requests and messages
 */
#ifndef _VSWITCH_H
#define _VSWITCH_H

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/kref.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <uapi/linux/vswitch.h>

#include "learn.h"
#include "mirror.h"
#include "multicast.h"
#include "shaper.h"

/**
 * DOC: Overview
 *
 * A switch is a network device of kind vswitch (&struct vsw_switch).  Every
 * device that joins it, a VM's tap, a VMkernel adapter or a physical NIC, is
 * a port (&struct vsw_port) with a stable id.  The configuration, not the
 * port, has its settings.
 *
 * Control path: a &struct vsw_config holds port groups and the settings of
 * ports.  It is never changed in place.  A change clones it (the clone shares
 * unchanged parts), edits the draft, compiles the draft into a
 * &struct vsw_fwd, and publishes both (vsw_commit()).  A refused draft is
 * discarded; nothing needs to be undone.
 *
 * Data path: a &struct vsw_fwd, the snapshot, has all that forwarding a frame
 * needs: the port of an address, the members of a VLAN, the uplink of a port.
 * It is one allocation, immutable, and replaced as a whole under RCU.  Ports
 * without optional features forward without a lock and write nothing but this
 * CPU's counters.
 *
 * Upkeep: one work item per switch (upkeep.c) does all timed work: it ends
 * up-delays, sends probes and announcements, balances load.  It recompiles
 * the snapshot when that changes something.
 */

/**
 * DOC: Locking
 *
 * There is one lock, RTNL.  It serialises the whole control path: the
 * configuration, joining and leaving, device events, upkeep.  rtnetlink and
 * netdevice notifiers hold it already; netlink*.c and upkeep.c take it.
 * Functions that need it say "Context: RTNL".
 *
 * The data path runs in softirq (or in the transmit path of a VMkernel
 * adapter, with bottom halves off) under rcu_read_lock() and reads
 * &vsw_switch.fwd.  The devices and counters that a &struct vsw_fwd points to
 * outlive it.  A port that joins is published before its device
 * hands frames in.  A port that leaves first stops handing frames in (that
 * waits for a grace period), then leaves the published &struct vsw_fwd, and is
 * freed after another grace period.
 *
 * Two flags of a port in a published &struct vsw_fwd follow its device at once:
 * that its link is down (vsw_follow_link()), and that it is gone (vsw_stop_port()).
 * Nothing else depends on these for a client, so a thousand devices that leave
 * together cost one new &struct vsw_fwd rather than a thousand.
 *
 * Optional features have locks of their own, taken in the data path and below
 * RTNL, never nested: &vsw_shaper.lock, &vsw_learning_table.lock,
 * &vsw_port.groups_lock.
 */

/* Frame sizes as of a vSphere distributed switch, in bytes */
#define VSW_MTU_MIN	1280
#define VSW_MTU_MAX	9190

/* One counter for each kind of destination address */
enum vsw_cast {
	VSW_UNICAST,
	VSW_MULTICAST,
	VSW_BROADCAST,
	VSW_CASTS,
};

/**
 * struct vsw_traffic - frames of one direction and one kind of destination
 * @packets: number of frames
 * @bytes: their length, Ethernet header included, VLAN tag and FCS not
 */
struct vsw_traffic {
	u64_stats_t packets;
	u64_stats_t bytes;
};

/**
 * struct vsw_port_stats - counters of one port on one CPU
 * @in: frames that the port's device sent into the switch
 * @out: frames that the switch sent to the port's device
 * @syncp: makes 64-bit counters readable on 32-bit machines
 * @drops: dropped frames, by &enum vswitch_drop_reason
 */
struct vsw_port_stats {
	struct vsw_traffic in[VSW_CASTS];
	struct vsw_traffic out[VSW_CASTS];
	struct u64_stats_sync syncp;
	u64_stats_t drops[VSWITCH_DROP_REASON_MAX + 1];
};

/**
 * struct vsw_counters - sum of a port's counters over all CPUs
 * @in_packets: as &vsw_port_stats.in
 * @in_bytes: as &vsw_port_stats.in
 * @out_packets: as &vsw_port_stats.out
 * @out_bytes: as &vsw_port_stats.out
 * @drops: as &vsw_port_stats.drops
 */
struct vsw_counters {
	u64 in_packets[VSW_CASTS];
	u64 in_bytes[VSW_CASTS];
	u64 out_packets[VSW_CASTS];
	u64 out_bytes[VSW_CASTS];
	u64 drops[VSWITCH_DROP_REASON_MAX + 1];
};

/* A security policy as configured or as in force; see enum vswitch_policy */
struct vsw_security {
	u8 promiscuous;
	u8 mac_changes;
	u8 forged_transmits;
	u8 mac_source;			/* enum vswitch_mac_source */
};

/* A field of &struct vsw_teaming that is inherited */
#define VSW_INHERIT	0xff

/**
 * struct vsw_teaming - how a switch or a port group uses the uplinks
 * @policy: &enum vswitch_teaming_policy, or VSW_INHERIT
 * @detection: &enum vswitch_detection, or VSW_INHERIT
 * @failback: uplinks take their traffic back, or VSW_INHERIT
 * @announce: ports are announced to the physical switches, or VSW_INHERIT
 * @has_order: false if a port group has the order of its switch, and if a
 *	switch uses all uplinks in the order of their ids
 * @active_count: the first @active_count ids of @order are active uplinks
 * @count: the rest, up to @count, are standby
 * @order: port ids of uplinks
 */
struct vsw_teaming {
	u8 policy;
	u8 detection;
	u8 failback;
	u8 announce;
	bool has_order;
	u8 active_count;
	u8 count;
	u16 order[VSWITCH_UPLINKS_MAX];
};

/**
 * struct vsw_shaping - shaping of one direction as configured
 * @average: kbit/s (1000 bits), 0 for no shaping
 * @peak: kbit/s, not below @average
 * @burst: KiB of credit
 */
struct vsw_shaping {
	u32 average;
	u32 peak;
	u32 burst;
};

/**
 * struct vsw_learning - learning of MAC addresses as configured
 * @limit: addresses that a port may learn, 0 for no learning
 * @ageing: seconds
 * @full: &enum vswitch_learning_full
 * @flood: ports receive unicast for unknown addresses
 */
struct vsw_learning {
	u32 limit;
	u32 ageing;
	u8 full;
	bool flood;
};

/* Directions of shaping, as the switch sees them */
enum vsw_direction {
	VSW_INGRESS,
	VSW_EGRESS,
	VSW_DIRECTIONS,
};

/**
 * struct vsw_policies - policies of a port group, which a port may override
 * @vlan: VLAN of the ports, 0 for untagged, if not @is_trunk
 * @is_trunk: guests tag, with the VLANs of @trunk
 * @security: each field may be VSWITCH_POLICY_INHERIT
 * @teaming: may inherit, see there
 * @shaping: by &enum vsw_direction
 * @trunk: allowed VLANs of a trunk; bit 0 is untagged traffic
 */
struct vsw_policies {
	u16 vlan;
	bool is_trunk;
	struct vsw_security security;
	struct vsw_teaming teaming;
	struct vsw_shaping shaping[VSW_DIRECTIONS];
	DECLARE_BITMAP(trunk, VLAN_N_VID);
};

/**
 * struct vsw_portgroup - settings of a port group
 * @ref: configurations that hold it; it is immutable while shared
 * @name: unique on the switch
 * @blocked: all of its ports are
 * @overridable: mask of &enum vswitch_override that ports may override
 * @snooping: ports get only the multicast groups that their guests reported
 * @shared_mac: ports may have the same address
 * @link_local: mask of &enum vswitch_link_local that ports may send and receive
 * @learning: addresses that ports may learn
 * @policies: policies of its ports
 */
struct vsw_portgroup {
	struct kref ref;
	char name[VSWITCH_NAME_MAX + 1];
	bool blocked;
	u8 overridable;
	bool snooping;
	bool shared_mac;
	u8 link_local;
	struct vsw_learning learning;
	struct vsw_policies policies;
};

/**
 * struct vsw_overrides - per-port overrides of port group policy
 * @ref: settings of ports that hold it; it is immutable while shared
 * @mask: of &enum vswitch_override: those of @policies that hold; never 0
 * @policies: policies of the port
 */
struct vsw_overrides {
	struct kref ref;
	u8 mask;
	struct vsw_policies policies;
};

/**
 * struct vsw_port_config - settings of a port
 * @ref: configurations that hold it; it is immutable while shared
 * @role: &enum vswitch_role
 * @blocked: by the administrator
 * @inactive: its VM still runs on another host
 * @wakes: while @inactive: the first frame of its device activates it
 * @has_effective_mac: the guest programmed @effective_mac instead of @macs[0]
 * @portgroup: slot in &vsw_config.portgroups, for the role client
 * @mac_count: entries of @macs
 * @effective_mac: address that the guest programmed
 * @overrides: overrides of the port group, or NULL
 * @macs: addresses of the port, the one that the vNIC was given first
 */
struct vsw_port_config {
	struct kref ref;
	u8 role;
	bool blocked;
	bool inactive;
	bool wakes;
	bool has_effective_mac;
	u16 portgroup;
	u16 mac_count;
	u8 effective_mac[ETH_ALEN];
	struct vsw_overrides *overrides;
	u8 macs[][ETH_ALEN];
};

/* Kinds of private VLANs */
enum vsw_pvlan_type {
	VSW_PVLAN_PROMISCUOUS,	/* the primary VLAN */
	VSW_PVLAN_COMMUNITY,
	VSW_PVLAN_ISOLATED,
};

/**
 * struct vsw_pvlan - an entry of the map of private VLANs
 * @primary: primary VLAN of the VLAN, 0 if it is not private
 * @type: &enum vsw_pvlan_type
 */
struct vsw_pvlan {
	u16 primary;
	u16 type;
};

/**
 * struct vsw_config - the configuration of a switch
 * @security: no field is VSWITCH_POLICY_INHERIT
 * @teaming: nothing in it is VSW_INHERIT
 * @up_delay: how long a link that came back must last, in milliseconds
 * @portgroups: by slot; NULL where free
 * @ports: by port id; NULL where free, [0] always
 * @pvlans: by VLAN
 * @mirrors: sessions; NULL where free
 *
 * Immutable once published.  A draft shares port groups and ports with the
 * configuration that it was cloned from until it edits them.
 */
struct vsw_config {
	struct vsw_security security;
	struct vsw_teaming teaming;
	u32 up_delay;
	struct vsw_portgroup *portgroups[VSWITCH_PORTGROUPS_MAX];
	struct vsw_port_config *ports[VSWITCH_PORTS_MAX + 1];
	struct vsw_pvlan pvlans[VLAN_N_VID];
	struct vsw_mirror *mirrors[VSWITCH_MIRRORS_MAX];
};

struct vsw_beacon;
struct vsw_fwd;
struct vsw_fwd_port;

/**
 * struct vsw_switch - a switch, the private part of its network device
 * @fwd: snapshot for the data path; RCU, replaced under RTNL
 * @dev: the switch's device
 * @config: configuration that @fwd was compiled from; under RTNL
 * @ports: &struct vsw_port by id; under RTNL
 * @generation: number of changes of @config; under RTNL
 * @next_id: where the search for the id of a new port begins; under RTNL
 * @has_left: some of @ports have &vsw_port.left; under RTNL
 * @upkeep: see upkeep.c
 * @upkeep_at: when @upkeep is due, in jiffies; under RTNL
 * @watch_until: until when uplinks are watched closely, in jiffies; under RTNL
 * @observe_at: no observed address is adopted before this, in jiffies; under RTNL
 * @load_at: when load is to be balanced next, in jiffies; under RTNL
 * @beacon: probes between uplinks; allocated for the first team that probes,
 *	lives as long as the switch; set under RTNL
 * @learning: addresses that its ports learned
 */
struct vsw_switch {
	struct vsw_fwd __rcu *fwd;
	struct net_device *dev;
	struct vsw_config *config;
	struct xarray ports;
	u32 generation;
	u32 next_id;
	bool has_left;
	struct delayed_work upkeep;
	unsigned long upkeep_at;
	unsigned long watch_until;
	unsigned long observe_at;
	unsigned long load_at;
	struct vsw_beacon *beacon;
	struct vsw_learning_table learning;
};

/**
 * struct vsw_port - a device that joined a switch
 * @sw: its switch
 * @id: number on the switch, 1 to VSWITCH_PORTS_MAX, stable while joined
 * @is_vmknic: @dev is a VMkernel adapter, not an enslaved device
 * @link: link state as last notified; under RTNL
 * @left: vsw_port_leave() was called; @dev is NULL then; under RTNL
 * @absent: uplink: its device is away, &vsw_switch.dev stands in for it; under RTNL
 * @arriving: a device of its name appeared, and joins at @arrives_at; under RTNL
 * @settling: uplink: the link is up again and waits for @settled_at; under RTNL
 * @announcing: a burst of announcements is under way; under RTNL
 * @announce_step: how many of them were sent; under RTNL
 * @announce_tokens: how many may be sent at once; under RTNL
 * @announce_at: when to send the next, in jiffies; under RTNL
 * @token_at: when @announce_tokens was last brought up to date, in jiffies; under RTNL
 * @settled_at: when the up-delay ends, in jiffies; under RTNL
 * @observed: address that the guest was seen to use, from vsw_mac(), until it is
 *	in force; else 0
 * @observing: @observed is in the draft of vsw_observe_run(); under RTNL
 * @observe_at: no other address is adopted before this, in jiffies; under RTNL
 * @woken: its device sent a frame while the port waited for one
 * @waking: vsw_wake_run() activates it; under RTNL
 * @wake_at: it is not activated before this, in jiffies; under RTNL
 * @load_uplink: uplink that the policy "load" moved it to, or 0; under RTNL
 * @load_tx: bytes that the device had sent when load was last balanced; under RTNL
 * @load_rx: bytes that it had received then; under RTNL
 * @arrives_at: when an @arriving device joins, in jiffies; under RTNL
 * @absent_list: in the list of absent.c, if @absent; under RTNL
 * @name: name of the device that is @absent
 * @dev: the device; the link between it and the switch's device holds it
 * @stats: counters
 * @shapers: by &enum vsw_direction
 * @learned: number of addresses that it learned; under &vsw_learning_table.lock
 * @learned_list: these addresses; under &vsw_learning_table.lock
 * @left_learning: it no longer learns; under &vsw_learning_table.lock
 * @groups_lock: protects changes of @groups
 * @groups: multicast groups that it wants, or NULL for all; RCU
 * @router_until: until when it has a multicast router, in jiffies, 0 for none: for IPv6
 *	([0]) and IPv4 ([1])
 * @rcu: for freeing
 *
 * Lives from vsw_port_join() until a grace period after vsw_port_leave().
 */
struct vsw_port {
	struct vsw_switch *sw;
	u16 id;
	bool is_vmknic;
	bool link;
	bool left;
	bool absent;
	bool arriving;
	bool settling;
	bool announcing;
	u8 announce_step;
	u8 announce_tokens;
	u16 load_uplink;
	unsigned long announce_at;
	unsigned long token_at;
	unsigned long settled_at;
	u64 load_tx;
	u64 load_rx;
	atomic64_t observed;
	bool observing;
	unsigned long observe_at;
	bool woken;
	bool waking;
	unsigned long wake_at;
	unsigned long arrives_at;
	struct list_head absent_list;
	char name[IFNAMSIZ];
	struct net_device *dev;
	struct vsw_port_stats __percpu *stats;
	struct vsw_shaper shapers[VSW_DIRECTIONS];
	u32 learned;
	struct list_head learned_list;
	bool left_learning;
	spinlock_t groups_lock;	/* changes of groups */
	struct vsw_groups __rcu *groups;
	unsigned long router_until[2];
	struct rcu_head rcu;
};

/* switch.c */
extern struct rtnl_link_ops vsw_switch_link_ops;
bool vsw_is_switch(const struct net_device *dev);

/* policies.c */
extern const struct vsw_teaming vsw_teaming_default;
extern const struct vsw_teaming vsw_teaming_inherit;
extern const struct vsw_security vsw_security_inherit;
bool vsw_teaming_equal(const struct vsw_teaming *a, const struct vsw_teaming *b);
bool vsw_teaming_has(const struct vsw_teaming *teaming, u16 id);
void vsw_teaming_remove(struct vsw_teaming *teaming, u16 id);
unsigned int vsw_trunk_range_count(const struct vsw_policies *policies);
struct vsw_security vsw_security_of(const struct vsw_config *config,
				    const struct vsw_policies *policies);
struct vsw_teaming vsw_teaming_of(const struct vsw_config *config,
				  const struct vsw_policies *policies);
struct vsw_teaming vsw_teaming_of_port(const struct vsw_config *config,
				       const struct vsw_port_config *settings);
void vsw_apply_overrides(struct vsw_policies *policies, const struct vsw_portgroup *portgroup,
			 const struct vsw_overrides *overrides);
struct vsw_overrides *vsw_overrides_copy(const struct vsw_overrides *old, gfp_t gfp);
void vsw_overrides_put(struct vsw_overrides *overrides);

/* config.c */
struct vsw_config *vsw_config_create(void);
struct vsw_config *vsw_config_clone(const struct vsw_config *config, gfp_t gfp);
void vsw_config_free(struct vsw_config *config);
struct vsw_portgroup *vsw_config_edit_portgroup(struct vsw_config *draft, u16 slot, gfp_t gfp);
void vsw_config_remove_portgroup(struct vsw_config *draft, u16 slot);
int vsw_config_set_port(struct vsw_config *draft, u16 id, const struct vsw_port_config *settings,
			gfp_t gfp);
int vsw_config_find_portgroup(const struct vsw_config *config, const char *name);
unsigned int vsw_config_uplink_count(const struct vsw_config *config);
void vsw_config_remove_port(struct vsw_config *draft, u16 id, gfp_t gfp);
void vsw_config_forget_uplink(struct vsw_config *draft, u16 id, gfp_t gfp);

/* check.c */
int vsw_config_check(struct vsw_switch *sw, const struct vsw_config *draft,
		     struct netlink_ext_ack *extack);

/* commit.c */
struct vsw_config *vsw_draft(struct vsw_switch *sw, gfp_t gfp);
int vsw_commit(struct vsw_switch *sw, struct vsw_config *draft, gfp_t gfp,
	       struct netlink_ext_ack *extack);
void vsw_recompile(struct vsw_switch *sw);
void vsw_stop_port(const struct vsw_port *port);
void vsw_follow_link(const struct vsw_port *port);

/* upkeep.c */
void vsw_upkeep_init(struct vsw_switch *sw);
void vsw_upkeep_in(struct vsw_switch *sw, unsigned long delay);
void vsw_upkeep_stop(struct vsw_switch *sw);

/* announce.c */
int vsw_announce_port(struct vsw_port *port, struct netlink_ext_ack *extack);
void vsw_announce_link_up(struct vsw_port *port);
void vsw_announce_moved(struct vsw_switch *sw, const struct vsw_fwd *old,
			const struct vsw_fwd *fwd);
unsigned long vsw_announce_run(struct vsw_switch *sw);

/* observe.c */
bool vsw_observe(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from, u64 mac);
unsigned long vsw_observe_run(struct vsw_switch *sw);

/* wake.c */
void vsw_wake(const struct vsw_fwd *fwd, const struct vsw_fwd_port *from);
unsigned long vsw_wake_run(struct vsw_switch *sw);

/* team_load.c */
unsigned long vsw_load_run(struct vsw_switch *sw);

/* absent.c */
struct vsw_edit;
const char *vsw_port_name(const struct vsw_port *port);
struct vsw_port *vsw_absent_find(const struct vsw_switch *sw, const char *name);
void vsw_absent_init(struct vsw_port *port, const char *name);
struct vsw_port *vsw_absent_declare(struct vsw_edit *edit, const char *name);
void vsw_absent_settle(struct vsw_switch *sw);
void vsw_absent_leave(struct vsw_port *port);
void vsw_port_unplug(struct vsw_port *port);
void vsw_port_plug(struct vsw_port *port, struct net_device *dev);
void vsw_absent_event(const struct net_device *dev);
unsigned long vsw_absent_run(struct vsw_switch *sw);

/* port.c */
struct vsw_port *vsw_port_alloc(struct vsw_switch *sw, struct net_device *dev, bool is_vmknic,
				struct netlink_ext_ack *extack);
void vsw_port_free(struct vsw_port *port);
void vsw_port_lose(struct vsw_port *port);
struct vsw_port *vsw_port_join(struct vsw_switch *sw, struct net_device *dev, bool is_vmknic,
			       struct netlink_ext_ack *extack);
void vsw_port_leave(struct vsw_port *port);
void vsw_port_forget_left(struct vsw_switch *sw);
int vsw_port_enslave(struct vsw_switch *sw, struct net_device *dev, struct netlink_ext_ack *extack);
void vsw_port_release(struct vsw_port *port);
void vsw_port_release_all(struct vsw_switch *sw);
struct vsw_port *vsw_port_of(const struct net_device *dev);
bool vsw_port_link(const struct vsw_port *port);
int vsw_raise_uplink(struct vsw_port *port, unsigned int mtu);
int vsw_raise_uplinks(struct vsw_switch *sw, unsigned int mtu);
int vsw_port_set_first_mac(struct vsw_port *port, const u8 *mac);

/* forward.c */
rx_handler_result_t vsw_handle_frame(struct sk_buff **pskb);
void vsw_forward_client(const struct vsw_port *port, struct sk_buff *skb);
void vsw_forward_shaped(const struct vsw_port *port, struct sk_buff *skb);
void vsw_deliver_shaped(const struct vsw_port *port, struct sk_buff *skb);

/* vmknic.c */
extern struct rtnl_link_ops vsw_vmknic_link_ops;
struct vsw_port *vsw_vmknic_port(const struct net_device *dev);

/* stats.c */
struct vsw_port_stats __percpu *vsw_stats_alloc(void);
void vsw_stats_sum(struct vsw_port_stats __percpu *stats, struct vsw_counters *sum);
extern const char * const vsw_drop_names[VSWITCH_DROP_REASON_MAX + 1];

/* ethtool.c */
extern const struct ethtool_ops vsw_switch_ethtool_ops;
extern const struct ethtool_ops vsw_vmknic_ethtool_ops;

/* netdev_event.c */
extern struct notifier_block vsw_netdev_notifier;
unsigned long vsw_watch_run(struct vsw_switch *sw);

/* netlink.c */
int vsw_netlink_init(void);
void vsw_netlink_exit(void);

#endif /* _VSWITCH_H */
