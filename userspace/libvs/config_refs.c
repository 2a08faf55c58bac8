// SPDX-License-Identifier: GPL-2.0
/* Configurations: references between objects of a switch */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_check.h"
#include "err.h"
#include "rows.h"

/* The set of names in a list of objects; a duplicate is an error. */
static int collect_names(const char *path, const json_t *list, const char *list_name,
			 const char *key, json_t *names)
{
	const json_t *item;
	const char *name;
	size_t i;

	json_array_foreach(list, i, item) {
		name = json_string_value(json_object_get(item, key));
		if (json_object_get(names, name))
			return vs_fail(VS_USAGE, "%s.%s[%zu]: %s is listed twice", path, list_name,
				       i, name);
		json_object_set_new(names, name, json_true());
	}
	return VS_OK;
}

static int check_order(const char *path, const json_t *teaming, const json_t *uplinks)
{
	const struct vs_row *row;
	const json_t *name;
	size_t i;

	VS_EACH_ORDER(row) {
		json_array_foreach(json_object_get(teaming, row->key), i, name) {
			if (!json_object_get(uplinks, json_string_value(name)))
				return vs_fail(VS_USAGE, "%s.teaming.%s: %s is not in the uplinks of the switch",
					       path, row->key, json_string_value(name));
		}
	}
	return VS_OK;
}

static int check_membership(const char *path, const json_t *sw, const char *list,
			    const json_t *portgroups)
{
	const json_t *item;
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(sw, list), i, item) {
		name = json_string_value(json_object_get(item, "portgroup"));
		if (name && !json_object_get(portgroups, name))
			return vs_fail(VS_USAGE, "%s.%s[%zu].portgroup: the switch has no port group '%s'",
				       path, list, i, name);
	}
	return VS_OK;
}

int check_references(const char *path, const json_t *sw, json_t *devices)
{
	json_auto_t *uplinks = json_object();
	json_auto_t *portgroups = json_object();
	const json_t *item;
	char inner[96];
	size_t i;
	int err;

	err = collect_names(path, json_object_get(sw, "uplinks"), "uplinks", "device", devices);
	err = err ?: collect_names(path, json_object_get(sw, "ports"), "ports", "device", devices);
	err = err ?: collect_names(path, json_object_get(sw, "vmks"), "vmks", "name", devices);
	err = err ?: collect_names(path, json_object_get(sw, "uplinks"), "uplinks", "device",
				   uplinks);
	err = err ?: collect_names(path, json_object_get(sw, "portgroups"), "portgroups", "name",
				   portgroups);
	err = err ?: check_membership(path, sw, "ports", portgroups);
	err = err ?: check_membership(path, sw, "vmks", portgroups);
	err = err ?: check_order(path, json_object_get(sw, "teaming"), uplinks);
	json_array_foreach(json_object_get(sw, "portgroups"), i, item) {
		snprintf(inner, sizeof(inner), "%s.portgroups[%zu]", path, i);
		err = err ?: check_order(inner, json_object_get(item, "teaming"), uplinks);
	}
	return err;
}
