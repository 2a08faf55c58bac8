/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsctl: one file for each object, one line for it in the table of main.c.
 */
#ifndef VSCTL_H
#define VSCTL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "../libvs/err.h"
#include "../libvs/out.h"
#include "../libvs/rows.h"

struct vs_ctx;

struct args {
	struct vs_ctx *vs;
	int count;
	char **words;
};

struct verb {
	const char *name;
	int (*fn)(struct args *args);
	bool destroys;			/* is not cut short */
};

struct object {
	const char *name;
	const char *alias;		/* or NULL */
	const struct vs_row *rows;	/* the options of add and set, or NULL */
	const struct verb *verbs;	/* NULL name ends; the first is the default */
	int (*fn)(struct args *args);	/* instead of verbs */
	const char *help;
};

extern struct vs_out vsctl_out;
extern const char vsctl_version[];

extern const struct object vsctl_switch, vsctl_portgroup, vsctl_port, vsctl_uplink, vsctl_vmk;
extern const struct object vsctl_stats, vsctl_monitor, vsctl_apply, vsctl_confirm, vsctl_save;
extern const struct object vsctl_memory, vsctl_tps;
extern const struct object vsctl_pvlan, vsctl_mirror, vsctl_mac;
extern const struct object vsctl_datastore, vsctl_disk;
extern const struct object vsctl_metrics, vsctl_doctor, vsctl_capture;

/* args.c: words of the command line, and options as rows */

/* The next word, or NULL at the end. */
const char *next_word(struct args *args);
/* As next_word(); without one, an error says that @what is missing. */
int need_word(struct args *args, const char *what, const char **word);
int no_more_words(const struct args *args);
/* Which of @count words @word is, or a unique prefix of; -1 with an error. */
int match_word(const char *kind, const char *word, const char *const *words, size_t count);
/* The options of @verb (VS_ADD, VS_SET) */
int parse_rows(struct args *args, const struct vs_row *rows, unsigned int verb, json_t *object);
/* Prints the options of @verb, or the words that the option @word takes; for completion. */
int complete_options(const struct vs_row *rows, unsigned int verb, const char *word);

/* exist.c: does the object that add, replace or del names exist? */
int object_exists(const struct object *object, struct args args, bool *exists);

/* batch.c: each line of a file (of standard input: "-"), up to the first that fails */
int run_batch(struct vs_ctx *vs, const char *name, int (*run)(struct args *args));

/* monitor.c: prints an event, a line.  Whether it could. */
bool print_event(const char *group, const char *name, json_t *object);

/* common.c: what several objects do alike */

struct port_name {
	const char *sw_name;
	int sw;			/* ifindex */
	const char *device;
};

int need_switch(struct args *args, const char **name, int *ifindex);
int need_device(struct args *args, const char *what, const char **name);
/* [SWITCH] of a show; 0 and NULL where it is not given. */
int maybe_switch(struct args *args, const char **name, int *ifindex);
/* The same where nothing else can be given */
int maybe_switch_only(struct args *args, const char **name, int *ifindex);
/* The verb show of what @list lists for a switch, or for all */
int show_list(struct args *args, int (*list)(struct vs_ctx *vs, int sw, json_t **list),
	      const struct vs_row *rows);
/* Prints @list, to which it takes a reference, with the columns of the rows. */
void show_rows(json_t *list, const struct vs_row *rows);
/* SWITCH DEV, where @what says what DEV is. */
int need_port(struct args *args, const char *what, struct port_name *name);
/*
 * The ports that [SWITCH [DEV]] says and @wanted holds for (NULL: all).  @device_name, where
 * not NULL, gets DEV or NULL.
 */
int list_ports(struct args *args, bool (*wanted)(const json_t *port), const char **device_name,
	       json_t **list);
bool is_uplink(const json_t *port);
bool is_vmk(const json_t *port);
/* VS_NOT_FOUND unless there is that port, and @wanted holds for it. */
int check_port(struct vs_ctx *vs, const struct port_name *name,
	       bool (*wanted)(const json_t *port), const char *what);
/* The verbs add, set and del of what is a device.  @role may be NULL. */
int add_port(struct args *args, const char *role, const struct vs_row *rows);
int set_port(struct args *args, const struct vs_row *rows,
	     bool (*wanted)(const json_t *port), const char *what);
/* What a request says of a teaming, together with what holds @now and it does not say. */
json_t *merge_teaming(const json_t *teaming, const json_t *now);
int leave_switch(struct args *args, bool (*wanted)(const json_t *port), const char *what);

#endif
