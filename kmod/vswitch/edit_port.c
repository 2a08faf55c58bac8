// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of ports: their role, their port group, their addresses.
 */
#include <linux/slab.h>

#include "edit.h"
#include "netlink_gen.h"

/* By device name; a VMkernel adapter in another namespace has none here. */
static struct vsw_port *vsw_find_named(struct vsw_switch *sw, const char *name)
{
	struct net_device *dev = __dev_get_by_name(dev_net(sw->dev), name);
	struct vsw_port *port = dev ? vsw_port_of(dev) : NULL;

	return port && port->sw == sw ? port : vsw_absent_find(sw, name);
}

/**
 * vsw_find_port() - find the port that a request names
 * @sw: switch
 * @tb: attributes: VSWITCH_A_PORT_ID, VSWITCH_A_PORT_IFINDEX or VSWITCH_A_PORT_NAME
 * @extack: says why a request is refused
 *
 * Return: the port, or ERR_PTR() of -EINVAL without one of these, or of -ENOENT.
 */
struct vsw_port *vsw_find_port(struct vsw_switch *sw, struct nlattr **tb,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *id = tb[VSWITCH_A_PORT_ID], *ifindex = tb[VSWITCH_A_PORT_IFINDEX];
	const struct nlattr *name = tb[VSWITCH_A_PORT_NAME];
	struct vsw_port *port = NULL;
	struct net_device *dev;

	if (!!id + !!ifindex + !!name != 1) {
		NL_SET_ERR_MSG(extack, "a port is named by its id, by its ifindex or by its name");
		return ERR_PTR(-EINVAL);
	}
	if (id) {
		port = xa_load(&sw->ports, nla_get_u32(id));
	} else if (name) {
		port = vsw_find_named(sw, nla_data(name));
	} else {
		dev = __dev_get_by_index(dev_net(sw->dev), nla_get_u32(ifindex));
		if (dev)
			port = vsw_port_of(dev) ?: vsw_absent_find(sw, dev->name);
	}
	if (port && port->sw == sw)
		return port;
	if (name)
		NL_SET_ERR_MSG_FMT(extack, "switch '%s' has no port '%.16s'", sw->dev->name,
				   (const char *)nla_data(name));
	else
		NL_SET_ERR_MSG_FMT(extack, "switch '%s' has no port with %s %u", sw->dev->name,
				   id ? "id" : "ifindex", nla_get_u32(id ?: ifindex));
	return ERR_PTR(-ENOENT);
}

/* The port of a port-set; an uplink may be declared before its device exists. */
static struct vsw_port *vsw_find_or_declare(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	const struct nlattr *name = attrs->tb[VSWITCH_A_PORT_NAME];
	const struct nlattr *role = attrs->tb[VSWITCH_A_PORT_ROLE];
	struct vsw_port *port;

	if (!name || !role || nla_get_u8(role) != VSWITCH_ROLE_UPLINK)
		return vsw_find_port(edit->sw, attrs->tb, edit->extack);
	port = vsw_find_named(edit->sw, nla_data(name));
	return port ?: vsw_absent_declare(edit, nla_data(name));
}

static int vsw_check_mac(const struct vsw_port *port, const u8 *mac,
			 struct netlink_ext_ack *extack)
{
	if (is_valid_ether_addr(mac))
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "port '%s': MAC %pM is not a unicast address",
			   vsw_port_name(port), mac);
	return -EADDRNOTAVAIL;
}

static unsigned int vsw_count_macs(const struct vsw_attrs *attrs)
{
	const struct nlattr *attr;
	unsigned int count = 0;
	int rem;

	nla_for_each_attr_type(attr, VSWITCH_A_PORT_MAC, attrs->head, attrs->len, rem)
		count++;
	return count;
}

/*
 * A private copy of a port's settings, with the addresses of the request, if any.
 * Their number is checked before it is stored: a request can have more than fit in it.
 */
static struct vsw_port_config *vsw_copy_settings(const struct vsw_port *port,
						 const struct vsw_port_config *old,
						 const struct vsw_attrs *attrs,
						 struct netlink_ext_ack *extack)
{
	unsigned int i = 0, count = vsw_count_macs(attrs);
	struct vsw_port_config *settings;
	const struct nlattr *attr;
	int rem;

	if (count > VSWITCH_PORT_MACS_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s': %u MAC addresses, the limit is %u",
				   vsw_port_name(port), count, VSWITCH_PORT_MACS_MAX);
		return ERR_PTR(-E2BIG);
	}
	if (!count) {
		settings = kmemdup(old, struct_size(old, macs, old->mac_count), GFP_KERNEL_ACCOUNT);
		return settings ?: ERR_PTR(-ENOMEM);
	}
	settings = kzalloc(struct_size(settings, macs, count), GFP_KERNEL_ACCOUNT);
	if (!settings)
		return ERR_PTR(-ENOMEM);
	*settings = *old;
	settings->mac_count = count;
	nla_for_each_attr_type(attr, VSWITCH_A_PORT_MAC, attrs->head, attrs->len, rem)
		nla_memcpy(settings->macs[i++], attr, ETH_ALEN);
	return settings;
}

static int vsw_check_macs(const struct vsw_port *port, const struct vsw_port_config *settings,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < settings->mac_count; i++) {
		err = vsw_check_mac(port, settings->macs[i], extack);
		if (err)
			return err;
	}
	if (port->is_vmknic && !ether_addr_equal(settings->macs[0], port->dev->dev_addr)) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s': its first MAC is its own, %pM",
				   vsw_port_name(port), port->dev->dev_addr);
		return -EINVAL;
	}
	return 0;
}

static int vsw_edit_effective_mac(const struct vsw_port *port, const struct nlattr *attr,
				  struct vsw_port_config *settings, struct netlink_ext_ack *extack)
{
	int err;

	if (!attr)
		return 0;
	err = vsw_check_mac(port, nla_data(attr), extack);
	if (err)
		return err;
	if (port->is_vmknic || !settings->mac_count) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s' has no guest that could change a MAC address",
				   vsw_port_name(port));
		return -EINVAL;
	}
	ether_addr_copy(settings->effective_mac, nla_data(attr));
	settings->has_effective_mac =
		!ether_addr_equal(settings->effective_mac, settings->macs[0]);
	return 0;
}

static int vsw_check_mac_source(const struct vsw_edit *edit, const struct vsw_port *port,
				const struct vsw_attrs *attrs,
				const struct vsw_port_config *settings)
{
	const struct vsw_portgroup *portgroup = edit->draft->portgroups[settings->portgroup];

	if (!attrs->tb[VSWITCH_A_PORT_EFFECTIVE_MAC] || settings->role != VSWITCH_ROLE_CLIENT ||
	    vsw_security_of(edit->draft, &portgroup->policies).mac_source !=
		    VSWITCH_MAC_SOURCE_STATIC)
		return 0;
	NL_SET_ERR_MSG_FMT(edit->extack, "port '%s': port group '%.24s' has mac-source static",
			   vsw_port_name(port), portgroup->name);
	return -EINVAL;
}

static int vsw_edit_inactive(const struct vsw_port *port, const struct vsw_attrs *attrs,
			     struct vsw_port_config *settings, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs->tb[VSWITCH_A_PORT_INACTIVE];
	const struct nlattr *wakes = attrs->tb[VSWITCH_A_PORT_INACTIVE_AUTO];

	if (attr && nla_get_u8(attr) &&
	    (port->is_vmknic || settings->role != VSWITCH_ROLE_CLIENT)) {
		NL_SET_ERR_MSG_FMT(extack, "port '%s' is not that of a VM in a port group: always active",
				   vsw_port_name(port));
		return -EINVAL;
	}
	if (attr)
		settings->inactive = nla_get_u8(attr);
	if (wakes)
		settings->wakes = nla_get_u8(wakes);
	else if (!settings->inactive)
		settings->wakes = false;
	if (settings->inactive || !settings->wakes)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "port '%s' is active: it waits for no first frame",
			   vsw_port_name(port));
	return -EINVAL;
}

static int vsw_make_client(struct vsw_edit *edit, const struct vsw_port *port,
			   const struct nlattr *name, struct vsw_port_config *settings)
{
	int slot;

	if (settings->role == VSWITCH_ROLE_UPLINK) {
		NL_SET_ERR_MSG_FMT(edit->extack, "'%s' is an uplink: it cannot be in a port group",
				   vsw_port_name(port));
		return -EBUSY;
	}
	if (port->absent) {
		NL_SET_ERR_MSG_FMT(edit->extack, "there is no device '%s' that could be in a port group",
				   vsw_port_name(port));
		return -ENODEV;
	}
	slot = vsw_find_portgroup(edit->draft, name, edit->sw, edit->extack);
	if (slot < 0)
		return slot;
	settings->role = VSWITCH_ROLE_CLIENT;
	settings->portgroup = slot;
	return 0;
}

static int vsw_make_uplink(struct vsw_edit *edit, const struct vsw_port *port,
			   struct vsw_port_config *settings)
{
	const char *portgroup;

	if (port->is_vmknic) {
		NL_SET_ERR_MSG_FMT(edit->extack, "'%s' is a VMkernel adapter: it cannot be an uplink",
				   vsw_port_name(port));
		return -EOPNOTSUPP;
	}
	if (settings->role == VSWITCH_ROLE_CLIENT) {
		portgroup = edit->draft->portgroups[settings->portgroup]->name;
		NL_SET_ERR_MSG_FMT(edit->extack, "'%s' is in port group '%.24s': not an uplink then",
				   vsw_port_name(port), portgroup);
		return -EBUSY;
	}
	if (settings->role != VSWITCH_ROLE_UPLINK &&
	    vsw_config_uplink_count(edit->draft) == VSWITCH_UPLINKS_MAX) {
		NL_SET_ERR_MSG_FMT(edit->extack, "switch '%s' has %u uplinks, the limit",
				   edit->sw->dev->name, VSWITCH_UPLINKS_MAX);
		return -ENOSPC;
	}
	settings->role = VSWITCH_ROLE_UPLINK;
	settings->mac_count = 0;
	return 0;
}

/* An unassigned port is as it was when it joined. */
static void vsw_make_unassigned(struct vsw_edit *edit, const struct vsw_port *port,
				struct vsw_port_config *settings)
{
	if (settings->role == VSWITCH_ROLE_UNASSIGNED)
		return;
	if (settings->role == VSWITCH_ROLE_UPLINK)
		vsw_config_forget_uplink(edit->draft, port->id, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	settings->role = VSWITCH_ROLE_UNASSIGNED;
	settings->inactive = false;
	settings->wakes = false;
	settings->has_effective_mac = false;
	settings->mac_count = port->is_vmknic ? 1 : 0;
}

static int vsw_edit_role(struct vsw_edit *edit, const struct vsw_port *port,
			 const struct vsw_attrs *attrs, struct vsw_port_config *settings)
{
	const struct nlattr *portgroup = attrs->tb[VSWITCH_A_PORT_PORTGROUP];
	const struct nlattr *role = attrs->tb[VSWITCH_A_PORT_ROLE];
	u8 wanted = settings->role;

	if (portgroup)
		wanted = nla_len(portgroup) > 1 ? VSWITCH_ROLE_CLIENT : VSWITCH_ROLE_UNASSIGNED;
	if (role && portgroup && nla_get_u8(role) != wanted) {
		NL_SET_ERR_MSG_FMT(edit->extack, "port '%s': role and port group do not go together",
				   vsw_port_name(port));
		return -EINVAL;
	}
	if (role)
		wanted = nla_get_u8(role);
	if (wanted == VSWITCH_ROLE_CLIENT && (portgroup || settings->role != wanted))
		return vsw_make_client(edit, port, portgroup, settings);
	if (wanted == VSWITCH_ROLE_UPLINK)
		return vsw_make_uplink(edit, port, settings);
	if (wanted == VSWITCH_ROLE_UNASSIGNED)
		vsw_make_unassigned(edit, port, settings);
	return 0;
}

/**
 * vsw_edit_port() - port-set: change a port
 * @edit: change under way
 * @attrs: VSWITCH_A_PORT_*
 *
 * Compiling the draft finds out whether another port has its addresses.
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_port(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	struct vsw_port_config *settings;
	struct vsw_port *port;
	int err;

	port = vsw_find_or_declare(edit, attrs);
	if (IS_ERR(port))
		return PTR_ERR(port);
	settings = vsw_copy_settings(port, edit->draft->ports[port->id], attrs, edit->extack);
	if (IS_ERR(settings))
		return PTR_ERR(settings);
	err = vsw_check_macs(port, settings, edit->extack);
	if (err)
		goto out;
	err = vsw_edit_effective_mac(port, attrs->tb[VSWITCH_A_PORT_EFFECTIVE_MAC], settings,
				     edit->extack);
	if (err)
		goto out;
	err = vsw_edit_role(edit, port, attrs, settings);
	if (err)
		goto out;
	err = vsw_check_mac_source(edit, port, attrs, settings);
	if (err)
		goto out;
	err = vsw_edit_inactive(port, attrs, settings, edit->extack);
	if (err)
		goto out;
	if (attrs->tb[VSWITCH_A_PORT_BLOCKED])
		settings->blocked = nla_get_u8(attrs->tb[VSWITCH_A_PORT_BLOCKED]);
	err = vsw_edit_overrides(edit, port, attrs, settings);
	if (err)
		goto out;
	err = vsw_config_set_port(edit->draft, port->id, settings, GFP_KERNEL_ACCOUNT);
	vsw_overrides_put(settings->overrides);
out:
	kfree(settings);
	return err;
}
