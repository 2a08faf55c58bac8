// SPDX-License-Identifier: GPL-2.0
/*
 * File content: what iomap asks of us, for reading and writing.
 */
#include <linux/iomap.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "vfs.h"

/* Tell iomap of a part of a file, of which @len bytes are of interest. */
static int vmfs_fill_iomap(struct vmfs_inode *vi, loff_t pos, loff_t len, struct iomap *iomap)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_map map;
	int err;

	err = vmfs_map_find(vi, pos, len, &map);
	if (err)
		return err;
	if (map.type == VMFS_MAP_TBZ)
		vmfs_partial_adjust(vi, pos, &map);
	iomap->bdev = vi->inode.i_sb->s_bdev;
	iomap->addr = IOMAP_NULL_ADDR;
	iomap->offset = pos;
	iomap->length = map.length;
	switch (map.type) {
	case VMFS_MAP_HOLE:
		iomap->type = IOMAP_HOLE;
		break;
	case VMFS_MAP_TBZ:
	case VMFS_MAP_DATA:
		iomap->type = map.type == VMFS_MAP_TBZ ? IOMAP_UNWRITTEN : IOMAP_MAPPED;
		iomap->bdev = vmfs_lv_bdev(vol, map.lv, &iomap->addr);
		break;
	case VMFS_MAP_RESIDENT:
		if (pos >= vi->area_size || !i_size_read(&vi->inode)) {
			iomap->type = IOMAP_HOLE;
			break;
		}
		/* A copy: the file may grow while it is read. */
		iomap->inline_data = kmemdup(vi->area, vi->area_size, GFP_NOFS);
		if (!iomap->inline_data)
			return -ENOMEM;
		iomap->type = IOMAP_INLINE;
		iomap->offset = 0;
		iomap->length = vi->area_size;
	}
	return 0;
}

/* What a write does not hold may be changed under it: see struct iomap_write_ops. */
static bool vmfs_map_is_valid(struct inode *inode, const struct iomap *iomap)
{
	return iomap->validity_cookie == READ_ONCE(to_vmfs(inode)->sequence);
}

const struct iomap_write_ops vmfs_folio_write_ops = {
	.iomap_valid = vmfs_map_is_valid,
};

static int vmfs_map_range(struct vmfs_inode *vi, loff_t pos, loff_t len, unsigned int flags,
			  struct iomap *iomap)
{
	bool nowait = flags & IOMAP_NOWAIT;
	int err = -EAGAIN;

	if (!nowait)
		down_read(&vi->map_sem);
	else if (!down_read_trylock(&vi->map_sem))
		return -EAGAIN;
	if (!nowait || vmfs_map_is_in_memory(vi, pos))
		err = vmfs_fill_iomap(vi, pos, len, iomap);
	iomap->validity_cookie = vi->sequence;
	up_read(&vi->map_sem);
	return err;
}

/*
 * Another driver, or a crash, may have left anything past the end of a file, in its
 * last page too, which mappings show.  Until vmfs_clean_end() has looked, that page
 * is read here, and given to iomap as a copy that ends in zeros.
 */
static int vmfs_map_last_page(struct inode *inode, unsigned int flags, struct iomap *iomap)
{
	u64 size = i_size_read(inode), start = round_down(size, VMFS_BLOCK_SIZE);
	void *copy;
	int err;

	if (READ_ONCE(to_vmfs(inode)->end_is_zero) || flags & IOMAP_REPORT ||
	    iomap->type != IOMAP_MAPPED || size == start ||
	    iomap->offset >= start + VMFS_BLOCK_SIZE || iomap->offset + iomap->length <= start)
		return 0;
	if (iomap->offset < start) {	/* first what is in front of it */
		iomap->length = start - iomap->offset;
		return 0;
	}
	if (flags & IOMAP_NOWAIT)
		return -EAGAIN;
	copy = kmalloc(VMFS_BLOCK_SIZE, GFP_NOFS);
	if (!copy)
		return -ENOMEM;
	err = vmfs_bdev_io(iomap->bdev, REQ_OP_READ, iomap->addr - (iomap->offset - start), copy,
			   VMFS_BLOCK_SIZE);
	if (err) {
		kfree(copy);
		return err;
	}
	memset(copy + (size - start), 0, start + VMFS_BLOCK_SIZE - size);
	iomap->type = IOMAP_INLINE;
	iomap->inline_data = copy;
	iomap->offset = start;
	iomap->length = VMFS_BLOCK_SIZE;
	return 0;
}

static int vmfs_read_begin(struct inode *inode, loff_t pos, loff_t len, unsigned int flags,
			   struct iomap *iomap, struct iomap *srcmap)
{
	int err = vmfs_map_range(to_vmfs(inode), pos, len, flags, iomap) ?:
		  vmfs_map_last_page(inode, flags, iomap);

	/* Of several extents, FIEMAP tells LV offsets. */
	if (!err && flags & IOMAP_REPORT && iomap->addr != IOMAP_NULL_ADDR &&
	    iomap->bdev != inode->i_sb->s_bdev)
		iomap->addr -= VMFS_LINEAR_BASE;
	return err;
}

static int vmfs_read_end(struct inode *inode, loff_t pos, loff_t len, ssize_t done,
			 unsigned int flags, struct iomap *iomap)
{
	if (iomap->type == IOMAP_INLINE)
		kfree(iomap->inline_data);
	return 0;
}

const struct iomap_ops vmfs_read_iomap_ops = {
	.iomap_begin = vmfs_read_begin,
	.iomap_end = vmfs_read_end,
};

/* A write that must not wait, or only overwrites, is not begun where it cannot be finished. */
static bool vmfs_map_is_enough(loff_t pos, loff_t len, unsigned int flags,
			       const struct iomap *iomap)
{
	if (!(flags & (IOMAP_NOWAIT | IOMAP_OVERWRITE_ONLY)))
		return true;
	if (flags & IOMAP_OVERWRITE_ONLY && iomap->type != IOMAP_MAPPED)
		return false;
	return iomap->offset + iomap->length >= pos + len;
}

/*
 * Writes find a block: holes get one, resident data move to one.  All of that reads
 * as before until content is written, so that nothing is to be undone if it is not.
 */
static int vmfs_write_begin(struct inode *inode, loff_t pos, loff_t len, unsigned int flags,
			    struct iomap *iomap, struct iomap *srcmap)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	int err;

	if (!vmfs_may_write(vmfs_volume(inode->i_sb)))
		return -EIO;
	for (;;) {
		err = vmfs_map_range(vi, pos, len, flags, iomap);
		if (err)
			return err;
		if (iomap->type == IOMAP_INLINE)
			kfree(iomap->inline_data);
		else if (iomap->type != IOMAP_HOLE || flags & IOMAP_ZERO)
			break;
		if (flags & (IOMAP_NOWAIT | IOMAP_OVERWRITE_ONLY))
			return -EAGAIN;
		if (iomap->type == IOMAP_INLINE)
			err = vmfs_map_grow(vi, max_t(u64, pos + 1, i_size_read(inode)));
		else
			err = vmfs_map_alloc(vi, pos, len);
		if (err)
			return err;
	}
	iomap_set_write_ops(iomap, &vmfs_folio_write_ops);
	return vmfs_map_is_enough(pos, len, flags, iomap) ? 0 : -EAGAIN;
}

const struct iomap_ops vmfs_write_iomap_ops = {
	.iomap_begin = vmfs_write_begin,
};

/* Direct writes: their content is on the device. */
static int vmfs_dio_end(struct kiocb *iocb, ssize_t size, int error, unsigned int flags)
{
	struct inode *inode = file_inode(iocb->ki_filp);

	if (error || size <= 0)
		return error;
	/* Only writes that wait for their end, with i_rwsem, extend a file. */
	if (flags & IOMAP_DIO_UNWRITTEN)
		error = vmfs_partial_written(to_vmfs(inode), iocb->ki_pos, size, true);
	if (!error && iocb->ki_pos + size > i_size_read(inode)) {
		i_size_write(inode, iocb->ki_pos + size);
		mark_inode_dirty(inode);
	}
	return error;
}

const struct iomap_dio_ops vmfs_dio_ops = {
	.end_io = vmfs_dio_end,
};

/* Written back pages: their content is on the device.  In an interrupt. */
static void vmfs_end_bio(struct bio *bio)
{
	struct iomap_ioend *ioend = iomap_ioend_from_bio(bio);
	struct vmfs_mount *mount = vmfs_mount(vmfs_volume(ioend->io_inode->i_sb));
	unsigned long flags;

	spin_lock_irqsave(&mount->ioends_lock, flags);
	list_add_tail(&ioend->io_list, &mount->ioends);
	spin_unlock_irqrestore(&mount->ioends_lock, flags);
	queue_work(mount->workqueue, &mount->ioends_work);
}

/**
 * vmfs_ioends_work() - note what was written back
 * @work: &vmfs_mount.ioends_work
 */
void vmfs_ioends_work(struct work_struct *work)
{
	struct vmfs_mount *mount = container_of(work, struct vmfs_mount, ioends_work);
	struct iomap_ioend *ioend, *next;
	LIST_HEAD(ioends);

	spin_lock_irq(&mount->ioends_lock);
	list_splice_init(&mount->ioends, &ioends);
	spin_unlock_irq(&mount->ioends_lock);
	list_for_each_entry_safe(ioend, next, &ioends, io_list) {
		int err = blk_status_to_errno(iomap_ioend_bio(ioend)->bi_status);

		list_del_init(&ioend->io_list);
		if (!err)
			err = vmfs_partial_written(to_vmfs(ioend->io_inode), ioend->io_offset,
						   ioend->io_size, false);
		iomap_finish_ioends(ioend, err);
		cond_resched();
	}
}

static int vmfs_writeback_submit(struct iomap_writepage_ctx *wpc, int error)
{
	struct iomap_ioend *ioend = wpc->wb_ctx;

	if (iomap_ioend_is_unwritten(ioend))
		iomap_ioend_bio(ioend)->bi_end_io = vmfs_end_bio;
	return iomap_ioend_writeback_submit(wpc, error);
}

static int vmfs_map_blocks(struct iomap_writepage_ctx *wpc, loff_t offset, unsigned int len)
{
	struct inode *inode = wpc->inode;
	struct vmfs_inode *vi = to_vmfs(inode);
	int err;

	if (!vmfs_may_write(vmfs_volume(inode->i_sb)))
		return -EIO;
	/* wb_sem keeps blocks where they are. */
	if (offset >= wpc->iomap.offset && offset < wpc->iomap.offset + wpc->iomap.length &&
	    wpc->iomap.validity_cookie == READ_ONCE(vi->sequence))
		return 0;
	err = vmfs_map_range(vi, offset, i_blocksize(inode) + len, 0, &wpc->iomap);
	if (!err && wpc->iomap.type != IOMAP_MAPPED && wpc->iomap.type != IOMAP_UNWRITTEN) {
		if (wpc->iomap.type == IOMAP_INLINE)
			kfree(wpc->iomap.inline_data);
		err = vmfs_corrupt(vmfs_volume(inode->i_sb), "file descriptor",
				   vmfs_buf_lv(vi->buf), "written data at %lld have no block",
				   offset);
	}
	return err;
}

static ssize_t vmfs_writeback_range(struct iomap_writepage_ctx *wpc, struct folio *folio,
				    u64 pos, unsigned int len, u64 end)
{
	int err = vmfs_map_blocks(wpc, pos, len);

	return err ?: iomap_add_to_ioend(wpc, folio, pos, end, len);
}

static const struct iomap_writeback_ops vmfs_writeback_ops = {
	.writeback_range = vmfs_writeback_range,
	.writeback_submit = vmfs_writeback_submit,
};

static int vmfs_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct vmfs_inode *vi = to_vmfs(mapping->host);
	struct iomap_writepage_ctx wpc = {
		.inode = mapping->host,
		.wbc = wbc,
		.ops = &vmfs_writeback_ops,
	};
	int err;

	down_read(&vi->wb_sem);
	err = iomap_writepages(&wpc);
	up_read(&vi->wb_sem);
	return err;
}

static int vmfs_read_folio(struct file *file, struct folio *folio)
{
	iomap_bio_read_folio(folio, &vmfs_read_iomap_ops);
	return 0;
}

static void vmfs_readahead(struct readahead_control *rac)
{
	iomap_bio_readahead(rac, &vmfs_read_iomap_ops);
}

static sector_t vmfs_bmap(struct address_space *mapping, sector_t block)
{
	struct vmfs_volume *vol = vmfs_volume(mapping->host->i_sb);

	/* Who asks takes it for one of the device that is mounted. */
	if (READ_ONCE(vol->disk.linear))
		return 0;
	return iomap_bmap(mapping, block, &vmfs_read_iomap_ops);
}

const struct address_space_operations vmfs_aops = {
	.read_folio = vmfs_read_folio,
	.readahead = vmfs_readahead,
	.writepages = vmfs_writepages,
	.dirty_folio = iomap_dirty_folio,
	.bmap = vmfs_bmap,
	.direct_IO = noop_direct_IO,
	.migrate_folio = filemap_migrate_folio,
	.is_partially_uptodate = iomap_is_partially_uptodate,
	.error_remove_folio = generic_error_remove_folio,
	.release_folio = iomap_release_folio,
	.invalidate_folio = iomap_invalidate_folio,
};
