/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What partial.c, written.c and complete.c share
 */
#ifndef _VMFS_PARTIAL_H
#define _VMFS_PARTIAL_H

#include "map.h"

/**
 * struct vmfs_partial_file - blocks of a file of which a part is written
 * @fd: address of the file descriptor
 * @blocks: struct vmfs_partial by number of the block; under &vmfs_inode.map_sem
 *
 * In &vmfs_space.partial_files by @fd.  It stays when its inode is evicted, and is
 * found again with the next; see vmfs_partial_attach().
 */
struct vmfs_partial_file {
	u32 fd;
	struct xarray blocks;
};

/* The mark of blocks, and of files with such blocks, that the table does not have as they are */
#define VMFS_PARTIAL_CHANGED	XA_MARK_0

/**
 * struct vmfs_partial - a block that reads as zero on disk, and of which a part is written
 * @file: its file
 * @block: number in the file
 * @lv: LV offset
 * @slot: in the table of the journal, or VMFS_NO_SLOT
 * @link: in &vmfs_written_table.fifo, if it has a slot
 * @bits: a bit for each VMFS_BLOCK_SIZE: it is written
 */
struct vmfs_partial {
	struct vmfs_partial_file *file;
	u64 block;
	u64 lv;
	u32 slot;
	struct list_head link;
	unsigned long bits[];
};

#define VMFS_NO_SLOT	U32_MAX

/* partial.c */
struct vmfs_partial *vmfs_partial_load(struct vmfs_volume *vol, u32 fd, u64 block, u64 lv);
int vmfs_partial_log_some(struct vmfs_inode *vi, bool *full);
int vmfs_partial_drop_file(struct vmfs_volume *vol, struct vmfs_partial_file *file);

/* Blocks of one vmfs_partial_log_some() at most: each may be in another sector of the table. */
#define VMFS_LOG_AT_ONCE	64u

/* written.c */
int vmfs_written_set(struct vmfs_tx *tx, struct vmfs_partial *partial);
void vmfs_written_clear(struct vmfs_tx *tx, struct vmfs_partial *partial);
void vmfs_written_forget(struct vmfs_volume *vol, struct vmfs_partial *partial);
bool vmfs_written_oldest(struct vmfs_volume *vol, u32 *fd, u64 *block);

#endif
