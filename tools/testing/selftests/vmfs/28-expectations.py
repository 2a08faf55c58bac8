#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""What programs on Linux expect of a file system, beside reading and writing."""

import ctypes
import errno
import fcntl
import itertools
import mmap
import os
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import KEEP, PUNCH, ZERO, extents, fails, loops, mounted
from ktap import bare, check, contains, equal, run, wait_for
from vmfs import MIB

UNWRITTEN, INLINE, LAST = 0x800, 0x200, 1
O_TMPFILE = 0o20200000
HANDLE_SIZE = 128
HB_FREE = 0xabcdef01
LV = 0x1100000      # of a volume on one extent: where it begins on the device

_libc = ctypes.CDLL(None, use_errno=True)


def fiemap(fd):
    """[(logical, length, flags)], in MiB"""
    return [(logical / MIB, length / MIB, flags & ~LAST)
            for logical, _, length, flags in extents(fd)]


def file_handle(path):
    """What an NFS server would give a client."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", HANDLE_SIZE, 0) + bytes(HANDLE_SIZE))
    if _libc.name_to_handle_at(-100, os.fsencode(path), handle, ctypes.byref(ctypes.c_int()), 0):
        raise OSError(ctypes.get_errno(), "name_to_handle_at")
    return handle


def open_handle(mount, handle):
    fd = _libc.open_by_handle_at(mount, handle, os.O_RDONLY)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "open_by_handle_at")
    return fd


@bare
def where_data_are():
    """FIEMAP and SEEK_HOLE tell of holes, of blocks that read as zero, and of data."""
    with datastore.store() as path, open(path / "file", "w+b", buffering=0) as file:
        fd = file.fileno()
        os.ftruncate(fd, 10 * MIB)
        datastore.fallocate(fd, 0, 2 * MIB, 2 * MIB)
        os.pwrite(fd, b"d" * MIB, 3 * MIB)
        os.pwrite(fd, b"d" * MIB, 7 * MIB)
        os.fsync(fd)
        equal(fiemap(fd), [(2, 1, UNWRITTEN), (3, 1, 0), (7, 1, 0)], "extents")
        equal(os.lseek(fd, 0, os.SEEK_DATA), 3 * MIB, "first data")
        equal(os.lseek(fd, 3 * MIB, os.SEEK_HOLE), 4 * MIB, "the hole behind it")
        equal(os.lseek(fd, 8 * MIB, os.SEEK_HOLE), 8 * MIB, "the last hole")
        fails(errno.ENXIO, os.lseek, fd, 8 * MIB, os.SEEK_DATA)
        place = datastore.place_of(fd, 3 * MIB)
        datastore.fallocate(fd, ZERO, 3 * MIB, MIB)
        os.fsync(fd)
        equal(os.pread(fd, 2 * MIB, 2 * MIB), bytes(2 * MIB), "after zero range")
        check((3, 1, 0) not in fiemap(fd), "what was zeroed is there")
        equal(datastore.place_of(fd, 3 * MIB), place, "the place of what was zeroed")
        datastore.fallocate(fd, PUNCH, 7 * MIB, MIB)
        os.fsync(fd)
        check((7, 1, 0) not in fiemap(fd), "what was punched is there")


@bare
def zeros_across_the_end():
    """What reads as zero may reach behind the end of a file, which stays where it is."""
    with datastore.store() as path:
        for size, at, mode, synced in itertools.product(
                (574, 1500, 5000, 9000, MIB + 574), (0, 100, 500), (PUNCH, ZERO | KEEP), (0, 1)):
            start = size // MIB * MIB + at
            for length in 3000, 4096 - at, 8192, 3 * MIB:
                what = f"of {size}, {mode:#x} at {start} for {length}, synced {synced}"
                expected = b"x" * start + bytes(min(size - start, length))
                expected += b"x" * (size - len(expected))
                with open(path / "file", "w+b", buffering=0) as file:
                    file.write(b"x" * size)
                    if synced:
                        os.fsync(file.fileno())
                    datastore.fallocate(file.fileno(), mode, start, length)
                    equal(os.fstat(file.fileno()).st_size, size, f"size {what}")
                    os.ftruncate(file.fileno(), size + 9000)
                    equal(os.pread(file.fileno(), size + 9000, 0) == expected + bytes(9000), True,
                          f"content {what}")


@bare
def hole_with_a_tail():
    """A hole that begins and ends inside of blocks of data."""
    with datastore.store() as path, open(path / "file", "w+b", buffering=0) as file:
        fd = file.fileno()
        for mode in PUNCH, ZERO | KEEP:
            os.pwrite(fd, b"x" * 4 * MIB, 0)
            os.fsync(fd)
            datastore.fallocate(fd, mode, MIB // 2, 2 * MIB)
            os.fsync(fd)
            datastore.drop_caches()
            expected = b"x" * (MIB // 2) + bytes(2 * MIB) + b"x" * (MIB + MIB // 2)
            equal(os.pread(fd, 4 * MIB, 0) == expected, True, f"content, {mode:#x}")


@bare
def refusals():
    with datastore.store() as path:
        (path / "file").write_bytes(bytes(3 * MIB))
        with open(path / "file", "r+b") as file:
            for mode in 0x8, 0x20, 0x40, 0x80:      # collapse, insert, unshare, write zeros
                fails(errno.EOPNOTSUPP, datastore.fallocate, file.fileno(), mode, 0, MIB)
            datastore.fallocate(file.fileno(), KEEP, 0, 4 * MIB)
        for name in "user.a", "trusted.a", "security.a", "system.posix_acl_access":
            fails(errno.EOPNOTSUPP, os.setxattr, path / "file", name, b"\2\0\0\0")
            fails(errno.EOPNOTSUPP, os.getxattr, path / "file", name)
        fails(errno.EPERM, os.link, path / "file", path / "other")
        fails(errno.EOPNOTSUPP, os.open, path, O_TMPFILE | os.O_RDWR)
        # seconds in 32 bits
        for given, kept in ((-5, 0), (1 << 33, (1 << 32) - 1), (1000, 1000)):
            os.utime(path / "file", (given, given))
            os.sync()
            datastore.drop_caches()
            equal(os.stat(path / "file").st_mtime, kept, f"time {given}")


@bare
def file_handles():
    """NFS: a file is found by its handle when nothing of it is in memory, and is stale later."""
    with datastore.store() as path:
        (path / "a/b").mkdir(parents=True)
        (path / "a/b/file").write_bytes(b"content")
        handles = [file_handle(path / name) for name in ("a/b/file", "a/b")]
        mount = os.open(path, os.O_RDONLY)
        os.sync()
        datastore.drop_caches()
        fd = open_handle(mount, handles[0])
        equal(os.read(fd, 100), b"content", "content by its handle")
        os.close(fd)
        fd = open_handle(mount, handles[1])
        equal(os.readlink(f"/proc/self/fd/{fd}"), str(path / "a/b"), "path of the directory")
        os.close(fd)
        os.unlink(path / "a/b/file")
        fails(errno.ESTALE, open_handle, mount, handles[0])
        (path / "a/b/file").write_bytes(b"another file in the same place")
        fails(errno.ESTALE, open_handle, mount, handles[0])
        os.close(mount)


@bare
def frozen():
    """While it is frozen, the device is a volume in order, and nobody can change it."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 400 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            (path / "file").write_bytes(b"1" * 70000)
            fd = os.open(path, os.O_RDONLY)
            fcntl.ioctl(fd, datastore.FIFREEZE, 0)
            writer = threading.Thread(target=(path / "late").write_bytes, args=(b"2" * 70000,))
            writer.start()
            wait_for(lambda: "percpu_rwsem_wait" in open(
                f"/proc/self/task/{writer.native_id}/wchan", encoding="ascii").read(),
                "the writer is kept waiting")
            vmfs.run("cp", "--sparse=always", image, top / "copy.img")
            fcntl.ioctl(fd, datastore.FITHAW, 0)
            os.close(fd)
            writer.join()
            equal((path / "late").read_bytes(), b"2" * 70000, "what was written in the end")
        with loops(top / "copy.img") as devices, mounted(devices) as path:
            equal(set(os.listdir(path)) - vmfs.SYSTEM_FILES, {"file"}, "names in the copy")
            equal((path / "file").read_bytes(), b"1" * 70000, "content in the copy")
        for each in image, top / "copy.img":
            vmfs.clean(each)


@bare
def frozen_while_it_is_read():
    """Direct reads that never pause do not keep a volume from being frozen."""
    with datastore.store() as path:
        with open(path / "disk", "w+b", buffering=0) as file:
            file.write(b"x" * 4 * MIB)
            os.pwrite(file.fileno(), b"x" * 4096, 5 * MIB)
            os.fsync(file.fileno())
        reader = subprocess.Popen(
            ["fio", "--name=x", f"--filename={path}/disk", "--rw=randread", "--bs=64k",
             "--size=4m", "--iodepth=32", "--ioengine=libaio", "--direct=1", "--readonly",
             "--time_based", "--runtime=60", "--thread"], stdout=subprocess.DEVNULL)
        fd = os.open(path, os.O_RDONLY)
        try:
            with open("/proc/diskstats", encoding="ascii") as file:
                wait_for(lambda: file.seek(0) or any(
                    int(words[11]) for words in map(str.split, file)
                    if words[2].startswith("loop")), "reads are under way", 60)
            fcntl.ioctl(fd, datastore.FIFREEZE, 0)
            equal(reader.poll(), None, "the reader ended before the volume was frozen:")
            fcntl.ioctl(fd, datastore.FITHAW, 0)
        finally:
            os.close(fd)
            reader.kill()
            reader.wait()


@bare
def frozen_without_memory():
    """What the shrinkers take away while it is frozen needs no change of the volume."""
    with datastore.store() as path:
        for number in range(60):
            (path / f"file{number}").write_bytes(b"%d" % number * 3000)
        os.sync()
        for number in range(60):
            os.chmod(path / f"file{number}", 0o600)
        fd = os.open(path, os.O_RDONLY)
        fcntl.ioctl(fd, datastore.FIFREEZE, 0)
        for _ in range(2):
            datastore.drop_caches()
        fcntl.ioctl(fd, datastore.FITHAW, 0)
        os.close(fd)
        for number in range(60):
            equal((path / f"file{number}").read_bytes(), b"%d" % number * 3000, f"file{number}")


def never_waits(function, *arguments):
    """With RWF_NOWAIT: is it done, or would it wait?  Once a second, a new time makes it wait."""
    for _ in range(20):
        try:
            return bool(function(*arguments, os.RWF_NOWAIT))
        except BlockingIOError:
            pass
    return False


@bare
def without_waiting():
    """RWF_NOWAIT: what reads metadata, allocates or waits for others is left to be done."""
    with datastore.store() as path:
        with open(path / "disk", "w+b", buffering=0) as file:
            file.truncate(300 * MIB)        # has pointer blocks
            os.pwrite(file.fileno(), b"x" * MIB, 299 * MIB)
        os.sync()
        fd, buffer = os.open(path / "disk", os.O_RDWR | os.O_DIRECT), mmap.mmap(-1, 4096)
        datastore.drop_caches()
        equal(never_waits(os.preadv, fd, [buffer], 299 * MIB), False, "read, nothing in memory")
        equal(os.preadv(fd, [buffer], 299 * MIB), 4096, "read")
        equal(never_waits(os.preadv, fd, [buffer], 299 * MIB), True, "read")
        os.pwritev(fd, [buffer], 299 * MIB)
        for what, place, done in (("content", 299 * MIB, True), ("a hole", MIB, False),
                                  ("the end", 300 * MIB, False)):
            equal(never_waits(os.pwritev, fd, [buffer], place), done, f"write to {what}")
        equal(os.fstat(fd).st_size, 300 * MIB, "size")
        os.close(fd)


@bare
def units():
    """statx() tells what direct I/O takes; stat() and statfs() in what space is taken."""
    with datastore.store() as path:
        (path / "file").write_bytes(b"x" * 3 * MIB)
        memory, unit = datastore.direct_alignments(path / "file")
        fd, buffer = os.open(path / "file", os.O_RDWR | os.O_DIRECT), mmap.mmap(-1, 65536)
        for at, place, length in itertools.product((0, memory), (0, unit, 5 * unit),
                                                   (unit, 3 * unit)):
            part = memoryview(buffer)[at:at + length]
            equal(os.preadv(fd, [part], place), length, f"read of {length} at {place}, {at}")
            equal(part, b"x" * length, "content")
            equal(os.pwritev(fd, [part], place), length, f"write of {length} at {place}, {at}")
            part.release()
        with memoryview(buffer)[:unit] as part:
            fails(errno.EINVAL, os.preadv, fd, [part], unit // 2)
            fails(errno.EINVAL, os.pwritev, fd, [part], unit // 2)
        os.close(fd)
        equal((os.stat(path / "file").st_blksize, os.statvfs(path).f_bsize), (MIB, MIB), "units")


def mount_idmapped(source, target):
    """There, what belongs to user and group 0 belongs to 1000."""
    with subprocess.Popen(["unshare", "--user", "sleep", "1000"]) as other:
        try:
            wait_for(lambda: os.readlink(f"/proc/{other.pid}/ns/user") !=
                     os.readlink("/proc/self/ns/user"), "a user namespace")
            for kind in "uid", "gid":
                with open(f"/proc/{other.pid}/{kind}_map", "w", encoding="ascii") as file:
                    file.write("0 1000 1")
            namespace = os.open(f"/proc/{other.pid}/ns/user", os.O_RDONLY)
        finally:
            other.kill()
    tree = _libc.syscall(428, -100, os.fsencode(source), 1)             # open_tree()
    attributes = struct.pack("QQQQ", 0x100000, 0, 0, namespace)
    done = [tree >= 0,
            not _libc.syscall(442, tree, b"", 0x1000, attributes, 32),  # mount_setattr()
            not _libc.syscall(429, tree, b"", -100, os.fsencode(target), 4)]    # move_mount()
    equal(done, [True] * 3, f"idmapped mount, error {ctypes.get_errno()}")
    os.close(tree)
    os.close(namespace)


@bare
def idmapped():
    """A mount with a mapping of users: files belong to whom it says."""
    with datastore.store() as path, vmfs.folder() as top:
        os.mkdir(path / "dir")
        mount_idmapped(path, top)
        try:
            equal(os.stat(top / "dir").st_uid, 1000, "owner of what was there")
            code = f"import os; os.mkdir('{top}/dir/new'); os.chmod('{top}/dir/new', 0o700)"
            subprocess.run([sys.executable, "-c", code], check=True, user=1000, group=1000,
                           extra_groups=[])
            os.chown(top / "dir/new", 1000, 1000)
            fails(errno.EOVERFLOW, os.mkdir, top / "dir/of root, who is nobody there")
        finally:
            vmfs.run("umount", top)
        status = os.stat(path / "dir/new")
        equal((status.st_uid, status.st_gid, status.st_mode & 0o777), (0, 0, 0o700), "what is new")


@bare
def trimmed():
    """FITRIM gives back what is free: the image file gets smaller."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 600 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            (path / "keep").write_bytes(b"k" * 10 * MIB)
            (path / "go").write_bytes(b"g" * 100 * MIB)
            os.sync()
            os.unlink(path / "go")
            before = os.stat(image).st_blocks
            contains(vmfs.run("fstrim", "-v", path), "trimmed", "fstrim")
            gone = (before - os.stat(image).st_blocks) * 512 // MIB
            check(100 <= gone < 110, f"{gone} MiB are gone from the device")
            datastore.drop_caches()
            equal((path / "keep").read_bytes(), b"k" * 10 * MIB, "content")
        vmfs.clean(image)


@bare
def many_ways_at_once():
    """io_uring, and a mapping that is shared: what each wrote, the other reads."""
    size = "6m" if os.environ.get("LAB_KERNEL") == "debug" else "24m"
    with datastore.store() as path:
        for engine, direct, block, more in (
                ("io_uring", 1, "4k", ()), ("io_uring", 0, "4k", ()), ("libaio", 1, "4k", ()),
                ("mmap", 0, "4k", ()), ("io_uring", 1, "512", ("--io_size=1m",))):
            vmfs.run("fio", "--name=x", f"--filename={path}/{engine}", "--rw=randwrite",
                     f"--bs={block}", f"--size={size}", "--iodepth=16", f"--ioengine={engine}",
                     f"--direct={direct}", "--verify=crc32c", "--do_verify=1",
                     "--verify_fatal=1", "--end_fsync=1", "--randrepeat=1", *more)
        with open(path / "file", "w+b", buffering=0) as file:
            os.ftruncate(file.fileno(), MIB)
            with mmap.mmap(file.fileno(), MIB) as view:
                view[5000:5004] = b"mmap"
                equal(os.pread(file.fileno(), 4, 5000), b"mmap", "read of what was mapped")
                os.pwrite(file.fileno(), b"file", 9000)
                equal(view[9000:9004], b"file", "mapping of what was written")
                view.flush()
            equal(datastore.read_direct(path / "file", 4096, 8192)[904:908], b"mmap", "on disk")


def heartbeat(image, number, **fields):
    """Change a slot of the volume's heartbeats: {name: (offset, format, value)}"""
    with open(image, "r+b") as file:
        for at, form, value in fields.values():
            file.seek(LV + 0x300000 + number * 512 + at)
            file.write(struct.pack(form, value))


@bare
def journal_of_another():
    """A host with another driver crashed: what it had to say is not ours to replay."""
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices, mounted(devices) as path:
            (path / "file").write_bytes(b"content")
        before = vmfs.digest(image)
        # as on a volume whose host was alive when it was copied: a journal in block 20
        heartbeat(image, 984, state=(0, "<I", HB_FREE + 1), generation=(0xc, "<Q", 9),
                  owner=(0x1c, "<Q", 0x1234567812345678), address=(0x2c, "<I", 20 << 6 | 1),
                  journal=(0x64, "<Q", 20 * MIB))
        used = vmfs.digest(image)
        check(used != before, "the heartbeat did not change")
        contains(datastore.refused(image, "lock=none"), "lock=none is not known", "refusal")
        with loops(image) as devices:
            said = vmfs.run("vsctl", "datastore", "mount", devices[0], "/mnt", status=2)
            contains(said, "cannot be written to: mount it with ro", "that it is read-only")
            vmfs.run("mount", "-t", "vmfs", "-o", "fallback=ro", devices[0], "/mnt")
            check(os.statvfs("/mnt").f_flag & os.ST_RDONLY, "it is not read-only")
            fails(errno.EROFS, os.mkdir, "/mnt/new")
            with open("/mnt/file", "rb") as file:
                equal(file.read(), b"content", "content")
            vmfs.run("umount", "/mnt")
        equal(vmfs.digest(image), used, "the volume is not changed")


run()
