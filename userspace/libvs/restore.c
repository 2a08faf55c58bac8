// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>

#include "json.h"
#include "restore.h"
#include "rows.h"

static const char *const member_lists[] = { "uplinks", "ports" };

#define LISTS	(sizeof(member_lists) / sizeof(member_lists[0]))

/* @format has two words: what is not as it was, and its switch. */
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
			json_array_foreach(json_object_get(sw, member_lists[l]), k, item)
				json_object_set(out, vs_text_of(item, "device"), sw);
		}
		json_array_foreach(json_object_get(sw, "vmks"), k, item)
			json_object_set(out, vs_text_of(item, "name"), sw);
	}
	return out;
}

/* A copy of the switch without what has no device any more */
static json_t *without_lost(const json_t *sw, const json_t *devices, json_t *notes)
{
	json_t *out = json_copy((json_t *)sw), *kept, *item;
	const char *device;
	size_t i, l;

	for (l = 0; l < LISTS; l++) {
		kept = json_array();
		json_array_foreach(json_object_get(sw, member_lists[l]), i, item) {
			device = vs_text_of(item, "device");
			if (json_object_get(devices, device))
				json_array_append(kept, item);
			else
				note(notes, "%s is gone and no longer on switch %s", device,
				     vs_text_of(sw, "name"));
		}
		json_object_set_new(out, member_lists[l], kept);
	}
	return out;
}

/* Teaming names uplinks: of those that are gone, nothing can be said to the kernel. */
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

/* A session that names a device which is gone cannot be set. */
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
			note(notes, "mirror session %s of switch %s is not restored: a device of it is gone",
			     vs_text_of(mirror, "name"), vs_text_of(sw, "name"));
	}
	json_object_set_new(sw, "mirrors", kept);
}

/* An uplink is a place of its switch, whether or not its device is here. */
static void keep_places(json_t *devices, const json_t *switches)
{
	json_t *sw, *uplink;
	size_t i, k;

	json_array_foreach((json_t *)switches, i, sw) {
		json_array_foreach(json_object_get(sw, "uplinks"), k, uplink)
			json_object_set_new(devices, vs_text_of(uplink, "device"), json_true());
	}
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
	json_auto_t *part = without_lost(was, devices, notes);
	json_t *want = json_deep_copy(part);

	drop_lost_from_teaming(want, devices);
	drop_lost_mirrors(want, devices, notes);
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
	keep_places(devices, before);
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
