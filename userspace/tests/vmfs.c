// SPDX-License-Identifier: GPL-2.0
/* Volumes that were made here, and a genuine one, read with libvmfs. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "unit.h"
#include "vmfs_image.h"

static void addresses(void)
{
	uint32_t address = vmfs_sb_address(0x2ABCDE, 0x3B);

	CHECK(vmfs_sb_cluster(address) == 0x2ABCDE && vmfs_sb_item(address, true) == 0x3B);
	CHECK(vmfs_sb_item(address, false) == 0xB);
	/* From genuine volumes (§5) */
	CHECK(vmfs_sb_address(4, 0) == 0x102 && vmfs_sb_address(4, 1) == 0x10000102);
	CHECK(vmfs_fb_address(13) == 0x341 && vmfs_fb_block(0x341) == 13);
	CHECK(vmfs_fd_address(0, 7) == VMFS_FD_SDD && vmfs_fd_item(VMFS_FD_SDD) == 7);
	CHECK(vmfs6_sfb_item(0x40000000000001ull) == 8 && !vmfs6_sfb_cluster(0x40000000000001ull));
	CHECK(vmfs6_sb_item(0x0100000000000002ull) == 1);
	CHECK((uint32_t)vmfs6_name_hash("directory", 9) == 0x0dbc9f66);
	CHECK((uint32_t)vmfs6_name_hash("file5", 5) == 0x048d0480);
}

static void plans(void)
{
	struct vmfs_dev devs[5];
	struct vmfs_make make = { .devs = devs, .num_devs = 1, .label = "" };
	struct vmfs_make_plan plan;
	unsigned int i;

	/* As ESXi laid out a volume of 256 MiB (§2, §6) */
	vmfs_dev_memory(&devs[0], "small", NULL, 500ull << 20);
	CHECK(!vmfs_make_plan(&make, &plan));
	CHECK(plan.blocks == 256 && plan.files[VMFS_FDC].items == 64 &&
	      plan.files[VMFS_SBC].items == 256 && plan.files[VMFS_PB2].items == 1);
	CHECK(plan.files[VMFS_FDC].first_block == 4 && plan.root_block == 5);
	CHECK(plan.files[VMFS_FBB].first_block == 6);
	CHECK(plan.files[VMFS_PBC].first_block == 7);
	CHECK(plan.files[VMFS_SBC].first_block == 8);
	CHECK(plan.files[VMFS_PB2].first_block == 11 && plan.sdd_block == 12);
	CHECK(plan.files[VMFS_SBC].length == 2228224);
	CHECK(plan.files[VMFS_FBB].length == 131072);
	CHECK(plan.files[VMFS_PB2].length == 135168);
	CHECK(plan.files[VMFS_FDC].length == 1048576);
	/* And one of 500 GB */
	vmfs_dev_memory(&devs[0], "large", NULL, 512ull << 30);
	CHECK(!vmfs_make_plan(&make, &plan));
	CHECK(plan.files[VMFS_SBC].items == 32000 && plan.files[VMFS_PB2].items == 256);
	vmfs_dev_memory(&devs[0], "small", NULL, 272ull << 20);
	CHECK(vmfs_make_plan(&make, &plan) == VS_REFUSED);
	SAME(vs_error(), "small has 272 MiB: an extent needs at least 273 MiB");
	vmfs_dev_memory(&devs[0], "native", NULL, 512ull << 30);
	devs[0].sector_size = 4096;
	CHECK(vmfs_make_plan(&make, &plan) == VS_REFUSED);
	for (i = 0; i < 5; i++)
		vmfs_dev_memory(&devs[i], "huge", NULL, 16ull << 40);
	make.num_devs = 4;
	CHECK(!vmfs_make_plan(&make, &plan) && !plan.unused[0]);
	make.num_devs = 5;
	CHECK(vmfs_make_plan(&make, &plan) == VS_REFUSED);
	vmfs_dev_memory(&devs[0], "larger", NULL, 17ull << 40);
	make.num_devs = 1;
	CHECK(!vmfs_make_plan(&make, &plan) && plan.unused[0] >> 30 == 1023);
}

static void check_content(struct vmfs_inode *inode, const struct image_file *file)
{
	uint64_t pos = file->sparse ? file->size - 1 : 0;
	uint8_t *buf = vs_malloc(file->size - pos);
	uint64_t i;

	CHECK(inode->length == file->size && inode->zla == file->zla);
	CHECK(!vmfs_read(inode, pos, buf, file->size - pos));
	for (i = 0; i < file->size - pos && buf[i] == image_byte(pos + i); i++)
		;
	CHECK(i == file->size - pos);
	free(buf);
}

static void check_files(struct image *image)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	const struct image_file *file;
	struct vmfs_map map;
	uint8_t one;

	for (file = image_files; file->path; file++) {
		CHECK(!vmfs_path_lookup(&image->volume, file->path, inode));
		check_content(inode, file);
		if (!file->sparse)
			continue;
		CHECK(!vmfs_map_find(inode, 12345, &map) && map.type == VMFS_MAP_HOLE);
		CHECK(!vmfs_read(inode, 12345, &one, 1) && !one);
		CHECK(le64toh(inode->meta.num_blocks) == 1);
	}
	CHECK(!vmfs_path_lookup(&image->volume, "/dir/link", inode));
	CHECK(inode->type == VMFS_TYPE_SYMLINK && inode->length == strlen("../resident"));
	CHECK(vmfs_path_lookup(&image->volume, "/dir/none", inode) == VS_NOT_FOUND);
	CHECK(!vmfs_path_lookup(&image->volume, "/dir", inode));
	CHECK(inode->mode == 0750 && le32toh(inode->meta.nlink) == 3);
	free(inode);
}

static void made(void)
{
	struct image image;

	image_make(&image, 1, 1);
	image_fill(&image);
	CHECK(!image_open(&image));
	CHECK(image.volume.version == 5 && image.volume.num_blocks == 256);
	check_files(&image);
	image_close(&image);
	image_free(&image);
}

static void version3(void)
{
	struct image image;

	image_make(&image, 1, 1);
	image_fill(&image);
	image_version3(&image);
	CHECK(!image_open(&image));
	CHECK(image.volume.version == 3 && !image.volume.res[VMFS_PB2].is_open);
	check_files(&image);
	image_close(&image);
	image_free(&image);
}

/* In either order, but not one alone */
static void extents(void)
{
	struct image image;
	struct vmfs_dev swap;

	image_make(&image, 2, 1);
	image_fill(&image);
	CHECK(!image_open(&image));
	CHECK(image.volume.num_blocks == 512);
	check_files(&image);
	image_close(&image);
	swap = image.devs[0];
	image.devs[0] = image.devs[1];
	image.devs[1] = swap;
	CHECK(!image_open(&image));
	check_files(&image);
	image_close(&image);
	image.count = 1;
	CHECK(image_open(&image) == VS_REFUSED);
	image.devs[0] = image.devs[1];
	CHECK(image_open(&image) == VS_REFUSED);
	SAME(vs_error(), "memory0: the volume has 2 extents, 1 given: name all devices of it");
	image.count = 2;
	CHECK(image_open(&image) == VS_REFUSED);
	SAME(vs_error(), "memory0 and memory0 hold the same part of the volume");
}

/* A block that is allocated and marked as zero reads as zero, whatever is in it. */
static void zero_blocks(void)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	struct vmfs_map map;
	struct image image;
	uint8_t byte = 1;

	image_make(&image, 1, 1);
	image_fill(&image);
	CHECK(!image_open(&image));
	CHECK(!vmfs_path_lookup(&image.volume, "dir/file-blocks", inode));
	inode->slots[1] |= VMFS_FB_TBZ;
	CHECK(!vmfs_map_find(inode, (1 << 20) + 3, &map) && map.type == VMFS_MAP_TBZ &&
	      map.length == (1 << 20) - 3);
	CHECK(!vmfs_read(inode, (1 << 20) + 3, &byte, 1) && !byte);
	CHECK(!vmfs_read(inode, (1 << 20) - 1, &byte, 1) && byte == image_byte((1 << 20) - 1));
	image_close(&image);
	image_free(&image);
	free(inode);
}

struct damage {
	uint64_t offset;	/* device offset */
	uint8_t value;
	const char *says;
};

static void refusals(void)
{
	static const uint64_t fs = VMFS_LVM_DATA_OFFSET + VMFS_FS_OFFSET;
	static const struct damage damages[] = {
		{ VMFS_LVM_OFFSET, 0,
		  "memory0 holds no VMFS volume (at 0x100000 there is 0xc001d000, not 0xc001d00d)"
		},
		{ VMFS_LVM_OFFSET + 4, 7, "memory0: LVM version 7 is unknown" },
		{ VMFS_LVM_OFFSET + 0x200 + 0x10, 2,
		  "memory0: the volume is in state 2: a change of its signature is under way" },
		{ VMFS_LVM_OFFSET + 0x200 + 0x80, 1, NULL },
		{ fs, 0,
		  "file-system descriptor at LV offset 0x200000: magic number is 799797504 (0x2fabf100)"
		},
		{ fs + 4, 15, "file-system descriptor at LV offset 0x200000: version is 15 (0xf)" },
		{ fs + 0xA3, 0,
		  "file-system descriptor at LV offset 0x200000: file block size is 0 (0x0)" },
		{ fs + 0xDA, 1,
		  "file-system descriptor at LV offset 0x200000: sub-block size is 256 (0x100)" },
		{ VMFS_LVM_DATA_OFFSET + 0x400000, 0,
		  ".fdc.sf: header at offset 0x0: items per cluster is 0" },
		{ VMFS_LVM_DATA_OFFSET + 0x400015, 2,
		  ".fdc.sf: header at offset 0x0: number of items is 576" },
		{ VMFS_LVM_DATA_OFFSET + 0x420000 + 2 * 2048, 0,
		  ".fdc.sf: file descriptor <0, 2> at LV offset 0x421000: magic number is 0x10c00000"
		},
	};
	struct image image;
	size_t i;

	image_make(&image, 1, 1);
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		uint8_t *byte = image.devs[0].memory + damages[i].offset, before = *byte;

		*byte = damages[i].value;
		CHECK(image_open(&image) == VS_REFUSED);
		if (damages[i].says && strcmp(vs_error(), damages[i].says))
			SAME(vs_error(), damages[i].says);
		*byte = before;
	}
	CHECK(!image_open(&image));
	image_close(&image);
	image_free(&image);
}

static void check_md5(struct vmfs_volume *volume, const char *path, uint64_t size, const char *md5)
{
	char file[] = "/tmp/vsuite-unit-XXXXXX", command[64], sum[33] = "";
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	FILE *pipe, *out = fdopen(mkstemp(file), "w");
	uint8_t buf[16384];

	CHECK(!vmfs_path_lookup(volume, path, inode) && inode->length == size);
	CHECK(!vmfs_read(inode, 0, buf, size));
	fwrite(buf, 1, size, out);
	fclose(out);
	snprintf(command, sizeof(command), "md5sum <%s", file);
	pipe = popen(command, "r");
	CHECK(pipe && fgets(sum, sizeof(sum), pipe));
	SAME(sum, md5);
	pclose(pipe);
	remove(file);
	free(inode);
}

static int count(void *data, const struct vmfs_entry *entry)
{
	(void)entry;
	(*(unsigned int *)data)++;
	return VS_OK;
}

static void genuine(void)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	struct image image;
	unsigned int names = 0;
	char target[6] = "";

	if (image_genuine(&image)) {
		CHECK(!image_open(&image) && image.volume.version == 6);
		check_md5(&image.volume, "directory/file1", 0, "d41d8cd98f00b204e9800998ecf8427e");
		check_md5(&image.volume, "directory/file3", 0, "d41d8cd98f00b204e9800998ecf8427e");
		check_md5(&image.volume, "directory/file4", 8, "f75b8179e4bbe7e2b4a074dcef62de95");
		check_md5(&image.volume, "directory/file5", 8193,
			  "89d6adcb17e106096d08d864ae861131");
		CHECK(!vmfs_path_lookup(&image.volume, "directory/symlink", inode));
		CHECK(!vmfs_read(inode, 0, target, inode->length));
		SAME(target, "file4");
		CHECK(!vmfs_path_lookup(&image.volume, ".jbc.sf", inode) &&
		      inode->length == 268632064);
		CHECK(vmfs_path_lookup(&image.volume, "file1", inode) == VS_NOT_FOUND);
		CHECK(!vmfs_path_lookup(&image.volume, "/", inode));
		CHECK(!vmfs_dir_iterate(inode, count, &names) && names == 11);
		image_close(&image);
		image_free(&image);
	}
	free(inode);
}

const struct test vmfs_tests[] = {
	{ "vmfs: addresses and hashes", addresses },
	{ "vmfs: sizes of what is made", plans },
	{ "vmfs: files of every kind read back", made },
	{ "vmfs: as VMFS-3", version3 },
	{ "vmfs: two extents", extents },
	{ "vmfs: zero blocks", zero_blocks },
	{ "vmfs: damaged headers are refused", refusals },
	{ "vmfs: a genuine VMFS-6", genuine },
	{ NULL, NULL }
};
