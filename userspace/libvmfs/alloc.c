// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <string.h>

#include "../libvs/err.h"
#include "alloc.h"

static const char *const names[VMFS_RESOURCES] = {
	[VMFS_FBB] = "file blocks",
	[VMFS_FDC] = "file descriptors",
	[VMFS_PBC] = "pointer blocks",
	[VMFS_SBC] = "sub-blocks",
	[VMFS_PB2] = "secondary pointer blocks",
};

void vmfs_alloc_init(struct vmfs_alloc *alloc, struct vmfs_volume *volume)
{
	memset(alloc, 0, sizeof(*alloc));
	alloc->volume = volume;
}

static struct vmfs_cluster *cluster_of(struct vmfs_alloc_cluster *cluster)
{
	return (struct vmfs_cluster *)cluster->disk.raw;
}

static int write_cluster(struct vmfs_alloc *alloc, struct vmfs_alloc_cluster *cluster)
{
	if (!cluster->is_changed)
		return VS_OK;
	cluster->is_changed = false;
	return vmfs_lv_write(alloc->volume->lv, cluster->disk.offset, cluster->disk.raw,
			     sizeof(struct vmfs_cluster));
}

static int load_cluster(struct vmfs_alloc *alloc, enum vmfs_resource_kind kind, uint64_t number)
{
	struct vmfs_alloc_cluster *cluster = &alloc->clusters[kind];
	int err = write_cluster(alloc, cluster);

	if (!err)
		err = vmfs_resource_cluster(&alloc->volume->res[kind], number, &cluster->disk);
	cluster->number = number;
	cluster->is_loaded = !err;
	return err;
}

/* -1 where none is free */
static int find_free(const struct vmfs_cluster *cluster, uint32_t items)
{
	uint32_t i;

	for (i = 0; i < items && i < 8 * VMFS_CLUSTER_BITMAP; i++)
		if (cluster->meta.bitmap[i / 8] >> i % 8 & 1)
			return i;
	return -1;
}

static uint32_t make_address(const struct vmfs_resource *res, enum vmfs_resource_kind kind,
			     uint32_t cluster, uint32_t item)
{
	switch (kind) {
	case VMFS_FDC:
		return vmfs_fd_address(cluster, item);
	case VMFS_SBC:
		return vmfs_sb_address(cluster, item);
	case VMFS_PBC:
		return vmfs_pb_address(VMFS_ADDR_PB, cluster, item);
	case VMFS_PB2:
		return vmfs_pb_address(VMFS_ADDR_PB2, cluster, item);
	default:
		return vmfs_fb_address(cluster * res->at.per_cluster + item);
	}
}

int vmfs_alloc_item(struct vmfs_alloc *alloc, enum vmfs_resource_kind kind, uint32_t *address)
{
	struct vmfs_resource *res = &alloc->volume->res[kind];
	struct vmfs_alloc_cluster *cluster = &alloc->clusters[kind];
	struct vmfs_cluster_meta *meta = &cluster_of(cluster)->meta;
	int item, err = VS_OK;

	if (!cluster->is_loaded)
		err = load_cluster(alloc, kind, 0);
	while (!err) {
		item = find_free(cluster_of(cluster), vmfs_resource_items(res, cluster->number));
		if (item >= 0)
			break;
		if (cluster->number + 1 >= res->at.clusters)
			return vs_fail(VS_REFUSED, "the volume is full: all %s are in use",
				       names[kind]);
		err = load_cluster(alloc, kind, cluster->number + 1);
	}
	if (err)
		return err;
	meta->bitmap[item / 8] &= ~(1 << item % 8);
	meta->free = htole32(le32toh(meta->free) - 1);
	meta->first_free = htole32(meta->free ? item + 1 : 0);
	cluster->is_changed = true;
	*address = make_address(res, kind, cluster->number, item);
	return VS_OK;
}

int vmfs_alloc_fd(struct vmfs_alloc *alloc, uint32_t *address, uint32_t *generation)
{
	struct vmfs_cluster_meta *meta = &cluster_of(&alloc->clusters[VMFS_FDC])->meta;
	int err = vmfs_alloc_item(alloc, VMFS_FDC, address);

	if (err)
		return err;
	*generation = le32toh(meta->last_generation) + 1;
	meta->last_generation = htole32(*generation);
	return VS_OK;
}

int vmfs_alloc_finish(struct vmfs_alloc *alloc)
{
	unsigned int kind;
	int err = VS_OK;

	for (kind = 0; !err && kind < VMFS_RESOURCES; kind++)
		err = write_cluster(alloc, &alloc->clusters[kind]);
	return err;
}

int vmfs_address_offset(struct vmfs_volume *volume, uint32_t address, uint64_t *offset)
{
	static const enum vmfs_resource_kind kinds[] = {
		[VMFS_ADDR_SB] = VMFS_SBC,
		[VMFS_ADDR_PB] = VMFS_PBC,
		[VMFS_ADDR_FD] = VMFS_FDC,
	};
	uint64_t len;
	__u64 cluster;
	__u32 item;

	switch (vmfs_address_type(address)) {
	case VMFS_ADDR_FB:
		*offset = (uint64_t)vmfs_fb_block(address) << volume->block_shift;
		return VS_OK;
	case VMFS_ADDR_SB:
	case VMFS_ADDR_PB:
	case VMFS_ADDR_FD:
		vmfs_split_address(&volume->geo, address, &cluster, &item);
		return vmfs_resource_item(&volume->res[kinds[vmfs_address_type(address)]], cluster,
					  item, 0, offset, &len);
	default:
		return vs_fail(VS_REFUSED, "block address 0x%08x is of an unexpected type",
			       address);
	}
}
