"""The same purchase over two page processes with PostgreSQL and Redis: whoever answers, the shopper is told the same."""

from __future__ import annotations

import urllib.request

import pytest
from selenium import webdriver

from benchmarks.load import cpu_seconds, family
from tests.browser.test_journeys import order_of
from tests.browser.walker import STAGES, Walker
from tests.servers import Shop, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def sku(shop_processes: Shop) -> str:
    ((sku,),) = shop_processes.rows(
        "SELECT MIN(v.sku) FROM catalog_variant v JOIN stock_stock s ON s.variant_id = v.id WHERE s.available >= 12"
    )
    return sku


def test_a_guest_buys_over_two_processes(browser: webdriver.Chrome, shop_processes: Shop, sku: str) -> None:
    walker, email = Walker(browser, shop_processes), "two@example.org"
    walker.click_through(sku, email=email)
    for stage in ("payment", "shipping", "address"):
        walker.back()
        walker.until_path(STAGES[stage])
        walker.until(lambda stage=stage: walker.stage == stage)
    walker.go("/checkout/review/")
    walker.order()
    walker.pay()
    walker.until(lambda: walker.find("order-status").get_attribute("data-status") == "paid")
    walker.back()
    assert not walker.sees("gateway-pay")
    ((number, status, *_),) = order_of(walker, email)
    assert status == "paid"
    walker.until(lambda: len([mail for mail in shop_processes.mails() if number in mail and email in mail]) == 1)


def test_both_processes_serve_pages(shop_processes: Shop) -> None:
    """Without this the test above could pass with one."""
    workers = family(shop_processes.processes[0].pid)[1:]
    before = {worker: cpu_seconds(worker) for worker in workers}

    def all_worked() -> bool:
        for _ in range(50):
            with urllib.request.urlopen(f"{shop_processes.url}/checkout/", timeout=10) as answer:
                assert answer.status == 200
        return all(cpu_seconds(worker) > spent for worker, spent in before.items())

    assert len(workers) >= 2
    wait_until(all_worked, timeout=30, what="work for every process")
