// SPDX-License-Identifier: GPL-2.0
/* The entitlements of kmod/balloon: what they promise, for any claims. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "unit.h"

typedef uint64_t u64;

#define U64_MAX		UINT64_MAX
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#define clamp(v, a, b)	min(max(v, a), b)

static u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

#include "../../kmod/balloon/entitlement.c"

#define TAX	75
#define VMS	40
#define ROUNDS	3000

static u64 random_below(u64 end)
{
	u64 number = (u64)random() << 40 ^ (u64)random() << 20 ^ (u64)random();

	return number % end;
}

/* Of any magnitude, often 0 */
static u64 random_up_to(u64 end)
{
	return random_below((end >> random_below(40)) + 1);
}

static void make_claim(struct bln_claim *claim)
{
	claim->shares = 1 + random_up_to(BLN_SHARES_MAX - 1);
	claim->max = random_up_to(BLN_PAGES_MAX);
	claim->min = random() % 3 ? 0 : random_up_to(claim->max);
	claim->active = random_up_to(2 * claim->max);
}

static unsigned int make_claims(struct bln_claim *claims)
{
	unsigned int count = 1 + random() % VMS, i;

	for (i = 0; i < count; i++)
		make_claim(&claims[i]);
	return count;
}

static u64 sum_of(const struct bln_claim *claims, unsigned int count, bool of_min)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		sum += of_min ? claims[i].min : claims[i].max;
	return sum;
}

/* What is there is given out, to the page, between everybody's minimum and maximum. */
static void sum_and_bounds(void)
{
	struct bln_claim claims[VMS];
	unsigned int count, i, round;
	u64 total, sum, least, most;

	srandom(1);
	for (round = 0; round < ROUNDS; round++) {
		count = make_claims(claims);
		least = sum_of(claims, count, true);
		most = sum_of(claims, count, false);
		total = random_up_to(most + most / 4);
		sum = bln_entitle(claims, count, total, random() % (BLN_TAX_MAX + 1));
		CHECK(sum == clamp(total, least, most));
		for (i = 0; i < count; i++) {
			CHECK(claims[i].entitled >= claims[i].min);
			CHECK(claims[i].entitled <= claims[i].max);
			sum -= claims[i].entitled;
		}
		CHECK(!sum);
	}
}

/* More shares, or a higher minimum or maximum, or more memory, never mean less. */
static void monotone(void)
{
	struct bln_claim claims[VMS], *claim;
	unsigned int count, round, what;
	u64 total, before, slack;

	srandom(2);
	for (round = 0; round < ROUNDS; round++) {
		count = make_claims(claims);
		claim = &claims[random() % count];
		total = random_up_to(sum_of(claims, count, false));
		bln_entitle(claims, count, total, TAX);
		before = claim->entitled;
		what = random() % 4;
		if (what == 0)
			claim->shares += random_below(BLN_SHARES_MAX - claim->shares + 1);
		else if (what == 1)
			claim->min += random_below(claim->max - claim->min + 1);
		else if (what == 2)
			claim->max += random_below(BLN_PAGES_MAX - claim->max + 1);
		else
			total += random_up_to(total);
		bln_entitle(claims, count, total, TAX);
		/* What was left over may have gone to it before. */
		slack = 1 + (before >> 19);
		CHECK(claim->entitled + slack >= before);
	}
}

/* What it pays for a page */
static double price(const struct bln_claim *claim, unsigned int tax)
{
	double pages = claim->entitled, cost = pages;

	if (pages > claim->active)
		cost = claim->active + (pages - claim->active) * 100 / (100 - tax);
	return claim->shares / cost;
}

/* Min-funding revocation as the paper has it: pages go one by one, from who pays the least. */
static void revoke(struct bln_claim *claims, unsigned int count, u64 total, unsigned int tax)
{
	struct bln_claim *poorest;
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		sum += claims[i].entitled = claims[i].max;
	for (; sum > total; sum--) {
		poorest = NULL;
		for (i = 0; i < count; i++)
			if (claims[i].entitled > claims[i].min &&
			    (!poorest || price(&claims[i], tax) < price(poorest, tax)))
				poorest = &claims[i];
		if (!poorest)
			return;
		poorest->entitled--;
	}
}

static void as_by_revocation(void)
{
	struct bln_claim claims[8], paper[8];
	unsigned int count, i, round, tax;
	u64 total;

	srandom(3);
	for (round = 0; round < 200; round++) {
		count = 1 + random() % 8;
		tax = random() % 91;
		for (i = 0; i < count; i++) {
			claims[i].shares = 1 + random() % 100;
			claims[i].max = random() % 1000;
			claims[i].min = random() % 3 ? 0 : random_below(claims[i].max + 1);
			claims[i].active = random() % 1500;
		}
		total = random_below(sum_of(claims, count, false) + 1);
		memcpy(paper, claims, sizeof(claims));
		bln_entitle(claims, count, total, tax);
		revoke(paper, count, total, tax);
		for (i = 0; i < count; i++)
			CHECK(llabs((long long)(claims[i].entitled - paper[i].entitled)) <= 2);
	}
}

/* The example of section 5: equal shares, one of two VMs idle */
static void idle_pays_tax(void)
{
	struct bln_claim claims[] = {
		{ .shares = 1000, .max = 65536, .active = 65536 },
		{ .shares = 1000, .max = 65536, .active = 0 },
	};

	bln_entitle(claims, 2, 80000, 0);
	CHECK(claims[0].entitled == 40000 && claims[1].entitled == 40000);
	/* An idle page costs four times as much. */
	bln_entitle(claims, 2, 80000, TAX);
	CHECK(claims[0].entitled == 64000 && claims[1].entitled == 16000);
	/* It wakes up. */
	claims[1].active = 65536;
	bln_entitle(claims, 2, 80000, TAX);
	CHECK(claims[0].entitled == 40000 && claims[1].entitled == 40000);
	/* Its owner has paid for more. */
	claims[1].active = 0;
	claims[1].min = 30000;
	bln_entitle(claims, 2, 80000, TAX);
	CHECK(claims[0].entitled == 50000 && claims[1].entitled == 30000);
	claims[1].min = 0;
	claims[0].shares = 2000;
	bln_entitle(claims, 2, 72000, TAX);
	CHECK(claims[0].entitled == 64000 && claims[1].entitled == 8000);
}

/* Who cannot be measured pays no tax; nor does what nobody could take. */
static void unknown_is_not_idle(void)
{
	CHECK(bln_activity(1000, false, 0, 0) == 1000);
	CHECK(bln_activity(1000, true, 0, 0) == 0);
	CHECK(bln_activity(1000, true, 300, 0) == 300);
	CHECK(bln_activity(1000, true, 0, 1000) == 1000);	/* all of it is locked */
	CHECK(bln_activity(1000, true, 300, 200) == 300);
	CHECK(bln_activity(1000, true, 5000, 7000) == 1000);
}

/* A guest that touches all it has for show is rid of the tax, and of nothing else. */
static void shares_hold_who_claims_to_use_all(void)
{
	struct bln_claim claims[] = {
		{ .shares = 1000, .max = 60000, .active = 60000 },
		{ .shares = 1000, .max = 60000, .active = 60000 },
		{ .shares = 2000, .max = 60000, .active = 60000 },
	};

	bln_entitle(claims, 3, 80000, TAX);
	CHECK(claims[0].entitled == 20000 && claims[1].entitled == 20000);
	CHECK(claims[2].entitled == 40000);
}

/* Noise below the band turns a target once in BLN_SETTLE computations at most. */
static void targets_seldom_turn(void)
{
	struct bln_target target = { .pages = 10000 };
	struct bln_claim claim = { .max = 20000 };
	u64 before = target.pages, band = 500;
	unsigned int i, since = BLN_SETTLE, rises = 0;

	srandom(4);
	for (i = 0; i < 10000; i++, since++) {
		claim.entitled = 10000 + random_below(band);
		CHECK(bln_follow(&target, &claim, band) == (target.pages != before));
		CHECK(target.pages <= claim.entitled);
		if (target.pages > before) {
			CHECK(since >= BLN_SETTLE);
			since = 0;
			rises++;
		}
		before = target.pages;
	}
	CHECK(rises <= 10000 / BLN_SETTLE);
}

static void targets_follow(void)
{
	struct bln_target target = { .pages = 10000 };
	struct bln_claim claim = { .max = 20000, .entitled = 9999 };
	unsigned int i;

	CHECK(bln_follow(&target, &claim, 500) && target.pages == 9999);
	claim.entitled = 10499;
	CHECK(bln_follow(&target, &claim, 500) && target.pages == 10499);
	claim.entitled = 10500;
	for (i = 1; i < BLN_SETTLE; i++)
		CHECK(!bln_follow(&target, &claim, 500) && target.pages == 10499);
	CHECK(bln_follow(&target, &claim, 500) && target.pages == 10500);
	CHECK(!bln_follow(&target, &claim, 500));
	/* A reservation does not wait. */
	claim.entitled = 10501;
	claim.min = 10501;
	CHECK(bln_follow(&target, &claim, 500) && target.pages == 10501);
}

const struct test entitlement_tests[] = {
	{ "entitlement: sum and bounds", sum_and_bounds },
	{ "entitlement: monotone", monotone },
	{ "entitlement: as by revocation", as_by_revocation },
	{ "entitlement: idle memory pays tax", idle_pays_tax },
	{ "entitlement: unknown is not idle", unknown_is_not_idle },
	{ "entitlement: shares hold who claims to use all", shares_hold_who_claims_to_use_all },
	{ "entitlement: targets seldom turn", targets_seldom_turn },
	{ "entitlement: targets follow", targets_follow },
	{ NULL, NULL }
};
