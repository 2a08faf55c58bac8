// SPDX-License-Identifier: GPL-2.0
/*
 * After a crash: a heartbeat that is still in use, and its journal.
 */
#include <linux/crc32c.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "tx.h"

#define LOG_SIZE	(VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET)

/* Is there a whole transaction of this heartbeat in the log? */
static bool vmfs_log_is_complete(struct vmfs_volume *vol, struct vmfs_log_header *header,
				 const struct vmfs_heartbeat *slot)
{
	u32 len = le32_to_cpu(header->length), count = le32_to_cpu(header->num_records);
	__le32 crc = header->crc;

	if (len < sizeof(*header) || len > LOG_SIZE ||
	    count > (len - sizeof(*header)) / sizeof(struct vmfs_log_record))
		return false;
	if (!count || header->hb_generation != slot->generation)
		return false;
	header->crc = 0;
	header->crc = cpu_to_le32(crc32c(~0, header, len));
	return header->crc == crc;
}

static int vmfs_replay(struct vmfs_volume *vol, const struct vmfs_log_header *header)
{
	const struct vmfs_log_record *records = (const void *)(header + 1);
	u32 count = le32_to_cpu(header->num_records), i;
	const void *end = (const void *)header + le32_to_cpu(header->length);
	void *sectors = (void *)records + round_up(count * sizeof(*records), VMFS_SECTOR);

	for (i = 0; i < count; i++) {
		u64 lv = le64_to_cpu(records[i].lv);
		u64 len = (u64)le32_to_cpu(records[i].sectors) * VMFS_SECTOR;
		int err;

		if (lv & (VMFS_SECTOR - 1) || lv < vol->geo.fdc_lv || len > LOG_SIZE ||
		    sectors + len > end)
			return vmfs_corrupt(vol, "journal", lv, "record %u is not possible", i);
		err = vmfs_lv_io(vol, REQ_OP_WRITE, lv, sectors, len);
		if (err)
			return err;
		sectors += len;
	}
	return vmfs_flush(vol);
}

static bool vmfs_is_host(const struct vmfs_uuid *a, const struct vmfs_uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static int vmfs_host_name_len(const struct vmfs_heartbeat *slot)
{
	return strnlen(slot->ip, sizeof(slot->ip));
}

/*
 * Nobody knows whether a host has crashed or cannot be heard: watch its pulse, on our
 * clock.  Only what this kernel has left itself is known to be dead.
 */
static int vmfs_watch(struct vmfs_volume *vol, const struct vmfs_heartbeat *slot,
		      struct fs_context *fc)
{
	ktime_t end = ktime_add_ms(ktime_get_boottime(), VMFS_LEASE_MS + VMFS_RECLAIM_MS);
	u64 lv = le64_to_cpu(slot->offset);
	struct vmfs_heartbeat *now;
	int err = 0;

	if (vmfs_is_host(&slot->owner, &vol->locks->host) || vol->options.takeover_now)
		return 0;
	now = kmalloc(sizeof(*now), GFP_KERNEL);
	if (!now)
		return -ENOMEM;
	pr_info("vmfs (%s): host %*pE uses the volume, or did not close it: watching its heartbeat for %u s\n",
		vol->sb->s_id, vmfs_host_name_len(slot), slot->ip,
		(VMFS_LEASE_MS + VMFS_RECLAIM_MS) / 1000);
	while (!err && ktime_before(ktime_get_boottime(), end)) {
		if (msleep_interruptible(1000))
			err = -EINTR;
		else
			err = vmfs_lv_io(vol, REQ_OP_READ, lv, now, sizeof(*now));
		if (!err && memcmp(now, slot, sizeof(*now))) {
			errorf(fc, "vmfs: %s: host %*pE uses the volume (heartbeat at %#llx): with lock=local only one may",
			       vol->sb->s_id, vmfs_host_name_len(now), now->ip, lv);
			err = -EBUSY;
		}
	}
	kfree(now);
	return err;
}

/*
 * Is this a journal of ours, or one of ESXi?  A host that takes the slot over says so
 * there, then begins the log anew, and then makes the slot its own.
 */
static bool vmfs_is_ours(struct vmfs_volume *vol, const struct vmfs_log_header *header,
			 const struct vmfs_heartbeat *slot)
{
	return le32_to_cpu(header->magic) == VMFS_LOG_MAGIC &&
	       vmfs_is_host(&header->lv_uuid, &vol->disk.lv_uuid) &&
	       (vmfs_is_host(&header->owner, &slot->owner) ||
		vmfs_is_host(&header->owner, &slot->replayer));
}

/* A host that went between vmfs_hb_end_log() and vmfs_hb_release(): all is written. */
static bool vmfs_is_closing(const struct vmfs_heartbeat *slot)
{
	return !slot->journal_address && !slot->journal_offset &&
	       vmfs_is_host(&slot->replayer, &slot->owner);
}

/* Say in the slot that its journal is replayed, and do so. */
static int vmfs_take_over(struct vmfs_volume *vol, const struct vmfs_heartbeat *slot,
			  struct vmfs_log_header *header)
{
	int err = vmfs_hb_mark(vol, header);

	if (err || !vmfs_log_is_complete(vol, header, slot))
		return err;
	pr_info("vmfs (%s): replaying transaction %llu\n", vol->sb->s_id,
		le64_to_cpu(header->sequence));
	vmfs_count(vol, VMFS_COUNT_REPLAYS, 1);
	err = vmfs_replay(vol, header);
	if (!err)
		vmfs_event(vol, VMFS_EVENT_RECOVER, NULL);
	return err;
}

static int vmfs_recover_slot(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
			     const struct vmfs_heartbeat *slot, struct fs_context *fc)
{
	struct vmfs_log_header *header = vmalloc(LOG_SIZE);
	u64 journal = le64_to_cpu(slot->journal_offset);
	int err;

	if (!header)
		return -ENOMEM;
	err = vmfs_lv_io(vol, REQ_OP_READ, journal + VMFS_LOG_OFFSET, header, LOG_SIZE);
	if (!err && !vmfs_is_ours(vol, header, slot)) {
		warnf(fc, "vmfs: a host of another kind (ESXi) uses the volume, or crashed with it; only it can replay its journal");
		err = -EROFS;
	}
	err = err ?: vmfs_watch(vol, slot, fc);
	/* What it wrote until it died is what counts. */
	if (!err)
		err = vmfs_lv_io(vol, REQ_OP_READ, journal + VMFS_LOG_OFFSET, header, LOG_SIZE);
	if (!err)
		err = vmfs_hb_open(vol, slots, slot) ?: vmfs_take_over(vol, slot, header);
	vfree(header);
	return err;
}

/* The slot that is in use, or NULL */
static int vmfs_find_used_slot(const struct vmfs_heartbeat *slots,
			       const struct vmfs_heartbeat **found, struct fs_context *fc)
{
	unsigned int i;

	*found = NULL;
	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		if (le32_to_cpu(slots[i].state) == VMFS_HB_FREE)
			continue;
		if (*found || !(slots[i].journal_offset || vmfs_is_closing(&slots[i])) ||
		    le64_to_cpu(slots[i].offset) != VMFS_HB_OFFSET + i * sizeof(*slots)) {
			warnf(fc, "vmfs: heartbeats of several hosts, or one without journal (slot %u), are in use",
			      i);
			return -EROFS;
		}
		*found = &slots[i];
	}
	return 0;
}

/**
 * vmfs_recover() - choose a heartbeat, and replay the journal of the host that crashed with it
 * @vol: volume, VMFS-5
 * @slots: of vmfs_hb_read_all()
 * @fc: context of the mount, for messages
 *
 * Then &vmfs_locks.hb is open, and what was read from the volume before may be old.
 *
 * Return: 0; -EROFS, with a message, where the volume must not be written to; -EBUSY
 * where another host is alive; -EIO, -EUCLEAN, -ENOMEM, -EINTR.
 */
int vmfs_recover(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 struct fs_context *fc)
{
	const struct vmfs_heartbeat *slot;
	int err;

	err = vmfs_find_used_slot(slots, &slot, fc);
	if (err)
		return err;
	if (!slot)
		return vmfs_hb_open(vol, slots, NULL);
	if (slot->journal_offset)
		return vmfs_recover_slot(vol, slots, slot, fc);
	return vmfs_watch(vol, slot, fc) ?: vmfs_hb_open(vol, slots, slot);
}
