/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmfs, the third layer: transactions, the log, and its replay after a crash
 */
#ifndef _VMFS_TX_H
#define _VMFS_TX_H

#include <linux/rwsem.h>
#include <linux/wait.h>

#include "lock.h"

/**
 * DOC: Transactions
 *
 * Whoever changes metadata does so between vmfs_tx_begin() and vmfs_tx_end(), in
 * the pages of buf.c, and marks what was changed with vmfs_tx_dirty().  All
 * changes of all callers are one running transaction, until vmfs_commit() closes
 * it, writes its sectors to the log, and then to where they belong.  The log
 * holds one transaction; it is replayed (recover.c) after a crash.
 *
 * File content is not in the log.  It reaches the device before any transaction that
 * refers to it: blocks read as zero (TBZ) until their content is there, and a flush
 * precedes the log.  Nothing that a transaction frees is used again before that
 * transaction is in the log: &struct vmfs_tx_ops tells the layer above.
 *
 * State: &struct vmfs_journal, which says what each of its locks protects.
 */

/* Sectors of one transaction at most: the log without header and records */
#define VMFS_TX_SECTORS		1600u

/* Sectors that one caller may change: enough for any change of names */
#define VMFS_TX_SMALL		192u

#define VMFS_COMMIT_MS		5000

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
 * struct vmfs_tx_ops - what the layer above does as a transaction is written
 * @closed: the running transaction ends here; nobody changes anything meanwhile
 * @written: the closed transaction is durable, or lost where @err is not 0
 */
struct vmfs_tx_ops {
	void (*closed)(struct vmfs_volume *vol);
	void (*written)(struct vmfs_volume *vol, int err);
};

/**
 * struct vmfs_journal - of a volume that is mounted read-write
 * @vol: volume
 * @lv: LV offset of the file block that it is in
 * @block: number of that file block
 * @ops: of the layer above
 * @sem: see "Locking" in vfs.h
 * @lock: protects @dirty, @sectors, @reserved, &vmfs_buf.dirty
 * @dirty: pages of the running transaction
 * @sectors: sectors in them that changed
 * @reserved: sectors that callers may still change
 * @room: who waits for @reserved to become less
 * @commit_mutex: held while a transaction is written; protects what follows
 * @started: how often a transaction was closed, or found empty
 * @sequence: number of the transaction that was written last
 * @log: its image: VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET bytes
 * @work: commits every VMFS_COMMIT_MS: activate.c
 */
struct vmfs_journal {
	struct vmfs_volume *vol;
	u64 lv;
	u32 block;
	const struct vmfs_tx_ops *ops;
	struct rw_semaphore sem;
	spinlock_t lock; /* see above */
	struct list_head dirty;
	unsigned int sectors;
	unsigned int reserved;
	wait_queue_head_t room;
	struct mutex commit_mutex; /* see above */
	unsigned long started;
	u64 sequence;
	void *log;
	struct delayed_work work;
};

/* tx.c */
int vmfs_tx_begin(struct vmfs_volume *vol, struct vmfs_tx *tx, unsigned int sectors);
void vmfs_tx_dirty(struct vmfs_tx *tx, struct vmfs_buf *buf, const void *start, size_t len);
void vmfs_tx_forget(struct vmfs_tx *tx, u64 lv, u64 len);
void vmfs_tx_end(struct vmfs_tx *tx);

/* commit.c */
int vmfs_commit(struct vmfs_volume *vol);
int vmfs_commit_home(struct vmfs_volume *vol);
void vmfs_discard_changes(struct vmfs_volume *vol);

/* journal.c */
int vmfs_journal_new(struct vmfs_volume *vol, u32 block, const struct vmfs_tx_ops *ops,
		     work_func_t periodic);
int vmfs_journal_format(struct vmfs_volume *vol, bool is_new);
void vmfs_journal_free(struct vmfs_volume *vol);
void vmfs_wake_periodic(struct vmfs_volume *vol);

/* recover.c */
int vmfs_recover(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 struct fs_context *fc);

#endif
