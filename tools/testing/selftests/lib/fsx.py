# SPDX-License-Identifier: GPL-2.0
"""As fsx does: a file, changed in all ways there are, and a model of what must be in it."""

import mmap
import os
import random

import datastore
from datastore import KEEP, PUNCH, ZERO
from ktap import equal


class Model:
    """A file, and what must be in it."""

    def __init__(self, path, limit, seed):
        self.path, self.limit = path, limit
        self.draw = random.Random(seed)
        self.data = bytearray()
        self.fd = os.open(path, os.O_CREAT | os.O_RDWR)
        self.story = []

    def range(self, align=1, extend=True):
        limit = self.limit if extend else len(self.data)
        length = min(int(2 ** self.draw.uniform(0, 21)), limit)
        start = self.draw.randrange(max(limit - length, 1))
        return start // align * align, -(-length // align) * align

    def put(self, start, data):
        if len(self.data) < start:
            self.data.extend(bytes(start - len(self.data)))
        self.data[start:start + len(data)] = data

    def write(self):
        start, length = self.range()
        data = self.draw.randbytes(length)
        os.pwrite(self.fd, data, start)
        self.put(start, data)

    def write_direct(self, flags=0):
        start, length = self.range(self.draw.choice((512, 4096)))
        data = self.draw.randbytes(length)
        equal(datastore.write_direct(self.path, start, data, flags), length, "direct write")
        self.put(start, data)

    def write_direct_sync(self):
        self.write_direct(os.O_DSYNC)

    def write_mapped(self):
        if not self.data:
            return
        start, length = self.range(extend=False)
        data = self.draw.randbytes(min(length, len(self.data) - start))
        with mmap.mmap(self.fd, len(self.data)) as view:
            view[start:start + len(data)] = data
        self.put(start, data)

    def truncate(self):
        size = self.draw.choice((0, self.draw.randrange(self.limit), self.draw.randrange(9000)))
        os.ftruncate(self.fd, size)
        self.data = self.data[:size] + bytes(max(size - len(self.data), 0))

    def punch(self):
        start, length = self.range()
        datastore.fallocate(self.fd, PUNCH, start, length)
        end = min(start + length, len(self.data))
        self.data[start:end] = bytes(max(end - start, 0))

    def zero(self):
        start, length = self.range()
        datastore.fallocate(self.fd, ZERO, start, length)
        self.put(start, bytes(length))

    def zero_keeping_size(self):
        start, length = self.range()
        datastore.fallocate(self.fd, ZERO | KEEP, start, length)
        end = min(start + length, len(self.data))
        self.data[start:end] = bytes(max(end - start, 0))

    def allocate(self):
        start, length = self.range()
        datastore.fallocate(self.fd, KEEP, start, length)

    def sync(self):
        self.draw.choice((os.fsync, os.fdatasync, lambda fd: os.sync()))(self.fd)

    def forget(self):
        os.fsync(self.fd)
        datastore.drop_caches()

    def step(self):
        """Do anything, and remember what the last steps were."""
        does = self.draw.choice((self.write, self.write, self.write_direct, self.write_direct_sync,
                                 self.write_mapped, self.truncate, self.punch, self.zero,
                                 self.zero_keeping_size, self.allocate, self.sync, self.forget))
        does()
        self.story = [*self.story[-8:], does.__name__]

    def check(self, when=""):
        """The file has the size and the content of the model."""
        when = f"{when} after {self.story}"
        equal(os.fstat(self.fd).st_size, len(self.data), f"size of {self.path} {when}")
        got = os.pread(self.fd, len(self.data) + 1, 0)
        if got != self.data:
            wrong = next(at for at in range(len(got)) if got[at] != self.data[at])
            equal((wrong, got[wrong:wrong + 8].hex()), (wrong, self.data[wrong:wrong + 8].hex()),
                  f"content of {self.path} {when}")

    def reopen(self, path):
        """The file is elsewhere now: mounted again."""
        self.path, self.fd = path, os.open(path, os.O_RDONLY)

    def close(self):
        os.close(self.fd)
        self.fd = None
