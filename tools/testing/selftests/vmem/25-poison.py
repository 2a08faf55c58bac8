#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Broken memory: who touches the page is told so, for this one page; nobody else loses
anything, and the page is not used again."""
# only: 6.1 6.12

import contextlib
import ctypes
import os
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, equal, run, test, wait_for
from tree import PROGRAMS
from vmem import (HUGE, HUGE_PAGES, PAGE, Tps, fill, holds, libc, pattern, sh)

HWPOISON = 100          # of madvise()
TOLD = 4                # BUS_MCEERR_AR
KPF_TAIL, KPF_HWPOISON = 1 << 16, 1 << 19
PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY = 33, 1, 1


def address_of(area, page):
    return ctypes.addressof(ctypes.c_char.from_buffer(area)) + page * PAGE


def pfn_of(area, page):
    with open("/proc/self/pagemap", "rb") as file:
        file.seek(address_of(area, page) // PAGE * 8)
        entry = struct.unpack("Q", file.read(8))[0]
    check(entry >> 63, f"page {page} is in memory")
    return entry & (1 << 55) - 1


def flags_of(pfn):
    with open("/proc/kpageflags", "rb") as file:
        file.seek(pfn * 8)
        return struct.unpack("Q", file.read(8))[0]


def by_madvise(area, page):
    """The kernel holds the page already when it learns of the error, and may kill
    who it believes to have found it."""
    pid = os.fork()
    if not pid:
        with contextlib.suppress(OSError):
            area.madvise(HWPOISON, page * PAGE, PAGE)
        os._exit(0)
    os.waitpid(pid, 0)


def by_machine(area, page):
    """As a machine check reports it: by its address."""
    sh("modprobe hwpoison-inject; mountpoint -q /sys/kernel/debug || "
       "mount -t debugfs none /sys/kernel/debug")
    with contextlib.suppress(OSError):
        with open("/sys/kernel/debug/hwpoison/corrupt-pfn", "w", encoding="ascii") as file:
            file.write(str(pfn_of(area, page)))


def peek(file, *pages):
    """What another process reads there: the first byte, or its signal."""
    output = subprocess.run([f"{PROGRAMS}/vmem/peek", file.path, *map(str, pages)], check=True,
                            capture_output=True, text=True).stdout
    return [line if line.startswith("SIGBUS") else int(line) for line in output.splitlines()]


def told(page):
    return f"SIGBUS {TOLD} {page}"


def is_mapped(area, page):
    with open("/proc/self/pagemap", "rb") as file:
        file.seek(address_of(area, page) // PAGE * 8)
        return struct.unpack("Q", file.read(8))[0] >> 63


def owner_dies(area, page):
    """A process that has had it mapped all the time touches it."""
    pid = os.fork()
    if not pid:
        area[page * PAGE]  # pylint: disable=pointless-statement
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    equal(os.WTERMSIG(status), signal.SIGBUS, "signal of the owner")


def breaks(vmem, how):
    file = vmem.file("a", HUGE + 16 * PAGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES + 16)
    small, part = HUGE_PAGES + 5, 100
    for page in (small, part):
        how(area, page)
        wait_for(lambda page=page: not is_mapped(area, page), "the page to be unmapped")
        equal(peek(file, page - 1, page, page + 1),
              [pattern(page - 1)[0], told(page), pattern(page + 1)[0]], "bytes beside it")
        owner_dies(area, page)
    check(file.reclaim(HUGE_PAGES, "split", "compress") <= 15, "the blocks are left alone")
    holds(area, 0, part)
    holds(area, part + 1, HUGE_PAGES - part - 1 + 5, base=part + 1)
    holds(area, small + 1, 10, base=small + 1)
    return file


@test
def announced_by_address(vmem):
    breaks(vmem, by_machine)


@test
def announced_with_a_reference(vmem):
    breaks(vmem, by_madvise)


@test
def a_hole_mends_it(vmem):
    """What a guest that boots again does, for one page of a block as well."""
    file = breaks(vmem, by_machine)
    area = file.maps[0]
    for page in (HUGE_PAGES + 5, 100):
        file.punch(page, 1)
        equal(peek(file, page), [0], "byte of the page")
        fill(area, page, 1, base=7000)
        holds(area, page, 1, base=7000)
    holds(area, 0, 100)
    holds(area, 101, HUGE_PAGES - 101 + 5, base=101)


@test
def a_block_in_use_is_punched(vmem):
    """It cannot be split, so it is cleared, but for the broken page."""
    file = vmem.file("a", HUGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES)
    by_machine(area, 100)
    wait_for(lambda: not is_mapped(area, 100), "the page to be unmapped")
    file.punch(90, 8)
    file.punch(102, 8)
    equal(peek(file, 89, 90, 97, 98, 100, 101, 102, 109, 110),
          [pattern(89)[0], 0, 0, pattern(98)[0], told(100), pattern(101)[0], 0, 0,
           pattern(110)[0]], "bytes")


@test
def it_is_not_used_again(vmem):
    """Neither a page of its own nor one in the middle of a block, when the file goes."""
    file = vmem.file("a", HUGE + 16 * PAGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES + 16)
    pfns = [pfn_of(area, page) for page in (100, HUGE_PAGES + 5)]
    for page in (100, HUGE_PAGES + 5):
        by_machine(area, page)
    file.punch(0, HUGE_PAGES + 16)
    for pfn in pfns:
        check(flags_of(pfn) & KPF_HWPOISON, f"{pfn:x} is marked")
    check(flags_of(pfns[0]) & KPF_TAIL, "the block is kept out of the allocator's hands")
    fill(area, 0, HUGE_PAGES + 16, base=600)
    check(not {pfn_of(area, page) for page in range(HUGE_PAGES + 16)} & set(pfns),
          "other memory is used now")
    holds(area, 0, HUGE_PAGES + 16, base=600)


@test
def who_asked_is_told_at_once(vmem):
    """QEMU does: by BUS_MCEERR_AO, whether or not it touches the page."""
    file = vmem.file("a", HUGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES)
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        libc.prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGBUS})
        os.write(write, b"x")
        info = signal.sigtimedwait({signal.SIGBUS}, 20)
        diag(f"{info}")
        os._exit(0 if info and info.si_code == 5 else 1)
    os.read(read, 1)
    by_machine(area, 100)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of who asked")
    os.close(read)
    os.close(write)


@test
def shared_memory(vmem):
    """All who share it are told; a copy is not made of it, and others share another one."""
    a, b, c = (vmem.file(name, 64 * PAGE) for name in "abc")
    vmem.salt(7, a, b, c)
    for file in (a, b):
        fill(file.map(), 0, 64)
    vmem.scan()
    equal(b.pages(), {"shared": 64}, "pages")
    holds(a.maps[0], 0, 64)
    by_machine(a.maps[0], 20)
    wait_for(lambda: not is_mapped(a.maps[0], 20), "the page to be unmapped")
    for file in (a, b):
        equal(peek(file, 19, 20, 21), [pattern(19)[0], told(20), pattern(21)[0]], "bytes")
    vmem.tps.do("unshare", id=b.id)
    equal(b.pages(), {"private": 63, "shared": 1}, "pages of who wanted copies")
    fill(c.map(), 0, 64)
    vmem.scan()
    holds(c.maps[0], 0, 64)
    a.punch(20, 1)
    equal(peek(a, 20), [0], "byte of a hole")


@test
def zeros_that_all_share(vmem):
    """They can be had elsewhere, so nobody is told."""
    file = vmem.file("a", HUGE + 8 * PAGE)
    area = file.map()
    equal([area[100 * PAGE], area[(HUGE_PAGES + 3) * PAGE]], [0, 0], "bytes")
    for page in (100, HUGE_PAGES + 3):
        by_machine(area, page)
    equal(peek(file, 99, 100, 101, HUGE_PAGES + 3), [0, 0, 0, 0], "bytes")


run(Tps)
