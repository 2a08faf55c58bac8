// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "json.h"

const char *vs_text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_t *vs_find(const json_t *list, const char *key, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!strcmp(vs_text_of(item, key) ?: "", text))
			return item;
	}
	return NULL;
}

json_t *vs_find_value(const json_t *list, const char *key, const json_t *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (json_equal(json_object_get(item, key), value))
			return item;
	}
	return NULL;
}

json_t *vs_by_name(const json_t *list, const char *key)
{
	json_t *out = json_object(), *item;
	size_t i;

	json_array_foreach(list, i, item)
		json_object_set(out, vs_text_of(item, key) ?: "", item);
	return out;
}
