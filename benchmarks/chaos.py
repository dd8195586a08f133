#!/usr/bin/env python3
"""A shop in trouble: ten shoppers buy while workers are killed, stores go away and the provider is slow, then the books.

    .venv/bin/python benchmarks/chaos.py
    .venv/bin/python benchmarks/chaos.py --seconds 60 --seed 7

Everything runs in processes of its own on 127.0.0.1: PostgreSQL, Redis, granian with two workers, two background workers,
and the payment provider. To reach: the audit is clean, no answer is 500, 503 comes only while a store is away, and nothing
that was acknowledged is lost. Prints journeys, answers by status, the seconds that each trouble took to heal, and the audit;
the last line is one JSON object. Ends with 1 when something was missed. A run is repeated by its seed, as far as threads
and processes can be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tqdm import tqdm  # noqa: E402

from benchmarks.chaos_books import Stage, report, settle_down, show  # noqa: E402
from benchmarks.load import family  # noqa: E402  (the path must be there first)
from benchmarks.shoppers import Notes, Shopper  # noqa: E402
from tests import environment, servers  # noqa: E402

SHOPPERS = 10
REDIS_AWAY = 20.0
PROVIDER_AWAY = 8.0
UNITS, SCARCE_UNITS = 500, 12
GRACE = 5.0
"""Seconds after a store answers again in which a 503 is still its own: connections find out one by one."""
MAX_TO_SETTLE = 240.0
MAX_TO_MEET = 3.0
HEALED = 2.0
"""Seconds without a trouble in a row."""
PREPARE = f"""
from django.core.management import call_command
from checkout.management.commands.embedded import collect_static_files
from shop.stock.models import Stock
call_command("migrate", verbosity=0)
call_command("demo", verbosity=0)
collect_static_files(print)
chosen = list(Stock.objects.filter(variant__is_active=True, available__gt=0).order_by("pk")[:7])
Stock.objects.filter(pk__in=[one.pk for one in chosen]).update(available={UNITS})
Stock.objects.filter(pk=chosen[-1].pk).update(available={SCARCE_UNITS})
print(" ".join(one.variant.sku for one in chosen))
"""


@dataclass
class Process:
    """A process that can be killed and started again."""

    command: list[str]
    variables: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def signal(self, which: int) -> None:
        if self.running is not None:
            self.running.send_signal(which)

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait(10)

    def stop(self) -> None:
        if self.running is not None:
            self.signal(signal.SIGCONT)
            servers.stop(self.running, timeout=30)

    def workers(self) -> list[int]:
        """What descends from it and serves: not the helpers that Python starts beside them."""
        assert self.running is not None
        children = family(self.running.pid)[1:]
        return sorted(pid for pid in children if b"tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes())


@dataclass
class Scene:
    """The shop, its stores, its provider."""

    shop: servers.Shop
    postgres: servers.Postgres
    redis: servers.RedisServer
    pages: Process
    background: list[Process]
    provider: Process
    provider_url: str
    provider_books: Path
    skus: list[str]
    baseline: Path
    away: list[tuple[float, float, float]] = field(default_factory=list)
    healed: list[dict[str, Any]] = field(default_factory=list)

    def is_ready(self) -> bool:
        return servers.answers(f"{self.shop.url}/readyz")

    def under_way(self) -> set[tuple[Any, ...]]:
        """The tasks that run now, each with the time of its claim."""
        sql = "SELECT id, started_at FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'"
        return set(self.shop.rows(sql))


# --- Troubles -----------------------------------------------------------------------------------------------------
def kill_page_worker(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    before = scene.pages.workers()
    victim = chance.choice(before)
    os.kill(victim, signal.SIGKILL)
    return lambda: (
        victim not in scene.pages.workers() and len(scene.pages.workers()) == len(before) and scene.is_ready()
    )


def kill_background_workers(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    """All of them, in the middle of a task where one is met; healed when what they were doing is put back or done."""
    ends_at = time.monotonic() + MAX_TO_MEET
    while not scene.under_way() and time.monotonic() < ends_at:
        _wait(0.01)
    for victim in scene.background:
        victim.kill()
    stuck = scene.under_way()
    for victim in scene.background:
        victim.start()
    return lambda: not stuck & scene.under_way()


def take_redis_away(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    with _away(scene):
        scene.redis.stop()
        _wait(REDIS_AWAY)
        scene.redis.start()
    return scene.is_ready


def empty_redis(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    subprocess.run(
        [servers.program("redis-cli"), "-p", str(scene.redis.port), "flushall"], check=True, capture_output=True
    )
    return scene.is_ready


def restart_postgres(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    with _away(scene):
        scene.postgres.stop()
        scene.postgres.start()
    return scene.is_ready


def slow_provider(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    scene.provider.signal(signal.SIGSTOP)
    _wait(PROVIDER_AWAY)
    scene.provider.signal(signal.SIGCONT)
    return lambda: servers.answers(f"{scene.provider_url}/healthz")


def kill_provider(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    scene.provider.kill()
    _wait(PROVIDER_AWAY)
    scene.provider.start()
    return lambda: servers.answers(f"{scene.provider_url}/healthz")


def kill_both(scene: Scene, chance: random.Random) -> Callable[[], bool]:
    pages, work = kill_page_worker(scene, chance), kill_background_workers(scene, chance)
    return lambda: pages() and work()


TROUBLES: list[tuple[float, Callable[[Scene, random.Random], Callable[[], bool]]]] = [
    (0.06, kill_page_worker), (0.12, kill_background_workers), (0.18, take_redis_away), (0.40, restart_postgres),
    (0.50, slow_provider), (0.60, kill_provider), (0.72, kill_both), (0.80, empty_redis), (0.88, restart_postgres),
]  # fmt: skip
"""When, as a share of the time, at the earliest: a store is back before the next trouble begins."""


@contextlib.contextmanager
def _away(scene: Scene) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        back = time.monotonic()
        scene.away.append((began, back, back + GRACE))


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def make_trouble(scene: Scene, seconds: float, seed: int) -> None:
    chance, began = random.Random(seed), time.monotonic()
    watchers: list[threading.Thread] = []
    with tqdm(total=len(TROUBLES), desc="troubles", unit="trouble") as bar:
        for share, trouble in TROUBLES:
            _wait(max(0.0, began + share * seconds * chance.uniform(0.9, 1.0) - time.monotonic()))
            is_healed = trouble(scene, chance)
            watchers.append(threading.Thread(target=_watch, args=(scene, trouble.__name__, is_healed), daemon=True))
            watchers[-1].start()
            bar.update()
        _wait(max(0.0, began + seconds - time.monotonic()))
    for watcher in watchers:
        watcher.join()


def _watch(scene: Scene, name: str, is_healed: Callable[[], bool]) -> None:
    """The next trouble does not wait until this one has healed."""
    scene.healed.append({"trouble": name, "seconds": _seconds_until(is_healed)})


def _seconds_until(is_healed: Callable[[], bool]) -> float | None:
    """How long it took until all was well for a while; ``None``: longer than anybody should wait."""
    began = since = time.monotonic()
    while time.monotonic() - since < HEALED:
        if not _holds(is_healed):
            since = time.monotonic()
        if time.monotonic() - began > MAX_TO_SETTLE:
            return None
        _wait(0.1)
    return round(since - began, 1)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except Exception:  # a process that ended under the look, a store that is not there yet
        return False


# --- The scene ----------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def staged() -> Iterator[Scene]:
    """Everything started, the catalogue filled, the units noted."""
    os.environ["WAYMARK_STORES"] = "plain"  # what the tests' own environment would start is not wanted
    environment.prepare()
    folder = Path(tempfile.mkdtemp(prefix="waymark-chaos-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres, redis = stack.enter_context(servers.postgres_store()), stack.enter_context(servers.redis_store())
        port, provider_port = servers.free_port(), servers.free_port()
        provider_url = f"http://127.0.0.1:{provider_port}"
        own = {
            "DEMO_GATEWAY_API": provider_url,
            "HOLD_MINUTES": "1",
            "SCARCE_HOLD_MINUTES": "1",
            "LOG_LEVEL": "WARNING",
        }
        variables = servers.shop_environment(folder, port, postgres.url, f"{redis.url}/0") | own
        shop = servers.Shop(f"http://127.0.0.1:{port}", folder, variables, folder / "server.log")
        stack.callback(shop.end_scripts)
        skus = shop.script(PREPARE).splitlines()[-1].split()
        shop.end_scripts()
        shop.manage("auditshop", "--write-baseline", str(folder / "baseline.json"))
        provider, books = _provider(folder, provider_port)
        pages = Process(servers.granian_command(port, 2), variables, shop.log)
        background = [Process(servers.worker_command(), variables, folder / f"worker{n}.log") for n in range(2)]
        for process in (provider, pages, *background):
            process.start()
            stack.callback(process.stop)
        for url in (shop.url, provider_url):
            servers.wait_until(lambda url=url: servers.answers(f"{url}/healthz"), 120, url)
        yield Scene(
            shop, postgres, redis, pages, background, provider, provider_url, books, skus, folder / "baseline.json"
        )


def _provider(folder: Path, port: int) -> tuple[Process, Path]:
    """Somebody else's company: a process with books of its own, which calls the shop and is called over HTTP."""
    own = folder / "provider"
    own.mkdir()
    variables = servers.shop_environment(own, port, "", "") | {
        "DEMO_GATEWAY_ORIGIN": f"http://127.0.0.1:{port}", "EMBEDDED_WORKER": "1", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    return Process(servers.embedded_command(port), variables, own / "server.log"), own / "waymark.sqlite3"


def run(seconds: float, seed: int, keep_log: Path | None) -> dict[str, Any]:
    with staged() as scene:
        notes, over = Notes(), threading.Event()
        shoppers = [Shopper(n, seed, scene.shop.url, scene.skus, notes, over) for n in range(SHOPPERS)]
        for shopper in shoppers:
            shopper.start()
        make_trouble(scene, seconds, seed)
        over.set()
        for shopper in shoppers:
            shopper.join(MAX_TO_SETTLE)
        stage = Stage(scene.shop, scene.provider_books, scene.baseline, scene.away, scene.healed)
        audit = settle_down(stage, MAX_TO_SETTLE)
        told = report(stage, notes, audit) | {"seconds": seconds, "seed": seed}
        if keep_log is not None:
            keep_log.mkdir(parents=True, exist_ok=True)
            for log in [scene.shop.log, *(process.log for process in scene.background), scene.provider.log]:
                shutil.copy(log, keep_log / f"{log.parent.name}-{log.name}")
        return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180.0, help="of shopping and trouble (180)")
    parser.add_argument("--seed", type=int, default=1, help="of the shoppers and of the order of things (1)")
    parser.add_argument("--logs", type=Path, help="folder to keep the logs of all processes in")
    given = parser.parse_args()
    told = run(given.seconds, given.seed, given.logs)
    show(told)
    print(json.dumps({"benchmark": "chaos"} | told))
    sys.exit(1 if told["missed"] else 0)


if __name__ == "__main__":
    main()
