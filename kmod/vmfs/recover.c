// SPDX-License-Identifier: GPL-2.0
/*
 * After a crash: a heartbeat that is still in use, and its journal.
 */
#include <linux/crc32c.h>
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "journal.h"

#define LOG_SIZE	(VMFS_JOURNAL_SIZE - VMFS_LOG_OFFSET)

/* Is there a whole transaction of this heartbeat in the log? */
static bool log_is_complete(struct vmfs_volume *vol, struct vmfs_log_header *header,
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

static int replay(struct vmfs_volume *vol, const struct vmfs_log_header *header)
{
	const struct vmfs_log_record *records = (const void *)(header + 1);
	u32 count = le32_to_cpu(header->num_records), i;
	const void *end = (const void *)header + le32_to_cpu(header->length);
	void *sectors = (void *)records + round_up(count * sizeof(*records), VMFS_SECTOR);

	for (i = 0; i < count; i++) {
		u64 lv = le64_to_cpu(records[i].lv);
		u64 len = (u64)le32_to_cpu(records[i].sectors) * VMFS_SECTOR;
		int err;

		if (lv & (VMFS_SECTOR - 1) || lv < vol->fdc_lv || len > LOG_SIZE ||
		    sectors + len > end)
			return vmfs_corrupt(vol, "journal", lv, "record %u is not possible", i);
		err = vmfs_lv_io(vol, REQ_OP_WRITE, lv, sectors, len);
		if (err)
			return err;
		sectors += len;
	}
	return vmfs_flush(vol);
}

/* Another host, or a clone of this one, may be alive: watch its pulse. */
static int watch(struct vmfs_volume *vol, u64 lv, const struct vmfs_heartbeat *slot,
		 struct fs_context *fc)
{
	struct vmfs_heartbeat *now = kmalloc(sizeof(*now), GFP_KERNEL);
	unsigned int waited;
	int err = now ? 0 : -ENOMEM;

	pr_info("vmfs (%s): a heartbeat of another host is in use; watching it for %u s\n",
		vol->sb->s_id, (VMFS_LEASE_MS + VMFS_RECLAIM_MS) / 1000);
	for (waited = 0; !err && waited < VMFS_LEASE_MS + VMFS_RECLAIM_MS; waited += 1000) {
		if (msleep_interruptible(1000))
			err = -EINTR;
		else
			err = vmfs_lv_io(vol, REQ_OP_READ, lv, now, sizeof(*now));
		if (!err && (now->stamp != slot->stamp || now->generation != slot->generation)) {
			errorf(fc, "vmfs: another host uses the volume (heartbeat at %#llx): with lock=local only one may",
			       lv);
			err = -EBUSY;
		}
	}
	kfree(now);
	return err;
}

/* Is this a journal of ours, or one of ESXi? */
static bool is_ours(struct vmfs_volume *vol, const struct vmfs_log_header *header,
		    const struct vmfs_heartbeat *slot)
{
	return le32_to_cpu(header->magic) == VMFS_LOG_MAGIC &&
	       !memcmp(&header->lv_uuid, &vol->lv_uuid, sizeof(header->lv_uuid)) &&
	       !memcmp(&header->owner, &slot->owner, sizeof(header->owner));
}

static int recover_slot(struct vmfs_volume *vol, const struct vmfs_heartbeat *slot,
			struct vmfs_log_header *header, struct fs_context *fc)
{
	bool same_host = !memcmp(&slot->owner, &vol->host, sizeof(slot->owner));
	u64 journal = le64_to_cpu(slot->journal_offset);
	u64 sequence;
	int err;

	err = vmfs_lv_io(vol, REQ_OP_READ, journal + VMFS_LOG_OFFSET, header, LOG_SIZE);
	if (err)
		return err;
	if (!is_ours(vol, header, slot)) {
		warnf(fc, "vmfs: a host of another kind (ESXi) uses the volume, or crashed with it; only it can replay its journal");
		return -EROFS;
	}
	if (!same_host) {
		if (sb_rdonly(vol->sb))
			return 0;
		if (vol->sb->s_root) {
			errorf(fc, "vmfs: the volume was mounted while another host used it: unmount it first");
			return -EBUSY;
		}
		err = watch(vol, le64_to_cpu(slot->offset), slot, fc);
		if (err)
			return err;
	}
	sequence = le64_to_cpu(header->sequence);
	if (!log_is_complete(vol, header, slot))
		return 0;
	if (bdev_read_only(vol->sb->s_bdev)) {
		warnf(fc, "vmfs: the journal is not replayed, because the device is read-only");
		return sb_rdonly(vol->sb) ? 0 : -EROFS;
	}
	pr_info("vmfs (%s): replaying transaction %llu\n", vol->sb->s_id, sequence);
	vmfs_count(vol, VMFS_COUNT_REPLAYS, 1);
	return replay(vol, header);
}

/**
 * vmfs_recover() - replay the journal of a host that crashed
 * @vol: volume, VMFS-5
 * @slots: of vmfs_hb_read_all()
 * @stale: set to the slot of that host, to be taken over with its journal, or NULL
 * @fc: context of the mount, for messages
 *
 * Return: 0; -EROFS, with a message, where the volume must not be written to; -EBUSY
 * where another host is alive; -EIO, -EUCLEAN, -ENOMEM, -EINTR.
 */
int vmfs_recover(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 const struct vmfs_heartbeat **stale, struct fs_context *fc)
{
	struct vmfs_log_header *header;
	unsigned int i;
	int err;

	*stale = NULL;
	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		if (le32_to_cpu(slots[i].state) == VMFS_HB_FREE)
			continue;
		if (*stale || !slots[i].journal_offset ||
		    le64_to_cpu(slots[i].offset) != VMFS_HB_OFFSET + i * sizeof(*slots)) {
			warnf(fc, "vmfs: heartbeats of several hosts, or one without journal (slot %u), are in use",
			      i);
			return -EROFS;
		}
		*stale = &slots[i];
	}
	if (!*stale)
		return 0;
	header = vmalloc(LOG_SIZE);
	if (!header)
		return -ENOMEM;
	err = recover_slot(vol, *stale, header, fc);
	vfree(header);
	return err;
}
