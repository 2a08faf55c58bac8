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
extern const struct nla_policy vswitch_learning_nl_policy[VSWITCH_A_LEARNING_AGEING + 1];
extern const struct nla_policy vswitch_mirror_change_nl_policy[VSWITCH_A_MIRROR_SAMPLING + 1];
extern const struct nla_policy vswitch_mirror_key_nl_policy[VSWITCH_A_MIRROR_NAME + 1];
extern const struct nla_policy vswitch_port_change_nl_policy[VSWITCH_A_PORT_INACTIVE_AUTO + 1];
extern const struct nla_policy vswitch_portgroup_change_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1];
extern const struct nla_policy vswitch_portgroup_key_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];
extern const struct nla_policy vswitch_pvlan_change_nl_policy[VSWITCH_A_PVLAN_COMMUNITY + 1];
extern const struct nla_policy vswitch_pvlan_key_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1];
extern const struct nla_policy vswitch_security_nl_policy[VSWITCH_A_SECURITY_MAC_SOURCE + 1];
extern const struct nla_policy vswitch_shaping_nl_policy[VSWITCH_A_SHAPING_BURST + 1];
extern const struct nla_policy vswitch_switch_change_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1];
extern const struct nla_policy vswitch_teaming_nl_policy[VSWITCH_A_TEAMING_NOTIFY_SWITCHES + 1];
extern const struct nla_policy vswitch_vlan_range_nl_policy[VSWITCH_A_VLAN_RANGE_LAST + 1];

extern const struct nla_policy vswitch_switch_get_nl_policy[VSWITCH_A_SWITCH_IFINDEX + 1];

extern const struct nla_policy vswitch_switch_set_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1];

extern const struct nla_policy vswitch_portgroup_get_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];

extern const struct nla_policy vswitch_portgroup_new_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1];

extern const struct nla_policy vswitch_portgroup_set_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1];

extern const struct nla_policy vswitch_portgroup_del_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1];

extern const struct nla_policy vswitch_port_get_nl_policy[VSWITCH_A_PORT_NAME + 1];

extern const struct nla_policy vswitch_port_set_nl_policy[VSWITCH_A_PORT_INACTIVE_AUTO + 1];

extern const struct nla_policy vswitch_txn_nl_policy[VSWITCH_A_TXN_GENERATION + 1];

extern const struct nla_policy vswitch_port_announce_nl_policy[VSWITCH_A_PORT_NAME + 1];

extern const struct nla_policy vswitch_pvlan_get_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1];

extern const struct nla_policy vswitch_pvlan_set_nl_policy[VSWITCH_A_PVLAN_COMMUNITY + 1];

extern const struct nla_policy vswitch_pvlan_del_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1];

extern const struct nla_policy vswitch_mirror_get_nl_policy[VSWITCH_A_MIRROR_NAME + 1];

extern const struct nla_policy vswitch_mirror_set_nl_policy[VSWITCH_A_MIRROR_SAMPLING + 1];

extern const struct nla_policy vswitch_mirror_del_nl_policy[VSWITCH_A_MIRROR_NAME + 1];

extern const struct nla_policy vswitch_mac_get_nl_policy[VSWITCH_A_LEARNED_MAC + 1];

/* Ops table for vswitch */
extern const struct genl_ops vswitch_nl_ops[17];

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
int vswitch_nl_pvlan_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_pvlan_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int vswitch_nl_pvlan_set_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_pvlan_del_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_mirror_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_mirror_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int vswitch_nl_mirror_set_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_mirror_del_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_mac_get_doit(struct sk_buff *skb, struct genl_info *info);
int vswitch_nl_mac_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	VSWITCH_NLGRP_CONFIG,
	VSWITCH_NLGRP_EVENT,
};

#endif /* _LINUX_VSWITCH_GEN_H */
