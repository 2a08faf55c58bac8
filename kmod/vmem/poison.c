// SPDX-License-Identifier: GPL-2.0
/*
 * Broken memory: pages that the machine cannot read any more (hwpoison).
 *
 * What the kernel does about such a page it does for folios on its LRU lists.  Of
 * others it only marks the page, and says so by a tracepoint, which is all that a
 * module can hear.  We look for who uses the page then, and unmap it, so that who
 * touches it faults, and is told by SIGBUS, BUS_MCEERR_AR, for this page: QEMU hands
 * that on to its guest.
 *
 * A page may turn out to be broken just as a process reads it.  memory_failure() handles
 * no folio that is on no LRU list (HWPoisonHandlable()), and an LRU list is closed to us:
 * those of a memory cgroup go by its folios' owners, and what __GFP_ACCOUNT charges
 * changes its owner when the group is removed.  So the machine check would kill the
 * process; vmem_tell_reader() sees to it that the process is told instead.
 */
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "vmem.h"

/* A page that was reported */
struct vmem_report {
	struct work_struct work;
	unsigned long pfn;
};

static struct tracepoint *vmem_failures;
static struct workqueue_struct *vmem_reports;

/* Others read and write what is beside the page, so the block stays, mapped by pages. */
static void vmem_poison_unmap(struct vmem_file *file, struct folio *folio, pgoff_t first,
			      pgoff_t index)
{
	folio_lock(folio);
	if (folio_test_large(folio))
		folio_set_has_hwpoisoned(folio);
	unmap_mapping_pages(file->inode.i_mapping, first, folio_nr_pages(folio), false);
	folio_unlock(folio);
	pr_warn("vmem: file %lu: page %lu is broken, who touches it gets SIGBUS\n",
		file->inode.i_ino, index);
	vmem_tell_of_poison(file, index);
}

static void vmem_poison_slots(struct vmem_file *file, struct vmem_block *block, pgoff_t first,
			      unsigned long pfn)
{
	struct folio *folio;
	unsigned int i;

	for (i = 0; i < VMEM_BLOCK_PAGES && block->slots; i++) {
		folio = vmem_block_folio(block, first + i);
		if (folio && folio_pfn(folio) == pfn)
			vmem_poison_unmap(file, folio, first + i, first + i);
	}
}

static void vmem_poison_block(struct vmem_file *file, pgoff_t first, unsigned long pfn)
{
	struct vmem_block *block = vmem_block_of(file, first);
	unsigned long part;

	mutex_lock(&block->lock);
	if (block->huge) {
		part = pfn - folio_pfn(block->huge);
		if (part < VMEM_BLOCK_PAGES)
			vmem_poison_unmap(file, block->huge, first, first + part);
	} else {
		vmem_poison_slots(file, block, first, pfn);
	}
	mutex_unlock(&block->lock);
}

/* It is rare, so all files are searched: who else uses a shared folio is found that way. */
static void vmem_poison_work(struct work_struct *work)
{
	struct vmem_report *report = container_of(work, struct vmem_report, work);
	struct vmem_file *file;
	pgoff_t first;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		for (first = 0; first < vmem_file_pages(file); first += VMEM_BLOCK_PAGES) {
			vmem_poison_block(file, first, report->pfn);
			cond_resched();
		}
		vmem_file_put(file);
	}
	kfree(report);
}

/* In the middle of memory_failure(): no place to take locks */
static void vmem_on_failure(void *unused, unsigned long pfn, int type, int result)
{
	struct vmem_report *report = kmalloc(sizeof(*report), GFP_ATOMIC | __GFP_NOWARN);

	if (result == MF_IGNORED)
		vmem_tell_reader(pfn);
	if (!report) {
		pr_err("vmem: out of memory: the broken page %#lx is not looked for\n", pfn);
		return;
	}
	INIT_WORK(&report->work, vmem_poison_work);
	report->pfn = pfn;
	queue_work(vmem_reports, &report->work);
}

static void __init vmem_is_failures(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "memory_failure_event"))
		vmem_failures = point;
}

/**
 * vmem_poison_init() - begin to listen for broken pages
 *
 * A kernel without memory failure handling has no such tracepoint.
 *
 * Return: 0 or an error.
 */
int __init vmem_poison_init(void)
{
	int err;

	vmem_reports = alloc_workqueue("vmem_poison", WQ_UNBOUND, 1);
	if (!vmem_reports)
		return -ENOMEM;
	for_each_kernel_tracepoint(vmem_is_failures, NULL);
	err = vmem_failures ? tracepoint_probe_register(vmem_failures, vmem_on_failure, NULL) : 0;
	if (err)
		destroy_workqueue(vmem_reports);
	return err;
}

/**
 * vmem_poison_exit() - end listening
 */
void vmem_poison_exit(void)
{
	if (vmem_failures) {
		tracepoint_probe_unregister(vmem_failures, vmem_on_failure, NULL);
		tracepoint_synchronize_unregister();
	}
	destroy_workqueue(vmem_reports);
}
