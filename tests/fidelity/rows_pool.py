"""Rows of what pools do, F27 to F31, F33 and F34: counts and answers, no times.

minilab's side is the program under `--pool mp` and `--pool executor`, and the
program `semantics` of tests/sync, which answers questions on synchronisation in
the words of a Python script.  What is wrong here is what another policy does.
"""
import json
import os
import subprocess
import sys

from bench import CLEAN, FOLDER, SAME, TIMEOUT_S, Skip, load, row
from rows_process import of_program, of_python, pictures

DEATHS = 6  # pictures
TRIES = 5
# The script that asks CPython what `semantics` answers.
SCRIPT = os.environ.get("MINILAB_SEMANTICS", os.path.join(
    FOLDER, "..", "..", "..", "shared", "cpython", "semantics.py"))


# ---- a worker is killed ----

def of_kill(policy):
    def command(bench, variant):
        chosen = {None: policy, "retries": "minilab"}.get(variant, variant)
        return [sys.executable, os.path.join(FOLDER, "kill.py"),
                os.path.join(bench.build, "minilab"), chosen,
                *pictures(bench)["small"][:DEATHS]]
    return command


for pool in ("mp", "executor"):
    load(f"kill-{pool}", of_python(f"kill-{pool}"), of_kill(pool), CLEAN)


def outcome(subject, name):
    """Tasks that ended well, that failed, that nobody ever answers for, and new
    workers."""
    result = [str(subject.usual(name, field))
              for field in ("well", "failed", "never", "new")]
    return " ".join(result)


@row("F27", "kill -9 in a Pool: well, failed, never, new", SAME,
     ("executor", "retries"))
def death_in_a_pool(subject):
    return outcome(subject, "kill-mp")


@row("F28a", "the same in an executor", SAME, ("mp", "retries"))
def death_in_an_executor(subject):
    return outcome(subject, "kill-executor")


@row("F28b", "seconds from the kill until all have failed", (0, 1))
def time_of_a_death(subject):
    return subject.median("kill-executor", "seconds")


# ---- chunks and children ----

def of_chunk(bench, variant, count):
    return of_program(bench, None, "-n -m processes -j 2 --pool " +
                      (variant or "mp"), count=count)


def of_children(bench, variant, chunk):
    # Who counts items instead: what is right for chunks of one.
    size = 1 if variant == "items" else chunk
    return of_program(bench, None, "-m processes -j 1 --pool mp "
                      f"--tasks-per-child 3 --chunk {size}", count=12)


load("chunks", of_python("chunks"), None, CLEAN)
load("chunk", None, of_chunk, CLEAN)
for one_chunk in (1, 2):
    load(f"children-{one_chunk}", of_python("children", one_chunk), None,
         CLEAN)
load("children", None, of_children, CLEAN)


def told(subject, name, field, **arguments):
    """Of what a run tells about its pool."""
    return subject.usual(name, "pool", **arguments)[field]


@row("F30", "chunks of 1, 7, 8, 9, 100 tasks, 2 workers", SAME, ("executor",))
def chunk_sizes(subject):
    if subject.name == "cpython":
        return subject.usual("chunks", "chunks")
    return " ".join(str(told(subject, "chunk", "chunk", count=count))
                    for count in (1, 7, 8, 9, 100))


def children_of(subject, chunk):
    if subject.name == "cpython":
        return subject.usual(f"children-{chunk}", "children")
    return told(subject, "children", "workers_started", chunk=chunk)


@row("F31a", "children of 12 tasks, 3 each, chunks of 1", SAME)
def children_of_tasks(subject):
    return children_of(subject, 1)


@row("F31b", "the same, chunks of 2", SAME, ("items",))
def children_of_chunks(subject):
    return children_of(subject, 2)


# ---- answers ----

def semantics(bench):
    return os.path.join(bench.build, "tests", "semantics")


def of_question(name):
    # Wrong for processes: to hand over no sooner than threads do.
    def command(bench, variant):
        question = "uncancellable_thread_1worker" if variant else name
        return [semantics(bench), question]
    return command


for cancelled, question in (
        (("threads", 1), "uncancellable_thread_1worker"),
        (("processes", 1), "uncancellable_process_workers"),
        (("processes", 2), "uncancellable_process_workers")):
    load("cancel-{}-{}".format(*cancelled), of_python("cancel", *cancelled),
         of_question(question), CLEAN)
load("undrained", of_python("undrained"),
     of_question("mpqueue_undrained_child_does_not_exit"), CLEAN)


def uncancellable(subject, kind, workers):
    result = subject.usual(f"cancel-{kind}-{workers}", "result")
    return result[workers - 1] if isinstance(result, list) else result


@row("F29a", "of 9 not cancellable: 1 thread", SAME)
def uncancellable_thread(subject):
    return uncancellable(subject, "threads", 1)


# One more than workers is taken from the line before the first result; another
# for each worker that takes its task while others are still submitted.
@row("F29b", "the same: 1 process", (2, 3), ("thread",))
def uncancellable_process(subject):
    return uncancellable(subject, "processes", 1)


@row("F29c", "the same: 2 processes", (3, 5), ("thread",))
def uncancellable_processes(subject):
    return uncancellable(subject, "processes", 2)


@row("F33", "child with 1 MB unread lives; and once read", SAME)
def undrained_child(subject):
    return json.dumps(subject.usual("undrained", "result"))


def answers(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=TIMEOUT_S)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line]
    return {line["check"]: line["result"] for line in lines}


def agrees(name, ours, theirs):
    """Python's script sleeps where others are to come first: asked once more,
    alone, they may."""
    tries = 0
    while ours != theirs and tries < TRIES:
        theirs = answers([sys.executable, SCRIPT, name]).get(name)
        tries += 1
    return ours == theirs


@row("F34", "questions on contracts: asked, answered alike", SAME)
def contracts(subject):
    if not os.path.exists(SCRIPT):
        raise Skip("no script that asks CPython: set MINILAB_SEMANTICS")
    ours = answers([semantics(subject.bench)])
    theirs = answers([sys.executable, SCRIPT])
    asked = [name for name in theirs if theirs[name] != "n/a"]
    if subject.name == "cpython":
        return len(asked)
    return sum(name in ours and agrees(name, ours[name], theirs[name])
               for name in asked)
