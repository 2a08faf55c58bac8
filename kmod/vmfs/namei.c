// SPDX-License-Identifier: GPL-2.0
/*
 * Names: create, mkdir, symlink, unlink, rmdir, rename.  VMFS-5 only.
 *
 * Each is one transaction.  What can fail comes first; a volume that cannot be
 * read in the middle of a change gets no further transactions.
 */
#include <linux/namei.h>

#include "vfs.h"

static int vmfs_check_name(struct inode *dir, const struct dentry *dentry)
{
	if (!vmfs_is_active(vmfs_volume(dir->i_sb)))
		return -EROFS;
	return dentry->d_name.len > VMFS_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* With -o sync or dirsync, or chattr +D, a change of names is durable when the call returns. */
static int vmfs_sync_names(struct inode *dir, struct inode *other)
{
	return IS_DIRSYNC(dir) || IS_DIRSYNC(other) ? vmfs_commit(vmfs_volume(dir->i_sb)) : 0;
}

/* A failure that leaves half a change in the running transaction */
static int vmfs_broken(struct vmfs_tx *tx, int err)
{
	if (err)
		vmfs_shutdown(tx->vol, -EIO, "a directory cannot be changed");
	return err;
}

/* A new inode that did not get a name is released as a deleted one is. */
static void vmfs_give_up(struct inode *inode)
{
	clear_nlink(inode);
	discard_new_inode(inode);
}

/* What a new file has from the start: a link its target, an RDM its LUN (@what) */
static int vmfs_make_content(struct vmfs_tx *tx, struct inode *inode, struct inode *dir, u32 type,
			     const void *what)
{
	switch (type) {
	case VMFS_TYPE_SYMLINK:
		return vmfs_map_new_content(tx, to_vmfs(inode), what, strlen(what));
	case VMFS_TYPE_DIR:
		return vmfs_dir_make(tx, inode, dir);
	case VMFS_TYPE_RDM:
		vmfs_rdm_init(to_vmfs(inode), what);
		return 0;
	default:
		return 0;
	}
}

/* Make a file of any kind; what as of vmfs_make_content() */
static int vmfs_make_once(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			  umode_t mode, u32 type, const void *what)
{
	struct vmfs_volume *vol = vmfs_volume(dir->i_sb);
	struct inode *inode;
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vol, &tx, VMFS_TX_SMALL);
	if (err)
		return err;
	inode = vmfs_inode_create(idmap, &tx, dir, mode, type);
	if (IS_ERR(inode)) {
		vmfs_tx_end(&tx);
		return PTR_ERR(inode);
	}
	err = vmfs_make_content(&tx, inode, dir, type, what);
	if (!err)
		err = vmfs_dir_add(&tx, dir, &dentry->d_name, inode);
	if (!err && S_ISDIR(mode)) {
		set_nlink(inode, 2);
		inc_nlink(dir);
		vmfs_inode_log(&tx, to_vmfs(dir));
	}
	if (err) {
		clear_nlink(inode);
		vmfs_orphan_add(&tx, to_vmfs(inode));
	}
	vmfs_inode_log(&tx, to_vmfs(inode));
	vmfs_tx_end(&tx);
	if (err)
		vmfs_give_up(inode);
	else
		d_instantiate_new(dentry, inode);
	return err;
}

static int vmfs_make(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		     umode_t mode, u32 type, const void *what)
{
	int err;

	err = vmfs_check_name(dir, dentry) ?: vmfs_make_once(idmap, dir, dentry, mode, type, what);
	/* Once more, not for ever: what it gave up is among what a commit frees. */
	if (err == -ENOSPC && vmfs_commit_frees(vmfs_volume(dir->i_sb)))
		err = vmfs_make_once(idmap, dir, dentry, mode, type, what);
	return err ?: vmfs_sync_names(dir, dir);
}

static int vmfs_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode)
{
	return vmfs_make(idmap, dir, dentry, mode, VMFS_TYPE_FILE, NULL);
}

static struct dentry *vmfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				 struct dentry *dentry, umode_t mode)
{
	return ERR_PTR(vmfs_make(idmap, dir, dentry, mode | S_IFDIR, VMFS_TYPE_DIR, NULL));
}

static int vmfs_symlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			const char *target)
{
	if (strlen(target) >= min_t(u32, vmfs_volume(dir->i_sb)->sb_size, PATH_MAX))
		return -ENAMETOOLONG;
	return vmfs_make(idmap, dir, dentry, S_IFLNK | 0777, VMFS_TYPE_SYMLINK, target);
}

/**
 * vmfs_make_rdm() - make a file that stands for a LUN
 * @dir: directory; i_rwsem is held exclusively
 * @dentry: its name, which is not there
 * @rdm: the LUN
 *
 * Return: 0 or an error.
 */
int vmfs_make_rdm(struct inode *dir, struct dentry *dentry, const struct vmfs_rdm *rdm)
{
	return vmfs_make(&nop_mnt_idmap, dir, dentry, S_IFREG | 0600, VMFS_TYPE_RDM, rdm);
}

/* Devices, sockets and pipes have no place on a VMFS. */
static int vmfs_mknod(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		      umode_t mode, dev_t dev)
{
	return S_ISREG(mode) ? vmfs_make(idmap, dir, dentry, mode, VMFS_TYPE_FILE, NULL) : -EPERM;
}

/* The inode loses its name: it goes when nobody uses it any more. */
static void vmfs_drop_name(struct vmfs_tx *tx, struct inode *inode)
{
	inode_set_ctime_current(inode);
	clear_nlink(inode);
	vmfs_inode_log(tx, to_vmfs(inode));
}

/* A directory below is gone.  A corrupt volume may have counted none. */
static void vmfs_drop_child(struct vmfs_tx *tx, struct inode *dir)
{
	if (dir->i_nlink > 1)
		drop_nlink(dir);
	vmfs_inode_log(tx, to_vmfs(dir));
}

static int vmfs_remove(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct vmfs_tx tx;
	int err;

	if (IS_IMMUTABLE(inode))
		return -EPERM;
	err = vmfs_check_name(dir, dentry) ?:
	      vmfs_tx_begin(vmfs_volume(dir->i_sb), &tx, VMFS_TX_SMALL);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, to_vmfs(inode)) ?: vmfs_orphan_add(&tx, to_vmfs(inode));
	if (!err) {
		err = vmfs_dir_remove(&tx, dir, &dentry->d_name);
		if (err)
			vmfs_orphan_del(&tx, to_vmfs(inode));
	}
	if (!err) {
		vmfs_drop_name(&tx, inode);
		if (S_ISDIR(inode->i_mode))
			vmfs_drop_child(&tx, dir);
	}
	vmfs_tx_end(&tx);
	return err ?: vmfs_sync_names(dir, dir);
}

static int vmfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return vmfs_remove(dir, dentry);
}

static int vmfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return vmfs_dir_is_empty(d_inode(dentry)) ? vmfs_remove(dir, dentry) : -ENOTEMPTY;
}

/* A directory moves: ".." and the links of its parents follow. */
static int vmfs_move_parent(struct vmfs_tx *tx, struct inode *inode, struct inode *from,
			    struct inode *to)
{
	int err;

	if (!S_ISDIR(inode->i_mode) || from == to)
		return 0;
	err = vmfs_dir_set_parent(tx, inode, to);
	if (err)
		return err;
	vmfs_drop_child(tx, from);
	inc_nlink(to);
	vmfs_inode_log(tx, to_vmfs(to));
	return 0;
}

/* The new name: added, or taken from the file that had it. */
static int vmfs_take_name(struct vmfs_tx *tx, struct inode *dir, struct dentry *dentry,
			  struct inode *inode)
{
	struct inode *target = d_inode(dentry);
	int err;

	if (!target)
		return vmfs_dir_add(tx, dir, &dentry->d_name, inode);
	err = vmfs_lock_inode(tx, to_vmfs(target)) ?: vmfs_orphan_add(tx, to_vmfs(target));
	if (err)
		return err;
	err = vmfs_dir_replace(tx, dir, &dentry->d_name, inode);
	if (err) {
		vmfs_orphan_del(tx, to_vmfs(target));
		return err;
	}
	if (S_ISDIR(target->i_mode))
		vmfs_drop_child(tx, dir);
	vmfs_drop_name(tx, target);
	return 0;
}

/* Another name is a change of the file. */
static void vmfs_touch(struct vmfs_tx *tx, struct inode *inode)
{
	inode_set_ctime_current(inode);
	vmfs_inode_log(tx, to_vmfs(inode));
}

static int vmfs_rename_once(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
			    struct dentry *new_dentry)
{
	struct inode *inode = d_inode(old_dentry);
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vmfs_volume(old_dir->i_sb), &tx, VMFS_TX_SMALL);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, to_vmfs(inode)) ?: vmfs_lock_inode(&tx, to_vmfs(old_dir)) ?:
	      vmfs_take_name(&tx, new_dir, new_dentry, inode);
	if (!err)
		err = vmfs_broken(&tx, vmfs_dir_remove(&tx, old_dir, &old_dentry->d_name) ?:
				  vmfs_move_parent(&tx, inode, old_dir, new_dir));
	if (!err)
		vmfs_touch(&tx, inode);
	vmfs_tx_end(&tx);
	return err;
}

static int vmfs_exchange(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
			 struct dentry *new_dentry)
{
	struct inode *a = d_inode(old_dentry), *b = d_inode(new_dentry);
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(vmfs_volume(old_dir->i_sb), &tx, VMFS_TX_SMALL);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, to_vmfs(a)) ?: vmfs_lock_inode(&tx, to_vmfs(b)) ?:
	      vmfs_dir_replace(&tx, old_dir, &old_dentry->d_name, b);
	if (!err)
		err = vmfs_broken(&tx, vmfs_dir_replace(&tx, new_dir, &new_dentry->d_name, a) ?:
				  vmfs_move_parent(&tx, a, old_dir, new_dir) ?:
				  vmfs_move_parent(&tx, b, new_dir, old_dir));
	if (!err) {
		vmfs_touch(&tx, a);
		vmfs_touch(&tx, b);
	}
	vmfs_tx_end(&tx);
	return err;
}

static int vmfs_rename(struct mnt_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
		       struct inode *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct inode *target = d_inode(new_dentry);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (IS_IMMUTABLE(d_inode(old_dentry)) || (target && IS_IMMUTABLE(target)))
		return -EPERM;
	err = vmfs_check_name(new_dir, new_dentry);
	if (err)
		return err;
	if (flags & RENAME_EXCHANGE)
		return vmfs_exchange(old_dir, old_dentry, new_dir, new_dentry) ?:
		       vmfs_sync_names(old_dir, new_dir);
	if (target && S_ISDIR(target->i_mode) && !vmfs_dir_is_empty(target))
		return -ENOTEMPTY;
	do {
		err = vmfs_rename_once(old_dir, old_dentry, new_dir, new_dentry);
	} while (err == -ENOSPC && vmfs_commit_frees(vmfs_volume(old_dir->i_sb)));
	return err ?: vmfs_sync_names(old_dir, new_dir);
}

const struct inode_operations vmfs_dir_iops = {
	.lookup = vmfs_lookup,
	.create = vmfs_create,
	.mkdir = vmfs_mkdir,
	.symlink = vmfs_symlink,
	.mknod = vmfs_mknod,
	.unlink = vmfs_unlink,
	.rmdir = vmfs_rmdir,
	.rename = vmfs_rename,
	.setattr = vmfs_setattr,
};
