"""Kill one of two workers of a run, and tell what came of it.

    python3 kill.py MINILAB POOL PICTURE...

Each picture waits TASK_MS in a worker.  Prints one JSON object in the words of
pools.py, whose `kill-*` it is beside.
"""
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

TASK_MS = 300
KILL_AFTER_S = 0.15
START_S = 10


def children(pid):
    found = set()
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                found.update(int(child) for child in file.read().split())
        except FileNotFoundError:  # that thread has ended
            pass
    return found


def workers(pid):
    """Both, once they run."""
    end = time.monotonic() + START_S
    while len(found := children(pid)) < 2:
        if time.monotonic() > end:
            sys.exit("two workers did not start")
        time.sleep(0.001)
    return found


def main():
    minilab, policy, *pictures = sys.argv[1:]
    with tempfile.TemporaryDirectory() as out:
        run = subprocess.Popen(
            [minilab, "run", "-s", "--json", "-m", "processes", "-j", "2",
             "--pool", policy, "-f", f"sleep:{TASK_MS}ms", *pictures, "-o",
             out], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        victim = max(workers(run.pid))
        time.sleep(KILL_AFTER_S)
        start = time.perf_counter()
        os.kill(victim, signal.SIGKILL)
        told = json.loads(run.communicate()[0])
    pool = told["pool"]
    print(json.dumps({"well": told["done"],
                      "failed": told["failed"] - pool["lost"],
                      "never": pool["lost"],
                      "new": pool["workers_started"] - 2,
                      "seconds": time.perf_counter() - start}))


main()
