#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 6.12
"""Offloads pass untouched: 64 KiB TCP frames across the boundary of an access
VLAN, to a trunk, an uplink and a VMkernel adapter; and sizes that do not fit."""

import hashlib
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from frames import BROADCAST, STRANGER, eth, tagged
from ktap import Cells, check, equal, run, test, wait_for
from net import Wire

SIZE = 8 << 20
PATTERN = os.urandom(1 << 20)


class Host:
    """A network stack behind a port, in a namespace of its own."""

    def __init__(self, net, name, number, portgroup, vlan=None, adapter=False):
        self.net, self.space = net, net.namespace(name)
        self.address, self.mac = f"10.9.0.{number}", f"02:09:00:00:00:{number:02x}"
        near, device = f"t{number}", "eth0"
        if adapter:
            device = near
            index = net.links.add(near, "vmknic", link=net.switch, mtu=9000, address=self.mac)
        else:
            index = net.links.add_veth(near, device, self.space.fd, mtu=9000)
            net.links.set(near, master=net.switch, up=True)
        self.id = net.api.do("port-get", switch=net.switch, ifindex=index)["id"]
        settings = {"portgroup": portgroup, "mac": [self.mac]} if portgroup else {"role": "uplink"}
        net.api.do("port-set", switch=net.switch, id=self.id, **settings)
        if adapter:
            net.links.set(near, netns_fd=self.space.fd)
        self.space.run("ip", "link", "set", device, "address", self.mac, "up")
        inner = device
        if vlan:
            inner = f"eth0.{vlan}"
            self.space.run("ip", "link", "add", inner, "link", "eth0", "type", "vlan", "id",
                           str(vlan))
            self.space.run("ip", "link", "set", inner, "up")
        self.space.run("ip", "address", "add", f"{self.address}/24", "dev", inner)
        self.wire = self.space.enter(Wire, device)

    def port(self):
        return self.net.api.do("port-get", switch=self.net.switch, id=self.id)

    def socket(self):
        return self.space.enter(socket.socket, socket.AF_INET, socket.SOCK_STREAM)


def transfer(sender, receiver):
    """Send SIZE bytes, which arrive as they were sent; the longest frame that
    the receiver's device received."""
    listener = receiver.socket()
    listener.bind((receiver.address, 5001))
    listener.listen(1)
    result = {}

    def receive():
        connection, _ = listener.accept()
        digest, count = hashlib.sha256(), 0
        while data := connection.recv(1 << 20):
            digest.update(data)
            count += len(data)
        result.update(digest=digest.hexdigest(), count=count)
        connection.close()

    thread = threading.Thread(target=receive)
    thread.start()
    receiver.wire.take_all()
    out = sender.socket()
    out.connect((receiver.address, 5001))
    sent = hashlib.sha256()
    for _ in range(SIZE // len(PATTERN)):
        out.sendall(PATTERN)
        sent.update(PATTERN)
    out.close()
    thread.join(60)
    listener.close()
    equal(result, {"digest": sent.hexdigest(), "count": SIZE}, "what was received")
    return max(len(frame) for frame in receiver.wire.take_all())


def topology(net):
    net.links.set("vs0", mtu=9000)
    net.portgroup("prod", vlan=10)
    net.portgroup("trunk", trunk=[10])
    net.portgroup("shaped", vlan=10, shaping_egress={"average": 4000000, "peak": 4000000,
                                                     "burst": 65536})
    hosts = {"access": Host(net, "access", 1, "prod"), "other": Host(net, "other", 2, "prod"),
             "tagging": Host(net, "tagging", 3, "trunk", vlan=10),
             "outside": Host(net, "outside", 4, None, vlan=10),
             "shaped": Host(net, "shaped", 5, "shaped"),
             "adapter": Host(net, "adapter", 6, "prod", adapter=True)}
    for host in hosts.values():
        wait_for(lambda h=host: h.port()["link"], "its link")
    return hosts


@test
def large_frames_everywhere(net):
    """Each way, whole frames of up to 64 KiB arrive whole, with their bytes."""
    cells = Cells()
    hosts = topology(net)

    def one_way(sender, receiver):
        longest = transfer(hosts[sender], hosts[receiver])
        check(longest > 32768, f"the longest frame had {longest} bytes: it was cut")

    for sender, receiver in (("access", "other"), ("access", "tagging"), ("tagging", "access"),
                             ("access", "outside"), ("outside", "access"), ("outside", "tagging"),
                             ("access", "shaped"), ("shaped", "outside"), ("access", "adapter"),
                             ("adapter", "access"), ("adapter", "outside"),
                             ("outside", "adapter")):
        cells.run(f"{sender} to {receiver}", one_way, sender, receiver)
    cells.finish()
    drops = {name: value for counters in net.counters().values()
             for name, value in counters.items() if name.startswith("drop mtu")}
    equal(drops, {}, "frames dropped for their length")


@test
def sizes_up_to_9000(net):
    """What fits passes to the byte, tag or not; a byte more does not."""
    net.links.set("vs0", mtu=9000)
    net.portgroup("prod", vlan=10)
    net.portgroup("trunk", trunk=[10])
    a, b = net.client("prod", mtu=9000), net.client("prod", mtu=9000)
    t, up = net.client("trunk", mtu=9000), net.uplink(mtu=9000)
    small = net.client("prod", mtu=1500)
    for length in (1514, 1515, 8999, 9000, 9014):
        net.deliver(a, eth(b.mac, a.mac, length=length), to=[b])
        frame = eth(t.mac, a.mac, length=length)
        net.deliver(a, frame, to={t: tagged(frame, 10)})
        frame = eth(STRANGER, a.mac, length=length)
        net.deliver(a, frame, to={up: tagged(frame, 10)})
        if length > 1514:
            net.deliver(a, eth(small.mac, a.mac, length=length), drop={small: "mtu"})
        else:
            net.deliver(a, eth(small.mac, a.mac, length=length), to=[small])
    frame = eth(BROADCAST, a.mac, length=9014)
    net.deliver(a, frame, to={b: frame, t: tagged(frame, 10), up: tagged(frame, 10)},
                drop={small: "mtu"})
    net.links.set("vs0", mtu=8000)
    net.deliver(a, eth(b.mac, a.mac, length=8015), drop={b: "mtu"})
    net.deliver(a, eth(b.mac, a.mac, length=8014), to=[b])


@test
def cut_to_what_the_receiver_takes(net):
    """A GSO frame passes if its segments fit, however long it is itself."""
    hosts = topology(net)
    access, other = hosts["access"], hosts["other"]
    net.links.set("t2", mtu=1500)
    other.space.run("ip", "link", "set", "eth0", "mtu", "1500")
    longest = transfer(access, other)
    check(longest > 32768, f"the longest frame had {longest} bytes: it was cut")
    # Segments that do not fit are refused, and counted.
    access.wire.send(eth(other.mac, access.mac, length=1600))
    drops = {drop["reason"]: drop["packets"] for drop in other.port()["stats"]["drop"]}
    equal(drops, {"mtu": 1}, "drops")


run(lab.Lab, lab.close)
