#!/usr/bin/env python3
"""What navstate itself costs: CPU of the process per request, in microseconds, beside the same request without it.

    .venv/bin/python benchmarks/navstate.py               PostgreSQL and Redis, two minutes
    .venv/bin/python benchmarks/navstate.py --plain       SQLite, sessions and navigation state in SQL

Requests go through the shop's whole middleware to views that do nothing, in this process: no socket, no server, so that
nothing else is counted. The kinds of request take turns in an order by chance, two dozen each after a dozen that are not
counted (the processor forgets the others' code, and what came before must not favour any). Each request is timed by itself,
and a figure is the lowest tenth of them: whatever else runs on the machine only adds. Ends with one line of JSON; with 1
when a goal is missed.

"Without navstate" is the same address and view, with the same session engine and session middleware, and a session that
holds everything but a ``nav_id``. Left out are NavMiddleware, LivenessMiddleware and LanguageFromPathMiddleware. So the
difference is all that navstate does: reading state along with the session, the decision, headers, renewal, and, where it is
named, the trace with its share of what is written later by another thread. The stage is the last of five that are all done,
and nothing has changed since.
What a project does to know its facts is its own work and nothing here, on both sides. The round trip to Redis is part of
both sides too, as a page that reads a session needs one anyway; its line says what it takes by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

import django
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
# First, or this very file would be taken for the package of its name.
sys.path[0] = str(ROOT)

from tests import environment, servers  # noqa: E402

LIVENESS_GOAL = 0.5  # of an empty view behind the whole middleware that reads the session
PUBLIC_GOAL, STAGE_GOAL = 30.0, 150.0  # microseconds above the same page without navstate
TRACE_GOAL = 20.0  # microseconds that tracing adds off the stages, or to a visitor who is not in the sample
OURS = tuple(
    f"navstate.{name}"
    for name in ("middleware.NavMiddleware", "middleware.LanguageFromPathMiddleware", "middleware.LivenessMiddleware")
)
VISITORS = 24  # take turns, so that each entry of a batch of traces is another visitor's
WARMING = 12  # requests of a kind before those that are counted
Call = Callable[[], int]


@dataclass(frozen=True)
class Kind:
    """One kind of request. ``without``: navstate's middleware is left out. ``traced``: share of the visitors."""

    name: str
    path: str
    method: str = "GET"
    without: bool = False
    prefetch: bool = False
    traced: float = 0


EMPTY = Kind("an empty view that reads the session", "/empty/")
ALIVE = Kind("HEAD /api/session/valid", "/api/session/valid", "HEAD")
PUBLIC = Kind("a public page", "/public/")
BARE_PUBLIC = Kind("the same without navstate", "/public/", without=True)
STAGE = Kind("a stage page", "/review/")
BARE_STAGE = Kind("the same page without navstate", "/review/", without=True)
PREFETCH = Kind("a stage page, prefetched", "/review/", prefetch=True)
PUBLIC_PREFETCH = Kind("a public page, prefetched", "/public/", prefetch=True)
TRACED_EMPTY = Kind("an empty view that reads the session, traced", "/empty/", traced=1)
TRACED_PUBLIC = Kind("a public page, traced", "/public/", traced=1)
TRACED_STAGE = Kind("a stage page, traced", "/review/", traced=1)
SKIPPED_STAGE = Kind("a stage page, its visitor not in the sample", "/review/", traced=1e-9)
KINDS = (
    *(EMPTY, ALIVE, PUBLIC, BARE_PUBLIC, PUBLIC_PREFETCH, STAGE, BARE_STAGE, PREFETCH),
    *(TRACED_EMPTY, TRACED_PUBLIC, TRACED_STAGE, SKIPPED_STAGE),
)
ROUND_TRIP = Kind("one round trip to Redis by itself (GET)", "")


@contextlib.contextmanager
def stores(plain: bool) -> Iterator[None]:
    """Django set up on private stores, with empty tables."""
    os.environ["WAYMARK_STORES"] = "plain"  # what the tests' own environment would start is not wanted
    environment.prepare()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-bench-")))
        database = "" if plain else stack.enter_context(servers.postgres_server())
        redis = "" if plain else stack.enter_context(servers.redis_server()) + "/0"
        os.environ.update(servers.shop_environment(folder, 0, database, redis))
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.probe.settings"
        django.setup()
        management = import_module("django.core.management")
        management.call_command("migrate", verbosity=0)
        yield
        import_module("django.db").connections.close_all()


def session_cookie(nav_id: str) -> str:
    """A visitor with a session, every stage of the flow but the last one done; with no navigation state without an id."""
    settings = import_module("django.conf").settings
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["greeted"] = True
    if nav_id:
        session["_nav_id"] = nav_id
        storage = import_module("navstate.storage.base").get_storage()
        storage.compare_and_set(nav_id, "probe", expected=None, state=state_at_the_end(nav_id).to_json(), ttl=3600)
        begin_trace(nav_id)
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def state_at_the_end(nav_id: str) -> Any:
    """Of a visitor whose forms were all taken."""
    probe, machine = import_module("benchmarks.probe.urls"), import_module("navstate.rules.machine")
    state = import_module("navstate.rules.state").NavState.virtual(nav_id, "probe")
    for stage in probe.FLOW.stages[1:4]:
        state = machine.advance(probe.FLOW, state, probe.FACTS, stage.name, payload="p" * 22, led_to="/review/")
    return state


def begin_trace(nav_id: str) -> None:
    """Reading begins none, and what is measured here only reads."""
    trace, base = import_module("navstate.tracing.entry"), import_module("navstate.tracing.base")
    entry = trace.Entry(time.time_ns() // 1_000_000, trace.BrowserReport("enter"), trace.ServerState())
    base.get_traces().append([base.Line(trace.visitor_digest(nav_id), entry.at, trace.encode(entry), begins=True)])


def handler(*, without: bool) -> Any:
    """The WSGI application. ``without``: with none of navstate's middleware but that of the session."""
    settings, test = import_module("django.conf").settings, import_module("django.test")
    kept = [name for name in settings.MIDDLEWARE if not (without and name in OURS)]
    with test.override_settings(MIDDLEWARE=kept):
        return import_module("django.core.handlers.wsgi").WSGIHandler()


def caller(kind: Kind, application: Any, cookies: list[str]) -> Call:
    """One request of this kind, of one visitor after the other; the status of its answer."""
    factory = import_module("django.test").RequestFactory(HTTP_HOST="127.0.0.1")
    headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
    if kind.prefetch:
        headers["Sec-Purpose"] = "prefetch"
    environs = [
        factory.generic(kind.method, kind.path, headers={**headers, "Cookie": cookie}).environ for cookie in cookies
    ]
    turns = cycle(environs)

    def call() -> int:
        response = application({**next(turns)}, lambda *_: None)
        response.close()
        return int(response.status_code)

    return call


def round_trip() -> int:
    import_module("navstate.storage.connection").command("GET", "nothing")
    return 200


def cpu_of(kind: Kind, call: Call, count: int) -> list[float]:
    """Microseconds of CPU of each request; of a traced one with its share of writing the traces of all."""
    recorder = import_module("navstate.tracing.recorder").recorder
    with import_module("django.test").override_settings(NAVSTATE_TRACE=kind.traced):
        for _ in range(WARMING):
            call()
        recorder.flush()
        found = [timed(call) for _ in range(count)]
        share = timed(recorder.flush) / count
    return [each + share for each in found]


def timed(call: Callable[[], object]) -> float:
    """Microseconds of CPU."""
    started = time.process_time_ns()
    call()
    return (time.process_time_ns() - started) / 1000


def callers(plain: bool) -> dict[Kind, Call]:
    """What is measured; each has been called once. Traces wait for their writing until they are told to."""
    import_module("navstate.tracing.recorder").recorder.has_thread = False
    cookies = {
        without: [session_cookie("" if without else f"probe-{number}") for number in range(VISITORS)]
        for without in (True, False)
    }
    applications = {without: handler(without=without) for without in (True, False)}
    calls = {kind: caller(kind, applications[kind.without], cookies[kind.without]) for kind in KINDS}
    if not plain:
        calls[ROUND_TRIP] = round_trip
    for kind, call in calls.items():
        if (status := call()) not in (200, 204):
            raise RuntimeError(f"{kind.name}: {status}")
    return calls


def measure(calls: dict[Kind, Call], rounds: int, count: int) -> dict[Kind, float]:
    """Microseconds of CPU per request, by kind."""
    figures: dict[Kind, list[float]] = {kind: [] for kind in calls}
    kinds, chance = list(calls), random.Random(1)
    for _ in tqdm(range(rounds), unit=" rounds", disable=None):
        chance.shuffle(kinds)
        for kind in kinds:
            figures[kind] += cpu_of(kind, calls[kind], count)
    return {kind: statistics.quantiles(found, n=10)[0] for kind, found in figures.items()}


def report(cpu: dict[Kind, float]) -> list[str]:
    """Print what was found; the names of the goals that were missed."""
    for kind, found in cpu.items():
        print(f"{kind.name:50} {found:8.1f} µs")
    goals = {
        "liveness, of an empty view": (cpu[ALIVE] / cpu[EMPTY], LIVENESS_GOAL),
        "a public page, µs above the same without": (cpu[PUBLIC] - cpu[BARE_PUBLIC], PUBLIC_GOAL),
        "a stage page, µs above the same without": (cpu[STAGE] - cpu[BARE_STAGE], STAGE_GOAL),
        "a public page, µs that traces add": (cpu[TRACED_PUBLIC] - cpu[PUBLIC], TRACE_GOAL),
        "another page, µs that traces add": (cpu[TRACED_EMPTY] - cpu[EMPTY], TRACE_GOAL),
        "not in the sample, µs that traces add": (cpu[SKIPPED_STAGE] - cpu[STAGE], TRACE_GOAL),
    }
    print()
    for name, (found, goal) in goals.items():
        print(f"{name:50} {found:8.2f}  goal {goal:5.1f} {'✓' if found <= goal else '✗'}")
    print(f"{'a stage page, µs that its trace adds':50} {cpu[TRACED_STAGE] - cpu[STAGE]:8.2f}")
    return [name for name, (found, goal) in goals.items() if found > goal]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plain", action="store_true", help="SQLite alone")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--count", type=int, default=24, help="requests of each kind in a round")
    given = parser.parse_args()
    with stores(given.plain):
        cpu = measure(callers(given.plain), given.rounds, given.count)
    missed = report(cpu)
    figures = {kind.name: round(found, 1) for kind, found in cpu.items()}
    name = "sqlite" if given.plain else "services"
    print(json.dumps({"benchmark": "navstate", "stores": name, "cpu_us": figures, "missed": missed}))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
