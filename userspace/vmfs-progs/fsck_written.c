// SPDX-License-Identifier: GPL-2.0
/*
 * Partly written blocks in a journal's table: they read as zero (TBZ) until the rest of each
 * is zero on disk, too.  As in kmod/vmfs/written.c, no entry is trusted: its block may be
 * another file's now, or complete.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvmfs/alloc.h"
#include "../libvmfs/journal.h"
#include "fsck.h"

#define MAX_BLOCK_SIZE	(VMFS_WRITTEN_WORDS * 64 * VMFS_WRITTEN_UNIT)

/**
 * struct partial - a block to complete
 * @fd: address of its file
 * @word: LV offset of its address, in the file descriptor or a pointer block
 * @lv: LV offset of its content
 * @entry: that has it
 */
struct partial {
	uint32_t fd;
	uint64_t word;
	uint64_t lv;
	const struct vmfs_written *entry;
};

/* The place of a block's address in its file; false if the file has none. */
static bool find_word(struct vmfs_inode *inode, uint64_t block, uint64_t *word)
{
	unsigned int level = inode->levels;
	uint64_t slot = block, address;

	for (; level; level--)
		slot /= VMFS_PB_SLOTS;
	if (slot >= inode->num_slots)
		return false;
	*word = inode->offset + offsetof(struct vmfs_fd, addresses) + slot * sizeof(__le32);
	address = inode->slots[slot];
	for (level = inode->levels; level; level--) {
		slot = (level == 2 ? block / VMFS_PB_SLOTS : block) % VMFS_PB_SLOTS;
		if (!address || vmfs_address_offset(inode->volume, address, word) ||
		    vmfs_pb_entry(inode->volume, address, slot, level - 1, &address))
			return false;
		*word += slot * sizeof(__le32);
	}
	return true;
}

/* Does the block still belong to the entry, and read as zero? */
static bool find_block(struct fsck *fsck, const struct vmfs_written *entry,
		       struct vmfs_inode *inode, struct partial *found)
{
	uint32_t address = le32toh(entry->fb);
	__le32 now;

	if (!entry->fd || fsck->volume.block_size > MAX_BLOCK_SIZE ||
	    vmfs_address_type(address) != VMFS_ADDR_FB ||
	    vmfs_fb_block(address) >= fsck->volume.num_blocks ||
	    vmfs_inode_read(&fsck->volume, le32toh(entry->fd), inode) ||
	    (inode->zla != VMFS_ZLA_FB && inode->zla != VMFS_ZLA_PB &&
	     inode->zla != VMFS_ZLA_PB_DOUBLE) ||
	    !find_word(inode, le64toh(entry->block), &found->word) ||
	    vmfs_lv_read(&fsck->lv, found->word, &now, sizeof(now)) ||
	    le32toh(now) != (address | VMFS_FB_TBZ))
		return false;
	found->fd = inode->address;
	found->lv = (uint64_t)vmfs_fb_block(address) << fsck->volume.block_shift;
	found->entry = entry;
	return true;
}

static bool is_written(const struct vmfs_written *entry, unsigned int unit)
{
	return le64toh(entry->bitmap[unit / 64]) >> unit % 64 & 1;
}

/* Zero the unwritten parts, in runs. */
static int fill(struct fsck *fsck, const struct partial *block)
{
	unsigned int units = fsck->volume.block_size / VMFS_WRITTEN_UNIT, unit = 0, first;
	int err = VS_OK;

	while (!err && unit < units) {
		for (first = unit; unit < units && !is_written(block->entry, unit); unit++)
			;
		if (unit > first)
			err = vmfs_lv_zero(&fsck->lv, block->lv + first * VMFS_WRITTEN_UNIT,
					   (uint64_t)(unit - first) * VMFS_WRITTEN_UNIT);
		else
			unit++;
	}
	return err;
}

/* The address first: the next run finds and repairs a count that is one too high. */
static int convert(struct fsck *fsck, const struct partial *block, struct vmfs_inode *inode)
{
	uint32_t lo;
	__le32 word;
	int err = vmfs_lv_read(&fsck->lv, block->word, &word, sizeof(word));

	word &= ~htole32(VMFS_FB_TBZ);
	if (!err)
		err = vmfs_lv_write(&fsck->lv, block->word, &word, sizeof(word));
	if (!err)
		err = vmfs_inode_read(&fsck->volume, block->fd, inode);
	if (err)
		return err;
	lo = le32toh(inode->meta.tbz_lo);
	if (!lo)
		inode->meta.tbz_hi = htole32(le32toh(inode->meta.tbz_hi) - 1);
	inode->meta.tbz_lo = htole32(lo - 1);
	return fsck_write_meta(fsck, inode);
}

static int complete(struct fsck *fsck, const struct partial *blocks, unsigned int count,
		    struct vmfs_inode *inode)
{
	unsigned int i;
	int err = VS_OK;

	for (i = 0; !err && i < count; i++)
		err = fill(fsck, &blocks[i]);
	/* From here on, stale content of the device would show. */
	if (!err)
		err = vmfs_lv_sync(&fsck->lv);
	for (i = 0; !err && i < count; i++)
		err = convert(fsck, &blocks[i], inode);
	vmfs_forget(&fsck->volume);
	return err ? err : vmfs_lv_sync(&fsck->lv);
}

int fsck_written(struct fsck *fsck, const struct vmfs_heartbeat *slot)
{
	uint64_t at = le64toh(slot->journal_offset);
	struct partial *blocks = vs_malloc(VMFS_WRITTEN_SLOTS * sizeof(*blocks));
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	struct vmfs_written *table;
	unsigned int count = 0, i;
	int err = vmfs_journal_written(&fsck->volume, slot, &table);

	for (i = 0; !err && table && i < VMFS_WRITTEN_SLOTS; i++)
		count += find_block(fsck, &table[i], inode, &blocks[count]);
	if (count && !fsck_problem(fsck, "journal at LV offset 0x%" PRIx64
				   ": %u blocks of files are written in part", at, count)) {
		err = vs_fail(VS_REFUSED, "without these blocks, the volume is not repaired");
	} else if (count) {
		err = complete(fsck, blocks, count, inode);
		fsck_fixed(fsck, err);
	}
	/* If the slot stays, its journal must not undo later repairs. */
	if (!err && table)
		err = vmfs_journal_clear(&fsck->volume, slot);
	free(table);
	free(inode);
	free(blocks);
	return err;
}
