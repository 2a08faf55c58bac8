#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""make install, into a folder, and make uninstall."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[3]
sys.path.insert(0, str(HERE.parent / "lib"))
from ktap import bare, check, equal, run


def make(verb, folder):
    done = subprocess.run(["make", "-C", TOP, verb, "K=6.12", "PREFIX=/usr", f"DESTDIR={folder}"],
                          capture_output=True, text=True)
    equal(done.returncode, 0, f"make {verb}, which says {done.stdout + done.stderr}: exit status")


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@bare
def installed_and_removed():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make("install", folder)
        got = files(folder)
        modules = {path.rsplit("/", 1)[1] for path in got if path.endswith(".ko")}
        equal(modules, {f"{path.parent.name}.ko" for path in TOP.glob("kmod/*/Kbuild")}, "modules")
        for path in ("usr/sbin/vsctl", "usr/sbin/mkfs.vmfs", "usr/share/man/man8/vsctl.8",
                     "usr/share/bash-completion/completions/vsctl",
                     "usr/lib/udev/rules.d/61-vsuite.rules",
                     "usr/share/vsuite/prometheus/vsuite-rules.yaml",
                     "usr/lib/systemd/system/libvirtd.service.d/vsuite.conf"):
            check(path in got, f"{path} is missing among {sorted(got)}")
        program = folder / "usr/sbin/vsctl"
        equal(subprocess.run([program, "--version"], stdout=subprocess.DEVNULL).returncode, 0,
              "vsctl --version")
        units = sorted((folder / "usr/lib/systemd/system").glob("*.*[a-z]"))
        equal(len([unit for unit in units if unit.is_file()]), 5, "units")
        for unit in units:
            check("@s" not in unit.read_text() if unit.is_file() else True, f"{unit} has no paths")
        make("uninstall", folder)
        equal(files(folder), set(), "what is left")


run()
