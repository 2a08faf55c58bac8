/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configurations: read by "vsctl apply", written by "vsctl save".
 *
 * A complete configuration is an array of switches with all keys:
 * {name, mtu, security, teaming, up_delay, uplinks, portgroups, ports, vmks}.
 * A file leaves out defaults.
 */
#ifndef VS_CONFIG_H
#define VS_CONFIG_H

#include <stdbool.h>

#include <jansson.h>

struct vs_row;

/* JSON or YAML; @name is for messages. */
int vs_config_parse(const char *name, const char *text, size_t len, json_t **tree);

/*
 * Checks everything that needs no kernel, and completes the tree.  The mac and the
 * addresses of a vmk stay null if not given: apply leaves them alone.
 */
int vs_config_check(const json_t *tree, json_t **switches);

/*
 * The same for one switch of a tree.  @devices has the names of switches and devices that
 * others use, and gets those of this one if it is right.
 */
int vs_config_check_one(const json_t *tree, size_t number, json_t *devices, json_t **sw);

/* The reverse: a tree for a file, without defaults. */
json_t *vs_config_tree(const json_t *switches);

/*
 * An object of a complete configuration without its defaults; @inherits: it inherits
 * missing members.
 */
json_t *vs_config_short(const struct vs_row *rows, bool inherits, const json_t *object);

/* Every default of a switch that has only its name. */
json_t *vs_config_empty_switch(const char *name);

#endif
