// SPDX-License-Identifier: GPL-2.0
/* Configurations as files: reading the two languages, leaving out defaults. */
#include <ctype.h>
#include <string.h>

#include "config.h"
#include "err.h"
#include "yaml.h"

static int parse_json(const char *name, const char *text, size_t len, json_t **tree)
{
	json_error_t error;

	*tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (*tree)
		return VS_OK;
	return vs_fail(VS_USAGE, "%s:%d:%d: %s", name, error.line, error.column, error.text);
}

int vs_config_parse(const char *name, const char *text, size_t len, json_t **tree)
{
	size_t i = 0;

	while (i < len && isspace((unsigned char)text[i]))
		i++;
	if (i < len && text[i] == '{')
		return parse_json(name, text, len, tree);
	return vs_yaml_parse(name, text, len, tree);
}

static bool is_empty(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_array(value) && !json_array_size(value)) ||
	       (json_is_object(value) && !json_object_size(value));
}

/* @defaults may be NULL: then only what is empty is left out. */
static json_t *without_defaults(const json_t *object, const json_t *defaults)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value) {
		if (!is_empty(value) && !json_equal(value, json_object_get(defaults, key)))
			json_object_set(out, key, value);
	}
	return out;
}

static json_t *short_security(const json_t *object, const char *policy, const char *mac_source)
{
	json_auto_t *defaults = json_pack("{s:s, s:s, s:s, s:s}", "promiscuous", policy,
					  "mac_changes", policy, "forged_transmits", policy,
					  "mac_source", mac_source);

	return without_defaults(json_object_get(object, "security"), defaults);
}

/* In a port group null stands for what is inherited, and false for itself. */
static json_t *short_teaming(const json_t *object)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(object, "teaming"), key, value) {
		if (json_is_false(value) || !is_empty(value))
			json_object_set(out, key, value);
	}
	return out;
}

static json_t *short_switch_teaming(const json_t *sw)
{
	json_auto_t *defaults = json_pack("{s:s, s:s, s:b, s:b}", "policy", "port-id", "detection",
					  "link", "failback", 1, "notify_switches", 1);
	json_t *out = short_teaming(sw), *value;
	const char *key;

	json_object_foreach(defaults, key, value) {
		if (json_equal(value, json_object_get(out, key)))
			json_object_del(out, key);
	}
	return out;
}

/* What a port has otherwise: a policy of its own may be to inherit all. */
static void shorten_own(json_t *port)
{
	json_object_del(port, "overrides");
	if (json_is_object(json_object_get(port, "security")))
		json_object_set_new(port, "security", short_security(port, "inherit", "inherit"));
	if (json_is_object(json_object_get(port, "teaming")))
		json_object_set_new(port, "teaming", short_teaming(port));
}

static json_t *short_portgroup(const json_t *object)
{
	json_auto_t *copy = json_copy((json_t *)object);

	json_object_set_new(copy, "security", short_security(object, "inherit", "inherit"));
	json_object_set_new(copy, "teaming", short_teaming(object));
	return without_defaults(copy, NULL);
}

static json_t *short_uplink(const json_t *object)
{
	if (json_is_true(json_object_get(object, "blocked")))
		return json_copy((json_t *)object);
	return json_incref(json_object_get(object, "device"));
}

static json_t *short_port(const json_t *object)
{
	json_t *out = without_defaults(object, NULL);
	json_t *macs = json_object_get(out, "mac");

	shorten_own(out);
	if (json_array_size(macs) == 1)
		json_object_set(out, "mac", json_array_get(macs, 0));
	return out;
}

static json_t *short_vmk(const json_t *object)
{
	json_t *out = without_defaults(object, NULL);

	shorten_own(out);
	/* None at all is not the same as not saying. */
	if (json_is_array(json_object_get(object, "addresses")))
		json_object_set(out, "addresses", json_object_get(object, "addresses"));
	return out;
}

static json_t *short_pvlan(const json_t *object)
{
	return without_defaults(object, NULL);
}

static json_t *short_mirror(const json_t *object)
{
	json_auto_t *defaults = json_pack("{s:i, s:i}", "length", 0, "sampling", 1);

	return without_defaults(object, defaults);
}

static json_t *each(const json_t *list, json_t *(*fn)(const json_t *object))
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach(list, i, item)
		json_array_append_new(out, fn(item));
	return out;
}

static json_t *short_switch(const json_t *sw)
{
	json_auto_t *copy = json_copy((json_t *)sw);
	json_t *out;

	json_object_del(copy, "generation");
	json_object_set_new(copy, "security", short_security(sw, "reject", "static"));
	json_object_set_new(copy, "teaming", short_switch_teaming(sw));
	if (json_integer_value(json_object_get(copy, "up_delay")) == VS_UP_DELAY_DEFAULT)
		json_object_del(copy, "up_delay");
	json_object_set_new(copy, "uplinks", each(json_object_get(sw, "uplinks"), short_uplink));
	json_object_set_new(copy, "portgroups",
			    each(json_object_get(sw, "portgroups"), short_portgroup));
	json_object_set_new(copy, "ports", each(json_object_get(sw, "ports"), short_port));
	json_object_set_new(copy, "pvlans", each(json_object_get(sw, "pvlans"), short_pvlan));
	json_object_set_new(copy, "mirrors", each(json_object_get(sw, "mirrors"), short_mirror));
	json_object_set_new(copy, "vmks", each(json_object_get(sw, "vmks"), short_vmk));
	out = without_defaults(copy, NULL);
	/* None at all is not the same as not saying. */
	if (json_is_array(json_object_get(sw, "ports")))
		json_object_set(out, "ports", json_object_get(copy, "ports"));
	return out;
}

json_t *vs_config_tree(const json_t *switches)
{
	return json_pack("{s:o}", "switches", each(switches, short_switch));
}
