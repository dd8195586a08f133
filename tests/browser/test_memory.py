"""Each page of one person comes back from bfcache where the browser keeps such pages, hidden until it is known to be true.

The positive control of R9 is per page: what has not come from memory has not been tested with memory (N17).
"""

from __future__ import annotations

import pytest

from tests.browser.watched import Watched
from tests.servers import Shop

pytestmark = pytest.mark.browser

REASONS = """
return performance.getEntriesByType("navigation")[0].notRestoredReasons?.reasons?.map(({ reason }) => reason) ?? [];
"""
STAGES = ("/cart/", "/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/")


@pytest.fixture(scope="module")
def shop(gated_shop: Shop) -> Shop:
    return gated_shop


@pytest.fixture
def walker(watched: Watched) -> Watched:
    return watched


def leave_and_come_back(walker: Watched, path: str) -> None:
    walker.until(lambda: walker.is_read() and not walker.is_hidden)
    walker.follow(".brand")
    walker.look_away()
    walker.back()
    walker.until(lambda: walker.path == path and not walker.is_hidden)
    reasons = walker.driver.execute_script(REASONS)
    assert walker.came_from_memory(path) is walker.keeps_private, (path, reasons)


def test_n17_each_stage_comes_back_from_memory_time_and_again(walker: Watched, wares: list[str]) -> None:
    walker.go_to_review(wares[0])
    for path in STAGES:
        walker.go(path)
        for _ in range(2):
            leave_and_come_back(walker, path)
            walker.until(lambda: walker.is_read())


def test_n17_so_do_the_pages_of_an_account(walker: Watched) -> None:
    walker.register()
    for path in ("/profile/", "/dashboard/"):
        walker.go(path)
        leave_and_come_back(walker, path)


@pytest.mark.parametrize("stage", STAGES[:2])
def test_n17_a_stage_out_of_memory_is_hidden_until_it_is_known(
    watched_memory: Watched, wares: list[str], stage: str
) -> None:
    walker = watched_memory
    walker.go_to_review(wares[0])
    walker.go(stage)
    walker.until(lambda: walker.is_read())
    text = walker.driver.execute_script("return document.querySelector('main').innerText")
    assert text in walker.painted, "else the watch sees nothing"
    walker.follow(".brand")
    walker.gate.hold("/api/route")
    walker.look_away()
    walker.back()
    walker.gate.until_asked("/api/route")
    assert walker.is_hidden
    assert text not in walker.painted
    walker.gate.open()
    walker.until(lambda: not walker.is_hidden)
    assert walker.came_from_memory(stage)
