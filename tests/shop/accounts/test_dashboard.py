"""/dashboard/: what an account sees first, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from djmoney.money import Money

from checkout.models import Order, OrderLine
from shop.accounts.models import Profile, User
from tests.shop.accounts.conftest import EMAIL
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db


def make_orders(user: User, count: int) -> list[Order]:
    """``count`` orders, one a day, the newest last; each of two articles."""
    orders = []
    for number in range(count):
        order = Order.objects.create(
            attempt=f"attempt-{user.pk}-{number}",
            user=user,
            email=user.email,
            language="en",
            payment_method="demo",
            **{name: Money("20.00", "EUR") for name in ("subtotal", "shipping_price")},
            total=Money(f"{number + 1}.00", "EUR"),
        )
        OrderLine.objects.create(order=order, sku="A", title="Boot", quantity=2, unit_price=Money("10.00", "EUR"))
        Order.objects.filter(pk=order.pk).update(placed_at=timezone.now() + timedelta(days=number))
        orders.append(order)
    return orders


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("url", ["/dashboard/", "/profile/", "/dashboard/orders/"])
def test_a_guest_is_led_to_the_login_and_back(shopper: Shopper, url: str, method: str) -> None:
    response = getattr(shopper.client, method)(url)
    assert (response.status_code, response["Location"]) == (303, f"/login/?redirect={url}")
    assert response["Cache-Control"] == "no-store"


def test_a_guest_is_told_why(shopper: Shopper) -> None:
    page = shopper.get("/dashboard/", follow=True).content.decode()
    assert "Please log in to see this page." in page


def test_the_query_comes_back_too(shopper: Shopper) -> None:
    assert shopper.get("/dashboard/orders/?page=2")["Location"] == "/login/?redirect=/dashboard/orders/%3Fpage%3D2"


def test_a_prefetch_leaves_no_trace(shopper: Shopper) -> None:
    response = shopper.get("/dashboard/", headers={"Sec-Purpose": "prefetch"})
    assert response.status_code == 303
    assert not response.cookies


def test_s08_htmx_leaves_the_page_for_the_login(shopper: Shopper) -> None:
    response = shopper.get("/dashboard/", headers={"HX-Request": "true"})
    assert "/login/?redirect=/dashboard/" in f"{response.headers}"
    assert "login-form" not in response.content.decode()


def test_greets_and_leads_on(signed_in: Shopper) -> None:
    response = signed_in.get("/dashboard/")
    page = response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert EMAIL in page
    assert 'href="/profile/"' in page
    assert "You have not ordered anything" in page


def test_shows_the_address_and_the_latest_three_orders(signed_in: Shopper, ada: User) -> None:
    Profile.objects.create(user=ada, name="Ada Wanderer", postcode="79098", city="Freiburg", country="DE")
    orders = make_orders(ada, 4)
    page = signed_in.get("/dashboard/").content.decode()
    assert "Ada Wanderer<br>79098 Freiburg<br>Germany" in page
    assert page.count('data-testid="order-number"') == 3
    assert orders[3].number in page
    assert orders[0].number not in page
    assert 'href="/dashboard/orders/"' in page


def test_only_reads(signed_in: Shopper) -> None:
    assert signed_in.client.post("/dashboard/").status_code in {403, 405}


def test_costs_at_most_six_queries(signed_in: Shopper, ada: User, django_assert_max_num_queries) -> None:
    make_orders(ada, 5)
    with django_assert_max_num_queries(6):
        signed_in.get("/dashboard/")


def test_names_its_stage_on_html(signed_in: Shopper) -> None:
    page = signed_in.get("/dashboard/").content.decode()
    assert 'data-nav-flow="account"' in page
    assert 'data-nav-stage="dashboard"' in page
