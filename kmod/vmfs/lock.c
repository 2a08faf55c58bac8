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

const struct vmfs_lock_ops vmfs_lock_local = {
	.name = "local",
	.acquire = vmfs_local_acquire,
	.release = vmfs_local_release,
};
