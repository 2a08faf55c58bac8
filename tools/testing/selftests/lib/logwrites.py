# SPDX-License-Identifier: GPL-2.0
"""What is written to a device, recorded by dm-log-writes in the order in which flushes and
FUA make it durable, to be done again up to where power is cut."""

import contextlib
import os
import struct
import subprocess

import ktap
import vmfs
from datastore import loops

SECTOR = 512
MAGIC = 0x6a736677736872
DISCARD, MARK = 4, 8    # flags of an entry

os.environ["DM_DISABLE_UDEV"] = "1"     # a test machine has no udev


def dmsetup(*words, text=None):
    subprocess.run(["dmsetup", *words], check=True, input=text, text=True)


@contextlib.contextmanager
def recorded(image, log, half):
    """The two extents in an image, of so many bytes each, whose writes are recorded together."""
    names, size = [], half // SECTOR
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
    """Note in the log that so many steps are done."""
    dmsetup("message", "recorded", "0", "mark", str(number))


def _entries(path):
    """(sector, data) of each write, or (None, number) of a mark."""
    with open(path, "rb") as file:
        magic, _version, count, size = struct.unpack("<QQQI", file.read(28))
        ktap.equal((magic, size), (MAGIC, SECTOR), "header of the log")
        position = SECTOR
        for _ in range(count):
            file.seek(position)
            sector, sectors, flags, length = struct.unpack("<QQQQ", file.read(32))
            position += SECTOR
            if flags & MARK:
                name = file.read(length).rstrip(b"\0")
                if name != b"dm-log-writes-end":
                    yield None, int(name)
            elif flags & DISCARD:
                yield sector, b""
            else:
                file.seek(position)
                yield sector, file.read(sectors * SECTOR)
                position += sectors * SECTOR


def entries_by_step(path):
    """For each mark the writes after it, the first of the list those before the first mark."""
    steps = [[]]
    for sector, data in _entries(path):
        if sector is None:
            steps.append([])
        else:
            steps[-1].append((sector, data))
    return steps


def write(image, entries):
    """Do these writes, again."""
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
