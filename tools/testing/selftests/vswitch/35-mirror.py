#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Mirror sessions: what is copied, how, to where, and that it stays there."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import Cells, equal, run, test

RSPAN = 999


def mirror(net, name="watch", **attributes):
    net.api.do("mirror-set", switch=net.switch, name=name, **attributes)


@test
def ingress_of_a_port(net):
    """What it sends, dropped or not; not what it receives."""
    net.portgroup("prod", vlan=10)
    a, b, watcher = net.client("prod"), net.client("prod"), net.plain_port()
    mirror(net, ingress=[a.id], destination=watcher.id)
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={b: frame, watcher: tagged(frame, 10)})
    frame = eth(BROADCAST, a.mac)
    net.deliver(a, frame, to={b: frame, watcher: tagged(frame, 10)})
    net.deliver(b, eth(a.mac, b.mac), to=[a])
    frame = eth(b.mac, STRANGER)
    net.deliver(a, frame, to={watcher: tagged(frame, 10)}, drop={a: "forged-source"})


@test
def egress_of_a_port(net):
    net.portgroup("prod", vlan=10)
    a, b, c, watcher = *(net.client("prod") for _ in range(3)), net.plain_port()
    mirror(net, egress=[a.id], destination=watcher.id)
    frame = eth(a.mac, b.mac)
    net.deliver(b, frame, to={a: frame, watcher: tagged(frame, 10)})
    frame = eth(BROADCAST, b.mac)
    net.deliver(b, frame, to={a: frame, c: frame, watcher: tagged(frame, 10)})
    net.deliver(a, eth(b.mac, a.mac), to=[b])


@test
def both_directions(net):
    net.portgroup("plain")
    a, b, watcher = net.client("plain"), net.client("plain"), net.plain_port()
    mirror(net, ingress=[a.id, b.id], egress=[a.id, b.id], destination=watcher.id)
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={b: frame, watcher: [frame, frame]})


@test
def of_a_vlan(net):
    """All that enters in it, from ports, trunks and outside; once each."""
    net.portgroup("ten", vlan=10)
    net.portgroup("twenty", vlan=20)
    net.portgroup("trunk", trunk=[10, 20])
    a, b, t = net.client("ten"), net.client("twenty"), net.client("trunk")
    up, watcher = net.uplink(), net.plain_port()
    mirror(net, vlan=[10], destination=watcher.id)
    frame = eth(t.mac, a.mac)
    net.deliver(a, frame, to={t: tagged(frame, 10), watcher: tagged(frame, 10)})
    frame = eth(t.mac, b.mac)
    net.deliver(b, frame, to={t: tagged(frame, 20)})
    frame = eth(a.mac, t.mac, tags=tag(10, pcp=3))
    net.deliver(t, frame, to={a: frames.retag(frame), watcher: frame})
    frame = eth(BROADCAST, up.mac, tags=tag(10))
    net.deliver(up, frame, to={a: frames.retag(frame), t: frame, watcher: frame})
    frame = eth(b.mac, up.mac, tags=tag(20))
    net.deliver(up, frame, to={b: frames.retag(frame)})


@test
def of_an_uplink(net):
    net.portgroup("prod", vlan=10)
    a, up, watcher = net.client("prod"), net.uplink(), net.plain_port()
    mirror(net, ingress=[up.id], egress=[up.id], destination=watcher.id)
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10), watcher: tagged(frame, 10)})
    frame = eth(a.mac, up.mac, tags=tag(10))
    net.deliver(up, frame, to={a: frames.retag(frame), watcher: frame})
    frame = eth(STRANGER, up.mac, tags=tag(10))
    net.deliver(up, frame, to={watcher: frame}, drop={up: "unknown-unicast"})


@test
def to_an_rspan_vlan(net):
    """Out of an uplink, in its VLAN, and not back in again."""
    net.portgroup("prod", vlan=10)
    a, b, first, second = net.client("prod"), net.client("prod"), net.uplink(), net.uplink()
    net.set_switch(teaming={"active": [first.id]})
    mirror(net, ingress=[a.id], destination=second.id, rspan_vlan=RSPAN)
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={b: frame, second: tagged(frame, RSPAN)})
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={first: tagged(frame, 10), second: tagged(frame, RSPAN)})
    frame = eth(BROADCAST, STRANGER, tags=tag(RSPAN))
    net.deliver(first, frame, drop={first: "no-receiver"})


@test
def never_back_into_forwarding(net):
    """What the destination sends goes nowhere; copies make no copies."""
    net.portgroup("prod", vlan=10, security={"promiscuous": "accept"})
    a, b, watcher, other = *(net.client("prod") for _ in range(2)), net.plain_port(), \
        net.plain_port()
    mirror(net, ingress=[a.id], egress=[b.id], destination=watcher.id)
    mirror(net, "second", vlan=[10], destination=other.id)
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={b: frame, watcher: [tagged(frame, 10)] * 2,
                              other: tagged(frame, 10)})
    for target in (a.mac, BROADCAST):
        net.deliver(watcher, eth(target, watcher.mac), drop={watcher: "unassigned"})


@test
def length(net):
    """The first bytes only; shorter frames as they are."""
    net.portgroup("prod", vlan=10)
    a, b, watcher = net.client("prod"), net.client("prod"), net.plain_port()
    mirror(net, ingress=[a.id], destination=watcher.id, length=100)
    for size, copied in ((60, 60), (100, 100), (101, 100), (1514, 100)):
        frame = eth(b.mac, a.mac, length=size)
        net.prepare()
        a.wire.send(frame)
        net.settle()
        equal(b.wire.take_all(), [frame], f"{size} bytes for the receiver")
        equal(watcher.wire.take_all(), [tagged(frame[:copied], 10)], f"{size} bytes, mirrored")


@test
def sampling(net):
    net.portgroup("prod")
    a, b, watcher = net.client("prod"), net.client("prod"), net.plain_port()
    mirror(net, ingress=[a.id], destination=watcher.id, sampling=4)
    net.prepare()
    sent = [eth(b.mac, a.mac) for _ in range(40)]
    for frame in sent:
        a.wire.send(frame)
    net.settle()
    equal(b.wire.take_all(), sent, "frames for the receiver")
    equal(watcher.wire.take_all(), sent[3::4], "sampled frames")


@test
def destination_that_cannot_take_it(net):
    """Blocked or without a link: nothing, and the traffic goes on."""
    net.portgroup("prod")
    a, b, watcher = net.client("prod", mtu=2000), net.client("prod", mtu=2000), net.plain_port()
    net.links.set("vs0", mtu=2000)
    mirror(net, ingress=[a.id], destination=watcher.id)
    frame = eth(b.mac, a.mac, length=1900)
    net.deliver(a, frame, to=[b], drop={watcher: "mtu"})
    watcher.set(blocked=1)
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    watcher.set(blocked=0)
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to=[b, watcher])
    net.link(watcher, False)
    a.wire.send(eth(b.mac, a.mac))
    net.settle()
    equal(len(b.wire.take_all()), 1, "frames for the receiver")


@test
def ports_that_leave(net):
    """A source is taken out of its session; without a destination, it ends."""
    net.portgroup("prod")
    a, b, watcher = net.client("prod"), net.client("prod"), net.plain_port()
    mirror(net, ingress=[a.id, b.id], destination=watcher.id)
    events = net.api.subscribe("config")
    net.links.delete(a.name)
    net.ports.remove(a)
    a.close()
    net.api.do("switch-set", ifindex=net.switch)
    equal(net.api.dump("mirror-get")[0]["ingress"], [b.id], "sources")
    net.links.delete(watcher.name)
    net.ports.remove(watcher)
    watcher.close()
    net.api.do("switch-set", ifindex=net.switch)
    equal(net.api.dump("mirror-get"), [], "sessions")
    names = [name for name, _ in events.take() if name.startswith("mirror")]
    equal(names, ["mirror-ntf", "mirror-del-ntf"], "notifications")
    events.close()
    c = net.client("prod")
    net.deliver(b, eth(c.mac, b.mac), to=[c])


@test
def shown_changed_and_ended(net):
    net.portgroup("prod", vlan=10)
    a, watcher = net.client("prod"), net.plain_port()
    mirror(net, ingress=[a.id], vlan=[0, 10], destination=watcher.id, length=64, sampling=2)
    equal(net.api.do("mirror-get", switch=net.switch, name="watch"),
          {"switch": net.switch, "name": "watch", "ingress": [a.id], "vlan": [0, 10],
           "destination": watcher.id, "length": 64, "sampling": 2}, "session")
    mirror(net, egress=[a.id], length=100)
    equal(net.api.do("mirror-get", switch=net.switch, name="watch"),
          {"switch": net.switch, "name": "watch", "ingress": [a.id], "egress": [a.id],
           "vlan": [0, 10], "destination": watcher.id, "length": 100, "sampling": 2},
          "session, of which what was named has changed")
    net.api.do("mirror-del", switch=net.switch, name="watch")
    equal(net.api.dump("mirror-get"), [], "sessions")


@test
def as_many_sources_as_there_can_be(net):
    """What was taken can be shown: by itself, in a dump, and to listeners."""
    net.portgroup("prod")
    a, watcher = net.client("prod"), net.plain_port()
    events = net.api.subscribe("config")
    session = {"name": "watch", "ingress": [a.id], "vlan": list(range(1023)),
               "destination": watcher.id}
    net.api.do("mirror-set", switch=net.switch, **session)
    whole = {"switch": net.switch, **session, "length": 0, "sampling": 1}
    equal(net.api.do("mirror-get", switch=net.switch, name="watch"), whole, "session")
    equal(net.api.dump("mirror-get"), [whole], "sessions")
    equal(events.take(), [("mirror-ntf", whole)], "notifications")
    events.close()


@test
def bad_sessions(net):
    """Refused, named, and nothing changed."""
    cells = Cells()
    net.portgroup("prod", vlan=10)
    a, b, up, watcher = net.client("prod"), net.client("prod"), net.uplink(), net.plain_port()
    mirror(net, ingress=[a.id], destination=watcher.id)

    new = {"name": "new", "destination": watcher.id}
    for name, error, says, attributes in (
            ("itself", errno.EINVAL, ["new", "source", watcher.name],
             {**new, "egress": [watcher.id]}),
            ("an uplink of itself", errno.EINVAL, ["source", up.name],
             {"name": "new", "destination": up.id, "rspan_vlan": RSPAN, "egress": [up.id]}),
            ("its RSPAN VLAN", errno.EINVAL, ["RSPAN", str(RSPAN)],
             {"name": "new", "destination": up.id, "rspan_vlan": RSPAN, "vlan": [RSPAN]}),
            ("RSPAN VLAN in use", errno.EINVAL, ["RSPAN", "10"],
             {"name": "new", "destination": up.id, "rspan_vlan": 10, "ingress": [a.id]}),
            ("RSPAN to a client", errno.EINVAL, ["uplink", watcher.name],
             {**new, "rspan_vlan": RSPAN, "ingress": [a.id]}),
            ("to a client", errno.EINVAL, [b.name],
             {"name": "new", "destination": b.id, "ingress": [a.id]}),
            ("to an uplink without RSPAN", errno.EINVAL, [up.name],
             {"name": "new", "destination": up.id, "ingress": [a.id]}),
            ("no port", errno.EINVAL, ["99"], {"name": "new", "destination": 99, "ingress": [1]}),
            ("far from any port", errno.EINVAL, ["65535"],
             {"name": "new", "destination": 2 ** 32 - 1, "ingress": [1]}),
            ("source no port", errno.EINVAL, ["98"], {**new, "ingress": [98]}),
            ("source out of range", errno.ERANGE, ["4097", "1-4096"], {**new, "ingress": [4097]}),
            ("VLAN out of range", errno.ERANGE, ["4095", "0-4094"], {**new, "vlan": [4095]}),
            ("too many sources", errno.E2BIG, ["new", "1025", "1024"],
             {**new, "ingress": [a.id], "vlan": list(range(1024))}),
            ("no source", errno.EINVAL, ["no source"], new),
            ("no destination", errno.EINVAL, ["destination"], {"name": "new", "ingress": [1]}),
            ("no name", errno.EINVAL, ["name"], {"destination": watcher.id, "ingress": [1]}),
            ("sampling 0", errno.ERANGE, ["0"], {**new, "ingress": [a.id], "sampling": 0}),
            ("length 59", errno.ERANGE, ["59", "60"], {**new, "ingress": [a.id], "length": 59})):
        cells.run(name, net.refused, error, says, net.api.do, "mirror-set", switch=net.switch,
                  **attributes)
    cells.run("destination in use", net.refused, errno.EINVAL, ["watch", watcher.name],
              watcher.set, portgroup="prod")
    cells.run("not there", net.refused, errno.ENOENT, ["'new'"], net.api.do, "mirror-del",
              switch=net.switch, name="new")
    cells.finish()


run(lab.Lab, lab.close)
