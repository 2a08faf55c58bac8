// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of which a part is written.
 *
 * A block is allocated as TBZ: it reads as zero, whatever is on the device.  On
 * disk there is one bit for the whole block, of 1 MiB.  So what has been written
 * to it is remembered here.  When all of it is, the bit is cleared.  Where a part
 * of a block must become durable (fsync), what is written goes into a table in the
 * journal (written.c); only if that is full, the rest is filled with zeros at once.
 * What was written to a block that is not in the table is lost in a crash, as is
 * everything that nobody asked to be durable; but old content of the device is never
 * seen.
 */
#include <linux/slab.h>

#include "map_write.h"
#include "partial.h"

static unsigned int vmfs_bits_per_block(struct vmfs_volume *vol)
{
	return vmfs_fb_size(vol) >> VMFS_BLOCK_SHIFT;
}

static struct vmfs_partial *vmfs_partial_find(struct vmfs_inode *vi, u64 block)
{
	return vi->partial ? xa_load(&vi->partial->blocks, block) : NULL;
}

/* What is known of a file, made if there is nothing yet, or NULL without memory. */
static struct vmfs_partial_file *vmfs_partial_know_file(struct vmfs_volume *vol, u32 fd, gfp_t gfp)
{
	struct vmfs_partial_file *file = xa_load(&vol->space->partial_files, fd);

	if (file)
		return file;
	file = kmalloc(sizeof(*file), gfp);
	if (!file)
		return NULL;
	file->fd = fd;
	xa_init(&file->blocks);
	if (xa_err(xa_store(&vol->space->partial_files, fd, file, gfp))) {
		kfree(file);
		return NULL;
	}
	return file;
}

static struct vmfs_partial *vmfs_partial_new_block(struct vmfs_volume *vol,
						   struct vmfs_partial_file *file,
						   u64 block, u64 lv, gfp_t gfp)
{
	size_t longs = BITS_TO_LONGS(vmfs_bits_per_block(vol));
	struct vmfs_partial *partial = kzalloc(struct_size(partial, bits, longs), gfp);

	if (!partial)
		return NULL;
	partial->file = file;
	partial->block = block;
	partial->lv = lv;
	partial->slot = VMFS_NO_SLOT;
	INIT_LIST_HEAD(&partial->link);
	if (xa_err(xa_store(&file->blocks, block, partial, gfp))) {
		kfree(partial);
		return NULL;
	}
	return partial;
}

/**
 * vmfs_partial_load() - a block that the table has
 * @vol: volume that is being mounted
 * @fd: address of the file's descriptor
 * @block: number
 * @lv: LV offset
 *
 * Return: the block, new or known already, or -ENOMEM.
 */
struct vmfs_partial *vmfs_partial_load(struct vmfs_volume *vol, u32 fd, u64 block, u64 lv)
{
	struct vmfs_partial_file *file = vmfs_partial_know_file(vol, fd, GFP_KERNEL);
	struct vmfs_partial *partial = file ? xa_load(&file->blocks, block) : NULL;

	if (file && !partial)
		partial = vmfs_partial_new_block(vol, file, block, lv, GFP_KERNEL);
	return partial ?: ERR_PTR(-ENOMEM);
}

/* Tell fsync() of a change. */
static void vmfs_partial_set_changed(struct vmfs_volume *vol, struct vmfs_partial *partial)
{
	xa_set_mark(&partial->file->blocks, partial->block, VMFS_PARTIAL_CHANGED);
	xa_set_mark(&vol->space->partial_files, partial->file->fd, VMFS_PARTIAL_CHANGED);
}

/**
 * vmfs_partial_forget() - a block is written, or gone
 * @tx: transaction; uses a sector if the block is in the table
 * @vi: inode; @map_sem is held exclusively
 * @block: number
 */
void vmfs_partial_forget(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block)
{
	struct vmfs_partial *partial = vmfs_partial_find(vi, block);

	vi->sequence++;
	if (!partial)
		return;
	vmfs_written_clear(tx, partial);
	xa_erase(&vi->partial->blocks, block);
	kfree(partial);
}

/* Note a part of a block, in units of VMFS_BLOCK_SIZE.  Returns whether all is written. */
static bool vmfs_partial_note(struct vmfs_inode *vi, u64 block, u64 lv, unsigned int from,
			      unsigned int to)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int nbits = vmfs_bits_per_block(vol);
	struct vmfs_partial_file *file;
	struct vmfs_partial *partial;

	if (from == 0 && to == nbits)
		return true;
	while (!vi->partial) {
		file = vmfs_partial_know_file(vol, vi->inode.i_ino, GFP_NOFS | __GFP_NOFAIL);
		smp_store_release(&vi->partial, file); /* vmfs_partial_log() has no lock */
	}
	partial = vmfs_partial_find(vi, block);
	while (!partial)
		partial = vmfs_partial_new_block(vol, vi->partial, block, lv,
						 GFP_NOFS | __GFP_NOFAIL);
	if (partial->lv != lv) {	/* of a table that was loaded, and could not be completed */
		bitmap_zero(partial->bits, nbits);
		partial->lv = lv;
	}
	bitmap_set(partial->bits, from, to - from);
	vi->sequence++;
	if (bitmap_full(partial->bits, nbits))
		return true;
	vmfs_partial_set_changed(vol, partial);
	return false;
}

/* Note what was written to one block.  Returns 1 if all of it is, 0 if not, or an error. */
static int vmfs_partial_written_in_block(struct vmfs_inode *vi, u64 block, u64 pos, u64 end)
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
	      map.type == VMFS_MAP_TBZ ? vmfs_partial_note(vi, block, map.lv,
							   from >> VMFS_BLOCK_SHIFT,
							   DIV_ROUND_UP(to, VMFS_BLOCK_SIZE)) : 0;
	up_write(&vi->map_sem);
	return ret;
}

/* Some blocks before @end_block are written; the file has all of them up to @end. */
static int vmfs_partial_convert(struct vmfs_inode *vi, u64 end_block, u64 count, u64 end)
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
		ret = vmfs_partial_written_in_block(vi, block, pos, end);
		if (ret > 0 && ++full < VMFS_CONVERT_AT_ONCE)
			continue;
		/* This block too, if it is full: then there are just enough. */
		if (full)
			err = vmfs_partial_convert(vi, block + (ret > 0), full, extends ? end : 0);
		full = 0;
		if (ret < 0)
			err = err ?: ret;
	}
	if (!err && full)
		err = vmfs_partial_convert(vi, block, full, extends ? end : 0);
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
	unsigned int nbits = vmfs_bits_per_block(vol), at, end;
	unsigned long block = pos >> vol->fb_shift;
	u64 in_block = pos & (vmfs_fb_size(vol) - 1);
	struct vmfs_partial *partial;
	unsigned long next = block;

	if (!vi->partial)
		return;
	partial = vmfs_partial_find(vi, block);
	/* An entry of a table that was loaded may be of a block that is no more. */
	if (!partial || partial->lv != map->lv - in_block) {
		if (xa_find_after(&vi->partial->blocks, &next, ULONG_MAX, XA_PRESENT))
			map->length = min(map->length, ((u64)next << vol->fb_shift) - pos);
		return;
	}
	at = in_block >> VMFS_BLOCK_SHIFT;
	if (test_bit(at, partial->bits)) {
		map->type = VMFS_MAP_DATA;
		end = find_next_zero_bit(partial->bits, nbits, at);
	} else {
		end = find_next_bit(partial->bits, nbits, at);
	}
	map->length = min(map->length, ((u64)block << vol->fb_shift) +
			  ((u64)end << VMFS_BLOCK_SHIFT) - pos);
}

/* A part of a block reads as zero again, in the table too. */
static void vmfs_partial_cut_block(struct vmfs_tx *tx, struct vmfs_inode *vi,
				   struct vmfs_partial *partial, u64 from, u64 to)
{
	unsigned int nbits = vmfs_bits_per_block(tx->vol);
	u64 start = partial->block << tx->vol->fb_shift;
	u64 first = (max(from, start) - start) >> VMFS_BLOCK_SHIFT;
	u64 end = (min(to, start + vmfs_fb_size(tx->vol)) - start) >> VMFS_BLOCK_SHIFT;

	bitmap_clear(partial->bits, first, end - first);
	if (bitmap_empty(partial->bits, nbits))
		vmfs_partial_forget(tx, vi, partial->block);
	else if (partial->slot != VMFS_NO_SLOT)
		vmfs_written_set(tx, partial);
}

/**
 * vmfs_partial_cut() - a part of a file reads as zero again
 * @vi: inode; wb_sem is held exclusively, nothing is being written
 * @from: position, bytes, a multiple of VMFS_BLOCK_SIZE
 * @to: end, the same, in the next block at most
 *
 * Only for parts of blocks that are not wholly written.  The table is changed here, and not
 * at the next fsync(): a file may be extended over the part before that, and a crash must not
 * bring back what was there.
 *
 * Return: 0 or an error of vmfs_tx_begin().
 */
int vmfs_partial_cut(struct vmfs_inode *vi, u64 from, u64 to)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned long first = from >> vol->fb_shift, last = (to - 1) >> vol->fb_shift;
	unsigned long block = first;
	struct vmfs_partial *partial;
	struct vmfs_tx tx;
	int err;

	if (!vi->partial || from >= to ||
	    !xa_find(&vi->partial->blocks, &block, last, XA_PRESENT))
		return 0;
	err = vmfs_tx_begin(vol, &tx, 2);
	if (err)
		return err;
	down_write(&vi->map_sem);
	xa_for_each_range(&vi->partial->blocks, block, partial, first, last)
		vmfs_partial_cut_block(&tx, vi, partial, from, to);
	vi->sequence++;
	up_write(&vi->map_sem);
	vmfs_tx_end(&tx);
	return 0;
}

/**
 * vmfs_partial_cut_blocks() - forget about blocks that will be freed
 * @vi: inode; nothing is being written to them
 * @first: number of the first block
 * @end: of the one after the last
 *
 * They read as zero then, if a crash keeps them from being freed.
 *
 * Return: 0 or an error of vmfs_tx_begin().
 */
int vmfs_partial_cut_blocks(struct vmfs_inode *vi, u64 first, u64 end)
{
	struct vmfs_partial *partial = NULL;
	unsigned int left;
	struct vmfs_tx tx;
	unsigned long block;

	while (vi->partial && end > first) {
		int err = vmfs_tx_begin(vmfs_volume(vi->inode.i_sb), &tx, VMFS_LOG_AT_ONCE);

		if (err)
			return err;
		left = VMFS_LOG_AT_ONCE;
		down_write(&vi->map_sem);
		xa_for_each_range(&vi->partial->blocks, block, partial, first, end - 1) {
			if (!left--)
				break;
			vmfs_partial_forget(&tx, vi, block);
		}
		up_write(&vi->map_sem);
		vmfs_tx_end(&tx);
		if (!partial)
			break;
	}
	return 0;
}

/**
 * vmfs_partial_log_some() - put some of what changed of a file into the table
 * @vi: inode with such blocks
 * @full: set to whether the table had no room for others
 *
 * Return: how many blocks, VMFS_LOG_AT_ONCE at most, or an error.
 */
int vmfs_partial_log_some(struct vmfs_inode *vi, bool *full)
{
	struct vmfs_partial_file *file = vi->partial;
	struct vmfs_partial *partial;
	unsigned int done = 0;
	unsigned long block;
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, VMFS_LOG_AT_ONCE + 4);
	if (err)
		return err;
	*full = false;
	xa_for_each_marked(&file->blocks, block, partial, VMFS_PARTIAL_CHANGED) {
		if (done == VMFS_LOG_AT_ONCE)
			break;
		if (vmfs_written_set(&tx, partial)) {
			*full = true;
			cond_resched();
			continue;
		}
		xa_clear_mark(&file->blocks, block, VMFS_PARTIAL_CHANGED);
		done++;
	}
	if (!xa_marked(&file->blocks, VMFS_PARTIAL_CHANGED))
		xa_clear_mark(&vmfs_volume(vi->inode.i_sb)->space->partial_files, file->fd,
			      VMFS_PARTIAL_CHANGED);
	/* What is written may be past the size on disk. */
	vmfs_inode_log(&tx, vi);
	vmfs_map_end(vi, &tx);
	return done;
}

/**
 * vmfs_partial_drop_file() - take a file that is no more out of the table
 * @vol: volume that is ready to be written to, and is not yet in use
 * @file: without an inode; freed
 *
 * Return: 0 or an error of vmfs_tx_begin().
 */
int vmfs_partial_drop_file(struct vmfs_volume *vol, struct vmfs_partial_file *file)
{
	struct vmfs_partial *partial;
	unsigned long block;
	struct vmfs_tx tx;

	xa_for_each(&file->blocks, block, partial) {
		int err = vmfs_tx_begin(vol, &tx, 1);

		if (err)
			return err;
		vmfs_written_clear(&tx, partial);
		vmfs_tx_end(&tx);
		xa_erase(&file->blocks, block);
		kfree(partial);
	}
	xa_erase(&vol->space->partial_files, file->fd);
	kfree(file);
	return 0;
}

/**
 * vmfs_partial_attach() - an inode is read: are there such blocks of its file?
 * @vi: inode that nobody else has yet
 */
void vmfs_partial_attach(struct vmfs_inode *vi)
{
	vi->partial = xa_load(&vmfs_volume(vi->inode.i_sb)->space->partial_files, vi->inode.i_ino);
}

/* What the table has of the file stays there. */
static void vmfs_partial_free_file(struct vmfs_volume *vol, struct vmfs_partial_file *file)
{
	struct vmfs_partial *partial;
	unsigned long block;

	xa_for_each(&file->blocks, block, partial) {
		vmfs_written_forget(vol, partial);
		xa_erase(&file->blocks, block);
		kfree(partial);
	}
	xa_erase(&vol->space->partial_files, file->fd);
	kfree(file);
}

/**
 * vmfs_partial_detach() - an inode is evicted; what is written of its file stays known
 * @vi: inode that nobody else has.  Of a file that is deleted nothing is known any more
 */
void vmfs_partial_detach(struct vmfs_inode *vi)
{
	if (vi->partial && (!vi->inode.i_nlink || xa_empty(&vi->partial->blocks)))
		vmfs_partial_free_file(vmfs_volume(vi->inode.i_sb), vi->partial);
	vi->partial = NULL;
}

/**
 * vmfs_partial_forget_all() - of a volume that is unmounted
 * @vol: volume without inodes, or one whose mount failed
 */
void vmfs_partial_forget_all(struct vmfs_volume *vol)
{
	struct vmfs_partial_file *file;
	unsigned long fd;

	xa_for_each(&vol->space->partial_files, fd, file)
		vmfs_partial_free_file(vol, file);
}
