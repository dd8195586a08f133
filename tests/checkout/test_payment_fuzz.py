"""Whatever is sent to the payment's addresses: never a 500, and nothing that the provider does not say."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.models import PaymentEvent
from tests.checkout.factories import make_order, read, start_payment
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db

quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NASTY = st.one_of(
    st.text(max_size=40),
    st.text(min_size=300, max_size=400),
    st.sampled_from(["\x00", "demo", "fake", "cancel", "pay", "dp_x", "-1", "<b>", "' OR 1=1 --"]),
)

numbers = count()


def client() -> Client:
    return Client(headers={"Sec-Fetch-Site": "cross-site"})


@quick
@given(
    method=st.sampled_from(["get", "post"]), fields=st.dictionaries(st.sampled_from(["reference", "signature"]), NASTY)
)
def test_returns(method: str, fields: dict[str, str]) -> None:
    assert getattr(client(), method)("/pay/callback/demo/", fields).status_code == 404


@quick
@given(body=st.binary(max_size=200), signature=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90))
def test_notifications(body: bytes, signature: str) -> None:
    headers = {"Demo-Signature": signature}
    answer = client().post("/pay/webhook/demo/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert not PaymentEvent.objects.exists()


@quick
@given(name=st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_addresses(name: str) -> None:
    for url in ("/pay/{}/", "/pay/webhook/{}/", "/pay/callback/{}/", "/demo-gateway/pay/{}/"):
        assert client().get(url.format(name)).status_code in (400, 404, 405)


@quick
@given(fields=st.dictionaries(st.sampled_from(["gateway", "nav_attempt", "nav_seen", "nav_was", "else"]), NASTY))
def test_buttons_of_the_waiting_page(provider: Any, fields: dict[str, str]) -> None:
    order = make_order(sku=f"SKU-{next(numbers)}")
    start_payment(order)
    shopper = Shopper()
    form = form_with(shopper.get(f"/pay/{order.token}/"), "resume-payment")
    assert shopper.send(form, fields).status_code == 303
    assert read(order).status == "awaiting_payment"


@pytest.mark.parametrize("state", ["unreached", "waiting"])
def test_the_waiting_page_asks_little_of_the_database(
    provider: Any, state: str, django_assert_max_num_queries: Any
) -> None:
    order = make_order()
    if state == "waiting":
        start_payment(order)
    with django_assert_max_num_queries(12):
        assert Client().get(f"/pay/{order.token}/").status_code == 200
