// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "../libvs/err.h"
#include "dir.h"

#define ENTRIES_AT_ONCE	64

static void decode(const struct vmfs_dirent *raw, uint64_t offset, struct vmfs_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->type = le32toh(raw->type);
	entry->address = le32toh(raw->address);
	entry->generation = le32toh(raw->generation);
	entry->offset = offset;
	memcpy(entry->name, raw->name, sizeof(raw->name));
	entry->is_bad = !vmfs_name_length(raw->name, sizeof(raw->name));
}

static int fail_name(const struct vmfs_inode *dir, uint64_t offset)
{
	return vs_fail(VS_REFUSED, "directory %s: the name at offset %" PRIu64 " is none",
		       vmfs_fd_text(dir->address), offset);
}

/* Unlike a file, a directory has no holes. */
static int read_part(struct vmfs_inode *dir, uint64_t offset, void *buf, size_t len)
{
	struct vmfs_map map;
	uint64_t at;
	int err;

	for (at = offset; at < offset + len; at += map.length) {
		err = vmfs_map_find(dir, at, &map);
		if (err)
			return err;
		if (map.type != VMFS_MAP_DATA && map.type != VMFS_MAP_RESIDENT)
			return vs_fail(VS_REFUSED, "directory %s: it has a hole at offset %" PRIu64,
				       vmfs_fd_text(dir->address), at);
	}
	return vmfs_read(dir, offset, buf, len);
}

/* As many entries as can be read at @offset, up to @room; 0 where not one can */
static size_t read_entries(struct vmfs_inode *dir, uint64_t offset, struct vmfs_dirent *raw,
			   size_t room, int *err)
{
	uint64_t left = (dir->length - offset) / sizeof(*raw);
	size_t count = left < room ? left : room;

	*err = read_part(dir, offset, raw, count * sizeof(*raw));
	if (*err && count > 1) {
		count = 1;
		*err = read_part(dir, offset, raw, sizeof(*raw));
	}
	return *err ? 0 : count;
}

/* A block cannot be read: where the first entry begins that has nothing in it */
static uint64_t skip_block(const struct vmfs_inode *dir, uint64_t offset)
{
	uint64_t size = 1ull << dir->block_shift, last = offset + sizeof(struct vmfs_dirent) - 1;
	uint64_t next = (last / size + 1) * size;

	return (next + sizeof(struct vmfs_dirent) - 1) / sizeof(struct vmfs_dirent) *
	       sizeof(struct vmfs_dirent);
}

static int iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data, bool all)
{
	struct vmfs_dirent raw[ENTRIES_AT_ONCE];
	struct vmfs_entry entry;
	uint64_t offset = 0;
	size_t count, i;
	int err = VS_OK;

	while (!err && offset + sizeof(*raw) <= dir->length) {
		count = read_entries(dir, offset, raw, ARRAY_SIZE(raw), &err);
		if (err && all) {
			entry = (struct vmfs_entry){
				.is_bad = true, .is_unread = true, .offset = offset,
			};
			err = fn(data, &entry);
			offset = skip_block(dir, offset);
		}
		for (i = 0; !err && i < count; i++, offset += sizeof(*raw)) {
			if (!raw[i].address)
				continue;
			decode(&raw[i], offset, &entry);
			err = entry.is_bad && !all ? fail_name(dir, offset) : fn(data, &entry);
		}
	}
	return err;
}

static int dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data, bool all)
{
	if (!vmfs_is_dir(dir))
		return vs_fail(VS_REFUSED, "file descriptor %s is not a directory",
			       vmfs_fd_text(dir->address));
	if (dir->volume->version == 6)
		return vmfs6_dir_iterate(dir, fn, data, all);
	return iterate(dir, fn, data, all);
}

int vmfs_dir_iterate(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data)
{
	return dir_iterate(dir, fn, data, false);
}

int vmfs_dir_iterate_all(struct vmfs_inode *dir, vmfs_entry_fn fn, void *data)
{
	return dir_iterate(dir, fn, data, true);
}

struct search {
	const char *name;
	struct vmfs_entry *entry;
	bool found;
};

static int compare(void *data, const struct vmfs_entry *entry)
{
	struct search *search = data;

	if (search->found || entry->is_bad || strcmp(entry->name, search->name))
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
	/* A name that is none is not this one. */
	err = vmfs_dir_iterate_all(dir, compare, &search);
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
