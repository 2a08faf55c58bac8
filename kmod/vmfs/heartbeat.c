// SPDX-License-Identifier: GPL-2.0
/*
 * The heartbeat: a slot on the volume that says who uses it, that it is alive,
 * and where its journal is (format description, section 4).
 *
 * Nobody but us writes to our slot while we are alive, and whoever takes us for dead
 * writes to it first.  So we look at it before each pulse, and write nothing to the
 * volume when the last pulse is too old: others may have taken us for dead by then.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "lock.h"

#define PULSE_MS	3000
/* Others wait for VMFS_LEASE_MS + VMFS_RECLAIM_MS. */
#define LEASE_NS	(12 * NSEC_PER_SEC)

/**
 * vmfs_hb_host_uuid() - who we are
 * @uuid: set
 *
 * Made anew whenever the module is loaded: a host that crashed comes back as another one,
 * and a copy of a machine is another one.  Nobody has the right to a slot by his name.
 */
void vmfs_hb_host_uuid(struct vmfs_uuid *uuid)
{
	static struct vmfs_uuid host;

	get_random_once(&host, sizeof(host));
	*uuid = host;
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

/**
 * vmfs_hb_sum() - a number that is another one when somebody has written to the volume
 * @slots: of vmfs_hb_read_all()
 *
 * Each claim and each release makes a generation larger, and nothing makes one smaller.
 *
 * Return: the number.
 */
u64 vmfs_hb_sum(const struct vmfs_heartbeat *slots)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < VMFS_HB_SLOTS; i++)
		sum += le64_to_cpu(slots[i].generation);
	return sum;
}

/**
 * vmfs_hb_look() - note what the heartbeats are when a volume is mounted read-only
 * @vol: volume, VMFS-5
 * @fc: context of the mount, for messages
 *
 * Return: 0, -EIO, -ENOMEM.
 */
int vmfs_hb_look(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_heartbeat *slots;
	unsigned int i;
	int err = vmfs_hb_read_all(vol, &slots);

	if (err)
		return err;
	vol->locks->hb_sum = vmfs_hb_sum(slots);
	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		if (le32_to_cpu(slots[i].state) == VMFS_HB_FREE)
			continue;
		warnf(fc, "vmfs: %s: a host uses the volume, or did not close it: without its journal, what is read may be out of date or inconsistent",
		      vol->sb->s_id);
		break;
	}
	kvfree(slots);
	return 0;
}

/* Is what the slot has ours?  A pulse that failed may have arrived: then hb->slot is that. */
static bool vmfs_hb_is_known(struct vmfs_hb *hb)
{
	u64 stamp = le64_to_cpu(hb->seen->stamp);

	if (stamp <= le64_to_cpu(hb->slot->stamp) || stamp > hb->tried)
		return false;
	hb->slot->stamp = hb->seen->stamp;
	return !memcmp(hb->seen, hb->slot, sizeof(*hb->slot));
}

/* Let the slot be hb->next, unless it is not what we know: -EBUSY. */
static int vmfs_hb_swap_slot(struct vmfs_hb *hb)
{
	u64 stamp = ktime_to_us(ktime_get_boottime());
	int err;

	lockdep_assert_held(&hb->lock);
	hb->next->stamp = cpu_to_le64(stamp);
	err = vmfs_swap(hb->vol, hb->lv, hb->slot, hb->next, hb->seen);
	if (err == -EBUSY && vmfs_hb_is_known(hb))
		err = vmfs_swap(hb->vol, hb->lv, hb->slot, hb->next, hb->seen);
	if (!err)
		swap(hb->slot, hb->next);
	if (err != -EBUSY)
		hb->tried = stamp;
	return err;
}

/* Prepare hb->next, to be changed and given to vmfs_hb_swap_slot(). */
static struct vmfs_heartbeat *vmfs_hb_next_slot(struct vmfs_hb *hb)
{
	mutex_lock(&hb->lock);
	*hb->next = *hb->slot;
	return hb->next;
}

static int vmfs_hb_write_next(struct vmfs_hb *hb)
{
	int err = vmfs_hb_swap_slot(hb);

	mutex_unlock(&hb->lock);
	return err;
}

/* From a pulse that was submitted at @begun on, others wait that long. */
static void vmfs_hb_set_deadline(struct vmfs_volume *vol, u64 begun)
{
	WRITE_ONCE(vol->disk.deadline, begun + LEASE_NS);
}

/**
 * vmfs_hb_age() - how old the last heartbeat is that reached the device
 * @vol: volume that is active
 *
 * Return: its age, ms.
 */
u64 vmfs_hb_age(const struct vmfs_volume *vol)
{
	u64 now = ktime_get_coarse_boottime_ns();

	return div_u64(now + LEASE_NS - READ_ONCE(vol->disk.deadline), NSEC_PER_MSEC);
}

static void vmfs_hb_pulse(struct work_struct *work)
{
	struct vmfs_hb *hb = container_of(to_delayed_work(work), struct vmfs_hb, work);
	u64 begun = ktime_get_coarse_boottime_ns();
	int err;

	/* Who must not write is not alive: the sooner others see that, the better. */
	if (!vmfs_may_write(hb->vol))
		return;
	vmfs_hb_next_slot(hb);
	err = vmfs_hb_write_next(hb);
	if (err == -EBUSY)
		vmfs_shutdown(hb->vol, -EIO, "another host has written to our heartbeat: it has taken the volume over");
	/* Too late is too late, also for a pulse that arrived. */
	if (!vmfs_may_write(hb->vol))
		return;
	if (!err)
		vmfs_hb_set_deadline(hb->vol, begun);
	queue_delayed_work(hb->workqueue, &hb->work, msecs_to_jiffies(PULSE_MS));
}

/* A free slot; hosts begin to look at different places. */
static u32 vmfs_hb_choose_slot(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots)
{
	u32 first = le32_to_cpu(vol->locks->host.time_lo) % VMFS_HB_SLOTS, i;

	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		u32 at = (first + i) % VMFS_HB_SLOTS;

		if (le32_to_cpu(slots[at].state) == VMFS_HB_FREE)
			return at;
	}
	return VMFS_HB_SLOTS;
}

/**
 * vmfs_hb_open() - choose a slot; nothing is written
 * @vol: volume
 * @slots: of vmfs_hb_read_all()
 * @stale: slot of a host that crashed, to be taken over, or NULL
 *
 * Return: 0, -EBUSY if no slot is free, -ENOMEM; vmfs_hb_stop() cleans up in any case.
 */
int vmfs_hb_open(struct vmfs_volume *vol, const struct vmfs_heartbeat *slots,
		 const struct vmfs_heartbeat *stale)
{
	u32 number = stale ? stale - slots : vmfs_hb_choose_slot(vol, slots);
	struct vmfs_hb *hb;

	if (number == VMFS_HB_SLOTS)
		return -EBUSY;
	hb = kzalloc(sizeof(*hb), GFP_KERNEL);
	if (!hb)
		return -ENOMEM;
	hb->vol = vol;
	hb->lv = VMFS_HB_OFFSET + number * sizeof(*hb->slot);
	vmfs_hb_set_deadline(vol, ktime_get_coarse_boottime_ns());
	mutex_init(&hb->lock);
	INIT_DELAYED_WORK(&hb->work, vmfs_hb_pulse);
	vol->locks->hb = hb;
	/* A queue of its own, with a thread for when there is no memory */
	hb->workqueue = alloc_workqueue("vmfs-hb-%s", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_UNBOUND,
					1, vol->sb->s_id);
	hb->slot = kmemdup(&slots[number], sizeof(*hb->slot), GFP_KERNEL);
	hb->next = kmalloc(sizeof(*hb->next), GFP_KERNEL);
	hb->seen = kmalloc(sizeof(*hb->seen), GFP_KERNEL);
	if (!hb->workqueue || !hb->slot || !hb->next || !hb->seen)
		return -ENOMEM;
	hb->tried = le64_to_cpu(hb->slot->stamp);
	return 0;
}

/**
 * vmfs_hb_next_generation() - of the slot once it is claimed
 * @vol: volume
 *
 * Return: the generation, another one than before, and odd while in use.
 */
u64 vmfs_hb_next_generation(const struct vmfs_volume *vol)
{
	return (le64_to_cpu(vol->locks->hb->slot->generation) + 1) | 1;
}

/**
 * vmfs_hb_mark() - say in the slot of a host that crashed that we replay its journal
 * @vol: volume
 * @log: header of that journal
 *
 * A host that died while it took the slot over may have begun the log anew already: then
 * its claim is completed, so that log and slot name the same host again.
 *
 * Return: 0, -EBUSY where the slot has changed, -EIO.
 */
int vmfs_hb_mark(struct vmfs_volume *vol, const struct vmfs_log_header *log)
{
	struct vmfs_heartbeat *next = vmfs_hb_next_slot(vol->locks->hb);

	if (memcmp(&log->owner, &next->owner, sizeof(log->owner))) {
		next->owner = log->owner;
		next->generation = log->hb_generation;
	}
	next->replayer = vol->locks->host;
	next->replayer_hb_offset = cpu_to_le64(vol->locks->hb->lv);
	next->replayer_hb_generation = cpu_to_le64((le64_to_cpu(next->generation) + 1) | 1);
	return vmfs_hb_write_next(vol->locks->hb);
}

static void vmfs_hb_forget_replayer(struct vmfs_heartbeat *slot)
{
	memset(&slot->replayer, 0, sizeof(slot->replayer));
	slot->replayer_hb_offset = 0;
	slot->replayer_hb_generation = 0;
}

/**
 * vmfs_hb_claim() - be the host that has the slot, and let it pulse
 * @vol: volume
 * @journal_block: file block with a journal in order
 *
 * Return: 0, -EBUSY where the slot has changed, -EIO.
 */
int vmfs_hb_claim(struct vmfs_volume *vol, u32 journal_block)
{
	struct vmfs_hb *hb = vol->locks->hb;
	__le64 generation = cpu_to_le64(vmfs_hb_next_generation(vol));
	struct vmfs_heartbeat *next = vmfs_hb_next_slot(hb);
	u64 begun = ktime_get_coarse_boottime_ns();
	int err;

	next->state = cpu_to_le32(VMFS_HB_IN_USE);
	next->offset = cpu_to_le64(hb->lv);
	next->generation = generation;
	next->owner = vol->locks->host;
	next->journal_address = cpu_to_le32(vmfs_fb_address(journal_block));
	next->journal_offset = cpu_to_le64((u64)journal_block << vol->fb_shift);
	next->driver_major = cpu_to_le32(VMFS5_FS_MAJOR);
	next->driver_minor = VMFS5_FS_MINOR;
	next->lock_impl = VMFS_HB_LOCK_IMPL;
	strscpy_pad(next->ip, init_uts_ns.name.nodename, sizeof(next->ip));
	vmfs_hb_forget_replayer(next);
	err = vmfs_hb_write_next(hb);
	if (err)
		return err;
	vmfs_hb_set_deadline(vol, begun);
	queue_delayed_work(hb->workqueue, &hb->work, msecs_to_jiffies(PULSE_MS));
	return 0;
}

/**
 * vmfs_hb_alone() - is no other slot in use?
 * @vol: volume whose heartbeat is claimed
 *
 * Of two hosts that claim slots at once, one at least sees the other.
 *
 * Return: 0, -EBUSY, -EIO, -ENOMEM.
 */
int vmfs_hb_alone(struct vmfs_volume *vol)
{
	struct vmfs_heartbeat *slots;
	unsigned int i;
	int err = vmfs_hb_read_all(vol, &slots);

	if (err)
		return err;
	for (i = 0; !err && i < VMFS_HB_SLOTS; i++)
		if (le32_to_cpu(slots[i].state) != VMFS_HB_FREE &&
		    memcmp(&slots[i].owner, &vol->locks->host, sizeof(vol->locks->host)))
			err = -EBUSY;
	kvfree(slots);
	return err;
}

/**
 * vmfs_hb_end_log() - the log is not needed any more: its block will be free
 * @vol: volume whose changes are all where they belong
 *
 * A host that is its own replayer closes the volume: is_closing() in recover.c.
 *
 * Return: 0, -EBUSY where the slot has changed, -EIO.
 */
int vmfs_hb_end_log(struct vmfs_volume *vol)
{
	struct vmfs_heartbeat *next = vmfs_hb_next_slot(vol->locks->hb);

	next->journal_address = 0;
	next->journal_offset = 0;
	next->replayer = next->owner;
	return vmfs_hb_write_next(vol->locks->hb);
}

/**
 * vmfs_hb_release() - free the slot, as ESXi does: what is not about the owner stays
 * @vol: volume
 *
 * Return: 0, -EBUSY where the slot has changed, -EIO.
 */
int vmfs_hb_release(struct vmfs_volume *vol)
{
	struct vmfs_heartbeat *next;

	cancel_delayed_work_sync(&vol->locks->hb->work);
	next = vmfs_hb_next_slot(vol->locks->hb);
	next->state = cpu_to_le32(VMFS_HB_FREE);
	le64_add_cpu(&next->generation, 1);
	memset(&next->owner, 0, sizeof(next->owner));
	next->journal_address = 0;
	next->journal_offset = 0;
	vmfs_hb_forget_replayer(next);
	return vmfs_hb_write_next(vol->locks->hb);
}

/**
 * vmfs_hb_stop() - stop the pulse; the slot stays as it is
 * @vol: volume, with or without a heartbeat
 */
void vmfs_hb_stop(struct vmfs_volume *vol)
{
	struct vmfs_hb *hb = vol->locks->hb;

	if (!hb)
		return;
	cancel_delayed_work_sync(&hb->work);
	if (hb->workqueue)
		destroy_workqueue(hb->workqueue);
	kfree(hb->slot);
	kfree(hb->next);
	kfree(hb->seen);
	kfree(hb);
	vol->locks->hb = NULL;
}
