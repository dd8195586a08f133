#!/usr/bin/env python3
"""What session engines lose and what they cost: ours and Django's in one run, on the same stores.

    .venv/bin/python benchmarks/sessions.py                 1,000 overlapping pairs per engine, 45 rounds of timing
    .venv/bin/python benchmarks/sessions.py --pairs 50 --rounds 9

Lost updates: two processes load one session; then both, at once, write a key of their own and save. A pair is lost when
one of the two keys is missing afterwards. Costs: microseconds by the clock, median of all calls, one process, rounds of
all engines in turn; a session of ten keys. A liveness check says how long a session has left: ours asks for that alone,
with Django's engines one has to load.

Goals: ours lose none, and the control shows the loss; ours take at most 1.25 times Django's engine on the same store to
load and to save, but twice its time to load from Redis, where ours brings the end of the session and the visitor's
navigation state in the same round trip; a check takes less than a load, ours or Django's. Ends with one line of JSON;
with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402  (the path must be there first)

MAX_TIMES_DJANGO, MAX_TIMES_DJANGOS_REDIS_LOAD = 1.25, 2.0
CALLS = 20  # timed calls of each kind in a round: short, so that a busy moment of the machine meets all engines
WORKER = ROOT / "benchmarks" / "session_worker.py"


@dataclass(frozen=True)
class Engine:
    """``compared``: the name of Django's engine on the same store, empty for Django's own."""

    name: str
    path: str
    compared: str = ""


DJANGO = "django.contrib.sessions.backends."
SETUPS = {
    "services": (
        Engine("django db, PostgreSQL", f"{DJANGO}db"),
        Engine("navstate sql, PostgreSQL", "navstate.sessions.sql", "django db, PostgreSQL"),
        Engine("django cached_db", f"{DJANGO}cached_db"),
        Engine("django cache, Redis", f"{DJANGO}cache"),
        Engine("navstate redis", "navstate.sessions.redis", "django cache, Redis"),
    ),
    "sqlite": (
        Engine("django db, SQLite", f"{DJANGO}db"),
        Engine("navstate sql, SQLite", "navstate.sessions.sql", "django db, SQLite"),
    ),
}


@dataclass
class Result:
    lost: int = 0
    micros: dict[str, list[float]] = field(default_factory=lambda: {"load": [], "save": [], "check": []})

    def median(self, kind: str) -> float:
        return statistics.median(self.micros[kind])


class Worker:
    """A process with Django in it that does what it is told, a line of JSON at a time."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, WORKER],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, order: str, **arguments: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, **arguments}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, order: str, **arguments: Any) -> Any:
        self.tell(order, **arguments)
        return self.hear()

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        servers.stop(self.process)  # type: ignore[arg-type]


@contextlib.contextmanager
def workers_of(setup: str) -> Iterator[tuple[Worker, Worker]]:
    """Two processes on migrated stores of their own."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-bench-")))
        database = stack.enter_context(servers.postgres_server()) if setup == "services" else ""
        redis = f"{stack.enter_context(servers.redis_server())}/1" if setup == "services" else ""
        environment = servers.shop_environment(folder, 1, database, redis)
        environment |= {
            "SECRET_KEY": "bench-only-" * 5,
            "HTTPS": "0",
            "LOG_LEVEL": "ERROR",
            "SESSION_IDLE_SECONDS": "1209600",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        pair = Worker(environment), Worker(environment)
        for worker in pair:
            stack.callback(worker.stop)
        yield pair


def is_lost(pair: tuple[Worker, Worker]) -> bool:
    """One overlapping pair: both have loaded before either saves, and both save at once."""
    key = pair[0].ask("new")
    for order in ("load", "save"):
        for number, worker in enumerate(pair):
            worker.tell(order, key=key, name=f"own{number}")
        for worker in pair:
            worker.hear()
    return not {"own0", "own1"} <= set(pair[0].ask("keys", key=key))


def measure(setup: str, pairs: int, rounds: int) -> dict[str, Result]:
    results = {engine.name: Result() for engine in SETUPS[setup]}
    with workers_of(setup) as pair:
        for engine in SETUPS[setup]:
            for worker in pair:
                worker.ask("engine", path=engine.path)
            progress = tqdm(range(pairs), desc=engine.name, unit=" pairs", disable=None, leave=False)
            results[engine.name].lost = sum(is_lost(pair) for _ in progress)
        for _ in tqdm(range(rounds), desc=f"{setup}: timing", unit=" rounds", disable=None, leave=False):
            for engine in SETUPS[setup]:
                pair[0].ask("engine", path=engine.path)
                for kind, micros in pair[0].ask("time", calls=CALLS).items():
                    results[engine.name].micros[kind] += micros
    return results


def missed_goals(engine: Engine, results: dict[str, Result], pairs: int) -> list[str]:
    """What this engine does not reach. Of Django's, only that it shows the loss: else the run shows nothing."""
    own = results[engine.name]
    if not engine.compared:
        return [] if own.lost > pairs / 2 else [f"{engine.name}: the control shows no loss"]
    missed = [f"{engine.name}: {own.lost} lost"] if own.lost else []
    for kind in ("load", "save"):
        is_redis_load = kind == "load" and engine.path == "navstate.sessions.redis"
        most = MAX_TIMES_DJANGOS_REDIS_LOAD if is_redis_load else MAX_TIMES_DJANGO
        if own.median(kind) > most * results[engine.compared].median(kind):
            missed.append(f"{engine.name}: {kind}")
    if own.median("check") > min(own.median("load"), results[engine.compared].median("check")):
        missed.append(f"{engine.name}: check")
    return missed


def report(results: dict[str, Result], pairs: int) -> list[str]:
    """Print the table; the goals that were missed."""
    print(f"{'engine':26} {'lost of ' + str(pairs):>14} {'load µs':>9} {'save µs':>9} {'check µs':>9}")
    missed: list[str] = []
    for engine in (each for setup in SETUPS.values() for each in setup):
        own = results[engine.name]
        figures = " ".join(f"{own.median(kind):9.0f}" for kind in ("load", "save", "check"))
        not_reached = missed_goals(engine, results, pairs)
        print(f"{engine.name:26} {own.lost:>14} {figures}{'  ✗' if not_reached else ''}")
        missed += not_reached
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=45)
    given = parser.parse_args()
    results: dict[str, Result] = {}
    for setup in SETUPS:
        results |= measure(setup, given.pairs, given.rounds)
    missed = report(results, given.pairs)
    engines = {
        name: {"lost": own.lost, **{f"{kind}_us": round(own.median(kind), 1) for kind in own.micros}}
        for name, own in results.items()
    }
    print(json.dumps({"benchmark": "sessions", "pairs": given.pairs, "engines": engines, "missed": missed}))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
