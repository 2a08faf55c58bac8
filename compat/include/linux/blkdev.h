/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/blkdev.h>

#ifndef _COMPAT_LINUX_BLKDEV_H
#define _COMPAT_LINUX_BLKDEV_H

/*
 * Since 6.9 an open block device is a file.  Before, it is itself, opened by
 * blkdev_get_by_path() or blkdev_get_by_dev() for reading, or for reading and writing.
 */
#ifndef COMPAT_HAS_BDEV_FILE
#include <linux/fs.h>

#define blk_mode_t fmode_t
#define BLK_OPEN_READ	FMODE_READ
#define BLK_OPEN_WRITE	FMODE_WRITE

static inline fmode_t sb_open_mode(unsigned int flags)
{
	return flags & SB_RDONLY ? BLK_OPEN_READ : BLK_OPEN_READ | BLK_OPEN_WRITE;
}

/* Holders have no operations: what is given for them does not exist. */
#define bdev_file_open_by_path(path, mode, holder, ...) \
	((struct file *)blkdev_get_by_path(path, (mode) | FMODE_EXCL, holder))
#define bdev_file_open_by_dev(dev, mode, holder, ...) \
	((struct file *)blkdev_get_by_dev(dev, (mode) | FMODE_EXCL, holder))

static inline struct block_device *file_bdev(struct file *file)
{
	return (struct block_device *)file;
}

static inline void bdev_fput(struct file *file)
{
	blkdev_put(file_bdev(file), FMODE_READ | FMODE_EXCL);
}
#endif

/* Since 7.3 the superblock may be another than the holder; here, it is the same. */
#ifndef COMPAT_HAS_FS_BDEV_FILE
#define fs_bdev_file_open_by_path(path, mode, holder, unused...) \
	bdev_file_open_by_path(path, mode, holder, &fs_holder_ops)
#define fs_bdev_file_release(file, unused...) bdev_fput(file)
#endif

/* Since 6.8 */
#ifndef COMPAT_HAS_BDEV_FREEZE
#define bdev_freeze	freeze_bdev
#define bdev_thaw	thaw_bdev
#endif

/*
 * Since 6.11 what a queue can is part of its limits; before, flags say that.
 *
 * stacking_limits_init(): those of a disk on others, before queue_limits_stack_bdev() is
 * called for each of them; disk_inherit_flags(): what that does not do.
 */
#ifdef COMPAT_HAS_QUEUE_LIMITS_STACK_BDEV
static inline void stacking_limits_init(struct queue_limits *lim)
{
	blk_set_stacking_limits(lim);
	lim->features |= BLK_FEAT_NOWAIT;
}

static inline void disk_inherit_flags(struct gendisk *disk, struct block_device *bdev)
{
}
#else
#define stacking_limits_init blk_set_stacking_limits

static inline struct gendisk *compat_blk_alloc_disk(const struct queue_limits *lim, int node)
{
	struct gendisk *disk = blk_alloc_disk(node);

	if (!disk)
		return ERR_PTR(-ENOMEM);
	blk_queue_flag_set(QUEUE_FLAG_NOWAIT, disk->queue);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, disk->queue);
	return disk;
}

#undef blk_alloc_disk
#define blk_alloc_disk compat_blk_alloc_disk

static inline void queue_limits_stack_bdev(struct queue_limits *lim, struct block_device *bdev,
					   sector_t offset, const char *name)
{
	if (blk_stack_limits(lim, &bdev_get_queue(bdev)->limits, get_start_sect(bdev) + offset))
		pr_notice("%s: Warning: Device %pg is misaligned\n", name, bdev);
}

static inline int queue_limits_set(struct request_queue *q, const struct queue_limits *lim)
{
	q->limits = *lim;
	return 0;
}

static inline void disk_inherit_flags(struct gendisk *disk, struct block_device *bdev)
{
	struct request_queue *q = disk->queue;

	blk_queue_write_cache(q, test_bit(QUEUE_FLAG_WC, &q->queue_flags) || bdev_write_cache(bdev),
			      test_bit(QUEUE_FLAG_FUA, &q->queue_flags) || bdev_fua(bdev));
	if (!bdev_nowait(bdev))
		blk_queue_flag_clear(QUEUE_FLAG_NOWAIT, q);
	if (!blk_queue_nonrot(bdev_get_queue(bdev)))
		blk_queue_flag_clear(QUEUE_FLAG_NONROT, q);
	if (bdev_stable_writes(bdev))
		blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
}
#endif

#endif /* _COMPAT_LINUX_BLKDEV_H */
