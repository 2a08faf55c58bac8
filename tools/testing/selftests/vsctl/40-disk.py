#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl disk: virtual disks, judged by qemu-img and QEMU's driver for them."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, contains, equal, run, test
from vmdk import descriptor
from vsctl import NOT_FOUND, REFUSED, USAGE, do, one, refused, show

MIB = 1 << 20
TEXT = descriptor("vmfs", 'RW 20480 VMFS "a-flat.vmdk"', 10)


class Folder:
    """A folder to be in, with a raw image of 10 MiB that is mostly hole: raw."""

    def __enter__(self):
        self.path = tempfile.TemporaryDirectory(dir="/tmp")
        os.chdir(self.path.name)
        with open("raw", "wb") as file:
            file.truncate(10 * MIB)
            for at in (0, 3 * MIB + 512, 10 * MIB - 4096):
                file.seek(at)
                file.write(os.urandom(4096))

    def __exit__(self, *unused):
        os.chdir("/")
        self.path.cleanup()


def qemu_img(*words):
    done = subprocess.run(["qemu-img", *words], capture_output=True, text=True, check=False,
                          timeout=120)
    equal((done.returncode, done.stderr), (0, ""), f"qemu-img {' '.join(words)}")
    return done.stdout


def same(disk, raw="raw"):
    """QEMU reads the same from both; the second one may be shorter if zeros follow."""
    contains(qemu_img("compare", "-f", "vmdk", "-F", "raw", disk, raw), "identical", "compare")


def filled(disk, *words):
    """A disk with the content of raw, written by QEMU."""
    do("disk", "create", disk, "size", "10M", *words)
    qemu_img("convert", "-n", "--target-is-zero", "-f", "raw", "-O", "vmdk", "raw", disk)
    same(disk)


def allocated(disk):
    return one("disk", "show", disk)["allocated"]


@test
def create(_):
    for kind, blocks in (("thin", 0), ("lazy", 10 * MIB), ("eager", 10 * MIB)):
        do("disk", "create", "a.vmdk", "size", "10M", "-t", kind)
        text = open("a.vmdk").read()
        found = TEXT.match(text)
        check(found, text)
        equal(bool(found["thin"]), kind == "thin", "thinProvisioned")
        shown = one("disk", "show", "a.vmdk")
        equal({key: shown[key] for key in ("path", "type", "size", "flat", "create_type", "adapter",
                                           "cid", "parent_cid")},
              {"path": "a.vmdk", "type": kind, "size": 10 * MIB, "flat": "a-flat.vmdk",
               "create_type": "vmfs", "adapter": "lsilogic", "cid": found["cid"],
               "parent_cid": "ffffffff"}, kind)
        has = os.stat("a-flat.vmdk").st_blocks * 512
        check(blocks <= has <= blocks + 65536, f"a {kind} disk has {has} bytes")
        info = json.loads(qemu_img("info", "--output=json", "a.vmdk"))
        equal((info["format"], info["virtual-size"]), ("vmdk", 10 * MIB), "format and size")
        equal(info["format-specific"]["data"]["create-type"], "vmfs", "kind")
        equal(info["format-specific"]["data"]["cid"], int(found["cid"], 16), "content id")
        os.remove("a.vmdk")
        os.remove("a-flat.vmdk")


@test
def sizes_and_names(_):
    for size, heads, sectors in (("1536M", 128, 32), ("3g", 255, 63)):
        do("disk", "create", "b.vmdk", "size", size, "-t", "thin")
        text = open("b.vmdk").read()
        contains(text, f'ddb.geometry.heads = "{heads}"', size)
        contains(text, f'ddb.geometry.sectors = "{sectors}"', size)
        os.remove("b.vmdk")
        os.remove("b-flat.vmdk")
    do("disk", "create", "b.vmdk", "size", "3G", "type", "thin", "adapter", "ide")
    text = open("b.vmdk").read()
    for part in ('adapterType = "ide"', 'heads = "16"', 'cylinders = "6241"'):
        contains(text, part, "ide")


@test
def qemu_writes_and_reads(_):
    filled("thin.vmdk", "-t", "thin")
    check(0 < allocated("thin.vmdk") < 2 * MIB, "a thin disk stays thin")
    filled("eager.vmdk", "-t", "eager")
    # QEMU changed the text, and what it left is still a disk, also where its id is shorter
    equal(one("disk", "show", "thin.vmdk")["type"], "thin", "type")
    with open("thin.vmdk", "r+b") as file:
        text = file.read().rstrip(b"\0")
        file.seek(0)
        file.write(re.sub(rb"CID=[0-9a-f]+", b"CID=1", text, count=1) + b"\0n\n\0")
    equal(one("disk", "show", "thin.vmdk")["cid"], "1", "a short id")


@test
def clone(_):
    filled("a.vmdk", "-t", "thin")
    for kind in ("thin", "lazy", "eager"):
        do("disk", "clone", "a.vmdk", f"{kind}.vmdk", "-t", kind)
        same(f"{kind}.vmdk")
        shown = one("disk", "show", f"{kind}.vmdk")
        equal(shown["type"], kind, "type")
        check(shown["allocated"] >= 10 * MIB or kind == "thin" and shown["allocated"] < 4 * MIB,
              f"{kind} has {shown['allocated']}")
    ids = {one("disk", "show", path)[key] for path in ("a.vmdk", "thin.vmdk", "eager.vmdk")
           for key in ("cid", "uuid")}
    equal(len(ids), 6, "different ids")
    # zeros that are written are holes in a thin clone
    do("disk", "clone", "eager.vmdk", "again.vmdk", "-t", "thin")
    same("again.vmdk")
    check(allocated("again.vmdk") < 4 * MIB, "zeros became holes")


@test
def inflate(_):
    filled("a.vmdk", "-t", "thin")
    do("disk", "inflate", "a.vmdk")
    same("a.vmdk")
    shown = one("disk", "show", "a.vmdk")
    equal(shown["type"], "eager", "inflated disk")
    check(shown["allocated"] >= 10 * MIB, "all of it is there")
    check("thinProvisioned" not in open("a.vmdk").read(), "it is not thin")
    filled("b.vmdk", "-t", "lazy")
    do("disk", "inflate", "b.vmdk")
    same("b.vmdk")
    equal(one("disk", "show", "b.vmdk")["type"], "eager", "inflated disk")


@test
def zero(_):
    filled("a.vmdk")
    before = one("disk", "show", "a.vmdk")["cid"]
    do("disk", "zero", "a.vmdk")
    equal(open("a-flat.vmdk", "rb").read(), bytes(10 * MIB), "content")
    check(one("disk", "show", "a.vmdk")["cid"] != before, "it has another content id")


@test
def extend(_):
    filled("a.vmdk", "-t", "thin")
    do("disk", "extend", "a.vmdk", "size", "20M")
    same("a.vmdk")
    info = json.loads(qemu_img("info", "--output=json", "a.vmdk"))
    equal(info["virtual-size"], 20 * MIB, "size")
    check(allocated("a.vmdk") < 2 * MIB, "it is still thin")
    contains(open("a.vmdk").read(), 'ddb.geometry.cylinders = "20"', "geometry")
    do("disk", "extend", "a.vmdk", "size", "25M", "-t", "eager")
    same("a.vmdk")
    check(5 * MIB <= allocated("a.vmdk") < 8 * MIB, "only what was added is there")
    refused(REFUSED, "disk", "extend", "a.vmdk", "size", "24M", says=["can only become larger"])
    with open("a-000001.vmdk", "w", encoding="ascii") as file:
        file.write('# Disk DescriptorFile\nparentFileNameHint="a.vmdk"\n')
    for words in ("inflate", "a.vmdk"), ("extend", "a.vmdk", "size", "30M"), ("zero", "a.vmdk"):
        done = subprocess.run(["vsctl", "disk", *words], capture_output=True, text=True, check=True)
        contains(done.stderr, "a.vmdk has a snapshot, a-000001.vmdk", words[0])


def interrupted_disk(signum, *words):
    """Run it with a signal that comes as soon as it listens to signals."""
    def pend():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signum])
        os.kill(os.getpid(), signum)

    done = subprocess.run(["vsctl", "disk", *words], capture_output=True, text=True, check=False,
                          timeout=60, preexec_fn=pend)
    equal(done.returncode, REFUSED, f"exit status of {words[0]}, which says {done.stderr!r}")
    contains(done.stderr, "nterrupted", f"what {words[0]} says")


@test
def interrupted(_):
    """Ctrl-C undoes."""
    do("disk", "create", "b.vmdk", "size", "1M", "-t", "thin")
    with open("b-flat.vmdk", "r+b") as file:
        file.write(b"data")
    before = {name: open(name, "rb").read() for name in os.listdir(".")}
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for words in (("create", "a.vmdk", "size", "8M", "-t", "eager"),
                      ("create", "a.vmdk", "size", "8M", "-t", "thin"),
                      ("clone", "b.vmdk", "a.vmdk"),
                      ("extend", "b.vmdk", "size", "8M", "-t", "thin"),
                      ("extend", "b.vmdk", "size", "8M", "-t", "eager")):
            interrupted_disk(signum, *words)
            equal({name: open(name, "rb").read() for name in os.listdir(".")} == before, True,
                  f"the folder is as it was before {words[0]}")


@test
def crashed(_):
    """What was cut short is done by the same command."""
    before = os.listdir(".")
    for name in ("a-flat.vmdk", "a.vmdk", "aa.vmdk"):
        open(f".{name}.0123456789abcdef", "wb").close()
    do("disk", "create", "a.vmdk", "size", "10M", "-t", "thin")
    equal(sorted(os.listdir(".")),
          sorted([*before, "a.vmdk", "a-flat.vmdk", ".aa.vmdk.0123456789abcdef"]), "files")
    os.truncate("a-flat.vmdk", 15 * MIB)
    refused(REFUSED, "disk", "inflate", "a.vmdk", says=["if 'extend' was interrupted"])
    do("disk", "extend", "a.vmdk", "size", "12M")
    equal(os.path.getsize("a-flat.vmdk"), 12 * MIB, "size")
    with open("a-flat.vmdk", "ab") as file:
        file.write(b"x" * 512)
    refused(REFUSED, "disk", "extend", "a.vmdk", "size", "20M", says=["not only zeros"])


@test
def owner_and_mode_stay(_):
    do("disk", "create", "a.vmdk", "size", "1M")
    os.chown("a.vmdk", 1234, 4321)
    os.chmod("a.vmdk", 0o640)
    for words in (("extend", "a.vmdk", "size", "2M"), ("zero", "a.vmdk"), ("inflate", "a.vmdk")):
        do("disk", *words)
        found = os.stat("a.vmdk")
        equal((found.st_uid, found.st_gid, found.st_mode & 0o7777), (1234, 4321, 0o640), words[0])


@test
def tenants_do_not_steer(_):
    """Links, FIFOs and folders that somebody else put there"""
    def everything(path, *says):
        for words in (("show", path), ("clone", path, "new.vmdk"), ("inflate", path),
                      ("zero", path), ("extend", path, "size", "30M")):
            refused(REFUSED, "disk", *words, says=says)
        equal(open("victim", "rb").read(), b"v" * 10 * MIB, "the victim")

    with open("victim", "wb") as file:
        file.write(b"v" * 10 * MIB)
    do("disk", "create", "a.vmdk", "size", "10M", "-t", "thin")
    os.symlink("victim", "a.vmdk.new")
    do("disk", "extend", "a.vmdk", "size", "12M")
    equal(os.readlink("a.vmdk.new"), "victim", "a link that has nothing to do with it")
    os.remove("a-flat.vmdk")
    os.symlink("victim", "a-flat.vmdk")
    everything("a.vmdk", "a-flat.vmdk", "symbolic link")
    os.remove("a-flat.vmdk")
    os.mkfifo("a-flat.vmdk")
    everything("a.vmdk", "a-flat.vmdk", "no regular file")
    os.rename("a.vmdk", "b.vmdk")
    os.symlink("b.vmdk", "a.vmdk")
    everything("a.vmdk", "a.vmdk", "symbolic link")
    # A folder of the way: a link of root's is followed, a tenant's is not.
    os.mkdir("there")
    os.symlink("there", "ours")
    os.symlink(os.path.abspath("there"), "theirs")
    os.chown("theirs", 1234, 1234, follow_symlinks=False)
    do("disk", "create", "ours/c.vmdk", "size", "1M")
    refused(REFUSED, "disk", "create", "theirs/d.vmdk", "size", "1M", says=["link of user 1234"])
    refused(REFUSED, "disk", "show", "./theirs/../theirs/c.vmdk", says=["link of user 1234"])
    equal(sorted(os.listdir("there")), ["c-flat.vmdk", "c.vmdk"], "files")


@test
def disks_of_qemu(_):
    """A flat disk that QEMU made"""
    qemu_img("convert", "-O", "vmdk", "-o", "subformat=monolithicFlat", "raw", "q.vmdk")
    equal(one("disk", "show", "q.vmdk")["create_type"], "monolithicFlat", "kind")
    do("disk", "clone", "q.vmdk", "a.vmdk", "-t", "eager")
    same("a.vmdk")
    do("disk", "extend", "q.vmdk", "size", "12M")
    do("disk", "inflate", "q.vmdk")
    same("q.vmdk")
    contains(open("q.vmdk").read(), 'RW 24576 FLAT "q-flat.vmdk" 0', "extent")
    text = open("q.vmdk").read().replace('vmdk" 0', 'vmdk" 8')
    open("q.vmdk", "w").write(text)
    refused(REFUSED, "disk", "show", "q.vmdk", says=["convert it with qemu-img"])


@test
def refusals(_):
    do("disk", "create", "a.vmdk", "size", "1M")
    before = sorted(os.listdir())
    for status, words, says in (
            (USAGE, ["create", "b.vmdk"], "the size is missing"),
            (USAGE, ["create", "b.vmdk", "size", "1000"], "whole sectors of 512 bytes"),
            (USAGE, ["create", "b.vmdk", "size", "63T"], "up to 62 TiB"),
            (USAGE, ["create", "b.vmdk", "size", "1X"], "is not a size"),
            (USAGE, ["create", "b.vmdk", "size", "16777215T"], "out of range"),
            (USAGE, ["create", "b.vmdk", "size", "1M", "-t", "thick"], "it must be thin, lazy"),
            (USAGE, ["create", "b.vmdk", "-t", "thin", "type", "lazy"], "given twice"),
            (USAGE, ["create", "b.img", "size", "1M"], "does not end in .vmdk"),
            (REFUSED, ["create", "a.vmdk", "size", "1M"], "a.vmdk exists"),
            (REFUSED, ["clone", "a.vmdk", "a.vmdk"], "a.vmdk exists"),
            (NOT_FOUND, ["create", "none/b.vmdk", "size", "1M"], "No such file"),
            (NOT_FOUND, ["show", "b.vmdk"], "No such file"),
            (REFUSED, ["show", "a-flat.vmdk"], "name the small .vmdk")):
        refused(status, "disk", *words, says=[says])
    qemu_img("create", "-q", "-f", "vmdk", "sparse.vmdk", "1M")
    refused(REFUSED, "disk", "inflate", "sparse.vmdk", says=["does not describe a disk"])
    qemu_img("create", "-q", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentFlat", "two.vmdk", "3G")
    refused(REFUSED, "disk", "inflate", "two.vmdk", says=["convert it with qemu-img"])
    os.truncate("a-flat.vmdk", 512)
    refused(REFUSED, "disk", "show", "a.vmdk", says=["a-flat.vmdk has 512 bytes"])
    equal([name for name in sorted(os.listdir()) if name[:3] not in ("spa", "two")], before,
          "files afterwards")


@test
def full_file_system(_):
    os.mkdir("small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20M", "none", "small"], check=True)
    try:
        for kind in ("lazy", "eager"):
            refused(REFUSED, "disk", "create", "small/a.vmdk", "size", "30M", "-t", kind,
                    says=["No space left"])
            equal(os.listdir("small"), [], "files afterwards")
        do("disk", "create", "small/a.vmdk", "size", "30M", "-t", "thin")
        refused(REFUSED, "disk", "inflate", "small/a.vmdk", says=["No space left"])
        equal(one("disk", "show", "small/a.vmdk")["type"], "thin", "type afterwards")
    finally:
        subprocess.run(["umount", "small"], check=True)


@test
def in_use(_):
    """QEMU locks what it has open: only looking at it is allowed."""
    filled("a.vmdk")
    qemu = subprocess.Popen(["qemu-io", "-f", "vmdk", "a.vmdk"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        qemu.stdin.write("write 0 512\n")
        contains(qemu.stdout.readline(), "wrote 512/512", "QEMU")
        for words in (["inflate", "a.vmdk"], ["zero", "a.vmdk"], ["clone", "a.vmdk", "b.vmdk"],
                      ["extend", "a.vmdk", "size", "20M"]):
            refused(REFUSED, "disk", *words, says=["is in use: shut the virtual machine down"])
        equal(show("disk", "show", "a.vmdk")[0]["size"], 10 * MIB, "size")
    finally:
        qemu.stdin.close()
        qemu.wait(20)
    do("disk", "clone", "a.vmdk", "b.vmdk")


run(Folder)
