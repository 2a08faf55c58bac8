// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for memory.  A guest that waits is better off than one that is killed, but its
 * administrator has to know: waits are counted, and reported once a minute.
 */
#include <linux/workqueue.h>
#include <linux/psi.h>
#include <linux/sched/signal.h>

#include "vmem.h"

#define VMEM_RECLAIM_OWN	64	/* pages that a fault takes from its own file */
#define VMEM_WAIT_MS	10	/* between two attempts to get memory */
/* Waits with less time than this between them are one: an attempt may take a while. */
#define VMEM_WAIT_END	(3 * HZ)
#define VMEM_TELL_AFTER	HZ
#define VMEM_TELL_EACH	(60 * HZ)

static void (*vmem_wait_teller)(struct vmem_file *file, u64 ms);

/**
 * vmem_tell_waits_to() - set what is called when a wait is reported
 * @tell: called in process context with the file and the time of its wait in ms
 *
 * Context: before any file exists.
 */
void vmem_tell_waits_to(void (*tell)(struct vmem_file *file, u64 ms))
{
	vmem_wait_teller = tell;
}

/**
 * vmem_reclaim_own() - take memory from a file for a fault of its own
 * @file: file
 *
 * The time counts as a memory stall (PSI) of the caller.
 *
 * Context: process context, no lock of this module.
 * Return: number of pages.
 */
long vmem_reclaim_own(struct vmem_file *file)
{
	unsigned long flags;
	long pages;

	psi_memstall_enter(&flags);
	pages = vmem_reclaim(file, VMEM_RECLAIM_OWN, vmem_file_bounds(file).methods);
	psi_memstall_leave(&flags);
	return pages;
}

static bool vmem_is_waiting(const struct vmem_file *file, unsigned long now)
{
	lockdep_assert_held(&file->wait_lock);
	return file->wait_last && time_before_eq(now, file->wait_last + VMEM_WAIT_END);
}

/* Returns how many jiffies it has waited if it is time to report that, or 0. */
static unsigned long vmem_note_wait(struct vmem_file *file)
{
	unsigned long now = jiffies ?: 1, waited;
	bool tell;

	spin_lock(&file->wait_lock);
	if (!vmem_is_waiting(file, now)) {
		file->wait_start = now;
		file->wait_told = 0;
	}
	file->wait_last = now;
	waited = now - file->wait_start;
	tell = waited >= VMEM_TELL_AFTER &&
	       (!file->wait_told || now - file->wait_told >= VMEM_TELL_EACH);
	if (tell)
		file->wait_told = now;
	spin_unlock(&file->wait_lock);
	return tell ? waited : 0;
}

static void vmem_tell_wait(struct vmem_file *file, unsigned long waited)
{
	const char *where = vmem_group_is_short(file, 0) ?
		"its memory cgroup is at its limit: raise memory.max" :
		!vmem_may_grow(file, 1) ?
		"it has what its shares and limits allow: vsctl memory vm" :
		"the host has none left: end or move a guest";

	pr_warn("vmem: file %llu: its guest has stood still for want of memory for %u s; %s%s\n",
		(u64)file->inode.i_ino, jiffies_to_msecs(waited) / 1000, where,
		vmem_swap_has_room(file) ? "" :
		", or give the guest (more) swap: vsctl memory set FILE swap PATH");
	if (vmem_wait_teller)
		vmem_wait_teller(file, jiffies_to_msecs(waited));
}

/**
 * vmem_waiting() - for how long a guest has waited for memory
 * @file: file
 *
 * Return: ms; 0 if it does not wait.
 */
u64 vmem_waiting(struct vmem_file *file)
{
	unsigned long now = jiffies;
	u64 ms = 0;

	spin_lock(&file->wait_lock);
	if (vmem_is_waiting(file, now))
		ms = jiffies_to_msecs(now - file->wait_start) ?: 1;
	spin_unlock(&file->wait_lock);
	return ms;
}

static void vmem_note_success(struct vmem_file *file)
{
	if (!READ_ONCE(file->wait_last))
		return;
	spin_lock(&file->wait_lock);
	file->wait_last = 0;
	spin_unlock(&file->wait_lock);
}

/* Wait for pages that are being written, or for a moment. */
static void vmem_rest(struct vmem_file *file)
{
	long timeout = msecs_to_jiffies(VMEM_WAIT_MS);
	unsigned long flags;

	psi_memstall_enter(&flags);
	if (!vmem_swap_wait(file, timeout))
		schedule_timeout_killable(timeout);
	psi_memstall_leave(&flags);
}

/**
 * vmem_wait_for_memory() - reclaim memory for a file, or wait for some
 * @file: file that needs memory
 *
 * Takes a step of reclaim, or 10 ms, which count as a memory stall (PSI) of the caller.
 *
 * Context: process context, no lock of this module.
 * Return: 0 to try again, -EINTR if the caller is being killed.
 */
int vmem_wait_for_memory(struct vmem_file *file)
{
	u64 start = local_clock();
	unsigned long waited;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (vmem_reclaim_own(file)) {
		vmem_note_success(file);
	} else {
		waited = vmem_note_wait(file);
		if (waited)
			vmem_tell_wait(file, waited);
		vmem_wake_reclaim();
		vmem_rest(file);
		vmem_count_event(file, VMEM_A_EVENTS_WAIT);
	}
	vmem_count_events(file, VMEM_A_EVENTS_WAIT_TIME, max_t(s64, local_clock() - start, 0));
	vmem_count_fault(file, VMEM_FAULT_KIND_WAITING, start);
	return fatal_signal_pending(current) ? -EINTR : 0;
}
