// SPDX-License-Identifier: GPL-2.0
/*
 * write(): which locks, and room for what is written.
 */
#include <linux/iomap.h>
#include <linux/pagemap.h>
#include <linux/uio.h>

#include "vfs.h"

/* Content moves from a sub-block to a file block: nobody may use it meanwhile. */
static int vmfs_move_to_file_blocks(struct inode *inode, u64 size)
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
		return vmfs_move_to_file_blocks(inode, size);
	return vmfs_map_grow(vi, size);
}

/* Is there nothing to do before these bytes can be written? */
static bool vmfs_is_prepared(struct inode *inode, u64 from, u64 to)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 size = i_size_read(inode);

	return to <= vmfs_map_room(vi) && from <= size && (to <= size || vi->end_is_zero);
}

/* What any write needs, with i_rwsem.  Returns the number of bytes to write, or an error. */
static ssize_t vmfs_check_write(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t count = generic_write_checks(iocb, from);

	return count <= 0 ? count : kiocb_modified(iocb) ?: count;
}

/* The same for one that may extend the file, with i_rwsem held exclusively */
static ssize_t vmfs_prepare_write(struct kiocb *iocb, struct iov_iter *from, struct inode *inode)
{
	ssize_t count = vmfs_check_write(iocb, from);
	int err;

	if (count <= 0 || vmfs_is_prepared(inode, iocb->ki_pos, iocb->ki_pos + count))
		return count;
	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	err = vmfs_make_room(inode, iocb->ki_pos + count) ?: vmfs_zero_gap(inode, iocb->ki_pos);
	return err ?: count;
}

static ssize_t vmfs_write_buffered(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	loff_t size;
	ssize_t ret;

	if (!(iocb->ki_flags & IOCB_NOWAIT))
		inode_lock(inode);
	else if (!inode_trylock(inode))
		return -EAGAIN;
	size = i_size_read(inode);
	ret = vmfs_prepare_write(iocb, from, inode);
	if (ret > 0)
		ret = iomap_file_buffered_write(iocb, from, &vmfs_write_iomap_ops,
						&vmfs_folio_write_ops, NULL);
	if (i_size_read(inode) != size)
		mark_inode_dirty(inode);
	inode_unlock(inode);
	return ret > 0 ? generic_write_sync(iocb, ret) : ret;
}

/* Those within the file's size may go side by side. */
static bool vmfs_can_share(struct kiocb *iocb, struct iov_iter *from, struct inode *inode)
{
	u64 end = iocb->ki_pos + iov_iter_count(from);

	return !(iocb->ki_flags & IOCB_APPEND) && end <= i_size_read(inode) &&
	       end <= vmfs_map_room(to_vmfs(inode)) && IS_NOSEC(inode);
}

/*
 * A direct write beside others.  Returns -EAGAIN, with nothing begun, where it needs the file
 * for itself: parts of VMFS_BLOCK_SIZE of what reads as zero.
 */
static ssize_t vmfs_write_shared(struct kiocb *iocb, struct iov_iter *from, unsigned int flags)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret = -EAGAIN;

	if ((iocb->ki_pos | iov_iter_count(from)) & (VMFS_BLOCK_SIZE - 1))
		flags |= IOMAP_DIO_OVERWRITE_ONLY;
	if (!(iocb->ki_flags & IOCB_NOWAIT))
		inode_lock_shared(inode);
	else if (!inode_trylock_shared(inode))
		return -EAGAIN;
	if (vmfs_can_share(iocb, from, inode)) {	/* not truncated meanwhile */
		ret = vmfs_check_write(iocb, from);
		if (ret > 0)
			ret = iomap_dio_rw(iocb, from, &vmfs_write_iomap_ops, &vmfs_dio_ops, flags,
					   NULL, 0);
	}
	inode_unlock_shared(inode);
	return ret;
}

/* One at a time, and it waits for its end: parts of blocks, and the size. */
static ssize_t vmfs_write_alone(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret;

	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	inode_lock(inode);
	ret = vmfs_prepare_write(iocb, from, inode);
	if (ret > 0) {
		inode_dio_wait(inode);
		ret = iomap_dio_rw(iocb, from, &vmfs_write_iomap_ops, &vmfs_dio_ops,
				   IOMAP_DIO_FORCE_WAIT, NULL, 0);
		if (ret < 0)	/* parts of it may be past the end */
			WRITE_ONCE(to_vmfs(inode)->end_is_zero, false);
	}
	inode_unlock(inode);
	return ret;
}

static ssize_t vmfs_write_direct(struct kiocb *iocb, struct iov_iter *from)
{
	bool sync = iocb->ki_flags & IOCB_DSYNC;
	ssize_t ret = -EAGAIN;

	if (sync && iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	/* iomap would call fsync(), which needs i_rwsem, with that held. */
	iocb->ki_flags &= ~IOCB_DSYNC;
	if (vmfs_can_share(iocb, from, file_inode(iocb->ki_filp)))
		ret = vmfs_write_shared(iocb, from, sync ? IOMAP_DIO_FORCE_WAIT : 0);
	if (ret == -EAGAIN)
		ret = vmfs_write_alone(iocb, from);
	if (!sync)	/* the iocb may be gone */
		return ret;
	iocb->ki_flags |= IOCB_DSYNC;
	return ret > 0 ? generic_write_sync(iocb, ret) : ret;
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
		ret = vmfs_write_direct(iocb, from);
		/* -ENOTBLK: pages in memory could not be invalidated. */
		if (ret != -ENOTBLK)
			return ret;
	}
	return vmfs_write_buffered(iocb, from);
}
