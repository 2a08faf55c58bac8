// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vmem.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vmem.h>

/* VMEM_CMD_FILE_GET - do */
const struct nla_policy vmem_file_get_nl_policy[VMEM_A_FILE_ID + 1] = {
	[VMEM_A_FILE_ID] = { .type = NLA_U64, },
};

/* VMEM_CMD_FILE_SET - do */
const struct nla_policy vmem_file_set_nl_policy[VMEM_A_FILE_SWAP + 1] = {
	[VMEM_A_FILE_ID] = { .type = NLA_U64, },
	[VMEM_A_FILE_KIND] = NLA_POLICY_MAX(NLA_U8, 1),
	[VMEM_A_FILE_COMPRESSOR] = NLA_POLICY_MAX(NLA_U8, 1),
	[VMEM_A_FILE_COMPRESS_LIMIT] = NLA_POLICY_MAX(NLA_U8, 100),
	[VMEM_A_FILE_SWAP] = { .type = NLA_U32, },
};

/* VMEM_CMD_RECLAIM - do */
const struct nla_policy vmem_reclaim_nl_policy[VMEM_A_RECLAIM_SEEN + 1] = {
	[VMEM_A_RECLAIM_ID] = { .type = NLA_U64, },
	[VMEM_A_RECLAIM_PAGES] = { .type = NLA_U64, },
	[VMEM_A_RECLAIM_METHODS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[VMEM_A_RECLAIM_SEEN] = { .type = NLA_U64, },
};

/* VMEM_CMD_LATENCY_GET - do */
const struct nla_policy vmem_latency_get_nl_policy[VMEM_A_LATENCY_ID + 1] = {
	[VMEM_A_LATENCY_ID] = { .type = NLA_U64, },
};

/* VMEM_CMD_SWAP_OFF - do */
const struct nla_policy vmem_swap_off_nl_policy[VMEM_A_FILE_ID + 1] = {
	[VMEM_A_FILE_ID] = { .type = NLA_U64, },
};

/* VMEM_CMD_HOST_GET - do */
const struct nla_policy vmem_host_get_nl_policy[VMEM_A_HOST_PAD + 1] = {
};

/* Ops table for vmem */
const struct genl_ops vmem_nl_ops[6] = {
	{
		.cmd		= VMEM_CMD_FILE_GET,
		.doit		= vmem_nl_file_get_doit,
		.dumpit		= vmem_nl_file_get_dumpit,
		.policy		= vmem_file_get_nl_policy,
		.maxattr	= VMEM_A_FILE_ID,
	},
	{
		.cmd		= VMEM_CMD_FILE_SET,
		.doit		= vmem_nl_file_set_doit,
		.policy		= vmem_file_set_nl_policy,
		.maxattr	= VMEM_A_FILE_SWAP,
	},
	{
		.cmd		= VMEM_CMD_RECLAIM,
		.doit		= vmem_nl_reclaim_doit,
		.policy		= vmem_reclaim_nl_policy,
		.maxattr	= VMEM_A_RECLAIM_SEEN,
	},
	{
		.cmd		= VMEM_CMD_LATENCY_GET,
		.doit		= vmem_nl_latency_get_doit,
		.policy		= vmem_latency_get_nl_policy,
		.maxattr	= VMEM_A_LATENCY_ID,
	},
	{
		.cmd		= VMEM_CMD_SWAP_OFF,
		.doit		= vmem_nl_swap_off_doit,
		.policy		= vmem_swap_off_nl_policy,
		.maxattr	= VMEM_A_FILE_ID,
	},
	{
		.cmd		= VMEM_CMD_HOST_GET,
		.doit		= vmem_nl_host_get_doit,
		.policy		= vmem_host_get_nl_policy,
		.maxattr	= VMEM_A_HOST_PAD,
	},
};

static const struct genl_multicast_group vmem_nl_mcgrps[] = {
	[VMEM_NLGRP_EVENT] = { "event", },
};
