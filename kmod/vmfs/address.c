// SPDX-License-Identifier: GPL-2.0
/*
 * From the addresses of file descriptors, pointer blocks and data to offsets in
 * the logical volume (format description, section 5).
 */
#include "vmfs.h"

static int bad_address(struct vmfs_volume *vol, const char *what, u64 address)
{
	return vmfs_corrupt(vol, what, 0, "address %#llx is not possible", address);
}

/* Item of a resource by cluster and number in it */
static int item_lv(struct vmfs_resource *res, u64 cluster, u32 item, u64 *lv)
{
	if (cluster >= res->clusters || item >= res->items_per_cluster)
		return vmfs_corrupt(res->vol, res->name, 0, "item %u of cluster %llu of %u", item,
				    cluster, res->clusters);
	return vmfs_resource_item(res, cluster * res->items_per_cluster + item, lv);
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
		return bad_address(vol, "file descriptor", address);
	return item_lv(&vol->res[VMFS_FDC], vmfs_fd_cluster(address), vmfs_fd_item(address), lv);
}

static int sub_block_lv(struct vmfs_volume *vol, u64 address, u64 *lv)
{
	bool dense = vol->config & VMFS_CONFIG_DENSE_SB;

	if (vol->version == 6)
		return item_lv(&vol->res[VMFS_SBC], vmfs6_sb_cluster(address),
			       vmfs6_sb_item(address), lv);
	return item_lv(&vol->res[VMFS_SBC], vmfs_sb_cluster(address), vmfs_sb_item(address, dense),
		       lv);
}

static int file_block_lv(struct vmfs_volume *vol, u64 address, u64 *lv)
{
	u64 block = vmfs_fb_block(address);

	if (vol->version == 6)
		block = vmfs6_sfb_cluster(address) * vol->res[VMFS_FBB].items_per_cluster +
			vmfs6_sfb_item(address);
	*lv = block << vol->fb_shift;
	if (*lv + vmfs_fb_size(vol) > vol->size)
		return bad_address(vol, "file block", address);
	return 0;
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
	struct vmfs_resource *res;

	switch (vmfs_address_type(address)) {
	case VMFS_ADDR_PB:
		res = &vol->res[VMFS_PBC];
		break;
	case VMFS_ADDR_PB2:
		res = &vol->res[VMFS_PB2];
		break;
	case VMFS_ADDR_SB:
		if (vol->version == 6)
			return sub_block_lv(vol, address, lv);
		return bad_address(vol, "pointer block", address);
	case VMFS_ADDR_FB:
		if (vol->version == 6)
			return file_block_lv(vol, address, lv);
		fallthrough;
	default:
		return bad_address(vol, "pointer block", address);
	}
	if (vol->version == 6)
		return item_lv(res, vmfs6_sb_cluster(address), vmfs6_sb_item(address), lv);
	return item_lv(res, vmfs_pb_cluster(address), vmfs_pb_item(address), lv);
}

/* A part of a block of @size bytes at @lv that begins with file position @pos */
static void within_block(struct vmfs_map *map, u64 lv, u64 size, u64 pos)
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
	bool tbz = false;
	u64 lv;
	int err;

	if (!address) {
		vmfs_map_set(map, VMFS_MAP_HOLE, 0);
		return 0;
	}
	switch (vmfs_address_type(address)) {
	case VMFS_ADDR_FB:
		tbz = vol->version == 6 ? vmfs6_fb_tbz(address) : vmfs_fb_is_tbz(address);
		err = file_block_lv(vol, address, &lv);
		within_block(map, lv, vmfs_fb_size(vol), pos);
		break;
	case VMFS_ADDR_SB:
		err = sub_block_lv(vol, address, &lv);
		within_block(map, lv, vol->sb_size, pos);
		break;
	case VMFS_ADDR_LFB:
		if (vol->version < 6)
			return bad_address(vol, "file data", address);
		tbz = vmfs6_fb_tbz(address);
		lv = vmfs6_lfb_block(address) << vol->lfb_shift;
		err = lv + (1ull << vol->lfb_shift) > vol->size ?
		      bad_address(vol, "large file block", address) : 0;
		within_block(map, lv, 1ull << vol->lfb_shift, pos);
		break;
	case VMFS_ADDR_PB:
	case VMFS_ADDR_PB2:
		/* VMFS-6: pointer blocks of system files are their data. */
	default:
		return bad_address(vol, "file data", address);
	}
	map->type = tbz ? VMFS_MAP_TBZ : VMFS_MAP_DATA;
	return err;
}
