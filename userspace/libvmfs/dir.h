/* SPDX-License-Identifier: GPL-2.0 */
/* Names: directories of VMFS-3/5 and of VMFS-6, and paths. */
#ifndef VMFS_DIR_H
#define VMFS_DIR_H

#include <vmfs/dir6.h>

#include "volume.h"

/**
 * struct vmfs_entry - a name in a directory
 * @is_bad: @name is none: only vmfs_dir_iterate_all() has such
 * @is_unread: nor could the rest be read
 * @offset: of the entry in the directory
 */
struct vmfs_entry {
	bool is_bad, is_unread;
	uint32_t type;
	uint32_t address;
	uint32_t generation;
	uint64_t offset;
	char name[VMFS6_NAME_MAX + 1];
};

/* Anything but VS_OK ends the iteration, which returns it. */
typedef int (*vmfs_entry_fn)(void *data, const struct vmfs_entry *entry);

/* All entries, "." and ".." too. */
int vmfs_dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data);
/* Damage does not end it. */
int vmfs_dir_iterate_all(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data);
/* VS_NOT_FOUND without one; VMFS-6: through the hash table. */
int vmfs_dir_lookup(struct vmfs_inode *dir, const char *name, struct vmfs_entry *entry);
/* From the root on; symbolic links are not followed. */
int vmfs_path_lookup(struct vmfs_volume *volume, const char *path, struct vmfs_inode *inode);

/* dir6.c: what VMFS-6 does in vmfs_dir_iterate() and vmfs_dir_lookup() */
int vmfs6_dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data, bool all);
int vmfs6_dir_lookup(struct vmfs_inode *dir, const char *name, struct vmfs_entry *entry);

#endif
