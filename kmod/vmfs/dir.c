// SPDX-License-Identifier: GPL-2.0
/*
 * Directories: entries of VMFS-3 and -5, and lookup in those of every version.
 */
#include <linux/exportfs.h>

#include "vfs.h"

/*
 * Positions of readdir(): 0 and 1 are "." and "..", then the entries from the
 * last to the first.  Deleting an entry moves the last one into its place, so
 * that going backwards misses none, whatever is deleted meanwhile.
 */
#define POS_FIRST	2
#define POS_END		S32_MAX

/* "." and ".." are entries, too. */
#define DOTS		2

/* VMFS_MAX_DIR_SIZE bounds it. */
static u32 vmfs_dir_entry_count(struct inode *dir)
{
	return div_u64(i_size_read(dir), sizeof(struct vmfs_dirent));
}

static int vmfs_dir_read_entry(struct inode *dir, u32 number, struct vmfs_entry *entry)
{
	struct vmfs_dirent ent;
	int err;

	err = vmfs_file_read(dir, (u64)number * sizeof(ent), &ent, sizeof(ent));
	if (err)
		return err;
	entry->address = le32_to_cpu(ent.address);
	entry->generation = le32_to_cpu(ent.generation);
	entry->type = le32_to_cpu(ent.type);
	entry->len = vmfs_name_length(ent.name, sizeof(ent.name));
	memcpy(entry->name, ent.name, entry->len);
	return 0;
}

/**
 * vmfs_dir_parent() - which directory a directory is in
 * @dir: directory
 * @entry: set, but for its name
 *
 * Return: 0 or an error of reading.
 */
int vmfs_dir_parent(struct inode *dir, struct vmfs_entry *entry)
{
	if (vmfs_volume(dir->i_sb)->version < 6)
		return vmfs_dir_read_entry(dir, 1, entry);
	memset(entry, 0, sizeof(*entry));
	entry->address = le32_to_cpu(to_vmfs(dir)->meta->parent);
	return 0;
}

static int vmfs_dir_build_index(struct inode *dir, struct vmfs_dir_index *index)
{
	u32 count = vmfs_dir_entry_count(dir), number;
	struct vmfs_entry entry;
	int err;

	if (vmfs_volume(dir->i_sb)->version == 6)
		return vmfs_dir6_index(dir, index);
	for (number = DOTS; number < count; number++) {
		err = vmfs_dir_read_entry(dir, number, &entry);
		if (!err && entry.address && entry.len)
			err = vmfs_dir_index_add(index, entry.name, entry.len, number);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* Make the index if it is not there yet. */
static int vmfs_dir_need_index(struct inode *dir)
{
	struct vmfs_volume *vol = vmfs_volume(dir->i_sb);
	struct vmfs_inode *vi = to_vmfs(dir);
	struct vmfs_dir_index *index;
	int err = 0;

	/* Pairs with the release below. */
	if (smp_load_acquire(&vi->index))
		return 0;
	mutex_lock(&vi->index_mutex);
	if (!vi->index) {
		/* Files have one name, in an orderly volume. */
		index = vmfs_dir_index_create(2 * vol->space->res[VMFS_FDC].items);
		err = index ? vmfs_dir_build_index(dir, index) : -ENOMEM;
		if (err == -EUCLEAN)
			vmfs_corrupt(vol, "directory", vmfs_buf_lv(vi->buf), "%llu bytes",
				     i_size_read(dir));
		if (err)
			vmfs_dir_index_free(index);
		else
			/* Its content before the pointer to it */
			smp_store_release(&vi->index, index);
	}
	mutex_unlock(&vi->index_mutex);
	return err;
}

/**
 * vmfs_dir_find() - find the entry with a name
 * @dir: directory; i_rwsem is held
 * @name: the name
 * @entry: set
 * @found: set to its node in the index
 *
 * Return: 0, -ENOENT if there is none, -EIO, -EUCLEAN, -ENOMEM, -EINTR if killed.
 */
int vmfs_dir_find(struct inode *dir, const struct qstr *name, struct vmfs_entry *entry,
		  u32 *found)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	bool is_6 = vmfs_volume(dir->i_sb)->version == 6;
	u32 node;
	int err;

	lockdep_assert_held(&dir->i_rwsem);
	err = vmfs_dir_need_index(dir);
	if (err)
		return err;
	for (node = vmfs_dir_index_first(vi->index, name); node != VMFS_DIR_NONE;
	     node = vmfs_dir_index_next(vi->index, node)) {
		u32 where = vi->index->nodes[node].where;

		err = is_6 ? vmfs_dir6_read(dir, where, entry) :
			     vmfs_dir_read_entry(dir, where, entry);
		if (err)
			return err;
		*found = node;
		if (entry->len == name->len && !memcmp(entry->name, name->name, name->len))
			return 0;
	}
	return -ENOENT;
}

/**
 * vmfs_lookup() - lookup of directories
 * @dir: directory
 * @dentry: the name
 * @flags: ignored
 *
 * Return: as d_splice_alias().
 */
struct dentry *vmfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct vmfs_volume *vol = vmfs_volume(dir->i_sb);
	struct inode *inode = NULL;
	struct vmfs_entry entry;
	u32 node;
	int err;

	if (dentry->d_name.len > (vol->version == 6 ? VMFS6_NAME_MAX : VMFS_NAME_MAX))
		return ERR_PTR(-ENAMETOOLONG);
	err = vmfs_dir_find(dir, &dentry->d_name, &entry, &node);
	if (err && err != -ENOENT)
		return ERR_PTR(err);
	if (!err) {
		inode = vmfs_iget(dir->i_sb, entry.address, entry.generation);
		if (inode == ERR_PTR(-ESTALE))
			inode = ERR_PTR(vmfs_corrupt(vol, "directory",
						     vmfs_buf_lv(to_vmfs(dir)->buf),
						     "an entry names file descriptor %#x, which is another file's or free",
						     entry.address));
	}
	return d_splice_alias(inode, dentry);
}

/**
 * vmfs_dtype() - type of an entry for readdir()
 * @type: enum vmfs_file_type
 *
 * Return: DT_*; DT_UNKNOWN where only the inode can tell.
 */
unsigned char vmfs_dtype(u32 type)
{
	switch (type) {
	case VMFS_TYPE_DIR:
		return DT_DIR;
	case VMFS_TYPE_FILE:
	case VMFS_TYPE_RDM:
		return DT_REG;
	case VMFS_TYPE_SYMLINK:
		return DT_LNK;
	default:
		return DT_UNKNOWN;
	}
}

static int vmfs_readdir(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);
	u32 count = vmfs_dir_entry_count(dir);
	struct vmfs_entry entry;

	if (!dir_emit_dots(file, ctx))
		return 0;
	/* From the last entry on, also where lseek() went to one that there is not. */
	if (ctx->pos < POS_END - (loff_t)count + 1)
		ctx->pos = count > DOTS ? POS_END - (count - 1) : POS_END;
	for (; ctx->pos <= POS_END - DOTS; ctx->pos++) {
		int err = vmfs_dir_read_entry(dir, POS_END - ctx->pos, &entry);

		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
		cond_resched();
		if (!entry.address || !entry.len)
			continue;
		if (!dir_emit(ctx, entry.name, entry.len, entry.address, vmfs_dtype(entry.type)))
			return 0;
	}
	return 0;
}

const struct file_operations vmfs_dir_fops = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate_shared = vmfs_readdir,
	.fsync = vmfs_fsync,
	.unlocked_ioctl = vmfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
