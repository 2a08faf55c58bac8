#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 6.12
# lab: --memory 2G
"""A volume exported by the kernel's NFS server, and used by its NFS client.

Both are in the same machine: so each file is seen from two sides, and whatever is
dropped from caches is gone from those of both.
"""

import contextlib
import errno
import fcntl
import functools
import hashlib
import os
import pathlib
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import PUNCH, fails, loops, mounted
from ktap import Cells, Skip, bare, check, equal, fail, run, wait_for
from trace import TRACING, Trace
from vmfs import MIB

NFSD = "/proc/fs/nfsd"
# What clients see as the root: not of an overlay, which cannot be exported, not even as that
ROOT = "/run/exports"
EXPORT = "rw,no_root_squash,insecure,no_subtree_check"
# What one side does, the other sees at once.
OPTIONS = "actimeo=0,lookupcache=none"
VERSIONS = {"3": "vers=3,nolock", "4.2": "vers=4.2"}
NAMES = [f"{number:03}" + "n" * 100 for number in range(200)]


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def start_mountd():
    """A new one, for it remembers for minutes which UUID a device had."""
    found = subprocess.run(["pidof", "rpc.mountd"], capture_output=True, text=True, check=False)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGTERM)
        wait_for(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), "the end of rpc.mountd")
    vmfs.run("rpc.mountd")


def end_grace():
    """Nobody is left who could claim what he had before the server started."""
    with contextlib.suppress(OSError):      # EBUSY: there is no such time, or no more
        write(f"{NFSD}/v4_end_grace", "Y")


@functools.cache
def start_server():
    """A server of its own for this machine; volumes are mounted below its root from now on."""
    if not shutil.which("rpc.nfsd"):
        raise Skip("nfs-kernel-server is not installed: see scripts/deps")
    os.mkdir(ROOT)
    tempfile.tempdir = ROOT
    write("/etc/nfs.conf.d/test.conf", f"[exports]\nrootdir={ROOT}\n")
    vmfs.run("modprobe", "-a", "nfsd", "nfsv3", "nfsv4")
    vmfs.run("mount", "-t", "nfsd", "nfsd", NFSD)
    os.makedirs("/run/rpcbind", exist_ok=True)
    vmfs.run("rpcbind", "-w")
    start_mountd()
    # as short as can be: lockd's, in which NFSv4 gives no locks either, is not ended below
    for path in ("/proc/sys/fs/nfs/nlm_timeout", "/proc/sys/fs/nfs/nlm_grace_period"):
        write(path, "3")
    for name in "nfsv4leasetime", "nfsv4gracetime":
        write(f"{NFSD}/{name}", "10")
    vmfs.run("rpc.nfsd", "2")
    end_grace()


def unexport(address):
    """Of two flushes of nfsd's caches in the same second, the latter leaves all there."""
    for name in "nfsd.export", "nfsd.fh":
        with open(f"/proc/net/rpc/{name}/flush", encoding="ascii") as file:
            last = int(file.read())
        wait_for(lambda: time.time() >= last + 1, "the next second")
    vmfs.run("exportfs", "-u", address)


@contextlib.contextmanager
def exported(path):
    """What a client mounts.  In the end nothing may keep the volume busy."""
    address = f"127.0.0.1:/{path.name}"
    vmfs.run("exportfs", "-o", EXPORT, address)
    try:
        yield address
    finally:
        unexport(address)


@contextlib.contextmanager
def client(address, version):
    """Where a client has mounted it."""
    where = tempfile.mkdtemp()
    vmfs.run("mount", "-t", "nfs", "-o", f"{VERSIONS[version]},{OPTIONS}", address, where)
    try:
        yield pathlib.Path(where)
    finally:
        vmfs.run("umount", where)
        os.rmdir(where)


def both_versions(function):
    """Register a test of (folder on the server, the same at a client) for all of VERSIONS."""
    def test():
        start_server()
        cells = Cells()
        with datastore.store(2048 * MIB) as here, exported(here) as address:
            for version in VERSIONS:
                (here / version).mkdir()
                with client(address, version) as there:
                    cells.run(f"NFSv{version}", function, here / version, there / version)
        cells.finish()

    test.__name__ = function.__name__
    bare(test)
    return function


@contextlib.contextmanager
def descriptor(path, flags):
    """A file descriptor, and the path that opens what it stands for."""
    fd = os.open(path, flags)
    try:
        yield fd, f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Evictions(Trace):
    """Counts the inodes that the module evicts, while it is entered."""

    def __init__(self):
        write(f"{TRACING}/kprobe_events", "p:vmfs_test/evict vmfs_inode_evict inode=%di")
        super().__init__("vmfs_test/evict")
        self.inodes = set()

    def __exit__(self, *unused):
        super().__exit__(*unused)
        write(f"{TRACING}/kprobe_events", "")

    def after_drop(self):
        """How many there were, after caches have been dropped once more."""
        os.sync()
        datastore.drop_caches()
        self.inodes |= {line.split("inode=")[1] for line in self.text().splitlines()
                        if "inode=" in line}
        return len(self.inodes)


@both_versions
def two_sides(here, there):
    """What is done on one side is seen on the other."""
    draw = random.Random(1)
    sides = (here, there), (there, here)
    for number, (one, other) in enumerate(sides):
        for size in (0, 1000, 9000, 3 * MIB + 5):
            data = draw.randbytes(size)
            (one / f"{number}-{size}").write_bytes(data)
            equal(digest(other / f"{number}-{size}"), hashlib.sha256(data).hexdigest(),
                  f"{size} bytes from side {number}")
        with open(one / f"{number}-1000", "ab") as file:
            file.write(b"more")
        equal((other / f"{number}-1000").read_bytes()[1000:], b"more", "what was appended")
        (one / f"dir{number}/below").mkdir(parents=True)
        os.rename(one / f"{number}-9000", one / f"dir{number}/below/file")
        equal((other / f"dir{number}/below/file").stat().st_size, 9000, "what was moved")
        os.symlink("dir0", one / f"link{number}")
        equal(os.readlink(other / f"link{number}"), "dir0", "link")
        # rename over a file that the other side has read
        (one / "new").write_bytes(b"new")
        old = other / f"{number}-{3 * MIB + 5}"
        os.rename(one / "new", one / old.name)
        equal(old.read_bytes(), b"new", "content after rename")
        check("new" not in os.listdir(other), "the old name is there")
        os.unlink(one / old.name)
        fails(errno.ENOENT, os.stat, old)
        fails(errno.ENOTEMPTY, os.rmdir, one / f"dir{number}")
    fails(errno.EPERM, os.link, there / "0-0", there / "hard")
    fails(errno.EPERM, os.mkfifo, there / "fifo")
    shutil.rmtree(there / "dir0")
    check(not (here / "dir0").exists(), "the tree is there")
    equal(vmfs.tree(there, vmfs.SYSTEM_FILES), vmfs.tree(here, vmfs.SYSTEM_FILES), "both trees")


@both_versions
def many_names(here, there):
    """A folder that takes many requests to list, and is emptied while it is listed."""
    (there / "many").mkdir()
    for number, name in enumerate(NAMES):
        side = here if number % 4 else there
        os.close(os.open(side / "many" / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    os.sync()
    datastore.drop_caches()
    equal(sorted(os.listdir(there / "many")), NAMES, "names at the client")
    equal(sorted(os.listdir(here / "many")), NAMES, "names on the server")
    with os.scandir(there / "many") as entries:
        for entry in entries:
            os.unlink(entry)
    equal(os.listdir(here / "many"), [], "what is left")
    os.rmdir(there / "many")


@both_versions
def attributes(here, there):
    (there / "file").write_bytes(b"x" * 3 * MIB)
    os.chown(there / "file", 1234, 4321)
    os.chmod(there / "file", 0o4751)
    os.utime(there / "file", (1000, 2000))
    status = (here / "file").stat()
    equal((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_atime,
           status.st_mtime), (0o4751, 1234, 4321, 1000, 2000), "attributes on the server")
    content = b"x" * 3 * MIB + bytes(2 * MIB)
    for size in 5 * MIB, MIB + 1, 10, 0:
        os.truncate(there / "file", size)
        equal((here / "file").stat().st_size, size, "size on the server")
        equal((here / "file").read_bytes() == content[:size], True, f"{size} bytes")
    usage = os.statvfs(here), os.statvfs(there)
    equal(*({"blocks": each.f_blocks * each.f_frsize, "files": each.f_files}
            for each in usage), "size of the volume")


@both_versions
def handles(here, there):
    """What a client holds is found when nothing of it is in the server's memory."""
    data = random.Random(2).randbytes(2 * MIB)
    (here / "a/b").mkdir(parents=True)
    (here / "a/b/file").write_bytes(data)
    with descriptor(there / "a/b", os.O_RDONLY) as (folder, _), \
            descriptor(there / "a/b/file", os.O_PATH) as (_, file):
        with Evictions() as evictions:
            wait_for(lambda: evictions.after_drop() >= 3, "the eviction of three inodes")
        equal(os.listdir(folder), ["file"], "names")
        with open(file, "rb") as again:
            equal(again.read(MIB) == data[:MIB], True, "content by a handle")
            # NFSv4 has it open on the server now, NFSv3 has not
            os.sync()
            datastore.drop_caches()
            equal(again.read() == data[MIB:], True, "the rest of it")


def reuse(path, number, content):
    """A new file, which has the number of a deleted one's inode"""
    os.sync()       # until then the number is not free
    for tries in range(300):
        file = path / f"reuse{tries}"
        file.write_bytes(content)
        if file.stat().st_ino == number:
            return file
    return fail("the number is not used again")


def error_of(function, *arguments):
    try:
        function(*arguments)
    except OSError as raised:
        return raised.errno
    return 0


@both_versions
def stale(here, there):
    """A file that was deleted behind the client's back, and another in its place

    What was stale once, the client never asks for again: the file whose number is used
    again is not looked at before.
    """
    for name in "file", "gone":
        (here / name).write_bytes(b"old" * 50000)
    number = (here / "file").stat().st_ino
    with descriptor(there / "file", os.O_PATH) as (_, held), \
            descriptor(there / "gone", os.O_PATH) as (_, gone):
        for path in held, gone:
            equal(os.stat(path).st_size, 150000, "size at the client")
        os.unlink(here / "file")
        os.unlink(here / "gone")
        wait_for(lambda: error_of(os.stat, gone) == errno.ESTALE, "ESTALE")
        new = reuse(here, number, b"new" * 60000)
        for _ in range(2):
            fails(errno.ESTALE, os.stat, held)
            fails(errno.ESTALE, pathlib.Path(held).read_bytes)
            os.sync()
            datastore.drop_caches()
        equal((there / new.name).read_bytes(), b"new" * 60000, "the new file")


@bare
def deleted_while_open():
    """To NFSv3 a deleted file is stale; for NFSv4 the server keeps what is open."""
    start_server()
    with datastore.store() as here, exported(here) as address, \
            client(address, "3") as three, client(address, "4.2") as four:
        numbers = []
        for name in "three", "four":
            (here / name).write_bytes(b"old" * 50000)
            numbers.append((here / name).stat().st_ino)
        with open(three / "three", "rb", buffering=0) as file3, \
                open(four / "four", "rb", buffering=0) as file4:
            for file in file3, file4:
                equal(file.read(3), b"old", "content")
            os.unlink(here / "three")
            os.unlink(here / "four")
            wait_for(lambda: error_of(os.fstat, file3.fileno()) == errno.ESTALE, "ESTALE")
            reuse(here, numbers[0], b"new" * 50000)
            check(not any(each.stat().st_ino == numbers[1] for each in here.iterdir()),
                  "the inode of an open file has another name")
            datastore.drop_caches()
            fails(errno.ESTALE, os.pread, file3.fileno(), 3, 0)
            equal(file4.readall() == (b"old" * 50000)[3:], True, "what NFSv4 has open")


@bare
def holes():
    """What NFSv4.2 has beside reading and writing"""
    start_server()
    with datastore.store() as here, exported(here) as address, \
            client(address, "4.2") as there, open(there / "file", "w+b", buffering=0) as file:
        fd = file.fileno()
        data = random.Random(3).randbytes(8 * MIB)
        os.write(fd, data)
        datastore.fallocate(fd, PUNCH, 2 * MIB, 3 * MIB)
        os.fsync(fd)
        expected = data[:2 * MIB] + bytes(3 * MIB) + data[5 * MIB:]
        equal((here / "file").read_bytes() == expected, True, "content on the server")
        datastore.drop_caches()
        equal(os.pread(fd, 8 * MIB, 0) == expected, True, "content at the client")
        for side in here, there:
            with open(side / "file", "rb") as again:
                equal(os.lseek(again.fileno(), 0, os.SEEK_HOLE), 2 * MIB, f"the hole: {side}")
                equal(os.lseek(again.fileno(), 2 * MIB, os.SEEK_DATA), 5 * MIB,
                      f"the data behind it: {side}")
        used = (here / "file").stat().st_blocks
        datastore.fallocate(fd, 0, 10 * MIB, 2 * MIB)
        status = (here / "file").stat()
        equal((status.st_size, (status.st_blocks - used) * 512), (12 * MIB, 2 * MIB),
              "size, and what was allocated")
        with open(there / "copy", "w+b", buffering=0) as copy:
            copied = os.copy_file_range(fd, copy.fileno(), 7 * MIB, MIB // 2, 0)
        check(copied, "the server copied nothing")
        equal((here / "copy").read_bytes() == expected[MIB // 2:][:copied], True, "the copy")


@bare
def locks():
    """A lock of a client is one for programs on the server, and the other way round."""
    start_server()
    with datastore.store() as here, exported(here) as address, client(address, "4.2") as there:
        (here / "file").write_bytes(b"x" * 100)
        for one, other in (here, there), (there, here):
            with open(one / "file", "r+b") as first, open(other / "file", "r+b") as second:
                fcntl.lockf(first, fcntl.LOCK_EX, 10, 20)
                fails((errno.EAGAIN, errno.EACCES), fcntl.lockf, second,
                      fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 25)
                fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 30)
                fcntl.lockf(first, fcntl.LOCK_UN, 10, 20)
                fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 20)


@bare
def durable():
    """What a client's fsync() returned for is there after the server's crash."""
    start_server()
    data = random.Random(4).randbytes(3 * MIB + 77)
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as here, exported(here) as address:
            for version in VERSIONS:
                with client(address, version) as there:
                    (there / f"dir{version}").mkdir()
                    with open(there / f"dir{version}/file", "wb", buffering=0) as file:
                        file.write(data)
                        os.fsync(file.fileno())
                        vmfs.run("cp", "--sparse=always", image, top / f"{version}.img")
        for version in VERSIONS:
            copy = top / f"{version}.img"
            with loops(copy) as devices, mounted(devices) as here:
                equal(digest(here / f"dir{version}/file"), hashlib.sha256(data).hexdigest(),
                      f"content by NFSv{version}")
            vmfs.clean(copy)
            vmfs.referees(copy)


@bare
def read_only():
    """A volume that is mounted read-only is exported for writing: it is not written to."""
    start_server()
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as here:
            (here / "file").write_bytes(b"content")
        before = vmfs.digest(image)
        with loops(image) as devices, mounted(devices, "ro") as here, exported(here) as address:
            for version in VERSIONS:
                with client(address, version) as there:
                    fails(errno.EROFS, os.open, there / "new", os.O_CREAT | os.O_WRONLY)
                    fails((errno.EROFS, errno.EACCES), os.open, there / "file", os.O_WRONLY)
                    fails(errno.EROFS, os.mkdir, there / "dir")
                    fails(errno.EROFS, os.unlink, there / "file")
                    fails(errno.EROFS, os.rename, there / "file", there / "new")
                    fails((errno.EROFS, errno.EACCES), os.truncate, there / "file", 0)
                    fails(errno.EROFS, os.chmod, there / "file", 0)
                    equal((there / "file").read_bytes(), b"content", "content")
        equal(vmfs.digest(image), before, "the image")


@bare
def server_starts_again():
    """Clients go on where the server has stopped, mounted the volume again, and started.

    Its device has another number then: handles have the UUID of the volume.
    """
    start_server()
    data = random.Random(5).randbytes(2 * MIB)
    here = pathlib.Path(tempfile.mkdtemp())
    with vmfs.folder() as top, loops(*[vmfs.image(top / "one.img", 400 * MIB)] * 2) as devices:
        vmfs.run("mkfs.vmfs", "-q", top / "one.img")
        start_mountd()
        for version in VERSIONS:
            vmfs.run("mount", "-t", "vmfs", devices[0], here)
            (here / "file").write_bytes(data)
            with exported(here) as address, client(address, version) as there, \
                    open(there / "file", "r+b", buffering=0) as file:
                equal(file.read(MIB) == data[:MIB], True, "content")
                vmfs.run("rpc.nfsd", "0")
                unexport(address)
                vmfs.run("umount", here)
                datastore.drop_caches()
                vmfs.run("mount", "-t", "vmfs", devices[1], here)
                start_mountd()
                vmfs.run("exportfs", "-o", EXPORT, address)
                vmfs.run("rpc.nfsd", "2")
                equal(file.read(MIB) == data[MIB:], True, "the rest of it")
                end_grace()
                file.write(b"more")
                os.fsync(file.fileno())
                equal((here / "file").read_bytes() == data + b"more", True, "what was written")
            vmfs.run("umount", here)
        vmfs.clean(top / "one.img")


run()
