# SPDX-License-Identifier: GPL-2.0
"""A switch with ports whose far ends the test holds, and exact deliveries.

    far namespace              |  namespace of the switch
    Port.wire on "cN" --veth---|--- "pN", a port of vs0

How a test knows that a frame was NOT delivered, without waiting for it: the
test and all of its frames stay on one CPU, where the kernel handles frames in
the order in which they came.  A sentinel, sent after the frame through a
switch of its own with the same number of hops, arrives after everything that
the frame gave rise to.  What a port has not received by then, it never will.
Frames that must arrive are looked for at the same moment, without waiting
either: if the order did not hold, every positive case would fail.
"""

import errno
import os
import select
import socket
import threading
import time

import frames
import ktap
from net import Namespace, Wire, quiet_defaults
from netlink import Links, Refused, Vswitch

CASTS = ("unicast", "multicast", "broadcast")


def stay_on_cpu(cpu):
    """Keep the calling thread on a CPU, where there are so many."""
    os.sched_setaffinity(0, {cpu % os.cpu_count()})


class Port:
    """A port of a switch: device, id, and the far end of its veth."""

    def __init__(self, lab, name, far, mac=None):
        self.lab = lab
        self.name = name
        self.far = far
        self.mac = mac
        self.ifindex = socket.if_nametoindex(name)
        self.id = lab.api.do("port-get", switch=lab.switch, ifindex=self.ifindex)["id"]
        self.wire = lab.far.enter(Wire, far)

    def __repr__(self):
        return self.name

    def get(self):
        return self.lab.api.do("port-get", switch=self.lab.switch, ifindex=self.ifindex)

    def set(self, **attributes):
        """port-set, of this port."""
        self.lab.api.do("port-set", switch=self.lab.switch, ifindex=self.ifindex, **attributes)

    def close(self):
        self.wire.close()


class _Shared:
    """What all tests of a file use: namespace, netlink, sentinel."""

    instance = None
    tried = False

    def __init__(self):
        stay_on_cpu(0)
        quiet_defaults()
        self.links = Links()
        self.links.group += 1                           # outlives the tests
        self.links.add("vsq", "vswitch", up=True)      # loads the module
        self.api = Vswitch()
        self.far = Namespace("far")
        self.sentinel = self._sentinel()
        self.of_test = Links()

    def _sentinel(self):
        index = socket.if_nametoindex("vsq")
        self.api.do("portgroup-new", switch=index, name="sentinel")
        macs = ["02:5e:00:00:00:01", "02:5e:00:00:00:02"]
        wires = []
        for number, mac in enumerate(macs):
            near, far = f"q{number}", f"qf{number}"
            self.links.add_veth(near, far, self.far.fd)
            self.links.set(near, master=index)
            self.far.links.set(far, up=True)
            self.links.set(near, up=True)
            ifindex = socket.if_nametoindex(near)
            self.api.do("port-set", switch=index, ifindex=ifindex,
                        portgroup="sentinel", mac=[mac])
            wires.append(self.far.enter(Wire, far))
            ktap.wait_for(lambda i=ifindex: self.api.do("port-get", switch=index,
                                                            ifindex=i)["link"],
                          "link of a sentinel port")
        self.frame = lambda: frames.eth(macs[1], macs[0], ethertype=frames.ETH_SENTINEL)
        return wires

    def settle(self):
        frame = self.frame()
        self.sentinel[0].send(frame)
        while True:
            got = self.sentinel[1].receive()
            if got is None:
                ktap.fail("the sentinel did not arrive")
            if got == frame:
                return

    def close(self):
        self.links.delete_group()
        self.far.delete()
        self.links.close()
        self.of_test.close()


def shared():
    if _Shared.instance is None:
        ktap.check(not _Shared.tried, "what all tests share could not be made (see above)")
        _Shared.tried = True
        _Shared.instance = _Shared()
    return _Shared.instance


class Lab:
    """One switch, vs0, with ports; all of it is deleted at the end of a test."""

    def __init__(self, switch_mtu=None):
        base = shared()
        self.api, self.links, self.far, self.settle = base.api, base.of_test, base.far, base.settle
        self.ports = []
        self.namespaces = []
        self.numbers = iter(range(1, 4096))
        self.links.add("vs0", "vswitch", mtu=switch_mtu, up=True)
        self.switch = socket.if_nametoindex("vs0")
        self.before = {}
        self.fresh = False
        self.set_switch(teaming={}, up_delay=0, security={"mac-source": "agent"})

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for port in self.ports:
            port.close()
        self.links.delete_group()
        for namespace in self.namespaces:
            namespace.delete()

    # Building

    # Teaming that is not said otherwise: one uplink, and silence on it
    TEAMING = {"policy": "explicit", "notify-switches": 0}

    def set_switch(self, **attributes):
        if "teaming" not in attributes:
            self.api.do("switch-set", ifindex=self.switch, **attributes)
            return
        attributes["teaming"] = {**self.TEAMING, **attributes["teaming"]}
        self.api.do("txn", switch=self.switch, switch_set=[{"teaming": {}}, attributes])

    def namespace(self, name):
        """Another namespace, for this test."""
        self.namespaces.append(Namespace(name))
        return self.namespaces[-1]

    def portgroup(self, name, vlan=None, trunk=None, **attributes):
        """A port group; trunk is a list of VLAN ids and (first, last) pairs."""
        if vlan is not None:
            attributes["vlan"] = vlan
        if trunk is not None:
            attributes["trunk"] = trunk_ranges(trunk)
        self.api.do("portgroup-new", switch=self.switch, name=name, **attributes)
        return name

    def set_portgroup(self, name, **attributes):
        """A teaming replaces the one before."""
        changes = [{"name": name, **attributes}]
        if "teaming" in attributes:
            changes.insert(0, {"name": name, "teaming": {}})
        self.api.do("txn", switch=self.switch, portgroup_set=changes)

    def plain_port(self, mtu=None):
        """A device that joined, unassigned."""
        number = next(self.numbers)
        name, far = f"p{number}", f"c{number}"
        self.links.add_veth(name, far, self.far.fd, mtu=mtu)
        self.links.set(name, master=self.switch)
        self.far.links.set(far, up=True, arp=False)
        self.links.set(name, up=True, arp=False)
        port = Port(self, name, far, frames.mac(number))
        self.ports.append(port)
        self.fresh = False
        return port

    def client(self, portgroup, mac=True, mtu=None):
        """A port in a port group, with its address unless mac is False."""
        port = self.plain_port(mtu)
        attributes = {"portgroup": portgroup}
        if mac:
            port.mac = port.mac if mac is True else mac
            attributes["mac"] = [port.mac]
        port.set(**attributes)
        return port

    def uplink(self, mtu=None):
        port = self.plain_port(mtu)
        port.set(role="uplink")
        port.mac = frames.mac(port.id, "02:aa:00")     # of a host behind it
        return port

    def link(self, port, up):
        """Take the carrier of a port's device away, or give it back."""
        self.far.links.set(port.far, up=up)
        self.await_link(port, up)

    def await_link(self, port, up):
        ktap.wait_for(lambda: port.get()["link"] == up, f"link of {port} to be {up}")

    # Refusals

    def everything(self):
        """All objects of all switches, as dumped, without the counters."""
        ports = self.api.dump("port-get")
        for port in ports:
            del port["stats"]
        return ports, *(self.api.dump(f"{kind}-get")
                        for kind in ("switch", "portgroup", "pvlan", "mirror"))

    def refused(self, error, says, call, /, *args, **kwargs):
        """The call fails with this errno, its text says all of these, and
        nothing changes."""
        before = self.everything()
        try:
            call(*args, **kwargs)
        except Refused as refusal:
            ktap.equal(errno.errorcode[refusal.error], errno.errorcode[error],
                       f"errno (extack {refusal.extack})")
            for part in says:
                ktap.contains(refusal.text, part, "extack")
            ktap.equal(self.everything(), before, "configuration after the refusal")
        else:
            ktap.fail("was accepted")

    # Deliveries

    def counters(self):
        """{port name: {counter: value}}, drops under "drop REASON"; no zeros."""
        result = {}
        for entry in self.api.dump("port-get", switch=self.switch):
            result[entry["name"]] = flat_stats(entry["stats"])
        return result

    def prepare(self):
        """Links are up, and nothing old is in the way."""
        for port in self.ports:
            if not self.fresh:
                self.await_link(port, 1)
        self.fresh = True
        self.settle()
        for port in self.ports:
            port.wire.take_all()
        self.before = self.counters()

    def deliver(self, sender, frame, to=(), drop=None, note=""):
        """Send a frame; exactly these must get it, and count it, and no others.

        to: ports that get the frame as it is, or {port: the frame it gets}
        drop: {port: reason} of what is counted as dropped
        """
        if not self.fresh:
            self.prepare()
        expected = dict(to) if isinstance(to, dict) else {port: frame for port in to}
        sender.wire.send(frame)
        self.settle()
        got = {port: port.wire.take_all() for port in self.ports}
        after = self.counters()
        self._compare_frames(sender, frame, expected, got, note)
        self._compare_counters(sender, frame, expected, drop or {}, after, note)

    def _compare_frames(self, sender, frame, expected, got, note):
        ktap.looked()
        wrong = []
        for port in self.ports:
            wanted = expected.get(port)
            wanted = [] if wanted is None else wanted if isinstance(wanted, list) else [wanted]
            if got[port] != wanted:
                wrong.append(f"{port} expected:{_listed(wanted)}\n{port} got:{_listed(got[port])}")
        if wrong:
            self.before = self.counters()
            ktap.fail(f"{note} {sender} sent {frames.describe(frame)}\n" + "\n".join(wrong))

    def _compare_counters(self, sender, frame, expected, drop, after, note):
        wanted = {port.name: {} for port in self.ports}
        _count(wanted[sender.name], "in", frame, counted_length(frame))
        for port, one in expected.items():
            for copy in one if isinstance(one, list) else [one]:
                _count(wanted[port.name], "out", copy, counted_length(frame, "out"))
        for port, reason in drop.items():
            wanted[port.name][f"drop {reason}"] = 1
        before, self.before = self.before, after
        got = {port.name: difference(before.get(port.name, {}), after.get(port.name, {}))
               for port in self.ports}
        if got != wanted:
            wrong = [f"{name}: expected {wanted[name]}\n{name}:      got {got[name]}"
                     for name in wanted if got[name] != wanted[name]]
            ktap.fail(f"{note} counters of {sender} sending {frames.describe(frame)}\n" +
                      "\n".join(wrong))


def trunk_ranges(trunk):
    pairs = [entry if isinstance(entry, tuple) else (entry, entry) for entry in trunk]
    return [{"first": first, "last": last} for first, last in pairs]


def flat_stats(stats):
    result = {name: value for name, value in stats.items() if name != "drop" and value}
    for drop in stats.get("drop", []):
        if drop["packets"]:
            result[f"drop {drop['reason']}"] = drop["packets"]
    return result


def difference(before, after):
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
    return {name: change for name, change in changes.items() if change}


def cast_of(frame):
    if frame[:6] == b"\xff" * 6:
        return "broadcast"
    return "multicast" if frame[0] & 1 else "unicast"


def counted_length(frame, direction="in"):
    """Counters count no VLAN tag; one after another is payload.  A service tag is taken
    off by the device that receives it, and is payload from there on."""
    tags = (b"\x81\x00", b"\x88\xa8") if direction == "in" else (b"\x81\x00",)
    return len(frame) - (4 if frame[12:14] in tags else 0)


def _count(counters, direction, frame, length):
    name = f"{direction}-{cast_of(frame)}"
    counters[f"{name}-packets"] = counters.get(f"{name}-packets", 0) + 1
    counters[f"{name}-bytes"] = counters.get(f"{name}-bytes", 0) + length


def _listed(some):
    return " nothing" if not some else "".join(f"\n  {frames.describe(frame)}" for frame in some)


def close():
    """After the last test: remove what tests share."""
    if _Shared.instance:
        _Shared.instance.close()
        _Shared.instance = None
        _Shared.tried = False


class Flood(threading.Thread):
    """Sends frames from ports again and again, from the other CPU, whatever
    becomes of them: traffic while devices come and go.  Used as a context."""

    def __init__(self, ports, make_frames):
        super().__init__(daemon=True)
        self.jobs = [(port, frame) for port in ports for frame in make_frames(port)]
        self.stopping = False
        self.count = 0

    def run(self):
        stay_on_cpu(1)
        while not self.stopping:
            for port, frame in self.jobs:
                try:
                    port.wire.send(frame)
                    self.count += 1
                except OSError:
                    time.sleep(0.001)       # its device is down or gone

    def __enter__(self):
        self.start()
        ktap.wait_for(lambda: self.count > 10, "traffic to flow")
        return self

    def __exit__(self, *unused):
        self.stopping = True
        self.join(60)
        ktap.diag(f"{self.count} frames sent meanwhile")


class Burst(threading.Thread):
    """Sends frames and takes them in again, in bursts, from the other CPU;
    sent and received tell whether any was lost.  Used as a context."""

    def __init__(self, sender, receiver, size=16):
        super().__init__(daemon=True)
        self.sender, self.receiver, self.size = sender, receiver, size
        self.sent = self.received = 0
        self.stopping = False

    def run(self):
        stay_on_cpu(1)
        while not self.stopping:
            for _ in range(self.size):
                self.sender.wire.send(frames.eth(self.receiver.mac, self.sender.mac))
            self.sent += self.size
            if not self._collect():
                return

    def __enter__(self):
        self.start()
        ktap.wait_for(lambda: self.received > self.size, "traffic to flow")
        return self

    def __exit__(self, *unused):
        self.stopping = True
        self.join(60)
        ktap.diag(f"{self.sent} frames sent meanwhile")

    def _collect(self):
        """All frames of the burst; False when some do not come in 20 s."""
        while self.received < self.sent:
            if self.receiver.wire.take() is not None:
                self.received += 1
            elif not select.select([self.receiver.wire.sock], [], [], 20)[0]:
                return False
        return True
