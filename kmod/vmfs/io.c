// SPDX-License-Identifier: GPL-2.0
/*
 * Metadata to and from the devices, with bios of our own: another host may
 * write the same sectors, so nothing may be answered from a cache of the block
 * device.
 */
#include <linux/bio.h>

#include "disk.h"

static struct page *vmfs_data_page(const void *data)
{
	return is_vmalloc_addr(data) ? vmalloc_to_page(data) : virt_to_page((void *)data);
}

/* A bio for as much of the buffer as fits into one.  Returns its size in *@len. */
static struct bio *vmfs_data_bio(struct block_device *bdev, blk_opf_t opf, u64 offset, void *data,
				 size_t *len)
{
	unsigned int pages = DIV_ROUND_UP(offset_in_page(data) + *len, PAGE_SIZE);
	struct bio *bio = bio_alloc(bdev, bio_max_segs(pages), opf, GFP_NOFS);
	size_t left = *len;

	bio->bi_iter.bi_sector = offset >> SECTOR_SHIFT;
	while (left) {
		unsigned int part = min_t(size_t, left, PAGE_SIZE - offset_in_page(data));

		if (bio_add_page(bio, vmfs_data_page(data), part, offset_in_page(data)) != part)
			break;
		data += part;
		left -= part;
	}
	*len -= left;
	return bio;
}

/**
 * vmfs_bdev_io() - read or write a part of a device, and wait for it
 * @bdev: device
 * @opf: REQ_OP_READ or REQ_OP_WRITE, with flags.  REQ_PREFLUSH and REQ_FUA hold
 *	for all of it only if it fits into one bio (BIO_MAX_VECS pages)
 * @offset: device offset, a multiple of the sector size
 * @data: buffer, of kmalloc(), vmalloc() or whole pages
 * @len: bytes, a multiple of the sector size
 *
 * Context: may sleep; allocates with GFP_NOFS.
 * Return: 0 or the error of the device; -EIO beyond its end.
 */
int vmfs_bdev_io(struct block_device *bdev, blk_opf_t opf, u64 offset, void *data, size_t len)
{
	if (offset + len > bdev_nr_bytes(bdev))
		return -EIO;
	while (len) {
		size_t part = len;
		struct bio *bio = vmfs_data_bio(bdev, opf, offset, data, &part);
		int err = submit_bio_wait(bio);

		bio_put(bio);
		if (err)
			return err;
		offset += part;
		data += part;
		len -= part;
	}
	return 0;
}

/* Where a part of the volume is; NULL beyond its end */
static struct block_device *vmfs_lv_place(struct vmfs_volume *vol, u64 lv, u64 len, u64 *at)
{
	/* Growing sets the size when what is behind the old end is there. */
	u64 size = smp_load_acquire(&vol->disk.size);

	if (lv > size || len > size - lv)
		return NULL;
	return vmfs_lv_bdev(vol, lv, at);
}

/**
 * vmfs_lv_io() - read or write a part of the logical volume, and wait for it
 * @vol: volume
 * @opf: as of vmfs_bdev_io(); REQ_META is added
 * @lv: LV offset, a multiple of the sector size
 * @data: buffer
 * @len: bytes, a multiple of the sector size
 *
 * Return: 0 or the error of the device; -EIO beyond the volume's end.
 */
int vmfs_lv_io(struct vmfs_volume *vol, blk_opf_t opf, u64 lv, void *data, size_t len)
{
	u64 at;
	struct block_device *bdev = vmfs_lv_place(vol, lv, len, &at);

	return bdev ? vmfs_bdev_io(bdev, opf | REQ_META | REQ_SYNC, at, data, len) : -EIO;
}

/**
 * vmfs_lv_zero() - write zeros to a part of the logical volume, and wait for it
 * @vol: volume
 * @lv: LV offset, a multiple of the sector size
 * @len: bytes, a multiple of the sector size
 *
 * Return: 0 or the error of the device; -EIO beyond the volume's end.
 */
int vmfs_lv_zero(struct vmfs_volume *vol, u64 lv, u64 len)
{
	u64 at;
	struct block_device *bdev = vmfs_lv_place(vol, lv, len, &at);

	if (!bdev || !vmfs_may_write(vol))
		return -EIO;
	return blkdev_issue_zeroout(bdev, at >> SECTOR_SHIFT, len >> SECTOR_SHIFT, GFP_NOFS, 0);
}

/**
 * vmfs_lv_discard() - discard a part of the logical volume, and wait for it
 * @vol: volume
 * @lv: LV offset, a multiple of the sector size
 * @len: bytes, a multiple of the sector size
 *
 * Return: 0 or the error of the device, -EOPNOTSUPP where it cannot discard.
 */
int vmfs_lv_discard(struct vmfs_volume *vol, u64 lv, u64 len)
{
	u64 at;
	struct block_device *bdev = vmfs_lv_place(vol, lv, len, &at);

	if (!bdev || !vmfs_may_write(vol))
		return -EIO;
	return blkdev_issue_discard(bdev, at >> SECTOR_SHIFT, len >> SECTOR_SHIFT, GFP_NOFS);
}

/**
 * vmfs_flush() - flush the write caches of all devices
 * @vol: volume
 *
 * Return: 0 or the error of a device.
 */
int vmfs_flush(struct vmfs_volume *vol)
{
	u64 at;

	return blkdev_issue_flush(vmfs_lv_bdev(vol, 0, &at));
}

/**
 * vmfs_batch_begin() - begin writes that will be under way together
 * @batch: on the stack
 */
void vmfs_batch_begin(struct vmfs_batch *batch)
{
	atomic_set(&batch->pending, 1);
	init_completion(&batch->done);
	batch->err = 0;
	blk_start_plug(&batch->plug);
}

static void vmfs_batch_end_io(struct bio *bio)
{
	struct vmfs_batch *batch = bio->bi_private;

	if (bio->bi_status)
		WRITE_ONCE(batch->err, blk_status_to_errno(bio->bi_status));
	bio_put(bio);
	if (atomic_dec_and_test(&batch->pending))
		complete(&batch->done);
}

/**
 * vmfs_batch_submit() - one bio of a batch
 * @batch: batch
 * @bio: without function to end it
 */
void vmfs_batch_submit(struct vmfs_batch *batch, struct bio *bio)
{
	bio->bi_end_io = vmfs_batch_end_io;
	bio->bi_private = batch;
	atomic_inc(&batch->pending);
	submit_bio(bio);
}

/**
 * vmfs_batch_write() - write metadata, without waiting for it
 * @vol: volume
 * @batch: of vmfs_batch_begin()
 * @lv: LV offset, a multiple of the sector size
 * @data: must stay as it is until vmfs_batch_wait() returns
 * @len: bytes, a multiple of the sector size
 */
void vmfs_batch_write(struct vmfs_volume *vol, struct vmfs_batch *batch, u64 lv, void *data,
		      size_t len)
{
	u64 at;
	struct block_device *bdev = vmfs_lv_place(vol, lv, len, &at);

	if (!bdev)
		WRITE_ONCE(batch->err, -EIO);
	while (bdev && len) {
		size_t part = len;

		vmfs_batch_submit(batch, vmfs_data_bio(bdev, REQ_OP_WRITE | REQ_META | REQ_SYNC, at,
						       data, &part));
		at += part;
		data += part;
		len -= part;
	}
}

/**
 * vmfs_batch_wait() - wait for all writes of a batch
 * @batch: batch
 *
 * Return: 0 or the error of one of them.
 */
int vmfs_batch_wait(struct vmfs_batch *batch)
{
	blk_finish_plug(&batch->plug);
	if (!atomic_dec_and_test(&batch->pending))
		wait_for_completion(&batch->done);
	return batch->err;
}
