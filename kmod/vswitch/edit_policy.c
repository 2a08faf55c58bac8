// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of policies, of a port group or overridden by a port.
 */
#include "edit.h"
#include "netlink_gen.h"

/* KiB that a bucket can hold */
#define VSW_BURST_MAX	((u32)(VSW_BUCKET_BYTES_MAX / 1024))

static int vsw_edit_vlan(const struct vsw_policy_edit *change, const struct nlattr *attr)
{
	struct vsw_policies *policies = change->policies;
	u16 vlan = nla_get_u16(attr);

	if (vlan > VSWITCH_VLAN_GUEST) {
		NL_SET_ERR_MSG_FMT(change->edit->extack, "%s '%.30s': VLAN %u is out of range (0-%u)",
				   change->noun, change->name, vlan, VSWITCH_VLAN_GUEST);
		return -ERANGE;
	}
	policies->vlan = vlan;
	policies->is_trunk = vlan == VSWITCH_VLAN_GUEST;
	bitmap_zero(policies->trunk, VLAN_N_VID);
	if (policies->is_trunk)
		bitmap_set(policies->trunk, 0, VSWITCH_VLAN_MAX + 1);
	return 0;
}

static int vsw_edit_range(const struct vsw_policy_edit *change, const struct nlattr *nest)
{
	struct netlink_ext_ack *extack = change->edit->extack;
	struct nlattr *tb[VSWITCH_A_VLAN_RANGE_MAX + 1];
	unsigned long *trunk = change->policies->trunk;
	u16 first, last;
	int err;

	err = nla_parse_nested(tb, VSWITCH_A_VLAN_RANGE_MAX, nest, vswitch_vlan_range_nl_policy,
			       extack);
	if (err)
		return err;
	if (!tb[VSWITCH_A_VLAN_RANGE_FIRST] || !tb[VSWITCH_A_VLAN_RANGE_LAST]) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.30s': a VLAN range needs first and last",
				   change->noun, change->name);
		return -EINVAL;
	}
	first = nla_get_u16(tb[VSWITCH_A_VLAN_RANGE_FIRST]);
	last = nla_get_u16(tb[VSWITCH_A_VLAN_RANGE_LAST]);
	if (first > last || last > VSWITCH_VLAN_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': VLANs %u-%u are no range in 0-%u",
				   change->noun, change->name, first, last, VSWITCH_VLAN_MAX);
		return -ERANGE;
	}
	if (find_next_bit(trunk, VLAN_N_VID, first) <= last) {
		NL_SET_ERR_MSG_FMT(extack, "%s '%.24s': VLANs %u-%u overlap another range",
				   change->noun, change->name, first, last);
		return -EINVAL;
	}
	bitmap_set(trunk, first, last - first + 1);
	return 0;
}

static int vsw_edit_trunk(const struct vsw_policy_edit *change)
{
	struct vsw_policies *policies = change->policies;
	const struct vsw_attrs *attrs = change->attrs;
	const struct nlattr *attr;
	int rem, err;

	policies->vlan = 0;
	policies->is_trunk = true;
	bitmap_zero(policies->trunk, VLAN_N_VID);
	nla_for_each_attr_type(attr, change->types->trunk, attrs->head, attrs->len, rem) {
		err = vsw_edit_range(change, attr);
		if (err)
			return err;
	}
	if (vsw_trunk_range_count(policies) <= VSWITCH_TRUNK_RANGES_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT(change->edit->extack, "%s '%.24s' has more than %u VLAN ranges",
			   change->noun, change->name, VSWITCH_TRUNK_RANGES_MAX);
	return -E2BIG;
}

static int vsw_edit_vlans(const struct vsw_policy_edit *change)
{
	const struct nlattr *vlan = change->attrs->tb[change->types->vlan];
	const struct nlattr *trunk = change->attrs->tb[change->types->trunk];

	if (vlan && trunk) {
		NL_SET_ERR_MSG_FMT(change->edit->extack, "%s '%.24s' has either a VLAN or a trunk, not both",
				   change->noun, change->name);
		return -EINVAL;
	}
	if (vlan)
		return vsw_edit_vlan(change, vlan);
	return trunk ? vsw_edit_trunk(change) : 0;
}

static int vsw_check_shaping(const struct vsw_policy_edit *change,
			     const struct vsw_shaping *shaping)
{
	struct netlink_ext_ack *extack = change->edit->extack;
	const char *noun = change->noun, *name = change->name;

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

static int vsw_edit_shaping(const struct vsw_policy_edit *change, enum vsw_direction direction)
{
	const struct nlattr *nest = change->attrs->tb[change->types->shaping[direction]];
	struct vsw_shaping *shaping = &change->policies->shaping[direction];
	struct netlink_ext_ack *extack = change->edit->extack;
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
				   change->noun, change->name);
		return -EINVAL;
	}
	if (tb[VSWITCH_A_SHAPING_AVERAGE])
		shaping->average = nla_get_u32(tb[VSWITCH_A_SHAPING_AVERAGE]);
	if (tb[VSWITCH_A_SHAPING_PEAK])
		shaping->peak = nla_get_u32(tb[VSWITCH_A_SHAPING_PEAK]);
	if (tb[VSWITCH_A_SHAPING_BURST])
		shaping->burst = nla_get_u32(tb[VSWITCH_A_SHAPING_BURST]);
	return vsw_check_shaping(change, shaping);
}

/**
 * vsw_edit_policies() - change the policies of a port group or a port
 * @change: the change
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_policies(const struct vsw_policy_edit *change)
{
	struct vsw_policies *policies = change->policies;
	const struct vsw_policy_attrs *types = change->types;
	struct nlattr **tb = change->attrs->tb;
	int err;

	err = vsw_edit_vlans(change);
	err = err ?: vsw_edit_security(tb[types->security], true, &policies->security,
				       change->edit->extack);
	err = err ?: vsw_edit_shaping(change, VSW_INGRESS);
	err = err ?: vsw_edit_shaping(change, VSW_EGRESS);
	return err ?: vsw_edit_teaming(change->edit, tb[types->teaming], &vsw_teaming_inherit,
				       &policies->teaming);
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

/* Policies that inherit everything are no overrides. */
static void vsw_trim_overrides(struct vsw_overrides *overrides)
{
	struct vsw_policies *policies = &overrides->policies;

	if (!memcmp(&policies->security, &vsw_security_inherit, sizeof(policies->security)))
		overrides->mask &= ~VSWITCH_OVERRIDE_SECURITY;
	if (vsw_teaming_equal(&policies->teaming, &vsw_teaming_inherit))
		overrides->mask &= ~VSWITCH_OVERRIDE_TEAMING;
	if (!(overrides->mask & VSWITCH_OVERRIDE_SECURITY))
		policies->security = vsw_security_inherit;
	if (!(overrides->mask & VSWITCH_OVERRIDE_TEAMING))
		policies->teaming = vsw_teaming_inherit;
	if (!(overrides->mask & VSWITCH_OVERRIDE_SHAPING))
		memset(policies->shaping, 0, sizeof(policies->shaping));
}

/**
 * vsw_edit_overrides() - change the policies that a port overrides
 * @edit: change under way
 * @port: port
 * @attrs: VSWITCH_A_PORT_*
 * @settings: settings of @port, not yet in the draft; their overrides are replaced
 *
 * Return: 0 with a reference to the overrides for the caller, or an error.
 */
int vsw_edit_overrides(struct vsw_edit *edit, const struct vsw_port *port,
		       const struct vsw_attrs *attrs, struct vsw_port_config *settings)
{
	const struct nlattr *keep = attrs->tb[VSWITCH_A_PORT_OVERRIDES];
	struct vsw_policy_edit change = {
		.edit = edit,
		.attrs = attrs,
		.types = &vsw_port_policies,
		.noun = "port",
		.name = vsw_port_name(port),
	};
	u8 mask = vsw_override_mask(attrs);
	struct vsw_overrides *overrides;
	int err;

	if (settings->role != VSWITCH_ROLE_CLIENT) {
		settings->overrides = NULL;
		if (!mask)
			return 0;
		NL_SET_ERR_MSG_FMT(edit->extack, "port '%s' is in no port group: it has nothing to override",
				   vsw_port_name(port));
		return -EINVAL;
	}
	overrides = vsw_overrides_copy(settings->overrides, GFP_KERNEL_ACCOUNT);
	if (!overrides)
		return -ENOMEM;
	vsw_trim_overrides(overrides);
	if (keep)
		overrides->mask &= nla_get_u32(keep);
	overrides->mask |= mask;
	change.policies = &overrides->policies;
	err = vsw_edit_policies(&change);
	vsw_trim_overrides(overrides);
	if (err || !overrides->mask) {
		vsw_overrides_put(overrides);
		overrides = NULL;
	}
	settings->overrides = overrides;
	return err;
}
