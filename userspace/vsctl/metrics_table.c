// SPDX-License-Identifier: GPL-2.0
/* The table of vsctl metrics: where each metric comes from. */
#include <stddef.h>

#include "../libvs/datastore.h"
#include "../libvs/err.h"
#include "../libvs/memory.h"
#include "../libvs/model.h"
#include "../libvs/out.h"
#include "../libvs/schema.h"
#include "metrics.h"

const char *const metric_modules[] = { "vswitch", "vmfs", "vmem", "tps", "balloon", NULL };

static int read_switches(struct vs_ctx *vs, json_t **list)
{
	return vs_switches(vs, 0, list);
}

static const struct metric_label switch_labels[] = { { "switch", "name" }, { NULL } };

static const struct metric switch_metrics[] = {
	{ "switch_mtu_bytes", "MTU of the switch", "mtu" },
	{ "switch_uplinks", "Uplinks, also those that are absent", "uplink_count" },
	{ "switch_portgroups", "Port groups", "portgroup_count" },
	{ "switch_ports", "Ports, uplinks included", "port_count" },
	{ "switch_mac_addresses", "Addresses that the switch delivers to", "mac_count" },
	{ NULL }
};

/* {unicast, multicast, broadcast} for stats.WAY_UNIT */
static void add_casts(json_t *port, const char *way, const char *unit)
{
	static const char *const casts[] = { "unicast", "multicast", "broadcast" };
	json_t *all = json_object();
	char key[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(casts); i++) {
		snprintf(key, sizeof(key), "stats.%s_%s_%s", way, casts[i], unit);
		json_object_set(all, casts[i], (json_t *)vs_out_member(port, key));
	}
	snprintf(key, sizeof(key), "%s_%s", way, unit);
	json_object_set_new(port, key, all);
}

static int read_ports(struct vs_ctx *vs, json_t **list)
{
	int err = vs_ports(vs, 0, list);
	json_t *port;
	size_t i;

	json_array_foreach(*list, i, port) {
		add_casts(port, "in", "packets");
		add_casts(port, "in", "bytes");
		add_casts(port, "out", "packets");
		add_casts(port, "out", "bytes");
	}
	return err;
}

/* Devices in other network namespaces may have the same name: the port's id tells. */
static const struct metric_label port_labels[] = {
	{ "switch", "switch" }, { "port", "id" }, { "device", "device" }, { NULL }
};

static const char *const port_keys[] = { "role", "kind", "portgroup", NULL };
static const char *const uplink_states[] = {
	"usable", "blocked", "link-down", "up-delay", "silent", "absent", NULL
};

static const struct metric port_metrics[] = {
	{ "port_info", "What the port is", .keys = port_keys },
	{ "port_link_up", "Does the device have a link", "link" },
	{ "port_blocked", "Is the port blocked by the administrator", "blocked" },
	{ "port_mtu_bytes", "MTU of the device", "mtu" },
	{ "port_in_packets_total", "Frames from the device into the switch", "in_packets",
	  .label = "cast" },
	{ "port_in_bytes_total", "Bytes from the device into the switch", "in_bytes",
	  .label = "cast" },
	{ "port_out_packets_total", "Frames from the switch to the device", "out_packets",
	  .label = "cast" },
	{ "port_out_bytes_total", "Bytes from the switch to the device", "out_bytes",
	  .label = "cast" },
	{ "port_dropped_packets_total", "Frames that were dropped, by reason", "stats.drop",
	  .label = "reason" },
	{ "uplink_state", "State of the uplink", "state", .label = "state",
	  .words = uplink_states },
	{ NULL }
};

static int read_files(struct vs_ctx *vs, json_t **list)
{
	int err = vs_memory_files(vs, 0, list);
	json_t *file, *events;
	size_t i;

	/* Of the events, one is a time. */
	json_array_foreach(*list, i, file) {
		events = json_object_get(file, "events");
		json_object_set(file, "wait_ns", json_object_get(events, "wait_ns"));
		json_object_del(events, "wait_ns");
	}
	return err;
}

static const struct metric_label file_labels[] = { { "id", "id" }, { "file", "name" }, { NULL } };

static const struct metric file_metrics[] = {
	{ "memory_file_size_bytes", "Memory that the guest was given", "size" },
	{ "memory_file_content_bytes", "The same by where it is; what is in none is untouched",
	  "pages", METRIC_PAGES, "state" },
	{ "memory_file_active_bytes", "Memory in use, as estimated by sampling", "active_pages",
	  METRIC_PAGES },
	{ "memory_file_saved_bytes", "Memory that sharing saves, zero pages aside", "saved_pages",
	  METRIC_PAGES },
	{ "memory_file_pool_bytes", "Memory that compressed pages take", "pool_pages",
	  METRIC_PAGES },
	{ "memory_file_events_total", "What has happened to pages", "events", .label = "event" },
	{ "memory_file_wait_seconds_total", "Time that threads of the guest waited for memory",
	  "wait_ns", METRIC_NS },
	{ "memory_file_waiting_seconds", "How long the guest has been waiting for memory by now",
	  "waiting_ms", METRIC_MS },
	{ "memory_file_swap_state", "What the swap file does", "swap", .label = "state",
	  .words = vs_swap_state_words },
	{ NULL }
};

/* Of a list of states with a number each, an object */
static json_t *by_state(const json_t *states, const char *key)
{
	json_t *all = json_object();
	const json_t *state;
	size_t i;

	json_array_foreach(states, i, state)
		json_object_set(all, json_string_value(json_object_get(state, "state")) ?: "",
				json_object_get(state, key));
	return all;
}

static int read_host(struct vs_ctx *vs, json_t **list)
{
	json_t *host = NULL;
	int err = vs_memory_host(vs, &host);

	*list = json_pack("[o*]", host);
	if (err)
		return err;
	json_object_set_new(host, "entered", by_state(json_object_get(host, "states"), "entered"));
	json_object_set_new(host, "taken", by_state(json_object_get(host, "states"),
						    "taken_pages"));
	return VS_OK;
}

static const struct metric_label no_labels[] = { { NULL } };
static const char *const host_states[] = { "high", "clear", "soft", "hard", "low", NULL };

static const struct metric host_metrics[] = {
	{ "memory_available_bytes", "Memory of the host that is available without swapping",
	  "available_pages", METRIC_PAGES },
	{ "memory_min_free_bytes", "Memory of the host that should be available",
	  "min_free_pages", METRIC_PAGES },
	{ "memory_state", "How short of memory the host is", "state", .label = "state",
	  .words = host_states },
	{ "memory_state_entered_total", "How often a state has begun", "entered",
	  .label = "state" },
	{ "memory_state_taken_bytes_total", "Memory that was taken from guests in a state",
	  "taken", METRIC_PAGES, "state" },
	{ NULL }
};

static int read_scanner(struct vs_ctx *vs, json_t **list)
{
	json_t *scanner = NULL;
	int err = vs_tps_scanner(vs, &scanner);

	*list = json_pack("[o*]", scanner);
	return err;
}

static const struct metric scanner_metrics[] = {
	{ "tps_running", "Does the scanner run", "running" },
	{ "tps_saved_bytes", "Memory that sharing saves, zero pages aside", "saved",
	  METRIC_PAGES },
	{ "tps_passes_total", "Passes over the memory of all guests", "events.passes" },
	{ "tps_scanned_pages_total", "Pages looked at", "events.scanned" },
	{ "tps_shared_pages_total", "Pages that were freed since another one is equal",
	  "events.shared" },
	{ "tps_zero_pages_total", "Pages that were freed since they were zero", "events.zero" },
	{ "tps_missed_pages_total", "Pages that were in use, or had changed, when it came to it",
	  "events.missed" },
	{ "tps_split_blocks_total", "Blocks of 2 MiB that were split for sharing",
	  "events.split" },
	{ "tps_cpu_seconds_total", "CPU time of the scanner, until it was ready to run",
	  "events.time_ns", METRIC_NS },
	{ NULL }
};

static int read_vms(struct vs_ctx *vs, json_t **list)
{
	int err = vs_memory_vms(vs, NULL, list);
	json_t *vm;
	size_t i;

	/* Without a limit, it is none of 0 bytes. */
	json_array_foreach(*list, i, vm)
		if (!json_integer_value(json_object_get(vm, "limit")))
			json_object_del(vm, "limit");
	return err;
}

static const struct metric_label vm_labels[] = { { "id", "id" }, { "vm", "name" }, { NULL } };

static const struct metric vm_metrics[] = {
	{ "vm_memory_size_bytes", "Memory of the VM", "size" },
	{ "vm_memory_reservation_bytes", "What it has in any case, if it uses it",
	  "reservation" },
	{ "vm_memory_limit_bytes", "What it never exceeds", "limit" },
	{ "vm_memory_shares", "Its shares", "shares" },
	{ "vm_memory_granted_bytes", "Memory that it has", "granted_pages", METRIC_PAGES },
	{ "vm_memory_active_bytes", "Memory that it is taken to use", "active_pages",
	  METRIC_PAGES },
	{ "vm_memory_entitled_bytes", "What it is entitled to", "entitled_pages", METRIC_PAGES },
	{ "vm_memory_target_bytes", "What it should have while memory is short", "target_pages",
	  METRIC_PAGES },
	{ "vm_memory_away_bytes", "Memory that is compressed or swapped", "away_pages",
	  METRIC_PAGES },
	{ NULL }
};

static int read_scheduler(struct vs_ctx *vs, json_t **list)
{
	json_t *scheduler = NULL;
	int err = vs_memory_scheduler(vs, &scheduler);

	*list = json_pack("[o*]", scheduler);
	return err;
}

static const struct metric scheduler_metrics[] = {
	{ "memory_reservable_bytes", "Memory that can be reserved", "capacity_pages",
	  METRIC_PAGES },
	{ "memory_reserved_bytes", "Memory that is reserved", "committed_pages", METRIC_PAGES },
	{ "memory_scheduler_runs_total", "Computations of the memory scheduler", "runs" },
	{ "memory_scheduler_seconds_total", "Time that they took", "time_ns", METRIC_NS },
	{ "memory_scheduler_refused_total", "Reservations and files that did not fit",
	  "refused" },
	{ "memory_scheduler_held_total", "Pages and blocks that a VM did not get", "held" },
	{ NULL }
};

static const struct metric_label datastore_labels[] = {
	{ "datastore", "label" }, { "uuid", "uuid" }, { NULL }
};

static const struct metric datastore_metrics[] = {
	{ "datastore_size_bytes", "Size of the mounted volume", "size" },
	{ "datastore_free_bytes", "What is free of it", "free" },
	{ "datastore_state", "Is it written to", "state", .label = "state",
	  .words = vs_datastore_state_words },
	{ "datastore_lease_age_seconds",
	  "How old the last heartbeat is that reached the device; writing ends at 12",
	  "lease_age_ms", METRIC_MS },
	{ "datastore_commits_total", "Transactions that were written", "counters.commits" },
	{ "datastore_logged_bytes_total", "Bytes in their logs", "counters.logged_sectors",
	  METRIC_SECTORS },
	{ "datastore_completed_blocks_total", "Blocks that were written in part and zeroed",
	  "counters.completed_blocks" },
	{ "datastore_replays_total", "Journals that were replayed", "counters.replays" },
	{ "datastore_corruptions_total", "Structures on disk that cannot be right",
	  "counters.corruptions" },
	{ NULL }
};

const struct metric_source metric_sources[] = {
	{ "switches", "vswitch", read_switches, switch_labels, switch_metrics },
	{ "ports", "vswitch", read_ports, port_labels, port_metrics },
	{ "datastores", "vmfs", vs_datastores, datastore_labels, datastore_metrics },
	{ "memory", "vmem", read_host, no_labels, host_metrics },
	{ "files", "vmem", read_files, file_labels, file_metrics },
	{ "scanner", "tps", read_scanner, no_labels, scanner_metrics },
	{ "scheduler", "balloon", read_scheduler, no_labels, scheduler_metrics },
	{ "vms", "balloon", read_vms, vm_labels, vm_metrics },
	{ NULL }
};
