// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vswitch.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vswitch.h>

/* Common nested types */
const struct nla_policy vswitch_learning_nl_policy[VSWITCH_A_LEARNING_AGEING + 1] = {
	[VSWITCH_A_LEARNING_LIMIT] = { .type = NLA_U32, },
	[VSWITCH_A_LEARNING_FULL] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_LEARNING_FLOOD] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_LEARNING_AGEING] = { .type = NLA_U32, },
};

const struct nla_policy vswitch_mirror_change_nl_policy[VSWITCH_A_MIRROR_SAMPLING + 1] = {
	[VSWITCH_A_MIRROR_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_MIRROR_INGRESS] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_EGRESS] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_MIRROR_DESTINATION] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_RSPAN_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_MIRROR_LENGTH] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_SAMPLING] = { .type = NLA_U32, },
};

const struct nla_policy vswitch_mirror_key_nl_policy[VSWITCH_A_MIRROR_NAME + 1] = {
	[VSWITCH_A_MIRROR_NAME] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy vswitch_port_change_nl_policy[VSWITCH_A_PORT_INACTIVE_AUTO + 1] = {
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_ROLE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_PORT_PORTGROUP] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_INACTIVE] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORT_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORT_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORT_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_PORT_SHAPING_INGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORT_SHAPING_EGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORT_OVERRIDES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORT_INACTIVE_AUTO] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vswitch_portgroup_change_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1] = {
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_PORTGROUP_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_OVERRIDES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHAPING_INGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_SHAPING_EGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_LEARNING] = NLA_POLICY_NESTED(vswitch_learning_nl_policy),
	[VSWITCH_A_PORTGROUP_SNOOPING] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_LINK_LOCAL] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHARED_MAC] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vswitch_portgroup_key_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1] = {
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy vswitch_pvlan_change_nl_policy[VSWITCH_A_PVLAN_COMMUNITY + 1] = {
	[VSWITCH_A_PVLAN_PRIMARY] = { .type = NLA_U16, },
	[VSWITCH_A_PVLAN_ISOLATED] = { .type = NLA_U16, },
	[VSWITCH_A_PVLAN_COMMUNITY] = { .type = NLA_U16, },
};

const struct nla_policy vswitch_pvlan_key_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1] = {
	[VSWITCH_A_PVLAN_PRIMARY] = { .type = NLA_U16, },
};

const struct nla_policy vswitch_security_nl_policy[VSWITCH_A_SECURITY_MAC_SOURCE + 1] = {
	[VSWITCH_A_SECURITY_PROMISCUOUS] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_MAC_CHANGES] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_FORGED_TRANSMITS] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_MAC_SOURCE] = NLA_POLICY_MAX(NLA_U8, 3),
};

const struct nla_policy vswitch_shaping_nl_policy[VSWITCH_A_SHAPING_BURST + 1] = {
	[VSWITCH_A_SHAPING_AVERAGE] = { .type = NLA_U32, },
	[VSWITCH_A_SHAPING_PEAK] = { .type = NLA_U32, },
	[VSWITCH_A_SHAPING_BURST] = { .type = NLA_U32, },
};

const struct nla_policy vswitch_switch_change_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1] = {
	[VSWITCH_A_SWITCH_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_SWITCH_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_SWITCH_UP_DELAY] = { .type = NLA_U32, },
};

const struct nla_policy vswitch_teaming_nl_policy[VSWITCH_A_TEAMING_NOTIFY_SWITCHES + 1] = {
	[VSWITCH_A_TEAMING_POLICY] = NLA_POLICY_MAX(NLA_U8, 4),
	[VSWITCH_A_TEAMING_ACTIVE] = { .type = NLA_U32, },
	[VSWITCH_A_TEAMING_STANDBY] = { .type = NLA_U32, },
	[VSWITCH_A_TEAMING_UNUSED] = { .type = NLA_U32, },
	[VSWITCH_A_TEAMING_DETECTION] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_TEAMING_FAILBACK] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_TEAMING_NOTIFY_SWITCHES] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vswitch_vlan_range_nl_policy[VSWITCH_A_VLAN_RANGE_LAST + 1] = {
	[VSWITCH_A_VLAN_RANGE_FIRST] = { .type = NLA_U16, },
	[VSWITCH_A_VLAN_RANGE_LAST] = { .type = NLA_U16, },
};

/* VSWITCH_CMD_SWITCH_GET - do */
const struct nla_policy vswitch_switch_get_nl_policy[VSWITCH_A_SWITCH_IFINDEX + 1] = {
	[VSWITCH_A_SWITCH_IFINDEX] = { .type = NLA_U32, },
};

/* VSWITCH_CMD_SWITCH_SET - do */
const struct nla_policy vswitch_switch_set_nl_policy[VSWITCH_A_SWITCH_UP_DELAY + 1] = {
	[VSWITCH_A_SWITCH_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_SWITCH_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_SWITCH_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_SWITCH_UP_DELAY] = { .type = NLA_U32, },
};

/* VSWITCH_CMD_PORTGROUP_GET - do */
const struct nla_policy vswitch_portgroup_get_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_PORTGROUP_NEW - do */
const struct nla_policy vswitch_portgroup_new_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_PORTGROUP_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_OVERRIDES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHAPING_INGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_SHAPING_EGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_LEARNING] = NLA_POLICY_NESTED(vswitch_learning_nl_policy),
	[VSWITCH_A_PORTGROUP_SNOOPING] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_LINK_LOCAL] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHARED_MAC] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VSWITCH_CMD_PORTGROUP_SET - do */
const struct nla_policy vswitch_portgroup_set_nl_policy[VSWITCH_A_PORTGROUP_SHARED_MAC + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_PORTGROUP_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_OVERRIDES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHAPING_INGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_SHAPING_EGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORTGROUP_LEARNING] = NLA_POLICY_NESTED(vswitch_learning_nl_policy),
	[VSWITCH_A_PORTGROUP_SNOOPING] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORTGROUP_LINK_LOCAL] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORTGROUP_SHARED_MAC] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VSWITCH_CMD_PORTGROUP_DEL - do */
const struct nla_policy vswitch_portgroup_del_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_PORT_GET - do */
const struct nla_policy vswitch_port_get_nl_policy[VSWITCH_A_PORT_NAME + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_PORT_SET - do */
const struct nla_policy vswitch_port_set_nl_policy[VSWITCH_A_PORT_INACTIVE_AUTO + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_ROLE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_PORT_PORTGROUP] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_INACTIVE] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORT_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORT_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORT_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
	[VSWITCH_A_PORT_SHAPING_INGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORT_SHAPING_EGRESS] = NLA_POLICY_NESTED(vswitch_shaping_nl_policy),
	[VSWITCH_A_PORT_OVERRIDES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[VSWITCH_A_PORT_INACTIVE_AUTO] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VSWITCH_CMD_TXN - do */
const struct nla_policy vswitch_txn_nl_policy[VSWITCH_A_TXN_GENERATION + 1] = {
	[VSWITCH_A_TXN_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_TXN_SWITCH_SET] = NLA_POLICY_NESTED(vswitch_switch_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_NEW] = NLA_POLICY_NESTED(vswitch_portgroup_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_SET] = NLA_POLICY_NESTED(vswitch_portgroup_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_DEL] = NLA_POLICY_NESTED(vswitch_portgroup_key_nl_policy),
	[VSWITCH_A_TXN_PORT_SET] = NLA_POLICY_NESTED(vswitch_port_change_nl_policy),
	[VSWITCH_A_TXN_PVLAN_SET] = NLA_POLICY_NESTED(vswitch_pvlan_change_nl_policy),
	[VSWITCH_A_TXN_PVLAN_DEL] = NLA_POLICY_NESTED(vswitch_pvlan_key_nl_policy),
	[VSWITCH_A_TXN_MIRROR_SET] = NLA_POLICY_NESTED(vswitch_mirror_change_nl_policy),
	[VSWITCH_A_TXN_MIRROR_DEL] = NLA_POLICY_NESTED(vswitch_mirror_key_nl_policy),
	[VSWITCH_A_TXN_GENERATION] = { .type = NLA_U32, },
};

/* VSWITCH_CMD_PORT_ANNOUNCE - do */
const struct nla_policy vswitch_port_announce_nl_policy[VSWITCH_A_PORT_NAME + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_PVLAN_GET - do */
const struct nla_policy vswitch_pvlan_get_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1] = {
	[VSWITCH_A_PVLAN_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PVLAN_PRIMARY] = { .type = NLA_U16, },
};

/* VSWITCH_CMD_PVLAN_SET - do */
const struct nla_policy vswitch_pvlan_set_nl_policy[VSWITCH_A_PVLAN_COMMUNITY + 1] = {
	[VSWITCH_A_PVLAN_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PVLAN_PRIMARY] = { .type = NLA_U16, },
	[VSWITCH_A_PVLAN_ISOLATED] = { .type = NLA_U16, },
	[VSWITCH_A_PVLAN_COMMUNITY] = { .type = NLA_U16, },
};

/* VSWITCH_CMD_PVLAN_DEL - do */
const struct nla_policy vswitch_pvlan_del_nl_policy[VSWITCH_A_PVLAN_PRIMARY + 1] = {
	[VSWITCH_A_PVLAN_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PVLAN_PRIMARY] = { .type = NLA_U16, },
};

/* VSWITCH_CMD_MIRROR_GET - do */
const struct nla_policy vswitch_mirror_get_nl_policy[VSWITCH_A_MIRROR_NAME + 1] = {
	[VSWITCH_A_MIRROR_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_MIRROR_SET - do */
const struct nla_policy vswitch_mirror_set_nl_policy[VSWITCH_A_MIRROR_SAMPLING + 1] = {
	[VSWITCH_A_MIRROR_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_MIRROR_INGRESS] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_EGRESS] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_MIRROR_DESTINATION] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_RSPAN_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_MIRROR_LENGTH] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_SAMPLING] = { .type = NLA_U32, },
};

/* VSWITCH_CMD_MIRROR_DEL - do */
const struct nla_policy vswitch_mirror_del_nl_policy[VSWITCH_A_MIRROR_NAME + 1] = {
	[VSWITCH_A_MIRROR_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_MIRROR_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_MAC_GET - do */
const struct nla_policy vswitch_mac_get_nl_policy[VSWITCH_A_LEARNED_MAC + 1] = {
	[VSWITCH_A_LEARNED_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_LEARNED_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_LEARNED_MAC] = NLA_POLICY_EXACT_LEN(6),
};

/* Ops table for vswitch */
const struct genl_ops vswitch_nl_ops[17] = {
	{
		.cmd		= VSWITCH_CMD_SWITCH_GET,
		.doit		= vswitch_nl_switch_get_doit,
		.dumpit		= vswitch_nl_switch_get_dumpit,
		.policy		= vswitch_switch_get_nl_policy,
		.maxattr	= VSWITCH_A_SWITCH_IFINDEX,
	},
	{
		.cmd		= VSWITCH_CMD_SWITCH_SET,
		.doit		= vswitch_nl_switch_set_doit,
		.policy		= vswitch_switch_set_nl_policy,
		.maxattr	= VSWITCH_A_SWITCH_UP_DELAY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORTGROUP_GET,
		.doit		= vswitch_nl_portgroup_get_doit,
		.dumpit		= vswitch_nl_portgroup_get_dumpit,
		.policy		= vswitch_portgroup_get_nl_policy,
		.maxattr	= VSWITCH_A_PORTGROUP_NAME,
	},
	{
		.cmd		= VSWITCH_CMD_PORTGROUP_NEW,
		.doit		= vswitch_nl_portgroup_new_doit,
		.policy		= vswitch_portgroup_new_nl_policy,
		.maxattr	= VSWITCH_A_PORTGROUP_SHARED_MAC,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORTGROUP_SET,
		.doit		= vswitch_nl_portgroup_set_doit,
		.policy		= vswitch_portgroup_set_nl_policy,
		.maxattr	= VSWITCH_A_PORTGROUP_SHARED_MAC,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORTGROUP_DEL,
		.doit		= vswitch_nl_portgroup_del_doit,
		.policy		= vswitch_portgroup_del_nl_policy,
		.maxattr	= VSWITCH_A_PORTGROUP_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORT_GET,
		.doit		= vswitch_nl_port_get_doit,
		.dumpit		= vswitch_nl_port_get_dumpit,
		.policy		= vswitch_port_get_nl_policy,
		.maxattr	= VSWITCH_A_PORT_NAME,
	},
	{
		.cmd		= VSWITCH_CMD_PORT_SET,
		.doit		= vswitch_nl_port_set_doit,
		.policy		= vswitch_port_set_nl_policy,
		.maxattr	= VSWITCH_A_PORT_INACTIVE_AUTO,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_TXN,
		.doit		= vswitch_nl_txn_doit,
		.policy		= vswitch_txn_nl_policy,
		.maxattr	= VSWITCH_A_TXN_GENERATION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORT_ANNOUNCE,
		.doit		= vswitch_nl_port_announce_doit,
		.policy		= vswitch_port_announce_nl_policy,
		.maxattr	= VSWITCH_A_PORT_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PVLAN_GET,
		.doit		= vswitch_nl_pvlan_get_doit,
		.dumpit		= vswitch_nl_pvlan_get_dumpit,
		.policy		= vswitch_pvlan_get_nl_policy,
		.maxattr	= VSWITCH_A_PVLAN_PRIMARY,
	},
	{
		.cmd		= VSWITCH_CMD_PVLAN_SET,
		.doit		= vswitch_nl_pvlan_set_doit,
		.policy		= vswitch_pvlan_set_nl_policy,
		.maxattr	= VSWITCH_A_PVLAN_COMMUNITY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PVLAN_DEL,
		.doit		= vswitch_nl_pvlan_del_doit,
		.policy		= vswitch_pvlan_del_nl_policy,
		.maxattr	= VSWITCH_A_PVLAN_PRIMARY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_MIRROR_GET,
		.doit		= vswitch_nl_mirror_get_doit,
		.dumpit		= vswitch_nl_mirror_get_dumpit,
		.policy		= vswitch_mirror_get_nl_policy,
		.maxattr	= VSWITCH_A_MIRROR_NAME,
	},
	{
		.cmd		= VSWITCH_CMD_MIRROR_SET,
		.doit		= vswitch_nl_mirror_set_doit,
		.policy		= vswitch_mirror_set_nl_policy,
		.maxattr	= VSWITCH_A_MIRROR_SAMPLING,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_MIRROR_DEL,
		.doit		= vswitch_nl_mirror_del_doit,
		.policy		= vswitch_mirror_del_nl_policy,
		.maxattr	= VSWITCH_A_MIRROR_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_MAC_GET,
		.doit		= vswitch_nl_mac_get_doit,
		.dumpit		= vswitch_nl_mac_get_dumpit,
		.policy		= vswitch_mac_get_nl_policy,
		.maxattr	= VSWITCH_A_LEARNED_MAC,
	},
};

static const struct genl_multicast_group vswitch_nl_mcgrps[] = {
	[VSWITCH_NLGRP_CONFIG] = { "config", },
	[VSWITCH_NLGRP_EVENT] = { "event", },
};
