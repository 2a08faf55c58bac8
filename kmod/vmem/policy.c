// SPDX-License-Identifier: GPL-2.0
/*
 * The policy: who decides which guest gives memory, which may have more, and which may be
 * there at all.  Without one, all give in turns, and memory is who asks first's.
 */
#include <linux/srcu.h>

#include "vmem.h"

DEFINE_STATIC_SRCU(vmem_policy_srcu);
static const struct vmem_policy __rcu *vmem_policy;

/**
 * vmem_policy_set() - let a module decide
 * @policy: its functions
 *
 * Return: 0, or -EBUSY if another module does.
 */
int vmem_policy_set(const struct vmem_policy *policy)
{
	const struct vmem_policy __rcu *none = NULL;

	return try_cmpxchg(&vmem_policy, &none, RCU_INITIALIZER(policy)) ? 0 : -EBUSY;
}
EXPORT_SYMBOL_GPL(vmem_policy_set);

/**
 * vmem_policy_clear() - decide without a module again
 *
 * On return none of its functions runs any more, and no file has bounds of it.
 *
 * Context: process context; the module whose policy is set.
 */
void vmem_policy_clear(void)
{
	struct vmem_file *file;
	u64 id = 0;

	RCU_INIT_POINTER(vmem_policy, NULL);
	synchronize_srcu(&vmem_policy_srcu);
	while ((file = vmem_file_next(id))) {
		id = file->inode.i_ino;
		vmem_set_bounds(file, &vmem_no_bounds);
		vmem_set_group(file, VMEM_GROUP_OWN | id);
		vmem_file_put(file);
	}
}
EXPORT_SYMBOL_GPL(vmem_policy_clear);

/**
 * vmem_next_victim() - find the next file that has to give memory
 * @after: number of the file before it, 0 for the first
 * @state: state of the host
 * @pages: gets how many
 * @methods: gets VMEM_METHOD_*
 *
 * Context: process context.
 * Return: the file, to be given back with vmem_file_put(), or NULL.
 */
struct vmem_file *vmem_next_victim(u64 after, enum vmem_memory_state state, long *pages,
				   unsigned int *methods)
{
	const struct vmem_policy *policy;
	struct vmem_file *file = NULL;
	int section = srcu_read_lock(&vmem_policy_srcu);

	*pages = vmem_host_batch(state);
	*methods = VMEM_METHODS_ALL;
	policy = srcu_dereference(vmem_policy, &vmem_policy_srcu);
	if (policy)
		file = policy->next_victim(after, pages, methods);
	else if (*pages)
		file = vmem_file_next(after);
	srcu_read_unlock(&vmem_policy_srcu, section);
	return file;
}

/**
 * vmem_admit() - whether a file may have a size
 * @file: file, which has none yet
 * @pages: size
 *
 * Context: i_rwsem.
 * Return: 0 or an error.
 */
int vmem_admit(struct vmem_file *file, pgoff_t pages)
{
	const struct vmem_policy *policy;
	int section = srcu_read_lock(&vmem_policy_srcu), err = 0;

	policy = srcu_dereference(vmem_policy, &vmem_policy_srcu);
	if (policy)
		err = policy->admit(file, pages);
	srcu_read_unlock(&vmem_policy_srcu, section);
	return err;
}

/**
 * vmem_may_grow() - whether a file may have more memory now
 * @file: file
 * @pages: how much
 *
 * Context: process context.
 * Return: false if it has to wait, and give some.
 */
bool vmem_may_grow(struct vmem_file *file, unsigned long pages)
{
	const struct vmem_policy *policy;
	bool may = true;
	int section;

	if (likely(!rcu_access_pointer(vmem_policy)))
		return true;
	section = srcu_read_lock(&vmem_policy_srcu);
	policy = srcu_dereference(vmem_policy, &vmem_policy_srcu);
	if (policy)
		may = policy->may_grow(file, pages);
	srcu_read_unlock(&vmem_policy_srcu, section);
	return may;
}
