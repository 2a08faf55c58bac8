#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Memory comes from the NUMA nodes that a guest's policy names: where it is first
touched, when blocks are split, pages shared no more, decompressed and read back."""
# only: 6.12
# lab: --memory 1G --append numa=fake=2

import ctypes
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from collections import Counter

from ktap import check, equal, run, test, wait_for
from vmem import HUGE, HUGE_PAGES, PAGE, Tps, fill, holds, libc

SIZE = 2 * HUGE
PAGES = 2 * HUGE_PAGES
SYS_MBIND, SYS_SET_MEMPOLICY, SYS_MOVE_PAGES = 237, 238, 279
DEFAULT, PREFERRED, BIND, INTERLEAVE = 0, 1, 2, 3


def call(*args):
    result = libc.syscall(*(ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args))
    equal(result, 0, f"result of system call {args[0]}, errno {ctypes.get_errno()}")


def address_of(area):
    return ctypes.addressof(ctypes.c_char.from_buffer(area))


def mask(*nodes):
    return ctypes.byref(ctypes.c_ulong(sum(1 << node for node in nodes)))


def mbind(area, mode, *nodes, first=0, length=None):
    call(SYS_MBIND, address_of(area) + first, length or len(area), mode, mask(*nodes), 64, 0)


def set_policy(mode, *nodes):
    call(SYS_SET_MEMPOLICY, mode, mask(*nodes), 64)


def nodes(area, first=0, count=None):
    """{node: pages that are mapped from there}"""
    count = count or len(area) // PAGE
    pages = (ctypes.c_ulong * count)(*(address_of(area) + (first + i) * PAGE
                                       for i in range(count)))
    status = (ctypes.c_int * count)()
    call(SYS_MOVE_PAGES, 0, count, pages, 0, status, 0)
    return dict(Counter(status))


def touched(area):
    for index in range(len(area) // PAGE):
        area[index * PAGE]  # pylint: disable=pointless-statement
    return nodes(area)


@test
def a_mapping_is_bound(vmem):
    for node in (0, 1):
        file = vmem.file(f"f{node}", SIZE + 8 * PAGE)
        area = file.map()
        mbind(area, BIND, node)
        fill(area, 0, PAGES + 8)
        equal(nodes(area), {node: PAGES + 8}, "pages of each node")
        check(file.pages()["huge"] == PAGES, "blocks of 2 MiB")


@test
def ranges_differ(vmem):
    area = vmem.file("a", SIZE).map()
    mbind(area, BIND, 1, length=HUGE)
    mbind(area, BIND, 0, first=HUGE, length=HUGE)
    fill(area, 0, PAGES)
    equal([nodes(area, 0, HUGE_PAGES), nodes(area, HUGE_PAGES, HUGE_PAGES)],
          [{1: HUGE_PAGES}, {0: HUGE_PAGES}], "pages of each node")


@test
def blocks_are_spread(vmem):
    area = vmem.file("a", 4 * HUGE).map()
    mbind(area, INTERLEAVE, 0, 1)
    fill(area, 0, 4 * HUGE_PAGES)
    equal(nodes(area), {0: 2 * HUGE_PAGES, 1: 2 * HUGE_PAGES}, "pages of each node")


@test
def reclaim_and_back(vmem):
    """The thread that splits, and another process that touches it, have no policy."""
    for node in (0, 1):
        file = vmem.file(f"f{node}", SIZE)
        area = file.map()
        mbind(area, BIND, node)
        fill(area, 0, PAGES)
        with open("/dev/shm/swap", "w+b") as target:
            file.set(swap=target.fileno(), compress_limit=100)
            for methods in (("split",), ("compress",), ("swap",)):
                file.reclaim(PAGES, *methods)
                wait_for(lambda: "writing" not in file.pages(), "writes to end")
                other = file.map()
                equal(touched(other), {node: PAGES}, f"pages of each node after {methods}")
                holds(area, 0, PAGES)
        check(file.event("fault-swapped") and file.event("fault-compressed"), "it was away")
        file.close()
        os.unlink(file.path)


@test
def sharing(vmem):
    """The scanner's splits, and copies that a write needs."""
    for node in (0, 1):
        file = vmem.file(f"f{node}", SIZE)
        area = file.map()
        mbind(area, BIND, node)
        for half in (0, HUGE_PAGES):
            fill(area, half, HUGE_PAGES)
        vmem.scan()
        equal(file.pages(), {"shared": PAGES}, "pages")
        equal(touched(area), {node: PAGES}, "pages of each node, shared")
        fill(area, 0, PAGES, base=1000)
        equal(nodes(area), {node: PAGES}, "pages of each node, written to")
        file.close()
        os.unlink(file.path)


@test
def of_the_process(vmem):
    """numactl, and libvirt's numatune without memnode"""
    for node in (1, 0):
        set_policy(BIND, node)
        file = vmem.file(f"f{node}", SIZE)
        area = file.map()
        fill(area, 0, PAGES)
        set_policy(DEFAULT)
        equal(nodes(area), {node: PAGES}, "pages of each node")
        file.reclaim(1, "split")
        equal(touched(area), {node: PAGES}, "pages of each node, split")


@test
def a_reserved_file(vmem):
    """It has its memory before it is mapped."""
    for node in (1, 0):
        file = vmem.file(f"f{node}", SIZE, kind="reserved")
        area = file.map()
        mbind(area, BIND, node)
        equal(touched(area), {node: PAGES}, "pages of each node")
        fill(area, 0, PAGES)
        holds(area, 0, PAGES)
        equal(nodes(area), {node: PAGES}, "pages of each node, written to")


run(Tps)
