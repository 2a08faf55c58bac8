// SPDX-License-Identifier: GPL-2.0
/* Existence checks for --may-exist, --if-exists and replace */
#include <stdlib.h>
#include <string.h>

#include "../libvs/json.h"
#include "../libvs/model.h"
#include "vsctl.h"

static bool is_client(const json_t *port)
{
	return !is_uplink(port) && !is_vmk(port);
}

/* How an object is found on its switch */
static const struct {
	const struct object *object;
	int (*list)(struct vs_ctx *vs, int sw, json_t **list);
	const char *key;
	bool (*wanted)(const json_t *item);	/* NULL: each */
} kinds[] = {
	{ &vsctl_portgroup, vs_portgroups, "name", NULL },
	{ &vsctl_port, vs_ports, "device", is_client },
	{ &vsctl_uplink, vs_ports, "device", is_uplink },
	{ &vsctl_vmk, vs_ports, "device", is_vmk },
	{ &vsctl_pvlan, vs_pvlans, "primary", NULL },
	{ &vsctl_mirror, vs_mirrors, "name", NULL },
};

static bool is_called(const json_t *value, const char *name)
{
	char *text = json_is_integer(value) ? vs_out_text(value) : NULL;
	bool same = !strcmp(text ? text : json_string_value(value) ?: "", name);

	free(text);
	return same;
}

int object_exists(const struct object *object, struct args args, bool *exists)
{
	json_auto_t *list = NULL;
	const char *sw_name, *name;
	bool found = false;
	json_t *item;
	size_t i, k;
	int sw, err;

	*exists = false;
	if (!args.count)
		return VS_OK;	/* the verb says what is missing */
	err = need_switch(&args, &sw_name, &sw);
	if (err == VS_NOT_FOUND)
		return VS_OK;
	*exists = !err && object == &vsctl_switch;
	if (err || *exists || !args.count)
		return err;
	name = next_word(&args);
	for (k = 0; k < ARRAY_SIZE(kinds) && kinds[k].object != object; k++)
		;
	if (k == ARRAY_SIZE(kinds))
		return VS_OK;
	err = kinds[k].list(args.vs, sw, &list);
	json_array_foreach(list, i, item)
		found = found || (is_called(json_object_get(item, kinds[k].key), name) &&
				  (!kinds[k].wanted || kinds[k].wanted(item)));
	*exists = found;
	return err;
}
