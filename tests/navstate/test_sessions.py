"""What Django promises of a session engine, held for both of ours, by synchronous and asynchronous methods."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from navstate.sessions import redis, sql
from tests.navstate.stores import Driver

ENGINES = [
    pytest.param(sql.SessionStore, id="sql"),
    pytest.param(redis.SessionStore, id="redis", marks=pytest.mark.services),
]
UNKNOWN_KEY = "0123456789abcdef0123456789abcdef"
TWO_WEEKS_MS = 14 * 24 * 3600 * 1000


@pytest.fixture(params=ENGINES)
def engine(request, db):
    return request.param


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


@pytest.fixture
def saved(engine, call):
    """A saved session that says ``{"colour": "blue", "size": 42}``."""
    session = engine()
    call.set(session, "colour", "blue")
    call.set(session, "size", 42)
    call(session, "save")
    return session


def reread(session):
    return type(session)(session.session_key)


# --- a new one ----------------------------------------------------------------------------------------------------
def test_a_new_session_has_no_key_and_nothing_in_it(engine, call):
    session = engine()
    assert session.session_key is None
    assert session.is_empty()
    assert call(session, "get", "colour", "none") == "none"
    assert session.accessed is True
    assert session.modified is False
    assert session.expires_at_ms is None
    assert session.nav_prefetched == {}


def test_saving_gives_it_a_key(saved, call):
    assert len(saved.session_key) == 32
    assert call(saved, "exists", saved.session_key) is True
    assert dict(call(reread(saved), "items")) == {"colour": "blue", "size": 42}


def test_create_saves_an_empty_session(engine, call):
    session = engine()
    call(session, "create")
    assert session.modified is True
    assert call(engine(), "exists", session.session_key) is True
    assert dict(call(reread(session), "items")) == {}


def test_create_takes_another_key_when_its_own_is_taken(saved, engine, call, monkeypatch):
    keys = iter([saved.session_key, "b" * 32])
    monkeypatch.setattr("navstate.sessions.base.get_random_string", lambda *_: next(keys))
    other = engine()
    call(other, "create")
    assert other.session_key == "b" * 32
    assert dict(call(reread(saved), "items")) == {"colour": "blue", "size": 42}


@pytest.mark.parametrize("key", ["", "short", None])
def test_an_invalid_key_is_none(engine, call, key):
    session = engine(key)
    assert session.session_key is None
    assert call(session, "exists", session.session_key) is False


# --- reading and writing ------------------------------------------------------------------------------------------
def test_it_behaves_like_a_dictionary(saved, call):
    session = reread(saved)
    assert call(session, "has_key", "colour")
    assert list(call(session, "keys")) and sorted(map(str, call(session, "values"))) == ["42", "blue"]
    assert call(session, "setdefault", "colour", "red") == "blue"
    assert session.modified is False
    assert call(session, "setdefault", "shade", "dark") == "dark"
    assert session.modified is True
    assert call(session, "pop", "size") == 42
    assert call(session, "pop", "size", "gone") == "gone"
    call(session, "update", {"weight": [1, {"kg": 2.5}], "note": "Zürich 山"})
    call(session, "save")
    expected = {"colour": "blue", "shade": "dark", "weight": [1, {"kg": 2.5}], "note": "Zürich 山"}
    assert dict(call(reread(saved), "items")) == expected


def test_popping_what_is_not_there_raises(saved, call):
    with pytest.raises(KeyError):
        call(saved, "pop", "weight")


def test_a_change_inside_a_value_is_saved(engine, call):
    session = engine()
    call.set(session, "viewed", {"skus": ["a"]})
    call(session, "save")
    again = reread(session)
    call(again, "get", "viewed")["skus"].append("b")
    again.modified = True
    call(again, "save")
    assert call(reread(session), "get", "viewed") == {"skus": ["a", "b"]}


def test_the_test_cookie_of_django_works(engine, call):
    session = engine()
    call(session, "set_test_cookie")
    assert call(session, "test_cookie_worked")
    call(session, "delete_test_cookie")
    assert not call(session, "test_cookie_worked")


def test_a_save_can_be_followed_by_another(saved, call):
    call.set(saved, "size", 43)
    call(saved, "pop", "colour")
    call(saved, "save")
    assert dict(call(reread(saved), "items")) == {"size": 43}


def test_clear_takes_everything_away_but_the_key(saved, call):
    session = reread(saved)
    session.clear()
    call.set(session, "shade", "dark")
    call(session, "save")
    assert session.session_key == saved.session_key
    assert dict(call(reread(saved), "items")) == {"shade": "dark"}


def test_a_deleted_session_is_gone(saved, call):
    call(saved, "delete")
    assert call(saved, "exists", saved.session_key) is False
    call(saved, "delete")  # twice is no error


def test_another_session_can_be_deleted_by_its_key(saved, engine, call):
    call(engine(), "delete", saved.session_key)
    assert call(saved, "exists", saved.session_key) is False
    call(engine(), "delete")  # a session without a key: nothing to delete


def test_encode_and_decode_go_there_and_back(engine):
    session = engine()
    assert session.decode(session.encode({"colour": "blue"})) == {"colour": "blue"}
    assert session.decode("flaky:data") == {}


def test_clear_expired_can_always_be_called(engine, call):
    call(engine, "clear_expired")


# --- gone ---------------------------------------------------------------------------------------------------------
def test_an_unknown_key_is_not_adopted(engine, call):
    session = engine(UNKNOWN_KEY)
    assert call(session, "load") == {}
    assert session.session_key is None
    assert call(session, "exists", UNKNOWN_KEY) is False
    call.set(session, "colour", "blue")
    call(session, "save")
    assert session.session_key != UNKNOWN_KEY


def test_a_session_deleted_meanwhile_is_not_revived(saved, call):
    slow = reread(saved)
    call(slow, "get", "colour")
    call(saved, "flush")
    call.set(slow, "colour", "red")
    with pytest.raises(UpdateError):
        call(slow, "save")
    assert call(slow, "exists", slow.session_key) is False


def test_a_session_that_was_never_there_is_not_made_by_a_save(engine, call):
    with pytest.raises(UpdateError):
        call(engine(UNKNOWN_KEY), "save")
    assert call(engine(), "exists", UNKNOWN_KEY) is False


def test_flush_forgets_key_and_values(saved, call):
    key = saved.session_key
    call(saved, "flush")
    assert saved.session_key is None
    assert saved.is_empty()
    assert saved.modified is True
    assert call(saved, "exists", key) is False
    call.set(saved, "colour", "green")
    call(saved, "save")
    assert dict(call(reread(saved), "items")) == {"colour": "green"}
    assert saved.session_key != key


# --- a new key for the same session -------------------------------------------------------------------------------
def test_cycle_key_keeps_the_values_under_a_new_key(saved, call):
    session = reread(saved)
    call(session, "cycle_key")
    assert session.session_key != saved.session_key
    assert session.modified is True
    assert call(session, "exists", saved.session_key) is False
    call.set(session, "user", 7)
    call(session, "save")
    assert dict(call(reread(session), "items")) == {"colour": "blue", "size": 42, "user": 7}


def test_cycle_key_keeps_what_was_set_before_it_was_saved(saved, call):
    session = reread(saved)
    call.set(session, "user", 7)
    call(session, "cycle_key")
    call(session, "save")
    assert dict(call(reread(session), "items")) == {"colour": "blue", "size": 42, "user": 7}


def test_cycle_key_of_a_new_session_creates_it(engine, call):
    session = engine()
    call.set(session, "user", 7)
    call(session, "cycle_key")
    call(session, "save")
    assert dict(call(reread(session), "items")) == {"user": 7}


# --- expiry -------------------------------------------------------------------------------------------------------
def test_it_lasts_as_long_as_the_cookie(saved, call, settings):
    now_ms = time.time() * 1000
    assert call(saved, "get_expiry_age") == settings.SESSION_COOKIE_AGE
    assert call(saved, "get_expire_at_browser_close") is False
    assert saved.expires_at_ms == pytest.approx(now_ms + TWO_WEEKS_MS, abs=20_000)
    again = reread(saved)
    assert again.expires_at_ms is None
    call(again, "get", "colour")
    assert again.expires_at_ms == pytest.approx(saved.expires_at_ms, abs=2_000)


@pytest.mark.parametrize("expiry", [600, timedelta(seconds=600), "datetime"])
def test_its_own_expiry_counts(saved, call, expiry):
    if expiry == "datetime":
        expiry = datetime.now(UTC) + timedelta(seconds=600)
    call(saved, "set_expiry", expiry)
    call(saved, "save")
    again = reread(saved)
    assert 595 <= call(again, "get_expiry_age") <= 600
    left = (call(again, "get_expiry_date") - datetime.now(UTC)).total_seconds()
    assert 595 <= left <= 600
    assert again.expires_at_ms == pytest.approx(time.time() * 1000 + 600_000, abs=5000)


def test_expiry_can_be_set_to_the_end_of_the_browser_and_back(saved, call, settings):
    call(saved, "set_expiry", 0)
    call(saved, "save")
    assert call(reread(saved), "get_expire_at_browser_close") is True
    assert saved.expires_at_ms == pytest.approx(time.time() * 1000 + TWO_WEEKS_MS, abs=20_000)
    call(saved, "set_expiry", None)
    assert call(saved, "get_expire_at_browser_close") is False
    assert call(saved, "get_expiry_age") == settings.SESSION_COOKIE_AGE


def test_an_expired_session_reads_as_none(saved, call):
    call(saved, "set_expiry", -timedelta(seconds=10))
    call(saved, "save")
    again = reread(saved)
    assert call(again, "get", "colour") is None
    assert again.session_key is None
    assert again.expires_at_ms is None


# --- in a request -------------------------------------------------------------------------------------------------
def answer_to(engine, monkeypatch, view, cookie: str = "") -> HttpResponse:
    """The answer of a view behind Django's own session middleware."""
    middleware = SessionMiddleware(view)
    monkeypatch.setattr(middleware, "SessionStore", engine)
    request = RequestFactory().get("/")
    if cookie:
        request.COOKIES["sessionid"] = cookie
    return middleware(request)


def reading(request) -> HttpResponse:
    return HttpResponse(request.session.get("colour", "none"))


def writing(request) -> HttpResponse:
    request.session["colour"] = "red"
    return HttpResponse("written")


def flushing(request) -> HttpResponse:
    request.session.flush()
    return HttpResponse("flushed")


def test_a_request_gets_its_session_by_the_cookie(engine, monkeypatch):
    written = answer_to(engine, monkeypatch, writing)
    key = written.cookies["sessionid"].value
    assert answer_to(engine, monkeypatch, reading, key).content == b"red"


def test_reading_writes_nothing_and_sets_no_cookie(engine, monkeypatch):
    assert "sessionid" not in answer_to(engine, monkeypatch, reading).cookies


def test_a_slow_request_with_a_key_from_before_the_login_leaves_the_cookie_alone(engine, monkeypatch):
    """Deleting it would throw the fresh login out."""
    assert "sessionid" not in answer_to(engine, monkeypatch, reading, UNKNOWN_KEY).cookies


def test_control_djangos_own_engine_deletes_the_cookie_of_a_slow_request(db, monkeypatch):
    assert answer_to(DjangosStore, monkeypatch, reading, UNKNOWN_KEY).cookies["sessionid"].value == ""


def test_a_request_that_writes_to_a_lost_session_gets_a_fresh_one(engine, monkeypatch):
    key = answer_to(engine, monkeypatch, writing, UNKNOWN_KEY).cookies["sessionid"].value
    assert len(key) == 32
    assert key != UNKNOWN_KEY


@pytest.mark.parametrize("cookie", [UNKNOWN_KEY, "known"])
def test_a_flush_takes_the_cookie_back(engine, monkeypatch, cookie):
    if cookie == "known":
        cookie = answer_to(engine, monkeypatch, writing).cookies["sessionid"].value
    assert answer_to(engine, monkeypatch, flushing, cookie).cookies["sessionid"].value == ""
