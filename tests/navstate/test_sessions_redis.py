"""Sessions in Redis: deltas, navigation state in the same round trip, and what no race may do."""

from __future__ import annotations

import logging
from threading import Barrier

import pytest
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.cache import SessionStore as CacheStore

from navstate import registry
from navstate.flow import Flow, Stage
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.redis import MARK, SessionStore, session_redis_key
from navstate.storage.base import Stored
from navstate.storage.lua import redis_client
from navstate.storage.redis import RedisStorage, nav_key
from tests.navstate.stores import Driver, commands_sent, in_threads

pytestmark = pytest.mark.services


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


@pytest.fixture
def flows(monkeypatch):
    """Two registered flows, and no others."""
    monkeypatch.setattr(registry, "_registered", {})
    for name in ("fitting", "renting"):
        registry.register(Flow(name=name, stages=(Stage(name="start", url="start"),)), facts=lambda request: {})


def new_session(store=SessionStore, **values):
    session = store()
    session.update(values)
    session.save()
    return session


def stored(session) -> dict[str, object]:
    return dict(SessionStore(session.session_key).items())


# --- overlapping requests -----------------------------------------------------------------------------------------
def overlapping(store, call) -> dict[str, object]:
    """Two requests of one visitor load the session; each writes its own key and saves. What is there afterwards."""
    session = new_session(store, a=0, b=0, c=0)
    one, other = store(session.session_key), store(session.session_key)
    for request in (one, other):
        call(request, "get", "a")
    call.set(one, "a", 1)
    call(one, "pop", "c")
    call.set(other, "b", 2)
    call(one, "save")
    call(other, "save")
    return dict(store(session.session_key).items())


def test_overlapping_saves_of_different_keys_both_survive(call):
    assert overlapping(SessionStore, call) == {"a": 1, "b": 2}


def test_control_djangos_cache_engine_loses_the_first_save(call):
    assert overlapping(CacheStore, call) == {"a": 0, "b": 2, "c": 0}


def test_twelve_threads_each_with_a_key_of_its_own_lose_nothing():
    session, barrier = new_session(), Barrier(12)

    def request(number: int) -> None:
        mine = SessionStore(session.session_key)
        mine[f"key{number}"] = number
        barrier.wait(30)
        mine.save()

    assert in_threads(request, 12) == [None] * 12
    assert stored(session) == {f"key{number}": number for number in range(12)}


def test_of_two_saves_of_one_key_the_later_counts(call):
    session = new_session(a=0)
    one, other = SessionStore(session.session_key), SessionStore(session.session_key)
    call.set(one, "a", 1)
    call.set(other, "a", 2)
    call(other, "save")
    call(one, "save")
    assert stored(session) == {"a": 1}


def test_a_save_without_a_change_renews_and_leaves_the_rest_alone(call):
    session = new_session(a=0)
    slow = SessionStore(session.session_key)
    call(slow, "get", "a")
    session["a"] = 1
    session.save()
    redis_client().pexpire(session_redis_key(session.session_key), 5000)
    call(slow, "save")
    assert stored(session) == {"a": 1}
    assert redis_client().pttl(session_redis_key(session.session_key)) > 1_000_000


def test_a_login_moves_along_what_another_request_writes_meanwhile(call):
    session = new_session(a=0)
    login, other = SessionStore(session.session_key), SessionStore(session.session_key)
    call(login, "get", "a")
    other["b"] = 2
    other.save()
    call(login, "cycle_key")
    call.set(login, "user", 7)
    call(login, "save")
    assert stored(login) == {"a": 0, "b": 2, "user": 7}


def test_a_new_key_that_is_taken_is_not_taken_over(call, monkeypatch):
    taken, session = new_session(a="taken"), new_session(a="mine")
    keys = iter([taken.session_key, "c" * 32])
    monkeypatch.setattr("navstate.sessions.base.get_random_string", lambda *_: next(keys))
    call(session, "cycle_key")
    assert session.session_key == "c" * 32
    assert stored(taken) == {"a": "taken"}


def test_a_new_key_for_a_flushed_session_revives_nothing_but_own_changes(call, flows):
    session = new_session(a=0, user=7, **{NAV_ID_KEY: "ada"})
    racing = SessionStore(session.session_key)
    call(racing, "get", "a")
    assert racing.nav_prefetched
    call.set(racing, "b", 2)
    session.flush()
    call(racing, "cycle_key")
    call.set(racing, "c", 3)
    call(racing, "save")
    assert stored(racing) == {"b": 2, "c": 3}
    assert racing.nav_prefetched == {}


def test_clearing_replaces_what_others_wrote_too(call):
    session = new_session(a=0)
    clearing = SessionStore(session.session_key)
    clearing.clear()
    session["b"] = 1
    session.save()
    call(clearing, "save")
    assert stored(session) == {}


def test_clearing_does_not_revive_a_flushed_session(call):
    session = new_session(a=0)
    clearing = SessionStore(session.session_key)
    clearing.clear()
    session.flush()
    with pytest.raises(UpdateError):
        call(clearing, "save")


def test_creating_under_a_key_that_is_taken_is_refused(call):
    session = new_session(a=0)
    with pytest.raises(CreateError):
        call(SessionStore(session.session_key), "save", must_create=True)
    assert stored(session) == {"a": 0}


def test_only_what_changed_is_sent(call):
    session = new_session(a="old", b="untouched")
    again = SessionStore(session.session_key)
    call.set(again, "a", "new")
    key = session_redis_key(session.session_key)
    redis_client().hset(key, "b", '"written meanwhile"')
    call(again, "save")
    assert redis_client().hgetall(key) == {MARK.encode(): b"", b"a": b'"new"', b"b": b'"written meanwhile"'}


# --- navigation state in the same round trip ----------------------------------------------------------------------
def test_navigation_state_comes_with_the_session_in_one_round_trip(call, flows):
    RedisStorage().compare_and_set("ada", "fitting", expected=None, state="é", ttl=60)
    session = new_session(**{NAV_ID_KEY: "ada"})
    SessionStore(session.session_key).load()  # the script is known now
    again = SessionStore(session.session_key)
    with commands_sent() as sent:
        assert call(again, "get", NAV_ID_KEY) == "ada"
    assert [command for command in sent if command not in {"HELLO", "CLIENT", "SELECT"}] == ["EVALSHA"]
    assert again.nav_prefetched == {"fitting": Stored(1, "é"), "renting": None}


def test_saving_a_loaded_session_is_one_more_round_trip(call, flows):
    session = new_session(a=0)
    again = SessionStore(session.session_key)
    call.set(again, "a", 1)
    with commands_sent() as sent:
        call(again, "save")
    assert [command for command in sent if command not in {"HELLO", "CLIENT", "SELECT"}] == ["EVALSHA"]


def test_a_session_without_a_visitor_has_none_read_along(call, flows):
    session = new_session(a=0)
    again = SessionStore(session.session_key)
    call(again, "load")
    assert again.nav_prefetched == {}


def test_the_visitor_is_known_from_the_save_that_names_them(call, flows):
    RedisStorage().compare_and_set("ada", "fitting", expected=None, state="a", ttl=60)
    session = SessionStore(new_session(a=0).session_key)
    call.set(session, NAV_ID_KEY, "ada")
    call(session, "save")
    again = SessionStore(session.session_key)
    call(again, "load")
    assert again.nav_prefetched["fitting"] == Stored(1, "a")
    call(again, "pop", NAV_ID_KEY)
    call(again, "save")
    last = SessionStore(session.session_key)
    call(last, "load")
    assert last.nav_prefetched == {}


def test_a_state_that_was_written_is_forgotten_and_so_is_all_after_a_flush(call, flows):
    session = SessionStore(new_session(**{NAV_ID_KEY: "ada"}).session_key)
    call(session, "load")
    session.forget_nav("fitting")
    session.forget_nav("fitting")
    assert session.nav_prefetched == {"renting": None}
    call(session, "flush")
    assert session.nav_prefetched == {}


def test_a_state_that_cannot_be_read_along_is_left_to_the_store(call, flows):
    session = new_session(**{NAV_ID_KEY: "ada"})
    redis_client().set(nav_key("ada", "fitting"), "not a hash")
    again = SessionStore(session.session_key)
    assert call(again, "get", NAV_ID_KEY) == "ada"
    assert again.nav_prefetched == {"renting": None}


# --- what is stored -----------------------------------------------------------------------------------------------
def test_a_session_is_a_hash_with_a_field_for_each_key(settings):
    settings.NAVSTATE_KEY_PREFIX = "mine:"
    session = new_session(a=[1, "é"], **{NAV_ID_KEY: "ada"})
    fields = redis_client().hgetall(f"mine:session:{session.session_key}")
    assert fields == {b"\0": b"ada", b"a": b'[1,"\\u00e9"]', b"_nav_id": b'"ada"'}


def test_a_session_that_cannot_be_read_is_empty_and_replaced_by_the_next_save(call, caplog):
    session = new_session(a=1, b=2)
    redis_client().hset(session_redis_key(session.session_key), "a", "{broken")
    again = SessionStore(session.session_key)
    with caplog.at_level(logging.WARNING, "django.security.SuspiciousSession"):
        assert call(again, "load") == {}
    assert caplog.messages == ["Session data corrupted"]
    call.set(again, "c", 3)
    call(again, "save")
    assert stored(session) == {"c": 3}


def test_redis_forgets_an_expired_session_by_itself(call):
    session = new_session(a=1)
    left_ms = redis_client().pttl(session_redis_key(session.session_key))
    assert 14 * 24 * 3600 * 1000 - 20_000 < left_ms <= 14 * 24 * 3600 * 1000
    redis_client().pexpire(session_redis_key(session.session_key), 0)
    with pytest.raises(UpdateError):
        call(session, "save")
