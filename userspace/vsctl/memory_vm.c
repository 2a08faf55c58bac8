// SPDX-License-Identifier: GPL-2.0
/* vsctl memory vm: how much memory each VM should have */
#include <stdio.h>
#include <string.h>

#include <linux/balloon.h>

#include "../libvs/memory.h"
#include "../libvs/text.h"
#include "memory.h"

static const struct vs_row vm_rows[] = {
	{ "files", VS_TEXT, "files", .flags = VS_SET },
	{ "shares", VS_TEXT, "shares", .flags = VS_SET },
	{ "reservation", VS_TEXT, "reservation", .flags = VS_SET },
	{ "limit", VS_TEXT, "limit", .flags = VS_SET },
	{ "methods", VS_WORDS, "methods", .flags = VS_SET, .words = memory_methods },
	{ NULL }
};

static json_t *size_of(json_int_t bytes)
{
	char text[VS_SIZE_TEXT];

	vs_format_size(bytes, text);
	return json_string(text);
}

/* A VM without a name is a file: by that one's name */
static json_t *name_of(const json_t *vm, const json_t *files)
{
	json_t *id = json_array_get(json_object_get(vm, "files"), 0), *file;
	size_t i;

	if (json_is_string(json_object_get(vm, "name")))
		return json_incref(json_object_get(vm, "name"));
	json_array_foreach((json_t *)files, i, file)
		if (json_equal(json_object_get(file, "id"), id))
			return json_incref(json_object_get(file, "name"));
	return json_null();
}

static json_t *readable(const json_t *vm, const json_t *files)
{
	static const struct {
		const char *key, *name;
		json_int_t unit;
	} sizes[] = {
		{ "size", "size", 1 },
		{ "reservation", "reservation", 1 },
		{ "granted_pages", "granted", VS_PAGE_BYTES },
		{ "active_pages", "active", VS_PAGE_BYTES },
		{ "entitled_pages", "entitled", VS_PAGE_BYTES },
		{ "target_pages", "target", VS_PAGE_BYTES },
		{ "away_pages", "away", VS_PAGE_BYTES },
	};
	json_int_t limit = json_integer_value(json_object_get(vm, "limit"));
	json_t *row = json_copy((json_t *)vm);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		json_object_set_new(row, sizes[i].name, size_of(sizes[i].unit *
				    json_integer_value(json_object_get(vm, sizes[i].key))));
	json_object_set_new(row, "limit", limit ? size_of(limit) : json_null());
	json_object_set_new(row, "name", name_of(vm, files));
	return row;
}

static void print_reserved(struct vs_ctx *vs)
{
	char committed[VS_SIZE_TEXT], capacity[VS_SIZE_TEXT];
	json_auto_t *scheduler = NULL;

	if (vs_memory_scheduler(vs, &scheduler))
		return;
	memory_pages_text(scheduler, "committed_pages", committed);
	memory_pages_text(scheduler, "capacity_pages", capacity);
	printf("%s of %s reserved\n", committed, capacity);
}

static void print_vms(struct vs_ctx *vs, const json_t *list)
{
	static const struct vs_column columns[] = {
		{ "NAME", "name" },	  { "MEMSZ", "size" },	      { "SHARES", "shares" },
		{ "RESERVED", "reservation" }, { "LIMIT", "limit" },  { "GRANT", "granted" },
		{ "ACTIVE", "active" },	  { "ENTITLED", "entitled" }, { "TARGET", "target" },
		{ "AWAY", "away" },	  { "REASON", "reason" },
	};
	json_auto_t *files = NULL;
	json_t *rows, *vm;
	size_t i;

	if (vsctl_out.json) {
		vs_out_json(&vsctl_out, json_incref((json_t *)list));
		return;
	}
	memory_print_state(vs);
	print_reserved(vs);
	vs_memory_files(vs, 0, &files);
	rows = json_array();
	json_array_foreach((json_t *)list, i, vm)
		json_array_append_new(rows, readable(vm, files));
	vs_out_table(&vsctl_out, rows, columns, ARRAY_SIZE(columns));
}

static int vm_show(struct args *args)
{
	const char *name = next_word(args);
	json_auto_t *list = NULL;
	int err = no_more_words(args);

	if (!err)
		err = vs_memory_vms(args->vs, name, &list);
	if (!err)
		print_vms(args->vs, list);
	return err;
}

/* "vm1,vm1-node1" or "none", as numbers; 0 is none */
static int read_files(struct vs_ctx *vs, json_t *request)
{
	json_auto_t *value = json_incref(json_object_get(request, "files"));
	const char *list = json_string_value(value);
	json_t *ids = json_array();
	char word[4096];
	json_int_t id;
	size_t len;
	int err = VS_OK;

	if (!list || !strcmp(list, "none")) {
		json_array_append_new(ids, json_integer(0));
		list = NULL;
	}
	for (; list && !err; list = list[len] ? list + len + 1 : NULL) {
		len = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		err = vs_memory_id(vs, word, &id);
		if (!err)
			json_array_append_new(ids, json_integer(id));
	}
	if (value)
		json_object_set(request, "files", ids);
	json_decref(ids);
	return err;
}

static int read_shares(json_t *request)
{
	static const char *const levels[] = { "low", "normal", "high" };
	json_auto_t *value = json_incref(json_object_get(request, "shares"));
	const char *word = json_string_value(value);
	unsigned long number;
	int level;

	if (!word)
		return VS_OK;
	json_object_del(request, "shares");
	if (word[strspn(word, "0123456789")]) {
		level = match_word("shares", word, levels, ARRAY_SIZE(levels));
		if (level < 0)
			return VS_USAGE;
		json_object_set_new(request, "level", json_string(levels[level]));
		return VS_OK;
	}
	if (vs_parse_uint("shares", word, 1, 1ul << 34, &number))
		return VS_USAGE;
	json_object_set_new(request, "level", json_string("custom"));
	json_object_set_new(request, "shares", json_integer(number));
	return VS_OK;
}

static int read_size(json_t *request, const char *key)
{
	const char *word = json_string_value(json_object_get(request, key));
	uint64_t bytes = 0;
	int err = VS_OK;

	if (!word)
		return VS_OK;
	if (strcmp(word, "none"))
		err = vs_parse_size(word, &bytes);
	if (!err)
		json_object_set_new(request, key, json_integer(bytes));
	return err;
}

static void read_methods(json_t *request)
{
	const json_t *list = json_object_get(request, "methods");

	if (list)
		json_object_set_new(request, "methods", json_integer(memory_method_bits(list)));
}

static int vm_change(struct args *args, int cmd)
{
	json_auto_t *request = json_object();
	const char *name;
	int err = need_word(args, "the VM", &name);

	if (!err)
		err = parse_rows(args, vm_rows, VS_SET, request);
	if (!err && cmd == BALLOON_CMD_VM_SET && !json_object_size(request))
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err)
		err = read_files(args->vs, request);
	if (!err)
		err = read_shares(request);
	if (!err)
		err = read_size(request, "reservation");
	if (!err)
		err = read_size(request, "limit");
	if (err)
		return err;
	read_methods(request);
	json_object_set_new(request, "name", json_string(name));
	return vs_memory_change_vm(args->vs, cmd, request);
}

static int vm_del(struct args *args)
{
	json_auto_t *request = json_object();
	const char *name;
	int err = need_word(args, "the VM", &name);

	if (!err)
		err = no_more_words(args);
	if (err)
		return err;
	json_object_set_new(request, "name", json_string(name));
	return vs_memory_change_vm(args->vs, BALLOON_CMD_VM_DEL, request);
}

int memory_vm(struct args *args)
{
	static const char *const words[] = { "show", "add", "set", "del" };
	const char *word = next_word(args);
	int which = word ? match_word("verb", word, words, ARRAY_SIZE(words)) : 0;

	switch (which) {
	case 0:
		return vm_show(args);
	case 1:
		return vm_change(args, BALLOON_CMD_VM_ADD);
	case 2:
		return vm_change(args, BALLOON_CMD_VM_SET);
	case 3:
		return vm_del(args);
	default:
		return VS_USAGE;
	}
}
