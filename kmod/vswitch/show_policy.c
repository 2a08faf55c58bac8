// SPDX-License-Identifier: GPL-2.0
/*
 * Policies in messages, common to switches, port groups and ports.
 */
#include "show.h"
#include "snapshot.h"

/**
 * vsw_put_security() - put security policies into a message
 * @skb: message
 * @attr: type of their nest
 * @security: policies
 *
 * Return: whether they fit.
 */
bool vsw_put_security(struct sk_buff *skb, int attr, const struct vsw_security *security)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_PROMISCUOUS, security->promiscuous) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_MAC_CHANGES, security->mac_changes) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_FORGED_TRANSMITS, security->forged_transmits) ||
	    nla_put_u8(skb, VSWITCH_A_SECURITY_MAC_SOURCE, security->mac_source))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool vsw_put_unless_inherited(struct sk_buff *skb, int attr, u8 value)
{
	return value == VSW_INHERIT || !nla_put_u8(skb, attr, value);
}

static bool vsw_put_order(struct sk_buff *skb, const struct vsw_fwd *fwd,
			  const struct vsw_teaming *teaming)
{
	unsigned int i;

	for (i = 0; i < teaming->count; i++)
		if (nla_put_u32(skb, i < teaming->active_count ? VSWITCH_A_TEAMING_ACTIVE :
								 VSWITCH_A_TEAMING_STANDBY,
				teaming->order[i]))
			return false;
	for (i = 0; i < fwd->uplink_count; i++)
		if (!vsw_teaming_has(teaming, fwd->uplinks[i]) &&
		    nla_put_u32(skb, VSWITCH_A_TEAMING_UNUSED, fwd->uplinks[i]))
			return false;
	return true;
}

/**
 * vsw_put_teaming() - put a teaming into a message
 * @skb: message
 * @attr: type of its nest
 * @fwd: snapshot in force, for its uplinks
 * @teaming: teaming
 *
 * Return: whether it fits.
 */
bool vsw_put_teaming(struct sk_buff *skb, int attr, const struct vsw_fwd *fwd,
		     const struct vsw_teaming *teaming)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_POLICY, teaming->policy) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_DETECTION, teaming->detection) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_FAILBACK, teaming->failback) ||
	    !vsw_put_unless_inherited(skb, VSWITCH_A_TEAMING_NOTIFY_SWITCHES, teaming->announce))
		return false;
	if (teaming->has_order && !vsw_put_order(skb, fwd, teaming))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

/**
 * vsw_put_vlan() - put the VLAN or the trunk of policies into a message
 * @skb: message
 * @vlan: type of the attribute for a VLAN
 * @trunk: type of the nests for a trunk's ranges
 * @policies: policies
 *
 * Return: whether it fits.
 */
bool vsw_put_vlan(struct sk_buff *skb, int vlan, int trunk, const struct vsw_policies *policies)
{
	unsigned int first, end;
	struct nlattr *nest;

	if (!policies->is_trunk || policies->vlan == VSWITCH_VLAN_GUEST)
		return !nla_put_u16(skb, vlan, policies->vlan);
	for_each_set_bitrange(first, end, policies->trunk, VLAN_N_VID) {
		nest = nla_nest_start(skb, trunk);
		if (!nest || nla_put_u16(skb, VSWITCH_A_VLAN_RANGE_FIRST, first) ||
		    nla_put_u16(skb, VSWITCH_A_VLAN_RANGE_LAST, end - 1))
			return false;
		nla_nest_end(skb, nest);
	}
	return true;
}

/**
 * vsw_put_shaping() - put the shaping of one direction into a message
 * @skb: message
 * @attr: type of its nest
 * @shaping: shaping; puts nothing if there is none
 *
 * Return: whether it fits.
 */
bool vsw_put_shaping(struct sk_buff *skb, int attr, const struct vsw_shaping *shaping)
{
	struct nlattr *nest;

	if (!shaping->average)
		return true;
	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_u32(skb, VSWITCH_A_SHAPING_AVERAGE, shaping->average) ||
	    nla_put_u32(skb, VSWITCH_A_SHAPING_PEAK, shaping->peak) ||
	    nla_put_u32(skb, VSWITCH_A_SHAPING_BURST, shaping->burst))
		return false;
	nla_nest_end(skb, nest);
	return true;
}
