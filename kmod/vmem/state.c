// SPDX-License-Identifier: GPL-2.0
/*
 * The states of a page and the changes between them.  Nothing else writes slots.
 *
 * Every change holds &vmem_block.lock.  What else it needs:
 *
 *   from        to          when                  besides the block's lock
 *   ----------  ----------  --------------------  ---------------------------------
 *   ABSENT,     PRIVATE     write                 zero folio locked, then unmapped
 *   ZERO
 *   ABSENT      HUGE        write; whole block    zero folios locked, then unmapped
 *   ABSENT      (slots)     first slot is needed  zero folios locked, then unmapped
 *   PRIVATE     ZERO        only zeros found      vmem_freeze()
 *   PRIVATE     SHARED      equal page found      vmem_freeze()
 *   PRIVATE     COMPRESSED  reclaim               vmem_freeze()
 *   PRIVATE     WRITING     reclaim               vmem_freeze()
 *   SHARED      PRIVATE     write                 folio locked, then unmapped, unless
 *                                                 it is idle
 *   HUGE        PRIVATE,    split                 vmem_freeze() of the block's folio
 *               ZERO
 *   COMPRESSED  PRIVATE     touch                 -: nothing is mapped
 *   COMPRESSED  WRITING     reclaim               -: nothing is mapped
 *   WRITING     PRIVATE     touch, failed write   -: nothing is mapped
 *   WRITING     SWAPPED     end of the write      -: nothing is mapped
 *   SWAPPED     PRIVATE     touch                 -: nothing is mapped
 *   any         ABSENT      hole punch, deletion  folio (if any) locked, then unmapped
 *
 * "Folio locked, then unmapped": the slot changes while the folio is locked,
 * and the folio is unlocked only after unmap_mapping_pages().
 */
#include <linux/slab.h>

#include "vmem.h"

#define TO(state)	BIT(VMEM_##state)

static const u8 vmem_allowed[VMEM_STATES] = {
	[VMEM_ABSENT]		= TO(PRIVATE) | TO(HUGE),
	[VMEM_ZERO]		= TO(ABSENT) | TO(PRIVATE),
	[VMEM_PRIVATE]		= TO(ABSENT) | TO(ZERO) | TO(SHARED) | TO(COMPRESSED) | TO(WRITING),
	[VMEM_SHARED]		= TO(ABSENT) | TO(PRIVATE),
	[VMEM_HUGE]		= TO(ABSENT) | TO(PRIVATE) | TO(ZERO),
	[VMEM_COMPRESSED]	= TO(ABSENT) | TO(PRIVATE) | TO(WRITING),
	[VMEM_SWAPPED]		= TO(ABSENT) | TO(PRIVATE),
	[VMEM_WRITING]		= TO(ABSENT) | TO(PRIVATE) | TO(SWAPPED),
};

static void vmem_account(struct vmem_file *file, enum vmem_state from, enum vmem_state to, long n)
{
	WARN_ONCE(!(vmem_allowed[from] & BIT(to)), "vmem: page state %d to %d\n", from, to);
	if (from != VMEM_ABSENT)
		atomic_long_sub(n, &file->count[from]);
	if (to != VMEM_ABSENT)
		atomic_long_add(n, &file->count[to]);
}

/**
 * vmem_slot() - what backs a page
 * @block: block of the page
 * @index: index of the page in the file
 *
 * Context: &vmem_block.lock; the block is not huge.
 * Return: the slot's word; %VMEM_ABSENT if the block has no slots.
 */
unsigned long vmem_slot(const struct vmem_block *block, pgoff_t index)
{
	lockdep_assert_held(&block->lock);
	return block->slots ? block->slots[index % VMEM_BLOCK_PAGES] : VMEM_ABSENT;
}

/**
 * vmem_block_folio() - find the folio that may be mapped for a page
 * @block: block of the page
 * @index: index of the page in the file
 *
 * Context: &vmem_block.lock.
 * Return: the folio, or NULL if there is none.
 */
struct folio *vmem_block_folio(const struct vmem_block *block, pgoff_t index)
{
	unsigned long slot;

	if (block->huge)
		return block->huge;
	slot = vmem_slot(block, index);
	switch (vmem_slot_state(slot)) {
	case VMEM_PRIVATE:
		return vmem_slot_folio(slot);
	case VMEM_SHARED:
		return vmem_slot_shared(slot)->folio;
	default:
		return NULL;
	}
}

/**
 * vmem_set() - change the state of a page
 * @file: file
 * @block: its block of the page; it has slots
 * @index: index of the page in the file
 * @state: new state
 * @payload: a pointer with marks, or a number shifted above the state; or 0
 *
 * The caller owns what belonged to the old state.  A block whose last page becomes absent
 * loses its slots.
 *
 * Context: &vmem_block.lock, and what the table above says.
 */
void vmem_set(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
	      enum vmem_state state, unsigned long payload)
{
	unsigned long *slot = &block->slots[index % VMEM_BLOCK_PAGES];
	enum vmem_state from = vmem_slot_state(*slot);

	lockdep_assert_held(&block->lock);
	vmem_account(file, from, state, 1);
	block->used += (state != VMEM_ABSENT) - (from != VMEM_ABSENT);
	*slot = payload | state;
	if (block->used)
		return;
	kfree(block->slots);
	block->slots = NULL;
	kfree(block->sums);
	block->sums = NULL;
}

/**
 * vmem_set_huge() - back a whole block by a folio of 2 MiB, or take that away
 * @file: file
 * @block: block, all of whose pages are absent, or huge
 * @folio: folio, or NULL to make all pages absent
 *
 * The caller owns the folio that backed the block.
 *
 * Context: &vmem_block.lock, and what the table above says.
 */
void vmem_set_huge(struct vmem_file *file, struct vmem_block *block, struct folio *folio)
{
	lockdep_assert_held(&block->lock);
	WARN_ON_ONCE(block->slots || !block->huge == !folio);
	if (folio)
		vmem_account(file, VMEM_ABSENT, VMEM_HUGE, VMEM_BLOCK_PAGES);
	else
		vmem_account(file, VMEM_HUGE, VMEM_ABSENT, VMEM_BLOCK_PAGES);
	block->huge = folio;
	block->flags &= ~VMEM_MARKS;
}

/**
 * vmem_set_split() - back a block by slots in place of its huge folio
 * @file: file
 * @block: huge block; the caller owns its folio
 * @slots: the new slots, each private or zero; the block owns them
 *
 * Context: &vmem_block.lock, the folio went through vmem_freeze().
 */
void vmem_set_split(struct vmem_file *file, struct vmem_block *block, unsigned long *slots)
{
	unsigned int i;

	lockdep_assert_held(&block->lock);
	WARN_ON_ONCE(block->slots || !block->huge);
	for (i = 0; i < VMEM_BLOCK_PAGES; i++)
		vmem_account(file, VMEM_HUGE, vmem_slot_state(slots[i]), 1);
	block->huge = NULL;
	block->slots = slots;
	block->used = VMEM_BLOCK_PAGES;
	block->flags &= ~VMEM_MARKS;
}

/**
 * vmem_mark() - mark what backs a page
 * @block: block of the page
 * @index: index of the page in the file; it is private, shared or huge
 * @mark: VMEM_MARK_*
 *
 * Context: &vmem_block.lock.
 */
void vmem_mark(struct vmem_block *block, pgoff_t index, unsigned long mark)
{
	lockdep_assert_held(&block->lock);
	if (block->huge)
		block->flags |= mark;
	else
		block->slots[index % VMEM_BLOCK_PAGES] |= mark;
}

/**
 * vmem_is_marked() - whether what backs a page has a mark
 * @block: block of the page
 * @index: index of the page in the file; it is private, shared or huge
 * @mark: VMEM_MARK_*
 *
 * Context: &vmem_block.lock.
 * Return: true if it has been marked, and not touched since.
 */
bool vmem_is_marked(const struct vmem_block *block, pgoff_t index, unsigned long mark)
{
	return (block->huge ? block->flags : vmem_slot(block, index)) & mark;
}

/**
 * vmem_touch() - a page is in use: clear its marks
 * @block: block of the page
 * @index: index of the page in the file
 *
 * Context: &vmem_block.lock.
 */
void vmem_touch(struct vmem_block *block, pgoff_t index)
{
	unsigned long *slot;

	lockdep_assert_held(&block->lock);
	if (block->slots) {
		slot = &block->slots[index % VMEM_BLOCK_PAGES];
		/* Only pointers leave room for marks. */
		if (vmem_slot_state(*slot) == VMEM_PRIVATE || vmem_slot_state(*slot) == VMEM_SHARED)
			*slot &= ~VMEM_MARKS;
		return;
	}
	block->flags &= ~VMEM_MARKS;
}

/**
 * vmem_make_slots() - give a block slots, all of them absent
 * @file: file
 * @block: block that is not huge; it may have slots already
 * @index: index of any of its pages in the file
 *
 * Reads get small zero folios from now on; the huge one must not stay mapped.
 *
 * Context: &vmem_block.lock.
 * Return: 0 or -ENOMEM.
 */
int vmem_make_slots(struct vmem_file *file, struct vmem_block *block, pgoff_t index)
{
	struct folio *zero = vmem_zero_huge();

	lockdep_assert_held(&block->lock);
	if (block->slots)
		return 0;
	block->slots = vmem_metadata_alloc(file, VMEM_BLOCK_PAGES, sizeof(*block->slots));
	if (!block->slots)
		return -ENOMEM;
	if (!(block->flags & VMEM_BLOCK_ZERO_HUGE))
		return 0;
	folio_lock(zero);
	unmap_mapping_pages(file->inode.i_mapping, round_down(index, VMEM_BLOCK_PAGES),
			    VMEM_BLOCK_PAGES, false);
	block->flags &= ~VMEM_BLOCK_ZERO_HUGE;
	folio_unlock(zero);
	return 0;
}
