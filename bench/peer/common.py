# common.py: what the programs of bench/peers written in Python share.
import multiprocessing
import os
import sys
import time

JOBS = {}  # name: what makes an output of an input


def files(folder):
    """All files below a folder, in a fixed order."""
    found = []
    for base, _, names in os.walk(folder):
        found += [os.path.join(base, name) for name in names]
    return sorted(found)


def target(job, path, out):
    """The output of a job: one folder, names made unique by their folder."""
    name = os.path.basename(os.path.dirname(path)) + "-"
    name += os.path.splitext(os.path.basename(path))[0]
    return os.path.join(out, name + (".png" if job == "png" else ".jpg"))


def work(pair):
    JOBS[sys.argv[1]](*pair)


def main(jobs):
    """JOB IN OUT: do a job over a folder in two processes, say the seconds."""
    job, folder, out = sys.argv[1:4]
    JOBS.update(jobs)
    pairs = [(path, target(job, path, out)) for path in files(folder)]
    with multiprocessing.Pool(2) as pool:
        pool.map(os.path.exists, ["."] * 8)  # both have started
        start = time.monotonic()
        for _ in pool.imap_unordered(work, pairs, max(1, len(pairs) // 64)):
            pass
        print(time.monotonic() - start)
