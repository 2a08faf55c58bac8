#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""vmfs.ko reads what mkfs.vmfs and ESXi made."""

import errno
import hashlib
import mmap
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import fails, loops, mounted
from ktap import Skip, bare, check, contains, equal, run
from tree import TOP
from vmfs import MIB

GENUINE = f"{TOP}/../shared/data/vmfs6.bin.gz"
# read by vmfs6-tools
GENUINE_FILES = {
    "file1": (0, "d41d8cd98f00b204e9800998ecf8427e"),
    "file2": (0, "d41d8cd98f00b204e9800998ecf8427e"),
    "file3": (0, "d41d8cd98f00b204e9800998ecf8427e"),
    "file4": (8, "f75b8179e4bbe7e2b4a074dcef62de95"),
    "file5": (8193, "89d6adcb17e106096d08d864ae861131"),
    "symlink": (8, "f75b8179e4bbe7e2b4a074dcef62de95"),
}


@bare
def genuine_vmfs6_volume():
    if not os.path.exists(GENUINE):
        raise Skip("the genuine VMFS-6 volume is not beside the project (../shared/data)")
    with vmfs.folder() as top:
        with subprocess.Popen(["gzip", "-dc", GENUINE], stdout=subprocess.PIPE) as packed:
            subprocess.run(["cp", "--sparse=always", "/dev/stdin", top / "6.img"], check=True,
                           stdin=packed.stdout)
        with loops(top / "6.img") as devices, mounted(devices) as path:
            equal(sorted(os.listdir(path)),
                  [".fbb.sf", ".fdc.sf", ".jbc.sf", ".pb2.sf", ".pbc.sf", ".sbc.sf", ".sdd.sf",
                   ".vh.sf", "directory"], "root")
            equal(sorted(os.listdir(path / "directory")), sorted(GENUINE_FILES), "directory")
            equal(os.readlink(path / "directory/symlink"), "file4", "symbolic link")
            for name, (size, digest) in GENUINE_FILES.items():
                data = (path / "directory" / name).read_bytes()
                equal((len(data), hashlib.md5(data).hexdigest()), (size, digest), name)
            data = datastore.read_direct(path / "directory/file5", 0, 12288)
            equal(hashlib.md5(data).hexdigest(), GENUINE_FILES["file5"][1], "direct read")
            fails(errno.ENOENT, os.stat, path / "directory/none")
            # a writable mount of VMFS-6 becomes read-only
            fails(errno.EROFS, os.mkdir, path / "new")
            with open(path / ".vh.sf", "rb") as file:
                equal(file.read(4 * MIB)[2 * MIB:2 * MIB + 4].hex(), "5ef1ab2f", "magic")
        with loops(top / "6.img") as devices:
            vmfs.run("losetup", "--sector-size", "4096", devices[0])
            with mounted(devices) as path:
                equal(sorted(os.listdir(path / "directory")), sorted(GENUINE_FILES), "4 KiB")


def made(top, fill, *sizes):
    """A volume of mkfs.vmfs: its images, and where its files came from."""
    source = top / "source"
    source.mkdir()
    fill(source)
    images = [vmfs.image(top / f"{number}.img", size * MIB) for number, size in enumerate(sizes)]
    vmfs.run("mkfs.vmfs", "-q", "-d", source, *images)
    return source, images


@bare
def every_kind_of_file():
    with vmfs.folder() as top:
        source, images = made(top, vmfs.fill, 2048)
        with loops(*images) as devices, mounted(devices, "ro") as path:
            equal(vmfs.tree(path, vmfs.SYSTEM_FILES), vmfs.tree(source), "tree")
            for name in "resident", "sub", "sub-full", "block", "a/blocks":
                data = (source / name).read_bytes()
                equal(datastore.read_direct(path / name, 0, -(-len(data) // 4096) * 4096), data,
                      f"direct read of {name}")
                with open(path / name, "rb") as file:
                    with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as view:
                        equal(view[:], data, f"mmap of {name}")
            fails(errno.EROFS, os.unlink, path / "sub")
            fails(errno.ENOENT, os.stat, path / "none")
            fails(errno.ENAMETOOLONG, os.stat, path / ("n" * 128))


@bare
def holes():
    with vmfs.folder() as top:
        _, images = made(top, vmfs.fill, 2048)
        with loops(*images) as devices, mounted(devices, "ro") as path:
            with open(path / "holes", "rb") as file:
                fd = file.fileno()
                equal(os.lseek(fd, 0, os.SEEK_HOLE), MIB, "first hole")
                equal(os.lseek(fd, MIB, os.SEEK_DATA), 200 * MIB, "data behind it")
                equal(os.lseek(fd, 200 * MIB, os.SEEK_HOLE), 201 * MIB, "second hole")
            with open(path / "large", "rb") as file:
                equal(os.lseek(file.fileno(), MIB, os.SEEK_DATA), 299 << 30,
                      "data behind pointer blocks of pointer blocks")
            equal(os.stat(path / "holes").st_blocks, 3 * 2048, "allocated sectors")


def fill_small(path):
    vmfs.fill_plain(path)
    (path / "pointers").unlink()


@bare
def several_extents():
    with vmfs.folder() as top:
        source, images = made(top, fill_small, 300, 1000, 555)
        for order in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
            with loops(*(images[number] for number in order)) as devices, \
                 mounted(devices, "ro") as path:
                equal(vmfs.tree(path, vmfs.SYSTEM_FILES), vmfs.tree(source), f"tree, {order}")
                with open("/proc/mounts", encoding="utf-8") as mounts:
                    contains(mounts.read(), f"extent={devices[1]}", "/proc/mounts")
        contains(datastore.refused(images[0]), "has 3 extents, 1 were given", "extents missing")
        other = vmfs.image(top / "other.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", other)
        with loops(other) as devices:
            contains(datastore.refused(images[0], f"extent={devices[0]}"),
                     "is an extent of another volume", "an extent of another volume")


@bare
def wrong_mounts():
    with vmfs.folder() as top:
        image = vmfs.image(top / "0.img", 300 * MIB)
        contains(datastore.refused(image), "no LVM header", "no volume")
        vmfs.run("mkfs.vmfs", "-q", image)
        contains(datastore.refused(image, "lock=ats"), "lock=ats is not known", "lock")
        contains(datastore.refused(image, "extent=/dev/none"), "/dev/none cannot be opened",
                 "extent")
        contains(datastore.refused(image, "colour=red"), "colour", "option")
        with open(image, "r+b") as file:
            file.seek(0x1100000 + 0x200000)
            file.write(b"\0")
        contains(datastore.refused(image), "no VMFS file system", "no file system")


@bare
def space():
    with vmfs.folder() as top:
        _, images = made(top, fill_small, 800)
        with loops(*images) as devices:
            with mounted(devices, "ro") as path:
                read_only = os.statvfs(path)
            with mounted(devices) as path:
                equal(os.statvfs(path).f_bfree, read_only.f_bfree - 1, "the journal has a block")
            equal(read_only.f_frsize, MIB, "block size")
            check(0 < read_only.f_bfree < read_only.f_blocks, f"free blocks: {read_only}")


run()
