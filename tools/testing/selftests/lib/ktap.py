# SPDX-License-Identifier: GPL-2.0
"""Run test functions and print KTAP version 1.

A test file registers functions with @test and ends with run().  A test
passes if it returns, fails if it raises.  What returns without having looked
at anything has shown nothing: it is a skip.
"""

import difflib
import gc
import os
import pprint
import sys
import time
import traceback

PASS, FAIL, SKIP = 0, 1, 4

_tests = []
_asserted = 0   # how often this test has looked at something


class Skip(Exception):
    """Raised by a test that cannot run here; the text says why."""


class Failure(AssertionError):
    """An assertion of ours that did not hold: shown without a traceback."""


def test(function):
    """Register a test; its name is the function's."""
    _tests.append(function)
    return function


def bare(function):
    """Register a test that gets no fixture: it makes all that it needs."""
    function.bare = True
    return test(function)


def diag(text):
    """Print a diagnostic line (or lines)."""
    for line in str(text).splitlines() or [""]:
        print("#", line, flush=True)


def fail(text):
    raise Failure(text)


def looked():
    """For who compares by other means than these functions: something was looked at."""
    global _asserted    # pylint: disable=global-statement
    _asserted += 1


def check(condition, text):
    looked()
    if not condition:
        fail(text)


def equal(got, expected, what):
    looked()
    if got == expected:
        return
    if len(repr(got)) + len(repr(expected)) < 400:
        fail(f"{what}\nexpected: {expected!r}\n     got: {got!r}")
    lines = difflib.unified_diff(_lines(expected), _lines(got), "expected", "got", n=1, lineterm="")
    fail("\n".join([what, *lines]))


def _lines(value):
    return (value if isinstance(value, str) else pprint.pformat(value)).splitlines()


def contains(text, part, what):
    looked()
    if part not in text:
        fail(f"{what}\nexpected to contain: {part!r}\n                got: {text!r}")


def wait_for(condition, what, seconds=20, every=0.005):
    """Poll until condition() is true and return its value."""
    looked()
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            fail(f"waited {seconds} s in vain for: {what}")
        time.sleep(every)


class Cells:
    """Collects the failures of the cells of a matrix, so that all are shown."""

    def __init__(self):
        self.bad = []
        self.count = 0

    def run(self, name, function, /, *args, **kwargs):
        self.count += 1
        try:
            function(*args, **kwargs)
        except Failure as failure:
            self.bad.append(f"[{name}] {failure}")

    def finish(self):
        diag(f"{self.count} cells, {len(self.bad)} wrong")
        if self.bad:
            fail("\n".join(self.bad))


def _where(error):
    """The line of the test file that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if os.path.basename(f.filename) == os.path.basename(sys.argv[0])]
    last = (own or frames)[-1]
    return f"{os.path.basename(last.filename)}:{last.lineno}"


def _run_one(function, fixture):
    if fixture is None or getattr(function, "bare", False):
        return function()
    with fixture() as context:
        return function(context)


def _let_go(error):
    """What the frames of a failed test hold, open files too, must not be there for the next."""
    traceback.clear_frames(error.__traceback__)
    gc.collect()


def _result(function, fixture):
    """Run one test: (status, comment)."""
    global _asserted    # pylint: disable=global-statement
    _asserted = 0
    try:
        _run_one(function, fixture)
    except Skip as skip:
        return SKIP, f" # SKIP {skip}"
    except Failure as failure:
        diag(f"{_where(failure)}: {failure}")
        _let_go(failure)
        return FAIL, ""
    except Exception as error:  # pylint: disable=broad-except
        diag(f"{_where(error)}: {type(error).__name__}")
        diag(traceback.format_exc())
        _let_go(error)
        return FAIL, ""
    return (PASS, "") if _asserted else (SKIP, " # SKIP nothing was asserted here")


def run(fixture=None, finish=None):
    """Run all tests, or those named on the command line, and exit.

    fixture is a context manager made afresh for each test and handed to it;
    finish() runs after the last.
    """
    chosen = [t for t in _tests if not sys.argv[1:] or t.__name__ in sys.argv[1:]]
    statuses = []
    print("KTAP version 1", flush=True)
    print(f"1..{len(chosen)}", flush=True)
    for number, function in enumerate(chosen, 1):
        start = time.monotonic()
        status, comment = _result(function, fixture)
        statuses.append(status)
        word = "not ok" if status == FAIL else "ok"
        print(f"{word} {number} {function.__name__}{comment}", flush=True)
        diag(f"took {time.monotonic() - start:.2f} s")
    if finish:
        finish()
    if FAIL in statuses:
        sys.exit(FAIL)
    sys.exit(SKIP if statuses and set(statuses) == {SKIP} else PASS)
