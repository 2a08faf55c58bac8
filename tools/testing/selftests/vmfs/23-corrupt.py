#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 2G
"""Corrupt volumes: errors and messages, no crash.  SOAK=1: 600 of them, of ESXi's, too."""

import ctypes
import errno
import os
import pathlib
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from datastore import events, fails, loops, mount_words, mounted, refused
from ktap import bare, check, contains, diag, equal, run
from tree import TOP
from vmfs import MIB

SOAK = os.environ.get("SOAK") == "1"
COUNT = 600 if SOAK else 8
PAGE, SECTOR = 4096, 512
GENUINE = f"{TOP}/../shared/data/vmfs6.bin.gz"

LV = 0x1100000      # where the logical volume begins on the device
DESCRIPTOR = LV + 0x200000
FDC = LV + 0x400000
FIRST = FDC + 0x10000 + 64 * 1024
PBC = 3             # number of the file descriptor of .pbc.sf
MAGIC = struct.pack("<I", 0x10c00001)

# members of a file descriptor
TYPE, LENGTH, BLOCK_SIZE, ZLA, SHIFT, DATA = 524, 532, 540, 580, 649, 1024


def patch(image, *changes):
    """Write (offset, format, value) into an image."""
    with open(image, "r+b") as file:
        for at, form, value in changes:
            file.seek(at)
            file.write(struct.pack("<" + form, value))


def descriptor(image, length):
    """Offset of the file descriptor of the only file with a length."""
    with open(image, "rb") as file:
        for number in range(8, 64):
            raw = os.pread(file.fileno(), 2048, FIRST + number * 2048)
            if raw[:4] == MAGIC and struct.unpack_from("<Q", raw, LENGTH)[0] == length:
                return FIRST + number * 2048
    raise AssertionError(f"no file of {length} bytes")


def make_volume(top, *files):
    """A volume with files of these lengths."""
    source, image = top / "source", vmfs.image(top / "image", 300 * MIB)
    source.mkdir()
    for length in files:
        (source / f"file{length}").write_bytes(b"x" * length)
    vmfs.run("mkfs.vmfs", "-q", "-d", source, image)
    return image


@bare
def headers():
    """System files that point to what is not open yet, or lie across pages."""
    pbc, per_group, odd = FIRST + PBC * 2048, 64, 63
    cases = {
        "sub-blocks before there are any": ("block size", (pbc + ZLA, "I", 2), (pbc + DATA, "I", 2)),
        "the same, of the right size": ("item 0 of cluster 0 of 0", (pbc + ZLA, "I", 2),
                                        (pbc + BLOCK_SIZE, "Q", 8192), (pbc + SHIFT, "B", 13),
                                        (pbc + DATA, "I", 2)),
        "pointer blocks before there are any": ("item 0 of cluster 0 of 0", (pbc + ZLA, "I", 3),
                                                (pbc + DATA, "I", 3)),
        "an odd number of clusters": ("clusters per group is 63", (FDC + 4, "I", odd),
                                      (FDC + 16, "I", odd * 1024 + odd * 32 * 2048)),
        "the same in the file system descriptor": ("clusters in a group of file descriptors is 63",
                                                   (DESCRIPTOR + 0xd5, "I", odd)),
        "more items in a cluster than an address can name": (
            "items per cluster is 32", (LV + 7 * MIB, "I", 32),
            (LV + 7 * MIB + 16, "I", per_group * 1024 + per_group * 32 * 4096)),
        "a system file without an end": ("bytes", (pbc + ZLA, "I", 4304),
                                         (pbc + LENGTH, "Q", 1 << 45)),
    }
    with vmfs.folder() as top:
        base, image = make_volume(top), top / "copy"
        for name, (says, *changes) in cases.items():
            subprocess.run(["cp", "--sparse=always", str(base), str(image)], check=True)
            patch(image, *changes)
            for options in ((), ("ro",)):
                contains(refused(image, *options), says, name)


def broken_file(version, length, *changes):
    """A file whose descriptor was changed cannot be read, and no more than that."""
    with vmfs.folder() as top:
        image = make_volume(top, length)
        at = descriptor(image, length)
        if version == 3:
            patch(image, (0x100004, "B", 3), (DESCRIPTOR + 4, "B", 4))
        patch(image, *((at + offset, form, value) for offset, form, value in changes))
        with loops(image) as devices, mounted(devices, "ro") as path, events() as told:
            # what is found out while a page is read is EIO to who reads it
            fails((errno.EUCLEAN, errno.EIO), (path / f"file{length}").read_bytes)
            equal({name for name, _ in told()}, {"corrupt-ntf"}, "events")
            os.listdir(path)


@bare
def files():
    # a pointer block of .pb2.sf, which VMFS-3 has not
    broken_file(3, 20000, (ZLA, "I", 3), (DATA, "I", 5))
    broken_file(5, 20000, (ZLA, "I", 3), (DATA, "I", 0xfffffff5))
    # blocks of a size that the volume has not: every position was looked for in vain
    broken_file(5, 20000, (BLOCK_SIZE, "Q", 4096), (SHIFT, "B", 12))
    broken_file(5, 20000, (TYPE, "I", 9))
    broken_file(5, 700, (LENGTH, "Q", 5000))


@bare
def flipped_bits():
    """Files that the bitmap has as free, are not written over by new ones."""
    cluster = FDC + 0x10000
    content = {f"file{length}": b"x" * length for length in (1, 2000, 9000)}
    with vmfs.folder() as top:
        image = make_volume(top, *map(len, content.values()))
        with open(image, "rb") as file:
            bitmap = bytearray(os.pread(file.fileno(), 8, cluster + 512 + 16))
            free = struct.unpack("<I", os.pread(file.fileno(), 4, cluster + 512 + 8))[0]
        for name in content:
            number = (descriptor(image, len(content[name])) - FIRST) // 2048
            check(not bitmap[number // 8] >> number % 8 & 1, f"{name} is free already")
            bitmap[number // 8] |= 1 << number % 8
        patch(image, (cluster + 512 + 16, "8s", bytes(bitmap)),
              (cluster + 512 + 8, "I", free + len(content)))
        with loops(image) as devices, mounted(devices) as path:
            for number in range(5):
                (path / f"new{number}").write_bytes(b"new" * 5000)
            os.sync()
        with loops(image) as devices, mounted(devices) as path:
            for name, data in content.items():
                equal((path / name).read_bytes(), data, name)
        vmfs.clean(image)


_libc = ctypes.CDLL(None, use_errno=True)


def names_from(fd, position):
    """What getdents64() has from a position on."""
    os.lseek(fd, position, os.SEEK_SET)
    found, buffer = [], ctypes.create_string_buffer(32768)
    while (size := _libc.syscall(217, fd, buffer, len(buffer))) > 0:
        at = 0
        while at < size:
            length = struct.unpack_from("<H", buffer, at + 16)[0]
            found.append(bytes(buffer[at + 19:at + length]).split(b"\0")[0].decode())
            at += length
    equal(size, 0, "getdents64")
    return sorted(found)


@bare
def positions():
    """Where lseek() goes in a directory does not have to be an entry."""
    with vmfs.folder() as top:
        image = make_volume(top, 1, 2, 3)
        with loops(image) as devices, mounted(devices, "ro") as path:
            fd = os.open(path, os.O_RDONLY)
            names = names_from(fd, 0)
            check(len(names) > 5, f"names: {names}")
            equal(names_from(fd, 3), [name for name in names if name not in (".", "..")],
                  "names from position 3")
            equal(names_from(fd, (1 << 31) - 1), [], "names from the end")
            os.close(fd)


def quietly(function, *arguments):
    try:
        return function(*arguments)
    except (OSError, UnicodeError):
        return None


def read_some(path):
    fd = quietly(os.open, path, os.O_RDONLY | os.O_NONBLOCK)
    if fd is None:
        return
    for at in (0, 200 * MIB, 1 << 40):
        quietly(os.pread, fd, 65536, at)
    quietly(os.lseek, fd, 0, os.SEEK_HOLE)
    os.close(fd)


def walk(path):
    """Touch everything, and change what can be changed."""
    for top, dirs, files in os.walk(path):
        for name in dirs + files:
            full = os.path.join(top, name)
            quietly(os.lstat, full)
            quietly(os.readlink, full)
            read_some(full)
        if len(top) > 3000:
            break
    quietly(os.statvfs, path)
    for number, size in enumerate((0, 100, 9000, 3 * MIB)):
        quietly((path / f"new{number}").write_bytes, bytes(size))
    quietly(os.mkdir, path / "newdir")
    for name in (quietly(os.listdir, path) or [])[:30]:
        quietly(os.truncate, path / name, 10000)
        quietly(os.rename, path / name, path / "newdir" / name)
        quietly(os.unlink, path / "newdir" / name)
    quietly(os.sync)


def fill(path):
    """A file of each kind in each of a few folders, and little in them: what is to be
    damaged is what describes them."""
    for number in range(4):
        folder = path / f"dir{number}"
        folder.mkdir()
        (folder / "link").symlink_to("small")
        for name, start, length in (("resident", 0, 700), ("small", 0, 9000),
                                    ("large", 3 * MIB, 5000), ("pointers", 257 * MIB, 5000)):
            with open(folder / name, "wb") as file:
                file.seek(start)
                file.write(bytes([number + 1]) * length)


# what a sector begins with: extent, descriptor, heartbeat, and locks of items and clusters
MAGICS = (0xc001d00d, 0x2fabf15e, 0xabcdef01, *range(0x10c00001, 0x10c00009))


def find_kinds(image):
    """Offsets of sectors that hold something, by what they are: each kind is damaged as often as
    another, however many there are of it."""
    kinds, lock, lock_at = {}, 0, 0
    with open(image, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA) // SECTOR * SECTOR
            except OSError:
                break
            sector = os.pread(file.fileno(), SECTOR, at)
            if any(sector):
                magic = struct.unpack_from("<I", sector)[0]
                if magic in MAGICS:
                    lock, lock_at = magic, at
                kind = magic if magic in MAGICS else "extent" if at < LV else \
                    ("behind", lock) if at - lock_at < 2 * PAGE else "content"
                kinds.setdefault(kind, []).append(at)
            at += SECTOR
    return kinds


def damaged(old, draw):
    """Another value for a member of as many bytes: near the old one, or at a limit."""
    bits = 8 * len(old)
    number = int.from_bytes(old, "little")
    values = (0, 1, number + 1, number - 1, number ^ 1 << draw.randrange(bits), (1 << bits) - 1,
              1 << draw.randrange(bits), (1 << draw.randrange(bits)) - 1, draw.getrandbits(bits))
    return (draw.choice(values) % (1 << bits)).to_bytes(len(old), "little")


def mutate(image, kinds, draw):
    with open(image, "r+b") as file:
        for _ in range(draw.choice((1, 1, 2, 5, 20))):
            at = draw.choice(kinds[draw.choice(list(kinds))])
            if draw.randrange(8):
                at += draw.choice((draw.randrange(128), draw.randrange(SECTOR)))
                new = damaged(os.pread(file.fileno(), draw.choice((1, 2, 4, 4, 8)), at), draw)
            else:   # what belongs elsewhere
                new = os.pread(file.fileno(), draw.choice((SECTOR, PAGE)),
                               draw.choice(kinds[draw.choice(list(kinds))]))
            os.pwrite(file.fileno(), new, at)


def as_vmfs3(image, copy):
    """VMFS-3 differs in versions, and its file descriptors have no shift."""
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
    with open(copy, "rb") as file:
        raw = os.pread(file.fileno(), 64 * 2048, FIRST)
    shifts = [(FIRST + at + SHIFT, "B", 0) for at in range(0, len(raw), 2048)
              if raw[at:at + 4] == MAGIC]
    patch(copy, (0x100004, "B", 3), (DESCRIPTOR + 4, "B", 4), *shifts)


def bases(top):
    """Volumes of all versions: the VMFS-6 is ESXi's, which takes a minute to unpack."""
    source, five, three = top / "source", vmfs.image(top / "five", 600 * MIB), top / "three"
    source.mkdir()
    fill(source)
    vmfs.run("mkfs.vmfs", "-q", "-d", source, five)
    as_vmfs3(five, three)
    found = [five, three]
    if SOAK and os.path.exists(GENUINE):
        found.insert(1, top / "six")
        with subprocess.Popen(["gzip", "-dc", GENUINE], stdout=subprocess.PIPE) as packed:
            subprocess.run(["cp", "--sparse=always", "/dev/stdin", found[1]], check=True,
                           stdin=packed.stdout)
    return found


@bare
def mutated_volumes():
    draw = random.Random(int(os.environ.get("VS_SEED") or 1))
    mounts = 0
    with vmfs.folder() as top:
        image = top / "image"
        volumes = [(base, find_kinds(base)) for base in bases(top)]
        for base, kinds in volumes:
            diag(f"{base.name}: {len(kinds)} kinds, {sum(map(len, kinds.values()))} sectors")
        for number in range(COUNT):
            base, kinds = volumes[number % len(volumes)]
            subprocess.run(["cp", "--sparse=always", str(base), str(image)], check=True)
            mutate(image, kinds, draw)
            with loops(image) as devices:
                # a slot that seems to be in use is not waited for
                options = "ro" if base.name != "five" or draw.randrange(2) else "takeover=now"
                words = mount_words(devices, (options,))
                mount = subprocess.run([*words, "/mnt"], capture_output=True, check=False)
                if mount.returncode == 0:
                    mounts += 1
                    walk(pathlib.Path("/mnt"))
                    subprocess.run(["umount", "/mnt"], check=True)
    diag(f"{mounts} of {COUNT} volumes were mounted")
    check(mounts > COUNT / 4, f"only {mounts} of {COUNT} volumes were mounted")


run()
