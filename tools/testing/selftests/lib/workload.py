# SPDX-License-Identifier: GPL-2.0
"""Changes of a volume's files that each end with an fsync(), and what must be there after
power was cut between two of them or in one."""

import os
import random

import vmfs
from ktap import check
from vmfs import MIB

# what the volume's free space is full of: no file may have it
STALE = b"of another file "
# the file is written to without fsync(): anything but old content may be in it
LOOSE = "loose"


def sync_directory(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


class Workload:
    """Steps that each end with an fsync(), and what must be there after each; mark(number) is
    called at the end of each."""

    def __init__(self, path, mark, seed=1):
        self.path, self.mark = path, mark
        self.draw = random.Random(seed)
        self.files = {}
        self.states = [{}]
        self.touched = [set()]
        self.atomic = [True]
        self.deleted = []       # descriptors of files that have no name any more

    def write(self, name):
        data = self.draw.randbytes(self.draw.choice((1, 700, 5000, 9000, MIB + 4097)))
        with open(self.path / name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.files[name] = data
        return {name}

    def overwrite(self, name):
        data = self.files[name]
        at = self.draw.randrange(len(data))
        more = self.draw.randbytes(self.draw.choice((1, 4096, 20000)))
        with open(self.path / name, "r+b") as file:
            file.seek(at)
            file.write(more)
            file.flush()
            os.fdatasync(file.fileno())
        self.files[name] = data[:at] + more + data[at + len(more):]
        return {name}

    def rename(self, name):
        target = f"file{self.draw.randrange(8)}"
        if target == name:
            return set()
        os.rename(self.path / name, self.path / target)
        self.files[target] = self.files.pop(name)
        sync_directory(self.path)
        return {name, target}

    def unlink(self, name):
        if self.draw.random() < 0.5:
            self.deleted.append(os.open(self.path / name, os.O_RDWR))
        os.unlink(self.path / name)
        del self.files[name]
        sync_directory(self.path)
        return {name}

    def truncate(self, name):
        size = self.draw.randrange(12000)
        os.truncate(self.path / name, size)
        self.files[name] = self.files[name][:size] + bytes(max(size - len(self.files[name]), 0))
        sync_directory(self.path)
        return {name}

    def write_loosely(self):
        fd = os.open(self.path / LOOSE, os.O_RDWR | os.O_CREAT)
        os.pwrite(fd, self.draw.randbytes(self.draw.choice((100, 5000, 70000))),
                  self.draw.randrange(8 * MIB))
        os.posix_fallocate(fd, self.draw.randrange(8 * MIB), 100000)
        os.close(fd)

    def use_deleted(self):
        for fd in self.deleted:
            os.pwrite(fd, self.draw.randbytes(70000), self.draw.randrange(2 * MIB))
        while len(self.deleted) > 2:
            os.close(self.deleted.pop(0))

    def close(self):
        while self.deleted:
            os.close(self.deleted.pop())

    def step(self):
        self.states.append(None)
        self.write_loosely()
        self.use_deleted()
        names = sorted(name for name, data in self.files.items() if data)
        if len(names) < 3:
            touched = self.write(f"file{self.draw.randrange(8)}")
            self.atomic.append(False)
        else:
            does = self.draw.choice((self.write, self.write, self.overwrite, self.rename,
                                     self.unlink, self.truncate))
            touched = does(self.draw.choice(names))
            self.atomic.append(does in (self.rename, self.unlink))
        self.states[-1] = dict(self.files)
        self.touched.append(touched)
        self.mark(len(self.states) - 1)


def content(path):
    return path.read_bytes() if path.exists() else None


def exactly(path, state, names):
    """Are these files there, or not there, as a state says?"""
    return all(content(path / name) == state.get(name) for name in names)


def verify(path, work, done, what, within):
    """All of the steps that were done is there; the one under way, if any, may be, or not."""
    state, touched = work.states[done], set()
    if within:
        touched = work.touched[done + 1]
        if work.atomic[done + 1]:
            check(exactly(path, state, touched) or exactly(path, work.states[done + 1], touched),
                  f"{what}: neither before nor after the change of {touched}")
    for name in set(state) | set(os.listdir(path)) - vmfs.SYSTEM_FILES - {"filler"}:
        data = content(path / name)
        if name == LOOSE or name in touched:
            check(STALE not in (data or b""), f"{what}: {name} has old content")
            continue
        check(name in state, f"{what}: {name} is there")
        check(data is not None, f"{what}: {name} is lost")
        check(data == state[name], f"{what}: content of {name}")
