// SPDX-License-Identifier: GPL-2.0
/* Copy a folder of this host, with all in it, into a volume. */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libvs/err.h"
#include "dir.h"
#include "fill.h"

/* A directory that is being put together */
struct entries {
	struct vmfs_dirent *list;
	size_t count, room;
	uint32_t subdirectories;
};

struct copier {
	struct vmfs_alloc alloc;
	const struct vmfs_progress *progress;
	uint64_t done, total;		/* bytes */
};

/* The file that is being copied, as a source */
struct copied {
	struct copier *copier;
	const char *path;
	int fd;
	uint64_t length;
};

/* nftw() hands no argument on. */
static _Thread_local uint64_t total_bytes;

static int count_bytes(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	if (flag == FTW_F && S_ISREG(st->st_mode))
		total_bytes += st->st_blocks * 512ull;
	return 0;
}

static int add_entry(struct entries *entries, uint32_t type, uint32_t address, uint32_t generation,
		     const char *name)
{
	struct vmfs_dirent *entry;

	if (strlen(name) > VMFS_NAME_MAX)
		return vs_fail(VS_REFUSED, "the name '%s' has %zu bytes: %u are the limit", name,
			       strlen(name), VMFS_NAME_MAX);
	if (entries->count == entries->room) {
		entries->room = 2 * entries->room + 64;
		entry = realloc(entries->list, entries->room * sizeof(*entry));
		if (!entry)
			return vs_fail(VS_REFUSED, "out of memory");
		entries->list = entry;
	}
	entry = &entries->list[entries->count++];
	memset(entry, 0, sizeof(*entry));
	entry->type = htole32(type);
	entry->address = htole32(address);
	entry->generation = htole32(generation);
	memcpy(entry->name, name, strlen(name));
	return VS_OK;
}

static uint32_t clamp_time(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : seconds;
}

static void set_attributes(struct vmfs_new *attributes, const struct stat *st,
			   enum vmfs_file_type type)
{
	*attributes = (struct vmfs_new){
		.type = type,
		.nlink = 1,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = clamp_time(st->st_mtime),
		.ctime = clamp_time(st->st_ctime),
		.atime = clamp_time(st->st_atime),
	};
}

static int read_copied(void *data, uint64_t pos, void *buf, size_t len)
{
	struct copied *copied = data;
	struct copier *copier = copied->copier;
	uint8_t *to = buf;
	ssize_t got;

	copier->done += len;
	copier->progress->fn(copier->progress->data, copier->done, copier->total);
	for (; len; len -= got, to += got, pos += got) {
		got = pread(copied->fd, to, len, pos);
		if (got < 0)
			return vs_fail(VS_REFUSED, "%s: %s", copied->path, strerror(errno));
		if (!got)
			return vs_fail(VS_REFUSED, "%s became shorter meanwhile", copied->path);
	}
	return VS_OK;
}

static uint64_t next_copied(void *data, uint64_t pos)
{
	struct copied *copied = data;
	off_t next = lseek(copied->fd, pos, SEEK_DATA);

	if (next >= 0)
		return next;
	return errno == ENXIO ? copied->length : pos;
}

static int copy_file(struct copier *copier, const char *path, const struct stat *st,
		     uint32_t address, uint32_t generation)
{
	struct copied copied = { .copier = copier, .path = path, .length = st->st_size };
	struct vmfs_source source = { read_copied, next_copied, &copied, st->st_size };
	struct vmfs_new attributes;
	int err;

	set_attributes(&attributes, st, VMFS_TYPE_FILE);
	copied.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (copied.fd < 0)
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	err = vmfs_fill_file(&copier->alloc, &attributes, address, generation, &source);
	close(copied.fd);
	return err;
}

static int copy_link(struct copier *copier, const char *path, const struct stat *st,
		     uint32_t address, uint32_t generation)
{
	struct vmfs_source source;
	struct vmfs_new attributes;
	char target[4096];
	ssize_t len = readlink(path, target, sizeof(target));

	if (len < 0)
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	set_attributes(&attributes, st, VMFS_TYPE_SYMLINK);
	vmfs_source_memory(&source, target, len);
	return vmfs_fill_file(&copier->alloc, &attributes, address, generation, &source);
}

static int copy_entries(struct copier *copier, const char *path, uint32_t address,
			struct entries *entries);

static int copy_directory(struct copier *copier, const char *path, const struct stat *st,
			  uint32_t address, uint32_t generation, const struct vmfs_dirent *parent)
{
	struct entries entries = {};
	struct vmfs_source source;
	struct vmfs_new attributes;
	int err;

	set_attributes(&attributes, st, VMFS_TYPE_DIR);
	err = add_entry(&entries, VMFS_TYPE_DIR, address, generation, ".");
	if (!err)
		err = add_entry(&entries, VMFS_TYPE_DIR, le32toh(parent->address),
				le32toh(parent->generation), "..");
	if (!err)
		err = copy_entries(copier, path, address, &entries);
	if (!err) {
		attributes.nlink = 2 + entries.subdirectories;
		vmfs_source_memory(&source, entries.list, entries.count * sizeof(*entries.list));
		err = vmfs_fill_file(&copier->alloc, &attributes, address, generation, &source);
	}
	free(entries.list);
	return err;
}

static int copy_entry(struct copier *copier, const char *path, const char *name,
		      struct entries *entries)
{
	uint32_t address, generation;
	struct stat st;
	int err;

	if (lstat(path, &st))
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode)) {
		vs_warn("%s is left out: VMFS has no files of its kind", path);
		return VS_OK;
	}
	err = vmfs_alloc_fd(&copier->alloc, &address, &generation);
	if (err)
		return err;
	if (S_ISREG(st.st_mode)) {
		err = add_entry(entries, VMFS_TYPE_FILE, address, generation, name);
		return err ? err : copy_file(copier, path, &st, address, generation);
	}
	if (S_ISLNK(st.st_mode)) {
		err = add_entry(entries, VMFS_TYPE_SYMLINK, address, generation, name);
		return err ? err : copy_link(copier, path, &st, address, generation);
	}
	entries->subdirectories++;
	err = add_entry(entries, VMFS_TYPE_DIR, address, generation, name);
	return err ? err : copy_directory(copier, path, &st, address, generation,
					  &entries->list[0]);
}

/* Adds what is in @path to @entries, whose first one is ".". */
static int copy_entries(struct copier *copier, const char *path, uint32_t address,
			struct entries *entries)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort), i, err = VS_OK;
	char *child;

	if (count < 0)
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	for (i = 0; i < count; i++) {
		const char *name = names[i]->d_name;

		if (!err && strcmp(name, ".") && strcmp(name, "..")) {
			if (address == VMFS_FD_ROOT && strlen(name) > 3 &&
			    !strcmp(name + strlen(name) - 3, ".sf"))
				err = vs_fail(VS_REFUSED, "%s/%s: such names in the root are of system files",
					      path, name);
			else if (asprintf(&child, "%s/%s", path, name) < 0)
				err = vs_fail(VS_REFUSED, "out of memory");
			if (!err) {
				err = copy_entry(copier, child, name, entries);
				free(child);
			}
		}
		free(names[i]);
	}
	free(names);
	return err;
}

static int keep_entry(void *data, const struct vmfs_entry *entry)
{
	return add_entry(data, entry->type, entry->address, entry->generation, entry->name);
}

/* The root has entries already, which stay. */
static int copy_root(struct copier *copier, const char *path)
{
	struct vmfs_volume *volume = copier->alloc.volume;
	struct vmfs_inode *root = vs_malloc(sizeof(*root));
	struct entries entries = {};
	struct vmfs_source source;
	struct vmfs_new attributes;
	int err = vmfs_inode_read(volume, VMFS_FD_ROOT, root);

	if (!err)
		err = vmfs_dir_iterate(root, keep_entry, &entries);
	if (!err)
		err = copy_entries(copier, path, VMFS_FD_ROOT, &entries);
	if (!err) {
		attributes = (struct vmfs_new){
			.type = VMFS_TYPE_DIR,
			.nlink = le32toh(root->meta.nlink) + entries.subdirectories,
			.mode = root->mode,
			.mtime = le32toh(root->meta.mtime),
			.ctime = le32toh(root->meta.ctime),
			.atime = le32toh(root->meta.atime),
		};
		vmfs_source_memory(&source, entries.list, entries.count * sizeof(*entries.list));
		err = vmfs_fill_file(&copier->alloc, &attributes, VMFS_FD_ROOT,
				     le32toh(root->meta.generation), &source);
	}
	free(entries.list);
	free(root);
	return err;
}

int vmfs_fill_directory(struct vmfs_volume *volume, const char *path,
			const struct vmfs_progress *progress)
{
	struct copier copier = { .progress = progress };
	struct stat st;
	int err;

	if (stat(path, &st))
		return vs_fail(VS_REFUSED, "%s: %s", path, strerror(errno));
	total_bytes = 0;
	nftw(path, count_bytes, 16, FTW_PHYS);
	copier.total = total_bytes;
	vmfs_alloc_init(&copier.alloc, volume);
	err = copy_root(&copier, path);
	return err ? err : vmfs_alloc_finish(&copier.alloc);
}
