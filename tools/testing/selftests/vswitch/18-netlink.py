#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink interface: refusals that say why and change nothing, atomic
transactions, notifications, dumps; and the kernel's own ynl client."""

import ctypes
import errno
import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from ktap import Cells, check, contains, equal, run, test, wait_for
from lab import shared
from netlink import SPEC, SO_SNDBUFFORCE, Links, Nl, Refused, Socket, attr, strz, u8, u16, u32
from tree import linux_source

FIRST = {}     # command numbers, for children
MULTICAST, ZERO = "03:00:00:00:00:01", "00:00:00:00:00:00"


class Some:
    """A switch with something of everything, and requests to it."""

    def __init__(self, net):
        self.net, self.api, self.switch = net, net.api, net.switch
        net.portgroup("prod", vlan=10)
        net.portgroup("dev", vlan=20)
        net.portgroup("trunk", trunk=[(10, 12), 30])
        self.a, self.b, self.c = net.client("prod"), net.client("dev"), net.client("trunk")
        self.new, self.up = net.plain_port(), net.uplink()
        net.links.add("vmk0", "vmknic", link=net.switch)

    def group(self, **attributes):
        return lambda: self.api.do("portgroup-new", switch=self.switch, **attributes)

    def change(self, name, **attributes):
        return lambda: self.api.do("portgroup-set", switch=self.switch, name=name, **attributes)

    def port(self, port, **attributes):
        return lambda: port.set(**attributes)

    def txn(self, **attributes):
        return lambda: self.api.do("txn", switch=self.switch, **attributes)

    def raw(self, command, *attributes):
        body = u32(1, self.switch) + b"".join(attributes)
        return lambda: self.api.raw(command, body)


def cells_of(net, some, cases):
    cells = Cells()
    for name, call, error, *parts in cases:
        cells.run(name, net.refused, error, parts, call)
    cells.finish()


@test
def bad_port_groups(net):
    s = Some(net)
    long = "x" * 81
    new = lambda name: s.raw("portgroup-new", strz(2, name))
    cells_of(net, s, [
        ("VLAN 4096", s.group(name="bad", vlan=4096), errno.ERANGE, "'bad'", "4096", "4095"),
        ("VLAN 65535", s.group(name="bad", vlan=65535), errno.ERANGE, "'bad'", "65535"),
        ("change to VLAN 4096", s.change("prod", vlan=4096), errno.ERANGE, "'prod'", "4096"),
        ("range to 4095", s.group(name="bad", trunk=lab.trunk_ranges([(4000, 4095)])),
         errno.ERANGE, "'bad'", "4000-4095", "4094"),
        ("range upside down", s.group(name="bad", trunk=lab.trunk_ranges([(20, 10)])),
         errno.ERANGE, "'bad'", "20-10"),
        ("overlapping ranges", s.group(name="bad", trunk=lab.trunk_ranges([(10, 20), (20, 30)])),
         errno.EINVAL, "'bad'", "20-30", "overlap"),
        ("the same range twice", s.group(name="bad", trunk=lab.trunk_ranges([5, 5])),
         errno.EINVAL, "'bad'", "5-5"),
        ("range without last", s.group(name="bad", trunk=[{"first": 5}]), errno.EINVAL, "'bad'"),
        ("too many ranges", s.group(name="bad", trunk=lab.trunk_ranges(range(1, 600, 2))),
         errno.E2BIG, "'bad'", "256"),
        ("VLAN and trunk", s.group(name="bad", vlan=5, trunk=lab.trunk_ranges([6])),
         errno.EINVAL, "'bad'"),
        ("name in use", s.group(name="prod"), errno.EEXIST, "'prod'", "vs0"),
        ("new name in use", s.change("prod", new_name="dev"), errno.EEXIST, "'dev'"),
        ("name too long", s.group(name=long), errno.ENAMETOOLONG, "xxx", "81", "80"),
        ("new name too long", s.change("prod", new_name=long), errno.ENAMETOOLONG, "80"),
        ("empty name", s.group(name=""), errno.EINVAL, "name"),
        ("no name", s.raw("portgroup-new"), errno.EINVAL, "name"),
        ("name not UTF-8", new(b"caf\xe9"), errno.EILSEQ, "UTF-8"),
        ("overlong UTF-8", new(b"a\xc0\xafb"), errno.EILSEQ, "UTF-8"),
        ("UTF-8 surrogate", new(b"\xed\xa0\x80"), errno.EILSEQ, "UTF-8"),
        ("truncated UTF-8", new(b"abc\xe2\x82"), errno.EILSEQ, "UTF-8"),
        ("control character", new(b"a\nb"), errno.EILSEQ, "control"),
        ("delete character", new(b"a\x7fb"), errno.EILSEQ, "control"),
        ("unknown group", s.change("none", vlan=5), errno.ENOENT, "'none'", "vs0"),
        ("deleting an unknown one", lambda: net.api.do("portgroup-del", switch=net.switch,
                                                       name="none"), errno.ENOENT, "'none'"),
        ("deleting one with ports", lambda: net.api.do("portgroup-del", switch=net.switch,
                                                       name="prod"), errno.EBUSY, "'prod'", "1"),
    ])


@test
def names_at_the_limit(net):
    """80 bytes are fine, in UTF-8 too; the name comes back as it was."""
    for name in ("x" * 80, "é" * 40, "VLAN 10 – Büro/3. OG"):
        net.api.raw("portgroup-new", u32(1, net.switch) + strz(2, name))
        answer = net.api.raw("portgroup-get", u32(1, net.switch) + strz(2, name))
        check(strz(2, name) in answer[0].raw, f"{name!r} does not come back")
        net.api.raw("portgroup-del", u32(1, net.switch) + strz(2, name))


@test
def bad_ports(net):
    s = Some(net)
    macs = [frames.mac(n, "02:cc:00") for n in range(257)]
    vmk = [p for p in net.api.dump("port-get", switch=net.switch) if p["name"] == "vmk0"][0]
    vmk_set = lambda **attributes: lambda: net.api.do("port-set", switch=net.switch, id=vmk["id"],
                                                      **attributes)
    cells_of(net, s, [
        ("multicast MAC", s.port(s.a, mac=[MULTICAST]), errno.EADDRNOTAVAIL, "p1", MULTICAST),
        ("zero MAC", s.port(s.a, mac=[ZERO]), errno.EADDRNOTAVAIL, "p1", ZERO),
        ("second MAC multicast", s.port(s.a, mac=[s.a.mac, MULTICAST]), errno.EADDRNOTAVAIL, "p1"),
        ("MAC twice", s.port(s.a, mac=[s.a.mac, s.a.mac]), errno.EADDRINUSE, "p1", s.a.mac),
        ("MAC of another", s.port(s.new, portgroup="prod", mac=[s.a.mac]), errno.EADDRINUSE,
         s.new.name, s.a.mac, "p1", "10"),
        ("MAC of a trunk's VLAN", s.port(s.new, portgroup="prod", mac=[s.c.mac]),
         errno.EADDRINUSE, s.c.mac, s.c.name),
        ("257 MACs", s.port(s.a, mac=macs), errno.E2BIG, "p1", "257", "256"),
        ("effective MAC multicast", s.port(s.a, effective_mac=MULTICAST), errno.EADDRNOTAVAIL,
         "p1", MULTICAST),
        ("unknown port group", s.port(s.a, portgroup="none"), errno.ENOENT, "'none'"),
        ("uplink into a port group", s.port(s.up, portgroup="prod"), errno.EBUSY, s.up.name),
        ("client to uplink", s.port(s.a, role="uplink"), errno.EBUSY, "p1", "prod"),
        ("client without port group", s.port(s.new, role="client"), errno.EINVAL, "port group"),
        ("role and port group", s.port(s.new, role="uplink", portgroup="prod"), errno.EINVAL,
         s.new.name),
        ("VMkernel adapter to uplink", vmk_set(role="uplink"), errno.EOPNOTSUPP, "vmk0"),
        ("VMkernel adapter, foreign MAC", vmk_set(mac=["02:dd:00:00:00:01"]), errno.EINVAL,
         "vmk0"),
        ("VMkernel adapter, effective MAC", vmk_set(effective_mac="02:dd:00:00:00:01"),
         errno.EINVAL, "vmk0"),
        ("unknown id", lambda: net.api.do("port-set", switch=net.switch, id=999, blocked=1),
         errno.ENOENT, "vs0", "999"),
        ("id 0", lambda: net.api.do("port-get", switch=net.switch, id=0), errno.ENOENT, "vs0"),
        ("huge id", lambda: net.api.do("port-get", switch=net.switch, id=0xffffffff),
         errno.ENOENT, "vs0"),
        ("neither id nor device", lambda: net.api.do("port-set", switch=net.switch, blocked=1),
         errno.EINVAL, "id"),
        ("device of no switch", lambda: net.api.do("port-set", switch=net.switch, ifindex=1,
                                                   blocked=1), errno.ENOENT, "vs0", "1"),
        ("port of another switch", lambda: net.api.do(
            "port-set", switch=socket.if_nametoindex("vsq"), ifindex=s.a.ifindex, blocked=1),
         errno.ENOENT, "vsq"),
    ])


@test
def as_many_as_fit_into_a_message(net):
    """65,536 of something: a count of 16 bits would be 0."""
    s = Some(net)
    many = 65536
    net.api.raw_socket.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20)
    some_range = attr(5, u16(1, 5) + u16(2, 5), nested=True)
    vmk = net.api.do("port-get", switch=net.switch, ifindex=socket.if_nametoindex("vmk0"))
    macs = b"".join(attr(9, bytes.fromhex("02bb%08x" % n)) for n in range(many))
    cells_of(net, s, [
        ("addresses of a port", s.raw("port-set", u32(2, s.a.id), macs), errno.E2BIG, "'p1'",
         "65536", "256"),
        ("addresses of a VMkernel adapter", s.raw("port-set", u32(2, vmk["id"]), macs),
         errno.E2BIG, "'vmk0'", "65536"),
        ("ranges of a trunk", s.raw("portgroup-set", strz(2, "trunk"), some_range * many),
         errno.EINVAL, "'trunk'", "overlap"),
        ("sources of a mirror", s.raw("mirror-set", strz(2, "m"), u32(6, s.new.id),
                                      b"".join(u32(3, n) for n in range(many))), errno.ERANGE,
         "'m'", "4097"),
        ("secondary VLANs", s.raw("pvlan-set", u16(2, 500),
                                  b"".join(u16(4, n) for n in range(many))), errno.ERANGE, "0"),
    ])
    # Where the count had become 0, this wrote into what is no longer there.
    net.links.set("vmk0", address="02:00:00:00:0b:01")
    equal(net.api.do("port-get", switch=net.switch, id=vmk["id"])["mac"],
          ["02:00:00:00:0b:01"], "address of vmk0")


@test
def bad_switches_and_teams(net):
    s = Some(net)
    team = lambda **teaming: lambda: net.set_switch(teaming=teaming)
    lo = socket.if_nametoindex("lo")
    cells_of(net, s, [
        ("active is no uplink", team(active=[s.a.id]), errno.EINVAL, "p1", "uplink"),
        ("active is nothing", team(active=[999]), errno.EINVAL, "999"),
        ("standby is nothing", team(active=[s.up.id], standby=[0xffffffff]), errno.EINVAL),
        ("listed twice", team(active=[s.up.id, s.up.id]), errno.EINVAL, s.up.name, "twice"),
        ("active and standby", team(active=[s.up.id], standby=[s.up.id]), errno.EINVAL,
         s.up.name),
        ("team of a port group", s.change("prod", teaming={"active": [s.b.id]}), errno.EINVAL,
         s.b.name, "uplink"),
        ("switch inherits", lambda: net.set_switch(security={"promiscuous": "inherit"}),
         errno.EINVAL),
        ("policy 3", s.raw("switch-set", attr(4, u8(1, 3), nested=True)), errno.ERANGE),
        ("no switch", lambda: net.api.do("switch-set"), errno.EINVAL, "switch"),
        ("no such device", lambda: net.api.do("switch-get", ifindex=9999), errno.ENODEV, "9999"),
        ("not a switch", lambda: net.api.do("switch-get", ifindex=lo), errno.EOPNOTSUPP, "'lo'"),
    ])


@test
def bad_messages(net):
    """What no client of ours would send: the policy refuses it."""
    s = Some(net)
    cells_of(net, s, [
        ("unknown attribute", s.raw("portgroup-new", strz(2, "x"), u32(99, 1)), errno.EINVAL),
        ("attribute of a reply", s.raw("portgroup-new", strz(2, "x"), u32(8, 1)), errno.EINVAL),
        ("number for a name", s.raw("portgroup-new", attr(2, b"ab")), errno.EINVAL),
        ("VLAN of 1 byte", s.raw("portgroup-new", strz(2, "x"), u8(4, 1)), errno.EINVAL),
        ("VLAN of 4 bytes", s.raw("portgroup-new", strz(2, "x"), u32(4, 1)), errno.EINVAL),
        ("MAC of 5 bytes", s.raw("port-set", u32(2, 1), attr(9, b"\2" * 5)), errno.ERANGE),
        ("MAC of 7 bytes", s.raw("port-set", u32(2, 1), attr(9, b"\2" * 7)), errno.ERANGE),
        ("blocked 2", s.raw("port-set", u32(2, 1), u8(11, 2)), errno.ERANGE),
        ("role 3", s.raw("port-set", u32(2, 1), u8(7, 3)), errno.ERANGE),
        ("nest without its flag", s.raw("portgroup-set", strz(2, "prod"), attr(6, u8(1, 1))),
         errno.EINVAL),
        ("nest cut short", s.raw("portgroup-set", strz(2, "prod"),
                                 attr(6, struct.pack("HH", 12, 1) + b"\1\0\0\0", nested=True)),
         errno.EINVAL),
        ("attribute longer than the message", s.raw("portgroup-set", struct.pack("HH", 200, 2)),
         errno.EINVAL),
        ("unknown in a nest", s.raw("portgroup-set", strz(2, "prod"),
                                    attr(6, u8(9, 1), nested=True)), errno.EINVAL),
        ("unknown in a txn", s.raw("txn", attr(9, u32(1, 1), nested=True)), errno.EINVAL),
        ("unknown in a nest of a txn", s.raw("txn", attr(3, strz(2, "x") + u32(77, 1),
                                                        nested=True)), errno.EINVAL),
        ("txn with a switch in a nest", s.raw("txn", attr(3, strz(2, "x") + u32(1, net.switch),
                                                         nested=True)), errno.EINVAL),
        ("unknown command", lambda: net.api.raw(77, u32(1, net.switch)), errno.EOPNOTSUPP),
        ("a notification as a command", lambda: net.api.raw(3, u32(1, net.switch)),
         errno.EOPNOTSUPP),
        ("dump of a change", lambda: net.api.raw("port-set", u32(1, net.switch), Nl.NLM_F_DUMP),
         errno.EOPNOTSUPP),
    ])


@test
def bad_devices(net):
    """What cannot be a port, and what cannot be done with one."""
    s = Some(net)
    links = net.links
    links.add_veth("v1", "v2")
    links.add("br1", "bridge")
    subprocess.run(["ip", "link", "add", "link", "v1", "name", "v1.5", "type", "vlan", "id", "5"],
                   check=True)
    links.set("v2", master=links.index("br1"))
    join = lambda name: lambda: links.set(name, master=net.switch)
    cells_of(net, s, [
        ("a vswitch", join("vsq"), errno.ELOOP, "'vsq'"),
        ("itself", join("vs0"), errno.ELOOP),
        ("VLAN devices on top", join("v1"), errno.EBUSY, "'v1'", "v1.5"),
        ("loopback", join("lo"), errno.EINVAL, "'lo'", "Ethernet"),
        ("VLAN device on a port", lambda: subprocess_refused(
            "ip", "link", "add", "link", s.a.name, "name", "p1.5", "type", "vlan", "id", "5"),
         errno.EBUSY, "p1"),
        ("MTU of the switch too small", lambda: links.set("vs0", mtu=100), errno.EINVAL),
        ("MTU of the switch too large", lambda: links.set("vs0", mtu=65000), errno.EINVAL),
    ])
    # rtnetlink itself takes a device from its master first: as for a bridge
    links.set("v2", master=net.switch)
    check("v2" in {port["name"] for port in net.api.dump("port-get", switch=net.switch)},
          "v2 did not come from the bridge")
    for name in ("v1", "br1"):
        links.delete(name)


def subprocess_refused(*words):
    """A command that must fail: raises what it says as Refused."""
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode:
        text = result.stderr
        raise Refused(errno.EBUSY if "busy" in text or "port of" in text else 0, {"msg": text})


@test
def limits(net):
    """The 33rd uplink, the 1,025th port group."""
    for number in range(33):
        net.links.add(f"u{number}", "dummy")
        net.links.set(f"u{number}", master=net.switch)
    up = lambda n: net.api.do("port-set", switch=net.switch, id=n + 1, role="uplink")
    for number in range(32):
        up(number)
    net.refused(errno.ENOSPC, ["vs0", "32"], up, 32)
    net.api.do("txn", switch=net.switch,
               portgroup_new=[{"name": f"g{n}"} for n in range(1024)])
    net.refused(errno.ENOSPC, ["vs0", "1024"], net.portgroup, "one more")
    for number in range(33):
        net.links.delete(f"u{number}")


def in_user_namespace(cgroup, groups, switches):
    """In a child: a cgroup, namespaces of its own, a switch with so many port groups there.
    Returns what it was refused when it made more switches."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with open(f"{cgroup}/cgroup.procs", "w", encoding="ascii") as file:
            file.write("0")
        if ctypes.CDLL(None).unshare(0x10000000 | 0x40000000):      # NEWUSER, NEWNET
            os._exit(1)
        links, sock = Links(), Socket(Nl.NETLINK_GENERIC)
        index = links.add("vs0", "vswitch")
        family = shared().api.family
        for number in range(groups):
            body = struct.pack("BBH", FIRST["portgroup-new"], 1, 0) + u32(1, index) + \
                strz(2, f"g{number}") + u16(4, 4095)
            sock.request(family, body)
        refusal = None
        try:
            for number in range(switches):
                links.add(f"vs{number + 1}", "vswitch")
        except Refused as refused:
            refusal = [refused.error, refused.text]
        with open(f"{cgroup}/memory.current", encoding="ascii") as file:
            os.write(writer, json.dumps([int(file.read()), refusal]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        answer = file.read()
    os.waitpid(child, 0)
    return json.loads(answer)


@test
def memory_of_a_user_namespace(net):
    """What anybody can make in his own namespaces is charged to him, and bounded."""
    FIRST["portgroup-new"] = net.api.ynl.ops["portgroup-new"].req_value
    root = "/sys/fs/cgroup"
    if not os.path.exists(f"{root}/cgroup.controllers"):
        subprocess.run(["mount", "-t", "cgroup2", "none", root], check=True)
    with open(f"{root}/cgroup.subtree_control", "w", encoding="ascii") as file:
        file.write("+memory")
    used = {}
    for groups in (0, 1024):
        cgroup = f"{root}/vsw{groups}"
        os.mkdir(cgroup)
        used[groups], refusal = in_user_namespace(cgroup, groups, 0 if groups else 200)
        if not groups:
            equal(refusal and refusal[0], errno.ENOSPC, f"errno of the 129th switch: {refusal}")
            contains(refusal[1], "128", "extack")
        wait_for(lambda path=cgroup: not open(f"{path}/cgroup.procs", encoding="ascii").read(),
                 "the child to leave")
        os.rmdir(cgroup)
    # Half a KiB of VLANs is in each.
    check(used[1024] > 1024 * 768, f"{used[1024]} bytes charged for 1,024 port groups")


@test
def without_privilege(net):
    """Changes need CAP_NET_ADMIN; reading does not."""
    s = Some(net)
    commands = {"switch-set": u32(1, net.switch),
                "portgroup-new": u32(1, net.switch) + strz(2, "x"),
                "portgroup-set": u32(1, net.switch) + strz(2, "prod") + u16(4, 5),
                "portgroup-del": u32(1, net.switch) + strz(2, "prod"),
                "port-set": u32(1, net.switch) + u32(2, s.a.id) + u8(11, 1),
                "txn": u32(1, net.switch)}
    before = net.everything()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setgid(65534)
        os.setuid(65534)
        sock, result = Socket(Nl.NETLINK_GENERIC, 1 << 16), {}
        for command, body in commands.items():
            try:
                net.api.raw(command, body, sock=sock)
                result[command] = 0
            except Refused as refusal:
                result[command] = refusal.error
        result["read"] = len(net.api.raw("port-get", b"", Nl.NLM_F_DUMP, sock=sock))
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.waitpid(child, 0)
    got = json.loads(os.read(reader, 65536))
    equal(got.pop("read") > 0, True, "ports that an unprivileged dump shows")
    equal(got, {command: errno.EPERM for command in commands}, "errno of each change")
    equal(net.everything(), before, "configuration")


@test
def other_namespace(net):
    """A switch is seen and changed in its own namespace only."""
    box = net.namespace("box")
    sock = box.enter(Socket, Nl.NETLINK_GENERIC)
    equal(net.api.raw("switch-get", b"", Nl.NLM_F_DUMP, sock=sock), [], "switches seen there")
    net.refused(errno.ENODEV, [str(net.switch)], net.api.raw, "portgroup-new",
                u32(1, net.switch) + strz(2, "x"), sock=sock)
    net.refused(errno.EINVAL, [], box.links.set, "lo", master=net.switch)
    sock.close()


@test
def txn_is_all_or_nothing(net):
    """One bad change in the middle of many: none of them is done."""
    s = Some(net)
    new = [{"name": f"t{n}", "vlan": 100 + n} for n in range(50)]
    moves = [{"id": port.id, "portgroup": "t7", "mac": [port.mac]} for port in (s.a, s.b)]
    bad = {"name": "t25", "vlan": 5}
    s_txn = lambda **attributes: s.txn(**attributes)
    cells_of(net, s, [
        ("duplicate name", s_txn(portgroup_new=new + [bad] + [{"name": "after"}], port_set=moves),
         errno.EEXIST, "'t25'"),
        ("bad VLAN", s_txn(switch_set=[{"security": {"promiscuous": "accept"}}],
                           portgroup_new=new[:25] + [{"name": "x", "vlan": 5000}] + new[25:]),
         errno.ERANGE, "'x'", "5000"),
        ("MAC collision at the end", s_txn(portgroup_new=new, port_set=moves + [
            {"id": s.new.id, "portgroup": "t7", "mac": [s.a.mac]}]), errno.EADDRINUSE, s.a.mac),
        ("deleting what is in use", s_txn(portgroup_new=new, portgroup_del=[{"name": "prod"}]),
         errno.EBUSY, "'prod'"),
    ])
    generation = net.api.do("switch-get", ifindex=net.switch)["generation"]
    net.api.do("txn", switch=net.switch, portgroup_new=new, port_set=moves,
               portgroup_del=[{"name": "prod"}])
    groups = {group["name"]: group for group in net.api.dump("portgroup-get", switch=net.switch)}
    equal(set(groups), {"dev", "trunk"} | {group["name"] for group in new}, "port groups")
    equal(groups["t7"]["port-count"], 2, "ports of t7")
    equal(net.api.do("switch-get", ifindex=net.switch)["generation"], generation + 1,
          "generation: one change")


@test
def txn_for_a_generation(net):
    """It is refused when another was there first, and then changes nothing."""
    net.portgroup("prod", vlan=10)
    seen = net.api.do("switch-get", ifindex=net.switch)["generation"]
    change = lambda vlan, generation: net.api.do(
        "txn", switch=net.switch, generation=generation,
        portgroup_set=[{"name": "prod", "vlan": vlan}])
    change(11, seen)
    for generation in (seen, seen + 2, 0):
        net.refused(errno.ESTALE, ["vs0", str(seen + 1), str(generation)], change, 12, generation)
    change(12, seen + 1)


@test
def ids_are_not_reused_at_once(net):
    """Who still means the port that left does not change the next one."""
    ids = []
    for _ in range(5):
        port = net.plain_port()
        ids.append(port.id)
        net.ports.remove(port)
        port.close()
        net.links.delete(port.name)
    equal(len(set(ids)), 5, f"ids {ids} of ports that came one after the other")
    check(max(ids) <= 64, f"ids {ids} are larger than they need to be")


@test
def sets_change_what_they_name(net):
    """In nests too; a list is one setting; an empty nest resets."""
    s = Some(net)
    one, two = net.uplink(), net.uplink()
    get = lambda: net.api.do("portgroup-get", switch=net.switch, name="prod")
    put = lambda **attributes: net.api.do("portgroup-set", switch=net.switch, name="prod",
                                          **attributes)
    put(security={"promiscuous": "accept"}, teaming={"policy": "port-id", "active": [one.id]},
        shaping_egress={"average": 100, "peak": 200, "burst": 10}, learning={"limit": 5})
    put(security={"mac-changes": "reject"}, teaming={"failback": 0}, shaping_egress={"peak": 300})
    group = get()
    equal((group["security"]["promiscuous"], group["security"]["mac-changes"]),
          ("accept", "reject"), "security")
    equal(group["teaming"], {"policy": "port-id", "active": [one.id], "failback": 0,
                             "unused": [s.up.id, two.id]}, "teaming")
    equal(group["shaping-egress"], {"average": 100, "peak": 300, "burst": 10}, "shaping")
    put(teaming={"standby": [two.id]})
    equal(get()["teaming"], {"policy": "port-id", "failback": 0, "standby": [two.id],
                             "unused": [s.up.id, one.id]}, "the order, as a whole")
    put(security={}, teaming={}, shaping_egress={}, learning={})
    group = get()
    equal((set(group["security"].values()), [group.get(name) for name in (
        "teaming", "shaping-egress", "learning")]), ({"inherit"}, [None] * 3), "after empty nests")
    mirror = lambda **attributes: net.api.do("mirror-set", switch=net.switch, name="m",
                                             **attributes)
    mirror(ingress=[s.a.id, s.b.id], egress=[s.b.id], destination=s.new.id, length=100)
    mirror(ingress=[s.c.id], sampling=4)
    session = net.api.do("mirror-get", switch=net.switch, name="m")
    equal([session[name] for name in ("ingress", "egress", "destination", "length", "sampling")],
          [[s.c.id], [s.b.id], s.new.id, 100, 4], "mirror session")


@test
def txn_swaps_addresses(net):
    """What would collide one after the other is fine all at once."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.api.do("txn", switch=net.switch, port_set=[{"id": a.id, "mac": [b.mac]},
                                                   {"id": b.id, "mac": [a.mac]}])
    a.mac, b.mac = b.mac, a.mac
    net.deliver(a, frames.eth(b.mac, a.mac), to=[b])


@test
def one_notification_for_each_object(net):
    """Changed many times in a transaction, told once; what is as it was, not."""
    s = Some(net)
    events = net.api.subscribe("config")
    told = lambda: sorted((name, msg.get("name", msg.get("id"))) for name, msg in events.take())
    net.portgroup("web", vlan=5)
    equal(told(), [("portgroup-ntf", "web")], "new port group")
    net.api.do("txn", switch=net.switch, portgroup_new=[{"name": "x"}, {"name": "y"}],
               portgroup_set=[{"name": "x", "vlan": 6}, {"name": "x", "vlan": 7}],
               portgroup_del=[{"name": "web"}],
               port_set=[{"id": s.a.id, "blocked": 1}, {"id": s.a.id, "portgroup": "x"}])
    equal(told(), [("port-ntf", s.a.name), ("portgroup-del-ntf", "web"), ("portgroup-ntf", "x"),
                   ("portgroup-ntf", "y")], "transaction")
    net.set_switch(security={"promiscuous": "accept"})
    equal(told(), [("switch-ntf", "vs0")], "switch")
    s.new.set(portgroup="dev", mac=[s.new.mac])
    equal(told(), [("port-ntf", s.new.name)], "port")
    net.links.set(s.new.name, master=0)
    equal(told(), [("port-del-ntf", s.new.name)], "port that left")
    net.links.set(s.new.name, master=net.switch)
    equal(told(), [("port-ntf", s.new.name)], "port that joined")
    try:
        net.portgroup("bad", vlan=5000)
    except Refused:
        pass
    equal(told(), [], "after a refusal")
    events.close()


@test
def notifications_of_another_namespace(net):
    """Are not heard here."""
    box = net.namespace("box")
    events = net.api.subscribe("config", "event")
    box.links.add("vs1", "vswitch", up=True)
    box.links.add("dm1", "dummy")
    box.links.set("dm1", master=box.links.index("vs1"))
    equal(events.take(), [], "notifications")
    events.close()


@test
def ynl_command_line(net):
    """The kernel's own client, unmodified, with our spec and its schema."""
    Some(net)
    linux = linux_source()

    def ynl(*words):
        result = subprocess.run(
            ["/usr/bin/python3", f"{linux}/tools/net/ynl/cli.py", "--spec", SPEC, "--schema",
             f"{linux}/Documentation/netlink/genetlink-legacy.yaml", "--output-json", *words],
            capture_output=True, text=True, check=False, timeout=120)
        check(not result.returncode, f"ynl {words}: {result.stdout}{result.stderr}")
        return json.loads(result.stdout or "null")

    equal(sorted(switch["name"] for switch in ynl("--dump", "switch-get")), ["vs0", "vsq"],
          "switches")
    ynl("--do", "portgroup-new", "--json", json.dumps(
        {"switch": net.switch, "name": "by ynl", "vlan": 77, "security": {"promiscuous": "accept"}}))
    group = net.api.do("portgroup-get", switch=net.switch, name="by ynl")
    equal((group["vlan"], group["security"]["promiscuous"]), (77, "accept"), "what ynl made")


run(lab.Lab, lab.close)
