// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <string.h>

#include "../libvs/altname.h"
#include "../libvs/change.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/rtnl.h"
#include "../libvs/text.h"
#include "vsctl.h"

#define DEVICE "the name of the device"

int need_switch(struct args *args, const char **name, int *ifindex)
{
	int err = need_word(args, "the name of the switch", name);

	return err ? err : vs_switch_index(args->vs, *name, ifindex);
}

int need_device(struct args *args, const char *what, const char **name)
{
	int err = need_word(args, what, name);

	if (err)
		return err;
	*name = vs_device_name(args->vs, *name);
	return vs_check_ifname(*name);
}

int maybe_switch(struct args *args, const char **name, int *ifindex)
{
	*name = NULL;
	*ifindex = 0;
	return args->count ? need_switch(args, name, ifindex) : VS_OK;
}

int maybe_switch_only(struct args *args, const char **name, int *ifindex)
{
	int err = maybe_switch(args, name, ifindex);

	return err ? err : no_more_words(args);
}

#define COLUMNS_MAX	32

static size_t list_columns(const struct vs_row *rows, const char *nest,
			   struct vs_column columns[COLUMNS_MAX])
{
	const struct vs_row *row;
	size_t count = 0;

	VS_EACH_ROW(row, rows) {
		if (row->head)
			columns[count++] = (struct vs_column){ row->head, row->key, nest };
		if (row->flags & VS_COLUMNS)
			count += list_columns(row->rows, row->key, columns + count);
	}
	return count;
}

void show_rows(json_t *list, const struct vs_row *rows)
{
	struct vs_column columns[COLUMNS_MAX];

	vs_out_table(&vsctl_out, list, columns, list_columns(rows, NULL, columns));
}

int show_list(struct args *args, int (*list)(struct vs_ctx *vs, int sw, json_t **list),
	      const struct vs_row *rows)
{
	json_auto_t *found = NULL;
	const char *name;
	int sw, err;

	err = maybe_switch_only(args, &name, &sw);
	if (!err)
		err = list(args->vs, sw, &found);
	if (!err)
		show_rows(json_incref(found), rows);
	return err;
}

int need_port(struct args *args, const char *what, struct port_name *name)
{
	int err = need_switch(args, &name->sw_name, &name->sw);

	return err ? err : need_device(args, what, &name->device);
}

bool is_uplink(const json_t *port)
{
	return !strcmp(vs_text_of(port, "role") ?: "", "uplink");
}

bool is_vmk(const json_t *port)
{
	return !strcmp(vs_text_of(port, "kind") ?: "", VS_KIND_VMKNIC);
}

int list_ports(struct args *args, bool (*wanted)(const json_t *port), const char **device_name,
	       json_t **list)
{
	json_auto_t *all = NULL;
	const char *sw_name, *device;
	json_t *port = NULL;
	size_t i;
	int sw, err;

	*list = json_array();
	err = maybe_switch(args, &sw_name, &sw);
	device = next_word(args);
	if (device)
		device = vs_device_name(args->vs, device);
	if (device_name)
		*device_name = device;
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = vs_ports(args->vs, sw, &all);
	if (!err && device)
		err = vs_find_port(all, sw_name, device, &port);
	if (err)
		return err;
	json_array_foreach(all, i, port) {
		if (device && strcmp(vs_text_of(port, "device"), device))
			continue;
		if (!wanted || wanted(port))
			json_array_append(*list, port);
	}
	if (device && !json_array_size(*list))
		return vs_fail(VS_NOT_FOUND, "port %s of switch %s is of another kind", device,
			       sw_name);
	return VS_OK;
}

int check_port(struct vs_ctx *vs, const struct port_name *name, bool (*wanted)(const json_t *port),
	       const char *what)
{
	json_auto_t *all = NULL;
	json_t *port = NULL;
	int err = vs_ports(vs, name->sw, &all);

	if (!err)
		err = vs_find_port(all, name->sw_name, name->device, &port);
	if (!err && wanted && !wanted(port))
		err = vs_fail(VS_NOT_FOUND, "%s is %s of switch %s, not %s", name->device,
			      is_uplink(port) ? "an uplink" :
			      is_vmk(port) ? "a VMkernel adapter" : "a port for guests",
			      name->sw_name, what);
	return err;
}

static int check_free(struct vs_ctx *vs, int sw, const char *device, bool *joined)
{
	json_auto_t *link = NULL;
	char name[IF_NAMESIZE] = "another device";
	json_int_t master;
	int err = vs_link(vs, "device", device, &link);

	if (err)
		return err;
	master = json_integer_value(json_object_get(link, "master"));
	*joined = master == sw;
	/* The kernel would move it, and its old place would be lost. */
	if (!master || master == sw)
		return VS_OK;
	if_indextoname(master, name);
	return vs_fail(VS_REFUSED,
		       "device %s belongs to %s: release it first (ip link set %s nomaster)",
		       device, name, device);
}

/* Joins the device to the switch, changes it, brings it up; all or nothing. */
static int join_switch(struct vs_ctx *vs, int sw, const char *device, const json_t *change, bool up)
{
	char *refusal;
	bool joined = false;
	int err;

	err = vs_family_open(vs, VS_VSWITCH);
	if (!err)
		err = check_free(vs, sw, device, &joined);
	if (!err && !joined)
		err = vs_link_set_master(vs, device, sw);
	if (err)
		return err;
	err = json_object_size(change) > 1 ? vs_change_port(vs, sw, change) : VS_OK;
	if (!err && up)
		err = vs_link_set_up(vs, device, true);
	if (!err || joined)
		return err;
	refusal = vs_take_error();
	vs_link_set_master(vs, device, 0);
	return vs_fail_with(err, refusal);
}

int add_port(struct args *args, const char *role, const struct vs_row *rows)
{
	json_auto_t *change = NULL;
	struct port_name name;
	bool up;
	int err;

	err = need_port(args, DEVICE, &name);
	if (err)
		return err;
	change = json_pack("{s:s, s:s*}", "device", name.device, "role", role);
	err = parse_rows(args, rows, VS_ADD, change);
	if (err)
		return err;
	up = !json_object_get(change, "down");
	json_object_del(change, "down");
	return join_switch(args->vs, name.sw, name.device, change, up);
}

int set_port(struct args *args, const struct vs_row *rows,
	     bool (*wanted)(const json_t *port), const char *what)
{
	json_auto_t *change = NULL;
	struct port_name name;
	int err;

	err = need_port(args, DEVICE, &name);
	if (err)
		return err;
	change = json_pack("{s:s}", "device", name.device);
	err = parse_rows(args, rows, VS_SET, change);
	if (!err && json_object_size(change) < 2)
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err)
		err = check_port(args->vs, &name, wanted, what);
	return err ? err : vs_change_port(args->vs, name.sw, change);
}

/* The lists are one setting: one that is given replaces all. */
json_t *merge_teaming(const json_t *teaming, const json_t *now)
{
	json_t *merged = json_object();
	const struct vs_row *row;
	bool has_list = false;

	if (!json_object_size(teaming))
		return merged;
	if (json_is_object(now))
		json_object_update(merged, (json_t *)now);
	VS_EACH_ORDER(row)
		has_list = has_list || json_object_get(teaming, row->key);
	VS_EACH_ORDER(row)
		if (has_list)
			json_object_del(merged, row->key);
	json_object_update(merged, (json_t *)teaming);
	return merged;
}

int leave_switch(struct args *args, bool (*wanted)(const json_t *port), const char *what)
{
	json_auto_t *change = NULL;
	struct port_name name;
	int err;

	err = need_port(args, DEVICE, &name);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = check_port(args->vs, &name, wanted, what);
	if (err)
		return err;
	if (if_nametoindex(name.device))
		return vs_link_set_master(args->vs, name.device, 0);
	/* The place of an uplink whose device is absent */
	change = json_pack("{s:s, s:s}", "device", name.device, "role", "unassigned");
	return vs_change_port(args->vs, name.sw, change);
}
