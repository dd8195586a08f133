"""Django's own session tests hold for both engines, sync and async.

They come from the source distribution of the Django that is installed, fetched once by pip and kept below
``.pytest_cache``. Where it can neither be found nor fetched these tests fail and say so.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import django
import pytest

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parent.parent.parent
AT_LEAST = 60
"""Tests of the mixin in Django 5.2: fewer would mean that they were not found."""


def fetched(folder: Path) -> Path:
    """Django's source distribution below ``folder``; by one process, the others wait for it."""
    version = django.get_version()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(folder.glob(f"[Dd]jango-{version}.tar.gz")):
            fetch(version, folder)
    return next(folder.glob(f"[Dd]jango-{version}.tar.gz"))


def fetch(version: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "Django"]
    done = subprocess.run(
        [*command, "--dest", folder, f"Django=={version}"], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.fail(f"pip could not fetch the source of Django {version}:\n{done.stderr or done.stdout}", pytrace=False)


@pytest.fixture(scope="module")
def django_tests(request, tmp_path_factory) -> Path:
    """The folder ``tests`` of Django's source; of it, those of the sessions."""
    archive = fetched(request.config.cache.mkdir("django-source"))
    folder = tmp_path_factory.mktemp("django")
    with tarfile.open(archive) as source:  # by hand: Python 3.11.2, Debian's, knows no safe way to extract
        for each in source.getmembers():
            top, *path = Path(each.name).parts
            if each.isfile() and path[:2] == ["tests", "sessions_tests"] and ".." not in path:
                target = folder.joinpath(Path(top).name, *path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.extractfile(each).read())
    return next(folder.glob("*/tests"))


POSTGRES = os.environ.get("DATABASE_URL", "").rpartition("/")[0] + "/djangos"


@pytest.mark.parametrize(
    ("engine", "database"),
    [
        pytest.param("navstate.sessions.sql", POSTGRES, id="sql-postgresql"),
        pytest.param("navstate.sessions.sql", "sqlite://:memory:", id="sql-sqlite"),
        pytest.param("navstate.sessions.redis", "sqlite://:memory:", id="redis"),
        pytest.param("django.contrib.sessions.backends.db", "sqlite://:memory:", id="control-django"),
    ],
)
def test_djangos_session_tests_hold(django_tests: Path, engine: str, database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.navstate.djangos", django_tests, engine],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["ran"] >= AT_LEAST
    assert (counts["skipped"], counts["failed"]) == (0, [])
