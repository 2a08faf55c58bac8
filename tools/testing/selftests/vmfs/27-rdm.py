#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# lab: --memory 2G
"""vsctl disk rdm: disks that are a LUN."""

import contextlib
import errno
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import vmfs
from datastore import fails, loops, mounted
from ktap import bare, check, contains, equal, run
from vmdk import descriptor
from vmfs import MIB


@contextlib.contextmanager
def lun():
    """A SCSI disk of 64 MiB: its path and its NAA identifier"""
    vmfs.run("modprobe", "sd_mod")
    vmfs.run("modprobe", "scsi_debug", "dev_size_mb=64")
    try:
        (disk,) = glob.glob("/sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*:*/block/sd*")
        with open(f"{disk}/device/wwid", encoding="ascii") as file:
            yield f"/dev/{os.path.basename(disk)}", file.read().strip()
    finally:
        subprocess.run(["modprobe", "-r", "scsi_debug"], check=True)


def vsctl(*words, status=0):
    return vmfs.run("vsctl", *words, status=status)


@bare
def mapped():
    with vmfs.folder() as top, lun() as (device, naa):
        image = vmfs.image(top / "one.img", 600 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices:
            with mounted(devices) as path:
                for name, pointer, kind, words in (
                        ("v", "v-rdm.vmdk", "vmfsRawDeviceMap", ()),
                        ("p", "p-rdmp.vmdk", "vmfsPassthroughRawDeviceMap", ("physical",))):
                    vsctl("disk", "rdm", "add", path / f"{name}.vmdk", device, *words)
                    text = (path / f"{name}.vmdk").read_text()
                    found = descriptor(kind, f'RW 131072 VMFSRDM "{pointer}"', 64).match(text)
                    check(found and not found["thin"], f"text:\n{text}")
                    equal(os.stat(path / pointer).st_size, 64 * MIB, "size of the pointer")
                    fails(errno.ENXIO, os.open, path / pointer, os.O_RDONLY)
                    contains(vmfs.run("qemu-img", "info", path / f"{name}.vmdk", status=1), kind,
                             "QEMU's driver for VMDK")
            with mounted(devices) as path:
                (shown,) = json.loads(vsctl("-j", "disk", "show", path / "p.vmdk"))
                equal((shown["type"], shown["size"], shown["lun"], shown["create_type"]),
                      ("physical-rdm", 64 * MIB, naa, "vmfsPassthroughRawDeviceMap"), "shown")
                contains(vsctl("disk", "clone", path / "p.vmdk", path / "c.vmdk", status=2),
                         "can only be shown", "clone")
                os.rename(path / "v-rdm.vmdk", path / "moved")
                equal(os.stat(path / "moved").st_size, 64 * MIB, "size of what was renamed")
                fails(errno.EINVAL, os.truncate, path / "moved", 0)
                os.unlink(path / "moved")
        vmfs.clean(image)
        contains(vmfs.run(vmfs.DEBUGVMFS, image, "check_vol_bitmaps"), "Total errors: 0", "bitmaps")
        said = vmfs.run(vmfs.DEBUGVMFS, image, "ls", "-l", "/")
        check(re.search(r"67108864.* p-rdmp\.vmdk$", said, re.M), f"debugvmfs: {said}")
        # type 2, 8 bytes of NAA and 6 of the model, LUN 0, a disk
        identity = bytes.fromhex("020e0000" + "00")
        with open(image, "rb") as file:
            raw = file.read()
        at = raw.index(bytes.fromhex(naa.removeprefix("naa.")) + b"scsi_d") - 34
        equal(raw[at:at + 5], identity, "head of the identity")
        equal(raw[at + 6:at + 34], b"Linux   scsi_debug      " + raw[at + 30:at + 34], "inquiry")


@bare
def refusals():
    with vmfs.folder() as top, lun() as (device, _):
        image = vmfs.image(top / "one.img", 300 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        contains(vsctl("disk", "rdm", "add", top / "a.vmdk", device, status=2),
                 "is not on a VMFS", "elsewhere")
        with loops(image) as devices, mounted(devices) as path:
            def refused(*words, status=2):
                return vsctl("disk", "rdm", "add", *words, status=status)

            disk = path / "a.vmdk"
            contains(refused(disk, devices[0]), "is in use", "what is mounted")
            claim = os.open(device, os.O_RDONLY | os.O_EXCL)    # as multipath or LVM would
            contains(refused(disk, device), "is in use", "a part of something else")
            os.close(claim)
            with loops(vmfs.image(top / "none.img", 300 * MIB)) as (other,):
                contains(refused(disk, other), "has no NAA identifier", "no LUN")
            contains(refused(disk, "/dev/none", status=3), "No such file", "no device")
            contains(refused(disk, image, status=1), "is no block device", "a file")
            contains(refused(path / "a", device, status=1), "does not end in .vmdk", "name")
            contains(refused(disk, device, "size", "1M", status=1), "has the size of its LUN",
                     "size")
            equal(set(os.listdir(path)) - vmfs.SYSTEM_FILES, set(), "files")
            vsctl("disk", "rdm", "add", disk, device)
            contains(refused(disk, device), "a.vmdk exists", "once more")
            os.unlink(disk)
            contains(refused(disk, device), "a-rdm.vmdk exists, but no", "a pointer that is there")
        vmfs.clean(image)


run()
