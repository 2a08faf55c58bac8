#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.12
"""vsctl under the name ovs-vsctl: what libvirt, Proxmox VE, LXC and ifupdown2 call, word by word.

The calls are those of
  libvirt 9.0.0 (Debian 12) and 11.3.0 (its backports), src/util/virnetdevopenvswitch.c
  Proxmox VE 9, libpve-common-perl 9.2.1, src/PVE/Network.pm
  ifupdown2 3.0.0 (Debian 12) and 3.9.0, ifupdown2/addons/openvswitch.py, openvswitch_port.py
"""

import fcntl
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import Failure, Skip, contains, diag, equal, run, test, wait_for
from vsctl import Devices, do, one, show

MAC, OTHER = "52:54:00:12:34:56", "bc:24:11:00:00:01"
IFACE, VM = "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f", "c7a5fdbd-edaf-9455-926a-d65c16db1809"
PVE = pathlib.Path("/etc/pve/nodes/here")

CONFIG = """
switches:
- name: vs0
  portgroups:
  - {name: VM Network}
  - {name: prod, vlan: 10}
  - {name: dev, vlan: 20}
  - {name: guests tag, trunk: '0,10,20-29'}
  - {name: twin, vlan: 30}
  - {name: other twin, vlan: 30}
  - {name: learns, vlan: 40, learning: {}}
"""


class Front(Devices):
    """The front, a switch, and a tap as libvirt makes it"""

    def __init__(self):
        subprocess.run(["modprobe", "tun"], check=True)
        super().__init__(0)
        self.folder = tempfile.mkdtemp()
        self.front = os.path.join(self.folder, "ovs-vsctl")
        os.symlink(shutil.which("vsctl"), self.front)
        do("apply", "-f", "-", text=CONFIG)
        self.tap("vnet0")

    def __exit__(self, *unused):
        for name in os.listdir("/sys/class/net"):
            if name.startswith(("vnet", "tap", "veth", "bond7")):
                subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)
        shutil.rmtree("/etc/pve", ignore_errors=True)
        shutil.rmtree(self.folder)
        super().__exit__()

    @staticmethod
    def tap(name):
        subprocess.run(["ip", "tuntap", "add", name, "mode", "tap"], check=True)

    def call(self, *words):
        return subprocess.run([self.front, *words], capture_output=True, text=True, check=False,
                              timeout=60)

    def do(self, *words):
        done = self.call(*words)
        equal((done.returncode, done.stderr), (0, ""), f"ovs-vsctl {' '.join(words)}")
        return done.stdout

    def refused(self, *words, says):
        """It fails, says these, and changes nothing."""
        self.unchanged(self.fails, *words, says=says)

    def fails(self, *words, says):
        done = self.call(*words)
        equal((done.returncode, done.stdout), (1, ""), f"ovs-vsctl {' '.join(words)}")
        for part in says:
            contains(done.stderr, part, f"what ovs-vsctl {' '.join(words)} says")


def port(device, *keys):
    found = one("port", "show", "vs0", device)
    return [found[key] for key in keys]


def no_alias(device):
    """It holds external ids no more."""
    alias = pathlib.Path(f"/sys/class/net/{device}/ifalias").read_text(encoding="utf-8")
    equal(alias.strip(), "", f"alias of {device}")


def devices():
    return [row["device"] for row in show("port", "show", "vs0")]


def ids(*more):
    """Of virNetDevOpenvswitchAddPort()"""
    words = []
    for pair in (f'attached-mac="{MAC}"', f'iface-id="{IFACE}"', f'vm-id="{VM}"', *more,
                 "iface-status=active"):
        words += ["--", "set", "Interface", "vnet0", f"external-ids:{pair}"]
    return words


ADD = ("--timeout=5", "--", "--may-exist", "add-port", "vs0", "vnet0")
PROFILE = ('port-profile="VM Network"', 'ifname="vnet0"')


@test
def libvirt_adds(front):
    """A profile, a VLAN, a trunk; libvirt 11 says that the port is transient."""
    cases = (((), PROFILE, "VM Network"), (("tag=10",), (), "prod"),
             ((), (), "VM Network"), (("trunk=0,10,20,21,22,23,24,25,26,27,28,29",), (),
                                      "guests tag"),
             (("tag=10",), ('port-profile="prod"', 'ifname="vnet0"'), "prod"))
    newer = ("--", "set", "Port", "vnet0", "other_config:transient=true")
    for between, (vlan, profile, group) in zip((newer, (), newer, (), ()), cases):
        front.do(*ADD, *vlan, *between, *ids(*profile))
        equal(port("vnet0", "portgroup", "mac", "inactive", "inactive_auto"),
              [group, [MAC], True, True], f"port with {vlan} {profile}")
        if profile:
            front.do(*ADD, *vlan, *between, *ids(*profile))     # --may-exist
        front.do("--timeout=5", "--", "--if-exists", "del-port", "vnet0")
    equal(devices(), [], "ports")
    front.do("--timeout=5", "--", "--if-exists", "del-port", "vnet0")


@test
def libvirt_asks(front):
    """virNetDevOpenvswitchInterfaceStats(), ...GetMaster(), ...GetVhostuserIfname()"""
    stats = ("--timeout=5", "--if-exists", "--format=list", "--data=json", "--no-headings",
             "--columns=statistics", "list", "Interface", "vnet0")
    equal(front.do(*stats), "", "statistics of no port")
    front.refused("--timeout=5", "iface-to-br", "vnet0", says=["vnet0"])
    front.refused("--timeout=5", "get", "Interface", "vnet0", "name", says=["vnet0"])
    equal(front.do("--timeout=5", "--no-headings", "--columns=name", "find", "Interface",
                   "options:vhost-server-path=/run/vhost0"), "", "vhost-user")
    front.do(*ADD, *ids(*PROFILE))
    equal(front.do("--timeout=5", "iface-to-br", "vnet0"), "vs0\n", "switch")
    equal(front.do("--timeout=5", "get", "Interface", "vnet0", "name"), "vnet0\n", "name")
    kind, pairs = json.loads(front.do(*stats))
    counters = dict(pairs)
    equal((kind, sorted(counters)),
          ("map", [f"{way}_{what}" for way in ("rx", "tx")
                   for what in ("bytes", "dropped", "errors", "packets")]), "statistics")
    with open(os.open("/dev/net/tun", os.O_RDWR), "r+b", buffering=0) as guest:
        fcntl.ioctl(guest, 0x400454ca, struct.pack("16sH22x", b"vnet0", 0x1002))
        guest.write(b"\xff" * 6 + bytes.fromhex(MAC.replace(":", "")) + b"\x08\x06" + bytes(50))
        counters = dict(json.loads(front.do(*stats))[1])
    equal((counters["rx_packets"], counters["rx_bytes"], counters["tx_packets"]), (1, 64, 0),
          "after a frame of the guest")
    equal(front.do("get", "Interface", "vnet0", "statistics:rx_packets"), "1\n", "one of them")


@test
def libvirt_migrates(front):
    """virNetDevOpenvswitchGetMigrateData(), ...SetMigrateData(): nothing, and what was set"""
    ask = ("--timeout=5", "--if-exists", "get", "Interface", "vnet0", "external_ids:PortData")
    equal(front.do(*ask), "", "data of no port")
    front.do(*ADD, *ids(*PROFILE))
    equal(front.do(*ask), "", "no data")
    front.refused(*(word for word in ask if word != "--if-exists"), says=["PortData"])
    for data in "", "word", "two words", 'with "quotes"':
        front.do("--timeout=5", "set", "Interface", "vnet0",
                 f"external_ids:PortData={json.dumps(data) if data else ''}")
        got = front.do(*ask)
        equal(json.loads(got) if got[0] == '"' else got, data if data != "word" else "word\n",
              "data")
        front.do("--timeout=5", "set", "Interface", "vnet0", f"external_ids:PortData={got[:-1]}")
        equal(front.do(*ask), got, "data, given back")
    equal(front.do("get", "Interface", "vnet0", "external_ids:vm-id").strip('"\n'), VM, "VM")
    front.refused("set", "Interface", "vnet0", f"external_ids:PortData={'x' * 300}",
                  says=["vnet0", "255"])
    front.do("--timeout=5", "--", "--if-exists", "del-port", "vnet0")
    no_alias("vnet0")


@test
def libvirt_changes(front):
    """virNetDevOpenvswitchUpdateVlan(), and the calls that bandwidth makes"""
    front.do(*ADD, "tag=10", *ids())
    update = ["--timeout=5"]
    for column in "tag", "trunk", "vlan_mode":
        update += ["--", "--if-exists", "clear", "Port", "vnet0", column]
    front.do(*update, "--", "--if-exists", "set", "Port", "vnet0", "tag=20")
    equal(port("vnet0", "portgroup", "mac"), ["dev", [MAC]], "another VLAN")
    front.do(*update)
    equal(port("vnet0", "portgroup"), ["VM Network"], "no VLAN")
    for table in "queue", "qos":
        equal(front.do("--timeout=5", "--no-heading", "--columns=_uuid", "find", table,
                       f'external-ids:vm-id="{VM}"', 'external-ids:ifname="vnet0"'), "", table)
    front.do("--timeout=5", "set", "Interface", "vnet0", "ingress_policing_rate=0",
             "ingress_policing_burst=0")
    front.refused("--timeout=5", "set", "Interface", "vnet0", "ingress_policing_rate=8000",
                  says=["ingress_policing_rate", "shaping-ingress"])
    front.refused("--timeout=5", "set", "port", "vnet0", "qos=@qos1", f'external-ids:vm-id="{VM}"',
                  "--", "--id=@qos1", "create", "qos", "type=linux-htb", says=["qos", "shaping"])


def pve(front, bridge, device, *columns, internal=False):
    """$ovs_bridge_add_port of PVE::Network"""
    words = ["--", "add-port", bridge, device, *columns,
             "--", "set", "Interface", device, "mtu_request=1500"]
    front.do(*words, *(["--", "set", "Interface", device, "type=internal"] if internal else []))


def pve_config(kind, text):
    (PVE / kind).mkdir(parents=True, exist_ok=True)
    (PVE / kind / "100.conf").write_text(text, encoding="ascii")


@test
def proxmox(front):
    """is_ovs_bridge(), tap_plug(), tap_unplug(); the address is in the guest's file."""
    equal((front.call("br-exists", "vs0").returncode, front.call("br-exists", "vmbr0").returncode),
          (0, 2), "br-exists")
    front.tap("tap100i0")
    equal(front.call("del-port", "tap100i0").returncode, 1, "what is not there")
    front.refused("--", "add-port", "vs0", "tap100i0", "tag=10", says=["tap100i0", "MAC"])
    pve_config("qemu-server", f"name: web\nnet0: virtio={OTHER.upper()},bridge=vs0,tag=10\n"
               f"net1: virtio={MAC},bridge=vs0\n[before]\nnet0: e1000={MAC},bridge=vs0\n")
    pve(front, "vs0", "tap100i0", "tag=10")
    equal(port("tap100i0", "portgroup", "mac", "inactive_auto", "mtu"),
          ["prod", [OTHER], True, 1500], "port of a VM")
    front.do("del-port", "tap100i0")
    pve(front, "vs0", "tap100i0", "trunks=0,10,20-29")
    equal(port("tap100i0", "portgroup"), ["guests tag"], "trunks")
    front.do("del-port", "tap100i0")
    pve_config("qemu-server", f"net0: virtio={OTHER}\n[PENDING]\nnet0: virtio={MAC}\n")
    pve(front, "vs0", "tap100i0")
    equal(port("tap100i0", "portgroup", "mac"), ["VM Network", [MAC]], "hot-plugged")
    front.refused("--", "add-port", "vs0", "vnet0", "tag=10", "trunks=20", "vlan_mode=native-untagged",
                  says=["tag 10", "trunks 20"])


@test
def proxmox_firewall_and_containers(front):
    """An internal port is a VMkernel adapter, which has the guest's address too."""
    pve_config("qemu-server", f"net0: virtio={OTHER},bridge=vs0,firewall=1\n")
    pve(front, "vs0", "fwln100o0", "tag=10", internal=True)
    own, guest = port("fwln100o0", "mac")[0]
    equal((guest, port("fwln100o0", "portgroup", "kind")), (OTHER, ["prod", "vmknic"]), "firewall")
    subprocess.run("ip link add vethbr type bridge; ip link set fwln100o0 master vethbr", shell=True,
                   check=True)
    front.do("del-port", "fwln100o0")
    equal((os.path.exists("/sys/class/net/fwln100o0"), own == guest), (False, False), "afterwards")
    pve_config("lxc", f"net0: name=eth0,bridge=vs0,hwaddr={MAC},type=veth\n")
    (PVE / "qemu-server/100.conf").unlink()
    subprocess.run(["ip", "link", "add", "veth100i0", "type", "veth", "peer", "vethguest"], check=True)
    pve(front, "vs0", "veth100i0", "tag=10")
    equal(port("veth100i0", "portgroup", "mac", "inactive"), ["prod", [MAC], False], "container")
    subprocess.run(["ip", "link", "add", "vethother", "type", "veth", "peer", "vethpeer"], check=True)
    front.do("add-port", "vs0", "vethother", "tag=40")
    equal(port("vethother", "portgroup", "mac"), ["learns", []], "a group that learns addresses")


BRIDGE_COLUMNS = ("auto_attach controller external-ids fail_mode flood_vlans ipfix mirrors netflow "
                  "other_config protocols sflow").split()
PORT_COLUMNS = ("bond_active_slave bond_mode cvlans external_ids lacp mac other_config qos tag "
                "trunks vlan_mode").split()
INTERFACE_COLUMNS = "mtu_request external-ids other_config options".split()


def ifupdown2_port(front, bridge, name, *more):
    """openvswitch_port._addport()"""
    front.do("--", "--may-exist", "add-port", bridge, name,
             "--", "--if-exists", "clear", "port", name, *PORT_COLUMNS,
             "--", "--if-exists", "clear", "interface", name, *INTERFACE_COLUMNS, *more)


@test
def ifupdown2(front):
    """A bridge, an OVSPort that is a NIC, an OVSIntPort; up, reloaded, down."""
    subprocess.run(["ip", "link", "add", "bond7", "type", "bond"], check=True)
    for _ in range(2):
        front.do("--", "--may-exist", "add-br", "vs1")
        ifupdown2_port(front, "vs1", "bond7")
        do("portgroup", "replace", "vs1", "storage", "vlan", "50")
        ifupdown2_port(front, "vs1", "vmk5", "--", "set", "Port", "vmk5", "tag=50",
                       "--", "set", "Interface", "vmk5", "type=internal",
                       "--", "set", "Interface", "vmk5", "mtu_request=1400")
        equal((one("uplink", "show", "vs1")["device"], one("vmk", "show", "vs1")["portgroup"],
               one("vmk", "show", "vs1")["mtu"]), ("bond7", "storage", 1400), "ports")
    equal(sorted(front.do("list-ports", "vs1").split()), ["bond7", "vmk5"], "list-ports")
    front.do("--", "--may-exist", "add-br", "vs1",
             "--", "--if-exists", "del-port", "vs1", "vmk5",
             "--", "--if-exists", "clear", "bridge", "vs1", *BRIDGE_COLUMNS,
             "--", "--if-exists", "clear", "interface", "vs1", *INTERFACE_COLUMNS,
             "--", "set", "Interface", "vs1", "mtu_request=9000")
    equal((one("switch", "show", "vs1")["mtu"], front.do("list-ports", "vs1")), (9000, "bond7\n"),
          "the bridge, reloaded")
    front.refused("--", "--may-exist", "add-port", "vs1", "bond7", "--", "set", "Port", "bond7",
                  "tag=5", says=["bond7", "uplink"])
    front.refused("--", "--may-exist", "--fake-iface", "add-bond", "vs1", "b", "eth0", "eth1",
                  says=["--fake-iface"])
    front.do("--", "--if-exists", "del-port", "vs1", "bond7")
    front.do("--", "del-br", "vs1")
    equal([row["name"] for row in show("switch")], ["vs0"], "switches")


@test
def one_call(front):
    """del-port and add-port of the same device, as scripts have it"""
    front.do(*ADD, "tag=10", *ids())
    front.do("--timeout=5", "--", "--if-exists", "del-port", "vnet0", "--", "add-port", "vs0",
             "vnet0", "tag=20", *ids())
    equal(port("vnet0", "portgroup"), ["dev"], "port group")
    front.refused("add-port", "vs0", "vnet0", says=["vnet0", "already"])
    do("switch", "add", "vs1")
    front.refused("--may-exist", "add-port", "vs1", "vnet0", says=["vnet0", "vs0", "vs1"])
    front.refused("del-port", "vs1", "vnet0", says=["vnet0", "vs0", "vs1"])


@test
def refusals(front):
    """What means nothing here, or not one thing, is an error; nothing is done by halves."""
    front.unchanged(refuse_all, front)
    no_alias("vnet0")


def refuse_all(front):
    mac = ("--", "set", "Interface", "vnet0", f'external-ids:attached-mac="{MAC}"')
    for words, says in (
            (["add-port", "vs0", "vnet0", "tag=11", *mac],
             ["vlan 11", "vsctl portgroup add vs0 NAME vlan 11", "profileid"]),
            (["add-port", "vs0", "vnet0", "tag=30", *mac], ["2 port groups", "twin, other twin"]),
            (["add-port", "vs0", "vnet0", "trunks=1,2", *mac], ["trunk 1-2"]),
            (["add-port", "vs0", "vnet0", "tag=10", "vlan_mode=native-tagged", *mac],
             ["vlan_mode native-tagged", "access"]),
            (["add-port", "vs0", "vnet0", "tag=4095", *mac], ["tag 4095", "4094"]),
            (["add-port", "vs0", "vnet0", "tag=20", *mac, "--", "set", "Interface", "vnet0",
              'external-ids:port-profile="prod"'], ["'prod'", "vlan 20"]),
            (["add-port", "vs0", "vnet0", *mac, "--", "set", "Interface", "vnet0",
              'external-ids:port-profile="nowhere"'], ["port-profile 'nowhere'"]),
            (["add-port", "vs0", "vnet0", "tag=10", *mac, "--", "set", "Interface", "vnet0",
              f"external-ids:PortData={'x' * 300}"], ["vnet0", "255"]),
            (["add-port", "vs0", "vnet0", "tag=10"], ["vnet0", "attached-mac"]),
            (["add-port", "vs9", "vnet0", *mac], ["vs9"]),
            (["add-port", "vs0", "nothing", "tag=10", "--", "set", "Interface", "nothing",
              f"external-ids:attached-mac={MAC}"], ["nothing"]),
            (["add-port", "vs0"], ["add-port BRIDGE PORT"]),
            (["add-port", "vs0", "vnet0", *mac, "--", "set", "Interface", "vnet0", "type=vxlan"],
             ["type vxlan"]),
            (["add-port", "vs0", "vnet0", *mac, "--", "set", "Interface", "vnet0",
              "external-ids:other=1"], ["external id other=1"]),
            (["set", "Interface", "vnet0", "mtu_request=1400"], ["no port is named vnet0"]),
            (["set", "Interface", "vnet0", 'external-ids:vm-id="open'], ["quotes"]),
            (["set", "Interface", "vnet0", "external-ids=1"], ["with a key"]),
            (["set", "Port", "vnet0", "tag:1=1"], ["without a key"]),
            (["set", "Flow", "x", "y=1"], ["table 'Flow'"]),
            (["set", "bridge", "vs0", "stp_enable=true"], ["stp_enable"]),
            (["set", "bridge", "vs0", "fail_mode=secure"], ["fail_mode"]),
            (["list", "Bridge", "vs0"], ["--columns=statistics"]),
            (["list-br"], ["list-br"]), (["show"], ["show"]), ([], ["command is missing"]),
            (["--may-exist"], ["no command"]), (["--may-exist", "br-exists", "vs0"], ["option"]),
            (["iface-to-br", "vnet0", "--", "iface-to-br", "vnet0"], ["alone"]),
            (["--db=x", "br-exists", "vs0"], ["--db=x"]),
            (["--timeout=x", "br-exists", "vs0"], ["--timeout"]),
            (["add-port", "vs0", "vnet0", "tag=10", "--", "set", "Interface", "vnet0",
              f"external-ids:vm-id={VM}"], ["vnet0", "attached-mac"])):
        front.fails(*words, says=says)


QEMU_CONF = """
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
"""

NETWORK = """
<network><name>vs0</name><forward mode='bridge'/><bridge name='vs0'/>
<virtualport type='openvswitch'/>
<portgroup name='prod'><virtualport type='openvswitch'><parameters profileid='prod'/>
</virtualport></portgroup></network>
"""

BY_BRIDGE = f"""
<interface type='bridge'><source bridge='vs0'/><mac address='{MAC}'/><model type='e1000'/>
<virtualport type='openvswitch'><parameters profileid='VM Network'/></virtualport></interface>
"""

BY_NETWORK = """
<interface type='network'><source network='vs0' portgroup='prod'/>
<mac address='52:54:00:12:34:57'/><model type='e1000'/></interface>
"""

DOMAIN = f"""
<domain type='qemu'><name>web</name><uuid>{VM}</uuid><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
<devices>{BY_BRIDGE}</devices></domain>
"""


class Libvirt:
    """A libvirtd that finds our front first"""

    def __init__(self, front):
        self.front = front
        # what libvirt-daemon-system would have made; without it, the driver does not start
        subprocess.run(["useradd", "--system", "--user-group", "libvirt-qemu"], check=False,
                       capture_output=True)
        pathlib.Path("/etc/libvirt").mkdir(exist_ok=True)
        pathlib.Path("/etc/libvirt/qemu.conf").write_text(QEMU_CONF, encoding="ascii")
        self.start()

    def start(self):
        self.log = open(f"{self.front.folder}/log", "a+b")  # pylint: disable=consider-using-with
        self.daemon = subprocess.Popen(     # pylint: disable=consider-using-with
            ["libvirtd"], stdout=self.log, stderr=self.log,
            env={**os.environ, "PATH": f"{self.front.folder}:{os.environ['PATH']}"})
        try:
            wait_for(lambda: self.call("uri").returncode == 0, "libvirtd", seconds=60, every=0.5)
        except Failure:
            diag(pathlib.Path(self.log.name).read_text(encoding="utf-8"))
            raise

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.log.close()

    @staticmethod
    def call(*words):
        return subprocess.run(["virsh", "-q", "-c", "qemu:///system", *words], check=False,
                              capture_output=True, text=True, timeout=300)

    def do(self, *words, text=None):
        """The text goes into a file, whose name is the last word."""
        if text:
            path = f"{self.front.folder}/{words[0]}.xml"
            pathlib.Path(path).write_text(text, encoding="ascii")
            words += (path,)
        done = self.call(*words)
        equal((done.returncode, done.stderr), (0, ""), f"virsh {' '.join(words)}")
        return done.stdout


@test
def real_libvirt(front):
    """A guest on two port groups: by bridge, and hot-plugged by network; libvirtd restarts."""
    if not os.environ.get("SOAK"):
        raise Skip("emulated, it takes a minute: SOAK=1")
    if not shutil.which("libvirtd") or not shutil.which("virsh"):
        raise Skip("missing tools: libvirtd, virsh")
    subprocess.run(["ip", "link", "del", "vnet0"], check=True)
    libvirt = Libvirt(front)
    try:
        libvirt.do("net-create", text=NETWORK)
        libvirt.do("create", text=DOMAIN)
        equal(port("vnet0", "portgroup", "mac", "inactive_auto"), ["VM Network", [MAC], True],
              "port of the guest")
        libvirt.stop()
        libvirt.start()
        libvirt.do("attach-device", "web", text=BY_NETWORK)
        equal(port("vnet1", "portgroup", "mac"), ["prod", ["52:54:00:12:34:57"]], "hot-plugged")
        equal([line.split() for line in libvirt.do("domiflist", "web").splitlines()],
              [["vnet0", "bridge", "vs0", "e1000", MAC],
               ["vnet1", "bridge", "vs0", "e1000", "52:54:00:12:34:57"]], "domiflist")
        for device in "vnet0", "vnet1":
            contains(libvirt.do("domifstat", "web", device), f"{device} rx_packets", "domifstat")
        equal(libvirt.call("domiftune", "web", "vnet0", "--inbound", "1000").returncode, 1,
              "a bandwidth")
        libvirt.do("destroy", "web")
        equal(devices(), [], "ports afterwards")
    finally:
        libvirt.call("destroy", "web")
        libvirt.stop()


run(Front)
