#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
"""vsctl monitor: a line for each event, as text and as JSON."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, contains, equal, run, test
from vsctl import Devices, Monitor, do


def collect(words, act, *texts):
    """The lines that the monitor prints while act() goes on, until each of
    these texts was in one."""
    monitor = Monitor(*words)
    try:
        act()
        return monitor.lines(lambda lines: all(text in "\n".join(lines) for text in texts))
    finally:
        monitor.close()


def build():
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n0", "portgroup", "prod", "mac", "02:00:00:00:00:01")
    do("port", "set", "vs0", "n0", "blocked", "on")
    do("switch", "set", "vs0", "promiscuous", "accept")
    do("port", "del", "vs0", "n0")
    do("portgroup", "del", "vs0", "prod")


@test
def objects_as_json(_):
    do("switch", "add", "vs0")
    lines = [json.loads(line) for line in collect(["-j"], build, "portgroup_del")]
    for line in lines:
        check(line["time"] > 1e9, f"no time: {line}")
    told = [(line["event"], line.get("device") or line.get("name")) for line in lines
            if line["group"] == "config"]
    # n0 joins, is set, is blocked: each of these is told
    equal(told, [("portgroup", "prod"), ("port", "n0"), ("port", "n0"), ("port", "n0"),
                 ("switch", "vs0"), ("port_del", "n0"), ("portgroup_del", "prod")], "events")
    blocked = [line for line in lines if line["event"] == "port"][2]
    equal((blocked["blocked"], blocked["portgroup"], blocked["mac"], blocked["switch"]),
          (True, "prod", ["02:00:00:00:00:01"], "vs0"), "the port as it was told last")


@test
def objects_as_text(_):
    do("switch", "add", "vs0")
    lines = collect([], build, "portgroup_del")
    contains(lines[0], "[config] portgroup switch vs0 name prod", "first line")
    contains(lines[-1], "portgroup_del", "last line")


@test
def failover(net):
    """Loss of the link of an uplink."""
    do("switch", "add", "vs0")
    for name in ("n0", "n1"):
        do("uplink", "add", "vs0", name)
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n2", "portgroup", "prod")
    lines = [json.loads(line) for line in
             collect(["-j"], lambda: net.links.set("n0", up=False), '"event":"link"',
                     '"event":"failover"')]
    events = {line["event"]: line for line in lines if line["group"] == "event"}
    equal(set(events), {"link", "failover"}, "events")
    link, failed = events["link"], events["failover"]
    equal((link["device"], link["link"]), ("n0", False), "link")
    equal((failed["portgroup"], failed["old_uplink"], failed["new_uplink"]),
          ("prod", "n0", "n1"), "failover, uplinks by name")


run(Devices)
