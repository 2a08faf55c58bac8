// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "lv.h"
#include "probe.h"

void vmfs_uuid_text(const struct vmfs_uuid *uuid, char text[VMFS_UUID_TEXT_LEN + 1])
{
	snprintf(text, VMFS_UUID_TEXT_LEN + 1, "%08x-%08x-%04x-%02x%02x%02x%02x%02x%02x",
		 le32toh(uuid->time_lo), le32toh(uuid->time_hi), le16toh(uuid->random),
		 uuid->mac[0], uuid->mac[1], uuid->mac[2], uuid->mac[3], uuid->mac[4],
		 uuid->mac[5]);
}

static int add_run(struct vmfs_extent *extent, const struct vmfs_run *run)
{
	struct vmfs_run *last = extent->num_runs ? &extent->runs[extent->num_runs - 1] : NULL;
	struct vmfs_run *grown;

	if (!run->length || run->length > extent->dev->size ||
	    run->physical > extent->dev->size - run->length ||
	    run->logical + run->length < run->logical)
		return vs_fail(VS_REFUSED,
			       "%s: a physical extent of %" PRIu64 " bytes at 0x%" PRIx64
			       " is not within the device, which has %" PRIu64 " bytes",
			       extent->dev->name, run->length, run->physical, extent->dev->size);
	extent->length += run->length;
	if (last && last->logical + last->length != run->logical)
		return vs_fail(VS_REFUSED,
			       "%s: physical extents are out of order at LV offset 0x%" PRIx64,
			       extent->dev->name, run->logical);
	if (last && last->physical + last->length == run->physical) {
		last->length += run->length;
		return VS_OK;
	}
	grown = realloc(extent->runs, (extent->num_runs + 1) * sizeof(*grown));
	if (!grown)
		return vs_fail(VS_REFUSED, "%s: out of memory", extent->dev->name);
	extent->runs = grown;
	grown[extent->num_runs++] = *run;
	return VS_OK;
}

/* VMFS-3/5: PEs follow each other, whatever the table says (§1.5). */
static int find_plain_run(struct vmfs_extent *extent)
{
	uint64_t first = le64toh(extent->volume.first_pe), last = le64toh(extent->volume.last_pe);
	struct vmfs_run run;

	if (first > last || last >= UINT64_MAX / VMFS_LVM_PE_SIZE / 2)
		return vs_fail(VS_REFUSED, "%s: it has the PEs %" PRIu64 " to %" PRIu64,
			       extent->dev->name, first, last);
	run.logical = first * VMFS_LVM_PE_SIZE;
	run.physical = le64toh(extent->header.data_offset);
	run.length = (last - first + 1) * VMFS_LVM_PE_SIZE;
	return add_run(extent, &run);
}

static int find_table_runs(struct vmfs_extent *extent)
{
	uint32_t align = le32toh(extent->header.md_alignment), i;
	uint32_t count = le32toh(extent->header.num_pes);
	struct vmfs_lvm_pe pe;
	struct vmfs_run run;
	int err = VS_OK;

	if (align < VMFS_SECTOR || align > 0x10000 || align & (align - 1))
		return vs_fail(VS_REFUSED, "%s: the metadata alignment is %u", extent->dev->name,
			       align);
	if (!count || count > VMFS_LVM_PES_PER_MAP)
		return vs_fail(VS_REFUSED, "%s: it has %u PEs", extent->dev->name, count);
	for (i = 0; !err && i < count; i++) {
		err = vmfs_dev_read(extent->dev, VMFS6_LVM_PES_OFFSET(align) + i * sizeof(pe), &pe,
				    sizeof(pe));
		run.logical = le64toh(pe.logical);
		run.physical = le64toh(pe.physical);
		run.length = le64toh(pe.length);
		if (!err && pe.used)
			err = add_run(extent, &run);
	}
	return err;
}

static int check_header(const struct vmfs_extent *extent, unsigned int *major)
{
	const struct vmfs_lvm_header *header = &extent->header;
	unsigned int partition;

	if (le32toh(header->magic) != VMFS_LVM_MAGIC) {
		partition = vmfs_find_partition(extent->dev);
		if (partition)
			return vs_fail(VS_REFUSED,
				       "%s is a disk with partitions: partition %u holds a VMFS volume, name that",
				       extent->dev->name, partition);
		return vs_fail(VS_REFUSED, "%s holds no VMFS volume (at 0x%" PRIx64
			       " there is 0x%08x, not 0x%08x)", extent->dev->name,
			       (uint64_t)VMFS_LVM_OFFSET, le32toh(header->magic), VMFS_LVM_MAGIC);
	}
	*major = le32toh(header->major);
	if (*major != 3 && *major != 5 && *major != 6)
		return vs_fail(VS_REFUSED, "%s: LVM version %u is unknown", extent->dev->name,
			       *major);
	return VS_OK;
}

static int open_extent(struct vmfs_extent *extent, const struct vmfs_dev *dev, unsigned int *major)
{
	uint64_t volumes = VMFS_LVM_VOLUMES_OFFSET;
	int err;

	*extent = (struct vmfs_extent){ .dev = dev };
	err = vmfs_dev_read(dev, VMFS_LVM_OFFSET, &extent->header, sizeof(extent->header));
	if (!err)
		err = check_header(extent, major);
	if (err)
		return err;
	if (*major == 6)
		volumes = VMFS6_LVM_VOLUMES_OFFSET((uint64_t)le32toh(extent->header.md_alignment));
	err = vmfs_dev_read(dev, volumes, &extent->volume, sizeof(extent->volume));
	if (err)
		return err;
	if (le32toh(extent->volume.state) != VMFS_LVM_STATE_NORMAL)
		return vs_fail(VS_REFUSED, "%s: the volume is in state %u: a change of its signature is under way",
			       dev->name, le32toh(extent->volume.state));
	err = *major == 6 ? find_table_runs(extent) : find_plain_run(extent);
	if (!err && !extent->num_runs)
		err = vs_fail(VS_REFUSED, "%s: no PE is in use", dev->name);
	if (!err)
		extent->first = extent->runs[0].logical;
	return err;
}

static int by_first(const void *a, const void *b)
{
	const struct vmfs_extent *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* A crash while the volume grew leaves extents with the generation before the newest. */
static int check_same_volume(const struct vmfs_extent *a, const struct vmfs_extent *b)
{
	uint64_t newer = le64toh(a->volume.generation), older = le64toh(b->volume.generation);
	char ours[VMFS_UUID_TEXT_LEN + 1], theirs[VMFS_UUID_TEXT_LEN + 1];

	if (a->header.major != b->header.major ||
	    memcmp(&a->volume.uuid, &b->volume.uuid, sizeof(a->volume.uuid))) {
		vmfs_uuid_text(&a->volume.uuid, ours);
		vmfs_uuid_text(&b->volume.uuid, theirs);
		return vs_fail(VS_REFUSED, "%s is of volume %s, %s of volume %s", a->dev->name,
			       ours, b->dev->name, theirs);
	}
	if (newer - older <= 1)
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s has generation %" PRIu64 " of the volume, %s has %" PRIu64,
		       a->dev->name, newer, b->dev->name, older);
}

static const struct vmfs_extent *find_newest(const struct vmfs_lv *lv)
{
	const struct vmfs_extent *newest = lv->extents;
	unsigned int i;

	for (i = 1; i < lv->count; i++)
		if (le64toh(lv->extents[i].volume.generation) >
		    le64toh(newest->volume.generation))
			newest = &lv->extents[i];
	return newest;
}

/* In order, without a hole or an overlap, and all there. */
static int check_tiling(struct vmfs_lv *lv, bool partial)
{
	const struct vmfs_extent *newest;
	uint32_t devices;
	unsigned int i;
	int err;

	qsort(lv->extents, lv->count, sizeof(lv->extents[0]), by_first);
	newest = find_newest(lv);
	devices = le32toh(newest->volume.num_devices);
	for (i = 0; i < lv->count; i++) {
		struct vmfs_extent *extent = &lv->extents[i];

		err = check_same_volume(newest, extent);
		if (err)
			return err;
		if (extent->first < lv->size)
			return vs_fail(VS_REFUSED, "%s and %s hold the same part of the volume",
				       lv->extents[i - 1].dev->name, extent->dev->name);
		if (extent->first > lv->size && !partial)
			return vs_fail(VS_REFUSED, "an extent is missing: nothing holds the volume from 0x%"
				       PRIx64 " to 0x%" PRIx64, lv->size, extent->first);
		lv->size = extent->first + extent->length;
	}
	if (!devices || devices > VMFS_MAX_EXTENTS)
		return vs_fail(VS_REFUSED, "%s: the volume has %u extents: 1 to %u are possible",
			       lv->extents[0].dev->name, devices, VMFS_MAX_EXTENTS);
	if (lv->count > devices || (lv->count < devices && !partial))
		return vs_fail(VS_REFUSED, "%s: the volume has %u extents, %u given: name all devices of it",
			       lv->extents[0].dev->name, devices, lv->count);
	lv->missing = devices - lv->count;
	return VS_OK;
}

int vmfs_lv_open(struct vmfs_lv *lv, const struct vmfs_dev *devs, unsigned int count, bool partial)
{
	int err = VS_OK;

	memset(lv, 0, sizeof(*lv));
	if (!count || count > VMFS_MAX_EXTENTS)
		return vs_fail(VS_USAGE, "a volume has 1 to %u extents, not %u", VMFS_MAX_EXTENTS,
			       count);
	while (!err && lv->count < count) {
		err = open_extent(&lv->extents[lv->count], &devs[lv->count], &lv->major);
		lv->count++;
	}
	if (!err)
		err = check_tiling(lv, partial);
	if (err)
		vmfs_lv_close(lv);
	return err;
}

void vmfs_lv_close(struct vmfs_lv *lv)
{
	unsigned int i;

	for (i = 0; i < lv->count; i++)
		free(lv->extents[i].runs);
	free(lv->patches);
	lv->patches = NULL;
	lv->num_patches = 0;
	lv->count = 0;
}

static const struct vmfs_extent *find_extent(const struct vmfs_lv *lv, uint64_t offset)
{
	unsigned int i;

	for (i = 0; i < lv->count; i++)
		if (offset >= lv->extents[i].first &&
		    offset - lv->extents[i].first < lv->extents[i].length)
			return &lv->extents[i];
	return NULL;
}

/* Where the byte at @offset is, and how many follow it there, up to @len. */
static int locate(const struct vmfs_lv *lv, uint64_t offset, uint64_t len,
		  const struct vmfs_dev **dev, uint64_t *physical, uint64_t *part)
{
	const struct vmfs_extent *extent = find_extent(lv, offset);
	const struct vmfs_run *run;

	if (!extent)
		return vs_fail(VS_REFUSED, "LV offset 0x%" PRIx64 " is %s", offset,
			       offset < lv->size ? "on an extent that is missing" :
			       "past the end of the volume");
	for (run = extent->runs; offset - run->logical >= run->length; run++)
		;
	*dev = extent->dev;
	*physical = run->physical + (offset - run->logical);
	*part = run->length - (offset - run->logical);
	if (*part > len)
		*part = len;
	return VS_OK;
}

static void apply_patches(const struct vmfs_lv *lv, uint64_t offset, uint8_t *buf, uint64_t len)
{
	size_t i;

	for (i = 0; i < lv->num_patches; i++) {
		const struct vmfs_patch *patch = &lv->patches[i];
		uint64_t from = offset > patch->offset ? offset : patch->offset;
		uint64_t end = offset + len, patch_end = patch->offset + patch->len;

		if (end > patch_end)
			end = patch_end;
		if (from < end)
			memcpy(buf + (from - offset), patch->data + (from - patch->offset),
			       end - from);
	}
}

int vmfs_lv_read(const struct vmfs_lv *lv, uint64_t offset, void *buf, size_t len)
{
	const struct vmfs_dev *dev;
	uint64_t physical, part;
	uint8_t *to = buf;
	int err = VS_OK;

	for (; !err && len; offset += part, to += part, len -= part) {
		err = locate(lv, offset, len, &dev, &physical, &part);
		if (err)
			return err;
		err = vmfs_dev_read(dev, physical, to, part);
		if (!err)
			apply_patches(lv, offset, to, part);
	}
	return err;
}

int vmfs_lv_write(const struct vmfs_lv *lv, uint64_t offset, const void *buf, size_t len)
{
	const struct vmfs_dev *dev;
	uint64_t physical, part;
	const uint8_t *from = buf;
	int err = VS_OK;

	for (; !err && len; offset += part, from += part, len -= part) {
		err = locate(lv, offset, len, &dev, &physical, &part);
		if (err)
			return err;
		err = vmfs_dev_write(dev, physical, from, part);
	}
	return err;
}

int vmfs_lv_zero(const struct vmfs_lv *lv, uint64_t offset, uint64_t len)
{
	const struct vmfs_dev *dev;
	uint64_t physical, part;
	int err = VS_OK;

	for (; !err && len; offset += part, len -= part) {
		err = locate(lv, offset, len, &dev, &physical, &part);
		if (err)
			return err;
		err = vmfs_dev_zero(dev, physical, part);
	}
	return err;
}

int vmfs_lv_sync(const struct vmfs_lv *lv)
{
	unsigned int i;
	int err = VS_OK;

	for (i = 0; !err && i < lv->count; i++)
		err = vmfs_dev_sync(lv->extents[i].dev);
	return err;
}
