// SPDX-License-Identifier: GPL-2.0
/* Resource clusters: their metadata, and bitmaps against the items in use */
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "fsck.h"

static const uint8_t *bitmap_of(const struct fsck *fsck, const struct vmfs_res_cluster *cluster)
{
	return cluster->raw + cluster->md +
	       (fsck->volume.version == 6 ? offsetof(struct vmfs6_cluster_meta, bitmap) :
		offsetof(struct vmfs_cluster_meta, bitmap));
}

bool fsck_is_marked(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number)
{
	struct vmfs_resource *res = &fsck->volume.res[kind];
	uint64_t cluster = number / res->at.per_cluster, item = number % res->at.per_cluster;

	if (!fsck->last.is_loaded || fsck->last.kind != kind || fsck->last.number != cluster) {
		fsck->last.is_good = !vmfs_resource_cluster(res, cluster, &fsck->last.disk);
		fsck->last.kind = kind;
		fsck->last.number = cluster;
		fsck->last.is_loaded = true;
	}
	return fsck->last.is_good && !(bitmap_of(fsck, &fsck->last.disk)[item / 8] >> item % 8 & 1);
}

/* "cluster 3 of .fbb.sf at LV offset 0x..."; static */
static const char *describe(const struct vmfs_resource *res, uint64_t number,
			    const struct vmfs_res_cluster *cluster)
{
	static char text[96];

	snprintf(text, sizeof(text), "cluster %" PRIu64 " of %s at LV offset 0x%" PRIx64, number,
		 res->name, cluster->offset);
	return text;
}

static const char *item_name(enum vmfs_resource_kind kind)
{
	static const char *const names[VMFS_RESOURCES] = {
		[VMFS_FBB] = "file block", [VMFS_FDC] = "file descriptor",
		[VMFS_PBC] = "pointer block", [VMFS_SBC] = "sub-block",
		[VMFS_PB2] = "secondary pointer block",
	};

	return names[kind];
}

static bool is_used(const struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number)
{
	if (kind == VMFS_FDC)
		return fsck->fds[number].state == FD_IN_USE ||
		       fsck->fds[number].state == FD_DAMAGED;
	return fsck->used[kind][number / 8] >> number % 8 & 1;
}

static bool is_gone(const struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number)
{
	return kind == VMFS_FBB && fsck->gone[number / 8] >> number % 8 & 1;
}

void fsck_count_lost(struct fsck *fsck)
{
	unsigned int kind;
	uint64_t i;

	for (kind = 0; fsck->volume.version < 6 && kind < VMFS_RESOURCES; kind++)
		for (i = 0; i < fsck->volume.res[kind].at.total; i++)
			fsck->lost += !is_used(fsck, kind, i) && !is_gone(fsck, kind, i) &&
				      fsck_is_marked(fsck, kind, i);
}

/* An item without references: true if it becomes free */
static bool check_lost(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t number,
		       const char *what, uint32_t item)
{
	if (is_gone(fsck, kind, number))
		return fsck_problem(fsck, "%s: %s %u was the journal of a host that is gone", what,
				    item_name(kind), item);
	if (fsck->is_uncertain) {
		fsck_damage(fsck, "%s: %s %u is marked as in use, perhaps by what could not be read",
			    what, item_name(kind), item);
		return false;
	}
	/* It only costs space: no reason to stop a boot. */
	if (fsck->mode == FSCK_PREEN) {
		fsck_remark(fsck, "%s: %s %u is marked as in use, and lost: -y frees it", what,
			    item_name(kind), item);
		return false;
	}
	return fsck_loss(fsck, "%s: %s %u is marked as in use, and lost", what, item_name(kind),
			 item);
}

/* One item: true if its bit has to change */
static bool check_item(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t cluster,
		       const struct vmfs_res_cluster *disk, uint32_t item)
{
	struct vmfs_resource *res = &fsck->volume.res[kind];
	const char *what;
	bool is_free = bitmap_of(fsck, disk)[item / 8] >> item % 8 & 1;
	uint64_t number = cluster * res->at.per_cluster + item;
	bool used = is_used(fsck, kind, number);

	if (is_free != used)
		return false;
	what = describe(res, cluster, disk);
	if (used)
		return fsck_problem(fsck, "%s: %s %u is marked as free, and in use", what,
				    item_name(kind), item);
	return check_lost(fsck, kind, number, what, item);
}

static int write_meta(struct fsck *fsck, const struct vmfs_res_cluster *disk)
{
	fsck->last.is_loaded = false;
	return vmfs_lv_write(&fsck->lv, disk->offset + VMFS_SECTOR, disk->raw + VMFS_SECTOR,
			     sizeof(struct vmfs_cluster_meta));
}

static void check_bits(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t cluster,
		       struct vmfs_res_cluster *disk)
{
	struct vmfs_cluster_meta *meta = &((struct vmfs_cluster *)disk->raw)->meta;
	uint32_t items = vmfs_resource_items(&fsck->volume.res[kind], cluster), item;

	for (item = 0; item < items; item++) {
		if (!check_item(fsck, kind, cluster, disk, item))
			continue;
		meta->bitmap[item / 8] ^= 1 << item % 8;
		/* This changes its count; a count that was wrong before is reported below. */
		if (meta->bitmap[item / 8] >> item % 8 & 1)
			meta->free = htole32(le32toh(meta->free) + 1);
		else
			meta->free = htole32(le32toh(meta->free) - 1);
		fsck_fixed(fsck, write_meta(fsck, disk));
	}
}

/* Metadata of VMFS-6 has the same things elsewhere. */
static void read_counts(const struct fsck *fsck, const struct vmfs_res_cluster *disk,
			uint64_t *number, uint32_t *total, uint32_t *free)
{
	struct vmfs_cluster_meta meta;
	struct vmfs6_cluster_meta meta6;

	if (fsck->volume.version == 6) {
		memcpy(&meta6, disk->raw + disk->md, sizeof(meta6));
		*number = le64toh(meta6.cluster);
		*total = le16toh(meta6.total);
		*free = le16toh(meta6.free);
		return;
	}
	memcpy(&meta, disk->raw + disk->md, sizeof(meta));
	*number = le32toh(meta.cluster);
	*total = le32toh(meta.total);
	*free = le32toh(meta.free);
}

static void check_counts(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t cluster,
			 struct vmfs_res_cluster *disk)
{
	struct vmfs_resource *res = &fsck->volume.res[kind];
	struct vmfs_cluster_meta *meta = &((struct vmfs_cluster *)disk->raw)->meta;
	uint32_t items = vmfs_resource_items(res, cluster), total, says, free = 0, i;
	const uint8_t *bitmap = bitmap_of(fsck, disk);
	uint64_t number;

	for (i = 0; i < items; i++)
		free += bitmap[i / 8] >> i % 8 & 1;
	read_counts(fsck, disk, &number, &total, &says);
	if (number != cluster &&
	    fsck_problem(fsck, "%s: it says that it is cluster %" PRIu64,
			 describe(res, cluster, disk), number)) {
		meta->cluster = htole32(cluster);
		fsck_fixed(fsck, write_meta(fsck, disk));
	}
	if (total != items &&
	    fsck_problem(fsck, "%s: it says that it has %u items, it has %u",
			 describe(res, cluster, disk), total, items)) {
		meta->total = htole32(items);
		fsck_fixed(fsck, write_meta(fsck, disk));
	}
	if (says != free &&
	    fsck_problem(fsck, "%s: it says that %u items are free, in its bitmap %u are",
			 describe(res, cluster, disk), says, free)) {
		meta->free = htole32(free);
		fsck_fixed(fsck, write_meta(fsck, disk));
	}
}

static void check_lock(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t cluster,
		       struct vmfs_res_cluster *disk)
{
	struct vmfs_lock *lock = (struct vmfs_lock *)disk->raw;

	if (le64toh(lock->offset) == disk->offset)
		return;
	if (!fsck_problem(fsck, "%s: its lock says that it is at 0x%" PRIx64,
			  describe(&fsck->volume.res[kind], cluster, disk),
			  (uint64_t)le64toh(lock->offset)))
		return;
	lock->offset = htole64(disk->offset);
	fsck_fixed(fsck, vmfs_lv_write(&fsck->lv, disk->offset, lock, sizeof(*lock)));
}

static void check_cluster(struct fsck *fsck, enum vmfs_resource_kind kind, uint64_t cluster)
{
	struct vmfs_res_cluster disk;

	if (vmfs_resource_cluster(&fsck->volume.res[kind], cluster, &disk)) {
		fsck_damage(fsck, "%s", vs_error());
		return;
	}
	check_lock(fsck, kind, cluster, &disk);
	/* VMFS-6: only file descriptors are checked one by one. */
	if (fsck->volume.version < 6)
		check_bits(fsck, kind, cluster, &disk);
	check_counts(fsck, kind, cluster, &disk);
}

void fsck_clusters(struct fsck *fsck)
{
	uint64_t total = 0, done = 0, cluster;
	unsigned int kind;

	for (kind = 0; kind < VMFS_RESOURCES; kind++)
		total += fsck->volume.res[kind].at.clusters;
	for (kind = 0; kind < VMFS_RESOURCES; kind++) {
		for (cluster = 0; cluster < fsck->volume.res[kind].at.clusters; cluster++) {
			check_cluster(fsck, kind, cluster);
			vs_progress(&fsck->progress, total + done++, 2 * total);
		}
	}
}
