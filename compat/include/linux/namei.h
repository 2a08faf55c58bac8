/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/namei.h>

#ifndef _COMPAT_LINUX_NAMEI_H
#define _COMPAT_LINUX_NAMEI_H

/* Since 6.16 */
#ifndef COMPAT_HAS_LOOKUP_NOPERM
static inline struct dentry *lookup_noperm(struct qstr *name, struct dentry *base)
{
	return lookup_one_len(name->name, base, name->len);
}

static inline struct dentry *lookup_noperm_unlocked(struct qstr *name, struct dentry *base)
{
	return lookup_one_len_unlocked(name->name, base, name->len);
}
#endif

#endif /* _COMPAT_LINUX_NAMEI_H */
