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
	enum vmfs_address_type type;
} kinds[VMFS_RESOURCES] = {
	[VMFS_FBB] = { ".fbb.sf", VMFS_FD_FBB, VMFS_MAGIC_FB_CLUSTER, VMFS_ADDR_FB },
	[VMFS_FDC] = { ".fdc.sf", VMFS_FD_FDC, VMFS_MAGIC_FD_CLUSTER, VMFS_ADDR_FD },
	[VMFS_PBC] = { ".pbc.sf", VMFS_FD_PBC, VMFS_MAGIC_PB_CLUSTER, VMFS_ADDR_PB },
	[VMFS_SBC] = { ".sbc.sf", VMFS_FD_SBC, VMFS_MAGIC_SB_CLUSTER, VMFS_ADDR_SB },
	[VMFS_PB2] = { ".pb2.sf", VMFS_FD_PB2, VMFS_MAGIC_PB2_CLUSTER, VMFS_ADDR_PB2 },
};

static int read_header(struct vmfs_resource *res, struct vmfs_volume *volume,
		       enum vmfs_resource_kind kind)
{
	struct vmfs_resource_header header;
	const char *wrong;
	__u64 value;
	int err;

	err = vmfs_read(&res->inode, 0, &header, sizeof(header));
	if (err)
		return err;
	res->base = 0;
	/* Small file blocks of VMFS-6 are a resource within that of the large ones. */
	if (volume->version == 6 && kind == VMFS_FBB && header.child_offset) {
		res->base = le32toh(header.child_offset);
		err = vmfs_read(&res->inode, res->base, &header, sizeof(header));
	}
	if (err)
		return err;
	wrong = vmfs_check_resource(&volume->geo, volume->lv->size, kinds[kind].type, &header,
				    res->base, res->inode.length, &res->at, &value);
	if (!wrong)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: header at offset 0x%" PRIx64 ": %s is %" PRIu64, res->name,
		       res->base, wrong, (uint64_t)value);
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
	uint64_t left = res->at.total - cluster * res->at.per_cluster;

	return left < res->at.per_cluster ? left : res->at.per_cluster;
}

static int check_cluster(const struct vmfs_resource *res, uint64_t cluster)
{
	if (!res->is_open)
		return vs_fail(VS_REFUSED, "%s is not there", res->name ? res->name : "a resource file");
	if (cluster < res->at.clusters)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " does not exist: there are %" PRIu64,
		       res->name, cluster, (uint64_t)res->at.clusters);
}

int vmfs_resource_cluster(struct vmfs_resource *res, uint64_t cluster,
			  struct vmfs_res_cluster *found)
{
	struct vmfs_map map;
	struct vmfs_lock lock;
	uint64_t at;
	int err = check_cluster(res, cluster);

	if (err)
		return err;
	at = vmfs_cluster_at(&res->at, cluster);
	found->md = res->at.header_size / 2;
	err = vmfs_map_find(&res->inode, at, &map);
	if (err)
		return err;
	found->offset = map.offset;
	err = vmfs_read(&res->inode, at, found->raw, res->at.header_size);
	if (err)
		return err;
	memcpy(&lock, found->raw, sizeof(lock));
	if (le32toh(lock.magic) == res->magic && map.type == VMFS_MAP_DATA)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " at LV offset 0x%" PRIx64
		       ": magic number is 0x%08x, not 0x%08x", res->name, cluster, found->offset,
		       le32toh(lock.magic), res->magic);
}

int vmfs_resource_item(struct vmfs_resource *res, uint64_t cluster, uint32_t item, uint64_t within,
		       uint64_t *offset, uint64_t *len)
{
	struct vmfs_map map;
	uint64_t at;
	int err = check_cluster(res, cluster);

	if (err)
		return err;
	if (item >= vmfs_resource_items(res, cluster))
		return vs_fail(VS_REFUSED, "%s: cluster %" PRIu64 " has no item %u: it has %u",
			       res->name, cluster, item, vmfs_resource_items(res, cluster));
	at = vmfs_item_at(&res->at, cluster * res->at.per_cluster + item);
	err = vmfs_map_find(&res->inode, at + within, &map);
	if (err)
		return err;
	if (map.type != VMFS_MAP_DATA)
		return vs_fail(VS_REFUSED, "%s: nothing is allocated for cluster %" PRIu64 ", item %u",
			       res->name, cluster, item);
	*offset = map.offset;
	*len = map.length < res->at.item_size - within ? map.length : res->at.item_size - within;
	return VS_OK;
}
