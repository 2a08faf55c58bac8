// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vswitch.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vswitch.h>

/* Common nested types */
const struct nla_policy vswitch_port_change_nl_policy[VSWITCH_A_PORT_INACTIVE + 1] = {
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ROLE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_PORT_PORTGROUP] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_INACTIVE] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vswitch_portgroup_change_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1] = {
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
};

const struct nla_policy vswitch_portgroup_key_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1] = {
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
};

const struct nla_policy vswitch_security_nl_policy[VSWITCH_A_SECURITY_MAC_SOURCE + 1] = {
	[VSWITCH_A_SECURITY_PROMISCUOUS] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_MAC_CHANGES] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_FORGED_TRANSMITS] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_SECURITY_MAC_SOURCE] = NLA_POLICY_MAX(NLA_U8, 3),
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
const struct nla_policy vswitch_portgroup_new_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
};

/* VSWITCH_CMD_PORTGROUP_SET - do */
const struct nla_policy vswitch_portgroup_set_nl_policy[VSWITCH_A_PORTGROUP_TEAMING + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORTGROUP_VLAN] = { .type = NLA_U16, },
	[VSWITCH_A_PORTGROUP_TRUNK] = NLA_POLICY_NESTED(vswitch_vlan_range_nl_policy),
	[VSWITCH_A_PORTGROUP_SECURITY] = NLA_POLICY_NESTED(vswitch_security_nl_policy),
	[VSWITCH_A_PORTGROUP_TEAMING] = NLA_POLICY_NESTED(vswitch_teaming_nl_policy),
};

/* VSWITCH_CMD_PORTGROUP_DEL - do */
const struct nla_policy vswitch_portgroup_del_nl_policy[VSWITCH_A_PORTGROUP_NAME + 1] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORTGROUP_NAME] = { .type = NLA_NUL_STRING, },
};

/* VSWITCH_CMD_PORT_GET - do */
const struct nla_policy vswitch_port_get_nl_policy[VSWITCH_A_PORT_IFINDEX + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
};

/* VSWITCH_CMD_PORT_SET - do */
const struct nla_policy vswitch_port_set_nl_policy[VSWITCH_A_PORT_INACTIVE + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ROLE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VSWITCH_A_PORT_PORTGROUP] = { .type = NLA_NUL_STRING, },
	[VSWITCH_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VSWITCH_A_PORT_BLOCKED] = NLA_POLICY_MAX(NLA_U8, 1),
	[VSWITCH_A_PORT_INACTIVE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VSWITCH_CMD_TXN - do */
const struct nla_policy vswitch_txn_nl_policy[VSWITCH_A_TXN_PORT_SET + 1] = {
	[VSWITCH_A_TXN_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_TXN_SWITCH_SET] = NLA_POLICY_NESTED(vswitch_switch_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_NEW] = NLA_POLICY_NESTED(vswitch_portgroup_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_SET] = NLA_POLICY_NESTED(vswitch_portgroup_change_nl_policy),
	[VSWITCH_A_TXN_PORTGROUP_DEL] = NLA_POLICY_NESTED(vswitch_portgroup_key_nl_policy),
	[VSWITCH_A_TXN_PORT_SET] = NLA_POLICY_NESTED(vswitch_port_change_nl_policy),
};

/* VSWITCH_CMD_PORT_ANNOUNCE - do */
const struct nla_policy vswitch_port_announce_nl_policy[VSWITCH_A_PORT_IFINDEX + 1] = {
	[VSWITCH_A_PORT_SWITCH] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_ID] = { .type = NLA_U32, },
	[VSWITCH_A_PORT_IFINDEX] = { .type = NLA_U32, },
};

/* Ops table for vswitch */
const struct genl_ops vswitch_nl_ops[10] = {
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
		.maxattr	= VSWITCH_A_PORTGROUP_TEAMING,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORTGROUP_SET,
		.doit		= vswitch_nl_portgroup_set_doit,
		.policy		= vswitch_portgroup_set_nl_policy,
		.maxattr	= VSWITCH_A_PORTGROUP_TEAMING,
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
		.maxattr	= VSWITCH_A_PORT_IFINDEX,
	},
	{
		.cmd		= VSWITCH_CMD_PORT_SET,
		.doit		= vswitch_nl_port_set_doit,
		.policy		= vswitch_port_set_nl_policy,
		.maxattr	= VSWITCH_A_PORT_INACTIVE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_TXN,
		.doit		= vswitch_nl_txn_doit,
		.policy		= vswitch_txn_nl_policy,
		.maxattr	= VSWITCH_A_TXN_PORT_SET,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= VSWITCH_CMD_PORT_ANNOUNCE,
		.doit		= vswitch_nl_port_announce_doit,
		.policy		= vswitch_port_announce_nl_policy,
		.maxattr	= VSWITCH_A_PORT_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group vswitch_nl_mcgrps[] = {
	[VSWITCH_NLGRP_CONFIG] = { "config", },
	[VSWITCH_NLGRP_EVENT] = { "event", },
};
