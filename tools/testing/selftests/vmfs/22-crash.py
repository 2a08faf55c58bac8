#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 3G --timeout 600
"""Power is cut: what fsync() returned for is there, and nothing is broken.

Every write of a workload is recorded by dm-log-writes, and replayed up to a
number of cut points, SOAK=1: 500 of them.  Free space is full of old content, which
must be in no file.
"""

import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from datastore import loops, mounted
from ktap import bare, check, diag, equal, run
from vmfs import MIB

CUTS = 500 if os.environ.get("SOAK") == "1" else 15
STEPS = 200 if os.environ.get("SOAK") == "1" else 40
SECTOR = 512
MAGIC = 0x6a736677736872
SIZE = 300 * MIB
STALE = b"of another file "
# the file is written to without fsync(): anything but old content may be in it
LOOSE = "loose"
DISCARD, MARK = 4, 8

os.environ["DM_DISABLE_UDEV"] = "1"     # a test machine has no udev


def dmsetup(*words, text=None):
    subprocess.run(["dmsetup", *words], check=True, input=text, text=True)


def sync_directory(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


class Workload:
    """Steps that each end with an fsync(), and what must be there after each."""

    def __init__(self, path, mark, seed=1):
        self.path, self.mark = path, mark
        self.draw = random.Random(seed)
        self.files = {}
        self.states = [{}]
        self.touched = [set()]

    def write(self, name):
        data = self.draw.randbytes(self.draw.choice((1, 700, 5000, 9000, MIB + 4097)))
        with open(self.path / name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.files[name] = data
        return {name}

    def overwrite(self, name):
        data = self.files[name]
        at = self.draw.randrange(len(data))
        more = self.draw.randbytes(self.draw.choice((1, 4096, 20000)))
        with open(self.path / name, "r+b") as file:
            file.seek(at)
            file.write(more)
            file.flush()
            os.fdatasync(file.fileno())
        self.files[name] = data[:at] + more + data[at + len(more):]
        return {name}

    def rename(self, name):
        target = f"file{self.draw.randrange(8)}"
        if target == name:
            return set()
        os.rename(self.path / name, self.path / target)
        self.files[target] = self.files.pop(name)
        sync_directory(self.path)
        return {name, target}

    def unlink(self, name):
        os.unlink(self.path / name)
        del self.files[name]
        sync_directory(self.path)
        return {name}

    def truncate(self, name):
        size = self.draw.randrange(12000)
        os.truncate(self.path / name, size)
        self.files[name] = self.files[name][:size] + bytes(max(size - len(self.files[name]), 0))
        sync_directory(self.path)
        if not self.files[name]:
            self.files[name] = b""
        return {name}

    def write_loosely(self):
        fd = os.open(self.path / LOOSE, os.O_RDWR | os.O_CREAT)
        os.pwrite(fd, self.draw.randbytes(self.draw.choice((100, 5000, 70000))),
                  self.draw.randrange(8 * MIB))
        os.posix_fallocate(fd, self.draw.randrange(8 * MIB), 100000)
        os.close(fd)

    def step(self):
        self.states.append(None)
        self.write_loosely()
        names = sorted(name for name, data in self.files.items() if data)
        if len(names) < 3:
            touched = self.write(f"file{self.draw.randrange(8)}")
        else:
            does = self.draw.choice((self.write, self.write, self.overwrite, self.rename,
                                     self.unlink, self.truncate))
            touched = does(self.draw.choice(names))
        self.states[-1] = dict(self.files)
        self.touched.append(touched)
        self.mark(len(self.states) - 1)


class Log:
    """What dm-log-writes wrote down."""

    def __init__(self, path):
        self.file = open(path, "rb")
        magic, _version, self.count, size = struct.unpack("<QQQI", self.file.read(28))
        equal((magic, size), (MAGIC, SECTOR), "header of the log")
        self.position = SECTOR

    def entries(self):
        """(sector, data) of each write, or (None, number) of a mark."""
        for _ in range(self.count):
            self.file.seek(self.position)
            sector, count, flags, length = struct.unpack("<QQQQ", self.file.read(32))
            if flags & MARK:
                mark = self.file.read(length).rstrip(b"\0")
                if mark != b"dm-log-writes-end":
                    yield None, int(mark)
                self.position += SECTOR
                continue
            self.file.seek(self.position + SECTOR)
            self.position += SECTOR
            if flags & DISCARD or not count:
                yield sector, b""
                continue
            yield sector, self.file.read(count * SECTOR)
            self.position += count * SECTOR


def copy_image(image, copy):
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)


def record(top):
    """The image before, the log, and the workload."""
    image, log = vmfs.image(top / "image", SIZE), vmfs.image(top / "log", 2048 * MIB)
    with open(image, "r+b") as file:
        file.seek(17 * MIB)     # where the logical volume begins
        file.write(STALE * (64 * MIB // len(STALE)))
    vmfs.run("mkfs.vmfs", "-q", image)
    copy_image(image, top / "before")
    vmfs.run("modprobe", "dm-log-writes")
    with loops(image, log) as (device, log_device):
        dmsetup("create", "recorded", text=f"0 {SIZE // SECTOR} log-writes {device} {log_device}")
        try:
            with mounted(["/dev/mapper/recorded"]) as path:
                work = Workload(path, lambda number: dmsetup("message", "recorded", "0", "mark",
                                                             str(number)))
                for _ in range(STEPS):
                    work.step()
                    if work.draw.random() < 0.2:
                        os.sync()
        finally:
            dmsetup("remove", "--retry", "recorded")
    os.unlink(image)
    return top / "before", log, work


def verify(path, work, done, what):
    """All of the steps that were done is there; the one under way may be, or not."""
    state, touched = work.states[done], set()
    if done + 1 < len(work.states):
        touched = work.touched[done + 1]
    for name in set(state) | set(os.listdir(path)) - vmfs.SYSTEM_FILES:
        exists = (path / name).exists()
        data = (path / name).read_bytes() if exists else b""
        if name == LOOSE or name in touched:
            check(STALE not in data, f"{what}: {name} has old content")
            continue
        check(name in state, f"{what}: {name} is there")
        check(exists, f"{what}: {name} is lost")
        check(data == state[name], f"{what}: content of {name}")


def cut(top, image, work, done, what):
    copy = top / "cut"
    copy_image(image, copy)
    with loops(copy) as devices:
        with mounted(devices) as path:
            verify(path, work, done, what)
            (path / "after").write_bytes(b"x" * 9000)
    vmfs.clean(copy)
    os.unlink(copy)


@bare
def cut_points():
    with vmfs.folder() as top:
        image, log, work = record(top)
        draw = random.Random(2)
        total = Log(log).count
        cuts = set(draw.sample(range(total), min(CUTS, total)))
        done = 0
        with open(image, "r+b") as file:
            for number, (sector, data) in enumerate(Log(log).entries()):
                if sector is None:
                    done = data
                else:
                    file.seek(sector * SECTOR)
                    file.write(data)
                if number in cuts:
                    file.flush()
                    cut(top, image, work, done, f"cut at {number} of {total}, step {done}")
        diag(f"{len(cuts)} cut points of {total} writes, {STEPS} steps")
        equal(done, STEPS, "steps in the log")


run()
