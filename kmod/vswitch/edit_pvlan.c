// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the map of private VLANs.
 *
 * A port group is private if the map has its VLAN; there is no other setting.  A VLAN cannot
 * leave the map while a port group uses it (check.c), so that nobody loses isolation by
 * accident.
 *
 * The data path uses the address table and the receivers of the primary VLAN.  A frame carries
 * its sender's VLAN; together with the receiver's it decides whether the frame may pass.
 */
#include "edit.h"

static void vsw_pvlan_clear(struct vsw_config *draft, u16 primary)
{
	unsigned int vlan;

	for (vlan = 0; vlan < VLAN_N_VID; vlan++)
		if (draft->pvlans[vlan].primary == primary)
			draft->pvlans[vlan] = (struct vsw_pvlan){};
}

static int vsw_pvlan_check_id(u16 vlan, struct netlink_ext_ack *extack)
{
	if (vlan && vlan <= VSWITCH_VLAN_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "private VLAN %u is out of range (1-%u)", vlan,
			   VSWITCH_VLAN_MAX);
	return -ERANGE;
}

static int vsw_pvlan_add(struct vsw_config *draft, u16 primary, u16 vlan, u16 type,
			 struct netlink_ext_ack *extack)
{
	struct vsw_pvlan *pvlan;
	int err;

	err = vsw_pvlan_check_id(vlan, extack);
	if (err)
		return err;
	pvlan = &draft->pvlans[vlan];
	if (pvlan->primary) {
		NL_SET_ERR_MSG_FMT(extack, "private VLAN %u: it belongs to primary VLAN %u already",
				   vlan, pvlan->primary);
		return -EEXIST;
	}
	*pvlan = (struct vsw_pvlan){ .primary = primary, .type = type };
	return 0;
}

static int vsw_pvlan_primary(const struct nlattr *attr, u16 *primary,
			     struct netlink_ext_ack *extack)
{
	if (!attr) {
		NL_SET_ERR_MSG(extack, "private VLANs need a primary VLAN");
		return -EINVAL;
	}
	*primary = nla_get_u16(attr);
	return vsw_pvlan_check_id(*primary, extack);
}

/**
 * vsw_edit_pvlan_set() - pvlan-set: set the secondaries of a primary VLAN
 * @edit: change under way
 * @attrs: VSWITCH_A_PVLAN_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_pvlan_set(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	const struct nlattr *isolated = attrs->tb[VSWITCH_A_PVLAN_ISOLATED];
	unsigned int count = !!isolated;
	const struct nlattr *attr;
	u16 primary;
	int err, rem;

	err = vsw_pvlan_primary(attrs->tb[VSWITCH_A_PVLAN_PRIMARY], &primary, edit->extack);
	if (err)
		return err;
	if (edit->draft->pvlans[primary].primary == primary)
		vsw_pvlan_clear(edit->draft, primary);
	err = vsw_pvlan_add(edit->draft, primary, primary, VSW_PVLAN_PROMISCUOUS, edit->extack);
	if (!err && isolated)
		err = vsw_pvlan_add(edit->draft, primary, nla_get_u16(isolated), VSW_PVLAN_ISOLATED,
				    edit->extack);
	if (err)
		return err;
	nla_for_each_attr_type(attr, VSWITCH_A_PVLAN_COMMUNITY, attrs->head, attrs->len, rem) {
		err = vsw_pvlan_add(edit->draft, primary, nla_get_u16(attr), VSW_PVLAN_COMMUNITY,
				    edit->extack);
		if (err)
			return err;
		count++;
	}
	if (count <= VSWITCH_PVLAN_SECONDARIES_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT(edit->extack, "primary VLAN %u: %u secondaries, the limit is %u",
			   primary, count, VSWITCH_PVLAN_SECONDARIES_MAX);
	return -E2BIG;
}

/**
 * vsw_find_pvlan() - find the primary VLAN that an attribute names
 * @sw: switch
 * @config: configuration or draft
 * @attr: attribute with its id, or NULL
 * @primary: gets the id
 * @extack: says why a request is refused
 *
 * Return: 0, -EINVAL without one, -ERANGE, or -ENOENT.
 */
int vsw_find_pvlan(const struct vsw_switch *sw, const struct vsw_config *config,
		   const struct nlattr *attr, u16 *primary, struct netlink_ext_ack *extack)
{
	int err;

	err = vsw_pvlan_primary(attr, primary, extack);
	if (err || config->pvlans[*primary].primary == *primary)
		return err;
	NL_SET_ERR_MSG_FMT(extack, "VLAN %u is not a primary VLAN of switch '%s'", *primary,
			   sw->dev->name);
	return -ENOENT;
}

/**
 * vsw_edit_pvlan_del() - pvlan-del: remove a primary VLAN and its secondaries
 * @edit: change under way
 * @attrs: VSWITCH_A_PVLAN_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_pvlan_del(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	u16 primary;
	int err;

	err = vsw_find_pvlan(edit->sw, edit->draft, attrs->tb[VSWITCH_A_PVLAN_PRIMARY], &primary,
			     edit->extack);
	if (!err)
		vsw_pvlan_clear(edit->draft, primary);
	return err;
}
