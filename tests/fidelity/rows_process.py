"""Rows of worker processes at work: F3, F4, F22c and F24.  minilab's side is
the program itself.

Pictures of 8 by 8 cost next to nothing but what `spin` burns, which is told a
megapixel; where two workers are to be in each other's way as they are in life,
pictures are blurred many times over.
"""
import importlib.util
import os
import statistics
import sys
import tempfile

from bench import FOLDER, Skip, load, row
from rows_queue import PIPE_BYTES

POOLS_PY = os.path.join(FOLDER, "pools.py")
SMALL_SIDE = 8
LONG_SIDE = 128  # small enough that four of them may lie with one worker
TASK_MS = 1.5
TASKS = 256
LONG_MS = 100
IMAGES = 24
HUGE, HUGE_SIDE = 3, 3464  # 36 MB each


def picture(path, side, channels):
    with open(path, "wb") as file:
        file.write(b"P%d %d %d 255\n" % (6 if channels == 3 else 5, side,
                                         side))
        file.write(os.urandom(side * side * channels))


def kinds(top):
    """By name: paths, made here and linked where they may be alike."""
    made = {"small": (SMALL_SIDE, 1, TASKS), "long": (LONG_SIDE, 1, 4),
            "blurred": (512, 3, 8), "images": (1024, 3, IMAGES),
            "huge": (HUGE_SIDE, 3, HUGE)}
    paths = {}
    for name, (side, channels, count) in made.items():
        paths[name] = [os.path.join(top, f"{name}{i:03}.pnm")
                       for i in range(count)]
        picture(paths[name][0], side, channels)
        for path in paths[name][1:]:
            os.link(paths[name][0], path)
    return paths


def pictures(bench):
    if not hasattr(bench, "process_pictures"):
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        bench.process_folder = tempfile.TemporaryDirectory(dir=memory)
        bench.process_pictures = kinds(bench.process_folder.name)
    return bench.process_pictures


def of_python(question, *arguments):
    return lambda _bench, **_: [sys.executable, POOLS_PY, question,
                                *map(str, arguments)]


def of_program(bench, variant, options, kind="small", count=None):
    """Of `kind`, or of several; a variant replaces options."""
    chosen = VARIANTS[variant](options) if variant else options
    paths = pictures(bench)
    inputs = [path for name in kind.split() for path in paths[name][:count]]
    return [os.path.join(bench.build, "minilab"), "run", "-s", "--json",
            "--existing", "overwrite", *chosen.split(), *inputs, "-o",
            os.path.join(bench.process_folder.name, "out")]


PROCESSES = "-m processes -j 2"
VARIANTS = {
    "locked": lambda given: given.replace(PROCESSES, "-m gil -j 2 --gil hold"),
    "one child each": lambda given: given + " --tasks-per-child 1",
    "batched": lambda given: given.replace("--pool executor",
                                           "--pool executor --chunk 4"),
    "shared": lambda given: given.replace("--transport pickle",
                                          "--transport shm"),
}

load("workers", None, of_program)
load("gain", of_python("gain", "processes", 800), None)
for executor in ("threads", "processes"):
    load(f"loss-{executor}",
         of_python("loss", executor, TASK_MS * TASKS), None)
load("uneven", of_python("uneven", LONG_MS), None)
load("images", of_python("images"), None)


def seconds(subject, options, **arguments):
    return subject.least("workers", "seconds", options=options, **arguments)


def ratio(subject, name, over, under):
    return subject.least(name, over) / subject.least(name, under)


# ---- two workers ----

WORK = "-f blur:6 --cpu-factor 200 "


# Not much less than CPython gains; but what forking an interpreter costs it on a
# busy machine (1.5 to 2.0 was seen) is no bound for who gains all there is.
@row("F3", "gain of 2 processes over none, with start", rejects=("locked",),
     band=lambda python: (0.9 * python, max(1.1 * python, 2.1)))
def gain_of_processes(subject):
    if subject.name == "cpython":
        return ratio(subject, "gain", "one", "two")
    return (seconds(subject, WORK + "-m serial", kind="blurred") /
            seconds(subject, WORK + PROCESSES, kind="blurred"))


# ---- an executor's tasks of 1.5 ms ----

def spin(ms, side=SMALL_SIDE):
    return f"-f spin:{ms * 1e6 / side ** 2:.0f}ms "


def loss(subject, plan):
    """Of many small tasks beside a half for each of two workers."""
    halves = seconds(subject, spin(TASK_MS * TASKS / 2) + plan, count=2)
    return 1 - halves / seconds(subject, spin(TASK_MS) + plan, count=TASKS)


# CPython's own loss, 3 to 7 % on an idle machine, is no band for ours: where
# others work too it comes out anywhere from -15 to 12 %.
@row("F4a", "loss by tasks of 1.5 ms: 2 threads, locked", (-0.01, 0.10))
def loss_of_threads(subject):
    if subject.name == "cpython":
        return 1 - ratio(subject, "loss-threads", "halves", "tasks")
    return loss(subject, "-m gil -j 2 --gil hold")


@row("F4b", "the same, 2 processes", (-0.01, 0.10), ("one child each",))
def loss_of_processes(subject):
    if subject.name == "cpython":
        return 1 - ratio(subject, "loss-processes", "halves", "tasks")
    return loss(subject, PROCESSES + " --pool executor")


# One task at a time: both workers do two of the long ones.  Handed over four at
# a time, one worker would do all of them.
@row("F4c", "4 long tasks, then 4 short / one long", (1.9, 2.4), ("batched",))
def uneven_tasks(subject):
    if subject.name == "cpython":
        return ratio(subject, "uneven", "all", "one")
    work = spin(LONG_MS, LONG_SIDE)
    return (seconds(subject, work + PROCESSES + " --pool executor",
                    kind="long small", count=4) /
            seconds(subject, work + "-m serial", kind="long", count=1))


# ---- pictures that travel pickled ----

# Blurred four times, some 10 ms of work for 3 MB; Pillow, which is slower, has
# more to share and still pays more for pickling.
IMAGE_WORK = "-f blur:6 --cpu-factor 4 "


@row("F24", "gain of 2 processes, images of 3 MB pickled", (0.6, 1.5),
     ("shared",))
def gain_of_pickled(subject):
    if subject.name == "cpython":
        if not importlib.util.find_spec("PIL"):
            raise Skip("no Pillow")
        return ratio(subject, "images", "one", "two")
    return (seconds(subject, IMAGE_WORK + "-m serial", kind="images") /
            seconds(subject, IMAGE_WORK + PROCESSES + " --transport pickle",
                    kind="images"))


# A run counts whatever its coordinator sleeps for, which is little besides.
PIPES = HUGE_SIDE ** 2 * 3 / PIPE_BYTES


@row("F22c", "switches a picture of 36 MB, as a run tells",
     (0.95 * PIPES, 1.05 * PIPES), ("shared",))
def switches_of_a_run(subject):
    if subject.name == "cpython":
        return subject.median("carry", "switches", way="pickle")
    runs = subject.all("workers", "transport", kind="huge", options="-f "
                       "resize:8x8 -m processes -j 1 --transport pickle")
    return statistics.median(
        run["switches"]["coordinator"] / HUGE for run in runs)
