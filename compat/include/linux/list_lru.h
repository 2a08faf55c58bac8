/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/list_lru.h>

#ifndef _COMPAT_LINUX_LIST_LRU_H
#define _COMPAT_LINUX_LIST_LRU_H

/* Since 6.8, where what is not an object of slab may be in a list as well */
#ifndef COMPAT_HAS_LIST_LRU_OBJ
#define list_lru_add_obj	list_lru_add
#define list_lru_del_obj	list_lru_del
#endif

/* Since 6.13 the function that is called for each is not told of the lock. */
#ifdef COMPAT_HAS_LIST_LRU_WALK_LOCK
struct compat_list_lru_walk {
	enum lru_status (*isolate)(struct list_head *item, struct list_lru_one *list, void *arg);
	void *arg;
};

static inline enum lru_status compat_list_lru_isolate(struct list_head *item,
						      struct list_lru_one *list,
						      spinlock_t *lock, void *walk)
{
	struct compat_list_lru_walk *new = walk;

	return new->isolate(item, list, new->arg);
}

#define list_lru_walk_one(lru, nid, memcg, function, arg, number) \
	list_lru_walk_one(lru, nid, memcg, compat_list_lru_isolate, \
			  &(struct compat_list_lru_walk){ function, arg }, number)
#endif

#endif /* _COMPAT_LINUX_LIST_LRU_H */
