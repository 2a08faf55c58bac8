// SPDX-License-Identifier: GPL-2.0
/* ovs-vsctl: what was asked for, done with the verbs of vsctl */
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/change.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/rtnl.h"
#include "ovs.h"
#include "vsctl.h"

#define WORDS_MAX	12

/* "vsctl OBJECT VERB WORDS" */
static int run_vsctl(struct vs_ctx *vs, const struct object *object, const char *verb,
		     const char *const *words)
{
	const struct verb *found = object->verbs;
	char *copy[WORDS_MAX];
	struct args args = { .vs = vs, .words = copy };

	while (strcmp(found->name, verb))
		found++;
	for (; words[args.count]; args.count++)
		copy[args.count] = (char *)words[args.count];
	return found->fn(&args);
}

int ovs_find_port(struct vs_ctx *vs, const char *device, json_t **port)
{
	json_auto_t *ports = NULL;
	int err = vs_ports(vs, 0, &ports);

	*port = json_incref(vs_find(ports, "device", device));
	return err;
}

static bool is_switch(struct vs_ctx *vs, const char *name)
{
	char *before = vs_take_error();
	int sw, err = vs_switch_index(vs, name, &sw);

	vs_fail_with(VS_OK, before);
	return !err;
}

static const struct object *object_of(const json_t *port)
{
	return is_uplink(port) ? &vsctl_uplink : is_vmk(port) ? &vsctl_vmk : &vsctl_port;
}

/* NICs, and what joins several to one: what has no guest at its other end */
static bool is_nic(struct vs_ctx *vs, const char *device)
{
	json_auto_t *link = NULL;
	const char *kind;

	if (vs_link(vs, "device", device, &link))
		return false;
	kind = vs_text_of(link, "kind");
	return !*kind || !strcmp(kind, "bond") || !strcmp(kind, "team");
}

static bool is_tap(struct vs_ctx *vs, const char *device)
{
	json_auto_t *link = NULL;

	return !vs_link(vs, "device", device, &link) && !strcmp(vs_text_of(link, "kind"), "tun");
}

static int set_mtu(struct vs_ctx *vs, const char *device, const json_t *change)
{
	json_int_t mtu = json_integer_value(json_object_get(change, "mtu"));
	json_auto_t *link = NULL;
	int err = mtu ? vs_link(vs, "device", device, &link) : VS_OK;

	if (err || !mtu || mtu == json_integer_value(json_object_get(link, "mtu")))
		return err;
	return vs_link_set_mtu(vs, device, mtu);
}

/* Nobody would hear from the port again, unless its addresses are seen or learned. */
static int check_mac(struct vs_ctx *vs, const char *device, const json_t *group,
		     const char *sw_name)
{
	json_auto_t *switches = NULL;
	const char *source;
	int sw, err;

	err = vs_switch_index(vs, sw_name, &sw);
	if (!err)
		err = vs_switches(vs, sw, &switches);
	source = vs_text_of(json_object_get(group, "security"), "mac_source");
	if (!source || !strcmp(source, "inherit"))
		source = vs_text_of(json_object_get(json_array_get(switches, 0), "security"),
				    "mac_source");
	if (err || json_is_object(json_object_get(group, "learning")) ||
	    !strcmp(source ?: "", "observed"))
		return err;
	return vs_fail(VS_REFUSED, "nothing says which MAC address the guest of %s has: neither external-ids:attached-mac nor a file of Proxmox VE; port group '%s' would have to learn it (vsctl portgroup set %s '%s' learning on)",
		       device, vs_text_of(group, "name"), sw_name, vs_text_of(group, "name"));
}

/*
 * Whether a tap's guest starts here or is about to arrive is not said.  Its port lets the guest
 * say so: what arrives sends at once.
 */
static int add_guest(struct vs_ctx *vs, const char *device, const json_t *change,
		     const json_t *group)
{
	const char *sw_name = vs_text_of(change, "switch"), *mac = vs_text_of(change, "mac");
	const char *words[WORDS_MAX + 1] = { sw_name, device, "portgroup",
					     vs_text_of(group, "name") };
	char pve[VS_MAC_TEXT];
	int err, count = 4;

	if (!mac && ovs_pve_mac(device, pve))
		mac = pve;
	err = mac ? VS_OK : check_mac(vs, device, group, sw_name);
	if (err)
		return err;
	if (mac) {
		words[count++] = "mac";
		words[count++] = mac;
	}
	if (mac && is_tap(vs, device)) {
		words[count++] = "inactive";
		words[count++] = "auto";
	}
	return run_vsctl(vs, &vsctl_port, "add", words);
}

/* A bridge of Proxmox VE's firewall is between its guest and this adapter. */
static int add_guest_mac(struct vs_ctx *vs, const char *device, const char *sw_name)
{
	json_auto_t *link = NULL, *change = NULL;
	char pve[VS_MAC_TEXT];
	int sw, err;

	if (!ovs_pve_mac(device, pve))
		return VS_OK;
	err = vs_switch_index(vs, sw_name, &sw);
	if (!err)
		err = vs_link(vs, "device", device, &link);
	if (err)
		return err;
	change = json_pack("{s:s, s:[s, s]}", "device", device, "mac", vs_text_of(link, "mac"),
			   pve);
	return vs_change_port(vs, sw, change);
}

static int add_vmk(struct vs_ctx *vs, const char *device, const json_t *change, const json_t *group)
{
	const char *sw_name = vs_text_of(change, "switch");
	const char *const words[] = { sw_name, device, "portgroup", vs_text_of(group, "name"),
				      NULL };
	char *refusal;
	int err = run_vsctl(vs, &vsctl_vmk, "add", words);

	if (err)
		return err;
	err = add_guest_mac(vs, device, sw_name);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	vs_link_del(vs, device);
	return vs_fail_with(err, refusal);
}

static int check_ids(const char *device, const json_t *change)
{
	if (!json_object_size(json_object_get(change, "ids")))
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s is no guest's: external ids are not for it", device);
}

/* What can only be said of a guest's port, or of a VMkernel adapter */
static int check_uplink(const char *device, const json_t *change)
{
	static const char *const keys[] = { "tag", "trunks", "vlan_mode", "profile", "mac" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (vs_text_of(change, keys[i]))
			return vs_fail(VS_REFUSED, "%s is an uplink, which carries every VLAN: %s is not for it",
				       device, keys[i]);
	}
	return check_ids(device, change);
}

static int add_uplink(struct vs_ctx *vs, const char *device, const json_t *change)
{
	const char *const words[] = { vs_text_of(change, "switch"), device, NULL };
	int err = check_uplink(device, change);

	return err ? err : run_vsctl(vs, &vsctl_uplink, "add", words);
}

/* Another port group, another address: only what is said */
static int change_port(struct vs_ctx *vs, const char *device, const json_t *change,
		       const json_t *port)
{
	const char *sw_name = vs_text_of(port, "switch"), *mac = vs_text_of(change, "mac");
	const char *now = vs_text_of(port, "portgroup"), *name;
	const char *words[WORDS_MAX + 1] = { sw_name, device };
	json_auto_t *group = NULL;
	int err, count = 2;

	if (json_object_get(change, "tag") || json_object_get(change, "trunks") ||
	    json_object_get(change, "vlan_mode") || json_object_get(change, "profile")) {
		err = ovs_choose_group(vs, change, sw_name, now, &group);
		if (err)
			return err;
	}
	name = vs_text_of(group, "name");
	if (name && strcmp(name, now ?: "")) {
		words[count++] = "portgroup";
		words[count++] = name;
	}
	if (mac && !is_vmk(port)) {
		words[count++] = "mac";
		words[count++] = mac;
	}
	return count == 2 ? VS_OK : run_vsctl(vs, object_of(port), "set", words);
}

/* Its external ids first: there may be no room for them. */
static int add_guest_and_ids(struct vs_ctx *vs, const char *device, const json_t *change,
			     const json_t *group)
{
	const json_t *ids = json_object_get(change, "ids");
	char *refusal;
	int err = ids ? ovs_set_ids(vs, device, ids) : VS_OK;

	if (err)
		return err;
	err = add_guest(vs, device, change, group);
	if (!err || !ids)
		return err;
	refusal = vs_take_error();
	ovs_set_ids(vs, device, json_null());
	return vs_fail_with(err, refusal);
}

static int add_client(struct vs_ctx *vs, const char *device, const json_t *change)
{
	bool internal = json_is_true(json_object_get(change, "internal"));
	json_auto_t *group = NULL;
	int err;

	err = ovs_choose_group(vs, change, vs_text_of(change, "switch"), NULL, &group);
	if (err)
		return err;
	if (!internal)
		return add_guest_and_ids(vs, device, change, group);
	err = check_ids(device, change);
	return err ? err : add_vmk(vs, device, change, group);
}

static int del(struct vs_ctx *vs, const char *device, const json_t *port)
{
	const char *const words[] = { vs_text_of(port, "switch"), device, NULL };
	json_auto_t *ids = ovs_ids_of(vs, device);
	int err = run_vsctl(vs, object_of(port), "del", words);

	return err || !json_object_size(ids) ? err : ovs_set_ids(vs, device, json_null());
}

static int add(struct vs_ctx *vs, const char *device, const json_t *change)
{
	bool internal = json_is_true(json_object_get(change, "internal"));
	json_auto_t *port = NULL;
	char *refusal;
	int sw, err;

	err = vs_switch_index(vs, vs_text_of(change, "switch"), &sw);
	if (err)
		return err;
	err = !internal && is_nic(vs, device) ? add_uplink(vs, device, change) :
						add_client(vs, device, change);
	if (!err)
		err = set_mtu(vs, device, change);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	if (!ovs_find_port(vs, device, &port) && port)
		del(vs, device, port);
	return vs_fail_with(err, refusal);
}

static int set(struct vs_ctx *vs, const char *device, const json_t *change, const json_t *port)
{
	const json_t *ids = json_object_get(change, "ids");
	bool guest = !is_uplink(port) && !is_vmk(port);
	int err;

	if (json_is_true(json_object_get(change, "internal")) && !is_vmk(port))
		return vs_fail(VS_REFUSED, "%s is there already, and is no VMkernel adapter",
			       device);
	err = is_uplink(port) ? check_uplink(device, change) :
	      guest ? VS_OK : check_ids(device, change);
	if (!err && guest && ids)
		err = ovs_set_ids(vs, device, ids);
	if (!err && !is_uplink(port))
		err = change_port(vs, device, change, port);
	return err ? err : set_mtu(vs, device, change);
}

/* A port that is there, on the switch where it is meant to be */
static int check_there(const json_t *change, const json_t *port)
{
	const char *sw_name = vs_text_of(change, "switch"), *where = vs_text_of(port, "switch");
	const char *device = vs_text_of(change, "name");

	if (sw_name && strcmp(sw_name, where))
		return vs_fail(VS_REFUSED, "%s is a port of switch %s, not of %s", device, where,
			       sw_name);
	if (strcmp(vs_text_of(change, "do"), "add") ||
	    json_is_true(json_object_get(change, "may_exist")))
		return VS_OK;
	return vs_fail(VS_REFUSED, "%s is a port of switch %s already", device, where);
}

static int apply_port(struct vs_ctx *vs, const json_t *change)
{
	const char *device = vs_text_of(change, "name"), *what = vs_text_of(change, "do");
	json_auto_t *port = NULL;
	int err = ovs_find_port(vs, device, &port);

	if (err)
		return err;
	if (!port && !strcmp(what, "add"))
		return add(vs, device, change);
	if (!port)
		return json_is_true(json_object_get(change, "if_exists")) ? VS_OK :
			vs_fail(VS_NOT_FOUND, "no port is named %s", device);
	err = check_there(change, port);
	if (err)
		return err;
	return strcmp(what, "del") ? set(vs, device, change, port) : del(vs, device, port);
}

/* Of the records of a bridge, only its MTU is something here: it has no port of its own. */
static int apply_switch(struct vs_ctx *vs, const json_t *change)
{
	const char *name = vs_text_of(change, "name"), *what = vs_text_of(change, "do");
	const char *const words[] = { name, NULL };
	bool may_exist = json_is_true(json_object_get(change, "may_exist"));
	bool if_exists = json_is_true(json_object_get(change, "if_exists"));
	bool there = is_switch(vs, name);
	int err = VS_OK;

	if (!strcmp(what, "del-br"))
		return there || !if_exists ? run_vsctl(vs, &vsctl_switch, "del", words) : VS_OK;
	if (!strcmp(what, "add-br") && !(there && may_exist))
		err = run_vsctl(vs, &vsctl_switch, "add", words);
	if (!err)
		err = check_uplink(name, change);
	return err ? err : set_mtu(vs, name, change);
}

int ovs_apply(struct vs_ctx *vs, const json_t *change)
{
	const char *what = vs_text_of(change, "do"), *name = vs_text_of(change, "name");

	if (strstr(what, "-br") || (!strcmp(what, "set") && is_switch(vs, name)))
		return apply_switch(vs, change);
	return apply_port(vs, change);
}
