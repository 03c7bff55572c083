"""What belt.c does, done by queue.Queue.

    python3 belt.py LIMIT COUNT
"""
import json
import queue
import resource
import sys
import threading
import time


def main():
    limit, count = int(sys.argv[1]), int(sys.argv[2])
    belt = queue.Queue(limit)

    def fill():
        for i in range(count):
            belt.put(i)

    def empty():
        for _ in range(count):
            belt.get()

    threads = [threading.Thread(target=empty), threading.Thread(target=fill)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before
    print(json.dumps({"items": count / seconds, "switches": switches / count}))


main()
