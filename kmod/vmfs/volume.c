// SPDX-License-Identifier: GPL-2.0
/*
 * The file system descriptor, and the system files.
 */
#include "vfs.h"

static int vmfs_check_descriptor(struct vmfs_volume *vol, const struct vmfs_fs_descriptor *fs,
				 struct fs_context *fc)
{
	struct vmfs_geometry *geo = &vol->geo;
	const char *wrong;
	u64 value;

	wrong = vmfs_check_fs(fs, geo, &value);
	if (wrong)
		return invalf(fc, "vmfs: no VMFS file system: of its descriptor, the %s is %llu (%#llx)",
			      wrong, value, value);
	if (memcmp(&fs->lv_uuid, &vol->disk.lv_uuid, sizeof(vol->disk.lv_uuid)))
		return invalf(fc, "vmfs: the file system belongs to another logical volume (a snapshot?)");
	vol->version = geo->version;
	vol->minor = fs->minor;
	vol->fb_shift = geo->fb_shift;
	vol->sb_size = geo->sb_size;
	vol->pb_shift = geo->pb_shift;
	vol->addr_shift = geo->addr_shift;
	vol->uuid = fs->uuid;
	strscpy(vol->label, fs->label, sizeof(vol->label));
	return 0;
}

static int vmfs_open_resource(struct vmfs_volume *vol, enum vmfs_resource_kind kind)
{
	struct inode *inode = vmfs_iget(vol->sb, vmfs_resource_fd(kind), 0);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = vmfs_resource_open(&vol->space->res[kind], to_vmfs(inode));
	iput(inode);
	return err;
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
	enum vmfs_resource_kind kind;
	int err;

	if (IS_ERR(buf)) {
		errorf(fc, "vmfs: the file system descriptor cannot be read");
		return PTR_ERR(buf);
	}
	err = vmfs_check_descriptor(vol, buf->data, fc);
	vmfs_buf_put(buf);
	err = err ?: vmfs_resources_init(vol);
	if (err)
		return err;
	for (kind = 0; !err && kind < VMFS_RESOURCES; kind++) {
		if (kind == VMFS_PB2 && vol->version == 3)
			continue;
		err = vmfs_open_resource(vol, kind);
		if (err)
			errorf(fc, "vmfs: system file %s is corrupt or cannot be read",
			       vol->space->res[kind].name);
	}
	return err;
}
