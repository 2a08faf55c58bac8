// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "diff_values.h"
#include "err.h"
#include "rows.h"

static bool same_set(const json_t *a, const json_t *b)
{
	json_auto_t *names = json_object();
	const json_t *item;
	size_t i;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, item)
		json_object_set_new(names, json_string_value(item), json_true());
	json_array_foreach(b, i, item) {
		if (!json_object_get(names, json_string_value(item)))
			return false;
	}
	return true;
}

json_t *compare(const json_t *have, const json_t *want, const struct vs_row *rows)
{
	json_t *out = json_object(), *old, *new;
	const struct vs_row *row;

	VS_EACH_ROW(row, rows) {
		if (!(row->flags & (VS_FILE | VS_DERIVED)) || row->form == VS_OBJECTS ||
		    row == vs_row_name(rows))
			continue;
		old = json_object_get(have, row->key);
		new = json_object_get(want, row->key);
		if (row->form == VS_ADDRESS ? same_set(old, new) : json_equal(old, new))
			continue;
		json_object_set_new(out, row->key, json_pack("{s:O, s:O}", "old", old,
							     "new", new));
	}
	return out;
}

json_t *new_value(const json_t *changes, const char *key)
{
	return json_object_get(json_object_get(changes, key), "new");
}

void set_unless_null(json_t *change, const struct vs_row *row, json_t *value)
{
	if (!value)
		return;
	if (!json_is_null(value))
		json_object_set(change, row->key, value);
	else if (row->form == VS_NEST)
		json_object_set_new(change, row->key, json_object());
}

void set_own(json_t *change, const json_t *want)
{
	const struct vs_row *row;
	json_t *value;

	VS_EACH_ROW(row, vs_port_rows) {
		value = json_object_get(want, row->key);
		if (row->flags & VS_OWN && !json_is_null(value))
			json_object_set(change, row->key, value);
	}
}

void change_own(json_t *change, const json_t *want, const json_t *changes)
{
	bool differs = new_value(changes, "overrides"), shaped;
	const struct vs_row *row;
	json_t *value;

	/* One direction of shaping may go while the other stays an override. */
	shaped = json_is_object(json_object_get(want, "shaping_ingress")) ||
		 json_is_object(json_object_get(want, "shaping_egress"));
	VS_EACH_ROW(row, vs_port_rows) {
		if (!(row->flags & VS_OWN))
			continue;
		value = new_value(changes, row->key);
		differs = differs || value;
		if (!json_is_null(value) || (shaped && !strncmp(row->key, "shaping_", 8)))
			set_unless_null(change, row, value);
	}
	if (differs)
		json_object_set(change, "overrides", json_object_get(want, "overrides"));
}
