/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configurations: what "vsctl apply" reads and "vsctl save" writes.
 *
 * A complete configuration is an array of switches in which every key is
 * there: {name, mtu, security, teaming, up_delay, uplinks, portgroups, ports,
 * vmks}.
 * A file leaves out what is as it is by default.
 */
#ifndef VS_CONFIG_H
#define VS_CONFIG_H

#include <stdbool.h>

#include <jansson.h>

struct vs_row;

/* JSON or YAML; @name is for messages. */
int vs_config_parse(const char *name, const char *text, size_t len, json_t **tree);

/*
 * Checks everything that can be checked without the kernel, and makes the tree
 * complete.  The mac and the addresses of a vmk stay null where they are not
 * given: they are left alone then.
 */
int vs_config_check(const json_t *tree, json_t **switches);

/*
 * The same for one switch of a tree.  @devices has the names of switches and devices that
 * others use, and gets those of this one if it is right.
 */
int vs_config_check_one(const json_t *tree, size_t number, json_t *devices, json_t **sw);

/* The other way: a tree for a file, without what is as it is by default. */
json_t *vs_config_tree(const json_t *switches);

/*
 * An object of a complete configuration without its defaults; @inherits: what it does not
 * say it has from elsewhere.
 */
json_t *vs_config_short(const struct vs_row *rows, bool inherits, const json_t *object);

/* Every default of a switch that has only its name. */
json_t *vs_config_empty_switch(const char *name);

#endif
