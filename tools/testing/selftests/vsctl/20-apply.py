#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 6.12
"""vsctl save and apply: the configuration as a file."""

import json
import os
import signal
import subprocess
import sys

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import lab
from ktap import Cells, check, contains, equal, run, test, wait_for
from tree import PROGRAMS
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, api, do, one, refused, show, vsctl

FILE = """
switches:
- name: vs0
  mtu: 9000
  uplinks: [n3, {device: n4, blocked: true}]
  security:
    forged_transmits: accept
  teaming:
    policy: source-mac
    active: [n3]
    standby: [n4]
    failback: false
  up_delay: 300
  portgroups:
  - name: prod
    vlan: 10
  - name: VM Network
    trunk: "0,10,20-29"
    security:
      promiscuous: accept
    teaming:
      active: [n4]
  - name: "123"
  ports:
  - device: n0
    portgroup: prod
    mac: "02:00:00:00:00:01"
  - device: n1
    portgroup: VM Network
    mac: ["02:00:00:00:00:02", "02:00:00:00:00:03"]
    blocked: true
  - device: n2
  vmks:
  - name: vmk0
    portgroup: prod
    mac: "02:00:00:00:00:0a"
    addresses: ["192.0.2.10/24"]
    services: [nfs, management]
"""


def apply(text, *words):
    return do("apply", "-f", "-", *words, text=text)


def edited(change):
    """FILE, changed by a function that gets its first switch."""
    tree = yaml.safe_load(FILE)
    change(tree["switches"][0])
    return yaml.safe_dump(tree)


@test
def from_nothing(_):
    """All objects of a file are made."""
    apply(FILE)
    switch = one("switch")
    equal((switch["name"], switch["mtu"], switch["port_count"], switch["uplink_count"],
           switch["portgroup_count"], switch["mac_count"]), ("vs0", 9000, 6, 2, 3, 4), "switch")
    equal(switch["security"]["forged_transmits"], "accept", "policy of the switch")
    equal((switch["teaming"]["active"], switch["teaming"]["standby"]), (["n3"], ["n4"]), "team")
    port = one("port", "show", "vs0", "n1")
    equal((port["portgroup"], port["mac"], port["blocked"]),
          ("VM Network", ["02:00:00:00:00:02", "02:00:00:00:00:03"], True), "port n1")
    equal(one("uplink", "show", "vs0", "n4")["blocked"], True, "uplink n4")
    vmk = one("vmk")
    equal((vmk["addresses"], vmk["services"]), (["192.0.2.10/24"], ["management", "nfs"]), "vmk0")
    (link,) = json.loads(subprocess.run(["ip", "-j", "link", "show", "vmk0"], check=True,
                                        capture_output=True, text=True).stdout)
    equal(link["ifalias"], "services: management,nfs", "alias")
    equal(one("portgroup", "show", "vs0", "VM Network")["trunk"], "0,10,20-29", "VM Network")


@test
def applying_what_was_saved_changes_nothing(net):
    """In both languages; nobody is told of anything."""
    apply(FILE)
    events = api().subscribe("config", "event")
    for words in ((), ("-j",), ("-p",)):
        text = do(*words, "save", "--ports")
        net.unchanged(lambda text=text: contains(apply(text), "nothing to change", "apply"))
    net.unchanged(lambda: contains(apply(FILE), "nothing to change", "the file itself"))
    equal(events.take(), [], "notifications")
    events.close()


@test
def saved_file_is_yaml_and_json(_):
    """Other readers see the same in both."""
    apply(FILE)
    tree = yaml.safe_load(do("save", "--ports"))
    equal(tree, json.loads(do("-j", "save", "--ports")), "what YAML and JSON say")
    wanted = yaml.safe_load(FILE)["switches"][0]
    got = tree["switches"][0]
    equal({group["name"] for group in got["portgroups"]},
          {group["name"] for group in wanted["portgroups"]}, "port groups")
    equal(got["ports"][0], wanted["ports"][0], "the first port")


@test
def save_and_apply_elsewhere(net):
    """What was saved makes the same again from nothing."""
    apply(FILE)
    text = do("save", "--ports")
    do("switch", "del", "vs0")
    apply(text)
    equal(do("save", "--ports"), text, "saved once more")
    del net


CHANGES = {
    "VLAN": lambda s: s["portgroups"][0].update(vlan=11),
    "services": lambda s: s["vmks"][0].update(services=["vmotion"]),
    "no services": lambda s: s["vmks"][0].pop("services"),
    "VLAN to trunk": lambda s: (s["portgroups"][0].pop("vlan"),
                                s["portgroups"][0].update(trunk="5-6")),
    "policy": lambda s: s.update(security={"mac_changes": "accept"}),
    "MTU": lambda s: s.update(mtu=2000),
    "order": lambda s: s.update(teaming={"active": ["n4", "n3"]}),
    "nothing active": lambda s: s.update(teaming={"unused": ["n3", "n4"]}),
    "teaming policy": lambda s: s["teaming"].update(policy="load", notify_switches=False),
    "failback": lambda s: s["teaming"].pop("failback"),
    "failback of a port group": lambda s: s["portgroups"][0].update(teaming={"failback": True}),
    "order inherited": lambda s: s["portgroups"][1]["teaming"].update(active=[], policy="explicit"),
    "probes": lambda s: s["portgroups"][0].update(teaming={"detection": "beacon"}),
    "up-delay": lambda s: s.update(up_delay=0),
    "source of addresses": lambda s: s["portgroups"][0].update(security={"mac_source": "agent"}),
    "port group removed": lambda s: (s["portgroups"].pop(2)),
    "port moved": lambda s: s["ports"][0].update(portgroup="123"),
    "port removed": lambda s: s["ports"].pop(1),
    "addresses swapped": lambda s: (s["ports"][0].update(mac="02:00:00:00:00:02"),
                                    s["ports"][1].update(mac="02:00:00:00:00:01")),
    "port becomes uplink": lambda s: (s["ports"].pop(0), s["uplinks"].append("n0")),
    "uplink becomes port": lambda s: (s["uplinks"].pop(1), s.update(teaming={}),
                                      s["portgroups"][1].pop("teaming"),
                                      s["ports"].append({"device": "n4"})),
    "adapter removed": lambda s: s.pop("vmks"),
    "address of an adapter": lambda s: s["vmks"][0].update(addresses=["192.0.2.99/24"]),
    "everything removed": lambda s: ([s.pop(key) for key in list(s) if key != "name"],
                                     s.update(ports=[])),
}


@test
def changes(_):
    """A changed file is what is in force afterwards; --dry-run changes
    nothing; the file before brings all back."""
    cells = Cells()

    def saved():
        """A port that was away has another id, and so another place in the list."""
        tree = yaml.safe_load(do("save", "--ports"))
        for switch in tree["switches"]:
            for key, name in (("ports", "device"), ("uplinks", "device"), ("vmks", "name")):
                switch[key] = sorted(switch.get(key, []), key=lambda entry, by=name:
                                     entry if isinstance(entry, str) else entry[by])
        return tree

    def one_change(change):
        apply(FILE)
        before = saved()
        text = edited(change)
        dry = apply(text, "--dry-run")
        equal(saved(), before, "saved after --dry-run")
        equal(apply(text), dry, "what --dry-run announced, and what was done")
        check("nothing to change" not in dry, "nothing was changed")
        contains(apply(text), "nothing to change", "the same file again")
        apply(FILE)
        equal(saved(), before, "saved after going back")

    for name, change in CHANGES.items():
        cells.run(name, one_change, change)
    cells.finish()


@test
def only_what_differs_is_touched(_):
    """One port changes: one notification, and the others keep their ids."""
    apply(FILE)
    ids = {port["device"]: port["id"] for port in show("port")}
    events = api().subscribe("config")
    apply(edited(lambda s: s["ports"][0].update(blocked=True)))
    equal([(name, msg["name"]) for name, msg in events.take()], [("port-ntf", "n0")],
          "notifications")
    equal({port["device"]: port["id"] for port in show("port")}, ids, "ids")
    events.close()


@test
def other_switches_are_left_alone(net):
    apply(FILE)
    do("switch", "del", "vs0")
    do("switch", "add", "other")
    do("portgroup", "add", "other", "theirs", "vlan", "5")
    apply(FILE)
    equal(one("portgroup", "show", "other", "theirs")["vlan"], 5, "port group of the other")
    equal(len(yaml.safe_load(do("save", "--ports"))["switches"]), 2, "saved switches")
    equal([s["name"] for s in yaml.safe_load(do("save", "--ports", "vs0"))["switches"]], ["vs0"],
          "one saved switch")
    del net


@test
def uplinks_that_are_not_here(net):
    """An uplink is declared before its device is here, and stays when it goes."""
    absent = edited(lambda s: (s["uplinks"].append("n9"),
                               s["portgroups"][0].update(teaming={"active": ["n3"],
                                                                  "standby": ["n9", "n4"]})))
    apply(absent)
    state = lambda name: one("uplink", "show", "vs0", name)["state"]
    equal(state("n9"), "absent", "uplink that is expected")
    order = ["n9", "n4"]
    equal(one("portgroup", "show", "vs0", "prod")["teaming"]["standby"], order, "order")
    equal(apply(absent), "nothing to change\n", "the same again")
    saved = do("save", "--ports", "vs0")
    equal(yaml.safe_load(saved)["switches"][0]["portgroups"][0]["teaming"]["standby"], order,
          "saved order")
    net.links.add("n9", "dummy")
    wait_for(lambda: state("n9") == "usable", "n9 to join, to be brought up, and to be used")
    net.links.delete("n3")
    equal(state("n3"), "absent", "uplink that was unplugged")
    equal(do("save", "--ports", "vs0"), saved, "what is saved meanwhile")
    equal(do("apply", "-f", "-", text=saved), "nothing to change\n", "applied meanwhile")
    do("uplink", "set", "vs0", "n3", "blocked", "on")
    do("uplink", "del", "vs0", "n3")
    equal([port["device"] for port in show("uplink")], ["n4", "n9"], "uplinks after del")
    apply(FILE.replace("n3", "n9"))
    equal(one("portgroup", "show", "vs0", "prod")["teaming"], None, "order in the end")


@test
def ports_of_guests(_):
    """A file that does not speak of ports leaves them; one that has none of them does not."""
    apply(FILE)
    ports = show("port")
    without = edited(lambda s: (s.pop("ports"), s.update(mtu=8000)))
    contains(apply(without), "mtu", "what is changed")
    equal([p["device"] for p in show("port")], [p["device"] for p in ports], "ports")
    equal(apply(without), "nothing to change\n", "the same again")
    contains(vsctl("apply", "-f", "-", text=edited(lambda s: (s.pop("ports"), s.update(
        portgroups=s["portgroups"][:1])))).err, "still has ports", "without their port group")
    apply(edited(lambda s: s.update(ports=[])))
    equal([p["device"] for p in show("port") if p["role"] == "client" and p["kind"] != "vmknic"],
          [], "ports of a file that says there is none")
    equal("ports" in yaml.safe_load(do("save", "--ports", "vs0"))["switches"][0], False,
          "what is saved of no ports")


class Overtaken:
    """vsctl apply, which stops before each transaction: meanwhile, another changes something."""

    def __init__(self, text):
        preload = {"LD_PRELOAD": f"{PROGRAMS}/vsctl/before_txn"}
        self.process = subprocess.Popen(["vsctl", "apply", "-f", "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **preload})
        self.process.stdin.write(text)
        self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()

    def run(self, change):
        """Call change(0), change(1), ... while it is stopped: (its status, what it says, how
        often it stopped)."""
        stops = 0
        while True:
            _, status = os.waitpid(self.process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return self.process.returncode, self.process.stderr.read(), stops
            change(stops)
            stops += 1
            os.kill(self.process.pid, signal.SIGCONT)


@test
def another_is_first(_):
    """What changes between reading and writing is looked at again: nobody's change is lost."""
    apply(FILE)
    client, index = api(), one("switch")["ifindex"]
    port = one("port", "show", "vs0", "n2")["id"]

    def change(stops):
        if stops:
            return
        client.do("port-set", switch=index, id=port, portgroup="prod")
        client.do("portgroup-set", switch=index, name="prod", vlan=77)

    text = edited(lambda s: (s.pop("ports"), s.update(up_delay=500)))
    with Overtaken(text) as apply_:
        equal(apply_.run(change), (0, "", 2), "status, errors, transactions")
    equal(one("switch")["up_delay"], 500, "what the file changes")
    equal(one("portgroup", "show", "vs0", "prod")["vlan"], 10, "what the file and another change")
    equal(one("port", "show", "vs0", "n2")["portgroup"], "prod", "what another changes")
    client.close()


@test
def what_is_printed(_):
    """The plan that was made last, whole: nothing of the one before it has stayed."""
    group = {"name": "a", "vlan": 5}
    tree = yaml.safe_load(FILE)
    tree["switches"].append({"name": "vs1", "portgroups": [group]})
    apply(yaml.safe_dump(tree))
    client, index = api(), one("switch", "show", "vs1")["ifindex"]
    tree["switches"][0]["up_delay"] = 500
    tree["switches"][1].update(up_delay=400, uplinks=["n9"])
    text, delays = yaml.safe_dump(tree), []
    plan = apply(text, "--dry-run").splitlines()

    def change(stops):
        delays.append(one("switch", "show", "vs0")["up_delay"])
        if stops == 1:
            client.do("portgroup-set", switch=index, name="a", vlan=77)

    with Overtaken(text) as apply_:
        equal(apply_.run(change)[:2], (0, ""), "status, errors")
        printed = apply_.process.stdout.read().splitlines()
    equal(set(printed), {*plan, "~ vs1 portgroup a, vlan: 77 -> 5"}, "what is printed")
    equal(delays[:4], [300, 500, 500, 300], "the other switch's setting at each transaction")
    equal(one("uplink", "show", "vs1")["device"], "n9", "uplink")
    client.close()


@test
def another_is_always_first(_):
    """Then it gives up, says why, and has changed nothing."""
    apply(FILE)
    client, index = api(), one("switch")["ifindex"]
    change = lambda stops: client.do("portgroup-set", switch=index, name="123", vlan=100 + stops)
    with Overtaken(edited(lambda s: s.update(up_delay=500))) as apply_:
        status, says, stops = apply_.run(change)
    equal(status, REFUSED, f"status, it says {says!r}")
    contains(says, "changed meanwhile", "what it says")
    check(stops > 1, "it did not try again")
    equal(one("switch")["up_delay"], 300, "what the file changes")
    equal(one("portgroup", "show", "vs0", "123")["vlan"], 99 + stops, "what another changes")
    client.close()


BOOT = """
switches:
- name: vs0
  uplinks: [n0, n1]
  teaming: {active: [n1], standby: [n0]}
  portgroups: [{name: a, vlan: 5}]
  ports: [{device: n9, portgroup: a}, {device: n2}]
  vmks: [{name: vmk0, portgroup: a, mac: "02:00:00:00:00:0a"}]
  mirrors: [{name: m, ingress: [n9], destination: n2}]
- name: vs1
  portgroups: [{name: b, vlan: 5000}]
- name: vs2
  uplinks: [n8]
- name: vs3
  uplinks: [n8]
"""


@test
def what_is_right_comes_up(devices):
    """With --boot: each refusal has its line, and what is there stays as it is."""
    subprocess.run(["ip", "link", "add", "br0", "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "link", "set", "n1", "master", "br0"], check=True)
        for _ in range(2):
            result = vsctl("apply", "--boot", "-f", "-", text=BOOT)
            equal(result.status, REFUSED, "status")
            for says in ("device n9 is not there", "mirror session m of switch vs0",
                         "device n1 belongs to br0", "switches[1].portgroups[0].vlan: 5000",
                         "n8 is listed twice"):
                contains(result.err, says, "what it says")
            check(all(line.startswith("Error: standard input: ")
                      for line in result.err.splitlines()[:-1]), f"lines of {result.err}")
            equal(show("switch")[0]["teaming"]["standby"], ["n0"], "team")
            equal([(port["switch"], port["device"]) for port in show("port")],
                  [("vs0", "n0"), ("vs0", "n2"), ("vs0", "vmk0"), ("vs2", "n8")], "ports")
            state = devices.state()
        equal(devices.state(), state, "state after a second time")
    finally:
        subprocess.run(["ip", "link", "del", "br0"], check=True)
    do("apply", "--boot", "-f", "-", text=BOOT.replace("n9", "n3").replace("5000", "5")
       .replace("vs3\n  uplinks: [n8]", "vs3"))
    equal(one("switch", "show", "vs0")["teaming"]["active"], ["n1"], "mended: team")
    refused(USAGE, "apply", "--boot", "--confirm", "5", says=["do not go together"])
    equal(do("apply", "--boot"), "nothing to change\n", "without a file")


@test
def ports_of_guests_are_not_saved(_):
    """Unless they are asked for"""
    apply(FILE)
    saved, whole = (do("save", "vs0", *words) for words in ((), ("--ports",)))
    contains(saved, "# without 3 ports", "what is saved")
    equal("ports" in yaml.safe_load(saved)["switches"][0], False, "ports in the file")
    equal(len(yaml.safe_load(whole)["switches"][0]["ports"]), 3, "ports, asked for")
    equal(apply(saved), "nothing to change\n", "applied")


BAD = {
    "unknown key": (USAGE, lambda s: s.update(colour="red"), ["colour"]),
    "unknown key of a port": (USAGE, lambda s: s["ports"][0].update(hue=5), ["hue"]),
    "bad VLAN": (USAGE, lambda s: s["portgroups"][0].update(vlan=4096), ["4095"]),
    "VLAN that is text": (USAGE, lambda s: s["portgroups"][0].update(vlan="ten"), ["vlan"]),
    "name listed twice": (USAGE, lambda s: s["portgroups"][1].update(name="prod"), ["prod"]),
    "unknown port group": (USAGE, lambda s: s["ports"][0].update(portgroup="x"), ["'x'"]),
    "team without that uplink": (USAGE, lambda s: s["teaming"].update(active=["n0"]), ["n0"]),
    "bad MAC": (USAGE, lambda s: s["ports"][0].update(mac="02:00"), ["02:00"]),
    "device that is not there": (NOT_FOUND, lambda s: s["ports"].append({"device": "nope"}),
                                 ["nope"]),
    # These only the kernel finds out, in the middle of things.
    "MAC twice": (REFUSED, lambda s: (s.update(mtu=3000), s["portgroups"].append({"name": "new"}),
                                      s["ports"][1].update(portgroup="prod", blocked=False,
                                                           mac="02:00:00:00:00:01")),
                  ["02:00:00:00:00:01"]),
    "MTU": (REFUSED, lambda s: (s.update(mtu=65000), s["portgroups"].append({"name": "new"})),
            ["mtu"]),
}


@test
def refused_file_leaves_all_as_it_was(net):
    cells = Cells()
    apply(FILE)
    for name, (status, change, says) in BAD.items():
        cells.run(name, net.unchanged, refused, status, "apply", "-f", "-",
                  text=edited(change), says=says)
    cells.finish()


@test
def files_that_cannot_be_read(net):
    cells = Cells()
    for name, text in (("no YAML", "switches: [\n"), ("no JSON", '{"switches": ['),
                       ("a list", "- name: vs0\n"), ("no name", "switches: [{mtu: 9000}]\n"),
                       ("nothing of ours", "bridges: []\n"), ("a tab", "switches:\n\t- name: a\n"),
                       ("an alias", "switches: [&a {name: vs0}, *a]\n"),
                       ("not UTF-8", "switches: [{name: vs0, portgroups: [{name: '\udce9'}]}]\n")):
        cells.run(name, net.unchanged, refused_bytes, text)
    cells.run("no file", refused, NOT_FOUND, "apply", "-f", "/nonexistent", says=["/nonexistent"])
    cells.run("no -f", refused, USAGE, "apply", says=["-f"])
    cells.finish()


def refused_bytes(text):
    with open("/run/bad-file", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    refused(USAGE, "apply", "-f", "/run/bad-file", says=["Error: "])


@test
def traffic_goes_on(_):
    """A port that does not change loses no frame while others do."""
    with lab.Lab() as net:
        net.portgroup("prod", vlan=10)
        a, b = net.client("prod"), net.client("prod")
        net.prepare()
        text = do("save", "--ports", "vs0")
        tree = yaml.safe_load(text)
        tree["switches"][0]["portgroups"].append({"name": "more", "vlan": 30})
        tree["switches"][0].setdefault("uplinks", []).append("n0")
        tree["switches"][0]["security"] = {"promiscuous": "accept"}
        other = yaml.safe_dump(tree)
        with lab.Burst(a, b) as traffic:
            for _ in range(3):
                apply(other)
                apply(text)
        equal(traffic.received, traffic.sent, "frames received of those sent")
    lab.close()


@test
def dry_run_of_nothing(_):
    equal(vsctl("apply", "-f", "-", "--dry-run", text=FILE).status, 0, "dry run")
    equal(show("switch"), [], "switches")


run(Devices)
