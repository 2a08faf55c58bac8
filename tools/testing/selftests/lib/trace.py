# SPDX-License-Identifier: GPL-2.0
"""The tracepoint vswitch:vswitch_drop."""

import os
import re
import subprocess

TRACING = "/sys/kernel/tracing"
EVENT = f"{TRACING}/events/vswitch/vswitch_drop"


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class DropTrace:
    """Traces drops while it is entered; take() returns and forgets them."""

    def __enter__(self):
        if not os.path.exists(f"{TRACING}/trace"):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)
        _write(f"{TRACING}/trace", "")
        _write(f"{EVENT}/enable", "1")
        return self

    def __exit__(self, *unused):
        _write(f"{EVENT}/enable", "0")

    def take(self):
        """[(port, ifindex, reason as the spec names it)], oldest first."""
        with open(f"{TRACING}/trace", encoding="ascii") as file:
            text = file.read()
        _write(f"{TRACING}/trace", "")
        found = re.findall(r"vswitch_drop: .*port=(\S+) ifindex=(\d+) .*reason=(\w+)", text)
        return [(port, int(ifindex), reason.replace("_", "-")) for port, ifindex, reason in found]
