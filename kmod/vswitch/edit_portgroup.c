// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of port groups.
 */
#include <linux/nls.h>

#include "edit.h"
#include "netlink_gen.h"

static bool vsw_is_control(unicode_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/**
 * vsw_is_utf8() - check whether a text can be a name
 * @text: text
 *
 * Return: whether it is UTF-8 without control characters.
 */
bool vsw_is_utf8(const char *text)
{
	int len = strlen(text), used;
	unicode_t character;

	for (; len; text += used, len -= used) {
		used = utf8_to_utf32((const u8 *)text, len, &character);
		if (used <= 0 || vsw_is_control(character))
			return false;
	}
	return true;
}

static int vsw_check_name(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *name = attr ? nla_data(attr) : "";
	size_t len = strlen(name);

	if (!len) {
		NL_SET_ERR_MSG(extack, "a port group needs a name");
		return -EINVAL;
	}
	if (len > VSWITCH_NAME_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.16s...': its name has %zu bytes, the limit is %u",
				   name, len, VSWITCH_NAME_MAX);
		return -ENAMETOOLONG;
	}
	if (!vsw_is_utf8(name)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the name of a port group must be UTF-8 without control characters");
		return -EILSEQ;
	}
	return 0;
}

/**
 * vsw_find_portgroup() - find the port group that an attribute names
 * @config: configuration or draft
 * @name: attribute with its name, or NULL
 * @sw: switch
 * @extack: says why a request is refused
 *
 * Return: its slot, -EINVAL without a name, or -ENOENT.
 */
int vsw_find_portgroup(const struct vsw_config *config, const struct nlattr *name,
		       const struct vsw_switch *sw, struct netlink_ext_ack *extack)
{
	int slot;

	if (!name) {
		NL_SET_ERR_MSG(extack, "the name of the port group is missing");
		return -EINVAL;
	}
	slot = vsw_config_find_portgroup(config, nla_data(name));
	if (slot < 0)
		NL_SET_ERR_MSG_FMT(extack, "no port group '%.30s' on switch '%s'",
				   (const char *)nla_data(name), sw->dev->name);
	return slot;
}

static int vsw_check_new_name(const struct vsw_edit *edit, const struct nlattr *name)
{
	int err;

	err = vsw_check_name(name, edit->extack);
	if (err)
		return err;
	if (vsw_config_find_portgroup(edit->draft, nla_data(name)) < 0)
		return 0;
	NL_SET_ERR_MSG_FMT(edit->extack, "port group '%.30s' exists already on switch '%s'",
			   (const char *)nla_data(name), edit->sw->dev->name);
	return -EEXIST;
}

static const struct vsw_learning vsw_learning_default = {
	.limit = VSWITCH_LEARNING_LIMIT_MAX,
	.ageing = VSW_LEARN_AGEING,
	.flood = true,
};

/* Missing attributes keep their value; learning starts with the defaults. */
static int vsw_edit_learning(const struct nlattr *nest, struct vsw_portgroup *portgroup,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VSWITCH_A_LEARNING_MAX + 1];
	struct vsw_learning learning;
	int err;

	if (!nest)
		return 0;
	learning = portgroup->learning.limit ? portgroup->learning : vsw_learning_default;
	err = nla_parse_nested(tb, VSWITCH_A_LEARNING_MAX, nest, vswitch_learning_nl_policy,
			       extack);
	if (err)
		return err;
	if (tb[VSWITCH_A_LEARNING_LIMIT])
		learning.limit = nla_get_u32(tb[VSWITCH_A_LEARNING_LIMIT]);
	if (tb[VSWITCH_A_LEARNING_FULL])
		learning.full = nla_get_u8(tb[VSWITCH_A_LEARNING_FULL]);
	if (tb[VSWITCH_A_LEARNING_FLOOD])
		learning.flood = nla_get_u8(tb[VSWITCH_A_LEARNING_FLOOD]);
	if (tb[VSWITCH_A_LEARNING_AGEING])
		learning.ageing = nla_get_u32(tb[VSWITCH_A_LEARNING_AGEING]);
	if (!learning.limit || learning.limit > VSWITCH_LEARNING_LIMIT_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.16s': learning %u addresses is out of range (1-%u)",
				   portgroup->name, learning.limit, VSWITCH_LEARNING_LIMIT_MAX);
		return -ERANGE;
	}
	if (!learning.ageing || learning.ageing > VSW_LEARN_AGEING_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "port group '%.16s': ageing of %u s is out of range (1-%u)",
				   portgroup->name, learning.ageing, VSW_LEARN_AGEING_MAX);
		return -ERANGE;
	}
	portgroup->learning = nla_len(nest) ? learning : (struct vsw_learning){};
	return 0;
}

static int vsw_edit_portgroup(struct vsw_edit *edit, const struct vsw_attrs *attrs,
			      struct vsw_portgroup *portgroup)
{
	static const struct vsw_policy_attrs types = {
		.vlan = VSWITCH_A_PORTGROUP_VLAN,
		.trunk = VSWITCH_A_PORTGROUP_TRUNK,
		.security = VSWITCH_A_PORTGROUP_SECURITY,
		.teaming = VSWITCH_A_PORTGROUP_TEAMING,
		.shaping = {
			[VSW_INGRESS] = VSWITCH_A_PORTGROUP_SHAPING_INGRESS,
			[VSW_EGRESS] = VSWITCH_A_PORTGROUP_SHAPING_EGRESS,
		},
	};
	const struct vsw_policy_edit change = {
		.edit = edit,
		.attrs = attrs,
		.types = &types,
		.noun = "port group",
		.name = portgroup->name,
		.policies = &portgroup->policies,
	};
	int err;

	if (attrs->tb[VSWITCH_A_PORTGROUP_BLOCKED])
		portgroup->blocked = nla_get_u8(attrs->tb[VSWITCH_A_PORTGROUP_BLOCKED]);
	if (attrs->tb[VSWITCH_A_PORTGROUP_OVERRIDES])
		portgroup->overridable = nla_get_u32(attrs->tb[VSWITCH_A_PORTGROUP_OVERRIDES]);
	if (attrs->tb[VSWITCH_A_PORTGROUP_SNOOPING])
		portgroup->snooping = nla_get_u8(attrs->tb[VSWITCH_A_PORTGROUP_SNOOPING]);
	if (attrs->tb[VSWITCH_A_PORTGROUP_LINK_LOCAL])
		portgroup->link_local = nla_get_u32(attrs->tb[VSWITCH_A_PORTGROUP_LINK_LOCAL]);
	if (attrs->tb[VSWITCH_A_PORTGROUP_SHARED_MAC])
		portgroup->shared_mac = nla_get_u8(attrs->tb[VSWITCH_A_PORTGROUP_SHARED_MAC]);
	err = vsw_edit_learning(attrs->tb[VSWITCH_A_PORTGROUP_LEARNING], portgroup, edit->extack);
	return err ?: vsw_edit_policies(&change);
}

/**
 * vsw_edit_portgroup_new() - portgroup-new: add a port group
 * @edit: change under way
 * @attrs: VSWITCH_A_PORTGROUP_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_portgroup_new(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	const struct nlattr *name = attrs->tb[VSWITCH_A_PORTGROUP_NAME];
	struct vsw_portgroup *portgroup;
	u16 slot;
	int err;

	err = vsw_check_new_name(edit, name);
	if (err)
		return err;
	for (slot = 0; slot < VSWITCH_PORTGROUPS_MAX; slot++)
		if (!edit->draft->portgroups[slot])
			break;
	if (slot == VSWITCH_PORTGROUPS_MAX) {
		NL_SET_ERR_MSG_FMT(edit->extack, "switch '%s' has %u port groups, the limit",
				   edit->sw->dev->name, VSWITCH_PORTGROUPS_MAX);
		return -ENOSPC;
	}
	portgroup = vsw_config_edit_portgroup(edit->draft, slot, GFP_KERNEL_ACCOUNT);
	if (!portgroup)
		return -ENOMEM;
	strscpy(portgroup->name, nla_data(name), sizeof(portgroup->name));
	portgroup->policies.security = vsw_security_inherit;
	portgroup->policies.teaming = vsw_teaming_inherit;
	return vsw_edit_portgroup(edit, attrs, portgroup);
}

/**
 * vsw_edit_portgroup_set() - portgroup-set: change a port group
 * @edit: change under way
 * @attrs: VSWITCH_A_PORTGROUP_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_portgroup_set(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	const struct nlattr *new_name = attrs->tb[VSWITCH_A_PORTGROUP_NEW_NAME];
	struct vsw_portgroup *portgroup;
	int slot, err;

	slot = vsw_find_portgroup(edit->draft, attrs->tb[VSWITCH_A_PORTGROUP_NAME], edit->sw,
				  edit->extack);
	if (slot < 0)
		return slot;
	portgroup = vsw_config_edit_portgroup(edit->draft, slot, GFP_KERNEL_ACCOUNT);
	if (!portgroup)
		return -ENOMEM;
	if (new_name && strcmp(nla_data(new_name), portgroup->name)) {
		err = vsw_check_new_name(edit, new_name);
		if (err)
			return err;
		strscpy(portgroup->name, nla_data(new_name), sizeof(portgroup->name));
	}
	return vsw_edit_portgroup(edit, attrs, portgroup);
}

static unsigned int vsw_portgroup_port_count(const struct vsw_config *config, u16 slot)
{
	unsigned int id, count = 0;

	for (id = 1; id <= VSWITCH_PORTS_MAX; id++)
		count += config->ports[id] && config->ports[id]->role == VSWITCH_ROLE_CLIENT &&
			 config->ports[id]->portgroup == slot;
	return count;
}

/**
 * vsw_edit_portgroup_del() - portgroup-del: remove a port group without ports
 * @edit: change under way
 * @attrs: VSWITCH_A_PORTGROUP_*
 *
 * Return: 0, or an error after which the draft must be discarded.
 */
int vsw_edit_portgroup_del(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	const struct nlattr *name = attrs->tb[VSWITCH_A_PORTGROUP_NAME];
	unsigned int count;
	int slot;

	slot = vsw_find_portgroup(edit->draft, name, edit->sw, edit->extack);
	if (slot < 0)
		return slot;
	count = vsw_portgroup_port_count(edit->draft, slot);
	if (count) {
		NL_SET_ERR_MSG_FMT(edit->extack, "port group '%.30s' still has ports (%u)",
				   (const char *)nla_data(name), count);
		return -EBUSY;
	}
	vsw_config_remove_portgroup(edit->draft, slot);
	return 0;
}
