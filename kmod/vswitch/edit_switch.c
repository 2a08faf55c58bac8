// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of a switch's policies, and those that a port group has alike.
 */
#include "edit.h"
#include "netlink_gen.h"

static int vsw_edit_policy(const struct nlattr *attr, bool may_inherit, u8 *policy,
			   struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_get_u8(attr) == VSWITCH_POLICY_INHERIT && !may_inherit) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the policy of a switch is accept or reject: it cannot inherit");
		return -EINVAL;
	}
	*policy = nla_get_u8(attr);
	return 0;
}

/**
 * vsw_edit_security() - change security policies
 * @nest: their attributes, or NULL
 * @may_inherit: they are those of a port group
 * @security: is changed where @nest has something
 * @extack: gets the reason of a refusal
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
	err = vsw_edit_policy(tb[VSWITCH_A_SECURITY_PROMISCUOUS], may_inherit,
			      &security->promiscuous, extack);
	if (err)
		return err;
	err = vsw_edit_policy(tb[VSWITCH_A_SECURITY_MAC_CHANGES], may_inherit,
			      &security->mac_changes, extack);
	if (err)
		return err;
	return vsw_edit_policy(tb[VSWITCH_A_SECURITY_FORGED_TRANSMITS], may_inherit,
			       &security->forged_transmits, extack);
}

static int vsw_edit_order(const struct vsw_edit *edit, const struct nlattr *attr,
			  struct vsw_teaming *teaming)
{
	const struct vsw_port *port;
	u32 id = nla_get_u32(attr);
	unsigned int i;

	port = id <= VSWITCH_PORTS_MAX ? xa_load(&edit->sw->ports, id) : NULL;
	if (!port || edit->draft->ports[id]->role != VSWITCH_ROLE_UPLINK) {
		NL_SET_ERR_MSG_FMT(edit->extack, "teaming of '%s': port %u '%s' is not an uplink",
				   edit->sw->dev->name, id, port ? port->dev->name : "");
		return -EINVAL;
	}
	for (i = 0; i < teaming->count; i++) {
		if (teaming->order[i] != id)
			continue;
		NL_SET_ERR_MSG_FMT(edit->extack, "teaming of '%s': uplink '%s' is listed twice",
				   edit->sw->dev->name, port->dev->name);
		return -EINVAL;
	}
	teaming->order[teaming->count++] = id;
	return 0;
}

/**
 * vsw_edit_teaming() - replace a teaming policy
 * @edit: change under way
 * @nest: attributes of the policy, or NULL
 * @teaming: is replaced where @nest is given
 *
 * Return: 0, or -EINVAL where a list names something that is not an uplink, or
 * an uplink twice.
 */
int vsw_edit_teaming(const struct vsw_edit *edit, const struct nlattr *nest,
		     struct vsw_teaming *teaming)
{
	struct vsw_teaming order = {};
	const struct nlattr *attr;
	int pass, rem, err;

	if (!nest)
		return 0;
	/* Active before standby, however they are mixed in the request */
	for (pass = VSWITCH_A_TEAMING_ACTIVE; pass <= VSWITCH_A_TEAMING_STANDBY; pass++) {
		nla_for_each_nested(attr, nest, rem) {
			if (nla_type(attr) == VSWITCH_A_TEAMING_POLICY)
				order.policy = nla_get_u8(attr);
			if (nla_type(attr) != pass)
				continue;
			err = vsw_edit_order(edit, attr, &order);
			if (err)
				return err;
		}
		if (pass == VSWITCH_A_TEAMING_ACTIVE)
			order.active_count = order.count;
	}
	order.is_set = order.count;
	*teaming = order;
	return 0;
}

/**
 * vsw_edit_switch() - switch-set: change the policies of a switch
 * @edit: change under way
 * @attrs: VSWITCH_A_SWITCH_*
 *
 * Return: 0 or an error; the draft is of no use then.
 */
int vsw_edit_switch(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	int err;

	err = vsw_edit_security(attrs->tb[VSWITCH_A_SWITCH_SECURITY], false,
				&edit->draft->security, edit->extack);
	if (err)
		return err;
	return vsw_edit_teaming(edit, attrs->tb[VSWITCH_A_SWITCH_TEAMING], &edit->draft->teaming);
}
