// SPDX-License-Identifier: GPL-2.0
/*
 * The scanner: one thread, its passes, and the time that it may take.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "tps.h"

#define TPS_SLICE_NS	(2 * NSEC_PER_MSEC)	/* at most, before it sleeps */
#define TPS_REST_NS	(10 * NSEC_PER_MSEC)	/* at least, after a pass */
/* Memory is short below this part of it, and huge blocks are split */
#define TPS_SHORT(pages)	((pages) / 16)

u64 tps_seed;		/* random: nobody can prepare colliding pages */
atomic_long_t tps_events[TPS_A_EVENTS_MAX + 1];

static DEFINE_MUTEX(tps_lock);
static struct task_struct *tps_thread;	/* under tps_lock */
/* Written under tps_lock; the thread reads fields as they are. */
static struct tps_settings tps_settings = { .cpu = 10, .interval = 1000 };

/* A file as this pass numbers its pages: from @base on */
struct tps_range {
	u64 id;
	u32 base;
	u32 pages;
};

/**
 * struct tps_pass - a pass
 * @table: its candidates
 * @ranges: the files that were begun
 * @count: how many
 * @room: how many fit
 * @next: number of the next file's first page, from 1
 * @slice: when the thread began to run since it last slept, ns
 * @scanned: pages since then
 */
struct tps_pass {
	struct tps_table table;
	struct tps_range *ranges;
	u32 count;
	u32 room;
	u32 next;
	u64 slice;
	u32 scanned;
};

static void tps_sleep(u64 ns)
{
	ktime_t timeout = ns_to_ktime(ns);

	set_current_state(TASK_INTERRUPTIBLE);
	if (ns && !kthread_should_stop())
		schedule_hrtimeout_range(&timeout, NSEC_PER_MSEC, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/*
 * After a slice of time the thread sleeps for as long as its share of the CPU,
 * or the rate, demands.  Time in which it was ready but not running counts as
 * used: the share is a ceiling.
 */
static void tps_pay(struct tps_pass *pass)
{
	u32 cpu = READ_ONCE(tps_settings.cpu), rate = READ_ONCE(tps_settings.rate);
	u64 used = ktime_get_ns() - pass->slice, idle;

	idle = div_u64(used * (100 - cpu), cpu);
	if (rate)
		idle = max(idle, div_u64((u64)pass->scanned * NSEC_PER_SEC, rate));
	atomic_long_add(used, &tps_events[TPS_A_EVENTS_TIME]);
	tps_sleep(idle);
	cond_resched();
	pass->slice = ktime_get_ns();
	pass->scanned = 0;
}

static void tps_pace(struct tps_pass *pass)
{
	u32 rate = READ_ONCE(tps_settings.rate);

	if (ktime_get_ns() - pass->slice >= TPS_SLICE_NS ||
	    (rate && pass->scanned >= max(rate / 100, 1U)))
		tps_pay(pass);
}

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

static bool tps_may_split(void)
{
	return READ_ONCE(tps_settings.split) || si_mem_available() < TPS_SHORT(totalram_pages());
}

static void tps_scan_block(struct tps_pass *pass, struct vmem_file *file, pgoff_t first,
			   pgoff_t end, u32 base)
{
	unsigned int flags;
	pgoff_t index;
	u32 partner;
	u64 hash;
	int err;

	if (vmem_block_is_huge(file, first)) {
		pass->scanned += VMEM_BLOCK_PAGES;
		if (!tps_may_split() ||
		    !tps_worth_splitting(&pass->table, file, first, base + first))
			return;
		/* It needs memory in order to free some. */
		flags = memalloc_noreclaim_save();
		err = vmem_block_split(file, first);
		memalloc_noreclaim_restore(flags);
		if (err)
			return;
		tps_count_event(TPS_A_EVENTS_SPLIT);
	}
	for (index = first; index < end; index++) {
		partner = tps_visit(&pass->table, file, index, base + index, &hash);
		if (partner)
			tps_partner(pass, partner, hash);
		pass->scanned++;
		tps_pace(pass);
	}
}

static int tps_add_range(struct tps_pass *pass, const struct vmem_file *file, u32 pages)
{
	struct tps_range *ranges;

	if (pass->next + pages < pages)		/* 16 TiB: more than a number holds */
		return -EOVERFLOW;
	if (pass->count == pass->room) {
		ranges = krealloc_array(pass->ranges, pass->room + 64, sizeof(*ranges), GFP_KERNEL);
		if (!ranges)
			return -ENOMEM;
		pass->ranges = ranges;
		pass->room += 64;
	}
	pass->ranges[pass->count++] = (struct tps_range){
		.id = file->inode.i_ino,
		.base = pass->next,
		.pages = pages,
	};
	pass->next += pages;
	return 0;
}

static void tps_scan_file(struct tps_pass *pass, struct vmem_file *file)
{
	pgoff_t first, next, pages = vmem_file_pages(file);
	u32 base = pass->next;

	if (vmem_is_reserved(file) || !pages || tps_add_range(pass, file, pages))
		return;
	for (first = 0; first < pages && !kthread_should_stop(); first = next) {
		next = min(pages, first + VMEM_BLOCK_PAGES);
		tps_scan_block(pass, file, first, next, base);
		tps_pace(pass);
	}
}

static u64 tps_candidates(void)
{
	struct vmem_file *file;
	u64 id = 0, pages = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		pages += atomic_long_read(&file->count[VMEM_PRIVATE]);
		if (tps_may_split())
			pages += atomic_long_read(&file->count[VMEM_HUGE]);
		vmem_file_put(file);
	}
	return pages;
}

static void tps_run_pass(u32 seed)
{
	struct tps_pass pass = { .next = 1, .slice = ktime_get_ns() };
	struct vmem_file *file;
	u64 id = 0;

	if (tps_table_init(&pass.table, tps_candidates(), seed)) {
		tps_sleep(NSEC_PER_SEC);
		return;
	}
	while (!kthread_should_stop() && (file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		tps_scan_file(&pass, file);
		vmem_file_put(file);
	}
	tps_table_free(&pass.table);
	kfree(pass.ranges);
	tps_count_event(TPS_A_EVENTS_PASSES);
	tps_pay(&pass);
}

static int tps_scan(void *unused)
{
	u64 start, took, interval;
	u32 seed = 0;

	while (!kthread_should_stop()) {
		start = ktime_get_ns();
		tps_run_pass(seed++);
		took = ktime_get_ns() - start;
		interval = (u64)READ_ONCE(tps_settings.interval) * NSEC_PER_MSEC;
		tps_sleep(max_t(u64, interval, took + TPS_REST_NS) - took);
	}
	return 0;
}

/**
 * tps_get_settings() - tell the settings
 * @settings: gets them
 * @running: gets whether the scanner runs
 */
void tps_get_settings(struct tps_settings *settings, bool *running)
{
	mutex_lock(&tps_lock);
	*settings = tps_settings;
	*running = tps_thread;
	mutex_unlock(&tps_lock);
}

/**
 * tps_set() - change settings, start or stop the scanner
 * @settings: new settings, valid ones
 * @run: whether it shall run
 * @extack: gets the reason of a refusal
 *
 * Return: 0, or the error with which the thread cannot be started.
 */
int tps_set(const struct tps_settings *settings, bool run, struct netlink_ext_ack *extack)
{
	struct task_struct *thread;
	int err = 0;

	mutex_lock(&tps_lock);
	tps_settings = *settings;
	if (!run && tps_thread) {
		kthread_stop(tps_thread);
		tps_thread = NULL;
	} else if (run && !tps_thread) {
		thread = kthread_run(tps_scan, NULL, "tps_scan");
		if (IS_ERR(thread)) {
			err = PTR_ERR(thread);
			NL_SET_ERR_MSG(extack, "the scanner's thread cannot be started");
		} else {
			set_user_nice(thread, 5);
			tps_thread = thread;
		}
	} else if (run) {
		wake_up_process(tps_thread);	/* from a sleep of the old settings */
	}
	mutex_unlock(&tps_lock);
	return err;
}

/**
 * tps_stop() - stop the scanner
 */
void tps_stop(void)
{
	mutex_lock(&tps_lock);
	if (tps_thread)
		kthread_stop(tps_thread);
	tps_thread = NULL;
	mutex_unlock(&tps_lock);
}
