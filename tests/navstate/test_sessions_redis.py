"""Sessions in Redis: deltas, navigation state in the same round trip, and what no race may do."""

from __future__ import annotations

import logging
from ast import literal_eval

import pytest
from django.contrib.sessions.backends.base import UpdateError
from redis.exceptions import ConnectionError as RedisConnectionError

from navstate import registry
from navstate.flow import Flow, Stage
from navstate.sessions import NAV_ID_KEY
from navstate.sessions.redis import MARK, MOVE, SessionStore, session_redis_key
from navstate.storage import connection
from navstate.storage.base import Stored
from navstate.storage.lua import redis_client
from navstate.storage.redis import RedisStorage, nav_key
from tests.navstate.stores import Driver, commands_sent

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


# --- overlapping requests: what both engines promise is in test_sessions_overlap -----------------------------------
def test_a_new_key_for_a_flushed_session_reads_no_state_along(call, flows):
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


def test_a_move_that_was_carried_out_though_its_answer_was_lost_drops_nothing(monkeypatch):
    """The connection sends it once more, and finds the session under its new key already."""
    session = new_session(cart="apples", **{NAV_ID_KEY: "ada"})
    before, ask, lost = session.session_key, connection._asked, []

    def lose_the_answer(own, words):
        answer = ask(own, words)
        if MOVE.digest in words and not lost:
            lost.append(answer)
            raise RedisConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(connection, "_asked", lose_the_answer)
    MOVE.run(["nobody", "nobody's new key"], [1])  # the script is known now, and its first answer is the one lost
    lost.clear()
    session.cycle_key()
    assert lost == [1]
    assert session.session_key != before
    assert stored(session) == {"cart": "apples", NAV_ID_KEY: "ada"}
    assert not SessionStore().exists(before)


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


class ReversedSerializer:
    """A project's own: no JSON."""

    def dumps(self, value):
        return repr(value).encode()[::-1]

    def loads(self, data):
        return literal_eval(data[::-1].decode())


def test_a_serialiser_of_the_project_is_used(call, settings):
    settings.SESSION_SERIALIZER = f"{__name__}.ReversedSerializer"
    session = new_session(a=(1, "é"), b={2})
    assert redis_client().hget(session_redis_key(session.session_key), "b") == b"}2{"
    again = SessionStore(session.session_key)
    assert call(again, "get", "a") == (1, "é")


@pytest.mark.parametrize("broken", ["{broken", "1,2", "1],[2", ""])
def test_a_session_that_cannot_be_read_is_empty_and_replaced_by_the_next_save(call, caplog, broken):
    session = new_session(a=1, b=2)
    redis_client().hset(session_redis_key(session.session_key), "a", broken)
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


def test_nothing_that_was_read_along_outlives_a_flush(call, flows):
    session = SessionStore(new_session(**{NAV_ID_KEY: "ada"}).session_key)
    call(session, "load")
    assert session.nav_prefetched == {"fitting": None, "renting": None}
    call(session, "flush")
    assert session.nav_prefetched == {}
