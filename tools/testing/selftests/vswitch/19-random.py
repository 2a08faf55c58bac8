#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
# lab: --cpus 2
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
from choices import OVERRIDES, Choices
from frames import BROADCAST, eth, tag
from ktap import bare, check, diag, equal, run
from netlink import Refused

# On the debug kernel, which is slower, fewer of them, but for a soak.
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

    LOOK = 20       # operations after which they know again what there is
    WEIGHTS = {
        "join": 8, "leave": 4, "updown": 4, "mtu": 2, "rename": 1, "adapter": 2, "passing": 2,
        "switch": 1, "group_new": 6, "group_set": 12, "group_del": 4, "port_set": 24,
        "switch_set": 8, "txn": 12, "dump": 2, "away": 1, "pvlan_set": 3, "pvlan_del": 2,
        "mirror_set": 6, "mirror_del": 2, "announce": 4,
        "uplink": 6,
    }

    def __init__(self, net, rng):
        self.net, self.rng, self.api, self.links = net, rng, net.api, net.links
        self.choices = Choices(rng)
        self.switches = dict.fromkeys(SWITCHES)     # name -> ifindex or None
        self.indexes = {}                           # device -> ifindex
        self.known, self.groups = [], []            # ports and port groups of the last dump
        self.count = 0
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
        self.count += 1
        if self.count % self.LOOK == 0:
            self.known, self.groups = self.api.dump("port-get"), self.api.dump("portgroup-get")
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
        if ids and self.rng.random() < 0.9:
            return {"id": self.rng.choice(ids)}
        if self.rng.random() < 0.5:
            return {"id": self.rng.randrange(0, 16)}
        return {"ifindex": self.rng.choice([*self.indexes.values(), 1])}

    def mac_for(self, name):
        """An address for a port: mostly one that no other would take."""
        number = name.get("id", 0) % len(MACS)
        return MACS[number] if self.rng.random() < 0.8 else self.mac()

    def ids(self, switch, role=None):
        """Ports of a switch as of the last dump, sometimes of none."""
        if self.rng.random() < 0.1:
            return list(range(0, 12))
        return [port["id"] for port in self.known
                if port["switch"] == switch and role in (None, port["role"])]

    def group(self, switch):
        """The name of a port group, mostly of one that there is."""
        names = [group["name"] for group in self.groups if group["switch"] == switch]
        return self.rng.choice(names if names and self.rng.random() < 0.8 else GROUPS)

    def group_attributes(self, switch):
        return {"name": self.group(switch),
                **self.choices.portgroup(self.ids(switch, "uplink"))}

    def port_attributes(self, switch):
        rng, attributes = self.rng, self.port(switch)
        if rng.random() < 0.5:
            attributes["portgroup"] = rng.choice([self.group(switch)] * 4 + [""])
        elif rng.random() < 0.4:
            attributes["role"] = rng.choice(["unassigned", "uplink", "uplink", "client"])
        if rng.random() < 0.4:
            attributes["mac"] = [self.mac_for(attributes)]
            attributes["mac"] += [self.mac() for _ in range(rng.choice([0, 0, 0, 1, 2]))]
        if rng.random() < 0.1:
            attributes["effective_mac"] = self.mac()
        if rng.random() < 0.2:
            attributes["blocked"] = rng.randrange(2)
        if rng.random() < 0.2:
            attributes["inactive"] = rng.randrange(2)
        if rng.random() < 0.3:
            attributes.update(self.choices.policies(self.ids(switch, "uplink")))
        if rng.random() < 0.2:
            attributes["overrides"] = set(self.choices.some(OVERRIDES))
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
        switch = self.switch()
        self.api.do("portgroup-new", switch=switch, **self.group_attributes(switch) |
                    {"name": self.rng.choice(GROUPS)})

    def op_group_set(self):
        switch = self.switch()
        attributes = self.group_attributes(switch)
        if self.rng.random() < 0.2:
            attributes["new_name"] = self.rng.choice(GROUPS)
        self.api.do("portgroup-set", switch=switch, **attributes)

    def op_group_del(self):
        switch = self.switch()
        self.api.do("portgroup-del", switch=switch, name=self.group(switch))

    def op_port_set(self):
        switch = self.switch()
        self.api.do("port-set", switch=switch, **self.port_attributes(switch))

    def op_uplink(self):
        """Mostly a port that has nothing else to do, without which there is no way out."""
        switch = self.switch()
        free = self.ids(switch, "unassigned")
        port = {"id": self.rng.choice(free)} if free else self.port(switch)
        self.api.do("port-set", switch=switch, **port, role="uplink", mac=[], blocked=0)

    def op_switch_set(self):
        switch = self.switch()
        attributes = self.rng.choice([
            {"teaming": self.choices.teaming(self.ids(switch, "uplink"))},
            {"security": self.choices.security()}, {"up_delay": self.rng.choice([0, 5, 600001])}])
        self.api.do("switch-set", ifindex=switch, **attributes)

    def op_pvlan_set(self):
        self.api.do("pvlan-set", switch=self.switch(), **self.choices.pvlan())

    def op_pvlan_del(self):
        self.api.do("pvlan-del", switch=self.switch(), primary=self.rng.choice([100, 100, 101]))

    def mirror(self, switch):
        """A session, mostly to a port that has nothing else to do."""
        session = self.choices.mirror(self.ids(switch))
        free = self.ids(switch, "unassigned")
        if free and self.rng.random() < 0.8:
            session["destination"] = self.rng.choice(free)
            for sources in ("ingress", "egress"):
                session[sources] = [port for port in session[sources] if port not in free]
        return session

    def op_mirror_set(self):
        switch = self.switch()
        self.api.do("mirror-set", switch=switch, **self.mirror(switch))

    def op_mirror_del(self):
        self.api.do("mirror-del", switch=self.switch(), name=self.rng.choice(["first", "second"]))

    def op_announce(self):
        """A port that can be, where there is one."""
        self.known = self.api.dump("port-get")
        ready = [port for port in self.known if port.get("mac") and port.get("uplink")]
        if ready:
            port = self.rng.choice(ready)
            self.api.do("port-announce", switch=port["switch"], id=port["id"])
        else:
            switch = self.switch()
            self.api.do("port-announce", switch=switch, **self.port(switch))

    def op_txn(self):
        def some(make):
            return [make() for _ in range(self.rng.choice([0, 0, 1, 1, 2]))]
        switch = self.switch()
        group = lambda: self.group_attributes(switch)
        rare = self.rng.random() < 0.2
        self.api.do("txn", switch=switch, portgroup_new=some(group), portgroup_set=some(group),
                    pvlan_set=some(self.choices.pvlan) if rare else [],
                    mirror_set=some(lambda: self.mirror(switch)) if rare else [],
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
                                           if p["switch"] == index and p["role"] == "client" and
                                           not p.get("inactive")), "addresses")
            for order in [switch] + [g for key, g in groups.items() if key[0] == index] + \
                    [p for p in ports if p["switch"] == index]:
                teaming = order.get("teaming", {})
                for uplink in teaming.get("active", []) + teaming.get("standby", []):
                    check((index, uplink) in uplinks, f"{uplink} is no uplink: {order}")
        self.verify_features(groups, ports)

    def verify_features(self, groups, ports):
        """Sessions name ports that are there; ports override what they may; VLANs
        are private once; what was learned is a port's that may learn."""
        by_id = {(p["switch"], p["id"]): p for p in ports}
        for session in self.api.dump("mirror-get"):
            for number in [session["destination"], *session.get("ingress", []),
                           *session.get("egress", [])]:
                check((session["switch"], number) in by_id, f"{number} is no port: {session}")
            to = by_id[session["switch"], session["destination"]]
            equal(to["role"], "uplink" if "rspan-vlan" in session else "unassigned",
                  f"role of the destination of {session}")
        for port in ports:
            own = port.get("overrides", set())
            check(not own or own <= groups[port["switch"], port["portgroup"]]["overrides"],
                  f"more of its own than its group allows: {port}")
        for switch in self.switches.values():
            private = [vlan for entry in self.api.dump("pvlan-get", switch=switch)
                       for vlan in [entry["primary"], *entry.get("community", []),
                                    *([entry["isolated"]] if "isolated" in entry else [])]]
            equal(len(private), len(set(private)), f"private VLANs {private}")
        for entry in self.api.dump("mac-get"):
            check((entry["switch"], entry["port"]) in by_id, f"learned of no port: {entry}")


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
    # An uplink whose device has gone keeps its place until it is given up, which a mirror
    # session that needs it refuses.
    for session in net.api.dump("mirror-get"):
        net.api.do("mirror-del", switch=session["switch"], name=session["name"])
    for port in net.api.dump("port-get"):
        if port.get("absent"):
            net.api.do("port-set", switch=port["switch"], id=port["id"], role="unassigned")
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
        # That a port has an uplink in use, of which it could tell, is rare in this confusion.
        for kind in set(operations.WEIGHTS) - {"announce"}:
            check(operations.done[kind] or OPERATIONS < 1000, f"no {kind} was ever accepted")


@bare
def nothing_is_left():
    """No device, and the module can be removed."""
    lab.close()
    names = {name for _, name in socket.if_nameindex()}
    equal(names & set(SWITCHES + STEADY + PASSING + ADAPTERS), set(), "devices")
    subprocess.run(["rmmod", "vswitch"], check=True, timeout=60)


run(None, lab.close)
