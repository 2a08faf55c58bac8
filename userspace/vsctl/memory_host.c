// SPDX-License-Identifier: GPL-2.0
/* vsctl memory host: how short of memory the host is, and what is done about it */
#include <stdio.h>

#include "../libvs/memory.h"
#include "../libvs/text.h"
#include "memory.h"

void memory_pages_text(const json_t *object, const char *key, char text[VS_SIZE_TEXT])
{
	vs_format_size(VS_PAGE_BYTES * json_integer_value(json_object_get(object, key)), text);
}

static void print_state(const json_t *host)
{
	char available[VS_SIZE_TEXT], min_free[VS_SIZE_TEXT];

	memory_pages_text(host, "available_pages", available);
	memory_pages_text(host, "min_free_pages", min_free);
	printf("state %s: %s available, %s should be\n",
	       json_string_value(json_object_get(host, "state")), available, min_free);
}

void memory_print_state(struct vs_ctx *vs)
{
	json_auto_t *host = NULL;

	if (!vs_memory_host(vs, &host))
		print_state(host);
}

static json_t *readable(const json_t *state)
{
	static const char *const sizes[][2] = {
		{ "below_pages", "below" }, { "until_pages", "until" },
		{ "batch_pages", "batch" }, { "taken_pages", "taken" },
	};
	json_t *row = json_copy((json_t *)state);
	char text[VS_SIZE_TEXT];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memory_pages_text(state, sizes[i][0], text);
		json_object_set_new(row, sizes[i][1], json_string(text));
	}
	return row;
}

static void print_host(const json_t *host)
{
	static const struct vs_column columns[] = {
		{ "STATE", "state" },	  { "BELOW", "below" }, { "UNTIL", "until" },
		{ "ENTERED", "entered" }, { "BATCH", "batch" }, { "TAKEN", "taken" },
	};
	json_t *rows = json_array(), *state;
	size_t i;

	print_state(host);
	json_array_foreach(json_object_get(host, "states"), i, state)
		json_array_append_new(rows, readable(state));
	vs_out_table(&vsctl_out, rows, columns, ARRAY_SIZE(columns));
}

int memory_host(struct args *args)
{
	json_auto_t *host = NULL;
	int err = no_more_words(args);

	if (!err)
		err = vs_memory_host(args->vs, &host);
	if (err)
		return err;
	if (vsctl_out.json)
		vs_out_json(&vsctl_out, json_incref(host));
	else
		print_host(host);
	return VS_OK;
}
