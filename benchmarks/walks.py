#!/usr/bin/env python3
"""How often what a shopper sees is true: random walks over two shop processes, PostgreSQL and one Redis, with faults.

    .venv/bin/python benchmarks/walks.py                          10,000 operations
    .venv/bin/python benchmarks/walks.py --operations 500 --seed 7

After each operation URL, language, page, stage, cart and its count, stock, orders and who is signed in are compared with a
model of what the shopper did. The browser is modelled (navstate.testing), one walk as Chromium, the next as Firefox, WebKit
and without a page cache: pages come back without a request, as they were measured to. The shopper has a second device.
Then the same walk goes over a control: the same articles in a checkout as many are written (benchmarks/control), with
Django's cache sessions.
Faults: session expired, process restarted, Redis emptied, price changed, stock gone, money that comes late.
Ends with one line of JSON; with 1 when the shop is not right every time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from navstate.testing.fetching import Fetch
    from tests.walks.walk import Walk

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import environment, servers  # noqa: E402  (the path must be there first)

STEPS_A_WALK = 200
QUIET = {"LOG_LEVEL": "ERROR", "LOGINS_PER_MINUTE": "100000"}
PREPARE = ("migrate",), ("collectstatic", "--noinput")


@dataclass
class Result:
    """``lies``: what was found, with the seed and the step that find it again."""

    operations: int = 0
    wrong: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong_after: Counter[str] = field(default_factory=Counter)
    lies: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return 100 * (1 - self.wrong / self.operations)


@dataclass
class Pages:
    """The processes that serve pages; they can be restarted, the stores stay."""

    application: str
    port: int
    folder: Path
    variables: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = servers.granian_command(self.port, 2)
        words = [
            self.application if word.startswith("config.wsgi") else word for word in words if word != "--access-log"
        ]
        with (self.folder / "log").open("ab") as out:
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=self.variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            servers.wait_until(lambda: servers.answers(f"{self.origin}/healthz"), 60, "the shop")
        except AssertionError:
            sys.exit((self.folder / "log").read_text(errors="replace")[-3000:])

    def stop(self) -> None:
        if self.process is not None:
            servers.stop(self.process)

    def restart(self) -> None:
        self.stop()
        self.start()


@contextlib.contextmanager
def prepared() -> Iterator[tuple[Path, dict[str, str]]]:
    """Private stores, migrated; this process reads them with the models of the shop."""
    os.environ["WAYMARK_STORES"] = "plain"  # what the tests' own environment would start is not wanted
    environment.prepare()
    folder = Path(tempfile.mkdtemp(prefix="waymark-walks-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = stack.enter_context(servers.postgres_server())
        redis = stack.enter_context(servers.redis_server()) + "/0"
        port = servers.free_port()
        variables = servers.shop_environment(folder, port, database, redis) | QUIET
        shop = servers.Shop("", folder, variables, folder / "log")
        for words in PREPARE:
            shop.manage(*words, "--verbosity", "0")
        os.environ.update(variables)
        yield folder, variables


@contextlib.contextmanager
def serving(application: str, folder: Path, variables: dict[str, str]) -> Iterator[Pages]:
    port = servers.free_port()
    pages = Pages(application, port, folder, variables | {"SHOP_URL": f"http://127.0.0.1:{port}"})
    try:
        pages.start()
        yield pages
    finally:
        pages.stop()


def walk_over(name: str, pages: Pages, operations: int, seed: int) -> Result:
    """Walks of :data:`STEPS_A_WALK` operations, each by a new shopper with a seed of its own."""
    # The models can be imported once the environment is that of the stores.
    from navstate.testing.fetching import OverHttp

    result, seeds = Result(), random.Random(seed)
    with tqdm(total=operations, desc=name, unit="op", mininterval=5) as bar:
        while result.operations < operations:
            own, fetch = seeds.randrange(10**9), OverHttp(pages.origin)
            walk = begin_walk(name, own, fetch, pages)
            for step in range(min(STEPS_A_WALK, operations - result.operations)):
                count(result, walk, f"seed {own}, step {step}")
                bar.update()
            result.kinds += walk.done
            fetch.close()
    return result


def begin_walk(name: str, seed: int, fetch: Fetch, pages: Pages) -> Walk:
    """By a new shopper; its seed also says in which browser."""
    from benchmarks.control.stores import ControlStores
    from navstate.testing.returning import check_route
    from tests.walks.stores import Stores
    from tests.walks.walk import ENGINES, Walk

    is_ours = name == "waymark"
    return Walk(
        seed,
        fetch,
        Stores(is_served=True) if is_ours else ControlStores(is_served=True),
        engine=list(ENGINES.values())[seed % len(ENGINES)],
        origin=pages.origin,
        on_return=check_route if is_ours else None,
        restart=pages.restart,
        is_bare=not is_ours,
    )


def count(result: Result, walk: object, where: str) -> None:
    """One operation. A page that does not even have what the next one needs is wrong, too."""
    try:
        said = walk.step()  # type: ignore[attr-defined]
    except (AssertionError, LookupError, ValueError) as broken:
        said = [f"{type(broken).__name__}: {broken}"[:300]]
    result.operations += 1
    if said:
        result.wrong += 1
        result.wrong_after[walk.last] += 1  # type: ignore[attr-defined]
        result.lies.append(f"{where}, {walk.last}: {'; '.join(said)}")  # type: ignore[attr-defined]


def report(results: dict[str, Result], seed: int) -> None:
    print(f"\n{'':<10}{'operations':>12}{'not so':>9}{'agree':>10}")
    for name, result in results.items():
        print(f"{name:<10}{result.operations:>12}{result.wrong:>9}{result.rate:>9.2f} %")
    for name, result in results.items():
        worst = ", ".join(f"{what} {number}" for what, number in result.wrong_after.most_common(6))
        print(f"\n{name}: wrong after {worst or 'nothing'}")
        for lie in result.lies[:5]:
            print(f"  {lie[:400]}")
    figures = {
        name: {
            "operations": result.operations,
            "wrong": result.wrong,
            "percent": round(result.rate, 3),
            "kinds": dict(result.kinds),
        }
        for name, result in results.items()
    }
    print(json.dumps({"benchmark": "walks", "seed": seed, **figures}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["waymark", "control"], help="walk over one of the two")
    options = parser.parse_args()
    results = {}
    with prepared() as (folder, variables):
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        for name, application in APPLICATIONS.items():
            if options.only in (None, name):
                with serving(application, folder, variables) as pages:
                    results[name] = walk_over(name, pages, options.operations, options.seed)
    report(results, options.seed)
    if "waymark" in results and results["waymark"].wrong:
        sys.exit(1)


APPLICATIONS = {
    "waymark": "config.wsgi:application",
    "control": "benchmarks.control.wsgi:application",
}

if __name__ == "__main__":
    main()
