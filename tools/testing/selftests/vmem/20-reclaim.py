#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Reclaim: idle memory is compressed and swapped, and comes back as it was."""

import errno
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, equal, run, test, wait_for
from netlink import Refused
from vmem import (HUGE, HUGE_PAGES, MOUNT, PAGE, Vmem, fill, held, holds, loop_device,
                  pattern, reads_zero, refused, sh)

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


def ends(pid):
    """What a process that is killed ends with; one that cannot be killed is a failure."""
    os.kill(pid, signal.SIGKILL)

    def ended():
        got, status = os.waitpid(pid, os.WNOHANG)
        return got and [status]

    return wait_for(ended, f"process {pid} to die", 60)[0]


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
    """The idle pages are taken, all of them, before one of those that were touched."""
    file, used = filled(vmem, compress_limit=100), 100
    area = file.maps[0]
    equal(file.reclaim(1, "split"), 0, "pages that a split frees")     # all is idle now
    equal(file.pages(), {"private": PAGES}, "pages")
    fill(area, 50, used)
    equal(file.reclaim(PAGES - used, "compress"), PAGES - used, "pages reclaimed")
    equal(file.pages(), {"private": used, "compressed": PAGES - used}, "pages")
    holds(area, 50, used, base=0)
    equal(file.event("fault-compressed"), 0, "touched pages that were compressed")


@test
def what_is_held_stays(vmem):
    """A block or a page to which somebody has a reference is neither split nor taken."""
    file = filled(vmem, compress_limit=100)
    with held(file.maps[0], 100):
        file.reclaim(PAGES, "split", "compress")
        equal(file.pages(), {"huge": HUGE_PAGES, "compressed": HUGE_PAGES}, "pages")
        file.punch(10, 20)
        equal(file.pages().get("huge"), HUGE_PAGES, "pages of the block after a hole in it")
        reads_zero(file.maps[0], 10, 20)
        holds(file.maps[0], 30, PAGES - 30, base=30)
    file.reclaim(PAGES, "split")
    with held(file.maps[0], 100):
        file.reclaim(PAGES, "compress")
        equal(file.pages().get("private"), 1, "pages that are held")
    holds(file.maps[0], 30, PAGES - 30, base=30)


@test
def what_does_not_shrink_to_half(vmem):
    """... is not compressed."""
    file = vmem.file("a", SIZE)
    area = file.map()
    for index in range(PAGES):
        area[index * PAGE:(index + 1) * PAGE] = os.urandom(2300) + bytes(PAGE - 2300)
    for compressor in ("lz4", "zstd"):
        file.set(compress_limit=100, compressor=compressor)
        equal(file.reclaim(PAGES, "split", "compress"), 0, f"pages reclaimed with {compressor}")
        equal(file.pages(), {"private": PAGES}, "pages")
        area[::PAGE] = area[::PAGE]     # they are tried again


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
    left = file.pages()
    equal((left["private"], sum(left.values())), (1, PAGES // 2), "pages after a hole")
    # A preemptible kernel's hand passes a block by while another has it: some are out of order.
    least = pages["compressed"] * (3 if os.environ.get("LAB_KERNEL") == "debug" else 4) // 4
    check(left["compressed"] >= least,
          f"{left} in the half that was compressed last, of {pages}")
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
        # its first page is left to user space
        equal(settled(file), {"private": PAGES - 255, "swapped": 255}, "pages")
        equal(file.get()["swap"], 3, "state of the swap file")
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
    """It costs nothing but the saving, and when it works again it is used again."""
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
    sh("mount -o remount,size=64m /run/small")
    wait_for(lambda: file.reclaim(PAGES, "swap") >= 0 and settled(file) == {"swapped": PAGES},
             "all to be swapped", 60, every=0.2)
    equal(file.get()["swap"], 3, "state of the swap file that works again, and has all pages")
    holds(file.maps[0], 0, PAGES)
    equal(file.get()["swap"], 1, "state of the swap file that has room")
    file.close()
    os.unlink(file.path)
    wait_for(lambda: not vmem.api.dump("file-get"), "the file to go")
    sh("umount /run/small")


@test
def swap_is_given_up_and_set_again(vmem):
    file = filled(vmem)
    for path in (SWAP, SWAP + "2"):
        swap_to(file, path, os.O_RDWR | os.O_CREAT)
        file.reclaim(PAGES, "split", "swap")
        equal(settled(file), {"swapped": PAGES}, "pages")
        file.swap_off()
        equal(file.pages(), {"private": PAGES}, "pages without swap")
        equal(file.get()["swap"], 0, "state")
        holds(file.maps[0], 0, PAGES)
    file.swap_off()
    equal(file.reclaim(PAGES, "swap"), 0, "pages reclaimed without swap")


@test
def a_swap_file_is_used_once(vmem):
    """By any of its names; a device as an exclusive claim, and not while it is mounted."""
    a, b = filled(vmem), vmem.file("b", SIZE)
    swap_to(a, SWAP, os.O_RDWR | os.O_CREAT)
    sh(f"rm -f {SWAP}.link; ln {SWAP} {SWAP}.link")
    refused(errno.EBUSY, swap_to, b, f"{SWAP}.link")
    a.swap_off()
    wait_for(lambda: settles(swap_to, b, f"{SWAP}.link"), "the file to be free")
    loop = loop_device("/dev/shm/disk", "8M")
    holder = os.open("/dev/shm/other", os.O_RDWR | os.O_CREAT)
    refused(errno.EBUSY, swap_to, a, "/dev/shm/other")
    os.close(holder)
    sh(f"mkfs.ext4 -q {loop}; mkdir -p /run/small; mount {loop} /run/small")
    refused(errno.EBUSY, swap_to, a, loop)
    sh("umount /run/small")
    swap_to(a, loop)
    refused(errno.EBUSY, swap_to, vmem.file("c", SIZE), loop)
    sh(f"! mount {loop} /run/small")
    a.swap_off()
    wait_for(lambda: settles(sh, f"losetup -d {loop}"), "the device to be free")


def settles(call, *args):
    """True when it is not refused any more."""
    try:
        call(*args)
        return True
    except (Refused, subprocess.CalledProcessError):
        return False


class Device:
    """A block device that can be told not to answer."""

    path = "/dev/mapper/stuck"

    def __init__(self):
        self.loop = loop_device("/dev/shm/disk", "16M")
        sh(f"dmsetup create stuck --table '0 32768 linear {self.loop} 0'; dmsetup mknodes stuck")

    def reads(self):
        number = os.stat(self.path).st_rdev
        with open(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat",
                  encoding="ascii") as file:
            return int(file.read().split()[0])

    @staticmethod
    def suspend():
        sh("dmsetup suspend --noflush --nolockfs stuck")

    @staticmethod
    def resume():
        sh("dmsetup resume stuck")

    def remove(self):
        wait_for(lambda: settles(sh, "dmsetup remove stuck"), "the device to be free", 60)
        sh(f"losetup -d {self.loop}")


def sleeps(pid):
    """It waits for a device."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0] == "D"


@test
def each_page_is_read_once(vmem):
    """Those who wait for pages of one block do not make each other read again."""
    file, device = filled(vmem), Device()
    swap_to(file, device.path, os.O_RDWR | os.O_DIRECT)
    equal(file.reclaim(PAGES, "split", "swap"), PAGES, "pages reclaimed")
    equal(settled(file), {"swapped": PAGES}, "pages")
    before, readers = device.reads(), []
    device.suspend()
    for index in range(16):
        readers.append(os.fork())
        if not readers[-1]:
            here = slice(index * PAGE, (index + 1) * PAGE)
            os._exit(file.maps[0][here] != pattern(index))
    wait_for(lambda: all(map(sleeps, readers)), "all to wait for the device", 60)
    device.resume()
    equal([os.waitpid(pid, 0)[1] for pid in readers], [0] * len(readers), "what they read")
    equal(device.reads() - before, len(readers), "reads of the device")
    file.close()
    os.unlink(file.path)
    device.remove()


@test
def a_device_that_does_not_answer(vmem):
    """Others shrink, whoever waits for a page can be killed, and the file be deleted."""
    stuck, other, device = filled(vmem), vmem.file("b", SIZE), Device()
    fill(other.map(), 0, PAGES)
    swap_to(stuck, device.path, os.O_RDWR | os.O_DIRECT)
    stuck.reclaim(PAGES // 2, "split", "swap")
    check(settled(stuck).get("swapped", 0) > 100, "pages are swapped")
    device.suspend()
    for _ in range(3):      # none waits for the device longer than for a step
        vmem.api.do("reclaim", id=stuck.id, pages=PAGES, methods={"split", "swap"})
    swap_to(other, SWAP, os.O_RDWR | os.O_CREAT)
    equal(other.reclaim(PAGES, "split", "swap"), PAGES, "pages reclaimed from another file")
    equal(settled(other), {"swapped": PAGES}, "pages")
    holds(other.maps[0], 0, PAGES)
    pid = os.fork()
    if not pid:
        os._exit(sum(stuck.maps[0][::PAGE]) & 1)
    time.sleep(0.2)
    equal(ends(pid), signal.SIGKILL, "status of the process that waits for a page")
    stuck.close()
    os.unlink(stuck.path)
    equal(len(vmem.api.dump("file-get")), 1, "files that are left")
    device.resume()
    device.remove()


@test
def waiting_is_told(vmem):
    """By show, in the log with what to do, and as an event."""
    events = vmem.family("vmem")
    events.ynl.ntf_subscribe("event")
    group, file = Group("12M"), vmem.file("limited", 8 * HUGE)
    file.set(compress_limit=0)

    def writes():
        area = file.map()
        for page in range(len(area) // PAGE):
            area[page * PAGE:(page + 1) * PAGE] = os.urandom(PAGE)

    pid = group.start(writes)
    wait_for(lambda: file.get()["waiting"] > 1500, "the guest to have waited for a while", 60)
    events.ynl.sock.setblocking(False)      # only what is there already
    wait_for(lambda: events.ynl.check_ntf() or events.ynl.async_msg_queue, "the event", every=0.1)
    told = [event["msg"] for event in events.ynl.async_msg_queue]
    equal([event["id"] for event in told], [file.id], "files of the events")
    check(told[0]["waiting"] >= 1000 and told[0]["swap"] == 0, f"{told}")
    wait_for(lambda: file.event("wait-time") > 10 ** 9, "the time to be counted", 60)
    check(file.faults()["waiting"] > 0, "the waits are in the latencies")
    log = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    check(re.search(f"vmem: file {file.id}: its guest has stood still.*memory.max.*swap PATH", log),
          "the log says what to do")
    equal(ends(pid), signal.SIGKILL, "status")
    wait_for(lambda: not file.get()["waiting"], "the wait to be over")
    file.close()
    os.unlink(file.path)
    group.remove()


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
    refused(errno.EBUSY, swap_to, file, SWAP + "2", os.O_RDWR | os.O_CREAT)
    refused(errno.EINVAL, vmem.api.do, "reclaim", id=file.id)
    equal(vmem.files[-1].reclaim(PAGES), 0, "pages reclaimed from a reserved file")
    holds(file.maps[0], 0, PAGES)


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
