// SPDX-License-Identifier: GPL-2.0
/* Configurations as files: reading the two languages, leaving out defaults. */
#include <ctype.h>
#include <string.h>

#include "config.h"
#include "err.h"
#include "rows.h"
#include "yaml.h"

static int parse_json(const char *name, const char *text, size_t len, json_t **tree)
{
	json_error_t error;

	*tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (*tree)
		return VS_OK;
	return vs_fail(VS_USAGE, "%s:%d:%d: %s", name, error.line, error.column, error.text);
}

int vs_config_parse(const char *name, const char *text, size_t len, json_t **tree)
{
	size_t i = 0;

	while (i < len && isspace((unsigned char)text[i]))
		i++;
	if (i < len && text[i] == '{')
		return parse_json(name, text, len, tree);
	return vs_yaml_parse(name, text, len, tree);
}

static json_t *shorten_list(const struct vs_row *row, const json_t *list)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		json_t *one = vs_config_short(row->rows, false, item);

		if (row->flags & VS_ALONE && json_object_size(one) == 1) {
			json_array_append(out, json_object_get(one, vs_row_name(row->rows)->key));
			json_decref(one);
		} else {
			json_array_append_new(out, one);
		}
	}
	return out;
}

/* A value without its defaults; NULL if nothing is left */
static json_t *shorten(const struct vs_row *row, bool inherits, json_t *value)
{
	json_auto_t *def = vs_row_default(row, inherits);
	json_auto_t *inner = NULL;

	if (!value || json_is_null(value) || json_equal(value, def))
		return NULL;
	if (row->form == VS_OBJECTS)
		return shorten_list(row, value);
	if (row->flags & VS_ALONE && json_array_size(value) == 1)
		return json_incref(json_array_get(value, 0));
	/* An optional nest is written as a whole. */
	if (row->form != VS_NEST || (row->flags & VS_OPTIONAL && !(row->flags & VS_INHERITS)))
		return json_incref(value);
	inner = vs_config_short(row->rows, row->flags & VS_INHERITS, value);
	return json_object_size(inner) || row->flags & VS_OPTIONAL ? json_incref(inner) : NULL;
}

json_t *vs_config_short(const struct vs_row *rows, bool inherits, const json_t *object)
{
	json_t *out = json_object(), *value;
	const struct vs_row *row;

	VS_EACH_ROW(row, rows) {
		if (!(row->flags & VS_FILE))
			continue;
		value = shorten(row, inherits, json_object_get(object, row->key));
		if (value)
			json_object_set_new(out, row->key, value);
	}
	return out;
}

json_t *vs_config_tree(const json_t *switches)
{
	return json_pack("{s:o}", "switches", shorten_list(&vs_file_rows[0], switches));
}
