#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --cpus 2
"""Devices, namespaces, switches and the module come and go, under traffic."""

import errno
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, STRANGER, eth
from ktap import bare, check, equal, run, test, wait_for
from netlink import Links, Refused


def names():
    return {name for _, name in socket.if_nameindex()}


def master(device):
    """Name of a device's master, or None."""
    path = f"/sys/class/net/{device}/master"
    return os.path.basename(os.readlink(path)) if os.path.exists(path) else None


def ids(net):
    return {port["name"]: port["id"] for port in net.api.dump("port-get", switch=net.switch)}


def traffic_of(*targets):
    """Frames for Flood: unicast, unknown, broadcast, forged, tagged."""
    def make(port):
        return [eth(target.mac, port.mac) for target in targets] + [
            eth(BROADCAST, port.mac), eth(STRANGER, port.mac), eth(BROADCAST, STRANGER),
            eth(STRANGER, port.mac, tags=frames.tag(10))]
    return make


@test
def ids_are_stable_and_not_used_again_at_once(net):
    ports = [net.plain_port() for _ in range(4)]
    equal(ids(net), {"p1": 1, "p2": 2, "p3": 3, "p4": 4}, "ids in the order of joining")
    net.links.set("p2", master=0)
    equal(ids(net), {"p1": 1, "p3": 3, "p4": 4}, "ids after p2 left")
    net.links.set("p1", master=0)
    net.links.set("p2", master=net.switch)
    equal(ids(net), {"p2": 5, "p3": 3, "p4": 4}, "who comes back is another port")
    net.links.set("p1", master=net.switch)
    equal(ids(net), {"p1": 6, "p2": 5, "p3": 3, "p4": 4}, "ids at the end")
    equal(ports[0].get()["role"], "unassigned", "role of a port that joined again")


@test
def settings_go_with_the_port(net):
    """A device that joins again is new: nothing of its past is in force."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    b.set(blocked=1)
    net.links.set(b.name, master=0)
    equal(net.api.do("switch-get", ifindex=net.switch)["mac-count"], 1, "addresses left")
    net.links.set(b.name, master=net.switch)
    got = b.get()
    equal((got["role"], got.get("mac", []), got["blocked"], got.get("portgroup")),
          ("unassigned", [], 0, None), "port that joined again")
    net.deliver(a, eth(b.mac, a.mac), drop={a: "no-uplink"})


@test
def unplug_other_devices_under_traffic(net):
    """Two guests talk while others are plugged and unplugged: nothing lost."""
    net.portgroup("prod", vlan=10)
    a, b = net.client("prod"), net.client("prod")
    net.uplink()
    net.prepare()
    with lab.Burst(a, b) as traffic:
        for _ in range(5):
            some = [net.client("prod"), net.uplink(), net.plain_port()]
            for port in some:
                net.links.delete(port.name)
                net.ports.remove(port)
                port.close()
    equal(traffic.received, traffic.sent, "frames received of those sent")


@test
def unplug_receivers_under_traffic(net):
    """The device that frames are on their way to disappears."""
    net.portgroup("prod", vlan=10, security={"promiscuous": "accept"})
    a, b = net.client("prod"), net.client("prod")
    up = net.uplink()
    net.prepare()
    with lab.Flood([a, up], traffic_of(b)):
        for _ in range(4):
            for port in list(net.ports):
                if port not in (a, up):
                    net.links.delete(port.name)
                    net.ports.remove(port)
                    port.close()
            net.client("prod", mac=b.mac)
            net.uplink()
    check("p2" not in names(), "p2 is still there")


@test
def unplug_sender_under_traffic(net):
    net.portgroup("prod", vlan=10)
    a, b, c = (net.client("prod") for _ in range(3))
    net.prepare()
    with lab.Flood([a, b], traffic_of(c)):
        net.links.delete(a.name)
        net.links.set(b.name, master=0)
    wait_for(lambda: list(ids(net)) == [c.name], "only one port to be left")


@test
def namespace_of_guests_goes(net):
    """With the far ends go the veth devices that are ports."""
    net.portgroup("prod", vlan=10)
    a = net.client("prod")
    gone = net.namespace("gone")
    for number in (1, 2):
        net.links.add_veth(f"g{number}", f"gf{number}", gone.fd)
        net.links.set(f"g{number}", master=net.switch, up=True)
        net.api.do("port-set", switch=net.switch, ifindex=socket.if_nametoindex(f"g{number}"),
                   portgroup="prod", mac=[frames.mac(number, "02:ee:00")])
        gone.links.set(f"gf{number}", up=True)
    net.prepare()
    with lab.Flood([a], lambda port: [eth(BROADCAST, port.mac),
                                      eth(frames.mac(1, "02:ee:00"), port.mac)]):
        gone.delete()
        wait_for(lambda: list(ids(net)) == [a.name], "the ports to go")
    equal(net.api.do("switch-get", ifindex=net.switch)["mac-count"], 1, "addresses left")


@test
def namespace_of_a_switch_goes(net):
    """With the switch, its ports, and its VMkernel adapter elsewhere."""
    box, other = net.namespace("box"), net.namespace("other")
    box.links.add("vs1", "vswitch", up=True)
    index = box.links.index("vs1")
    box.links.add("vmk1", "vmknic", link=index)
    box.links.set("vmk1", netns_fd=other.fd)
    box.links.add("dm1", "dummy", up=True)
    box.links.set("dm1", master=index)
    check("vmk1" in other.run("ip", "-o", "link").stdout, "vmk1 did not move")
    switches = [switch["name"] for switch in net.api.dump("switch-get")]
    equal(sorted(switches), ["vs0", "vsq"], "switches that this namespace sees")
    box.delete()
    wait_for(lambda: "vmk1" not in other.run("ip", "-o", "link").stdout, "vmk1 to go")


@test
def a_switch_stays_in_its_namespace(net):
    net.refused(errno.EINVAL, [], net.links.set, "vs0", netns_fd=net.namespace("box").fd)


@test
def port_moved_to_a_namespace_leaves(net):
    port = net.plain_port()
    box = net.namespace("box")
    net.links.set(port.name, netns_fd=box.fd)
    equal(ids(net), {}, "ports")
    check("master" not in box.run("ip", "-o", "link").stdout, "it still has a master")
    box.links.delete(port.name)     # else its far end goes some time after the namespace


@test
def renamed_port(net):
    port = net.plain_port()
    events = net.api.subscribe("config")
    net.links.set(port.name, up=False)     # before 6.2, what is up keeps its name
    net.links.set(port.name, new_name="web0")
    equal(ids(net), {"web0": port.id}, "ports")
    equal([(name, msg["name"]) for name, msg in events.take()], [("port-ntf", "web0")],
          "notifications")
    events.close()
    port.name = "web0"


@test
def switch_deleted_under_traffic(net):
    """Its devices are free afterwards, and can join a new one of its name."""
    net.portgroup("prod", vlan=10)
    a, b, up = net.client("prod"), net.client("prod"), net.uplink()
    net.links.add("vmk0", "vmknic", link=net.switch)
    net.prepare()
    for _ in range(3):
        with lab.Flood([a, up], traffic_of(b)):
            net.links.delete("vs0")
        equal(names() & {"vs0", "vmk0"}, set(), "devices that should be gone")
        equal([master(port.name) for port in net.ports], [None] * 3, "masters")
        net.links.add("vs0", "vswitch", up=True)
        net.switch = socket.if_nametoindex("vs0")
        net.set_switch(teaming={})          # says nothing by itself
        net.portgroup("prod", vlan=10)
        for port in (a, b, up):
            net.links.set(port.name, master=net.switch)
        for port in (a, b):
            port.set(portgroup="prod", mac=[port.mac])
        up.set(role="uplink")
    net.fresh = False
    net.deliver(a, eth(b.mac, a.mac), to=[b])


@test
def promiscuity_is_given_back(net):
    """A device is promiscuous while it is a port, not longer."""
    port = net.plain_port()

    def promiscuity():
        text = subprocess.run(["ip", "-d", "link", "show", port.name], check=True,
                              capture_output=True, text=True).stdout
        return int(text.split("promiscuity ")[1].split()[0])

    equal(promiscuity(), 1, "promiscuity as a port")
    net.links.set(port.name, master=0)
    equal(promiscuity(), 0, "promiscuity afterwards")


def module_is_loaded():
    return os.path.exists("/sys/module/vswitch")


def remove_module():
    subprocess.run(["rmmod", "vswitch"], check=True, timeout=60)


@bare
def module_goes_under_traffic():
    """rmmod takes all switches along; devices that were ports stay."""
    lab.close()
    with lab.Lab() as net:
        net.portgroup("prod", vlan=10)
        a, b, up = net.client("prod"), net.client("prod"), net.uplink()
        net.links.add("vmk0", "vmknic", link=net.switch)
        net.prepare()
        with lab.Flood([a, up], traffic_of(b)):
            remove_module()
        equal(names() & {"vs0", "vsq", "vmk0"}, set(), "devices that should be gone")
        check(a.name in names() and master(a.name) is None, "the ports' devices are free")
        check(not module_is_loaded(), "the module is still there")
    lab.close()


@bare
def module_is_loaded_by_need():
    """By the kinds of its devices, and by the name of its netlink family."""
    if module_is_loaded():
        remove_module()
    links = Links()
    links.add("vs7", "vswitch")
    check(module_is_loaded(), "not loaded by kind vswitch")
    links.delete("vs7")
    remove_module()
    try:
        links.add("vmk7", "vmknic")
    except Refused:
        pass        # it needs a switch
    check(module_is_loaded(), "not loaded by kind vmknic")
    remove_module()
    subprocess.run(["genl", "ctrl", "get", "name", "vswitch"], check=False, capture_output=True)
    check(module_is_loaded(), "not loaded by the name of its netlink family")
    remove_module()
    links.close()


@bare
def module_ten_times():
    links = Links()
    for _ in range(10):
        links.add("vs7", "vswitch", up=True)
        links.add("vmk7", "vmknic", link=socket.if_nametoindex("vs7"), up=True)
        remove_module()
    equal(names() & {"vs7", "vmk7"}, set(), "devices left")
    links.close()


run(lab.Lab, lab.close)
