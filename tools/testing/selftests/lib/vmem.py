# SPDX-License-Identifier: GPL-2.0
"""Guest memory: a mount of vmem, its files and counters, for one test."""

import contextlib
import ctypes
import errno
import glob
import mmap
import os
import signal
import subprocess
import threading
import time

import kmod
import ktap
from netlink import Family, Refused
from tree import PROGRAMS

PAGE = 4096
HUGE = 2 << 20
HUGE_PAGES = HUGE // PAGE
MOUNT = "/run/vmem"

PUNCH_HOLE, KEEP_SIZE = 2, 1
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, offset, length):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def module_count(name):
    """How many users a module has; None if it is not loaded."""
    with open("/proc/modules", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] == name:
                return int(words[2])
    return None


def sh(command):
    subprocess.run(["/bin/sh", "-ec", command], check=True)


def reclaim(api, inode, pages, *methods):
    """How many pages of a file were taken, in as many steps as it takes."""
    methods = set(methods) or {"split", "compress", "swap"}
    taken, reply = 0, {"more": 1, "seen": 0}
    while reply["more"] and taken < pages:
        reply = api.do("reclaim", id=inode, pages=pages - taken, methods=methods,
                       seen=reply["seen"])
        taken += reply["pages"]
    return taken


class File:
    """A file of vmem, open, and mapped where a test asks for it."""

    def __init__(self, vmem, name, size=None, kind=None):
        self.vmem, self.path = vmem, f"{MOUNT}/{name}"
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        self.id = os.fstat(self.fd).st_ino
        self.maps = []
        if kind:
            vmem.api.do("file-set", id=self.id, kind=kind)
        if size is not None:
            os.ftruncate(self.fd, size)

    def map(self, length=0, offset=0):
        self.maps.append(mmap.mmap(self.fd, length, mmap.MAP_SHARED, offset=offset))
        return self.maps[-1]

    def get(self):
        return self.vmem.api.do("file-get", id=self.id)

    def pages(self):
        """{state: pages}, no zeros."""
        return {name: count for name, count in self.get()["pages"].items() if count}

    def event(self, name):
        return self.get()["events"][name]

    def latency(self):
        return self.vmem.api.do("latency-get", id=self.id).get("faults", [])

    def faults(self):
        """{kind: faults}, no zeros."""
        return {fault["kind"]: sum(bucket["count"] for bucket in fault["bucket"])
                for fault in self.latency()}

    def punch(self, first, count):
        fallocate(self.fd, PUNCH_HOLE | KEEP_SIZE, first * PAGE, count * PAGE)

    def set(self, **attributes):
        self.vmem.api.do("file-set", id=self.id, **attributes)

    def reclaim(self, pages, *methods):
        return reclaim(self.vmem.api, self.id, pages, *methods)

    def swap_off(self):
        while self.vmem.api.do("swap-off", id=self.id)["left"]:
            pass

    def close(self):
        for one in self.maps:
            one.close()
        self.maps = []
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None


def end_children():
    """What a failed test has left running would keep the mount busy for all that follow."""
    for path in glob.glob("/proc/self/task/*/children"):
        with open(path, encoding="ascii") as file:
            for pid in map(int, file.read().split()):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


class Vmem:
    """The module, loaded and mounted; at the end all of it must go away."""

    modules = ("vmem",)
    # sampling would unmap what a test looks at, spare blocks take time to clear
    parameters = "sample_period=0 spare_blocks=0"

    def __init__(self):
        self.files = []
        self.families = []

    def __enter__(self):
        kmod.load("vmem", self.parameters)
        kmod.mount("vmem", MOUNT)
        self.api = self.family("vmem")
        return self

    def __exit__(self, *unused):
        end_children()
        for file in self.files:
            file.close()
        for family in self.families:
            family.close()
        kmod.unmount(MOUNT)
        # What is lost, the modules say as they are removed; the lab hears it.
        for name in reversed(self.modules):
            kmod.remove(name)

    def family(self, name):
        self.families.append(Family(name, 600))     # reclaim takes its time
        return self.families[-1]

    def file(self, name, size=None, kind=None):
        self.files.append(File(self, name, size, kind))
        return self.files[-1]


class Tps(Vmem):
    """The same, with tps: set() and get() are the scanner's."""

    modules = ("vmem", "tps")

    def __enter__(self):
        super().__enter__()
        kmod.load("tps")
        self.tps = self.family("tps")
        return self

    def __exit__(self, *unused):
        for file in self.files:
            file.close()
            if os.path.exists(file.path):
                os.unlink(file.path)
        super().__exit__(*unused)

    def set(self, **attributes):
        self.tps.do("scanner-set", **attributes)

    def get(self):
        return self.tps.do("scanner-get")

    def salt(self, salt, *files):
        for file in files:
            self.tps.do("file-set", id=file.id, salt=salt)
            self.unshare(file, stale=1)

    def unshare(self, file, stale=0):
        following = 0
        while True:
            following = self.tps.do("unshare", id=file.id, next=following, stale=stale)["next"]
            if not following:
                return

    def estimate(self):
        reply = self.tps.do("estimate", start=1)
        while reply.pop("running"):
            time.sleep(0.02)
            reply = self.tps.do("estimate")
        ktap.check(reply.pop("seen") >= reply.pop("size"), "it has passed all pages")
        return reply

    def scan(self, passes=7):
        """Let the scanner finish this many passes, whole ones, and stop it."""
        before = self.get()["events"]["passes"]
        self.set(running=1, cpu=90, interval=0, split=1)
        ktap.wait_for(lambda: self.get()["events"]["passes"] >= before + passes,
                      f"{passes} passes", 60)
        self.set(running=0)


class Balloon(Vmem):
    """The same, with the memory scheduler; host() and min_free also serve without it."""

    modules = ("vmem", "balloon")

    def __enter__(self):
        super().__enter__()
        if "balloon" in self.modules:
            kmod.load("balloon")
            self.balloon = self.family("balloon")
        return self

    def __exit__(self, *unused):
        self.set_min_free(0)
        super().__exit__(*unused)

    def set_min_free(self, mib):
        with open("/sys/module/vmem/parameters/min_free", "w", encoding="ascii") as file:
            file.write(str(mib))

    def host(self):
        said = self.api.do("host-get")
        said["stage"] = {stage["state"]: stage for stage in said["stage"]}
        return said

    def vm(self, name):
        return self.balloon.do("vm-get", name=name)

    def add(self, name, *files, **settings):
        self.balloon.do("vm-add", name=name, file=[file.id for file in files] or [0], **settings)

    def computed(self):
        """Whatever was changed before has been taken into account."""
        before = self.balloon.do("scheduler-get")["runs"]
        ktap.wait_for(lambda: self.balloon.do("scheduler-get")["runs"] >= before + 2,
                      "the next computation", 60)


def loop_device(path, size):
    """A block device over a new file."""
    sh(f"modprobe -q loop || :; rm -f {path}; truncate -s {size} {path}")
    return subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True,
                          text=True).stdout.strip()


def stress(vmem, seconds, pages, during=contextlib.nullcontext()):
    """Run stress on the files a and b, which exist; it must find nothing wrong."""
    loop = loop_device("/dev/shm/disk", "1M")
    with during:
        result = subprocess.run([f"{PROGRAMS}/vmem/stress", str(seconds), str(pages), loop,
                                 f"{MOUNT}/a", f"{MOUNT}/b"],
                                capture_output=True, text=True, check=False)
    sh(f"losetup -d {loop}")
    ktap.diag(result.stdout + result.stderr)
    for file in vmem.files:
        ktap.diag(f"{file.pages()} {file.get()['events']}")
    ktap.equal(result.returncode, 0, "exit status of stress")


class Reclaimer(threading.Thread):
    """Takes memory from a file again and again, by changing methods, while it is entered.
    A gentle one leaves most of the time to those who use the memory."""

    def __init__(self, vmem, file, gentle=False):
        super().__init__(daemon=True)
        self.api, self.file = vmem.family("vmem"), file
        self.gentle = gentle
        self.stopping = False
        self.taken = 0

    def run(self):
        methods = (["split", "compress"], ["swap"], ["split", "compress", "swap"], ["split"])
        count = 0
        while not self.stopping:
            count += 1
            start = time.monotonic()
            try:
                self.api.do("file-set", id=self.file.id, compress_limit=(100, 2, 10)[count % 3],
                            compressor=("lz4", "zstd")[count // 3 % 2])
                self.taken += self.api.do("reclaim", id=self.file.id,
                                          pages=100 + count % 7 * 100,
                                          methods=set(methods[count % 4]))["pages"]
            except Refused as failure:
                if failure.error == errno.ENOENT:   # who had it mapped was killed
                    return
                if failure.error != errno.ENOMEM:   # which is what 50-failures.py is about
                    raise
            if self.gentle:
                time.sleep(max(0.5, 2 * (time.monotonic() - start)))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stopping = True
        self.join()


def stress_with_reclaim(vmem, seconds, page_count, sharing, during=contextlib.nullcontext()):
    files = [vmem.file("a", page_count * PAGE), vmem.file("b", page_count * PAGE)]
    loop = loop_device("/dev/shm/swap-disk", "6M")
    targets = [os.open(loop, os.O_RDWR | os.O_DIRECT),
               os.open("/dev/shm/swap-file", os.O_RDWR | os.O_CREAT, 0o600)]
    for file, target in zip(files, targets):
        file.set(swap=target)
        os.close(target)
    if sharing:
        vmem.salt(1, *files)
        vmem.set(running=1, workers=2, cpu=50, interval=0, split=1)
    with Reclaimer(vmem, files[0]) as first, Reclaimer(vmem, files[1]) as second:
        stress(vmem, seconds, page_count, during)
    vmem.set(running=0)
    ktap.diag(f"taken: {first.taken}, {second.taken}")
    events = [file.get()["events"] for file in files]
    for file in files:
        os.unlink(file.path)
        file.close()
    sh(f"losetup -d {loop}")
    return events


def pattern(number):
    """The content of a page: incompressible enough to be told from others."""
    return (number.to_bytes(8, "little") + bytes([number % 251 + 1]) * 8) * (PAGE // 16)


def fill(area, first, count, base=0):
    for i in range(count):
        area[(first + i) * PAGE:(first + i + 1) * PAGE] = pattern(base + i)


def holds(area, first, count, base=0):
    for i in range(count):
        ktap.looked()
        if area[(first + i) * PAGE:(first + i + 1) * PAGE] != pattern(base + i):
            ktap.fail(f"page {first + i} does not hold what was written")


def reads_zero(area, first, count):
    for i in range(first, first + count):
        ktap.looked()
        if area[i * PAGE:(i + 1) * PAGE] != bytes(PAGE):
            ktap.fail(f"page {i} is not zero")


@contextlib.contextmanager
def held(area, page):
    """A reference to the page, of somebody who has it mapped nowhere."""
    read, write = os.pipe()
    buffer = ctypes.c_char.from_buffer(area)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer) + page * PAGE, PAGE)
    ktap.equal(libc.vmsplice(write, vector, ctypes.c_ulong(1), 0), PAGE, "vmsplice")
    del buffer
    try:
        yield
    finally:
        os.close(read)
        os.close(write)


def smaps(address_of, key):
    """A figure of /proc/self/smaps, in kB, of the mappings of a path."""
    total, inside = 0, False
    with open("/proc/self/smaps", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                inside = words[-1] == address_of
            elif inside and words[0] == key + ":":
                total += int(words[1])
    return total


def refused(error, call, *args, **kwargs):
    """The call must fail with this errno."""
    try:
        call(*args, **kwargs)
    except OSError as failure:
        ktap.equal(failure.errno, error, f"errno of {args}")
        return
    except Refused as failure:
        ktap.equal(failure.error, error, f"errno of {args}, which says {failure.text!r}")
        return
    ktap.fail(f"{args} was not refused")
