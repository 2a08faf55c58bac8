#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Where the effective address of a port is taken from."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from frames import BROADCAST, eth, tagged
from ktap import equal, run, test, wait_for

NEW = "02:77:00:00:00:01"
NEWER = "02:77:00:00:00:02"
OBSERVED = {"mac-source": "observed", "mac-changes": "accept"}


def effective(port):
    return port.get().get("effective-mac")


def await_effective(port, mac):
    wait_for(lambda: effective(port) == mac, f"effective address {mac} of {port}")


@test
def static_is_refused(net):
    """By default nobody says; what an agent said before has no effect any more."""
    net.portgroup("prod", vlan=10, security={"mac-changes": "accept"})
    a, b = net.client("prod"), net.client("prod")
    a.set(effective_mac=NEW)
    frame = eth(NEW, b.mac)
    net.deliver(b, frame, to=[a])
    net.set_portgroup("prod", security={"mac-source": "static"})
    net.deliver(b, eth(NEW, b.mac), drop={b: "no-uplink"})
    frame = eth(a.mac, b.mac)
    net.deliver(b, frame, to=[a])
    net.deliver(a, eth(b.mac, NEW), drop={a: "forged-source"})
    net.refused(errno.EINVAL, [a.name, "static"], a.set, effective_mac=NEWER)
    equal(effective(a), NEW, "what the agent said")


@test
def observed(net):
    """What a guest sends from is where it receives, from the first frame on."""
    net.portgroup("prod", vlan=10, security=OBSERVED)
    a, b = net.client("prod"), net.client("prod")
    up = net.uplink()
    frame = eth(b.mac, NEW)
    net.deliver(a, frame, to=[b])
    await_effective(a, NEW)
    frame = eth(NEW, b.mac)
    net.deliver(b, frame, to=[a])
    # The address before is nobody's now.
    frame = eth(a.mac, b.mac)
    net.deliver(b, frame, to={up: tagged(frame, 10)})
    frame = eth(b.mac, a.mac)
    net.deliver(a, frame, to=[b], note="back")
    await_effective(a, None)
    frame = eth(a.mac, b.mac)
    net.deliver(b, frame, to=[a])


@test
def observed_is_no_licence(net):
    """Another port's address is not taken; one address in a second; nothing
    where changes are rejected."""
    net.portgroup("prod", vlan=10, security=OBSERVED)
    net.portgroup("strict", vlan=10, security={"mac-source": "observed"})
    a, b, strict = net.client("prod"), net.client("prod"), net.client("strict")
    net.deliver(a, eth(BROADCAST, b.mac), drop={a: "forged-source"})
    net.deliver(strict, eth(BROADCAST, NEW), drop={strict: "forged-source"})
    equal(effective(a), None, "address of the port")
    frame = eth(b.mac, NEW)
    net.deliver(a, frame, to=[b])
    await_effective(a, NEW)
    # The second has not passed: the first of the others waits, and its frames pass.
    frame = eth(b.mac, NEWER)
    net.deliver(a, frame, to=[b])
    a.wire.send(eth(b.mac, "02:77:00:00:00:03"))
    net.settle()
    if effective(a) == NEW:     # still within the second
        equal(b.wire.take_all(), [], "a frame from yet another address")
    net.prepare()
    await_effective(a, NEWER)


@test
def observed_with_forged_accepted(net):
    """Everything passes; the receive filter follows."""
    net.portgroup("prod", vlan=10, security={**OBSERVED, "forged-transmits": "accept"})
    a, b = net.client("prod"), net.client("prod")
    for mac in (NEW, NEWER):
        frame = eth(b.mac, mac)
        net.deliver(a, frame, to=[b])
    await_effective(a, NEW)
    frame = eth(NEW, b.mac)
    net.deliver(b, frame, to=[a])


run(lab.Lab, lab.close)
