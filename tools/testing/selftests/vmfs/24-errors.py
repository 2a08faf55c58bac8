#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12 debug
# lab: --memory 2G
"""Devices that fail: the right errors, and a volume that is in order afterwards."""

import errno
import os
import random
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from datastore import (RENAME_EXCHANGE, drop_caches, fails, loops, mounted, read_direct,
                       rename2, write_direct)
from ktap import Skip, bare, check, contains, diag, equal, run
from vmfs import MIB

SOAK = os.environ.get("SOAK") == "1"
SIZE = 400 * MIB
FAILSLAB = "/sys/kernel/debug/failslab"

os.environ["DM_DISABLE_UDEV"] = "1"     # a test machine has no udev


def table(target):
    """Let the device behave like this from now on."""
    subprocess.run(["dmsetup", "suspend", "--noflush", "--nolockfs", "frail"], check=True)
    subprocess.run(["dmsetup", "load", "frail"], input=target, text=True, check=True)
    subprocess.run(["dmsetup", "resume", "frail"], check=True)


class Frail:
    """A device that can be told to fail."""

    def __init__(self, device):
        self.device = device

    def works(self):
        return f"0 {SIZE // 512} linear {self.device} 0"

    def fails_writes(self):
        return f"0 {SIZE // 512} flakey {self.device} 0 0 3600 1 error_writes"

    def drops_writes(self):
        return f"0 {SIZE // 512} flakey {self.device} 0 0 3600 1 drop_writes"

    def fails_all(self):
        return f"0 {SIZE // 512} error"


def messages():
    return subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout


def with_frail(function):
    vmfs.run("modprobe", "-a", "dm-flakey", "dm-mod")
    subprocess.run(["dmesg", "--clear"], check=True)
    with vmfs.folder() as top:
        image = vmfs.image(top / "image", SIZE)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as (device,):
            frail = Frail(device)
            subprocess.run(["dmsetup", "create", "frail"], input=frail.works(), text=True,
                           check=True)
            try:
                function(frail)
            finally:
                subprocess.run(["dmsetup", "remove", "--retry", "frail"], check=True)
            # the journal is replayed, and all is well
            with mounted([device]) as path:
                equal((path / "before").read_bytes(), b"before" * 1000, "content from before")
                (path / "after").write_bytes(b"after" * 5000)
        vmfs.clean(image)
        vmfs.referees(image)


def write_and_sync(path, data):
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        os.write(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)


def prepare(path):
    (path / "before").write_bytes(b"before" * 1000)
    (path / "other").write_bytes(b"x" * 3 * MIB)
    os.sync()


@bare
def writes_fail():
    def test(frail):
        with mounted(["/dev/mapper/frail"]) as path:
            prepare(path)
            table(frail.fails_writes())
            fails(errno.EIO, write_and_sync, path / "new", b"new")
            os.sync()
            fails(errno.EIO, os.mkdir, path / "more")
            contains(messages(), "nothing is written to the volume any more", "messages")
            table(frail.works())
    with_frail(test)


@bare
def everything_fails():
    def test(frail):
        with mounted(["/dev/mapper/frail"]) as path:
            prepare(path)
            drop_caches()
            table(frail.fails_all())
            fails(errno.EIO, (path / "other").read_bytes)
            # EROFS where a commit by itself has failed by then
            fails((errno.EIO, errno.EROFS), write_and_sync, path / "new", b"new" * 5000)
            table(frail.works())
    with_frail(test)


@bare
def cannot_become_writable():
    """A remount that fails takes nothing away from those who use the volume meanwhile."""
    def test(frail):
        with mounted(["/dev/mapper/frail"]) as path:
            prepare(path)
        with mounted(["/dev/mapper/frail"], "ro") as path:
            ended = threading.Event()

            def use():
                fd = os.open(path / "before", os.O_RDONLY)
                while not ended.wait(0.01):
                    os.fsync(fd)
                    os.statvfs(path)
                os.close(fd)
            users = [threading.Thread(target=use) for _ in range(3)]
            for user in users:
                user.start()
            try:
                table(frail.fails_writes())
                for _ in range(5):
                    vmfs.run("mount", "-o", "remount,rw", path, status=32)
                table(frail.works())
                vmfs.run("mount", "-o", "remount,rw", path)
            finally:
                ended.set()
                for user in users:
                    user.join()
            write_and_sync(path / "more", b"more")
    with_frail(test)


@bare
def part_of_a_block():
    """What was written to a part of a block is not lost while the device fails for a while."""
    def test(frail):
        with mounted(["/dev/mapper/frail"]) as path:
            prepare(path)
            with open(path / "sparse", "wb") as file:
                file.truncate(3 * MIB)
            write_direct(path / "sparse", MIB + 8192, b"p" * 4096)
            table(frail.fails_writes())
            drop_caches()
            drop_caches()
            table(frail.works())
            equal(read_direct(path / "sparse", MIB + 8192, 4096), b"p" * 4096, "what was written")
    with_frail(test)


def write_until_it_fails(path, draw, kept):
    """Files that fsync() returned for are kept: {name: content}."""
    while True:
        name, data = f"file{draw.randrange(12)}", draw.randbytes(draw.choice((9, 5000, 20000)))
        kept.pop(name, None)
        try:
            write_and_sync(path / name, data)
        except OSError as error:
            check(error.errno in (errno.EIO, errno.EROFS), f"error {error.errno}")
            return
        kept[name] = data


@bare
def writes_fail_while_working():
    """Again and again: what was durable stays so."""
    def test(frail):
        draw, kept, total = random.Random(3), {}, 0
        for number in range(60 if SOAK else 6):
            with mounted(["/dev/mapper/frail"]) as path:
                for name, data in kept.items():
                    equal((path / name).read_bytes(), data, f"{name}, round {number}")
                if not number:
                    prepare(path)
                timer = threading.Timer(draw.uniform(0.05, 1), table, [frail.fails_writes()])
                timer.start()
                write_until_it_fails(path, draw, kept)
                timer.join()
                table(frail.works())
            total += len(kept)
        check(total, "nothing was ever written")
        diag(f"{total} files were compared")
    with_frail(test)


def is_file(path, content=b""):
    return path.is_file() and path.read_bytes() == content


# {what: (mount option, change, was it done?)}, of what make_names() makes
DURABLE = {
    "create": ("dirsync", lambda top: os.close(os.open(top / "new", os.O_CREAT)),
               lambda top: is_file(top / "new")),
    "mkdir": ("dirsync", lambda top: os.mkdir(top / "new"), lambda top: (top / "new").is_dir()),
    "symlink": ("dirsync", lambda top: os.symlink("x", top / "new"),
                lambda top: os.readlink(top / "new") == "x"),
    "unlink": ("dirsync", lambda top: os.unlink(top / "a"), lambda top: not (top / "a").exists()),
    "rmdir": ("sync", lambda top: os.rmdir(top / "dir"), lambda top: not (top / "dir").exists()),
    "rename": ("dirsync", lambda top: os.rename(top / "a", top / "dir/b"),
               lambda top: is_file(top / "dir/b", b"a") and not (top / "a").exists()),
    "exchange": ("dirsync", lambda top: rename2(top / "a", top / "b", RENAME_EXCHANGE),
                 lambda top: is_file(top / "a", b"b") and is_file(top / "b", b"a")),
    "mode of a directory": ("dirsync", lambda top: os.chmod(top / "dir", 0o711),
                            lambda top: os.stat(top / "dir").st_mode & 0o777 == 0o711),
    "mode of a file": ("sync", lambda top: os.chmod(top / "a", 0o611),
                       lambda top: os.stat(top / "a").st_mode & 0o777 == 0o611),
    "size": ("sync", lambda top: os.truncate(top / "a", 9000),
             lambda top: is_file(top / "a", b"a" + bytes(8999))),
}


def make_names(path):
    top = path / "names"
    if top.exists():
        shutil.rmtree(top)
    (top / "dir").mkdir(parents=True)
    for name in "a", "b":
        (top / name).write_text(name)
    os.sync()
    return top


@bare
def durable_when_it_returns():
    """With -o sync and dirsync, a change of names is on the device when the call returns."""
    def test(frail):
        with mounted(["/dev/mapper/frail"]) as path:
            prepare(path)
        for what, (option, change, done) in DURABLE.items():
            with mounted(["/dev/mapper/frail"], option) as path:
                top = make_names(path)
                change(top)
                table(frail.drops_writes())
            table(frail.works())
            with mounted(["/dev/mapper/frail"]) as path:
                check(done(path / "names"), f"{what} was lost, with -o {option}")
    with_frail(test)


def set_failslab(**settings):
    for name, value in settings.items():
        with open(f"{FAILSLAB}/{name.replace('_', '-')}", "w", encoding="ascii") as file:
            file.write(str(value))


def change_something(path, draw):
    name, other = (path / f"file{draw.randrange(20)}" for _ in range(2))
    draw.choice((lambda: write_and_sync(name, draw.randbytes(draw.choice((9, 5000, 20000)))),
                 lambda: os.rename(name, other), lambda: os.unlink(name),
                 lambda: os.truncate(name, draw.randrange(10000)), lambda: os.listdir(path),
                 lambda: os.mkdir(path / f"dir{draw.randrange(20)}"),
                 lambda: os.rmdir(path / f"dir{draw.randrange(20)}")))()


@bare
def no_memory():
    """Allocations fail now and then, in this process: an error, and nothing is lost or leaked."""
    if not os.path.exists(FAILSLAB):
        raise Skip("this kernel injects no failures")
    fine = (errno.ENOMEM, errno.EIO, errno.EROFS, errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)

    def test(frail):
        draw, failed = random.Random(4), 0
        set_failslab(probability=4, interval=1, times=-1, task_filter="Y", verbose=0,
                     ignore_gfp_wait="N")
        with open("/proc/self/make-it-fail", "w", encoding="ascii", buffering=1) as switch:
            for number in range(300 if SOAK else 20):
                with mounted(["/dev/mapper/frail"]) as path:
                    if not number:
                        prepare(path)
                    drop_caches()
                    for _ in range(40):
                        os.pwrite(switch.fileno(), b"1", 0)
                        try:
                            change_something(path, draw)
                        except MemoryError:
                            failed += 1
                        except OSError as error:
                            failed += error.errno == errno.ENOMEM
                            check(error.errno in fine, f"error {error.errno}")
                        finally:
                            os.pwrite(switch.fileno(), b"0", 0)
        check(failed, "nothing failed")
        diag(f"{failed} changes failed")
    with_frail(test)


run()
