"""/dashboard/orders/: everything an account has ordered, page by page."""

from __future__ import annotations

import re

import pytest

from shop.accounts.models import User
from tests.shop.accounts.conftest import PASSWORD
from tests.shop.accounts.test_dashboard import make_orders
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db


def hooks(page: str, name: str) -> list[str]:
    return re.findall(rf'data-testid="{name}"[^>]*>\s*([^<]*?)\s*<', page)


def test_names_number_status_and_total(signed_in: Shopper, ada: User) -> None:
    [order] = make_orders(ada, 1)
    response = signed_in.get("/dashboard/orders/")
    page = response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert hooks(page, "order-number") == [order.number]
    assert hooks(page, "order-status") == ["awaiting payment"]
    assert "1.00" in hooks(page, "order-total")[0]
    assert f'href="/order/{order.token}/"' in page


def test_an_empty_list_leads_on(signed_in: Shopper) -> None:
    page = signed_in.get("/dashboard/orders/").content.decode()
    assert "You have not ordered anything" in page
    assert 'href="/"' in page


def test_shows_nobody_else_s(signed_in: Shopper, ada: User) -> None:
    make_orders(User.objects.create_user("ben@example.org", PASSWORD), 2)
    assert hooks(signed_in.get("/dashboard/orders/").content.decode(), "order-number") == []


def test_is_paged_newest_first(signed_in: Shopper, ada: User, settings) -> None:
    settings.PAGE_SIZE = 2
    numbers = [order.number for order in reversed(make_orders(ada, 5))]
    pages = [signed_in.get(f"/dashboard/orders/?page={page}").content.decode() for page in (1, 2, 3)]
    assert [hooks(page, "order-number") for page in pages] == [numbers[:2], numbers[2:4], numbers[4:]]
    assert 'data-testid="page-next"' in pages[0]
    assert 'data-testid="page-next"' not in pages[2]


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "1e9", "１"])
def test_a_page_that_is_none_is_one_all_the_same(signed_in: Shopper, ada: User, settings, page: str) -> None:
    settings.PAGE_SIZE = 2
    make_orders(ada, 3)
    response = signed_in.get("/dashboard/orders/", data={"page": page})
    assert response.status_code == 200
    assert hooks(response.content.decode(), "order-number")


@pytest.mark.parametrize("count", [0, 1, 30])
def test_costs_at_most_six_queries_whatever_the_count(
    signed_in: Shopper, ada: User, count: int, django_assert_max_num_queries
) -> None:
    make_orders(ada, count)
    with django_assert_max_num_queries(6):
        signed_in.get("/dashboard/orders/")
