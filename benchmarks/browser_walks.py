#!/usr/bin/env python3
"""Random walks in a real browser over two shop processes, PostgreSQL and Redis: real clicks, real Back, Forward and Reload.

    .venv/bin/python benchmarks/browser_walks.py                                300 operations each, seeds by chance
    .venv/bin/python benchmarks/browser_walks.py --engine webkit --seed 7       the same walk again

The operations, the faults and the model are those of benchmarks/walks.py; what cannot be done in a browser by a driver
(a tab with a copied history) is done as near as can be. The second device is modelled. After each operation address, page,
stage, cart, its count, stock, orders and who is signed in are compared; a page in sight has 3 seconds to hear of a change.
Ends with one line of JSON for each engine; with 1 when one of them is not right every time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.walks import APPLICATIONS, Pages, Result, count, prepared, serving  # noqa: E402
from tests.browsers import STARTS  # noqa: E402

KINDS = {"chromium": "bfcache", "webkit": "webkit", "firefox": "firefox"}


def without_check(driver: WebDriver) -> None:
    """Keep navstate's script from the tab in hand, in Chromium. The rest of the page runs as ever."""
    chromium: Any = driver
    chromium.execute_cdp_cmd("Network.enable", {})
    chromium.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/navstate/navstate*.js"]})


def walk_in(engine: str, pages: Pages, operations: int, seed: int, *, checks: bool = True) -> tuple[Result, list[str]]:
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
        result.kinds = walk.done
        return result, walk.late
    finally:
        driver.quit()


def report(engine: str, seed: int, result: Result, late: list[str], seconds: float) -> None:
    agree = f"{result.rate:.2f} % of {result.operations} agree, {len(late)} not at first"
    print(f"\n{engine}: {agree}; {seconds:.0f} s; --seed {seed}")
    for each in late[:10]:
        print(f"  at first, {each[:300]}")
    for lie in result.lies[:10]:
        print(f"  {lie[:600]}")
    figures = {"operations": result.operations, "wrong": result.wrong, "late": len(late), "kinds": dict(result.kinds)}
    print(
        json.dumps(
            {"benchmark": "browser_walks", "engine": engine, "seed": seed, **figures, "seconds": round(seconds, 1)}
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=KINDS, action="append", help="all of them without it")
    parser.add_argument("--operations", type=int, default=300)
    parser.add_argument("--seed", type=int, help="drawn and printed without it")
    parser.add_argument("--without-check", action="store_true", help="the control: Chromium without navstate's script")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    wrong = 0
    with prepared() as (folder, variables):
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        with serving(APPLICATIONS["waymark"], folder, variables) as pages:
            for engine in options.engine or KINDS:
                began = time.monotonic()
                result, late = walk_in(engine, pages, options.operations, seed, checks=not options.without_check)
                if result.wrong:
                    print((folder / "log").read_text(errors="replace")[-6000:], file=sys.stderr)
                report(engine, seed, result, late, time.monotonic() - began)
                wrong += result.wrong
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
