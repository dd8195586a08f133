"""A product: its variants as plain links, price and stock in words, the form that adds it."""

from __future__ import annotations

import re

import pytest
from djmoney.money import Money

from shop.catalog.models import Image, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.shop.catalog.conftest import HTMX, make_product, text, titles

URL = "/product/trail-boot-1/"


def chips(page: str) -> dict[str, tuple[str, str]]:
    """Value -> (address, further attributes) of each link of the variant picker."""
    picker = page[page.index('data-testid="variant-picker"') :]
    links = re.findall(r'<a class="chip"[^>]*? href="([^"]*)"([^>]*)>([^<]*)', picker)
    return {value.strip(): (href, rest) for href, rest, value in links}


def stock(page: str) -> str:
    found = re.search(r'data-testid="stock">([^<]*)<', page)
    return found.group(1) if found else ""


def sku(page: str) -> str:
    found = re.search(r'name="sku" value="([^"]*)"', page)
    return found.group(1) if found else ""


@pytest.fixture
def boot(tree) -> Product:
    product = make_product(tree["boots"], 1)
    bump_catalog_version()
    return product


def test_the_first_that_can_be_bought_is_shown(client, boot) -> None:
    Stock.objects.filter(variant__sku="TB1-41-Moss").update(available=0)
    bump_catalog_version()
    page = text(client.get(URL))
    assert sku(page) == "TB1-41-Stone"
    assert "101.00\xa0€" in page
    assert stock(page) == "In stock"


@pytest.mark.parametrize(
    ("available", "words", "shape"),
    [(20, "In stock", "badge"), (3, "Only 3 left", "badge badge--warning"), (0, "Sold out", "badge badge--quiet")],
)
def test_stock_in_words_and_shape(client, boot, available: int, words: str, shape: str) -> None:
    Stock.objects.filter(variant__sku="TB1-42-Moss").update(available=available)
    bump_catalog_version()
    page = text(client.get(f"{URL}?variant=TB1-42-Moss"))
    assert stock(page) == words
    assert f'<span class="{shape}" data-testid="stock">' in page
    assert ('data-testid="add-to-cart"' in page) is bool(available)
    assert ('data-most="3"' in page) is (available == 3)


def test_n8_sold_beyond_zero_can_be_ordered_and_not_counted_is_in_stock(client, boot) -> None:
    Stock.objects.filter(variant__sku="TB1-41-Moss").update(available=0, sells_without=True)
    Stock.objects.filter(variant__sku="TB1-42-Moss").delete()
    bump_catalog_version()
    assert stock(text(client.get(f"{URL}?variant=TB1-41-Moss"))) == "Can be ordered"
    assert 'data-testid="add-to-cart"' in text(client.get(f"{URL}?variant=TB1-41-Moss"))
    assert stock(text(client.get(f"{URL}?variant=TB1-42-Moss"))) == "In stock"


def test_variants_are_plain_links_that_change_one_option(client, boot) -> None:
    Stock.objects.filter(variant__sku="TB1-42-Stone").update(available=0)
    bump_catalog_version()
    links = chips(text(client.get(f"{URL}?variant=TB1-41-Stone")))
    assert links["42"][0] == f"{URL}?variant=TB1-42-Stone"
    assert links["Moss"][0] == f"{URL}?variant=TB1-41-Moss"
    assert 'aria-current="true"' in links["41"][1]
    assert 'aria-current="true"' in links["Stone"][1]
    assert "data-sold-out" in links["42"][1]
    assert "data-sold-out" not in links["Moss"][1]
    assert 'hx-replace-url="true"' in links["Moss"][1]


def test_an_option_leads_to_the_nearest_that_has_it(client, boot) -> None:
    Variant.objects.filter(sku="TB1-42-Stone").delete()
    bump_catalog_version()
    assert chips(text(client.get(f"{URL}?variant=TB1-41-Stone")))["42"][0] == f"{URL}?variant=TB1-42-Moss"


def test_the_chosen_variant(client, boot) -> None:
    page = text(client.get(f"{URL}?variant=TB1-42-Stone"))
    assert sku(page) == "TB1-42-Stone"
    assert "111.00\xa0€" in page
    pictures = re.findall(r'<img id="picture-\d+" src="([^"]*)"', page)
    assert pictures == ["/media/products/boot-1-Stone.svg", "/media/products/boot-1-Moss.svg"]
    assert page.count('loading="lazy"') >= 1
    assert f'<link rel="canonical" href="{URL}">' in page


@pytest.mark.parametrize("other", ["TB2-41-Moss", "none", "", "%00", "x" * 5000, "%22%3E%3Cscript%3E"])
def test_a_variant_that_is_not_of_this_product_is_dropped(client, boot, tree, other: str) -> None:
    make_product(tree["packs"], 2)
    bump_catalog_version()
    response = client.get(f"{URL}?variant={other}")
    assert sku(text(response)) == "TB1-41-Moss"
    assert "<script>" not in text(response)


def test_inactive_variants_are_not_offered(client, boot) -> None:
    Variant.objects.filter(sku="TB1-41-Moss").update(is_active=False)
    bump_catalog_version()
    page = text(client.get(f"{URL}?variant=TB1-41-Moss"))
    assert sku(page) == "TB1-41-Stone"


def test_nothing_on_sale(client, boot) -> None:
    Variant.objects.update(is_active=False)
    bump_catalog_version()
    page = text(client.get(URL))
    assert stock(page) == "Not on sale at present"
    assert 'data-testid="add-to-cart"' not in page
    assert "cannot be ordered" in page


def test_one_variant_needs_no_picker(client, boot) -> None:
    Variant.objects.exclude(sku="TB1-41-Moss").delete()
    bump_catalog_version()
    assert 'data-testid="variant-picker"' not in text(client.get(URL))


@pytest.mark.parametrize("options", [[], ["Size"], ["Size", "Colour", "Width"]])
def test_variants_that_do_not_say_what_they_differ_in_are_one_list(client, boot, options: list[str]) -> None:
    Product.objects.update(options=options)
    bump_catalog_version()
    links = chips(text(client.get(URL)))
    assert set(links) == {"41 / Moss", "41 / Stone", "42 / Moss", "42 / Stone"}


def test_variants_with_equal_values_are_one_list_by_sku(client, boot) -> None:
    Variant.objects.update(values=[])
    bump_catalog_version()
    assert set(chips(text(client.get(URL)))) == set(Variant.objects.values_list("sku", flat=True))


def test_reduced_price(client, boot) -> None:
    Variant.objects.update(compare_at=Money(150, "EUR").amount, compare_at_currency="EUR")
    bump_catalog_version()
    assert "150.00\xa0€" in text(client.get(URL))
    Variant.objects.update(compare_at=Money(90, "EUR").amount)
    bump_catalog_version()
    assert "90.00\xa0€" not in text(client.get(URL))


def test_adding_works_without_javascript_and_carries_no_token(client, boot) -> None:
    page = text(client.get(URL))
    form = page[page.index('id="add"') : page.index("</form>", page.index('id="add"'))]
    assert 'action="/cart/add/" method="post"' in form
    assert 'hx-post="/cart/add/" hx-target="#added"' in form
    assert 'name="quantity" value="1" inputmode="numeric" autocomplete="off" data-most="99"' in form
    assert "csrf" not in page
    assert '<div id="added" aria-live="polite"></div>' in page


def test_htmx_gets_the_product_alone(client, boot) -> None:
    response = client.get(f"{URL}?variant=TB1-42-Moss", headers=HTMX)
    page = text(response)
    assert page.startswith("<title>Trail Boot 01 · Waymark</title>")
    assert '<article class="product" id="product" data-offer="' in page
    assert "<html" not in page
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]


def test_where_it_is_and_what_is_near(client, fill) -> None:
    fill(6)
    response = client.get(URL)
    page = text(response)
    assert [href for href in ("/category/footwear/", "/category/boots/") if f'href="{href}"' in page] == [
        "/category/footwear/",
        "/category/boots/",
    ]
    assert len(titles(response)) == 4
    assert "Trail Boot 01" not in titles(response)


def test_description_keeps_its_paragraphs_and_is_escaped(client, boot) -> None:
    Product.objects.update(description="One <b>\n\nTwo")
    bump_catalog_version()
    page = text(client.get(URL))
    assert "<p>One &lt;b&gt;</p>" in page
    assert "<p>Two</p>" in page


def test_no_picture(client, boot) -> None:
    Image.objects.update(file="")
    bump_catalog_version()
    page = text(client.get(URL))
    assert "<img id=" not in page
    assert "product-card__picture" in page


@pytest.mark.parametrize("slug", ["none", "trail-boot-1%00", "a" * 256])
def test_no_such_product(client, boot, slug: str) -> None:
    assert client.get(f"/product/{slug}/").status_code == 404


def test_an_unpublished_product_is_not_there(client, boot) -> None:
    Product.objects.update(is_published=False)
    bump_catalog_version()
    assert client.get(URL).status_code == 404


def test_skus_with_odd_letters_make_a_round_trip(client, boot) -> None:
    Variant.objects.filter(sku="TB1-42-Moss").update(sku="a b&c=d/é+1?#\"'")
    bump_catalog_version()
    href = chips(text(client.get(URL)))["42"][0].replace("&amp;", "&")
    page = text(client.get(href))
    assert "a b&amp;c=d/é+1?#&quot;&#x27;" in page
