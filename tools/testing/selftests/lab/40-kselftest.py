#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The tests are kselftests: the kernel's runner runs them, in a machine of virtme-ng's."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from ktap import Skip, bare, check, equal, run

TOP = HERE.parents[3]
TESTS = HERE.parent
TOLD = re.compile(r"^((?:not )?ok \d+ selftests: .*?)\s*$", re.M)


def make(*words):
    return subprocess.run(["make", "-s", "-C", TESTS, *words], check=True, capture_output=True,
                          text=True).stdout


def kernel():
    """The image of the kernel that the modules are built for, under the lab's name of it."""
    return subprocess.run(
        ["bash", "-ec", ". scripts/env.sh; . scripts/kernel.sh; kernel_select 6.12; "
         "echo $KERNEL_IMAGE"], cwd=TOP, check=True, capture_output=True, text=True).stdout.strip()


@bare
def runs_in_virtme_ng():
    """From the tree, and installed: each finds its programs and our modules."""
    if not shutil.which("vng"):
        raise Skip("missing tool vng")
    with tempfile.TemporaryDirectory(dir=TOP / "build") as folder:
        make("install", "TARGETS=vswitch vmem", f"KSFT_INSTALL_PATH={folder}/tests")
        tests = pathlib.Path(folder, "tests/kselftest-list.txt").read_text().split()
        for name in ("vswitch:11-vlan.py", "vmem:60-guests.py"):
            check(name in tests, f"{name} is installed")
        check("vmem:70-qemu.py" not in tests, "what takes hours is not in the list")
        script = pathlib.Path(folder, "script")
        script.write_text(
            f"make -s -C {TESTS} TARGETS=vswitch TEST_PROGS=11-vlan.py run_tests\n"
            f"{TESTS}/with-modules {folder}/tests/run_kselftest.sh -t vmem:25-poison.py\n")
        done = subprocess.run(
            ["vng", "-r", kernel(), "--disable-kvm", "--disable-microvm", "--force-9p",
             "--memory", "1G", "--cpus", "1", "--", "sh", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", check=False)
    equal(TOLD.findall(done.stdout),
          ["ok 1 selftests: vswitch: 11-vlan.py", "ok 1 selftests: vmem: 25-poison.py"],
          f"results of {done.stdout}")


run()
