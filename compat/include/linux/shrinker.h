/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/shrinker.h>

#ifndef _COMPAT_LINUX_SHRINKER_H
#define _COMPAT_LINUX_SHRINKER_H

/* Since 6.7; before, who registers a shrinker allocates it and names it then */
#ifndef COMPAT_HAS_SHRINKER_ALLOC
#include <linux/slab.h>

static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *name)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->flags = flags;
	return shrinker;
}

static inline void shrinker_register(struct shrinker *shrinker)
{
	if (register_shrinker(shrinker, "vsuite"))
		pr_warn("%s: out of memory, there is no shrinker\n", KBUILD_MODNAME);
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

#endif /* _COMPAT_LINUX_SHRINKER_H */
