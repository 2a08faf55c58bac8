#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What ports have otherwise than their port group, and blocked port groups."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import Cells, equal, run, test

ALL = {"vlan", "security", "teaming", "shaping"}


@test
def blocked_port_group(net):
    """All of its ports carry nothing; the ports of others do."""
    net.portgroup("prod", vlan=10)
    net.portgroup("other", vlan=10)
    a, b, c = net.client("prod"), net.client("other"), net.client("other")
    net.set_portgroup("prod", blocked=1)
    net.deliver(a, eth(b.mac, a.mac), drop={a: "blocked"})
    net.deliver(b, eth(a.mac, b.mac), drop={a: "blocked"})
    net.deliver(b, eth(BROADCAST, b.mac), to=[c])
    net.set_portgroup("prod", blocked=0)
    net.deliver(a, eth(BROADCAST, a.mac), to=[b, c])


@test
def blocked_port(net):
    net.portgroup("prod", vlan=10)
    a, b, c = (net.client("prod") for _ in range(3))
    b.set(blocked=1)
    net.deliver(a, eth(BROADCAST, a.mac), to=[c])
    net.deliver(a, eth(b.mac, a.mac), drop={b: "blocked"})
    net.deliver(b, eth(a.mac, b.mac), drop={b: "blocked"})
    b.set(blocked=0)
    net.deliver(a, eth(BROADCAST, a.mac), to=[b, c])


@test
def own_vlan(net):
    """A port in another VLAN than its group, and back."""
    net.portgroup("prod", vlan=10, overrides=ALL)
    net.portgroup("dev", vlan=20)
    a, b, c = net.client("prod"), net.client("prod"), net.client("dev")
    up = net.uplink()
    b.set(vlan=20)
    frame = eth(BROADCAST, b.mac)
    net.deliver(b, frame, to={c: frame, up: tagged(frame, 20)})
    net.deliver(c, eth(b.mac, c.mac), to=[b])
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10)})
    equal(net.api.do("portgroup-get", switch=net.switch, name="prod")["port-count"], 2, "ports")
    b.set(overrides=set())
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    frame = eth(BROADCAST, c.mac)
    net.deliver(c, frame, to={up: tagged(frame, 20)})


@test
def own_trunk(net):
    net.portgroup("prod", vlan=10, overrides={"vlan"})
    a, b = net.client("prod"), net.client("prod")
    b.set(trunk=[{"first": 10, "last": 11}])
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to={b: tagged(frame, 10)})
    frame = eth(a.mac, b.mac, tags=tag(10))
    net.deliver(b, frame, to={a: frames.retag(frame)})
    net.deliver(b, eth(a.mac, b.mac), drop={b: "vlan-not-allowed"})
    equal(b.get()["trunk"], [{"first": 10, "last": 11}], "trunk of the port")


@test
def own_security(net):
    """Each policy by itself; what is inherited follows the port group."""
    net.portgroup("prod", vlan=10, overrides={"security"})
    a, b, c = (net.client("prod") for _ in range(3))
    a.set(security={"forged-transmits": "accept"})
    frame = eth(b.mac, STRANGER)
    net.deliver(a, frame, to=[b])
    net.deliver(c, eth(b.mac, STRANGER), drop={c: "forged-source"})
    b.set(security={"promiscuous": "accept"})
    net.deliver(a, eth(c.mac, a.mac), to=[b, c])
    net.set_portgroup("prod", security={"promiscuous": "accept"})
    net.deliver(c, eth(b.mac, c.mac), to=[a, b])
    a.set(security={"promiscuous": "reject"})
    net.deliver(c, eth(b.mac, c.mac), to=[b])
    a.set(security={"promiscuous": "inherit", "forged-transmits": "inherit"})
    equal(a.get().get("overrides"), set(), "overrides of a port that inherits all")
    net.deliver(a, eth(b.mac, STRANGER), drop={a: "forged-source"})


@test
def own_teaming(net):
    """A port on another uplink than its group; uplinks that go are forgotten."""
    first, second = net.uplink(), net.uplink()
    net.portgroup("prod", vlan=10, overrides={"teaming"}, teaming={"active": [first.id]})
    a, b = net.client("prod"), net.client("prod")
    b.set(teaming={"active": [second.id]})
    for client, uplink in ((a, first), (b, second)):
        frame = eth(STRANGER, client.mac)
        net.deliver(client, frame, to={uplink: tagged(frame, 10)})
    second.set(role="unassigned")
    equal(b.get()["teaming"].get("active"), None, "active uplinks of the port")
    net.deliver(b, eth(STRANGER, b.mac), drop={b: "no-uplink"})
    b.set(teaming={})
    frame = eth(STRANGER, b.mac)
    net.deliver(b, frame, to={first: tagged(frame, 10)})


@test
def only_what_is_allowed(net):
    """By name, in whatever order a transaction says it; nothing changes else."""
    cells = Cells()
    up = net.uplink()
    net.portgroup("prod", vlan=10)
    net.portgroup("free", vlan=10, overrides=ALL)
    a = net.client("prod")
    shaping = {"average": 1000, "peak": 1000, "burst": 100}
    tries = {"VLAN": {"vlan": 20}, "security": {"security": {"promiscuous": "accept"}},
             "teaming": {"teaming": {"active": [up.id]}}, "shaping": {"shaping_egress": shaping}}
    for what, attributes in tries.items():
        cells.run(what, net.refused, errno.EPERM, [what, a.name, "prod"], a.set, **attributes)
    a.set(portgroup="free")
    for attributes in tries.values():
        a.set(**attributes)
    got = a.get()
    equal(set(got["overrides"]), ALL, "overrides")
    equal((got["vlan"], got["shaping-egress"]), (20, shaping), "own policies")
    cells.run("moved", net.refused, errno.EPERM, [a.name, "prod"], a.set, portgroup="prod")
    cells.run("forbidden", net.refused, errno.EPERM, [a.name, "free"], net.set_portgroup, "free",
              overrides=set())
    net.api.do("txn", switch=net.switch,
               portgroup_set=[{"name": "prod", "overrides": {"vlan"}}],
               port_set=[{"ifindex": a.ifindex, "portgroup": "prod", "overrides": {"vlan"}}])
    equal(set(a.get()["overrides"]), {"vlan"}, "overrides")
    # Out of the group and in again: as a new one
    a.set(portgroup="")
    equal(a.get().get("overrides"), set(), "overrides without a port group")
    cells.run("no group", net.refused, errno.EINVAL, [a.name], a.set, vlan=20)
    cells.finish()


@test
def bad_values(net):
    cells = Cells()
    net.portgroup("prod", vlan=10, overrides=ALL)
    a = net.client("prod")
    good = {"average": 1000, "peak": 2000, "burst": 100}
    bad = {
        "average of 0": (errno.ERANGE, {**good, "average": 0}, ["average rate of 0"]),
        "peak below average": (errno.ERANGE, {**good, "peak": 999}, ["999", "1000"]),
        "burst of 0": (errno.ERANGE, {**good, "burst": 0}, ["burst 0"]),
        "burst too large": (errno.ERANGE, {**good, "burst": 4194304}, ["4194304", "4194303"]),
        "no burst": (errno.EINVAL, {"average": 1, "peak": 1}, ["average, peak and burst"]),
    }
    for name, (error, shaping, says) in bad.items():
        for key in ("shaping_ingress", "shaping_egress"):
            cells.run(f"port {name}", net.refused, error, [a.name, *says], a.set,
                      **{key: shaping})
            cells.run(f"group {name}", net.refused, error, ["prod", *says], net.set_portgroup,
                      "prod", **{key: shaping})
    cells.run("VLAN", net.refused, errno.ERANGE, [a.name, "4096"], a.set, vlan=4096)
    cells.run("both", net.refused, errno.EINVAL, [a.name], a.set, vlan=1,
              trunk=[{"first": 1, "last": 2}])
    cells.run("range", net.refused, errno.ERANGE, [a.name], a.set,
              trunk=[{"first": 2, "last": 1}])
    cells.run("team", net.refused, errno.EINVAL, [a.name], a.set, teaming={"active": [a.id]})
    b = net.client("prod")
    b.set(vlan=20)
    cells.run("MAC", net.refused, errno.EADDRINUSE, [a.mac], b.set, mac=[a.mac],
              overrides=set())
    cells.finish()


run(lab.Lab, lab.close)
