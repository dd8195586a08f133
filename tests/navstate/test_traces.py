"""The contract of a store of traces: one suite for both backends."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ResponseError

from navstate.models import NavTrace
from navstate.storage.lua import Script, redis_client
from navstate.tracing import base
from navstate.tracing.base import Line, get_traces, trace_of
from navstate.tracing.entry import BrowserReport, Entry, ServerState, encode
from navstate.tracing.redis import APPEND, RedisTraces, attempt_key, trace_key
from navstate.tracing.sql import SqlTraces

BACKENDS = [
    pytest.param(SqlTraces, id="sql"),
    pytest.param(RedisTraces, id="redis", marks=pytest.mark.services),
]


@pytest.fixture(params=BACKENDS)
def traces(request, db, settings):
    settings.NAVSTATE_TRACE_STORAGE = f"{request.param.__module__}.{request.param.__name__}"
    return request.param()


def line(visitor: str = "ada", text: str = "a", *, begins: bool = True, attempt: str = "") -> Line:
    return Line(visitor, 1, text, begins, attempt)


def expire(traces) -> None:
    if isinstance(traces, RedisTraces):
        for key in redis_client().scan_iter("{trace}*"):
            redis_client().pexpire(key, 0)
    else:
        NavTrace.objects.update(expires_at=timezone.now())


@pytest.mark.services
@pytest.mark.django_db
def test_what_is_sent_again_after_a_lost_answer_is_noted_once():
    """The client sends a command again where its connection ended before the answer came."""
    traces, batch = RedisTraces(), [line(text="a"), line("bob", "x"), line(text="b", attempt="run")]
    traces.append(batch)
    traces.append(batch)
    traces.append([line(text="c"), line("bob", "y")])
    assert (traces.read("ada"), traces.read("bob")) == (["a", "b", "c"], ["x", "y"])
    assert traces.visitor_of("run") == "ada"


# --- one contract -------------------------------------------------------------------------------------------------
def test_nothing_is_known_of_a_stranger(traces):
    assert traces.read("stranger") == []
    assert traces.visitor_of("unknown") == ""
    assert traces.visitor_of("") == ""
    traces.forget("stranger")


def test_lines_are_read_in_their_order(traces):
    traces.append([line(text="a"), line("bob", "b"), line(text='{"name":"Jürgen 山"}')])
    traces.append([line(text="c")])
    assert traces.read("ada") == ["a", '{"name":"Jürgen 山"}', "c"]
    assert traces.read("bob") == ["b"]


def test_a_trace_begins_with_a_write_and_goes_on_with_reads(traces):
    traces.append([line(text="read", begins=False)])
    assert traces.read("ada") == []
    texts = ("too early", "first", "read")
    traces.append([line(text=text, begins=text == "first") for text in texts] + [line("bob", begins=False)])
    traces.append([line(text="read again", begins=False)])
    assert traces.read("ada") == ["first", "read", "read again"]
    assert traces.read("bob") == []


def test_a_visitor_keeps_the_newest_and_no_more(traces, settings):
    settings.NAVSTATE_TRACE_LENGTH = 3
    traces.append([line(text=str(number)) for number in range(5)] + [line("bob")])
    traces.append([line(text="5")])
    assert traces.read("ada") == ["3", "4", "5"]
    assert traces.read("bob") == ["a"]
    stored = redis_client().llen(trace_key("ada")) if isinstance(traces, RedisTraces) else NavTrace.objects.count() - 1
    assert stored == 3


def test_everything_expires(traces, settings):
    settings.NAVSTATE_TRACE_AGE = 60
    traces.append([line(attempt="run")])
    if isinstance(traces, RedisTraces):
        left = [redis_client().pttl(key) / 1000 for key in (trace_key("ada"), attempt_key("run"))]
    else:
        left = [(NavTrace.objects.get().expires_at - timezone.now()).total_seconds()]
    assert all(50 < seconds <= 60 for seconds in left)
    expire(traces)
    assert traces.read("ada") == []
    assert traces.visitor_of("run") == ""
    traces.append([line(begins=False)])
    assert traces.read("ada") == []


def test_a_run_names_its_visitor(traces):
    traces.append([line(attempt="run"), line("bob", attempt="other"), line(attempt="next")])
    assert [traces.visitor_of(attempt) for attempt in ("run", "next", "other")] == ["ada", "ada", "bob"]


def test_a_visitor_can_be_forgotten(traces):
    traces.append([line(), line("bob")])
    traces.forget("ada")
    assert (traces.read("ada"), traces.read("bob")) == ([], ["a"])


@pytest.mark.django_db
def test_sql_takes_as_many_statements_for_many_lines_as_for_one():
    traces = SqlTraces()
    few, many = [line()], [line(f"v{number % 9}", begins=number % 2 == 0, attempt="run") for number in range(90)]
    for lines in (few, many):
        with CaptureQueriesContext(connection) as captured:
            traces.append(lines)
        statements = [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert [name for name in statements if name != "BEGIN"] == ["SELECT", "INSERT", "SELECT"]


@pytest.mark.services
def test_redis_takes_one_round_trip_for_everything(monkeypatch):
    """A pipeline is sent by one call, whatever is in it."""
    trips = []
    client = redis_client()
    pool = type(client.connection_pool.connection_class(**client.connection_pool.connection_kwargs))
    send = pool.send_packed_command
    monkeypatch.setattr(pool, "send_packed_command", lambda *args, **named: trips.append(1) or send(*args, **named))
    traces = RedisTraces()
    for act in (
        lambda: traces.append([line(f"v{number}", attempt="run") for number in range(20)]),
        lambda: traces.read("v1"),
        lambda: traces.visitor_of("run"),
        lambda: traces.forget("v1"),
    ):
        act()  # the connection is open now
        trips.clear()
        act()
        assert len(trips) == 1


@pytest.mark.services
def test_what_redis_refuses_is_passed_on():
    redis_client().set(trace_key("ada"), "no list")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        RedisTraces().append([line(), line("bob")])
    assert RedisTraces().read("bob") == ["a"]


@pytest.mark.services
def test_a_redis_that_does_not_know_the_script_is_sent_it(monkeypatch):
    monkeypatch.setattr("navstate.tracing.redis.APPEND", Script(f"{APPEND.text} -- {uuid.uuid4()}"))
    traces = RedisTraces()
    traces.append([line(), line("bob")])
    assert (traces.read("ada"), traces.read("bob")) == (["a"], ["a"])


# --- reading ------------------------------------------------------------------------------------------------------
def moment(at: int, verdict: str = "serve") -> str:
    return encode(Entry(at, BrowserReport("enter"), ServerState(verdict=verdict)))


def test_a_trace_is_read_in_the_order_of_time_and_compared(traces):
    now = time.time_ns() // 1_000_000
    traces.append([line(text=moment(now, "lead")), line(text=moment(now - 5)), line(text=moment(now + 5))])
    assert [(found.entry.at - now, bool(found.partings)) for found in trace_of("ada")] == [(-5, 0), (0, 1), (5, 0)]


def test_what_is_too_old_or_unreadable_is_left_out(traces, settings, caplog):
    settings.NAVSTATE_TRACE_AGE = 3600
    now = time.time_ns() // 1_000_000
    texts = [moment(now - 3_700_000), "broken", moment(now)]
    traces.append([line(text=text) for text in texts])
    assert [found.entry.at for found in trace_of("ada")] == [now]
    assert "cannot be read" in caplog.text


def test_the_setting_names_the_store(settings):
    settings.NAVSTATE_TRACE_STORAGE = "navstate.tracing.redis.RedisTraces"
    assert isinstance(get_traces(), RedisTraces)
    assert get_traces() is get_traces()
    del settings.NAVSTATE_TRACE_STORAGE
    assert isinstance(get_traces(), SqlTraces)


def test_a_trace_is_kept_as_long_as_a_session_unless_told_otherwise(settings):
    settings.SESSION_COOKIE_AGE = 77
    assert (base.age(), base.length()) == (77, 100)


def test_a_row_names_a_digest():
    assert str(NavTrace(visitor="d1e2")) == "d1e2"


# --- pruning ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_entry_expires_by_itself_and_not_with_the_next():
    traces = SqlTraces()
    traces.append([line(text="old")])
    NavTrace.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    traces.append([line(text="new")])
    NavTrace.objects.filter(entry="old").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert traces.read("ada") == ["new"]
