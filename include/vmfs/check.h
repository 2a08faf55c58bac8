/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The format's rules, for vmfs.ko and the tools: what is read from disk is used
 * after it went through here, and nowhere else is it decided what is possible.
 *
 * Everything here is a pure function of what it is given.  Checks return NULL, or
 * the name of the member that cannot be right, with its value in *@value.
 */
#ifndef VMFS_CHECK_H
#define VMFS_CHECK_H

#include <vmfs/dir6.h>
#include <vmfs/format.h>

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <linux/math64.h>
#include <linux/string.h>
#define vmfs_le16	le16_to_cpu
#define vmfs_le32	le32_to_cpu
#define vmfs_le64	le64_to_cpu
#define vmfs_div64	div64_u64
#else
#include <endian.h>
#include <string.h>
#define vmfs_le16	le16toh
#define vmfs_le32	le32toh
#define vmfs_le64	le64toh

static inline __u64 vmfs_div64(__u64 dividend, __u64 divisor)
{
	return dividend / divisor;
}
#endif

/* Metadata is read in pages: what is smaller than one must not lie across its end. */
#define VMFS_PAGE		4096u

/* 64 TiB and what a VMFS-3 of 32 extents of 2 TiB has */
#define VMFS_MAX_LV_SHIFT	47u
#define VMFS_MAX_LV_SIZE	(1ull << VMFS_MAX_LV_SHIFT)

/* What a directory can have; ESXi allows 131,000 files in all of a volume, which is 18 MiB. */
#define VMFS_MAX_DIR_SIZE	(256ull << 20)

#define VMFS_MAX_PER_GROUP	65536u		/* clusters in a group */
#define VMFS_EARLY_FDS		16u		/* needed before .fdc.sf is open: system files */

/**
 * struct vmfs_geometry - sizes and places that follow from the file system descriptor
 * @version: 3, 5 or 6
 * @fb_shift: size of a file block, as a shift
 * @lfb_shift: size of a large file block; VMFS-6
 * @pb_shift: size of a pointer block
 * @addr_shift: size of a block's address: 2, VMFS-6: 3
 * @sb_size: size of a sub-block, bytes
 * @md_size: alignment of metadata: a sector, VMFS-6: a page
 * @cluster_size: bytes of a cluster's lock and metadata
 * @fd_size: bytes of a file descriptor
 * @num_slots: addresses in a file descriptor
 * @resident_size: bytes of data in a file descriptor
 * @dense: addresses of sub-blocks have six item bits
 * @fdc_lv: LV offset of .fdc.sf
 * @first_fd_lv: LV offset of its first file descriptor
 */
struct vmfs_geometry {
	unsigned int version;
	unsigned int fb_shift;
	unsigned int lfb_shift;
	unsigned int pb_shift;
	unsigned int addr_shift;
	__u32 sb_size;
	__u32 md_size;
	__u32 cluster_size;
	__u32 fd_size;
	__u32 num_slots;
	__u32 resident_size;
	bool dense;
	__u64 fdc_lv;
	__u64 first_fd_lv;
};

/**
 * struct vmfs_clusters - where the clusters and items of a resource file are
 * @total: items
 * @clusters: that hold them
 * @per_cluster: items of a cluster, at least 1
 * @per_group: clusters of a group, at least 1
 * @item_size: bytes; 0: the items are not in this file
 * @header_size: bytes of a cluster's lock and metadata
 * @cg_offset: of the first group in the file
 * @cg_size: bytes from one group to the next
 */
struct vmfs_clusters {
	__u64 total;
	__u64 clusters;
	__u32 per_cluster;
	__u32 per_group;
	__u32 item_size;
	__u32 header_size;
	__u64 cg_offset;
	__u64 cg_size;
};

/**
 * struct vmfs_layout - how a file's blocks are found
 * @shift: of the bytes that one address stands for
 * @levels: of pointer blocks
 * @max_length: bytes that can be addressed
 */
struct vmfs_layout {
	unsigned int shift;
	unsigned int levels;
	__u64 max_length;
};

static inline bool vmfs_is_power_of_2(__u64 number)
{
	return number && !(number & (number - 1));
}

static inline unsigned int vmfs_shift_of(__u64 power)
{
	return __builtin_ctzll(power);
}

static inline __u64 vmfs_round_up(__u64 number, __u64 power)
{
	return (number + power - 1) & ~(power - 1);
}

/* File system descriptor (§2) */

static inline const char *vmfs_check_version(const struct vmfs_fs_descriptor *fs,
					     struct vmfs_geometry *geo, __u64 *value)
{
	*value = vmfs_le32(fs->magic);
	if (*value != VMFS_FS_MAGIC)
		return "magic number";
	*value = vmfs_le32(fs->major);
	switch (*value) {
	case VMFS3_FS_MAJOR:
		geo->version = 3;
		return NULL;
	case VMFS5_FS_MAJOR:
		geo->version = 5;
		return NULL;
	case VMFS6_FS_MAJOR:
		geo->version = 6;
		return NULL;
	}
	return "version";
}

static inline const char *vmfs_check_sizes6(const struct vmfs_fs_descriptor *fs,
					    struct vmfs_geometry *geo, __u64 *value)
{
	geo->md_size = *value = vmfs_le32(fs->md_alignment);
	if (*value != VMFS_PAGE)
		return "metadata alignment";
	geo->pb_shift = *value = vmfs_le16(fs->pb_shift);
	if (*value < 12 || *value > 20)
		return "pointer block shift";
	*value = vmfs_le16(fs->lfb_shift);
	if (*value > 12)
		return "large file block shift";
	geo->lfb_shift = geo->fb_shift + *value;
	geo->addr_shift = 3;
	geo->cluster_size = geo->fd_size = 2 * geo->md_size;
	geo->num_slots = VMFS6_FD_SLOTS;
	geo->resident_size = geo->md_size - VMFS6_FD_RESIDENT_OFFSET;
	geo->fdc_lv = vmfs_round_up(VMFS_HB_OFFSET + (__u64)VMFS6_HB_SLOTS * geo->md_size,
				    1ull << geo->fb_shift);
	return NULL;
}

static inline void vmfs_set_sizes5(const struct vmfs_fs_descriptor *fs, struct vmfs_geometry *geo)
{
	geo->dense = vmfs_le32(fs->config) & VMFS_CONFIG_DENSE_SB;
	geo->md_size = VMFS_SECTOR;
	geo->pb_shift = vmfs_shift_of(VMFS_PB_SIZE);
	geo->lfb_shift = geo->fb_shift;
	geo->addr_shift = 2;
	geo->cluster_size = VMFS_CLUSTER_SIZE;
	geo->fd_size = VMFS_FD_SIZE;
	geo->num_slots = VMFS_FD_SLOTS;
	geo->resident_size = VMFS_FD_DATA_SIZE;
	geo->fdc_lv = vmfs_round_up(0x400000, 1ull << geo->fb_shift);
}

/* The root's file descriptor is the first item of the first group of .fdc.sf. */
static inline const char *vmfs_check_first_fds(const struct vmfs_fs_descriptor *fs,
					       struct vmfs_geometry *geo, __u64 *value)
{
	__u32 per_group = vmfs_le32(fs->fdc_clusters_per_group);
	__u64 headers = (__u64)per_group * geo->cluster_size, end;

	*value = vmfs_le32(fs->fdc_cg_offset);
	if (*value < VMFS_SECTOR || *value % VMFS_PAGE || *value > 1 << 20)
		return "offset of file descriptors";
	geo->first_fd_lv = geo->fdc_lv + *value + headers;
	*value = per_group;
	/* Those of the system files are in the first block of .fdc.sf. */
	end = geo->first_fd_lv + (__u64)VMFS_EARLY_FDS * geo->fd_size;
	if (!per_group || headers % VMFS_PAGE || end > geo->fdc_lv + (1ull << geo->fb_shift))
		return "clusters in a group of file descriptors";
	return NULL;
}

/**
 * vmfs_check_fs() - is a file system descriptor possible?
 * @fs: as on disk
 * @geo: set
 * @value: of what is wrong
 *
 * Return: NULL, or the name of the member that is wrong.
 */
static inline const char *vmfs_check_fs(const struct vmfs_fs_descriptor *fs,
					struct vmfs_geometry *geo, __u64 *value)
{
	const char *wrong;

	memset(geo, 0, sizeof(*geo));
	wrong = vmfs_check_version(fs, geo, value);
	if (wrong)
		return wrong;
	*value = vmfs_le64(fs->file_block_size);
	if (!vmfs_is_power_of_2(*value) || *value < 1 << 20 || *value > 8 << 20)
		return "file block size";
	geo->fb_shift = vmfs_shift_of(*value);
	geo->sb_size = *value = vmfs_le32(fs->sub_block_size);
	if (!vmfs_is_power_of_2(*value) || *value < VMFS_PAGE || *value > 1 << 16)
		return "sub-block size";
	if (geo->version == 6)
		wrong = vmfs_check_sizes6(fs, geo, value);
	else
		vmfs_set_sizes5(fs, geo);
	return wrong ? wrong : vmfs_check_first_fds(fs, geo, value);
}

/* Addresses (§5) */

/* VMFS-6: a cluster of small file blocks for each large one */
static inline __u32 vmfs6_sfb_per_cluster(const struct vmfs_geometry *geo)
{
	return 1u << (geo->lfb_shift - geo->fb_shift);
}

/**
 * vmfs_block_lv() - where a file block is
 * @geo: of the volume
 * @lv_size: bytes of the logical volume, which may have grown
 * @address: VMFS_ADDR_FB, VMFS-6: or VMFS_ADDR_LFB
 * @lv: set to the LV offset
 * @shift: set: size of the block
 *
 * Return: whether the volume has this block.
 */
static inline bool vmfs_block_lv(const struct vmfs_geometry *geo, __u64 lv_size, __u64 address,
				 __u64 *lv, unsigned int *shift)
{
	__u64 block;

	*lv = 0;
	*shift = geo->fb_shift;
	if (geo->version < 6) {
		block = vmfs_fb_block(address);
	} else if (vmfs_address_type(address) == VMFS_ADDR_LFB) {
		*shift = geo->lfb_shift;
		block = vmfs6_lfb_block(address);
	} else {
		block = vmfs6_sfb_cluster(address) * vmfs6_sfb_per_cluster(geo) +
			vmfs6_sfb_item(address);
	}
	if (block >= lv_size >> *shift)
		return false;
	*lv = block << *shift;
	return true;
}

/**
 * vmfs_split_address() - which item of its resource an address names
 * @geo: of the volume
 * @address: VMFS_ADDR_SB, VMFS_ADDR_PB, VMFS_ADDR_PB2 or VMFS_ADDR_FD
 * @cluster: set
 * @item: set to its number in the cluster
 */
static inline void vmfs_split_address(const struct vmfs_geometry *geo, __u64 address,
				      __u64 *cluster, __u32 *item)
{
	if (vmfs_address_type(address) == VMFS_ADDR_FD) {
		*cluster = vmfs_fd_cluster(address);
		*item = vmfs_fd_item(address);
	} else if (geo->version == 6) {
		*cluster = vmfs6_sb_cluster(address);
		*item = vmfs6_sb_item(address);
	} else if (vmfs_address_type(address) == VMFS_ADDR_SB) {
		*cluster = vmfs_sb_cluster(address);
		*item = vmfs_sb_item(address, geo->dense);
	} else {
		*cluster = vmfs_pb_cluster(address);
		*item = vmfs_pb_item(address);
	}
}

/* Resource files (§6): @type is what addresses of their items have */

/* How many items of a cluster an address can name, and a bitmap has bits for */
static inline __u32 vmfs_max_per_cluster(const struct vmfs_geometry *geo,
					 enum vmfs_address_type type)
{
	bool is_6 = geo->version == 6;

	switch (type) {
	case VMFS_ADDR_FD:
		return is_6 ? 1024 : 8 * VMFS_CLUSTER_BITMAP;
	case VMFS_ADDR_PB:
	case VMFS_ADDR_PB2:
		return is_6 ? 256 : 16;
	case VMFS_ADDR_SB:
		return is_6 ? 256 : geo->dense ? 64 : 16;
	default:
		return is_6 ? 8192 : 8 * VMFS_CLUSTER_BITMAP;
	}
}

/* And how many clusters */
static inline __u64 vmfs_max_clusters(const struct vmfs_geometry *geo, enum vmfs_address_type type)
{
	bool is_6 = geo->version == 6;

	switch (type) {
	case VMFS_ADDR_FD:
		return 1ull << 16;
	case VMFS_ADDR_PB:
	case VMFS_ADDR_PB2:
	case VMFS_ADDR_SB:
		return is_6 ? 1ull << 31 : 1ull << 22;
	default:
		return is_6 ? 1ull << 31 : 1ull << 26;
	}
}

static inline __u32 vmfs_item_size(const struct vmfs_geometry *geo, enum vmfs_address_type type)
{
	switch (type) {
	case VMFS_ADDR_FD:
		return geo->fd_size;
	case VMFS_ADDR_PB:
	case VMFS_ADDR_PB2:
		return 1u << geo->pb_shift;
	case VMFS_ADDR_SB:
		return geo->sb_size;
	default:
		return 0;
	}
}

/**
 * vmfs_cluster_at() - where a cluster's lock is
 * @res: resource
 * @cluster: number, below &vmfs_clusters.clusters
 *
 * Return: its offset in the resource file.
 */
static inline __u64 vmfs_cluster_at(const struct vmfs_clusters *res, __u64 cluster)
{
	__u64 group = vmfs_div64(cluster, res->per_group);

	return res->cg_offset + group * res->cg_size +
	       (cluster - group * res->per_group) * res->header_size;
}

/**
 * vmfs_item_at() - where an item is
 * @res: resource with items in its file
 * @item: number, below &vmfs_clusters.total
 *
 * Return: its offset in the resource file.
 */
static inline __u64 vmfs_item_at(const struct vmfs_clusters *res, __u64 item)
{
	__u64 in_group = (__u64)res->per_group * res->per_cluster;
	__u64 group = vmfs_div64(item, in_group);

	return res->cg_offset + group * res->cg_size + (__u64)res->per_group * res->header_size +
	       (item - group * in_group) * res->item_size;
}

/* VMFS-6: each item of the parent has a cluster, after those of the parent's group. */
static inline void vmfs_use_parent(struct vmfs_clusters *res,
				   const struct vmfs_resource_header *header, __u64 *per_group)
{
	__u64 parents = vmfs_le32(header->parent_clusters_per_group);

	*per_group = parents * vmfs_le32(header->parent_items_per_cluster);
	res->cg_offset += parents * res->header_size;
	res->cg_size = vmfs_le32(header->parent_cg_size);
}

static inline const char *vmfs_check_group(const struct vmfs_geometry *geo,
					   const struct vmfs_clusters *res, __u64 *value)
{
	__u64 headers = (__u64)res->per_group * res->header_size;
	__u64 group = headers + (__u64)res->per_group * res->per_cluster * res->item_size;
	__u32 align = res->item_size < VMFS_PAGE ? res->item_size : VMFS_PAGE;

	/* An odd number of headers would put each second item across the end of a page. */
	*value = res->per_group;
	if (align && headers & (align - 1))
		return "clusters per group";
	*value = res->cg_offset;
	if (*value < VMFS_SECTOR || *value > 1 << 28 || *value % VMFS_PAGE)
		return "offset of cluster groups";
	*value = res->cg_size;
	/* VMFS-6 rounds groups up. */
	if (*value < group || *value % VMFS_PAGE || (geo->version < 6 && *value != group))
		return "size of a cluster group";
	return NULL;
}

/* Are all clusters and items within the file, and no more than the volume has room for? */
static inline const char *vmfs_check_total(const struct vmfs_geometry *geo, __u64 lv_size,
					   enum vmfs_address_type type, __u64 file_size,
					   struct vmfs_clusters *res, __u64 *value)
{
	*value = file_size;
	if (file_size > lv_size)
		return "length of the file";
	*value = res->total;
	if (type == VMFS_ADDR_FB && geo->version < 6 && res->total > VMFS_FB_MAX_BLOCKS)
		return "number of items";
	if (res->item_size ? res->total > vmfs_div64(lv_size, res->item_size) :
	    res->total > lv_size >> geo->fb_shift)
		return "number of items";
	res->clusters = vmfs_div64(res->total + res->per_cluster - 1, res->per_cluster);
	if (res->clusters > vmfs_max_clusters(geo, type) ||
	    vmfs_cluster_at(res, res->clusters - 1) + res->header_size > file_size ||
	    (res->item_size && vmfs_item_at(res, res->total - 1) + res->item_size > file_size))
		return "number of items";
	return NULL;
}

/**
 * vmfs_check_resource() - is the header of a resource file possible?
 * @geo: of the volume
 * @lv_size: bytes of the logical volume
 * @type: of addresses of its items
 * @header: as on disk
 * @is_child: VMFS-6: of a resource within another one
 * @file_size: bytes of the resource file
 * @res: set; without items it has no clusters
 * @value: of what is wrong
 *
 * Return: NULL, or the name of the member that is wrong.
 */
static inline const char *vmfs_check_resource(const struct vmfs_geometry *geo, __u64 lv_size,
					      enum vmfs_address_type type,
					      const struct vmfs_resource_header *header,
					      bool is_child, __u64 file_size,
					      struct vmfs_clusters *res, __u64 *value)
{
	__u64 per_group = vmfs_le32(header->clusters_per_group);
	const char *wrong;

	memset(res, 0, sizeof(*res));
	res->per_cluster = res->per_group = 1;
	res->header_size = geo->cluster_size;
	res->cg_offset = vmfs_le32(header->cg_offset);
	res->cg_size = vmfs_le32(header->cg_size);
	res->total = vmfs_le32(header->total_items_lo) |
		     (__u64)vmfs_le32(header->total_items_hi) << 32;
	/* VMFS-6 needs no pointer blocks of their own: .pbc.sf is empty. */
	if (!res->total)
		return NULL;
	if (is_child)
		vmfs_use_parent(res, header, &per_group);
	*value = vmfs_le32(header->items_per_cluster);
	if (!*value || *value > vmfs_max_per_cluster(geo, type) ||
	    (geo->version == 6 && type == VMFS_ADDR_FB && *value != vmfs6_sfb_per_cluster(geo)))
		return "items per cluster";
	res->per_cluster = *value;
	*value = per_group;
	if (!per_group || per_group > VMFS_MAX_PER_GROUP)
		return "clusters per group";
	res->per_group = per_group;
	*value = vmfs_le32(header->item_size);
	if (*value != vmfs_item_size(geo, type))
		return "item size";
	res->item_size = *value;
	wrong = vmfs_check_group(geo, res, value);
	return wrong ? wrong : vmfs_check_total(geo, lv_size, type, file_size, res, value);
}

/* File descriptors (§7, §8) */

/**
 * vmfs_levels() - levels of pointer blocks between a file descriptor and data
 * @zla: enum vmfs_zla
 *
 * Return: 0, 1 or 2.
 */
static inline unsigned int vmfs_levels(__u32 zla)
{
	switch (zla) {
	case VMFS_ZLA_PB_DOUBLE:
		return 2;
	case VMFS_ZLA_PB:
	case VMFS_ZLA_PB2:
		return 1;
	default:
		return 0;
	}
}

/**
 * vmfs_is_directory() - has a file names in it?
 * @meta: of its file descriptor
 *
 * Return: whether; .sdd.sf is a system file and a directory (§10).
 */
static inline bool vmfs_is_directory(const struct vmfs_fd_meta *meta)
{
	__u32 type = vmfs_le32(meta->type);

	return type == VMFS_TYPE_DIR ||
	       (type == VMFS_TYPE_SYSTEM && (vmfs_le32(meta->mode) & 0170000) == 0040000);
}

/* How large the blocks are that addresses stand for */
static inline const char *vmfs_check_shift(const struct vmfs_geometry *geo,
					   const struct vmfs_fd_meta *meta,
					   struct vmfs_layout *layout, __u64 *value)
{
	__u64 size = vmfs_le64(meta->block_size);

	/* VMFS-6 finds blocks by the shift, VMFS-3 has the size only. */
	if (geo->version == 6 && meta->block_shift)
		size = meta->block_shift < 40 ? 1ull << meta->block_shift : 0;
	*value = size;
	if (!vmfs_is_power_of_2(size) || size > 1ull << 40)
		return "block size";
	layout->shift = vmfs_shift_of(size);
	switch (vmfs_le32(meta->zla)) {
	case VMFS_ZLA_RESIDENT:
		return NULL;
	case VMFS_ZLA_SB:
		return size == geo->sb_size ? NULL : "block size";
	default:
		return layout->shift == geo->fb_shift ||
		       (geo->version == 6 && layout->shift == geo->lfb_shift) ? NULL : "block size";
	}
}

static inline const char *vmfs_check_layout(const struct vmfs_geometry *geo,
					    const struct vmfs_fd_meta *meta,
					    struct vmfs_layout *layout, __u64 *value)
{
	unsigned int entries = geo->pb_shift - geo->addr_shift, bits;
	const char *wrong;

	*value = vmfs_le32(meta->zla);
	switch (*value) {
	case VMFS_ZLA_FB:
	case VMFS_ZLA_SB:
	case VMFS_ZLA_PB:
	case VMFS_ZLA_PB2:
	case VMFS_ZLA_PB_DOUBLE:
	case VMFS_ZLA_RESIDENT:
		break;
	default:
		return "block address type";
	}
	layout->levels = vmfs_levels(*value);
	wrong = vmfs_check_shift(geo, meta, layout, value);
	if (wrong)
		return wrong;
	/* Large blocks and two levels of them could have more than any volume. */
	bits = layout->shift + layout->levels * entries;
	if (bits > VMFS_MAX_LV_SHIFT)
		bits = VMFS_MAX_LV_SHIFT;
	layout->max_length = vmfs_le32(meta->zla) == VMFS_ZLA_RESIDENT ? geo->resident_size :
			     (__u64)geo->num_slots << bits;
	/* A file that ends past its last possible block is damaged; one with holes is not. */
	*value = vmfs_le64(meta->length);
	if (*value > layout->max_length || (vmfs_is_directory(meta) && *value > VMFS_MAX_DIR_SIZE))
		return "length";
	return NULL;
}

/**
 * vmfs_check_fd_lock() - is there a file descriptor at all?
 * @lock: its lock
 * @lv: where it is
 * @value: of what is wrong
 *
 * Return: NULL, or the name of the member that is wrong.
 */
static inline const char *vmfs_check_fd_lock(const struct vmfs_lock *lock, __u64 lv, __u64 *value)
{
	*value = vmfs_le32(lock->magic);
	if (*value != VMFS_MAGIC_FD)
		return "magic number";
	*value = vmfs_le64(lock->offset);
	return *value == lv ? NULL : "the offset in its lock";
}

/**
 * vmfs_check_fd() - is a file descriptor possible that is not free?
 * @geo: of the volume
 * @meta: as on disk
 * @address: where it was looked for
 * @layout: set; of an RDM, which has no blocks, all zero
 * @value: of what is wrong
 *
 * Return: NULL, or the name of the member that is wrong.
 */
static inline const char *vmfs_check_fd(const struct vmfs_geometry *geo,
					const struct vmfs_fd_meta *meta, __u32 address,
					struct vmfs_layout *layout, __u64 *value)
{
	memset(layout, 0, sizeof(*layout));
	*value = vmfs_le32(meta->address);
	if (*value != address)
		return "its own address";
	*value = vmfs_le32(meta->type);
	if (*value < VMFS_TYPE_DIR || *value > VMFS_TYPE_RDM)
		return "type";
	return *value == VMFS_TYPE_RDM ? NULL : vmfs_check_layout(geo, meta, layout, value);
}

/**
 * vmfs_is_live_fd() - does a file descriptor say that it is a file's?
 * @lock: its lock
 * @meta: as on disk
 * @lv: where it is
 * @address: of it
 *
 * A bitmap that says that it is free is wrong then.
 *
 * Return: whether it has links.
 */
static inline bool vmfs_is_live_fd(const struct vmfs_lock *lock, const struct vmfs_fd_meta *meta,
				   __u64 lv, __u32 address)
{
	__u32 type = vmfs_le32(meta->type);
	__u64 value;

	return !vmfs_check_fd_lock(lock, lv, &value) && vmfs_le32(meta->address) == address &&
	       meta->nlink && type >= VMFS_TYPE_DIR && type <= VMFS_TYPE_RDM;
}

/* Names (§9) */

/**
 * vmfs_name_length() - length of a name on disk
 * @name: of a directory entry
 * @size: bytes that it can have
 *
 * Return: its length, or 0 where this is no name: empty, not terminated, or with a "/".
 */
static inline unsigned int vmfs_name_length(const char *name, unsigned int size)
{
	unsigned int len;

	for (len = 0; len < size && name[len]; len++)
		if (name[len] == '/')
			return 0;
	return len < size ? len : 0;
}

#endif
