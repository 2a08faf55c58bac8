#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sharing while guests write, punch, fork, remap, and do direct I/O."""
# lab: --cpus 2

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, run, test
from vmem import Tps, sh, stress

DEBUG = os.environ.get("LAB_KERNEL") == "debug"
PAGES = 1536 if DEBUG else 4096
SHARED = 100 if DEBUG else 500
SECONDS = 180 if os.environ.get("SOAK") else 10


@test
def nothing_is_lost(vmem):
    if DEBUG:
        # It has time for a few blocks only, which writers seldom leave worth splitting.
        sh("echo N >/sys/module/vmem/parameters/huge")
    files = [vmem.file("a"), vmem.file("b")]
    vmem.salt(1, *files)
    vmem.set(running=1, workers=2, cpu=150, interval=0, split=1)
    stress(vmem, SECONDS, PAGES)
    diag(f"scanner: {vmem.get()['events']}")
    check(vmem.get()["events"]["shared"] > SHARED, "pages were shared")
    diag(f"writes that broke sharing: {[file.event('fault-shared') for file in files]}")
    vmem.set(running=0)


run(Tps)
