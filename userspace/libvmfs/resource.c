// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "../libvs/err.h"
#include "volume.h"

static const struct {
	const char *name;
	uint32_t address;
	uint32_t magic;
} kinds[VMFS_RES_COUNT] = {
	[VMFS_RES_FB] = { ".fbb.sf", VMFS_FD_FBB, VMFS_MAGIC_FB_CLUSTER },
	[VMFS_RES_FD] = { ".fdc.sf", VMFS_FD_FDC, VMFS_MAGIC_FD_CLUSTER },
	[VMFS_RES_PB] = { ".pbc.sf", VMFS_FD_PBC, VMFS_MAGIC_PB_CLUSTER },
	[VMFS_RES_SB] = { ".sbc.sf", VMFS_FD_SBC, VMFS_MAGIC_SB_CLUSTER },
	[VMFS_RES_PB2] = { ".pb2.sf", VMFS_FD_PB2, VMFS_MAGIC_PB2_CLUSTER },
};

static int fail_header(const struct vmfs_resource *res, const char *member, uint64_t value)
{
	return vs_fail(VS_REFUSED, "%s: header at offset 0x%" PRIx64 ": %s is %" PRIu64, res->name,
		       res->base, member, value);
}

/* What @item_size must be; pointer blocks of VMFS-6 are elsewhere. */
static uint32_t item_size(const struct vmfs_volume *volume, enum vmfs_resource_kind kind)
{
	switch (kind) {
	case VMFS_RES_FD:
		return volume->fd_size;
	case VMFS_RES_PB:
	case VMFS_RES_PB2:
		return volume->pb_size;
	case VMFS_RES_SB:
		return volume->sub_block_size;
	default:
		return 0;
	}
}

/* How many items an address can name in a cluster (§5). */
static uint32_t most_per_cluster(const struct vmfs_volume *volume, enum vmfs_resource_kind kind)
{
	switch (kind) {
	case VMFS_RES_FD:
		return volume->version == 6 ? 1024 : 512;
	case VMFS_RES_PB:
	case VMFS_RES_PB2:
		return volume->version == 6 ? 256 : 16;
	case VMFS_RES_SB:
		return volume->version == 6 ? 256 : volume->dense ? 64 : 16;
	default:
		return volume->version == 6 ? 8192 : 512;
	}
}

static uint64_t last_item_end(const struct vmfs_resource *res)
{
	uint64_t per_group = (uint64_t)res->per_group * res->per_cluster, last = res->total - 1;

	return res->cg_offset + last / per_group * res->cg_size +
	       (uint64_t)res->per_group * res->cluster_size +
	       (last % per_group + 1) * res->item_size;
}

static int check_header(struct vmfs_resource *res, const struct vmfs_volume *volume,
			enum vmfs_resource_kind kind)
{
	uint64_t group;

	if (!res->per_cluster || res->per_cluster > most_per_cluster(volume, kind))
		return fail_header(res, "items per cluster", res->per_cluster);
	if (!res->per_group || res->per_group > 4096)
		return fail_header(res, "clusters per group", res->per_group);
	if (res->item_size != item_size(volume, kind))
		return fail_header(res, "item size", res->item_size);
	group = (uint64_t)res->per_group * res->cluster_size +
		(uint64_t)res->per_group * res->per_cluster * res->item_size;
	/* VMFS-6 rounds groups up. */
	if (res->cg_size < group || (volume->version < 6 && res->cg_size != group))
		return fail_header(res, "size of a cluster group", res->cg_size);
	if (res->cg_offset < VMFS_SECTOR || res->cg_offset > 1 << 28)
		return fail_header(res, "offset of cluster groups", res->cg_offset);
	/* More than the volume has room for, or the file has clusters for */
	if (res->total > volume->lv->size / (res->item_size ? res->item_size : volume->block_size))
		return fail_header(res, "number of items", res->total);
	res->clusters = (res->total + res->per_cluster - 1) / res->per_cluster;
	if (vmfs_resource_header(res, res->clusters - 1) + res->cluster_size > res->inode.length ||
	    (res->item_size && last_item_end(res) > res->inode.length))
		return fail_header(res, "number of items", res->total);
	return VS_OK;
}

/* Each item of the parent has a cluster, behind the clusters of the parent's group. */
static void use_parent(struct vmfs_resource *res, const struct vmfs_resource_header *header)
{
	uint64_t per_group = le32toh(header->parent_clusters_per_group);

	res->per_group = per_group * le32toh(header->parent_items_per_cluster);
	res->cg_offset += per_group * res->cluster_size;
	res->cg_size = le32toh(header->parent_cg_size);
}

static int read_header(struct vmfs_resource *res, struct vmfs_volume *volume,
		       enum vmfs_resource_kind kind)
{
	struct vmfs_resource_header header;
	int err;

	err = vmfs_read(&res->inode, 0, &header, sizeof(header));
	if (err)
		return err;
	res->base = 0;
	/* Small file blocks of VMFS-6 are a resource within that of the large ones. */
	if (volume->version == 6 && kind == VMFS_RES_FB) {
		res->base = le32toh(header.child_offset);
		err = vmfs_read(&res->inode, res->base, &header, sizeof(header));
	}
	if (err)
		return err;
	res->per_cluster = le32toh(header.items_per_cluster);
	res->per_group = le32toh(header.clusters_per_group);
	res->cg_offset = le32toh(header.cg_offset);
	res->item_size = le32toh(header.item_size);
	res->cg_size = le32toh(header.cg_size);
	res->total = le32toh(header.total_items_lo) |
		     (uint64_t)le32toh(header.total_items_hi) << 32;
	res->cluster_size = 2 * volume->md;
	if (res->base)
		use_parent(res, &header);
	/* VMFS-6 needs no pointer blocks of their own: .pbc.sf is empty. */
	if (!res->total)
		return VS_OK;
	return check_header(res, volume, kind);
}

int vmfs_resource_open(struct vmfs_volume *volume, enum vmfs_resource_kind kind)
{
	struct vmfs_resource *res = &volume->res[kind];
	int err;

	res->name = kinds[kind].name;
	res->magic = kinds[kind].magic;
	err = vmfs_inode_read_early(volume, kinds[kind].address, &res->inode);
	if (err)
		return vs_fail_because(VS_REFUSED, "%s", res->name);
	if (res->inode.type != VMFS_TYPE_SYSTEM)
		return vs_fail(VS_REFUSED, "%s: its file descriptor %s is of type %u, not of a system file",
			       res->name, vmfs_fd_text(kinds[kind].address), res->inode.type);
	if (res->inode.zla != VMFS_ZLA_FB && res->inode.zla != VMFS_ZLA_PB2)
		return vs_fail(VS_REFUSED, "%s: block address type %u is not one of a system file",
			       res->name, res->inode.zla);
	err = read_header(res, volume, kind);
	if (err)
		return err;
	res->is_open = true;
	return VS_OK;
}

uint32_t vmfs_resource_items(const struct vmfs_resource *res, uint64_t cluster)
{
	uint64_t left = res->total - cluster * res->per_cluster;

	return left < res->per_cluster ? left : res->per_cluster;
}

uint64_t vmfs_resource_header(const struct vmfs_resource *res, uint64_t cluster)
{
	return res->cg_offset + cluster / res->per_group * res->cg_size +
	       cluster % res->per_group * res->cluster_size;
}

static int check_cluster(const struct vmfs_resource *res, uint64_t cluster)
{
	if (!res->is_open)
		return vs_fail(VS_REFUSED, "%s is not there", res->name ? res->name : "a resource file");
	if (cluster < res->clusters)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " does not exist: there are %" PRIu64,
		       res->name, cluster, res->clusters);
}

int vmfs_resource_cluster(struct vmfs_resource *res, uint64_t cluster,
			  struct vmfs_res_cluster *found)
{
	struct vmfs_mapping map;
	struct vmfs_lock lock;
	uint64_t at;
	int err = check_cluster(res, cluster);

	if (err)
		return err;
	at = vmfs_resource_header(res, cluster);
	found->md = res->cluster_size / 2;
	err = vmfs_map(&res->inode, at, &map);
	if (err)
		return err;
	found->offset = map.offset;
	err = vmfs_read(&res->inode, at, found->raw, res->cluster_size);
	if (err)
		return err;
	memcpy(&lock, found->raw, sizeof(lock));
	if (le32toh(lock.magic) == res->magic && map.kind == VMFS_MAP_DATA)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " at LV offset 0x%" PRIx64
		       ": magic number is 0x%08x, not 0x%08x", res->name, cluster, found->offset,
		       le32toh(lock.magic), res->magic);
}

int vmfs_resource_item(struct vmfs_resource *res, uint64_t cluster, uint32_t item, uint64_t within,
		       uint64_t *offset, uint64_t *len)
{
	struct vmfs_mapping map;
	uint64_t at;
	int err = check_cluster(res, cluster);

	if (err)
		return err;
	if (item >= vmfs_resource_items(res, cluster))
		return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " has no item %u: it has %u",
			       res->name, cluster, item, vmfs_resource_items(res, cluster));
	at = res->cg_offset + cluster / res->per_group * res->cg_size +
	     (uint64_t)res->per_group * res->cluster_size +
	     (cluster % res->per_group * res->per_cluster + item) * res->item_size;
	err = vmfs_map(&res->inode, at + within, &map);
	if (err)
		return err;
	if (map.kind != VMFS_MAP_DATA)
		return vs_fail(VS_REFUSED, "%s: nothing is allocated for cluster %" PRIu64 ", item %u",
			       res->name, cluster, item);
	*offset = map.offset;
	*len = map.length < res->item_size - within ? map.length : res->item_size - within;
	return VS_OK;
}
