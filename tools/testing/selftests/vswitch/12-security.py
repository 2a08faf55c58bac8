#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Security policies: promiscuous mode, MAC address changes, forged transmits."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import equal, run, test

FAKE = "02:66:00:00:00:01"
POLICIES = ("promiscuous", "mac-changes", "forged-transmits")


@test
def all_rejected_by_default(net):
    security = net.api.do("switch-get", ifindex=net.links.add("vs1", "vswitch"))["security"]
    equal(security, {"mac-source": "static", **{name: "reject" for name in POLICIES}},
          "policies of a new switch")
    net.portgroup("prod", vlan=10)
    group = net.api.do("portgroup-get", switch=net.switch, name="prod")
    equal(group["security"], {name: "inherit" for name in (*POLICIES, "mac-source")},
          "of a new port group")


@test
def forged_rejected(net):
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.uplink()
    net.deliver(a, eth(b.mac, FAKE), drop={a: "forged-source"})
    net.deliver(a, eth(BROADCAST, FAKE), drop={a: "forged-source"})
    net.deliver(a, eth(b.mac, b.mac), drop={a: "forged-source"})
    net.deliver(a, eth(b.mac, a.mac), to=[b])


@test
def forged_accepted(net):
    net.portgroup("prod", vlan=10)
    net.set_switch(security={"forged-transmits": "accept"})
    a, b = net.client("prod"), net.client("prod")
    up = net.uplink()
    net.deliver(a, eth(b.mac, FAKE), to=[b])
    frame = eth(BROADCAST, FAKE)
    net.deliver(a, frame, to={b: frame, up: tagged(frame, 10)})
    # Forging is sending only: what is sent to the address goes elsewhere.
    frame = eth(FAKE, b.mac)
    net.deliver(b, frame, to={up: tagged(frame, 10)})


@test
def portgroup_overrides_switch(net):
    """Both ways, and back to inheriting."""
    net.set_switch(security={"forged-transmits": "accept"})
    net.portgroup("strict", vlan=10, security={"forged-transmits": "reject"})
    net.portgroup("lax", vlan=10)
    a, b = net.client("strict"), net.client("lax")
    net.deliver(a, eth(b.mac, FAKE), drop={a: "forged-source"})
    net.deliver(b, eth(a.mac, FAKE), to=[a])
    net.set_switch(security={"forged-transmits": "reject"})
    net.deliver(b, eth(a.mac, FAKE), drop={b: "forged-source"})
    net.set_portgroup("lax", security={"forged-transmits": "accept"})
    net.deliver(b, eth(a.mac, FAKE), to=[a])
    net.set_portgroup("lax", security={"forged-transmits": "inherit"})
    net.deliver(b, eth(a.mac, FAKE), drop={b: "forged-source"})


@test
def port_without_address(net):
    """Nothing is its own: it sends nothing, and gets what goes to all."""
    net.portgroup("prod", vlan=10)
    a, bare = net.client("prod"), net.client("prod", mac=False)
    net.uplink()
    net.deliver(bare, eth(a.mac, bare.mac), drop={bare: "forged-source"})
    net.deliver(bare, eth(BROADCAST, bare.mac), drop={bare: "forged-source"})
    up = net.ports[-1]
    frame = eth(bare.mac, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10)})
    frame = eth(BROADCAST, a.mac)
    net.deliver(a, frame, to={bare: frame, up: tagged(frame, 10)})


@test
def promiscuous_rejected(net):
    """Nobody but the receiver sees a unicast (the other tests rest on it)."""
    net.portgroup("prod", vlan=10)
    a, b, _spy = (net.client("prod") for _ in range(3))
    net.deliver(a, eth(b.mac, a.mac), to=[b])


@test
def promiscuous_accepted(net):
    """The spy sees all of its VLAN, once; nothing of another."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    net.portgroup("spy", vlan=10, security={"promiscuous": "accept"})
    a, b = net.client("prod"), net.client("prod")
    c, d = net.client("dev"), net.client("dev")
    spy, up = net.client("spy"), net.uplink()
    net.deliver(a, eth(b.mac, a.mac), to=[b, spy])
    net.deliver(c, eth(d.mac, c.mac), to=[d])
    net.deliver(a, eth(spy.mac, a.mac), to=[spy])
    net.deliver(spy, eth(a.mac, spy.mac), to=[a])
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10), spy: frame})
    frame = eth(BROADCAST, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10), b: frame, spy: frame})


@test
def promiscuous_and_uplinks(net):
    """The spy sees what comes in for others, by whichever uplink; and sees it once.

    A physical switch sends what it knows the place of to one uplink.  What it does not know
    it floods to all of them: of that the spy takes what comes from its own.
    """
    net.portgroup("prod", vlan=10)
    net.portgroup("spy", vlan=10, security={"promiscuous": "accept"})
    a, b, spy = net.client("prod"), net.client("prod"), net.client("spy")
    uplinks = first, second = net.uplink(), net.uplink()
    for up in uplinks:
        for receiver in a, b:
            frame = eth(receiver.mac, up.mac, tags=tag(10))
            net.deliver(up, frame, to={port: frames.retag(frame) for port in (receiver, spy)})
    frame = eth(STRANGER, first.mac, tags=tag(10))
    net.deliver(first, frame, to={spy: frames.retag(frame)}, drop={first: "unknown-unicast"})
    frame = eth(STRANGER, second.mac, tags=tag(10))
    net.deliver(second, frame, drop={second: "unknown-unicast"})


@test
def promiscuous_and_teams(net):
    """What another team's uplink brings is seen, too; what no receiver takes is not."""
    net.portgroup("prod", vlan=10)
    net.portgroup("spy", vlan=10, security={"promiscuous": "accept"})
    a, spy = net.client("prod"), net.client("spy")
    first, second = net.uplink(), net.uplink()
    net.set_portgroup("spy", teaming={"policy": "explicit", "active": [first.id]})
    net.set_portgroup("prod", teaming={"policy": "explicit", "active": [second.id]})
    frame = eth(a.mac, second.mac, tags=tag(10))
    net.deliver(second, frame, to={port: frames.retag(frame) for port in (a, spy)})
    net.set_portgroup("prod", teaming={"policy": "explicit", "active": [first.id]})
    frame = eth(a.mac, second.mac, tags=tag(10))
    net.deliver(second, frame, drop={second: "reverse-path"})


@test
def promiscuous_trunk(net):
    """A promiscuous trunk sees its VLANs with their tags."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    net.portgroup("test", vlan=30)
    net.portgroup("probe", trunk=[(10, 20)], security={"promiscuous": "accept"})
    pairs = {vlan: (net.client(name), net.client(name))
             for vlan, name in ((10, "prod"), (20, "dev"), (30, "test"))}
    probe = net.client("probe")
    for vlan, (a, b) in pairs.items():
        frame = eth(b.mac, a.mac)
        to = {b: frame}
        if vlan <= 20:
            to[probe] = tagged(frame, vlan)
        net.deliver(a, frame, to=to)


@test
def two_spies(net):
    net.portgroup("spy", vlan=10, security={"promiscuous": "accept"})
    a, b, c = (net.client("spy") for _ in range(3))
    net.deliver(a, eth(b.mac, a.mac), to=[b, c])


@test
def changed_mac_rejected(net):
    """The port receives nothing until the guest is back at its address."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.uplink()
    up = net.ports[-1]
    a.set(effective_mac=FAKE)
    net.deliver(b, eth(a.mac, b.mac), drop={a: "mac-changed"})
    frame = eth(BROADCAST, b.mac)
    net.deliver(b, frame, to={up: tagged(frame, 10)})
    frame = eth(FAKE, b.mac)
    net.deliver(b, frame, to={up: tagged(frame, 10)})
    net.deliver(a, eth(b.mac, FAKE), drop={a: "forged-source"})
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    a.set(effective_mac=a.mac)
    net.deliver(b, eth(a.mac, b.mac), to=[a])


@test
def changed_mac_accepted(net):
    """The port is at the new address, and only there, in both directions."""
    net.portgroup("prod", vlan=10, security={"mac-changes": "accept"})
    a, b, up = net.client("prod"), net.client("prod"), net.uplink()
    a.set(effective_mac=FAKE)
    equal(a.get()["effective-mac"], FAKE, "effective address")
    net.deliver(b, eth(FAKE, b.mac), to=[a])
    frame = eth(a.mac, b.mac)
    net.deliver(b, frame, to={up: tagged(frame, 10)})
    net.deliver(a, eth(b.mac, FAKE), to=[b])
    net.deliver(a, eth(b.mac, a.mac), drop={a: "forged-source"})
    a.set(effective_mac=a.mac)
    net.deliver(b, eth(a.mac, b.mac), to=[a])
    net.deliver(a, eth(b.mac, a.mac), to=[b])


@test
def changed_mac_becomes_allowed(net):
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    a.set(effective_mac=FAKE)
    net.deliver(b, eth(a.mac, b.mac), drop={a: "mac-changed"})
    net.set_switch(security={"mac-changes": "accept"})
    net.deliver(b, eth(FAKE, b.mac), to=[a])


run(lab.Lab, lab.close)
