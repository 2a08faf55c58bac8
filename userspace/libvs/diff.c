// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "config.h"
#include "diff.h"
#include "diff_values.h"
#include "err.h"
#include "json.h"
#include "rows.h"

/*
 * The transaction's changes, in the order in which they can be done: an uplink
 * exists before a teaming policy names it, a port group before a port enters
 * it and after its last port has left, and what was an uplink is released
 * before it becomes something else.
 */
enum phase {
	END_MIRRORS,
	LEAVE_GROUPS,
	NEW_UPLINKS,
	SWITCH,
	PVLANS,
	PORTGROUPS,
	ENTER_GROUPS,
	DEL_PORTGROUPS,
	OLD_UPLINKS,
	ENTER_LATE,
	MIRRORS,
	PHASES
};

struct diff {
	const char *sw;
	const json_t *generation;	/* of @have, or NULL */
	json_t *changes;
	json_t *before;
	json_t *after;
	json_t *finally;
	json_t *txn[PHASES];
	json_t *links;		/* name -> device */
	const json_t *held;	/* device -> the switch that has it */
	const json_t *wanted;	/* device -> the switch that shall have it */
};

static void step(json_t *list, const char *what, const char *device, const char *key,
		 const json_t *value)
{
	json_t *out = json_pack("{s:s, s:s}", "do", what, "device", device);

	if (key && value && !json_is_null(value))
		json_object_set(out, key, (json_t *)value);
	json_array_append_new(list, out);
}

/* Takes the reference to @change. */
static void txn(struct diff *diff, enum phase phase, const char *op, json_t *change)
{
	json_array_append_new(diff->txn[phase], json_pack("[s, o]", op, change));
}

static void say(struct diff *diff, const char *action, const char *object, const char *name,
		const char *key, const json_t *what)
{
	json_t *out = json_pack("{s:s, s:s, s:s, s:s}", "action", action, "object", object,
				"switch", diff->sw, "name", name);

	if (key)
		json_object_set(out, key, (json_t *)what);
	json_array_append_new(diff->changes, out);
}

/* The settings of a new object, for people: without defaults */
static void say_new(struct diff *diff, const char *object, const struct vs_row *rows,
		    const json_t *item)
{
	const char *key = vs_row_name(rows)->key;
	json_auto_t *settings = vs_config_short(rows, false, item);

	json_object_del(settings, key);
	say(diff, "add", object, vs_text_of(item, key), "settings", settings);
}

static void diff_switch_policies(struct diff *diff, const json_t *have, const json_t *want,
				 bool is_new)
{
	json_auto_t *changes = compare(have, want, vs_switch_rows);
	json_t *change = json_object(), *value;
	const char *key;

	if (json_object_size(changes) && !is_new)
		say(diff, "change", "switch", diff->sw, "changes", changes);
	if (new_value(changes, "mtu"))
		step(diff->before, "set-mtu", diff->sw, "mtu", new_value(changes, "mtu"));
	json_object_foreach(changes, key, value) {
		if (strcmp(key, "mtu"))
			json_object_set(change, key, json_object_get(value, "new"));
	}
	if (json_object_size(change))
		txn(diff, SWITCH, "switch-set", change);
	else
		json_decref(change);
}

static void diff_portgroup(struct diff *diff, const json_t *have, const json_t *want)
{
	json_auto_t *changes = NULL;
	const struct vs_row *row;
	json_t *change;

	if (!have) {
		say_new(diff, "portgroup", vs_portgroup_rows, want);
		txn(diff, PORTGROUPS, "portgroup-new", json_copy((json_t *)want));
		return;
	}
	changes = compare(have, want, vs_portgroup_rows);
	if (!json_object_size(changes))
		return;
	say(diff, "change", "portgroup", vs_text_of(want, "name"), "changes", changes);
	change = json_pack("{s:O}", "name", json_object_get(want, "name"));
	VS_EACH_ROW(row, vs_portgroup_rows)
		set_unless_null(change, row, new_value(changes, row->key));
	txn(diff, PORTGROUPS, "portgroup-set", change);
}

static void diff_portgroups(struct diff *diff, const json_t *have, const json_t *want)
{
	json_auto_t *old = vs_by_name(json_object_get(have, "portgroups"), "name");
	json_auto_t *new = vs_by_name(json_object_get(want, "portgroups"), "name");
	const char *name;
	json_t *item;
	size_t i;

	json_object_foreach(old, name, item) {
		if (json_object_get(new, name))
			continue;
		say(diff, "remove", "portgroup", name, NULL, NULL);
		txn(diff, DEL_PORTGROUPS, "portgroup-del", json_pack("{s:s}", "name", name));
	}
	json_array_foreach(json_object_get(want, "portgroups"), i, item)
		diff_portgroup(diff, json_object_get(old, vs_text_of(item, "name")), item);
}

static json_t *out_of_group(const char *device)
{
	return json_pack("{s:s, s:s}", "device", device, "portgroup", "");
}

/* A port-set with all settings of a port that has none yet */
static void set_up_client(struct diff *diff, enum phase phase, const char *device,
			  const json_t *want, bool was_blocked)
{
	json_t *portgroup = json_object_get(want, "portgroup");
	json_t *mac = json_object_get(want, "mac");
	json_t *change = json_pack("{s:s}", "device", device);

	if (!json_is_null(portgroup))
		json_object_set(change, "portgroup", portgroup);
	if (json_array_size(mac))
		json_object_set(change, "mac", mac);
	set_own(change, want);
	if (json_is_true(json_object_get(want, "blocked")) != was_blocked)
		json_object_set(change, "blocked", json_object_get(want, "blocked"));
	if (json_object_size(change) > 1)
		txn(diff, phase, "port-set", change);
	else
		json_decref(change);
}

/* Can a device that is not on the switch join it? */
static int check_joins(const struct diff *diff, const char *device)
{
	const json_t *link = json_object_get(diff->links, device);
	const json_t *other;
	const char *name;
	json_int_t master;

	if (!link)
		return vs_fail(VS_NOT_FOUND, "device %s does not exist", device);
	master = json_integer_value(json_object_get(link, "master"));
	/* A switch that has it gives it up before its turn comes. */
	if (!master || json_object_get(diff->held, device))
		return VS_OK;
	json_object_foreach(diff->links, name, other) {
		if (json_integer_value(json_object_get(other, "ifindex")) == master)
			return vs_fail(VS_REFUSED, "device %s belongs to %s: release it first (ip link set %s nomaster)",
				       device, name, device);
	}
	return VS_OK;
}

static int add_device(struct diff *diff, const char *device)
{
	int err = check_joins(diff, device);

	if (err)
		return err;
	step(diff->before, "enslave", device, NULL, NULL);
	/* It carries no traffic yet, and is ready for the transaction. */
	if (!json_is_true(json_object_get(json_object_get(diff->links, device), "up")))
		step(diff->before, "up", device, NULL, NULL);
	return VS_OK;
}

/* An uplink may wait for its device. */
static bool is_pending(const struct diff *diff, const char *device)
{
	return !json_object_get(diff->links, device);
}

static int diff_uplink(struct diff *diff, const char *was, const json_t *have, const json_t *want)
{
	const char *device = vs_text_of(want, "device");
	json_auto_t *changes = compare(have, want, vs_uplink_rows);
	json_t *change = json_pack("{s:s}", "device", device);
	int err = VS_OK;

	if (was && !strcmp(was, "uplink")) {
		if (json_object_size(changes)) {
			say(diff, "change", "uplink", device, "changes", changes);
			json_object_set(change, "blocked", json_object_get(want, "blocked"));
			txn(diff, NEW_UPLINKS, "port-set", json_incref(change));
		}
		json_decref(change);
		return VS_OK;
	}
	if (was) {
		say(diff, "remove", "port", device, NULL, NULL);
		if (!json_is_null(json_object_get(have, "portgroup")))
			txn(diff, LEAVE_GROUPS, "port-set", out_of_group(device));
	} else if (is_pending(diff, device)) {
		step(diff->before, "declare", device, NULL, NULL);
	} else {
		err = add_device(diff, device);
	}
	say_new(diff, "uplink", vs_uplink_rows, want);
	json_object_set_new(change, "role", json_string("uplink"));
	if (was || json_is_true(json_object_get(want, "blocked")))
		json_object_set(change, "blocked", json_object_get(want, "blocked"));
	txn(diff, NEW_UPLINKS, "port-set", change);
	return err;
}

static void change_client(struct diff *diff, const char *device, const json_t *have,
			  const json_t *want, const json_t *changes)
{
	json_t *portgroup = json_object_get(want, "portgroup");
	bool was_blocked = json_is_true(json_object_get(have, "blocked"));
	bool had_macs = json_array_size(json_object_get(have, "mac"));
	const struct vs_row *row;
	json_t *change;

	/* A port that leaves its group loses its addresses. */
	if (json_is_null(portgroup) ||
	    (had_macs && !json_array_size(json_object_get(want, "mac")))) {
		if (!json_is_null(json_object_get(have, "portgroup")))
			txn(diff, LEAVE_GROUPS, "port-set", out_of_group(device));
		set_up_client(diff, ENTER_GROUPS, device, want, was_blocked);
		return;
	}
	change = json_pack("{s:s}", "device", device);
	VS_EACH_ROW(row, vs_port_rows) {
		if (row->flags & VS_FILE && !(row->flags & VS_OWN))
			set_unless_null(change, row, new_value(changes, row->key));
	}
	change_own(change, want, changes);
	txn(diff, ENTER_GROUPS, "port-set", change);
}

static int diff_port(struct diff *diff, const char *was, const json_t *have, const json_t *want)
{
	const char *device = vs_text_of(want, "device");
	json_auto_t *changes = NULL;
	int err = VS_OK;

	if (was && !strcmp(was, "port")) {
		changes = compare(have, want, vs_port_rows);
		if (!json_object_size(changes))
			return VS_OK;
		say(diff, "change", "port", device, "changes", changes);
		change_client(diff, device, have, want, changes);
		return VS_OK;
	}
	if (was) {
		say(diff, "remove", "uplink", device, NULL, NULL);
		txn(diff, OLD_UPLINKS, "port-set",
		    json_pack("{s:s, s:s}", "device", device, "role", "unassigned"));
	} else {
		err = add_device(diff, device);
	}
	say_new(diff, "port", vs_port_rows, want);
	set_up_client(diff, was ? ENTER_LATE : ENTER_GROUPS, device, want,
		      json_is_true(json_object_get(have, "blocked")));
	return err;
}

static void diff_addresses(struct diff *diff, const char *device, const json_t *old,
			   const json_t *new)
{
	const json_t *address, *other;
	bool both, removed = false;
	size_t i, j;

	json_array_foreach(new, i, address) {
		both = false;
		json_array_foreach(old, j, other)
			both = both || json_equal(address, other);
		if (!both)
			step(diff->before, "add-address", device, "address", address);
	}
	json_array_foreach(old, i, address) {
		both = false;
		json_array_foreach(new, j, other)
			both = both || json_equal(address, other);
		if (both)
			continue;
		step(diff->finally, "del-address", device, "address", address);
		removed = true;
	}
	/* The first IPv4 address of a subnet takes the others with it. */
	json_array_foreach(new, i, address) {
		if (removed && !strchr(json_string_value(address), ':'))
			step(diff->finally, "keep-address", device, "address", address);
	}
}

static int add_vmk(struct diff *diff, const json_t *want)
{
	json_auto_t *port = json_copy((json_t *)want);
	const char *name = vs_text_of(want, "name");

	if (json_object_get(diff->links, name) && !json_object_get(diff->held, name))
		return vs_fail(VS_REFUSED, "device %s exists and is no VMkernel adapter of a switch",
			       name);
	json_object_del(port, "mac");	/* It is made with its own. */
	say_new(diff, "vmk", vs_vmk_rows, want);
	step(diff->before, "add-vmk", name, "mtu", json_object_get(want, "mtu"));
	if (!json_is_null(json_object_get(want, "mac")))
		json_object_set(json_array_get(diff->before, json_array_size(diff->before) - 1),
				"mac", json_object_get(want, "mac"));
	diff_addresses(diff, name, NULL, json_object_get(want, "addresses"));
	if (json_array_size(json_object_get(want, "services")))
		step(diff->before, "set-services", name, "services",
		     json_object_get(want, "services"));
	set_up_client(diff, ENTER_GROUPS, name, port, false);
	step(diff->before, "up", name, NULL, NULL);
	return VS_OK;
}

static int diff_vmk(struct diff *diff, const char *was, const json_t *have, const json_t *want)
{
	static const char *const quiet[] = { "mac", "addresses" };
	const char *name = vs_text_of(want, "name");
	json_auto_t *changes = NULL;
	json_t *change;
	int i;

	if (!was)
		return add_vmk(diff, want);
	changes = compare(have, want, vs_vmk_rows);
	for (i = 0; i < 2; i++) {
		/* Not given in the file: left alone. */
		if (json_is_null(json_object_get(want, quiet[i])))
			json_object_del(changes, quiet[i]);
	}
	if (!json_object_size(changes))
		return VS_OK;
	say(diff, "change", "vmk", name, "changes", changes);
	if (new_value(changes, "mtu"))
		step(diff->before, "set-mtu", name, "mtu", new_value(changes, "mtu"));
	if (new_value(changes, "mac"))
		step(diff->before, "set-mac", name, "mac", new_value(changes, "mac"));
	if (new_value(changes, "services"))
		step(diff->before, "set-services", name, "services",
		     new_value(changes, "services"));
	if (new_value(changes, "addresses"))
		diff_addresses(diff, name, json_object_get(have, "addresses"),
			       new_value(changes, "addresses"));
	change = json_pack("{s:s}", "device", name);
	if (new_value(changes, "blocked"))
		json_object_set(change, "blocked", new_value(changes, "blocked"));
	if (new_value(changes, "portgroup"))
		json_object_set_new(change, "portgroup",
				    json_string(vs_text_of(want, "portgroup") ?: ""));
	if (!json_is_null(json_object_get(want, "portgroup")))
		change_own(change, want, changes);
	if (json_object_size(change) > 1)
		txn(diff, ENTER_GROUPS, "port-set", json_incref(change));
	json_decref(change);
	return VS_OK;
}

static const struct {
	const char *list;
	const char *object;
	const char *key;
	int (*diff)(struct diff *diff, const char *was, const json_t *have, const json_t *want);
} members[] = {
	{ "uplinks", "uplink", "device", diff_uplink },
	{ "ports", "port", "device", diff_port },
	{ "vmks", "vmk", "name", diff_vmk },
};

/* device -> [what it is, its settings] */
static json_t *member_map(const json_t *sw)
{
	json_t *out = json_object(), *item;
	size_t i, m;

	for (m = 0; m < 3; m++) {
		json_array_foreach(json_object_get(sw, members[m].list), i, item)
			json_object_set_new(out, vs_text_of(item, members[m].key),
					    json_pack("[s, O]", members[m].object, item));
	}
	return out;
}

static void remove_member(struct diff *diff, const char *was, const char *device,
			  const json_t *have)
{
	bool vmk = !strcmp(was, "vmk");

	say(diff, "remove", was, device, NULL, NULL);
	if (!strcmp(was, "uplink"))
		txn(diff, OLD_UPLINKS, "port-set",
		    json_pack("{s:s, s:s}", "device", device, "role", "unassigned"));
	else if (!json_is_null(json_object_get(have, "portgroup")))
		txn(diff, LEAVE_GROUPS, "port-set", out_of_group(device));
	/* The place of an uplink without device goes with its role. */
	if (!strcmp(was, "uplink") && is_pending(diff, device))
		return;
	step(json_object_get(diff->wanted, device) ? diff->after : diff->finally,
	     vmk ? "del-link" : "release", device, NULL, NULL);
}

static int diff_members(struct diff *diff, const json_t *have, const json_t *want)
{
	json_auto_t *old = member_map(have);
	json_auto_t *new = member_map(want);
	bool keeps_ports = !json_is_array(json_object_get(want, "ports"));
	const char *device, *was;
	json_t *item;
	size_t i, m;
	int err = VS_OK;

	json_object_foreach(old, device, item) {
		was = json_string_value(json_array_get(item, 0));
		if (json_object_get(new, device) || (!strcmp(was, "port") && keeps_ports))
			continue;
		remove_member(diff, was, device, json_array_get(item, 1));
	}
	for (m = 0; m < 3; m++) {
		json_array_foreach(json_object_get(want, members[m].list), i, item) {
			json_t *before = json_object_get(old, vs_text_of(item, members[m].key));

			was = json_string_value(json_array_get(before, 0));
			if (was && !strcmp(was, "vmk") != !strcmp(members[m].object, "vmk"))
				return vs_fail(VS_REFUSED, "%s is %s VMkernel adapter: it cannot be in %s",
					       vs_text_of(item, members[m].key),
					       !strcmp(was, "vmk") ? "a" : "no", members[m].list);
			err = members[m].diff(diff, was, json_array_get(before, 1), item);
			if (err)
				return err;
		}
	}
	return VS_OK;
}

static json_t *finish(struct diff *diff)
{
	json_t *all = json_array();
	int phase;

	for (phase = 0; phase < PHASES; phase++) {
		json_array_extend(all, diff->txn[phase]);
		json_decref(diff->txn[phase]);
	}
	return json_pack("{s:s, s:O*, s:o, s:o, s:o, s:o, s:o}", "switch", diff->sw,
			 "generation", diff->generation, "changes", diff->changes,
			 "before", diff->before, "txn", all, "after", diff->after,
			 "finally", diff->finally);
}

static int diff_switch(struct diff *diff, const json_t *have, const json_t *want)
{
	json_auto_t *empty = vs_config_empty_switch(diff->sw);
	json_auto_t *bare = json_copy((json_t *)want);
	const struct vs_row *row;
	bool is_new = !have;

	if (!have) {
		if (json_object_get(diff->links, diff->sw))
			return vs_fail(VS_REFUSED, "device %s exists and is not a virtual switch",
				       diff->sw);
		have = empty;
		/* It is made with its MTU: that is no change of it. */
		json_object_set(empty, "mtu", json_object_get(want, "mtu"));
		step(diff->before, "add-switch", diff->sw, "mtu", json_object_get(want, "mtu"));
		step(diff->before, "up", diff->sw, NULL, NULL);
		VS_EACH_ROW(row, vs_switch_rows) {
			if (row->form == VS_OBJECTS)
				json_object_del(bare, row->key);
		}
		say_new(diff, "switch", vs_switch_rows, bare);
	}
	diff_switch_policies(diff, have, want, is_new);
	vs_diff_replaced(diff->sw, "pvlan", "primary", json_object_get(have, "pvlans"),
			 json_object_get(want, "pvlans"), diff->changes, diff->txn[PVLANS],
			 diff->txn[PVLANS]);
	diff_portgroups(diff, have, want);
	vs_diff_replaced(diff->sw, "mirror", "name", json_object_get(have, "mirrors"),
			 json_object_get(want, "mirrors"), diff->changes,
			 diff->txn[END_MIRRORS], diff->txn[MIRRORS]);
	return diff_members(diff, have, want);
}

static json_t *holders(const json_t *switches)
{
	json_t *out = json_object(), *sw;
	size_t i;

	json_array_foreach(switches, i, sw) {
		json_auto_t *map = member_map(sw);
		const char *device;
		json_t *item;

		json_object_foreach(map, device, item)
			json_object_set(out, device, json_object_get(sw, "name"));
	}
	return out;
}

/* The switch that has to give up a device first, or NULL */
static const char *waits_for(const json_t *want, const json_t *held, const char **which)
{
	json_auto_t *map = member_map(want);
	const char *name = vs_text_of(want, "name"), *device, *holder;
	json_t *item;

	json_object_foreach(map, device, item) {
		holder = vs_text_of(held, device);
		if (holder && strcmp(holder, name)) {
			*which = vs_text_of(json_array_get(item, 1), "device") ?:
				 vs_text_of(json_array_get(item, 1), "name");
			return holder;
		}
	}
	return NULL;
}

/* Everything about one switch; @base has what is the same for all. */
static int plan_one(const struct diff *base, const json_t *have, const json_t *want, json_t *plan)
{
	struct diff diff = *base;
	json_t *one;
	int phase, err;

	diff.sw = vs_text_of(want, "name");
	diff.generation = json_object_get(have, "generation");
	diff.changes = json_array();
	diff.before = json_array();
	diff.after = json_array();
	diff.finally = json_array();
	for (phase = 0; phase < PHASES; phase++)
		diff.txn[phase] = json_array();
	err = diff_switch(&diff, have, want);
	one = finish(&diff);
	if (!err && json_array_size(json_object_get(one, "changes")))
		json_array_append(plan, one);
	json_decref(one);
	return err;
}

/* Switches that release a device come before those that take it. */
static int plan_all(const json_t *have, const json_t *want, json_t *links, json_t *plan)
{
	json_auto_t *old = vs_by_name(have, "name");
	json_auto_t *pending = vs_by_name(want, "name");
	json_auto_t *held = holders(have);
	json_auto_t *wanted = holders(want);
	const struct diff base = { .links = links, .held = held, .wanted = wanted };
	json_auto_t *waits = json_copy(held);
	const char *which = "", *holder = NULL, *name, *device;
	json_t *sw, *item;
	void *next;
	size_t i, before;
	int err;

	while (json_object_size(pending)) {
		before = json_object_size(pending);
		json_array_foreach(want, i, sw) {
			name = vs_text_of(sw, "name");
			if (!json_object_get(pending, name))
				continue;
			holder = waits_for(sw, waits, &which);
			if (holder && !json_object_get(pending, holder))
				return vs_fail(VS_REFUSED, "device %s is on switch %s, which the file does not name",
					       which, holder);
			if (holder)
				continue;
			err = plan_one(&base, json_object_get(old, name), sw, plan);
			if (err)
				return err;
			json_object_del(pending, name);
			json_object_foreach_safe(waits, next, device, item) {
				if (!strcmp(json_string_value(item), name))
					json_object_del(waits, device);
			}
		}
		if (json_object_size(pending) == before)
			return vs_fail(VS_REFUSED, "switches exchange devices (%s is on %s): take it in two steps",
				       which, holder ? holder : "another");
	}
	return VS_OK;
}

int vs_diff(const json_t *have, const json_t *want, const json_t *links, json_t **plan)
{
	json_auto_t *devices = vs_by_name(links, "name");

	*plan = json_array();
	return plan_all(have, want, devices, *plan);
}
