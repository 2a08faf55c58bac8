// SPDX-License-Identifier: GPL-2.0
/*
 * A new signature for a copy of a volume.
 *
 * Its file system descriptor says of which logical volume it is, and so does each extent.
 * First the descriptor gets all that is new: from then on, it and the head extent disagree,
 * and nobody opens the volume.  Then the other extents follow, and at the end the head, in
 * one sector.  If descriptor and head disagree, a new call goes on with those of the descriptor.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../libvs/text.h"
#include "make.h"
#include "resign.h"

/**
 * struct resign - a volume that gets a new signature
 * @extents: in their order, the head first
 * @head: the logical volume as far as it is on the head
 * @uuid: of the logical volume, the new one
 * @is_begun: the descriptor has it already
 */
struct resign {
	struct vmfs_extent extents[VMFS_MAX_EXTENTS];
	unsigned int count;
	uint32_t time;
	struct vmfs_lv head;
	struct vmfs_fs_descriptor fs;
	struct vmfs_uuid uuid;
	bool is_begun;
};

static bool same_uuid(const struct vmfs_uuid *a, const struct vmfs_uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Each on its own: those that are done are of another volume than the others. */
static int read_extent(struct resign *resign, const struct vmfs_dev *dev)
{
	struct vmfs_extent *extent = &resign->extents[resign->count];
	struct vmfs_lv lv;
	int err = vmfs_lv_open(&lv, dev, 1, true);

	if (err)
		return err;
	if (lv.major != 5) {
		err = vs_fail(VS_REFUSED, "%s: VMFS-%u can only be read", dev->name, lv.major);
	} else {
		*extent = lv.extents[0];
		extent->runs = NULL;
		resign->count++;
	}
	vmfs_lv_close(&lv);
	return err;
}

static int by_first(const void *a, const void *b)
{
	const struct vmfs_extent *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int read_descriptor(struct resign *resign)
{
	const struct vmfs_extent *head = &resign->extents[0];
	struct vmfs_geometry geo;
	const char *wrong;
	__u64 value;
	int err;

	if (head->first)
		return vs_fail(VS_REFUSED, "%s: the head extent is missing: name all devices of the volume",
			       head->dev->name);
	err = vmfs_lv_open(&resign->head, head->dev, 1, true);
	if (!err)
		err = vmfs_lv_read(&resign->head, VMFS_FS_OFFSET, &resign->fs, sizeof(resign->fs));
	if (err)
		return err;
	wrong = vmfs_check_fs(&resign->fs, &geo, &value);
	if (wrong || geo.version != 5)
		return vs_fail(VS_REFUSED, "%s: its file system is no VMFS-5", head->dev->name);
	resign->is_begun = !same_uuid(&resign->fs.lv_uuid, &head->volume.uuid);
	resign->uuid = resign->fs.lv_uuid;
	return VS_OK;
}

/* All of one volume, and all of it? */
static int check_extents(const struct resign *resign)
{
	const struct vmfs_extent *head = &resign->extents[0], *extent;
	uint32_t devices = 0;
	uint64_t end = 0;

	for (extent = head; extent < head + resign->count; extent++) {
		if (!same_uuid(&extent->volume.uuid, &head->volume.uuid) &&
		    !same_uuid(&extent->volume.uuid, &resign->uuid))
			return vs_fail(VS_REFUSED, "%s is of another volume than %s",
				       extent->dev->name, head->dev->name);
		if (extent->first < end)
			return vs_fail(VS_REFUSED, "%s and %s hold the same part of the volume",
				       extent[-1].dev->name, extent->dev->name);
		if (extent->first > end)
			break;
		end += extent->length;
		/* One left by a crash does not know of the last ones. */
		if (le32toh(extent->volume.num_devices) > devices)
			devices = le32toh(extent->volume.num_devices);
	}
	if (extent < head + resign->count || devices != resign->count)
		return vs_fail(VS_REFUSED, "%s: the volume has %u extents, %u given: name all devices of it",
			       head->dev->name, devices, resign->count);
	return VS_OK;
}

/* A journal is of a volume by its UUID: what is in one would be lost. */
static int check_unused(const struct resign *resign)
{
	const size_t size = VMFS_HB_SLOTS * sizeof(struct vmfs_heartbeat);
	struct vmfs_heartbeat *slots = vs_malloc(size);
	char uuid[VMFS_UUID_TEXT_LEN + 1];
	unsigned int i;
	int err = vmfs_lv_read(&resign->head, VMFS_HB_OFFSET, slots, size);

	for (i = 0; !err && i < VMFS_HB_SLOTS; i++) {
		if (le32toh(slots[i].state) == VMFS_HB_FREE)
			continue;
		vmfs_uuid_text(&slots[i].owner, uuid);
		err = vs_fail(VS_REFUSED,
			      "host %s (%.*s) uses the volume, or did not close it: 'fsck.vmfs -y' with all of its devices sees which, and closes it",
			      uuid, (int)sizeof(slots[i].ip), slots[i].ip);
	}
	free(slots);
	return err;
}

/* "snap-1A2B3C4D-LABEL", as ESXi has it */
static void set_label(struct vmfs_fs_descriptor *fs)
{
	char old[VMFS_LABEL_SIZE], made[2 * VMFS_LABEL_SIZE];

	memcpy(old, fs->label, sizeof(old));
	old[sizeof(old) - 1] = '\0';
	snprintf(made, sizeof(made), "snap-%08x-%s", le32toh(fs->uuid.time_hi), old);
	made[vs_cut(made, VMFS_LABEL_SIZE - 1)] = '\0';
	memset(fs->label, 0, sizeof(fs->label));
	memcpy(fs->label, made, strlen(made));
}

static int write_descriptor(struct resign *resign)
{
	int err = vmfs_new_uuid(&resign->uuid, resign->time);

	if (!err)
		err = vmfs_new_uuid(&resign->fs.uuid, resign->time);
	if (err)
		return err;
	resign->fs.lv_uuid = resign->uuid;
	set_label(&resign->fs);
	err = vmfs_lv_write(&resign->head, VMFS_FS_OFFSET, &resign->fs, sizeof(resign->fs));
	return err ? err : vmfs_lv_sync(&resign->head);
}

/* Header and volume descriptor are adjacent. */
static int write_extent(const struct resign *resign, const struct vmfs_extent *extent)
{
	struct {
		struct vmfs_lvm_header header;
		struct vmfs_lvm_volume volume;
	} both = { extent->header, extent->volume };
	int err = vmfs_new_uuid(&both.header.uuid, resign->time);

	vmfs_set_scsi_id(&both.header, extent->dev);
	both.header.generation = htole64(le64toh(both.header.generation) + 1);
	both.header.mod_time = htole64(resign->time * 1000000ull);
	both.volume.mod_time = both.header.mod_time;
	both.volume.uuid = resign->uuid;
	vmfs_uuid_text(&resign->uuid, both.volume.name);
	if (!err)
		err = vmfs_dev_write(extent->dev, VMFS_LVM_OFFSET, &both, sizeof(both));
	return err ? err : vmfs_dev_sync(extent->dev);
}

static int write_all(struct resign *resign)
{
	unsigned int i = resign->count;
	int err = resign->is_begun ? VS_OK : write_descriptor(resign);

	while (!err && i--)
		if (!same_uuid(&resign->extents[i].volume.uuid, &resign->uuid))
			err = write_extent(resign, &resign->extents[i]);
	return err;
}

int vmfs_resign(const struct vmfs_dev *devs, unsigned int count, uint32_t time)
{
	struct resign *resign = vs_malloc(sizeof(*resign));
	unsigned int i;
	int err = VS_OK;

	memset(resign, 0, sizeof(*resign));
	resign->time = time;
	if (!count || count > VMFS_MAX_EXTENTS)
		err = vs_fail(VS_USAGE, "a volume has 1 to %u extents, not %u", VMFS_MAX_EXTENTS,
			      count);
	for (i = 0; !err && i < count; i++)
		err = read_extent(resign, &devs[i]);
	qsort(resign->extents, resign->count, sizeof(resign->extents[0]), by_first);
	if (!err)
		err = read_descriptor(resign);
	if (!err)
		err = check_extents(resign);
	if (!err)
		err = check_unused(resign);
	if (!err)
		err = write_all(resign);
	vmfs_lv_close(&resign->head);
	free(resign);
	return err;
}
