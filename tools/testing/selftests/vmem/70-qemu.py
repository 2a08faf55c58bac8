#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# soak: 6.12
# lab: --cpus 1 --memory 3G --timeout 900
# nested
"""What QEMU does with a guest's memory: balloon, free page reporting, vhost,
snapshot, live migration, and being killed in each state.  A guest goes through all of
it, and checks its memory; meanwhile it is shared and reclaimed.  How long a guest in a
guest takes for its part differs by tens of times, so this is for make soak."""

import contextlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from guest import Guest, prepare
from ktap import check, diag, equal, run, test, wait_for
from trace import Trace
from vmem import PAGE, Reclaimer, Tps, sh

MODULES = ("virtio_pci", "virtio_balloon", "virtio_net")
PINGS = 1000
MEGABYTES = 288     # a guest reports free pages while it has 64 MiB of them
INFLATED = 24       # MiB


class Guests(Tps):
    """guest() starts one; all end with the test.  Those with one tap have one network."""

    def __enter__(self):
        super().__enter__()
        self.guests = []
        prepare(*MODULES)
        sh("qemu-img create -q -f qcow2 /dev/shm/disk.qcow2 1G; modprobe -a vhost_net tun; "
           "for tap in tap1 tap2; do ip tuntap add $tap mode tap; ip link set $tap up; done; "
           "ip addr add 10.9.8.1/24 dev tap1")
        return self

    def guest(self, name, tap, *options):
        self.guests.append(Guest(
            self, name, "-device", "virtio-balloon-pci,free-page-reporting=on",
            "-netdev", f"tap,id=n,ifname={tap},script=no,downscript=no,vhost=on",
            "-device", "virtio-net-pci,netdev=n,romfile=",
            "-trace", "ram_block_discard_range", "-D", f"/dev/shm/{name}.trace", *options,
            megabytes=MEGABYTES))
        return self.guests[-1]

    def __exit__(self, *unused):
        for guest in self.guests:
            guest.kill()
        sh("ip link del tap1; ip link del tap2")
        super().__exit__(*unused)


def kill(vmem, guest):
    """SIGKILL: nothing of its memory is left once its file is deleted."""
    guest.kill()
    os.unlink(guest.path)
    guest.file.close()
    wait_for(lambda: guest.file.id not in [file["id"] for file in vmem.api.dump("file-get")],
             "the memory to go")


def swap_to(file, path):
    target = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    file.set(swap=target)
    os.close(target)


def discarded(guest):
    """[(first page, pages)] that QEMU says it has given back, in their order."""
    with open(f"/proc/{guest.process.pid}/maps", encoding="ascii") as file:
        start = min(int(line.split("-")[0], 16) for line in file if line.rstrip().endswith(guest.path))
    with open(f"/dev/shm/{guest.name}.trace", encoding="ascii") as file:
        found = re.findall(r"ram_block_discard_range \S+@0x(\w+) \+ 0x(\w+): .*ret: 0", file.read())
    return [((int(at, 16) - start) // PAGE, int(size, 16) // PAGE) for at, size in found]


def punched(trace, guest):
    """[(first page, pages)] that the kernel has punched."""
    found = re.findall(r"vmem_punch: id=(\d+) index=(\d+) pages=(\d+)", trace.text())
    return [(int(first), int(pages)) for file, first, pages in found if int(file) == guest.file.id]


def balloon(guest, monitor, megabytes):
    left = MEGABYTES - megabytes << 20
    monitor.do("balloon", value=left)
    wait_for(lambda: monitor.do("query-balloon")["actual"] == left,
             f"a balloon of {megabytes} MiB", 900, every=0.2)


def gives_memory_back(vmem, trace, guest):
    """By free page reporting and by the balloon: exactly what QEMU gave is punched."""
    monitor = guest.monitor()
    wait_for(lambda: sum(pages for _, pages in discarded(guest)) > 512, "free pages to be reported",
             900, every=0.2)
    wait_for(lambda: guest.file.event("punch") > 512, "pages to be punched", 900, every=0.2)
    reported = sum(pages for _, pages in discarded(guest))
    before = sum(guest.file.pages().values())
    balloon(guest, monitor, INFLATED)
    monitor.do("stop")              # so that nothing happens between the two lists
    wanted, got = discarded(guest), punched(trace, guest)
    equal(got, wanted, "pages punched, as QEMU gave them back")
    after = sum(guest.file.pages().values())
    monitor.do("cont")
    given = sum(pages for _, pages in wanted) - reported
    diag(f"{reported} pages were reported, then {given} inflated; in memory {before}, {after}")
    check(given >= (INFLATED << 20) // PAGE, f"{given} pages for a balloon of {INFLATED} MiB")
    # Those that had been reported were not in memory before, either.
    check(after <= before, "the balloon's pages are not in memory")
    balloon(guest, monitor, 0)
    guest.await_rounds(2)


def ping(count):
    return subprocess.run(["ping", "-c", str(count), "-i", "0.05", "-s", "1400", "-p", "a5", "-q",
                           "10.9.8.2"], capture_output=True, text=True, check=False).stdout


def keeps_its_traffic(vmem, guest):
    """vhost reads and writes the memory while it is shared, compressed and swapped."""
    wait_for(lambda: " 0% packet loss" in ping(1), "the guest to answer", 900)
    vmem.set(running=1, cpu=20, interval=0, split=1)
    with Reclaimer(vmem, guest.file, gentle=True) as reclaimer:
        answer = ping(PINGS)
        wait_for(lambda: (guest.file.event("fault-compressed") +
                          guest.file.event("fault-swapped")) > 100, "memory to come back", 900)
    diag(f"{reclaimer.taken} pages were taken\n{answer}")
    check(" 0% packet loss" in answer and "wrong data" not in answer, "no packet was lost")
    guest.await_rounds(1)


def is_saved(vmem, guest):
    """A snapshot of a guest most of whose memory is compressed."""
    guest.file.set(compress_limit=100)
    guest.file.reclaim(MEGABYTES * 256, "split", "compress")
    check(guest.file.pages()["compressed"] > 1000, "pages are compressed")
    guest.monitor().type("savevm one")
    guest.await_rounds(1)


def incoming(vmem, name, tap):
    """A guest that waits for a migration, and where it does."""
    path = f"/dev/shm/{name}.migration"
    guest = vmem.guest(name, tap, "-incoming", f"unix:{path}")
    wait_for(lambda: os.path.exists(path), "QEMU to wait for a migration", 900)
    return guest, f"unix:{path}"


def migrates(vmem, guest):
    """From one file of vmem to another, while memory is taken from both."""
    target, uri = incoming(vmem, "vm2", "tap2")
    monitor = guest.monitor()
    with contextlib.ExitStack() as stack:
        reclaimers = [stack.enter_context(Reclaimer(vmem, each.file)) for each in (guest, target)]
        monitor.do("migrate-set-parameters", **{"max-bandwidth": 1 << 30, "downtime-limit": 5000})
        monitor.do("migrate", uri=uri)
        wait_for(lambda: monitor.do("query-migrate")["status"] in ("completed", "failed"),
                 "the migration to end", 900, every=0.2)
        equal(monitor.do("query-migrate")["status"], "completed", "migration")
        target.await_rounds(1)
    check(all(reclaimer.taken > 100 for reclaimer in reclaimers), "memory was taken from both")
    equal("READY" in target.output(), False, "the target booted")
    target.await_rounds(1)
    return target


def is_killed_in_migration(vmem, guest):
    """Of the target's QEMU, then of the source's, in the middle."""
    target, uri = incoming(vmem, "vm3", "tap1")
    monitor = guest.monitor()
    monitor.do("migrate-set-parameters", **{"max-bandwidth": 1 << 20})
    monitor.do("migrate", uri=uri)
    wait_for(lambda: target.file.pages(), "pages to arrive", 900)
    equal(monitor.do("query-migrate")["status"], "active", "migration")
    kill(vmem, target)
    guest.await_rounds(1)
    with Reclaimer(vmem, guest.file):
        wait_for(lambda: guest.file.pages().get("writing"), "pages to be written", 900)
        kill(vmem, guest)


def is_loaded(vmem):
    """The snapshot, twice: the first is killed in the middle."""
    disk = ("-drive", "if=none,id=disk,file=/dev/shm/disk.qcow2", "-loadvm", "one")
    guest = vmem.guest("vm4", "tap1", *disk)
    wait_for(lambda: sum(guest.file.pages().values()) > 2000, "pages to be loaded", 900)
    kill(vmem, guest)
    guest = vmem.guest("vm5", "tap1", *disk)
    guest.await_rounds(2)
    equal("READY" in guest.output(), False, "the guest that was loaded booted")
    kill(vmem, guest)


@test
def all_that_qemu_does(vmem):
    with Trace("vmem/vmem_punch") as trace:
        guest = vmem.guest("vm1", "tap1", "-drive", "if=none,id=disk,file=/dev/shm/disk.qcow2")
        vmem.salt(1, guest.file)
        swap_to(guest.file, "/dev/shm/swap1")
        guest.await_output("READY", 900)
        gives_memory_back(vmem, trace, guest)
    keeps_its_traffic(vmem, guest)
    is_saved(vmem, guest)
    target = migrates(vmem, guest)
    kill(vmem, guest)
    swap_to(target.file, "/dev/shm/swap2")
    is_killed_in_migration(vmem, target)
    is_loaded(vmem)
    vmem.set(running=0)
    diag(f"scanner: {vmem.get()['events']}")


run(Guests)
