/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mirror sessions: copies of frames for monitoring.
 */
#ifndef _VSWITCH_MIRROR_H
#define _VSWITCH_MIRROR_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/if_vlan.h>
#include <linux/kref.h>

#include <uapi/linux/vswitch.h>

/**
 * struct vsw_mirror - a mirror session
 * @ref: configurations that hold it; it is immutable but for @seen
 * @name: unique on the switch
 * @destination: port id
 * @rspan_vlan: VLAN of the copies on an uplink, 0 for a local destination
 * @length: bytes of each frame, 0 for all
 * @sampling: one frame of so many is copied
 * @seen: frames that could have been copied
 * @rcu: for freeing; snapshots point here
 * @vlans: VLANs whose frames are copied when they enter the switch
 * @ingress: ports whose frames are copied when they enter the switch
 * @egress: ports whose frames are copied when they leave the switch
 */
struct vsw_mirror {
	struct kref ref;
	char name[VSWITCH_NAME_MAX + 1];
	u16 destination;
	u16 rspan_vlan;
	u32 length;
	u32 sampling;
	atomic_t seen;
	struct rcu_head rcu;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	DECLARE_BITMAP(ingress, VSWITCH_PORTS_MAX + 1);
	DECLARE_BITMAP(egress, VSWITCH_PORTS_MAX + 1);
};

struct vsw_config;

struct vsw_mirror *vsw_mirror_clone(const struct vsw_mirror *old, gfp_t gfp);
void vsw_mirror_put(struct vsw_mirror *mirror);
int vsw_mirror_find(const struct vsw_config *config, const char *name);
void vsw_mirrors_forget_port(struct vsw_config *draft, u16 id, gfp_t gfp);

#endif /* _VSWITCH_MIRROR_H */
