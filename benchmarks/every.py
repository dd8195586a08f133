#!/usr/bin/env python3
"""Every benchmark that has goals, one after the other, whatever the ones before found: what ``make bench`` runs.

    make bench
    .venv/bin/python benchmarks/every.py navstate sessions        some of them

Each prints its table and one line of JSON, and says by its exit code whether it missed a goal. At the end stand which of
them did, and all of it as one line of JSON; the exit code is 1 when one missed a goal or broke.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EVERY = {
    name: HERE / f"{name}.py" for name in ("navstate", "pages", "sessions", "walks", "browser_walks", "adopt", "chaos")
}


@dataclass(frozen=True)
class Outcome:
    """``figures``: the last line of what it printed; empty when that is no JSON, because it broke."""

    seconds: float
    code: int
    figures: dict[str, Any]

    @property
    def words(self) -> str:
        if not self.figures:
            return f"broke (exit code {self.code})"
        return "goals missed" if self.code else "goals met"


def run(script: Path) -> Outcome:
    """Run one, passing on what it prints."""
    started, last = time.monotonic(), ""
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line
    return Outcome(time.monotonic() - started, process.returncode, figures_in(last))


def figures_in(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def run_all(scripts: Mapping[str, Path]) -> int:
    """The exit code for all of them."""
    outcomes = {}
    for name, script in scripts.items():
        print(f"\n=== {name} ===", flush=True)
        outcomes[name] = run(script)
    print()
    for name, outcome in outcomes.items():
        print(f"{name:14} {outcome.seconds:7.0f} s  {outcome.words}")
    failed = [name for name, outcome in outcomes.items() if outcome.code or not outcome.figures]
    figures = {name: outcome.figures for name, outcome in outcomes.items()}
    print(json.dumps({"benchmark": "every", "figures": figures, "missed": failed}))
    return 1 if failed else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(EVERY)}; all of them without a name")
    given = parser.parse_args()
    if unknown := set(given.names) - set(EVERY):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(EVERY)}")
    sys.exit(run_all({name: EVERY[name] for name in given.names or EVERY}))


if __name__ == "__main__":
    main()
