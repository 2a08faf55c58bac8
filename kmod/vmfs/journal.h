/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changing a volume: transactions, allocation, locks on disk, the heartbeat
 */
#ifndef _VMFS_JOURNAL_H
#define _VMFS_JOURNAL_H

#include "vmfs.h"

/**
 * DOC: Transactions
 *
 * Whoever changes metadata does so between vmfs_tx_begin() and vmfs_tx_end(), in
 * the pages of buf.c, and marks what was changed with vmfs_tx_dirty().  All
 * changes of all callers are one running transaction, until vmfs_commit() closes
 * it, writes its sectors to the log, and then to where they belong.  The log
 * holds one transaction; it is replayed (recover.c) after a crash.
 *
 * File content is not in the log.  What was written is on the device before a
 * transaction that speaks of it: blocks read as zero (TBZ) until their content
 * is there, and the log is written behind a flush.  Nothing that a transaction
 * frees is used again before that transaction is in the log.
 */

/* Sectors of one transaction at most: the log without header and records */
#define VMFS_TX_SECTORS		1600u

/* Sectors that one caller may change: enough for any change of names */
#define VMFS_TX_SMALL		192u

/**
 * struct vmfs_tx - a caller's part of the running transaction
 * @vol: volume
 * @reserved: sectors that were asked for and are not yet used
 * @nofs: for memalloc_nofs_restore()
 */
struct vmfs_tx {
	struct vmfs_volume *vol;
	unsigned int reserved;
	unsigned int nofs;
};

/**
 * struct vmfs_journal - of a volume that is mounted read-write
 * @vol: volume
 * @lv: LV offset of the file block that it is in
 * @block: number of that file block
 * @sem: see "Locking" in vmfs.h
 * @lock: protects @dirty, @sectors, @reserved, &vmfs_buf.dirty, @err
 * @dirty: pages of the running transaction
 * @sectors: sectors in them that changed
 * @reserved: sectors that callers may still change
 * @room: who waits for @reserved to become less
 * @err: why nothing can be changed any more, or 0
 * @commit_mutex: held while a transaction is written; protects what follows
 * @started: how often a transaction was closed, or found empty
 * @sequence: number of the transaction that was written last
 * @log: its image: VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET bytes
 * @work: commits every VMFS_COMMIT_MS
 * @rounds: how often @work was done
 * @held: file descriptors whose lock on disk is ours, by number of the item; of one
 *	inode it changes under &vmfs_inode.index_mutex or with nobody else around
 * @orphans: used slots of the table of orphans, under @orphans_lock
 * @orphans_lock: see @orphans
 */
struct vmfs_journal {
	struct vmfs_volume *vol;
	u64 lv;
	u32 block;
	struct rw_semaphore sem;
	spinlock_t lock; /* see above */
	struct list_head dirty;
	unsigned int sectors;
	unsigned int reserved;
	wait_queue_head_t room;
	int err;
	struct mutex commit_mutex; /* see above */
	unsigned long started;
	u64 sequence;
	void *log;
	struct delayed_work work;
	unsigned int rounds;
	unsigned long *held;
	unsigned long *orphans;
	spinlock_t orphans_lock; /* see above */
};

#define VMFS_COMMIT_MS		5000
/* Blocks of which a part is written get into the log every so many commits. */
#define VMFS_PARTIAL_ROUNDS	6

/**
 * struct vmfs_hb - our heartbeat
 * @vol: volume
 * @lv: LV offset of the slot
 * @lock: held while the slot is written; protects @slot, @next, @seen and @tried
 * @slot: what is on disk, but for the stamp of pulses that failed
 * @next: what is being written
 * @seen: what was read
 * @tried: the newest stamp that may be on disk
 * @workqueue: for @work
 * @work: the pulse
 * @pulsed: when the last pulse that arrived was submitted, ns of boot time
 */
struct vmfs_hb {
	struct vmfs_volume *vol;
	u64 lv;
	struct mutex lock; /* see above */
	struct vmfs_heartbeat *slot;
	struct vmfs_heartbeat *next;
	struct vmfs_heartbeat *seen;
	u64 tried;
	struct workqueue_struct *workqueue;
	struct delayed_work work;
	u64 pulsed;
};

/**
 * struct vmfs_lock_ops - how locks on disk are taken
 * @name: as given to -o lock=
 * @acquire: become the exclusive owner of the lock at @lock in @buf
 * @release: give it up
 *
 * Both are called within a transaction, with what protects the lock sector held,
 * and use one sector of it.  Errors: -EBUSY, another host has it; -EIO.
 */
struct vmfs_lock_ops {
	const char *name;
	int (*acquire)(struct vmfs_tx *tx, struct vmfs_buf *buf, struct vmfs_lock *lock);
	int (*release)(struct vmfs_tx *tx, struct vmfs_buf *buf, struct vmfs_lock *lock);
};

/* tx.c */
int vmfs_tx_begin(struct vmfs_volume *vol, struct vmfs_tx *tx, unsigned int sectors);
void vmfs_tx_dirty(struct vmfs_tx *tx, struct vmfs_buf *buf, const void *start, size_t len);
void vmfs_tx_forget(struct vmfs_tx *tx, u64 lv, u64 len);
void vmfs_tx_end(struct vmfs_tx *tx);
void vmfs_abort(struct vmfs_volume *vol, int err, const char *why);

/* commit.c */
int vmfs_commit(struct vmfs_volume *vol);
int vmfs_commit_home(struct vmfs_volume *vol);
bool vmfs_commit_frees(struct vmfs_volume *vol);
void vmfs_discard_changes(struct vmfs_volume *vol);

/* activate.c */
int vmfs_activate(struct vmfs_volume *vol, struct fs_context *fc);
void vmfs_wake_periodic(struct vmfs_volume *vol);
void vmfs_stop_commits(struct vmfs_volume *vol);
int vmfs_deactivate(struct vmfs_volume *vol);

/* recover.c */
int vmfs_recover(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 struct fs_context *fc);

/* heartbeat.c */
int vmfs_hb_read_all(struct vmfs_volume *vol, struct vmfs_heartbeat **slots);
int vmfs_hb_look(struct vmfs_volume *vol, struct fs_context *fc);
u64 vmfs_hb_sum(const struct vmfs_heartbeat *slots);
bool vmfs_hb_alive(struct vmfs_volume *vol);
int vmfs_hb_open(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 const struct vmfs_heartbeat *stale);
u64 vmfs_hb_next_generation(const struct vmfs_volume *vol);
int vmfs_hb_mark(struct vmfs_volume *vol, const struct vmfs_log_header *log);
int vmfs_hb_claim(struct vmfs_volume *vol, u32 journal_block);
int vmfs_hb_alone(struct vmfs_volume *vol);
int vmfs_hb_end_log(struct vmfs_volume *vol);
int vmfs_hb_release(struct vmfs_volume *vol);
void vmfs_hb_stop(struct vmfs_volume *vol);
void vmfs_hb_host_uuid(struct vmfs_uuid *uuid);

/* lock.c */
extern const struct vmfs_lock_ops vmfs_lock_local;
int vmfs_lock_inode(struct vmfs_tx *tx, struct vmfs_inode *vi);
void vmfs_release_inode_lock(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_unlock_files(struct vmfs_volume *vol);
int vmfs_unlock_clusters(struct vmfs_volume *vol);

/* alloc.c */
int vmfs_alloc_open(struct vmfs_resource *res);
void vmfs_alloc_close(struct vmfs_resource *res);
int vmfs_alloc(struct vmfs_tx *tx, struct vmfs_resource *res, u64 hint, u32 want, u64 *first,
	       u32 *got, u32 *generation);
int vmfs_free(struct vmfs_tx *tx, struct vmfs_resource *res, u64 first, u32 count);
int vmfs_find_free(struct vmfs_resource *res, u64 *item);
int vmfs_is_free(struct vmfs_resource *res, u64 item, bool *free);
int vmfs_count_free(struct vmfs_resource *res, u64 *free);
void vmfs_busy_close(struct vmfs_resource *res);
void vmfs_busy_release(struct vmfs_resource *res);
void vmfs_discard_freed(struct vmfs_volume *vol);
int vmfs_trim(struct vmfs_volume *vol, u64 start, u64 len, u64 min_len, u64 *trimmed);

/* grow.c */
int vmfs_grow(struct vmfs_volume *vol, struct vmfs_options *options, bool read_only,
	      struct fs_context *fc);

/* orphan.c */
int vmfs_orphan_add(struct vmfs_tx *tx, struct vmfs_inode *vi);
void vmfs_orphan_del(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_orphans_load(struct vmfs_volume *vol);
int vmfs_orphans_release(struct vmfs_volume *vol);

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
int vmfs_partial_log(struct vmfs_inode *vi);
int vmfs_partial_log_all(struct vmfs_volume *vol);
int vmfs_partial_complete_all(struct vmfs_volume *vol);
int vmfs_partial_recover(struct vmfs_volume *vol);

/* written.c */
int vmfs_written_open(struct vmfs_volume *vol, bool is_new);
void vmfs_written_close(struct vmfs_volume *vol);
bool vmfs_written_is_empty(struct vmfs_volume *vol);
bool vmfs_written_is_crowded(struct vmfs_volume *vol);
bool vmfs_written_relieve(struct vmfs_volume *vol);

/* write.c */
ssize_t vmfs_write_iter(struct kiocb *iocb, struct iov_iter *from);
int vmfs_make_room(struct inode *inode, u64 size);

/* resize.c */
int vmfs_clean_end(struct inode *inode);
int vmfs_zero_gap(struct inode *inode, u64 end);
int vmfs_resize(struct inode *inode, u64 size);
long vmfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* namei.c */
int vmfs_make_rdm(struct inode *dir, struct dentry *dentry, const struct vmfs_rdm *rdm);

/* rdm.c */
void vmfs_rdm_init(struct vmfs_inode *vi, const struct vmfs_rdm *rdm);
long vmfs_rdm_ioctl(struct file *file, unsigned int cmd, struct vmfs_rdm __user *arg);

/* inode_write.c */
void vmfs_inode_release(struct inode *inode);
void vmfs_inode_log(struct vmfs_tx *tx, struct vmfs_inode *vi);
int vmfs_inode_save(struct vmfs_inode *vi);
struct inode *vmfs_inode_create(struct mnt_idmap *idmap, struct vmfs_tx *tx, struct inode *dir,
				umode_t mode, u32 type);

/* dir_write.c */
int vmfs_dir_add(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		 struct inode *inode);
int vmfs_dir_remove(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name);
int vmfs_dir_replace(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		     struct inode *inode);
int vmfs_dir_set_parent(struct vmfs_tx *tx, struct inode *dir, struct inode *parent);
int vmfs_dir_make(struct vmfs_tx *tx, struct inode *dir, struct inode *parent);
bool vmfs_dir_is_empty(struct inode *dir);

#endif
