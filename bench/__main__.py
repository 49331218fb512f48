"""python -m bench [--quick]: prints each figure with its ratio to the limit and its goal; exit 1 when one is missed."""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import committee, guarding, limits, load, processes
from bench.figures import GOALS, Line, table
from bench.ground import BIG, Register, register, server
from bench.load import Load, Measured

CONNECTIONS = 16
FILING = {
    "description": "Mijn training ging niet door en niemand belde mij terug. " * 6,
    "channel": "email",
    "complainant": {"name": "Sam Voorbeeld", "email": "sam@example.org"},
}
FIRST_DAY = "2010-01-01"  # before anything in the registers, and within what one report may ask for
CASES = "cases of a body"
READS = ("work list", "dossier", "events", "register", CASES)


@dataclass
class Subject:
    """One register with the product, and where it is measured the prototype, in front of it."""

    register: Register
    product: tuple[int, int]
    prototype: tuple[int, int] | None
    body_key: str
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    costs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    p99: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)


def main() -> int:
    options = _options()
    os.chdir(Path(__file__).parent.parent)
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="gehoor-bench-", dir=options.directory))
        running = stack.enter_context(server(Path(directory)))
        subjects = [_subject(stack, running, size, options) for size in options.complaints]
        for number in range(options.rounds):
            for subject in subjects:
                _round(subject, options.seconds)
            _say(f"round {number + 1} of {options.rounds} done")
        memory = max(processes.largest(subject.product[1]) for subject in subjects)
        lines = [line for subject in subjects for line in _lines(subject, subjects[0])]
        lines.append(Line("memory of an API process", memory, "MiB", goal=GOALS["memory"]))
        lines += [line for subject in subjects for line in _guard(subject)]
    print(table(lines))
    return 1 if any(line.verdict == "NOT" for line in lines) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 thousand complaints only, about two minutes")
    parser.add_argument("--complaints", type=int, nargs="+", help="sizes, the smallest first")
    parser.add_argument("--seconds", type=float, help="how long each figure is measured in a round")
    parser.add_argument("--rounds", type=int, help="how often; the median is taken")
    parser.add_argument("--directory", type=Path, help="where the databases are while it runs (11 GB)")
    options = parser.parse_args()
    options.complaints = options.complaints or ([10_000] if options.quick else [10_000, 1_000_000])
    # several short rounds: a few seconds later the machine may be half as fast
    options.seconds = options.seconds or 2
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def _subject(stack: ExitStack, running: object, size: int, options: argparse.Namespace) -> Subject:
    begin = time.perf_counter()
    breached = 10_000 if size >= 1_000_000 else max(size // 10, 1)
    made = register(running, size, breached)  # type: ignore[arg-type]
    seconds = time.perf_counter() - begin
    _say(f"{size:,} complaints in {seconds:.0f} s ({size / seconds:,.0f} per second)")
    limits.prepare(made)
    product = stack.enter_context(processes.product(made))
    prototype = stack.enter_context(processes.prototype(made)) if size == options.complaints[0] else None
    return Subject(made, product, prototype, committee.prepare(made))


def _round(subject: Subject, seconds: float) -> None:
    """The limit and the product one right after the other, so that they meet the same weather; then the prototype."""
    paths = _paths(subject.register)
    for figure in READS:
        if figure in limits.SCRIPTS:
            _limit(subject, figure, seconds)
        with _costing(subject, figure) as used:
            kind = "body" if figure == CASES else "system"
            measured = _load(subject, subject.product[0], paths[figure], CONNECTIONS, seconds, kind=kind)
            used.answers = measured.answers * (seconds + load.WARM) / seconds
        subject.rates[figure].append(measured.rate)
        if figure in limits.SCRIPTS:
            _against_prototype(subject, figure, paths[figure], seconds)
    if subject.prototype is not None:
        _report(subject, seconds)
    _limit(subject, "intake", seconds)
    with _costing(subject, "intake") as used:
        many = _file(subject, CONNECTIONS, seconds)
        used.answers = many.answers * (seconds + load.WARM) / seconds
    subject.rates["intake"].append(many.rate)
    subject.p99.append(many.p99)
    _against_prototype(subject, "intake", ["/v1/complaints"], seconds, body=json.dumps(FILING))
    subject.rates["intake by a website"].append(_file(subject, CONNECTIONS, seconds, kind="website").rate)
    subject.medians.append(_file(subject, 1, min(seconds, 2)).median)


def _limit(subject: Subject, figure: str, seconds: float) -> None:
    with _costing(subject, f"limit {figure}") as used:
        rate = limits.rate(subject.register, figure, CONNECTIONS, seconds)
        used.answers = rate * seconds
    subject.rates[f"limit {figure}"].append(rate)


def _report(subject: Subject, seconds: float) -> None:
    """All of one organisation's complaints in one report, again and again."""
    subject.rates["limit report"].append(limits.rate(subject.register, "report", 1, seconds))
    path = f"/v1/reports/summary?from={FIRST_DAY}"
    subject.rates["report"].append(_load(subject, subject.product[0], [path], 1, seconds, kind="reporter").rate)


@dataclass
class Used:
    """How many answers the processor time that was counted meanwhile was for."""

    answers: float = 0


@contextmanager
def _costing(subject: Subject, figure: str) -> Iterator[Used]:
    """Notes the processor time per answer of everything that took part: the database, the server and the client.

    Where other work shares the machine this is steadier than the rate.
    """
    used, begin = Used(), _seconds_used(subject)
    yield used
    subject.costs[figure].append((_seconds_used(subject) - begin) * 1000 / max(used.answers, 1))


def _seconds_used(subject: Subject) -> float:
    clients = resource.getrusage(resource.RUSAGE_CHILDREN)
    servers = [subject.register.server.pid, subject.product[1]]
    return clients.ru_utime + clients.ru_stime + sum(processes.seconds_used(pid) for pid in servers)


def _paths(register: Register) -> dict[str, list[str]]:
    dossiers = [f"/v1/complaints/{complaint}" for complaint in register.complaints]
    return {
        "work list": ["/v1/terms"],
        "dossier": dossiers,
        "events": [f"{path}/events" for path in dossiers],
        "register": ["/v1/complaints"],
        CASES: ["/v1/committee/escalations"],
    }


def _against_prototype(
    subject: Subject, figure: str, paths: list[str], seconds: float, body: str | None = None
) -> None:
    if subject.prototype is not None:
        measured = _load(subject, subject.prototype[0], paths, CONNECTIONS, seconds, body)
        subject.rates[f"prototype {figure}"].append(measured.rate)


def _file(subject: Subject, connections: int, seconds: float, kind: str = "system") -> Measured:
    body = {name: value for name, value in FILING.items() if kind == "system" or name != "channel"}
    return _load(subject, subject.product[0], ["/v1/complaints"], connections, seconds, json.dumps(body), kind)


def _load(
    subject: Subject,
    port: int,
    paths: list[str],
    connections: int,
    seconds: float,
    body: str | None = None,
    kind: str = "system",
) -> Measured:
    key = subject.body_key if kind == "body" else subject.register.filled.keys[BIG][kind]
    measured = load.measure(Load(port, paths, key, connections, seconds, body=body))
    if measured.others or not measured.answers:
        _say(f"{paths[0]}: other answers {measured.others}")
    return measured


def _lines(subject: Subject, smallest: Subject) -> list[Line]:
    median = {name: statistics.median(values) for name, values in subject.rates.items()}
    at = f"{subject.register.size:,}"
    lines = [_ratio(subject, figure, at) for figure in ("intake", "work list", "dossier")]
    p99, first = statistics.median(subject.p99), statistics.median(subject.medians)
    of_limit = _of_limit(subject)
    lines.insert(1, Line(f"intake p99, 16 connections, {at}", p99, "ms", p99 * of_limit, GOALS["intake p99"]))
    lines.insert(2, Line(f"intake median, 1 connection, {at}", first, "ms", first * of_limit, GOALS["intake median"]))
    lines += [Line(f"{figure}, {at}", median[figure], "/s") for figure in ("intake by a website", "events", "register")]
    pairs = zip(subject.rates[CASES], subject.rates["register"], strict=True)
    ratio = statistics.median(cases / complaints for cases, complaints in pairs)
    lines.append(Line(f"{CASES} / register, {at}", median[CASES], "/s", ratio, GOALS[CASES]))
    if subject.rates["report"]:
        pairs = zip(subject.rates["limit report"], subject.rates["report"], strict=True)
        times = statistics.median(limit / ours for limit, ours in pairs)
        lines.append(Line(f"report over all complaints, {at}", median["report"], "/s", times, GOALS["report"]))
    if subject is not smallest:
        lines += [_growth(subject, smallest, figure, at) for figure in READS]
    return lines


def _of_limit(subject: Subject) -> float:
    """How many intakes the limit does in a millisecond of the same run."""
    return statistics.median(subject.rates["limit intake"]) / 1000


def _ratio(subject: Subject, figure: str, at: str) -> Line:
    """The middle one of the rounds' ratios: both sides of each were measured within seconds."""
    limit, product = subject.rates[f"limit {figure}"], subject.rates[figure]
    ratio = statistics.median(ours / most for ours, most in zip(product, limit, strict=True))
    cost, least = subject.costs[figure], subject.costs[f"limit {figure}"]
    by_cost = statistics.median(best / ours for ours, best in zip(cost, least, strict=True))
    remark = f"processor {statistics.median(cost):.2f} ms (ratio {by_cost:.3f}); limit {statistics.median(limit):,.0f}"
    if prototype := subject.rates.get(f"prototype {figure}"):
        remark += f", prototype {statistics.median(prototype):,.0f}"
    return Line(f"{figure}, {at}", statistics.median(product), "/s", ratio, GOALS[figure], remark)


def _growth(subject: Subject, smallest: Subject, figure: str, at: str) -> Line:
    pairs = zip(subject.rates[figure], smallest.rates[figure], strict=True)
    ratio = statistics.median(large / small for large, small in pairs)
    size = f"{smallest.register.size:,}"
    value = statistics.median(subject.rates[figure])
    return Line(f"{figure}, {at} / {size}", value, "/s", ratio, GOALS.get(f"{figure} growth"))


def _guard(subject: Subject) -> list[Line]:
    found, of_limit = guarding.measure(subject.register), _of_limit(subject)
    at = f"{subject.register.size:,}"
    goal = GOALS["guard"] if found.complaints >= 10_000 else None
    of_all = found.seconds * 1000 * of_limit
    idle = {"breaches": found.idle_breaches, "pauses that lapse": found.idle_lapses, "warnings": found.idle_warnings}
    return [
        Line(f"guard, {found.complaints:,} breached, {at}", found.seconds, "s", of_all, goal),
        *(
            Line(f"idle sweep for {what}, {at}", taken, "ms", taken * of_limit, GOALS["idle sweep"])
            for what, taken in idle.items()
        ),
        Line(f"memory of a worker, {at}", found.memory, "MiB", goal=GOALS["memory"]),
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
