#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --timeout 600
"""10,000 random operations, good and bad, under traffic; then all is removed.

VS_SEED=N repeats a run, VS_OPERATIONS=N sets their number.
"""

import collections
import os
import random
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, eth, tag
from ktap import bare, check, diag, equal, run
from netlink import Refused

# On the debug kernel, at a quarter of the speed, a quarter of them, but for a soak.
OPERATIONS = int(os.environ.get("VS_OPERATIONS") or
                 (2500 if os.environ.get("LAB_KERNEL") == "debug" and not os.environ.get("SOAK")
                  else 10000))
SEED = int(os.environ.get("VS_SEED") or random.SystemRandom().randrange(1, 1 << 32))

SWITCHES = ["ra", "rb"]
STEADY = [f"s{n}" for n in range(6)]        # with far ends that send all the time
PASSING = [f"x{n}" for n in range(8)]       # made and deleted
ADAPTERS = [f"vmk{n}" for n in range(4)]
GROUPS = [f"group {n}" for n in range(8)]
MACS = [frames.mac(n, "02:ab:00") for n in range(12)]
BAD_MACS = [BROADCAST, "00:00:00:00:00:00", "01:00:5e:00:00:01"]


class Far:
    """The far end of a steady device, for Flood."""

    def __init__(self, net, number):
        self.name = STEADY[number]
        self.mac = MACS[number]
        self.wire = net.far.enter(lab.Wire, f"f{number}")


class Operations:
    """Random operations on two switches: methods whose names start with op_,
    with how often they are chosen."""

    WEIGHTS = {
        "join": 8, "leave": 4, "updown": 4, "mtu": 2, "rename": 1, "adapter": 2, "passing": 2,
        "switch": 1, "group_new": 6, "group_set": 10, "group_del": 4, "port_set": 24,
        "switch_set": 8, "txn": 12, "dump": 2, "away": 1,
    }

    def __init__(self, net, rng):
        self.net, self.rng, self.api, self.links = net, rng, net.api, net.links
        self.switches = dict.fromkeys(SWITCHES)     # name -> ifindex or None
        self.indexes = {}                           # device -> ifindex
        self.known = []                             # ports of the last dump
        self.done = collections.Counter()
        self.refused = collections.Counter()
        self.elsewhere = net.namespace("elsewhere")
        for name in SWITCHES:
            self.make_switch(name)
            for group in GROUPS[::2]:
                self.api.do("portgroup-new", switch=self.switches[name], name=group)
        for number, name in enumerate(STEADY):
            self.indexes[name] = self.links.add_veth(name, f"f{number}", net.far.fd)
            net.far.links.set(f"f{number}", up=True)
            self.links.set(name, up=True)

    def make_switch(self, name):
        self.switches[name] = self.links.add(name, "vswitch", up=True)

    def one(self):
        kind, = self.rng.choices(list(self.WEIGHTS), self.WEIGHTS.values())
        try:
            getattr(self, f"op_{kind}")()
            self.done[kind] += 1
        except (Refused, OSError):
            self.refused[kind] += 1     # many make no sense: that is the point

    # Arguments

    def switch(self):
        """ifindex of a switch, sometimes of none."""
        if self.rng.random() < 0.02:
            return self.rng.choice([1, 0, 99999])
        return self.switches[self.rng.choice(SWITCHES)] or 99999

    def device(self):
        return self.rng.choice(STEADY + PASSING)

    def mac(self):
        return self.rng.choice(BAD_MACS if self.rng.random() < 0.02 else MACS)

    def port(self, switch):
        """Attributes that name a port, mostly of this switch."""
        ids = [port["id"] for port in self.known if port["switch"] == switch]
        if ids and self.rng.random() < 0.8:
            return {"id": self.rng.choice(ids)}
        if self.rng.random() < 0.5:
            return {"id": self.rng.randrange(0, 16)}
        return {"ifindex": self.rng.choice([*self.indexes.values(), 1])}

    def mac_for(self, name):
        """An address for a port: mostly one that no other would take."""
        number = name.get("id", 0) % len(MACS)
        return MACS[number] if self.rng.random() < 0.8 else self.mac()

    def vlans(self):
        rng = self.rng
        if rng.random() < 0.7:
            return {"vlan": rng.choice([0, 0, 10, 20, 4094, 4095, 4096])}
        edges = sorted(rng.sample(range(0, 4097 if rng.random() < 0.1 else 40), 4))
        return {"trunk": [{"first": edges[0], "last": edges[1]},
                          {"first": edges[2], "last": edges[3]}]}

    def security(self):
        return {name: self.rng.choice(["accept", "reject", "inherit"]) for name in
                self.rng.sample(["promiscuous", "mac-changes", "forged-transmits"], 2)}

    def teaming(self):
        uplinks = [port["id"] for port in self.known if port["role"] == "uplink"]
        ids = uplinks if self.rng.random() < 0.8 else range(1, 12)
        ports = self.rng.sample(ids, self.rng.randrange(0, min(len(ids), 3) + 1))
        cut = self.rng.randrange(0, 4)
        return {"active": ports[:cut], "standby": ports[cut:]}

    def group_attributes(self):
        attributes = {"name": self.rng.choice(GROUPS)}
        if self.rng.random() < 0.6:
            attributes.update(self.vlans())
        if self.rng.random() < 0.4:
            attributes["security"] = self.security()
        if self.rng.random() < 0.3:
            attributes["teaming"] = self.teaming()
        return attributes

    def port_attributes(self, switch):
        rng, attributes = self.rng, self.port(switch)
        if rng.random() < 0.5:
            attributes["portgroup"] = rng.choice(GROUPS + [""])
        elif rng.random() < 0.4:
            attributes["role"] = rng.choice(["unassigned", "uplink", "uplink", "client"])
        if rng.random() < 0.4:
            attributes["mac"] = [self.mac_for(attributes)]
            attributes["mac"] += [self.mac() for _ in range(rng.choice([0, 0, 0, 1, 2]))]
        if rng.random() < 0.1:
            attributes["effective_mac"] = self.mac()
        if rng.random() < 0.2:
            attributes["blocked"] = rng.randrange(2)
        return attributes

    # Operations

    def op_join(self):
        self.links.set(self.device(), master=self.switch())

    def op_leave(self):
        self.links.set(self.device(), master=0)

    def op_updown(self):
        if self.rng.random() < 0.5:
            self.links.set(self.device(), up=self.rng.random() < 0.7)
        else:
            self.net.far.links.set(f"f{self.rng.randrange(6)}", up=self.rng.random() < 0.7)

    def op_mtu(self):
        self.links.set(self.rng.choice(SWITCHES + STEADY + ADAPTERS),
                       mtu=self.rng.choice([1000, 1280, 1500, 9000, 9190, 9191]))

    def op_rename(self):
        name = self.device()
        self.links.set(name, new_name="other")
        self.links.set("other", new_name=name)

    def op_adapter(self):
        name = self.rng.choice(ADAPTERS)
        if self.rng.random() < 0.5:
            self.links.delete(name)
        else:
            self.indexes[name] = self.links.add(name, "vmknic", link=self.switch(), up=True)

    def op_passing(self):
        name = self.rng.choice(PASSING)
        if self.rng.random() < 0.4:
            self.links.delete(name)
        else:
            self.indexes[name] = self.links.add(name, "dummy", up=True)

    def op_switch(self):
        """Delete a switch and make it again, rarely."""
        if self.rng.random() < 0.3:
            name = self.rng.choice(SWITCHES)
            self.links.delete(name)
            self.make_switch(name)

    def op_group_new(self):
        self.api.do("portgroup-new", switch=self.switch(), **self.group_attributes())

    def op_group_set(self):
        attributes = self.group_attributes()
        if self.rng.random() < 0.2:
            attributes["new_name"] = self.rng.choice(GROUPS)
        self.api.do("portgroup-set", switch=self.switch(), **attributes)

    def op_group_del(self):
        self.api.do("portgroup-del", switch=self.switch(), name=self.rng.choice(GROUPS))

    def op_port_set(self):
        switch = self.switch()
        self.api.do("port-set", switch=switch, **self.port_attributes(switch))

    def op_switch_set(self):
        attributes = {"teaming": self.teaming()} if self.rng.random() < 0.5 else \
            {"security": self.security()}
        self.api.do("switch-set", ifindex=self.switch(), **attributes)

    def op_txn(self):
        def some(make):
            return [make() for _ in range(self.rng.choice([0, 0, 1, 1, 2]))]
        switch = self.switch()
        self.api.do("txn", switch=switch, portgroup_new=some(self.group_attributes),
                    portgroup_set=some(self.group_attributes),
                    portgroup_del=[{"name": name} for name in some(
                        lambda: self.rng.choice(GROUPS))] if self.rng.random() < 0.3 else [],
                    port_set=some(lambda: self.port_attributes(switch)))

    def op_dump(self):
        self.verify()

    def op_away(self):
        """A device moves to another namespace, and comes back free."""
        name = self.rng.choice(PASSING + ADAPTERS)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.links.set(name, netns_fd=self.elsewhere.fd)
            self.elsewhere.links.set(name, netns_fd=home)
        finally:
            os.close(home)

    def verify(self):
        """What the dumps say fits together."""
        groups = {(g["switch"], g["name"]): g for g in self.api.dump("portgroup-get")}
        ports = self.known = self.api.dump("port-get")
        uplinks = {(p["switch"], p["id"]) for p in ports if p["role"] == "uplink"}
        members = collections.Counter((p["switch"], p["portgroup"]) for p in ports
                                      if p["role"] == "client")
        for key, group in groups.items():
            equal(group["port-count"], members[key], f"ports of {key}")
        for key in members:
            check(key in groups, f"a port is in {key}, which does not exist")
        for switch in self.api.dump("switch-get"):
            index = switch["ifindex"]
            equal(switch["port-count"], sum(p["switch"] == index for p in ports), "ports")
            equal(switch["uplink-count"], sum(key[0] == index for key in uplinks), "uplinks")
            equal(switch["mac-count"], sum(len(p.get("mac", [])) for p in ports
                                           if p["switch"] == index and p["role"] == "client"),
                  "addresses")
            for order in [switch] + [g for key, g in groups.items() if key[0] == index]:
                teaming = order.get("teaming", {})
                for uplink in teaming.get("active", []) + teaming.get("standby", []):
                    check((index, uplink) in uplinks, f"{uplink} is no uplink: {order}")


def traffic(port):
    """To each address, to all, forged, tagged: every way through the switch."""
    return [eth(target, port.mac) for target in MACS] + [
        eth(BROADCAST, port.mac), eth(BROADCAST, port.mac, tags=tag(10)),
        eth("01:00:5e:00:00:01", MACS[-1]), eth(BROADCAST, frames.mac(1, "02:ad:00"),
                                                tags=tag(20)),
        eth("01:80:c2:00:00:00", port.mac), eth(MACS[0], BROADCAST)]


def clean_up(net, operations):
    """Remove everything, part by part; the switches last."""
    for name in PASSING + ADAPTERS:
        try:
            net.links.delete(name)
        except Refused:
            pass
    for name in STEADY:
        net.links.set(name, master=0)
    operations.verify()
    for switch in net.api.dump("switch-get"):
        if switch["name"] in SWITCHES:
            equal((switch["port-count"], switch["mac-count"]), (0, 0), f"left on {switch['name']}")
    for name in SWITCHES + STEADY:
        net.links.delete(name)


@bare
def random_operations():
    diag(f"VS_SEED={SEED} VS_OPERATIONS={OPERATIONS}")
    with lab.Lab() as net:
        operations = Operations(net, random.Random(SEED))
        fars = [Far(net, number) for number in range(len(STEADY))]
        with lab.Flood(fars, traffic):
            for _ in range(OPERATIONS):
                operations.one()
        for kind in operations.WEIGHTS:
            diag(f"{kind}: {operations.done[kind]} done, {operations.refused[kind]} refused")
        for far in fars:
            far.wire.close()
        clean_up(net, operations)
        for kind in operations.WEIGHTS:
            check(operations.done[kind] or OPERATIONS < 1000, f"no {kind} was ever accepted")


@bare
def nothing_is_left():
    """No device, and the module can be removed."""
    lab.close()
    names = {name for _, name in socket.if_nameindex()}
    equal(names & set(SWITCHES + STEADY + PASSING + ADAPTERS), set(), "devices")
    subprocess.run(["rmmod", "vswitch"], check=True, timeout=60)


run(None, lab.close)
