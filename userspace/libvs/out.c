// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "out.h"
#include "text.h"

const json_t *vs_out_member(const json_t *object, const char *path)
{
	char key[32];
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_object_get(object, key);
		if (!path[len])
			return object;
	}
}

static char *join(const json_t *list)
{
	char *out = NULL, *item;
	size_t size = 0, i;
	const json_t *value;
	FILE *to = open_memstream(&out, &size);

	json_array_foreach(list, i, value) {
		item = vs_out_text(value);
		fprintf(to, "%s%s", i ? "," : "", item);
		free(item);
	}
	if (!i)
		fputc('-', to);
	fclose(to);
	return out;
}

static char *describe(const json_t *object)
{
	char *out = NULL, *item;
	size_t size = 0;
	const char *key, *gap = "";
	json_t *value;
	FILE *to = open_memstream(&out, &size);

	json_object_foreach((json_t *)object, key, value) {
		if (json_is_array(value) && !json_array_size(value))
			continue;
		item = vs_out_text(value);
		fprintf(to, "%s%s %s", gap, key, item);
		free(item);
		gap = " ";
	}
	if (!*gap)
		fputc('-', to);
	fclose(to);
	return out;
}

char *vs_out_text(const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return vs_escape(json_string_value(value));
	if (json_is_array(value))
		return join(value);
	if (json_is_object(value))
		return describe(value);
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", json_integer_value(value));
		return vs_escape(number);
	}
	return vs_escape(json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
}

void vs_out_json(const struct vs_out *out, json_t *value)
{
	/* What jansson writes as it is may still be a control character to a terminal. */
	size_t ascii = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;

	json_dumpf(value, stdout,
		   JSON_ENCODE_ANY | ascii | (out->pretty ? JSON_INDENT(4) : JSON_COMPACT));
	putchar('\n');
	json_decref(value);
}

/* Names may have spaces: the columns are kept apart by two. */
static void print_cell(const char *text, size_t width, bool right, bool last)
{
	size_t pad = width - vs_width(text);

	if (right)
		printf("%*s%s%s", (int)pad, "", text, last ? "" : "  ");
	else if (last)
		fputs(text, stdout);
	else
		printf("%s%*s", text, (int)pad + 2, "");
}

static void print_rows(char **cells, size_t rows, const struct vs_column *columns, size_t count,
		       const bool *numeric)
{
	size_t width[count], r, c, w;

	for (c = 0; c < count; c++) {
		width[c] = strlen(columns[c].head);
		for (r = 0; r < rows; r++) {
			w = vs_width(cells[r * count + c]);
			width[c] = w > width[c] ? w : width[c];
		}
	}
	for (c = 0; c < count; c++)
		print_cell(columns[c].head, width[c], numeric[c], c == count - 1);
	putchar('\n');
	for (r = 0; r < rows; r++) {
		for (c = 0; c < count; c++)
			print_cell(cells[r * count + c], width[c], numeric[c], c == count - 1);
		putchar('\n');
	}
}

void vs_out_table(const struct vs_out *out, json_t *list, const struct vs_column *columns,
		  size_t count)
{
	size_t rows = json_array_size(list), r, c;
	const json_t *object, *value;
	bool numeric[count];
	char **cells;

	if (out->json) {
		vs_out_json(out, list);
		return;
	}
	cells = vs_malloc((rows * count + 1) * sizeof(*cells));
	for (c = 0; c < count; c++) {
		numeric[c] = rows;
		for (r = 0; r < rows; r++) {
			object = json_array_get(list, r);
			if (columns[c].nest)
				object = json_object_get(object, columns[c].nest);
			value = json_object_get(object, columns[c].key);
			cells[r * count + c] = vs_out_text(value);
			numeric[c] = numeric[c] && json_is_integer(value);
		}
	}
	print_rows(cells, rows, columns, count, numeric);
	for (c = 0; c < rows * count; c++)
		free(cells[c]);
	free(cells);
	json_decref(list);
}

void vs_out_size(json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	char text[VS_SIZE_TEXT];

	if (!json_is_integer(value))
		return;
	vs_format_size(json_integer_value(value), text);
	json_object_set_new(object, key, json_string(text));
}
