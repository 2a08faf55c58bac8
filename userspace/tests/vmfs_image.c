// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libvmfs/fill.h"
#include "../libvs/err.h"
#include "unit.h"
#include "vmfs_image.h"

#define GENUINE		VS_TOP "/../shared/data/vmfs6.bin.gz"
#define GENUINE_SIZE	1072693248u

const struct image_file image_files[] = {
	{ "empty", 0, false, VMFS_ZLA_RESIDENT },
	{ "resident", 1024, false, VMFS_ZLA_RESIDENT },
	{ "sub-block", 1025, false, VMFS_ZLA_SB },
	{ "dir/sub-block-full", 8192, false, VMFS_ZLA_SB },
	{ "dir/file-block", 8193, false, VMFS_ZLA_FB },
	{ "dir/file-blocks", (3 << 20) + 5, false, VMFS_ZLA_FB },
	{ "dir/deep/sparse", 256ull << 20, true, VMFS_ZLA_FB },
	{ "dir/deep/pointers", (256ull << 20) + 1, true, VMFS_ZLA_PB },
	{ "dir/deep/pointers-full", 256ull << 30, true, VMFS_ZLA_PB },
	{ "double", (256ull << 30) + 1, true, VMFS_ZLA_PB_DOUBLE },
	{ "double-large", 3ull << 40, true, VMFS_ZLA_PB_DOUBLE },
	{ NULL, 0, false, 0 }
};

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, vs_error());
	exit(1);
}

uint8_t image_byte(uint64_t pos)
{
	return pos * 7 + (pos >> 8) * 13 + (pos >> 20);
}

static void no_progress(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	(void)done;
	(void)total;
}

static const struct vmfs_progress silent = { no_progress, NULL };

void image_make(struct image *image, unsigned int count, unsigned int pes)
{
	static const char *const names[IMAGE_EXTENTS] = { "memory0", "memory1" };
	uint64_t size = VMFS_LVM_DATA_OFFSET + pes * VMFS_LVM_PE_SIZE + 4096;
	struct vmfs_make make = {
		.devs = image->devs, .num_devs = count, .label = "unit", .time = 1700000000,
		.progress = &silent,
	};
	struct vmfs_make_plan plan;
	unsigned int i;

	memset(image, 0, sizeof(*image));
	image->count = count;
	for (i = 0; i < count; i++) {
		uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		vmfs_dev_memory(&image->devs[i], names[i], memory, size);
	}
	if (vmfs_make_plan(&make, &plan) || vmfs_make(&make, &plan))
		die("a volume could not be made");
}

int image_open(struct image *image)
{
	int err = vmfs_lv_open(&image->lv, image->devs, image->count, false);

	if (err)
		return err;
	err = vmfs_open(&image->volume, &image->lv);
	if (err)
		vmfs_lv_close(&image->lv);
	return err;
}

void image_close(struct image *image)
{
	vmfs_close(&image->volume);
	vmfs_lv_close(&image->lv);
}

void image_free(struct image *image)
{
	unsigned int i;

	for (i = 0; i < image->count; i++)
		munmap(image->devs[i].memory, image->devs[i].size);
}

static void write_file(const char *dir, const struct image_file *file)
{
	char path[512];
	uint64_t pos = file->sparse ? file->size - 1 : 0;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, file->path);
	out = fopen(path, "w");
	if (!out)
		die(path);
	fseeko(out, pos, SEEK_SET);
	for (; pos < file->size; pos++)
		fputc(image_byte(pos), out);
	fclose(out);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void image_fill(struct image *image)
{
	char dir[] = "/tmp/vsuite-unit-XXXXXX", path[512];
	const struct image_file *file;

	if (!mkdtemp(dir))
		die(dir);
	snprintf(path, sizeof(path), "%s/dir", dir);
	mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/dir/deep", dir);
	mkdir(path, 0700);
	for (file = image_files; file->path; file++)
		write_file(dir, file);
	snprintf(path, sizeof(path), "%s/dir/link", dir);
	if (symlink("../resident", path))
		die(path);
	if (image_open(image) || vmfs_fill_directory(&image->volume, dir, &silent))
		die("a volume could not be filled");
	image_close(image);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void image_version3(struct image *image)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	const struct image_file *file;

	if (image_open(image))
		die("a volume could not be opened");
	for (file = image_files; file->path; file++) {
		CHECK(!vmfs_path_lookup(&image->volume, file->path, inode));
		inode->meta.block_shift = 0;
		CHECK(!vmfs_lv_write(&image->lv, inode->offset + VMFS_SECTOR, &inode->meta,
				     sizeof(inode->meta)));
	}
	image_close(image);
	image->devs[0].memory[VMFS_LVM_OFFSET + 4] = 3;
	image->devs[0].memory[VMFS_LVM_DATA_OFFSET + VMFS_FS_OFFSET + 4] = VMFS3_FS_MAJOR;
	free(inode);
}

/* Only what is not zero, so that the file is sparse */
static bool unpack(int fd)
{
	static uint8_t buf[1 << 16];
	FILE *gzip = popen("gzip -dc " GENUINE, "r");
	uint64_t pos = 0;
	size_t len;

	while (gzip && (len = fread(buf, 1, sizeof(buf), gzip))) {
		if (memcmp(buf, buf + 1, len - 1) || *buf)
			if (pwrite(fd, buf, len, pos) != (ssize_t)len)
				break;
		pos += len;
	}
	return gzip && !pclose(gzip) && pos == GENUINE_SIZE && !ftruncate(fd, pos);
}

/* Once for all tests: it takes longer than most of them. */
static int open_genuine(void)
{
	static int fd = -1;
	char path[] = "/tmp/vsuite-unit-XXXXXX";

	if (fd >= 0)
		return fd;
	fd = mkstemp(path);
	if (fd >= 0 && (unlink(path) || !unpack(fd))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool image_genuine(struct image *image)
{
	uint8_t *memory;
	int fd;

	if (access(GENUINE, R_OK)) {
		unit_skip("the genuine volume is not there: ../shared/data/vmfs6.bin.gz");
		return false;
	}
	fd = open_genuine();
	if (fd < 0) {
		CHECK(!"the genuine volume can be unpacked");
		return false;
	}
	memory = mmap(NULL, GENUINE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	memset(image, 0, sizeof(*image));
	image->count = 1;
	image->is_genuine = true;
	vmfs_dev_memory(&image->devs[0], "vmfs6", memory, GENUINE_SIZE);
	return true;
}

uint64_t image_data(const struct image *image, uint64_t at)
{
	off_t found = image->is_genuine ? lseek(open_genuine(), at, SEEK_DATA) : (off_t)at;

	return found < 0 ? image->devs[0].size : (uint64_t)found;
}
