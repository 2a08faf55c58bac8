// SPDX-License-Identifier: GPL-2.0
/*
 * write(): which locks, and room for what is written.
 */
#include <linux/iomap.h>
#include <linux/pagemap.h>
#include <linux/uio.h>

#include "journal.h"

/* Content moves from a sub-block to a file block: nobody may use it meanwhile. */
static int move_to_file_blocks(struct inode *inode, u64 size)
{
	struct address_space *mapping = inode->i_mapping;
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 last = vmfs_volume(inode->i_sb)->sb_size - 1;
	int err;

	inode_dio_wait(inode);
	filemap_invalidate_lock(mapping);
	err = filemap_write_and_wait_range(mapping, 0, last);
	if (!err) {
		/* Waits for those that read from the old place. */
		invalidate_inode_pages2_range(mapping, 0, last >> PAGE_SHIFT);
		down_write(&vi->wb_sem);
		err = vmfs_map_grow(vi, size);
		up_write(&vi->wb_sem);
	}
	filemap_invalidate_unlock(mapping);
	return err;
}

/**
 * vmfs_make_room() - let a file have the kind of data that its size needs
 * @inode: inode; i_rwsem is held exclusively
 * @size: bytes
 *
 * Return: 0 or an error of vmfs_clean_end() or vmfs_map_grow().
 */
int vmfs_make_room(struct inode *inode, u64 size)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	int err = vmfs_clean_end(inode);

	if (err || vmfs_map_room(vi) >= size)
		return err;
	if (READ_ONCE(vi->zla) == VMFS_ZLA_SB)
		return move_to_file_blocks(inode, size);
	return vmfs_map_grow(vi, size);
}

static int lock_for_write(struct kiocb *iocb, struct inode *inode, bool shared)
{
	if (iocb->ki_flags & IOCB_NOWAIT) {
		if (shared ? inode_trylock_shared(inode) : inode_trylock(inode))
			return 0;
		return -EAGAIN;
	}
	if (shared)
		inode_lock_shared(inode);
	else
		inode_lock(inode);
	return 0;
}

static void unlock_for_write(struct inode *inode, bool shared)
{
	if (shared)
		inode_unlock_shared(inode);
	else
		inode_unlock(inode);
}

/* Is there nothing to do before these bytes can be written? */
static bool is_prepared(struct inode *inode, u64 from, u64 to)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 size = i_size_read(inode);

	return to <= vmfs_map_room(vi) && from <= size && (to <= size || vi->end_is_zero);
}

/* What any write needs, with i_rwsem.  Returns the number of bytes to write, or an error. */
static ssize_t prepare(struct kiocb *iocb, struct iov_iter *from, struct inode *inode, bool shared)
{
	ssize_t count = generic_write_checks(iocb, from);
	int err;

	if (count <= 0)
		return count;
	err = kiocb_modified(iocb);
	if (err || shared)
		return err ?: count;
	if (is_prepared(inode, iocb->ki_pos, iocb->ki_pos + count))
		return count;
	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	err = vmfs_make_room(inode, iocb->ki_pos + count) ?: vmfs_zero_gap(inode, iocb->ki_pos);
	return err ?: count;
}

static ssize_t write_buffered(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	loff_t size;
	ssize_t ret;

	ret = lock_for_write(iocb, inode, false);
	if (ret)
		return ret;
	size = i_size_read(inode);
	ret = prepare(iocb, from, inode, false);
	if (ret > 0)
		ret = iomap_file_buffered_write(iocb, from, &vmfs_write_iomap_ops, NULL);
	if (i_size_read(inode) != size)
		mark_inode_dirty(inode);
	inode_unlock(inode);
	return ret > 0 ? generic_write_sync(iocb, ret) : ret;
}

/* Those that only overwrite may go side by side. */
static bool can_share(struct kiocb *iocb, struct iov_iter *from, struct inode *inode)
{
	u64 end = iocb->ki_pos + iov_iter_count(from);

	return !(iocb->ki_flags & IOCB_APPEND) && end <= i_size_read(inode) &&
	       end <= vmfs_map_room(to_vmfs(inode)) && IS_NOSEC(inode) &&
	       !((iocb->ki_pos | end) & (VMFS_BLOCK_SIZE - 1));
}

static ssize_t write_direct(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	bool sync = iocb->ki_flags & IOCB_DSYNC;
	bool shared = can_share(iocb, from, inode);
	unsigned int flags = sync ? IOMAP_DIO_FORCE_WAIT : 0;
	ssize_t ret;

	if (sync && iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	ret = lock_for_write(iocb, inode, shared);
	if (ret)
		return ret;
	if (shared && !can_share(iocb, from, inode)) {	/* truncated meanwhile */
		unlock_for_write(inode, shared);
		shared = false;
		ret = lock_for_write(iocb, inode, shared);
		if (ret)
			return ret;
	}
	ret = prepare(iocb, from, inode, shared);
	if (ret <= 0)
		goto out;
	if (!shared) {
		/* Blocks that are not wholly written, and the size: one at a time. */
		inode_dio_wait(inode);
		flags = IOMAP_DIO_FORCE_WAIT;
	}
	/* iomap would call fsync() here, which needs i_rwsem. */
	iocb->ki_flags &= ~IOCB_DSYNC;
	ret = iomap_dio_rw(iocb, from, &vmfs_write_iomap_ops, &vmfs_dio_ops, flags, NULL, 0);
	if (ret < 0 && !shared)		/* parts of it may be past the end */
		WRITE_ONCE(to_vmfs(inode)->end_is_zero, false);
	if (sync)	/* else the iocb may be gone */
		iocb->ki_flags |= IOCB_DSYNC;
out:
	unlock_for_write(inode, shared);
	return ret > 0 && sync ? generic_write_sync(iocb, ret) : ret;
}

/**
 * vmfs_write_iter() - write_iter of files
 * @iocb: file, position, flags
 * @from: what to write
 *
 * Return: bytes written, or an error.
 */
ssize_t vmfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t ret;

	if (!vmfs_is_active(vmfs_volume(file_inode(iocb->ki_filp)->i_sb)))
		return -EROFS;
	/* With mount -o sync, iomap would call fsync() with i_rwsem held. */
	if (iocb->ki_flags & IOCB_DIRECT && !IS_SYNC(file_inode(iocb->ki_filp))) {
		ret = write_direct(iocb, from);
		/* -ENOTBLK: pages in memory could not be invalidated. */
		if (ret != -ENOTBLK)
			return ret;
	}
	return write_buffered(iocb, from);
}
