# SPDX-License-Identifier: GPL-2.0
"""VMFS volumes in image files, and Debian's readers of VMFS as referees."""

import contextlib
import hashlib
import importlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

import ktap

importlib.import_module("tree")     # our tools are in PATH

MIB = 1 << 20
SYSTEM_FILES = {".fbb.sf", ".fdc.sf", ".pbc.sf", ".sbc.sf", ".vh.sf", ".pb2.sf", ".sdd.sf"}
# ours have the same names
DEBUGVMFS, VMFS_FUSE, FSCK = (f"/usr/sbin/{name}" for name in
                              ("debugvmfs", "vmfs-fuse", "fsck.vmfs"))


def run(*words, status=0):
    """Run it; it must end with this status.  What it printed."""
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    ktap.equal(done.returncode, status, f"{' '.join(words)}: exit status; it said:\n"
               f"{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


@contextlib.contextmanager
def folder():
    """A folder for images, gone at the end."""
    path = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def image(path, size):
    """A new image file, all hole."""
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def fill(path, seed=1):
    """Files of every kind that VMFS has."""
    draw = random.Random(seed)
    sizes = {"empty": 0, "resident": 1024, "sub": 1025, "sub-full": 8192, "block": 8193,
             "a/blocks": 5 * MIB + 3, "a/b/name with spaces": 77, "a/" + "n" * 127: 1,
             "\u00fcml\u00e4ut": 12}
    (path / "a/b").mkdir(parents=True)
    for name, size in sizes.items():
        (path / name).write_bytes(draw.randbytes(size))
    for name, size, at in (("holes", 260 * MIB, 200 * MIB + 5), ("large", 300 << 30, 299 << 30)):
        with open(path / name, "wb") as file:
            file.truncate(size)
            for position in (0, at, size - 4096):
                file.seek(position)
                file.write(draw.randbytes(4096))
    os.symlink("a/b/none", path / "link")
    many = path / "many"
    many.mkdir()
    for number in range(300):
        (many / f"file{number}").write_bytes(b"%d" % number)


def plain_source(top):
    """A new folder with what fill_plain() makes."""
    source = top / "source"
    source.mkdir()
    fill_plain(source)
    return source


def images(top, *sizes):
    """New image files of these sizes, MiB."""
    return [image(top / f"{number}.img", size * MIB) for number, size in enumerate(sizes)]


def fill_plain(path, seed=2):
    """Folders and files that Debian's fsck.vmfs understands: none is resident or large."""
    draw = random.Random(seed)
    for number in range(20):
        (path / f"dir{number}").mkdir()
        for size in (1025, 8192, 8193, MIB, 2 * MIB + 1):
            (path / f"dir{number}" / f"file{size}").write_bytes(draw.randbytes(size))
    with open(path / "pointers", "wb") as file:
        file.truncate(258 * MIB)
        file.seek(257 * MIB)
        file.write(draw.randbytes(MIB))


def digest(path):
    """All that is not zero in a file, which may be mostly hole."""
    total = hashlib.md5()
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        position = 0
        while position < size:
            try:
                position = os.lseek(file.fileno(), position, os.SEEK_DATA) // MIB * MIB
            except OSError:
                break
            data = os.pread(file.fileno(), MIB, position)
            if data != bytes(len(data)):     # much faster than strip()
                total.update(b"%d:" % position + data)
            position += MIB
    return total.hexdigest()


def tree(path, without=()):
    """{path: what it is} of all below; of files size, mode, and what is not zero."""
    found = {}
    for top, dirs, files in os.walk(path):
        for name in dirs + files:
            full = os.path.join(top, name)
            short = os.path.relpath(full, path)
            if short in without:
                continue
            status = os.lstat(full)
            if os.path.islink(full):
                found[short] = ("link", os.readlink(full))
            elif os.path.isdir(full):
                found[short] = ("dir", status.st_mode & 0o7777)
            else:
                found[short] = (status.st_size, status.st_mode & 0o7777, digest(full))
        dirs[:] = [name for name in dirs if name not in without]
    return found


def same_files(images, source, without=()):
    """Debian's debugvmfs finds these names and contents in the volume, and no others."""
    for top, dirs, files in os.walk(source):
        place = "/" + os.path.relpath(top, source).strip(".")
        names = set(run(DEBUGVMFS, *images, "ls", place).splitlines())
        system = SYSTEM_FILES if place == "/" else set()
        ktap.equal(names, {".", "..", *dirs, *files, *system}, f"names in {place}")
        for name in files:
            path = os.path.join(top, name)
            if name in without or os.path.islink(path):
                continue
            theirs = subprocess.run([DEBUGVMFS, *images, "cat", os.path.join(place, name)],
                                    stdout=subprocess.PIPE, check=True, timeout=300)
            with open(path, "rb") as file:
                if theirs.stdout != file.read():
                    ktap.fail(f"{place}/{name} has another content")


@contextlib.contextmanager
def fuse(*images):
    """The volume as Debian's vmfs-fuse shows it: a path."""
    mountpoint = tempfile.mkdtemp(dir="/tmp")
    if not os.path.exists("/sys/module/fuse"):
        subprocess.run(["modprobe", "fuse"], check=True)
    run(VMFS_FUSE, *images, mountpoint)
    try:
        yield pathlib.Path(mountpoint)
    finally:
        subprocess.run(["umount", mountpoint], check=True)
        os.rmdir(mountpoint)


def referees(*images, plain=False):
    """Debian's tools find no error in the bitmaps; nor in a plain volume any at all.

    Of others, their fsck.vmfs takes the bodies of resident files for addresses,
    and does not find the second level of pointer blocks.  The other kernels' volumes are
    enough for them: on the debug kernel each takes a third of its test's time.
    """
    if os.environ.get("LAB_KERNEL") == "debug":
        return
    ktap.contains(run(DEBUGVMFS, *images, "check_vol_bitmaps"), "Total errors: 0",
                  "debugvmfs check_vol_bitmaps")
    said = run(FSCK, *images)
    for what in ("Undefined inodes", "Directory errors"):
        ktap.check(re.search(rf"^{what} *: 0$", said, re.M), f"fsck.vmfs of vmfs-tools: {said}")
    for what in ("Unallocated blocks", "Lost blocks", "Orphaned inodes") if plain else ():
        ktap.check(re.search(rf"^{what} *: 0$", said, re.M), f"fsck.vmfs of vmfs-tools: {said}")


def clean(*images):
    """Our fsck.vmfs finds nothing."""
    ktap.contains(run("fsck.vmfs", "-n", *images), " 0 problems", "fsck.vmfs")


def probe(path):
    """What blkid says, as a dictionary."""
    said = run("blkid", "-p", "-o", "export", path)
    return dict(line.split("=", 1) for line in said.splitlines())
