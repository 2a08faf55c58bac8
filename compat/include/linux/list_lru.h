/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/list_lru.h>

#ifndef _COMPAT_LINUX_LIST_LRU_H
#define _COMPAT_LINUX_LIST_LRU_H

/* Since 6.8, where what is not an object of slab may be in a list as well */
#ifndef COMPAT_HAS_LIST_LRU_OBJ
#define list_lru_add_obj	list_lru_add
#define list_lru_del_obj	list_lru_del
#endif

#endif /* _COMPAT_LINUX_LIST_LRU_H */
