"""What changes of the catalogue share: the number every public page hangs on, and the lock of the category tree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from shop.catalog.models import CatalogVersion

THE_ROW = 1
TREE_LOCK = 0x77617973  # any number, as long as nothing else in this database locks it


def bump_catalog_version() -> None:
    """Make every cached public page old. Call it last, in the transaction of the change that the pages will show.

    The row stays locked until that transaction ends, so writers of the catalogue queue up behind it: touch no stock row
    after it. The number is at least the clock in microseconds, so that a database restored from a backup does not count
    through numbers that pages were already stored under.
    """
    if _grow():
        return
    # ON CONFLICT DO NOTHING: of two that find no row, one makes it and both grow it.
    CatalogVersion.objects.bulk_create([CatalogVersion(pk=THE_ROW)], ignore_conflicts=True)
    _grow()


def catalog_version() -> int:
    """Return the number that public pages are stored under; 0 before the first change.

    Plain SQL, because every public page asks for it: building the same query with the ORM takes six times as long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM catalog_catalogversion WHERE id = 1")
        row = cursor.fetchone()
    return row[0] if row else 0


@contextmanager
def category_tree_lock() -> Iterator[None]:
    """Begin a transaction in which nobody else moves, adds or deletes categories.

    treebeard reads the paths of neighbours and writes new ones: two writers at once give a path twice or lose a branch.
    SQLite's BEGIN IMMEDIATE is that lock already; inside an outer transaction the lock lasts until the outer one ends.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
        yield


def _grow() -> int:
    now = Value(time.time_ns() // 1000)
    return CatalogVersion.objects.filter(pk=THE_ROW).update(number=Greatest(F("number") + 1, now))
