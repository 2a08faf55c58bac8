// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/tps.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/tps.h>

/* TPS_CMD_SCANNER_GET - do */
const struct nla_policy tps_scanner_get_nl_policy[TPS_A_SCANNER_PAD + 1] = {
};

/* TPS_CMD_SCANNER_SET - do */
const struct nla_policy tps_scanner_set_nl_policy[TPS_A_SCANNER_WORKERS + 1] = {
	[TPS_A_SCANNER_RUNNING] = NLA_POLICY_MAX(NLA_U8, 1),
	[TPS_A_SCANNER_CPU] = NLA_POLICY_RANGE(NLA_U32, 1, 1600),
	[TPS_A_SCANNER_RATE] = { .type = NLA_U32, },
	[TPS_A_SCANNER_INTERVAL] = { .type = NLA_U32, },
	[TPS_A_SCANNER_SPLIT] = NLA_POLICY_MAX(NLA_U8, 1),
	[TPS_A_SCANNER_WORKERS] = NLA_POLICY_RANGE(NLA_U32, 1, 16),
};

/* TPS_CMD_FILE_GET - do */
const struct nla_policy tps_file_get_nl_policy[TPS_A_FILE_ID + 1] = {
	[TPS_A_FILE_ID] = { .type = NLA_U64, },
};

/* TPS_CMD_FILE_SET - do */
const struct nla_policy tps_file_set_nl_policy[TPS_A_FILE_SALT + 1] = {
	[TPS_A_FILE_ID] = { .type = NLA_U64, },
	[TPS_A_FILE_SALT] = { .type = NLA_U64, },
};

/* TPS_CMD_UNSHARE - do */
const struct nla_policy tps_unshare_nl_policy[TPS_A_FILE_STALE + 1] = {
	[TPS_A_FILE_ID] = { .type = NLA_U64, },
	[TPS_A_FILE_NEXT] = { .type = NLA_U64, },
	[TPS_A_FILE_STALE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* TPS_CMD_ESTIMATE - do */
const struct nla_policy tps_estimate_nl_policy[TPS_A_ESTIMATE_START + 1] = {
	[TPS_A_ESTIMATE_START] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* Ops table for tps */
const struct genl_ops tps_nl_ops[6] = {
	{
		.cmd		= TPS_CMD_SCANNER_GET,
		.doit		= tps_nl_scanner_get_doit,
		.policy		= tps_scanner_get_nl_policy,
		.maxattr	= TPS_A_SCANNER_PAD,
	},
	{
		.cmd		= TPS_CMD_SCANNER_SET,
		.doit		= tps_nl_scanner_set_doit,
		.policy		= tps_scanner_set_nl_policy,
		.maxattr	= TPS_A_SCANNER_WORKERS,
	},
	{
		.cmd		= TPS_CMD_FILE_GET,
		.doit		= tps_nl_file_get_doit,
		.dumpit		= tps_nl_file_get_dumpit,
		.policy		= tps_file_get_nl_policy,
		.maxattr	= TPS_A_FILE_ID,
	},
	{
		.cmd		= TPS_CMD_FILE_SET,
		.doit		= tps_nl_file_set_doit,
		.policy		= tps_file_set_nl_policy,
		.maxattr	= TPS_A_FILE_SALT,
	},
	{
		.cmd		= TPS_CMD_UNSHARE,
		.doit		= tps_nl_unshare_doit,
		.policy		= tps_unshare_nl_policy,
		.maxattr	= TPS_A_FILE_STALE,
	},
	{
		.cmd		= TPS_CMD_ESTIMATE,
		.doit		= tps_nl_estimate_doit,
		.policy		= tps_estimate_nl_policy,
		.maxattr	= TPS_A_ESTIMATE_START,
	},
};
