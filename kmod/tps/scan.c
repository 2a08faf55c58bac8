// SPDX-License-Identifier: GPL-2.0
/*
 * The scanner: its threads, its settings, and its CPU ceiling.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

#include "tps.h"

#define TPS_SLICE_NS	(2 * NSEC_PER_MSEC)	/* at most between sleeps */
#define TPS_REST_NS	(10 * NSEC_PER_MSEC)	/* at least after a pass */
#define TPS_NICE	5

atomic_long_t tps_events[TPS_A_EVENTS_MAX + 1];

static DEFINE_MUTEX(tps_lock);
static struct task_struct *tps_thread;	/* under tps_lock */
/* Written under tps_lock; the threads read single fields without it. */
static struct tps_settings tps_settings = { .workers = 1, .cpu = 10, .interval = 1000 };

static void tps_sleep(u64 ns)
{
	ktime_t timeout = ns_to_ktime(ns);

	set_current_state(TASK_INTERRUPTIBLE);
	if (ns && !kthread_should_stop())
		schedule_hrtimeout_range(&timeout, NSEC_PER_MSEC, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
}

/*
 * After a slice, sleep for as long as the worker's part of the CPU share or of the rate
 * demands.  Time in which it was runnable but did not run counts, too: the share is a
 * ceiling.
 */
static void tps_pay(struct tps_worker *worker)
{
	u32 rate = READ_ONCE(tps_settings.rate), whole = 100 * worker->pass->workers;
	u32 cpu = min(READ_ONCE(tps_settings.cpu), whole);
	u64 used = ktime_get_ns() - worker->slice, idle;

	idle = div_u64(used * (whole - cpu), cpu);
	if (rate)
		idle = max(idle, div_u64((u64)worker->scanned * worker->pass->workers *
					 NSEC_PER_SEC, rate));
	atomic_long_add(used, &tps_events[TPS_A_EVENTS_TIME]);
	tps_sleep(idle);
	cond_resched();
	worker->slice = ktime_get_ns();
	worker->scanned = 0;
}

/**
 * tps_pace() - sleep if the worker's slice is over
 * @worker: worker
 * @file: file that it scans, or NULL; dropped during the sleep, since deletion of the
 *	file waits for it
 *
 * Return: the file, or NULL if it is gone.
 */
struct vmem_file *tps_pace(struct tps_worker *worker, struct vmem_file *file)
{
	u32 rate = READ_ONCE(tps_settings.rate);
	u64 id;

	if (ktime_get_ns() - worker->slice < TPS_SLICE_NS &&
	    (!rate || worker->scanned < max(rate / 100, 1U)))
		return file;
	if (!file) {
		tps_pay(worker);
		return NULL;
	}
	id = vmem_file_id(file);
	vmem_file_put(file);
	tps_pay(worker);
	return vmem_file_get(id);
}

/**
 * tps_may_split() - whether huge blocks may be split for sharing
 *
 * Return: true if they may.
 */
bool tps_may_split(void)
{
	return READ_ONCE(tps_settings.split) ||
	       vmem_host_state() >= VMEM_MEMORY_STATE_CLEAR;
}

static void tps_work(struct tps_worker *worker)
{
	worker->slice = ktime_get_ns();
	worker->scanned = 0;
	worker->looked = worker->slice;
	tps_pass_scan(worker);
	tps_pay(worker);
}

static int tps_help(void *data)
{
	struct tps_worker *worker = data;
	struct tps_pass *pass = worker->pass;

	tps_work(worker);
	if (atomic_dec_and_test(&pass->helpers))
		wake_up(&pass->wait);
	return 0;
}

static void tps_start_helper(struct tps_worker *worker, struct tps_pass *pass, u32 number)
{
	struct task_struct *task = kthread_create(tps_help, worker, "tps_scan/%u", number);

	worker->pass = pass;
	worker->task = NULL;
	if (IS_ERR(task))	/* the other workers take its files */
		return;
	worker->task = get_task_struct(task);	/* it may end by itself */
	set_user_nice(task, TPS_NICE);
	atomic_inc(&pass->helpers);
	wake_up_process(task);
}

static void tps_run_pass(u32 seed)
{
	static struct tps_worker workers[TPS_WORKERS_MAX];	/* there is one pass at a time */
	struct tps_pass pass = { .workers = READ_ONCE(tps_settings.workers) };
	u32 i;

	if (tps_pass_begin(&pass, seed)) {
		tps_sleep(NSEC_PER_SEC);
		return;
	}
	for (i = 1; i < pass.workers; i++)
		tps_start_helper(&workers[i], &pass, i);
	workers[0].pass = &pass;
	tps_work(&workers[0]);
	wait_event_idle(pass.wait, !atomic_read(&pass.helpers) || kthread_should_stop());
	for (i = 1; i < pass.workers; i++) {
		if (!workers[i].task)
			continue;
		kthread_stop(workers[i].task);
		put_task_struct(workers[i].task);
	}
	tps_pass_end(&pass);
	tps_count_event(TPS_A_EVENTS_PASSES);
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
 * tps_get_settings() - get the settings
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
 * tps_begin_change() - get the settings, and keep others from changing them
 * @settings: gets them
 * @running: gets whether the scanner runs
 */
void tps_begin_change(struct tps_settings *settings, bool *running)
{
	mutex_lock(&tps_lock);
	*settings = tps_settings;
	*running = tps_thread;
}

/**
 * tps_end_change() - end what tps_begin_change() began
 */
void tps_end_change(void)
{
	mutex_unlock(&tps_lock);
}

/**
 * tps_set() - change settings, start or stop the scanner
 * @settings: new settings, checked by the caller
 * @run: whether the scanner should run
 * @extack: gets the reason of a refusal
 *
 * Context: between tps_begin_change() and tps_end_change().
 * Return: 0, or an error if the thread cannot be started.
 */
int tps_set(const struct tps_settings *settings, bool run, struct netlink_ext_ack *extack)
{
	struct task_struct *thread;

	lockdep_assert_held(&tps_lock);
	tps_settings = *settings;
	if (!run && tps_thread) {
		kthread_stop(tps_thread);
		tps_thread = NULL;
	} else if (run && tps_thread) {
		wake_up_process(tps_thread);	/* from a sleep of the old settings */
	} else if (run) {
		thread = kthread_run(tps_scan, NULL, "tps_scan");
		if (IS_ERR(thread)) {
			NL_SET_ERR_MSG(extack, "the scanner's thread cannot be started");
			return PTR_ERR(thread);
		}
		set_user_nice(thread, TPS_NICE);
		tps_thread = thread;
	}
	return 0;
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
