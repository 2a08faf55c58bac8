#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail: nothing is lost while one in twenty does, and whichever
one fails in the life of a file, what was begun is undone."""
# only: debug
# lab: --cpus 2

import contextlib
import errno
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import bare, check, diag, equal, run, test, wait_for
from netlink import Refused
from vmem import HUGE, HUGE_PAGES, MOUNT, PAGE, Tps, fallocate, fill, holds, stress_with_reclaim

DEBUG = "/sys/kernel/debug"
KINDS = ("failslab", "fail_page_alloc")
MANY = 1 << 30


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def code_of(module):
    """First address of a module's code, and one behind its last."""
    with open(f"/sys/module/{module}/sections/.text", encoding="ascii") as file:
        start = int(file.read(), 16)
    with open("/proc/modules", encoding="ascii") as file:
        size = next(int(line.split()[1]) for line in file if line.startswith(module + " "))
    return start, start + size


class Failures:
    """While entered, allocations that have vmem among their callers fail, as many
    per cent of them.  count: how many did, by kind."""

    def __init__(self, percent):
        self.percent, self.count = percent, {}

    def __enter__(self):
        start, end = code_of("vmem")
        settings = {"require-start": hex(start), "require-end": hex(end), "stacktrace-depth": 32,
                    "verbose": 0, "task-filter": "N", "ignore-gfp-wait": "N", "times": MANY}
        write(f"{DEBUG}/fail_page_alloc/ignore-gfp-highmem", "N")
        write(f"{DEBUG}/fail_page_alloc/min-order", 0)
        for kind in KINDS:
            for name, value in settings.items():
                write(f"{DEBUG}/{kind}/{name}", value)
            write(f"{DEBUG}/{kind}/probability", self.percent)
        return self

    def __exit__(self, *unused):
        for kind in KINDS:
            write(f"{DEBUG}/{kind}/probability", 0)
            with open(f"{DEBUG}/{kind}/times", encoding="ascii") as file:
                self.count[kind] = MANY - int(file.read())


@contextlib.contextmanager
def with_pools(vmem, failures):
    """The pool of compressed pages takes hundreds of allocations to make: it is there before."""
    for file in vmem.files:
        file.reclaim(1, "compress")
    with failures:
        yield


@test
def one_in_twenty(vmem):
    """Everything of 30-stress.py, meanwhile."""
    failures = Failures(5)
    events = stress_with_reclaim(vmem, 5, 1536, sharing=True, during=with_pools(vmem, failures))
    diag(f"failed: {failures.count}; waits for memory: {[each['wait'] for each in events]}")
    for kind, count in failures.count.items():
        check(count > 100, f"{count} of {kind}")
    for event in ("split", "compress", "fault-compressed", "swap-out"):
        check(sum(each[event] for each in events), f"{event} went on")


def first_fails(call, number):
    """Do it while the allocation of that number, of this thread, fails; whether one did."""
    nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    os.write(nth, str(number).encode())
    try:
        call()
    except (OSError, Refused) as failure:
        equal(failure.error if isinstance(failure, Refused) else failure.errno, errno.ENOMEM,
              "errno")
    finally:
        left = int(os.read(nth, 32))
        os.write(nth, b"0")
        os.close(nth)
    return not left


def each_fails(call):
    """Do it again and again; each time the next allocation fails, until there is none."""
    number = 1
    while first_fails(call, number):
        number += 1
    diag(f"{call.__name__}: {number - 1} allocations failed, one at a time")
    check(number > 1, f"{call.__name__} allocates")


class Spared(Tps):
    parameters = "sample_period=0 spare_blocks=2"


@test
def each_one_of_a_file(vmem):
    """Made, sized, written to, filled ahead, given a swap file, shown."""
    def made():
        return os.open(f"{MOUNT}/short", os.O_RDWR | os.O_CREAT, 0o600)

    def managed():
        fd = made()
        try:
            os.ftruncate(fd, HUGE + 8 * PAGE)
            fallocate(fd, 0, HUGE, 4 * PAGE)
            vmem.api.do("file-set", id=os.fstat(fd).st_ino, swap=target)
            vmem.api.do("file-get", id=os.fstat(fd).st_ino)
        finally:
            os.unlink(f"{MOUNT}/short")
            os.close(fd)

    def reserved():
        fd = made()
        try:
            vmem.api.do("file-set", id=os.fstat(fd).st_ino, kind="reserved")
            os.ftruncate(fd, 2 * HUGE)
        finally:
            os.unlink(f"{MOUNT}/short")
            os.close(fd)

    target = os.open("/dev/shm/swap", os.O_RDWR | os.O_CREAT, 0o600)
    with Failures(0):
        each_fails(managed)
        each_fails(reserved)
    os.close(target)
    equal(vmem.api.dump("file-get"), [], "files left")


@bare
def spare_blocks():
    """Where the allocator has no block of 2 MiB, a spare one serves, and is replaced."""
    with Spared() as vmem, Failures(0):
        file = vmem.file("a", 64 * HUGE)
        area, blocks = file.map(), iter(range(64))

        def next_is_huge():
            before, block = file.event("fault-huge"), next(blocks)
            check(first_fails(lambda: fill(area, block * HUGE_PAGES, 1), 1), "it failed once")
            return file.event("fault-huge") - before

        equal([next_is_huge(), next_is_huge()], [1, 1], "blocks, with two spare ones")
        wait_for(next_is_huge, "a spare block to be replaced", every=0.1)


@test
def each_one_of_reclaim(vmem):
    """Split, compressed, shared, broken, read back: by content."""
    file = vmem.file("a", HUGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES)
    file.set(compress_limit=100)

    def away_and_back():
        file.reclaim(HUGE_PAGES, "split", "compress")
        holds(area, 0, HUGE_PAGES)
        file.punch(0, HUGE_PAGES)
        fill(area, 0, HUGE_PAGES)

    with Failures(0):
        for number in (1, 2, 3, 4, 5, 300, 514, 515, 516, 517, 900, 1030, 1300):
            check(first_fails(away_and_back, number), f"allocation {number}")
            file.punch(0, HUGE_PAGES)
            fill(area, 0, HUGE_PAGES)
    holds(area, 0, HUGE_PAGES)


run(Tps)
