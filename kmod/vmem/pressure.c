// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pressure: whether a memory cgroup is short, and the wake-up of the reclaim thread.
 */
#include <linux/kthread.h>
#include <linux/memcontrol.h>
#include <linux/sizes.h>
#include <linux/wait.h>

#include "vmem.h"

/* Pages of a memory cgroup's limit to leave to others; of a small limit, this part */
#define VMEM_GROUP_ROOM		(SZ_32M >> PAGE_SHIFT)
#define VMEM_GROUP_PART		16

static DECLARE_WAIT_QUEUE_HEAD(vmem_pressure_queue);
static atomic_t vmem_pressure_wanted;
static atomic_t vmem_pressure_freed;	/* a page was written to a swap file */

/**
 * vmem_memcg_is_short() - whether a memory cgroup is near its limit
 * @memcg: group, or NULL
 * @pages: number of pages that are wanted now
 *
 * The kernel cannot reclaim our pages.  Without room left to them, other allocations of the
 * group, such as page tables, would invoke the OOM killer; above memory.high they would be
 * throttled.
 *
 * Return: true if the group, or an ancestor, lacks that room.
 */
bool vmem_memcg_is_short(struct mem_cgroup *memcg, unsigned long pages)
{
	unsigned long max, limit;

	if (mem_cgroup_disabled())
		return false;
	for (; memcg; memcg = parent_mem_cgroup(memcg)) {
		max = READ_ONCE(memcg->memory.max);
		limit = max - min(max / VMEM_GROUP_PART, VMEM_GROUP_ROOM);
		limit = min(limit, READ_ONCE(memcg->memory.high));
		if (page_counter_read(&memcg->memory) + pages > limit)
			return true;
	}
	return false;
}

/**
 * vmem_group_is_short() - the same for the memory cgroup of a file
 * @file: file
 * @pages: number of pages that are wanted now
 *
 * Return: as vmem_memcg_is_short().
 */
bool vmem_group_is_short(const struct vmem_file *file, unsigned long pages)
{
	return vmem_memcg_is_short(file->memcg, pages);
}

/**
 * vmem_wake_reclaim() - let the reclaim thread see whether memory is short
 *
 * Context: any.
 */
void vmem_wake_reclaim(void)
{
	if (!atomic_xchg(&vmem_pressure_wanted, 1))
		wake_up(&vmem_pressure_queue);
}

/**
 * vmem_reclaim_written() - let the reclaim thread go on: a page was written to a swap file
 *
 * Context: process context.
 */
void vmem_reclaim_written(void)
{
	if (!atomic_xchg(&vmem_pressure_freed, 1))
		wake_up(&vmem_pressure_queue);
}

/**
 * vmem_pressure_wait() - wait until vmem_wake_reclaim() is called, or for a second
 *
 * The kernel calls the shrinker only when it has to reclaim itself; the host's state is to
 * be noticed before.
 *
 * Context: the reclaim thread; returns early where that should stop.
 */
void vmem_pressure_wait(void)
{
	wait_event_interruptible_timeout(vmem_pressure_queue, kthread_should_stop() ||
					 atomic_xchg(&vmem_pressure_wanted, 0), HZ);
}

/**
 * vmem_pressure_rest() - wait until a page was written to a swap file
 * @timeout: for how long at most, in jiffies
 *
 * Context: as vmem_pressure_wait().
 */
void vmem_pressure_rest(long timeout)
{
	wait_event_interruptible_timeout(vmem_pressure_queue, kthread_should_stop() ||
					 atomic_xchg(&vmem_pressure_freed, 0), timeout);
}
