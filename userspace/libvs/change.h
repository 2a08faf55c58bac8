/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes to a switch.  A change is a JSON object with the keys of the object
 * that it changes; devices and uplinks go by their names, a trunk by its text.
 */
#ifndef VS_CHANGE_H
#define VS_CHANGE_H

#include <jansson.h>

struct vs_ctx;

int vs_change_switch(struct vs_ctx *vs, int sw, const json_t *change);
int vs_add_portgroup(struct vs_ctx *vs, int sw, const json_t *change);
int vs_change_portgroup(struct vs_ctx *vs, int sw, const json_t *change);
int vs_del_portgroup(struct vs_ctx *vs, int sw, const char *name);
int vs_change_port(struct vs_ctx *vs, int sw, const json_t *change);
/* Both replace the object; vs_add_mirror() makes a new one. */
int vs_set_pvlan(struct vs_ctx *vs, int sw, const json_t *change);
int vs_set_mirror(struct vs_ctx *vs, int sw, const json_t *change);
int vs_add_mirror(struct vs_ctx *vs, int sw, const json_t *change);
int vs_del_pvlan(struct vs_ctx *vs, int sw, unsigned long primary);
int vs_del_mirror(struct vs_ctx *vs, int sw, const char *name);
int vs_announce_port(struct vs_ctx *vs, int sw, const char *device);

/*
 * Many changes, all or none: an array of [operation, change], where operation
 * is switch-set, portgroup-new, portgroup-set, portgroup-del or port-set.  A teaming
 * replaces the previous one.  With @generation (not NULL or null), all is refused if the
 * configuration of the switch has changed since.
 */
int vs_txn(struct vs_ctx *vs, int sw, const json_t *changes, const json_t *generation);

#endif
