// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "volume.h"

int vmfs_open_descriptor(struct vmfs_volume *volume, struct vmfs_lv *lv)
{
	char fs_uuid[VMFS_UUID_TEXT_LEN + 1], lv_uuid[VMFS_UUID_TEXT_LEN + 1];
	const char *wrong;
	__u64 value;
	int err;

	memset(volume, 0, sizeof(*volume));
	volume->lv = lv;
	err = vmfs_lv_read(lv, VMFS_FS_OFFSET, &volume->fs, sizeof(volume->fs));
	if (err)
		return err;
	wrong = vmfs_check_fs(&volume->fs, &volume->geo, &value);
	if (wrong)
		return vs_fail(VS_REFUSED, "file-system descriptor at LV offset 0x%" PRIx64
			       ": %s is %" PRIu64 " (0x%" PRIx64 ")", (uint64_t)VMFS_FS_OFFSET,
			       wrong, (uint64_t)value, (uint64_t)value);
	if (memcmp(&volume->fs.lv_uuid, &lv->extents[0].volume.uuid, sizeof(volume->fs.lv_uuid))) {
		vmfs_uuid_text(&volume->fs.lv_uuid, fs_uuid);
		vmfs_uuid_text(&lv->extents[0].volume.uuid, lv_uuid);
		return vs_fail(VS_REFUSED,
			       "the file system is of volume %s, the device of volume %s: a resignature that was cut short, which is to be said again",
			       fs_uuid, lv_uuid);
	}
	volume->version = volume->geo.version;
	volume->md = volume->geo.md_size;
	volume->block_shift = volume->geo.fb_shift;
	volume->block_size = 1ull << volume->block_shift;
	volume->num_blocks = lv->size >> volume->block_shift;
	volume->sub_block_size = volume->geo.sb_size;
	volume->pb_size = 1u << volume->geo.pb_shift;
	return VS_OK;
}

int vmfs_open(struct vmfs_volume *volume, struct vmfs_lv *lv)
{
	/* .pb2.sf before those whose own blocks it may list */
	static const enum vmfs_resource_kind order[] = {
		VMFS_PB2, VMFS_FDC, VMFS_FBB, VMFS_PBC, VMFS_SBC,
	};
	unsigned int i, kind;
	int err = vmfs_open_descriptor(volume, lv);

	for (i = 0; i < ARRAY_SIZE(order) && !err; i++) {
		kind = order[i];
		if (volume->version > 3 || kind != VMFS_PB2)
			err = vmfs_resource_open(volume, kind);
	}
	if (err)
		vmfs_close(volume);
	return err;
}

void vmfs_close(struct vmfs_volume *volume)
{
	unsigned int depth, level;

	for (depth = 0; depth <= VMFS_MAX_DEPTH; depth++) {
		for (level = 0; level < 2; level++) {
			free(volume->pb[depth][level]);
			volume->pb[depth][level] = NULL;
		}
	}
}

const char *vmfs_label(const struct vmfs_volume *volume, char text[VMFS_LABEL_SIZE])
{
	memcpy(text, volume->fs.label, VMFS_LABEL_SIZE);
	text[VMFS_LABEL_SIZE - 1] = '\0';
	return text;
}
