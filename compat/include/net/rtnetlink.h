/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/rtnetlink.h>

#ifndef _COMPAT_NET_RTNETLINK_H
#define _COMPAT_NET_RTNETLINK_H

/* Since 6.15; where newlink() of the new type is defined, define the old one, too: it calls it. */
#ifndef COMPAT_HAS_NEWLINK_PARAMS
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

#define COMPAT_NEWLINK(name, ...)							\
	compat_##name(__VA_ARGS__);							\
	static int name(struct net *_net, struct net_device *_dev, struct nlattr *_tb[],\
			struct nlattr *_data[], struct netlink_ext_ack *_extack)	\
	{										\
		struct rtnl_newlink_params _params = { _net, _tb, _data };		\
											\
		return compat_##name(_dev, &_params, _extack);				\
	}										\
	static int compat_##name(__VA_ARGS__)

#define vsw_switch_newlink(...) COMPAT_NEWLINK(vsw_switch_newlink, __VA_ARGS__)
#define vsw_vmknic_newlink(...) COMPAT_NEWLINK(vsw_vmknic_newlink, __VA_ARGS__)
#endif

#endif /* _COMPAT_NET_RTNETLINK_H */
