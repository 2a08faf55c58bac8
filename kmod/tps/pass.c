// SPDX-License-Identifier: GPL-2.0
/*
 * A pass: all pages of all files, by as many workers as there are.
 *
 * Workers take files that no other has begun, the newest first: a new guest has the most
 * to share.  They look at new memory ahead of its turn, so that it is a candidate by then.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "tps.h"

#define TPS_LOOK_NS	NSEC_PER_SEC	/* between two looks for new memory */

static void tps_partner(struct tps_pass *pass, u32 number, u64 hash)
{
	struct vmem_file *file;
	u32 i;

	for (i = pass->count; i--;)
		if (number >= pass->ranges[i].base)
			break;
	if (number - pass->ranges[i].base >= pass->ranges[i].pages)
		return;
	file = vmem_file_get(pass->ranges[i].id);
	if (!file)
		return;
	tps_revisit(file, number - pass->ranges[i].base, hash);
	vmem_file_put(file);
}

static bool tps_split_block(struct tps_worker *worker, struct vmem_file *file, pgoff_t first,
			    u32 number)
{
	unsigned int flags;
	int err;

	worker->scanned += VMEM_BLOCK_PAGES;
	if (!tps_may_split() ||
	    !tps_worth_splitting(&worker->pass->table, file, first, number))
		return false;
	/* A split needs memory before it frees some. */
	flags = memalloc_noreclaim_save();
	err = vmem_block_split(file, first);
	memalloc_noreclaim_restore(flags);
	if (err)
		return false;
	tps_count_event(TPS_A_EVENTS_SPLIT);
	return true;
}

/* Returns the file, or NULL where it is gone. */
static struct vmem_file *tps_scan_block(struct tps_worker *worker, struct vmem_file *file,
					pgoff_t first, pgoff_t end, u32 base)
{
	pgoff_t index;
	u32 partner;
	u64 hash;

	if (vmem_block_is_huge(file, first) && !tps_split_block(worker, file, first, base + first))
		return tps_pace(worker, file);
	for (index = first; file && index < end; index++) {
		partner = tps_visit(&worker->pass->table, file, index, base + index, &hash);
		if (partner)
			tps_partner(worker->pass, partner, hash);
		worker->scanned++;
		file = tps_pace(worker, file);
	}
	return file;
}

/* Returns the file, or NULL where it is gone. */
static struct vmem_file *tps_look_at_file(struct tps_worker *worker, struct vmem_file *file)
{
	pgoff_t first, index, end, pages = vmem_managed_pages(file);

	for (first = 0; file && first < pages && !kthread_should_stop(); first = end) {
		end = min(pages, first + VMEM_BLOCK_PAGES);
		if (!vmem_block_is_new(file, first))
			continue;
		for (index = first; file && index < end; index++) {
			tps_learn(file, index);
			worker->scanned++;
			file = tps_pace(worker, file);
		}
	}
	return file;
}

/* Hash memory that no pass has seen, so that its turn tells which pages change. */
static void tps_look_for_new(struct tps_worker *worker)
{
	struct vmem_file *file;
	u64 id = 0;

	if (ktime_get_ns() - worker->looked < TPS_LOOK_NS)
		return;
	while (!kthread_should_stop() && (file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		file = tps_look_at_file(worker, file);
		if (file)
			vmem_file_put(file);
	}
	worker->looked = ktime_get_ns();
}

static void tps_scan_range(struct tps_worker *worker, const struct tps_range *range)
{
	struct vmem_file *file;
	pgoff_t first, next;

	for (first = 0; first < range->pages && !kthread_should_stop(); first = next) {
		next = min_t(pgoff_t, range->pages, first + VMEM_BLOCK_PAGES);
		tps_look_for_new(worker);
		file = vmem_file_get(range->id);
		if (!file)
			return;
		file = tps_scan_block(worker, file, first, next, range->base);
		if (file)
			vmem_file_put(file);
	}
}

/**
 * tps_pass_scan() - scan files until none is left
 * @worker: one of the pass's workers
 *
 * Context: the worker's thread; returns early if that should stop.
 */
void tps_pass_scan(struct tps_worker *worker)
{
	struct tps_pass *pass = worker->pass;
	int i;

	while (!kthread_should_stop() && (i = atomic_dec_return(&pass->left)) >= 0)
		tps_scan_range(worker, &pass->ranges[i]);
}

static int tps_add_range(struct tps_pass *pass, const struct vmem_file *file, u32 pages)
{
	struct tps_range *ranges;
	u32 base = 1;

	if (pass->count) {
		ranges = &pass->ranges[pass->count - 1];
		base = ranges->base + ranges->pages;
	}
	if (base + pages < pages)	/* more than 16 TiB in all: leave it out */
		return 0;
	if (pass->count % TPS_RANGES == 0) {
		ranges = krealloc_array(pass->ranges, pass->count + TPS_RANGES, sizeof(*ranges),
					GFP_KERNEL);
		if (!ranges)
			return -ENOMEM;
		pass->ranges = ranges;
	}
	pass->ranges[pass->count++] = (struct tps_range){
		.id = vmem_file_id(file),
		.base = base,
		.pages = pages,
	};
	return 0;
}

/**
 * tps_pass_begin() - number the pages of all files, and make a table for them
 * @pass: gets filled in
 * @seed: changes with each pass
 *
 * Return: 0 or -ENOMEM.
 */
int tps_pass_begin(struct tps_pass *pass, u32 seed)
{
	u64 id = 0, candidates = 0;
	struct vmem_file *file;
	int err = 0;

	init_waitqueue_head(&pass->wait);
	while (!err && (file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		candidates += vmem_file_count(file, VMEM_PRIVATE);
		if (tps_may_split())
			candidates += vmem_file_count(file, VMEM_HUGE);
		if (vmem_managed_pages(file))
			err = tps_add_range(pass, file, vmem_managed_pages(file));
		vmem_file_put(file);
	}
	atomic_set(&pass->left, pass->count);
	err = err ?: tps_table_init(&pass->table, candidates, seed);
	if (err)
		kfree(pass->ranges);
	return err;
}

/**
 * tps_pass_end() - free the memory of a pass
 * @pass: pass without workers
 */
void tps_pass_end(struct tps_pass *pass)
{
	tps_table_free(&pass->table);
	kfree(pass->ranges);
}
