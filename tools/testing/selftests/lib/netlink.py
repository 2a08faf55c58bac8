# SPDX-License-Identifier: GPL-2.0
"""Netlink: this project's families through the kernel's own ynl library, raw
requests for bad input, and the few rtnetlink requests that tests need.

rtnetlink is spoken here rather than through ip(8), because starting a process
is slow in an emulated machine and tests change thousands of devices.
"""

import errno
import os
import socket
import struct
import sys

import yaml

from tree import SPECS, linux_source

SPEC = os.path.join(SPECS, "vswitch.yaml")
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33     # not in the socket module


def _import_ynl():
    # ynl parses its spec with the pure python loader: a second in emulation
    yaml.safe_load = lambda stream: yaml.load(stream, yaml.CSafeLoader)
    sys.path.insert(0, os.path.join(linux_source(), "tools/net/ynl"))
    from lib import ynl as module  # pylint: disable=import-outside-toplevel,import-error
    return module


ynl = _import_ynl()
Nl = ynl.Netlink
NlError = ynl.NlError


class Refused(Exception):
    """The kernel refused: error is an errno, text its extack message."""

    def __init__(self, error, extack):
        self.error = error
        self.extack = extack or {}
        self.text = self.extack.get("msg", "")
        super().__init__(f"{errno.errorcode.get(error, error)}: {self.extack}")


def attr(kind, payload=b"", nested=False):
    """One attribute, raw."""
    if nested:
        kind |= Nl.NLA_F_NESTED
    return struct.pack("HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def u8(kind, value):
    return attr(kind, struct.pack("B", value))


def u16(kind, value):
    return attr(kind, struct.pack("H", value))


def u32(kind, value):
    return attr(kind, struct.pack("I", value))


def strz(kind, text):
    raw = text if isinstance(text, bytes) else text.encode()
    return attr(kind, raw + b"\0")


class Socket:
    """A netlink socket that sends one request and reads its answer."""

    def __init__(self, protocol, buffer=1 << 20):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.sock.setsockopt(Nl.SOL_NETLINK, Nl.NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(Nl.SOL_NETLINK, Nl.NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(Nl.SOL_NETLINK, Nl.NETLINK_GET_STRICT_CHK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        self.sock.settimeout(60)
        self.sequence = 0

    def request(self, kind, body, flags=0):
        """Send; return the messages of the answer, or raise Refused."""
        self.sequence += 1
        flags |= Nl.NLM_F_REQUEST | Nl.NLM_F_ACK
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind, flags, self.sequence, 0) + body)
        answer = []
        while True:
            for message in ynl.NlMsgs(self.sock.recv(1 << 18)):
                if message.nl_seq != self.sequence:
                    continue
                if message.error:
                    raise Refused(-message.error, message.extack)
                if message.done:
                    return answer
                answer.append(message)

    def close(self):
        self.sock.close()


class Family:
    """A netlink family of this project, through ynl: do("port-set", switch=3, id=1, ...),
    where _ stands for - in names."""

    def __init__(self, name, seconds=60):
        ynl.genl_family_name_to_id = None   # the module may have been loaded anew since
        self.ynl = ynl.YnlFamily(os.path.join(SPECS, f"{name}.yaml"), "")
        self.ynl.sock.settimeout(seconds)

    def close(self):
        self.ynl.sock.close()

    def do(self, command, **attributes):
        return self._ask(self.ynl.do, command, attributes)

    def dump(self, command, **attributes):
        return self._ask(self.ynl.dump, command, attributes)

    def _ask(self, how, command, attributes):
        try:
            return how(command, dashes(attributes))
        except NlError as error:
            raise Refused(error.error, error.nl_msg.extack) from None


class Vswitch(Family):
    """The vswitch family, with raw requests too."""

    def __init__(self):
        super().__init__("vswitch")
        # A txn of thousands of addresses is one message.
        self.ynl.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
        self.family = self.ynl.nlproto.family_id
        self.raw_socket = Socket(Nl.NETLINK_GENERIC)

    def close(self):
        super().close()
        self.raw_socket.close()

    def subscribe(self, *groups):
        """Another client that hears the notifications of these groups."""
        return Listener(groups)

    def raw(self, command, body, flags=0, sock=None):
        """Send attributes as raw bytes; command is a name or a number."""
        number = command if isinstance(command, int) else self.ynl.ops[command].req_value
        return (sock or self.raw_socket).request(
            self.family, struct.pack("BBH", number, 1, 0) + body, flags)

    def number(self, attribute_set, name):
        """Number of an attribute."""
        return self.ynl.attr_sets[attribute_set][name].value


class Listener:
    """Receives notifications: take() returns what is there now."""

    def __init__(self, groups):
        self.family = ynl.YnlFamily(SPEC, "")
        sock, protocol = self.family.sock, self.family.nlproto
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        sock.bind((0, 0))
        for group in groups:
            number = protocol.get_mcast_id(group, self.family.mcast_groups)
            sock.setsockopt(Nl.SOL_NETLINK, Nl.NETLINK_ADD_MEMBERSHIP, number)

    def take(self):
        """[(name, attributes)] so far.  The kernel queues notifications
        before it acknowledges the change, so no waiting is needed."""
        self.family.check_ntf()
        queue, self.family.async_msg_queue = self.family.async_msg_queue, []
        return [(entry["name"], entry["msg"]) for entry in queue]

    def close(self):
        self.family.sock.close()


def dashes(value):
    """Python names to spec names, addresses to bytes, all the way down."""
    if isinstance(value, dict):
        return {key.replace("_", "-"): _mac_values(key, dashes(entry))
                for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [dashes(entry) for entry in value]
    return value


def _mac_values(key, value):
    if key not in ("mac", "effective_mac", "effective-mac"):
        return value
    if isinstance(value, list):
        return [_mac_values(key, entry) for entry in value]
    return bytes.fromhex(value.replace(":", "")) if isinstance(value, str) else value


# rtnetlink: numbers from linux/rtnetlink.h and linux/if_link.h
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER = 1, 3, 4, 5, 10
IFLA_LINKINFO, IFLA_GROUP, IFLA_NET_NS_FD = 18, 27, 28
IFLA_INFO_KIND, IFLA_INFO_DATA = 1, 2
VETH_INFO_PEER = 1
IFF_UP, IFF_NOARP = 0x1, 0x80
GROUP = 77      # of the devices that a test makes: deleted in one request


def _ifinfo(index=0, flags=0, change=0):
    return struct.pack("BxHiII", 0, 0, index, flags, change)


class Links:
    """Network devices of the namespace in which this was made."""

    def __init__(self):
        self.socket = Socket(socket.NETLINK_ROUTE)
        self.group = GROUP

    def close(self):
        self.socket.close()

    def _new(self, name, kind, data=b"", extra=b"", flags=0):
        info = strz(IFLA_INFO_KIND, kind)
        if data:
            info += attr(IFLA_INFO_DATA, data, nested=True)
        body = _ifinfo(0, flags, flags) + strz(IFLA_IFNAME, name) + u32(IFLA_GROUP, self.group) + \
            extra + attr(IFLA_LINKINFO, info, nested=True)
        self.socket.request(RTM_NEWLINK, body, Nl.NLM_F_CREATE | Nl.NLM_F_EXCL)

    def index(self, name):
        """ifindex of a device of this namespace."""
        answer = self.socket.request(RTM_GETLINK, _ifinfo() + strz(IFLA_IFNAME, name))
        return struct.unpack_from("i", answer[0].raw, 4)[0]

    def add(self, name, kind, link=None, mtu=None, address=None, up=False):
        extra = b""
        if link is not None:
            extra += u32(IFLA_LINK, link)
        if mtu is not None:
            extra += u32(IFLA_MTU, mtu)
        if address is not None:
            extra += attr(IFLA_ADDRESS, bytes.fromhex(address.replace(":", "")))
        self._new(name, kind, extra=extra, flags=IFF_UP if up else 0)
        return self.index(name)

    def add_veth(self, name, peer, peer_netns_fd=None, mtu=None):
        extra = u32(IFLA_MTU, mtu) if mtu else b""
        far = _ifinfo() + strz(IFLA_IFNAME, peer) + extra
        if peer_netns_fd is not None:
            far += u32(IFLA_NET_NS_FD, peer_netns_fd)
        self._new(name, "veth", attr(VETH_INFO_PEER, far, nested=True), extra)
        return self.index(name)

    def set(self, name, up=None, arp=None, mtu=None, master=None, address=None, new_name=None,
            netns_fd=None):
        """Change a device; master 0 takes it out."""
        flags = change = 0
        body = b""
        if up is not None:
            change |= IFF_UP
            flags |= IFF_UP if up else 0
        if arp is not None:
            change |= IFF_NOARP
            flags |= 0 if arp else IFF_NOARP
        if mtu is not None:
            body += u32(IFLA_MTU, mtu)
        if master is not None:
            body += u32(IFLA_MASTER, master)
        if address is not None:
            body += attr(IFLA_ADDRESS, bytes.fromhex(address.replace(":", "")))
        if netns_fd is not None:
            body += u32(IFLA_NET_NS_FD, netns_fd)
        if new_name is not None:
            # named by index then: a name in the request is the new one
            self.socket.request(RTM_NEWLINK, _ifinfo(self.index(name), flags, change) + body +
                                strz(IFLA_IFNAME, new_name))
            return
        self.socket.request(RTM_NEWLINK, _ifinfo(0, flags, change) + strz(IFLA_IFNAME, name) + body)

    def delete(self, name):
        self.socket.request(RTM_DELLINK, _ifinfo() + strz(IFLA_IFNAME, name))

    def delete_group(self):
        """Delete every device of the group; none is fine too."""
        try:
            self.socket.request(RTM_DELLINK, _ifinfo() + u32(IFLA_GROUP, self.group))
        except Refused as refused:
            if refused.error not in (errno.ENODEV, errno.EINVAL):
                raise
