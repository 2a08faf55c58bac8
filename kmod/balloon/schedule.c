// SPDX-License-Identifier: GPL-2.0
/*
 * The computation: what each VM is entitled to, and what each of its files should have.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "balloon.h"

#define BLN_PERIOD	HZ
/* How much more a VM may want in a period: this part of its size */
#define BLN_GROWTH	16
/* A target follows a rise by this part of the size, or so many pages, at once. */
#define BLN_BAND	32
#define BLN_BAND_MIN	256ULL

static unsigned int bln_tax = 75;
module_param_named(idle_tax, bln_tax, uint, 0644);
MODULE_PARM_DESC(idle_tax, "Tax on idle memory in per cent, up to 99");

struct bln_counts bln_counts;

static u64 bln_last_total;	/* under bln_lock */
static void (*bln_target_teller)(const struct bln_vm *vm);	/* under bln_lock */
static struct workqueue_struct *bln_queue;

static void bln_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(bln_scheduler, bln_work);

/**
 * bln_tell_targets_to() - set what is called when a target has changed
 * @tell: called with bln_lock; NULL for nothing, and then none runs any more
 */
void bln_tell_targets_to(void (*tell)(const struct bln_vm *vm))
{
	mutex_lock(&bln_lock);
	bln_target_teller = tell;
	mutex_unlock(&bln_lock);
}

/**
 * bln_total() - how much was divided
 *
 * Context: bln_lock.
 * Return: pages.
 */
u64 bln_total(void)
{
	lockdep_assert_held(&bln_lock);
	return bln_last_total;
}

/* What VMs have, and what the host can give before it is soft, or lacks already */
static u64 bln_divisible(void)
{
	struct vmem_host host;
	unsigned long group;
	struct bln_vm *vm;
	u64 pages, keep;

	vmem_host_get(&host);
	pages = host.available;
	keep = host.until[VMEM_MEMORY_STATE_SOFT];
	xa_for_each(&bln_vms, group, vm)
		pages += vm->usage.granted;
	return pages - min(pages, keep);
}

static u64 bln_limit(const struct bln_vm *vm)
{
	return vm->settings.limit ?: U64_MAX;
}

/* Reserved files keep what they have, whatever the limit. */
static void bln_make_claim(struct bln_vm *vm, struct bln_claim *claim)
{
	u64 wants = vm->usage.granted + vm->usage.away + vm->usage.size / BLN_GROWTH;

	claim->shares = bln_vm_shares(vm);
	claim->max = min3(vm->usage.size, wants, bln_limit(vm));
	claim->max = clamp(claim->max, vm->usage.reserved, BLN_PAGES_MAX);
	claim->min = min(max(vm->settings.reservation, vm->usage.reserved), claim->max);
	claim->active = vm->usage.active;
}

static enum balloon_reason bln_reason(const struct bln_vm *vm, const struct bln_claim *claim)
{
	if (claim->entitled == claim->max)
		return claim->max == bln_limit(vm) ? BALLOON_REASON_LIMIT : BALLOON_REASON_DEMAND;
	if (claim->entitled == claim->min)
		return BALLOON_REASON_RESERVATION;
	return claim->entitled > claim->active ? BALLOON_REASON_IDLE : BALLOON_REASON_SHARES;
}

static void bln_set_target(struct bln_vm *vm, const struct bln_claim *claim)
{
	u64 band = max(vm->usage.size / BLN_BAND, BLN_BAND_MIN), old = vm->target.pages;

	vm->claim = *claim;
	vm->reason = bln_reason(vm, claim);
	if (bln_follow(&vm->target, claim, band) &&
	    vm->usage.granted > min(old, vm->target.pages) && bln_target_teller)
		bln_target_teller(vm);
}

static int bln_divide(void)
{
	unsigned int count = 0, i = 0;
	struct bln_claim *claims;
	unsigned long group;
	struct bln_vm *vm;

	xa_for_each(&bln_vms, group, vm)
		count += !!vm->files;
	claims = kvmalloc_array(count, sizeof(*claims), GFP_KERNEL | __GFP_NOWARN);
	if (!claims)
		return -ENOMEM;
	xa_for_each(&bln_vms, group, vm)
		if (vm->files)
			bln_make_claim(vm, &claims[i++]);
	bln_last_total = bln_divisible();
	bln_entitle(claims, count, bln_last_total, min(READ_ONCE(bln_tax), BLN_TAX_MAX));
	i = 0;
	xa_for_each(&bln_vms, group, vm)
		if (vm->files)
			bln_set_target(vm, &claims[i++]);
	kvfree(claims);
	return 0;
}

/*
 * A file's part of what is its VM's: by what it has, or by size.  The file may have got more
 * since the VM was measured.
 */
static u64 bln_part(u64 pages, u64 own, u64 all)
{
	return own ? mul_u64_u64_div_u64(pages, own, max(own, all)) : 0;
}

static void bln_bind_file(struct vmem_file *file, const struct bln_vm *vm)
{
	struct vmem_bounds bounds = { .ceiling = ULONG_MAX, .methods = vm->settings.methods };
	struct vmem_usage usage;
	u64 own, all;

	vmem_get_usage(file, &usage);
	own = usage.granted + usage.away + usage.size / BLN_GROWTH;
	all = vm->usage.granted + vm->usage.away + vm->usage.size / BLN_GROWTH;
	bounds.target = bln_part(vm->target.pages, own, all);
	if (vm->settings.limit)
		bounds.ceiling = bln_part(vm->settings.limit, usage.size, vm->usage.size);
	vmem_set_bounds(file, usage.reserved ? &(struct vmem_bounds){ ULONG_MAX, ULONG_MAX } :
						&bounds);
}

static void bln_bind_files(void)
{
	struct vmem_file *file;
	struct bln_vm *vm;
	u64 id = 0;

	while ((file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		vm = xa_load(&bln_vms, vmem_file_group(file));
		if (vm && vm->files)
			bln_bind_file(file, vm);
		vmem_file_put(file);
	}
}

static void bln_work(struct work_struct *work)
{
	u64 start = ktime_get_ns();

	mutex_lock(&bln_lock);
	bln_measure();
	if (!bln_divide())
		bln_bind_files();
	mutex_unlock(&bln_lock);
	atomic_long_inc(&bln_counts.runs);
	atomic64_add(ktime_get_ns() - start, &bln_counts.time);
	queue_delayed_work(bln_queue, &bln_scheduler, BLN_PERIOD);
}

/**
 * bln_schedule_soon() - compute again, since something has changed
 */
void bln_schedule_soon(void)
{
	mod_delayed_work(bln_queue, &bln_scheduler, 0);
}

/**
 * bln_schedule_init() - get ready for computations
 *
 * Return: 0 or -ENOMEM.
 */
int __init bln_schedule_init(void)
{
	/* It runs while memory is short, and helps to change that. */
	bln_queue = alloc_workqueue("balloon", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	return bln_queue ? 0 : -ENOMEM;
}

/**
 * bln_schedule_exit() - end the computations
 */
void bln_schedule_exit(void)
{
	cancel_delayed_work_sync(&bln_scheduler);
	destroy_workqueue(bln_queue);
}
