# SPDX-License-Identifier: GPL-2.0
"""Where the project's files are: in its tree, or where make install has put the tests."""

import os
import subprocess

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INSTALLED = os.path.isdir(f"{TESTS}/tree")
TOP = f"{TESTS}/tree" if INSTALLED else os.path.abspath(f"{TESTS}/../../..")
PROGRAMS = TESTS if INSTALLED else f"{TOP}/build/selftests"
SPECS = f"{TOP}/Documentation/netlink/specs"

if not INSTALLED:
    os.environ["PATH"] = f"{TOP}/build/bin:{os.environ['PATH']}"


def linux_source():
    """The unpacked parts of the kernel's source that hold ynl and its schemas."""
    if INSTALLED:
        return TOP
    if os.path.exists(f"{TESTS}/linux"):    # a link, for machines with another home
        return f"{TESTS}/linux"
    return subprocess.run([f"{TOP}/scripts/linux-source", "tools/net/ynl", "Documentation/netlink"],
                          check=True, capture_output=True, text=True).stdout.strip()
