"""Claims in the database: one row per press, found again by its primary key."""

from __future__ import annotations

from datetime import datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import IntegrityError, router
from django.db.models import QuerySet
from django.utils import timezone

from navstate.models import NavOnce
from navstate.once.base import Found
from navstate.storage.sql import savepoint_if_needed

MAX_TRIES = 8
"""Tries of one claim. Each that fails means that another request succeeded."""


class SqlClaims:
    """Two queries to claim, one for each other method.

    It reads before it inserts: on SQLite an insert would wait for the first request's transaction, and a read waits for
    none. If two requests find nothing, the primary key lets one of them insert.
    """

    def claim(self, name: str, *, owner: str, payload: str, seconds: float) -> Found | None:
        now, row = timezone.now(), {"owner": owner, "payload": payload, "outcome": ""}
        for _ in range(MAX_TRIES):
            found = _rows(name).values_list("payload", "outcome", "expires_at").first()
            ends = now + timedelta(seconds=seconds)
            if found is None:
                if _inserted(name, ends, row):
                    return None
            elif found[2] > now:
                return Found(*found[:2])
            elif _rows(name).filter(expires_at=found[2]).update(expires_at=ends, **row):
                return None
        return Found(payload, "")  # claimed by others in turn: treat it as still running

    def finish(self, name: str, *, owner: str, outcome: str, seconds: float) -> bool:
        return _rows(name).filter(owner=owner).update(outcome=outcome, expires_at=_in(seconds)) == 1

    def release(self, name: str, *, owner: str) -> None:
        _rows(name).filter(owner=owner).delete()

    def shorten(self, name: str, *, seconds: float) -> None:
        ends = _in(seconds)
        _rows(name).filter(expires_at__gt=ends).exclude(outcome="").update(expires_at=ends)

    # Django's database layer is synchronous; one thread hop per method is the least possible.
    aclaim = sync_to_async(claim)
    afinish = sync_to_async(finish)
    arelease = sync_to_async(release)
    ashorten = sync_to_async(shorten)


def alias() -> str:
    """Return the alias of the database with the claims."""
    return router.db_for_write(NavOnce)


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def _rows(name: str) -> QuerySet[NavOnce]:
    return NavOnce.objects.using(alias()).filter(name=name)


def _inserted(name: str, ends: datetime, row: dict[str, str]) -> bool:
    try:
        with savepoint_if_needed(alias()):
            NavOnce.objects.using(alias()).create(name=name, expires_at=ends, **row)
    except IntegrityError:  # a twin inserted first
        return False
    return True
