/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VMFS volume, its resource files and its files, as read from disk.
 *
 * No byte that is read is trusted: invalid values are refused with a text that names structure
 * and offset.  Functions return VS_OK or fail with such a text.
 */
#ifndef VMFS_VOLUME_H
#define VMFS_VOLUME_H

#include <vmfs/check.h>

#include "lv.h"

#define VMFS_MAX_MD		4096u		/* bytes of the largest metadata block known */
#define VMFS_MAX_SLOTS		VMFS6_FD_SLOTS
#define VMFS_MAX_RESIDENT	(VMFS_MAX_MD - VMFS6_FD_RESIDENT_OFFSET)
#define VMFS_MAX_DEPTH		6u		/* system files needed to read one another */

struct vmfs_volume;

/**
 * struct vmfs_inode - a file descriptor
 * @lock: as on disk
 * @meta: as on disk
 * @offset: LV offset of @lock
 * @address: where it was looked for; the members that follow are from @meta
 * @block_shift: of the blocks that @slots are addresses of
 * @levels: of pointer blocks
 * @num_slots: used of @slots
 * @slots: addresses, not yet checked
 * @resident_size: used of @resident
 */
struct vmfs_inode {
	struct vmfs_volume *volume;
	struct vmfs_lock lock;
	struct vmfs_fd_meta meta;
	uint64_t offset;
	uint32_t address;
	uint32_t type;
	uint32_t zla;
	uint32_t mode;
	uint64_t length;
	uint64_t block_size;
	unsigned int block_shift;
	unsigned int levels;
	unsigned int num_slots;
	unsigned int resident_size;
	uint64_t slots[VMFS_MAX_SLOTS];
	uint8_t resident[VMFS_MAX_RESIDENT];
};

enum vmfs_resource_kind {
	VMFS_FBB,		/* VMFS-6: small file blocks */
	VMFS_FDC,
	VMFS_PBC,
	VMFS_SBC,
	VMFS_PB2,
	VMFS_RESOURCES,
};

/**
 * struct vmfs_resource - an open resource file
 * @name: of the file
 * @base: offset of the header in the file
 * @magic: of its clusters' locks
 * @at: its clusters and items
 * @is_open: there is such a file
 */
struct vmfs_resource {
	const char *name;
	struct vmfs_inode inode;
	uint64_t base;
	uint32_t magic;
	struct vmfs_clusters at;
	bool is_open;
};

/**
 * struct vmfs_volume - an open volume
 * @geo: sizes and places that follow from @fs
 * @version: of @geo
 * @md: bytes of a metadata block: 512, VMFS-6: its alignment
 * @block_size: bytes of a file block
 * @num_blocks: file blocks that fit into the logical volume
 * @depth: how many of its files are being read right now to read another
 * @pb: the pointer block that was used last, for each depth and level, or NULL
 * @pb_address: of each of them
 */
struct vmfs_volume {
	struct vmfs_lv *lv;
	struct vmfs_fs_descriptor fs;
	struct vmfs_geometry geo;
	unsigned int version;
	uint32_t md;
	uint64_t block_size;
	unsigned int block_shift;
	uint64_t num_blocks;
	uint32_t sub_block_size;
	uint32_t pb_size;
	unsigned int depth;
	struct vmfs_resource res[VMFS_RESOURCES];
	uint8_t *pb[VMFS_MAX_DEPTH + 1][2];
	uint64_t pb_address[VMFS_MAX_DEPTH + 1][2];
};

enum vmfs_map_type {
	VMFS_MAP_HOLE,		/* nothing is allocated */
	VMFS_MAP_TBZ,		/* allocated, reads as zero */
	VMFS_MAP_DATA,
	VMFS_MAP_RESIDENT,	/* in vmfs_inode.resident */
};

/**
 * struct vmfs_map - the place of a part of a file
 * @address: of the block, as in the file descriptor or pointer block
 * @offset: LV offset of the byte asked for; in the file descriptor's data if resident
 * @length: bytes from there on that are of this kind and follow each other
 */
struct vmfs_map {
	enum vmfs_map_type type;
	uint64_t address;
	uint64_t offset;
	uint64_t length;
};

/* volume.c */
int vmfs_open(struct vmfs_volume *volume, struct vmfs_lv *lv);
/* Only the descriptor */
int vmfs_open_descriptor(struct vmfs_volume *volume, struct vmfs_lv *lv);
void vmfs_close(struct vmfs_volume *volume);
const char *vmfs_label(const struct vmfs_volume *volume, char text[VMFS_LABEL_SIZE]);

/* resource.c */

/**
 * struct vmfs_res_cluster - lock and metadata of a resource cluster
 * @offset: LV offset of the lock
 * @md: bytes of each of both
 * @raw: lock and metadata as on disk
 */
struct vmfs_res_cluster {
	uint64_t offset;
	uint32_t md;
	uint8_t raw[2 * VMFS_MAX_MD];
};

int vmfs_resource_open(struct vmfs_volume *volume, enum vmfs_resource_kind kind);
int vmfs_resource_cluster(struct vmfs_resource *res, uint64_t cluster,
			  struct vmfs_res_cluster *found);
/* LV offset of byte @within of an item, and how many bytes follow it there. */
int vmfs_resource_item(struct vmfs_resource *res, uint64_t cluster, uint32_t item, uint64_t within,
		       uint64_t *offset, uint64_t *len);
/* Items of this cluster: the last one has fewer. */
uint32_t vmfs_resource_items(const struct vmfs_resource *res, uint64_t cluster);

/* inode.c */
int vmfs_inode_read(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode);
/* Without .fdc.sf being open: those of the first cluster group. */
int vmfs_inode_read_early(struct vmfs_volume *volume, uint32_t address, struct vmfs_inode *inode);
/* "<cluster, item>" of a file descriptor, for messages; static */
const char *vmfs_fd_text(uint32_t address);
bool vmfs_is_dir(const struct vmfs_inode *inode);

/* map.c */
int vmfs_map_find(struct vmfs_inode *inode, uint64_t pos, struct vmfs_map *map);
int vmfs_read(struct vmfs_inode *inode, uint64_t pos, void *buf, size_t len);
/* Forget pointer blocks: after they may have been written. */
void vmfs_forget(struct vmfs_volume *volume);
/* The address of a pointer block's entry; @level: 1 if these are pointer blocks, else 0. */
int vmfs_pb_entry(struct vmfs_volume *volume, uint64_t pb, uint64_t index, unsigned int level,
		  uint64_t *address);

#endif
