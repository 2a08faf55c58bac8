// SPDX-License-Identifier: GPL-2.0
/*
 * Becoming a host that writes to the volume, and ceasing to be one.
 */
#include <linux/slab.h>

#include "vfs.h"

/* Blocks of which a part is written get into the log every so many commits. */
#define PARTIAL_ROUNDS	6

static void vmfs_periodic_work(struct work_struct *work)
{
	struct vmfs_journal *journal = container_of(to_delayed_work(work), struct vmfs_journal,
						    work);
	struct vmfs_volume *vol = journal->vol;
	struct rw_semaphore *s_umount = &vol->sb->s_umount;
	bool relieved = false;

	if (READ_ONCE(vol->disk.err))
		return;
	/* Who has it exclusively freezes or ends the mount, and completes all or waits for us. */
	if (down_read_trylock(s_umount)) {
		if (vol->sb->s_writers.frozen == SB_UNFROZEN) {
			relieved = vmfs_complete_oldest(vol);
			if (++vmfs_mount(vol)->rounds % PARTIAL_ROUNDS == 0)
				vmfs_log_all_partial(vol);
		}
		up_read(s_umount);
	}
	if (READ_ONCE(journal->sectors))
		vmfs_commit(vol);
	queue_delayed_work(system_long_wq, &journal->work,
			   relieved && vmfs_written_is_crowded(vol) ? 0 :
			   msecs_to_jiffies(VMFS_COMMIT_MS));
}

/* Has a host that crashed left its journal with the slot? */
static bool vmfs_has_journal(const struct vmfs_heartbeat *slot)
{
	return le32_to_cpu(slot->state) != VMFS_HB_FREE && slot->journal_offset;
}

/* The journal's block is in use.  After a crash it may be marked already. */
static int vmfs_take_journal_block(struct vmfs_volume *vol)
{
	struct vmfs_resource *res = &vol->space->res[VMFS_FBB];
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
static int vmfs_choose_journal(struct vmfs_volume *vol, u32 *block)
{
	const struct vmfs_heartbeat *slot = vol->locks->hb->slot;
	u64 found;
	int err;

	if (!vmfs_has_journal(slot)) {
		err = vmfs_find_free(&vol->space->res[VMFS_FBB], &found);
		*block = found;
		return err;
	}
	*block = vmfs_fb_block(le32_to_cpu(slot->journal_address));
	if (le64_to_cpu(slot->journal_offset) != (u64)*block << vol->fb_shift ||
	    *block >= vol->space->res[VMFS_FBB].items)
		return vmfs_corrupt(vol, "heartbeat", le64_to_cpu(slot->offset),
				    "journal at %#llx, block %u",
				    le64_to_cpu(slot->journal_offset), *block);
	return 0;
}

/* With its journal in order, the slot becomes ours; then the bitmap is told of the journal. */
static int vmfs_start_host(struct vmfs_volume *vol, struct fs_context *fc)
{
	bool is_new = !vmfs_has_journal(vol->locks->hb->slot);
	u32 block;
	int err;

	err = vmfs_choose_journal(vol, &block) ?:
	      vmfs_journal_new(vol, block, &vmfs_alloc_tx_ops, vmfs_periodic_work) ?:
	      vmfs_written_open(vol, is_new) ?: vmfs_journal_format(vol, is_new) ?:
	      vmfs_hb_claim(vol, block);
	if (err)
		return err;
	err = vmfs_hb_alone(vol);
	if (err && is_new)
		vmfs_hb_release(vol);
	if (err == -EBUSY)
		errorf(fc, "vmfs: %s: another host mounts the volume at the same time: with lock=local only one may",
		       vol->sb->s_id);
	err = err ?: vmfs_take_journal_block(vol);
	return err || is_new ? err : vmfs_orphans_load(vol);
}

static void vmfs_stop_host(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);
	enum vmfs_resource_kind kind;

	vol->active = false;
	vmfs_hb_stop(vol);
	vmfs_written_close(vol);
	vmfs_journal_free(vol);
	vmfs_descriptors_close(vol);
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_alloc_close(&vol->space->res[kind]);
	if (mount->workqueue)
		destroy_workqueue(mount->workqueue);
	mount->workqueue = NULL;
	bitmap_zero(mount->orphans, VMFS_ORPHANS);
}

static int vmfs_check_writable(struct vmfs_volume *vol, struct fs_context *fc)
{
	unsigned int i;

	if (vol->version != 5) {
		warnf(fc, "vmfs: VMFS-%u can only be read", vol->version);
		return -EROFS;
	}
	for (i = 0; i < vol->disk.num_extents; i++) {
		if (bdev_read_only(vol->disk.extents[i].bdev)) {
			warnf(fc, "vmfs: %pg is read-only", vol->disk.extents[i].bdev);
			return -EROFS;
		}
	}
	return 0;
}

/* What is in memory must be what is on disk: also what was read before the volume is ours. */
static int vmfs_check_unchanged(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
				struct fs_context *fc)
{
	unsigned int i;

	if (!vol->sb->s_root)
		return 0;
	for (i = 0; i < VMFS_HB_SLOTS; i++)
		if (le32_to_cpu(slots[i].state) != VMFS_HB_FREE)
			break;
	if (i == VMFS_HB_SLOTS && vmfs_hb_sum(slots) == vol->locks->hb_sum)
		return 0;
	errorf(fc, "vmfs: %s: %s: unmount it and mount it again", vol->sb->s_id,
	       i < VMFS_HB_SLOTS ? "a host uses the volume, or did not close it" :
	       "it was written to since it was mounted read-only");
	return -EBUSY;
}

/* Resources were opened before the journal was replayed. */
static int vmfs_read_volume_again(struct vmfs_volume *vol, struct fs_context *fc)
{
	enum vmfs_resource_kind kind;

	if (vol->sb->s_root)
		return 0;	/* nothing was replayed */
	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		vmfs_resource_close(&vol->space->res[kind]);
	vmfs_bufs_shrink(vol, ULONG_MAX);
	return vmfs_volume_read(vol, fc);
}

static int vmfs_prepare_host(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);
	enum vmfs_resource_kind kind;
	int err;

	mount->workqueue = alloc_workqueue("vmfs-%s", WQ_MEM_RECLAIM | WQ_UNBOUND, 0,
					   vol->sb->s_id);
	err = mount->workqueue ? vmfs_descriptors_open(vol) : -ENOMEM;
	for (kind = 0; !err && kind < VMFS_RESOURCES; kind++)
		err = vmfs_alloc_open(&vol->space->res[kind]);
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

	err = vmfs_check_writable(vol, fc);
	if (err)
		return err;
	err = vmfs_hb_read_all(vol, &slots);
	if (err)
		return err;
	err = vmfs_check_unchanged(vol, slots, fc) ?: vmfs_recover(vol, slots, fc) ?:
	      vmfs_read_volume_again(vol, fc) ?: vmfs_prepare_host(vol) ?: vmfs_start_host(vol, fc);
	kvfree(slots);
	if (!err && vol->disk.lvm_is_behind)
		err = vmfs_lvm_catch_up(vol, fc);
	if (err) {
		vmfs_stop_host(vol);
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
static int vmfs_leave_volume(struct vmfs_volume *vol)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_commit(vol);
	if (!err && (!bitmap_empty(vmfs_mount(vol)->orphans, VMFS_ORPHANS) ||
		     !vmfs_written_is_empty(vol)))
		err = -EBUSY;
	/* The log is needed until all is where it belongs; then its block may go. */
	err = err ?: vmfs_unlock_files(vol) ?: vmfs_unlock_clusters(vol) ?: vmfs_commit(vol) ?:
	      vmfs_flush(vol) ?: vmfs_hb_end_log(vol) ?: vmfs_tx_begin(vol, &tx, 4);
	if (err)
		return err;
	err = vmfs_free(&tx, &vol->space->res[VMFS_FBB], vol->journal->block, 1);
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
	err = vmfs_complete_all(vol) ?: vmfs_leave_volume(vol);
	if (err)
		vmfs_discard_changes(vol);
	vmfs_stop_host(vol);
	return err;
}
