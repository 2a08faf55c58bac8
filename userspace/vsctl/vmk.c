// SPDX-License-Identifier: GPL-2.0
/* vsctl vmk */
#include <string.h>

#include "../libvs/change.h"
#include "../libvs/diff.h"
#include "../libvs/exec.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/nl.h"
#include "../libvs/rtnl.h"
#include "../libvs/services.h"
#include "vsctl.h"

#define ADAPTER "the name of the VMkernel adapter"

/* Settings for the family; the others take rtnetlink. */
static json_t *port_change(const char *name, const json_t *settings)
{
	static const char *const keys[] = { "portgroup", "blocked" };
	json_t *change = json_pack("{s:s}", "device", name);
	int i;

	for (i = 0; i < 2; i++) {
		if (json_object_get(settings, keys[i]))
			json_object_set(change, keys[i], json_object_get(settings, keys[i]));
	}
	return change;
}

static int add_addresses(struct vs_ctx *vs, const char *name, const json_t *settings)
{
	const json_t *address;
	size_t i;
	int err;

	json_array_foreach(json_object_get(settings, "addresses"), i, address) {
		err = vs_addr_change(vs, name, json_string_value(address), VS_ADDR_ADD);
		if (err)
			return err;
	}
	return VS_OK;
}

static int finish_new(struct vs_ctx *vs, const struct port_name *name, const json_t *settings)
{
	json_auto_t *change = port_change(name->device, settings);
	int err = vs_link_promote_secondaries(vs, name->device);

	if (!err && json_object_size(change) > 1)
		err = vs_change_port(vs, name->sw, change);
	if (!err)
		err = add_addresses(vs, name->device, settings);
	if (!err && json_object_get(settings, "services"))
		err = vs_link_set_services(vs, name->device, json_object_get(settings, "services"));
	if (!err && !json_object_get(settings, "down"))
		err = vs_link_set_up(vs, name->device, true);
	return err;
}

static int vmk_add(struct args *args)
{
	json_auto_t *settings = json_object();
	struct vs_link_new new = { .kind = VS_KIND_VMKNIC };
	char *refusal;
	struct port_name name;
	int err;

	err = need_port(args, ADAPTER, &name);
	if (!err)
		err = parse_rows(args, vs_vmk_rows, VS_ADD, settings);
	if (!err)
		err = vs_family_open(args->vs, VS_VSWITCH);
	if (err)
		return err;
	new.name = name.device;
	new.link = name.sw;
	new.mtu = json_integer_value(json_object_get(settings, "mtu"));
	new.mac = json_string_value(json_object_get(settings, "mac"));
	err = vs_link_add(args->vs, &new);
	if (err)
		return err;
	err = finish_new(args->vs, &name, settings);
	if (!err)
		return VS_OK;
	refusal = vs_take_error();
	vs_link_del(args->vs, new.name);
	return vs_fail_with(err, refusal);
}

/* The addresses of a device, as text. */
static int addresses_of(struct vs_ctx *vs, json_t *ifindex, json_t **list)
{
	json_auto_t *addrs = NULL;
	const json_t *addr;
	size_t i;
	int err = vs_addrs(vs, &addrs);

	*list = json_array();
	json_array_foreach(addrs, i, addr) {
		if (json_equal(json_object_get(addr, "ifindex"), ifindex))
			json_array_append(*list, json_object_get(addr, "address"));
	}
	return err;
}

/* All or nothing, as "vsctl apply", though it takes many requests. */
static int change_vmk(struct vs_ctx *vs, const struct port_name *name, json_t *settings)
{
	json_auto_t *have = NULL, *want = NULL, *links = NULL, *plan = NULL;
	const char *portgroup = json_string_value(json_object_get(settings, "portgroup"));
	char alias[VS_SERVICES_TEXT];
	json_t *vmk = NULL;
	bool stale;
	int err = vs_running(vs, &have);

	if (!err)
		err = vs_links(vs, &links);
	if (err)
		return err;
	want = json_deep_copy(have);
	vmk = vs_find(json_object_get(vs_find(want, "name", name->sw_name), "vmks"), "name",
		      name->device);
	if (!vmk)
		return vs_fail(VS_REFUSED, "VMkernel adapter %s is in another network namespace",
			       name->device);
	if (portgroup && !*portgroup)
		json_object_set_new(settings, "portgroup", json_null());
	if (json_object_get(settings, "services")) {
		vs_services_alias(json_object_get(settings, "services"), alias);
		json_object_set_new(settings, "services", vs_services_of(alias));
	}
	json_object_update(vmk, settings);
	err = vs_diff(have, want, links, &plan);
	return err ? err : vs_execute(vs, plan, have, &stale);
}

static int vmk_set(struct args *args)
{
	json_auto_t *settings = json_object();
	struct port_name name;
	int err;

	err = need_port(args, ADAPTER, &name);
	if (!err)
		err = parse_rows(args, vs_vmk_rows, VS_SET, settings);
	if (!err && !json_object_size(settings))
		err = vs_fail(VS_USAGE, "there is nothing to set");
	if (!err)
		err = check_port(args->vs, &name, is_vmk, "a VMkernel adapter");
	return err ? err : change_vmk(args->vs, &name, settings);
}

static int vmk_del(struct args *args)
{
	struct port_name name;
	int err;

	err = need_port(args, ADAPTER, &name);
	if (!err)
		err = no_more_words(args);
	if (!err)
		err = check_port(args->vs, &name, is_vmk, "a VMkernel adapter");
	return err ? err : vs_link_del(args->vs, name.device);
}

static int describe_vmk(struct vs_ctx *vs, const json_t *port, const json_t *links, json_t *out)
{
	json_t *addresses = NULL, *vmk = json_object(), *value, *link;
	const struct vs_row *row;
	int err = VS_OK;

	/* Addresses in another namespace cannot be seen from here. */
	if (json_is_null(json_object_get(port, "netns")))
		err = addresses_of(vs, json_object_get(port, "ifindex"), &addresses);
	VS_EACH_ROW(row, vs_vmk_rows) {
		value = json_object_get(port, row->form == VS_IFNAME ? "device" : row->key);
		if (row->form == VS_SHOWN || row->head)
			json_object_set(vmk, row->key, value ? value : json_null());
	}
	json_object_set(vmk, "mac", json_array_get(json_object_get(port, "mac"), 0));
	json_object_set_new(vmk, "addresses", addresses ? addresses : json_array());
	link = vs_find_value(links, "ifindex", json_object_get(port, "ifindex"));
	json_object_set(vmk, "services", json_is_null(json_object_get(port, "netns")) ?
			json_object_get(link, "services") ?: json_null() : json_null());
	json_array_append_new(out, vmk);
	return err;
}

static int vmk_show(struct args *args)
{
	json_auto_t *ports = NULL, *links = NULL, *out = json_array();
	const json_t *port;
	size_t i;
	int err;

	err = list_ports(args, is_vmk, NULL, &ports);
	err = err ?: vs_links(args->vs, &links);
	json_array_foreach(ports, i, port)
		err = err ?: describe_vmk(args->vs, port, links, out);
	if (!err)
		show_rows(json_incref(out), vs_vmk_rows);
	return err;
}

static const struct verb verbs[] = {
	{ "show", vmk_show },
	{ "add", vmk_add },
	{ "set", vmk_set },
	{ "del", vmk_del, true },
	{ NULL, NULL }
};

const struct object vsctl_vmk = {
	.name = "vmk",
	.rows = vs_vmk_rows,
	.verbs = verbs,
	.help =
	"Usage: vsctl vmk [ show [ SWITCH [ NAME ] ] ]\n"
	"       vsctl vmk add SWITCH NAME [ portgroup NAME ] [ address ADDR/PLEN ]... [ mac MAC ]\n"
	"                 [ mtu MTU ] [ services SERVICES ] [ blocked { on | off } ] [ down ]\n"
	"       vsctl vmk set SWITCH NAME [ portgroup NAME ] [ address ADDR/PLEN ]... [ mac MAC ]\n"
	"                 [ mtu MTU ] [ services SERVICES ] [ blocked { on | off } ]\n"
	"       vsctl vmk del SWITCH NAME\n"
	"\n"
	"SERVICES := none | { management | vmotion | iscsi | nfs }[,...]\n"
	"\n"
	"A VMkernel adapter is a network device of the host on a switch.  'add' brings it up,\n"
	"unless 'down' is given.  The addresses of a 'set' replace the ones before; link-local\n"
	"addresses and those with a lifetime (DHCP, SLAAC) stay.  The host's network manager\n"
	"takes care of DHCP, gateways and name servers: see vsuite(7).  Services name the\n"
	"purposes of the adapter, for other tools.\n"
	"\n"
	"Examples:\n"
	"  vsctl vmk add vs0 vmk0 portgroup mgmt address 192.0.2.10/24 address 2001:db8::10/64\n"
	"  vsctl vmk set vs0 vmk0 mtu 9000\n"
	"  vsctl vmk del vs0 vmk0\n",
};
