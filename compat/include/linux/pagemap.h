/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/pagemap.h>

#ifndef _COMPAT_LINUX_PAGEMAP_H
#define _COMPAT_LINUX_PAGEMAP_H

/*
 * Since 6.6 iomap knows which blocks of a folio are dirty.  Before, it writes all of
 * the folio, also where that is over a hole: there, folios must stay small.
 */
#ifndef COMPAT_HAS_IOMAP_DIRTY_FOLIO
static inline void compat_keep_small_folios(struct address_space *mapping)
{
}

#define mapping_set_large_folios compat_keep_small_folios
#endif

#endif /* _COMPAT_LINUX_PAGEMAP_H */
