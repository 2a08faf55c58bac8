#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# only: 6.1 debug
# lab: --cpus 2 --memory 3G
"""Four processes at once, each of which knows what it did.  SOAK=1: for ten minutes."""

import concurrent.futures
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import fsx
import vmfs
from datastore import loops, mounted
from ktap import bare, check, diag, equal, run
from vmfs import MIB

SECONDS = 600 if os.environ.get("SOAK") == "1" else 15
SEED = int(os.environ.get("VS_SEED") or 1)


def rewrite_files(top, seed):
    """Files that are written in all ways: {name: content} at the end."""
    end = time.monotonic() + SECONDS
    models = [fsx.Model(top / f"{seed}-{limit}", limit, seed)
              for limit in (3000, 20000, 3 * MIB, 12 * MIB)]
    steps = 0
    while time.monotonic() < end:
        model = models[steps % len(models)]
        model.step()
        if steps % 7 == 0:
            model.check()
        steps += 1
    for model in models:
        model.check()
        model.close()
    return steps, models


class Names:
    """A tree of names, and what must be there: files have their first name as content."""

    def __init__(self, top, seed):
        self.top, self.draw = top, random.Random(seed)
        self.dirs, self.files, self.links = {""}, {}, {}
        self.count = 0

    def fresh(self):
        self.count += 1
        where = self.draw.choice(sorted(self.dirs))
        return os.path.join(where, f"{self.count}" + "n" * self.draw.choice((0, 0, 20, 110)))

    def create(self):
        name = self.fresh()
        (self.top / name).write_text(name)
        self.files[name] = name

    def mkdir(self):
        name = self.fresh()
        if name.count("/") < 4:
            (self.top / name).mkdir()
            self.dirs.add(name)

    def symlink(self):
        name = self.fresh()
        os.symlink(name, self.top / name)
        self.links[name] = name

    def pick(self, names):
        return self.draw.choice(sorted(names)) if names else None

    def unlink(self):
        kind = self.draw.choice((self.files, self.links))
        name = self.pick(kind)
        if name:
            os.unlink(self.top / name)
            del kind[name]

    def rename(self):
        name, target = self.pick(self.files), self.draw.choice((self.fresh(), self.pick(self.files)))
        if name and target and name != target:
            os.rename(self.top / name, self.top / target)
            self.files[target] = self.files.pop(name)

    def rmdir(self):
        name = self.pick(self.dirs - {""})
        if not name:
            return
        inside = [other for other in (*self.dirs, *self.files, *self.links)
                  if other.startswith(name + "/")]
        try:
            os.rmdir(self.top / name)
            check(not inside, f"{name} is gone with {inside}")
            self.dirs.remove(name)
        except OSError:
            check(inside, f"{name} is empty and cannot be removed")

    def step(self):
        many = len(self.files) + len(self.links) + len(self.dirs) > 300
        does = self.draw.choice((self.unlink, self.unlink, self.unlink, self.rmdir) if many else
                                (self.create, self.create, self.create, self.mkdir, self.symlink,
                                 self.rename, self.unlink, self.rmdir))
        does()

    def check(self, top):
        names = set(self.files) | set(self.links) | self.dirs - {""}
        found = {os.path.relpath(os.path.join(where, name), top)
                 for where, dirs, files in os.walk(top) for name in dirs + files}
        equal(sorted(found), sorted(names), "names")
        for name, content in self.files.items():
            equal((top / name).read_text(), content, f"content of {name}")
        for name, target in self.links.items():
            equal(os.readlink(top / name), target, f"target of {name}")


def change_names(top, seed):
    end = time.monotonic() + SECONDS
    names = Names(top, seed)
    steps = 0
    while time.monotonic() < end:
        names.step()
        steps += 1
        if steps % 200 == 0:
            names.check(top)
    names.check(top)
    return steps, names


def verify_by_fio(top, seed):
    """fio writes in random order, asynchronously and past the page cache, and reads it back."""
    said = subprocess.run(
        ["fio", "--name=verify", f"--filename={top / 'fio'}", "--size=48M", "--rw=randwrite",
         "--bsrange=4k-64k", "--ioengine=libaio", "--iodepth=16", "--direct=1", "--verify=crc32c",
         "--verify_fatal=1", "--do_verify=1", f"--randseed={seed}", "--fsync=64",
         f"--loops={max(1, SECONDS // 15)}"],
        capture_output=True, text=True, check=False)
    equal(said.returncode, 0, f"fio said {said.stdout}{said.stderr}")
    return 1, None


@bare
def four_processes():
    with vmfs.folder() as top:
        image = vmfs.image(top / "one.img", 2048 * MIB)
        vmfs.run("mkfs.vmfs", "-q", image)
        with loops(image) as devices:
            with mounted(devices) as path, concurrent.futures.ProcessPoolExecutor(4) as pool:
                (path / "names").mkdir()
                jobs = [pool.submit(rewrite_files, path, SEED),
                        pool.submit(rewrite_files, path, SEED + 1),
                        pool.submit(change_names, path / "names", SEED),
                        pool.submit(verify_by_fio, path, SEED)]
                (steps, first), (more, second), (changes, names), _ = (job.result() for job in jobs)
                diag(f"{steps} and {more} changes of files, {changes} of names, seed {SEED}")
                for model in first + second:
                    model.reopen(path / model.path.name)
                    model.check("by another process")
                    model.close()
            with mounted(devices, "ro") as path:
                names.check(path / "names")
                for model in first + second:
                    model.reopen(path / model.path.name)
                    model.check("mounted again")
                    model.close()
        vmfs.clean(image)
        vmfs.referees(image)


run()
