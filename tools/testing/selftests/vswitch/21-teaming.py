#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Teaming policies against models of them, and what a port group has of its own."""

import errno
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, mac_bytes, tag, tagged
from ktap import equal, run, test

VLAN = 10


def team(*active, standby=(), **rest):
    return {"active": [uplink.id for uplink in active],
            "standby": [uplink.id for uplink in standby], **rest}


def sends_to(net, client, uplinks, frame=None, vlan=VLAN, note=""):
    """What a client sends leaves on these uplinks and on no others."""
    frame = frame or eth(STRANGER, client.mac)
    net.deliver(client, frame, note=note,
                to={uplink: tagged(frame, vlan) for uplink in uplinks})


def takes_broadcast_from(net, uplinks, accepted, client, vlan=VLAN):
    """The physical switch floods to every uplink: which copies are taken?"""
    for uplink in uplinks:
        frame = eth(BROADCAST, uplink.mac, tags=tag(vlan))
        if uplink in accepted:
            net.deliver(uplink, frame, to={client: frames.retag(frame)})
        else:
            net.deliver(uplink, frame, drop={uplink: "reverse-path"})


# The models: from what the documentation says, to the position among the uplinks.

def by_port_id(port, count):
    return port.id % count


def by_mac(port, count):
    return int(port.mac.replace(":", ""), 16) % count


def by_ip(frame, count):
    """Frame without a tag."""
    kind = struct.unpack_from("!H", frame, 12)[0]
    at, words = (22, 8) if kind == 0x86dd else (26, 2)
    number = 0
    for word in struct.unpack_from(f"!{words}I", frame, at):
        number ^= word
    return number % count


def each_port_by(net, policy, model):
    uplinks = [net.uplink() for _ in range(4)]
    net.portgroup("prod", vlan=VLAN, teaming={"policy": policy})
    clients = [net.client("prod", mac=frames.mac(number * 7 + 3, "02:00:5e")) for number in range(6)]
    net.prepare()
    for client in clients:
        mine = uplinks[model(client, 4)]
        sends_to(net, client, [mine])
        equal(client.get().get("uplink"), mine.id, f"uplink of {client}")
    # One fails: the others serve all ports, by the same formula.
    net.link(uplinks[2], False)
    left = uplinks[:2] + uplinks[3:]
    for client in clients:
        sends_to(net, client, [left[model(client, 3)]], note="after a failure")
    net.link(uplinks[2], True)
    for client in clients:
        sends_to(net, client, [uplinks[model(client, 4)]], note="after failback")
    assert len({model(client, 4) for client in clients}) > 1


@test
def originating_port_id(net):
    each_port_by(net, "port-id", by_port_id)


@test
def source_mac_hash(net):
    each_port_by(net, "source-mac", by_mac)


@test
def load_begins_with_port_id(net):
    each_port_by(net, "load", by_port_id)


@test
def reverse_check_of_each_port(net):
    """Ports of one group have different uplinks: a flooded broadcast reaches
    each of them once."""
    uplinks = [net.uplink() for _ in range(2)]
    net.portgroup("prod", vlan=VLAN, teaming={"policy": "port-id"})
    clients = [net.client("prod") for _ in range(2)]
    for uplink in uplinks:
        frame = eth(BROADCAST, uplink.mac, tags=tag(VLAN))
        takers = [client for client in clients if uplinks[by_port_id(client, 2)] == uplink]
        equal(len(takers), 1, "clients of an uplink")
        net.deliver(uplink, frame, to={takers[0]: frames.retag(frame)})
    # Unicast is taken from each uplink of the team: tables outside may be old.
    for uplink in uplinks:
        frame = eth(clients[0].mac, uplink.mac, tags=tag(VLAN))
        net.deliver(uplink, frame, to={clients[0]: frames.retag(frame)})


@test
def ip_hash(net):
    uplinks = [net.uplink() for _ in range(3)]
    net.set_switch(teaming=team(*uplinks, policy="ip-hash"))
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    cases = []
    for last in range(6):
        cases.append(frames.udp(STRANGER, a.mac, b"x", dst_ip=bytes([192, 168, 7, last])))
        address = bytes(15) + bytes([last * 5])
        head = struct.pack("!IHBB", 6 << 28, 8, 59, 64) + bytes.fromhex("20010db8") * 4 + address
        cases.append(eth(STRANGER, a.mac, head + bytes(8), ethertype=0x86dd))
        cases.append(eth(BROADCAST, a.mac, bytes(range(last, last + 46))))
    cases.append(frames.arp_request(a.mac, b"\x0a\0\0\x01", b"\x0a\0\0\x02"))
    # The example of the documentation: c0a86465 xor c0a86478 is 1d.
    cases.append(frames.udp(STRANGER, a.mac, b"x", src_ip=bytes.fromhex("c0a86465"),
                            dst_ip=bytes.fromhex("c0a86478")))
    equal(by_ip(cases[-1], 4), 1, "the model of the documentation's example")
    used = set()
    for frame in cases:
        uplink = uplinks[by_ip(frame, 3)]
        sends_to(net, a, [uplink], frame)
        used.add(uplink)
    equal(len(used), 3, "uplinks in use")
    assert "uplink" not in a.get()
    # The physical switch has the uplinks as one: it sends one copy, on any of them.
    takes_broadcast_from(net, uplinks, uplinks, a)
    net.link(uplinks[0], False)
    for frame in cases:
        sends_to(net, a, [uplinks[1:][by_ip(frame, 2)]], frame)
    for uplink in uplinks[1:]:
        net.link(uplink, False)
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})


@test
def short_frame_with_ip_hash(net):
    uplinks = [net.uplink() for _ in range(2)]
    net.set_switch(teaming=team(*uplinks, policy="ip-hash"))
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    # 60 bytes are too few for both IPv6 addresses of a frame that says IPv6 ends at 38+16
    frame = mac_bytes(STRANGER) + mac_bytes(a.mac) + b"\x86\xdd" + bytes(16)
    sends_to(net, a, [uplinks[0]], frame)


@test
def opposite_orders_over_the_same_nics(net):
    """What no bond below a bridge can do: each port group its own order."""
    one, two = net.uplink(), net.uplink()
    net.portgroup("left", vlan=10, teaming=team(one, standby=[two]))
    net.portgroup("right", vlan=20, teaming=team(two, standby=[one]))
    net.portgroup("same", vlan=10, teaming=team(two, standby=[one]))
    a, b, c = net.client("left"), net.client("right"), net.client("same")

    def all_on(uplink_of_a, uplink_of_b):
        sends_to(net, a, [uplink_of_a], vlan=10)
        sends_to(net, b, [uplink_of_b], vlan=20)
        sends_to(net, c, [uplink_of_b], vlan=10)
        takes_broadcast_from(net, [one, two], [uplink_of_b], b, vlan=20)
        for uplink in (one, two):
            frame = eth(BROADCAST, uplink.mac, tags=tag(10))
            takers = [port for port, at in ((a, uplink_of_a), (c, uplink_of_b)) if at is uplink]
            net.deliver(uplink, frame, to={port: frames.retag(frame) for port in takers},
                        drop={} if takers else {uplink: "reverse-path"})

    all_on(one, two)
    net.link(one, False)
    for client, uplink, vlan in ((a, two, 10), (b, two, 20), (c, two, 10)):
        sends_to(net, client, [uplink], vlan=vlan)
    net.link(one, True)
    all_on(one, two)
    net.link(two, False)
    for client, uplink, vlan in ((a, one, 10), (b, one, 20), (c, one, 10)):
        sends_to(net, client, [uplink], vlan=vlan)
    net.link(two, True)
    all_on(one, two)


@test
def standby_takes_the_place_of_the_failed(net):
    """The ports of the uplinks that work stay where they are."""
    uplinks = [net.uplink() for _ in range(4)]
    net.set_switch(teaming=team(*uplinks[:3], standby=uplinks[3:], policy="port-id"))
    net.portgroup("prod", vlan=VLAN)
    clients = [net.client("prod") for _ in range(3)]
    net.prepare()
    for failed in range(3):
        net.link(uplinks[failed], False)
        for client in clients:
            mine = by_port_id(client, 3)
            sends_to(net, client, [uplinks[3 if mine == failed else mine]])
        net.link(uplinks[failed], True)
    for client in clients:
        sends_to(net, client, [uplinks[by_port_id(client, 3)]])


@test
def fields_are_inherited_one_by_one(net):
    one, two = net.uplink(), net.uplink()
    net.set_switch(teaming=team(one, two, policy="port-id", failback=0))
    net.portgroup("order", vlan=10, teaming=team(two, one))
    net.portgroup("policy", vlan=20, teaming={"policy": "explicit"})
    a, b = net.client("order"), net.client("policy")
    get = lambda name: net.api.do("portgroup-get", switch=net.switch, name=name)["teaming"]
    equal(get("order"), {"active": [two.id, one.id]}, "what a port group has of its own")
    equal(get("policy"), {"policy": "explicit"}, "what another has")
    sends_to(net, a, [[two, one][by_port_id(a, 2)]], vlan=10)
    sends_to(net, b, [one], vlan=20)
    net.set_switch(teaming=team(two, standby=[one]))
    sends_to(net, a, [two], vlan=10)
    sends_to(net, b, [two], vlan=20)
    net.set_portgroup("policy", teaming={})
    reply = net.api.do("portgroup-get", switch=net.switch, name="policy")
    equal(reply.get("teaming"), None, "after an empty nest")


@test
def unused_uplinks(net):
    one, two, three = (net.uplink() for _ in range(3))
    net.set_switch(teaming=team(two))
    teaming = net.api.do("switch-get", ifindex=net.switch)["teaming"]
    equal((teaming["active"], teaming["unused"]), ([two.id], [one.id, three.id]), "lists")
    net.portgroup("none", vlan=VLAN, teaming={"unused": [one.id, two.id]})
    a = net.client("none")
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})
    net.set_portgroup("none", teaming={"active": [three.id], "unused": [one.id]})
    sends_to(net, a, [three])


@test
def defaults_of_a_new_switch(net):
    index = net.links.add("vs1", "vswitch")
    reply = net.api.do("switch-get", ifindex=index)
    equal(reply["teaming"], {"policy": "port-id", "detection": "link", "failback": 1,
                             "notify-switches": 1}, "teaming")
    equal(reply["up-delay"], 100, "up-delay")
    equal(reply["security"]["mac-source"], "static", "source of effective addresses")


@test
def refused(net):
    """Each is refused with a text that names what is wrong, and changes nothing."""
    one, two = net.uplink(), net.uplink()
    net.portgroup("prod", vlan=VLAN)
    net.portgroup("trunk", trunk=[1, 2])
    a = net.client("prod")

    def switch(error, says, **attributes):
        net.refused(error, says, net.api.do, "switch-set", ifindex=net.switch, **attributes)

    def group(error, says, name="prod", **teaming):
        net.refused(error, says, net.set_portgroup, name, teaming=teaming)

    group(errno.EINVAL, [one.name, "twice"], active=[one.id], standby=[one.id])
    group(errno.EINVAL, [one.name, "twice"], active=[one.id], unused=[one.id])
    group(errno.EINVAL, [a.name, "not an uplink"], active=[a.id])
    group(errno.EINVAL, [a.name, "not an uplink"], standby=[a.id])
    group(errno.EINVAL, [a.name, "not an uplink"], unused=[a.id])
    group(errno.EINVAL, ["4000", "not an uplink"], active=[4000])
    group(errno.EINVAL, ["prod", "IP hash", "standby", "1"], policy="ip-hash", active=[one.id],
          standby=[two.id])
    group(errno.EINVAL, ["prod", "IP hash", "beacon"], policy="ip-hash", detection="beacon")
    group(errno.EINVAL, ["trunk", "beacon"], name="trunk", detection="beacon")
    # What a port group inherits must go together with what it has.
    switch(errno.EINVAL, ["trunk", "beacon"], teaming={"detection": "beacon"})
    switch(errno.EINVAL, ["IP hash", "standby"],
           teaming=team(one, standby=[two], policy="ip-hash"))
    switch(errno.ERANGE, ["vs0", "600001", "600000"], up_delay=600001)
    net.set_portgroup("prod", teaming={"policy": "ip-hash", "active": [one.id]})
    switch(errno.EINVAL, ["prod", "IP hash", "beacon"], teaming={"detection": "beacon"},
           security={"promiscuous": "accept"})


@test
def trunk_after_beacon(net):
    """The VLANs of a port group whose team probes cannot become a trunk."""
    net.uplink()
    net.portgroup("prod", vlan=VLAN, teaming={"detection": "beacon"})
    for attributes in ({"vlan": 4095}, {"trunk": lab.trunk_ranges([7])}):
        net.refused(errno.EINVAL, ["prod", "beacon"], net.set_portgroup, "prod", **attributes)


run(lab.Lab, lab.close)
