/* SPDX-License-Identifier: GPL-2.0 */
/* Values of objects, and what differs between them: parts of diff.c. */
#ifndef VS_DIFF_VALUES_H
#define VS_DIFF_VALUES_H

#include <jansson.h>

struct vs_row;

/* The settings that @want has otherwise, as {key: {old, new}}; not those of other objects */
json_t *compare(const json_t *have, const json_t *want, const struct vs_row *rows);
json_t *new_value(const json_t *changes, const char *key);
/* null is how a complete configuration says that a policy is inherited. */
void set_unless_null(json_t *change, const struct vs_row *row, json_t *value);
/* What a port that overrides nothing shall override */
void set_own(json_t *change, const json_t *want);
/* What a port shall override otherwise than before; what is not named is taken back. */
void change_own(json_t *change, const json_t *want, const json_t *changes);

#endif
