#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The memory states of the host: when they begin and end, and what is done in them."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, equal, run, test, wait_for
from vmem import HUGE, PAGE, Balloon, fill, holds

STATES = ["high", "clear", "soft", "hard", "low"]
SIZE = 16 * HUGE
PAGES = SIZE // PAGE


def after(vmem, percent):
    """The state with so much of min_free available."""
    available = vmem.host()["available"] * PAGE >> 20
    vmem.set_min_free(available * 100 // percent)
    return vmem.host()["state"]


@test
def sliding_scale(vmem):
    """6 % of a machine of less than 4 GiB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        total = int(file.readline().split()[1]) * 1024 // PAGE
    said = vmem.host()
    equal(said["min-free"], total * 6 // 100, "pages that should be available")
    equal([said["stage"][state]["below"] for state in STATES],
          [0] + [said["min-free"] * percent // 100 for percent in (100, 64, 32, 16)], "limits")
    equal([said["stage"][state]["batch"] for state in STATES], [0, 0, 256, 512, 1024], "batches")
    equal(said["state"], "high", "state")


@test
def states_with_hysteresis(vmem):
    """Each begins at its limit, and lasts a little above it."""
    before = vmem.host()["stage"]
    for percent, state in ((130, "high"), (104, "high"), (80, "clear"), (104, "clear"),
                           (115, "high"), (50, "soft"), (68, "soft"), (78, "clear"), (68, "clear"),
                           (24, "hard"), (36, "hard"), (8, "low"), (20, "low"), (28, "hard"),
                           (50, "soft"), (130, "high")):
        equal(after(vmem, percent), state, f"state at {percent} % of min_free")
    now = vmem.host()["stage"]
    equal({state: now[state]["entered"] - before[state]["entered"] for state in STATES},
          {"high": 2, "clear": 2, "soft": 2, "hard": 2, "low": 1}, "states entered")


@test
def guests_give_until_it_ends(vmem):
    """In a bad state idle memory is taken, which is counted; in a good one it is not."""
    file = vmem.file("a", SIZE)
    fill(file.map(), 0, PAGES)
    file.set(compress_limit=100)
    equal(after(vmem, 80), "clear", "state")
    check(file.pages().get("huge") == PAGES, "nothing is taken while memory is clear")
    equal(after(vmem, 50), "soft", "state")
    wait_for(lambda: file.pages().get("compressed") == PAGES, "all of it to be compressed", 60)
    diag(vmem.host())
    # a step is counted at its end
    wait_for(lambda: vmem.host()["stage"]["soft"]["taken"] >= PAGES, "it to be counted", 60)
    equal(after(vmem, 130), "high", "state")
    holds(file.maps[0], 0, PAGES)
    equal(file.pages(), {"private": PAGES}, "pages, once memory is high")


class WithoutPolicy(Balloon):
    modules = ("vmem",)


run(WithoutPolicy)
