#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Counters and the tracepoint: reasons to drop, in netlink, ethtool,
rtnetlink and vswitch:vswitch_drop; and that nothing is lost uncounted."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from frames import BROADCAST, STRANGER, eth, retag, tag
from ktap import Skip, check, diag, equal, run, test
from net import Wire
from trace import DropTrace

FAILSLAB = "/sys/kernel/debug/failslab"

# no-memory needs allocations that fail: see no_memory() below
REASONS = {"unassigned", "blocked", "link-down", "source-mac", "forged-source", "mac-changed",
           "link-local", "vlan-not-allowed", "reflected", "unknown-unicast", "reverse-path",
           "no-uplink", "no-receiver", "mtu", "inactive", "beacon"}


def ethtool(device):
    """{counter: value} of ethtool -S."""
    text = subprocess.run(["ethtool", "-S", device], check=True, capture_output=True,
                          text=True).stdout
    return {name.strip(): int(value) for name, value in re.findall(r"^ *(.+): (\d+)$", text, re.M)}


class Provoker:
    """One way for each reason: (sender, frame, port that counts it)."""

    def __init__(self, net):
        self.net = net
        net.portgroup("prod", vlan=10)
        net.portgroup("empty", vlan=99)
        self.a, self.b = net.client("prod", mtu=2000), net.client("prod")
        self.shut, self.down, self.changed = (net.client("prod") for _ in range(3))
        self.new, self.lone = net.plain_port(), net.client("empty")
        self.up, self.other = net.uplink(), net.uplink()
        # "empty" has no uplink but one that is blocked
        self.dead = net.uplink()
        net.set_portgroup("prod", teaming={"active": [self.up.id, self.other.id]})
        net.set_portgroup("empty", teaming={"active": [self.dead.id]})
        self.waiting = net.client("prod")
        self.waiting.set(inactive=1)
        self.shut.set(blocked=1)
        self.dead.set(blocked=1)
        self.changed.set(effective_mac="02:77:00:00:00:01")
        net.prepare()
        net.links.set(self.down.name, up=False)
        net.await_link(self.down, 0)

    def ways(self):
        a, b, up = self.a, self.b, self.up
        return {
            "unassigned": (self.new, eth(b.mac, self.new.mac), self.new),
            "blocked": (a, eth(self.shut.mac, a.mac), self.shut),
            "link-down": (a, eth(self.down.mac, a.mac), self.down),
            "source-mac": (a, eth(b.mac, "01:00:00:00:00:01"), a),
            "forged-source": (a, eth(b.mac, STRANGER), a),
            "mac-changed": (a, eth(self.changed.mac, a.mac), self.changed),
            "link-local": (a, eth("01:80:c2:00:00:00", a.mac), a),
            "vlan-not-allowed": (a, eth(b.mac, a.mac, tags=tag(10)), a),
            "reflected": (up, eth(BROADCAST, a.mac, tags=tag(10)), up),
            "unknown-unicast": (up, eth(STRANGER, up.mac, tags=tag(10)), up),
            "reverse-path": (self.other, eth(BROADCAST, up.mac, tags=tag(10)), self.other),
            "no-uplink": (self.lone, eth(STRANGER, self.lone.mac), self.lone),
            "no-receiver": (self.lone, eth(BROADCAST, self.lone.mac), self.lone),
            "mtu": (a, eth(b.mac, a.mac, length=1600), b),
            "inactive": (self.waiting, eth(b.mac, self.waiting.mac), self.waiting),
            "beacon": (up, eth(BROADCAST, up.mac, tags=tag(10), ethertype=0x8922), up),
        }


@test
def every_reason(net):
    """Each is counted once at the right port, and traced once."""
    provoker = Provoker(net)
    ways = provoker.ways()
    equal(set(ways), REASONS, "reasons that this test provokes")
    with DropTrace() as trace:
        for reason, (sender, frame, at) in ways.items():
            net.deliver(sender, frame, drop={at: reason}, note=reason)
            equal(trace.take(), [(at.name, at.ifindex, reason)], f"traced for {reason}")


class NoMemoryIn:
    """While it is entered, what a function of the module allocates fails."""

    def __init__(self, function):
        with open("/proc/kallsyms", encoding="ascii") as file:
            words = [line.split() for line in file if line.rstrip().endswith("[vswitch]")]
        symbols = [(int(word[0], 16), word[2]) for word in words]
        start = next(address for address, name in symbols if name == function or
                     name.startswith(f"{function}.") and not name.endswith(".cold"))
        self.range = start, min(address for address, _ in symbols if address > start)

    @staticmethod
    def set(**settings):
        for name, value in settings.items():
            with open(f"{FAILSLAB}/{name.replace('_', '-')}", "w", encoding="ascii") as file:
                file.write(str(value))

    def __enter__(self):
        start, end = self.range
        self.set(require_start=hex(start), require_end=hex(end), stacktrace_depth=32,
                 task_filter="N", ignore_gfp_wait="N", verbose=0, interval=1, times=-1,
                 probability=100)

    def __exit__(self, *unused):
        self.set(probability=0, require_start=0, require_end=hex(2 ** 64 - 1))


@test
def no_memory(net):
    """Who does not get a frame for lack of memory counts it, and as that."""
    if not os.path.exists(FAILSLAB):
        raise Skip("this kernel injects no failures")
    net.portgroup("prod", vlan=10)
    net.portgroup("trunk", trunk=[0, 10])
    a, b, c = net.client("trunk"), net.client("prod"), net.client("prod")
    up, watcher = net.uplink(), net.plain_port()
    net.prepare()
    tap = Wire(a.name)      # shares the frame's data: a tag in it needs a copy
    frame = eth(BROADCAST, a.mac, tags=tag(5, tpid=0x88a8))
    net.deliver(a, frame, to=[up], note="service tag")
    with NoMemoryIn("vsw_keep_service_tag"):
        net.deliver(a, frame, drop={a: "no-memory"}, note="service tag")
    frame = eth(BROADCAST, a.mac, tags=tag(10))
    with NoMemoryIn("vsw_flood"):
        net.deliver(a, frame, to=[up], drop={b: "no-memory", c: "no-memory"}, note="copies")
    net.api.do("mirror-set", switch=net.switch, name="m", ingress=[a.id], destination=watcher.id)
    frame = eth(b.mac, a.mac, tags=tag(10))
    with NoMemoryIn("vsw_mirror_in"):
        net.deliver(a, frame, to={b: retag(frame)}, drop={watcher: "no-memory"}, note="mirror")
    tap.close()


@test
def reasons_of_the_interface(net):
    """The test above knows all reasons of the spec, but those that others provoke."""
    names = set(net.api.ynl.consts["drop-reason"].entries)
    equal(names, REASONS | {"pvlan", "shaping", "learning-limit", "no-memory", "switch-down"},
          "reasons of the spec")


@test
def ethtool_of_switch(net):
    """ethtool -S of the switch has the sums over all ports, with reasons."""
    provoker = Provoker(net)
    for sender, frame, _ in provoker.ways().values():
        sender.wire.send(frame)
    provoker.a.wire.send(eth(provoker.b.mac, provoker.a.mac))
    net.settle()
    counters = ethtool("vs0")
    ports = net.counters().values()
    for reason in REASONS:
        total = sum(port.get(f"drop {reason}", 0) for port in ports)
        equal(counters["drop_" + reason.replace("-", "_")], total, f"drop of {reason}")
        check(total, f"{reason} was not provoked")
    for name in ("in-unicast-packets", "in-broadcast-packets", "out-unicast-packets",
                 "in-unicast-bytes", "out-unicast-bytes"):
        equal(counters[name.replace("-", "_")], sum(port.get(name, 0) for port in ports), name)


@test
def conservation(net):
    """A unicast frame in is one out or one dropped; nothing vanishes."""
    provoker = Provoker(net)
    unicast = [way for way in provoker.ways().values() if not way[1][0] & 1]
    for _ in range(5):
        for sender, frame, _ in unicast:
            sender.wire.send(frame)
        provoker.a.wire.send(eth(provoker.b.mac, provoker.a.mac))
        provoker.b.wire.send(eth(STRANGER, provoker.b.mac))
    net.settle()
    total = {"in": 0, "out": 0, "drop": 0}
    for port in net.counters().values():
        for name, value in port.items():
            if not name.endswith("-bytes"):
                total[re.split("[ -]", name)[0]] += value
    diag(total)
    equal(total["in"], 5 * (len(unicast) + 2), "frames in")
    equal(total["in"], total["out"] + total["drop"], "in = out + dropped")


@test
def rtnetlink_of_switch(net):
    """ip -s link shows of the switch what went through it."""
    net.portgroup("prod", vlan=10)
    a, b, c = (net.client("prod") for _ in range(3))
    net.prepare()
    a.wire.send(eth(b.mac, a.mac, length=100))
    a.wire.send(eth(BROADCAST, a.mac, length=200))
    a.wire.send(eth(STRANGER, a.mac, length=300))
    net.settle()
    received = [len(port.wire.take_all()) for port in (a, b, c)]
    equal(received, [0, 2, 1], "frames received")

    def statistic(name):
        with open(f"/sys/class/net/vs0/statistics/{name}", encoding="ascii") as file:
            return int(file.read())

    got = {name: statistic(name) for name in
           ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_dropped")}
    equal(got, {"rx_packets": 3, "rx_bytes": 600, "tx_packets": 3, "tx_bytes": 500,
                "rx_dropped": 1}, "statistics of vs0")


@test
def counters_start_at_zero(net):
    """A device that leaves and joins again is counted afresh."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    check(net.counters()["p1"], "p1 has counted")
    net.links.set("p1", master=0)
    net.links.set("p1", master=net.switch)
    equal(net.counters()["p1"], {}, "counters after joining again")


run(lab.Lab, lab.close)
