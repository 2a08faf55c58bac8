// SPDX-License-Identifier: GPL-2.0
/*
 * A logical volume of several parts, as one block device.
 *
 * iomap joins what it reads or writes by sector and never compares devices.  Were it
 * told of extents, the end of one and a block of another with the next sector would
 * become one bio.  Therefore everything above sees this device.  It has no node in
 * /dev, since nobody else may write to the volume.
 */
#include <linux/bio.h>
#include <linux/idr.h>
#include <linux/slab.h>

#include "disk.h"

/**
 * struct vmfs_linear - a block device of ours
 * @vol: the volume that it is
 * @disk: the device
 * @number: in its name
 * @workqueue: for @flush
 * @flush: flushes the extents for all of @waiting together
 * @waiting: bios with REQ_PREFLUSH, under @lock
 * @lock: see @waiting
 */
struct vmfs_linear {
	struct vmfs_volume *vol;
	struct gendisk *disk;
	int number;
	struct workqueue_struct *workqueue;
	struct work_struct flush;
	struct bio_list waiting;
	spinlock_t lock; /* see above */
};

static DEFINE_IDA(vmfs_linear_numbers);

/* Cut off what the first of several extents holds; the rest comes here again. */
static struct bio *vmfs_linear_split(struct vmfs_linear *linear, struct bio *bio, u64 len)
{
	gfp_t gfp = bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;
	struct bio *first;

	/* Who polls would look for one of the two only. */
	bio_clear_polled(bio);
	first = bio_split(bio, len >> SECTOR_SHIFT, gfp, &linear->disk->bio_split);
	if (IS_ERR_OR_NULL(first)) {
		bio_wouldblock_error(bio);
		return NULL;
	}
	bio_chain(first, bio);
	submit_bio_noacct(bio);
	return first;
}

/* Send a bio on to its extent. */
static void vmfs_linear_pass(struct vmfs_linear *linear, struct bio *bio)
{
	u64 lv = ((u64)bio->bi_iter.bi_sector << SECTOR_SHIFT) - VMFS_LINEAR_BASE, left;
	const struct vmfs_run *run = vmfs_lvm_find(linear->vol, lv);

	if (!run) {
		bio_io_error(bio);
		return;
	}
	left = run->logical + READ_ONCE(run->length) - lv;
	if (bio->bi_iter.bi_size > left) {
		bio = vmfs_linear_split(linear, bio, left);
		if (!bio)
			return;
	}
	bio_set_dev(bio, run->bdev);
	bio->bi_iter.bi_sector = (run->physical + (lv - run->logical)) >> SECTOR_SHIFT;
	/* The limits say that it can be done where one extent can do it. */
	if (bio_op(bio) == REQ_OP_DISCARD && !bdev_max_discard_sectors(run->bdev))
		bio_endio(bio);
	else
		submit_bio_noacct(bio);
}

static int vmfs_linear_flush_extents(struct vmfs_volume *vol)
{
	/* publish() in lvm.c adds extents. */
	unsigned int i, count = smp_load_acquire(&vol->disk.num_extents);
	struct vmfs_batch batch;

	vmfs_batch_begin(&batch);
	for (i = 0; i < count; i++)
		vmfs_batch_submit(&batch, bio_alloc(vol->disk.extents[i].bdev, 0,
						    REQ_OP_WRITE | REQ_PREFLUSH, GFP_NOIO));
	return vmfs_batch_wait(&batch);
}

/* What waits is ended, or written, when all extents are flushed. */
static void vmfs_linear_flush_waiting(struct work_struct *work)
{
	struct vmfs_linear *linear = container_of(work, struct vmfs_linear, flush);
	struct bio_list bios;
	struct bio *bio;
	int err;

	spin_lock(&linear->lock);
	bios = linear->waiting;
	bio_list_init(&linear->waiting);
	spin_unlock(&linear->lock);
	err = vmfs_linear_flush_extents(linear->vol);
	while ((bio = bio_list_pop(&bios))) {
		bio->bi_opf &= ~REQ_PREFLUSH;
		if (!err && bio_sectors(bio)) {
			vmfs_linear_pass(linear, bio);
			continue;
		}
		bio->bi_status = errno_to_blk_status(err);
		bio_endio(bio);
	}
}

static void vmfs_linear_submit_bio(struct bio *bio)
{
	struct vmfs_linear *linear = bio->bi_bdev->bd_disk->private_data;

	if (!(bio->bi_opf & REQ_PREFLUSH)) {
		vmfs_linear_pass(linear, bio);
		return;
	}
	/* To wait for the extents is not allowed here. */
	spin_lock(&linear->lock);
	bio_list_add(&linear->waiting, bio);
	spin_unlock(&linear->lock);
	queue_work(linear->workqueue, &linear->flush);
}

static const struct block_device_operations vmfs_linear_fops = {
	.owner = THIS_MODULE,
	.submit_bio = vmfs_linear_submit_bio,
};

static void vmfs_linear_inherit(struct gendisk *disk, struct queue_limits *lim,
				const struct vmfs_extent *extent)
{
	queue_limits_stack_bdev(lim, extent->bdev, VMFS_LVM_DATA_OFFSET >> SECTOR_SHIFT,
				disk->disk_name);
	disk_inherit_flags(disk, extent->bdev);
	if (bdev_read_only(extent->bdev))
		set_disk_ro(disk, true);
}

/* The disk can do what all extents can, and @more, if any. */
static int vmfs_linear_set_limits(struct gendisk *disk, const struct vmfs_volume *vol,
				  const struct vmfs_extent *more)
{
	struct queue_limits lim;
	unsigned int i;

	stacking_limits_init(&lim);
	for (i = 0; i < vol->disk.num_extents; i++)
		vmfs_linear_inherit(disk, &lim, &vol->disk.extents[i]);
	if (more)
		vmfs_linear_inherit(disk, &lim, more);
	return queue_limits_set(disk->queue, &lim);
}

static void vmfs_linear_resize(struct gendisk *disk, u64 size)
{
	set_capacity(disk, (VMFS_LINEAR_BASE + size) >> SECTOR_SHIFT);
}

static int vmfs_linear_make_disk(struct vmfs_linear *linear)
{
	const struct vmfs_volume *vol = linear->vol;
	struct gendisk *disk = blk_alloc_disk(NULL, NUMA_NO_NODE);
	int err;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->fops = &vmfs_linear_fops;
	disk->private_data = linear;
	disk->flags |= GENHD_FL_HIDDEN | GENHD_FL_NO_PART;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "vmfs%d", linear->number);
	vmfs_linear_resize(disk, vol->disk.size);
	err = vmfs_linear_set_limits(disk, vol, NULL) ?: add_disk(disk);
	if (err)
		put_disk(disk);
	linear->disk = disk;
	return err;
}

/**
 * vmfs_linear_create() - make the logical volume one block device
 * @vol: volume, with its extents; s_umount is held exclusively
 *
 * Return: 0 or an error.
 */
int vmfs_linear_create(struct vmfs_volume *vol)
{
	struct vmfs_linear *linear = kzalloc(sizeof(*linear), GFP_KERNEL);
	int err = -ENOMEM;

	if (!linear)
		return -ENOMEM;
	linear->vol = vol;
	INIT_WORK(&linear->flush, vmfs_linear_flush_waiting);
	bio_list_init(&linear->waiting);
	spin_lock_init(&linear->lock);
	linear->number = ida_alloc(&vmfs_linear_numbers, GFP_KERNEL);
	if (linear->number < 0) {
		err = linear->number;
		goto err_linear;
	}
	linear->workqueue = alloc_workqueue("vmfs%d", WQ_MEM_RECLAIM | WQ_UNBOUND, 1,
					    linear->number);
	if (!linear->workqueue)
		goto err_number;
	err = vmfs_linear_make_disk(linear);
	if (err)
		goto err_workqueue;
	/* Growing: reads and writes go on, and take this device from now on. */
	smp_store_release(&vol->disk.linear, linear->disk->part0);
	return 0;

err_workqueue:
	destroy_workqueue(linear->workqueue);
err_number:
	ida_free(&vmfs_linear_numbers, linear->number);
err_linear:
	kfree(linear);
	return err;
}

/**
 * vmfs_linear_add() - let the device have the limits of one more extent
 * @vol: volume with such a device; s_umount is held exclusively
 * @extent: about to be one of its
 *
 * Return: 0 or an error.
 */
int vmfs_linear_add(struct vmfs_volume *vol, const struct vmfs_extent *extent)
{
	return vmfs_linear_set_limits(vol->disk.linear->bd_disk, vol, extent);
}

/**
 * vmfs_linear_set_size() - let the device be as large as the volume
 * @vol: volume, with or without such a device
 * @size: bytes that the volume will have
 */
void vmfs_linear_set_size(struct vmfs_volume *vol, u64 size)
{
	if (vol->disk.linear)
		vmfs_linear_resize(vol->disk.linear->bd_disk, size);
}

/**
 * vmfs_linear_destroy() - end of the device
 * @vol: volume, with or without it; nothing is read or written any more
 */
void vmfs_linear_destroy(struct vmfs_volume *vol)
{
	struct vmfs_linear *linear;

	if (!vol->disk.linear)
		return;
	linear = vol->disk.linear->bd_disk->private_data;
	vol->disk.linear = NULL;
	del_gendisk(linear->disk);
	destroy_workqueue(linear->workqueue);
	put_disk(linear->disk);
	ida_free(&vmfs_linear_numbers, linear->number);
	kfree(linear);
}
