"""R9: what a page that comes back is told. A page shows itself by the mark on its ``<html>``."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template import Context, Template
from django.template.response import TemplateResponse
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import clear_url_caches, path

from navstate.models import NavRecord
from navstate.revalidation.page_version import says_the_same, version_of
from navstate.revalidation.rendering import render_page
from tests.toy import flows, views
from tests.toy.visitor import Visitor

NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

urlpatterns = [path("alone/", views.own)]

ROOT = re.compile(r"<html([^>]*)>")


def mark(visitor: Visitor, url: str) -> str:
    """The mark of the page at ``url``, drawn now."""
    page = visitor.get(url)
    assert page.status_code == 200, (url, page.status_code)
    attributes = dict(re.findall(r'data-nav-([\w-]+)="([^"]*)"', ROOT.search(page.content.decode())[1]))
    assert attributes["route"] == "/api/route"
    return attributes["shown"]


def ask(visitor: Visitor, rid: str, rev: str):
    return visitor.client.get("/api/route", {"rid": rid, "rev": rev})


def way(visitor: Visitor, rid: str, rev: str, status: int = 200) -> tuple[str, str]:
    answer = ask(visitor, rid, rev)
    assert answer.status_code == status, answer.status_code
    said = json.loads(answer.content)
    return said["how"], said["go"]


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


@pytest.mark.parametrize("rid", ["/loan/form/", "/loan/form/?from=start", "form", "loan.form"])
def test_a_page_that_is_still_true_stays(visitor, rid):
    visitor.start()
    answer = ask(visitor, rid, mark(visitor, "/loan/form/"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_revision_alone_is_compared_alone(visitor):
    visitor.ask()
    assert ask(visitor, "form", "2").status_code == 204
    assert way(visitor, "form", "1") == ("reload", "/loan/form/")
    assert way(visitor, "form", "") == ("reload", "/loan/form/")


def test_a_stage_whose_facts_changed_is_drawn_again(visitor):
    visitor.ask()
    shown = mark(visitor, "/loan/form/")
    flows.change("a0", amount=3)
    assert way(visitor, "/loan/form/?from=start", shown) == ("reload", "/loan/form/?from=start")


def test_so_is_one_from_before_an_accepted_change(visitor):
    visitor.start()
    shown = mark(visitor, "/loan/start/")
    visitor.send("/loan/form/", {**visitor.form("/loan/form/"), "amount": "5", "purpose": "x"})
    assert way(visitor, "/loan/start/", shown) == ("reload", "/loan/start/")


def test_a_stage_ahead_of_the_frontier_leads_to_it(visitor):
    visitor.ask()
    visitor.prove()
    shown = mark(visitor, "/loan/confirm/")
    flows.change("a0", amount=3000)
    assert way(visitor, "/loan/confirm/", shown) == ("replace", "/loan/form/")


def test_a_closed_attempt_leads_to_its_outcome(visitor):
    visitor.ask(amount="500")
    shown = mark(visitor, "/loan/confirm/")
    visitor.send("/loan/confirm/", visitor.form("/loan/confirm/"))
    assert way(visitor, "/loan/confirm/", shown) == ("replace", "/loan/done/a0/")


def test_a_stage_without_an_address_of_its_own_is_known_by_name(visitor):
    assert way(visitor, "done", "7") == ("reload", "")


def test_another_flow_and_its_login(visitor):
    visitor.send("/desk/login/", {"name": "ada"})
    shown = mark(visitor, "/desk/note/")
    assert ask(visitor, "/desk/note/", shown).status_code == 204
    assert way(visitor, "/desk/login/", "0") == ("replace", "/desk/note/")
    visitor.lose_session()
    assert way(visitor, "/desk/note/", shown) == ("login", "/desk/login/")


def test_a_page_drawn_for_an_account_that_is_gone_leads_to_the_login(visitor, ada):
    visitor.client.force_login(ada)
    visitor.start()
    stage, private = mark(visitor, "/loan/form/"), mark(visitor, "/own/")
    visitor.client.logout()
    assert way(visitor, "/loan/form/", stage) == ("login", "/desk/login/")
    assert way(visitor, "/own/", private) == ("login", "/desk/login/")


def test_without_a_login_it_is_decided_as_ever(visitor, ada):
    flows.registry.unregister("desk")
    visitor.client.force_login(ada)
    private = mark(visitor, "/own/")
    visitor.client.logout()
    assert way(visitor, "/own/", private) == ("reload", "/own/")


def test_a_page_drawn_for_another_account_is_drawn_again(visitor, ada):
    visitor.client.force_login(ada)
    shown = mark(visitor, "/own/")
    assert ask(visitor, "/own/", shown).status_code == 204
    visitor.client.force_login(get_user_model().objects.create_user("bob"))
    assert way(visitor, "/own/", shown) == ("reload", "/own/")
    assert "ada" not in shown
    assert str(ada.pk) not in shown.split(".")


def test_a_guests_private_page_is_current_for_a_guest(visitor):
    assert ask(visitor, "/own/", mark(visitor, "/own/")).status_code == 204


def test_a_public_page_is_current(visitor):
    assert ask(visitor, "/", "").status_code == 204
    assert "data-nav-shown" not in visitor.get("/").content.decode()


@pytest.mark.parametrize(
    ("rid", "parent"),
    [
        ("", "/"),
        ("nowhere", "/"),
        ("loan.nowhere", "/"),
        ("elsewhere.form", "/"),
        ("/own/gone/for/good/", "/own/"),
        ("/loan/gone/", "/"),
        ("/undeclared/", "/"),
        ("//evil.example/own/", "/"),
        ("/" + "a/" * 2000, "/"),
    ],
)
def test_what_is_unknown_falls_back_to_the_nearest_parent(visitor, rid, parent):
    assert way(visitor, rid, "1", status=404) == ("replace", parent)


def test_asking_writes_nothing_and_renews_nothing(visitor):
    visitor.ask()
    stored = lambda: [*NavRecord.objects.values_list(), *Session.objects.values_list()]  # noqa: E731
    before = stored()
    with CaptureQueriesContext(connection) as queries:
        answer = ask(visitor, "/loan/form/", "0")
    assert answer.status_code == 200
    assert all(query["sql"].startswith("SELECT") for query in queries)
    assert stored() == before
    assert not answer.cookies
    assert visitor.client.post("/api/route").status_code == 405


def test_pages_are_not_checked_where_nothing_answers(visitor):
    with override_settings(ROOT_URLCONF="tests.toy.test_route"):
        clear_url_caches()
        page = visitor.get("/alone/").content.decode()
    clear_url_caches()
    assert "data-nav-shown" not in page


def test_an_answer_after_a_change_says_so(visitor):
    changed = visitor.send("/loan/start/", {})
    assert changed.headers["X-Nav-Changed"] == "1"
    assert "X-Nav-Changed" not in visitor.get("/loan/form/").headers


def test_outside_any_request_there_is_no_mark():
    assert Template("{% load nav %}<html{% nav_attributes %}>").render(Context({})) == "<html>"


# --- The page that is drawn to be compared ----------------------------------------------------------------------------


def test_n2_whatever_a_template_shows_is_compared(visitor, monkeypatch):
    visitor.ask()
    shown, private = mark(visitor, "/loan/form/"), mark(visitor, "/own/")
    assert ask(visitor, "/loan/form/", shown).status_code == ask(visitor, "/own/", private).status_code == 204
    monkeypatch.setattr(views.LoanForm.base_fields["purpose"], "label", "What for?")
    assert way(visitor, "/loan/form/", shown) == ("reload", "/loan/form/")
    assert ask(visitor, "/own/", private).status_code == 204
    monkeypatch.setattr(views, "render", lambda *args, **options: HttpResponse("other words"))
    assert way(visitor, "/own/", private) == ("reload", "/own/")


def test_n2_the_page_of_what_changed_is_compared_and_led_on_when_its_twin_was_taken(visitor):
    visitor.ask()
    stale = visitor.form("/loan/form/")
    flows.change("a0", amount=3)
    sent = {**stale, "amount": "5", "purpose": "x"}
    refused = visitor.send("/loan/form/", sent, **NAVIGATES).headers["Location"]
    page = visitor.get(refused)
    shown = re.search(r'data-nav-shown="([^"]*)"', page.content.decode())[1]
    assert ask(visitor, refused, shown).status_code == 204
    flows.change("a0", amount=4)
    assert way(visitor, refused, shown) == ("reload", refused)


@pytest.mark.parametrize("error", [Http404, PermissionDenied])
def test_n2_a_page_that_is_gone_or_forbidden_is_asked_for(visitor, monkeypatch, error):
    private = mark(visitor, "/own/")

    def refuse(*args, **options):
        raise error

    monkeypatch.setattr(views, "render", refuse)
    assert way(visitor, "/own/", private) == ("reload", "/own/")


def test_n2_a_page_that_leads_on_is_followed_and_one_that_is_drawn_late_is_drawn(visitor, monkeypatch):
    private = mark(visitor, "/own/")
    late = lambda request, template: TemplateResponse(request, template)  # noqa: E731
    monkeypatch.setattr(views, "render", late)
    assert ask(visitor, "/own/", private).status_code == 204
    monkeypatch.setattr(views, "render", lambda *args: HttpResponseRedirect("/mine/"))
    assert way(visitor, "/own/", private) == ("replace", "/mine/")
    monkeypatch.setattr(views, "render", lambda *args: StreamingHttpResponse(["streamed"]))
    assert way(visitor, "/own/", private) == ("reload", "/own/")
    assert visitor.get("/own/").status_code == 200


def test_n2_a_page_without_an_address_is_never_drawn(visitor, rf):
    assert render_page(rf.get("/"), "/no/such/page/", None) is None


def test_n2_a_revision_alone_says_nothing_of_a_private_page(visitor):
    assert way(visitor, "/own/", "0") == ("reload", "/own/")


def test_n3_who_is_led_on_finds_the_sentence_that_says_why_there(visitor):
    visitor.ask()
    visitor.prove()
    shown = mark(visitor, "/loan/confirm/")
    flows.change("a0", amount=3000)
    assert way(visitor, "/loan/confirm/", shown) == ("replace", "/loan/form/")
    page = visitor.get("/loan/form/").content.decode()
    assert "Tell us the amount first." in page
    assert ask(visitor, "/loan/form/", re.search(r'data-nav-shown="([^"]*)"', page)[1]).status_code == 204, "apart"


def test_n2_what_is_not_part_of_a_page_is_left_out_of_its_version():
    page = b'<html a=%d><p>words</p><!--nav:apart-->%d<!--/nav:apart--><input name="csrfmiddlewaretoken" value="%d">'
    assert version_of(page % (1, 2, 3)) == version_of(page % (4, 5, 6))
    assert version_of(page.replace(b"words", b"other") % (1, 2, 3)) != version_of(page % (1, 2, 3))


@pytest.mark.parametrize(
    ("shown", "same"), [("3", True), ("4", False), ("3.x.c.a", True), ("3.x.d.a", False), ("3.x", False)]
)
def test_n2_marks_are_compared_but_for_the_page(shown, same):
    assert says_the_same(shown, "3.y.c.a") is same
