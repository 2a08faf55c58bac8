#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Memory cgroups: who pays, and what a group that has too much does about it."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, run, test, wait_for
from vmem import HUGE, HUGE_PAGES, Tps, fill, holds, sh

ROOT = "/sys/fs/cgroup"
GROUP = f"{ROOT}/guest"
BLOCKS = 16
SIZE = BLOCKS * HUGE
PAGES = BLOCKS * HUGE_PAGES


def read(name):
    with open(f"{GROUP}/{name}", encoding="ascii") as file:
        return file.read()


def current():
    return int(read("memory.current"))


def stat(name, key):
    return int(dict(line.split() for line in read(name).splitlines())[key])


def write(name, value):
    with open(f"{GROUP}/{name}", "w", encoding="ascii") as file:
        file.write(str(value))


class Guest:
    """A process in a group, with a file; it does what it is told, one step after the other."""

    def __init__(self, vmem, *steps):
        self.file = vmem.file("guest", SIZE)
        self.go, self.done = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.go[1])
            try:
                self.obey(steps)
                os._exit(0)
            except BaseException as error:  # pylint: disable=broad-except
                diag(error)
                os._exit(1)
        os.close(self.go[0])
        os.close(self.done[1])

    def obey(self, steps):
        write("cgroup.procs", 0)
        area = self.file.map()
        for step in steps:
            if not os.read(self.go[0], 1):
                return
            step(area)
            os.write(self.done[1], b"x")
        os.read(self.go[0], 1)

    def step(self):
        os.write(self.go[1], b"x")
        check(os.read(self.done[0], 1), "the guest has done it")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.close(self.go[1])        # it ends where it has nobody to listen to
        os.waitpid(self.pid, 0)
        os.close(self.done[0])
        self.file.close()
        os.unlink(self.file.path)


@contextlib.contextmanager
def group():
    if not os.path.exists(f"{ROOT}/cgroup.controllers"):
        sh(f"mount -t cgroup2 none {ROOT}")
    with open(f"{ROOT}/cgroup.subtree_control", "w", encoding="ascii") as file:
        file.write("+memory")
    os.makedirs(GROUP, exist_ok=True)
    try:
        yield
    finally:
        os.rmdir(GROUP)


def fills(area):
    fill(area, 0, PAGES)


def fills_half(area):
    fill(area, 0, PAGES // 2)


def fills_the_rest(area):
    fill(area, PAGES // 2, PAGES // 2, base=PAGES // 2)


def has_all(area):
    holds(area, 0, PAGES)


@test
def charged_to_the_group(vmem):
    """What a process touches is its group's, and is given back with it."""
    with group():
        with Guest(vmem, fills) as guest:
            guest.step()
            check(SIZE <= current() < SIZE + SIZE // 2,
                  f"{current()} bytes are charged for {SIZE}")
        check(current() < HUGE, f"{current()} bytes are charged after the end")


@test
def who_splits_does_not_pay(vmem):
    """Another group's process splits, shares and compresses: pages, and what is kept
    about them, are the guest's."""
    with group(), Guest(vmem, fills) as guest:
        guest.step()
        before = stat("memory.stat", "slab")
        guest.file.reclaim(1, "split")
        slots = stat("memory.stat", "slab") - before
        check(slots >= BLOCKS // 2 * HUGE_PAGES * 8, f"{slots} bytes of slots")
        check(current() >= SIZE, f"{current()} bytes are charged for {SIZE}, split")
        before = stat("memory.stat", "slab")
        vmem.scan(2)
        # the group's figures are brought up to date every two seconds
        wait_for(lambda: stat("memory.stat", "slab") - before >= BLOCKS * HUGE_PAGES * 4,
                 "checksums to be charged")


@test
def above_high_idle_memory_is_taken(vmem):
    """The guest's process is not made to wait: what it does not use is compressed."""
    with group(), Guest(vmem, fills_half, fills_the_rest, has_all) as guest:
        guest.file.set(compress_limit=100)
        guest.step()
        guest.file.reclaim(1, "split", "compress")
        high = SIZE * 3 // 4
        write("memory.high", high)
        guest.step()
        diag(f"{current()} bytes, high {high}; {guest.file.pages()}")
        check(high * 0.8 < current() < high * 1.05,
              f"{current()} bytes are charged, with {high} high")
        check(guest.file.pages().get("compressed", 0) > PAGES // 8, "pages were compressed")
        write("memory.high", "max")
        guest.step()


@test
def a_group_is_told_to_shrink(vmem):
    """memory.reclaim, which does not count what is taken so, and says EAGAIN."""
    with group(), Guest(vmem, fills, has_all) as guest:
        guest.file.set(compress_limit=100)
        guest.step()
        before = current()

        def shrinks():
            with contextlib.suppress(BlockingIOError):
                write("memory.reclaim", 1 << 20)
            return current() < before * 3 // 4

        wait_for(shrinks, "the group to shrink by a quarter", every=0.3)
        diag(f"{before} bytes before, {current()} after; {guest.file.pages()}")
        check(current() > before // 3, "not all was taken")
        guest.step()


run(Tps)
