"""Headers by name, without a copy of all of them."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from navstate.request.headers import Headers

SENT = {"HX-Request": "true", "Sec-Purpose": "prefetch", "Accept": "text/html"}


@pytest.fixture
def headers() -> Headers:
    return Headers(RequestFactory().get("/", headers=SENT).META)


def test_are_those_that_django_reads(headers: Headers) -> None:
    theirs = RequestFactory().get("/", headers=SENT).headers
    for name in [*SENT, "hx-request", "X-Nav-Seq"]:
        assert headers.get(name) == theirs.get(name)
        assert (name in headers) is (name in theirs)
    assert headers["HX-Request"] == theirs["HX-Request"] == "true"
    assert headers.get("X-Nav-Seq", "none") == "none"


def test_one_that_was_not_sent_is_no_key(headers: Headers) -> None:
    with pytest.raises(KeyError):
        headers["X-Nav-Seq"]


def test_can_be_gone_through(headers: Headers) -> None:
    assert {name.lower() for name in SENT} <= {name.lower() for name in headers}
    assert len(headers) == len(list(headers))
