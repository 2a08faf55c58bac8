// SPDX-License-Identifier: GPL-2.0
/* Written by scripts/gen-netlink: do not edit. */
#include <linux/balloon.h>
#include <linux/tps.h>
#include <linux/vmem.h>
#include <linux/vmfs_netlink.h>
#include <linux/vswitch.h>

#include "schema.h"

#define SET(attrs) { attrs, sizeof(attrs) / sizeof((attrs)[0]) - 1 }

const char *const vs_level_words[] = {
	"low",
	"normal",
	"high",
	"custom",
	NULL
};

const char *const vs_vm_method_words[] = {
	"split",
	"compress",
	"swap",
	NULL
};

const char *const vs_reason_words[] = {
	"demand",
	"limit",
	"reservation",
	"idle",
	"shares",
	NULL
};

static const struct vs_attr vs_vm_attrs[] = {
	[BALLOON_A_VM_ID] = { "id", T_U64 },
	[BALLOON_A_VM_NAME] = { "name", T_STRING },
	[BALLOON_A_VM_FILE] = { "files", T_U64, .multi = true },
	[BALLOON_A_VM_LEVEL] = { "level", T_ENUM, .words = vs_level_words },
	[BALLOON_A_VM_SHARES] = { "shares", T_U64 },
	[BALLOON_A_VM_RESERVATION] = { "reservation", T_U64 },
	[BALLOON_A_VM_LIMIT] = { "limit", T_U64 },
	[BALLOON_A_VM_METHODS] = { "methods", T_FLAGS, .words = vs_vm_method_words },
	[BALLOON_A_VM_SIZE] = { "size", T_U64 },
	[BALLOON_A_VM_GRANTED] = { "granted_pages", T_U64 },
	[BALLOON_A_VM_AWAY] = { "away_pages", T_U64 },
	[BALLOON_A_VM_ACTIVE] = { "active_pages", T_U64 },
	[BALLOON_A_VM_ENTITLED] = { "entitled_pages", T_U64 },
	[BALLOON_A_VM_TARGET] = { "target_pages", T_U64 },
	[BALLOON_A_VM_REASON] = { "reason", T_ENUM, .words = vs_reason_words },
};
const struct vs_set vs_vm_set = SET(vs_vm_attrs);

static const struct vs_attr vs_scheduler_attrs[] = {
	[BALLOON_A_SCHEDULER_VMS] = { "vms", T_U32 },
	[BALLOON_A_SCHEDULER_TOTAL] = { "total_pages", T_U64 },
	[BALLOON_A_SCHEDULER_CAPACITY] = { "capacity_pages", T_U64 },
	[BALLOON_A_SCHEDULER_COMMITTED] = { "committed_pages", T_U64 },
	[BALLOON_A_SCHEDULER_RUNS] = { "runs", T_U64 },
	[BALLOON_A_SCHEDULER_TIME] = { "time_ns", T_U64 },
	[BALLOON_A_SCHEDULER_REFUSED] = { "refused", T_U64 },
	[BALLOON_A_SCHEDULER_HELD] = { "held", T_U64 },
};
const struct vs_set vs_scheduler_set = SET(vs_scheduler_attrs);

static const struct vs_attr vs_scanner_events_attrs[] = {
	[TPS_A_EVENTS_PASSES] = { "passes", T_U64 },
	[TPS_A_EVENTS_SCANNED] = { "scanned", T_U64 },
	[TPS_A_EVENTS_SHARED] = { "shared", T_U64 },
	[TPS_A_EVENTS_ZERO] = { "zero", T_U64 },
	[TPS_A_EVENTS_MISSED] = { "missed", T_U64 },
	[TPS_A_EVENTS_SPLIT] = { "split", T_U64 },
	[TPS_A_EVENTS_TIME] = { "time_ns", T_U64 },
};
const struct vs_set vs_scanner_events_set = SET(vs_scanner_events_attrs);

static const struct vs_attr vs_scanner_attrs[] = {
	[TPS_A_SCANNER_RUNNING] = { "running", T_BOOL },
	[TPS_A_SCANNER_CPU] = { "cpu", T_U32 },
	[TPS_A_SCANNER_RATE] = { "rate", T_U32 },
	[TPS_A_SCANNER_INTERVAL] = { "interval", T_U32 },
	[TPS_A_SCANNER_SPLIT] = { "split", T_BOOL },
	[TPS_A_SCANNER_EVENTS] = { "events", T_NEST, .nest = &vs_scanner_events_set },
	[TPS_A_SCANNER_WORKERS] = { "workers", T_U32 },
	[TPS_A_SCANNER_SAVED] = { "saved", T_U64 },
};
const struct vs_set vs_scanner_set = SET(vs_scanner_attrs);

static const struct vs_attr vs_sharing_attrs[] = {
	[TPS_A_FILE_ID] = { "id", T_U64 },
	[TPS_A_FILE_SALT] = { "salt", T_U64 },
	[TPS_A_FILE_NEXT] = { "next", T_U64 },
	[TPS_A_FILE_STALE] = { "stale", T_BOOL },
};
const struct vs_set vs_sharing_set = SET(vs_sharing_attrs);

static const struct vs_attr vs_estimate_attrs[] = {
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
const struct vs_set vs_estimate_set = SET(vs_estimate_attrs);

const char *const vs_kind_words[] = {
	"managed",
	"reserved",
	NULL
};

const char *const vs_compressor_words[] = {
	"lz4",
	"zstd",
	NULL
};

const char *const vs_method_words[] = {
	"split",
	"compress",
	"swap",
	NULL
};

const char *const vs_fault_kind_words[] = {
	"present",
	"zero",
	"small",
	"huge",
	"shared",
	"compressed",
	"swapped",
	"writing",
	"waiting",
	NULL
};

const char *const vs_swap_state_words[] = {
	"none",
	"active",
	"failed",
	"full",
	"leaving",
	NULL
};

const char *const vs_memory_state_words[] = {
	"high",
	"clear",
	"soft",
	"hard",
	"low",
	NULL
};

static const struct vs_attr vs_pages_attrs[] = {
	[VMEM_A_PAGES_ZERO] = { "zero", T_U64 },
	[VMEM_A_PAGES_PRIVATE] = { "private", T_U64 },
	[VMEM_A_PAGES_SHARED] = { "shared", T_U64 },
	[VMEM_A_PAGES_HUGE] = { "huge", T_U64 },
	[VMEM_A_PAGES_COMPRESSED] = { "compressed", T_U64 },
	[VMEM_A_PAGES_SWAPPED] = { "swapped", T_U64 },
	[VMEM_A_PAGES_WRITING] = { "writing", T_U64 },
};
const struct vs_set vs_pages_set = SET(vs_pages_attrs);

static const struct vs_attr vs_events_attrs[] = {
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
const struct vs_set vs_events_set = SET(vs_events_attrs);

static const struct vs_attr vs_memory_attrs[] = {
	[VMEM_A_FILE_ID] = { "id", T_U64 },
	[VMEM_A_FILE_NAME] = { "name", T_STRING },
	[VMEM_A_FILE_SIZE] = { "size", T_U64 },
	[VMEM_A_FILE_KIND] = { "kind", T_ENUM, .words = vs_kind_words },
	[VMEM_A_FILE_PAGES] = { "pages", T_NEST, .nest = &vs_pages_set },
	[VMEM_A_FILE_EVENTS] = { "events", T_NEST, .nest = &vs_events_set },
	[VMEM_A_FILE_COMPRESSOR] = { "compressor", T_ENUM, .words = vs_compressor_words },
	[VMEM_A_FILE_COMPRESS_LIMIT] = { "compress_limit", T_U8 },
	[VMEM_A_FILE_POOL_PAGES] = { "pool_pages", T_U64 },
	[VMEM_A_FILE_SWAP] = { "swap", T_U32 },
	[VMEM_A_FILE_ACTIVE] = { "active_pages", T_U64 },
	[VMEM_A_FILE_SAVED] = { "saved_pages", T_U64 },
	[VMEM_A_FILE_WAITING] = { "waiting_ms", T_U64 },
	[VMEM_A_FILE_LEFT] = { "left_pages", T_U64 },
	[VMEM_A_FILE_GROUP] = { "group", T_U64 },
};
const struct vs_set vs_memory_set = SET(vs_memory_attrs);

static const struct vs_attr vs_reclaim_attrs[] = {
	[VMEM_A_RECLAIM_ID] = { "id", T_U64 },
	[VMEM_A_RECLAIM_PAGES] = { "pages", T_U64 },
	[VMEM_A_RECLAIM_METHODS] = { "methods", T_FLAGS, .words = vs_method_words },
	[VMEM_A_RECLAIM_SEEN] = { "seen", T_U64 },
	[VMEM_A_RECLAIM_MORE] = { "more", T_BOOL },
};
const struct vs_set vs_reclaim_set = SET(vs_reclaim_attrs);

static const struct vs_attr vs_stage_attrs[] = {
	[VMEM_A_STAGE_STATE] = { "state", T_ENUM, .words = vs_memory_state_words },
	[VMEM_A_STAGE_BELOW] = { "below_pages", T_U64 },
	[VMEM_A_STAGE_UNTIL] = { "until_pages", T_U64 },
	[VMEM_A_STAGE_BATCH] = { "batch_pages", T_U32 },
	[VMEM_A_STAGE_ENTERED] = { "entered", T_U64 },
	[VMEM_A_STAGE_TAKEN] = { "taken_pages", T_U64 },
};
const struct vs_set vs_stage_set = SET(vs_stage_attrs);

static const struct vs_attr vs_host_attrs[] = {
	[VMEM_A_HOST_STATE] = { "state", T_ENUM, .words = vs_memory_state_words },
	[VMEM_A_HOST_AVAILABLE] = { "available_pages", T_U64 },
	[VMEM_A_HOST_MIN_FREE] = { "min_free_pages", T_U64 },
	[VMEM_A_HOST_STAGE] = { "states", T_NEST, .multi = true, .nest = &vs_stage_set },
};
const struct vs_set vs_host_set = SET(vs_host_attrs);

static const struct vs_attr vs_bucket_attrs[] = {
	[VMEM_A_BUCKET_FROM] = { "from_ns", T_U64 },
	[VMEM_A_BUCKET_COUNT] = { "count", T_U64 },
};
const struct vs_set vs_bucket_set = SET(vs_bucket_attrs);

static const struct vs_attr vs_faults_attrs[] = {
	[VMEM_A_FAULTS_KIND] = { "kind", T_ENUM, .words = vs_fault_kind_words },
	[VMEM_A_FAULTS_BUCKET] = { "buckets", T_NEST, .multi = true, .nest = &vs_bucket_set },
};
const struct vs_set vs_faults_set = SET(vs_faults_attrs);

static const struct vs_attr vs_latency_attrs[] = {
	[VMEM_A_LATENCY_ID] = { "id", T_U64 },
	[VMEM_A_LATENCY_FAULTS] = { "faults", T_NEST, .multi = true, .nest = &vs_faults_set },
};
const struct vs_set vs_latency_set = SET(vs_latency_attrs);

const char *const vs_datastore_state_words[] = {
	"read-only",
	"active",
	"stopped",
	NULL
};

static const struct vs_attr vs_extent_attrs[] = {
	[VMFS_A_EXTENT_DEVICE] = { "device", T_STRING },
	[VMFS_A_EXTENT_SIZE] = { "size", T_U64 },
};
const struct vs_set vs_extent_set = SET(vs_extent_attrs);

static const struct vs_attr vs_counters_attrs[] = {
	[VMFS_A_COUNTERS_COMMITS] = { "commits", T_U64 },
	[VMFS_A_COUNTERS_LOGGED_SECTORS] = { "logged_sectors", T_U64 },
	[VMFS_A_COUNTERS_COMPLETED_BLOCKS] = { "completed_blocks", T_U64 },
	[VMFS_A_COUNTERS_REPLAYS] = { "replays", T_U64 },
	[VMFS_A_COUNTERS_CORRUPTIONS] = { "corruptions", T_U64 },
	[VMFS_A_COUNTERS_FAILURES] = { "failures", T_U64 },
};
const struct vs_set vs_counters_set = SET(vs_counters_attrs);

static const struct vs_attr vs_datastore_attrs[] = {
	[VMFS_A_DATASTORE_ID] = { "id", T_U32 },
	[VMFS_A_DATASTORE_DEVICE] = { "device", T_STRING },
	[VMFS_A_DATASTORE_LABEL] = { "label", T_STRING },
	[VMFS_A_DATASTORE_UUID] = { "uuid", T_STRING },
	[VMFS_A_DATASTORE_VOLUME_UUID] = { "volume_uuid", T_STRING },
	[VMFS_A_DATASTORE_MAJOR] = { "major", T_U8 },
	[VMFS_A_DATASTORE_MINOR] = { "minor", T_U8 },
	[VMFS_A_DATASTORE_BLOCK_SIZE] = { "block_size", T_U32 },
	[VMFS_A_DATASTORE_SIZE] = { "size", T_U64 },
	[VMFS_A_DATASTORE_FREE] = { "free", T_U64 },
	[VMFS_A_DATASTORE_EXTENTS] = { "extents", T_NEST, .multi = true, .nest = &vs_extent_set },
	[VMFS_A_DATASTORE_STATE] = { "state", T_ENUM, .words = vs_datastore_state_words },
	[VMFS_A_DATASTORE_REASON] = { "reason", T_STRING },
	[VMFS_A_DATASTORE_LOCK] = { "lock", T_STRING },
	[VMFS_A_DATASTORE_HOST_UUID] = { "host_uuid", T_STRING },
	[VMFS_A_DATASTORE_HEARTBEAT_SLOT] = { "slot", T_U32 },
	[VMFS_A_DATASTORE_LEASE_AGE] = { "lease_age_ms", T_U64 },
	[VMFS_A_DATASTORE_COUNTERS] = { "counters", T_NEST, .nest = &vs_counters_set },
};
const struct vs_set vs_datastore_set = SET(vs_datastore_attrs);

const char *const vs_policy_words[] = {
	"reject",
	"accept",
	"inherit",
	NULL
};

const char *const vs_role_words[] = {
	"unassigned",
	"client",
	"uplink",
	NULL
};

const char *const vs_teaming_policy_words[] = {
	"explicit",
	"port-id",
	"source-mac",
	"ip-hash",
	"load",
	NULL
};

const char *const vs_detection_words[] = {
	"link",
	"beacon",
	NULL
};

const char *const vs_mac_source_words[] = {
	"static",
	"agent",
	"observed",
	"inherit",
	NULL
};

const char *const vs_uplink_state_words[] = {
	"usable",
	"blocked",
	"link-down",
	"up-delay",
	"silent",
	"absent",
	NULL
};

const char *const vs_drop_reason_words[] = {
	"unassigned",
	"blocked",
	"link-down",
	"source-mac",
	"forged-source",
	"mac-changed",
	"link-local",
	"vlan-not-allowed",
	"reflected",
	"unknown-unicast",
	"reverse-path",
	"no-uplink",
	"no-receiver",
	"mtu",
	"no-memory",
	"inactive",
	"beacon",
	"pvlan",
	"shaping",
	"learning-limit",
	"switch-down",
	NULL
};

const char *const vs_override_words[] = {
	"vlan",
	"security",
	"teaming",
	"shaping",
	NULL
};

const char *const vs_link_local_words[] = {
	"stp",
	"lacp",
	"eapol",
	"lldp",
	NULL
};

const char *const vs_learning_full_words[] = {
	"drop",
	"allow",
	NULL
};

static const struct vs_attr vs_security_attrs[] = {
	[VSWITCH_A_SECURITY_PROMISCUOUS] = { "promiscuous", T_ENUM, .words = vs_policy_words },
	[VSWITCH_A_SECURITY_MAC_CHANGES] = { "mac_changes", T_ENUM, .words = vs_policy_words },
	[VSWITCH_A_SECURITY_FORGED_TRANSMITS] = { "forged_transmits", T_ENUM, .words = vs_policy_words },
	[VSWITCH_A_SECURITY_MAC_SOURCE] = { "mac_source", T_ENUM, .words = vs_mac_source_words },
};
const struct vs_set vs_security_set = SET(vs_security_attrs);

static const struct vs_attr vs_teaming_attrs[] = {
	[VSWITCH_A_TEAMING_POLICY] = { "policy", T_ENUM, .words = vs_teaming_policy_words },
	[VSWITCH_A_TEAMING_ACTIVE] = { "active", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_STANDBY] = { "standby", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_UNUSED] = { "unused", T_U32, .multi = true },
	[VSWITCH_A_TEAMING_DETECTION] = { "detection", T_ENUM, .words = vs_detection_words },
	[VSWITCH_A_TEAMING_FAILBACK] = { "failback", T_BOOL },
	[VSWITCH_A_TEAMING_NOTIFY_SWITCHES] = { "notify_switches", T_BOOL },
};
const struct vs_set vs_teaming_set = SET(vs_teaming_attrs);

static const struct vs_attr vs_vlan_range_attrs[] = {
	[VSWITCH_A_VLAN_RANGE_FIRST] = { "first", T_U16 },
	[VSWITCH_A_VLAN_RANGE_LAST] = { "last", T_U16 },
};
const struct vs_set vs_vlan_range_set = SET(vs_vlan_range_attrs);

static const struct vs_attr vs_shaping_attrs[] = {
	[VSWITCH_A_SHAPING_AVERAGE] = { "average", T_U32 },
	[VSWITCH_A_SHAPING_PEAK] = { "peak", T_U32 },
	[VSWITCH_A_SHAPING_BURST] = { "burst", T_U32 },
};
const struct vs_set vs_shaping_set = SET(vs_shaping_attrs);

static const struct vs_attr vs_learning_attrs[] = {
	[VSWITCH_A_LEARNING_LIMIT] = { "limit", T_U32 },
	[VSWITCH_A_LEARNING_FULL] = { "full", T_ENUM, .words = vs_learning_full_words },
	[VSWITCH_A_LEARNING_FLOOD] = { "flood", T_BOOL },
	[VSWITCH_A_LEARNING_AGEING] = { "ageing", T_U32 },
};
const struct vs_set vs_learning_set = SET(vs_learning_attrs);

static const struct vs_attr vs_drop_attrs[] = {
	[VSWITCH_A_DROP_REASON] = { "reason", T_ENUM, .words = vs_drop_reason_words },
	[VSWITCH_A_DROP_PACKETS] = { "packets", T_U64 },
};
const struct vs_set vs_drop_set = SET(vs_drop_attrs);

static const struct vs_attr vs_stats_attrs[] = {
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
	[VSWITCH_A_STATS_DROP] = { "drop", T_NEST, .multi = true, .nest = &vs_drop_set },
};
const struct vs_set vs_stats_set = SET(vs_stats_attrs);

static const struct vs_attr vs_switch_attrs[] = {
	[VSWITCH_A_SWITCH_IFINDEX] = { "ifindex", T_U32 },
	[VSWITCH_A_SWITCH_NAME] = { "name", T_STRING },
	[VSWITCH_A_SWITCH_MTU] = { "mtu", T_U32 },
	[VSWITCH_A_SWITCH_SECURITY] = { "security", T_NEST, .nest = &vs_security_set },
	[VSWITCH_A_SWITCH_TEAMING] = { "teaming", T_NEST, .nest = &vs_teaming_set },
	[VSWITCH_A_SWITCH_GENERATION] = { "generation", T_U32 },
	[VSWITCH_A_SWITCH_PORTGROUP_COUNT] = { "portgroup_count", T_U32 },
	[VSWITCH_A_SWITCH_PORT_COUNT] = { "port_count", T_U32 },
	[VSWITCH_A_SWITCH_UPLINK_COUNT] = { "uplink_count", T_U32 },
	[VSWITCH_A_SWITCH_MAC_COUNT] = { "mac_count", T_U32 },
	[VSWITCH_A_SWITCH_UP_DELAY] = { "up_delay", T_U32 },
};
const struct vs_set vs_switch_set = SET(vs_switch_attrs);

static const struct vs_attr vs_portgroup_attrs[] = {
	[VSWITCH_A_PORTGROUP_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PORTGROUP_NAME] = { "name", T_STRING },
	[VSWITCH_A_PORTGROUP_NEW_NAME] = { "new_name", T_STRING },
	[VSWITCH_A_PORTGROUP_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_PORTGROUP_TRUNK] = { "trunk", T_NEST, .multi = true, .nest = &vs_vlan_range_set },
	[VSWITCH_A_PORTGROUP_SECURITY] = { "security", T_NEST, .nest = &vs_security_set },
	[VSWITCH_A_PORTGROUP_TEAMING] = { "teaming", T_NEST, .nest = &vs_teaming_set },
	[VSWITCH_A_PORTGROUP_PORT_COUNT] = { "port_count", T_U32 },
	[VSWITCH_A_PORTGROUP_BLOCKED] = { "blocked", T_BOOL },
	[VSWITCH_A_PORTGROUP_OVERRIDES] = { "overrides", T_FLAGS, .words = vs_override_words },
	[VSWITCH_A_PORTGROUP_SHAPING_INGRESS] = { "shaping_ingress", T_NEST, .nest = &vs_shaping_set },
	[VSWITCH_A_PORTGROUP_SHAPING_EGRESS] = { "shaping_egress", T_NEST, .nest = &vs_shaping_set },
	[VSWITCH_A_PORTGROUP_LEARNING] = { "learning", T_NEST, .nest = &vs_learning_set },
	[VSWITCH_A_PORTGROUP_SNOOPING] = { "snooping", T_BOOL },
	[VSWITCH_A_PORTGROUP_LINK_LOCAL] = { "link_local", T_FLAGS, .words = vs_link_local_words },
	[VSWITCH_A_PORTGROUP_SHARED_MAC] = { "shared_mac", T_BOOL },
};
const struct vs_set vs_portgroup_set = SET(vs_portgroup_attrs);

static const struct vs_attr vs_port_attrs[] = {
	[VSWITCH_A_PORT_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PORT_ID] = { "id", T_U32 },
	[VSWITCH_A_PORT_IFINDEX] = { "ifindex", T_U32 },
	[VSWITCH_A_PORT_NAME] = { "device", T_STRING },
	[VSWITCH_A_PORT_KIND] = { "kind", T_STRING },
	[VSWITCH_A_PORT_NETNS] = { "netns", T_S32 },
	[VSWITCH_A_PORT_ROLE] = { "role", T_ENUM, .words = vs_role_words },
	[VSWITCH_A_PORT_PORTGROUP] = { "portgroup", T_STRING },
	[VSWITCH_A_PORT_MAC] = { "mac", T_MAC, .multi = true },
	[VSWITCH_A_PORT_EFFECTIVE_MAC] = { "effective_mac", T_MAC },
	[VSWITCH_A_PORT_BLOCKED] = { "blocked", T_BOOL },
	[VSWITCH_A_PORT_LINK] = { "link", T_BOOL },
	[VSWITCH_A_PORT_MTU] = { "mtu", T_U32 },
	[VSWITCH_A_PORT_UPLINK] = { "uplink", T_U32 },
	[VSWITCH_A_PORT_STATS] = { "stats", T_NEST, .nest = &vs_stats_set },
	[VSWITCH_A_PORT_INACTIVE] = { "inactive", T_BOOL },
	[VSWITCH_A_PORT_UPLINK_STATE] = { "state", T_ENUM, .words = vs_uplink_state_words },
	[VSWITCH_A_PORT_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_PORT_TRUNK] = { "trunk", T_NEST, .multi = true, .nest = &vs_vlan_range_set },
	[VSWITCH_A_PORT_SECURITY] = { "security", T_NEST, .nest = &vs_security_set },
	[VSWITCH_A_PORT_TEAMING] = { "teaming", T_NEST, .nest = &vs_teaming_set },
	[VSWITCH_A_PORT_SHAPING_INGRESS] = { "shaping_ingress", T_NEST, .nest = &vs_shaping_set },
	[VSWITCH_A_PORT_SHAPING_EGRESS] = { "shaping_egress", T_NEST, .nest = &vs_shaping_set },
	[VSWITCH_A_PORT_OVERRIDES] = { "overrides", T_FLAGS, .words = vs_override_words },
	[VSWITCH_A_PORT_ABSENT] = { "absent", T_BOOL },
	[VSWITCH_A_PORT_INACTIVE_AUTO] = { "inactive_auto", T_BOOL },
};
const struct vs_set vs_port_set = SET(vs_port_attrs);

static const struct vs_attr vs_pvlan_attrs[] = {
	[VSWITCH_A_PVLAN_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_PVLAN_PRIMARY] = { "primary", T_U16 },
	[VSWITCH_A_PVLAN_ISOLATED] = { "isolated", T_U16 },
	[VSWITCH_A_PVLAN_COMMUNITY] = { "community", T_U16, .multi = true },
};
const struct vs_set vs_pvlan_set = SET(vs_pvlan_attrs);

static const struct vs_attr vs_mirror_attrs[] = {
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
const struct vs_set vs_mirror_set = SET(vs_mirror_attrs);

static const struct vs_attr vs_learned_attrs[] = {
	[VSWITCH_A_LEARNED_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_LEARNED_PORT] = { "device", T_U32 },
	[VSWITCH_A_LEARNED_VLAN] = { "vlan", T_U16 },
	[VSWITCH_A_LEARNED_MAC] = { "mac", T_MAC },
	[VSWITCH_A_LEARNED_AGE] = { "age", T_U32 },
};
const struct vs_set vs_learned_set = SET(vs_learned_attrs);

static const struct vs_attr vs_txn_attrs[] = {
	[VSWITCH_A_TXN_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_TXN_SWITCH_SET] = { "switch_set", T_NEST, .multi = true, .nest = &vs_switch_set },
	[VSWITCH_A_TXN_PORTGROUP_NEW] = { "portgroup_new", T_NEST, .multi = true, .nest = &vs_portgroup_set },
	[VSWITCH_A_TXN_PORTGROUP_SET] = { "portgroup_set", T_NEST, .multi = true, .nest = &vs_portgroup_set },
	[VSWITCH_A_TXN_PORTGROUP_DEL] = { "portgroup_del", T_NEST, .multi = true, .nest = &vs_portgroup_set },
	[VSWITCH_A_TXN_PORT_SET] = { "port_set", T_NEST, .multi = true, .nest = &vs_port_set },
	[VSWITCH_A_TXN_PVLAN_SET] = { "pvlan_set", T_NEST, .multi = true, .nest = &vs_pvlan_set },
	[VSWITCH_A_TXN_PVLAN_DEL] = { "pvlan_del", T_NEST, .multi = true, .nest = &vs_pvlan_set },
	[VSWITCH_A_TXN_MIRROR_SET] = { "mirror_set", T_NEST, .multi = true, .nest = &vs_mirror_set },
	[VSWITCH_A_TXN_MIRROR_DEL] = { "mirror_del", T_NEST, .multi = true, .nest = &vs_mirror_set },
	[VSWITCH_A_TXN_GENERATION] = { "generation", T_U32 },
};
const struct vs_set vs_txn_set = SET(vs_txn_attrs);

static const struct vs_attr vs_failover_attrs[] = {
	[VSWITCH_A_FAILOVER_SWITCH] = { "switch", T_U32 },
	[VSWITCH_A_FAILOVER_PORTGROUP] = { "portgroup", T_STRING },
	[VSWITCH_A_FAILOVER_OLD_UPLINK] = { "old_uplink", T_U32 },
	[VSWITCH_A_FAILOVER_NEW_UPLINK] = { "new_uplink", T_U32 },
};
const struct vs_set vs_failover_set = SET(vs_failover_attrs);
