"""From headers to an arrival: the kinds of section 3, the channels of R4, where a request started (R15)."""

import pytest

from navstate.rules.arrival import (
    UNUSUAL,
    Arrival,
    Channel,
    Kind,
    Site,
    channel_of,
    is_htmx,
    is_prefetch,
    is_restore,
    is_shoppers,
    kind_of,
    site_of,
    usual_kind,
    wants_document,
    wants_fragment,
)

OURS = frozenset({"https://shop.example", "https://shop.example:8443"})
HTMX = {"HX-Request": "true"}
RESTORE = {"HX-History-Restore-Request": "true"}


def test_an_arrival_of_which_nothing_is_known_is_a_document_read():
    arrival = Arrival(stage="cart")
    assert (arrival.kind, arrival.submit) == (Kind.ENTER, False)
    assert (arrival.site, arrival.came_from, arrival.outcome) == (Site.UNKNOWN, None, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prerender"},
        {"Purpose": "prefetch"},
        {"Purpose": "Prefetch"},
        {"X-Moz": "prefetch"},
    ],
)
def test_a_page_that_nobody_has_seen_yet_is_a_prefetch(headers):
    assert is_prefetch(headers)
    assert kind_of("GET", headers) is Kind.PREFETCH


@pytest.mark.parametrize("headers", [{}, {"Purpose": "preview"}, {"Sec-Purpose": ""}, {"X-Moz": "livebookmarks"}])
def test_anything_else_is_no_prefetch(headers):
    assert not is_prefetch(headers)
    assert kind_of("GET", headers) is Kind.ENTER


@pytest.mark.parametrize(
    ("method", "headers", "kind"),
    [
        ("GET", {}, Kind.ENTER),
        ("POST", {}, Kind.ENTER),
        ("GET", RESTORE, Kind.BACK),
        ("GET", {**RESTORE, "X-Nav-Direction": "back"}, Kind.BACK),
        ("GET", {**RESTORE, "X-Nav-Direction": "forward"}, Kind.FORWARD),
        ("GET", {**HTMX, **RESTORE}, Kind.BACK),
        ("GET", HTMX, Kind.BACKGROUND),
        ("HEAD", HTMX, Kind.BACKGROUND),
        ("GET", {**HTMX, "X-Nav-Seq": "7"}, Kind.ENTER),
        ("POST", HTMX, Kind.ENTER),
        ("GET", {"Cache-Control": "max-age=0"}, Kind.RELOAD),
        ("GET", {"Cache-Control": "no-cache"}, Kind.RELOAD),
        ("GET", {"Cache-Control": "only-if-cached"}, Kind.ENTER),
        ("POST", {"Cache-Control": "max-age=0"}, Kind.ENTER),
        ("GET", {**RESTORE, "Sec-Purpose": "prefetch"}, Kind.PREFETCH),
    ],
)
def test_the_kind_of_an_arrival(method, headers, kind):
    assert kind_of(method, headers) is kind


USUAL = [
    {},
    {"Cache-Control": "max-age=0"},
    {"Cache-Control": "no-cache"},
    {"Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Mode": "cors"},
    {"Accept": "text/html"},
    {"Accept": "application/json", "X-Nav-Seq": "7", "X-Nav-Direction": "back"},
]


@pytest.mark.parametrize("headers", USUAL)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_without_the_unusual_headers_less_has_to_be_looked_at(method, headers):
    assert not set(UNUSUAL) & set(headers)
    assert usual_kind(method, headers) is kind_of(method, headers)
    assert wants_document(headers) is is_shoppers(headers)


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({}, False),
        (HTMX, True),
        ({"HX-Request": "false"}, False),
        ({**HTMX, "HX-Boosted": "true"}, False),
        ({**HTMX, "HX-Boosted": "false"}, True),
        (RESTORE, False),
        ({**HTMX, **RESTORE}, False),
    ],
)
def test_a_fragment_is_for_htmx_that_is_neither_boosted_nor_restoring(headers, fragment):
    assert wants_fragment(headers) is fragment


def test_htmx_and_restore_are_told_by_their_headers():
    assert is_htmx(HTMX)
    assert not is_htmx(RESTORE)
    assert is_restore(RESTORE)
    assert not is_restore(HTMX)


@pytest.mark.parametrize(
    ("headers", "channel"),
    [
        ({}, Channel.DOCUMENT),
        ({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, Channel.DOCUMENT),
        ({"Accept": "*/*"}, Channel.DOCUMENT),
        (HTMX, Channel.HTMX),
        ({**HTMX, "Accept": "application/json"}, Channel.HTMX),
        ({**HTMX, "HX-Boosted": "true"}, Channel.HTMX),
        (RESTORE, Channel.DOCUMENT),
        ({**HTMX, **RESTORE}, Channel.DOCUMENT),
        ({"Accept": "application/json"}, Channel.JSON),
        ({"Accept": "application/problem+json, application/json;q=0.9"}, Channel.JSON),
        ({"Accept": "text/html, application/json"}, Channel.DOCUMENT),
    ],
)
def test_the_channel_that_an_answer_takes(headers, channel):
    assert channel_of(headers) is channel


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({}, Site.UNKNOWN),
        ({"Sec-Fetch-Site": "same-origin"}, Site.OURS),
        ({"Sec-Fetch-Site": "none"}, Site.OURS),
        ({"Sec-Fetch-Site": "cross-site"}, Site.CROSS),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}, Site.CROSS),
        ({"Sec-Fetch-Site": "same-site"}, Site.CROSS),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://evil.shop.example"}, Site.CROSS),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://shop.example:8443"}, Site.OURS),
        ({"Origin": "https://shop.example"}, Site.OURS),
        ({"Origin": "HTTPS://Shop.Example"}, Site.OURS),
        ({"Origin": "http://shop.example"}, Site.CROSS),
        ({"Origin": "https://evil.example"}, Site.CROSS),
        ({"Origin": "null"}, Site.CROSS),
    ],
)
def test_where_a_request_started(headers, site):
    assert site_of(headers, OURS) is site
