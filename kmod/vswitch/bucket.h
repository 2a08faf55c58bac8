/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Token buckets: exact, in integers, without a division for each frame.  Pure:
 * the unit tests of userspace include this file.
 */
#ifndef _VSWITCH_BUCKET_H
#define _VSWITCH_BUCKET_H

/* One byte of credit.  A rate of one byte a second earns one unit in a ns. */
#define VSW_BYTE_CREDIT		1000000000LL

/* No bucket is deeper: 2^62 units are 4.6e9 bytes.  The longest frame fits on top. */
#define VSW_BUCKET_BYTES_MAX	0xffffffffULL

/**
 * struct vsw_rate - how fast credit comes in, and how much of it there can be
 * @rate: bytes a second, not 0
 * @depth: most credit, in units; a bucket may be 0 deep
 * @full_ns: time after which any bucket is full, however deep in debt
 */
struct vsw_rate {
	u64 rate;
	s64 depth;
	u64 full_ns;
};

/**
 * struct vsw_bucket - credit
 * @credit: in units, negative while the last frame is still being paid for
 * @time: ns, of a monotonic clock, when @credit was right; 0 before the first
 */
struct vsw_bucket {
	s64 credit;
	u64 time;
};

/**
 * vsw_rate_set() - fill in a rate
 * @rate: to be filled
 * @bytes: a second, not 0
 * @depth: bytes, at most VSW_BUCKET_BYTES_MAX
 */
static inline void vsw_rate_set(struct vsw_rate *rate, u64 bytes, u64 depth)
{
	rate->rate = bytes;
	rate->depth = depth * VSW_BYTE_CREDIT;
	rate->full_ns = div64_u64(1ULL << 62, bytes);
}

/**
 * vsw_bucket_fill() - add the credit earned since the last time
 * @bucket: bucket
 * @rate: its rate
 * @now: ns; a time before the last one, from another CPU, adds nothing
 */
static inline void vsw_bucket_fill(struct vsw_bucket *bucket, const struct vsw_rate *rate, u64 now)
{
	u64 elapsed = now - bucket->time;

	if ((s64)elapsed < 0)
		return;
	if (!bucket->time || elapsed >= rate->full_ns) {
		bucket->credit = rate->depth;
	} else {
		bucket->credit += elapsed * rate->rate;
		if (bucket->credit > rate->depth)
			bucket->credit = rate->depth;
	}
	bucket->time = now;
}

/**
 * vsw_bucket_wait() - how long until a frame may pass
 * @bucket: bucket, filled
 * @rate: its rate
 * @bytes: length of the frame
 *
 * A frame longer than the bucket is deep may pass when the bucket is full: the
 * debt is paid off later.
 *
 * Return: ns, 0 for now.
 */
static inline u64 vsw_bucket_wait(const struct vsw_bucket *bucket, const struct vsw_rate *rate,
				  u32 bytes)
{
	s64 cost = bytes * VSW_BYTE_CREDIT;
	s64 missing = (cost < rate->depth ? cost : rate->depth) - bucket->credit;

	return missing <= 0 ? 0 : div64_u64(missing + rate->rate - 1, rate->rate);
}

/**
 * vsw_bucket_take() - pay for a frame
 * @bucket: bucket, for which vsw_bucket_wait() was 0
 * @bytes: length of the frame
 */
static inline void vsw_bucket_take(struct vsw_bucket *bucket, u32 bytes)
{
	bucket->credit -= bytes * VSW_BYTE_CREDIT;
}

#endif /* _VSWITCH_BUCKET_H */
