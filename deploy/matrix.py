#!/usr/bin/env python3
"""Build django-navstate and test the wheel on every Python and Django that can be had here. Prints a table.

    python3 deploy/matrix.py [--python PATH …] [--django 5.2 …] [--dry-run] [--fresh]

For each Python (3.11 to 3.14 on PATH or below ~/.pyenv, and those given) and each line of Django:

* an environment with the wheel and its Django alone: the way through tests/toy under ``python -W error``;
* the same with all extras and pytest: tests/toy and what of tests/navstate needs no shop, on SQLite.

Both run in a copy of the tests, where the folder navstate/ cannot be imported. Works in var/matrix/. Results are kept there
until the wheel or the tests change, so that an interrupted run goes on where it was. Ends with 1 where something failed or
nothing could be tested.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "matrix"
PROJECT, DIST, RESULTS = FOLDER / "project", FOLDER / "dist", FOLDER / "results.json"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = ("5.2", "6.0", "6.1")
EXTRAS = "redis,testing,progress"
TOOLS = ("pytest", "pytest-django")
COPIED = ("__init__.py", "fixtures_django.py", "parallel.py", "visits.py", "toy", "navstate")
LEFT_OUT = (
    "toy/test_alone.py",  # is what the first environment does
    # These need the shop: its accounts, its settings, its pages, or the folder navstate/.
    "navstate/test_arrival.py",
    "navstate/test_connection.py",
    "navstate/test_djangos_sessions.py",
    "navstate/test_leave_no_trace.py",
    "navstate/test_liveness.py",
    "navstate/test_outages.py",
    "navstate/test_package.py",
    "navstate/test_prefix.py",
    "navstate/test_reference.py",
    "navstate/test_scripts.py",
    "navstate/test_session_warning.py",
    "navstate/test_sessions_adopted.py",
    "navstate/test_sessions_cookie.py",
    "navstate/test_sessions_middleware.py",
    "navstate/test_sessions_scenarios.py",
    "navstate/test_trace_admin.py",
)
"""Test files that are not run here."""
PYTEST_INI = """\
[pytest]
pythonpath = .
addopts = -ra --strict-markers --strict-config --ds=tests.toy.settings -p tests.fixtures_django -p no:cacheprovider
filterwarnings = error
markers =
    services: needs PostgreSQL and Redis
"""
PROBE = """
import importlib, sys
from importlib import metadata
import navstate
assert navstate.__file__.startswith(sys.prefix), navstate.__file__
assert navstate.__version__ == metadata.version("django-navstate")
installed = {found.name.lower() for found in metadata.distributions()}
assert installed <= {"django-navstate", "django", "asgiref", "sqlparse", "pip", "setuptools"}, installed
from django.conf import settings
settings.configure()
for module, extra in {"navstate.storage.redis": "redis", "navstate.testing.walks": "testing"}.items():
    try:
        importlib.import_module(module)
    except ImportError as problem:
        assert f"django-navstate[{extra}]" in str(problem), problem
    else:
        raise AssertionError(f"{module} needs nothing?")
"""
PASSED, FAILED, NOT_HERE = "passed", "FAILED", "not to be had here"


@dataclass(frozen=True)
class Python:
    """An interpreter that runs. ``version``: 3.13.2."""

    path: str
    version: str

    @property
    def line(self) -> str:
        return self.version.rpartition(".")[0]


class StepError(Exception):
    """A command failed; the message is the end of what it said."""


def say(text: str) -> None:
    print(text, flush=True)


def run(*words: str | Path, cwd: Path = ROOT) -> str:
    """Run a command quietly and return what it said. Raises :class:`StepError`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO"))}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.toy.settings"
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(words, env=environment, cwd=cwd, text=True, **pipes)
    if done.returncode:
        raise StepError(done.stdout)
    return done.stdout


def python_at(path: str) -> Python | None:
    """The interpreter behind this name, unless it does not run: a shim of pyenv may stand for one that is switched off."""
    try:
        version = run(
            path, "-c", "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:3])))"
        ).strip()
    except (StepError, OSError):
        return None
    return Python(path, version)


def find_pythons(given: list[str], lines: Sequence[str]) -> list[Python]:
    """One for each line of Python; those that were given come first."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[str, Python] = {}
    for path in given:
        python = python_at(path)
        if python is None:
            sys.exit(f"waymark: {path} is no Python that can make environments.")
        found.setdefault(python.line, python)
    for line in lines:
        for path in (f"python{line}", *sorted(map(str, pyenv.glob(f"{line}.*/bin/python")), reverse=True)):
            if line not in found and (python := python_at(path)):
                found[line] = python
    return [found[line] for line in sorted(found, key=lambda line: int(line.partition(".")[2]))]


def make_environment(python: Python, folder: Path, *requirements: str) -> Path:
    """A new environment with these packages and nothing else; returns its Python."""
    run(python.path, "-m", "venv", "--clear", folder)
    inside = folder / "bin" / "python"
    if requirements:
        pip = (inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile")
        run(*pip, *requirements)
    return inside


def build(python: Python) -> Path:
    """The sdist and, from it, the wheel, which is returned."""
    shutil.rmtree(DIST, ignore_errors=True)
    with_build = make_environment(python, FOLDER / "build", "build")
    run(with_build, "-m", "build", "--outdir", DIST, ROOT / "navstate")
    wheel = next(DIST.glob("*.whl"))
    check_contents(wheel)
    return wheel


def check_contents(wheel: Path) -> None:
    """Every file of the folder is in the wheel, but for those about the distribution."""
    left_out = {f"navstate/{name}" for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")}
    files = [path for path in (ROOT / "navstate").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    missing = {str(path.relative_to(ROOT)) for path in files} - set(ZipFile(wheel).namelist()) - left_out
    if missing:
        raise StepError(f"The wheel lacks {', '.join(sorted(missing))}.")


def copy_tests() -> None:
    shutil.rmtree(PROJECT, ignore_errors=True)
    (PROJECT / "tests").mkdir(parents=True)
    for name in COPIED:
        source, target = ROOT / "tests" / name, PROJECT / "tests" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name in LEFT_OUT:
        (PROJECT / "tests" / name).unlink()
    shutil.copytree(ROOT / "docs", PROJECT / "docs", ignore=shutil.ignore_patterns("images"))  # examples that are run
    (PROJECT / "pytest.ini").write_text(PYTEST_INI)


def digest_of_all(wheel: Path) -> str:
    """Changes with what is tested and with the tests. Archives carry times, so that files are compared."""
    found = hashlib.sha256(Path(__file__).read_bytes() + wheel.name.encode())
    for folder in (ROOT / "navstate", PROJECT):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def walk_alone(python: Python, wheel: Path, django: str) -> str:
    """The way through the toy where nothing but Django is installed. Returns the version of Django."""
    inside = make_environment(python, FOLDER / f"alone-{python.line}-{django}", str(wheel), f"Django~={django}.0")
    run(inside, "-W", "error", "-c", PROBE, cwd=PROJECT)
    said = run(inside, "-W", "error", "-m", "tests.toy.alone", cwd=PROJECT)
    for line in ("303 /loan/done/a0/", "traces: 200", "strangers: []"):
        if line not in said:
            raise StepError(f"{said}\nIt did not say {line!r}.")
    return run(inside, "-m", "django", "--version").strip()


def run_suite(python: Python, wheel: Path, django: str) -> str:
    """The tests with all extras. Returns the closing line of pytest."""
    folder = FOLDER / f"suite-{python.line}-{django}"
    inside = make_environment(python, folder, f"{wheel}[{EXTRAS}]", f"Django~={django}.0", *TOOLS)
    said = run(inside, "-W", "error", "-m", "pytest", "-q", "--tb=short", "-m", "not services", cwd=PROJECT)
    return said.strip().splitlines()[-1]


def test_pair(python: Python, wheel: Path, django: str) -> list[str]:
    """Outcome and words for the table. Output of what failed is kept in a file."""
    log = FOLDER / f"failed-{python.line}-{django}.log"
    log.unlink(missing_ok=True)
    try:
        version = walk_alone(python, wheel, django)
        return [PASSED, f"Django {version}: alone; {run_suite(python, wheel, django)}"]
    except StepError as problem:
        if "No matching distribution found for Django" in str(problem):
            return [NOT_HERE, f"pip has no Django {django} for Python {python.version}"]
        log.write_text(str(problem))
        return [FAILED, f"see {log.relative_to(ROOT)}"]


def read_results(digest: str) -> dict[str, list[str]]:
    """What an earlier run found of the same wheel and the same tests; failures are tried again."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if kept.get("digest") != digest:
        return {}
    return {pair: outcome for pair, outcome in kept["pairs"].items() if outcome[0] == PASSED}


def test_all(pythons: list[Python], djangos: list[str], is_fresh: bool) -> dict[str, list[str]]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    say("Building sdist and wheel …")
    wheel = build(pythons[-1])
    copy_tests()
    digest = digest_of_all(wheel)
    pairs = {} if is_fresh else read_results(digest)
    wanted = [(python, django) for python in pythons for django in djangos]
    for number, (python, django) in enumerate(wanted, 1):
        name = f"{python.version} × {django}"
        started = time.monotonic()
        if name not in pairs:
            say(f"[{number}/{len(wanted)}] Python {name} …")
            pairs[name] = test_pair(python, wheel, django)
            RESULTS.write_text(json.dumps({"digest": digest, "pairs": pairs}))
        say(f"[{number}/{len(wanted)}] Python {name}: {pairs[name][0]} ({time.monotonic() - started:.0f} s)")
    return {name: pairs[name] for name in (f"{python.version} × {django}" for python, django in wanted)}


def print_table(outcomes: dict[str, list[str]], missing: list[str]) -> None:
    say("\n| Python × Django | outcome | |\n|---|---|---|")
    for name, (outcome, words) in outcomes.items():
        say(f"| {name} | {outcome} | {words} |")
    for line in missing:
        say(f"| {line} | {NOT_HERE} | no such Python on this machine |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--python", action="append", default=[], metavar="PATH", help="one more Python; may be repeated"
    )
    parser.add_argument("--django", action="append", choices=DJANGOS, help="this line only; may be repeated")
    parser.add_argument("--only-given", action="store_true", help="look for no other Python than those given")
    parser.add_argument("--dry-run", action="store_true", help="say what would be tested, make nothing")
    parser.add_argument("--fresh", action="store_true", help="test again what has passed")
    given = parser.parse_args()

    pythons = find_pythons(given.python, () if given.only_given else PYTHONS)
    djangos = given.django or list(DJANGOS)
    missing = [] if given.only_given else sorted({*PYTHONS} - {python.line for python in pythons})
    for python in pythons:
        say(f"Python {python.version} ({python.path}) × Django {', '.join(djangos)}")
    if not pythons:
        sys.exit("waymark: there is no Python here that can make environments.")
    if given.dry_run:
        print_table({}, missing)
        return
    outcomes = test_all(pythons, djangos, given.fresh)
    print_table(outcomes, missing)
    found = [outcome for outcome, _ in outcomes.values()]
    if FAILED in found or PASSED not in found:
        sys.exit("waymark: the matrix did not pass.")


if __name__ == "__main__":
    try:
        main()
    except StepError as problem:
        sys.exit(f"{problem}\nwaymark: the matrix could not be prepared.")
    except KeyboardInterrupt:
        sys.exit("waymark: interrupted; run it again to go on.")
