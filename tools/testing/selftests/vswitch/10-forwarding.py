#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who gets a frame: local unicast, unknown unicast, broadcast, multicast."""

import errno
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import equal, run, test
from net import Wire


@test
def local_unicast(net):
    """Only the port that has the address gets the frame; it stays inside."""
    net.portgroup("prod", vlan=10)
    a, b, _other = (net.client("prod") for _ in range(3))
    net.uplink()
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.deliver(b, eth(a.mac, b.mac), to=[a])


@test
def several_addresses(net):
    """A port sends from and receives at each of its addresses."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    second, third = "02:cc:00:00:00:02", "02:cc:00:00:00:03"
    b.set(mac=[b.mac, second, third])
    net.prepare()
    for address in (b.mac, second, third):
        net.deliver(a, eth(address, a.mac), to=[b])
        net.deliver(b, eth(a.mac, address), to=[a])


@test
def replaced_address(net):
    """A new list of addresses replaces the old one, for both directions."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    old, new = b.mac, "02:cc:00:00:00:09"
    b.set(mac=[new])
    net.deliver(a, eth(new, a.mac), to=[b])
    net.deliver(a, eth(old, a.mac), drop={a: "no-uplink"})
    net.deliver(b, eth(a.mac, old), drop={b: "forged-source"})
    net.deliver(b, eth(a.mac, new), to=[a])


@test
def same_address_in_two_vlans(net):
    """An address may exist once in each VLAN, and each VLAN finds its own."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a10, a20 = net.client("prod"), net.client("dev")
    twin = "02:cc:00:00:00:01"
    b10, b20 = net.client("prod", mac=twin), net.client("dev", mac=twin)
    net.deliver(a10, eth(twin, a10.mac), to=[b10])
    net.deliver(a20, eth(twin, a20.mac), to=[b20])


@test
def two_portgroups_of_one_vlan(net):
    net.portgroup("web", vlan=10)
    net.portgroup("db", vlan=10)
    a, b = net.client("web"), net.client("db")
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])


@test
def unknown_unicast_from_client(net):
    """Leaves on the one uplink, tagged; no guest sees it."""
    net.portgroup("prod", vlan=10)
    a, _b = net.client("prod"), net.client("prod")
    first, _second = net.uplink(), net.uplink()
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={first: tagged(frame, 10)})


@test
def unknown_unicast_without_uplink(net):
    net.portgroup("prod", vlan=10)
    a, _b = net.client("prod"), net.client("prod")
    net.deliver(a, eth(STRANGER, a.mac), drop={a: "no-uplink"})


@test
def unknown_unicast_from_uplink(net):
    """Is not flooded to guests, and does not go out again."""
    net.portgroup("prod", vlan=10)
    net.client("prod")
    first, _second = net.uplink(), net.uplink()
    net.deliver(first, eth(STRANGER, first.mac, tags=tag(10)), drop={first: "unknown-unicast"})


@test
def unicast_from_uplink(net):
    net.portgroup("prod", vlan=10)
    a, _b = net.client("prod"), net.client("prod")
    up = net.uplink()
    frame = eth(a.mac, up.mac, tags=tag(10))
    net.deliver(up, frame, to={a: frames.retag(frame)})
    net.deliver(up, tagged(frame, 20), drop={up: "unknown-unicast"})


@test
def broadcast_and_multicast_from_client(net):
    """To all ports of the VLAN but the sender, and to one uplink."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a, b, c = (net.client("prod") for _ in range(3))
    net.client("dev")
    first, _second = net.uplink(), net.uplink()
    for target in (BROADCAST, "01:00:5e:00:00:fb", "33:33:00:00:00:01", "01:80:c2:00:00:10"):
        frame = eth(target, a.mac)
        net.deliver(a, frame, to={b: frame, c: frame, first: tagged(frame, 10)})


@test
def broadcast_and_multicast_from_uplink(net):
    """To all ports of the VLAN, never to another uplink."""
    net.portgroup("prod", vlan=10)
    net.portgroup("dev", vlan=20)
    a, b = net.client("prod"), net.client("prod")
    net.client("dev")
    first, _second = net.uplink(), net.uplink()
    for target in (BROADCAST, "01:00:5e:00:00:fb", "33:33:00:00:00:01"):
        frame = eth(target, first.mac, tags=tag(10))
        net.deliver(first, frame, to={port: frames.retag(frame) for port in (a, b)})
    net.deliver(first, eth(BROADCAST, first.mac, tags=tag(30)), drop={first: "no-receiver"})


@test
def nobody_there(net):
    """A broadcast in an empty VLAN, and a frame to the sender itself."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    net.deliver(a, eth(BROADCAST, a.mac), drop={a: "no-receiver"})
    net.deliver(a, eth(a.mac, a.mac), drop={a: "no-receiver"})


@test
def unassigned_port(net):
    """A device that only joined neither sends nor receives."""
    net.portgroup("prod", vlan=10)
    a, b, new = net.client("prod"), net.client("prod"), net.plain_port()
    net.deliver(new, eth(b.mac, new.mac), drop={new: "unassigned"})
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])
    new.set(portgroup="prod", mac=[new.mac])
    net.deliver(a, eth(new.mac, a.mac), to=[new])
    new.set(portgroup="")
    equal(new.get()["role"], "unassigned", "role of a port taken out of its group")
    net.deliver(new, eth(b.mac, new.mac), drop={new: "unassigned"})
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])


@test
def blocked_port(net):
    """Drops are counted where the decision is made: at the blocked port."""
    net.portgroup("prod", vlan=10)
    a, b, shut = (net.client("prod") for _ in range(3))
    shut.set(blocked=1)
    net.deliver(shut, eth(b.mac, shut.mac), drop={shut: "blocked"})
    net.deliver(a, eth(shut.mac, a.mac), drop={shut: "blocked"})
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])
    shut.set(blocked=0)
    net.deliver(a, eth(BROADCAST, a.mac), to=[b, shut])
    net.deliver(shut, eth(b.mac, shut.mac), to=[b])


@test
def blocked_uplink(net):
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    up = net.uplink()
    up.set(blocked=1)
    net.deliver(up, eth(a.mac, up.mac, tags=tag(10)), drop={up: "blocked"})


@test
def receiver_without_link(net):
    net.portgroup("prod", vlan=10)
    a, b, down = (net.client("prod") for _ in range(3))
    net.prepare()
    net.links.set(down.name, up=False)
    net.await_link(down, 0)
    net.deliver(a, eth(down.mac, a.mac), drop={down: "link-down"})
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])
    net.links.set(down.name, up=True)
    net.await_link(down, 1)
    net.deliver(a, eth(down.mac, a.mac), to=[down])


@test
def bad_source(net):
    """A multicast, broadcast or zero source is wrong, accepted or not."""
    net.portgroup("prod", vlan=10, security={"forged-transmits": "accept"})
    a, b = net.client("prod"), net.client("prod")
    up = net.uplink()
    for source in ("03:00:00:00:00:01", BROADCAST, "00:00:00:00:00:00"):
        net.deliver(a, eth(b.mac, source), drop={a: "source-mac"})
        net.deliver(up, eth(b.mac, source, tags=tag(10)), drop={up: "source-mac"})


@test
def link_local_from_guest(net):
    """BPDUs and their like do not leave a guest: they would trip guards."""
    net.portgroup("prod", vlan=10)
    a, _b = net.client("prod"), net.client("prod")
    net.uplink()
    reserved = [f"01:80:c2:00:00:{last:02x}" for last in range(16)]
    for target in reserved + ["01:00:0c:cc:cc:cc", "01:00:0c:cc:cc:cd"]:
        net.deliver(a, eth(target, a.mac), drop={a: "link-local"})


@test
def link_local_from_uplink(net):
    """Is for an agent of the host on that uplink (LLDP), not for guests."""
    net.portgroup("prod", vlan=0)
    a = net.client("prod")
    up = net.uplink()
    agent = Wire(up.name, frames.ETH_LLDP)
    net.prepare()
    frame = eth("01:80:c2:00:00:0e", up.mac, ethertype=frames.ETH_LLDP)
    up.wire.send(frame)
    net.settle()
    equal(agent.take_all(), [frame], "what an LLDP agent on the uplink got")
    equal(a.wire.take_all(), [], "what a guest got")
    equal(net.counters(), net.before, "counters")
    agent.close()


@test
def other_frames_do_not_reach_the_host(net):
    """A port's frames go to the switch only."""
    net.portgroup("prod", vlan=0)
    a, b = net.client("prod"), net.client("prod")
    host = Wire(a.name, frames.ETH_TEST)
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.deliver(a, eth(BROADCAST, a.mac), to=[b])
    equal(host.take_all(), [], "what the host's own stack got")
    host.close()


@test
def mtu_of_receiver(net):
    """A frame may be as long as the receiver's MTU and a header, and a tag
    where it keeps one; a longer one is dropped there, alone."""
    net.portgroup("prod", vlan=10)
    big, small = net.client("prod", mtu=2000), net.client("prod")
    net.links.set("vs0", mtu=9000)
    up = net.uplink()
    net.links.set(up.name, mtu=1500)
    frame = eth(small.mac, big.mac, length=1514)
    net.deliver(big, frame, to=[small])
    net.deliver(big, eth(small.mac, big.mac, length=1515), drop={small: "mtu"})
    frame = eth(STRANGER, big.mac, length=1514)
    net.deliver(big, frame, to={up: tagged(frame, 10)})
    frame = eth(BROADCAST, big.mac, length=1800)
    other = net.client("prod", mtu=2000)
    net.deliver(big, frame, to=[other], drop={small: "mtu", up: "mtu"})


@test
def mtu_of_switch(net):
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod", mtu=4000), net.client("prod", mtu=4000)
    net.deliver(a, eth(b.mac, a.mac, length=1515), drop={b: "mtu"})
    net.links.set("vs0", mtu=3000)
    net.deliver(a, eth(b.mac, a.mac, length=3014), to=[b])
    net.deliver(a, eth(b.mac, a.mac, length=3015), drop={b: "mtu"})


LINK_LOCAL = {"stp": 0x00, "lacp": 0x02, "eapol": 0x03, "lldp": 0x0e}


@test
def link_local_that_is_allowed(net):
    """Only between ports that may, only what they may, and through the uplink."""
    net.portgroup("plain", vlan=10)
    net.portgroup("loud", vlan=10, link_local={"lacp", "lldp"})
    net.portgroup("far", vlan=20, link_local={"lldp"})
    net.portgroup("trunk", trunk=[0, 10], link_local={"lldp"})
    plain, a, b = net.client("plain"), net.client("loud"), net.client("loud")
    net.client("far")
    trunk, up = net.client("trunk"), net.uplink()
    for name, number in LINK_LOCAL.items():
        target = f"01:80:c2:00:00:{number:02x}"
        frame = eth(target, a.mac)
        to = {"lacp": {b: frame, up: tagged(frame, 10)},
              "lldp": {b: frame, trunk: tagged(frame, 10), up: tagged(frame, 10)}}.get(name)
        net.deliver(a, frame, to=to or (), drop=None if to else {a: "link-local"}, note=name)
        net.deliver(plain, eth(target, plain.mac), drop={plain: "link-local"}, note=name)
    for target in "01:80:c2:00:00:01", "01:80:c2:00:00:0f", "01:00:0c:cc:cc:cc":
        net.deliver(a, eth(target, a.mac), drop={a: "link-local"})
    frame = tagged(eth("01:80:c2:00:00:0e", up.mac), 10)
    host = Wire(up.name)
    net.deliver(up, frame, to={a: frames.retag(frame), b: frames.retag(frame), trunk: frame})
    equal([got for got in host.take_all() if got == frame], [frame], "what the host received")
    host.close()


@test
def shared_mac(net):
    """A bond of two taps, or an NLB cluster: all who have the address get the frame."""
    net.portgroup("prod", vlan=10)
    net.portgroup("pair", vlan=10, shared_mac=1)
    other = net.client("prod")
    one = net.client("pair")
    net.set_portgroup("pair", shared_mac=0)
    two = net.plain_port()
    two.mac = one.mac
    net.refused(errno.EADDRINUSE, [two.name, one.name, one.mac], two.set, portgroup="pair",
                mac=[one.mac])
    net.set_portgroup("pair", shared_mac=1)
    two.set(portgroup="pair", mac=[one.mac])
    net.refused(errno.EADDRINUSE, [other.name, one.mac], other.set, mac=[one.mac])
    net.refused(errno.EADDRINUSE, [one.mac], net.set_portgroup, "pair", shared_mac=0)
    net.deliver(other, eth(one.mac, other.mac), to=[one, two])
    net.deliver(one, eth(other.mac, one.mac), to=[other])
    net.deliver(two, eth(other.mac, two.mac), to=[other])
    # From outside: once, by its own uplink.
    first, second = net.uplink(), net.uplink()
    net.set_portgroup("pair", teaming={"policy": "explicit", "active": [first.id]})
    frame = tagged(eth(one.mac, first.mac), 10)
    net.deliver(first, frame, to={port: frames.retag(frame) for port in (one, two)})
    frame = tagged(eth(one.mac, second.mac), 10)
    net.deliver(second, frame, drop={second: "reverse-path"})
    net.link(one, False)
    frame = tagged(eth(one.mac, first.mac), 10)
    net.deliver(first, frame, to={two: frames.retag(frame)})
    net.link(two, False)
    net.deliver(first, tagged(eth(one.mac, first.mac), 10), drop={first: "no-receiver"})


@test
def uplinks_have_the_mtu_of_the_switch(net):
    """As on ESXi: they are raised with it, and when they join; all of them or none."""
    def mtus(*ports):
        return [int(open(f"/sys/class/net/{name}/mtu", encoding="ascii").read())
                for name in ports]

    client, first = net.plain_port(), net.uplink()
    net.links.set("vs0", mtu=4000)
    second, large = net.uplink(), net.uplink(mtu=9000)
    equal(mtus(client.name, first.name, second.name, large.name), [1500, 4000, 4000, 9000],
          "MTU of a port and three uplinks")
    net.links.set("vs0", mtu=2000)
    equal(mtus(first.name, large.name), [4000, 9000], "MTU of uplinks of a switch with less")
    # A VLAN device cannot have more than the one below it.
    base = net.plain_port()
    net.links.set(base.name, master=0)
    subprocess.run(["ip", "link", "add", "narrow", "link", base.name, "type", "vlan", "id", "5"],
                   check=True)
    net.links.set("narrow", master=net.switch, up=True)
    net.api.do("port-set", switch=net.switch, ifindex=socket.if_nametoindex("narrow"),
               role="uplink")
    equal(mtus("narrow"), [1500], "MTU of an uplink that cannot have more")
    refused = subprocess.run(["ip", "link", "set", "vs0", "mtu", "5000"], check=False,
                             capture_output=True)
    equal((refused.returncode != 0, mtus("vs0", first.name, second.name, large.name, "narrow")),
          (True, [2000, 4000, 4000, 9000, 1500]), "a refused MTU, and what is left")
    subprocess.run(["ip", "link", "del", "narrow"], check=True)


@test
def switch_that_is_down(net):
    """It forwards nothing, from anywhere, and counts that."""
    net.portgroup("prod", vlan=10)
    a, b, up = net.client("prod"), net.client("prod"), net.uplink()
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.links.set("vs0", up=False)
    for frame in eth(b.mac, a.mac), eth(BROADCAST, a.mac), eth(STRANGER, a.mac):
        net.deliver(a, frame, drop={a: "switch-down"})
    frame = tagged(eth(a.mac, up.mac), 10)
    net.deliver(up, frame, drop={up: "switch-down"})
    net.links.set("vs0", up=True)
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.deliver(up, frame, to={a: frames.retag(frame)})


@test
def other_ethertypes(net):
    """IP, ARP and 802.3 length frames pass byte for byte."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    up = net.uplink()
    net.deliver(a, frames.udp(b.mac, a.mac, b"x" * 300), to=[b])
    request = frames.arp_request(a.mac, b"\x0a\0\0\x01", b"\x0a\0\0\x02")
    net.deliver(a, request, to={b: request, up: tagged(request, 10)})
    net.deliver(a, eth(b.mac, a.mac, ethertype=46), to=[b])
    net.deliver(a, eth(b.mac, a.mac, ethertype=0x8864), to=[b])


run(lab.Lab, lab.close)
