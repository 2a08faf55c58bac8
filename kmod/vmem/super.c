// SPDX-License-Identifier: GPL-2.0
/*
 * The filesystem: mounts, directories and inodes.
 */
#include <linux/fs_context.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "vmem.h"

#define VMEM_MAGIC	0x564d454d	/* VMEM */
#define VMEM_MAX_BYTES	(16LL << 40)	/* of a file: metadata is allocated for its size */

static struct kmem_cache *vmem_inodes;
static const struct inode_operations vmem_dir_inode_operations;

static struct inode *vmem_alloc_inode(struct super_block *sb)
{
	struct vmem_file *file = alloc_inode_sb(sb, vmem_inodes, GFP_KERNEL);

	if (!file)
		return NULL;
	memset((void *)file + sizeof(file->inode), 0, sizeof(*file) - sizeof(file->inode));
	return &file->inode;
}

static void vmem_free_inode(struct inode *inode)
{
	kmem_cache_free(vmem_inodes, vmem_file_of(inode));
}

static void vmem_evict_inode(struct inode *inode)
{
	clear_inode(inode);
	if (S_ISREG(inode->i_mode))
		vmem_file_destroy(vmem_file_of(inode));
}

static struct inode *vmem_new_inode(struct super_block *sb, struct mnt_idmap *idmap,
				    struct inode *dir, umode_t mode)
{
	const struct vmem_mount *mount = sb->s_fs_info;
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	/* QEMU creates files with 0644; a guest's memory is private. */
	if (S_ISREG(mode))
		mode = S_IFREG | READ_ONCE(mount->mode);
	inode_init_owner(idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	if (S_ISDIR(mode)) {
		inode->i_ino = get_next_ino();
		inode->i_op = &vmem_dir_inode_operations;
		inode->i_fop = &simple_dir_operations;
		inc_nlink(inode);
		return inode;
	}
	/* A guest's accesses do not change the file's times. */
	inode->i_flags |= S_NOCMTIME | S_NOATIME;
	inode->i_op = &vmem_file_inode_operations;
	inode->i_fop = &vmem_file_operations;
	inode->i_mapping->a_ops = &vmem_address_space_operations;
	mapping_set_unevictable(inode->i_mapping);
	vmem_file_publish(vmem_file_of(inode));
	return inode;
}

static int vmem_mknod(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		      umode_t mode)
{
	struct inode *inode = vmem_new_inode(dir->i_sb, idmap, dir, mode);

	if (!inode)
		return -ENOMEM;
	d_make_persistent(dentry, inode);	/* the only copy of the directory entry */
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
	return 0;
}

static int vmem_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode)
{
	return vmem_mknod(idmap, dir, dentry, mode | S_IFREG);
}

static struct dentry *vmem_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				 struct dentry *dentry, umode_t mode)
{
	int err = vmem_mknod(idmap, dir, dentry, mode | S_IFDIR);

	if (!err)
		inc_nlink(dir);
	return ERR_PTR(err);
}

static const struct inode_operations vmem_dir_inode_operations = {
	.lookup		= simple_lookup,
	.create		= vmem_create,
	.link		= simple_link,
	.unlink		= simple_unlink,
	.mkdir		= vmem_mkdir,
	.rmdir		= simple_rmdir,
	.rename		= simple_rename,
};

/* df shows the host's memory, or with a limit, that and what the files' sizes leave of it. */
static int vmem_statfs(struct dentry *dentry, struct kstatfs *stat)
{
	const struct vmem_mount *mount = dentry->d_sb->s_fs_info;
	u64 size = READ_ONCE(mount->size), used = atomic64_read(&mount->used);
	int err = simple_statfs(dentry, stat);

	stat->f_blocks = totalram_pages();
	stat->f_bfree = min_t(u64, stat->f_blocks, si_mem_available());
	if (size) {
		stat->f_blocks = size >> PAGE_SHIFT;
		stat->f_bfree = (size - min(size, used)) >> PAGE_SHIFT;
	}
	stat->f_bavail = stat->f_bfree;
	return err;
}

static const struct super_operations vmem_super_operations = {
	.alloc_inode	= vmem_alloc_inode,
	.free_inode	= vmem_free_inode,
	.evict_inode	= vmem_evict_inode,
	.drop_inode	= inode_just_drop,
	.statfs		= vmem_statfs,
	.show_options	= vmem_show_options,
};

/*
 * Everybody may search the root directory: libvirt makes a directory for each guest there,
 * as root, and gives it to QEMU's user.  If others may write to files, they may create some.
 */
static umode_t vmem_root_mode(const struct vmem_mount *mount)
{
	umode_t mode = S_IFDIR | 0755 | (mount->mode & 0022);

	return mode & 0002 ? mode | S_ISVTX : mode;
}

static int vmem_fill_super(struct super_block *sb, struct fs_context *fc)
{
	const struct vmem_mount *mount = sb->s_fs_info;
	struct inode *inode;

	sb->s_magic = VMEM_MAGIC;
	sb->s_maxbytes = VMEM_MAX_BYTES;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	sb->s_op = &vmem_super_operations;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	inode = vmem_new_inode(sb, &nop_mnt_idmap, NULL, vmem_root_mode(mount));
	if (inode) {
		inode->i_uid = mount->uid;
		inode->i_gid = mount->gid;
	}
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static void vmem_kill_super(struct super_block *sb)
{
	struct vmem_mount *mount = sb->s_fs_info;

	kill_anon_super(sb);
	kfree(mount);
}

static int vmem_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, vmem_fill_super);
}

static void vmem_free_context(struct fs_context *fc)
{
	kfree(fc->s_fs_info);
}

static const struct fs_context_operations vmem_context_operations = {
	.parse_param	= vmem_parse_option,
	.get_tree	= vmem_get_tree,
	.reconfigure	= vmem_reconfigure,
	.free		= vmem_free_context,
};

/* For a new mount, or a change of options */
static int vmem_init_fs_context(struct fs_context *fc)
{
	struct vmem_mount *mount = kzalloc(sizeof(*mount), GFP_KERNEL);

	if (!mount)
		return -ENOMEM;
	vmem_default_options(mount);
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		memcpy(mount, fc->root->d_sb->s_fs_info, sizeof(*mount));
	fc->s_fs_info = mount;
	fc->ops = &vmem_context_operations;
	return 0;
}

static struct file_system_type vmem_fs_type = {
	.owner			= THIS_MODULE,
	.name			= "vmem",
	.init_fs_context	= vmem_init_fs_context,
	.kill_sb		= vmem_kill_super,
};
MODULE_ALIAS_FS("vmem");

static void vmem_init_once(void *object)
{
	struct vmem_file *file = object;

	inode_init_once(&file->inode);
}

/**
 * vmem_super_init() - register the filesystem
 *
 * Return: 0 or an error.
 */
int __init vmem_super_init(void)
{
	int err;

	vmem_inodes = kmem_cache_create("vmem_inode", sizeof(struct vmem_file), 0, SLAB_ACCOUNT,
					vmem_init_once);
	if (!vmem_inodes)
		return -ENOMEM;
	err = register_filesystem(&vmem_fs_type);
	if (err)
		kmem_cache_destroy(vmem_inodes);
	return err;
}

/**
 * vmem_super_exit() - unregister the filesystem
 */
void vmem_super_exit(void)
{
	unregister_filesystem(&vmem_fs_type);
	rcu_barrier(); /* vmem_free_inode() */
	kmem_cache_destroy(vmem_inodes);
}
