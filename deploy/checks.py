#!/usr/bin/env python3
"""Lint and tests, in the order in which they fail fastest. Called by make with the Python of .venv.

checks.py lint     ruff, djade (templates), mypy
checks.py fast     under a minute: tests without browser and servers of what changed, and a share of the others
checks.py quick    all tests without browser and servers, on SQLite
checks.py all      lint; the tests on SQLite; the same on PostgreSQL and Redis; coverage; browsers on both
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NAVSTATE_COVERAGE, COVERAGE = 100, 95  # percent of lines and branches
ROOMS = (
    "templates",
    "navstate",
    "shop",
    "checkout",
    "config",
    "tests",
    "benchmarks",
    "examples",
)  # where templates are
DJANGO = "5.2"  # whose template tags djade expects


@dataclass(frozen=True)
class Run:
    """One call of pytest. ``stores``: plain or services, see tests/environment.py."""

    name: str
    stores: str
    marks: str
    options: tuple[str, ...] = ("--dist", "worksteal")
    measured: bool = False


QUICK = "not browser and not install"
SLOW = "browser or install"
WITHIN = "35"  # seconds of tests; to collect them and to make a database takes some twenty more
RUNS = (
    Run("tests on SQLite", "plain", QUICK),
    Run("tests on PostgreSQL and Redis", "services", QUICK, measured=True),  # these alone reach every line of navstate
    Run("browser, one process and SQLite", "plain", SLOW, ("--dist", "loadgroup")),
    Run("browser, several processes, PostgreSQL and Redis", "services", "browser and stores", ("--dist", "loadgroup")),
)


def call(*words: str, paths: Sequence[str] = (), **variables: str) -> None:
    """Run a tool of .venv, over ``paths`` if there are any; end with its exit code if it fails."""
    print(f"$ {' '.join(words)}" + (f" ({len(paths)} files)" if paths else ""), flush=True)
    command = [BIN / words[0], *words[1:], *paths]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"waymark: {words[0]} failed.")


def templates() -> list[str]:
    """All templates of the project but pictures, as paths from its root."""
    found = (path for room in ROOMS for kind in ("html", "txt") for path in (ROOT / room).rglob(f"*.{kind}"))
    own = (path.relative_to(ROOT) for path in found)
    return sorted(str(path) for path in own if "templates" in path.parts and ".venv" not in path.parts)


def lint() -> None:
    call("ruff", "check", ".")
    call("ruff", "format", "--check", ".")
    call("djade", "--check", "--target-version", DJANGO, paths=templates())
    # mypy's Django plugin loads the settings; they want a secret.
    call("mypy", "navstate", "shop", "checkout", "config", SECRET_KEY="only-for-mypy", ENV_FILE=os.devnull)


def pytest(run: Run) -> str:
    """Run pytest, pass its output through, and return its closing line. Ends with its exit code if it fails."""
    words = [str(BIN / "pytest"), "-n", "auto", "-q", "-m", run.marks, *run.options]
    if run.measured:
        words += ["--cov", "--cov-report="]
    print(f"\n$ WAYMARK_STORES={run.stores} pytest {' '.join(words[1:])}", flush=True)
    environment = os.environ | {"WAYMARK_STORES": run.stores}
    closing = ""
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            closing = line.strip() if is_closing(line) else closing
    if process.returncode:
        sys.exit(f"waymark: {run.name}: pytest ended with {process.returncode}. {closing}")
    if "passed" not in closing:
        sys.exit(f"waymark: {run.name}: pytest did not say that tests passed.")
    return closing


def is_closing(line: str) -> bool:
    """With -q pytest closes with the bare counts, else between equals signs."""
    return bool(re.search(r"\b\d+ (passed|failed|errors?)\b.* in \d", line))


def check_coverage() -> str:
    """Of the measured run; navstate to the last branch. Returns one line."""
    call("coverage", "report", "--include=navstate/*", f"--fail-under={NAVSTATE_COVERAGE}", "--skip-covered", "-m")
    call("coverage", "report", f"--fail-under={COVERAGE}", "--skip-covered", "-m")
    return f"coverage of lines and branches: navstate {NAVSTATE_COVERAGE} %, everything at least {COVERAGE} %"


def everything() -> None:
    started = time.monotonic()
    lint()
    closing = []
    for run in RUNS:
        closing.append((run.name, pytest(run)))
        if run.measured:
            coverage = check_coverage()
    print(f"\nAll checks passed in {time.monotonic() - started:.0f} s; {coverage}.")
    for name, line in closing:
        print(f"{name}: {line}", flush=True)


def main() -> None:
    # A run starts some two hundred processes: without compiled modules on disk each would compile all of them anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    chosen = sys.argv[1] if len(sys.argv) == 2 else ""
    if chosen == "lint":
        lint()
    elif chosen == "fast":
        pytest(Run("fast tests", "plain", f"{QUICK} and not services", ("--dist", "worksteal", "--within", WITHIN)))
    elif chosen == "quick":
        pytest(RUNS[0])
    elif chosen == "all":
        everything()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
