"""Whatever a page shows is compared when it comes back (R9; issue 8, N2), and who is led elsewhere is told why (N3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse
from djmoney.money import Money

from checkout.models import Order, Payment, ShippingMethod
from shop.accounts.models import Profile, User
from shop.cart.models import CartLine
from shop.catalog.models import Image, Product, Variant
from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.shopper import ADDRESS, Shopper, text_of

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.org", "seven-larks-9"
SHOWN = re.compile(r'data-nav-shown="([^"]*)"')
STAGES = ("/cart/", "/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/")


def ask(shopper: Shopper, url: str, shown: str) -> HttpResponse:
    return shopper.get("/api/route", data={"rid": url, "rev": shown})


def shown_at(shopper: Shopper, url: str) -> str:
    page = shopper.get(url)
    assert page.status_code == 200, (url, page.status_code, page.headers.get("Location"))
    return SHOWN.search(text_of(page))[1]


@pytest.fixture
def shopper(media) -> Shopper:
    """Signed in, at the review, with two articles; one more browser of the account changes things."""
    variant = make_variant("BOOT-42", price="129.00", values=["42"], available=5)
    make_variant("PACK", price="80.00", title="Day Pack")
    Image.objects.create(product=variant.product, file=ContentFile(b"<svg/>", "boot.svg"))
    make_shipping("standard", price="4.90", description="By post", min_days=2, max_days=4)
    make_shipping("express", price="12.00")
    Profile.objects.create(user=User.objects.create_user(EMAIL, PASSWORD))
    shopper = signed_in()
    shopper.go_to_review()
    shopper.add("PACK")
    return shopper


def signed_in() -> Shopper:
    shopper = Shopper()
    shopper.send(shopper.open("/login/", "login-form"), {"login": EMAIL, "password": PASSWORD})
    return shopper


def change_method(**changes: Any) -> None:
    ShippingMethod.objects.update_or_create(code="standard", defaults=changes)


def of_product(**changes: Any) -> Callable[[Shopper], Any]:
    return lambda _: Product.objects.filter(slug="trail-boot").update(**changes)


def of_variant(**changes: Any) -> Callable[[Shopper], Any]:
    return lambda _: Variant.objects.filter(sku="BOOT-42").update(**changes)


def other_picture(_: Shopper) -> None:
    Image.objects.update(file="other.svg")


ALL, GOODS = STAGES, STAGES[1:]
CHANGES: dict[str, tuple[tuple[str, ...], Callable[[Shopper], Any]]] = {
    "price": (ALL, lambda _: set_price("BOOT-42", "139.00")),
    "title": (ALL, of_product(title="Forest Boot")),
    "variant": (ALL, of_variant(values=["43"])),
    "picture": (ALL, other_picture),
    "quantity in another tab": (ALL, lambda _: CartLine.objects.filter(variant__sku="PACK").update(quantity=2)),
    "removed in another tab": (ALL, lambda _: CartLine.objects.filter(variant__sku="PACK").delete()),
    "stock gone": (ALL, lambda _: set_available("BOOT-42", 0)),
    "variant withdrawn": (ALL, of_variant(is_active=False)),
    "product unpublished": (ALL, of_product(is_published=False)),
    "most that can be had": (STAGES[:1], lambda _: set_available("BOOT-42", 3)),
    "address of the product": (STAGES[:1], of_product(slug="forest-boot")),
    "price of delivery": (GOODS, lambda _: change_method(price=Money(5, "EUR"))),
    "delivery free": (GOODS, lambda _: change_method(free_over=Money(1, "EUR"))),
    "delivery withdrawn": (GOODS, lambda _: change_method(is_active=False)),
    "name of a delivery": (("/checkout/shipping/", "/checkout/review/"), lambda _: change_method(name="Carrier")),
    "words of a delivery": (("/checkout/shipping/",), lambda _: change_method(description="By carrier")),
    "days of a delivery": (("/checkout/shipping/",), lambda _: change_method(min_days=3)),
    "another delivery": (("/checkout/shipping/",), lambda _: make_shipping("bike", price="1.00")),
    "address elsewhere": (
        ("/checkout/address/", "/checkout/review/"),
        lambda _: signed_in().give_address(line1="Bergweg 9"),
    ),
    "delivery elsewhere": (
        ("/checkout/shipping/", "/checkout/review/"),
        lambda _: signed_in().choose_shipping("express"),
    ),
    "address of the account": (
        ("/profile/", "/dashboard/"),
        lambda _: Profile.objects.update(line1="Heimweg 2", version=1),
    ),
    "an order": (("/dashboard/", "/dashboard/orders/"), lambda _: make_order(sku="X1", user=User.objects.get())),
}
CASES = [(url, name) for name, (urls, _) in CHANGES.items() for url in urls]


@pytest.mark.parametrize(("url", "name"), CASES, ids=[f"{name} {url}" for url, name in CASES])
def test_n2_a_page_that_comes_back_after_a_change_is_told(shopper: Shopper, url: str, name: str) -> None:
    shown = shown_at(shopper, url)
    if url not in ("/dashboard/", "/dashboard/orders/"):  # these are looked at anew each time
        assert ask(shopper, url, shown).status_code == 204
    CHANGES[name][1](shopper)
    answer = ask(shopper, url, shown)
    assert answer.status_code == 200
    assert answer.json()["how"] in ("reload", "replace")


@pytest.mark.parametrize("prefix", ["", "/zh-hans"])
@pytest.mark.parametrize("url", STAGES)
def test_n2_a_way_to_pay_or_its_name_is_compared_in_its_language(
    shopper: Shopper, url: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shown_at(shopper, prefix + url)
    assert ask(shopper, prefix + url, shown).status_code == 204
    other = {"": "/zh-hans", "/zh-hans": ""}[prefix]
    assert ask(shopper, other + url, shown).json()["how"] == "reload", (
        "the same page in another language is another page"
    )
    monkeypatch.setattr("checkout.payments.demo_adapter.DemoGateway.label", "Shells")
    assert ask(shopper, prefix + url, shown).status_code == (200 if url[10:] in ("payment/", "review/") else 204)


def test_n2_the_countries_that_are_offered_are_compared(shopper: Shopper, settings) -> None:
    urls = ("/checkout/address/", "/profile/")
    shown = [shown_at(shopper, url) for url in urls]
    settings.COUNTRIES_ONLY = ["DE"]
    for code in ("standard", "express"):
        ShippingMethod.objects.update_or_create(code=code, defaults={"countries": ["DE"]})
    assert ask(shopper, urls[0], shown[0]).status_code == 200


@pytest.mark.parametrize("status", ["paid", "shipped", "refunded", "cancelled"])
def test_n2_what_an_order_came_to_is_looked_at_anew(shopper: Shopper, status: str) -> None:
    order = make_order(sku="X1", user=User.objects.get())
    for url in (f"/pay/{order.token}/", f"/order/{order.token}/"):
        shown = shown_at(shopper, url)
        Order.objects.update(status=status)
        assert ask(shopper, url, shown).json()["how"] in ("reload", "replace")
        Order.objects.update(status="awaiting_payment")


PRIVATE = ("/login/", "/register/", "/logout/", "/password/reset/", "/password/reset/done/", "/account/inactive/")


@pytest.mark.parametrize("url", [*PRIVATE, *STAGES, "/profile/"])
def test_n2_a_page_that_nothing_happened_to_is_current_however_often_it_is_drawn(shopper: Shopper, url: str) -> None:
    visitor = Shopper() if url in PRIVATE[:2] else shopper
    shown = shown_at(visitor, url)
    assert len({shown_at(visitor, url) for _ in range(3)}) == 1
    assert ask(visitor, url, shown).status_code == 204


def test_n2_typed_input_that_was_refused_is_part_of_its_page(shopper: Shopper) -> None:
    before = shown_at(shopper, "/checkout/address/")
    shopper.give_address(city="", name="Ada <Lovelace>")
    assert ask(shopper, "/checkout/address/", before).json()["how"] == "reload"
    assert ask(shopper, "/checkout/address/", shown_at(shopper, "/checkout/address/")).status_code == 204


def test_n2_a_register_page_with_a_refused_form_is_compared_too() -> None:
    visitor = Shopper()
    before = shown_at(visitor, "/register/")
    visitor.send(visitor.open("/register/", "register-form"), {"email": "no", "password1": "x", "password2": "y"})
    assert ask(visitor, "/register/", before).json() == {"go": "/register/", "how": "reload"}


def test_n2_asking_draws_the_page_for_nobody(shopper: Shopper) -> None:
    """Notices wait for the page that somebody sees."""
    shown = shown_at(shopper, "/cart/")
    form = shopper.open("/profile/")
    shopper.send(form, ADDRESS)
    ask(shopper, "/cart/", shown)
    ask(shopper, "/profile/", "0.x.y.z")
    assert "Your details are saved" in text_of(shopper.get("/dashboard/"))


def test_n3_who_is_led_elsewhere_is_told_why_there(shopper: Shopper) -> None:
    shown = shown_at(shopper, "/checkout/review/")
    change_method(is_active=False)
    assert ask(shopper, "/checkout/review/", shown).json() == {"go": "/checkout/shipping/", "how": "replace"}
    assert "Please choose the delivery first" in text_of(shopper.get("/checkout/shipping/"))
    assert "Please choose the delivery first" not in text_of(shopper.get("/checkout/shipping/")), "once"


def test_n3_a_page_of_an_order_that_was_placed_elsewhere_says_so(shopper: Shopper) -> None:
    shown = shown_at(shopper, "/checkout/payment/")
    shopper.send(shopper.open("/checkout/review/", "place-order"))
    go = ask(shopper, "/checkout/payment/", shown).json()["go"]
    assert go == f"/order/{Order.objects.get().token}/"
    assert "This has been completed already." in text_of(shopper.get(go))
    assert Payment.objects.count() == 1


def test_n3_who_was_logged_out_is_told_at_the_login(shopper: Shopper) -> None:
    shown = shown_at(shopper, "/profile/")
    shopper.client.session.flush()
    answer = json.loads(ask(shopper, "/profile/", shown).content)
    assert answer["how"] == "login"
    assert "Please log in" in text_of(shopper.get(answer["go"]))
