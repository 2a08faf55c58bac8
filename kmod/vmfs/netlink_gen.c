// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vmfs.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vmfs_netlink.h>

/* VMFS_CMD_DATASTORE_GET - do */
const struct nla_policy vmfs_datastore_get_nl_policy[VMFS_A_DATASTORE_ID + 1] = {
	[VMFS_A_DATASTORE_ID] = { .type = NLA_U32, },
};

/* Ops table for vmfs */
const struct genl_ops vmfs_nl_ops[1] = {
	{
		.cmd		= VMFS_CMD_DATASTORE_GET,
		.doit		= vmfs_nl_datastore_get_doit,
		.dumpit		= vmfs_nl_datastore_get_dumpit,
		.policy		= vmfs_datastore_get_nl_policy,
		.maxattr	= VMFS_A_DATASTORE_ID,
	},
};

static const struct genl_multicast_group vmfs_nl_mcgrps[] = {
	[VMFS_NLGRP_EVENT] = { "event", },
};
