// SPDX-License-Identifier: GPL-2.0
/*
 * Symbolic links: the target is the file's content.
 */
#include <linux/slab.h>

#include "vfs.h"

static const char *vmfs_get_link(struct dentry *dentry, struct inode *inode,
				 struct delayed_call *done)
{
	u64 len = i_size_read(inode);
	char *target;
	int err;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	if (!len || len >= PATH_MAX)
		return ERR_PTR(vmfs_corrupt(vmfs_volume(inode->i_sb), "symbolic link",
					    vmfs_buf_lv(to_vmfs(inode)->buf), "%llu bytes", len));
	target = kmalloc(len + 1, GFP_KERNEL);
	if (!target)
		return ERR_PTR(-ENOMEM);
	err = vmfs_file_read(inode, 0, target, len);
	if (err) {
		kfree(target);
		return ERR_PTR(err);
	}
	target[len] = '\0';
	set_delayed_call(done, kfree_link, target);
	return target;
}

const struct inode_operations vmfs_symlink_iops = {
	.get_link = vmfs_get_link,
	.setattr = vmfs_setattr,
};
