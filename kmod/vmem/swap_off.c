// SPDX-License-Identifier: GPL-2.0
/*
 * Swapoff: read all pages back, in steps, then drop the swap file.
 */
#include "swap.h"

static bool vmem_is_swapped(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	bool swapped;

	mutex_lock(&block->lock);
	swapped = !block->huge && vmem_slot_state(vmem_slot(block, index)) == VMEM_SWAPPED;
	mutex_unlock(&block->lock);
	return swapped;
}

/* Read pages back until the step is over. */
static int vmem_swap_empty(struct vmem_file *file, struct vmem_swap *swap)
{
	pgoff_t index = READ_ONCE(swap->cursor), pages = vmem_file_pages(file);
	unsigned long until = jiffies + VMEM_STEP;
	int err = 0;

	while (!err && READ_ONCE(swap->count) && index < pages && time_before(jiffies, until)) {
		if (!vmem_is_swapped(file, index)) {
			index++;
			cond_resched();
			continue;
		}
		err = vmem_swap_in(file, index);	/* and look again */
	}
	/* Go round again: writes may have ended in pages before the cursor. */
	WRITE_ONCE(swap->cursor, index < pages ? index : 0);
	return err;
}

/**
 * vmem_swap_off() - read pages back for one step; after the last, drop the swap file
 * @file: file
 * @left: gets the number of pages still in the swap file; 0 when it is gone
 *
 * Context: process context, no lock of this module.
 * Return: 0; -ENOMEM, -EIO or another error of the read, and the swap file stays in use.
 */
int vmem_swap_off(struct vmem_file *file, unsigned long *left)
{
	struct vmem_swap *swap = vmem_swap_get(file);
	bool gone;
	int err;

	*left = 0;
	if (!swap)
		return 0;
	WRITE_ONCE(swap->leaving, true);
	err = vmem_swap_empty(file, swap);
	if (err)
		WRITE_ONCE(swap->leaving, false);
	mutex_lock(&file->reclaim_lock);	/* no new writes */
	*left = READ_ONCE(swap->count);
	if (!*left && (err || atomic_read(&swap->writing)))
		*left = 1;
	gone = !*left && rcu_access_pointer(file->swap) == swap;
	if (gone)
		RCU_INIT_POINTER(file->swap, NULL);
	mutex_unlock(&file->reclaim_lock);
	if (gone)
		vmem_swap_put(swap);
	vmem_swap_put(swap);
	return err;
}
