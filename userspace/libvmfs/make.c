// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "make.h"

#define BLOCK_SHIFT		20u		/* newly made VMFS-5 always has 1 MiB */
#define SUB_BLOCK_SHIFT		13u
#define FIRST_BLOCK		4u		/* before it, descriptor and heartbeats: .vh.sf */
#define BLOCKS_PER_PE		((uint32_t)(VMFS_LVM_PE_SIZE >> BLOCK_SHIFT))
#define MAX_JOURNAL_SLOTS	8u
#define ZERO_CHUNK		(16ull << 20)
/* PEs that the known tables describe (§1.2): 16 TiB */
#define MAX_PES			(VMFS_LVM_MAX_MAPS * VMFS_LVM_PES_PER_MAP)

/* A resource file: what its clusters are like, and who it is */
static const struct kind {
	const char *name;
	uint32_t address;
	uint32_t magic;
	uint32_t per_cluster;
	uint32_t item_size;
} kinds[VMFS_RESOURCES] = {
	[VMFS_FBB] = { ".fbb.sf", VMFS_FD_FBB, VMFS_MAGIC_FB_CLUSTER, VMFS_FB_PER_CLUSTER, 0 },
	[VMFS_FDC] = { ".fdc.sf", VMFS_FD_FDC, VMFS_MAGIC_FD_CLUSTER, VMFS_FD_PER_CLUSTER,
			  VMFS_FD_SIZE },
	[VMFS_PBC] = { ".pbc.sf", VMFS_FD_PBC, VMFS_MAGIC_PB_CLUSTER, VMFS_PB_PER_CLUSTER,
			  VMFS_PB_SIZE },
	[VMFS_SBC] = { ".sbc.sf", VMFS_FD_SBC, VMFS_MAGIC_SB_CLUSTER, VMFS_SB_PER_CLUSTER,
			  1 << SUB_BLOCK_SHIFT },
	[VMFS_PB2] = { ".pb2.sf", VMFS_FD_PB2, VMFS_MAGIC_PB2_CLUSTER, VMFS_PB_PER_CLUSTER,
			   VMFS_PB_SIZE },
};

/* The order of their blocks, the root's and .sdd.sf's aside */
static const enum vmfs_resource_kind block_order[] = {
	VMFS_FDC, VMFS_FBB, VMFS_PBC, VMFS_SBC, VMFS_PB2,
};

/* A file system being made */
struct maker {
	const struct vmfs_make *make;
	const struct vmfs_make_plan *plan;
	struct vmfs_lv lv;
	uint64_t done, total;		/* cluster groups to write, chunks to zero */
};

static uint32_t clamp(uint64_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : value;
}

static uint32_t per_group(const struct kind *kind)
{
	return kind->per_cluster * VMFS_CLUSTERS_PER_GROUP;
}

static uint64_t group_size(const struct kind *kind)
{
	return VMFS_CLUSTERS_PER_GROUP * VMFS_CLUSTER_SIZE +
	       (uint64_t)per_group(kind) * kind->item_size;
}

static uint32_t num_groups(const struct kind *kind, uint32_t items)
{
	return (items + per_group(kind) - 1) / per_group(kind);
}

/* Up to the end of the last item (§6) */
static uint64_t file_length(const struct kind *kind, uint32_t items)
{
	uint32_t groups = num_groups(kind, items), last = items - (groups - 1) * per_group(kind);

	return VMFS_CG_OFFSET + (groups - 1) * group_size(kind) +
	       VMFS_CLUSTERS_PER_GROUP * VMFS_CLUSTER_SIZE + (uint64_t)last * kind->item_size;
}

static int plan_device(const struct vmfs_make *make, struct vmfs_make_plan *plan,
		       unsigned int index)
{
	const struct vmfs_dev *dev = &make->devs[index];
	uint64_t pes;

	if (dev->size < VMFS_LVM_DATA_OFFSET + VMFS_LVM_PE_SIZE)
		return vs_fail(VS_REFUSED,
			       "%s has %" PRIu64 " MiB: an extent needs at least %" PRIu64 " MiB",
			       dev->name, dev->size >> 20,
			       (uint64_t)(VMFS_LVM_DATA_OFFSET + VMFS_LVM_PE_SIZE) >> 20);
	/* Hosts lock sectors of 512 bytes one by one. */
	if (dev->sector_size > VMFS_SECTOR)
		return vs_fail(VS_REFUSED, "%s has sectors of %u bytes: VMFS-5 needs sectors of %u",
			       dev->name, dev->sector_size, VMFS_SECTOR);
	pes = (dev->size - VMFS_LVM_DATA_OFFSET) / VMFS_LVM_PE_SIZE;
	if (pes > MAX_PES)
		plan->unused[index] = (pes - MAX_PES) * VMFS_LVM_PE_SIZE;
	plan->pes[index] = pes < MAX_PES ? pes : MAX_PES;
	plan->total_pes += plan->pes[index];
	return VS_OK;
}

/*
 * As many as ESXi has on volumes of 256 MiB and 500 GB, in proportion between
 * them.  More file descriptors would not fit into the 256 blocks that a file
 * has without pointer blocks, which not every reader understands in .fdc.sf.
 */
static void plan_items(struct vmfs_make_plan *plan)
{
	plan->files[VMFS_FBB].items = plan->blocks;
	plan->files[VMFS_FDC].items = clamp(plan->blocks / 4, 64, 63 * 2048);
	plan->files[VMFS_SBC].items = clamp(plan->blocks, 256, 32000);
	plan->files[VMFS_PBC].items = clamp(plan->blocks / 8, 64, 63 * 1024);
	plan->files[VMFS_PB2].items = clamp(plan->blocks / 2000, 1, 256);
}

/* Where they are: as on a volume of ESXi, as long as .fdc.sf has one block. */
static void plan_blocks(struct vmfs_make_plan *plan)
{
	struct vmfs_make_file *file;
	uint32_t next = FIRST_BLOCK;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(block_order); i++) {
		file = &plan->files[block_order[i]];
		file->length = file_length(&kinds[block_order[i]], file->items);
		file->num_blocks = (file->length + (1 << BLOCK_SHIFT) - 1) >> BLOCK_SHIFT;
		if (block_order[i] == VMFS_FDC)
			file->length = (uint64_t)file->num_blocks << BLOCK_SHIFT;
		file->first_block = next;
		next += file->num_blocks;
		if (block_order[i] == VMFS_FDC)
			plan->root_block = next++;
	}
	plan->sdd_block = next++;
	plan->used = next;
}

int vmfs_make_plan(const struct vmfs_make *make, struct vmfs_make_plan *plan)
{
	unsigned int i;
	int err = VS_OK;

	memset(plan, 0, sizeof(*plan));
	if (!make->num_devs || make->num_devs > VMFS_MAX_EXTENTS)
		return vs_fail(VS_USAGE, "a volume has 1 to %u extents, not %u", VMFS_MAX_EXTENTS,
			       make->num_devs);
	if (strlen(make->label) >= VMFS_LABEL_SIZE)
		return vs_fail(VS_USAGE, "the label has %zu bytes: %u are the limit",
			       strlen(make->label), VMFS_LABEL_SIZE - 1);
	for (i = 0; make->label[i]; i++)
		if ((unsigned char)make->label[i] < ' ' || make->label[i] == 0x7f)
			return vs_fail(VS_USAGE, "the label has a control character (byte %u)",
				       i + 1);
	for (i = 0; !err && i < make->num_devs; i++)
		err = plan_device(make, plan, i);
	if (err)
		return err;
	if (plan->total_pes > VMFS_FB_MAX_BLOCKS / BLOCKS_PER_PE)
		return vs_fail(VS_REFUSED, "the devices have %u GiB together: 64 TiB are the limit of VMFS-5",
			       plan->total_pes / 4);
	plan->blocks = plan->total_pes * BLOCKS_PER_PE;
	plan_items(plan);
	plan_blocks(plan);
	return VS_OK;
}

static void report(struct maker *maker, uint64_t more)
{
	const struct vmfs_progress *progress = maker->make->progress;

	maker->done += more;
	if (progress)
		progress->fn(progress->data, maker->done, maker->total);
}

static void init_lock(struct vmfs_lock *lock, uint32_t magic, uint64_t offset)
{
	*lock = (struct vmfs_lock){
		.magic = htole32(magic),
		.offset = htole64(offset),
		.token = htole64(1),
	};
}

/* Items @from of the file to the end of their cluster; the first @used are taken. */
static void init_cluster(struct vmfs_cluster *cluster, const struct kind *kind, uint64_t offset,
			 uint32_t number, uint32_t items, uint32_t used)
{
	uint32_t from = number * kind->per_cluster, i, total = kind->per_cluster, taken = 0;

	if (items - from < total)
		total = items - from;
	memset(cluster, 0, sizeof(*cluster));
	init_lock(&cluster->lock, kind->magic, offset);
	for (i = 0; i < total; i++) {
		if (from + i < used)
			taken++;
		else
			cluster->meta.bitmap[i / 8] |= 1 << i % 8;
	}
	cluster->meta.cluster = htole32(number);
	cluster->meta.total = htole32(total);
	cluster->meta.free = htole32(total - taken);
	cluster->meta.first_free = htole32(taken < total ? taken : 0);
}

static int write_resource(struct maker *maker, enum vmfs_resource_kind which)
{
	const struct vmfs_make_file *file = &maker->plan->files[which];
	const size_t size = VMFS_CLUSTERS_PER_GROUP * VMFS_CLUSTER_SIZE;
	const struct kind *kind = &kinds[which];
	uint64_t base = (uint64_t)file->first_block << BLOCK_SHIFT, at;
	uint32_t used = which == VMFS_FBB ? maker->plan->used :
			which == VMFS_FDC ? VMFS_NUM_SYSTEM_FDS :
			which == VMFS_PB2 && maker->plan->files[VMFS_FBB].num_blocks >
						 VMFS_FD_SLOTS ? 1 : 0;
	uint32_t groups = num_groups(kind, file->items), group, i, number;
	struct vmfs_cluster *clusters = vs_malloc(size);
	struct vmfs_resource_header header = {
		.items_per_cluster = htole32(kind->per_cluster),
		.clusters_per_group = htole32(VMFS_CLUSTERS_PER_GROUP),
		.cg_offset = htole32(VMFS_CG_OFFSET),
		.item_size = htole32(kind->item_size),
		.cg_size = htole32(group_size(kind)),
		.total_items_lo = htole32(file->items),
		.num_groups = htole32(groups),
	};
	int err = vmfs_lv_write(&maker->lv, base, &header, sizeof(header));

	for (group = 0; !err && group < groups; group++) {
		at = base + VMFS_CG_OFFSET + group * group_size(kind);
		memset(clusters, 0, size);
		for (i = 0; i < VMFS_CLUSTERS_PER_GROUP; i++) {
			number = group * VMFS_CLUSTERS_PER_GROUP + i;
			if ((uint64_t)number * kind->per_cluster < file->items)
				init_cluster(&clusters[i], kind, at + i * VMFS_CLUSTER_SIZE, number,
					     file->items, used);
		}
		err = vmfs_lv_write(&maker->lv, at, clusters, size);
		report(maker, 1);
	}
	free(clusters);
	return err;
}

/* LV offset of a system file's descriptor */
static uint64_t fd_offset(uint32_t address)
{
	return ((uint64_t)FIRST_BLOCK << BLOCK_SHIFT) + VMFS_CG_OFFSET +
	       VMFS_CLUSTERS_PER_GROUP * VMFS_CLUSTER_SIZE + vmfs_fd_item(address) * VMFS_FD_SIZE;
}

/* More blocks than fit into the file descriptor go into one block of .pb2.sf: item 0. */
static int place_blocks(struct maker *maker, struct vmfs_fd *fd, uint32_t first, uint32_t count)
{
	const struct vmfs_make_file *pb2 = &maker->plan->files[VMFS_PB2];
	__le32 entries[VMFS_PB_SLOTS] = {};
	uint32_t i;

	fd->meta.num_blocks = htole64(count);
	fd->meta.new_lo = htole32(count);
	fd->meta.zla = htole32(VMFS_ZLA_FB);
	if (count <= VMFS_FD_SLOTS) {
		for (i = 0; i < count; i++)
			fd->addresses[i] = htole32(vmfs_fb_address(first + i));
		return VS_OK;
	}
	for (i = 0; i < count; i++)
		entries[i] = htole32(vmfs_fb_address(first + i));
	fd->meta.zla = htole32(VMFS_ZLA_PB2);
	fd->meta.num_pbs = htole32(1);
	fd->addresses[0] = htole32(vmfs_pb_address(VMFS_ADDR_PB2, 0, 0));
	return vmfs_lv_write(&maker->lv, ((uint64_t)pb2->first_block << BLOCK_SHIFT) +
			     VMFS_CG_OFFSET + VMFS_CLUSTERS_PER_GROUP * VMFS_CLUSTER_SIZE, entries,
			     sizeof(entries));
}

/* A file descriptor in cluster 0, of @count blocks from @first on */
static int write_fd(struct maker *maker, uint32_t address, uint32_t mode, uint64_t length,
		    uint32_t first, uint32_t count)
{
	bool is_root = address == VMFS_FD_ROOT, is_dir = is_root || address == VMFS_FD_SDD;
	struct vmfs_fd fd = {};
	int err;

	init_lock(&fd.lock, VMFS_MAGIC_FD, fd_offset(address));
	fd.meta.address = htole32(address);
	fd.meta.generation = htole32(1);
	/* The root is named by ".", ".." and the ".." of .sdd.sf. */
	fd.meta.nlink = htole32(is_root ? 3 : is_dir ? 2 : 1);
	fd.meta.type = htole32(is_root ? VMFS_TYPE_DIR : VMFS_TYPE_SYSTEM);
	fd.meta.length = htole64(length);
	fd.meta.block_size = htole64(1 << BLOCK_SHIFT);
	fd.meta.mtime = htole32(maker->make->time);
	fd.meta.ctime = fd.meta.mtime;
	fd.meta.atime = fd.meta.mtime;
	fd.meta.mode = htole32(mode);
	fd.meta.affinity = htole32(address);
	fd.meta.tbz_shift = htole32(BLOCK_SHIFT);
	fd.meta.block_shift = BLOCK_SHIFT;
	err = place_blocks(maker, &fd, first, count);
	return err ? err : vmfs_lv_write(&maker->lv, fd_offset(address), &fd, sizeof(fd));
}

static void init_entry(struct vmfs_dirent *entry, uint32_t type, uint32_t address, const char *name)
{
	memset(entry, 0, sizeof(*entry));
	entry->type = htole32(type);
	entry->address = htole32(address);
	entry->generation = htole32(1);
	memcpy(entry->name, name, strlen(name));
}

/* The root, and .sdd.sf in it */
static int write_directories(struct maker *maker)
{
	static const uint32_t system[] = {
		VMFS_FD_FBB, VMFS_FD_FDC, VMFS_FD_PBC, VMFS_FD_SBC, VMFS_FD_VH, VMFS_FD_PB2,
		VMFS_FD_SDD,
	};
	static const char *const names[] = {
		".fbb.sf", ".fdc.sf", ".pbc.sf", ".sbc.sf", ".vh.sf", ".pb2.sf", ".sdd.sf",
	};
	const struct vmfs_make_plan *plan = maker->plan;
	struct vmfs_dirent root[2 + ARRAY_SIZE(system)], sdd[2];
	unsigned int i;
	int err;

	init_entry(&root[0], VMFS_TYPE_DIR, VMFS_FD_ROOT, ".");
	init_entry(&root[1], VMFS_TYPE_DIR, VMFS_FD_ROOT, "..");
	for (i = 0; i < ARRAY_SIZE(system); i++)
		init_entry(&root[2 + i], VMFS_TYPE_SYSTEM, system[i], names[i]);
	init_entry(&sdd[0], VMFS_TYPE_SYSTEM, VMFS_FD_SDD, ".");
	init_entry(&sdd[1], VMFS_TYPE_DIR, VMFS_FD_ROOT, "..");
	err = vmfs_lv_write(&maker->lv, (uint64_t)plan->root_block << BLOCK_SHIFT, root,
			    sizeof(root));
	if (!err)
		err = vmfs_lv_write(&maker->lv, (uint64_t)plan->sdd_block << BLOCK_SHIFT, sdd,
				    sizeof(sdd));
	if (!err)
		err = write_fd(maker, VMFS_FD_ROOT, 01755, sizeof(root), plan->root_block, 1);
	if (!err)
		err = write_fd(maker, VMFS_FD_SDD, 040700, sizeof(sdd), plan->sdd_block, 1);
	return err;
}

static int write_files(struct maker *maker)
{
	const struct vmfs_make_file *file;
	unsigned int i;
	int err = VS_OK;

	for (i = 0; !err && i < ARRAY_SIZE(block_order); i++) {
		file = &maker->plan->files[block_order[i]];
		err = write_resource(maker, block_order[i]);
		if (!err)
			err = write_fd(maker, kinds[block_order[i]].address, 0400, file->length,
				       file->first_block, file->num_blocks);
	}
	if (!err)
		err = write_fd(maker, VMFS_FD_VH, 0400, (uint64_t)FIRST_BLOCK << BLOCK_SHIFT, 0,
			       FIRST_BLOCK);
	return err;
}

/* Zero the blocks of system files: a stale file descriptor would be valid. */
static int zero_system(struct maker *maker)
{
	uint64_t end = (uint64_t)maker->plan->used << BLOCK_SHIFT, at, len;
	int err = VS_OK;

	for (at = 0; !err && at < end; at += len) {
		len = end - at < ZERO_CHUNK ? end - at : ZERO_CHUNK;
		err = vmfs_lv_zero(&maker->lv, at, len);
		report(maker, 1);
	}
	return err;
}

static int write_heartbeats(struct maker *maker)
{
	const size_t size = VMFS_HB_SLOTS * sizeof(struct vmfs_heartbeat);
	struct vmfs_heartbeat *slots = vs_malloc(size);
	unsigned int i;
	int err;

	memset(slots, 0, size);
	for (i = 0; i < VMFS_HB_SLOTS; i++) {
		slots[i].state = htole32(VMFS_HB_FREE);
		slots[i].offset = htole64(VMFS_HB_OFFSET + i * sizeof(*slots));
	}
	err = vmfs_lv_write(&maker->lv, VMFS_HB_OFFSET, slots, size);
	free(slots);
	return err;
}

static int write_descriptor(struct maker *maker, const struct vmfs_uuid *lv_uuid)
{
	struct vmfs_fs_descriptor fs = {
		.magic = htole32(VMFS_FS_MAGIC),
		.major = htole32(VMFS5_FS_MAJOR),
		.minor = VMFS5_FS_MINOR,
		.config = htole32(VMFS_CONFIG_ALWAYS | VMFS_CONFIG_DENSE_SB),
		.block_size = htole32(VMFS_SECTOR),
		.file_block_size = htole64(1 << BLOCK_SHIFT),
		.creation_time = htole32(maker->make->time),
		.snapshot_id = htole32(1),
		.lv_uuid = *lv_uuid,
		.lv_snapshot_id = htole32(1),
		.fdc_cg_offset = htole32(VMFS_CG_OFFSET),
		.fdc_clusters_per_group = htole32(VMFS_CLUSTERS_PER_GROUP),
		.sub_block_size = htole32(1 << SUB_BLOCK_SHIFT),
		.max_journal_slots = htole32(MAX_JOURNAL_SLOTS),
		.pb2_offset = htole64(fd_offset(VMFS_FD_PB2)),
		.pb2_address = htole32(VMFS_FD_PB2),
		.formatted_by = maker->make->host,
		.generation = htole64(1),
		.sdd_offset = htole64(fd_offset(VMFS_FD_SDD)),
		.sdd_address = htole32(VMFS_FD_SDD),
	};
	int err = vmfs_new_uuid(&fs.uuid, maker->make->time);

	memcpy(fs.label, maker->make->label, strlen(maker->make->label));
	return err ? err : vmfs_lv_write(&maker->lv, VMFS_FS_OFFSET, &fs, sizeof(fs));
}

int vmfs_make(const struct vmfs_make *make, const struct vmfs_make_plan *plan)
{
	struct maker maker = { .make = make, .plan = plan };
	struct vmfs_uuid uuid;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(block_order); i++)
		maker.total += num_groups(&kinds[i], plan->files[i].items);
	maker.total += ((uint64_t)plan->used << BLOCK_SHIFT) / ZERO_CHUNK + 1;
	err = vmfs_new_uuid(&uuid, make->time);
	if (!err)
		err = vmfs_make_lvm(make, plan, &uuid);
	if (!err)
		err = vmfs_lv_open(&maker.lv, make->devs, make->num_devs, false);
	if (err)
		return err;
	err = zero_system(&maker);
	if (!err)
		err = write_files(&maker);
	if (!err)
		err = write_directories(&maker);
	if (!err)
		err = write_heartbeats(&maker);
	/* Last: only this makes it a file system. */
	if (!err)
		err = vmfs_lv_sync(&maker.lv);
	if (!err)
		err = write_descriptor(&maker, &uuid);
	if (!err)
		err = vmfs_lv_sync(&maker.lv);
	vmfs_lv_close(&maker.lv);
	return err;
}
