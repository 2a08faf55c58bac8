# SPDX-License-Identifier: GPL-2.0
"""What both measurements use: processes with memory (area.c), and files of sysfs."""

import subprocess

KSM = "/sys/kernel/mm/ksm"
HUGE = "/sys/module/vmem/parameters/huge"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Area:
    """A process with memory, that of a file or "anon"; program is area.c, and images
    the file that it can load from."""

    def __init__(self, program, name, size, *images):
        self.process = subprocess.Popen([program, name, str(size), *images], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        """To do something, while others do"""
        print(*words, file=self.process.stdin, flush=True)

    def answer(self):
        """Nanoseconds that it took, per page"""
        return float(self.process.stdout.readline())

    def do(self, *words):
        self.ask(*words)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
