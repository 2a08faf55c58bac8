// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a block: fill, break, freeze, split, punch.
 */
#include <linux/highmem.h>
#include <linux/memcontrol.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "trace.h"
#include "vmem.h"

static bool vmem_huge = true;
module_param_named(huge, vmem_huge, bool, 0644);
MODULE_PARM_DESC(huge, "Back untouched blocks by folios of 2 MiB");

/* For a guest's fault, which takes small pages if no 2 MiB are at hand */
#define VMEM_GFP_HUGE	((GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOMEMALLOC) & ~__GFP_DIRECT_RECLAIM)

static bool vmem_may_be_huge(const struct vmem_file *file, const struct vmem_block *block,
			     pgoff_t index)
{
	return READ_ONCE(vmem_huge) && !block->slots &&
	       round_up(index + 1, VMEM_BLOCK_PAGES) <= vmem_file_pages(file);
}

/* Lock the zero folios that may be mapped where a page of the block is absent. */
static void vmem_zero_lock(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	if (block->flags & VMEM_BLOCK_ZERO_HUGE)
		folio_lock(vmem_zero_huge());
	if (block->flags & VMEM_BLOCK_ZERO_SMALL)
		folio_lock(vmem_zero_small(file, index));
}

/* Unmap them from @count pages and unlock them. */
static void vmem_zero_unlock(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			     pgoff_t count)
{
	if (!(block->flags & (VMEM_BLOCK_ZERO_HUGE | VMEM_BLOCK_ZERO_SMALL)))
		return;
	unmap_mapping_pages(file->inode.i_mapping, index, count, false);
	if (block->flags & VMEM_BLOCK_ZERO_SMALL)
		folio_unlock(vmem_zero_small(file, index));
	if (block->flags & VMEM_BLOCK_ZERO_HUGE)
		folio_unlock(vmem_zero_huge());
}

static struct page *vmem_zero_page(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	if (vmem_may_be_huge(file, block, index)) {
		block->flags |= VMEM_BLOCK_ZERO_HUGE;
		return folio_page(vmem_zero_huge(), index % VMEM_BLOCK_PAGES);
	}
	block->flags |= VMEM_BLOCK_ZERO_SMALL;
	return folio_page(vmem_zero_small(file, index), 0);
}

/**
 * vmem_install_huge() - back an absent block by a folio of 2 MiB
 * @file: file
 * @block: block, all pages of which are absent
 * @first: index of its first page in the file
 * @folio: folio, the block's from now on
 *
 * Context: &vmem_block.lock.
 */
void vmem_install_huge(struct vmem_file *file, struct vmem_block *block, pgoff_t first,
		       struct folio *folio)
{
	vmem_zero_lock(file, block, first);
	vmem_set_huge(file, block, folio);
	vmem_zero_unlock(file, block, first, VMEM_BLOCK_PAGES);
	block->flags &= ~(VMEM_BLOCK_ZERO_HUGE | VMEM_BLOCK_ZERO_SMALL);
}

static bool vmem_make_huge(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	pgoff_t first = round_down(index, VMEM_BLOCK_PAGES);
	struct folio *folio;

	if (vmem_group_is_short(file, VMEM_BLOCK_PAGES) ||
	    !vmem_may_grow(file, VMEM_BLOCK_PAGES))
		return false;
	folio = vmem_huge_alloc(file, first, VMEM_GFP_HUGE);
	if (!folio && vmem_spare_release())
		folio = vmem_huge_alloc(file, first, VMEM_GFP_HUGE);
	if (!folio)
		return false;
	vmem_install_huge(file, block, first, folio);
	vmem_count_event(file, VMEM_A_EVENTS_FAULT_HUGE);
	return true;
}

static int vmem_fill_absent(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	struct folio *folio = vmem_folio_alloc(file, index, __GFP_ZERO);

	if (!folio)
		return -ENOMEM;
	vmem_zero_lock(file, block, index);
	vmem_set(file, block, index, VMEM_PRIVATE, (unsigned long)folio);
	vmem_zero_unlock(file, block, index, 1);
	vmem_count_event(file, VMEM_A_EVENTS_FAULT_SMALL);
	return 0;
}

/*
 * Always copy to a fresh folio, even for the last sharer: a guest that shared a frame must
 * neither learn nor choose which guest keeps it.
 */
static int vmem_break_shared(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	struct vmem_shared *shared = vmem_slot_shared(vmem_slot(block, index));
	bool mapped = !vmem_is_marked(block, index, VMEM_MARK_IDLE);
	struct folio *folio;

	if (folio_test_hwpoison(shared->folio))
		return -EHWPOISON;
	folio = vmem_folio_alloc(file, index, 0);
	if (!folio)
		return -ENOMEM;
	copy_highpage(folio_page(folio, 0), folio_page(shared->folio, 0));
	if (mapped)
		folio_lock(shared->folio);
	vmem_set(file, block, index, VMEM_PRIVATE, (unsigned long)folio);
	if (mapped) {
		unmap_mapping_pages(file->inode.i_mapping, index, 1, false);
		folio_unlock(shared->folio);
	}
	vmem_shared_put(shared);
	vmem_count_event(file, VMEM_A_EVENTS_FAULT_SHARED);
	trace_vmem_break(file, index);
	return 0;
}

static int vmem_fill_compressed(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	unsigned long handle = vmem_slot(block, index) & ~VMEM_SLOT_STATE;
	struct folio *folio = vmem_folio_alloc(file, index, 0);
	int err;

	if (!folio)
		return -ENOMEM;
	err = vmem_decompress(file, handle, folio);
	if (err) {
		vmem_folio_free(folio);
		return err;
	}
	vmem_set(file, block, index, VMEM_PRIVATE, (unsigned long)folio);
	vmem_compressed_free(file, handle);
	vmem_count_event(file, VMEM_A_EVENTS_FAULT_COMPRESSED);
	return 0;
}

/**
 * vmem_make_private() - give a page a folio of its own
 * @file: file
 * @block: its block of the page; not huge
 * @index: index of the page in the file
 *
 * Context: &vmem_block.lock.
 * Return: 0.  On error nothing has changed: -ENOMEM; -EAGAIN if the page must be read by
 * vmem_swap_in(); -EIO if its data are damaged; -EHWPOISON if its memory is broken.
 */
int vmem_make_private(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	int err;

	err = vmem_make_slots(file, block, index);
	if (err)
		return err;
	switch (vmem_slot_state(vmem_slot(block, index))) {
	case VMEM_ABSENT:
	case VMEM_ZERO:
		return vmem_fill_absent(file, block, index);
	case VMEM_SHARED:
		return vmem_break_shared(file, block, index);
	case VMEM_COMPRESSED:
		return vmem_fill_compressed(file, block, index);
	case VMEM_WRITING:
		/* The write goes on; its result is dropped. */
		vmem_set(file, block, index, VMEM_PRIVATE,
			 (unsigned long)vmem_slot_folio(vmem_slot(block, index)));
		vmem_count_event(file, VMEM_A_EVENTS_FAULT_WRITING);
		return 0;
	case VMEM_SWAPPED:
		return -EAGAIN;
	default:
		return 0;
	}
}

/*
 * A reserved file gets its memory before anybody maps it, so before there is a NUMA policy.
 * On the first fault, replace a block on the wrong node if the right one has memory.
 */
static void vmem_settle(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	pgoff_t first = round_down(index, VMEM_BLOCK_PAGES);
	struct folio *old = block->huge, *folio;

	if (!(block->flags & VMEM_BLOCK_FRESH))
		return;
	block->flags &= ~VMEM_BLOCK_FRESH;
	if (!vmem_place_is_wrong(file, block))
		return;
	folio = vmem_huge_alloc(file, first, VMEM_GFP_RESERVE);
	if (!folio)
		return;
	vmem_set_huge(file, block, NULL);
	vmem_set_huge(file, block, folio);
	vmem_folio_free(old);
}

static struct page *vmem_unless_poisoned(struct page *page)
{
	return PageHWPoison(page) ? ERR_PTR(-EHWPOISON) : page;
}

/**
 * vmem_find_page() - find what a fault maps
 * @file: file
 * @block: its block of the page
 * @index: index of the page in the file
 * @write: the page must be the file's own
 *
 * Context: &vmem_block.lock.
 * Return: the page, valid until the lock is dropped; or an error of
 * vmem_make_private().
 */
struct page *vmem_find_page(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			    bool write)
{
	bool has_own = false;
	struct page *page;
	unsigned long slot;
	int err;

	vmem_settle(file, block, index);
	if (!block->huge && write && vmem_may_be_huge(file, block, index))
		vmem_make_huge(file, block, index);
	if (block->huge) {
		vmem_touch(block, index);
		return vmem_unless_poisoned(folio_page(block->huge, index % VMEM_BLOCK_PAGES));
	}

	slot = vmem_slot(block, index);
	switch (vmem_slot_state(slot)) {
	case VMEM_ABSENT:
	case VMEM_ZERO:
		if (write)
			break;
		page = vmem_zero_page(file, block, index);
		if (!PageHWPoison(page))	/* if it is, allocate zeros */
			return page;
		break;
	case VMEM_SHARED:
		if (write)	/* a break looks at the marks */
			break;
		vmem_touch(block, index);
		return vmem_unless_poisoned(folio_page(vmem_slot_shared(slot)->folio, 0));
	case VMEM_PRIVATE:
	case VMEM_WRITING:
		vmem_touch(block, index);
		has_own = true;
		break;
	default:
		vmem_touch(block, index);
	}
	if (!has_own && !vmem_may_grow(file, 1))
		return ERR_PTR(-ENOMEM);
	err = vmem_make_private(file, block, index);
	if (err)
		return ERR_PTR(err);
	return vmem_unless_poisoned(folio_page(vmem_slot_folio(vmem_slot(block, index)), 0));
}

/**
 * vmem_unmap() - unmap a folio from a file, so that the next access faults
 * @file: file
 * @folio: folio that backs pages of the file
 * @index: index of the first one in the file
 *
 * Pages under mlock(), and those that a fault is just mapping, stay mapped and count as
 * in use.
 *
 * Context: &vmem_block.lock.
 * Return: true if it was unmapped.
 */
bool vmem_unmap(struct vmem_file *file, struct folio *folio, pgoff_t index)
{
	lockdep_assert_held(&vmem_block_of(file, index)->lock);
	if (vmem_is_locked(file, index, folio_nr_pages(folio)) || !folio_trylock(folio))
		return false;
	unmap_mapping_pages(file->inode.i_mapping, index, folio_nr_pages(folio), false);
	folio_unlock(folio);
	return true;
}

/**
 * vmem_freeze() - make sure that nobody can reach a folio
 * @file: file
 * @folio: a private folio, or the huge one of a block
 * @index: index of its first page in the file
 *
 * First it is unmapped, then its references are counted.  This order is what
 * makes it safe against get_user_pages(), which takes its reference and looks
 * at the page table again: it sees the entry gone, or its reference is seen
 * here.  The same holds for a fault of KVM in flight, for a TLB that is not
 * flushed yet (its mmu_gather holds the folio), and for a page_mkwrite that is
 * on its way.
 *
 * Context: &vmem_block.lock.
 * Return: true, and the folio is locked and stays out of reach while the lock
 * of the block is held; false where somebody uses it.
 */
bool vmem_freeze(struct vmem_file *file, struct folio *folio, pgoff_t index)
{
	lockdep_assert_held(&vmem_block_of(file, index)->lock);
	if (!folio_trylock(folio))
		return false;
	/* A poisoned page must not be read; the other pages of a huge folio may be. */
	if (!folio_test_large(folio) && folio_test_hwpoison(folio))
		goto busy;
	/* If it is pinned, do not even unmap it: references are ours and the mappings'. */
	if (!folio_test_large(folio) &&
	    folio_ref_count(folio) > atomic_read(&folio->_mapcount) + 2)
		goto busy;
	/* mlock() asks for the page to stay. */
	if (vmem_is_locked(file, index, folio_nr_pages(folio)))
		goto busy;
	unmap_mapping_pages(file->inode.i_mapping, index, folio_nr_pages(folio), false);
	if (!folio_ref_freeze(folio, 1))
		goto busy;
	folio_ref_unfreeze(folio, 1);
	return true;

busy:
	folio_unlock(folio);
	vmem_count_event(file, VMEM_A_EVENTS_BUSY);
	return false;
}

/*
 * Allocate a part of a block that is being split.  The caller may have access to memory
 * reserves since it frees memory, but a split takes up to 2 MiB before it frees any.  Use
 * a spare block rather than the reserves.
 */
static struct folio *vmem_part_alloc(struct vmem_file *file, pgoff_t index)
{
	struct folio *folio = vmem_folio_alloc(file, index, __GFP_NOMEMALLOC);

	if (!folio && vmem_spare_release())
		folio = vmem_folio_alloc(file, index, __GFP_NOMEMALLOC);
	return folio;
}

/*
 * Copy the pages of a frozen folio that are not zero, and make slots of them; pages in
 * [@drop, @end) count as zero.
 */
static int vmem_copy_parts(struct vmem_file *file, struct vmem_block *block, pgoff_t first,
			   pgoff_t drop, pgoff_t end, unsigned long *slots)
{
	/* Nobody maps the copies yet. */
	unsigned long marks = VMEM_MARK_IDLE | (block->flags & VMEM_MARK_SAMPLED);
	struct folio *folio, *huge = block->huge;
	unsigned int i;

	for (i = 0; i < VMEM_BLOCK_PAGES; i++) {
		slots[i] = VMEM_ZERO;
		if (first + i >= drop && first + i < end)
			continue;
		if (PageHWPoison(folio_page(huge, i)))
			return -EIO;
		if (vmem_is_zero(folio_page(huge, i)))
			continue;
		folio = vmem_part_alloc(file, first + i);
		if (!folio)
			return -ENOMEM;
		copy_highpage(folio_page(folio, 0), folio_page(huge, i));
		slots[i] = (unsigned long)folio | VMEM_PRIVATE | marks;
	}
	return 0;
}

static void vmem_free_parts(unsigned long *slots)
{
	unsigned int i;

	for (i = 0; i < VMEM_BLOCK_PAGES; i++)
		if (vmem_slot_state(slots[i]) == VMEM_PRIVATE)
			vmem_folio_free(vmem_slot_folio(slots[i]));
	kfree(slots);
}

static int vmem_split_without(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			      pgoff_t end)
{
	pgoff_t first = round_down(index, VMEM_BLOCK_PAGES);
	struct folio *huge = block->huge;
	unsigned long *slots;
	int err;

	slots = vmem_metadata_alloc(file, VMEM_BLOCK_PAGES, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	if (!vmem_freeze(file, huge, first)) {
		kfree(slots);
		return -EBUSY;
	}
	err = vmem_copy_parts(file, block, first, index, end, slots);
	if (err) {
		folio_unlock(huge);
		vmem_free_parts(slots);
		return err;
	}
	vmem_set_split(file, block, slots);
	vmem_folio_release(huge);
	vmem_spare_replace();
	vmem_count_event(file, VMEM_A_EVENTS_SPLIT);
	trace_vmem_split(file, first);
	return 0;
}

/**
 * vmem_split() - back a huge block by small folios
 * @file: file
 * @block: its block; huge
 * @index: index of any of the block's pages in the file
 *
 * The kernel cannot split such a folio in place, so its pages are copied; those full of
 * zeros are dropped.
 *
 * Context: &vmem_block.lock.
 * Return: 0; -EBUSY while somebody uses the folio; -ENOMEM; -EIO where a part
 * is poisoned.
 */
int vmem_split(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	return vmem_split_without(file, block, index, index);
}

static void vmem_punch_huge(struct vmem_file *file, struct vmem_block *block, pgoff_t first)
{
	struct folio *folio = block->huge;

	folio_lock(folio);
	vmem_set_huge(file, block, NULL);
	unmap_mapping_pages(file->inode.i_mapping, first, VMEM_BLOCK_PAGES, false);
	vmem_folio_release(folio);
}

/* Leaves @folio, which backs the page, locked. */
static void vmem_punch_mapped(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
			      struct folio *folio)
{
	folio_lock(folio);
	vmem_set(file, block, index, VMEM_ABSENT, 0);
	unmap_mapping_pages(file->inode.i_mapping, index, 1, false);
}

static void vmem_punch_slot(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	unsigned long slot = vmem_slot(block, index);
	struct vmem_shared *shared;

	switch (vmem_slot_state(slot)) {
	case VMEM_ZERO:
		vmem_set(file, block, index, VMEM_ABSENT, 0);
		break;
	case VMEM_PRIVATE:
		vmem_punch_mapped(file, block, index, vmem_slot_folio(slot));
		vmem_folio_release(vmem_slot_folio(slot));
		break;
	case VMEM_SHARED:
		shared = vmem_slot_shared(slot);
		vmem_punch_mapped(file, block, index, shared->folio);
		folio_unlock(shared->folio);
		vmem_shared_put(shared);
		break;
	case VMEM_COMPRESSED:
		vmem_set(file, block, index, VMEM_ABSENT, 0);
		vmem_compressed_free(file, slot & ~VMEM_SLOT_STATE);
		break;
	case VMEM_SWAPPED:
		vmem_set(file, block, index, VMEM_ABSENT, 0);
		vmem_swap_free(file, slot);
		break;
	case VMEM_WRITING:
		vmem_set(file, block, index, VMEM_ABSENT, 0);
		vmem_folio_free(vmem_slot_folio(slot));
		break;
	default:
		return;
	}
	vmem_count_event(file, VMEM_A_EVENTS_PUNCH);
}

static void vmem_clear_parts(struct folio *huge, pgoff_t first, pgoff_t end)
{
	struct page *page;

	for (; first < end; first++) {
		page = folio_page(huge, first % VMEM_BLOCK_PAGES);
		if (!PageHWPoison(page))
			clear_highpage(page);
	}
}

/**
 * vmem_punch_block() - free the memory of pages of one block; they read as zeros
 * @file: file; it need not have its size yet
 * @first: index of the first page
 * @end: index after the last page
 *
 * Context: process context, no lock of this module.
 */
void vmem_punch_block(struct vmem_file *file, pgoff_t first, pgoff_t end)
{
	struct vmem_block *block = vmem_block_of(file, first);
	pgoff_t index;

	mutex_lock(&block->lock);
	if (block->huge && end - first == VMEM_BLOCK_PAGES) {
		vmem_punch_huge(file, block, first);
		vmem_count_events(file, VMEM_A_EVENTS_PUNCH, VMEM_BLOCK_PAGES);
	} else if (block->huge && vmem_split_without(file, block, first, end)) {
		/* In use, or no memory for a split: clear it at least. */
		vmem_clear_parts(block->huge, first, end);
	} else {
		for (index = first; index < end; index++)
			vmem_punch_slot(file, block, index);
	}
	mutex_unlock(&block->lock);
}

/**
 * vmem_punch() - free the memory of a range of pages; they read as zeros
 * @file: file
 * @first: index of the first page
 * @end: index after the last page; cut off at the end of the file
 *
 * Context: process context, no lock of this module.
 */
void vmem_punch(struct vmem_file *file, pgoff_t first, pgoff_t end)
{
	pgoff_t next;

	end = min(end, vmem_file_pages(file));
	for (; first < end; first = next) {
		next = min(end, round_up(first + 1, VMEM_BLOCK_PAGES));
		vmem_punch_block(file, first, next);
		cond_resched();
	}
}
