"""Whatever is asked of a public page: an answer, never a 500, and nothing of it unescaped."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.catalog import forms

ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
NAMES = st.sampled_from(["sort", "page", "in_stock", "q", "variant", "from", "ref", "step", "x"])
VALUES = ANYTHING | st.sampled_from(
    ["price", "-price", "1", "2", "999", "-1", "on", "0", '"><script>', "TB1-41-Moss", "\x00", "%", "_", "\\", "9" * 30]
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=6)
PATHS = st.sampled_from(["/", "/category/boots/", "/search/", "/product/trail-boot-1/", "/zh-hans/search/"])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HX-Request": st.sampled_from(["true", "x"]),
        "HX-Boosted": st.just("true"),
        "If-None-Match": st.sampled_from(["*", '"x"', "", '"page-1"', "é".encode().decode("latin-1")]),
        "Accept": st.sampled_from(["*/*", "application/json", "text/html"]),
    },
)
slow_fixtures = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def shop(fill) -> None:
    fill(3)


@slow_fixtures
@given(path=PATHS, query=QUERIES, headers=HEADERS)
def test_any_query(client, shop, path: str, query: list[tuple[str, str]], headers: dict[str, str]) -> None:
    response = client.get(f"{path}?{urlencode(query)}", headers=headers)
    assert response.status_code == 200
    assert b"<script>" not in response.content
    assert not response.cookies


@slow_fixtures
@given(raw=st.binary(max_size=80))
def test_any_bytes_in_the_query(client, shop, raw: bytes) -> None:
    for path in ("/search/", "/category/boots/", "/product/trail-boot-1/"):
        assert client.get(path, QUERY_STRING=raw.decode("latin-1")).status_code == 200


@slow_fixtures
@given(slug=ANYTHING)
def test_any_slug(client, shop, slug: str) -> None:
    for folder in ("category", "product"):
        assert client.get(f"/{folder}/{quote(slug, safe='')}/").status_code in {200, 301, 404}


@given(query=QUERIES)
def test_a_query_has_one_spelling(query: list[tuple[str, str]]) -> None:
    asked = QueryDict(urlencode(query))
    for spell in (forms.category_query, forms.search_query, forms.product_query, forms.no_query):
        once = spell(asked)
        assert spell(QueryDict(once)) == once
        assert len(once) < 2000
