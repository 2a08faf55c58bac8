// SPDX-License-Identifier: GPL-2.0
/*
 * Swap: pages of a file in a file (or on a block device) of their own.
 *
 * A page on its way out is in the state %VMEM_WRITING: it is unmapped, but a
 * fault takes it back at once.  A write that fails puts the page back too, and
 * ends swapping out for this file: what a full or broken device cannot take
 * stays in memory.
 */
#include <linux/bitmap.h>
#include <linux/bvec.h>
#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "trace.h"
#include "vmem.h"

/* A page number of the swap file in its place in a slot */
#define VMEM_SWAP_SHIFT		3
#define VMEM_WRITES_AT_ONCE	8

/**
 * struct vmem_swap - where a file swaps to
 * @file: open file, from user space
 * @pages: number of pages that may be used
 * @next: where the search for a free one begins; under @lock
 * @lock: protects @used
 * @used: bitmap of pages in use
 * @failed: a write failed: nothing more is written
 * @writing: pages that are being written
 * @wait: for a write to end
 */
struct vmem_swap {
	struct file *file;
	unsigned long pages;
	unsigned long next;
	spinlock_t lock; /* see above */
	unsigned long *used;
	bool failed;
	atomic_t writing;
	wait_queue_head_t wait;
};

/* A page on its way out: holds the file, the folio and the page of the swap file */
struct vmem_write {
	struct work_struct work;
	struct vmem_file *file;
	struct folio *folio;
	pgoff_t index;
	unsigned long number;
};

static struct workqueue_struct *vmem_swap_queue;

static bool vmem_swap_take(struct vmem_swap *swap, unsigned long *number)
{
	spin_lock(&swap->lock);
	*number = find_next_zero_bit(swap->used, swap->pages, swap->next);
	if (*number >= swap->pages)
		*number = find_first_zero_bit(swap->used, swap->pages);
	if (*number < swap->pages) {
		__set_bit(*number, swap->used);
		swap->next = *number + 1;
	}
	spin_unlock(&swap->lock);
	return *number < swap->pages;
}

/**
 * vmem_swap_free() - free a page of the swap file
 * @file: file
 * @slot: slot that held it
 */
void vmem_swap_free(struct vmem_file *file, unsigned long slot)
{
	struct vmem_swap *swap = file->swap;

	spin_lock(&swap->lock);
	__clear_bit(slot >> VMEM_SWAP_SHIFT, swap->used);
	spin_unlock(&swap->lock);
}

static int vmem_swap_io(struct vmem_swap *swap, struct folio *folio, unsigned long number,
			bool write)
{
	struct bio_vec part = { .bv_page = folio_page(folio, 0), .bv_len = PAGE_SIZE };
	loff_t offset = (loff_t)number << PAGE_SHIFT;
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

/* The write is over.  If the page is still where it was left, it is swapped
 * now, or private again; if not, somebody took it back or punched it.
 */
static void vmem_write_end(struct vmem_write *write, int err)
{
	struct vmem_block *block = vmem_block_of(write->file, write->index);
	struct vmem_file *file = write->file;
	unsigned long slot = write->number << VMEM_SWAP_SHIFT;
	bool kept = false;

	mutex_lock(&block->lock);
	if (!block->huge &&
	    vmem_slot(block, write->index) == ((unsigned long)write->folio | VMEM_WRITING)) {
		kept = !err;
		vmem_set(file, block, write->index, err ? VMEM_PRIVATE : VMEM_SWAPPED,
			 err ? (unsigned long)write->folio : slot);
	}
	mutex_unlock(&block->lock);
	if (kept) {
		vmem_folio_free(write->folio);
		vmem_count_event(file, VMEM_A_EVENTS_SWAP_OUT);
	} else {
		vmem_swap_free(file, slot);
	}
}

static void vmem_write(struct work_struct *work)
{
	struct vmem_write *write = container_of(work, struct vmem_write, work);
	struct vmem_swap *swap = write->file->swap;
	struct vmem_file *file = write->file;
	unsigned int flags;
	int err;

	/* It frees memory: it may use the last of it, and must not wait for more. */
	flags = memalloc_noreclaim_save();
	err = vmem_swap_io(swap, write->folio, write->number, true);
	memalloc_noreclaim_restore(flags);
	if (err) {
		if (!xchg(&swap->failed, true))
			pr_warn("vmem: file %lu: writing to its swap file failed (%d), no more is swapped out\n",
				file->inode.i_ino, err);
		vmem_count_event(file, VMEM_A_EVENTS_SWAP_ERROR);
	}
	trace_vmem_swap_out(file, write->index, err);
	vmem_write_end(write, err);
	folio_put(write->folio);
	kfree(write);
	atomic_dec(&swap->writing);
	wake_up(&swap->wait);
	vmem_file_put(file);
}

/**
 * vmem_swap_wait() - wait until another page can be written, or a fatal signal
 * @file: file with a swap file
 */
void vmem_swap_wait(struct vmem_file *file)
{
	struct vmem_swap *swap = file->swap;

	wait_event_killable(swap->wait, atomic_read(&swap->writing) < VMEM_WRITES_AT_ONCE);
}

/**
 * vmem_swap_is_failed() - whether nothing more is swapped out
 * @file: file
 *
 * Return: true after a write that failed.
 */
bool vmem_swap_is_failed(struct vmem_file *file)
{
	struct vmem_swap *swap = smp_load_acquire(&file->swap); /* see vmem_swap_set() */

	return swap && READ_ONCE(swap->failed);
}

/**
 * vmem_swap_out() - begin to write a page to the swap file
 * @file: file
 * @block: its block of the page
 * @index: index of the page in the file
 * @folio: its frozen folio; unlocked on success, still locked on failure
 *
 * Context: &vmem_block.lock.
 * Return: 0; -ENOSPC where there is no swap file, or it is full, or failed;
 * -EAGAIN where enough is being written; -ENOMEM.
 */
int vmem_swap_out(struct vmem_file *file, struct vmem_block *block, pgoff_t index,
		  struct folio *folio)
{
	struct vmem_swap *swap = smp_load_acquire(&file->swap); /* see vmem_swap_set() */
	struct vmem_write *write;

	if (!swap || READ_ONCE(swap->failed))
		return -ENOSPC;
	if (atomic_inc_return(&swap->writing) > VMEM_WRITES_AT_ONCE) {
		atomic_dec(&swap->writing);
		return -EAGAIN;
	}
	write = kmalloc(sizeof(*write), GFP_NOWAIT | __GFP_NOWARN);
	if (!write) {
		atomic_dec(&swap->writing);
		return -ENOMEM;
	}
	if (!vmem_swap_take(swap, &write->number)) {
		kfree(write);
		atomic_dec(&swap->writing);
		return -ENOSPC;
	}
	write->file = file;
	write->folio = folio;
	write->index = index;
	refcount_inc(&file->users);
	folio_get(folio);
	vmem_set(file, block, index, VMEM_WRITING, (unsigned long)folio);
	folio_unlock(folio);
	INIT_WORK(&write->work, vmem_write);
	queue_work(vmem_swap_queue, &write->work);
	return 0;
}

static bool vmem_swap_peek(struct vmem_block *block, pgoff_t index, unsigned long *slot,
			   u32 *swapins)
{
	bool swapped;

	mutex_lock(&block->lock);
	*slot = block->huge ? VMEM_HUGE : vmem_slot(block, index);
	*swapins = block->swapins;
	swapped = vmem_slot_state(*slot) == VMEM_SWAPPED;
	mutex_unlock(&block->lock);
	return swapped;
}

/**
 * vmem_swap_in() - read a page back
 * @file: file
 * @index: index of the page in the file
 *
 * No lock is held during the read.  Others may read the same page meanwhile,
 * or punch it; what was read counts only if no page of the block has left the
 * swap file since.
 *
 * Context: process context, no lock of this module.
 * Return: 0, and the caller should look again what the page is; -ENOMEM; -EIO
 * or another error of the read.
 */
int vmem_swap_in(struct vmem_file *file, pgoff_t index)
{
	struct vmem_block *block = vmem_block_of(file, index);
	struct folio *folio;
	unsigned long slot;
	bool won = false;
	u32 swapins;
	int err;

	if (!vmem_swap_peek(block, index, &slot, &swapins))
		return 0;
	folio = vmem_folio_alloc(file, index, 0);
	if (!folio)
		return -ENOMEM;
	err = vmem_swap_io(file->swap, folio, slot >> VMEM_SWAP_SHIFT, false);

	mutex_lock(&block->lock);
	if (block->swapins != swapins) {
		err = 0;	/* come again */
	} else if (!err) {
		vmem_set(file, block, index, VMEM_PRIVATE, (unsigned long)folio);
		won = true;
	}
	mutex_unlock(&block->lock);
	if (!won) {
		vmem_folio_free(folio);
		return err;
	}
	vmem_swap_free(file, slot);
	vmem_count_event(file, VMEM_A_EVENTS_FAULT_SWAPPED);
	return 0;
}

static int vmem_swap_check(struct file *f, struct netlink_ext_ack *extack)
{
	struct inode *inode = file_inode(f);

	if (vmem_is_vmem(inode->i_sb)) {
		NL_SET_ERR_MSG(extack, "a file of vmem cannot be a swap file");
		return -EINVAL;
	}
	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode)) {
		NL_SET_ERR_MSG(extack, "a swap file must be a file or a block device");
		return -EINVAL;
	}
	if ((f->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE) ||
	    (f->f_flags & O_APPEND) || !f->f_op->write_iter || !f->f_op->read_iter) {
		NL_SET_ERR_MSG(extack, "a swap file must be open for reading and writing");
		return -EBADF;
	}
	return 0;
}

/* A block device has its size, a file grows to what the guest may need. */
static unsigned long vmem_swap_pages(struct vmem_file *file, struct file *f)
{
	unsigned long pages = vmem_file_pages(file);

	if (S_ISBLK(file_inode(f)->i_mode))
		pages = min_t(u64, pages, i_size_read(f->f_mapping->host) >> PAGE_SHIFT);
	return pages;
}

static struct vmem_swap *vmem_swap_create(struct vmem_file *file, struct file *f)
{
	struct vmem_swap *swap = kzalloc(sizeof(*swap), GFP_KERNEL);

	if (!swap)
		return NULL;
	spin_lock_init(&swap->lock);
	init_waitqueue_head(&swap->wait);
	swap->pages = vmem_swap_pages(file, f);
	swap->used = kvcalloc(BITS_TO_LONGS(swap->pages), sizeof(long), GFP_KERNEL);
	if (!swap->used) {
		kfree(swap);
		return NULL;
	}
	swap->file = get_file(f);
	return swap;
}

static void vmem_swap_release(struct vmem_swap *swap)
{
	fput(swap->file);
	kvfree(swap->used);
	kfree(swap);
}

/**
 * vmem_swap_set() - say where a file swaps to
 * @file: file, with its size
 * @fd: descriptor of the caller, open for reading and writing
 * @extack: gets the reason of a refusal
 *
 * Return: 0; -EBADF, -EINVAL where it cannot be swapped to; -EBUSY where the
 * file has a swap file already; -ENOMEM.
 */
int vmem_swap_set(struct vmem_file *file, int fd, struct netlink_ext_ack *extack)
{
	struct file *f = fget(fd);
	struct vmem_swap *swap;
	int err;

	if (!f) {
		NL_SET_ERR_MSG_FMT(extack, "%d is no file descriptor of the caller", fd);
		return -EBADF;
	}
	err = vmem_swap_check(f, extack);
	if (!err && (!vmem_file_pages(file) || vmem_is_reserved(file))) {
		NL_SET_ERR_MSG_FMT(extack, "file %lu has no size yet, or is reserved: it cannot swap",
				   file->inode.i_ino);
		err = -EINVAL;
	}
	swap = err ? NULL : vmem_swap_create(file, f);
	fput(f);
	if (err)
		return err;
	if (!swap)
		return -ENOMEM;
	/* Who sees the pointer sees what it points to. */
	if (!cmpxchg_release(&file->swap, NULL, swap))
		return 0;
	vmem_swap_release(swap);
	NL_SET_ERR_MSG_FMT(extack, "file %lu has a swap file already", file->inode.i_ino);
	return -EBUSY;
}

/**
 * vmem_swap_destroy() - let go of the swap file, which is empty
 * @file: file
 */
void vmem_swap_destroy(struct vmem_file *file)
{
	if (!file->swap)
		return;
	WARN_ON_ONCE(!bitmap_empty(file->swap->used, file->swap->pages));
	vmem_swap_release(file->swap);
}

/**
 * vmem_swap_init() - make the queue of writes
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_swap_init(void)
{
	vmem_swap_queue = alloc_workqueue("vmem_swap", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return vmem_swap_queue ? 0 : -ENOMEM;
}

/**
 * vmem_swap_exit() - free the queue, which is idle
 */
void vmem_swap_exit(void)
{
	destroy_workqueue(vmem_swap_queue);
}
