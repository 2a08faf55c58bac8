// SPDX-License-Identifier: GPL-2.0
/* Names: entries of directories, and files without a name */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fsck.h"

/* @is_twin: another entry, before this one, is the same */
struct name {
	struct vmfs_entry entry;
	bool is_twin;
};

/* The names of one directory; there are not more than @max of them */
struct names {
	struct name *list;
	size_t count, room, max;
	uint64_t unread;
};

static int collect(void *data, const struct vmfs_entry *entry)
{
	struct names *names = data;
	struct name *grown;

	names->unread += entry->is_unread;
	if (entry->is_unread)
		return VS_OK;
	if (names->count == names->max)
		return vs_fail(VS_REFUSED, "it has more than %zu names", names->max);
	if (names->count == names->room) {
		names->room = 2 * names->room + 64;
		grown = realloc(names->list, names->room * sizeof(*grown));
		if (!grown)
			return vs_fail(VS_REFUSED, "out of memory");
		names->list = grown;
	}
	names->list[names->count++] = (struct name){ .entry = *entry };
	return VS_OK;
}

static int write_at(struct fsck *fsck, struct vmfs_inode *dir, uint64_t pos, const void *buf,
		    size_t len)
{
	struct vmfs_map map;
	int err = VS_OK;

	for (; !err && len; pos += map.length, buf = (const uint8_t *)buf + map.length,
	     len -= map.length) {
		err = vmfs_map_find(dir, pos, &map);
		if (!err && map.type != VMFS_MAP_DATA)
			err = vs_fail(VS_REFUSED, "there is no block at offset %" PRIu64, pos);
		if (err)
			return err;
		if (map.length > len)
			map.length = len;
		err = vmfs_lv_write(&fsck->lv, map.offset, buf, map.length);
	}
	return err;
}

/* As VMFS removes names: the last one takes the place. */
static int remove_entry(struct fsck *fsck, struct vmfs_inode *dir, uint64_t offset)
{
	struct vmfs_dirent last;
	uint64_t end = dir->length / sizeof(last) * sizeof(last) - sizeof(last);
	int err = vmfs_read(dir, end, &last, sizeof(last));

	if (!err && end != offset)
		err = write_at(fsck, dir, offset, &last, sizeof(last));
	if (err)
		return err;
	dir->length = end;
	dir->meta.length = htole64(end);
	return fsck_write_meta(fsck, dir);
}

static int write_entry(struct fsck *fsck, struct vmfs_inode *dir, uint64_t offset,
		       const struct vmfs_entry *entry)
{
	struct vmfs_dirent raw = {
		.type = htole32(entry->type),
		.address = htole32(entry->address),
		.generation = htole32(entry->generation),
	};

	memcpy(raw.name, entry->name, strlen(entry->name));
	return write_at(fsck, dir, offset, &raw, sizeof(raw));
}

static const char *dir_text(const struct vmfs_inode *dir)
{
	static char text[64];

	snprintf(text, sizeof(text), "directory %s", vmfs_fd_text(dir->address));
	return text;
}

/* Why a name is not that of its file; NULL if it is */
static const char *judge(struct fsck *fsck, const struct vmfs_entry *entry)
{
	uint64_t number = fsck_fd_number(fsck, entry->address);
	struct fsck_fd *fd;

	if (vmfs_address_type(entry->address) != VMFS_ADDR_FD ||
	    vmfs_fd_item(entry->address) >= fsck->volume.res[VMFS_FDC].at.per_cluster ||
	    number >= fsck->volume.res[VMFS_FDC].at.total)
		return "its address is not one of a file descriptor";
	fd = &fsck->fds[number];
	/* Perhaps the bitmap is wrong, not the name. */
	if (fd->state == FD_FREE) {
		struct vmfs_inode *inode = vs_malloc(sizeof(*inode));
		bool is_it = !vmfs_inode_read(&fsck->volume, entry->address, inode) &&
			     le32toh(inode->meta.generation) == entry->generation &&
			     inode->type == entry->type;

		free(inode);
		if (is_it)
			fsck_file(fsck, number);
	}
	if (fd->state == FD_DAMAGED)
		return NULL;
	if (fd->state != FD_IN_USE)
		return "its file descriptor is free";
	if (fd->generation != entry->generation)
		return "its file descriptor has another generation";
	if (fd->type != entry->type)
		return "its file descriptor is of another type";
	return NULL;
}

static void count_name(struct fsck *fsck, struct vmfs_inode *dir, const struct vmfs_entry *entry)
{
	uint32_t parent = fsck_fd_number(fsck, dir->address);
	struct fsck_fd *fd = &fsck->fds[fsck_fd_number(fsck, entry->address)];

	fd->names++;
	if (!fd->is_dir)
		return;
	if (fd->names > 1)
		fsck_damage(fsck, "%s: '%s' is a directory that has another name already",
			    dir_text(dir), entry->name);
	fsck->fds[parent].subdirectories++;
	fd->parent = parent;
}

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->entry.name, y->entry.name);

	return order ? order : x->entry.offset < y->entry.offset ? -1 : 1;
}

/* Later entries first: the last one only replaces entries that were checked. */
static int by_offset(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->entry.offset > y->entry.offset ? -1 : x->entry.offset < y->entry.offset;
}

static void drop_entry(struct fsck *fsck, struct vmfs_inode *dir, const struct vmfs_entry *entry,
		       const char *why)
{
	if (fsck_loss(fsck, "%s: '%s' at offset %" PRIu64 ": %s", dir_text(dir),
		      entry->name, entry->offset, why))
		fsck_fixed(fsck, remove_entry(fsck, dir, entry->offset));
}

/* Replace an invalid name by another in the same place. */
static void check_bad_name(struct fsck *fsck, struct vmfs_inode *dir, struct vmfs_entry *entry)
{
	uint32_t number = fsck_fd_number(fsck, entry->address);
	const char *wrong = judge(fsck, entry);

	if (wrong) {
		drop_entry(fsck, dir, entry, wrong);
		return;
	}
	snprintf(entry->name, sizeof(entry->name), "lost-%u", number);
	if (fsck_problem(fsck, "%s: the name at offset %" PRIu64 " is none: it becomes '%s'",
			 dir_text(dir), entry->offset, entry->name))
		fsck_fixed(fsck, write_entry(fsck, dir, entry->offset, entry));
	count_name(fsck, dir, entry);
}

static void check_entry(struct fsck *fsck, struct vmfs_inode *dir, struct name *name)
{
	struct vmfs_entry *entry = &name->entry;
	const char *wrong;

	if (name->is_twin) {
		if (fsck_problem(fsck, "%s: '%s' is there once more at offset %" PRIu64,
				 dir_text(dir), entry->name, entry->offset))
			fsck_fixed(fsck, remove_entry(fsck, dir, entry->offset));
		return;
	}
	if (entry->is_bad) {
		check_bad_name(fsck, dir, entry);
		return;
	}
	wrong = judge(fsck, entry);
	if (wrong)
		drop_entry(fsck, dir, entry, wrong);
	else
		count_name(fsck, dir, entry);
}

static bool is_dot(const struct vmfs_entry *entry)
{
	return !strcmp(entry->name, ".") || !strcmp(entry->name, "..");
}

/* VMFS-6 finds names by their hash: check that it finds this one. */
static void check_lookup(struct fsck *fsck, struct vmfs_inode *dir, const struct vmfs_entry *entry)
{
	struct vmfs_entry found;

	if (fsck->volume.version == 6 &&
	    (vmfs_dir_lookup(dir, entry->name, &found) || found.offset != entry->offset))
		fsck_damage(fsck, "%s: '%s' at offset %" PRIu64 " is not found by its hash",
			    dir_text(dir), entry->name, entry->offset);
}

/* Removing a name writes twice: in between, the last one is there twice. */
static void find_twins(struct fsck *fsck, struct vmfs_inode *dir, struct names *names)
{
	size_t i;

	qsort(names->list, names->count, sizeof(*names->list), by_name);
	for (i = 1; i < names->count; i++) {
		const struct vmfs_entry *a = &names->list[i - 1].entry;
		const struct vmfs_entry *b = &names->list[i].entry;

		if (a->is_bad || b->is_bad || strcmp(a->name, b->name))
			continue;
		if (!is_dot(b) && fsck->volume.version == 5 && a->address == b->address &&
		    a->generation == b->generation && a->type == b->type)
			names->list[i].is_twin = true;
		else
			fsck_damage(fsck, "%s: '%s' is there twice, at offset %" PRIu64 " again",
				    dir_text(dir), b->name, b->offset);
	}
}

static void check_names(struct fsck *fsck, struct vmfs_inode *dir, struct names *names)
{
	unsigned int dots = 0;
	size_t i;

	if (!names->count) {
		fsck_damage(fsck, "%s: it is empty, even of '.' and '..'", dir_text(dir));
		return;
	}
	find_twins(fsck, dir, names);
	qsort(names->list, names->count, sizeof(*names->list), by_offset);
	for (i = 0; i < names->count; i++) {
		struct name *name = &names->list[i];

		if (is_dot(&name->entry)) {
			dots++;
			continue;
		}
		check_entry(fsck, dir, name);
		if (!name->entry.is_bad)
			check_lookup(fsck, dir, &name->entry);
	}
	if (dots != 2)
		fsck_damage(fsck, "%s: it has not '.' and '..' once each", dir_text(dir));
}

static void check_dir(struct fsck *fsck, uint32_t number)
{
	struct vmfs_inode *dir = vs_malloc(sizeof(*dir));
	/* Each file has one name; twice as many allow for damage. */
	struct names names = { .max = 2 * fsck->volume.res[VMFS_FDC].at.total + 2 };
	int err = vmfs_inode_read(&fsck->volume, fsck_fd_address(fsck, number), dir);

	if (!err)
		err = vmfs_dir_iterate_all(dir, collect, &names);
	if (!err && fsck->volume.version < 6 && dir->length % sizeof(struct vmfs_dirent))
		fsck_damage(fsck, "%s: its length %" PRIu64 " is not one of whole names",
			    dir_text(dir), dir->length);
	if (err)
		fsck_damage(fsck, "directory %s: %s",
			    vmfs_fd_text(fsck_fd_address(fsck, number)), vs_error());
	else if (names.unread)
		fsck_damage(fsck, "%s: %" PRIu64 " parts of it cannot be read", dir_text(dir),
			    names.unread);
	if (err || names.unread) {
		fsck->is_uncertain = true;
		fsck->misses_names = true;
		fsck->fds[number].is_partial = true;
	}
	if (!err)
		check_names(fsck, dir, &names);
	free(names.list);
	free(dir);
}

/* All names must be known to check where "." and ".." lead. */
static void check_dots(struct fsck *fsck, uint32_t number)
{
	struct fsck_fd *fd = &fsck->fds[number];
	uint32_t parent = number ? fd->parent : 0;
	struct vmfs_inode *dir = vs_malloc(sizeof(*dir));
	static const char *const dots[] = { ".", ".." };
	struct vmfs_entry entry;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		uint32_t to = i ? parent : number;

		if (vmfs_inode_read(&fsck->volume, fsck_fd_address(fsck, number), dir) ||
		    vmfs_dir_lookup(dir, dots[i], &entry) ||
		    (entry.address == fsck_fd_address(fsck, to) &&
		     entry.generation == fsck->fds[to].generation))
			continue;
		if (!fsck_problem(fsck, "%s: '%s' leads to file descriptor 0x%08x, not to 0x%08x",
				  dir_text(dir), dots[i], entry.address, fsck_fd_address(fsck, to)))
			continue;
		entry.address = fsck_fd_address(fsck, to);
		entry.generation = fsck->fds[to].generation;
		entry.type = fsck->fds[to].type;
		fsck_fixed(fsck, write_entry(fsck, dir, entry.offset, &entry));
	}
	free(dir);
}

/* A file without a name gets one in the root, if its last block has room for it. */
static void check_name(struct fsck *fsck, uint32_t number)
{
	struct fsck_fd *fd = &fsck->fds[number];
	struct vmfs_inode *root;
	struct vmfs_entry entry = {
		.type = fd->type, .address = fsck_fd_address(fsck, number),
		.generation = fd->generation,
	};
	int err;

	if (fd->names || !number)
		return;
	if (fsck->misses_names) {
		fsck_damage(fsck, "file descriptor %s is in use and has no name, or one that could not be read",
			    vmfs_fd_text(entry.address));
		return;
	}
	snprintf(entry.name, sizeof(entry.name), "lost-%u", number);
	if (!fsck_problem(fsck, "file descriptor %s is in use and has no name: it becomes '/%s'",
			  vmfs_fd_text(entry.address), entry.name))
		return;
	root = vs_malloc(sizeof(*root));
	err = vmfs_inode_read(&fsck->volume, VMFS_FD_ROOT, root);
	if (!err)
		err = write_entry(fsck, root, root->length, &entry);
	if (!err) {
		root->length += sizeof(struct vmfs_dirent);
		root->meta.length = htole64(root->length);
		err = fsck_write_meta(fsck, root);
	}
	if (!err)
		count_name(fsck, root, &entry);
	fsck_fixed(fsck, err);
	free(root);
}

static void check_nlink(struct fsck *fsck, uint32_t number)
{
	struct fsck_fd *fd = &fsck->fds[number];
	uint32_t links = fd->is_dir ? 2 + fd->subdirectories : fd->names;
	struct vmfs_inode *inode;
	int err;

	if (fd->nlink == links || !links || fd->is_partial)
		return;
	if (!fsck_problem(fsck, "file descriptor %s: its link count is %u, it has %u links",
			  vmfs_fd_text(fsck_fd_address(fsck, number)), fd->nlink, links))
		return;
	inode = vs_malloc(sizeof(*inode));
	err = vmfs_inode_read(&fsck->volume, fsck_fd_address(fsck, number), inode);
	inode->meta.nlink = htole32(links);
	fsck_fixed(fsck, err ? err : fsck_write_meta(fsck, inode));
	free(inode);
}

/* Directories that contain each other, and are in no other */
static void check_reachable(struct fsck *fsck, uint32_t number)
{
	uint32_t at = number, steps = 0;

	while (at && steps++ <= fsck->num_dirs)
		at = fsck->fds[at].parent;
	if (at)
		fsck_damage(fsck, "directory %s is only in directories that are in it",
			    vmfs_fd_text(fsck_fd_address(fsck, number)));
}

void fsck_dirs(struct fsck *fsck)
{
	uint64_t total = fsck->volume.res[VMFS_FDC].at.total, number;
	uint32_t i;

	/* fsck_file() may add some on the way. */
	for (i = 0; i < fsck->num_dirs; i++)
		check_dir(fsck, fsck->dirs[i]);
	for (number = 0; number < total; number++)
		if (fsck->fds[number].state == FD_IN_USE)
			check_name(fsck, number);
	for (number = 0; number < total; number++)
		if (fsck->fds[number].state == FD_IN_USE)
			check_nlink(fsck, number);
	for (i = 0; i < fsck->num_dirs; i++) {
		check_dots(fsck, fsck->dirs[i]);
		check_reachable(fsck, fsck->dirs[i]);
	}
}
