"""Navigation state in the database: one row per visitor and flow, written by conditional statements only."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import IntegrityError, connections, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from navstate.models import NavRecord
from navstate.storage.base import Stored


class SqlStorage:
    """One query to load, one to write; two when a record is created while an expired one is still stored."""

    def load(self, nav_id: str, flow: str) -> Stored | None:
        row = _living(nav_id, flow).values_list("version", "state").first()
        return Stored(*row) if row else None

    async def aload(self, nav_id: str, flow: str) -> Stored | None:
        row = await _living(nav_id, flow).values_list("version", "state").afirst()
        return Stored(*row) if row else None

    def compare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool:
        expires_at = timezone.now() + timedelta(seconds=ttl)
        if expected is None:
            return _create(nav_id, flow, state, expires_at)
        version = _living(nav_id, flow).filter(version=expected)
        return version.update(version=expected + 1, state=state, expires_at=expires_at) == 1

    async def acompare_and_set(self, nav_id: str, flow: str, *, expected: int | None, state: str, ttl: int) -> bool:
        expires_at = timezone.now() + timedelta(seconds=ttl)
        if expected is None:
            # Only the thread of the synchronous code knows whether a transaction is open.
            return await sync_to_async(_create)(nav_id, flow, state, expires_at)
        version = _living(nav_id, flow).filter(version=expected)
        return await version.aupdate(version=expected + 1, state=state, expires_at=expires_at) == 1

    def delete(self, nav_id: str, flow: str) -> None:
        NavRecord.objects.filter(nav_id=nav_id, flow=flow).delete()

    async def adelete(self, nav_id: str, flow: str) -> None:
        await NavRecord.objects.filter(nav_id=nav_id, flow=flow).adelete()


def _living(nav_id: str, flow: str) -> QuerySet[NavRecord]:
    # A replica may lag behind the version that a page was just rendered from, so reads go where writes go.
    using = router.db_for_write(NavRecord)
    return NavRecord.objects.using(using).filter(nav_id=nav_id, flow=flow, expires_at__gt=timezone.now())


def _create(nav_id: str, flow: str, state: str, expires_at: datetime) -> bool:
    """Insert the first version, or replace an expired record that was not pruned yet; False if there is a live one."""
    using = router.db_for_write(NavRecord)
    try:
        with savepoint_if_needed(using):
            NavRecord.objects.using(using).create(nav_id=nav_id, flow=flow, state=state, expires_at=expires_at)
    except IntegrityError:
        expired = NavRecord.objects.using(using).filter(nav_id=nav_id, flow=flow, expires_at__lte=timezone.now())
        return expired.update(version=1, state=state, expires_at=expires_at) == 1
    return True


def savepoint_if_needed(using: str) -> AbstractContextManager[None]:
    """Return a savepoint inside a transaction, which a failed insert would break; outside, save its two round trips."""
    if connections[using].in_atomic_block:
        return transaction.atomic(using)
    return nullcontext()
