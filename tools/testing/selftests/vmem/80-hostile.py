#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Guests that make all the work they can: the others keep their memory and go on,
and the scanner keeps its ceiling.  And one that looks for the memory of another."""
# lab: --cpus 2

import contextlib
import ctypes
import errno
import mmap
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, equal, run, test, wait_for
from vmem import (HUGE, HUGE_PAGES, MOUNT, PAGE, Reclaimer, Tps, fill, holds, libc, pattern,
                  refused)

DEBUG = os.environ.get("LAB_KERNEL") == "debug"
BLOCKS = 1 if DEBUG else 2
PAGES = BLOCKS * HUGE_PAGES
ROUNDS = 60 if os.environ.get("SOAK") else 3        # of the victim
CPU = 40 if DEBUG else 10       # per cent, of the scanner
NOBODY = 65534


def flips_equal_pages(area):
    """All pages are equal, and again, and again."""
    contents = [pattern(number) for number in (1, 2)]
    while True:
        for content in contents:
            for index in range(PAGES):
                area[index * PAGE:(index + 1) * PAGE] = content
            time.sleep(0.05)        # or no pass ever sees it at rest


def is_incompressible(area):
    while True:
        for index in range(0, PAGES, 16):
            area[index * PAGE:(index + 16) * PAGE] = os.urandom(16 * PAGE)


def touches_everything(area):
    while True:
        for index in range(PAGES):
            area[index * PAGE] = index & 0xff


class Hostiles(Tps):
    """Processes, each with a file of its own, that end with the test."""

    def __enter__(self):
        super().__enter__()
        self.pids = []
        return self

    def start(self, what):
        """The file of a process that does this."""
        file = self.file(what.__name__, BLOCKS * HUGE)
        pid = os.fork()
        if not pid:
            what(mmap.mmap(file.fd, 0))
        self.pids.append(pid)
        return file

    def __exit__(self, *unused):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        super().__exit__(*unused)


def lives_on(victim, scanner_works):
    """The victim checks and writes its memory, for some rounds, and until the scanner
    has seen something."""
    rounds = 0
    while rounds < ROUNDS or not scanner_works():
        holds(victim.maps[0], 0, PAGES)
        fill(victim.maps[0], 0, PAGES // 8)
        rounds += 1
    holds(victim.maps[0], 0, PAGES)
    return rounds


def keeps_its_ceiling(vmem, started):
    """When a pass has ended, its workers have slept for all that they ran."""
    used, passes = vmem.get()["events"]["time"], vmem.get()["events"]["passes"]
    wait_for(lambda: vmem.get()["events"]["passes"] > passes, "a pass to end", 120)
    took = time.monotonic() - started
    check(0 < used / 1e9 <= took * CPU / 100, f"it ran for {used / 1e9:.2f} s of {took:.2f}")
    diag(f"the scanner ran for {used / 1e9:.2f} s of {took:.2f}")


@test
def others_go_on(vmem):
    victim = vmem.file("victim", BLOCKS * HUGE)
    fill(victim.map(), 0, PAGES)
    hostile = [vmem.start(what) for what in
               (flips_equal_pages, is_incompressible, touches_everything)]
    for file in hostile:
        wait_for(lambda one=file: one.pages(), "the process to begin", every=0.05)
    vmem.salt(1, victim, *hostile)
    started = time.monotonic()
    vmem.set(running=1, workers=2, cpu=CPU, interval=0, split=1)
    with contextlib.ExitStack() as stack:
        for file in (victim, *hostile):
            stack.enter_context(Reclaimer(vmem, file))
        rounds = lives_on(victim, lambda: hostile[0].event("fault-shared") > 100 and
                          vmem.get()["events"]["passes"] > 2)
        keeps_its_ceiling(vmem, started)
    vmem.set(running=0)
    diag(f"{rounds} rounds of the victim; {vmem.get()['events']}")
    diag(f"writes that broke sharing: {[file.event('fault-shared') for file in hostile]}")
    diag(f"blocks split: {[file.event('split') for file in hostile]}")
    check(victim.event("fault-compressed") > 0, "the victim was reclaimed, too")


class Reader:
    """Another user's attempts to read a file or a process that has it mapped."""

    def __init__(self, vmem, pid, file):
        self.vmem, self.pid, self.file = vmem, pid, file
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(file.maps[0]))

    def by_name(self):
        # as QEMU makes it, whatever the umask
        equal(os.stat(self.file.path).st_mode & 0o777, 0o600, "mode of the file")
        refused(errno.EACCES, os.open, self.file.path, os.O_RDONLY)
        refused(errno.EACCES, os.unlink, self.file.path)
        refused(errno.EACCES, os.rename, self.file.path, f"{MOUNT}/mine")
        refused(errno.EACCES, os.open, f"{MOUNT}/new", os.O_RDWR | os.O_CREAT)

    def by_descriptor(self):
        refused(errno.EACCES, os.open, f"/proc/{self.pid}/fd/{self.file.fd}", os.O_RDONLY)
        refused(errno.EACCES, os.listdir, f"/proc/{self.pid}/map_files")
        refused(errno.EACCES, os.open, f"/proc/{self.pid}/mem", os.O_RDONLY)

    def by_address(self):
        there = (ctypes.c_size_t * 2)(self.address, PAGE)
        here = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(PAGE)), PAGE)
        ctypes.set_errno(0)
        equal(libc.process_vm_readv(self.pid, here, 1, there, 1, 0), -1, "bytes read")
        equal(ctypes.get_errno(), errno.EPERM, "errno of process_vm_readv")

    def by_netlink(self):
        api = self.vmem.api
        told = api.do("file-get", id=self.file.id)
        equal({"events", "saved"} & set(told), set(), "what is told of what it does")
        equal((told["pages"]["shared"], told["pages"]["zero"]), (0, 0), "pages that are told")
        refused(errno.EPERM, api.do, "latency-get", id=self.file.id)
        refused(errno.EPERM, api.do, "file-set", id=self.file.id, compress_limit=50)
        refused(errno.EPERM, api.do, "swap-off", id=self.file.id)
        refused(errno.EPERM, api.do, "reclaim", id=self.file.id, pages=1)
        refused(errno.EPERM, self.vmem.salt, 5, self.file)

    def by_swap(self):
        """A swap file of its own would have the guest's pages in it; not with any
        capability of the network either."""
        fd = os.open("/dev/shm/mine", os.O_RDWR | os.O_CREAT, 0o600)
        refused(errno.EPERM, self.vmem.api.do, "file-set", id=self.file.id, swap=fd)
        os.unlink("/dev/shm/mine")


PR_SET_KEEPCAPS, CAP_NET_ADMIN = 8, 12


def become_network_admin():
    """Nobody, with that capability."""
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    header = (ctypes.c_uint * 2)(0x20080522, 0)
    mask = 1 << CAP_NET_ADMIN
    equal(libc.capset(header, (ctypes.c_uint * 6)(mask, mask, 0, 0, 0, 0)), 0, "capset")


@test
def the_owner_may(vmem):
    """Of a guest that runs as a user: what concerns its own file, and no more."""
    file, other = vmem.file("own", HUGE), vmem.file("other", HUGE)
    fill(file.map(), 0, HUGE_PAGES)
    os.chown(file.path, NOBODY, NOBODY)
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            vmem.api = vmem.family("vmem")
            file.set(compress_limit=100)
            check(file.reclaim(HUGE_PAGES, "split", "compress") > 0, "pages are reclaimed")
            check("events" in file.get(), "events are told")
            vmem.tps = vmem.family("tps")
            vmem.salt(0, file)
            refused(errno.EPERM, vmem.salt, 5, file)
            refused(errno.EPERM, vmem.api.do, "reclaim", id=other.id, pages=1)
            os._exit(0)
        except BaseException as error:  # pylint: disable=broad-except
            diag(error)
            os._exit(1)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of the owner")
    holds(file.maps[0], 0, HUGE_PAGES)


@test
def another_user_sees_nothing(vmem):
    """Neither the file, by any of its names, nor the memory of who has mapped it."""
    os.umask(0)
    file = vmem.file("secret", HUGE)
    os.umask(0o022)
    fill(file.map(), 0, HUGE_PAGES)
    reader = Reader(vmem, os.getpid(), file)
    pid = os.fork()
    if not pid:
        try:
            become_network_admin()
            for attempt in (reader.by_name, reader.by_descriptor, reader.by_address,
                            reader.by_netlink, reader.by_swap):
                attempt()
            os._exit(0)
        except BaseException as error:  # pylint: disable=broad-except
            diag(error)
            os._exit(1)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of the other user")
    holds(file.maps[0], 0, HUGE_PAGES)


run(Hostiles)
