/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/genetlink.h>

#ifndef _COMPAT_NET_GENETLINK_H
#define _COMPAT_NET_GENETLINK_H

#ifndef COMPAT_HAS_GENL_INFO_DUMP
/* Since 6.6, with a struct genl_info; both have the attributes */
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif

#endif /* _COMPAT_NET_GENETLINK_H */
