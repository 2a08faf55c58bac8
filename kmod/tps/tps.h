/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tps: transparent page sharing for files of vmem
 */
#ifndef _TPS_H
#define _TPS_H

#include <linux/netlink.h>
#include <linux/types.h>

#include <uapi/linux/tps.h>

#include "../vmem/vmem.h"

/**
 * DOC: Overview
 *
 * One thread (scan.c) looks at all pages of all managed files, pass after
 * pass, within a share of one CPU that it never exceeds.  A page whose hash is
 * what it was in the last pass is a candidate (match.c): if it is zero it is
 * freed; if the store of vmem has its content it uses that; if another
 * candidate of this pass has the same hash, its folio goes to the store, and
 * the other one is visited again to use it.  What is equal is decided by
 * comparing pages that are frozen, never by a hash.
 *
 * Files share under equal salts only.  The salt is the seed of the hash, so
 * that pages of different salts do not even meet, and is compared in the store.
 *
 * While pages are shared the module cannot be unloaded: the store holds it.
 */

/**
 * DOC: Locking
 *
 * tps_lock (scan.c) protects the settings and the thread's coming and going;
 * the thread does not take it.  A page that is looked at holds its block's
 * lock (see vmem.h), one at a time.  Everything else is the thread's own.
 */

#define TPS_INTERVAL_MAX	3600000U	/* ms */

/**
 * struct tps_settings - what the administrator sets
 * @cpu: share of one CPU, per cent, 1 to 100
 * @rate: pages that are looked at in a second, 0 for no limit
 * @interval: ms between the starts of two passes, at least
 * @split: split huge blocks for sharing even while memory is plentiful
 */
struct tps_settings {
	u32 cpu;
	u32 rate;
	u32 interval;
	bool split;
};

/**
 * struct tps_table - the candidates of a pass: hash to page
 * @buckets: number of buckets
 * @seed: of this pass: what collides in one pass does not in the next
 * @bucket: a cache line each
 *
 * Eight bytes a page.  When a bucket is full, one of its entries is replaced:
 * a candidate that is lost is found in a later pass.
 */
struct tps_table {
	u32 buckets;
	u32 seed;
	struct tps_bucket *bucket;
};

/* A candidate: page number in the pass, plus one; 0 is free */
struct tps_entry {
	u32 tag;
	u32 page;
};

#define TPS_BUCKET_ENTRIES	8

struct tps_bucket {
	struct tps_entry entries[TPS_BUCKET_ENTRIES];
};

/* scan.c */
extern u64 tps_seed;
extern atomic_long_t tps_events[TPS_A_EVENTS_MAX + 1];
void tps_get_settings(struct tps_settings *settings, bool *running);
int tps_set(const struct tps_settings *settings, bool run, struct netlink_ext_ack *extack);
void tps_stop(void);

static inline void tps_count_event(unsigned int event)
{
	atomic_long_inc(&tps_events[event]);
}

/* match.c */
u64 tps_zero_hash(u64 salt);
int tps_table_init(struct tps_table *table, u64 pages, u32 seed);
void tps_table_free(struct tps_table *table);
u32 tps_visit(struct tps_table *table, struct vmem_file *file, pgoff_t index, u32 number,
	      u64 *hash);
void tps_revisit(struct vmem_file *file, pgoff_t index, u64 hash);
bool tps_worth_splitting(struct tps_table *table, struct vmem_file *file, pgoff_t index,
			 u32 number);

/* estimate.c */

/**
 * struct tps_estimate - what sharing would save, in pages
 * @pages: pages in memory that were looked at, shared ones as often as they are used
 * @zero: full of zeros
 * @own: besides those, saved if every file shared only within itself
 * @salt: ... if files shared under the salts that they have
 * @all: ... if all files shared
 */
struct tps_estimate {
	u64 pages;
	u64 zero;
	u64 own;
	u64 salt;
	u64 all;
};

int tps_make_estimate(struct tps_estimate *estimate);

/* netlink.c */
int tps_netlink_init(void);
void tps_netlink_exit(void);

#endif /* _TPS_H */
