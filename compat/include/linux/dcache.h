/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/dcache.h>

#ifndef _COMPAT_LINUX_DCACHE_H
#define _COMPAT_LINUX_DCACHE_H

/* Since 6.19, where the reference of a name that is nowhere else has a flag */
#ifndef COMPAT_HAS_D_MAKE_PERSISTENT
static inline struct dentry *d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	return dget(dentry);
}
#endif

#endif /* _COMPAT_LINUX_DCACHE_H */
