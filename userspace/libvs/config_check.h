/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that check configurations share; see config.h. */
#ifndef VS_CONFIG_CHECK_H
#define VS_CONFIG_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Checks @value, NULL where it is not given; its complete form goes to *out. */
typedef int (*check_fn)(const char *path, const json_t *value, json_t **out);

struct key {
	const char *name;
	check_fn check;
	bool needed;
};

#define TABLE(t) t, ARRAY_SIZE(t)

int bad(const char *path, const char *what);
/* Puts the path before the text of a parser. */
int at(const char *path, int err);
int need_text(const char *path, const json_t *value);
int no_duplicates(const char *path, const json_t *list);
/* One of @words, which NULL ends; the first where there is none. */
int check_word(const char *path, const json_t *value, const char *const *words, json_t **out);
int check_object(const char *path, const json_t *value, const struct key *keys, size_t count,
		 json_t **out);
int check_list(const char *path, const json_t *value, check_fn check, size_t max, json_t **out);

int check_ifname(const char *path, const json_t *value, json_t **out);
int check_group_name(const char *path, const json_t *value, json_t **out);
int check_bool(const char *path, const json_t *value, json_t **out);

/* config_refs.c */
/* What one object of a switch says about another.  @devices is of all switches. */
int check_references(const char *path, const json_t *sw, json_t *devices);

/* config_policy.c */
int check_overrides(const char *path, const json_t *value, json_t **out);
int check_link_local(const char *path, const json_t *value, json_t **out);
int check_shaping(const char *path, const json_t *value, json_t **out);
int check_learning(const char *path, const json_t *value, json_t **out);
int check_pvlans(const char *path, const json_t *value, json_t **out);
int check_mirrors(const char *path, const json_t *value, json_t **out);
/* Says in "overrides" what a port has otherwise than its port group. */
int finish_own(const char *path, json_t *port);

#endif
