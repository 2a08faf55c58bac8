// SPDX-License-Identifier: GPL-2.0
/*
 * File and inode operations, and the life of a file.
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "trace.h"
#include "vmem.h"

#define VMEM_COMPRESS_LIMIT	10	/* per cent, unless set otherwise */

/**
 * vmem_file_publish() - let a new file be found
 * @file: file
 */
void vmem_file_publish(struct vmem_file *file)
{
	mutex_init(&file->reclaim_lock);
	mutex_init(&file->use_lock);
	spin_lock_init(&file->wait_lock);
	file->compress_limit = VMEM_COMPRESS_LIMIT;
	vmem_registry_add(file);
}

static void vmem_free_blocks(struct vmem_file *file, pgoff_t count)
{
	pgoff_t i;

	for (i = 0; i < count; i++) {
		kfree(file->blocks[i].slots);
		kfree(file->blocks[i].sums);
	}
	kvfree(file->blocks);
	file->blocks = NULL;
	vmem_place_destroy(file);
	vmem_stats_destroy(file);
}

/**
 * vmem_file_destroy() - free everything that a file has, as its inode is evicted
 * @file: file; nobody has it open or mapped
 *
 * Waits for those that hold the file: see vmem_registry_remove().
 *
 * Context: process context.
 */
void vmem_file_destroy(struct vmem_file *file)
{
	unsigned int state;

	vmem_registry_remove(file);
	vmem_shrink_remove(file);

	vmem_punch(file, 0, file->pages);
	vmem_free_blocks(file, vmem_file_blocks(file));
	vmem_pool_destroy(file);
	vmem_swap_destroy(file);
	vmem_mount_give(file->inode.i_sb->s_fs_info, i_size_read(&file->inode));
	mem_cgroup_put(file->memcg);
	for (state = 0; state < VMEM_STATES; state++)
		WARN(atomic_long_read(&file->count[state]),
		     "vmem: file %llu ends with %ld pages in state %u\n", (u64)file->inode.i_ino,
		     atomic_long_read(&file->count[state]), state);
}

static int vmem_alloc_blocks(struct vmem_file *file, pgoff_t count)
{
	pgoff_t i;

	file->blocks = kvcalloc(count, sizeof(*file->blocks), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!file->blocks)
		return -ENOMEM;
	if (vmem_place_create(file) || vmem_stats_create(file)) {
		vmem_place_destroy(file);
		kvfree(file->blocks);
		file->blocks = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		mutex_init(&file->blocks[i].lock);
		cond_resched();
	}
	return 0;
}

/*
 * The size is set once: a guest's memory does not change its size, and faults can read it
 * without a lock.
 */
static int vmem_set_size(struct vmem_file *file, loff_t size)
{
	pgoff_t pages = size >> PAGE_SHIFT, count = DIV_ROUND_UP(pages, VMEM_BLOCK_PAGES);
	struct vmem_mount *mount = file->inode.i_sb->s_fs_info;
	bool reserved = vmem_is_reserved(file);
	int err;

	if (size == i_size_read(&file->inode))
		return 0;
	if (file->pages)
		return -EBUSY;
	if (!IS_ALIGNED(size, reserved ? HPAGE_PMD_SIZE : PAGE_SIZE))
		return -EINVAL;
	if (reserved && pages > si_mem_available())
		return -ENOMEM;
	err = vmem_admit(file, pages);
	if (err)
		return err;
	if (!vmem_mount_take(mount, size))
		return -ENOSPC;
	err = vmem_alloc_blocks(file, count);
	if (!err && reserved)
		err = vmem_reserve(file, pages);
	if (err) {
		vmem_free_blocks(file, file->blocks ? count : 0);
		vmem_mount_give(mount, size);
		return err;
	}
	i_size_write(&file->inode, size);
	/* Pairs with vmem_file_pages(): the blocks, then the size. */
	smp_store_release(&file->pages, pages);
	return 0;
}

static int vmem_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err;

	err = setattr_prepare(idmap, dentry, attr);
	if (!err && attr->ia_valid & ATTR_SIZE)
		err = vmem_set_size(vmem_file_of(inode), attr->ia_size);
	if (err)
		return err;
	setattr_copy(idmap, inode, attr);
	return 0;
}

static int vmem_getattr(struct mnt_idmap *idmap, const struct path *path, struct kstat *stat,
			u32 request_mask, unsigned int query_flags)
{
	struct vmem_file *file = vmem_file_of(d_inode(path->dentry));
	int err;

	err = simple_getattr(idmap, path, stat, request_mask, query_flags);
	if (err)
		return err;
	stat->blksize = PAGE_SIZE;
	stat->blocks = (atomic_long_read(&file->count[VMEM_PRIVATE]) +
			atomic_long_read(&file->count[VMEM_HUGE])) << (PAGE_SHIFT - SECTOR_SHIFT);
	return 0;
}

/* The memory cgroup of the first process that maps the file pays for its memory. */
static void vmem_charge_to_mapper(struct vmem_file *file)
{
	struct mem_cgroup *memcg;

	if (READ_ONCE(file->memcg))
		return;
	memcg = get_mem_cgroup_from_mm(current->mm);
	if (cmpxchg(&file->memcg, NULL, memcg))
		mem_cgroup_put(memcg);
	else if (memcg && !vmem_is_reserved(file))
		vmem_shrink_add(file);
}

static int vmem_mmap(struct file *f, struct vm_area_struct *vma)
{
	struct vmem_file *file = vmem_file_of(file_inode(f));

	/* A private mapping would be a copy of the guest's memory. */
	if (!(vma->vm_flags & VM_MAYSHARE)) {
		pr_notice_ratelimited("vmem: %s (%d) asks for a private mapping of file %llu: it can only be shared (QEMU: share=on)\n",
				      current->comm, task_pid_nr(current), (u64)file->inode.i_ino);
		return -EINVAL;
	}
	if (!vmem_file_pages(file))
		return -EINVAL;
	vmem_charge_to_mapper(file);
	WRITE_ONCE(file->was_mapped, true);
	vm_flags_set(vma, VM_DONTDUMP);
	vma->vm_ops = vmem_is_reserved(file) ? &vmem_reserved_vm_ops : &vmem_managed_vm_ops;
	return 0;
}

static long vmem_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(f);
	struct vmem_file *file = vmem_file_of(inode);
	pgoff_t first = offset >> PAGE_SHIFT, end = (offset + len) >> PAGE_SHIFT;
	long err = 0;

	if (mode & ~(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if (!IS_ALIGNED(offset | len, PAGE_SIZE))
		return -EINVAL;
	inode_lock(inode);
	if (!(mode & FALLOC_FL_PUNCH_HOLE)) {
		err = end > file->pages ? -EFBIG : vmem_populate(file, first, end);
	} else if (vmem_is_reserved(file)) {
		err = -EOPNOTSUPP;
	} else {
		vmem_punch(file, first, end);
		trace_vmem_punch(file, first, end - first);
	}
	inode_unlock(inode);
	return err;
}

const struct file_operations vmem_file_operations = {
	.owner			= THIS_MODULE,
	.open			= vmem_open,
	.release		= vmem_release,
	.llseek			= generic_file_llseek,
	.mmap			= vmem_mmap,
	.fsync			= noop_fsync,
	.get_unmapped_area	= thp_get_unmapped_area,
	.fallocate		= vmem_fallocate,
};

const struct inode_operations vmem_file_inode_operations = {
	.setattr	= vmem_setattr,
	.getattr	= vmem_getattr,
};
