"""/healthz and /readyz."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client


def test_healthz_asks_no_store(client: Client) -> None:
    """Without the mark for the database any query would fail this test."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies


@pytest.mark.django_db
def test_readyz_asks_every_store(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_names_the_silent_store(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise DatabaseError("password of the database")

    monkeypatch.setattr(connection, "cursor", broken)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"no answer: database\n")


@pytest.mark.django_db
def test_readyz_names_a_silent_cache(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(type(cache), "get", broken, raising=False)
    monkeypatch.setattr("config.health.cache.get", broken)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"no answer: cache\n")
