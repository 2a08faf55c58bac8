// SPDX-License-Identifier: GPL-2.0
/*
 * The logical volume: from the devices' LVM headers to one address space.
 */
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uuid.h>

#include "disk.h"

/* What a device says of itself, as far as it is needed only while opening it */
struct lvm_device {
	struct vmfs_lvm_header header;
	struct vmfs_lvm_volume volume;
	unsigned int version;
	u64 bitmap;		/* device offset of the PE bitmap */
	u32 bitmap_size;	/* and its bytes: the PE table follows */
	u64 generation;		/* these are of the volume */
	u64 size;
	u32 devices;
};

/* Parts of the logical volume that are on one device */
struct run_list {
	struct vmfs_run *runs;
	unsigned int count;
};

/* All volumes that are mounted */
static LIST_HEAD(vmfs_mounted);
static DEFINE_MUTEX(vmfs_mounted_mutex);

/* PE tables are read in pieces of this many entries. */
#define PES_AT_ONCE	32

/* GPT: the type of VMFS partitions */
static const guid_t vmfs_guid = GUID_INIT(0xaa31e02a, 0x400f, 0x11db, 0x95, 0x90, 0x00, 0x0c,
					  0x29, 0x11, 0xd1, 0xb8);

/* The number of the first VMFS partition that a page of a GPT's entries has, or 0 */
static unsigned int vmfs_gpt_partition(const void *entries)
{
	unsigned int i;

	for (i = 0; i < VMFS_BUF_SIZE / 128; i++)
		if (guid_equal(entries + i * 128, &vmfs_guid))
			return i + 1;
	return 0;
}

static unsigned int vmfs_mbr_partition(const u8 *sector)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (sector[446 + 16 * i + 4] == 0xfb)
			return i + 1;
	return 0;
}

/* No extent; who names a disk means a partition of it. */
static int vmfs_lvm_refuse_other(struct block_device *bdev, void *page, struct fs_context *fc)
{
	unsigned int sector = bdev_logical_block_size(bdev), number;

	if (sector > VMFS_BUF_SIZE / 2 ||
	    vmfs_bdev_io(bdev, REQ_OP_READ, 0, page, VMFS_BUF_SIZE) ||
	    memcmp(page + 510, "\x55\xaa", 2))
		return invalf(fc, "vmfs: %pg: no VMFS extent (no LVM header)", bdev);
	number = vmfs_mbr_partition(page);
	if (!memcmp(page + sector, "EFI PART", 8) &&
	    !vmfs_bdev_io(bdev, REQ_OP_READ, 2 * sector, page, VMFS_BUF_SIZE))
		number = vmfs_gpt_partition(page);
	if (number)
		return invalf(fc,
			      "vmfs: %pg: no VMFS extent, but a partition table: partition %u is one",
			      bdev, number);
	return invalf(fc, "vmfs: %pg: no VMFS extent, but a partition table without a VMFS partition",
		      bdev);
}

/* Before anything is read in units of 512 bytes */
static int vmfs_lvm_check_sectors(const struct vmfs_extent *extent, const struct lvm_device *dev,
				  struct fs_context *fc)
{
	unsigned int size = bdev_logical_block_size(extent->bdev);

	if (dev->version < 6 ? size == VMFS_SECTOR : size <= VMFS_BUF_SIZE)
		return 0;
	return invalf(fc, "vmfs: %pg has sectors of %u bytes; VMFS-%u needs %s", extent->bdev, size,
		      dev->version, dev->version < 6 ? "512" : "4096 at most");
}

static int vmfs_lvm_read_header(struct vmfs_extent *extent, struct lvm_device *dev, void *page,
				struct fs_context *fc)
{
	u64 volumes;
	int err;

	err = vmfs_bdev_io(extent->bdev, REQ_OP_READ, VMFS_LVM_OFFSET, page, VMFS_BUF_SIZE);
	if (err) {
		errorf(fc, "vmfs: %pg: the LVM header cannot be read", extent->bdev);
		return err;
	}
	memcpy(&dev->header, page, sizeof(dev->header));
	if (le32_to_cpu(dev->header.magic) != VMFS_LVM_MAGIC)
		return vmfs_lvm_refuse_other(extent->bdev, page, fc);
	dev->version = le32_to_cpu(dev->header.major);
	if (dev->version == 3 || dev->version == 5) {
		volumes = VMFS_LVM_VOLUMES_OFFSET;
		dev->bitmap = VMFS_LVM_BITMAP_OFFSET;
		dev->bitmap_size = VMFS_LVM_BITMAP_SIZE;
	} else if (dev->version == 6 && le32_to_cpu(dev->header.md_alignment) == VMFS_BUF_SIZE) {
		volumes = VMFS6_LVM_VOLUMES_OFFSET(VMFS_BUF_SIZE);
		dev->bitmap = VMFS6_LVM_BITMAP_OFFSET(VMFS_BUF_SIZE);
		dev->bitmap_size = VMFS6_LVM_BITMAP_SIZE(VMFS_BUF_SIZE);
	} else {
		return invalf(fc, "vmfs: %pg: LVM version %u, metadata alignment %u: not known",
			      extent->bdev, dev->version, le32_to_cpu(dev->header.md_alignment));
	}
	err = vmfs_lvm_check_sectors(extent, dev, fc);
	if (err)
		return err;
	err = vmfs_bdev_io(extent->bdev, REQ_OP_READ, volumes, page,
			   bdev_logical_block_size(extent->bdev));
	if (err) {
		errorf(fc, "vmfs: %pg: the volume descriptor cannot be read", extent->bdev);
		return err;
	}
	memcpy(&dev->volume, page, sizeof(dev->volume));
	return 0;
}

/* What a volume may be at all; the caller compares it with other extents. */
static int vmfs_lvm_check_header(const struct vmfs_extent *extent, struct lvm_device *dev,
				 struct fs_context *fc)
{
	dev->generation = le64_to_cpu(dev->volume.generation);
	dev->size = le64_to_cpu(dev->volume.size);
	dev->devices = le32_to_cpu(dev->volume.num_devices);
	if (le32_to_cpu(dev->volume.state) != VMFS_LVM_STATE_NORMAL)
		return invalf(fc, "vmfs: %pg: the volume is in state %u (resignature?)",
			      extent->bdev, le32_to_cpu(dev->volume.state));
	if (!dev->devices || dev->devices > VMFS_MAX_EXTENTS)
		return invalf(fc, "vmfs: %pg: %u extents; 1 to %u are possible", extent->bdev,
			      dev->devices, VMFS_MAX_EXTENTS);
	if (!dev->size || dev->size > VMFS_MAX_LV_SIZE)
		return invalf(fc, "vmfs: %pg: a volume of %llu bytes", extent->bdev, dev->size);
	return 0;
}

static int vmfs_lvm_add_run(struct run_list *list, const struct vmfs_extent *extent,
			    const struct vmfs_lvm_pe *pe)
{
	struct vmfs_run *last = list->count ? &list->runs[list->count - 1] : NULL;
	struct vmfs_run run = {
		.logical = le64_to_cpu(pe->logical),
		.length = le64_to_cpu(pe->length),
		.physical = le64_to_cpu(pe->physical),
		.bdev = extent->bdev,
	};
	struct vmfs_run *more;

	if ((run.logical | run.length | run.physical) & (VMFS_BUF_SIZE - 1) || !run.length ||
	    run.logical > VMFS_MAX_LV_SIZE || run.length > VMFS_MAX_LV_SIZE ||
	    run.physical > VMFS_MAX_LV_SIZE)
		return -EUCLEAN;
	if (last && last->logical + last->length == run.logical &&
	    last->physical + last->length == run.physical) {
		last->length += run.length;
		return 0;
	}
	more = krealloc_array(list->runs, list->count + 1, sizeof(run), GFP_KERNEL | __GFP_NOWARN);
	if (!more)
		return -ENOMEM;
	list->runs = more;
	list->runs[list->count++] = run;
	return 0;
}

/* The PE table says which part of the logical volume is where on the device. */
static int vmfs_lvm_read_pes(const struct vmfs_extent *extent, const struct lvm_device *dev,
			     void *page, struct run_list *list, struct fs_context *fc)
{
	u32 count = le32_to_cpu(dev->header.num_pes), i;
	u64 table = dev->bitmap + dev->bitmap_size;
	u64 map_size = dev->bitmap_size + VMFS_LVM_PES_PER_MAP * sizeof(struct vmfs_lvm_pe);
	const struct vmfs_lvm_pe *pes = page;
	int err;

	if (!count || count > VMFS_LVM_MAX_MAPS * VMFS_LVM_PES_PER_MAP)
		return invalf(fc, "vmfs: %pg: %u physical extents", extent->bdev, count);
	for (i = 0; i < count; i++) {
		u32 at = i % VMFS_LVM_PES_PER_MAP;

		if (at % PES_AT_ONCE == 0) {
			err = vmfs_bdev_io(extent->bdev, REQ_OP_READ,
					   table + i / VMFS_LVM_PES_PER_MAP * map_size +
					   at * sizeof(*pes), page, PES_AT_ONCE * sizeof(*pes));
			if (err) {
				errorf(fc, "vmfs: %pg: the table of physical extents cannot be read",
				       extent->bdev);
				return err;
			}
		}
		if (pes[at % PES_AT_ONCE].used != 1)
			continue;
		err = vmfs_lvm_add_run(list, extent, &pes[at % PES_AT_ONCE]);
		if (err) {
			errorf(fc, "vmfs: %pg: physical extent %u is corrupt", extent->bdev, i);
			return err;
		}
	}
	return 0;
}

/* Read what a device says.  The caller frees the runs, after an error too. */
static int vmfs_lvm_read_device(struct vmfs_extent *extent, struct lvm_device *dev,
				struct run_list *list, struct fs_context *fc)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);
	int err;

	if (!page)
		return -ENOMEM;
	err = vmfs_lvm_read_header(extent, dev, page, fc);
	if (!err)
		err = vmfs_lvm_check_header(extent, dev, fc);
	if (!err)
		err = vmfs_lvm_read_pes(extent, dev, page, list, fc);
	free_page((unsigned long)page);
	if (err)
		return err;
	extent->first_pe = le64_to_cpu(dev->volume.first_pe);
	extent->last_pe = le64_to_cpu(dev->volume.last_pe);
	return 0;
}

static int vmfs_lvm_check_uuid(const struct vmfs_volume *vol, const struct vmfs_extent *extent,
			       const struct lvm_device *dev, struct fs_context *fc)
{
	if (memcmp(&vol->disk.lv_uuid, &dev->volume.uuid, sizeof(vol->disk.lv_uuid)))
		return invalf(fc, "vmfs: %pg is an extent of another volume", extent->bdev);
	return 0;
}

/*
 * All extents say the same of the volume.  Where some are one change behind, a crash
 * cut growing short: the newest counts, and the others are told while activating.
 */
static int vmfs_lvm_compare(struct vmfs_volume *vol, const struct vmfs_extent *extent,
			    const struct lvm_device *dev, struct fs_context *fc)
{
	bool is_first = vol->disk.num_extents == 1;
	s64 ahead = dev->generation - vol->disk.lvm_generation;
	int err;

	if (is_first)
		vol->disk.lv_uuid = dev->volume.uuid;
	err = vmfs_lvm_check_uuid(vol, extent, dev, fc);
	if (err)
		return err;
	if (is_first ||
	    (ahead == 1 && !vol->disk.lvm_is_behind && dev->size > vol->disk.lvm_size)) {
		vol->disk.lvm_is_behind = !is_first;
		vol->disk.lvm_generation = dev->generation;
		vol->disk.lvm_devices = dev->devices;
		vol->disk.lvm_size = dev->size;
		return 0;
	}
	if (ahead == -1 && dev->size < vol->disk.lvm_size) {
		vol->disk.lvm_is_behind = true;
		return 0;
	}
	if (ahead || vol->disk.lvm_size != dev->size)
		return invalf(fc, "vmfs: %pg: generation %llu of the volume, on %pg it is %llu",
			      extent->bdev, dev->generation, vol->disk.extents[0].bdev,
			      vol->disk.lvm_generation);
	return 0;
}

/* Runs of a device become the volume's.  There is room for those of extents to come. */
static int vmfs_lvm_append_runs(struct vmfs_volume *vol, const struct run_list *list)
{
	struct vmfs_run *more = krealloc_array(vol->disk.runs, vol->disk.num_runs + list->count +
					       VMFS_MAX_EXTENTS, sizeof(*more),
					       GFP_KERNEL | __GFP_NOWARN);

	if (!more)
		return -ENOMEM;
	vol->disk.runs = more;
	memcpy(more + vol->disk.num_runs, list->runs, list->count * sizeof(*more));
	vol->disk.num_runs += list->count;
	return 0;
}

static int vmfs_lvm_add_extent(struct vmfs_volume *vol, struct block_device *bdev,
			       struct file *file, struct fs_context *fc)
{
	struct vmfs_extent *extent = &vol->disk.extents[vol->disk.num_extents++];
	struct lvm_device *dev = kmalloc(sizeof(*dev), GFP_KERNEL);
	struct run_list list = {};
	int err;

	extent->bdev = bdev;
	extent->file = file;
	if (!dev)
		return -ENOMEM;
	err = vmfs_lvm_read_device(extent, dev, &list, fc);
	if (!err)
		err = vmfs_lvm_compare(vol, extent, dev, fc) ?: vmfs_lvm_append_runs(vol, &list);
	kfree(list.runs);
	kfree(dev);
	return err;
}

static int vmfs_lvm_by_logical(const void *a, const void *b)
{
	const struct vmfs_run *x = a, *y = b;

	return x->logical < y->logical ? -1 : x->logical > y->logical;
}

/* Runs must cover the volume from its start, once, and be on their devices. */
static int vmfs_lvm_check_runs(struct vmfs_volume *vol, struct fs_context *fc)
{
	u64 end = 0;
	unsigned int i;

	sort(vol->disk.runs, vol->disk.num_runs, sizeof(*vol->disk.runs), vmfs_lvm_by_logical,
	     NULL);
	for (i = 0; i < vol->disk.num_runs; i++) {
		const struct vmfs_run *run = &vol->disk.runs[i];

		if (run->logical != end)
			return invalf(fc, "vmfs: the volume has a hole or an overlap at %llu", end);
		if (run->physical + run->length > bdev_nr_bytes(run->bdev))
			return invalf(fc, "vmfs: %pg has %llu bytes, the volume uses %llu of them",
				      run->bdev, (u64)bdev_nr_bytes(run->bdev),
				      run->physical + run->length);
		end += run->length;
	}
	/* The rest of what the header says is unusable: less than one PE. */
	if (end < VMFS_LVM_PE_SIZE)
		return invalf(fc, "vmfs: the volume is too small: %llu bytes", end);
	vol->disk.size = round_down(min(vol->disk.lvm_size, end), VMFS_BUF_SIZE);
	return 0;
}

static int vmfs_lvm_make_linear(struct vmfs_volume *vol, struct fs_context *fc)
{
	int err = vmfs_linear_create(vol);

	if (err)
		errorf(fc, "vmfs: %s: no block device for several extents: error %d", vol->sb->s_id,
		       err);
	return err;
}

/**
 * vmfs_lvm_open() - open all extents, and lay out the logical volume
 * @vol: volume, with @sb and @options
 * @fc: context of the mount, for messages
 *
 * On failure, vmfs_lvm_close() cleans up.
 *
 * Return: 0 or an error, with a message: -EINVAL where the devices are not a
 * complete volume, the error of a device, -ENOMEM.
 */
int vmfs_lvm_open(struct vmfs_volume *vol, struct fs_context *fc)
{
	unsigned int i;
	int err;

	err = vmfs_lvm_add_extent(vol, vol->sb->s_bdev, NULL, fc);
	for (i = 0; !err && i < vol->options.num_extents; i++) {
		const char *path = vol->options.extents[i];
		struct file *file = fs_bdev_file_open_by_path(path, sb_open_mode(fc->sb_flags),
							      vol->sb, vol->sb);

		if (IS_ERR(file)) {
			errorf(fc, "vmfs: extent %s cannot be opened: error %ld", path,
			       PTR_ERR(file));
			return PTR_ERR(file);
		}
		err = vmfs_lvm_add_extent(vol, file_bdev(file), file, fc);
	}
	if (err)
		return err;
	if (vol->disk.num_extents != vol->disk.lvm_devices)
		return invalf(fc, "vmfs: the volume has %u extents, %u were given: name the others with -o extent=DEVICE",
			      vol->disk.lvm_devices, vol->disk.num_extents);
	err = vmfs_lvm_check_runs(vol, fc);
	if (!err && vol->disk.num_runs > 1)
		err = vmfs_lvm_make_linear(vol, fc);
	return err;
}

/* Is it the next extent, as vsctl prepares it: what it says is what the volume will be? */
static int vmfs_lvm_check_next(const struct vmfs_volume *vol, const struct vmfs_extent *extent,
			       const struct lvm_device *dev, const struct run_list *list,
			       struct fs_context *fc)
{
	const struct vmfs_run *last = &vol->disk.runs[vol->disk.num_runs - 1], *run = list->runs;
	u64 end = last->logical + last->length;

	if (dev->generation == vol->disk.lvm_generation + 1 &&
	    dev->devices == vol->disk.num_extents + 1 && list->count == 1 &&
	    run->logical == end && dev->size == end + run->length &&
	    dev->size <= VMFS_LVM_MAX_PES * VMFS_LVM_PE_SIZE &&
	    run->physical + run->length <= bdev_nr_bytes(extent->bdev))
		return 0;
	return invalf(fc, "vmfs: %pg is not prepared to be extent %u of the volume: vsctl datastore grow does that",
		      extent->bdev, vol->disk.num_extents + 1);
}

/* What can fail comes before the devices are told that the volume is larger. */
static int vmfs_lvm_prepare_linear(struct vmfs_volume *vol, const struct vmfs_extent *extent,
				   struct fs_context *fc)
{
	int err = vol->disk.linear ? 0 : vmfs_lvm_make_linear(vol, fc);

	if (err)
		return err;
	err = vmfs_linear_add(vol, extent);
	if (err)
		errorf(fc, "vmfs: %pg: its limits do not fit the volume's other extents: error %d",
		       extent->bdev, err);
	return err;
}

/* From now on, the volume is larger.  Who looks for a place meanwhile finds an old or a new one. */
static void vmfs_lvm_publish(struct vmfs_volume *vol, const struct vmfs_extent *extent,
			     const struct vmfs_run *run)
{
	struct vmfs_disk *disk = &vol->disk;

	disk->extents[disk->num_extents] = *extent;
	smp_store_release(&disk->num_extents, disk->num_extents + 1);	/* for flush_extents() */
	disk->runs[disk->num_runs] = *run;
	smp_store_release(&disk->num_runs, disk->num_runs + 1);	/* for vmfs_lvm_find() */
	vmfs_linear_set_size(vol, run->logical + run->length);
	smp_store_release(&disk->size, run->logical + run->length);	/* the same */
}

/**
 * vmfs_lvm_add() - add an extent to a volume that is mounted read-write
 * @vol: volume; s_umount is held exclusively
 * @path: of the device
 * @fc: context of the remount, for messages
 *
 * Return: 0 or an error, with a message.
 */
int vmfs_lvm_add(struct vmfs_volume *vol, const char *path, struct fs_context *fc)
{
	struct lvm_device *dev;
	struct vmfs_extent extent = {};
	struct run_list list = {};
	int err;

	if (vol->disk.num_extents == VMFS_MAX_EXTENTS)
		return invalf(fc, "vmfs: extent=%s: the volume has %u extents already", path,
			      VMFS_MAX_EXTENTS);
	dev = kmalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	extent.file = fs_bdev_file_open_by_path(path, sb_open_mode(0), vol->sb, vol->sb);
	if (IS_ERR(extent.file)) {
		err = PTR_ERR(extent.file);
		errorf(fc, "vmfs: extent %s cannot be opened: error %d", path, err);
		goto out;
	}
	extent.bdev = file_bdev(extent.file);
	err = vmfs_lvm_read_device(&extent, dev, &list, fc);
	if (!err)
		err = vmfs_lvm_check_uuid(vol, &extent, dev, fc) ?:
		      vmfs_lvm_check_next(vol, &extent, dev, &list, fc) ?:
		      vmfs_lvm_prepare_linear(vol, &extent, fc) ?:
		      vmfs_lvm_tell(vol, dev->size, dev->devices, fc);
	if (err)
		fs_bdev_file_release(extent.file, vol->sb);
	else
		vmfs_lvm_publish(vol, &extent, list.runs);
	kfree(list.runs);
out:
	kfree(dev);
	return err;
}

/**
 * vmfs_lvm_claim() - note that a volume is mounted, once
 * @vol: volume that is open
 * @fc: context of the mount, for messages
 *
 * A second path to its devices, or a copy of them, would have the same log and locks.
 * vmfs_lvm_close() undoes this.
 *
 * Return: 0 or -EBUSY, with a message.
 */
int vmfs_lvm_claim(struct vmfs_volume *vol, struct fs_context *fc)
{
	const struct vmfs_volume *other;
	int err = 0;

	mutex_lock(&vmfs_mounted_mutex);
	list_for_each_entry(other, &vmfs_mounted, disk.mounted) {
		if (memcmp(&other->disk.lv_uuid, &vol->disk.lv_uuid, sizeof(vol->disk.lv_uuid)))
			continue;
		errorf(fc, "vmfs: %pg: the same volume is mounted from %pg: this is another path to it, or a copy",
		       vol->disk.extents[0].bdev, other->disk.extents[0].bdev);
		err = -EBUSY;
		break;
	}
	if (!err)
		list_add(&vol->disk.mounted, &vmfs_mounted);
	mutex_unlock(&vmfs_mounted_mutex);
	return err;
}

/**
 * vmfs_lvm_close() - let go of the extents
 * @vol: volume
 */
void vmfs_lvm_close(struct vmfs_volume *vol)
{
	mutex_lock(&vmfs_mounted_mutex);
	list_del_init(&vol->disk.mounted);
	mutex_unlock(&vmfs_mounted_mutex);
	vmfs_linear_destroy(vol);
	while (vol->disk.num_extents) {
		struct vmfs_extent *extent = &vol->disk.extents[--vol->disk.num_extents];

		if (extent->file)
			fs_bdev_file_release(extent->file, vol->sb);
	}
	kfree(vol->disk.runs);
	vol->disk.runs = NULL;
	vol->disk.num_runs = 0;
}

/**
 * vmfs_lvm_find() - which run an offset is in
 * @vol: volume
 * @lv: LV offset
 *
 * Return: the run, or NULL beyond the end of the volume.
 */
const struct vmfs_run *vmfs_lvm_find(struct vmfs_volume *vol, u64 lv)
{
	unsigned int low = 0, high;

	/* Growing sets the size when what is behind the old end is there. */
	if (lv >= smp_load_acquire(&vol->disk.size))
		return NULL;
	high = smp_load_acquire(&vol->disk.num_runs);	/* vmfs_lvm_publish() */
	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		if (vol->disk.runs[middle].logical <= lv)
			low = middle;
		else
			high = middle;
	}
	return &vol->disk.runs[low];
}
