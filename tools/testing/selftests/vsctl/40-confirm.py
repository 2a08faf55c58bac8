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
NAME = b"\0vsctl-confirm\0"


def apply_after(seconds):
    return do("apply", "-f", "-", "--confirm", seconds, text=AFTER)


def begin():
    vsctl("confirm")        # of a test that failed
    do("apply", "-f", "-", text=BEFORE)
    return do("save")


def is_waiting():
    return vsctl("confirm", "show").status == 0


def await_end(saved, what):
    """The guard is gone, and everything as it was."""
    wait_for(lambda: not is_waiting(), what)
    equal(do("save"), saved, f"configuration: {what}")
    check("192.0.2.10/24" in one("vmk")["addresses"], "address of the adapter")


def guard_pid():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(NAME)
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return struct.unpack("3i", raw)[0]


@test
def confirmed_in_time(_):
    begin()
    contains(apply_after(LONG), "vsctl confirm", "what apply says")
    after = do("save")
    equal(yaml.safe_load(after)["switches"][0]["mtu"], 2000, "MTU")
    left = show("confirm", "show")["seconds_left"]
    check(3000 < left <= 3600, f"{left} seconds left")
    contains(do("confirm"), "confirmed", "what confirm says")
    refused(NOT_FOUND, "confirm", "show", says=["no changes wait"])
    equal(do("save"), after, "configuration")


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
    equal(do("save"), saved, "configuration")
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
    equal(do("save"), saved, "configuration")


@test
def client_is_killed_at_work(_):
    """SIGKILL as soon as the first of many changes is seen."""
    saved = begin()
    many = yaml.safe_load(AFTER)
    many["switches"][1:] = [{"name": f"vs{n}", "portgroups": [{"name": f"g{n}"}],
                             "vmks": [{"name": f"vmk{n}", "portgroup": f"g{n}"}]}
                            for n in range(1, 20)]
    events = api().subscribe("config")
    with subprocess.Popen(["vsctl", "apply", "-f", "-", "--confirm", "2"], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        client.stdin.write(yaml.safe_dump(many))
        client.stdin.close()
        wait_for(events.take, "the first change")
        client.kill()
        said = client.stdout.read()
    events.close()
    equal(said, "", "what it said until then")
    await_end(saved, "the client was killed")
    equal([switch["name"] for switch in show("switch")], ["vs0"], "switches")


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
def another_user_cannot_stand_in(net):
    """Nor confirm: the guard answers its own user only."""
    begin()
    apply_after(LONG)
    code = "import os, socket; os.setuid(65534); s = socket.socket(1, 5); " \
        f"s.connect({NAME!r}); s.send(b'keep'); print(s.recv(100))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    equal(answer.stdout, b"b''\n", "answer to another user")
    check(is_waiting(), "the guard does not wait any more")
    do("confirm", "rollback")
    code = "import os, socket; os.setuid(65534); s = socket.socket(1, 5); " \
        f"s.bind({NAME!r}); s.listen(8); print(flush=True); os.read(0, 1)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as impostor:
        impostor.stdout.readline()
        net.unchanged(refused, REFUSED, "apply", "-f", "-", "--confirm", "5", text=AFTER,
                      says=["65534", str(impostor.pid)])
        refused(REFUSED, "confirm", says=["65534"])
        impostor.stdin.close()


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
