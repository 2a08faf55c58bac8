// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include <linux/vswitch.h>

#include "err.h"
#include "json.h"
#include "model.h"
#include "nl.h"
#include "rows.h"
#include "rtnl.h"
#include "schema.h"
#include "text.h"

#define READ_ATTEMPTS	20

int vs_switch_index(struct vs_ctx *vs, const char *name, int *ifindex)
{
	json_auto_t *link = NULL;
	int err;

	err = vs_link(vs, "switch", name, &link);
	if (err)
		return err;
	if (strcmp(json_string_value(json_object_get(link, "kind")), VS_KIND_SWITCH))
		return vs_fail(VS_NOT_FOUND, "%s is not a virtual switch", name);
	*ifindex = json_integer_value(json_object_get(link, "ifindex"));
	return VS_OK;
}

static json_t *switch_name(struct vs_ctx *vs, const json_t *ifindex)
{
	json_int_t wanted = json_integer_value(ifindex);

	if (!json_is_integer(ifindex))
		return json_null();
	if (vs->last_switch.ifindex != wanted) {
		vs->last_switch.ifindex = wanted;
		if (!if_indextoname(wanted, vs->last_switch.name)) {
			/* Gone since.  Say so for this one only. */
			snprintf(vs->last_switch.name, sizeof(vs->last_switch.name), "if%lld",
				 wanted);
			vs->last_switch.ifindex = 0;
		}
	}
	return vs_json_text(vs->last_switch.name);
}

static void remember_ports(struct vs_ctx *vs, const json_t *ports)
{
	const json_t *port;
	char key[32];
	size_t i;

	if (!vs->port_names)
		vs->port_names = json_object();
	json_array_foreach(ports, i, port) {
		snprintf(key, sizeof(key), "%lld/%lld",
			 json_integer_value(json_object_get(port, "switch")),
			 json_integer_value(json_object_get(port, "id")));
		json_object_set(vs->port_names, key, json_object_get(port, "device"));
	}
}

/* How objects of one kind are listed, and what their numbers become for people. */
struct kind {
	const char *what;		/* "list the ports" */
	int get;			/* the command that dumps them */
	int sw_attr;			/* restricts a dump to one switch; 0: of switches */
	const struct vs_set *set;
};

struct dump {
	const struct kind *kind;
	int sw;				/* 0: all */
};

static struct nl_msg *make_dump(struct vs_ctx *vs, const void *key)
{
	const struct dump *dump = key;
	struct nl_msg *msg = vs_family_request(vs, VS_VSWITCH, dump->kind->get, NLM_F_DUMP, 64);

	if (msg && dump->sw && dump->kind->sw_attr)
		nla_put_u32(msg, dump->kind->sw_attr, dump->sw);
	return msg;
}

static json_t *decode_dump(struct nlmsghdr *header, const void *key)
{
	const struct dump *dump = key;

	return vs_decode_message(dump->kind->set, header);
}

/* As the kernel gives them */
static int dump_kind(struct vs_ctx *vs, const struct kind *kind, int sw, json_t **list)
{
	const struct dump dump = { .kind = kind, .sw = sw };
	int err = vs_family_open(vs, VS_VSWITCH);

	*list = NULL;
	return err ? err : vs_nl_dump(vs, VS_GENL, make_dump, &dump, kind->what, decode_dump, list);
}

static int dump_ports(struct vs_ctx *vs, int sw, json_t **list)
{
	const struct kind ports = {
		"list the ports", VSWITCH_CMD_PORT_GET, VSWITCH_A_PORT_SWITCH, &vs_port_set
	};
	int err = dump_kind(vs, &ports, sw, list);

	if (!err)
		remember_ports(vs, *list);
	return err;
}

static json_t *port_name(struct vs_ctx *vs, json_int_t sw, const json_t *id)
{
	json_auto_t *ports = NULL;
	json_t *name;
	char key[32];

	if (!json_is_integer(id))
		return json_null();
	snprintf(key, sizeof(key), "%lld/%lld", sw, json_integer_value(id));
	name = json_object_get(vs->port_names, key);
	if (!name && !dump_ports(vs, sw, &ports))
		name = json_object_get(vs->port_names, key);
	if (name && json_is_string(name))
		return json_incref(name);
	return json_sprintf("port %lld", json_integer_value(id));
}

static json_t *trunk_text(const json_t *ranges)
{
	struct vs_trunk trunk = { 0 };
	json_t *range, *out;
	char *text;
	size_t i;

	if (!json_array_size(ranges))
		return json_null();
	json_array_foreach(ranges, i, range)
		vs_trunk_add(&trunk, json_integer_value(json_object_get(range, "first")),
			     json_integer_value(json_object_get(range, "last")));
	text = vs_format_trunk(&trunk);
	out = json_string(text);
	free(text);
	return out;
}

/* What the kernel has as numbers becomes names and text. */
static void raise_rows(struct vs_ctx *vs, json_int_t sw, const struct vs_row *rows, json_t *object)
{
	const struct vs_row *row;
	json_t *value, *id;
	size_t i;

	VS_EACH_ROW(row, rows) {
		value = json_object_get(object, row->key);
		if (row->form == VS_NEST)
			raise_rows(vs, sw, row->rows, value);
		else if (row->form == VS_TRUNK)
			json_object_set_new(object, row->key, trunk_text(value));
		else if (row->form == VS_PORT && !(row->flags & VS_LIST))
			json_object_set_new(object, row->key, port_name(vs, sw, value));
		else if (row->form == VS_PORT)
			json_array_foreach(value, i, id)
				json_array_set_new(value, i, port_name(vs, sw, id));
	}
}

/* A trunk takes the place of a VLAN. */
static void finish_trunk(json_t *object)
{
	if (!json_is_null(json_object_get(object, "trunk")))
		json_object_set_new(object, "vlan", json_null());
}

static void finish_portgroup(json_t *object)
{
	json_object_del(object, "new_name");
	finish_trunk(object);
}

/* A word of a spec as a key of JSON */
static void as_key(const char *word, char *key, size_t size)
{
	snprintf(key, size, "%s", word ?: "");
	while ((key = strchr(key, '-')))
		*key = '_';
}

static void finish_port(json_t *object)
{
	json_t *stats = json_object_get(object, "stats"), *drops = json_object(), *drop;
	const char *portgroup = json_string_value(json_object_get(object, "portgroup"));
	char reason[32];
	size_t i;

	finish_trunk(object);
	if (portgroup && !*portgroup)
		json_object_set_new(object, "portgroup", json_null());
	json_array_foreach(json_object_get(stats, "drop"), i, drop) {
		as_key(vs_text_of(drop, "reason"), reason, sizeof(reason));
		json_object_set(drops, reason, json_object_get(drop, "packets"));
	}
	if (stats)
		json_object_set(stats, "drop", drops);
	json_decref(drops);
}

/* As people and configurations have it */
static void finish(struct vs_ctx *vs, const struct vs_set *set, json_t *object)
{
	json_t *sw = json_object_get(object, set == &vs_switch_set ? "ifindex" : "switch");

	raise_rows(vs, json_integer_value(sw), vs_rows_of(set), object);
	if (set != &vs_switch_set)
		json_object_set_new(object, "switch", switch_name(vs, sw));
	if (set == &vs_portgroup_set)
		finish_portgroup(object);
	if (set == &vs_port_set)
		finish_port(object);
}

static void keep_switch(json_t *switches, int sw)
{
	size_t i;

	for (i = json_array_size(switches); i-- > 0;) {
		if (sw != json_integer_value(json_object_get(json_array_get(switches, i),
							     "ifindex")))
			json_array_remove(switches, i);
	}
}

static int list_kind(struct vs_ctx *vs, const struct kind *kind, int sw, json_t **list)
{
	json_t *object;
	size_t i;
	int err = dump_kind(vs, kind, sw, list);

	if (!err && sw && !kind->sw_attr)
		keep_switch(*list, sw);
	if (!err)
		json_array_foreach(*list, i, object)
			finish(vs, kind->set, object);
	return err;
}

int vs_switches(struct vs_ctx *vs, int sw, json_t **list)
{
	static const struct kind switches = {
		"list the switches", VSWITCH_CMD_SWITCH_GET, 0, &vs_switch_set
	};

	return list_kind(vs, &switches, sw, list);
}

int vs_portgroups(struct vs_ctx *vs, int sw, json_t **list)
{
	static const struct kind portgroups = {
		"list the port groups", VSWITCH_CMD_PORTGROUP_GET, VSWITCH_A_PORTGROUP_SWITCH,
		&vs_portgroup_set
	};

	return list_kind(vs, &portgroups, sw, list);
}

int vs_ports(struct vs_ctx *vs, int sw, json_t **list)
{
	json_t *object;
	size_t i;
	int err = dump_ports(vs, sw, list);

	if (!err)
		json_array_foreach(*list, i, object)
			finish(vs, &vs_port_set, object);
	return err;
}

int vs_pvlans(struct vs_ctx *vs, int sw, json_t **list)
{
	static const struct kind pvlans = {
		"list the private VLANs", VSWITCH_CMD_PVLAN_GET, VSWITCH_A_PVLAN_SWITCH,
		&vs_pvlan_set
	};

	return list_kind(vs, &pvlans, sw, list);
}

int vs_mirrors(struct vs_ctx *vs, int sw, json_t **list)
{
	static const struct kind mirrors = {
		"list the mirror sessions", VSWITCH_CMD_MIRROR_GET, VSWITCH_A_MIRROR_SWITCH,
		&vs_mirror_set
	};

	return list_kind(vs, &mirrors, sw, list);
}

int vs_learned(struct vs_ctx *vs, int sw, json_t **list)
{
	static const struct kind learned = {
		"list the learned addresses", VSWITCH_CMD_MAC_GET, VSWITCH_A_LEARNED_SWITCH,
		&vs_learned_set
	};

	return list_kind(vs, &learned, sw, list);
}

int vs_find_portgroup(json_t *list, const char *sw, const char *name, json_t **portgroup)
{
	*portgroup = vs_find(list, "name", name);
	if (*portgroup)
		return VS_OK;
	return vs_fail(VS_NOT_FOUND, "switch %s has no port group '%s'", sw, name);
}

int vs_find_port(json_t *list, const char *sw, const char *device, json_t **port)
{
	*port = vs_find(list, "device", device);
	if (*port)
		return VS_OK;
	return vs_fail(VS_NOT_FOUND, "%s is not a port of switch %s", device, sw);
}

int vs_learn_names(struct vs_ctx *vs)
{
	json_auto_t *ports = NULL;

	return dump_ports(vs, 0, &ports);
}

/* A port that has just joined may be named by what comes next. */
static void remember_port(struct vs_ctx *vs, json_t *port)
{
	json_auto_t *one = json_pack("[O]", port);

	if (json_is_string(json_object_get(port, "device")))
		remember_ports(vs, one);
}

static json_t *decode_failover(struct vs_ctx *vs, struct nlmsghdr *header)
{
	json_t *object = vs_decode_message(&vs_failover_set, header);
	json_int_t sw = json_integer_value(json_object_get(object, "switch"));
	static const char *const keys[] = { "old_uplink", "new_uplink" };
	int i;

	for (i = 0; i < 2; i++)
		json_object_set_new(object, keys[i],
				    port_name(vs, sw, json_object_get(object, keys[i])));
	json_object_set_new(object, "switch", switch_name(vs, json_object_get(object, "switch")));
	return object;
}

/* An event tells only some of a port: what it does not tell is left out. */
static void drop_untold(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value) {
		if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)))
			json_object_del(object, key);
	}
}

json_t *vs_decode_event(struct vs_ctx *vs, struct nlmsghdr *header, const char **name)
{
	struct genlmsghdr *genl = nlmsg_data(header);
	json_t *object = NULL;

	switch (genl->cmd) {
	case VSWITCH_CMD_SWITCH_NTF:
		*name = "switch";
		object = vs_decode_message(&vs_switch_set, header);
		finish(vs, &vs_switch_set, object);
		break;
	case VSWITCH_CMD_PORTGROUP_NTF:
	case VSWITCH_CMD_PORTGROUP_DEL_NTF:
		*name = genl->cmd == VSWITCH_CMD_PORTGROUP_NTF ? "portgroup" : "portgroup_del";
		object = vs_decode_message(&vs_portgroup_set, header);
		finish(vs, &vs_portgroup_set, object);
		break;
	case VSWITCH_CMD_PORT_NTF:
	case VSWITCH_CMD_PORT_DEL_NTF:
	case VSWITCH_CMD_LINK_NTF:
		*name = genl->cmd == VSWITCH_CMD_PORT_NTF ? "port" :
			genl->cmd == VSWITCH_CMD_PORT_DEL_NTF ? "port_del" : "link";
		object = vs_decode_message(&vs_port_set, header);
		remember_port(vs, object);
		finish(vs, &vs_port_set, object);
		json_object_del(object, "stats");
		break;
	case VSWITCH_CMD_PVLAN_NTF:
	case VSWITCH_CMD_PVLAN_DEL_NTF:
		*name = genl->cmd == VSWITCH_CMD_PVLAN_NTF ? "pvlan" : "pvlan_del";
		object = vs_decode_message(&vs_pvlan_set, header);
		finish(vs, &vs_pvlan_set, object);
		break;
	case VSWITCH_CMD_MIRROR_NTF:
	case VSWITCH_CMD_MIRROR_DEL_NTF:
		*name = genl->cmd == VSWITCH_CMD_MIRROR_NTF ? "mirror" : "mirror_del";
		object = vs_decode_message(&vs_mirror_set, header);
		finish(vs, &vs_mirror_set, object);
		break;
	case VSWITCH_CMD_FAILOVER_NTF:
		*name = "failover";
		return decode_failover(vs, header);
	}
	if (object && (genl->cmd == VSWITCH_CMD_PORTGROUP_DEL_NTF ||
		       genl->cmd == VSWITCH_CMD_PORT_DEL_NTF || genl->cmd == VSWITCH_CMD_LINK_NTF))
		drop_untold(object);
	return object;
}

/* The members of a running object that a configuration has too */
static json_t *pick(json_t *object, const struct vs_row *rows)
{
	json_t *out = json_object();
	const struct vs_row *row;

	VS_EACH_ROW(row, rows) {
		json_t *value = json_object_get(object, row->key);

		if (row->form == VS_OBJECTS)
			json_object_set_new(out, row->key, json_array());
		else if (row->flags & (VS_FILE | VS_DERIVED))
			json_object_set(out, row->key, value ? value : json_null());
	}
	return out;
}

static void pick_all(json_t *list, const struct vs_row *rows, json_t *out)
{
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object)
		json_array_append_new(out, pick(object, rows));
}

static json_t *running_vmk(json_t *port, json_t *links, json_t *addrs)
{
	json_t *out = pick(port, vs_vmk_rows);
	json_t *link = vs_find(links, "name", vs_text_of(port, "device"));
	json_t *list = json_array(), *addr;
	json_t *ifindex = json_object_get(port, "ifindex");
	size_t i;

	json_array_foreach(addrs, i, addr) {
		if (json_equal(json_object_get(addr, "ifindex"), ifindex) &&
		    json_is_true(json_object_get(addr, "keep")))
			json_array_append(list, json_object_get(addr, "address"));
	}
	json_object_set(out, "name", json_object_get(port, "device"));
	json_object_set(out, "mac", json_object_get(link, "mac") ?: json_null());
	json_object_set_new(out, "addresses", list);
	json_object_set(out, "services", json_object_get(link, "services") ?: json_null());
	return out;
}

static void forget_unused(json_t *object)
{
	vs_forget_unused(json_object_get(object, "teaming"));
}

static void add_port(json_t *sw, json_t *port, json_t *links, json_t *addrs)
{
	const char *role = json_string_value(json_object_get(port, "role")) ?: "";
	const char *kind = json_string_value(json_object_get(port, "kind")) ?: "";

	forget_unused(port);
	/* A device in another namespace cannot be named by a configuration. */
	if (!json_is_null(json_object_get(port, "netns")))
		return;
	if (!strcmp(kind, VS_KIND_VMKNIC))
		json_array_append_new(json_object_get(sw, "vmks"), running_vmk(port, links, addrs));
	else if (!strcmp(role, "uplink"))
		json_array_append_new(json_object_get(sw, "uplinks"), pick(port, vs_uplink_rows));
	else
		json_array_append_new(json_object_get(sw, "ports"), pick(port, vs_port_rows));
	/* Addresses have no effect before there is a port group. */
	if (!strcmp(role, "unassigned"))
		json_array_clear(json_object_get(port, "mac"));
}

static int read_switch(struct vs_ctx *vs, json_t *from, json_t *links, json_t *addrs,
		       json_t *switches)
{
	json_auto_t *portgroups = NULL, *ports = NULL, *pvlans = NULL, *mirrors = NULL;
	int ifindex = json_integer_value(json_object_get(from, "ifindex"));
	json_t *sw = pick(from, vs_switch_rows), *object;
	size_t i;
	int err;

	json_array_append_new(switches, sw);
	json_object_set(sw, "generation", json_object_get(from, "generation"));
	err = vs_portgroups(vs, ifindex, &portgroups);
	if (!err)
		err = vs_ports(vs, ifindex, &ports);
	if (!err)
		err = vs_pvlans(vs, ifindex, &pvlans);
	if (!err)
		err = vs_mirrors(vs, ifindex, &mirrors);
	if (err)
		return err;
	pick_all(pvlans, vs_pvlan_rows, json_object_get(sw, "pvlans"));
	pick_all(mirrors, vs_mirror_rows, json_object_get(sw, "mirrors"));
	forget_unused(sw);
	json_array_foreach(portgroups, i, object)
		forget_unused(object);
	pick_all(portgroups, vs_portgroup_rows, json_object_get(sw, "portgroups"));
	json_array_foreach(ports, i, object)
		add_port(sw, object, links, addrs);
	return VS_OK;
}

static json_t *generations(json_t *list)
{
	json_t *out = json_object(), *sw;
	size_t i;

	json_array_foreach(list, i, sw)
		json_object_set(out, json_string_value(json_object_get(sw, "name")),
				json_object_get(sw, "generation"));
	return out;
}

static int read_all(struct vs_ctx *vs, json_t **switches, bool *steady)
{
	json_auto_t *links = NULL, *addrs = NULL, *before = NULL, *after = NULL;
	json_auto_t *first = NULL, *second = NULL;
	json_t *sw;
	size_t i;
	int err = vs_switches(vs, 0, &first);

	if (!err)
		err = vs_links(vs, &links);
	if (!err)
		err = vs_addrs(vs, &addrs);
	*switches = json_array();
	json_array_foreach(first, i, sw)
		err = err ? err : read_switch(vs, sw, links, addrs, *switches);
	if (!err)
		err = vs_switches(vs, 0, &second);
	before = generations(first);
	after = generations(second);
	*steady = json_equal(before, after);
	return err;
}

int vs_running(struct vs_ctx *vs, json_t **switches)
{
	bool steady = false;
	int attempt, err = VS_OK;

	for (attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		/* Port ids may have changed hands. */
		json_decref(vs->port_names);
		vs->port_names = NULL;
		err = read_all(vs, switches, &steady);
		if (steady)
			return err;
		json_decref(*switches);
		*switches = NULL;
	}
	return err ? err : vs_fail(VS_REFUSED, "the configuration does not hold still");
}
