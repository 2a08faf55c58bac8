/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices over rtnetlink */
#ifndef VS_RTNL_H
#define VS_RTNL_H

#include <stdbool.h>

#include <jansson.h>

struct vs_ctx;

#define VS_KIND_SWITCH	"vswitch"
#define VS_KIND_VMKNIC	"vmknic"

/*
 * Devices as {ifindex, name, kind, master, link, mtu, mac, alias, services, up}; master and
 * link are ifindexes, 0 for none, kind is "" for none.
 */
int vs_links(struct vs_ctx *vs, json_t **links);
/* VS_NOT_FOUND names @what, "switch" or "device". */
int vs_link(struct vs_ctx *vs, const char *what, const char *name, json_t **link);

/* Zero and NULL leave a property to the kernel. */
struct vs_link_new {
	const char *name;
	const char *kind;
	int link;
	int mtu;
	const char *mac;
};

int vs_link_add(struct vs_ctx *vs, const struct vs_link_new *new);
/* Removing an IPv4 address keeps the others of its subnet. */
int vs_link_promote_secondaries(struct vs_ctx *vs, const char *name);
int vs_link_del(struct vs_ctx *vs, const char *name);
int vs_link_set_master(struct vs_ctx *vs, const char *name, int master);
int vs_link_set_mtu(struct vs_ctx *vs, const char *name, int mtu);
int vs_link_set_mac(struct vs_ctx *vs, const char *name, const char *mac);
int vs_link_set_alias(struct vs_ctx *vs, const char *name, const char *alias);
int vs_link_set_services(struct vs_ctx *vs, const char *name, const json_t *services);
int vs_link_set_up(struct vs_ctx *vs, const char *name, bool up);

/*
 * Addresses as {ifindex, address, keep}; "keep" is false where the kernel or a
 * daemon manages the address (link-local, or with a lifetime).
 */
int vs_addrs(struct vs_ctx *vs, json_t **addrs);
enum vs_addr_op {
	VS_ADDR_ADD,
	VS_ADDR_DEL,
	VS_ADDR_KEEP,	/* add it, or leave it as it is */
};

int vs_addr_change(struct vs_ctx *vs, const char *name, const char *address, enum vs_addr_op op);

#endif
