// SPDX-License-Identifier: GPL-2.0
/*
 * Private VLANs: the map of a switch, as configured and as edited.
 *
 * A port group is private by its VLAN being in the map; it has no setting of
 * its own for that.  So that nobody loses isolation by the way, a VLAN cannot
 * leave the map while a port group has it.
 *
 * In the data path, the address table and the lists of receivers are those of
 * the primary VLAN; a frame's own VLAN is that of its sender, and decides with
 * the receiver's who may get it.
 */
#include "edit.h"
#include "netlink_gen.h"
#include "show.h"

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
 * vsw_edit_pvlan_set() - pvlan-set: give a primary VLAN its secondaries
 * @edit: change under way
 * @attrs: VSWITCH_A_PVLAN_*
 *
 * Return: 0 or an error; the draft is of no use then.
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
 * @extack: gets the reason of a refusal
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
 * Return: 0 or an error; the draft is of no use then.
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

/**
 * vsw_put_pvlan() - put a primary VLAN into a message
 * @message: where to
 * @sw: switch
 * @primary: VLAN
 *
 * Return: 0, or -EMSGSIZE where it does not fit any more.
 */
int vsw_put_pvlan(const struct vsw_message *message, const struct vsw_switch *sw, u16 primary)
{
	static const int attrs[] = {
		[VSW_PVLAN_PROMISCUOUS]	= VSWITCH_A_PVLAN_PRIMARY,
		[VSW_PVLAN_COMMUNITY]	= VSWITCH_A_PVLAN_COMMUNITY,
		[VSW_PVLAN_ISOLATED]	= VSWITCH_A_PVLAN_ISOLATED,
	};
	const struct vsw_pvlan *pvlans = sw->config->pvlans;
	void *header = vsw_message_start(message);
	unsigned int vlan;
	bool fits;

	if (!header)
		return -EMSGSIZE;
	fits = !nla_put_u32(message->skb, VSWITCH_A_PVLAN_SWITCH, sw->dev->ifindex);
	for (vlan = 1; fits && vlan < VLAN_N_VID; vlan++)
		if (pvlans[vlan].primary == primary)
			fits = !nla_put_u16(message->skb, attrs[pvlans[vlan].type], vlan);
	return vsw_message_end(message, header, fits);
}

static bool vsw_pvlan_differs(const struct vsw_config *a, const struct vsw_config *b, u16 primary)
{
	unsigned int vlan;

	for (vlan = 1; vlan < VLAN_N_VID; vlan++)
		if ((a->pvlans[vlan].primary == primary || b->pvlans[vlan].primary == primary) &&
		    (a->pvlans[vlan].primary != b->pvlans[vlan].primary ||
		     a->pvlans[vlan].type != b->pvlans[vlan].type))
			return true;
	return false;
}

/**
 * vsw_notify_pvlans() - tell which primary VLANs a commit changed
 * @sw: switch
 * @old: configuration before
 * @config: configuration after, in force
 *
 * Context: RTNL.
 */
void vsw_notify_pvlans(const struct vsw_switch *sw, const struct vsw_config *old,
		       const struct vsw_config *config)
{
	bool was, is;
	u16 vlan;

	if (!memcmp(old->pvlans, config->pvlans, sizeof(old->pvlans)))
		return;
	for (vlan = 1; vlan < VLAN_N_VID; vlan++) {
		was = old->pvlans[vlan].primary == vlan;
		is = config->pvlans[vlan].primary == vlan;
		if (was && !is)
			vsw_notify_object_del(sw, VSWITCH_CMD_PVLAN_DEL_NTF, VSWITCH_A_PVLAN_SWITCH,
					      VSWITCH_A_PVLAN_PRIMARY, &vlan, sizeof(vlan));
		else if (is && (!was || vsw_pvlan_differs(old, config, vlan)))
			vsw_notify_object(sw, VSWITCH_CMD_PVLAN_NTF, vsw_put_pvlan, vlan);
	}
}
