"""Whatever is sent to the forms of cart and checkout: never a 500, nothing half-written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.models import CheckoutDraft, Order
from shop.cart.models import CartLine
from tests.factories import make_shipping, make_variant
from tests.shopper import ADDRESS, Form, Shopper

pytestmark = pytest.mark.django_db

quick = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NASTY = st.one_of(
    st.text(max_size=40),
    st.text(min_size=200, max_size=300),
    st.sampled_from(
        ["\x00", "DE", "de", "-1", "0", "1e9", "9" * 500, "NaN", "١٢", "<b>", "' OR 1=1 --", "standard", "demo"]
    ),
)
FORMS = {
    "/checkout/address/": tuple(ADDRESS),
    "/checkout/shipping/": ("shipping_method",),
    "/checkout/payment/": ("payment_method",),
    "/checkout/review/": ("anything",),
    "/cart/add/": ("sku", "quantity"),
}
CARRIED = ("nav_attempt", "nav_seen", "nav_was", "nav_owner")


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42")
    make_shipping("standard")
    shopper = Shopper()
    shopper.go_to_review()
    return shopper


def fields_of(url: str) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from((*FORMS[url], *CARRIED)), NASTY)


def nothing_half_written() -> None:
    assert not Order.objects.exists()
    assert CheckoutDraft.objects.count() == 1
    assert all(1 <= line.quantity <= 99 for line in CartLine.objects.all())


@pytest.mark.parametrize("url", FORMS)
def test_any_field_may_hold_anything(shopper: Shopper, url: str) -> None:
    hook = "place-order" if "review" in url else "stage-submit"
    form = Form(url) if url == "/cart/add/" else shopper.open(url, hook)

    @quick
    @given(fields_of(url))
    def attack(fields: dict[str, str]) -> None:
        changes = fields if url != "/checkout/review/" else {"nav_seen": "", **fields}
        response = shopper.send(form, changes)
        assert response.status_code in {303, 403, 409, 422}, response.status_code
        nothing_half_written()

    attack()


@quick
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.floats() | NASTY,
        lambda inner: st.lists(inner) | st.dictionaries(NASTY, inner),
        max_leaves=8,
    )
)
def test_any_json_may_be_sent(shopper: Shopper, body: Any) -> None:
    token = shopper.client.cookies["csrftoken"].value
    response = shopper.client.post(
        "/checkout/address/",
        json.dumps(body),
        content_type="application/json",
        headers={"Accept": "application/json", "X-CSRFToken": token},
    )
    assert response.status_code in {400, 401, 409, 422}, response.content
    nothing_half_written()


@quick
@given(
    query=st.dictionaries(NASTY, NASTY),
    cookie=NASTY.filter(lambda text: text.isascii() and text.isprintable() and ";" not in text),
)
def test_any_query_and_any_cookie_may_come(shopper: Shopper, query: dict[str, str], cookie: str) -> None:
    stranger = Shopper()
    stranger.client.cookies["cart"] = cookie
    stranger.client.cookies["sessionid"] = cookie
    for url in ("/cart/", "/cart/badge/", "/checkout/", "/checkout/address/"):
        assert stranger.get(url, data=query).status_code in {200, 303}


@pytest.mark.parametrize(
    "url", ["/cart/line/1/", "/cart/line/999999999999999999/", "/order/nobody/", "/order/%00/", "/pay/nobody/"]
)
def test_addresses_of_nothing(shopper: Shopper, url: str) -> None:
    assert shopper.get(url).status_code in {404, 405}
    token = shopper.client.cookies["csrftoken"].value
    assert shopper.client.post(url, {"quantity": "1", "csrfmiddlewaretoken": token}).status_code in {303, 404, 405}


def test_a_body_beyond_every_limit_is_refused(shopper: Shopper) -> None:
    form = shopper.open("/checkout/address/")
    assert shopper.send(form, {"name": "x" * 3_000_000}).status_code == 400
    assert shopper.send(form, {f"f{number}": "x" for number in range(1200)}).status_code == 400
    nothing_half_written()
