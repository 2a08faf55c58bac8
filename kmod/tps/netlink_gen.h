/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/tps.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_TPS_GEN_H
#define _LINUX_TPS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/tps.h>

extern const struct nla_policy tps_scanner_get_nl_policy[TPS_A_SCANNER_PAD + 1];

extern const struct nla_policy tps_scanner_set_nl_policy[TPS_A_SCANNER_WORKERS + 1];

extern const struct nla_policy tps_file_get_nl_policy[TPS_A_FILE_ID + 1];

extern const struct nla_policy tps_file_set_nl_policy[TPS_A_FILE_SALT + 1];

extern const struct nla_policy tps_unshare_nl_policy[TPS_A_FILE_STALE + 1];

extern const struct nla_policy tps_estimate_nl_policy[TPS_A_ESTIMATE_START + 1];

/* Ops table for tps */
extern const struct genl_ops tps_nl_ops[6];

int tps_nl_scanner_get_doit(struct sk_buff *skb, struct genl_info *info);
int tps_nl_scanner_set_doit(struct sk_buff *skb, struct genl_info *info);
int tps_nl_file_get_doit(struct sk_buff *skb, struct genl_info *info);
int tps_nl_file_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int tps_nl_file_set_doit(struct sk_buff *skb, struct genl_info *info);
int tps_nl_unshare_doit(struct sk_buff *skb, struct genl_info *info);
int tps_nl_estimate_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_TPS_GEN_H */
