"""Requests of one visitor that overlap: nothing is lost and nothing comes back from the dead, in either engine."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from navstate.sessions import redis, sql
from tests.navstate.stores import Driver, in_threads

ENGINES = [
    pytest.param(sql.SessionStore, id="sql"),
    pytest.param(redis.SessionStore, id="redis", marks=pytest.mark.services),
]
TWO_WEEKS_MS = 14 * 24 * 3600 * 1000


@pytest.fixture(params=ENGINES)
def engine(request, db):
    return request.param


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


@pytest.fixture
def new_session(engine):
    def make(store=engine, **values):
        session = store()
        session.update(values)
        session.save()
        return session

    return make


def stored(session) -> dict[str, object]:
    return dict(type(session)(session.session_key).items())


def again(session):
    """The session as one more request has it."""
    return type(session)(session.session_key)


# --- two writes -----------------------------------------------------------------------------------------------------
def overlapping(session, call) -> dict[str, object]:
    """Two requests of one visitor load the session; each writes its own key and saves. What is there afterwards."""
    one, other = again(session), again(session)
    for request in (one, other):
        call(request, "get", "a")
    call.set(one, "a", 1)
    call(one, "pop", "c")
    call.set(other, "b", 2)
    call(one, "save")
    call(other, "save")
    return stored(session)


def test_overlapping_saves_of_different_keys_both_survive(call, new_session):
    assert overlapping(new_session(a=0, b=0, c=0), call) == {"a": 1, "b": 2}


@pytest.mark.parametrize("store", [DatabaseStore, CacheStore], ids=["db", "cache"])
def test_control_djangos_engines_lose_the_first_save(db, call, store):
    session = store()
    session.update({"a": 0, "b": 0, "c": 0})
    session.save()
    assert overlapping(session, call) == {"a": 0, "b": 2, "c": 0}


def test_one_request_can_save_many_times_between_others(call, new_session):
    session = new_session(a=0)
    one, other = again(session), again(session)
    call(one, "get", "a")
    for number in range(3):
        call.set(other, f"b{number}", number)
        call(other, "save")
        call.set(one, f"a{number}", number)
        call(one, "save")
    assert stored(session) == {"a": 0, "a0": 0, "a1": 1, "a2": 2, "b0": 0, "b1": 1, "b2": 2}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_twelve_threads_each_with_a_key_of_its_own_lose_nothing(new_session):
    session, barrier = new_session(), Barrier(12)

    def request(number: int) -> None:
        mine = again(session)
        mine[f"key{number}"] = number
        barrier.wait(30)
        mine.save()

    assert in_threads(request, 12) == [None] * 12
    assert stored(session) == {f"key{number}": number for number in range(12)}


def test_of_two_saves_of_one_key_the_later_counts(call, new_session):
    session = new_session(a=0)
    one, other = again(session), again(session)
    call.set(one, "a", 1)
    call.set(other, "a", 2)
    call(other, "save")
    call(one, "save")
    assert stored(session) == {"a": 1}


def test_a_change_deep_inside_a_value_is_a_change(call, new_session):
    session = new_session(viewed={"skus": ["a"]}, b=0)
    slow = again(session)
    call(slow, "get", "viewed")["skus"].append("b")
    session["b"] = 1
    session.save()
    call(slow, "save")
    assert stored(session) == {"viewed": {"skus": ["a", "b"]}, "b": 1}


def test_a_save_without_a_change_leaves_the_rest_alone(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call(slow, "get", "a")
    session["a"] = 1
    session.save()
    call(slow, "save")
    assert stored(session) == {"a": 1}


def test_after_a_save_the_next_one_starts_from_what_is_stored(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call.set(slow, "b", 1)
    session["a"] = 1
    session.save()
    call(slow, "save")
    session.pop("a")
    session.save()
    call.set(slow, "c", 2)
    call(slow, "save")
    assert stored(session) == {"b": 1, "c": 2}


# --- when it ends ---------------------------------------------------------------------------------------------------
def test_an_expiry_that_another_request_gave_it_stays(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call(slow, "get", "a")
    session.set_expiry(600)
    session.save()
    call.set(slow, "a", 1)
    call(slow, "save")
    after = again(session)
    assert call(after, "get", "a") == 1
    assert after.expires_at_ms == pytest.approx(time.time() * 1000 + 600_000, abs=20_000)
    assert slow.expires_at_ms == pytest.approx(after.expires_at_ms, abs=20_000)


def test_an_expiry_of_its_own_counts_whatever_another_gave_it(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call(slow, "get", "a")
    session.set_expiry(600)
    session.save()
    call(slow, "set_expiry", 1200)
    call(slow, "save")
    after = again(session)
    call(after, "get", "a")
    assert after.expires_at_ms == pytest.approx(time.time() * 1000 + 1_200_000, abs=20_000)


def test_s42_a_poll_that_writes_does_not_move_the_end(call, new_session):
    session = new_session(a=0)
    session.set_expiry(600)
    session.save()
    ends = again(session)
    ends.get("a")
    poll = again(session)
    poll.keeps_expiry = True
    call(poll, "set_expiry", 6000)
    call(poll, "save")
    after = again(session)
    call(after, "get", "a")
    assert after.expires_at_ms == pytest.approx(ends.expires_at_ms, abs=5_000)
    assert poll.expires_at_ms == pytest.approx(ends.expires_at_ms, abs=5_000)


def test_s42_a_poll_that_began_before_a_renewal_does_not_take_it_back(call, new_session):
    session = new_session(a=0)
    session.set_expiry(600)
    session.save()
    poll = again(session)
    call(poll, "get", "a")
    poll.keeps_expiry = True
    session.set_expiry(1200)
    session.save()
    call.set(poll, "a", 1)
    call(poll, "save")
    after = again(session)
    assert call(after, "get", "a") == 1
    assert after.expires_at_ms == pytest.approx(session.expires_at_ms, abs=5_000)


def test_a_session_that_ended_meanwhile_is_not_revived(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call.set(slow, "a", 1)
    session.set_expiry(-timedelta(seconds=10))
    session.save()
    with pytest.raises(UpdateError):
        call(slow, "save")
    assert stored(session) == {}


def test_a_first_save_that_keeps_the_expiry_has_one_all_the_same(engine, call):
    session = engine()
    session.keeps_expiry = True
    call.set(session, "a", 1)
    call(session, "save")
    assert session.expires_at_ms == pytest.approx(time.time() * 1000 + TWO_WEEKS_MS, abs=20_000)


# --- another key ----------------------------------------------------------------------------------------------------
def test_a_login_moves_along_what_another_request_writes_meanwhile(call, new_session):
    session = new_session(a=0)
    login, other = again(session), again(session)
    call(login, "get", "a")
    other["b"] = 2
    other.save()
    call(login, "cycle_key")
    call.set(login, "user", 7)
    call(login, "save")
    assert stored(login) == {"a": 0, "b": 2, "user": 7}


def test_a_slow_write_does_not_reach_a_session_that_moved(call, new_session):
    session = new_session(a=0)
    slow = again(session)
    call.set(slow, "a", 1)
    session.cycle_key()
    with pytest.raises(UpdateError):
        call(slow, "save")
    assert stored(session) == {"a": 0}


def test_a_new_key_that_is_taken_is_not_taken_over(call, new_session, monkeypatch):
    taken, session = new_session(a="taken"), new_session(a="mine")
    keys = iter([taken.session_key, "c" * 32])
    monkeypatch.setattr("navstate.sessions.base.get_random_string", lambda *_: next(keys))
    monkeypatch.setattr("navstate.sessions.sql.new_session_key", lambda: next(keys))
    monkeypatch.setattr("navstate.sessions.redis.new_session_key", lambda: next(keys))
    call(session, "cycle_key")
    assert session.session_key == "c" * 32
    assert stored(session) == {"a": "mine"}
    assert stored(taken) == {"a": "taken"}


def test_a_new_key_for_a_flushed_session_revives_nothing_but_own_changes(call, new_session):
    session = new_session(a=0, user=7)
    racing = again(session)
    call.set(racing, "b", 2)
    session.flush()
    call(racing, "cycle_key")
    call.set(racing, "c", 3)
    call(racing, "save")
    assert stored(racing) == {"b": 2, "c": 3}


# --- cleared and created --------------------------------------------------------------------------------------------
def test_clearing_replaces_what_others_wrote_too(call, new_session):
    session = new_session(a=0)
    clearing = again(session)
    clearing.clear()
    session["b"] = 1
    session.save()
    call(clearing, "save")
    assert stored(session) == {}


def test_clearing_does_not_revive_a_flushed_session(call, new_session):
    session = new_session(a=0)
    clearing = again(session)
    clearing.clear()
    session.flush()
    with pytest.raises(UpdateError):
        call(clearing, "save")


def test_creating_under_a_key_that_is_taken_is_refused(call, new_session):
    session = new_session(a=0)
    with pytest.raises(CreateError):
        call(again(session), "save", must_create=True)
    assert stored(session) == {"a": 0}


# --- what a request would lose --------------------------------------------------------------------------------------
def test_own_changes_are_what_a_view_set_or_removed(call, new_session):
    session = again(new_session(a=0))
    call(session, "get", "a")
    assert not session.has_own_changes
    call.set(session, "_nav_seq", {"tab": 1})
    assert not session.has_own_changes
    call(session, "pop", "a")
    assert session.has_own_changes
    call(session, "save")
    assert not session.has_own_changes
    session.clear()
    assert session.has_own_changes


@pytest.mark.parametrize("cookie", ["\0" * 32, "a" * 41, "ä" * 32, "../../../etc/passwd"])
def test_a_cookie_that_is_no_key_is_not_looked_for(engine, call, cookie):
    session = engine(cookie)
    assert session.session_key is None
    assert call(session, "get", "a") is None
