#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""A volume of mkfs.vmfs, on a loop device, as Debian's vmfs-fuse mounts it."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from ktap import bare, contains, equal, run
from vmfs import MIB, fuse, image


def small_files(path):
    (path / "a/b").mkdir(parents=True)
    for name, size in (("empty", 0), ("a/resident", 1024), ("a/b/sub", 1025), ("block", 8193)):
        (path / name).write_bytes(os.urandom(size))
    os.chmod(path / "block", 0o640)
    os.symlink("b/sub", path / "a/link")


@bare
def sectors_of_4096_bytes():
    """Hosts lock sectors of 512 bytes: a device that has none is no place for a VMFS-5."""
    subprocess.run(["modprobe", "loop"], check=True)
    with vmfs.folder() as top:
        loop = subprocess.run(["losetup", "-b", "4096", "-f", "--show",
                               image(top / "one.img", 300 * MIB)], check=True,
                              capture_output=True, text=True).stdout.strip()
        contains(vmfs.run("mkfs.vmfs", loop, status=1),
                 f"{loop} has sectors of 4096 bytes: VMFS-5 needs sectors of 512", "refusal")
        subprocess.run(["losetup", "-d", loop], check=True)


@bare
def mounted_by_vmfs_fuse():
    with vmfs.folder() as top:
        source, one = top / "source", image(top / "one.img", 300 * MIB)
        source.mkdir()
        small_files(source)
        subprocess.run(["modprobe", "loop"], check=True)
        loop = subprocess.run(["losetup", "-f", "--show", one], check=True, capture_output=True,
                              text=True).stdout.strip()
        vmfs.run("mkfs.vmfs", "-q", "-L", "loop", "-d", source, loop)
        contains(vmfs.run("mkfs.vmfs", loop, status=1), "holds VMFS_volume_member", "once more")
        vmfs.clean(loop)
        with fuse(loop) as mounted:
            equal(vmfs.tree(mounted, vmfs.SYSTEM_FILES), vmfs.tree(source), "tree")
        # in use, as far as the kernel knows
        subprocess.run(["mount", "-t", "tmpfs", "none", "/mnt"], check=True)
        subprocess.run(["mkfs.ext4", "-q", loop], check=True)
        subprocess.run(["mount", loop, "/mnt"], check=True)
        contains(vmfs.run("mkfs.vmfs", "--force", loop, status=1),
                 f"{loop} is in use: unmount it first", "mounted")
        contains(vmfs.run("fsck.vmfs", "-y", loop, status=8), "is in use", "mounted")


run()
