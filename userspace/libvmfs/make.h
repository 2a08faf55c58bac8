/* SPDX-License-Identifier: GPL-2.0 */
/* Make a VMFS-5 file system. */
#ifndef VMFS_MAKE_H
#define VMFS_MAKE_H

#include "volume.h"

/* Called now and then while there is much to write; @total never changes. */
struct vmfs_progress {
	void (*fn)(void *data, uint64_t done, uint64_t total);
	void *data;
};

/**
 * struct vmfs_make - parameters of a new file system
 * @devs: the head first: it gets descriptor, heartbeats and system files
 * @label: up to VMFS_LABEL_SIZE - 1 bytes
 * @time: seconds since 1970: of creation
 * @host: UUID of this host
 * @progress: may be NULL
 */
struct vmfs_make {
	const struct vmfs_dev *devs;
	unsigned int num_devs;
	const char *label;
	uint32_t time;
	struct vmfs_uuid host;
	const struct vmfs_progress *progress;
};

/* A system file that vmfs_make_plan() decided on */
struct vmfs_make_file {
	uint32_t items;
	uint32_t first_block;
	uint32_t num_blocks;
	uint64_t length;
};

/**
 * struct vmfs_make_plan - sizes and places
 * @pes: physical extents (256 MiB) of each device
 * @unused: bytes at the end of the device that no extent can use, for a message
 * @blocks: file blocks of the volume
 * @used: of these, by system files
 */
struct vmfs_make_plan {
	uint32_t pes[VMFS_MAX_EXTENTS];
	uint64_t unused[VMFS_MAX_EXTENTS];
	uint32_t total_pes;
	uint32_t blocks;
	uint32_t used;
	uint32_t root_block;
	uint32_t sdd_block;
	struct vmfs_make_file files[VMFS_RESOURCES];
};

/* Refuses devices that are too small, too many, or larger together than 64 TiB. */
int vmfs_make_plan(const struct vmfs_make *make, struct vmfs_make_plan *plan);
/* Writes all of it; overwrites the devices. */
int vmfs_make(const struct vmfs_make *make, const struct vmfs_make_plan *plan);

/* A new UUID; the MAC is that of a network interface, or random. */
int vmfs_new_uuid(struct vmfs_uuid *uuid, uint32_t time);

/*
 * Make a device the next extent of a complete volume: it already describes the future volume,
 * while the others do not know of it yet.
 */
int vmfs_make_next_extent(const struct vmfs_lv *lv, const struct vmfs_dev *dev, uint32_t time);

/* make_lvm.c */
/* The LUN of an extent: the name of its device, for want of a better one. */
void vmfs_set_scsi_id(struct vmfs_lvm_header *header, const struct vmfs_dev *dev);
/* The headers of one of the devices */
int vmfs_make_extent(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
		     unsigned int index, const struct vmfs_uuid *uuid, uint64_t generation);
int vmfs_make_lvm(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
		  const struct vmfs_uuid *uuid);

#endif
