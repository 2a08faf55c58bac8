/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/zsmalloc.h>

#ifndef _COMPAT_LINUX_ZSMALLOC_H
#define _COMPAT_LINUX_ZSMALLOC_H

/* Since 6.16; before, an object that is read or written is mapped. */
#ifndef COMPAT_HAS_ZS_OBJ_READ
static inline void *zs_obj_read_begin(struct zs_pool *pool, unsigned long handle, size_t len,
				      void *copy)
{
	return zs_map_object(pool, handle, ZS_MM_RO);
}

static inline void zs_obj_read_end(struct zs_pool *pool, unsigned long handle, size_t len,
				   void *object)
{
	zs_unmap_object(pool, handle);
}

static inline void zs_obj_write(struct zs_pool *pool, unsigned long handle, void *from, size_t len)
{
	memcpy(zs_map_object(pool, handle, ZS_MM_WO), from, len);
	zs_unmap_object(pool, handle);
}
#endif

#ifndef COMPAT_HAS_ZS_MALLOC_NID
#define zs_malloc(pool, size, flags, unused...) zs_malloc(pool, size, flags)
#endif

#endif /* _COMPAT_LINUX_ZSMALLOC_H */
