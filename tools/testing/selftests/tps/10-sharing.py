#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sharing: what is found, what breaks it, who may, and what it may cost."""

import errno
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import kmod
from ktap import Skip, check, equal, run, test, wait_for
from vmem import HUGE, HUGE_PAGES, PAGE, Tps, fill, holds, module_count, pattern, reads_zero, refused

SIZE = 2 * HUGE
PAGES = SIZE // PAGE
UNLOADS = 30 if os.environ.get("SOAK") else 4


def two_equal_files(vmem, salt=None):
    files = [vmem.file(name, SIZE) for name in ("a", "b")]
    if salt is not None:
        vmem.salt(salt, *files)
    for file in files:
        fill(file.map(), 0, PAGES)
    return files


@test
def equal_pages_of_one_salt(vmem):
    a, b = two_equal_files(vmem, salt=7)
    vmem.scan()
    for file in (a, b):
        equal(file.pages(), {"shared": PAGES}, "pages")
        holds(file.maps[0], 0, PAGES)
    equal(vmem.get()["events"]["shared"], PAGES, "pages that use another one's memory")
    equal(vmem.get()["events"]["split"], 4, "blocks split")
    equal(vmem.get()["saved"], PAGES, "pages saved")


@test
def a_write_breaks_one_page(vmem):
    a, b = two_equal_files(vmem, salt=7)
    vmem.scan()
    holds(b.maps[0], 0, PAGES)
    for index in range(0, PAGES, 4):
        a.maps[0][index * PAGE + 100] = 0xee
    equal(a.pages(), {"shared": PAGES * 3 // 4, "private": PAGES // 4}, "pages of the writer")
    equal(a.event("fault-shared"), PAGES // 4, "breaks")
    equal(b.pages(), {"shared": PAGES}, "pages of the other")
    equal(vmem.get()["saved"], PAGES * 3 // 4, "pages saved")
    holds(b.maps[0], 0, PAGES)
    for index in range(PAGES):
        wanted = bytearray(pattern(index))
        if index % 4 == 0:
            wanted[100] = 0xee
        check(a.maps[0][index * PAGE:(index + 1) * PAGE] == wanted, f"content of page {index}")


@test
def not_across_salts(vmem):
    """By default every file has a salt of its own."""
    a, b = two_equal_files(vmem)
    fill(a.maps[0], 0, HUGE_PAGES, base=5000)
    fill(a.maps[0], HUGE_PAGES, HUGE_PAGES, base=5000)
    vmem.scan()
    equal(a.pages(), {"shared": PAGES}, "pages of the file that repeats itself")
    equal(b.pages().get("shared", 0), 0, "pages shared with another salt")
    vmem.salt(1, a)
    vmem.salt(2, b)
    vmem.scan()
    equal(b.pages().get("shared", 0), 0, "pages shared with another salt")


@test
def a_new_salt_breaks(vmem):
    a, b = two_equal_files(vmem, salt=7)
    vmem.scan()
    equal(a.pages(), {"shared": PAGES}, "pages")
    vmem.salt(8, a)
    equal(a.pages(), {"private": PAGES}, "pages after the salt changed")
    equal(b.pages(), {"shared": PAGES}, "pages of the other")
    for file in (a, b):
        holds(file.maps[0], 0, PAGES)
    equal({entry["id"]: entry["salt"] for entry in vmem.tps.dump("file-get")},
          {a.id: 8, b.id: 7}, "salts")


@test
def zero_pages_are_freed(vmem):
    """Under any salt; and written again."""
    file = vmem.file("a", SIZE)
    area = file.map()
    fill(area, 0, PAGES)
    area[:HUGE + 100 * PAGE] = bytes(HUGE + 100 * PAGE)
    vmem.scan()
    pages = file.pages()
    equal(pages["zero"], HUGE_PAGES + 100, "zero pages")
    equal(sum(pages.values()), PAGES, "pages in all")
    reads_zero(area, 0, HUGE_PAGES + 100)
    equal(file.pages()["zero"], HUGE_PAGES + 100, "zero pages after reading them")
    fill(area, 50, 20, base=900)
    holds(area, 50, 20, base=900)
    reads_zero(area, 70, 30)
    equal(file.pages()["zero"], HUGE_PAGES + 80, "zero pages after writing 20")


def forged(content):
    """A page that a hash of products and rotations takes for this one, under any seed:
    what the first bit changes in the sum of its words, the second takes back."""
    page = bytearray(content)
    page[8 * 16 + 7] ^= 1 << 7      # bit 63 of word 16
    page[8 * 20 + 3] ^= 1 << 4      # bit 28 of word 20
    return bytes(page)


@test
def prepared_pages_prevent_nothing(vmem):
    """A guest whose pages are made to have the hashes of another's, under its salt."""
    guest, victim = (vmem.file(name, PAGES * PAGE) for name in ("guest", "victim"))
    vmem.salt(7, guest, victim)
    for area, first in ((guest.map(), HUGE_PAGES), (victim.map(), 0)):
        fill(area, first, HUGE_PAGES)
    for index in range(HUGE_PAGES):
        guest.maps[0][index * PAGE:(index + 1) * PAGE] = forged(pattern(index))
    guest.reclaim(1, "split")   # goes round: there are small pages now
    vmem.scan()
    equal(vmem.get()["events"]["missed"], 0, "pages whose hash another one has")
    equal(victim.pages(), {"shared": HUGE_PAGES}, "pages of the victim")
    equal(guest.pages(), {"private": HUGE_PAGES, "shared": HUGE_PAGES}, "pages of the other")


@test
def many_sharers(vmem):
    """One content everywhere takes several copies, each with many sharers."""
    files = [vmem.file(f"f{i}", SIZE) for i in range(4)]
    vmem.salt(3, *files)
    for file in files:
        area = file.map()
        for index in range(PAGES):
            area[index * PAGE:(index + 1) * PAGE] = pattern(42)
    vmem.scan()
    for file in files:
        equal(file.pages(), {"shared": PAGES}, "pages")
    used = 4 * PAGES - vmem.get()["events"]["shared"]
    check(4 <= used <= 16, f"{used} copies for {4 * PAGES} equal pages")
    saved = sum(file.get()["saved"] for file in files)
    check(4 * PAGES - used - 4 <= saved <= 4 * PAGES - used, f"{saved} pages saved of the files")
    files[0].punch(0, PAGES)
    reads_zero(files[0].maps[0], 0, PAGES)
    check(files[1].maps[0][:] == pattern(42) * PAGES, "content of another file")


@test
def holes_and_ends_of_shared_files(vmem):
    a, b = two_equal_files(vmem, salt=7)
    vmem.scan()
    a.punch(100, 200)
    reads_zero(a.maps[0], 100, 200)
    equal(a.pages(), {"shared": PAGES - 200}, "pages")
    os.unlink(a.path)
    a.close()
    wait_for(lambda: len(vmem.api.dump("file-get")) == 1, "the file to go")
    equal(b.pages(), {"shared": PAGES}, "pages of the other")
    holds(b.maps[0], 0, PAGES)


@test
def unloading_while_pages_are_shared(vmem):
    """What was found stays shared, and breaks as before."""
    a, b = two_equal_files(vmem, salt=7)
    vmem.scan()
    equal(module_count("tps"), 0, "users of the module")
    kmod.remove("tps")
    equal(a.pages(), {"shared": PAGES}, "pages after tps has gone")
    fill(a.maps[0], 0, HUGE_PAGES, base=9)
    equal(a.pages(), {"private": HUGE_PAGES, "shared": PAGES - HUGE_PAGES}, "pages after writes")
    holds(b.maps[0], 0, PAGES)
    kmod.load("tps")
    vmem.tps.close()
    vmem.families.remove(vmem.tps)
    vmem.tps = vmem.family("tps")
    for file in (a, b):
        vmem.unshare(file)
        equal(file.pages(), {"private": PAGES}, "pages")
    holds(b.maps[0], 0, PAGES)
    vmem.scan()
    check(b.pages()["shared"] > PAGES - 64, "pages are shared again")


@test
def unloading_while_the_scanner_works(vmem):
    """Again and again, in the middle of a pass that shares pages."""
    a, b = two_equal_files(vmem, salt=7)
    for _ in range(UNLOADS):
        vmem.set(running=1, workers=2, cpu=180, interval=0, split=1)
        wait_for(lambda: vmem.get()["events"]["shared"] > 10, "pages to be shared", 60)
        vmem.tps.close()
        vmem.families.remove(vmem.tps)
        kmod.remove("tps")
        for file in (a, b):
            holds(file.maps[0], 0, PAGES)
            fill(file.maps[0], 0, HUGE_PAGES)
        kmod.load("tps")
        vmem.tps = vmem.family("tps")


@test
def estimates(vmem):
    a, b = two_equal_files(vmem, salt=7)
    c = vmem.file("c", SIZE)
    area = c.map()
    fill(area, 0, HUGE_PAGES)
    fill(area, HUGE_PAGES, 412)
    fill(area, HUGE_PAGES + 412, 100, base=777777)
    area[HUGE + 500 * PAGE:] = bytes(12 * PAGE)
    before = [file.pages() for file in (a, b, c)]
    got = vmem.estimate()
    equal(got, {"pages": 3 * PAGES, "zero": 12, "own": 412, "salt": PAGES + 412,
                "all": PAGES + HUGE_PAGES + 412}, "estimate")
    equal([file.pages() for file in (a, b, c)], before, "pages after an estimate")


@test
def huge_blocks_stay_while_memory_is_plentiful(vmem):
    a, b = two_equal_files(vmem, salt=7)
    vmem.set(running=1, cpu=90, interval=0, split=0)
    wait_for(lambda: vmem.get()["events"]["passes"] > 5, "passes")
    for file in (a, b):
        equal(file.pages(), {"huge": PAGES}, "pages")
    vmem.set(running=0)


def threads():
    """The scanner's, by name."""
    names = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                names.append(file.read().strip())
        except OSError:     # it has ended
            pass
    return {name for name in names if name.startswith("tps_scan")}


@test
def several_workers(vmem):
    """They share a pass, and what they find equal need not be the same worker's."""
    files = [vmem.file(f"f{i}", SIZE) for i in range(4)]
    vmem.salt(3, *files)
    for file in files:
        fill(file.map(), 0, PAGES)
    vmem.set(workers=3, cpu=300)
    vmem.scan()
    for file in files:
        equal(file.pages(), {"shared": PAGES}, "pages")
        holds(file.maps[0], 0, PAGES)
    copies = 4 * PAGES - vmem.get()["events"]["shared"]
    check(PAGES <= copies <= PAGES + PAGES // 8, f"{copies} copies of {PAGES} pages")
    vmem.set(running=1, workers=3, rate=1000, interval=0)
    wait_for(lambda: threads() == {"tps_scan", "tps_scan/1", "tps_scan/2"}, "three threads")
    vmem.set(running=0)
    equal(threads(), set(), "threads after the end")


@test
def new_memory_comes_first(vmem):
    """A guest that starts in the middle of a pass is shared when the next one begins."""
    old = vmem.file("old", 6 * HUGE)
    fill(old.map(), 0, 6 * HUGE_PAGES)
    old.reclaim(6 * HUGE_PAGES, "split")
    equal(old.pages(), {"private": 6 * HUGE_PAGES}, "pages")
    vmem.scan(2)
    vmem.set(running=1, rate=1000, interval=0)

    def next_pass():
        passes = vmem.get()["events"]["passes"]
        wait_for(lambda: vmem.get()["events"]["passes"] > passes, "the next pass", 60)
        return vmem.get()["events"]["scanned"]

    begin = next_pass()
    wait_for(lambda: vmem.get()["events"]["scanned"] > begin + 100, "a pass that has begun")
    new = vmem.file("new", 256 * PAGE)
    fill(new.map(), 0, 128)
    fill(new.maps[0], 128, 128)
    scanned = next_pass()
    wait_for(lambda: new.pages() == {"shared": 256}, "the new file to be shared", 60)
    scanned = vmem.get()["events"]["scanned"] - scanned
    check(scanned < 3 * HUGE_PAGES, f"it was shared after {scanned} pages of the pass")
    vmem.set(running=0)


@test
def the_ceiling_holds(vmem):
    """Whatever there is to do, the thread takes no more than its share."""
    if not os.path.exists("/proc/self/schedstat"):
        raise Skip("this kernel does not count the CPU time of a thread")
    two_equal_files(vmem, salt=7)
    vmem.set(running=1, cpu=5, interval=0, split=1)
    pid = next(int(p) for p in os.listdir("/proc") if p.isdigit() and
               open(f"/proc/{p}/comm", encoding="ascii").read() == "tps_scan\n")

    def seconds():
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    started, before = time.monotonic(), seconds()
    wait_for(lambda: seconds() - before >= 0.1, "0.1 s of work", 60)
    used, took = seconds() - before, time.monotonic() - started
    check(0 < used <= 0.05 * took + 0.02, f"{used:.3f} s of CPU in {took:.1f} s")
    vmem.set(rate=1000, cpu=100)
    scanned, started = vmem.get()["events"]["scanned"], time.monotonic()
    wait_for(lambda: vmem.get()["events"]["scanned"] >= scanned + 2 * HUGE_PAGES, "two blocks", 60)
    scanned, took = vmem.get()["events"]["scanned"] - scanned, time.monotonic() - started
    check(0 < scanned <= 1000 * took + HUGE_PAGES, f"{scanned} pages in {took:.1f} s")
    vmem.set(running=0)


@test
def nobody_waits_for_the_scanner(vmem):
    """However slow it is, a file can be deleted in the middle of a pass."""
    file = vmem.file("a", 32 * HUGE)
    fill(file.map(), 0, 2000)
    file.reclaim(PAGES, "split")
    before = vmem.get()["events"]["scanned"]
    vmem.set(running=1, rate=100, interval=0)
    wait_for(lambda: vmem.get()["events"]["scanned"] > before + 5, "the pass to be in the file", 60)
    file.close()
    os.unlink(file.path)
    equal(vmem.api.dump("file-get"), [], "files after the deletion")
    check(vmem.get()["events"]["scanned"] < before + 1000, "the pass was not over by itself")
    vmem.set(running=0)


@test
def changes_side_by_side(vmem):
    """Of two who change settings, neither undoes what the other did."""
    vmem.set(workers=2, rate=0, interval=0)     # from where both only rise

    def change(family, name, values):
        for value in values:
            family.do("scanner-set", **{name: value})

    threads = [threading.Thread(target=change, args=(vmem.family("tps"), name, range(1, 301)))
               for name in ("rate", "interval")]
    for thread in threads:
        thread.start()
    lost = 0
    while any(thread.is_alive() for thread in threads):
        before, after = vmem.get(), vmem.get()
        lost += any(after[name] < before[name] for name in ("rate", "interval"))
    equal(lost, 0, "how often a setting went back")
    equal((vmem.get()["rate"], vmem.get()["interval"]), (300, 300), "settings at the end")


@test
def refusals(vmem):
    file = vmem.file("a", SIZE)
    refused(errno.ERANGE, vmem.set, cpu=0)
    refused(errno.ERANGE, vmem.set, cpu=101)
    refused(errno.ERANGE, vmem.set, cpu=201, workers=2)
    refused(errno.ERANGE, vmem.set, workers=0)
    refused(errno.ERANGE, vmem.set, workers=17)
    refused(errno.ERANGE, vmem.set, interval=3600001)
    refused(errno.ERANGE, vmem.salt, 1 << 63, file)
    refused(errno.ENOENT, vmem.tps.do, "file-set", id=999, salt=1)
    refused(errno.EINVAL, vmem.tps.do, "file-set", salt=1)
    pid = os.fork()
    if not pid:
        os.setgid(65534)
        os.setuid(65534)
        try:
            refused(errno.EPERM, vmem.salt, 5, file)
            refused(errno.EPERM, vmem.set, running=1)
            refused(errno.EPERM, vmem.tps.do, "estimate", start=1)
            refused(errno.EPERM, vmem.unshare, file)
            equal([set(entry) for entry in vmem.tps.dump("file-get")], [{"id"}], "what is told")
            os._exit(0)
        except BaseException as error:
            print("#", error, flush=True)
            os._exit(1)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of the other user")


run(Tps)
