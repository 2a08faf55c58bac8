/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vmfs.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VMFS_GEN_H
#define _LINUX_VMFS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vmfs_netlink.h>

extern const struct nla_policy vmfs_datastore_get_nl_policy[VMFS_A_DATASTORE_ID + 1];

/* Ops table for vmfs */
extern const struct genl_ops vmfs_nl_ops[1];

int vmfs_nl_datastore_get_doit(struct sk_buff *skb, struct genl_info *info);
int vmfs_nl_datastore_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);

enum {
	VMFS_NLGRP_EVENT,
};

#endif /* _LINUX_VMFS_GEN_H */
