/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/netlink.h>

#ifndef _COMPAT_LINUX_NETLINK_H
#define _COMPAT_LINUX_NETLINK_H

/*
 * Since 6.2.  Before, the extended ack has no buffer of its own, and its text
 * is read after the request's handler has returned: texts go round in buffers
 * of this file, more than there are requests at a time.  A text that is
 * overwritten too early is a wrong text, but always a terminated one.
 */
#ifndef NL_SET_ERR_MSG_FMT
#define COMPAT_EXTACK_TEXTS	64
#define COMPAT_EXTACK_LEN	80

#define NL_SET_ERR_MSG_FMT(extack, fmt, args...) do {				\
	static char __texts[COMPAT_EXTACK_TEXTS][COMPAT_EXTACK_LEN];		\
	static atomic_t __next;							\
	struct netlink_ext_ack *__extack = (extack);				\
	char *__text;								\
										\
	if (!__extack)								\
		break;								\
	__text = __texts[(u32)atomic_inc_return(&__next) % COMPAT_EXTACK_TEXTS];\
	scnprintf(__text, COMPAT_EXTACK_LEN, fmt, ##args);			\
	__extack->_msg = __text;						\
} while (0)
#endif

#endif /* _COMPAT_LINUX_NETLINK_H */
