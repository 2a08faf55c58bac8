#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl metrics: the values of show, in a form that Prometheus takes."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import kmod
from frames import eth
from ktap import Skip, check, equal, run, test, wait_for
from net import Wire
from tree import TOP
from vmem import HUGE, PAGE, Balloon, fill
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, do, one, refused, show

MAC = "02:00:00:00:00:01"
SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """{name: {labels: value}}, labels in the order of their names"""
    metrics = {}
    for line in text.splitlines():
        if line.startswith("#"):
            metrics.setdefault(line.split()[2], {})
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        labels = tuple(sorted((key, re.sub(r"\\(.)", r"\1", text))
                              for key, text in LABEL.findall(labels or "")))
        check(labels not in metrics[name], f"{name}{labels} is told twice")
        metrics[name][labels] = float(value)
    return metrics


def told():
    return parse(do("metrics"))


def value(metrics, name, **labels):
    """Of the sample with these labels, and maybe more"""
    found = [number for key, number in metrics[f"vsuite_{name}"].items()
             if set(labels.items()) <= set(key)]
    equal(len(found), 1, f"samples of {name} with {labels} in {metrics[f'vsuite_{name}']}")
    return found[0]


def promtool(*words, text=None):
    if not shutil.which("promtool"):
        raise Skip("missing tool: promtool (package prometheus)")
    done = subprocess.run(["promtool", *words], input=text, capture_output=True, text=True,
                          check=False)
    equal((done.returncode, done.stderr), (0, ""), f"promtool {' '.join(words)}, {done.stdout}")


def build(net):
    """A switch with an uplink, a guest's port and some frames that went through"""
    net.links.add_veth("w0", "w1")
    for name in "w0", "w1":
        net.links.set(name, up=True)
    do("switch", "add", "vs0")
    do("uplink", "add", "vs0", "n0")
    do("portgroup", "add", "vs0", 'a "b" \\c', "vlan", "10")
    do("port", "add", "vs0", "w0", "portgroup", 'a "b" \\c', "mac", MAC)
    wire = Wire("w1")
    for source in MAC, MAC, "02:00:00:00:00:99":
        wire.send(eth("ff:ff:ff:ff:ff:ff", source))
    wire.close()
    wait_for(lambda: one("stats", "vs0", "w0")["drop"].get("forged_source"), "the forged frame")


@test
def of_switches(net):
    build(net)
    stats, uplink = one("stats", "vs0", "w0"), one("uplink", "show", "vs0", "n0")
    metrics = told()
    for way in "in", "out":
        for cast in "unicast", "multicast", "broadcast":
            for unit in "packets", "bytes":
                equal(value(metrics, f"port_{way}_{unit}_total", switch="vs0", device="w0",
                            cast=cast), stats[f"{way}_{cast}_{unit}"], f"{way} {cast} {unit}")
    equal((stats["in_broadcast_packets"], stats["drop"]["forged_source"]), (3, 1), "frames")
    for reason, packets in stats["drop"].items():
        equal(value(metrics, "port_dropped_packets_total", device="w0", reason=reason), packets,
              f"dropped: {reason}")
    equal(value(metrics, "port_info", device="w0", role="client", portgroup='a "b" \\c'), 1,
          "what the port is")
    equal(value(metrics, "port_info", device="n0", role="uplink", portgroup=""), 1,
          "what the uplink is")
    states = {dict(key)["state"]: number
              for key, number in metrics["vsuite_uplink_state"].items()}
    equal({state for state, number in states.items() if number}, {uplink["state"]}, "state")
    equal(len(states), 6, "states of the one uplink, and of no other port")
    equal(value(metrics, "switch_ports", switch="vs0"), one("switch")["port_count"], "ports")
    equal(value(metrics, "port_link_up", device="w0"), 1, "link")
    net.links.set("w1", up=False)
    equal(value(told(), "port_link_up", device="w0"), 0, "link that went down")


@test
def of_memory(_):
    with Balloon() as vmem:
        a = vmem.file("a", 2 * HUGE)
        fill(a.map(), 0, 5)
        vmem.add("web", a, reservation=HUGE)
        shown, host = show("memory", "show", a.path)[0], show("memory", "host")
        vm, metrics = show("memory", "vm", "show", "web")[0], told()
        for state, pages in shown["pages"].items():
            equal(value(metrics, "memory_file_content_bytes", file="/a", state=state),
                  pages * PAGE, f"pages that are {state}")
        check(shown["pages"]["huge"], "there is something")
        equal(value(metrics, "memory_file_size_bytes", file="/a"), 2 * HUGE, "size")
        equal(value(metrics, "memory_file_events_total", event="fault_huge"),
              shown["events"]["fault_huge"], "faults")
        equal(value(metrics, "memory_file_wait_seconds_total"), shown["events"]["wait_ns"] / 1e9,
              "waited")
        equal(value(metrics, "memory_state", state=host["state"]), 1, "state of the host")
        equal(sum(metrics["vsuite_memory_state"].values()), 1, "states that it is in")
        equal(value(metrics, "memory_min_free_bytes"), host["min_free_pages"] * PAGE, "limit")
        equal(value(metrics, "vm_memory_reservation_bytes", vm="web"), HUGE, "reservation")
        equal(value(metrics, "vm_memory_granted_bytes", vm="web"), vm["granted_pages"] * PAGE,
              "granted")
        equal(metrics["vsuite_vm_memory_limit_bytes"], {}, "limit, where there is none")
        vmem.files[0].close()
        os.unlink("/run/vmem/a")


@test
def of_datastores(_):
    with datastore.store() as path:
        (path / "file").write_bytes(bytes(3 << 20))
        os.sync()
        shown, metrics = one("datastore", "show", str(path)), told()
        labels = {"datastore": "store", "uuid": shown["uuid"]}
        for key in "size", "free":
            equal(value(metrics, f"datastore_{key}_bytes", **labels), shown[key], key)
        equal(value(metrics, "datastore_state", state="active", **labels), 1, "state")
        equal(value(metrics, "datastore_state", state="stopped", **labels), 0, "other state")
        equal(value(metrics, "datastore_commits_total", **labels), shown["counters"]["commits"],
              "transactions")
        equal(value(metrics, "datastore_logged_bytes_total", **labels),
              512 * shown["counters"]["logged_sectors"], "log")
        check(shown["counters"]["commits"], "there were some")
        check(0 <= value(metrics, "datastore_lease_age_seconds", **labels) < 60, "age")


@test
def for_prometheus(net):
    """Its own tool takes metrics and rules; rules and dashboard ask for what there is."""
    folder = f"{TOP}/packaging/prometheus"
    if not os.path.exists(folder):
        raise Skip("rules and dashboard are not here: it takes the project's tree")
    build(net)
    with Balloon(), datastore.store():
        kmod.load("tps")
        text = do("metrics")
        kmod.remove("tps")
    metrics = parse(text)
    equal({dict(key)["module"]: number
           for key, number in metrics["vsuite_module_loaded"].items()},
          dict.fromkeys(("vswitch", "vmfs", "vmem", "tps", "balloon"), 1), "modules")
    equal(set(metrics["vsuite_source_up"].values()), {1}, "sources")
    promtool("check", "metrics", text=text)
    promtool("check", "rules", f"{folder}/vsuite-rules.yaml")
    for name in "vsuite-rules.yaml", "vsuite-dashboard.json":
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            asked = file.read()
        if name.endswith(".json"):
            exprs = [target["expr"] for panel in json.loads(asked)["panels"]
                     for target in panel.get("targets", [])]
            check(len(exprs) > 10, f"there is something to see: {exprs}")
        wanted = set(re.findall(r"\bvsuite_\w+", asked))
        equal(wanted - set(metrics), set(), f"what {name} asks for in vain")


@test
def as_json(net):
    build(net)
    families = {family["name"]: family for family in show("metrics")}
    text = told()
    equal(set(families), set(text), "metrics")
    for name, family in families.items():
        equal(family["type"], "counter" if name.endswith("_total") else "gauge", f"type of {name}")
        equal({tuple(sorted(sample["labels"].items())) for sample in family["samples"]},
              set(text[name]), f"labels of {name}")


@test
def asking_loads_nothing(_):
    loaded = {name for name in ("vmfs", "vmem", "tps", "balloon")
              if os.path.exists(f"/sys/module/{name}")}
    metrics = told()
    for name in ("vmfs", "vmem", "tps", "balloon"):
        equal((os.path.exists(f"/sys/module/{name}"),
               value(metrics, "module_loaded", module=name)),
              (name in loaded, name in loaded), f"{name} is loaded")
    equal("vsuite_memory_state" in metrics, "vmem" in loaded, "its metrics are there")


@test
def into_a_file(_):
    """Who reads it sees the old one or the new one."""
    with tempfile.TemporaryDirectory() as top:
        path = f"{top}/vsuite.prom"
        with open(path, "w+", encoding="utf-8") as old:
            old.write("old\n")
            old.flush()
            equal(do("metrics", "-o", path), "", "standard output")
            old.seek(0)
            equal(old.read(), "old\n", "what is open")
        with open(path, encoding="utf-8") as file:
            check("vsuite_module_loaded" in parse(file.read()), "the new one")
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o644, "mode")
        equal(os.listdir(top), ["vsuite.prom"], "files")
        os.mkdir(f"{top}/folder")
        refused(REFUSED, "metrics", "-o", f"{top}/folder", says=[f"{top}/folder"])
        refused(NOT_FOUND, "metrics", "-o", "/none/vsuite.prom", says=["/none"])
        equal(sorted(os.listdir(top)), ["folder", "vsuite.prom"], "files")
    refused(USAGE, "metrics", "-o", says=["after -o"])
    refused(USAGE, "metrics", "file", says=["'file'", "-o"])
    refused(USAGE, "-j", "metrics", "-o", "file", says=["JSON"])


run(Devices)
