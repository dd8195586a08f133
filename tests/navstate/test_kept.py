"""Input that was refused is kept by one set of rules: how much, how long, for whom; never a secret."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from navstate.expiry.strangers import EXPIRY_KEY, MAX_STRANGER_CHARS, STRANGER_AGE, STRANGER_KEY
from navstate.request import kept as kept_module
from navstate.request.kept import (
    FORMER_KEY,
    KEY,
    MAX_KEPT_CHARS,
    MAX_PAGES,
    PAGE_SECONDS,
    Keeping,
    drop_for_page,
    is_secret,
    is_shown_to,
    keep_for_page,
    kept_for_page,
    owner_mark,
    without_secrets,
)
from navstate.rules.state import Kept

ADA = SimpleNamespace(pk=1, is_authenticated=True)
BOB = SimpleNamespace(pk=2, is_authenticated=True)
INPUT = Kept({"email": ["ada@example.org"]}, errors={"__all__": ["No."]}, action="/login/?next=/", has_secret=True)


class Session(dict):
    session_key: str | None = "s"


def request_for(session: Session, view: str = "login", user: object = None, **kwargs: str):
    request = RequestFactory().post("/anywhere/")
    request.session, request.user = session, user or AnonymousUser()
    request.resolver_match = SimpleNamespace(view_name=view, kwargs=kwargs) if view else None
    return request


def kept_keys(session: Session) -> list[str]:
    return [name for name in session if name.startswith(KEY)]


@pytest.fixture
def clock(monkeypatch):
    """Seconds since the epoch, as this module sees them."""
    now = SimpleNamespace(at=1_000_000.0)
    monkeypatch.setattr(kept_module, "time", SimpleNamespace(time=lambda: now.at))
    return now


def test_it_is_shown_on_its_own_page_as_it_was_kept():
    session = Session()
    assert keep_for_page(request_for(session), INPUT) is Keeping.KEPT
    for _ in range(2):
        assert kept_for_page(request_for(session)) == INPUT
    assert kept_for_page(request_for(session, "register")) is None
    assert kept_for_page(request_for(session, key="of another link")) is None


def test_another_page_may_show_it():
    session = Session()
    keep_for_page(request_for(session), INPUT, page="nav-unsent")
    assert kept_for_page(request_for(session)) is None
    assert kept_for_page(request_for(session, "nav-unsent")) == INPUT


def test_what_no_view_answers_has_no_page_of_its_own():
    session = Session()
    assert kept_for_page(request_for(session, "")) is None


def test_it_is_dropped_once_its_form_is_taken():
    session = Session()
    keep_for_page(request_for(session), INPUT)
    drop_for_page(request_for(session))
    drop_for_page(request_for(session))
    assert kept_keys(session) == []


@pytest.mark.parametrize(
    ("later", "is_there"), [(0, True), (PAGE_SECONDS - 1, True), (PAGE_SECONDS, False), (-1, False)]
)
def test_it_lapses(clock, later: int, is_there: bool):
    session = Session()
    keep_for_page(request_for(session), INPUT)
    clock.at += later
    assert (kept_for_page(request_for(session)) is not None) is is_there


def test_the_newest_pages_stay_each_under_a_key_of_its_own(clock):
    session = Session()
    views = [f"page{number}" for number in range(MAX_PAGES + 1)]
    for view in views:
        clock.at += 1
        keep_for_page(request_for(session, view), INPUT)
    assert [kept_for_page(request_for(session, view)) is not None for view in views] == [False] + [True] * MAX_PAGES
    keep_for_page(request_for(session, views[-1]), INPUT)  # the same page once more takes no other's place
    assert len(kept_keys(session)) == MAX_PAGES


def test_what_lapsed_and_what_a_former_release_kept_goes_with_the_next(clock):
    session = Session({FORMER_KEY: {"at": clock.at}})
    keep_for_page(request_for(session, "one"), INPUT)
    assert FORMER_KEY not in session
    clock.at += PAGE_SECONDS
    keep_for_page(request_for(session, "two"), INPUT)
    assert len(kept_keys(session)) == 1


def test_what_another_release_kept_is_read_as_far_as_it_is_known():
    session = Session()
    keep_for_page(request_for(session), INPUT)
    (key,) = kept_keys(session)
    session[key] = {"fields": {"a": ["b"]}, "owner": "", "at": time.time(), "of a later release": 1}
    assert kept_for_page(request_for(session)) == Kept({"a": ["b"]})


@pytest.mark.parametrize(
    ("before", "now", "is_shown"),
    [(None, None, True), (None, ADA, True), (ADA, ADA, True), (ADA, BOB, False), (ADA, None, False)],
)
def test_a_guest_s_is_kept_over_the_login_an_account_s_is_its_own(before, now, is_shown: bool):
    session = Session()
    keep_for_page(request_for(session, user=before), INPUT)
    assert (kept_for_page(request_for(session, user=now)) is not None) is is_shown


def test_the_mark_of_an_account_names_its_attempt_and_not_the_account():
    ada = request_for(Session(), user=ADA)
    assert owner_mark(request_for(Session())) == owner_mark(RequestFactory().get("/")) == ""
    assert (
        len({owner_mark(ada), owner_mark(ada, "a"), owner_mark(ada, "b"), owner_mark(request_for(Session(), user=BOB))})
        == 4
    )
    assert is_shown_to(ada, f"{owner_mark(ada, 'a')}.a")
    assert not is_shown_to(ada, f"{owner_mark(ada, 'a')}.b")
    assert not is_shown_to(ada, "made up …")


def test_no_secret_is_kept():
    assert [is_secret(name) for name in ("password", "password1", "new_Password", "login")] == [True, True, True, False]
    assert without_secrets({"login": ["a"], "password": ["b"]}) == {"login": ["a"]}


def test_what_is_too_long_is_not_kept():
    session = Session()
    assert keep_for_page(request_for(session), Kept({"a": ["x" * MAX_KEPT_CHARS]})) is Keeping.TOO_LONG
    assert session == {}


@pytest.mark.django_db
def test_a_stranger_s_is_little_brief_and_counted(settings):
    settings.NAVSTATE_STRANGERS = 1
    session = Session()
    session.session_key = None
    assert keep_for_page(request_for(session), Kept({"a": ["x" * MAX_STRANGER_CHARS]})) is Keeping.TOO_LONG
    assert keep_for_page(request_for(session), INPUT) is Keeping.KEPT
    assert (session[STRANGER_KEY], session[EXPIRY_KEY]) == (True, STRANGER_AGE)
    assert keep_for_page(request_for(session), INPUT) is Keeping.TOO_OFTEN
