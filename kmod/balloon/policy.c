// SPDX-License-Identifier: GPL-2.0
/*
 * What vmem asks: who gives memory, who may have more, who may be there.
 */
#include <linux/kernel.h>

#include "balloon.h"

#define BLN_BATCH	256	/* pages to take at once from who is above its limit */

/* While memory is short, whoever is above its target gives; above its limit, always. */
static struct vmem_file *bln_next_victim(u64 after, long *pages, unsigned int *methods)
{
	struct vmem_bounds bounds;
	struct vmem_file *file;
	unsigned long has, keep;

	while ((file = vmem_file_next(after))) {
		after = vmem_file_id(file);
		bounds = vmem_file_bounds(file);
		has = vmem_granted(file);
		keep = *pages ? min(bounds.target, bounds.ceiling) : bounds.ceiling;
		if (has > keep && bounds.methods) {
			*pages = min_t(unsigned long, has - keep, *pages ?: BLN_BATCH);
			*methods = bounds.methods;
			return file;
		}
		vmem_file_put(file);
	}
	return NULL;
}

/* Anybody may have what its limit allows, but not above its target in the state low. */
static bool bln_may_grow(struct vmem_file *file, unsigned long pages)
{
	struct vmem_bounds bounds = vmem_file_bounds(file);
	unsigned long most = bounds.ceiling;

	if (vmem_last_host_state() == VMEM_MEMORY_STATE_LOW)
		most = min(most, bounds.target);
	if (likely(most == ULONG_MAX) || vmem_granted(file) + pages <= most)
		return true;
	atomic_long_inc(&bln_counts.held);
	return false;
}

static u64 bln_mib(u64 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

/* Whether what is reserved still fits when a file gets its size */
static int bln_admit(struct vmem_file *file, pgoff_t pages)
{
	u64 reserved = vmem_kind_is_reserved(file) ? pages : 0, capacity = bln_capacity(), all;
	const struct bln_vm *vm;
	int err = 0;

	mutex_lock(&bln_lock);
	bln_measure();
	all = bln_committed();
	vm = xa_load(&bln_vms, vmem_file_group(file));
	if (vm) {
		all -= bln_commitment(vm, vm->usage.size, vm->usage.reserved);
		all += bln_commitment(vm, vm->usage.size + pages, vm->usage.reserved + reserved);
	}
	if (vm && all > capacity) {
		pr_notice("balloon: file %llu of %llu MiB is refused: with overhead, reservations would come to %llu MiB, and the host can give %llu MiB\n",
			  vmem_file_id(file), bln_mib(pages), bln_mib(all), bln_mib(capacity));
		atomic_long_inc(&bln_counts.refused);
		err = -ENOMEM;
	}
	mutex_unlock(&bln_lock);
	return err;
}

static const struct vmem_policy bln_policy = {
	.next_victim = bln_next_victim,
	.admit = bln_admit,
	.may_grow = bln_may_grow,
};

/**
 * bln_policy_init() - begin to decide
 *
 * Return: 0, or -EBUSY if another module does.
 */
int __init bln_policy_init(void)
{
	return vmem_policy_set(&bln_policy);
}

/**
 * bln_policy_exit() - decide no more
 */
void bln_policy_exit(void)
{
	vmem_policy_clear();
}
