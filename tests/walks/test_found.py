"""What random walks over the shop have found, each as a test of its own."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from checkout.models import Order, Payment
from checkout.payments.demo.services import capture_delayed
from checkout.services.settling import settle
from navstate.models import NavRecord
from navstate.testing.assertions import assert_page_agrees, assert_stage
from navstate.testing.fetching import through_client
from navstate.testing.history import Browser, Tab
from navstate.testing.returning import check_route
from shop.accounts.models import User
from tests.factories import make_shipping, make_variant
from tests.shopper import ADDRESS, Form

EMAIL, PASSWORD = "ada@example.org", "painted-blaze-on-a-tree"

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab() -> Tab:
    make_variant("BOOT-42", price="129.00")
    make_shipping("standard", price="4.90")
    User.objects.create_user(EMAIL, PASSWORD)
    return Browser(through_client(), on_return=check_route).open("/")


def add(tab: Tab) -> None:
    tab.submit(Form("/cart/add/", {"sku": "BOOT-42", "quantity": "1"}, method="post"))


def log_in(tab: Tab) -> None:
    tab.go("/login/")
    tab.submit(tab.page.form("login-form"), {"login": EMAIL, "password": PASSWORD})


def order(tab: Tab) -> None:
    """From the cart to the provider's page."""
    tab.go("/checkout/address/")
    tab.submit(tab.page.form("stage-submit"), ADDRESS)
    tab.submit(tab.page.form("stage-submit"), {"shipping_method": "standard"})
    tab.submit(tab.page.form("stage-submit"), {"payment_method": "demo"})
    tab.submit(tab.page.form("place-order"))


def test_s41_an_order_from_before_redis_was_emptied_does_not_swallow_the_next_one(tab):
    add(tab)
    order(tab)
    add(tab)
    cache.clear()
    NavRecord.objects.all().delete()
    add(tab)
    order(tab)
    assert tab.page.has("gateway-pay")
    assert sorted(line.quantity for each in Order.objects.all() for line in each.lines.all()) == [1, 2]


def test_s67_back_to_the_page_of_a_payment_that_was_cancelled_elsewhere_asks_for_no_money(tab):
    add(tab)
    order(tab)
    tab.submit(tab.page.form("gateway-pay"), {"action": "decline"})
    pay = tab.url
    tab.go("/")
    other = tab.browser.open(pay)
    other.submit(other.page.form("cancel-order"), button="cancel-order")
    tab.back()
    assert not tab.page.has("resume-payment")
    assert_stage(tab, "pay")


def test_s45_a_cart_filled_at_another_device_is_counted_at_this_one(tab):
    log_in(tab)
    other = tab.browser.other_device().open("/")
    log_in(other)
    add(other)
    tab.go("/cart/")
    assert tab.page.has("cart-line")
    assert ">1<" in tab.background("/cart/badge/").text


def test_r9_a_delivery_chosen_at_another_device_is_in_the_sum_of_a_page_that_comes_back(tab):
    log_in(tab)
    add(tab)
    tab.go("/checkout/address/")
    tab.submit(tab.page.form("stage-submit"), ADDRESS)
    tab.back()
    other = tab.browser.other_device().open("/")
    log_in(other)
    other.go("/checkout/address/")
    other.submit(other.page.form("stage-submit"), ADDRESS)
    other.submit(other.page.form("stage-submit"), {"shipping_method": "standard"})
    tab.browser.show(tab)
    assert "133.90" in tab.page.text_of("cart-total")
    assert_page_agrees(tab, "cart-total")


@pytest.mark.parametrize("url", ["/dashboard/", "/dashboard/orders/"])
def test_s59_a_payment_that_was_confirmed_meanwhile_is_so_in_the_list_that_comes_back(tab, url):
    log_in(tab)
    add(tab)
    order(tab)
    tab.submit(tab.page.form("gateway-pay"), button="gateway-delay")
    tab.go(url)
    tab.go("/")
    payment = Payment.objects.get()
    capture_delayed.func(payment.reference)
    settle(payment.pk)
    tab.back()
    assert [shown.attributes["data-status"] for shown in tab.page.all("order-status")] == ["paid"]
