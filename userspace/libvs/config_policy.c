// SPDX-License-Identifier: GPL-2.0
/* Configurations: checks of optional features. */
#include <stdint.h>
#include <string.h>

#include <linux/vswitch.h>

#include "config.h"
#include "config_check.h"
#include "err.h"
#include "text.h"

static int check_number(const char *path, const json_t *value, json_int_t min, json_int_t max,
			json_t **out)
{
	if (!value || json_is_null(value))
		return VS_OK;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return vs_fail(VS_USAGE, "%s: must be a number from %lld to %lld", path, min, max);
	*out = json_incref((json_t *)value);
	return VS_OK;
}

static int check_count(const char *path, const json_t *value, json_t **out)
{
	return check_number(path, value, 1, UINT32_MAX, out);
}

static int check_length(const char *path, const json_t *value, json_t **out)
{
	int err = check_number(path, value, 0, UINT32_MAX, out);

	if (!err && !*out)
		*out = json_integer(0);
	return err;
}

static int check_sampling(const char *path, const json_t *value, json_t **out)
{
	int err = check_count(path, value, out);

	if (!err && !*out)
		*out = json_integer(1);
	return err;
}

static int check_id(const char *path, const json_t *value, json_t **out)
{
	return check_number(path, value, 1, VSWITCH_VLAN_MAX, out);
}

static int check_any_vlan(const char *path, const json_t *value, json_t **out)
{
	return check_number(path, value, 0, VSWITCH_VLAN_MAX, out);
}

static const char *const overrides[] = { "vlan", "security", "teaming", "shaping", NULL };
static const char *const link_local[] = { "stp", "lacp", "eapol", "lldp", NULL };

/* @words in @list, in the order in which the kernel gives them */
static json_t *sort_words(const json_t *list, const char *const *words)
{
	json_t *out = json_array(), *item;
	size_t i;

	for (; *words; words++) {
		json_array_foreach(list, i, item) {
			if (!strcmp(json_string_value(item), *words))
				json_array_append(out, item);
		}
	}
	return out;
}

/* A set of @words, which NULL ends */
static int check_words(const char *path, const json_t *value, const char *const *words,
		       check_fn check, json_t **out)
{
	json_auto_t *list = NULL;
	size_t count = 0;
	int err;

	while (words[count])
		count++;
	err = check_list(path, value, check, count, &list);
	err = err ? err : no_duplicates(path, list);
	if (!err)
		*out = sort_words(list, words);
	return err;
}

static int check_override(const char *path, const json_t *value, json_t **out)
{
	return check_word(path, value, overrides, out);
}

int check_overrides(const char *path, const json_t *value, json_t **out)
{
	return check_words(path, value, overrides, check_override, out);
}

static int check_protocol(const char *path, const json_t *value, json_t **out)
{
	return check_word(path, value, link_local, out);
}

int check_link_local(const char *path, const json_t *value, json_t **out)
{
	return check_words(path, value, link_local, check_protocol, out);
}

int check_shaping(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "average", check_count, true },
		{ "peak", check_count, true },
		{ "burst", check_count, true },
	};

	return value && !json_is_null(value) ? check_object(path, value, TABLE(keys), out) : VS_OK;
}

static int check_limit(const char *path, const json_t *value, json_t **out)
{
	int err = check_number(path, value, 1, VSWITCH_LEARNING_LIMIT_MAX, out);

	if (!err && !*out)
		*out = json_integer(VSWITCH_LEARNING_LIMIT_MAX);
	return err;
}

static int check_full(const char *path, const json_t *value, json_t **out)
{
	const char *text = value ? json_string_value(value) : "drop";

	if (!text || (strcmp(text, "drop") && strcmp(text, "allow")))
		return bad(path, "must be drop or allow");
	*out = json_string(text);
	return VS_OK;
}

static int check_flood(const char *path, const json_t *value, json_t **out)
{
	if (value)
		return check_bool(path, value, out);
	*out = json_true();
	return VS_OK;
}

static int check_ageing(const char *path, const json_t *value, json_t **out)
{
	int err = check_number(path, value, 1, 1000000, out);

	if (!err && !*out)
		*out = json_integer(600);
	return err;
}

int check_learning(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "limit", check_limit },
		{ "full", check_full },
		{ "flood", check_flood },
		{ "ageing", check_ageing },
	};
	json_auto_t *none = json_object();

	if (!value || json_is_null(value) || json_is_false(value))
		return VS_OK;
	return check_object(path, json_is_true(value) ? none : value, TABLE(keys), out);
}

static int check_ids(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_id, VSWITCH_VLAN_MAX, out);
}

static int check_pvlan(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "primary", check_id, true },
		{ "isolated", check_id },
		{ "community", check_ids },
	};

	return check_object(path, value, TABLE(keys), out);
}

int check_pvlans(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_pvlan, VSWITCH_VLAN_MAX, out);
}

static int check_ports_named(const char *path, const json_t *value, json_t **out)
{
	int err = check_list(path, value, check_ifname, VSWITCH_PORTS_MAX, out);

	return err ? err : no_duplicates(path, *out);
}

static int check_vlans(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_any_vlan, VSWITCH_VLAN_MAX + 1, out);
}

static int check_mirror(const char *path, const json_t *value, json_t **out)
{
	static const struct key keys[] = {
		{ "name", check_group_name, true },
		{ "ingress", check_ports_named },
		{ "egress", check_ports_named },
		{ "vlan", check_vlans },
		{ "destination", check_ifname, true },
		{ "rspan_vlan", check_id },
		{ "length", check_length },
		{ "sampling", check_sampling },
	};

	return check_object(path, value, TABLE(keys), out);
}

int check_mirrors(const char *path, const json_t *value, json_t **out)
{
	return check_list(path, value, check_mirror, VSWITCH_MIRRORS_MAX, out);
}

static bool has(const json_t *object, const char *key)
{
	return !json_is_null(json_object_get(object, key));
}

int finish_own(const char *path, json_t *port)
{
	json_t *overrides = json_array();

	json_object_set_new(port, "overrides", overrides);
	if (has(port, "vlan") && has(port, "trunk"))
		return bad(path, "has both vlan and trunk: it takes one of them");
	if (has(port, "vlan") || has(port, "trunk"))
		json_array_append_new(overrides, json_string("vlan"));
	if (has(port, "security"))
		json_array_append_new(overrides, json_string("security"));
	if (has(port, "teaming"))
		json_array_append_new(overrides, json_string("teaming"));
	if (has(port, "shaping_ingress") || has(port, "shaping_egress"))
		json_array_append_new(overrides, json_string("shaping"));
	if (json_array_size(overrides) && !has(port, "portgroup"))
		return bad(path, "has policies of its own, but no portgroup");
	return VS_OK;
}
