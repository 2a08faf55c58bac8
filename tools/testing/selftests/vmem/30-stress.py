#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""All at once: sharing, splitting, compressing and swapping while guests write,
punch, fork, remap, and do direct I/O.  SOAK=1 does it for minutes."""
# lab: --timeout 500

import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import check, diag, run, test
from vmem import Tps, loop_device, sh, stress

PAGES = 1536 if os.environ.get("LAB_KERNEL") == "debug" else 4096
SECONDS = 240 if os.environ.get("SOAK") else 12


class Reclaimer(threading.Thread):
    """Takes memory from a file again and again, by changing means."""

    def __init__(self, vmem, file):
        super().__init__(daemon=True)
        self.api, self.file = vmem.family("vmem"), file
        self.stopping = False
        self.taken = 0

    def run(self):
        means = (["split", "compress"], ["swap"], ["split", "compress", "swap"], ["split"])
        count = 0
        while not self.stopping:
            count += 1
            self.api.do("file-set", id=self.file.id, compress_limit=(100, 2, 10)[count % 3],
                        compressor=("lz4", "zstd")[count // 3 % 2])
            self.taken += self.api.do("reclaim", id=self.file.id, pages=100 + count % 7 * 100,
                                      means=set(means[count % 4]))["pages"]


def with_reclaim(vmem, sharing):
    files = [vmem.file("a", PAGES * 4096), vmem.file("b", PAGES * 4096)]
    loop = loop_device("/dev/shm/swap-disk", "6M")
    targets = [os.open(loop, os.O_RDWR | os.O_DIRECT),
               os.open("/dev/shm/swap-file", os.O_RDWR | os.O_CREAT, 0o600)]
    for file, target in zip(files, targets):
        file.set(swap=target)
        os.close(target)
    if sharing:
        vmem.salt(1, *files)
        vmem.set(running=1, cpu=50, interval=0, split=1)
    reclaimers = [Reclaimer(vmem, file) for file in files]
    for reclaimer in reclaimers:
        reclaimer.start()
    try:
        stress(vmem, SECONDS, PAGES)
    finally:
        for reclaimer in reclaimers:
            reclaimer.stopping = True
            reclaimer.join()
        vmem.set(running=0)
    diag(f"taken: {[reclaimer.taken for reclaimer in reclaimers]}")
    for file in files:
        check(file.event("fault-compressed") > 0, "compressed pages came back")
        check(file.event("fault-swapped") > 0, "swapped pages came back")
        os.unlink(file.path)
        file.close()
    sh(f"losetup -d {loop}")


@test
def compressing_and_swapping(vmem):
    with_reclaim(vmem, sharing=False)


@test
def all_at_once(vmem):
    with_reclaim(vmem, sharing=True)


run(Tps)
