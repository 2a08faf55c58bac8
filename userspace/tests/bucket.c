// SPDX-License-Identifier: GPL-2.0
/* The token buckets of kmod/vswitch, on a clock of the test. */
#include <stdint.h>

#include "../libvs/err.h"
#include "unit.h"

typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;

static u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

#include "../../kmod/vswitch/bucket.h"

#define SECOND	1000000000ULL

/* Sends frames as early as they may be, until @end; how many bytes */
static u64 send_all(struct vsw_bucket *bucket, const struct vsw_rate *rate, u32 len, u64 *now,
		    u64 end)
{
	u64 bytes = 0;

	for (;;) {
		vsw_bucket_fill(bucket, rate, *now);
		*now += vsw_bucket_wait(bucket, rate, len);
		if (*now > end)
			return bytes;
		vsw_bucket_fill(bucket, rate, *now);
		CHECK(!vsw_bucket_wait(bucket, rate, len));
		vsw_bucket_take(bucket, len);
		bytes += len;
	}
}

/* Any rate, frame length and depth: credit once, and then the rate, to a frame. */
static void rates_are_exact(void)
{
	static const u64 rates[] = { 125, 1000, 12345, 125000000, 12500000000ULL,
				     VSW_BUCKET_BYTES_MAX * 125 };
	static const u32 lengths[] = { 60, 1514, 65550 };
	static const u64 depths[] = { 0, 1024, 102400, VSW_BUCKET_BYTES_MAX };
	unsigned int r, l, d;

	for (r = 0; r < ARRAY_SIZE(rates); r++) {
		for (l = 0; l < ARRAY_SIZE(lengths); l++) {
			for (d = 0; d < ARRAY_SIZE(depths); d++) {
				/* Enough time for the credit and some 1000 frames, in any case */
				u64 many = 1000ULL * lengths[l], now = 1, end, sent;
				struct vsw_bucket bucket = { 0 };
				struct vsw_rate rate;
				double expected;

				if (depths[d] > 100 * many)
					continue;
				vsw_rate_set(&rate, rates[r], depths[d]);
				end = 1 + (u64)((double)many / rates[r] * SECOND);
				sent = send_all(&bucket, &rate, lengths[l], &now, end);
				expected = depths[d] + (double)rates[r] * (end - 1) / SECOND;
				CHECK(sent <= expected + lengths[l]);
				/* Without depth, what a whole ns is too long is lost. */
				if (depths[d] > lengths[l] ||
				    rates[r] < lengths[l] * (SECOND / 1000))
					CHECK(sent + 1.01 * lengths[l] >= expected * 0.999);
			}
		}
	}
}

static void credit_is_limited(void)
{
	struct vsw_bucket bucket = { 0 };
	struct vsw_rate rate;

	vsw_rate_set(&rate, 1000, 5000);
	vsw_bucket_fill(&bucket, &rate, 7);
	CHECK(bucket.credit == 5000 * VSW_BYTE_CREDIT);
	vsw_bucket_take(&bucket, 1500);
	vsw_bucket_fill(&bucket, &rate, 7 + SECOND);
	CHECK(bucket.credit == 4500 * VSW_BYTE_CREDIT);
	vsw_bucket_fill(&bucket, &rate, 7 + 100 * SECOND);
	CHECK(bucket.credit == 5000 * VSW_BYTE_CREDIT);
	/* A clock of another CPU that is behind */
	vsw_bucket_fill(&bucket, &rate, 7 + 99 * SECOND);
	CHECK(bucket.credit == 5000 * VSW_BYTE_CREDIT);
	vsw_bucket_take(&bucket, 1000);
	vsw_bucket_fill(&bucket, &rate, 7 + 101 * SECOND);
	CHECK(bucket.credit == 5000 * VSW_BYTE_CREDIT);
}

static void long_frames_are_paid_afterwards(void)
{
	struct vsw_bucket bucket = { 0 };
	struct vsw_rate rate;

	vsw_rate_set(&rate, 1000, 100);
	vsw_bucket_fill(&bucket, &rate, 1);
	CHECK(!vsw_bucket_wait(&bucket, &rate, 10100));
	vsw_bucket_take(&bucket, 10100);
	CHECK(bucket.credit == -10000 * VSW_BYTE_CREDIT);
	/* Ten seconds of debt, and a tenth for the depth */
	CHECK(vsw_bucket_wait(&bucket, &rate, 10100) == 101 * SECOND / 10);
	CHECK(vsw_bucket_wait(&bucket, &rate, 60) == 1006 * SECOND / 100);
}

static void no_overflow(void)
{
	static const u64 rates[] = { 1, 125, VSW_BUCKET_BYTES_MAX * 125 };
	static const u64 times[] = { 1, SECOND, 1ULL << 40, 1ULL << 62, INT64_MAX };
	unsigned int r, t;

	for (r = 0; r < ARRAY_SIZE(rates); r++) {
		for (t = 0; t < ARRAY_SIZE(times); t++) {
			struct vsw_bucket bucket = { .time = 1 };
			struct vsw_rate rate;

			vsw_rate_set(&rate, rates[r], VSW_BUCKET_BYTES_MAX);
			vsw_bucket_take(&bucket, 1 << 20);
			vsw_bucket_fill(&bucket, &rate, times[t]);
			CHECK(bucket.credit <= rate.depth);
			CHECK(bucket.credit >= -(1LL << 20) * VSW_BYTE_CREDIT);
			CHECK(t < ARRAY_SIZE(times) - 1 || bucket.credit == rate.depth);
		}
	}
}

const struct test bucket_tests[] = {
	{ "bucket: rates are exact", rates_are_exact },
	{ "bucket: credit is limited", credit_is_limited },
	{ "bucket: long frames are paid afterwards", long_frames_are_paid_afterwards },
	{ "bucket: no overflow", no_overflow },
	{ NULL, NULL }
};
