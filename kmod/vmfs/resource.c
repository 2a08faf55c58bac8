// SPDX-License-Identifier: GPL-2.0
/*
 * Resources: where their clusters and items are.
 *
 * A resource file is a header, and from cg_offset on groups of clusters:
 *
 *   | lock, metadata of each cluster of the group | the items of all of them |
 *
 * VMFS-6 keeps small file blocks as a second resource within .fbb.sf, behind
 * that of the large ones (format description, section 6).
 */
#include <linux/slab.h>

#include "vmfs.h"

static const struct {
	const char *name;
	u32 address;
} system_files[VMFS_RESOURCES] = {
	[VMFS_FDC] = { ".fdc.sf", VMFS_FD_FDC },
	[VMFS_PB2] = { ".pb2.sf", VMFS_FD_PB2 },
	[VMFS_PBC] = { ".pbc.sf", VMFS_FD_PBC },
	[VMFS_SBC] = { ".sbc.sf", VMFS_FD_SBC },
	[VMFS_FBB] = { ".fbb.sf", VMFS_FD_FBB },
};

static int add_file_run(struct vmfs_resource *res, u64 offset, const struct vmfs_map *map)
{
	struct vmfs_file_run *last = res->num_runs ? &res->runs[res->num_runs - 1] : NULL;
	struct vmfs_file_run *more;

	if (last && last->lv + last->length == map->lv) {
		last->length += map->length;
		return 0;
	}
	more = krealloc_array(res->runs, res->num_runs + 1, sizeof(*more),
			      GFP_KERNEL | __GFP_NOWARN);
	if (!more)
		return -ENOMEM;
	res->runs = more;
	last = &res->runs[res->num_runs++];
	last->offset = offset;
	last->lv = map->lv;
	last->length = map->length;
	return 0;
}

/**
 * vmfs_resource_find() - find out where a system file is
 * @res: resource with &vmfs_resource.size; its runs are replaced
 * @vi: its inode
 *
 * Return: 0, -EUCLEAN, -EIO, -ENOMEM.
 */
int vmfs_resource_find(struct vmfs_resource *res, struct vmfs_inode *vi)
{
	u64 offset = 0;

	res->num_runs = 0;
	while (offset < res->size) {
		struct vmfs_map map;
		int err = vmfs_map_find(vi, offset, res->size - offset, &map);

		if (err)
			return err;
		if (map.type != VMFS_MAP_DATA)
			return vmfs_corrupt(res->vol, res->name, vmfs_buf_lv(vi->buf),
					    "no block at offset %llu", offset);
		err = add_file_run(res, offset, &map);
		if (err)
			return err;
		offset += map.length;
	}
	return 0;
}

static int check_geometry(struct vmfs_resource *res, u64 lv)
{
	struct vmfs_volume *vol = res->vol;
	u64 headers = (u64)res->clusters_per_group * vol->cluster_size;
	u64 items = (u64)res->clusters_per_group * res->items_per_cluster * res->item_size;
	u64 min_size = res->kind == VMFS_FDC ? vol->fd_size :
		       res->kind == VMFS_SBC ? vol->sb_size :
		       res->kind == VMFS_FBB ? 0 : vol->version < 6 ? VMFS_PB_SIZE : 0;
	u32 max_items = vol->version < 6 ? VMFS_CLUSTER_BITMAP * 8 :
			sizeof_field(struct vmfs6_cluster_meta, bitmap) * 8;

	if (!res->items)
		return 0;
	if (!res->items_per_cluster || res->items_per_cluster > max_items ||
	    !res->clusters_per_group || res->clusters_per_group > 65536 ||
	    res->cg_offset & (VMFS_BUF_SIZE - 1) || res->cg_size & (VMFS_BUF_SIZE - 1) ||
	    res->item_size > SZ_1M || (res->item_size != min_size && vol->version < 6) ||
	    res->item_size < min_size || res->cg_size < headers + items ||
	    res->items >= 1ull << 40)
		return vmfs_corrupt(vol, res->name, lv,
				    "%llu items of %u bytes, %u in a cluster, %u clusters in a group, groups of %u bytes from %u on",
				    res->items, res->item_size, res->items_per_cluster,
				    res->clusters_per_group, res->cg_size, res->cg_offset);
	if (DIV_ROUND_UP_ULL(res->items, res->items_per_cluster) > U32_MAX)
		return vmfs_corrupt(vol, res->name, lv, "%llu items", res->items);
	res->clusters = DIV_ROUND_UP_ULL(res->items, res->items_per_cluster);
	return 0;
}

static int read_header(struct vmfs_resource *res, u64 offset)
{
	struct vmfs_volume *vol = res->vol;
	struct vmfs_resource_header header;
	u64 lv;
	int err;

	err = vmfs_resource_lv(res, offset, sizeof(header), &lv);
	if (!err)
		err = vmfs_buf_copy(vol, lv, &header, sizeof(header));
	if (err)
		return err;
	if (!offset && vol->version == 6 && res->kind == VMFS_FBB && header.child_offset)
		return read_header(res, le32_to_cpu(header.child_offset));
	res->items_per_cluster = le32_to_cpu(header.items_per_cluster);
	res->clusters_per_group = le32_to_cpu(header.clusters_per_group);
	res->cg_offset = le32_to_cpu(header.cg_offset);
	res->cg_size = le32_to_cpu(header.cg_size);
	res->item_size = le32_to_cpu(header.item_size);
	res->items = (u64)le32_to_cpu(header.total_items_hi) << 32 |
		     le32_to_cpu(header.total_items_lo);
	return check_geometry(res, lv);
}

/**
 * vmfs_resource_open() - read where a system file is, and its header
 * @vol: volume.  What addresses in the file need must be open: see the order of
 *	enum vmfs_resource_kind
 * @kind: which one
 *
 * Return: 0, -EUCLEAN, -EIO, -ENOMEM.
 */
int vmfs_resource_open(struct vmfs_volume *vol, enum vmfs_resource_kind kind)
{
	struct vmfs_resource *res = &vol->res[kind];
	u32 address = system_files[kind].address;
	struct vmfs_inode *vi;
	struct inode *inode;
	struct vmfs_map map;
	int err;

	res->vol = vol;
	res->kind = kind;
	res->name = system_files[kind].name;
	if (kind == VMFS_FDC) {
		/* Until it is open, it is its own first block. */
		map.lv = vol->fdc_lv;
		map.length = vmfs_fb_size(vol);
		err = add_file_run(res, 0, &map);
		if (err)
			return err;
		res->size = map.length;
		err = read_header(res, 0);
		if (err)
			return err;
	}
	inode = vmfs_iget(vol->sb, address, 0);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	vi = to_vmfs(inode);
	res->size = i_size_read(inode);
	err = vmfs_resource_find(res, vi) ?: read_header(res, 0);
	iput(inode);
	return err;
}

/**
 * vmfs_resource_close() - forget a resource
 * @res: resource, open or not
 */
void vmfs_resource_close(struct vmfs_resource *res)
{
	kfree(res->runs);
	res->runs = NULL;
	res->num_runs = 0;
}

/**
 * vmfs_resource_lv() - where a part of a system file is
 * @res: resource
 * @offset: in the file, bytes
 * @len: bytes, which must be contiguous
 * @lv: set to the LV offset
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_resource_lv(struct vmfs_resource *res, u64 offset, size_t len, u64 *lv)
{
	unsigned int low = 0, high = res->num_runs;
	const struct vmfs_file_run *run;

	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		if (res->runs[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	run = res->runs + low;
	if (!res->num_runs || offset < run->offset || offset + len > run->offset + run->length)
		return vmfs_corrupt(res->vol, res->name, 0,
				    "offset %llu is needed, the file has %llu bytes", offset,
				    res->size);
	*lv = run->lv + (offset - run->offset);
	return 0;
}

/**
 * vmfs_resource_cluster() - where a cluster's lock and metadata are
 * @res: resource
 * @cluster: number
 * @lv: set to the LV offset of the lock
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_resource_cluster(struct vmfs_resource *res, u32 cluster, u64 *lv)
{
	if (cluster >= res->clusters)
		return vmfs_corrupt(res->vol, res->name, 0, "cluster %u of %u", cluster,
				    res->clusters);
	return vmfs_resource_lv(res, res->cg_offset +
				(u64)(cluster / res->clusters_per_group) * res->cg_size +
				(u64)(cluster % res->clusters_per_group) * res->vol->cluster_size,
				res->vol->cluster_size, lv);
}

/**
 * vmfs_resource_item() - where an item is
 * @res: resource; not that of file blocks
 * @item: number
 * @lv: set to the LV offset
 *
 * Return: 0 or -EUCLEAN.
 */
int vmfs_resource_item(struct vmfs_resource *res, u64 item, u64 *lv)
{
	u64 in_group = (u64)res->clusters_per_group * res->items_per_cluster;
	u64 group, rest;

	if (item >= res->items)
		return vmfs_corrupt(res->vol, res->name, 0, "item %llu of %llu", item, res->items);
	group = div64_u64_rem(item, in_group, &rest);
	return vmfs_resource_lv(res, res->cg_offset + group * res->cg_size +
				(u64)res->clusters_per_group * res->vol->cluster_size +
				rest * res->item_size, res->item_size, lv);
}

/**
 * vmfs_resource_count_free() - how many items are free, by reading all clusters
 * @res: resource
 * @count: set to the number
 *
 * Return: 0 or an error of reading.
 */
int vmfs_resource_count_free(struct vmfs_resource *res, u64 *count)
{
	struct vmfs_volume *vol = res->vol;
	u32 cluster;

	*count = 0;
	for (cluster = 0; cluster < res->clusters; cluster++) {
		struct vmfs_buf *buf;
		u64 lv;
		int err = vmfs_resource_cluster(res, cluster, &lv);

		if (err)
			return err;
		lv += vol->md_size;
		buf = vmfs_buf_get(vol, lv);
		if (IS_ERR(buf))
			return PTR_ERR(buf);
		if (vol->version < 6) {
			const struct vmfs_cluster_meta *meta = buf->data +
							       (lv & (VMFS_BUF_SIZE - 1));

			*count += min(le32_to_cpu(meta->free), res->items_per_cluster);
		} else {
			const struct vmfs6_cluster_meta *meta = buf->data;

			*count += min_t(u32, le16_to_cpu(meta->free), res->items_per_cluster);
		}
		vmfs_buf_put(buf);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}
