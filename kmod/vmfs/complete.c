// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of which a part is written: making them durable, and filling the rest with zeros.
 *
 * Both need the locks of inodes that the VFS takes: partial.c below only knows the blocks.
 */
#include <linux/pagemap.h>

#include "vfs.h"
#include "partial.h"

/* The same file's blocks that are completed before others may take its lock */
#define COMPLETE_AT_ONCE	8u

/* Blocks that are completed before others may have s_umount */
#define OLDEST_AT_ONCE	64u

/* Fill what is not written of a block with zeros. */
static int vmfs_fill_with_zeros(struct vmfs_volume *vol, const struct vmfs_partial *partial)
{
	unsigned int nbits = vmfs_fb_size(vol) >> VMFS_BLOCK_SHIFT, from, to;
	int err = 0;

	for (from = find_first_zero_bit(partial->bits, nbits); !err && from < nbits;
	     from = find_next_zero_bit(partial->bits, nbits, to)) {
		to = find_next_bit(partial->bits, nbits, from);
		err = vmfs_lv_zero(vol, partial->lv + ((u64)from << VMFS_BLOCK_SHIFT),
				   (u64)(to - from) << VMFS_BLOCK_SHIFT);
	}
	return err;
}

/* With wb_sem held exclusively, and nothing being written: so @partial stays. */
static int vmfs_complete_block(struct vmfs_inode *vi, struct vmfs_partial *partial)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 block = partial->block;
	struct vmfs_map map;
	int err;

	if (READ_ONCE(vol->disk.err))
		return -EIO;
	down_read(&vi->map_sem);
	err = vi->zla == VMFS_ZLA_SB || vi->zla == VMFS_ZLA_RESIDENT ? -ENOENT :
	      vmfs_map_find(vi, block << vol->fb_shift, 1, &map);
	up_read(&vi->map_sem);
	/* A table that was loaded may be older than the file. */
	if (err == -ENOENT || (!err && (map.type != VMFS_MAP_TBZ || map.lv != partial->lv)))
		return vmfs_partial_cut_blocks(vi, block, block + 1);
	if (!err)
		err = vmfs_fill_with_zeros(vol, partial) ?: vmfs_map_convert(vi, block, 1, 0);
	if (!err)
		vmfs_count(vol, VMFS_COUNT_COMPLETED_BLOCKS, 1);
	return err;
}

/*
 * Keep others from writing to a file.  Without the lock, direct reads may begin at any time:
 * to wait for them could take for ever.
 */
static void vmfs_begin_completion(struct vmfs_inode *vi, bool lock)
{
	if (lock) {
		inode_lock(&vi->inode);
		inode_dio_wait(&vi->inode);
	}
	down_write(&vi->wb_sem);
	/* What failed is not noted as written; fsync() tells of it. */
	filemap_fdatawait_keep_errors(vi->inode.i_mapping);
}

static void vmfs_end_completion(struct vmfs_inode *vi, bool lock)
{
	up_write(&vi->wb_sem);
	if (lock)
		inode_unlock(&vi->inode);
	cond_resched();
}

/* Complete a block, if it is still partly written.  Returns whether that was done. */
static bool vmfs_complete_one(struct vmfs_inode *vi, u64 block)
{
	struct vmfs_partial *partial;
	bool done;

	vmfs_begin_completion(vi, true);
	partial = vi->partial ? xa_load(&vi->partial->blocks, block) : NULL;
	done = partial && !vmfs_complete_block(vi, partial);
	vmfs_end_completion(vi, true);
	return done;
}

/*
 * Complete the blocks of a file: all, or those that changed.  @lock: not for those who
 * know that nobody begins to write to the file now.
 */
static int vmfs_complete_file(struct vmfs_inode *vi, xa_mark_t which, bool lock)
{
	unsigned long block = 0;
	int err = 0;

	while (!err && vi->partial && !xa_empty(&vi->partial->blocks)) {
		unsigned int left = COMPLETE_AT_ONCE;
		struct vmfs_partial *partial = NULL;

		vmfs_begin_completion(vi, lock);
		while (!err && left-- &&
		       (partial = xa_find(&vi->partial->blocks, &block, ULONG_MAX, which))) {
			err = vmfs_complete_block(vi, partial);
			block++;
		}
		vmfs_end_completion(vi, lock);
		if (!partial)
			break;
		/* fsync(); what closes the volume goes on to the end */
		if (!err && which == VMFS_PARTIAL_CHANGED && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

/**
 * vmfs_log_partial() - let what is written to blocks of a file become durable
 * @vi: inode
 *
 * It is so when the running transaction is written.
 *
 * Context: takes i_rwsem and wb_sem, but only where the table in the journal is full.
 * Return: 0 or an error.
 */
int vmfs_log_partial(struct vmfs_inode *vi)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	bool full = false;
	int done;

	do {
		struct vmfs_partial_file *file = READ_ONCE(vi->partial);

		if (!file || !xa_marked(&file->blocks, VMFS_PARTIAL_CHANGED))
			return 0;
		done = vmfs_partial_log_some(vi, &full);
	} while (done == VMFS_LOG_AT_ONCE);
	if (vmfs_written_is_crowded(vol))
		vmfs_wake_periodic(vol);
	if (done < 0 || !full)
		return min(done, 0);
	return vmfs_complete_file(vi, VMFS_PARTIAL_CHANGED, true);
}

/* Do something with each file that has blocks of a kind. */
static int vmfs_each_file(struct vmfs_volume *vol, xa_mark_t which,
			  int (*function)(struct vmfs_inode *))
{
	struct vmfs_partial_file *file;
	unsigned long fd;
	int err = 0;

	xa_for_each_marked(&vol->space->partial_files, fd, file, which) {
		struct inode *inode = vmfs_iget(vol->sb, fd, 0);
		int one = PTR_ERR_OR_ZERO(inode);

		if (!one) {
			one = function(to_vmfs(inode));
			iput(inode);
		}
		/* -ESTALE: deleted meanwhile, and its blocks with it */
		if (one != -ESTALE)
			err = err ?: one;
		cond_resched();
	}
	return err;
}

static int vmfs_complete_locking(struct vmfs_inode *vi)
{
	return vmfs_complete_file(vi, XA_PRESENT, true);
}

static int vmfs_complete_frozen(struct vmfs_inode *vi)
{
	return vmfs_complete_file(vi, XA_PRESENT, false);
}

/**
 * vmfs_complete_all() - complete the blocks of all files with zeros
 * @vol: volume
 *
 * While the volume is being frozen nobody can write, and s_umount is held
 * exclusively.  Locks of inodes are not taken then: who holds one may wait for a
 * page fault that waits for the thaw.
 *
 * Context: s_umount is held.
 * Return: 0 or the first error.
 */
int vmfs_complete_all(struct vmfs_volume *vol)
{
	bool is_frozen = vol->sb->s_writers.frozen >= SB_FREEZE_PAGEFAULT;

	return vmfs_each_file(vol, XA_PRESENT,
			      is_frozen ? vmfs_complete_frozen : vmfs_complete_locking);
}

/**
 * vmfs_log_all_partial() - vmfs_log_partial() of all files
 * @vol: volume
 *
 * Context: s_umount is held.
 * Return: 0 or the first error.
 */
int vmfs_log_all_partial(struct vmfs_volume *vol)
{
	return vmfs_each_file(vol, VMFS_PARTIAL_CHANGED, vmfs_log_partial);
}

/**
 * vmfs_complete_recovered() - complete what a host that crashed has left
 * @vol: volume that is ready to be written to, and is not yet in use
 *
 * What cannot be read stays in the table.
 *
 * Return: 0 or an error of writing.
 */
int vmfs_complete_recovered(struct vmfs_volume *vol)
{
	struct vmfs_partial_file *file;
	unsigned long fd;
	int err = 0;

	xa_for_each(&vol->space->partial_files, fd, file) {
		struct inode *inode = vmfs_iget(vol->sb, fd, 0);

		if (inode == ERR_PTR(-ESTALE)) {
			err = vmfs_partial_drop_file(vol, file);
		} else if (!IS_ERR(inode)) {
			err = vmfs_complete_locking(to_vmfs(inode));
			iput(inode);
		}
		if (err && err != -EUCLEAN)
			return err;
	}
	return 0;
}

/**
 * vmfs_complete_oldest() - complete blocks, if more than half of the table is used
 * @vol: volume that is active, and not frozen
 *
 * Some of them, so that who wants to freeze or to unmount the volume need not wait for all.
 * What cannot be read or completed does not keep others from it.
 *
 * Context: s_umount is held; takes i_rwsem and wb_sem.
 * Return: whether any was completed.
 */
bool vmfs_complete_oldest(struct vmfs_volume *vol)
{
	unsigned int left = OLDEST_AT_ONCE;
	bool any = false;
	u64 block;
	u32 fd;

	while (left-- && vmfs_written_is_crowded(vol) && vmfs_written_oldest(vol, &fd, &block)) {
		struct inode *inode = vmfs_iget(vol->sb, fd, 0);

		if (IS_ERR(inode))	/* deleted meanwhile, or it cannot be read */
			continue;
		any |= vmfs_complete_one(to_vmfs(inode), block);
		iput(inode);
	}
	return any;
}
