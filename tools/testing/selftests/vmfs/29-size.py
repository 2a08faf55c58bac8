#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
# lab: --memory 3G
"""The largest volume, and one that fills up: how long that takes is told, not judged."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import loops, mounted
from ktap import bare, check, diag, equal, run
from vmfs import MIB


@bare
def largest_volume():
    """64 TiB on four devices: mounted without looking at each bitmap."""
    with vmfs.folder() as top:
        images = vmfs.images(top, *[(16 << 20) + 300] * 3, (16 << 20) - 1024)
        vmfs.run("mkfs.vmfs", "-q", *images)
        with loops(*images) as devices:
            started = time.monotonic()
            with mounted(devices) as path:
                diag(f"mounted in {time.monotonic() - started:.2f} s")
                started = time.monotonic()
                status = os.statvfs(path)
                diag(f"statfs in {time.monotonic() - started:.2f} s")
                check(status.f_blocks > 63 << 20, f"{status.f_blocks} blocks")
                (path / "file").write_bytes(b"x" * 3 * MIB)
            with mounted(devices) as path:
                equal((path / "file").read_bytes(), b"x" * 3 * MIB, "content")


@bare
def a_volume_that_fills():
    """The search for a free block does not look at what is full: no cluster twice."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 500 << 30)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            took = []
            for part in range(10):
                started = time.monotonic()
                with open(path / f"part{part}", "wb") as file:
                    datastore.fallocate(file.fileno(), 0, 0, os.statvfs(path).f_bfree * MIB //
                                        (10 - part))
                took.append(time.monotonic() - started)
            diag("seconds for each tenth: " + " ".join(f"{one:.2f}" for one in took))
            equal(os.statvfs(path).f_bfree, 0, "free blocks")
            for part in range(0, 10, 3):
                os.unlink(path / f"part{part}")
        vmfs.clean(image)


run()
