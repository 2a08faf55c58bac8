#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 6.12
"""vsctl: every object, every verb, text and JSON, exit statuses."""

import json
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, contains, equal, run, test
from tree import TOP
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, do, one, refused, show, vsctl

MAC1, MAC2, MAC3 = (f"02:00:00:00:00:0{n}" for n in (1, 2, 3))
REJECT = {"promiscuous": "reject", "mac_changes": "reject", "forged_transmits": "reject",
          "mac_source": "static"}
INHERIT = dict.fromkeys(REJECT, "inherit")


def some(*keys):
    """A function that picks these keys of an object."""
    return lambda found: {key: found[key] for key in keys}


@test
def switch(_):
    do("switch", "add", "vs0", "mtu", "9000")
    found = one("switch", "show", "vs0")
    equal(some("name", "mtu", "security", "port_count", "uplink_count")(found),
          {"name": "vs0", "mtu": 9000, "security": REJECT, "port_count": 0, "uplink_count": 0},
          "new switch")
    flags = subprocess.run(["ip", "link", "show", "vs0"], check=True, capture_output=True,
                           text=True).stdout
    contains(flags, "UP", "a new switch is up")
    do("switch", "set", "vs0", "mtu", "2000", "forged-transmits", "accept")
    found = one("switch", "show", "vs0")
    equal((found["mtu"], found["security"]), (2000, {**REJECT, "forged_transmits": "accept"}),
          "changed switch")
    do("switch", "del", "vs0")
    equal(show("switch"), [], "switches afterwards")


@test
def alternative_names(_):
    """Devices are known by all of their names, on the command line and in files."""
    short, long = "enp0s31f6", "a-name-longer-than-fifteen-characters"
    subprocess.run(["ip", "link", "add", "dummy7", "type", "dummy"], check=True)
    subprocess.run(["ip", "link", "property", "add", "dev", "dummy7", "altname", short,
                    "altname", long], check=True)
    do("switch", "add", "vs0")
    for name in short, long:
        do("uplink", "add", "vs0", name)
        equal(one("uplink", "show", "vs0", name)["device"], "dummy7", f"uplink added as {name}")
        do("switch", "set", "vs0", "active", name)
        equal(one("switch", "show", "vs0")["teaming"]["active"], ["dummy7"], "order")
        do("switch", "set", "vs0", "active", "inherit")
        do("uplink", "del", "vs0", name)
    file = f"switches: [{{name: vs0, uplinks: [{long}], teaming: {{active: [{short}]}}}}]"
    do("apply", "-f", "-", text=file)
    equal((one("uplink", "show", "vs0")["device"], one("switch")["teaming"]["active"]),
          ("dummy7", ["dummy7"]), "applied")
    equal(do("apply", "-f", "-", "--dry-run", text=file), "nothing to change\n", "applied again")
    do("switch", "del", "vs0")
    subprocess.run(["ip", "link", "del", "dummy7"], check=True)


@test
def portgroup(_):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("portgroup", "add", "vs0", "VM Network", "trunk", "20-29,10,0", "promiscuous", "accept")
    do("portgroup", "add", "vs0", "all", "vlan", "4095")
    found = {group["name"]: group for group in show("portgroup", "show", "vs0")}
    equal(set(found), {"prod", "VM Network", "all"}, "names")
    equal((found["prod"]["vlan"], found["prod"]["security"]), (10, INHERIT), "prod")
    equal(found["VM Network"]["trunk"], "0,10,20-29", "ranges")
    equal(found["VM Network"]["security"], {**INHERIT, "promiscuous": "accept"}, "policies")
    do("portgroup", "set", "vs0", "prod", "name", "production", "trunk", "5")
    found = one("portgroup", "show", "vs0", "production")
    equal(found["trunk"], "5", "changed port group")
    do("pg", "set", "vs0", "production", "vlan", "7", "mac-changes", "reject")
    found = one("pg", "show", "vs0", "production")
    equal((found["vlan"], found["security"]["mac_changes"]), (7, "reject"), "changed once more")
    do("portgroup", "del", "vs0", "production")
    refused(NOT_FOUND, "portgroup", "show", "vs0", "production", says=["production"])


@test
def port(_):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n0", "portgroup", "prod", "mac", MAC1, "mac", MAC2)
    found = one("port", "show", "vs0", "n0")
    equal(some("switch", "id", "device", "role", "portgroup", "mac", "blocked", "link")(found),
          {"switch": "vs0", "id": 1, "device": "n0", "role": "client", "portgroup": "prod",
           "mac": [MAC1, MAC2], "blocked": False, "link": True}, "new port")
    do("port", "set", "vs0", "n0", "blocked", "on", "mac", MAC3)
    found = one("port", "show", "vs0", "n0")
    equal((found["blocked"], found["mac"]), (True, [MAC3]), "changed port")
    refused(REFUSED, "port", "set", "vs0", "n0", "effective-mac", MAC1, says=["mac-source static"])
    do("portgroup", "set", "vs0", "prod", "mac-source", "agent")
    do("port", "set", "vs0", "n0", "effective-mac", MAC1)
    equal(one("port", "show", "vs0", "n0")["effective_mac"], MAC1, "effective address")
    do("port", "set", "vs0", "n0", "portgroup", "")
    equal(one("port", "show", "vs0", "n0")["role"], "unassigned", "out of its group")
    do("port", "add", "vs0", "n1", "down")
    equal(one("port", "show", "vs0", "n1")["link"], False, "a port that was left down")
    do("port", "del", "vs0", "n0")
    equal([found["device"] for found in show("port", "show", "vs0")], ["n1"], "ports left")


@test
def teaming_options(_):
    """What is not said stays as it is; the lists are one setting."""
    do("switch", "add", "vs0", "up-delay", "250", "mac-source", "agent")
    for device in ("n0", "n1", "n2"):
        do("uplink", "add", "vs0", device)
    of_switch = lambda: one("switch", "show", "vs0")["teaming"]
    equal(of_switch(), {"policy": "port-id", "active": [], "standby": [], "unused": [],
                        "detection": "link", "failback": True, "notify_switches": True},
          "by default")
    equal(one("switch")["up_delay"], 250, "up-delay")
    equal(one("switch")["security"]["mac_source"], "agent", "source of effective addresses")
    do("switch", "set", "vs0", "active", "n0,n1", "standby", "n2", "failback", "off")
    do("switch", "set", "vs0", "teaming", "source-mac", "notify-switches", "off")
    do("switch", "set", "vs0", "up-delay", "0", "detection", "beacon")
    equal(of_switch(), {"policy": "source-mac", "active": ["n0", "n1"], "standby": ["n2"],
                        "unused": [], "detection": "beacon", "failback": False,
                        "notify_switches": False}, "one after the other")
    do("switch", "set", "vs0", "unused", "n0")
    equal([of_switch()[key] for key in ("active", "standby", "unused")],
          [[], [], ["n0", "n1", "n2"]], "lists")
    do("switch", "set", "vs0", "active", "inherit", "detection", "link")
    equal([of_switch()[key] for key in ("active", "standby", "unused")], [[], [], []], "lists")
    do("portgroup", "add", "vs0", "prod", "failback", "on", "mac-source", "observed")
    of_group = lambda: one("pg", "show", "vs0", "prod")["teaming"]
    own = lambda teaming: {key: value for key, value in teaming.items() if value not in (None, [])}
    equal(own(of_group()), {"failback": True}, "of a port group")
    do("pg", "set", "vs0", "prod", "teaming", "load", "active", "n1", "detection", "beacon")
    equal(own(of_group()), {"failback": True, "policy": "load", "active": ["n1"],
                            "unused": ["n0", "n2"], "detection": "beacon"}, "more of its own")
    do("pg", "set", "vs0", "prod", "failback", "inherit", "detection", "inherit",
       "active", "inherit")
    equal(own(of_group()), {"policy": "load"}, "less of its own")
    do("pg", "set", "vs0", "prod", "teaming", "inherit")
    equal(of_group(), None, "nothing of its own")
    refused(REFUSED, "switch", "set", "vs0", "teaming", "ip-hash", "active", "n0", "standby", "n1",
            says=["port group 'prod'", "IP hash has no standby"])
    refused(REFUSED, "pg", "set", "vs0", "prod", "active", "n0", "unused", "n0",
            says=["'n0' is listed twice"])
    refused(USAGE, "pg", "set", "vs0", "prod", "teaming", "inherit", "failback", "on",
            says=["'teaming inherit' goes with no other option of teaming"])
    refused(USAGE, "switch", "set", "vs0", "up-delay", "600001", says=["up-delay", "600000"])
    refused(USAGE, "switch", "set", "vs0", "teaming", "inherit", says=["must be"])


@test
def activation(_):
    do("switch", "add", "vs0")
    do("uplink", "add", "vs0", "n0")
    do("portgroup", "add", "vs0", "prod")
    do("port", "add", "vs0", "n1", "portgroup", "prod", "mac", "02:00:00:00:00:01", "inactive")
    equal(one("port", "show", "vs0", "n1")["inactive"], True, "before")
    equal(one("switch")["mac_count"], 0, "addresses before")
    refused(REFUSED, "port", "announce", "vs0", "n1", says=["'n1' is not active"])
    do("port", "activate", "vs0", "n1")
    equal(one("port", "show", "vs0", "n1")["inactive"], False, "afterwards")
    equal(one("switch")["mac_count"], 1, "addresses afterwards")
    do("port", "announce", "vs0", "n1")
    refused(NOT_FOUND, "port", "activate", "vs0", "n0", says=["n0"])


@test
def uplink(_):
    do("switch", "add", "vs0")
    do("uplink", "add", "vs0", "n0")
    do("uplink", "add", "vs0", "n1")
    do("port", "add", "vs0", "n2")
    found = show("uplink", "show", "vs0")
    equal([(up["device"], up["id"], up["link"]) for up in found],
          [("n0", 1, True), ("n1", 2, True)], "uplinks")
    do("switch", "set", "vs0", "teaming", "explicit", "active", "n1", "standby", "n0")
    teaming = one("switch", "show", "vs0")["teaming"]
    equal((teaming["active"], teaming["standby"]), (["n1"], ["n0"]), "order, by names")
    do("portgroup", "add", "vs0", "prod", "active", "n0,n1")
    equal(one("pg", "show", "vs0", "prod")["teaming"]["active"], ["n0", "n1"], "of a port group")
    do("port", "add", "vs0", "n3", "portgroup", "prod")
    equal(one("port", "show", "vs0", "n3")["uplink"], "n0", "the uplink of a port")
    do("uplink", "set", "vs0", "n0", "blocked", "on")
    equal(one("uplink", "show", "vs0", "n0")["blocked"], True, "blocked uplink")
    equal(one("port", "show", "vs0", "n3")["uplink"], "n1", "the uplink then")
    equal([up["state"] for up in show("uplink")], ["blocked", "usable"], "states")
    do("portgroup", "set", "vs0", "prod", "teaming", "inherit")
    do("uplink", "del", "vs0", "n0")
    equal([up["device"] for up in show("uplink")], ["n1"], "uplinks left")


@test
def vmk(_):
    do("switch", "add", "vs0", "mtu", "9000")
    do("portgroup", "add", "vs0", "mgmt", "vlan", "5")
    do("vmk", "add", "vs0", "vmk0", "portgroup", "mgmt", "address", "192.0.2.10/24", "address",
       "192.0.2.11/24", "mtu", "1600", "mac", MAC1)
    found = one("vmk", "show", "vs0", "vmk0")
    equal(some("name", "portgroup", "mac", "addresses", "mtu", "link")(found),
          {"name": "vmk0", "portgroup": "mgmt", "mac": MAC1, "mtu": 1600, "link": True,
           "addresses": ["192.0.2.10/24", "192.0.2.11/24"]}, "new VMkernel adapter")
    do("vmk", "set", "vs0", "vmk0", "address", "192.0.2.12/24", "mtu", "9000", "mac", MAC2)
    found = one("vmk", "show", "vs0", "vmk0")
    equal((found["addresses"], found["mtu"], found["mac"]), (["192.0.2.12/24"], 9000, MAC2),
          "changed VMkernel adapter")
    for services, listed in (("nfs,vmotion", ["vmotion", "nfs"]), ("none", [])):
        do("vmk", "set", "vs0", "vmk0", "services", services)
        equal(one("vmk", "show", "vs0", "vmk0")["services"], listed, "services")
    do("vmk", "del", "vs0", "vmk0")
    equal(show("vmk"), [], "VMkernel adapters left")


@test
def stats(net):
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod")
    net.links.add_veth("w0", "w1")
    do("port", "add", "vs0", "w0")
    net.links.set("w1", up=True)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("w1", 0))
    for _ in range(3):
        sock.send(b"\xff" * 6 + b"\x02\0\0\0\0\x01" + b"\x88\xb5" + bytes(86))
    sock.close()
    found = one("stats", "vs0", "w0")
    equal((found["device"], found["in_broadcast_packets"], found["in_broadcast_bytes"],
           found["drop"]), ("w0", 3, 300, {"unassigned": 3}), "counters")
    contains(do("stats"), "unassigned", "table")
    contains(do("stats", "vs0", "w0"), "in_broadcast_packets", "one port in full")


@test
def tables(_):
    """The text form has a head and a line for each object."""
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n0", "portgroup", "prod", "mac", MAC1)
    do("uplink", "add", "vs0", "n1")
    do("vmk", "add", "vs0", "vmk0", "portgroup", "prod")
    for words, parts in ((["switch"], ["NAME", "vs0", "1500"]),
                         (["portgroup"], ["NAME", "prod", "10"]),
                         (["port"], ["DEVICE", "n0", "prod", MAC1]),
                         (["uplink"], ["DEVICE", "n1"]), (["vmk"], ["NAME", "vmk0"])):
        text = do(*words)
        for part in parts:
            contains(text, part, f"vsctl {' '.join(words)}")
    equal(len(do("port").splitlines()), 4, "lines of a table of three ports")
    equal(show("port", "show", "vs0"), show("port"), "one switch of one")
    contains(do("-p", "switch"), "\n  ", "-p has lines")


@test
def options_anywhere(net):
    """-j and the others follow the object as well; what follows -- is a name."""
    do("switch", "add", "vs0")
    for words in (("switch", "-j", "show"), ("switch", "show", "vs0", "-j"), ("-j", "switch")):
        equal(json.loads(do(*words))[0]["name"], "vs0", " ".join(words))
    contains(do("switch", "show", "-p"), "\n  ", "-p has lines")
    contains(do("switch", "add", "--help"), "Usage: vsctl switch", "--help")
    net.unchanged(do, "switch", "add", "vs0", "--may-exist")
    net.unchanged(do, "switch", "del", "vs7", "--if-exists")
    net.unchanged(refused, USAGE, "switch", "add", "vs1", "--if-exists", says=["--if-exists"])
    do("portgroup", "add", "vs0", "--", "-j")
    equal(one("portgroup")["name"], "-j", "name")
    lines = do("-b", "-", text="switch show -j\nswitch show\n").splitlines()
    equal((lines[0][0], lines[1][:4]), ("[", "NAME"), "an option holds for its line")


@test
def completion_words(_):
    """Option words and their values come from the tool itself."""
    options = do("complete", "portgroup", "set").split()
    for word in ("name", "vlan", "mac-source", "teaming", "learning", "learning-full", "snooping"):
        check(word in options, f"{word} is not offered")
    check("name" not in do("complete", "portgroup", "add").split(), "name is for set only")
    for words, want in ((("portgroup", "set", "failback"), "on off inherit"),
                        (("switch", "set", "mac-source"), "static agent observed"),
                        (("portgroup", "add", "link-local"), "none stp lacp eapol lldp"),
                        (("disk", "create", "-t"), "thin lazy eager zeroedthick eagerzeroedthick"),
                        (("switch", "add", "mtu"), "")):
        equal(do("complete", *words).split(), want.split(), " ".join(words))
    refused(NOT_FOUND, "complete", "portgroup", "set", "prod")


@test
def prefixes(_):
    do("sw", "a", "vs0")
    do("portg", "a", "vs0", "prod", "vl", "10")
    equal(show("portgroup", "sh", "vs0")[0]["vlan"], 10, "port group by prefixes")
    refused(USAGE, "po", "show", says=["ambiguous", "port", "portgroup"])
    refused(USAGE, "s", "show", says=["ambiguous", "switch", "stats", "save"])
    refused(USAGE, "sw", "d", "vs0", says=["del", "whole word"])
    refused(USAGE, "disk", "z", "/nothing.vmdk", says=["zero", "whole word"])
    do("sw", "del", "vs0")


@test
def add_or_set(net):
    """replace, --may-exist and --if-exists: whatever there is, the same in the end."""
    for _ in range(2):
        do("switch", "replace", "vs0", "mtu", "1400")
        do("--may-exist", "switch", "add", "vs0", "mtu", "9000")
        do("portgroup", "replace", "vs0", "prod", "vlan", "10")
        do("--may-exist", "portgroup", "add", "vs0", "prod", "vlan", "11")
        do("uplink", "replace", "vs0", "n1")
        do("--may-exist", "uplink", "add", "vs0", "n1")
        do("port", "replace", "vs0", "n0", "portgroup", "prod", "mac", "02:00:00:00:00:01")
        do("--may-exist", "port", "add", "vs0", "n0", "portgroup", "none")
        do("pvlan", "replace", "vs0", "100", "isolated", "101")
        do("--may-exist", "pvlan", "add", "vs0", "100", "isolated", "102")
    equal(one("switch")["mtu"], 1400, "MTU")
    equal(one("portgroup")["vlan"], 10, "VLAN")
    equal(one("pvlan")["isolated"], 101, "isolated VLAN")
    do("portgroup", "replace", "vs0", "prod", "vlan", "12")
    equal(one("portgroup")["vlan"], 12, "VLAN that was replaced")
    # A device that is something else is no "exists".
    net.unchanged(refused, NOT_FOUND, "port", "set", "vs0", "n1", "blocked", "on")
    net.unchanged(refused, USAGE, "--may-exist", "switch", "del", "vs0", says=["--may-exist"])
    net.unchanged(refused, USAGE, "--if-exists", "switch", "add", "vs1", says=["--if-exists"])
    refused(NOT_FOUND, "port", "del", "vs0", "n2")
    for words in (("port", "del", "vs0", "n2"), ("portgroup", "del", "vs0", "none"),
                  ("pvlan", "del", "vs0", "7"), ("switch", "del", "vs7"),
                  ("port", "del", "vs7", "n0")):
        net.unchanged(do, "--if-exists", *words)
    for _ in range(2):
        do("--if-exists", "port", "del", "vs0", "n0")
        do("--if-exists", "switch", "del", "vs0")


@test
def batch(net):
    """Commands in a file: up to the first that fails, which is named."""
    do("-b", "-", text="switch add vs0   # the first\n\n# nothing\n"
                       "portgroup add vs0 'VM Network' vlan 10\nportgroup add vs0 b\"  \"c\n")
    equal(sorted(group["name"] for group in show("portgroup")), ["VM Network", "b  c"], "names")
    lines = do("-j", "-b", "-", text="switch\nportgroup show vs0 'VM Network'\n").splitlines()
    equal([json.loads(line)[0]["name"] for line in lines], ["vs0", "VM Network"], "answers")
    refused(NOT_FOUND, "-b", "-", says=["standard input:2"],
            text="portgroup set vs0 'b  c' vlan 5\nport del vs0 n3\nswitch del vs0\n")
    equal(len(show("switch")), 1, "what comes after the failure is not run")
    net.unchanged(refused, USAGE, "-b", "-", text="switch del 'vs0\n", says=["quote"])
    net.unchanged(refused, USAGE, "-b", "-", text="switch del vs0\0\n", says=["NUL"])
    net.unchanged(refused, USAGE, "-b", "-", "switch", text="")
    net.unchanged(refused, NOT_FOUND, "-b", "/nothing", says=["/nothing"])
    net.unchanged(refused, USAGE, "-b", "-", text="switch show vs0 " + "x " * 300)
    do("switch", "del", "vs0")


COMPLETE = r"""
_init_completion() { :; }
. "$TOP/userspace/vsctl/completion/vsctl"
while IFS= read -r name; do
	for cur in '' '"' "'"; do
		COMPREPLY=()
		_vsctl_offer <<<"$name"
		for line in "${COMPREPLY[@]}"; do
			eval "set -- $cur$line$cur"
			[[ $# == 1 && $1 == "$name" ]] || echo "$cur $name: $line becomes $*"
			((offered++))
		done
	done
done
echo "$offered"
"""


@test
def completion_quotes(_):
    """A name that is offered stays a name, whatever is in it and whichever quote is open."""
    names = ["p$(id)", "p`id`", "it's", 'say "no"', "VM Network", "back\\slash", "$HOME", "a;b",
             "a&b", "*", "~", "-j", "a|b", "a>b", "{a,b}", "\\$(id)"]
    done = subprocess.run(["bash", "-c", COMPLETE], input="\n".join([*names, "c\033[2J", ""]),
                          env=dict(os.environ, TOP=TOP), capture_output=True, text=True,
                          check=False, timeout=60)
    equal((done.stdout, done.stderr), (f"{3 * len(names)}\n", ""), "what is offered")


@test
def usage_errors(_):
    """Status 1, nothing done, and a hint where to read on."""
    do("switch", "add", "vs0")
    for words, says in (
            ((), ["Usage"]),
            (("nonsense",), ["nonsense", "vsctl help"]),
            (("switch", "frob"), ["frob", "vsctl switch help"]),
            (("switch", "add"), ["missing"]),
            (("switch", "add", "vs1", "mtu"), ["mtu"]),
            (("switch", "add", "vs1", "mtu", "big"), ["mtu", "big"]),
            (("switch", "add", "vs1", "colour", "red"), ["colour"]),
            (("switch", "add", "a-name-that-is-too-long"), ["a-name-that-is-too-long"]),
            (("switch", "set", "vs0"), ["nothing"]),
            (("switch", "set", "vs0", "promiscuous", "maybe"), ["maybe"]),
            (("switch", "set", "vs0", "promiscuous", "inherit"), ["inherit"]),
            (("portgroup", "add", "vs0"), ["missing"]),
            (("portgroup", "add", "vs0", "x", "vlan", "4096"), ["4096", "4095"]),
            (("portgroup", "add", "vs0", "x", "trunk", "10-5"), ["10-5"]),
            (("portgroup", "add", "vs0", "x", "trunk", "1-10,5"), ["VLAN 5", "twice"]),
            (("portgroup", "add", "vs0", "x", "vlan", "1", "trunk", "2"), ["vlan", "trunk"]),
            (("port", "add", "vs0", "n0", "mac", "02:00:00"), ["02:00:00"]),
            (("port", "add", "vs0", "n0", "mac", "01:00:00:00:00:01"),
             ["01:00:00:00:00:01", "multicast"]),
            (("port", "add", "vs0", "n0", "blocked", "perhaps"), ["perhaps"]),
            (("vmk", "add", "vs0", "vmk0", "address", "300.1.1.1/24"), ["300.1.1.1/24"]),
            (("--nonsense",), ["nonsense"])):
        refused(USAGE, *words, says=says)
    equal(show("portgroup") + show("port") + show("vmk"), [], "what came of it")
    equal(len(show("switch")), 1, "switches")


@test
def kernel_refusals(net):
    """Status 2, the kernel's own words, and all as it was."""
    do("switch", "add", "vs0")
    do("switch", "add", "vs1")
    do("portgroup", "add", "vs0", "prod", "vlan", "10")
    do("port", "add", "vs0", "n0", "portgroup", "prod", "mac", MAC1)
    for words, says in (
            (("switch", "add", "vs0"), ["vs0"]),
            (("switch", "add", "vs2", "mtu", "100"), ["mtu"]),
            (("portgroup", "add", "vs0", "prod"), ["'prod'", "exists"]),
            (("portgroup", "del", "vs0", "prod"), ["'prod'", "ports (1)"]),
            (("port", "add", "vs0", "n1", "portgroup", "prod", "mac", MAC1), ["n1", MAC1, "n0"]),
            (("port", "add", "vs1", "n0"), ["n0", "vs0"]),
            (("port", "add", "vs1", "vs0"), ["vs0"]),
            (("port", "add", "vs0", "lo"), ["lo"])):
        net.unchanged(refused, REFUSED, *words, says=says)


@test
def not_found(net):
    """Status 3."""
    do("switch", "add", "vs0")
    do("portgroup", "add", "vs0", "prod")
    for words in (("switch", "show", "none"), ("switch", "del", "none"),
                  ("switch", "set", "none", "mtu", "2000"), ("portgroup", "show", "vs0", "none"),
                  ("portgroup", "del", "vs0", "none"), ("portgroup", "add", "none", "x"),
                  ("port", "show", "vs0", "none"), ("port", "del", "vs0", "n0"),
                  ("port", "add", "vs0", "none"), ("port", "add", "none", "n0"),
                  ("uplink", "add", "vs0", "none"), ("vmk", "del", "vs0", "none"),
                  ("port", "add", "vs0", "n1", "portgroup", "none"),
                  ("stats", "none"), ("switch", "show", "lo"), ("-n", "none", "switch")):
        net.unchanged(refused, NOT_FOUND, *words, says=[
            "lo" if "lo" in words else "none" if "none" in words else "n0"])


@test
def without_privilege(net):
    """Reading works, changing is refused, and it says why."""
    do("switch", "add", "vs0")

    def unprivileged(*words):
        return subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", "vsctl", *words],
                              capture_output=True, text=True, check=False)

    contains(unprivileged("switch").stdout, "vs0", "reading")

    def change():
        result = unprivileged("portgroup", "add", "vs0", "prod")
        equal(result.returncode, REFUSED, f"exit status ({result.stderr})")
        check(result.stderr, "it does not say why")

    net.unchanged(change)


@test
def other_namespace(_):
    """-n works there, and not here."""
    subprocess.run(["ip", "netns", "add", "vsctl-test"], check=True)
    try:
        do("-n", "vsctl-test", "switch", "add", "vs9")
        equal([s["name"] for s in show("-n", "vsctl-test", "switch")], ["vs9"], "switches there")
        equal(show("switch"), [], "switches here")
    finally:
        subprocess.run(["ip", "netns", "delete", "vsctl-test"], check=True)


@test
def help_texts(_):
    for name in ("switch", "portgroup", "port", "uplink", "vmk", "stats", "monitor", "capture",
                 "metrics", "doctor", "apply", "confirm", "save"):
        text = do(name, "help")
        contains(text, f"Usage: vsctl {name}", f"help of {name}")
        contains(text, "Examples:", f"help of {name}")
    for name in "switch", "portgroup", "uplink", "vmk", "pvlan", "mirror":
        text = do(name, "help")
        for word in do("complete", name, "add").split() + do("complete", name, "set").split():
            contains(text, word, f"help of {name}")
    contains(do("help"), "OBJECT", "help")
    equal(vsctl("--version").status, 0, "--version")


run(Devices)
