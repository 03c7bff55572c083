"""Rows of the event loop, F14 to F19 and F26.

minilab's side is the program itself, over gray pictures of a megapixel that
cost next to nothing but what `spin` burns.  The loop's lag is what --json says:
how late a timer of a millisecond was.  F15 and F26 are of tasks without
pictures, on the loop that the program's stands on (async_load.c).
"""
import os
import statistics
import subprocess
import sys
import tempfile

from bench import FOLDER, load, row

LOOP_PY = os.path.join(FOLDER, "loop.py")
INTERVAL_MS = 5
SMALL = 48
ITEMS = 20000


def folder_of(bench):
    """Pictures, made once: in/large of them a megapixel, in/small tiny."""
    if not hasattr(bench, "loop_pictures"):
        bench.loop_pictures = tempfile.TemporaryDirectory()
        top = bench.loop_pictures.name
        for name, count, side in (("large", 8, 1000), ("small", SMALL, 8)):
            os.makedirs(os.path.join(top, name))
            picture = b"P5 %d %d 255\n" % (side, side) + bytes(side * side)
            for i in range(count):
                path = os.path.join(top, name, f"{i}.pgm")
                with open(path, "wb") as file:
                    file.write(picture)
    return bench.loop_pictures.name


def of_python(name):
    def command(_bench, ms=50, count=8):
        return [sys.executable, LOOP_PY, name, str(ms), str(count)]
    return command


def of_program(options, wrong=None):
    """`wrong`: by name, what stands for `options` in a wrong variant."""
    def command(bench, variant, ms=50, count=8):
        top = folder_of(bench)
        chosen = options if variant is None else wrong[variant]
        chosen = chosen.replace("MS", f"{ms}ms")
        inputs = [os.path.join(top, "small" if count == SMALL else "large",
                               f"{i}.pgm") for i in range(count)]
        return [os.path.join(bench.build, "minilab"), "run", "-s", "--json",
                "--existing", "overwrite", *chosen.split(), *inputs, "-o",
                os.path.join(top, "out")]
    return command


def of_tasks(name):
    def command(bench, variant, ms=50, count=8):
        return [os.path.join(bench.build, "tests", "fidelity_async"), name,
                variant or "tasks", str(ms), str(count)]
    return command


SPIN = "--io 1 -f spin:MS -m "
# -n: headers are read, nothing is written; the waits are all there is.
load("delays1", of_python("delays1"),
     of_program("-n -m serial --io-delay MS",
                {"blocks": "-n -m serial --io-delay MS"}))
load("delays8", of_python("delays8"),
     of_program("-n -m async --io 8 --io-delay MS",
                {"blocks": "-n -m async --io 1 --io-delay MS"}))
load("inline", of_python("inline"),
     of_program(SPIN + "async", {"threads": SPIN + "hybrid-threads -j 1"}))
load("threads", of_python("threads"),
     of_program(SPIN + "hybrid-gil -j 1",
                {"unlocked": SPIN + "hybrid-threads -j 1"}))
load("threads2", of_python("threads2"),
     of_program("-f spin:MS -m hybrid-gil -j 2",
                {"unlocked": "-f spin:MS -m hybrid-threads -j 2"}))
load("processes", of_python("processes"),
     of_program(SPIN + "hybrid -j 1", {"locked": SPIN + "hybrid-gil -j 1"}))
for tasks_load in ("sleeps1", "sleeps8", "queue0", "queue1"):
    load(tasks_load, of_python(tasks_load), of_tasks(tasks_load))


def lag_ms(subject, name, quantile):
    loops = subject.all(name, "loop")
    return statistics.median(loop["lag_ms"][quantile] for loop in loops)


@row("F14", "48 waits of 50 ms, 8 at a time: gain", (7.5, 8.1), ("blocks",))
def waits_overlap(subject):
    return (subject.median("delays1", "seconds", count=SMALL) /
            subject.median("delays8", "seconds", count=SMALL))


@row("F15a", "voluntary switches of 48 sleeps, 1 at a time", (46, 50),
     ("ticks", "threads"))
def switches_1(subject):
    return subject.median("sleeps1", "switches", ms=10, count=SMALL)


@row("F15b", "the same, 8 at a time", (4, 8), ("ticks", "threads"))
def switches_8(subject):
    return subject.median("sleeps8", "switches", ms=10, count=SMALL)


@row("F16", "loop lag / 50 ms computed on it, max", (0.99, 1.06), ("threads",))
def lag_inline(subject):
    return lag_ms(subject, "inline", "max") / 50


@row("F17a", "loop lag p50 / interval, thread executor", (1.0, 1.3),
     ("unlocked",))
def lag_threads(subject):
    return lag_ms(subject, "threads", "p50") / INTERVAL_MS


@row("F17b", "the same, p99", (1.0, 2.5), ("unlocked",))
def lag_threads_p99(subject):
    return lag_ms(subject, "threads", "p99") / INTERVAL_MS


@row("F18", "loop lag p50, process executor, ms", (0, 1), ("locked",))
def lag_processes(subject):
    return lag_ms(subject, "processes", "p50")


@row("F19", "2 jobs in 2 executor threads / one", (1.9, 2.15), ("unlocked",))
def two_in_two(subject):
    one = {"ms": 200, "count": 1}
    two = {"ms": 200, "count": 2}
    return (subject.median("threads2", "seconds", **two) /
            subject.median("threads", "seconds", **one))


@row("F26", "items/s between tasks: Queue(1) / Queue()", (0.05, 0.25),
     ("endless",))
def queue_of_one(subject):
    return (subject.median("queue1", "items_per_s", count=ITEMS) /
            subject.median("queue0", "items_per_s", count=ITEMS))
