/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tps: transparent page sharing for files of vmem
 */
#ifndef _TPS_H
#define _TPS_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <uapi/linux/tps.h>

#include "../vmem/vmem_api.h"

/**
 * DOC: Overview
 *
 * A thread and its helpers (scan.c) look at all pages of all managed files, pass
 * after pass (pass.c), within a share of the CPUs that they never exceed.  A page
 * whose hash is the same as in the last pass is a candidate (match.c): a zero page
 * is freed; if the store of vmem has the content, the page uses that; if another
 * candidate of this pass has the same hash, the page's folio goes to the store and
 * the other page is visited again to use it.  Frozen pages are compared before they
 * are shared; equal hashes are not enough.
 *
 * Only files with equal salts share.  The salt is part of the hash, so that pages of
 * different salts do not meet, and the store compares it.
 *
 * Pages stay shared when this module is removed: the store belongs to vmem.
 */

/**
 * DOC: Locking
 *
 * tps_lock (scan.c) protects the settings and the thread's coming and going;
 * the thread does not take it.  A page that is looked at holds its block's
 * lock (see vmem.h), one at a time.  The workers of a pass share its table, whose
 * entries are atomic, and take files by an atomic counter.
 */

#define TPS_INTERVAL_MAX	3600000U	/* ms */
#define TPS_WORKERS_MAX		16
#define TPS_RANGES		64		/* step in which their array grows */

/**
 * struct tps_settings - settings of the scanner
 * @workers: threads that scan, 1 to TPS_WORKERS_MAX
 * @cpu: ceiling for all together, per cent of a CPU, 1 to 100 for each worker
 * @rate: pages to look at in a second, 0 for no limit
 * @interval: least time between the starts of two passes, ms
 * @split: split huge blocks for sharing even while memory is plentiful
 */
struct tps_settings {
	u32 workers;
	u32 cpu;
	u32 rate;
	u32 interval;
	bool split;
};

/**
 * struct tps_table - the candidates of a pass: hash to page
 * @buckets: number of buckets
 * @seed: differs between passes, and so do collisions
 * @bucket: a cache line each
 *
 * Eight bytes for a page.  In a full bucket a random entry is replaced: a later
 * pass finds the lost candidate.
 */
struct tps_table {
	u32 buckets;
	u32 seed;
	struct tps_bucket *bucket;
};

#define TPS_BUCKET_ENTRIES	8

/* Candidates: above a part of the hash, below the page's number in the pass; 0 is free */
struct tps_bucket {
	u64 entries[TPS_BUCKET_ENTRIES];
};

/* A file as a pass numbers its pages: from @base on */
struct tps_range {
	u64 id;
	u32 base;
	u32 pages;
};

/**
 * struct tps_pass - a pass
 * @table: its candidates
 * @ranges: the files at its start, the oldest first; page numbers begin at 1
 * @count: number of files
 * @workers: number of workers
 * @left: files that no worker has begun; 0 or less at the end
 * @helpers: workers besides the first that have not finished
 * @wait: for the last helper
 */
struct tps_pass {
	struct tps_table table;
	struct tps_range *ranges;
	u32 count;
	u32 workers;
	atomic_t left;
	atomic_t helpers;
	wait_queue_head_t wait;
};

/**
 * struct tps_worker - a thread that scans
 * @pass: its pass
 * @task: its thread; NULL for the first worker, and if it could not be started
 * @slice: when it last woke up, ns
 * @scanned: pages since then
 * @looked: when it last looked for new memory, ns
 */
struct tps_worker {
	struct tps_pass *pass;
	struct task_struct *task;
	u64 slice;
	u32 scanned;
	u64 looked;
};

/* scan.c */
extern atomic_long_t tps_events[TPS_A_EVENTS_MAX + 1];
void tps_get_settings(struct tps_settings *settings, bool *running);
void tps_begin_change(struct tps_settings *settings, bool *running);
void tps_end_change(void);
int tps_set(const struct tps_settings *settings, bool run, struct netlink_ext_ack *extack);
void tps_stop(void);
struct vmem_file *tps_pace(struct tps_worker *worker, struct vmem_file *file);
bool tps_may_split(void);

static inline void tps_count_event(unsigned int event)
{
	atomic_long_inc(&tps_events[event]);
}

/* pass.c */
int tps_pass_begin(struct tps_pass *pass, u32 seed);
void tps_pass_end(struct tps_pass *pass);
void tps_pass_scan(struct tps_worker *worker);

/* match.c */
u64 tps_zero_hash(u64 salt);
int tps_table_init(struct tps_table *table, u64 pages, u32 seed);
void tps_table_free(struct tps_table *table);
u32 tps_visit(struct tps_table *table, struct vmem_file *file, pgoff_t index, u32 number,
	      u64 *hash);
void tps_learn(struct vmem_file *file, pgoff_t index);
void tps_revisit(struct vmem_file *file, pgoff_t index, u64 hash);
bool tps_worth_splitting(struct tps_table *table, struct vmem_file *file, pgoff_t index,
			 u32 number);

/* estimate.c */

/**
 * struct tps_estimate - what sharing would save, in pages
 * @pages: pages in memory; a shared one counts for each user
 * @zero: pages full of zeros
 * @own: other pages saved if each file shared only with itself
 * @salt: ... if files shared under their salts
 * @all: ... if all files shared
 */
struct tps_estimate {
	u64 pages;
	u64 zero;
	u64 own;
	u64 salt;
	u64 all;
};

/**
 * struct tps_progress - progress and result of an estimate
 * @running: it is under way
 * @err: result of the last one; -ENODATA if there was none
 * @seen: pages done
 * @size: pages of all files at its start
 * @estimate: the estimate, if @err is 0
 */
struct tps_progress {
	bool running;
	int err;
	u64 seen;
	u64 size;
	struct tps_estimate estimate;
};

void tps_estimate_start(void);
void tps_estimate_stop(void);
void tps_get_progress(struct tps_progress *progress);

/* netlink.c */
int tps_netlink_init(void);
void tps_netlink_exit(void);

#endif /* _TPS_H */
