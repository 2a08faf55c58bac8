// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl: FITRIM, the label, RDMs.
 */
#include <linux/uaccess.h>

#include "vfs.h"

static int vmfs_ioctl_trim(struct vmfs_volume *vol, struct fstrim_range __user *arg)
{
	struct fstrim_range range;
	u64 trimmed;
	u64 at;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!vmfs_is_active(vol))
		return -EROFS;
	if (!bdev_max_discard_sectors(vmfs_lv_bdev(vol, 0, &at)))
		return -EOPNOTSUPP;
	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	/* What was freed must be durable before it is gone. */
	err = vmfs_commit(vol) ?: vmfs_trim(vol, range.start, range.len, range.minlen, &trimmed);
	if (err)
		return err;
	range.len = trimmed;
	return copy_to_user(arg, &range, sizeof(range)) ? -EFAULT : 0;
}

/* As of XFS and ext4: nothing more is written, after what the caller wants to be kept. */
static int vmfs_ioctl_shutdown(struct super_block *sb, u32 __user *arg)
{
	struct vmfs_volume *vol = vmfs_volume(sb);
	int err = 0;
	u32 how;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(how, arg))
		return -EFAULT;
	if (!vmfs_is_active(vol))
		return -EROFS;
	switch (how) {
	case VMFS_SHUTDOWN_SYNC:
		err = bdev_freeze(sb->s_bdev);
		if (!err) {
			vmfs_shutdown(vol, -EIO, "shut down on demand");
			bdev_thaw(sb->s_bdev);
		}
		return err;
	case VMFS_SHUTDOWN_LOG:
		err = vmfs_commit(vol);
		break;
	case VMFS_SHUTDOWN_NOW:
		break;
	default:
		return -EINVAL;
	}
	vmfs_shutdown(vol, -EIO, "shut down on demand");
	return err;
}

/**
 * vmfs_ioctl() - ioctl of files and directories
 * @file: any of the volume
 * @cmd: FITRIM, FS_IOC_GETFSLABEL, VMFS_IOC_*
 * @arg: of it
 *
 * Return: 0 or an error; -ENOTTY for other commands.
 */
long vmfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vmfs_volume *vol = vmfs_volume(file_inode(file)->i_sb);

	switch (cmd) {
	case FITRIM:
		return vmfs_ioctl_trim(vol, (struct fstrim_range __user *)arg);
	case FS_IOC_GETFSLABEL:
		return copy_to_user((char __user *)arg, vol->label, VMFS_LABEL_SIZE) ? -EFAULT : 0;
	case VMFS_IOC_SHUTDOWN:
		return vmfs_ioctl_shutdown(vol->sb, (u32 __user *)arg);
	case VMFS_IOC_RDM_CREATE:
	case VMFS_IOC_RDM_READ:
		return vmfs_rdm_ioctl(file, cmd, (struct vmfs_rdm __user *)arg);
	default:
		return -ENOTTY;
	}
}
