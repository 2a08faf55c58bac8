// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of include/vmfs/check.h, with numbers around all limits: what they accept is
 * used without another look, so that it has to be within the file and the volume.
 */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmfs/check.h>

#include "../libvs/err.h"
#include "unit.h"

#define ROUNDS		100000u

static uint64_t state = 0x636865636b;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

static bool once_in(uint32_t rounds)
{
	return !draw(rounds);
}

/* Powers of two, and what is beside them */
static uint64_t number(unsigned int bits)
{
	return (1ull << draw(bits)) + draw(3) - 1;
}

static struct vmfs_fs_descriptor draw_descriptor(void)
{
	static const uint32_t majors[] = { VMFS3_FS_MAJOR, VMFS5_FS_MAJOR, VMFS6_FS_MAJOR };
	struct vmfs_fs_descriptor fs = {
		.magic = htole32(VMFS_FS_MAGIC),
		.major = htole32(majors[draw(3)]),
		.config = htole32(draw(8)),
		.file_block_size = htole64(1ull << (20 + draw(4))),
		.sub_block_size = htole32(1u << (12 + draw(5))),
		.md_alignment = htole32(4096),
		.pb_shift = htole16(12 + draw(9)),
		.lfb_shift = htole16(draw(13)),
		.fdc_cg_offset = htole32(0x10000),
		.fdc_clusters_per_group = htole32(1u << draw(8)),
	};

	if (once_in(16))
		fs.file_block_size = htole64(number(64));
	if (once_in(16))
		fs.sub_block_size = htole32(number(32));
	if (once_in(16))
		fs.pb_shift = htole16(draw(64));
	if (once_in(16))
		fs.lfb_shift = htole16(draw(64));
	if (once_in(16))
		fs.fdc_cg_offset = htole32(number(32));
	if (once_in(8))
		fs.fdc_clusters_per_group = htole32(number(32));
	return fs;
}

static bool check_geometry(const struct vmfs_geometry *geo)
{
	uint64_t block = 1ull << geo->fb_shift;

	return geo->first_fd_lv >= geo->fdc_lv && !(geo->first_fd_lv % VMFS_SECTOR) &&
	       geo->first_fd_lv + VMFS_EARLY_FDS * geo->fd_size <= geo->fdc_lv + block &&
	       geo->fd_size <= 2 * VMFS_PAGE && geo->lfb_shift >= geo->fb_shift &&
	       geo->lfb_shift < 48 && geo->sb_size <= block;
}

static struct vmfs_resource_header draw_header(const struct vmfs_geometry *geo,
					       enum vmfs_address_type type)
{
	uint32_t per_group = 1u << draw(8), per_cluster = 1 + draw(vmfs_max_per_cluster(geo, type));
	uint32_t item = vmfs_item_size(geo, type);
	uint64_t group = (uint64_t)per_group * (geo->cluster_size + (uint64_t)per_cluster * item);
	struct vmfs_resource_header header = {
		.items_per_cluster = htole32(per_cluster),
		.clusters_per_group = htole32(per_group),
		.cg_offset = htole32(VMFS_PAGE << draw(5)),
		.item_size = htole32(item),
		.cg_size = htole32(group),
		.total_items_lo = htole32(number(24)),
		.parent_clusters_per_group = htole32(1 + draw(4)),
		.parent_items_per_cluster = htole32(1 + draw(64)),
		.parent_cg_size = htole32(group + (uint64_t)draw(64) * VMFS_PAGE),
	};
	__le32 member;

	/* All members that count are as wide, up to those of the parent. */
	while (once_in(2)) {
		member = htole32(number(32));
		memcpy((uint8_t *)&header + 4 * draw(17), &member, sizeof(member));
	}
	return header;
}

/* Any cluster and any item is where it can be read, and no item lies across a page's end. */
static bool check_resource(const struct vmfs_geometry *geo, const struct vmfs_clusters *res,
			   uint64_t size)
{
	uint64_t cluster, item, at;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		cluster = i ? res->clusters - 1 - draw(res->clusters) : res->clusters - 1;
		at = vmfs_cluster_at(res, cluster);
		if (at > size || size - at < res->header_size || at % geo->md_size ||
		    at % VMFS_PAGE + geo->md_size > VMFS_PAGE)
			return false;
		item = i ? draw(res->total < UINT32_MAX ? res->total : UINT32_MAX) : res->total - 1;
		at = vmfs_item_at(res, item);
		if (item / res->per_cluster >= res->clusters ||
		    item % res->per_cluster >= vmfs_max_per_cluster(geo, VMFS_ADDR_FB))
			return false;
		if (res->item_size && (at > size || size - at < res->item_size))
			return false;
		if (res->item_size && res->item_size < VMFS_PAGE &&
		    at % VMFS_PAGE + res->item_size > VMFS_PAGE)
			return false;
	}
	return true;
}

static bool check_file(const struct vmfs_geometry *geo)
{
	struct vmfs_fd_meta meta = {
		.address = htole32(0x44),
		.type = htole32(draw(8)),
		.length = htole64(number(64)),
		.block_size = htole64(once_in(4) ? number(64) : 1ull << geo->fb_shift),
		.zla = htole32(once_in(8) ? number(32) : draw(6)),
		.block_shift = once_in(4) ? draw(256) : once_in(2) ? geo->lfb_shift : geo->fb_shift,
		.mode = htole32(number(32)),
	};
	struct vmfs_layout layout;
	__u64 value;

	if (once_in(2))
		meta.zla = htole32(VMFS_ZLA_PB_DOUBLE);
	if (vmfs_check_fd(geo, &meta, 0x44, &layout, &value) ||
	    le32toh(meta.type) == VMFS_TYPE_RDM)
		return true;
	/* The last block has a place among the addresses. */
	return le64toh(meta.length) <= layout.max_length && layout.shift <= 40 &&
	       layout.max_length >> layout.shift >> layout.levels *
	       (geo->pb_shift - geo->addr_shift) <= geo->num_slots;
}

static bool check_block(const struct vmfs_geometry *geo, uint64_t lv_size)
{
	uint64_t address = ((uint64_t)draw(1u << 31) << 33 ^ number(64)) & ~7ull;
	unsigned int shift;
	__u64 lv;

	if (!vmfs_block_lv(geo, lv_size, address | (once_in(2) ? VMFS_ADDR_FB : VMFS_ADDR_LFB),
			   &lv, &shift))
		return true;
	return shift < 48 && lv <= lv_size && lv_size - lv >= 1ull << shift;
}

static void rules(void)
{
	static const enum vmfs_address_type types[] = {
		VMFS_ADDR_FB, VMFS_ADDR_SB, VMFS_ADDR_PB, VMFS_ADDR_FD, VMFS_ADDR_PB2,
	};
	unsigned int round, volumes = 0, resources = 0;
	struct vmfs_resource_header header;
	struct vmfs_fs_descriptor fs;
	struct vmfs_geometry geo;
	struct vmfs_clusters res;
	enum vmfs_address_type type;
	uint64_t size, lv_size;
	bool ok = true;
	__u64 value;

	for (round = 0; round < ROUNDS && ok; round++) {
		fs = draw_descriptor();
		if (vmfs_check_fs(&fs, &geo, &value))
			continue;
		volumes++;
		type = types[draw(ARRAY_SIZE(types))];
		size = number(44);
		lv_size = once_in(2) ? VMFS_MAX_LV_SIZE : number(48);
		header = draw_header(&geo, type);
		ok = check_geometry(&geo) && check_file(&geo) && check_block(&geo, lv_size);
		if (!vmfs_check_resource(&geo, lv_size, type, &header, once_in(4), size, &res,
					 &value) && res.total) {
			resources++;
			ok &= check_resource(&geo, &res, size);
		}
	}
	printf("# %u descriptors, %u of them possible, %u resources\n", round, volumes, resources);
	CHECK(ok && volumes > ROUNDS / 4 && resources > ROUNDS / 100);
}

const struct test check_tests[] = {
	{ "check: what the format's rules accept", rules },
	{ NULL, NULL }
};
