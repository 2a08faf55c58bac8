// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "dir.h"

#define ENTRIES_AT_ONCE		256
#define MAX_LENGTH		(256ull << 20)	/* what file blocks without pointers hold */

static int decode(const struct vmfs_inode *dir, const struct vmfs_dirent *raw, uint64_t offset,
		  struct vmfs_entry *entry)
{
	entry->type = le32toh(raw->type);
	entry->address = le32toh(raw->address);
	entry->generation = le32toh(raw->generation);
	entry->offset = offset;
	memcpy(entry->name, raw->name, sizeof(raw->name));
	entry->name[sizeof(raw->name)] = '\0';
	if (strlen(entry->name) <= VMFS_NAME_MAX && *entry->name &&
	    (!strchr(entry->name, '/')))
		return VS_OK;
	return vs_fail(VS_REFUSED, "directory %s: the name at offset %" PRIu64 " is none",
		       vmfs_fd_text(dir->address), offset);
}

static int iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data, struct vmfs_dirent *raw)
{
	uint64_t count = dir->length / sizeof(*raw), i;
	struct vmfs_entry entry;
	int err = VS_OK;

	for (i = 0; !err && i < count; i++) {
		uint64_t left = count - i < ENTRIES_AT_ONCE ? count - i : ENTRIES_AT_ONCE;

		if (i % ENTRIES_AT_ONCE == 0)
			err = vmfs_read(dir, i * sizeof(*raw), raw, left * sizeof(*raw));
		if (err || !raw[i % ENTRIES_AT_ONCE].address)
			continue;
		err = decode(dir, &raw[i % ENTRIES_AT_ONCE], i * sizeof(*raw), &entry);
		if (!err)
			err = fn(data, &entry);
	}
	return err;
}

int vmfs_dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data)
{
	struct vmfs_dirent *raw;
	int err;

	if (!vmfs_is_dir(dir))
		return vs_fail(VS_REFUSED, "file descriptor %s is not a directory",
			       vmfs_fd_text(dir->address));
	if (dir->length > MAX_LENGTH)
		return vs_fail(VS_REFUSED, "directory %s: its length is %" PRIu64,
			       vmfs_fd_text(dir->address), dir->length);
	if (dir->volume->version == 6)
		return vmfs6_dir_iterate(dir, fn, data);
	raw = vs_malloc(ENTRIES_AT_ONCE * sizeof(*raw));
	err = iterate(dir, fn, data, raw);
	free(raw);
	return err;
}

struct search {
	const char *name;
	struct vmfs_entry *entry;
	bool found;
};

static int compare(void *data, const struct vmfs_entry *entry)
{
	struct search *search = data;

	if (search->found || strcmp(entry->name, search->name))
		return VS_OK;
	*search->entry = *entry;
	search->found = true;
	return VS_OK;
}

int vmfs_dir_lookup(struct vmfs_inode *dir, const char *name, struct vmfs_entry *entry)
{
	struct search search = { .name = name, .entry = entry };
	int err;

	if (dir->volume->version == 6 && vmfs_is_dir(dir))
		return vmfs6_dir_lookup(dir, name, entry);
	err = vmfs_dir_iterate(dir, compare, &search);
	if (!err && !search.found)
		err = vs_fail(VS_NOT_FOUND, "directory %s has no '%s'", vmfs_fd_text(dir->address),
			      name);
	return err;
}

int vmfs_path_lookup(struct vmfs_volume *volume, const char *path, struct vmfs_inode *inode)
{
	struct vmfs_entry entry;
	char name[VMFS6_NAME_MAX + 1];
	size_t len;
	int err = vmfs_inode_read(volume, VMFS_FD_ROOT, inode);

	for (path += strspn(path, "/"); !err && *path; path += len + strspn(path + len, "/")) {
		len = strcspn(path, "/");
		if (len >= sizeof(name))
			return vs_fail(VS_NOT_FOUND, "the name '%s' is too long", path);
		memcpy(name, path, len);
		name[len] = '\0';
		err = vmfs_dir_lookup(inode, name, &entry);
		if (!err)
			err = vmfs_inode_read(volume, entry.address, inode);
	}
	return err;
}
