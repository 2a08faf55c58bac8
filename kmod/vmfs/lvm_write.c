// SPDX-License-Identifier: GPL-2.0
/*
 * Changing the devices' LVM headers: a volume grows.  VMFS-5 only.
 *
 * A device that is about to become an extent, or physical extents that are added to
 * the last one, come first.  They count as soon as a device says that the volume is
 * so large; the next mount tells those that a crash left behind.
 */
#include <linux/slab.h>

#include "disk.h"

#define WRITE_DURABLY	(REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_PREFLUSH | REQ_FUA)
#define READ_META	(REQ_OP_READ | REQ_META | REQ_SYNC)

#define MAP_SIZE	(VMFS_LVM_BITMAP_SIZE + VMFS_LVM_PES_PER_MAP * sizeof(struct vmfs_lvm_pe))
#define MAX_PES		((u64)VMFS_LVM_MAX_MAPS * VMFS_LVM_PES_PER_MAP)
#define PES_AT_ONCE	(VMFS_BUF_SIZE / sizeof(struct vmfs_lvm_pe))

static __le64 vmfs_lvm_time_now(void)
{
	return cpu_to_le64(div_u64(ktime_get_real_ns(), NSEC_PER_USEC));
}

static int vmfs_lvm_tell_device(struct vmfs_volume *vol, const struct vmfs_extent *extent,
				struct vmfs_lvm_volume *volume)
{
	int err;

	err = vmfs_bdev_io(extent->bdev, READ_META, VMFS_LVM_VOLUMES_OFFSET, volume,
			   sizeof(*volume));
	if (err)
		return err;
	volume->size = cpu_to_le64(vol->disk.lvm_size);
	volume->generation = cpu_to_le64(vol->disk.lvm_generation);
	volume->num_devices = cpu_to_le32(vol->disk.lvm_devices);
	volume->num_pes = cpu_to_le32(extent->last_pe - extent->first_pe + 1);
	volume->last_pe = cpu_to_le64(extent->last_pe);
	volume->mod_time = vmfs_lvm_time_now();
	return vmfs_bdev_io(extent->bdev, WRITE_DURABLY, VMFS_LVM_VOLUMES_OFFSET, volume,
			    sizeof(*volume));
}

/**
 * vmfs_lvm_catch_up() - tell all devices what the newest one says of the volume
 * @vol: volume that is about to be written to
 * @fc: context of the mount, for messages
 *
 * Return: 0 or an error, with a message.
 */
int vmfs_lvm_catch_up(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_lvm_volume *volume = kmalloc(sizeof(*volume), GFP_KERNEL);
	unsigned int i;
	int err = volume ? 0 : -ENOMEM;

	for (i = 0; !err && i < vol->disk.num_extents; i++) {
		err = vmfs_lvm_tell_device(vol, &vol->disk.extents[i], volume);
		if (err)
			errorf(fc, "vmfs: %pg: the volume descriptor cannot be written",
			       vol->disk.extents[i].bdev);
	}
	kfree(volume);
	vol->disk.lvm_is_behind = err;
	return err;
}

/**
 * vmfs_lvm_tell() - tell all devices of the next generation of the volume
 * @vol: volume; s_umount is held exclusively
 * @size: what it is from now on, bytes
 * @devices: and how many extents it has
 * @fc: context of the remount, for messages
 *
 * Return: 0 or an error, with a message; then some devices know, and some do not.
 */
int vmfs_lvm_tell(struct vmfs_volume *vol, u64 size, u32 devices, struct fs_context *fc)
{
	vol->disk.lvm_generation++;
	vol->disk.lvm_size = size;
	vol->disk.lvm_devices = devices;
	return vmfs_lvm_catch_up(vol, fc);
}

static void vmfs_lvm_fill_pe(struct vmfs_lvm_pe *pe, const struct vmfs_extent *extent, u32 number)
{
	memset(pe, 0, sizeof(*pe));
	pe->used = 1;
	pe->id = cpu_to_le32(number);
	pe->physical = cpu_to_le64(VMFS_LVM_DATA_OFFSET + number * VMFS_LVM_PE_SIZE);
	pe->logical = cpu_to_le64((extent->first_pe + number) * VMFS_LVM_PE_SIZE);
	pe->length = cpu_to_le64(VMFS_LVM_PE_SIZE);
	pe->version = cpu_to_le32(1);
}

/* Entries of the table, as many as a page has, of which those in use stay as they are. */
static int vmfs_lvm_write_pes(const struct vmfs_extent *extent, u32 from, u32 to, void *page)
{
	u32 first, number;
	int err = 0;

	for (first = rounddown(from, PES_AT_ONCE); !err && first < to; first += PES_AT_ONCE) {
		u64 at = VMFS_LVM_PES_OFFSET + first / VMFS_LVM_PES_PER_MAP * MAP_SIZE +
			 first % VMFS_LVM_PES_PER_MAP * sizeof(struct vmfs_lvm_pe);
		struct vmfs_lvm_pe *pes = page;

		err = vmfs_bdev_io(extent->bdev, READ_META, at, page, VMFS_BUF_SIZE);
		for (number = max(first, from); number < min_t(u32, to, first + PES_AT_ONCE);
		     number++)
			vmfs_lvm_fill_pe(&pes[number - first], extent, number);
		if (!err)
			err = vmfs_bdev_io(extent->bdev, REQ_OP_WRITE, at, page, VMFS_BUF_SIZE);
	}
	return err;
}

static int vmfs_lvm_write_bitmaps(const struct vmfs_extent *extent, u32 from, u32 to, void *page)
{
	u8 *bits = page;
	int err = 0;

	while (!err && from < to) {
		u32 map = from / VMFS_LVM_PES_PER_MAP;
		u64 at = VMFS_LVM_BITMAP_OFFSET + map * MAP_SIZE;

		err = vmfs_bdev_io(extent->bdev, READ_META, at, page, VMFS_LVM_BITMAP_SIZE);
		for (; from < to && from / VMFS_LVM_PES_PER_MAP == map; from++)
			bits[from % VMFS_LVM_PES_PER_MAP / 8] |= BIT(from % 8);
		if (!err)
			err = vmfs_bdev_io(extent->bdev, REQ_OP_WRITE, at, page,
					   VMFS_LVM_BITMAP_SIZE);
	}
	return err;
}

static int vmfs_lvm_write_header(const struct vmfs_extent *extent, u32 pes, void *page)
{
	struct vmfs_lvm_header *header = page;
	int err;

	err = vmfs_bdev_io(extent->bdev, READ_META, VMFS_LVM_OFFSET, header, sizeof(*header));
	if (err)
		return err;
	header->total_bytes = cpu_to_le64(bdev_nr_bytes(extent->bdev) - VMFS_LVM_OFFSET +
					  VMFS_SECTOR);
	header->num_pes = cpu_to_le32(pes);
	header->last_pe = cpu_to_le32(pes - 1);
	header->num_pe_maps = cpu_to_le32(DIV_ROUND_UP(pes, VMFS_LVM_PES_PER_MAP));
	header->mod_time = vmfs_lvm_time_now();
	le64_add_cpu(&header->generation, 1);
	return vmfs_bdev_io(extent->bdev, WRITE_DURABLY, VMFS_LVM_OFFSET, header, sizeof(*header));
}

/* The extent that the end of the volume is on */
static struct vmfs_extent *vmfs_lvm_last_extent(struct vmfs_volume *vol)
{
	struct vmfs_extent *extent = vol->disk.extents;

	while (extent->bdev != vol->disk.runs[vol->disk.num_runs - 1].bdev)
		extent++;
	return extent;
}

/**
 * vmfs_lvm_expand() - use the whole of the device that the end of the volume is on
 * @vol: volume that is mounted read-write; s_umount is held exclusively
 * @fc: context of the remount, for messages
 *
 * Return: 0, also where there is nothing to gain; or an error, with a message.
 */
int vmfs_lvm_expand(struct vmfs_volume *vol, struct fs_context *fc)
{
	struct vmfs_run *run = &vol->disk.runs[vol->disk.num_runs - 1];
	struct vmfs_extent *extent = vmfs_lvm_last_extent(vol);
	u64 pes = extent->last_pe - extent->first_pe + 1, most = bdev_nr_bytes(extent->bdev);
	void *page;
	int err;

	most = most > VMFS_LVM_DATA_OFFSET ? (most - VMFS_LVM_DATA_OFFSET) / VMFS_LVM_PE_SIZE : 0;
	most = min3(most, MAX_PES, VMFS_LVM_MAX_PES - extent->first_pe);
	if (most <= pes)
		return 0;
	if (run->physical - VMFS_LVM_DATA_OFFSET !=
	    run->logical - extent->first_pe * VMFS_LVM_PE_SIZE)
		return invalf(fc, "vmfs: %pg: its physical extents are not in a row: it cannot grow",
			      extent->bdev);
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	err = vmfs_lvm_write_pes(extent, pes, most, page) ?:
	      vmfs_lvm_write_bitmaps(extent, pes, most, page) ?:
	      vmfs_lvm_write_header(extent, most, page);
	free_page((unsigned long)page);
	if (err) {
		errorf(fc, "vmfs: %pg: the LVM header cannot be written", extent->bdev);
		return err;
	}
	extent->last_pe = extent->first_pe + most - 1;
	err = vmfs_lvm_tell(vol, (extent->last_pe + 1) * VMFS_LVM_PE_SIZE, vol->disk.lvm_devices,
			    fc);
	if (err)
		return err;
	WRITE_ONCE(run->length, vol->disk.lvm_size - run->logical);
	vmfs_linear_set_size(vol, vol->disk.lvm_size);
	smp_store_release(&vol->disk.size, vol->disk.lvm_size);	/* for vmfs_lvm_find() */
	return 0;
}
