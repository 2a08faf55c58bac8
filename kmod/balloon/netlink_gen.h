/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/balloon.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_BALLOON_GEN_H
#define _LINUX_BALLOON_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/balloon.h>

extern const struct nla_policy balloon_vm_get_nl_policy[BALLOON_A_VM_NAME + 1];

extern const struct nla_policy balloon_vm_add_nl_policy[BALLOON_A_VM_METHODS + 1];

extern const struct nla_policy balloon_vm_set_nl_policy[BALLOON_A_VM_METHODS + 1];

extern const struct nla_policy balloon_vm_del_nl_policy[BALLOON_A_VM_NAME + 1];

extern const struct nla_policy balloon_scheduler_get_nl_policy[BALLOON_A_SCHEDULER_PAD + 1];

/* Ops table for balloon */
extern const struct genl_ops balloon_nl_ops[5];

int balloon_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info);
int balloon_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int balloon_nl_vm_add_doit(struct sk_buff *skb, struct genl_info *info);
int balloon_nl_vm_set_doit(struct sk_buff *skb, struct genl_info *info);
int balloon_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info);
int balloon_nl_scheduler_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	BALLOON_NLGRP_EVENT,
};

#endif /* _LINUX_BALLOON_GEN_H */
