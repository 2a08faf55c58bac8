# SPDX-License-Identifier: GPL-2.0
"""Tracepoints."""

import os
import re
import subprocess

TRACING = "/sys/kernel/tracing"


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Trace:
    """Traces an event, "SYSTEM/NAME", while it is entered; text() returns and forgets."""

    def __init__(self, event):
        self.switch = f"{TRACING}/events/{event}/enable"

    def __enter__(self):
        if not os.path.exists(f"{TRACING}/trace"):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)
        _write(f"{TRACING}/trace", "")
        _write(self.switch, "1")
        return self

    def __exit__(self, *unused):
        _write(self.switch, "0")

    def text(self):
        with open(f"{TRACING}/trace", encoding="ascii") as file:
            text = file.read()
        _write(f"{TRACING}/trace", "")
        return text


class DropTrace(Trace):
    """The drops of virtual switches."""

    def __init__(self):
        super().__init__("vswitch/vswitch_drop")

    def take(self):
        """[(port, ifindex, reason as the spec names it)], oldest first."""
        found = re.findall(r"vswitch_drop: .*port=(\S+) ifindex=(\d+) .*reason=(\w+)", self.text())
        return [(port, int(ifindex), reason.replace("_", "-")) for port, ifindex, reason in found]
