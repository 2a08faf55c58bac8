/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VSCTL_SWAP_H
#define VSCTL_SWAP_H

#include <stdbool.h>

/*
 * Open a device, or a file, which is created if missing, to swap to.  Refuses one that holds
 * anything but a swap file, unless @force.
 */
int swap_open(const char *path, bool force, int *fd);
/* Mark it as a swap file, once the kernel has it. */
int swap_label(int fd, const char *path);

#endif
