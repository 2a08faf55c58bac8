#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --timeout 400
"""10,000 random operations of netlink and rtnetlink, under traffic.

Nothing is asserted of an operation but that it is answered, with success or
with a reason.  Afterwards two ports must still do their work, nothing may be
left, and the module goes: a splat, a leak or a hang fails the run.
"""

import errno
import os
import random
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import frames
import ktap
import lab
from lab import Burst, Lab
from netlink import Refused

OPERATIONS = 10000
NAMES = ["a", "b", "c", "Office 1", "x" * 80]
BAD_NAMES = ["", "y" * 81]
DEVICES = [f"r{number}" for number in range(6)]
VMKNICS = ["vmk0", "vmk1"]
EXPECTED = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EBUSY, errno.EEXIST, errno.EINVAL,
            errno.ENAMETOOLONG, errno.ENODEV, errno.ENOENT, errno.EOPNOTSUPP, errno.ERANGE}


class Chaos:
    """Each method is an operation, with arguments that are often wrong."""

    def __init__(self, bench, seed):
        self.bench = bench
        self.random = random.Random(seed)
        self.answers = {}

    def _mac(self):
        return self.random.choice([frames.mac(self.random.randrange(20), "02:cc:00"),
                                   "01:00:5e:00:00:01", "00:00:00:00:00:00"])

    def _policy(self):
        return self.random.choice(["accept", "reject", "inherit"])

    def _security(self):
        names = ["promiscuous", "mac_changes", "forged_transmits"]
        return {name: self._policy() for name in names if self.random.random() < 0.5}

    def _teaming(self):
        pick = [self.random.randrange(1, 12) for _ in range(self.random.randrange(4))]
        return {"active": pick[:2], "standby": pick[2:]}

    def _vlans(self):
        kind = self.random.randrange(3)
        if kind == 0:
            return {}
        if kind == 1:
            return {"vlan": self.random.choice([0, 10, 20, 4094, 4095, 5000])}
        low = self.random.randrange(4200)
        ranges = [{"first": low, "last": max(0, low + self.random.randrange(-2, 300))} for _ in range(2)]
        return {"trunk": ranges}

    def _port(self):
        attributes = {}
        if self.random.random() < 0.6:
            attributes["portgroup"] = self.random.choice(NAMES + BAD_NAMES)
        if self.random.random() < 0.3:
            attributes["role"] = self.random.choice(["unassigned", "client", "uplink"])
        if self.random.random() < 0.5:
            attributes["mac"] = [self._mac() for _ in range(self.random.randrange(1, 4))]
        if self.random.random() < 0.2:
            attributes["effective_mac"] = self._mac()
        if self.random.random() < 0.3:
            attributes["blocked"] = self.random.randrange(2)
        # ids 1 and 2 are those of the ports that carry traffic
        return {"id": self.random.randrange(3, 14), **attributes}

    def _portgroup(self):
        return {"name": self.random.choice(NAMES + BAD_NAMES), **self._vlans(),
                "security": self._security(), "teaming": self._teaming()}

    def switch_set(self):
        self._do("switch-set", security=self._security(), teaming=self._teaming())

    def portgroup_new(self):
        self._do("portgroup-new", **self._portgroup())

    def portgroup_set(self):
        self._do("portgroup-set", new_name=self.random.choice(NAMES), **self._portgroup())

    def portgroup_del(self):
        self._do("portgroup-del", name=self.random.choice(NAMES))

    def port_set(self):
        self._do("port-set", **self._port())

    def txn(self):
        self._do("txn", switch_set=[{"security": self._security()}],
                 portgroup_new=[self._portgroup()],
                 port_set=[self._port() for _ in range(3)])

    def dump(self):
        for command in ("switch-get", "portgroup-get", "port-get"):
            self.bench.api.dump(command)

    def _do(self, command, **attributes):
        key = "ifindex" if command == "switch-set" else "switch"
        self.bench.api.do(command, **{key: self.bench.switch}, **attributes)

    def join(self):
        self.bench.links.set(self.random.choice(DEVICES), master=self.bench.switch)

    def leave(self):
        self.bench.links.set(self.random.choice(DEVICES), master=0)

    def link(self):
        self.bench.links.set(self.random.choice(DEVICES + VMKNICS),
                             up=self.random.random() < 0.5)

    def mtu(self):
        self.bench.links.set(self.random.choice(DEVICES + VMKNICS + ["vs0"]),
                             mtu=self.random.choice([1280, 1500, 9000]))

    def unplug(self):
        self.bench.links.delete(self.random.choice(DEVICES + VMKNICS))

    def plug(self):
        self.bench.links.add(self.random.choice(DEVICES), "dummy", up=True)

    def vmknic(self):
        self.bench.links.add(self.random.choice(VMKNICS), "vmknic", link=self.bench.switch)

    def vmknic_mac(self):
        self.bench.links.set(self.random.choice(VMKNICS), address=self._mac())

    def step(self, operations):
        try:
            self.random.choice(operations)()
            answer = "ok"
        except Refused as refused:
            ktap.check(refused.error in EXPECTED, f"answered with {refused}")
            answer = errno.errorcode[refused.error]
        except OSError as error:
            # if_nametoindex() of a device that is not there
            answer = errno.errorcode.get(error.errno, "no such device")
        self.answers[answer] = self.answers.get(answer, 0) + 1


@ktap.test
def random_operations(bench):
    bench.portgroup("traffic", vlan=77)
    one, two = bench.client("traffic"), bench.client("traffic")
    bench.prepare()
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    ktap.diag(f"SEED={seed}")
    chaos = Chaos(bench, seed)
    operations = [getattr(chaos, name) for name in dir(Chaos)
                  if callable(getattr(chaos, name)) and not name.startswith("_") and name != "step"]
    operations += [chaos.plug, chaos.join, chaos.join, chaos.port_set]  # so that much is there
    burst = Burst(one, two)
    thread = threading.Thread(target=burst.run)
    thread.start()
    try:
        for _ in range(OPERATIONS):
            chaos.step(operations)
    finally:
        burst.stopping = True
        thread.join()
    ktap.diag(f"{burst.sent} frames meanwhile; answers: {chaos.answers}")
    ktap.check(burst.sent > 0, "no traffic ran")
    bench.links.set("vs0", mtu=9000)
    bench.prepare()
    bench.deliver(one, frames.eth(two.mac, one.mac), to=[two])


@ktap.test
def module_goes(bench):
    """With everything deleted, nothing holds the module."""
    bench.links.delete("vs0")
    lab.close()
    subprocess.run(["rmmod", "vswitch"], check=True, timeout=60)
    with open("/proc/modules", encoding="ascii") as modules:
        ktap.check("vswitch " not in modules.read(), "the module is still there")


ktap.run(Lab)
