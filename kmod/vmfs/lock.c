// SPDX-License-Identifier: GPL-2.0
/*
 * Locks on disk.  A lock is taken before what it protects is changed for the first
 * time, and kept until the file is deleted or the volume is unmounted: alone on
 * a volume, nobody asks for it.  Above all, eviction of an inode changes nothing: a
 * shrinker that waits for the end of a freeze holds what the thaw needs.
 */
#include "lock.h"

/*
 * lock=local: one host, whose only danger is itself.  Every heartbeat that was
 * in use was dealt with while mounting, so that a lock with another owner is
 * stale.
 */
static int vmfs_local_acquire(struct vmfs_volume *vol, struct vmfs_lock *lock)
{
	struct vmfs_locks *locks = vol->locks;

	lock->hb_offset = locks->hb->slot->offset;
	lock->hb_generation = locks->hb->slot->generation;
	lock->mode = cpu_to_le32(VMFS_LOCK_EXCLUSIVE);
	lock->owner = locks->host;
	le64_add_cpu(&lock->token, 1);
	lock->mtime = cpu_to_le64(atomic64_inc_return(&locks->time));
	return 0;
}

static int vmfs_local_release(struct vmfs_volume *vol, struct vmfs_lock *lock)
{
	lock->mode = cpu_to_le32(VMFS_LOCK_FREE);
	memset(&lock->owner, 0, sizeof(lock->owner));
	le64_add_cpu(&lock->token, 1);
	return 0;
}

/*
 * Between the look and the write another host may write, which the one that was first
 * sees when it looks next.
 */
static int vmfs_local_swap(struct vmfs_volume *vol, u64 lv, void *old, void *new, void *found)
{
	int err = vmfs_lv_io(vol, REQ_OP_READ, lv, found, VMFS_SECTOR);

	if (!err && memcmp(found, old, VMFS_SECTOR))
		err = -EBUSY;
	return err ?: vmfs_lv_io(vol, REQ_OP_WRITE | REQ_FUA, lv, new, VMFS_SECTOR);
}

/**
 * vmfs_swap() - replace a sector, if nobody else has changed it
 * @vol: volume
 * @lv: LV offset of the sector
 * @old: what it must be, VMFS_SECTOR bytes
 * @new: what it becomes
 * @found: buffer; where the sector was not @old, what it was instead
 *
 * How hosts that share a volume agree: one of two that swap at once gets -EBUSY, as far
 * as the kind of locks can tell.  After -EIO the sector may be either.
 *
 * Return: 0, durably; -EBUSY where the sector was not @old; -EIO.
 */
int vmfs_swap(struct vmfs_volume *vol, u64 lv, void *old, void *new, void *found)
{
	return vol->locks->ops->swap_sector(vol, lv, old, new, found);
}

const struct vmfs_lock_ops vmfs_lock_local = {
	.name = "local",
	.swap_sector = vmfs_local_swap,
	.acquire = vmfs_local_acquire,
	.release = vmfs_local_release,
};
