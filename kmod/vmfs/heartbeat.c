// SPDX-License-Identifier: GPL-2.0
/*
 * The heartbeat: a slot on the volume that says who uses it, that it is alive,
 * and where its journal is (format description, section 4).
 */
#include <linux/crc32c.h>
#include <linux/dmi.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "journal.h"

#define PULSE_MS	3000
#define LOST_MS		12000	/* after this long without a pulse, the slot may be lost */

/**
 * vmfs_hb_host_uuid() - who we are: the same after a crash
 * @uuid: set from the machine's UUID and the host's name
 */
void vmfs_hb_host_uuid(struct vmfs_uuid *uuid)
{
	const char *machine = dmi_get_system_info(DMI_PRODUCT_UUID) ?: "";
	const char *name = init_uts_ns.name.nodename;
	u32 words[4], i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		words[i] = crc32c(~i, machine, strlen(machine));
		words[i] = crc32c(words[i], name, strnlen(name, __NEW_UTS_LEN));
	}
	memcpy(uuid, words, sizeof(*uuid));
}

/**
 * vmfs_hb_read_all() - read all slots
 * @vol: volume, VMFS-5
 * @slots: set to an array of VMFS_HB_SLOTS, for kvfree()
 *
 * Return: 0, -EIO, -ENOMEM.
 */
int vmfs_hb_read_all(struct vmfs_volume *vol, struct vmfs_heartbeat **slots)
{
	int err;

	*slots = kvmalloc_array(VMFS_HB_SLOTS, sizeof(**slots), GFP_KERNEL);
	if (!*slots)
		return -ENOMEM;
	err = vmfs_lv_io(vol, REQ_OP_READ, VMFS_HB_OFFSET, *slots,
			 VMFS_HB_SLOTS * sizeof(**slots));
	if (err) {
		kvfree(*slots);
		*slots = NULL;
	}
	return err;
}

static int write_slot(struct vmfs_volume *vol)
{
	struct vmfs_hb *hb = vol->hb;

	hb->slot->stamp = cpu_to_le64(ktime_to_us(ktime_get_boottime()));
	return vmfs_lv_io(vol, REQ_OP_WRITE | REQ_FUA, hb->lv, hb->slot, sizeof(*hb->slot));
}

static void pulse(struct work_struct *work)
{
	struct vmfs_hb *hb = container_of(to_delayed_work(work), struct vmfs_hb, work);
	unsigned long now = jiffies;

	if (!write_slot(hb->vol)) {
		hb->pulsed = now;
	} else if (time_after(jiffies, hb->pulsed + msecs_to_jiffies(LOST_MS))) {
		vmfs_abort(hb->vol, -EIO, "the heartbeat could not be written for 12 s");
		return;
	}
	queue_delayed_work(system_long_wq, &hb->work, msecs_to_jiffies(PULSE_MS));
}

/* Our old slot, or a free one; hosts begin to look at different places. */
static u32 choose_slot(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots)
{
	u32 first = le32_to_cpu(vol->host.time_lo) % VMFS_HB_SLOTS, i;

	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		u32 at = (first + i) % VMFS_HB_SLOTS;

		if (le32_to_cpu(slots[at].state) == VMFS_HB_FREE)
			return at;
	}
	return VMFS_HB_SLOTS;
}

/**
 * vmfs_hb_claim() - claim a slot in memory, and name the journal in it
 * @vol: volume
 * @slots: of vmfs_hb_read_all()
 * @stale: slot of a host that crashed, to be taken over, or NULL
 * @journal_block: file block
 *
 * Return: 0, -EBUSY if no slot is free, -ENOMEM.
 */
int vmfs_hb_claim(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		  const struct vmfs_heartbeat *stale, u32 journal_block)
{
	u32 number = stale ? stale - slots : choose_slot(vol, slots);
	struct vmfs_heartbeat *slot;
	struct vmfs_hb *hb;

	if (number == VMFS_HB_SLOTS)
		return -EBUSY;
	hb = kzalloc(sizeof(*hb), GFP_KERNEL);
	slot = kmemdup(&slots[number], sizeof(*slot), GFP_KERNEL);
	if (!hb || !slot) {
		kfree(hb);
		kfree(slot);
		return -ENOMEM;
	}
	slot->state = cpu_to_le32(VMFS_HB_IN_USE);
	slot->offset = cpu_to_le64(VMFS_HB_OFFSET + number * sizeof(*slot));
	/* Another one than before, and odd while in use */
	slot->generation = cpu_to_le64((le64_to_cpu(slot->generation) + 1) | 1);
	slot->owner = vol->host;
	slot->journal_address = cpu_to_le32(vmfs_fb_address(journal_block));
	slot->journal_offset = cpu_to_le64((u64)journal_block << vol->fb_shift);
	slot->driver_major = cpu_to_le32(VMFS5_FS_MAJOR);
	slot->driver_minor = VMFS5_FS_MINOR;
	slot->lock_impl = VMFS_HB_LOCK_IMPL;
	hb->vol = vol;
	hb->slot = slot;
	hb->lv = le64_to_cpu(slot->offset);
	hb->pulsed = jiffies;
	INIT_DELAYED_WORK(&hb->work, pulse);
	vol->hb = hb;
	return 0;
}

/**
 * vmfs_hb_start() - write the claimed slot, and let it pulse
 * @vol: volume
 *
 * Return: 0 or -EIO.
 */
int vmfs_hb_start(struct vmfs_volume *vol)
{
	int err = write_slot(vol);

	if (!err)
		queue_delayed_work(system_long_wq, &vol->hb->work, msecs_to_jiffies(PULSE_MS));
	return err;
}

/**
 * vmfs_hb_release() - free the slot, as ESXi does: what is not about the owner stays
 * @vol: volume
 *
 * Return: 0 or -EIO.
 */
int vmfs_hb_release(struct vmfs_volume *vol)
{
	struct vmfs_heartbeat *slot = vol->hb->slot;

	cancel_delayed_work_sync(&vol->hb->work);
	slot->state = cpu_to_le32(VMFS_HB_FREE);
	le64_add_cpu(&slot->generation, 1);
	memset(&slot->owner, 0, sizeof(slot->owner));
	slot->journal_address = 0;
	slot->journal_offset = 0;
	return write_slot(vol);
}

/**
 * vmfs_hb_stop() - stop the pulse; the slot stays as it is
 * @vol: volume, with or without a heartbeat
 */
void vmfs_hb_stop(struct vmfs_volume *vol)
{
	if (!vol->hb)
		return;
	cancel_delayed_work_sync(&vol->hb->work);
	kfree(vol->hb->slot);
	kfree(vol->hb);
	vol->hb = NULL;
}
