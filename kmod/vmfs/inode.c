// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes: from a file descriptor on disk to the VFS.
 */
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "vfs.h"

static struct kmem_cache *vmfs_inode_cache;

/**
 * vmfs_inode_alloc() - the super block's alloc_inode
 * @sb: super block
 *
 * Return: an inode, or NULL without memory.
 */
struct inode *vmfs_inode_alloc(struct super_block *sb)
{
	struct vmfs_inode *vi = alloc_inode_sb(sb, vmfs_inode_cache, GFP_KERNEL);

	if (!vi)
		return NULL;
	vi->buf = NULL;
	vi->index = NULL;
	vi->orphan = VMFS_NO_ORPHAN;
	vi->sequence = 0;
	vi->partial = NULL;
	vi->end_is_zero = false;
	return &vi->inode;
}

/**
 * vmfs_inode_free() - the super block's free_inode, after a grace period
 * @inode: inode
 */
void vmfs_inode_free(struct inode *inode)
{
	kmem_cache_free(vmfs_inode_cache, to_vmfs(inode));
}

/**
 * vmfs_inode_evict() - the super block's evict_inode
 * @inode: inode
 */
void vmfs_inode_evict(struct inode *inode)
{
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	struct vmfs_inode *vi = to_vmfs(inode);
	bool is_active = vmfs_is_active(vol) && vi->buf && !is_bad_inode(inode);

	truncate_inode_pages_final(&inode->i_data);
	if (is_active && !inode->i_nlink)
		vmfs_inode_release(inode);
	clear_inode(inode);
	vmfs_partial_detach(vi);
	vmfs_dir_index_free(vi->index);
	vi->index = NULL;
	vmfs_buf_put(vi->buf);
	vi->buf = NULL;
}

/* Pin the page of the file descriptor, and find its parts. */
static int vmfs_pin_descriptor(struct vmfs_inode *vi, u64 lv)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_lock lock;
	const char *wrong;
	u64 value;
	int err;

	err = vmfs_buf_copy(vol, lv, &lock, sizeof(lock));
	if (err)
		return err;
	wrong = vmfs_check_fd_lock(&lock, lv, &value);
	if (wrong)
		return vmfs_corrupt(vol, "file descriptor", lv, "%s is %#llx", wrong, value);
	lv += vol->geo.md_size;
	vi->buf = vmfs_buf_get(vol, lv);
	if (IS_ERR(vi->buf)) {
		err = PTR_ERR(vi->buf);
		vi->buf = NULL;
		return err;
	}
	vi->meta = vi->buf->data + (lv & (VMFS_BUF_SIZE - 1));
	return 0;
}

/* Addresses of VMFS-6 are at the end of the block, resident data are behind the metadata. */
static void vmfs_find_area(struct vmfs_inode *vi)
{
	const struct vmfs_geometry *geo = &vmfs_volume(vi->inode.i_sb)->geo;

	vi->area = vi->meta + 1;
	vi->area_size = geo->resident_size;
	if (geo->version == 6 && vi->zla != VMFS_ZLA_RESIDENT) {
		vi->area_size = geo->num_slots * sizeof(__le64);
		vi->area = (void *)vi->meta + geo->md_size - vi->area_size;
	}
}

/* The mode without a type says what a system file is; of others their own type does. */
static umode_t vmfs_file_mode(const struct vmfs_fd_meta *meta)
{
	u32 raw = le32_to_cpu(meta->mode);

	if (vmfs_is_directory(meta))
		return S_IFDIR | (raw & 07777);
	if (le32_to_cpu(meta->type) == VMFS_TYPE_SYMLINK)
		return S_IFLNK | (raw & 07777);
	return S_IFREG | (raw & 07777);
}

/**
 * vmfs_inode_set_operations() - what an inode can do
 * @inode: inode with its mode and file descriptor
 */
void vmfs_inode_set_operations(struct inode *inode)
{
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	u32 type = le32_to_cpu(to_vmfs(inode)->meta->type);

	if (type == VMFS_TYPE_SYSTEM)
		inode->i_flags |= S_IMMUTABLE;
	switch (inode->i_mode & S_IFMT) {
	case S_IFDIR:
		inode->i_op = &vmfs_dir_iops;
		inode->i_fop = vol->version == 6 ? &vmfs_dir6_fops : &vmfs_dir_fops;
		break;
	case S_IFLNK:
		inode->i_op = &vmfs_symlink_iops;
		break;
	default:
		inode->i_op = &vmfs_file_iops;
		inode->i_fop = type == VMFS_TYPE_RDM ? &vmfs_rdm_fops : &vmfs_file_fops;
		inode->i_mapping->a_ops = &vmfs_aops;
		mapping_set_large_folios(inode->i_mapping);
	}
}

static void vmfs_fill_times(struct inode *inode, const struct vmfs_fd_meta *meta)
{
	inode_set_atime(inode, le32_to_cpu(meta->atime), 0);
	inode_set_mtime(inode, le32_to_cpu(meta->mtime), 0);
	inode_set_ctime(inode, le32_to_cpu(meta->ctime), 0);
}

static void vmfs_fill_inode(struct inode *inode, const struct vmfs_layout *layout)
{
	struct vmfs_inode *vi = to_vmfs(inode);
	const struct vmfs_fd_meta *meta = vi->meta;

	vi->zla = le32_to_cpu(meta->zla);
	/* Neither resident data nor an RDM has slots. */
	vi->slot_shift = layout->shift && vi->zla != VMFS_ZLA_RESIDENT ? layout->shift :
			 vmfs_volume(inode->i_sb)->fb_shift;
	vmfs_find_area(vi);
	inode->i_mode = vmfs_file_mode(meta);
	i_uid_write(inode, le32_to_cpu(meta->uid));
	i_gid_write(inode, le32_to_cpu(meta->gid));
	set_nlink(inode, le32_to_cpu(meta->nlink));
	inode->i_size = le64_to_cpu(meta->length);
	inode->i_blocks = (le64_to_cpu(meta->num_blocks) * le64_to_cpu(meta->block_size)) >>
			  SECTOR_SHIFT;
	inode->i_generation = le32_to_cpu(meta->generation);
	vmfs_fill_times(inode, meta);
	vmfs_inode_set_operations(inode);
	vmfs_partial_attach(vi);
}

static int vmfs_read_inode(struct inode *inode, u32 address, bool orphan)
{
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	struct vmfs_inode *vi = to_vmfs(inode);
	struct vmfs_layout layout;
	const char *wrong;
	u64 lv, value;
	int err;

	err = vmfs_fd_lv(vol, address, &lv) ?: vmfs_pin_descriptor(vi, lv);
	if (err)
		return err;
	/* A free file descriptor has no type; a deleted file's has one until it is freed. */
	if (!!vi->meta->nlink == orphan || !vi->meta->type)
		return -ESTALE;
	wrong = vmfs_check_fd(&vol->geo, vi->meta, address, &layout, &value);
	if (!wrong && le64_to_cpu(vi->meta->length) > inode->i_sb->s_maxbytes) {
		wrong = "length";
		value = le64_to_cpu(vi->meta->length);
	}
	if (wrong)
		return vmfs_corrupt(vol, "file descriptor", lv, "%s is %#llx", wrong, value);
	vmfs_fill_inode(inode, &layout);
	return 0;
}

static struct inode *vmfs_get_inode(struct super_block *sb, u32 address, u32 generation,
				    bool orphan)
{
	struct inode *inode = iget_locked(sb, address);
	int err;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (inode_state_read_once(inode) & I_NEW) {
		err = vmfs_read_inode(inode, address, orphan);
		if (err) {
			iget_failed(inode);
			return ERR_PTR(err);
		}
		unlock_new_inode(inode);
	}
	if (generation && inode->i_generation != generation) {
		iput(inode);
		return ERR_PTR(-ESTALE);
	}
	return inode;
}

/**
 * vmfs_iget() - the inode of a file descriptor
 * @sb: super block
 * @address: of the file descriptor: the inode's number
 * @generation: that it must have, or 0
 *
 * Return: the inode, or an error: -ESTALE where the file descriptor is free or
 * another file's, -EUCLEAN, -EIO, -ENOMEM.
 */
struct inode *vmfs_iget(struct super_block *sb, u32 address, u32 generation)
{
	return vmfs_get_inode(sb, address, generation, false);
}

/**
 * vmfs_iget_orphan() - the inode of a file that was deleted, but not released
 * @sb: super block
 * @address: of the file descriptor
 *
 * Return: the inode, which iput() releases; -ESTALE where it is released already;
 * other errors as of vmfs_iget().
 */
struct inode *vmfs_iget_orphan(struct super_block *sb, u32 address)
{
	return vmfs_get_inode(sb, address, 0, true);
}

static void vmfs_inode_init_once(void *data)
{
	struct vmfs_inode *vi = data;

	mutex_init(&vi->index_mutex);
	init_rwsem(&vi->map_sem);
	init_rwsem(&vi->wb_sem);
	inode_init_once(&vi->inode);
}

/**
 * vmfs_inodes_init() - at module load
 *
 * Return: 0 or -ENOMEM.
 */
int vmfs_inodes_init(void)
{
	vmfs_inode_cache = kmem_cache_create("vmfs_inode", sizeof(struct vmfs_inode), 0,
					     SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
					     vmfs_inode_init_once);
	return vmfs_inode_cache ? 0 : -ENOMEM;
}

/**
 * vmfs_inodes_exit() - at module unload
 */
void vmfs_inodes_exit(void)
{
	rcu_barrier(); /* vmfs_inode_free() */
	kmem_cache_destroy(vmfs_inode_cache);
}
