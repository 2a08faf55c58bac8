/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/igmp.h>

#ifndef _COMPAT_LINUX_IGMP_H
#define _COMPAT_LINUX_IGMP_H

/* Since 7.2 or earlier */
#ifndef COMPAT_HAS_IGMPV3_MRT
static inline unsigned long igmpv3_mrt(const struct igmpv3_query *query)
{
	return IGMPV3_MRC(query->code);
}
#endif

#endif /* _COMPAT_LINUX_IGMP_H */
