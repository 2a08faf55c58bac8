/* SPDX-License-Identifier: GPL-2.0 */
/* Storage of a volume: a block device, a file, or memory */
#ifndef VMFS_DEV_H
#define VMFS_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct vmfs_dev - one device
 * @name: for messages
 * @fd: of a file or block device, -1 for memory
 * @memory: its bytes, where @fd is -1
 * @size: bytes
 * @sector_size: bytes that the device reads and writes at once
 * @is_block: a block device
 */
struct vmfs_dev {
	const char *name;
	int fd;
	uint8_t *memory;
	uint64_t size;
	unsigned int sector_size;
	bool is_block;
};

/* All return VS_OK, or fail with a text that names device and offset. */

/* @writable: also exclusively, so that no mounted device is written. */
int vmfs_dev_open(struct vmfs_dev *dev, const char *name, bool writable);
void vmfs_dev_memory(struct vmfs_dev *dev, const char *name, uint8_t *memory, uint64_t size);
void vmfs_dev_close(struct vmfs_dev *dev);

int vmfs_dev_read(const struct vmfs_dev *dev, uint64_t offset, void *buf, size_t len);
int vmfs_dev_write(const struct vmfs_dev *dev, uint64_t offset, const void *buf, size_t len);
int vmfs_dev_zero(const struct vmfs_dev *dev, uint64_t offset, uint64_t len);
int vmfs_dev_sync(const struct vmfs_dev *dev);

/**
 * vmfs_dev_identity() - the identity of a disk, and the part of it
 * @rdev: of a block device
 *
 * All paths to a LUN have the same; a copy has another.
 *
 * Return: a text to be freed, or NULL if the device has none.
 */
char *vmfs_dev_identity(dev_t rdev);

#endif
