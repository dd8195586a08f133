"""O3: while the database is away public pages go on from what is kept, say so, and not for longer than a setting."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError

from shop.catalog import pagecache
from shop.catalog.services import bump_catalog_version
from tests.shop.catalog.conftest import HTMX, text

URL = "/category/boots/"
GONE = OperationalError("server closed the connection unexpectedly")
SENTENCE = "This page is an earlier one: prices and stock may have changed."


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, client):
    """Have the database go away."""
    client.raise_request_exception = False

    def go(problem: Exception = GONE) -> None:
        def fail() -> int:
            raise problem

        monkeypatch.setattr(pagecache, "catalog_version", fail)

    monkeypatch.setattr(pagecache, "_seen", pagecache.NEVER)
    return go


def test_o3_what_is_kept_is_shown_and_says_so(client, fill, away) -> None:
    fill(1)
    page = text(client.get(URL))
    away()
    answer = client.get(URL, headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert SENTENCE in text(answer)
    assert SENTENCE not in page
    assert text(answer).replace("\n", "").startswith(page[: page.index("<main")].replace("\n", ""))
    assert "ETag" not in answer
    assert (answer["Cache-Control"], answer["Warning"]) == ("no-store", '110 - "Response is Stale"')
    assert int(answer["Age"]) < 60
    assert not answer.cookies


@pytest.mark.parametrize("query", ["?sort=featured", "?utm_source=a", "?page=1&x=2"])
def test_o3_by_whatever_query_the_same_page_is_asked_for(client, fill, away, query: str) -> None:
    fill(1)
    client.get(URL)
    away()
    assert SENTENCE in text(client.get(URL + query))


def test_o3_a_page_with_light_context_is_shown_without_it(client, fill, away, monkeypatch) -> None:
    fill(1)
    client.get(URL)
    away()

    def fail(*args: object, **options: object) -> None:
        raise GONE

    monkeypatch.setattr("shop.catalog.queries.family", fail)
    answer = client.get(f"{URL}?ref=promo_2024")
    assert SENTENCE in text(answer)
    assert "promo_2024" not in text(answer)


def test_o3_a_fragment_comes_as_it_was(client, fill, away) -> None:
    fill(1)
    fragment = client.get(URL, headers=HTMX).content
    away()
    answer = client.get(URL, headers=HTMX)
    assert answer.content == fragment
    assert "Warning" in answer


def test_o3_in_its_language(client, fill, away) -> None:
    fill(1)
    client.get(f"/zh-hans{URL}")
    away()
    assert 'lang="zh-hans"' in text(client.get(f"/zh-hans{URL}"))


def test_o3_a_page_that_was_not_kept_is_503(client, fill, away) -> None:
    fill(1)
    client.get(URL)
    away()
    for url in ("/", f"{URL}?sort=price", "/search/?q=boot", "/product/trail-boot-1/"):
        answer = client.get(url)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_o3_not_longer_than_the_setting(client, fill, away, monkeypatch, settings) -> None:
    fill(1)
    client.get(URL)
    away()
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + settings.STALE_PAGES_SECONDS - 60)
    assert client.get(URL).status_code == 200
    monkeypatch.setattr("time.time", lambda: now + settings.STALE_PAGES_SECONDS + 60)
    assert client.get(URL).status_code == 503


def test_o3_a_change_that_was_seen_is_not_taken_back(client, fill, away) -> None:
    """The page of before the change is kept as well, and is not true any more."""
    fill(1)
    client.get(URL)
    bump_catalog_version()
    client.get("/")
    away()
    assert client.get("/").status_code == 200
    assert client.get(URL).status_code == 503


def test_o3_a_process_that_was_just_started_knows_what_others_have_seen(client, fill, away, monkeypatch) -> None:
    fill(1)
    client.get(URL)
    monkeypatch.setattr(pagecache, "_seen", pagecache.NEVER)
    away()
    assert client.get(URL).status_code == 200


def test_o3_a_mistake_is_not_covered_up(client, fill, away) -> None:
    fill(1)
    client.get(URL)
    away(KeyError("a mistake"))
    assert client.get(URL).status_code == 500


def test_o3_a_cache_that_is_away_is_asked_once_for_a_page(client, fill, monkeypatch) -> None:
    fill(1)
    asked: list[str] = []

    class Away:
        def get(self, key: str) -> None:
            asked.append("get")
            raise ConnectionError

        def set(self, *args: object) -> None:
            asked.append("set")

    monkeypatch.setattr(pagecache, "kept_pages", Away())
    assert client.get(URL).status_code == 200
    assert asked == ["get"]
