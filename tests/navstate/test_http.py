"""Headers of answers, written where Django keeps them."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from navstate.http import BY_COOKIE, BY_HTMX, NOT_KEPT, add_vary, lines_of


def test_django_keeps_headers_as_they_are_written_here() -> None:
    ours, theirs = HttpResponse(), HttpResponse()
    lines_of(ours)["cache-control"] = NOT_KEPT
    theirs.headers["Cache-Control"] = "private, no-store"
    assert lines_of(ours) == lines_of(theirs)
    assert ours["CACHE-control"] == "private, no-store"
    assert ("Cache-Control", "private, no-store") in ours.items()


@pytest.mark.parametrize(
    "vary", [None, "", "Cookie", "Accept, HX-Request", "hx-request", "*", "X-HX-Request-Kind", "A,B"]
)
@pytest.mark.parametrize("line", [BY_HTMX, BY_COOKIE])
def test_vary_is_added_to_as_django_does(vary: str | None, line: tuple[str, str]) -> None:
    ours, theirs = HttpResponse(), HttpResponse()
    for response in (ours, theirs):
        if vary is not None:
            response["Vary"] = vary
    add_vary(ours, line)
    patch_vary_headers(theirs, [line[1]])
    assert names_in(ours) == names_in(theirs)


def names_in(response: HttpResponse) -> list[str]:
    return [name.strip() for name in response["Vary"].split(",")]
