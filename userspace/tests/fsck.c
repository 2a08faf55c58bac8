// SPDX-License-Identifier: GPL-2.0
/* fsck.vmfs: what is damaged is found, named, and mended where it can be. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvmfs/alloc.h"
#include "../libvmfs/journal.h"
#include "../libvs/err.h"
#include "../vmfs-progs/fsck.h"
#include "power.h"
#include "unit.h"
#include "vmfs_image.h"

#define DATA		VMFS_LVM_DATA_OFFSET
#define FBB_META	(DATA + (6 << 20) + VMFS_CG_OFFSET + VMFS_SECTOR)	/* of cluster 0 */
#define FDC_CLUSTER	(DATA + (4 << 20) + VMFS_CG_OFFSET)

/* A damage done to a volume of image_fill(), and what is told of it */
struct damage {
	void (*fn)(struct image *image);
	const char *says;
	bool can_be_repaired;
};

static struct vmfs_inode *inode_at(struct image *image, const char *path)
{
	static struct vmfs_inode inode;

	CHECK(!image_open(image));
	CHECK(!vmfs_path_lookup(&image->volume, path, &inode));
	image_close(image);
	return &inode;
}

/* The file descriptor of a file, in the memory of the only device */
static struct vmfs_fd *fd_at(struct image *image, const char *path)
{
	return (struct vmfs_fd *)(image->devs[0].memory + DATA + inode_at(image, path)->offset);
}

static struct vmfs_cluster_meta *meta_at(struct image *image, uint64_t offset)
{
	return (struct vmfs_cluster_meta *)(image->devs[0].memory + offset);
}

static struct vmfs_dirent *entry_at(struct image *image, const char *dir, const char *name)
{
	struct vmfs_inode *inode = inode_at(image, dir);
	struct vmfs_map map;
	struct vmfs_entry entry;

	CHECK(!image_open(image));
	CHECK(!vmfs_dir_lookup(inode, name, &entry));
	CHECK(!vmfs_map_find(inode, entry.offset, &map));
	image_close(image);
	return (struct vmfs_dirent *)(image->devs[0].memory + DATA + map.offset);
}

static void nothing(struct image *image)
{
	(void)image;
}

static void free_count(struct image *image)
{
	meta_at(image, FBB_META)->free = htole32(17);
}

static void used_but_free(struct image *image)
{
	uint32_t block = vmfs_fb_block(le32toh(fd_at(image, "dir/file-block")->addresses[0]));
	struct vmfs_cluster_meta *meta = meta_at(image, FBB_META);

	meta->bitmap[block / 8] |= 1 << block % 8;
	meta->free = htole32(le32toh(meta->free) + 1);
}

static void lost_block(struct image *image)
{
	struct vmfs_cluster_meta *meta = meta_at(image, FBB_META);

	meta->bitmap[100 / 8] &= ~(1 << 100 % 8);
	meta->free = htole32(le32toh(meta->free) - 1);
}

static void link_count(struct image *image)
{
	fd_at(image, "dir")->meta.nlink = htole32(7);
}

static void block_count(struct image *image)
{
	fd_at(image, "dir/deep/pointers")->meta.num_blocks = htole64(5);
}

static void zero_count(struct image *image)
{
	fd_at(image, "dir/file-blocks")->addresses[1] |= htole32(VMFS_FB_TBZ);
}

static void name_generation(struct image *image)
{
	entry_at(image, "dir", "file-block")->generation = htole32(99);
}

static void name_of_nothing(struct image *image)
{
	entry_at(image, "dir", "file-block")->address = htole32(0xFFFFFFC4);
}

static void parent(struct image *image)
{
	entry_at(image, "dir/deep", "..")->address = htole32(VMFS_FD_ROOT);
}

static void two_names(struct image *image)
{
	strcpy(entry_at(image, "dir", "file-block")->name, "file-blocks");
}

static void damaged_fd(struct image *image)
{
	fd_at(image, "dir/file-block")->lock.magic = 0;
}

static void block_twice(struct image *image)
{
	__le32 address = fd_at(image, "dir/file-block")->addresses[0];

	fd_at(image, "dir/file-blocks")->addresses[2] = address;
}

static void block_of_nothing(struct image *image)
{
	fd_at(image, "dir/file-block")->addresses[0] = htole32(vmfs_fb_address(300));
}

static void fd_marked_free(struct image *image)
{
	uint32_t item = vmfs_fd_item(inode_at(image, "dir/file-block")->address);
	struct vmfs_cluster_meta *meta = meta_at(image, FDC_CLUSTER + VMFS_SECTOR);

	meta->bitmap[item / 8] |= 1 << item % 8;
	meta->free = htole32(le32toh(meta->free) + 1);
}

static void lock_offset(struct image *image)
{
	struct vmfs_lock *lock = (struct vmfs_lock *)(image->devs[0].memory + FDC_CLUSTER);

	lock->offset = htole64(1);
}

static void heartbeat_offset(struct image *image)
{
	struct vmfs_heartbeat *slot = (struct vmfs_heartbeat *)(image->devs[0].memory + DATA +
								VMFS_HB_OFFSET);

	slot[7].offset = 0;
}

static void pe_table(struct image *image)
{
	image->devs[0].memory[VMFS_LVM_PES_OFFSET + 0x11] = 1;
}

/* What hangs below is as lost as it looks, but is not given away. */
static void pointer_of_another_kind(struct image *image)
{
	fd_at(image, "dir/deep/pointers")->addresses[256 / 1024] ^= htole32(2);
}

static void pointer_elsewhere(struct image *image)
{
	fd_at(image, "dir/deep/pointers")->addresses[256 / 1024] ^= htole32(1u << 31);
}

static void block_of_another_kind(struct image *image)
{
	fd_at(image, "dir/file-block")->addresses[0] ^= htole32(2);
}

static void not_a_name(struct image *image)
{
	strcpy(entry_at(image, "dir", "file-block")->name, "a/\033[31m");
}

static void directory_in_pieces(struct image *image)
{
	struct vmfs_fd *fd = fd_at(image, "dir");

	fd->meta.length = htole64(le64toh(fd->meta.length) + 5000 * sizeof(struct vmfs_dirent));
}

/* As after half a removal */
static void entry_once_more(struct image *image)
{
	struct vmfs_fd *fd = fd_at(image, "dir");
	struct vmfs_dirent *entry = entry_at(image, "dir", "file-block");
	uint64_t count = le64toh(fd->meta.length) / sizeof(*entry);

	*(entry_at(image, "dir", ".") + count) = *entry;
	fd->meta.length = htole64((count + 1) * sizeof(*entry));
}

static const struct damage damages[] = {
	{ nothing, "", true },
	{ free_count,
	  "unit: cluster 0 of .fbb.sf at LV offset 0x610000: it says that 17 items are free, in its bitmap ",
	  true },
	{ used_but_free, "is marked as free, and in use", true },
	{ lost_block,
	  "unit: cluster 0 of .fbb.sf at LV offset 0x610000: file block 100 is marked as in use, and lost",
	  true },
	{ link_count, "its link count is 7, it has 3 links", true },
	{ block_count, "it says that it has 5 blocks, it has 1", true },
	{ zero_count, "it says that it has 0 zero blocks, it has 1", true },
	{ name_generation,
	  "'file-block' at offset 420: its file descriptor has another generation",
	  true },
	{ name_generation, "is in use and has no name: it becomes '/lost-", true },
	{ name_of_nothing,
	  "'file-block' at offset 420: its address is not one of a file descriptor",
	  true },
	{ parent, "'..' leads to file descriptor 0x00000004, not to 0x", true },
	{ two_names, "'file-blocks' is there twice, at offset ", false },
	{ damaged_fd, "magic number is 0x0", false },
	{ damaged_fd, "is marked as in use, perhaps by what could not be read", false },
	{ block_twice, "is in use twice", false },
	{ block_of_nothing, "block address 0x00004b01 is of nothing that there is", false },
	{ fd_marked_free, "is marked as free, and in use", true },
	{ lock_offset,
	  "unit: cluster 0 of .fdc.sf at LV offset 0x410000: its lock says that it is at 0x1",
	  true },
	{ heartbeat_offset,
	  "unit: heartbeat slot 7 at LV offset 0x300e00: offset or journal is wrong",
	  true },
	{ pointer_of_another_kind, "is of another type than its place", false },
	{ pointer_of_another_kind, "in use, perhaps by what could not be read", false },
	{ pointer_elsewhere, "in use, perhaps by what could not be read", false },
	{ pointer_elsewhere, "it has 0: the others are perhaps among what seems lost", false },
	{ block_of_another_kind, "in use, perhaps by what could not be read", false },
	{ not_a_name, "the name at offset 420 is none: it becomes 'lost-", true },
	{ directory_in_pieces, "parts of it cannot be read", false },
	{ entry_once_more, "'file-block' is there once more at offset ", true },
	{ pe_table,
	  "unit: memory0: physical extent 0 in the table is not the one at 0x1100000",
	  false },
};

/* Its output, to be freed; problems found less those repaired */
static char *run(struct image *image, enum fsck_mode mode, int *left, unsigned int *fixed)
{
	struct fsck *fsck = calloc(1, sizeof(*fsck));
	size_t size;
	char *text;

	fsck->mode = mode;
	fsck->progress.quiet = true;
	fsck->out = open_memstream(&text, &size);
	*left = fsck_check(fsck, image->devs, image->count) ? -1 :
		(int)(fsck->found - fsck->fixed);
	*fixed = fsck->fixed;
	fclose(fsck->out);
	free(fsck);
	return text;
}

static void check_damage(const struct damage *damage)
{
	unsigned int fixed;
	struct image image;
	char *text;
	int left;

	image_make(&image, 1, 1);
	image_fill(&image);
	damage->fn(&image);
	text = run(&image, FSCK_CHECK, &left, &fixed);
	CHECK(!fixed && (left != 0) == (*damage->says != '\0'));
	/* A file that loses its name is without one only once that was removed. */
	if (!strstr(text, damage->says) && !strstr(damage->says, "lost-"))
		SAME(text, damage->says);
	free(text);
	text = run(&image, FSCK_REPAIR, &left, &fixed);
	CHECK(!!left == !damage->can_be_repaired);
	if (!strstr(text, damage->says))
		SAME(text, damage->says);
	free(text);
	text = run(&image, FSCK_CHECK, &left, &fixed);
	if (damage->can_be_repaired)
		SAME(text, "");
	else
		CHECK(left > 0);
	free(text);
	image_free(&image);
}

/* Twice: what the first run leaves in doubt, the second one does not give away. */
static void nothing_is_freed(void)
{
	static const struct {
		void (*damage)(struct image *image);
	} cases[] = {
		{ pointer_of_another_kind }, { pointer_elsewhere }, { block_of_another_kind },
		{ damaged_fd }, { directory_in_pieces }, { not_a_name },
	};
	struct vmfs_cluster_meta before;
	unsigned int fixed, i, round;
	struct image image;
	char *text;
	int left;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		image_make(&image, 1, 1);
		image_fill(&image);
		before = *meta_at(&image, FBB_META);
		cases[i].damage(&image);
		for (round = 0; round < 2; round++) {
			text = run(&image, FSCK_REPAIR, &left, &fixed);
			CHECK(!memcmp(before.bitmap, meta_at(&image, FBB_META)->bitmap,
				      sizeof(before.bitmap)));
			CHECK(!strchr(text, '\033') && !strstr(text, "becomes '/lost"));
			free(text);
		}
		image_free(&image);
	}
}

/* At boot: what is only lost stays, what is in use and marked as free does not. */
static void preen(void)
{
	struct vmfs_cluster_meta before;
	unsigned int fixed;
	struct image image;
	char *text;
	int left;

	image_make(&image, 1, 1);
	image_fill(&image);
	lost_block(&image);
	before = *meta_at(&image, FBB_META);
	text = run(&image, FSCK_PREEN, &left, &fixed);
	CHECK(!left && !fixed && strstr(text, "block 100 is marked as in use, and lost: -y frees"));
	free(text);
	used_but_free(&image);
	text = run(&image, FSCK_PREEN, &left, &fixed);
	CHECK(!left && fixed == 1 && !memcmp(&before, meta_at(&image, FBB_META), sizeof(before)));
	free(text);
	name_of_nothing(&image);
	text = run(&image, FSCK_PREEN, &left, &fixed);
	CHECK(left == 1 && strstr(text, "of a file descriptor: left, -y repairs it"));
	free(text);
	image_free(&image);
}

static void all_damages(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(damages); i++)
		check_damage(&damages[i]);
}

static void heartbeat(void)
{
	struct vmfs_heartbeat *slot;
	unsigned int fixed;
	struct image image;
	char *text;
	int left;

	image_make(&image, 1, 1);
	slot = (struct vmfs_heartbeat *)(image.devs[0].memory + DATA + VMFS_HB_OFFSET) + 9;
	slot->state = htole32(VMFS_HB_IN_USE);
	slot->owner.mac[5] = 0x42;
	strcpy(slot->ip, "192.0.2.1");
	text = run(&image, FSCK_CHECK, &left, &fixed);
	SAME(text, "unit: heartbeat slot 9 at LV offset 0x301200: host 00000000-00000000-0000-000000000042 (192.0.2.1) uses the volume, or did not close it.\n");
	CHECK(left == 1);
	free(text);
	image_free(&image);
}

/* A host that crashed: its journal has what the free count should be. */
static struct vmfs_log_header *make_journal(struct image *image)
{
	uint8_t *base = image->devs[0].memory + DATA;
	struct vmfs_heartbeat *slot = (struct vmfs_heartbeat *)(base + VMFS_HB_OFFSET) + 9;
	struct vmfs_log_header *header =
		(struct vmfs_log_header *)(base + (100 << 20) + VMFS_LOG_OFFSET);
	struct vmfs_log_record *record = (struct vmfs_log_record *)(header + 1);

	lost_block(image);		/* block 100 becomes the journal */
	slot->state = htole32(VMFS_HB_IN_USE);
	slot->generation = htole64(3);
	slot->owner.mac[5] = 0x42;
	slot->journal_address = htole32(vmfs_fb_address(100));
	slot->journal_offset = htole64(100 << 20);
	record->lv = htole64(FBB_META - DATA);
	record->sectors = htole32(1);
	memcpy((uint8_t *)header + 1024, base + (FBB_META - DATA), VMFS_SECTOR);
	header->magic = htole32(VMFS_LOG_MAGIC);
	header->length = htole32(1536);
	header->num_records = htole32(1);
	header->sequence = htole64(77);
	header->owner = slot->owner;
	header->hb_generation = slot->generation;
	header->lv_uuid = ((struct vmfs_fs_descriptor *)(base + VMFS_FS_OFFSET))->lv_uuid;
	header->crc = htole32(vmfs_crc32c(header, 1536));
	free_count(image);
	return header;
}

static void journal(void)
{
	struct vmfs_log_header *header;
	unsigned int fixed;
	struct image image;
	char *text;
	int left;

	/* Test vector of CRC-32C, which is inverted there */
	CHECK(vmfs_crc32c("123456789", 9) == (uint32_t)~0xE3069283);
	image_make(&image, 1, 1);
	header = make_journal(&image);
	text = run(&image, FSCK_CHECK, &left, &fixed);
	/* It was not written, but is not missed: only that the volume was not closed is told. */
	CHECK(left == 1 && strstr(text, "or did not close it"));
	free(text);
	text = run(&image, FSCK_REPAIR, &left, &fixed);
	CHECK(!left && strstr(text, "transaction 77 with 1 records was perhaps not written "
			      "completely: repaired"));
	CHECK(!strstr(text, "items are free"));
	free(text);
	text = run(&image, FSCK_CHECK, &left, &fixed);
	SAME(text, "");
	free(text);
	/* Half of one is none: the count is wrong, and the journal's block becomes free. */
	image_free(&image);
	image_make(&image, 1, 1);
	header = make_journal(&image);
	header->reserved[0] = 1;
	text = run(&image, FSCK_REPAIR, &left, &fixed);
	CHECK(!left && strstr(text, "it says that 18 items are free"));
	free(text);
	/* One of ESXi is not touched, nor anything else. */
	image_free(&image);
	image_make(&image, 1, 1);
	make_journal(&image);
	/* It is a later slot's. */
	memset(image.devs[0].memory + DATA + (99 << 20) + 0x200, 1, 1);
	((struct vmfs_heartbeat *)(image.devs[0].memory + DATA + VMFS_HB_OFFSET))[11] =
		(struct vmfs_heartbeat){
			.state = htole32(VMFS_HB_IN_USE),
			.journal_address = htole32(vmfs_fb_address(99)),
			.journal_offset = htole64(99 << 20),
		};
	heartbeat_offset(&image);
	text = run(&image, FSCK_REPAIR, &left, &fixed);
	CHECK(left == -1 && !fixed && meta_at(&image, FBB_META)->free == htole32(17));
	CHECK(strstr(vs_error(), "was not replayed: let an ESXi host mount the volume"));
	free(text);
	image_free(&image);
}

/* The address of a block of a file, in memory, which becomes one that reads as zero */
static uint8_t *make_zero(struct image *image, const char *path, unsigned int block,
			  uint32_t *address)
{
	struct vmfs_inode *inode = inode_at(image, path);
	struct vmfs_fd *fd = fd_at(image, path);
	uint8_t *base = image->devs[0].memory + DATA, *word = (uint8_t *)&fd->addresses[block];
	uint64_t lv;

	if (inode->levels) {
		CHECK(!image_open(image));
		CHECK(!vmfs_address_offset(&image->volume, inode->slots[0], &lv));
		image_close(image);
		word = base + lv + block * sizeof(__le32);
	}
	memcpy(address, word, sizeof(*address));
	*word |= VMFS_FB_TBZ;
	fd->meta.tbz_lo = htole32(1);
	return base + ((uint64_t)vmfs_fb_block(*address) << 20);
}

#define UNITS	(sizeof(((struct vmfs_written *)NULL)->bitmap) * 8)

static bool has_unit(const struct vmfs_written *entry, unsigned int unit)
{
	return le64toh(entry->bitmap[unit / 64]) >> unit % 64 & 1;
}

/* A volume of which a host crashed, with two blocks in its table, and what was there before */
struct partial {
	struct image image;
	struct vmfs_written_header *table;
	struct vmfs_written *entries;
	uint8_t *blocks[2];
	uint8_t before[2][1 << 20];
};

static void make_partial(struct partial *made)
{
	static const char *const paths[] = { "dir/file-blocks", "dir/deep/pointers" };
	static const unsigned int numbers[] = { 1, 256 };
	struct vmfs_log_header *log;
	struct vmfs_written *entry;
	uint32_t address;
	unsigned int i;

	image_make(&made->image, 1, 1);
	image_fill(&made->image);
	log = make_journal(&made->image);
	made->table = (struct vmfs_written_header *)((uint8_t *)log - VMFS_LOG_OFFSET +
						     VMFS_WRITTEN_OFFSET);
	made->table->magic = htole32(VMFS_WRITTEN_MAGIC);
	made->table->lv_uuid = log->lv_uuid;
	made->entries = (struct vmfs_written *)(made->table + 1);
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		entry = &made->entries[i * (VMFS_WRITTEN_SLOTS - 1)];
		made->blocks[i] = make_zero(&made->image, paths[i], numbers[i], &address);
		memset(made->blocks[i], 0x55 + i, 1 << 20);
		memcpy(made->before[i], made->blocks[i], 1 << 20);
		entry->fd = htole32(inode_at(&made->image, paths[i])->address);
		entry->fb = htole32(address);
		entry->block = htole64(numbers[i]);
		entry->bitmap[0] = htole64(1ull << 63 | 2);
		entry->bitmap[3] = htole64(1ull << 63);
	}
	/* Entries of blocks that are another's now, or whole, say nothing. */
	entry = &made->entries[1];
	*entry = made->entries[0];
	entry->block = htole64(2);
	entry[1] = made->entries[0];
	entry[1].fb = htole32(le32toh(fd_at(&made->image, "dir/file-block")->addresses[0]));
	entry[2] = entry[1];
	entry[2].fd = htole32(inode_at(&made->image, "dir/file-block")->address);
	entry[2].block = 0;
	entry[3] = entry[0];
	entry[3].fd = htole32(0xFFFFFFC4);
}

/* Reads block @i of those that are in the table, as one without the table does. */
static void check_units(struct partial *made, unsigned int i, bool is_completed)
{
	static uint8_t buf[1 << 20];
	const struct vmfs_written *entry = &made->entries[i * (VMFS_WRITTEN_SLOTS - 1)];
	uint64_t pos = le64toh(entry->block) << 20;
	struct vmfs_inode *inode = inode_at(&made->image, i ? "dir/deep/pointers" :
					    "dir/file-blocks");
	uint64_t len = inode->length - pos < sizeof(buf) ? inode->length - pos : sizeof(buf);
	unsigned int unit;
	bool is_good = true;
	uint64_t at;

	CHECK(!image_open(&made->image));
	inode->volume = &made->image.volume;
	CHECK(!vmfs_read(inode, pos, buf, len));
	image_close(&made->image);
	for (unit = 0; unit < UNITS; unit++) {
		uint8_t want = has_unit(entry, unit) ? 0x55 + i : 0;

		for (at = unit * VMFS_WRITTEN_UNIT;
		     at < len && at < (unit + 1) * VMFS_WRITTEN_UNIT; at++)
			is_good &= buf[at] == want || (!is_completed && !buf[at]);
		/* The end of the block is past that of the file. */
		for (at = unit * VMFS_WRITTEN_UNIT; is_completed &&
		     at < (unit + 1) * VMFS_WRITTEN_UNIT; at++)
			is_good &= made->blocks[i][at] == want;
	}
	CHECK(is_good);
}

/* Power fails at each of its steps. */
static void written_in_part(void)
{
	struct partial *made = calloc(1, sizeof(*made));
	enum power_loss loss;
	unsigned int fixed, cut;
	bool failed = true;
	int left, again;
	char *text;

	make_partial(made);
	text = run(&made->image, FSCK_CHECK, &left, &fixed);
	CHECK(left == 1);
	free(text);
	for (cut = 0; failed; cut++) {
		for (loss = 0; loss < POWER_LOSSES; loss++) {
			power_record(cut);
			text = run(&made->image, FSCK_REPAIR, &left, &fixed);
			failed = power_has_failed();
			CHECK(failed || power_lost_nothing());
			power_back(failed ? loss : POWER_KEEPS_ALL);
			check_units(made, 0, !failed);
			check_units(made, 1, !failed);
			if (!failed)
				CHECK(!left && !made->table->magic &&
				      !strstr(text, "zero blocks") &&
				      strstr(text, "2 blocks of files are written in part: rep"));
			free(text);
			text = run(&made->image, FSCK_REPAIR, &again, &fixed);
			CHECK(!again && (failed || !fixed));
			free(text);
			text = run(&made->image, FSCK_CHECK, &again, &fixed);
			SAME(text, "");
			free(text);
			check_units(made, 0, true);
			check_units(made, 1, true);
			power_undo();
		}
	}
	printf("# %u steps\n", cut - 1);
	CHECK(cut > 10);
	/* Of another volume: what was in the block before it became a journal */
	made->table->lv_uuid.random ^= htole16(1);
	text = run(&made->image, FSCK_REPAIR, &left, &fixed);
	CHECK(!left && !strstr(text, "in part"));
	CHECK(!memcmp(made->blocks[0], made->before[0], sizeof(made->before[0])));
	free(text);
	image_free(&made->image);
	free(made);
}

static void genuine(void)
{
	unsigned int fixed;
	struct image image;
	char *text;
	int left;

	if (!image_genuine(&image))
		return;
	text = run(&image, FSCK_CHECK, &left, &fixed);
	SAME(text, "");
	free(text);
	text = run(&image, FSCK_REPAIR, &left, &fixed);
	CHECK(left == -1);
	SAME(vs_error(), "VMFS-6 can be checked (-n), not repaired");
	free(text);
	image_free(&image);
}

const struct test fsck_tests[] = {
	{ "fsck: damages are found, and repaired where possible", all_damages },
	{ "fsck: what is in doubt is not freed", nothing_is_freed },
	{ "fsck: at boot", preen },
	{ "fsck: a volume that a host uses", heartbeat },
	{ "fsck: blocks that are written in part", written_in_part },
	{ "fsck: journals of hosts that crashed", journal },
	{ "fsck: a genuine VMFS-6 is clean", genuine },
	{ NULL, NULL }
};
