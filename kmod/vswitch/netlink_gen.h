/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vswitch.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VSWITCH_GEN_H
#define _LINUX_VSWITCH_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vswitch.h>

/* Common nested types */
extern const struct nla_policy vswitch_port_change_nl_policy[VSWITCH_A_PORT_INACTIVE + 1];
extern const struct nla_policy vswitch_portgroup_change_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1];
extern const struct nla_policy vswitch_portgroup_key_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];
extern const struct nla_policy vswitch_security_nl_policy[VSWITCH_A_SECURITY_MAC_SOURCE + 1];
extern const struct nla_policy vswitch_switch_change_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1];
extern const struct nla_policy vswitch_teaming_nl_policy[VSWITCH_A_TEAMING_NOTIFY_SWITCHES + 1];
extern const struct nla_policy vswitch_vlan_range_nl_policy[VSWITCH_A_VLAN_RANGE_LAST + 1];

extern const struct nla_policy vswitch_switch_get_nl_policy[VSWITCH_A_SWITCH_IFINDEX + 1];

extern const struct nla_policy vswitch_switch_set_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1];

extern const struct nla_policy vswitch_portgroup_get_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];

extern const struct nla_policy vswitch_portgroup_new_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1];

extern const struct nla_policy vswitch_portgroup_set_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1];

extern const struct nla_policy vswitch_portgroup_del_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];

extern const struct nla_policy vswitch_port_get_nl_policy[VSWITCH_A_PORT_IFINDEX + 1];

extern const struct nla_policy vswitch_port_set_nl_policy[VSWITCH_A_PORT_INACTIVE + 1];

extern const struct nla_policy vswitch_txn_nl_policy[VSWITCH_A_TXN_PORT_SET + 1];

extern const struct nla_policy vswitch_port_announce_nl_policy[VSWITCH_A_PORT_IFINDEX + 1];

/* Ops table for vswitch */
extern const struct genl_ops vswitch_nl_ops[10];

int vswitch_nl_switch_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_switch_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int vswitch_nl_switch_set_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_portgroup_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_portgroup_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int vswitch_nl_portgroup_new_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_portgroup_set_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_portgroup_del_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_port_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int vswitch_nl_port_set_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_txn_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_port_announce_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	VSWITCH_NLGRP_CONFIG,
	VSWITCH_NLGRP_EVENT,
};

#endif /* _LINUX_VSWITCH_GEN_H */
