/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What map_write.c and map_free.c share
 */
#ifndef _VMFS_MAP_WRITE_H
#define _VMFS_MAP_WRITE_H

#include "map.h"

/* An address of a file's block, in the file descriptor or in a pointer block */
struct vmfs_slot {
	struct vmfs_buf *buf;	/* has a reference */
	__le32 *at;		/* NULL: there is no pointer block */
	u32 count;		/* slots from here on in the same array, or that are missing */
};

/* Sectors of what one call changes, beside bitmaps: descriptor, pointer blocks */
#define SLOT_SECTORS	32

static inline void vmfs_dirty_meta(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	vmfs_tx_dirty(tx, vi->buf, vi->meta, sizeof(*vi->meta));
}

static inline void vmfs_dirty_area(struct vmfs_tx *tx, struct vmfs_inode *vi)
{
	vmfs_tx_dirty(tx, vi->buf, vi->area, vi->area_size);
}

static inline void vmfs_add_blocks(struct vmfs_tx *tx, struct vmfs_inode *vi, s64 blocks)
{
	struct vmfs_fd_meta *meta = vi->meta;

	le64_add_cpu(&meta->num_blocks, blocks);
	meta->new_lo = cpu_to_le32(le64_to_cpu(meta->num_blocks));
	meta->new_hi = cpu_to_le32(le64_to_cpu(meta->num_blocks) >> 32);
	vi->inode.i_blocks = (le64_to_cpu(meta->num_blocks) * le64_to_cpu(meta->block_size)) >>
			     SECTOR_SHIFT;
	vi->sequence++;
	vmfs_dirty_meta(tx, vi);
}

static inline void vmfs_add_tbz(struct vmfs_inode *vi, s64 blocks)
{
	struct vmfs_fd_meta *meta = vi->meta;
	u64 tbz = ((u64)le32_to_cpu(meta->tbz_hi) << 32 | le32_to_cpu(meta->tbz_lo)) + blocks;

	meta->tbz_lo = cpu_to_le32(tbz);
	meta->tbz_hi = cpu_to_le32(tbz >> 32);
}

int vmfs_map_begin(struct vmfs_inode *vi, struct vmfs_tx *tx, unsigned int sectors);
void vmfs_map_end(struct vmfs_inode *vi, struct vmfs_tx *tx);
int vmfs_slot_get(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block, bool alloc,
		  struct vmfs_slot *slot);
int vmfs_slot_descend(struct vmfs_tx *tx, struct vmfs_inode *vi, struct vmfs_slot *slot,
		      u32 index, bool alloc);
int vmfs_free_sub_block(struct vmfs_tx *tx, u32 address);

#endif
