# SPDX-License-Identifier: GPL-2.0
"""Network namespaces, and sockets that see raw frames with their VLAN tags."""

import ctypes
import errno
import os
import select
import socket
import struct
import subprocess
import time

from netlink import SO_RCVBUFFORCE, Links

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
AUXDATA = struct.Struct("IIIHHHH")

_libc = ctypes.CDLL(None, use_errno=True)


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _sysctl(name, value):
    with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
        file.write(str(value))


def quiet_defaults():
    """New devices of this namespace send nothing on their own."""
    for name in ("all", "default"):
        _sysctl(f"ipv6/conf/{name}/disable_ipv6", 1)


class Namespace:
    """A named network namespace (ip netns exec NAME works)."""

    def __init__(self, name):
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
        self.links = self.enter(Links)
        self.enter(quiet_defaults)

    def enter(self, function, *args):
        """Call a function in this namespace; sockets made there stay there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _setns(self.fd)
        try:
            return function(*args)
        finally:
            _setns(home)
            os.close(home)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words, check=True, timeout=60):
        return subprocess.run(self.command(*words), check=check, capture_output=True, text=True,
                              timeout=timeout)

    def delete(self):
        """Delete it, if that was not done before."""
        if self.fd is None:
            return
        self.links.close()
        os.close(self.fd)
        self.fd = None
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


class Wire:
    """A packet socket on a device: sends frames and receives what the device
    received, byte for byte.

    The kernel takes the outer VLAN tag off what it receives; the tag comes as
    auxiliary data, and is put back here.
    """

    def __init__(self, device, protocol=ETH_P_ALL, buffer=8 << 20):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
        self.sock.bind((device, protocol))

    def send(self, frame):
        self.sock.send(frame)

    def take(self):
        """The next frame, or None where none is there now."""
        try:
            data, extra, _, _ = self.sock.recvmsg(65600, 64, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError as error:
            # told once that the device went down; what came before is still there
            if error.errno != errno.ENETDOWN:
                raise
            return self.take()
        for level, kind, raw in extra:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                data = self._with_tag(data, raw)
        return data

    @staticmethod
    def _with_tag(data, raw):
        status, _, _, _, _, tci, tpid = AUXDATA.unpack(raw[:AUXDATA.size])
        if not status & TP_STATUS_VLAN_VALID:
            return data
        if not status & TP_STATUS_VLAN_TPID_VALID:
            tpid = 0x8100
        return data[:12] + struct.pack("!HH", tpid, tci) + data[12:]

    def take_all(self):
        frames = []
        while (frame := self.take()) is not None:
            frames.append(frame)
        return frames

    def receive(self, seconds=20):
        """The next frame; None where none comes in time."""
        deadline = time.monotonic() + seconds
        while (frame := self.take()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select([self.sock], [], [], left)
        return frame

    def close(self):
        self.sock.close()
