#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""The devices of a volume: several extents are one."""

import errno
import fcntl
import mmap
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import fails, loops, mounted
from ktap import bare, check, contains, equal, fail, run
from vmfs import MIB

FITRIM = 0xc0185879
PE = 256        # blocks of an extent
DATA = 17 * MIB     # where they begin on its device


def block(tag, number):
    """Content of a block that says whose it is, in each of its sectors."""
    return struct.pack("<8sQ", tag, number).ljust(512, b"\xa5") * (MIB // 512)


def places(file):
    """{block of the file: block of the volume}"""
    os.fsync(file.fileno())
    return {logical // MIB + i: physical // MIB + i
            for logical, physical, length, _ in datastore.extents(file.fileno(), 600)
            for i in range(length // MIB)}


def on_disk(images, place):
    """The block of the volume, past the file system."""
    extent, number = divmod(place, PE)
    with open(images[extent], "rb") as file:
        return os.pread(file.fileno(), MIB, DATA + number * MIB)


def fill(file):
    """Let a file have all blocks that are free."""
    size, step = 0, 64
    while step:
        try:
            datastore.fallocate(file.fileno(), 0, size * MIB, step * MIB)
            size += step
        except OSError as error:
            equal(error.errno, errno.ENOSPC, "why no more is to be had")
            step //= 2
    os.fsync(file.fileno())


def free_pair(file, order):
    """Let only two blocks of the volume be free, k and m, on different extents, where m begins
    at the sector where k + 1 does.  (k, block of the file at k + 1, blocks freed)"""
    where = {place: number for number, place in places(file).items()}
    for k, number in sorted(where.items()):
        m = k + 1 + PE * order
        if (k < PE) == (order == 1) and k + 1 in where and m in where:
            break
    else:
        fail("no such blocks")
    for freed in number, where[m]:
        datastore.fallocate(file.fileno(), datastore.PUNCH, freed * MIB, MIB)
    os.fsync(file.fileno())
    return k, where[k + 1], (number, where[m])


def place_pair(path, k, m):
    """A file of two blocks, k and m of the volume: the one that is not wanted yet is taken by
    another file meanwhile."""
    with open(path / "decoy", "w+b") as decoy, open(path / "pair", "w+b") as file:
        os.pwrite(decoy.fileno(), block(b"decoy", 0), 0)
        first = 0 if places(decoy) == {0: m} else 1
        os.pwrite(file.fileno(), block(b"pair", first), first * MIB)
        os.fsync(file.fileno())
        os.ftruncate(decoy.fileno(), 0)
        os.fsync(decoy.fileno())
        os.pwrite(file.fileno(), block(b"pair", 1 - first), (1 - first) * MIB)
        equal(places(file), {0: k, 1: m}, "blocks of the file")


def across(path, how):
    """Write 128 KiB on both sides of the end of the first block, as one."""
    new = bytes(range(256)) * (256 << 10 >> 8)
    start = MIB - (128 << 10)
    if how == "direct":
        datastore.write_direct(path, start, new)
    with open(path, "r+b") as file:
        if how == "buffered":
            os.pwrite(file.fileno(), new, start)
        elif how == "mapped":
            with mmap.mmap(file.fileno(), 2 * MIB) as view:
                view[start:start + len(new)] = new
                view.flush()
        os.fsync(file.fileno())
    return (block(b"pair", 0) + block(b"pair", 1))[:start] + new + \
        block(b"pair", 1)[len(new) // 2:]


def reads_as(path, want, what):
    datastore.drop_caches()
    with open(path, "rb") as file:
        check(file.read() == want, f"{what}: read()")
        datastore.drop_caches()
        with mmap.mmap(file.fileno(), 2 * MIB, prot=mmap.PROT_READ) as view:
            check(view[:] == want, f"{what}: mmap()")
    check(datastore.read_direct(path, 0, 2 * MIB) == want, f"{what}: O_DIRECT")


@bare
def another_device():
    """Blocks on two devices that follow each other by sector are not one."""
    with vmfs.folder() as top:
        images = vmfs.images(top, 300, 300)
        vmfs.run("mkfs.vmfs", "-q", *images)
        with loops(*images) as devices, mounted(devices) as path:
            for order in 1, -1:
                with open(path / "full", "w+b") as full:
                    fill(full)
                    k, number, _ = free_pair(full, order)
                    neighbour = block(b"full", number)
                    os.pwrite(full.fileno(), neighbour, number * MIB)
                    equal(places(full)[number], k + 1, "place of the neighbour")
                    check(on_disk(images, k + 1) == neighbour, "the neighbour is elsewhere")
                    for how in "buffered", "direct", "mapped":
                        place_pair(path, k, k + 1 + PE * order)
                        pair = block(b"pair", 0) + block(b"pair", 1)
                        reads_as(path / "pair", pair, "at first")
                        reads_as(path / "pair", across(path / "pair", how), f"{how}, {order}")
                        check(on_disk(images, k + 1) == neighbour,
                              f"{how}, {order}: the block of another file was overwritten")
                        os.unlink(path / "pair")
                        os.unlink(path / "decoy")
                        os.sync()
                os.unlink(path / "full")
                os.sync()
        vmfs.clean(*images)


def refused(device, *options):
    """A mount that must fail: what the kernel says of it."""
    subprocess.run(["dmesg", "--clear"], check=True)
    said = subprocess.run([*datastore.mount_words([device], options), "/mnt"],
                          capture_output=True, text=True, check=False)
    check(said.returncode, f"{device} was mounted")
    return subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout


@bare
def another_path():
    """A volume is mounted once: not from a second path, nor from a copy beside it."""
    with vmfs.folder() as top:
        (image,) = vmfs.images(top, 300)
        copy = top / "copy.img"
        vmfs.run("mkfs.vmfs", "-q", image)
        subprocess.run(["cp", image, copy], check=True)
        with loops(image, image, copy) as devices:
            with mounted(devices[:1]) as path:
                (path / "file").write_bytes(b"content")
                os.sync()
                for other in devices[1:]:
                    for options in (), ("ro",):
                        said = refused(other, *options)
                        for device in devices[0], other:
                            contains(said, device.removeprefix("/dev/"), f"{other} {options}")
                        contains(said, "the same volume is mounted", f"{other} {options}")
                equal((path / "file").read_bytes(), b"content", "content")
            with mounted(devices[2:]) as path:
                equal((path / "file").exists(), False, "the copy is another one")
        vmfs.clean(image)


@bare
def other_devices():
    """A disk instead of its partition; sectors of 4 KiB."""
    with vmfs.folder() as top:
        disk, image = vmfs.images(top, 64, 300)
        with open(disk, "r+b") as file:
            file.seek(446 + 16 + 4)
            file.write(b"\xfb")
            file.seek(510)
            file.write(b"\x55\xaa")
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(disk) as devices:
            contains(refused(devices[0]), "partition 2 is one", "a disk")
        with loops(image) as devices:
            vmfs.run("losetup", "--sector-size", "4096", devices[0])
            contains(refused(devices[0]), "has sectors of 4096 bytes; VMFS-5 needs 512", "sectors")


def trim(path, start, length):
    """Bytes that FITRIM says were discarded"""
    fd = os.open(path, os.O_RDONLY)
    try:
        said = fcntl.ioctl(fd, FITRIM, struct.pack("<QQQ", start, length, 0))
    finally:
        os.close(fd)
    return struct.unpack("<QQQ", said)[1]


def used(images):
    os.sync()
    return [os.stat(image).st_blocks * 512 // MIB for image in images]


@bare
def discarded():
    """FITRIM on all extents, of what is asked for; -o discard without being asked."""
    with vmfs.folder() as top:
        images, data = vmfs.images(top, 300, 300), 16 * block(b"file", 0)
        vmfs.run("mkfs.vmfs", "-q", *images)
        with loops(*images) as devices:
            for option in "nodiscard", "discard":
                with mounted(devices, option) as path:
                    with open(path / "file", "wb") as file:
                        for number in range(25):
                            datastore.write_direct(path / "file", number * len(data), data)
                        os.fsync(file.fileno())
                    before = used(images)
                    os.unlink(path / "file")
                    os.sync()
                    if option == "nodiscard":
                        equal(used(images), before, "before FITRIM")
                        for length in 0, 1, MIB - 1:
                            fails(errno.EINVAL, trim, path, 0, length)
                        equal(trim(path, 1, MIB), 0, "a range without a whole block")
                        equal(used(images), before, "too small ranges")
                        free = os.statvfs(path).f_bfree
                        equal(trim(path, 0, 1 << 63) // MIB, free, "MiB discarded")
                    after = used(images)
                    check(before[0] - after[0] > 100 and before[1] - after[1] > 100,
                          f"{option}: MiB used before {before}, after {after}")
        vmfs.clean(*images)


def flushes(devices):
    """How often each device's cache was flushed"""
    found = []
    for device in devices:
        with open(f"/sys/block/{device.removeprefix('/dev/')}/stat", encoding="ascii") as file:
            found.append(int(file.read().split()[15]))
    return found


@bare
def flushed():
    """What is to be durable is flushed on all extents, with a transaction and without."""
    with vmfs.folder() as top:
        images = vmfs.images(top, 300, 300)
        vmfs.run("mkfs.vmfs", "-q", *images)
        with loops(*images) as devices, mounted(devices) as path:
            with open(path / "file", "w+b") as file:
                for what in "a transaction", "none":
                    os.pwrite(file.fileno(), block(b"file", 1), 0)
                    before = flushes(devices)
                    os.fsync(file.fileno())
                    after = flushes(devices)
                    check(all(x < y for x, y in zip(before, after)),
                          f"flushes with {what}: {before}, then {after}")
        vmfs.clean(*images)


run()
