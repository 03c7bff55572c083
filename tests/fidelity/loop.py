"""What minilab's event loop is beside, done by asyncio.

    python3 loop.py LOAD MS COUNT

Prints one JSON object in the words of `minilab run --json`.

  delays N    COUNT sleeps of MS, N at a time (`serial`: one after the other)
  inline      COUNT jobs that compute MS on the loop
  threads     likewise, in one executor thread; threads2: two at a time in two
  processes   likewise, in one executor process

and, with nobody watching the loop, in the words of async_load.c:

  sleeps N    as delays N: how often threads gave the processor up
  queue N     COUNT items through an asyncio.Queue(N) from a task to another
"""
import asyncio
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

TICK_S = 0.001


def compute(ms):
    end = time.thread_time() + ms / 1e3
    while time.thread_time() < end:
        pass


async def tick(lags, stop):
    while not stop.is_set():
        start = time.perf_counter()
        await asyncio.sleep(TICK_S)
        lags.append(max(0.0, time.perf_counter() - start - TICK_S))


async def delays(ms, count, at_a_time):
    free = asyncio.Semaphore(at_a_time)

    async def one():
        async with free:
            await asyncio.sleep(ms / 1e3)
    await asyncio.gather(*(one() for _ in range(count)))


async def jobs(ms, count, executor, at_a_time):
    loop = asyncio.get_running_loop()
    for _ in range(count // at_a_time):
        if executor is None:
            compute(ms)
            await asyncio.sleep(2 * TICK_S)
        else:
            await asyncio.gather(*(loop.run_in_executor(executor, compute, ms)
                                   for _ in range(at_a_time)))


async def watched(work):
    lags, stop = [], asyncio.Event()
    ticker = asyncio.create_task(tick(lags, stop))
    await asyncio.sleep(2 * TICK_S)
    start = time.perf_counter()
    lags.clear()
    await work
    seconds = time.perf_counter() - start
    await asyncio.sleep(2 * TICK_S)
    stop.set()
    await ticker
    lags.sort()
    return {"seconds": seconds,
            "loop": {"lag_ms": {"p50": 1e3 * lags[len(lags) // 2],
                                "p99": 1e3 * lags[int(len(lags) * 0.99)],
                                "max": 1e3 * lags[-1]}}}


def sleeps(ms, count, at_a_time):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    start = time.perf_counter()
    asyncio.run(delays(ms, count, at_a_time))
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    return {"seconds": seconds, "switches": after - before}


async def queue(count, limit):
    items = asyncio.Queue(limit)

    async def get_all():
        for _ in range(count):
            await items.get()
    getter = asyncio.create_task(get_all())
    start = time.perf_counter()
    for i in range(count):
        await items.put(i)
    await getter
    return {"items_per_s": count / (time.perf_counter() - start)}


def main():
    name, ms, count = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    if name.startswith("delays"):
        work = delays(ms, count, int(name[len("delays"):]))
        result = asyncio.run(watched(work))
    elif name.startswith("sleeps"):
        result = sleeps(ms, count, int(name[len("sleeps"):]))
    elif name.startswith("queue"):
        result = asyncio.run(queue(count, int(name[len("queue"):])))
    elif name == "inline":
        result = asyncio.run(watched(jobs(ms, count, None, 1)))
    else:
        width = 2 if name.endswith("2") else 1
        kind = (ProcessPoolExecutor if name.startswith("processes")
                else ThreadPoolExecutor)
        with kind(width) as executor:
            for done in [executor.submit(compute, 1) for _ in range(width)]:
                done.result()
            result = asyncio.run(watched(jobs(ms, count, executor, width)))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
