// SPDX-License-Identifier: GPL-2.0
/* The tables of the extents against their headers (§1); VMFS-6 is read by its table. */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

#define MAP_SIZE	(VMFS_LVM_BITMAP_SIZE + VMFS_LVM_PES_PER_MAP * sizeof(struct vmfs_lvm_pe))

static void check_pe(struct fsck *fsck, const struct vmfs_extent *extent, uint64_t number,
		     const struct vmfs_lvm_pe *pe, bool is_marked)
{
	uint64_t logical = extent->first + number * VMFS_LVM_PE_SIZE;
	uint64_t physical = le64toh(extent->header.data_offset) + number * VMFS_LVM_PE_SIZE;

	if (pe->used == 1 && is_marked && le64toh(pe->logical) == logical &&
	    le64toh(pe->physical) == physical && le64toh(pe->length) == VMFS_LVM_PE_SIZE)
		return;
	fsck_damage(fsck, "%s: physical extent %" PRIu64
		    " in the table is not the one at 0x%" PRIx64, extent->dev->name, number,
		    physical);
}

static void check_map(struct fsck *fsck, const struct vmfs_extent *extent, uint64_t map,
		      uint64_t pes, uint8_t *raw)
{
	uint64_t first = map * VMFS_LVM_PES_PER_MAP, i;
	struct vmfs_lvm_pe pe;

	if (vmfs_dev_read(extent->dev, VMFS_LVM_BITMAP_OFFSET + map * MAP_SIZE, raw, MAP_SIZE)) {
		fsck_damage(fsck, "%s", vs_error());
		return;
	}
	for (i = 0; i < VMFS_LVM_PES_PER_MAP && first + i < pes; i++) {
		memcpy(&pe, raw + VMFS_LVM_BITMAP_SIZE + i * sizeof(pe), sizeof(pe));
		check_pe(fsck, extent, first + i, &pe, raw[i / 8] >> i % 8 & 1);
	}
}

static void check_extent(struct fsck *fsck, const struct vmfs_extent *extent)
{
	uint64_t pes = extent->length / VMFS_LVM_PE_SIZE, map;
	uint8_t *raw;

	if (le32toh(extent->volume.num_pes) != pes)
		fsck_damage(fsck, "%s: volume descriptor at 0x%" PRIx64 ": it has %u physical extents, not %"
			    PRIu64, extent->dev->name, (uint64_t)VMFS_LVM_VOLUMES_OFFSET,
			    le32toh(extent->volume.num_pes), pes);
	if (le32toh(extent->header.num_pes) != pes)
		fsck_damage(fsck, "%s: header at 0x%" PRIx64
			    ": it has %u physical extents, not %" PRIu64, extent->dev->name,
			    (uint64_t)VMFS_LVM_OFFSET, le32toh(extent->header.num_pes), pes);
	/* How a table continues after its eighth map is unknown. */
	raw = vs_malloc(MAP_SIZE);
	for (map = 0; map < VMFS_LVM_MAX_MAPS && map * VMFS_LVM_PES_PER_MAP < pes; map++)
		check_map(fsck, extent, map, pes, raw);
	free(raw);
}

void fsck_lvm(struct fsck *fsck)
{
	const struct vmfs_lvm_volume *volume = &fsck->lv.extents[0].volume;
	unsigned int i;

	if (le64toh(volume->size) != fsck->lv.size)
		fsck_damage(fsck, "volume descriptor at 0x%" PRIx64 ": the volume has %" PRIu64
			    " bytes, not %" PRIu64, (uint64_t)VMFS_LVM_VOLUMES_OFFSET,
			    fsck->lv.size, (uint64_t)le64toh(volume->size));
	for (i = 0; i < fsck->lv.count && fsck->lv.major == 5; i++)
		check_extent(fsck, &fsck->lv.extents[i]);
}
