#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
# lab: --cpus 2
"""Shaping: rates over real time, and what becomes of what does not fit.

What a shaper lets pass is bounded from above by its buckets, however late the
test runs.  From below it is bounded as long as the sender offers enough: the
bucket of the average rate is a second deep here, so that the machine may stall
for as long without a frame being missed.  (Token arithmetic by itself is
tested exactly in userspace/tests/bucket.c.)
"""

import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from frames import BROADCAST, STRANGER, eth, tagged
from ktap import Failure, Skip, check, diag, equal, run, test, wait_for
from netlink import SO_SNDBUFFORCE
from trace import Trace

FRAME = 1000                        # bytes
DEBUG = os.environ.get("LAB_KERNEL") == "debug"
# kbit/s: 500 frames a second, or as many as the debug kernel can be asked for
AVERAGE = 400 if DEBUG else 4000
RATE = AVERAGE * 125                # bytes a second
BURST = RATE // 1024                # KiB: a second's worth
SECONDS = 60 if os.environ.get("SOAK") else 10
QUEUE = 2 * 65536                   # bytes that wait, at these rates


class Offer(threading.Thread):
    """Sends frames to a port all the time, at four times the average rate."""

    def __init__(self, sender, dst):
        super().__init__(daemon=True)
        self.sender = sender
        self.frame = eth(dst, sender.mac, length=FRAME)
        self.stopping = False

    def run(self):
        lab.stay_on_cpu(1)
        while not self.stopping:
            for _ in range(4):
                self.sender.wire.send(self.frame)
            time.sleep(FRAME / RATE)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stopping = True
        self.join(60)


def passed(port, direction):
    return sum(value for name, value in lab.flat_stats(port.get()["stats"]).items()
               if name.startswith(direction) and name.endswith("-bytes"))


def keeps_its_average(direction, sender, receiver):
    """Within 5 % over SECONDS' worth of bytes, once the credit is spent."""
    if DEBUG:
        raise Skip("the debug kernel sends too slowly to spend its credit")
    count = lambda: passed(receiver, "out-")
    start, before = time.monotonic(), count()

    def credit_is_spent():
        """But for what one cannot see"""
        earned = RATE * (time.monotonic() - start)
        return 1024 * BURST + earned - (count() - before) < 0.01 * SECONDS * RATE

    # Rarely: looking takes the interpreter away from the sender.
    with Offer(sender, receiver.mac):
        try:
            wait_for(credit_is_spent, "the credit to be spent", seconds=60, every=0.5)
        except Failure:
            raise Skip("this machine does not send faster than the average rate") from None
        start, before = time.monotonic(), count()
        wait_for(lambda: count() - before >= SECONDS * RATE, "frames", seconds=4 * SECONDS,
                 every=0.5)
        bytes_of, seconds = count() - before, time.monotonic() - start
    receiver.wire.take_all()
    error = bytes_of / seconds / RATE - 1
    diag(f"{direction}: {bytes_of} bytes in {seconds:.2f} s: {error:+.2%} of the average rate")
    check(abs(error) <= 0.05, f"{direction}: {error:+.2%} of the average rate")


@test
def average_of_ingress(net):
    net.portgroup("plain")
    net.portgroup("shaped", shaping_ingress={"average": AVERAGE, "peak": 2 * AVERAGE,
                                             "burst": BURST})
    a, b = net.client("shaped"), net.client("plain")
    net.prepare()
    keeps_its_average("ingress", a, b)


@test
def average_of_egress(net):
    net.portgroup("plain")
    net.portgroup("shaped", shaping_egress={"average": AVERAGE, "peak": 2 * AVERAGE,
                                            "burst": BURST})
    a, b = net.client("plain"), net.client("shaped")
    net.prepare()
    keeps_its_average("egress", a, b)


@test
def peak_while_there_is_credit(net):
    """Above the average, never above the peak rate, and no more than the
    credit beyond the average."""
    net.portgroup("plain")
    net.portgroup("shaped", shaping_ingress={"average": AVERAGE, "peak": 3 * AVERAGE,
                                             "burst": 4 * BURST})
    a, b = net.client("shaped"), net.client("plain")
    net.prepare()
    start, before = time.monotonic(), passed(b, "out-")
    with Offer(a, b.mac):
        wait_for(lambda: passed(b, "out-") - before >= 2 * RATE, "two seconds' worth")
        count, seconds = passed(b, "out-") - before, time.monotonic() - start
        rate = count / seconds
        diag(f"{count} bytes in {seconds:.2f} s: {rate / RATE:.2f} times the average rate")
        check(count <= 3 * RATE * (seconds + 0.002) + FRAME, "more than the peak rate")
        wait_for(lambda: passed(b, "out-") - before > 4 * BURST * 1024 + 2 * RATE,
                 "the credit to be spent", seconds=60)
        count, seconds = passed(b, "out-") - before, time.monotonic() - start
    check(count <= 4 * BURST * 1024 + RATE * seconds + FRAME, "more than credit and average")


@test
def a_burst_passes_as_it_comes(net):
    """What the credit covers is not delayed: exact, in order, at once."""
    net.portgroup("shaped", vlan=10, shaping_ingress={"average": 8, "peak": 8000000, "burst": 64},
                  shaping_egress={"average": 8, "peak": 8000000, "burst": 64})
    a, b, up = net.client("shaped"), net.client("shaped"), net.uplink()
    for _ in range(30):
        net.deliver(a, eth(b.mac, a.mac, length=FRAME), to=[b])
    frame = eth(STRANGER, a.mac)
    net.deliver(a, frame, to={up: tagged(frame, 10)})


@test
def what_waits_and_what_is_dropped(net):
    """Credit for some, room for some in the queue, and the rest is counted.
    Nothing is lost beside; what waits comes later, in order.  It earns a frame in
    eight seconds: none while it is sent to."""
    net.portgroup("plain")
    net.portgroup("shaped", shaping_egress={"average": 1, "peak": 8000000, "burst": 20})
    a, b = net.client("plain"), net.client("shaped")
    net.prepare()
    # What waits counts as unsent for its socket: else that would stop us.
    a.wire.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20)
    sent = [eth(b.mac, a.mac, length=FRAME) for _ in range(200)]
    for frame in sent:
        a.wire.send(frame)
    net.settle()
    now = b.wire.take_all()
    drops = net.counters()[b.name]["drop shaping"]
    equal(now, sent[:len(now)], "frames that passed at once")
    check(20 <= len(now) <= 22, f"{len(now)} frames of 1000 bytes for 20 KiB of credit")
    equal(len(now) + drops + QUEUE // FRAME, len(sent), "passed, dropped, and waiting")
    # No shaping any more: what waits comes, the newest are those that were dropped.
    net.set_portgroup("shaped", shaping_egress={})
    later = [b.wire.receive() for _ in range(QUEUE // FRAME)]
    equal(later, sent[len(now):len(now) + len(later)], "frames that waited")
    net.settle()
    equal(b.wire.take_all(), [], "frames after these")
    frame = eth(BROADCAST, a.mac)
    net.before = net.counters()
    net.deliver(a, frame, to=[b])


@test
def short_frames_that_wait(net):
    """They take much more memory than their length: that is limited too.  And they leave
    the queue in parts, so that others have their turn."""
    net.portgroup("plain")
    net.portgroup("shaped", shaping_egress={"average": 1, "peak": 8000000, "burst": 1})
    a, b = net.client("plain"), net.client("shaped")
    net.prepare()
    a.wire.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20)
    for _ in range(1500):
        a.wire.send(eth(b.mac, a.mac))
    net.settle()
    now = len(b.wire.take_all())
    waiting = 1500 - now - net.counters()[b.name]["drop shaping"]
    # No frame takes less than 512 bytes, and few 1,024.
    check(256 <= waiting <= 1024, f"{waiting} short frames wait, in {4 * QUEUE} bytes")
    with Trace("timer/hrtimer_expire_entry") as trace:
        net.set_portgroup("shaped", shaping_egress={})
        for _ in range(waiting):
            b.wire.receive()
        fired = trace.text().count("function=vsw_shaper_fire")
    check(fired >= waiting // 64, f"{waiting} frames in {fired} parts")


@test
def new_rates_hold_for_what_waits(net):
    net.portgroup("plain")
    net.portgroup("shaped", shaping_ingress={"average": 1, "peak": 1, "burst": 1})
    a, b = net.client("shaped"), net.client("plain")
    net.prepare()
    sent = [eth(b.mac, a.mac, length=FRAME) for _ in range(10)]
    for frame in sent:
        a.wire.send(frame)
    net.settle()
    first = b.wire.take_all()
    equal(first, sent[:len(first)], "frames at once")
    check(len(first) < 3, f"{len(first)} frames at once")
    net.set_portgroup("shaped", shaping_ingress={"average": 80000, "peak": 80000, "burst": 100})
    equal([b.wire.receive() for _ in sent[len(first):]], sent[len(first):], "frames after that")


@test
def each_port_by_itself(net):
    """Shaping is of each port; another in the group has all of its credit."""
    net.portgroup("shaped", shaping_ingress={"average": 1, "peak": 1000000, "burst": 2},
                  overrides={"shaping"})
    a, b, c, d = (net.client("shaped") for _ in range(4))
    d.set(shaping_egress={"average": 1, "peak": 1000000, "burst": 1000})
    net.prepare()
    for _ in range(5):
        a.wire.send(eth(c.mac, a.mac, length=FRAME))
    net.settle()
    check(len(c.wire.take_all()) < 4, "port a is not shaped")
    net.before = net.counters()
    net.deliver(b, eth(c.mac, b.mac, length=FRAME), to=[c])
    for _ in range(20):     # its override has no ingress shaping
        net.deliver(d, eth(c.mac, d.mac, length=FRAME), to=[c])


@test
def ports_that_go_while_frames_wait(net):
    """Blocked, without a link, taken off the switch, and deleted."""
    net.portgroup("shaped", shaping_ingress={"average": 8, "peak": 8, "burst": 1},
                  shaping_egress={"average": 8, "peak": 8, "burst": 1})
    a, b, c, d = (net.client("shaped") for _ in range(4))
    net.prepare()
    for port in (a, b, c, d):
        for other in (a, b, c, d):
            for _ in range(5):
                port.wire.send(eth(other.mac, port.mac, length=FRAME))
    net.settle()
    a.set(blocked=1)
    net.link(b, False)
    net.links.set(c.name, master=0)
    net.ports.remove(c)
    c.close()
    net.links.delete(c.name)
    net.links.delete(d.name)
    net.ports.remove(d)
    d.close()
    net.set_portgroup("shaped", shaping_ingress={}, shaping_egress={})
    wait_for(lambda: net.counters()[a.name].get("drop blocked"), "what waited to be dropped")


@test
def in_equals_out_and_dropped(net):
    """After all has drained, every frame is accounted for."""
    net.portgroup("plain")
    net.portgroup("shaped", shaping_ingress={"average": 8000, "peak": 16000, "burst": 50},
                  shaping_egress={"average": 4000, "peak": 8000, "burst": 50})
    a, b, c = net.client("shaped"), net.client("shaped"), net.client("plain")
    net.prepare()
    before = net.counters()
    for number in range(600):
        sender, receiver = ((a, b), (c, a))[number % 2]
        sender.wire.send(eth(receiver.mac, sender.mac, length=FRAME))

    def settled():
        now = net.counters()
        change = {name: lab.difference(before.get(name, {}), now[name]) for name in now}
        came = sum(c.get("in-unicast-packets", 0) for c in change.values())
        went = sum(c.get("out-unicast-packets", 0) for c in change.values())
        dropped = sum(v for c in change.values() for n, v in c.items() if n.startswith("drop"))
        return came == 600 and came == went + dropped
    wait_for(settled, "in to equal out and dropped")


run(lab.Lab, lab.close)
