// SPDX-License-Identifier: GPL-2.0
/*
 * Folios for guests: allocated, charged to the guest's memory cgroup, counted.
 *
 * They are ordinary folios on no LRU list.  A folio of one file carries the file's mapping
 * and index, although it is not in the page cache: lockless get_user_pages() refuses small
 * folios without a mapping (since Linux 6.7).  A folio that several files map carries the
 * mapping of an inode that belongs to no file.
 *
 * When a page turns out to be broken while a fault maps it, the core unmaps the folio from
 * its mapping, so it must have one, and removes it from the page cache unless it is dirty,
 * so all of ours are dirty.
 */
#include <linux/memcontrol.h>
#include <linux/percpu_counter.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "vmem.h"

/* Folios of any size that are allocated; 0 when the module is unloaded */
static struct percpu_counter vmem_folios;

/* Only its mapping is used; it has no pages, and nobody maps it. */
static struct inode *vmem_nobody;

/* Folios are always dirty; there is nowhere to write them to. */
const struct address_space_operations vmem_address_space_operations = {
	.dirty_folio	= noop_dirty_folio,
};

/**
 * vmem_folio_adopt() - let a folio belong to a file
 * @file: file
 * @folio: folio
 * @index: index of its first page in the file: do_set_pmd() checks that a huge
 *	folio ends within the file
 *
 * Context: nobody else can reach the folio, or it is locked.
 */
void vmem_folio_adopt(struct vmem_file *file, struct folio *folio, pgoff_t index)
{
	folio->index = index;
	folio->mapping = file->inode.i_mapping;
	folio_set_dirty(folio);
}

/**
 * vmem_folio_disown() - let a folio belong to no file
 * @folio: folio; its mapping must be cleared before it is freed
 *
 * Context: as for vmem_folio_adopt().
 */
void vmem_folio_disown(struct folio *folio)
{
	folio->index = 0;
	folio->mapping = vmem_nobody->i_mapping;
	folio_set_dirty(folio);
}

static struct folio *vmem_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp,
				unsigned int order)
{
	/* Before a process has mapped the file, the caller pays. */
	struct mem_cgroup *old = set_active_memcg(file->memcg);
	struct folio *folio = vmem_place_alloc(file, index, gfp | __GFP_ACCOUNT | __GFP_NOWARN,
					       order);

	set_active_memcg(old);
	if (!folio)
		return NULL;
	percpu_counter_inc(&vmem_folios);
	if (vmem_group_is_short(file, 0))
		WRITE_ONCE(file->group_is_short, true);
	return folio;
}

/**
 * vmem_folio_alloc() - allocate the folio of one page
 * @file: file
 * @index: index of the page in the file
 * @flags: __GFP_ZERO to clear it, 0 if the caller fills it
 *
 * Does not invoke the out-of-memory killer.
 *
 * Return: the folio, or NULL without memory.
 */
struct folio *vmem_folio_alloc(struct vmem_file *file, pgoff_t index, gfp_t flags)
{
	/*
	 * No __GFP_FS: before the kernel gives up it retries many times, and each time our
	 * own shrinker would walk the file, for minutes.  On failure the caller reclaims.
	 */
	gfp_t gfp = (GFP_HIGHUSER & ~__GFP_FS) | __GFP_RETRY_MAYFAIL | flags;
	struct folio *folio = vmem_alloc(file, index, gfp, 0);

	if (folio)
		vmem_folio_adopt(file, folio, index);
	return folio;
}

/**
 * vmem_huge_alloc() - allocate the folio of a block, filled with zeros
 * @file: file
 * @index: index of the block's first page in the file
 * @gfp: how hard to try
 *
 * Return: the folio, or NULL without memory.
 */
struct folio *vmem_huge_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp)
{
	/* With init_on_alloc, a folio that we cleared ourselves would be cleared twice. */
	struct folio *folio = vmem_alloc(file, index, gfp | __GFP_ZERO, VMEM_BLOCK_SHIFT);

	if (folio)
		vmem_folio_adopt(file, folio, index);
	return folio;
}

/**
 * vmem_huge_put() - drop a folio of 2 MiB, unless a page of it is broken
 * @folio: folio; others may still hold references
 *
 * The allocator checks a single page for the poison flag, but not the pages of a larger
 * folio, and would hand them out again.  The folio cannot be split, so it is leaked.
 */
void vmem_huge_put(struct folio *folio)
{
	unsigned int i;

	for (i = 0; i < VMEM_BLOCK_PAGES; i++) {
		if (PageHWPoison(folio_page(folio, i))) {
			pr_warn("vmem: 2 MiB at page frame %#lx contain a broken page and are not used again\n",
				folio_pfn(folio));
			return;
		}
	}
	folio_put(folio);
}

/**
 * vmem_folio_free() - drop a folio that backs nothing any more
 * @folio: folio; I/O may still hold references
 *
 * Context: the folio is neither locked nor mapped.
 */
void vmem_folio_free(struct folio *folio)
{
	/* The allocator reports a page with a mapping as bad. */
	folio->mapping = NULL;
	percpu_counter_dec(&vmem_folios);
	if (folio_test_large(folio))
		vmem_huge_put(folio);
	else
		folio_put(folio);
}

/**
 * vmem_folio_release() - unlock and drop a folio
 * @folio: as for vmem_folio_free()
 */
void vmem_folio_release(struct folio *folio)
{
	folio->mapping = NULL;
	folio_unlock(folio);
	vmem_folio_free(folio);
}

/**
 * vmem_metadata_alloc() - allocate metadata, charged to the guest
 * @file: file
 * @count: number of elements
 * @size: of each
 *
 * Return: zeroed memory for kfree(), or NULL.
 */
void *vmem_metadata_alloc(struct vmem_file *file, size_t count, size_t size)
{
	struct mem_cgroup *old = set_active_memcg(file->memcg);
	void *memory = kcalloc(count, size, VMEM_GFP_METADATA);

	set_active_memcg(old);
	return memory;
}

/**
 * vmem_alloc_init() - set up the owner and the counter of folios
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_alloc_init(void)
{
	vmem_nobody = kzalloc(sizeof(*vmem_nobody), GFP_KERNEL);
	if (!vmem_nobody)
		return -ENOMEM;
	inode_init_once(vmem_nobody);
	vmem_nobody->i_mapping = &vmem_nobody->i_data;
	vmem_nobody->i_mapping->host = vmem_nobody;
	vmem_nobody->i_mapping->a_ops = &vmem_address_space_operations;
	if (!percpu_counter_init(&vmem_folios, 0, GFP_KERNEL))
		return 0;
	kfree(vmem_nobody);
	return -ENOMEM;
}

/**
 * vmem_alloc_exit() - check that no folio leaked
 */
void vmem_alloc_exit(void)
{
	s64 left = percpu_counter_sum(&vmem_folios);

	WARN(left, "vmem: %lld folios were not freed\n", left);
	percpu_counter_destroy(&vmem_folios);
	kfree(vmem_nobody);
}
