#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""What is on the device where a file has nothing, old content of others, is never seen: not
past the end that a crash or another driver left, and not in blocks that are written in part."""

import ctypes
import mmap
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import PUNCH, extents, loops, mounted
from ktap import bare, check, contains, equal, fail, run
from vmfs import MIB

LEFT = b"of ESXi "
LV = 0x1100000      # of a volume on one extent: where it begins on the device

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p


def leave_behind_the_end(image, places):
    """What another driver may have left on disk: {name: (size, position, end)}"""
    with open(image, "r+b") as file:
        for _, start, end in places.values():
            file.seek(start)
            file.write(LEFT * ((end - start) // len(LEFT)))


EXTEND = {
    "truncate": lambda fd, size: os.ftruncate(fd, size + 3000),
    "far": lambda fd, size: os.ftruncate(fd, size + 3 * MIB),
    "write": lambda fd, size: os.pwrite(fd, b"n", size + 2999),
    "append": lambda fd, size: (os.pwrite(fd, b"n", size), os.ftruncate(fd, size + 3000)),
    "fallocate": lambda fd, size: datastore.fallocate(fd, 0, size + 1000, 2000),
    "direct": lambda fd, size: datastore.write_direct(
        f"/proc/self/fd/{fd}", size // 4096 * 4096 + 8192, b"n" * 4096),
}


def behind_the_end(path, size):
    """The rest of the last page of a file, as a mapping of it shows it."""
    length = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    fd = os.open(path, os.O_RDONLY)
    address = _libc.mmap(None, ctypes.c_size_t(length), mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    os.close(fd)
    check(address not in (None, ctypes.c_void_p(-1).value), "mmap")
    try:
        ctypes.string_at(address, size)
        return ctypes.string_at(address + size, length - size)
    finally:
        _libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(length))


def nothing_is_left(path, sizes, what):
    for name, size in sizes.items():
        content = (path / name).read_bytes()
        check(content[:size] == b"x" * size and not content[size:].strip(b"n\0"),
              f"{name}, {what}: {content[size:size + 16]} behind its old end")


@bare
def left_behind_the_end():
    """What is on disk behind the end of a file is never seen, nor after a crash."""
    sizes = {f"{kind}-{size}": size for kind in EXTEND
             for size in (1500, 5000, 9001, MIB + 574, MIB + 4096)}
    with vmfs.folder() as top:
        image, places = vmfs.image(top / "one.img", 600 * MIB), {}
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            for name, size in sizes.items():
                (path / name).write_bytes(b"x" * size)
            os.sync()
            for name, size in sizes.items():
                with open(path / name, "rb") as file:
                    logical, physical, length, _ = extents(file.fileno())[-1]
                places[name] = size, physical + size - logical, physical + length
        leave_behind_the_end(image, places)
        with loops(image) as devices, mounted(devices) as path:
            for was_read in False, True:
                datastore.drop_caches()
                for name, size in sizes.items():
                    if was_read:
                        (path / name).read_bytes()
                    equal(behind_the_end(path / name, size).strip(b"\0"), b"",
                          f"in a mapping of {name}, read before: {was_read}")
            for name, size in sizes.items():
                fd = os.open(path / name, os.O_RDWR)
                EXTEND[name.split("-")[0]](fd, size)
                os.fchmod(fd, 0o600)        # the size is part of the next transaction
                os.close(fd)
            nothing_is_left(path, sizes, "in memory")
            fd = os.open(path / "other", os.O_CREAT | os.O_WRONLY)
            os.fsync(fd)
            os.close(fd)
            vmfs.run("cp", "--sparse=always", image, top / "crashed.img")
            os.sync()
            datastore.drop_caches()
            nothing_is_left(path, sizes, "on disk")
        with loops(top / "crashed.img") as devices, mounted(devices) as path:
            nothing_is_left(path, sizes, "after a crash")
        for each in image, top / "crashed.img":
            vmfs.clean(each)


def power_fails(path, image, copy):
    """A copy of the device as it is after a commit: what it has when power fails."""
    for _ in range(20):
        before = datastore.counters(path)["completed-blocks"]
        with open(path / "other", "wb") as file:
            os.fsync(file.fileno())
        vmfs.run("cp", "--sparse=always", image, copy)
        # Where blocks are being completed, a copy has one state of some and another of others.
        if datastore.counters(path)["completed-blocks"] == before:
            return
    fail("blocks are completed again and again")


def append_direct(path):
    """Appends, none followed by an fsync(): of blocks that are new, and of one that is not."""
    fd = os.open(path / "old", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"x" * (MIB + 8192))
    os.fsync(fd)
    os.close(fd)
    os.sync()
    datastore.write_direct(path / "old", MIB + 8192, b"x" * 65536)
    (path / "new").touch()
    datastore.write_direct(path / "new", 0, b"x" * 3 * MIB)
    datastore.write_direct(path / "new", 3 * MIB, b"x" * 5 * 65536)


@bare
def appended_and_cut_off():
    """What was appended is in the file after a crash, or is not: it never comes back later."""
    with vmfs.folder() as top:
        image, copy = vmfs.image(top / "one.img", 400 * MIB), top / "crashed.img"
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            append_direct(path)
            power_fails(path, image, copy)
        with loops(copy) as devices, mounted(devices) as path:
            for name in "old", "new":
                size = os.stat(path / name).st_size
                os.truncate(path / name, size + 5 * MIB)
                datastore.drop_caches()
                equal((path / name).read_bytes() == b"x" * size + bytes(5 * MIB), True,
                      f"content of {name}, {size} bytes")
        vmfs.clean(copy)


def set_size(image, was, size):
    """Change a file's size on disk, as the first transaction of a truncation does."""
    with open(image, "r+b") as file, mmap.mmap(file.fileno(), 64 * MIB) as view:
        at = view.find(struct.pack("<Q", was))      # also in the log, which is over
        check(at > LV, "where the size is")
        while at >= 0:
            view[at:at + 8] = struct.pack("<Q", size)
            at = view.find(struct.pack("<Q", was), at)


@bare
def truncated_and_cut_off():
    """A truncation frees blocks in several transactions: a crash leaves some of them."""
    was, size = 0x512345, MIB + 0x2345
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            (path / "file").write_bytes(b"x" * was)
        set_size(image, was, size)
        for way in ("truncate", "open"):
            copy = top / f"{way}.img"
            vmfs.run("cp", "--sparse=always", image, copy)
            with loops(copy) as devices, mounted(devices) as path:
                free = os.statvfs(path).f_bfree
                if way == "truncate":
                    os.truncate(path / "file", was)
                else:
                    with open(path / "file", "r+b") as file:
                        equal(os.statvfs(path).f_bfree, free + 4, "free blocks")
                        file.truncate(was)
                datastore.drop_caches()
                equal((path / "file").read_bytes() == b"x" * size + bytes(was - size), True,
                      f"content, {way}")
            vmfs.clean(copy)


@bare
def cut_off_and_extended():
    """What a truncation took from a block that is partly written does not come back."""
    with vmfs.folder() as top:
        image, copy = vmfs.image(top / "one.img", 300 * MIB), top / "crashed.img"
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            with open(path / "disk", "w+b", buffering=0) as file:
                file.truncate(2 * MIB)
                file.write(b"x" * (MIB // 2))
                os.fsync(file.fileno())
                file.truncate(40960)
                file.truncate(2 * MIB)
                power_fails(path, image, copy)
        with loops(copy) as devices, mounted(devices) as path:
            content = (path / "disk").read_bytes()
            equal(len(content), 2 * MIB, "size")
            equal(content == b"x" * 40960 + bytes(2 * MIB - 40960), True, "content")
        vmfs.clean(copy)


def write_thin(path, draw):
    """A thin disk after random writes, a hole and an append, each durable: its content."""
    model = bytearray(20 * MIB)
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_DIRECT)
    os.ftruncate(fd, len(model))
    for number in range(60):
        at, data = draw.randrange(len(model) // 4096) * 4096, draw.randbytes(4096)
        if number == 40:
            at, length = 3 * MIB + 8192, 9 * MIB + 4096
            datastore.fallocate(fd, PUNCH, at, length)
            data = bytes(length)
        else:
            if number == 59:
                at = len(model) + 12288
                model += bytes(12288 + 4096)
            datastore.write_direct(path, at, data)
        os.fsync(fd)
        model[at:at + len(data)] = data
    os.close(fd)
    return bytes(model)


@bare
def thin_disk_after_a_crash():
    """fsync() writes no zeros; a crash loses nothing, and other drivers see whole blocks later."""
    with vmfs.folder() as top:
        image, copy = vmfs.image(top / "one.img", 300 * MIB), top / "crashed.img"
        repaired = top / "repaired.img"
        with open(image, "r+b") as file:
            file.seek(17 * MIB)
            file.write(LEFT * (100 * MIB // len(LEFT)))
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            expected = write_thin(path / "disk", random.Random(1))
            (path / "gone").write_bytes(b"x" * 5000)
            with open(path / "gone", "rb") as file:
                os.fsync(file.fileno())
            os.unlink(path / "gone")
            equal(datastore.counters(path)["completed-blocks"], 0, "blocks that were filled with zeros")
            power_fails(path, image, copy)
        vmfs.run("cp", "--sparse=always", copy, repaired)
        fsck = None
        if os.environ.get("LAB_KERNEL") != "debug":     # a program sees no difference
            # it waits to see whether the host is alive
            fsck = subprocess.Popen(["fsck.vmfs", "-y", repaired], stdout=subprocess.PIPE,
                                    text=True)
        before = vmfs.digest(copy)
        with loops(copy, read_only=True) as devices, mounted(devices, "ro") as path:
            equal((path / "disk").read_bytes() == expected, True, "content, mounted read-only")
        equal(vmfs.digest(copy), before, "the volume is not changed")
        with loops(copy) as devices, mounted(devices) as path:
            equal((path / "disk").read_bytes() == expected, True, "content")
        if fsck:
            said = fsck.communicate(timeout=120)[0]
            equal(fsck.returncode, 1, f"status of fsck.vmfs, which said {said}")
            contains(said, "blocks of files are written in part: repaired", "fsck.vmfs")
        for each in (image, copy, repaired) if fsck else (image, copy):
            vmfs.clean(each)
            with vmfs.fuse(each) as path:
                equal((path / "disk").read_bytes() == expected, True, "content by vmfs-fuse")


@bare
def impossible_entry():
    """An entry of the table for a block that no file can have says nothing."""
    with vmfs.folder() as top:
        image, copy = vmfs.image(top / "one.img", 300 * MIB), top / "crashed.img"
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            with open(path / "disk", "w+b", buffering=0) as file:
                datastore.fallocate(file.fileno(), 0, 0, 4 * MIB)
                os.pwrite(file.fileno(), b"x" * 4096, 3 * MIB)
                os.fsync(file.fileno())
            power_fails(path, image, copy)
        with open(copy, "r+b") as file, mmap.mmap(file.fileno(), 300 * MIB) as view:
            table = view.find(b"VSW1")
            while struct.unpack_from("<Q", view, table + 512 + 8) != (3,):
                table = view.find(b"VSW1", table + 1)
                check(table > 0, "where the table is")
            struct.pack_into("<Q", view, table + 512 + 8, (1 << 44) + 1)
        for read_only in True, False:
            with (loops(copy, read_only=read_only) as devices,
                  mounted(devices, *["ro"] * read_only) as path):
                equal((path / "disk").read_bytes() == bytes(4 * MIB), True, "content")
        vmfs.clean(copy)


@bare
def full_table():
    """More blocks than the table has room for: some are completed, and none is lost."""
    count, mark = 2100, b"m" * 4096
    with vmfs.folder() as top:
        image, copy = vmfs.image(top / "one.img", (count + 400) * MIB), top / "crashed.img"
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            with open(path / "disk", "w+b", buffering=0) as file:
                for number in range(count):
                    os.pwrite(file.fileno(), mark, number * MIB + 8192)
                os.fsync(file.fileno())
            power_fails(path, image, copy)
        with loops(copy) as devices, mounted(devices) as path:
            with open(path / "disk", "rb") as file:
                for number in range(count):
                    equal(os.pread(file.fileno(), 3 * 4096, number * MIB + 4096),
                          bytes(4096) + mark + bytes(4096 * (number < count - 1)),
                          f"block {number}")
        vmfs.clean(copy)


run()
