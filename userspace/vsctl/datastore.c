// SPDX-License-Identifier: GPL-2.0
/* vsctl datastore: VMFS volumes, on devices and mounted */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "../libvmfs/make.h"
#include "../libvmfs/probe.h"
#include "../libvmfs/resign.h"
#include "../libvmfs/volume.h"
#include "../libvs/datastore.h"
#include "../libvs/rundir.h"
#include "../libvs/text.h"
#include "datastore.h"
#include "vsctl.h"

#define VOLUMES		"/vmfs/volumes"	/* each on its label, as on ESXi */
#define LOCK_SECONDS	60		/* to wait for another mount */

static uint32_t cluster_free(const struct vmfs_volume *volume,
			     const struct vmfs_res_cluster *cluster)
{
	const uint8_t *meta = cluster->raw + cluster->md;

	if (volume->version == 6)
		return le16toh(((const struct vmfs6_cluster_meta *)meta)->free);
	return le32toh(((const struct vmfs_cluster_meta *)meta)->free);
}

static json_int_t count_free(struct vmfs_volume *volume)
{
	struct vmfs_resource *res = &volume->res[VMFS_FBB];
	struct vmfs_res_cluster cluster;
	uint64_t number, blocks = 0;

	for (number = 0; number < res->at.clusters; number++) {
		if (vmfs_resource_cluster(res, number, &cluster))
			return -1;
		blocks += cluster_free(volume, &cluster);
	}
	return blocks << volume->block_shift;
}

static void add_space(json_t *value, struct vmfs_lv *lv, const char *mounted)
{
	struct vmfs_volume volume;
	struct statvfs space;
	json_int_t free_bytes = -1;

	if (mounted && !statvfs(mounted, &space)) {
		free_bytes = (json_int_t)space.f_bfree * space.f_frsize;
	} else if (!lv->missing && !vmfs_open(&volume, lv)) {
		free_bytes = count_free(&volume);
		vmfs_close(&volume);
	}
	/* What all extents have, those that are missing too */
	json_object_set_new(value, "size",
			    json_integer(lv->missing ? le64toh(lv->extents[0].volume.size) :
					 lv->size));
	json_object_set_new(value, "free", free_bytes < 0 ? json_null() :
			    json_integer(free_bytes));
}

/* Members from the descriptor; without the head extent, the volume has no name. */
static void add_descriptor(json_t *value, struct vmfs_lv *lv)
{
	char label[VMFS_LABEL_SIZE], uuid[VMFS_UUID_TEXT_LEN + 1], version[16];
	struct vmfs_volume volume;

	if (lv->extents[0].first || vmfs_open_descriptor(&volume, lv)) {
		snprintf(version, sizeof(version), "%u", lv->major);
		json_object_update_new(value, json_pack("{s:n, s:n, s:s, s:n}", "label", "uuid",
							"version", version, "block_size"));
		return;
	}
	vmfs_uuid_text(&volume.fs.uuid, uuid);
	snprintf(version, sizeof(version), "%u.%u", volume.version, volume.fs.minor);
	json_object_update_new(value, json_pack("{s:o, s:s, s:s, s:I}", "label",
						vs_json_text(vmfs_label(&volume, label)), "uuid",
						uuid, "version", version, "block_size",
						(json_int_t)volume.block_size));
}

static void add_extents(json_t *value, const struct vmfs_lv *lv)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < lv->count; i++)
		json_array_append_new(list, json_pack("{s:o, s:I}", "device",
						      vs_json_text(lv->extents[i].dev->name), "size",
						      (json_int_t)lv->extents[i].length));
	json_object_set_new(value, "extents", list);
	json_object_set_new(value, "missing_extents", json_integer(lv->missing));
}

/* The kernel's state of a mounted volume; other network namespaces do not get it. */
static void add_host(struct vs_ctx *vs, json_t *value, const char *mounted)
{
	static const char *const keys[] = {
		"state", "reason", "lock", "host_uuid", "slot", "lease_age_ms", "counters",
	};
	json_auto_t *datastore = NULL;
	const json_t *known;
	struct stat st;
	size_t i;

	if (mounted && !stat(mounted, &st))
		vs_datastore(vs, st.st_dev, &datastore);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		known = json_object_get(datastore, keys[i]);
		json_object_set_new(value, keys[i], known ? json_incref((json_t *)known) :
				    json_null());
	}
}

/* All known extents of one volume, as one object */
static int show_volume(struct vs_ctx *vs, struct found_list *found, struct found *one, json_t *list)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	char uuid[VMFS_UUID_TEXT_LEN + 1];
	struct vmfs_lv lv;
	json_t *value;
	char *mounted;
	int err = datastore_open(found, one, devs, &lv, &mounted);

	if (!err) {
		vmfs_uuid_text(&one->volume, uuid);
		value = json_object();
		add_descriptor(value, &lv);
		json_object_set_new(value, "volume_uuid", json_string(uuid));
		add_space(value, &lv, mounted);
		json_object_set_new(value, "mounted",
				    mounted ? vs_json_text(mounted) : json_null());
		add_host(vs, value, mounted);
		add_extents(value, &lv);
		json_object_set_new(value, "copy_of", one->copy_of ? vs_json_text(one->copy_of) :
				    json_null());
		json_array_append_new(list, value);
		vmfs_lv_close(&lv);
	}
	free(mounted);
	return err;
}

static void print_datastores(json_t *list)
{
	static const struct vs_column columns[] = {
		{ "LABEL", "label" },
		{ "UUID", "uuid" },
		{ "VERSION", "version" },
		{ "SIZE", "size" },
		{ "FREE", "free" },
		{ "MOUNTED", "mounted" },
		{ "STATE", "state" },
		{ "EXTENTS", "devices" },
	};
	json_t *value, *devices, *extent;
	const char *copy_of, *reason;
	size_t i, k;

	json_array_foreach(list, i, value) {
		if (vsctl_out.json)
			break;
		devices = json_array();
		json_array_foreach(json_object_get(value, "extents"), k, extent)
			json_array_append(devices, json_object_get(extent, "device"));
		copy_of = json_string_value(json_object_get(value, "copy_of"));
		if (copy_of)
			json_array_append_new(devices, json_sprintf("(copy of %s)", copy_of));
		if (json_integer_value(json_object_get(value, "missing_extents")))
			json_array_append_new(devices, json_string("(missing)"));
		json_object_set_new(value, "devices", devices);
		reason = json_string_value(json_object_get(value, "reason"));
		if (reason)
			vs_warn("%s: nothing is written to it any more: %s",
				json_string_value(json_object_get(value, "mounted")), reason);
		vs_out_size(value, "size");
		vs_out_size(value, "free");
	}
	vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
}

static int datastore_show(struct args *args)
{
	json_auto_t *list = json_array();
	struct found_list found = {};
	bool all = !args->count, has_device = all;
	const char *word;
	int err = VS_OK;
	size_t i;

	while (!err && (word = next_word(args)))
		err = datastore_add_named(&found, word);
	for (i = 0; i < found.count; i++)
		has_device |= found.list[i].rdev != 0;
	/* The other extents of what was named; image files are named one by one. */
	if (!err && has_device)
		datastore_add_all(&found, all);
	for (i = 0; !err && i < found.count; i++)
		if (found.list[i].is_wanted && !found.list[i].is_shown)
			err = show_volume(args->vs, &found, &found.list[i], list);
	if (!err && all && !json_array_size(list) && geteuid())
		vs_warn("only devices that user %u may read were looked at", geteuid());
	if (!err)
		print_datastores(list);
	datastore_close_all(&found);
	return err;
}

/* The kernel's messages: fails with the error, and prints warnings. */
static void take_messages(int fs, const char *name)
{
	char text[1024];
	ssize_t len;

	while ((len = read(fs, text, sizeof(text) - 1)) > 0) {
		text[len] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (*text == 'e')
			vs_fail(VS_REFUSED, "%s: %s", name, text + 2);
		else
			vs_warn("%s: %s", name, text + 2);
	}
}

static int mount_volume(const struct vmfs_lv *lv, const char *name, const char *folder, bool ro)
{
	int fs = fsopen("vmfs", FSOPEN_CLOEXEC), mount = -1, failed;
	unsigned int i;
	int err;

	if (fs < 0)
		return vs_fail(VS_REFUSED, "vmfs: %m: is vmfs.ko installed?");
	failed = fsconfig(fs, FSCONFIG_SET_STRING, "source", lv->extents[0].dev->name, 0);
	for (i = 1; !failed && i < lv->count; i++)
		failed = fsconfig(fs, FSCONFIG_SET_STRING, "extent", lv->extents[i].dev->name, 0);
	if (!failed && ro)
		failed = fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	if (!failed)
		failed = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!failed) {
		mount = fsmount(fs, FSMOUNT_CLOEXEC, ro ? MOUNT_ATTR_RDONLY : 0);
		failed = mount < 0 || move_mount(mount, "", AT_FDCWD, folder,
						 MOVE_MOUNT_F_EMPTY_PATH);
	}
	err = failed ? vs_fail(VS_REFUSED, "%s cannot be mounted on %s: %m", name, folder) : VS_OK;
	take_messages(fs, name);	/* The kernel knows better why. */
	if (mount >= 0)
		close(mount);
	close(fs);
	return err;
}

/* Candidates: the devices of the host, and a named one */
static int look_for(struct found_list *found, const char *name)
{
	struct stat st;
	int err = VS_OK;

	if (!stat(name, &st) && S_ISBLK(st.st_mode))
		err = datastore_add_named(found, name);
	if (!err)
		datastore_add_all(found, false);
	return err;
}

/* Anybody may write a label: use the UUID for one that cannot name a folder. */
static bool is_folder_name(const char *label)
{
	const char *c;

	for (c = label; *c; c++)
		if (*c == '/' || (unsigned char)*c < ' ' || *c == 127)
			return false;
	return *label && strcmp(label, ".") && strcmp(label, "..");
}

/* Creates /vmfs/volumes/LABEL */
static int own_folder(struct vmfs_lv *lv, char *folder, size_t size)
{
	char label[VMFS_LABEL_SIZE], uuid[VMFS_UUID_TEXT_LEN + 1];
	struct vmfs_volume volume;
	struct stat st, above;
	int err = vmfs_open_descriptor(&volume, lv);

	if (err)
		return err;
	vmfs_uuid_text(&volume.fs.uuid, uuid);
	vmfs_label(&volume, label);
	snprintf(folder, size, "%s/%s", VOLUMES, is_folder_name(label) ? label : uuid);
	if ((mkdir("/vmfs", 0755) && errno != EEXIST) ||
	    (mkdir(VOLUMES, 0755) && errno != EEXIST) ||
	    (mkdir(folder, 0755) && errno != EEXIST) || lstat(folder, &st) || stat(VOLUMES, &above))
		return vs_fail(VS_REFUSED, "%s: %m", folder);
	if (!S_ISDIR(st.st_mode) || st.st_dev != above.st_dev)
		return vs_fail(VS_REFUSED, "%s is in use: name another folder", folder);
	return VS_OK;
}

static int mount_named(struct found_list *found, const char *name, const char *folder, bool ro)
{
	char own[sizeof(VOLUMES) + VMFS_LABEL_SIZE + VMFS_UUID_TEXT_LEN];
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	struct vmfs_lv lv;
	char *mounted;
	int err = datastore_find(found, name, ro, devs, &lv, &mounted);

	if (err)
		return err;
	/* Its own folder is for what has none. */
	if (folder || !mounted) {
		err = folder ? VS_OK : own_folder(&lv, own, sizeof(own));
		err = err ?: mount_volume(&lv, name, folder ?: own, ro);
	}
	vmfs_lv_close(&lv);
	free(mounted);
	return err;
}

static int datastore_mount(struct args *args)
{
	const char *name = next_word(args), *folder = next_word(args), *option = next_word(args);
	struct found_list found = {};
	int lock = -1, err;

	if (!name)
		return vs_fail(VS_USAGE,
			       "the datastore is missing: a device, its label or its UUID");
	if (folder && !option && !strcmp(folder, "ro")) {
		option = folder;
		folder = NULL;
	}
	if (option && strcmp(option, "ro"))
		return vs_fail(VS_USAGE, "%s: only ro may follow", option);
	err = no_more_words(args);
	/* udev may call for every extent of a volume at once. */
	if (!err && !folder)
		err = vs_run_lock(LOCK_SECONDS, &lock);
	if (!err)
		err = look_for(&found, name);
	if (!err)
		err = mount_named(&found, name, folder, option);
	datastore_close_all(&found);
	if (lock >= 0)
		close(lock);
	return err;
}

/* Let the kernel grow a mounted volume by an extent, or by added space of its devices. */
static int remount(const char *name, const char *folder, const char *device)
{
	int fs = fspick(AT_FDCWD, folder, FSPICK_CLOEXEC), failed, err;

	if (fs < 0)
		return vs_fail(VS_REFUSED, "%s: %m", folder);
	failed = device ? fsconfig(fs, FSCONFIG_SET_STRING, "extent", device, 0) :
			  fsconfig(fs, FSCONFIG_SET_FLAG, "grow", NULL, 0);
	if (!failed)
		failed = fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	err = failed ? vs_fail(VS_REFUSED, "%s cannot grow: %m", name) : VS_OK;
	take_messages(fs, name);
	close(fs);
	return err;
}

/* Is the device prepared as an extent of this volume, by an interrupted attempt? */
static bool is_next_extent(const struct vmfs_lv *lv, const struct vmfs_dev *dev)
{
	struct vmfs_lv next;
	bool is_next;

	if (vmfs_lv_open(&next, dev, 1, true))
		return false;
	is_next = !memcmp(&next.extents[0].volume.uuid, &lv->extents[0].volume.uuid,
			  sizeof(struct vmfs_uuid)) && next.extents[0].first == lv->size;
	vmfs_lv_close(&next);
	return is_next;
}

static int prepare_extent(const struct vmfs_lv *lv, const struct vmfs_dev *dev, bool force)
{
	int err = VS_OK;

	if (lv->major != 5)
		return vs_fail(VS_REFUSED, "VMFS-%u can only be read", lv->major);
	if (!dev->is_block)
		return vs_fail(VS_REFUSED, "%s is no block device, as extents are", dev->name);
	if (force)
		err = vmfs_wipe(dev);
	else if (!is_next_extent(lv, dev))
		err = vmfs_check_empty(dev, "force");
	if (!err)
		err = vmfs_make_next_extent(lv, dev, time(NULL));
	return err ? err : vmfs_dev_sync(dev);
}

/* Has a device of the volume another generation by now? */
static bool has_grown(const struct vmfs_lv *before)
{
	struct vmfs_dev dev;
	struct vmfs_lv now;
	bool grown = false;
	unsigned int i;

	for (i = 0; i < before->count && !grown; i++) {
		if (vmfs_dev_open(&dev, before->extents[i].dev->name, false))
			return true;
		grown = vmfs_lv_open(&now, &dev, 1, true);
		if (!grown) {
			grown = now.extents[0].volume.generation !=
				before->extents[i].volume.generation;
			vmfs_lv_close(&now);
		}
		vmfs_dev_close(&dev);
	}
	return grown;
}

static int add_extent(const struct vmfs_lv *lv, const char *name, const char *folder,
		      const char *device, bool force)
{
	struct vmfs_dev dev;
	int err = vmfs_dev_open(&dev, device, true);

	if (!err)
		err = prepare_extent(lv, &dev, force);
	vmfs_dev_close(&dev);	/* The kernel wants it for itself. */
	if (err)
		return err;
	err = remount(name, folder, device);
	/* A device that was refused is no extent. */
	if (err && !has_grown(lv) && !vmfs_dev_open(&dev, device, true)) {
		vmfs_dev_zero(&dev, VMFS_LVM_OFFSET, VMFS_SECTOR);
		vmfs_dev_close(&dev);
	}
	return err;
}

static int grow_named(struct found_list *found, const char *name, const char *device, bool force)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	struct vmfs_lv lv;
	char *mounted;
	int err = datastore_find(found, name, false, devs, &lv, &mounted);

	if (err)
		return err;
	if (!mounted)
		err = vs_fail(VS_REFUSED, "%s is not mounted: it grows while it is", name);
	else if (device)
		err = add_extent(&lv, name, mounted, device, force);
	else
		err = remount(name, mounted, NULL);
	vmfs_lv_close(&lv);
	free(mounted);
	return err;
}

static int datastore_grow(struct args *args)
{
	const char *name = next_word(args), *device = next_word(args), *option = next_word(args);
	struct found_list found = {};
	int err;

	if (!name)
		return vs_fail(VS_USAGE,
			       "the datastore is missing: a device, its label or its UUID");
	if (option && strcmp(option, "force"))
		return vs_fail(VS_USAGE, "%s: only force may follow", option);
	err = no_more_words(args);
	if (!err)
		err = look_for(&found, name);
	if (!err)
		err = grow_named(&found, name, device, option);
	datastore_close_all(&found);
	return err;
}

/* As it is now */
static int show_devices(struct vs_ctx *vs, const char *const *names)
{
	json_auto_t *list = json_array();
	struct found_list found = {};
	int err = VS_OK;

	while (!err && *names)
		err = datastore_add_named(&found, *names++);
	if (!err)
		err = show_volume(vs, &found, &found.list[0], list);
	if (!err)
		print_datastores(list);
	datastore_close_all(&found);
	return err;
}

static int datastore_resignature(struct args *args)
{
	struct vmfs_dev devs[VMFS_MAX_EXTENTS];
	const char *names[VMFS_MAX_EXTENTS + 1] = {};
	unsigned int count = 0, i;
	int err = VS_OK;

	while (args->count) {
		if (count == VMFS_MAX_EXTENTS)
			return vs_fail(VS_USAGE, "a volume has at most %u extents",
				       VMFS_MAX_EXTENTS);
		names[count++] = next_word(args);
	}
	if (!count)
		return vs_fail(VS_USAGE, "the devices of the volume are missing");
	for (i = 0; !err && i < count; i++)
		err = vmfs_dev_open(&devs[i], names[i], true);
	if (!err)
		err = vmfs_resign(devs, count, time(NULL));
	while (i--)
		vmfs_dev_close(&devs[i]);
	return err ? err : show_devices(args->vs, names);
}

static int datastore_monitor(struct args *args)
{
	int err = no_more_words(args);

	if (!err)
		err = vs_datastore_events(args->vs, print_event);
	return err ? err : vs_fail(VS_REFUSED, "nobody reads the events any more");
}

static const struct verb verbs[] = {
	{ "show", datastore_show },
	{ "mount", datastore_mount },
	{ "grow", datastore_grow },
	{ "resignature", datastore_resignature, true },
	{ "monitor", datastore_monitor },
	{ NULL, NULL }
};

const struct object vsctl_datastore = {
	.name = "datastore",
	.alias = "ds",
	.verbs = verbs,
	.help =
	"Usage: vsctl datastore [ show [ DEVICE | FILE | MOUNTPOINT ]... ]\n"
	"       vsctl datastore mount { DEVICE | LABEL | UUID } [ FOLDER ] [ ro ]\n"
	"       vsctl datastore grow { DEVICE | LABEL | UUID } [ NEW-DEVICE [ force ] ]\n"
	"       vsctl datastore resignature DEVICE...\n"
	"       vsctl datastore monitor\n"
	"\n"
	"show lists VMFS volumes: all on block devices of this host, or those named by one of\n"
	"their extents, an image file, or their mount point.\n"
	"mount finds all extents of the volume.  Without FOLDER it creates /vmfs/volumes/LABEL,\n"
	"and leaves a mounted volume alone; udev does this for each disk of the host.\n"
	"grow enlarges a mounted VMFS-5 by NEW-DEVICE, which becomes an extent (force\n"
	"overwrites it), or by the added space of its last device.\n"
	"resignature turns a copy of a VMFS-5 (name all its devices) into a datastore of its\n"
	"own, snap-XXXXXXXX-LABEL, which can be mounted beside the original.\n"
	"monitor prints the events of mounted volumes, one per line: mount, unmount, stop (no\n"
	"more writes), corrupt, grow, recover; and lost if events came faster than they could be\n"
	"read.\n"
	"\n"
	"Examples:\n"
	"  vsctl datastore\n"
	"  vsctl datastore show /dev/sdb1\n"
	"  vsctl datastore mount datastore1 /vmfs/datastore1\n"
	"  vsctl datastore grow datastore1 /dev/sdc1\n"
	"  vsctl datastore resignature /dev/sdd1 /dev/sde1\n"
	"  vsctl -j ds show part1.img part2.img\n",
};
