// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of tps.ko on single pages and blocks, and the end of sharing.
 */
#include <linux/module.h>

#include "vmem.h"

/**
 * vmem_page_get() - begin to look at a page that may be shared
 * @page: gets filled in
 * @file: file
 * @index: index of the page in the file
 *
 * Return: true if the page has a folio of its own that is not poisoned; the lock of its
 * block is then held until vmem_page_put().
 */
bool vmem_page_get(struct vmem_page *page, struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	unsigned long slot;

	mutex_lock(&block->lock);
	slot = block->huge ? VMEM_HUGE : vmem_slot(block, index);
	if (vmem_slot_state(slot) != VMEM_PRIVATE ||
	    folio_test_hwpoison(vmem_slot_folio(slot))) {
		mutex_unlock(&block->lock);
		return false;
	}
	*page = (struct vmem_page){
		.file = file,
		.block = block,
		.index = index,
		.salt = READ_ONCE(file->salt),
		.folio = vmem_slot_folio(slot),
	};
	return true;
}
EXPORT_SYMBOL_GPL(vmem_page_get);

/**
 * vmem_page_put() - end this
 * @page: page from vmem_page_get()
 */
void vmem_page_put(struct vmem_page *page)
{
	if (page->frozen)
		folio_unlock(page->folio);
	mutex_unlock(&page->block->lock);
}
EXPORT_SYMBOL_GPL(vmem_page_put);

/**
 * vmem_page_content() - what a page holds
 * @page: page from vmem_page_get()
 *
 * Return: its memory; its owner may be writing to it, unless it is frozen.
 */
struct page *vmem_page_content(const struct vmem_page *page)
{
	return folio_page(page->folio, 0);
}
EXPORT_SYMBOL_GPL(vmem_page_content);

/**
 * vmem_page_freeze() - stop all access to a page until vmem_page_put()
 * @page: page from vmem_page_get()
 *
 * Return: false if the folio is in use.
 */
bool vmem_page_freeze(struct vmem_page *page)
{
	page->frozen = vmem_freeze(page->file, page->folio, page->index);
	return page->frozen;
}
EXPORT_SYMBOL_GPL(vmem_page_freeze);

static void vmem_page_replace(struct vmem_page *page, enum vmem_state state, unsigned long payload)
{
	WARN_ON_ONCE(!page->frozen);
	vmem_set(page->file, page->block, page->index, state, payload);
	vmem_folio_release(page->folio);
	page->frozen = false;
}

/**
 * vmem_page_zero() - free a page that is full of zeros
 * @page: frozen page
 */
void vmem_page_zero(struct vmem_page *page)
{
	vmem_page_replace(page, VMEM_ZERO, 0);
}
EXPORT_SYMBOL_GPL(vmem_page_zero);

/**
 * vmem_page_share() - let a page use a shared folio instead of its own
 * @page: frozen page
 * @shared: equal folio, with the page's salt; its reference goes to the page
 */
void vmem_page_share(struct vmem_page *page, struct vmem_shared *shared)
{
	WARN_ON_ONCE(shared->salt != page->salt);
	vmem_page_replace(page, VMEM_SHARED, (unsigned long)shared | VMEM_MARK_IDLE);
}
EXPORT_SYMBOL_GPL(vmem_page_share);

/**
 * vmem_page_promote() - put the folio of a page into the store
 * @page: frozen page, which becomes the folio's first sharer
 * @hash: of its content
 *
 * Return: 0 or -ENOMEM.
 */
int vmem_page_promote(struct vmem_page *page, u64 hash)
{
	struct vmem_shared *shared;

	WARN_ON_ONCE(!page->frozen);
	shared = vmem_shared_alloc(page->file, page->folio, hash, page->salt);
	if (!shared)
		return -ENOMEM;
	vmem_set(page->file, page->block, page->index, VMEM_SHARED,
		 (unsigned long)shared | VMEM_MARK_IDLE);
	vmem_shared_add(shared);
	return 0;
}
EXPORT_SYMBOL_GPL(vmem_page_promote);

/**
 * vmem_page_sum() - where a scanner keeps its checksum of a page
 * @page: page from vmem_page_get()
 *
 * Return: the place, 0 at first, valid until vmem_page_put(); NULL without memory.
 */
u32 *vmem_page_sum(struct vmem_page *page)
{
	struct vmem_block *block = page->block;

	lockdep_assert_held(&block->lock);
	if (!block->sums)
		block->sums = vmem_metadata_alloc(page->file, VMEM_BLOCK_PAGES,
						  sizeof(*block->sums));
	return block->sums ? &block->sums[page->index % VMEM_BLOCK_PAGES] : NULL;
}
EXPORT_SYMBOL_GPL(vmem_page_sum);

/**
 * vmem_page_hash() - hash a page where it is
 * @file: file
 * @index: index of the page in the file
 * @salt: for the hash
 * @hash: gets the hash of a private, shared or huge page; its owner may be writing to it
 *
 * Return: the state of the page; %VMEM_ABSENT if it is poisoned and must not be read.
 */
enum vmem_state vmem_page_hash(struct vmem_file *file, pgoff_t index, u64 salt, u64 *hash)
{
	struct vmem_block *block = vmem_block_of(file, index);
	enum vmem_state state = VMEM_HUGE;
	struct page *page = NULL;
	unsigned long slot;

	mutex_lock(&block->lock);
	if (block->huge) {
		page = folio_page(block->huge, index % VMEM_BLOCK_PAGES);
	} else {
		slot = vmem_slot(block, index);
		state = vmem_slot_state(slot);
		if (state == VMEM_PRIVATE)
			page = folio_page(vmem_slot_folio(slot), 0);
		else if (state == VMEM_SHARED)
			page = folio_page(vmem_slot_shared(slot)->folio, 0);
	}
	if (page && PageHWPoison(page))
		state = VMEM_ABSENT;
	else if (page)
		*hash = vmem_hash(page, salt);
	mutex_unlock(&block->lock);
	return state;
}
EXPORT_SYMBOL_GPL(vmem_page_hash);

/**
 * vmem_block_is_huge() - whether a folio of 2 MiB backs a page
 * @file: file
 * @index: index of the page in the file
 *
 * Return: true if so; it may change at any time.
 */
bool vmem_block_is_huge(struct vmem_file *file, pgoff_t index)
{
	return READ_ONCE(vmem_block_of(file, index)->huge);
}
EXPORT_SYMBOL_GPL(vmem_block_is_huge);

/**
 * vmem_block_is_new() - whether a block has pages that no scanner has seen
 * @file: file
 * @index: index of any page of the block
 *
 * Return: true if so; it may change at any time.
 */
bool vmem_block_is_new(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);

	return READ_ONCE(block->slots) && !READ_ONCE(block->sums);
}
EXPORT_SYMBOL_GPL(vmem_block_is_new);

/**
 * vmem_block_split() - back a block by small folios, so that they can be shared
 * @file: file
 * @index: index of any page of the block
 *
 * Return: 0, or an error of vmem_split().
 */
int vmem_block_split(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	int err = 0;

	mutex_lock(&block->lock);
	if (block->huge)
		err = vmem_split(file, block, index);
	mutex_unlock(&block->lock);
	return err;
}
EXPORT_SYMBOL_GPL(vmem_block_split);

static int vmem_unshare_page(struct vmem_file *file, pgoff_t index, bool all)
{
	struct vmem_block *block = vmem_block_of(file, index);
	unsigned long slot;
	int err = 0;

	mutex_lock(&block->lock);
	slot = block->huge ? VMEM_HUGE : vmem_slot(block, index);
	if (vmem_slot_state(slot) == VMEM_SHARED &&
	    !folio_test_hwpoison(vmem_slot_shared(slot)->folio) &&
	    (all || vmem_slot_shared(slot)->salt != READ_ONCE(file->salt)))
		err = vmem_make_private(file, block, index);
	mutex_unlock(&block->lock);
	return err;
}

/**
 * vmem_unshare() - give shared pages folios of their own, for one step
 * @file: file
 * @all: all pages, or only those shared under another salt than the file's
 * @next: page to begin with; gets the one to go on with, 0 at the end
 *
 * Poisoned pages stay as they are.
 *
 * Context: process context, no lock of this module.
 * Return: 0; -ENOMEM, -EIO, or -EINTR if the caller is being killed.
 */
int vmem_unshare(struct vmem_file *file, bool all, pgoff_t *next)
{
	unsigned long until = jiffies + VMEM_STEP;
	pgoff_t index = *next, pages = vmem_file_pages(file);
	unsigned int attempt = 0;
	int err;

	while (index < pages && time_before(jiffies, until)) {
		err = vmem_unshare_page(file, index, all);
		if (!err) {
			index++;
			cond_resched();
			continue;
		}
		if (err != -ENOMEM || attempt++ == VMEM_WAIT_ATTEMPTS)
			return err;
		err = vmem_wait_for_memory(file);
		if (err)
			return err;
	}
	*next = index < pages ? index : 0;
	return 0;
}
EXPORT_SYMBOL_GPL(vmem_unshare);

/**
 * vmem_set_salt() - set with which files a file may share
 * @file: file
 * @salt: files with the same salt share; 0 for a salt of its own
 *
 * The caller breaks pages shared under the old salt with vmem_unshare().  A scanner that
 * looks at a page holds its block's lock: it is done, or sees the new salt, when
 * vmem_unshare() gets there.
 */
void vmem_set_salt(struct vmem_file *file, u64 salt)
{
	WRITE_ONCE(file->salt, salt ?: VMEM_SALT_OWN | file->inode.i_ino);
}
EXPORT_SYMBOL_GPL(vmem_set_salt);
