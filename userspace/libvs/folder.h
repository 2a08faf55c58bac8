/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files below folders in which others may write: whoever can put a link, a FIFO or a device
 * beside a disk must not decide what root opens.  A folder is opened once, what is in it by
 * its descriptor.
 */
#ifndef VS_FOLDER_H
#define VS_FOLDER_H

#include <limits.h>

/* The last component of a path */
const char *vs_base_name(const char *path);

/* All others return VS_OK or fail with a text. */

/*
 * The folder that @path is in, O_PATH.  Links on the way are followed if they belong to root
 * or to this user, whoever else made one is refused.
 */
int vs_folder_open(const char *path, int *folder);
/* A regular file in it, never through a link; @path is for messages. */
int vs_file_open(int folder, const char *name, const char *path, int flags, int *fd);
/*
 * A new file, 0600, locked, with a name of its own that begins with a dot and @near; @made
 * gets it.  Those that processes left that are gone, which nobody has locked, are removed.
 */
int vs_file_create(int folder, const char *near, char made[NAME_MAX + 1], int *fd);
/* Give a new file its name, which nothing may have yet. */
int vs_file_publish(int folder, const char *made, const char *name);
int vs_folder_sync(int folder);

#endif
