// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "folder.h"
#include "rdm.h"
#include "text.h"
#include "vmdk.h"

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
		     "\n", create_type, disk->sectors, extent_type, vs_base_name(disk->flat)) < 0)
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

void vs_vmdk_set_size(struct vs_vmdk *disk, uint64_t size)
{
	disk->sectors = size / VS_VMDK_SECTOR;
	set_extent(disk);
	set_geometry(disk);
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
			return vs_fail(VS_REFUSED, "%s: %s", disk->flat, strerror(errno));
	}
	put(*value, "create_type", vs_vmdk_get(disk, "createType"));
	put(*value, "adapter", vs_vmdk_get(disk, "ddb.adapterType"));
	put(*value, "cid", vs_vmdk_get(disk, "CID"));
	put(*value, "parent_cid", vs_vmdk_get(disk, "parentCID"));
	put(*value, "uuid", vs_vmdk_get(disk, "ddb.uuid"));
	return VS_OK;
}
