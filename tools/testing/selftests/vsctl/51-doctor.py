#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl doctor: what it finds is there, and gone when its command has run."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import kmod
from ktap import check, contains, equal, run, test
from vsctl import REFUSED, USAGE, Devices, do, refused, vsctl


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


run(Devices)
