"""Random operations in a real browser, each compared with the model: benchmarks/browser_walks.py with its own stores.

By itself that walks 300 of them in each engine, by another chance each time; here it is a shorter walk, always the same.
``WAYMARK_WALK_SEED=7 pytest tests/browser/test_walks.py`` walks by another chance; what is not so is printed with the
command that walks there again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.servers import ROOT

OPERATIONS = 100
SEED = os.environ.get("WAYMARK_WALK_SEED", "1")
pytestmark = pytest.mark.browser


def alone(name: str) -> pytest.MarkDecorator:
    """Each has a shop of its own: any worker may take any of them."""
    return pytest.mark.xdist_group(f"walk of {name}")


def walk(engine: str, *options: str) -> tuple[int, str, dict]:
    """How the walk ended, what it printed, and its figures."""
    words = [sys.executable, "benchmarks/browser_walks.py", "--engine", engine, *options]
    done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.stdout, done.stderr[-3000:]
    return done.returncode, done.stdout, json.loads(done.stdout.splitlines()[-1])["engines"][engine]


@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=alone(name)) for name in ("chromium", "no-bfcache", "webkit")]
)
def test_address_page_cart_and_orders_agree_after_each_operation(engine: str) -> None:
    ended, said, figures = walk(engine, "--operations", str(OPERATIONS), "--seed", SEED)
    assert (ended, figures["operations"], figures["wrong"]) == (0, OPERATIONS, 0), said
    assert figures["kinds"]["go_back"] > OPERATIONS / 20


@alone("control")
def test_without_the_check_a_page_that_comes_back_is_not_so() -> None:
    """The control: navstate's script is kept from the browser, and a walk finds it."""
    options = ("--operations", str(OPERATIONS), "--seed", "6", "--without-check", "--until-wrong")
    ended, _, figures = walk("chromium", *options)
    assert (ended, figures["wrong"]) == (1, 1)
