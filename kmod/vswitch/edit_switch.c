// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of a switch, and of the policies that it shares with port groups.
 */
#include "beacon.h"
#include "edit.h"
#include "netlink_gen.h"

static int vsw_edit_policy(const struct nlattr *attr, u8 inherit, bool may_inherit, u8 *policy,
			   struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_get_u8(attr) == inherit && !may_inherit) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a switch has nothing to inherit a security policy from");
		return -EINVAL;
	}
	*policy = nla_get_u8(attr);
	return 0;
}

/**
 * vsw_edit_security() - change security policies
 * @nest: their attributes, or NULL
 * @may_inherit: they are those of a port group
 * @security: is changed where @nest has something; an empty nest resets all of it
 * @extack: says why a request is refused
 *
 * Return: 0 or -EINVAL.
 */
int vsw_edit_security(const struct nlattr *nest, bool may_inherit, struct vsw_security *security,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VSWITCH_A_SECURITY_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, VSWITCH_A_SECURITY_MAX, nest, vswitch_security_nl_policy,
			       extack);
	if (err)
		return err;
	if (!nla_len(nest))
		*security = may_inherit ? vsw_security_inherit : (struct vsw_security){};
	err = vsw_edit_policy(tb[VSWITCH_A_SECURITY_PROMISCUOUS], VSWITCH_POLICY_INHERIT,
			      may_inherit, &security->promiscuous, extack);
	err = err ?: vsw_edit_policy(tb[VSWITCH_A_SECURITY_MAC_CHANGES], VSWITCH_POLICY_INHERIT,
				     may_inherit, &security->mac_changes, extack);
	err = err ?: vsw_edit_policy(tb[VSWITCH_A_SECURITY_FORGED_TRANSMITS],
				     VSWITCH_POLICY_INHERIT, may_inherit,
				     &security->forged_transmits, extack);
	return err ?: vsw_edit_policy(tb[VSWITCH_A_SECURITY_MAC_SOURCE],
				      VSWITCH_MAC_SOURCE_INHERIT, may_inherit,
				      &security->mac_source, extack);
}

/**
 * struct vsw_edit_lists - the order of a team under construction
 * @teaming: gets the active and the standby uplinks
 * @named: all that were named, the unused ones too
 * @named_count: of @named
 */
struct vsw_edit_lists {
	struct vsw_teaming *teaming;
	u16 named[VSWITCH_UPLINKS_MAX];
	unsigned int named_count;
};

static int vsw_edit_order(const struct vsw_edit *edit, const struct nlattr *attr,
			  struct vsw_edit_lists *lists)
{
	const struct vsw_port *port;
	u32 id = nla_get_u32(attr);
	unsigned int i;

	port = id <= VSWITCH_PORTS_MAX ? xa_load(&edit->sw->ports, id) : NULL;
	if (!port || edit->draft->ports[id]->role != VSWITCH_ROLE_UPLINK) {
		NL_SET_ERR_MSG_FMT(edit->extack, "teaming of '%s': port %u '%s' is not an uplink",
				   edit->sw->dev->name, id, port ? vsw_port_name(port) : "");
		return -EINVAL;
	}
	for (i = 0; i < lists->named_count; i++) {
		if (lists->named[i] != id)
			continue;
		NL_SET_ERR_MSG_FMT(edit->extack, "teaming of '%s': uplink '%s' is listed twice",
				   edit->sw->dev->name, vsw_port_name(port));
		return -EINVAL;
	}
	lists->named[lists->named_count++] = id;
	lists->teaming->has_order = true;
	if (nla_type(attr) != VSWITCH_A_TEAMING_UNUSED)
		lists->teaming->order[lists->teaming->count++] = id;
	return 0;
}

/* Active, then standby, then unused uplinks, however the request mixes them */
static int vsw_edit_lists(const struct vsw_edit *edit, const struct nlattr *nest,
			  struct vsw_teaming *teaming)
{
	static const u8 passes[] = {
		VSWITCH_A_TEAMING_ACTIVE, VSWITCH_A_TEAMING_STANDBY, VSWITCH_A_TEAMING_UNUSED,
	};
	struct vsw_edit_lists lists = { .teaming = teaming };
	const struct nlattr *attr;
	unsigned int pass;
	int rem, err;

	teaming->has_order = false;
	teaming->active_count = 0;
	teaming->count = 0;
	for (pass = 0; pass < ARRAY_SIZE(passes); pass++) {
		nla_for_each_nested(attr, nest, rem) {
			if (nla_type(attr) != passes[pass])
				continue;
			err = vsw_edit_order(edit, attr, &lists);
			if (err)
				return err;
		}
		if (passes[pass] == VSWITCH_A_TEAMING_ACTIVE)
			teaming->active_count = teaming->count;
	}
	return 0;
}

/**
 * vsw_edit_teaming() - change a teaming
 * @edit: change under way
 * @nest: attributes of the teaming, or NULL
 * @absent: teaming after an empty nest
 * @teaming: is changed where @nest has something; the three lists are one setting
 *
 * Return: 0, -ENOMEM, or -EINVAL if a list names something that is not an
 * uplink, or an uplink twice.
 */
int vsw_edit_teaming(const struct vsw_edit *edit, const struct nlattr *nest,
		     const struct vsw_teaming *absent, struct vsw_teaming *teaming)
{
	struct nlattr *tb[VSWITCH_A_TEAMING_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, VSWITCH_A_TEAMING_MAX, nest, vswitch_teaming_nl_policy,
			       edit->extack);
	if (err)
		return err;
	if (!nla_len(nest))
		*teaming = *absent;
	if (tb[VSWITCH_A_TEAMING_POLICY])
		teaming->policy = nla_get_u8(tb[VSWITCH_A_TEAMING_POLICY]);
	if (tb[VSWITCH_A_TEAMING_DETECTION])
		teaming->detection = nla_get_u8(tb[VSWITCH_A_TEAMING_DETECTION]);
	if (tb[VSWITCH_A_TEAMING_FAILBACK])
		teaming->failback = nla_get_u8(tb[VSWITCH_A_TEAMING_FAILBACK]);
	if (tb[VSWITCH_A_TEAMING_NOTIFY_SWITCHES])
		teaming->announce = nla_get_u8(tb[VSWITCH_A_TEAMING_NOTIFY_SWITCHES]);
	if (teaming->detection == VSWITCH_DETECTION_BEACON) {
		err = vsw_beacon_enable(edit->sw);
		if (err)
			return err;
	}
	if (!tb[VSWITCH_A_TEAMING_ACTIVE] && !tb[VSWITCH_A_TEAMING_STANDBY] &&
	    !tb[VSWITCH_A_TEAMING_UNUSED])
		return 0;
	return vsw_edit_lists(edit, nest, teaming);
}

static int vsw_edit_up_delay(const struct vsw_edit *edit, const struct nlattr *attr)
{
	if (!attr)
		return 0;
	if (nla_get_u32(attr) > VSWITCH_UP_DELAY_MAX) {
		NL_SET_ERR_MSG_FMT(edit->extack, "switch '%s': up-delay of %u ms, the limit is %u",
				   edit->sw->dev->name, nla_get_u32(attr), VSWITCH_UP_DELAY_MAX);
		return -ERANGE;
	}
	edit->draft->up_delay = nla_get_u32(attr);
	return 0;
}

/**
 * vsw_edit_switch() - switch-set: change the policies of a switch
 * @edit: change under way
 * @attrs: VSWITCH_A_SWITCH_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_switch(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	int err;

	err = vsw_edit_security(attrs->tb[VSWITCH_A_SWITCH_SECURITY], false,
				&edit->draft->security, edit->extack);
	if (err)
		return err;
	err = vsw_edit_up_delay(edit, attrs->tb[VSWITCH_A_SWITCH_UP_DELAY]);
	if (err)
		return err;
	return vsw_edit_teaming(edit, attrs->tb[VSWITCH_A_SWITCH_TEAMING], &vsw_teaming_default,
				&edit->draft->teaming);
}
