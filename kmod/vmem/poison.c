// SPDX-License-Identifier: GPL-2.0
/*
 * Broken memory: pages that the machine cannot read any more (hwpoison).
 *
 * The kernel handles such pages on its LRU lists.  Other pages it only marks, and reports by
 * a tracepoint, which is all that a module can hook.  We then unmap the page from all files
 * that use it.  The next access faults and gets SIGBUS, BUS_MCEERR_AR, for this page, which
 * QEMU forwards to its guest.
 *
 * A page may turn out to be broken just as a process reads it.  memory_failure() refuses
 * folios that are on no LRU list (HWPoisonHandlable()), and ours cannot be: the lists of a
 * memory cgroup go by the owners of its folios, and what __GFP_ACCOUNT charges changes
 * hands when the group is removed.  The machine check would then kill the process;
 * vmem_tell_reader() signals the page to it first.
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

/* The rest of a huge block stays in use, mapped by small pages from now on. */
static void vmem_poison_unmap(struct vmem_file *file, struct folio *folio, pgoff_t first,
			      pgoff_t index)
{
	folio_lock(folio);
	if (folio_test_large(folio))
		folio_set_has_hwpoisoned(folio);
	unmap_mapping_pages(file->inode.i_mapping, first, folio_nr_pages(folio), false);
	folio_unlock(folio);
	pr_warn("vmem: file %llu: page %lu is broken: an access gets SIGBUS\n",
		(u64)file->inode.i_ino, index);
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

/* This is rare, so search all files; it finds every user of a shared folio. */
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

/* Called inside memory_failure(), with preemption off */
static void vmem_on_failure(void *unused, unsigned long pfn, int type, int result)
{
	struct vmem_report *report = kmalloc(sizeof(*report), GFP_ATOMIC | __GFP_NOWARN);

	if (result == MF_IGNORED)
		vmem_tell_reader(pfn);
	if (!report) {
		pr_err("vmem: out of memory: no search for users of broken page frame %#lx\n", pfn);
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
 * vmem_poison_init() - hook reports of broken pages
 *
 * A kernel without CONFIG_MEMORY_FAILURE has no such tracepoint.
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
 * vmem_poison_exit() - unhook them
 */
void vmem_poison_exit(void)
{
	if (vmem_failures) {
		tracepoint_probe_unregister(vmem_failures, vmem_on_failure, NULL);
		tracepoint_synchronize_unregister();
	}
	destroy_workqueue(vmem_reports);
}
