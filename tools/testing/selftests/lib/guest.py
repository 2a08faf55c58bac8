# SPDX-License-Identifier: GPL-2.0
"""Real guests: QEMU, with a file of vmem as memory, and a Linux whose only
program checks its own memory, round after round (vmem/guest.c)."""

import json
import os
import platform
import re
import socket
import subprocess

from ktap import Failure, check, diag, wait_for
from tree import PROGRAMS
from vmem import MOUNT, sh

MEGABYTES = 160
INITRD = "/dev/shm/guest.cpio"


def check_runs(process, name, said):
    """Fail if this QEMU has ended.  Of a guest that is gone without a word, say so:
    scripts/check runs the file once more."""
    status = process.poll()
    if status is not None:
        diag("\n".join([f"the last that {name} said:", *said.splitlines()[-20:]]))
    if status == 0 and not re.search("Kernel panic|CORRUPT", said):
        diag("a guest reset itself")
    check(status is None, f"QEMU of {name} ended with status {status}")


INIT = """#!/bin/busybox sh
while read -r module; do busybox insmod "/modules/$module"; done </modules/order
busybox ifconfig eth0 10.9.8.2 2>/dev/null
exec /guest
"""


def _add_modules(root, modules):
    """What the guest needs in order to load modules first, and to have an address."""
    os.makedirs(f"{root}/modules")
    listed = subprocess.run(["modprobe", "--show-depends", "-a", *modules], check=True,
                            capture_output=True, text=True).stdout
    with open(f"{root}/modules/order", "w", encoding="ascii") as order:
        for path in dict.fromkeys(re.findall(r"^insmod (\S+)", listed, re.M)):
            name = os.path.basename(path).removesuffix(".xz")
            sh(f"{'xz -dc' if path.endswith('.xz') else 'cat'} {path} >{root}/modules/{name}")
            print(name, file=order)
    sh(f"mkdir {root}/bin; cp /bin/busybox {root}/bin; mv {root}/init {root}/guest")
    with open(f"{root}/init", "w", encoding="ascii") as file:
        file.write(INIT)
    os.chmod(f"{root}/init", 0o755)


def prepare(*modules):
    """KVM, and what guests boot; they load these modules."""
    sh("modprobe kvm_amd || modprobe kvm_intel")
    root = "/dev/shm/root"
    sh(f"rm -rf {root}; mkdir {root}; cp {PROGRAMS}/vmem/guest {root}/init")
    if modules:
        _add_modules(root, modules)
    sh(f"cd {root}; find . | cpio -o -H newc --quiet >{INITRD}; rm -r {root}")


class Monitor:
    """QEMU's, which speaks QMP."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(300)
        self.sock.connect(path)
        self.lines = self.sock.makefile("rw", encoding="utf-8")
        self.lines.readline()       # the greeting
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        print(json.dumps({"execute": command, "arguments": arguments}), file=self.lines, flush=True)
        while True:
            answer = json.loads(self.lines.readline())
            check("error" not in answer, f"{command}: {answer}")
            if "return" in answer:
                return answer["return"]

    def type(self, line):
        """A command for people, which answers nothing when all is well."""
        answer = self.do("human-monitor-command", **{"command-line": line})
        check(not answer.strip(), f"{line}: {answer}")


class Guest:
    """One guest; options are QEMU's, for what it has besides memory."""

    def __init__(self, vmem, name, *options, megabytes=MEGABYTES, accel="kvm"):
        self.name, self.log = name, f"/dev/shm/{name}.log"
        self.path, self.socket = f"{MOUNT}/{name}", f"/dev/shm/{name}.qmp"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
             "none", "-accel", accel, "-cpu", "max", "-m", str(megabytes), "-object",
             f"memory-backend-file,id=ram,size={megabytes}M,mem-path={self.path},share=on,align=2M",
             "-machine", "pc,memory-backend=ram", "-kernel", f"/boot/vmlinuz-{platform.release()}",
             "-initrd", INITRD, "-append",
             "earlyprintk=ttyS0 console=ttyS0 quiet panic=-1 mitigations=off",
             "-serial", f"file:{self.log}", "-qmp", f"unix:{self.socket},server=on,wait=off",
             *options])
        self.wait_for(lambda: os.path.exists(self.path) and os.stat(self.path).st_size and
                      os.path.exists(self.socket), "QEMU to make the file", 60)
        self.file = vmem.file(name)

    def monitor(self):
        return Monitor(self.socket)

    def output(self):
        """What it has said, once QEMU has made the file."""
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, condition, what, seconds):
        """As ktap's, as long as QEMU runs."""
        try:
            wait_for(lambda: condition() or self.process.poll() is not None, what, seconds,
                     every=0.1)
        except Failure:
            diag("\n".join([f"the last that {self.name} said:", *self.output().splitlines()[-20:]]))
            raise
        check_runs(self.process, self.name, self.output())

    def await_output(self, text, seconds=300):
        self.wait_for(lambda: text in self.output(), f"{self.name} to say {text}", seconds)

    def rounds(self):
        """How many times it has checked all of its memory."""
        return len(re.findall(r"ROUND \d+ BAD \d", self.output()))

    def await_rounds(self, count, seconds=900):
        """It checks its memory that many times more, and finds nothing wrong."""
        target = self.rounds() + count
        self.wait_for(lambda: self.rounds() >= target, f"{count} rounds of {self.name}", seconds)
        check("CORRUPT" not in self.output(), f"{self.name} found its memory changed")

    def kill(self):
        """As a crash of QEMU would."""
        self.process.kill()
        self.process.wait()
