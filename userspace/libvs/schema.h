/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attributes of our families as tables.  One decoder turns any
 * message into a JSON object, one encoder turns such an object into attributes.
 */
#ifndef VS_SCHEMA_H
#define VS_SCHEMA_H

#include <jansson.h>

struct nl_msg;
struct nlattr;
struct nlmsghdr;
struct vs_set;

extern const struct vs_set vs_memory_set, vs_reclaim_set, vs_latency_set;
extern const struct vs_set vs_scanner_set, vs_sharing_set, vs_estimate_set;
extern const struct vs_set vs_switch_set, vs_portgroup_set, vs_port_set, vs_failover_set;
extern const struct vs_set vs_pvlan_set, vs_mirror_set, vs_learned_set;

/* Members of the object follow the order of the attributes in the set. */
json_t *vs_decode(const struct vs_set *set, struct nlattr *first, int len);
/* All of a message of generic netlink */
json_t *vs_decode_message(const struct vs_set *set, struct nlmsghdr *header);
int vs_encode(struct nl_msg *msg, const struct vs_set *set, const json_t *object);

#endif
