// SPDX-License-Identifier: GPL-2.0
/*
 * What is wrong with a volume: corruption, and the end of all writing.
 */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "disk.h"

/**
 * vmfs_corrupt() - say that something on disk cannot be right
 * @vol: volume
 * @what: kind of structure
 * @lv: its LV offset
 * @fmt: what is wrong with it, without newline
 *
 * Messages are rate-limited for each volume.
 *
 * Return: -EUCLEAN.
 */
int vmfs_corrupt(struct vmfs_volume *vol, const char *what, u64 lv, const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;
	char *text;

	vmfs_count(vol, VMFS_COUNT_CORRUPTIONS, 1);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (___ratelimit(&vol->disk.complaints, "vmfs")) {
		pr_err("vmfs (%s): %s at LV offset %#llx: %pV\n", vol->sb->s_id, what, lv, &vaf);
		text = kasprintf(GFP_NOIO | __GFP_NOWARN, "%s at LV offset %#llx: %pV", what, lv,
				 &vaf);
		vmfs_event(vol, VMFS_EVENT_CORRUPT, text ?: what);
		kfree(text);
	}
	va_end(args);
	return -EUCLEAN;
}

/**
 * vmfs_shutdown() - stop all writing, because to go on would do damage
 * @vol: volume
 * @err: what those who want to write get from now on: -EIO or -EROFS
 * @why: for people, who are told of it here and in netlink.c; not to be freed
 *
 * The mount does not become read-only: were it frozen now, its thaw would not end.
 */
void vmfs_shutdown(struct vmfs_volume *vol, int err, const char *why)
{
	if (cmpxchg(&vol->disk.err, 0, err))
		return;
	WRITE_ONCE(vol->disk.reason, why);
	vmfs_count(vol, VMFS_COUNT_FAILURES, 1);
	pr_crit("vmfs (%s): %s: nothing is written to the volume any more; unmount it and run fsck.vmfs\n",
		vol->sb->s_id, why);
	vmfs_event(vol, VMFS_EVENT_STOP, why);
}

/**
 * vmfs_may_write() - may we write to the volume?
 * @vol: volume that is active
 *
 * Asked before each write.  Past the deadline this ends all writing, whether or not a later
 * heartbeat arrives.
 *
 * Return: whether.
 */
bool vmfs_may_write(struct vmfs_volume *vol)
{
	if (READ_ONCE(vol->disk.err))
		return false;
	/* The clock runs while the machine sleeps, as that of other hosts does. */
	if (likely(ktime_get_coarse_boottime_ns() < READ_ONCE(vol->disk.deadline)))
		return true;
	vmfs_shutdown(vol, -EIO, "the heartbeat did not reach the device for 12 s: another host may have taken the volume over");
	return false;
}
