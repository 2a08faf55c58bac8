#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
# lab: --cpus 2 --memory 2G --timeout 600
"""Real guests: QEMU with virtio-net on taps, one of them with two queues and
vhost-net; the DHCP server and the router are on another port.

The guests run this kernel with busybox, under KVM where the machine has it.  An emulated
machine resets itself or hangs now and then with two guests of KVM inside, whatever their
memory is; there they are emulated, too.
"""

import contextlib
import ipaddress
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from guest import check_runs
from ktap import Skip, check, contains, diag, equal, run, test, wait_for
from net import Wire

ROUTER = "fe80::1"
PREFIX = ipaddress.ip_network("2001:db8:20::/64")
ALL_NODES = "33:33:00:00:00:01"
CHANGED = "02:77:00:00:00:01"
SIZE = 4 << 20
WIRE_FRAME = 1514       # bytes; a mean above it means that uncut segments passed

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /usr/bin /usr/sbin /sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do
	insmod "/modules/$module"
done </modules/order
# As full as a segment can be, however slowly it leaves
sysctl -w net.ipv4.tcp_min_tso_segs=44 >/dev/null
ip link set lo up
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
echo ready
while read -r command; do
	eval "$command"
done
"""

# What udhcpc does with a lease
LEASE = """#!/bin/sh
[ "$1" != bound ] || ip address add "$ip/$mask" dev "$interface"
"""


def make_initramfs(folder):
    """busybox, the modules for virtio-net, and the scripts above."""
    root, release = os.path.join(folder, "root"), os.uname().release
    os.makedirs(f"{root}/bin")
    os.makedirs(f"{root}/modules")
    shutil.copy("/bin/busybox", f"{root}/bin")
    for name, text in (("init", INIT), ("lease", LEASE)):
        with open(f"{root}/{name}", "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(f"{root}/{name}", 0o755)
    listed = subprocess.run(["modprobe", "-S", release, "--show-depends", "-a", "virtio_pci",
                             "virtio_net"], check=True, capture_output=True, text=True).stdout
    paths = dict.fromkeys(line.split()[1] for line in listed.splitlines()
                          if line.startswith("insmod"))
    with open(f"{root}/modules/order", "w", encoding="ascii") as order:
        for path in paths:
            name = os.path.basename(path).removesuffix(".xz")
            unpack = "xz -dc" if path.endswith(".xz") else "cat"
            subprocess.run(f"{unpack} {path} >{root}/modules/{name}", shell=True, check=True)
            order.write(name + "\n")
    image = os.path.join(folder, "initramfs")
    subprocess.run(f"find . | cpio -o -H newc --quiet >{image}", shell=True, check=True, cwd=root)
    return image


def accelerators():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        emulated = "QEMU TCG" in file.read()
    return ([] if emulated else ["-accel", "kvm"]) + ["-accel", "tcg"]


class Guest:
    """A virtual machine on a tap; run() runs a command in it."""

    def __init__(self, net, folder, number, queues=1):
        self.net, self.number, self.name = net, number, f"tap{number}"
        self.mac, self.address = f"02:20:00:00:00:{number:02x}", f"10.20.0.{100 + number}"
        kind = ["multi_queue"] if queues > 1 else []
        subprocess.run(["ip", "tuntap", "add", "dev", self.name, "mode", "tap", "vnet_hdr", *kind],
                       check=True)
        net.links.set(self.name, master=net.switch)
        net.links.set(self.name, up=True)
        self.index = socket.if_nametoindex(self.name)
        self.set(portgroup="guests", mac=[self.mac])
        self.log = os.path.join(folder, f"{self.name}.log")
        self.process = self.start(folder, queues)
        self.serial = self.connect(os.path.join(folder, f"{self.name}.serial"))
        self.qmp = self.connect(os.path.join(folder, f"{self.name}.qmp")).makefile("rw")
        self.marks = itertools.count(1)

    def start(self, folder, queues):
        netdev = f"tap,id=net,ifname={self.name},script=no,downscript=no"
        card = f"virtio-net-pci,id=card,netdev=net,romfile=,mac={self.mac}"
        if queues > 1:
            netdev += f",queues={queues},vhost=on"
            card += f",mq=on,vectors={2 * queues + 2}"
        with open("/proc/cmdline", encoding="ascii") as file:
            clock = re.findall(r"tsc\S*", file.read())
        with open(self.log, "wb") as log:
            return subprocess.Popen(
                ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
                 "none", *accelerators(), "-cpu", "max", "-smp", str(queues), "-m", "128M",
                 "-kernel", f"/boot/vmlinuz-{os.uname().release}",
                 "-initrd", os.path.join(folder, "initramfs"), "-append",
                 " ".join(["earlyprintk=ttyS0 console=ttyS0 loglevel=4 panic=-1 mitigations=off",
                           "net.ifnames=0", *clock]),
                 "-serial", f"file:{self.log}.console",
                 "-serial", f"unix:{folder}/{self.name}.serial,server=on,wait=on",
                 "-qmp", f"unix:{folder}/{self.name}.qmp,server=on,wait=off",
                 "-netdev", netdev, "-device", card],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, range(os.cpu_count())))

    def connect(self, path):
        sock = socket.socket(socket.AF_UNIX)

        def connected():
            self.check_runs()
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                sock.connect(path)
                return True
        wait_for(connected, f"QEMU of {self.name} to open {path}")
        return sock

    def check_runs(self):
        check_runs(self.process, self.name, self.logs())

    def logs(self):
        """The last that QEMU and the guest's kernel said."""
        text = ""
        for path in (self.log, f"{self.log}.console"):
            with contextlib.suppress(FileNotFoundError), \
                    open(path, encoding="utf-8", errors="replace") as file:
                text += "".join(f"{line}\n" for line in file.read().splitlines()[-20:])
        return text

    def await_line(self, pattern, what, seconds):
        """Read until a line matches; the match, with all that was read as its string."""
        self.serial.settimeout(seconds)
        text = ""
        try:
            while not (found := re.search(pattern, text)):
                received = self.serial.recv(65536).decode(errors="replace")
                if not received:
                    self.process.wait()
                    self.check_runs()
                text += received
        except TimeoutError:
            check(False, f"{self.name}: waited in vain for {what}: {text!r}\n{self.logs()}")
        return found

    def await_boot(self):
        """Its serial port forgets what comes before the guest has opened it."""
        self.await_line("ready\n", "the guest to start", 600)

    def run(self, command, seconds=60, may_fail=False):
        """Run a command in the guest's shell; what it printed."""
        mark = f"@{next(self.marks)}@"
        self.serial.sendall(f"{{ {command}; }} </dev/null; echo {mark}$?\n".encode())
        done = self.await_line(mark + r"(\d+)\n", command, seconds)
        text = done.string[:done.start()]
        check(may_fail or done[1] == "0", f"{self.name}: {command!r} failed: {text}")
        return text

    def ask(self, command, **arguments):
        """A QMP command; its answer."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.qmp.flush()
            for line in self.qmp:
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
                check("error" not in answer, f"{command}: {answer}")
        self.process.wait(10)
        self.check_runs()
        return None

    def programmed(self):
        """The address that the guest programmed into its adapter."""
        return self.ask("query-rx-filter", name="card")[0]["main-mac"]

    def set(self, **attributes):
        self.net.api.do("port-set", switch=self.net.switch, ifindex=self.index, **attributes)

    def port(self):
        return self.net.api.do("port-get", switch=self.net.switch, ifindex=self.index)

    def stats(self):
        return lab.flat_stats(self.port()["stats"])

    def pings(self, address, works=True, cpu=0):
        """Ping; it gets all answers, or none."""
        count, patience = (3, 20) if works else (2, 1)
        text = self.run(f"taskset {1 << cpu:x} ping -c {count} -W {patience} {address}",
                        may_fail=True)
        contains(text, f" {count if works else 0} packets received",
                 f"ping from {self.name} to {address}")

    def use_mac(self, mac):
        """Change the address of the adapter; addresses of IPv4 stay."""
        self.run(f"ip link set eth0 down; ip link set eth0 address {mac}; ip link set eth0 up; "
                 "ip neigh flush dev eth0")
        equal(self.programmed(), mac, "address that QEMU was told")

    def close(self):
        self.process.kill()
        self.process.wait()


class Server:
    """A namespace on a port: DHCP server, and a router's advertisements."""

    def __init__(self, net, folder, guests):
        self.space = net.namespace("server")
        net.links.add_veth("v-server", "eth0", self.space.fd)
        net.links.set("v-server", master=net.switch)
        net.links.set("v-server", up=True)
        subprocess.run(["ip", "-n", "server", "-batch", "-"], check=True, text=True,
                       input="link set eth0 up\naddress add 10.20.0.1/24 dev eth0\n")
        self.mac = self.space.run("cat", "/sys/class/net/eth0/address").stdout.strip()
        net.api.do("port-set", switch=net.switch, ifindex=socket.if_nametoindex("v-server"),
                   portgroup="guests", mac=[self.mac])
        self.wire = self.space.enter(Wire, "eth0")
        config, self.leases = f"{folder}/udhcpd.conf", f"{folder}/leases"
        with open(self.leases, "w", encoding="ascii"):
            pass
        with open(config, "w", encoding="ascii") as file:
            file.write(f"interface eth0\nstart 10.20.0.101\nend 10.20.0.120\nlease_file "
                       f"{self.leases}\npidfile {folder}/pid\noption subnet 255.255.255.0\n")
            for guest in guests:
                file.write(f"static_lease {guest.mac} {guest.address}\n")
        self.process = subprocess.Popen(self.space.command("busybox", "udhcpd", "-f", config),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def await_solicitation(self, guest):
        """A router solicitation (RFC 4861, 4.1) of a guest arrives here."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            frame = self.wire.receive(5)
            if frame and frame[6:12] == frames.mac_bytes(guest.mac) and \
                    frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 133:
                return
        check(False, f"no router solicitation of {guest.name}")

    def advertise(self):
        """A router advertisement (RFC 4861, 4.2) with a prefix for addresses."""
        source, target = (ipaddress.ip_address(text).packed for text in (ROUTER, "ff02::1"))
        options = struct.pack("!BB", 1, 1) + frames.mac_bytes(self.mac)
        options += struct.pack("!BBBBIII", 3, 4, PREFIX.prefixlen, 0xc0, 3600, 1800, 0) + \
            PREFIX.network_address.packed
        body = struct.pack("!BBHII", 64, 0, 1800, 0, 0) + options
        pseudo = source + target + struct.pack("!II", 4 + len(body), 58)
        checksum = frames.checksum(pseudo + struct.pack("!BBH", 134, 0, 0) + body)
        packet = struct.pack("!BBH", 134, 0, checksum) + body
        header = struct.pack("!IHBB", 6 << 28, len(packet), 58, 255) + source + target
        self.wire.send(frames.eth(ALL_NODES, self.mac, header + packet, ethertype=0x86dd))

    def close(self):
        self.process.kill()
        self.process.wait()


class Setup:
    """Two guests and a server in one VLAN, made once: booting takes its time."""

    def __init__(self):
        if not shutil.which("qemu-system-x86_64"):
            raise Skip("missing tool qemu-system-x86_64")
        for module in ("kvm_amd", "kvm_intel", "tun", "vhost_net"):
            subprocess.run(["modprobe", "-q", module], check=not module.startswith("kvm"))
        start = time.monotonic()
        self.folder = tempfile.mkdtemp()
        make_initramfs(self.folder)
        self.net = lab.Lab()
        self.net.portgroup("guests", vlan=20, snooping=1)
        self.guests = [Guest(self.net, self.folder, 1), Guest(self.net, self.folder, 2, queues=2)]
        self.server = Server(self.net, self.folder, self.guests)
        for guest in self.guests:
            guest.ask("qmp_capabilities")
            guest.await_boot()
        diag(f"two guests after {time.monotonic() - start:.0f} s, "
             f"KVM: {self.guests[0].ask('query-kvm')['enabled']}")

    def set_security(self, **policies):
        self.net.set_portgroup("guests", security={name.replace("_", "-"): value
                                                   for name, value in policies.items()})

    def close(self):
        for part in (*self.guests, self.server):
            part.close()
        self.net.__exit__()


made = []


@contextlib.contextmanager
def setup():
    if not made:
        made.append(Setup())
    yield made[0]


def finish():
    for each in made:
        each.close()
    lab.close()


@test
def addresses_by_dhcp(net):
    """From a server on another port."""
    for guest in net.guests:
        guest.run("ip link set eth0 up && udhcpc -i eth0 -n -q -f -t 10 -T 2 -s /lease")
        contains(guest.run("ip -4 address show dev eth0"), f" {guest.address}/24 ",
                 f"address of {guest.name}")


@test
def reach_each_other(net):
    """And the server, by IPv4 and ARP."""
    one, two = net.guests
    one.pings(two.address)
    two.pings(one.address)
    for guest in net.guests:
        guest.pings("10.20.0.1")
    # A report of multicast groups is for routers, and there is none.
    drops = {name for name in one.stats() if name.startswith("drop")}
    equal(drops - {"drop no-receiver"}, set(), "drops")


def slaac(guest):
    """The address that a guest makes of the prefix and its MAC (RFC 4291, appendix A)."""
    mac = bytearray(frames.mac_bytes(guest.mac))
    mac[0] ^= 2
    return PREFIX[int.from_bytes(bytes(mac[:3]) + b"\xff\xfe" + bytes(mac[3:]), "big")]


@test
def router_advertisement_and_neighbours(net):
    """Guests solicit; the answer gives them addresses, with which they find each
    other, through multicast groups that the switch snooped."""
    for guest in net.guests:
        net.server.wire.take_all()
        guest.run("ip link set eth0 down; ip link set eth0 up")
        net.server.await_solicitation(guest)
    net.server.advertise()
    for guest in net.guests:
        wait_for(lambda g=guest: re.search(rf"inet6 {slaac(g)}/64 scope global (?!.*tentative)",
                                           g.run("ip -6 address show dev eth0")),
                 f"{guest.name} to have {slaac(guest)}", 30)
        contains(guest.run("ip -6 route"), f"default via {ROUTER} ", f"routes of {guest.name}")
    one, two = net.guests
    one.pings(slaac(two))
    two.pings(slaac(one))
    contains(one.run("ip -6 neigh"), f"lladdr {two.mac}", f"neighbours of {one.name}")


@test
def large_frames(net):
    """TCP between guests passes in segments that nobody cut, with all bytes."""
    one, two = net.guests
    digest = one.run(f"head -c {SIZE} /dev/urandom >/tmp/data; md5sum </tmp/data")
    before = two.stats()
    # nc says that it has nothing to send when its input ends: it must not.
    two.run("mkfifo /tmp/silence; nc -l -p 5001 <>/tmp/silence >/tmp/data & true")
    one.run(f"for i in 1 2 3 4 5; do nc {two.address} 5001 </tmp/data && break; sleep 1; done")
    equal(two.run("wait; md5sum </tmp/data"), digest, "what was received")
    got = lab.difference(before, two.stats())
    mean = got["out-unicast-bytes"] / got["out-unicast-packets"]
    diag(f"{got['out-unicast-packets']} frames of {mean:.0f} bytes on average")
    check(mean > WIRE_FRAME, f"frames had {mean:.0f} bytes on average")


@test
def two_queues(net):
    """What a CPU of the guest sends goes through its queue, and the answer comes
    back through the same."""
    one, two = net.guests

    def interrupts():
        found = re.findall(r"^ *\d+:((?: +\d+)+) .*virtio\d+-input\.(\d)$",
                           two.run("cat /proc/interrupts"), re.M)
        return {int(queue): sum(map(int, counts.split())) for counts, queue in found}

    for cpu in (0, 1):
        before = interrupts()
        equal(set(before), {0, 1}, "queues of the guest")
        two.pings(one.address, cpu=cpu)
        after = interrupts()
        check(after[cpu] >= before[cpu] + 3, f"queue {cpu}: {before} before, {after} afterwards")


@test
def changed_mac_rejected(net):
    """What it sends is forged; where an agent tells of the change, it receives
    nothing either; the old address is good again at once."""
    one, two = net.guests
    for source in ("static", "observed", "agent"):
        net.set_security(mac_source=source, mac_changes="reject")
        one.use_mac(CHANGED)
        before = one.stats()
        one.pings(two.address, works=False)
        got = lab.difference(before, one.stats())
        check(got.get("drop forged-source"), f"{source}: {got}")
    one.set(effective_mac=one.programmed())
    before = one.stats()
    two.pings(one.address, works=False)
    got = lab.difference(before, one.stats())
    equal({name for name in got if name.startswith("out")}, set(), "what it received")
    one.use_mac(one.mac)
    one.set(effective_mac=one.programmed())
    one.pings(two.address)


@test
def changed_mac_accepted(net):
    """By what the agent says, or by what the guest sends; then the old one is forged."""
    one, two = net.guests
    for source in ("agent", "observed"):
        net.set_security(mac_source=source, mac_changes="accept")
        one.use_mac(CHANGED)
        if source == "agent":
            one.set(effective_mac=one.programmed())
        one.pings(two.address)
        two.pings(one.address)
        wait_for(lambda: one.port().get("effective-mac") == CHANGED,
                 f"{source}: effective address to be {CHANGED}")
        contains(two.run("ip neigh"), f"lladdr {CHANGED}", f"neighbours of {two.name}")
        one.use_mac(one.mac)
        if source == "agent":
            one.set(effective_mac=one.programmed())
        one.pings(two.address)


run(setup, finish)
