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


def remove(name):
    _succeed(_libc.syscall(SYS_DELETE_MODULE, name.encode(), os.O_NONBLOCK), f"removing {name}")


def mount(kind, path):
    os.makedirs(path, exist_ok=True)
    _succeed(_libc.mount(kind.encode(), path.encode(), kind.encode(), 0, None), f"mounting {path}")


def unmount(path):
    _succeed(_libc.umount(path.encode()), f"unmounting {path}")
