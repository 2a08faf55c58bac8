#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Private VLANs: who reaches whom, and with which tags, on one host and on two."""

import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth, tag, tagged
from ktap import Cells, equal, run, test

P, I, A, B = 100, 101, 102, 103
ALONE = 200
KINDS = {"promiscuous": P, "community A": A, "community B": B, "isolated": I}

# The rows of the matrix: who may send to whom
REACHES = {
    "promiscuous": {"promiscuous", "community A", "community B", "isolated"},
    "community A": {"promiscuous", "community A"},
    "community B": {"promiscuous", "community B"},
    "isolated": {"promiscuous"},
}


class Private:
    """Two ports of each kind, and one in an ordinary VLAN, with an uplink."""

    def __init__(self, net, uplinks=1):
        self.net = net
        net.api.do("pvlan-set", switch=net.switch, primary=P, isolated=I, community=[A, B])
        self.uplinks = [net.uplink() for _ in range(uplinks)]
        for kind, vlan in KINDS.items():
            net.portgroup(kind, vlan=vlan)
        net.portgroup("alone", vlan=ALONE)
        self.ports = {kind: [net.client(kind), net.client(kind)] for kind in KINDS}
        self.alone = net.client("alone")

    def receivers(self, kinds, but=None):
        return [port for kind in KINDS if kind in kinds for port in self.ports[kind]
                if port is not but]


@test
def unicast_matrix(net):
    """All pairs; what is kept apart is dropped, and goes nowhere else either."""
    cells = Cells()
    private = Private(net)
    for sender, senders in private.ports.items():
        for receiver, receivers in private.ports.items():
            source, target = senders[0], receivers[1]
            frame = eth(target.mac, source.mac)
            if receiver in REACHES[sender]:
                cells.run(f"{sender} to {receiver}", net.deliver, source, frame, to=[target])
            else:
                cells.run(f"{sender} to {receiver}", net.deliver, source, frame,
                          drop={target: "pvlan"})
    cells.finish()


@test
def broadcast_matrix(net):
    """Each kind's broadcast and multicast, with its own tag on the wire."""
    cells = Cells()
    private = Private(net)
    for sender, (source, _) in private.ports.items():
        for dst in (BROADCAST, "01:00:5e:01:02:03"):
            frame = eth(dst, source.mac)
            to = dict.fromkeys(private.receivers(REACHES[sender], but=source), frame)
            to[private.uplinks[0]] = tagged(frame, KINDS[sender])
            cells.run(f"{sender} to {dst}", net.deliver, source, frame, to=to)
    cells.finish()


@test
def unknown_unicast_leaves_with_the_senders_tag(net):
    cells = Cells()
    private = Private(net)
    for sender, (source, _) in private.ports.items():
        frame = eth(STRANGER, source.mac)
        cells.run(sender, net.deliver, source, frame,
                  to={private.uplinks[0]: tagged(frame, KINDS[sender])})
    cells.finish()


@test
def from_the_wire(net):
    """The tag of a frame is its sender's VLAN, on another host."""
    cells = Cells()
    private = Private(net)
    wire = private.uplinks[0]
    for sender, vlan in KINDS.items():
        frame = eth(BROADCAST, wire.mac, tags=tag(vlan))
        to = dict.fromkeys(private.receivers(REACHES[sender]), frames.retag(frame))
        cells.run(f"broadcast in {vlan}", net.deliver, wire, frame, to=to)
        for receiver, (target, _) in private.ports.items():
            frame = eth(target.mac, wire.mac, tags=tag(vlan, pcp=5))
            if receiver in REACHES[sender]:
                cells.run(f"{vlan} to {receiver}", net.deliver, wire, frame,
                          to={target: frames.retag(frame)})
            else:
                cells.run(f"{vlan} to {receiver}", net.deliver, wire, frame,
                          drop={target: "pvlan"})
    frame = eth(STRANGER, wire.mac, tags=tag(A))
    cells.run("unknown", net.deliver, wire, frame, drop={wire: "unknown-unicast"})
    frame = eth(BROADCAST, wire.mac, tags=tag(ALONE))
    cells.run("an ordinary VLAN", net.deliver, wire, frame,
              to={private.alone: frames.retag(frame)})
    cells.finish()


@test
def own_frames_coming_back(net):
    """Whatever private VLAN they come back in."""
    private = Private(net, uplinks=2)
    second = private.uplinks[1]
    for source, _ in private.ports.values():
        for vlan in (P, I, A, B):
            net.deliver(second, eth(BROADCAST, source.mac, tags=tag(vlan)),
                        drop={second: "reflected"})


@test
def one_address_in_all_private_vlans(net):
    """The same MAC cannot be in two secondaries of one primary."""
    private = Private(net)
    taken = private.ports["isolated"][0]
    for kind in KINDS:
        net.refused(errno.EADDRINUSE, [taken.name], private.ports[kind][1].set, mac=[taken.mac])
    private.alone.set(mac=[taken.mac])


@test
def security_policy_promiscuous(net):
    """A port that receives all still receives only what its VLAN may."""
    private = Private(net)
    net.set_portgroup("community A", security={"promiscuous": "accept"})
    a, other = private.ports["community A"]
    p, p2 = private.ports["promiscuous"]
    b, i = private.ports["community B"][0], private.ports["isolated"][0]
    net.deliver(p, eth(p2.mac, p.mac), to=[p2, a, other])
    net.deliver(b, eth(p.mac, b.mac), to=[p])
    net.deliver(i, eth(p.mac, i.mac), to=[p])
    net.deliver(a, eth(p.mac, a.mac), to=[p, other])


@test
def further_addresses_of_a_port(net):
    private = Private(net)
    a = private.ports["community A"][0]
    p = private.ports["promiscuous"][0]
    second = "02:cc:00:00:00:01"
    a.set(mac=[a.mac, second])
    net.deliver(a, eth(p.mac, second), to=[p])
    net.deliver(p, eth(second, p.mac), to=[a])
    net.deliver(a, eth(p.mac, STRANGER), drop={a: "forged-source"})


@test
def trunk_beside(net):
    """A guest that tags sees private VLANs as a wire does: by their ids."""
    private = Private(net)
    net.portgroup("trunk", trunk=[P, A])
    t = net.client("trunk")
    a, b = private.ports["community A"][0], private.ports["community B"][0]
    frame = eth(t.mac, a.mac)
    net.deliver(a, frame, to={t: tagged(frame, A)})
    frame = eth(a.mac, t.mac, tags=tag(A))
    net.deliver(t, frame, to={a: frames.retag(frame)})
    net.deliver(t, eth(b.mac, t.mac, tags=tag(A)), drop={b: "pvlan"})
    frame = eth(t.mac, b.mac)
    net.deliver(b, frame, to={private.uplinks[0]: tagged(frame, B)})


@test
def port_in_a_private_vlan_of_its_own(net):
    """An override makes one port of a group isolated."""
    private = Private(net)
    net.set_portgroup("promiscuous", overrides={"vlan"})
    p, p2 = private.ports["promiscuous"]
    a = private.ports["community A"][0]
    p2.set(vlan=I)
    net.deliver(a, eth(p2.mac, a.mac), drop={p2: "pvlan"})
    net.deliver(p, eth(p2.mac, p.mac), to=[p2])
    net.deliver(p2, eth(a.mac, p2.mac), drop={a: "pvlan"})


@test
def changed_under_way(net):
    """The map changes, and what it says holds from then on."""
    private = Private(net)
    a, b = private.ports["community A"][0], private.ports["community B"][0]
    net.set_portgroup("community B", vlan=A)
    net.deliver(a, eth(b.mac, a.mac), to=[b])
    net.api.do("pvlan-set", switch=net.switch, primary=P, isolated=A, community=[I])
    net.deliver(a, eth(b.mac, a.mac), drop={b: "pvlan"})
    equal(net.api.dump("pvlan-get"), [{"switch": net.switch, "primary": P, "isolated": A,
                                       "community": [I]}], "map")


@test
def notifications(net):
    events = net.api.subscribe("config")
    net.api.do("pvlan-set", switch=net.switch, primary=P, isolated=I)
    net.api.do("pvlan-set", switch=net.switch, primary=P, isolated=I)
    net.api.do("pvlan-del", switch=net.switch, primary=P)
    equal(events.take(), [
        ("pvlan-ntf", {"switch": net.switch, "primary": P, "isolated": I}),
        ("pvlan-del-ntf", {"switch": net.switch, "primary": P})], "notifications")
    events.close()


@test
def as_many_secondaries_as_there_can_be(net):
    """What was taken can be shown."""
    whole = {"switch": net.switch, "primary": P, "isolated": I,
             "community": list(range(1000, 2023))}
    net.api.do("pvlan-set", **whole)
    equal(net.api.do("pvlan-get", switch=net.switch, primary=P), whole, "map")
    equal(net.api.dump("pvlan-get"), [whole], "maps")


@test
def bad_maps(net):
    """Refused, named, and nothing changed."""
    cells = Cells()
    net.api.do("pvlan-set", switch=net.switch, primary=P, isolated=I, community=[A])
    net.portgroup("prod", vlan=A)
    net.portgroup("free", vlan=10, overrides={"vlan"})
    a = net.client("free")
    a.set(vlan=I)

    for name, error, says, command, attributes in (
            ("no primary", errno.EINVAL, ["primary"], "pvlan-set", {"isolated": 5}),
            ("primary 0", errno.ERANGE, ["0"], "pvlan-set", {"primary": 0}),
            ("primary 4095", errno.ERANGE, ["4095"], "pvlan-set", {"primary": 4095}),
            ("secondary 4095", errno.ERANGE, ["4095"], "pvlan-set",
             {"primary": 5, "community": [4095]}),
            ("secondary is the primary", errno.EEXIST, ["5"], "pvlan-set",
             {"primary": 5, "isolated": 5}),
            ("twice", errno.EEXIST, ["6"], "pvlan-set",
             {"primary": 5, "isolated": 6, "community": [6]}),
            ("another's secondary", errno.EEXIST, [str(I), str(P)], "pvlan-set",
             {"primary": 5, "isolated": I}),
            ("a secondary as primary", errno.EEXIST, [str(I), str(P)], "pvlan-set",
             {"primary": I}),
            ("port group has it", errno.EBUSY, [str(A), "prod"], "pvlan-set",
             {"primary": P, "isolated": I}),
            ("port has it", errno.EBUSY, [str(I), a.name], "pvlan-set",
             {"primary": P, "community": [A]}),
            ("too many", errno.E2BIG, ["5", "1025", "1024"], "pvlan-set",
             {"primary": 5, "isolated": 6, "community": list(range(1000, 2024))}),
            ("in use", errno.EBUSY, ["prod"], "pvlan-del", {"primary": P}),
            ("not there", errno.ENOENT, ["7"], "pvlan-del", {"primary": 7}),
            ("a secondary", errno.ENOENT, [str(A)], "pvlan-del", {"primary": A})):
        cells.run(name, net.refused, error, says, net.api.do, command, switch=net.switch,
                  **attributes)
    net.api.do("txn", switch=net.switch, pvlan_del=[{"primary": P}],
               portgroup_set=[{"name": "prod", "vlan": 0}],
               port_set=[{"ifindex": a.ifindex, "overrides": set()}])
    cells.finish()


run(lab.Lab, lab.close)
