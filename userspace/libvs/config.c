// SPDX-License-Identifier: GPL-2.0
/*
 * Checks are tables: one row for each key of an object, with the function that
 * checks its value and puts the complete form of it into the result.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vswitch.h>

#include "config.h"
#include "config_check.h"
#include "err.h"
#include "text.h"

#define MTU_DEFAULT	1500
#define KEYS_MAX	20

int bad(const char *path, const char *what)
{
	return vs_fail(VS_USAGE, "%s: %s", path, what);
}

/* Puts the path before the text of a parser. */
int at(const char *path, int err)
{
	return err ? vs_fail_because(err, "%s", path) : VS_OK;
}

static int unknown_key(const char *path, const char *key, const struct key *keys, size_t count)
{
	const char *names[KEYS_MAX], *near;
	size_t i;

	for (i = 0; i < count; i++)
		names[i] = keys[i].name;
	near = vs_nearest(key, names, count);
	if (near)
		return vs_fail(VS_USAGE, "%s%s%s: unknown key, did you mean %s?", path,
			       *path ? "." : "", key, near);
	return vs_fail(VS_USAGE, "%s%s%s: unknown key", path, *path ? "." : "", key);
}

int check_object(const char *path, const json_t *value, const struct key *keys, size_t count,
		 json_t **out)
{
	char inner[256];
	const char *name;
	json_t *item, *done;
	size_t i;
	int err;

	if (!json_is_object(value))
		return bad(*path ? path : "file", "must be a mapping");
	json_object_foreach((json_t *)value, name, item) {
		for (i = 0; i < count && strcmp(keys[i].name, name); i++)
			;
		if (i == count)
			return unknown_key(path, name, keys, count);
	}
	*out = json_object();
	for (i = 0; i < count; i++) {
		item = json_object_get(value, keys[i].name);
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", keys[i].name);
		if (!item && keys[i].needed)
			return bad(inner, "is missing");
		done = NULL;
		err = keys[i].check(inner, item, &done);
		json_object_set_new(*out, keys[i].name, done ? done : json_null());
		if (err)
			return err;
	}
	return VS_OK;
}

int check_list(const char *path, const json_t *value, check_fn check, size_t max, json_t **out)
{
	char inner[256];
	json_t *item, *done;
	size_t i;
	int err;

	*out = json_array();
	if (!value)
		return VS_OK;
	if (!json_is_array(value))
		return bad(path, "must be a list");
	if (json_array_size(value) > max)
		return vs_fail(VS_USAGE, "%s: has %zu entries, the limit is %zu", path,
			       json_array_size(value), max);
	json_array_foreach(value, i, item) {
		snprintf(inner, sizeof(inner), "%s[%zu]", path, i);
		done = NULL;
		err = check(inner, item, &done);
		json_array_append_new(*out, done ? done : json_null());
		if (err)
			return err;
	}
	return VS_OK;
}

int need_text(const char *path, const json_t *value)
{
	if (json_is_string(value))
		return VS_OK;
	if (json_is_integer(value) || json_is_boolean(value) || json_is_real(value))
		return bad(path, "must be text: write it in quotes");
	return bad(path, "must be text");
}

int check_ifname(const char *path, const json_t *value, json_t **out)
{
	int err = need_text(path, value);

	if (!err)
		err = at(path, vs_check_ifname(json_string_value(value)));
	if (!err)
		*out = json_incref((json_t *)value);
	return err;
}

int check_group_name(const char *path, const json_t *value, json_t **out)
{
	int err = need_text(path, value);

	if (!err)
		err = at(path, vs_check_name(json_string_value(value)));
	if (!err)
		*out = json_incref((json_t *)value);
	return err;
}

static int check_port_group(const char *path, const json_t *value, json_t **out)
{
	return !value || json_is_null(value) ? VS_OK : check_group_name(path, value, out);
}

static int check_mtu(const char *path, const json_t *value, json_t **out)
{
	int err;

	if (!value)
		return VS_OK;
	if (!json_is_integer(value))
		return bad(path, "must be a number");
	err = at(path, vs_check_mtu(json_integer_value(value)));
	if (!err)
		*out = json_incref((json_t *)value);
	return err;
}

int check_bool(const char *path, const json_t *value, json_t **out)
{
	if (value && !json_is_boolean(value))
		return bad(path, "must be true or false");
	*out = json_boolean(json_is_true(value));
	return VS_OK;
}

static int check_mac(const char *path, const json_t *value, json_t **out)
{
	unsigned char mac[VS_MAC_LEN];
	char text[VS_MAC_TEXT];
	int err;

	if (!value)
		return VS_OK;
	err = need_text(path, value);
	if (!err)
		err = at(path, vs_parse_mac(json_string_value(value), mac));
	if (err)
		return err;
	vs_format_mac(mac, text);
	*out = json_string(text);
	return VS_OK;
}

int no_duplicates(const char *path, const json_t *list)
{
	json_auto_t *seen = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (json_object_get(seen, json_string_value(item)))
			return vs_fail(VS_USAGE, "%s: %s is listed twice", path,
				       json_string_value(item));
		json_object_set_new(seen, json_string_value(item), json_true());
	}
	return VS_OK;
}

static int check_macs(const char *path, const json_t *value, json_t **out)
{
	json_auto_t *one = NULL;
	int err;

	if (json_is_string(value)) {
		one = json_pack("[O]", value);
		value = one;
	}
	err = check_list(path, value, check_mac, VSWITCH_PORT_MACS_MAX, out);
	return err ? err : no_duplicates(path, *out);
}

static int check_address(const char *path, const json_t *value, json_t **out)
{
	struct vs_addr addr;
	char text[64];
	int err = need_text(path, value);

	if (!err)
		err = at(path, vs_parse_addr(json_string_value(value), &addr));
	if (err)
		return err;
	vs_format_addr(&addr, text, sizeof(text));
	*out = json_string(text);
	return VS_OK;
}

static int check_addresses(const char *path, const json_t *value, json_t **out)
{
	int err;

	if (!value)
		return VS_OK;
	err = check_list(path, value, check_address, 256, out);
	return err ? err : no_duplicates(path, *out);
}

int check_word(const char *path, const json_t *value, const char *const *words, json_t **out)
{
	char list[96] = "";
	size_t i, len;

	for (i = 0; words[i]; i++) {
		if (!value || !strcmp(json_string_value(value) ?: "", words[i])) {
			*out = json_string(words[i]);
			return VS_OK;
		}
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%s",
			 !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	return vs_fail(VS_USAGE, "%s: must be %s", path, list);
}

static int check_policy(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = { "reject", "accept", NULL };

	return check_word(path, value, words, out);
}

static int check_inheritable(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = { "inherit", "accept", "reject", NULL };

	return check_word(path, value, words, out);
}

static int check_mac_source(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = { "static", "agent", "observed", NULL };

	return check_word(path, value, words, out);
}

static int check_group_mac_source(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = { "inherit", "static", "agent", "observed", NULL };

	return check_word(path, value, words, out);
}

static int check_switch_security(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "promiscuous", check_policy },
		{ "mac_changes", check_policy },
		{ "forged_transmits", check_policy },
		{ "mac_source", check_mac_source },
	};
	json_auto_t *none = json_object();

	return check_object(path, value ? value : none, TABLE(keys), out);
}

static int check_group_security(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "promiscuous", check_inheritable },
		{ "mac_changes", check_inheritable },
		{ "forged_transmits", check_inheritable },
		{ "mac_source", check_group_mac_source },
	};
	json_auto_t *none = json_object();

	return check_object(path, value ? value : none, TABLE(keys), out);
}

static int check_teaming_policy(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = {
		"port-id", "source-mac", "ip-hash", "explicit", "load", NULL
	};

	return check_word(path, value, words, out);
}

static int check_detection(const char *path, const json_t *value, json_t **out)
{
	static const char *const words[] = { "link", "beacon", NULL };

	return check_word(path, value, words, out);
}

static int check_true_or_false(const char *path, const json_t *value, json_t **out)
{
	if (value && !json_is_boolean(value))
		return bad(path, "must be true or false");
	*out = json_boolean(!value || json_is_true(value));
	return VS_OK;
}

static int check_uplink_names(const char *path, const json_t *value, json_t **out)
{
	int err = check_list(path, value, check_ifname, VSWITCH_UPLINKS_MAX, out);

	return err ? err : no_duplicates(path, *out);
}

static const struct key teaming_keys[] = {
	{ "policy", check_teaming_policy },
	{ "active", check_uplink_names },
	{ "standby", check_uplink_names },
	{ "unused", check_uplink_names },
	{ "detection", check_detection },
	{ "failback", check_true_or_false },
	{ "notify_switches", check_true_or_false },
};

static int check_teaming(const char *path, const json_t *value, json_t **out)
{
	json_auto_t *none = json_object();
	json_auto_t *all = NULL;
	int err;

	err = check_object(path, value ? value : none, TABLE(teaming_keys), out);
	if (err)
		return err;
	all = json_copy(json_object_get(*out, "active"));
	json_array_extend(all, json_object_get(*out, "standby"));
	/* Which are unused follows from the other lists, if there is one in them. */
	if (json_array_size(all)) {
		json_array_extend(all, json_object_get(*out, "unused"));
		json_object_set_new(*out, "unused", json_array());
	}
	return no_duplicates(path, all);
}

/* What a port group does not say, it has from the switch: null. */
static int check_group_teaming(const char *path, const json_t *value, json_t **out)
{
	bool is_empty = true;
	size_t i;
	int err;

	if (!value || json_is_null(value) ||
	    (json_is_string(value) && !strcmp(json_string_value(value), "inherit")))
		return VS_OK;
	err = check_teaming(path, value, out);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(teaming_keys); i++) {
		const char *key = teaming_keys[i].name;
		const json_t *own = json_object_get(value, key);

		is_empty = is_empty && (!own || (json_is_array(own) && !json_array_size(own)));
		if (!own && !json_is_array(json_object_get(*out, key)))
			json_object_set_new(*out, key, json_null());
	}
	if (is_empty) {
		json_decref(*out);
		*out = NULL;
	}
	return VS_OK;
}

static int check_vlan(const char *path, const json_t *value, json_t **out)
{
	char text[32];
	unsigned long vlan;
	int err;

	if (!value)
		return VS_OK;
	if (!json_is_integer(value))
		return vs_fail(VS_USAGE, "%s: must be a number from 0 to %d", path,
			       VSWITCH_VLAN_GUEST);
	snprintf(text, sizeof(text), "%lld", json_integer_value(value));
	err = at(path, vs_parse_vlan(text, &vlan));
	if (!err)
		*out = json_incref((json_t *)value);
	return err;
}

static int check_trunk(const char *path, const json_t *value, json_t **out)
{
	struct vs_trunk trunk;
	char number[32], *text;
	const char *from = number;
	int err;

	if (!value)
		return VS_OK;
	snprintf(number, sizeof(number), "%lld", json_integer_value(value));
	if (json_is_string(value))
		from = json_string_value(value);
	else if (!json_is_integer(value))
		return bad(path, "must be VLANs and ranges, as in \"10,20-29\"");
	err = at(path, vs_parse_trunk(from, &trunk));
	if (err)
		return err;
	text = vs_format_trunk(&trunk);
	*out = json_string(text);
	free(text);
	return VS_OK;
}

static int check_portgroup(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "name", check_group_name, true },
		{ "vlan", check_vlan },
		{ "trunk", check_trunk },
		{ "security", check_group_security },
		{ "teaming", check_group_teaming },
		{ "blocked", check_bool },
		{ "overrides", check_overrides },
		{ "shaping_ingress", check_shaping },
		{ "shaping_egress", check_shaping },
		{ "learning", check_learning },
		{ "snooping", check_bool },
		{ "link_local", check_link_local },
		{ "shared_mac", check_bool },
	};
	bool vlan, trunk;
	int err = check_object(path, value, TABLE(keys), out);

	if (err)
		return err;
	vlan = !json_is_null(json_object_get(*out, "vlan"));
	trunk = !json_is_null(json_object_get(*out, "trunk"));
	if (vlan && trunk)
		return bad(path, "has both vlan and trunk: it takes one of them");
	if (!vlan && !trunk)
		json_object_set_new(*out, "vlan", json_integer(0));
	return VS_OK;
}

static int check_own_security(const char *path, const json_t *value, json_t **out)
{
	return value && !json_is_null(value) ? check_group_security(path, value, out) : VS_OK;
}

/* What a port may have otherwise than its port group */
#define OWN_KEYS \
	{ "vlan", check_vlan }, \
	{ "trunk", check_trunk }, \
	{ "security", check_own_security }, \
	{ "teaming", check_group_teaming }, \
	{ "shaping_ingress", check_shaping }, \
	{ "shaping_egress", check_shaping }

static int check_uplink(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "device", check_ifname, true },
		{ "blocked", check_bool },
	};
	json_auto_t *object = NULL;

	if (json_is_string(value)) {
		object = json_pack("{s:O}", "device", value);
		value = object;
	}
	return check_object(path, value, TABLE(keys), out);
}

static int check_port(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "device", check_ifname, true },
		{ "portgroup", check_port_group },
		{ "mac", check_macs },
		{ "blocked", check_bool },
		OWN_KEYS,
	};
	int err = check_object(path, value, TABLE(keys), out);

	if (!err)
		err = finish_own(path, *out);
	if (!err && json_is_null(json_object_get(*out, "portgroup")) &&
	    json_array_size(json_object_get(*out, "mac")))
		return bad(path, "has a mac, but no portgroup");
	return err;
}

static int check_vmk(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "name", check_ifname, true },
		{ "portgroup", check_port_group },
		{ "mac", check_mac },
		{ "mtu", check_mtu },
		{ "blocked", check_bool },
		{ "addresses", check_addresses },
		OWN_KEYS,
	};
	int err = check_object(path, value, TABLE(keys), out);

	return err ? err : finish_own(path, *out);
}

static int check_portgroups(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_portgroup, VSWITCH_PORTGROUPS_MAX, out);
}

static int check_uplinks(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_uplink, VSWITCH_UPLINKS_MAX, out);
}

static int check_ports(const char *path, const json_t *value, json_t **out)
{
	/* Guests bring their ports, and take them away: a file need not speak of them. */
	return value ? check_list(path, value, check_port, VSWITCH_PORTS_MAX, out) : VS_OK;
}

static int check_vmks(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_vmk, VSWITCH_PORTS_MAX, out);
}

static int check_up_delay(const char *path, const json_t *value, json_t **out)
{
	json_int_t delay = value ? json_integer_value(value) : VS_UP_DELAY_DEFAULT;

	if ((value && !json_is_integer(value)) || delay < 0 || delay > VSWITCH_UP_DELAY_MAX)
		return vs_fail(VS_USAGE, "%s: must be 0 to %d, in milliseconds", path,
			       VSWITCH_UP_DELAY_MAX);
	*out = json_integer(delay);
	return VS_OK;
}

static const struct key switch_keys[] = {
	{ "name", check_ifname, true },
	{ "mtu", check_mtu },
	{ "security", check_switch_security },
	{ "teaming", check_teaming },
	{ "up_delay", check_up_delay },
	{ "uplinks", check_uplinks },
	{ "portgroups", check_portgroups },
	{ "ports", check_ports },
	{ "vmks", check_vmks },
	{ "pvlans", check_pvlans },
	{ "mirrors", check_mirrors },
};

static void set_mtus(json_t *sw)
{
	json_t *vmk;
	size_t i;

	if (json_is_null(json_object_get(sw, "mtu")))
		json_object_set_new(sw, "mtu", json_integer(MTU_DEFAULT));
	json_array_foreach(json_object_get(sw, "vmks"), i, vmk) {
		if (json_is_null(json_object_get(vmk, "mtu")))
			json_object_set(vmk, "mtu", json_object_get(sw, "mtu"));
	}
}

static int check_switch(const char *path, const json_t *value, json_t **out)
{
	int err = check_object(path, value, TABLE(switch_keys), out);

	if (!err)
		set_mtus(*out);
	return err;
}

static int check_switches(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_switch, 1024, out);
}

int vs_config_check(const json_t *tree, json_t **switches)
{
	static const struct key keys[] = {
		{ "switches", check_switches, true },
	};
	json_auto_t *file = NULL;
	json_auto_t *devices = json_object();
	json_t *sw;
	char path[32];
	size_t i;
	int err;

	*switches = NULL;
	err = check_object("", tree, TABLE(keys), &file);
	if (err)
		return err;
	json_array_foreach(json_object_get(file, "switches"), i, sw) {
		snprintf(path, sizeof(path), "switches[%zu]", i);
		if (json_object_get(devices, json_string_value(json_object_get(sw, "name"))))
			return vs_fail(VS_USAGE, "%s: %s is listed twice", path,
				       json_string_value(json_object_get(sw, "name")));
		json_object_set_new(devices, json_string_value(json_object_get(sw, "name")),
				    json_true());
		err = check_references(path, sw, devices);
		if (err)
			return err;
	}
	*switches = json_incref(json_object_get(file, "switches"));
	return VS_OK;
}

json_t *vs_config_empty_switch(const char *name)
{
	json_auto_t *bare = json_pack("{s:s}", "name", name);
	json_t *out = NULL;

	check_switch("", bare, &out);
	return out;
}
