// SPDX-License-Identifier: GPL-2.0
/*
 * The swap file (or block device) of a file: its set-up, its free pages, its end.
 *
 * Each serves one file.  A block device is claimed exclusively, as by a mount; regular files
 * are kept in a list, and refused while another process has them open for writing.
 */
#include <linux/bitmap.h>
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "swap.h"

#define VMEM_RETRY_MAX		6	/* 2^6 s: the longest pause after failed writes */

static LIST_HEAD(vmem_swaps);		/* under vmem_swaps_lock */
static DEFINE_SPINLOCK(vmem_swaps_lock);
static DECLARE_WAIT_QUEUE_HEAD(vmem_swaps_gone);
static struct workqueue_struct *vmem_releases;

/**
 * vmem_swap_take() - take a free page of the swap file
 * @swap: swap file
 * @number: gets its number
 * @stamp: gets the stamp of its next write
 *
 * Return: false if there is none.
 */
bool vmem_swap_take(struct vmem_swap *swap, unsigned long *number, unsigned long *stamp)
{
	spin_lock(&swap->lock);
	*number = find_next_zero_bit(swap->used, swap->pages, swap->next);
	if (*number >= swap->pages)
		*number = find_first_zero_bit(swap->used, swap->pages);
	if (*number < swap->pages) {
		__set_bit(*number, swap->used);
		swap->count++;
		swap->next = *number + 1;
		*stamp = ++swap->stamp;
	}
	spin_unlock(&swap->lock);
	return *number < swap->pages;
}

/**
 * vmem_swap_clear() - free a page of the swap file
 * @swap: swap file
 * @number: of the page
 */
void vmem_swap_clear(struct vmem_swap *swap, unsigned long number)
{
	spin_lock(&swap->lock);
	__clear_bit(number, swap->used);
	swap->count--;
	spin_unlock(&swap->lock);
}

/**
 * vmem_swap_fail() - pause writing after a failed write
 * @swap: swap file
 * @id: of the file that swaps to it
 * @err: of the write
 */
void vmem_swap_fail(struct vmem_swap *swap, u64 id, int err)
{
	unsigned int failures = READ_ONCE(swap->failures);

	/* Writes that were under way together fail together: count them once. */
	if (failures && time_before(jiffies, READ_ONCE(swap->retry)))
		return;
	WRITE_ONCE(swap->retry, jiffies + (HZ << min(failures, VMEM_RETRY_MAX)));
	WRITE_ONCE(swap->failures, failures + 1);
	if (!failures)
		pr_warn("vmem: file %llu: write to its swap file failed (%d): pages stay in memory, and another write is tried now and then\n",
			id, err);
}

static bool vmem_swap_rests(const struct vmem_swap *swap)
{
	return READ_ONCE(swap->failures) && time_before(jiffies, READ_ONCE(swap->retry));
}

/**
 * vmem_swap_state() - the state of a file's swap file
 * @file: file
 *
 * Return: its state.
 */
enum vmem_swap_state vmem_swap_state(struct vmem_file *file)
{
	enum vmem_swap_state state = VMEM_SWAP_STATE_ACTIVE;
	const struct vmem_swap *swap;

	rcu_read_lock();
	swap = rcu_dereference(file->swap);
	if (!swap)
		state = VMEM_SWAP_STATE_NONE;
	else if (READ_ONCE(swap->leaving))
		state = VMEM_SWAP_STATE_LEAVING;
	else if (READ_ONCE(swap->failures))
		state = VMEM_SWAP_STATE_FAILED;
	else if (READ_ONCE(swap->count) >= swap->pages)
		state = VMEM_SWAP_STATE_FULL;
	rcu_read_unlock();
	return state;
}

/**
 * vmem_swap_has_room() - whether a page could be swapped out now
 * @file: file
 *
 * Return: true if so; it may change at any time.
 */
bool vmem_swap_has_room(struct vmem_file *file)
{
	const struct vmem_swap *swap;
	bool room;

	rcu_read_lock();
	swap = rcu_dereference(file->swap);
	room = swap && !READ_ONCE(swap->leaving) && !vmem_swap_rests(swap) &&
	       READ_ONCE(swap->count) < swap->pages;
	rcu_read_unlock();
	return room;
}

static void vmem_swap_release(struct vmem_swap *swap)
{
	WARN_ON_ONCE(swap->count);
	destroy_workqueue(swap->queue);
	if (swap->device)
		bdev_fput(swap->device);
	fput(swap->file);
	spin_lock(&vmem_swaps_lock);
	list_del(&swap->link);
	spin_unlock(&vmem_swaps_lock);
	kvfree(swap->used);
	synchronize_rcu();	/* rmmod would wait for batches of kfree_rcu() */
	kfree(swap);
	wake_up(&vmem_swaps_gone);
}

static void vmem_swap_release_work(struct work_struct *work)
{
	vmem_swap_release(container_of(work, struct vmem_swap, release));
}

/**
 * vmem_swap_put() - drop a reference to a swap file
 * @swap: swap file
 *
 * Context: any that may queue a work; also a work of its own queue.
 */
void vmem_swap_put(struct vmem_swap *swap)
{
	if (refcount_dec_and_test(&swap->users))
		queue_work(vmem_releases, &swap->release);
}

/**
 * vmem_swap_get() - get a reference to the swap file of a file
 * @file: file
 *
 * Return: the swap file, or NULL.
 */
struct vmem_swap *vmem_swap_get(struct vmem_file *file)
{
	struct vmem_swap *swap;

	rcu_read_lock();
	swap = rcu_dereference(file->swap);
	if (swap && !refcount_inc_not_zero(&swap->users))
		swap = NULL;
	rcu_read_unlock();
	return swap;
}

/**
 * vmem_swap_wait() - while enough pages are being written, wait for one of them
 * @file: file
 * @timeout: in jiffies; a fatal signal ends the wait, too
 *
 * Return: false if there was no need to wait.
 */
bool vmem_swap_wait(struct vmem_file *file, long timeout)
{
	struct vmem_swap *swap = vmem_swap_get(file);
	bool full;

	if (!swap)
		return false;
	full = atomic_read(&swap->writing) >= VMEM_WRITES_AT_ONCE;
	if (full)
		wait_event_killable_timeout(swap->wait, atomic_read(&swap->writing) <
					    VMEM_WRITES_AT_ONCE, timeout);
	vmem_swap_put(swap);
	return full;
}

static int vmem_swap_check(struct file *f, struct netlink_ext_ack *extack)
{
	struct inode *inode = file_inode(f);

	if (inode->i_mapping->a_ops == &vmem_address_space_operations) {
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

/* A block device limits the size; a file grows to what the guest may need. */
static unsigned long vmem_swap_pages(struct vmem_file *file, struct file *f)
{
	unsigned long pages = vmem_file_pages(file);
	u64 there;

	if (!S_ISBLK(file_inode(f)->i_mode))
		return pages;
	there = i_size_read(f->f_mapping->host) >> PAGE_SHIFT;
	return min_t(u64, pages, there - min_t(u64, there, VMEM_SWAP_HEADER));
}

/* Add it to the list, unless its inode is in use already. */
static int vmem_swap_enter(struct vmem_swap *swap, struct netlink_ext_ack *extack)
{
	struct vmem_swap *other;
	int err = 0;

	spin_lock(&vmem_swaps_lock);
	list_for_each_entry(other, &vmem_swaps, link) {
		if (other->file->f_mapping->host != swap->file->f_mapping->host)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "it is the swap file of file %llu already", other->id);
		err = -EBUSY;
		break;
	}
	if (!err)
		list_add(&swap->link, &vmem_swaps);
	spin_unlock(&vmem_swaps_lock);
	return err;
}

static int vmem_swap_check_free(struct inode *inode, struct netlink_ext_ack *extack)
{
	if (!IS_SWAPFILE(inode) && atomic_read(&inode->i_writecount) <= 1)
		return 0;
	NL_SET_ERR_MSG(extack, "the swap file is in use: somebody else has it open for writing");
	return -EBUSY;
}

/* After vmem_swap_enter(), whose error names the other user. */
static int vmem_swap_claim(struct vmem_swap *swap, struct netlink_ext_ack *extack)
{
	struct inode *inode = file_inode(swap->file);
	struct file *device;

	if (!S_ISBLK(inode->i_mode))
		return vmem_swap_check_free(inode, extack);
	device = bdev_file_open_by_dev(inode->i_rdev, BLK_OPEN_READ | BLK_OPEN_WRITE, swap, NULL);
	if (IS_ERR(device)) {
		NL_SET_ERR_MSG_FMT(extack,
				   "block device %u:%u cannot be claimed, it is mounted or in use",
				   imajor(inode), iminor(inode));
		return PTR_ERR(device);
	}
	swap->device = device;
	return 0;
}

static struct vmem_swap *vmem_swap_create(struct vmem_file *file, struct file *f)
{
	struct vmem_swap *swap = kzalloc(sizeof(*swap), GFP_KERNEL_ACCOUNT);

	if (!swap)
		return NULL;
	refcount_set(&swap->users, 1);
	spin_lock_init(&swap->lock);
	init_waitqueue_head(&swap->wait);
	INIT_WORK(&swap->release, vmem_swap_release_work);
	swap->id = file->inode.i_ino;
	swap->pages = vmem_swap_pages(file, f);
	swap->used = kvcalloc(BITS_TO_LONGS(swap->pages), sizeof(long), GFP_KERNEL_ACCOUNT);
	swap->queue = alloc_workqueue("vmem_swap", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!swap->used || !swap->queue) {
		if (swap->queue)
			destroy_workqueue(swap->queue);
		kvfree(swap->used);
		kfree(swap);
		return NULL;
	}
	swap->file = get_file(f);
	return swap;
}

/* Only vmem_swap_release() undoes steps of this. */
static int vmem_swap_begin(struct vmem_file *file, struct file *f, struct netlink_ext_ack *extack)
{
	struct vmem_swap *swap = vmem_swap_create(file, f);
	int err;

	if (!swap)
		return -ENOMEM;
	err = vmem_swap_enter(swap, extack);
	if (err) {
		INIT_LIST_HEAD(&swap->link);
		vmem_swap_release(swap);
		return err;
	}
	err = vmem_swap_claim(swap, extack);
	mutex_lock(&file->reclaim_lock);
	if (!err && rcu_access_pointer(file->swap)) {
		NL_SET_ERR_MSG_FMT(extack, "file %llu has a swap file already",
				   (u64)file->inode.i_ino);
		err = -EBUSY;
	} else if (!err) {
		rcu_assign_pointer(file->swap, swap);
	}
	mutex_unlock(&file->reclaim_lock);
	if (err)
		vmem_swap_release(swap);
	return err;
}

/**
 * vmem_swap_set() - set where a file swaps to
 * @file: file, with its size
 * @fd: descriptor of the caller, open for reading and writing
 * @extack: gets the reason of a refusal
 *
 * Return: 0; -EBADF or -EINVAL if it is not fit to be a swap file; -EBUSY if it is in use, or
 * the file has another; -ENOMEM.
 */
int vmem_swap_set(struct vmem_file *file, int fd, struct netlink_ext_ack *extack)
{
	struct file *f = fget(fd);
	int err;

	if (!f) {
		NL_SET_ERR_MSG_FMT(extack, "%d is no file descriptor of the caller", fd);
		return -EBADF;
	}
	err = vmem_swap_check(f, extack);
	if (!err && (!vmem_file_pages(file) || vmem_is_reserved(file))) {
		NL_SET_ERR_MSG_FMT(extack, "file %llu has no size yet, or is reserved: it cannot swap",
				   (u64)file->inode.i_ino);
		err = -EINVAL;
	}
	if (!err)
		err = vmem_swap_begin(file, f, extack);
	fput(f);
	return err;
}

/**
 * vmem_swap_destroy() - drop the swap file of a file, which has no page in it
 * @file: file
 */
void vmem_swap_destroy(struct vmem_file *file)
{
	struct vmem_swap *swap = rcu_dereference_protected(file->swap, true);

	/* A write that is still under way frees it when it ends. */
	if (swap && refcount_dec_and_test(&swap->users))
		vmem_swap_release(swap);
}

/**
 * vmem_swap_init() - make the queue that frees swap files
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_swap_init(void)
{
	vmem_releases = alloc_workqueue("vmem_swap_end", WQ_UNBOUND, 0);
	return vmem_releases ? 0 : -ENOMEM;
}

/**
 * vmem_swap_exit() - wait until the last swap file is gone
 */
void vmem_swap_exit(void)
{
	wait_event(vmem_swaps_gone, list_empty_careful(&vmem_swaps));
	destroy_workqueue(vmem_releases);
}
