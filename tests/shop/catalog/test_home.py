from shop.catalog.models import Product
from tests.shop.catalog.conftest import text, titles


def test_home_shows_featured_first_and_the_top_categories(client, fill) -> None:
    fill(12)
    response = client.get("/")
    assert titles(response)[0] == "Trail Boot 07"
    assert len(titles(response)) == 8
    page = text(response)
    assert 'href="/category/footwear/"' in page
    assert 'href="/category/packs/"' in page
    assert 'href="/category/boots/"' not in page
    assert '<link rel="canonical" href="/">' in page


def test_home_leads_to_products(client, fill) -> None:
    fill(1)
    assert 'href="/product/trail-boot-1/"' in text(client.get("/"))


def test_home_in_the_other_language(client, fill) -> None:
    fill(1)
    page = text(client.get("/zh-hans/"))
    assert 'href="/zh-hans/product/trail-boot-1/"' in page
    assert 'lang="zh-hans"' in page


def test_an_empty_shop_says_so(client, db) -> None:
    assert "Nothing is on the shelves at the moment" in text(client.get("/"))


def test_unpublished_products_are_not_shown(client, fill) -> None:
    fill(1)
    Product.objects.update(is_published=False)
    assert titles(client.get("/?from=cart")) == []


def test_only_reading(client, db) -> None:
    assert client.post("/").status_code in {403, 405}
