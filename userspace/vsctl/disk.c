// SPDX-License-Identifier: GPL-2.0
/* vsctl disk: virtual disks, on any file system */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/json.h"
#include "../libvs/progress.h"
#include "../libvs/rdm.h"
#include "../libvs/signals.h"
#include "../libvs/text.h"
#include "../libvs/vmdk.h"
#include "vsctl.h"

#define CHUNK	(1u << 20)

/* The options of a disk */
struct disk_options {
	uint64_t size;
	bool has_type;
	enum vs_vmdk_type type;
	const char *adapter;
};

static const char *const adapters[] = { "lsilogic", "buslogic", "ide", NULL };
/* and as vmkfstools names them */
static const char *const type_words[] = {
	"thin", "lazy", "eager", "zeroedthick", "eagerzeroedthick", NULL
};
static const enum vs_vmdk_type types[] = {
	VS_VMDK_THIN, VS_VMDK_LAZY, VS_VMDK_EAGER, VS_VMDK_LAZY, VS_VMDK_EAGER,
};

static const struct vs_row disk_rows[] = {
	{ "size", VS_SIZE, "size", .flags = VS_ADD },
	{ "type", VS_WORD, "type", .flags = VS_ADD, .words = type_words },
	{ "adapter", VS_WORD, "adapter", .flags = VS_ADD, .words = adapters },
	{ "type", VS_WORD, "-t", .flags = VS_ADD, .words = type_words },
	{ NULL }
};

/* Where @words have @word; @otherwise without one */
static size_t find_word(const char *word, const char *const *words, size_t otherwise)
{
	size_t i = 0;

	while (word && strcmp(words[i], word))
		i++;
	return word ? i : otherwise;
}

static int parse_options(struct args *args, struct disk_options *options)
{
	json_auto_t *given = json_object();
	const char *type;
	int err = parse_rows(args, disk_rows, VS_ADD, given);

	if (err)
		return err;
	type = vs_text_of(given, "type");
	*options = (struct disk_options){
		.size = json_integer_value(json_object_get(given, "size")),
		.has_type = type,
		.type = types[find_word(type, type_words, 1)],
		.adapter = adapters[find_word(vs_text_of(given, "adapter"), adapters, 0)],
	};
	if (json_object_get(given, "size") &&
	    (!options->size || options->size > VS_VMDK_MAX_SIZE || options->size % VS_VMDK_SECTOR))
		return vs_fail(VS_USAGE,
			       "a size of %" PRIu64 " bytes is not possible: it must be whole sectors of 512 bytes, up to 62 TiB",
			       options->size);
	return VS_OK;
}

static int write_at(const struct vs_vmdk *disk, uint64_t pos, const uint8_t *buf, size_t len)
{
	ssize_t put;

	for (; len; len -= put, buf += put, pos += put) {
		put = pwrite(disk->fd, buf, len, pos);
		if (put < 0)
			return vs_fail(VS_REFUSED, "%s: %s", disk->flat, strerror(errno));
	}
	return VS_OK;
}

static int read_at(const struct vs_vmdk *disk, uint64_t pos, uint8_t *buf, size_t len)
{
	ssize_t got;

	for (; len; len -= got, buf += got, pos += got) {
		got = pread(disk->fd, buf, len, pos);
		if (got <= 0)
			return vs_fail(VS_REFUSED, "%s: %s", disk->flat,
				       got ? strerror(errno) : "it became shorter");
	}
	return VS_OK;
}

/* The first position from @pos on with data (or a hole); @end if there is none. */
static uint64_t seek(const struct vs_vmdk *disk, uint64_t pos, uint64_t end, int whence)
{
	off_t found = pos < end ? lseek(disk->fd, pos, whence) : (off_t)end;

	/* A file system that cannot tell has data everywhere. */
	if (found < 0)
		return whence == SEEK_DATA && errno != ENXIO ? pos : end;
	return (uint64_t)found < end ? (uint64_t)found : end;
}

/* Writes zeros from @from to @to, @everywhere or only over data. */
static int write_zeros(const struct vs_vmdk *disk, uint64_t from, uint64_t to, bool everywhere,
		       const char *what)
{
	static const uint8_t zeros[CHUNK];
	struct vs_progress progress;
	uint64_t pos = from, data, len;
	int err = VS_OK;

	vs_progress_start(&progress, what, false);
	while (!err && pos < to) {
		data = everywhere ? to : seek(disk, pos, to, SEEK_DATA);
		for (; !err && pos < data; pos += len) {
			len = data - pos < CHUNK ? data - pos : CHUNK;
			err = vs_check_signals() ?: write_at(disk, pos, zeros, len);
			vs_progress(&progress, pos - from, to - from);
		}
		pos = seek(disk, pos, to, SEEK_HOLE);
	}
	vs_progress_stop(&progress);
	return err;
}

static bool is_zero(const uint8_t *buf, size_t len)
{
	return !*buf && !memcmp(buf, buf + 1, len - 1);
}

/* Copies data; chunks of zeros become holes. */
static int copy_data(const struct vs_vmdk *from, const struct vs_vmdk *to)
{
	uint64_t end = from->sectors * VS_VMDK_SECTOR, pos = 0, len;
	uint8_t *buf = vs_malloc(CHUNK);
	struct vs_progress progress;
	int err = VS_OK;

	vs_progress_start(&progress, "copying", false);
	for (; !err; pos += len) {
		pos = seek(from, pos, end, SEEK_DATA) / CHUNK * CHUNK;
		if (seek(from, pos, end, SEEK_DATA) >= end)
			break;
		len = end - pos < CHUNK ? end - pos : CHUNK;
		err = vs_check_signals() ?: read_at(from, pos, buf, len);
		if (!err && !is_zero(buf, len))
			err = write_at(to, pos, buf, len);
		vs_progress(&progress, pos, end);
	}
	vs_progress_stop(&progress);
	free(buf);
	return err;
}

static int finish_new(struct vs_vmdk *disk, int err)
{
	char *refusal;

	if (!err)
		err = vs_check_signals() ?: vs_vmdk_finish(disk);
	if (!err) {
		vs_vmdk_close(disk);
		return VS_OK;
	}
	refusal = vs_take_error();
	vs_vmdk_remove(disk);
	return vs_fail_with(err, refusal);
}

/* PATH and options, of which the size is required */
static int parse_sized(struct args *args, const char **path, struct disk_options *options)
{
	int err = need_word(args, "the path of the disk", path);

	if (!err)
		err = parse_options(args, options);
	if (!err && !options->size)
		err = vs_fail(VS_USAGE, "the size is missing");
	return err;
}

static int disk_create(struct args *args)
{
	struct disk_options options;
	struct vs_vmdk disk;
	const char *path;
	int err;

	err = parse_sized(args, &path, &options);
	vs_catch_signals();
	if (!err)
		err = vs_vmdk_create(&disk, path, options.size, options.type, options.adapter);
	if (err)
		return err;
	if (options.type == VS_VMDK_EAGER)
		err = write_zeros(&disk, 0, options.size, true, "zeroing");
	return finish_new(&disk, err);
}

static int disk_clone(struct args *args)
{
	struct vs_vmdk from, to;
	const char *source, *path;
	struct disk_options options;
	char *adapter;
	int err;

	err = need_word(args, "the path of the disk", &source);
	if (!err)
		err = need_word(args, "the path of the new disk", &path);
	if (!err)
		err = parse_options(args, &options);
	vs_catch_signals();
	if (!err && options.size)
		err = vs_fail(VS_USAGE, "a clone has the size of the disk: extend it afterwards");
	if (!err)
		err = vs_vmdk_open(&from, source, VS_VMDK_READ);
	if (err)
		return err;
	adapter = vs_vmdk_get(&from, "ddb.adapterType");
	err = vs_vmdk_create(&to, path, from.sectors * VS_VMDK_SECTOR, options.type,
			     adapter ? adapter : options.adapter);
	free(adapter);
	if (!err) {
		err = copy_data(&from, &to);
		if (!err && options.type == VS_VMDK_EAGER)
			err = write_zeros(&to, 0, to.sectors * VS_VMDK_SECTOR, false, "zeroing");
		err = finish_new(&to, err);
	}
	vs_vmdk_close(&from);
	return err;
}

/* Opens the only argument, a disk, for a change. */
static int open_named(struct args *args, struct vs_vmdk *disk)
{
	const char *path;
	int err = need_word(args, "the path of the disk", &path);

	if (!err)
		err = no_more_words(args);
	return err ? err : vs_vmdk_open(disk, path, VS_VMDK_WRITE);
}

/* A snapshot has only the changes since, and the old size. */
static void warn_of_snapshots(const struct vs_vmdk *disk)
{
	char *child = vs_vmdk_find_child(disk);

	if (child)
		vs_warn("%s has a snapshot, %s, which may not fit what the disk becomes",
			disk->path, child);
	free(child);
}

static int disk_inflate(struct args *args)
{
	struct vs_vmdk disk;
	uint64_t size;
	int err = open_named(args, &disk);

	if (err)
		return err;
	warn_of_snapshots(&disk);
	size = disk.sectors * VS_VMDK_SECTOR;
	/* Allocate first: a full file system shows before hours of zeroing. */
	err = vs_vmdk_allocate(&disk, 0, size, VS_VMDK_EAGER);
	if (!err)
		err = write_zeros(&disk, 0, size, false, "zeroing");
	if (!err) {
		vs_vmdk_set(&disk, "ddb.thinProvisioned", NULL);
		err = vs_vmdk_finish(&disk);
	}
	vs_vmdk_close(&disk);
	return err;
}

static int disk_zero(struct args *args)
{
	struct vs_vmdk disk;
	int err = open_named(args, &disk);

	if (err)
		return err;
	warn_of_snapshots(&disk);
	err = write_zeros(&disk, 0, disk.sectors * VS_VMDK_SECTOR, true, "zeroing");
	if (!err) {
		vs_vmdk_set(&disk, "ddb.thinProvisioned", NULL);
		err = vs_vmdk_new_content(&disk);
	}
	vs_vmdk_close(&disk);
	return err;
}

static int extend(struct vs_vmdk *disk, struct disk_options *options)
{
	uint64_t before = disk->sectors * VS_VMDK_SECTOR;
	char *thin = vs_vmdk_get(disk, "ddb.thinProvisioned"), *refusal;
	int err;

	if (!options->has_type && thin && !strcmp(thin, "1"))
		options->type = VS_VMDK_THIN;
	free(thin);
	if (options->size <= before)
		return vs_fail(VS_REFUSED, "%s has %" PRIu64 " bytes: it can only become larger",
			       disk->path, before);
	err = vs_vmdk_resize(disk, options->size, options->type);
	if (!err && options->type == VS_VMDK_EAGER)
		err = write_zeros(disk, before, options->size, true, "zeroing");
	if (!err)
		err = vs_check_signals() ?: vs_vmdk_finish(disk);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	if (!disk->is_done && ftruncate(disk->fd, before))
		vs_warn("%s has the new size already: say 'extend' again", disk->flat);
	return vs_fail_with(err, refusal);
}

static int disk_extend(struct args *args)
{
	struct disk_options options;
	struct vs_vmdk disk;
	const char *path;
	int err;

	err = parse_sized(args, &path, &options);
	vs_catch_signals();
	if (!err)
		err = vs_vmdk_open(&disk, path, VS_VMDK_EXTEND);
	if (err)
		return err;
	warn_of_snapshots(&disk);
	err = extend(&disk, &options);
	vs_vmdk_close(&disk);
	return err;
}

static int rdm_add(struct args *args)
{
	static const char *const words[] = { "virtual", "physical" };
	const char *path, *device, *word;
	struct disk_options options;
	int which = 0, err;

	err = need_word(args, "the path of the disk", &path);
	if (!err)
		err = need_word(args, "the device", &device);
	if (err)
		return err;
	if (args->count && (!strcmp(args->words[0], "virtual") ||
			    !strcmp(args->words[0], "physical"))) {
		word = next_word(args);
		which = match_word("kind of RDM", word, words, ARRAY_SIZE(words));
	}
	err = parse_options(args, &options);
	if (!err && (options.size || options.has_type))
		err = vs_fail(VS_USAGE, "an RDM has the size of its LUN, and no type");
	return err ? err : vs_rdm_create(path, device, which, options.adapter);
}

static int disk_rdm(struct args *args)
{
	const char *verb;
	int err = need_word(args, "what to do with an RDM (add)", &verb);

	if (!err && strcmp(verb, "add"))
		err = vs_fail(VS_USAGE, "'%s': only add is possible; rm removes both files", verb);
	return err ? err : rdm_add(args);
}

static int disk_show(struct args *args)
{
	static const struct vs_column columns[] = {
		{ "PATH", "path" },
		{ "TYPE", "type" },
		{ "SIZE", "size" },
		{ "ALLOCATED", "allocated" },
		{ "ADAPTER", "adapter" },
		{ "CID", "cid" },
	};
	json_auto_t *list = json_array();
	struct vs_vmdk disk;
	const char *path;
	json_t *one;
	int err = need_word(args, "the path of a disk", &path);

	for (; !err && path; path = next_word(args)) {
		err = vs_vmdk_open(&disk, path, VS_VMDK_LOOK);
		if (err)
			break;
		err = vs_vmdk_json(&disk, &one);
		if (!err && !vsctl_out.json) {
			vs_out_size(one, "size");
			vs_out_size(one, "allocated");
		}
		if (!err)
			json_array_append_new(list, one);
		vs_vmdk_close(&disk);
	}
	if (!err)
		vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
	return err;
}

static const struct verb verbs[] = {
	{ "show", disk_show },
	{ "create", disk_create },
	{ "clone", disk_clone },
	{ "inflate", disk_inflate },
	{ "zero", disk_zero, true },
	{ "extend", disk_extend },
	{ "rdm", disk_rdm },
	{ NULL, NULL }
};

const struct object vsctl_disk = {
	.name = "disk",
	.rows = disk_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl disk show PATH...\n"
	"       vsctl disk create PATH size SIZE [ -t TYPE ] [ adapter ADAPTER ]\n"
	"       vsctl disk clone PATH NEW-PATH [ -t TYPE ]\n"
	"       vsctl disk inflate PATH\n"
	"       vsctl disk zero PATH\n"
	"       vsctl disk extend PATH size SIZE [ -t TYPE ]\n"
	"       vsctl disk rdm add PATH DEVICE [ virtual | physical ] [ adapter ADAPTER ]\n"
	"\n"
	"PATH    := NAME.vmdk, the small file that describes the disk\n"
	"SIZE    := bytes, or with K, M, G or T (binary units)\n"
	"TYPE    := { thin | lazy | eager }, lazy by default (extend: thin if the disk is)\n"
	"           thin: blocks are allocated on the first write; lazy (zeroedthick): allocated,\n"
	"           and zeroed on the first write; eager (eagerzeroedthick): allocated and zeroed\n"
	"ADAPTER := { lsilogic | buslogic | ide }\n"
	"\n"
	"inflate turns a thin or lazy disk into an eager one and keeps its data;\n"
	"zero overwrites the whole disk: its data are lost.\n"
	"rdm add maps a LUN as a disk on VMFS (raw device mapping).\n"
	"\n"
	"Examples:\n"
	"  vsctl disk create /vmfs/ds1/web/web.vmdk size 20G -t thin\n"
	"  vsctl disk clone web.vmdk web2.vmdk -t eager\n"
	"  vsctl disk extend web.vmdk size 40G\n"
	"  vsctl disk rdm add /vmfs/ds1/db/data.vmdk /dev/sdd physical\n"
	"  vsctl -j disk show web.vmdk\n",
};
