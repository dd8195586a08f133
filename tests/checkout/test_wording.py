"""A conflict is told in names and amounts; what a browser sends back may have any shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.wording import LABELS, describe
from navstate.registry import Change
from tests.factories import make_shipping

pytestmark = pytest.mark.django_db

BOOT = ["BOOT", "Trail Boot, 42", 1, "129.00 EUR"]


def told(name: str, was: Any, now: Any) -> Change:
    (change,) = describe({name: was}, {name: now})
    return change


def test_a_price() -> None:
    assert told("total", "129.00 EUR", "139.00 EUR") == Change("Total", "129.00\xa0€", "139.00\xa0€")


def test_lines_are_told_one_by_one() -> None:
    changes = describe({"lines": [BOOT]}, {"lines": [[*BOOT[:2], 2, BOOT[3]], ["MUG", "Mug", 1, "9.00 EUR"]]})
    assert changes == [
        Change("Trail Boot, 42", "1 × 129.00\xa0€", "2 × 129.00\xa0€"),
        Change("Mug", "not in the cart", "1 × 9.00\xa0€"),
    ]


def test_a_line_that_went() -> None:
    assert told("lines", [BOOT], []) == Change("Trail Boot, 42", "1 × 129.00\xa0€", "not in the cart")


def test_names_instead_of_codes() -> None:
    make_shipping("express", name="Express parcel")
    assert told("shipping_method", "express", "gone") == Change("Delivery", "Express parcel", "gone")
    assert told("shipping_options", [["express", "12.00 EUR"]], []).was == "Express parcel 12.00\xa0€"
    assert told("country", "DE", "FR") == Change("Country", "Germany", "France")
    assert told("payment_method", "demo", "").now == "–"
    assert told("address", {"name": "Ada", "line2": "", "country": "DE"}, {}).was == "Ada, Germany"


def test_n3_a_delivery_that_costs_nothing_is_free() -> None:
    make_shipping("express", name="Express parcel")
    assert told("shipping_price", "3.90 EUR", "0.00 EUR") == Change("Delivery", "3.90\xa0€", "free")
    assert told("shipping_options", [["express", "0.00 EUR"]], []).was == "Express parcel free"


def test_a_delivery_is_told_once_by_the_name_that_was_shown() -> None:
    was = {"shipping_method": "a", "shipping_name": "Parcel", "shipping_price": "4.90 EUR"}
    now = {"shipping_method": "b", "shipping_name": "Express", "shipping_price": "4.90 EUR"}
    assert describe(was, now) == [Change("Delivery", "Parcel", "Express")]


def test_what_is_the_same_is_not_told() -> None:
    assert describe({"total": "1.00 EUR", "email": "a"}, {"total": "1.00 EUR", "email": "a", "new": 1}) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("\x00"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.dictionaries(st.sampled_from(["lines", *LABELS]), ANYTHING))
def test_any_shape_is_told_somehow(was: dict[str, Any]) -> None:
    now = {"lines": [BOOT], **dict.fromkeys(LABELS, "x")}
    assert all(isinstance(change.was, str) and isinstance(change.now, str) for change in describe(was, now))
