// SPDX-License-Identifier: GPL-2.0
/*
 * Growing a volume that is mounted: first the logical volume (lvm.c, lvm_write.c),
 * then the bitmap of file blocks.
 *
 * New clusters of the bitmap are written past the journal: until a transaction
 * changes the header of .fbb.sf, nobody looks there.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "vfs.h"

#define CLUSTERS_PER_BUF	(VMFS_BUF_SIZE / VMFS_CLUSTER_SIZE)

/* Sectors of the last transaction: header, file descriptor, a page of clusters */
#define GROW_SECTORS		(1 + VMFS_FD_SIZE / VMFS_SECTOR + VMFS_BUF_SIZE / VMFS_SECTOR)

/* How many items a cluster has, of so many */
static u32 vmfs_cluster_items(const struct vmfs_resource *res, u32 number)
{
	return min_t(u64, res->items_per_cluster,
		     res->items - (u64)number * res->items_per_cluster);
}

static void vmfs_format_cluster(const struct vmfs_resource *res, struct vmfs_cluster *c, u32 number,
				u64 lv)
{
	u32 items = vmfs_cluster_items(res, number), i;

	memset(c, 0, sizeof(*c));
	c->lock.magic = cpu_to_le32(VMFS_MAGIC_FB_CLUSTER);
	c->lock.offset = cpu_to_le64(lv);
	c->lock.token = cpu_to_le64(1);
	c->meta.cluster = cpu_to_le32(number);
	c->meta.total = cpu_to_le32(items);
	c->meta.free = cpu_to_le32(items);
	for (i = 0; i < items; i++)
		c->meta.bitmap[i / 8] |= BIT(i % 8);
}

/* Clusters of one group, from @first on */
static int vmfs_write_group(struct vmfs_resource *next, u32 group, u32 first, void *headers)
{
	size_t len = (size_t)next->clusters_per_group * VMFS_CLUSTER_SIZE, from;
	u32 base = group * next->clusters_per_group, i;
	u64 lv;
	int err;

	err = vmfs_resource_lv(next, next->cg_offset + (u64)group * next->cg_size, len, &lv);
	if (err)
		return err;
	memset(headers, 0, len);
	for (i = first - base; i < next->clusters_per_group && base + i < next->clusters; i++)
		vmfs_format_cluster(next, headers + i * VMFS_CLUSTER_SIZE, base + i,
				    lv + i * VMFS_CLUSTER_SIZE);
	from = (first - base) * VMFS_CLUSTER_SIZE;
	if (!vmfs_may_write(next->vol))
		return -EIO;
	return vmfs_lv_io(next->vol, REQ_OP_WRITE, lv + from, headers + from, len - from);
}

/* All new clusters but those in a page with old ones, which are in the journal */
static int vmfs_write_clusters(const struct vmfs_resource *res, struct vmfs_resource *next)
{
	u32 number = round_up(res->clusters, CLUSTERS_PER_BUF), per = next->clusters_per_group;
	void *headers = vmalloc((size_t)per * VMFS_CLUSTER_SIZE);
	int err = headers ? 0 : -ENOMEM;

	while (!err && number < next->clusters) {
		err = vmfs_write_group(next, number / per, number, headers);
		number = (number / per + 1) * per;
		cond_resched();
	}
	vfree(headers);
	return err;
}

/* Let .fbb.sf have a block for each part of its new length. */
static int vmfs_add_file_blocks(struct vmfs_inode *vi, u64 length)
{
	struct vmfs_volume *vol = vmfs_volume(vi->inode.i_sb);
	struct vmfs_map map;
	u64 pos, lv;
	int err = 0;

	for (pos = 0; !err && pos < length; pos += vmfs_fb_size(vol)) {
		struct vmfs_tx tx;

		err = vmfs_map_find(vi, pos, 1, &map);
		if (err || map.type != VMFS_MAP_HOLE)
			continue;
		err = vmfs_tx_begin(vol, &tx, 48);
		if (err)
			break;
		err = vmfs_lock_inode(&tx, vi) ?:
		      vmfs_map_add_fb(&tx, vi, pos >> vol->fb_shift, &lv);
		vmfs_tx_end(&tx);
		if (!err)
			err = vmfs_lv_zero(vol, lv, vmfs_fb_size(vol));
	}
	return err;
}

/* The page with the last old cluster: that one gets more items, others follow it. */
static int vmfs_extend_last_clusters(struct vmfs_tx *tx, struct vmfs_resource *res,
				     const struct vmfs_resource *next)
{
	u32 last = res->clusters - 1, old = vmfs_cluster_items(res, last), i;
	u32 items = vmfs_cluster_items(next, last), number;
	struct vmfs_cluster *c;
	struct vmfs_buf *buf;
	u64 lv;
	int err;

	lockdep_assert_held(&res->lock);
	err = vmfs_resource_cluster(res, last, &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(tx->vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	c = buf->data + (lv & (VMFS_BUF_SIZE - 1));
	if (!test_bit(last, res->held))
		err = tx->vol->locks->ops->acquire(tx->vol, &c->lock);
	if (err)
		goto out;
	__set_bit(last, res->held);
	for (i = old; i < items; i++)
		c->meta.bitmap[i / 8] |= BIT(i % 8);
	c->meta.total = cpu_to_le32(items);
	le32_add_cpu(&c->meta.free, items - old);
	vmfs_tx_dirty(tx, buf, c, sizeof(*c));
	for (number = last + 1; number % CLUSTERS_PER_BUF && number < next->clusters; number++) {
		c++;
		lv += VMFS_CLUSTER_SIZE;
		vmfs_format_cluster(next, c, number, lv);
		vmfs_tx_dirty(tx, buf, c, sizeof(*c));
	}
out:
	vmfs_buf_put(buf);
	return err;
}

static int vmfs_write_resource_header(struct vmfs_tx *tx, struct vmfs_resource *next)
{
	struct vmfs_resource_header *header;
	struct vmfs_buf *buf;
	u64 lv;
	int err;

	err = vmfs_resource_lv(next, 0, sizeof(*header), &lv);
	if (err)
		return err;
	buf = vmfs_buf_get(tx->vol, lv);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	header = buf->data + (lv & (VMFS_BUF_SIZE - 1));
	header->total_items_lo = cpu_to_le32(next->items);
	header->total_items_hi = cpu_to_le32(next->items >> 32);
	header->num_groups = cpu_to_le32(DIV_ROUND_UP(next->clusters, next->clusters_per_group));
	vmfs_tx_dirty(tx, buf, header, sizeof(*header));
	vmfs_buf_put(buf);
	return 0;
}

/* The resource as it is from now on; the bitmaps and runs of @next are used or freed. */
static void vmfs_resource_replace(struct vmfs_resource *res, struct vmfs_resource *next)
{
	lockdep_assert_held(&res->lock);
	bitmap_copy(next->held, res->held, res->clusters);
	swap(res->runs, next->runs);
	swap(res->held, next->held);
	swap(res->maybe, next->maybe);
	res->num_runs = next->num_runs;
	res->size = next->size;
	res->items = next->items;
	res->clusters = next->clusters;
	res->counted = 0;
	res->free = 0;
}

static int vmfs_use_clusters(struct vmfs_inode *vi, struct vmfs_resource *res,
			     struct vmfs_resource *next)
{
	struct vmfs_tx tx;
	int err;

	err = vmfs_tx_begin(res->vol, &tx, GROW_SECTORS);
	if (err)
		return err;
	err = vmfs_lock_inode(&tx, vi);
	if (err)
		goto out;
	mutex_lock(&res->lock);
	err = vmfs_extend_last_clusters(&tx, res, next) ?: vmfs_write_resource_header(&tx, next);
	if (!err)
		vmfs_resource_replace(res, next);
	mutex_unlock(&res->lock);
	if (!err) {
		i_size_write(&vi->inode, next->size);
		vmfs_inode_log(&tx, vi);
	} else {
		vmfs_shutdown(res->vol, -EIO, "the bitmap of file blocks cannot grow");
	}
out:
	vmfs_tx_end(&tx);
	return err ?: vmfs_commit(res->vol);
}

static int vmfs_grow_bitmap(struct vmfs_inode *vi, struct vmfs_resource *res,
			    struct vmfs_resource *next)
{
	int err;

	err = vmfs_add_file_blocks(vi, next->size) ?: vmfs_resource_find(next, vi) ?:
	      vmfs_alloc_open(next);
	return err ?: vmfs_write_clusters(res, next) ?: vmfs_use_clusters(vi, res, next);
}

/* Let all of the logical volume be file blocks. */
static int vmfs_grow_blocks(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_resource *res = &vol->space->res[VMFS_FBB], next = {
		.vol = vol,
		.kind = VMFS_FBB,
		.name = res->name,
		.items_per_cluster = res->items_per_cluster,
		.clusters_per_group = res->clusters_per_group,
		.cg_offset = res->cg_offset,
		.cg_size = res->cg_size,
		.items = min_t(u64, vol->disk.size >> vol->fb_shift, VMFS_FB_MAX_BLOCKS),
	};
	struct inode *inode;
	int err;

	if (next.items <= res->items)
		return 0;
	next.clusters = DIV_ROUND_UP_ULL(next.items, next.items_per_cluster);
	next.size = next.cg_offset + (u64)DIV_ROUND_UP(next.clusters, next.clusters_per_group) *
				     next.cg_size;
	inode = vmfs_iget(vol->sb, VMFS_FD_FBB, 0);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	if (to_vmfs(inode)->zla != VMFS_ZLA_FB ||
	    next.size > (u64)VMFS_FD_SLOTS << vol->fb_shift)
		err = invalf(fc, "vmfs: %s: the bitmap of %llu file blocks needs pointer blocks: a volume cannot grow so far",
			     vol->sb->s_id, next.items);
	else
		err = vmfs_grow_bitmap(to_vmfs(inode), res, &next);
	vmfs_alloc_close(&next);
	vmfs_resource_close(&next);
	iput(inode);
	return err;
}

/* Is a device one of the volume's already? */
static bool vmfs_is_extent(const struct vmfs_volume *vol, const char *path)
{
	unsigned int i;
	dev_t dev;

	if (lookup_bdev(path, &dev))
		return false;	/* opening it will tell why */
	for (i = 0; i < vol->disk.num_extents; i++)
		if (vol->disk.extents[i].bdev->bd_dev == dev)
			return true;
	return false;
}

/* The path is one of the volume's options from now on. */
static void vmfs_add_option(struct vmfs_volume *vol, char **path)
{
	vol->options.extents[vol->options.num_extents] = *path;
	/* vmfs_show_options() may look at them now. */
	smp_store_release(&vol->options.num_extents, vol->options.num_extents + 1);
	*path = NULL;
}

/**
 * vmfs_grow() - do what a remount says of extents
 * @vol: volume; s_umount is held exclusively
 * @options: of the remount: devices that are no extents yet become some
 * @read_only: what the mount is or becomes
 * @fc: context of the remount, for messages
 *
 * Return: 0 or an error, most with a message.
 */
int vmfs_grow(struct vmfs_volume *vol, struct vmfs_options *options, bool read_only,
	      struct fs_context *fc)
{
	u64 before = vol->space->res[VMFS_FBB].items;
	bool grows = options->grow;
	unsigned int i;
	int err = 0;

	for (i = 0; i < options->num_extents; i++)
		grows |= !vmfs_is_extent(vol, options->extents[i]);
	if (!grows)
		return 0;
	if (read_only)
		return invalf(fc, "vmfs: %s: a volume that is mounted read-only cannot grow",
			      vol->sb->s_id);
	for (i = 0; !err && i < options->num_extents; i++) {
		if (vmfs_is_extent(vol, options->extents[i]))
			continue;
		err = vmfs_lvm_add(vol, options->extents[i], fc);
		if (!err)
			vmfs_add_option(vol, &options->extents[i]);
	}
	if (!err && options->grow)
		err = vmfs_lvm_expand(vol, fc);
	if (!err)
		err = vmfs_grow_blocks(vol, fc);
	if (!err && vol->space->res[VMFS_FBB].items == before)
		err = invalf(fc, "vmfs: %s: nothing to grow into: less than 256 MiB at the end of its last device are unused",
			     vol->sb->s_id);
	if (!err)
		vmfs_event(vol, VMFS_EVENT_GROW, NULL);
	return err;
}
