/* SPDX-License-Identifier: GPL-2.0 */
/* Signatures on a device, by libblkid */
#ifndef VMFS_PROBE_H
#define VMFS_PROBE_H

#include "dev.h"

/* Refuses a device that is not empty; @force: the word to overwrite it, for the message. */
int vmfs_check_empty(const struct vmfs_dev *dev, const char *force);
/* Removes the signatures of whatever it holds. */
int vmfs_wipe(const struct vmfs_dev *dev);
/* The number of the first partition of a disk that holds an extent, or 0 */
unsigned int vmfs_find_partition(const struct vmfs_dev *dev);

#endif
