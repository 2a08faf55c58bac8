/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory states of the host, as ESX has them.  Pure: the unit tests of userspace
 * include this file.
 */
#ifndef _VMEM_HOST_STATE_H
#define _VMEM_HOST_STATE_H

/* A state is left for a better one when so much more is available, per cent of min_free. */
#define VMEM_STATE_MARGIN	8

/* Below what is available, per cent of min_free, the state is worse than this one */
static const unsigned char vmem_state_below[] = { 100, 64, 32, 16 };

/**
 * vmem_min_free() - what a host should keep available: ESX's sliding scale
 * @total: pages of the host
 * @gib: pages of a GiB
 *
 * Return: 6 % of the first 4 GiB, 4 % of the next 8, 2 % of the next 16, 1 % of the rest.
 */
static inline u64 vmem_min_free(u64 total, u64 gib)
{
	return (min(total, 4 * gib) * 2 + min(total, 12 * gib) * 2 + min(total, 28 * gib) +
		total) / 100;
}

/**
 * vmem_state_limit() - how much has to be available for a state not to get worse
 * @state: not the worst
 * @min_free: pages that the host should keep available
 *
 * Return: pages.
 */
static inline u64 vmem_state_limit(unsigned int state, u64 min_free)
{
	return min_free * vmem_state_below[state] / 100;
}

/**
 * vmem_state_end() - how much has to be available for a state to end
 * @state: not the best
 * @min_free: pages that the host should keep available
 *
 * Return: pages.
 */
static inline u64 vmem_state_end(unsigned int state, u64 min_free)
{
	return min_free * (vmem_state_below[state - 1] + VMEM_STATE_MARGIN) / 100;
}

/**
 * vmem_state_after() - the state that follows
 * @state: the state until now; 0 is the best
 * @available: pages that are available
 * @min_free: pages that should be
 *
 * Return: the state.
 */
static inline unsigned int vmem_state_after(unsigned int state, u64 available, u64 min_free)
{
	while (state < sizeof(vmem_state_below) && available < vmem_state_limit(state, min_free))
		state++;
	while (state && available >= vmem_state_end(state, min_free))
		state--;
	return state;
}

#endif /* _VMEM_HOST_STATE_H */
