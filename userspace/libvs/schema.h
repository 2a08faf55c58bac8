/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The attributes of our families as tables, which scripts/gen-netlink writes.  One decoder
 * turns any message into a JSON object, one encoder turns such an object into attributes.
 */
#ifndef VS_SCHEMA_H
#define VS_SCHEMA_H

#include <stdbool.h>

#include <jansson.h>

struct nl_msg;
struct nlattr;
struct nlmsghdr;

/* T_ENUM is a word, T_FLAGS a list of words (to the encoder also their mask). */
enum vs_type { T_NONE, T_U8, T_U16, T_U32, T_S32, T_U64, T_BOOL, T_STRING, T_MAC, T_ENUM, T_FLAGS,
	       T_NEST };

struct vs_attr {
	const char *key;			/* NULL: no attribute has this number */
	enum vs_type type;
	bool multi;
	const struct vs_set *nest;
	const char *const *words;		/* by their values, NULL ends */
};

struct vs_set {
	const struct vs_attr *attrs;		/* by their numbers */
	int max;
};

extern const struct vs_set vs_datastore_set;
extern const struct vs_set vs_memory_set, vs_reclaim_set, vs_latency_set, vs_host_set;
extern const struct vs_set vs_vm_set, vs_scheduler_set;
extern const struct vs_set vs_scanner_set, vs_sharing_set, vs_estimate_set;
extern const struct vs_set vs_switch_set, vs_portgroup_set, vs_port_set, vs_failover_set;
extern const struct vs_set vs_pvlan_set, vs_mirror_set, vs_learned_set, vs_txn_set;

/* The words of enums and flags, in the order of their values */
extern const char *const vs_policy_words[], *const vs_mac_source_words[];
extern const char *const vs_teaming_policy_words[], *const vs_detection_words[];
extern const char *const vs_override_words[], *const vs_link_local_words[];
extern const char *const vs_learning_full_words[], *const vs_swap_state_words[];
extern const char *const vs_datastore_state_words[];

/* Members of the object follow the order of the attributes in the set. */
json_t *vs_decode(const struct vs_set *set, struct nlattr *first, int len);
/* All of a message of generic netlink */
json_t *vs_decode_message(const struct vs_set *set, struct nlmsghdr *header);
int vs_encode(struct nl_msg *msg, const struct vs_set *set, const json_t *object);

#endif
