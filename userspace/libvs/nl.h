/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel, and its answers; refusals carry the kernel's text. */
#ifndef VS_NL_H
#define VS_NL_H

#include <jansson.h>
#include <netlink/msg.h>

#include "ctx.h"
#include "schema.h"

/* Gets every message of the answer. */
typedef void (*vs_nl_fn)(struct nlmsghdr *header, void *arg);

/* The request is freed.  @what names it where the kernel gives no text. */
int vs_nl_talk(struct vs_ctx *vs, enum vs_bus bus, struct nl_msg *msg, const char *what,
	       vs_nl_fn fn, void *arg);
/* Builds the request anew for every attempt: a dump may have to be repeated. */
int vs_nl_dump(struct vs_ctx *vs, enum vs_bus bus,
	       struct nl_msg *(*make)(struct vs_ctx *vs, const void *key), const void *key,
	       const char *what, json_t *(*decode)(struct nlmsghdr *header, const void *key),
	       json_t **list);

/* The module is loaded by the kernel where it is installed. */
int vs_family_open(struct vs_ctx *vs, enum vs_family family);
/* Of a family that is open */
struct nl_msg *vs_family_request(struct vs_ctx *vs, enum vs_family family, int cmd, int flags,
				 size_t size);
/* A socket that gets the notifications of @groups (NULL ends), or NULL */
struct nl_sock *vs_family_listen(struct vs_ctx *vs, enum vs_family family,
				 const char *const *groups);
/* Gives what is there of them to @fn; waits for one.  -ENOBUFS where some were lost. */
int vs_family_receive(struct vs_ctx *vs, struct nl_sock *sk, enum vs_family family, vs_nl_fn fn,
		      void *arg);

/* The errno with which the kernel refused the last request, or 0 */
int vs_nl_refusal(const struct vs_ctx *vs);

#endif
