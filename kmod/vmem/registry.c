// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of files.  Scanners, reclaim and netlink requests, which do not have a file
 * open, find and hold it here.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "vmem.h"

static DEFINE_SPINLOCK(vmem_files_lock);	/* a leaf */
static LIST_HEAD(vmem_files);	/* by rising inode number; under vmem_files_lock */

/* Of a file about which nobody has decided */
const struct vmem_bounds vmem_no_bounds = {
	.target = ULONG_MAX,
	.ceiling = ULONG_MAX,
	.methods = VMEM_METHODS_ALL,
};

/**
 * vmem_registry_add() - give a file its number, and let it be found
 * @file: new file
 *
 * Numbers are unique among all mounts and never used again.
 */
void vmem_registry_add(struct vmem_file *file)
{
	static unsigned long last;

	refcount_set(&file->users, 1);
	init_completion(&file->unused);
	spin_lock(&vmem_files_lock);
	file->inode.i_ino = ++last;
	file->salt = VMEM_SALT_OWN | file->inode.i_ino;
	file->group = VMEM_GROUP_OWN | file->inode.i_ino;
	file->bounds = vmem_no_bounds;
	list_add_tail(&file->link, &vmem_files);
	spin_unlock(&vmem_files_lock);
}

/**
 * vmem_registry_remove() - hide a file, and wait until nobody works on it
 * @file: file
 *
 * Others hold a file for a step of their work at most.
 *
 * Context: process context, no lock of this module.
 */
void vmem_registry_remove(struct vmem_file *file)
{
	spin_lock(&vmem_files_lock);
	list_del(&file->link);
	spin_unlock(&vmem_files_lock);
	vmem_file_put(file);
	wait_for_completion(&file->unused);
}

/**
 * vmem_file_next() - find the file after another
 * @id: inode number, 0 for the first file
 *
 * Return: the file with the next higher number, to be given back with
 * vmem_file_put(), or NULL.
 */
struct vmem_file *vmem_file_next(u64 id)
{
	struct vmem_file *file, *found = NULL;

	spin_lock(&vmem_files_lock);
	list_for_each_entry(file, &vmem_files, link) {
		if (file->inode.i_ino > id && refcount_inc_not_zero(&file->users)) {
			found = file;
			break;
		}
	}
	spin_unlock(&vmem_files_lock);
	return found;
}
EXPORT_SYMBOL_GPL(vmem_file_next);

/**
 * vmem_file_get() - find a file
 * @id: inode number
 *
 * Return: the file, to be given back with vmem_file_put(), or NULL.
 */
struct vmem_file *vmem_file_get(u64 id)
{
	struct vmem_file *file = id ? vmem_file_next(id - 1) : NULL;

	if (!file || file->inode.i_ino == id)
		return file;
	vmem_file_put(file);
	return NULL;
}
EXPORT_SYMBOL_GPL(vmem_file_get);

/**
 * vmem_file_put() - end work on a file
 * @file: file from vmem_file_get() or vmem_file_next()
 */
void vmem_file_put(struct vmem_file *file)
{
	if (refcount_dec_and_test(&file->users))
		complete(&file->unused);
}
EXPORT_SYMBOL_GPL(vmem_file_put);

/**
 * vmem_file_id() - the number of a file
 * @file: file
 *
 * Return: its inode number, unique among all mounts.
 */
u64 vmem_file_id(const struct vmem_file *file)
{
	return file->inode.i_ino;
}
EXPORT_SYMBOL_GPL(vmem_file_id);

/**
 * vmem_file_salt() - with whom a file may share
 * @file: file
 *
 * Return: the salt now; with %VMEM_SALT_OWN in it, no other file has it.
 */
u64 vmem_file_salt(const struct vmem_file *file)
{
	return READ_ONCE(file->salt);
}
EXPORT_SYMBOL_GPL(vmem_file_salt);

/**
 * vmem_file_count() - how many pages of a file are in a state
 * @file: file
 * @state: not %VMEM_ABSENT
 *
 * Return: their number now.
 */
unsigned long vmem_file_count(const struct vmem_file *file, enum vmem_state state)
{
	return atomic_long_read(&file->count[state]);
}
EXPORT_SYMBOL_GPL(vmem_file_count);

/**
 * vmem_managed_pages() - how many pages of a file can be shared or reclaimed
 * @file: file
 *
 * Return: its size in pages; 0 without a size, and for a reserved file.
 */
pgoff_t vmem_managed_pages(const struct vmem_file *file)
{
	return vmem_is_reserved(file) ? 0 : vmem_file_pages(file);
}
EXPORT_SYMBOL_GPL(vmem_managed_pages);

/**
 * vmem_kind_is_reserved() - whether a file's memory is allocated in advance and stays
 * @file: file
 *
 * Return: true if it is.
 */
bool vmem_kind_is_reserved(const struct vmem_file *file)
{
	return vmem_is_reserved(file);
}
EXPORT_SYMBOL_GPL(vmem_kind_is_reserved);

/**
 * vmem_file_group() - the VM that a file belongs to
 * @file: file
 *
 * Return: what vmem_set_group() was told; with %VMEM_GROUP_OWN in it, no other file has it.
 */
u64 vmem_file_group(const struct vmem_file *file)
{
	return READ_ONCE(file->group);
}
EXPORT_SYMBOL_GPL(vmem_file_group);

/**
 * vmem_set_group() - let a file belong to a VM
 * @file: file
 * @group: the VM's number
 */
void vmem_set_group(struct vmem_file *file, u64 group)
{
	WRITE_ONCE(file->group, group);
}
EXPORT_SYMBOL_GPL(vmem_set_group);

/**
 * vmem_set_bounds() - decide how much memory a file should have
 * @file: file
 * @bounds: how much, and how it may be taken
 */
void vmem_set_bounds(struct vmem_file *file, const struct vmem_bounds *bounds)
{
	WRITE_ONCE(file->bounds.target, bounds->target);
	WRITE_ONCE(file->bounds.ceiling, bounds->ceiling);
	WRITE_ONCE(file->bounds.methods, bounds->methods);
}
EXPORT_SYMBOL_GPL(vmem_set_bounds);

/**
 * vmem_file_bounds() - how much memory a file should have
 * @file: file
 *
 * Return: what vmem_set_bounds() was told, perhaps members of two calls.
 */
struct vmem_bounds vmem_file_bounds(const struct vmem_file *file)
{
	return (struct vmem_bounds){
		.target = READ_ONCE(file->bounds.target),
		.ceiling = READ_ONCE(file->bounds.ceiling),
		.methods = READ_ONCE(file->bounds.methods),
	};
}
EXPORT_SYMBOL_GPL(vmem_file_bounds);
