"""The fidelity bench: pairs of loads, and rows that judge them.

A row is one function, told of by @row: given a subject, it returns one number.
The subjects are CPython, minilab, and what is deliberately wrong (its
`rejects`).  minilab passes when its number lies in the row's band; the row
itself is worth something only when every wrong one lies outside.

    @row("F5", "slice p50, k=2, 5 ms", band=(1.00, 1.05), rejects=("mutex",))
    def slice_p50(subject):
        return subject.median("slices", "p50", k=2, interval_ms=5, count=1500)

A count or an answer has no band but SAME: minilab's is to equal CPython's, and
every wrong one to differ.

A load is a pair of commands, told of by load(): one for CPython, one for
minilab or a wrong variant; each prints one JSON object with numbers.  Rows
share loads: what was measured once is kept.

CPython and minilab take turns, REPEATS times.  A repetition beside which other
processes used more than BUSY processors is thrown away, unless the load ran as
SCHED_RR: then a woken thread gets its processor whoever else is there.  With
fewer than CLEAN left, a row is SKIP, which is not passed.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

REPEATS = 5
CLEAN = 3
FAKE_REPEATS = 2
BUSY = 0.15
SAME = "the same"
TIMEOUT_S = 60

ROWS = []
LOADS = {}
FOLDER = os.path.dirname(os.path.abspath(__file__))


class Skip(Exception):
    """A row that cannot be judged here, and why."""


class Broken(Exception):
    """A load that failed, and how."""


def row(number, title, band, rejects=()):
    """`band` is (low, high), or a function from CPython's number to that, or
    SAME."""
    def tell(function):
        ROWS.append((number, title, band, rejects, function))
        return function
    return tell


def load(name, cpython, minilab, repeats=REPEATS):
    """Two functions from keyword arguments (and the variant, for minilab: None
    is the real one) to a command; either may be None.  `repeats`: fewer for
    what only counts."""
    assert name not in LOADS, name
    LOADS[name] = (cpython, minilab, repeats)


def machine_busy_s():
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(x) for x in stat.readline().split()[1:]]
    used = ticks[0] + ticks[1] + ticks[2] + sum(ticks[5:8])
    return used / os.sysconf("SC_CLK_TCK")


def own_busy_s():
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        use = resource.getrusage(who)
        total += use.ru_utime + use.ru_stime
    return total


def may_run_real_time():
    if not hasattr(os, "sched_setscheduler"):
        return False
    probe = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", probe], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def be_real_time():
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


class Bench:
    def __init__(self, build, real_time, log):
        self.build = build
        self.real_time = real_time
        self.log = log
        self.kept = {}  # (load, arguments) -> {subject: [results]}
        self.thrown = 0

    def run(self, command):
        """The result of one repetition, or None when it was disturbed."""
        busy, own, start = machine_busy_s(), own_busy_s(), time.monotonic()
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S,
            check=False, preexec_fn=be_real_time if self.real_time else None)
        wall = time.monotonic() - start
        others = ((machine_busy_s() - busy) - (own_busy_s() - own)) / wall
        if done.returncode != 0:
            raise Broken(f"{' '.join(command)}: exit "
                         f"{done.returncode}\n{done.stderr}")
        if others > BUSY and not self.real_time:
            self.thrown += 1
            return None
        return json.loads(done.stdout)

    def results(self, name, subject, arguments):
        key = (name, tuple(sorted(arguments.items())))
        kept = self.kept.setdefault(key, {})
        if subject in kept:
            return kept[subject]
        cpython, minilab, repeats = LOADS[name]
        paired = subject in ("cpython", "minilab")
        commands = {}
        if paired and cpython:
            commands["cpython"] = cpython(self, **arguments)
        if paired and minilab:
            commands["minilab"] = minilab(self, None, **arguments)
        if not paired:
            commands[subject] = minilab(self, subject, **arguments)
        for who in commands:
            kept[who] = []
        for _ in range(repeats if paired else FAKE_REPEATS):
            for who, command in commands.items():
                result = self.run(command)
                if result is not None:
                    kept[who].append(result)
        self.log(f"  {name} {arguments} {', '.join(commands)}")
        return kept.get(subject)


class Subject:
    """One that is judged: `cpython`, `minilab`, or a wrong variant."""

    def __init__(self, bench, name):
        self.bench = bench
        self.name = name

    def all(self, name, field, **arguments):
        results = self.bench.results(name, self.name, arguments)
        if results is None:
            raise Skip(f"{self.name} has no {name}")
        least = CLEAN if self.name in ("cpython", "minilab") else 1
        if len(results) < least:
            raise Skip(f"{len(results)} undisturbed repetitions of {name}, "
                       f"{least} needed: the machine is busy")
        return [result[field] for result in results]

    def median(self, name, field, **arguments):
        return statistics.median(self.all(name, field, **arguments))

    def least(self, name, field, **arguments):
        """Of times that need every processor: what disturbs only adds."""
        return min(self.all(name, field, **arguments))

    def usual(self, name, field, **arguments):
        """The answer of most repetitions."""
        answers = self.all(name, field, **arguments)
        return max(answers, key=answers.count)


def number(value):
    if value is None:
        return "-"
    if isinstance(value, (str, int)):
        return str(value)
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def limits(band, cpython):
    """(low, high) of a band."""
    if band == SAME:
        return cpython, cpython
    return band(cpython) if callable(band) else band


def judge(bench, entry):
    """One row: the line's fields and the verdict."""
    _, _, band, rejects, function = entry
    cpython = None
    try:
        cpython = function(Subject(bench, "cpython"))
    except Skip as reason:
        if callable(band) or band == SAME:
            return None, None, None, f"SKIP {reason}", {}
    try:
        ours = function(Subject(bench, "minilab"))
        wrong = {name: function(Subject(bench, name)) for name in rejects}
    except Skip as reason:
        return cpython, None, None, f"SKIP {reason}", {}
    low, high = limits(band, cpython)
    accepted = [name for name, value in wrong.items() if low <= value <= high]
    verdict = "pass" if low <= ours <= high else "FAIL"
    if accepted:
        verdict = "FAIL takes " + ", ".join(accepted)
    return cpython, ours, (low, high), verdict, wrong


def judge_all(bench, chosen):
    """Print the table; how many rows failed, and how many were skipped."""
    failed = skipped = 0
    print(f"{'row':5} {'what':44} {'CPython':>8} {'minilab':>8} "
          f"{'band':>15}  verdict; the wrong ones", flush=True)
    for entry in ROWS:
        if chosen and entry[0] not in chosen:
            continue
        try:
            cpython, ours, band, verdict, wrong = judge(bench, entry)
        except (Broken, subprocess.TimeoutExpired) as reason:
            print(reason, file=sys.stderr)
            cpython, ours, band, wrong = None, None, None, {}
            verdict = "FAIL a load broke"
        shown = f"{number(band[0])}..{number(band[1])}" if band else "-"
        if entry[2] == SAME:
            shown = SAME
        others = ", ".join(f"{n} {number(v)}" for n, v in wrong.items())
        print(f"{entry[0]:5} {entry[1]:44} {number(cpython):>8} "
              f"{number(ours):>8} {shown:>15}  {verdict}"
              f"{'; ' + others if others else ''}", flush=True)
        failed += verdict.startswith("FAIL")
        skipped += verdict.startswith("SKIP")
    return failed, skipped
