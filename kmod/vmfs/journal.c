// SPDX-License-Identifier: GPL-2.0
/*
 * The journal: a file block with the log of this host.
 */
#include <linux/crc32c.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "tx.h"

#define LOG_SIZE	(VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET)

/**
 * vmfs_journal_new() - what is in memory of a journal
 * @vol: volume
 * @block: number of its file block
 * @ops: of the layer above
 * @periodic: work of &vmfs_journal.work
 *
 * Return: 0 or -ENOMEM; vmfs_journal_free() cleans up in any case.
 */
int vmfs_journal_new(struct vmfs_volume *vol, u32 block, const struct vmfs_tx_ops *ops,
		     work_func_t periodic)
{
	struct vmfs_journal *journal = kzalloc(sizeof(*journal), GFP_KERNEL);

	if (!journal)
		return -ENOMEM;
	journal->vol = vol;
	journal->block = block;
	journal->lv = (u64)block << vol->fb_shift;
	journal->ops = ops;
	init_rwsem(&journal->sem);
	spin_lock_init(&journal->lock);
	init_waitqueue_head(&journal->room);
	INIT_LIST_HEAD(&journal->dirty);
	mutex_init(&journal->commit_mutex);
	INIT_DELAYED_WORK(&journal->work, periodic);
	journal->log = vzalloc(LOG_SIZE);
	vol->disk.err = 0;
	vol->journal = journal;
	return journal->log ? 0 : -ENOMEM;
}

/**
 * vmfs_journal_free() - undo vmfs_journal_new()
 * @vol: volume, with or without a journal; nobody changes anything any more
 */
void vmfs_journal_free(struct vmfs_volume *vol)
{
	struct vmfs_journal *journal = vol->journal;

	if (!journal)
		return;
	cancel_delayed_work_sync(&journal->work);
	vfree(journal->log);
	vol->journal = NULL;
	kfree(journal);
}

/**
 * vmfs_journal_format() - begin an empty log
 * @vol: volume with its journal, which claims its heartbeat next
 * @is_new: the journal is not one that is taken over
 *
 * A new journal begins with zeros, which are an empty one to ESXi, and the table of
 * orphans, which one that is taken over has.
 *
 * Return: 0 or -EIO.
 */
int vmfs_journal_format(struct vmfs_volume *vol, bool is_new)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_log_header *header = journal->log;
	int err = 0;

	memset(journal->log, 0, LOG_SIZE);
	if (is_new)
		err = vmfs_lv_io(vol, REQ_OP_WRITE, journal->lv, journal->log, VMFS_LOG_OFFSET);
	header->magic = cpu_to_le32(VMFS_LOG_MAGIC);
	header->length = cpu_to_le32(sizeof(*header));
	header->owner = vol->locks->host;
	header->hb_generation = cpu_to_le64(vmfs_hb_next_generation(vol));
	header->lv_uuid = vol->disk.lv_uuid;
	header->crc = cpu_to_le32(crc32c(~0, header, sizeof(*header)));
	return err ?: vmfs_lv_io(vol, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA,
				 journal->lv + VMFS_LOG_OFFSET, header, sizeof(*header));
}

/**
 * vmfs_wake_periodic() - there is work to do that comes by itself, do it now
 * @vol: volume that is active
 */
void vmfs_wake_periodic(struct vmfs_volume *vol)
{
	mod_delayed_work(system_long_wq, &vol->journal->work, 0);
}
