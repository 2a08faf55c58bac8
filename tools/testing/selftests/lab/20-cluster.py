#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Several machines: one Ethernet segment, one disk."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from ktap import bare, check, equal, run

LAB = HERE.parent.parent / "lab"

# Each pings the other; the first writes to the shared disk, the second reads it.
TALK = """
set -e
me=$LAB_MACHINE other=$((3 - LAB_MACHINE))
ip link set eth0 up
ip address add 192.0.2.$me/24 dev eth0
until ping -q -c 1 -W 1 192.0.2.$other >/dev/null; do :; done
if [ $me = 1 ]; then
	echo "written by 1" | dd of=/dev/vda bs=512 conv=sync oflag=direct status=none
	ping -q -c 1 -p 01 192.0.2.2 >/dev/null
	busybox nc -l -p 99 </dev/null >/dev/null
else
	until read -r line < <(dd if=/dev/vda bs=512 count=1 iflag=direct status=none | tr -d '\\0') &&
		[ "$line" = "written by 1" ]; do sleep 0.2; done
	echo "read: $line"
	until busybox nc 192.0.2.1 99 </dev/null 2>/dev/null; do sleep 0.2; done
fi
"""

# A frame that one sends comes to both others, once, and never back.
LISTEN = """
ip link set eth0 up
echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
ip address add 192.0.2.$LAB_MACHINE/24 dev eth0
until ping -q -c 1 -W 1 192.0.2.$((LAB_MACHINE % 3 + 1)) >/dev/null; do :; done
tcpdump -i eth0 -p -w /dev/shm/heard -c 1000 'ether proto 0x88b5' 2>/dev/null & sleep 3
[ $LAB_MACHINE != 1 ] || /usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
s.send(b"\\xff" * 6 + b"\\x02\\x00\\x00\\x00\\x00\\x01\\x88\\xb5" + bytes(50))'
sleep 5
kill -INT %1; wait %1
echo heard: $(tcpdump -r /dev/shm/heard --count 2>/dev/null)
"""


def cluster(script, *options):
    result = subprocess.run([LAB / "cluster", *options, "--", "bash", "-c", script],
                            capture_output=True, text=True)
    return result.returncode, result.stdout, result.stderr


@bare
def two_machines_share_a_segment_and_a_disk():
    status, output, messages = cluster(TALK, "--shared-disk", "1M", "--timeout", "120")
    equal((status, output), (0, "[2] read: written by 1\n"), f"status and output; {messages}")


@bare
def frame_reaches_all_others_once():
    status, output, messages = cluster(LISTEN, "--machines", "3", "--timeout", "120")
    equal(status, 0, messages)
    heard = sorted(line for line in output.splitlines() if "heard" in line)
    # the sender's own capture shows what it sent, once
    equal(heard, [f"[{n}] heard: 1 packet" for n in (1, 2, 3)], "frames")


@bare
def highest_status_is_the_clusters():
    equal(cluster("exit $LAB_MACHINE", "--timeout", "60")[0], 2, "status")


@bare
def nothing_is_left_behind():
    before = set(os.listdir(tempfile.gettempdir()))
    cluster("true", "--timeout", "60", "--shared-disk", "1M")
    left = {name for name in set(os.listdir(tempfile.gettempdir())) - before
            if name.startswith("vsuite-cluster")}
    check(not left, f"left in the folder for temporary files: {left}")


run()
