# SPDX-License-Identifier: GPL-2.0
"""Load and remove our modules, mount and unmount, without a process for each: on
the debug kernel, starting one takes half a second, and fixtures do it for each test.
"""

import ctypes
import os
import subprocess

SYS_DELETE_MODULE, SYS_FINIT_MODULE = 176, 313

_libc = ctypes.CDLL(None, use_errno=True)
_found = set()      # modules whose dependencies are loaded


def _succeed(result, what):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def load(name, parameters=""):
    if name not in _found:
        subprocess.run(["modprobe", name, *parameters.split()], check=True)
        _found.add(name)
        return
    with open(f"/lib/modules/{os.uname().release}/updates/{name}.ko", "rb") as file:
        _succeed(_libc.syscall(SYS_FINIT_MODULE, file.fileno(), parameters.encode(), 0),
                 f"loading {name}")


def _users(name):
    """How many references a module has, and from which modules, as far as the kernel says."""
    try:
        with open(f"/sys/module/{name}/refcnt", encoding="ascii") as file:
            count = file.read().strip()
        with open("/proc/mounts", encoding="ascii") as file:
            mounts = [words[1] for words in map(str.split, file) if words[2] == name]
    except OSError as error:
        return str(error)
    holders = sorted(os.listdir(f"/sys/module/{name}/holders"))
    return f"{count} references, modules {holders}, mounts {mounts}, open in {_openers(mounts)}"


def _openers(mounts):
    """Processes that have a file below these directories open or mapped."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            paths = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
                paths += [line.split(maxsplit=5)[-1] for line in file]
        except OSError:
            continue
        if any(path.startswith(tuple(mounts)) for path in paths):
            found.add(pid)
    return sorted(found)


def remove(name):
    if _libc.syscall(SYS_DELETE_MODULE, name.encode(), os.O_NONBLOCK):
        error = ctypes.get_errno()
        raise OSError(error, f"removing {name}: {os.strerror(error)}: {_users(name)}")


def mount(kind, path):
    os.makedirs(path, exist_ok=True)
    _succeed(_libc.mount(kind.encode(), path.encode(), kind.encode(), 0, None), f"mounting {path}")


def unmount(path):
    _succeed(_libc.umount(path.encode()), f"unmounting {path}")
