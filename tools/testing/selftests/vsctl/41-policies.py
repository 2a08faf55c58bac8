#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl and the optional policies: set, shown, saved, applied, refused."""

import os
import sys

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import Cells, check, contains, equal, run, test
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, api, do, one, refused, show

FILE = """
switches:
- name: vs0
  uplinks: [n4]
  pvlans:
  - {primary: 100, isolated: 101, community: [102, 103]}
  - {primary: 200}
  portgroups:
  - {name: prod, vlan: 10, overrides: [shaping, vlan, teaming, security]}
  - name: shaped
    vlan: 101
    blocked: true
    shaping_ingress: {average: 1000, peak: 2000, burst: 100}
    shaping_egress: {average: 8, peak: 8, burst: 4194303}
  - {name: web, vlan: 102, overrides: [shaping]}
  - name: nested
    vlan: 0
    learning: {limit: 16, full: allow, flood: false, ageing: 60}
    snooping: true
    link_local: [lacp, lldp]
    shared_mac: true
  mirrors:
  - {name: watch, ingress: [n0], vlan: [0, 101], destination: n3, length: 64, sampling: 2}
  - {name: remote, egress: [n0], destination: n4, rspan_vlan: 999}
  ports:
  - device: n0
    portgroup: prod
    mac: "02:00:00:00:00:01"
    trunk: "5,7-9"
    security: {forged_transmits: accept}
    teaming: {active: [n4]}
    shaping_egress: {average: 1, peak: 1, burst: 1}
  - {device: n1, portgroup: prod, vlan: 0}
  - {device: n2, portgroup: web}
  - {device: n3}
  vmks:
  - name: vmk0
    portgroup: web
    mac: "02:00:00:00:00:0a"
    shaping_ingress: {average: 5000, peak: 5000, burst: 50}
"""


def apply(text, *words):
    return do("apply", "-f", "-", *words, text=text)


def edited(change):
    tree = yaml.safe_load(FILE)
    change(tree["switches"][0])
    return yaml.safe_dump(tree)


@test
def overrides_of_ports(_):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n0", "portgroup", "prod", "mac", "02:00:00:00:00:01")
    refused(REFUSED, "port", "set", "vs0", "n0", "vlan", "20", says=["n0", "prod", "VLAN"])
    do("portgroup", "set", "vs0", "prod", "overrides", "vlan,shaping,security")
    do("port", "set", "vs0", "n0", "vlan", "20", "shaping-ingress", "1000,2000,100")
    do("port", "set", "vs0", "n0", "promiscuous", "accept")
    port = one("port", "show", "vs0", "n0")
    equal((port["vlan"], port["trunk"], port["overrides"]), (20, None, ["vlan", "security",
                                                                        "shaping"]), "own")
    equal(port["shaping_ingress"], {"average": 1000, "peak": 2000, "burst": 100}, "shaping")
    equal((port["shaping_egress"], port["teaming"]), (None, None), "what is not its own")
    equal(port["security"]["promiscuous"], "accept", "security")
    contains(do("port", "show", "vs0", "n0"), "vlan,security,shaping", "table")
    do("port", "set", "vs0", "n0", "overrides", "shaping")
    port = one("port", "show", "vs0", "n0")
    equal((port["vlan"], port["security"], port["overrides"]), (None, None, ["shaping"]), "kept")
    do("port", "set", "vs0", "n0", "overrides", "none")
    equal(one("port", "show", "vs0", "n0")["overrides"], [], "overrides")
    do("portgroup", "set", "vs0", "prod", "overrides", "security,teaming")
    do("port", "set", "vs0", "n0", "failback", "off", "detection", "beacon", "mac-source", "agent")
    port = one("port", "show", "vs0", "n0")
    equal([port["teaming"][key] for key in ("policy", "failback", "detection", "notify_switches")],
          [None, False, "beacon", None], "teaming of its own")
    equal(port["security"]["mac_source"], "agent", "source of its effective address")
    do("port", "set", "vs0", "n0", "overrides", "none")
    do("portgroup", "set", "vs0", "prod", "overrides", "none", "blocked", "on")
    group = one("portgroup", "show", "vs0", "prod")
    equal((group["overrides"], group["blocked"]), ([], True), "port group")


@test
def private_vlans(net):
    do("switch", "add", "vs0")
    do("pvlan", "add", "vs0", "100", "isolated", "101", "community", "102,103")
    equal(show("pvlan", "show", "vs0"), [{"switch": "vs0", "primary": 100, "isolated": 101,
                                          "community": [102, 103]}], "private VLANs")
    contains(do("pvlan"), "102,103", "table")
    refused(REFUSED, "pvlan", "add", "vs0", "100", says=["100"])
    refused(NOT_FOUND, "pvlan", "set", "vs0", "200", says=["200"])
    refused(USAGE, "pvlan", "add", "vs0", "0", says=["0"])
    refused(USAGE, "pvlan", "add", "vs0", "4095", says=["4095"])
    do("portgroup", "add", "vs0", "guests", "vlan", "101")
    net.unchanged(refused, REFUSED, "pvlan", "del", "vs0", "100", says=["guests"])
    net.unchanged(refused, REFUSED, "pvlan", "set", "vs0", "100", "community", "102",
                  says=["guests"])
    do("portgroup", "del", "vs0", "guests")
    do("pvlan", "set", "vs0", "100", "community", "7")
    equal(show("pvlan")[0]["isolated"], None, "isolated")
    do("pvlan", "del", "vs0", "100")
    equal(show("pvlan"), [], "private VLANs")


@test
def shaping_of_port_groups(net):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod", "shaping-egress", "100000,200000,102400")
    equal(one("portgroup")["shaping_egress"], {"average": 100000, "peak": 200000,
                                               "burst": 102400}, "shaping")
    equal(one("portgroup")["shaping_ingress"], None, "the other direction")
    do("portgroup", "set", "vs0", "prod", "shaping-egress", "none")
    equal(one("portgroup")["shaping_egress"], None, "shaping")
    for text, status, says in (("1,2", USAGE, "AVERAGE,PEAK,BURST"), ("1,2,3,4", USAGE, "BURST"),
                               ("a,2,3", USAGE, "average"), ("2,1,5", REFUSED, "below"),
                               ("1,1,0", USAGE, "burst 0")):
        net.unchanged(refused, status, "portgroup", "set", "vs0", "prod", "shaping-egress", text,
                      says=[says])


@test
def learning_of_port_groups(net):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "nested", "learning", "on", "learning-limit", "16",
       "snooping", "on")
    group = one("portgroup")
    equal((group["learning"], group["snooping"]),
          ({"limit": 16, "full": "drop", "flood": True, "ageing": 600}, True), "learning")
    do("portgroup", "set", "vs0", "nested", "learning-flood", "off", "learning", "on",
       "learning-full", "allow", "learning-ageing", "60")
    changed = {"limit": 16, "full": "allow", "flood": False, "ageing": 60}
    equal(one("portgroup")["learning"], changed, "what was named changes, the limit stays")
    for word, value, key, want in (("learning", "on", "limit", 16),
                                   ("learning-limit", "64", "limit", 64),
                                   ("learning-flood", "on", "flood", True),
                                   ("learning-ageing", "70", "ageing", 70),
                                   ("learning-full", "drop", "full", "drop")):
        do("portgroup", "set", "vs0", "nested", word, value)
        changed[key] = want
        equal(one("portgroup")["learning"], changed, f"learning after {word} {value}")
    net.unchanged(refused, USAGE, "portgroup", "set", "vs0", "nested", "learning", "off",
                  "learning-limit", "5", says=["'learning off'"])
    net.unchanged(refused, USAGE, "portgroup", "set", "vs0", "nested", "learning-limit", "0",
                  says=["learning-limit"])
    net.unchanged(refused, USAGE, "portgroup", "set", "vs0", "nested", "learning-limit",
                  "100000", says=["learning-limit", "100000", "4096"])
    do("portgroup", "set", "vs0", "nested", "learning", "off", "snooping", "off")
    equal((one("portgroup")["learning"], one("portgroup")["snooping"]), (None, False), "off")
    net.unchanged(refused, USAGE, "portgroup", "set", "vs0", "nested", "learning-limit", "5",
                  says=["nested", "'learning on'"])
    net.unchanged(refused, USAGE, "portgroup", "add", "vs0", "other", "learning-ageing", "5",
                  says=["other", "'learning on'"])
    equal(show("mac", "show", "vs0"), [], "learned addresses")


@test
def link_local_and_shared_mac(net):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "lab", "link-local", "lldp,stp", "shared-mac", "on")
    group = one("portgroup")
    equal((group["link_local"], group["shared_mac"]), (["stp", "lldp"], True), "as set")
    net.unchanged(refused, USAGE, "portgroup", "set", "vs0", "lab", "link-local", "lldp,cdp",
                  says=["cdp", "eapol"])
    do("portgroup", "set", "vs0", "lab", "link-local", "none")
    group = one("portgroup")
    equal((group["link_local"], group["shared_mac"]), ([], True), "one of them changed")


@test
def mirror_sessions(net):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod")
    do("port", "add", "vs0", "n0", "portgroup", "prod")
    do("port", "add", "vs0", "n1")
    do("uplink", "add", "vs0", "n4")
    do("mirror", "add", "vs0", "watch", "ingress", "n0,n4", "destination", "n1", "length", "128")
    equal(one("mirror"), {"switch": "vs0", "name": "watch", "ingress": ["n0", "n4"], "egress": [],
                          "vlan": [], "destination": "n1", "rspan_vlan": None, "length": 128,
                          "sampling": 1}, "mirror")
    do("mirror", "set", "vs0", "watch", "sampling", "10")
    equal((one("mirror")["length"], one("mirror")["sampling"]), (128, 10), "what is not given stays")
    refused(REFUSED, "mirror", "add", "vs0", "watch", "vlan", "1", "destination", "n1",
            says=["already", "watch"])
    refused(NOT_FOUND, "mirror", "set", "vs0", "other", "sampling", "2", says=["other"])
    net.unchanged(refused, REFUSED, "mirror", "set", "vs0", "watch", "destination", "n0",
                  says=["watch"])
    do("mirror", "del", "vs0", "watch")
    equal(show("mirror"), [], "mirrors")


@test
def save_and_apply(_):
    """All of it survives the way through a file, and changes nothing then."""
    apply(FILE)
    saved = do("save", "--ports")
    contains(apply(saved), "nothing to change", "apply of what was saved")
    contains(apply(FILE), "nothing to change", "the file itself")
    tree = yaml.safe_load(saved)["switches"][0]
    wanted = yaml.safe_load(FILE)["switches"][0]
    equal(tree["pvlans"], wanted["pvlans"], "private VLANs")
    equal(tree["ports"][0], wanted["ports"][0], "port n0")
    equal(tree["ports"][1], wanted["ports"][1], "port n1: VLAN 0 is one of its own")
    equal(tree["vmks"][0]["shaping_ingress"], wanted["vmks"][0]["shaping_ingress"], "vmk0")
    equal([group["name"] for group in tree["portgroups"]], ["prod", "shaped", "web", "nested"],
          "groups")
    equal(tree["portgroups"][1], wanted["portgroups"][1], "port group shaped")
    equal(tree["portgroups"][3], wanted["portgroups"][3], "port group nested")
    equal({mirror["name"]: mirror for mirror in tree["mirrors"]},
          {mirror["name"]: mirror for mirror in wanted["mirrors"]}, "mirror sessions")
    do("switch", "del", "vs0")
    apply(saved)
    equal(do("save", "--ports"), saved, "saved once more")


CHANGES = {
    "secondary moves to another primary": lambda s: (s["pvlans"][0].update(community=[102]),
                                                     s["pvlans"][1].update(isolated=103)),
    "primary goes": lambda s: s["pvlans"].pop(1),
    "all private VLANs go": lambda s: (s.pop("pvlans"), s["portgroups"].pop(1),
                                       s["portgroups"][1].update(vlan=0)),
    "shaping goes": lambda s: s["portgroups"][1].pop("shaping_ingress"),
    "shaping changes": lambda s: s["portgroups"][1]["shaping_egress"].update(average=4),
    "one override goes": lambda s: s["ports"][0].pop("trunk"),
    "another comes": lambda s: s["ports"][1].update(security={"promiscuous": "accept"}),
    "all overrides go": lambda s: (s["ports"].pop(0), s["ports"][0].pop("vlan"),
                                   s["portgroups"][0].pop("overrides"),
                                   s["ports"].append({"device": "n0", "portgroup": "prod"})),
    "trunk to VLAN": lambda s: (s["ports"][0].pop("trunk"), s["ports"][0].update(vlan=6)),
    "group and override at once": lambda s: (s["portgroups"].append(
        {"name": "new", "overrides": ["vlan"]}), s["ports"][1].update(portgroup="new", vlan=4)),
    "learning changes": lambda s: s["portgroups"][3]["learning"].pop("limit"),
    "learning goes": lambda s: (s["portgroups"][3].pop("learning"),
                                s["portgroups"][3].pop("snooping")),
    "mirror changes": lambda s: s["mirrors"][0].update(vlan=[7], length=0),
    "mirror's source goes": lambda s: (s["ports"].pop(0), s["mirrors"].pop(1),
                                       s["mirrors"][0].pop("ingress")),
    "mirror goes": lambda s: s["mirrors"].pop(0),
    "unblocked": lambda s: s["portgroups"][1].pop("blocked"),
    "adapter": lambda s: s["vmks"][0].pop("shaping_ingress"),
    "everything": lambda s: ([s.pop(key) for key in list(s) if key != "name"],
                             s.update(ports=[])),
}


@test
def changes(_):
    cells = Cells()

    def one_change(change):
        apply(FILE)
        before = do("save", "--ports")
        text = edited(change)
        dry = apply(text, "--dry-run")
        equal(apply(text), dry, "what --dry-run announced, and what was done")
        check("nothing to change" not in dry, "nothing was changed")
        contains(apply(text), "nothing to change", "the same file again")
        apply(FILE)
        after = do("save", "--ports")
        equal(sorted(after.splitlines()), sorted(before.splitlines()), "saved after going back")

    for name, change in CHANGES.items():
        cells.run(name, one_change, change)
    cells.finish()


BAD = {
    "unknown override": (USAGE, lambda s: s["portgroups"][0].update(overrides=["mtu"]),
                         ["overrides[0]"]),
    "shaping without burst": (USAGE, lambda s: s["portgroups"][1]["shaping_egress"].pop("burst"),
                              ["shaping_egress.burst", "missing"]),
    "burst of 0": (USAGE, lambda s: s["portgroups"][1]["shaping_egress"].update(burst=0),
                   ["shaping_egress.burst"]),
    "no primary": (USAGE, lambda s: s["pvlans"][0].pop("primary"), ["primary", "missing"]),
    "secondary out of range": (USAGE, lambda s: s["pvlans"][0].update(isolated=4095), ["4094"]),
    "VLAN and trunk": (USAGE, lambda s: s["ports"][0].update(vlan=1), ["ports[0]", "both"]),
    "no group": (USAGE, lambda s: s["ports"][0].pop("portgroup"), ["ports[0]"]),
    "not allowed": (REFUSED, lambda s: s["portgroups"][0].pop("overrides"), ["n0", "prod"]),
    "peak below average": (REFUSED, lambda s: s["portgroups"][1]["shaping_egress"].update(peak=7),
                           ["7", "8"]),
    "private VLAN in use": (REFUSED, lambda s: s["pvlans"].pop(0), ["private VLAN"]),
    "secondary of two": (REFUSED, lambda s: s["pvlans"][1].update(isolated=103), ["103"]),
}


@test
def refused_file_leaves_all_as_it_was(net):
    cells = Cells()
    apply(FILE)
    saved = do("save", "--ports")
    for name, (status, change, says) in BAD.items():
        cells.run(name, net.unchanged, refused, status, "apply", "-f", "-", text=edited(change),
                  says=says)
    equal(do("save", "--ports"), saved, "saved afterwards")
    cells.finish()


@test
def events(_):
    apply("switches: [{name: vs0}]")
    listener = api().subscribe("config")
    do("pvlan", "add", "vs0", "5", "isolated", "6")
    equal([name for name, _ in listener.take()], ["pvlan-ntf"], "notifications")
    listener.close()


run(Devices)
