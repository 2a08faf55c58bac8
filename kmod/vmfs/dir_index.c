// SPDX-License-Identifier: GPL-2.0
/*
 * The names of a directory, hashed, in memory: directories of VMFS-5 have no
 * order on disk, and a lookup must not read all of a large one.
 */
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "vfs.h"

#define FIRST_ROOM	64

static u32 vmfs_dir_name_hash(const char *name, unsigned int len)
{
	return full_name_hash(NULL, name, len);
}

static void vmfs_dir_link_node(struct vmfs_dir_index *index, u32 node)
{
	u32 *head = &index->heads[index->nodes[node].hash & index->mask];

	index->nodes[node].next = *head;
	*head = node;
}

/* Make room for twice as many names. */
static int vmfs_dir_index_grow(struct vmfs_dir_index *index)
{
	u32 room = index->room ? index->room * 2 : FIRST_ROOM, node;
	const gfp_t gfp = GFP_NOFS | __GFP_ACCOUNT;
	struct vmfs_dir_node *nodes = kvmalloc_array(room, sizeof(*nodes), gfp);
	u32 *heads = kvmalloc_array(room, sizeof(*heads), gfp);

	if (!nodes || !heads) {
		kvfree(nodes);
		kvfree(heads);
		return -ENOMEM;
	}
	if (index->count)
		memcpy(nodes, index->nodes, index->count * sizeof(*nodes));
	memset(heads, 0xFF, room * sizeof(*heads));
	kvfree(index->nodes);
	kvfree(index->heads);
	index->nodes = nodes;
	index->heads = heads;
	index->room = room;
	index->mask = room - 1;
	for (node = 0; node < index->count; node++)
		vmfs_dir_link_node(index, node);
	return 0;
}

/**
 * vmfs_dir_index_create() - an empty index
 * @max: names that it can have: more than there are files only in a corrupt directory
 *
 * Return: it, or NULL without memory.
 */
struct vmfs_dir_index *vmfs_dir_index_create(u64 max)
{
	struct vmfs_dir_index *index = kzalloc(sizeof(*index), GFP_NOFS);

	if (!index)
		return NULL;
	index->max = max;
	if (!vmfs_dir_index_grow(index))
		return index;
	kfree(index);
	return NULL;
}

/**
 * vmfs_dir_index_free() - be done with an index
 * @index: it, or NULL
 */
void vmfs_dir_index_free(struct vmfs_dir_index *index)
{
	if (!index)
		return;
	kvfree(index->nodes);
	kvfree(index->heads);
	kfree(index);
}

/**
 * vmfs_dir_index_add() - add a name
 * @index: index
 * @name: the name
 * @len: bytes of it
 * @where: place of its entry
 *
 * Return: 0, -EUCLEAN for more names than there can be, -ENOMEM.
 */
int vmfs_dir_index_add(struct vmfs_dir_index *index, const char *name, unsigned int len, u32 where)
{
	if (index->count >= index->max)
		return -EUCLEAN;
	if (index->count == index->room) {
		int err = vmfs_dir_index_grow(index);

		if (err)
			return err;
	}
	index->nodes[index->count].hash = vmfs_dir_name_hash(name, len);
	index->nodes[index->count].where = where;
	vmfs_dir_link_node(index, index->count++);
	return 0;
}

/* The first node from @node on, in its bucket, with a hash */
static u32 vmfs_dir_skip_others(const struct vmfs_dir_index *index, u32 node, u32 hash)
{
	while (node != VMFS_DIR_NONE && index->nodes[node].hash != hash)
		node = index->nodes[node].next;
	return node;
}

/**
 * vmfs_dir_index_first() - the first entry that may have a name
 * @index: index
 * @name: the name
 *
 * Return: a node, whose entry must be compared, or VMFS_DIR_NONE.
 */
u32 vmfs_dir_index_first(const struct vmfs_dir_index *index, const struct qstr *name)
{
	u32 hash = vmfs_dir_name_hash(name->name, name->len);

	return vmfs_dir_skip_others(index, index->heads[hash & index->mask], hash);
}

/**
 * vmfs_dir_index_next() - the next entry that may have the same name
 * @index: index
 * @node: of vmfs_dir_index_first() or of this function
 *
 * Return: a node, or VMFS_DIR_NONE.
 */
u32 vmfs_dir_index_next(const struct vmfs_dir_index *index, u32 node)
{
	return vmfs_dir_skip_others(index, index->nodes[node].next, index->nodes[node].hash);
}

/**
 * vmfs_dir_index_reserve() - let the next vmfs_dir_index_add() succeed
 * @index: index
 *
 * Return: 0, -EFBIG or -ENOMEM.
 */
int vmfs_dir_index_reserve(struct vmfs_dir_index *index)
{
	if (index->count >= index->max)
		return -EFBIG;
	return index->count < index->room ? 0 : vmfs_dir_index_grow(index);
}

/* The link that leads to a node */
static u32 *vmfs_dir_link_to(struct vmfs_dir_index *index, u32 node)
{
	u32 *link = &index->heads[index->nodes[node].hash & index->mask];

	while (*link != node)
		link = &index->nodes[*link].next;
	return link;
}

/**
 * vmfs_dir_index_remove() - remove a name
 * @index: index
 * @node: of vmfs_dir_index_first() or vmfs_dir_index_next().  The last node takes
 *	its place
 */
void vmfs_dir_index_remove(struct vmfs_dir_index *index, u32 node)
{
	u32 last = index->count - 1;

	*vmfs_dir_link_to(index, node) = index->nodes[node].next;
	if (node != last) {
		*vmfs_dir_link_to(index, last) = node;
		index->nodes[node] = index->nodes[last];
	}
	index->count--;
}
