"""Rows of hand-offs: F25, a queue between two threads of one interpreter, and
F20 to F23 and F32, 36 MB for another process.

minilab's side is its own pieces: the queue of src/sync under the lock of
src/sync, and both ends of the transports of worker processes, with a worker
that reads the bytes instead of decoding them.
"""
import os
import sys

from bench import FOLDER, SAME, load, row

BYTES = 36000000
ITEMS = 5
PIPE_BYTES = 65536


def of_python(script, *names):
    def command(_bench, **arguments):
        return [sys.executable, os.path.join(FOLDER, script),
                *(str(arguments[name]) for name in names)]
    return command


# ---- between threads ----

def of_belt(bench, variant, limit, count):
    return [os.path.join(bench.build, "tests", "fidelity_belt"),
            variant or "gil", str(limit), str(count)]


load("belt", of_python("belt.py", "limit", "count"), of_belt)
ONE = {"limit": 1, "count": 20000}
SOME = {"limit": 16, "count": 100000}


# Who hands over and has to wait sleeps 16 times as often in the one queue as in
# the other, and little else counts.  A ring that spins is quicker by about as
# much; what it is shows in the switches.
@row("F25a", "Queue(16) / Queue(1): items a second", (8, 40))
def room_for_some(subject):
    return (subject.median("belt", "items", **SOME) /
            subject.median("belt", "items", **ONE))


@row("F25b", "voluntary switches an item, Queue(1)", (1.9, 2.2), ("spin",))
def switches_of_a_hand_over(subject):
    return subject.median("belt", "switches", **ONE)


# ---- between processes ----

def python_carry(_bench, way, touch=0):
    return [sys.executable, os.path.join(FOLDER, "carry.py"), way, str(BYTES),
            str(ITEMS), str(touch)]


def of_carry(bench, variant, way, touch=0):
    return [os.path.join(bench.build, "tests", "fidelity_carry"),
            variant or way, str(BYTES), str(ITEMS), str(touch)]


load("carry", python_carry, of_carry)


# How much dearer depends on how quick this machine's memory is: CPython itself
# came out at 5.0 and at 7.3 times.  In C fewer pages are touched for the first
# time on the way there, and also where the bytes are read.
@row("F20", "36 MB to a process and read: pickled / shared", rejects=("shm",),
     band=lambda python: (max(2, 0.5 * python), 1.6 * python))
def pickled_beside_shared(subject):
    return (subject.median("carry", "ms", way="pickle", touch=1) /
            subject.median("carry", "ms", way="shm", touch=1))


# Two copies on each end and two in the kernel, through 64 KiB at a time.
@row("F21", "36 MB pickled to a process / copied once", (3, 200), ("shm",))
def pickled_beside_copied(subject):
    return (subject.median("carry", "ms", way="pickle") /
            subject.median("carry", "copy_ms", way="pickle"))


FULL_PIPES = BYTES / PIPE_BYTES


@row("F22a", "voluntary switches of who sends 36 MB",
     (0.95 * FULL_PIPES, 1.05 * FULL_PIPES), ("sleep", "file", "socket"))
def switches_of_a_sender(subject):
    return subject.median("carry", "switches", way="pickle")


@row("F22b", "the same, written by who puts it",
     (0.95 * FULL_PIPES, 1.05 * FULL_PIPES), ("sleep", "file", "socket"))
def switches_of_a_sender_inline(subject):
    return subject.median("carry", "switches", way="pickle-inline")


def part_of_put(subject, way):
    return (subject.median("carry", "put_ms", way=way) /
            subject.median("carry", "ms", way=way))


@row("F23a", "put returns after, of the transfer: feeder", (0, 0.01),
     ("pickle-inline", "sleep"))
def put_of_a_feeder(subject):
    return part_of_put(subject, "pickle")


@row("F23b", "the same, inline", (0.5, 1), ("pickle", "shm"))
def put_inline(subject):
    return part_of_put(subject, "pickle-inline")


@row("F32a", "a change after the put is seen: feeder", SAME,
     ("pickle-inline",))
def late_of_a_feeder(subject):
    return subject.usual("carry", "late", way="pickle")


@row("F32b", "the same, inline", SAME, ("pickle",))
def late_inline(subject):
    return subject.usual("carry", "late", way="pickle-inline")
