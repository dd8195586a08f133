"""R15: requests of other sites, strict flows, public forms without a token, stale tokens."""

from __future__ import annotations

import pytest
from django.urls import clear_script_prefix, set_script_prefix
from django.utils import translation

from tests.toy.flows import APPLICATIONS
from tests.toy.visitor import CHANNELS, HTMX, JSON, LOAN, Visitor, hidden_fields

CROSS = {"Sec-Fetch-Site": "cross-site"}
OURS = {"Sec-Fetch-Site": "same-origin"}
UNSAFE = ["post", "put", "patch", "delete"]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("url", ["/loan/start/", "/subscribe/", "/form/", "/undeclared/", "/desk/login/"])
def test_an_unsafe_request_of_another_site_is_refused_whatever_it_is_for(visitor, url, method):
    for headers in (CROSS, {"Origin": "https://evil.example"}):
        assert getattr(visitor.client, method)(url, headers=headers).status_code == 403
    assert not APPLICATIONS


def test_json_of_another_site_is_refused_in_a_problem_document(visitor):
    answer = visitor.send("/form/", {}, "json", **CROSS)
    assert (answer.status_code, answer.json()["status"]) == (403, 403)


@pytest.mark.parametrize("headers", [CROSS, {"Origin": "https://pay.example"}, {}])
def test_a_hook_takes_what_other_sites_send_without_a_token(headers):
    assert Visitor(checks_csrf=True).send("/hook/", {}, **headers).content == b"heard"


def test_a_link_on_another_site_is_followed(visitor):
    assert visitor.get("/loan/start/", **CROSS).status_code == 200


# --- Public forms ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [OURS, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "none"}])
def test_a_public_form_of_ours_needs_no_token(headers):
    answer = Visitor(checks_csrf=True).send("/subscribe/", {}, **headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_without_a_word_of_the_browser_one_button_asks_and_then_it_is_taken():
    visitor = Visitor(checks_csrf=True)
    page = visitor.send("/subscribe/?list=news", {"email": 'a"b', "many": ["1", "2"]})
    text = page.content.decode()
    assert (page.status_code, page.headers["Cache-Control"]) == (403, "private, no-store")
    assert 'action="/subscribe/?list=news"' in text
    assert 'name="email" value="a&quot;b"' in text
    assert text.count('name="many"') == 2
    assert text.partition("<main")[2].count("<button") == 1
    token = hidden_fields(page)["csrfmiddlewaretoken"]
    answer = visitor.send("/subscribe/?list=news", {"email": "a", "csrfmiddlewaretoken": token})
    assert answer.status_code == 303


def test_a_password_is_never_written_into_the_page_that_asks():
    page = Visitor(checks_csrf=True).send("/subscribe/", {"password1": "hunter2", "name": "ann"})
    text = page.content.decode()
    assert "hunter2" not in text
    assert 'href="/subscribe/"' in text
    assert "<form" not in text


def test_htmx_and_json_without_a_word_of_the_browser():
    visitor = Visitor(checks_csrf=True)
    answer = visitor.send("/subscribe/", {}, "htmx", **{"HX-Current-URL": "/page/"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (403, "/page/")
    assert visitor.send("/subscribe/", {}, "json").json()["status"] == 403


# --- Stage forms carry Django's token as well -----------------------------------------------------------------------


def test_a_stage_form_without_a_token_is_asked_once_more_and_loses_nothing():
    visitor = Visitor(checks_csrf=True)
    page = visitor.send("/loan/form/", LOAN)
    assert page.status_code == 403
    assert {**hidden_fields(page), "csrfmiddlewaretoken": ""} == {**LOAN, "csrfmiddlewaretoken": ""}


def test_a_stage_form_whose_token_a_login_replaced_is_taken_on_the_second_press():
    visitor = Visitor(checks_csrf=True)
    token = visitor.form("/loan/start/")["csrfmiddlewaretoken"]
    visitor.client.cookies["csrftoken"] = "x" * 32
    page = visitor.send("/loan/start/", {"csrfmiddlewaretoken": token})
    assert page.status_code == 403
    fresh = hidden_fields(page)["csrfmiddlewaretoken"]
    assert visitor.send("/loan/start/", {"csrfmiddlewaretoken": fresh}).status_code == 303


def test_a_stage_form_of_another_site_without_a_token_is_refused_plainly():
    page = Visitor(checks_csrf=True).send("/form/", {"secret": "x"}, **CROSS)
    assert page.status_code == 403
    assert "<form" not in page.content.decode()


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_plain_form_without_a_token_is_asked_once_more(channel):
    assert Visitor(checks_csrf=True).send("/form/", {}, channel).status_code == 403


# --- A strict flow --------------------------------------------------------------------------------------------------

HERE = "http://testserver"


def at(path):
    return {"Referer": f"{HERE}{path}"}


@pytest.fixture
def clerk(visitor):
    visitor.send("/desk/login/", {"name": "carl"})
    press(visitor, "/desk/note/", {"note": "all quiet"})
    return visitor


def press(visitor, url, data):
    return visitor.send(url, {**visitor.form(url), **data})


@pytest.mark.parametrize(
    ("referer", "status"),
    [
        ({}, 200),
        (at("/desk/note/"), 200),
        (at("/desk/sign/"), 200),
        (at("/desk/signed/x/"), 200),
        (at("/desk/login/"), 200),
        (at("/"), 403),
        (at("/loan/form/"), 403),
        (at("/no/such/page/"), 403),
        ({"Referer": "https://other.example/"}, 200),
        ({"Referer": "nonsense"}, 200),
    ],
    ids=str,
)
def test_a_strict_flow_refuses_a_referer_that_is_ours_and_no_predecessor(clerk, referer, status):
    assert clerk.get("/desk/sign/", **referer).status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/desk/note/?page=2", 200),
        ("/desk/note", 403),
        ("/loan/start/", 403),
        ("/under/desk/note/", 403),
    ],
)
def test_issue8_a_strict_flow_reads_the_referer_as_a_page_that_comes_back_is_read(clerk, path, status):
    assert clerk.get("/desk/sign/", **at(path)).status_code == status


def test_issue8_a_strict_flow_under_a_prefix_and_in_another_language_knows_its_own_pages(clerk):
    set_script_prefix("/under/")
    try:
        assert clerk.get("/desk/sign/", **at("/under/desk/note/")).status_code == 200
        assert clerk.get("/desk/sign/", **at("/under/loan/form/")).status_code == 403
    finally:
        clear_script_prefix()
    with translation.override("de"):
        assert clerk.get("/desk/sign/", **at("/desk/note/")).status_code == 200


def test_whoever_is_led_past_the_login_is_not_refused_at_the_next_stage(clerk):
    answer = clerk.get("/desk/login/", **at("/"))
    assert answer.headers["Location"] == "/desk/note/"
    assert clerk.get("/desk/note/", **at("/")).status_code == 200


def test_a_guiding_flow_leads_where_a_strict_one_refuses(visitor):
    assert visitor.get("/loan/confirm/", **at("/")).headers["Location"] == "/loan/start/"


@pytest.mark.parametrize("headers", [{}, HTMX, JSON])
def test_a_refusal_is_403_in_every_channel(clerk, headers):
    assert clerk.get("/desk/sign/", **headers, **at("/")).status_code == 403
