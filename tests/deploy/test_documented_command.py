"""O1: the shop is started as the documents say, one of its workers is killed, and somebody buys."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.load import family
from tests.checkout.test_payment_processes import Visitor
from tests.fixtures_shop import shop_with_own_stores
from tests.servers import ROOT, answers, granian_command, wait_until

PLACES = ("README.md", "docs/operations.md")
COMMAND = re.compile(r"^.*\.venv/bin/granian (?:[^\\\n]|\\\n)*$", re.MULTILINE)
GIVEN = {"--host", "--port"}


def documented(place: str) -> list[str]:
    """The words of the one command that the document starts the pages with."""
    (command,) = COMMAND.findall((ROOT / place).read_text())
    words = shlex.split(command.replace("ExecStart=", "").replace("\\\n", " "))
    assert Path(words[0]).name == "granian"
    return words


def options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")} - GIVEN


def documented_command(port: int) -> list[str]:
    words = documented("docs/operations.md")
    words[words.index("--port") + 1] = str(port)
    return [sys.executable, "-m", "granian", *words[1:]]


@pytest.mark.parametrize("place", PLACES)
def test_o1_whoever_starts_the_pages_has_dead_workers_replaced(place: str) -> None:
    assert options(documented(place)) == options(granian_command(1, 2)) - {"--access-log"}
    assert "--respawn-failed-workers" in documented(place)


def test_o1_no_command_is_left_without() -> None:
    for path in (*ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*"), *ROOT.glob("benchmarks/*.py")):
        for command in COMMAND.findall(path.read_text()) if path.is_file() else ():
            assert "--respawn-failed-workers" in command, path


@pytest.mark.browser
def test_o1_a_worker_is_killed_and_somebody_buys() -> None:
    with shop_with_own_stores(documented_command) as own:
        shop, server = own.shop, own.shop.processes[0]
        sku = shop.rows(
            "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id WHERE s.available > 1"
        )[0][0]
        for _ in range(2):  # the other one as well, and a whole purchase after each
            replace_a_worker(server.pid)
            wait_until(lambda: answers(f"{shop.url}/healthz"), 20, "an answer")
            visitor = Visitor(shop)
            assert "/demo-gateway/pay/" in visitor.order(sku)
            visitor.send("gateway-pay", action="pay")
            assert 'data-status="paid"' in visitor.text
        assert server.poll() is None


def replace_a_worker(pid: int) -> None:
    """Kill one, and wait until another stands in its place."""
    before = workers_of(pid)
    os.kill(before[0], signal.SIGKILL)

    def is_replaced() -> bool:
        now = workers_of(pid)
        return len(now) == len(before) and before[0] not in now

    wait_until(is_replaced, 20, "another worker")


def workers_of(pid: int) -> list[int]:
    """Not the helper that Python may start beside them."""
    children = [each for each in family(pid)[1:] if b"tracker" not in Path(f"/proc/{each}/cmdline").read_bytes()]
    return sorted(children)
