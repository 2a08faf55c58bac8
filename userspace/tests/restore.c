// SPDX-License-Identifier: GPL-2.0
/* What a plan is taken back to, while devices come and go */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../libvs/config.h"
#include "../libvs/confirm.h"
#include "../libvs/diff.h"
#include "../libvs/err.h"
#include "../libvs/json.h"
#include "../libvs/restore.h"
#include "unit.h"

#define BEFORE \
	"{'switches': [{'name': 'v', 'uplinks': ['eth0', 'eth1']," \
	" 'teaming': {'active': ['eth0'], 'standby': ['eth1']}," \
	" 'portgroups': [{'name': 'a', 'teaming': {'active': ['eth1']}}, {'name': 'b'}]," \
	" 'mirrors': [{'name': 'm', 'ingress': ['tap0'], 'destination': 'tap1'}]," \
	" 'ports': [{'device': 'tap0', 'portgroup': 'a', 'mac': '02:00:00:00:00:01'}," \
	" {'device': 'tap1', 'portgroup': 'b', 'mac': '02:00:00:00:00:02'}]}]}"

/* The plan puts tap5 on, and a port group c that a new guest (tap9) uses. */
#define AFTER \
	"{'switches': [{'name': 'v', 'uplinks': ['eth0']," \
	" 'portgroups': [{'name': 'a'}, {'name': 'c'}, {'name': 'd'}]," \
	" 'ports': [{'device': 'tap5', 'portgroup': 'a', 'mac': '02:00:00:00:00:05'}%s]}," \
	" {'name': 'w', 'portgroups': [{'name': 'x'}], 'ports': [%s]}]}"

static json_t *full(const char *text)
{
	json_t *tree = unit_json(text), *switches = NULL;

	if (vs_config_check(tree, &switches))
		printf("# %s\n", vs_error());
	json_decref(tree);
	return switches;
}

static json_t *links_of(const char *const *names)
{
	json_t *out = json_array();

	for (; *names; names++)
		json_array_append_new(out, json_pack("{s:s, s:i, s:s, s:i, s:b}", "name", *names,
						     "ifindex", 1, "kind", "", "master", 0, "up",
						     1));
	return out;
}

/* What is restored when this is there, and these guests were started */
static json_t *restored(const char *const *names, const char *on_v, const char *on_w,
			json_t *notes, json_t **gone)
{
	static const char *const all[] = { "eth0", "eth1", "tap0", "tap1", "tap5", "tap9", NULL };
	json_auto_t *before = full(BEFORE), *after = NULL, *have = NULL, *plan = NULL;
	json_auto_t *everything = links_of(all), *links = links_of(names);
	char text[1024];

	snprintf(text, sizeof(text), AFTER, "", "");
	after = full(text);
	CHECK(!vs_diff(before, after, everything, &plan));
	snprintf(text, sizeof(text), AFTER, on_v, on_w);
	have = full(text);
	return vs_restored(plan, before, have, links, notes, gone);
}

static json_t *names_of(const json_t *sw, const char *list, const char *key)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(json_object_get(sw, list), i, item)
		json_array_append(out, json_object_get(item, key));
	return out;
}

static void all_there(void)
{
	static const char *const names[] = { "eth0", "eth1", "tap0", "tap1", "tap5", NULL };
	json_auto_t *notes = json_array(), *gone = NULL, *before = full(BEFORE);
	json_auto_t *want = restored(names, "", "", notes, &gone);

	CHECK(json_equal(want, before));
	SAME_JSON(json_incref(gone), "['w']");
	SAME_JSON(json_incref(notes), "[]");
}

static void devices_gone(void)
{
	static const char *const names[] = { "eth0", "tap1", "tap5", NULL };
	json_auto_t *notes = json_array(), *gone = NULL;
	json_auto_t *want = restored(names, "", "", notes, &gone);
	const json_t *sw = json_array_get(want, 0);

	SAME_JSON(names_of(sw, "ports", "device"), "['tap1']");
	/* An uplink that is gone keeps its place. */
	SAME_JSON(names_of(sw, "uplinks", "device"), "['eth0','eth1']");
	SAME_JSON(names_of(sw, "mirrors", "name"), "[]");
	SAME_JSON(json_incref(json_object_get(json_object_get(sw, "teaming"), "standby")),
		  "['eth1']");
	CHECK(json_array_size(notes) == 2);
}

static void guests_started(void)
{
	static const char *const names[] = { "eth0", "eth1", "tap0", "tap1", "tap5", "tap9", "tap8",
					     NULL };
	json_auto_t *notes = json_array(), *gone = NULL;
	json_auto_t *want = restored(names,
				     ", {'device': 'tap9', 'portgroup': 'c', 'mac': '02:00:00:00:00:09'}",
				     "{'device': 'tap8', 'portgroup': 'x', 'mac': '02:00:00:00:00:08'}",
				     notes, &gone);
	const json_t *sw = json_array_get(want, 0);

	SAME_JSON(names_of(sw, "ports", "device"), "['tap0', 'tap1', 'tap9']");
	SAME_JSON(names_of(sw, "portgroups", "name"), "['a', 'b', 'c']");
	SAME_JSON(json_incref(gone), "[]");
	SAME_JSON(json_incref(notes), "['port group c of switch v stays, because a new port uses it',"
		  " 'switch w stays, because a new port is on it']");
}

static uint64_t state = 0x67756172;

static uint32_t draw(uint32_t limit)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % limit;
}

/* What comes from the other end of the guard's socket */
static void answers(void)
{
	static const char good[] = "{\"seconds_left\":59.5,\"error\":\"no\",\"notes\":[]}";
	char text[sizeof(good)];
	unsigned int round, i, read = 0;
	double left;

	CHECK(vs_guard_read_answer("", 0, &left) == VS_REFUSED);
	CHECK(vs_guard_read_answer("{}", 2, &left) == VS_REFUSED);
	CHECK(!vs_guard_read_answer("{\"seconds_left\":2}", 18, &left) && left == 2);
	CHECK(vs_guard_read_answer(good, sizeof(good) - 1, &left) == VS_REFUSED && left == 59.5);
	SAME(vs_error(), "no");
	for (round = 0; round < 20000; round++) {
		memcpy(text, good, sizeof(good));
		for (i = draw(3); i; i--)
			text[draw(sizeof(good))] = draw(256);
		vs_guard_read_answer(text, draw(sizeof(good)), &left);
		read += left == 59.5;
	}
	CHECK(read > 100);
}

const struct test restore_tests[] = {
	{ "restore: nothing has changed since", all_there },
	{ "restore: devices that are gone", devices_gone },
	{ "restore: guests that were started", guests_started },
	{ "restore: answers of a guard", answers },
	{ NULL, NULL }
};
