/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What processes of vsctl have in common while they run, in a folder of root's, 0700:
 * /run/vsuite, or below $XDG_RUNTIME_DIR for who cannot make that (in a user namespace).
 * Each network namespace has its own files.
 */
#ifndef VS_RUNDIR_H
#define VS_RUNDIR_H

#include <stddef.h>

/* Both return VS_OK or fail with a text. */

/* The path of the file with this name for this network namespace */
int vs_run_path(const char *name, char *path, size_t size);
/*
 * Who changes a whole configuration holds this: one at a time.  Waits, but no longer than
 * that; closing @fd ends it, and so does the death of the process.
 */
int vs_run_lock(unsigned int seconds, int *fd);

#endif
