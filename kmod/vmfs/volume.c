// SPDX-License-Identifier: GPL-2.0
/*
 * The file system descriptor, and what to say when something is corrupt.
 */
#include "vmfs.h"

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

	vmfs_count(vol, VMFS_COUNT_CORRUPTIONS, 1);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (___ratelimit(&vol->complaints, "vmfs"))
		pr_err("vmfs (%s): %s at LV offset %#llx: %pV\n", vol->sb->s_id, what, lv, &vaf);
	va_end(args);
	return -EUCLEAN;
}

static int check_version(struct vmfs_volume *vol, const struct vmfs_fs_descriptor *fd,
			 struct fs_context *fc)
{
	u32 major = le32_to_cpu(fd->major);

	if (le32_to_cpu(fd->magic) != VMFS_FS_MAGIC)
		return invalf(fc, "vmfs: no VMFS file system (magic %#x)", le32_to_cpu(fd->magic));
	if (memcmp(&fd->lv_uuid, &vol->lv_uuid, sizeof(vol->lv_uuid)))
		return invalf(fc, "vmfs: the file system belongs to another logical volume (a snapshot?)");
	switch (major) {
	case VMFS3_FS_MAJOR:
		vol->version = 3;
		break;
	case VMFS5_FS_MAJOR:
		vol->version = 5;
		break;
	case VMFS6_FS_MAJOR:
		vol->version = 6;
		break;
	default:
		return invalf(fc, "vmfs: file system version %u.%u is not known", major, fd->minor);
	}
	vol->minor = fd->minor;
	return 0;
}

static int set_sizes(struct vmfs_volume *vol, const struct vmfs_fs_descriptor *fd,
		     struct fs_context *fc)
{
	u64 fb_size = le64_to_cpu(fd->file_block_size);
	unsigned int lfb_shift = le16_to_cpu(fd->lfb_shift);

	vol->sb_size = le32_to_cpu(fd->sub_block_size);
	if (!is_power_of_2(fb_size) || fb_size < SZ_1M || fb_size > SZ_8M)
		return invalf(fc, "vmfs: file blocks of %llu bytes", fb_size);
	if (!is_power_of_2(vol->sb_size) || vol->sb_size < SZ_4K || vol->sb_size > SZ_64K)
		return invalf(fc, "vmfs: sub-blocks of %u bytes", vol->sb_size);
	vol->fb_shift = ilog2(fb_size);
	vol->addr_shift = 2;
	vol->pb_shift = ilog2(VMFS_PB_SIZE);
	vol->md_size = VMFS_SECTOR;
	vol->cluster_size = VMFS_CLUSTER_SIZE;
	vol->fd_size = VMFS_FD_SIZE;
	vol->fdc_lv = round_up(SZ_4M, fb_size);
	if (vol->version < 6)
		return 0;
	vol->md_size = le32_to_cpu(fd->md_alignment);
	if (vol->md_size != VMFS_BUF_SIZE)
		return invalf(fc, "vmfs: metadata is aligned to %u bytes; only %lu is supported",
			      vol->md_size, VMFS_BUF_SIZE);
	if (lfb_shift > 12)
		return invalf(fc, "vmfs: large file blocks of 2^%u file blocks", lfb_shift);
	vol->lfb_shift = vol->fb_shift + lfb_shift;
	vol->pb_shift = le16_to_cpu(fd->pb_shift);
	if (vol->pb_shift < 12 || vol->pb_shift > 20)
		return invalf(fc, "vmfs: pointer blocks of 2^%u bytes", vol->pb_shift);
	vol->addr_shift = 3;
	vol->cluster_size = 2 * vol->md_size;
	vol->fd_size = 2 * vol->md_size;
	vol->fdc_lv = round_up(VMFS_HB_OFFSET + (u64)VMFS6_HB_SLOTS * vol->md_size, fb_size);
	return 0;
}

/* The root's file descriptor is the first item of the first group of .fdc.sf. */
static int find_fds(struct vmfs_volume *vol, const struct vmfs_fs_descriptor *fd,
		    struct fs_context *fc)
{
	struct vmfs_resource *fdc = &vol->res[VMFS_FDC];

	fdc->vol = vol;
	fdc->name = ".fdc.sf";
	fdc->kind = VMFS_FDC;
	fdc->cg_offset = le32_to_cpu(fd->fdc_cg_offset);
	fdc->clusters_per_group = le32_to_cpu(fd->fdc_clusters_per_group);
	fdc->item_size = vol->fd_size;
	if (fdc->cg_offset & (VMFS_BUF_SIZE - 1) || fdc->cg_offset > SZ_1M ||
	    !fdc->clusters_per_group || fdc->clusters_per_group > 4096)
		return invalf(fc, "vmfs: file descriptors begin at %u, %u clusters in a group",
			      fdc->cg_offset, fdc->clusters_per_group);
	return 0;
}

/**
 * vmfs_volume_read() - read the file system descriptor and open the resources
 * @vol: volume, whose logical volume is open
 * @fc: context of the mount, for messages
 *
 * Return: 0 or an error, with a message.
 */
int vmfs_volume_read(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_buf *buf = vmfs_buf_get(vol, VMFS_FS_OFFSET);
	const struct vmfs_fs_descriptor *fd;
	enum vmfs_resource_kind kind;
	int err;

	if (IS_ERR(buf)) {
		errorf(fc, "vmfs: the file system descriptor cannot be read");
		return PTR_ERR(buf);
	}
	fd = buf->data;
	err = check_version(vol, fd, fc) ?: set_sizes(vol, fd, fc) ?: find_fds(vol, fd, fc);
	vol->uuid = fd->uuid;
	vol->config = le32_to_cpu(fd->config);
	strscpy(vol->label, fd->label, sizeof(vol->label));
	vmfs_buf_put(buf);
	for (kind = 0; !err && kind < VMFS_RESOURCES; kind++) {
		if (kind == VMFS_PB2 && vol->version == 3)
			continue;
		err = vmfs_resource_open(vol, kind);
		if (err)
			errorf(fc, "vmfs: system file %s is corrupt or cannot be read",
			       vol->res[kind].name);
	}
	return err;
}
