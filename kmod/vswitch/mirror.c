// SPDX-License-Identifier: GPL-2.0
/*
 * Mirror sessions in a configuration; deliver.c makes the copies.
 *
 * A local destination is an unassigned port: it receives only the copies, and its
 * own frames are dropped, so that no copy returns into forwarding.
 */
#include <linux/slab.h>

#include "vswitch.h"

static void vsw_mirror_free(struct kref *ref)
{
	kfree_rcu(container_of(ref, struct vsw_mirror, ref), rcu);
}

/**
 * vsw_mirror_put() - give back a mirror session
 * @mirror: session, or NULL
 */
void vsw_mirror_put(struct vsw_mirror *mirror)
{
	if (mirror)
		kref_put(&mirror->ref, vsw_mirror_free);
}

/**
 * vsw_mirror_clone() - copy a mirror session
 * @old: session
 * @gfp: how to allocate
 *
 * Return: an unshared copy, or NULL without memory.
 */
struct vsw_mirror *vsw_mirror_clone(const struct vsw_mirror *old, gfp_t gfp)
{
	struct vsw_mirror *mirror = kmemdup(old, sizeof(*old), gfp);

	if (mirror)
		kref_init(&mirror->ref);
	return mirror;
}

/**
 * vsw_mirrors_forget_port() - take a port out of all mirror sessions
 * @draft: draft
 * @id: port that leaves; sessions to it end
 * @gfp: how to allocate, with __GFP_NOFAIL
 */
void vsw_mirrors_forget_port(struct vsw_config *draft, u16 id, gfp_t gfp)
{
	struct vsw_mirror *old, *mirror;
	unsigned int i;

	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++) {
		old = draft->mirrors[i];
		if (!old)
			continue;
		if (old->destination == id) {
			draft->mirrors[i] = NULL;
		} else if (test_bit(id, old->ingress) || test_bit(id, old->egress)) {
			mirror = vsw_mirror_clone(old, gfp);
			__clear_bit(id, mirror->ingress);
			__clear_bit(id, mirror->egress);
			draft->mirrors[i] = mirror;
		} else {
			continue;
		}
		vsw_mirror_put(old);
	}
}

/**
 * vsw_mirror_find() - find a mirror session by its name
 * @config: configuration or draft
 * @name: its name
 *
 * Return: its slot, or -ENOENT.
 */
int vsw_mirror_find(const struct vsw_config *config, const char *name)
{
	int i;

	for (i = 0; i < VSWITCH_MIRRORS_MAX; i++)
		if (config->mirrors[i] && !strcmp(config->mirrors[i]->name, name))
			return i;
	return -ENOENT;
}
