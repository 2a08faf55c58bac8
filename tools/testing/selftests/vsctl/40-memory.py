#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl memory and vsctl tps: what they show is what the kernel says."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import kmod
import vsctl
from ktap import check, contains, equal, run, test
from vmem import HUGE, HUGE_PAGES, PAGE, Tps, fill, holds, loop_device, sh
from vsctl import NOT_FOUND, REFUSED, USAGE, do, refused, show

SIZE = 2 * HUGE
PAGES = SIZE // PAGE


def two_files(vmem):
    files = [vmem.file(name, SIZE) for name in ("a", "b")]
    for file in files:
        fill(file.map(), 0, PAGES)
    return files


@test
def shows_what_the_kernel_says(vmem):
    a, _ = two_files(vmem)
    a.punch(0, HUGE_PAGES)
    listed = show("memory")
    equal([(file["name"], file["size"], file["kind"], file["pages"]["huge"]) for file in listed],
          [("/a", SIZE, "managed", HUGE_PAGES), ("/b", SIZE, "managed", PAGES)], "files")
    said = a.get()
    shown = show("memory", "show", a.path)[0]
    names = {"wait-time": "wait_ns"}    # a name of JSON tells the unit
    for group in ("pages", "events"):
        equal(shown[group], {names.get(key, key.replace("-", "_")): value
                             for key, value in said[group].items()}, group)
    equal((shown["id"], shown["compressor"], shown["compress_limit"], shown["swap"]),
          (a.id, "lz4", 10, "none"), "settings")
    table = do("memory", "show", str(a.id)).splitlines()
    equal(len(table), 2, "lines of the table")
    equal(table[1].split()[:5], [str(a.id), "/a", "4M", "managed", "0B"], "line of the table")


@test
def sets_and_reclaims(vmem):
    a, _ = two_files(vmem)
    do("memory", "set", a.path, "compressor", "zstd", "compress-limit", "50", "swap",
       "/run/a.swap")
    said = a.get()
    equal((said["compressor"], said["compress-limit"], said["swap"]), ("zstd", 50, 1), "settings")
    equal(show("memory", "reclaim", a.path, "1M", "methods", "split,compress"), {"pages": 256},
          "reclaimed")
    equal(do("memory", "reclaim", a.path, "512K"), "512 KiB reclaimed\n", "reclaimed")
    holds(a.maps[0], 0, PAGES)
    file = vmem.file("r")
    do("memory", "set", file.path, "kind", "reserved")
    os.ftruncate(file.fd, HUGE)
    equal(file.pages(), {"huge": HUGE_PAGES}, "pages of the reserved file")


@test
def refusals_of_memory(vmem):
    a, b = two_files(vmem)
    refused(NOT_FOUND, "memory", "show", "/run/vmem/none", says=["/run/vmem/none"])
    refused(NOT_FOUND, "memory", "show", "999", says=["999"])
    refused(REFUSED, "memory", "show", "/etc/passwd", says=["/etc/passwd", "vmem"])
    refused(USAGE, "memory", "set", a.path, says=["nothing to set"])
    refused(USAGE, "memory", "set", a.path, "compress-limit", "101", says=["101", "100"])
    refused(USAGE, "memory", "set", a.path, "kind", "other", says=["other", "reserved"])
    refused(REFUSED, "memory", "set", a.path, "kind", "reserved", says=["size"])
    refused(REFUSED, "memory", "set", a.path, "swap", b.path, says=["vmem"])
    refused(NOT_FOUND, "memory", "set", a.path, "swap", "/dev/none", says=["/dev/none"])
    refused(USAGE, "memory", "reclaim", a.path, says=["how much"])
    for size in ("", "5", "x", "0M", "1K", "2097152G", "1.5M"):
        refused(USAGE, "memory", "reclaim", a.path, size, says=["size"])
    refused(USAGE, "memory", "reclaim", a.path, "1M", "methods", "magic", says=["magic", "swap"])
    equal(a.get()["swap"], 0, "swap file")


@test
def names_are_files(vmem):
    """What show prints is understood."""
    a, _ = two_files(vmem)
    for name in (show("memory")[0]["name"], "a", str(a.id), a.path):
        equal(show("memory", "show", name)[0]["id"], a.id, f"file {name}")
    refused(NOT_FOUND, "memory", "show", "/c", says=["/c"])
    kmod.mount("vmem", "/run/vmem-other")
    os.close(os.open("/run/vmem-other/a", os.O_RDWR | os.O_CREAT))
    refused(USAGE, "memory", "show", "/a", says=["2 files", "/a"])
    kmod.unmount("/run/vmem-other")


@test
def swap_files(vmem):
    """What holds something else is refused; what is swapped comes back with none."""
    a, b = two_files(vmem)
    with open("/run/notes", "w", encoding="ascii") as file:
        file.write("to do")
    loop = loop_device("/dev/shm/disk", "8M")
    sh(f"mkfs.ext4 -q -L precious {loop}")
    refused(REFUSED, "memory", "set", a.path, "swap", "/run/notes", says=["not empty", "force"])
    refused(REFUSED, "memory", "set", a.path, "swap", loop, says=["ext4", "precious", "force"])
    refused(USAGE, "memory", "set", a.path, "force", says=["force"])
    equal(a.get()["swap"], 0, "swap file")
    do("memory", "set", a.path, "swap", "/run/notes", "force")
    refused(REFUSED, "memory", "set", b.path, "swap", "/run/notes", says=[f"file {a.id}"])
    refused(REFUSED, "memory", "set", a.path, "swap", "/run/more", says=["already"])
    equal(show("memory", "reclaim", a.path, "2M", "methods", "split,swap"), {"pages": HUGE_PAGES},
          "reclaimed")
    do("memory", "set", a.path, "swap", "none")
    check(not os.path.exists("none"), "it is not taken for a name")
    equal((a.get()["swap"], a.pages()), (0, {"private": PAGES}), "swap file, pages")
    holds(a.maps[0], 0, PAGES)
    do("memory", "set", b.path, "swap", "/run/notes")      # labelled
    do("memory", "set", a.path, "swap", loop, "force")
    do("memory", "set", a.path, "swap", "none", "compress-limit", "20")
    equal((a.get()["swap"], a.get()["compress-limit"]), (0, 20), "settings")
    sh(f"losetup -d {loop}")


@test
def why_nothing_was_reclaimed(vmem):
    a, _ = two_files(vmem)
    for methods, reason in (("swap", "blocks of 2 MiB"), ("split,swap", "swap is none")):
        result = vsctl.vsctl("memory", "reclaim", a.path, "2M", "methods", methods)
        equal((result.status, result.out), (0, "0 KiB reclaimed\n"), "reclaimed")
        contains(result.err, reason, "why")


@test
def any_user_may_look(vmem):
    """At what is harmless."""
    a, _ = two_files(vmem)
    pid = os.fork()
    if not pid:
        try:
            os.setgid(65534)
            os.setuid(65534)
            shown = show("memory", "show", str(a.id))[0]
            equal((shown["pages"]["huge"], shown["events"]), (PAGES, None), "what is told")
            do("memory")
            do("memory", "top", "interval", "1", "count", "1")
            do("tps")
            refused(REFUSED, "memory", "set", str(a.id), "compress-limit", "5", says=["owner"])
            os._exit(0)
        except BaseException as error:
            print("#", error, flush=True)
            os._exit(1)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of the other user")


@test
def top_tells_rates(vmem):
    a, _ = two_files(vmem)
    lines = do("-j", "memory", "top", "interval", "1", "count", "2").splitlines()
    equal(len(lines), 2, "intervals")
    first = json.loads(lines[1])[0]
    equal((first["name"], first["rates"]["fault"]), ("/a", 0), "name, faults a second")
    contains(do("memory", "top", "interval", "1", "count", "1"), "DECOMPRESS/s", "table")


@test
def latency_of_faults(vmem):
    a, _ = two_files(vmem)
    faults = show("memory", "latency", a.path)
    equal((faults["id"], [(fault["kind"], sum(bucket["count"] for bucket in fault["buckets"]))
                          for fault in faults["faults"]]), (a.id, [("huge", 2)]), "faults")
    lines = do("memory", "latency", a.path).splitlines()
    equal((lines[0].split(), lines[1].split()[0]), (["FAULT", "FROM", "TO", "COUNT"], "huge"),
          "table")
    refused(USAGE, "memory", "latency", says=["the file"])
    refused(NOT_FOUND, "memory", "latency", "999", says=["999"])


@test
def host(vmem):
    said = vmem.api.do("host-get")
    shown = show("memory", "host")
    equal((shown["state"], shown["min_free_pages"]), ("high", said["min-free"]), "state")
    equal([state["below_pages"] for state in shown["states"]],
          [stage["below"] for stage in said["stage"]], "where states begin")
    lines = do("memory", "host").splitlines()
    equal([line.split()[0] for line in lines[1:]],
          ["STATE", "high", "clear", "soft", "hard", "low"], "table")
    equal((do("memory").splitlines()[0].split()[:2], lines[0].split()[:2]),
          (["state", "high:"], ["state", "high:"]), "first lines")
    refused(USAGE, "memory", "host", "more", says=["more"])


@test
def sharing(vmem):
    a, b = two_files(vmem)
    equal(show("tps", "estimate"),
          {"pages": 2 * PAGES, "zero": 0, "own": 0, "salt": 0, "all": PAGES}, "estimate")
    contains(do("tps", "estimate"), "if all files shared", "estimate")
    for file in (a, b):
        do("tps", "set", file.path, "salt", "7")
    equal(show("tps", "estimate")["salt"], PAGES, "estimate under the salt")
    vmem.scan()
    equal([(file["name"], file["salt"], file["shared"]) for file in show("tps")["files"]],
          [("/a", 7, PAGES), ("/b", 7, PAGES)], "files")
    equal(show("tps")["saved"], PAGES, "pages saved")
    do("tps", "unshare", a.path)
    do("tps", "set", b.path, "salt", "own")
    equal([(file["salt"], file["shared"]) for file in show("tps")["files"]], [(7, 0), (0, 0)],
          "files")
    for file in (a, b):
        holds(file.maps[0], 0, PAGES)


@test
def scanner(vmem):
    do("tps", "set", "cpu", "3", "rate", "500", "interval", "60000", "split", "on")
    said = show("tps")
    equal([said[key] for key in ("running", "cpu", "rate", "interval", "split")],
          [False, 3, 500, 60000, True], "settings")
    do("tps", "set", "running", "on")
    equal(show("tps")["running"], True, "running")
    do("tps", "set", "running", "off")
    check("interval" in do("tps"), "the table has the settings")
    refused(USAGE, "tps", "set", "cpu", "0", says=["cpu", "1", "1600"])
    refused(REFUSED, "tps", "set", "cpu", "201", "workers", "2", says=["201", "2 workers"])
    do("tps", "set", "cpu", "200", "workers", "2")
    equal((show("tps")["workers"], show("tps")["cpu"]), (2, 200), "workers and their share")
    refused(USAGE, "tps", "set", "workers", "17", says=["workers", "17", "16"])
    refused(REFUSED, "tps", "set", "interval", "4000000", says=["4000000", "3600000"])
    refused(USAGE, "tps", "set", says=["nothing to set"])
    a = vmem.file("a", SIZE)
    refused(USAGE, "tps", "set", a.path, says=["nothing to set"])
    refused(USAGE, "tps", "set", a.path, "salt", "many", says=["salt", "many"])
    refused(NOT_FOUND, "tps", "unshare", "777", says=["777"])


@test
def without_the_modules(vmem):
    """What to do is said where a module is not loaded."""
    del vmem
    equal(vsctl.vsctl("memory", "help").status, 0, "help needs no module")
    contains(do("tps", "help"), "vsctl tps estimate", "help")


run(Tps)
