/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared runtime files of vsctl processes, in root's folder /run/vsuite, mode 0700, or, in a
 * user namespace, below $XDG_RUNTIME_DIR.  Each network namespace has its own files.
 */
#ifndef VS_RUNDIR_H
#define VS_RUNDIR_H

#include <stddef.h>

/* Both return VS_OK or fail with a text. */

/* The path of the file with this name for this network namespace */
int vs_run_path(const char *name, char *path, size_t size);
/*
 * Serialises changes of whole configurations.  Waits up to @seconds; closing @fd, or the death
 * of the process, releases it.
 */
int vs_run_lock(unsigned int seconds, int *fd);

#endif
