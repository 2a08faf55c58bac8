#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: debug
# lab:
"""Random messages for the netlink families of vswitch, vmem and tps, made from their
specs: by root, and by root of a user namespace only.  Sizes and numbers are at every
limit and beside it, lists have up to 65,536 elements, and some bytes are wrong.

Nothing is expected of the answers but that they come: the debug kernel judges
(KASAN, lockdep), and the machine tells of its complaints at the end.  The seed is
printed; SEED in the environment repeats a run."""

import ctypes
import os
import random
import socket
import struct
import subprocess
import sys
import time

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, run, test
from netlink import SO_SNDBUFFORCE, Links, Nl, Refused, Socket, attr, ynl
from tree import SPECS

SECONDS = 3600 if os.environ.get("SOAK") else 45
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
WIDTH = {"u8": 1, "u16": 2, "u32": 4, "s32": 4, "u64": 8}
NEWUSER_NEWNET = 0x10000000 | 0x40000000
# Bytes of one attribute's repetitions: more than a socket may send
LONGEST = 8 << 20
COUNTS = (0, 1, 1, 1, 2, 3, 31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 65535, 65536)


class Spec:
    """The requests of a family, by their numbers."""

    def __init__(self, name):
        with open(f"{SPECS}/{name}.yaml", encoding="ascii") as file:
            spec = yaml.load(file, yaml.CSafeLoader)
        self.name = name
        self.sets = {entry["name"]: entry for entry in spec["attribute-sets"]}
        for entry in self.sets.values():
            if "subset-of" in entry:
                whole = {one["name"]: one for one in
                         numbered(self.sets[entry["subset-of"]]["attributes"])}
                entry["attributes"] = [whole[one["name"]] for one in entry["attributes"]]
            else:
                numbered(entry["attributes"])
        consts = [entry["value"] for entry in spec.get("definitions", [])
                  if entry["type"] == "const"]
        self.limits = sorted({edge for value in [0, 1, 4, 16, 256, *consts, 0xffff, 1 << 31,
                                                 0xffffffff] for edge in
                              (value - 1, value, value + 1)})
        operations = spec["operations"]["list"]
        numbered(operations)
        self.requests = [one for one in operations if "do" in one or "dump" in one]


def numbered(entries):
    """Numbers as the kernel has them: one more than the one before."""
    value = 0
    for entry in entries:
        value = entry.setdefault("value", value + 1)
    return entries


class Maker:
    """Makes messages of a family: mostly ones that pass the policy."""

    def __init__(self, spec, rng, known):
        self.spec, self.rng, self.known = spec, rng, known

    def number(self, entry):
        """Something known, a small number, or a limit."""
        name, width = entry["name"], WIDTH[entry["type"]]
        if name in ("switch", "ifindex") and self.rng.random() < 0.9:
            value = self.rng.choice(self.known)
        elif "max" in entry.get("checks", {}) and self.rng.random() < 0.8:
            value = self.rng.randrange(entry["checks"]["max"] + 1)
        elif self.rng.random() < 0.7:
            value = self.rng.randrange(12)
        else:
            value = self.rng.choice(self.spec.limits)
        return (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")

    def payload(self, entry, depth):
        kind = entry["type"]
        if self.rng.random() < 0.01:
            return self.rng.randbytes(self.rng.choice((0, 1, 3, 5, 7, 9, 255, 4096)))
        if kind in WIDTH:
            return self.number(entry)
        if kind == "nest":
            return self.attributes(entry["nested-attributes"], None, depth + 1)
        if kind == "string":
            size = self.rng.choice((1, 1, 1, 1, 15, 16, 79, 80, 81, 255))
            letters = bytes(self.rng.choice(b"abcdegpv\xc3\xa4\n\"") for _ in range(size))
            return self.rng.choice((b"a", b"b", b"vmk0", b"d1", b"late", letters)) + b"\0"
        size = entry.get("checks", {}).get("exact-len", 6)
        return bytes([2, 0, 0, 0, 0, self.rng.randrange(8)])[:size].ljust(size, b"\1")

    def attributes(self, name, wanted, depth=0):
        """Some of the attributes of a set, and now and then one that is none of them."""
        body = bytearray()
        for entry in self.spec.sets[name]["attributes"]:
            must = entry["name"] in ("switch", "ifindex") and not depth
            if entry["type"] == "pad" or (wanted and entry["name"] not in wanted) or \
                    (not must and self.rng.random() < 0.6):
                continue
            count = self.rng.choice(COUNTS) if entry.get("multi-attr") else 1
            if depth or entry["type"] == "nest":
                count = min(count, 300 if entry["type"] != "nest" else 20)
            for _ in range(min(count, 8)):
                body += attr(entry["value"], self.payload(entry, depth), entry["type"] == "nest")
            if count > 8:
                again = attr(entry["value"], self.payload(entry, depth), entry["type"] == "nest")
                body += again * min(count - 8, LONGEST // len(again))
        if self.rng.random() < 0.02:
            body += attr(self.rng.randrange(0x4000), self.rng.randbytes(4))
        return bytes(body if not depth else body[:65000 & ~3])

    def request(self):
        """A command, flags, and a body."""
        one = self.rng.choice(self.spec.requests)
        dump = "dump" in one and ("do" not in one or self.rng.random() < 0.3)
        how = one["dump" if dump else "do"]
        wanted = how.get("request", {}).get("attributes", [])
        body = self.attributes(one["attribute-set"], wanted or ["switch"])
        if body and self.rng.random() < 0.05:
            at = self.rng.randrange(len(body))
            body = body[:at] + self.rng.randbytes(1) + body[at + 1:]
        return one["value"], Nl.NLM_F_DUMP if dump else 0, body


def family_id(name):
    """Number of a family, or None where its module is not there."""
    ynl.genl_family_name_to_id = None
    try:
        return ynl.YnlFamily(f"{SPECS}/{name}.yaml", "").nlproto.family_id
    except Exception:           # pylint: disable=broad-except
        return None


def devices(links):
    """A switch with ports of all kinds, and what could become one."""
    known = [links.add("vs0", "vswitch", up=True)]
    known.append(links.add("vmk0", "vmknic", link=known[0], up=True))
    for number in range(6):
        links.add("d%d" % number, "dummy", up=True)
        if number < 5:
            links.set("d%d" % number, master=known[0])
        known.append(links.index("d%d" % number))
    return known


def bombard(specs, rng, seconds):
    """Messages until the time is over; counts of what was done and refused."""
    links, sock = Links(), Socket(Nl.NETLINK_GENERIC)
    sock.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE if not os.getuid() else
                         socket.SO_SNDBUF, 4 << 20)
    known, done, refused = devices(links), 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name, family = rng.choice(specs)
        number, flags, body = Maker(SPEC[name], rng, known).request()
        try:
            sock.request(family, struct.pack("BBH", number, 1, 0) + body, flags)
            done += 1
        except Refused:
            refused += 1
        except (OSError, UnicodeDecodeError):
            refused += 1        # longer than the socket may send; a text that has our bytes
        if not (done + refused) % 200:
            change_devices(links, rng, known)
    links.delete_group()
    return done, refused


def change_devices(links, rng, known):
    """What rtnetlink can do to ports meanwhile"""
    name = f"d{rng.randrange(6)}"
    try:
        links.set("vmk0", address="02:00:00:00:01:%02x" % rng.randrange(8))
        links.set(name, master=rng.choice((0, known[0])))
        links.delete(name)
        links.add(name, "dummy", up=True)
    except Refused:
        pass


SPEC = {}


def families(names):
    for name in names:
        subprocess.run(["modprobe", name], check=False, capture_output=True)
        SPEC[name] = Spec(name)
    found = [(name, family_id(name)) for name in names]
    return [(name, number) for name, number in found if number]


def in_child(specs, seconds, unshare):
    """bombard() in another process, whose death would be a failure."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            if unshare and ctypes.CDLL(None).unshare(NEWUSER_NEWNET):
                os._exit(2)
            counts = bombard(specs, random.Random(SEED + unshare), seconds)
            os.write(writer, f"{counts[0]} done, {counts[1]} refused".encode())
            os._exit(0)
        except BaseException as error:     # pylint: disable=broad-except
            os.write(writer, repr(error).encode())
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    status = os.waitpid(child, 0)[1]
    diag(f"seed {SEED}: {text}")
    check(not status, f"seed {SEED}: the child ended with {status}: {text}")


@test
def by_root():
    """All families, with all capabilities."""
    in_child(families(["vswitch", "vmem", "tps"]), SECONDS / 2, False)


@test
def in_a_user_namespace():
    """What anybody can send who makes his own network."""
    in_child(families(["vswitch", "vmem", "tps"]), SECONDS / 2, True)


def finish():
    """Whatever the scanner was told to do, it ends."""
    subprocess.run(["modprobe", "-r", "tps", "vmem"], check=False, capture_output=True)


run(finish=finish)
