// SPDX-License-Identifier: GPL-2.0
/* vsctl memory */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/vmem.h>

#include "../libvs/memory.h"
#include "../libvs/text.h"
#include "memory.h"
#include "swap.h"
#include "vsctl.h"

static const char *const kinds[] = { "managed", "reserved", NULL };
static const char *const compressors[] = { "lz4", "zstd", NULL };
const char *const memory_methods[] = { "split", "compress", "swap", NULL };

static const struct vs_row set_rows[] = {
	{ "kind", VS_WORD, "kind", .flags = VS_SET, .words = kinds },
	{ "compressor", VS_WORD, "compressor", .flags = VS_SET, .words = compressors },
	{ "compress_limit", VS_NUMBER, "compress-limit", .flags = VS_SET, .max = 100 },
	{ "swap", VS_TEXT, "swap", .flags = VS_SET },
	{ "force", VS_FLAG, "force", .flags = VS_SET },
	{ NULL }
};

static const struct vs_row reclaim_rows[] = {
	{ "methods", VS_WORD, "methods", .flags = VS_SET | VS_LIST, .words = memory_methods },
	{ NULL }
};

static const struct vs_row top_rows[] = {
	{ "interval", VS_NUMBER, "interval", .flags = VS_SET, .max = UINT32_MAX },
	{ "count", VS_NUMBER, "count", .flags = VS_SET, .max = UINT32_MAX },
	{ NULL }
};

#define SIZE_MAX_BYTES	(1ull << 50)	/* that are reclaimed at once */

/* Where the second bucket of latencies begins */
#define SHORTEST_NS	256

static json_t *size_text(json_int_t bytes)
{
	char text[VS_SIZE_TEXT];

	vs_format_size(bytes, text);
	return json_string(text);
}

static json_t *waiting_text(const json_t *ms)
{
	char text[32] = "-";

	if (json_integer_value(ms))
		snprintf(text, sizeof(text), "%.1fs", json_integer_value(ms) / 1000.0);
	return json_string(text);
}

/* For people: sizes instead of pages */
static json_t *readable(const json_t *file)
{
	static const struct {
		const char *key, *name;
	} sizes[] = {
		{ "pool_pages", "pool" }, { "active_pages", "active" }, { "saved_pages", "saved" },
	};
	json_t *out = json_copy((json_t *)file), *pages;
	const char *state;
	size_t i;

	json_object_set_new(out, "size",
			    size_text(json_integer_value(json_object_get(file, "size"))));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (!json_object_get(file, sizes[i].key))	/* not told to everybody */
			continue;
		json_object_set_new(out, sizes[i].name, size_text(VS_PAGE_BYTES *
				    json_integer_value(json_object_get(file, sizes[i].key))));
	}
	json_object_set_new(out, "waiting", waiting_text(json_object_get(file, "waiting_ms")));
	json_object_foreach(json_object_get(file, "pages"), state, pages)
		json_object_set_new(out, state,
				    size_text(VS_PAGE_BYTES * json_integer_value(pages)));
	return out;
}

static void print_files(const json_t *list)
{
	static const struct vs_column columns[] = {
		{ "ID", "id" },		  { "NAME", "name" },	  { "SIZE", "size" },
		{ "KIND", "kind" },	  { "ACTIVE", "active" },   { "HUGE", "huge" },
		{ "PRIVATE", "private" }, { "SHARED", "shared" },   { "SAVED", "saved" },
		{ "ZERO", "zero" },	  { "COMPRESSED", "compressed" }, { "POOL", "pool" },
		{ "SWAPPED", "swapped" }, { "SWAP", "swap" }, { "WAITING", "waiting" },
	};
	json_t *rows, *file;
	size_t i;

	if (vsctl_out.json) {
		vs_out_json(&vsctl_out, json_incref((json_t *)list));
		return;
	}
	rows = json_array();
	json_array_foreach((json_t *)list, i, file)
		json_array_append_new(rows, readable(file));
	vs_out_table(&vsctl_out, rows, columns, ARRAY_SIZE(columns));
}

static int memory_show(struct args *args)
{
	json_auto_t *list = NULL;
	const char *word = next_word(args);
	json_int_t id = 0;
	int err;

	err = word ? vs_memory_id(args->vs, word, &id) : VS_OK;
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = vs_memory_files(args->vs, id, &list);
	if (!err && !id && !vsctl_out.json)
		memory_print_state(args->vs);
	if (!err)
		print_files(list);
	return err;
}

static int need_file(struct args *args, json_int_t *id)
{
	const char *word;
	int err = need_word(args, "the file", &word);

	return err ? err : vs_memory_id(args->vs, word, id);
}

/* The kernel gets an open file: what may be opened is decided here, by whoever runs this. */
static int set_swap(struct vs_ctx *vs, json_int_t id, json_t *change, const char *path, bool force)
{
	int fd, err;

	err = swap_open(path, force, &fd);
	if (err)
		return err;
	json_object_set_new(change, "swap", json_integer(fd));
	json_object_set_new(change, "id", json_integer(id));
	err = vs_memory_change(vs, change);
	if (!err)
		err = swap_label(fd, path);
	close(fd);
	return err;
}

static int change_file(struct vs_ctx *vs, json_int_t id, json_t *change)
{
	json_auto_t *swap = json_incref(json_object_get(change, "swap"));
	bool force = json_is_true(json_object_get(change, "force"));
	const char *path = json_string_value(swap);
	int err = VS_OK;

	if (force && !path)
		return vs_fail(VS_USAGE, "force is for a swap file");
	json_object_del(change, "force");
	if (path && strcmp(path, "none"))
		return set_swap(vs, id, change, path, force);
	json_object_del(change, "swap");
	if (json_object_size(change)) {
		json_object_set_new(change, "id", json_integer(id));
		err = vs_memory_change(vs, change);
	}
	if (!err && path)
		err = vs_memory_swap_off(vs, id, vsctl_out.json);
	return err;
}

static int memory_set(struct args *args)
{
	json_auto_t *change = json_object();
	json_int_t id;
	int err;

	err = need_file(args, &id);
	if (!err)
		err = parse_rows(args, set_rows, VS_SET, change);
	if (!err && !json_object_size(change))
		err = vs_fail(VS_USAGE, "there is nothing to set");
	return err ? err : change_file(args->vs, id, change);
}

static int parse_size(const char *word, json_int_t *pages)
{
	uint64_t bytes;
	int err = vs_parse_size(word, &bytes);

	*pages = err ? 0 : bytes / VS_PAGE_BYTES;
	if (!err && bytes > SIZE_MAX_BYTES)
		return vs_fail(VS_USAGE, "size '%s' is more than a pebibyte", word);
	if (!err && !*pages)
		err = vs_fail(VS_USAGE, "size '%s' is less than a page of 4K", word);
	return err;
}

json_int_t memory_method_bits(const json_t *list)
{
	json_int_t bits = 0;
	const json_t *word;
	size_t i, bit;

	json_array_foreach(list, i, word) {
		for (bit = 0; strcmp(memory_methods[bit], json_string_value(word)); bit++)
			;
		bits |= 1 << bit;
	}
	return bits;
}

/* Why there was less than was asked for, as far as the file tells */
static void say_why(struct vs_ctx *vs, json_int_t id, json_int_t wanted)
{
	json_auto_t *list = NULL;
	const char *swap;
	const json_t *file;
	json_int_t huge;

	if (vs_memory_files(vs, id, &list))
		return;
	file = json_array_get(list, 0);
	huge = json_integer_value(json_object_get(json_object_get(file, "pages"), "huge"));
	swap = json_string_value(json_object_get(file, "swap"));
	wanted = wanted ?: VMEM_METHOD_SPLIT | VMEM_METHOD_COMPRESS | VMEM_METHOD_SWAP;
	if (!strcmp(json_string_value(json_object_get(file, "kind")) ?: "", "reserved"))
		fprintf(stderr, "vsctl: the file is reserved: nothing is taken from it\n");
	else if (!(wanted & VMEM_METHOD_SPLIT) && huge)
		fprintf(stderr,
			"vsctl: %lld KiB are in blocks of 2 MiB, which have to be split first (methods split)\n",
			huge * (VS_PAGE_BYTES / 1024));
	else if ((wanted & VMEM_METHOD_SWAP) && swap && strcmp(swap, "active"))
		fprintf(stderr, "vsctl: nothing more can be swapped: swap is %s\n", swap);
	else
		fprintf(stderr, "vsctl: the rest is in use, locked, or does not shrink\n");
}

static int memory_reclaim(struct args *args)
{
	json_auto_t *request = json_object();
	json_int_t id, pages, wanted, bits;
	const char *word;
	int err;

	err = need_file(args, &id);
	if (!err)
		err = need_word(args, "how much", &word);
	if (!err)
		err = parse_size(word, &wanted);
	if (!err)
		err = parse_rows(args, reclaim_rows, VS_SET, request);
	if (err)
		return err;
	bits = memory_method_bits(json_object_get(request, "methods"));
	if (bits)
		json_object_set_new(request, "methods", json_integer(bits));
	json_object_set_new(request, "id", json_integer(id));
	json_object_set_new(request, "pages", json_integer(wanted));
	err = vs_memory_reclaim(args->vs, request, &pages);
	if (err)
		return err;
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_pack("{s:I}", "pages", pages));
	else
		printf("%lld KiB reclaimed\n", pages * (VS_PAGE_BYTES / 1024));
	fflush(stdout);
	if (pages < wanted)
		say_why(args->vs, id, bits);
	return VS_OK;
}

/* What happened to a file since @before was taken, per second */
static json_t *rates(const json_t *file, const json_t *before, unsigned long seconds)
{
	json_t *out = json_object(), *old = NULL, *one, *count;
	json_int_t now, then;
	const char *event;
	size_t i;

	json_array_foreach((json_t *)before, i, one) {
		if (json_equal(json_object_get(one, "id"), json_object_get(file, "id")))
			old = json_object_get(one, "events");
	}
	json_object_foreach(json_object_get(file, "events"), event, count) {
		now = json_integer_value(count);
		then = old ? json_integer_value(json_object_get(old, event)) : now;
		json_object_set_new(out, event, json_integer((now - then) / (json_int_t)seconds));
	}
	return out;
}

static void print_top(json_t *list, const json_t *before, unsigned long seconds)
{
	static const struct vs_column columns[] = {
		{ "NAME", "name" },
		{ "SIZE", "size" },
		{ "ACTIVE", "active" },
		{ "HUGE", "huge" },
		{ "PRIVATE", "private" },
		{ "SHARED", "shared" },
		{ "SAVED", "saved" },
		{ "COMPRESSED", "compressed" },
		{ "SWAPPED", "swapped" },
		{ "FAULT/s", "rates.fault" },
		{ "BREAK/s", "rates.fault_shared" },
		{ "DECOMPRESS/s", "rates.fault_compressed" },
		{ "SWAPIN/s", "rates.fault_swapped" },
		{ "WAITING", "waiting" },
	};
	json_t *rows = json_array(), *file;
	size_t i;

	json_array_foreach(list, i, file) {
		json_object_set_new(file, "rates", rates(file, before, seconds));
		json_array_append_new(rows, vsctl_out.json ? json_incref(file) : readable(file));
	}
	vs_out_table(&vsctl_out, rows, columns, ARRAY_SIZE(columns));
	fflush(stdout);
}

static int memory_top(struct args *args)
{
	json_auto_t *options = json_object(), *before = NULL;
	unsigned long seconds, left;
	json_t *list;
	int err;

	err = parse_rows(args, top_rows, VS_SET, options);
	if (err)
		return err;
	seconds = json_integer_value(json_object_get(options, "interval")) ?: 2;
	left = json_integer_value(json_object_get(options, "count"));
	err = vs_memory_files(args->vs, 0, &before);
	while (!err) {
		sleep(seconds);
		err = vs_memory_files(args->vs, 0, &list);
		if (err) {
			json_decref(list);
			break;
		}
		if (!vsctl_out.json && isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout);
		if (!vsctl_out.json)
			memory_print_state(args->vs);
		print_top(list, before, seconds);
		json_decref(before);
		before = list;
		if ((left && !--left) || ferror(stdout))
			break;
	}
	return err;
}

/* 1536 ns is 1.5us */
static json_t *time_text(json_int_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = ns;
	size_t unit = 0;
	char text[32];

	for (; value >= 1000 && unit < ARRAY_SIZE(units) - 1; unit++)
		value /= 1000;
	snprintf(text, sizeof(text), value < 10 && unit ? "%.1f%s" : "%.0f%s", value, units[unit]);
	return json_string(text);
}

/* A line for each bucket */
static void print_latency(const json_t *latency)
{
	static const struct vs_column columns[] = {
		{ "FAULT", "kind" }, { "FROM", "from" }, { "TO", "to" }, { "COUNT", "count" },
	};
	json_t *rows = json_array(), *fault, *bucket, *row;
	json_int_t from;
	size_t i, k;

	json_array_foreach(json_object_get(latency, "faults"), i, fault) {
		json_array_foreach(json_object_get(fault, "buckets"), k, bucket) {
			from = json_integer_value(json_object_get(bucket, "from_ns"));
			row = json_pack("{s:O, s:o, s:o, s:O}", "kind",
					json_object_get(fault, "kind"), "from", time_text(from),
					"to", time_text(from ? 2 * from : SHORTEST_NS), "count",
					json_object_get(bucket, "count"));
			json_array_append_new(rows, row);
		}
	}
	vs_out_table(&vsctl_out, rows, columns, ARRAY_SIZE(columns));
}

static int memory_latency(struct args *args)
{
	json_auto_t *latency = NULL;
	json_int_t id;
	int err;

	err = need_file(args, &id);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = vs_memory_latency(args->vs, id, &latency);
	if (err)
		return err;
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_incref(latency));
	else
		print_latency(latency);
	return VS_OK;
}

static const struct verb verbs[] = {
	{ "show", memory_show },
	{ "set", memory_set },
	{ "top", memory_top },
	{ "reclaim", memory_reclaim },
	{ "latency", memory_latency },
	{ "host", memory_host },
	{ "vm", memory_vm },
	{ NULL, NULL }
};

const struct object vsctl_memory = {
	.name = "memory",
	.rows = set_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl memory [ show [ FILE ] ]\n"
	"       vsctl memory set FILE [ kind { managed | reserved } ]\n"
	"                  [ compressor { lz4 | zstd } ] [ compress-limit PERCENT ]\n"
	"                  [ swap { PATH [ force ] | none } ]\n"
	"       vsctl memory top [ interval SECONDS ] [ count N ]\n"
	"       vsctl memory reclaim FILE SIZE [ methods METHODS ]\n"
	"       vsctl memory latency FILE\n"
	"       vsctl memory host\n"
	"       vsctl memory vm [ show [ VM ] ]\n"
	"       vsctl memory vm { add | set } VM [ files { FILE[,...] | none } ]\n"
	"                  [ shares { low | normal | high | NUMBER } ] [ reservation SIZE ]\n"
	"                  [ limit { SIZE | none } ] [ methods { METHODS | none } ]\n"
	"       vsctl memory vm del VM\n"
	"\n"
	"FILE  := a path, the name of a file in /dev/vmem, or the name or id that show prints\n"
	"SIZE  := a number and K, M, G or T\n"
	"METHODS := { split | compress | swap }[,...]; all of them unless given\n"
	"\n"
	"A reserved file (for devices that are passed through) gets all of its memory when it\n"
	"gets its size: set the kind before.  Of a managed file, what is idle is compressed,\n"
	"up to a limit in per cent of its size (10), and then written to its swap file.\n"
	"A swap file or device is used by one guest; what holds anything else is taken with\n"
	"'force' only.  'swap none' reads all back and gives it up.\n"
	"'latency' tells how many page faults of each kind took how long.\n"
	"'vm' says how much memory a VM, which is one file or several, should have when there is\n"
	"not enough for all (balloon.ko).\n"
	"'host' tells how short of memory the host is, and what was done in each state of it.\n"
	"\n"
	"Examples:\n"
	"  mount -t vmem none /dev/vmem\n"
	"  touch /dev/vmem/vm1; vsctl memory set vm1 kind reserved; truncate -s 4G /dev/vmem/vm1\n"
	"  vsctl memory set vm2 swap /var/lib/vmem/vm2.swap compress-limit 20\n"
	"  vsctl memory reclaim vm2 256M methods split,compress\n"
	"  vsctl memory vm add web1 files vm2 shares high reservation 1G\n"
	"  vsctl -j memory show vm2 | jq '.[0].pages'\n",
};
