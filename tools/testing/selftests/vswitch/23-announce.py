#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
"""Notify switches: where a port is, is told by RARP, when and as documented."""

import errno
import os
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, eth, mac_bytes, tag, tagged
from ktap import check, equal, run, test, wait_for

VLAN = 10
BURST = 5
SECONDS = 3.5       # a burst takes two


def rarp(mac, vlan=VLAN):
    """The request, byte for byte."""
    raw = mac_bytes(mac)
    return (b"\xff" * 6 + raw + (tag(vlan) if vlan else b"") + bytes.fromhex("8035") +
            bytes.fromhex("0001 0800 06 04 0003") + raw + bytes(4) + raw + bytes(4) + bytes(18))


def is_rarp(frame):
    return frames.untagged_part(frame)[:2] == b"\x80\x35"


def hear(uplinks, seconds=SECONDS, until=None):
    """{uplink: [(time, frame)]} of RARP frames; until so many came, or in seconds."""
    heard = {uplink: [] for uplink in uplinks}
    socks = {uplink.wire.sock: uplink for uplink in uplinks}
    end = time.monotonic() + (20 if until else seconds)
    while (left := end - time.monotonic()) > 0:
        if until and sum(map(len, heard.values())) >= until:
            break
        for sock in select.select(list(socks), [], [], left)[0]:
            uplink = socks[sock]
            heard[uplink] += [(time.monotonic(), frame) for frame in uplink.wire.take_all()
                              if is_rarp(frame)]
    return heard


def announced(uplinks, expected, count=BURST):
    """Exactly one burst of these frames on this uplink each."""
    total = count * sum(len(macs) for macs in expected.values())
    heard = hear(uplinks, until=total)
    for uplink in uplinks:
        frames_of = [frame for _, frame in heard[uplink]]
        for frame in expected.get(uplink, []):
            equal(frames_of.count(frame), count, f"frames of {frames.describe(frame)} on {uplink}")
        equal(len(frames_of), count * len(expected.get(uplink, [])), f"frames on {uplink}")
    return heard


def quiet(net, uplinks):
    """Nobody is announced.  One work item of the switch announces all ports, by their ids:
    when the port that was made last has been, no other is still to come."""
    name = net.portgroup("witness", vlan=99, teaming={"notify-switches": 1})
    witness = net.client(name)
    heard = [frame for of in hear(uplinks, until=1).values() for _, frame in of]
    net.settle()
    heard += [frame for uplink in uplinks for frame in uplink.wire.take_all() if is_rarp(frame)]
    equal({frames.describe(frame) for frame in heard},
          {frames.describe(rarp(witness.mac, 99))}, "announced")
    net.ports.remove(witness)
    witness.close()
    net.links.delete(witness.name)
    net.api.do("portgroup-del", switch=net.switch, name=name)


def listen(net, **teaming):
    """From here on announcements are made; what a test has built so far needs none."""
    net.prepare()
    net.set_switch(teaming={"notify-switches": 1, **teaming})


@test
def learned_addresses(net):
    """What a port learned moves with it."""
    inner = ["02:cc:00:00:00:01", "02:cc:00:00:00:02"]
    one, two = net.uplink(), net.uplink()
    net.portgroup("nested", vlan=VLAN, security={"forged-transmits": "accept"},
                  learning={"flood": 1})
    a = net.client("nested")
    listen(net)
    for mac in inner:
        a.wire.send(eth(BROADCAST, mac))
    net.settle()
    net.link(one, False)
    announced([two], {two: [rarp(mac) for mac in (a.mac, *inner)]})


@test
def at_power_on(net):
    """The frame, five times in two seconds, when the port becomes active."""
    one, two = net.uplink(), net.uplink()
    net.portgroup("prod", vlan=VLAN)
    listen(net)
    a = net.client("prod")
    heard = announced([one, two], {one: [rarp(a.mac)]})
    times = [at - heard[one][0][0] for at, _ in heard[one]]
    for at, least in zip(times, (0, 0.1, 0.5, 1, 2)):
        check(at > least - 0.06, f"burst at {times}")
    equal(len(heard[one][0][1]), 64, "length with the tag")
    # The switch has not counted them: they are not what it forwards.
    equal({name: value for name, value in net.counters()[one.name].items() if "out" in name}, {},
          "counters of the uplink")


@test
def untagged_trunk_and_more_addresses(net):
    one = net.uplink()
    net.portgroup("plain")
    net.portgroup("some", trunk=[0, 5, 7])
    net.portgroup("all", vlan=4095)
    a, b, c = net.client("plain"), net.client("some"), net.client("all")
    second = frames.mac(9, "02:00:99")
    a.set(mac=[a.mac, second])
    listen(net)
    net.link(one, False)
    net.link(one, True)
    announced([one], {one: [rarp(a.mac, 0), rarp(second, 0), rarp(c.mac, 0),
                            *(rarp(b.mac, vlan) for vlan in (0, 5, 7))]})


@test
def at_failover_and_failback(net):
    """Only the ports that move, on the uplink that they move to."""
    one, two = net.uplink(), net.uplink()
    team = {"active": [one.id, two.id], "policy": "port-id"}
    net.set_switch(teaming=team)
    net.portgroup("prod", vlan=VLAN)
    clients = [net.client("prod") for _ in range(4)]
    listen(net, **team)
    net.link(two, False)
    movers = [client for client in clients if client.id % 2]
    announced([one, two], {one: [rarp(client.mac) for client in movers]})
    net.link(two, True)
    announced([one, two], {two: [rarp(client.mac) for client in movers]})


@test
def when_the_vlan_changes(net):
    one = net.uplink()
    net.portgroup("prod", vlan=VLAN)
    net.portgroup("other", vlan=20)
    a = net.client("prod")
    listen(net)
    a.set(portgroup="other")
    announced([one], {one: [rarp(a.mac, 20)]})
    net.set_portgroup("other", vlan=30)
    announced([one], {one: [rarp(a.mac, 30)]})
    a.set(mac=[frames.mac(77)])
    announced([one], {one: [rarp(frames.mac(77), 30)]})


@test
def not_wanted(net):
    """Not where the port group says no, not with IP hash, not for nothing."""
    one, two = net.uplink(), net.uplink()
    net.portgroup("silent", vlan=VLAN)
    net.portgroup("hash", vlan=20, teaming={"policy": "ip-hash", "notify-switches": 1,
                                            "active": [one.id, two.id]})
    net.portgroup("asks", vlan=30, teaming={"notify-switches": 1})
    net.set_portgroup("asks", teaming={"notify-switches": 0})
    a, b, c = net.client("silent"), net.client("hash"), net.client("asks")
    net.prepare()
    net.set_portgroup("asks", teaming={"notify-switches": 1})
    net.link(one, False)
    announced([one, two], {two: [rarp(c.mac, 30)]})
    net.link(one, True)
    announced([one, two], {one: [rarp(c.mac, 30)]})
    # Changes that move nobody
    net.portgroup("more")
    a.set(blocked=1)
    a.set(blocked=0)
    b.set(blocked=1)
    b.set(blocked=0)
    net.client("silent")
    quiet(net, [one, two])


@test
def after_live_migration(net):
    """A port that is prepared says nothing, takes nothing and hides nobody;
    activated, it is announced."""
    one = net.uplink()
    net.portgroup("prod", vlan=VLAN)
    a, moved = net.client("prod"), net.plain_port()
    listen(net)
    moved.set(portgroup="prod", mac=[moved.mac], inactive=1)
    equal(moved.get()["inactive"], 1, "inactive")
    quiet(net, [one])
    # Its VM still runs elsewhere: frames for it go there, frames of it come from there.
    frame = eth(moved.mac, a.mac)
    net.deliver(a, frame, to={one: tagged(frame, VLAN)})
    frame = eth(a.mac, moved.mac, tags=tag(VLAN))
    net.deliver(one, frame, to={a: frames.retag(frame)})
    frame = eth(BROADCAST, one.mac, tags=tag(VLAN))
    net.deliver(one, frame, to={a: frames.retag(frame)})
    net.deliver(moved, eth(a.mac, moved.mac), drop={moved: "inactive"})
    net.link(moved, False)
    net.link(moved, True)
    quiet(net, [one])
    moved.set(inactive=0)
    announced([one], {one: [rarp(moved.mac)]})
    frame = eth(moved.mac, a.mac)
    net.deliver(a, frame, to=[moved])
    net.deliver(one, eth(a.mac, moved.mac, tags=tag(VLAN)), drop={one: "reflected"})
    equal(moved.get().get("inactive"), None, "inactive afterwards")


@test
def activation_finds_the_address_taken(net):
    """Two ports may wait with one address; the second to be active is refused."""
    net.uplink()
    net.portgroup("prod", vlan=VLAN)
    a, b = net.client("prod"), net.plain_port()
    b.set(portgroup="prod", mac=[a.mac], inactive=1)
    net.refused(errno.EADDRINUSE, [a.mac, a.name], b.set, inactive=0)
    a.set(blocked=1)
    net.refused(errno.EADDRINUSE, [a.mac], b.set, inactive=0)
    a.set(inactive=1)
    b.set(inactive=0)
    net.refused(errno.EADDRINUSE, [a.mac, b.name], a.set, inactive=0)
    new = net.plain_port()
    net.refused(errno.EINVAL, [new.name], new.set, inactive=1)


@test
def activated_by_the_first_frame(net):
    """A port that waits for its guest gets what is flooded, which a guest that is silent may
    answer; its first frame activates and announces it."""
    one = net.uplink()
    net.portgroup("prod", vlan=VLAN)
    a, moved = net.client("prod"), net.plain_port()
    listen(net)
    net.refused(errno.EINVAL, [moved.name, "active"], moved.set, portgroup="prod",
                **{"inactive-auto": 1})
    moved.set(portgroup="prod", mac=[moved.mac], inactive=1, **{"inactive-auto": 1})
    equal([moved.get()[key] for key in ("inactive", "inactive-auto")], [1, 1], "waiting")
    quiet(net, [one])
    frame = eth(moved.mac, a.mac)
    net.deliver(a, frame, to={one: tagged(frame, VLAN)})
    frame = eth(BROADCAST, a.mac)
    net.deliver(a, frame, to={one: tagged(frame, VLAN), moved: frame})
    equal(moved.get()["inactive"], 1, "after what it received")
    moved.wire.send(eth(a.mac, moved.mac))
    announced([one], {one: [rarp(moved.mac)]})
    equal([moved.get().get(key) for key in ("inactive", "inactive-auto")], [None, None], "active")
    net.prepare()
    net.deliver(a, eth(moved.mac, a.mac), to=[moved])


@test
def first_frame_of_an_address_that_is_taken(net):
    """It stays as it is, and another port that is activated with it is not held up; it is tried
    again with a later frame."""
    net.uplink()
    net.portgroup("prod", vlan=VLAN)
    a, late, other = net.client("prod"), net.plain_port(), net.plain_port()
    for port, mac in (late, a.mac), (other, other.mac):
        port.set(portgroup="prod", mac=[mac], inactive=1, **{"inactive-auto": 1})
    net.deliver(late, eth(BROADCAST, late.mac), drop={late: "inactive"})
    net.deliver(other, eth(BROADCAST, other.mac), drop={other: "inactive"})
    wait_for(lambda: "inactive" not in other.get(), "the other port to be active")
    equal(late.get()["inactive"], 1, "the port whose address is taken")
    a.set(portgroup="")
    net.deliver(late, eth(BROADCAST, late.mac), drop={late: "inactive"})
    wait_for(lambda: "inactive" not in late.get(), "the port to be active")
    # By hand it goes as before, and what it waited for is forgotten.
    late.set(inactive=1, **{"inactive-auto": 1})
    late.set(inactive=0)
    late.set(inactive=1)
    net.deliver(late, eth(BROADCAST, late.mac), drop={late: "inactive"})
    equal(late.get().get("inactive-auto"), None, "waits no more")


@test
def on_demand(net):
    one = net.uplink()
    net.portgroup("prod", vlan=VLAN)
    a, b = net.client("prod"), net.client("prod", mac=False)
    net.prepare()
    announce = lambda port: net.api.do("port-announce", switch=net.switch, id=port.id)
    announce(a)
    announced([one], {one: [rarp(a.mac)]})
    net.refused(errno.EINVAL, [b.name, "no address"], announce, b)
    net.refused(errno.EINVAL, [one.name, "no address"], announce, one)
    a.set(blocked=1)
    net.refused(errno.ENETDOWN, [a.name], announce, a)


@test
def flapping(net):
    """However often a port moves: no more than eight at once and four a second
    of each address, and in the end the right place is announced."""
    one, two = net.uplink(), net.uplink()
    net.set_switch(teaming={"active": [one.id], "standby": [two.id]})
    net.portgroup("prod", vlan=VLAN)
    net.client("prod")
    listen(net, active=[one.id], standby=[two.id])
    heard = {one: [], two: []}

    def hear_more(seconds):
        for uplink, more in hear([one, two], seconds).items():
            heard[uplink] += more

    def flap():
        for order in ([one, two], [two, one]):
            net.set_switch(teaming={"active": [order[0].id], "standby": [order[1].id],
                                    "notify-switches": 1})
        hear_more(0.001)
        return len(heard[one]) + len(heard[two]) >= 12

    start = time.monotonic()
    wait_for(flap, "some more than at once")
    hear_more(SECONDS)
    times = sorted(at for uplink in (one, two) for at, _ in heard[uplink])
    most = 8 + 4 * (times[-1] - start) + 1
    check(len(times) <= most, f"{len(times)} frames in {times[-1] - start:.1f} s")
    check(heard[two] and heard[two][-1][0] == times[-1], "the last was not where the port is")


run(lab.Lab, lab.close)
