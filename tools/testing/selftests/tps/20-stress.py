#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sharing while guests write, punch, fork, remap, and do direct I/O."""
# lab: --timeout 400

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, equal, run, test
from vmem import MOUNT, PROGRAMS, Tps, sh

SECONDS = "180" if os.environ.get("SOAK") else "12"


@test
def nothing_is_lost(vmem):
    sh("modprobe -q loop || :; truncate -s 1M /dev/shm/disk")
    loop = subprocess.run(["losetup", "-f", "--show", "/dev/shm/disk"], check=True,
                          capture_output=True, text=True).stdout.strip()
    files = [vmem.file("a"), vmem.file("b")]
    vmem.salt(1, *files)
    vmem.set(running=1, cpu=100, interval=0, split=1)
    result = subprocess.run([f"{PROGRAMS}/vmem/stress", SECONDS, loop, f"{MOUNT}/a", f"{MOUNT}/b"],
                            capture_output=True, text=True, check=False)
    diag(result.stdout + result.stderr)
    diag(f"scanner: {vmem.get()['events']}")
    for file in files:
        diag(f"{file.pages()} {file.get()['events']}")
    equal(result.returncode, 0, "exit status of stress")
    check(vmem.get()["events"]["shared"] > 1000, "pages were shared")
    check(files[0].event("fault-shared") > 100, "sharing was broken")
    vmem.set(running=0)
    sh(f"losetup -d {loop}")


run(Tps)
