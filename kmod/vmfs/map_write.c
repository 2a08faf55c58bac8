// SPDX-License-Identifier: GPL-2.0
/*
 * Changing where a file has its data.  VMFS-5 only.
 *
 * A file grows from resident to one sub-block, to file blocks, to pointer blocks,
 * to pointer blocks of pointer blocks, as ESXi lets it; only that we write no
 * resident data: what is not empty has a sub-block at least.  File blocks are
 * given out as TBZ: they read as zero until partial.c knows that they are written.
 */
#include <linux/slab.h>

#include "map_write.h"

#define ALLOC_AT_ONCE	64

/**
 * vmfs_map_init() - begin anew with a kind of data
 * @vi: inode; @map_sem is held or nobody else has it; the caller tells the
 *	transaction of all of the file descriptor
 * @zla: enum vmfs_zla
 */
void vmfs_map_init(struct vmfs_inode *vi, u32 zla)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_fd_meta *meta = vi->meta;
	u32 size = zla == VMFS_ZLA_SB || zla == VMFS_ZLA_RESIDENT ? vol->sb_size :
		   vmfs_fb_size(vol);

	memset(vi->area, 0, vi->area_size);
	meta->zla = cpu_to_le32(zla);
	meta->block_size = cpu_to_le64(size);
	meta->block_shift = ilog2(size);
	meta->tbz_shift = cpu_to_le32(zla == VMFS_ZLA_SB ? ilog2(size) : vol->fb_shift);
	meta->num_blocks = 0;
	meta->tbz_lo = 0;
	meta->tbz_hi = 0;
	meta->new_lo = 0;
	meta->new_hi = 0;
	meta->num_pbs = 0;
	vi->zla = zla;
	vi->slot_shift = ilog2(size);
	vi->inode.i_blocks = 0;
	vi->sequence++;
}

/* Begin anew with one block. */
static void vmfs_init_with_block(struct vmfs_tx *tx, struct vmfs_inode *vi, u32 zla, u32 address)
{
	vmfs_map_init(vi, zla);
	*(__le32 *)vi->area = cpu_to_le32(address);
	vmfs_dirty_area(tx, vi);
	vmfs_add_blocks(tx, vi, 1);
}

/**
 * vmfs_map_begin() - begin to change where an inode has its data
 * @vi: inode; its map_sem is taken
 * @tx: set
 * @sectors: as of vmfs_tx_begin()
 *
 * Return: 0 or an error; then there is nothing to end.
 */
int vmfs_map_begin(struct vmfs_inode *vi, struct vmfs_tx *tx, unsigned int sectors)
{
	int err;

	err = vmfs_tx_begin(vmfs_volume(vi->inode.i_sb), tx, sectors);
	if (err)
		return err;
	down_write(&vi->map_sem);
	err = vmfs_lock_inode(tx, vi);
	if (err)
		vmfs_map_end(vi, tx);
	return err;
}

/**
 * vmfs_map_end() - done with changes
 * @vi: inode
 * @tx: of vmfs_map_begin()
 */
void vmfs_map_end(struct vmfs_inode *vi, struct vmfs_tx *tx)
{
	up_write(&vi->map_sem);
	vmfs_tx_end(tx);
}

static u32 vmfs_sb_item_address(struct vmfs_volume *vol, u64 item)
{
	u32 per = vol->space->res[VMFS_SBC].items_per_cluster;

	return vmfs_sb_address(item / per, item % per);
}

static u32 vmfs_pb_item_address(struct vmfs_volume *vol, u64 item)
{
	u32 per = vol->space->res[VMFS_PBC].items_per_cluster;

	return vmfs_pb_address(VMFS_ADDR_PB, item / per, item % per);
}

/* A new pointer block, all zero; the caller stores its address. */
static int vmfs_new_pb(struct vmfs_tx *tx, struct vmfs_inode *vi, struct vmfs_buf **buf,
		       u32 *address)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_PBC];
	u64 item, lv;
	u32 got;
	int err;

	err = vmfs_alloc(tx, res, 0, 1, &item, &got, NULL);
	if (err)
		return err;
	err = vmfs_resource_item(res, item, &lv);
	*buf = err ? ERR_PTR(err) : vmfs_buf_new(tx->vol, lv);
	if (IS_ERR(*buf)) {
		vmfs_free(tx, res, item, 1);
		return PTR_ERR(*buf);
	}
	vmfs_tx_dirty(tx, *buf, (*buf)->data, VMFS_PB_SIZE);
	le32_add_cpu(&vi->meta->num_pbs, 1);
	vmfs_dirty_meta(tx, vi);
	*address = vmfs_pb_item_address(tx->vol, item);
	return 0;
}

/**
 * vmfs_slot_descend() - go from a slot with a pointer block's address into that block
 * @tx: transaction
 * @vi: inode
 * @slot: slot; set to one in the block
 * @index: which one
 * @alloc: make the block if it is missing; else &vmfs_slot.at is set to NULL
 *
 * Return: 0 or an error; then @slot holds nothing.
 */
int vmfs_slot_descend(struct vmfs_tx *tx, struct vmfs_inode *vi, struct vmfs_slot *slot,
		      u32 index, bool alloc)
{
	u32 address = le32_to_cpu(*slot->at);
	struct vmfs_buf *buf;
	u64 lv;
	int err;

	if (!address && !alloc) {
		vmfs_buf_put(slot->buf);
		slot->buf = NULL;
		slot->at = NULL;
		return 0;
	}
	if (address) {
		err = vmfs_pointer_lv(tx->vol, address, &lv);
		buf = err ? ERR_PTR(err) : vmfs_buf_get(tx->vol, lv);
		err = PTR_ERR_OR_ZERO(buf);
	} else {
		err = vmfs_new_pb(tx, vi, &buf, &address);
		if (!err) {
			*slot->at = cpu_to_le32(address);
			vmfs_tx_dirty(tx, slot->buf, slot->at, sizeof(*slot->at));
		}
	}
	vmfs_buf_put(slot->buf);
	slot->buf = NULL;
	if (err)
		return err;
	slot->buf = buf;
	slot->at = (__le32 *)buf->data + index;
	slot->count = VMFS_PB_SLOTS - index;
	return 0;
}

/**
 * vmfs_slot_get() - the slot with a block's address
 * @tx: transaction
 * @vi: inode; @map_sem is held exclusively
 * @block: number of the block
 * @alloc: make pointer blocks that are missing
 * @slot: set; the caller puts &vmfs_slot.buf
 *
 * Return: 0 or an error.
 */
int vmfs_slot_get(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block, bool alloc,
		  struct vmfs_slot *slot)
{
	unsigned int bits = ilog2(VMFS_PB_SLOTS), levels = vmfs_levels(vi->zla), level;
	u64 top = block >> levels * bits;
	int err;

	lockdep_assert_held_write(&vi->map_sem);
	if (top >= VMFS_FD_SLOTS)
		return -EFBIG;
	vmfs_buf_hold(vi->buf);
	slot->buf = vi->buf;
	slot->at = (__le32 *)vi->area + top;
	slot->count = VMFS_FD_SLOTS - top;
	for (level = levels; level; level--) {
		u64 span = 1ull << level * bits;

		err = vmfs_slot_descend(tx, vi, slot,
					block >> (level - 1) * bits & (VMFS_PB_SLOTS - 1), alloc);
		if (err)
			return err;
		if (!slot->at) {
			slot->count = span - (block & (span - 1));
			return 0;
		}
	}
	return 0;
}

/* Where to look for the next block: behind the one before it */
static u64 vmfs_alloc_hint(struct vmfs_inode *vi, u64 block, const struct vmfs_slot *slot)
{
	struct vmfs_resource *res = &vmfs_volume(vi->inode.i_sb)->space->res[VMFS_FBB];
	bool has_before = slot->buf == vi->buf ? slot->at > (__le32 *)vi->area :
			  slot->at > (__le32 *)slot->buf->data;

	if (has_before && slot->at[-1])
		return vmfs_fb_block(le32_to_cpu(slot->at[-1])) + 1;
	return READ_ONCE(res->goal);
}

/* Fill holes from a slot on.  Returns 0 if there is none, how many were filled, or an error. */
static int vmfs_fill_holes(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block, u32 want,
			   struct vmfs_slot *slot, u32 flags, u64 *first)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FBB];
	u32 holes = 0, got, i;
	int err;

	want = min(want, slot->count);
	while (holes < want && !slot->at[holes])
		holes++;
	if (!holes)
		return 0;
	err = vmfs_alloc(tx, res, vmfs_alloc_hint(vi, block, slot), holes, first, &got, NULL);
	if (err)
		return err;
	WRITE_ONCE(res->goal, *first + got);
	for (i = 0; i < got; i++)
		slot->at[i] = cpu_to_le32(vmfs_fb_address(*first + i) | flags);
	vmfs_tx_dirty(tx, slot->buf, slot->at, got * sizeof(*slot->at));
	if (flags)
		vmfs_add_tbz(vi, got);
	vmfs_add_blocks(tx, vi, got);
	return got;
}

static int vmfs_map_alloc_once(struct vmfs_inode *vi, u64 pos, u64 len)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 block = pos >> vol->fb_shift, first;
	u32 want = min_t(u64, ALLOC_AT_ONCE,
			 ((pos + len - 1) >> vol->fb_shift) - block + 1);
	struct vmfs_slot slot;
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, SLOT_SECTORS + 8);
	if (err)
		return err;
	if (vi->zla == VMFS_ZLA_RESIDENT || vi->zla == VMFS_ZLA_SB)
		err = vmfs_corrupt(vol, "file descriptor", vmfs_buf_lv(vi->buf),
				   "a sub-block is missing");
	if (!err)
		err = vmfs_slot_get(&tx, vi, block, true, &slot);
	if (!err) {
		err = vmfs_fill_holes(&tx, vi, block, want, &slot, VMFS_FB_TBZ, &first);
		vmfs_buf_put(slot.buf);
	}
	vmfs_map_end(vi, &tx);
	return min(err, 0);
}

/**
 * vmfs_map_alloc() - allocate blocks for a hole
 * @vi: inode with file blocks
 * @pos: position in the hole, bytes
 * @len: how far to allocate at most, bytes
 *
 * On success, the block at @pos is allocated; others may be.
 *
 * Return: 0, -ENOSPC, -EFBIG, -EROFS, -EIO, ...
 */
int vmfs_map_alloc(struct vmfs_inode *vi, u64 pos, u64 len)
{
	int err;

	do {
		err = vmfs_map_alloc_once(vi, pos, len);
	} while (err == -ENOSPC && vmfs_commit_frees(vmfs_volume(vi->inode.i_sb)));
	return err;
}

/**
 * vmfs_map_add_fb() - add a block to a directory
 * @tx: transaction; uses up to 16 sectors
 * @vi: directory with file blocks
 * @block: number of the block, which is a hole
 * @lv: set to its LV offset
 *
 * Return: 0 or an error.
 */
int vmfs_map_add_fb(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block, u64 *lv)
{
	struct vmfs_slot slot;
	u64 first;
	int err;

	down_write(&vi->map_sem);
	err = vmfs_slot_get(tx, vi, block, true, &slot);
	if (!err) {
		err = vmfs_fill_holes(tx, vi, block, 1, &slot, 0, &first);
		vmfs_buf_put(slot.buf);
	}
	up_write(&vi->map_sem);
	if (err == 1)
		*lv = first << tx->vol->fb_shift;
	return err == 1 ? 0 : err ?: -EUCLEAN;
}

/**
 * vmfs_map_convert() - blocks are written: they do not read as zero any more
 * @vi: inode
 * @block: number of the first block
 * @count: how many, up to VMFS_CONVERT_AT_ONCE; those that are not TBZ stay as they are
 * @size: the file is at least that large now, bytes
 *
 * The size is part of the transaction: what is written past the size on disk would
 * come back after a crash, when the file is extended.
 *
 * Return: 0 or an error.
 */
int vmfs_map_convert(struct vmfs_inode *vi, u64 block, u64 count, u64 size)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, SLOT_SECTORS + count);
	if (err)
		return err;
	while (count) {
		struct vmfs_slot slot;
		u32 part, i;

		err = vmfs_slot_get(&tx, vi, block, false, &slot);
		if (err)
			break;
		part = min_t(u64, count, slot.count);
		for (i = 0; slot.at && i < part; i++) {
			if (!(slot.at[i] & cpu_to_le32(VMFS_FB_TBZ)))
				continue;
			slot.at[i] &= ~cpu_to_le32(VMFS_FB_TBZ);
			vmfs_partial_forget(&tx, vi, block + i);
			vmfs_add_tbz(vi, -1);
		}
		if (slot.at)
			vmfs_tx_dirty(&tx, slot.buf, slot.at, part * sizeof(*slot.at));
		vmfs_buf_put(slot.buf);
		block += part;
		count -= part;
	}
	vmfs_add_blocks(&tx, vi, 0);
	if (!err && size > i_size_read(&vi->inode))
		i_size_write(&vi->inode, size);
	vmfs_inode_log(&tx, vi);
	vmfs_map_end(vi, &tx);
	return err;
}

/* Write what a file holds, and zeros behind it, into a new block. */
static int vmfs_write_content(struct vmfs_inode *vi, u64 lv, u32 size, const void *content, u32 len)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u32 head = round_up(len, VMFS_BUF_SIZE);
	void *data;
	int err = 0;

	if (head) {
		data = kzalloc(head, GFP_NOFS);
		if (!data)
			return -ENOMEM;
		memcpy(data, content, len);
		err = vmfs_lv_io(vol, REQ_OP_WRITE, lv, data, head);
		kfree(data);
	}
	return err ?: vmfs_lv_zero(vol, lv + head, size - head);
}

static int vmfs_grow_to_sub_block(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_SBC];
	u64 item, lv;
	u32 got;
	int err;

	err = vmfs_alloc(tx, res, 0, 1, &item, &got, NULL);
	if (err)
		return err;
	err = vmfs_resource_item(res, item, &lv) ?:
	      vmfs_write_content(vi, lv, tx->vol->sb_size, vi->area, i_size_read(&vi->inode));
	if (err) {
		vmfs_free(tx, res, item, 1);
		return err;
	}
	vmfs_init_with_block(tx, vi, VMFS_ZLA_SB, vmfs_sb_item_address(tx->vol, item));
	return 0;
}

/* Make a copy of what is to be metadata part of a transaction. */
static int vmfs_log_content(struct vmfs_tx *tx, u64 lv, const void *content, u32 len)
{
	u32 at, part;

	for (at = 0; at < len; at += part) {
		struct vmfs_buf *buf = vmfs_buf_new(tx->vol, lv + at);

		if (IS_ERR(buf))
			return PTR_ERR(buf);
		part = min_t(u32, len - at, VMFS_BUF_SIZE);
		memcpy(buf->data, content + at, part);
		vmfs_tx_dirty(tx, buf, buf->data, part);
		vmfs_buf_put(buf);
	}
	return 0;
}

/**
 * vmfs_map_new_content() - give a new directory or symbolic link its content
 * @tx: transaction; uses up to 24 sectors; the content is part of it
 * @vi: inode that nobody else has yet
 * @content: what to write
 * @len: bytes, up to a sub-block
 *
 * Return: 0; -ENOSPC and others, then nothing is changed.
 */
int vmfs_map_new_content(struct vmfs_tx *tx, struct vmfs_inode *vi, const void *content, u32 len)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_SBC];
	u64 item, lv;
	u32 got;
	int err;

	err = vmfs_alloc(tx, res, 0, 1, &item, &got, NULL);
	if (err)
		return err;
	err = vmfs_resource_item(res, item, &lv) ?: vmfs_log_content(tx, lv, content, len);
	if (err) {
		vmfs_free(tx, res, item, 1);
		return err;
	}
	vmfs_init_with_block(tx, vi, VMFS_ZLA_SB, vmfs_sb_item_address(tx->vol, item));
	i_size_write(&vi->inode, len);
	return 0;
}

/**
 * vmfs_map_dir_to_fb() - the sub-block of a directory is full: go on in a file block
 * @tx: transaction; uses up to 32 sectors
 * @vi: directory with one sub-block; i_rwsem is held exclusively
 *
 * Return: 0; -ENOSPC and others, then nothing is changed.
 */
int vmfs_map_dir_to_fb(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FBB];
	u32 old = le32_to_cpup(vi->area), size = i_size_read(&vi->inode), got;
	void *content = kmalloc(size, GFP_NOFS);
	u64 first;
	int err;

	if (!content)
		return -ENOMEM;
	err = vmfs_file_read(&vi->inode, 0, content, size) ?:
	      vmfs_alloc(tx, res, READ_ONCE(res->goal), 1, &first, &got, NULL);
	if (err)
		goto out;
	err = vmfs_log_content(tx, first << tx->vol->fb_shift, content, size) ?:
	      vmfs_free_sub_block(tx, old);
	if (err) {
		vmfs_free(tx, res, first, 1);
		goto out;
	}
	down_write(&vi->map_sem);
	vmfs_init_with_block(tx, vi, VMFS_ZLA_FB, vmfs_fb_address(first));
	up_write(&vi->map_sem);
out:
	kfree(content);
	return err;
}

/* Move the content, if there is any, to a file block.  Sets *@first to it. */
static int vmfs_move_content(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 *first)
{
	struct vmfs_volume *vol = tx->vol;
	struct vmfs_resource *res = &vol->space->res[VMFS_FBB];
	u32 len = i_size_read(&vi->inode), got;
	void *content = kzalloc(vol->sb_size, GFP_NOFS);
	struct vmfs_map map;
	int err = 0;

	if (!content)
		return -ENOMEM;
	if (vi->zla == VMFS_ZLA_SB) {
		err = vmfs_data_lv(vol, le32_to_cpup(vi->area), 0, &map);
		if (!err && map.type == VMFS_MAP_DATA)
			err = vmfs_lv_io(vol, REQ_OP_READ, map.lv, content, vol->sb_size);
	} else {
		memcpy(content, vi->area, len);
	}
	if (!err)
		err = vmfs_alloc(tx, res, READ_ONCE(res->goal), 1, first, &got, NULL);
	if (!err) {
		WRITE_ONCE(res->goal, *first + 1);
		err = vmfs_write_content(vi, *first << vol->fb_shift, vmfs_fb_size(vol), content,
					 len);
		if (err)
			vmfs_free(tx, res, *first, 1);
	}
	kfree(content);
	return err;
}

/* From resident data or a sub-block to file blocks */
static int vmfs_grow_to_file_blocks(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	u32 old = vi->zla == VMFS_ZLA_SB ? le32_to_cpup(vi->area) : 0;
	bool has_content = i_size_read(&vi->inode);
	u64 first = 0;
	int err = 0;

	if (has_content)
		err = vmfs_move_content(tx, vi, &first);
	if (err)
		return err;
	err = old ? vmfs_free_sub_block(tx, old) : 0;
	if (err) {
		if (has_content)
			vmfs_free(tx, &tx->vol->space->res[VMFS_FBB], first, 1);
		return err;
	}
	if (has_content) {
		vmfs_init_with_block(tx, vi, VMFS_ZLA_FB, vmfs_fb_address(first));
		return 0;
	}
	vmfs_map_init(vi, VMFS_ZLA_FB);
	vmfs_dirty_area(tx, vi);
	vmfs_dirty_meta(tx, vi);
	return 0;
}

/* One more level of pointer blocks: the file descriptor's slots move into a new one. */
static int vmfs_grow_levels(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	u32 zla = vi->zla == VMFS_ZLA_FB ? VMFS_ZLA_PB : VMFS_ZLA_PB_DOUBLE;
	struct vmfs_buf *buf;
	u32 address;
	int err;

	if (memchr_inv(vi->area, 0, vi->area_size)) {
		err = vmfs_new_pb(tx, vi, &buf, &address);
		if (err)
			return err;
		memcpy(buf->data, vi->area, vi->area_size);
		vmfs_buf_put(buf);
		memset(vi->area, 0, vi->area_size);
		*(__le32 *)vi->area = cpu_to_le32(address);
		vmfs_dirty_area(tx, vi);
	}
	vi->zla = zla;
	vi->meta->zla = cpu_to_le32(zla);
	vmfs_add_blocks(tx, vi, 0);
	return 0;
}

/* How many bytes a file may have as it is */
static u64 vmfs_room_of(struct vmfs_inode *vi)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int bits = ilog2(VMFS_PB_SLOTS) * vmfs_levels(vi->zla);

	switch (vi->zla) {
	case VMFS_ZLA_RESIDENT:
		return 0;
	case VMFS_ZLA_SB:
		return vol->sb_size;
	default:
		return (u64)VMFS_FD_SLOTS << bits << vol->fb_shift;
	}
}

static int vmfs_map_grow_once(struct vmfs_inode *vi, u64 size)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, SLOT_SECTORS + 16);
	if (err)
		return err;
	while (!err && vmfs_room_of(vi) < size) {
		if (vi->zla == VMFS_ZLA_RESIDENT && size <= vol->sb_size) {
			err = vmfs_grow_to_sub_block(&tx, vi);
			/* There are few of them, and their number is fixed. */
			if (err == -ENOSPC)
				err = vmfs_grow_to_file_blocks(&tx, vi);
		} else if (vi->zla == VMFS_ZLA_RESIDENT || vi->zla == VMFS_ZLA_SB) {
			err = vmfs_grow_to_file_blocks(&tx, vi);
		} else if (vi->zla == VMFS_ZLA_FB || vi->zla == VMFS_ZLA_PB) {
			err = vmfs_grow_levels(&tx, vi);
		} else {
			err = -EFBIG;
		}
	}
	vmfs_map_end(vi, &tx);
	return err;
}

/**
 * vmfs_map_grow() - let a file have the kind of data that its size needs
 * @vi: inode.  Where the file has content that moves, its pages are clean, and
 *	nobody reads or writes it
 * @size: bytes
 *
 * Return: 0, -ENOSPC, -EFBIG, -EROFS, -EIO, ...
 */
int vmfs_map_grow(struct vmfs_inode *vi, u64 size)
{
	int err;

	if (vmfs_room_of(vi) >= size)
		return 0;
	do {
		err = vmfs_map_grow_once(vi, size);
	} while (err == -ENOSPC && vmfs_commit_frees(vmfs_volume(vi->inode.i_sb)));
	return err;
}

/**
 * vmfs_map_room() - how large a file may get without vmfs_map_grow()
 * @vi: inode
 *
 * Return: bytes.
 */
u64 vmfs_map_room(struct vmfs_inode *vi)
{
	return vmfs_room_of(vi);
}
