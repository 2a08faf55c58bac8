/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs: VMware's datastore file system
 */
#ifndef _VMFS_H
#define _VMFS_H

#include <linux/bitops.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/iomap.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <uapi/linux/vmfs.h>
#include <vmfs/check.h>

/**
 * DOC: Overview
 *
 * A volume (&struct vmfs_volume) is a logical volume on one or more block
 * devices (lvm.c), which linear.c makes one.  What is not file content is metadata and is read and
 * written in pages of 4 KiB, found by their offset in the logical volume
 * (buf.c), with bios of our own (io.c).
 *
 * Everything that can be allocated, file blocks, sub-blocks, pointer blocks
 * and file descriptors, is an item of a resource (resource.c): a system file
 * with one lock and one bitmap for each cluster of items.
 *
 * An inode (inode.c) pins the page with its file descriptor and finds its
 * blocks through it (map.c).  File content goes through iomap (file.c).
 */

/**
 * DOC: Locking
 *
 * In this order, outermost first:
 *
 *  1. inode->i_rwsem: a directory's entries; writes, size and mode of a file
 *  2. mapping->invalidate_lock: held exclusively to take blocks away
 *  3. &vmfs_inode.wb_sem: shared while content is submitted to the devices,
 *     exclusive where blocks are moved, taken away or completed with zeros
 *  4. folio locks
 *  5. freeze protection (sb_start_intwrite()) and &vmfs_journal.sem, by
 *     vmfs_tx_begin(): shared by those that change metadata, exclusive while a
 *     transaction is closed
 *  6. &vmfs_inode.map_sem: addresses of a file's blocks
 *  7. &vmfs_resource.lock: bitmaps of a resource
 *  8. &vmfs_journal.lock: which pages are part of the running transaction
 *  9. the xarray lock of &vmfs_volume.bufs: which pages are in memory, their
 *     references and the list of those that may go
 *
 * &vmfs_journal.commit_mutex, around the writing of a transaction, comes before
 * &vmfs_journal.sem, and is never asked for within a transaction.
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

/* What a volume's items are; also indices of &vmfs_volume.res */
enum vmfs_resource_kind {
	VMFS_FDC,
	VMFS_PB2,
	VMFS_PBC,
	VMFS_SBC,
	VMFS_FBB,
	VMFS_RESOURCES,
};

/**
 * struct vmfs_file_run - a part of a system file that is contiguous in the LV
 * @offset: in the file, bytes
 * @lv: LV offset
 * @length: bytes
 */
struct vmfs_file_run {
	u64 offset;
	u64 lv;
	u64 length;
};

/**
 * struct vmfs_resource - a system file with clusters of items
 * @vol: volume
 * @name: of the system file
 * @kind: which one this is
 * @runs: where the file is, by offset; it, @num_runs, @size, @items and @clusters
 *	change only where that of file blocks grows: under @lock
 * @num_runs: entries of @runs
 * @size: of the file, bytes
 * @items_per_cluster: at most 8 * VMFS_CLUSTER_BITMAP for VMFS-3/5
 * @clusters_per_group: headers in front of a group of items
 * @cg_offset: of the first group in the file, bytes
 * @cg_size: bytes from one group to the next
 * @item_size: bytes; 0 for file blocks, which are not in this file
 * @items: number of all items
 * @clusters: number of clusters that hold items
 * @goal: where to look for the next file block
 * @lock: protects the clusters' bitmaps, and what follows here
 * @maybe: clusters that may have a free item: set for all at first
 * @held: clusters whose lock on disk is ours
 * @counted: clusters below this one are counted in @free
 * @free: free items in the clusters that are counted
 * @busy: items that are free on disk, but not to be used before the transaction
 *	that freed them is written: bitmaps by cluster, of the running transaction
 *	and of the one that is being written
 * @running: which of @busy is of the running transaction
 * @trim_first: file blocks from this one on are being discarded: not to be used
 * @trim_end: the first one that is not; 0 for none
 */
struct vmfs_resource {
	struct vmfs_volume *vol;
	const char *name;
	enum vmfs_resource_kind kind;
	struct vmfs_file_run *runs;
	unsigned int num_runs;
	u64 size;
	u32 items_per_cluster;
	u32 clusters_per_group;
	u32 cg_offset;
	u32 cg_size;
	u32 item_size;
	u64 items;
	u32 clusters;
	u64 goal;
	struct mutex lock; /* see above */
	unsigned long *maybe;
	unsigned long *held;
	u32 counted;
	u64 free;
	struct xarray busy[2];
	unsigned int running;
	u64 trim_first;
	u64 trim_end;
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

/* What is counted, for sysfs.c */
enum vmfs_count {
	VMFS_COUNT_COMMITS,		/* transactions that were written */
	VMFS_COUNT_LOGGED_SECTORS,	/* in all of them */
	VMFS_COUNT_COMPLETED_BLOCKS,	/* file blocks that were filled up with zeros */
	VMFS_COUNT_REPLAYS,		/* of a journal */
	VMFS_COUNT_CORRUPTIONS,		/* as of vmfs_corrupt() */
	VMFS_COUNT_FAILURES,		/* as of vmfs_abort() */
	VMFS_COUNTS,
};

/**
 * struct vmfs_volume - a mounted volume
 * @sb: its super block
 * @options: as mounted
 * @version: 3, 5 or 6
 * @minor: minor version of the file system
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
 * @uuid: of the file system
 * @lv_uuid: of the logical volume
 * @label: name of the datastore
 * @config: VMFS_CONFIG_*
 * @geo: sizes and places
 * @fb_shift: of @geo, as the next three: what everybody needs
 * @sb_size: size of a sub-block, bytes
 * @pb_shift: size of a pointer block
 * @addr_shift: size of a block address: 2, VMFS-6: 3
 * @res: resources
 * @bufs: metadata in memory, by LV offset in pages.  Its lock also protects
 *	@lru, @lru_count and the references of each &struct vmfs_buf
 * @lru: pages that nobody uses, the one longest unused first
 * @lru_count: their number
 * @complaints: limits messages about corruption
 * @journal: see journal.h; NULL while read-only
 * @active: @journal and all that belongs to it can be used: vmfs_is_active()
 * @hb: the heartbeat that is ours; NULL while read-only
 * @hb_sum: vmfs_hb_sum() when the volume was read; where it is not active
 * @host: our UUID
 * @lock_ops: how locks on disk are taken
 * @lock_time: counts what we lock: &vmfs_lock.mtime
 * @workqueue: for @ioends_work; NULL while read-only
 * @partial_files: files with blocks of which a part is written: see partial.h
 * @written: table of such blocks in the journal; NULL while read-only
 * @ioends: content that was written, under @ioends_lock, for @ioends_work
 * @ioends_lock: taken in interrupts
 * @ioends_work: converts blocks that were written
 * @counts: see enum vmfs_count
 * @trim_mutex: held while free blocks are discarded, outside of &vmfs_resource.lock
 * @mounted: in the list of all volumes (lvm.c)
 * @kobj: in sysfs
 * @kobj_released: nobody uses @kobj any more
 */
struct vmfs_volume {
	struct super_block *sb;
	struct vmfs_options options;
	unsigned int version;
	unsigned int minor;
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
	struct vmfs_uuid uuid;
	struct vmfs_uuid lv_uuid;
	char label[VMFS_LABEL_SIZE];
	u32 config;
	struct vmfs_geometry geo;
	unsigned int fb_shift;
	u32 sb_size;
	unsigned int pb_shift;
	unsigned int addr_shift;
	struct vmfs_resource res[VMFS_RESOURCES];
	struct xarray bufs;
	struct list_head lru;
	unsigned long lru_count;
	struct ratelimit_state complaints;
	struct vmfs_journal *journal;
	bool active;
	struct vmfs_hb *hb;
	u64 hb_sum;
	struct vmfs_uuid host;
	const struct vmfs_lock_ops *lock_ops;
	atomic64_t lock_time;
	struct workqueue_struct *workqueue;
	struct xarray partial_files;
	struct vmfs_written_table *written;
	struct list_head ioends;
	spinlock_t ioends_lock; /* see above */
	struct work_struct ioends_work;
	atomic64_t counts[VMFS_COUNTS];
	struct mutex trim_mutex; /* see above */
	struct list_head mounted;
	struct kobject kobj;
	struct completion kobj_released;
};

/**
 * struct vmfs_buf - a page of metadata in memory
 * @vol: volume
 * @index: LV offset in pages
 * @data: the page.  Who may read and change which part of it is decided by the
 *	lock of the object there, not by the page
 * @refs: users, under the lock of &vmfs_volume.bufs; 0: on the list
 * @flags: VMFS_BUF_*
 * @err: of reading it; such a page is not found again
 * @lru: in &vmfs_volume.lru
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
#define VMFS_BUF_DROPPED	2	/* not in &vmfs_volume.bufs any more */

/**
 * struct vmfs_inode - a file, directory, ...
 * @inode: the VFS's
 * @buf: page with the metadata of the file descriptor, pinned
 * @meta: in @buf; under i_rwsem
 * @area: in @buf: addresses or resident data; under @map_sem
 * @area_size: bytes of @area
 * @zla: how data is found; under @map_sem
 * @slot_shift: bytes that one address stands for, as a shift
 * @index: of a directory's names (dirindex.c); made by the first lookup under
 *	@index_mutex, then under i_rwsem
 * @index_mutex: see @index; also held while the lock on disk is taken
 * @map_sem: protects addresses, here and in pointer blocks
 * @wb_sem: see "Locking"
 * @orphan: slot in the table of orphans, or VMFS_NO_ORPHAN
 * @partial: blocks that still read as zero, of which a part is written, or NULL: see
 *	partial.h; set under @map_sem
 * @sequence: counts changes of addresses, for &iomap.validity_cookie; under @map_sem
 * @end_is_zero: nothing but zeros is on disk past the end: see vmfs_clean_end(); set
 *	under i_rwsem and invalidate_lock, both exclusively
 */
struct vmfs_inode {
	struct inode inode;
	struct vmfs_buf *buf;
	struct vmfs_fd_meta *meta;
	void *area;
	unsigned int area_size;
	u32 zla;
	unsigned int slot_shift;
	struct vmfs_dir_index *index;
	struct mutex index_mutex; /* see above */
	struct rw_semaphore map_sem;
	struct rw_semaphore wb_sem;
	u32 orphan;
	struct vmfs_partial_file *partial;
	u64 sequence;
	bool end_is_zero;
};

#define VMFS_NO_ORPHAN	U32_MAX

enum vmfs_map_type {
	VMFS_MAP_HOLE,		/* reads as zero */
	VMFS_MAP_TBZ,		/* allocated, reads as zero */
	VMFS_MAP_DATA,
	VMFS_MAP_RESIDENT,	/* in the file descriptor */
};

/**
 * struct vmfs_map - where a part of a file is
 * @type: enum vmfs_map_type
 * @lv: LV offset of the position that was asked for
 * @length: bytes from there on that are contiguous and alike
 */
struct vmfs_map {
	enum vmfs_map_type type;
	u64 lv;
	u64 length;
};

/* No place: a hole, or in the file descriptor */
static inline void vmfs_map_set(struct vmfs_map *map, enum vmfs_map_type type, u64 length)
{
	map->type = type;
	map->lv = 0;
	map->length = length;
}

static inline void vmfs_count(struct vmfs_volume *vol, enum vmfs_count what, u64 by)
{
	atomic64_add(by, &vol->counts[what]);
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

static inline struct vmfs_inode *to_vmfs(struct inode *inode)
{
	return container_of(inode, struct vmfs_inode, inode);
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
	struct block_device *linear = smp_load_acquire(&vol->linear);

	*at = lv + (linear ? VMFS_LINEAR_BASE : vol->runs->physical);
	return linear ?: vol->sb->s_bdev;
}

static inline u32 vmfs_fb_size(const struct vmfs_volume *vol)
{
	return 1u << vol->fb_shift;
}

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

/* lvmwrite.c */
int vmfs_lvm_catch_up(struct vmfs_volume *vol, struct fs_context *fc);
int vmfs_lvm_tell(struct vmfs_volume *vol, u64 size, u32 devices, struct fs_context *fc);
int vmfs_lvm_expand(struct vmfs_volume *vol, struct fs_context *fc);

/* volume.c */
int vmfs_volume_read(struct vmfs_volume *vol, struct fs_context *fc);
__printf(4, 5)
int vmfs_corrupt(struct vmfs_volume *vol, const char *what, u64 lv, const char *fmt, ...);

/* resource.c */
void vmfs_resources_init(struct vmfs_volume *vol);
int vmfs_resource_open(struct vmfs_volume *vol, enum vmfs_resource_kind kind);
int vmfs_resource_find(struct vmfs_resource *res, struct vmfs_inode *vi);
void vmfs_resource_close(struct vmfs_resource *res);
int vmfs_resource_lv(struct vmfs_resource *res, u64 offset, size_t len, u64 *lv);
int vmfs_resource_cluster(struct vmfs_resource *res, u32 cluster, u64 *lv);
int vmfs_resource_item(struct vmfs_resource *res, u64 item, u64 *lv);
int vmfs_resource_count_free(struct vmfs_resource *res, u64 *count);

/* address.c */
int vmfs_fd_lv(struct vmfs_volume *vol, u32 address, u64 *lv);
int vmfs_pointer_lv(struct vmfs_volume *vol, u64 address, u64 *lv);
int vmfs_item_of(struct vmfs_volume *vol, u32 address, enum vmfs_address_type type, u64 *item);
int vmfs_data_lv(struct vmfs_volume *vol, u64 address, u64 pos, struct vmfs_map *map);

/* map.c */
bool vmfs_map_is_in_memory(struct vmfs_inode *vi, u64 pos);
int vmfs_map_find(struct vmfs_inode *vi, u64 pos, u64 len, struct vmfs_map *map);
int vmfs_file_read(struct inode *inode, u64 pos, void *data, size_t len);

/* inode.c */
struct inode *vmfs_iget_orphan(struct super_block *sb, u32 address);
void vmfs_inode_set_operations(struct inode *inode);
struct inode *vmfs_iget(struct super_block *sb, u32 address, u32 generation);
struct inode *vmfs_inode_alloc(struct super_block *sb);
void vmfs_inode_free(struct inode *inode);
void vmfs_inode_evict(struct inode *inode);
int vmfs_inodes_init(void);
void vmfs_inodes_exit(void);

/* iomap.c */
extern const struct address_space_operations vmfs_aops;
extern const struct iomap_ops vmfs_read_iomap_ops;
extern const struct iomap_ops vmfs_write_iomap_ops;
extern const struct iomap_write_ops vmfs_folio_write_ops;
extern const struct iomap_dio_ops vmfs_dio_ops;
void vmfs_ioends_work(struct work_struct *work);

/* partial.c */
void vmfs_partial_adjust(struct vmfs_inode *vi, u64 pos, struct vmfs_map *map);
void vmfs_partial_attach(struct vmfs_inode *vi);
void vmfs_partial_detach(struct vmfs_inode *vi);
void vmfs_partial_forget_all(struct vmfs_volume *vol);

/* written.c */
int vmfs_written_look(struct vmfs_volume *vol);

/* file.c */
extern const struct file_operations vmfs_file_fops;
extern const struct file_operations vmfs_rdm_fops;
extern const struct inode_operations vmfs_file_iops;
int vmfs_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* symlink.c */
extern const struct inode_operations vmfs_symlink_iops;

/* dirindex.c */

/**
 * struct vmfs_dir_index - the names of a directory in memory
 * @nodes: one for each entry
 * @count: used of @nodes
 * @room: allocated of @nodes
 * @max: of @count
 * @heads: first node of each hash bucket, VMFS_DIR_NONE where there is none
 * @mask: number of @heads - 1
 */
struct vmfs_dir_index {
	struct vmfs_dir_node *nodes;
	u32 count;
	u32 room;
	u64 max;
	u32 *heads;
	u32 mask;
};

/**
 * struct vmfs_dir_node - an entry's place in the index
 * @hash: of the name
 * @next: node of the same bucket, or VMFS_DIR_NONE
 * @where: the entry's place in the directory: its number, VMFS-6: its location
 */
struct vmfs_dir_node {
	u32 hash;
	u32 next;
	u32 where;
};

#define VMFS_DIR_NONE	U32_MAX

struct vmfs_dir_index *vmfs_dir_index_create(u64 max);
void vmfs_dir_index_free(struct vmfs_dir_index *index);
int vmfs_dir_index_add(struct vmfs_dir_index *index, const char *name, unsigned int len,
		       u32 where);
u32 vmfs_dir_index_first(const struct vmfs_dir_index *index, const struct qstr *name);
u32 vmfs_dir_index_next(const struct vmfs_dir_index *index, u32 node);
int vmfs_dir_index_reserve(struct vmfs_dir_index *index);
void vmfs_dir_index_remove(struct vmfs_dir_index *index, u32 node);

/* dir.c, dir6.c */
extern const struct file_operations vmfs_dir_fops;
extern const struct file_operations vmfs_dir6_fops;

/**
 * struct vmfs_entry - an entry of a directory, of any version
 * @address: file descriptor
 * @generation: of it
 * @type: enum vmfs_file_type
 * @len: bytes in @name
 * @name: not terminated
 */
struct vmfs_entry {
	u32 address;
	u32 generation;
	u32 type;
	unsigned int len;
	char name[VMFS6_NAME_MAX + 1];
};

struct dentry *vmfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
int vmfs_dir_find(struct inode *dir, const struct qstr *name, struct vmfs_entry *entry,
		  u32 *node);
int vmfs_dir_parent(struct inode *dir, struct vmfs_entry *entry);
unsigned char vmfs_dtype(u32 type);
int vmfs_dir6_read(struct inode *dir, u32 location, struct vmfs_entry *entry);
int vmfs_dir6_index(struct inode *dir, struct vmfs_dir_index *index);

/* inodewrite.c */
int vmfs_write_inode(struct inode *inode, struct writeback_control *wbc);

/* export.c */
extern const struct export_operations vmfs_export_ops;

/* setattr.c */
int vmfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);

/* namei.c */
extern const struct inode_operations vmfs_dir_iops;

/* ioctl.c */
long vmfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* super.c */
extern const struct super_operations vmfs_sops;

/* sysfs.c */
int vmfs_sysfs_add(struct vmfs_volume *vol);
void vmfs_sysfs_remove(struct vmfs_volume *vol);
int vmfs_sysfs_init(void);
void vmfs_sysfs_exit(void);

/* mount.c */
extern struct file_system_type vmfs_type;

#endif
