// SPDX-License-Identifier: GPL-2.0
/* vsctl doctor: switches, and the devices on them */
#include <stdio.h>
#include <string.h>

#include "../libvs/err.h"
#include "../libvs/json.h"
#include "../libvs/rtnl.h"
#include "doctor.h"

static json_int_t mtu_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "mtu"));
}

static bool is_uplink(const json_t *port)
{
	return !strcmp(vs_text_of(port, "role") ?: "", "uplink") &&
	       strcmp(vs_text_of(port, "state") ?: "", "absent");
}

static bool is_same_switch(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "switch"), json_object_get(b, "switch"));
}

/* What a VMkernel adapter may send must fit through its switch, and every uplink of it. */
static void check_adapter(struct doctor *doctor, const json_t *vmk)
{
	const char *name = vs_text_of(vmk, "device"), *sw_name = vs_text_of(vmk, "switch");
	const json_t *sw = vs_find(doctor->switches, "name", sw_name), *port;
	const json_int_t mtu = mtu_of(vmk);
	json_t *finding;
	size_t i;

	if (sw && mtu_of(sw) < mtu) {
		finding = doctor_find(doctor, name,
				      "%s has an MTU of %lld, its switch %s one of %lld: what is longer is dropped",
				      name, mtu, sw_name, mtu_of(sw));
		doctor_mend(finding, "vsctl switch set %s mtu %lld", doctor_quote(sw_name), mtu);
		return;
	}
	json_array_foreach(doctor->ports, i, port) {
		const char *device = vs_text_of(port, "device");

		if (!is_uplink(port) || !is_same_switch(port, vmk) || mtu_of(port) >= mtu)
			continue;
		finding = doctor_find(doctor, device,
				      "%s has an MTU of %lld, the uplink %s one of %lld: what is longer is dropped",
				      name, mtu, device, mtu_of(port));
		doctor_mend(finding, "ip link set dev %s mtu %lld", doctor_quote(device), mtu);
	}
}

static void check_mtu(struct doctor *doctor)
{
	const json_t *port;
	size_t i;

	json_array_foreach(doctor->ports, i, port)
		if (!strcmp(vs_text_of(port, "kind") ?: "", VS_KIND_VMKNIC))
			check_adapter(doctor, port);
}

/* The features of the kernel that a word of ethtool -K stands for, and how each should be */
static const struct offload {
	const char *feature;
	bool is_on;
	const char *word;
	const char *text;
} offloads[] = {
	{ "rx-lro", false, "lro", "LRO is on: frames that were joined cannot be forwarded" },
	{ "tx-tcp-segmentation", true, "tso", "TSO is off: the CPU cuts what guests send" },
	{ "tx-tcp6-segmentation", true, "tso",
	  "TSO is off for IPv6: the CPU cuts what guests send" },
	{ "tx-generic-segmentation", true, "gso",
	  "GSO is off: what guests send is cut before it passes the switch" },
	{ "tx-checksum-ip-generic", true, "tx",
	  "checksums are off: the CPU computes those of all frames" },
	{ "tx-checksum-ipv4", true, "tx",
	  "checksums are off: the CPU computes those of all frames" },
	{ "rx-gro", true, "gro", "GRO is off: each frame crosses the switch by itself" },
};

static void check_offloads(struct doctor *doctor)
{
	const char *device;
	json_t *features;
	size_t i;

	json_object_foreach(doctor->features, device, features) {
		const char *last = "";

		for (i = 0; i < ARRAY_SIZE(offloads); i++) {
			const struct offload *offload = &offloads[i];
			const json_t *now = json_object_get(features, offload->feature);

			if (!now || json_is_true(now) == offload->is_on ||
			    !strcmp(last, offload->word))
				continue;
			last = offload->word;
			doctor_mend(doctor_find(doctor, device, "%s: %s", device, offload->text),
				    "ethtool -K %s %s %s", doctor_quote(device), offload->word,
				    offload->is_on ? "on" : "off");
		}
	}
}

/* Nobody answers at an address there: the switch takes all that arrives. */
static void check_addresses(struct doctor *doctor, const json_t *uplink)
{
	const char *device = vs_text_of(uplink, "device"), *text;
	const json_t *address;
	size_t i;

	json_array_foreach(doctor->addresses, i, address) {
		text = vs_text_of(address, "address");
		if (!json_equal(json_object_get(address, "ifindex"),
				json_object_get(uplink, "ifindex")) || !strncmp(text, "fe80:", 5))
			continue;
		doctor_mend(doctor_find(doctor, device,
					"the uplink %s has the address %s, which nobody reaches: a VMkernel adapter should have it",
					device, text), "ip address del %s dev %s", text,
			    doctor_quote(device));
	}
}

static void check_managers(struct doctor *doctor, const json_t *uplink)
{
	const char *device = vs_text_of(uplink, "device"), *manager = NULL;
	json_int_t number = json_integer_value(json_object_get(uplink, "ifindex"));
	char path[64], line[DOCTOR_LINE];

	snprintf(path, sizeof(path), "run/systemd/netif/links/%lld", number);
	if (doctor_grep(doctor, path, "ADMIN_STATE=", line) && !strstr(line, "=unmanaged"))
		manager = "systemd-networkd";
	snprintf(path, sizeof(path), "run/NetworkManager/devices/%lld", number);
	if (doctor_grep(doctor, path, "managed=true", line))
		manager = "NetworkManager";
	if (manager)
		doctor_mend(doctor_find(doctor, device,
					"%s manages the uplink %s too, and may change it", manager,
					device), "systemctl reload-or-restart vsuite.service");
}

static void check_uplinks(struct doctor *doctor)
{
	const json_t *port;
	size_t i;

	json_array_foreach(doctor->ports, i, port) {
		if (!is_uplink(port))
			continue;
		check_addresses(doctor, port);
		check_managers(doctor, port);
	}
}

const struct doctor_check doctor_net_checks[] = {
	{ "mtu", check_mtu },
	{ "offloads", check_offloads },
	{ "uplinks", check_uplinks },
	{ NULL }
};
