// SPDX-License-Identifier: GPL-2.0
/*
 * VMs, what their files have and use, and whether all that is reserved fits.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "balloon.h"

/* Part of a VM's size that is kept about it: slots, checksums, page tables */
#define BLN_OVERHEAD(pages)	((pages) / 128)

DEFINE_MUTEX(bln_lock);		/* protects all VMs */
DEFINE_XARRAY(bln_vms);		/* by group; under bln_lock */
static u64 bln_last_group;	/* under bln_lock */

static_assert((int)BALLOON_VM_METHOD_SWAP == (int)VMEM_METHOD_SWAP);

static const struct bln_settings bln_default_settings = {
	.level = BALLOON_LEVEL_NORMAL,
	.methods = VMEM_METHODS_ALL,
};

/**
 * bln_vm_find() - find a VM by its name
 * @name: name, not empty
 *
 * Context: bln_lock.
 * Return: the VM or NULL.
 */
struct bln_vm *bln_vm_find(const char *name)
{
	struct bln_vm *vm;
	unsigned long group;

	lockdep_assert_held(&bln_lock);
	xa_for_each(&bln_vms, group, vm)
		if (!strcmp(vm->name, name))
			return vm;
	return NULL;
}

/**
 * bln_vm_create() - make a VM without files
 * @group: its number; 0 for a new one
 * @name: its name, which no other has, or empty
 *
 * Context: bln_lock.
 * Return: the VM, or NULL without memory.
 */
struct bln_vm *bln_vm_create(u64 group, const char *name)
{
	struct bln_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL | __GFP_NOWARN);

	lockdep_assert_held(&bln_lock);
	if (!vm)
		return NULL;
	vm->group = group ?: ++bln_last_group;
	strscpy(vm->name, name, sizeof(vm->name));
	vm->settings = bln_default_settings;
	if (!xa_err(xa_store(&bln_vms, vm->group, vm, GFP_KERNEL | __GFP_NOWARN)))
		return vm;
	kfree(vm);
	return NULL;
}

/**
 * bln_vm_remove() - forget a VM
 * @vm: VM without files
 *
 * Context: bln_lock.
 */
void bln_vm_remove(struct bln_vm *vm)
{
	lockdep_assert_held(&bln_lock);
	xa_erase(&bln_vms, vm->group);
	kfree(vm);
}

/**
 * bln_vm_get_files() - which files a VM has
 * @vm: VM
 * @ids: gets their numbers, BLN_FILES_MAX at most
 *
 * Return: how many.
 */
int bln_vm_get_files(const struct bln_vm *vm, u64 *ids)
{
	struct vmem_file *file;
	int count = 0;
	u64 id = 0;

	while (count < BLN_FILES_MAX && (file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		if (vmem_file_group(file) == vm->group)
			ids[count++] = id;
		vmem_file_put(file);
	}
	return count;
}

static void bln_set_group(u64 id, u64 group)
{
	struct vmem_file *file = vmem_file_get(id);

	if (!file)
		return;
	vmem_set_group(file, group);
	vmem_file_put(file);
}

static int bln_check_file(const struct bln_vm *vm, u64 id, struct netlink_ext_ack *extack)
{
	struct vmem_file *file = vmem_file_get(id);
	const struct bln_vm *other;
	u64 group;

	if (!file) {
		NL_SET_ERR_MSG_FMT(extack, "there is no file with id %llu", id);
		return -ENOENT;
	}
	group = vmem_file_group(file);
	vmem_file_put(file);
	if (group & VMEM_GROUP_OWN || group == vm->group)
		return 0;
	other = xa_load(&bln_vms, group);
	NL_SET_ERR_MSG_FMT(extack, "file %llu belongs to VM '%.30s'", id, other ? other->name : "");
	return -EBUSY;
}

/**
 * bln_vm_set_files() - give a VM these files, and no others
 * @vm: VM
 * @ids: their numbers
 * @count: how many, BLN_FILES_MAX at most
 * @extack: gets the reason of a refusal
 *
 * Context: bln_lock.
 * Return: 0; -ENOENT or -EBUSY, and nothing has changed.
 */
int bln_vm_set_files(struct bln_vm *vm, const u64 *ids, int count, struct netlink_ext_ack *extack)
{
	u64 old[BLN_FILES_MAX];
	int i, had, err;

	lockdep_assert_held(&bln_lock);
	for (i = 0; i < count; i++) {
		err = bln_check_file(vm, ids[i], extack);
		if (err)
			return err;
	}
	had = bln_vm_get_files(vm, old);
	for (i = 0; i < had; i++)
		bln_set_group(old[i], VMEM_GROUP_OWN | old[i]);
	for (i = 0; i < count; i++)
		bln_set_group(ids[i], vm->group);
	return 0;
}

/**
 * bln_vm_shares() - the weight of a VM
 * @vm: VM
 *
 * Return: its shares, 1 to BLN_SHARES_MAX.
 */
u64 bln_vm_shares(const struct bln_vm *vm)
{
	static const unsigned int per_mib[] = {
		[BALLOON_LEVEL_LOW] = 5,
		[BALLOON_LEVEL_NORMAL] = 10,
		[BALLOON_LEVEL_HIGH] = 20,
	};

	if (vm->settings.level == BALLOON_LEVEL_CUSTOM)
		return vm->settings.shares;
	return clamp((vm->usage.size >> (20 - PAGE_SHIFT)) * per_mib[vm->settings.level], 1ULL,
		     BLN_SHARES_MAX);
}

static void bln_add_file(struct bln_vm *vm, struct vmem_file *file)
{
	struct vmem_usage usage;

	vmem_get_usage(file, &usage);
	vm->files++;
	vm->usage.size += usage.size;
	vm->usage.reserved += usage.reserved;
	vm->usage.granted += usage.granted;
	vm->usage.away += usage.away;
	vm->usage.active += bln_activity(usage.size, usage.measured, usage.active, usage.reserved);
}

/**
 * bln_measure() - add up what the files of each VM have and use
 *
 * Files that belong to no VM get one each, without a name, that goes when they do.
 *
 * Context: bln_lock.
 */
void bln_measure(void)
{
	struct vmem_file *file;
	unsigned long group;
	struct bln_vm *vm;
	u64 id = 0;

	lockdep_assert_held(&bln_lock);
	xa_for_each(&bln_vms, group, vm) {
		vm->files = 0;
		memset(&vm->usage, 0, sizeof(vm->usage));
	}
	while ((file = vmem_file_next(id))) {
		id = vmem_file_id(file);
		group = vmem_file_group(file);
		vm = xa_load(&bln_vms, group) ?: bln_vm_create(group, "");
		if (vm)		/* or else it is for the next time */
			bln_add_file(vm, file);
		vmem_file_put(file);
	}
	xa_for_each_start(&bln_vms, group, vm, VMEM_GROUP_OWN)
		if (!vm->files)
			bln_vm_remove(vm);
}

/**
 * bln_capacity() - how much memory can be reserved
 *
 * Return: pages: all but what the host should keep available.
 */
u64 bln_capacity(void)
{
	struct vmem_host host;

	vmem_host_get(&host);
	return totalram_pages() - min_t(u64, totalram_pages(), host.min_free);
}

/**
 * bln_commitment() - what a VM has reserved, if it had this size
 * @vm: VM
 * @size: size in pages
 * @reserved: pages of reserved files
 *
 * Return: pages, with the overhead.
 */
u64 bln_commitment(const struct bln_vm *vm, u64 size, u64 reserved)
{
	return max(vm->settings.reservation, reserved) + BLN_OVERHEAD(size);
}

/**
 * bln_committed() - how much memory is reserved
 *
 * Context: bln_lock, and bln_measure() has been called.
 * Return: pages, with the overhead.
 */
u64 bln_committed(void)
{
	unsigned long group;
	struct bln_vm *vm;
	u64 pages = 0;

	lockdep_assert_held(&bln_lock);
	xa_for_each(&bln_vms, group, vm)
		pages += bln_commitment(vm, vm->usage.size, vm->usage.reserved);
	return pages;
}

/**
 * bln_vm_exit() - forget all VMs
 */
void bln_vm_exit(void)
{
	unsigned long group;
	struct bln_vm *vm;

	xa_for_each(&bln_vms, group, vm)
		kfree(vm);
	xa_destroy(&bln_vms);
}
