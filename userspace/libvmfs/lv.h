/* SPDX-License-Identifier: GPL-2.0 */
/* The logical volume: one address space over up to 32 devices. */
#ifndef VMFS_LV_H
#define VMFS_LV_H

#include <vmfs/format.h>

#include "dev.h"

/**
 * struct vmfs_run - bytes that follow each other on a device and in the volume
 * @logical: LV offset
 * @physical: device offset
 */
struct vmfs_run {
	uint64_t logical;
	uint64_t physical;
	uint64_t length;
};

/**
 * struct vmfs_extent - a device as part of the volume
 * @header: as on disk
 * @volume: as on disk
 * @runs: in the order of @logical
 * @first: LV offset of its first byte
 * @length: bytes of the volume that are on it
 */
struct vmfs_extent {
	const struct vmfs_dev *dev;
	struct vmfs_lvm_header header;
	struct vmfs_lvm_volume volume;
	struct vmfs_run *runs;
	size_t num_runs;
	uint64_t first;
	uint64_t length;
};

/* Bytes that are read instead of those on the devices: of a journal that is not replayed */
struct vmfs_patch {
	uint64_t offset;
	uint64_t len;
	const uint8_t *data;
};

/**
 * struct vmfs_lv - the extents in their order
 * @major: 3, 5 or 6: version of the LVM
 * @missing: extents that were not given; only vmfs_lv_open() with @partial has some
 * @size: bytes
 * @patches: later ones hide earlier ones; freed with it, their data are not
 */
struct vmfs_lv {
	unsigned int major;
	unsigned int count;
	unsigned int missing;
	uint64_t size;
	struct vmfs_patch *patches;
	size_t num_patches;
	struct vmfs_extent extents[VMFS_MAX_EXTENTS];
};

/* All return VS_OK or fail with a text. */

/* The devices in any order. @partial: the head alone is enough. */
int vmfs_lv_open(struct vmfs_lv *lv, const struct vmfs_dev *devs, unsigned int count, bool partial);
void vmfs_lv_close(struct vmfs_lv *lv);
int vmfs_lv_read(const struct vmfs_lv *lv, uint64_t offset, void *buf, size_t len);
int vmfs_lv_write(const struct vmfs_lv *lv, uint64_t offset, const void *buf, size_t len);
int vmfs_lv_zero(const struct vmfs_lv *lv, uint64_t offset, uint64_t len);
int vmfs_lv_sync(const struct vmfs_lv *lv);

/* For messages: "%08x-%08x-%04x-%12x" */
void vmfs_uuid_text(const struct vmfs_uuid *uuid, char text[VMFS_UUID_TEXT_LEN + 1]);

#endif
