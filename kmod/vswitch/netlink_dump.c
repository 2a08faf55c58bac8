// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink dumps: the switches of a namespace; the objects of one of them or of all.
 *
 * A dump spans several messages, and the configuration may change in between.
 * Its sequence number is the sum of all generations, so that the reader notices
 * (NLM_F_DUMP_INTR).
 */
#include <net/sock.h>

#include "edit.h"
#include "netlink_gen.h"
#include "show.h"

/* Progress of a dump, in netlink_callback.ctx */
struct vsw_dump {
	u32 done;	/* number of switches that were dumped */
	u32 object;	/* of the next one: port id, or slot of the port group */
};

/* Put objects of a switch from dump->object on; -EMSGSIZE when the skb is full. */
typedef int (*vsw_dump_fn)(const struct vsw_message *message, struct vsw_switch *sw,
			   struct vsw_dump *dump);

static unsigned int vsw_generations(struct net *net)
{
	unsigned int sum = 1;	/* 0 would disable the check */
	struct net_device *dev;
	struct vsw_switch *sw;

	for_each_netdev(net, dev) {
		if (!vsw_is_switch(dev))
			continue;
		sw = netdev_priv(dev);
		vsw_port_forget_left(sw);
		sum += sw->generation;
	}
	return sum;
}

static int vsw_dump_switches(const struct vsw_message *message, struct net *net, u32 only,
			     struct vsw_dump *dump, vsw_dump_fn dump_fn)
{
	struct net_device *dev;
	unsigned int count = 0;
	int err;

	for_each_netdev(net, dev) {
		if (!vsw_is_switch(dev) || count++ < dump->done)
			continue;
		err = !only || only == dev->ifindex ? dump_fn(message, netdev_priv(dev), dump) : 0;
		if (err)
			return err;
		dump->object = 0;
		dump->done = count;
	}
	return 0;
}

static int vsw_dump(struct sk_buff *skb, struct netlink_callback *cb, int switch_attr, u8 cmd,
		    vsw_dump_fn dump_fn)
{
	const struct nlattr *only = genl_info_dump(cb)->attrs[switch_attr];
	struct vsw_dump *dump = (struct vsw_dump *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	const struct vsw_message message = {
		.skb = skb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
		.cb = cb,
	};
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	rtnl_lock();
	cb->seq = vsw_generations(net);
	err = vsw_dump_switches(&message, net, only ? nla_get_u32(only) : 0, dump, dump_fn);
	rtnl_unlock();
	return skb->len ?: err;
}

static int vsw_dump_switch(const struct vsw_message *message, struct vsw_switch *sw,
			   struct vsw_dump *dump)
{
	return vsw_put_switch(message, sw);
}

static int vsw_dump_portgroups(const struct vsw_message *message, struct vsw_switch *sw,
			       struct vsw_dump *dump)
{
	int err;

	for (; dump->object < VSWITCH_PORTGROUPS_MAX; dump->object++) {
		if (!sw->config->portgroups[dump->object])
			continue;
		err = vsw_put_portgroup(message, sw, dump->object);
		if (err)
			return err;
	}
	return 0;
}

static int vsw_dump_ports(const struct vsw_message *message, struct vsw_switch *sw,
			  struct vsw_dump *dump)
{
	struct vsw_port *port;
	unsigned long id;
	int err;

	xa_for_each_start(&sw->ports, id, port, dump->object) {
		dump->object = id;
		err = vsw_put_port(message, port);
		if (err)
			return err;
	}
	return 0;
}

static int vsw_dump_mirrors(const struct vsw_message *message, struct vsw_switch *sw,
			    struct vsw_dump *dump)
{
	int err;

	for (; dump->object < VSWITCH_MIRRORS_MAX; dump->object++) {
		if (!sw->config->mirrors[dump->object])
			continue;
		err = vsw_put_mirror(message, sw, dump->object);
		if (err)
			return err;
	}
	return 0;
}

static int vsw_dump_learned(const struct vsw_message *message, struct vsw_switch *sw,
			    struct vsw_dump *dump)
{
	return vsw_put_all_learned(message, sw, &dump->object);
}

static int vsw_dump_pvlans(const struct vsw_message *message, struct vsw_switch *sw,
			   struct vsw_dump *dump)
{
	int err;

	for (; dump->object < VLAN_N_VID; dump->object++) {
		if (!dump->object || sw->config->pvlans[dump->object].primary != dump->object)
			continue;
		err = vsw_put_pvlan(message, sw, dump->object);
		if (err)
			return err;
	}
	return 0;
}

int vswitch_nl_switch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_SWITCH_IFINDEX, VSWITCH_CMD_SWITCH_GET,
			vsw_dump_switch);
}

int vswitch_nl_portgroup_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_PORTGROUP_SWITCH, VSWITCH_CMD_PORTGROUP_GET,
			vsw_dump_portgroups);
}

int vswitch_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_PORT_SWITCH, VSWITCH_CMD_PORT_GET, vsw_dump_ports);
}

int vswitch_nl_pvlan_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_PVLAN_SWITCH, VSWITCH_CMD_PVLAN_GET, vsw_dump_pvlans);
}

int vswitch_nl_mirror_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_MIRROR_SWITCH, VSWITCH_CMD_MIRROR_GET, vsw_dump_mirrors);
}

int vswitch_nl_mac_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return vsw_dump(skb, cb, VSWITCH_A_LEARNED_SWITCH, VSWITCH_CMD_MAC_GET, vsw_dump_learned);
}
