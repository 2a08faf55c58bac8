// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "rdm.h"
#include "text.h"
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

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The line that begins with @key and "="; its length has no newline. */
static char *find_line(char *text, const char *key, size_t *len)
{
	size_t key_len = strlen(key);
	char *line = text, *at;

	for (; line; line = strchr(line, '\n'), line += !!line) {
		*len = strcspn(line, "\r\n");
		if (strncmp(line, key, key_len))
			continue;
		at = line + key_len + strspn(line + key_len, " \t");
		if (*at == '=')
			return line;
		if (!line[*len])
			break;
	}
	return NULL;
}

char *vs_vmdk_get(const struct vs_vmdk *disk, const char *key)
{
	size_t len;
	char *line = find_line(disk->text, key, &len), *value, *end;

	if (!line)
		return NULL;
	value = strchr(line, '=') + 1;
	end = line + len;
	value += strspn(value, " \t\"");
	while (end > value && strchr(" \t\"", end[-1]))
		end--;
	return strndup(value, end > value ? end - value : 0);
}

/* @old_len bytes at @at become @insert. */
static void replace(struct vs_vmdk *disk, char *at, size_t old_len, const char *insert)
{
	size_t before = at - disk->text, size = strlen(disk->text) + strlen(insert) + 1;
	char *text = vs_malloc(size);

	snprintf(text, size, "%.*s%s%s", (int)before, disk->text, insert, at + old_len);
	free(disk->text);
	disk->text = text;
}

void vs_vmdk_set(struct vs_vmdk *disk, const char *key, const char *value)
{
	size_t len;
	char *line = find_line(disk->text, key, &len), *made = NULL;
	const char *format = strncmp(key, "ddb.", 4) ? "%s=%s" : "%s = \"%s\"";

	if (!value) {
		if (line)
			replace(disk, line, len + !!line[len], "");
		return;
	}
	if (asprintf(&made, format, key, value) < 0)
		exit(VS_REFUSED);
	if (line) {
		replace(disk, line, len, made);
	} else {
		replace(disk, disk->text + strlen(disk->text), 0, made);
		replace(disk, disk->text + strlen(disk->text), 0, "\n");
	}
	free(made);
}

static int read_text(struct vs_vmdk *disk)
{
	FILE *file = fopen(disk->path, "re");
	size_t len;

	if (!file)
		return fail_path(disk->path, errno);
	disk->text = vs_malloc(TEXT_MAX);
	len = fread(disk->text, 1, TEXT_MAX - 1, file);
	disk->text[len] = '\0';
	fclose(file);
	/* Behind a NUL, QEMU leaves what was there before. */
	if (strncmp(disk->text, "# Disk DescriptorFile", 21))
		return vs_fail(VS_REFUSED, "%s does not describe a disk of VMware (name the small .vmdk, not the -flat.vmdk)",
			       disk->path);
	return VS_OK;
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

static int open_flat(struct vs_vmdk *disk, enum vs_vmdk_access access)
{
	struct stat st;

	if (disk->is_mapping)
		return access == VS_VMDK_LOOK ? VS_OK :
		       vs_fail(VS_REFUSED, "%s is a LUN (RDM): that can only be shown",
			       disk->path);
	disk->fd = open(disk->flat, O_CLOEXEC | (access == VS_VMDK_WRITE ? O_RDWR : O_RDONLY));
	if (disk->fd < 0 || fstat(disk->fd, &st))
		return fail_path(disk->flat, errno);
	if ((uint64_t)st.st_size != disk->sectors * VS_VMDK_SECTOR)
		return vs_fail(VS_REFUSED,
			       "%s has %" PRIu64 " bytes, but %s says that it has %" PRIu64,
			       disk->flat, (uint64_t)st.st_size, disk->path,
			       disk->sectors * VS_VMDK_SECTOR);
	return lock_flat(disk, access);
}

int vs_vmdk_open(struct vs_vmdk *disk, const char *path, enum vs_vmdk_access access)
{
	int err;

	*disk = (struct vs_vmdk){ .path = strdup(path), .fd = -1 };
	err = read_text(disk);
	if (!err)
		err = find_extent(disk);
	if (!err)
		err = open_flat(disk, access);
	if (err)
		vs_vmdk_close(disk);
	return err;
}

void vs_vmdk_close(struct vs_vmdk *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	free(disk->path);
	free(disk->flat);
	free(disk->text);
	*disk = (struct vs_vmdk){ .fd = -1 };
}

void vs_vmdk_remove(struct vs_vmdk *disk)
{
	unlink(disk->flat);
	vs_vmdk_close(disk);
}

/* As VMware chooses them */
static void set_geometry(struct vs_vmdk *disk)
{
	uint64_t mib = disk->sectors / 2048;
	unsigned int heads = mib < 1024 ? 64 : mib < 2048 ? 128 : 255;
	unsigned int sectors = heads == 255 ? 63 : 32;
	char *adapter = vs_vmdk_get(disk, "ddb.adapterType"), number[32];
	bool is_ide = adapter && !strcmp(adapter, "ide");
	uint64_t cylinders;

	if (is_ide) {
		heads = 16;
		sectors = 63;
	}
	cylinders = disk->sectors / (heads * sectors);
	if (is_ide && cylinders > 16383)
		cylinders = 16383;
	snprintf(number, sizeof(number), "%" PRIu64, cylinders ? cylinders : 1);
	vs_vmdk_set(disk, "ddb.geometry.cylinders", number);
	snprintf(number, sizeof(number), "%u", heads);
	vs_vmdk_set(disk, "ddb.geometry.heads", number);
	snprintf(number, sizeof(number), "%u", sectors);
	vs_vmdk_set(disk, "ddb.geometry.sectors", number);
	free(adapter);
}

/* Ids of the content: CID is the end of the long one. */
static int set_content_ids(struct vs_vmdk *disk)
{
	uint32_t words[4];
	char text[40];

	if (getrandom(words, sizeof(words), 0) != sizeof(words))
		return vs_fail(VS_REFUSED, "cannot make an id: %s", strerror(errno));
	/* ffffffff means that there is none. */
	words[3] &= 0x7FFFFFFF;
	snprintf(text, sizeof(text), "%08x", words[3]);
	vs_vmdk_set(disk, "CID", text);
	snprintf(text, sizeof(text), "%08x%08x%08x%08x", words[0], words[1], words[2], words[3]);
	vs_vmdk_set(disk, "ddb.longContentID", text);
	return VS_OK;
}

static int set_uuid(struct vs_vmdk *disk)
{
	/* The prefix of identifiers that VMware gives */
	uint8_t id[16] = { 0x60, 0x00, 0xC2, 0x90 }, byte;
	char text[64] = "";
	unsigned int i;

	if (getrandom(&byte, 1, 0) != 1 || getrandom(id + 4, 12, 0) != 12)
		return vs_fail(VS_REFUSED, "cannot make an id: %s", strerror(errno));
	id[3] |= byte & 0xF;
	for (i = 0; i < 16; i++)
		snprintf(text + 3 * i, sizeof(text) - 3 * i, "%02x%s", id[i],
			 i == 7 ? "-" : i == 15 ? "" : " ");
	vs_vmdk_set(disk, "ddb.uuid", text);
	return VS_OK;
}

int vs_vmdk_make_text(struct vs_vmdk *disk, const char *create_type, const char *extent_type,
		      const char *adapter, bool thin)
{
	int err;

	if (asprintf(&disk->text,
		     "# Disk DescriptorFile\n"
		     "version=1\n"
		     "encoding=\"UTF-8\"\n"
		     "CID=fffffffe\n"
		     "parentCID=ffffffff\n"
		     "createType=\"%s\"\n"
		     "\n"
		     "# Extent description\n"
		     "RW %" PRIu64 " %s \"%s\"\n"
		     "\n"
		     "# The Disk Data Base\n"
		     "#DDB\n"
		     "\n", create_type, disk->sectors, extent_type, base_name(disk->flat)) < 0)
		return vs_fail(VS_REFUSED, "out of memory");
	vs_vmdk_set(disk, "ddb.adapterType", adapter);
	set_geometry(disk);
	err = set_content_ids(disk);
	if (!err)
		err = set_uuid(disk);
	if (thin)
		vs_vmdk_set(disk, "ddb.thinProvisioned", "1");
	vs_vmdk_set(disk, "ddb.virtualHWVersion", "8");
	return err;
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
	int err;

	*disk = (struct vs_vmdk){ .path = strdup(path), .fd = -1 };
	disk->sectors = size / VS_VMDK_SECTOR;
	err = vs_vmdk_path(path, "-flat.vmdk", &disk->flat);
	if (!err && !access(path, F_OK))
		err = vs_fail(VS_REFUSED, "%s exists", path);
	if (!err)
		err = vs_vmdk_make_text(disk, "vmfs", "VMFS", adapter, type == VS_VMDK_THIN);
	if (!err) {
		disk->fd = open(disk->flat, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (disk->fd < 0)
			err = fail_path(disk->flat, errno);
	}
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

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash + 1 - path) : strdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	free(folder);
	err = fd < 0 || fsync(fd) ? errno : 0;
	if (fd >= 0)
		close(fd);
	return err ? fail_path(path, err) : VS_OK;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), err = 0;
	size_t len = strlen(text);

	if (fd < 0)
		return fail_path(path, errno);
	if (write(fd, text, len) != (ssize_t)len)
		err = errno ? errno : ENOSPC;
	if (!err && fsync(fd))
		err = errno;
	close(fd);
	return err ? fail_path(path, err) : VS_OK;
}

int vs_vmdk_finish(struct vs_vmdk *disk)
{
	char *temporary;
	int err;

	if (!disk->is_mapping && fsync(disk->fd))
		return fail_path(disk->flat, errno);
	if (asprintf(&temporary, "%s.new", disk->path) < 0)
		return vs_fail(VS_REFUSED, "out of memory");
	err = write_text(temporary, disk->text);
	if (!err && rename(temporary, disk->path))
		err = fail_path(disk->path, errno);
	if (err)
		unlink(temporary);
	free(temporary);
	return err ? err : sync_folder(disk->path);
}

int vs_vmdk_new_content(struct vs_vmdk *disk)
{
	int err = set_content_ids(disk);

	return err ? err : vs_vmdk_finish(disk);
}

static void set_extent(struct vs_vmdk *disk)
{
	char *line = disk->text, *made = NULL, access[16], type[16];
	uint64_t sectors;
	int at = 0;

	for (; line; line = strchr(line, '\n'), line += !!line) {
		if (sscanf(line, "%15s %" SCNu64 " %15s%n", access, &sectors, type, &at) == 3 &&
		    (!strcmp(access, "RW") || !strcmp(access, "RDONLY")))
			break;
	}
	if (!line)
		return;
	if (asprintf(&made, "%s %" PRIu64 " %s", access, disk->sectors, type) < 0)
		exit(VS_REFUSED);
	replace(disk, line, at, made);
	free(made);
}

int vs_vmdk_resize(struct vs_vmdk *disk, uint64_t size, enum vs_vmdk_type type)
{
	uint64_t before = disk->sectors * VS_VMDK_SECTOR;
	int err;

	if (ftruncate(disk->fd, size))
		return fail_path(disk->flat, errno);
	err = vs_vmdk_allocate(disk, before, size, type);
	if (err && ftruncate(disk->fd, before))
		return fail_path(disk->flat, errno);
	if (err)
		return err;
	disk->sectors = size / VS_VMDK_SECTOR;
	set_extent(disk);
	set_geometry(disk);
	return VS_OK;
}

static const char *find_type(const struct vs_vmdk *disk, char *thin)
{
	off_t hole;

	if (thin && !strcmp(thin, "1"))
		return "thin";
	hole = lseek(disk->fd, 0, SEEK_HOLE);
	return hole >= 0 && (uint64_t)hole < disk->sectors * VS_VMDK_SECTOR ? "lazy" : "eager";
}

static void put(json_t *object, const char *key, char *text)
{
	json_object_set_new(object, key, text ? vs_json_text(text) : json_null());
	free(text);
}

static json_t *space_json(const struct vs_vmdk *disk)
{
	char *thin = vs_vmdk_get(disk, "ddb.thinProvisioned");
	struct stat st;
	json_t *value;

	if (fstat(disk->fd, &st)) {
		free(thin);
		return NULL;
	}
	value = json_pack("{s:o, s:s, s:I, s:I, s:o, s:n}", "path", vs_json_text(disk->path),
			  "type", find_type(disk, thin), "size",
			  (json_int_t)(disk->sectors * VS_VMDK_SECTOR), "allocated",
			  (json_int_t)st.st_blocks * 512, "flat", vs_json_text(disk->flat), "lun");
	free(thin);
	return value;
}

int vs_vmdk_json(const struct vs_vmdk *disk, json_t **value)
{
	if (disk->is_mapping) {
		int err = vs_rdm_json(disk, value);

		if (err)
			return err;
	} else {
		*value = space_json(disk);
		if (!*value)
			return fail_path(disk->flat, errno);
	}
	put(*value, "create_type", vs_vmdk_get(disk, "createType"));
	put(*value, "adapter", vs_vmdk_get(disk, "ddb.adapterType"));
	put(*value, "cid", vs_vmdk_get(disk, "CID"));
	put(*value, "parent_cid", vs_vmdk_get(disk, "parentCID"));
	put(*value, "uuid", vs_vmdk_get(disk, "ddb.uuid"));
	return VS_OK;
}
