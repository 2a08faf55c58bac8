// SPDX-License-Identifier: GPL-2.0
/* Two threads with a context each: neither sees the errors or the connections of the other. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/ctx.h"
#include "../libvs/err.h"
#include "../libvs/json.h"
#include "../libvs/rtnl.h"
#include "unit.h"

#define ROUNDS	50

struct party {
	pthread_barrier_t *both;
	const char *device;		/* that does not exist */
	unsigned int wrong;
	struct vs_ctx vs;
};

/* Asks for what is there and for what is not; both have failed before either reads why. */
static void *run_party(void *arg)
{
	struct party *party = arg;
	char want[64];
	int i;

	snprintf(want, sizeof(want), "device %s does not exist", party->device);
	for (i = 0; i < ROUNDS; i++) {
		json_auto_t *links = NULL, *none = NULL;

		party->wrong += vs_links(&party->vs, &links) || !vs_find(links, "name", "lo");
		party->wrong += vs_link(&party->vs, "device", party->device, &none) != VS_NOT_FOUND;
		pthread_barrier_wait(party->both);
		party->wrong += strcmp(vs_error(), want) != 0;
		pthread_barrier_wait(party->both);
	}
	return NULL;
}

static void two_threads(void)
{
	pthread_barrier_t both;
	struct party parties[2] = {
		{ .both = &both, .device = "absent0" },
		{ .both = &both, .device = "absent1" },
	};
	pthread_t threads[2];
	int i;

	pthread_barrier_init(&both, NULL, 2);
	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, run_party, &parties[i])) {
			puts("Bail out! no second thread can be started");
			exit(1);
		}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(!parties[0].wrong && !parties[1].wrong);
	CHECK(parties[0].vs.sockets[VS_RTNL] &&
	      parties[0].vs.sockets[VS_RTNL] != parties[1].vs.sockets[VS_RTNL]);
	for (i = 0; i < 2; i++) {
		vs_ctx_close(&parties[i].vs);
		CHECK(!parties[i].vs.sockets[VS_RTNL]);
	}
	pthread_barrier_destroy(&both);
}

const struct test context_tests[] = {
	{ "context: two threads", two_threads },
	{ NULL, NULL }
};
