#!/usr/bin/env python3
"""What a page costs: server CPU per request and requests a second, beside a bare Django view in the same run.

    .venv/bin/python benchmarks/pages.py       granian and gunicorn, one worker each, PostgreSQL and Redis
    .venv/bin/python benchmarks/pages.py --rounds 5 --server granian
    .venv/bin/python benchmarks/pages.py --embedded          the set-up of make run: daphne, SQLite; no goals

Each figure is the median of the rounds. The bare view is measured in every round. The goals are multiples of its CPU.
The demo provider's own pages run in another process and are not counted; what the shop does to talk to it is.
Ends with one line of JSON; with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import (  # noqa: E402  (the path must be there first)
    Figure,
    Server,
    Step,
    Visitor,
    measure,
    memory_megabytes,
    path_of,
    serve,
    visitors_of,
)
from tests import environment, servers  # noqa: E402
from tests.shopper import ADDRESS, form_with  # noqa: E402

# Page -> the most it may cost, as a multiple of the bare view's CPU.
GOALS = {
    "category, warm cache": 2.5,
    "product, warm cache": 2.5,
    "category, no cache": 6.0,
    "product, no cache": 6.0,
    "cart, 3 lines": 10.0,
    "add to cart": 10.0,
    "whole checkout": 100.0,
}
MEMORY_GOAL, START_GOAL = 80.0, 1.0  # megabytes of a worker after load; seconds to the first page after start
COUNTS = {"bare view": 2000, "whole checkout": 60}
COUNT = 1000
PREPARE = """
from shop.catalog.models import Category, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
Stock.objects.update(available=1_000_000)
bump_catalog_version()
category = Category.objects.filter(numchild=0).first()
Product.objects.filter(pk__in=list(Product.objects.values_list("pk", flat=True)[:25])).update(category=category)
variants = Variant.objects.filter(is_active=True, product__is_published=True).order_by("product_id", "pk")
skus = list({variant.product_id: variant for variant in variants}.values())[:3]
print(*(variant.sku for variant in skus), category.slug, skus[0].product.slug)
"""


@dataclass
class Wares:
    """What is looked at and bought. ``category`` shows a full page of 20 products."""

    skus: list[str]
    category: str
    product: str


@dataclass
class Results:
    """Figures by server and page, one per round."""

    pages: dict[tuple[str, str], list[Figure]] = field(default_factory=dict)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    start: dict[str, list[float]] = field(default_factory=dict)

    def add(self, server: str, page: str, figure: Figure) -> None:
        self.pages.setdefault((server, page), []).append(figure)

    def cpu(self, server: str, page: str) -> float:
        return statistics.median(figure.cpu_ms for figure in self.pages[server, page])

    def per_second(self, server: str, page: str) -> float:
        return statistics.median(figure.per_second for figure in self.pages[server, page])

    def times_bare(self, server: str, page: str) -> float:
        return self.cpu(server, page) / self.cpu(server, "bare view")


# --- Servers ------------------------------------------------------------------------------------------------------
def command(server: str, port: int, application: str) -> list[str]:
    """One worker, four threads."""
    if server == "granian":
        return [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--respawn-failed-workers"),
            *("--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port), "--no-log", application),
        ]
    if server == "gunicorn":
        return [
            *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "4"),
            *("--bind", f"127.0.0.1:{port}", "--log-level", "error", application),
        ]
    asgi = application.replace("wsgi", "asgi")
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", asgi]


@dataclass
class Bench:
    """Stores and files of one run."""

    folder: Path
    database: str
    redis: str

    def environment(self, **variables: str) -> dict[str, str]:
        return servers.shop_environment(self.folder, 0, self.database, self.redis) | {"SHOP_URL": ""} | variables

    @contextlib.contextmanager
    def start(self, server: str, application: str = "config.wsgi:application", **variables: str) -> Iterator[Server]:
        port = servers.free_port()
        with serve(
            command(server, port, application), port, self.environment(**variables), self.folder / "log"
        ) as started:
            yield started


@contextlib.contextmanager
def prepared(embedded: bool) -> Iterator[tuple[Bench, Wares]]:
    """A filled shop on private stores."""
    folder = Path(tempfile.mkdtemp(prefix="waymark-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = "" if embedded else stack.enter_context(servers.postgres_server())
        redis = "" if embedded else stack.enter_context(servers.redis_server()) + "/0"
        bench = Bench(folder, database, redis)
        shop = servers.Shop("", folder, bench.environment(), folder / "log")
        for words in (("migrate",), ("democatalog",), ("democheckout",), ("collectstatic", "--noinput")):
            shop.manage(*words, "--verbosity", "0")
        *skus, category, product = shop.script(PREPARE).split()
        shop.end_scripts()
        yield bench, Wares(skus, f"/category/{category}/", f"/product/{product}/")


# --- What is measured ---------------------------------------------------------------------------------------------
def look_at(path: str) -> Step:
    return lambda visitor, _: visitor.get(path)


def add_to_cart(wares: Wares) -> Step:
    """A new visitor every five requests, so that carts are made as well as filled."""

    def step(visitor: Visitor, number: int) -> None:
        if number % 20 < len(wares.skus):
            visitor.forget()
        visitor.post("/cart/add/", {"sku": wares.skus[number % len(wares.skus)], "quantity": "1"})

    return step


def submit(visitor: Visitor, url: str, hook: str = "stage-submit", **fields: str) -> str:
    """Open a stage, send its form; where it leads."""
    form = form_with(visitor.get(url), hook)  # type: ignore[arg-type]
    return visitor.post(form.action or url, form.fields | fields).location


def buy(provider: Server, baskets: list[dict[str, str]]) -> Step:
    """From the filled cart to the receipt: every page opened, every form sent, every redirect followed."""

    def step(visitor: Visitor, number: int) -> None:
        visitor.cookies = baskets[number]
        submit(visitor, "/checkout/address/", **ADDRESS)
        submit(visitor, "/checkout/shipping/", shipping_method="standard")
        submit(visitor, "/checkout/payment/", payment_method="demo")
        hosted = submit(visitor, "/checkout/review/", "place-order")
        back = pay(Visitor(provider.port), path_of(hosted))
        answer = visitor.get(path_of(back))
        while answer.location:
            answer = visitor.get(path_of(answer.location))
        if b'data-testid="order-number"' not in answer.content:
            raise RuntimeError("the checkout did not end at a receipt")

    return step


def pay(shopper: Visitor, path: str) -> str:
    """Press "pay" on the provider's page; the address it sends the shopper back to."""
    form = form_with(shopper.get(path), "gateway-pay")  # type: ignore[arg-type]
    back = shopper.post(form.action or path, form.fields | {"action": "pay"}).location
    shopper.close()
    return back


def fill_cart(visitor: Visitor, skus: list[str]) -> Visitor:
    for sku in skus:
        visitor.post("/cart/add/", {"sku": sku, "quantity": "1"})
    return visitor


def baskets(port: int, wares: Wares, count: int) -> list[dict[str, str]]:
    """The cookies of so many visitors, each with one line in the cart."""
    return [fill_cart(Visitor(port), wares.skus[:1]).cookies for _ in range(count)]


@dataclass(frozen=True)
class Lineup:
    """The servers of one kind, side by side."""

    bare: Server
    shop: Server
    uncached: Server
    provider: Server


@contextlib.contextmanager
def lineup(bench: Bench, kind: str) -> Iterator[Lineup]:
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(bench.start(kind))
        bare = stack.enter_context(bench.start(kind, "benchmarks.bare.wsgi:application"))
        uncached = stack.enter_context(bench.start(kind, DJANGO_SETTINGS_MODULE="benchmarks.uncached"))
        origin = f"http://127.0.0.1:{provider.port}"
        yield Lineup(bare, stack.enter_context(bench.start(kind, DEMO_GATEWAY_ORIGIN=origin)), uncached, provider)


def run_round(kind: str, servers_: Lineup, wares: Wares, results: Results, scale: float) -> None:
    """Every page once."""
    shop = servers_.shop
    cards = Visitor(shop.port).get(wares.category).content.count(b'data-testid="product-card"')
    if cards != 20:
        raise RuntimeError(f"the category shows {cards} products, not 20")
    plain = {
        "bare view": (servers_.bare, "/"),
        "category, warm cache": (shop, wares.category),
        "product, warm cache": (shop, wares.product),
        "category, no cache": (servers_.uncached, wares.category),
        "product, no cache": (servers_.uncached, wares.product),
    }
    for page, (server, path) in plain.items():
        visitors = visitors_of(server.port)
        measure(server, look_at(path), 20, visitors)
        results.add(kind, page, measure(server, look_at(path), number_of(page, scale), visitors))
    shoppers = [fill_cart(visitor, wares.skus) for visitor in visitors_of(shop.port)]
    results.add(kind, "cart, 3 lines", measure(shop, look_at("/cart/"), number_of("cart", scale), shoppers))
    adding = measure(shop, add_to_cart(wares), number_of("add", scale), visitors_of(shop.port))
    results.add(kind, "add to cart", adding)
    count = number_of("whole checkout", scale)
    step = buy(servers_.provider, baskets(shop.port, wares, count))
    results.add(kind, "whole checkout", measure(shop, step, count, visitors_of(shop.port)))


def number_of(page: str, scale: float) -> int:
    return max(20, int(COUNTS.get(page, COUNT) * scale))


def measure_kind(bench: Bench, wares: Wares, kind: str, rounds: int, scale: float) -> Results:
    results = Results()
    with lineup(bench, kind) as servers_:
        for _ in tqdm(range(rounds), desc=kind, unit=" rounds", disable=None):
            run_round(kind, servers_, wares, results, scale)
        results.memory[kind] = memory_megabytes(servers_.shop.pid)
    for _ in range(rounds):
        with bench.start(kind) as server:
            results.start.setdefault(kind, []).append(server.seconds_to_first_page)
    return results


# --- Report -------------------------------------------------------------------------------------------------------
def report(kind: str, results: Results, with_goals: bool) -> dict[str, object]:
    """Print the table of one server; the same as data, with the goals that were missed."""
    print(f"\n{kind}, one worker: CPU is that of the server per request, bare = 1")
    print(f"{'':24} {'requests/s':>10} {'CPU ms':>8} {'x bare':>7} {'goal':>6}")
    pages, missed = {}, []
    for _, page in results.pages:
        times, goal = results.times_bare(kind, page), GOALS.get(page) if with_goals else None
        line = f"{page:24} {results.per_second(kind, page):10.0f} {results.cpu(kind, page):8.3f} {times:7.2f}"
        print(line + mark(times, goal))
        missed += [page] if goal is not None and times > goal else []
        pages[page] = {
            "per_second": round(results.per_second(kind, page), 1),
            "cpu_ms": round(results.cpu(kind, page), 4),
            "times_bare": round(times, 3),
            "goal": goal,
        }
    (pss, rss), start = results.memory[kind], statistics.median(results.start[kind])
    print(
        f"{'memory of the worker':24} {pss:10.1f} MB PSS, {rss:.1f} MB RSS{mark(pss, MEMORY_GOAL if with_goals else None)}"
    )
    print(f"{'start to first page':24} {start:10.2f} s{mark(start, START_GOAL if with_goals else None)}")
    missed += ["memory"] if with_goals and pss > MEMORY_GOAL else []
    missed += ["start"] if with_goals and start > START_GOAL else []
    return {
        "pages": pages,
        "pss_mb": round(pss, 1),
        "rss_mb": round(rss, 1),
        "start_s": round(start, 3),
        "missed": missed,
    }


def mark(value: float, goal: float | None) -> str:
    return "" if goal is None else f" {goal:6.1f} {'✓' if value <= goal else '✗'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=("granian", "gunicorn"), help="one of the two only")
    parser.add_argument("--embedded", action="store_true", help="daphne with SQLite instead; no goals")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="0.1: a tenth of the requests")
    given = parser.parse_args()
    environment.prepare()
    kinds = ["daphne"] if given.embedded else [given.server] if given.server else ["granian", "gunicorn"]
    with prepared(given.embedded) as (bench, wares):
        done = {
            kind: report(kind, measure_kind(bench, wares, kind, given.rounds, given.scale), not given.embedded)
            for kind in kinds
        }
    print(json.dumps({"benchmark": "pages", "stores": "sqlite" if given.embedded else "services", "servers": done}))
    sys.exit(1 if any(server["missed"] for server in done.values()) else 0)


if __name__ == "__main__":
    main()
