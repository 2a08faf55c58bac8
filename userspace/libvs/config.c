// SPDX-License-Identifier: GPL-2.0
/*
 * Check configurations row by row, and complete them with defaults.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_check.h"
#include "err.h"
#include "rows.h"
#include "text.h"

#define MTU_DEFAULT	1500
#define KEYS_MAX	24

static int check_row(const char *path, const struct vs_row *row, bool inherits,
		     const json_t *value, json_t **out);

static int bad(const char *path, const char *what)
{
	return vs_fail(VS_USAGE, "%s: %s", path, what);
}

/* Puts the path before the text of a parser. */
static int at(const char *path, int err)
{
	return err ? vs_fail_because(err, "%s", path) : VS_OK;
}

static int unknown_key(const char *path, const char *key, const struct vs_row *rows)
{
	const char *names[KEYS_MAX], *near;
	const struct vs_row *row;
	size_t count = 0;

	VS_EACH_ROW(row, rows) {
		if (row->flags & VS_FILE)
			names[count++] = row->key;
	}
	near = vs_nearest(key, names, count);
	return vs_fail(VS_USAGE, "%s%s%s: unknown key%s%s%s", path, *path ? "." : "", key,
		       near ? ", did you mean " : "", near ?: "", near ? "?" : "");
}

static int check_keys(const char *path, const struct vs_row *rows, const json_t *value)
{
	const struct vs_row *row;
	const char *key;
	json_t *item;

	if (!json_is_object(value))
		return bad(*path ? path : "file", "must be a mapping");
	json_object_foreach((json_t *)value, key, item) {
		VS_EACH_ROW(row, rows) {
			if (row->flags & VS_FILE && !strcmp(row->key, key))
				break;
		}
		if (!row->key)
			return unknown_key(path, key, rows);
	}
	return VS_OK;
}

/* An object with the rows of a nest, or of one entry in a list of objects */
static int check_object(const char *path, const struct vs_row *nest, const json_t *value,
			json_t **out)
{
	bool inherits = nest->flags & VS_INHERITS;
	const struct vs_row *row;
	json_t *item, *done;
	char inner[256];
	int err = check_keys(path, nest->rows, value);

	if (err)
		return err;
	*out = json_object();
	VS_EACH_ROW(row, nest->rows) {
		if (!(row->flags & VS_FILE))
			continue;
		item = json_object_get(value, row->key);
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", row->key);
		done = NULL;
		err = check_row(inner, row, inherits, item, &done);
		json_object_set_new(*out, row->key, done ? done : json_null());
		if (err)
			return err;
	}
	return nest->finish ? nest->finish(path, out) : VS_OK;
}

static int check_number(const char *path, const struct vs_row *row, const json_t *value,
			json_t **out)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return vs_fail(VS_USAGE, "%s: must be a number from %lld to %lld", path, row->min,
			       row->max);
	if (number < row->min || number > row->max)
		return vs_fail(VS_USAGE, "%s: %lld is out of range: it must be from %lld to %lld",
			       path, number, row->min, row->max);
	*out = json_incref((json_t *)value);
	return VS_OK;
}

static int check_word(const char *path, const struct vs_row *row, bool inherits,
		      const json_t *value, json_t **out)
{
	const char *words[VS_WORDS_MAX + 1];
	char list[96] = "";
	size_t i, len;

	vs_row_words(row, inherits, words);
	for (i = 0; words[i]; i++) {
		if (!strcmp(json_string_value(value) ?: "", words[i])) {
			*out = json_incref((json_t *)value);
			return VS_OK;
		}
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%s",
			 !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	return vs_fail(VS_USAGE, "%s: must be %s", path, list);
}

static int check_text(const char *path, const struct vs_row *row, const json_t *value,
		      json_t **out)
{
	char number[32];

	if (json_is_string(value))
		return at(path, vs_row_text(row, json_string_value(value), out));
	if (row->form == VS_TRUNK && json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", json_integer_value(value));
		return at(path, vs_row_text(row, number, out));
	}
	if (row->form == VS_TRUNK)
		return bad(path, "must be VLANs and ranges, as in \"10,20-29\"");
	if (json_is_integer(value) || json_is_boolean(value) || json_is_real(value))
		return bad(path, "must be text: write it in quotes");
	return bad(path, "must be text");
}

static int check_nest(const char *path, const struct vs_row *row, const json_t *value,
		      json_t **out)
{
	json_auto_t *none = json_object();

	if (!(row->flags & VS_OPTIONAL))
		return check_object(path, row, value ? value : none, out);
	/* A nest that has an option of its own is on or off; others may be inherited. */
	if (json_is_false(value) && row->word)
		return VS_OK;
	if (json_is_true(value) && row->word)
		value = none;
	if (row->flags & VS_INHERITS && !strcmp(json_string_value(value) ?: "", "inherit"))
		return VS_OK;
	return check_object(path, row, value, out);
}

/* One entry of a list, or a value that is no list */
static int check_entry(const char *path, const struct vs_row *row, bool inherits,
		       const json_t *value, json_t **out)
{
	json_auto_t *object = NULL;

	switch (row->form) {
	case VS_NUMBER:
		return check_number(path, row, value, out);
	case VS_BOOL:
		if (!json_is_boolean(value))
			return bad(path, "must be true or false");
		*out = json_incref((json_t *)value);
		return VS_OK;
	case VS_WORD:
	case VS_WORDS:
		return check_word(path, row, inherits, value, out);
	case VS_NEST:
		return check_nest(path, row, value, out);
	case VS_OBJECTS:
		if (row->flags & VS_ALONE && json_is_string(value))
			object = json_pack("{s:O}", vs_row_name(row->rows)->key, value);
		return check_object(path, row, object ? object : value, out);
	default:
		return check_text(path, row, value, out);
	}
}

static int no_duplicates(const char *path, const json_t *list)
{
	json_auto_t *seen = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);

		if (text && json_object_get(seen, text))
			return vs_fail(VS_USAGE, "%s: %s is listed twice", path, text);
		if (text)
			json_object_set_new(seen, text, json_true());
	}
	return VS_OK;
}

/* Words in the order in which the kernel gives them */
static void sort_words(json_t *list, const char *const *words)
{
	json_auto_t *given = json_copy(list);
	json_t *item;
	size_t i;

	json_array_clear(list);
	for (; *words; words++) {
		json_array_foreach(given, i, item) {
			if (!strcmp(json_string_value(item), *words))
				json_array_append(list, item);
		}
	}
}

static int check_list(const char *path, const struct vs_row *row, const json_t *value,
		      json_t **out)
{
	json_auto_t *one = NULL;
	char inner[288];
	json_t *item, *done;
	size_t i;
	int err;

	*out = json_array();
	if (row->flags & VS_ALONE && json_is_string(value))
		one = json_pack("[O]", value);
	if (one)
		value = one;
	if (!json_is_array(value))
		return bad(path, "must be a list");
	if (row->most && json_array_size(value) > row->most)
		return vs_fail(VS_USAGE, "%s: has %zu entries, the limit is %zu", path,
			       json_array_size(value), row->most);
	json_array_foreach(value, i, item) {
		snprintf(inner, sizeof(inner), "%s[%zu]", path, i);
		done = NULL;
		err = check_entry(inner, row, false, item, &done);
		json_array_append_new(*out, done ? done : json_null());
		if (err)
			return err;
	}
	err = no_duplicates(path, *out);
	if (!err && row->form == VS_WORDS)
		sort_words(*out, row->words);
	return err;
}

/* @value may be NULL; *out gets its complete form. */
static int check_row(const char *path, const struct vs_row *row, bool inherits,
		     const json_t *value, json_t **out)
{
	if (!value && row->flags & VS_NEEDED)
		return bad(path, "is missing");
	if (row->flags & VS_OPTIONAL && (!value || json_is_null(value)))
		return VS_OK;
	if (row->form == VS_NEST)
		return check_nest(path, row, value, out);
	if (!value) {
		*out = vs_row_default(row, inherits);
		return VS_OK;
	}
	if (row->form == VS_OBJECTS || row->form == VS_WORDS || row->flags & VS_LIST)
		return check_list(path, row, value, out);
	return check_entry(path, row, inherits, value, out);
}

static bool has(const json_t *object, const char *key)
{
	return !json_is_null(json_object_get(object, key));
}

void vs_forget_unused(json_t *teaming)
{
	if (json_array_size(json_object_get(teaming, "active")) ||
	    json_array_size(json_object_get(teaming, "standby")))
		json_object_set_new(teaming, "unused", json_array());
}

int vs_finish_teaming(const char *path, json_t **teaming)
{
	json_auto_t *all = json_array();
	const struct vs_row *row;
	bool is_empty = true;
	const char *key;
	json_t *value;

	VS_EACH_ORDER(row)
		json_array_extend(all, json_object_get(*teaming, row->key));
	vs_forget_unused(*teaming);
	json_object_foreach(*teaming, key, value)
		is_empty = is_empty && !json_array_size(value) &&
			   (json_is_array(value) || json_is_null(value));
	if (is_empty) {
		json_decref(*teaming);
		*teaming = NULL;
	}
	return no_duplicates(path, all);
}

static int one_vlan(const char *path, const json_t *object)
{
	return has(object, "vlan") && has(object, "trunk") ?
	       bad(path, "has both vlan and trunk: it takes one of them") : VS_OK;
}

int vs_finish_portgroup(const char *path, json_t **portgroup)
{
	if (!has(*portgroup, "vlan") && !has(*portgroup, "trunk"))
		json_object_set_new(*portgroup, "vlan", json_integer(0));
	return one_vlan(path, *portgroup);
}

/* Lists in "overrides" what a port or an adapter overrides of its port group. */
int vs_finish_port(const char *path, json_t **port)
{
	json_t *overrides = json_array();

	json_object_set_new(*port, "overrides", overrides);
	if (has(*port, "vlan") || has(*port, "trunk"))
		json_array_append_new(overrides, json_string("vlan"));
	if (has(*port, "security"))
		json_array_append_new(overrides, json_string("security"));
	if (has(*port, "teaming"))
		json_array_append_new(overrides, json_string("teaming"));
	if (has(*port, "shaping_ingress") || has(*port, "shaping_egress"))
		json_array_append_new(overrides, json_string("shaping"));
	if (json_array_size(overrides) && !has(*port, "portgroup"))
		return bad(path, "has policies of its own, but no portgroup");
	if (json_array_size(json_object_get(*port, "mac")) && !has(*port, "portgroup"))
		return bad(path, "has a mac, but no portgroup");
	return one_vlan(path, *port);
}

int vs_finish_switch(const char *path, json_t **sw)
{
	json_t *vmk;
	size_t i;

	(void)path;
	if (!has(*sw, "mtu"))
		json_object_set_new(*sw, "mtu", json_integer(MTU_DEFAULT));
	json_array_foreach(json_object_get(*sw, "vmks"), i, vmk) {
		if (!has(vmk, "mtu"))
			json_object_set(vmk, "mtu", json_object_get(*sw, "mtu"));
	}
	return VS_OK;
}

/* @devices: the names that switches before this one have used */
static int check_names(const char *path, const json_t *sw, json_t *devices)
{
	const char *name = json_string_value(json_object_get(sw, "name"));

	if (json_object_get(devices, name))
		return vs_fail(VS_USAGE, "%s: %s is listed twice", path, name);
	json_object_set_new(devices, name, json_true());
	return check_references(path, sw, devices);
}

int vs_config_check(const json_t *tree, json_t **switches)
{
	static const struct vs_row whole = { "", VS_NEST, .rows = vs_file_rows };
	json_auto_t *file = NULL;
	json_auto_t *devices = json_object();
	json_t *sw;
	char path[32];
	size_t i;
	int err;

	*switches = NULL;
	err = check_object("", &whole, tree, &file);
	json_array_foreach(json_object_get(file, "switches"), i, sw) {
		snprintf(path, sizeof(path), "switches[%zu]", i);
		err = err ?: check_names(path, sw, devices);
	}
	if (!err)
		*switches = json_incref(json_object_get(file, "switches"));
	return err;
}

int vs_config_check_one(const json_t *tree, size_t number, json_t *devices, json_t **sw)
{
	json_auto_t *names = json_copy(devices);
	char path[32];
	int err;

	snprintf(path, sizeof(path), "switches[%zu]", number);
	*sw = NULL;
	err = check_entry(path, &vs_file_rows[0], false,
			  json_array_get(json_object_get(tree, "switches"), number), sw);
	err = err ?: check_names(path, *sw, names);
	if (!err)
		json_object_update(devices, names);
	return err;
}

json_t *vs_config_empty_switch(const char *name)
{
	json_auto_t *bare = json_pack("{s:s}", "name", name);
	json_t *out = NULL;

	check_object("", &vs_file_rows[0], bare, &out);
	return out;
}
