/* SPDX-License-Identifier: GPL-2.0 */
/* Allocate items of resource files, on a VMFS-5 without other writers */
#ifndef VMFS_ALLOC_H
#define VMFS_ALLOC_H

#include "volume.h"

/* The current cluster of one kind of items */
struct vmfs_alloc_cluster {
	uint64_t number;
	bool is_loaded;
	bool is_changed;
	struct vmfs_res_cluster disk;
};

struct vmfs_alloc {
	struct vmfs_volume *volume;
	struct vmfs_alloc_cluster clusters[VMFS_RESOURCES];
};

void vmfs_alloc_init(struct vmfs_alloc *alloc, struct vmfs_volume *volume);
/* One item, and its address; fails with VS_REFUSED when all are in use. */
int vmfs_alloc_item(struct vmfs_alloc *alloc, enum vmfs_resource_kind kind, uint32_t *address);
/* A file descriptor, and the generation that it gets. */
int vmfs_alloc_fd(struct vmfs_alloc *alloc, uint32_t *address, uint32_t *generation);
/* Write the allocations; call vmfs_alloc_init() before the next one. */
int vmfs_alloc_finish(struct vmfs_alloc *alloc);

/* LV offset of a file block, sub-block, pointer block or file descriptor of VMFS-5 */
int vmfs_address_offset(struct vmfs_volume *volume, uint32_t address, uint64_t *offset);

#endif
