/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by datastore.c and datastore_find.c */
#ifndef DATASTORE_H
#define DATASTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../libvmfs/lv.h"

/* A device with an extent on it */
struct found {
	char *name;
	struct vmfs_dev dev;
	dev_t rdev;			/* 0 for a file */
	struct vmfs_uuid volume, device;
	char *identity;			/* as the disk says, or NULL */
	const char *copy_of;		/* another device with the same extent, or NULL */
	bool is_wanted;
	bool is_shown;
};

/**
 * struct found_list - devices, each extent once
 * @has_virtual: a virtual device was named: look at others, too
 */
struct found_list {
	struct found *list;
	size_t count;
	bool has_virtual;
};

/* A device, an image file, or a mount point */
int datastore_add_named(struct found_list *found, const char *name);
/* The block devices of the host; skips those without an extent. */
void datastore_add_all(struct found_list *found, bool is_wanted);
void datastore_close_all(struct found_list *found);

/*
 * The volume of a device, with all known extents in @devs.  @mounted, to be freed even on
 * failure: the mount point, or NULL.
 */
int datastore_open(struct found_list *found, const struct found *one,
		   struct vmfs_dev devs[VMFS_MAX_EXTENTS], struct vmfs_lv *lv, char **mounted);
/* The volume with this name, all of it */
int datastore_find(struct found_list *found, const char *name, bool copy_is_fine,
		   struct vmfs_dev devs[VMFS_MAX_EXTENTS], struct vmfs_lv *lv, char **mounted);

#endif
