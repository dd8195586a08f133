"""Flows, private and public pages, declared by the names of URLs: the views belong to somebody else."""

from __future__ import annotations

import logging
import re

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.messages import get_messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.template import Context, Template
from django.test import AsyncClient
from django.views import View

import tests.toy
from navstate import foreign, registry
from navstate.apps import find_flows
from navstate.checks import check_flows, check_routes
from navstate.declarations import declaration_for, declared_at
from navstate.decorators import PRIVATE, PUBLIC, STAGE, cross_site, private, public_form
from navstate.flow import Flow, Form, Gate, Page
from navstate.request.current import current_nav
from navstate.request.stored_state import Contended
from navstate.tracing import recorder
from tests.toy import navflows, till
from tests.toy.apps import ToyConfig
from tests.toy.visitor import hidden_fields

CONFIGS = list(apps.get_app_configs())


@pytest.fixture(autouse=True)
def _till(_toy):
    registry.register_found(navflows)


def led_to(answer):
    return answer.status_code, answer.headers.get("Location")


def send(visitor, url, *channel, **entered):
    return visitor.send(url, {**visitor.form(url), **entered}, *channel)


def go_to_preview(visitor):
    send(visitor, "/till/")
    assert led_to(send(visitor, "/till/address/", street="Elm")) == (302, "/till/preview/")


def test_a_stage_ahead_leads_to_the_first_that_is_not_done(visitor):
    assert led_to(visitor.get("/till/preview/")) == (303, "/till/")
    send(visitor, "/till/")
    assert led_to(visitor.get("/till/preview/")) == (303, "/till/address/")
    assert visitor.get("/till/address/").status_code == 200


def test_a_form_whose_view_leads_on_is_accepted(visitor):
    go_to_preview(visitor)
    assert visitor.get("/till/preview/").status_code == 200


@pytest.mark.parametrize(("street", "status"), [("", 200), ("again", 302)], ids=["drawn again", "led back to itself"])
def test_a_form_whose_view_shows_it_again_is_not(visitor, street, status):
    send(visitor, "/till/")
    assert send(visitor, "/till/address/", street=street).status_code == status
    assert led_to(visitor.get("/till/preview/")) == (303, "/till/address/")


def test_its_forms_carry_what_they_were_drawn_from(visitor):
    send(visitor, "/till/")
    page = visitor.get("/till/address/")
    assert hidden_fields(page).keys() >= {"nav_attempt", "nav_seen", "nav_was"}
    text = page.content.decode()
    assert text.count('name="nav_seen"') == 1
    assert 'data-nav-stage="address"' in text
    assert "navstate/navstate.js" in text
    assert "navstate/automatic.js" in text, "it asks for itself"


def test_a_change_elsewhere_is_named_by_labels_and_formats(visitor):
    go_to_preview(visitor)
    form = visitor.form("/till/preview/")
    send(visitor, "/till/")
    page = visitor.send("/till/preview/", form)
    text = page.content.decode()
    assert page.status_code == 409
    assert "In the basket" in text
    assert "has changed" in text
    assert "[" not in text.partition("<tbody>")[2].partition("</tbody>")[0], "no raw list is shown to a shopper"
    assert "<del>3 euros</del></td><td><ins>6 euros</ins>" in text


def test_a_signal_closes_the_attempt_and_twins_are_led_to_the_outcome(visitor):
    go_to_preview(visitor)
    form = visitor.form("/till/preview/")
    assert led_to(visitor.send("/till/preview/", form)) == (302, "/till/thanks/")
    assert led_to(visitor.send("/till/preview/", form)) == (303, "/till/thanks/")
    assert led_to(visitor.get("/till/preview/")) == (303, "/till/thanks/")
    assert visitor.get("/till/thanks/").status_code == 200


def test_whoever_takes_something_again_orders_again(visitor):
    go_to_preview(visitor)
    first = send(visitor, "/till/preview/")
    go_to_preview(visitor)
    assert led_to(send(visitor, "/till/preview/")) == led_to(first) == (302, "/till/thanks/")


def test_nothing_is_closed_by_an_answer_that_failed(visitor):
    go_to_preview(visitor)
    visitor.send("/till/preview/?fails=1", visitor.form("/till/preview/"))
    assert visitor.get("/till/preview/").status_code == 200


def test_a_write_that_lost_costs_the_visitor_no_error(visitor, monkeypatch, caplog):
    send(visitor, "/till/")

    def lose(*args, **kwargs):
        raise Contended("8 writes lost")

    monkeypatch.setattr(foreign, "_accept", lose)
    with caplog.at_level(logging.ERROR):
        assert send(visitor, "/till/address/", street="Elm").status_code == 302
    assert "was not noted" in caplog.text


def test_a_signal_outside_of_any_request_is_nobodys(visitor):
    current_nav.set(None)
    till.order_placed.send(sender=None, order=till.Order("1"))
    assert visitor.get("/till/").status_code == 200


@pytest.mark.parametrize("channel", ["document", "htmx", "json"])
def test_a_form_that_navstate_did_not_draw_claims_nothing(visitor, channel):
    """A script of the site sends it, or a form of another page: it is decided by where its visitor stands."""
    assert visitor.send("/till/", {}, channel).status_code == 302
    assert visitor.send("/till/preview/", {}, channel).status_code != 302
    assert visitor.send("/till/address/", {"street": "Elm"}).status_code == 302
    assert led_to(visitor.send("/till/preview/", {}, channel)) == (302, "/till/thanks/")


def marks_in(page):
    """What ``<html>`` says of a page, by name: ``{"check": …, "shown": …}``."""
    tag = re.search(r"<html[^>]*>", page.content.decode())[0]
    return {name: re.search(f' data-nav-{name}="([^"]*)"', tag)[1] for name in ("check", "shown")}


def asked_back(visitor, url, before, **headers):
    """The status of what a page gets that asks for itself; ``before``: how it was drawn."""
    return visitor.get(url, **{"X-Nav-Check": marks_in(before)["check"], **headers})


def test_coming_back_its_page_asks_for_itself(visitor):
    """The token of its form is another one each time, and says nothing."""
    send(visitor, "/till/")
    page = visitor.get("/till/")
    same = asked_back(visitor, "/till/", page)
    assert (same.status_code, same.headers["X-Nav-Shown"]) == (304, marks_in(page)["shown"])
    send(visitor, "/till/")
    other = asked_back(visitor, "/till/", page)
    assert (other.status_code, marks_in(other)) == (200, marks_in(visitor.get("/till/")))


def test_coming_back_where_its_visitor_may_not_be(visitor):
    """The check says that it redirects; only who goes there is told why."""
    go_to_preview(visitor)
    page = visitor.get("/till/preview/")
    visitor.lose_session()
    assert asked_back(visitor, "/till/preview/", page).status_code == 204
    assert "basket" in visitor.client.get("/till/preview/", follow=True).content.decode()


def test_it_is_not_said_that_its_input_is_kept(visitor):
    """It is, but only the view of somebody else could show it."""
    send(visitor, "/till/")
    sent = {**visitor.form("/till/address/"), "street": "Elm"}
    visitor.lose_session()
    answer = visitor.send("/till/address/", sent)
    (said,) = get_messages(answer.wsgi_request)
    assert str(said) == "Your visit had ended. Please look, and do it again."


def test_a_page_that_is_refused_in_the_event_loop_loads_no_account(visitor, settings):
    """Nothing has read it by then, and there nothing may."""
    settings.NAVSTATE = {"private": ["guestbook-write"]}

    async def send_from_elsewhere():
        client = AsyncClient(raise_request_exception=True)
        headers = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example", "accept": "text/html"}
        client.cookies["sessionid"] = "a" * 32  # to read it is a query
        return await client.post("/guestbook/write/", {"text": "x"}, headers=headers)

    assert async_to_sync(send_from_elsewhere)().status_code == 403


def test_coming_back_is_traced_as_a_check(visitor, settings, monkeypatch):
    settings.NAVSTATE_TRACE = 1.0
    noted = []
    monkeypatch.setattr(recorder.recorder, "put", noted.append)
    send(visitor, "/till/")
    page = visitor.get("/till/")
    noted.clear()
    asked_back(visitor, "/till/", page, **{"X-Nav-Direction": "back"})
    send(visitor, "/till/")
    asked_back(visitor, "/till/", page)
    checks = [each for each in noted if each.hints.deed == "check"]
    assert [(each.asked, each.held.status, each.hints.kind) for each in checks] == [
        ("basket", 204, "back"),
        ("basket", 200, "return"),
    ]
    assert len(noted) == len(checks) + 2, "and the form that was loaded and sent, but no page of a check"


def test_the_route_cannot_tell_of_such_a_page(visitor):
    """A program that asks by its address is told to load it."""
    send(visitor, "/till/")
    shown = marks_in(visitor.get("/till/"))["shown"]
    assert visitor.get(f"/api/route?rid=/till/&rev={shown}").json() == {"go": "/till/", "how": "reload"}


def test_its_page_is_marked_where_the_scripts_are_left_out(visitor, settings):
    settings.NAVSTATE_SCRIPTS = False
    text = visitor.get("/till/").content.decode()
    assert 'data-nav-stage="basket"' in text
    assert "navstate.js" not in text


def test_a_form_is_accepted_in_the_event_loop_too(visitor):
    async def send_there():
        client = AsyncClient()
        await client.post("/till/")
        await client.post("/till/address/", {"street": "Elm"})
        return await client.get("/till/preview/")

    assert async_to_sync(send_there)().status_code == 200


# --- navstate's own pages -------------------------------------------------------------------------------------------


def conflict(visitor):
    go_to_preview(visitor)
    form = visitor.form("/till/preview/")
    send(visitor, "/till/")
    return visitor.send("/till/preview/", form)


def without_processor(templates):
    options = templates[0]["OPTIONS"]
    kept = [each for each in options["context_processors"] if "navstate" not in each]
    return [{**templates[0], "OPTIONS": {**options, "context_processors": kept}}]


def test_a_project_needs_no_context_processor_for_them(visitor, settings):
    settings.TEMPLATES = without_processor(settings.TEMPLATES)
    page = conflict(visitor)
    assert page.status_code == 409
    assert hidden_fields(page).keys() >= {"nav_attempt", "nav_seen", "nav_was"}
    visitor.start()
    assert 'data-nav-stage="form"' in visitor.get("/loan/form/").content.decode(), "nor for the tags in its own"


def test_they_extend_the_template_of_the_project(visitor, settings):
    settings.NAVSTATE_BASE_TEMPLATE = "toy/layout.html"
    text = conflict(visitor).content.decode()
    assert "<footer>The toy</footer>" in text
    assert "In the basket" in text


def test_a_tag_outside_of_any_request_says_what_it_needs():
    with pytest.raises(ImproperlyConfigured, match="tags need"):
        Template("{% load nav %}{% nav_fields %}").render(Context({}))


# --- the setting ----------------------------------------------------------------------------------------------------


def test_pages_are_private_or_public_by_name(visitor, settings):
    settings.NAVSTATE = {"private": ["till:h*"], "public": ["guestbook-hours"]}
    page = visitor.get("/till/help/")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert asked_back(visitor, "/till/help/", page).status_code == 304
    assert "nav_generation" in page.content.decode()
    assert visitor.get("/guestbook/hours/").headers["Cache-Control"] == "public, no-cache"
    assert [declared_at(path).cache for path in ("/till/help/", "/till/", "/guestbook/hours/", "/guestbook/")] == [
        PRIVATE,
        STAGE,
        PUBLIC,
        "",
    ]


def test_other_sites_may_send_to_what_is_named(visitor, settings):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://bank.example"}
    assert visitor.send("/guestbook/write/", {"text": "x"}, **headers).status_code == 403
    settings.NAVSTATE = {"cross_site": ["guestbook-write"]}
    assert visitor.send("/guestbook/write/", {"text": "x"}, **headers).status_code == 302


def test_a_decorator_wins(settings):
    settings.NAVSTATE = {"public": ["a"], "cross_site": ["a"]}
    declared = declaration_for(private(lambda request: HttpResponse()), "a")
    assert (declared.cache, declared.is_cross_site, declared.is_by_name) == (PRIVATE, True, False)
    assert declaration_for(lambda request: HttpResponse(), "").cache == ""


@pytest.mark.parametrize(
    ("named", "ids"),
    [
        ({"private": ["guestbook", "till:*"]}, []),
        ({"private": ["no-such-page"]}, ["navstate.E012"]),
        ({"privat": ["guestbook"]}, ["navstate.E012"]),
    ],
)
def test_what_is_no_key_and_no_url_stops_the_start(settings, named, ids):
    settings.NAVSTATE = named
    assert [problem.id for problem in check_routes()] == ids


# --- registering ----------------------------------------------------------------------------------------------------


def test_flows_are_found_in_navflows_of_each_app(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(apps, "get_app_configs", lambda: [ToyConfig("tests.toy", tests.toy), *CONFIGS])
    find_flows()
    assert registry.flow_names() == ("till",)
    registered = registry.get("till")
    registry.register_found(navflows)
    assert registry.get("till") is registered, "what a module has registered itself stays"
    assert check_flows() == []


def test_a_flow_without_facts_is_no_flow():
    with pytest.raises(ValueError, match="no facts"):
        registry.register(Flow(name="f", stages=(Page("a"),)))


def test_a_closed_attempt_without_a_page_for_it_leads_to_the_top():
    flow = Flow(name="f", stages=(Page("home"),), facts=lambda request: {})
    registry.register(flow)
    assert registry.get("f").outcome_url(None, "x") == "/"


def test_an_outcome_may_be_the_argument_of_its_address():
    assert registry.outcome_url_of(registry.get("loan").flow, "t") == "/loan/done/t/"


def test_stages_are_called_as_their_urls_are():
    assert [stage.name for stage in (Gate("a:b:cart", "lines"), Form("pay", reads=["total"]), Page("x", name="y"))] == [
        "cart",
        "pay",
        "y",
    ]
    assert Gate("cart", "lines").holds({}) is False


# --- decorators on classes ------------------------------------------------------------------------------------------


def test_a_decorator_on_a_class_holds_for_all_its_views():
    decorated = private(type("Mine", (View,), {}))
    assert declaration_for(decorated.as_view(), "mine").cache == PRIVATE
    assert declaration_for(type("Other", (decorated,), {}).as_view(), "other").cache == PRIVATE


@pytest.mark.parametrize("decorator", [cross_site, public_form])
def test_a_class_is_left_out_of_the_csrf_check_by_its_dispatch(decorator):
    decorated = decorator(type("Hook", (View,), {}))
    assert decorated.as_view().csrf_exempt


@pytest.mark.parametrize("thing", [object, int, "a view", None])
def test_a_decorator_on_what_is_no_view_raises(thing):
    with pytest.raises(TypeError, match="is no view"):
        private(thing)
