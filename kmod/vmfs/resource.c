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

#include "map.h"

static const struct {
	const char *name;
	u32 address;
	enum vmfs_address_type type;
} vmfs_system_files[VMFS_RESOURCES] = {
	[VMFS_FDC] = { ".fdc.sf", VMFS_FD_FDC, VMFS_ADDR_FD },
	[VMFS_PB2] = { ".pb2.sf", VMFS_FD_PB2, VMFS_ADDR_PB2 },
	[VMFS_PBC] = { ".pbc.sf", VMFS_FD_PBC, VMFS_ADDR_PB },
	[VMFS_SBC] = { ".sbc.sf", VMFS_FD_SBC, VMFS_ADDR_SB },
	[VMFS_FBB] = { ".fbb.sf", VMFS_FD_FBB, VMFS_ADDR_FB },
};

static int vmfs_add_file_run(struct vmfs_resource *res, u64 offset, const struct vmfs_map *map)
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

/*
 * Where the first file descriptors are, of which all system files are, so that
 * .fdc.sf can be opened by its own one.
 */
static int vmfs_find_first_descriptors(struct vmfs_resource *res)
{
	const struct vmfs_geometry *geo = &res->vol->geo;
	struct vmfs_map map = {
		.lv = geo->fdc_lv,
		.length = geo->first_fd_lv - geo->fdc_lv + VMFS_EARLY_FDS * geo->fd_size,
	};

	res->size = map.length;
	res->item_size = geo->fd_size;
	res->items_per_cluster = VMFS_EARLY_FDS;
	res->items = VMFS_EARLY_FDS;
	res->clusters = 1;
	/* One cluster, whose items follow the headers of its group */
	res->cg_offset = geo->first_fd_lv - geo->fdc_lv - geo->cluster_size;
	return vmfs_add_file_run(res, 0, &map);
}

/**
 * vmfs_resources_init() - what a volume's resources are, before any of them is open
 * @vol: volume
 *
 * Addresses may name items of each of them from now on: of one that is not open
 * there are none, but the first file descriptors are found.
 *
 * Return: 0 or -ENOMEM.
 */
int vmfs_resources_init(struct vmfs_volume *vol)
{
	enum vmfs_resource_kind kind;

	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		vol->space->res[kind].vol = vol;
		vol->space->res[kind].kind = kind;
		vol->space->res[kind].name = vmfs_system_files[kind].name;
		/* Nobody divides by 0 */
		vol->space->res[kind].items_per_cluster = 1;
		vol->space->res[kind].clusters_per_group = 1;
	}
	return vmfs_find_first_descriptors(&vol->space->res[VMFS_FDC]);
}

/**
 * vmfs_resource_fd() - the file descriptor of a system file
 * @kind: which one
 *
 * Return: its address.
 */
u32 vmfs_resource_fd(enum vmfs_resource_kind kind)
{
	return vmfs_system_files[kind].address;
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
	/* It has no holes, so that the volume bounds it. */
	if (res->size > res->vol->disk.size)
		return vmfs_corrupt(res->vol, res->name, vmfs_buf_lv(vi->buf), "%llu bytes",
				    res->size);
	while (offset < res->size) {
		struct vmfs_map map;
		int err = vmfs_map_find(vi, offset, res->size - offset, &map);

		if (err)
			return err;
		if (map.type != VMFS_MAP_DATA)
			return vmfs_corrupt(res->vol, res->name, vmfs_buf_lv(vi->buf),
					    "no block at offset %llu", offset);
		err = vmfs_add_file_run(res, offset, &map);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			return err;
		offset += map.length;
		cond_resched();
	}
	return 0;
}

static int vmfs_resource_read_at(struct vmfs_resource *res, u64 offset,
				 struct vmfs_resource_header *header, u64 *lv)
{
	int err = vmfs_resource_lv(res, offset, sizeof(*header), lv);

	return err ?: vmfs_buf_copy(res->vol, *lv, header, sizeof(*header));
}

static int vmfs_resource_read_header(struct vmfs_resource *res)
{
	struct vmfs_volume *vol = res->vol;
	struct vmfs_resource_header header;
	struct vmfs_clusters clusters;
	bool is_child = false;
	const char *wrong;
	u64 lv, value;
	int err;

	err = vmfs_resource_read_at(res, 0, &header, &lv);
	/* Small file blocks of VMFS-6 are a resource within that of the large ones. */
	if (!err && vol->version == 6 && res->kind == VMFS_FBB && header.child_offset) {
		is_child = true;
		err = vmfs_resource_read_at(res, le32_to_cpu(header.child_offset), &header, &lv);
	}
	if (err)
		return err;
	wrong = vmfs_check_resource(&vol->geo, vol->disk.size, vmfs_system_files[res->kind].type,
				    &header, is_child, res->size, &clusters, &value);
	if (wrong)
		return vmfs_corrupt(vol, res->name, lv, "%s is %llu", wrong, value);
	res->items_per_cluster = clusters.per_cluster;
	res->clusters_per_group = clusters.per_group;
	res->cg_offset = clusters.cg_offset;
	res->cg_size = clusters.cg_size;
	res->item_size = clusters.item_size;
	res->items = clusters.total;
	res->clusters = clusters.clusters;
	return 0;
}

/**
 * vmfs_resource_open() - read where a system file is, and its header
 * @res: resource.  What addresses in the file need must be open: see the order of
 *	enum vmfs_resource_kind
 * @vi: inode of the system file
 *
 * Return: 0, -EUCLEAN, -EIO, -ENOMEM.
 */
int vmfs_resource_open(struct vmfs_resource *res, struct vmfs_inode *vi)
{
	res->size = i_size_read(&vi->inode);
	return vmfs_resource_find(res, vi) ?: vmfs_resource_read_header(res);
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
	const u32 size = res->vol->geo.cluster_size;
	u32 group = cluster / res->clusters_per_group;

	if (cluster >= res->clusters)
		return vmfs_corrupt(res->vol, res->name, 0, "cluster %u of %u", cluster,
				    res->clusters);
	return vmfs_resource_lv(res, res->cg_offset + (u64)group * res->cg_size +
				(u64)(cluster % res->clusters_per_group) * size, size, lv);
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
				(u64)res->clusters_per_group * res->vol->geo.cluster_size +
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
		lv += vol->geo.md_size;
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
		cond_resched();
	}
	return 0;
}
