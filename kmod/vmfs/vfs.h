/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs, the highest layer: inodes, directories, names, file content, mounting
 */
#ifndef _VMFS_VFS_H
#define _VMFS_VFS_H

#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/refcount.h>

#include <uapi/linux/vmfs.h>

#include "map.h"

/**
 * DOC: Layers
 *
 * Each layer has a header that says what it offers, its state and its locks.  A file
 * includes the header of its own layer, and calls that layer and those above it in this
 * list; make style checks that.
 *
 *   disk: event error io buf lvm lvm_write linear
 *   lock: lock heartbeat
 *   tx: tx commit journal recover
 *   map: resource address alloc descriptor map map_write map_free partial written
 *   vfs: inode inode_write orphan dir dir_write dir_index dir6 namei symlink setattr file
 *   vfs: iomap write resize complete rdm ioctl export volume activate grow super mount
 *   vfs: netlink main
 *
 * event.h is of the lowest layer, map_write.h and partial.h of the fourth, too.
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
 *  9. the xarray lock of &vmfs_disk.bufs: which pages are in memory, their
 *     references and the list of those that may go
 *
 * &vmfs_journal.commit_mutex, around the writing of a transaction, comes before
 * &vmfs_journal.sem, and is never asked for within a transaction.
 */

/**
 * struct vmfs_mount - a mounted volume, with the state of all layers
 * @vol: what every layer sees of it; &super_block.s_fs_info
 * @locks: state of lock.h
 * @space: state of map.h
 * @workqueue: for @ioends_work; NULL while read-only
 * @ioends: content that was written, under @ioends_lock, for @ioends_work
 * @ioends_lock: taken in interrupts
 * @ioends_work: converts blocks that were written
 * @rounds: how often the periodic work was done
 * @orphans: used slots of the table of orphans, under @orphans_lock
 * @orphans_lock: see @orphans
 * @users: who looks at it, in netlink.c
 * @unused: nobody does any more
 */
struct vmfs_mount {
	struct vmfs_volume vol;
	struct vmfs_locks locks;
	struct vmfs_space space;
	struct workqueue_struct *workqueue;
	struct list_head ioends;
	spinlock_t ioends_lock; /* see above */
	struct work_struct ioends_work;
	unsigned int rounds;
	DECLARE_BITMAP(orphans, VMFS_ORPHANS);
	spinlock_t orphans_lock; /* see above */
	refcount_t users;
	struct completion unused;
};

static inline struct vmfs_mount *vmfs_mount(struct vmfs_volume *vol)
{
	return container_of(vol, struct vmfs_mount, vol);
}

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

/* file.c */
extern const struct file_operations vmfs_file_fops;
extern const struct file_operations vmfs_rdm_fops;
extern const struct inode_operations vmfs_file_iops;
int vmfs_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* symlink.c */
extern const struct inode_operations vmfs_symlink_iops;

/* dir_index.c */

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

/* inode_write.c */
int vmfs_write_inode(struct inode *inode, struct writeback_control *wbc);
void vmfs_inode_release(struct inode *inode);
int vmfs_inode_save(struct vmfs_inode *vi);
struct inode *vmfs_inode_create(struct mnt_idmap *idmap, struct vmfs_tx *tx, struct inode *dir,
				umode_t mode, u32 type);

/* export.c */
extern const struct export_operations vmfs_export_ops;

/* setattr.c */
int vmfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);

/* namei.c */
extern const struct inode_operations vmfs_dir_iops;
int vmfs_make_rdm(struct inode *dir, struct dentry *dentry, const struct vmfs_rdm *rdm);

/* ioctl.c */
long vmfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* super.c */
extern const struct super_operations vmfs_sops;
int vmfs_free_items(struct vmfs_volume *vol, enum vmfs_resource_kind kind, u64 *free);

/* netlink.c */
int vmfs_netlink_add(struct vmfs_volume *vol);
bool vmfs_netlink_remove(struct vmfs_volume *vol);
int vmfs_netlink_init(void);
void vmfs_netlink_exit(void);

/* mount.c */
extern struct file_system_type vmfs_type;

/* orphan.c */
int vmfs_orphan_add(struct vmfs_tx *tx, struct vmfs_inode *vi);
void vmfs_orphan_del(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_orphans_load(struct vmfs_volume *vol);
int vmfs_orphans_release(struct vmfs_volume *vol);

/* dir_write.c */
int vmfs_dir_add(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		 struct inode *inode);
int vmfs_dir_remove(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name);
int vmfs_dir_replace(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		     struct inode *inode);
int vmfs_dir_set_parent(struct vmfs_tx *tx, struct inode *dir, struct inode *parent);
int vmfs_dir_make(struct vmfs_tx *tx, struct inode *dir, struct inode *parent);
bool vmfs_dir_is_empty(struct inode *dir);

/* write.c */
ssize_t vmfs_write_iter(struct kiocb *iocb, struct iov_iter *from);
int vmfs_make_room(struct inode *inode, u64 size);

/* resize.c */
int vmfs_clean_end(struct inode *inode);
int vmfs_zero_gap(struct inode *inode, u64 end);
int vmfs_resize(struct inode *inode, u64 size);
long vmfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* rdm.c */
void vmfs_rdm_init(struct vmfs_inode *vi, const struct vmfs_rdm *rdm);
long vmfs_rdm_ioctl(struct file *file, unsigned int cmd, struct vmfs_rdm __user *arg);

/* grow.c */
int vmfs_grow(struct vmfs_volume *vol, struct vmfs_options *options, bool read_only,
	      struct fs_context *fc);

/* activate.c */
int vmfs_activate(struct vmfs_volume *vol, struct fs_context *fc);
void vmfs_stop_commits(struct vmfs_volume *vol);
int vmfs_deactivate(struct vmfs_volume *vol);

/* complete.c */
int vmfs_log_partial(struct vmfs_inode *vi);
int vmfs_log_all_partial(struct vmfs_volume *vol);
int vmfs_complete_all(struct vmfs_volume *vol);
bool vmfs_complete_oldest(struct vmfs_volume *vol);
int vmfs_complete_recovered(struct vmfs_volume *vol);

/* volume.c */
int vmfs_volume_read(struct vmfs_volume *vol, struct fs_context *fc);

#endif
