#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Everything of 30-stress.py, while one in twenty of the module's allocations fails."""
# only: debug
# lab: --timeout 300

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, run, test
from vmem import Tps, stress_with_reclaim

DEBUG = "/sys/kernel/debug"


def text_of(module):
    """First and last address of a module's code."""
    with open(f"/sys/module/{module}/sections/.text", encoding="ascii") as file:
        start = int(file.read(), 16)
    with open("/proc/modules", encoding="ascii") as file:
        size = next(int(line.split()[1]) for line in file if line.startswith(module + " "))
    return start, start + size


def fail(what, percent):
    """Let allocations fail that have a function of vmem among their callers."""
    start, end = text_of("vmem")
    settings = {"require-start": start, "require-end": end, "stacktrace-depth": 32,
                "verbose": 0, "task-filter": "N", "ignore-gfp-wait": "N", "times": -1,
                "probability": percent}
    if what == "fail_page_alloc":
        settings.update({"ignore-gfp-highmem": "N", "min-order": 0})
    for name, value in settings.items():
        with open(f"{DEBUG}/{what}/{name}", "w", encoding="ascii") as file:
            file.write(str(value))


@test
def allocations_that_fail(vmem):
    fail("fail_page_alloc", 5)
    fail("failslab", 5)
    try:
        events = stress_with_reclaim(vmem, 10, 1536, sharing=True)
    finally:
        fail("fail_page_alloc", 0)
        fail("failslab", 0)
    check(sum(each["wait"] for each in events) > 0, "some fault had to wait for memory")


run(Tps)
