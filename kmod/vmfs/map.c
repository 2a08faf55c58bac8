// SPDX-License-Identifier: GPL-2.0
/*
 * From a position in a file to the logical volume (format description,
 * section 8).
 */
#include <linux/string.h>

#include "map.h"

/* Addresses in a row: in the file descriptor, or in a pointer block */
struct slots {
	struct vmfs_buf *buf;		/* to be put, or NULL */
	const void *first;		/* what is asked for */
	unsigned int count;		/* from there on */
};

static u64 vmfs_slot_address(struct vmfs_volume *vol, const void *slots, unsigned int index)
{
	if (vol->addr_shift == 3)
		return le64_to_cpup((const __le64 *)slots + index);
	return le32_to_cpup((const __le32 *)slots + index);
}

/* The file descriptor's slots from @index on */
static int vmfs_fd_slots(struct vmfs_inode *vi, u64 index, struct slots *slots)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int count = vi->area_size >> vol->addr_shift;

	if (index >= count)
		return vmfs_corrupt(vol, "file descriptor", vmfs_buf_lv(vi->buf),
				    "block %llu is needed, %u are possible", index, count);
	slots->buf = NULL;
	slots->first = vi->area + (index << vol->addr_shift);
	slots->count = count - index;
	return 0;
}

/* Go down one level: the slots from @index on of the pointer block at @slots->first */
static int vmfs_pointer_slots(struct vmfs_volume *vol, u64 index, struct slots *slots)
{
	u64 address = vmfs_slot_address(vol, slots->first, 0);
	u64 lv, at = index << vol->addr_shift;
	int err;

	vmfs_buf_put(slots->buf);
	slots->buf = NULL;
	slots->first = NULL;
	if (!address)
		return 0;
	err = vmfs_pointer_lv(vol, address, &lv);
	if (err)
		return err;
	slots->buf = vmfs_buf_get(vol, lv + at);
	if (IS_ERR(slots->buf))
		return PTR_ERR(slots->buf);
	at &= VMFS_BUF_SIZE - 1;
	slots->first = slots->buf->data + at;
	slots->count = (VMFS_BUF_SIZE - at) >> vol->addr_shift;
	return 0;
}

/* The address of a block, 0 for none, if all that leads to it is in memory and can be right */
static bool vmfs_peek_address(struct vmfs_inode *vi, u64 block, u64 *address)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int bits = vol->pb_shift - vol->addr_shift, level = vmfs_levels(vi->zla);
	u64 index = block >> level * bits, lv;
	__le64 raw = 0;

	if (index >= vi->area_size >> vol->addr_shift)
		return false;
	*address = vmfs_slot_address(vol, vi->area, index);
	while (level && *address) {
		index = block >> --level * bits & ((1ull << bits) - 1);
		if (vmfs_pointer_lv(vol, *address, &lv) ||
		    !vmfs_buf_peek(vol, lv + (index << vol->addr_shift), &raw,
				   1u << vol->addr_shift))
			return false;
		*address = vmfs_slot_address(vol, &raw, 0);
	}
	return true;
}

/**
 * vmfs_map_is_in_memory() - will vmfs_map_find() read nothing, and allocate nothing?
 * @vi: inode; @map_sem is held
 * @pos: position, bytes
 *
 * What was just looked at stays in memory for a while.
 *
 * Return: whether it is so.
 */
bool vmfs_map_is_in_memory(struct vmfs_inode *vi, u64 pos)
{
	u64 address;

	return vi->zla != VMFS_ZLA_RESIDENT &&
	       vmfs_peek_address(vi, pos >> vi->slot_shift, &address);
}

/*
 * The slots for a block.  Where a pointer block is missing, first is NULL, and
 * *hole is how many blocks from here on are holes for that.
 */
static int vmfs_find_slots(struct vmfs_inode *vi, u64 block, struct slots *slots, u64 *hole)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	unsigned int bits = vol->pb_shift - vol->addr_shift, levels, level;
	u64 mask = (1ull << bits) - 1;
	int err;

	levels = vmfs_levels(vi->zla);
	err = vmfs_fd_slots(vi, block >> levels * bits, slots);
	for (level = levels; !err && level; level--) {
		u64 span = 1ull << level * bits;

		err = vmfs_pointer_slots(vol, block >> (level - 1) * bits & mask, slots);
		if (!err && !slots->first) {
			*hole = span - (block & (span - 1));
			return 0;
		}
	}
	return err;
}

/* How many of the blocks that follow go on where this one ends? */
static void vmfs_map_extend(struct vmfs_inode *vi, u64 pos, u64 len, const struct slots *slots,
			    struct vmfs_map *map)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 size = 1ull << vi->slot_shift;
	unsigned int i;

	if (map->type == VMFS_MAP_HOLE || map->length > size)
		map->length = size - (pos & (size - 1));
	for (i = 1; i < slots->count && map->length < len; i++) {
		struct vmfs_map next;
		u64 at = round_down(pos, size) + i * size;

		if (vmfs_data_lv(vol, vmfs_slot_address(vol, slots->first, i), at, &next) ||
		    next.type != map->type ||
		    (map->type != VMFS_MAP_HOLE && next.lv != map->lv + map->length))
			break;
		map->length += size;
	}
}

/**
 * vmfs_map_find() - where a file has its data
 * @vi: inode; @map_sem is held, or nothing can change
 * @pos: position, bytes
 * @len: how much is of interest, bytes
 * @map: set; its length is at least 1, and may be more than @len
 *
 * Return: 0, -EUCLEAN, -EIO, -ENOMEM.
 */
int vmfs_map_find(struct vmfs_inode *vi, u64 pos, u64 len, struct vmfs_map *map)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	u64 block = pos >> vi->slot_shift, hole = 0, size, address;
	struct slots slots = {};
	int err;

	if (vi->zla == VMFS_ZLA_RESIDENT) {
		vmfs_map_set(map, VMFS_MAP_RESIDENT, vi->area_size > pos ? vi->area_size - pos : 1);
		return 0;
	}
	size = (1ull << vi->slot_shift) - (pos & ((1ull << vi->slot_shift) - 1));
	/* Most I/O is within one block, which others need not be compared with. */
	if (len <= size && vmfs_peek_address(vi, block, &address) && address &&
	    !vmfs_data_lv(vol, address, pos, map) && map->length == size)
		return 0;
	err = vmfs_find_slots(vi, block, &slots, &hole);
	if (err)
		return err;
	if (!slots.first) {
		vmfs_map_set(map, VMFS_MAP_HOLE, ((hole - 1) << vi->slot_shift) + size);
		return 0;
	}
	err = vmfs_data_lv(vol, vmfs_slot_address(vol, slots.first, 0), pos, map);
	if (!err && map->type != VMFS_MAP_HOLE && map->length < size)
		err = vmfs_corrupt(vol, "file descriptor", vmfs_buf_lv(vi->buf),
				   "a block at %llu is smaller than blocks of this file", pos);
	if (!err)
		vmfs_map_extend(vi, pos, len, &slots, map);
	vmfs_buf_put(slots.buf);
	return err;
}

/**
 * vmfs_file_read() - read from a file whose content is metadata
 * @inode: directory or symbolic link, whose content cannot change meanwhile
 * @pos: position, bytes
 * @data: where to
 * @len: bytes, within the file's size
 *
 * Return: 0 or an error of reading; -EUCLEAN for a hole.
 */
int vmfs_file_read(struct inode *inode, u64 pos, void *data, size_t len)
{
	struct vmfs_volume *vol = vmfs_volume(inode->i_sb);
	struct vmfs_inode *vi = to_vmfs(inode);

	while (len) {
		struct vmfs_map map;
		size_t part;
		int err = vmfs_map_find(vi, pos, len, &map);

		if (err)
			return err;
		part = min_t(u64, len, map.length);
		if (map.type == VMFS_MAP_DATA) {
			err = vmfs_buf_copy(vol, map.lv, data, part);
			if (err)
				return err;
		} else if (map.type == VMFS_MAP_RESIDENT && pos + len <= vi->area_size) {
			memcpy(data, vi->area + pos, part);
		} else {
			return vmfs_corrupt(vol, "file descriptor", vmfs_buf_lv(vi->buf),
					    "inode %llu has no data at %llu",
					    (u64)inode->i_ino, pos);
		}
		pos += part;
		data += part;
		len -= part;
	}
	return 0;
}
