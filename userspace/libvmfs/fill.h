/* SPDX-License-Identifier: GPL-2.0 */
/* Put files into an unmounted VMFS-5, for "mkfs.vmfs -d" */
#ifndef VMFS_FILL_H
#define VMFS_FILL_H

#include "alloc.h"
#include "make.h"

/**
 * struct vmfs_source - data of a new file
 * @read: @len bytes at @pos, all within @length
 * @next_data: the first position from @pos on that is not in a hole, or @length;
 *	NULL where there are none
 */
struct vmfs_source {
	int (*read)(void *data, uint64_t pos, void *buf, size_t len);
	uint64_t (*next_data)(void *data, uint64_t pos);
	void *data;
	uint64_t length;
};

/* Attributes of a new file */
struct vmfs_new {
	enum vmfs_file_type type;
	uint32_t nlink;
	uint32_t mode;
	uint32_t uid, gid;
	uint32_t mtime, ctime, atime;
};

/* Data for a file descriptor that was taken, and the descriptor itself. */
int vmfs_fill_file(struct vmfs_alloc *alloc, const struct vmfs_new *attributes, uint32_t address,
		   uint32_t generation, const struct vmfs_source *source);
/* What is in memory, as a source */
void vmfs_source_memory(struct vmfs_source *source, const void *memory, size_t length);

/* Copies what is in the folder @path of this host into the root. */
int vmfs_fill_directory(struct vmfs_volume *volume, const char *path,
			const struct vmfs_progress *progress);

#endif
