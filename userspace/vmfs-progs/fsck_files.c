// SPDX-License-Identifier: GPL-2.0
/* File descriptors, and the blocks that they refer to. */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

/* Totals of a file's blocks */
struct tally {
	struct fsck *fsck;
	struct vmfs_inode *inode;
	uint64_t blocks, tbz, pbs;
	bool is_whole;
};

uint32_t fsck_fd_number(const struct fsck *fsck, uint32_t address)
{
	return vmfs_fd_cluster(address) * fsck->volume.res[VMFS_FDC].at.per_cluster +
	       vmfs_fd_item(address);
}

uint32_t fsck_fd_address(const struct fsck *fsck, uint32_t number)
{
	uint32_t per_cluster = fsck->volume.res[VMFS_FDC].at.per_cluster;

	return vmfs_fd_address(number / per_cluster, number % per_cluster);
}

/* The resource of an address, and its number there; false if there is none */
static bool find_item(const struct fsck *fsck, uint64_t address, enum vmfs_resource_kind *kind,
		      uint64_t *number)
{
	static const enum vmfs_resource_kind kinds[] = {
		[VMFS_ADDR_FB] = VMFS_FBB,
		[VMFS_ADDR_SB] = VMFS_SBC,
		[VMFS_ADDR_PB] = VMFS_PBC,
		[VMFS_ADDR_PB2] = VMFS_PB2,
	};
	unsigned int type = vmfs_address_type(address);
	const struct vmfs_clusters *at;
	__u64 cluster;
	__u32 item;

	if (type == VMFS_ADDR_HOLE || type == VMFS_ADDR_FD || type > VMFS_ADDR_PB2)
		return false;
	*kind = kinds[type];
	at = &fsck->volume.res[*kind].at;
	if (type == VMFS_ADDR_FB) {
		*number = vmfs_fb_block(address);
		return *number < at->total;
	}
	vmfs_split_address(&fsck->volume.geo, address, &cluster, &item);
	*number = cluster * at->per_cluster + item;
	return item < at->per_cluster && *number < at->total;
}

bool fsck_use(struct fsck *fsck, uint64_t address, const char *by)
{
	enum vmfs_resource_kind kind;
	uint64_t number;

	if (!find_item(fsck, address, &kind, &number)) {
		fsck_damage(fsck, "%s: block address 0x%08" PRIx64 " is of nothing that there is",
			    by, address);
		return false;
	}
	if (fsck->used[kind][number / 8] >> number % 8 & 1) {
		fsck_damage(fsck, "%s: block address 0x%08" PRIx64 " is in use twice", by, address);
		return false;
	}
	fsck->used[kind][number / 8] |= 1 << number % 8;
	return true;
}

/* A file's number, as long as its name is not known; static */
static const char *describe(const struct vmfs_inode *inode)
{
	static char text[96];

	snprintf(text, sizeof(text), "file descriptor %s at LV offset 0x%" PRIx64,
		 vmfs_fd_text(inode->address), inode->offset);
	return text;
}

static bool is_expected(const struct vmfs_inode *inode, uint64_t address, unsigned int level)
{
	unsigned int type = vmfs_address_type(address);

	if (level)
		return inode->zla == VMFS_ZLA_PB2 ? type == VMFS_ADDR_PB2 : type == VMFS_ADDR_PB;
	return inode->zla == VMFS_ZLA_SB ? type == VMFS_ADDR_SB : type == VMFS_ADDR_FB;
}

/* Its blocks, or those from before it changed, look lost. */
static void doubt(struct tally *tally)
{
	tally->fsck->is_uncertain = true;
	tally->is_whole = false;
}

/* A pointer block does not name its file: if it is marked free, it may be another's. */
static bool is_doubtful(struct fsck *fsck, uint64_t address)
{
	enum vmfs_resource_kind kind;
	uint64_t number;

	return find_item(fsck, address, &kind, &number) && !fsck_is_marked(fsck, kind, number);
}

/* @level: 0 for a block of data, 1 or 2 for pointer blocks above it */
static void use_block(struct tally *tally, uint64_t address, unsigned int level)
{
	struct vmfs_inode *inode = tally->inode;
	struct fsck *fsck = tally->fsck;
	uint64_t entry;
	uint32_t i;

	if (!address)
		return;
	if (!is_expected(inode, address, level)) {
		fsck_damage(fsck, "%s: block address 0x%08" PRIx64 " is of another type than its place",
			    describe(inode), address);
		doubt(tally);
		return;
	}
	/* File blocks may be marked as copy-on-write or zero: not part of the number. */
	if (!fsck_use(fsck, address, describe(inode))) {
		doubt(tally);
		return;
	}
	if (!level) {
		tally->blocks++;
		tally->tbz += inode->zla != VMFS_ZLA_SB && vmfs_fb_is_tbz(address);
		return;
	}
	tally->pbs++;
	if (is_doubtful(fsck, address))
		fsck->is_uncertain = true;
	for (i = 0; i < VMFS_PB_SLOTS; i++) {
		if (vmfs_pb_entry(&fsck->volume, address, i, level - 1, &entry)) {
			fsck_damage(fsck, "%s: %s", describe(inode), vs_error());
			doubt(tally);
			return;
		}
		use_block(tally, entry, level - 1);
	}
}

int fsck_write_meta(struct fsck *fsck, const struct vmfs_inode *inode)
{
	return vmfs_lv_write(&fsck->lv, inode->offset + VMFS_SECTOR, &inode->meta,
			     sizeof(inode->meta));
}

static void check_count(struct tally *tally, const char *what, uint64_t says, uint64_t has,
			void (*mend)(struct vmfs_fd_meta *meta, uint64_t value))
{
	if (says == has)
		return;
	if (!fsck_problem(tally->fsck, "%s: it says that it has %" PRIu64 " %s, it has %" PRIu64,
			  describe(tally->inode), says, what, has))
		return;
	mend(&tally->inode->meta, has);
	fsck_fixed(tally->fsck, fsck_write_meta(tally->fsck, tally->inode));
}

static void mend_blocks(struct vmfs_fd_meta *meta, uint64_t value)
{
	meta->num_blocks = htole64(value);
}

static void mend_tbz(struct vmfs_fd_meta *meta, uint64_t value)
{
	meta->tbz_lo = htole32(value);
	meta->tbz_hi = htole32(value >> 32);
}

/*
 * The blocks that it counts may be those that seem lost: to repair its count would wipe out the
 * only trace of that.
 */
static void note_short(struct fsck *fsck, const struct vmfs_inode *inode, uint64_t has)
{
	struct fsck_short *list = realloc(fsck->shorts,
					  (fsck->num_shorts + 1) * sizeof(*fsck->shorts));

	fsck->is_uncertain = true;
	if (!list) {
		fsck_damage(fsck, "%s: out of memory", describe(inode));
		return;
	}
	fsck->shorts = list;
	list[fsck->num_shorts++] = (struct fsck_short){
		.number = fsck_fd_number(fsck, inode->address), .has = has,
	};
}

static void check_short(struct fsck *fsck, const struct fsck_short *found)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	struct tally tally = { .fsck = fsck, .inode = inode };
	uint64_t says;

	if (vmfs_inode_read(&fsck->volume, fsck_fd_address(fsck, found->number), inode)) {
		fsck_damage(fsck, "%s", vs_error());
	} else {
		says = le64toh(inode->meta.num_blocks);
		if (fsck->lost)
			fsck_damage(fsck, "%s: it says that it has %" PRIu64 " blocks, it has %"
				    PRIu64 ": the others are perhaps among what seems lost",
				    describe(inode), says, found->has);
		else
			check_count(&tally, "blocks", says, found->has, mend_blocks);
	}
	free(inode);
}

void fsck_shorts(struct fsck *fsck)
{
	uint32_t i;

	for (i = 0; i < fsck->num_shorts; i++)
		check_short(fsck, &fsck->shorts[i]);
}

static void check_blocks(struct fsck *fsck, struct vmfs_inode *inode)
{
	struct tally tally = { .fsck = fsck, .inode = inode, .is_whole = true };
	unsigned int level = 0, i;

	if (inode->type == VMFS_TYPE_RDM || inode->zla == VMFS_ZLA_RESIDENT)
		return;
	if (inode->zla == VMFS_ZLA_PB || inode->zla == VMFS_ZLA_PB2)
		level = 1;
	else if (inode->zla == VMFS_ZLA_PB_DOUBLE)
		level = 2;
	for (i = 0; i < inode->num_slots; i++)
		use_block(&tally, inode->slots[i], level);
	if (!tally.is_whole)
		return;
	if (le64toh(inode->meta.num_blocks) > tally.blocks)
		note_short(fsck, inode, tally.blocks);
	else
		check_count(&tally, "blocks", le64toh(inode->meta.num_blocks), tally.blocks,
			    mend_blocks);
	check_count(&tally, "zero blocks", le32toh(inode->meta.tbz_lo) |
		    (uint64_t)le32toh(inode->meta.tbz_hi) << 32, tally.tbz, mend_tbz);
}

void fsck_file(struct fsck *fsck, uint32_t number)
{
	struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
	struct fsck_fd *fd = &fsck->fds[number];
	int err = vmfs_inode_read(&fsck->volume, fsck_fd_address(fsck, number), inode);

	fd->state = FD_IN_USE;
	if (err == VS_NOT_FOUND) {
		fd->state = FD_UNLINKED;
	} else if (err) {
		fd->state = FD_DAMAGED;
		fsck->is_uncertain = true;
		fsck->misses_names = true;	/* it may be a directory */
		fsck_damage(fsck, "%s", vs_error());
	} else {
		fd->type = inode->type;
		fd->generation = le32toh(inode->meta.generation);
		fd->nlink = le32toh(inode->meta.nlink);
		fd->is_dir = vmfs_is_dir(inode);
		if (fd->is_dir)
			fsck->dirs[fsck->num_dirs++] = number;
		/* How VMFS-6 counts blocks is not known. */
		if (fsck->volume.version < 6)
			check_blocks(fsck, inode);
	}
	free(inode);
}

void fsck_files(struct fsck *fsck)
{
	uint64_t total = fsck->volume.res[VMFS_FDC].at.total, number;

	for (number = 0; number < total; number++) {
		if (fsck_is_marked(fsck, VMFS_FDC, number))
			fsck_file(fsck, number);
		vs_progress(&fsck->progress, number, 2 * total);
	}
}
