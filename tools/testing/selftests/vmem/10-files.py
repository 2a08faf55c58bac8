#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Files of vmem: content, holes, sizes, kinds, permissions, counters."""

import contextlib
import ctypes
import errno
import mmap
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import Skip, bare, check, equal, run, test, wait_for
from vmem import (HUGE, HUGE_PAGES, KEEP_SIZE, PAGE, PUNCH_HOLE, Vmem, fallocate, fill, holds,
                  libc, reads_zero, refused, sh, smaps)

MLOCK_ONFAULT = 1


@test
def reads_do_not_allocate(vmem):
    file = vmem.file("a", 2 * HUGE + PAGE)
    reads_zero(file.map(), 0, 2 * HUGE_PAGES + 1)
    equal(file.pages(), {}, "pages after reading all")
    equal(smaps(file.path, "FilePmdMapped"), 2 * HUGE // 1024, "kB of the zero block mapped huge")


@test
def a_write_allocates_2_mib(vmem):
    file = vmem.file("a", 2 * HUGE + PAGE)
    area = file.map()
    reads_zero(area, 0, 8)
    area[5] = 1
    equal(file.pages(), {"huge": HUGE_PAGES}, "pages")
    equal(smaps(file.path, "FilePmdMapped"), HUGE // 1024, "kB mapped huge")
    area[2 * HUGE] = 7      # the end of the file is no whole block
    equal(file.pages(), {"huge": HUGE_PAGES, "private": 1}, "pages")
    equal((area[5], area[6], area[2 * HUGE], area[HUGE]), (1, 0, 7, 0), "content")
    equal(os.fstat(file.fd).st_blocks, (HUGE + PAGE) // 512, "blocks as stat says")


@test
def two_mappings_are_one_memory(vmem):
    file = vmem.file("a", HUGE + 16 * PAGE)
    first, second = file.map(), file.map()
    reads_zero(second, 0, HUGE_PAGES + 16)
    fill(first, HUGE_PAGES, 16)
    fill(first, 0, 16)
    holds(second, HUGE_PAGES, 16)
    holds(second, 0, 16)
    file.maps.pop().close()
    third = file.map(4 * PAGE, (HUGE_PAGES + 4) * PAGE)
    holds(third, 0, 4, base=4)


@bare
def parameters_that_are_refused():
    loaded = subprocess.run(["modprobe", "vmem", "spare_blocks=65"], capture_output=True, check=False)
    check(loaded.returncode != 0, "modprobe fails")
    said = subprocess.run(["dmesg"], capture_output=True, check=True, text=True).stdout
    check("spare_blocks 65 is above the highest, 64" in said, "the kernel says why")


@test
def left_out_of_core_dumps(vmem):
    """What crashes with a guest's memory mapped leaves none of it on the disk."""
    file = vmem.file("a", HUGE)
    file.map()
    with open("/proc/self/smaps", encoding="ascii") as maps:
        flags = maps.read().split(file.path)[1].split("VmFlags:")[1].splitlines()[0].split()
    check("dd" in flags, f"flags of the mapping: {flags}")


@test
def a_hole_is_zero_and_the_rest_stays(vmem):
    file = vmem.file("a", 3 * HUGE)
    area, other = file.map(), file.map()
    fill(area, 0, 3 * HUGE_PAGES)
    equal(file.pages(), {"huge": 3 * HUGE_PAGES}, "pages")
    holds(other, 0, 3 * HUGE_PAGES)
    file.punch(HUGE_PAGES, HUGE_PAGES)
    equal(file.pages(), {"huge": 2 * HUGE_PAGES}, "pages after a hole of a block")
    file.punch(10, 20)
    equal(file.pages(), {"huge": HUGE_PAGES, "private": HUGE_PAGES - 20}, "pages after a small one")
    equal(file.event("punch"), HUGE_PAGES + 20, "pages punched")
    for each in (area, other):
        holds(each, 0, 10)
        reads_zero(each, 10, 20)
        holds(each, 30, HUGE_PAGES - 30, base=30)
        reads_zero(each, HUGE_PAGES, HUGE_PAGES)
        holds(each, 2 * HUGE_PAGES, HUGE_PAGES, base=2 * HUGE_PAGES)
    fill(other, 5, 10, base=70)
    holds(area, 5, 10, base=70)
    file.punch(0, HUGE_PAGES)
    equal(file.pages(), {"huge": HUGE_PAGES}, "pages after the rest of the block")


@test
def madvise_and_a_hole_behind_the_end(vmem):
    file = vmem.file("a", HUGE + 8 * PAGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES + 8)
    area.madvise(mmap.MADV_REMOVE, HUGE, 8 * PAGE)
    equal(file.pages(), {"huge": HUGE_PAGES}, "pages")
    file.punch(0, 1 << 20)
    equal(file.pages(), {}, "pages")
    reads_zero(area, 0, HUGE_PAGES + 8)


@test
def allocation_ahead(vmem):
    file = vmem.file("a", HUGE + 8 * PAGE)
    fallocate(file.fd, 0, 0, HUGE + 4 * PAGE)
    equal(file.pages(), {"huge": HUGE_PAGES, "private": 4}, "pages")
    reads_zero(file.map(), 0, HUGE_PAGES + 8)
    refused(errno.EFBIG, fallocate, file.fd, KEEP_SIZE, HUGE, 9 * PAGE)
    refused(errno.EOPNOTSUPP, fallocate, file.fd, 0x10, 0, PAGE)
    refused(errno.EINVAL, fallocate, file.fd, PUNCH_HOLE | KEEP_SIZE, 5, PAGE)
    refused(errno.EINVAL, fallocate, file.fd, PUNCH_HOLE | KEEP_SIZE, 0, 100)


@test
def unlinked_while_mapped(vmem):
    file = vmem.file("dir-a", HUGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES)
    os.unlink(file.path)
    os.close(file.fd)
    file.fd = None
    holds(area, 0, HUGE_PAGES)
    equal(file.pages(), {"huge": HUGE_PAGES}, "pages")
    file.close()
    equal(vmem.api.dump("file-get"), [], "files left")


@test
def sizes_that_are_refused(vmem):
    file = vmem.file("a")
    refused(errno.EINVAL, os.ftruncate, file.fd, PAGE + 1)
    refused(errno.EFBIG, os.ftruncate, file.fd, 1 << 50)
    os.ftruncate(file.fd, 4 * PAGE)
    os.ftruncate(file.fd, 4 * PAGE)
    area = file.map()
    fill(area, 0, 4)
    refused(errno.EBUSY, os.ftruncate, file.fd, 8 * PAGE)
    refused(errno.EBUSY, os.ftruncate, file.fd, 0)
    refused(errno.EBUSY, os.open, file.path, os.O_RDWR | os.O_TRUNC)
    refused(errno.EINVAL, mmap.mmap, file.fd, 4 * PAGE, mmap.MAP_PRIVATE)
    refused(errno.EINVAL, os.read, file.fd, 1)
    refused(errno.EINVAL, os.write, file.fd, b"x")
    equal(os.fstat(file.fd).st_size, 4 * PAGE, "size")
    holds(area, 0, 4)


@test
def behind_the_end_is_a_signal(vmem):
    file = vmem.file("a", PAGE)
    pid = os.fork()
    if not pid:
        libc.mmap.restype = ctypes.c_void_p
        area = libc.mmap(None, 4 * PAGE, 3, 1, file.fd, ctypes.c_long(0))
        ctypes.memset(area, 1, PAGE)
        ctypes.memset(area + PAGE, 1, 1)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    equal(os.WTERMSIG(status), signal.SIGBUS, "what kills who writes behind the end")


@test
def reserved_files(vmem):
    file = vmem.file("a", 4 * HUGE, kind="reserved")
    equal(file.pages(), {"huge": 4 * HUGE_PAGES}, "pages before anything is mapped")
    area = file.map()
    reads_zero(area, 0, 4)
    fill(area, 0, 2 * HUGE_PAGES)
    refused(errno.EOPNOTSUPP, file.punch, 0, 1)
    holds(area, 0, 2 * HUGE_PAGES)
    refused(errno.EBUSY, vmem.api.do, "file-set", id=file.id, kind="managed")
    equal(file.get()["kind"], "reserved", "kind")
    other = vmem.file("b")
    refused(errno.EINVAL, other.set, kind="reserved", swap=other.fd)
    equal(other.get()["kind"], "managed", "kind after a request that was refused")
    other.set(kind="reserved")
    refused(errno.EINVAL, os.ftruncate, other.fd, HUGE + PAGE)
    refused(errno.ENOMEM, os.ftruncate, other.fd, 1 << 40)
    equal(other.pages(), {}, "pages of a reserved file that does not fit")
    refused(errno.ENOENT, vmem.api.do, "file-set", id=9999, kind="managed")


def register_with_io_uring(area):
    """The memory becomes a fixed buffer: it is pinned for as long as that lasts."""
    ring = libc.syscall(425, 4, ctypes.create_string_buffer(120))
    check(ring >= 0, "io_uring_setup")
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(ctypes.c_char.from_buffer(area)), len(area))
    failed = libc.syscall(427, ring, 0, vector, 1)
    error = ctypes.get_errno()
    if failed:
        os.close(ring)
        raise OSError(error, os.strerror(error))
    return ring


@test
def long_term_pins(vmem):
    """Of reserved memory only: managed memory must stay movable between states."""
    if os.environ.get("LAB_KERNEL") == "6.1":
        raise Skip("io_uring of 6.1 pins memory of no file")
    managed, reserved = vmem.file("m", HUGE), vmem.file("r", HUGE, kind="reserved")
    fill(managed.map(), 0, HUGE_PAGES)
    refused(errno.EFAULT, register_with_io_uring, managed.maps[0])
    ring = register_with_io_uring(reserved.map())
    fill(reserved.maps[0], 0, HUGE_PAGES)
    equal(reserved.reclaim(HUGE_PAGES), 0, "pages reclaimed")
    os.close(ring)
    holds(reserved.maps[0], 0, HUGE_PAGES)
    equal(managed.reclaim(HUGE_PAGES, "split", "compress") > 0, True, "managed memory is reclaimed")
    holds(managed.maps[0], 0, HUGE_PAGES)


@test
def permissions(vmem):
    """Another user does not open the file, changes nothing, and is told what is harmless."""
    file = vmem.file("secret", HUGE)
    fill(file.map(), 0, 4)
    pid = os.fork()
    if not pid:
        os.setgid(65534)
        os.setuid(65534)
        try:
            refused(errno.EACCES, os.open, file.path, os.O_RDONLY)
            refused(errno.EACCES, os.open, "/run/vmem/new", os.O_RDWR | os.O_CREAT)
            told = file.get()
            equal((told["pages"]["huge"], {"events", "saved"} & set(told)), (HUGE_PAGES, set()),
                  "what is told")
            refused(errno.EPERM, vmem.api.do, "latency-get", id=file.id)
            refused(errno.EPERM, vmem.api.do, "file-set", id=file.id, kind="managed")
            os._exit(0)
        except BaseException as error:
            print("#", error, flush=True)
            os._exit(1)
    equal(os.waitpid(pid, 0)[1], 0, "exit status of the other user")


@test
def names_and_directories(vmem):
    os.makedirs("/run/vmem/libvirt/qemu")
    file = vmem.file("libvirt/qemu/ram", HUGE)
    equal(file.get()["name"], "/libvirt/qemu/ram", "name")
    os.rename(file.path, "/run/vmem/ram")
    equal([entry["name"] for entry in vmem.api.dump("file-get")], ["/ram"], "names")
    stat = os.statvfs("/run/vmem")
    check(0 < stat.f_bavail <= stat.f_blocks, "statfs shows the host's memory")
    equal(stat.f_bsize, PAGE, "block size")


@test
def killed_processes_leave_nothing(vmem):
    """SIGKILL while it faults, punches and fills."""
    for round_ in range(6):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            file = vmem.file(f"k{round_}", 8 * HUGE)
            os.unlink(file.path)
            area = file.map()
            os.write(write, b"x")
            while True:
                fill(area, 0, 8 * HUGE_PAGES)
                file.punch(round_ * 100, 900)
        os.read(read, 1)
        signal.pthread_sigmask(signal.SIG_BLOCK, [])
        os.sched_yield()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)
    equal(vmem.api.dump("file-get"), [], "files left")


@test
def locked_memory_stays(vmem):
    file = vmem.file("a", HUGE + 16 * PAGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES + 16)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    equal(libc.mlock(ctypes.c_void_p(address), ctypes.c_long(len(area))), 0, "mlock")
    equal(file.reclaim(HUGE_PAGES, "split", "compress"), 0, "pages reclaimed")
    equal(file.pages(), {"huge": HUGE_PAGES, "private": 16}, "pages")
    equal(libc.munlock(ctypes.c_void_p(address), ctypes.c_long(len(area))), 0, "munlock")
    holds(area, 0, HUGE_PAGES + 16)
    check(file.reclaim(HUGE_PAGES, "split", "compress") > HUGE_PAGES / 2, "it is reclaimed now")
    holds(area, 0, HUGE_PAGES + 16)


@test
def memory_locked_before_it_is_touched_stays(vmem):
    """Which is what QEMU does with -overcommit mem-lock=on."""
    file = vmem.file("a", 2 * HUGE)
    area = file.map()
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    equal(libc.mlock2(ctypes.c_void_p(address), ctypes.c_long(len(area)), MLOCK_ONFAULT), 0,
          "mlock2")
    fill(area, 0, 2 * HUGE_PAGES)
    equal(file.reclaim(HUGE_PAGES, "split", "compress"), 0, "pages reclaimed")
    equal(file.pages(), {"huge": 2 * HUGE_PAGES}, "pages")
    other = file.map()
    file.maps.remove(area)
    del area
    check(file.reclaim(HUGE_PAGES, "split", "compress") > HUGE_PAGES / 2, "who locked it is gone")
    holds(other, 0, 2 * HUGE_PAGES)


@test
def the_first_who_maps_pays(vmem):
    """Also for what others touch."""
    root = "/sys/fs/cgroup"
    if not os.path.exists(f"{root}/cgroup.controllers"):
        sh(f"mount -t cgroup2 none {root}")
    sh(f"echo +memory >{root}/cgroup.subtree_control; mkdir {root}/owner")
    file = vmem.file("a", 8 * HUGE + 100 * PAGE)
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        with open(f"{root}/owner/cgroup.procs", "w", encoding="ascii") as procs:
            procs.write("0")
        file.map()
        os.write(write, b"x")
        signal.pause()
    os.read(read, 1)
    fill(file.map(), 0, 8 * HUGE_PAGES + 100)
    with open(f"{root}/owner/memory.current", encoding="ascii") as current:
        charged = int(current.read())
    check(charged >= 8 * HUGE, f"{charged} bytes are charged to the owner")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for end in (read, write):
        os.close(end)
    file.close()
    os.unlink(file.path)
    os.rmdir(f"{root}/owner")


@contextlib.contextmanager
def mounted(options):
    """A mount of its own, and its root directory."""
    path = "/run/vmem-options"
    sh(f"mkdir -p {path}; mount -t vmem -o {options} none {path}")
    try:
        yield path
    finally:
        sh(f"umount {path}")


def made(path, mode=0o666):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    return fd, os.fstat(fd).st_mode & 0o777


@test
def mount_options(vmem):
    """mode, uid, gid, size, as /proc/mounts shows them, too; and what is refused."""
    with mounted("mode=640,uid=7,gid=8,size=4m,grace=5") as root:
        status = os.stat(root)
        equal((status.st_uid, status.st_gid, oct(status.st_mode & 0o7777)), (7, 8, "0o755"), "root")
        with open("/proc/mounts", encoding="ascii") as mounts:
            line = next(line for line in mounts if root in line)
        check("mode=640,grace=5,uid=7,gid=8,size=4096k" in line, line)
        first, mode = made(f"{root}/a", 0o600)
        equal(oct(mode), "0o640", "mode of a file")
        second = made(f"{root}/b")[0]
        os.ftruncate(first, HUGE)
        refused(errno.ENOSPC, os.ftruncate, second, 2 * HUGE)
        os.ftruncate(second, HUGE)
        equal(os.statvfs(root).f_bfree, 0, "free pages")
        os.close(first)
        os.unlink(f"{root}/a")
        wait_for(lambda: os.statvfs(root).f_bfree == HUGE_PAGES, "its size to be free")
        sh(f"mount -o remount,size=2m,mode=600 {root}; ! mount -o remount,size=1m {root}")
        os.close(second)
        second, mode = made(f"{root}/c")
        equal(oct(mode), "0o600", "mode of a file after remount")
        os.close(second)
    with mounted("mode=666") as root:
        equal(oct(os.stat(root).st_mode & 0o7777), "0o1777", "mode of the root directory")
    for options in ("mode=4755", "mode=x", "size=4q", "size=-1", "uid=4294967295", "share=1"):
        sh(f"! mount -t vmem -o {options} none /run/vmem-options")


def owned(name="a"):
    """A file with content that this process has mapped, on that mount."""
    path = f"/run/vmem-options/{name}"
    fd = made(path)[0]
    os.ftruncate(fd, HUGE)
    area = mmap.mmap(fd, 0)
    fill(area, 0, 100)
    return path, fd, area


@test
def what_nobody_uses_goes_back(vmem):
    """After the time of grace, and not before, nor while a mapping is left."""
    def pages(path):
        return sum(vmem.api.do("file-get", id=os.stat(path).st_ino)["pages"].values())

    with mounted("grace=1"):
        path, fd, area = owned()
        os.close(fd)
        other, fd, second = owned("other")
        os.close(fd)
        second.close()
        wait_for(lambda: not pages(other), "the memory of what nobody uses to go back")
        holds(area, 0, 100)
        with open(other, "r+b") as file:
            again = mmap.mmap(file.fileno(), 0)
        reads_zero(again, 0, 100)
        fill(again, 0, 100)
        holds(again, 0, 100)
        again.close()
        area.close()
        wait_for(lambda: not pages(path), "the memory of the other to go back")
    with mounted("grace=0"):
        path, fd, area = owned()
        os.close(fd)
        area.close()
        sh("mount -o remount,grace=1000 /run/vmem-options")
        with open(path, "r+b") as file:
            area = mmap.mmap(file.fileno(), 0)
        holds(area, 0, 100)
        area.close()


@test
def a_reserved_file_gets_its_memory_again(vmem):
    with mounted("grace=1") as root:
        path = f"{root}/a"
        fd = made(path)[0]
        number = os.fstat(fd).st_ino
        vmem.api.do("file-set", id=number, kind="reserved")
        os.ftruncate(fd, HUGE)
        mmap.mmap(fd, 0).close()
        os.close(fd)
        wait_for(lambda: not vmem.api.do("file-get", id=number)["pages"]["huge"], "its memory to go")
        fd = os.open(path, os.O_RDWR)
        equal(vmem.api.do("file-get", id=number)["pages"]["huge"], HUGE_PAGES, "pages")
        os.close(fd)


run(Vmem)
