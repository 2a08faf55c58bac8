// SPDX-License-Identifier: GPL-2.0
/* Find devices with VMFS volumes, by name or all */
#include <dirent.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../libvmfs/volume.h"
#include "../libvs/err.h"
#include "datastore.h"

static bool same_uuid(const struct vmfs_uuid *a, const struct vmfs_uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void free_found(struct found *one)
{
	vmfs_dev_close(&one->dev);
	free(one->identity);
	free(one->name);
}

/* Another device has the same extent: is it another path to the same disk?  If not, both are
 * copies, and either may be the original.
 */
static bool is_path(struct found *old, struct found *one)
{
	if (old->rdev == one->rdev && old->rdev)
		return true;
	if (old->identity && one->identity && !strcmp(old->identity, one->identity))
		return true;
	if (!old->rdev && !one->rdev && !strcmp(old->name, one->name))
		return true;
	if (!old->copy_of)
		old->copy_of = one->name;
	one->copy_of = old->name;
	return false;
}

/* Adds the device if it has an extent; else fails, with a text in case the user named it. */
static int add_device(struct found_list *found, const char *name, bool is_wanted)
{
	struct found one = { .name = strdup(name), .is_wanted = is_wanted };
	struct vmfs_lv lv;
	struct stat st;
	size_t i;
	int err = vmfs_dev_open(&one.dev, one.name, false);

	if (!err)
		err = vmfs_lv_open(&lv, &one.dev, 1, true);
	if (err) {
		vmfs_dev_close(&one.dev);
		free(one.name);
		return err;
	}
	one.volume = lv.extents[0].volume.uuid;
	one.device = lv.extents[0].header.uuid;
	vmfs_lv_close(&lv);
	if (!fstat(one.dev.fd, &st) && S_ISBLK(st.st_mode))
		one.rdev = st.st_rdev;
	one.identity = vmfs_dev_identity(one.rdev);
	/* The same one on another path, or named before */
	for (i = 0; i < found->count; i++) {
		if (!same_uuid(&found->list[i].device, &one.device) ||
		    !is_path(&found->list[i], &one))
			continue;
		found->list[i].is_wanted |= is_wanted;
		free_found(&one);
		return VS_OK;
	}
	found->list = realloc(found->list, (found->count + 1) * sizeof(one));
	found->list[found->count++] = one;
	return VS_OK;
}

/* A disk that multipath or another mapping uses is looked at through that. */
static bool has_holders(const char *name)
{
	char path[300];
	struct dirent **names;
	bool found;
	int count;

	snprintf(path, sizeof(path), "/sys/class/block/%s/holders", name);
	count = scandir(path, &names, NULL, NULL);
	if (count < 0)
		return false;
	found = count > 2;	/* beside "." and ".." */
	while (count)
		free(names[--count]);
	free(names);
	return found;
}

/*
 * A virtual device (a logical volume, a zvol, a RAID) may be the disk of a guest, and its
 * volume the guest's.  Multipath devices are not, and somebody set up a loop device on purpose
 * to read a file.
 */
static bool may_be_guests(dev_t rdev)
{
	static const char virtual[] = "/sys/devices/virtual/block/";
	char path[64], uuid[64] = "", *device;
	bool may_be;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(rdev), minor(rdev));
	device = realpath(path, NULL);
	may_be = device && !strncmp(device, virtual, strlen(virtual)) &&
		 strncmp(device + strlen(virtual), "loop", 4);
	free(device);
	strcat(path, "/dm/uuid");
	file = may_be ? fopen(path, "re") : NULL;
	if (file) {
		may_be = !fgets(uuid, sizeof(uuid), file) || !strstr(uuid, "mpath-");
		fclose(file);
	}
	return may_be;
}

/* The mount point of a device, or with @path the device mounted there */
static char *find_mount(dev_t rdev, const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	struct stat st;
	char *result = NULL;

	while (mounts && !result && (mount = getmntent(mounts))) {
		if (strcmp(mount->mnt_type, "vmfs"))
			continue;
		if (path && !strcmp(mount->mnt_dir, path))
			result = strdup(mount->mnt_fsname);
		else if (!path && !stat(mount->mnt_fsname, &st) && st.st_rdev == rdev)
			result = strdup(mount->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return result;
}

/* Read it although it was not named? */
static bool is_offered(const struct found_list *found, const char *name, const char *path)
{
	struct stat st;
	char *mounted;

	if (*name == '.' || has_holders(name) || stat(path, &st))
		return false;
	if (found->has_virtual || !may_be_guests(st.st_rdev))
		return true;
	mounted = find_mount(st.st_rdev, NULL);
	free(mounted);
	return mounted;
}

void datastore_add_all(struct found_list *found, bool is_wanted)
{
	struct dirent **names;
	char path[300];
	int count = scandir("/sys/class/block", &names, NULL, versionsort), i;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/dev/%s", names[i]->d_name);
		if (is_offered(found, names[i]->d_name, path))
			add_device(found, path, is_wanted);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

int datastore_add_named(struct found_list *found, const char *name)
{
	char *path, *device;
	struct stat st;
	int err;

	if (stat(name, &st) || !S_ISDIR(st.st_mode)) {
		err = add_device(found, name, true);
		found->has_virtual |= !err && S_ISBLK(st.st_mode) && may_be_guests(st.st_rdev);
		return err;
	}
	path = realpath(name, NULL);
	device = path ? find_mount(0, path) : NULL;
	err = device ? add_device(found, device, true) :
	      vs_fail(VS_NOT_FOUND, "no VMFS is mounted on %s", name);
	free(device);
	free(path);
	return err;
}

void datastore_close_all(struct found_list *found)
{
	size_t i;

	for (i = 0; i < found->count; i++)
		free_found(&found->list[i]);
	free(found->list);
}

int datastore_open(struct found_list *found, const struct found *one,
		   struct vmfs_dev devs[VMFS_MAX_EXTENTS], struct vmfs_lv *lv, char **mounted)
{
	unsigned int count = 0;
	size_t i;

	*mounted = NULL;
	for (i = 0; i < found->count; i++) {
		struct found *other = &found->list[i];

		if (!same_uuid(&one->volume, &other->volume) || count == VMFS_MAX_EXTENTS)
			continue;
		/* Which of several copies belongs to the others is not known. */
		if (other != one && (other->copy_of || one->copy_of))
			continue;
		devs[count++] = other->dev;
		other->is_shown = true;
		if (!*mounted && other->rdev)
			*mounted = find_mount(other->rdev, NULL);
	}
	return vmfs_lv_open(lv, devs, count, true);
}

/* Does the name match the volume: one of its devices, its label, or its UUID? */
static bool is_named(struct vmfs_lv *lv, const char *name)
{
	char label[VMFS_LABEL_SIZE], uuid[VMFS_UUID_TEXT_LEN + 1];
	struct vmfs_volume volume;
	struct stat wanted, st;
	unsigned int i;

	for (i = 0; i < lv->count && !stat(name, &wanted) && S_ISBLK(wanted.st_mode); i++)
		if (!stat(lv->extents[i].dev->name, &st) && st.st_rdev == wanted.st_rdev)
			return true;
	if (lv->extents[0].first || vmfs_open_descriptor(&volume, lv))
		return false;
	vmfs_uuid_text(&volume.fs.uuid, uuid);
	return !strcmp(vmfs_label(&volume, label), name) || !strcmp(uuid, name);
}

/* A label of two volumes is ambiguous. */
static int check_unique(struct found_list *found, size_t from, const char *name,
			const char *device)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	struct vmfs_lv lv;
	char *mounted;
	int err = VS_OK;
	size_t i;

	for (i = from; !err && i < found->count; i++) {
		if (found->list[i].is_shown)
			continue;
		if (!datastore_open(found, &found->list[i], devs, &lv, &mounted)) {
			if (is_named(&lv, name))
				err = vs_fail(VS_REFUSED,
					      "%s and %s hold datastores with the name %s: name a device",
					      device, found->list[i].name, name);
			vmfs_lv_close(&lv);
		}
		free(mounted);
	}
	return err;
}

/* Why not to use a volume */
static int check_found(struct found_list *found, size_t number, const char *name,
		       const struct vmfs_lv *lv, bool copy_is_fine)
{
	const struct found *one = &found->list[number];
	struct stat st;

	if (one->copy_of && !(copy_is_fine && !stat(name, &st) && S_ISBLK(st.st_mode)))
		return vs_fail(VS_REFUSED,
			       "%s and %s are copies of one extent, not two paths to one disk: take one away, give one an identity of its own (vsctl datastore resignature), or mount one by its device and read-only (ro)",
			       one->copy_of, one->name);
	if (lv->missing)
		return vs_fail(VS_NOT_FOUND, "%s: %u of its extents are missing", name,
			       lv->missing);
	return check_unique(found, number + 1, name, one->name);
}

int datastore_find(struct found_list *found, const char *name, bool copy_is_fine,
		   struct vmfs_dev devs[VMFS_MAX_EXTENTS], struct vmfs_lv *lv, char **mounted)
{
	size_t i;
	int err;

	for (i = 0; i < found->count; i++) {
		if (found->list[i].is_shown)
			continue;
		if (datastore_open(found, &found->list[i], devs, lv, mounted)) {
			free(*mounted);
			continue;
		}
		if (is_named(lv, name)) {
			err = check_found(found, i, name, lv, copy_is_fine);
			if (!err)
				return VS_OK;
			vmfs_lv_close(lv);
			free(*mounted);
			return err;
		}
		vmfs_lv_close(lv);
		free(*mounted);
	}
	return vs_fail(VS_NOT_FOUND, "no VMFS on the devices of this host is called %s", name);
}
