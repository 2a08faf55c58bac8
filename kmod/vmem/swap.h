/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The swap file of a file, for swap.c, swap_file.c and swap_off.c.
 */
#ifndef _VMEM_SWAP_H
#define _VMEM_SWAP_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#include "vmem.h"

#define VMEM_WRITES_AT_ONCE	8
#define VMEM_SWAP_HEADER	1	/* pages at the start for user space's label */

/**
 * struct vmem_swap - where a file swaps to
 * @users: references: the file's, and one for each read or write
 * @link: in the list of all; under vmem_swaps_lock
 * @release: frees it after the last read or write
 * @queue: queue of its reads and writes
 * @file: open file, from user space
 * @device: exclusive claim of a block device, or NULL for a file
 * @id: of the file that swaps to it
 * @pages: number of usable pages
 * @next: where to search for a free page; under @lock
 * @count: pages in use; changes under @lock
 * @stamp: of the last write: see VMEM_SWAP_STAMP_SHIFT in swap.c; under @lock
 * @lock: protects @used and the three before it
 * @used: bitmap of pages in use
 * @leaving: being given up: no more writes
 * @cursor: pages of the file before this index have been read back
 * @failures: failed writes since the last good one
 * @retry: jiffies of the next attempt after failures
 * @writing: number of pages being written
 * @wait: for the end of a write
 */
struct vmem_swap {
	refcount_t users;
	struct list_head link;
	struct work_struct release;
	struct workqueue_struct *queue;
	struct file *file;
	struct file *device;
	u64 id;
	unsigned long pages;
	unsigned long next;
	unsigned long count;
	unsigned long stamp;
	spinlock_t lock; /* see above */
	unsigned long *used;
	bool leaving;
	pgoff_t cursor;
	unsigned int failures;
	unsigned long retry;
	atomic_t writing;
	wait_queue_head_t wait;
};

bool vmem_swap_take(struct vmem_swap *swap, unsigned long *number, unsigned long *stamp);
void vmem_swap_clear(struct vmem_swap *swap, unsigned long number);
void vmem_swap_fail(struct vmem_swap *swap, u64 id, int err);
struct vmem_swap *vmem_swap_get(struct vmem_file *file);
void vmem_swap_put(struct vmem_swap *swap);

#endif /* _VMEM_SWAP_H */
