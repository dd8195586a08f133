#!/usr/bin/env python3
"""Random walks in a real browser over two shop processes, PostgreSQL and Redis: real clicks, real Back, Forward and Reload.

    .venv/bin/python benchmarks/browser_walks.py                                300 operations each, seeds by chance
    .venv/bin/python benchmarks/browser_walks.py --engine webkit --seed 7       the same walk again

The operations, the faults and the model are those of benchmarks/walks.py; what cannot be done in a browser by a driver
(a tab with a copied history) is done as near as can be. The second device is modelled. After each operation address, page,
stage, cart, its count and whether it can be bought, stock, orders, who is signed in and what stands in the fields of the
page (with what the server would put in now) are compared; a page in sight has 3 seconds to hear of a change.
A table, one JSON object as the last line, and exit code 1 when an engine is not right every time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.walks import APPLICATIONS, Pages, Result, count, prepared, serving  # noqa: E402
from tests.browsers import STARTS  # noqa: E402

KINDS = {"chromium": "moving", "no-bfcache": "no-bfcache", "webkit": "webkit", "firefox": "firefox"}


def without_check(driver: WebDriver) -> None:
    """Keep navstate's script from the tab in hand, in Chromium. The rest of the page runs as ever."""
    chromium: Any = driver
    chromium.execute_cdp_cmd("Network.enable", {})
    chromium.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/navstate/navstate*.js"]})


def walk_in(
    engine: str, pages: Pages, operations: int, seed: int, *, checks: bool = True, until_wrong: bool = False
) -> tuple[Result, list[str]]:
    """One walk in a fresh browser; and which pages took their time to be true."""
    # The models can be imported once the environment is that of the stores.
    from tests.walks.browser_walk import BrowserWalk
    from tests.walks.driving import RealBrowser
    from tests.walks.stores import Stores

    result, driver = Result(), STARTS[KINDS[engine]]()
    try:
        browser = RealBrowser(driver, pages.origin, prepare=None if checks else without_check)
        walk = BrowserWalk(seed, browser, Stores(is_served=True), pages.restart)
        for step in tqdm(range(operations), desc=f"{engine}, seed {seed}", unit="op", mininterval=5):
            count(result, walk, f"--engine {engine} --seed {seed}, step {step}")
            if until_wrong and result.wrong:
                break
        result.kinds = walk.done
        return result, walk.late
    finally:
        driver.quit()


@dataclass(frozen=True)
class Walked:
    """One engine's walk. ``late``: the pages that were true only when looked at again; ``seconds``: all of it took."""

    result: Result
    late: list[str]
    seconds: float

    @property
    def figures(self) -> dict[str, Any]:
        counts = {"operations": self.result.operations, "wrong": self.result.wrong, "late": len(self.late)}
        return {**counts, "seconds": round(self.seconds, 1), "kinds": dict(self.result.kinds)}


def tell(engine: str, walked: Walked) -> None:
    """What was not as it should be, each with where."""
    for each in walked.late[:10]:
        print(f"  {engine}, at first: {each[:300]}")
    for lie in walked.result.lies[:10]:
        print(f"  {engine}: {lie[:600]}")


def report(seed: int, walks: Mapping[str, Walked]) -> None:
    print(
        f"\n{'engine':10} {'agree':>9} {'operations':>11} {'wrong':>6} {'at first':>9} {'seconds':>8}   --seed {seed}"
    )
    for engine, walked in walks.items():
        result = walked.result
        counts = f"{result.operations:11} {result.wrong:6} {len(walked.late):9} {walked.seconds:8.0f}"
        print(f"{engine:10} {result.rate:7.2f} % {counts}")
    figures = {engine: walked.figures for engine, walked in walks.items()}
    print(json.dumps({"benchmark": "browser_walks", "seed": seed, "engines": figures}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=KINDS, action="append", help="all of them without it")
    parser.add_argument("--operations", type=int, default=300)
    parser.add_argument("--seed", type=int, help="drawn and printed without it")
    parser.add_argument("--without-check", action="store_true", help="the control: Chromium without navstate's script")
    parser.add_argument("--until-wrong", action="store_true", help="stop at the first thing that is not so")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    walks: dict[str, Walked] = {}
    with prepared() as (folder, variables):
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        with serving(APPLICATIONS["waymark"], folder, variables) as pages:
            for engine in options.engine or KINDS:
                began = time.monotonic()
                how = {"checks": not options.without_check, "until_wrong": options.until_wrong}
                result, late = walk_in(engine, pages, options.operations, seed, **how)
                if result.wrong:
                    print((folder / "log").read_text(errors="replace")[-6000:], file=sys.stderr)
                walks[engine] = Walked(result, late, time.monotonic() - began)
                tell(engine, walks[engine])
    report(seed, walks)
    sys.exit(1 if any(walked.result.wrong for walked in walks.values()) else 0)


if __name__ == "__main__":
    main()
