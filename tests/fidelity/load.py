"""What load.c does, done by CPython itself.

    python3 load.py LOAD K INTERVAL_MS COUNT

K threads compute in pure Python.  Prints one JSON object; times are in switch
intervals, of `stage` in stages.  See load.c for the loads; `release` is the
speed-up of K threads whose work lets go of the lock (a hash of large data).
"""
import hashlib
import json
import resource
import sys
import threading
import time

SLEEP_S = 0.001
LIMIT_S = 4.0
SETTLE_S = 0.05
GAP_S = 0.0003  # longer than any loop: another thread had the lock


def voluntary(who):
    return resource.getrusage(who).ru_nvcsw


def quantile(values, part):
    ordered = sorted(values)
    at = (len(ordered) - 1) * part
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def all_threads(count, body):
    threads = [threading.Thread(target=body, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    return threads


def work(loops):
    x = 1
    for _ in range(loops):
        x = (x * 77 + 128) & 0xFFFF
    return x


def speedup(k, _interval, count):
    start = time.perf_counter()
    work(200000)
    loops = int(200000 * count / 1000 / (time.perf_counter() - start))
    walls = []
    for threads in (1, k):
        start = time.perf_counter()
        for thread in all_threads(threads, lambda _: work(loops // threads)):
            thread.join()
        walls.append(time.perf_counter() - start)
    return {"speedup": walls[0] / walls[1]}


def release(k, _interval, count):
    data = bytes(1 << 20)
    start = time.perf_counter()
    hashlib.sha256(data).digest()
    rounds = max(k, int(count / 1000 / (time.perf_counter() - start)) // k * k)

    def digest(times):
        for _ in range(times):
            hashlib.sha256(data).digest()

    walls = []
    for threads in (1, k):
        start = time.perf_counter()
        for thread in all_threads(threads,
                                  lambda _: digest(rounds // threads)):
            thread.join()
        walls.append(time.perf_counter() - start)
    return {"speedup": walls[0] / walls[1]}


def slices(k, interval, count):
    found = [[] for _ in range(k)]
    end = time.perf_counter() + count / 1000

    def body(me):
        mine = found[me]
        clock = time.perf_counter
        last = start = clock()
        while last < end:
            now = clock()
            if now - last > GAP_S:
                mine.append(last - start)
                start = now
            last = now

    before = voluntary(resource.RUSAGE_SELF)
    for thread in all_threads(k, body):
        thread.join()
    switches = voluntary(resource.RUSAGE_SELF) - before
    times = [t / interval for mine in found for t in mine[1:] if t > 0]
    return {"p50": quantile(times, 0.5), "p99": quantile(times, 0.99),
            "slices": len(times), "switches": switches / len(times)}


def latencies(k, compute, count, unit):
    stop = threading.Event()
    times = []
    switches = []

    def burn(_):
        while not stop.is_set():
            compute()

    def sleeper():
        begin = time.perf_counter()
        before = voluntary(resource.RUSAGE_THREAD)
        while len(times) < count and time.perf_counter() - begin < LIMIT_S:
            start = time.perf_counter()
            time.sleep(SLEEP_S)
            times.append(time.perf_counter() - start - SLEEP_S)
        switches.append(voluntary(resource.RUSAGE_THREAD) - before)

    burners = all_threads(k, burn)
    time.sleep(SETTLE_S)
    thread = threading.Thread(target=sleeper)
    thread.start()
    thread.join()
    stop.set()
    for burner in burners:
        burner.join()
    times = [t / unit for t in times]
    return {"p50": quantile(times, 0.5), "mean": sum(times) / len(times),
            "p99": quantile(times, 0.99), "max": max(times),
            "samples": len(times), "switches": switches[0] / len(times)}


def latency(k, interval, count):
    return latencies(k, lambda: work(200), count, interval)


def stage(k, length, count):
    """One C call that holds the lock for `length` seconds."""
    best = min(timed_sum(1000000) for _ in range(5))
    numbers = int(1000000 * length / best)
    sys.setswitchinterval(0.005)
    return latencies(k, lambda: sum(range(numbers)), count, length)


def timed_sum(count):
    start = time.perf_counter()
    sum(range(count))
    return time.perf_counter() - start


def main():
    loads = {"speedup": speedup, "release": release, "slices": slices,
             "latency": latency, "stage": stage}
    name, k, interval_ms, count = sys.argv[1:]
    sys.setswitchinterval(float(interval_ms) / 1000)
    print(json.dumps(loads[name](int(k), float(interval_ms) / 1000,
                                 int(count))))


main()
