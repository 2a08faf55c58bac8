// SPDX-License-Identifier: GPL-2.0
/*
 * NUMA policy: where a guest's memory comes from.
 *
 * A process sets it with mbind(), as QEMU does for host-nodes=, or for the whole process
 * with set_mempolicy() and its cpuset.  A fault knows the policy, but threads without one
 * split blocks and read pages back.  So each block remembers the policy of its last fault,
 * as an index into a small table of its file.
 */
#include <linux/cpuset.h>
#include <linux/mempolicy.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "vmem.h"

#define VMEM_PLACES	16

/**
 * struct vmem_place - a NUMA policy
 * @mode: MPOL_*
 * @mapping: the policy is the mapping's, and wins over that of a process
 * @nodes: of the policy
 * @allowed: by the cpuset
 */
struct vmem_place {
	unsigned short mode;
	bool mapping;
	nodemask_t nodes;
	nodemask_t allowed;
};

/**
 * struct vmem_places - the places of a file
 * @lock: protects all of it; a leaf
 * @count: number of places in use
 * @next: the one to replace next when all are
 * @place: the places
 */
struct vmem_places {
	spinlock_t lock; /* see above */
	unsigned int count;
	unsigned int next;
	struct vmem_place place[VMEM_PLACES];
};

#ifdef CONFIG_NUMA

static void vmem_place_of(struct vmem_place *place, const struct vm_area_struct *vma)
{
	const struct mempolicy *policy = vma->vm_policy ?: current->mempolicy;

	memset(place, 0, sizeof(*place));
	if (policy) {
		place->mode = policy->mode;
		place->nodes = policy->nodes;
	}
	place->mapping = vma->vm_policy;
	place->allowed = cpuset_current_mems_allowed;
}

static unsigned int vmem_place_find(struct vmem_places *places, const struct vmem_place *wanted)
{
	unsigned int i;

	for (i = 0; i < places->count; i++)
		if (!memcmp(&places->place[i], wanted, sizeof(*wanted)))
			return i;
	if (places->count < VMEM_PLACES)
		places->count++;
	else
		i = places->next++ % VMEM_PLACES;
	places->place[i] = *wanted;
	return i;
}

/**
 * vmem_place_note() - remember the policy of a fault for its block
 * @file: file
 * @block: its block that has the page
 * @vma: mapping in which the fault is
 *
 * Faults on behalf of another process do not count, such as those of a kernel thread for
 * an asynchronous page fault of KVM.
 *
 * Context: &vmem_block.lock.
 */
void vmem_place_note(struct vmem_file *file, struct vmem_block *block,
		     const struct vm_area_struct *vma)
{
	struct vmem_places *places = READ_ONCE(file->places);
	struct vmem_place place;
	bool keep;

	lockdep_assert_held(&block->lock);
	if (!places || current->mm != vma->vm_mm)
		return;
	vmem_place_of(&place, vma);
	spin_lock(&places->lock);
	keep = block->place && places->place[block->place - 1].mapping && !place.mapping;
	if (!keep)
		block->place = vmem_place_find(places, &place) + 1;
	spin_unlock(&places->lock);
}

static bool vmem_place_get(const struct vmem_file *file, const struct vmem_block *block,
			   struct vmem_place *place)
{
	struct vmem_places *places = READ_ONCE(file->places);
	unsigned int number = READ_ONCE(block->place);

	if (!places || !number)
		return false;
	spin_lock(&places->lock);
	*place = places->place[number - 1];
	spin_unlock(&places->lock);
	return true;
}

/* The preferred node: @nid, unless the policy says otherwise */
static int vmem_place_node(const struct vmem_place *place, int nid, unsigned long number)
{
	unsigned int n;
	int node;

	if (nodes_empty(place->nodes) || place->mode == MPOL_DEFAULT || place->mode == MPOL_LOCAL)
		return nid;
	if (place->mode == MPOL_BIND || place->mode == MPOL_PREFERRED ||
	    place->mode == MPOL_PREFERRED_MANY)
		return node_isset(nid, place->nodes) ? nid : first_node(place->nodes);
	node = first_node(place->nodes);
	for (n = number % nodes_weight(place->nodes); n; n--)
		node = next_node_in(node, place->nodes);
	return node;
}

/**
 * vmem_place_alloc() - allocate a folio by the policy of its block
 * @file: file
 * @index: index of the folio's first page in the file
 * @gfp: how
 * @order: of its size
 *
 * Return: the folio, or NULL without memory.
 */
struct folio *vmem_place_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp,
			       unsigned int order)
{
	struct vmem_block *block = vmem_block_of(file, index);
	struct folio *huge = READ_ONCE(block->huge);
	int nid = huge ? folio_nid(huge) : numa_mem_id();
	struct vmem_place place;
	nodemask_t mask;

	if (!vmem_place_get(file, block, &place))
		return huge ? __folio_alloc(gfp, order, nid, NULL) : folio_alloc(gfp, order);
	mask = place.allowed;
	if (place.mode == MPOL_BIND && nodes_intersects(place.nodes, place.allowed))
		nodes_and(mask, place.nodes, place.allowed);
	nid = vmem_place_node(&place, nid, index >> order);
	if (!node_online(nid))
		nid = numa_mem_id();
	return __folio_alloc(gfp, order, nid, &mask);
}

/**
 * vmem_place_is_wrong() - whether the memory of a block is on a wrong node
 * @file: file
 * @block: block, huge
 *
 * Return: true if its policy names nodes, and not the one that it is on.
 */
bool vmem_place_is_wrong(const struct vmem_file *file, const struct vmem_block *block)
{
	struct vmem_place place;

	return vmem_place_get(file, block, &place) && !nodes_empty(place.nodes) &&
	       !node_isset(folio_nid(block->huge), place.nodes);
}

/**
 * vmem_place_create() - allocate the places of a file; none on a host with one node
 * @file: file
 *
 * Return: 0 or -ENOMEM.
 */
int vmem_place_create(struct vmem_file *file)
{
	if (nr_node_ids == 1)
		return 0;
	file->places = kzalloc(sizeof(*file->places), GFP_KERNEL_ACCOUNT);
	if (!file->places)
		return -ENOMEM;
	spin_lock_init(&file->places->lock);
	return 0;
}

#else

void vmem_place_note(struct vmem_file *file, struct vmem_block *block,
		     const struct vm_area_struct *vma)
{
}

struct folio *vmem_place_alloc(struct vmem_file *file, pgoff_t index, gfp_t gfp,
			       unsigned int order)
{
	return folio_alloc(gfp, order);
}

bool vmem_place_is_wrong(const struct vmem_file *file, const struct vmem_block *block)
{
	return false;
}

int vmem_place_create(struct vmem_file *file)
{
	return 0;
}

#endif

/**
 * vmem_place_destroy() - free the places of a file
 * @file: file
 */
void vmem_place_destroy(struct vmem_file *file)
{
	kfree(file->places);
	file->places = NULL;
}
