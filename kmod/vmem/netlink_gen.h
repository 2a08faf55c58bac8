/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vmem.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VMEM_GEN_H
#define _LINUX_VMEM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vmem.h>

extern const struct nla_policy vmem_file_get_nl_policy[VMEM_A_FILE_ID + 1];

extern const struct nla_policy vmem_file_set_nl_policy[VMEM_A_FILE_SWAP + 1];

extern const struct nla_policy vmem_reclaim_nl_policy[VMEM_A_RECLAIM_SEEN + 1];

extern const struct nla_policy vmem_latency_get_nl_policy[VMEM_A_LATENCY_ID + 1];

extern const struct nla_policy vmem_swap_off_nl_policy[VMEM_A_FILE_ID + 1];

extern const struct nla_policy vmem_host_get_nl_policy[VMEM_A_HOST_PAD + 1];

/* Ops table for vmem */
extern const struct genl_ops vmem_nl_ops[6];

int vmem_nl_file_get_doit(struct sk_buff *skb, struct genl_info *info);
int vmem_nl_file_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vmem_nl_file_set_doit(struct sk_buff *skb, struct genl_info *info);
int vmem_nl_reclaim_doit(struct sk_buff *skb, struct genl_info *info);
int vmem_nl_latency_get_doit(struct sk_buff *skb, struct genl_info *info);
int vmem_nl_swap_off_doit(struct sk_buff *skb, struct genl_info *info);
int vmem_nl_host_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	VMEM_NLGRP_EVENT,
};

#endif /* _LINUX_VMEM_GEN_H */
