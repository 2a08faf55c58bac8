// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/balloon.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/balloon.h>

/* BALLOON_CMD_VM_GET - do */
const struct nla_policy balloon_vm_get_nl_policy[BALLOON_A_VM_NAME + 1] = {
	[BALLOON_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* BALLOON_CMD_VM_ADD - do */
const struct nla_policy balloon_vm_add_nl_policy[BALLOON_A_VM_METHODS + 1] = {
	[BALLOON_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[BALLOON_A_VM_FILE] = { .type = NLA_U64, },
	[BALLOON_A_VM_LEVEL] = NLA_POLICY_MAX(NLA_U8, 3),
	[BALLOON_A_VM_SHARES] = { .type = NLA_U64, },
	[BALLOON_A_VM_RESERVATION] = { .type = NLA_U64, },
	[BALLOON_A_VM_LIMIT] = { .type = NLA_U64, },
	[BALLOON_A_VM_METHODS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* BALLOON_CMD_VM_SET - do */
const struct nla_policy balloon_vm_set_nl_policy[BALLOON_A_VM_METHODS + 1] = {
	[BALLOON_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[BALLOON_A_VM_FILE] = { .type = NLA_U64, },
	[BALLOON_A_VM_LEVEL] = NLA_POLICY_MAX(NLA_U8, 3),
	[BALLOON_A_VM_SHARES] = { .type = NLA_U64, },
	[BALLOON_A_VM_RESERVATION] = { .type = NLA_U64, },
	[BALLOON_A_VM_LIMIT] = { .type = NLA_U64, },
	[BALLOON_A_VM_METHODS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* BALLOON_CMD_VM_DEL - do */
const struct nla_policy balloon_vm_del_nl_policy[BALLOON_A_VM_NAME + 1] = {
	[BALLOON_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* BALLOON_CMD_SCHEDULER_GET - do */
const struct nla_policy balloon_scheduler_get_nl_policy[BALLOON_A_SCHEDULER_PAD + 1] = {
};

/* Ops table for balloon */
const struct genl_ops balloon_nl_ops[5] = {
	{
		.cmd		= BALLOON_CMD_VM_GET,
		.doit		= balloon_nl_vm_get_doit,
		.dumpit		= balloon_nl_vm_get_dumpit,
		.policy		= balloon_vm_get_nl_policy,
		.maxattr	= BALLOON_A_VM_NAME,
	},
	{
		.cmd		= BALLOON_CMD_VM_ADD,
		.doit		= balloon_nl_vm_add_doit,
		.policy		= balloon_vm_add_nl_policy,
		.maxattr	= BALLOON_A_VM_METHODS,
	},
	{
		.cmd		= BALLOON_CMD_VM_SET,
		.doit		= balloon_nl_vm_set_doit,
		.policy		= balloon_vm_set_nl_policy,
		.maxattr	= BALLOON_A_VM_METHODS,
	},
	{
		.cmd		= BALLOON_CMD_VM_DEL,
		.doit		= balloon_nl_vm_del_doit,
		.policy		= balloon_vm_del_nl_policy,
		.maxattr	= BALLOON_A_VM_NAME,
	},
	{
		.cmd		= BALLOON_CMD_SCHEDULER_GET,
		.doit		= balloon_nl_scheduler_get_doit,
		.policy		= balloon_scheduler_get_nl_policy,
		.maxattr	= BALLOON_A_SCHEDULER_PAD,
	},
};

static const struct genl_multicast_group balloon_nl_mcgrps[] = {
	[BALLOON_NLGRP_EVENT] = { "event", },
};
