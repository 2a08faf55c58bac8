#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""vsctl datastore grow: a volume gets larger while it is in use."""

import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import datastore
import vmfs
from datastore import loops, mounted
from ktap import bare, check, contains, equal, run
from vmfs import MIB

PE = 256        # blocks
DESCRIPTOR = 0x100200


def grow(*words, status=0):
    return vmfs.run("vsctl", "datastore", "grow", *words, status=status)


def blocks(path):
    status = os.statvfs(path)
    return status.f_blocks, status.f_bfree


def descriptor(image):
    """(size, generation, number of extents) as the extent says"""
    with open(image, "rb") as file:
        file.seek(DESCRIPTOR)
        raw = file.read(512)
    return (*struct.unpack_from("<QQ", raw), *struct.unpack_from("<I", raw, 0x90))


def fill_more(path, free):
    """Use up what was free before, and write behind it.  vmfs-tools take blocks of "reserved",
    which read as zero, for lost ones: it goes before they look.
    """
    with open(path / "reserved", "wb") as file:
        datastore.fallocate(file.fileno(), 0, 0, free * MIB)
    with open(path / "more", "wb") as file:
        for number in range(40):
            file.write(bytes([number]) * MIB)


def check_more(path):
    with open(path / "more", "rb") as file:
        for number in range(40):
            check(file.read(MIB) == bytes([number]) * MIB, f"MiB {number} has another content")


@bare
def by_an_extent():
    with vmfs.folder() as top:
        source, images = vmfs.plain_source(top), vmfs.images(top, 900, 300, 700)
        vmfs.run("mkfs.vmfs", "-q", "-L", "grows", images[0])
        with loops(*images) as devices:
            with mounted(devices[:1]) as path:
                vmfs.fill_plain(path)
                with open(path / "dir0/open", "wb") as file:
                    file.write(b"1" * 70000)
                    total, free = blocks(path)
                    with datastore.events() as told:
                        grow("grows", devices[1])
                        equal([(name, event["size"]) for name, event in told()],
                              [("grow-ntf", (total + PE) * MIB)], "events")
                    equal(blocks(path), (total + PE, free + PE), "blocks with one more extent")
                    grow(devices[1], devices[2])
                    equal(blocks(path), (total + 3 * PE, free + 3 * PE), "with two more")
                    file.write(b"2" * 70000)
                os.unlink(path / "dir0/open")
                with open("/proc/mounts", encoding="utf-8") as mounts:
                    contains(mounts.read(), f"extent={devices[1]},extent={devices[2]}", "options")
                fill_more(path, free + PE)
                vmfs.run("mount", "-o", "remount,ro", path)
                vmfs.run("mount", "-o", "remount,rw", path)
                datastore.drop_caches()
                check_more(path)
            with mounted(devices) as path:
                os.unlink(path / "reserved")
                equal(vmfs.tree(path, {*vmfs.SYSTEM_FILES, "more"}), vmfs.tree(source), "tree")
                check_more(path)
        equal([descriptor(image) for image in images], [(6 * PE * MIB, 4, 3)] * 3, "descriptors")
        vmfs.clean(*images)
        vmfs.referees(*images, plain=True)


@bare
def by_a_larger_device():
    with vmfs.folder() as top:
        source, (image,) = vmfs.plain_source(top), vmfs.images(top, 900)
        vmfs.run("mkfs.vmfs", "-q", "-L", "grows", image)
        with loops(image) as devices:
            with mounted(devices) as path:
                vmfs.fill_plain(path)
                before = blocks(path)
                # once within a group of clusters, once so that the bitmap needs more blocks
                for size, count in (2000, 7 * PE), (250 << 10, 999 * PE):
                    os.truncate(image, size * MIB)
                    vmfs.run("losetup", "-c", devices[0])
                    grow(devices[0])
                    gained = count - 3 * PE
                    used = 0 if size == 2000 else 1     # by the bitmap
                    equal(blocks(path), (count, before[1] + gained - used), f"{size} MiB")
                fill_more(path, 8 * PE)
            with mounted(devices) as path:
                equal(blocks(path)[0], 999 * PE, "blocks after another mount")
                os.unlink(path / "reserved")
                equal(vmfs.tree(path, {*vmfs.SYSTEM_FILES, "more"}), vmfs.tree(source), "tree")
                check_more(path)
        vmfs.clean(image)
        vmfs.referees(image, plain=True)


@bare
def cut_short():
    """Of three extents, a crash left two that do not know of the third."""
    with vmfs.folder() as top:
        images = vmfs.images(top, 300, 300, 300)
        vmfs.run("mkfs.vmfs", "-q", *images[:2])
        old = []
        for image in images[:2]:
            with open(image, "rb") as file:
                file.seek(DESCRIPTOR)
                old.append(file.read(512))
        with loops(*images) as devices:
            with mounted(devices[:2]) as path:
                grow(devices[0], devices[2])
                total, _ = blocks(path)
        grown = descriptor(images[0])
        for behind in (0, 1), (1,), (0,):
            for number in behind:
                with open(images[number], "r+b") as file:
                    file.seek(DESCRIPTOR)
                    file.write(old[number])
            with loops(*images) as devices, mounted(devices) as path:
                equal(blocks(path)[0], total, "blocks")
            equal([descriptor(image) for image in images], [grown] * 3, f"{behind} behind")
        vmfs.clean(*images)
        vmfs.referees(*images)


@bare
def refusals():
    with vmfs.folder() as top:
        images = vmfs.images(top, 300, 300, 200)
        vmfs.run("mkfs.vmfs", "-q", "-L", "grows", images[0])
        other = vmfs.image(top / "other.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", other)
        with loops(*images, other) as devices:
            contains(grow("grows", status=2), "grows is not mounted", "not mounted")
            contains(grow("none", status=3), "is called none", "not there")
            contains(datastore.refused(images[0], "grow"), "mount -o remount,grow", "at mount")
            with mounted(devices[:1], "ro"):
                contains(grow("grows", status=2), "mounted read-only cannot grow", "read-only")
                contains(grow("grows", devices[1], status=2), "read-only cannot grow", "read-only")
            check("VMFS" not in subprocess.run(["blkid", "-p", devices[1]], check=False,
                                               capture_output=True, text=True).stdout,
                  "a device that was refused is an extent")
            with mounted(devices[:1]) as path:
                before = blocks(path)
                contains(grow("grows", status=2), "less than 256 MiB", "nothing more")
                contains(grow("grows", devices[2], status=2), "at least 273 MiB", "too small")
                contains(grow("grows", devices[0], status=2), "is in use", "itself")
                contains(grow("grows", devices[3], status=2), "holds VMFS_volume_member", "used")
                contains(grow("grows", images[1], status=2), "is no block device", "a file")
                contains(vmfs.run("mount", "-o", f"remount,extent={devices[3]}", path, status=32) +
                         subprocess.run(["dmesg"], check=True, capture_output=True,
                                        text=True).stdout,
                         "is an extent of another volume", "another volume")
                equal(blocks(path), before, "blocks")
                grow("grows", devices[3], "force")
                equal(blocks(path)[0], before[0] + PE, "blocks after all")
        vmfs.clean(images[0], other)


@bare
def thirty_two_extents():
    with vmfs.folder() as top:
        images = vmfs.images(top, *[280] * 33)
        vmfs.run("mkfs.vmfs", "-q", "-L", "many", *images[:31])
        with loops(*images) as devices, mounted(devices[:31]) as path:
            grow("many", devices[31])
            equal(blocks(path)[0], 32 * PE, "blocks")
            contains(grow("many", devices[32], status=2), "more are not possible", "one too many")
            vmfs.fill_plain(path)
        vmfs.clean(*images[:32])
        vmfs.referees(*images[:32], plain=True)


run()
