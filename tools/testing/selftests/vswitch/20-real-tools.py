#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --cpus 2
"""The tools that people use: ping, iperf3, tcpdump."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from ktap import check, diag, equal, run, test, wait_for

MEGABYTE = 1 << 20
# What a test sends over TCP, in bytes: at a tenth of the speed, some of it is enough.
SIZE = (1 if os.environ.get("LAB_KERNEL") == "debug" else 32) * MEGABYTE
BUFFER = MEGABYTE // 16


class Guest:
    """A namespace with one NIC, eth0, on a port of the switch."""

    def __init__(self, net, name, portgroup, address, role=None, vlan=None):
        self.net, self.name, self.address = net, name, address
        self.namespace = net.namespace(name)
        self.namespace.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0",
                           "net.ipv6.conf.default.disable_ipv6=0")
        self.ifindex = net.links.add_veth(f"v-{name}", "eth0", self.namespace.fd)
        net.links.set(f"v-{name}", master=net.switch)
        net.links.set(f"v-{name}", up=True)
        device = self.addresses(vlan)
        self.mac = self.namespace.run("cat", f"/sys/class/net/{device}/address").stdout.strip()
        if role:
            self.set(role=role)
        else:
            self.set(portgroup=portgroup, mac=[self.mac])
        wait_for(lambda: net.api.do("port-get", switch=net.switch, ifindex=self.ifindex)["link"],
                 f"link of {name}")

    def addresses(self, vlan):
        """Addresses on eth0, or on a VLAN device of it."""
        device = f"eth0.{vlan}" if vlan else "eth0"
        lines = ["link set lo up", "link set eth0 up"]
        if vlan:
            lines += [f"link add link eth0 name {device} type vlan id {vlan}",
                      f"link set {device} up"]
        last = self.address.split(".")[-1]
        lines += [f"address add {self.address}/24 dev {device}",
                  f"address add fd00::{last}/64 dev {device} nodad"]
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines) + "\n",
                       text=True, check=True)
        return device

    def set(self, **attributes):
        self.net.api.do("port-set", switch=self.net.switch, ifindex=self.ifindex, **attributes)

    def drops(self):
        stats = self.net.api.do("port-get", switch=self.net.switch, ifindex=self.ifindex)["stats"]
        return {name: value for name, value in lab.flat_stats(stats).items() if "drop" in name}

    def start(self, *words):
        return subprocess.Popen(self.namespace.command(*words), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def pings(self, address, works=True):
        count, patience = ("3", "20") if works else ("1", "1")
        result = self.namespace.run("ping", "-n", "-q", "-i", "0.05", "-c", count, "-W", patience,
                                    address, check=False, timeout=90)
        check(f" {count} received" in result.stdout if works else " 0 received" in result.stdout,
              f"ping from {self.name} to {address}: {result.stdout}{result.stderr}")


def throughput(client, server, *options, size=SIZE):
    """Send over TCP.  The receiver counts what it has read when the sender is
    done; the rest is still in their buffers, of twice BUFFER each."""
    listener = server.start("iperf3", "-s", "-1", "-J", "--forceflush")
    try:
        wait_for(lambda: ":5201 " in server.namespace.run("ss", "-ltn").stdout, "iperf3 -s")
        result = client.namespace.run("iperf3", "-J", "-c", server.address, "-n", str(size),
                                      "-w", str(BUFFER), *options, check=False, timeout=200)
        report = json.loads(result.stdout)
        check("error" not in report, f"iperf3: {report.get('error')}")
        received = report["end"]["sum_received"]
        check(received["bytes"] >= size - 4 * BUFFER, f"only {received['bytes']} bytes arrived")
        diag(f"{client.name} to {server.name}: {received['bits_per_second'] / 1e6:.0f} Mbit/s, "
             f"{report['end']['sum_sent'].get('retransmits')} retransmits")
    finally:
        listener.kill()
        listener.communicate()


# The longest frame of a wire with an MTU of 1500, in bytes: a mean above it
# means that uncut segments passed.  How far above depends on the machine.
WIRE_FRAME = 1514


def average_out(net, port):
    """Mean length of the unicast frames that the switch gave to a port."""
    stats = net.api.do("port-get", switch=net.switch, ifindex=port.ifindex)["stats"]
    return stats["out-unicast-bytes"] / stats["out-unicast-packets"]


@test
def ping_inside_and_across(net):
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a, b = Guest(net, "a", "prod", "10.0.0.1"), Guest(net, "b", "prod", "10.0.0.2")
    c = Guest(net, "c", "dev", "10.0.0.3")
    a.pings(b.address)
    a.pings("fd00::2")
    a.pings(c.address, works=False)
    a.pings("fd00::3", works=False)


@test
def tcp_inside_a_vlan(net):
    """In large segments: the switch does not cut them up."""
    net.portgroup("prod", vlan=10)
    a, b = Guest(net, "a", "prod", "10.0.0.1"), Guest(net, "b", "prod", "10.0.0.2")
    before = a.drops(), b.drops()
    throughput(a, b)
    check(average_out(net, b) > WIRE_FRAME, f"frames were {average_out(net, b):.0f} bytes on average")
    equal((a.drops(), b.drops()), before, "drops")


@test
def tcp_through_the_uplink(net):
    """From an access VLAN, in tagged large segments, both ways."""
    net.portgroup("prod", vlan=10)
    a = Guest(net, "a", "prod", "10.0.0.1")
    out = Guest(net, "out", None, "10.0.0.9", role="uplink", vlan=10)
    before = a.drops()
    throughput(a, out)
    check(average_out(net, out) > WIRE_FRAME, f"frames were {average_out(net, out):.0f} bytes on average")
    throughput(out, a)
    a.pings("fd00::9")
    equal(a.drops(), before, "drops")


@test
def tcp_from_a_trunk(net):
    """A guest that tags, to one that does not."""
    net.portgroup("prod", vlan=10)
    net.portgroup("router", trunk=[(5, 15)])
    a = Guest(net, "a", "prod", "10.0.0.1")
    router = Guest(net, "router", "router", "10.0.0.2", vlan=10)
    throughput(router, a)
    throughput(a, router)


@test
def tcp_without_offloads(net):
    """A sender that leaves checksums and segments to nobody."""
    net.portgroup("prod", vlan=10)
    a, b = Guest(net, "a", "prod", "10.0.0.1"), Guest(net, "b", "prod", "10.0.0.2")
    a.namespace.run("ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off")
    throughput(a, b, size=min(SIZE, 4 * MEGABYTE))
    throughput(b, a, size=min(SIZE, 4 * MEGABYTE))


@test
def udp_fragments(net):
    net.portgroup("prod", vlan=10)
    a, b = Guest(net, "a", "prod", "10.0.0.1"), Guest(net, "b", "prod", "10.0.0.2")
    result = a.namespace.run("ping", "-n", "-c", "3", "-i", "0.05", "-W", "20", "-s", "8000",
                             b.address, check=False)
    check(" 3 received" in result.stdout, result.stdout + result.stderr)


@test
def tcp_through_a_vmkernel_adapter(net):
    """Between the host and a guest, and from the host through the uplink."""
    net.portgroup("prod", vlan=10)
    a = Guest(net, "a", "prod", "10.0.0.1")
    out = Guest(net, "out", None, "10.0.0.9", role="uplink", vlan=10)
    host = net.namespace("host")
    net.links.add("vmk0", "vmknic", link=net.switch)
    net.api.do("port-set", switch=net.switch, ifindex=net.links.index("vmk0"), portgroup="prod")
    net.links.set("vmk0", netns_fd=host.fd)
    subprocess.run(["ip", "-n", "host", "-batch", "-"], text=True, check=True,
                   input="link set lo up\naddress add 10.0.0.5/24 dev vmk0\nlink set vmk0 up\n")
    vmk = type("Host", (), {"name": "vmk0", "address": "10.0.0.5", "namespace": host,
                            "start": lambda self, *words: subprocess.Popen(
                                host.command(*words), stdout=subprocess.PIPE, text=True)})()
    throughput(vmk, a)
    throughput(a, vmk)
    throughput(vmk, out)
    throughput(out, vmk)


@test
def tag_seen_by_tcpdump(net):
    """The uplink wire as tcpdump shows it."""
    net.portgroup("prod", vlan=10)
    a = Guest(net, "a", "prod", "10.0.0.1")
    out = Guest(net, "out", None, "10.0.0.9", role="uplink", vlan=10)
    capture = out.start("tcpdump", "-n", "-e", "-l", "--immediate-mode", "-i", "eth0", "-c", "2",
                        "icmp or (vlan and icmp)")
    try:
        for line in capture.stderr:
            if line.startswith("listening"):
                break
        a.pings(out.address)
        text, _ = capture.communicate(timeout=60)
    finally:
        capture.kill()
    lines = [line for line in text.splitlines() if "ICMP" in line]
    equal(len(lines), 2, f"frames captured: {text}")
    for line in lines:
        check("802.1Q (0x8100)" in line and "vlan 10," in line, f"no tag: {line}")


run(lab.Lab, lab.close)
