#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Reclaim: idle memory is compressed and swapped, and comes back as it was."""

import errno
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, equal, run, test, wait_for
from vmem import (HUGE, HUGE_PAGES, MOUNT, PAGE, Vmem, fill, holds, loop_device, reads_zero,
                  refused, sh)

SIZE = 2 * HUGE
PAGES = SIZE // PAGE
SWAP = "/dev/shm/swap"


def filled(vmem, **settings):
    file = vmem.file("a", SIZE)
    fill(file.map(), 0, PAGES)
    file.set(**settings)
    return file


def swap_to(file, path, flags=os.O_RDWR):
    fd = os.open(path, flags, 0o600)
    try:
        file.set(swap=fd)
    finally:
        os.close(fd)


def settled(file):
    """Nothing is being written any more."""
    wait_for(lambda: "writing" not in file.pages(), "writes to end")
    return file.pages()


def compresses_and_returns(vmem, compressor):
    file = filled(vmem, compressor=compressor, compress_limit=100)
    equal(file.reclaim(PAGES, "split", "compress"), PAGES, "pages reclaimed")
    equal(file.pages(), {"compressed": PAGES}, "pages")
    pool = file.get()["pool-pages"]
    check(0 < pool < PAGES // 4, f"{pool} pages hold {PAGES} compressed ones")
    holds(file.maps[0], 0, PAGES)
    equal(file.pages(), {"private": PAGES}, "pages")
    equal(file.event("fault-compressed"), PAGES, "pages decompressed")
    equal(file.get()["pool-pages"], 0, "pages of the empty pool")


@test
def lz4(vmem):
    compresses_and_returns(vmem, "lz4")


@test
def zstd(vmem):
    compresses_and_returns(vmem, "zstd")


@test
def one_compressor_after_the_other(vmem):
    file = filled(vmem, compressor="zstd", compress_limit=100)
    check(file.reclaim(PAGES // 2, "split", "compress") >= PAGES // 2, "half is compressed")
    file.set(compressor="lz4")
    file.reclaim(PAGES, "split", "compress")
    equal(file.pages(), {"compressed": PAGES}, "pages")
    holds(file.maps[0], 0, PAGES)


@test
def what_is_used_stays(vmem):
    file = filled(vmem, compress_limit=100)
    area = file.maps[0]
    file.reclaim(1, "split", "compress")    # goes round: all is split now, and idle
    decompressed, taken = file.event("fault-compressed"), 0
    for _ in range((PAGES - 200) // 50):    # so that it has to come by those in use
        fill(area, 0, 100)
        taken += file.reclaim(50, "compress")
    fill(area, 0, 100)
    check(taken > PAGES // 2, f"only {taken} of {PAGES} pages were reclaimed")
    # The first of the file may have been compressed before it was in use.
    check(file.event("fault-compressed") - decompressed <= 1, "pages in use were compressed")
    holds(area, 0, PAGES)


@test
def the_limit_of_the_pool(vmem):
    file = vmem.file("a", SIZE)
    area = file.map()
    for index in range(PAGES):      # shrinks to somewhat less than half
        area[index * PAGE:(index + 1) * PAGE] = os.urandom(1800) + bytes(PAGE - 1800)
    content = area[:]
    equal(file.get()["compress-limit"], 10, "the limit unless set")
    file.reclaim(PAGES, "split", "compress")
    pool = file.get()["pool-pages"]
    check(PAGES // 20 < pool <= PAGES // 10 + 8, f"{pool} pages of pool, of {PAGES}")
    check(area[:] == content, "content")


@test
def the_oldest_go_on_to_swap(vmem):
    """When the pool is full, what was compressed last stays in it."""
    file = vmem.file("a", SIZE)
    area = file.map()
    for index in range(PAGES):      # three to a page of the pool
        area[index * PAGE:(index + 1) * PAGE] = os.urandom(1200) + bytes(PAGE - 1200)
    content = area[:]
    swap_to(file, SWAP, os.O_RDWR | os.O_CREAT)
    wait_for(lambda: not file.reclaim(PAGES // 4) and "private" not in settled(file),
             "all to be reclaimed")
    pages = file.pages()
    equal(sum(pages.values()), PAGES, "pages in all")
    check(PAGES // 5 < pages["compressed"] < PAGES // 2, f"{pages} with a pool of a tenth")
    check(area[:PAGE] == content[:PAGE], "content of the first page")
    file.punch(1, PAGES // 2)
    equal(file.pages(), {"private": 1, "compressed": pages["compressed"],
                         "swapped": pages["swapped"] - 1 - PAGES // 2}, "pages after a hole")
    check(area[(PAGES // 2 + 1) * PAGE:] == content[(PAGES // 2 + 1) * PAGE:], "content")


@test
def incompressible_pages_are_swapped(vmem):
    file = vmem.file("a", SIZE)
    area = file.map()
    area[:] = content = os.urandom(SIZE)
    equal(file.reclaim(PAGES, "split", "compress"), 0, "pages reclaimed")
    swap_to(file, SWAP, os.O_RDWR | os.O_CREAT)
    equal(file.reclaim(PAGES), PAGES, "pages reclaimed with a swap file")
    equal(settled(file), {"swapped": PAGES}, "pages")
    check(area[:] == content, "content")
    equal(file.pages(), {"private": PAGES}, "pages")
    equal((file.event("swap-out"), file.event("fault-swapped")), (PAGES, PAGES), "pages moved")


@test
def swap_on_a_block_device(vmem):
    """With direct I/O; the device is smaller than the file, and fills up."""
    loop = loop_device("/dev/shm/disk", "1M")
    file = filled(vmem)
    swap_to(file, loop, os.O_RDWR | os.O_DIRECT)
    for _ in range(3):
        file.reclaim(PAGES, "split", "swap")
        equal(settled(file), {"private": PAGES - 256, "swapped": 256}, "pages")
        file.maps[0][:PAGE * 10] = file.maps[0][:PAGE * 10]
        holds(file.maps[0], 0, PAGES)
    equal(file.event("swap-error"), 0, "errors")
    file.reclaim(100, "swap")
    settled(file)
    file.punch(0, PAGES)
    equal(file.pages(), {}, "pages")
    reads_zero(file.maps[0], 0, PAGES)
    file.close()
    os.unlink(file.path)
    wait_for(lambda: not vmem.api.dump("file-get"), "the file to go")
    sh(f"losetup -d {loop}")


@test
def a_swap_file_that_fails(vmem):
    sh("mkdir -p /run/small; mount -t tmpfs -o size=512k small /run/small")
    file = filled(vmem)
    swap_to(file, "/run/small/swap", os.O_RDWR | os.O_CREAT)
    file.reclaim(PAGES, "split", "swap")
    pages = settled(file)
    check(0 < pages["swapped"] <= 128, f"{pages} with a swap file of 128 pages")
    equal(sum(pages.values()), PAGES, "pages in all")
    equal(file.get()["swap"], 2, "state of the swap file")
    check(file.event("swap-error") > 0, "errors are counted")
    holds(file.maps[0], 0, PAGES)
    equal(file.reclaim(PAGES, "split", "swap"), 0, "pages reclaimed after the failure")
    equal(file.pages(), {"private": PAGES}, "pages")
    file.close()
    os.unlink(file.path)
    wait_for(lambda: not vmem.api.dump("file-get"), "the file to go")
    sh("umount /run/small")


@test
def compressed_pages_move_on(vmem):
    file = filled(vmem, compress_limit=100)
    equal(file.reclaim(PAGES, "split", "compress"), PAGES, "pages reclaimed")
    swap_to(file, SWAP, os.O_RDWR | os.O_CREAT)
    file.set(compress_limit=0)
    equal(file.reclaim(PAGES), PAGES, "pages reclaimed")
    equal(settled(file), {"swapped": PAGES}, "pages")
    equal(file.get()["pool-pages"], 0, "pages of the pool")
    holds(file.maps[0], 0, PAGES)


@test
def holes_in_what_is_away(vmem):
    file = filled(vmem, compress_limit=100)
    file.reclaim(PAGES // 2, "split", "compress")
    swap_to(file, SWAP, os.O_RDWR | os.O_CREAT)
    file.reclaim(PAGES // 2, "swap")
    check(settled(file)["swapped"] > 100, "pages are swapped")
    file.punch(100, PAGES - 200)
    equal(sum(file.pages().values()), 200, "pages left")
    holds(file.maps[0], 0, 100)
    reads_zero(file.maps[0], 100, PAGES - 200)
    holds(file.maps[0], PAGES - 100, 100, base=PAGES - 100)


@test
def zero_pages_are_dropped(vmem):
    file = filled(vmem)
    file.maps[0][:HUGE] = bytes(HUGE)
    check(file.reclaim(HUGE_PAGES, "split") >= HUGE_PAGES, "zero pages count")
    equal(file.pages()["zero"], HUGE_PAGES, "zero pages")
    holds(file.maps[0], HUGE_PAGES, HUGE_PAGES, base=HUGE_PAGES)


@test
def latencies_of_faults(vmem):
    """Each fault is in one bucket of its kind."""
    file = vmem.file("a", HUGE + 64 * PAGE)
    area = file.map()
    equal(file.faults(), {}, "faults at first")
    area[5] = 1
    reads_zero(area, HUGE_PAGES, 8)
    fill(area, HUGE_PAGES, 64)
    # what was mapped as zero is mapped again when it has a page of its own
    equal(file.faults(), {"huge": 1, "zero": 8, "small": 64, "present": 8},
          "faults of who reads and writes")
    swap_to(file, SWAP, os.O_RDWR | os.O_CREAT)
    file.reclaim(20, "compress")
    file.reclaim(30, "swap")
    pages = settled(file)
    holds(area, HUGE_PAGES, 64)
    faults = file.faults()
    equal((faults["compressed"], faults["swapped"]), (pages["compressed"], pages["swapped"]),
          "faults of who reads what is away")
    check(faults["present"] >= 8 + pages["private"], "faults of who reads what was unmapped")
    starts = [bucket["from"] for fault in file.latency() for bucket in fault["bucket"]]
    check(all(start == 0 or start >= 256 and start & start - 1 == 0 for start in starts),
          f"buckets begin at {starts}")
    refused(errno.ENOENT, vmem.api.do, "latency-get", id=999)
    refused(errno.EINVAL, vmem.api.do, "latency-get")


@test
def sparse_blocks_are_split_first(vmem):
    """What is full of data stays in one piece while another block has zeros to give."""
    file = vmem.file("a", 3 * HUGE)
    area = file.map()
    fill(area, 0, 3 * HUGE_PAGES)
    area[HUGE + 100 * PAGE:2 * HUGE] = bytes(HUGE - 100 * PAGE)
    equal(file.reclaim(50, "split", "compress"), HUGE_PAGES - 100, "pages reclaimed")
    equal(file.pages(), {"huge": 2 * HUGE_PAGES, "zero": HUGE_PAGES - 100, "private": 100}, "pages")
    file.reclaim(200, "split", "compress")
    equal(file.pages().get("huge"), None, "pages in blocks when more is wanted")
    holds(area, 0, HUGE_PAGES + 100)
    holds(area, 2 * HUGE_PAGES, HUGE_PAGES, base=2 * HUGE_PAGES)


@test
def swap_files_that_are_refused(vmem):
    file, other = filled(vmem), vmem.file("b", SIZE)
    refused(errno.EINVAL, file.set, swap=other.fd)
    refused(errno.EBADF, file.set, swap=999)
    refused(errno.EBADF, swap_to, file, "/etc/passwd", os.O_RDONLY)
    refused(errno.EINVAL, swap_to, file, "/dev/null")
    refused(errno.EINVAL, swap_to, vmem.file("c"), SWAP, os.O_RDWR | os.O_CREAT)
    refused(errno.EINVAL, swap_to, vmem.file("d", HUGE, kind="reserved"), SWAP)
    refused(errno.ERANGE, file.set, compress_limit=101)
    swap_to(file, SWAP)
    refused(errno.EBUSY, swap_to, file, SWAP)
    refused(errno.EINVAL, vmem.api.do, "reclaim", id=file.id)
    equal(vmem.files[-1].reclaim(PAGES), 0, "pages reclaimed from a reserved file")
    holds(file.maps[0], 0, PAGES)


class Group:
    """A memory cgroup for a process, with a limit."""

    root = "/sys/fs/cgroup"

    def __init__(self, limit, name="guest"):
        self.path = f"{self.root}/{name}"
        if not os.path.exists(f"{self.root}/cgroup.controllers"):
            sh(f"mount -t cgroup2 none {self.root}")
        sh(f"echo +memory >{self.root}/cgroup.subtree_control; mkdir -p {self.path}; "
           f"echo {limit} >{self.path}/memory.max")

    def start(self, function):
        """The process that does this in the group."""
        pid = os.fork()
        if pid:
            return pid
        try:
            with open(f"{self.path}/cgroup.procs", "w", encoding="ascii") as procs:
                procs.write("0")
            function()
            os._exit(0)
        except BaseException as error:
            print("#", error, flush=True)
            os._exit(1)

    def remove(self):
        os.rmdir(self.path)


@test
def a_group_at_its_limit(vmem):
    """The guest waits and is compressed; it is not killed."""
    group = Group("20M")

    def fills_28_mib():
        file = vmem.file("limited", 14 * HUGE)
        file.set(compress_limit=100)
        fill(file.map(), 0, 14 * HUGE_PAGES)
        holds(file.maps[0], 0, 14 * HUGE_PAGES)

    equal(os.waitpid(group.start(fills_28_mib), 0)[1], 0, "status of the process that fills 28 MiB")
    if os.path.exists("/proc/pressure/memory"):
        with open(f"{group.path}/memory.pressure", encoding="ascii") as file:
            stalled = int(re.search(r"some .*total=(\d+)", file.read())[1])
        check(stalled > 0, "the time in which it waited counts as memory pressure")
    os.unlink(f"{MOUNT}/limited")
    group.remove()


def ends(pid):
    """What a process that is killed ends with; one that cannot be killed is a failure."""
    os.kill(pid, signal.SIGKILL)

    def ended():
        got, status = os.waitpid(pid, os.WNOHANG)
        return got and [status]

    return wait_for(ended, f"process {pid} to die", 60)[0]


@test
def who_waits_can_be_killed(vmem):
    """In the middle of what the kernel writes to the guest's memory, or the guest itself."""
    group, file = Group("12M"), vmem.file("limited", 8 * HUGE)
    file.set(compress_limit=0)

    def reads():
        area, source = file.map(), os.open("/dev/urandom", os.O_RDONLY)
        done = 0
        while done < len(area):
            done += os.readv(source, [memoryview(area)[done:]])

    def writes():
        area = file.map()
        for page in range(len(area) // PAGE):
            area[page * PAGE:(page + 1) * PAGE] = os.urandom(PAGE)

    for function in (reads, writes):
        before = file.event("wait")
        pid = group.start(function)
        wait_for(lambda start=before: file.event("wait") > start + 2, "the process to wait", 60,
                 every=0.2)
        equal(ends(pid), signal.SIGKILL, f"status of the process that {function.__name__}")
        file.punch(0, 8 * HUGE_PAGES)
    file.close()
    os.unlink(file.path)
    group.remove()


run(Vmem)
