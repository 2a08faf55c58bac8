// SPDX-License-Identifier: GPL-2.0
/*
 * The store of shared folios.  tps.ko finds equal pages, but the folios are kept here:
 * breaks and punches need no other module, and pages stay shared without tps.ko.
 *
 * The core locks a folio each time it maps it, so a folio has at most VMEM_SHARERS_MAX
 * sharers; the store has several copies of content that more pages have.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "vmem.h"

#define VMEM_SHARERS_MAX	1024
#define VMEM_STORE_LOCKS	256

static struct hlist_head *vmem_buckets;
static unsigned int vmem_bucket_bits;
static spinlock_t vmem_bucket_locks[VMEM_STORE_LOCKS];
static struct kmem_cache *vmem_shareds;
static atomic_long_t vmem_shared_count;	/* of folios in the store */

static unsigned int vmem_bucket(u64 hash)
{
	return hash_64(hash, vmem_bucket_bits);
}

static spinlock_t *vmem_bucket_lock(u64 hash)
{
	return &vmem_bucket_locks[vmem_bucket(hash) % VMEM_STORE_LOCKS];
}

/**
 * vmem_shared_get() - find a shared folio
 * @hash: of its content
 * @salt: of the file that wants to share it
 *
 * Return: one that has room for a sharer, with a reference for
 * vmem_shared_put() or vmem_page_share(); or NULL.
 */
struct vmem_shared *vmem_shared_get(u64 hash, u64 salt)
{
	spinlock_t *lock = vmem_bucket_lock(hash);
	struct vmem_shared *shared;

	spin_lock(lock);
	hlist_for_each_entry(shared, &vmem_buckets[vmem_bucket(hash)], link) {
		if (shared->hash == hash && shared->salt == salt &&
		    !folio_test_hwpoison(shared->folio) &&
		    refcount_read(&shared->sharers) < VMEM_SHARERS_MAX &&
		    refcount_inc_not_zero(&shared->sharers)) {
			spin_unlock(lock);
			return shared;
		}
	}
	spin_unlock(lock);
	return NULL;
}
EXPORT_SYMBOL_GPL(vmem_shared_get);

/**
 * vmem_shared_put() - drop a reference to a shared folio
 * @shared: folio, freed with its last sharer
 */
void vmem_shared_put(struct vmem_shared *shared)
{
	spinlock_t *lock = vmem_bucket_lock(shared->hash);

	/* A concurrent lookup skips entries without sharers. */
	if (!refcount_dec_and_test(&shared->sharers))
		return;
	spin_lock(lock);
	hlist_del(&shared->link);
	spin_unlock(lock);
	atomic_long_dec(&vmem_shared_count);
	vmem_folio_free(shared->folio);
	kmem_cache_free(vmem_shareds, shared);
}
EXPORT_SYMBOL_GPL(vmem_shared_put);

/**
 * vmem_shared_page() - the page of a shared folio
 * @shared: folio of the store
 *
 * Return: its page, whose content does not change.
 */
struct page *vmem_shared_page(const struct vmem_shared *shared)
{
	return folio_page(shared->folio, 0);
}
EXPORT_SYMBOL_GPL(vmem_shared_page);

/**
 * vmem_shared_alloc() - make an entry of the store for a folio
 * @file: file of its page; the entry is charged to it
 * @folio: frozen folio; belongs to no file afterwards
 * @hash: of its content
 * @salt: of the files that may share it
 *
 * Return: the entry, with a reference and not in the store yet; NULL without memory.
 */
struct vmem_shared *vmem_shared_alloc(struct vmem_file *file, struct folio *folio, u64 hash,
				      u64 salt)
{
	struct mem_cgroup *old = set_active_memcg(file->memcg);
	struct vmem_shared *shared = kmem_cache_alloc(vmem_shareds, VMEM_GFP_METADATA);

	set_active_memcg(old);
	if (!shared)
		return NULL;
	*shared = (struct vmem_shared){
		.hash = hash,
		.salt = salt,
		.folio = folio,
		.sharers = REFCOUNT_INIT(1),
	};
	vmem_folio_disown(folio);
	return shared;
}

/**
 * vmem_shared_add() - put an entry into the store
 * @shared: entry from vmem_shared_alloc()
 */
void vmem_shared_add(struct vmem_shared *shared)
{
	spinlock_t *lock = vmem_bucket_lock(shared->hash);

	spin_lock(lock);
	hlist_add_head(&shared->link, &vmem_buckets[vmem_bucket(shared->hash)]);
	spin_unlock(lock);
	atomic_long_inc(&vmem_shared_count);
}

/**
 * vmem_sharing() - count what sharing saves in all files
 *
 * Return: the number of pages that share a folio, and of folios saved.
 */
struct vmem_sharing vmem_sharing(void)
{
	struct vmem_sharing sharing = {};
	struct vmem_file *file;
	unsigned long folios;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		sharing.pages += atomic_long_read(&file->count[VMEM_SHARED]);
		vmem_file_put(file);
	}
	folios = atomic_long_read(&vmem_shared_count);
	/* The two counts are not from one moment. */
	sharing.saved = sharing.pages - min(sharing.pages, folios);
	return sharing;
}
EXPORT_SYMBOL_GPL(vmem_sharing);

/**
 * vmem_store_exit() - free the store, which is empty
 */
void vmem_store_exit(void)
{
	kvfree(vmem_buckets);
	kmem_cache_destroy(vmem_shareds);
}

/**
 * vmem_store_init() - make the store: a bucket for every 16 pages of the host
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_store_init(void)
{
	unsigned int i;

	vmem_bucket_bits = clamp(ilog2(totalram_pages() / 16), 8, 28);
	vmem_buckets = kvcalloc(BIT(vmem_bucket_bits), sizeof(*vmem_buckets), GFP_KERNEL);
	vmem_shareds = KMEM_CACHE(vmem_shared, SLAB_ACCOUNT);
	if (!vmem_buckets || !vmem_shareds) {
		vmem_store_exit();
		return -ENOMEM;
	}
	for (i = 0; i < VMEM_STORE_LOCKS; i++)
		spin_lock_init(&vmem_bucket_locks[i]);
	return 0;
}
