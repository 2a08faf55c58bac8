// SPDX-License-Identifier: GPL-2.0
/*
 * Taking blocks away from a file.  VMFS-5 only.
 */
#include <linux/string.h>

#include "map_write.h"

/* Runs of blocks that one transaction frees, and what each may need: two clusters
 * of file blocks, a pointer block, and the clusters of two pointer blocks
 */
#define FREES_AT_ONCE	32
#define FREE_SECTORS	16

static int vmfs_free_pb(struct vmfs_tx *tx, struct vmfs_inode *vi, u32 address)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_PBC];
	u64 item, lv;
	int err;

	err = vmfs_item_of(tx->vol, address, VMFS_ADDR_PB, &item) ?:
	      vmfs_resource_item(res, item, &lv) ?: vmfs_free(tx, res, item, 1);
	if (err)
		return err;
	vmfs_tx_forget(tx, lv, VMFS_PB_SIZE);
	le32_add_cpu(&vi->meta->num_pbs, -1);
	return 0;
}

/**
 * vmfs_free_sub_block() - free a sub-block
 * @tx: transaction; uses two sectors
 * @address: of it
 *
 * Return: 0 or an error.
 */
int vmfs_free_sub_block(struct vmfs_tx *tx, u32 address)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_SBC];
	u64 item, lv;
	int err;

	err = vmfs_item_of(tx->vol, address, VMFS_ADDR_SB, &item) ?:
	      vmfs_resource_item(res, item, &lv) ?: vmfs_free(tx, res, item, 1);
	if (!err)
		vmfs_tx_forget(tx, lv, tx->vol->sb_size);
	return err;
}

/* How many slots from here on have blocks that follow each other in one cluster */
static u32 vmfs_count_run(const struct vmfs_resource *res, const __le32 *slots, u32 count)
{
	u32 first = vmfs_fb_block(le32_to_cpu(*slots)), run;

	count = min(count, res->items_per_cluster - first % res->items_per_cluster);
	for (run = 0; run < count; run++) {
		u32 address = le32_to_cpu(slots[run]);

		if (vmfs_address_type(address) != VMFS_ADDR_FB ||
		    vmfs_fb_block(address) != first + run)
			break;
	}
	return run;
}

/*
 * Free the blocks of a part of an array, as far as one transaction may.  What
 * cannot be freed stays in its slot: of one cluster, all is freed or nothing.
 */
static int vmfs_free_slots(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block,
			   struct vmfs_slot *slot, u32 count, unsigned int *frees, u32 *done)
{
	struct vmfs_resource *res = &tx->vol->space->res[VMFS_FBB];
	u32 i = 0, end, freed = 0, tbz = 0;
	int err = 0;

	while (i < count && *frees) {
		u32 first = vmfs_fb_block(le32_to_cpu(slot->at[i]));
		u32 run = vmfs_count_run(res, slot->at + i, count - i);

		if (!run) {
			/* A hole, or of another kind: what it names is not ours to free. */
			if (slot->at[i])
				vmfs_corrupt(tx->vol, "file", vmfs_buf_lv(vi->buf),
					     "block %llu has address %#x", block + i,
					     le32_to_cpu(slot->at[i]));
			slot->at[i++] = 0;
			continue;
		}
		err = vmfs_free(tx, res, first, run);
		if (err)
			break;
		if (S_ISDIR(vi->inode.i_mode))
			vmfs_tx_forget(tx, (u64)first << tx->vol->fb_shift,
				       (u64)run << tx->vol->fb_shift);
		for (end = i + run; i < end; i++) {
			tbz += vmfs_fb_is_tbz(le32_to_cpu(slot->at[i]));
			slot->at[i] = 0;
		}
		freed += run;
		--*frees;
	}
	if (i)
		vmfs_tx_dirty(tx, slot->buf, slot->at, i * sizeof(*slot->at));
	vmfs_add_tbz(vi, -(s64)tbz);
	vmfs_add_blocks(tx, vi, -(s64)freed);
	*done = i;
	return err;
}

/* Free the pointer block that a slot is in, if it is empty, and those above it. */
static int vmfs_free_empty_pbs(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block)
{
	unsigned int bits = ilog2(VMFS_PB_SLOTS), levels = vmfs_levels(vi->zla), level;
	int err = 0;

	for (level = 1; !err && level <= levels; level++) {
		__le32 *top = (__le32 *)vi->area + (block >> levels * bits);
		struct vmfs_slot parent = { .buf = vi->buf, .at = top };
		struct vmfs_buf *buf;
		u64 lv;

		vmfs_buf_hold(vi->buf);
		if (level < levels)
			err = vmfs_slot_descend(tx, vi, &parent,
						block >> bits & (VMFS_PB_SLOTS - 1), false);
		if (err || !parent.at || !*parent.at) {
			vmfs_buf_put(parent.buf);
			return err;
		}
		err = vmfs_pointer_lv(tx->vol, le32_to_cpu(*parent.at), &lv);
		buf = err ? ERR_PTR(err) : vmfs_buf_get(tx->vol, lv);
		if (!IS_ERR(buf) && memchr_inv(buf->data, 0, VMFS_PB_SIZE)) {
			vmfs_buf_put(buf);
			vmfs_buf_put(parent.buf);
			return 0;
		}
		err = PTR_ERR_OR_ZERO(buf);
		vmfs_buf_put(buf);
		if (!err)
			err = vmfs_free_pb(tx, vi, le32_to_cpu(*parent.at));
		if (!err) {
			*parent.at = 0;
			vmfs_tx_dirty(tx, parent.buf, parent.at, sizeof(*parent.at));
		}
		vmfs_buf_put(parent.buf);
	}
	return err;
}

/* Free some blocks from *@block on.  Sets *@block to where to go on. */
static int vmfs_map_free_once(struct vmfs_inode *vi, u64 *block, u64 end)
{
	unsigned int frees = FREES_AT_ONCE;
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, SLOT_SECTORS + FREE_SECTORS * FREES_AT_ONCE);
	if (err)
		return err;
	while (!err && *block < end && frees) {
		struct vmfs_slot slot;
		u32 count, done;

		err = vmfs_slot_get(&tx, vi, *block, false, &slot);
		if (err)
			break;
		count = min_t(u64, slot.count, end - *block);
		done = count;
		if (slot.at) {
			err = vmfs_free_slots(&tx, vi, *block, &slot, count, &frees, &done);
			frees -= !!frees;
		}
		vmfs_buf_put(slot.buf);
		if (slot.at && !err)
			err = vmfs_free_empty_pbs(&tx, vi, *block);
		*block += done;
	}
	vmfs_map_end(vi, &tx);
	return err;
}

/* Some blocks from *@block on, of one array.  Sets *@block to where to go on. */
static int vmfs_map_zero_once(struct vmfs_inode *vi, u64 *block, u64 end)
{
	u32 count, i, tbz = 0;
	struct vmfs_slot slot;
	struct vmfs_tx tx;
	int err;

	err = vmfs_map_begin(vi, &tx, SLOT_SECTORS);
	if (err)
		return err;
	err = vmfs_slot_get(&tx, vi, *block, false, &slot);
	if (err)
		goto out;
	count = min_t(u64, slot.count, end - *block);
	for (i = 0; slot.at && i < count; i++) {
		u32 address = le32_to_cpu(slot.at[i]);

		if (vmfs_address_type(address) != VMFS_ADDR_FB || vmfs_fb_is_tbz(address))
			continue;
		slot.at[i] |= cpu_to_le32(VMFS_FB_TBZ);
		tbz++;
	}
	if (tbz) {
		vmfs_tx_dirty(&tx, slot.buf, slot.at, count * sizeof(*slot.at));
		vmfs_add_tbz(vi, tbz);
		vmfs_add_blocks(&tx, vi, 0);
	}
	vmfs_buf_put(slot.buf);
	*block += count;
out:
	vmfs_map_end(vi, &tx);
	return err;
}

/**
 * vmfs_map_zero() - blocks read as zero, and stay where they are
 * @vi: inode with file blocks; nobody reads or writes them
 * @from: position, bytes, a multiple of the block size
 * @to: end of the range, the same
 *
 * Return: 0 or an error.
 */
int vmfs_map_zero(struct vmfs_inode *vi, u64 from, u64 to)
{
	u64 block = from >> vi->slot_shift, end = to >> vi->slot_shift;
	int err = vmfs_partial_cut_blocks(vi, block, end);

	while (!err && block < end) {
		err = vmfs_map_zero_once(vi, &block, end);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

/* A file has one, a directory of another writer may have several. */
static int vmfs_free_sub_blocks(struct vmfs_inode *vi)
{
	__le32 *slots = vi->area;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < VMFS_FD_SLOTS; i++) {
		struct vmfs_tx tx;

		if (!slots[i])
			continue;
		err = vmfs_map_begin(vi, &tx, SLOT_SECTORS);
		if (err)
			break;
		err = vmfs_free_sub_block(&tx, le32_to_cpu(slots[i]));
		if (!err) {
			slots[i] = 0;
			vmfs_dirty_area(&tx, vi);
			vmfs_add_blocks(&tx, vi, -1);
		}
		vmfs_map_end(vi, &tx);
	}
	return err;
}

/**
 * vmfs_map_free() - take blocks away
 * @vi: inode; nobody reads or writes them
 * @from: position, bytes, a multiple of the block size
 * @to: end of the range, the same; U64_MAX: all that follow
 *
 * Takes several transactions; the file is in order after each.
 *
 * Return: 0 or an error.
 */
int vmfs_map_free(struct vmfs_inode *vi, u64 from, u64 to)
{
	unsigned int bits = ilog2(VMFS_PB_SLOTS) * vmfs_levels(vi->zla);
	u64 block = from >> vi->slot_shift, end = to >> vi->slot_shift;
	u64 last = (u64)VMFS_FD_SLOTS << bits;
	int err = 0;

	if (vi->zla == VMFS_ZLA_RESIDENT)
		return 0;
	if (vi->zla == VMFS_ZLA_SB)
		return from ? 0 : vmfs_free_sub_blocks(vi);
	end = min(end, last);
	err = vmfs_partial_cut_blocks(vi, block, end);
	while (!err && block < end) {
		err = vmfs_map_free_once(vi, &block, end);
		cond_resched();
	}
	return err;
}
