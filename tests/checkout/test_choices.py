"""A choice lapses when it cannot be had any more, and with nothing else (issue 8, N3)."""

from __future__ import annotations

import pytest
from djmoney.money import Money

from checkout.models import Order, ShippingMethod
from tests.factories import make_shipping, make_variant, set_price
from tests.shopper import Shopper, form_with, leads_to, text_of
from tests.visits import NAVIGATION

pytestmark = pytest.mark.django_db

STAGES = ["/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/"]


@pytest.fixture
def shopper() -> Shopper:
    """At the review with goods for 39 €; delivery is 3.90 € and free from 100 €."""
    make_variant("MUG", price="39.00", title="Mug")
    make_variant("PACK", price="69.00", title="Day Pack")
    make_shipping("standard", price="3.90", free_over=Money(100, "EUR"))
    make_shipping("express", price="12.00")
    shopper = Shopper()
    shopper.go_to_review("MUG")
    return shopper


def change_method(code: str, **changes: object) -> None:
    ShippingMethod.objects.update_or_create(code=code, defaults=changes)


def test_n3_a_delivery_that_becomes_free_lapses_nothing_and_is_told_where_it_is_confirmed(shopper: Shopper) -> None:
    review = shopper.open("/checkout/review/", "place-order")
    shopper.add("PACK")
    for url in STAGES:
        assert shopper.get(url).status_code == 200, url
    answer = shopper.send(review)
    page = text_of(answer)
    assert answer.status_code == 409
    assert '<th scope="row">Delivery</th><td><del>3.90\xa0€</del></td><td><ins>free</ins></td>' in page
    assert '<th scope="row">Total</th><td><del>42.90\xa0€</del></td><td><ins>108.00\xa0€</ins></td>' in page
    assert not Order.objects.exists()
    assert shopper.send(form_with(answer, "conflict-confirm")).status_code == 303
    assert str(Order.objects.get().total.amount) == "108.00"


CHANGES = {
    "another article": lambda shopper: shopper.add("PACK"),
    "another quantity": lambda shopper: shopper.add("MUG"),
    "another price": lambda shopper: set_price("MUG", "120.00"),
    "its price": lambda _: change_method("standard", price=5),
    "its name": lambda _: change_method("standard", name="By post"),
    "its limit": lambda _: change_method("standard", free_over=None),
    "another one's price": lambda _: change_method("express", price=9),
    "another one is withdrawn": lambda _: change_method("express", is_active=False),
    "another one is added": lambda _: make_shipping("bike", price="1.00"),
    "another street": lambda shopper: shopper.give_address(line1="Bergweg 9"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_n3_nothing_lapses_while_what_was_chosen_is_offered(shopper: Shopper, change) -> None:
    change(shopper)
    for url in STAGES:
        assert shopper.get(url).status_code == 200, url


@pytest.mark.parametrize("changes", [{"is_active": False}, {"countries": ["AT"]}], ids=["withdrawn", "elsewhere"])
def test_n3_a_delivery_that_is_not_offered_any_more_is_asked_for_again_and_says_why(shopper: Shopper, changes) -> None:
    change_method("standard", **changes)
    assert leads_to(shopper.get("/checkout/review/"), "/checkout/shipping/")
    assert "Please choose the delivery first" in text_of(shopper.get("/checkout/shipping/"))
    shopper.choose_shipping("express")
    assert shopper.get("/checkout/review/").status_code == 200, "the payment is still the chosen one"


def test_n3_a_way_to_pay_that_is_not_offered_any_more_is_asked_for_again(shopper: Shopper, settings) -> None:
    settings.PAYMENT_GATEWAYS = {"other": settings.PAYMENT_GATEWAYS["demo"]}
    assert leads_to(shopper.get("/checkout/review/"), "/checkout/payment/")


def test_n3_what_was_ordered_has_the_name_that_was_shown(shopper: Shopper) -> None:
    review = shopper.open("/checkout/review/", "place-order")
    change_method("standard", name="By post")
    answer = shopper.send(review, headers={**NAVIGATION, "Sec-Fetch-Mode": ""})
    assert answer.status_code == 409
    assert "<del>Standard</del></td><td><ins>By post</ins>" in text_of(answer)
