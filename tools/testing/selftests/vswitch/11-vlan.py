#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""VLANs: every kind of port group against every kind of tag, both ways."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, ETH_QINQ, STRANGER, eth, tag, tagged
from ktap import Cells, equal, run, test

# Port groups: access VLAN, or the VLANs of a trunk.
GROUPS = {
    "untagged": {"vlan": 0},
    "access10": {"vlan": 10},
    "access4094": {"vlan": 4094},
    "all": {"vlan": 4095},
    "ranges": {"trunk": [(10, 12), 20]},
    "native": {"trunk": [0, (4000, 4094)]},
}

# Tags of a frame: name -> (bytes, VLAN or None where no port may send it, PCP
# and DEI as they are in a tag)
TAGS = {
    "none": (b"", 0, 0, 0),
    "priority": (tag(0, pcp=5), 0, 5, 0),
    "10": (tag(10), 10, 0, 0),
    "10 pcp 7 dei": (tag(10, pcp=7, dei=1), 10, 7, 1),
    "11": (tag(11, pcp=1), 11, 1, 0),
    "13": (tag(13), 13, 0, 0),
    "20": (tag(20), 20, 0, 0),
    "4094": (tag(4094), 4094, 0, 0),
    "4095": (tag(4095), 4095, 0, 0),
    "service 10": (tag(10, tpid=ETH_QINQ), 0, 0, 0),
    "service 10 then 20": (tag(10, tpid=ETH_QINQ) + tag(20), 0, 0, 0),
    "priority then 10": (tag(0) + tag(10), None, 0, 0),
    "10 then 20": (tag(10) + tag(20), 10, 0, 0),
}


def allows(group, vlan):
    """May a guest of a port group use a tag with this VLAN (0: no tag)?"""
    spec = GROUPS[group]
    if spec.get("vlan") == 4095:
        return vlan <= 4094
    if "trunk" in spec:
        return any(first <= vlan <= last for first, last in
                   (entry if isinstance(entry, tuple) else (entry, entry)
                    for entry in spec["trunk"]))
    return vlan == 0


def is_trunk(group):
    return "trunk" in GROUPS[group] or GROUPS[group]["vlan"] == 4095


def is_service(tags):
    return tags[:4] == tag(10, tpid=ETH_QINQ)


def inner(tags):
    """What remains of the tags when that of the VLAN is taken off; a service tag is none."""
    return tags if is_service(tags) else tags[4:]


class Fixture:
    """Two ports in each port group, of which the first sends, and an uplink."""

    def __init__(self, net):
        self.net = net
        self.members = {}
        for name, spec in GROUPS.items():
            net.portgroup(name, **spec)
            self.members[name] = [net.client(name), net.client(name)]
        self.up = net.uplink()

    def receivers(self, sender, vlan, untagged, tagged):
        """Who gets a broadcast of a VLAN: access ports without a tag, trunks
        with it."""
        result = {}
        for group, ports in self.members.items():
            if is_trunk(group):
                if allows(group, vlan):
                    result.update({port: tagged for port in ports})
            elif GROUPS[group]["vlan"] == vlan:
                result.update({port: untagged for port in ports})
        result.pop(sender, None)
        return result

    def from_guest(self, group, name):
        tags, vlan, pcp, dei = TAGS[name]
        sender = self.members[group][0]
        frame = eth(BROADCAST, sender.mac, tags=tags)
        if vlan is None or not allows(group, vlan) or is_service(tags) and not is_trunk(group):
            self.net.deliver(sender, frame, drop={sender: "vlan-not-allowed"})
            return
        if not is_trunk(group):
            vlan = GROUPS[group]["vlan"]
        untagged = frames.retag(frame, inner(tags))
        tagged = untagged if vlan == 0 else \
            frames.retag(frame, tag(vlan, pcp, dei) + inner(tags))
        to = self.receivers(sender, vlan, untagged, tagged)
        to[self.up] = tagged
        self.net.deliver(sender, frame, to=to)

    def from_uplink(self, name):
        tags, vlan, pcp, dei = TAGS[name]
        frame = eth(BROADCAST, self.up.mac, tags=tags)
        if vlan is None:
            self.net.deliver(self.up, frame, drop={self.up: "vlan-not-allowed"})
            return
        untagged = frames.retag(frame, inner(tags))
        tagged = untagged if vlan == 0 else \
            frames.retag(frame, tag(vlan, pcp, dei) + inner(tags))
        to = self.receivers(None, vlan, untagged, tagged)
        drop = {} if to else {self.up: "no-receiver"}
        self.net.deliver(self.up, frame, to=to, drop=drop)


@test
def matrix_from_guests(net):
    """Each guest sends a broadcast with each tag."""
    fixture, cells = Fixture(net), Cells()
    for group in GROUPS:
        for name in TAGS:
            cells.run(f"{group}, tag {name}", fixture.from_guest, group, name)
    cells.finish()


@test
def matrix_from_uplink(net):
    """The wire brings a broadcast with each tag."""
    fixture, cells = Fixture(net), Cells()
    for name in TAGS:
        cells.run(f"uplink, tag {name}", fixture.from_uplink, name)
    cells.finish()


@test
def unicast_between_access_and_trunk(net):
    """A trunk guest's tag is the access guest's VLAN, and the other way."""
    net.portgroup("prod", vlan=10)
    net.portgroup("router", trunk=[(10, 20)])
    a, r = net.client("prod"), net.client("router")
    net.uplink()
    there = eth(r.mac, a.mac)
    net.deliver(a, there, to={r: tagged(there, 10)})
    back = eth(a.mac, r.mac, tags=tag(10, pcp=3))
    net.deliver(r, back, to={a: frames.retag(back)})


@test
def unicast_between_trunks_keeps_priority(net):
    net.portgroup("router", trunk=[(10, 20)])
    a, b = net.client("router"), net.client("router")
    net.deliver(a, eth(b.mac, a.mac, tags=tag(15, pcp=6, dei=1)), to=[b])


@test
def unicast_priority_to_uplink(net):
    """A priority tag of an access guest becomes the priority on the wire."""
    net.portgroup("prod", vlan=10)
    a, up = net.client("prod"), net.uplink()
    frame = eth(STRANGER, a.mac, tags=tag(0, pcp=5))
    net.deliver(a, frame, to={up: frames.retag(frame, tag(10, pcp=5))})


@test
def vlans_do_not_leak(net):
    """A guest cannot reach a MAC of another VLAN: the frame goes out in its
    own VLAN instead."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a, b, up = net.client("prod"), net.client("dev"), net.uplink()
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10)})


@test
def changed_vlan(net):
    """A port group that moves to another VLAN takes its ports along."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a, b, up = net.client("prod"), net.client("dev"), net.uplink()
    net.set_portgroup("prod", vlan=20)
    frame = eth(BROADCAST, a.mac)
    net.deliver(a, frame, to={b: frame, up: tagged(frame, 20)})
    net.set_portgroup("prod", trunk=lab.trunk_ranges([20]))
    net.deliver(a, tagged(frame, 20), to={b: frame, up: tagged(frame, 20)})
    net.deliver(a, frame, drop={a: "vlan-not-allowed"})
    net.set_portgroup("prod", vlan=20)
    net.deliver(a, frame, to={b: frame, up: tagged(frame, 20)})


@test
def ranges_are_shown_joined(net):
    """Ranges that touch are one; the dump shows what was asked for."""
    net.portgroup("all", vlan=4095)
    net.portgroup("some", trunk=[5, (10, 12), (13, 14), 0])
    groups = {g["name"]: g for g in net.api.dump("portgroup-get", switch=net.switch)}
    equal(groups["some"]["trunk"], lab.trunk_ranges([0, 5, (10, 14)]), "ranges of 'some'")
    equal(groups["all"].get("vlan"), 4095, "VLAN of 'all'")


run(lab.Lab, lab.close)
