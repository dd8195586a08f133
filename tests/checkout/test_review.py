"""The last press over HTTP: one order, to the provider, and what is said when it cannot be."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse

from checkout import facts
from checkout.models import Order, Payment
from checkout.payments.base import GatewayUnavailable
from checkout.views import stages
from shop.accounts.models import User
from shop.cart.models import Cart
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.losses import forget_navigation
from tests.shopper import Form, Shopper, form_with, leads_to, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42", price="129.00", available=5)
    make_shipping("standard", price="4.90")
    return Shopper()


def silent(*arguments: object, **options: object) -> None:
    raise GatewayUnavailable("no answer")


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
    first = shopper.send(review)
    order = Order.objects.get()
    assert leads_to(shopper.send(review), first["Location"])
    for url in ("/checkout/review/", "/checkout/address/", "/checkout/"):
        assert leads_to(shopper.get(url), f"/order/{order.token}/")


def test_n5_json_is_told_that_something_was_created_and_then_the_same_once_more(shopper: Shopper, review: Form) -> None:
    answers = [shopper.send(review, headers={"Accept": "application/json"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert "/demo-gateway/pay/" in answers[0].json()["url"]


@pytest.mark.parametrize("state", ["paid", "cancelled", "declined", "unreached", "lost"])
def test_n5_a_twin_goes_where_its_order_stands_by_then(
    shopper: Shopper, review: Form, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shopper.send(review)
    order = Order.objects.get()
    where = {
        "paid": f"/order/{order.token}/",
        "cancelled": f"/order/{order.token}/",
        "declined": f"/pay/{order.token}/",
        "unreached": f"/pay/{order.token}/",
        "lost": first["Location"],
    }[state]
    if state in ("paid", "cancelled"):
        Order.objects.update(status=state)
    if state == "declined":
        Payment.objects.update(state="declined")
    if state == "unreached":
        Payment.objects.update(state="created", redirect_url="", reference="")
        monkeypatch.setattr(facts.pay, "resume", silent)
    if state == "lost":
        forget_navigation()
    assert leads_to(shopper.send(review), where)
    assert Payment.objects.count() == Order.objects.count() == 1


def test_n5_htmx_twins_leave_for_the_provider_as_well(shopper: Shopper, review: Form) -> None:
    answers = [shopper.send(review, headers={"HX-Request": "true"}) for _ in range(2)]
    assert answers[0]["HX-Redirect"] == answers[1]["HX-Redirect"]
    assert "/demo-gateway/pay/" in answers[1]["HX-Redirect"]


def test_n5_another_form_of_the_ended_attempt_leads_to_the_receipt(shopper: Shopper, review: Form) -> None:
    address = shopper.open("/checkout/address/")
    shopper.send(review)
    assert leads_to(shopper.send(address, {"city": "Ulm"}), f"/order/{Order.objects.get().token}/")


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
    assert "In the meantime: " in page
    assert "sold out" in page


def test_a_provider_that_does_not_answer_costs_no_order(
    shopper: Shopper, review: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts.pay, "start", silent)
    response = shopper.send(review)
    token = Order.objects.get().token
    assert leads_to(response, f"/pay/{token}/")
    assert "does not answer" in text_of(shopper.get(f"/pay/{token}/"))


def test_an_account_s_order_is_its_own(shopper: Shopper) -> None:
    user = User.objects.create_user("ada@example.org", "x")
    shopper.client.force_login(user)
    shopper.send(shopper.go_to_review())
    assert Order.objects.get().user == user


# --- N9: the button that buys says so ---------------------------------------------------------------------------------

BUYS = re.compile(r"Order and pay ([\d.,]+)")
BROWSER = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def amount_to_pay(page: HttpResponse, hook: str) -> str:
    """What the button says that sends the form with this hook in it."""
    button = re.search(rf'<button[^>]*data-testid="{hook}"[^>]*>(.*?)</button>', text_of(page), re.S)[1]
    return BUYS.search(button)[1]


@pytest.mark.parametrize("way", ["document", "navigation", "htmx"])
def test_n9_the_page_of_changes_orders_by_a_button_that_says_so(shopper: Shopper, review: Form, way: str) -> None:
    set_price("BOOT-42", "139.00")
    headers = {"document": {}, "navigation": BROWSER, "htmx": {"HX-Request": "true"}}[way]
    page = shopper.send(review, headers=headers)
    if way == "navigation":
        page = shopper.get(page["Location"])
    assert (page.status_code, amount_to_pay(page, "conflict-confirm")) == (409, "143.90")
    confirm = form_with(page, "conflict-confirm")
    set_price("BOOT-42", "149.00")
    again = shopper.send(confirm)
    assert (again.status_code, amount_to_pay(again, "conflict-confirm")) == (409, "153.90")
    assert not Order.objects.exists()
    shopper.send(form_with(again, "conflict-confirm"))
    assert str(Order.objects.get().total.amount) == "153.90"


@pytest.mark.parametrize("way", ["at once", "kept"])
def test_n9_a_form_whose_token_is_old_is_sent_again_by_a_button_that_says_so(
    shopper: Shopper, review: Form, way: str
) -> None:
    review.fields["csrfmiddlewaretoken"] = "x" * 64
    page = shopper.send(review, headers=BROWSER if way == "kept" else {})
    if way == "kept":
        page = shopper.get(page["Location"])
    assert amount_to_pay(page, "confirm-send") == "133.90"
    set_price("BOOT-42", "139.00")
    assert shopper.send(form_with(page, "confirm-send")).status_code == 409
    assert not Order.objects.exists()


def test_n9_a_form_that_orders_nothing_has_the_plain_button(shopper: Shopper, review: Form) -> None:
    address = shopper.open("/checkout/address/")
    shopper.give_address(city="Ulm")
    page = text_of(shopper.send(address, {"city": "Bonn"}))
    assert "Go on with this" in page
    assert "Order and pay" not in page
    address.fields["csrfmiddlewaretoken"] = "x" * 64
    page = text_of(shopper.send(address))
    assert "Yes, send it" in page
    assert "Order and pay" not in page


def test_n9_in_every_language(shopper: Shopper, review: Form) -> None:
    review = shopper.open("/zh-hans/checkout/review/", "place-order")
    on_the_page = re.search(
        r'data-testid="place-order"[^>]*>\s*(.*?)\s*</button>', text_of(shopper.get(review.action)), re.S
    )[1]
    review.fields["csrfmiddlewaretoken"] = "x" * 64
    assert on_the_page in text_of(shopper.send(review))
    assert "133.90" in on_the_page
