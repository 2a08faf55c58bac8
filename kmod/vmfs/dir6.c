// SPDX-License-Identifier: GPL-2.0
/*
 * Directories of VMFS-6: a header, then blocks of 14 entries each.  Allocation
 * maps say which block is what (format description, section 9).  The hash table
 * in the header is not used: dir_index.c serves directories of every version.
 */
#include "vfs.h"

#define BLOCK_SIZE6	4096u

/* An allocation map has 4 bits for each block, the high ones first. */
#define BLOCKS_PER_MAP	(2 * (BLOCK_SIZE6 - (u32)sizeof(struct vmfs6_dir_block)))
#define MAP_TYPE	0x3
#define MAP_UNWRITTEN	0x8

/* Positions of readdir(): "." and "..", then 16 for each block */
#define POS_FIRST	2
#define POS_PER_BLOCK	16

static u64 vmfs_dir6_block_offset(u32 block)
{
	return VMFS6_DIR_HEADER_SIZE + (u64)block * BLOCK_SIZE6;
}

/* The page with a block of the directory */
static struct vmfs_buf *vmfs_dir6_get_block(struct inode *dir, u32 block)
{
	struct vmfs_inode *vi = to_vmfs(dir);
	struct vmfs_volume *vol = vmfs_volume(dir->i_sb);
	struct vmfs_map map;
	int err;

	if (vmfs_dir6_block_offset(block) + BLOCK_SIZE6 > i_size_read(dir))
		return ERR_PTR(vmfs_corrupt(vol, "directory", vmfs_buf_lv(vi->buf),
					    "block %u is beyond its end", block));
	err = vmfs_map_find(vi, vmfs_dir6_block_offset(block), BLOCK_SIZE6, &map);
	if (err)
		return ERR_PTR(err);
	if (map.type != VMFS_MAP_DATA || map.lv & (VMFS_BUF_SIZE - 1))
		return ERR_PTR(vmfs_corrupt(vol, "directory", vmfs_buf_lv(vi->buf),
					    "block %u is not allocated", block));
	return vmfs_buf_get(vol, map.lv);
}

/* The header's number of maps, and the block of one of them */
static int vmfs_dir6_map_block(struct inode *dir, u32 number, u32 *num_maps, u32 *block)
{
	struct vmfs_volume *vol = vmfs_volume(dir->i_sb);
	struct {
		__le32 version;
		__le32 num_entries;
		__le32 num_allocated;
		__le32 num_maps;
		__le32 maps[ARRAY_SIZE(((struct vmfs6_dir_header *)0)->maps)];
	} head;
	int err = vmfs_file_read(dir, 0, &head, sizeof(head));

	if (err)
		return err;
	*num_maps = le32_to_cpu(head.num_maps);
	if (le32_to_cpu(head.version) != VMFS6_DIR_VERSION || *num_maps > ARRAY_SIZE(head.maps))
		return vmfs_corrupt(vol, "directory", vmfs_buf_lv(to_vmfs(dir)->buf),
				    "version %#x, %u allocation maps", le32_to_cpu(head.version),
				    *num_maps);
	if (number < *num_maps)
		*block = le32_to_cpu(head.maps[number]);
	return 0;
}

/* What a block is: enum vmfs6_dir_block_type, 0 if unused, -ENOENT behind the last one */
static int vmfs_dir6_block_type(struct inode *dir, u32 block)
{
	u32 number = block / BLOCKS_PER_MAP, at = block % BLOCKS_PER_MAP;
	u32 num_maps, map;
	struct vmfs_buf *buf;
	u8 bits;
	int err;

	if (vmfs_dir6_block_offset(block) + BLOCK_SIZE6 > i_size_read(dir))
		return -ENOENT;
	err = vmfs_dir6_map_block(dir, number, &num_maps, &map);
	if (err)
		return err;
	if (number >= num_maps)
		return -ENOENT;
	buf = vmfs_dir6_get_block(dir, map);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	bits = *((u8 *)buf->data + sizeof(struct vmfs6_dir_block) + at / 2);
	vmfs_buf_put(buf);
	bits = at & 1 ? bits & 0xF : bits >> 4;
	return bits & MAP_UNWRITTEN ? 0 : bits & MAP_TYPE;
}

static bool vmfs_dir6_slot_is_used(const struct vmfs6_dir_block *head, unsigned int slot)
{
	return slot < le16_to_cpu(head->slots) && slot < VMFS6_DIRENTS_PER_BLOCK &&
	       !(head->bitmap[slot / 8] & BIT(slot % 8));
}

static void vmfs_dir6_copy_entry(const struct vmfs_buf *buf, unsigned int slot,
				 struct vmfs_entry *entry)
{
	const struct vmfs6_dirent *ent = buf->data + sizeof(struct vmfs6_dir_block);

	ent += slot;
	entry->address = le32_to_cpu(ent->address);
	entry->generation = le32_to_cpu(ent->generation);
	entry->type = le32_to_cpu(ent->type);
	entry->len = vmfs_name_length(ent->name, sizeof(ent->name));
	memcpy(entry->name, ent->name, entry->len);
}

/**
 * vmfs_dir6_read() - read an entry
 * @dir: directory
 * @location: of vmfs_dir6_index()
 * @entry: set
 *
 * Return: 0 or an error of reading.
 */
int vmfs_dir6_read(struct inode *dir, u32 location, struct vmfs_entry *entry)
{
	struct vmfs_buf *buf = vmfs_dir6_get_block(dir, location / POS_PER_BLOCK);

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	vmfs_dir6_copy_entry(buf, location % POS_PER_BLOCK, entry);
	vmfs_buf_put(buf);
	return 0;
}

/**
 * vmfs_dir6_index() - put all names of a directory into an index
 * @dir: directory
 * @index: empty index
 *
 * Return: 0 or an error of reading, -ENOMEM, -EINTR if killed.
 */
int vmfs_dir6_index(struct inode *dir, struct vmfs_dir_index *index)
{
	struct vmfs_entry entry;
	unsigned int slot;
	u32 block;
	int type;

	for (block = 0; (type = vmfs_dir6_block_type(dir, block)) >= 0; block++) {
		struct vmfs_buf *buf;
		int err = 0;

		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (type != VMFS6_DIR_DIRENTS)
			continue;
		buf = vmfs_dir6_get_block(dir, block);
		if (IS_ERR(buf))
			return PTR_ERR(buf);
		for (slot = 0; !err && slot < VMFS6_DIRENTS_PER_BLOCK; slot++) {
			if (!vmfs_dir6_slot_is_used(buf->data, slot))
				continue;
			vmfs_dir6_copy_entry(buf, slot, &entry);
			if (entry.len)
				err = vmfs_dir_index_add(index, entry.name, entry.len,
							 block * POS_PER_BLOCK + slot);
		}
		vmfs_buf_put(buf);
		if (err)
			return err;
	}
	return type == -ENOENT ? 0 : type;
}

/* Emit a block's entries.  Returns 1 to go on, 0 if the buffer is full, or an error. */
static int vmfs_dir6_emit_block(struct inode *dir, u32 block, struct dir_context *ctx)
{
	struct vmfs_buf *buf = vmfs_dir6_get_block(dir, block);
	struct vmfs_entry entry;
	bool more = true;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	for (; (ctx->pos - POS_FIRST) % POS_PER_BLOCK < VMFS6_DIRENTS_PER_BLOCK; ctx->pos++) {
		unsigned int slot = (ctx->pos - POS_FIRST) % POS_PER_BLOCK;

		if (!vmfs_dir6_slot_is_used(buf->data, slot))
			continue;
		vmfs_dir6_copy_entry(buf, slot, &entry);
		if (!entry.len)
			continue;
		more = dir_emit(ctx, entry.name, entry.len, entry.address,
				vmfs_dtype(entry.type));
		if (!more)
			break;
	}
	vmfs_buf_put(buf);
	return more;
}

static int vmfs_readdir6(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);

	if (!dir_emit_dots(file, ctx))
		return 0;
	/* Blocks have fewer positions than bytes: none is behind that, whatever lseek() did. */
	while (ctx->pos < i_size_read(dir)) {
		u32 block = (ctx->pos - POS_FIRST) / POS_PER_BLOCK;
		int type = vmfs_dir6_block_type(dir, block);

		if (type < 0)
			return type == -ENOENT ? 0 : type;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (type == VMFS6_DIR_DIRENTS) {
			int more = vmfs_dir6_emit_block(dir, block, ctx);

			if (more <= 0)
				return more;
		}
		ctx->pos = POS_FIRST + ((u64)block + 1) * POS_PER_BLOCK;
	}
	return 0;
}

const struct file_operations vmfs_dir6_fops = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate_shared = vmfs_readdir6,
	.fsync = noop_fsync,
	.unlocked_ioctl = vmfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
