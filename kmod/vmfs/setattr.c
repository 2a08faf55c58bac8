// SPDX-License-Identifier: GPL-2.0
/*
 * Changing attributes.
 */
#include "vfs.h"

static int vmfs_set_attributes(struct mnt_idmap *idmap, struct inode *inode, struct iattr *attr)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vmfs_volume(inode->i_sb), &tx, 2);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, vi);
	if (!err) {
		setattr_copy(idmap, inode, attr);
		vmfs_inode_log(&tx, vi);
	}
	vmfs_tx_end(&tx);
	return err;
}

/**
 * vmfs_setattr() - setattr of every kind of inode
 * @idmap: of the mount
 * @dentry: of the inode
 * @attr: what to change
 *
 * Return: 0 or an error.
 */
int vmfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err;

	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	if (attr->ia_valid & ATTR_SIZE) {
		if (!S_ISREG(inode->i_mode) || inode->i_fop == &vmfs_rdm_fops)
			return -EINVAL;
		err = vmfs_resize(inode, attr->ia_size);
		if (err)
			return err;
		attr->ia_valid |= ATTR_MTIME | ATTR_CTIME;
	}
	err = vmfs_set_attributes(idmap, inode, attr);
	if (!err && (IS_SYNC(inode) || (S_ISDIR(inode->i_mode) && IS_DIRSYNC(inode))))
		err = vmfs_commit(vmfs_volume(inode->i_sb));
	return err;
}
