// SPDX-License-Identifier: GPL-2.0
/*
 * Swap: move pages to the swap file and back.  swap_file.c has the swap file itself.
 *
 * A page on its way out is %VMEM_WRITING: unmapped, but a fault takes it back at once.
 * After a failed write the page is private again, and no other is written for a while:
 * what a full or broken device does not take stays in memory.
 *
 * Workers of the swap file's own queue read and write.  A device that hangs blocks only
 * them: neither reclaim, of this file or others, nor a task that is killed while it waits
 * for a page.
 */
#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "swap.h"
#include "trace.h"

/*
 * In a slot above the state: the number of a page in the swap file, below 2^32 like all
 * pages of a file, and a stamp.  Each write has another stamp, so if a slot is the same
 * before and after a read, the read got its page.  (Stamps repeat after 2^29 writes, 2 TiB,
 * which a read does not outlast.)
 */
#define VMEM_SWAP_SHIFT		3
#define VMEM_SWAP_NUMBER_BITS	32
#define VMEM_SWAP_STAMP_SHIFT	(VMEM_SWAP_SHIFT + VMEM_SWAP_NUMBER_BITS)

/**
 * struct vmem_write - a page on its way out
 * @work: its work
 * @swap: swap file, with a reference
 * @id: of the file, which may be deleted during the write
 * @folio: the page's folio, with a reference
 * @index: index of the page in the file
 * @number: of the page in the swap file
 * @stamp: of this write
 */
struct vmem_write {
	struct work_struct work;
	struct vmem_swap *swap;
	u64 id;
	struct folio *folio;
	pgoff_t index;
	unsigned long number;
	unsigned long stamp;
};

/**
 * struct vmem_read - a page on its way in
 * @work: its work
 * @swap: swap file, with a reference
 * @folio: where to read to; the waiter takes it after the read
 * @number: of the page in the swap file
 * @users: the worker, and the waiter until it is killed
 * @done: the read is over
 * @err: its result
 */
struct vmem_read {
	struct work_struct work;
	struct vmem_swap *swap;
	struct folio *folio;
	unsigned long number;
	refcount_t users;
	struct completion done;
	int err;
};

static unsigned long vmem_swap_payload(const struct vmem_write *write)
{
	return write->stamp << VMEM_SWAP_STAMP_SHIFT | write->number << VMEM_SWAP_SHIFT;
}

static unsigned long vmem_swap_number(unsigned long slot)
{
	return slot >> VMEM_SWAP_SHIFT & (BIT(VMEM_SWAP_NUMBER_BITS) - 1);
}

/**
 * vmem_swap_free() - free a page of the swap file
 * @file: file
 * @slot: slot that had it
 */
void vmem_swap_free(struct vmem_file *file, unsigned long slot)
{
	/* Without its last page, vmem_swap_off() may free the swap file. */
	rcu_read_lock();
	vmem_swap_clear(rcu_dereference(file->swap), vmem_swap_number(slot));
	rcu_read_unlock();
}

static int vmem_swap_io(struct vmem_swap *swap, struct folio *folio, unsigned long number,
			bool write)
{
	struct bio_vec part = { .bv_page = folio_page(folio, 0), .bv_len = PAGE_SIZE };
	loff_t offset = (loff_t)(number + VMEM_SWAP_HEADER) << PAGE_SHIFT;
	struct iov_iter iter;
	ssize_t done;

	iov_iter_bvec(&iter, write ? ITER_SOURCE : ITER_DEST, &part, 1, PAGE_SIZE);
	if (write)
		done = vfs_iter_write(swap->file, &iter, &offset, 0);
	else
		done = vfs_iter_read(swap->file, &iter, &offset, 0);
	if (done < 0)
		return done;
	return done == PAGE_SIZE ? 0 : -EIO;
}

/*
 * After a write: the page is swapped now, or private again on error, unless a fault or a
 * punch took it meanwhile.
 */
static bool vmem_write_settle(struct vmem_write *write, struct vmem_file *file, int err)
{
	struct vmem_block *block = vmem_block_of(file, write->index);
	bool kept = false;

	mutex_lock(&block->lock);
	if (!block->huge &&
	    vmem_slot(block, write->index) == ((unsigned long)write->folio | VMEM_WRITING)) {
		kept = !err;
		vmem_set(file, block, write->index, err ? VMEM_PRIVATE : VMEM_SWAPPED,
			 err ? (unsigned long)write->folio : vmem_swap_payload(write));
	}
	mutex_unlock(&block->lock);
	if (kept) {
		vmem_folio_free(write->folio);
		vmem_count_event(file, VMEM_A_EVENTS_SWAP_OUT);
	}
	return kept;
}

static void vmem_write_end(struct vmem_write *write, int err)
{
	struct vmem_file *file = vmem_file_get(write->id);
	bool kept = false;

	if (err)
		vmem_swap_fail(write->swap, write->id, err);
	else
		WRITE_ONCE(write->swap->failures, 0);
	if (file) {
		if (err)
			vmem_count_event(file, VMEM_A_EVENTS_SWAP_ERROR);
		trace_vmem_swap_out(file, write->index, err);
		kept = vmem_write_settle(write, file, err);
		vmem_file_put(file);
	}
	if (!kept)
		vmem_swap_clear(write->swap, write->number);
}

static void vmem_write(struct work_struct *work)
{
	struct vmem_write *write = container_of(work, struct vmem_write, work);
	struct vmem_swap *swap = write->swap;
	unsigned int flags;
	int err;

	/* The write frees memory: it may use reserves, and must not reclaim. */
	flags = memalloc_noreclaim_save();
	err = vmem_swap_io(swap, write->folio, write->number, true);
	memalloc_noreclaim_restore(flags);
	vmem_write_end(write, err);
	folio_put(write->folio);
	kfree(write);
	atomic_dec(&swap->writing);
	wake_up(&swap->wait);
	vmem_reclaim_written();
	vmem_swap_put(swap);
}

/* Get room for a write: a page of the swap file, and a count in &vmem_swap.writing. */
static int vmem_write_begin(struct vmem_swap *swap, struct vmem_write *write)
{
	int err = -EAGAIN;

	if (atomic_inc_return(&swap->writing) <= VMEM_WRITES_AT_ONCE)
		err = vmem_swap_take(swap, &write->number, &write->stamp) ? 0 : -ENOSPC;
	if (err)
		atomic_dec(&swap->writing);
	return err;
}

/**
 * vmem_swap_out() - begin to write a page to the swap file
 * @file: file
 * @block: its block of the page
 * @index: index of the page in the file
 * @folio: its frozen folio; unlocked on success, still locked on failure
 *
 * Context: &vmem_file.reclaim_lock, &vmem_block.lock.
 * Return: 0; -ENOSPC if there is no swap file, or it is full or failing; -EAGAIN if enough
 * pages are being written; -ENOMEM.
 */
int vmem_swap_out(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
		  struct folio *folio)
{
	struct vmem_swap *swap;
	struct vmem_write *write;
	int err;

	lockdep_assert_held(&file->reclaim_lock);
	swap = rcu_dereference_protected(file->swap, true);
	if (!vmem_swap_has_room(file))
		return -ENOSPC;
	write = kmalloc(sizeof(*write), GFP_NOWAIT | __GFP_NOWARN);
	if (!write)
		return -ENOMEM;
	err = vmem_write_begin(swap, write);
	if (err) {
		kfree(write);
		return err;
	}
	write->swap = swap;
	write->id = file->inode.i_ino;
	write->folio = folio;
	write->index = index;
	refcount_inc(&swap->users);
	folio_get(folio);
	vmem_set(file, block, index, VMEM_WRITING, (unsigned long)folio);
	folio_unlock(folio);
	INIT_WORK(&write->work, vmem_write);
	queue_work(swap->queue, &write->work);
	return 0;
}

static void vmem_read_put(struct vmem_read *read)
{
	if (!refcount_dec_and_test(&read->users))
		return;
	if (read->folio)
		vmem_folio_free(read->folio);
	vmem_swap_put(read->swap);
	kfree(read);
}

static void vmem_read(struct work_struct *work)
{
	struct vmem_read *read = container_of(work, struct vmem_read, work);

	read->err = vmem_swap_io(read->swap, read->folio, read->number, false);
	complete(&read->done);
	vmem_read_put(read);
}

/*
 * Read a page; consumes the caller's reference to the swap file.  Returns 0 and the folio,
 * or an error: -EINTR if the caller is being killed.
 */
static int vmem_swap_read(struct vmem_file *file, struct vmem_swap *swap, pgoff_t index,
			  unsigned long slot, struct folio **folio)
{
	struct vmem_read *read = kzalloc(sizeof(*read), GFP_KERNEL | __GFP_NOWARN);
	int err;

	if (read)
		read->folio = vmem_folio_alloc(file, index, 0);
	if (!read || !read->folio) {
		kfree(read);
		vmem_swap_put(swap);
		return -ENOMEM;
	}
	read->swap = swap;
	read->number = vmem_swap_number(slot);
	refcount_set(&read->users, 2);
	init_completion(&read->done);
	INIT_WORK(&read->work, vmem_read);
	queue_work(swap->queue, &read->work);
	err = wait_for_completion_killable(&read->done) ? -EINTR : read->err;
	if (!err) {
		*folio = read->folio;
		read->folio = NULL;
	}
	vmem_read_put(read);
	return err;
}

/* Get the slot, and if the page is swapped, a reference to the swap file. */
static struct vmem_swap *vmem_swap_peek(struct vmem_file *file, struct vmem_block *block,
					pgoff_t index, unsigned long *slot)
{
	struct vmem_swap *swap = NULL;

	mutex_lock(&block->lock);
	*slot = block->huge ? VMEM_HUGE : vmem_slot(block, index);
	if (vmem_slot_state(*slot) == VMEM_SWAPPED) {
		/* It lives as long as it has a page. */
		swap = rcu_dereference_protected(file->swap, true);
		refcount_inc(&swap->users);
	}
	mutex_unlock(&block->lock);
	return swap;
}

/**
 * vmem_swap_in() - read a page back
 * @file: file
 * @index: index of the page in the file
 *
 * No lock is held during the read.  Others may read or punch the page meanwhile; what was
 * read counts only if the slot has not changed.
 *
 * Context: process context, no lock of this module.
 * Return: 0, and the caller looks at the page again; -ENOMEM; -EINTR if the caller is being
 * killed; -EIO or another error of the read.
 */
int vmem_swap_in(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	struct folio *folio = NULL;
	struct vmem_swap *swap;
	unsigned long slot;
	bool won = false;
	int err;

	swap = vmem_swap_peek(file, block, index, &slot);
	if (!swap)
		return 0;
	err = vmem_swap_read(file, swap, index, slot, &folio);
	if (err == -ENOMEM || err == -EINTR)
		return err;

	mutex_lock(&block->lock);
	if (block->huge || vmem_slot(block, index) != slot) {
		err = 0;	/* come again */
	} else if (!err) {
		vmem_set(file, block, index, VMEM_PRIVATE, (unsigned long)folio);
		won = true;
	}
	mutex_unlock(&block->lock);
	if (won) {
		vmem_swap_free(file, slot);
		vmem_count_event(file, VMEM_A_EVENTS_FAULT_SWAPPED);
	} else if (folio) {
		vmem_folio_free(folio);
	}
	return err;
}
