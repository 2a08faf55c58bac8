// SPDX-License-Identifier: GPL-2.0
/*
 * Mutations of volumes: whatever is on disk, libvmfs and fsck.vmfs end without
 * a crash and without reading where they must not.  The seed is fixed.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../vmfs-progs/fsck.h"
#include "unit.h"
#include "vmfs_image.h"

#define ROUNDS		21000u
#define ROUNDS_GENUINE	1500u
#define ROUNDS_REPAIR	400u
#define MUTATIONS	6u
#define DEPTH		4u

/* Where there is something to mutate */
struct region {
	uint64_t offset;
	uint32_t length;
};

static uint64_t state = 0x564d4653;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

/* Heartbeats are all alike: a few of them will do. */
static bool is_dull(uint64_t at)
{
	uint64_t first = VMFS_LVM_DATA_OFFSET + VMFS_HB_OFFSET;

	return at >= first + 4 * VMFS_SECTOR && at < first + (1 << 20);
}

/* All sectors that are not zero */
static struct region *find_regions(const struct image *image, uint64_t end, size_t *count)
{
	static const uint8_t zeros[VMFS_SECTOR];
	struct region *regions = NULL;
	uint64_t at;

	*count = 0;
	for (at = VMFS_LVM_OFFSET; at < end; at += VMFS_SECTOR) {
		if (is_dull(at) || !memcmp(image->devs[0].memory + at, zeros, VMFS_SECTOR))
			continue;
		regions = realloc(regions, (*count + 1) * sizeof(*regions));
		regions[(*count)++] = (struct region){ at, VMFS_SECTOR };
	}
	return regions;
}

struct walk {
	struct vmfs_volume *volume;
	unsigned int depth, steps;
};

static int visit(void *data, const struct vmfs_entry *entry)
{
	struct walk *walk = data;
	struct vmfs_inode *inode;
	struct vmfs_entry found;
	static uint8_t buf[1 << 16];
	uint64_t pos;

	if (walk->steps++ > 200)
		return VS_REFUSED;
	inode = vs_malloc(sizeof(*inode));
	if (!vmfs_inode_read(walk->volume, entry->address, inode)) {
		for (pos = 0; pos < inode->length; pos = 3 * pos + 4096) {
			uint64_t left = inode->length - pos;

			vmfs_read(inode, pos, buf, left < sizeof(buf) ? left : sizeof(buf));
		}
		vmfs_dir_lookup(inode, "file5", &found);
		if (vmfs_is_dir(inode) && walk->depth < DEPTH && *entry->name != '.') {
			walk->depth++;
			vmfs_dir_iterate(inode, visit, walk);
			walk->depth--;
		}
	}
	free(inode);
	return VS_OK;
}

static bool walk(struct image *image)
{
	struct vmfs_inode *root = vs_malloc(sizeof(*root));
	struct walk data = { .volume = &image->volume };
	bool opened = !image_open(image);

	if (opened) {
		if (!vmfs_inode_read(&image->volume, VMFS_FD_ROOT, root))
			vmfs_dir_iterate(root, visit, &data);
		image_close(image);
	}
	free(root);
	return opened;
}

/* How many problems were repaired; -1 where it could not be checked */
static int check(struct image *image, enum fsck_mode mode, FILE *nowhere)
{
	struct fsck *fsck = calloc(1, sizeof(*fsck));
	int fixed;

	fsck->mode = mode;
	fsck->out = nowhere;
	fsck->progress.quiet = true;
	fixed = fsck_check(fsck, image->devs, image->count) ? -1 : (int)fsck->fixed;
	free(fsck);
	return fixed;
}

static uint8_t mutate(uint8_t before)
{
	static const uint8_t values[] = { 0, 1, 0x7F, 0x80, 0xFF };

	return draw(2) ? before ^ 1u << draw(8) : draw(2) ? values[draw(5)] : draw(256);
}

static void fuzz(struct image *image, const struct region *regions, size_t count,
		 unsigned int rounds)
{
	unsigned int round, i, mutations, opened = 0;
	FILE *nowhere = fopen("/dev/null", "w");
	uint8_t *at[MUTATIONS], before[MUTATIONS];

	for (round = 0; round < rounds; round++) {
		mutations = 1 + draw(MUTATIONS);
		for (i = 0; i < mutations; i++) {
			const struct region *region = &regions[draw(count)];

			/* Most members are at the beginning. */
			at[i] = image->devs[0].memory + region->offset +
				draw(draw(2) ? region->length : 0x90);
			before[i] = *at[i];
			*at[i] = mutate(*at[i]);
		}
		opened += walk(image);
		if (round % 8 == 0)
			check(image, FSCK_CHECK, nowhere);
		while (i--)
			*at[i] = before[i];
	}
	fclose(nowhere);
	printf("# %u volumes, %u sectors, %u could be opened\n", round, (unsigned int)count,
	       opened);
	CHECK(opened > rounds / 10);
	CHECK(walk(image));
}

static void made(void)
{
	struct image image;
	struct region *regions;
	size_t count;

	image_make(&image, 1, 1);
	image_fill(&image);
	regions = find_regions(&image, VMFS_LVM_DATA_OFFSET + (13 << 20), &count);
	fuzz(&image, regions, count, ROUNDS);
	free(regions);
	image_free(&image);
}

/* What was repaired once needs no repair again. */
static void repaired(void)
{
	const size_t size = VMFS_LVM_DATA_OFFSET + (13 << 20);
	uint8_t *before = vs_malloc(size);
	FILE *nowhere = fopen("/dev/null", "w");
	unsigned int round, i, fixed = 0, again = 0;
	struct region *regions;
	struct image image;
	size_t count;

	image_make(&image, 1, 1);
	image_fill(&image);
	memcpy(before, image.devs[0].memory, size);
	regions = find_regions(&image, size, &count);
	for (round = 0; round < ROUNDS_REPAIR; round++) {
		for (i = draw(MUTATIONS) + 1; i; i--) {
			const struct region *region = &regions[draw(count)];
			uint8_t *at = image.devs[0].memory + region->offset +
				      draw(draw(2) ? region->length : 0x90);

			*at = mutate(*at);
		}
		if (check(&image, FSCK_REPAIR, nowhere) > 0) {
			fixed++;
			again += check(&image, FSCK_REPAIR, nowhere) > 0;
		}
		memcpy(image.devs[0].memory, before, size);
	}
	printf("# %u of %u volumes had something repaired, %u of them again\n", fixed, round,
	       again);
	CHECK(fixed > ROUNDS_REPAIR / 10 && !again);
	free(before);
	free(regions);
	fclose(nowhere);
	image_free(&image);
}

static void genuine(void)
{
	struct image image;
	struct region *regions;
	size_t count;

	if (!image_genuine(&image))
		return;
	regions = find_regions(&image, image.devs[0].size, &count);
	fuzz(&image, regions, count, ROUNDS_GENUINE);
	free(regions);
	image_free(&image);
}

const struct test vmfs_fuzz_tests[] = {
	{ "vmfs: 21000 mutated volumes", made },
	{ "vmfs: repairs of mutated volumes", repaired },
	{ "vmfs: mutations of a genuine VMFS-6", genuine },
	{ NULL, NULL }
};
