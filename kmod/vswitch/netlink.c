// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family: requests.  Its definition is
 * Documentation/netlink/specs/vswitch.yaml.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "edit.h"
#include "netlink_gen.h"
#include "show.h"

typedef int (*vsw_edit_fn)(struct vsw_edit *edit, const struct vsw_attrs *attrs);

static const struct genl_multicast_group vsw_genl_groups[] = {
	[VSWITCH_NLGRP_CONFIG]	= { .name = "config" },
	[VSWITCH_NLGRP_EVENT]	= { .name = "event" },
};

static struct vsw_switch *vsw_find_switch(struct net *net, const struct nlattr *ifindex,
					  struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	ASSERT_RTNL();
	if (!ifindex) {
		NL_SET_ERR_MSG(extack, "the ifindex of the switch is missing");
		return ERR_PTR(-EINVAL);
	}
	dev = __dev_get_by_index(net, nla_get_u32(ifindex));
	if (!dev) {
		NL_SET_ERR_MSG_FMT(extack, "no device with ifindex %u here", nla_get_u32(ifindex));
		return ERR_PTR(-ENODEV);
	}
	if (!vsw_is_switch(dev)) {
		NL_SET_ERR_MSG_FMT(extack, "'%s' is not a vswitch", dev->name);
		return ERR_PTR(-EOPNOTSUPP);
	}
	vsw_port_forget_left(netdev_priv(dev));
	return netdev_priv(dev);
}

/* Clone, edit, commit: under RTNL */
static int vsw_change_locked(struct genl_info *info, int switch_attr, vsw_edit_fn edit_fn)
{
	const struct vsw_attrs attrs = {
		.tb = info->attrs,
		.head = genlmsg_data(info->genlhdr),
		.len = genlmsg_len(info->genlhdr),
	};
	struct vsw_edit edit = { .extack = info->extack };
	int err;

	edit.sw = vsw_find_switch(genl_info_net(info), info->attrs[switch_attr], info->extack);
	if (IS_ERR(edit.sw))
		return PTR_ERR(edit.sw);
	edit.draft = vsw_draft(edit.sw, GFP_KERNEL_ACCOUNT);
	if (!edit.draft)
		return -ENOMEM;
	err = edit_fn(&edit, &attrs) ?: vsw_config_check(edit.sw, edit.draft, info->extack);
	if (err)
		vsw_config_free(edit.draft);
	else
		err = vsw_commit(edit.sw, edit.draft, GFP_KERNEL_ACCOUNT, info->extack);
	vsw_absent_settle(edit.sw);
	return err;
}

static int vsw_change(struct genl_info *info, int switch_attr, vsw_edit_fn edit_fn)
{
	int err;

	rtnl_lock();
	err = vsw_change_locked(info, switch_attr, edit_fn);
	rtnl_unlock();
	return err;
}

int vswitch_nl_switch_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_SWITCH_IFINDEX, vsw_edit_switch);
}

int vswitch_nl_portgroup_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PORTGROUP_SWITCH, vsw_edit_portgroup_new);
}

int vswitch_nl_portgroup_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PORTGROUP_SWITCH, vsw_edit_portgroup_set);
}

int vswitch_nl_portgroup_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PORTGROUP_SWITCH, vsw_edit_portgroup_del);
}

int vswitch_nl_pvlan_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PVLAN_SWITCH, vsw_edit_pvlan_set);
}

int vswitch_nl_mirror_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_MIRROR_SWITCH, vsw_edit_mirror_set);
}

int vswitch_nl_mirror_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_MIRROR_SWITCH, vsw_edit_mirror_del);
}

int vswitch_nl_pvlan_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PVLAN_SWITCH, vsw_edit_pvlan_del);
}

int vswitch_nl_port_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_PORT_SWITCH, vsw_edit_port);
}

/* Operations of a txn */
static const struct vsw_txn_op {
	const struct nla_policy *policy;
	int attr_max;
	vsw_edit_fn edit;
} vsw_txn_ops[VSWITCH_A_TXN_MAX + 1] = {
	[VSWITCH_A_TXN_SWITCH_SET] = {
		vswitch_switch_change_nl_policy, VSWITCH_A_SWITCH_UP_DELAY, vsw_edit_switch,
	},
	[VSWITCH_A_TXN_PORTGROUP_NEW] = {
		vswitch_portgroup_change_nl_policy, VSWITCH_A_PORTGROUP_SHARED_MAC,
		vsw_edit_portgroup_new,
	},
	[VSWITCH_A_TXN_PORTGROUP_SET] = {
		vswitch_portgroup_change_nl_policy, VSWITCH_A_PORTGROUP_SHARED_MAC,
		vsw_edit_portgroup_set,
	},
	[VSWITCH_A_TXN_PORTGROUP_DEL] = {
		vswitch_portgroup_key_nl_policy, VSWITCH_A_PORTGROUP_NAME, vsw_edit_portgroup_del,
	},
	[VSWITCH_A_TXN_PORT_SET] = {
		vswitch_port_change_nl_policy, VSWITCH_A_PORT_OVERRIDES, vsw_edit_port,
	},
	[VSWITCH_A_TXN_MIRROR_SET] = {
		vswitch_mirror_change_nl_policy, VSWITCH_A_MIRROR_SAMPLING, vsw_edit_mirror_set,
	},
	[VSWITCH_A_TXN_MIRROR_DEL] = {
		vswitch_mirror_key_nl_policy, VSWITCH_A_MIRROR_NAME, vsw_edit_mirror_del,
	},
	[VSWITCH_A_TXN_PVLAN_SET] = {
		vswitch_pvlan_change_nl_policy, VSWITCH_A_PVLAN_COMMUNITY, vsw_edit_pvlan_set,
	},
	[VSWITCH_A_TXN_PVLAN_DEL] = {
		vswitch_pvlan_key_nl_policy, VSWITCH_A_PVLAN_PRIMARY, vsw_edit_pvlan_del,
	},
};

/* The attribute arrays of every object fit */
#define VSW_TXN_ATTR_MAX	((int)VSWITCH_A_PORT_MAX)

static int vsw_edit_txn(struct vsw_edit *edit, const struct vsw_attrs *attrs)
{
	struct nlattr *tb[VSW_TXN_ATTR_MAX + 1];
	struct vsw_attrs nested = { .tb = tb };
	const struct nlattr *generation = attrs->tb[VSWITCH_A_TXN_GENERATION];
	const struct vsw_txn_op *op;
	const struct nlattr *attr;
	int rem, err;

	if (generation && nla_get_u32(generation) != edit->sw->generation) {
		NL_SET_ERR_MSG_FMT(edit->extack, "switch '%s': its configuration changed meanwhile (generation %u, not %u)",
				   edit->sw->dev->name, edit->sw->generation,
				   nla_get_u32(generation));
		return -ESTALE;
	}
	BUILD_BUG_ON(VSW_TXN_ATTR_MAX < (int)VSWITCH_A_SWITCH_MAX);
	BUILD_BUG_ON(VSW_TXN_ATTR_MAX < (int)VSWITCH_A_PORTGROUP_MAX);
	nla_for_each_attr(attr, attrs->head, attrs->len, rem) {
		op = &vsw_txn_ops[nla_type(attr)];
		if (!op->edit)
			continue;
		memset(tb, 0, sizeof(tb));
		err = nla_parse_nested(tb, op->attr_max, attr, op->policy, edit->extack);
		if (err)
			return err;
		nested.head = nla_data(attr);
		nested.len = nla_len(attr);
		err = op->edit(edit, &nested);
		if (err)
			return err;
	}
	return 0;
}

int vswitch_nl_txn_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_change(info, VSWITCH_A_TXN_SWITCH, vsw_edit_txn);
}

static int vsw_announce_locked(struct genl_info *info)
{
	struct vsw_switch *sw;
	struct vsw_port *port;

	sw = vsw_find_switch(genl_info_net(info), info->attrs[VSWITCH_A_PORT_SWITCH], info->extack);
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	port = vsw_find_port(sw, info->attrs, info->extack);
	if (IS_ERR(port))
		return PTR_ERR(port);
	return vsw_announce_port(port, info->extack);
}

int vswitch_nl_port_announce_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = vsw_announce_locked(info);
	rtnl_unlock();
	return err;
}

typedef int (*vsw_reply_fn)(const struct vsw_message *message, struct vsw_switch *sw,
			    struct genl_info *info);

static int vsw_reply(struct genl_info *info, int switch_attr, u8 cmd, vsw_reply_fn reply_fn)
{
	struct vsw_message message = {
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = cmd,
	};
	struct vsw_switch *sw;
	int err;

	message.skb = genlmsg_new(VSW_MESSAGE_SIZE, GFP_KERNEL);
	if (!message.skb)
		return -ENOMEM;
	rtnl_lock();
	sw = vsw_find_switch(genl_info_net(info), info->attrs[switch_attr], info->extack);
	err = IS_ERR(sw) ? PTR_ERR(sw) : reply_fn(&message, sw, info);
	rtnl_unlock();
	if (err) {
		nlmsg_free(message.skb);
		return err;
	}
	return genlmsg_reply(message.skb, info);
}

static int vsw_reply_switch(const struct vsw_message *message, struct vsw_switch *sw,
			    struct genl_info *info)
{
	return vsw_put_switch(message, sw);
}

static int vsw_reply_portgroup(const struct vsw_message *message, struct vsw_switch *sw,
			       struct genl_info *info)
{
	int slot;

	slot = vsw_find_portgroup(sw->config, info->attrs[VSWITCH_A_PORTGROUP_NAME], sw,
				  info->extack);
	return slot < 0 ? slot : vsw_put_portgroup(message, sw, slot);
}

static int vsw_reply_port(const struct vsw_message *message, struct vsw_switch *sw,
			  struct genl_info *info)
{
	struct vsw_port *port;

	port = vsw_find_port(sw, info->attrs, info->extack);
	return IS_ERR(port) ? PTR_ERR(port) : vsw_put_port(message, port);
}

int vswitch_nl_switch_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_SWITCH_IFINDEX, VSWITCH_CMD_SWITCH_GET, vsw_reply_switch);
}

int vswitch_nl_portgroup_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_PORTGROUP_SWITCH, VSWITCH_CMD_PORTGROUP_GET,
			 vsw_reply_portgroup);
}

static int vsw_reply_pvlan(const struct vsw_message *message, struct vsw_switch *sw,
			   struct genl_info *info)
{
	u16 primary;
	int err;

	err = vsw_find_pvlan(sw, sw->config, info->attrs[VSWITCH_A_PVLAN_PRIMARY], &primary,
			     info->extack);
	return err ?: vsw_put_pvlan(message, sw, primary);
}

static int vsw_reply_mirror(const struct vsw_message *message, struct vsw_switch *sw,
			    struct genl_info *info)
{
	int slot;

	slot = vsw_find_mirror(sw, sw->config, info->attrs[VSWITCH_A_MIRROR_NAME], info->extack);
	return slot < 0 ? slot : vsw_put_mirror(message, sw, slot);
}

int vswitch_nl_mirror_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_MIRROR_SWITCH, VSWITCH_CMD_MIRROR_GET, vsw_reply_mirror);
}

static int vsw_reply_learned(const struct vsw_message *message, struct vsw_switch *sw,
			     struct genl_info *info)
{
	const struct nlattr *vlan = info->attrs[VSWITCH_A_LEARNED_VLAN];
	const struct nlattr *mac = info->attrs[VSWITCH_A_LEARNED_MAC];

	if (!vlan || !mac || nla_get_u16(vlan) > VSWITCH_VLAN_MAX) {
		NL_SET_ERR_MSG_FMT(info->extack, "a learned address is named by its VLAN (0-%u) and MAC",
				   VSWITCH_VLAN_MAX);
		return -EINVAL;
	}
	return vsw_put_learned(message, sw, nla_data(mac), nla_get_u16(vlan), info->extack);
}

int vswitch_nl_mac_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_LEARNED_SWITCH, VSWITCH_CMD_MAC_GET, vsw_reply_learned);
}

int vswitch_nl_pvlan_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_PVLAN_SWITCH, VSWITCH_CMD_PVLAN_GET, vsw_reply_pvlan);
}

int vswitch_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vsw_reply(info, VSWITCH_A_PORT_SWITCH, VSWITCH_CMD_PORT_GET, vsw_reply_port);
}

struct genl_family vsw_genl_family __ro_after_init = {
	.name		= VSWITCH_FAMILY_NAME,
	.version	= VSWITCH_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vswitch_nl_ops,
	.n_ops		= ARRAY_SIZE(vswitch_nl_ops),
	.resv_start_op	= VSWITCH_CMD_SWITCH_GET,
	.mcgrps		= vsw_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(vsw_genl_groups),
};

/**
 * vsw_netlink_init() - register the netlink family
 *
 * Return: 0 or an error.
 */
int __init vsw_netlink_init(void)
{
	return genl_register_family(&vsw_genl_family);
}

/**
 * vsw_netlink_exit() - unregister the netlink family
 */
void vsw_netlink_exit(void)
{
	genl_unregister_family(&vsw_genl_family);
}
