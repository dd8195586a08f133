#!/usr/bin/env python3
"""How true Back, Forward and Reload are on sites that are not ours, without navstate and with it, in a real Chromium.

    .venv/bin/python benchmarks/adopt.py                                            all of it, an hour
    .venv/bin/python benchmarks/adopt.py --site oscar --flavour three --seed 2      one walk again

Random walks over the projects of ``examples/``, three seeds of 200 operations each: half of them history, after which what
is on the screen must be what a fresh request for that address gives at that moment, or where it leads.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.adopting import oscar_walk, plain_walk  # noqa: E402  (the path must be there first)
from benchmarks.adopting.sites import PROJECTS, Project, Site, running  # noqa: E402
from benchmarks.adopting.walk import Result, Walk  # noqa: E402

SEEDS = (1, 2, 3)
WALKS: dict[str, type[Walk]] = {"oscar": oscar_walk.OscarWalk, "plain": plain_walk.PlainWalk}
PREPARES = {"oscar": oscar_walk.prepare, "plain": plain_walk.prepare}
GOALS = {("oscar", "three"): 99.0, ("oscar", "flow"): 100.0, ("plain", "three"): 100.0}


def walk_over(site: Site, seed: int, operations: int) -> Result:
    site.begin_again()
    name = f"{site.project.name}, {site.flavour}, seed {seed}"
    with tqdm(total=operations, desc=name, unit="op", mininterval=10) as bar:
        return WALKS[site.project.name](site, seed).run(operations, bar.update)


def measure(project: Project, flavour: str, seeds: list[int], operations: int) -> tuple[Result, dict[str, Any]]:
    result, began = Result(), time.monotonic()
    with running(project, flavour) as site:
        PREPARES[project.name](site)
        site.remember()
        for seed in seeds:
            result.add(walk_over(site, seed, operations))
    return result, {"seconds": round(time.monotonic() - began)}


def tell(result: Result) -> None:
    for kind, number in result.kinds.most_common():
        print(f"  {number:4}  {kind}")
    for name in ("lies", "late", "painted", "missing"):
        for each in getattr(result, name):
            print(f"  {name}: {each[:900]}")
    print(f"  done: {dict(result.done)}")
    print(f"  not from memory: {dict(result.not_restored)}")


def figures(result: Result) -> dict[str, Any]:
    kinds = {kind: [result.true[kind], number] for kind, number in result.history.items()}
    counts = {"late": len(result.late), "painted": len(result.painted), "backs": result.backs}
    return (
        {"percent": round(result.percent, 2), "true": kinds, "lies": dict(result.kinds)}
        | counts
        | {"from_memory": result.from_memory}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", choices=PROJECTS, action="append")
    parser.add_argument("--flavour", action="append")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--operations", type=int, default=200)
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for name in options.site or PROJECTS:
        for flavour in PROJECTS[name].flavours:
            if flavour in (options.flavour or PROJECTS[name].flavours):
                result, more = measure(PROJECTS[name], flavour, options.seed or list(SEEDS), options.operations)
                print(f"\n{name}, {flavour}: {result.percent:.2f} %")
                tell(result)
                found[f"{name} {flavour}"] = figures(result) | more
    print(json.dumps({"benchmark": "adopt", **found}))


if __name__ == "__main__":
    main()
