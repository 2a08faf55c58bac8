#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Documentation/models: what must hold does, and fails when a rule is dropped.

The head of a model lists its runs: "good: OPTIONS", "soak: OPTIONS", "bad: OPTIONS  WHY".
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from ktap import Cells, Skip, bare, check, contains, diag, run

MODELS = HERE.parents[3] / "Documentation/models"
README = (MODELS / "README.md").read_text()
RUN = re.compile(r"^ \* (good|soak|bad):((?: -D\w+(?:=\d+)?)*)(.*)$", re.MULTILINE)
# States are kept in at most so much memory, in MiB.
MEMORY = 6144 if "SOAK" in os.environ else 1024


def search(model, options, optimize):
    """Look at all states of a model, or as many as there are before a fault is found."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (["spin", "-a", *options, model],
                        ["gcc", optimize, "-w", "-DSAFETY", f"-DMEMLIM={MEMORY}", "-o", "pan",
                         "pan.c"]):
            made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            check(made.returncode == 0, f"{command}: {made.stdout}{made.stderr}")
        said = subprocess.run(["./pan", "-m10000", "-w22"], cwd=folder, capture_output=True, text=True)
    return said.stdout + said.stderr


def must_hold(model, options):
    said = search(model, options, "-O1")
    contains(said, "errors: 0\n", "the search")
    # where it gave up: depth, memory
    for part in ("error:", "Search not completed"):
        check(part not in said, said)
    # what never happens in a model is not shown by it
    never = set(re.findall(r'state \d+, "(.*)"', said)) - {"-end-"}
    check(not never, f"never reached: {never}")
    diag(f"{model.name} {' '.join(options)}: {re.search(r'[0-9.e+]+ states, stored', said)[0]}")


def must_fail(model, options):
    contains(search(model, options, "-O0"), "assertion violated", "the search")
    contains(README, f"`{options[0]}`", "README.md, which explains each rule")


def check_model(model):
    if not shutil.which("spin"):
        raise Skip("missing tool: spin")
    cells = Cells()
    for kind, options, _ in RUN.findall(model.read_text()):
        if kind != "soak" or "SOAK" in os.environ:
            cells.run(f"{kind}:{options}", must_fail if kind == "bad" else must_hold, model,
                      options.split())
    cells.finish()


for each in sorted(MODELS.glob("*.pml")):
    def test(model=each):
        check_model(model)
    test.__name__ = each.stem
    bare(test)
run()
