#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 3G
"""Power is cut: what fsync() returned for is there, and nothing is broken.

Every write of a workload on two extents is recorded and done again up to cut points: the
end of each step, places within steps and within the write of a log, every write of a mount
and of a take-over, and the last ones of an unmount.  SOAK=1: 200 steps, more places.  Free
space is full of old content, which must be in no file.
"""

import contextlib
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import loops, mounted
from ktap import bare, check, diag, equal, run
from logwrites import SECTOR, entries_by_step, mark, recorded, torn, write
from vmfs import MIB
from workload import STALE, Workload, sync_directory, verify

# Cuts within steps and within logs, and after each of the last writes of an unmount.  The
# debug kernel looks for other faults than what a cut loses.
if os.environ.get("SOAK") == "1":
    STEPS, WITHIN, TORN, LAST = 200, 300, 50, 1000
elif os.environ.get("LAB_KERNEL") == "debug":
    STEPS, WITHIN, TORN, LAST = 8, 2, 2, 4
else:
    STEPS, WITHIN, TORN, LAST = 16, 8, 4, 16
LOG_MAGIC = b"VSJ1"
HALF = 300 * MIB                # an extent


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
    with recorded(image, log, HALF) as devices, mounted(devices) as path:
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
    with recorded(image, vmfs.image(top / "log", 512 * MIB), HALF) as devices, \
            mounted(devices):
        mark(0)
    entries = entries_by_step(top / "log")[0]
    check(len(entries) > 3, "a take-over writes")
    for at, entry in enumerate(entries):
        write(top / "before", [entry])
        clean_cut(top, top / "before", work, done,
                  f"after {at + 1} of {len(entries)} writes of a take-over")
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
