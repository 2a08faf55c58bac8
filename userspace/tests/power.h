/* SPDX-License-Identifier: GPL-2.0 */
/* Power that fails after some writes, for what must go on where it was cut short. */
#ifndef POWER_H
#define POWER_H

#include <stdbool.h>

#include "../libvmfs/dev.h"

/* Remember what devices in memory had; after @steps writes and flushes, all fail. */
void power_record(unsigned int steps);
bool power_has_failed(void);
/* Is all flushed that was written? */
bool power_lost_nothing(void);
/* What becomes of writes that were not flushed before it failed */
enum power_loss {
	POWER_KEEPS_ALL,
	POWER_LOSES_ALL,
	POWER_KEEPS_LAST,	/* they are in no order */
	POWER_LOSSES,
};

/* It is back. */
void power_back(enum power_loss loss);
/* All writes since power_record() are undone. */
void power_undo(void);

/* For the linker, which gives all callers the second ones: power.c */
int __real_vmfs_dev_write(const struct vmfs_dev *dev, uint64_t offset, const void *buf, size_t len);
int __real_vmfs_dev_zero(const struct vmfs_dev *dev, uint64_t offset, uint64_t len);
int __real_vmfs_dev_sync(const struct vmfs_dev *dev);
int __wrap_vmfs_dev_write(const struct vmfs_dev *dev, uint64_t offset, const void *buf, size_t len);
int __wrap_vmfs_dev_zero(const struct vmfs_dev *dev, uint64_t offset, uint64_t len);
int __wrap_vmfs_dev_sync(const struct vmfs_dev *dev);

#endif
