// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "diff_values.h"
#include "err.h"

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

/* The keys in which @want differs, as {key: {old, new}}.  NULL ends @keys. */
json_t *compare(const json_t *have, const json_t *want, const char *const *keys)
{
	json_t *out = json_object(), *old, *new;

	for (; *keys; keys++) {
		old = json_object_get(have, *keys);
		new = json_object_get(want, *keys);
		if (!strcmp(*keys, "addresses") ? same_set(old, new) : json_equal(old, new))
			continue;
		json_object_set_new(out, *keys, json_pack("{s:O, s:O}", "old", old, "new", new));
	}
	return out;
}

json_t *new_value(const json_t *changes, const char *key)
{
	return json_object_get(json_object_get(changes, key), "new");
}

/* null is how a complete configuration says that a policy is inherited. */
void set_unless_null(json_t *change, const char *key, json_t *value)
{
	if (!value)
		return;
	if (!json_is_null(value))
		json_object_set(change, key, value);
	else if (!strcmp(key, "teaming") || !strcmp(key, "learning") ||
		 !strncmp(key, "shaping_", 8))
		json_object_set_new(change, key, json_object());
}

static const char *const own_keys[] = { "vlan", "trunk", "security", "teaming",
					"shaping_ingress", "shaping_egress", NULL };

/* What a port that overrides nothing shall override */
void set_own(json_t *change, const json_t *want)
{
	int i;

	for (i = 0; own_keys[i]; i++) {
		if (json_object_get(want, own_keys[i]) &&
		    !json_is_null(json_object_get(want, own_keys[i])))
			json_object_set(change, own_keys[i], json_object_get(want, own_keys[i]));
	}
}

/* What a port shall override otherwise than before; what is not named is taken back. */
void change_own(json_t *change, const json_t *want, const json_t *changes)
{
	bool differs = new_value(changes, "overrides"), shaped;
	json_t *value;
	int i;

	/* One direction of shaping may go while the other stays an override. */
	shaped = json_is_object(json_object_get(want, "shaping_ingress")) ||
		 json_is_object(json_object_get(want, "shaping_egress"));
	for (i = 0; own_keys[i]; i++) {
		value = new_value(changes, own_keys[i]);
		differs = differs || value;
		if (!json_is_null(value) || (shaped && !strncmp(own_keys[i], "shaping_", 8)))
			set_unless_null(change, own_keys[i], value);
	}
	if (differs)
		json_object_set(change, "overrides", json_object_get(want, "overrides"));
}
