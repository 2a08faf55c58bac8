// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker: the kernel wants memory back, for the host or for a memory cgroup that is
 * above its memory.high, near its memory.max, or told to shrink by its memory.reclaim.
 *
 * For the host, the reclaim thread works, by its own measure of pressure.  For a group, the
 * caller takes memory from the group's files at once: when we return, the kernel looks at
 * what the group uses, and throttles its vCPUs if that is still too much.
 *
 * The shrinker runs inside allocations, some of them ours, under locks of ours and of the
 * core's.  So it only does what VMEM_METHOD_TRY allows.
 */
#include <linux/jiffies.h>
#include <linux/list_lru.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "vmem.h"

/* The part of a file to take in a second at most if its group is not short */
#define VMEM_SHRINK_PART	8

/* A file in the list of its group.  The entry is charged to the group; that picks the list. */
struct vmem_entry {
	struct list_head link;
	struct vmem_file *file;
};

static struct shrinker *vmem_shrinker;
static struct list_lru vmem_entries;
static struct kmem_cache *vmem_entry_cache;
static bool vmem_entries_ready;	/* set with release, once the list is */

/**
 * vmem_shrink_add() - let the shrinker of its memory cgroup find a file
 * @file: file that has just got its group
 *
 * Without memory for an entry it will not.
 */
void vmem_shrink_add(struct vmem_file *file)
{
	struct mem_cgroup *old = set_active_memcg(file->memcg);
	struct vmem_entry *entry;

	entry = kmem_cache_alloc_lru(vmem_entry_cache, &vmem_entries, GFP_KERNEL_ACCOUNT);
	set_active_memcg(old);
	if (!entry)
		return;
	INIT_LIST_HEAD(&entry->link);
	entry->file = file;
	file->entry = entry;
	list_lru_add_obj(&vmem_entries, &entry->link);
}

/**
 * vmem_shrink_remove() - hide a file that goes away from the shrinker
 * @file: file that vmem_registry_remove() has removed
 */
void vmem_shrink_remove(struct vmem_file *file)
{
	if (!file->entry)
		return;
	list_lru_del_obj(&vmem_entries, &file->entry->link);
	kmem_cache_free(vmem_entry_cache, file->entry);
}

static enum lru_status vmem_entry_count(struct list_head *link, struct list_lru_one *list,
					void *sum)
{
	struct vmem_file *file = container_of(link, struct vmem_entry, link)->file;

	*(unsigned long *)sum += atomic_long_read(&file->count[VMEM_PRIVATE]) +
				 atomic_long_read(&file->count[VMEM_HUGE]);
	return LRU_SKIP;
}

/* Take turns. */
static enum lru_status vmem_entry_pick(struct list_head *link, struct list_lru_one *list,
				       void *picked)
{
	struct vmem_file *file = container_of(link, struct vmem_entry, link)->file;

	if (!refcount_inc_not_zero(&file->users))
		return LRU_SKIP;
	*(struct vmem_file **)picked = file;
	return LRU_ROTATE;
}

/*
 * When the host is short, the kernel calls the shrinker for each group, too.  Acting on
 * that would take from guests what the page cache can give, and make any process that
 * needs a page go through the memory of all guests first, perhaps in vain.
 */
static bool vmem_is_for_host(const struct shrink_control *control)
{
	if (current_is_kswapd() || !control->memcg || !parent_mem_cgroup(control->memcg))
		return true;
	return vmem_memory_is_short() && !vmem_memcg_is_short(control->memcg, 0);
}

static unsigned long vmem_shrink_count(struct shrinker *shrinker, struct shrink_control *control)
{
	unsigned long files, pages = 0;

	if (vmem_is_for_host(control)) {
		if (vmem_memory_is_short())
			vmem_wake_reclaim();
		return 0;
	}
	if (!smp_load_acquire(&vmem_entries_ready)) /* see vmem_shrink_init() */
		return 0;
	/* Our own faults make room themselves, without locks. */
	if (control->gfp_mask & __GFP_RETRY_MAYFAIL)
		return 0;
	files = list_lru_shrink_count(&vmem_entries, control);
	if (!files)
		return SHRINK_EMPTY;
	list_lru_walk_one(&vmem_entries, control->nid, control->memcg, vmem_entry_count, &pages,
			  &files);
	return pages;
}

/*
 * How many pages may be taken now.  The kernel does not see our pages go, and asks on until
 * it has asked for all.  So stop when the group is no longer short; if it was not, and is
 * told to shrink, take a part of the file in a second.  If nothing was idle, pause, rather
 * than unmap everything again and again.
 */
static long vmem_shrink_share(struct vmem_file *file, long pages)
{
	bool is_short = vmem_group_is_short(file, 0);

	if (time_before(jiffies, READ_ONCE(file->shrink_rest)))
		return 0;
	if (is_short || time_after(jiffies, READ_ONCE(file->shrunk) + HZ)) {
		WRITE_ONCE(file->shrunk, jiffies);
		WRITE_ONCE(file->shrink_share,
			   is_short ? 0 : vmem_file_pages(file) / VMEM_SHRINK_PART);
	}
	return is_short ? pages : min(pages, READ_ONCE(file->shrink_share));
}

static unsigned long vmem_shrink_scan(struct shrinker *shrinker, struct shrink_control *control)
{
	struct vmem_file *file = NULL;
	unsigned long one = 1;
	long freed = 0, share;

	if (!(control->gfp_mask & __GFP_FS))
		return SHRINK_STOP;
	list_lru_walk_one(&vmem_entries, control->nid, control->memcg, vmem_entry_pick, &file,
			  &one);
	if (!file)
		return SHRINK_STOP;
	share = vmem_shrink_share(file, control->nr_to_scan);
	if (share)
		freed = vmem_reclaim(file, share,
				     vmem_file_bounds(file).methods | VMEM_METHOD_TRY);
	if (share && !freed)
		WRITE_ONCE(file->shrink_rest, jiffies + VMEM_STEP);
	WRITE_ONCE(file->shrink_share, max(READ_ONCE(file->shrink_share) - freed, 0L));
	vmem_file_put(file);
	return share ? freed : SHRINK_STOP;
}

/**
 * vmem_shrink_init() - register the shrinker
 *
 * The list needs the shrinker's id, which older kernels assign at registration.
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmem_shrink_init(void)
{
	int err = -ENOMEM;

	vmem_entry_cache = KMEM_CACHE(vmem_entry, SLAB_ACCOUNT);
	if (!vmem_entry_cache)
		return -ENOMEM;
	vmem_shrinker = shrinker_alloc(SHRINKER_MEMCG_AWARE | SHRINKER_NUMA_AWARE, "vmem");
	if (!vmem_shrinker)
		goto err_cache;
	vmem_shrinker->count_objects = vmem_shrink_count;
	vmem_shrinker->scan_objects = vmem_shrink_scan;
	vmem_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(vmem_shrinker);
	err = list_lru_init_memcg(&vmem_entries, vmem_shrinker);
	if (err)
		goto err_shrinker;
	smp_store_release(&vmem_entries_ready, true); /* the list, then that it is there */
	return 0;

err_shrinker:
	shrinker_free(vmem_shrinker);
err_cache:
	kmem_cache_destroy(vmem_entry_cache);
	return err;
}

/**
 * vmem_shrink_exit() - unregister the shrinker
 */
void vmem_shrink_exit(void)
{
	shrinker_free(vmem_shrinker);
	list_lru_destroy(&vmem_entries);
	kmem_cache_destroy(vmem_entry_cache);
}
