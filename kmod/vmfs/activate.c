// SPDX-License-Identifier: GPL-2.0
/*
 * Becoming a host that writes to the volume, and ceasing to be one.
 */
#include <linux/crc32c.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "journal.h"

#define LOG_SIZE	(VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET)

static void periodic_work(struct work_struct *work)
{
	struct vmfs_journal *journal = container_of(to_delayed_work(work), struct vmfs_journal,
						    work);
	struct vmfs_volume *vol = journal->vol;
	struct rw_semaphore *s_umount = &vol->sb->s_umount;
	bool relieved = false;

	if (READ_ONCE(journal->err))
		return;
	/* Who has it exclusively freezes or ends the mount, and completes all or waits for us. */
	if (down_read_trylock(s_umount)) {
		if (vol->sb->s_writers.frozen == SB_UNFROZEN) {
			relieved = vmfs_written_relieve(vol);
			if (++journal->rounds % VMFS_PARTIAL_ROUNDS == 0)
				vmfs_partial_log_all(vol);
		}
		up_read(s_umount);
	}
	if (READ_ONCE(journal->sectors))
		vmfs_commit(vol);
	queue_delayed_work(system_long_wq, &journal->work,
			   relieved && vmfs_written_is_crowded(vol) ? 0 :
			   msecs_to_jiffies(VMFS_COMMIT_MS));
}

/**
 * vmfs_wake_periodic() - there is work to do that comes by itself, do it now
 * @vol: volume that is active
 */
void vmfs_wake_periodic(struct vmfs_volume *vol)
{
	mod_delayed_work(system_long_wq, &vol->journal->work, 0);
}

static int new_journal(struct vmfs_volume *vol, u32 block)
{
	struct vmfs_journal *journal = kzalloc(sizeof(*journal), GFP_KERNEL);

	if (!journal)
		return -ENOMEM;
	journal->vol = vol;
	journal->block = block;
	journal->lv = (u64)block << vol->fb_shift;
	init_rwsem(&journal->sem);
	spin_lock_init(&journal->lock);
	init_waitqueue_head(&journal->room);
	INIT_LIST_HEAD(&journal->dirty);
	mutex_init(&journal->commit_mutex);
	spin_lock_init(&journal->orphans_lock);
	INIT_DELAYED_WORK(&journal->work, periodic_work);
	journal->log = vzalloc(LOG_SIZE);
	journal->orphans = bitmap_zalloc(VMFS_ORPHANS, GFP_KERNEL);
	journal->held = kvcalloc(BITS_TO_LONGS(vol->res[VMFS_FDC].items), sizeof(long),
				 GFP_KERNEL);
	vol->journal = journal;
	return journal->log && journal->orphans && journal->held ? 0 : -ENOMEM;
}

static void free_journal(struct vmfs_volume *vol)
{
	struct vmfs_journal *journal = vol->journal;

	if (!journal)
		return;
	cancel_delayed_work_sync(&journal->work);
	vfree(journal->log);
	bitmap_free(journal->orphans);
	kvfree(journal->held);
	vol->journal = NULL;
	kfree(journal);
}

/* Has a host that crashed left its journal with the slot? */
static bool has_journal(const struct vmfs_heartbeat *slot)
{
	return le32_to_cpu(slot->state) != VMFS_HB_FREE && slot->journal_offset;
}

/*
 * Begin an empty log.  A new journal begins with zeros, which are an empty one to
 * ESXi, and the table of orphans, which one that is taken over has.
 */
static int format_journal(struct vmfs_volume *vol, bool is_new)
{
	struct vmfs_journal *journal = vol->journal;
	struct vmfs_log_header *header = journal->log;
	int err = 0;

	memset(journal->log, 0, LOG_SIZE);
	if (is_new)
		err = vmfs_lv_io(vol, REQ_OP_WRITE, journal->lv, journal->log, VMFS_LOG_OFFSET);
	header->magic = cpu_to_le32(VMFS_LOG_MAGIC);
	header->length = cpu_to_le32(sizeof(*header));
	header->owner = vol->host;
	header->hb_generation = cpu_to_le64(vmfs_hb_next_generation(vol));
	header->lv_uuid = vol->lv_uuid;
	header->crc = cpu_to_le32(crc32c(~0, header, sizeof(*header)));
	return err ?: vmfs_lv_io(vol, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA,
				 journal->lv + VMFS_LOG_OFFSET, header, sizeof(*header));
}

/* The journal's block is in use.  After a crash it may be marked already. */
static int take_journal_block(struct vmfs_volume *vol)
{
	struct vmfs_resource *res = &vol->res[VMFS_FBB];
	u32 block = vol->journal->block, got;
	struct vmfs_tx tx;
	bool is_free;
	u64 first;
	int err;

	err = vmfs_is_free(res, block, &is_free);
	if (err || !is_free)
		return err;
	err = vmfs_tx_begin(vol, &tx, 2);
	if (err)
		return err;
	err = vmfs_alloc(&tx, res, block, 1, &first, &got, NULL);
	vmfs_tx_end(&tx);
	if (!err && first != block)
		err = vmfs_corrupt(vol, "journal", vol->journal->lv, "its block cannot be taken");
	return err ?: vmfs_commit(vol);
}

/* That of the host that crashed, or a new one */
static int choose_journal(struct vmfs_volume *vol, u32 *block)
{
	const struct vmfs_heartbeat *slot = vol->hb->slot;
	u64 found;
	int err;

	if (!has_journal(slot)) {
		err = vmfs_find_free(&vol->res[VMFS_FBB], &found);
		*block = found;
		return err;
	}
	*block = vmfs_fb_block(le32_to_cpu(slot->journal_address));
	if (le64_to_cpu(slot->journal_offset) != (u64)*block << vol->fb_shift ||
	    *block >= vol->res[VMFS_FBB].items)
		return vmfs_corrupt(vol, "heartbeat", le64_to_cpu(slot->offset),
				    "journal at %#llx, block %u",
				    le64_to_cpu(slot->journal_offset), *block);
	return 0;
}

/* With its journal in order, the slot becomes ours; then the bitmap is told of the journal. */
static int start(struct vmfs_volume *vol, struct fs_context *fc)
{
	bool is_new = !has_journal(vol->hb->slot);
	u32 block;
	int err;

	err = choose_journal(vol, &block) ?: new_journal(vol, block) ?:
	      vmfs_written_open(vol, is_new) ?: format_journal(vol, is_new) ?:
	      vmfs_hb_claim(vol, block);
	if (err)
		return err;
	err = vmfs_hb_alone(vol);
	if (err && is_new)
		vmfs_hb_release(vol);
	if (err == -EBUSY)
		errorf(fc, "vmfs: %s: another host mounts the volume at the same time: with lock=local only one may",
		       vol->sb->s_id);
	err = err ?: take_journal_block(vol);
	return err || is_new ? err : vmfs_orphans_load(vol);
}

static void stop(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;

	vol->active = false;
	vmfs_hb_stop(vol);
	vmfs_written_close(vol);
	free_journal(vol);
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_alloc_close(&vol->res[kind]);
	if (vol->workqueue)
		destroy_workqueue(vol->workqueue);
	vol->workqueue = NULL;
}

static int check_writable(struct vmfs_volume *vol, struct fs_context *fc)
{
	unsigned int i;

	if (vol->version != 5) {
		warnf(fc, "vmfs: VMFS-%u can only be read", vol->version);
		return -EROFS;
	}
	for (i = 0; i < vol->num_extents; i++) {
		if (bdev_read_only(vol->extents[i].bdev)) {
			warnf(fc, "vmfs: %pg is read-only", vol->extents[i].bdev);
			return -EROFS;
		}
	}
	return 0;
}

/* What is in memory must be what is on disk: also what was read before the volume is ours. */
static int check_unchanged(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
			   struct fs_context *fc)
{
	unsigned int i;

	if (!vol->sb->s_root)
		return 0;
	for (i = 0; i < VMFS_HB_SLOTS; i++)
		if (le32_to_cpu(slots[i].state) != VMFS_HB_FREE)
			break;
	if (i == VMFS_HB_SLOTS && vmfs_hb_sum(slots) == vol->hb_sum)
		return 0;
	errorf(fc, "vmfs: %s: %s: unmount it and mount it again", vol->sb->s_id,
	       i < VMFS_HB_SLOTS ? "a host uses the volume, or did not close it" :
	       "it was written to since it was mounted read-only");
	return -EBUSY;
}

/* Resources were opened before the journal was replayed. */
static int read_again(struct vmfs_volume *vol, struct fs_context *fc)
{
	enum vmfs_resource_kind kind;

	if (vol->sb->s_root)
		return 0;	/* nothing was replayed */
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_resource_close(&vol->res[kind]);
	vmfs_bufs_shrink(vol, ULONG_MAX);
	return vmfs_volume_read(vol, fc);
}

static int prepare(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;
	int err = 0;

	vol->workqueue = alloc_workqueue("vmfs-%s", WQ_MEM_RECLAIM | WQ_UNBOUND, 0, vol->sb->s_id);
	if (!vol->workqueue)
		err = -ENOMEM;
	for (kind = 0; !err && kind < VMFS_RESOURCES; kind++)
		err = vmfs_alloc_open(&vol->res[kind]);
	return err;
}

/**
 * vmfs_activate() - replay the journal, claim a heartbeat, and get ready to write
 * @vol: volume
 * @fc: context of the mount, for messages
 *
 * Return: 0; -EROFS, with a message, where the volume can only be read; -EBUSY
 * where another host uses it, or used it since a volume that is remounted was read;
 * or another error.
 */
int vmfs_activate(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_heartbeat *slots;
	int err;

	err = check_writable(vol, fc);
	if (err)
		return err;
	err = vmfs_hb_read_all(vol, &slots);
	if (err)
		return err;
	err = check_unchanged(vol, slots, fc) ?: vmfs_recover(vol, slots, fc) ?:
	      read_again(vol, fc) ?: prepare(vol) ?: start(vol, fc);
	kvfree(slots);
	if (!err && vol->lvm_is_behind)
		err = vmfs_lvm_catch_up(vol, fc);
	if (err) {
		stop(vol);
		if (err == -ENOSPC)
			errorf(fc, "vmfs: there is no free block for the journal: mount read-only");
		return err;
	}
	smp_store_release(&vol->active, true); /* for vmfs_is_active() */
	queue_delayed_work(system_long_wq, &vol->journal->work, msecs_to_jiffies(VMFS_COMMIT_MS));
	return 0;
}

/*
 * Give back what a host holds: locks, the journal's block, the heartbeat.  With a
 * deleted file that could not be released, or a block that could not be completed,
 * the journal stays, for the next mount.
 */
static int leave(struct vmfs_volume *vol)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_commit(vol);
	if (!err && (!bitmap_empty(vol->journal->orphans, VMFS_ORPHANS) ||
		     !vmfs_written_is_empty(vol)))
		err = -EBUSY;
	/* The log is needed until all is where it belongs; then its block may go. */
	err = err ?: vmfs_unlock_files(vol) ?: vmfs_unlock_clusters(vol) ?: vmfs_commit(vol) ?:
	      vmfs_flush(vol) ?: vmfs_hb_end_log(vol) ?: vmfs_tx_begin(vol, &tx, 4);
	if (err)
		return err;
	err = vmfs_free(&tx, &vol->res[VMFS_FBB], vol->journal->block, 1);
	vmfs_tx_end(&tx);
	/* That took the lock of a cluster once more. */
	return err ?: vmfs_unlock_clusters(vol) ?: vmfs_commit_home(vol) ?: vmfs_hb_release(vol);
}

/**
 * vmfs_stop_commits() - no more work that comes by itself and may hold inodes
 * @vol: volume, active or not
 */
void vmfs_stop_commits(struct vmfs_volume *vol)
{
	if (vol->active)
		cancel_delayed_work_sync(&vol->journal->work);
}

/**
 * vmfs_deactivate() - cease to write: unmount
 * @vol: volume, active or not; no inode needs to be written any more
 *
 * After an error the heartbeat stays in use, and the next mount replays.
 *
 * Return: 0 or an error.
 */
int vmfs_deactivate(struct vmfs_volume *vol)
{
	int err;

	if (!vol->active)
		return 0;
	vmfs_stop_commits(vol);
	err = vmfs_partial_complete_all(vol) ?: leave(vol);
	if (err)
		vmfs_discard_changes(vol);
	stop(vol);
	return err;
}
