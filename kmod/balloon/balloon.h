/* SPDX-License-Identifier: GPL-2.0 */
/*
 * balloon: the memory scheduler of vmem
 */
#ifndef _BALLOON_H
#define _BALLOON_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <uapi/linux/balloon.h>

#include "../vmem/vmem_api.h"
#include "entitlement.h"

/**
 * DOC: Overview
 *
 * A VM (vm.c) is a number that its files of vmem carry as their group.  Once a second, and
 * when something was changed, schedule.c adds up what the files of each VM have and use,
 * divides the memory that there is (entitlement.c), and writes into each file what it
 * should have: its bounds.  vmem asks policy.c who has to give memory, who may have more,
 * and who may be there at all; that looks at the bounds, and takes no lock but for the last.
 *
 * What there is: what VMs have, and what the host can give before it is soft.  So the
 * targets together are as much below what VMs have as the host needs.  A VM with less than
 * its target is not taken from, and targets do not matter while memory is plenty; limits do.
 */

/**
 * DOC: Locking
 *
 * bln_lock protects all VMs.  It is taken under the i_rwsem of a file that gets its size;
 * vmem's spinlocks are inside of it.
 */

#define BLN_NAME	64	/* with its zero */
#define BLN_FILES_MAX	16	/* of a VM: one for each of its NUMA nodes */

/**
 * struct bln_settings - what an administrator wants for a VM
 * @level: &enum balloon_level
 * @shares: with the custom level
 * @reservation: pages
 * @limit: pages; 0 for none
 * @methods: VMEM_METHOD_* by which memory may be taken
 */
struct bln_settings {
	u8 level;
	u64 shares;
	u64 reservation;
	u64 limit;
	u32 methods;
};

/**
 * struct bln_vm - a VM
 * @group: its number; with %VMEM_GROUP_OWN in it, it is a file that belongs to no VM
 * @name: its name; empty for such a file
 * @settings: what is wanted
 * @files: how many files it has; this and the rest are of the last computation
 * @usage: what they have and use, together; what is not measured is active
 * @claim: its entitlement
 * @target: its target
 * @reason: where the entitlement comes from, &enum balloon_reason
 */
struct bln_vm {
	u64 group;
	char name[BLN_NAME];
	struct bln_settings settings;
	unsigned int files;
	struct vmem_usage usage;
	struct bln_claim claim;
	struct bln_target target;
	u8 reason;
};

/**
 * struct bln_counts - what the scheduler has done
 * @runs: computations
 * @time: that they took, ns
 * @refused: reservations and files
 * @held: pages and blocks that a VM did not get
 */
struct bln_counts {
	atomic_long_t runs;
	atomic64_t time;
	atomic_long_t refused;
	atomic_long_t held;
};

extern struct bln_counts bln_counts;

/* vm.c */
extern struct mutex bln_lock;
extern struct xarray bln_vms;
struct bln_vm *bln_vm_find(const char *name);
struct bln_vm *bln_vm_create(u64 group, const char *name);
void bln_vm_remove(struct bln_vm *vm);
int bln_vm_get_files(const struct bln_vm *vm, u64 *ids);
int bln_vm_set_files(struct bln_vm *vm, const u64 *ids, int count, struct netlink_ext_ack *extack);
u64 bln_vm_shares(const struct bln_vm *vm);
void bln_measure(void);
u64 bln_capacity(void);
u64 bln_committed(void);
u64 bln_commitment(const struct bln_vm *vm, u64 size, u64 reserved);
void bln_vm_exit(void);

/* schedule.c */
u64 bln_total(void);
void bln_schedule_soon(void);
void bln_tell_targets_to(void (*tell)(const struct bln_vm *vm));
int bln_schedule_init(void);
void bln_schedule_exit(void);

/* policy.c */
int bln_policy_init(void);
void bln_policy_exit(void);

/* netlink.c */
int bln_netlink_init(void);
void bln_netlink_exit(void);

#endif /* _BALLOON_H */
