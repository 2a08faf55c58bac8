// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "change.h"
#include "diff.h"
#include "err.h"
#include "exec.h"
#include "json.h"
#include "model.h"
#include "rtnl.h"

static int number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int add_switch(const char *sw, const char *device, const json_t *step)
{
	const struct vs_link_new new = {
		.name = device, .kind = VS_KIND_SWITCH, .mtu = number_of(step, "mtu"),
	};

	(void)sw;
	return vs_link_add(&new);
}

static int add_vmk(const char *sw, const char *device, const json_t *step)
{
	struct vs_link_new new = {
		.name = device, .kind = VS_KIND_VMKNIC, .mtu = number_of(step, "mtu"),
		.mac = vs_text_of(step, "mac"),
	};
	int err = vs_switch_index(sw, &new.link);

	if (!err)
		err = vs_link_add(&new);
	return err ? err : vs_link_promote_secondaries(device);
}

static int enslave(const char *sw, const char *device, const json_t *step)
{
	int ifindex, err = vs_switch_index(sw, &ifindex);

	(void)step;
	return err ? err : vs_link_set_master(device, ifindex);
}

static int release(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_set_master(device, 0);
}

static int del_link(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_del(device);
}

static int set_mtu(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_link_set_mtu(device, number_of(step, "mtu"));
}

static int set_mac(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_link_set_mac(device, vs_text_of(step, "mac"));
}

static int add_address(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(device, vs_text_of(step, "address"), VS_ADDR_ADD);
}

static int keep_address(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(device, vs_text_of(step, "address"), VS_ADDR_KEEP);
}

static int del_address(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	return vs_addr_change(device, vs_text_of(step, "address"), VS_ADDR_DEL);
}

static int up(const char *sw, const char *device, const json_t *step)
{
	(void)sw;
	(void)step;
	return vs_link_set_up(device, true);
}

static const struct {
	const char *name;
	int (*fn)(const char *sw, const char *device, const json_t *step);
} steps[] = {
	{ "add-switch", add_switch },
	{ "add-vmk", add_vmk },
	{ "enslave", enslave },
	{ "release", release },
	{ "del-link", del_link },
	{ "set-mtu", set_mtu },
	{ "set-mac", set_mac },
	{ "add-address", add_address },
	{ "del-address", del_address },
	{ "keep-address", keep_address },
	{ "up", up },
};

static int run_steps(const char *sw, const json_t *list)
{
	const json_t *step;
	size_t i, s;
	int err;

	json_array_foreach(list, i, step) {
		for (s = 0; strcmp(steps[s].name, vs_text_of(step, "do")); s++)
			;
		err = steps[s].fn(sw, vs_text_of(step, "device"), step);
		if (err)
			return err;
	}
	return VS_OK;
}

/* A switch, but for its last steps. */
static int run_switch(const json_t *plan)
{
	const char *sw = vs_text_of(plan, "switch");
	const json_t *txn = json_object_get(plan, "txn");
	int ifindex, err;

	err = run_steps(sw, json_object_get(plan, "before"));
	if (!err && json_array_size(txn)) {
		err = vs_switch_index(sw, &ifindex);
		if (!err)
			err = vs_txn(ifindex, txn);
	}
	return err ? err : run_steps(sw, json_object_get(plan, "after"));
}

static int run_finally(const json_t *plan)
{
	return run_steps(vs_text_of(plan, "switch"), json_object_get(plan, "finally"));
}

/* What the plan brought up was down before. */
static void bring_down(const json_t *plan)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(plan, "before"), i, step) {
		if (!strcmp(vs_text_of(step, "do"), "up"))
			vs_link_set_up(vs_text_of(step, "device"), false);
	}
}

/*
 * Back to the configuration from before, for the switches of the plan up to
 * and including the one that failed.  Best effort: a step that fails does not
 * keep the others from being done.
 */
static int restore(const json_t *plan, size_t count, const json_t *before)
{
	json_auto_t *want = json_array(), *have = NULL, *links = NULL, *back = NULL;
	const json_t *sw;
	const char *name;
	size_t i;
	int err, result = VS_OK;

	for (i = 0; i < count; i++) {
		name = vs_text_of(json_array_get(plan, i), "switch");
		sw = vs_find(before, "name", name);
		if (sw)
			json_array_append(want, (json_t *)sw);
	}
	for (i = 0; i < count; i++)
		bring_down(json_array_get(plan, i));
	err = vs_running(&have);
	for (i = 0; !err && i < count; i++) {
		name = vs_text_of(json_array_get(plan, i), "switch");
		if (!vs_find(before, "name", name) && vs_find(have, "name", name))
			result = vs_link_del(name) ?: result;
	}
	json_decref(have);
	have = NULL;
	err = err ?: vs_running(&have);
	err = err ?: vs_links(&links);
	err = err ?: vs_diff(have, want, links, &back);
	if (err)
		return err;
	json_array_foreach(back, i, sw)
		result = run_switch(sw) ?: result;
	json_array_foreach(back, i, sw)
		result = run_finally(sw) ?: result;
	return result;
}

int vs_restore(const json_t *plan, const json_t *before)
{
	return restore(plan, json_array_size(plan), before);
}

int vs_execute(const json_t *plan, const json_t *before)
{
	size_t count = json_array_size(plan), done, i;
	char *refusal;
	int err = VS_OK;

	for (done = 0; done < count && !err; done++)
		err = run_switch(json_array_get(plan, done));
	for (i = 0; i < count && !err; i++)
		err = run_finally(json_array_get(plan, i));
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	if (restore(plan, done, before))
		vs_warn("the configuration from before could not be restored: %s", vs_error());
	return vs_fail_with(VS_REFUSED, refusal);
}
