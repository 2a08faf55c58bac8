/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSCTL_SWAP_H
#define VSCTL_SWAP_H

#include <stdbool.h>

/*
 * Open a file, made if it is not there, or a device, to swap to; refuses what holds
 * anything else than a swap file, unless @force.
 */
int swap_open(const char *path, bool force, int *fd);
/* Mark it as a swap file, once the kernel has it. */
int swap_label(int fd, const char *path);

#endif
