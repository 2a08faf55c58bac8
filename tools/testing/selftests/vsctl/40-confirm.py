#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl apply --confirm: what is not confirmed is put back, whoever dies."""

import os
import pty
import signal
import socket
import struct
import subprocess
import sys

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, contains, equal, fail, run, test, wait_for
from net import Namespace
from vsctl import NOT_FOUND, REFUSED, USAGE, Devices, api, do, one, refused, show, vsctl

BEFORE = """
switches:
- name: vs0
  uplinks: [n3, n4]
  portgroups:
  - {name: prod, vlan: 10}
  - {name: dev, vlan: 20}
  ports:
  - {device: n0, portgroup: prod, mac: "02:00:00:00:00:01"}
  - {device: n1, portgroup: dev, mac: "02:00:00:00:00:02"}
  vmks:
  - {name: vmk0, portgroup: prod, mac: "02:00:00:00:00:0a", addresses: ["192.0.2.10/24"]}
"""

# Everything that could cut an administrator off
AFTER = """
switches:
- name: vs0
  mtu: 2000
  uplinks: [n4]
  security: {forged_transmits: accept}
  portgroups:
  - {name: prod, vlan: 11}
  - {name: new, trunk: "1-9"}
  ports:
  - {device: n0, portgroup: new, mac: "02:00:00:00:00:03"}
  - {device: n2, portgroup: prod, mac: "02:00:00:00:00:01"}
  vmks:
  - {name: vmk0, portgroup: new, mac: "02:00:00:00:00:0b", addresses: ["198.51.100.1/24"]}
- name: vs1
  portgroups: [{name: other}]
"""

LONG = "3600"
RUN = "/run/vsuite"


def apply_after(seconds):
    return do("apply", "-f", "-", "--confirm", seconds, text=AFTER)


def configuration():
    """As save tells it.  What left and came back is another port, and stands elsewhere."""
    tree = yaml.safe_load(do("save", "--ports"))
    for switch in tree["switches"]:
        for key in "uplinks", "ports":
            switch.get(key, []).sort(key=str)
    return tree


def begin():
    vsctl("confirm")        # of a test that failed
    do("apply", "-f", "-", text=BEFORE)
    return configuration()


def is_waiting():
    return vsctl("confirm", "show").status != NOT_FOUND


def await_end(saved, what):
    """The guard is gone, and everything as it was."""
    wait_for(lambda: not is_waiting(), what)
    equal(configuration(), saved, f"configuration: {what}")
    check("192.0.2.10/24" in one("vmk")["addresses"], "address of the adapter")


def socket_path():
    return f"{RUN}/confirm-{os.stat('/proc/self/ns/net').st_ino}"


def guard_pid():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(socket_path())
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return struct.unpack("3i", raw)[0]


def as_nobody(code):
    """What Python code prints that another user runs."""
    return subprocess.run([sys.executable, "-c", f"import os, socket; os.setuid(65534); {code}"],
                          capture_output=True, text=True, check=False, timeout=60)


def start_apply(text, *words):
    """vsctl apply -f - with this text, already on its way"""
    client = subprocess.Popen(["vsctl", "apply", "-f", "-", *words], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    client.stdin.write(text)
    client.stdin.close()
    return client


def many_switches(count=19):
    """AFTER, with as many more switches: something to interrupt"""
    many = yaml.safe_load(AFTER)
    many["switches"][1:] = [{"name": f"vs{n}", "portgroups": [{"name": f"g{n}"}],
                             "vmks": [{"name": f"vmk{n}", "portgroup": f"g{n}"}]}
                            for n in range(1, count + 1)]
    return yaml.safe_dump(many)


@test
def confirmed_in_time(_):
    begin()
    contains(apply_after(LONG), "vsctl confirm", "what apply says")
    after = configuration()
    equal(after["switches"][0]["mtu"], 2000, "MTU")
    left = show("confirm", "show")["seconds_left"]
    check(3000 < left <= 3600, f"{left} seconds left")
    contains(do("confirm"), "confirmed", "what confirm says")
    refused(NOT_FOUND, "confirm", "show", says=["no changes wait"])
    equal(configuration(), after, "configuration")


@test
def not_confirmed(_):
    saved = begin()
    apply_after("1")
    await_end(saved, "the time ran out")


@test
def taken_back_at_once(_):
    saved = begin()
    apply_after(LONG)
    do("confirm", "rollback")
    equal(configuration(), saved, "configuration")
    refused(NOT_FOUND, "confirm", says=["no changes wait"])


@test
def nothing_to_confirm(_):
    begin()
    equal(do("apply", "-f", "-", "--confirm", "5", text=BEFORE), "nothing to change\n", "apply")
    equal(vsctl("confirm", "show").status, NOT_FOUND, "exit status of confirm show")
    do("apply", "-f", "-", "--confirm", "5", "--dry-run", text=AFTER)
    equal(vsctl("confirm", "show").status, NOT_FOUND, "after a dry run")


@test
def refused_changes_leave_no_guard(_):
    saved = begin()
    bad = AFTER.replace("02:00:00:00:00:03", "02:00:00:00:00:0b")     # twice in one port group
    refused(REFUSED, "apply", "-f", "-", "--confirm", LONG, text=bad, says=["02:00:00:00:00:0b"])
    await_end(saved, "the changes were refused")


@test
def one_at_a_time(net):
    """While changes wait, no others may be applied; what time is left is said."""
    saved = begin()
    apply_after(LONG)
    for words in ((), ("--confirm", "5")):
        net.unchanged(refused, REFUSED, "apply", "-f", "-", *words, text=BEFORE,
                      says=["vsctl confirm rollback"])
    do("apply", "-f", "-", "--dry-run", text=BEFORE)
    do("confirm", "rollback")
    equal(configuration(), saved, "configuration")


def signalled_at_work(signum, *words):
    """A signal as soon as the first of many changes is seen: what it said."""
    events = api().subscribe("config")
    with start_apply(many_switches(), *words) as client:
        wait_for(events.take, "the first change")
        client.send_signal(signum)
        said = client.stdout.read(), client.stderr.read()
    events.close()
    return client.returncode, *said


@test
def client_is_killed_at_work(_):
    saved = begin()
    equal(signalled_at_work(signal.SIGKILL, "--confirm", "2")[1], "", "what it said until then")
    await_end(saved, "the client was killed")
    equal([switch["name"] for switch in show("switch")], ["vs0"], "switches")


@test
def interrupted_at_work(_):
    """Ctrl-C undoes what was done so far, with a guard and without one."""
    saved = begin()
    for words in ((), ("--confirm", LONG)):
        status, out, err = signalled_at_work(signal.SIGINT, *words)
        equal((status, out), (REFUSED, ""), f"exit status, and standard output beside {err!r}")
        contains(err, "interrupted", "what it says")
        await_end(saved, "it was interrupted")
        equal([switch["name"] for switch in show("switch")], ["vs0"], "switches")


@test
def one_after_the_other(_):
    """Two at once: the second sees what the first has made, and both succeed."""
    begin()
    texts = many_switches(), many_switches().replace("trunk: 1-9", "trunk: 1-8")
    clients = [start_apply(text) for text in texts]
    for client in clients:
        with client:
            equal((client.wait(60), client.stderr.read()), (0, ""), "exit status")
    saved = configuration()
    equal(any(do("apply", "-f", "-", "--dry-run", text=text) == "nothing to change\n"
              for text in texts), True, "it is what one of them says")
    equal(configuration(), saved, "configuration")


@test
def taps_and_guests_come_and_go(net):
    """What is gone is left out, all else comes back; a guest that was started stays."""
    saved = begin()
    after = AFTER.replace("- {name: new, trunk", "- {name: late}\n  - {name: new, trunk")
    do("apply", "-f", "-", "--confirm", LONG, text=after)
    net.links.delete("n0")
    net.links.add("n9", "dummy")
    do("port", "add", "vs0", "n9", "portgroup", "late", "mac", "02:00:00:00:00:99")
    result = vsctl("confirm", "rollback")
    equal(result.status, 0, f"exit status of the rollback, which says {result.err}")
    for part in ("device n0 is not there", "port group late"):
        contains(result.err, part, "what it says")
    switch, = saved["switches"]
    switch["ports"] = [{"device": "n1", "portgroup": "dev", "mac": "02:00:00:00:00:02"},
                       {"device": "n9", "portgroup": "late", "mac": "02:00:00:00:00:99"}]
    switch["portgroups"].append({"name": "late", "vlan": 0})
    found, = configuration()["switches"]
    for one_of in (switch, found):
        for key in ("ports", "portgroups", "uplinks"):
            one_of[key].sort(key=str)
    equal(found, switch, "configuration")
    net.links.add("n0", "dummy")
    net.links.delete("n9")


@test
def guard_dies_at_work(_):
    """Changes that nobody would put back are not left standing."""
    saved = begin()
    events = api().subscribe("config")
    with start_apply(many_switches(), "--confirm", LONG) as client:
        wait_for(events.take, "the first change")
        os.kill(guard_pid(), signal.SIGKILL)
        out, err = client.stdout.read(), client.stderr.read()
    events.close()
    equal((client.returncode, out), (REFUSED, ""), "exit status and standard output")
    contains(err, "the guard of the changes has ended", "what it says")
    await_end(saved, "the guard had died")


@test
def connection_is_lost(_):
    """The terminal of the whole session is taken away."""
    saved = begin()
    with open("/run/after.yaml", "w", encoding="ascii") as file:
        file.write(AFTER)
    pid, terminal = pty.fork()
    if not pid:
        os.execlp("sh", "sh", "-c", "vsctl apply -f /run/after.yaml --confirm 2; sleep 1000")
    wait_for(is_waiting, "the changes")
    os.close(terminal)
    os.kill(pid, signal.SIGHUP)
    os.waitpid(pid, 0)
    await_end(saved, "the session ended")


@test
def guard_is_told_to_end(_):
    """As a shutdown does, or who cleans up a session: it puts all back first."""
    saved = begin()
    apply_after(LONG)
    os.kill(guard_pid(), signal.SIGTERM)
    await_end(saved, "the guard was told to end")


@test
def each_network_namespace_has_its_own(_):
    begin()
    apply_after(LONG)
    space = Namespace("elsewhere")
    try:
        text = "switches: [{name: vs0, mtu: 3000}]"
        do("-n", "elsewhere", "apply", "-f", "-", "--confirm", LONG, text=text)
        equal(one("-n", "elsewhere", "switch")["mtu"], 3000, "MTU there")
        do("-n", "elsewhere", "confirm", "rollback")
        equal(show("-n", "elsewhere", "switch"), [], "switches there")
        check(is_waiting(), "the guard here does not wait any more")
        do("confirm")
    finally:
        space.delete()


@test
def other_users_are_kept_out(net):
    """They neither confirm nor stop anything; nor do those who connect and say nothing."""
    saved = begin()
    apply_after(LONG)
    for code in (f"socket.socket(1, 5).connect({socket_path()!r})", f"os.listdir({RUN!r})",
                 f"open({RUN!r} + '/lock', 'w')"):
        contains(as_nobody(code).stderr, "PermissionError", code)
    # As many as the backlog takes, of root's own
    silent = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(3)]
    for one_of in silent:
        one_of.connect(socket_path())
    for one_of in silent:
        one_of.close()
    do("confirm", "rollback")
    equal(configuration(), saved, "configuration")
    # What a guard left that died is in nobody's way.
    check(os.path.exists(socket_path()), "a socket without a guard")
    refused(NOT_FOUND, "confirm", says=["no changes wait"])
    os.chmod(RUN, 0o777)
    try:
        net.unchanged(refused, REFUSED, "apply", "-f", "-", text=AFTER, says=[RUN, "0700"])
    finally:
        os.chmod(RUN, 0o700)


@test
def bad_numbers(net):
    begin()
    for seconds in ("0", "-1", "86401", "soon", ""):
        net.unchanged(refused, USAGE, "apply", "-f", "-", "--confirm", seconds, text=AFTER,
                      says=["--confirm"])
    net.unchanged(refused, USAGE, "apply", "-f", "-", "--confirm", text=AFTER,
                  says=["--confirm"])
    if is_waiting():
        fail("a guard waits")


run(Devices)
