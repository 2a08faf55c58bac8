#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --cpus 2
"""Failover: failback or not, the up-delay, what is lost meanwhile.

Longer with SOAK=1.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import STRANGER, eth, tag, tagged
from ktap import check, diag, equal, run, test, wait_for

VLAN = 10
TAP_QUEUE = 30000       # frames


def goes_out_on(net, client, uplink, note=""):
    frame = eth(STRANGER, client.mac)
    net.deliver(client, frame, to={uplink: tagged(frame, VLAN)}, note=note)


def state(uplink):
    return uplink.get()["uplink-state"]


@test
def failback_no(net):
    """An uplink that comes back waits until the one that replaced it fails."""
    one, two, three = (net.uplink() for _ in range(3))
    net.set_switch(teaming={"active": [one.id], "standby": [two.id, three.id], "failback": 0})
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    goes_out_on(net, a, one)
    net.link(one, False)
    goes_out_on(net, a, two, "the first failed")
    net.link(one, True)
    goes_out_on(net, a, two, "the first is back")
    net.portgroup("other")                  # a change that is none of its business
    a.set(blocked=1)
    a.set(blocked=0)
    goes_out_on(net, a, two, "something else changed")
    net.link(two, False)
    goes_out_on(net, a, one, "the second failed")
    net.link(two, True)
    goes_out_on(net, a, one, "the second is back")
    net.set_switch(teaming={"active": [three.id], "standby": [one.id], "failback": 0})
    goes_out_on(net, a, three, "the administrator says otherwise")
    net.link(three, False)
    net.link(three, True)
    goes_out_on(net, a, one, "the third is back")
    net.set_switch(teaming={"active": [three.id], "standby": [one.id], "failback": 1})
    goes_out_on(net, a, three, "with failback")


@test
def failback_no_in_a_team_of_two(net):
    """Each port stays with the uplinks that stay, whoever comes back."""
    one, two, three = (net.uplink() for _ in range(3))
    net.set_switch(teaming={"active": [one.id, two.id], "standby": [three.id], "failback": 0,
                            "policy": "port-id"})
    net.portgroup("prod", vlan=VLAN)
    a, b = net.client("prod"), net.client("prod")
    team = [one, two]
    for client in (a, b):
        goes_out_on(net, client, team[client.id % 2])
    net.link(one, False)
    team[0] = three
    for client in (a, b):
        goes_out_on(net, client, team[client.id % 2], "the first failed")
    net.link(one, True)
    for client in (a, b):
        goes_out_on(net, client, team[client.id % 2], "the first is back")
    net.link(two, False)
    team[1] = one
    for client in (a, b):
        goes_out_on(net, client, team[client.id % 2], "the second failed")


@test
def failback_no_and_the_uplink_has_gone(net):
    """What a port used before is no uplink any more: it left, or became a client's."""
    one, two, three = (net.uplink() for _ in range(3))
    net.set_switch(teaming={"failback": 0})
    net.portgroup("prod", vlan=VLAN)
    net.portgroup("other", vlan=20)
    a = net.client("prod")
    goes_out_on(net, a, one)
    net.links.set(one.name, master=0)
    net.ports.remove(one)
    one.close()
    goes_out_on(net, a, two, "the first left")
    two.set(role="unassigned")
    two.set(role="client", portgroup="other")
    goes_out_on(net, a, three, "the second became a client's")


@test
def up_delay(net):
    """A link that comes back is used when it has lasted; one that flaps is not."""
    one, two = net.uplink(), net.uplink()
    net.set_switch(teaming={"active": [one.id], "standby": [two.id]}, up_delay=3000)
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    goes_out_on(net, a, one)
    equal(state(one), "usable", "state")
    net.link(one, False)
    equal(state(one), "link-down", "state without a link")
    goes_out_on(net, a, two)
    net.link(one, True)
    start = time.monotonic()
    equal(state(one), "up-delay", "state in the up-delay")
    goes_out_on(net, a, two, "in the up-delay")
    # What it receives is taken nevertheless.
    frame = eth(a.mac, one.mac, tags=tag(VLAN))
    net.deliver(one, frame, to={a: frames.retag(frame)})
    net.link(one, False)
    net.link(one, True)
    again = time.monotonic()
    wait_for(lambda: state(one) == "usable", "the up-delay to end")
    check(time.monotonic() - again > 2.5, "the up-delay did not begin again")
    check(time.monotonic() - start > 3, "the up-delay was too short")
    goes_out_on(net, a, one, "after the up-delay")
    one.set(blocked=1)
    equal(state(one), "blocked", "state when blocked")


@test
def every_change_is_told(net):
    """One message for each uplink that replaces another."""
    one, two, three = (net.uplink() for _ in range(3))
    net.set_switch(teaming={"active": [one.id, two.id], "standby": [three.id],
                            "policy": "port-id"})
    net.portgroup("prod", vlan=VLAN)
    net.client("prod")
    net.prepare()
    events = net.api.subscribe("event")

    def told():
        return [(msg.get("old-uplink"), msg.get("new-uplink"))
                for name, msg in events.take() if name == "failover-ntf"]

    net.link(two, False)
    equal(told(), [(two.id, three.id)], "the second fails")
    net.link(one, False)
    equal(told(), [(one.id, three.id)], "the first fails")
    net.link(three, False)
    equal(told(), [(three.id, None)], "the last fails")
    net.link(two, True)
    equal(told(), [(None, two.id)], "the second is back")
    net.link(three, True)
    equal(told(), [(two.id, three.id)], "the standby joins in")
    net.link(one, True)
    equal(told(), [(three.id, one.id)], "the first replaces it")
    events.close()


class Stream(lab.Flood):
    """10,000 frames a second from one port; each has its number.

    It waits for a reader that is late, as the queue of a tap drops what it has
    no room for, and no switch is to be blamed for that."""

    RATE = 10000
    AHEAD = TAP_QUEUE // 2

    def __init__(self, port):
        super().__init__([port], lambda port: [eth(STRANGER, port.mac)])
        self.limit = self.AHEAD

    def read(self, *uplinks):
        """A list for each uplink: the numbers that it transmitted."""
        limit = self.count + self.AHEAD
        result = [uplink.numbers() for uplink in uplinks]
        self.limit = limit
        return result

    def flow(self):
        """Return when a thousand more have been sent."""
        enough = min(self.count + 1000, self.limit)
        wait_for(lambda: self.count >= enough, "frames to be sent")

    def run(self):
        lab.stay_on_cpu(1)
        (port, frame), = self.jobs
        start = time.monotonic()
        while not self.stopping:
            due = min(int((time.monotonic() - start) * self.RATE), self.limit)
            while self.count < due and not self.stopping:
                port.wire.send(frame[:14] + self.count.to_bytes(8, "big") + frame[22:])
                self.count += 1
            time.sleep(0.0005)


class TapUplink:
    """An uplink whose carrier can be taken away, as a cable is pulled out of a
    NIC.  What it transmits while it has none is lost."""

    TUNSETIFF, TUNSETCARRIER = 0x400454ca, 0x400454e2
    IFF_TAP, IFF_NO_PI = 2, 0x1000

    def __init__(self, net, name):
        self.name = name
        subprocess.run(["modprobe", "tun"], check=True)
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, self.TUNSETIFF,
                    struct.pack("16sH22x", name.encode(), self.IFF_TAP | self.IFF_NO_PI))
        with open(f"/sys/class/net/{name}/tx_queue_len", "w", encoding="ascii") as file:
            file.write(str(TAP_QUEUE))      # this test reads it now and then only
        net.links.set(name, master=net.switch)
        net.links.set(name, up=True, arp=False)
        ifindex = socket.if_nametoindex(name)
        self.get = lambda: net.api.do("port-get", switch=net.switch, ifindex=ifindex)
        self.id = self.get()["id"]
        net.api.do("port-set", switch=net.switch, ifindex=ifindex, role="uplink")
        wait_for(lambda: self.get()["link"], "link of a tap")

    def carrier(self, on):
        fcntl.ioctl(self.fd, self.TUNSETCARRIER, struct.pack("i", on))

    def numbers(self):
        """Numbers of the frames of a stream that it transmitted."""
        result = []
        while True:
            try:
                frame = os.read(self.fd, 2048)
            except BlockingIOError:
                return result
            if frame[:6] == frames.mac_bytes(STRANGER):
                result.append(int.from_bytes(frame[18:26], "big"))

    def close(self):
        os.close(self.fd)


def stream_over(net, change, rounds):
    """Stream while the uplink changes, and check that nothing is lost unseen:
    (frames sent, numbers of those that left on no uplink, what change returned)."""
    one, two = TapUplink(net, "t1"), TapUplink(net, "t2")
    net.set_switch(teaming={"active": [one.id], "standby": [two.id]})
    net.portgroup("prod", vlan=VLAN)
    a = net.client("prod")
    net.prepare()
    got, told = [], []
    with Stream(a) as stream:
        for _ in range(rounds):
            told.append(change(stream, one, two, got))
    net.settle()
    got += one.numbers() + two.numbers()
    equal(len(got), len(set(got)), "frames that left, and different ones")
    counters = net.counters()
    sent = counters[a.name]["in-unicast-packets"]
    equal(sent, stream.count, "frames that the switch took")
    out = sum(counters[uplink.name].get("out-unicast-packets", 0) for uplink in (one, two))
    drops = sum(value for port in counters.values() for name, value in port.items()
                if name.startswith("drop "))
    equal((out, drops), (sent, 0), "frames sent on, and dropped")
    one.close()
    two.close()
    return sent, set(range(sent)) - set(got), told


@test
def no_loss_when_an_uplink_is_moved_to_unused(net):
    """An order of the administrator loses no frame."""
    def change(stream, one, two, got):
        for first, second in ((two, one), (one, two)):
            net.set_switch(teaming={"active": [first.id], "unused": [second.id]})
            stream.flow()
        got += sum(stream.read(one, two), [])

    sent, lost, _ = stream_over(net, change, 100 if os.environ.get("SOAK") else 5)
    equal(lost, set(), "frames lost")
    diag(f"{sent} frames sent, none lost")


@test
def loss_at_failover(net):
    """A link that fails takes with it what is sent on it until the kernel tells.
    How much that is, is printed: it is no criterion.  But nothing else is lost."""
    def carrier(uplink, on):
        """From here on, the switch knows."""
        uplink.carrier(on)
        wait_for(lambda: uplink.get()["link"] == on, f"carrier {on} to be known")

    def change(stream, one, two, got):
        got += sum(stream.read(one, two), [])
        before = stream.count
        carrier(one, False)
        stream.flow()
        after = stream.count
        last, taken_over = stream.read(one, two)
        on_dead_link = sum(number >= before for number in last)
        check(taken_over, "the other uplink is not used")
        carrier(one, True)
        wait_for(lambda: one.get()["uplink-state"] == "usable", "the up-delay to end")
        stream.flow()
        got += last + taken_over
        return before, after, on_dead_link

    sent, missing, told = stream_over(net, change, 20 if os.environ.get("SOAK") else 4)
    losses = []
    for before, after, on_dead_link in told:
        here = {number for number in missing if before <= number < after}
        missing -= here
        losses.append(on_dead_link + len(here))
    equal(missing, set(), "frames lost while no link failed")
    diag(f"{sent} frames sent at {Stream.RATE} a second; lost at each failure: {losses}")


run(lab.Lab, lab.close)
