#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""vmfs.ko writes what everyone else reads."""

import errno
import fcntl
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import fsx
import vmfs
from datastore import KEEP, PUNCH, RENAME_EXCHANGE, RENAME_NOREPLACE, fails, loops, mounted
from ktap import Skip, bare, check, contains, equal, fail, run
from netlink import Family, Refused
from vmfs import MIB

SOAK = os.environ.get("SOAK") == "1"


@bare
def referees_read_it_back():
    """Every kind of file, written here, read by Debian's vmfs-fuse and by us again."""
    with vmfs.folder() as top:
        source, image = top / "source", vmfs.image(top / "one.img", 2048 * MIB)
        source.mkdir()
        vmfs.fill(source)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices:
            with mounted(devices) as path:
                vmfs.fill(path)
                equal(vmfs.tree(path, vmfs.SYSTEM_FILES), vmfs.tree(source), "tree, written")
            with mounted(devices, "ro") as path:
                equal(vmfs.tree(path, vmfs.SYSTEM_FILES), vmfs.tree(source), "tree, read again")
        vmfs.clean(image)
        vmfs.referees(image)
        with vmfs.fuse(image) as path:
            without = {*vmfs.SYSTEM_FILES, "large"}
            equal(vmfs.tree(path, without), vmfs.tree(source, without), "tree by vmfs-fuse")


@bare
def several_extents():
    with vmfs.folder() as top:
        source, images = vmfs.plain_source(top), vmfs.images(top, 300, 600)
        vmfs.run("mkfs.vmfs", "-q", *images)
        with loops(*images) as devices:
            with mounted(devices) as path:
                vmfs.fill_plain(path)
                with open(path / "fill", "wb", buffering=0) as file:
                    for number in range(300):
                        file.write(b"fill" * (MIB // 4))
                        if number % 16 == 0:    # a longer queue may hold the heartbeat up
                            os.fsync(file.fileno())
            with mounted(devices, "ro") as path:
                equal(vmfs.tree(path, {*vmfs.SYSTEM_FILES, "fill"}), vmfs.tree(source), "tree")
        vmfs.clean(*images)
        vmfs.referees(*images, plain=True)


@bare
def names():
    with datastore.store() as path:
        for name in "a", "b", "c":
            (path / name).write_text(name)
        (path / "d/e").mkdir(parents=True)
        os.rename(path / "a", path / "d/e/a2")
        equal((path / "d/e/a2").read_text(), "a", "moved")
        os.rename(path / "b", path / "c")
        equal((path / "c").read_text(), "b", "renamed over a file")
        fails(errno.EEXIST, datastore.rename2, path / "c", path / "d/e/a2", RENAME_NOREPLACE)
        datastore.rename2(path / "c", path / "d/e", RENAME_EXCHANGE)
        check((path / "c/a2").exists() and (path / "d/e").read_text() == "b", "exchanged")
        equal([os.stat(path / name).st_nlink for name in (".", "c", "d")], [5, 2, 2], "links")
        equal(os.stat(path / "c/..").st_ino, os.stat(path).st_ino, "parent of what was moved")
        fails(errno.ENOTEMPTY, os.rmdir, path / "c")
        fails(errno.ENOTEMPTY, os.rename, path / "d", path / "c")
        (path / "x").mkdir()
        os.rename(path / "d", path / "x")
        equal((path / "x/e").read_text(), "b", "renamed over an empty directory")
        fails(errno.EPERM, os.link, path / "x/e", path / "x/f")
        fails(errno.EPERM, os.mkfifo, path / "fifo")
        fails(errno.EOPNOTSUPP, os.setxattr, path / "x/e", "user.a", b"1")
        fails(errno.ENAMETOOLONG, os.mkdir, path / ("n" * 128))
        fails(errno.EPERM, os.unlink, path / ".fbb.sf")
        os.chmod(path / "x/e", 0o640)
        os.chown(path / "x/e", 7, 8)
        os.utime(path / "x/e", (1000, 2000))
        status = os.stat(path / "x/e")
        equal((status.st_mode & 0o7777, status.st_uid, status.st_gid, status.st_atime,
               status.st_mtime), (0o640, 7, 8, 1000, 2000), "attributes")


@bare
def deleted_but_open():
    with datastore.store() as path:
        before = os.statvfs(path).f_bfree
        with open(path / "file", "w+b") as file:
            file.write(b"x" * 3 * MIB)
            os.unlink(path / "file")
            file.write(b"y" * 3 * MIB)
            file.seek(3 * MIB - 1)
            equal(file.read(2), b"xy", "content")
            os.sync()
        os.sync()
        equal(os.statvfs(path).f_bfree, before, "free blocks afterwards")


@bare
def large_directory():
    """Names are found, and none is missed while others are deleted."""
    count = 100000 if SOAK else 3000
    with datastore.store(count * 5 * MIB) as path:
        for number in range(count):
            os.close(os.open(path / f"name-{number}", os.O_CREAT | os.O_EXCL))
        datastore.drop_caches()
        equal(len(os.listdir(path)) - len(vmfs.SYSTEM_FILES), count, "names")
        seen = set()
        for number, entry in enumerate(os.scandir(path)):
            if entry.name.startswith("name-"):
                seen.add(entry.name)
                if number % 2:
                    os.unlink(entry.path)
        equal(len(seen), count, "names that were seen while half of them were deleted")
        left = set(os.listdir(path)) - vmfs.SYSTEM_FILES
        check(left < seen and abs(len(left) - count / 2) < 10, f"{len(left)} names are left")
        for name in left:
            os.unlink(path / name)


@bare
def allocation():
    """fallocate: what is preallocated reads as zero, what is punched is free."""
    with datastore.store() as path:
        (path / "old").write_bytes(b"\xaa" * 64 * MIB)
        os.sync()
        os.unlink(path / "old")
        os.sync()
        before = os.statvfs(path).f_bfree
        with open(path / "new", "w+b") as file:
            fd = file.fileno()
            datastore.fallocate(fd, 0, 0, 64 * MIB)
            equal(os.fstat(fd).st_size, 64 * MIB, "size")
            equal(os.statvfs(path).f_bfree, before - 64, "free blocks")
            check(os.pread(fd, 64 * MIB, 0) == bytes(64 * MIB), "old content is seen")
            os.pwrite(fd, b"data", 10 * MIB + 4095)
            os.fsync(fd)
            datastore.drop_caches()
            equal(os.pread(fd, MIB, 10 * MIB), bytes(4095) + b"data" + bytes(MIB - 4099),
                  "around what was written")
            datastore.fallocate(fd, PUNCH, 5 * MIB + 1, 10 * MIB)
            os.fsync(fd)
            equal(os.statvfs(path).f_bfree, before - 55, "free blocks after the hole")
            # what is preallocated is no data, either
            fails(errno.ENXIO, os.lseek, fd, 0, os.SEEK_DATA)
            datastore.fallocate(fd, KEEP, 80 * MIB, MIB)
            equal((os.fstat(fd).st_size, os.fstat(fd).st_blocks), (64 * MIB, 56 * 2048), "kept size")
            fails(errno.EOPNOTSUPP, datastore.fallocate, fd, 0x8, 0, MIB)
            os.ftruncate(fd, 3 * MIB + 5)
            os.ftruncate(fd, 4 * MIB)
            check(os.pread(fd, 4 * MIB, 0) == bytes(4 * MIB), "truncated content is seen")


@bare
def random_operations():
    """As fsx does: a file and a model of it, by all ways of writing."""
    steps = 3000 if SOAK else 150
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 600 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices:
            with mounted(devices) as path:
                models = [fsx.Model(path / f"file{limit}", limit, seed)
                          for seed, limit in enumerate((3000, 20000, 5 * MIB, 20 * MIB))]
                for model in models:
                    for step in range(steps):
                        model.step()
                        if step % 5 == 0:
                            model.check()
                    model.check()
                    model.close()
            with mounted(devices, "ro") as path:
                for model in models:
                    model.reopen(path / model.path.name)
                    model.check("mounted again")
                    model.close()
        vmfs.clean(image)
        vmfs.referees(image)


def fill_up(path):
    """Write to a file until there is no free block: the bytes."""
    written = 0
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                written += file.write(bytes(MIB))
        except OSError as error:
            equal(error.errno, errno.ENOSPC, "error")
    return written


@bare
def full_volume():
    with datastore.store(300 * MIB) as path:
        free = os.statvfs(path).f_bfree
        written = fill_up(path / "all")
        equal((written, os.statvfs(path).f_bfree), (free * MIB, 0), "written, free")
        fails(errno.ENOSPC, (path / "more").write_bytes, bytes(9000))
        (path / "small").write_bytes(bytes(8000))       # sub-blocks are others
        os.unlink(path / "all")
        (path / "more").write_bytes(bytes(9000))
        equal(os.stat(path / "more").st_size, 9000, "size")


@bare
def full_directory():
    """One more name needs a file block: the refusal gives back what the attempt took."""
    with datastore.store(700 * MIB) as path:
        (path / "many").mkdir()
        with open(path / "all", "wb") as file:
            datastore.fallocate(file.fileno(), 0, 0, os.statvfs(path).f_bfree * MIB)
        left = os.statvfs(path).f_ffree
        made = 0
        try:
            for made in range(left):
                os.close(os.open(path / "many" / str(made), os.O_CREAT))
        except OSError as error:
            equal(error.errno, errno.ENOSPC, "error")
        check(0 < made < left - 1, f"{made} of {left} files fit into a sub-block")
        equal(os.statvfs(path).f_ffree, left - made, "file descriptors")
        fails(errno.ENOSPC, os.mkdir, path / "many/dir")
        os.truncate(path / "all", 0)
        os.mkdir(path / "many/dir")


@bare
def no_file_descriptors():
    with datastore.store(300 * MIB) as path:
        free = os.statvfs(path).f_ffree
        if free > 5000 and not SOAK:
            raise Skip(f"{free} files take long: in make soak")
        for number in range(free):
            os.close(os.open(path / str(number), os.O_CREAT))
        fails(errno.ENOSPC, os.mkdir, path / "more")
        os.unlink(path / "0")
        os.mkdir(path / "more")


@bare
def counters():
    names = ("commits", "logged-sectors", "completed-blocks")
    with datastore.store() as path:
        os.sync()
        before = datastore.counters(path)
        with open(path / "file", "wb") as file:
            file.write(bytes(9000))
            file.flush()
            os.fsync(file.fileno())
        after = datastore.counters(path)
        check(after["commits"] > before["commits"] and
              after["logged-sectors"] > before["logged-sectors"] + 4,
              f"{[(before[name], after[name]) for name in names]}")
        blocks = before["completed-blocks"]
        equal(after["completed-blocks"], blocks, "blocks that were filled up with zeros for fsync()")
        vmfs.run("fsfreeze", "-f", path)
        vmfs.run("fsfreeze", "-u", path)
        after = datastore.counters(path)
        equal(after["completed-blocks"], blocks + 1, "the same, frozen")
        equal([after[name] for name in ("replays", "corruptions", "failures")], [0] * 3,
              "what did not happen")


@bare
def told_by_netlink():
    """What a request is told of a volume, mounted in each way, and who is told."""
    with vmfs.folder() as top:
        images = vmfs.images(top, 300, 600)
        vmfs.run("mkfs.vmfs", "-q", "-L", "told", *images)
        uuid = re.search("UUID: (.*)", vmfs.run(vmfs.DEBUGVMFS, *images, "show"))[1].strip()
        with datastore.loops(*images) as devices:
            with datastore.mounted(devices, "ro") as path:
                number, status = os.stat(path).st_dev, os.statvfs(path)
                found = datastore.known(number)
                del found["counters"]
                names = [os.path.basename(device) for device in devices]
                equal(found, {
                    "id": number, "device": names[0], "label": "told", "uuid": uuid,
                    "volume-uuid": vmfs.probe(images[0])["UUID"], "major": 5, "minor": 81,
                    "block-size": MIB, "size": 768 * MIB, "free": status.f_bfree * MIB,
                    "extents": [{"device": names[0], "size": 256 * MIB},
                                {"device": names[1], "size": 512 * MIB}],
                    "state": "read-only", "lock": "local"}, "read-only")
                with datastore.events() as told:
                    vmfs.run("mount", "-o", "remount,rw", path)
                    equal([(name, event["state"]) for name, event in told()],
                          [("mount-ntf", "active")], "events of a remount")
                os.mkdir(path / "dir")
                found = datastore.known(number)
                equal((found["state"], found["free"]), ("active", os.statvfs(path).f_bfree * MIB),
                      "read-write")
                check(found["lease-age"] < 12000, f"the lease is {found['lease-age']} ms old")
                family = Family("vmfs")
                with datastore.store() as second:
                    other = os.stat(second).st_dev
                    equal(sorted(each["id"] for each in family.dump("datastore-get")),
                          sorted([number, other]), "all")
                try:
                    family.do("datastore-get", id=other)
                    fail("a volume that is not mounted was found")
                except Refused as error:
                    equal(error.error, errno.ENOENT, "error")
                    contains(error.text, f"from device {os.major(other)}:{os.minor(other)}", "text")
            equal(family.dump("datastore-get"), [], "what is mounted")
            family.close()


@bare
def read_only_and_back():
    with datastore.store() as path:
        (path / "file").write_bytes(b"1" * 5000)
        vmfs.run("mount", "-o", "remount,ro", path)
        fails(errno.EROFS, os.mkdir, path / "new")
        datastore.drop_caches()
        equal((path / "file").read_bytes(), b"1" * 5000, "content")
        vmfs.run("mount", "-o", "remount,rw", path)
        (path / "file").write_bytes(b"2" * 5000)
        fd = os.open(path, os.O_RDONLY)
        fcntl.ioctl(fd, datastore.FIFREEZE, 0)
        fcntl.ioctl(fd, datastore.FITHAW, 0)
        os.close(fd)
        vmfs.run("fstrim", path)
        datastore.drop_caches()
        equal((path / "file").read_bytes(), b"2" * 5000, "content after fstrim")


run()
