"""``manage.py clearnavstate``: what has expired goes, what is alive or needed stays, beside live traffic too."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from navstate import registry, retention
from navstate.flow import Flow, Stage
from navstate.management.commands import clearnavstate
from navstate.models import NavOnce, NavRecord, NavTrace
from navstate.rules.state import NavState

HOUR = timedelta(hours=1)
FITTING = Flow(name="fitting", stages=(Stage(name="start", url="start"),))


@pytest.fixture(autouse=True)
def _sql(settings):
    settings.SESSION_ENGINE = "navstate.sessions.sql"
    settings.NAVSTATE_STORAGE = "navstate.storage.sql.SqlStorage"
    settings.NAVSTATE_TRACE_STORAGE = "navstate.tracing.sql.SqlTraces"
    settings.NAVSTATE_ONCE_STORAGE = "navstate.once.sql.SqlClaims"


@pytest.fixture
def needed(monkeypatch):
    """The attempts of the flow ``fitting`` that are still needed; a test adds to it."""
    monkeypatch.setattr(registry, "_registered", {})
    attempts: set[str] = set()
    registry.register(FITTING, facts=lambda request: {}, needed=lambda asked: attempts & set(asked))
    return attempts


def add_sessions(count: int, ends, start: int = 0) -> None:
    rows = [Session(session_key=f"{start + n:032}", session_data="", expire_date=ends) for n in range(count)]
    Session.objects.bulk_create(rows)


def add_record(nav_id: str, ends, state: NavState | str = "unreadable", flow: str = "fitting") -> NavRecord:
    text = state if isinstance(state, str) else state.to_json()
    return NavRecord.objects.create(nav_id=nav_id, flow=flow, state=text, expires_at=ends)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("clearnavstate", *arguments, stdout=out)
    return out.getvalue()


def nav_ids() -> list[str]:
    return sorted(NavRecord.objects.values_list("nav_id", flat=True))


# --- what goes, what stays ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_expired_rows_go_and_living_ones_stay():
    now = timezone.now()
    add_sessions(3, now - HOUR)
    add_sessions(2, now + HOUR, start=10)
    add_record("dead", now - HOUR)
    add_record("alive", now + HOUR)
    for ends in (now - HOUR, now - HOUR, now + HOUR):
        NavTrace.objects.create(visitor="v", at=1, entry="[]", expires_at=ends)
    for name, ends in (("pressed", now - HOUR), ("just pressed", now + HOUR)):
        NavOnce.objects.create(name=name, expires_at=ends)
    assert run() == "sessions: 3 deleted\nnavigation state: 1 deleted\ntraces: 2 deleted\npresses: 1 deleted\n"
    assert Session.objects.count() == 2
    assert nav_ids() == ["alive"]
    assert run() == "sessions: 0 deleted\nnavigation state: 0 deleted\ntraces: 0 deleted\npresses: 0 deleted\n"


@pytest.mark.django_db
def test_a_project_need_not_have_tqdm(monkeypatch):
    monkeypatch.setattr(clearnavstate, "progress_bar", None)
    add_sessions(3, timezone.now() - HOUR)
    assert run().startswith("sessions: 3 deleted\n")
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_state_whose_attempt_is_needed_stays(needed):
    ended = timezone.now() - HOUR
    current = NavState.virtual("paying", "fitting")
    older = NavState.virtual("older", "fitting")._replace(outcome="order-1").reopened("older", "fitting")
    add_record("paying", ended, current)
    add_record("older", ended, older)
    add_record("idle", ended, NavState.virtual("idle", "fitting"))
    add_record("elsewhere", ended, NavState.virtual("paying", "fitting"), flow="unregistered")
    needed |= {current.attempt, older.closed[0][0]}
    assert (
        run("--batch", "2")
        == "sessions: 0 deleted\nnavigation state: 2 deleted, 2 kept: still needed\ntraces: 0 deleted\npresses: 0 deleted\n"
    )
    assert nav_ids() == ["older", "paying"]
    needed.clear()
    assert run() == "sessions: 0 deleted\nnavigation state: 2 deleted\ntraces: 0 deleted\npresses: 0 deleted\n"


@pytest.mark.django_db
def test_a_flow_is_asked_once_for_each_batch():
    for number in range(5):
        add_record(f"visitor {number}", timezone.now() - HOUR, NavState.virtual(f"{number}", "fitting"))
    asked = []

    def needed(flow: str, attempts: list[str]) -> set[str]:
        asked.append((flow, len(attempts)))
        return set()

    list(retention.prune_records(timezone.now(), size=3, needed=needed))
    assert asked == [("fitting", 3), ("fitting", 2)]


def test_a_state_that_cannot_be_read_has_no_attempts():
    assert retention.attempts_of("{broken") == []
    assert retention.attempts_of("[]") == []


@pytest.mark.django_db
def test_a_dry_run_counts_and_deletes_nothing(needed):
    ended = timezone.now() - HOUR
    add_sessions(5, ended)
    add_record("idle", ended)
    state = NavState.virtual("paying", "fitting")
    add_record("paying", ended, state)
    needed.add(state.attempt)
    NavTrace.objects.create(visitor="v", at=1, entry="[]", expires_at=ended)
    NavOnce.objects.create(name="pressed", expires_at=ended)
    expected = (
        "sessions: 5 would be deleted\n"
        "navigation state: 1 would be deleted, 1 kept: still needed\n"
        "traces: 1 would be deleted\n"
        "presses: 1 would be deleted\n"
    )
    assert run("--dry-run", "--batch", "2") == expected
    assert Session.objects.count() == 5
    assert nav_ids() == ["idle", "paying"]


# --- batches ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_rows_are_read_and_deleted_in_batches():
    add_sessions(25, timezone.now() - HOUR)
    with CaptureQueriesContext(connection) as captured:
        sizes = [batch.deleted for batch in retention.prune_sessions(Session, timezone.now(), size=10)]
    assert sizes == [10, 10, 5]
    statements = [query["sql"] for query in captured if query["sql"].startswith(("SELECT", "DELETE"))]
    assert [statement.split()[0] for statement in statements] == ["SELECT", "DELETE"] * 3 + ["SELECT"]
    assert all("LIMIT 10" in statement for statement in statements if statement.startswith("SELECT"))


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_run_keeps_what_it_did_and_the_next_one_goes_on(needed):
    for number in range(5):
        add_record(f"visitor {number}", timezone.now() - HOUR)
    calls = []

    def interrupt_the_second(attempts: list[str]) -> set[str]:
        calls.append(attempts)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return set()

    registry.register(FITTING, facts=lambda request: {}, needed=interrupt_the_second)
    with pytest.raises(CommandError, match="navigation state: 2 deleted, then interrupted") as stopped:
        run("--batch", "2")
    assert stopped.value.returncode == 130
    assert len(nav_ids()) == 3
    assert (
        run("--batch", "2")
        == "sessions: 0 deleted\nnavigation state: 3 deleted\ntraces: 0 deleted\npresses: 0 deleted\n"
    )


@pytest.mark.parametrize("size", ["0", "-1", "10001", "many"])
def test_a_batch_has_a_sensible_size(size):
    with pytest.raises(CommandError, match="is not a number from 1 to 10000"):
        run("--batch", size)


# --- beside live traffic ------------------------------------------------------------------------------------------
@contextmanager
def before_each_delete(act):
    """Another request's write, between the look at the expired rows and their deletion."""

    def wrapper(execute, sql, params, many, context):
        if sql.startswith("DELETE"):
            act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


@pytest.mark.django_db
def test_a_row_renewed_meanwhile_stays():
    now = timezone.now()
    add_sessions(2, now - HOUR)
    add_record("returns", now - HOUR)
    add_record("idle", now - HOUR)

    def renew() -> None:
        Session.objects.filter(session_key=f"{1:032}").update(expire_date=now + HOUR)
        NavRecord.objects.filter(nav_id="returns").update(expires_at=now + HOUR)

    with before_each_delete(renew):
        assert run() == "sessions: 1 deleted\nnavigation state: 1 deleted\ntraces: 0 deleted\npresses: 0 deleted\n"
    assert Session.objects.get().session_key == f"{1:032}"
    assert nav_ids() == ["returns"]


# --- elsewhere ----------------------------------------------------------------------------------------------------
def test_redis_needs_no_pruning(settings):
    """No query at all: this test has no database."""
    settings.SESSION_ENGINE = "navstate.sessions.redis"
    settings.NAVSTATE_STORAGE = "navstate.storage.redis.RedisStorage"
    settings.NAVSTATE_TRACE_STORAGE = "navstate.tracing.redis.RedisTraces"
    settings.NAVSTATE_ONCE_STORAGE = "navstate.once.redis.RedisClaims"
    lines = run().splitlines()
    assert [line.split(":")[0] for line in lines] == ["sessions", "navigation state", "traces", "presses"]
    assert all("by itself (Redis)" in line for line in lines)


@pytest.mark.django_db
def test_a_terminal_sees_progress(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    add_sessions(3, timezone.now() - HOUR)
    monkeypatch.setattr(sys, "stderr", Terminal())
    run()
    shown = sys.stderr.getvalue()
    assert "sessions" in shown
    assert "/3 " in shown


@pytest.mark.django_db
def test_nothing_is_counted_or_shown_without_a_terminal(capsys):
    with CaptureQueriesContext(connection) as captured:
        run()
    assert capsys.readouterr().err == ""
    assert not any("COUNT" in query["sql"] for query in captured)
