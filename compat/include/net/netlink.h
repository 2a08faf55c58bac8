/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/netlink.h>

#ifndef _COMPAT_NET_NETLINK_H
#define _COMPAT_NET_NETLINK_H

/* Since 6.9 */
#ifndef nla_for_each_attr_type
#define nla_for_each_attr_type(pos, type, head, len, rem) \
	nla_for_each_attr(pos, head, len, rem) \
		if (nla_type(pos) == type)
#endif

#endif /* _COMPAT_NET_NETLINK_H */
