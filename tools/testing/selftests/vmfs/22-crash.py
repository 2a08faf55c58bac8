#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 3G
"""Power is cut: what fsync() returned for is there, and nothing is broken.

Every write of a workload on two extents is recorded by dm-log-writes, in the order in which
flushes and FUA make them durable, and replayed up to cut points: the end of each step,
places within steps and within the write of a log, every write of a mount and of a
take-over, and the last ones of an unmount.  SOAK=1: 200 steps, more places.  Free space is full of old content,
which must be in no file.
"""

import contextlib
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import loops, mounted
from ktap import bare, check, diag, equal, run
from vmfs import MIB

# Cuts within steps and within logs, and after each of the last writes of an unmount.  The
# debug kernel looks for other faults than what a cut loses.
if os.environ.get("SOAK") == "1":
    STEPS, WITHIN, TORN, LAST = 200, 300, 50, 1000
elif os.environ.get("LAB_KERNEL") == "debug":
    STEPS, WITHIN, TORN, LAST = 8, 2, 2, 4
else:
    STEPS, WITHIN, TORN, LAST = 16, 8, 4, 16
SECTOR = 512
MAGIC = 0x6a736677736872
LOG_MAGIC = b"VSJ1"
HALF = 300 * MIB                # an extent
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
        self.atomic = [True]
        self.deleted = []       # descriptors of files that have no name any more

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
        if self.draw.random() < 0.5:
            self.deleted.append(os.open(self.path / name, os.O_RDWR))
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

    def use_deleted(self):
        for fd in self.deleted:
            os.pwrite(fd, self.draw.randbytes(70000), self.draw.randrange(2 * MIB))
        while len(self.deleted) > 2:
            os.close(self.deleted.pop(0))

    def close(self):
        while self.deleted:
            os.close(self.deleted.pop())

    def step(self):
        self.states.append(None)
        self.write_loosely()
        self.use_deleted()
        names = sorted(name for name, data in self.files.items() if data)
        if len(names) < 3:
            touched = self.write(f"file{self.draw.randrange(8)}")
            self.atomic.append(False)
        else:
            does = self.draw.choice((self.write, self.write, self.overwrite, self.rename,
                                     self.unlink, self.truncate))
            touched = does(self.draw.choice(names))
            self.atomic.append(does in (self.rename, self.unlink))
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


@contextlib.contextmanager
def halves(image):
    """The two extents in an image."""
    vmfs.run("modprobe", "loop")
    devices = []
    try:
        for number in range(2):
            devices.append(subprocess.run(
                ["losetup", "--find", "--show", f"--offset={number * HALF}",
                 f"--sizelimit={HALF}", str(image)], check=True, capture_output=True,
                text=True).stdout.strip())
        yield devices
    finally:
        for device in devices:
            subprocess.run(["losetup", "--detach", device], check=True)


@contextlib.contextmanager
def recorded(image, log):
    """The two extents, whose writes are recorded together."""
    names, size = [], HALF // SECTOR
    vmfs.run("modprobe", "-a", "dm-log-writes", "dm-mod")
    with loops(image, log) as (device, log_device):
        try:
            for name, table in (
                    ("recorded", f"0 {2 * size} log-writes {device} {log_device}"),
                    ("half0", f"0 {size} linear /dev/mapper/recorded 0"),
                    ("half1", f"0 {size} linear /dev/mapper/recorded {size}")):
                dmsetup("create", name, text=table)
                names.append(name)
            yield ["/dev/mapper/half0", "/dev/mapper/half1"]
        finally:
            for name in names[::-1]:
                dmsetup("remove", "--retry", name)


def mark(number):
    dmsetup("message", "recorded", "0", "mark", str(number))


def fill_first_extent(path):
    """From now on, files are on the second extent."""
    with open(path / "filler", "wb") as file:
        datastore.fallocate(file.fileno(), 0, 0, (os.statvfs(path).f_bfree - 220) * MIB)
        os.fsync(file.fileno())
    sync_directory(path)


def make_volume(top):
    image = vmfs.image(top / "image", 2 * HALF)
    with open(image, "r+b") as file:
        for start in 17 * MIB, HALF + 17 * MIB:     # where the logical volume goes on
            file.seek(start)
            file.write(STALE * (24 * MIB // len(STALE)))
    with halves(image) as devices:
        vmfs.run("mkfs.vmfs", "-q", *devices)
        with mounted(devices) as path:
            fill_first_extent(path)
    return image


def record(top):
    """The image before, the log, and the workload."""
    image, log = make_volume(top), vmfs.image(top / "log", 2048 * MIB)
    copy_image(image, top / "before")
    with recorded(image, log) as devices, mounted(devices) as path:
        work = Workload(path, mark)
        mark(0)
        for _ in range(STEPS):
            work.step()
            if work.draw.random() < 0.2:
                os.sync()
        work.close()
        os.sync()
        mark(STEPS)
    os.unlink(image)
    return top / "before", log, work


def exactly(path, state, names):
    """Do these files have, or not have, what a state says?"""
    return all((path / name).read_bytes() == state[name] if name in state and
               (path / name).exists() else name in state == (path / name).exists()
               for name in names)


def verify(path, work, done, what, within):
    """All of the steps that were done is there; the one under way, if any, may be, or not."""
    state, touched = work.states[done], set()
    if within:
        touched = work.touched[done + 1]
        if work.atomic[done + 1]:
            check(exactly(path, state, touched) or exactly(path, work.states[done + 1], touched),
                  f"{what}: neither before nor after the change of {touched}")
    for name in set(state) | set(os.listdir(path)) - vmfs.SYSTEM_FILES - {"filler"}:
        exists = (path / name).exists()
        data = (path / name).read_bytes() if exists else b""
        if name == LOOSE or name in touched:
            check(STALE not in data, f"{what}: {name} has old content")
            continue
        check(name in state, f"{what}: {name} is there")
        check(exists, f"{what}: {name} is lost")
        check(data == state[name], f"{what}: content of {name}")


def cut(top, image, work, done, what, within=False):
    """Returns what fsck.vmfs says of the volume after the crash, a mount and an unmount."""
    copy = top / "cut"
    copy_image(image, copy)
    with halves(copy) as devices:
        with mounted(devices) as path:
            verify(path, work, done, what, within)
            (path / "after").write_bytes(b"x" * 9000)
        said = subprocess.run(["fsck.vmfs", "-n", *devices], capture_output=True, text=True,
                              check=False).stdout
    os.unlink(copy)
    return said


def clean_cut(*arguments):
    said = cut(*arguments)
    check(" 0 problems" in said, f"{arguments[-2:]}: {said}")


def entries_by_step(log):
    """For each mark the writes after it, the first of the list those before the first mark."""
    steps = [[]]
    for sector, data in Log(log).entries():
        if sector is None:
            steps.append([])
        else:
            steps[-1].append((sector, data))
    return steps


def write(image, entries):
    with open(image, "r+b") as file:
        for sector, data in entries:
            file.seek(sector * SECTOR)
            file.write(data)


def torn(draw, entry):
    """What is left of a write when power fails in the middle of it: its head, and others"""
    sector, data = entry
    parts = [(sector + at, data[at * SECTOR:(at + 1) * SECTOR])
             for at in range(len(data) // SECTOR)]
    lost = draw.randrange(1, len(parts))
    return [part for at, part in enumerate(parts) if at != lost and (at < 2 or draw.random() < 0.7)]


def cut_within(top, image, work, done, entries, places):
    """Cut after some of the writes of a step, and once within a log."""
    draw = random.Random(done)
    logs = [at for at, (_, data) in enumerate(entries)
            if data.startswith(LOG_MAGIC) and len(data) > 2 * SECTOR]
    for at in sorted(places):
        copy = top / "within"
        copy_image(image, copy)
        write(copy, entries[:at])
        clean_cut(top, copy, work, done, f"after {at} of {len(entries)} writes of step {done + 1}",
            True)
        os.unlink(copy)
    if logs and done % (STEPS // TORN) == 1:
        copy = top / "within"
        copy_image(image, copy)
        write(copy, entries[:logs[0]] + torn(draw, entries[logs[0]]))
        clean_cut(top, copy, work, done, f"within the log of step {done + 1}", True)
        os.unlink(copy)
        return 1
    return 0


@bare
def cut_points():
    with vmfs.folder() as top:
        image, log, work = record(top)
        steps = entries_by_step(log)
        equal(len(steps), STEPS + 3, "marks in the log")
        total = sum(len(step) for step in steps)
        within = in_logs = 0
        first_mount(top, image, work, steps[0])
        for done in range(STEPS):
            entries, places = steps[done + 1], []
            if done % max(1, STEPS // WITHIN) == 0 and entries:
                places = random.Random(done).sample(range(len(entries)),
                                                    min(len(entries), -(-WITHIN // STEPS)))
            within += len(places)
            in_logs += cut_within(top, image, work, done, entries, places)
            write(image, entries)
            clean_cut(top, image, work, done + 1, f"at the end of step {done + 1}")
            if done == STEPS // 2:
                copy_image(image, top / "half way")
        diag(f"{total} writes; cuts: {STEPS} at the ends of steps, {within} within, "
             f"{in_logs} within logs")
        check(in_logs, "no log was torn")
        write(image, steps[STEPS + 1])
        unmount(top, image, work, steps[STEPS + 2])
        take_over(top, work)


def unmount(top, image, work, entries):
    """At one point at most, the block of the journal is lost: nobody's, but not yet free."""
    lost = 0
    for at in range(len(entries) + 1):
        write(image, entries[:at][-1:])
        if at < len(entries) - LAST:
            continue
        said = cut(top, image, work, STEPS, f"after {at} of {len(entries)} writes of unmount")
        if " 0 problems" not in said:
            check(" 1 problems" in said and "marked as in use, and lost" in said, said)
            lost += 1
    check(lost <= 1, f"a block was lost at {lost} points")
    diag(f"{len(entries)} writes of unmount, a block lost at {lost}")


def first_mount(top, image, work, entries):
    """The mount of a volume that was closed crashes: its journal is nobody's, or in order."""
    entries = [entry for entry in entries if entry[1]]
    check(len(entries) > 3, "a mount writes")
    for at, entry in enumerate(entries):
        write(image, [entry])
        clean_cut(top, image, work, 0, f"after {at + 1} of {len(entries)} writes of a mount")
    diag(f"{len(entries)} writes of a mount")


def take_over(top, work):
    """The mount after a crash crashes itself."""
    image, done = top / "half way", STEPS // 2 + 1
    copy_image(image, top / "before")
    with recorded(image, vmfs.image(top / "log", 512 * MIB)) as devices, mounted(devices):
        mark(0)
    entries = entries_by_step(top / "log")[0]
    check(len(entries) > 3, "a take-over writes")
    for at, entry in enumerate(entries):
        write(top / "before", [entry])
        clean_cut(top, top / "before", work, done, f"after {at + 1} of {len(entries)} of a take-over")
    diag(f"{len(entries)} writes of a take-over")


def crash(image, top):
    copy_image(image, top / "crashed.img")
    return top / "crashed.img"


@bare
def deleted_while_open():
    """The last close never came: the next mount gives the space back."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            free = os.statvfs(path).f_bfree
            with open(path / "open", "wb", buffering=0) as file:
                file.write(b"x" * 3 * MIB)
                os.fsync(file.fileno())
                os.unlink(path / "open")
                sync_directory(path)
                copy = crash(image, top)
        with loops(copy) as devices, mounted(devices) as path:
            os.sync()
            equal(os.statvfs(path).f_bfree, free, "free blocks after the crash")
        vmfs.clean(copy)


@bare
def freed_blocks_wait():
    """Nothing of a deleted file is overwritten before its deletion is durable."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            (path / "a").write_bytes(b"a" * 3 * MIB)
            with open(path / "rest", "wb") as file:
                datastore.fallocate(file.fileno(), 0, 0, os.statvfs(path).f_bfree * MIB)
            os.sync()
            os.unlink(path / "a")
            os.close(os.open(path / "b", os.O_CREAT | os.O_RDWR))
            datastore.write_direct(path / "b", 0, b"b" * 3 * MIB)
            copy = crash(image, top)
        with loops(copy) as devices, mounted(devices) as path:
            if (path / "a").exists():
                equal((path / "a").read_bytes() == b"a" * 3 * MIB, True, "content of a")
        vmfs.clean(copy)


run()
