// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes: from the VFS to the disk; new ones, and those that go.  VMFS-5 only.
 */
#include <linux/writeback.h>

#include "vfs.h"

/* File descriptors looked at for a new file, if the bitmap has wrong ones as free */
#define FD_TRIES	8

/**
 * vmfs_inode_save() - vmfs_inode_log() as a transaction of its own
 * @vi: inode
 *
 * Return: 0 or an error.
 */
int vmfs_inode_save(struct vmfs_inode *vi)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vmfs_volume(vi->inode.i_sb), &tx, 2);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, vi);
	if (!err)
		vmfs_inode_log(&tx, vi);
	vmfs_tx_end(&tx);
	return err;
}

/**
 * vmfs_write_inode() - the super block's write_inode
 * @inode: inode
 * @wbc: ignored: what needs durability commits
 *
 * Return: 0 or an error.
 */
int vmfs_write_inode(struct inode *inode, struct writeback_control *wbc)
{
	return inode->i_nlink ? vmfs_inode_save(to_vmfs(inode)) : 0;
}

/* Fill the file descriptor of a new file.  Its lock is kept if there is one. */
static int vmfs_format_descriptor(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 lv, u32 type)
{
	struct vmfs_fd *fd = vi->buf->data + (lv & (VMFS_BUF_SIZE - 1));
	u32 generation = vi->inode.i_generation;

	if (le32_to_cpu(fd->lock.magic) != VMFS_MAGIC_FD || le64_to_cpu(fd->lock.offset) != lv) {
		memset(&fd->lock, 0, sizeof(fd->lock));
		fd->lock.magic = cpu_to_le32(VMFS_MAGIC_FD);
		fd->lock.offset = cpu_to_le64(lv);
	}
	memset(&fd->meta, 0, sizeof(fd->meta));
	memset(fd->resident, 0, sizeof(fd->resident));
	fd->meta.address = cpu_to_le32(vi->inode.i_ino);
	fd->meta.generation = cpu_to_le32(generation);
	fd->meta.type = cpu_to_le32(type);
	fd->meta.affinity = cpu_to_le32(vi->inode.i_ino);
	vi->meta = &fd->meta;
	vi->area = fd->resident;
	vi->area_size = sizeof(fd->resident);
	vmfs_map_init(vi, VMFS_ZLA_RESIDENT);
	vmfs_tx_dirty(tx, vi->buf, fd, sizeof(*fd));
	return vmfs_lock_inode(tx, vi);
}

/*
 * Look at the file descriptor that the bitmap gave as free, before anything of it
 * changes.  Returns -EEXIST where it is a file's.
 */
static int vmfs_get_descriptor(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 lv)
{
	u32 address = vi->inode.i_ino;
	const struct vmfs_fd *fd;
	int err;

	vi->buf = vmfs_buf_get(tx->vol, lv);
	if (IS_ERR(vi->buf)) {
		err = PTR_ERR(vi->buf);
		vi->buf = NULL;
		return err;
	}
	fd = vi->buf->data + (lv & (VMFS_BUF_SIZE - 1));
	/* In the cache of inodes: a deleted file that is still open */
	if (!vmfs_is_live_fd(&fd->lock, &fd->meta, lv, address) &&
	    !insert_inode_locked(&vi->inode))
		return 0;
	vmfs_corrupt(tx->vol, "file descriptor", lv, "in use and marked free");
	vmfs_buf_put(vi->buf);
	vi->buf = NULL;
	return -EEXIST;
}

/*
 * Find a file descriptor for a new inode.  One that the bitmap wrongly has as free
 * stays allocated, which is what it should be.
 */
static int vmfs_alloc_descriptor(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 hint, u64 *item,
				 u64 *lv)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FDC];
	unsigned int tries;
	u32 got;
	int err = 0;

	for (tries = 0; tries < FD_TRIES; tries++) {
		err = vmfs_alloc(tx, res, hint, 1, item, &got, &vi->inode.i_generation);
		if (err)
			return err;
		vi->inode.i_ino = vmfs_fd_address(div_u64(*item, res->items_per_cluster),
						  *item % res->items_per_cluster);
		err = vmfs_resource_item(res, *item, lv) ?: vmfs_get_descriptor(tx, vi, *lv);
		if (err != -EEXIST)
			break;
		hint = *item;
	}
	if (err && err != -EEXIST)
		vmfs_free(tx, res, *item, 1);
	return err == -EEXIST ? -EUCLEAN : err;
}

/*
 * Undo vmfs_inode_create() of what is not in a directory, or free what is deleted.
 * On error nothing is changed.
 */
static int vmfs_free_descriptor(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FDC];
	u32 address = vi->inode.i_ino;
	__le32 generation = vi->meta->generation;
	int err;

	err = vmfs_free(tx, res, (u64)vmfs_fd_cluster(address) * res->items_per_cluster +
			vmfs_fd_item(address), 1);
	if (err)
		return err;
	memset(vi->meta, 0, sizeof(*vi->meta));
	vi->meta->address = cpu_to_le32(address);
	vi->meta->generation = generation;
	memset(vi->area, 0, vi->area_size);
	vmfs_tx_dirty(tx, vi->buf, vi->meta, sizeof(*vi->meta) + vi->area_size);
	vmfs_release_inode_lock(tx, vi);
	return 0;
}

/**
 * vmfs_inode_create() - a new file
 * @idmap: of the mount: whom it belongs to
 * @tx: transaction; uses up to 8 sectors, on a corrupt volume two more for each try
 * @dir: directory that it will be in
 * @mode: with type
 * @type: enum vmfs_file_type
 *
 * Return: the inode, I_NEW, with one link, which the caller logs when it is
 * complete; or an error: -ENOSPC, -EUCLEAN, -EIO, -ENOMEM, ...
 */
struct inode *vmfs_inode_create(struct mnt_idmap *idmap, struct vmfs_tx *tx, struct inode *dir,
				umode_t mode, u32 type)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FDC];
	u64 hint = (u64)vmfs_fd_cluster(dir->i_ino) * res->items_per_cluster, item, lv;
	struct inode *inode = new_inode(dir->i_sb);
	int err;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	err = vmfs_alloc_descriptor(tx, to_vmfs(inode), hint, &item, &lv);
	if (err) {
		iput(inode);
		return ERR_PTR(err);
	}
	err = vmfs_format_descriptor(tx, to_vmfs(inode), lv, type);
	if (err) {
		vmfs_free_descriptor(tx, to_vmfs(inode));
		clear_nlink(inode);
		vmfs_buf_put(to_vmfs(inode)->buf);
		to_vmfs(inode)->buf = NULL;
		discard_new_inode(inode);
		return ERR_PTR(err);
	}
	inode_init_owner(idmap, inode, dir, mode);
	inode_set_mtime_to_ts(inode, inode_set_atime_to_ts(inode, inode_set_ctime_current(inode)));
	vmfs_inode_set_operations(inode);
	return inode;
}

/**
 * vmfs_inode_release() - free all of a deleted file
 * @inode: inode that is evicted
 *
 * On error the file stays an orphan, which a later mount releases.
 */
void vmfs_inode_release(struct inode *inode)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	struct vmfs_tx tx;

	/* What an RDM has for addresses is the identity of a LUN. */
	if (inode->i_fop != &vmfs_rdm_fops && vmfs_map_free(vi, 0, U64_MAX))
		return;
	/* A new file may have the number as soon as that is free, before we are evicted. */
	vmfs_partial_detach(vi);
	if (vmfs_tx_begin(vmfs_volume(inode->i_sb), &tx, 16))
		return;
	if (!vmfs_free_descriptor(&tx, vi))
		vmfs_orphan_del(&tx, vi);
	vmfs_tx_end(&tx);
}
