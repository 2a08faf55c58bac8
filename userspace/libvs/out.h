/* SPDX-License-Identifier: GPL-2.0 */
/* One way out: a list of objects becomes JSON, or a table for people. */
#ifndef VS_OUT_H
#define VS_OUT_H

#include <stdbool.h>

#include <jansson.h>

struct vs_out {
	bool json;
	bool pretty;
};

struct vs_column {
	const char *head;
	const char *key;
	const char *nest;	/* the member that the key is in, or NULL */
};

/* Both take a reference to @list. */
void vs_out_table(const struct vs_out *out, json_t *list, const struct vs_column *columns,
		  size_t count);
void vs_out_json(const struct vs_out *out, json_t *value);

/* A member that is a number of bytes becomes a text for people: "1.75G". */
void vs_out_size(json_t *object, const char *key);

/* A member as one word for people: "-" for none, commas in a list. */
char *vs_out_text(const json_t *value);
/* "pages.shared" for a member of a member */
const json_t *vs_out_member(const json_t *object, const char *path);

#endif
