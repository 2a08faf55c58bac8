#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The memory scheduler: who may have how much, and who gives when memory is short."""

import errno
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import kmod
import vsctl
from ktap import check, diag, equal, fail, run, test, wait_for
from netlink import Refused
from vmem import HUGE, PAGE, Balloon, fill, holds, pattern, refused

MIB = 1 << 20
SIZE = 64 * MIB
PAGES = SIZE // PAGE


def full_file(vmem, name, size=SIZE):
    file = vmem.file(name, size)
    area = file.map()
    for start in range(0, size, HUGE):
        area[start:start + HUGE] = pattern(start // HUGE) * (HUGE // PAGE)
    file.set(compress_limit=100)
    return file


def is_whole(file):
    area = file.maps[0]
    for start in range(0, len(area), HUGE):
        equal(area[start:start + HUGE], pattern(start // HUGE) * (HUGE // PAGE),
              f"content from {start} on")


def make_short(vmem, pages):
    """Let the host want so many pages; VMs must not give any until then.  The state begins
    with less than that, and ends only with it.  In it, free pages that CPUs keep count."""
    vmem.set_min_free(vmem.host()["available"] * PAGE // MIB * 2)
    available = vmem.host()["available"] * PAGE // MIB
    vmem.set_min_free((available + pages * PAGE // MIB) * 100 // 72)
    vmem.computed()
    equal(vmem.host()["state"], "soft", "state")


def give(vmem, *names):
    """Let these VMs give memory until the host has what it wants."""
    for name in names:
        vmem.balloon.do("vm-set", name=name, methods={"split", "compress", "swap"})
    wait_for(lambda: vmem.host()["state"] == "clear", "the state to end", 60)


def granted(vmem, *names):
    return [vmem.vm(name)["granted"] for name in names]


@test
def admission(vmem):
    """What is reserved fits, with the overhead, or is refused with the figures."""
    capacity = vmem.balloon.do("scheduler-get")["capacity"]
    room = capacity * PAGE - 8 * MIB
    vmem.add("a", reservation=room)
    try:
        vmem.add("b", reservation=16 * MIB)
        fail("the second reservation was not refused")
    except Refused as failure:
        equal(failure.error, errno.ENOSPC, "errno")
        figures = [(room + 16 * MIB) // MIB, capacity * PAGE // MIB]
        equal([word for word in failure.text.split() if word.isdigit()], [*map(str, figures)],
              f"figures in {failure.text!r}")
    refused(errno.ENOENT, vmem.vm, "b")
    refused(errno.ENOSPC, vmem.balloon.do, "vm-set", name="a", reservation=room + 16 * MIB)
    equal(vmem.vm("a")["reservation"], room, "reservation after the refusal")
    file = vmem.file("r", kind="reserved")
    refused(errno.ENOMEM, os.ftruncate, file.fd, 16 * MIB)
    equal(vmem.balloon.do("scheduler-get")["refused"], 3, "refusals")
    vmem.balloon.do("vm-set", name="a", reservation=room - 32 * MIB)
    os.ftruncate(file.fd, 16 * MIB)
    equal(file.pages(), {"huge": 16 * MIB // PAGE}, "pages of the reserved file")
    committed = (room - 16 * MIB + 16 * MIB // 128) // PAGE
    equal(vmem.balloon.do("scheduler-get")["committed"], committed, "pages committed")


@test
def files_of_vms(vmem):
    """A VM may have several; a file belongs to one VM."""
    files = [vmem.file(name, HUGE) for name in "abc"]
    vmem.add("numa", *files[:2], level="high")
    vm = vmem.vm("numa")
    equal((vm["file"], vm["level"], vm["size"], vm["shares"]),
          ([file.id for file in files[:2]], "high", 2 * HUGE, 80), "VM")
    equal([file.get().get("group") for file in files], [vm["id"], vm["id"], None], "groups")
    refused(errno.EBUSY, vmem.add, "other", *files[1:])
    refused(errno.EEXIST, vmem.add, "numa")
    refused(errno.ENOENT, vmem.balloon.do, "vm-set", name="numa", file=[files[2].id, 999])
    refused(errno.EINVAL, vmem.balloon.do, "vm-set", name="numa", level="custom")
    refused(errno.EINVAL, vmem.balloon.do, "vm-set", name="numa", level="low", shares=7)
    refused(errno.ERANGE, vmem.balloon.do, "vm-set", name="numa", level="custom", shares=0)
    refused(errno.ERANGE, vmem.balloon.do, "vm-set", name="numa", reservation=HUGE, limit=PAGE)
    equal(vmem.vm("numa")["file"], vm["file"], "files after refusals")
    vmem.balloon.do("vm-set", name="numa", file=[files[2].id], level="custom", shares=7)
    vmem.computed()
    names = {one.get("name"): (one["file"], one["shares"])
             for one in vmem.balloon.dump("vm-get") if "name" in one}
    equal(names, {"numa": ([files[2].id], 7)}, "VMs with names")
    equal(len(vmem.balloon.dump("vm-get")), 3, "VMs, with those that are a file")
    vmem.balloon.do("vm-del", name="numa")
    equal(files[2].get().get("group"), None, "group of a file whose VM is gone")


@test
def targets_by_shares(vmem):
    """2:1, and no more than what the host needs."""
    files = [full_file(vmem, name) for name in ("a", "b")]
    vmem.add("rich", files[0], level="high", methods=set())
    vmem.add("poor", files[1], methods=set())
    events = vmem.family("balloon")
    events.ynl.ntf_subscribe("event")
    make_short(vmem, PAGES)
    give(vmem, "rich", "poor")
    vmem.computed()
    rich, poor = (vmem.vm(name) for name in ("rich", "poor"))
    diag(f"{rich} {poor} {vmem.balloon.do('scheduler-get')}")
    for vm in (rich, poor):
        equal(vm["reason"], "shares", "reason")
        check(vm["granted"] <= vm["target"] + PAGES // 16, "what it has follows the target")
    check(1.9 < rich["entitled"] / poor["entitled"] < 2.1, "entitlements are 2:1")
    check(1.7 < rich["granted"] / poor["granted"] < 2.3, "memory is 2:1")
    check(PAGES * 0.7 < rich["granted"] + poor["granted"] < PAGES * 1.3,
          "they gave what was wanted")
    events.ynl.sock.setblocking(False)
    events.ynl.check_ntf()
    told = [one["msg"]["name"] for one in events.ynl.async_msg_queue if one["name"] == "vm-ntf"]
    check({"rich", "poor"} <= set(told), f"events tell of the targets of {told}")
    vmem.set_min_free(0)
    for file in files:
        is_whole(file)


@test
def a_reservation_stays(vmem):
    files = [full_file(vmem, name) for name in ("a", "b")]
    vmem.add("mine", files[0], level="low", reservation=SIZE, methods=set())
    vmem.add("other", files[1], level="high", methods=set())
    make_short(vmem, PAGES * 3 // 4)
    give(vmem, "mine", "other")
    vmem.computed()
    diag(f"{vmem.vm('mine')} {vmem.vm('other')}")
    equal(files[0].pages(), {"huge": PAGES}, "pages of who has all reserved")
    check(granted(vmem, "other")[0] < PAGES // 2, "the other gives")


@test
def methods_that_are_allowed(vmem):
    files = [full_file(vmem, name) for name in ("a", "b")]
    vmem.add("never", files[0], methods=set())
    vmem.add("split", files[1], methods={"split"})
    available = vmem.host()["available"] * PAGE // MIB
    vmem.set_min_free(available * 2)
    wait_for(lambda: "huge" not in files[1].pages(), "blocks to be split", 60)
    vmem.computed()
    equal(files[0].pages(), {"huge": PAGES}, "pages of who never gives")
    equal(files[1].pages(), {"private": PAGES}, "pages of who may be split only")


@test
def a_limit_holds(vmem):
    """Also while memory is plenty."""
    file = vmem.file("a", 16 * HUGE)
    vmem.add("vm", file, limit=SIZE // 4)
    vmem.computed()
    area = file.map()
    file.set(compress_limit=100)
    pages = 16 * HUGE // PAGE
    for start in range(0, pages, 512):
        fill(area, start, 512, base=start)
        pages_now = file.pages()
        check(pages_now.get("huge", 0) + pages_now.get("private", 0) <= PAGES // 4,
              f"{pages_now} are within the limit")
    equal(vmem.host()["state"], "high", "state")
    vmem.computed()
    vm = vmem.vm("vm")
    check(0 < vm["granted"] <= PAGES // 4, f"{vm['granted']} pages at the end")
    equal(vm["reason"], "limit", "reason")
    check(vmem.balloon.do("scheduler-get")["held"] > 0, "growth was held")
    holds(area, 0, pages)


@test
def low_holds_who_has_enough(vmem):
    """In the state low, who is above its target gets no more, and waits."""
    file = full_file(vmem, "a")
    more = vmem.file("more", HUGE)
    area = more.map()
    vmem.add("vm", file, more, methods=set())
    vmem.set_min_free(vmem.host()["available"] * PAGE // MIB * 10)
    equal(vmem.host()["state"], "low", "state")
    vmem.computed()
    pid = os.fork()
    if not pid:
        fill(area, 0, 1)
        os.kill(os.getpid(), signal.SIGKILL)
    wait_for(lambda: more.get()["waiting"], "the write to wait", 60)
    equal((os.waitpid(pid, os.WNOHANG), more.pages()), ((0, 0), {}), "nothing was allocated")
    vmem.set_min_free(0)
    os.waitpid(pid, 0)
    holds(area, 0, 1)


@test
def idle_pays_tax(vmem):
    """The VM that uses its memory keeps more of it, until the other one wakes up."""
    with open("/sys/module/vmem/parameters/sample_period", "w", encoding="ascii") as file:
        file.write("1")
    files = [full_file(vmem, name, SIZE // 2) for name in ("a", "b")]
    vmem.add("busy", files[0], methods=set())
    vmem.add("idle", files[1], methods=set())
    stop = threading.Event()

    def use(area):
        while not stop.wait(0.01):
            for start in range(0, len(area), HUGE):
                area[start]     # pylint: disable=pointless-statement

    users = [threading.Thread(target=use, args=(file.maps[0],)) for file in files]
    users[0].start()
    make_short(vmem, PAGES // 2)
    try:
        wait_for(lambda: vmem.vm("idle")["reason"] == "idle" and
                 vmem.vm("busy")["entitled"] > 1.5 * vmem.vm("idle")["entitled"],
                 "memory to move to who uses it", 60)
        users[1].start()
        wait_for(lambda: vmem.vm("busy")["entitled"] < 1.2 * vmem.vm("idle")["entitled"],
                 "memory to move back", 60)
    finally:
        stop.set()
        diag(f"{vmem.vm('busy')} {vmem.vm('idle')}")
        for user in users:
            if user.ident:
                user.join()


@test
def by_vsctl(vmem):
    a, b = (vmem.file(name, 2 * HUGE) for name in ("a", "b"))
    vsctl.do("memory", "vm", "add", "web", "files", f"{a.path},{b.id}", "shares", "high",
       "reservation", "2M", "limit", "6M", "methods", "compress,split")
    said = vmem.vm("web")
    shown = vsctl.show("memory", "vm", "show", "web")[0]
    equal((shown["files"], shown["level"], shown["shares"], shown["reservation"], shown["limit"],
           shown["methods"]), ([a.id, b.id], "high", 160, HUGE, 3 * HUGE, ["split", "compress"]),
          "VM")
    equal((said["file"], said["limit"], said["methods"]),
          ([a.id, b.id], 3 * HUGE, {"split", "compress"}), "what the kernel says")
    vsctl.do("memory", "vm", "set", "web", "files", a.path, "shares", "77", "limit", "none", "methods",
       "none")
    vmem.computed()
    shown = {vm["name"]: vm for vm in vsctl.show("memory", "vm")}
    equal((shown["web"]["shares"], shown["web"]["limit"], shown["web"]["methods"],
           shown[None]["files"]), (77, 0, [], [b.id]), "VMs")
    lines = [line.split() for line in vsctl.do("memory", "vm").splitlines()]
    equal((lines[0][0], lines[1][3:], lines[2][:2]),
          ("state", ["reserved"], ["NAME", "MEMSZ"]), "heads")
    equal({line[0]: line[1:5] for line in lines[3:]},
          {"web": ["4M", "77", "2M", "-"], "/b": ["4M", "40", "0B", "-"]}, "table")
    for words, status, says in ((("set", "web"), vsctl.USAGE, "nothing to set"),
                                (("set", "web", "shares", "0"), vsctl.USAGE, "shares"),
                                (("set", "web", "shares", "much"), vsctl.USAGE, "much"),
                                (("set", "no", "shares", "low"), vsctl.NOT_FOUND, "no"),
                                (("add", "web"), vsctl.REFUSED, "already"),
                                (("set", "web", "reservation", "1T"), vsctl.REFUSED, "MiB")):
        vsctl.refused(status, "memory", "vm", *words, says=[says])
    vsctl.do("memory", "vm", "del", "web")
    vsctl.refused(vsctl.NOT_FOUND, "memory", "vm", "show", "web", says=["web"])


@test
def without_the_module(vmem):
    """It can go at any time; then nobody has a target."""
    file = full_file(vmem, "a")
    vmem.add("vm", file, limit=SIZE // 4)
    wait_for(lambda: granted(vmem, "vm")[0] <= PAGES // 4, "memory above the limit to go", 60)
    vmem.families.pop().close()
    kmod.remove("balloon")
    equal(file.get().get("group"), None, "group")
    is_whole(file)
    kmod.load("balloon")
    vmem.balloon = vmem.family("balloon")
    equal([vm for vm in vmem.balloon.dump("vm-get") if "name" in vm], [], "VMs")


run(Balloon)
