// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation ahead of use: fallocate(), and reserved files.
 */
#include <linux/sched/signal.h>

#include "vmem.h"

/* Returns how many pages from @index on are backed now, or an error. */
static long vmem_populate_some(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	struct page *page = NULL;
	long done;

	mutex_lock(&block->lock);
	if (!block->huge && vmem_slot_state(vmem_slot(block, index)) <= VMEM_ZERO)
		page = vmem_find_page(file, block, index, true);
	done = block->huge ? VMEM_BLOCK_PAGES - index % VMEM_BLOCK_PAGES : 1;
	mutex_unlock(&block->lock);
	return IS_ERR(page) ? PTR_ERR(page) : done;
}

/**
 * vmem_populate() - back absent pages
 * @file: file
 * @first: index of the first page
 * @end: index after the last page, at most the file's size
 *
 * Context: process context, no lock of this module.
 * Return: 0, -ENOMEM, or -EINTR when the caller is being killed.
 */
int vmem_populate(struct vmem_file *file, pgoff_t first, pgoff_t end)
{
	unsigned int attempt = 0;
	long done;
	int err;

	while (first < end) {
		done = vmem_populate_some(file, first);
		if (done < 0) {
			if (attempt++ == VMEM_WAIT_ATTEMPTS)
				return -ENOMEM;
			err = vmem_wait_for_memory(file);
			if (err)
				return err;
			continue;
		}
		attempt = 0;
		first += done;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * vmem_reserve() - back all of a reserved file
 * @file: file that has its blocks, but not its size yet
 * @pages: its size to be, whole blocks
 *
 * Context: i_rwsem.
 * Return: 0; -ENOMEM or -EINTR, and the file has no memory.
 */
int vmem_reserve(struct vmem_file *file, pgoff_t pages)
{
	struct vmem_block *block;
	struct folio *folio;
	pgoff_t first;

	for (first = 0; first < pages; first += VMEM_BLOCK_PAGES) {
		folio = NULL;
		if (!fatal_signal_pending(current))
			folio = vmem_huge_alloc(file, first, VMEM_GFP_RESERVE);
		if (!folio) {
			for (; first; first -= VMEM_BLOCK_PAGES)
				vmem_punch_block(file, first - VMEM_BLOCK_PAGES, first);
			return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
		}
		block = vmem_block_of(file, first);
		mutex_lock(&block->lock);
		vmem_install_huge(file, block, first, folio);
		block->flags |= VMEM_BLOCK_FRESH;
		mutex_unlock(&block->lock);
	}
	return 0;
}
