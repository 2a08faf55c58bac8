// SPDX-License-Identifier: GPL-2.0
/*
 * Folios for guests: allocated, charged to the guest's memory cgroup, counted.
 *
 * They are ordinary folios, not on any LRU list.  Those that belong to one file
 * carry its mapping and index, although they are not in its page cache: without a
 * mapping, lockless get_user_pages() refuses small ones (since Linux 6.7).  Those that
 * several files map carry a mapping of nobody.  For when a page turns out to be broken
 * while it is being mapped, the core unmaps its folio from its mapping, so that there
 * must be one; and then removes it from the page cache, unless it is dirty, so that all
 * of them are, always.
 */
#include <linux/memcontrol.h>
#include <linux/percpu_counter.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "vmem.h"

/* Folios of any size that are allocated; 0 when the module is unloaded */
static struct percpu_counter vmem_folios;

/* Only its mapping is used: nothing is ever in it, and nothing of it is mapped. */
static struct inode *vmem_nobody;

/* Folios are always dirty; there is nowhere to write them to. */
const struct address_space_operations vmem_address_space_operations = {
	.dirty_folio	= noop_dirty_folio,
};

/**
 * vmem_folio_adopt() - note in a folio whose it is
 * @file: file
 * @folio: folio
 * @index: index of its first page in the file: do_set_pmd() wants to see that a
 *	huge one ends within the file
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
 * vmem_folio_disown() - note in a folio that no file owns it
 * @folio: folio; its mapping must be taken away before it is freed
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
	/* Where no process has mapped the file yet, the caller pays. */
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
 * @flags: __GFP_ZERO for zeros in it, 0 where the caller fills it
 *
 * The out-of-memory killer is not called.
 *
 * Return: the folio, or NULL without memory.
 */
struct folio *vmem_folio_alloc(struct vmem_file *file, pgoff_t index, gfp_t flags)
{
	/*
	 * No __GFP_FS: the kernel tries many times before it fails, and our own shrinker would
	 * go through the file each time, for minutes.  Who gets nothing takes from the file.
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
	/* Kernels that clear whatever they allocate do it once, and not twice, if asked to. */
	struct folio *folio = vmem_alloc(file, index, gfp | __GFP_ZERO, VMEM_BLOCK_SHIFT);

	if (folio)
		vmem_folio_adopt(file, folio, index);
	return folio;
}

/**
 * vmem_huge_put() - give up a folio of 2 MiB, unless a part of it is broken
 * @folio: folio; others may still hold it
 *
 * The allocator looks at the mark of a single page, but not of the parts of a larger
 * folio, and would give them to the next.  The folio cannot be taken apart either, so it
 * is kept for ever.
 */
void vmem_huge_put(struct folio *folio)
{
	unsigned int i;

	for (i = 0; i < VMEM_BLOCK_PAGES; i++) {
		if (PageHWPoison(folio_page(folio, i))) {
			pr_warn("vmem: 2 MiB at page frame %#lx have a broken page, and are not used again\n",
				folio_pfn(folio));
			return;
		}
	}
	folio_put(folio);
}

/**
 * vmem_folio_free() - give up a folio that backs nothing any more
 * @folio: folio; others may still hold it for I/O
 *
 * Context: it is not locked, and no page table has it.
 */
void vmem_folio_free(struct folio *folio)
{
	/* A page that is freed with a mapping is a bad page. */
	folio->mapping = NULL;
	percpu_counter_dec(&vmem_folios);
	if (folio_test_large(folio))
		vmem_huge_put(folio);
	else
		folio_put(folio);
}

/**
 * vmem_folio_release() - unlock a folio, and give it up
 * @folio: as for vmem_folio_free()
 */
void vmem_folio_release(struct folio *folio)
{
	folio->mapping = NULL;
	folio_unlock(folio);
	vmem_folio_free(folio);
}

/**
 * vmem_metadata_alloc() - allocate what is kept about memory, at the expense of the guest
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
 * vmem_alloc_init() - prepare to own and to count folios
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
 * vmem_alloc_exit() - see that no folio was lost
 */
void vmem_alloc_exit(void)
{
	s64 left = percpu_counter_sum(&vmem_folios);

	WARN(left, "vmem: %lld folios were not freed\n", left);
	percpu_counter_destroy(&vmem_folios);
	kfree(vmem_nobody);
}
