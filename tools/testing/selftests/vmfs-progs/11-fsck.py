#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""fsck.vmfs: statuses, repairs that Debian's vmfs-tools agree with, hosts in use."""

import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from ktap import bare, check, contains, equal, run
from vmfs import MIB, image

DATA = 17 * MIB
SLOT = DATA + 3 * MIB + 7 * 512     # of a heartbeat
FILE_BLOCK_BITMAP = DATA + 6 * MIB + 0x10000 + 512
IN_USE, FREE = 0xABCDEF02, 0xABCDEF01


def patch(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        before = file.read(len(data))
        file.seek(at)
        file.write(data)
    return before


def filled(top):
    source, one = top / "source", image(top / "one.img", 800 * MIB)
    source.mkdir()
    vmfs.fill_plain(source)
    vmfs.run("mkfs.vmfs", "-q", "-L", "store", "-d", source, one)
    return one


@bare
def statuses():
    with vmfs.folder() as top:
        one = filled(top)
        contains(vmfs.run("fsck.vmfs", "-n", one), "store: VMFS-5, 0 problems", "clean")
        contains(vmfs.run("fsck.vmfs", one, status=16), "no terminal to ask on", "without -n or -y")
        vmfs.run("fsck.vmfs", "-n", status=16)
        vmfs.run("fsck.vmfs", "-x", one, status=16)
        contains(vmfs.run("fsck.vmfs", "-n", image(top / "empty", 300 * MIB), status=8),
                 "holds no VMFS volume", "not a volume")
        before = vmfs.digest(one)
        patch(one, FILE_BLOCK_BITMAP + 8, struct.pack("<I", 5))
        damaged = vmfs.digest(one)
        contains(vmfs.run("fsck.vmfs", "-n", one, status=4), "5 items are free", "damaged")
        equal(vmfs.digest(one), damaged, "content after a check")
        contains(vmfs.run("fsck.vmfs", "-y", one, status=1), "repaired", "repair")
        equal(vmfs.digest(one), before, "content after the repair")


def in_shell(command, top):
    return subprocess.run(["sh", "-c", command], cwd=top, stdin=subprocess.DEVNULL, timeout=120,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode


@bare
def standard_descriptors():
    """No program takes a volume or a disk for its output; what is not printed is no success."""
    with vmfs.folder() as top:
        one = image(top / "one.img", 600 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-L", "store", one)
        patch(one, FILE_BLOCK_BITMAP + 8, struct.pack("<I", 5))
        damaged = vmfs.digest(one)
        for command, status in (("fsck.vmfs -n one.img <&- >&- 2>&-", 4),
                                ("fsck.vmfs -n one.img >&-", 4), ("mkfs.vmfs one.img >&- 2>&-", 1),
                                ("fsck.vmfs -V >/dev/full", 8), ("mkfs.vmfs -V >/dev/full", 1)):
            equal(in_shell(command, top), status, command)
            equal(vmfs.digest(one), damaged, f"content after {command}")
        equal(in_shell("fsck.vmfs -y one.img 2>&- >&-", top), 1, "a repair")
        contains(vmfs.run("fsck.vmfs", "-n", one), "0 problems", "after the repair")
        vmfs.run("vsctl", "disk", "create", top / "a.vmdk", "size", "4M")
        for command in ("zero", "inflate", "show"):
            in_shell(f"vsctl disk {command} a.vmdk <&- >&- 2>&-", top)
            equal((top / "a-flat.vmdk").read_bytes(), bytes(4 * MIB), f"disk after {command}")
        equal(in_shell("vsctl disk show a.vmdk >/dev/full", top), 2, "a full disk")


@bare
def referees_agree():
    """What they find is found, and what was repaired they find no more."""
    with vmfs.folder() as top:
        one = filled(top)
        # blocks that no file has are in use, blocks of files are free
        with open(one, "rb") as file:
            file.seek(FILE_BLOCK_BITMAP + 16)
            bits = bytearray(file.read(25))
        bits[2] |= 0xFF
        bits[24] &= 0x0F
        patch(one, FILE_BLOCK_BITMAP + 16, bytes(bits))
        said = vmfs.run("fsck.vmfs", "-n", one, status=4)
        theirs = vmfs.run(vmfs.FSCK, one)
        lost = theirs.count("is lost")
        unallocated = theirs.count("is used but not allocated")
        check(lost == 4 and unallocated == 8, theirs)
        equal((said.count("and lost"), said.count("marked as free, and in use")),
              (lost, unallocated), "lost and free blocks")
        vmfs.run("fsck.vmfs", "-y", one, status=1)
        vmfs.clean(one)
        vmfs.referees(one, plain=True)
        vmfs.same_files([one], top / "source")


def in_use(top, name):
    """A volume whose free count is wrong, and slot 7 in use by a host."""
    (top / name).mkdir()
    one = image(top / name / "one.img", 300 * MIB)
    vmfs.run("mkfs.vmfs", "-q", one)
    patch(one, SLOT, struct.pack("<I", IN_USE))
    patch(one, SLOT + 0x0C, struct.pack("<QQ", 9, 12345) + bytes(range(16)))
    patch(one, SLOT + 0x36, b"192.0.2.7")
    patch(one, FILE_BLOCK_BITMAP + 8, struct.pack("<I", 5))
    contains(vmfs.run("fsck.vmfs", "-n", one, status=4),
             "heartbeat slot 7 at LV offset 0x300e00: host 03020100-07060504-0908-0a0b0c0d0e0f "
             "(192.0.2.7) uses the volume, or did not close it", "check")
    return one


def repair(one):
    """Begin to; it waits to see whether the host is alive."""
    fsck = subprocess.Popen(["fsck.vmfs", "-y", one], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    contains(fsck.stdout.readline(), "waiting 20 s to see whether it is alive", "output")
    return fsck


@bare
def hosts_dead_and_alive():
    with vmfs.folder() as top:
        dead, alive = in_use(top, "dead"), in_use(top, "alive")
        # a slot that would be repaired, were nobody there
        patch(alive, SLOT - 1024 + 4, bytes(8))
        before = vmfs.digest(alive)
        fsck_dead, fsck_alive = repair(dead), repair(alive)
        patch(alive, SLOT + 0x14, struct.pack("<Q", 54321))
        said = fsck_alive.communicate(timeout=60)
        equal(fsck_alive.returncode, 8, f"exit status; it said {said}")
        contains(said[1], "(192.0.2.7) uses the volume: unmount it there", "refusal")
        patch(alive, SLOT + 0x14, struct.pack("<Q", 12345))
        equal(vmfs.digest(alive), before, "content")
        said = fsck_dead.communicate(timeout=60)
        equal(fsck_dead.returncode, 1, f"exit status; it said {said}")
        contains(said[0], "did not close the volume: repaired", "repair")
        vmfs.clean(dead)
        with open(dead, "rb") as file:
            file.seek(SLOT)
            equal(struct.unpack("<IQQ", file.read(20)), (FREE, 0x300E00, 10), "slot")


run()
