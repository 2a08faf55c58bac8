#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 2G
"""Heartbeats: who may write to a volume, and who must not any more."""

import contextlib
import errno
import fcntl
import os
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import fails, loops, mounted, refused
from ktap import bare, check, contains, equal, run, wait_for
from vmfs import MIB

SIZE = 300 * MIB
LV = 0x1100000          # of a volume on one extent: where it begins on the device
SLOTS, SLOT = 0x300000, 512
FREE, IN_USE = 0xabcdef01, 0xabcdef02
STATE, GENERATION, STAMP, OWNER, JOURNAL = 0, 0xc, 0x14, 0x1c, 0x64
SHUTDOWN, NOW = 0x8004587d, 2
DESCRIPTORS = 0x400000 + 0x20000, 2048

os.environ["DM_DISABLE_UDEV"] = "1"     # a test machine has no udev


def slots(image):
    """{LV offset: content} of the slots that are in use"""
    with open(image, "rb") as file:
        file.seek(LV + SLOTS)
        found = file.read(2048 * SLOT)
    return {SLOTS + at: found[at:at + SLOT] for at in range(0, len(found), SLOT)
            if struct.unpack_from("<I", found, at)[0] != FREE}


def our_slot(image):
    """LV offset and content of the only slot that is in use"""
    found = slots(image)
    equal(len(found), 1, "slots in use")
    return next(iter(found.items()))


def field(slot, at):
    return struct.unpack_from("<Q", slot, at)[0]


def add(image, lv, at, number):
    """Change a field of a slot, as another host would."""
    with open(image, "r+b") as file:
        file.seek(LV + lv + at)
        value, = struct.unpack("<Q", file.read(8))
        file.seek(LV + lv + at)
        file.write(struct.pack("<Q", value + number))


def sync_file(path, content):
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.write(fd, content)
    os.fsync(fd)
    os.close(fd)


def messages():
    return subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout


def counter(device, name):
    return datastore.known(os.stat(device).st_rdev)["counters"][name]


def copy(image, name):
    vmfs.run("cp", "--sparse=always", image, image.parent / name)
    return image.parent / name


@contextlib.contextmanager
def volume():
    """A new volume."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", SIZE)
        vmfs.run("mkfs.vmfs", "-q", image)
        yield image


def crashed(image, size=5000):
    """A copy of the volume as a crash leaves it, with a file whose fsync() has returned."""
    with loops(image) as devices, mounted(devices) as path:
        sync_file(path / "kept", b"k" * size)
        return copy(image, "crashed.img")


def by_another_host(image):
    """The volume that the function above leaves, but of a host that is not this one."""
    found = crashed(image)
    vmfs.run("modprobe", "-r", "vmfs")      # the next one has another name
    return found


def holds(path, what):
    equal((path / "kept").read_bytes(), b"k" * 5000, f"content, {what}")


@contextlib.contextmanager
def linear(device):
    """A device on it that can be stopped."""
    vmfs.run("modprobe", "dm-mod")
    subprocess.run(["dmsetup", "create", "slow"], check=True, text=True,
                   input=f"0 {SIZE // 512} linear {device} 0")
    try:
        yield "/dev/mapper/slow"
    finally:
        subprocess.run(["dmsetup", "remove", "--retry", "slow"], check=True)


def stall(path):
    """Pulses stop: writing does, long before another host may break the lease."""
    fd = os.open(path / "open", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"o" * 9000)
    os.sync()
    subprocess.run(["dmsetup", "suspend", "--noflush", "--nolockfs", "slow"], check=True)

    def stopped():
        try:
            os.pwrite(fd, b"late", 100)     # into memory: it does not wait for the device
        except OSError as error:
            equal(error.errno, errno.EIO, "error")
            return True
        return False
    try:
        wait_for(stopped, "the end of the lease", seconds=60, every=0.2)
    finally:
        subprocess.run(["dmsetup", "resume", "slow"], check=True)
        os.close(fd)
    # the pulse that was under way arrives, too late
    contains(messages(), "did not reach the device for 12 s", "messages")
    fails((errno.EIO, errno.EROFS), os.mkdir, path / "more")


@bare
def two_long_waits():
    """A host that is dead is taken over after 20 s; one that does not reach the device stops
    after 12 s.  Both at once, for nobody likes to wait."""
    subprocess.run(["dmesg", "--clear"], check=True)
    with volume() as image:
        dead, other = by_another_host(image), vmfs.image(image.parent / "two.img", SIZE)
        vmfs.run("mkfs.vmfs", "-q", other)
        os.unlink(image)
        with loops(dead, other) as (device, second), linear(second) as slow:
            with subprocess.Popen(["mount", "-t", "vmfs", device, "/mnt"]) as mount:
                with mounted([slow]) as path:
                    check(mount.poll() is None, "the dead host was not watched")
                    stall(path)
                equal(mount.wait(), 0, "mount")
            contains(messages(), "watching its heartbeat for 20 s", "messages")
            with open("/mnt/kept", "rb") as file:
                equal(file.read(), b"k" * 5000, "content")
            vmfs.run("umount", "/mnt")
        with loops(other) as devices, mounted(devices):
            pass
        vmfs.clean(dead)
        vmfs.clean(other)


@bare
def living_host():
    """Another host is alive: it is seen, and nothing is written."""
    with volume() as image:
        dead = by_another_host(image)
        lv, before = our_slot(dead)
        ended = threading.Event()

        def live():
            while not ended.wait(0.3):
                add(dead, lv, STAMP, 1)
        other = threading.Thread(target=live)
        other.start()
        try:
            contains(refused(dead), "with lock=local only one may", "refusal")
        finally:
            ended.set()
            other.join()
        after = our_slot(dead)[1]
        equal(after[:STAMP] + after[OWNER:], before[:STAMP] + before[OWNER:], "the slot")
        subprocess.run(["dmesg", "--clear"], check=True)
        with loops(dead) as devices, mounted(devices, "takeover=now") as path:
            holds(path, "taken over at once")
            contains(vmfs.run("findmnt", "-no", "OPTIONS", path), "takeover=now", "options")
        check("watching" not in messages(), "it was watched")
        contains(refused(image, "takeover=soon"), "takeover=soon is not known", "refusal")
        vmfs.clean(dead)


@bare
def broken_heartbeat():
    """Another host has written to our slot: we stop."""
    with volume() as image, loops(image) as devices, datastore.events() as told:
        for at, number in (GENERATION, 2), (OWNER, 1), (STAMP, 1 << 40):
            subprocess.run(["dmesg", "--clear"], check=True)
            with mounted(devices) as path:
                sync_file(path / "kept", b"k" * 5000)
                lv, _ = our_slot(image)
                add(image, lv, at, number)
                mine = our_slot(image)[1]
                wait_for(lambda: counter(devices[0], "failures"), "the end of writing")
                contains(messages(), "another host has written to our heartbeat", "messages")
                found = datastore.known(os.stat(path).st_dev)
                equal((found["state"], found["heartbeat-slot"]), ("stopped", (lv - SLOTS) // SLOT),
                      "state and slot")
                contains(found["reason"], "another host has written to our heartbeat", "reason")
                equal([(name, event.get("state"), event.get("reason")) for name, event in told()],
                      [("mount-ntf", "active", None), ("stop-ntf", None, found["reason"])],
                      "events")
                fails((errno.EIO, errno.EROFS), sync_file, path / "more", b"m")
            equal(our_slot(image)[1], mine, "what another host wrote")
            if at == OWNER:         # whose journal is not of this slot
                add(image, lv, at, -number)
            with mounted(devices, "takeover=now") as path:
                holds(path, "after a takeover")
            names = [name for name, _ in told()]
            equal((names[0], names[-2:]), ("unmount-ntf", ["mount-ntf", "unmount-ntf"]), "events")
        vmfs.clean(image)


@bare
def broken_while_frozen():
    """The end of writing does not keep a thaw from coming."""
    with volume() as image, loops(image) as devices:
        with mounted(devices) as path:
            sync_file(path / "kept", b"k" * 5000)
            fd = os.open(path, os.O_RDONLY)
            fcntl.ioctl(fd, datastore.FIFREEZE, 0)
            add(image, our_slot(image)[0], GENERATION, 2)
            wait_for(lambda: counter(devices[0], "failures"), "the end of writing")
            fcntl.ioctl(fd, datastore.FITHAW, 0)
            os.close(fd)
            fails(errno.EIO, sync_file, path / "more", b"m")
        with mounted(devices, "takeover=now") as path:
            holds(path, "after a takeover")
        vmfs.clean(image)


@bare
def shut_down():
    """VMFS_IOC_SHUTDOWN, in its three ways"""
    for how in 0, 1, NOW:
        with volume() as image, loops(image) as devices:
            with mounted(devices) as path:
                sync_file(path / "kept", b"k" * 5000)
                before = counter(devices[0], "commits")
                os.mkdir(path / "dir")
                fd = os.open(path, os.O_RDONLY)
                fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", how))
                durable = counter(devices[0], "commits") > before
                check(durable or how == NOW, f"nothing was written, kind {how}")
                os.close(fd)
                fails(errno.EIO, os.mkdir, path / "more")
            with mounted(devices) as path:
                holds(path, f"after a shutdown of kind {how}")
                equal((path / "dir").exists(), durable, f"what was not synced, kind {how}")
                fd = os.open(path, os.O_RDONLY)
                fails(errno.EINVAL, fcntl.ioctl, fd, SHUTDOWN, struct.pack("I", 3))
                os.close(fd)
            vmfs.clean(image)


@bare
def logs_that_do_not_count():
    """A log is replayed if all of it is there, and it is of the slot's last claim."""
    with volume() as image:
        left = crashed(image)
        slot, content = our_slot(left)
        log = LV + field(content, JOURNAL) + 0x10000
        with open(left, "rb") as file:
            file.seek(log)
            magic, _, _, length, records = struct.unpack("<4sIQII", file.read(24))
        check(magic == b"VSJ1" and records, "there is no log")
        for what, replays in ("nothing", 1), ("a bit", 0), ("generation", 0):
            tried = copy(left, "tried.img")
            if what == "generation":
                add(tried, slot, GENERATION, 2)
            if what == "a bit":
                with open(tried, "r+b") as file:
                    file.seek(log + length - 100)
                    byte = file.read(1)
                    file.seek(log + length - 100)
                    file.write(bytes([byte[0] ^ 8]))
            with loops(tried) as devices, datastore.events() as told, mounted(devices) as path:
                equal(counter(devices[0], "replays"), replays, f"replays, {what} has changed")
                equal([name for name, _ in told()], ["recover-ntf"] * replays + ["mount-ntf"],
                      f"events, {what} has changed")
                holds(path, f"{what} has changed")
            vmfs.clean(tried)


@bare
def read_only_is_read_only():
    """With -o ro nothing is replayed; what was not replayed cannot become writable."""
    with volume() as image:
        with loops(image) as devices, mounted(devices) as path:
            os.mkdir(path / "dir")
            sync_file(path / "kept", b"k" * 5000)
            left = copy(image, "left.img")
        before = copy(left, "before.img")
        with loops(left) as devices:
            with mounted(devices, "ro") as path:
                os.listdir(path)
                contains(vmfs.run("mount", "-o", "remount,rw", path, status=32) + messages(),
                         "unmount it and mount it again", "refusal")
                fails(errno.EROFS, os.mkdir, path / "more")
            vmfs.run("cmp", left, before)
            vmfs.run("blockdev", "--setro", devices[0])
            with mounted(devices) as path:
                vmfs.run("blockdev", "--setrw", devices[0])
                vmfs.run("mount", "-o", "remount,rw", path, status=32)
            vmfs.run("cmp", left, before)
            with mounted(devices) as path:
                holds(path, "after the replay")
        vmfs.clean(left)


@bare
def written_meanwhile():
    """Between being mounted read-only and becoming writable, another host was there."""
    with volume() as image:
        with loops(image) as devices, mounted(devices) as path:
            sync_file(path / "kept", b"k" * 5000)
        later = copy(image, "later.img")
        with loops(later) as devices, mounted(devices) as path:
            os.unlink(path / "kept")
        with loops(later) as devices, mounted(devices) as path:
            for number in range(5):
                sync_file(path / f"new{number}", b"%d" % number * 9000)
        with loops(image) as devices:
            with mounted(devices, "ro") as path:
                holds(path, "read-only")
                vmfs.run("mount", "-o", "remount,rw", path)
                vmfs.run("mount", "-o", "remount,ro", path)
                vmfs.run("mount", "-o", "remount,rw", path)
            with mounted(devices, "ro") as path:
                holds(path, "read-only")
                vmfs.run("cp", "--sparse=never", later, image)
                contains(vmfs.run("mount", "-o", "remount,rw", path, status=32) + messages(),
                         "written to since it was mounted read-only", "refusal")
            with mounted(devices) as path:
                equal((path / "new4").read_bytes(), b"4" * 9000, "content")
        vmfs.clean(image)


def descriptor_lock(image, address):
    """(token, mode, generation of the heartbeat) of a file's lock"""
    base, size = DESCRIPTORS
    number = (address >> 6 & 0xffff) * 32 + (address >> 22)
    with open(image, "rb") as file:
        file.seek(LV + base + number * size)
        lock = file.read(512)
    equal(struct.unpack_from("<IQ", lock), (0x10c00001, base + number * size), "a lock")
    return field(lock, 0x1c), struct.unpack_from("<I", lock, 0x24)[0], field(lock, 0x14)


@bare
def locks():
    """A lock says who has it, and its token moves whenever it changes hands."""
    with volume() as image:
        with loops(image) as devices:
            with mounted(devices) as path:
                sync_file(path / "file", b"1" * 5000)
                address = os.stat(path / "file").st_ino
                token, mode, generation = descriptor_lock(image, address)
                equal((mode, generation), (1, field(our_slot(image)[1], GENERATION)), "held")
                datastore.drop_caches()
                os.sync()
            equal(descriptor_lock(image, address)[:2], (token + 1, 0), "after unmount")
            with mounted(devices) as path:
                os.chmod(path / "file", 0o600)
                datastore.drop_caches()
                os.chmod(path / "file", 0o644)
                os.sync()
                equal(descriptor_lock(image, address)[:2], (token + 2, 1), "held again")
            equal(descriptor_lock(image, address)[:2], (token + 3, 0), "after unmount")
        vmfs.clean(image)


run()
