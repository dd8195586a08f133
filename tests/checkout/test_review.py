"""The last press over HTTP: one order, to the provider, and what is said when it cannot be."""

from __future__ import annotations

import pytest

from checkout.models import Order
from checkout.payments.base import GatewayUnavailable
from checkout.views import stages
from shop.accounts.models import User
from shop.cart.models import Cart
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.shopper import Form, Shopper, form_with, leads_to, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42", price="129.00", available=5)
    make_shipping("standard", price="4.90")
    return Shopper()


@pytest.fixture
def review(shopper: Shopper) -> Form:
    return shopper.go_to_review()


def test_the_order_is_placed_and_the_shopper_is_at_the_provider(shopper: Shopper, review: Form) -> None:
    response = shopper.send(review)
    assert response.status_code == 303
    assert response["Location"].startswith("http://testserver/demo-gateway/pay/")
    order = Order.objects.get()
    assert (order.status, str(order.total.amount), order.user) == ("awaiting_payment", "133.90", None)


def test_s51_sent_again_it_is_the_same_order(shopper: Shopper, review: Form) -> None:
    shopper.send(review)
    order = Order.objects.get()
    assert leads_to(shopper.send(review), f"/order/{order.token}/")
    for url in ("/checkout/review/", "/checkout/address/", "/checkout/"):
        assert leads_to(shopper.get(url), f"/order/{order.token}/")


def test_json_is_told_that_something_was_created_and_then_where_it_is(shopper: Shopper, review: Form) -> None:
    answers = [shopper.send(review, headers={"Accept": "application/json"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["url"] == Order.objects.get().get_absolute_url()


def test_htmx_leaves_the_page_for_the_provider(shopper: Shopper, review: Form) -> None:
    response = shopper.send(review, headers={"HX-Request": "true"})
    assert "/demo-gateway/pay/" in response["HX-Redirect"]


def test_the_cart_is_a_new_and_empty_one_and_the_next_order_another(shopper: Shopper, review: Form) -> None:
    shopper.send(review)
    assert "nothing in it yet" in text_of(shopper.get("/cart/"))
    assert Order.objects.get().number in text_of(shopper.get("/cart/"))
    shopper.send(shopper.go_to_review())
    assert Order.objects.count() == 2
    assert Cart.objects.filter(status=Cart.Status.ORDERED).count() == 2


def test_a_price_that_changed_since_is_asked_again(shopper: Shopper, review: Form) -> None:
    set_price("BOOT-42", "139.00")
    response = shopper.send(review)
    assert response.status_code == 409
    assert "143.90" in text_of(response)
    assert not Order.objects.exists()
    assert shopper.send(form_with(response, "conflict-confirm")).status_code == 303
    assert str(Order.objects.get().total.amount) == "143.90"


def test_a_change_in_the_very_moment_is_asked_again(
    shopper: Shopper, review: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the decision and the transaction: the transaction compares once more."""
    place = stages.place_order

    def staff_were_faster(**arguments):
        set_price("BOOT-42", "139.00")
        return place(**arguments)

    monkeypatch.setattr(stages, "place_order", staff_were_faster)
    response = shopper.send(review)
    assert response.status_code == 409
    assert "139.00" in text_of(response)
    assert not Order.objects.exists()


def test_stock_that_ran_out_in_the_very_moment_leads_to_the_cart(
    shopper: Shopper, review: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_was_faster(**arguments):
        set_available("BOOT-42", 0)
        raise stages.OutOfStock(1, 0)

    monkeypatch.setattr(stages, "place_order", somebody_was_faster)
    assert leads_to(shopper.send(review), "/cart/")
    page = text_of(shopper.get("/cart/"))
    assert "Somebody was faster" in page
    assert "sold out" in page


def test_a_provider_that_does_not_answer_costs_no_order(
    shopper: Shopper, review: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*arguments, **options):
        raise GatewayUnavailable("no answer")

    monkeypatch.setattr(stages.pay, "start", silent)
    response = shopper.send(review)
    token = Order.objects.get().token
    assert leads_to(response, f"/pay/{token}/")
    assert "does not answer" in text_of(shopper.get(f"/pay/{token}/"))


def test_an_account_s_order_is_its_own(shopper: Shopper) -> None:
    user = User.objects.create_user("ada@example.org", "x")
    shopper.client.force_login(user)
    shopper.send(shopper.go_to_review())
    assert Order.objects.get().user == user
