// SPDX-License-Identifier: GPL-2.0
/*
 * Print the rate of this host's time stamp counter in kHz, which is that of an
 * emulated machine too.  A machine that finds it out by itself is sometimes
 * wrong by a factor of three, when its host is busy at that moment.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define SPAN_NS 50000000
#define ATTEMPTS 100

struct reading {
	uint64_t ticks;
	int64_t ns;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Both clocks at one moment: of many attempts, the one that took least. */
static struct reading read_clocks(void)
{
	struct reading best = {}, one;
	uint64_t took, least = UINT64_MAX;

	for (int i = 0; i < ATTEMPTS; i++) {
		one.ticks = __rdtsc();
		one.ns = now_ns();
		took = __rdtsc() - one.ticks;
		if (took < least) {
			least = took;
			best = one;
		}
	}
	return best;
}

int main(void)
{
	struct timespec span = { .tv_nsec = SPAN_NS };
	struct reading before = read_clocks(), after;

	nanosleep(&span, NULL);
	after = read_clocks();
	printf("%llu\n", (after.ticks - before.ticks) * 1000000 / (after.ns - before.ns));
	return 0;
}
