"""What carry.c does, done by multiprocessing.

    python3 carry.py WAY BYTES COUNT TOUCH

WAY: pickle (multiprocessing.Queue), pickle-inline (SimpleQueue), shm (the name
of a shared_memory block through a SimpleQueue).  Prints one JSON object.
"""
import json
import multiprocessing
import resource
import statistics
import sys
import time
import zlib
from multiprocessing import shared_memory


def sink(belt, answers, touch):
    """Answer each item with what can be seen of it; None is the end."""
    while (item := belt.get()) is not None:
        block = None
        if isinstance(item, str):
            block = shared_memory.SharedMemory(item)
        if touch and not isinstance(item, list):
            zlib.adler32(block.buf if block else item)
        if block:
            block.close()
        answers.put(item[0] if isinstance(item, list) else "")


def is_late(belt, answers, large):
    """Is a change behind the put seen, where something large is put first?"""
    small = ["a"]
    belt.put(large)
    belt.put(small)
    small[0] = "b"
    answers.get()
    return answers.get() == "b"


def copy_ms(data):
    into = memoryview(bytearray(data))
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        into[:] = data
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def main():
    way, size, count, touch = sys.argv[1], *map(int, sys.argv[2:])
    context = multiprocessing.get_context("fork")
    belt = context.Queue() if way == "pickle" else context.SimpleQueue()
    answers = context.SimpleQueue()
    data = b"x" * size
    item, block = data, None
    if way == "shm":
        block = shared_memory.SharedMemory(create=True, size=size)
        block.buf[:size] = data
        item = block.name
    process = context.Process(target=sink, args=(belt, answers, touch))
    process.start()
    times, puts = [], []
    for i in range(count + 1):
        if i == 1:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        start = time.perf_counter()
        belt.put(item)
        puts.append(1e3 * (time.perf_counter() - start))
        answers.get()
        times.append(1e3 * (time.perf_counter() - start))
    switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before
    late = is_late(belt, answers, item)
    belt.put(None)
    process.join()
    if block:
        block.close()
        block.unlink()
    print(json.dumps({"ms": statistics.median(times[1:]),
                      "put_ms": statistics.median(puts[1:]),
                      "switches": switches / count, "late": int(late),
                      "copy_ms": copy_ms(data)}))


main()
