// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the policies that a port group has, and that a port may override.
 */
#include <linux/slab.h>

#include "edit.h"
#include "netlink_gen.h"
#include "show.h"

/* As deep as a bucket can be */
#define VSW_BURST_MAX	((u32)(VSW_BUCKET_BYTES_MAX / 1024))

static const char *vsw_noun(const struct vsw_portgroup *portgroup)
{
	return portgroup->is_port ? "port" : "port group";
}

static int vsw_edit_vlan(const struct nlattr *attr, struct vsw_portgroup *portgroup,
			 struct netlink_ext_ack *extack)
{
	u16 vlan = nla_get_u16(attr);

	if (vlan > VSWITCH_VLAN_GUEST) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.30s': VLAN %u is out of range (0-%u)",
				   vsw_noun(portgroup), portgroup->name, vlan, VSWITCH_VLAN_GUEST);
		return -ERANGE;
	}
	portgroup->vlan = vlan;
	portgroup->is_trunk = vlan == VSWITCH_VLAN_GUEST;
	bitmap_zero(portgroup->trunk, VLAN_N_VID);
	if (portgroup->is_trunk)
		bitmap_set(portgroup->trunk, 0, VSWITCH_VLAN_MAX + 1);
	return 0;
}

static int vsw_edit_range(const struct nlattr *nest, struct vsw_portgroup *portgroup,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VSWITCH_A_VLAN_RANGE_MAX + 1];
	u16 first, last;
	int err;

	err = nla_parse_nested(tb, VSWITCH_A_VLAN_RANGE_MAX, nest, vswitch_vlan_range_nl_policy,
			       extack);
	if (err)
		return err;
	if (!tb[VSWITCH_A_VLAN_RANGE_FIRST] || !tb[VSWITCH_A_VLAN_RANGE_LAST]) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.30s': a VLAN range needs first and last",
				   vsw_noun(portgroup), portgroup->name);
		return -EINVAL;
	}
	first = nla_get_u16(tb[VSWITCH_A_VLAN_RANGE_FIRST]);
	last = nla_get_u16(tb[VSWITCH_A_VLAN_RANGE_LAST]);
	if (first > last || last > VSWITCH_VLAN_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': VLANs %u-%u are no range in 0-%u",
				   vsw_noun(portgroup), portgroup->name, first, last,
				   VSWITCH_VLAN_MAX);
		return -ERANGE;
	}
	if (find_next_bit(portgroup->trunk, VLAN_N_VID, first) <= last) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': VLANs %u-%u overlap another range",
				   vsw_noun(portgroup), portgroup->name, first, last);
		return -EINVAL;
	}
	bitmap_set(portgroup->trunk, first, last - first + 1);
	return 0;
}

static int vsw_edit_trunk(const struct vsw_attrs *attrs, int type, struct vsw_portgroup *portgroup,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem, err;

	portgroup->vlan = 0;
	portgroup->is_trunk = true;
	bitmap_zero(portgroup->trunk, VLAN_N_VID);
	nla_for_each_attr_type(attr, type, attrs->head, attrs->len, rem) {
		err = vsw_edit_range(attr, portgroup, extack);
		if (err)
			return err;
	}
	if (vsw_trunk_range_count(portgroup) <= VSWITCH_TRUNK_RANGES_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "%s '%.24s' has more than %u VLAN ranges", vsw_noun(portgroup),
			   portgroup->name, VSWITCH_TRUNK_RANGES_MAX);
	return -E2BIG;
}

static int vsw_edit_vlans(const struct vsw_attrs *attrs, const struct vsw_policy_attrs *types,
			  struct vsw_portgroup *portgroup, struct netlink_ext_ack *extack)
{
	const struct nlattr *vlan = attrs->tb[types->vlan];
	const struct nlattr *trunk = attrs->tb[types->trunk];

	if (vlan && trunk) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s' has either a VLAN or a trunk, not both",
				   vsw_noun(portgroup), portgroup->name);
		return -EINVAL;
	}
	if (vlan)
		return vsw_edit_vlan(vlan, portgroup, extack);
	return trunk ? vsw_edit_trunk(attrs, types->trunk, portgroup, extack) : 0;
}

static int vsw_check_shaping(const struct vsw_shaping *shaping,
			     const struct vsw_portgroup *portgroup, struct netlink_ext_ack *extack)
{
	const char *noun = vsw_noun(portgroup), *name = portgroup->name;

	if (!shaping->average)
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': an average rate of 0 kbit/s is not possible",
				   noun, name);
	else if (shaping->peak < shaping->average)
		NL_SET_ERR_MSG_FMT(extack, "%s '%.16s': peak %u kbit/s is below average %u", noun,
				   name, shaping->peak, shaping->average);
	else if (!shaping->burst || shaping->burst > VSW_BURST_MAX)
		NL_SET_ERR_MSG_FMT(extack, "%s '%.16s': burst %u KiB is out of range (1-%u)", noun,
				   name, shaping->burst, VSW_BURST_MAX);
	else
		return 0;
	return -ERANGE;
}

static int vsw_edit_shaping(const struct nlattr *nest, const struct vsw_portgroup *portgroup,
			    struct vsw_shaping *shaping, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VSWITCH_A_SHAPING_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, VSWITCH_A_SHAPING_MAX, nest, vswitch_shaping_nl_policy, extack);
	if (err)
		return err;
	if (!nla_len(nest)) {
		*shaping = (struct vsw_shaping){};
		return 0;
	}
	if (!shaping->average &&
	    (!tb[VSWITCH_A_SHAPING_AVERAGE] || !tb[VSWITCH_A_SHAPING_PEAK] ||
	     !tb[VSWITCH_A_SHAPING_BURST])) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': shaping needs average, peak and burst",
				   vsw_noun(portgroup), portgroup->name);
		return -EINVAL;
	}
	if (tb[VSWITCH_A_SHAPING_AVERAGE])
		shaping->average = nla_get_u32(tb[VSWITCH_A_SHAPING_AVERAGE]);
	if (tb[VSWITCH_A_SHAPING_PEAK])
		shaping->peak = nla_get_u32(tb[VSWITCH_A_SHAPING_PEAK]);
	if (tb[VSWITCH_A_SHAPING_BURST])
		shaping->burst = nla_get_u32(tb[VSWITCH_A_SHAPING_BURST]);
	return vsw_check_shaping(shaping, portgroup, extack);
}

/**
 * vsw_edit_policies() - change what a port group has and a port may override
 * @edit: change under way
 * @attrs: attributes of the request
 * @types: which of them are these policies
 * @portgroup: is changed
 *
 * Return: 0 or an error; the draft is of no use then.
 */
int vsw_edit_policies(struct vsw_edit *edit, const struct vsw_attrs *attrs,
		      const struct vsw_policy_attrs *types, struct vsw_portgroup *portgroup)
{
	unsigned int direction;
	int err;

	err = vsw_edit_vlans(attrs, types, portgroup, edit->extack);
	if (err)
		return err;
	err = vsw_edit_security(attrs->tb[types->security], true, &portgroup->security,
				edit->extack);
	if (err)
		return err;
	for (direction = 0; direction < VSW_DIRECTIONS; direction++) {
		err = vsw_edit_shaping(attrs->tb[types->shaping[direction]], portgroup,
				       &portgroup->shaping[direction], edit->extack);
		if (err)
			return err;
	}
	return vsw_edit_teaming(edit, attrs->tb[types->teaming], &vsw_teaming_inherit,
				&portgroup->teaming);
}

static const struct vsw_policy_attrs vsw_port_policies = {
	.vlan = VSWITCH_A_PORT_VLAN,
	.trunk = VSWITCH_A_PORT_TRUNK,
	.security = VSWITCH_A_PORT_SECURITY,
	.teaming = VSWITCH_A_PORT_TEAMING,
	.shaping = {
		[VSW_INGRESS] = VSWITCH_A_PORT_SHAPING_INGRESS,
		[VSW_EGRESS] = VSWITCH_A_PORT_SHAPING_EGRESS,
	},
};

/* The policies that the attributes of a port set */
static u8 vsw_override_mask(const struct vsw_attrs *attrs)
{
	const struct vsw_policy_attrs *types = &vsw_port_policies;
	u8 mask = 0;

	if (attrs->tb[types->vlan] || attrs->tb[types->trunk])
		mask |= VSWITCH_OVERRIDE_VLAN;
	if (attrs->tb[types->security])
		mask |= VSWITCH_OVERRIDE_SECURITY;
	if (attrs->tb[types->teaming])
		mask |= VSWITCH_OVERRIDE_TEAMING;
	if (attrs->tb[types->shaping[VSW_INGRESS]] || attrs->tb[types->shaping[VSW_EGRESS]])
		mask |= VSWITCH_OVERRIDE_SHAPING;
	return mask;
}

/* What is as the port group has it is no override. */
static void vsw_trim_overrides(struct vsw_portgroup *own)
{
	if (!memcmp(&own->security, &vsw_security_inherit, sizeof(own->security)))
		own->overrides &= ~VSWITCH_OVERRIDE_SECURITY;
	if (vsw_teaming_equal(&own->teaming, &vsw_teaming_inherit))
		own->overrides &= ~VSWITCH_OVERRIDE_TEAMING;
	if (!(own->overrides & VSWITCH_OVERRIDE_SECURITY))
		own->security = vsw_security_inherit;
	if (!(own->overrides & VSWITCH_OVERRIDE_TEAMING))
		own->teaming = vsw_teaming_inherit;
	if (!(own->overrides & VSWITCH_OVERRIDE_SHAPING))
		memset(own->shaping, 0, sizeof(own->shaping));
}

static struct vsw_portgroup *vsw_copy_own(const struct vsw_port *port,
					  const struct vsw_portgroup *old)
{
	struct vsw_portgroup *own;

	own = old ? kmemdup(old, sizeof(*old), GFP_KERNEL_ACCOUNT) :
		    kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	if (!own)
		return NULL;
	kref_init(&own->ref);
	own->is_port = true;
	strscpy(own->name, vsw_port_name(port), sizeof(own->name));
	vsw_trim_overrides(own);
	return own;
}

/**
 * vsw_edit_own() - change what a port has otherwise than its port group
 * @edit: change under way
 * @port: port
 * @attrs: VSWITCH_A_PORT_*
 * @settings: settings of @port, not yet in the draft; its "own" is replaced
 *
 * Return: 0 with a reference to "own" for the caller, or an error.
 */
int vsw_edit_own(struct vsw_edit *edit, const struct vsw_port *port,
		 const struct vsw_attrs *attrs, struct vsw_port_config *settings)
{
	const struct nlattr *keep = attrs->tb[VSWITCH_A_PORT_OVERRIDES];
	u8 mask = vsw_override_mask(attrs);
	struct vsw_portgroup *own;
	int err;

	if (settings->role != VSWITCH_ROLE_CLIENT) {
		settings->own = NULL;
		if (!mask)
			return 0;
		NL_SET_ERR_MSG_FMT(edit->extack, "port '%s' is in no port group: it has nothing to override",
				   vsw_port_name(port));
		return -EINVAL;
	}
	own = vsw_copy_own(port, settings->own);
	if (!own)
		return -ENOMEM;
	if (keep)
		own->overrides &= nla_get_u32(keep);
	own->overrides |= mask;
	err = vsw_edit_policies(edit, attrs, &vsw_port_policies, own);
	vsw_trim_overrides(own);
	if (err || !own->overrides) {
		vsw_portgroup_put(own);
		own = NULL;
	}
	settings->own = own;
	return err;
}
