"""A form of another generation has another name in it, so that no browser takes it for the one that was sent (N1)."""

from __future__ import annotations

import re

import pytest

from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper, form_with, text_of

pytestmark = pytest.mark.django_db
MARK = re.compile(
    r'csrfmiddlewaretoken" value="\w+"><input type="hidden" name="nav_generation_(\w+)" autocomplete="off" disabled>'
)


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42", price="129.00")
    make_variant("PACK", price="80.00", title="Day Pack")
    make_shipping("standard", price="4.90")
    shopper = Shopper()
    shopper.add()
    return shopper


def mark(shopper: Shopper, url: str = "/checkout/address/") -> str:
    """Browsers know a form again by its first two fields: the mark is the second."""
    (found,) = MARK.findall(text_of(shopper.get(url)))
    return found


def test_n1_it_stays_until_the_form_is_accepted(shopper: Shopper) -> None:
    first = mark(shopper)
    shopper.add("PACK")
    shopper.give_address(city="")
    assert mark(shopper) == first
    marks = {first}
    for street in ("Waldweg 1", "Talweg 2", "Waldweg 1"):
        shopper.give_address(line1=street)
        marks.add(mark(shopper))
    assert len(marks) == 4
    shopper.choose_shipping()
    assert mark(shopper) in marks


def test_n1_the_login_has_another_one_after_each_change(shopper: Shopper) -> None:
    first = mark(shopper, "/login/")
    assert mark(shopper, "/login/") == first
    shopper.add("PACK")
    assert mark(shopper, "/login/") != first


def test_n1_it_is_never_sent(shopper: Shopper) -> None:
    form = form_with(shopper.get("/checkout/address/"), "stage-submit")
    assert not any(name.startswith("nav_generation") for name in form.fields)


@pytest.mark.parametrize("url", ["/login/", "/register/", "/password/reset/"])
def test_n1_each_form_with_text_in_it_has_one(shopper: Shopper, url: str) -> None:
    assert mark(shopper, url)


def test_n15_a_page_of_an_attempt_that_has_ended_says_so(shopper: Shopper) -> None:
    shopper.give_address()
    assert "data-nav-ended" not in text_of(shopper.get("/cart/"))
    shopper.choose_shipping()
    shopper.choose_payment()
    shopper.send(shopper.open("/checkout/review/", "place-order"))
    assert "data-nav-ended" in text_of(shopper.get("/cart/"))
