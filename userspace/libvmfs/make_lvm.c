// SPDX-License-Identifier: GPL-2.0
/* Make the logical volume of a VMFS-5: the headers of its devices (§1). */
#include <endian.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../libvs/err.h"
#include "make.h"

#define DEVICE_NAME_SIZE	256u		/* an entry of the table of device names */
#define HEADER_GENERATION	3u		/* as on a volume that ESXi just made */
#define VOLUME_GENERATION	2u

/* The first one that is of hardware; what has none is all zeros. */
static bool find_mac(uint8_t mac[6])
{
	unsigned int bytes[6], i;
	bool found = false;
	glob_t paths;
	size_t n;

	if (glob("/sys/class/net/*/address", 0, NULL, &paths))
		return false;
	for (n = 0; n < paths.gl_pathc && !found; n++) {
		FILE *file = fopen(paths.gl_pathv[n], "re");

		if (!file)
			continue;
		found = fscanf(file, "%x:%x:%x:%x:%x:%x", &bytes[0], &bytes[1], &bytes[2],
			       &bytes[3], &bytes[4], &bytes[5]) == 6 &&
			(bytes[0] | bytes[1] | bytes[2] | bytes[3] | bytes[4] | bytes[5]);
		fclose(file);
	}
	globfree(&paths);
	for (i = 0; i < 6 && found; i++)
		mac[i] = bytes[i];
	return found;
}

int vmfs_new_uuid(struct vmfs_uuid *uuid, uint32_t time)
{
	if (getrandom(uuid, sizeof(*uuid), 0) != sizeof(*uuid))
		return vs_fail(VS_REFUSED, "cannot make a UUID: %s", strerror(errno));
	uuid->time_lo = htole32(time);
	find_mac(uuid->mac);
	return VS_OK;
}

static const char *base_name(const struct vmfs_dev *dev)
{
	const char *slash = strrchr(dev->name, '/');

	return slash ? slash + 1 : dev->name;
}

void vmfs_set_scsi_id(struct vmfs_lvm_header *header, const struct vmfs_dev *dev)
{
	size_t len = strlen(base_name(dev));

	if (len > sizeof(header->scsi.id))
		len = sizeof(header->scsi.id);
	memset(&header->scsi, 0, sizeof(header->scsi));
	header->scsi.id_len = len;
	memcpy(header->scsi.id, base_name(dev), len);
}

static uint64_t first_pe(const struct vmfs_make_plan *plan, unsigned int index)
{
	uint64_t first = 0;

	while (index)
		first += plan->pes[--index];
	return first;
}

static int write_header(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
			unsigned int index)
{
	const struct vmfs_dev *dev = &make->devs[index];
	uint32_t pes = plan->pes[index];
	struct vmfs_lvm_header header = {
		.magic = htole32(VMFS_LVM_MAGIC),
		.major = htole32(5),
		.minor = htole32(VMFS_LVM_MINOR),
		.block_size = htole32(VMFS_SECTOR),
		.total_bytes = htole64(dev->size - VMFS_LVM_OFFSET + VMFS_SECTOR),
		.num_volumes = htole32(1),
		.num_pes = htole32(pes),
		.last_pe = htole32(pes - 1),
		.generation = htole64(HEADER_GENERATION),
		.data_offset = htole64(VMFS_LVM_DATA_OFFSET),
		.init_time = htole64(make->time * 1000000ull),
		.mod_time = htole64(make->time * 1000000ull),
		.num_pe_maps = htole32((pes + VMFS_LVM_PES_PER_MAP - 1) / VMFS_LVM_PES_PER_MAP),
	};
	int err = vmfs_new_uuid(&header.uuid, make->time);

	vmfs_set_scsi_id(&header, dev);
	return err ? err : vmfs_dev_write(dev, VMFS_LVM_OFFSET, &header, sizeof(header));
}

static int write_volume(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
			unsigned int index, const struct vmfs_uuid *uuid, uint64_t generation)
{
	uint64_t first = first_pe(plan, index);
	struct vmfs_lvm_volume volume = {
		.size = htole64(plan->total_pes * VMFS_LVM_PE_SIZE),
		.generation = htole64(generation),
		.state = htole32(VMFS_LVM_STATE_NORMAL),
		.uuid = *uuid,
		.snapshot_id = htole32(1),
		.creation_time = htole64(make->time * 1000000ull),
		.num_pes = htole32(plan->pes[index]),
		.first_pe = htole64(first),
		.last_pe = htole64(first + plan->pes[index] - 1),
		.mod_time = htole64(make->time * 1000000ull),
		.num_devices = htole32(make->num_devs),
	};

	vmfs_uuid_text(uuid, volume.name);
	return vmfs_dev_write(&make->devs[index], VMFS_LVM_VOLUMES_OFFSET, &volume, sizeof(volume));
}

/* The names of all devices, on the first one only */
static int write_names(const struct vmfs_make *make)
{
	char names[VMFS_MAX_EXTENTS][DEVICE_NAME_SIZE] = {};
	unsigned int i;

	for (i = 0; i < make->num_devs; i++)
		snprintf(names[i], DEVICE_NAME_SIZE, "%s", base_name(&make->devs[i]));
	return vmfs_dev_write(&make->devs[0], VMFS_LVM_DEVICES_OFFSET, names, sizeof(names));
}

/* Pairs of bitmap and table follow each other, for 8192 PEs each. */
static int write_map(const struct vmfs_dev *dev, uint32_t pes, uint64_t first, unsigned int map)
{
	const size_t size = VMFS_LVM_BITMAP_SIZE +
			    VMFS_LVM_PES_PER_MAP * sizeof(struct vmfs_lvm_pe);
	uint32_t pe = map * VMFS_LVM_PES_PER_MAP, i;
	uint8_t *raw = vs_malloc(size);
	int err;

	memset(raw, 0, size);
	for (i = 0; i < VMFS_LVM_PES_PER_MAP && pe < pes; i++, pe++) {
		struct vmfs_lvm_pe entry = {
			.used = 1,
			.id = htole32(pe),
			.physical = htole64(VMFS_LVM_DATA_OFFSET + pe * VMFS_LVM_PE_SIZE),
			.logical = htole64((first + pe) * VMFS_LVM_PE_SIZE),
			.length = htole64(VMFS_LVM_PE_SIZE),
			.version = htole32(1),
		};

		raw[i / 8] |= 1 << i % 8;
		memcpy(raw + VMFS_LVM_BITMAP_SIZE + i * sizeof(entry), &entry, sizeof(entry));
	}
	err = vmfs_dev_write(dev, VMFS_LVM_BITMAP_OFFSET + map * size, raw, size);
	free(raw);
	return err;
}

int vmfs_make_extent(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
		     unsigned int index, const struct vmfs_uuid *uuid, uint64_t generation)
{
	const struct vmfs_dev *dev = &make->devs[index];
	unsigned int map;
	int err = vmfs_dev_zero(dev, 0, VMFS_LVM_DATA_OFFSET);

	for (map = 0; !err && map * VMFS_LVM_PES_PER_MAP < plan->pes[index]; map++)
		err = write_map(dev, plan->pes[index], first_pe(plan, index), map);
	if (!err && !index)
		err = write_names(make);
	if (!err)
		err = write_volume(make, plan, index, uuid, generation);
	return err ? err : write_header(make, plan, index);
}

int vmfs_make_lvm(const struct vmfs_make *make, const struct vmfs_make_plan *plan,
		  const struct vmfs_uuid *uuid)
{
	unsigned int index;
	int err = VS_OK;

	for (index = 0; !err && index < make->num_devs; index++)
		err = vmfs_make_extent(make, plan, index, uuid, VOLUME_GENERATION);
	return err;
}

int vmfs_make_next_extent(const struct vmfs_lv *lv, const struct vmfs_dev *dev, uint32_t time)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	struct vmfs_make make = { .devs = devs, .num_devs = lv->count + 1, .label = "",
				  .time = time };
	struct vmfs_make_plan plan;
	unsigned int i;
	int err;

	if (lv->count == VMFS_MAX_EXTENTS)
		return vs_fail(VS_REFUSED, "the volume has %u extents: more are not possible",
			       lv->count);
	for (i = 0; i < lv->count; i++)
		devs[i] = *lv->extents[i].dev;
	devs[i] = *dev;
	err = vmfs_make_plan(&make, &plan);
	if (err)
		return err;
	/* What the others have is what the volume uses, not what they could hold. */
	plan.total_pes = plan.pes[i];
	while (i) {
		i--;
		plan.pes[i] = lv->extents[i].length / VMFS_LVM_PE_SIZE;
		plan.total_pes += plan.pes[i];
	}
	return vmfs_make_extent(&make, &plan, lv->count, &lv->extents[0].volume.uuid,
				le64toh(lv->extents[0].volume.generation) + 1);
}
