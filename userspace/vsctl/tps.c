// SPDX-License-Identifier: GPL-2.0
/* vsctl tps */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/memory.h"
#include "../libvs/text.h"
#include "vsctl.h"

static const struct vs_row scanner_rows[] = {
	{ "running", VS_BOOL, "running", .flags = VS_SET },
	{ "workers", VS_NUMBER, "workers", .flags = VS_SET, .min = 1, .max = 16 },
	{ "cpu", VS_NUMBER, "cpu", .flags = VS_SET, .min = 1, .max = 1600 },
	{ "rate", VS_NUMBER, "rate", .flags = VS_SET, .max = UINT32_MAX },
	{ "interval", VS_NUMBER, "interval", .flags = VS_SET, .max = UINT32_MAX },
	{ "split", VS_BOOL, "split", .flags = VS_SET },
	{ NULL }
};

static const struct vs_row file_rows[] = {
	{ "salt", VS_TEXT, "salt", .flags = VS_SET },
	{ NULL }
};

/* The files with their salts and what they share */
static int sharing(struct vs_ctx *vs, json_t **list)
{
	json_auto_t *files = NULL, *salts = NULL;
	json_t *file, *salt;
	size_t i, k;
	int err;

	*list = json_array();
	err = vs_memory_files(vs, 0, &files);
	if (!err)
		err = vs_tps_files(vs, &salts);
	if (err)
		return err;
	json_array_foreach(files, i, file) {
		json_array_foreach(salts, k, salt) {
			if (!json_equal(json_object_get(salt, "id"), json_object_get(file, "id")))
				continue;
			if (!json_object_get(salt, "salt"))	/* not told to everybody */
				json_object_set_new(salt, "salt", json_null());
			json_object_set(salt, "name", json_object_get(file, "name"));
			json_object_set(salt, "shared", vs_out_member(file, "pages.shared") ?
				(json_t *)vs_out_member(file, "pages.shared") : json_null());
			json_object_set(salt, "zero", (json_t *)vs_out_member(file, "pages.zero"));
			json_array_append(*list, salt);
		}
	}
	return VS_OK;
}

static void print_scanner(const json_t *scanner)
{
	const char *key;
	json_t *value;
	char *text;

	json_object_foreach((json_t *)scanner, key, value) {
		if (json_is_object(value)) {
			print_scanner(value);
			continue;
		}
		text = vs_out_text(value);
		printf("%-10s %s\n", key, text);
		free(text);
	}
}

static int tps_show(struct args *args)
{
	static const struct vs_column columns[] = {
		{ "ID", "id" },
		{ "NAME", "name" },
		{ "SALT", "salt" },
		{ "SHARED-PAGES", "shared" },
		{ "ZERO-PAGES", "zero" },
	};
	json_auto_t *scanner = NULL, *list = NULL;
	json_t *file;
	size_t i;
	int err;

	err = no_more_words(args);
	if (!err)
		err = vs_tps_scanner(args->vs, &scanner);
	if (!err)
		err = sharing(args->vs, &list);
	if (err)
		return err;
	if (vsctl_out.json) {
		json_object_set(scanner, "files", list);
		vs_out_json(&vsctl_out, json_incref(scanner));
		return VS_OK;
	}
	json_array_foreach(list, i, file) {
		if (json_is_integer(json_object_get(file, "salt")) &&
		    !json_integer_value(json_object_get(file, "salt")))
			json_object_set_new(file, "salt", json_string("own"));
	}
	print_scanner(scanner);
	putchar('\n');
	vs_out_table(&vsctl_out, json_incref(list), columns, ARRAY_SIZE(columns));
	return VS_OK;
}

static int set_file(struct args *args, const char *word)
{
	json_auto_t *change = json_object();
	unsigned long salt = 0;
	const char *text;
	json_int_t id;
	int err;

	err = vs_memory_id(args->vs, word, &id);
	if (!err)
		err = parse_rows(args, file_rows, VS_SET, change);
	text = json_string_value(json_object_get(change, "salt"));
	if (!err && !text)
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err && strcmp(text, "own"))
		err = vs_parse_uint("salt", text, 1, INT64_MAX, &salt);
	if (err)
		return err;
	json_object_set_new(change, "id", json_integer(id));
	json_object_set_new(change, "salt", json_integer(salt));
	return vs_tps_change_file(args->vs, change);
}

static int tps_set(struct args *args)
{
	json_auto_t *change = json_object();
	const struct vs_row *row;
	int err;

	if (!args->count)
		return vs_fail(VS_USAGE, "there is nothing to set");
	/* Options of the scanner, or a file, which may be called as one of them is */
	VS_EACH_ROW(row, scanner_rows)
		if (!strncmp(row->word, args->words[0], strlen(args->words[0])))
			break;
	if (!row->key || (args->count > 1 && !strncmp(args->words[1], "salt", 2)))
		return set_file(args, next_word(args));
	err = parse_rows(args, scanner_rows, VS_SET, change);
	return err ? err : vs_tps_change_scanner(args->vs, change);
}

static int tps_unshare(struct args *args)
{
	const char *word;
	json_int_t id;
	int err;

	err = need_word(args, "the file", &word);
	if (!err)
		err = vs_memory_id(args->vs, word, &id);
	if (!err)
		err = no_more_words(args);
	return err ? err : vs_tps_unshare(args->vs, id);
}

static int tps_estimate(struct args *args)
{
	static const struct {
		const char *key, *what;
	} lines[] = {
		{ "zero", "zero pages" },
		{ "own", "if every file shared with itself" },
		{ "salt", "if files shared under their salts" },
		{ "all", "if all files shared" },
	};
	json_auto_t *estimate = NULL;
	char text[VS_SIZE_TEXT];
	json_int_t pages, saved;
	size_t i;
	int err;

	err = no_more_words(args);
	if (!err)
		err = vs_tps_estimate(args->vs, &estimate, vsctl_out.json);
	if (err)
		return err;
	if (vsctl_out.json) {
		vs_out_json(&vsctl_out, json_incref(estimate));
		return VS_OK;
	}
	pages = json_integer_value(json_object_get(estimate, "pages"));
	vs_format_size(pages * VS_PAGE_BYTES, text);
	printf("%-36s %7s\n", "in memory", text);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		saved = json_integer_value(json_object_get(estimate, lines[i].key));
		vs_format_size(saved * VS_PAGE_BYTES, text);
		printf("%-36s %7s %5.1f %%\n", lines[i].what, text,
		       pages ? 100.0 * saved / pages : 0);
	}
	return VS_OK;
}

static const struct verb verbs[] = {
	{ "show", tps_show },
	{ "set", tps_set },
	{ "unshare", tps_unshare },
	{ "estimate", tps_estimate },
	{ NULL, NULL }
};

const struct object vsctl_tps = {
	.name = "tps",
	.rows = scanner_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl tps [ show ]\n"
	"       vsctl tps set [ running { on | off } ] [ workers N ] [ cpu PERCENT ]\n"
	"                  [ rate PAGES ] [ interval MS ] [ split { on | off } ]\n"
	"       vsctl tps set FILE salt { NUMBER | own }\n"
	"       vsctl tps unshare FILE\n"
	"       vsctl tps estimate\n"
	"\n"
	"The scanner looks for equal pages in the memory of guests (see vsctl memory).  Files\n"
	"with the same salt share; by default each has its own, and shares only within itself.\n"
	"cpu limits all workers together, in per cent of one CPU (up to 100 for each), rate\n"
	"the pages per second (0: no limit); interval is the minimum time between the starts of\n"
	"two passes.  Blocks of 2 MiB are split for sharing only while memory is short, or with\n"
	"'split on'.\n"
	"'unshare' gives every shared page memory of its own; 'estimate' prints the savings\n"
	"without sharing.\n"
	"\n"
	"Examples:\n"
	"  vsctl tps estimate\n"
	"  vsctl tps set vm1 salt 7; vsctl tps set vm2 salt 7\n"
	"  vsctl tps set running on cpu 5\n",
};
