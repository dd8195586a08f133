"""What a POST of a browser comes to is shown at an address of its own: such an entry is not sent again by Reload."""

from __future__ import annotations

import time

import pytest

from navstate.rules.arrival import makes_entry
from tests.toy.flows import TERMS, change
from tests.toy.visitor import LOAN, Visitor, hidden_fields
from tests.visits import NAVIGATION

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (NAVIGATION, True),
        ({}, False),
        ({"Accept": "text/html"}, False),
        ({**NAVIGATION, "Sec-Fetch-Mode": "cors"}, False),
        ({**NAVIGATION, "Sec-Fetch-Dest": "iframe"}, False),
        ({**NAVIGATION, "HX-Request": "true"}, False),
        ({**NAVIGATION, "Sec-Purpose": "prefetch"}, False),
    ],
)
def test_who_makes_an_entry(headers: dict[str, str], expected: bool) -> None:
    assert makes_entry(headers) is expected


def test_a_conflict_is_led_to_its_page(visitor) -> None:
    visitor.ask(amount="500")
    sent = visitor.form("/loan/confirm/")
    TERMS["rate"] = 7
    answer = visitor.send("/loan/confirm/", {**sent, "remark": "quick"}, **NAVIGATION)
    assert (answer.status_code, answer["Location"]) == (303, "/loan/confirm/?changed=1")
    for _ in range(2):
        page = visitor.get("/loan/confirm/?changed=1")
        assert (page.status_code, page["Cache-Control"]) == (409, "private, no-store")
        assert "<del>5</del></td><td><ins>7</ins>" in page.content.decode()
        assert hidden_fields(page)["remark"] == "quick"
    assert visitor.get("/loan/confirm/").status_code == 200
    TERMS["rate"] = 5
    assert visitor.get("/loan/confirm/?changed=1").status_code == 200


def test_without_one_the_address_is_that_of_the_stage(visitor) -> None:
    visitor.ask(amount="500")
    assert visitor.get("/loan/confirm/?changed=1").status_code == 200


def refused(settings, **entered: str):
    visitor = Visitor(checks_csrf=True)
    visitor.get("/loan/form/")
    visitor.client.cookies["sessionid"] = "0" * 32
    return visitor, visitor.send("/loan/form/", {**LOAN, **entered}, **NAVIGATION)


def test_a_form_without_its_token_waits_for_one_click(settings, monkeypatch) -> None:
    visitor, answer = refused(settings)
    assert (answer.status_code, answer["Location"]) == (303, "/api/unsent")
    page = visitor.get("/api/unsent")
    assert page.status_code == 200
    assert hidden_fields(page)["purpose"] == "a boat"
    later = time.time() + 601
    monkeypatch.setattr("navstate.request.kept.time.time", lambda: later)
    assert visitor.get("/api/unsent")["Location"] == "/"


def test_what_is_too_long_to_keep_is_asked_for_at_once(settings) -> None:
    assert refused(settings, purpose="b" * 20_000)[1].status_code == 403


def test_so_it_is_where_no_page_waits(settings) -> None:
    settings.ROOT_URLCONF = "tests.toy.without_own"
    assert refused(settings)[1].status_code == 403


def test_a_change_is_not_undone_by_what_is_kept(visitor) -> None:
    """Input that was refused for a change is no input any more once its stage was accepted."""
    visitor.ask(amount="500")
    sent = visitor.form("/loan/form/")
    change("a0", purpose="other")
    assert visitor.send("/loan/form/", {**sent, **LOAN}, **NAVIGATION)["Location"] == "/loan/form/?changed=1"
    page = visitor.get("/loan/form/?changed=1")
    assert visitor.send("/loan/form/", hidden_fields(page), **NAVIGATION).status_code == 303
    assert visitor.get("/loan/form/?changed=1").status_code == 200
