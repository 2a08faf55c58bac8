// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "err.h"
#include "json.h"

/* Names as text: a primary VLAN is a number. */
static json_t *name_of(const json_t *value)
{
	return json_is_string(value) ? json_incref((json_t *)value) :
				       json_sprintf("%lld", json_integer_value(value));
}

static void say(json_t *changes, const char *sw, const char *action, const char *object,
		const json_t *name)
{
	json_array_append_new(changes, json_pack("{s:s, s:s, s:s, s:o}", "action", action,
						 "object", object, "switch", sw, "name",
						 name_of(name)));
}

static void add(json_t *changes, const char *what, const json_t *details)
{
	json_t *last = json_array_get(changes, json_array_size(changes) - 1);

	json_object_set(last, what, (json_t *)details);
}

/* {key: {old, new}} of what differs */
static json_t *compare(const json_t *old, const json_t *new)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)new, key, value) {
		if (!json_equal(json_object_get(old, key), value))
			json_object_set_new(out, key, json_pack("{s:O, s:O}", "old",
								json_object_get(old, key),
								"new", value));
	}
	return out;
}

static json_t *without(const json_t *object, const char *key)
{
	json_t *out = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)object, name, value) {
		if (strcmp(name, key) && !json_is_null(value) &&
		    !(json_is_array(value) && !json_array_size(value)))
			json_object_set(out, name, value);
	}
	return out;
}

void vs_diff_replaced(const char *sw, const char *object, const char *key, const json_t *have,
		      const json_t *want, json_t *changes, json_t *removals, json_t *settings)
{
	json_auto_t *new = json_array();
	const json_t *item, *old;
	char op[32];
	size_t i;

	snprintf(op, sizeof(op), "%s-del", object);
	json_array_foreach(have, i, item) {
		const json_t *name = json_object_get(item, key);
		const json_t *other = vs_find_value(want, key, name);

		if (other && json_equal(other, item))
			continue;
		if (!other)
			say(changes, sw, "remove", object, name);
		json_array_append_new(removals, json_pack("[s, {s:O}]", op, key, name));
	}
	snprintf(op, sizeof(op), "%s-set", object);
	json_array_foreach(want, i, item) {
		const json_t *name = json_object_get(item, key);
		json_auto_t *details = NULL;

		old = vs_find_value(have, key, name);
		if (old && json_equal(old, item))
			continue;
		say(changes, sw, old ? "change" : "add", object, name);
		details = old ? compare(old, item) : without(item, key);
		add(changes, old ? "changes" : "settings", details);
		json_array_append_new(new, json_pack("[s, O]", op, item));
	}
	json_array_extend(settings, new);
}
