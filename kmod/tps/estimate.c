// SPDX-License-Identifier: GPL-2.0
/*
 * Estimate what sharing would save under different groupings, without sharing anything.
 *
 * Pages are sampled by their hash, so that of equal pages all are in the sample or none.
 * Hashing the memory of all guests takes long, so a single work does it: a request starts
 * it, and later ones ask for its progress.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "tps.h"

#define TPS_SAMPLE_MAX	BIT(18)

/* A page of the sample */
struct tps_sample {
	u64 hash;
	u64 salt;
	u64 file;
};

struct tps_samples {
	struct tps_sample *list;
	u32 count;
	u32 shift;	/* one of 2^shift contents is in the sample */
};

static int tps_compare(const void *a, const void *b)
{
	const struct tps_sample *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->salt != y->salt)
		return x->salt < y->salt ? -1 : 1;
	return x->file < y->file ? -1 : x->file > y->file;
}

static void tps_estimate_work(struct work_struct *work);
static DECLARE_WORK(tps_estimator, tps_estimate_work);
static DEFINE_MUTEX(tps_progress_lock);
static struct tps_progress tps_progress = { .err = -ENODATA };	/* under tps_progress_lock */
static bool tps_estimate_ends;	/* ditto; read without */

static void tps_sample_block(struct tps_samples *samples, struct vmem_file *file, pgoff_t first,
			     u64 zero, struct tps_estimate *estimate)
{
	pgoff_t index, end = min(vmem_managed_pages(file), first + VMEM_BLOCK_PAGES);
	enum vmem_state state;
	u64 hash;

	for (index = first; index < end; index++) {
		cond_resched();
		state = vmem_page_hash(file, index, 0, &hash);
		if (state != VMEM_PRIVATE && state != VMEM_SHARED && state != VMEM_HUGE)
			continue;
		estimate->pages++;
		if (hash == zero)
			estimate->zero++;
		else if (!(hash & (BIT_ULL(samples->shift) - 1)) && samples->count < TPS_SAMPLE_MAX)
			samples->list[samples->count++] = (struct tps_sample){
				.hash = hash,
				.salt = vmem_file_salt(file),
				.file = vmem_file_id(file),
			};
	}
}

/* Holds the file for one block at a time: deletion waits for that. */
static void tps_sample_file(struct tps_samples *samples, u64 id, u64 zero,
			    struct tps_estimate *estimate)
{
	struct vmem_file *file;
	pgoff_t first = 0;

	while (!READ_ONCE(tps_estimate_ends) && (file = vmem_file_get(id))) {
		if (first < vmem_managed_pages(file))
			tps_sample_block(samples, file, first, zero, estimate);
		first += VMEM_BLOCK_PAGES;
		mutex_lock(&tps_progress_lock);
		tps_progress.seen += VMEM_BLOCK_PAGES;
		mutex_unlock(&tps_progress_lock);
		if (first >= vmem_managed_pages(file))
			id = 0;	/* ends the loop */
		vmem_file_put(file);
	}
}

/* In sorted order, all pages of a run but its first are saved. */
static void tps_count_samples(const struct tps_samples *samples, struct tps_estimate *estimate)
{
	const struct tps_sample *one, *before;
	u64 own = 0, salt = 0, all = 0;
	u32 i;

	for (i = 1; i < samples->count; i++) {
		one = &samples->list[i];
		before = one - 1;
		if (one->hash != before->hash)
			continue;
		all++;
		if (one->salt != before->salt)
			continue;
		salt++;
		own += one->file == before->file;
	}
	estimate->own = own << samples->shift;
	estimate->salt = salt << samples->shift;
	estimate->all = all << samples->shift;
}

static u64 tps_resident(void)
{
	struct vmem_file *file;
	u64 id = 0, pages = 0;

	while ((file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		pages += vmem_file_count(file, VMEM_PRIVATE) +
			 vmem_file_count(file, VMEM_SHARED) +
			 vmem_file_count(file, VMEM_HUGE);
		vmem_file_put(file);
	}
	return pages;
}

static u64 tps_all_pages(void)
{
	struct vmem_file *file;
	u64 id = 0, pages = 0;

	while ((file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		pages += vmem_managed_pages(file);
		vmem_file_put(file);
	}
	return pages;
}

static int tps_make_estimate(struct tps_estimate *estimate)
{
	struct tps_samples samples = {};
	struct vmem_file *file;
	u64 id = 0, zero;

	/* Expect it half full: memory may grow meanwhile. */
	while (tps_resident() >> samples.shift > TPS_SAMPLE_MAX / 2)
		samples.shift++;
	samples.list = kvcalloc(TPS_SAMPLE_MAX, sizeof(*samples.list), GFP_KERNEL);
	if (!samples.list)
		return -ENOMEM;
	zero = tps_zero_hash(0);
	while (!READ_ONCE(tps_estimate_ends) && (file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		vmem_file_put(file);
		tps_sample_file(&samples, id, zero, estimate);
	}
	sort(samples.list, samples.count, sizeof(*samples.list), tps_compare, NULL);
	tps_count_samples(&samples, estimate);
	kvfree(samples.list);
	return 0;
}

static void tps_estimate_work(struct work_struct *work)
{
	struct tps_estimate estimate = {};
	int err = tps_make_estimate(&estimate);

	mutex_lock(&tps_progress_lock);
	tps_progress.running = false;
	tps_progress.err = err;
	tps_progress.estimate = estimate;
	mutex_unlock(&tps_progress_lock);
}

/**
 * tps_estimate_start() - start an estimate, unless one is under way
 */
void tps_estimate_start(void)
{
	mutex_lock(&tps_progress_lock);
	if (!tps_progress.running && !tps_estimate_ends) {
		tps_progress = (struct tps_progress){ .running = true, .size = tps_all_pages() };
		queue_work(system_unbound_wq, &tps_estimator);
	}
	mutex_unlock(&tps_progress_lock);
}

/**
 * tps_estimate_stop() - stop estimates for good
 */
void tps_estimate_stop(void)
{
	mutex_lock(&tps_progress_lock);
	WRITE_ONCE(tps_estimate_ends, true);
	mutex_unlock(&tps_progress_lock);
	cancel_work_sync(&tps_estimator);
}

/**
 * tps_get_progress() - get the progress or the result of the estimate
 * @progress: gets it
 */
void tps_get_progress(struct tps_progress *progress)
{
	mutex_lock(&tps_progress_lock);
	*progress = tps_progress;
	mutex_unlock(&tps_progress_lock);
}
