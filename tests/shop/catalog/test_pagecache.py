"""Pages are kept while they are true, not longer, and nobody can fill the cache."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse

from shop.catalog import pagecache, views
from shop.catalog.models import CatalogVersion, Product
from shop.catalog.services import bump_catalog_version, catalog_version
from shop.stock import services as stock
from tests.shop.catalog.conftest import HTMX, text

URL = "/category/boots/"


@pytest.fixture
def builds(monkeypatch) -> list[str]:
    """The pages that were built, not taken from the cache."""
    built: list[str] = []
    render = views._page

    def count(request, *args, **kwargs) -> HttpResponse:
        built.append(request.get_full_path())
        return render(request, *args, **kwargs)

    monkeypatch.setattr(views, "_page", count)
    return built


def rename(title: str) -> None:
    """A change without telling anyone: only a page built anew shows it."""
    Product.objects.filter(slug="trail-boot-1").update(title=title)


def test_kept_until_the_catalogue_changes(client, fill, builds) -> None:
    fill(2)
    first = client.get(URL)
    rename("New Boot")
    second = client.get(URL)
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert builds == [URL]
    bump_catalog_version()
    third = client.get(URL)
    assert "New Boot" in text(third)
    assert third["ETag"] != first["ETag"]


def test_headers(client, fill) -> None:
    fill(1)
    for _ in range(2):
        response = client.get(URL)
        assert response["Cache-Control"] == "public, no-cache"
        assert re.fullmatch(r'"page-\d+-[0-9a-f]+"', response["ETag"])
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert "HX-Request" in response["Vary"]


def test_304_without_building(client, fill, builds) -> None:
    fill(1)
    etag = client.get(URL)["ETag"]
    cache.clear()
    for header in (etag, f'W/"other", W/{etag}'):
        response = client.get(URL, headers={"If-None-Match": header})
        assert (response.status_code, response.content) == (304, b"")
        assert response["ETag"] == etag
        assert response["Cache-Control"] == "public, no-cache"
        assert "HX-Request" in response["Vary"]
    assert len(builds) == 1
    bump_catalog_version()
    assert client.get(URL, headers={"If-None-Match": etag}).status_code == 200


def test_a_sale_that_a_page_shows_makes_it_new(client, fill) -> None:
    fill(1)
    product = Product.objects.get()
    url = f"/product/{product.slug}/?variant=TB1-41-Moss"
    assert "In stock" in text(client.get(url))
    stock.take(product.variants.get(sku="TB1-41-Moss").pk, 18)
    assert "Only 2 left" in text(client.get(url))


def test_a_change_while_the_page_is_built(client, fill, monkeypatch) -> None:
    """The page may be kept under the old number, which nobody asks for again."""
    fill(1)
    render = views._page

    def change_then_render(*args, **kwargs):
        response = render(*args, **kwargs)
        rename("New Boot")
        bump_catalog_version()
        return response

    monkeypatch.setattr(views, "_page", change_then_render)
    assert "New Boot" not in text(client.get(URL))
    monkeypatch.setattr(views, "_page", render)
    assert "New Boot" in text(client.get(URL))


def test_a_change_that_is_taken_back_changes_nothing(client, fill, builds) -> None:
    fill(1)
    client.get(URL)
    number = catalog_version()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        bump_catalog_version()
        1 / 0  # noqa: B018
    assert catalog_version() == number
    client.get(URL)
    assert len(builds) == 1


def test_fragment_and_document_are_kept_apart(client, fill) -> None:
    fill(1)
    for _ in range(2):
        assert "<html" in text(client.get(URL))
        assert "<html" not in text(client.get(URL, headers=HTMX))
    etag = client.get(URL)["ETag"]
    assert client.get(URL, headers={**HTMX, "If-None-Match": etag}).status_code == 200


def test_languages_are_kept_apart(client, fill) -> None:
    fill(1)
    for _ in range(2):
        assert 'lang="en"' in text(client.get(URL))
        assert 'lang="zh-hans"' in text(client.get(f"/zh-hans{URL}"))


def test_one_spelling_of_a_query_is_one_page(client, fill, builds) -> None:
    fill(1)
    for query in (
        "",
        "?sort=featured",
        "?page=1",
        "?page=abc&in_stock=no",
        "?utm_source=a",
        "?" + "x=1&" * 50,
        "?sort=SELECT",
    ):
        assert client.get(URL + query).status_code == 200
    for query in ("?in_stock=1&sort=price", "?sort=price&in_stock=on", "?sort=price&in_stock=true&page=0&b=c"):
        client.get(URL + query)
    assert builds == [URL, f"{URL}?sort=price&in_stock=1"]


@pytest.mark.parametrize(
    "urls",
    [
        [f"{URL}?page={number}" for number in range(2, 30)],
        [f"/product/trail-boot-1/?variant=x{number}" for number in range(30)],
        [f"/search/?q=word{number}" for number in range(30)],
        [f"{URL}?ref=promo{number}" for number in range(30)],
        [f"/category/none{number}/" for number in range(30)],
        [f"/product/none{number}/" for number in range(30)],
    ],
    ids=["pages", "variants", "searches", "context", "categories", "products"],
)
def test_strangers_cannot_fill_the_cache(client, fill, monkeypatch, urls: list[str]) -> None:
    fill(1)
    kept: list[str] = []
    monkeypatch.setattr(pagecache, "_keep", lambda key, body: kept.append(key))
    for url in urls:
        client.get(url)
    assert kept == []


def test_context_in_the_query_is_shown_and_not_kept(client, fill) -> None:
    fill(1)
    assert 'data-nav-ref="promo_2024"' in text(client.get(f"{URL}?ref=promo_2024&sort=price"))
    assert "promo_2024" not in text(client.get(f"{URL}?sort=price"))


def test_without_a_number_nothing_is_kept_and_there_is_no_etag(client, fill, builds) -> None:
    fill(1)
    CatalogVersion.objects.all().delete()
    assert catalog_version() == 0
    assert "ETag" not in client.get(URL)
    rename("New Boot")
    assert client.get(URL, headers={"If-None-Match": "*"}).status_code == 200
    assert len(builds) == 2


def test_nothing_is_kept_while_developing(client, fill, builds, settings) -> None:
    fill(1)
    settings.DEBUG = True
    client.get(URL)
    assert "ETag" not in client.get(URL)
    assert len(builds) == 2


def test_a_store_that_fails_costs_time_and_not_pages(client, fill, monkeypatch, builds) -> None:
    fill(1)

    class Broken:
        def get(self, key: str) -> None:
            raise ConnectionError

        def set(self, *args: object) -> None:
            raise ConnectionError

    monkeypatch.setattr(pagecache, "kept_pages", Broken())
    for _ in range(2):
        assert client.get(URL).status_code == 200
    assert len(builds) == 2


def test_head_is_like_get(client, fill) -> None:
    fill(1)
    got, head = client.get(URL), client.head(URL)
    assert head.status_code == 200
    assert head["ETag"] == got["ETag"]


def test_numbers_grow_and_start_at_the_clock(db) -> None:
    assert catalog_version() == 0
    numbers = []
    for _ in range(5):
        bump_catalog_version()
        numbers.append(catalog_version())
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 1_700_000_000_000_000
    CatalogVersion.objects.update(number=numbers[-1] + 10**15)
    bump_catalog_version()
    assert catalog_version() == numbers[-1] + 10**15 + 1
