# SPDX-License-Identifier: GPL-2.0
"""Real guests: QEMU, with a file of vmem as memory, and a Linux whose only
program checks its own memory, round after round (vmem/guest.c)."""

import os
import platform
import re
import subprocess

from ktap import check, wait_for
from vmem import MOUNT, PROGRAMS, sh

MEGABYTES = 160
INITRD = "/dev/shm/guest.cpio"


def prepare():
    """KVM, and what guests boot."""
    sh("modprobe kvm_amd || modprobe kvm_intel")
    sh(f"mkdir -p /dev/shm/root; cp {PROGRAMS}/vmem/guest /dev/shm/root/init; cd /dev/shm/root; "
       f"echo init | cpio -o -H newc --quiet >{INITRD}")


class Guest:
    """One guest."""

    def __init__(self, vmem, name):
        self.name, self.log = name, f"/dev/shm/{name}.log"
        path = f"{MOUNT}/{name}"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
             "none", "-accel", "kvm", "-cpu", "host", "-m", str(MEGABYTES), "-object",
             f"memory-backend-file,id=ram,size={MEGABYTES}M,mem-path={path},share=on,align=2M",
             "-machine", "pc,memory-backend=ram", "-kernel", f"/boot/vmlinuz-{platform.release()}",
             "-initrd", INITRD, "-append", "console=ttyS0 quiet panic=-1 mitigations=off",
             "-serial", f"file:{self.log}"])
        wait_for(lambda: os.path.exists(path) and os.stat(path).st_size, "QEMU to make the file", 60)
        self.file = vmem.file(name)

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def await_output(self, text, seconds=300):
        wait_for(lambda: self.process.poll() is not None or text in self.output(),
                 f"the guest to say {text}", seconds, every=0.2)
        check(self.process.poll() is None, "QEMU runs")

    def rounds(self):
        """How many times it has checked all of its memory."""
        return len(re.findall(r"ROUND \d+ BAD \d", self.output()))

    def await_rounds(self, count, seconds=900):
        """It checks its memory that many times more, and finds nothing wrong."""
        target = self.rounds() + count
        wait_for(lambda: self.process.poll() is not None or self.rounds() >= target,
                 f"{count} rounds of the guest", seconds, every=0.2)
        check(self.process.poll() is None, "QEMU runs")
        check("CORRUPT" not in self.output(), f"{self.name} found its memory changed")

    def kill(self):
        """As a crash of QEMU would."""
        self.process.kill()
        self.process.wait()
