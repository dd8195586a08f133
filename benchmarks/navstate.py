#!/usr/bin/env python3
"""What navstate itself costs: CPU of the process per request, in microseconds, beside the same request without it.

    .venv/bin/python benchmarks/navstate.py               PostgreSQL and Redis
    .venv/bin/python benchmarks/navstate.py --plain       SQLite, sessions and navigation state in SQL

Requests go through the shop's whole middleware to views that do nothing, in this process: no socket, no server, so that
nothing else is counted. The kinds of request take turns, a dozen each, and each figure is the least of the rounds: whatever
else runs on the machine only adds. Ends with one line of JSON; with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
# First, or this very file would be taken for the package of its name.
sys.path[0] = str(ROOT)

from tests import servers  # noqa: E402

LIVENESS_GOAL = 0.5  # of an empty view behind the whole middleware that reads the session
PUBLIC_GOAL, STAGE_GOAL = 10.0, 60.0  # microseconds above the same page without navstate
TRACE_GOAL = 20.0  # microseconds that tracing adds to a page outside the flows
Call = Callable[[], int]


@dataclass(frozen=True)
class Kind:
    """One kind of request. ``without``: navstate's middleware is left out. ``traced``: with traces and their writing."""

    name: str
    path: str
    method: str = "GET"
    without: bool = False
    prefetch: bool = False
    traced: bool = False


EMPTY = Kind("an empty view that reads the session", "/empty/")
ALIVE = Kind("HEAD /api/session/valid", "/api/session/valid", "HEAD")
PUBLIC = Kind("a public page", "/public/")
BARE_PUBLIC = Kind("the same without navstate", "/public/", without=True)
STAGE = Kind("a stage page", "/start/")
BARE_STAGE = Kind("a view that reads the session, without navstate", "/empty/", without=True)
PREFETCH = Kind("a stage page, prefetched", "/start/", prefetch=True)
PUBLIC_PREFETCH = Kind("a public page, prefetched", "/public/", prefetch=True)
TRACED_EMPTY = Kind("an empty view that reads the session, traced", "/empty/", traced=True)
TRACED_PUBLIC = Kind("a public page, traced", "/public/", traced=True)
TRACED_STAGE = Kind("a stage page, traced", "/start/", traced=True)
KINDS = (
    *(EMPTY, ALIVE, PUBLIC, BARE_PUBLIC, STAGE, BARE_STAGE, PREFETCH, PUBLIC_PREFETCH),
    *(TRACED_EMPTY, TRACED_PUBLIC, TRACED_STAGE),
)


@contextlib.contextmanager
def stores(plain: bool) -> Iterator[None]:
    """Django set up on private stores, with empty tables."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-bench-")))
        database = "" if plain else stack.enter_context(servers.postgres_server())
        redis = "" if plain else stack.enter_context(servers.redis_server()) + "/0"
        os.environ.update(servers.shop_environment(folder, 0, database, redis))
        os.environ.update(DJANGO_SETTINGS_MODULE="benchmarks.probe.settings", WAYMARK_STORES="plain")
        django.setup()
        management = import_module("django.core.management")
        management.call_command("migrate", verbosity=0)
        yield
        import_module("django.db").connections.close_all()


def session_cookie() -> str:
    """A visitor with a session, and with navigation state of the flow that is measured."""
    settings = import_module("django.conf").settings
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["_nav_id"] = "probe-visitor"
    session.save()
    state = import_module("navstate.state").NavState.virtual("probe-visitor", "probe")
    storage = import_module("navstate.storage.base").get_storage()
    storage.compare_and_set("probe-visitor", "probe", expected=None, state=state.to_json(), ttl=3600)
    begin_trace("probe-visitor")
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def begin_trace(nav_id: str) -> None:
    """Reading begins none, and what is measured here only reads."""
    trace, base = import_module("navstate.trace"), import_module("navstate.tracing.base")
    entry = trace.Entry(time.time_ns() // 1_000_000, trace.Said("enter"), trace.Held())
    base.get_traces().append([base.Line(trace.visitor_digest(nav_id), entry.at, trace.encode(entry), begins=True)])


def handler(*, without: bool) -> Any:
    """The WSGI application. ``without``: with none of navstate's middleware but the one that reads the language."""
    settings, test = import_module("django.conf").settings, import_module("django.test")
    ours = ("navstate.middleware.NavMiddleware", "navstate.alive.LivenessMiddleware")
    kept = [name for name in settings.MIDDLEWARE if not (without and name in ours)]
    with test.override_settings(MIDDLEWARE=kept):
        return import_module("django.core.handlers.wsgi").WSGIHandler()


def caller(kind: Kind, application: Any, cookie: str) -> Call:
    """One request of this kind; the status of its answer."""
    factory = import_module("django.test").RequestFactory(HTTP_HOST="127.0.0.1")
    headers = {"Cookie": cookie, "Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
    if kind.prefetch:
        headers["Sec-Purpose"] = "prefetch"
    environ = factory.generic(kind.method, kind.path, headers=headers).environ

    def call() -> int:
        response = application({**environ}, lambda *_: None)
        response.close()
        return int(response.status_code)

    return call


def cpu_of(kind: Kind, call: Call, count: int) -> float:
    """Microseconds of CPU per request; for a traced one with its share of the thread that writes."""
    settings, recorder = import_module("django.conf").settings, import_module("navstate.tracing.recorder").recorder
    settings.NAVSTATE_TRACE = 1.0 if kind.traced else 0
    started = time.process_time_ns()
    for _ in range(count):
        call()
    recorder.stop()
    return (time.process_time_ns() - started) / count / 1000


def measure(rounds: int, count: int) -> dict[Kind, float]:
    """Microseconds of CPU per request, by kind."""
    cookie = session_cookie()
    applications = {without: handler(without=without) for without in (True, False)}
    calls = {kind: caller(kind, applications[kind.without], cookie) for kind in KINDS}
    for kind, call in calls.items():
        if (status := call()) not in (200, 204):
            raise RuntimeError(f"{kind.name}: {status}")
    figures: dict[Kind, list[float]] = {kind: [] for kind in KINDS}
    for _ in tqdm(range(rounds), unit=" rounds", disable=None):
        for kind, call in calls.items():
            figures[kind].append(cpu_of(kind, call, count))
    return {kind: min(found) for kind, found in figures.items()}


def report(cpu: dict[Kind, float]) -> list[str]:
    """Print what was found; the names of the goals that were missed."""
    for kind in KINDS:
        print(f"{kind.name:50} {cpu[kind]:8.1f} µs")
    goals = {
        "liveness, of an empty view": (cpu[ALIVE] / cpu[EMPTY], LIVENESS_GOAL),
        "a public page, µs above the same without": (cpu[PUBLIC] - cpu[BARE_PUBLIC], PUBLIC_GOAL),
        "a public page, µs that traces add": (cpu[TRACED_PUBLIC] - cpu[PUBLIC], TRACE_GOAL),
        "another page, µs that traces add": (cpu[TRACED_EMPTY] - cpu[EMPTY], TRACE_GOAL),
        "a stage page, µs above a session read without": (cpu[STAGE] - cpu[BARE_STAGE], STAGE_GOAL),
    }
    print()
    for name, (found, goal) in goals.items():
        print(f"{name:50} {found:8.2f}  goal {goal:5.1f} {'✓' if found <= goal else '✗'}")
    return [name for name, (found, goal) in goals.items() if found > goal]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plain", action="store_true", help="SQLite alone")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--count", type=int, default=12, help="requests of each kind in a round")
    given = parser.parse_args()
    with stores(given.plain):
        cpu = measure(given.rounds, given.count)
    missed = report(cpu)
    figures = {kind.name: round(found, 1) for kind, found in cpu.items()}
    name = "sqlite" if given.plain else "services"
    print(json.dumps({"benchmark": "navstate", "stores": name, "cpu_us": figures, "missed": missed}))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
