#!/usr/bin/env python3
"""How true Back, Forward and Reload are on sites that are not ours, without navstate and with it, in a real Chromium.

    .venv/bin/python benchmarks/adopt.py                                            all of it
    .venv/bin/python benchmarks/adopt.py --site oscar --flavour three --seed 2      one walk again

Random walks over the projects of ``examples/``, three seeds of 200 operations each: half of them history, after which what
is on the screen must be what a fresh request for that address gives at that moment, or what is where it leads. Then Oscar's
"place order" is pressed twice, twenty times, and pages are timed. Each project has an environment of its own, which is made
when it is not there. A table, one JSON object as the last line, and exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.adopting import oscar_walk, plain_walk  # noqa: E402  (the path must be there first)
from benchmarks.adopting.costs import Cost, costs  # noqa: E402
from benchmarks.adopting.ordering import Pairs, place_twice  # noqa: E402
from benchmarks.adopting.sites import PROJECTS, Project, Site, running  # noqa: E402
from benchmarks.adopting.walk import Result, Walk  # noqa: E402

SEEDS = (1, 2, 3)
WALKS: dict[str, type[Walk]] = {"oscar": oscar_walk.OscarWalk, "plain": plain_walk.PlainWalk}
PREPARES = {"oscar": oscar_walk.prepare, "plain": plain_walk.prepare}
GOALS = {("oscar", "three"): 99.0, ("oscar", "flow"): 100.0, ("plain", "three"): 100.0}
"""Percent of the history operations that end at a true page."""

ALL = {"oscar": "flow"}
"""The flavour in which all pairs of presses must end at the receipt."""

PARTS = ("walk", "order", "cost")


@dataclass
class Measured:
    """One project in one flavour."""

    result: Result = field(default_factory=Result)
    pairs: Pairs | None = None
    costs: dict[str, Cost] = field(default_factory=dict)

    @property
    def figures(self) -> dict[str, Any]:
        found, result = {}, self.result
        if result.done:
            true = {kind: [result.true[kind], number] for kind, number in result.history.items()}
            found |= {"percent": round(result.percent, 2), "true": true, "lies": dict(result.kinds)}
            found |= {"late": len(result.late), "painted": len(result.painted)}
            found |= {"backs": result.backs, "from_memory": result.from_memory}
        if self.pairs:
            found |= {"pairs": self.pairs.pairs, "at_the_receipt": self.pairs.both, "orders": self.pairs.orders}
        return found | ({"costs": {path: asdict(cost) for path, cost in self.costs.items()}} if self.costs else {})


def walk_over(site: Site, seed: int, operations: int) -> Result:
    site.begin_again()
    name = f"{site.project.name}, {site.flavour}, seed {seed}"
    with tqdm(total=operations, desc=name, unit="op", mininterval=10) as bar:
        return WALKS[site.project.name](site, seed).run(operations, bar.update)


def measure(project: Project, flavour: str, options: argparse.Namespace) -> Measured:
    found = Measured()
    with running(project, flavour) as site:
        PREPARES[project.name](site)
        site.remember()
        if "cost" in options.part:
            found.costs = costs(site)
        if "order" in options.part and project.name == "oscar":
            found.pairs = place_twice(site)
        for seed in options.seed if "walk" in options.part else ():
            found.result.add(walk_over(site, seed, options.operations))
    return found


# --- what is said about it ---
def tell(found: Measured) -> None:
    """What was not so, each with where."""
    result = found.result
    for kind, number in result.kinds.most_common():
        print(f"  {number:4} times not so: {kind}")
    for name in ("lies", "late", "painted", "missing"):
        for each in getattr(result, name)[:40]:
            print(f"  {name}: {each[:700]}")
    if result.done:
        print(f"  done: {dict(result.done)}")
        print(f"  not from memory because of: {dict(result.not_restored)}")
    for end in found.pairs.ends if found.pairs else ():
        print(f"  pressed twice: {end}")


def report(measured: dict[tuple[str, str], Measured]) -> None:
    heads = (
        f"{'true':>9} {'history':>8} {'late':>5} {'painted':>8} {'Back from memory':>17} {'both at the receipt':>20}"
    )
    print(f"\n{'site':14} {heads}")
    for (name, flavour), found in measured.items():
        result, pairs = found.result, found.pairs
        asked = sum(result.history.values())
        counts = f"{result.percent:7.2f} % {asked:8} {len(result.late):5} {len(result.painted):8}"
        memory = f"{result.from_memory} of {result.backs}"
        print(
            f"{name + ', ' + flavour:14} {counts} {memory:>17} {f'{pairs.both} of {pairs.pairs}' if pairs else '':>20}"
        )
    for (name, flavour), found in measured.items():
        plain = measured[name, "stock"].costs if (name, "stock") in measured else found.costs
        for path, cost in found.costs.items():
            more = f"+{cost.cpu_ms - plain[path].cpu_ms:6.2f} ms, +{cost.size - plain[path].size:5} bytes"
            print(f"{name + ', ' + flavour:14} {path:22} {cost.cpu_ms:7.2f} ms {cost.size:7} bytes   {more}")


def missed_goals(measured: dict[tuple[str, str], Measured]) -> list[str]:
    missed = []
    for (name, flavour), found in measured.items():
        goal = GOALS.get((name, flavour))
        if goal and found.result.done and found.result.percent < goal:
            missed.append(f"{name}, {flavour}: {found.result.percent:.2f} % of {goal:g} %")
        if found.result.painted and flavour != "stock":
            missed.append(f"{name}, {flavour}: pages of another account were in sight")
        if found.pairs and ALL.get(name) == flavour and found.pairs.both < found.pairs.pairs:
            missed.append(f"{name}, {flavour}: {found.pairs.both} of {found.pairs.pairs} pairs at the receipt")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", choices=PROJECTS, action="append", help="all of them without it")
    parser.add_argument("--flavour", choices=("stock", "three", "flow"), action="append", help="all of them without it")
    parser.add_argument("--seed", type=int, action="append", help=f"{SEEDS} without it")
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--part", choices=PARTS, action="append", help="all of them without it")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended all the same
    options.seed, options.part = options.seed or SEEDS, options.part or PARTS
    measured: dict[tuple[str, str], Measured] = {}
    for name in options.site or PROJECTS:
        for flavour in PROJECTS[name].flavours:
            if flavour in (options.flavour or PROJECTS[name].flavours):
                print(f"\n{name}, {flavour}", flush=True)
                found = measured[name, flavour] = measure(PROJECTS[name], flavour, options)
                tell(found)
    report(measured)
    missed = missed_goals(measured)
    for goal in missed:
        print(f"missed: {goal}")
    figures = {f"{name} {flavour}": found.figures for (name, flavour), found in measured.items()}
    print(json.dumps({"benchmark": "adopt", "seeds": list(options.seed), **figures, "missed": missed}))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
