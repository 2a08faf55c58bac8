#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: debug
# lab: --memory 2G
"""Corrupt volumes: errors and messages, no crash.  SOAK=1: 500 of them."""

import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from datastore import loops, mount_words
from ktap import bare, check, diag, run
from vmfs import MIB

COUNT = 500 if os.environ.get("SOAK") == "1" else 8
PAGE = 4096


def quietly(function, *arguments):
    try:
        return function(*arguments)
    except (OSError, UnicodeError):
        return None


def read_some(path):
    fd = quietly(os.open, path, os.O_RDONLY | os.O_NONBLOCK)
    if fd is None:
        return
    for at in (0, 200 * MIB, 1 << 40):
        quietly(os.pread, fd, 65536, at)
    quietly(os.lseek, fd, 0, os.SEEK_HOLE)
    os.close(fd)


def walk(path):
    """Touch everything, and change what can be changed."""
    for top, dirs, files in os.walk(path):
        for name in dirs + files:
            full = os.path.join(top, name)
            quietly(os.lstat, full)
            quietly(os.readlink, full)
            read_some(full)
        if len(top) > 3000:
            break
    quietly(os.statvfs, path)
    for number, size in enumerate((0, 100, 9000, 3 * MIB)):
        quietly((path / f"new{number}").write_bytes, bytes(size))
    quietly(os.mkdir, path / "newdir")
    for name in (quietly(os.listdir, path) or [])[:30]:
        quietly(os.truncate, path / name, 10000)
        quietly(os.rename, path / name, path / "newdir" / name)
        quietly(os.unlink, path / "newdir" / name)
    quietly(os.sync)


def fill(path):
    """A file of each kind in each of a few folders, and little in them: what is to be
    damaged is what describes them."""
    for number in range(4):
        folder = path / f"dir{number}"
        folder.mkdir()
        (folder / "link").symlink_to("small")
        for name, start, length in (("resident", 0, 700), ("small", 0, 9000),
                                    ("large", 3 * MIB, 5000), ("pointers", 257 * MIB, 5000)):
            with open(folder / name, "wb") as file:
                file.seek(start)
                file.write(bytes([number + 1]) * length)


def used_pages(image):
    """Offsets of pages that hold something."""
    pages = []
    with open(image, "rb") as file:
        for at in range(MIB, 100 * MIB, PAGE):
            if os.pread(file.fileno(), PAGE, at) != bytes(PAGE):
                pages.append(at)
    return pages


def mutate(image, pages, draw):
    with open(image, "r+b") as file:
        for _ in range(draw.choice((1, 1, 2, 5, 20))):
            at = draw.choice(pages) + draw.choice((draw.randrange(PAGE), draw.randrange(128),
                                                   512 + draw.randrange(128)))
            file.seek(at)
            file.write(draw.choice((draw.randbytes(draw.choice((1, 2, 4, 16))), b"\xff" * 4,
                                    bytes(4), b"\x01\0\0\0")))


@bare
def mutated_volumes():
    draw = random.Random(int(os.environ.get("VS_SEED") or 1))
    mounts = 0
    with vmfs.folder() as top:
        source, base, image = top / "source", vmfs.image(top / "base", 600 * MIB), top / "image"
        source.mkdir()
        fill(source)
        vmfs.run("mkfs.vmfs", "-q", "-d", source, base)
        pages = used_pages(base)
        diag(f"{len(pages)} pages hold something")
        for _ in range(COUNT):
            subprocess.run(["cp", "--sparse=always", str(base), str(image)], check=True)
            mutate(image, pages, draw)
            with loops(image) as devices:
                words = mount_words(devices, draw.choice(((), ("ro",))))
                mount = subprocess.run([*words, "/mnt"], capture_output=True, check=False)
                if mount.returncode == 0:
                    mounts += 1
                    walk(vmfs.pathlib.Path("/mnt"))
                    subprocess.run(["umount", "/mnt"], check=True)
    diag(f"{mounts} of {COUNT} volumes were mounted")
    check(mounts > COUNT / 3, f"only {mounts} of {COUNT} volumes were mounted")


run()
