// SPDX-License-Identifier: GPL-2.0
/* The files of a virtual disk, opened, created and changed safely in others' folders */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "folder.h"
#include "vmdk.h"

#define TEXT_MAX	(64u << 10)
/* QEMU locks this byte of an image, shared, as long as it writes to it. */
#define QEMU_WRITE_BYTE	101

static int fail_path(const char *path, int err)
{
	return vs_fail(err == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "%s: %s", path, strerror(err));
}

int vs_vmdk_path(const char *path, const char *suffix, char **made)
{
	size_t len = strlen(path);

	if (len < 6 || strcmp(path + len - 5, ".vmdk"))
		return vs_fail(VS_USAGE, "'%s' does not end in .vmdk, as names of disks do", path);
	if (asprintf(made, "%.*s%s", (int)(len - 5), path, suffix) < 0)
		return vs_fail(VS_REFUSED, "out of memory");
	return VS_OK;
}

static int read_text(struct vs_vmdk *disk)
{
	size_t len = 0;
	ssize_t got = 0;
	int fd, err;

	err = vs_file_open(disk->folder, vs_base_name(disk->path), disk->path, O_RDONLY, &fd);
	if (err)
		return err;
	disk->text = vs_malloc(TEXT_MAX);
	do {
		len += got;
		got = pread(fd, disk->text + len, TEXT_MAX - 1 - len, len);
	} while (got > 0);
	disk->text[len] = '\0';
	if (got < 0 || fstat(fd, &disk->owner))
		err = fail_path(disk->path, errno);
	close(fd);
	/* QEMU leaves old text after a NUL. */
	if (!err && strncmp(disk->text, "# Disk DescriptorFile", 21))
		err = vs_fail(VS_REFUSED, "%s does not describe a disk of VMware (name the small .vmdk, not the -flat.vmdk)",
			      disk->path);
	if (!err && len == TEXT_MAX - 1)
		err = vs_fail(VS_REFUSED, "%s is longer than %u bytes", disk->path, TEXT_MAX - 2);
	return err;
}

/* The only extent: its file is beside the text. */
static int find_extent(struct vs_vmdk *disk)
{
	char type[16] = "", name[256] = "", access[16];
	const char *line = disk->text;
	unsigned int extents = 0;
	uint64_t offset = 0;
	const char *slash = strrchr(disk->path, '/');
	int dir = slash ? slash + 1 - disk->path : 0;

	for (; line; line = strchr(line, '\n'), line += !!line)
		extents += sscanf(line, "%15s %" SCNu64 " %15s \"%255[^\"]\" %" SCNu64, access,
				  &disk->sectors, type, name, &offset) >= 4 &&
			   (!strcmp(access, "RW") || !strcmp(access, "RDONLY"));
	/* The last match counts, and there is one only. */
	disk->is_mapping = !strcmp(type, "VMFSRDM");
	if (extents != 1 || offset ||
	    (!disk->is_mapping && strcmp(type, "VMFS") && strcmp(type, "FLAT")))
		return vs_fail(VS_REFUSED, "%s is not of one flat file: convert it with qemu-img",
			       disk->path);
	if (strchr(name, '/') || disk->sectors > VS_VMDK_MAX_SIZE / VS_VMDK_SECTOR)
		return vs_fail(VS_REFUSED, "%s: its extent '%s' of %" PRIu64 " sectors is not possible",
			       disk->path, name, disk->sectors);
	if (asprintf(&disk->flat, "%.*s%s", dir, disk->path, name) < 0)
		return vs_fail(VS_REFUSED, "out of memory");
	return VS_OK;
}

static int lock_flat(const struct vs_vmdk *disk, enum vs_vmdk_access access)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int err;

	if (access == VS_VMDK_LOOK)
		return VS_OK;
	if (access == VS_VMDK_READ) {
		lock.l_start = QEMU_WRITE_BYTE;
		lock.l_len = 1;
		err = fcntl(disk->fd, F_OFD_GETLK, &lock);
		if (!err && lock.l_type == F_UNLCK)
			return VS_OK;
	} else if (!fcntl(disk->fd, F_OFD_SETLK, &lock)) {
		return VS_OK;
	}
	return vs_fail(VS_REFUSED, "%s is in use: shut the virtual machine down first", disk->flat);
}

/* Only zeros from here to there?  Holes are not read. */
static bool reads_as_zero(int fd, off_t from, off_t to)
{
	static const char zeros[65536];
	char buf[sizeof(zeros)];
	ssize_t got;

	while (from < to) {
		from = lseek(fd, from, SEEK_DATA);
		if (from < 0)
			return errno == ENXIO;
		got = pread(fd, buf, sizeof(buf), from);
		if (got <= 0 || memcmp(buf, zeros, got))
			return got == 0;
		from += got;
	}
	return true;
}

/*
 * An interrupted extension leaves the file larger than the text says.  Give up the added part,
 * which is zero.
 */
static int undo_extension(const struct vs_vmdk *disk, uint64_t size, uint64_t is)
{
	if (!reads_as_zero(disk->fd, size, is))
		return vs_fail(VS_REFUSED,
			       "%s has more than the %" PRIu64 " bytes that %s says, and not only zeros",
			       disk->flat, size, disk->path);
	return ftruncate(disk->fd, size) ? fail_path(disk->flat, errno) : VS_OK;
}

static int open_flat(struct vs_vmdk *disk, enum vs_vmdk_access access)
{
	uint64_t size = disk->sectors * VS_VMDK_SECTOR;
	struct stat st;
	int err;

	if (disk->is_mapping)
		return access == VS_VMDK_LOOK ? VS_OK :
		       vs_fail(VS_REFUSED, "%s is a LUN (RDM): that can only be shown",
			       disk->path);
	err = vs_file_open(disk->folder, vs_base_name(disk->flat), disk->flat,
			   access >= VS_VMDK_WRITE ? O_RDWR : O_RDONLY, &disk->fd);
	if (!err)
		err = lock_flat(disk, access);
	if (err)
		return err;
	if (fstat(disk->fd, &st))
		return fail_path(disk->flat, errno);
	if ((uint64_t)st.st_size > size && access == VS_VMDK_EXTEND)
		return undo_extension(disk, size, st.st_size);
	if ((uint64_t)st.st_size != size)
		return vs_fail(VS_REFUSED,
			       "%s has %" PRIu64 " bytes, but %s says that it has %" PRIu64 "%s",
			       disk->flat, (uint64_t)st.st_size, disk->path, size,
			       (uint64_t)st.st_size > size ?
			       ": if 'extend' was interrupted, say it again" : "");
	return VS_OK;
}

static int begin(struct vs_vmdk *disk, const char *path)
{
	*disk = (struct vs_vmdk){ .path = strdup(path), .fd = -1, .folder = -1 };
	return vs_folder_open(path, &disk->folder);
}

int vs_vmdk_open(struct vs_vmdk *disk, const char *path, enum vs_vmdk_access access)
{
	int err = begin(disk, path);

	if (!err)
		err = read_text(disk);
	if (!err)
		err = find_extent(disk);
	if (!err)
		err = open_flat(disk, access);
	if (err)
		vs_vmdk_close(disk);
	return err;
}

int vs_vmdk_begin(struct vs_vmdk *disk, const char *path, const char *suffix)
{
	struct stat st;
	int err = begin(disk, path);

	if (!err)
		err = vs_vmdk_path(path, suffix, &disk->flat);
	if (!err && !fstatat(disk->folder, vs_base_name(path), &st, AT_SYMLINK_NOFOLLOW))
		err = vs_fail(VS_REFUSED, "%s exists", path);
	if (!err && !fstatat(disk->folder, vs_base_name(disk->flat), &st, AT_SYMLINK_NOFOLLOW))
		err = vs_fail(VS_REFUSED, "%s exists, but no %s: something is left of a disk",
			      disk->flat, path);
	return err;
}

void vs_vmdk_close(struct vs_vmdk *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	if (disk->folder >= 0)
		close(disk->folder);
	free(disk->path);
	free(disk->flat);
	free(disk->text);
	*disk = (struct vs_vmdk){ .fd = -1, .folder = -1 };
}

void vs_vmdk_remove(struct vs_vmdk *disk)
{
	if (!disk->is_done)
		unlinkat(disk->folder, *disk->made ? disk->made : vs_base_name(disk->flat), 0);
	vs_vmdk_close(disk);
}

int vs_vmdk_allocate(const struct vs_vmdk *disk, uint64_t from, uint64_t to,
		     enum vs_vmdk_type type)
{
	if (type == VS_VMDK_THIN || from == to || !fallocate(disk->fd, 0, from, to - from))
		return VS_OK;
	/* Whoever wants it eager writes to all of it anyway. */
	if (errno == EOPNOTSUPP && type == VS_VMDK_EAGER)
		return VS_OK;
	if (errno == EOPNOTSUPP)
		return vs_fail(VS_REFUSED, "the file system of %s cannot allocate without writing: use type eager or thin",
			       disk->flat);
	return fail_path(disk->flat, errno);
}

int vs_vmdk_create(struct vs_vmdk *disk, const char *path, uint64_t size, enum vs_vmdk_type type,
		   const char *adapter)
{
	int err = vs_vmdk_begin(disk, path, "-flat.vmdk");

	disk->sectors = size / VS_VMDK_SECTOR;
	if (!err)
		err = vs_vmdk_make_text(disk, "vmfs", "VMFS", adapter, type == VS_VMDK_THIN);
	if (!err)
		err = vs_file_create(disk->folder, vs_base_name(disk->flat), disk->made, &disk->fd);
	if (err) {
		vs_vmdk_close(disk);
		return err;
	}
	if (ftruncate(disk->fd, size))
		err = fail_path(disk->flat, errno);
	if (!err)
		err = vs_vmdk_allocate(disk, 0, size, type);
	if (!err)
		err = lock_flat(disk, VS_VMDK_WRITE);
	if (err)
		vs_vmdk_remove(disk);
	return err;
}

/* The new text has the owner and the mode of the old one, if there was one. */
static int write_text(struct vs_vmdk *disk, int fd)
{
	size_t len = strlen(disk->text), done = 0;
	ssize_t put;

	if (disk->owner.st_mode && (fchown(fd, disk->owner.st_uid, disk->owner.st_gid) ||
				    fchmod(fd, disk->owner.st_mode & 07777)))
		return fail_path(disk->path, errno);
	for (; done < len; done += put) {
		put = write(fd, disk->text + done, len - done);
		if (put < 0)
			return fail_path(disk->path, errno);
	}
	return fsync(fd) ? fail_path(disk->path, errno) : VS_OK;
}

/* The files of a disk that was not there before get their names, the text last. */
static int publish(struct vs_vmdk *disk, const char *text)
{
	const char *name = vs_base_name(disk->path);
	int err = VS_OK;

	if (disk->owner.st_mode)
		return renameat(disk->folder, text, disk->folder, name) ?
		       fail_path(disk->path, errno) : VS_OK;
	if (*disk->made) {
		err = vs_file_publish(disk->folder, disk->made, vs_base_name(disk->flat));
		if (!err)
			*disk->made = '\0';
	}
	return err ? err : vs_file_publish(disk->folder, text, name);
}

int vs_vmdk_finish(struct vs_vmdk *disk)
{
	char text[NAME_MAX + 1];
	int fd, err;

	if (!disk->is_mapping && fsync(disk->fd))
		return fail_path(disk->flat, errno);
	err = vs_file_create(disk->folder, vs_base_name(disk->path), text, &fd);
	if (err)
		return err;
	err = write_text(disk, fd);
	if (!err)
		err = publish(disk, text);
	disk->is_done = !err;
	if (err)
		unlinkat(disk->folder, text, 0);
	close(fd);
	return err ? err : vs_folder_sync(disk->folder);
}

int vs_vmdk_resize(struct vs_vmdk *disk, uint64_t size, enum vs_vmdk_type type)
{
	uint64_t before = disk->sectors * VS_VMDK_SECTOR;
	int err;

	if (ftruncate(disk->fd, size))
		return fail_path(disk->flat, errno);
	err = vs_vmdk_allocate(disk, before, size, type);
	if (err)
		return err;
	vs_vmdk_set_size(disk, size);
	return VS_OK;
}

/* By its name, or by the id of its content */
static bool is_child(const struct vs_vmdk *disk, const char *name)
{
	struct vs_vmdk other = { .path = (char *)name, .folder = disk->folder, .fd = -1 };
	char *cid = vs_vmdk_get(disk, "CID"), *hint = NULL, *parent = NULL;
	bool is;

	if (!read_text(&other)) {
		hint = vs_vmdk_get(&other, "parentFileNameHint");
		parent = vs_vmdk_get(&other, "parentCID");
	}
	is = (hint && !strcmp(vs_base_name(hint), vs_base_name(disk->path))) ||
	     (parent && cid && !strcasecmp(parent, cid));
	free(parent);
	free(hint);
	free(cid);
	free(other.text);
	return is;
}

char *vs_vmdk_find_child(const struct vs_vmdk *disk)
{
	int fd = openat(disk->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len > 5 && !strcmp(entry->d_name + len - 5, ".vmdk") &&
		    is_child(disk, entry->d_name))
			found = strdup(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}
