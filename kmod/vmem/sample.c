// SPDX-License-Identifier: GPL-2.0
/*
 * Estimate how much memory a guest uses, by sampling (C. Waldspurger, "Memory Resource
 * Management in VMware ESX Server", OSDI 2002, section 5.3).
 *
 * In each period, random pages of a file are unmapped and marked.  Those in memory that
 * have lost their mark at the end were touched.  Their share, averaged over time, is the
 * share of the guest's memory that is active.  A page of a huge block stands for the block.
 */
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/workqueue.h>

#include "vmem.h"

static unsigned int vmem_sample_period = 30;
module_param_named(sample_period, vmem_sample_period, uint, 0644);
MODULE_PARM_DESC(sample_period, "Seconds in which active memory is estimated, 0 for never");

static void vmem_sample_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(vmem_sampler, vmem_sample_work);

static void vmem_sample_mark(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	struct folio *folio;

	mutex_lock(&block->lock);
	folio = vmem_block_folio(block, index);
	if (folio && vmem_unmap(file, folio,
				block->huge ? round_down(index, VMEM_BLOCK_PAGES) : index))
		vmem_mark(block, index, VMEM_MARK_SAMPLED);
	mutex_unlock(&block->lock);
}

static bool vmem_was_touched(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	bool touched;

	mutex_lock(&block->lock);
	touched = vmem_block_folio(block, index) &&
		  !vmem_is_marked(block, index, VMEM_MARK_SAMPLED);
	mutex_unlock(&block->lock);
	return touched;
}

/* Follow growth within a period or two, and a short rest not at all. */
static void vmem_average(struct vmem_file *file, unsigned long active)
{
	if (!file->sampled) {
		file->active_fast = active;
		file->active_slow = active;
	} else {
		file->active_fast = (file->active_fast + active) / 2;
		file->active_slow = (7 * file->active_slow + active) / 8;
	}
	file->sampled = true;
}

static void vmem_sample_file(struct vmem_file *file)
{
	pgoff_t pages = vmem_file_pages(file);
	unsigned int i, touched = 0;

	if (!pages || vmem_is_reserved(file))
		return;
	if (file->sampling) {
		for (i = 0; i < VMEM_SAMPLE; i++)
			touched += vmem_was_touched(file, file->sample[i]);
		vmem_average(file, pages * touched / VMEM_SAMPLE);
	}
	for (i = 0; i < VMEM_SAMPLE; i++) {
		file->sample[i] = get_random_u64() % pages;
		vmem_sample_mark(file, file->sample[i]);
		cond_resched();
	}
	file->sampling = true;
}

static void vmem_sample_work(struct work_struct *work)
{
	unsigned int period = READ_ONCE(vmem_sample_period);
	struct vmem_file *file;
	u64 id = 0;

	while (period && (file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		vmem_sample_file(file);
		vmem_file_put(file);
	}
	/* While it is off, poll the parameter. */
	queue_delayed_work(system_long_wq, &vmem_sampler, (period ?: 5) * HZ);
}

/**
 * vmem_active() - estimate how much memory is in use
 * @file: file
 *
 * Return: pages; 0 until the first sample is complete.
 */
unsigned long vmem_active(const struct vmem_file *file)
{
	return max(READ_ONCE(file->active_fast), READ_ONCE(file->active_slow));
}

/**
 * vmem_sample_init() - begin to sample
 *
 * Return: 0.
 */
int __init vmem_sample_init(void)
{
	queue_delayed_work(system_long_wq, &vmem_sampler, HZ);
	return 0;
}

/**
 * vmem_sample_exit() - end sampling
 */
void vmem_sample_exit(void)
{
	cancel_delayed_work_sync(&vmem_sampler);
}
