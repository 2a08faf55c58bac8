#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The estimate of active memory follows what a guest touches."""

import ctypes
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from ktap import equal, run, test, wait_for
from vmem import HUGE, HUGE_PAGES, PAGE, Vmem, fill, holds, libc

BLOCKS = 8
PAGES = BLOCKS * HUGE_PAGES


class Toucher(threading.Thread):
    """Reads one byte of each of these pages, over and over."""

    def __init__(self, area, pages):
        super().__init__(daemon=True)
        self.area, self.pages = area, pages
        self.stopping = False

    def run(self):
        while not self.stopping:
            for page in self.pages:
                self.area[page * PAGE]  # pylint: disable=pointless-statement


class Sampled(Vmem):
    parameters = "sample_period=1"


def follows(file, area, pages, share):
    toucher = Toucher(area, pages)
    toucher.start()
    wait_for(lambda: (share - 0.15) * PAGES <= file.get()["active"] <= (share + 0.15) * PAGES,
             f"an estimate of {share}", 60)
    toucher.stopping = True
    toucher.join()


@test
def of_small_pages(vmem):
    file = vmem.file("a", BLOCKS * HUGE)
    area = file.map()
    fill(area, 0, PAGES)
    file.reclaim(1, "split", "compress")
    follows(file, area, range(0, PAGES, 2), 0.5)
    wait_for(lambda: file.get()["active"] < 0.15 * PAGES, "an idle file", 60)
    holds(area, 0, PAGES)


@test
def of_blocks(vmem):
    file = vmem.file("a", BLOCKS * HUGE)
    area = file.map()
    fill(area, 0, PAGES)
    follows(file, area, range(0, PAGES // 4, 17), 0.25)
    follows(file, area, range(0, PAGES, 17), 1)
    equal(file.pages(), {"huge": PAGES}, "pages")
    holds(area, 0, PAGES)


@test
def locked_memory_is_active(vmem):
    """It is not unmapped, so nobody can tell; and it cannot be taken."""
    file = vmem.file("a", HUGE)
    area = file.map()
    fill(area, 0, HUGE_PAGES)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    equal(libc.mlock(ctypes.c_void_p(address), ctypes.c_long(len(area))), 0, "mlock")
    wait_for(lambda: file.get()["active"] > 0.9 * HUGE_PAGES, "an estimate of all", 60)


run(Sampled)
