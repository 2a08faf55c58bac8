/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What talks to the kernel works in a context.  One that is all zero is new; a thread has its
 * own, and nothing else is shared between threads: the text of an error is its thread's, as
 * errno is.  What belongs to the process as a whole stays so: signals, and how it ends where
 * memory does.
 */
#ifndef VS_CTX_H
#define VS_CTX_H

#include <net/if.h>

#include <jansson.h>

enum vs_bus { VS_GENL, VS_RTNL, VS_BUSES };

/* Our families of generic netlink, one for each module; see the table in nl.c. */
enum vs_family { VS_VSWITCH, VS_VMEM, VS_BALLOON, VS_TPS, VS_VMFS, VS_FAMILIES };

struct nl_sock;

struct vs_ctx {
	struct nl_sock *sockets[VS_BUSES];	/* NULL until one is needed */
	int families[VS_FAMILIES];		/* their ids, 0 until they are looked up */
	int refusal;				/* see vs_nl_refusal() */
	/* "switch ifindex/port id" -> device; filled when the first id is seen */
	json_t *port_names;
	/* The switch that was named last: most lists are sorted by switches. */
	struct {
		unsigned int ifindex;
		char name[IF_NAMESIZE + 8];
	} last_switch;
};

/* Frees what it holds; it is new again. */
void vs_ctx_close(struct vs_ctx *vs);

#endif
