"""R6-R8, R10, R19: headers of every cache class, whole documents and fragments, light context, the language of a path."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.urls import set_script_prefix
from django.utils import translation

from navstate.http import redirect_with_history, with_context
from navstate.languages import language_in
from navstate.middleware import LanguageFromPathMiddleware
from navstate.request.query_context import read_context
from tests.toy.visitor import HTMX, JSON

BOOSTED = {**HTMX, "HX-Boosted": "true"}
RESTORE = {"HX-History-Restore-Request": "true"}


# --- R7 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "whole"),
    [({}, True), (BOOSTED, True), (RESTORE, True), ({**HTMX, **RESTORE}, True), (JSON, True), (HTMX, False)],
    ids=["plain", "boosted", "restore", "restore of htmx 2", "JSON", "htmx"],
)
@pytest.mark.parametrize("url", ["/", "/loan/start/"])
def test_one_url_is_one_document_but_for_htmx_that_asks_for_a_fragment(visitor, url, headers, whole):
    page = visitor.get(url, **headers)
    assert ("<html" in page.content.decode()) is whole
    assert "HX-Request" in page.headers["Vary"]
    if not whole:
        assert "no-store" in page.headers["Cache-Control"]


# --- R8 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "cache"),
    [
        ("/", "public, no-cache"),
        ("/quick/", "public, no-cache"),
        ("/?status=404", "no-store"),
        ("/mine/", "private, no-store"),
        ("/loan/start/", "private, no-store"),
        ("/loan/form/", "no-store"),
        ("/desk/login/", "private, no-store"),
    ],
    ids=["public", "public, async", "public error", "private", "stage", "redirect", "stage, async"],
)
def test_each_cache_class_has_its_header(visitor, url, cache):
    assert visitor.get(url).headers["Cache-Control"] == cache


def test_a_view_that_declares_nothing_is_left_alone(visitor):
    answer = visitor.get("/undeclared/")
    assert "Cache-Control" not in answer.headers
    assert "Vary" not in answer.headers


def test_a_public_page_reads_no_session_and_sets_no_cookie(visitor, django_assert_num_queries):
    visitor.start()
    with django_assert_num_queries(0):
        answer = visitor.get("/")
    assert not answer.cookies
    assert "Cookie" not in answer.headers["Vary"]


def test_a_conflict_is_stored_nowhere(visitor):
    visitor.start()
    answer = visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "nav_seen": "old"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (409, "private, no-store")


@pytest.mark.parametrize("stage", ["start", "form"])
def test_a_redirect_inside_a_flow_is_a_303_whatever_the_method(visitor, stage):
    assert visitor.send(f"/loan/{stage}/", {}).status_code == 303


# --- R6 -------------------------------------------------------------------------------------------------------------


def redirect(headers, **how):
    return redirect_with_history(RequestFactory().post("/x/", headers=headers), "/to/", **how)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, {"push": "true"}),
        ({"replace": True}, {"replace": "true"}),
        ({"state": {"from": "cart", "step": 2}}, {"push": "true", "path": "/to/?from=cart&step=2"}),
    ],
    ids=["push", "replace", "state"],
)
def test_htmx_is_sent_on_by_a_location_that_pushes_or_replaces(how, expected):
    answer = redirect(HTMX, **how)
    location = {"path": "/to/", "target": "#main", "select": "#main", "swap": "outerHTML", **expected}
    assert json.loads(answer.headers["HX-Location"]) == location
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_htmx_leaves_the_page_where_the_layout_changes():
    answer = redirect(HTMX, full=True, replace=True)
    assert answer.headers["HX-Redirect"] == "/to/"
    assert "HX-Location" not in answer.headers


@pytest.mark.parametrize("how", [{}, {"replace": True}, {"full": True}, {"created": True}])
@pytest.mark.parametrize("headers", [{}, RESTORE], ids=["plain", "restore"])
def test_a_document_is_sent_on_by_a_303_that_is_not_stored(headers, how):
    answer = redirect(headers, **how)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/to/")
    assert answer.headers["Cache-Control"] == "no-store"


def test_json_is_told_where_to_go():
    assert (redirect(JSON).status_code, json.loads(redirect(JSON).content)) == (200, {"url": "/to/"})
    assert redirect(JSON, created=True).status_code == 201


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/to/", "/to/?step=1&ref=a"),
        ("/to/?x=1", "/to/?x=1&step=1&ref=a"),
        ("https://pay.example/a?b#c", "https://pay.example/a?b&step=1&ref=a#c"),
    ],
)
def test_context_joins_the_query(url, expected):
    assert with_context(url, {"step": 1, "ref": "a"}) == expected


# --- R10 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "context"),
    [
        ({"from": "form", "step": "2", "ref": "promo_2024"}, {"from": "form", "step": 2, "ref": "promo_2024"}),
        ({"from": "elsewhere"}, {}),
        ({"step": "0"}, {}),
        ({"step": "20"}, {"step": 20}),
        ({"step": "21"}, {}),
        ({"step": "-1"}, {}),
        ({"step": "٣"}, {}),
        ({"step": "001"}, {}),
        ({"ref": "a" * 40}, {"ref": "a" * 40}),
        ({"ref": "a" * 41}, {}),
        ({"ref": "a b"}, {}),
        ({"ref": "<b>"}, {}),
        ({"other": "x"}, {}),
    ],
)
def test_light_context_is_validated_and_what_is_unknown_dropped(query, context):
    assert read_context(query, frozenset({"form"})) == context


def test_context_and_attributes_reach_the_page_escaped(visitor):
    page = visitor.get("/?from=upload&step=3&ref=%3Cb%3E").content.decode()
    assert '<html data-nav-from="upload" data-nav-step="3" data-nav-sort="&lt;name&gt;" data-nav-page="2">' in page


def test_a_template_outside_any_request_has_no_attributes():
    template = Template("{% load nav %}<html{% nav_attributes %}>")
    assert template.render(Context({})) == "<html>"


def test_a_page_outside_flows_has_no_trail(visitor, rf):
    request = rf.get("/")
    text = "{% load nav %}{% nav_trail as trail %}[{{ trail|length }}]"
    with translation.override("en"):
        assert engines["django"].from_string(text).render({}, request) == "[0]"


def test_the_same_page_in_another_language():
    template = Template("{% load nav %}{% other_language_url 'zh-hans' '/quick/?a=1' %}")
    assert template.render(Context({})) == "/quick/?a=1", "the toy has one language"


# --- R19 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/", "en"),
        ("/zh-hans/", "zh-hans"),
        ("/zh-hans", "zh-hans"),
        ("/zh/", "en"),
        ("/cart/zh-hans/", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_in_the_path_and_nowhere_else(path, language):
    assert language_in(path) == language


def test_other_languages_are_known_as_soon_as_they_are_set(settings):
    assert language_in("/de/") == "en"
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    assert [language_in(path) for path in ("/de/", "/zh-hans/", "/")] == ["de", "en", "en"]
    settings.LANGUAGE_CODE = "de"
    assert language_in("/") == "de"


def test_a_site_below_a_prefix_has_its_language_behind_it():
    set_script_prefix("/shop/")
    try:
        assert language_in("/shop/zh-hans/cart/") == "zh-hans"
    finally:
        set_script_prefix("/")


def test_neither_a_header_nor_a_cookie_changes_the_language():
    spoken = []

    def view(request):
        spoken.append((translation.get_language(), request.LANGUAGE_CODE))
        return HttpResponse()

    middleware = LanguageFromPathMiddleware(view)
    factory = RequestFactory(headers={"Accept-Language": "zh-hans"})
    with translation.override("en"):
        middleware(factory.get("/quick/"))
        answer = middleware(factory.get("/zh-hans/quick/"))
    assert spoken == [("en", "en"), ("zh-hans", "zh-hans")]
    assert "Vary" not in answer.headers
