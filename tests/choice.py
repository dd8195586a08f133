"""``--within SECONDS``: run the tests of what has changed, then as many others as fit, other ones each time.

For the minute between two edits (``make test-fast``); over a day it comes by everything. What a test took last time, in
any run, is remembered in pytest's cache. ``--choice NUMBER`` repeats a choice, as long as nothing changes.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CACHE_KEY = "waymark/seconds"
SECONDS = 0.12
"""What a test takes of which nothing is known, setup included."""

BESIDE = {"navstate": ("navstate", "toy")}
"""In which folders of ``tests`` the tests of a room stand, where it is not one of the same name."""

_taken: dict[str, float] = defaultdict(float)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("choice")
    group.addoption("--within", type=float, default=None, help="seconds; as many tests as fit into them")
    group.addoption("--choice", type=int, default=None, help="which of the choices; another one each time without it")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.choice is None:
        config.option.choice = random.randrange(10_000)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Every worker of xdist makes the same choice."""
    node.workerinput["choice"] = node.config.option.choice


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.option.within is not None:
        terminalreporter.write_line(f"{len(_taken)} tests chosen; --choice {config.option.choice} repeats this choice.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.within is None:
        return
    known = config.cache.get(CACHE_KEY, {}) if config.cache else {}
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    changed = changed_files()
    number = getattr(config, "workerinput", {}).get("choice", config.option.choice)
    here = {item.nodeid: is_of(changed, item.path.relative_to(ROOT)) for item in items}
    chosen = choose(here, known, seconds=config.option.within * workers, number=number)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
    items[:] = [item for item in items if item.nodeid in chosen]


def choose(here: Mapping[str, bool], known: Mapping[str, float], *, seconds: float, number: int) -> set[str]:
    """Return the ids of the tests that fit into ``seconds`` of one processor.

    ``here``: by id, whether the test belongs to what has changed; those come first. ``known``: by id, what it took.
    """
    order = sorted(here)
    random.Random(number).shuffle(order)
    order.sort(key=lambda name: not here[name])
    chosen: set[str] = set()
    for name in order:
        seconds -= known.get(name, SECONDS)
        if seconds < 0:
            break
        chosen.add(name)
    return chosen


def changed_files() -> list[PurePosixPath]:
    """What differs from the last commit but one, and what is new; nothing where there is no repository."""
    found: list[str] = []
    for words in (("diff", "--name-only", "HEAD~1"), ("ls-files", "--others", "--exclude-standard")):
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        found += done.stdout.split() if done.returncode == 0 else []
    return [PurePosixPath(path) for path in found]


def is_of(changed: Iterable[PurePosixPath], test: Path) -> bool:
    """Tell whether a test file has changed, or is named after a module of its room that has."""
    return any(path == PurePosixPath(test) or _is_named_after(test, path) for path in changed)


def _is_named_after(test: Path, module: PurePosixPath) -> bool:
    if module.suffix != ".py" or len(module.parts) < 2 or len(test.parts) < 3:
        return False
    folders: Sequence[str] = BESIDE.get(module.parts[0], (module.parts[0],))
    return test.parts[1] in folders and f"{test.stem}_".startswith(f"test_{module.stem}_")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _taken[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember what each test took; in a run with workers the one process that hears of all of them does."""
    config = session.config
    if config.cache is None or hasattr(config, "workerinput") or not _taken:
        return
    config.cache.set(CACHE_KEY, {**config.cache.get(CACHE_KEY, {}), **{k: round(v, 3) for k, v in _taken.items()}})
