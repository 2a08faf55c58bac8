// SPDX-License-Identifier: GPL-2.0
/*
 * File handles, for NFS: the address and generation of a file descriptor.
 */
#include <linux/exportfs.h>

#include "vfs.h"

static struct inode *vmfs_handle_inode(struct super_block *sb, u64 ino, u32 generation)
{
	/* A handle may be anything: no complaints about it. */
	if (vmfs_address_type(ino) != VMFS_ADDR_FD || ino > U32_MAX)
		return ERR_PTR(-ESTALE);
	return vmfs_iget(sb, ino, generation);
}

static struct dentry *vmfs_fh_to_dentry(struct super_block *sb, struct fid *fid, int len, int type)
{
	return generic_fh_to_dentry(sb, fid, len, type, vmfs_handle_inode);
}

static struct dentry *vmfs_fh_to_parent(struct super_block *sb, struct fid *fid, int len, int type)
{
	return generic_fh_to_parent(sb, fid, len, type, vmfs_handle_inode);
}

/*
 * Newer kernels do not lock the directory here.  Nobody adds to it before it has its name
 * back; a rename that moves it may change what is read, but exportfs looks for it in the
 * parent that it gets.
 */
static struct dentry *vmfs_get_parent(struct dentry *child)
{
	struct inode *inode = d_inode(child);
	struct vmfs_entry entry;
	int err;

	err = vmfs_dir_parent(inode, &entry);
	if (err)
		return ERR_PTR(err);
	return d_obtain_alias(vmfs_iget(inode->i_sb, entry.address, 0));
}

/* What the kernel's NFS server promises to clients of a change of names or attributes */
static int vmfs_commit_metadata(struct inode *inode)
{
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);

	return vmfs_is_active(vol) ? vmfs_commit(vol) : 0;
}

const struct export_operations vmfs_export_ops = {
	.encode_fh = generic_encode_ino32_fh,
	.fh_to_dentry = vmfs_fh_to_dentry,
	.fh_to_parent = vmfs_fh_to_parent,
	.get_parent = vmfs_get_parent,
	.commit_metadata = vmfs_commit_metadata,
};
