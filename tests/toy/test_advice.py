"""Under DEBUG a page says in the console what it lacks; what can be put in is put in."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import NoReverseMatch, include, path

from navstate.decorators import private, stage
from tests.toy.visitor import hidden_fields

ADVICE = re.compile(r'<script src="/static/navstate/advice.js" data-advice="([^"]*)"')
SCRIPTED = '<link rel="stylesheet" href="/static/navstate/navstate.css">'
FORM = '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="x"><button>Go</button></form>'


def page(*, head="", marks="", body="<main></main>"):
    return HttpResponse(f"<!doctype html><html{marks}><head>{head}</head><body>{body}</body></html>")


@private
def bare(request):
    return page(body="<p>No main</p>")


@private
def unmarked(request):
    return page(head=SCRIPTED)


@private
def mainless(request):
    return page(head=SCRIPTED, marks=' data-nav-route="/api/route"', body="<p>No main</p>")


@private
def streamed(request):
    return StreamingHttpResponse(["<!doctype html><html></html>"])


@stage("loan", "form")
def fieldless(request):
    return page(head=SCRIPTED, marks=' data-nav-stage="form"', body=f"<main>{FORM}</main>")


urlpatterns = [
    path("", include("tests.toy.urls")),
    *(path(f"{view.__name__}/", view) for view in (bare, unmarked, mainless, streamed, fieldless)),
]


def advice_in(response):
    found = ADVICE.search(response.content.decode())
    return json.loads(html.unescape(found[1])) if found else []


@pytest.fixture
def developer(visitor, settings):
    settings.ROOT_URLCONF, settings.DEBUG = __name__, True
    return visitor


def test_a_page_of_somebody_else_s_template_lacks_nothing(developer):
    """It is marked by the middleware, and compared as a whole."""
    response = developer.get("/bare/")
    assert advice_in(response) == []
    assert b"data-nav-check" in response.content


def test_a_page_that_includes_the_scripts_and_has_no_marks_is_given_them(developer):
    response = developer.get("/unmarked/")
    assert b"data-nav-check" in response.content
    assert response.content.count(b"navstate.css") == 1


def test_a_page_of_its_own_template_needs_a_main(developer):
    (sentence,) = advice_in(developer.get("/mainless/"))
    assert "no <main>" in sentence


def test_it_is_the_developer_who_is_told(developer, settings):
    settings.DEBUG = False
    assert advice_in(developer.get("/mainless/")) == []


def test_where_the_scripts_are_left_out(developer, settings):
    settings.NAVSTATE_SCRIPTS = False
    (sentence,) = advice_in(developer.get("/guestbook/"))
    assert "NAVSTATE_SCRIPTS" in sentence


def test_where_nobody_can_be_asked(developer, monkeypatch):
    def find(name):
        raise NoReverseMatch(name)

    monkeypatch.setattr("navstate.advice.address_of", find)
    (sentence,) = advice_in(developer.get("/guestbook/"))
    assert "URLconf" in sentence


def test_a_stream_is_left_alone(developer):
    assert b"".join(developer.get("/streamed/")) == b"<!doctype html><html></html>"


def test_a_form_of_a_stage_is_given_what_it_says_of_itself(developer):
    """R4 for a decorated view whose template has no ``{% nav_fields %}``."""
    developer.start()
    assert hidden_fields(developer.get("/fieldless/")).keys() >= {"nav_attempt", "nav_seen", "nav_was"}
