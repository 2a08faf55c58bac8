#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Multicast: only the groups that a port joined, where that is known."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import eth, tag, tagged
from ktap import equal, run, test, wait_for
from net import Wire
from trace import Trace

GROUP, OTHER = "239.1.2.3", "239.1.2.4"
GROUP6, OTHER6 = "ff05::1234", "ff05::5678"
QUERIER = "02:ee:00:00:00:01"
NON_IP = "01:1b:19:00:00:00"


def mac4(group):
    raw = socket.inet_aton(group)
    return "01:00:5e:%02x:%02x:%02x" % (raw[1] & 0x7f, raw[2], raw[3])


def mac6(group):
    return "33:33:" + socket.inet_pton(socket.AF_INET6, group)[12:].hex(":")


def ipv4(dst, src_mac, payload, target, source="10.0.0.1", protocol=2):
    """A packet, of IGMP if not said otherwise, with the router alert option."""
    head = struct.pack("!BBHHHBBH", 0x46, 0xc0, 24 + len(payload), 0, 0, 1, protocol, 0) + \
        socket.inet_aton(source) + socket.inet_aton(target) + b"\x94\x04\0\0"
    head = head[:10] + struct.pack("!H", frames.checksum(head)) + head[12:]
    return eth(dst, src_mac, head + payload, ethertype=frames.ETH_IPV4)


def igmp(kind, group="0.0.0.0", code=0):
    body = struct.pack("!BBH", kind, code, 0) + socket.inet_aton(group)
    return body[:2] + struct.pack("!H", frames.checksum(body)) + body[4:]


def igmp2(src_mac, kind, group):
    target = group if kind != 0x17 else "224.0.0.2"
    return ipv4(mac4(target), src_mac, igmp(kind, group), target)


def igmp3(src_mac, records):
    """records: (type, group, sources)"""
    body = struct.pack("!BBHHH", 0x22, 0, 0, 0, len(records))
    for kind, group, sources in records:
        body += struct.pack("!BBH", kind, 0, len(sources)) + socket.inet_aton(group)
        body += b"".join(socket.inet_aton(source) for source in sources)
    body = body[:2] + struct.pack("!H", frames.checksum(body)) + body[4:]
    return ipv4(mac4("224.0.0.22"), src_mac, body, "224.0.0.22")


def igmp_query(src_mac, tenths=10, source="10.0.0.1"):
    """tenths: of a second, for an answer"""
    return ipv4(mac4("224.0.0.1"), src_mac, igmp(0x11, code=tenths), "224.0.0.1", source)


def pim(src_mac, kind):
    body = struct.pack("!BBH", 0x20 | kind, 0, 0)
    body = body[:2] + struct.pack("!H", frames.checksum(body))
    return ipv4(mac4("224.0.0.13"), src_mac, body, "224.0.0.13", protocol=103)


def icmp6(src_mac, target, body, source="fe80::1"):
    """A packet of MLD: hop limit 1, the router alert option."""
    source, group = (socket.inet_pton(socket.AF_INET6, text) for text in (source, target))
    pseudo = source + group + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", frames.checksum(pseudo + body)) + body[4:]
    options = b"\x3a\0\x05\x02\0\0\x01\0"
    head = struct.pack("!IHBB", 6 << 28, len(options) + len(body), 0, 1) + source + group
    return eth(mac6(target), src_mac, head + options + body, ethertype=0x86dd)


def mld2(src_mac, records):
    body = struct.pack("!BBHHH", 143, 0, 0, 0, len(records))
    for kind, group in records:
        body += struct.pack("!BBH", kind, 0, 0) + socket.inet_pton(socket.AF_INET6, group)
    return icmp6(src_mac, "ff02::16", body)


def mld_query(src_mac):
    return icmp6(src_mac, "ff02::1", struct.pack("!BBHHH", 130, 0, 0, 1000, 0) + bytes(16))


class Snooped:
    """Three guests in a snooping port group, one in another, an uplink."""

    def __init__(self, net):
        net.portgroup("snooped", vlan=10, snooping=1)
        net.portgroup("plain", vlan=10)
        self.net = net
        self.a, self.b, self.c = (net.client("snooped") for _ in range(3))
        self.d = net.client("plain")
        self.up = net.uplink()
        net.prepare()

    def hear(self, dst):
        """Which of the guests receive what d sends to a group"""
        frame = eth(dst, self.d.mac)
        guests = (self.a, self.b, self.c)
        self.net.settle()
        for port in (*guests, self.up):
            port.wire.take_all()
        self.d.wire.send(frame)
        self.net.settle()
        got = {name for name in "abc" if frame in getattr(self, name).wire.take_all()}
        equal(self.up.wire.take_all(), [tagged(frame, 10)], f"uplink, for {dst}")
        return got

    def say(self, port, frame):
        port.wire.send(frame)
        self.net.settle()


@test
def everything_where_nothing_is_known(net):
    lan = Snooped(net)
    for dst in (mac4(GROUP), mac6(GROUP6), NON_IP):
        equal(lan.hear(dst), {"a", "b", "c"}, f"who receives {dst}")


@test
def igmp_v2(net):
    """Who reported something receives that, and no longer the rest."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    lan.say(lan.b, igmp2(lan.b.mac, 0x16, OTHER))
    equal(lan.hear(mac4(GROUP)), {"a", "c"}, "group")
    equal(lan.hear(mac4(OTHER)), {"b", "c"}, "other group")
    equal(lan.hear(mac6(GROUP6)), {"a", "b", "c"}, "IPv6: nothing is known of it")
    equal(lan.hear(NON_IP), {"a", "b", "c"}, "neither")
    lan.say(lan.a, igmp2(lan.a.mac, 0x17, GROUP))
    equal(lan.hear(mac4(GROUP)), {"c"}, "group, after it was left")


@test
def igmp_v3(net):
    lan = Snooped(net)
    lan.say(lan.a, igmp3(lan.a.mac, [(4, GROUP, []), (3, OTHER, ["192.0.2.1"])]))
    equal(lan.hear(mac4(GROUP)), {"a", "b", "c"}, "group")
    equal(lan.hear(mac4(OTHER)), {"a", "b", "c"}, "other group, from one source")
    equal(lan.hear(mac4("239.9.9.9")), {"b", "c"}, "third group")
    lan.say(lan.a, igmp3(lan.a.mac, [(3, GROUP, [])]))
    equal(lan.hear(mac4(GROUP)), {"b", "c"}, "group, after it was left")


@test
def mld_v2(net):
    lan = Snooped(net)
    lan.say(lan.a, mld2(lan.a.mac, [(4, GROUP6)]))
    equal(lan.hear(mac6(GROUP6)), {"a", "b", "c"}, "group")
    equal(lan.hear(mac6(OTHER6)), {"b", "c"}, "other group")
    equal(lan.hear(mac4(GROUP)), {"a", "b", "c"}, "IPv4: nothing is known of it")
    lan.say(lan.a, mld2(lan.a.mac, [(3, GROUP6)]))
    equal(lan.hear(mac6(GROUP6)), {"b", "c"}, "group, after it was left")


@test
def groups_that_all_need(net):
    """Neighbour discovery, and what nobody reports."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    lan.say(lan.a, mld2(lan.a.mac, [(4, GROUP6)]))
    for dst in ("ff:ff:ff:ff:ff:ff", mac4("224.0.0.1"), mac4("224.0.0.251"), mac6("ff02::1"),
                mac6("ff02::1:ff00:1"), NON_IP):
        equal(lan.hear(dst), {"a", "b", "c"}, f"who receives {dst}")


@test
def three_queries_without_an_answer(net):
    """A member that does not answer any more has left, when it had the time to."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    lan.say(lan.b, igmp2(lan.b.mac, 0x16, GROUP))
    lan.say(lan.c, igmp2(lan.c.mac, 0x16, OTHER))
    start = time.monotonic()

    def only_a_is_left():
        lan.say(lan.up, frames.retag(igmp_query(QUERIER), tag(10)))
        lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
        heard = lan.hear(mac4(GROUP))
        equal("a" in heard, True, "who answers stays")
        return heard == {"a"}
    wait_for(only_a_is_left, "b to have missed the last query")
    # The first counts at once, the others when its second has passed.
    equal(time.monotonic() - start >= 3, True, "four queries had a second each")


@test
def queries_in_a_flood(net):
    """Faster than they can be answered: nobody loses what he joined."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    lan.say(lan.c, igmp2(lan.c.mac, 0x16, OTHER))
    for tenths in (0, 1, 10, 100, 255):
        for _ in range(20):
            lan.say(lan.b, igmp_query(lan.b.mac, tenths))
    equal(lan.hear(mac4(GROUP)), {"a", "b"}, "group")


@test
def reports_are_for_routers(net):
    """A guest that heard another's report would not send its own."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    net.prepare()
    report = igmp2(lan.b.mac, 0x16, GROUP)
    lan.say(lan.b, report)
    equal([port for port in net.ports if report in port.wire.take_all()], [lan.d], "who hears it")


@test
def routers(net):
    """Who queries or says hello receives all groups and all reports, of that family."""
    lan = Snooped(net)

    def reports(port, frame):
        """Which of b and c receive what a reports"""
        lan.net.settle()
        for one in lan.net.ports:
            one.wire.take_all()
        lan.say(port, frame)
        return {name for name in "bc" if frame in getattr(lan, name).wire.take_all()}

    for port in lan.a, lan.b, lan.c:
        lan.say(port, igmp2(port.mac, 0x16, OTHER))
        lan.say(port, mld2(port.mac, [(4, OTHER6)]))
    equal(lan.hear(mac4(GROUP)), set(), "a group that nobody joined")
    lan.say(lan.b, igmp_query(lan.b.mac, source="0.0.0.0"))
    lan.say(lan.b, pim(lan.b.mac, 3))
    equal(lan.hear(mac4(GROUP)), set(), "after a query of nobody, and a PIM join")
    lan.say(lan.b, igmp_query(lan.b.mac))
    lan.say(lan.c, pim(lan.c.mac, 0))
    equal(lan.hear(mac4(GROUP)), {"b", "c"}, "with two routers of IPv4")
    equal(lan.hear(mac6(GROUP6)), set(), "IPv6, which they do not route")
    equal(reports(lan.a, igmp2(lan.a.mac, 0x16, GROUP)), {"b", "c"}, "who hears a report")
    equal(reports(lan.a, mld2(lan.a.mac, [(4, GROUP6)])), set(), "who hears one of IPv6")
    lan.say(lan.c, mld_query(lan.c.mac))
    equal(lan.hear(mac6("ff05::9999")), {"c"}, "with a router of IPv6")
    equal(reports(lan.a, mld2(lan.a.mac, [(4, "ff05::77")])), {"c"}, "who hears one of IPv6")


@test
def malformed(net):
    """Reports that lie about their length change nothing, and harm nothing."""
    lan = Snooped(net)
    good = igmp3(lan.a.mac, [(4, GROUP, []), (4, OTHER, ["192.0.2.1"])])
    for cut in range(15, len(good)):
        lan.a.wire.send(good[:cut].ljust(60, b"\0"))
    body = struct.pack("!BBHHH", 0x22, 0, 0, 0, 0xffff) + struct.pack("!BBH", 4, 255, 0xffff) + \
        socket.inet_aton(GROUP)
    body = body[:2] + struct.pack("!H", frames.checksum(body)) + body[4:]
    lan.a.wire.send(ipv4(mac4("224.0.0.22"), lan.a.mac, body, "224.0.0.22"))
    bad = mld2(lan.a.mac, [(4, GROUP6)])
    for cut in range(15, len(bad)):
        lan.a.wire.send(bad[:cut].ljust(60, b"\0"))
    net.settle()
    lan.hear(mac4(GROUP))


@test
def too_many_groups(net):
    """A guest with more groups than are kept receives all of them."""
    lan = Snooped(net)
    for number in range(0, 600, 50):
        lan.say(lan.a, igmp3(lan.a.mac, [(4, f"239.5.{n >> 8}.{n & 255}", [])
                                         for n in range(number, number + 50)]))
        for port in net.ports:
            port.wire.take_all()
    equal("a" in lan.hear(mac4("239.5.0.7")), True, "a group of the first")
    equal("a" in lan.hear(mac4("239.5.2.7")), True, "a group of the last")


@test
def more_records_than_are_looked_at(net):
    """One report of 1,000 groups: what it says behind the limit is not lost."""
    lan = Snooped(net)
    groups = [f"239.6.{n >> 8}.{n & 255}" for n in range(1000)]
    records = [(4, group, []) for group in groups]
    net.links.set("vs0", mtu=9000)
    for port in net.ports:
        net.far.links.set(port.far, mtu=9000)
        net.links.set(port.name, mtu=9000)
    lan.say(lan.a, igmp3(lan.a.mac, records))
    for number in (0, 500, 999):
        equal("a" in lan.hear(mac4(groups[number])), True, f"group {number}")


@test
def leaving_what_was_never_joined(net):
    """Costs nothing and changes nothing: not a byte is allocated for it."""
    lan = Snooped(net)
    lan.say(lan.a, igmp2(lan.a.mac, 0x16, GROUP))
    lan.say(lan.b, igmp2(lan.b.mac, 0x16, OTHER))
    net.prepare()
    report = igmp3(lan.a.mac, [(3, f"239.7.0.{n}", []) for n in range(150)])
    leave = igmp3(lan.a.mac, [(3, GROUP, []), (4, GROUP, [])])
    with Trace("kmem/kmalloc") as trace:
        for frame in [report] * 20 + [leave] * 20:
            lan.a.wire.send(frame)
        net.settle()
        text = trace.text()
    equal([line for line in text.splitlines() if "vsw_groups" in line or "vsw_snoop" in line], [],
          "what is allocated for groups")
    equal(lan.hear(mac4(GROUP)), {"a", "c"}, "group")
    equal(lan.hear(mac4("239.7.0.5")), {"c"}, "group that was left")


@test
def vmkernel_adapter(net):
    """It receives what its host joined, and all that it asks for beyond."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    net.links.add("vmk0", "vmknic", link=net.switch, address="02:00:00:00:0a:01", up=True)
    index = socket.if_nametoindex("vmk0")
    net.api.do("port-set", switch=net.switch, ifindex=index, portgroup="prod")
    wire = Wire("vmk0")
    net.prepare()

    def hears_it(dst):
        frame = eth(dst, a.mac)
        a.wire.send(frame)
        net.settle()
        return frame in wire.take_all()

    equal(hears_it("ff:ff:ff:ff:ff:ff"), True, "broadcast")
    equal(hears_it(mac4(GROUP)), False, "group, not joined")
    member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                      struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), index))
    equal(hears_it(mac4(GROUP)), True, "group, joined")
    equal(hears_it(mac4(OTHER)), False, "other group")
    equal(hears_it(NON_IP), False, "not joined, not IP")
    member.close()
    wait_for(lambda: not hears_it(mac4(GROUP)), "the group to be left")
    # PACKET_MR_ALLMULTI, and PACKET_MR_PROMISC
    for kind in (2, 1):
        member = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        request = struct.pack("iHH8s", index, kind, 0, bytes(8))
        member.setsockopt(263, 1, request)
        equal(hears_it(mac4(OTHER)), True, f"all, by membership {kind}")
        member.close()
        wait_for(lambda: not hears_it(mac4(OTHER)), "that to end")
    wire.close()


run(lab.Lab, lab.close)
