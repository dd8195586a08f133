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

from pathlib import Path

import pytest

from tests import environment, strict_python

strict_python.refuse_control_characters_in_cookies()

pytest_plugins = ["tests.choice", "tests.fixtures_django", "tests.fixtures_shop", "tests.fixtures_browser"]


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


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    """An empty folder for uploaded and imported pictures."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
