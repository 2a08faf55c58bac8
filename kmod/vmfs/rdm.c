// SPDX-License-Identifier: GPL-2.0
/*
 * RDM: files that stand for a LUN, whose identity they have in place of data.
 */
#include <linux/fsnotify.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vfs.h"

static_assert(sizeof(struct vmfs_scsi_id) == VMFS_RDM_ID_SIZE);

/* In the same place in all versions of the file descriptor */
static void *vmfs_rdm_id(struct vmfs_inode *vi)
{
	return vi->meta + 1;
}

/**
 * vmfs_rdm_init() - let a new inode stand for a LUN
 * @vi: inode of type VMFS_TYPE_RDM that nobody else has yet
 * @rdm: which LUN
 *
 * The caller logs the inode; all of the file descriptor is part of the transaction.
 */
void vmfs_rdm_init(struct vmfs_inode *vi, const struct vmfs_rdm *rdm)
{
	vmfs_map_init(vi, VMFS_ZLA_FB);
	memcpy(vmfs_rdm_id(vi), rdm->id, sizeof(rdm->id));
	i_size_write(&vi->inode, rdm->size);
}

static int vmfs_rdm_create(struct file *file, const struct vmfs_rdm *rdm)
{
	struct dentry *parent = file->f_path.dentry, *dentry;
	struct qstr name = QSTR_INIT(rdm->name, strlen(rdm->name));
	struct inode *dir = d_inode(parent);
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!rdm->size || rdm->size % VMFS_SECTOR || rdm->size > dir->i_sb->s_maxbytes)
		return -EINVAL;
	err = mnt_want_write_file(file);
	if (err)
		return err;
	inode_lock_nested(dir, I_MUTEX_PARENT);
	dentry = IS_DEADDIR(dir) ? ERR_PTR(-ENOENT) : lookup_noperm(&name, parent);
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = d_is_positive(dentry) ? -EEXIST : vmfs_make_rdm(dir, dentry, rdm);
		if (!err)
			fsnotify_create(dir, dentry);
		dput(dentry);
	}
	inode_unlock(dir);
	mnt_drop_write_file(file);
	return err;
}

static int vmfs_rdm_read(struct file *file, struct vmfs_rdm *rdm)
{
	struct qstr name = QSTR_INIT(rdm->name, strlen(rdm->name));
	struct dentry *dentry = lookup_noperm_unlocked(&name, file->f_path.dentry);
	struct inode *inode;
	int err = 0;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	inode = d_inode(dentry);
	if (!inode) {
		err = -ENOENT;
	} else if (inode->i_fop != &vmfs_rdm_fops) {
		err = -EINVAL;
	} else {
		rdm->size = i_size_read(inode);
		memcpy(rdm->id, vmfs_rdm_id(to_vmfs(inode)), sizeof(rdm->id));
	}
	dput(dentry);
	return err;
}

/**
 * vmfs_rdm_ioctl() - VMFS_IOC_RDM_CREATE and VMFS_IOC_RDM_READ
 * @file: a directory
 * @cmd: which
 * @arg: struct vmfs_rdm
 *
 * Return: 0 or an error: -EEXIST, -ENOENT, -EINVAL, -EPERM, -EROFS, -ENOSPC, ...
 */
long vmfs_rdm_ioctl(struct file *file, unsigned int cmd, struct vmfs_rdm __user *arg)
{
	struct vmfs_rdm *rdm;
	int err;

	if (!S_ISDIR(file_inode(file)->i_mode))
		return -ENOTDIR;
	rdm = memdup_user(arg, sizeof(*rdm));
	if (IS_ERR(rdm))
		return PTR_ERR(rdm);
	if (strnlen(rdm->name, sizeof(rdm->name)) == sizeof(rdm->name) ||
	    memchr_inv(rdm->reserved, 0, sizeof(rdm->reserved)))
		err = -EINVAL;
	else if (cmd == VMFS_IOC_RDM_CREATE)
		err = vmfs_rdm_create(file, rdm);
	else
		err = vmfs_rdm_read(file, rdm);
	if (!err && cmd == VMFS_IOC_RDM_READ && copy_to_user(arg, rdm, sizeof(*rdm)))
		err = -EFAULT;
	kfree(rdm);
	return err;
}
