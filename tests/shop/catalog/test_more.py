"""Several pages of a list together (``?pages=3``): as document, as what one more adds, bounded, kept, in few queries."""

from __future__ import annotations

import re

import pytest

from shop.catalog import forms, pagecache
from shop.catalog.paging import ListPages
from tests.shop.catalog.conftest import HTMX, root_of, text, titles
from tests.shop.catalog.test_cost import MAX_QUERIES, queries_for

URL = "/category/boots/"
LISTS = [f"{URL}?sort=price", "/search/?q=trail&sort=price"]


def with_pages(url: str, pages: int) -> str:
    return f"{url}&pages={pages}"


def more_link(page: str) -> str:
    """Where "Show more" leads; empty when it is not there."""
    found = re.search(r'<a class="button" href="([^"]*)"[^>]*data-testid="show-more"', page)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("url", LISTS)
def test_the_first_pages_stand_together(client, fill, url: str) -> None:
    fill(45)
    one_by_one = [title for page in (1, 2, 3) for title in titles(client.get(f"{url}&page={page}"))]
    for pages, count in ((1, 20), (2, 40), (3, 45)):
        assert titles(client.get(with_pages(url, pages))) == one_by_one[:count]


@pytest.mark.parametrize("url", LISTS)
def test_htmx_gets_what_one_more_page_adds(client, fill, url: str) -> None:
    fill(45)
    fragment = client.get(with_pages(url, 2), headers=HTMX)
    assert titles(fragment) == titles(client.get(f"{url}&page=2"))
    page = text(fragment)
    assert page.startswith("<title>")
    assert '<hx-partial hx-target="#results > .grid" hx-swap="beforeend"><li>' in page
    assert "40 of 45 products are shown." in page
    assert 'data-nav-pages="2"' in page
    assert "<html" not in page
    assert fragment["Cache-Control"] == "no-store"
    assert "HX-Request" in fragment["Vary"]
    assert "ETag" not in fragment


def test_the_link_grows_the_list_by_a_page(client, fill) -> None:
    fill(65)
    assert more_link(text(client.get(f"{URL}?in_stock=1"))) == "?in_stock=1&pages=2"
    page = text(client.get(f"{URL}?sort=price"))
    assert more_link(page) == "?sort=price&pages=2"
    assert "Show 20 more" in page
    assert "20 of 65 products are shown." in page
    page = text(client.get(f"{URL}?sort=price&pages=3"))
    assert more_link(page) == "?sort=price&pages=4"
    assert "Show 5 more" in page
    page = text(client.get(f"{URL}?sort=price&pages=4"))
    assert more_link(page) == ""
    assert "65 of 65 products are shown." in page


def test_plain_paging_goes_on_behind(client, fill) -> None:
    fill(65)
    page = text(client.get(f"{URL}?sort=price&pages=2"))
    assert 'rel="next" href="?sort=price&amp;page=3"' in page
    assert 'rel="prev"' not in page
    assert "Pages 1 to 2 of 4" in page


def test_a_short_list_offers_nothing(client, fill) -> None:
    fill(20)
    page = text(client.get(URL))
    assert more_link(page) == ""
    assert "are shown" not in page


def test_a_page_by_its_number_stands_alone(client, fill) -> None:
    fill(65)
    alone = client.get(f"{URL}?page=2&pages=3")
    assert alone.content == client.get(f"{URL}?page=2").content
    assert more_link(text(alone)) == ""
    assert "pages" not in root_of(alone)


def test_there_is_a_most(client, fill, settings) -> None:
    settings.PAGE_SIZE = 2
    pagecache.build_id.cache_clear()
    fill(25)
    at_most = client.get(f"{URL}?sort=name&pages=10")
    assert len(titles(at_most)) == 2 * forms.MAX_PAGES_TOGETHER
    assert more_link(text(at_most)) == ""
    assert 'href="?sort=name&amp;page=11"' in text(at_most)
    assert client.get(f"{URL}?sort=name&pages=999").content == at_most.content


@pytest.mark.parametrize("pages", ["abc", "", "-1", "0", "1", "1e3", "%00", "²", "9" * 400, "1.5"])
def test_unknown_values_are_dropped(client, fill, pages: str) -> None:
    fill(25)
    assert client.get(f"{URL}?pages={pages}").content == client.get(URL).content


def test_beyond_the_end_is_the_end(client, fill) -> None:
    fill(25)
    response = client.get(f"{URL}?pages=9")
    assert len(titles(response)) == 25
    assert root_of(response)["pages"] == "2"


def test_a_list_that_has_become_shorter_adds_nothing_twice(client, fill) -> None:
    fill(25)
    fragment = client.get(f"{URL}?pages=3", headers=HTMX)
    assert titles(fragment) == []
    assert "25 of 25 products are shown." in text(fragment)


def test_restored_or_boosted_it_is_the_whole_document(client, fill) -> None:
    fill(25)
    for header in ("HX-Boosted", "HX-History-Restore-Request"):
        response = client.get(f"{URL}?pages=2", headers={**HTMX, header: "true"})
        assert text(response).startswith("<!doctype html>")
        assert len(titles(response)) == 25


def test_search_engines_keep_the_plain_list(client, fill) -> None:
    fill(25)
    assert f'<link rel="canonical" href="{URL}">' in text(client.get(f"{URL}?pages=2")).replace(
        "http://testserver", ""
    ).replace("http://127.0.0.1:8000", "")


def test_html_says_how_many_pages(client, fill) -> None:
    fill(45)
    expected = {"category": "boots", "sort": "featured", "in_stock": "0", "page": "1"}
    assert root_of(client.get(f"{URL}?pages=2")) == expected | {"pages": "2"}
    assert root_of(client.get(f"{URL}?pages=1")) == expected


def test_kept_under_its_one_spelling(client, fill, monkeypatch) -> None:
    fill(45)
    kept: list[str] = []
    monkeypatch.setattr(pagecache, "_keep", lambda key, body: kept.append(key))
    first = client.get(f"{URL}?pages=2&sort=featured&x=1")
    assert client.get(f"{URL}?pages=02")["ETag"] == first["ETag"] != client.get(URL)["ETag"]
    assert len(set(kept)) == 2
    client.get(f"{URL}?pages=2", headers=HTMX)
    assert len(set(kept)) == 3
    for pages in range(4, 30):
        client.get(f"{URL}?pages={pages}")
    assert len(set(kept)) == 3


@pytest.mark.parametrize("url", LISTS)
def test_it_costs_no_query_more(client, fill, url: str) -> None:
    fill(60)
    assert queries_for(client, with_pages(url, 3)) == queries_for(client, url) <= MAX_QUERIES
    assert queries_for(client, with_pages(url, 3), **{"HX-Request": "true"}) <= MAX_QUERIES


def test_in_chinese(client, fill) -> None:
    fill(45)
    page = text(client.get(f"/zh-hans{URL}?pages=2"))
    assert "再显示 5 件" in page
    assert "已显示 45 件商品中的 40 件" in page
    assert "第 1 至 2 页，共 3 页" in page


def test_stretches_of_a_plain_sequence() -> None:
    pages = ListPages(range(50), 20)
    both = pages.stretch(1, 2)
    assert (list(both), both.first, both.number, both.together, both.more) == (list(range(40)), 1, 2, 2, 10)
    assert list(pages.stretch(1, 2, only_last=True)) == list(range(20, 40))
    last = pages.stretch(9)
    assert (list(last), last.first, last.together, last.more) == (list(range(40, 50)), 3, 1, 0)
    assert (last.has_previous(), last.previous_page_number()) == (True, 2)
    assert not both.has_previous()
