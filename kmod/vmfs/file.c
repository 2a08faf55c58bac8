// SPDX-License-Identifier: GPL-2.0
/*
 * Files, as programs use them.
 */
#include <linux/iomap.h>
#include <linux/pagemap.h>
#include <linux/uio.h>

#include "vfs.h"

static ssize_t vmfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	if (!(iocb->ki_flags & IOCB_DIRECT))
		return generic_file_read_iter(iocb, to);
	if (iocb->ki_flags & IOCB_NOWAIT) {
		if (!inode_trylock_shared(inode))
			return -EAGAIN;
	} else {
		inode_lock_shared(inode);
	}
	ret = iomap_dio_rw(iocb, to, &vmfs_read_iomap_ops, NULL, 0, NULL, 0);
	inode_unlock_shared(inode);
	file_accessed(iocb->ki_filp);
	return ret;
}

static loff_t vmfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);

	switch (whence) {
	case SEEK_HOLE:
		inode_lock_shared(inode);
		offset = iomap_seek_hole(inode, offset, &vmfs_read_iomap_ops);
		inode_unlock_shared(inode);
		break;
	case SEEK_DATA:
		inode_lock_shared(inode);
		offset = iomap_seek_data(inode, offset, &vmfs_read_iomap_ops);
		inode_unlock_shared(inode);
		break;
	default:
		return generic_file_llseek(file, offset, whence);
	}
	return offset < 0 ? offset : vfs_setpos(file, offset, inode->i_sb->s_maxbytes);
}

/**
 * vmfs_fsync() - make a file or a directory durable
 * @file: of it
 * @start: ignored: a transaction holds all
 * @end: the same
 * @datasync: the same
 *
 * Return: 0 or an error.
 */
int vmfs_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file_inode(file);
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	int err;

	if (!vmfs_is_active(vol))
		return 0;
	err = file_write_and_wait_range(file, start, end);
	if (!err && S_ISREG(inode->i_mode))
		err = vmfs_log_partial(to_vmfs(inode));
	if (!err)
		err = sync_inode_metadata(inode, 1);
	return err ?: vmfs_commit(vol);
}

static vm_fault_t vmfs_page_mkwrite(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	vm_fault_t ret;

	sb_start_pagefault(inode->i_sb);
	file_update_time(vmf->vma->vm_file);
	filemap_invalidate_lock_shared(inode->i_mapping);
	ret = iomap_page_mkwrite(vmf, &vmfs_write_iomap_ops, NULL);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	sb_end_pagefault(inode->i_sb);
	return ret;
}

static const struct vm_operations_struct vmfs_vm_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = vmfs_page_mkwrite,
};

static int vmfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool is_active = vmfs_is_active(vmfs_volume(file_inode(file)->i_sb));
	int err = is_active ? generic_file_mmap(file, vma) : generic_file_readonly_mmap(file, vma);

	if (!err)
		vma->vm_ops = &vmfs_vm_ops;
	return err;
}

/* Who opens a file to write to it finds nothing past its end: see vmfs_clean_end(). */
static int vmfs_prepare_to_write(struct inode *inode)
{
	int err = 0;

	inode_lock(inode);
	if (!to_vmfs(inode)->end_is_zero) {
		/* open(O_CREAT) is within sb_start_write() already. */
		sb_start_pagefault(inode->i_sb);
		err = vmfs_clean_end(inode);
		sb_end_pagefault(inode->i_sb);
	}
	inode_unlock(inode);
	return err;
}

static int vmfs_file_open(struct inode *inode, struct file *file)
{
	int err = generic_file_open(inode, file);

	file->f_mode |= FMODE_NOWAIT;
	if (!err && file->f_mode & FMODE_WRITE && vmfs_is_active(vmfs_volume(inode->i_sb)))
		err = vmfs_prepare_to_write(inode);
	return err;
}

const struct file_operations vmfs_file_fops = {
	.open = vmfs_file_open,
	.llseek = vmfs_llseek,
	.read_iter = vmfs_read_iter,
	.write_iter = vmfs_write_iter,
	.mmap = vmfs_mmap,
	.splice_read = filemap_splice_read,
	.splice_write = iter_file_splice_write,
	.fsync = vmfs_fsync,
	.fallocate = vmfs_fallocate,
	.unlocked_ioctl = vmfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.iopoll = iocb_bio_iopoll,
	FILE_DIO_PARALLEL_WRITE
};

/* The content of an RDM is a LUN, which is not ours to read. */
static int vmfs_rdm_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

const struct file_operations vmfs_rdm_fops = {
	.open = vmfs_rdm_open,
};

static int vmfs_fiemap(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 len)
{
	int err;

	inode_lock_shared(inode);
	len = min_t(u64, len, i_size_read(inode));
	err = iomap_fiemap(inode, info, start, len, &vmfs_read_iomap_ops);
	inode_unlock_shared(inode);
	return err;
}

/*
 * Space is taken and given back in file blocks: smaller holes are filled sooner or later, and
 * programs that look for holes go by st_blksize.
 */
static int vmfs_getattr(struct mnt_idmap *idmap, const struct path *path, struct kstat *stat,
			u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	struct block_device *bdev;
	u64 at;

	generic_fillattr(idmap, request_mask, inode, stat);
	stat->blksize = vmfs_fb_size(vol);
	if (request_mask & STATX_DIOALIGN && inode->i_fop != &vmfs_rdm_fops) {
		bdev = vmfs_lv_bdev(vol, 0, &at);
		stat->result_mask |= STATX_DIOALIGN;
		stat->dio_mem_align = bdev_dma_alignment(bdev) + 1;
		stat->dio_offset_align = bdev_logical_block_size(bdev);
	}
	return 0;
}

const struct inode_operations vmfs_file_iops = {
	.setattr = vmfs_setattr,
	.getattr = vmfs_getattr,
	.fiemap = vmfs_fiemap,
};
