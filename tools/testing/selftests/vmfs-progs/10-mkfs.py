#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""mkfs.vmfs: what it makes is VMFS-5 to blkid and to Debian's vmfs-tools."""

import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from ktap import bare, check, contains, equal, run
from vmfs import MIB, image, probe

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}$")


@bare
def blkid_knows_it():
    with vmfs.folder() as top:
        one = image(top / "one.img", 1024 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-L", "my store", one)
        found = probe(one)
        for key in ("UUID", "UUID_SUB"):
            check(UUID.match(found[key]), f"{key} is {found[key]}")
        # a volume of ESXi has these and no others
        equal({key: value for key, value in found.items() if key not in ("UUID", "UUID_SUB")},
              {"DEVNAME": str(one), "TYPE": "VMFS_volume_member", "USAGE": "raid",
               "VERSION": "5"}, "blkid")
        shown = vmfs.run(vmfs.DEBUGVMFS, one, "show")
        for part in ("Label: my store", "Volume Version: 14", "Version: 81", "Block size: 1 MiB",
                     "Subblock size: 8 KiB", "FDC Bitmap count: 64"):
            contains(shown, part, "debugvmfs show")
        vmfs.clean(one)
        vmfs.referees(one, plain=True)


@bare
def files_read_back():
    with vmfs.folder() as top:
        source, one = top / "source", image(top / "one.img", 2048 * MIB)
        source.mkdir()
        vmfs.fill(source)
        vmfs.run("mkfs.vmfs", "-q", "-d", source, one)
        vmfs.clean(one)
        vmfs.referees(one)
        # they read nothing of files of more than 256 GiB
        vmfs.same_files([one], source, without=["large"])
        contains(vmfs.run(vmfs.DEBUGVMFS, one, "ls", "-l", "/"), f" {300 << 30} ", "large file")


@bare
def plain_files_have_no_false_positives():
    with vmfs.folder() as top:
        source, one = vmfs.plain_source(top), image(top / "one.img", 800 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-d", source, one)
        vmfs.clean(one)
        vmfs.referees(one, plain=True)
        vmfs.same_files([one], source)


@bare
def several_extents():
    with vmfs.folder() as top:
        source, extents = vmfs.plain_source(top), vmfs.images(top, 300, 1000, 555)
        vmfs.run("mkfs.vmfs", "-q", "-L", "three", "-d", source, *extents)
        vmfs.clean(*extents)
        vmfs.clean(*reversed(extents))
        vmfs.referees(*extents, plain=True)
        equal(len({probe(path)["UUID"] for path in extents}), 1, "volumes")
        equal(len({probe(path)["UUID_SUB"] for path in extents}), 3, "devices")
        vmfs.same_files(extents, source)
        contains(vmfs.run("fsck.vmfs", "-n", *extents[:2], status=8),
                 "the volume has 3 extents, 2 given", "one is missing")


@bare
def what_is_there_is_not_overwritten():
    with vmfs.folder() as top:
        one, two = image(top / "one.img", 512 * MIB), image(top / "two.img", 512 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-L", "precious", two], check=True)
        before = vmfs.digest(two)
        said = vmfs.run("mkfs.vmfs", one, two, status=1)
        contains(said, f"{two} holds ext4 'precious': use --force to overwrite it", "refusal")
        equal((vmfs.digest(two), vmfs.digest(one)), (before, vmfs.digest(image(top / "0", 4096))),
              "content after the refusal")
        with open(one, "r+b") as file:
            file.seek(446)      # one entry of an MBR: Linux, 64 MiB from 1 MiB on
            file.write(struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, 131072) + bytes(48))
            file.write(b"\x55\xaa")
        contains(vmfs.run("mkfs.vmfs", one, status=1), "holds a partition table (dos)", "refusal")
        contains(vmfs.run("mkfs.vmfs", "-n", "--force", one, two), f"{two}, 256M\n", "sizes")
        equal(vmfs.digest(two), before, "content after a dry run")
        vmfs.run("mkfs.vmfs", "--force", one, two)
        for path in one, two:
            equal(probe(path)["TYPE"], "VMFS_volume_member", "type")
        contains(vmfs.run("mkfs.vmfs", one, status=1), "holds VMFS_volume_member", "refusal")


@bare
def wrong_usage():
    with vmfs.folder() as top:
        small, one = image(top / "small", 272 * MIB), image(top / "one", 300 * MIB)
        for words, says in (([], "no device is named"),
                            ([small], "an extent needs at least 273 MiB"),
                            ([one, one], "is named twice"),
                            ([one, one.parent / "." / ".." / one.parent.name / one.name],
                             "is named twice"),
                            (["-L", "a\nb", one], "a control character (byte 2)"),
                            (["-L", "x" * 128, one], "127 are the limit"),
                            ([top / "none"], "No such file"),
                            ([top], "Is a directory"),
                            (["/dev/null"], "neither a block device nor a regular file")):
            contains(vmfs.run("mkfs.vmfs", *words, status=1), says, f"mkfs.vmfs {words}")


@bare
def largest_volume():
    """64 TiB, on sparse files: seconds, and not much of the files is written."""
    with vmfs.folder() as top:
        extents = [image(top / f"{number}.img", (16 << 40) - (512 * MIB)) for number in range(4)]
        vmfs.run("mkfs.vmfs", "-q", *extents)
        vmfs.clean(*extents)
        used = sum(os.stat(path).st_blocks * 512 for path in extents)
        check(used < 450 * MIB, f"{used} bytes were written")


run()
