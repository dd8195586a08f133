"""A category: its branch of the tree, sort, filter, pages, as document and as fragment."""

from __future__ import annotations

import re

import pytest
from djmoney.money import Money

from shop.catalog.models import Category, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.shop.catalog.conftest import HTMX, make_product, root_of, text, titles

URL = "/category/boots/"


def test_a_category_has_what_is_below_it(client, tree) -> None:
    make_product(tree["winter"], 1)
    make_product(tree["packs"], 2)
    assert titles(client.get("/category/footwear/")) == ["Trail Boot 01"]
    assert titles(client.get("/category/packs/")) == ["Trail Boot 02"]


def test_its_place_in_the_tree(client, fill) -> None:
    fill(1)
    page = text(client.get(URL))
    crumbs = page[page.index('class="breadcrumb"') : page.index("</nav>", page.index('class="breadcrumb"'))]
    assert re.findall(r'href="([^"]*)"', crumbs) == ["/", "/category/footwear/"]
    assert 'aria-current="page">Boots' in crumbs
    assert 'class="chip" href="/category/winter-boots/"' in page
    assert 'href="/category/packs/"' not in page


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("", "Trail Boot 07", "Trail Boot 12"),
        ("featured", "Trail Boot 07", "Trail Boot 12"),
        ("newest", "Trail Boot 12", "Trail Boot 01"),
        ("price", "Trail Boot 01", "Trail Boot 12"),
        ("-price", "Trail Boot 12", "Trail Boot 01"),
        ("name", "Trail Boot 01", "Trail Boot 12"),
    ],
)
def test_sort(client, fill, sort: str, first: str, last: str) -> None:
    fill(12)
    found = titles(client.get(f"{URL}?sort={sort}"))
    assert (found[0], found[-1], len(found)) == (first, last, 12)


def test_products_without_a_price_come_last(client, fill, tree) -> None:
    fill(2)
    Product.objects.create(title="Aaa", slug="aaa", category=tree["boots"])
    bump_catalog_version()
    assert titles(client.get(f"{URL}?sort=price"))[-1] == "Aaa"
    assert titles(client.get(f"{URL}?sort=-price"))[-1] == "Aaa"


def test_in_stock_only(client, fill, tree) -> None:
    fill(6)
    Stock.objects.filter(variant__product__slug="trail-boot-3").update(sells_without=True)
    Stock.objects.filter(variant__product__slug="trail-boot-6").delete()
    make_product(tree["boots"], 9)
    bump_catalog_version()
    everything, there = titles(client.get(URL)), titles(client.get(f"{URL}?in_stock=1"))
    assert set(everything) - set(there) == {"Trail Boot 09"}


def test_nothing_in_stock_leads_on(client, fill) -> None:
    fill(3, start=3)
    page = text(client.get(f"{URL}?in_stock=1"))
    assert "Nothing here is in stock" in page
    assert f'href="{URL}"' in page


def test_an_empty_category_leads_on(client, tree) -> None:
    assert "There is nothing in this category at the moment" in text(client.get("/category/packs/"))


def test_pages_do_not_overlap(client, fill) -> None:
    fill(45)
    pages = [titles(client.get(f"{URL}?page={number}&sort=price")) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({title for page in pages for title in page}) == 45
    assert 'data-testid="page-next"' in text(client.get(URL))
    assert 'data-testid="page-next"' not in text(client.get(f"{URL}?page=3"))


def test_page_links_keep_the_filters(client, fill) -> None:
    fill(45)
    assert 'href="?sort=price&amp;in_stock=1&amp;page=2"' in text(client.get(f"{URL}?sort=price&in_stock=1"))


@pytest.mark.parametrize("page", ["abc", "", "-1", "0", "1e3", "%00", "²", "9" * 400, "1.5"])
def test_a_page_that_is_none_is_the_first(client, fill, page: str) -> None:
    fill(21)
    response = client.get(f"{URL}?page={page}")
    expected = "2" if page == "9" * 4 else "1"
    assert root_of(response)["page"] == expected


@pytest.mark.parametrize("page", ["3", "999", "999999999"])
def test_a_page_beyond_the_last_is_the_last(client, fill, page: str) -> None:
    fill(21)
    response = client.get(f"{URL}?page={page}")
    assert root_of(response)["page"] == "2"
    assert len(titles(response)) == 1
    assert f'<link rel="canonical" href="{URL}?page=2">' in text(response)


def test_unknown_values_are_dropped(client, fill) -> None:
    fill(2)
    plain = client.get(URL)
    odd = client.get(f"{URL}?sort=evil%22%3E%3Cscript%3E&in_stock=perhaps&utm_source=x&page=abc")
    assert odd.content == plain.content
    assert "evil" not in text(odd)
    assert "utm_source" not in text(odd)


def test_what_the_list_was_asked_for_is_on_html(client, fill) -> None:
    fill(21)
    expected = {"category": "boots", "sort": "price", "in_stock": "1", "page": "1"}
    assert root_of(client.get(f"{URL}?sort=price&in_stock=on")) == expected
    assert root_of(client.get(URL)) == {"category": "boots", "sort": "featured", "in_stock": "0", "page": "1"}


def test_controls_equal_the_address(client, fill) -> None:
    fill(2)
    page = text(client.get(f"{URL}?sort=-price&in_stock=1"))
    assert '<option value="-price" selected>' in page
    assert re.search(r'<input id="in-stock"[^>]* checked>', page)
    assert page.count(" selected>") == 1
    assert not re.search(r'<input id="in-stock"[^>]* checked>', text(client.get(URL)))


def test_the_filters_are_a_form_without_javascript(client, fill) -> None:
    fill(2)
    page = text(client.get(URL))
    form = page[page.index('<form class="filters"') : page.index("</form>", page.index('<form class="filters"'))]
    assert f'action="{URL}" method="get"' in form
    assert 'data-testid="filter-form"' in form
    assert "<button" in form


def test_htmx_gets_the_part_that_changes(client, fill) -> None:
    fill(21)
    response = client.get(f"{URL}?page=2", headers=HTMX)
    page = text(response)
    assert page.startswith("<title>Boots · Waymark</title>")
    assert '<section id="results"' in page
    assert "<html" not in page
    assert "<form" not in page
    assert 'data-nav-page="2"' in page
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]
    assert "ETag" not in response
    assert titles(response) == titles(client.get(f"{URL}?page=2"))


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_everything_else_is_the_whole_document(client, fill, header: str) -> None:
    fill(2)
    response = client.get(URL, headers={**HTMX, header: "true"})
    assert text(response).startswith("<!doctype html>")
    assert "<title>Boots · Waymark</title>" in text(response)
    assert response["Cache-Control"] == "public, no-cache"
    assert "HX-Request" in response["Vary"]


def test_cards(client, fill) -> None:
    fill(5)
    page = text(client.get(f"{URL}?sort=name"))
    cards = page.split('data-testid="product-card"')[1:]
    assert len(cards) == 5
    assert all('width="800" height="1000"' in card for card in cards)
    assert 'loading="lazy"' not in cards[3]
    assert 'loading="lazy"' in cards[4]
    assert 'src="/media/products/boot-1-Moss.svg"' in cards[0]
    assert 'alt="Moss"' in cards[0]
    assert "from" in cards[0]
    assert "101.00\xa0€" in cards[0]
    assert "Sold out" in cards[2]
    assert "Sold out" not in cards[0]
    assert "200.00\xa0€" in cards[4]


def test_a_card_says_when_few_are_left_of_all(client, fill) -> None:
    fill(1)
    Stock.objects.update(available=1)
    bump_catalog_version()
    assert "Only 4 left" in text(client.get(URL))


def test_a_card_of_a_product_with_one_price(client, fill) -> None:
    fill(1)
    Variant.objects.update(price=Money(90, "EUR").amount)
    bump_catalog_version()
    page = text(client.get(URL))
    assert "price__from" not in page
    assert "90.00\xa0€" in page


def test_a_product_without_picture_or_variant(client, tree) -> None:
    Product.objects.create(title="Rope <b>", slug="rope", category=tree["boots"])
    bump_catalog_version()
    page = text(client.get(URL))
    assert "Rope &lt;b&gt;" in page
    assert "product-card__picture" in page
    assert "Not on sale at present" in page


def test_names_are_escaped(client, tree) -> None:
    Category.objects.filter(slug="packs").update(name="<i>Packs</i>", description='"><script>')
    bump_catalog_version()
    page = text(client.get("/category/packs/"))
    assert "<i>Packs" not in page
    assert '"><script>' not in page


@pytest.mark.parametrize("slug", ["none", "boots%00", "..%2f", "a" * 141, "b\u00f6ots"])
def test_no_such_category(client, tree, slug: str) -> None:
    assert client.get(f"/category/{slug}/").status_code == 404


def test_a_slug_of_another_script(client, tree) -> None:
    Category.objects.filter(slug="packs").update(slug="背包")
    bump_catalog_version()
    assert client.get("/category/背包/").status_code == 200
    assert "/category/%E8%83%8C%E5%8C%85/" in text(client.get("/"))
