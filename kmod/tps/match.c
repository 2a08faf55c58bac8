// SPDX-License-Identifier: GPL-2.0
/*
 * Find equal pages.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "tps.h"

/* Split a huge block with this many zero or equal pages. */
#define TPS_SPLIT_PAGES		(VMEM_BLOCK_PAGES / 8)

/**
 * tps_table_init() - make the table of a pass
 * @table: gets filled in
 * @pages: expected number of candidates
 * @seed: changes with each pass
 *
 * Return: 0 or -ENOMEM.
 */
int tps_table_init(struct tps_table *table, u64 pages, u32 seed)
{
	table->buckets = clamp_t(u64, pages / TPS_BUCKET_ENTRIES, 64, U32_MAX / 64);
	table->seed = seed;
	table->bucket = kvcalloc(table->buckets, sizeof(*table->bucket),
				 GFP_KERNEL | __GFP_NOWARN);
	return table->bucket ? 0 : -ENOMEM;
}

/**
 * tps_table_free() - free the table of a pass
 * @table: table
 */
void tps_table_free(struct tps_table *table)
{
	kvfree(table->bucket);
	table->bucket = NULL;
}

static struct tps_bucket *tps_bucket(const struct tps_table *table, u64 hash)
{
	u32 mixed = (u32)((hash ^ table->seed) * 0x9e3779b97f4a7c15ull >> 32);

	return &table->bucket[(u64)mixed * table->buckets >> 32];
}

static bool tps_entry_has(u64 entry, u64 hash)
{
	return entry && entry >> 32 == (u32)hash;
}

/* Remove and return a page with this hash, or 0. */
static u32 tps_table_take(struct tps_table *table, u64 hash)
{
	struct tps_bucket *bucket = tps_bucket(table, hash);
	unsigned int i;
	u64 entry;

	for (i = 0; i < TPS_BUCKET_ENTRIES; i++) {
		entry = READ_ONCE(bucket->entries[i]);
		if (tps_entry_has(entry, hash) &&
		    cmpxchg64(&bucket->entries[i], entry, 0) == entry)
			return entry;
	}
	return 0;
}

static bool tps_table_has(struct tps_table *table, u64 hash)
{
	struct tps_bucket *bucket = tps_bucket(table, hash);
	unsigned int i;

	for (i = 0; i < TPS_BUCKET_ENTRIES; i++)
		if (tps_entry_has(READ_ONCE(bucket->entries[i]), hash))
			return true;
	return false;
}

static void tps_table_enter(struct tps_table *table, u64 hash, u32 page)
{
	struct tps_bucket *bucket = tps_bucket(table, hash);
	u64 entry = hash << 32 | page;
	unsigned int i;

	for (i = 0; i < TPS_BUCKET_ENTRIES; i++)
		if (!READ_ONCE(bucket->entries[i]) && !cmpxchg64(&bucket->entries[i], 0, entry))
			return;
	WRITE_ONCE(bucket->entries[get_random_u32() % TPS_BUCKET_ENTRIES], entry);
}

/**
 * tps_zero_hash() - the hash of a page full of zeros
 * @salt: of its file
 *
 * Return: the hash.
 */
u64 tps_zero_hash(u64 salt)
{
	return vmem_hash(ZERO_PAGE(0), salt);
}

static u64 tps_hash(const struct vmem_page *page)
{
	return vmem_hash(vmem_page_content(page), page->salt);
}

static void tps_drop_zero(struct vmem_page *page)
{
	if (!vmem_page_freeze(page) || !vmem_is_zero(vmem_page_content(page)))
		return;
	vmem_page_zero(page);
	tps_count_event(TPS_A_EVENTS_ZERO);
}

/* Use the store's copy.  True if the store has one, even if the page cannot use it now. */
static bool tps_use_store(struct vmem_page *page, u64 hash)
{
	struct vmem_shared *shared = vmem_shared_get(hash, page->salt);

	if (!shared)
		return false;
	if (vmem_page_freeze(page) &&
	    vmem_is_equal(vmem_page_content(page), vmem_shared_page(shared))) {
		vmem_page_share(page, shared);
		tps_count_event(TPS_A_EVENTS_SHARED);
	} else {
		vmem_shared_put(shared);
		tps_count_event(TPS_A_EVENTS_MISSED);
	}
	return true;
}

/* Put the page's folio into the store, unless the page is changing. */
static bool tps_promote(struct vmem_page *page, u64 hash)
{
	return vmem_page_freeze(page) && tps_hash(page) == hash &&
	       !vmem_page_promote(page, hash);
}

static u32 tps_match(struct tps_table *table, struct vmem_page *page, u64 hash, u32 number)
{
	u32 partner;

	if (vmem_is_zero(vmem_page_content(page))) {
		tps_drop_zero(page);
		return 0;
	}
	if (tps_use_store(page, hash))
		return 0;
	partner = tps_table_take(table, hash);
	if (!partner) {
		tps_table_enter(table, hash, number);
		return 0;
	}
	return tps_promote(page, hash) ? partner : 0;
}

/**
 * tps_visit() - look at a page, and share it if there is an equal one
 * @table: of this pass
 * @file: file
 * @index: index of the page in the file
 * @number: number of the page in this pass, from 1
 * @hash: gets the hash of the page
 *
 * Return: 0, or the number of another page to revisit, whose content the store has now
 * under @hash.
 */
u32 tps_visit(struct tps_table *table, struct vmem_file *file, pgoff_t index, u32 number,
	      u64 *hash)
{
	struct vmem_page page;
	u32 *sum, partner = 0;

	tps_count_event(TPS_A_EVENTS_SCANNED);
	if (!vmem_page_get(&page, file, index))
		return 0;
	*hash = tps_hash(&page);
	sum = vmem_page_sum(&page);
	/* Sharing a page that changes between passes only costs faults. */
	if (sum && *sum == (u32)(*hash >> 32))
		partner = tps_match(table, &page, *hash, number);
	else if (sum)
		*sum = *hash >> 32;
	vmem_page_put(&page);
	return partner;
}

/**
 * tps_learn() - look at a page for the first time
 * @file: file
 * @index: index of the page in the file
 *
 * It is a candidate if it has not changed at its next visit.
 */
void tps_learn(struct vmem_file *file, pgoff_t index)
{
	struct vmem_page page;
	u32 *sum;

	tps_count_event(TPS_A_EVENTS_SCANNED);
	if (!vmem_page_get(&page, file, index))
		return;
	sum = vmem_page_sum(&page);
	if (sum)
		*sum = tps_hash(&page) >> 32;
	vmem_page_put(&page);
}

/**
 * tps_revisit() - share a page whose content the store has
 * @file: file
 * @index: index of the page in the file
 * @hash: of the page at its visit in this pass
 */
void tps_revisit(struct vmem_file *file, pgoff_t index, u64 hash)
{
	struct vmem_page page;

	if (!vmem_page_get(&page, file, index))
		return;
	tps_use_store(&page, hash);
	vmem_page_put(&page);
}

/**
 * tps_worth_splitting() - whether much of a huge block could be shared
 * @table: of this pass; gets pages that it does not have
 * @file: file
 * @index: index of the block's first page in the file
 * @number: number of this page in this pass, from 1
 *
 * Return: true if many of its pages are zero, or in the table or the store.
 */
bool tps_worth_splitting(struct tps_table *table, struct vmem_file *file, pgoff_t index,
			 u32 number)
{
	u64 salt = vmem_file_salt(file), zero = tps_zero_hash(salt), hash;
	unsigned int i, found = 0;
	struct vmem_shared *shared;

	for (i = 0; i < VMEM_BLOCK_PAGES; i++) {
		if (vmem_page_hash(file, index + i, salt, &hash) != VMEM_HUGE)
			return false;
		shared = vmem_shared_get(hash, salt);
		if (shared)
			vmem_shared_put(shared);
		if (shared || hash == zero || tps_table_has(table, hash))
			found++;
		else
			tps_table_enter(table, hash, number + i);
		cond_resched();
	}
	return found >= TPS_SPLIT_PAGES;
}
