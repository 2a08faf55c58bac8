/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running state, as JSON objects in which other objects go by their names.
 * The keys are those of "vsctl -j ... show".
 */
#ifndef VS_MODEL_H
#define VS_MODEL_H

#include <jansson.h>
#include <netlink/netlink.h>

struct vs_ctx;

/* The ifindex of a switch; VS_NOT_FOUND where it is none. */
int vs_switch_index(struct vs_ctx *vs, const char *name, int *ifindex);

/* A switch, or all for 0. */
int vs_switches(struct vs_ctx *vs, int sw, json_t **list);
int vs_portgroups(struct vs_ctx *vs, int sw, json_t **list);
int vs_ports(struct vs_ctx *vs, int sw, json_t **list);
int vs_pvlans(struct vs_ctx *vs, int sw, json_t **list);
int vs_mirrors(struct vs_ctx *vs, int sw, json_t **list);
/* MAC addresses that ports learned */
int vs_learned(struct vs_ctx *vs, int sw, json_t **list);

/* Borrowed from @list; VS_NOT_FOUND where it is not there. */
int vs_find_portgroup(json_t *list, const char *sw, const char *name, json_t **portgroup);
int vs_find_port(json_t *list, const char *sw, const char *device, json_t **port);

/* Reads the names of all ports, which notifications give by their numbers. */
int vs_learn_names(struct vs_ctx *vs);
/* A notification: its name, and what it is about. */
json_t *vs_decode_event(struct vs_ctx *vs, struct nlmsghdr *header, const char **name);

/* Running switches in the form of a complete configuration, see config.h. */
int vs_running(struct vs_ctx *vs, json_t **switches);

#endif
