// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../libvs/err.h"
#include "dev.h"

static int find_size(struct vmfs_dev *dev)
{
	struct stat st;

	if (fstat(dev->fd, &st))
		return vs_fail(VS_REFUSED, "%s: %s", dev->name, strerror(errno));
	dev->size = st.st_size;
	dev->is_block = S_ISBLK(st.st_mode);
	if (dev->is_block && (ioctl(dev->fd, BLKGETSIZE64, &dev->size) ||
			      ioctl(dev->fd, BLKSSZGET, &dev->sector_size)))
		return vs_fail(VS_REFUSED, "%s: cannot read its size: %s", dev->name,
			       strerror(errno));
	if (!dev->is_block && !S_ISREG(st.st_mode))
		return vs_fail(VS_USAGE, "%s is neither a block device nor a regular file",
			       dev->name);
	return VS_OK;
}

/* The content of a loop device: does it come from this file, and does somebody hold it? */
static bool is_held_loop(const char *backing_file, const struct stat *st, char device[32])
{
	FILE *file = fopen(backing_file, "re");
	char path[PATH_MAX + 1] = "";
	struct stat backing;
	int fd;

	if (!file)
		return false;
	if (!fgets(path, sizeof(path), file))
		*path = '\0';
	fclose(file);
	path[strcspn(path, "\n")] = '\0';
	if (stat(path, &backing) || backing.st_dev != st->st_dev || backing.st_ino != st->st_ino ||
	    sscanf(backing_file, "/sys/block/%20[^/]", path) != 1)
		return false;
	snprintf(device, 32, "/dev/%.20s", path);
	fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

/* A file that is mounted through a loop device has no O_EXCL of its own. */
static int check_loops(const char *name, const struct stat *st)
{
	char device[32];
	glob_t loops;
	int err = VS_OK;
	size_t i;

	if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &loops))
		return VS_OK;
	for (i = 0; !err && i < loops.gl_pathc; i++)
		if (is_held_loop(loops.gl_pathv[i], st, device))
			err = vs_fail(VS_REFUSED, "%s is in use as %s: unmount it first", name,
				      device);
	globfree(&loops);
	return err;
}

int vmfs_dev_open(struct vmfs_dev *dev, const char *name, bool writable)
{
	struct stat st;
	/* On a block device, O_EXCL fails where it is mounted or part of another. */
	int flags = O_CLOEXEC | (writable ? O_RDWR : O_RDONLY), err;

	*dev = (struct vmfs_dev){ .name = name, .fd = -1 };
	if (writable && !stat(name, &st)) {
		if (S_ISBLK(st.st_mode))
			flags |= O_EXCL;
		else if (S_ISREG(st.st_mode) && check_loops(name, &st))
			return VS_REFUSED;
	}
	dev->fd = open(name, flags);
	if (dev->fd < 0 && errno == EBUSY)
		return vs_fail(VS_REFUSED, "%s is in use: unmount it first", name);
	if (dev->fd < 0)
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "%s: %s", name,
			       strerror(errno));
	err = find_size(dev);
	if (err)
		vmfs_dev_close(dev);
	else if (dev->is_block)	/* A mount writes past what is in memory of the device. */
		posix_fadvise(dev->fd, 0, 0, POSIX_FADV_DONTNEED);
	return err;
}

void vmfs_dev_memory(struct vmfs_dev *dev, const char *name, uint8_t *memory, uint64_t size)
{
	*dev = (struct vmfs_dev){ .name = name, .fd = -1, .memory = memory, .size = size };
}

void vmfs_dev_close(struct vmfs_dev *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
}

static int check_range(const struct vmfs_dev *dev, const char *what, uint64_t offset, uint64_t len)
{
	if (offset <= dev->size && len <= dev->size - offset)
		return VS_OK;
	return vs_fail(VS_REFUSED,
		       "%s: %s %" PRIu64 " bytes at 0x%" PRIx64 ": the device ends at 0x%" PRIx64,
		       dev->name, what, len, offset, dev->size);
}

static int fail_at(const struct vmfs_dev *dev, const char *what, uint64_t offset)
{
	return vs_fail(VS_REFUSED, "%s: %s at 0x%" PRIx64 ": %s", dev->name, what, offset,
		       strerror(errno));
}

int vmfs_dev_read(const struct vmfs_dev *dev, uint64_t offset, void *buf, size_t len)
{
	int err = check_range(dev, "read of", offset, len);
	uint8_t *to = buf;
	ssize_t got;

	if (err)
		return err;
	if (dev->fd < 0) {
		memcpy(buf, dev->memory + offset, len);
		return VS_OK;
	}
	for (; len; len -= got, to += got, offset += got) {
		got = pread(dev->fd, to, len, offset);
		if (!got)
			errno = EIO;
		if (got <= 0)
			return fail_at(dev, "read", offset);
	}
	return VS_OK;
}

int vmfs_dev_write(const struct vmfs_dev *dev, uint64_t offset, const void *buf, size_t len)
{
	int err = check_range(dev, "write of", offset, len);
	const uint8_t *from = buf;
	ssize_t put;

	if (err)
		return err;
	if (dev->fd < 0) {
		memcpy(dev->memory + offset, buf, len);
		return VS_OK;
	}
	for (; len; len -= put, from += put, offset += put) {
		put = pwrite(dev->fd, from, len, offset);
		if (put < 0)
			return fail_at(dev, "write", offset);
	}
	return VS_OK;
}

/* Fast zeroing by the device; fails if it has none. */
static bool zero_at_once(const struct vmfs_dev *dev, uint64_t offset, uint64_t len)
{
	uint64_t range[2] = { offset, len };

	if (dev->is_block)
		return !ioctl(dev->fd, BLKZEROOUT, range);
	return !fallocate(dev->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len);
}

int vmfs_dev_zero(const struct vmfs_dev *dev, uint64_t offset, uint64_t len)
{
	static const uint8_t zeros[1 << 16];
	int err = check_range(dev, "zeroing of", offset, len);
	size_t part;

	if (err)
		return err;
	if (dev->fd < 0) {
		memset(dev->memory + offset, 0, len);
		return VS_OK;
	}
	if (zero_at_once(dev, offset, len))
		return VS_OK;
	for (; !err && len; len -= part, offset += part) {
		part = len < sizeof(zeros) ? len : sizeof(zeros);
		err = vmfs_dev_write(dev, offset, zeros, part);
	}
	return err;
}

int vmfs_dev_sync(const struct vmfs_dev *dev)
{
	if (dev->fd < 0 || !fsync(dev->fd))
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s: %s", dev->name, strerror(errno));
}

/* Returns 0, and the first line of a file, or an error. */
static int read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	char *line;

	if (!file)
		return -1;
	line = fgets(text, size, file);
	fclose(file);
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line ? 0 : -1;
}

char *vmfs_dev_identity(dev_t rdev)
{
	static const char *const names[] = {
		"wwid", "device/wwid", "serial", "loop/backing_file"
	};
	char path[100], text[300], start[32] = "";
	bool is_partition;
	unsigned int i;
	char *identity;

	if (!rdev)
		return NULL;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/start", major(rdev), minor(rdev));
	is_partition = !read_line(path, start, sizeof(start));
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s%s", major(rdev), minor(rdev),
			 is_partition ? "../" : "", names[i]);
		if (read_line(path, text, sizeof(text)) || !*text)
			continue;
		return asprintf(&identity, "%s %s", text, start) < 0 ? NULL : identity;
	}
	return NULL;
}
