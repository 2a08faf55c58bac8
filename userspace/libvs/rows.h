/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attributes of a switch and its objects, one row each.  The command line, apply, save,
 * diff, show and completion all read these rows; the key of a row names its netlink attribute,
 * see schema.h.
 */
#ifndef VS_ROWS_H
#define VS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct vs_set;

enum vs_form {
	VS_SHOWN,	/* nothing that can be set */
	VS_FLAG,	/* a word alone, which stands for true */
	VS_NUMBER,	/* from min to max */
	VS_SIZE,	/* bytes, as in 20G; see text.h */
	VS_BOOL,	/* on, off; in a file true, false */
	VS_WORD,	/* one of words */
	VS_WORDS,	/* a list of words; none */
	VS_TEXT,	/* checked elsewhere */
	VS_IFNAME,	/* the name of a device of ours */
	VS_DEVICE,	/* a device, by any of its names */
	VS_PORT,	/* a device on the switch; a port id to the kernel */
	VS_NAME,	/* of a port group, or of a mirror session */
	VS_MAC,
	VS_ADDRESS,	/* as in 192.0.2.1/24 */
	VS_TRUNK,	/* as in 10,20-29 */
	VS_NEST,	/* an object with rows */
	VS_OBJECTS,	/* a list of such objects */
};

enum {
	VS_ADD		= 1 << 0,	/* an option of "add" */
	VS_SET		= 1 << 1,	/* an option of "set" */
	VS_FILE		= 1 << 2,	/* part of a configuration */
	VS_ANY		= VS_ADD | VS_SET | VS_FILE,
	VS_DERIVED	= 1 << 3,	/* follows from other keys, and is in no file */
	VS_NEEDED	= 1 << 4,	/* has to be given */
	VS_OPTIONAL	= 1 << 5,	/* null if not given; "" on the command line */
	VS_LIST		= 1 << 6,	/* a list of them */
	VS_REPEATED	= 1 << 7,	/* one option for each entry of the list */
	VS_ALONE	= 1 << 8,	/* short forms: one entry alone, an object as its name */
	VS_INHERITS	= 1 << 9,	/* missing members of the nest are inherited */
	VS_ENDS		= 1 << 10,	/* "inherit" here drops the whole nest */
	VS_TUPLE	= 1 << 11,	/* on the command line all of the nest: A,B,C or none */
	VS_COLUMNS	= 1 << 12,	/* show has the columns of the nest */
	VS_OWN		= 1 << 13,	/* overrides the port group */
};

struct vs_row {
	const char *key;		/* of JSON, see schema.h; NULL ends the rows */
	enum vs_form form;
	const char *word;		/* of the option, or NULL */
	const char *head;		/* of the column of show, or NULL */
	unsigned int flags;
	const char *def;		/* the default; NULL: the first word, false, null */
	long long min, max;
	size_t most;			/* entries of a list; 0: any number */
	const char *const *words;
	const struct vs_row *rows;	/* of a nest, or of each object of a list */
	/* Checks of a nest that rows cannot express */
	int (*finish)(const char *path, json_t **object);
};

extern const struct vs_row vs_switch_rows[], vs_portgroup_rows[], vs_port_rows[];
extern const struct vs_row vs_uplink_rows[], vs_vmk_rows[], vs_pvlan_rows[], vs_mirror_rows[];
extern const struct vs_row vs_learned_rows[], vs_teaming_rows[];
/* All of a file */
extern const struct vs_row vs_file_rows[];

/* Those of the objects that messages with @set are about */
const struct vs_row *vs_rows_of(const struct vs_set *set);

#define VS_EACH_ROW(row, rows)	for ((row) = (rows); (row)->key; (row)++)
/* The lists of uplinks of a teaming */
#define VS_EACH_ORDER(row) \
	VS_EACH_ROW(row, vs_teaming_rows) \
		if ((row)->flags & VS_LIST)

#define VS_WORDS_MAX	8	/* of one row, "inherit" included */

/* The words that the row takes, and how many; NULL ends them.  @inherits: its nest does. */
size_t vs_row_words(const struct vs_row *row, bool inherits,
		    const char *words[VS_WORDS_MAX + 1]);
json_t *vs_row_default(const struct vs_row *row, bool inherits);
/* One entry of a row that holds text: checked, and as the running configuration has it */
int vs_row_text(const struct vs_row *row, const char *text, json_t **value);
/* The row of the name of an object: the first that is needed */
const struct vs_row *vs_row_name(const struct vs_row *rows);

/* Unused uplinks follow from the other lists, unless these are empty. */
void vs_forget_unused(json_t *teaming);

/* finish: config.c */
int vs_finish_teaming(const char *path, json_t **teaming);
int vs_finish_portgroup(const char *path, json_t **portgroup);
int vs_finish_port(const char *path, json_t **port);
int vs_finish_switch(const char *path, json_t **sw);

#endif
