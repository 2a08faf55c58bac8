/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs, the fourth layer: what can be allocated, and which of it is a file's
 */
#ifndef _VMFS_MAP_H
#define _VMFS_MAP_H

#include <linux/bitops.h>

#include "tx.h"

/**
 * DOC: Resources and files
 *
 * Everything that can be allocated, file blocks, sub-blocks, pointer blocks and file
 * descriptors, is an item of a resource (resource.c): a system file with one lock and
 * one bitmap for each cluster of items (alloc.c).
 *
 * A file has a file descriptor (descriptor.c), which leads to its blocks directly or
 * through pointer blocks (map.c, map_write.c, map_free.c).  partial.c knows what is
 * written of a block that reads as zero on disk; fsync() puts that into a table in the
 * journal (written.c).
 *
 * State: &struct vmfs_space, &struct vmfs_inode.  Locks: &vmfs_inode.map_sem,
 * &vmfs_space.trim_mutex, &vmfs_resource.lock.
 */

struct vmfs_dir_index;

/* What a volume's items are; also indices of &vmfs_space.res */
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
 * struct vmfs_space - what a volume has for files, and what of it is in use
 * @res: resources
 * @held_fds: file descriptors whose lock on disk is ours, by number of the item; of one
 *	inode it changes under &vmfs_inode.index_mutex or with nobody else around.  NULL
 *	while read-only
 * @partial_files: files with blocks of which a part is written: see partial.h
 * @written: table of such blocks in the journal; NULL while read-only
 * @trim_mutex: held while free blocks are discarded, outside of &vmfs_resource.lock
 */
struct vmfs_space {
	struct vmfs_resource res[VMFS_RESOURCES];
	unsigned long *held_fds;
	struct xarray partial_files;
	struct vmfs_written_table *written;
	struct mutex trim_mutex; /* see above */
};

/**
 * struct vmfs_inode - a file, directory, ...
 * @inode: the VFS's
 * @buf: page with the metadata of the file descriptor, pinned
 * @meta: in @buf; under i_rwsem
 * @area: in @buf: addresses or resident data; under @map_sem
 * @area_size: bytes of @area
 * @zla: how data is found; under @map_sem
 * @slot_shift: bytes that one address stands for, as a shift
 * @index: of a directory's names (dir_index.c); made by the first lookup under
 *	@index_mutex, then under i_rwsem
 * @index_mutex: see @index; also held while the lock on disk is taken
 * @map_sem: protects addresses, here and in pointer blocks
 * @wb_sem: see "Locking" in vfs.h
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

static inline struct vmfs_inode *to_vmfs(struct inode *inode)
{
	return container_of(inode, struct vmfs_inode, inode);
}

/* resource.c */
int vmfs_resources_init(struct vmfs_volume *vol);
u32 vmfs_resource_fd(enum vmfs_resource_kind kind);
int vmfs_resource_open(struct vmfs_resource *res, struct vmfs_inode *vi);
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

/* alloc.c */
extern const struct vmfs_tx_ops vmfs_alloc_tx_ops;
int vmfs_alloc_open(struct vmfs_resource *res);
void vmfs_alloc_close(struct vmfs_resource *res);
int vmfs_alloc(struct vmfs_tx *tx, struct vmfs_resource *res, u64 hint, u32 want, u64 *first,
	       u32 *got, u32 *generation);
int vmfs_free(struct vmfs_tx *tx, struct vmfs_resource *res, u64 first, u32 count);
int vmfs_find_free(struct vmfs_resource *res, u64 *item);
int vmfs_is_free(struct vmfs_resource *res, u64 item, bool *free);
int vmfs_count_free(struct vmfs_resource *res, u64 *free);
bool vmfs_commit_frees(struct vmfs_volume *vol);
int vmfs_unlock_clusters(struct vmfs_volume *vol);
int vmfs_trim(struct vmfs_volume *vol, u64 start, u64 len, u64 min_len, u64 *trimmed);

/* descriptor.c */
int vmfs_descriptors_open(struct vmfs_volume *vol);
void vmfs_descriptors_close(struct vmfs_volume *vol);
int vmfs_lock_inode(struct vmfs_tx *tx, struct vmfs_inode *vi);
void vmfs_release_inode_lock(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_unlock_files(struct vmfs_volume *vol);
void vmfs_inode_log(struct vmfs_tx *tx, struct vmfs_inode *vi);

/* map.c */
bool vmfs_map_is_in_memory(struct vmfs_inode *vi, u64 pos);
int vmfs_map_find(struct vmfs_inode *vi, u64 pos, u64 len, struct vmfs_map *map);
int vmfs_file_read(struct inode *inode, u64 pos, void *data, size_t len);

/* map_write.c */
int vmfs_map_alloc(struct vmfs_inode *vi, u64 pos, u64 len);
/* Blocks that one call may convert: the table of written.c has each in another sector */
#define VMFS_CONVERT_AT_ONCE	128u

int vmfs_map_convert(struct vmfs_inode *vi, u64 block, u64 count, u64 size);
int vmfs_map_free(struct vmfs_inode *vi, u64 from, u64 to);
int vmfs_map_zero(struct vmfs_inode *vi, u64 from, u64 to);
int vmfs_map_grow(struct vmfs_inode *vi, u64 size);
int vmfs_map_add_fb(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block, u64 *lv);
int vmfs_map_dir_to_fb(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_map_new_content(struct vmfs_tx *tx, struct vmfs_inode *vi, const void *content,
			 u32 len);
void vmfs_map_init(struct vmfs_inode *vi, u32 zla);
u64 vmfs_map_room(struct vmfs_inode *vi);

/* partial.c */
int vmfs_partial_written(struct vmfs_inode *vi, u64 pos, u64 len, bool extends);
int vmfs_partial_cut(struct vmfs_inode *vi, u64 from, u64 to);
int vmfs_partial_cut_blocks(struct vmfs_inode *vi, u64 first, u64 end);
void vmfs_partial_forget(struct vmfs_tx *tx, struct vmfs_inode *vi, u64 block);
void vmfs_partial_adjust(struct vmfs_inode *vi, u64 pos, struct vmfs_map *map);
void vmfs_partial_attach(struct vmfs_inode *vi);
void vmfs_partial_detach(struct vmfs_inode *vi);
void vmfs_partial_forget_all(struct vmfs_volume *vol);

/* written.c */
int vmfs_written_open(struct vmfs_volume *vol, bool is_new);
void vmfs_written_close(struct vmfs_volume *vol);
bool vmfs_written_is_empty(struct vmfs_volume *vol);
bool vmfs_written_is_crowded(struct vmfs_volume *vol);
int vmfs_written_look(struct vmfs_volume *vol);

#endif
