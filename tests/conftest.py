"""What every test may ask for. How to run them:

    pytest tests/shop/cart/test_services.py      one file alone, SQLite in memory
    pytest -n 2 -m "not browser"                 everything quick, on two cores
    WAYMARK_STORES=services pytest …             the same tests on a private PostgreSQL and Redis
    pytest -m browser                            browsers against a real shop process (same WAYMARK_STORES switch)

Markers
* ``services``: makes sense on PostgreSQL and Redis only: races above all. Deselected in a plain run (SQLite's writers
  take turns, so a race could not show); in a run with ``WAYMARK_STORES=services`` it uses the default database like any
  other test: ``@pytest.mark.services`` and ``@pytest.mark.django_db(transaction=True)``, then real threads, each of
  which ends with ``connection.close()``. For several *processes* ask for ``shop_processes``.
* ``browser``: needs Chromium, WebKitGTK and Firefox; ``browser`` (Chromium, bfcache on), ``browser_without_bfcache``,
  ``browser_without_javascript``, ``browser_phone``, and ``shop``: the shop as a process with the demo catalogue, shared by
  one test file. tests/browser/conftest.py has walkers for all engines.
* ``stores``: a ``browser`` test that ``make test`` runs on PostgreSQL and Redis as well. What a browser does with its
  history and how a page looks does not depend on them.
When a browser test fails, screenshot, page source and the server's log are kept below ``artifacts/``.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils import translation

from tests import environment

pytest_plugins = ["tests.fixtures_shop", "tests.fixtures_browser"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """In a run with ``--dist loadgroup`` a file stays with one worker, and so with one shop, where it does not say else."""
    if not item.get_closest_marker("xdist_group"):
        item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, not skip: a plain run does not promise what only PostgreSQL and Redis can show."""
    if environment.STORES == "services":
        return
    away = [item for item in items if item.get_closest_marker("services") and not item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


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


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    """An empty folder for uploaded and imported pictures."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
