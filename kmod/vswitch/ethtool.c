// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool -S: the counters of a VMkernel adapter, and those of a switch, summed
 * over its ports.  (Other devices have their own drivers; netlink has the
 * switch's counters of their ports.)
 */
#include <linux/ethtool.h>

#include "snapshot.h"

static const char * const vsw_cast_names[VSW_CASTS] = {
	[VSW_UNICAST]	= "unicast",
	[VSW_MULTICAST]	= "multicast",
	[VSW_BROADCAST]	= "broadcast",
};

/* For each kind of destination: packets and bytes, in and out */
#define VSW_ETHTOOL_STATS	(VSW_CASTS * 4 + VSWITCH_DROP_REASON_MAX + 1)

static void vsw_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "vswitch", sizeof(info->driver));
}

static int vsw_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? VSW_ETHTOOL_STATS : -EOPNOTSUPP;
}

static void vsw_get_strings(struct net_device *dev, u32 sset, u8 *strings)
{
	unsigned int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < VSW_CASTS; i++) {
		ethtool_sprintf(&strings, "in_%s_packets", vsw_cast_names[i]);
		ethtool_sprintf(&strings, "in_%s_bytes", vsw_cast_names[i]);
		ethtool_sprintf(&strings, "out_%s_packets", vsw_cast_names[i]);
		ethtool_sprintf(&strings, "out_%s_bytes", vsw_cast_names[i]);
	}
	for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
		ethtool_sprintf(&strings, "drop_%s", vsw_drop_names[i]);
}

static void vsw_fill_stats(const struct vsw_counters *sum, u64 *values)
{
	unsigned int i;

	for (i = 0; i < VSW_CASTS; i++) {
		*values++ = sum->in_packets[i];
		*values++ = sum->in_bytes[i];
		*values++ = sum->out_packets[i];
		*values++ = sum->out_bytes[i];
	}
	for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
		*values++ = sum->drops[i];
}

static void vsw_vmknic_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats,
					 u64 *values)
{
	struct vsw_counters sum = {};

	vsw_stats_sum(vsw_port_of(dev)->stats, &sum);
	vsw_fill_stats(&sum, values);
}

static void vsw_switch_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats,
					 u64 *values)
{
	struct vsw_switch *sw = netdev_priv(dev);
	struct vsw_counters sum = {};
	struct vsw_port *port;
	unsigned long id;

	xa_for_each(&sw->ports, id, port)
		vsw_stats_sum(port->stats, &sum);
	vsw_fill_stats(&sum, values);
}

const struct ethtool_ops vsw_switch_ethtool_ops = {
	.get_drvinfo		= vsw_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= vsw_get_sset_count,
	.get_strings		= vsw_get_strings,
	.get_ethtool_stats	= vsw_switch_get_ethtool_stats,
};

const struct ethtool_ops vsw_vmknic_ethtool_ops = {
	.get_drvinfo		= vsw_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= vsw_get_sset_count,
	.get_strings		= vsw_get_strings,
	.get_ethtool_stats	= vsw_vmknic_get_ethtool_stats,
};
