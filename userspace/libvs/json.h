/* SPDX-License-Identifier: GPL-2.0 */
/* What jansson leaves to its users: objects in lists, by what a member of them says. */
#ifndef VS_JSON_H
#define VS_JSON_H

#include <jansson.h>

/* NULL where it is not there, or no text */
const char *vs_text_of(const json_t *object, const char *key);
/* The first of @list whose @key is @text, or NULL; borrowed. */
json_t *vs_find(const json_t *list, const char *key, const char *text);
/* As vs_find(), by a value of any type */
json_t *vs_find_value(const json_t *list, const char *key, const json_t *value);
/* An object of the members of a list, by what their @key says. */
json_t *vs_by_name(const json_t *list, const char *key);

#endif
