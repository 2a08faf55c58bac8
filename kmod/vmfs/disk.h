/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs, the lowest layer: devices, the logical volume on them, metadata in memory
 */
#ifndef _VMFS_DISK_H
#define _VMFS_DISK_H

#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/xarray.h>

#include <vmfs/check.h>

#include "event.h"

/**
 * DOC: Disk
 *
 * A logical volume is on one or more block devices (lvm.c), which linear.c makes one.
 * What is not file content is metadata.  It is read and written in pages of 4 KiB, found by
 * their offset in the logical volume (buf.c), with bios of our own (io.c).
 *
 * Whatever writes asks vmfs_may_write() first: error.c ends all writing after a
 * failure, or when other hosts may take this one for dead.
 *
 * State: &struct vmfs_disk.  Lock: the xarray lock of &vmfs_disk.bufs.
 */

#define VMFS_BUF_SHIFT	12
#define VMFS_BUF_SIZE	BIT(VMFS_BUF_SHIFT)

/* File data is read and written in these units at least. */
#define VMFS_BLOCK_SHIFT	12
#define VMFS_BLOCK_SIZE		BIT(VMFS_BLOCK_SHIFT)

/*
 * LV offset 0 on the device of linear.c.  On extents, everything is below: a volume that
 * grows from one device to several has no sector twice, which iomap could join.
 */
#define VMFS_LINEAR_BASE	BIT_ULL(48)

struct vmfs_volume;

/**
 * struct vmfs_extent - one block device of a volume
 * @bdev: the device
 * @file: how it was opened; NULL for the device that was mounted
 * @first_pe: number in the logical volume of its first physical extent
 * @last_pe: and of its last
 */
struct vmfs_extent {
	struct block_device *bdev;
	struct file *file;
	u64 first_pe;
	u64 last_pe;
};

/**
 * struct vmfs_run - a part of the logical volume that is contiguous on a device
 * @logical: LV offset, bytes
 * @length: bytes
 * @physical: device offset, bytes
 * @bdev: the device
 */
struct vmfs_run {
	u64 logical;
	u64 length;
	u64 physical;
	struct block_device *bdev;
};

/**
 * struct vmfs_options - of mount
 * @extents: paths of further devices
 * @num_extents: entries of @extents
 * @grow: use all of the devices
 * @takeover_now: the heartbeat of a host that did not close the volume is not watched
 * @discard: the devices are told of blocks that are freed
 * @sets_discard: @discard was named
 * @fallback_ro: where the volume cannot be written to, mount it read-only
 */
struct vmfs_options {
	char *extents[VMFS_MAX_EXTENTS];
	unsigned int num_extents;
	bool grow;
	bool takeover_now;
	bool discard;
	bool sets_discard;
	bool fallback_ro;
};

/* What is counted, for netlink.c */
enum vmfs_count {
	VMFS_COUNT_COMMITS,		/* transactions that were written */
	VMFS_COUNT_LOGGED_SECTORS,	/* in all of them */
	VMFS_COUNT_COMPLETED_BLOCKS,	/* file blocks that were filled up with zeros */
	VMFS_COUNT_REPLAYS,		/* of a journal */
	VMFS_COUNT_CORRUPTIONS,		/* as of vmfs_corrupt() */
	VMFS_COUNT_FAILURES,		/* as of vmfs_shutdown() */
	VMFS_COUNTS,
};

/**
 * struct vmfs_disk - the devices of a volume, and what is in memory of them
 * @extents: devices, in the order of the logical volume
 * @num_extents: entries of @extents
 * @runs: the logical volume, by offset; no gaps
 * @num_runs: entries of @runs
 * @linear: all of @runs as one device (linear.c); NULL where @runs is only one
 * @size: of the logical volume, bytes; it and @runs, @extents only grow while mounted
 * @lvm_generation: what all extents say of the volume, as the next three
 * @lvm_size: bytes; @size may be less
 * @lvm_devices: how many extents there are
 * @lvm_is_behind: some extents say what was before the volume grew
 * @lv_uuid: of the logical volume
 * @mounted: in the list of all volumes (lvm.c)
 * @bufs: metadata in memory, by LV offset in pages.  Its lock also protects
 *	@lru, @lru_count and the references of each &struct vmfs_buf
 * @lru: pages that nobody uses, the one longest unused first
 * @lru_count: their number
 * @complaints: limits messages about corruption
 * @counts: see enum vmfs_count
 * @err: why nothing may be written any more, or 0
 * @reason: the same in words; set after @err
 * @deadline: nothing may be written from then on, ns of boot time: other hosts may take
 *	this one for dead.  Each heartbeat moves it
 */
struct vmfs_disk {
	struct vmfs_extent extents[VMFS_MAX_EXTENTS];
	unsigned int num_extents;
	struct vmfs_run *runs;
	unsigned int num_runs;
	struct block_device *linear;
	u64 size;
	u64 lvm_generation;
	u64 lvm_size;
	u32 lvm_devices;
	bool lvm_is_behind;
	struct vmfs_uuid lv_uuid;
	struct list_head mounted;
	struct xarray bufs;
	struct list_head lru;
	unsigned long lru_count;
	struct ratelimit_state complaints;
	atomic64_t counts[VMFS_COUNTS];
	int err;
	const char *reason;
	u64 deadline;
};

/**
 * struct vmfs_volume - a mounted volume, as every layer sees it
 * @sb: its super block
 * @options: as mounted
 * @version: 3, 5 or 6
 * @minor: minor version of the file system
 * @uuid: of the file system
 * @label: name of the datastore
 * @geo: sizes and places
 * @fb_shift: of @geo, as the next three: what everybody needs
 * @sb_size: size of a sub-block, bytes
 * @pb_shift: size of a pointer block
 * @addr_shift: size of a block address: 2, VMFS-6: 3
 * @active: it can be written to: vmfs_is_active()
 * @disk: state of this layer
 * @locks: state of lock.h
 * @journal: state of tx.h; NULL while read-only
 * @space: state of map.h
 *
 * A layer sees the state of those below it; that of higher ones is only declared here.
 * All is allocated at once: &struct vmfs_mount (vfs.h).
 */
struct vmfs_volume {
	struct super_block *sb;
	struct vmfs_options options;
	unsigned int version;
	unsigned int minor;
	struct vmfs_uuid uuid;
	char label[VMFS_LABEL_SIZE];
	struct vmfs_geometry geo;
	unsigned int fb_shift;
	u32 sb_size;
	unsigned int pb_shift;
	unsigned int addr_shift;
	bool active;
	struct vmfs_disk disk;
	struct vmfs_locks *locks;
	struct vmfs_journal *journal;
	struct vmfs_space *space;
};

/**
 * struct vmfs_buf - a page of metadata in memory
 * @vol: volume
 * @index: LV offset in pages
 * @data: the page.  Who may read and change which part of it is decided by the
 *	lock of the object there, not by the page
 * @refs: users, under the lock of &vmfs_disk.bufs; 0: on the list
 * @flags: VMFS_BUF_*
 * @err: of reading it; such a page is not found again
 * @lru: in &vmfs_disk.lru
 * @dirty: sectors that the running transaction changes, under &vmfs_journal.lock
 * @tx: in &vmfs_journal.dirty, which has a reference
 * @committing: in the transaction that is being written, which has a reference
 * @rcu: to be freed
 */
struct vmfs_buf {
	struct vmfs_volume *vol;
	u64 index;
	void *data;
	unsigned int refs;
	unsigned long flags;
	int err;
	struct list_head lru;
	u8 dirty;
	struct list_head tx;
	struct list_head committing;
	struct rcu_head rcu;
};

/* Bits in &vmfs_buf.flags */
#define VMFS_BUF_READING	0	/* wait for it */
#define VMFS_BUF_USED		1	/* peeked at since vmfs_bufs_shrink() came by */
#define VMFS_BUF_DROPPED	2	/* not in &vmfs_disk.bufs any more */

static inline void vmfs_count(struct vmfs_volume *vol, enum vmfs_count what, u64 by)
{
	atomic64_add(by, &vol->disk.counts[what]);
}

static inline struct vmfs_volume *vmfs_volume(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/**
 * vmfs_is_active() - can the volume be written to?
 * @vol: volume
 *
 * Who is not part of becoming active asks this before looking at &vmfs_volume.journal: a
 * remount that fails takes away what it has made, while others use the volume.
 *
 * Return: whether; from then on until it is unmounted.
 */
static inline bool vmfs_is_active(const struct vmfs_volume *vol)
{
	return smp_load_acquire(&vol->active); /* set by vmfs_activate() */
}

static inline u64 vmfs_buf_lv(const struct vmfs_buf *buf)
{
	return buf->index << VMFS_BUF_SHIFT;
}

/**
 * vmfs_lv_bdev() - the device that a volume is, and a place there
 * @vol: volume
 * @lv: LV offset
 * @at: set to where that is on the device, bytes
 *
 * Return: the device.
 */
static inline struct block_device *vmfs_lv_bdev(const struct vmfs_volume *vol, u64 lv, u64 *at)
{
	/* vmfs_linear_create() makes one while others read and write. */
	struct block_device *linear = smp_load_acquire(&vol->disk.linear);

	*at = lv + (linear ? VMFS_LINEAR_BASE : vol->disk.runs->physical);
	return linear ?: vol->sb->s_bdev;
}

static inline u32 vmfs_fb_size(const struct vmfs_volume *vol)
{
	return 1u << vol->fb_shift;
}

/* error.c */
__printf(4, 5)
int vmfs_corrupt(struct vmfs_volume *vol, const char *what, u64 lv, const char *fmt, ...);
bool vmfs_may_write(struct vmfs_volume *vol);
void vmfs_shutdown(struct vmfs_volume *vol, int err, const char *why);

/* io.c */
int vmfs_bdev_io(struct block_device *bdev, blk_opf_t opf, u64 offset, void *data, size_t len);
int vmfs_lv_io(struct vmfs_volume *vol, blk_opf_t opf, u64 lv, void *data, size_t len);
int vmfs_lv_zero(struct vmfs_volume *vol, u64 lv, u64 len);
int vmfs_lv_discard(struct vmfs_volume *vol, u64 lv, u64 len);
int vmfs_flush(struct vmfs_volume *vol);

/**
 * struct vmfs_batch - writes that are under way together
 * @pending: bios, and one for who waits
 * @done: completed with the last of them
 * @err: of any of them
 * @plug: lets neighbours become one request
 */
struct vmfs_batch {
	atomic_t pending;
	struct completion done;
	int err;
	struct blk_plug plug;
};

void vmfs_batch_begin(struct vmfs_batch *batch);
void vmfs_batch_submit(struct vmfs_batch *batch, struct bio *bio);
void vmfs_batch_write(struct vmfs_volume *vol, struct vmfs_batch *batch, u64 lv, void *data,
		      size_t len);
int vmfs_batch_wait(struct vmfs_batch *batch);

/* buf.c */
struct vmfs_buf *vmfs_buf_get(struct vmfs_volume *vol, u64 lv);
struct vmfs_buf *vmfs_buf_new(struct vmfs_volume *vol, u64 lv);
struct vmfs_buf *vmfs_buf_find(struct vmfs_volume *vol, u64 lv);
bool vmfs_buf_peek(struct vmfs_volume *vol, u64 lv, void *data, size_t len);
void vmfs_buf_hold(struct vmfs_buf *buf);
void vmfs_buf_put(struct vmfs_buf *buf);
void vmfs_buf_drop(struct vmfs_buf *buf);
int vmfs_buf_copy(struct vmfs_volume *vol, u64 lv, void *data, size_t len);
unsigned long vmfs_bufs_shrink(struct vmfs_volume *vol, unsigned long count);
int vmfs_bufs_init(void);
void vmfs_bufs_exit(void);

/* lvm.c */
int vmfs_lvm_open(struct vmfs_volume *vol, struct fs_context *fc);
int vmfs_lvm_claim(struct vmfs_volume *vol, struct fs_context *fc);
void vmfs_lvm_close(struct vmfs_volume *vol);
int vmfs_lvm_add(struct vmfs_volume *vol, const char *path, struct fs_context *fc);
const struct vmfs_run *vmfs_lvm_find(struct vmfs_volume *vol, u64 lv);

/* linear.c */
int vmfs_linear_create(struct vmfs_volume *vol);
int vmfs_linear_add(struct vmfs_volume *vol, const struct vmfs_extent *extent);
void vmfs_linear_set_size(struct vmfs_volume *vol, u64 size);
void vmfs_linear_destroy(struct vmfs_volume *vol);

/* lvm_write.c */
int vmfs_lvm_catch_up(struct vmfs_volume *vol, struct fs_context *fc);
int vmfs_lvm_tell(struct vmfs_volume *vol, u64 size, u32 devices, struct fs_context *fc);
int vmfs_lvm_expand(struct vmfs_volume *vol, struct fs_context *fc);

#endif
