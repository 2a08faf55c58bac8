// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/fs/vmfs/DEVICE: what was done to a mounted volume.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "vfs.h"

static struct kset *vmfs_kset;

static struct vmfs_volume *volume_of(struct kobject *kobj)
{
	return &container_of(kobj, struct vmfs_mount, kobj)->vol;
}

/* A counter; its attribute's name is that of its file. */
struct counter {
	struct kobj_attribute attr;
	enum vmfs_count id;
};

static ssize_t show_counter(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	const struct counter *counter = container_of(attr, struct counter, attr);

	const struct vmfs_volume *vol = volume_of(kobj);

	return sysfs_emit(page, "%lld\n", atomic64_read(&vol->disk.counts[counter->id]));
}

#define COUNTER(_name, _id)								\
	static struct counter counter_##_name = {					\
		.attr = __ATTR(_name, 0444, show_counter, NULL),			\
		.id = _id,								\
	}

COUNTER(commits, VMFS_COUNT_COMMITS);
COUNTER(logged_sectors, VMFS_COUNT_LOGGED_SECTORS);
COUNTER(completed_blocks, VMFS_COUNT_COMPLETED_BLOCKS);
COUNTER(replays, VMFS_COUNT_REPLAYS);
COUNTER(corruptions, VMFS_COUNT_CORRUPTIONS);
COUNTER(failures, VMFS_COUNT_FAILURES);

static ssize_t label_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", volume_of(kobj)->label);
}

static struct kobj_attribute label_attr = __ATTR_RO(label);

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	const struct vmfs_volume *vol = volume_of(kobj);

	return sysfs_emit(page, "%u.%u\n", vol->version, vol->minor);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static struct attribute *vmfs_attrs[] = {
	&counter_commits.attr.attr,
	&counter_logged_sectors.attr.attr,
	&counter_completed_blocks.attr.attr,
	&counter_replays.attr.attr,
	&counter_corruptions.attr.attr,
	&counter_failures.attr.attr,
	&label_attr.attr,
	&version_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(vmfs);

static void release(struct kobject *kobj)
{
	complete(&container_of(kobj, struct vmfs_mount, kobj)->kobj_released);
}

static const struct kobj_type vmfs_ktype = {
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = vmfs_groups,
	.release = release,
};

/**
 * vmfs_sysfs_add() - show a volume
 * @vol: volume that is mounted
 *
 * Return: 0 or an error; vmfs_sysfs_remove() cleans up in any case.
 */
int vmfs_sysfs_add(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);

	init_completion(&mount->kobj_released);
	mount->kobj.kset = vmfs_kset;
	return kobject_init_and_add(&mount->kobj, &vmfs_ktype, NULL, "%s", vol->sb->s_id);
}

/**
 * vmfs_sysfs_remove() - nobody looks at a volume any more
 * @vol: volume, shown or not
 */
void vmfs_sysfs_remove(struct vmfs_volume *vol)
{
	struct vmfs_mount *mount = vmfs_mount(vol);

	if (!mount->kobj.state_initialized)
		return;
	kobject_put(&mount->kobj);
	wait_for_completion(&mount->kobj_released);
}

/**
 * vmfs_sysfs_init() - at module load
 *
 * Return: 0 or -ENOMEM.
 */
int vmfs_sysfs_init(void)
{
	vmfs_kset = kset_create_and_add("vmfs", NULL, fs_kobj);
	return vmfs_kset ? 0 : -ENOMEM;
}

/**
 * vmfs_sysfs_exit() - at module unload
 */
void vmfs_sysfs_exit(void)
{
	kset_unregister(vmfs_kset);
}
