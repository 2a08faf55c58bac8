// SPDX-License-Identifier: GPL-2.0
/*
 * Mutations of volumes: whatever is on disk, libvmfs and fsck.vmfs end without
 * a crash and without reading where they must not.  The seed is fixed; with SOAK=1
 * in the environment there are ten times as many.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "../vmfs-progs/fsck.h"
#include "power.h"
#include "unit.h"
#include "vmfs_image.h"

#define ROUNDS		2000u
#define ROUNDS_3	700u
#define ROUNDS_GENUINE	150u
#define ROUNDS_REPAIR	250u
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
	for (at = image_data(image, VMFS_LVM_OFFSET); at < end;
	     at = image_data(image, at + VMFS_SECTOR)) {
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

/* What a check came to */
struct result {
	bool was_checked;
	unsigned int version, found, fixed;
};

static struct result check(struct image *image, enum fsck_mode mode)
{
	static FILE *nowhere;
	struct fsck *fsck = calloc(1, sizeof(*fsck));
	struct result result;

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	fsck->mode = mode;
	fsck->out = nowhere;
	fsck->progress.quiet = true;
	result.was_checked = !fsck_check(fsck, image->devs, image->count);
	result.version = fsck->volume.version;
	result.found = fsck->found;
	result.fixed = fsck->fixed;
	free(fsck);
	return result;
}

/* A check, and a repair of what cannot be repaired, do not even try to write. */
static bool writes_nothing(struct image *image, unsigned int round)
{
	struct result result;
	bool has_tried;

	power_record(0);
	result = check(image, round % 2 ? FSCK_REPAIR : FSCK_CHECK);
	has_tried = power_has_failed();
	power_undo();
	return !has_tried || (round % 2 && result.version == 5);
}

static uint8_t mutate(uint8_t before)
{
	static const uint8_t values[] = { 0, 1, 0x7F, 0x80, 0xFF };

	return draw(2) ? before ^ 1u << draw(8) : draw(2) ? values[draw(5)] : draw(256);
}

/* A mutated byte, and what it was */
struct mutation {
	uint8_t *at, before;
};

static unsigned int mutate_some(struct image *image, const struct region *regions, size_t count,
				struct mutation made[MUTATIONS])
{
	unsigned int mutations = 1 + draw(MUTATIONS), i;

	for (i = 0; i < mutations; i++) {
		const struct region *region = &regions[draw(count)];

		/* Most members are at the beginning. */
		made[i].at = image->devs[0].memory + region->offset +
			     draw(draw(2) ? region->length : 0x90);
		made[i].before = *made[i].at;
		*made[i].at = mutate(made[i].before);
	}
	return mutations;
}

static void undo(const struct mutation *made, unsigned int count)
{
	while (count--)
		*made[count].at = made[count].before;
}

static unsigned int rounds_of(unsigned int rounds)
{
	const char *soak = getenv("SOAK");

	return soak && !strcmp(soak, "1") ? 10 * rounds : rounds;
}

static void fuzz(struct image *image, uint64_t end, unsigned int rounds)
{
	struct mutation made[MUTATIONS];
	unsigned int round, mutations, opened = 0;
	bool wrote = false;
	size_t count;
	struct region *regions = find_regions(image, end, &count);

	rounds = rounds_of(rounds);
	for (round = 0; round < rounds; round++) {
		mutations = mutate_some(image, regions, count, made);
		opened += walk(image);
		if (round % 8 == 0)
			wrote |= !writes_nothing(image, round / 8);
		undo(made, mutations);
	}
	free(regions);
	printf("# %u volumes, %u sectors, %u could be opened\n", round, (unsigned int)count,
	       opened);
	CHECK(opened > rounds / 10 && !wrote);
	CHECK(walk(image));
}

#define MADE_END	(VMFS_LVM_DATA_OFFSET + (13 << 20))

static void made(void)
{
	struct image image;

	image_make(&image, 1, 1);
	image_fill(&image);
	fuzz(&image, MADE_END, ROUNDS);
	image_free(&image);
}

static void version3(void)
{
	struct image image;

	image_make(&image, 1, 1);
	image_fill(&image);
	image_version3(&image);
	fuzz(&image, MADE_END, ROUNDS_3);
	image_free(&image);
}

static void genuine(void)
{
	struct image image;

	if (!image_genuine(&image))
		return;
	fuzz(&image, image.devs[0].size, ROUNDS_GENUINE);
	image_free(&image);
}

#define FILES	16

/* A file, and a hash of its size and of some of its bytes; no address where it cannot be read */
struct seen {
	uint32_t address;
	uint64_t hash;
};

/* The beginning, the end, and the beginning of each of the last blocks */
static bool hash_file(struct vmfs_inode *inode, uint64_t *hash)
{
	uint64_t pos = inode->length < 4 << 20 ? 0 : inode->length - (4 << 20), len;
	uint8_t buf[64];
	unsigned int i;

	*hash = inode->length;
	while (pos < inode->length) {
		len = inode->length - pos < sizeof(buf) ? inode->length - pos : sizeof(buf);
		if (vmfs_read(inode, pos, buf, len))
			return false;
		for (i = 0; i < len; i++)
			*hash = (*hash ^ buf[i]) * 0x100000001b3;
		pos = pos + len == inode->length ? inode->length :
		      pos + (1 << 20) < inode->length ? pos + (1 << 20) :
		      inode->length - (inode->length < sizeof(buf) ? 1 : sizeof(buf));
	}
	return true;
}

/* All files by their names, or those of @known by where they are */
static void see_files(struct image *image, const struct seen *known, struct seen seen[FILES])
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	unsigned int i;
	int err;

	memset(seen, 0, FILES * sizeof(*seen));
	if (image_open(image)) {
		free(inode);
		return;
	}
	for (i = 0; image_files[i].path; i++) {
		err = known ? vmfs_inode_read(&image->volume, known[i].address, inode) :
		      vmfs_path_lookup(&image->volume, image_files[i].path, inode);
		if (!err && hash_file(inode, &seen[i].hash))
			seen[i].address = inode->address;
	}
	image_close(image);
	free(inode);
}

/*
 * What was repaired once needs no repair again; where all was repaired nothing is found any
 * more; and files that a mutation did not reach are as they were.
 */
static bool check_repair(struct image *image, const struct seen *good, unsigned int *repaired)
{
	struct seen before[FILES], after[FILES];
	struct result first, second;
	unsigned int i;

	see_files(image, NULL, before);
	first = check(image, FSCK_REPAIR);
	if (!first.was_checked)
		return true;
	*repaired += first.fixed > 0;
	second = check(image, FSCK_REPAIR);
	if (!second.was_checked || second.fixed ||
	    (first.found == first.fixed && second.found))
		return false;
	see_files(image, before, after);
	for (i = 0; i < FILES; i++)
		if (before[i].address == good[i].address && before[i].hash == good[i].hash &&
		    (after[i].address != good[i].address || after[i].hash != good[i].hash))
			return false;
	return true;
}

static void repaired(void)
{
	unsigned int round, rounds = rounds_of(ROUNDS_REPAIR), mutations, fixed = 0, bad = 0;
	struct mutation made[MUTATIONS];
	struct seen good[FILES];
	struct region *regions;
	struct image image;
	size_t count;

	image_make(&image, 1, 1);
	image_fill(&image);
	regions = find_regions(&image, MADE_END, &count);
	see_files(&image, NULL, good);
	for (round = 0; round < rounds; round++) {
		mutations = mutate_some(&image, regions, count, made);
		power_record(-1u);
		bad += !check_repair(&image, good, &fixed);
		power_undo();
		undo(made, mutations);
	}
	printf("# %u of %u volumes had something repaired, %u of them wrongly\n", fixed, round,
	       bad);
	CHECK(fixed > rounds / 20 && !bad && good[0].address && good[10].address);
	free(regions);
	image_free(&image);
}

const struct test vmfs_fuzz_tests[] = {
	{ "vmfs: mutated volumes", made },
	{ "vmfs: mutated volumes of VMFS-3", version3 },
	{ "vmfs: repairs of mutated volumes", repaired },
	{ "vmfs: mutations of a genuine VMFS-6", genuine },
	{ NULL, NULL }
};
