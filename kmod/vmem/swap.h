/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The swap file of a file: what swap.c and swap_file.c know of it.
 */
#ifndef _VMEM_SWAP_H
#define _VMEM_SWAP_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#include "vmem.h"

#define VMEM_WRITES_AT_ONCE	8
#define VMEM_SWAP_HEADER	1	/* pages at its begin that are left to user space */

/**
 * struct vmem_swap - where a file swaps to
 * @users: the file's own, and one for each read or write
 * @link: in the list of all; under vmem_swaps_lock
 * @release: frees it, where it is not the file that does
 * @queue: of its reads and writes
 * @file: open file, from user space
 * @device: keeps others from using the block device, or NULL for a file
 * @id: of the file that swaps to it
 * @pages: number of pages that may be used
 * @next: where the search for a free one begins; under @lock
 * @count: pages in use; changes under @lock
 * @stamp: of the last write, see VMEM_SWAP_STAMP in swap.c; under @lock
 * @lock: protects @used
 * @used: bitmap of pages in use
 * @leaving: nothing more is written, and all is read back
 * @cursor: pages of the file before it have been read back
 * @failures: writes that failed since the last one that did not
 * @retry: jiffies when, after these, another is tried
 * @writing: pages that are being written
 * @wait: for a write to end
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
