#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""MAC learning as an opt-in of a port group: limit, flooding, ageing, moves."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import STRANGER, eth, tag, tagged
from ktap import Cells, equal, fail, run, test, wait_for

INNER = [f"02:cc:00:00:00:{n:02x}" for n in range(8)]
ACCEPT = {"forged-transmits": "accept"}


def learning_group(net, name="nested", vlan=10, **learning):
    net.portgroup(name, vlan=vlan, security=ACCEPT, learning={"flood": 1, **learning})
    return name


def learned(net):
    return {(entry["vlan"], entry["mac"]): entry["port"]
            for entry in net.api.dump("mac-get", switch=net.switch)}


def goes_out(net, sender, frame, uplink, vlan=10):
    net.deliver(sender, frame, to={uplink: tagged(frame, vlan)})


@test
def learned_and_found(net):
    """A source behind a port is found there from then on, from everywhere."""
    learning_group(net, flood=0)
    net.portgroup("plain", vlan=10)
    a, b, up = net.client("nested"), net.client("plain"), net.uplink()
    goes_out(net, b, eth(INNER[0], b.mac), up)
    net.deliver(a, eth(b.mac, INNER[0]), to=[b])
    net.deliver(b, eth(INNER[0], b.mac), to=[a])
    frame = eth(INNER[0], up.mac, tags=tag(10))
    net.deliver(up, frame, to={a: frames.retag(frame)})
    frame = eth(INNER[0], up.mac, tags=tag(20))
    net.deliver(up, frame, drop={up: "unknown-unicast"})
    equal(learned(net), {(10, INNER[0]): a.id}, "learned addresses")
    got = net.api.do("mac-get", switch=net.switch, vlan=10, mac=INNER[0])
    equal((got["port"], got["age"] < 60), (a.id, True), "one address")


@test
def a_change_names_what_changes(net):
    """The other settings stay; who starts to learn has the defaults."""
    def settings():
        group, = net.api.dump("portgroup-get", switch=net.switch)
        return group.get("learning")

    net.portgroup("nested", vlan=10, learning={"limit": 64, "ageing": 10})
    want = {"limit": 64, "full": "drop", "flood": 1, "ageing": 10}
    equal(settings(), want, "at first")
    for key, value in (("flood", 0), ("full", "allow"), ("ageing", 20), ("limit", 32)):
        net.set_portgroup("nested", learning={key: value})
        want[key] = value
        equal(settings(), want, f"after a change of {key}")
    net.set_portgroup("nested", learning={})
    equal(settings(), None, "off")
    net.set_portgroup("nested", learning={"full": "allow"})
    equal(settings(), {"limit": 4096, "full": "allow", "flood": 1, "ageing": 600}, "on again")


@test
def only_where_it_is_on(net):
    """Another group learns nothing, forged frames or not."""
    learning_group(net, flood=0)
    net.portgroup("loose", vlan=10, security=ACCEPT)
    a, b, up = net.client("loose"), net.client("nested"), net.uplink()
    net.deliver(a, eth(b.mac, INNER[0]), to=[b])
    goes_out(net, b, eth(INNER[0], b.mac), up)
    equal(learned(net), {}, "learned addresses")


@test
def security_comes_first(net):
    """With forged transmits rejected there is nothing to learn."""
    net.portgroup("strict", vlan=10, learning={"flood": 0})
    a, b = net.client("strict"), net.client("strict")
    net.deliver(a, eth(b.mac, INNER[0]), drop={a: "forged-source"})
    equal(learned(net), {}, "learned addresses")


@test
def given_addresses_come_first(net):
    """What an administrator gave to a port is not learned by another."""
    learning_group(net, flood=0)
    a, b, c = (net.client("nested") for _ in range(3))
    net.deliver(a, eth(b.mac, c.mac), to=[b])
    net.deliver(b, eth(c.mac, b.mac), to=[c])
    equal(learned(net), {}, "learned addresses")


@test
def unknown_unicast(net):
    """Flooded among ports that learn and want it, and to the uplink; not to
    others, and never from one uplink to another."""
    learning_group(net)
    learning_group(net, "quiet", flood=0)
    net.portgroup("plain", vlan=10)
    a, b = net.client("nested"), net.client("nested")
    net.client("quiet")
    d = net.client("plain")
    first = net.uplink()
    net.uplink()
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={b: frame, first: tagged(frame, 10)})
    frame = eth(STRANGER, d.mac)
    net.deliver(d, frame, to={a: frame, b: frame, first: tagged(frame, 10)})
    frame = eth(STRANGER, first.mac, tags=tag(10))
    net.deliver(first, frame, to={a: frames.retag(frame), b: frames.retag(frame)})
    frame = eth(STRANGER, first.mac, tags=tag(30))
    net.deliver(first, frame, drop={first: "unknown-unicast"})


@test
def limit_drops(net):
    learning_group(net, limit=2, flood=0)
    a, b = net.client("nested"), net.client("nested")
    for inner in INNER[:2]:
        net.deliver(a, eth(b.mac, inner), to=[b])
    net.deliver(a, eth(b.mac, INNER[2]), drop={a: "learning-limit"})
    net.deliver(a, eth(b.mac, INNER[0]), to=[b])
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.deliver(b, eth(a.mac, INNER[3]), to=[a])       # its own limit
    equal(set(learned(net)), {(10, INNER[n]) for n in (0, 1, 3)}, "learned addresses")


@test
def limit_allows(net):
    learning_group(net, limit=1, full="allow", flood=0)
    a, b, up = net.client("nested"), net.client("nested"), net.uplink()
    for inner in INNER[:3]:
        net.deliver(a, eth(b.mac, inner), to=[b])
    equal(set(learned(net)), {(10, INNER[0])}, "learned addresses")
    goes_out(net, b, eth(INNER[1], b.mac), up)


@test
def moves_between_ports(net):
    learning_group(net, limit=1, flood=0)
    a, b, c = (net.client("nested") for _ in range(3))
    net.deliver(a, eth(c.mac, INNER[0]), to=[c])
    net.deliver(b, eth(c.mac, INNER[0]), to=[c])
    net.deliver(c, eth(INNER[0], c.mac), to=[b])
    net.deliver(a, eth(c.mac, INNER[1]), to=[c])       # its place is free again
    net.deliver(b, eth(c.mac, INNER[2]), drop={b: "learning-limit"})


@test
def ageing(net):
    learning_group(net, ageing=1, limit=1, flood=0)
    a, b, up = net.client("nested"), net.client("nested"), net.uplink()
    net.deliver(a, eth(b.mac, INNER[0]), to=[b])
    wait_for(lambda: not learned(net), "the address to be forgotten")
    goes_out(net, b, eth(INNER[0], b.mac), up)
    net.deliver(a, eth(b.mac, INNER[1]), to=[b])


@test
def echoes_and_moves_to_another_host(net):
    """At once it is an echo of ours; after a second it has moved away."""
    learning_group(net, flood=0)
    a, b, up = net.client("nested"), net.client("nested"), net.uplink()

    def seen_outside():
        frame = eth(b.mac, INNER[0], tags=tag(10))
        before = net.counters()[up.name].get("drop reflected", 0)
        up.wire.send(frame)
        net.settle()
        return net.counters()[up.name].get("drop reflected", 0) == before
    net.prepare()
    for _ in range(5):      # one of them within a second, however slow the machine
        a.wire.send(eth(b.mac, INNER[0]))
        if not seen_outside():
            break
    else:
        fail("no echo was dropped")
    wait_for(seen_outside, "the address to have moved")
    equal(learned(net), {}, "learned addresses")
    b.wire.take_all()
    net.before = net.counters()
    goes_out(net, b, eth(INNER[0], b.mac), up)


@test
def forgotten_with_its_port(net):
    learning_group(net, flood=0)
    net.portgroup("plain", vlan=10)
    net.portgroup("other", vlan=20, security=ACCEPT, learning={"flood": 0})
    a, b, c, up = *(net.client("nested") for _ in range(3)), net.uplink()
    for port, inner in zip((a, b, c), INNER):
        goes_out(net, port, eth(STRANGER, inner), up)
    equal(len(learned(net)), 3, "learned addresses")
    a.set(portgroup="plain")
    b.set(portgroup="other")
    net.links.delete(c.name)
    net.ports.remove(c)
    c.close()
    d = net.client("plain")
    for inner in INNER[:3]:
        goes_out(net, d, eth(inner, d.mac), up)
    wait_for(lambda: not learned(net), "all to be forgotten")
    net.set_portgroup("nested", learning={})
    equal(net.api.do("portgroup-get", switch=net.switch, name="nested").get("learning"), None,
          "learning")


@test
def trunks_learn_in_each_vlan(net):
    net.portgroup("trunk", trunk=[10, 20], security=ACCEPT, learning={"flood": 0})
    net.portgroup("ten", vlan=10)
    net.portgroup("twenty", vlan=20)
    t, a, b, up = net.client("trunk"), net.client("ten"), net.client("twenty"), net.uplink()
    frame = eth(a.mac, INNER[0], tags=tag(10))
    net.deliver(t, frame, to={a: frames.retag(frame)})
    frame = eth(INNER[0], a.mac)
    net.deliver(a, frame, to={t: tagged(frame, 10)})
    goes_out(net, b, eth(INNER[0], b.mac), up, vlan=20)


@test
def many_addresses(net):
    """A port's 4096 addresses, and no more."""
    learning_group(net, flood=0)
    a, b = net.client("nested"), net.client("nested")
    net.prepare()
    for number in range(4096):
        a.wire.send(eth(b.mac, frames.mac(number, "02:dd:00")))
        if not number % 64:
            b.wire.take_all()
    net.settle()
    b.wire.take_all()
    equal(len(learned(net)), 4096, "learned addresses")
    net.before = net.counters()
    net.deliver(a, eth(b.mac, INNER[0]), drop={a: "learning-limit"})
    net.deliver(b, eth(frames.mac(4000, "02:dd:00"), b.mac), to=[a])


@test
def bad_values(net):
    cells = Cells()
    learning_group(net)

    for name, says, learning in (("limit 0", ["nested", "0", "4096"], {"limit": 0}),
                                 ("limit", ["nested", "4097", "4096"], {"limit": 4097}),
                                 ("ageing 0", ["nested", "0 s"], {"ageing": 0}),
                                 ("ageing", ["nested", "1000001"], {"ageing": 1000001})):
        cells.run(name, net.refused, errno.ERANGE, says, net.set_portgroup, "nested",
                  learning=learning)
    cells.run("not learned", net.refused, errno.ENOENT, [STRANGER], net.api.do, "mac-get",
              switch=net.switch, vlan=10, mac=STRANGER)
    cells.finish()


run(lab.Lab, lab.close)
