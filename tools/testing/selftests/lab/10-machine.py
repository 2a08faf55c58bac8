#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""One test machine: what it passes on, and what it must not let pass."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from ktap import bare, check, contains, equal, run

LAB = HERE.parent.parent / "lab"


def machine(script, *options, **environment):
    """Run a shell script in a machine; its status, output, and run's messages."""
    result = subprocess.run([LAB / "run", *options, "--", "bash", "-c", script],
                            capture_output=True, text=True, env={**os.environ, **environment})
    return result.returncode, result.stdout, result.stderr


@bare
def output_and_status_pass_through():
    """What the command leaves running holds nothing up."""
    status, output, _ = machine("sleep 1000 & echo out; echo err >/dev/stderr; "
                                "echo $((6 * 7)); exit 7")
    equal((status, output), (7, "out\nerr\n42\n"), "status and output")


@bare
def changes_are_discarded():
    """Except for those in the folder for output."""
    mark = f"/var/tmp/lab-selftest-{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        status, output, _ = machine(f"touch {mark} && rm /etc/passwd && ls {mark}; "
                                    "echo 1 >/output/result", "--output", folder)
        equal((status, output), (0, mark + "\n"), "the machine can write")
        equal(pathlib.Path(folder, "result").read_text(), "1\n", "the file")
    check(not os.path.exists(mark), f"{mark} was made on the host")
    check(os.path.exists("/etc/passwd"), "/etc/passwd is gone")


@bare
def options_make_the_machine():
    with tempfile.NamedTemporaryFile() as disk:
        disk.write(b"on the disk")
        disk.truncate(1 << 20)
        status, output, _ = machine(
            "nproc; head -c 11 /dev/vda; echo; ls -d /sys/class/net/eth0; cat /proc/cmdline",
            "--cpus", "1", "--disk", disk.name, "--net", f"selftest{os.getpid()}",
            "--append", "lab.selftest")
    equal(status, 0, "status")
    equal(output.split("\n")[:3], ["1", "on the disk", "/sys/class/net/eth0"], "output")
    contains(output, "lab.selftest", "the kernel's command line")


@bare
def command_that_hangs_is_stopped():
    started = time.monotonic()
    scale = 3 if os.environ.get("LAB_KERNEL") == "debug" else 1
    status, output, messages = machine("echo begun; sleep 1000", "--timeout", "45")
    equal((status, output), (124, "begun\n"), "status and output")
    contains(messages, f"still running after {45 * scale} s", "message")
    contains(messages, "the kernel's messages: ", "message")
    check(time.monotonic() - started < 45 * scale + 15, "it took too long to stop")


@bare
def kernel_that_complains_fails_the_run():
    status, _, messages = machine("echo 'WARNING: CPU: 0 PID: 1 at test' >/dev/kmsg")
    equal(status, 125, "status")
    contains(messages, "WARNING: CPU: 0 PID: 1 at test", "message")


@bare
def kernel_that_crashes_fails_the_run():
    status, output, messages = machine("echo begun; echo c >/proc/sysrq-trigger; sleep 1000")
    equal((status, output), (125, "begun\n"), "status and output")
    contains(messages, "sysrq triggered crash", "message")


@bare
def machine_that_does_not_come_up_gets_another_try():
    """Not one that dies while its command runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}:{os.environ['PATH']}"
        emulator = pathlib.Path(folder, "qemu-system-x86_64")
        real = shutil.which(emulator.name)
        emulator.write_text(f"#!/bin/sh\n[ -e {folder}/aborted ] || "
                            f"{{ touch {folder}/aborted; kill -ABRT $$; }}\n"
                            f"exec {real} \"$@\"\n")
        emulator.chmod(0o755)
        status, output, messages = machine("echo begun", PATH=path)
        equal((status, output), (0, "begun\n"), "status and output")
        contains(messages, "the machine has not come up; once more", "message")
        emulator.write_text(f"#!/bin/sh\n{real} \"$@\" &\n"
                            f"until [ -e {folder}/begun ]; do sleep 0.1; done\n"
                            "kill -ABRT $!; wait $!\n")
        status, output, _ = machine("echo begun; touch /output/begun; sleep 1000",
                                    "--output", folder, PATH=path)
        equal((status, output), (125, "begun\n"), "status and output")


@bare
def instructions_are_counted():
    status, output, _ = machine("nproc; cat /proc/cmdline", "--icount")
    equal((status, output.split("\n", 1)[0]), (0, "1"), "status and CPUs")


run()
