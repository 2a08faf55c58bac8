/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A context for everything that talks to the kernel.  A new one is all zero.  One thread uses
 * it at a time; threads with a context each share nothing.  The text of an error belongs to its
 * thread, like errno.  Signals, and the exit status when memory runs out, belong to the process.
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
	/* Name of the last switch: most lists are sorted by switches. */
	struct {
		unsigned int ifindex;
		char name[IF_NAMESIZE + 8];
	} last_switch;
};

/* Closes its connections; the context is new again. */
void vs_ctx_close(struct vs_ctx *vs);

#endif
