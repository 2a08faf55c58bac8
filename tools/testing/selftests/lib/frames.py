# SPDX-License-Identifier: GPL-2.0
"""Build Ethernet frames, and say in words what is in one."""

import itertools
import struct

BROADCAST = "ff:ff:ff:ff:ff:ff"
ETH_VLAN = 0x8100
ETH_QINQ = 0x88a8
ETH_IPV4 = 0x0800
ETH_ARP = 0x0806
ETH_LLDP = 0x88cc
ETH_TEST = 0x88b5       # IEEE local experimental: a frame of a test
ETH_SENTINEL = 0x88b6   # the other one: a sentinel
SHORTEST = 60
STRANGER = "02:bb:00:00:00:01"     # an address that no port has

_serial = itertools.count(1)


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(raw):
    return raw.hex(":")


def mac(number, prefix="02:00:00"):
    """The number-th test address, locally administered unicast."""
    return f"{prefix}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def tag(vid, pcp=0, dei=0, tpid=ETH_VLAN):
    """A VLAN tag: TPID and TCI, as they stand before the ethertype."""
    return struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vid)


def eth(dst, src, payload=None, tags=b"", ethertype=ETH_TEST, length=None):
    """A frame.  Without payload it holds a serial number, so that no two
    frames are alike; length is without tags and padded with a pattern."""
    if payload is None:
        payload = struct.pack("!Q", next(_serial)) + b"vsuite test frame"
    missing = max(length or SHORTEST, SHORTEST) - 14 - len(payload)
    pattern = bytes(i & 255 for i in range(max(missing, 0)))
    return mac_bytes(dst) + mac_bytes(src) + tags + struct.pack("!H", ethertype) + payload + pattern


def retag(frame, tags=b""):
    """The frame with its VLAN tags replaced by others."""
    return frame[:12] + tags + untagged_part(frame)


def tagged(frame, vid):
    """The frame with one VLAN tag instead of those that it has; VLAN 0 is none."""
    return retag(frame, tag(vid) if vid else b"")


def untagged_part(frame):
    """What comes after the addresses and all tags: ethertype and payload."""
    at = 12
    while struct.unpack_from("!H", frame, at)[0] in (ETH_VLAN, ETH_QINQ):
        at += 4
    return frame[at:]


def arp_request(src, sender_ip, target_ip):
    payload = struct.pack("!HHBBH", 1, ETH_IPV4, 6, 4, 1) + mac_bytes(src) + sender_ip + \
        bytes(6) + target_ip
    return eth(BROADCAST, src, payload, ethertype=ETH_ARP)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp(dst, src, data, src_ip=b"\x0a\0\0\x01", dst_ip=b"\x0a\0\0\x02", tags=b""):
    """An IPv4/UDP frame with a valid header checksum, UDP checksum off."""
    datagram = struct.pack("!HHHH", 7, 7, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), next(_serial) & 0xffff,
                       0, 64, 17, 0) + src_ip + dst_ip
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return eth(dst, src, head + datagram, tags, ETH_IPV4)


def describe(frame):
    """One line of summary, one of hex."""
    at, tags = 12, ""
    while len(frame) >= at + 4:
        kind, tci = struct.unpack_from("!HH", frame, at)
        if kind not in (ETH_VLAN, ETH_QINQ):
            break
        tags += f" tag {kind:04x} vid {tci & 4095} pcp {tci >> 13}"
        at += 4
    kind = struct.unpack_from("!H", frame, at)[0]
    return f"{mac_text(frame[6:12])} > {mac_text(frame[:6])}{tags} type {kind:04x}" \
        f" length {len(frame)}\n    {frame[:48].hex(' ', 2)}"
