"""What a public page costs: few queries, the same for any number of products; no session, no cookie (R8)."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.catalog.services import bump_catalog_version

MAX_QUERIES = 6
PAGES = [
    "/",
    "/category/boots/",
    "/category/boots/?sort=price&in_stock=1",
    "/category/footwear/?sort=newest&page=2",
    "/product/trail-boot-1/",
    "/product/trail-boot-1/?variant=TB1-42-Stone",
    "/search/?q=boot",
    "/search/?q=trail+boot&sort=price&in_stock=1",
    "/search/?q=nothing+like+it",
    "/search/",
]


def queries_for(client, url: str, **headers: str) -> int:
    """SQL queries of a page that is built anew."""
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        response = client.get(url, headers=headers)
    assert response.status_code == 200
    return len(seen)


@pytest.mark.parametrize("url", PAGES)
def test_queries_do_not_grow(client, fill, url: str) -> None:
    fill(5)
    few = queries_for(client, url)
    fill(60, start=6)
    many = queries_for(client, url)
    assert few == many <= MAX_QUERIES
    assert queries_for(client, url, **{"HX-Request": "true"}) <= MAX_QUERIES


@pytest.mark.parametrize("url", PAGES[:6])
def test_a_kept_page_and_a_304_are_one_query(client, fill, url: str, django_assert_num_queries) -> None:
    fill(25)
    etag = client.get(url)["ETag"]
    with django_assert_num_queries(1):
        assert client.get(url).status_code == 200
    with django_assert_num_queries(1):
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("url", PAGES)
def test_no_session_no_cookie(client, fill, url: str, monkeypatch) -> None:
    fill(5)
    monkeypatch.setattr(SessionBase, "_session", property(lambda _: pytest.fail("the session was read")))
    client.cookies.load({"sessionid": "x" * 32, "cart": "y" * 32})
    response = client.get(url)
    assert not response.cookies
    assert "Cookie" not in response["Vary"]
    assert "csrf" not in response.content.decode()


def test_the_empty_shop(client, db) -> None:
    bump_catalog_version()
    for url in ("/", "/search/?q=x"):
        assert queries_for(client, url) <= MAX_QUERIES
