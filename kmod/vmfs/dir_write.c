// SPDX-License-Identifier: GPL-2.0
/*
 * Changing directories of VMFS-5: entries without gaps, in one sub-block, and
 * when that is full, in file blocks.
 */
#include "vfs.h"

#define ENTRY_SIZE	sizeof(struct vmfs_dirent)

/* Number of the entry behind the last one */
static u32 vmfs_dir_entry_count(struct inode *dir)
{
	return div_u64(i_size_read(dir), ENTRY_SIZE);
}

static void vmfs_dir_fill_entry(struct vmfs_dirent *ent, u32 type, struct inode *inode,
				const char *name, unsigned int len)
{
	memset(ent, 0, sizeof(*ent));
	ent->type = cpu_to_le32(type);
	ent->address = cpu_to_le32(inode->i_ino);
	ent->generation = cpu_to_le32(inode->i_generation);
	memcpy(ent->name, name, len);
}

static u32 vmfs_type_of(struct inode *inode)
{
	return le32_to_cpu(to_vmfs(inode)->meta->type);
}

/*
 * The page with a position of a directory, whose blocks are there.  One that begins
 * behind the end of the directory has nothing that is worth reading.
 */
static struct vmfs_buf *vmfs_dir_page_at(struct vmfs_volume *vol, struct inode *dir, u64 pos,
					 size_t *at)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	struct vmfs_map map;
	int err;

	err = vmfs_map_find(vi, pos, 1, &map);
	if (!err && map.type != VMFS_MAP_DATA)
		err = vmfs_corrupt(vol, "directory", vmfs_buf_lv(vi->buf), "no block at %llu", pos);
	if (err)
		return ERR_PTR(err);
	*at = map.lv & (VMFS_BUF_SIZE - 1);
	return !*at && pos >= i_size_read(dir) ? vmfs_buf_new(vol, map.lv) :
	       vmfs_buf_get(vol, map.lv);
}

/*
 * Write an entry, which may be in two pages.  Only in the middle of it can half a
 * change be in the running transaction, which then is never written.
 */
static int vmfs_dir_write_entry(struct vmfs_tx *tx, struct inode *dir, u32 number,
				const struct vmfs_dirent *ent)
{
	u64 pos = (u64)number * ENTRY_SIZE;
	size_t done = 0, at;

	while (done < ENTRY_SIZE) {
		struct vmfs_buf *buf = vmfs_dir_page_at(tx->vol, dir, pos + done, &at);
		size_t part;

		if (IS_ERR(buf)) {
			if (done)
				vmfs_shutdown(tx->vol, -EIO, "an entry cannot be written");
			return PTR_ERR(buf);
		}
		part = min(ENTRY_SIZE - done, VMFS_BUF_SIZE - at);
		memcpy(buf->data + at, (const void *)ent + done, part);
		vmfs_tx_dirty(tx, buf, buf->data + at, part);
		vmfs_buf_put(buf);
		done += part;
	}
	return 0;
}

/* Let there be a block for an entry at @pos. */
static int vmfs_dir_make_room(struct vmfs_tx *tx, struct inode *dir, u64 pos)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	u64 end = pos + ENTRY_SIZE, lv;
	struct vmfs_map map;
	int err;

	if (vi->zla == VMFS_ZLA_SB && end > tx->vol->sb_size) {
		if (i_size_read(dir) > tx->vol->sb_size)
			return -EFBIG;	/* several sub-blocks: not made by us */
		err = vmfs_map_dir_to_fb(tx, vi);
		if (err)
			return err;
	}
	if (vi->zla == VMFS_ZLA_SB)
		return 0;
	err = vmfs_map_find(vi, end - 1, 1, &map);
	if (err || map.type == VMFS_MAP_DATA)
		return err;
	return vmfs_map_add_fb(tx, vi, (end - 1) >> tx->vol->fb_shift, &lv);
}

static void vmfs_dir_touch(struct vmfs_tx *tx, struct inode *dir)
{
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
	vmfs_inode_log(tx, to_vmfs(dir));
}

/**
 * vmfs_dir_add() - add a name
 * @tx: transaction; uses up to 64 sectors
 * @dir: directory; i_rwsem is held exclusively; it does not have the name
 * @name: the name
 * @inode: what it names
 *
 * Return: 0; -ENOSPC and others, then nothing is changed.
 */
int vmfs_dir_add(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		 struct inode *inode)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	u32 number = vmfs_dir_entry_count(dir);
	u64 pos = (u64)number * ENTRY_SIZE;
	struct vmfs_dirent ent;
	int err;

	if (pos + ENTRY_SIZE > VMFS_MAX_DIR_SIZE)
		return -EFBIG;
	err = vmfs_lock_inode(tx, vi) ?: vmfs_dir_index_reserve(vi->index) ?:
	      vmfs_dir_make_room(tx, dir, pos);
	if (err)
		return err;
	vmfs_dir_fill_entry(&ent, vmfs_type_of(inode), inode, name->name, name->len);
	err = vmfs_dir_write_entry(tx, dir, number, &ent);
	if (err)
		return err;
	err = vmfs_dir_index_add(vi->index, name->name, name->len, number);
	WARN_ON_ONCE(err);
	i_size_write(dir, pos + ENTRY_SIZE);
	vmfs_dir_touch(tx, dir);
	return 0;
}

/* The index's node of an entry that is at @number, or NULL */
static struct vmfs_dir_node *vmfs_dir_node_of(struct inode *dir, const struct vmfs_dirent *ent,
					      u32 number)
{
	struct vmfs_dir_index *index = to_vmfs(dir)->index;
	struct qstr name = QSTR_INIT(ent->name, vmfs_name_length(ent->name, sizeof(ent->name)));
	u32 node;

	for (node = vmfs_dir_index_first(index, &name); node != VMFS_DIR_NONE;
	     node = vmfs_dir_index_next(index, node)) {
		if (index->nodes[node].where == number)
			return &index->nodes[node];
	}
	return NULL;
}

/* Move an entry into the place of one that is deleted. */
static int vmfs_dir_move_entry(struct vmfs_tx *tx, struct inode *dir, u32 from, u32 to)
{
	struct vmfs_dir_node *node = NULL;
	struct vmfs_dirent ent;
	int err;

	err = vmfs_file_read(dir, (u64)from * ENTRY_SIZE, &ent, sizeof(ent));
	/* What has no name is not in the index, and only fsck.vmfs removes it. */
	if (!err && ent.address && vmfs_name_length(ent.name, sizeof(ent.name))) {
		node = vmfs_dir_node_of(dir, &ent, from);
		if (!node)
			err = vmfs_corrupt(tx->vol, "directory", vmfs_buf_lv(to_vmfs(dir)->buf),
					   "entry %u has changed", from);
	}
	if (!err)
		err = vmfs_dir_write_entry(tx, dir, to, &ent);
	if (!err && node)
		node->where = to;
	return err;
}

/**
 * vmfs_dir_remove() - remove a name
 * @tx: transaction; uses up to 16 sectors
 * @dir: directory; i_rwsem is held exclusively
 * @name: the name
 *
 * The last entry takes its place.
 *
 * Return: 0; -ENOENT and others, then nothing is changed.
 */
int vmfs_dir_remove(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	u32 last = vmfs_dir_entry_count(dir) - 1, number, node;
	struct vmfs_entry entry;
	int err;

	err = vmfs_lock_inode(tx, vi) ?: vmfs_dir_find(dir, name, &entry, &node);
	if (err)
		return err;
	number = vi->index->nodes[node].where;
	if (number != last) {
		err = vmfs_dir_move_entry(tx, dir, last, number);
		if (err)
			return err;
	}
	vmfs_dir_index_remove(vi->index, node);
	i_size_write(dir, (u64)last * ENTRY_SIZE);
	vmfs_dir_touch(tx, dir);
	return 0;
}

/* Write an entry over another one. */
static int vmfs_dir_overwrite(struct vmfs_tx *tx, struct inode *dir, u32 number, u32 type,
			      struct inode *inode, const char *name, unsigned int len)
{
	struct vmfs_dirent ent;
	int err;

	vmfs_dir_fill_entry(&ent, type, inode, name, len);
	err = vmfs_lock_inode(tx, to_vmfs(dir));
	return err ?: vmfs_dir_write_entry(tx, dir, number, &ent);
}

/**
 * vmfs_dir_replace() - let a name be another file's
 * @tx: transaction; uses up to 8 sectors
 * @dir: directory; i_rwsem is held exclusively
 * @name: the name
 * @inode: what it names from now on
 *
 * Return: 0; -ENOENT and others, then nothing is changed.
 */
int vmfs_dir_replace(struct vmfs_tx *tx, struct inode *dir, const struct qstr *name,
		     struct inode *inode)
{
	struct vmfs_entry entry;
	u32 node;
	int err;

	err = vmfs_dir_find(dir, name, &entry, &node);
	if (!err)
		err = vmfs_dir_overwrite(tx, dir, to_vmfs(dir)->index->nodes[node].where,
					 vmfs_type_of(inode), inode, name->name, name->len);
	if (!err)
		vmfs_dir_touch(tx, dir);
	return err;
}

/**
 * vmfs_dir_set_parent() - change ".."
 * @tx: transaction; uses up to 4 sectors
 * @dir: directory; i_rwsem is held exclusively
 * @parent: where it is from now on
 *
 * Return: 0 or an error, then nothing is changed.
 */
int vmfs_dir_set_parent(struct vmfs_tx *tx, struct inode *dir, struct inode *parent)
{
	return vmfs_dir_overwrite(tx, dir, 1, VMFS_TYPE_DIR, parent, "..", 2);
}

/**
 * vmfs_dir_make() - give a new directory a sub-block with "." and ".."
 * @tx: transaction; uses up to 8 sectors
 * @dir: directory that nobody else has yet
 * @parent: where it is
 *
 * Return: 0; -ENOSPC and others, then nothing is changed.
 */
int vmfs_dir_make(struct vmfs_tx *tx, struct inode *dir, struct inode *parent)
{
	struct vmfs_dirent ents[2];

	vmfs_dir_fill_entry(&ents[0], VMFS_TYPE_DIR, dir, ".", 1);
	vmfs_dir_fill_entry(&ents[1], VMFS_TYPE_DIR, parent, "..", 2);
	return vmfs_map_new_content(tx, to_vmfs(dir), ents, sizeof(ents));
}

/**
 * vmfs_dir_is_empty() - are there only "." and ".."?
 * @dir: directory; i_rwsem is held
 *
 * Return: whether.
 */
bool vmfs_dir_is_empty(struct inode *dir)
{
	return vmfs_dir_entry_count(dir) <= 2;
}
