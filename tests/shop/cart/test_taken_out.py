"""What becomes of an article while it is in a cart is told by name, once, and as it is."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.models import Order
from checkout.services import place_order as ordering
from shop.cart import services as carts
from shop.cart.models import Cart, CartLine
from shop.catalog.models import Product, Variant
from shop.stock.models import Stock
from tests.factories import make_shipping, make_variant
from tests.parallel import in_parallel
from tests.shop.staff.pages import Opened, member
from tests.shopper import Shopper, form_with, text_of
from tests.visits import NAVIGATION

pytestmark = pytest.mark.django_db
TOLD = "Soap dish is no longer sold and was taken out of your cart."
ADDRESS = "/checkout/address/"


@pytest.fixture
def dish(db) -> Variant:
    make_shipping()
    return make_variant("DISH", title="Soap dish", price="5.00")


@pytest.fixture
def shopper(dish) -> Shopper:
    """With one soap dish and one boot in the cart, which they have looked at."""
    make_variant("BOOT", title="Boot")
    shopper = Shopper(**NAVIGATION)
    shopper.add("DISH")
    shopper.add("BOOT")
    shopper.get("/cart/")
    return shopper


def say_it_was_read(shopper: Shopper, url: str = "/cart/") -> str:
    """Press the button below the notice; where that leads to."""
    return shopper.send(form_with(shopper.get(url), "told"))["Location"]


def by_staff(dish: Variant) -> None:
    Opened(member("ann"), f"/admin/catalog/product/{dish.product_id}/delete/").send()


def by_staff_as_a_row(dish: Variant) -> None:
    page = Opened(member("ann"), f"/admin/catalog/product/{dish.product_id}/change/")
    assert page.send(variants__0__DELETE="on").status_code == 302


WAYS = {
    "staff": by_staff,
    "staff, among its variants": by_staff_as_a_row,
    "product": lambda dish: dish.product.delete(),
    "products": lambda dish: Product.objects.filter(title="Soap dish").delete(),
    "variant": lambda dish: dish.delete(),
    "variants": lambda dish: Variant.objects.filter(sku="DISH").delete(),
}


@pytest.mark.parametrize("delete", WAYS.values(), ids=WAYS)
def test_n8_case_deleted_in_cart(shopper, dish, delete) -> None:
    delete(dish)
    assert not Variant.objects.filter(sku="DISH").exists()
    page = text_of(shopper.get("/cart/"))
    assert page.count(TOLD) == 1
    assert page.count('data-testid="cart-line"') == 1
    assert TOLD in text_of(shopper.get("/cart/"))  # nobody has seen it yet
    assert say_it_was_read(shopper) == "/cart/"
    assert "no longer sold" not in text_of(shopper.get("/cart/"))
    assert CartLine.objects.count() == 1


def test_n8_told_at_the_stage_where_the_shopper_comes_next(shopper, dish) -> None:
    shopper.give_address()
    dish.product.delete()
    for url in (ADDRESS, "/checkout/shipping/"):
        assert TOLD in text_of(shopper.get(url))
    assert say_it_was_read(shopper, ADDRESS) == ADDRESS
    assert "no longer sold" not in text_of(shopper.get(ADDRESS))
    assert "no longer sold" not in text_of(shopper.get("/cart/"))


def test_n8_the_only_article_is_deleted(shopper, dish) -> None:
    Product.objects.filter(title="Boot").delete()
    dish.product.delete()
    response = shopper.get(ADDRESS)
    assert response["Location"] == "/cart/"
    page = text_of(shopper.get("/cart/"))
    assert TOLD in page
    assert "Boot is no longer sold and was taken out of your cart." in page
    assert "There is nothing in it yet." not in page
    say_it_was_read(shopper)
    assert "Soap dish" not in text_of(shopper.get("/cart/"))


def test_n8_in_chinese_as_well(shopper, dish) -> None:
    dish.product.delete()
    assert "Soap dish" in text_of(shopper.get("/zh-hans/cart/"))


def test_n8_the_variant_is_named(shopper) -> None:
    other = make_variant("OTHER", title="Boot", values=["42", "Moss"])
    shopper.add("OTHER")
    other.delete()
    assert "Boot, 42 / Moss is no longer sold" in text_of(shopper.get("/cart/"))


def test_n8_what_is_deleted_counts_for_nothing(shopper, dish) -> None:
    dish.product.delete()
    assert ">1<span" in text_of(shopper.get("/cart/badge/"))
    line = CartLine.objects.get(variant=None)
    url = reverse("cart-line", args=[line.pk])
    assert shopper.client.post(url, {"quantity": 3}, headers={"Sec-Fetch-Mode": "cors"}).status_code in {403, 404}
    shopper.add("BOOT")
    assert CartLine.objects.filter(variant=None).count() == 1


def test_n8_a_line_of_a_release_before_has_no_name(shopper, dish) -> None:
    dish.product.delete()
    CartLine.objects.filter(variant=None).update(title="")
    assert "An item is no longer sold and was taken out of your cart." in text_of(shopper.get("/cart/"))


@pytest.mark.parametrize("line", ["x", "9" * 40, "-1", "²", "1"])
def test_n8_only_what_was_shown_is_done_with(shopper, dish, line: str) -> None:
    other = Shopper(**NAVIGATION)
    other.add("DISH")
    dish.product.delete()
    form = form_with(shopper.get("/cart/"), "told")
    others = CartLine.objects.filter(variant=None).last()
    form.fields["lines"] = str(others.pk) if line == "1" else line
    assert shopper.send(form).status_code == 303
    assert CartLine.objects.filter(variant=None).count() == 2


@pytest.mark.parametrize("back", ["", "https://evil.example/", "//evil.example/", "nowhere"])
def test_n8_nobody_is_led_elsewhere(shopper, dish, back: str) -> None:
    dish.product.delete()
    form = form_with(shopper.get("/cart/"), "told")
    form.fields["back"] = back
    assert shopper.send(form)["Location"] == "/cart/"


def test_n8_a_cart_that_is_gone_has_nothing_to_tell(shopper, dish) -> None:
    dish.product.delete()
    form = form_with(shopper.get("/cart/"), "told")
    shopper.client.cookies.pop("cart")
    assert shopper.send(form)["Location"] == "/cart/"
    assert CartLine.objects.filter(variant=None).exists()


def test_n8_the_question_alone_takes_nothing_out(shopper, dish) -> None:
    assert member("ann").get(f"/admin/catalog/product/{dish.product_id}/delete/").status_code == 200
    assert not CartLine.objects.filter(variant=None).exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"product__is_published": False}])
def test_n8_unpublished_is_not_sold_out(shopper, change: dict[str, bool]) -> None:
    if "is_active" in change:
        Variant.objects.filter(sku="DISH").update(is_active=False)
    else:
        Product.objects.filter(title="Soap dish").update(is_published=False)
    page = text_of(shopper.get("/cart/"))
    assert "It is no longer sold. Please remove it." in page
    assert "sold out" not in page
    assert shopper.get(ADDRESS)["Location"] == "/cart/"
    assert "Soap dish is no longer sold." in text_of(shopper.get("/cart/"))


@pytest.mark.parametrize(("left", "words"), [(0, "Boot is sold out."), (1, "Only 1 of Boot is left.")])
def test_n8_who_is_led_to_the_cart_reads_what_is_missing(shopper, left: int, words: str) -> None:
    CartLine.objects.filter(variant__sku="BOOT").update(quantity=2)
    Stock.objects.filter(variant__sku="BOOT").update(available=left)
    assert shopper.get(ADDRESS)["Location"] == "/cart/"
    page = text_of(shopper.get("/cart/"))
    assert words in page
    assert "Your cart comes first." not in page


def test_n8_who_comes_second_at_the_last_unit_reads_what_is_gone(shopper, monkeypatch) -> None:
    """Once before the order is begun, and once in the very moment."""
    make_variant("LAST", title="Last Lamp", available=1)
    second = Shopper(**NAVIGATION)
    review = second.go_to_review("LAST")
    Stock.objects.filter(variant__sku="LAST").update(available=0)
    assert second.send(review)["Location"] == "/cart/"
    assert "Last Lamp is sold out." in text_of(second.get("/cart/"))
    Stock.objects.filter(variant__sku="LAST").update(available=1)
    review = second.open("/checkout/review/", "place-order")
    hold = ordering.hold

    def late(*args, **named):
        Stock.objects.filter(variant__sku="LAST").update(available=0)
        return hold(*args, **named)

    monkeypatch.setattr(ordering, "hold", late)
    assert second.send(review)["Location"] == "/cart/"
    page = text_of(second.get("/cart/"))
    assert "Nothing was ordered." in page
    assert "Nothing was ordered." in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("channel", ["htmx", "document"])
def test_n8_a_cart_ordered_in_another_tab_makes_room_for_the_next(shopper, monkeypatch, channel: str) -> None:
    placed, closed = carts.add, Cart.objects.get()

    def ordered_meanwhile(cart_id: int, **wish):
        Cart.objects.filter(pk=closed.pk).update(status=Cart.Status.ORDERED)
        return placed(cart_id, **wish)

    monkeypatch.setattr(carts, "add", ordered_meanwhile)
    headers = {"HX-Request": "true"} if channel == "htmx" else {"Sec-Fetch-Mode": "navigate"}
    response = shopper.client.post("/cart/add/", {"sku": "BOOT"}, headers=headers)
    page = text_of(response if channel == "htmx" else shopper.get(response["Location"]))
    assert "Boot is in your cart." in page
    assert "not on sale any more" not in page
    opened = Cart.objects.get(status=Cart.Status.OPEN)
    assert [line.variant.sku for line in opened.lines.all()] == ["BOOT"]
    assert shopper.client.cookies["cart"].value == opened.token


def test_n8_an_article_that_is_off_sale_is_said_to_be(shopper) -> None:
    response = shopper.add("NONE")
    assert "This item is not on sale any more." in text_of(shopper.get(response["Location"]))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_n8_put_in_while_the_product_is_deleted(dish) -> None:
    """Whoever comes first: no error, no line without a name."""
    shoppers = [Shopper() for _ in range(4)]
    staff = Opened(member("ann"), f"/admin/catalog/product/{dish.product_id}/delete/")
    answers = in_parallel([*(lambda shopper=shopper: shopper.add("DISH") for shopper in shoppers), staff.send])
    assert {getattr(answer, "status_code", answer) for answer in answers[:4]} <= {303}
    assert answers[4].status_code in {200, 302}
    assert not CartLine.objects.filter(variant=None, title="").exists()
