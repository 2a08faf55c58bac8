// SPDX-License-Identifier: GPL-2.0
/*
 * What sharing would save, by which grouping, without sharing anything.
 *
 * Pages are sampled by their hash: either all pages with some content are in
 * the sample, or none, so that equal pages are counted as often as they are
 * there.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

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

static void tps_sample_file(struct tps_samples *samples, struct vmem_file *file, u64 zero,
			    struct tps_estimate *estimate)
{
	pgoff_t index, pages = vmem_file_pages(file);
	enum vmem_state state;
	u64 hash;

	if (vmem_is_reserved(file))
		return;
	for (index = 0; index < pages && !fatal_signal_pending(current); index++) {
		cond_resched();
		state = vmem_page_hash(file, index, tps_seed, &hash);
		if (state != VMEM_PRIVATE && state != VMEM_SHARED && state != VMEM_HUGE)
			continue;
		estimate->pages++;
		if (hash == zero)
			estimate->zero++;
		else if (!(hash & (BIT_ULL(samples->shift) - 1)) && samples->count < TPS_SAMPLE_MAX)
			samples->list[samples->count++] = (struct tps_sample){
				.hash = hash,
				.salt = file->salt,
				.file = file->inode.i_ino,
			};
	}
}

/* Sorted, the pages that a grouping does not save are those that begin a run. */
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
		id = file->inode.i_ino;
		pages += atomic_long_read(&file->count[VMEM_PRIVATE]) +
			 atomic_long_read(&file->count[VMEM_SHARED]) +
			 atomic_long_read(&file->count[VMEM_HUGE]);
		vmem_file_put(file);
	}
	return pages;
}

/**
 * tps_make_estimate() - find out what sharing would save
 * @estimate: gets it
 *
 * Context: process context; takes as long as hashing all memory of all guests.
 * Return: 0, -ENOMEM, or -EINTR when the caller is being killed.
 */
int tps_make_estimate(struct tps_estimate *estimate)
{
	struct tps_samples samples = {};
	struct vmem_file *file;
	u64 id = 0, zero;

	/* Half full, for the memory may grow meanwhile */
	while (tps_resident() >> samples.shift > TPS_SAMPLE_MAX / 2)
		samples.shift++;
	samples.list = kvcalloc(TPS_SAMPLE_MAX, sizeof(*samples.list), GFP_KERNEL);
	if (!samples.list)
		return -ENOMEM;
	*estimate = (struct tps_estimate){};
	zero = tps_zero_hash(0);
	while (!fatal_signal_pending(current) && (file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		tps_sample_file(&samples, file, zero, estimate);
		vmem_file_put(file);
	}
	sort(samples.list, samples.count, sizeof(*samples.list), tps_compare, NULL);
	tps_count_samples(&samples, estimate);
	kvfree(samples.list);
	return fatal_signal_pending(current) ? -EINTR : 0;
}
