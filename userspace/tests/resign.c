// SPDX-License-Identifier: GPL-2.0
/* A new signature: all of it, or none that anybody takes for one. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "../libvmfs/resign.h"
#include "../libvs/err.h"
#include "../libvs/text.h"
#include "power.h"
#include "unit.h"
#include "vmfs_image.h"

#define TIME	1700000001u

static struct vmfs_fs_descriptor *descriptor(struct image *image)
{
	return (struct vmfs_fs_descriptor *)(image->devs[0].memory + VMFS_LVM_DATA_OFFSET +
					     VMFS_FS_OFFSET);
}

static struct vmfs_lvm_header *header(struct image *image, unsigned int extent)
{
	return (struct vmfs_lvm_header *)(image->devs[extent].memory + VMFS_LVM_OFFSET);
}

/* What tells a volume from another */
struct identity {
	struct vmfs_uuid fs, volume, devices[IMAGE_EXTENTS];
};

static void read_identity(struct image *image, struct identity *is)
{
	unsigned int i;

	is->fs = descriptor(image)->uuid;
	is->volume = descriptor(image)->lv_uuid;
	for (i = 0; i < image->count; i++)
		is->devices[i] = header(image, i)->uuid;
}

static bool same(const struct vmfs_uuid *a, const struct vmfs_uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* A volume that opens is wholly the old one or the new one, and has its files. */
static bool check_volume(struct image *image, const struct identity *before)
{
	char want[VMFS_LABEL_SIZE], text[VMFS_LABEL_SIZE], uuid[VMFS_UUID_TEXT_LEN + 1];
	struct vmfs_inode inode;
	struct identity now;
	bool is_new;
	unsigned int i;

	CHECK(!vmfs_path_lookup(&image->volume, "dir/deep/pointers", &inode));
	read_identity(image, &now);
	is_new = !same(&now.fs, &before->fs);
	CHECK(is_new == !same(&now.volume, &before->volume));
	snprintf(want, sizeof(want), "snap-%08x-unit", le32toh(now.fs.time_hi));
	SAME(vmfs_label(&image->volume, text), is_new ? want : "unit");
	vmfs_uuid_text(&now.volume, uuid);
	for (i = 0; i < image->count; i++) {
		CHECK(is_new == !same(&now.devices[i], &before->devices[i]));
		SAME(image->lv.extents[i].volume.name, uuid);
	}
	CHECK(!same(&now.devices[0], &now.devices[1]));
	return is_new;
}

/* Power fails at each of its steps: it is said again, with the devices in another order. */
static void interrupted(void)
{
	struct identity before;
	enum power_loss loss;
	struct image image;
	bool failed = true, is_new;
	unsigned int cut;

	image_make(&image, 2, 1);
	image_fill(&image);
	read_identity(&image, &before);
	for (cut = 0; failed; cut++) {
		for (loss = 0; loss < POWER_LOSSES; loss++) {
			struct vmfs_dev turned[] = { image.devs[1], image.devs[0] };

			power_record(cut);
			CHECK(!vmfs_resign(image.devs, 2, TIME) == !power_has_failed());
			failed = power_has_failed();
			CHECK(failed || power_lost_nothing());
			power_back(failed ? loss : POWER_KEEPS_ALL);
			is_new = false;
			if (!image_open(&image)) {
				is_new = check_volume(&image, &before);
				image_close(&image);
			}
			CHECK(is_new || failed);
			if (!is_new)
				CHECK(!vmfs_resign(turned, 2, TIME));
			CHECK(!image_open(&image));
			CHECK(check_volume(&image, &before));
			image_close(&image);
			power_undo();
		}
	}
	CHECK(cut == 7);	/* descriptor, two extents, a flush of each, and none failed */
	image_free(&image);
}

static void refusals(void)
{
	struct vmfs_heartbeat *slot;
	struct image image, other;
	struct identity before, after;
	struct vmfs_dev mixed[2];

	image_make(&image, 2, 1);
	image_make(&other, 2, 1);
	read_identity(&image, &before);
	CHECK(vmfs_resign(image.devs, 1, TIME) == VS_REFUSED);
	SAME(vs_error(), "memory0: the volume has 2 extents, 1 given: name all devices of it");
	CHECK(vmfs_resign(image.devs + 1, 1, TIME) == VS_REFUSED);
	CHECK(strstr(vs_error(), "the head extent is missing"));
	mixed[0] = image.devs[0];
	mixed[1] = other.devs[1];
	CHECK(vmfs_resign(mixed, 2, TIME) == VS_REFUSED);
	SAME(vs_error(), "memory1 is of another volume than memory0");
	mixed[1] = image.devs[0];
	CHECK(vmfs_resign(mixed, 2, TIME) == VS_REFUSED);
	SAME(vs_error(), "memory0 and memory0 hold the same part of the volume");
	slot = (struct vmfs_heartbeat *)(image.devs[0].memory + VMFS_LVM_DATA_OFFSET +
					 VMFS_HB_OFFSET) + VMFS_HB_SLOTS - 1;
	slot->state = htole32(VMFS_HB_IN_USE);
	strcpy(slot->ip, "192.0.2.1");
	CHECK(vmfs_resign(image.devs, 2, TIME) == VS_REFUSED);
	CHECK(strstr(vs_error(), "(192.0.2.1) uses the volume, or did not close it: 'fsck"));
	slot->state = htole32(VMFS_HB_FREE);
	descriptor(&image)->major = htole32(VMFS6_FS_MAJOR);
	CHECK(vmfs_resign(image.devs, 2, TIME) == VS_REFUSED);
	read_identity(&image, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	image_free(&image);
	image_free(&other);
}

/* It stays text, and within its room. */
static void labels(void)
{
	struct image image;
	char *label;

	image_make(&image, 1, 1);
	label = descriptor(&image)->label;
	memset(label, 'a', 112);
	strcpy(label + 112, "\xc3\xa9tage");
	CHECK(!vmfs_resign(image.devs, 1, TIME));
	CHECK(strlen(label) == 14 + 112 && vs_is_utf8(label));
	image_free(&image);
}

const struct test resign_tests[] = {
	{ "resign: cut short at each step", interrupted },
	{ "resign: what is refused is not changed", refusals },
	{ "resign: labels", labels },
	{ NULL, NULL }
};
