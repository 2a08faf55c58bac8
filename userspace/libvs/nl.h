/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel, and its answers; refusals carry the kernel's text. */
#ifndef VS_NL_H
#define VS_NL_H

#include <jansson.h>
#include <netlink/msg.h>

#include "schema.h"

enum vs_bus { VS_GENL, VS_RTNL };

/* Gets every message of the answer. */
typedef void (*vs_nl_fn)(struct nlmsghdr *header, void *arg);

/* The request is freed.  @what names it where the kernel gives no text. */
int vs_nl_talk(enum vs_bus bus, struct nl_msg *msg, const char *what, vs_nl_fn fn, void *arg);
/* Builds the request anew for every attempt: a dump may have to be repeated. */
int vs_nl_dump(enum vs_bus bus, struct nl_msg *(*make)(const void *key), const void *key,
	       const char *what, json_t *(*decode)(struct nlmsghdr *header, const void *key),
	       json_t **list);
void vs_nl_close(void);
/* After fork(): the sockets are the parent's. */
void vs_nl_forget(void);

/* A family of ours: one for each module. */
struct vs_family {
	const char *name;
	int version;
	const char *module;
	int id;			/* 0 until it is open */
};

/* The module is loaded by the kernel where it is installed. */
int vs_family_open(struct vs_family *family);
/* A socket that gets the notifications of one of its groups, or NULL */
struct nl_sock *vs_family_listen(struct vs_family *family, const char *group);
/* Gives what is there of them to @fn; waits for one.  -ENOBUFS where some were lost. */
int vs_family_receive(struct nl_sock *sk, const struct vs_family *family, vs_nl_fn fn, void *arg);
struct nl_msg *vs_family_request(const struct vs_family *family, int cmd, int flags, size_t size);

/* The same for that of the virtual switch */
int vs_genl_open(void);
struct nl_msg *vs_genl_request(int cmd, int flags, size_t size);

/* A socket that gets the notifications of the virtual switch, or NULL. */
struct nl_sock *vs_genl_listen(void);
int vs_genl_receive(struct nl_sock *sk, void (*fn)(const char *group, struct nlmsghdr *header));

/* The errno with which the kernel refused the last request, or 0 */
int vs_nl_refusal(void);

#endif
