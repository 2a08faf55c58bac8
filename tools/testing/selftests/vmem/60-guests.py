#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Two guests of KVM, in a machine that is one itself, check their memory while
it is shared, split, compressed, swapped and sampled.  Only with SOAK=1."""
# only: 6.1 6.12
# lab: --memory 2G --timeout 900

import os
import platform
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import Skip, check, diag, equal, run, test, wait_for
from vmem import MOUNT, PROGRAMS, Reclaimer, Tps, sh

MEGABYTES = 160
INITRD = "/dev/shm/guest.cpio"
ROUNDS = 8              # of a guest, while memory is taken from it


class Guest:
    """QEMU with a file of vmem as the guest's memory."""

    def __init__(self, vmem, name):
        self.log = f"/dev/shm/{name}.log"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
             "none", "-accel", "kvm", "-cpu", "host", "-m", str(MEGABYTES), "-object",
             f"memory-backend-file,id=ram,size={MEGABYTES}M,mem-path={MOUNT}/{name},share=on,"
             "align=2M", "-machine", "pc,memory-backend=ram", "-kernel",
             f"/boot/vmlinuz-{platform.release()}", "-initrd", INITRD, "-append",
             "console=ttyS0 quiet panic=-1 mitigations=off", "-serial", f"file:{self.log}"])
        wait_for(lambda: os.path.exists(f"{MOUNT}/{name}") and
                 os.stat(f"{MOUNT}/{name}").st_size, "QEMU to make the file", 60)
        self.file = vmem.file(name)

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def rounds(self):
        return len(re.findall(r"ROUND \d+ BAD", self.output()))

    def await_rounds(self, count):
        target = self.rounds() + count
        wait_for(lambda: self.process.poll() is not None or self.rounds() >= target,
                 f"{count} rounds of the guest", 300)
        check(self.process.poll() is None, "QEMU runs")

    def kill(self):
        self.process.kill()
        self.process.wait()


def prepare():
    """Guests can run, their memory is sampled often, and their only program is packed."""
    sh("modprobe kvm_amd || modprobe kvm_intel")
    sh(f"mkdir -p /dev/shm/root; cp {PROGRAMS}/vmem/guest /dev/shm/root/init; cd /dev/shm/root; "
       f"echo init | cpio -o -H newc --quiet >{INITRD}")
    with open("/sys/module/vmem/parameters/sample_period", "w", encoding="ascii") as file:
        file.write("2")


def run_guests(vmem, guests):
    for guest in guests:
        wait_for(lambda one=guest: "READY" in one.output(), "the guest to boot", 300)
        check(guest.file.pages()["huge"] > 0, "the guest has blocks of 2 MiB")
    vmem.salt(1, *[guest.file for guest in guests])
    vmem.set(running=1, cpu=30, interval=0, split=1)
    reclaimers = []
    for guest in guests:
        target = os.open(f"{guest.log}.swap", os.O_RDWR | os.O_CREAT, 0o600)
        guest.file.set(swap=target)
        os.close(target)
        reclaimers.append(Reclaimer(vmem, guest.file))
        reclaimers[-1].start()
    for guest in guests:
        guest.await_rounds(ROUNDS)
    for reclaimer in reclaimers:
        reclaimer.stopping = True
        reclaimer.join()
    for guest in guests:
        guest.await_rounds(2)
        diag(f"{guest.file.pages()} {guest.file.get()['events']}")
        diag(f"active {guest.file.get()['active']} pages of {MEGABYTES * 256}")
    guests[0].kill()
    guests[1].await_rounds(2)


@test
def guests_check_their_memory(vmem):
    if not os.environ.get("SOAK"):
        raise Skip("only with SOAK=1")
    prepare()
    guests = []
    try:
        guests = [Guest(vmem, name) for name in ("vm1", "vm2")]
        run_guests(vmem, guests)
    finally:
        for guest in guests:
            guest.kill()
        vmem.set(running=0)
    events = vmem.get()["events"]
    diag(f"scanner: {events}")
    check(events["shared"] > 1000, "pages were shared")
    for guest in guests:
        diag(f"{guest.rounds()} rounds")
        equal("CORRUPT" in guest.output(), False, "a guest found its memory changed")
        check(guest.file.event("fault-compressed") > 0, "pages were compressed")


run(Tps)
