// SPDX-License-Identifier: GPL-2.0
/*
 * Locks on disk.  A lock is taken before what is behind it is changed for the
 * first time, and kept until the file is deleted or the volume is unmounted: alone on
 * a volume, nobody asks for it.  Above all, eviction of an inode changes nothing: a
 * shrinker that waits for the end of a freeze holds what the thaw needs.
 */
#include "journal.h"

/*
 * lock=local: one host, whose only danger is itself.  Every heartbeat that was
 * in use was dealt with while mounting, so that a lock with another owner is
 * stale.  Locks are part of the transaction that needs them.
 */
static int local_acquire(struct vmfs_tx *tx, struct vmfs_buf *buf, struct vmfs_lock *lock)
{
	struct vmfs_volume *vol = tx->vol;

	lock->hb_offset = vol->hb->slot->offset;
	lock->hb_generation = vol->hb->slot->generation;
	lock->mode = cpu_to_le32(VMFS_LOCK_EXCLUSIVE);
	lock->owner = vol->host;
	le64_add_cpu(&lock->token, 1);
	lock->mtime = cpu_to_le64(atomic64_inc_return(&vol->lock_time));
	vmfs_tx_dirty(tx, buf, lock, sizeof(*lock));
	return 0;
}

static int local_release(struct vmfs_tx *tx, struct vmfs_buf *buf, struct vmfs_lock *lock)
{
	lock->mode = cpu_to_le32(VMFS_LOCK_FREE);
	memset(&lock->owner, 0, sizeof(lock->owner));
	le64_add_cpu(&lock->token, 1);
	vmfs_tx_dirty(tx, buf, lock, sizeof(*lock));
	return 0;
}

const struct vmfs_lock_ops vmfs_lock_local = {
	.name = "local",
	.acquire = local_acquire,
	.release = local_release,
};

/* The lock is in front of the metadata, in the same page (VMFS-5). */
static struct vmfs_lock *inode_lock_sector(struct vmfs_inode *vi)
{
	return (void *)vi->meta - sizeof(struct vmfs_lock);
}

static unsigned long descriptor_item(const struct vmfs_inode *vi)
{
	const struct vmfs_resource *res = &vmfs_volume(vi->inode.i_sb)->res[VMFS_FDC];

	return (u64)vmfs_fd_cluster(vi->inode.i_ino) * res->items_per_cluster +
	       vmfs_fd_item(vi->inode.i_ino);
}

/**
 * vmfs_lock_inode() - own a file descriptor before it is changed
 * @tx: transaction; uses a sector
 * @vi: inode
 *
 * Return: 0 or an error of &vmfs_lock_ops.acquire.
 */
int vmfs_lock_inode(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	unsigned long *held = tx->vol->journal->held, item = descriptor_item(vi);
	int err;

	if (test_bit(item, held))
		return 0;
	mutex_lock(&vi->index_mutex);
	err = test_bit(item, held) ? 0 :
	      tx->vol->lock_ops->acquire(tx, vi->buf, inode_lock_sector(vi));
	if (!err)
		set_bit(item, held);
	mutex_unlock(&vi->index_mutex);
	return err;
}

/**
 * vmfs_release_inode_lock() - give a file descriptor up
 * @tx: transaction; uses a sector
 * @vi: inode whose lock on disk is ours or not
 */
void vmfs_release_inode_lock(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	if (test_and_clear_bit(descriptor_item(vi), tx->vol->journal->held))
		tx->vol->lock_ops->release(tx, vi->buf, inode_lock_sector(vi));
}

static int unlock_file(struct vmfs_volume *vol, unsigned long item)
{
	struct vmfs_buf *buf;
	struct vmfs_tx tx;
	u64 lv;
	int err;

	err = vmfs_resource_item(&vol->res[VMFS_FDC], item, &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = vmfs_tx_begin(vol, &tx, 1);
	if (!err) {
		err = vol->lock_ops->release(&tx, buf, buf->data + (lv & (VMFS_BUF_SIZE - 1)));
		clear_bit(item, vol->journal->held);
		vmfs_tx_end(&tx);
	}
	vmfs_buf_put(buf);
	return err;
}

/**
 * vmfs_unlock_files() - give all file descriptors up
 * @vol: volume that is unmounted: it has no inodes any more
 *
 * Return: 0 or an error.
 */
int vmfs_unlock_files(struct vmfs_volume *vol)
{
	unsigned long item;
	int err = 0;

	for_each_set_bit(item, vol->journal->held, vol->res[VMFS_FDC].items) {
		err = unlock_file(vol, item);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

static int unlock_cluster(struct vmfs_resource *res, u32 number)
{
	struct vmfs_volume *vol = res->vol;
	struct vmfs_buf *buf;
	struct vmfs_tx tx;
	u64 lv;
	int err;

	err = vmfs_resource_cluster(res, number, &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = vmfs_tx_begin(vol, &tx, 1);
	if (!err) {
		mutex_lock(&res->lock);
		err = vol->lock_ops->release(&tx, buf, buf->data + (lv & (VMFS_BUF_SIZE - 1)));
		__clear_bit(number, res->held);
		mutex_unlock(&res->lock);
		vmfs_tx_end(&tx);
	}
	vmfs_buf_put(buf);
	return err;
}

/**
 * vmfs_unlock_clusters() - give all clusters up
 * @vol: volume that is unmounted
 *
 * Return: 0 or the first error.
 */
int vmfs_unlock_clusters(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;
	int err = 0;

	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		struct vmfs_resource *res = &vol->res[kind];
		unsigned long number;

		if (!res->held)
			continue;
		for_each_set_bit(number, res->held, res->clusters) {
			int one = unlock_cluster(res, number);

			err = err ?: one;
		}
	}
	return err;
}
