#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Two guests check their memory while it is shared, split, compressed, swapped
and sampled.  They run under KVM, in a machine that is a guest itself.  With SOAK=1
for long, and once more in QEMU's own emulation, which reaches memory in other ways."""
# only: 6.12
# lab: --cpus 1 --memory 2G --timeout 600
# nested

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from guest import MEGABYTES, Guest, prepare
from ktap import check, diag, run, test, wait_for
from vmem import Reclaimer, Tps

SOAK = os.environ.get("SOAK")


class Sampled(Tps):
    parameters = "sample_period=1"


def all_happened(vmem, guests):
    """Pages were shared, and pages of each guest went away in each way and came back."""
    return vmem.get()["events"]["shared"] > 1000 and all(
        guest.file.get()["events"][event] for guest in guests
        for event in ("split", "fault-shared", "fault-compressed", "fault-swapped"))


def take_memory(vmem, guests, rounds):
    """All at once, from all guests: for so many rounds of theirs, and until it worked."""
    vmem.salt(1, *[guest.file for guest in guests])
    vmem.set(running=1, cpu=20, interval=0, split=1)
    reclaimers = []
    for guest in guests:
        target = os.open(f"{guest.log}.swap", os.O_RDWR | os.O_CREAT, 0o600)
        guest.file.set(swap=target)
        os.close(target)
        reclaimers.append(Reclaimer(vmem, guest.file, gentle=True))
    with contextlib.ExitStack() as stack:
        for reclaimer in reclaimers:
            stack.enter_context(reclaimer)
        for guest in guests:
            guest.await_rounds(rounds)
        wait_for(lambda: all_happened(vmem, guests), "all of it to happen to both", 900, every=0.5)


def check_guests(vmem, rounds, accel):
    prepare()
    guests = []
    try:
        for name in ("vm1", "vm2"):
            guests.append(Guest(vmem, name, accel=accel))
        for guest in guests:
            guest.await_output("READY", 600)
            check(guest.file.pages()["huge"] > 0, "the guest has blocks of 2 MiB")
        take_memory(vmem, guests, rounds)
        for guest in guests:
            guest.await_rounds(2)
            diag(f"{guest.rounds()} rounds; {guest.file.pages()} {guest.file.get()['events']}")
            diag(f"active {guest.file.get()['active']} pages of {MEGABYTES * 256}")
        guests[0].kill()        # what it shared is still the other one's
        guests[1].await_rounds(2)
    finally:
        for guest in guests:
            guest.kill()
        vmem.set(running=0)
    diag(f"scanner: {vmem.get()['events']}")


@test
def under_kvm(vmem):
    check_guests(vmem, 100 if SOAK else 6, "kvm")


if SOAK:
    @test
    def under_emulation(vmem):
        check_guests(vmem, 6, "tcg")


run(Sampled)
