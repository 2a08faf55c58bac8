// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "volume.h"

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static int fail_fs(const char *member, uint64_t value)
{
	return vs_fail(VS_REFUSED,
		       "file-system descriptor at LV offset 0x%" PRIx64 ": %s is %" PRIu64,
		       (uint64_t)VMFS_FS_OFFSET, member, value);
}

static int read_version(struct vmfs_volume *volume)
{
	uint32_t magic = le32toh(volume->fs.magic), major = le32toh(volume->fs.major);

	if (magic != VMFS_FS_MAGIC)
		return vs_fail(VS_REFUSED,
			       "file-system descriptor at LV offset 0x%" PRIx64 ": magic number is 0x%08x",
			       (uint64_t)VMFS_FS_OFFSET, magic);
	switch (major) {
	case VMFS3_FS_MAJOR:
		volume->version = 3;
		return VS_OK;
	case VMFS5_FS_MAJOR:
		volume->version = 5;
		return VS_OK;
	case VMFS6_FS_MAJOR:
		volume->version = 6;
		return VS_OK;
	default:
		return fail_fs("version", major);
	}
}

static int read_geometry6(struct vmfs_volume *volume)
{
	const struct vmfs_fs_descriptor *fs = &volume->fs;
	uint64_t fdc;

	volume->md = le32toh(fs->md_alignment);
	if (!is_power_of_two(volume->md) || volume->md < 4096 || volume->md > VMFS_MAX_MD)
		return fail_fs("metadata alignment", volume->md);
	volume->fd_size = 2 * volume->md;
	if (le16toh(fs->pb_shift) < 12 || le16toh(fs->pb_shift) > 20)
		return fail_fs("pointer block shift", le16toh(fs->pb_shift));
	volume->pb_size = 1u << le16toh(fs->pb_shift);
	volume->lfb_shift = volume->block_shift + le16toh(fs->lfb_shift);
	if (volume->lfb_shift > 40)
		return fail_fs("large file block shift", le16toh(fs->lfb_shift));
	fdc = VMFS_HB_OFFSET + (uint64_t)VMFS6_HB_SLOTS * volume->md;
	volume->fdc_offset = (fdc + volume->block_size - 1) / volume->block_size *
			     volume->block_size;
	return VS_OK;
}

static int read_geometry(struct vmfs_volume *volume)
{
	const struct vmfs_fs_descriptor *fs = &volume->fs;

	volume->block_size = le64toh(fs->file_block_size);
	/* 1 MiB, VMFS-3 up to 8 MiB (§2) */
	if (!is_power_of_two(volume->block_size) || volume->block_size < 1 << 20 ||
	    volume->block_size > 8 << 20)
		return fail_fs("file block size", volume->block_size);
	volume->block_shift = __builtin_ctzll(volume->block_size);
	volume->num_blocks = volume->lv->size >> volume->block_shift;
	volume->sub_block_size = le32toh(fs->sub_block_size);
	if (!is_power_of_two(volume->sub_block_size) || volume->sub_block_size < 4096 ||
	    volume->sub_block_size > volume->block_size)
		return fail_fs("sub-block size", volume->sub_block_size);
	if (volume->version == 6)
		return read_geometry6(volume);
	volume->dense = le32toh(fs->config) & VMFS_CONFIG_DENSE_SB;
	volume->md = VMFS_SECTOR;
	volume->fd_size = VMFS_FD_SIZE;
	volume->pb_size = VMFS_PB_SIZE;
	volume->fdc_offset = (0x400000 + volume->block_size - 1) / volume->block_size *
			     volume->block_size;
	return VS_OK;
}

int vmfs_open_descriptor(struct vmfs_volume *volume, struct vmfs_lv *lv)
{
	char fs_uuid[VMFS_UUID_TEXT_LEN + 1], lv_uuid[VMFS_UUID_TEXT_LEN + 1];
	int err;

	memset(volume, 0, sizeof(*volume));
	volume->lv = lv;
	err = vmfs_lv_read(lv, VMFS_FS_OFFSET, &volume->fs, sizeof(volume->fs));
	if (!err)
		err = read_version(volume);
	if (err)
		return err;
	if (memcmp(&volume->fs.lv_uuid, &lv->extents[0].volume.uuid, sizeof(volume->fs.lv_uuid))) {
		vmfs_uuid_text(&volume->fs.lv_uuid, fs_uuid);
		vmfs_uuid_text(&lv->extents[0].volume.uuid, lv_uuid);
		return vs_fail(VS_REFUSED,
			       "the file system is of volume %s, the device of volume %s: a copy (snapshot) of another volume",
			       fs_uuid, lv_uuid);
	}
	return read_geometry(volume);
}

int vmfs_open(struct vmfs_volume *volume, struct vmfs_lv *lv)
{
	/* .pb2.sf before those whose own blocks it may list */
	static const enum vmfs_resource_kind order[] = {
		VMFS_RES_PB2, VMFS_RES_FD, VMFS_RES_FB, VMFS_RES_PB, VMFS_RES_SB,
	};
	unsigned int i, kind;
	int err = vmfs_open_descriptor(volume, lv);

	for (i = 0; i < ARRAY_SIZE(order) && !err; i++) {
		kind = order[i];
		if (volume->version > 3 || kind != VMFS_RES_PB2)
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
