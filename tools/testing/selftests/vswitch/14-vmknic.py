#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""VMkernel adapters: ports with an IP stack of the host on them."""

import ctypes
import os
import re
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import frames
import lab
from frames import BROADCAST, eth, tag
from ktap import Skip, check, equal, fail, run, test, wait_for
from net import PACKET_IGNORE_OUTGOING, SOL_PACKET, Wire
from netlink import Refused


class Adapter:
    """A VMkernel adapter, by its port id: it may be in another namespace."""

    def __init__(self, net, name, portgroup=None):
        self.net, self.name = net, name
        net.links.add(name, "vmknic", link=net.switch)
        entry = [p for p in net.api.dump("port-get", switch=net.switch) if p["name"] == name]
        check(entry, f"{name} is no port")
        self.id = entry[0]["id"]
        self.mac = entry[0]["mac"][0]
        if portgroup:
            self.set(portgroup=portgroup)

    def get(self):
        return self.net.api.do("port-get", switch=self.net.switch, id=self.id)

    def set(self, **attributes):
        self.net.api.do("port-set", switch=self.net.switch, id=self.id, **attributes)

    def up(self, *addresses, namespace=None):
        """Move it to a namespace, enable IPv6, give it addresses."""
        where = ["-n", namespace.name] if namespace else []
        if namespace:
            self.net.links.set(self.name, netns_fd=namespace.fd)
        setting = f"net.ipv6.conf.{self.name}.disable_ipv6=0"
        subprocess.run((namespace.command() if namespace else []) + ["sysctl", "-qw", setting],
                       check=True)
        batch = [f"link set {self.name} up"]
        batch += [f"address add {address} dev {self.name}" + (" nodad" if ":" in address else "")
                  for address in addresses]
        subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(batch) + "\n", text=True,
                       check=True)
        wait_for(lambda: self.get()["link"], f"link of {self.name}")


def ping(address, namespace=None, works=True):
    """Three pings, all answered; or none where it must not work."""
    count, patience = ("3", "20") if works else ("1", "1")
    words = ["ping", "-n", "-q", "-i", "0.05", "-c", count, "-W", patience, address]
    result = subprocess.run(namespace.command(*words) if namespace else words,
                            capture_output=True, text=True, timeout=90, check=False)
    received = int(re.search(r"(\d+) received", result.stdout).group(1))
    if received != (3 if works else 0):
        fail(f"ping {address}: {result.stdout}{result.stderr}")


def ip_on(namespace, *lines):
    subprocess.run(["ip", "-n", namespace.name, "-batch", "-"], input="\n".join(lines) + "\n",
                   text=True, check=True)


@test
def is_a_port_at_once(net):
    """Unassigned, with the address of its device."""
    vmk = Adapter(net, "vmk0")
    with open("/sys/class/net/vmk0/address", encoding="ascii") as file:
        equal(file.read().strip(), vmk.mac, "address of the device")
    port = vmk.get()
    equal((port["role"], port["kind"], port["mac"]), ("unassigned", "vmknic", [vmk.mac]), "port")
    vmk.set(portgroup=net.portgroup("mgmt"))
    equal(vmk.get()["role"], "client", "role in a port group")


@test
def two_adapters_in_one_vlan(net):
    """On different port groups of it; one of them in another namespace."""
    net.portgroup("mgmt", vlan=10)
    net.portgroup("vmotion", vlan=10)
    host = net.namespace("host2")
    Adapter(net, "vmk0", "mgmt").up("10.9.0.1/24", "fd00:9::1/64")
    other = Adapter(net, "vmk1", "vmotion")
    other.up("10.9.0.2/24", "fd00:9::2/64", namespace=host)
    ping("10.9.0.2")
    ping("fd00:9::2")
    ping("10.9.0.1", host)
    check("netns" in other.get(), "the port in another namespace says so")
    other.set(portgroup=net.portgroup("dev", vlan=20))
    ping("10.9.0.2", works=False)


@test
def through_the_uplink(net):
    """To a host behind the physical switch, in VLAN 10; tagged on the wire."""
    net.portgroup("mgmt", vlan=10)
    up = net.uplink()
    net.far.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0")
    ip_on(net.far, f"link set {up.far} arp on",     # which out10 inherits
          f"link add link {up.far} name out10 type vlan id 10",
          "address add 10.9.0.9/24 dev out10", "address add fd00:9::9/64 dev out10 nodad",
          "link set out10 up")
    net.far.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    vmk = Adapter(net, "vmk0", "mgmt")
    vmk.up("10.9.0.1/24", "fd00:9::1/64")
    ping("10.9.0.9")
    ping("fd00:9::9")
    seen = [frame for frame in up.wire.take_all() if frames.mac_text(frame[6:12]) == vmk.mac]
    check(len(seen) > 6, f"only {len(seen)} frames of vmk0 on the wire")
    for frame in seen:
        equal(frame[12:16], tag(10), f"tag on the wire of {frames.describe(frame)}")


@test
def exact_frames(net):
    """What the host sends and receives on an adapter is a client's traffic."""
    net.portgroup("mgmt", vlan=10)
    a, up = net.client("mgmt"), net.uplink()
    vmk = Adapter(net, "vmk0", "mgmt")
    net.links.set("vmk0", up=True, arp=False)
    wait_for(lambda: vmk.get()["link"], "link of vmk0")
    wire = Wire("vmk0")
    vmk.wire = wire
    net.prepare()
    frame = eth(vmk.mac, a.mac)
    a.wire.send(frame)
    frame10 = frames.retag(eth(vmk.mac, up.mac), tag(10))
    up.wire.send(frame10)
    equal([wire.receive(), wire.receive()], [frame, frames.retag(frame10)], "what vmk0 received")
    wire.send(eth(a.mac, vmk.mac))
    wire.send(eth(BROADCAST, vmk.mac))
    wire.send(eth(a.mac, up.mac))                           # forged
    wire.send(eth(a.mac, vmk.mac, tags=tag(10)))            # tagged
    wire.send(eth("01:80:c2:00:00:00", vmk.mac))
    net.settle()
    equal(len(a.wire.take_all()), 2, "frames of vmk0 at the other client")
    equal(len(up.wire.take_all()), 1, "frames of vmk0 on the uplink")
    got = lab.flat_stats(vmk.get()["stats"])
    equal({name: got[name] for name in got if name.startswith("drop")},
          {"drop forged-source": 1, "drop vlan-not-allowed": 1, "drop link-local": 1}, "drops")
    equal((got["in-unicast-packets"], got["in-broadcast-packets"], got["in-multicast-packets"],
           got["out-unicast-packets"]), (3, 1, 1, 2), "frames in and out")
    wire.close()


@test
def counters_of_the_device(net):
    """ip -s link and ethtool -S of the adapter; sent by the host is "in"."""
    net.portgroup("mgmt", vlan=10)
    a = net.client("mgmt")
    vmk = Adapter(net, "vmk0", "mgmt")
    net.links.set("vmk0", up=True, arp=False)
    wait_for(lambda: vmk.get()["link"], "link of vmk0")
    wire = Wire("vmk0")
    net.prepare()
    for length in (60, 100, 1000):
        wire.send(eth(a.mac, vmk.mac, length=length))
    a.wire.send(eth(vmk.mac, a.mac, length=500))
    wire.receive()
    net.settle()
    text = subprocess.run(["ethtool", "-S", "vmk0"], check=True, capture_output=True,
                          text=True).stdout
    counters = dict(re.findall(r"^ *(\w+): (\d+)$", text, re.M))
    equal((counters["in_unicast_packets"], counters["in_unicast_bytes"],
           counters["out_unicast_packets"], counters["out_unicast_bytes"]),
          ("3", "1160", "1", "500"), "ethtool -S vmk0")
    expected = {"tx_packets": 3, "tx_bytes": 1160, "rx_packets": 1, "rx_bytes": 500}
    got = {}
    for name in expected:
        with open(f"/sys/class/net/vmk0/statistics/{name}", encoding="ascii") as file:
            got[name] = int(file.read())
    equal(got, expected, "ip -s link of vmk0")
    wire.close()


@test
def changed_address(net):
    """A new address of the device is the port's; one that is taken is not."""
    net.portgroup("mgmt", vlan=10)
    a = net.client("mgmt")
    vmk = Adapter(net, "vmk0", "mgmt")
    net.links.set("vmk0", address="02:dd:00:00:00:01")
    equal(vmk.get()["mac"], ["02:dd:00:00:00:01"], "address of the port")
    try:
        net.links.set("vmk0", address=a.mac)
        fail("an address that is in use was accepted")
    except Refused:
        pass
    equal(vmk.get()["mac"], ["02:dd:00:00:00:01"], "address of the port afterwards")
    net.links.set("vmk0", up=True, arp=False)
    wait_for(lambda: vmk.get()["link"], "link of vmk0")
    wire = Wire("vmk0")
    frame = eth("02:dd:00:00:00:01", a.mac)
    a.wire.send(frame)
    equal(wire.receive(), frame, "frame to the new address")
    wire.close()


def marked(mark):
    """A classic BPF program that takes only frames with this mark (SKF_AD_MARK)."""
    code = struct.pack("HBBI", 0x20, 0, 0, 0xfffff000 + 20) + \
        struct.pack("HBBI", 0x15, 0, 1, mark) + \
        struct.pack("HBBI", 0x06, 0, 0, 0xffff) + struct.pack("HBBI", 0x06, 0, 0, 0)
    program = ctypes.create_string_buffer(code)
    return program, struct.pack("HxxxxxxQ", 4, ctypes.addressof(program))


@test
def nothing_of_the_host_on_the_wire(net):
    """The mark of a frame is of the namespace in which it was made."""
    net.portgroup("mgmt", vlan=10)
    up = net.uplink()
    Adapter(net, "vmk0", "mgmt")
    net.links.set("vmk0", up=True, arp=False)
    vmk, device = Wire("vmk0"), Wire(up.name)
    device.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 0)
    net.prepare()
    vmk.sock.setsockopt(socket.SOL_SOCKET, 36, 77)          # SO_MARK
    mac = open("/sys/class/net/vmk0/address", encoding="ascii").read().strip()
    for mark, count in ((0, 1), (77, 0)):
        program, filter_of = marked(mark)
        device.sock.setsockopt(socket.SOL_SOCKET, 26, filter_of)    # SO_ATTACH_FILTER
        device.take_all()
        vmk.send(eth(BROADCAST, mac))
        net.settle()
        equal(len(device.take_all()), count, f"frames with mark {mark}")
        equal(len(up.wire.take_all()), 1, "frames on the wire")
        del program
    vmk.close()
    device.close()


@test
def no_netpoll(net):
    """netconsole transmits where the switch cannot: it is told so, and lets a port go."""
    if subprocess.run(["modprobe", "netconsole"], check=False).returncode:
        raise Skip("this kernel has no netconsole")
    subprocess.run(["mount", "-t", "configfs", "none", "/sys/kernel/config"], check=False,
                   capture_output=True)
    if not os.path.isdir("/sys/kernel/config/netconsole"):
        raise Skip("netconsole of this kernel has no targets that can be made")
    target = "/sys/kernel/config/netconsole/t1"

    def write(name, text):
        with open(f"{target}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def read(name):
        with open(f"{target}/{name}", encoding="ascii") as file:
            return file.read().strip()

    def enable(device):
        write("dev_name", device)
        write("local_ip", "192.0.2.1")
        write("remote_ip", "192.0.2.2")
        write("enabled", "1")
    Adapter(net, "vmk0", net.portgroup("mgmt"))
    net.links.set("vmk0", up=True)
    net.links.add("nc0", "dummy", up=True)
    os.mkdir(target)
    try:
        for device in ("vmk0", "vs0"):
            try:
                enable(device)
                fail(f"{device} was accepted")
            except OSError:
                pass
        enable("nc0")
        equal(read("enabled"), "1", "on a device that is no port")
        net.links.set("nc0", master=net.switch)
        equal(read("enabled"), "0", "after the device became a port")
    finally:
        os.rmdir(target)
        subprocess.run(["modprobe", "-r", "netconsole"], check=False)


@test
def refusals(net):
    """Not without a switch, not below another device, not as an uplink."""
    net.portgroup("mgmt", vlan=10)
    vmk = Adapter(net, "vmk0", "mgmt")
    lo = socket.if_nametoindex("lo")
    for what, call, text in (
            ("no switch", lambda: net.links.add("vmk9", "vmknic"), "needs a switch"),
            ("loopback", lambda: net.links.add("vmk9", "vmknic", link=lo), "needs a switch"),
            ("uplink", lambda: vmk.set(role="uplink"), "VMkernel adapter"),
            ("MAC", lambda: vmk.set(mac=["02:dd:00:00:00:02"]), "vmk0"),
            ("multicast", lambda: net.links.add("vmk9", "vmknic", link=net.switch,
                                                address="03:00:00:00:00:01"), "unicast")):
        try:
            call()
            fail(f"{what}: was accepted")
        except Refused as refused:
            check(text in refused.text, f"{what}: says {refused.text!r}")


@test
def goes_with_its_switch(net):
    """Also where it lives in another namespace."""
    host = net.namespace("host2")
    Adapter(net, "vmk0", net.portgroup("mgmt"))
    Adapter(net, "vmk1", "mgmt").up(namespace=host)
    net.links.delete("vs0")
    names = [name for _, name in socket.if_nameindex()]
    check("vmk0" not in names, "vmk0 is still there")
    check("vmk1" not in host.run("ip", "-o", "link").stdout, "vmk1 is still there")


@test
def namespace_of_adapter_goes(net):
    """The adapter goes with it; its port too."""
    host = net.namespace("host2")
    vmk = Adapter(net, "vmk0", net.portgroup("mgmt"))
    vmk.up(namespace=host)
    host.delete()
    wait_for(lambda: not net.api.dump("port-get", switch=net.switch), "the port to go")


run(lab.Lab, lab.close)
