// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions, as those who change metadata see them.
 */
#include <linux/sched/mm.h>

#include "tx.h"

/* Reserve sectors of the running transaction, unless it could get too large. */
static bool vmfs_tx_reserve(struct vmfs_journal *journal, unsigned int sectors)
{
	bool fits;

	spin_lock(&journal->lock);
	fits = journal->sectors + journal->reserved + sectors <= VMFS_TX_SECTORS;
	if (fits)
		journal->reserved += sectors;
	spin_unlock(&journal->lock);
	return fits;
}

/*
 * Others reserve for the worst case, as we do, and use little of it: what they leave may be
 * enough.  Where what is used already is too much, the transaction must be written.
 */
static void vmfs_tx_make_room(struct vmfs_volume *vol, unsigned int sectors)
{
	struct vmfs_journal *journal = vol->journal;

	wait_event(journal->room,
		   READ_ONCE(journal->sectors) + sectors > VMFS_TX_SECTORS ||
		   READ_ONCE(journal->sectors) + READ_ONCE(journal->reserved) + sectors <=
		   VMFS_TX_SECTORS);
	if (READ_ONCE(journal->sectors) + sectors > VMFS_TX_SECTORS)
		vmfs_commit(vol);
}

/**
 * vmfs_tx_begin() - begin to change metadata
 * @vol: volume that is mounted read-write
 * @tx: set, for vmfs_tx_dirty() and vmfs_tx_end()
 * @sectors: how many sectors may be changed, up to VMFS_TX_SECTORS
 *
 * What is changed until vmfs_tx_end() is atomic.  Memory is allocated with
 * GFP_NOFS meanwhile.
 *
 * Context: sleeps; not within another transaction, nor with a lock that comes
 * after &vmfs_journal.sem.
 * Return: 0, or why nothing can be changed: -EROFS, -EIO.
 */
int vmfs_tx_begin(struct vmfs_volume *vol, struct vmfs_tx *tx, unsigned int sectors)
{
	struct vmfs_journal *journal = vol->journal;
	int err;

	if (!journal)
		return -EROFS;
	sb_start_intwrite(vol->sb);
	for (;;) {
		down_read(&journal->sem);
		err = vmfs_may_write(vol) ? 0 : vol->disk.err;
		if (err) {
			up_read(&journal->sem);
			sb_end_intwrite(vol->sb);
			return err;
		}
		if (vmfs_tx_reserve(journal, sectors))
			break;
		up_read(&journal->sem);
		vmfs_tx_make_room(vol, sectors);
	}
	tx->vol = vol;
	tx->reserved = sectors;
	tx->nofs = memalloc_nofs_save();
	return 0;
}

/**
 * vmfs_tx_dirty() - tell of a change
 * @tx: transaction
 * @buf: page; it stays in memory until the transaction is written
 * @start: the first byte in the page that was or will be changed
 * @len: bytes
 */
void vmfs_tx_dirty(struct vmfs_tx *tx, struct vmfs_buf *buf, const void *start, size_t len)
{
	struct vmfs_journal *journal = tx->vol->journal;
	size_t at = start - buf->data;
	u8 mask = GENMASK((at + len - 1) / VMFS_SECTOR, at / VMFS_SECTOR);
	unsigned int more;
	bool overrun;

	spin_lock(&journal->lock);
	if (list_empty(&buf->tx)) {
		list_add_tail(&buf->tx, &journal->dirty);
		vmfs_buf_hold(buf);
	}
	more = hweight8(mask & ~buf->dirty);
	overrun = more > tx->reserved;
	buf->dirty |= mask;
	journal->sectors += more;
	more = min(more, tx->reserved);
	tx->reserved -= more;
	journal->reserved -= more;
	spin_unlock(&journal->lock);
	/* The log might have no room for it.  With this, the transaction is never written. */
	if (WARN_ON_ONCE(overrun))
		vmfs_shutdown(tx->vol, -EIO, "a change is larger than what was reserved for it");
}

/* Take a page out of the running transaction: it is no metadata any more. */
static void vmfs_tx_forget_page(struct vmfs_tx *tx, u64 lv)
{
	struct vmfs_journal *journal = tx->vol->journal;
	struct vmfs_buf *buf = vmfs_buf_find(tx->vol, lv);
	bool was_dirty;

	if (!buf)
		return;
	spin_lock(&journal->lock);
	was_dirty = !list_empty(&buf->tx);
	if (was_dirty) {
		list_del_init(&buf->tx);
		journal->sectors -= hweight8(buf->dirty);
		buf->dirty = 0;
	}
	spin_unlock(&journal->lock);
	if (was_dirty)
		vmfs_buf_put(buf);
	vmfs_buf_drop(buf);
}

/**
 * vmfs_tx_forget() - metadata is freed
 * @tx: transaction that frees it
 * @lv: LV offset of what was metadata, of whole pages
 * @len: bytes
 *
 * Nothing of it is written from now on: it may become file content, which the
 * log must not overwrite.
 */
void vmfs_tx_forget(struct vmfs_tx *tx, u64 lv, u64 len)
{
	u64 end = lv + len;

	for (; lv < end; lv += VMFS_BUF_SIZE)
		vmfs_tx_forget_page(tx, lv);
}

/**
 * vmfs_tx_end() - done with changes
 * @tx: of vmfs_tx_begin()
 */
void vmfs_tx_end(struct vmfs_tx *tx)
{
	struct vmfs_journal *journal = tx->vol->journal;

	spin_lock(&journal->lock);
	journal->reserved -= tx->reserved;
	spin_unlock(&journal->lock);
	if (wq_has_sleeper(&journal->room))
		wake_up_all(&journal->room);
	memalloc_nofs_restore(tx->nofs);
	up_read(&journal->sem);
	sb_end_intwrite(tx->vol->sb);
}
