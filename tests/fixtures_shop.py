"""The shop as real processes, for tests in a browser and across processes.

A prepared shop (migrated, demo catalogue, staff account, static files) is made once per run, under a lock, and copied
for each shop that a test file asks for: a folder for SQLite, a template database for PostgreSQL.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import environment
from tests.servers import (
    Postgres,
    RedisServer,
    Shop,
    embedded_command,
    free_port,
    granian_command,
    postgres_store,
    program,
    redis_server,
    redis_store,
    running,
    shop_environment,
    wait_until,
    worker_command,
)

STAFF_EMAIL = "staff@waymark.test"
STAFF_PASSWORD = "painted-blaze-on-a-tree"
_PREPARE = f"""
from django.core.management import call_command
from checkout.management.commands.embedded import collect_static_files
call_command("migrate", verbosity=0)
call_command("demo", verbosity=0)
call_command("createsuperuser", interactive=False, email={STAFF_EMAIL!r}, verbosity=0)
collect_static_files(print)
"""


def _environment(folder: Path, port: int, database_url: str, redis_url: str) -> dict[str, str]:
    return shop_environment(folder, port, database_url, redis_url) | {"DJANGO_SETTINGS_MODULE": "tests.settings_shop"}


@contextlib.contextmanager
def _once_per_run(name: str) -> Iterator[Path | None]:
    """The folder to fill for the first process that comes, None for the others, which wait until it is filled."""
    folder = Path(os.environ["WAYMARK_TEST_FOLDER"])
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            yield None
            return
        yield folder / name
        done.touch()


def _prepare(shop: Shop) -> None:
    """Migrate, fill and collect; what a second shop of the run then only copies."""
    shop.environment["DJANGO_SUPERUSER_PASSWORD"] = STAFF_PASSWORD
    shop.script(_PREPARE)
    shop.end_scripts()


def _postgres(statement: str) -> None:
    """Run one statement on the run's PostgreSQL, outside any transaction."""
    url, _ = environment.start_services()
    subprocess.run([program("psql"), "--quiet", "-c", statement, url], check=True, capture_output=True)


def _copied(name: str) -> bool:
    """PostgreSQL refuses while anybody is connected to the template: the process that filled it, or another copy."""
    try:
        _postgres(f"CREATE DATABASE {name} TEMPLATE shop_template")
    except subprocess.CalledProcessError as refusal:
        assert b"being accessed by other users" in refusal.stderr, refusal.stderr
        return False
    return True


def _database(name: str) -> str:
    url, _ = environment.start_services()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _prepared(services: bool) -> Path:
    """Make the prepared shop if this run has none yet; the folder to copy."""
    # In a plain run each worker that needs PostgreSQL has one of its own, and so a template of its own.
    name = f"shop-services-{urlsplit(environment.start_services()[0]).port}" if services else "shop-plain"
    with _once_per_run(name) as folder:
        if folder is not None:
            database = ""
            if services:
                _postgres("CREATE DATABASE shop_template")
                database = _database("shop_template")
            _prepare(Shop("", folder, _environment(folder, 0, database, ""), folder / "log"))
    return Path(os.environ["WAYMARK_TEST_FOLDER"]) / name


def _linked_or_copied(source: str, target: str) -> None:
    """Static files are only read; of all else a shop has its own."""
    if "static" in Path(source).parts:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@dataclass
class OwnStores:
    """A running shop whose PostgreSQL and Redis nobody else uses: a test may stop them."""

    shop: Shop
    postgres: Postgres
    redis: RedisServer


@contextlib.contextmanager
def shop_with_own_stores(command: Callable[[int], list[str]] | None = None, **variables: str) -> Iterator[OwnStores]:
    """The set-up of production with the demo catalogue. ``command(port)``: what serves the pages, granian by default."""
    port, folder = free_port(), Path(os.environ["WAYMARK_TEST_FOLDER"]) / f"own_{uuid.uuid4().hex[:12]}"
    shutil.copytree(_prepared(services=True), folder, copy_function=_linked_or_copied)
    with postgres_store() as postgres, redis_store() as redis:
        copied = subprocess.run([program("pg_dump"), _database("shop_template")], check=True, capture_output=True)
        words = [program("psql"), "--quiet", "-v", "ON_ERROR_STOP=1", postgres.url]
        subprocess.run(words, input=copied.stdout, check=True, capture_output=True)
        environment = _environment(folder, port, postgres.url, f"{redis.url}/0") | variables
        shop = Shop(f"http://127.0.0.1:{port}", folder, environment, folder / "server.log")
        pages = command(port) if command else granian_command(port, 2)
        with running(shop, [pages, worker_command()]):
            yield OwnStores(shop, postgres, redis)


@contextlib.contextmanager
def shop_server(*, services: bool, workers: int = 2, **variables: str) -> Iterator[Shop]:
    """A running shop with the demo catalogue and stores of its own.

    ``services``: granian with ``workers`` WSGI workers, a task worker, PostgreSQL and Redis; otherwise what
    ``make run`` starts. ``variables`` go into its environment (``HOLD_MINUTES="1"``).
    """
    name, port = f"shop_{uuid.uuid4().hex[:12]}", free_port()
    folder = Path(os.environ["WAYMARK_TEST_FOLDER"]) / name
    shutil.copytree(_prepared(services), folder, copy_function=_linked_or_copied)
    with contextlib.ExitStack() as stack:
        database = redis = ""
        if services:
            wait_until(lambda: _copied(name), 30, "a copy of the prepared database")
            stack.callback(_postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            database, redis = _database(name), stack.enter_context(redis_server()) + "/0"
        shop = Shop(
            f"http://127.0.0.1:{port}",
            folder,
            _environment(folder, port, database, redis) | variables,
            folder / "server.log",
        )
        commands = [granian_command(port, workers), worker_command()] if services else [embedded_command(port)]
        yield stack.enter_context(running(shop, commands))


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """The shop for one test file, on the stores of this run; its log is kept when a test of the file failed."""
    with shop_server(services=environment.STORES == "services") as shop:
        yield shop


@pytest.fixture(scope="module")
def shop_processes() -> Iterator[Shop]:
    """The shop in two page processes and a task worker, PostgreSQL and Redis, whatever the run's own stores are."""
    with shop_server(services=True, workers=2) as shop:
        yield shop
