// SPDX-License-Identifier: GPL-2.0
/* What vsctl doctor finds on hosts that are made up: files below a folder, and switches */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libvs/json.h"
#include "../vsctl/doctor.h"
#include "unit.h"

static char folder[32];

static struct doctor new_host(void)
{
	strcpy(folder, "/tmp/vsuite-doctor.XXXXXX");
	if (!mkdtemp(folder))
		abort();
	return (struct doctor){
		.root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.findings = json_array(),
		.is_synchronized = true,
	};
}

/* A file of the host; folders on the way are made. */
static void put(const struct doctor *host, const char *path, const char *text)
{
	char part[256];
	const char *slash = path;
	int fd;

	while ((slash = strchr(slash, '/'))) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash++ - path), path);
		mkdirat(host->root, part, 0755);
	}
	fd = openat(host->root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* [object, mend] of all that one check finds, and nothing else does */
static json_t *findings(struct doctor *host, const struct doctor_check *checks, const char *name)
{
	json_t *list = json_array();
	const json_t *finding;
	size_t i;

	json_array_clear(host->findings);
	for (; checks->name; checks++) {
		host->check = checks->name;
		if (!strcmp(checks->name, name))
			checks->fn(host);
	}
	json_array_foreach(host->findings, i, finding) {
		SAME(vs_text_of(finding, "check"), name);
		json_array_append_new(list, json_pack("[O, O]", json_object_get(finding, "object"),
						      json_object_get(finding, "mend")));
	}
	return list;
}

/* Where it has quotes, which unit_json() would take for others */
static const char *mend_of(const struct doctor *host, size_t number)
{
	return vs_text_of(json_array_get(host->findings, number), "mend");
}

static void end(struct doctor *host)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	CHECK(!system(command));
	close(host->root);
	json_decref(host->findings);
	json_decref(host->switches);
	json_decref(host->ports);
	json_decref(host->features);
	json_decref(host->addresses);
}

#define HOST(name, want)	SAME_JSON(findings(&host, doctor_host_checks, name), want)
#define NET(name, want)		SAME_JSON(findings(&host, doctor_net_checks, name), want)
#define DISK(name, want)	SAME_JSON(findings(&host, doctor_disk_checks, name), want)

static void kernel(void)
{
	struct doctor host = new_host();

	put(&host, "proc/sys/kernel/osrelease", "5.10.0-30-amd64\n");
	HOST("kernel", "[['5.10.0-30-amd64', 'apt install linux-image-amd64']]");
	put(&host, "proc/sys/kernel/osrelease", "6.12.1\n");
	HOST("kernel", "[]");
	put(&host, "proc/sys/kernel/tainted", "12289\n");	/* P, O, E: modules of others */
	HOST("taint", "[]");
	put(&host, "proc/sys/kernel/tainted", "12928\n");	/* D, W too */
	HOST("taint", "[[null, 'systemctl reboot'], [null, 'systemctl reboot']]");
	end(&host);
}

static void modules(void)
{
	struct doctor host = new_host();

	put(&host, "proc/sys/kernel/osrelease", "6.1.0-9\n");
	put(&host, "lib/modules/6.1.0-9/modules.dep",
	    "updates/vswitch.ko:\nupdates/dkms/vmfs.ko.xz:\nupdates/vmem.ko:\n");
	put(&host, "sys/module/tps/refcnt", "0\n");
	HOST("modules", "[['6.1.0-9', 'apt install vsuite-dkms linux-headers-6.1.0-9']]");
	HOST("headers", "[]");
	put(&host, "var/lib/dkms/vsuite/1/x", "");
	HOST("modules", "[['6.1.0-9', 'dkms autoinstall -k 6.1.0-9']]");
	HOST("headers", "[['6.1.0-9', 'apt install linux-headers-6.1.0-9']]");
	put(&host, "sys/module/balloon/refcnt", "0\n");
	put(&host, "lib/modules/6.1.0-9/build/Makefile", "");
	HOST("modules", "[]");
	HOST("headers", "[]");
	end(&host);
}

static void secure_boot(void)
{
	struct doctor host = new_host();

	put(&host, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	HOST("secure-boot", "[]");
	put(&host, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	HOST("secure-boot", "[[null, 'apt install --reinstall vsuite-dkms']]");
	put(&host, "var/lib/dkms/mok.pub", "");
	HOST("secure-boot",
	     "[[null, 'mokutil --import /var/lib/dkms/mok.pub && systemctl reboot']]");
	put(&host, "sys/module/vmfs/refcnt", "0\n");
	HOST("secure-boot", "[]");
	end(&host);
}

static void memory(void)
{
	struct doctor host = new_host();

	put(&host, "sys/kernel/mm/ksm/run", "1\n");
	HOST("ksm", "[]");
	HOST("vmem", "[]");
	put(&host, "sys/module/tps/refcnt", "0\n");
	put(&host, "sys/module/vmem/refcnt", "0\n");
	HOST("ksm", "[[null, 'echo 0 >/sys/kernel/mm/ksm/run']]");
	put(&host, "usr/sbin/ksmtuned", "");
	HOST("ksm", "[[null, 'systemctl disable --now ksmtuned; echo 0 >/sys/kernel/mm/ksm/run']]");
	put(&host, "sys/kernel/mm/ksm/run", "2\n");
	HOST("ksm", "[]");
	put(&host, "proc/self/mounts", "udev /dev devtmpfs rw 0 0\nvmem /run/vmem vmem rw 0 0\n");
	HOST("vmem", "[['/dev/vmem', 'mkdir -p /dev/vmem && mount -t vmem none /dev/vmem']]");
	put(&host, "run/systemd/system/x", "");
	HOST("vmem", "[['/dev/vmem', 'systemctl enable --now dev-vmem.mount']]");
	put(&host, "proc/self/mounts", "udev /dev devtmpfs rw 0 0\nvmem /dev/vmem vmem rw 0 0\n");
	HOST("vmem", "[]");
	end(&host);
}

static void clock_and_qemu(void)
{
	struct doctor host = new_host();

	put(&host, "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	put(&host, "sys/devices/system/clocksource/clocksource0/available_clocksource",
	    "tsc hpet\n");
	host.is_synchronized = false;
	HOST("clock", "[['hpet', 'echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource'],"
	     " [null, 'apt install chrony']]");
	put(&host, "sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
	host.is_synchronized = true;
	HOST("clock", "[]");
	put(&host, "var/lib/dpkg/status",
	    "Package: qemu-system-x86\nStatus: deinstall ok config-files\nVersion: 1:5.2\n\n"
	    "Package: bc\nStatus: install ok installed\nVersion: 1.0\n");
	HOST("qemu", "[]");
	put(&host, "var/lib/dpkg/status",
	    "Package: qemu-system-x86\nStatus: install ok installed\nVersion: 1:5.2+dfsg-11\n");
	HOST("qemu", "[['qemu-system-x86', 'apt install qemu-system-x86']]");
	put(&host, "var/lib/dpkg/status",
	    "Package: qemu-system-x86\nStatus: install ok installed\nVersion: 1:10.0+ds-2\n");
	HOST("qemu", "[]");
	end(&host);
}

static void along_the_way(void)
{
	struct doctor host = new_host();

	host.switches = unit_json("[{'name': 'v', 'mtu': 9000}, {'name': 'w', 'mtu': 1500}]");
	host.ports = unit_json("[{'switch': 'v', 'device': 'vmk0', 'kind': 'vmknic', 'mtu': 9000},"
			       " {'switch': 'v', 'device': 'eth0', 'role': 'uplink', 'mtu': 9000},"
			       " {'switch': 'v', 'device': 'eth1', 'role': 'uplink', 'mtu': 1500},"
			       " {'switch': 'v', 'device': 'eth2', 'role': 'uplink', 'mtu': 0,"
			       "  'state': 'absent'},"
			       " {'switch': 'w', 'device': 'eth3', 'role': 'uplink', 'mtu': 1500},"
			       " {'switch': 'w', 'device': 'vmk1', 'kind': 'vmknic', 'mtu': 2000}]");
	NET("mtu", "[['eth1', 'ip link set dev eth1 mtu 9000'],"
	    " ['vmk1', 'vsctl switch set w mtu 2000']]");
	host.features = unit_json("{'eth0': {'rx-lro': true, 'tx-tcp-segmentation': true},"
				  " 'a;b': {'rx-lro': false, 'tx-tcp-segmentation': false,"
				  "         'tx-tcp6-segmentation': false}}");
	json_decref(findings(&host, doctor_net_checks, "offloads"));
	CHECK(json_array_size(host.findings) == 2);
	SAME(mend_of(&host, 0), "ethtool -K eth0 lro off");
	SAME(mend_of(&host, 1), "ethtool -K 'a;b' tso on");
	end(&host);
}

static void of_others(void)
{
	struct doctor host = new_host();

	host.ports = unit_json("[{'device': 'eth0', 'role': 'uplink', 'ifindex': 2},"
			       " {'device': 'eth1', 'role': 'uplink', 'ifindex': 3},"
			       " {'device': 'tap0', 'role': 'client', 'ifindex': 4}]");
	host.addresses = unit_json("[{'ifindex': 2, 'address': '192.0.2.1/24'},"
				   " {'ifindex': 2, 'address': 'fe80::1/64'},"
				   " {'ifindex': 4, 'address': '192.0.2.2/24'}]");
	put(&host, "run/systemd/netif/links/2", "NAME=eth0\nADMIN_STATE=unmanaged\n");
	put(&host, "run/systemd/netif/links/3", "NAME=eth1\nADMIN_STATE=configured\n");
	put(&host, "run/NetworkManager/devices/2", "[device]\nmanaged=true\n");
	NET("uplinks", "[['eth0', 'ip address del 192.0.2.1/24 dev eth0'],"
	    " ['eth0', 'systemctl reload-or-restart vsuite.service'],"
	    " ['eth1', 'systemctl reload-or-restart vsuite.service']]");
	end(&host);
}

#define MEND_ISCSI(session) \
	"'iscsiadm -m node -T iqn.a:b -o update -n node.session.timeo.replacement_timeout -v 5;" \
	" echo 5 >/sys/class/iscsi_session/" session "/recovery_tmo'"

static void time_outs(void)
{
	struct doctor host = new_host();

	put(&host, "sys/class/iscsi_session/session1/recovery_tmo", "120\n");
	put(&host, "sys/class/iscsi_session/session1/targetname", "iqn.a:b\n");
	put(&host, "sys/class/iscsi_session/session2/recovery_tmo", "5\n");
	put(&host, "sys/class/iscsi_session/session3/recovery_tmo", "-1\n");
	put(&host, "sys/class/iscsi_session/session3/targetname", "iqn.a:b\n");
	DISK("iscsi", "[['session1', " MEND_ISCSI("session1") "],"
	     " ['session3', " MEND_ISCSI("session3") "]]");
	put(&host, "etc/multipath.conf", "defaults {\n\t#no_path_retry queue\n\tno_path_retry 4\n}\n");
	DISK("multipath", "[]");
	put(&host, "etc/multipath.conf", "#no_path_retry fail\ndefaults {\n\tno_path_retry queue\n}\n");
	json_decref(findings(&host, doctor_disk_checks, "multipath"));
	SAME(mend_of(&host, 0),
	     "sed -i 's/no_path_retry.*/no_path_retry fail/' /etc/multipath.conf && multipathd reconfigure");
	end(&host);
}

const struct test doctor_tests[] = {
	{ "doctor_kernel", kernel },
	{ "doctor_modules", modules },
	{ "doctor_secure_boot", secure_boot },
	{ "doctor_memory", memory },
	{ "doctor_clock_and_qemu", clock_and_qemu },
	{ "doctor_along_the_way", along_the_way },
	{ "doctor_of_others", of_others },
	{ "doctor_time_outs", time_outs },
	{ NULL }
};
