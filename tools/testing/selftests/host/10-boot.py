#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G --timeout 400
# only: 6.12
"""A host with systemd comes back after a reboot as it was saved.

Its systemd is the first process of a PID namespace, with a network namespace, cgroups and a
root file system (a copy of the machine's) of its own.  Where its power fails, all of these go
but the file system, and so do the modules.
"""

import contextlib
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import Skip, contains, equal, run, test, wait_for
from net import Namespace
from tree import TOP

METRICS = "var/lib/prometheus/node-exporter"
SHOWN = ("switch", "portgroup", "uplink", "port", "vmk", "pvlan", "mirror")

TARGET = """
[Unit]
Requires=sysinit.target
Wants=vsuite.service systemd-networkd.service dev-vmem.mount vsuite-metrics.timer
After=sysinit.target vsuite.service systemd-networkd.service
AllowIsolate=yes
"""

# Those of the machine's other devices would take a minute.
FEW = """
[Service]
ExecStart=
ExecStart=udevadm trigger --action=add --subsystem-match=net --subsystem-match=block
"""

CATCH_ALL = """
[Match]
Name=*

[Network]
DHCP=ipv4
LinkLocalAddressing=no
"""

VMK = """
[Match]
Name=vmk0

[Network]
DHCP=ipv4
LinkLocalAddressing=no
"""

DHCPD = """
start 192.0.2.50
end 192.0.2.50
interface p0.10
lease_file /dev/null
option router 192.0.2.1
option dns 192.0.2.53
option subnet 255.255.255.0
"""

RIGHT = """
switches:
- name: vs0
  uplinks: [eth0, eth1]
  teaming: {active: [eth1], standby: [eth0]}
"""

HALF_WRONG = """
switches:
- name: vs1
  uplinks: [eth7]
- name: vs2
  portgroups: [{name: a, vlan: 5000}]
- name: vs3
  portgroups: [{name: a}]
  ports: [{device: tap7, portgroup: a}]
- name: vs4
  uplinks: [eth0]
  portgroups: [{name: b, vlan: 5}]
"""


class Host:
    """A host of two NICs, and what it is connected to: the namespace outside."""

    def __init__(self):
        if not os.path.exists("/lib/systemd/systemd-networkd"):
            raise Skip("missing tool: systemd")
        if not os.path.exists(f"{TOP}/scripts/install"):
            raise Skip("what is to be installed is not here: it takes the project's tree")
        self.top = pathlib.Path(tempfile.mkdtemp())
        subprocess.run(["mount", "-t", "tmpfs", "none", self.top], check=True)
        self.root = self.top / "root"
        for name in "upper", "work", "root":
            (self.top / name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "-o",
                        f"lowerdir=/,upperdir={self.top}/upper,workdir={self.top}/work",
                        "overlay", self.root], check=True)
        self.outside = Namespace("outside")
        self.space = self.init = None
        self.install()

    def install(self):
        subprocess.run([f"{TOP}/scripts/install", "--no-modules", "--prefix", "/usr",
                        "--destdir", self.root], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.root / "etc/systemd", ignore_errors=True)
        self.write("etc/systemd/system/test.target", TARGET)
        self.write("etc/systemd/network/90-all.network", CATCH_ALL)
        self.write("etc/systemd/system/systemd-udev-trigger.service.d/few.conf", FEW)
        self.write("etc/fstab", "")
        (self.root / METRICS).mkdir(parents=True, exist_ok=True)
        for unit in ("systemd-hwdb-update", "systemd-udev-settle", "systemd-journal-flush",
                     "systemd-sysusers", "systemd-timesyncd", "systemd-networkd-wait-online"):
            (self.root / f"etc/systemd/system/{unit}.service").symlink_to("/dev/null")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def plug(self, number):
        """A NIC, with its wire."""
        subprocess.run(["ip", "link", "add", f"eth{number}", "netns", "host", "type", "veth",
                        "peer", "name", f"p{number}", "netns", "outside"], check=True)
        self.outside.run("ip", "link", "set", f"p{number}", "up")

    def power_on(self, *nics):
        self.space = Namespace("host")
        for number in nics:
            self.plug(number)

    def boot(self):
        """systemd comes up; what the switches are must be known when it says so."""
        script = f"""
            mount --make-rprivate /
            cd {self.root}
            mount --rbind /lib/modules usr/lib/modules
            mount --rbind /dev dev
            mount -t proc proc proc
            mount -t sysfs sys sys
            mount -t cgroup2 cgroup sys/fs/cgroup
            mount -t tmpfs run run
            mount -t tmpfs tmp tmp
            exec chroot . /lib/systemd/systemd --unit=test.target --show-status=no
            """
        self.init = subprocess.Popen(self.space.command(
            "unshare", "--pid", "--mount", "--cgroup", "--ipc", "--uts", "--fork",
            "--kill-child", "sh", "-ec", script), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.call("systemctl", "is-active", "test.target").stdout == "active\n",
                 "the host's target", seconds=90, every=0.5)

    def pid(self):
        children = f"/proc/{self.init.pid}/task/{self.init.pid}/children"
        return pathlib.Path(children).read_text(encoding="ascii").split()[0]

    def call(self, *words):
        """Run a command on the host, which may have no systemd yet."""
        if self.init is None:
            return self.space.run("chroot", self.root, *words, check=False)
        try:
            return subprocess.run(["nsenter", "-t", self.pid(), "-a", "-r", "-w", *words], check=False,
                                  capture_output=True, text=True)
        except (IndexError, FileNotFoundError):
            return subprocess.CompletedProcess(words, 1, "", "it has no first process")

    def do(self, *words):
        done = self.call(*words)
        equal((done.returncode, done.stderr), (0, ""), f"{' '.join(words)}: status, errors")
        return done.stdout

    def shown(self):
        return "\n".join(self.do("vsctl", word) for word in SHOWN)

    def power_off(self):
        """Without a warning"""
        if self.init:
            self.init.send_signal(signal.SIGKILL)
            self.init.wait()
            self.init = None
        if self.space:
            self.space.delete()
            self.space = None
        for module in "vswitch", "vmfs", "vmem":
            wait_for(lambda name=module: not os.path.exists(f"/sys/module/{name}") or
                     not subprocess.run(["rmmod", name], capture_output=True,
                                        check=False).returncode, f"{module} to go")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.power_off()
        self.outside.delete()
        subprocess.run(["umount", self.root, self.top], check=True)
        self.top.rmdir()


def dhcp_server(outside):
    """In VLAN 10 of the first wire"""
    outside.run("ip", "link", "add", "link", "p0", "name", "p0.10", "type", "vlan", "id", "10")
    outside.run("ip", "address", "add", "192.0.2.1/24", "dev", "p0.10")
    outside.run("ip", "link", "set", "p0.10", "up")
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(DHCPD)
    return subprocess.Popen(outside.command("busybox", "udhcpd", "-f", file.name),
                            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def disk():
    """A disk of the host: its name"""
    blocks = "/sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*:*/block/*"
    subprocess.run(["modprobe", "sd_mod"], check=True)
    subprocess.run(["modprobe", "scsi_debug", "dev_size_mb=300"], check=True)
    try:
        yield os.path.basename(wait_for(lambda: glob.glob(blocks), "the disk")[0])
    finally:
        subprocess.run(["modprobe", "-r", "scsi_debug"], check=True)


def setup_of(host, device):
    """What networkd makes of a device; networkctl would need D-Bus."""
    index = host.do("cat", f"/sys/class/net/{device}/ifindex").strip()
    lines = host.call("cat", f"/run/systemd/netif/links/{index}").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line).get("ADMIN_STATE")


def usable(host, *uplinks):
    states = {row["device"]: row["state"] for row in json.loads(host.do("vsctl", "-j", "uplink"))}
    return all(states[uplink] == "usable" for uplink in uplinks)


def comes_back(host, before):
    """All of it, in time"""
    wait_for(lambda: "192.0.2.50/24" in host.do("vsctl", "vmk"), "DHCP", seconds=60, every=0.5)
    wait_for(lambda: usable(host, "eth0", "eth1"), "the uplinks")
    equal(host.shown(), before, "what vsctl shows")
    contains(host.do("ip", "route"), "default via 192.0.2.1 dev vmk0", "routes")
    contains(host.do("sh", "-c", "cat /run/systemd/netif/links/*"), "192.0.2.53", "leases")
    host.outside.run("ping", "-c", "1", "-W", "10", "192.0.2.50")
    equal([setup_of(host, device) for device in ("eth0", "eth1", "vs0", "vmk0", "vmk1")],
          ["unmanaged", "unmanaged", "unmanaged", "configured", "unmanaged"],
          "what networkd manages")
    equal(host.do("systemctl", "is-active", "vsuite.service"), "active\n", "service")
    equal(host.do("findmnt", "-no", "FSTYPE", "/dev/vmem"), "vmem\n", "file system")
    wait_for(lambda: host.call("findmnt", "-no", "FSTYPE", "/vmfs/volumes/ds1").stdout ==
             "vmfs\n", "the datastore", seconds=40, every=0.5)
    told = r'vsuite_uplink_state{switch="vs0",port="1",device="eth0",state="usable"} 1\n'
    wait_for(lambda: re.search(told, host.call("cat", f"/{METRICS}/vsuite.prom").stdout),
             "metrics", seconds=60, every=1)


@test
def as_it_was_saved(host):
    """The switches are as they were, byte for byte; datastore, /dev/vmem and DHCP are there."""
    host.power_on(0, 1)
    for words in ("switch add vs0 mtu 9000", "uplink add vs0 eth0", "uplink add vs0 eth1",
                  "switch set vs0 active eth0 standby eth1", "portgroup add vs0 mgmt vlan 10",
                  "portgroup add vs0 VMs vlan 20 promiscuous accept", "vmk add vs0 vmk0 portgroup mgmt services management",
                  "vmk add vs0 vmk1 portgroup VMs address 198.51.100.1/24"):
        host.do("vsctl", *words.split())
    host.do("ip", "tuntap", "add", "tap0", "mode", "tap")
    host.do("vsctl", "port", "add", "vs0", "tap0", "portgroup", "VMs")
    saved = host.do("vsctl", "save")
    equal("tap0" in saved, False, "a guest's tap in the file")
    host.write("etc/vsuite/host.yaml", saved)
    host.write("etc/systemd/network/10-vmk0.network", VMK)
    host.do("ip", "link", "del", "tap0")
    host.do("ip", "address", "add", "192.0.2.50/24", "dev", "vmk0", "valid_lft", "999",
            "preferred_lft", "999")     # as DHCP gives it
    wait_for(lambda: usable(host, "eth0", "eth1"), "the uplinks")
    before = host.shown()
    host.power_off()
    with disk() as name:
        subprocess.run(["mkfs.vmfs", "-q", "-L", "ds1", f"/dev/{name}"], check=True)
        host.power_on(0, 1)
        server = dhcp_server(host.outside)
        try:
            host.boot()
            comes_back(host, before)
        finally:
            server.kill()
            server.wait()
            host.call("umount", "/vmfs/volumes/ds1")
            host.power_off()


@test
def what_is_right_comes_up(host):
    """With a NIC missing, which is plugged in later, and with a file that is half wrong"""
    host.write("etc/vsuite/a.yaml", RIGHT)
    host.write("etc/vsuite/b.yaml", HALF_WRONG)
    host.write("etc/vsuite/c.yaml", "switches: [")
    host.power_on(0)
    host.boot()
    equal(host.call("systemctl", "is-failed", "vsuite.service").stdout, "failed\n", "service")
    says = host.do("journalctl", "-u", "vsuite.service", "-o", "cat")
    for part in ("/etc/vsuite/b.yaml: switches[1].portgroups[0].vlan: 5000", "device tap7 is not",
                 "eth0 is listed twice", "/etc/vsuite/c.yaml:2:"):
        contains(says, part, "journal")
    equal([line.split()[0] for line in host.do("vsctl", "switch").splitlines()[1:]],
          ["vs0", "vs1", "vs3"], "switches")
    wait_for(lambda: usable(host, "eth0"), "the uplink that is there")
    for _ in range(2):
        equal(usable(host, "eth1"), False, "absent")
        host.plug(1)
        wait_for(lambda: usable(host, "eth0", "eth1"), "the uplink that was plugged in")
        wait_for(lambda: setup_of(host, "eth1") == "unmanaged", "networkd to see it")
        host.do("ip", "link", "del", "eth1")


run(Host)
