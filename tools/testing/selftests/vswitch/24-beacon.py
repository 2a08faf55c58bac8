#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
"""Beacon probing: failures beyond the first switch, which no link shows.

The physical network is a bridge in the far namespace, to which the far ends of
the uplinks belong, or do not.
"""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import check, equal, run, test, wait_for

VLAN = 10
PROBE = b"\x88\xb5vsbeacon"


class Network(lab.Lab):
    """A switch, and a bridge between its uplinks."""

    def __init__(self):
        super().__init__()
        self.far.links.add("net", "bridge", up=True)

    def __exit__(self, *unused):
        self.far.links.delete("net")
        super().__exit__(*unused)

    def plug(self, *uplinks):
        bridge = self.far.links.index("net")
        for uplink in uplinks:
            self.far.links.set(uplink.far, master=bridge)

    def unplug(self, *uplinks):
        for uplink in uplinks:
            self.far.links.set(uplink.far, master=0)


def probes(wire):
    return [frame for frame in wire.take_all() if frames.untagged_part(frame)[:10] == PROBE]


def is_rarp(frame):
    return frames.untagged_part(frame)[:2] == b"\x80\x35"


def vlan_of(frame):
    return struct.unpack_from("!H", frame, 14)[0] if frame[12:14] == b"\x81\x00" else 0


def send(client):
    frame = eth(STRANGER, client.mac)
    client.wire.send(frame)
    return frame


def leaves_on(net, client, uplinks, vlan=VLAN):
    """What a client sends leaves on exactly these.  The bridge hands it on to
    the others: these see it as coming in, which is dropped as reflected."""
    before = net.counters()
    send(client)
    net.settle()
    after = net.counters()
    sent = lambda uplink: (after[uplink.name].get("out-unicast-packets", 0) -
                           before[uplink.name].get("out-unicast-packets", 0))
    equal({uplink.name: sent(uplink) for uplink in net.ports if uplink.get()["role"] == "uplink"},
          {uplink.name: int(uplink in uplinks) for uplink in net.ports
           if uplink.get()["role"] == "uplink"}, f"uplinks that carry {client}")


def state(uplink):
    return uplink.get()["uplink-state"]


def await_states(states):
    wait_for(lambda: {uplink: state(uplink) for uplink in states} == states, f"{states}")


@test
def probes_on_the_wire(net):
    """Each second, from each uplink of the team, tagged, in each of its VLANs."""
    one, two, unused = (net.uplink() for _ in range(3))
    net.portgroup("ten", vlan=10, teaming={"active": [one.id], "standby": [two.id],
                                           "detection": "beacon"})
    net.portgroup("none", teaming={"active": [one.id], "standby": [two.id],
                                   "detection": "beacon"})
    net.portgroup("plain", vlan=20, teaming={"active": [one.id]})
    net.plug(one, two, unused)
    heard = {one: [], two: [], unused: []}

    def gather():
        for uplink, frames_of in heard.items():
            # What an uplink sent arrives at its far end.
            frames_of += probes(uplink.wire)
        return len(heard[one]) >= 4 and len(heard[two]) >= 4

    wait_for(gather, "probes")
    for uplink in (one, two):
        equal({vlan_of(frame) for frame in heard[uplink]}, {0, 10}, f"VLANs of probes of {uplink}")
        for frame in heard[uplink]:
            equal(frame[:6], b"\xff" * 6, "destination")
            equal(frame[6] & 3, 2, "kind of source address")
            equal(len(frame), 60 + (4 if vlan_of(frame) else 0), "length")
    equal(heard[unused], [], "probes of an unused uplink")
    check(heard[one][0][6:12] != heard[two][0][6:12], "source addresses do not differ")


@test
def probes_are_not_delivered(net):
    """Not ours, not those of others, not ESXi's; other frames of that type are."""
    one = net.uplink()
    net.portgroup("prod", vlan=VLAN)
    net.client("prod")
    a = net.client("prod")
    b = net.ports[-2]
    for payload, kind in ((PROBE[2:] + bytes(20), 0x88b5), (bytes(46), 0x8922)):
        frame = eth(BROADCAST, one.mac, payload, tags=tag(VLAN), ethertype=kind)
        net.deliver(one, frame, drop={one: "beacon"})
    frame = eth(BROADCAST, one.mac, tags=tag(VLAN))
    net.deliver(one, frame, to={a: frames.retag(frame), b: frames.retag(frame)})


@test
def three_uplinks(net):
    """The one that nobody hears is out, until it is heard again."""
    one, two, three = (net.uplink() for _ in range(3))
    net.plug(one, two, three)
    net.set_switch(teaming={"active": [one.id], "standby": [two.id, three.id],
                            "detection": "beacon"})
    net.portgroup("prod", vlan=VLAN)
    net.portgroup("by link", vlan=20, teaming={"detection": "link"})
    a, b = net.client("prod"), net.client("by link")
    net.prepare()
    leaves_on(net, a, [one])
    net.unplug(one)
    await_states({one: "silent", two: "usable", three: "usable"})
    leaves_on(net, a, [two])
    leaves_on(net, b, [one])
    equal(one.get()["link"], 1, "link of the silent uplink")
    # A VM's broadcast that comes in on the new uplink is taken, on the old one not.
    frame = eth(BROADCAST, two.mac, tags=tag(VLAN))
    net.unplug(two, three)
    two.wire.send(frame)
    net.settle()
    check(any(got[-46:] == frame[-46:] for got in a.wire.take_all()), "the broadcast was lost")
    net.plug(one, two, three)
    await_states({one: "usable", two: "usable", three: "usable"})
    leaves_on(net, a, [one])


@test
def one_direction_is_not_enough(net):
    """An uplink that hears the others, but that nobody hears, does not work."""
    one, two, three = (net.uplink() for _ in range(3))
    net.plug(one, two, three)
    net.set_switch(teaming={"active": [one.id], "standby": [two.id, three.id],
                            "detection": "beacon"})
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    net.prepare()
    # A locked port of a bridge takes nothing in from addresses that it does not know.
    net.far.run("bridge", "link", "set", "dev", one.far, "locked", "on", "learning", "off")
    net.far.run("ip", "link", "set", one.far, "type", "bridge_slave", "fdb_flush")
    await_states({one: "silent", two: "usable", three: "usable"})
    leaves_on(net, a, [two])
    net.far.run("bridge", "link", "set", "dev", one.far, "locked", "off", "learning", "on")
    await_states({one: "usable"})
    leaves_on(net, a, [one])


@test
def two_uplinks(net):
    """With two, nobody can tell which of them it is: frames go out on both."""
    one, two = net.uplink(), net.uplink()
    net.plug(one, two)
    net.set_switch(teaming={"active": [one.id], "standby": [two.id], "detection": "beacon"})
    net.portgroup("prod", vlan=VLAN)
    a, b = net.client("prod"), net.client("prod")
    net.prepare()
    leaves_on(net, a, [one])
    net.unplug(one)
    await_states({one: "silent", two: "silent"})
    for uplink in (one, two):
        uplink.wire.take_all()
    frame = send(a)
    broadcast = eth(BROADCAST, a.mac)
    a.wire.send(broadcast)
    net.settle()
    for uplink in (one, two):
        got = [each for each in uplink.wire.take_all()
               if frames.untagged_part(each)[:10] != PROBE]
        equal(got, [tagged(frame, VLAN), tagged(broadcast, VLAN)],
              f"frames on {uplink}")
    equal(b.wire.take_all(), [broadcast], "the other port's copy")
    # Either may be the one that works: what comes in on it is taken.
    net.unplug(two)
    for uplink in (one, two):
        outside = eth(BROADCAST, uplink.mac, tags=tag(VLAN))
        uplink.wire.send(outside)
        net.settle()
        equal(a.wire.take_all(), [frames.retag(outside)], f"broadcast from {uplink}")
        b.wire.take_all()
    # The link of one fails: then it is clear which one works.
    net.link(one, False)
    leaves_on(net, a, [two])
    net.link(one, True)
    net.plug(one, two)
    await_states({one: "usable", two: "usable"})
    leaves_on(net, a, [one])


@test
def no_more_probes(net):
    """Nobody probes who need not; what was heard before is no verdict later."""
    one, two, three = (net.uplink() for _ in range(3))
    net.plug(two, three)
    team = {"active": [one.id], "standby": [two.id, three.id]}
    net.set_switch(teaming={**team, "detection": "beacon"})
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    await_states({one: "silent", two: "usable", three: "usable"})
    net.set_switch(teaming=team)
    leaves_on(net, a, [one])
    equal(state(one), "usable", "state by link")
    for uplink in (one, two, three):
        uplink.wire.take_all()
    # What probes also announces, after it: two seconds later it has had its round.
    net.api.do("port-announce", switch=net.switch, id=a.id)
    seen = []
    wait_for(lambda: seen.extend(one.wire.take_all()) or sum(map(is_rarp, seen)) == 5,
             "an announcement")
    equal([frame for frame in seen if not is_rarp(frame)], [], "probes of the first")
    equal([probes(uplink.wire) for uplink in (two, three)], [[], []], "probes of the others")
    net.plug(one)
    net.set_switch(teaming={**team, "detection": "beacon"})
    equal(state(one), "usable", "state before anything was heard")
    heard = []
    # Each round judges those before it, three of them.
    wait_for(lambda: heard.extend(probes(one.wire)) or len(heard) >= 5, "five rounds")
    equal(state(one), "usable", "state afterwards")


@test
def by_vlan(net):
    """A VLAN that is missing on one port of the physical switch."""
    one, two, three = (net.uplink() for _ in range(3))
    net.plug(one, two, three)
    net.far.run("ip", "link", "set", "net", "type", "bridge", "vlan_filtering", "1")
    for uplink in (one, two, three):
        net.far.run("bridge", "vlan", "add", "dev", uplink.far, "vid", "10-20")
    net.set_switch(teaming={"active": [one.id], "standby": [two.id, three.id],
                            "detection": "beacon"})
    net.portgroup("ten", vlan=10)
    net.portgroup("twenty", vlan=20)
    a, b = net.client("ten"), net.client("twenty")
    net.prepare()
    net.far.run("bridge", "vlan", "del", "dev", one.far, "vid", "20")
    wait_for(lambda: b.get()["uplink"] == two.id, "the second VLAN to move")
    leaves_on(net, a, [one])
    leaves_on(net, b, [two], vlan=20)
    net.far.run("bridge", "vlan", "add", "dev", one.far, "vid", "20")
    wait_for(lambda: b.get()["uplink"] == one.id, "the second VLAN to return")


run(Network, lab.close)
