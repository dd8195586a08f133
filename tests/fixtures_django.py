"""What any test of a Django project needs, navstate's own without the shop included (``deploy/matrix.py``)."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils import translation
from hypothesis import HealthCheck, settings

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")  # how busy a machine is, is no property of the code


@pytest.fixture(autouse=True, scope="session")
def _no_check_at_the_start() -> Iterator[None]:
    """Tests change settings and flows at will; ``tests/navstate/test_checks.py`` looks at the check itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("navstate.middleware.check_start", lambda: None)
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees what another one put into the cache; with Redis that is sessions and navigation state as well."""
    yield
    cache.clear()


_opened_by_threads: list[tuple[threading.Thread, sqlite3.Connection]] = []


@receiver(connection_created)
def _note_who_opened(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        _opened_by_threads.append((threading.current_thread(), connection.connection))


@pytest.fixture(autouse=True)
def _no_connection_of_an_ended_thread() -> Iterator[None]:
    """Close what ended threads left open: Django itself closes no SQLite in memory, which would end the database.

    Newer Pythons warn of each that the garbage collector finds, in whatever test that happens.
    """
    yield
    for thread, opened in [pair for pair in _opened_by_threads if not pair[0].is_alive()]:
        opened.close()
        _opened_by_threads.remove((thread, opened))


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """No test goes on in the language that another one's last request was in."""
    yield
    translation.deactivate()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Callable) -> Callable[[], contextlib.AbstractContextManager]:
    """``with commits():`` runs what the block left for after the commit, as a real commit would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
