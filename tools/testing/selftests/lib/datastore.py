# SPDX-License-Identifier: GPL-2.0
"""A VMFS volume that vmfs.ko mounts."""

import array
import contextlib
import ctypes
import fcntl
import mmap
import os
import pathlib
import struct
import subprocess
import tempfile

import ktap
import vmfs
from netlink import Family

_libc = ctypes.CDLL(None, use_errno=True)
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2
PUNCH = 3           # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
ZERO = 0x10
KEEP = 1
FIFREEZE, FITHAW = 0xc0045877, 0xc0045878
FS_IOC_FIEMAP = 0xc020660b


@contextlib.contextmanager
def loops(*images, read_only=False):
    """Block devices for image files."""
    devices = []
    vmfs.run("modprobe", "loop")
    try:
        for image in images:
            words = ["losetup", "--find", "--show", str(image)]
            devices.append(subprocess.run(words + ["--read-only"] * read_only, check=True,
                                          capture_output=True, text=True).stdout.strip())
        yield devices
    finally:
        for device in devices:
            subprocess.run(["losetup", "--detach", device], check=True)


def mount_words(devices, options):
    extents = [f"extent={device}" for device in devices[1:]]
    words = ["mount", "-t", "vmfs"]
    every = [*extents, *options]
    return words + (["-o", ",".join(every)] if every else []) + [devices[0]]


@contextlib.contextmanager
def mounted(devices, *options):
    """The path where a volume on these devices is mounted."""
    path = tempfile.mkdtemp()
    vmfs.run(*mount_words(devices, options), path)
    try:
        yield pathlib.Path(path)
    finally:
        subprocess.run(["umount", path], check=True)
        os.rmdir(path)


def known(device):
    """What the kernel says of the volume that files with this st_dev are on."""
    family = Family("vmfs")
    try:
        return family.do("datastore-get", id=device)
    finally:
        family.close()


def counters(path):
    """What was done to a mounted volume."""
    return known(os.stat(path).st_dev)["counters"]


@contextlib.contextmanager
def events():
    """A function that returns the events so far, each once: [(name, attributes)]"""
    vmfs.run("modprobe", "vmfs")
    family = Family("vmfs")
    family.ynl.ntf_subscribe("event")
    family.ynl.sock.setblocking(False)      # only what is there already

    def told():
        family.ynl.check_ntf()
        found = [(event["name"], event["msg"]) for event in family.ynl.async_msg_queue]
        family.ynl.async_msg_queue.clear()
        return found
    try:
        yield told
    finally:
        family.close()


@contextlib.contextmanager
def store(size=1024 * vmfs.MIB, *options):
    """A new volume, mounted; afterwards no fsck finds anything wrong."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "store.img", size)
        vmfs.run("mkfs.vmfs", "-q", "-L", "store", image)
        with loops(image) as devices, mounted(devices, *options) as path:
            yield path
        vmfs.clean(image)
        vmfs.referees(image)


def refused(image, *options):
    """A mount that must fail: what the kernel says of it."""
    subprocess.run(["dmesg", "--clear"], check=True)
    with loops(image) as devices:
        words = mount_words(devices, options)
        done = subprocess.run(words + ["/mnt"], capture_output=True, text=True, check=False)
    ktap.check(done.returncode, f"{' '.join(words)} succeeded")
    return done.stderr + subprocess.run(["dmesg"], check=True, capture_output=True,
                                        text=True).stdout


def fallocate(fd, mode, offset, length):
    if _libc.fallocate64(fd, mode, ctypes.c_int64(offset), ctypes.c_int64(length)):
        raise OSError(ctypes.get_errno(), "fallocate")


def extents(fd, most=32):
    """[(logical, physical, length, flags)] of FIEMAP, in bytes"""
    request = array.array("B", struct.pack("<QQIIII", 0, 1 << 62, 0, 0, most, 0) +
                          bytes(56 * most))
    fcntl.ioctl(fd, FS_IOC_FIEMAP, request)
    found = []
    for number in range(struct.unpack_from("<I", request, 20)[0]):
        logical, physical, length, *_, flags = struct.unpack_from("<QQQQQI", request,
                                                                  32 + 56 * number)
        found.append((logical, physical, length, flags))
    return found


def place_of(fd, at):
    """Where on the device a part of a file is."""
    (place,) = [physical + at - logical for logical, physical, length, _ in extents(fd)
                if logical <= at < logical + length]
    return place


def direct_alignments(path):
    """STATX_DIOALIGN: of memory, and of positions and lengths"""
    data = ctypes.create_string_buffer(256)
    if _libc.statx(-100, os.fsencode(path), 0, 0x2000, data):
        raise OSError(ctypes.get_errno(), "statx")
    ktap.check(struct.unpack_from("<I", data)[0] & 0x2000, "statx does not tell of direct I/O")
    return struct.unpack_from("<II", data, 152)


def rename2(source, target, flags):
    if _libc.renameat2(-100, os.fsencode(source), -100, os.fsencode(target), flags):
        raise OSError(ctypes.get_errno(), "renameat2")


def drop_caches():
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")


def read_direct(path, offset, length):
    """Read past the page cache."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        buffer = mmap.mmap(-1, length)
        return buffer[:os.preadv(fd, [buffer], offset)]
    finally:
        os.close(fd)


def write_direct(path, offset, data, flags=0):
    fd = os.open(path, os.O_WRONLY | os.O_DIRECT | flags)
    try:
        buffer = mmap.mmap(-1, len(data))
        buffer[:] = data
        return os.pwritev(fd, [buffer], offset)
    finally:
        os.close(fd)


def fails(errors, function, *arguments):
    """It must raise an OSError with this number, or one of these."""
    errors = errors if isinstance(errors, tuple) else (errors,)
    what = f"{function.__name__}{arguments}"[:200]
    try:
        function(*arguments)
    except OSError as raised:
        ktap.check(raised.errno in errors, f"{what}: error {raised.errno} instead of {errors}")
    else:
        ktap.fail(f"{what} succeeded")
