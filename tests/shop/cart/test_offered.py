"""N12: the price, stock and variant that a page showed, when they are others by the time its button is pressed."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse

from shop.cart.models import CartLine
from shop.catalog.models import Product, Variant
from shop.catalog.services import bump_catalog_version
from tests.factories import make_variant, set_available, set_price
from tests.shopper import Shopper, form_with, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
PAGE = "/product/trail-torch/"


@pytest.fixture(autouse=True)
def torch() -> Variant:
    return make_variant("TORCH", price="31.66", title="Trail Torch", values=["Red"], available=9)


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


def change_price(price: str) -> None:
    set_price("TORCH", price)
    bump_catalog_version()


def opened(shopper: Shopper):
    return shopper.open(PAGE, "add-to-cart")


def seen() -> str:
    return str(CartLine.objects.get().seen_price)


def spaced(response: HttpResponse) -> str:
    return text_of(response).replace("\xa0", " ")


def test_n12_the_answer_names_old_and_new_and_the_line_keeps_what_was_seen(shopper: Shopper) -> None:
    form = opened(shopper)
    change_price("66.24")
    answer = shopper.send(form, headers=HTMX)
    assert "Trail Torch is in your cart." in spaced(answer)
    assert "Changed since you saw it: Price: 31.66 € → 66.24 €" in spaced(answer)
    assert json.loads(answer["HX-Trigger"]).keys() == {"cart-changed", "page-outdated"}
    assert seen() == "€31.66"
    cart = spaced(shopper.get("/cart/"))
    assert "The price went from 31.66 € to 66.24 € since you saw it." in cart
    assert "66.24 €</dd>" in cart, "it costs what it costs today"


def test_n12_what_the_answer_showed_is_seen_by_who_adds_again(shopper: Shopper) -> None:
    form = opened(shopper)
    change_price("66.24")
    answer = shopper.send(form, headers=HTMX)
    form.fields["nav_offer"] = text_of(answer).partition('name="nav_offer" value="')[2].partition('"')[0]
    again = shopper.send(form, headers=HTMX)
    assert "→" not in text_of(again)
    assert "since you saw it" not in text_of(shopper.get("/cart/"))
    assert opened(shopper).fields["nav_offer"] == form.fields["nav_offer"], "the page shows the same"


def test_n12_a_document_is_told_in_the_cart(shopper: Shopper) -> None:
    form = opened(shopper)
    change_price("66.24")
    assert shopper.send(form).status_code == 303
    page = spaced(shopper.get("/cart/"))
    assert "Changed since you saw it: Price: 31.66 € → 66.24 €" in page
    assert "The price went from 31.66 € to 66.24 € since you saw it." in page


def test_n12_a_second_press_of_the_same_form_is_told_as_well(shopper: Shopper) -> None:
    """Its answer is the one that a browser shows."""
    form = opened(shopper)
    change_price("66.24")
    for _ in range(2):
        shopper.send(form, headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    assert CartLine.objects.get().quantity == 1
    assert seen() == "€31.66"
    assert "Price: 31.66 € → 66.24 €" in spaced(shopper.get("/cart/"))


def test_n12_a_program_is_told_by_name(shopper: Shopper) -> None:
    form = opened(shopper)
    change_price("66.24")
    answer = shopper.send(form, headers=JSON)
    assert answer.status_code == 201
    assert answer.json() == {
        "url": "/cart/",
        "changes": [{"label": "Price:", "was": "31.66\xa0€", "now": "66.24\xa0€"}],
    }


def test_n12_a_program_that_sends_no_such_field_goes_on_working(shopper: Shopper) -> None:
    answer = shopper.client.post("/cart/add/", {"sku": "TORCH"}, headers=JSON)
    assert (answer.status_code, answer.json()) == (201, {"url": "/cart/"})
    assert seen() == "€31.66"


@pytest.mark.parametrize("forge", ["", "x", "é\x00", lambda sealed: sealed[:-1] + "x", lambda sealed: "W10" + sealed])
def test_n12_a_forged_field_decides_nothing(shopper: Shopper, forge) -> None:
    form = opened(shopper)
    form.fields["nav_offer"] = forge(form.fields["nav_offer"]) if callable(forge) else forge
    change_price("66.24")
    answer = shopper.send(form, headers=HTMX)
    assert answer.status_code == 200
    assert "→" not in text_of(answer)
    assert seen() == "€66.24"


def test_n12_what_was_shown_of_another_article_says_nothing_of_this_one(shopper: Shopper) -> None:
    make_variant("CHEAP", price="1.00", title="Cheap Torch")
    cheap = shopper.open("/product/cheap-torch/", "add-to-cart")
    form = opened(shopper)
    form.fields["nav_offer"] = cheap.fields["nav_offer"]
    shopper.send(form)
    assert seen() == "€31.66"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (9, 3, "Stock: In stock → Only 3 left"),
        (3, 9, "Stock: Only 3 left → In stock"),
        (9, 8, ""),
        (3, 0, "Trail Torch is sold out."),
    ],
)
def test_n12_stock(shopper: Shopper, before: int, after: int, told: str) -> None:
    set_available("TORCH", before)
    bump_catalog_version()
    form = opened(shopper)
    set_available("TORCH", after)
    bump_catalog_version()
    answer = text_of(shopper.send(form, headers=HTMX))
    assert told in answer
    assert ("→" in answer) is told.startswith("Stock:")


def test_n12_another_variant_under_the_same_sku(shopper: Shopper, torch: Variant) -> None:
    form = opened(shopper)
    Variant.objects.filter(pk=torch.pk).update(values=["Blue"])
    Product.objects.filter(pk=torch.product_id).update(title="Night Torch")
    bump_catalog_version()
    answer = text_of(shopper.send(form, headers=HTMX))
    assert "Item: Trail Torch, Red → Night Torch, Blue" in answer


def test_n12_every_page_that_offers_to_add_says_what_it_showed(shopper: Shopper, torch: Variant) -> None:
    """Cards lead to the product; the forms are those of the product's page, for each of its variants, and of the cart."""
    Variant.objects.create(product=torch.product, sku="TORCH-2", price="40.00", price_currency="EUR", values=["Blue"])
    bump_catalog_version()
    pages = ["/", "/category/boots/", "/search/?q=torch", PAGE, f"{PAGE}?variant=TORCH-2", "/zh-hans" + PAGE]
    shown = {page: text_of(shopper.get(page)) for page in pages}
    shown["a fragment"] = text_of(shopper.get(f"{PAGE}?variant=TORCH-2", headers=HTMX))
    for page, text in shown.items():
        assert text.count('action="/cart/add/"') + text.count('action="/zh-hans/cart/add/"') == text.count(
            "nav_offer"
        ), page
    assert sum("nav_offer" in text for text in shown.values()) == 4


class TestLines:
    """The same where a quantity is changed: the cart showed a price, too."""

    def test_n12_a_price_that_the_cart_did_not_show_is_not_counted_as_seen(self, shopper: Shopper) -> None:
        shopper.send(opened(shopper))
        form = form_with(shopper.get("/cart/"), "line-quantity")
        change_price("66.24")
        answer = shopper.send(form, {"quantity": "2"}, headers=HTMX)
        assert "The price went from 31.66 € to 66.24 € since you saw it." in spaced(answer)
        assert seen() == "€31.66"

    def test_n12_a_price_that_it_showed_is_seen_by_who_goes_on_with_it(self, shopper: Shopper) -> None:
        shopper.send(opened(shopper))
        change_price("66.24")
        form = form_with(shopper.get("/cart/"), "line-quantity")
        answer = shopper.send(form, {"quantity": "2"}, headers=HTMX)
        assert "since you saw it" not in text_of(answer)
        assert seen() == "€66.24"
