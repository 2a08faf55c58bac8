// SPDX-License-Identifier: GPL-2.0
/*
 * truncate() and fallocate().
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/iomap.h>
#include <linux/pagemap.h>

#include "vfs.h"

/* What is read at a time to see whether it is zero */
#define CLEAN_SIZE	SZ_64K

/* vmfs_map_find() for a part that is not empty; never longer than that. */
static int vmfs_find_mapping(struct vmfs_inode *vi, u64 from, u64 to, struct vmfs_map *map)
{
	int err;

	down_read(&vi->map_sem);
	err = vmfs_map_find(vi, from, to - from, map);
	if (!err && map->type == VMFS_MAP_TBZ)
		vmfs_partial_adjust(vi, from, map);
	up_read(&vi->map_sem);
	map->length = min(map->length, to - from);
	return err;
}

/*
 * Bytes of blocks that stay must read as zero.  from and to are multiples of
 * VMFS_BLOCK_SIZE; wb_sem is held exclusively, no page of the range is in memory.
 */
static int vmfs_zero_on_disk(struct vmfs_inode *vi, u64 from, u64 to)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_map map;
	int err;

	lockdep_assert_held_write(&vi->wb_sem);
	if (from >= to)
		return 0;
	/* What is partly written: note that it is not. */
	err = vmfs_partial_cut(vi, from, to);
	for (; !err && from < to; from += map.length) {
		err = vmfs_find_mapping(vi, from, to, &map);
		if (!err && map.type == VMFS_MAP_DATA)
			err = vmfs_lv_zero(vol, map.lv, map.length);
	}
	return err;
}

/* Asked for no bytes, iomap_zero_range() would take the page for read. */
static int vmfs_zero_range(struct inode *inode, u64 from, u64 to)
{
	if (from >= to)
		return 0;
	return iomap_zero_range(inode, from, to - from, NULL, &vmfs_write_iomap_ops,
				&vmfs_folio_write_ops, NULL);
}

/*
 * Let a part of a file read as zero, through its pages.  What is past the end is left
 * alone: iomap of 6.1 would move the end there, and writeback zeroes the rest of the
 * last page.
 */
static int vmfs_zero_in_memory(struct inode *inode, u64 from, u64 to)
{
	return vmfs_zero_range(inode, from, min_t(u64, to, i_size_read(inode)));
}

/* The page of the end, through memory; iomap of 6.1 moves the end. */
static int vmfs_zero_page_of_end(struct inode *inode, u64 to)
{
	u64 size = i_size_read(inode);
	int err = vmfs_zero_range(inode, size, min(to, round_up(size, VMFS_BLOCK_SIZE)));

	i_size_write(inode, size);
	return err;
}

/* Let a part of the logical volume be zero, and write only where it is not. */
static int vmfs_clean_on_device(struct vmfs_volume *vol, u64 lv, u64 len, void *buffer)
{
	while (len) {
		u64 part = min_t(u64, len, CLEAN_SIZE);
		int err = vmfs_lv_io(vol, REQ_OP_READ, lv, buffer, part);

		if (!err && memchr_inv(buffer, 0, part))
			err = vmfs_lv_zero(vol, lv, part);
		if (err)
			return err;
		lv += part;
		len -= part;
	}
	return 0;
}

/* The rest of the last block, from the page after the end on. */
static int vmfs_clean_block(struct vmfs_inode *vi, u64 from, u64 to, void *buffer)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_map map;
	int err;

	err = vmfs_partial_cut(vi, from, to);
	for (; !err && from < to; from += map.length) {
		err = vmfs_find_mapping(vi, from, to, &map);
		if (!err && map.type == VMFS_MAP_DATA)
			err = vmfs_clean_on_device(vol, map.lv, map.length, buffer);
	}
	return err;
}

/* The rest of the page with the end.  Only that goes through memory. */
static int vmfs_clean_page(struct inode *inode, void *buffer)
{
	u64 size = i_size_read(inode), start = round_down(size, VMFS_BLOCK_SIZE);
	u64 end = round_up(size, VMFS_BLOCK_SIZE);
	struct vmfs_map map;
	int err;

	if (size == start)
		return 0;
	/* A page that is dirty, or being written, would write what is in memory once more. */
	err = filemap_write_and_wait_range(inode->i_mapping, start, end - 1) ?:
	      vmfs_find_mapping(to_vmfs(inode), start, end, &map);
	if (err || map.type != VMFS_MAP_DATA)
		return err;
	err = vmfs_lv_io(vmfs_volume(inode->i_sb), REQ_OP_READ, map.lv, buffer, VMFS_BLOCK_SIZE);
	if (err || !memchr_inv(buffer + (size - start), 0, end - size))
		return err;
	return vmfs_zero_page_of_end(inode, end) ?:
	       filemap_write_and_wait_range(inode->i_mapping, start, end - 1);
}

/* Blocks past the last one that hold data: of a truncation, or a write, that a crash cut off. */
static int vmfs_free_past_end(struct vmfs_inode *vi, u64 from)
{
	u64 end = vmfs_map_room(vi);
	struct vmfs_map map;
	int err = 0;

	for (; !err && from < end; from += map.length) {
		err = vmfs_find_mapping(vi, from, end, &map);
		if (!err && map.type == VMFS_MAP_DATA)
			err = vmfs_map_free(vi, from, from + map.length);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

/* vmfs_clean_end() with the lock of the mapping held */
static int vmfs_clean_end_locked(struct inode *inode)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 size = i_size_read(inode), block_end = round_up(size, 1ull << vi->slot_shift);
	void *buffer;
	int err;

	if (vi->zla == VMFS_ZLA_RESIDENT)
		return 0;
	if (READ_ONCE(vmfs_volume(inode->i_sb)->disk.err))
		return -EIO;
	buffer = kvmalloc(CLEAN_SIZE, GFP_NOFS);
	if (!buffer)
		return -ENOMEM;
	err = vmfs_clean_page(inode, buffer);
	down_write(&vi->wb_sem);
	if (!err)
		err = vmfs_clean_block(vi, round_up(size, VMFS_BLOCK_SIZE), block_end, buffer);
	if (!err && vi->zla != VMFS_ZLA_SB)
		err = vmfs_free_past_end(vi, block_end);
	up_write(&vi->wb_sem);
	kvfree(buffer);
	return err;
}

/**
 * vmfs_clean_end() - let a file have nothing but zeros past its end
 * @inode: regular file; i_rwsem is held exclusively
 *
 * Another driver need not leave zeros there, nor does a crash: content gets to the
 * device before the new size is in the log, and a truncation that takes several
 * transactions may end after the first.  Once that is done, whatever this mount
 * writes past the end is part of the file, or it is cleaned again.
 *
 * Return: 0 or an error.
 */
int vmfs_clean_end(struct inode *inode)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	int err;

	if (vi->end_is_zero)
		return 0;
	inode_dio_wait(inode);
	filemap_invalidate_lock(inode->i_mapping);
	err = vmfs_clean_end_locked(inode);
	if (!err)
		WRITE_ONCE(vi->end_is_zero, true);
	filemap_invalidate_unlock(inode->i_mapping);
	return err;
}

/**
 * vmfs_zero_gap() - a file will be extended: a mapping may have been written to past its end
 * @inode: inode; i_rwsem is held exclusively
 * @end: up to here; what follows will be written
 *
 * Return: 0 or an error.
 */
int vmfs_zero_gap(struct inode *inode, u64 end)
{
	return vmfs_zero_page_of_end(inode, end);
}

/* A file without blocks begins anew: it may be small again. */
static int vmfs_reset_kind(struct vmfs_inode *vi)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vmfs_volume(vi->inode.i_sb), &tx, 4);
	if (err)
		return err;
	down_write(&vi->map_sem);
	if (!vi->meta->num_blocks && vi->zla != VMFS_ZLA_RESIDENT) {
		vmfs_map_init(vi, VMFS_ZLA_RESIDENT);
		vmfs_tx_dirty(&tx, vi->buf, vi->area, vi->area_size);
		vmfs_inode_log(&tx, vi);
	}
	up_write(&vi->map_sem);
	vmfs_tx_end(&tx);
	return 0;
}

/* First the size: what a crash leaves past it, vmfs_clean_end() cleans. */
static int vmfs_shrink_locked(struct inode *inode, u64 size)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	int err;

	/* Resident data of ESXi: we write none. */
	err = vi->zla == VMFS_ZLA_RESIDENT && size ? vmfs_map_grow(vi, i_size_read(inode)) : 0;
	if (err)
		return err;
	WRITE_ONCE(vi->end_is_zero, false);
	truncate_setsize(inode, size);
	err = vmfs_inode_save(vi);
	if (err)
		return err;
	down_write(&vi->wb_sem);
	filemap_fdatawait_range(inode->i_mapping, size, LLONG_MAX);
	err = vmfs_map_free(vi, round_up(size, 1ull << vi->slot_shift), U64_MAX);
	if (!err && !size)
		err = vmfs_reset_kind(vi);
	up_write(&vi->wb_sem);
	if (!err)
		err = vmfs_clean_end_locked(inode);
	if (!err)
		WRITE_ONCE(vi->end_is_zero, true);
	return err;
}

static int vmfs_shrink(struct inode *inode, u64 size)
{
	int err;

	inode_dio_wait(inode);
	filemap_invalidate_lock(inode->i_mapping);
	err = vmfs_shrink_locked(inode, size);
	filemap_invalidate_unlock(inode->i_mapping);
	return err;
}

/**
 * vmfs_resize() - change the size of a file
 * @inode: regular file; i_rwsem is held exclusively
 * @size: bytes
 *
 * Return: 0 or an error.
 */
int vmfs_resize(struct inode *inode, u64 size)
{
	int err;

	/* The same size: blocks behind the end go. */
	if (size <= i_size_read(inode))
		return vmfs_shrink(inode, size);
	err = vmfs_make_room(inode, size) ?: vmfs_zero_gap(inode, size);
	if (err)
		return err;
	truncate_setsize(inode, size);
	return vmfs_inode_save(to_vmfs(inode));
}

/* Read as zero from here to there: @whole is for whole blocks, the rest is zeroed. */
static int vmfs_punch(struct inode *inode, u64 from, u64 to,
		      int (*whole)(struct vmfs_inode *vi, u64 from, u64 to))
{
	struct address_space *mapping = inode->i_mapping;
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 size = 1ull << vi->slot_shift, first = round_up(from, size), last;
	u64 first_page, last_page;
	int err;

	/* Behind the end of the file are zeros, and pages there must not be made. */
	if (from > i_size_read(inode))
		from = round_up(from, PAGE_SIZE);
	if (to > i_size_read(inode))
		to = round_up(to, PAGE_SIZE);
	if (from >= to)
		return 0;
	first_page = round_up(from, PAGE_SIZE);
	last_page = round_down(to, PAGE_SIZE);
	/* Parts of pages go through memory: see vmfs_shrink_locked(). */
	err = filemap_write_and_wait_range(mapping, round_down(from, PAGE_SIZE), to - 1);
	if (!err)
		err = vmfs_zero_in_memory(inode, from, min(first_page, to));
	if (!err && last_page >= first_page)
		err = vmfs_zero_in_memory(inode, last_page, to);
	if (!err)
		err = filemap_write_and_wait_range(mapping, round_down(from, PAGE_SIZE), to - 1);
	if (err || first_page >= last_page)
		return err;
	truncate_pagecache_range(inode, first_page, last_page - 1);
	down_write(&vi->wb_sem);
	last = max(first, round_down(to, size));
	if (vi->zla == VMFS_ZLA_SB || first >= last) {
		err = vmfs_zero_on_disk(vi, first_page, last_page);
	} else {
		err = vmfs_zero_on_disk(vi, first_page, first) ?:
		      vmfs_zero_on_disk(vi, last, last_page) ?:
		      whole(vi, first, last);
	}
	up_write(&vi->wb_sem);
	return err;
}

static int vmfs_preallocate(struct inode *inode, u64 from, u64 to)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	struct vmfs_map map;
	int err;

	while (from < to) {
		err = vmfs_find_mapping(vi, from, to, &map);
		if (err)
			return err;
		if (map.type == VMFS_MAP_HOLE) {
			err = vmfs_map_alloc(vi, from, map.length);
			if (err)
				return err;
		} else {
			from += map.length;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int vmfs_fallocate_locked(struct inode *inode, int mode, u64 from, u64 to)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	u64 size = i_size_read(inode);
	bool extend = !(mode & FALLOC_FL_KEEP_SIZE) && to > size;
	int err;

	if (extend) {
		err = inode_newsize_ok(inode, to);
		if (err)
			return err;
	}
	if (mode & FALLOC_FL_PUNCH_HOLE)
		to = min(to, round_up(size, 1ull << vi->slot_shift));
	if (mode & FALLOC_FL_PUNCH_HOLE && from >= to)
		return 0;
	err = vmfs_make_room(inode, mode & FALLOC_FL_PUNCH_HOLE ? max_t(u64, size, 1) : to);
	if (err)
		return err;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
		filemap_invalidate_lock(inode->i_mapping);
		err = vmfs_punch(inode, from, to, mode & FALLOC_FL_PUNCH_HOLE ? vmfs_map_free :
				 vmfs_map_zero);
		filemap_invalidate_unlock(inode->i_mapping);
	}
	if (!err && extend)
		err = vmfs_zero_gap(inode, to);
	if (!err && !(mode & FALLOC_FL_PUNCH_HOLE) && vi->zla != VMFS_ZLA_SB)
		err = vmfs_preallocate(inode, from, to);
	if (err)
		return err;
	if (extend)
		truncate_setsize(inode, to);
	return vmfs_inode_save(vi);
}

/**
 * vmfs_fallocate() - fallocate of files
 * @file: file
 * @mode: 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE
 * @offset: bytes
 * @len: bytes
 *
 * Return: 0 or an error; -EOPNOTSUPP for other modes.
 */
long vmfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (!vmfs_is_active(vmfs_volume(inode->i_sb)))
		return -EROFS;
	inode_lock(inode);
	inode_dio_wait(inode);
	err = file_modified(file);
	if (!err)
		err = vmfs_fallocate_locked(inode, mode, offset, offset + len);
	inode_unlock(inode);
	if (!err && file->f_flags & O_DSYNC)
		err = vmfs_fsync(file, 0, LLONG_MAX, 0);
	return err;
}
