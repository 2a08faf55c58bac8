// SPDX-License-Identifier: GPL-2.0
/*
 * Spare blocks: 2 MiB folios that are held for guests.
 *
 * Guests' memory cannot be moved, so a host full of it cannot be compacted while a fault
 * waits.  A fault that gets no block frees a spare one and allocates again, so that the
 * memory is charged to the guest's memory cgroup.  A work replaces it, with time to reclaim
 * and compact.
 */
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "vmem.h"

#define VMEM_SPARES_MAX	64
/* Reclaims and compacts, but does not invoke the OOM killer. */
#define VMEM_GFP_SPARE	(GFP_HIGHUSER | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static unsigned int vmem_spare_blocks = 8;
module_param_named(spare_blocks, vmem_spare_blocks, uint, 0444);
MODULE_PARM_DESC(spare_blocks, "Blocks of 2 MiB to hold for guests, up to 64");

static DEFINE_SPINLOCK(vmem_spare_lock);	/* a leaf */
static struct folio *vmem_spares[VMEM_SPARES_MAX];	/* under vmem_spare_lock */
static unsigned int vmem_spare_count;		/* ditto */

static struct folio *vmem_spare_take(void)
{
	struct folio *folio = NULL;

	spin_lock(&vmem_spare_lock);
	if (vmem_spare_count)
		folio = vmem_spares[--vmem_spare_count];
	spin_unlock(&vmem_spare_lock);
	return folio;
}

static bool vmem_spare_add(struct folio *folio)
{
	bool wanted;

	spin_lock(&vmem_spare_lock);
	wanted = vmem_spare_count < vmem_spare_blocks;
	if (wanted)
		vmem_spares[vmem_spare_count++] = folio;
	spin_unlock(&vmem_spare_lock);
	return wanted;
}

static void vmem_spare_fill(struct work_struct *work)
{
	struct folio *folio;

	while (!vmem_memory_is_short()) {
		folio = folio_alloc(VMEM_GFP_SPARE, VMEM_BLOCK_SHIFT);
		if (!folio)
			return;
		if (!vmem_spare_add(folio)) {
			vmem_huge_put(folio);
			return;
		}
	}
}

static DECLARE_WORK(vmem_spare_work, vmem_spare_fill);

/**
 * vmem_spare_release() - free a spare block, for the caller to allocate
 *
 * Return: true if there was one.
 */
bool vmem_spare_release(void)
{
	struct folio *folio = vmem_spare_take();

	if (!folio)
		return false;
	vmem_huge_put(folio);
	queue_work(system_unbound_wq, &vmem_spare_work);
	return true;
}

/**
 * vmem_spare_replace() - after a split, keep the freed block if a spare one is missing
 *
 * The next split then has memory, however short that is.
 */
void vmem_spare_replace(void)
{
	struct folio *folio;

	if (READ_ONCE(vmem_spare_count) >= vmem_spare_blocks)
		return;
	folio = folio_alloc((VMEM_GFP_SPARE & ~__GFP_RECLAIM) | __GFP_NOMEMALLOC, VMEM_BLOCK_SHIFT);
	if (folio && !vmem_spare_add(folio))
		vmem_huge_put(folio);
}

/**
 * vmem_spare_init() - take the first spare blocks
 *
 * Return: 0, or -EINVAL if the parameter is out of range.
 */
int __init vmem_spare_init(void)
{
	if (vmem_spare_blocks > VMEM_SPARES_MAX) {
		pr_err("vmem: spare_blocks %u is above the highest, %u\n", vmem_spare_blocks,
		       VMEM_SPARES_MAX);
		return -EINVAL;
	}
	vmem_spare_fill(&vmem_spare_work);
	return 0;
}

/**
 * vmem_spare_exit() - free the spare blocks
 */
void vmem_spare_exit(void)
{
	struct folio *folio;

	cancel_work_sync(&vmem_spare_work);
	while ((folio = vmem_spare_take()))
		vmem_huge_put(folio);
}
