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

struct blk_holder_ops;

static inline struct file *bdev_file_open_by_path(const char *path, blk_mode_t mode, void *holder,
						  const struct blk_holder_ops *hops)
{
	return (struct file *)blkdev_get_by_path(path, mode | FMODE_EXCL, holder);
}

static inline struct file *bdev_file_open_by_dev(dev_t dev, blk_mode_t mode, void *holder,
						 const struct blk_holder_ops *hops)
{
	return (struct file *)blkdev_get_by_dev(dev, mode | FMODE_EXCL, holder);
}

static inline struct block_device *file_bdev(struct file *file)
{
	return (struct block_device *)file;
}

static inline void bdev_fput(struct file *file)
{
	blkdev_put(file_bdev(file), FMODE_READ | FMODE_EXCL);
}
#endif

/* Since 6.8 */
#ifndef COMPAT_HAS_BDEV_FREEZE
#define bdev_freeze	freeze_bdev
#define bdev_thaw	thaw_bdev
#endif

#endif /* _COMPAT_LINUX_BLKDEV_H */
