/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is entitled to how much memory: integer arithmetic alone.  Pure: the unit tests of
 * userspace compile it too, and bring the types and div64_u64() with them.
 */
#ifndef _BALLOON_ENTITLEMENT_H
#define _BALLOON_ENTITLEMENT_H

#ifdef __KERNEL__
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#endif

/* The arithmetic is exact up to here: 256 TiB, and 20 shares for each MiB of that */
#define BLN_PAGES_MAX	0x1000000000ULL
#define BLN_SHARES_MAX	0x400000000ULL
#define BLN_TAX_MAX	99U	/* per cent */

/* A target rises once in so many computations, unless its entitlement has risen by a band. */
#define BLN_SETTLE	8

/**
 * struct bln_claim - what a VM asks for, and what it is entitled to, in pages
 * @shares: its weight, 1 to BLN_SHARES_MAX
 * @min: it gets that much in any case
 * @max: more is of no use to it, or not allowed; @min to BLN_PAGES_MAX
 * @active: how much it uses; the rest, up to @max, is idle
 * @entitled: the result, @min to @max
 */
struct bln_claim {
	u64 shares;
	u64 min;
	u64 max;
	u64 active;
	u64 entitled;
};

/**
 * struct bln_target - what a VM is held to: its entitlement without the noise
 * @pages: never above the entitlement
 * @above: computations in a row that had the entitlement above it
 */
struct bln_target {
	u64 pages;
	unsigned int above;
};

u64 bln_entitle(struct bln_claim *claims, unsigned int count, u64 total, unsigned int tax);
u64 bln_activity(u64 size, bool measured, u64 active, u64 fixed);
bool bln_follow(struct bln_target *target, const struct bln_claim *claim, u64 band);

#endif /* _BALLOON_ENTITLEMENT_H */
