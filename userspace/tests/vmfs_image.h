/* SPDX-License-Identifier: GPL-2.0 */
/* Small volumes in memory, for tests. */
#ifndef VMFS_IMAGE_H
#define VMFS_IMAGE_H

#include "../libvmfs/dir.h"
#include "../libvmfs/make.h"

#define IMAGE_EXTENTS	2

/* A volume; memory that was never written takes no room. */
struct image {
	struct vmfs_dev devs[IMAGE_EXTENTS];
	unsigned int count;
	bool is_genuine;
	struct vmfs_lv lv;
	struct vmfs_volume volume;
};

/* @pes: physical extents of 256 MiB on each device */
void image_make(struct image *image, unsigned int count, unsigned int pes);
/* Files of every kind, as image_files[] has them */
void image_fill(struct image *image);
/*
 * A VMFS-5 as VMFS-3, which differs in versions and numbers, has no .pb2.sf, and no shifts
 * of block sizes
 */
void image_version3(struct image *image);
int image_open(struct image *image);
void image_close(struct image *image);
void image_free(struct image *image);

/* A file that image_fill() makes: @size bytes, of which all but the last are a hole if @sparse */
struct image_file {
	const char *path;
	uint64_t size;
	bool sparse;
	enum vmfs_zla zla;
};

extern const struct image_file image_files[];
/* The byte at @pos of every file that is not sparse */
uint8_t image_byte(uint64_t pos);

/* The genuine VMFS-6 volume, mapped privately; false with unit_skip() where it is not. */
bool image_genuine(struct image *image);
/* The first place from @at on that may not be zero, on the first device */
uint64_t image_data(const struct image *image, uint64_t at);

#endif
