"""Sessions in SQL: Django's own table, one statement to read and one to write."""

from __future__ import annotations

import logging

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from navstate.sessions import sql
from navstate.sessions.sql import SessionContended, SessionStore
from tests.navstate.stores import Driver

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["sync", "async"])
def call(request):
    return Driver(request.param)


def new_session(**values):
    session = SessionStore()
    session.update(values)
    session.save()
    return session


def statements(call, session, name: str) -> list[str]:
    """The kinds of statements that the database is sent by one call."""
    with CaptureQueriesContext(connection) as captured:
        call(session, name)
    kinds = [query["sql"].split()[0] for query in captured]
    return [kind for kind in kinds if kind in {"SELECT", "UPDATE", "INSERT", "DELETE"}]


# --- one statement each -----------------------------------------------------------------------------------------------
def test_loading_and_saving_are_one_statement_each(call):
    session = SessionStore(new_session(a=0).session_key)
    assert statements(call, session, "load") == ["SELECT"]
    call.set(session, "a", 1)
    assert statements(call, session, "save") == ["UPDATE"]
    assert statements(call, session, "cycle_key") == ["UPDATE"]
    assert statements(call, session, "flush") == ["DELETE"]


def test_a_first_save_is_one_statement(call):
    session = SessionStore()
    call.set(session, "a", 1)
    assert statements(call, session, "save") == ["INSERT"]


def test_a_save_that_met_another_reads_and_writes_once_more(call):
    session = new_session(a=0)
    slow = SessionStore(session.session_key)
    call.set(slow, "b", 1)
    session["a"] = 1
    session.save()
    assert statements(call, slow, "save") == ["UPDATE", "SELECT", "UPDATE"]
    assert dict(slow.items()) == {"a": 1, "b": 1}


def test_a_save_that_never_gets_its_turn_gives_up_with_an_error(call, monkeypatch):
    session = new_session(a=0)
    monkeypatch.setattr(SessionStore, "_is_updated", lambda self, row: False)
    with pytest.raises(SessionContended, match=f"{sql.TRIES} saves lost in a row"):
        call(session, "save")


# --- to this engine and back ------------------------------------------------------------------------------------------
def test_a_session_of_djangos_engine_goes_on_and_back(call):
    before = DjangosStore()
    before["a"] = 1
    before.save()
    ours = SessionStore(before.session_key)
    call.set(ours, "b", 2)
    call(ours, "save")
    assert dict(DjangosStore(before.session_key).items()) == {"a": 1, "b": 2}
    assert Session.objects.get(pk=before.session_key).get_decoded() == {"a": 1, "b": 2}


class WithUser(SessionStore):
    """As Django's documentation has a project derive an engine with a column of its own; here the column is the key."""

    made: list[str] = []

    def create_model_instance(self, data):
        self.made.append(sorted(data))
        return super().create_model_instance(data)


def test_a_derived_engine_makes_its_own_rows(call):
    session = WithUser()
    call.set(session, "a", 1)
    call(session, "save")
    call.set(session, "b", 1)
    call(session, "save")
    assert WithUser.made[-2:] == [["a"], ["a", "b"]]


def test_what_cannot_be_read_is_empty_and_replaced_by_the_next_save(call, caplog):
    session = new_session(a=1)
    Session.objects.filter(pk=session.session_key).update(session_data="broken:data:here")
    again = SessionStore(session.session_key)
    with caplog.at_level(logging.WARNING, "django.security.SuspiciousSession"):
        assert call(again, "load") == {}
    assert caplog.messages == ["Session data corrupted"]
    again = SessionStore(session.session_key)
    call.set(again, "b", 2)
    call(again, "save")
    assert dict(SessionStore(session.session_key).items()) == {"b": 2}


# --- errors that are not a taken key -----------------------------------------------------------------------------------
@pytest.fixture
def refusing(monkeypatch):
    """The database refuses every write, as with a constraint of the project's own."""

    def refuse(*arguments, **options):
        raise IntegrityError("a constraint of the project")

    monkeypatch.setattr(Session, "save", refuse)
    monkeypatch.setattr(SessionStore, "_is_moved", refuse)


def test_a_refused_insert_that_is_no_taken_key_is_an_error(call, refusing):
    session = SessionStore()
    call.set(session, "a", 1)
    with pytest.raises(IntegrityError):
        call(session, "save")


def test_a_refused_move_that_is_no_taken_key_is_an_error(call, monkeypatch):
    session = new_session(a=1)
    monkeypatch.setattr(SessionStore, "_is_moved", lambda *_: (_ for _ in ()).throw(IntegrityError))
    with pytest.raises(IntegrityError):
        call(session, "cycle_key")


def test_a_lost_save_inside_a_transaction_leaves_it_usable():
    session = new_session(a=0)
    slow = SessionStore(session.session_key)
    slow["a"] = 1
    session.delete()
    with transaction.atomic():
        with pytest.raises(UpdateError):
            slow.save()
        assert Session.objects.count() == 0
