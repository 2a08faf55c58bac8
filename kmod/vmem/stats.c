// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of events and fault latencies, per CPU: faults share no cache line.
 */
#include <linux/bitops.h>
#include <linux/percpu.h>

#include "vmem.h"

/**
 * vmem_stats_create() - make the counters of a file
 * @file: file, whose size is not set yet
 *
 * Return: 0 or -ENOMEM.
 */
int vmem_stats_create(struct vmem_file *file)
{
	file->stats = alloc_percpu_gfp(struct vmem_stats, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	return file->stats ? 0 : -ENOMEM;
}

/**
 * vmem_stats_destroy() - free the counters of a file
 * @file: file
 */
void vmem_stats_destroy(struct vmem_file *file)
{
	free_percpu(file->stats);
	file->stats = NULL;
}

/**
 * vmem_events() - read the counter of an event
 * @file: file
 * @event: VMEM_A_EVENTS_*
 *
 * Return: the sum over all CPUs.
 */
unsigned long vmem_events(const struct vmem_file *file, unsigned int event)
{
	unsigned long sum = 0;
	int cpu;

	if (!vmem_file_pages(file))
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(file->stats, cpu)->events[event]);
	return sum;
}

/**
 * vmem_count_fault() - count a fault by its latency
 * @file: file
 * @kind: its kind
 * @start: local_clock() when it began
 */
void vmem_count_fault(struct vmem_file *file, enum vmem_fault_kind kind, u64 start)
{
	s64 took = local_clock() - start;	/* may be negative on another CPU */
	int bucket = fls64(max(took, 0LL) >> VMEM_BUCKET_SHIFT);

	this_cpu_inc(file->stats->faults[kind][min(bucket, VMEM_BUCKETS - 1)]);
}

/**
 * vmem_faults() - read a bucket of fault latencies
 * @file: file
 * @kind: kind of the faults
 * @bucket: below VMEM_BUCKETS
 * @from: gets the lower bound of the bucket, ns
 *
 * Return: the sum over all CPUs.
 */
unsigned long vmem_faults(const struct vmem_file *file, enum vmem_fault_kind kind,
			  unsigned int bucket, u64 *from)
{
	unsigned long sum = 0;
	int cpu;

	*from = bucket ? BIT_ULL(VMEM_BUCKET_SHIFT + bucket - 1) : 0;
	if (!vmem_file_pages(file))
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(file->stats, cpu)->faults[kind][bucket]);
	return sum;
}
