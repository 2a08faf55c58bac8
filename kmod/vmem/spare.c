// SPDX-License-Identifier: GPL-2.0
/*
 * Spare blocks: some 2 MiB folios that are held from the start, for the guests.
 *
 * Their memory cannot be moved, so a host that is full of it cannot be compacted
 * while a guest's fault waits.  A fault that finds no block lets one of these go and
 * takes it, through the allocator, which charges it to the guest's memory cgroup.
 * They are replaced in the background, where there is time to reclaim and compact.
 */
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "vmem.h"

#define VMEM_SPARES_MAX	64
/* It may reclaim and compact, but kills nobody. */
#define VMEM_GFP_SPARE	(GFP_HIGHUSER | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static unsigned int vmem_spare_blocks = 8;
module_param_named(spare_blocks, vmem_spare_blocks, uint, 0444);
MODULE_PARM_DESC(spare_blocks, "Blocks of 2 MiB that are held for guests, up to 64");

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
 * vmem_spare_release() - give a block to the allocator, for who needs it now
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
 * vmem_spare_replace() - take a block that was freed a moment ago, if one is missing
 *
 * So that there is one to split the next block with, however short memory is.
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
 * Return: 0, or -EINVAL where the parameter is out of range.
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
 * vmem_spare_exit() - give them back
 */
void vmem_spare_exit(void)
{
	struct folio *folio;

	cancel_work_sync(&vmem_spare_work);
	while ((folio = vmem_spare_take()))
		vmem_huge_put(folio);
}
