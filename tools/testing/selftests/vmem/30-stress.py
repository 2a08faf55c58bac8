#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
# lab: --cpus 2
"""All at once: sharing, splitting, compressing and swapping while guests write,
punch, fork, remap, and do direct I/O.  SOAK=1 does it for minutes."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, run, test
from vmem import Tps, stress_with_reclaim

DEBUG = os.environ.get("LAB_KERNEL") == "debug"
PAGES = 1536 if DEBUG else 4096
SECONDS = 240 if os.environ.get("SOAK") else 12


def with_reclaim(vmem, sharing):
    for events in stress_with_reclaim(vmem, SECONDS, PAGES, sharing):
        check(events["fault-compressed"] > 0, "compressed pages came back")
        check(events["fault-swapped"] > 0, "swapped pages came back")


@test
def compressing_and_swapping(vmem):
    with_reclaim(vmem, sharing=False)


@test
def all_at_once(vmem):
    with_reclaim(vmem, sharing=True)


run(Tps)
