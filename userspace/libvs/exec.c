// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "change.h"
#include "diff.h"
#include "err.h"
#include "exec.h"
#include "json.h"
#include "model.h"
#include "nl.h"
#include "restore.h"
#include "rtnl.h"
#include "signals.h"

#define RESTORE_TRIES	3

static int number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int add_switch(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	const struct vs_link_new new = {
		.name = device, .kind = VS_KIND_SWITCH, .mtu = number_of(step, "mtu"),
	};

	(void)sw;
	return vs_link_add(vs, &new);
}

static int add_vmk(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	struct vs_link_new new = {
		.name = device, .kind = VS_KIND_VMKNIC, .mtu = number_of(step, "mtu"),
		.mac = vs_text_of(step, "mac"),
	};
	int err = vs_switch_index(vs, sw, &new.link);

	if (!err)
		err = vs_link_add(vs, &new);
	return err ? err : vs_link_promote_secondaries(vs, device);
}

static int enslave(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	int ifindex, err = vs_switch_index(vs, sw, &ifindex);

	(void)step;
	return err ? err : vs_link_set_master(vs, device, ifindex);
}

static int change_role(struct vs_ctx *vs, const char *sw, const char *device, const char *role)
{
	json_auto_t *change = json_pack("{s:s, s:s}", "device", device, "role", role);
	int ifindex, err = vs_switch_index(vs, sw, &ifindex);

	return err ? err : vs_change_port(vs, ifindex, change);
}

/* An uplink without a device: it gets an id, for teams. */
static int declare(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)step;
	return change_role(vs, sw, device, "uplink");
}

static int release(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_set_master(vs, device, 0);
}

static int del_link(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_del(vs, device);
}

static int set_mtu(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_link_set_mtu(vs, device, number_of(step, "mtu"));
}

static int set_mac(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_link_set_mac(vs, device, vs_text_of(step, "mac"));
}

static int set_services(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_link_set_services(vs, device, json_object_get(step, "services"));
}

static int add_address(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(vs, device, vs_text_of(step, "address"), VS_ADDR_ADD);
}

static int keep_address(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(vs, device, vs_text_of(step, "address"), VS_ADDR_KEEP);
}

static int del_address(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(vs, device, vs_text_of(step, "address"), VS_ADDR_DEL);
}

static int up(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_set_up(vs, device, true);
}

static const struct {
	const char *name;
	int (*fn)(struct vs_ctx *vs, const char *sw, const char *device, const json_t *step);
} steps[] = {
	{ "add-switch", add_switch },
	{ "add-vmk", add_vmk },
	{ "enslave", enslave },
	{ "declare", declare },
	{ "release", release },
	{ "del-link", del_link },
	{ "set-mtu", set_mtu },
	{ "set-mac", set_mac },
	{ "set-services", set_services },
	{ "add-address", add_address },
	{ "del-address", del_address },
	{ "keep-address", keep_address },
	{ "up", up },
};

static int run_steps(struct vs_ctx *vs, const char *sw, const json_t *list)
{
	const json_t *step;
	size_t i, s;
	int err;

	json_array_foreach(list, i, step) {
		err = vs_check_signals();
		if (err)
			return err;
		for (s = 0; strcmp(steps[s].name, vs_text_of(step, "do")); s++)
			;
		err = steps[s].fn(vs, sw, vs_text_of(step, "device"), step);
		if (err)
			return err;
	}
	return VS_OK;
}

/*
 * The generation that the transaction expects: that of the plan, plus one for each earlier
 * step that changes the configuration.
 */
static json_t *generation_after(const json_t *plan)
{
	static const char *const changes[] = { "enslave", "declare", "add-vmk", "set-mac" };
	const json_t *generation = json_object_get(plan, "generation"), *step;
	json_int_t value = json_integer_value(generation);
	size_t i, c;

	if (!json_is_integer(generation))
		return json_null();
	json_array_foreach(json_object_get(plan, "before"), i, step) {
		for (c = 0; c < ARRAY_SIZE(changes); c++)
			value += !strcmp(vs_text_of(step, "do"), changes[c]);
	}
	return json_integer(value & 0xffffffff);
}

/* All steps of a switch but the last ones */
static int run_switch(struct vs_ctx *vs, const json_t *plan)
{
	const char *sw = vs_text_of(plan, "switch");
	const json_t *txn = json_object_get(plan, "txn");
	json_auto_t *generation = generation_after(plan);
	int ifindex, err;

	err = run_steps(vs, sw, json_object_get(plan, "before"));
	if (!err && json_array_size(txn)) {
		err = vs_switch_index(vs, sw, &ifindex);
		if (!err)
			err = vs_txn(vs, ifindex, txn, generation);
	}
	return err ? err : run_steps(vs, sw, json_object_get(plan, "after"));
}

static int run_finally(struct vs_ctx *vs, const json_t *plan)
{
	return run_steps(vs, vs_text_of(plan, "switch"), json_object_get(plan, "finally"));
}

/* Brings down again what the plan brought up. */
static void bring_down(struct vs_ctx *vs, const json_t *plan)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(plan, "before"), i, step) {
		if (!strcmp(vs_text_of(step, "do"), "up"))
			vs_link_set_up(vs, vs_text_of(step, "device"), false);
	}
}

/* As much of a plan as possible, switch by switch */
static int run_back(struct vs_ctx *vs, const json_t *back)
{
	const json_t *sw;
	int result = VS_OK;
	size_t i;

	json_array_foreach(back, i, sw)
		result = run_switch(vs, sw) ?: result;
	json_array_foreach(back, i, sw)
		result = run_finally(vs, sw) ?: result;
	return result;
}

/* If the switches cannot be restored together, plan each alone. */
static int diff_back(const json_t *have, const json_t *want, const json_t *links, json_t **back)
{
	const json_t *sw;
	int result = VS_OK, err;
	size_t i;

	if (!vs_diff(have, want, links, back))
		return VS_OK;
	json_decref(*back);
	*back = json_array();
	json_array_foreach(want, i, sw) {
		json_auto_t *one = json_pack("[O]", sw), *part = NULL;

		err = vs_diff(have, one, links, &part);
		if (!err)
			json_array_extend(*back, part);
		result = err ?: result;
	}
	return result;
}

/* Reads the current state, and changes what differs; once. */
static int restore_once(struct vs_ctx *vs, const json_t *plan, const json_t *before, json_t *notes)
{
	json_auto_t *have = NULL, *links = NULL, *back = NULL, *want = NULL, *gone = NULL;
	int result = VS_OK, err;
	const json_t *name;
	size_t i;

	err = vs_running(vs, &have);
	err = err ?: vs_links(vs, &links);
	if (err)
		return err;
	want = vs_restored(plan, before, have, links, notes, &gone);
	json_array_foreach(gone, i, name)
		result = vs_link_del(vs, json_string_value(name)) ?: result;
	json_decref(have);
	have = NULL;
	err = vs_running(vs, &have);
	if (err)
		return err;
	err = diff_back(have, want, links, &back);
	return run_back(vs, back) ?: err ?: result;
}

/*
 * @count: switches of the plan up to and including the one that failed.  Devices come and
 * go meanwhile: tries again with those that are there then.
 */
static int restore(struct vs_ctx *vs, const json_t *plan, size_t count, const json_t *before,
		   json_t *notes)
{
	json_auto_t *part = json_array();
	unsigned int tries;
	int err = VS_OK;
	size_t i;

	/* Nothing interrupts an undo. */
	vs_ignore_signals();
	for (i = 0; i < count; i++) {
		json_array_append(part, json_array_get(plan, i));
		bring_down(vs, json_array_get(plan, i));
	}
	for (tries = 0; !tries || (err && tries < RESTORE_TRIES); tries++) {
		json_array_clear(notes);
		err = restore_once(vs, part, before, notes);
	}
	return err;
}

int vs_restore(struct vs_ctx *vs, const json_t *plan, const json_t *before, json_t *notes)
{
	return restore(vs, plan, json_array_size(plan), before, notes);
}

static void undo(struct vs_ctx *vs, const json_t *plan, size_t count, const json_t *before)
{
	json_auto_t *notes = json_array();
	const json_t *note;
	size_t i;

	if (restore(vs, plan, count, before, notes))
		vs_warn("the configuration from before could not be restored: %s", vs_error());
	json_array_foreach(notes, i, note)
		vs_warn("%s", json_string_value(note));
}

void vs_undo(struct vs_ctx *vs, const json_t *plan, const json_t *before)
{
	undo(vs, plan, json_array_size(plan), before);
}

/*
 * Somebody else changed the switch: that change stays, and devices that joined by this plan
 * leave again, so that the next plan starts from the same state.
 */
static void take_back_joined(struct vs_ctx *vs, const json_t *plan)
{
	const char *sw = vs_text_of(plan, "switch"), *device, *what;
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(plan, "before"), i, step) {
		what = vs_text_of(step, "do");
		device = vs_text_of(step, "device");
		if (!strcmp(what, "add-vmk"))
			vs_link_del(vs, device);
		else if (!strcmp(what, "enslave"))
			vs_link_set_master(vs, device, 0);
		else if (!strcmp(what, "declare"))
			change_role(vs, sw, device, "unassigned");
	}
	bring_down(vs, plan);
}

int vs_execute(struct vs_ctx *vs, const json_t *plan, const json_t *before, bool *stale)
{
	size_t count = json_array_size(plan), done, i;
	char *refusal;
	int err = VS_OK;

	for (done = 0; done < count && !err; done++)
		err = vs_check_signals() ?: run_switch(vs, json_array_get(plan, done));
	for (i = 0; i < count && !err; i++)
		err = vs_check_signals() ?: run_finally(vs, json_array_get(plan, i));
	*stale = err == VS_REFUSED && vs_nl_refusal(vs) == ESTALE;
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	if (*stale)
		take_back_joined(vs, json_array_get(plan, --done));
	if (done)
		undo(vs, plan, done, before);
	return vs_fail_with(VS_REFUSED, refusal);
}
