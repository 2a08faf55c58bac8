/* SPDX-License-Identifier: GPL-2.0 */
/* Values of objects and their differences: parts of diff.c */
#ifndef VS_DIFF_VALUES_H
#define VS_DIFF_VALUES_H

#include <jansson.h>

struct vs_row;

/* Settings that differ in @want, as {key: {old, new}}; not those of other objects */
json_t *compare(const json_t *have, const json_t *want, const struct vs_row *rows);
json_t *new_value(const json_t *changes, const char *key);
/* In a complete configuration, null means that a policy is inherited. */
void set_unless_null(json_t *change, const struct vs_row *row, json_t *value);
/* Overrides to set on a port that has none */
void set_own(json_t *change, const json_t *want);
/* Overrides of a port that change; those not named are dropped. */
void change_own(json_t *change, const json_t *want, const json_t *changes);

#endif
