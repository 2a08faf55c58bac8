// SPDX-License-Identifier: GPL-2.0
/*
 * File descriptors on disk: their locks, and what of them the VFS changes.  VMFS-5 only.
 */
#include <linux/slab.h>

#include "map.h"

/* The lock is in front of the metadata, in the same page (VMFS-5). */
static struct vmfs_lock *vmfs_inode_lock_sector(struct vmfs_inode *vi)
{
	return (void *)vi->meta - sizeof(struct vmfs_lock);
}

static unsigned long vmfs_descriptor_item(const struct vmfs_inode *vi)
{
	const struct vmfs_resource *res = &vmfs_volume(vi->inode.i_sb)->space->res[VMFS_FDC];

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
	unsigned long *held = tx->vol->space->held_fds, item = vmfs_descriptor_item(vi);
	struct vmfs_lock *lock = vmfs_inode_lock_sector(vi);
	int err = 0;

	if (test_bit(item, held))
		return 0;
	mutex_lock(&vi->index_mutex);
	if (!test_bit(item, held)) {
		err = tx->vol->locks->ops->acquire(tx->vol, lock);
		vmfs_tx_dirty(tx, vi->buf, lock, sizeof(*lock));
		if (!err)
			set_bit(item, held);
	}
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
	struct vmfs_lock *lock = vmfs_inode_lock_sector(vi);

	if (!test_and_clear_bit(vmfs_descriptor_item(vi), tx->vol->space->held_fds))
		return;
	tx->vol->locks->ops->release(tx->vol, lock);
	vmfs_tx_dirty(tx, vi->buf, lock, sizeof(*lock));
}

static int vmfs_unlock_file(struct vmfs_volume *vol, unsigned long item)
{
	struct vmfs_lock *lock;
	struct vmfs_buf *buf;
	struct vmfs_tx tx;
	u64 lv;
	int err;

	err = vmfs_resource_item(&vol->space->res[VMFS_FDC], item, &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = vmfs_tx_begin(vol, &tx, 1);
	if (!err) {
		lock = buf->data + (lv & (VMFS_BUF_SIZE - 1));
		err = vol->locks->ops->release(vol, lock);
		vmfs_tx_dirty(&tx, buf, lock, sizeof(*lock));
		clear_bit(item, vol->space->held_fds);
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

	for_each_set_bit(item, vol->space->held_fds, vol->space->res[VMFS_FDC].items) {
		err = vmfs_unlock_file(vol, item);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

/**
 * vmfs_descriptors_open() - make ready to lock file descriptors
 * @vol: volume whose resources are open
 *
 * Return: 0 or -ENOMEM; vmfs_descriptors_close() cleans up in any case.
 */
int vmfs_descriptors_open(struct vmfs_volume *vol)
{
	size_t longs = BITS_TO_LONGS(vol->space->res[VMFS_FDC].items);

	vol->space->held_fds = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	return vol->space->held_fds ? 0 : -ENOMEM;
}

/**
 * vmfs_descriptors_close() - undo vmfs_descriptors_open()
 * @vol: volume that nobody changes any more
 */
void vmfs_descriptors_close(struct vmfs_volume *vol)
{
	kvfree(vol->space->held_fds);
	vol->space->held_fds = NULL;
}

static u32 vmfs_disk_time(struct timespec64 time)
{
	return clamp_t(time64_t, time.tv_sec, 0, U32_MAX);
}

/**
 * vmfs_inode_log() - make the VFS's attributes part of a transaction
 * @tx: transaction; uses a sector
 * @vi: inode whose lock on disk is ours
 *
 * Writeback does so without i_rwsem: i_lock lets the newest attributes win.
 */
void vmfs_inode_log(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_fd_meta *meta = vi->meta;
	struct inode *inode = &vi->inode;

	spin_lock(&inode->i_lock);
	meta->nlink = cpu_to_le32(inode->i_nlink);
	meta->length = cpu_to_le64(i_size_read(inode));
	meta->mtime = cpu_to_le32(vmfs_disk_time(inode_get_mtime(inode)));
	meta->ctime = cpu_to_le32(vmfs_disk_time(inode_get_ctime(inode)));
	meta->atime = cpu_to_le32(vmfs_disk_time(inode_get_atime(inode)));
	meta->uid = cpu_to_le32(i_uid_read(inode));
	meta->gid = cpu_to_le32(i_gid_read(inode));
	meta->mode = cpu_to_le32((le32_to_cpu(meta->mode) & ~07777u) | (inode->i_mode & 07777));
	spin_unlock(&inode->i_lock);
	vmfs_tx_dirty(tx, vi->buf, meta, sizeof(*meta));
}
