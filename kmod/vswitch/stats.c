// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a port: one copy per CPU, summed on request.
 */
#include "vswitch.h"

/* Names of enum vswitch_drop_reason, for ethtool and the tracepoint */
const char * const vsw_drop_names[VSWITCH_DROP_REASON_MAX + 1] = {
	[VSWITCH_DROP_REASON_UNASSIGNED]	= "unassigned",
	[VSWITCH_DROP_REASON_BLOCKED]		= "blocked",
	[VSWITCH_DROP_REASON_LINK_DOWN]		= "link_down",
	[VSWITCH_DROP_REASON_SOURCE_MAC]	= "source_mac",
	[VSWITCH_DROP_REASON_FORGED_SOURCE]	= "forged_source",
	[VSWITCH_DROP_REASON_MAC_CHANGED]	= "mac_changed",
	[VSWITCH_DROP_REASON_LINK_LOCAL]	= "link_local",
	[VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED]	= "vlan_not_allowed",
	[VSWITCH_DROP_REASON_REFLECTED]		= "reflected",
	[VSWITCH_DROP_REASON_UNKNOWN_UNICAST]	= "unknown_unicast",
	[VSWITCH_DROP_REASON_REVERSE_PATH]	= "reverse_path",
	[VSWITCH_DROP_REASON_NO_UPLINK]		= "no_uplink",
	[VSWITCH_DROP_REASON_NO_RECEIVER]	= "no_receiver",
	[VSWITCH_DROP_REASON_MTU]		= "mtu",
	[VSWITCH_DROP_REASON_NO_MEMORY]		= "no_memory",
	[VSWITCH_DROP_REASON_INACTIVE]		= "inactive",
	[VSWITCH_DROP_REASON_BEACON]		= "beacon",
	[VSWITCH_DROP_REASON_PVLAN]		= "pvlan",
	[VSWITCH_DROP_REASON_SHAPING]		= "shaping",
	[VSWITCH_DROP_REASON_SWITCH_DOWN]	= "switch_down",
	[VSWITCH_DROP_REASON_LEARNING_LIMIT]	= "learning_limit",
};

/**
 * vsw_stats_alloc() - make the counters of a port
 *
 * Return: counters at zero, or NULL without memory; free_percpu() frees them.
 */
struct vsw_port_stats __percpu *vsw_stats_alloc(void)
{
	return __netdev_alloc_pcpu_stats(struct vsw_port_stats, GFP_KERNEL_ACCOUNT);
}

static void vsw_stats_add_cpu(const struct vsw_port_stats *stats, struct vsw_counters *sum)
{
	struct vsw_counters copy;
	unsigned int start, i;

	do {
		start = u64_stats_fetch_begin(&stats->syncp);
		for (i = 0; i < VSW_CASTS; i++) {
			copy.in_packets[i] = u64_stats_read(&stats->in[i].packets);
			copy.in_bytes[i] = u64_stats_read(&stats->in[i].bytes);
			copy.out_packets[i] = u64_stats_read(&stats->out[i].packets);
			copy.out_bytes[i] = u64_stats_read(&stats->out[i].bytes);
		}
		for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
			copy.drops[i] = u64_stats_read(&stats->drops[i]);
	} while (u64_stats_fetch_retry(&stats->syncp, start));

	for (i = 0; i < VSW_CASTS; i++) {
		sum->in_packets[i] += copy.in_packets[i];
		sum->in_bytes[i] += copy.in_bytes[i];
		sum->out_packets[i] += copy.out_packets[i];
		sum->out_bytes[i] += copy.out_bytes[i];
	}
	for (i = 0; i <= VSWITCH_DROP_REASON_MAX; i++)
		sum->drops[i] += copy.drops[i];
}

/**
 * vsw_stats_sum() - add the counters of a port, of all CPUs, to a sum
 * @stats: counters of a port
 * @sum: is added to
 */
void vsw_stats_sum(struct vsw_port_stats __percpu *stats, struct vsw_counters *sum)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vsw_stats_add_cpu(per_cpu_ptr(stats, cpu), sum);
}
