// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel asks for memory: of the whole host, or of a memory cgroup, because
 * that is above its memory.high, near its memory.max, or somebody wrote to its
 * memory.reclaim.
 *
 * For the host the reclaim thread works, by its own measure of what is short.  For a
 * group, who needs the memory takes it from the group's own files, at once: the kernel
 * looks at what the group uses when we return, and makes its vCPUs wait if it is too much.
 *
 * This is called in the middle of allocations, some of them ours, under locks of ours
 * and of the core's.  So all that it does is VMEM_METHOD_TRY.
 */
#include <linux/jiffies.h>
#include <linux/list_lru.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "vmem.h"

/* Of a file, in a second, at most, of a group that could have more */
#define VMEM_SHRINK_PART	8

/* A file, in the list of its group; the group pays for it, which is how the list is found */
struct vmem_entry {
	struct list_head link;
	struct vmem_file *file;
};

static struct shrinker *vmem_shrinker;
static struct list_lru vmem_entries;
static struct kmem_cache *vmem_entry_cache;
static bool vmem_entries_ready;	/* release: the list is */

/**
 * vmem_shrink_add() - let a file be reclaimed from as a part of its memory cgroup
 * @file: file, which has a group now
 *
 * Without memory for that, it is not.
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
 * vmem_shrink_remove() - the opposite, as a file goes away
 * @file: file; who works on it has finished, or will find that it is going
 */
void vmem_shrink_remove(struct vmem_file *file)
{
	if (!file->entry)
		return;
	list_lru_del_obj(&vmem_entries, &file->entry->link);
	kmem_cache_free(vmem_entry_cache, file->entry);
}

static enum lru_status vmem_entry_count(struct list_head *link, struct list_lru_one *list,
					spinlock_t *lock, void *sum)
{
	struct vmem_file *file = container_of(link, struct vmem_entry, link)->file;

	*(unsigned long *)sum += atomic_long_read(&file->count[VMEM_PRIVATE]) +
				 atomic_long_read(&file->count[VMEM_HUGE]);
	return LRU_SKIP;
}

/* One after the other */
static enum lru_status vmem_entry_pick(struct list_head *link, struct list_lru_one *list,
				       spinlock_t *lock, void *picked)
{
	struct vmem_file *file = container_of(link, struct vmem_entry, link)->file;

	if (!refcount_inc_not_zero(&file->users))
		return LRU_SKIP;
	*(struct vmem_file **)picked = file;
	return LRU_ROTATE;
}

/*
 * The host's memory is short.  The kernel calls this for each group then, too.  To act on
 * that would take from guests what the page cache can give, and let whoever needs a page,
 * vsctl for one, go through the memory of all guests first, which may have nothing to give.
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
	/* Who can do without: our own faults make room themselves, with no lock held. */
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
 * How many pages may be taken now.  The kernel does not see that any were, and asks for
 * more until it has asked for all.  So it is not more than the group has too much; and
 * where it has not, and somebody wants it to shrink, a part of the file in a second.
 * Where nothing is idle, it is not unmapped over and over to find that out.
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
		freed = vmem_reclaim(file, share, VMEM_METHODS_ALL | VMEM_METHOD_TRY);
	if (share && !freed)
		WRITE_ONCE(file->shrink_rest, jiffies + VMEM_STEP);
	WRITE_ONCE(file->shrink_share, max(READ_ONCE(file->shrink_share) - freed, 0L));
	vmem_file_put(file);
	return share ? freed : SHRINK_STOP;
}

/**
 * vmem_shrink_init() - begin to be asked
 *
 * The list takes the shrinker's number, which older kernels give it as it is registered.
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
 * vmem_shrink_exit() - end being asked
 */
void vmem_shrink_exit(void)
{
	shrinker_free(vmem_shrinker);
	list_lru_destroy(&vmem_entries);
	kmem_cache_destroy(vmem_entry_cache);
}
