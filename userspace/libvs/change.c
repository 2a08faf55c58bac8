// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>

#include <linux/vswitch.h>

#include "change.h"
#include "err.h"
#include "json.h"
#include "model.h"
#include "nl.h"
#include "rows.h"
#include "schema.h"
#include "text.h"

/* State for turning names into numbers */
struct lookup {
	struct vs_ctx *vs;
	int sw;
	json_t *ids;	/* device -> port id, read when first needed */
};

static int port_id(struct lookup *lookup, const char *device, json_t **id)
{
	json_auto_t *ports = NULL;
	json_t *port;
	size_t i;
	int err;

	if (!lookup->ids) {
		err = vs_ports(lookup->vs, lookup->sw, &ports);
		if (err)
			return err;
		lookup->ids = json_object();
		json_array_foreach(ports, i, port)
			json_object_set(lookup->ids,
					json_string_value(json_object_get(port, "device")) ?: "",
					json_object_get(port, "id"));
	}
	*id = json_incref(json_object_get(lookup->ids, device));
	if (*id)
		return VS_OK;
	return vs_fail(VS_NOT_FOUND, "%s is not a port of the switch", device);
}

static int lower_ports(struct lookup *lookup, json_t *object, const char *key)
{
	json_t *ids = json_array(), *name, *id = NULL;
	size_t i;
	int err = VS_OK;

	json_array_foreach(json_object_get(object, key), i, name) {
		err = port_id(lookup, json_string_value(name), &id);
		if (err)
			break;
		json_array_append_new(ids, id);
	}
	json_object_set_new(object, key, ids);
	return err;
}

static int lower_port(struct lookup *lookup, json_t *object, const char *key)
{
	json_t *id = NULL;
	int err = port_id(lookup, vs_text_of(object, key), &id);

	json_object_set_new(object, key, id ? id : json_null());
	return err;
}

static int lower_trunk(json_t *change, const char *key)
{
	json_t *ranges = json_array();
	struct vs_trunk trunk;
	unsigned int pos = 0, first, last;
	int err = vs_parse_trunk(vs_text_of(change, key), &trunk);

	while (!err && vs_trunk_next(&trunk, &pos, &first, &last))
		json_array_append_new(ranges, json_pack("{s:i, s:i}", "first", first,
							"last", last));
	json_object_set_new(change, key, ranges);
	return err;
}

static int lower_device(json_t *change, const char *device)
{
	unsigned int ifindex = if_nametoindex(device);

	/* An absent uplink has only a name. */
	if (!ifindex)
		return VS_OK;
	json_object_set_new(change, "ifindex", json_integer(ifindex));
	json_object_del(change, "device");
	return VS_OK;
}

/* Names become numbers. */
static int lower_rows(struct lookup *lookup, const struct vs_row *rows, json_t *change)
{
	const struct vs_row *row;
	int err = VS_OK;

	VS_EACH_ROW(row, rows) {
		const json_t *value = json_object_get(change, row->key);

		if (err || !value || json_is_null(value))
			continue;
		if (row->form == VS_NEST)
			err = lower_rows(lookup, row->rows, (json_t *)value);
		else if (row->form == VS_PORT)
			err = row->flags & VS_LIST ? lower_ports(lookup, change, row->key) :
						     lower_port(lookup, change, row->key);
		else if (row->form == VS_TRUNK)
			err = lower_trunk(change, row->key);
		else if (row->form == VS_DEVICE)
			err = lower_device(change, json_string_value(value));
	}
	return err;
}

static int lower(struct lookup *lookup, const struct vs_set *set, const json_t *from, json_t **to)
{
	*to = json_deep_copy(from);
	return lower_rows(lookup, vs_rows_of(set), *to);
}

/* Upper bound of the bytes of a value's attributes */
static size_t encoded_size(const json_t *value)
{
	size_t size = 16, i;
	const char *key;
	json_t *item;

	if (json_is_string(value))
		size += json_string_length(value);
	json_array_foreach(value, i, item)
		size += encoded_size(item);
	json_object_foreach((json_t *)value, key, item)
		size += encoded_size(item);
	return size;
}

static int change_one(struct vs_ctx *vs, int cmd, int sw_attr, int sw, const struct vs_set *set,
		      const json_t *change, const char *what)
{
	struct lookup lookup = { .vs = vs, .sw = sw };
	json_auto_t *raw = NULL;
	struct nl_msg *msg = NULL;
	int err = vs_family_open(vs, VS_VSWITCH);

	if (!err)
		err = lower(&lookup, set, change, &raw);
	json_decref(lookup.ids);
	if (err)
		return err;
	msg = vs_family_request(vs, VS_VSWITCH, cmd, 0, encoded_size(raw));
	if (!msg)
		return vs_fail(VS_REFUSED, "out of memory");
	nla_put_u32(msg, sw_attr, sw);
	err = vs_encode(msg, set, raw);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return vs_nl_talk(vs, VS_GENL, msg, what, NULL, NULL);
}

/* A change that replaces nests takes a txn, see put_reset(). */
static int change_in_txn(struct vs_ctx *vs, int sw, const char *op, const json_t *change)
{
	json_auto_t *changes = json_pack("[[s, O]]", op, change);

	return vs_txn(vs, sw, changes, NULL);
}

int vs_change_switch(struct vs_ctx *vs, int sw, const json_t *change)
{
	if (json_is_object(json_object_get(change, "teaming")))
		return change_in_txn(vs, sw, "switch-set", change);
	return change_one(vs, VSWITCH_CMD_SWITCH_SET, VSWITCH_A_SWITCH_IFINDEX, sw, &vs_switch_set,
			  change, "change the switch");
}

int vs_add_portgroup(struct vs_ctx *vs, int sw, const json_t *change)
{
	return change_one(vs, VSWITCH_CMD_PORTGROUP_NEW, VSWITCH_A_PORTGROUP_SWITCH, sw,
			  &vs_portgroup_set, change, "add the port group");
}

int vs_change_portgroup(struct vs_ctx *vs, int sw, const json_t *change)
{
	if (json_is_object(json_object_get(change, "teaming")))
		return change_in_txn(vs, sw, "portgroup-set", change);
	return change_one(vs, VSWITCH_CMD_PORTGROUP_SET, VSWITCH_A_PORTGROUP_SWITCH, sw,
			  &vs_portgroup_set, change, "change the port group");
}

int vs_del_portgroup(struct vs_ctx *vs, int sw, const char *name)
{
	json_auto_t *key = json_pack("{s:s}", "name", name);

	return change_one(vs, VSWITCH_CMD_PORTGROUP_DEL, VSWITCH_A_PORTGROUP_SWITCH, sw,
			  &vs_portgroup_set, key, "remove the port group");
}

int vs_announce_port(struct vs_ctx *vs, int sw, const char *device)
{
	json_auto_t *port = json_pack("{s:s}", "device", device);

	return change_one(vs, VSWITCH_CMD_PORT_ANNOUNCE, VSWITCH_A_PORT_SWITCH, sw, &vs_port_set,
			  port, "announce the port");
}

int vs_change_port(struct vs_ctx *vs, int sw, const json_t *change)
{
	if (json_is_object(json_object_get(change, "teaming")))
		return change_in_txn(vs, sw, "port-set", change);
	return change_one(vs, VSWITCH_CMD_PORT_SET, VSWITCH_A_PORT_SWITCH, sw, &vs_port_set, change,
			  "change the port");
}

int vs_set_pvlan(struct vs_ctx *vs, int sw, const json_t *change)
{
	return change_one(vs, VSWITCH_CMD_PVLAN_SET, VSWITCH_A_PVLAN_SWITCH, sw, &vs_pvlan_set,
			  change, "change the private VLANs");
}

int vs_del_pvlan(struct vs_ctx *vs, int sw, unsigned long primary)
{
	json_auto_t *key = json_pack("{s:i}", "primary", (int)primary);

	return change_one(vs, VSWITCH_CMD_PVLAN_DEL, VSWITCH_A_PVLAN_SWITCH, sw, &vs_pvlan_set, key,
			  "remove the private VLANs");
}

int vs_set_mirror(struct vs_ctx *vs, int sw, const json_t *change)
{
	json_auto_t *changes = json_pack("[[s, {s:O}], [s, O]]", "mirror-del", "name",
					 json_object_get(change, "name"), "mirror-set", change);

	return vs_txn(vs, sw, changes, NULL);
}

int vs_add_mirror(struct vs_ctx *vs, int sw, const json_t *change)
{
	return change_one(vs, VSWITCH_CMD_MIRROR_SET, VSWITCH_A_MIRROR_SWITCH, sw, &vs_mirror_set,
			  change, "add the mirror session");
}

int vs_del_mirror(struct vs_ctx *vs, int sw, const char *name)
{
	json_auto_t *key = json_pack("{s:s}", "name", name);

	return change_one(vs, VSWITCH_CMD_MIRROR_DEL, VSWITCH_A_MIRROR_SWITCH, sw, &vs_mirror_set,
			  key, "end the mirror session");
}

/* "port-set" is the attribute port_set of a transaction. */
static const struct vs_attr *find_op(const char *name)
{
	const struct vs_attr *op;
	char key[32];

	snprintf(key, sizeof(key), "%s", name);
	*strchr(key, '-') = '_';
	for (op = vs_txn_set.attrs + 1; strcmp(op->key, key); op++)
		;
	return op;
}

static int put_one(struct nl_msg *msg, struct lookup *lookup, const char *name,
		   const json_t *change)
{
	const struct vs_attr *op = find_op(name);
	json_auto_t *raw = NULL;
	struct nlattr *nest;
	int err = lower(lookup, op->nest, change, &raw);

	if (err)
		return err;
	nest = nla_nest_start(msg, op - vs_txn_set.attrs);
	err = nest ? vs_encode(msg, op->nest, raw) : -1;
	if (err || nla_nest_end_keep_empty(msg, nest) < 0)
		return vs_fail(VS_REFUSED, "a change is too long for one message");
	return VS_OK;
}

/*
 * A set changes only what it names, in nests too.  The missing settings of a teaming return
 * to their defaults: reset it first.
 */
static int put_reset(struct nl_msg *msg, struct lookup *lookup, const char *name,
		     const json_t *change)
{
	static const char *const keys[] = { "name", "device", "id", "portgroup" };
	json_auto_t *reset = json_pack("{s:{}}", "teaming");
	size_t i, len = strlen(name);

	if (!json_is_object(json_object_get(change, "teaming")) || strcmp(name + len - 4, "-set"))
		return VS_OK;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (json_object_get(change, keys[i]))
			json_object_set(reset, keys[i], json_object_get(change, keys[i]));
	}
	return put_one(msg, lookup, name, reset);
}

static int put_change(struct nl_msg *msg, struct lookup *lookup, const json_t *entry)
{
	const char *name = json_string_value(json_array_get(entry, 0));
	const json_t *change = json_array_get(entry, 1);
	int err = put_reset(msg, lookup, name, change);

	return err ? err : put_one(msg, lookup, name, change);
}

int vs_txn(struct vs_ctx *vs, int sw, const json_t *changes, const json_t *generation)
{
	struct lookup lookup = { .vs = vs, .sw = sw };
	struct nl_msg *msg;
	json_t *entry;
	size_t i;
	int err = vs_family_open(vs, VS_VSWITCH);

	if (err || !json_array_size(changes))
		return err;
	/* Trunks grow most: "1,3" is two nests of two attributes. */
	msg = vs_family_request(vs, VS_VSWITCH, VSWITCH_CMD_TXN, 0, encoded_size(changes) * 8 + 64);
	if (!msg)
		return vs_fail(VS_REFUSED, "out of memory");
	nla_put_u32(msg, VSWITCH_A_TXN_SWITCH, sw);
	if (json_is_integer(generation))
		nla_put_u32(msg, VSWITCH_A_TXN_GENERATION, json_integer_value(generation));
	json_array_foreach(changes, i, entry)
		err = err ? err : put_change(msg, &lookup, entry);
	json_decref(lookup.ids);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return vs_nl_talk(vs, VS_GENL, msg, "apply the changes", NULL, NULL);
}
