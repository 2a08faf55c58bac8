// SPDX-License-Identifier: GPL-2.0
/*
 * The memory state of the host.
 *
 * What is done in a state ends with it: what is available rises above the state's end.  The
 * states and how each begins and ends are in host_state.h; what is done is
 *
 *   high	nothing; equal small pages are shared (tps.ko)
 *   clear	tps.ko splits blocks of 2 MiB to share their pages
 *   soft	guests give memory: a batch from one, then from the next, VMEM_BATCH pages
 *   hard	the same, in batches of twice the size
 *   low	the same, in batches of four times the size
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>

#include "host_state.h"
#include "vmem.h"

#define VMEM_BATCH	256	/* pages */

static unsigned int vmem_min_free_mib;
module_param_named(min_free, vmem_min_free_mib, uint, 0644);
MODULE_PARM_DESC(min_free, "MiB that the host should keep available, 0 for a part of its memory");

static unsigned int vmem_state;	/* changes by cmpxchg() */
static atomic_long_t vmem_entered[VMEM_HOST_STATES];
static atomic_long_t vmem_taken[VMEM_HOST_STATES];

/* Pages that the host should keep available */
static u64 vmem_host_min_free(void)
{
	u64 mib = READ_ONCE(vmem_min_free_mib);

	return mib ? mib * (SZ_1M >> PAGE_SHIFT) :
		     vmem_min_free(totalram_pages(), SZ_1G >> PAGE_SHIFT);
}

/*
 * Free pages that CPUs keep for themselves.  The kernel does not count them as free, and a
 * CPU that frees many, as reclaim does, may keep an eighth of the host's memory for seconds.
 */
static unsigned long vmem_kept_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	int node, cpu, i;

	for_each_online_node(node) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(node)->node_zones[i];
			if (!populated_zone(zone))
				continue;
			for_each_online_cpu(cpu)
				pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset, cpu)->count);
		}
	}
	return pages;
}

/* Pages that are available; kept ones are looked for only where they make a difference. */
static u64 vmem_available(u64 min_free)
{
	u64 available = max(si_mem_available(), 0L);
	u64 enough = vmem_state_end(VMEM_MEMORY_STATE_SOFT, min_free);

	return available < enough ? min(available + vmem_kept_pages(), enough) : available;
}

/**
 * vmem_host_state() - how short of memory the host is
 *
 * Context: any.
 * Return: the state now.
 */
enum vmem_memory_state vmem_host_state(void)
{
	unsigned int old = READ_ONCE(vmem_state), state;
	u64 min_free = vmem_host_min_free();

	state = vmem_state_after(old, vmem_available(min_free), min_free);
	if (state != old && cmpxchg(&vmem_state, old, state) == old)
		atomic_long_inc(&vmem_entered[state]);
	return state;
}
EXPORT_SYMBOL_GPL(vmem_host_state);

/**
 * vmem_last_host_state() - how short of memory the host was when that was last looked at
 *
 * Return: the state, a second old at most; without the work of vmem_host_state().
 */
enum vmem_memory_state vmem_last_host_state(void)
{
	return READ_ONCE(vmem_state);
}
EXPORT_SYMBOL_GPL(vmem_last_host_state);

/**
 * vmem_memory_is_short() - whether the host needs memory from guests
 *
 * Return: true if it does.
 */
bool vmem_memory_is_short(void)
{
	return vmem_host_state() >= VMEM_MEMORY_STATE_SOFT;
}

/**
 * vmem_host_batch() - how much to take from a file at once
 * @state: state of the host
 *
 * Return: pages; 0 if nothing.
 */
long vmem_host_batch(enum vmem_memory_state state)
{
	return state < VMEM_MEMORY_STATE_SOFT ? 0 : VMEM_BATCH << (state - VMEM_MEMORY_STATE_SOFT);
}

/**
 * vmem_host_count() - count pages that were taken for the host
 * @state: state in which they were
 * @pages: number of pages
 */
void vmem_host_count(enum vmem_memory_state state, long pages)
{
	atomic_long_add(pages, &vmem_taken[state]);
}

/**
 * vmem_host_get() - what there is, and what was done
 * @host: gets it
 */
void vmem_host_get(struct vmem_host *host)
{
	unsigned int state;

	host->state = vmem_host_state();
	host->min_free = vmem_host_min_free();
	host->available = vmem_available(host->min_free);
	for (state = 0; state < VMEM_HOST_STATES; state++) {
		host->below[state] = state ? vmem_state_limit(state - 1, host->min_free) : 0;
		host->until[state] = state ? vmem_state_end(state, host->min_free) : 0;
		host->entered[state] = atomic_long_read(&vmem_entered[state]);
		host->taken[state] = atomic_long_read(&vmem_taken[state]);
	}
}
EXPORT_SYMBOL_GPL(vmem_host_get);
