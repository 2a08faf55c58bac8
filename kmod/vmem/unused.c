// SPDX-License-Identifier: GPL-2.0
/*
 * Files that no process has open or mapped any more, as after a crash of QEMU.  Nobody needs
 * their memory, and killing processes would not free it.  It is freed after the mount's
 * grace time, or earlier when the host runs out of memory.  A process that opens the file
 * within that time finds its content.
 *
 * A file that was never mapped keeps its memory: it is being prepared for a guest.
 */
#include <linux/fs.h>
#include <linux/oom.h>
#include <linux/workqueue.h>

#include "vmem.h"

static void vmem_unused_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(vmem_unused, vmem_unused_work);

static unsigned int vmem_grace(const struct vmem_file *file)
{
	const struct vmem_mount *mount = file->inode.i_sb->s_fs_info;

	return READ_ONCE(mount->grace);
}

/* All pages that it has, compressed and swapped ones included */
static unsigned long vmem_all_pages(const struct vmem_file *file)
{
	unsigned long pages = 0;
	unsigned int state;

	for (state = 0; state < VMEM_STATES; state++)
		pages += atomic_long_read(&file->count[state]);
	return pages;
}

/* Pages that it has in memory */
static unsigned long vmem_resident(const struct vmem_file *file)
{
	return atomic_long_read(&file->count[VMEM_PRIVATE]) +
	       atomic_long_read(&file->count[VMEM_HUGE]);
}

/**
 * vmem_open() - a process opens a file
 * @inode: file
 * @f: unused
 *
 * A reserved file that has lost its memory gets it again.
 *
 * Return: 0; -ENOMEM, -EINTR.
 */
int vmem_open(struct inode *inode, struct file *f)
{
	struct vmem_file *file = vmem_file_of(inode);
	int err = 0;

	mutex_lock(&file->use_lock);
	if (file->lapsed && vmem_is_reserved(file))
		err = vmem_reserve(file, vmem_file_pages(file));
	if (!err) {
		file->lapsed = false;
		file->opens++;
	}
	mutex_unlock(&file->use_lock);
	return err;
}

/**
 * vmem_release() - the last descriptor and mapping of an open file are gone
 * @inode: file
 * @f: unused
 *
 * Return: 0.
 */
int vmem_release(struct inode *inode, struct file *f)
{
	struct vmem_file *file = vmem_file_of(inode);
	bool unused;

	mutex_lock(&file->use_lock);
	unused = !--file->opens;
	file->unused_since = jiffies;
	mutex_unlock(&file->use_lock);
	if (unused && inode->i_nlink && vmem_grace(file))
		mod_delayed_work(system_long_wq, &vmem_unused, 0);
	return 0;
}

/* Jiffies until the file loses its memory: 0 now, LONG_MAX never */
static unsigned long vmem_time_left(const struct vmem_file *file)
{
	unsigned long grace = vmem_grace(file) * HZ, age = jiffies - file->unused_since;

	lockdep_assert_held(&file->use_lock);
	if (file->opens || !file->was_mapped || !grace)
		return LONG_MAX;
	return grace - min(age, grace);
}

static void vmem_lapse(struct vmem_file *file)
{
	lockdep_assert_held(&file->use_lock);
	pr_info("vmem: file %llu: unused for %u s, its memory (%lu pages) is freed\n",
		(u64)file->inode.i_ino, jiffies_to_msecs(jiffies - file->unused_since) / 1000,
		vmem_all_pages(file));
	file->was_mapped = false;
	file->lapsed = true;
	vmem_punch(file, 0, vmem_file_pages(file));
}

static void vmem_unused_work(struct work_struct *work)
{
	unsigned long next = LONG_MAX, left;
	struct vmem_file *file;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		mutex_lock(&file->use_lock);
		left = vmem_time_left(file);
		if (left)
			next = min(next, left);
		else
			vmem_lapse(file);
		mutex_unlock(&file->use_lock);
		vmem_file_put(file);
	}
	if (next != LONG_MAX)
		queue_delayed_work(system_long_wq, &vmem_unused, next);
}

/*
 * Before the OOM killer kills, free what nobody uses, whatever the grace time.  The caller
 * may hold any lock but a block's: allocations under one do not invoke the OOM killer.
 */
static int vmem_oom(struct notifier_block *block, unsigned long unused, void *freed)
{
	struct vmem_file *file;
	unsigned long before;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		if (mutex_trylock(&file->use_lock)) {
			before = vmem_resident(file);
			if (vmem_time_left(file) != LONG_MAX) {
				vmem_lapse(file);
				*(unsigned long *)freed += before;
			}
			mutex_unlock(&file->use_lock);
		}
		vmem_file_put(file);
	}
	return NOTIFY_OK;
}

static struct notifier_block vmem_oom_block = { .notifier_call = vmem_oom };

/**
 * vmem_unused_init() - hook the OOM killer
 *
 * Return: 0 or an error.
 */
int __init vmem_unused_init(void)
{
	return register_oom_notifier(&vmem_oom_block);
}

/**
 * vmem_unused_exit() - unhook it, and stop the work
 */
void vmem_unused_exit(void)
{
	unregister_oom_notifier(&vmem_oom_block);
	cancel_delayed_work_sync(&vmem_unused);
}
