// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>

#include "json.h"
#include "restore.h"
#include "rows.h"

static const struct {
	const char *list, *key;
} members[] = {
	{ "uplinks", "device" },
	{ "ports", "device" },
	{ "vmks", "name" },
};

#define LISTS	(sizeof(members) / sizeof(members[0]))

/* @format takes two words: an object that changed, and its switch. */
static void note(json_t *notes, const char *format, const char *what, const char *sw)
{
	json_array_append_new(notes, json_sprintf(format, what, sw));
}

/* Devices that a plan lets join a switch, and VMkernel adapters that it makes */
static json_t *joined_by(const json_t *plan)
{
	static const char *const lists[] = { "before", "after", "finally" };
	json_t *out = json_object(), *one, *step;
	size_t i, k, l;

	json_array_foreach((json_t *)plan, i, one) {
		for (l = 0; l < 3; l++) {
			json_array_foreach(json_object_get(one, lists[l]), k, step) {
				const char *what = vs_text_of(step, "do");

				if (!strcmp(what, "enslave") || !strcmp(what, "add-vmk"))
					json_object_set_new(out, vs_text_of(step, "device"),
							    json_true());
			}
		}
	}
	return out;
}

/* Every device that is on one of these switches, as uplink, port or VMkernel adapter */
static json_t *members_of(const json_t *switches)
{
	json_t *out = json_object(), *sw, *item;
	size_t i, k, l;

	json_array_foreach((json_t *)switches, i, sw) {
		for (l = 0; l < LISTS; l++) {
			json_array_foreach(json_object_get(sw, members[l].list), k, item)
				json_object_set(out, vs_text_of(item, members[l].key), sw);
		}
	}
	return out;
}

/* A copy of the switch without members whose device is gone */
static json_t *without_lost(const json_t *sw, const json_t *devices, json_t *notes)
{
	json_t *out = json_copy((json_t *)sw), *list, *kept, *item;
	const char *device;
	size_t i, l;

	for (l = 0; l < LISTS; l++) {
		list = json_object_get(sw, members[l].list);
		if (!json_is_array(list))
			continue;
		kept = json_array();
		json_array_foreach(list, i, item) {
			device = vs_text_of(item, members[l].key);
			if (json_object_get(devices, device))
				json_array_append(kept, item);
			else
				note(notes, "device %s is not there, and not on switch %s", device,
				     vs_text_of(sw, "name"));
		}
		json_object_set_new(out, members[l].list, kept);
	}
	return out;
}

/* The kernel does not know uplinks that are gone: drop them from teaming. */
static void drop_lost_uplinks(json_t *teaming, const json_t *devices)
{
	const struct vs_row *row;
	json_t *kept, *name;
	size_t i;

	VS_EACH_ORDER(row) {
		if (!json_is_array(json_object_get(teaming, row->key)))
			continue;
		kept = json_array();
		json_array_foreach(json_object_get(teaming, row->key), i, name) {
			if (json_object_get(devices, json_string_value(name)))
				json_array_append(kept, name);
		}
		json_object_set_new(teaming, row->key, kept);
	}
}

static void drop_lost_from_teaming(json_t *sw, const json_t *devices)
{
	json_t *groups = json_object_get(sw, "portgroups"), *group;
	size_t i;

	drop_lost_uplinks(json_object_get(sw, "teaming"), devices);
	json_array_foreach(groups, i, group)
		drop_lost_uplinks(json_object_get(group, "teaming"), devices);
}

/* A session cannot name a device that is gone. */
static void drop_lost_mirrors(json_t *sw, const json_t *devices, json_t *notes)
{
	static const char *const ends[] = { "ingress", "egress" };
	json_t *kept = json_array(), *mirror, *name;
	size_t i, k, e;

	json_array_foreach(json_object_get(sw, "mirrors"), i, mirror) {
		const char *to = vs_text_of(mirror, "destination");
		bool whole = !to || json_object_get(devices, to);

		for (e = 0; e < 2; e++) {
			json_array_foreach(json_object_get(mirror, ends[e]), k, name)
				whole &= !!json_object_get(devices, json_string_value(name));
		}
		if (whole)
			json_array_append(kept, mirror);
		else
			note(notes, "mirror session %s of switch %s is left out: a device of it is not there",
			     vs_text_of(mirror, "name"), vs_text_of(sw, "name"));
	}
	json_object_set_new(sw, "mirrors", kept);
}

/* Uplinks need no device; adapters are created. */
static void keep_places(json_t *devices, const json_t *sw)
{
	json_t *item;
	size_t i, l;

	for (l = 0; l < LISTS; l++) {
		json_array_foreach(json_object_get(sw, members[l].list), i, item) {
			if (strcmp(members[l].list, "ports"))
				json_object_set_new(devices, vs_text_of(item, members[l].key),
						    json_true());
		}
	}
}

json_t *vs_with_devices(const json_t *sw, const json_t *devices, json_t *notes)
{
	json_auto_t *part = without_lost(sw, devices, notes);
	json_t *out = json_deep_copy(part);

	drop_lost_from_teaming(out, devices);
	drop_lost_mirrors(out, devices, notes);
	return out;
}

json_t *vs_possible(const json_t *sw, const json_t *links, json_t *notes)
{
	json_auto_t *devices = vs_by_name(links, "name");

	keep_places(devices, sw);
	return vs_with_devices(sw, devices, notes);
}

static void keep_group(json_t *want, const json_t *have, const char *name, json_t *notes)
{
	json_t *group;

	if (!name || vs_find(json_object_get(want, "portgroups"), "name", name))
		return;
	group = vs_find(json_object_get(have, "portgroups"), "name", name);
	if (!group)
		return;
	json_array_append(json_object_get(want, "portgroups"), group);
	note(notes, "port group %s of switch %s stays, because a new port uses it", name,
	     vs_text_of(want, "name"));
}

/* Ports that joined since then, and not by the plan: guests that were started */
static bool keep_new(json_t *want, const json_t *have, const json_t *known, json_t *notes)
{
	json_t *port;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(have, "ports"), i, port) {
		const char *device = vs_text_of(port, "device");

		if (!device || json_object_get(known, device))
			continue;
		found = true;
		if (!want)
			continue;
		json_array_append(json_object_get(want, "ports"), port);
		keep_group(want, have, vs_text_of(port, "portgroup"), notes);
	}
	return found;
}

static json_t *restored_switch(const json_t *was, const json_t *is, const json_t *devices,
			       const json_t *known, json_t *notes)
{
	json_t *want = vs_with_devices(was, devices, notes);

	keep_new(want, is, known, notes);
	return want;
}

json_t *vs_restored(const json_t *plan, const json_t *before, const json_t *have,
		    const json_t *links, json_t *notes, json_t **gone)
{
	json_auto_t *devices = vs_by_name(links, "name");
	json_auto_t *known = members_of(before);
	json_auto_t *joined = joined_by(plan);
	json_t *want = json_array(), *one;
	size_t i;

	json_object_update(known, joined);
	json_array_foreach((json_t *)before, i, one)
		keep_places(devices, one);
	*gone = json_array();
	json_array_foreach((json_t *)plan, i, one) {
		const char *name = vs_text_of(one, "switch");
		const json_t *was = vs_find(before, "name", name);
		const json_t *is = vs_find(have, "name", name);

		if (was)
			json_array_append_new(want, restored_switch(was, is, devices, known,
								    notes));
		else if (is && keep_new(NULL, is, known, notes))
			note(notes, "switch %s stays, because a new port is on it%s", name, "");
		else if (is)
			json_array_append_new(*gone, json_string(name));
	}
	return want;
}
