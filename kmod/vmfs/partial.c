// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of which a part is written.
 *
 * A block is allocated as TBZ: it reads as zero, whatever is on the device.  On
 * disk there is one bit for the whole block, of 1 MiB.  So what has been written
 * to it is remembered here.  When all of it is, the bit is cleared.  Where a part
 * of a block must become durable (fsync), the rest is filled with zeros first.
 * What was written to such a block is lost in a crash, as is everything that
 * nobody asked to be durable; but old content of the device is never seen.
 */
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "journal.h"

#define CONVERT_AT_ONCE	128u

static unsigned int bits_per_block(struct vmfs_volume *vol)
{
	return vmfs_fb_size(vol) >> VMFS_BLOCK_SHIFT;
}

/*
 * The list has a reference of each inode, so that none is evicted before it is completed:
 * that takes a transaction, for which an eviction cannot wait.  A deleted file needs none.
 */
static void remember_inode(struct vmfs_inode *vi)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);

	spin_lock(&vol->partials_lock);
	if (list_empty(&vi->partials_link) && vi->inode.i_nlink &&
	    (vol->is_closing || igrab(&vi->inode)))
		list_add_tail(&vi->partials_link, &vol->partials);
	spin_unlock(&vol->partials_lock);
}

/**
 * vmfs_partial_forget_inode() - the blocks of a file need not be completed any more
 * @vi: inode of which the caller has a reference
 */
void vmfs_partial_forget_inode(struct vmfs_inode *vi)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	bool had_reference;

	spin_lock(&vol->partials_lock);
	had_reference = !list_empty(&vi->partials_link) && !vol->is_closing;
	list_del_init(&vi->partials_link);
	spin_unlock(&vol->partials_lock);
	if (had_reference)
		iput(&vi->inode);
}

/**
 * vmfs_partial_forget() - a block is written, or gone
 * @vi: inode; @map_sem is held exclusively
 * @block: number
 */
void vmfs_partial_forget(struct vmfs_inode *vi, u64 block)
{
	kfree(xa_erase(&vi->partials, block));
	vi->sequence++;
}

/* Note a part of a block, in units of VMFS_BLOCK_SIZE.  Returns whether all is written. */
static bool note(struct vmfs_inode *vi, u64 block, unsigned int from, unsigned int to)
{
	unsigned int nbits = bits_per_block(vmfs_volume(vi->inode.i_sb));
	unsigned long *bits = xa_load(&vi->partials, block);

	if (from == 0 && to == nbits)
		return true;
	if (!bits) {
		bits = kcalloc(BITS_TO_LONGS(nbits), sizeof(long), GFP_NOFS | __GFP_NOFAIL);
		while (xa_err(xa_store(&vi->partials, block, bits, GFP_NOFS | __GFP_NOFAIL)))
			cond_resched();
		remember_inode(vi);
	}
	bitmap_set(bits, from, to - from);
	vi->sequence++;
	return bitmap_full(bits, nbits);
}

/* Note what was written to one block.  Returns 1 if all of it is, 0 if not, or an error. */
static int written_in_block(struct vmfs_inode *vi, u64 block, u64 pos, u64 end)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 start = block << vol->fb_shift;
	u64 from = max(pos, start) - start;
	u64 to = min(end, start + vmfs_fb_size(vol)) - start;
	struct vmfs_map map;
	int ret;

	down_write(&vi->map_sem);
	ret = vi->zla == VMFS_ZLA_SB || vi->zla == VMFS_ZLA_RESIDENT ? 0 :
	      vmfs_map_find(vi, start, 1, &map) ?:
	      map.type == VMFS_MAP_TBZ ? note(vi, block, from >> VMFS_BLOCK_SHIFT,
					      DIV_ROUND_UP(to, VMFS_BLOCK_SIZE)) : 0;
	up_write(&vi->map_sem);
	return ret;
}

/* Some blocks before @end_block are written; the file has all of them up to @end. */
static int convert(struct vmfs_inode *vi, u64 end_block, u64 count, u64 end)
{
	u64 size = end_block << vmfs_volume(vi->inode.i_sb)->fb_shift;

	return vmfs_map_convert(vi, end_block - count, count, min(end, size));
}

/**
 * vmfs_partial_written() - content is on the device
 * @vi: inode
 * @pos: position, bytes
 * @len: bytes
 * @extends: the file is at least that large now; then i_rwsem is held exclusively
 *	unless it was that large before
 *
 * Context: process; nothing that comes after folio locks is held.
 * Return: 0 or an error.
 */
int vmfs_partial_written(struct vmfs_inode *vi, u64 pos, u64 len, bool extends)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 end = pos + len, block = pos >> vol->fb_shift, last = (end - 1) >> vol->fb_shift;
	u64 full = 0;	/* blocks before @block that are to be converted */
	int err = 0, ret;

	for (; block <= last && !err; block++) {
		ret = written_in_block(vi, block, pos, end);
		if (ret > 0 && ++full < CONVERT_AT_ONCE)
			continue;
		/* This block too, if it is full: then there are just enough. */
		if (full)
			err = convert(vi, block + (ret > 0), full, extends ? end : 0);
		full = 0;
		if (ret < 0)
			err = err ?: ret;
	}
	if (!err && full)
		err = convert(vi, block, full, extends ? end : 0);
	return err;
}

/**
 * vmfs_partial_adjust() - what of a block that reads as zero is written
 * @vi: inode; @map_sem is held
 * @pos: position, bytes
 * @map: of vmfs_map_find(), of type VMFS_MAP_TBZ; its length and type are set
 */
void vmfs_partial_adjust(struct vmfs_inode *vi, u64 pos, struct vmfs_map *map)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int nbits = bits_per_block(vol), at, end;
	unsigned long block = pos >> vol->fb_shift;
	unsigned long next = block;
	unsigned long *bits;

	if (xa_empty(&vi->partials))
		return;
	bits = xa_load(&vi->partials, block);
	if (!bits) {
		if (xa_find_after(&vi->partials, &next, ULONG_MAX, XA_PRESENT))
			map->length = min(map->length, ((u64)next << vol->fb_shift) - pos);
		return;
	}
	at = (pos & (vmfs_fb_size(vol) - 1)) >> VMFS_BLOCK_SHIFT;
	if (test_bit(at, bits)) {
		map->type = VMFS_MAP_DATA;
		end = find_next_zero_bit(bits, nbits, at);
	} else {
		end = find_next_bit(bits, nbits, at);
	}
	map->length = min(map->length, ((u64)block << vol->fb_shift) +
			  ((u64)end << VMFS_BLOCK_SHIFT) - pos);
}

/**
 * vmfs_partial_cut() - a part of a file reads as zero again
 * @vi: inode; wb_sem is held exclusively, nothing is being written
 * @from: position, bytes, a multiple of VMFS_BLOCK_SIZE
 * @to: end, the same
 *
 * Only for parts of blocks that are not wholly written.
 */
void vmfs_partial_cut(struct vmfs_inode *vi, u64 from, u64 to)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned long block = from >> vol->fb_shift;
	unsigned long *bits;

	down_write(&vi->map_sem);
	xa_for_each_range(&vi->partials, block, bits, block, (to - 1) >> vol->fb_shift) {
		u64 start = (u64)block << vol->fb_shift;
		u64 first = (max(from, start) - start) >> VMFS_BLOCK_SHIFT;
		u64 end = (min(to, start + vmfs_fb_size(vol)) - start) >> VMFS_BLOCK_SHIFT;

		bitmap_clear(bits, first, end - first);
		if (bitmap_empty(bits, bits_per_block(vol)))
			vmfs_partial_forget(vi, block);
	}
	vi->sequence++;
	up_write(&vi->map_sem);
}

/* Fill what is not written of a block with zeros. */
static int fill_with_zeros(struct vmfs_inode *vi, u64 block, const unsigned long *bits)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int nbits = bits_per_block(vol), from, to;
	struct vmfs_map map;
	int err;

	down_read(&vi->map_sem);
	err = vmfs_map_find(vi, block << vol->fb_shift, 1, &map);
	up_read(&vi->map_sem);
	if (err || map.type != VMFS_MAP_TBZ)
		return err;
	for (from = find_first_zero_bit(bits, nbits); !err && from < nbits;
	     from = find_next_zero_bit(bits, nbits, to)) {
		to = find_next_bit(bits, nbits, from);
		err = vmfs_lv_zero(vol, map.lv + ((u64)from << VMFS_BLOCK_SHIFT),
				   (u64)(to - from) << VMFS_BLOCK_SHIFT);
	}
	return err;
}

/**
 * vmfs_partial_complete_locked() - complete all blocks of a file with zeros
 * @vi: inode; wb_sem is held exclusively, nothing is being written
 *
 * Return: 0 or an error.
 */
int vmfs_partial_complete_locked(struct vmfs_inode *vi)
{
	unsigned long *bits;
	unsigned long block;
	int err = 0;

	xa_for_each(&vi->partials, block, bits) {
		err = fill_with_zeros(vi, block, bits) ?: vmfs_map_convert(vi, block, 1, 0);
		if (err)
			return err;
		vmfs_count(vmfs_volume(vi->inode.i_sb), VMFS_COUNT_COMPLETED_BLOCKS, 1);
		cond_resched();
	}
	vmfs_partial_forget_inode(vi);
	return 0;
}

/* For those who know that nobody begins to write to the file now */
static int complete_blocks(struct vmfs_inode *vi)
{
	struct inode *inode = &vi->inode;
	int err;

	inode_dio_wait(inode);
	down_write(&vi->wb_sem);
	/* What failed is not noted as written; fsync() tells of it. */
	filemap_fdatawait_keep_errors(inode->i_mapping);
	err = vmfs_partial_complete_locked(vi);
	up_write(&vi->wb_sem);
	return err;
}

/**
 * vmfs_partial_complete() - complete all blocks of a file with zeros
 * @vi: inode
 *
 * Context: takes i_rwsem and wb_sem.
 * Return: 0 or an error.
 */
int vmfs_partial_complete(struct vmfs_inode *vi)
{
	int err;

	if (xa_empty(&vi->partials))
		return 0;
	inode_lock(&vi->inode);
	err = complete_blocks(vi);
	inode_unlock(&vi->inode);
	return err;
}

/* An inode of the list, with a reference, or NULL */
static struct inode *next_inode(struct vmfs_volume *vol, struct list_head *seen)
{
	struct vmfs_inode *vi;
	struct inode *inode = NULL;

	spin_lock(&vol->partials_lock);
	while (!inode && !list_empty(&vol->partials)) {
		vi = list_first_entry(&vol->partials, struct vmfs_inode, partials_link);
		list_move_tail(&vi->partials_link, seen);
		inode = igrab(&vi->inode);
	}
	spin_unlock(&vol->partials_lock);
	return inode;
}

static int complete_each(struct vmfs_volume *vol, int (*complete_file)(struct vmfs_inode *vi))
{
	struct inode *inode;
	LIST_HEAD(seen);
	int err = 0;

	while ((inode = next_inode(vol, &seen))) {
		int one = complete_file(to_vmfs(inode));

		mapping_set_error(inode->i_mapping, one);	/* for fsync() */
		err = err ?: one;
		iput(inode);
	}
	spin_lock(&vol->partials_lock);
	list_splice(&seen, &vol->partials);
	spin_unlock(&vol->partials_lock);
	return err;
}

/**
 * vmfs_partial_complete_all() - complete the blocks of all files
 * @vol: volume
 *
 * While the volume is being frozen nobody can write, and s_umount is held
 * exclusively.  Locks of inodes are not taken then: who holds one may wait for a
 * page fault that waits for the thaw.
 *
 * Context: s_umount is held.
 * Return: 0 or the first error.
 */
int vmfs_partial_complete_all(struct vmfs_volume *vol)
{
	int err;

	lockdep_assert_held(&vol->sb->s_umount);
	if (vol->sb->s_writers.frozen >= SB_FREEZE_PAGEFAULT)
		return complete_each(vol, complete_blocks);
	mutex_lock(&vol->complete_mutex);
	err = complete_each(vol, vmfs_partial_complete);
	mutex_unlock(&vol->complete_mutex);
	return err;
}

/**
 * vmfs_partial_close() - from now on, inodes that are not complete may be evicted
 * @vol: volume that will be unmounted; s_umount is held exclusively
 *
 * The VFS evicts them after sync_fs() has completed them.
 */
void vmfs_partial_close(struct vmfs_volume *vol)
{
	struct vmfs_inode *vi;
	LIST_HEAD(inodes);

	lockdep_assert_held_write(&vol->sb->s_umount);
	spin_lock(&vol->partials_lock);
	vol->is_closing = true;
	list_splice_init(&vol->partials, &inodes);
	while (!list_empty(&inodes)) {
		vi = list_first_entry(&inodes, struct vmfs_inode, partials_link);
		list_move_tail(&vi->partials_link, &vol->partials);
		spin_unlock(&vol->partials_lock);
		iput(&vi->inode);
		spin_lock(&vol->partials_lock);
	}
	spin_unlock(&vol->partials_lock);
}

/**
 * vmfs_partial_drop() - forget about a file
 * @vi: inode that is evicted
 */
void vmfs_partial_drop(struct vmfs_inode *vi)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned long *bits;
	unsigned long block;

	if (!xa_empty(&vi->partials) && vi->inode.i_nlink)
		pr_err("vmfs (%s): inode %lu: blocks that were written could not be completed: they read as zero\n",
		       vol->sb->s_id, vi->inode.i_ino);
	xa_for_each(&vi->partials, block, bits)
		kfree(xa_erase(&vi->partials, block));
	spin_lock(&vol->partials_lock);
	list_del_init(&vi->partials_link);
	spin_unlock(&vol->partials_lock);
}
