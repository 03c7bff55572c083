"""What minilab's worker processes are beside, done by multiprocessing and
concurrent.futures.

    python3 pools.py QUESTION [ARGUMENT...]

Prints one JSON object.  `seconds` do not contain the start of the interpreter.

  gain KIND MS    work for MS halved between two workers, beside one
  loss KIND MS    the same in tasks of 1.5 ms by an executor, beside halves
  uneven MS       four long tasks, then four short ones, by an executor
  images          3 MB each, pickled to two workers and back, beside one
  kill-mp, kill-executor, chunks, children CHUNK, cancel KIND WORKERS,
  undrained       what a Pool, an executor or a Queue does; see rows_pool.py

KIND: threads or processes.
"""
import concurrent.futures
import json
import multiprocessing
import os
import signal
import sys
import threading
import time

TASK_MS = 1.5
IMAGES = 12
ROUNDS = 2
KILL_TASKS = 6
KILL_TASK_S = 0.3
KILL_AFTER_S = 0.15
HANG_S = 2.0

multiprocessing.set_start_method("fork")
EXECUTORS = {"threads": concurrent.futures.ThreadPoolExecutor,
             "processes": concurrent.futures.ProcessPoolExecutor}
WORKERS = {"threads": threading.Thread, "processes": multiprocessing.Process}


def loops(count):
    x = 1
    for _ in range(count):
        x = (x * 77 + 128) & 0xFFFF
    return x


def loops_of(ms):
    """How many take so long: the best of several, as others disturb."""
    best = 1e9
    for _ in range(10):
        start = time.perf_counter()
        loops(20000)
        best = min(best, time.perf_counter() - start)
    return int(20000 * ms / 1e3 / best)


def seconds_of(**works):
    """By name, the least of several rounds: what disturbs only adds."""
    least = dict.fromkeys(works, 1e9)
    for _ in range(ROUNDS):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            least[name] = min(least[name], time.perf_counter() - start)
    return least


# ---- speed ----

def gain(kind, ms):
    """Work by nobody else, and halved between two, their start included."""
    count = loops_of(ms)

    def halves():
        both = [WORKERS[kind](target=loops, args=(count // 2,))
                for _ in range(2)]
        for worker in both:
            worker.start()
        for worker in both:
            worker.join()
    return seconds_of(one=lambda: loops(count), two=halves)


def loss(kind, ms):
    """Work in halves and in tasks of 1.5 ms, by the same warm executor."""
    count = loops_of(TASK_MS)
    tasks = int(ms / TASK_MS)
    with EXECUTORS[kind](2) as executor:
        list(executor.map(loops, [1] * 8))
        return seconds_of(
            halves=lambda: list(executor.map(loops, [count * tasks // 2] * 2)),
            tasks=lambda: list(executor.map(loops, [count] * tasks)))


def uneven(ms):
    """A long task, and four of them with four short ones behind."""
    long, short = loops_of(ms), loops_of(1)
    with EXECUTORS["processes"](2) as executor:
        list(executor.map(loops, [1] * 8))
        return seconds_of(
            one=lambda: loops(long),
            all=lambda: list(executor.map(loops, [long] * 4 + [short] * 4)))


def blurred(image):
    from PIL import ImageFilter  # not every machine has it
    return image.filter(ImageFilter.GaussianBlur(6))


def images():
    """Blurred by one, and by two that get them and give them back pickled."""
    from PIL import Image
    noise = Image.effect_noise((1024, 1024), 64).convert("RGB")
    some = [noise] * IMAGES
    with multiprocessing.Pool(2) as pool:
        pool.map(blurred, some[:2])
        return seconds_of(one=lambda: list(map(blurred, some)),
                          two=lambda: pool.map(blurred, some, chunksize=1))


# ---- deaths ----

def wait(_):
    time.sleep(KILL_TASK_S)
    return True


def kill_in_pool():
    with multiprocessing.Pool(2) as pool:
        before = {worker.pid for worker in pool._pool}
        answers = [pool.apply_async(wait, (i,)) for i in range(KILL_TASKS)]
        time.sleep(KILL_AFTER_S)
        os.kill(max(before), signal.SIGKILL)
        end = time.perf_counter() + HANG_S
        for answer in answers:
            answer.wait(max(0, end - time.perf_counter()))
        after = {worker.pid for worker in pool._pool}
        well = sum(answer.ready() and answer.successful()
                   for answer in answers)
        ready = sum(answer.ready() for answer in answers)
        return {"well": well, "failed": ready - well,
                "never": KILL_TASKS - ready, "new": len(after - before)}


def kill_in_executor():
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        futures = [executor.submit(wait, i) for i in range(KILL_TASKS)]
        time.sleep(KILL_AFTER_S)
        before = set(executor._processes)
        start = time.perf_counter()
        os.kill(max(before), signal.SIGKILL)
        done, pending = concurrent.futures.wait(futures, HANG_S)
        seconds = time.perf_counter() - start
        failed = sum(future.exception() is not None for future in done)
        after = set(executor._processes or ())
        return {"well": len(done) - failed, "failed": failed,
                "never": len(pending), "new": len(after - before),
                "seconds": seconds}


# ---- counts ----

def pid(_):
    time.sleep(0.002)
    return os.getpid()


def chunks():
    with multiprocessing.Pool(2) as pool:
        return {"chunks": " ".join(
            str(pool.map_async(pid, range(n))._chunksize)
            for n in (1, 7, 8, 9, 100))}


def children(chunk):
    with multiprocessing.Pool(1, maxtasksperchild=3) as pool:
        pids = pool.map(pid, range(12), chunksize=chunk)
    return {"children": len(set(pids))}


def cancel(kind, workers):
    """How many of nine cannot be cancelled once the first has begun."""
    with EXECUTORS[kind](workers) as executor:
        executor.submit(pid, 0).result()
        futures = [executor.submit(time.sleep, 0.2) for _ in range(9)]
        time.sleep(0.1)
        return {"result": sum(not future.cancel() for future in futures)}


def put_large(belt):
    belt.put(b"x" * 1000000)


def undrained():
    """Is a child alive whose item nobody has read; and once it was read?"""
    belt = multiprocessing.Queue()
    child = multiprocessing.Process(target=put_large, args=(belt,))
    child.start()
    child.join(0.5)
    alive = [child.is_alive()]
    belt.get()
    child.join(2)
    return {"result": alive + [child.is_alive()]}


def main():
    question, *rest = sys.argv[1:]
    questions = {
        "gain": lambda: gain(rest[0], float(rest[1])),
        "loss": lambda: loss(rest[0], float(rest[1])),
        "uneven": lambda: uneven(float(rest[0])),
        "images": images,
        "kill-mp": kill_in_pool,
        "kill-executor": kill_in_executor,
        "chunks": chunks,
        "children": lambda: children(int(rest[0])),
        "cancel": lambda: cancel(rest[0], int(rest[1])),
        "undrained": undrained,
    }
    print(json.dumps(questions[question]()))


if __name__ == "__main__":
    main()
