# SPDX-License-Identifier: GPL-2.0
"""Run vsctl, and a fixture of a few devices for it."""

import collections
import json
import os
import select
import subprocess
import time

import ktap
from net import quiet_defaults
from netlink import Links, Vswitch

DONE, USAGE, REFUSED, NOT_FOUND = range(4)
OBJECTS = ("portgroup", "port", "pvlan", "mirror")

Result = collections.namedtuple("Result", "status out err")


def vsctl(*words, text=None):
    """Run it: (exit status, standard output, standard error)."""
    done = subprocess.run(["vsctl", *words], input=text, capture_output=True, text=True,
                          check=False, timeout=60)
    return Result(done.returncode, done.stdout, done.stderr)


def do(*words, text=None):
    """Run it; it must succeed and not complain.  Its output."""
    result = vsctl(*words, text=text)
    ktap.equal((result.status, result.err), (DONE, ""), f"vsctl {' '.join(words)}")
    return result.out


def show(*words):
    """Run it with -j: what it prints, decoded."""
    return json.loads(do("-j", *words))


def one(*words):
    """As show(), where it must be a list of one."""
    found = show(*words)
    ktap.equal(len(found), 1, f"number of objects of vsctl -j {' '.join(words)}")
    return found[0]


def refused(status, *words, says=(), text=None):
    """Run it; it must fail with this status and say these on standard error."""
    result = vsctl(*words, text=text)
    ktap.equal(result.status, status,
               f"exit status of vsctl {' '.join(words)}, which says {result.err!r}")
    for part in says:
        ktap.contains(result.err, part, f"what vsctl {' '.join(words)} says")
    ktap.equal(result.out, "", f"standard output of vsctl {' '.join(words)}")


class Devices:
    """Devices n0, n1, ... to make ports of; all is removed at the end."""

    def __init__(self, count=5):
        quiet_defaults()
        self.links = Links()
        self.links.delete_group()
        for number in range(count):
            self.links.add(f"n{number}", "dummy")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for switch in show("switch"):
            self.links.delete(switch["name"])
        self.links.delete_group()
        self.links.close()

    def state(self):
        """All that the kernel knows of switches and addresses, no counters."""
        switches = show("switch")
        for switch in switches:
            del switch["generation"]    # what was undone counts too
        addresses = json.loads(subprocess.run(["ip", "-j", "address"], check=True,
                                              capture_output=True, text=True).stdout)
        return [switches, addresses] + [show(word) for word in OBJECTS]

    def unchanged(self, call, *args, **kwargs):
        """Nothing of it is different after this call."""
        before = self.state()
        call(*args, **kwargs)
        ktap.equal(self.state(), before, f"state after {args}")


class Monitor:
    """vsctl -j monitor, running; there must be a switch vs0."""

    def __init__(self, *words):
        self.process = subprocess.Popen(["vsctl", *words, "monitor"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.text = b""
        # Make events until it tells of one: it listens then.
        while not select.select([self.process.stdout], [], [], 0)[0]:
            do("portgroup", "add", "vs0", "ready?")
            do("portgroup", "del", "vs0", "ready?")

    def lines(self, enough, seconds=20):
        """The lines so far, as soon as enough(lines) is true."""
        ktap.looked()
        deadline = time.monotonic() + seconds
        while True:
            lines = self.text.decode().split("\n")[:-1]
            lines = [line for line in lines if "ready?" not in line]
            if enough(lines):
                return lines
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                ktap.fail(f"the monitor did not print what was expected; it printed: {lines}")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                ktap.fail(f"the monitor ended: {self.process.stderr.read()}")
            self.text += data

    def close(self):
        self.process.kill()
        self.process.communicate()


def api():
    """A netlink client beside vsctl."""
    return Vswitch()
