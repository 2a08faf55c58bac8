/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs, the second layer: locks on disk, and the heartbeat of the host that holds them
 */
#ifndef _VMFS_LOCK_H
#define _VMFS_LOCK_H

#include <linux/workqueue.h>

#include "disk.h"

/**
 * DOC: Locks on disk
 *
 * A host that writes to a volume has a slot with a heartbeat there (heartbeat.c), which
 * it changes with vmfs_swap() only.  A lock on disk names the slot and its generation:
 * see &struct vmfs_lock_ops.
 *
 * State: &struct vmfs_locks.  Lock: &vmfs_hb.lock.
 */

/**
 * struct vmfs_hb - our heartbeat
 * @vol: volume
 * @lv: LV offset of the slot
 * @lock: held while the slot is written; protects @slot, @next, @seen and @tried
 * @slot: what is on disk, but for the stamp of pulses that failed
 * @next: what is being written
 * @seen: what was read
 * @tried: the newest stamp that may be on disk
 * @workqueue: for @work
 * @work: the pulse
 */
struct vmfs_hb {
	struct vmfs_volume *vol;
	u64 lv;
	struct mutex lock; /* see above */
	struct vmfs_heartbeat *slot;
	struct vmfs_heartbeat *next;
	struct vmfs_heartbeat *seen;
	u64 tried;
	struct workqueue_struct *workqueue;
	struct delayed_work work;
};

/**
 * struct vmfs_lock_ops - how locks on disk are taken
 * @name: as given to -o lock=
 * @swap_sector: see vmfs_swap()
 * @acquire: become the exclusive owner of a lock
 * @release: give it up
 *
 * The last two are called within a transaction, with what protects the lock sector held; the
 * caller makes the sector part of the transaction.  Errors: -EBUSY, another host has it;
 * -EIO.
 */
struct vmfs_lock_ops {
	const char *name;
	int (*swap_sector)(struct vmfs_volume *vol, u64 lv, void *old, void *new, void *found);
	int (*acquire)(struct vmfs_volume *vol, struct vmfs_lock *lock);
	int (*release)(struct vmfs_volume *vol, struct vmfs_lock *lock);
};

/**
 * struct vmfs_locks - who we are on a volume, and how it is locked
 * @ops: how locks on disk are taken
 * @time: counts what we lock: &vmfs_lock.mtime
 * @host: our UUID
 * @hb: our heartbeat; NULL while read-only
 * @hb_sum: vmfs_hb_sum() when the volume was read; where it is not active
 */
struct vmfs_locks {
	const struct vmfs_lock_ops *ops;
	atomic64_t time;
	struct vmfs_uuid host;
	struct vmfs_hb *hb;
	u64 hb_sum;
};

/* lock.c */
extern const struct vmfs_lock_ops vmfs_lock_local;
int vmfs_swap(struct vmfs_volume *vol, u64 lv, void *old, void *new, void *found);

/* heartbeat.c */
int vmfs_hb_read_all(struct vmfs_volume *vol, struct vmfs_heartbeat **slots);
int vmfs_hb_look(struct vmfs_volume *vol, struct fs_context *fc);
u64 vmfs_hb_sum(const struct vmfs_heartbeat *slots);
int vmfs_hb_open(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 const struct vmfs_heartbeat *stale);
u64 vmfs_hb_age(const struct vmfs_volume *vol);
u64 vmfs_hb_next_generation(const struct vmfs_volume *vol);
int vmfs_hb_mark(struct vmfs_volume *vol, const struct vmfs_log_header *log);
int vmfs_hb_claim(struct vmfs_volume *vol, u32 journal_block);
int vmfs_hb_alone(struct vmfs_volume *vol);
int vmfs_hb_end_log(struct vmfs_volume *vol);
int vmfs_hb_release(struct vmfs_volume *vol);
void vmfs_hb_stop(struct vmfs_volume *vol);
void vmfs_hb_host_uuid(struct vmfs_uuid *uuid);

#endif
