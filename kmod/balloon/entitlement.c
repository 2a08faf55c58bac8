// SPDX-License-Identifier: GPL-2.0
/*
 * Proportional shares with an idle memory tax (C. Waldspurger, "Memory Resource Management
 * in VMware ESX Server", OSDI 2002, sections 4 and 5).
 *
 * A VM pays for its pages with its shares: one for each page in use, 1 / (1 - tax) for each
 * idle one.  Min-funding revocation takes the next page from the VM that pays the least for
 * a page.  That goes on until all pay the same, except for those that have their minimum
 * already and those that want no more.  So there is one price in the end, and instead of
 * moving pages one by one we search for it.
 */
#include "entitlement.h"

/*
 * A level is the inverse of the price: how much a share buys, in units of 2^-20 pages.  For
 * any VM there is a level that fits 64 bits and buys BLN_PAGES_MAX idle pages at the highest
 * tax; and one level more buys no more than a page, or 2^-20 of what the VM has.
 */
#define BLN_LEVEL_SHIFT	20

static u64 bln_buys(const struct bln_claim *claim, u64 level, unsigned int tax)
{
	bool fits = level <= div64_u64(U64_MAX, claim->shares);
	u64 pages = (fits ? level * claim->shares : U64_MAX) >> BLN_LEVEL_SHIFT;

	if (pages > claim->active)
		pages = claim->active + div64_u64((pages - claim->active) * (100 - tax), 100);
	return clamp(pages, claim->min, claim->max);
}

static u64 bln_buy_all(const struct bln_claim *claims, unsigned int count, u64 level,
		       unsigned int tax)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		pages += bln_buys(&claims[i], level, tax);
	return pages;
}

/**
 * bln_entitle() - divide memory among VMs
 * @claims: the VMs; their @entitled is set
 * @count: how many
 * @total: pages that there are
 * @tax: on idle memory, per cent, up to BLN_TAX_MAX
 *
 * Return: the sum of what they are entitled to: @total, unless the minima need more or the
 * maxima less.
 */
u64 bln_entitle(struct bln_claim *claims, unsigned int count, u64 total, unsigned int tax)
{
	u64 level = 0, bit, sum, more;
	unsigned int i;

	/* The highest level that is paid for */
	for (bit = 1ULL << 63; bit; bit >>= 1)
		if (bln_buy_all(claims, count, level | bit, tax) <= total)
			level |= bit;
	sum = bln_buy_all(claims, count, level, tax);
	for (i = 0; i < count; i++) {
		claims[i].entitled = bln_buys(&claims[i], level, tax);
		/* What is left is less than all would get on the next level. */
		if (sum < total && level < U64_MAX) {
			more = bln_buys(&claims[i], level + 1, tax) - claims[i].entitled;
			more = min(more, total - sum);
			claims[i].entitled += more;
			sum += more;
		}
	}
	return sum;
}

/**
 * bln_activity() - how much of its memory a VM is taken to use
 * @size: pages that it has
 * @measured: whether @active was measured
 * @active: estimate from the host's own samples: a guest is not asked
 * @fixed: pages that cannot be taken (locked, pinned), which no sample can find idle
 *
 * Return: pages; all of them while nothing is known, so that nobody pays tax by mistake.
 */
u64 bln_activity(u64 size, bool measured, u64 active, u64 fixed)
{
	return measured ? min(size, max(active, fixed)) : size;
}

/**
 * bln_follow() - let a target follow an entitlement
 * @target: target
 * @claim: the entitlement, and the minimum
 * @band: rise that is followed at once, in pages
 *
 * It falls at once, since somebody else is entitled to the memory.  A guest that is told to
 * give and take in turns only works for that, so a rise by less than @band has to last.
 *
 * Return: whether it has changed.
 */
bool bln_follow(struct bln_target *target, const struct bln_claim *claim, u64 band)
{
	if (claim->entitled > target->pages && claim->min <= target->pages &&
	    claim->entitled - target->pages < band && ++target->above < BLN_SETTLE)
		return false;
	target->above = 0;
	if (claim->entitled == target->pages)
		return false;
	target->pages = claim->entitled;
	return true;
}
