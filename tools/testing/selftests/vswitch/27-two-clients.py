#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --cpus 2
"""Two administrators change everything about teaming at once, under traffic;
and many devices that go away together.

SOAK=1 has them do it fifty times as long.
"""

import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from choices import Choices
from frames import BROADCAST, STRANGER, eth, tag, tagged, untagged_part
from ktap import check, diag, equal, run, test, wait_for
from netlink import Refused, Vswitch

# What each of them does.
CHANGES = ((40 if os.environ.get("LAB_KERNEL") == "debug" else 400) *
           (50 if os.environ.get("SOAK") else 1))
SEED = int(os.environ.get("VS_SEED") or random.randrange(1 << 30))


class Administrator(threading.Thread):
    """Makes CHANGES random changes with a netlink socket of its own."""

    def __init__(self, net, seed, uplinks, clients):
        super().__init__(daemon=True)
        self.net, self.rng = net, random.Random(seed)
        self.choices = Choices(self.rng)
        self.api = Vswitch()
        self.uplinks, self.clients = uplinks, clients
        self.done = self.refused = 0
        self.error = None

    def run(self):
        operations = (self.switch, self.group, self.port, self.uplink, self.announce, self.look)
        try:
            while self.done < CHANGES:
                try:
                    self.rng.choice(operations)()
                    self.done += 1
                except Refused as refusal:
                    check(refusal.text, f"a refusal without a reason: {refusal}")
                    self.refused += 1
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def teaming(self):
        return self.choices.teaming([uplink.id for uplink in self.uplinks])

    def switch(self):
        self.api.do("switch-set", ifindex=self.net.switch, teaming=self.teaming(),
                    up_delay=self.rng.choice((0, 5, 100)), security=self.choices.security())

    def group(self):
        self.api.do("portgroup-set", switch=self.net.switch, name=self.rng.choice(("a", "b")),
                    teaming=self.teaming())

    def port(self):
        port = self.rng.choice(self.clients)
        change = self.rng.choice(({"portgroup": "a"}, {"portgroup": "b"}, {"inactive": 1},
                                  {"inactive": 0}, {"blocked": 1}, {"blocked": 0},
                                  {"effective-mac": "02:77:00:00:00:01"}))
        self.api.do("port-set", switch=self.net.switch, id=port.id, **change)

    def uplink(self):
        self.api.do("port-set", switch=self.net.switch, id=self.rng.choice(self.uplinks).id,
                    blocked=self.rng.choice((0, 0, 1)))

    def announce(self):
        self.api.do("port-announce", switch=self.net.switch, id=self.rng.choice(self.clients).id)

    def look(self):
        for entry in self.api.dump("port-get", switch=self.net.switch):
            used = entry.get("uplink")
            check(used is None or used in {uplink.id for uplink in self.uplinks},
                  f"port {entry['id']} uses {used}")


class Flapping(threading.Thread):
    """Links that come and go while it is entered."""

    def __init__(self, net, ports, seed):
        super().__init__(daemon=True)
        self.links = net.far.enter(type(net.links))
        self.ports, self.rng = ports, random.Random(seed)
        self.stopping = False

    def run(self):
        while not self.stopping:
            self.links.set(self.rng.choice(self.ports).far, up=self.rng.random() < 0.6)
            time.sleep(self.rng.random() * 0.05)

    def __enter__(self):
        self.start()

    def __exit__(self, *unused):
        self.stopping = True
        self.join(60)


@test
def two_at_once(net):
    diag(f"VS_SEED={SEED}")
    net.portgroup("a", vlan=10)
    net.portgroup("b", vlan=20)
    uplinks = [net.uplink() for _ in range(4)]
    clients = [net.client("ab"[i % 2]) for i in range(6)]
    net.prepare()
    administrators = [Administrator(net, SEED + i, uplinks, clients) for i in range(2)]
    with Flapping(net, uplinks, SEED), lab.Flood(clients[:3] + uplinks[:2], lambda port: [
            eth(STRANGER, port.mac), eth(BROADCAST, port.mac),
            eth(clients[3].mac, port.mac), eth(BROADCAST, port.mac, tags=tag(10))]):
        for administrator in administrators:
            administrator.start()
        for administrator in administrators:
            administrator.join()
            if administrator.error:
                raise administrator.error
    for administrator in administrators:
        diag(f"{administrator.done} changes, {administrator.refused} refused")
        administrator.api.close()
    settled(net, uplinks, clients)


def ignore_announcements(wire):
    """From here on it does not show them."""
    take_all = wire.take_all
    wire.take_all = lambda: [frame for frame in take_all()
                             if untagged_part(frame)[:2] != b"\x80\x35"]


def settled(net, uplinks, clients):
    """After all that the switch does what it is told."""
    for port in uplinks:
        net.far.links.set(port.far, up=True)
        port.set(blocked=0)
    net.set_switch(teaming={}, up_delay=0, security={
        "promiscuous": "reject", "mac-changes": "reject", "forged-transmits": "reject",
        "mac-source": "static"})
    for name in "ab":
        net.set_portgroup(name, teaming={})
    for port in clients:
        port.set(portgroup="a", mac=[port.mac], blocked=0, inactive=0)
    net.fresh = False
    net.prepare()
    sender = clients[0]
    wait_for(lambda: sender.get().get("uplink") == uplinks[0].id, "the first uplink to be used")
    for uplink in uplinks:
        ignore_announcements(uplink.wire)   # some are still under way
    net.fresh = False
    net.prepare()
    frame = eth(STRANGER, sender.mac)
    net.deliver(sender, frame, to={uplinks[0]: tagged(frame, 10)})
    frame = eth(BROADCAST, sender.mac)
    to = {port: frame for port in clients[1:]}
    to[uplinks[0]] = tagged(frame, 10)
    net.deliver(sender, frame, to=to)


@test
def many_leave_together(net):
    """Their device names and addresses are free at once, and what is sent to
    them goes where unknown addresses go; nothing of them is left."""
    count = 40 if os.environ.get("LAB_KERNEL") == "debug" else 200
    net.portgroup("prod", vlan=10)
    up, a = net.uplink(), net.client("prod")
    group = type(net.links)()
    group.group += 2
    macs = [f"02:66:00:00:{i >> 8:02x}:{i & 255:02x}" for i in range(count)]
    for i in range(count):
        group.add(f"d{i}", "dummy")
        group.set(f"d{i}", master=net.switch, up=True)
    for i, mac in enumerate(macs):
        net.api.do("port-set", switch=net.switch, ifindex=group.index(f"d{i}"),
                   portgroup="prod", mac=[mac])
    generation = net.api.do("switch-get", ifindex=net.switch)["generation"]
    events = net.api.subscribe("config")
    net.prepare()
    with lab.Flood([a], lambda port: [eth(mac, port.mac) for mac in macs] +
                   [eth(BROADCAST, port.mac)]):
        start = time.monotonic()
        group.delete_group()
        took = time.monotonic() - start
    reply = net.api.do("switch-get", ifindex=net.switch)
    equal((reply["port-count"], reply["mac-count"]), (2, 1), "ports and addresses left")
    commits = reply["generation"] - generation
    check(commits <= 20, f"{commits} commits for {count} devices")
    gone = [name for name, _ in events.take()].count("port-del-ntf")
    equal(gone, count, "notifications")
    events.close()
    diag(f"{count} devices in {took:.1f} s, {commits} commits")
    net.fresh = False
    net.prepare()
    frame = eth(macs[7], a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10)})
    b = net.client("prod", mac=macs[7])
    net.deliver(a, frame, to=[b])
    group.close()


run(lab.Lab, lab.close)
