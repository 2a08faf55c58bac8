// SPDX-License-Identifier: GPL-2.0
/*
 * From the addresses of file descriptors, pointer blocks and data to offsets in
 * the logical volume (format description, section 5).
 */
#include "map.h"

static int vmfs_bad_address(struct vmfs_volume *vol, const char *what, u64 address)
{
	return vmfs_corrupt(vol, what, 0, "address %#llx is not possible", address);
}

static struct vmfs_resource *vmfs_resource_of(struct vmfs_volume *vol, u64 address)
{
	switch (vmfs_address_type(address)) {
	case VMFS_ADDR_FD:
		return &vol->space->res[VMFS_FDC];
	case VMFS_ADDR_PB:
		return &vol->space->res[VMFS_PBC];
	case VMFS_ADDR_PB2:
		return &vol->space->res[VMFS_PB2];
	default:
		return &vol->space->res[VMFS_SBC];
	}
}

/* An item of a resource: its number.  A resource that is not open has none. */
static int vmfs_item_number(struct vmfs_volume *vol, u64 address, u64 *number)
{
	struct vmfs_resource *res = vmfs_resource_of(vol, address);
	u64 cluster;
	u32 item;

	vmfs_split_address(&vol->geo, address, &cluster, &item);
	if (cluster >= res->clusters || item >= res->items_per_cluster)
		return vmfs_corrupt(vol, res->name, 0, "item %u of cluster %llu of %u", item,
				    cluster, res->clusters);
	*number = cluster * res->items_per_cluster + item;
	return 0;
}

static int vmfs_item_lv(struct vmfs_volume *vol, u64 address, u64 *lv)
{
	u64 number;

	return vmfs_item_number(vol, address, &number) ?:
	       vmfs_resource_item(vmfs_resource_of(vol, address), number, lv);
}

/**
 * vmfs_item_of() - the item that an address names, in its resource
 * @vol: volume
 * @address: of it
 * @type: which the address must have
 * @item: set to the item's number
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_item_of(struct vmfs_volume *vol, u32 address, enum vmfs_address_type type, u64 *item)
{
	if (vmfs_address_type(address) != type)
		return vmfs_bad_address(vol, "block of another kind", address);
	return vmfs_item_number(vol, address, item);
}

/**
 * vmfs_fd_lv() - where a file descriptor is
 * @vol: volume
 * @address: of it
 * @lv: set to the LV offset of its lock
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_fd_lv(struct vmfs_volume *vol, u32 address, u64 *lv)
{
	if (vmfs_address_type(address) != VMFS_ADDR_FD)
		return vmfs_bad_address(vol, "file descriptor", address);
	return vmfs_item_lv(vol, address, lv);
}

/**
 * vmfs_pointer_lv() - where a pointer block is
 * @vol: volume
 * @address: of it.  VMFS-6 keeps pointer blocks in blocks of any kind
 * @lv: set to the LV offset
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_pointer_lv(struct vmfs_volume *vol, u64 address, u64 *lv)
{
	unsigned int shift;

	switch (vmfs_address_type(address)) {
	case VMFS_ADDR_PB:
	case VMFS_ADDR_PB2:
		return vmfs_item_lv(vol, address, lv);
	case VMFS_ADDR_SB:
		if (vol->version == 6)
			return vmfs_item_lv(vol, address, lv);
		break;
	case VMFS_ADDR_FB:
		if (vol->version == 6 &&
		    vmfs_block_lv(&vol->geo, vol->disk.size, address, lv, &shift))
			return 0;
		break;
	}
	return vmfs_bad_address(vol, "pointer block", address);
}

/* A part of a block of @size bytes at @lv that begins with file position @pos */
static void vmfs_within_block(struct vmfs_map *map, u64 lv, u64 size, u64 pos)
{
	u64 at = pos & (size - 1);

	map->lv = lv + at;
	map->length = size - at;
}

/**
 * vmfs_data_lv() - what an address of data means
 * @vol: volume
 * @address: of a block, or 0
 * @pos: position in the file, bytes
 * @map: set; &vmfs_map.length up to the end of the block, 0 for a hole
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_data_lv(struct vmfs_volume *vol, u64 address, u64 pos, struct vmfs_map *map)
{
	unsigned int type = vmfs_address_type(address), shift;
	u64 lv;
	int err;

	if (!address) {
		vmfs_map_set(map, VMFS_MAP_HOLE, 0);
		return 0;
	}
	map->type = VMFS_MAP_DATA;
	switch (type) {
	case VMFS_ADDR_FB:
	case VMFS_ADDR_LFB:
		if ((type == VMFS_ADDR_LFB && vol->version < 6) ||
		    !vmfs_block_lv(&vol->geo, vol->disk.size, address, &lv, &shift))
			return vmfs_bad_address(vol, "file block", address);
		if (vol->version == 6 ? vmfs6_fb_tbz(address) : vmfs_fb_is_tbz(address))
			map->type = VMFS_MAP_TBZ;
		vmfs_within_block(map, lv, 1ull << shift, pos);
		return 0;
	case VMFS_ADDR_SB:
		err = vmfs_item_lv(vol, address, &lv);
		if (!err)
			vmfs_within_block(map, lv, vol->sb_size, pos);
		return err;
	default:
		/* VMFS-6: pointer blocks of system files are their data. */
		return vmfs_bad_address(vol, "file data", address);
	}
}
