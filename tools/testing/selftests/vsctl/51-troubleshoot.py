#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl doctor: what it finds is there, and gone when its command has run.
vsctl capture: the frames of the wire are in the file."""

import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import kmod
from frames import ETH_TEST, eth, tagged
from ktap import check, contains, equal, run, test
from net import Wire
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, do, refused, show, vsctl

MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def found(name):
    """What this check finds: [{object, finding, mend, check}]"""
    result = vsctl("-j", "doctor")
    findings = json.loads(result.out)
    equal(result.status, REFUSED if findings else 0, "exit status")
    return [finding for finding in findings if finding["check"] == name]


def mended(name, about, says):
    """There is one such finding, and its command ends it."""
    findings = found(name)
    equal([finding["object"] for finding in findings], [about], f"what is wrong of {name}")
    contains(findings[0]["finding"], says, "finding")
    subprocess.run(["sh", "-ec", findings[0]["mend"]], check=True)
    equal(found(name), [], f"what is wrong of {name} after {findings[0]['mend']}")


def sysfs(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


@test
def memory(_):
    kmod.load("vmem")
    kmod.load("tps")
    try:
        sysfs("/sys/kernel/mm/ksm/run", "1")
        mended("ksm", None, "KSM")
        mended("vmem", "/dev/vmem", "devtmpfs")
        subprocess.run(["umount", "/dev/vmem"], check=True)
    finally:
        sysfs("/sys/kernel/mm/ksm/run", "0")
        kmod.remove("tps")
        kmod.remove("vmem")


@test
def network(net):
    do("switch", "add", "vs0")
    do("uplink", "add", "vs0", "n0")
    do("portgroup", "add", "vs0", "mgmt")
    do("vmk", "add", "vs0", "vmk0", "portgroup", "mgmt", "mtu", "1500")
    equal(found("mtu") + found("offloads") + found("uplinks"), [], "nothing is wrong")
    net.links.set("n0", mtu=1400)
    mended("mtu", "n0", "1400")
    do("vmk", "set", "vs0", "vmk0", "mtu", "2000")
    mended("mtu", "vmk0", "2000")
    subprocess.run(["ethtool", "-K", "n0", "tso", "off"], check=True)
    mended("offloads", "n0", "TSO")
    subprocess.run(["ip", "address", "add", "192.0.2.9/24", "dev", "n0"], check=True)
    mended("uplinks", "n0", "192.0.2.9/24")


@test
def for_people(_):
    sysfs("/sys/kernel/mm/ksm/run", "0")
    do("switch", "add", "vs0")
    do("uplink", "add", "vs0", "n0")
    subprocess.run(["ethtool", "-K", "n0", "tso", "off"], check=True)
    result = vsctl("doctor")
    lines = result.out.splitlines()
    at = lines.index("offloads: n0: TSO is off: the CPU cuts what guests send")
    equal(lines[at + 1], "    ethtool -K n0 tso on", "what mends it")
    contains(result.err, "not as", "error")
    check(len(lines) % 2 == 0, "a line for each finding, and one for its command")
    refused(USAGE, "doctor", "all", says=["all"])


def frames_of(path):
    """Of a file in the format pcap: [frame]"""
    with open(path, "rb") as file:
        data = file.read()
    equal(struct.unpack_from("=I16xI", data), (0xa1b2c3d4, 1), "magic number, kind of link")
    frames, at = [], 24
    while at < len(data):
        length = struct.unpack_from("=I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def capture(path, device, act, *words):
    """What is in the file after act(), which makes as many frames as are waited for"""
    with subprocess.Popen(["vsctl", "capture", "vs0", device, "file", path, *words],
                          stderr=subprocess.PIPE, text=True) as process:
        while "listening on" not in (line := process.stderr.readline()):
            check(line, "it listens")
        act()
        said = process.communicate(timeout=60)[1]
    equal(process.returncode, 0, f"exit status, with {said}")
    return frames_of(path)


@test
def frames_in_a_file(net):
    for number in 0, 1:
        net.links.add_veth(f"w{number}", f"x{number}")
        for name in f"w{number}", f"x{number}":
            net.links.set(name, up=True)
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "all", "vlan", "4095")
    do("port", "add", "vs0", "w0", "portgroup", "all", "mac", MAC)
    do("port", "add", "vs0", "w1", "portgroup", "all", "mac", OTHER)
    wires = Wire("x0"), Wire("x1")
    there, back = eth(OTHER, MAC, b"there" * 20), eth(MAC, OTHER, b"back" * 20)
    in_vlan = tagged(there, 7)

    def talk():
        wires[0].send(eth(OTHER, MAC, b"else" * 20, ethertype=ETH_TEST + 1))
        wires[1].send(back)
        wires[0].send(there)
        wires[0].send(in_vlan)
    with tempfile.TemporaryDirectory() as top:
        path, words = f"{top}/frames.pcap", ("filter", f"ether proto {ETH_TEST} or vlan 7")
        equal(sorted(capture(path, "w0", talk, "count", "3", *words)),
              sorted([there, in_vlan, back]), "frames of the port")
        equal(capture(path, "w0", talk, "count", "2", "direction", "in", *words),
              [there, in_vlan], "frames into the switch")
        equal(capture(path, "w0", talk, "count", "1", "direction", "out", "length", "20"),
              [back[:20]], "frames out of it, cut")
        refused(NOT_FOUND, "capture", "vs0", "n0", "file", f"{top}/none", says=["n0"])
        refused(USAGE, "capture", "vs0", "w0", "direction", "up", says=["up", "in or out"])
        refused(REFUSED, "capture", "vs0", "w0", "file", f"{top}/none/file", says=["none/file"])
        result = vsctl("capture", "vs0", "w0", "filter", "no such thing")
        equal((result.status, result.out), (REFUSED, ""), "a filter that is none")
        equal(os.listdir(top), ["frames.pcap"], "files")
    for wire in wires:
        wire.close()


@test
def link_of_an_uplink(net):
    """A veth says what it is, a dummy nothing."""
    net.links.add_veth("w0", "x0")
    do("switch", "add", "vs0")
    for name in "w0", "n0":
        do("uplink", "add", "vs0", name)
    equal([(link["device"], link["speed"], link["duplex"]) for link in show("uplink")],
          [("w0", 10000, "full"), ("n0", None, None)], "links")
    contains(do("uplink").splitlines()[0], "SPEED  DUPLEX", "table")


run(Devices)
