// SPDX-License-Identifier: GPL-2.0
/* From a position in a file to one in the logical volume (§5, §8). */
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "../libvs/err.h"
#include "volume.h"

static unsigned int entry_shift(const struct vmfs_volume *volume)
{
	return volume->version == 6 ? 3 : 2;
}

/* Entries of a pointer block, as a shift */
static unsigned int pb_shift(const struct vmfs_volume *volume)
{
	return __builtin_ctz(volume->pb_size) - entry_shift(volume);
}

static int fail_address(const struct vmfs_volume *volume, uint64_t address, const char *what)
{
	return vs_fail(VS_REFUSED, "block address 0x%0*" PRIx64 ": %s",
		       volume->version == 6 ? 16 : 8, address, what);
}

/* Byte @within of a pointer block or sub-block */
static int map_item(struct vmfs_volume *volume, enum vmfs_resource_kind kind, uint64_t address,
		    uint64_t within, uint64_t *offset, uint64_t *len)
{
	__u64 cluster;
	__u32 item;

	vmfs_split_address(&volume->geo, address, &cluster, &item);
	return vmfs_resource_item(&volume->res[kind], cluster, item, within, offset, len);
}

/* Byte @pos, counted from any multiple of the block's size, of a file block */
static int map_file_block(struct vmfs_volume *volume, uint64_t address, uint64_t pos,
			  uint64_t *offset, uint64_t *len)
{
	unsigned int shift;
	uint64_t within;
	__u64 lv;

	if (!vmfs_block_lv(&volume->geo, volume->lv->size, address, &lv, &shift))
		return fail_address(volume, address, "past the end of the volume");
	within = pos & ((1ull << shift) - 1);
	*len = (1ull << shift) - within;
	*offset = lv + within;
	return VS_OK;
}

static int read_pb(struct vmfs_volume *volume, uint64_t pb, unsigned int level)
{
	unsigned int depth = volume->depth;
	uint64_t done, offset, len;
	int err = VS_OK;

	if (!volume->pb[depth][level])
		volume->pb[depth][level] = vs_malloc(volume->pb_size);
	volume->pb_address[depth][level] = 0;
	for (done = 0; !err && done < volume->pb_size; done += len) {
		switch (vmfs_address_type(pb)) {
		case VMFS_ADDR_PB:
			err = map_item(volume, VMFS_PBC, pb, done, &offset, &len);
			break;
		case VMFS_ADDR_PB2:
			err = map_item(volume, VMFS_PB2, pb, done, &offset, &len);
			break;
		case VMFS_ADDR_SB:
			/* VMFS-6 keeps pointer blocks in sub-blocks or file blocks (§8). */
			if (volume->version < 6)
				return fail_address(volume, pb, "not of a pointer block");
			err = map_item(volume, VMFS_SBC, pb, done, &offset, &len);
			break;
		case VMFS_ADDR_FB:
			if (volume->version < 6)
				return fail_address(volume, pb, "not of a pointer block");
			err = map_file_block(volume, pb, done, &offset, &len);
			break;
		default:
			return fail_address(volume, pb, "not of a pointer block");
		}
		if (!err && len > volume->pb_size - done)
			len = volume->pb_size - done;
		if (!err)
			err = vmfs_lv_read(volume->lv, offset, volume->pb[depth][level] + done,
					   len);
	}
	if (!err)
		volume->pb_address[depth][level] = pb;
	return err;
}

int vmfs_pb_entry(struct vmfs_volume *volume, uint64_t pb, uint64_t index, unsigned int level,
		  uint64_t *address)
{
	const unsigned int depth = volume->depth;
	__le32 narrow;
	__le64 wide;
	int err = VS_OK;

	*address = 0;
	if (!pb)
		return VS_OK;
	if (volume->pb_address[depth][level] != pb)
		err = read_pb(volume, pb, level);
	if (err)
		return err;
	if (volume->version == 6) {
		memcpy(&wide, volume->pb[depth][level] + index * sizeof(wide), sizeof(wide));
		*address = le64toh(wide);
	} else {
		memcpy(&narrow, volume->pb[depth][level] + index * sizeof(narrow), sizeof(narrow));
		*address = le32toh(narrow);
	}
	return VS_OK;
}

void vmfs_forget(struct vmfs_volume *volume)
{
	memset(volume->pb_address, 0, sizeof(volume->pb_address));
}

/* The address of block @block of the file; 0 in a hole */
static int find_block(struct vmfs_inode *inode, uint64_t block, uint64_t *address)
{
	struct vmfs_volume *volume = inode->volume;
	unsigned int shift = pb_shift(volume), levels = inode->levels;
	uint64_t mask = (1ull << shift) - 1, slot;
	int err = VS_OK;

	slot = block >> (levels * shift);
	if (slot >= inode->num_slots)
		return vs_fail(VS_REFUSED, "file descriptor %s: block %" PRIu64 " is past what it can have",
			       vmfs_fd_text(inode->address), block);
	*address = inode->slots[slot];
	if (levels == 2)
		err = vmfs_pb_entry(volume, *address, block >> shift & mask, 1, address);
	if (!err && levels)
		err = vmfs_pb_entry(volume, *address, block & mask, 0, address);
	return err;
}

static int map_address(struct vmfs_inode *inode, uint64_t pos, struct vmfs_map *map)
{
	struct vmfs_volume *volume = inode->volume;
	uint64_t within = pos & ((1ull << inode->block_shift) - 1);

	map->type = VMFS_MAP_DATA;
	switch (vmfs_address_type(map->address)) {
	case VMFS_ADDR_HOLE:
		if (map->address)
			break;
		map->type = VMFS_MAP_HOLE;
		map->length = (1ull << inode->block_shift) - within;
		return VS_OK;
	case VMFS_ADDR_SB:
		within = pos & (volume->sub_block_size - 1);
		return map_item(volume, VMFS_SBC, map->address, within, &map->offset,
				&map->length);
	case VMFS_ADDR_LFB:
		if (volume->version < 6)
			break;
		/* fallthrough */
	case VMFS_ADDR_FB:
		if (volume->version == 6 ? vmfs6_fb_tbz(map->address) :
		    vmfs_fb_is_tbz(map->address))
			map->type = VMFS_MAP_TBZ;
		return map_file_block(volume, map->address, pos, &map->offset, &map->length);
	}
	return fail_address(volume, map->address, "not of a block of data");
}

int vmfs_map_find(struct vmfs_inode *inode, uint64_t pos, struct vmfs_map *map)
{
	struct vmfs_volume *volume = inode->volume;
	int err;

	memset(map, 0, sizeof(*map));
	if (inode->type == VMFS_TYPE_RDM)
		return vs_fail(VS_REFUSED, "file descriptor %s: an RDM has no data of its own",
			       vmfs_fd_text(inode->address));
	if (inode->zla == VMFS_ZLA_RESIDENT) {
		map->type = VMFS_MAP_RESIDENT;
		map->offset = pos;
		map->length = pos < inode->resident_size ? inode->resident_size - pos : 0;
		if (map->length)
			return VS_OK;
		return vs_fail(VS_REFUSED, "file descriptor %s: position %" PRIu64 " is past its data",
			       vmfs_fd_text(inode->address), pos);
	}
	/* Damaged system files could need each other without an end. */
	if (volume->depth == VMFS_MAX_DEPTH)
		return vs_fail(VS_REFUSED, "file descriptor %s: system files refer to each other in a circle",
			       vmfs_fd_text(inode->address));
	volume->depth++;
	err = find_block(inode, pos >> inode->block_shift, &map->address);
	if (!err)
		err = map_address(inode, pos, map);
	volume->depth--;
	return err;
}

int vmfs_read(struct vmfs_inode *inode, uint64_t pos, void *buf, size_t len)
{
	struct vmfs_map map;
	uint8_t *to = buf;
	int err = VS_OK;

	if (pos > inode->length || len > inode->length - pos)
		return vs_fail(VS_REFUSED, "file descriptor %s: %zu bytes at %" PRIu64
			       " are past its end at %" PRIu64,
			       vmfs_fd_text(inode->address), len, pos, inode->length);
	for (; !err && len; pos += map.length, to += map.length, len -= map.length) {
		err = vmfs_map_find(inode, pos, &map);
		if (err)
			return err;
		if (map.length > len)
			map.length = len;
		if (map.type == VMFS_MAP_RESIDENT)
			memcpy(to, inode->resident + map.offset, map.length);
		else if (map.type == VMFS_MAP_DATA)
			err = vmfs_lv_read(inode->volume->lv, map.offset, to, map.length);
		else
			memset(to, 0, map.length);
	}
	return err;
}
