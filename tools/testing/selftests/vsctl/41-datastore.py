#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl datastore show: volumes on devices and in image files, beside debugvmfs and blkid."""

import fcntl
import json
import os
import re
import select
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from ktap import bare, check, contains, equal, run
from vmfs import MIB, image, probe
from vsctl import NOT_FOUND, REFUSED, USAGE, do, one, refused, show, vsctl

GIB = 1 << 30
os.environ["DM_DISABLE_UDEV"] = "1"     # a test machine has no udev


def loop(path):
    return subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True,
                          text=True).stdout.strip()


@bare
def image_files():
    with vmfs.folder() as top:
        path = image(top / "one.img", 600 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-L", "my \u00e9 store", path)
        found = one("datastore", "show", str(path))
        theirs = vmfs.run(vmfs.DEBUGVMFS, path, "show")
        uuid = re.search("UUID: (.*)", theirs)[1].strip()
        space = vmfs.run(vmfs.DEBUGVMFS, path, "df")
        free = int(re.search(r"Free blocks *: (\d+)", space)[1])
        equal(found, {"label": "my \u00e9 store", "uuid": uuid, "version": "5.81",
                      "block_size": MIB, "volume_uuid": probe(path)["UUID"], "size": 512 * MIB,
                      "free": free * MIB, "mounted": None, "state": None, "reason": None,
                      "lock": None, "host_uuid": None, "slot": None, "lease_age_ms": None,
                      "counters": None,
                      "extents": [{"device": str(path), "size": 512 * MIB}],
                      "missing_extents": 0, "copy_of": None}, "datastore")
        contains(do("datastore", "show", str(path)), "512M", "table")


@bare
def several_extents():
    with vmfs.folder() as top:
        paths = [str(image(top / f"{size}.img", size * MIB)) for size in (300, 900)]
        vmfs.run("mkfs.vmfs", "-q", "-L", "two", *paths)
        for order in paths, paths[::-1]:
            found = one("ds", "show", *order)
            equal([extent["device"] for extent in found["extents"]], paths, "extents in order")
            equal(found["size"], 1024 * MIB, "size")
        found = one("ds", "show", paths[0])
        equal((found["label"], found["size"], found["free"], found["missing_extents"]),
              ("two", 1024 * MIB, None, 1), "the head alone")
        found = one("ds", "show", paths[1])
        equal((found["label"], found["missing_extents"]), (None, 1), "without the head")
        contains(do("ds", "show", paths[1]), "(missing)", "table")


@bare
def devices():
    subprocess.run(["modprobe", "loop"], check=True)
    with vmfs.folder() as top:
        loops = [loop(image(top / str(number), 300 * MIB)) for number in range(3)]
        equal(show("datastore"), [], "no datastore")
        vmfs.run("mkfs.vmfs", "-q", "-L", "a", *loops[:2])
        vmfs.run("mkfs.vmfs", "-q", "-L", "b", loops[2])
        found = {store["label"]: [extent["device"] for extent in store["extents"]]
                 for store in show("datastore")}
        equal(found, {"a": loops[:2], "b": loops[2:]}, "all datastores")
        # the other extent of what is named is found
        store = one("datastore", "show", loops[1])
        equal((store["label"], store["missing_extents"]), ("a", 0), "named by its second extent")
        for device in loops:
            subprocess.run(["losetup", "-d", device], check=True)


@bare
def refusals():
    with vmfs.folder() as top:
        empty = image(top / "empty", 300 * MIB)
        refused(REFUSED, "datastore", "show", str(empty), says=["holds no VMFS volume"])
        refused(NOT_FOUND, "datastore", "show", str(top / "none"), says=["No such file"])
        refused(NOT_FOUND, "datastore", "show", str(top), says=["no VMFS is mounted on"])
        for words in ("mount", "one", "/mnt", "ro", "x"), ("grow", "one", "/dev/one", "force", "x"):
            refused(USAGE, "datastore", *words, says=["'x' is one word too many"])


@bare
def mounted_by_name():
    """All extents of a volume are found, in any order of the devices."""
    with vmfs.folder() as top:
        paths = [str(image(top / f"{size}.img", size * MIB)) for size in (900, 300)]
        vmfs.run("mkfs.vmfs", "-q", "-L", "two", *paths[::-1])
        subprocess.run(["modprobe", "loop"], check=True)
        devices = [loop(path) for path in paths]
        for name in "two", devices[0], one("ds", "show", devices[0])["uuid"]:
            do("datastore", "mount", name, "/mnt")
            found = one("ds", "show", "/mnt")
            equal((found["mounted"], [extent["device"] for extent in found["extents"]]),
                  ("/mnt", devices[::-1]), f"mounted as {name}")
            subprocess.run(["umount", "/mnt"], check=True)
        do("datastore", "mount", "two", "/mnt", "ro")
        check(os.statvfs("/mnt").f_flag & os.ST_RDONLY, "it is not read-only")
        subprocess.run(["umount", "/mnt"], check=True)
        for _ in range(2):
            do("datastore", "mount", "two")
            equal(one("ds", "show", devices[0])["mounted"], "/vmfs/volumes/two", "its own folder")
        subprocess.run(["umount", "/vmfs/volumes/two"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/vmfs/volumes/two"], check=True)
        refused(REFUSED, "datastore", "mount", "two", says=["/vmfs/volumes/two is in use"])
        subprocess.run(["umount", "/vmfs/volumes/two"], check=True)
        refused(NOT_FOUND, "datastore", "mount", "three", "/mnt", says=["is called three"])
        subprocess.run(["losetup", "-d", devices[0]], check=True)
        refused(NOT_FOUND, "datastore", "mount", "two", "/mnt",
                says=["1 of its extents are missing"])
        subprocess.run(["losetup", "-d", devices[1]], check=True)


def shut_down(path):
    fd = os.open(path, os.O_RDONLY)
    fcntl.ioctl(fd, 0x8004587d, struct.pack("I", 2))    # VMFS_IOC_SHUTDOWN, now
    os.close(fd)


@bare
def what_the_kernel_says():
    """show and monitor tell of a mounted volume: whether it is written to, and if not, why."""
    with vmfs.folder() as top, datastore.loops(image(top / "one", 300 * MIB)) as (device,):
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", device)
        with subprocess.Popen(["vsctl", "-j", "datastore", "monitor"], stdout=subprocess.PIPE,
                              text=True) as monitor:
            while not select.select([monitor.stdout], [], [], 0)[0]:    # until it listens
                with datastore.mounted([device]):
                    pass
            with datastore.mounted([device]) as path:
                found = one("datastore")
                equal((found["state"], found["reason"], found["lock"]), ("active", None, "local"),
                      "state")
                check(found["slot"] < 2048 and found["lease_age_ms"] < 12000 and
                      re.fullmatch("[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}",
                                   found["host_uuid"]), f"heartbeat: {found}")
                check(found["counters"]["commits"] > 0, f"counters: {found['counters']}")
                contains(do("datastore"), " active ", "table")
                shut_down(path)
                result = vsctl("datastore")
                contains(result.out, " stopped ", "table")
                contains(result.err, f"{path}: nothing is written to it any more: shut down on "
                         "demand", "warning")
                equal(one("datastore")["reason"], "shut down on demand", "reason")
            told = []
            while not told or told[-1]["event"] != "unmount" or "stop" not in \
                    [event["event"] for event in told]:
                told.append(json.loads(monitor.stdout.readline()))
            equal([(event["event"], event["label"], event["state"], event["reason"])
                   for event in told[-3:]],
                  [("mount", "one", "active", None), ("stop", "one", None, "shut down on demand"),
                   ("unmount", "one", None, None)], "events")
            monitor.kill()


@bare
def copies():
    """A copy of a device is not another path to it: two paths say the same of their disk."""
    with vmfs.folder() as top:
        paths = [str(image(top / f"{number}.img", 300 * MIB)) for number in range(3)]
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", paths[0])
        subprocess.run(["cp", paths[0], paths[1]], check=True)
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", paths[2])
        subprocess.run(["modprobe", "loop"], check=True)
        first, again = loop(paths[0]), loop(paths[0])
        equal(one("ds", "show", first)["copy_of"], None, "two paths")
        do("datastore", "mount", "one", "/mnt")
        subprocess.run(["umount", "/mnt"], check=True)
        copy = loop(paths[1])
        equal({store["extents"][0]["device"]: store["copy_of"] for store in show("datastore")},
              {first: copy, copy: first}, "copies")
        for device in first, copy:
            refused(REFUSED, "datastore", "mount", device, "/mnt",
                    says=["are copies of one extent", first, copy])
        refused(REFUSED, "datastore", "mount", "one", "/mnt", "ro", says=["are copies"])
        do("datastore", "mount", copy, "/mnt", "ro")
        subprocess.run(["umount", "/mnt"], check=True)
        subprocess.run(["losetup", "-d", copy], check=True)
        other = loop(paths[2])
        refused(REFUSED, "datastore", "mount", "one", "/mnt",
                says=["hold datastores with the name one", first, other])
        do("datastore", "mount", other, "/mnt")
        done = subprocess.run(["mkfs.vmfs", "-f", paths[2]], capture_output=True, text=True,
                              check=False)
        check(done.returncode and f"in use as {other}" in done.stderr, f"mkfs: {done.stderr}")
        subprocess.run(["umount", "/mnt"], check=True)
        for device in first, again, other:
            subprocess.run(["losetup", "-d", device], check=True)


@bare
def resignature():
    """A copy of two extents becomes a datastore of its own, beside the original."""
    with vmfs.folder() as top:
        parts = [str(image(top / f"{size}.img", size * MIB)) for size in (600, 300)]
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", *parts)
        copies = [f"{part}.copy" for part in parts]
        for part, copied in zip(parts, copies):
            subprocess.run(["cp", "--sparse=always", part, copied], check=True)
        with datastore.loops(*parts, *copies) as devices:
            ours, theirs = devices[:2], devices[2:]
            check(all(store["copy_of"] for store in show("datastore")), "they are no copies")
            refused(REFUSED, "datastore", "mount", theirs[0], "/mnt",
                    says=["vsctl datastore resignature"])
            refused(USAGE, "datastore", "resig", *theirs, says=["write the whole word"])
            refused(REFUSED, "datastore", "resignature", theirs[0], says=["name all devices of it"])
            before = one("ds", "show", *parts)
            made = one("datastore", "resignature", *theirs[::-1])
            check(re.fullmatch("snap-[0-9a-f]{8}-one", made["label"]), made["label"])
            equal(probe(theirs[0])["UUID"], made["volume_uuid"], "what blkid says")
            found = {store["label"]: store for store in show("datastore")}
            equal({label: ([extent["device"] for extent in store["extents"]], store["copy_of"])
                   for label, store in found.items()},
                  {"one": (ours, None), made["label"]: (theirs, None)}, "both")
            equal((before["uuid"], before["volume_uuid"]),
                  (found["one"]["uuid"], found["one"]["volume_uuid"]), "the original")
            beside_each_other(top, ("one", made["label"]))
            refused(REFUSED, "datastore", "resignature", "/mnt", says=["Is a directory"])
        for each in parts, copies:
            vmfs.clean(*each)


def beside_each_other(top, names):
    """Both are mounted and written to; each has its own afterwards."""
    for name in names:
        (top / name).mkdir()
        do("datastore", "mount", name, str(top / name))
    for name in names:
        (top / name / "file").write_bytes(name.encode() * 500000)
    refused(REFUSED, "datastore", "resignature", one("ds", "show", str(top / "one"))
            ["extents"][0]["device"], says=["is in use"])
    for _ in range(2):
        for name in names:
            equal((top / name / "file").read_bytes(), name.encode() * 500000, name)
            subprocess.run(["umount", top / name], check=True)
            do("datastore", "mount", name, str(top / name))
    for name in names:
        subprocess.run(["umount", top / name], check=True)


@bare
def disks_of_guests():
    """A volume on a logical volume is perhaps a guest's: it has to be named."""
    with vmfs.folder() as top:
        path = image(top / "one.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", path)
        with datastore.loops(path) as (device,):
            subprocess.run(["modprobe", "dm-mod"], check=True)
            subprocess.run(["dmsetup", "create", "guest"], check=True, text=True,
                           input=f"0 {300 * MIB // 512} linear {device} 0")
            try:
                equal(show("datastore"), [], "all")
                refused(NOT_FOUND, "datastore", "mount", "one", "/mnt", says=["is called one"])
                equal(one("ds", "show", "/dev/mapper/guest")["label"], "one", "by its name")
                do("datastore", "mount", "/dev/mapper/guest", "/mnt")
                equal(one("datastore")["mounted"], "/mnt", "mounted")
                subprocess.run(["umount", "/mnt"], check=True)
            finally:
                subprocess.run(["dmsetup", "remove", "--retry", "guest"], check=True)


@bare
def partitions():
    """Who names a disk hears which of its partitions is meant."""
    with vmfs.folder() as top:
        disk, one_image = image(top / "disk", 500 * MIB), image(top / "one.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", "-L", "one", one_image)
        with open(disk, "r+b") as file:
            file.seek(446 + 16)
            file.write(struct.pack("<4xB3xII", 0xfb, 20 * MIB // 512, 300 * MIB // 512))
            file.seek(510)
            file.write(b"\x55\xaa")
        subprocess.run(["dd", f"if={one_image}", f"of={disk}", "bs=1M", "seek=20", "conv=notrunc",
                        "status=none"], check=True)
        refused(REFUSED, "datastore", "show", str(disk), says=["partition 2 holds a VMFS volume"])
        contains(vmfs.run("fsck.vmfs", "-n", disk, status=8), "partition 2 holds", "fsck.vmfs")


run()
