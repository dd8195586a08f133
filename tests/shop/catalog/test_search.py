"""Search: every word somewhere, the title first, and a page that helps when nothing is found."""

from __future__ import annotations

import pytest
from djmoney.money import Money

from shop.catalog import search
from shop.catalog.models import Category, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.shop.catalog.conftest import HTMX, make_product, root_of, text, titles


def found(client, query: str) -> list[str]:
    return titles(client.get("/search/", {"q": query}))


@pytest.fixture
def shelf(tree) -> None:
    for title, brand, description, category in [
        ("Pine Jacket", "Lowland", "Keeps the rain out.", "boots"),
        ("Rain Cape", "Pine & Co", "Light.", "packs"),
        ("Tent", "Lowland", "For two, pine green.", "packs"),
    ]:
        Product.objects.create(
            title=title,
            slug=title.lower().replace(" ", "-"),
            brand=brand,
            description=description,
            category=tree[category],
        )
    make_product(tree["boots"], 1)
    bump_catalog_version()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("jacket", ["Pine Jacket"]),
        ("JACK", ["Pine Jacket"]),
        ("pine", ["Pine Jacket", "Rain Cape", "Tent"]),
        ("rain", ["Rain Cape", "Pine Jacket"]),
        ("pine rain", ["Pine Jacket", "Rain Cape"]),
        ("rain  pine pine", ["Rain Cape", "Pine Jacket"]),
        ("lowland", ["Pine Jacket", "Tent"]),
        ("TB1-42", ["Trail Boot 01"]),
        ("packs", ["Rain Cape", "Tent"]),
        ("packs jacket", []),
        ("100%", []),
        ("_", []),
        ("", []),
        ("   ", []),
    ],
)
def test_every_word_somewhere_title_first(client, shelf, query: str, expected: list[str]) -> None:
    assert found(client, query) == expected


def test_letters_beyond_ascii_in_any_case(client, shelf) -> None:
    Product.objects.filter(slug="tent").update(title="Öse für Zelte 背包")
    for query in ("öse", "Öse", "ÖSE", "FÜR", "背包"):
        assert found(client, query) == ["Öse für Zelte 背包"], query


@pytest.fixture
def spelled(tree) -> None:
    for slug, title in {
        "brulee-torch": "Crème brûlée torch",
        "press-pot": "Cafetie\u0300re small",
        "farmers-tea": "Farmer’s tea",
        "wide": "ＦＵＬＬ　ｗｉｄｔｈ",
        "street": "Straße nach Łódź",
        "glass": "ｶﾞﾗｽ",
        "chai": "हरी चाय",
        "greek": "Σκηνή ΟΔΟΣ",
    }.items():
        Product.objects.create(title=title, slug=slug, category=tree["boots"])
    Variant.objects.create(product=Product.objects.get(slug="street"), sku="É’7", price=Money("5", "EUR"))
    bump_catalog_version()


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("creme brulee", "brulee-torch"),
        ("crème brûlée", "brulee-torch"),
        ("cre\u0300me", "brulee-torch"),
        ("CREME BRÛLÉE", "brulee-torch"),
        ("cafetière", "press-pot"),
        ("cafetiere", "press-pot"),
        ("farmer's tea", "farmers-tea"),
        ("farmers tea", "farmers-tea"),
        ("farmer\u02bcs", "farmers-tea"),
        ("full width", "wide"),
        ("ｆｕｌｌ", "wide"),
        ("strasse", "street"),
        ("STRASSE", "street"),
        ("lodz", "street"),
        ("e'7", "street"),
        ("ガラス", "glass"),
        ("चाय", "chai"),
        ("σκηνη οδος", "greek"),
    ],
)
def test_case_j_accents_apostrophes_width_and_case_do_not_count(client, spelled, query: str, slug: str) -> None:
    assert found(client, query) == [Product.objects.get(slug=slug).title]


def test_case_j_what_is_typed_as_signs_only_finds_nothing(client, spelled) -> None:
    for query in ("'", "’", "\u0301", "\u200b", "´"):
        assert found(client, query) == [], query


def test_case_j_another_name_of_a_category_is_found_as_well(client, shelf, tree) -> None:
    Category.objects.filter(slug="packs").update(name="Rucksäcke")
    assert found(client, "rucksacke") == ["Rain Cape", "Tent"]
    category = Category.objects.get(slug="packs")
    category.name = "Ränzel"
    category.save(update_fields=["name"])
    assert found(client, "ranzel") == ["Rain Cape", "Tent"]


def test_skus_that_are_not_on_sale_find_nothing(client, shelf) -> None:
    Variant.objects.update(is_active=False)
    assert found(client, "TB1-42") == []


def test_unpublished_is_not_found(client, shelf) -> None:
    Product.objects.filter(slug="tent").update(is_published=False)
    assert found(client, "pine") == ["Pine Jacket", "Rain Cape"]


def test_only_so_many_words_count() -> None:
    assert search.words_of("a b c d e f g h a") == ["a", "b", "c", "d", "e", "f"]


def test_filters(client, fill) -> None:
    fill(5)
    Stock.objects.filter(variant__product__slug="trail-boot-1").update(available=0)
    response = client.get("/search/?q=boot&sort=-price&in_stock=1")
    assert titles(response) == ["Trail Boot 05", "Trail Boot 04", "Trail Boot 02"]
    assert root_of(response) == {"sort": "-price", "in_stock": "1", "page": "1"}
    page = text(response)
    assert '<input type="hidden" name="q" value="boot">' in page
    assert 'data-testid="filter-form"' in page


def test_pages_keep_the_search(client, fill) -> None:
    fill(25)
    response = client.get("/search/?q=trail+boot&page=2")
    assert len(titles(response)) == 5
    assert "?q=trail+boot&amp;page=1" in text(response)


def test_nothing_found_leads_on(client, shelf) -> None:
    page = text(client.get("/search/?q=%3Cb%3Eunicorn"))
    assert "Nothing was found for “&lt;b&gt;unicorn”" in page
    assert 'href="/category/packs/"' in page
    assert "<b>unicorn" not in page


def test_nothing_in_stock_leads_to_the_rest(client, fill) -> None:
    fill(3, start=3)
    page = text(client.get("/search/?q=trail+boot&in_stock=1"))
    assert "Nothing in stock was found for “trail boot”" in page
    assert 'href="?q=trail%20boot"' in page


def test_nothing_asked_for(client, shelf) -> None:
    page = text(client.get("/search/"))
    assert "Type what you are looking for" in page
    assert 'data-testid="filter-form"' not in page
    assert 'href="/category/footwear/"' in page


def test_the_box_shows_what_was_searched(client, shelf) -> None:
    page = text(client.get("/search/?q=Pine"))
    assert 'value="Pine"' in page[page.index('id="search-box"') - 200 : page.index('data-testid="search-box"')]
    assert "<title>Search: Pine · Waymark</title>" in page


def test_fragment(client, shelf) -> None:
    response = client.get("/search/?q=pine", headers=HTMX)
    assert text(response).startswith("<title>Search: pine · Waymark</title>")
    assert "<html" not in text(response)
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]


def test_long_and_broken_text(client, shelf) -> None:
    for query in ("x" * 5000, "a\x00b", "\x1f", "%", "\\", "'", "\ud83d"):
        assert client.get("/search/", {"q": query.encode("utf-8", "replace")}).status_code == 200
