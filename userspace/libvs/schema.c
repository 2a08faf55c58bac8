// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/tps.h>
#include <linux/vmem.h>
#include <linux/vswitch.h>

#include "err.h"
#include "schema.h"
#include "text.h"

#define TEXT_MAX	255	/* bytes of a text of the kernel's that are kept */

enum vs_type { T_SKIP, T_U8, T_U16, T_U32, T_S32, T_U64, T_BOOL, T_STRING, T_MAC, T_ENUM, T_FLAGS,
	       T_NEST };

struct vs_attr {
	const char *key;
	enum vs_type type;
	bool multi;
	const struct vs_set *nest;
	const char *const *names;	/* of the values of an enum, NULL ends */
};

struct vs_set {
	const struct vs_attr *attrs;
	int max;
};

#define SET(name, table) const struct vs_set name = { table, ARRAY_SIZE(table) - 1 }

static const char *const policy_names[] = {
	[VSWITCH_POLICY_REJECT] = "reject",
	[VSWITCH_POLICY_ACCEPT] = "accept",
	[VSWITCH_POLICY_INHERIT] = "inherit",
	NULL
};

static const char *const role_names[] = {
	[VSWITCH_ROLE_UNASSIGNED] = "unassigned",
	[VSWITCH_ROLE_CLIENT] = "client",
	[VSWITCH_ROLE_UPLINK] = "uplink",
	NULL
};

static const char *const teaming_names[] = {
	[VSWITCH_TEAMING_POLICY_EXPLICIT] = "explicit",
	[VSWITCH_TEAMING_POLICY_PORT_ID] = "port-id",
	[VSWITCH_TEAMING_POLICY_SOURCE_MAC] = "source-mac",
	[VSWITCH_TEAMING_POLICY_IP_HASH] = "ip-hash",
	[VSWITCH_TEAMING_POLICY_LOAD] = "load",
	NULL
};

static const char *const detection_names[] = {
	[VSWITCH_DETECTION_LINK] = "link",
	[VSWITCH_DETECTION_BEACON] = "beacon",
	NULL
};

static const char *const mac_source_names[] = {
	[VSWITCH_MAC_SOURCE_STATIC] = "static",
	[VSWITCH_MAC_SOURCE_AGENT] = "agent",
	[VSWITCH_MAC_SOURCE_OBSERVED] = "observed",
	[VSWITCH_MAC_SOURCE_INHERIT] = "inherit",
	NULL
};

static const char *const uplink_state_names[] = {
	[VSWITCH_UPLINK_STATE_USABLE] = "usable",
	[VSWITCH_UPLINK_STATE_BLOCKED] = "blocked",
	[VSWITCH_UPLINK_STATE_LINK_DOWN] = "link-down",
	[VSWITCH_UPLINK_STATE_UP_DELAY] = "up-delay",
	[VSWITCH_UPLINK_STATE_SILENT] = "silent",
	[VSWITCH_UPLINK_STATE_ABSENT] = "absent",
	NULL
};

static const char *const drop_names[] = {
	[VSWITCH_DROP_REASON_UNASSIGNED] = "unassigned",
	[VSWITCH_DROP_REASON_BLOCKED] = "blocked",
	[VSWITCH_DROP_REASON_LINK_DOWN] = "link_down",
	[VSWITCH_DROP_REASON_SOURCE_MAC] = "source_mac",
	[VSWITCH_DROP_REASON_FORGED_SOURCE] = "forged_source",
	[VSWITCH_DROP_REASON_MAC_CHANGED] = "mac_changed",
	[VSWITCH_DROP_REASON_LINK_LOCAL] = "link_local",
	[VSWITCH_DROP_REASON_VLAN_NOT_ALLOWED] = "vlan_not_allowed",
	[VSWITCH_DROP_REASON_REFLECTED] = "reflected",
	[VSWITCH_DROP_REASON_UNKNOWN_UNICAST] = "unknown_unicast",
	[VSWITCH_DROP_REASON_REVERSE_PATH] = "reverse_path",
	[VSWITCH_DROP_REASON_NO_UPLINK] = "no_uplink",
	[VSWITCH_DROP_REASON_NO_RECEIVER] = "no_receiver",
	[VSWITCH_DROP_REASON_MTU] = "mtu",
	[VSWITCH_DROP_REASON_NO_MEMORY] = "no_memory",
	[VSWITCH_DROP_REASON_INACTIVE] = "inactive",
	[VSWITCH_DROP_REASON_BEACON] = "beacon",
	[VSWITCH_DROP_REASON_PVLAN] = "pvlan",
	[VSWITCH_DROP_REASON_SHAPING] = "shaping",
	[VSWITCH_DROP_REASON_LEARNING_LIMIT] = "learning_limit",
	[VSWITCH_DROP_REASON_SWITCH_DOWN] = "switch_down",
	[VSWITCH_DROP_REASON_MAX + 1] = NULL
};

static const char *const link_local_names[] = { "stp", "lacp", "eapol", "lldp", NULL };

static const char *const override_names[] = { "vlan", "security", "teaming", "shaping", NULL };

static const char *const learning_full_names[] = {
	[VSWITCH_LEARNING_FULL_DROP] = "drop",
	[VSWITCH_LEARNING_FULL_ALLOW] = "allow",
	NULL
};

#define POLICY(k) { .key = k, .type = T_ENUM, .names = policy_names }

static const struct vs_attr security_attrs[] = {
	[VSWITCH_A_SECURITY_PROMISCUOUS] = POLICY("promiscuous"),
	[VSWITCH_A_SECURITY_MAC_CHANGES] = POLICY("mac_changes"),
	[VSWITCH_A_SECURITY_FORGED_TRANSMITS] = POLICY("forged_transmits"),
	[VSWITCH_A_SECURITY_MAC_SOURCE] = { "mac_source", T_ENUM, .names = mac_source_names },
};
static SET(security_set, security_attrs);

static const struct vs_attr teaming_attrs[] = {
	[VSWITCH_A_TEAMING_POLICY] = { "policy", T_ENUM, .names = teaming_names },
	[VSWITCH_A_TEAMING_ACTIVE] = { "active", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_STANDBY] = { "standby", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_UNUSED] = { "unused", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_DETECTION] = { "detection", T_ENUM, .names = detection_names },
	[VSWITCH_A_TEAMING_FAILBACK] = { "failback", T_BOOL },
	[VSWITCH_A_TEAMING_NOTIFY_SWITCHES] = { "notify_switches", T_BOOL },
};
static SET(teaming_set, teaming_attrs);

static const struct vs_attr shaping_attrs[] = {
	[VSWITCH_A_SHAPING_AVERAGE] = { "average", T_U32 },
	[VSWITCH_A_SHAPING_PEAK] = { "peak", T_U32 },
	[VSWITCH_A_SHAPING_BURST] = { "burst", T_U32 },
};
static SET(shaping_set, shaping_attrs);

static const struct vs_attr learning_attrs[] = {
	[VSWITCH_A_LEARNING_LIMIT] = { "limit", T_U32 },
	[VSWITCH_A_LEARNING_FULL] = { "full", T_ENUM, .names = learning_full_names },
	[VSWITCH_A_LEARNING_FLOOD] = { "flood", T_BOOL },
	[VSWITCH_A_LEARNING_AGEING] = { "ageing", T_U32 },
};
static SET(learning_set, learning_attrs);

static const struct vs_attr range_attrs[] = {
	[VSWITCH_A_VLAN_RANGE_FIRST] = { "first", T_U16 },
	[VSWITCH_A_VLAN_RANGE_LAST] = { "last", T_U16 },
};
static SET(range_set, range_attrs);

static const struct vs_attr drop_attrs[] = {
	[VSWITCH_A_DROP_REASON] = { "reason", T_ENUM, .names = drop_names },
	[VSWITCH_A_DROP_PACKETS] = { "packets", T_U64 },
};
static SET(drop_set, drop_attrs);

static const struct vs_attr stats_attrs[] = {
	[VSWITCH_A_STATS_IN_UNICAST_PACKETS] = { "in_unicast_packets", T_U64 },
	[VSWITCH_A_STATS_IN_UNICAST_BYTES] = { "in_unicast_bytes", T_U64 },
	[VSWITCH_A_STATS_IN_MULTICAST_PACKETS] = { "in_multicast_packets", T_U64 },
	[VSWITCH_A_STATS_IN_MULTICAST_BYTES] = { "in_multicast_bytes", T_U64 },
	[VSWITCH_A_STATS_IN_BROADCAST_PACKETS] = { "in_broadcast_packets", T_U64 },
	[VSWITCH_A_STATS_IN_BROADCAST_BYTES] = { "in_broadcast_bytes", T_U64 },
	[VSWITCH_A_STATS_OUT_UNICAST_PACKETS] = { "out_unicast_packets", T_U64 },
	[VSWITCH_A_STATS_OUT_UNICAST_BYTES] = { "out_unicast_bytes", T_U64 },
	[VSWITCH_A_STATS_OUT_MULTICAST_PACKETS] = { "out_multicast_packets", T_U64 },
	[VSWITCH_A_STATS_OUT_MULTICAST_BYTES] = { "out_multicast_bytes", T_U64 },
	[VSWITCH_A_STATS_OUT_BROADCAST_PACKETS] = { "out_broadcast_packets", T_U64 },
	[VSWITCH_A_STATS_OUT_BROADCAST_BYTES] = { "out_broadcast_bytes", T_U64 },
	[VSWITCH_A_STATS_DROP] = { "drop", T_NEST, .multi = true, .nest = &drop_set },
};
static SET(stats_set, stats_attrs);

static const struct vs_attr switch_attrs[] = {
	[VSWITCH_A_SWITCH_IFINDEX] = { "ifindex", T_U32 },
	[VSWITCH_A_SWITCH_NAME] = { "name", T_STRING },
	[VSWITCH_A_SWITCH_MTU] = { "mtu", T_U32 },
	[VSWITCH_A_SWITCH_SECURITY] = { "security", T_NEST, .nest = &security_set },
	[VSWITCH_A_SWITCH_TEAMING] = { "teaming", T_NEST, .nest = &teaming_set },
	[VSWITCH_A_SWITCH_GENERATION] = { "generation", T_U32 },
	[VSWITCH_A_SWITCH_PORTGROUP_COUNT] = { "portgroup_count", T_U32 },
	[VSWITCH_A_SWITCH_PORT_COUNT] = { "port_count", T_U32 },
	[VSWITCH_A_SWITCH_UPLINK_COUNT] = { "uplink_count", T_U32 },
	[VSWITCH_A_SWITCH_MAC_COUNT] = { "mac_count", T_U32 },
	[VSWITCH_A_SWITCH_UP_DELAY] = { "up_delay", T_U32 },
};
SET(vs_switch_set, switch_attrs);

static const struct vs_attr portgroup_attrs[] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PORTGROUP_NAME] = { "name", T_STRING },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { "new_name", T_STRING },
	[VSWITCH_A_PORTGROUP_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_PORTGROUP_TRUNK] = { "trunk", T_NEST, .multi = true, .nest = &range_set },
	[VSWITCH_A_PORTGROUP_SECURITY] = { "security", T_NEST, .nest = &security_set },
	[VSWITCH_A_PORTGROUP_TEAMING] = { "teaming", T_NEST, .nest = &teaming_set },
	[VSWITCH_A_PORTGROUP_PORT_COUNT] = { "port_count", T_U32 },
	[VSWITCH_A_PORTGROUP_BLOCKED] = { "blocked", T_BOOL },
	[VSWITCH_A_PORTGROUP_OVERRIDES] = { "overrides", T_FLAGS, .names = override_names },
	[VSWITCH_A_PORTGROUP_SHAPING_INGRESS] = { "shaping_ingress", T_NEST, .nest = &shaping_set },
	[VSWITCH_A_PORTGROUP_SHAPING_EGRESS] = { "shaping_egress", T_NEST, .nest = &shaping_set },
	[VSWITCH_A_PORTGROUP_LINK_LOCAL] = { "link_local", T_FLAGS, .names = link_local_names },
	[VSWITCH_A_PORTGROUP_SHARED_MAC] = { "shared_mac", T_BOOL },
	[VSWITCH_A_PORTGROUP_LEARNING] = { "learning", T_NEST, .nest = &learning_set },
	[VSWITCH_A_PORTGROUP_SNOOPING] = { "snooping", T_BOOL },
};
SET(vs_portgroup_set, portgroup_attrs);

static const struct vs_attr port_attrs[] = {
	[VSWITCH_A_PORT_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PORT_ID] = { "id", T_U32 },
	[VSWITCH_A_PORT_IFINDEX] = { "ifindex", T_U32 },
	[VSWITCH_A_PORT_NAME] = { "device", T_STRING },
	[VSWITCH_A_PORT_KIND] = { "kind", T_STRING },
	[VSWITCH_A_PORT_NETNS] = { "netns", T_S32 },
	[VSWITCH_A_PORT_ROLE] = { "role", T_ENUM, .names = role_names },
	[VSWITCH_A_PORT_PORTGROUP] = { "portgroup", T_STRING },
	[VSWITCH_A_PORT_MAC] = { "mac", T_MAC, .multi = true },
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = { "effective_mac", T_MAC },
	[VSWITCH_A_PORT_BLOCKED] = { "blocked", T_BOOL },
	[VSWITCH_A_PORT_LINK] = { "link", T_BOOL },
	[VSWITCH_A_PORT_MTU] = { "mtu", T_U32 },
	[VSWITCH_A_PORT_UPLINK] = { "uplink", T_U32 },
	[VSWITCH_A_PORT_STATS] = { "stats", T_NEST, .nest = &stats_set },
	[VSWITCH_A_PORT_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_PORT_TRUNK] = { "trunk", T_NEST, .multi = true, .nest = &range_set },
	[VSWITCH_A_PORT_SECURITY] = { "security", T_NEST, .nest = &security_set },
	[VSWITCH_A_PORT_TEAMING] = { "teaming", T_NEST, .nest = &teaming_set },
	[VSWITCH_A_PORT_SHAPING_INGRESS] = { "shaping_ingress", T_NEST, .nest = &shaping_set },
	[VSWITCH_A_PORT_SHAPING_EGRESS] = { "shaping_egress", T_NEST, .nest = &shaping_set },
	[VSWITCH_A_PORT_OVERRIDES] = { "overrides", T_FLAGS, .names = override_names },
	[VSWITCH_A_PORT_INACTIVE] = { "inactive", T_BOOL },
	[VSWITCH_A_PORT_UPLINK_STATE] = { "state", T_ENUM, .names = uplink_state_names },
	[VSWITCH_A_PORT_ABSENT] = { "absent", T_BOOL },
};
SET(vs_port_set, port_attrs);

static const struct vs_attr pvlan_attrs[] = {
	[VSWITCH_A_PVLAN_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PVLAN_PRIMARY] = { "primary", T_U16 },
	[VSWITCH_A_PVLAN_ISOLATED] = { "isolated", T_U16 },
	[VSWITCH_A_PVLAN_COMMUNITY] = { "community", T_U16, .multi = true },
};
SET(vs_pvlan_set, pvlan_attrs);

static const struct vs_attr mirror_attrs[] = {
	[VSWITCH_A_MIRROR_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_MIRROR_NAME] = { "name", T_STRING },
	[VSWITCH_A_MIRROR_INGRESS] = { "ingress", T_U32, .multi = true },
	[VSWITCH_A_MIRROR_EGRESS] = { "egress", T_U32, .multi = true },
	[VSWITCH_A_MIRROR_VLAN] = { "vlan", T_U16, .multi = true },
	[VSWITCH_A_MIRROR_DESTINATION] = { "destination", T_U32 },
	[VSWITCH_A_MIRROR_RSPAN_VLAN] = { "rspan_vlan", T_U16 },
	[VSWITCH_A_MIRROR_LENGTH] = { "length", T_U32 },
	[VSWITCH_A_MIRROR_SAMPLING] = { "sampling", T_U32 },
};
SET(vs_mirror_set, mirror_attrs);

static const struct vs_attr learned_attrs[] = {
	[VSWITCH_A_LEARNED_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_LEARNED_PORT] = { "device", T_U32 },
	[VSWITCH_A_LEARNED_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_LEARNED_MAC] = { "mac", T_MAC },
	[VSWITCH_A_LEARNED_AGE] = { "age", T_U32 },
};
SET(vs_learned_set, learned_attrs);

static const struct vs_attr failover_attrs[] = {
	[VSWITCH_A_FAILOVER_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_FAILOVER_PORTGROUP] = { "portgroup", T_STRING },
	[VSWITCH_A_FAILOVER_OLD_UPLINK] = { "old_uplink", T_U32 },
	[VSWITCH_A_FAILOVER_NEW_UPLINK] = { "new_uplink", T_U32 },
};
SET(vs_failover_set, failover_attrs);

static const char *const kind_names[] = {
	[VMEM_KIND_MANAGED] = "managed",
	[VMEM_KIND_RESERVED] = "reserved",
	NULL
};

static const char *const compressor_names[] = {
	[VMEM_COMPRESSOR_LZ4] = "lz4",
	[VMEM_COMPRESSOR_ZSTD] = "zstd",
	NULL
};

static const struct vs_attr pages_attrs[] = {
	[VMEM_A_PAGES_ZERO] = { "zero", T_U64 },
	[VMEM_A_PAGES_PRIVATE] = { "private", T_U64 },
	[VMEM_A_PAGES_SHARED] = { "shared", T_U64 },
	[VMEM_A_PAGES_HUGE] = { "huge", T_U64 },
	[VMEM_A_PAGES_COMPRESSED] = { "compressed", T_U64 },
	[VMEM_A_PAGES_SWAPPED] = { "swapped", T_U64 },
	[VMEM_A_PAGES_WRITING] = { "writing", T_U64 },
};
static SET(pages_set, pages_attrs);

static const struct vs_attr memory_event_attrs[] = {
	[VMEM_A_EVENTS_FAULT] = { "fault", T_U64 },
	[VMEM_A_EVENTS_FAULT_HUGE] = { "fault_huge", T_U64 },
	[VMEM_A_EVENTS_FAULT_SMALL] = { "fault_small", T_U64 },
	[VMEM_A_EVENTS_FAULT_SHARED] = { "fault_shared", T_U64 },
	[VMEM_A_EVENTS_WAIT] = { "wait", T_U64 },
	[VMEM_A_EVENTS_PUNCH] = { "punch", T_U64 },
	[VMEM_A_EVENTS_SPLIT] = { "split", T_U64 },
	[VMEM_A_EVENTS_BUSY] = { "busy", T_U64 },
	[VMEM_A_EVENTS_COMPRESS] = { "compress", T_U64 },
	[VMEM_A_EVENTS_FAULT_COMPRESSED] = { "fault_compressed", T_U64 },
	[VMEM_A_EVENTS_SWAP_OUT] = { "swap_out", T_U64 },
	[VMEM_A_EVENTS_FAULT_SWAPPED] = { "fault_swapped", T_U64 },
	[VMEM_A_EVENTS_FAULT_WRITING] = { "fault_writing", T_U64 },
	[VMEM_A_EVENTS_SWAP_ERROR] = { "swap_error", T_U64 },
	[VMEM_A_EVENTS_WAIT_TIME] = { "wait_ns", T_U64 },
};
static SET(memory_event_set, memory_event_attrs);

static const struct vs_attr memory_attrs[] = {
	[VMEM_A_FILE_ID] = { "id", T_U64 },
	[VMEM_A_FILE_NAME] = { "name", T_STRING },
	[VMEM_A_FILE_SIZE] = { "size", T_U64 },
	[VMEM_A_FILE_KIND] = { "kind", T_ENUM, .names = kind_names },
	[VMEM_A_FILE_PAGES] = { "pages", T_NEST, .nest = &pages_set },
	[VMEM_A_FILE_EVENTS] = { "events", T_NEST, .nest = &memory_event_set },
	[VMEM_A_FILE_COMPRESSOR] = { "compressor", T_ENUM, .names = compressor_names },
	[VMEM_A_FILE_COMPRESS_LIMIT] = { "compress_limit", T_U8 },
	[VMEM_A_FILE_POOL_PAGES] = { "pool_pages", T_U64 },
	[VMEM_A_FILE_SWAP] = { "swap", T_U32 },
	[VMEM_A_FILE_ACTIVE] = { "active_pages", T_U64 },
	[VMEM_A_FILE_SAVED] = { "saved_pages", T_U64 },
	[VMEM_A_FILE_WAITING] = { "waiting_ms", T_U64 },
	[VMEM_A_FILE_LEFT] = { "left_pages", T_U64 },
};
SET(vs_memory_set, memory_attrs);

static const char *const fault_names[] = {
	[VMEM_FAULT_KIND_PRESENT] = "present",
	[VMEM_FAULT_KIND_ZERO] = "zero",
	[VMEM_FAULT_KIND_SMALL] = "small",
	[VMEM_FAULT_KIND_HUGE] = "huge",
	[VMEM_FAULT_KIND_SHARED] = "shared",
	[VMEM_FAULT_KIND_COMPRESSED] = "compressed",
	[VMEM_FAULT_KIND_SWAPPED] = "swapped",
	[VMEM_FAULT_KIND_WRITING] = "writing",
	[VMEM_FAULT_KIND_WAITING] = "waiting",
	NULL
};

static const struct vs_attr bucket_attrs[] = {
	[VMEM_A_BUCKET_FROM] = { "from_ns", T_U64 },
	[VMEM_A_BUCKET_COUNT] = { "count", T_U64 },
};
static SET(bucket_set, bucket_attrs);

static const struct vs_attr faults_attrs[] = {
	[VMEM_A_FAULTS_KIND] = { "kind", T_ENUM, .names = fault_names },
	[VMEM_A_FAULTS_BUCKET] = { "buckets", T_NEST, .multi = true, .nest = &bucket_set },
};
static SET(faults_set, faults_attrs);

static const struct vs_attr latency_attrs[] = {
	[VMEM_A_LATENCY_ID] = { "id", T_U64 },
	[VMEM_A_LATENCY_FAULTS] = { "faults", T_NEST, .multi = true, .nest = &faults_set },
};
SET(vs_latency_set, latency_attrs);

static const struct vs_attr reclaim_attrs[] = {
	[VMEM_A_RECLAIM_ID] = { "id", T_U64 },
	[VMEM_A_RECLAIM_PAGES] = { "pages", T_U64 },
	[VMEM_A_RECLAIM_METHODS] = { "methods", T_U32 },
	[VMEM_A_RECLAIM_SEEN] = { "seen", T_U64 },
	[VMEM_A_RECLAIM_MORE] = { "more", T_BOOL },
};
SET(vs_reclaim_set, reclaim_attrs);

static const struct vs_attr scanner_event_attrs[] = {
	[TPS_A_EVENTS_PASSES] = { "passes", T_U64 },
	[TPS_A_EVENTS_SCANNED] = { "scanned", T_U64 },
	[TPS_A_EVENTS_SHARED] = { "shared", T_U64 },
	[TPS_A_EVENTS_ZERO] = { "zero", T_U64 },
	[TPS_A_EVENTS_MISSED] = { "missed", T_U64 },
	[TPS_A_EVENTS_SPLIT] = { "split", T_U64 },
	[TPS_A_EVENTS_TIME] = { "time_ns", T_U64 },
};
static SET(scanner_event_set, scanner_event_attrs);

static const struct vs_attr scanner_attrs[] = {
	[TPS_A_SCANNER_RUNNING] = { "running", T_BOOL },
	[TPS_A_SCANNER_WORKERS] = { "workers", T_U32 },
	[TPS_A_SCANNER_CPU] = { "cpu", T_U32 },
	[TPS_A_SCANNER_RATE] = { "rate", T_U32 },
	[TPS_A_SCANNER_INTERVAL] = { "interval", T_U32 },
	[TPS_A_SCANNER_SPLIT] = { "split", T_BOOL },
	[TPS_A_SCANNER_SAVED] = { "saved", T_U64 },
	[TPS_A_SCANNER_EVENTS] = { "events", T_NEST, .nest = &scanner_event_set },
};
SET(vs_scanner_set, scanner_attrs);

static const struct vs_attr sharing_attrs[] = {
	[TPS_A_FILE_ID] = { "id", T_U64 },
	[TPS_A_FILE_SALT] = { "salt", T_U64 },
	[TPS_A_FILE_NEXT] = { "next", T_U64 },
	[TPS_A_FILE_STALE] = { "stale", T_BOOL },
};
SET(vs_sharing_set, sharing_attrs);

static const struct vs_attr estimate_attrs[] = {
	[TPS_A_ESTIMATE_PAGES] = { "pages", T_U64 },
	[TPS_A_ESTIMATE_ZERO] = { "zero", T_U64 },
	[TPS_A_ESTIMATE_OWN] = { "own", T_U64 },
	[TPS_A_ESTIMATE_SALT] = { "salt", T_U64 },
	[TPS_A_ESTIMATE_ALL] = { "all", T_U64 },
	[TPS_A_ESTIMATE_START] = { "start", T_BOOL },
	[TPS_A_ESTIMATE_RUNNING] = { "running", T_BOOL },
	[TPS_A_ESTIMATE_SEEN] = { "seen", T_U64 },
	[TPS_A_ESTIMATE_SIZE] = { "size", T_U64 },
};
SET(vs_estimate_set, estimate_attrs);

static json_t *decode_enum(const struct vs_attr *attr, uint8_t value)
{
	char text[8];
	int i;

	for (i = 0; attr->names[i]; i++) {
		if (i == value)
			return json_string(attr->names[i]);
	}
	/* A newer module knows values that this tool does not. */
	snprintf(text, sizeof(text), "%u", value);
	return json_string(text);
}

static json_t *decode_flags(const struct vs_attr *attr, uint32_t mask)
{
	json_t *names = json_array();
	int i;

	for (i = 0; attr->names[i]; i++) {
		if (mask & 1U << i)
			json_array_append_new(names, json_string(attr->names[i]));
	}
	return names;
}

static json_t *decode_text(const struct nlattr *nla)
{
	char *text = strndup(nla_data(nla), nla_len(nla));
	json_t *value;

	if (!text)
		return json_null();
	text[vs_cut(text, TEXT_MAX)] = '\0';
	value = vs_json_text(text);
	free(text);
	return value;
}

static json_t *decode_mac(const struct nlattr *nla)
{
	char text[VS_MAC_TEXT];

	vs_format_mac(nla_data(nla), text);
	return json_string(text);
}

static json_t *decode_value(const struct vs_attr *attr, struct nlattr *nla)
{
	static const int min_len[] = {
		[T_U8] = 1, [T_U16] = 2, [T_U32] = 4, [T_S32] = 4, [T_U64] = 8,
		[T_BOOL] = 1, [T_MAC] = VS_MAC_LEN, [T_ENUM] = 1, [T_FLAGS] = 4,
		[T_NEST] = 0,
	};

	if (nla_len(nla) < min_len[attr->type])
		return json_null();
	switch (attr->type) {
	case T_U8:
		return json_integer(nla_get_u8(nla));
	case T_U16:
		return json_integer(nla_get_u16(nla));
	case T_U32:
		return json_integer(nla_get_u32(nla));
	case T_S32:
		return json_integer((int32_t)nla_get_u32(nla));
	case T_U64:
		return json_integer(nla_get_u64(nla));
	case T_BOOL:
		return json_boolean(nla_get_u8(nla));
	case T_STRING:
		return decode_text(nla);
	case T_MAC:
		return decode_mac(nla);
	case T_ENUM:
		return decode_enum(attr, nla_get_u8(nla));
	case T_FLAGS:
		return decode_flags(attr, nla_get_u32(nla));
	case T_NEST:
		return vs_decode(attr->nest, nla_data(nla), nla_len(nla));
	case T_SKIP:
		break;
	}
	return json_null();
}

json_t *vs_decode(const struct vs_set *set, struct nlattr *first, int len)
{
	json_t *object = json_object();
	struct nlattr *nla;
	int i, rem;

	/* Keys first: their order shall not depend on what the kernel sends. */
	for (i = 0; i <= set->max; i++) {
		if (set->attrs[i].multi)
			json_object_set_new(object, set->attrs[i].key, json_array());
		else if (set->attrs[i].key)
			json_object_set_new(object, set->attrs[i].key, json_null());
	}
	nla_for_each_attr(nla, first, len, rem) {
		const struct vs_attr *attr;

		if (nla_type(nla) > set->max || !set->attrs[nla_type(nla)].key)
			continue;
		attr = &set->attrs[nla_type(nla)];
		if (attr->multi)
			json_array_append_new(json_object_get(object, attr->key),
					      decode_value(attr, nla));
		else
			json_object_set_new(object, attr->key, decode_value(attr, nla));
	}
	return object;
}

json_t *vs_decode_message(const struct vs_set *set, struct nlmsghdr *header)
{
	struct genlmsghdr *genl = nlmsg_data(header);

	return vs_decode(set, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0));
}

static int enum_value(const struct vs_attr *attr, const char *name)
{
	int i;

	for (i = 0; attr->names[i]; i++) {
		if (!strcmp(attr->names[i], name))
			return i;
	}
	return 0;
}

static uint32_t flags_value(const struct vs_attr *attr, const json_t *names)
{
	uint32_t mask = 0;
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		mask |= 1U << enum_value(attr, json_string_value(name));
	return mask;
}

static int encode_value(struct nl_msg *msg, const struct vs_attr *attr, int id, const json_t *value)
{
	unsigned char mac[VS_MAC_LEN];
	struct nlattr *nest;
	int err;

	switch (attr->type) {
	case T_U8:
		return nla_put_u8(msg, id, json_integer_value(value));
	case T_U16:
		return nla_put_u16(msg, id, json_integer_value(value));
	case T_U32:
	case T_S32:
		return nla_put_u32(msg, id, json_integer_value(value));
	case T_U64:
		return nla_put_u64(msg, id, json_integer_value(value));
	case T_BOOL:
		return nla_put_u8(msg, id, json_is_true(value));
	case T_STRING:
		return nla_put_string(msg, id, json_string_value(value));
	case T_MAC:
		err = vs_parse_mac(json_string_value(value), mac);
		return err ? -1 : nla_put(msg, id, VS_MAC_LEN, mac);
	case T_ENUM:
		return nla_put_u8(msg, id, enum_value(attr, json_string_value(value)));
	case T_FLAGS:
		return nla_put_u32(msg, id, flags_value(attr, value));
	case T_NEST:
		nest = nla_nest_start(msg, id);
		if (!nest || vs_encode(msg, attr->nest, value))
			return -1;
		return nla_nest_end_keep_empty(msg, nest);
	case T_SKIP:
		break;
	}
	return 0;
}

int vs_encode(struct nl_msg *msg, const struct vs_set *set, const json_t *object)
{
	const json_t *value, *item;
	size_t i;
	int id, err = 0;

	for (id = 0; id <= set->max && !err; id++) {
		value = json_object_get(object, set->attrs[id].key ? set->attrs[id].key : "");
		if (!value || json_is_null(value))
			continue;
		if (!set->attrs[id].multi) {
			err = encode_value(msg, &set->attrs[id], id, value);
			continue;
		}
		json_array_foreach(value, i, item)
			err = err ? err : encode_value(msg, &set->attrs[id], id, item);
	}
	return err ? vs_fail(VS_REFUSED, "the request is too long for one message") : VS_OK;
}
