#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
"""A bond with LACP as one uplink, and the balance of load between uplinks."""

import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import check, diag, equal, run, test, wait_for

VLAN = 10


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Lag(lab.Port):
    """An uplink that is a bond of two links; its far end is one too."""

    def __init__(self, net):
        options = ("type", "bond", "mode", "802.3ad", "lacp_rate", "fast", "miimon", "20")
        ip("link", "add", "bond0", *options)
        net.far.run("ip", "link", "add", "bond1", *options)
        self.members = []
        for i in range(2):
            near, far = f"l{i}", f"k{i}"
            net.links.add_veth(near, far, net.far.fd)
            ip("link", "set", near, "master", "bond0")
            net.far.run("ip", "link", "set", far, "master", "bond1")
            self.members.append((near, far))
        net.far.links.set("bond1", up=True, arp=False)
        ip("link", "set", "bond0", "master", "vs0")
        net.links.set("bond0", up=True, arp=False)
        net.api.do("port-set", switch=net.switch, ifindex=net.links.index("bond0"), role="uplink")
        super().__init__(net, "bond0", "bond1", "02:aa:01:00:00:01")
        net.ports.append(self)

    def remove(self, net):
        net.ports.remove(self)
        self.close()
        ip("link", "del", "bond0")
        net.far.run("ip", "link", "del", "bond1")


def aggregated(device):
    """Members of the active aggregate of a bond here."""
    text = subprocess.run(["ip", "-d", "link", "show", device], check=True, capture_output=True,
                          text=True).stdout
    return "ad_num_ports 2" in text and "NO-CARRIER" not in text


@test
def bond_with_lacp_as_one_uplink(net):
    """LACP stays the bond's: the switch lets its frames pass to it.  One member
    that fails is nothing to the switch; without any, the standby takes over."""
    lag, other = Lag(net), net.uplink()
    try:
        net.set_switch(teaming={"active": [lag.id], "standby": [other.id]})
        net.portgroup("prod", vlan=VLAN)
        a = net.client("prod")
        wait_for(lambda: aggregated("bond0"), "LACP to agree")
        net.prepare()

        def carries(uplink, note):
            frame = eth(STRANGER, a.mac)

            def arrives():
                # While LACP sorts things out, a bond loses frames.
                a.wire.send(frame)
                net.settle()
                return tagged(frame, VLAN) in uplink.wire.take_all()

            wait_for(arrives, f"a frame on {uplink} {note}")
            equal(a.get()["uplink"], uplink.id, f"uplink {note}")

        carries(lag, "with both members")
        frame = eth(BROADCAST, lag.mac, tags=tag(VLAN))

        def comes_in():
            lag.wire.send(frame)
            net.settle()
            return frames.retag(frame) in a.wire.take_all()

        wait_for(comes_in, "a broadcast to come in")
        net.far.links.set(lag.members[0][1], up=False)
        carries(lag, "with one member")
        net.far.links.set(lag.members[1][1], up=False)
        wait_for(lambda: a.get()["uplink"] == other.id, "the standby to take over")
        carries(other, "without members")
        for _, far in lag.members:
            net.far.links.set(far, up=True)
        wait_for(lambda: aggregated("bond0"), "LACP to agree again")
        wait_for(lambda: a.get()["uplink"] == lag.id, "failback")
        carries(lag, "after failback")
    finally:
        lag.remove(net)


class SlowUplink:
    """A tap that says to be a NIC of 1 Mbit/s; a thread takes what it sends."""

    TUNSETIFF = 0x400454ca

    def __init__(self, net, name):
        import fcntl
        import struct
        subprocess.run(["modprobe", "tun"], check=True)
        self.name = name
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, self.TUNSETIFF, struct.pack("16sH22x", name.encode(), 0x1002))
        subprocess.run(["ethtool", "-s", name, "speed", "1", "duplex", "full"], check=True)
        net.links.set(name, master=net.switch)
        net.links.set(name, up=True, arp=False)
        self.ifindex = net.links.index(name)
        self.id = net.api.do("port-get", switch=net.switch, ifindex=self.ifindex)["id"]
        net.api.do("port-set", switch=net.switch, ifindex=self.ifindex, role="uplink")
        threading.Thread(target=self.swallow, daemon=True).start()

    def swallow(self):
        while True:
            try:
                if not os.read(self.fd, 2048):
                    return
            except OSError:
                return


@test
def load(net):
    """After 30 seconds the busiest port leaves an uplink that is loaded by more
    than 75 %, for one that has room for it; nobody leaves one that is not."""
    one, two = SlowUplink(net, "t1"), SlowUplink(net, "t2")
    net.portgroup("prod", vlan=VLAN)
    while next(net.numbers) % 2:
        pass
    clients = []
    while len(clients) < 3:
        port = net.client("prod")
        if port.id % 2 == one.id % 2:
            clients.append(port)
    net.prepare()
    order = [one.id, two.id] if clients[0].id % 2 == 0 else [two.id, one.id]
    mine = order[clients[0].id % 2]
    busiest, busy, idle = clients
    net.set_switch(teaming={"active": order, "policy": "load"})
    equal([port.get()["uplink"] for port in clients], [mine] * 3, "uplinks at first")
    start = time.monotonic()
    # 1 Mbit/s are 125 kB/s; three quarters of them 94
    rates = {busiest: 80_000, busy: 40_000, idle: 1000}
    sent = dict.fromkeys(rates, 0)
    payload = bytes(1000)

    def moved():
        return busiest.get()["uplink"] != mine

    while not moved() and time.monotonic() - start < 100:
        for _ in range(20):
            elapsed = time.monotonic() - start
            for port, rate in rates.items():
                while sent[port] < rate * elapsed:
                    port.wire.send(eth(STRANGER, port.mac, payload))
                    sent[port] += 1014
            time.sleep(0.01)
    took = time.monotonic() - start
    check(moved(), "the busiest port did not move")
    check(took > 28, f"the busiest port moved after {took:.0f} s")
    equal([port.get()["uplink"] for port in (busy, idle)], [mine] * 2, "uplinks of the others")
    diag(f"moved after {took:.0f} s")


run(lab.Lab, lab.close)
