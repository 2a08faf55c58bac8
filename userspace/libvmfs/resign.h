/* SPDX-License-Identifier: GPL-2.0 */
/* Give a copy of a volume an identity of its own. */
#ifndef VMFS_RESIGN_H
#define VMFS_RESIGN_H

#include "dev.h"

/**
 * vmfs_resign() - new UUIDs and a new label for a VMFS-5 that nobody uses
 * @devs: all of its devices, writable
 * @count: their number
 * @time: seconds since 1970
 *
 * If it is interrupted the volume cannot be mounted, and the next call goes on.
 *
 * Return: VS_OK or a failure with a text; what is refused was not changed.
 */
int vmfs_resign(const struct vmfs_dev *devs, unsigned int count, uint32_t time);

#endif
