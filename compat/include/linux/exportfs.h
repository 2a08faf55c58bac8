/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/exportfs.h>

#ifndef _COMPAT_LINUX_EXPORTFS_H
#define _COMPAT_LINUX_EXPORTFS_H

/* Since 6.7 a filesystem names what was the default. */
#ifndef COMPAT_HAS_ENCODE_INO32_FH
#define generic_encode_ino32_fh NULL
#endif

#endif /* _COMPAT_LINUX_EXPORTFS_H */
