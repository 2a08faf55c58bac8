/* SPDX-License-Identifier: GPL-2.0 */
/* What vsctl metrics tells: metrics_table.c says what, metrics.c how. */
#ifndef METRICS_H
#define METRICS_H

#include <jansson.h>

struct vs_ctx;

enum metric_unit {
	METRIC_ONE,
	METRIC_PAGES,		/* told in bytes, as the rest of sizes */
	METRIC_SECTORS,
	METRIC_MS,		/* told in seconds */
	METRIC_NS,
};

/**
 * struct metric - a name that monitoring systems know, which does not change any more
 * @name: what follows "vsuite_"; it ends in _total where it is a counter
 * @help: a sentence without its full stop
 * @key: of the value in an object, "stats.drop" for a member of a member; without it, the
 *	value is 1
 * @unit: of that value
 * @label: there is a sample for each member of the value, or for each of @words, and this
 *	label tells them apart
 * @words: those that the value is one of: its sample is 1, the others are 0; NULL ends them
 * @keys: what else becomes a label by its name; NULL ends them
 */
struct metric {
	const char *name;
	const char *help;
	const char *key;
	enum metric_unit unit;
	const char *label;
	const char *const *words;
	const char *const *keys;
};

/* Tells the objects of a source apart. */
struct metric_label {
	const char *name;
	const char *key;
};

/**
 * struct metric_source - what the same request tells
 * @name: of the source
 * @module: that answers; one that is not loaded is left alone
 * @read: gives a list of objects
 * @labels: NULL name ends them; no two objects have the same
 * @metrics: NULL name ends them
 */
struct metric_source {
	const char *name;
	const char *module;
	int (*read)(struct vs_ctx *vs, json_t **list);
	const struct metric_label *labels;
	const struct metric *metrics;
};

/* NULL name ends them. */
extern const struct metric_source metric_sources[];
/* The modules of vsuite; NULL ends them. */
extern const char *const metric_modules[];

#endif
