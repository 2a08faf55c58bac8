// SPDX-License-Identifier: GPL-2.0
/* The memory states of kmod/vmem. */
#include <stdint.h>

#include "../libvs/err.h"
#include "unit.h"

typedef uint64_t u64;

#define min(a, b)	((a) < (b) ? (a) : (b))

#include "../../kmod/vmem/host_state.h"

#define GIB	(1ULL << 18)	/* in pages */

enum { HIGH, CLEAR, SOFT, HARD, LOW };

static void sliding_scale(void)
{
	CHECK(vmem_min_free(0, GIB) == 0);
	CHECK(vmem_min_free(2 * GIB, GIB) == 12 * GIB / 100);
	CHECK(vmem_min_free(4 * GIB, GIB) == 24 * GIB / 100);
	CHECK(vmem_min_free(12 * GIB, GIB) == 56 * GIB / 100);
	CHECK(vmem_min_free(28 * GIB, GIB) == 88 * GIB / 100);
	CHECK(vmem_min_free(128 * GIB, GIB) == 188 * GIB / 100);
}

static void states_begin_and_end(void)
{
	static const struct {
		unsigned int from;
		u64 available;
		unsigned int to;
	} steps[] = {
		{ HIGH, 1000, HIGH }, { HIGH, 999, CLEAR },  { HIGH, 640, CLEAR },
		{ HIGH, 639, SOFT },  { HIGH, 320, SOFT },   { HIGH, 319, HARD },
		{ HIGH, 160, HARD },  { HIGH, 159, LOW },    { HIGH, 0, LOW },
		{ LOW, 239, LOW },    { LOW, 240, HARD },    { LOW, 399, HARD },
		{ LOW, 400, SOFT },   { LOW, 719, SOFT },    { LOW, 720, CLEAR },
		{ LOW, 1079, CLEAR }, { LOW, 1080, HIGH },   { SOFT, 719, SOFT },
		{ CLEAR, 640, CLEAR }, { CLEAR, 1079, CLEAR }, { CLEAR, 1080, HIGH },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		CHECK(vmem_state_after(steps[i].from, steps[i].available, 1000) == steps[i].to);
}

/* Memory that swings by less than the margin changes the state once at most. */
static void states_do_not_flap(void)
{
	unsigned int state, next, changes, i;
	u64 around;

	for (around = 0; around < 1200; around++) {
		state = vmem_state_after(HIGH, around, 1000);
		for (i = 0, changes = 0; i < 10; i++, state = next) {
			next = vmem_state_after(state, around + (i & 1 ? 0 : 79), 1000);
			changes += next != state;
		}
		CHECK(changes <= 1);
	}
}

const struct test host_state_tests[] = {
	{ "host_state: sliding scale", sliding_scale },
	{ "host_state: states begin and end", states_begin_and_end },
	{ "host_state: states do not flap", states_do_not_flap },
	{ NULL, NULL }
};
