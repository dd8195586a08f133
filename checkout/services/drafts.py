"""What a shopper enters on the way is written here, each time only onto what they saw."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils import timezone

from checkout.models import CheckoutDraft
from shop.catalog.prepared_writes import PreparedInsert, PreparedUpdate

LARGEST = 2**31 - 1
"""Marks the version in a prepared statement; no draft gets there."""


class DraftChanged(RuntimeError):
    """Another tab wrote the draft since it was read."""


def write_draft(cart_id: int, *, version: int, **fields: Any) -> None:
    """Write ``fields`` onto the draft as it was read; ``version`` 0: there was none.

    Raises :class:`DraftChanged` when it is not that any more.
    """
    if not version:
        return _create(cart_id, fields)
    values = (*fields.values(), version + 1, timezone.now())
    if not _writing(tuple(fields)).run(values, cart_id, version):
        raise DraftChanged(cart_id)
    return None


def _create(cart_id: int, fields: dict[str, Any]) -> None:
    if _insert.run(cart_id=cart_id, version=1, **fields) is None:
        raise DraftChanged(cart_id)


_insert = PreparedInsert(CheckoutDraft, or_nothing=True)


@cache
def _writing(names: tuple[str, ...]) -> PreparedUpdate:
    as_read = CheckoutDraft.objects.filter(cart_id=-1, version=LARGEST)
    return PreparedUpdate(as_read, (*names, "version", "updated_at"), (-1, LARGEST))
