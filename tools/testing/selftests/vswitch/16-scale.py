#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --cpus 2
"""1,000 ports, 100 port groups, 10,000 addresses; changes under traffic."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import eth, tagged
from ktap import check, diag, equal, run, test
from netlink import Nl

NLM_F_DUMP_INTR = 0x10
# Making and deleting a thousand devices takes the debug kernel minutes.
PORTS = 150 if os.environ.get("LAB_KERNEL") == "debug" else 1000
GROUPS, MACS = 100, 10


def addresses(number):
    return [frames.mac(number * MACS + i, "06:00:00") for i in range(MACS)]


def build(net):
    """All of it but two clients and an uplink, which have far ends."""
    for number in range(3, PORTS):
        net.links.add(f"d{number}", "dummy", up=True)
        net.links.set(f"d{number}", master=net.switch)
    net.api.do("txn", switch=net.switch,
               portgroup_new=[{"name": f"group {n}", "vlan": n + 1} for n in range(GROUPS)])
    net.api.do("txn", switch=net.switch,
               port_set=[{"ifindex": socket.if_nametoindex(f"d{n}"), "portgroup":
                          f"group {n % GROUPS}", "mac": addresses(n)} for n in range(3, PORTS)])


def milliseconds(times):
    ordered = sorted(times)
    return f"median {ordered[len(ordered) // 2] * 1e3:.1f} ms, " \
        f"min {ordered[0] * 1e3:.1f}, max {ordered[-1] * 1e3:.1f}, of {len(ordered)}"


def timed(function, *args, **kwargs):
    start = time.monotonic()
    function(*args, **kwargs)
    return time.monotonic() - start


def changes(net, a):
    """Changes of each object, one after the other; prints what each took."""
    do, switch = net.api.do, net.switch
    kinds = {
        "portgroup-set": lambda n: do("portgroup-set", switch=switch, name=f"group {n}",
                                      security={"promiscuous": "inherit", "mac-changes":
                                                ["accept", "reject"][n & 1]}),
        "port-set": lambda n: do("port-set", switch=switch, id=50 + n, blocked=n & 1),
        "portgroup-new": lambda n: do("portgroup-new", switch=switch, name=f"new {n}", vlan=500),
        "portgroup-del": lambda n: do("portgroup-del", switch=switch, name=f"new {n}"),
        "port-set of the sender": lambda n: do("port-set", switch=switch, id=a.id,
                                               mac=[a.mac, frames.mac(n, "0a:00:00")]),
        "enslave": lambda n: net.links.set("extra", master=switch),
        "release": lambda n: net.links.set("extra", master=0),
    }
    net.links.add("extra", "dummy")
    for kind, change in kinds.items():
        if kind == "release":
            continue
        times, back = [], []
        for n in range(10):
            times.append(timed(change, n))
            if kind == "enslave":
                back.append(timed(kinds["release"], n))
        diag(f"{kind}: {milliseconds(times)}")
        if back:
            diag(f"release: {milliseconds(back)}")


def interrupted_dump(net, meanwhile):
    """Dump all ports, with something done between its first and its second
    message: is the reader told that it is not consistent?"""
    sock = net.api.raw_socket.sock
    head = struct.pack("BBH", net.api.ynl.ops["port-get"].req_value, 1, 0)
    sock.send(struct.pack("IHHII", 16 + len(head), net.api.family, Nl.NLM_F_REQUEST |
                          Nl.NLM_F_DUMP, 4711, 0) + head)
    told, first = False, True
    while True:
        data = sock.recv(1 << 18)
        if first:
            meanwhile()
            first = False
        at = 0
        while at < len(data):
            length, kind, flags = struct.unpack_from("IHH", data, at)
            told |= bool(flags & NLM_F_DUMP_INTR)
            if kind == Nl.NLMSG_DONE:
                return told
            at += length + 3 & ~3


@test
def full_switch(net):
    start = time.monotonic()
    net.portgroup("traffic", vlan=7)
    a, b, up = net.client("traffic"), net.client("traffic"), net.uplink()
    build(net)
    diag(f"built in {time.monotonic() - start:.1f} s")
    switch = net.api.do("switch-get", ifindex=net.switch)
    equal({name: switch[f"{name}-count"] for name in ("port", "portgroup", "uplink", "mac")},
          {"port": PORTS, "portgroup": GROUPS + 1, "uplink": 1, "mac": (PORTS - 3) * MACS + 2},
          "counts")

    ports = net.api.dump("port-get", switch=net.switch)
    equal([port["id"] for port in ports], list(range(1, PORTS + 1)), "ids of a dump of all ports")
    named = {port["name"]: port for port in ports}
    for number in (3, PORTS // 2, PORTS - 1):
        equal(named[f"d{number}"]["mac"], addresses(number), f"addresses of d{number}")

    # Forwarding finds an address among all of them, and one that is not.
    net.settle()
    a.wire.send(eth(b.mac, a.mac))
    stranger = eth("06:ff:00:00:00:01", a.mac)
    a.wire.send(stranger)
    # VLAN of group 3 is 4: not a's; and d6's, which is in VLAN 7 too
    other_vlan, here = eth(addresses(3)[0], a.mac), eth(addresses(6)[9], a.mac)
    a.wire.send(other_vlan)
    a.wire.send(here)
    net.settle()
    equal(len(b.wire.take_all()), 1, "frames at b")
    equal(up.wire.take_all(), [tagged(frame, 7) for frame in (stranger, other_vlan)],
          "frames on the uplink")
    equal(net.api.do("port-get", switch=net.switch, id=named["d6"]["id"])["stats"]
          ["out-unicast-packets"], 1, "frames at d6")

    check(not interrupted_dump(net, lambda: None), "a dump says that it was interrupted")
    check(interrupted_dump(net, lambda: net.portgroup("another")),
          "a dump does not say that the configuration changed")

    traffic = lab.Burst(a, b)
    with traffic:
        changes(net, a)
    check(traffic.sent > 100, "there was hardly any traffic")
    equal(traffic.received, traffic.sent, "frames received of those sent during the changes")


run(lab.Lab, lab.close)
