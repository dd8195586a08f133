"""Every change of stock. Conditional UPDATEs only: the row count says whether the units were there.

Read-then-write would sell the last unit once per process (PostgreSQL), and ``select_for_update`` silently does nothing
on SQLite. All functions may be called inside a transaction and then take effect only if it commits.

Rows are locked in the same order everywhere, so that there are no deadlocks: holds and stock in SKU order, the
catalogue's number last. So a transaction handles one order; a batch of orders takes a transaction each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import F

from shop.catalog.availability import shown_class
from shop.catalog.services import bump_catalog_version
from shop.sql.reads import CompiledQuery
from shop.sql.slots import Slot
from shop.sql.writes import CompiledInsert, CompiledUpdate
from shop.stock.models import Hold, Stock
from shop.stock.queries import available_for

__all__ = [
    "OutOfStock",
    "available_for",
    "commit_hold",
    "correct",
    "give_back",
    "hold",
    "reacquire_hold",
    "release",
    "take",
]


_write_hold = CompiledInsert(Hold)
_count = CompiledQuery(Stock.objects.filter(pk=Slot("variant")).values_list("pk", "available"))


class OutOfStock(Exception):
    """``available``: units of the variant that were left just after the refusal."""

    def __init__(self, variant_id: int, available: int) -> None:
        super().__init__(f"variant {variant_id}: {available} left")
        self.variant_id = variant_id
        self.available = available


def take(variant_id: int, quantity: int) -> bool:
    """Take units out of stock.

    Return True when they were there, or the variant is not counted or sells beyond zero. Raises ``ValueError`` for a
    quantity below 1.
    """
    with transaction.atomic(savepoint=False):
        counted = _take(variant_id, quantity)
        if counted is None:
            return False
        _bump_if_shown({variant_id: -counted})
        return True


def give_back(variant_id: int, quantity: int) -> None:
    """Put units back into stock, such as goods that were returned. The caller makes sure that it happens once."""
    with transaction.atomic(savepoint=False):
        _give(variant_id, quantity)
        _bump_if_shown({variant_id: quantity})


def hold(reference: str, lines: Sequence[tuple[int, int]], expires_at: datetime) -> None:
    """Hold the units of an order, ``(variant id, quantity)`` in SKU order, each variant once, until ``expires_at``.

    All or nothing: :class:`OutOfStock` names the first variant that lacks units and undoes the caller's transaction, so
    catch it outside. Raises ``IntegrityError`` when the reference already holds one of the variants.
    """
    with transaction.atomic(savepoint=False):
        counted = {variant_id: _take_or_refuse(variant_id, quantity) for variant_id, quantity in lines}
        for variant_id, quantity in lines:
            _write_hold.run(
                reference=reference,
                variant_id=variant_id,
                quantity=quantity,
                counted=counted[variant_id],
                expires_at=expires_at,
            )
        _bump_if_shown({variant_id: -units for variant_id, units in counted.items()})


def commit_hold(reference: str) -> int:
    """Mark what a paid order holds as taken. Return the number of holds; 0 when none was held any more."""
    return Hold.objects.filter(reference=reference, state=Hold.State.HELD).update(state=Hold.State.TAKEN)


def release(reference: str) -> int:
    """Put what a cancelled order holds back into stock. Return the number of holds; 0 the second time."""
    with transaction.atomic(savepoint=False):
        released = [held for held in _holds(reference, Hold.State.HELD) if _move(held, Hold.State.RELEASED)]
        for held in released:
            _give(held.variant_id, held.counted)
        _bump_if_shown({held.variant_id: held.counted for held in released})
        return len(released)


def reacquire_hold(reference: str) -> bool:
    """Take released units again for a payment that came late. Return False, with nothing taken, when they are gone.

    Return True also when the order has no released holds, so that a second call does no harm.
    """
    try:
        with transaction.atomic():
            _retake(reference)
    except OutOfStock:
        return False
    return True


def correct(variant_id: int, *, seen: int | None, available: int | None, sells_without: bool) -> bool:
    """Set the count to what staff entered.

    ``seen``: the count that they were shown; ``available``: the count that they entered; ``None``: not counted.

    Return False, with nothing changed, when the count has changed since: a correction must not bring sold units back.
    """
    with transaction.atomic(savepoint=False):
        changed = _corrected(variant_id, seen, available, sells_without)
        if changed:
            bump_catalog_version()
        return changed


def _corrected(variant_id: int, seen: int | None, available: int | None, sells_without: bool) -> bool:
    if seen is None and available is None:
        return not Stock.objects.filter(pk=variant_id).exists()
    if seen is None:
        wanted = {"available": available, "sells_without": sells_without}
        return Stock.objects.get_or_create(variant_id=variant_id, defaults=wanted)[1]
    row = Stock.objects.filter(pk=variant_id, available=seen)
    if available is None:
        return bool(row.delete()[0])
    return bool(row.update(available=available, sells_without=sells_without))


def _retake(reference: str) -> None:
    counted: dict[int, int] = {}
    for held in _holds(reference, Hold.State.RELEASED):
        if _move(held, Hold.State.TAKEN):
            counted[held.variant_id] = _take_or_refuse(held.variant_id, held.quantity)
            Hold.objects.filter(pk=held.pk).update(counted=counted[held.variant_id])
    _bump_if_shown({variant_id: -units for variant_id, units in counted.items()})


def _holds(reference: str, state: Hold.State) -> list[Hold]:
    return list(Hold.objects.filter(reference=reference, state=state).order_by("variant__sku"))


def _move(held: Hold, state: Hold.State) -> bool:
    """Change the hold from the state it was read in to ``state``; False when another request changed it first."""
    return bool(Hold.objects.filter(pk=held.pk, state=held.state).update(state=state))


def _take_or_refuse(variant_id: int, quantity: int) -> int:
    counted = _take(variant_id, quantity)
    if counted is None:
        raise OutOfStock(variant_id, Stock.objects.values_list("available", flat=True).get(pk=variant_id))
    return counted


def _take(variant_id: int, quantity: int) -> int | None:
    """Return the units taken from the count: all, 0 (not counted), fewer (sold beyond zero); ``None`` if refused."""
    if quantity < 1:
        raise ValueError(f"a quantity of {quantity} cannot be taken")
    if _counting_down().run((-quantity,), variant=variant_id, units=quantity):
        return quantity
    while True:
        row = Stock.objects.filter(pk=variant_id).values_list("available", "sells_without").first()
        if row is None:
            return 0
        available, sells_without = row
        if not sells_without:
            return None if available < quantity else _take(variant_id, quantity)
        taken = min(available, quantity)
        # Only if the count is still the one just read: a release must give back what was taken.
        if Stock.objects.filter(pk=variant_id, available=available).update(available=available - taken):
            return taken


@lru_cache(maxsize=1)
def _counting_down() -> CompiledUpdate:
    """Return the statement that counts down if enough units are there."""
    enough = Stock.objects.filter(pk=Slot("variant"), available__gte=Slot("units"))
    return CompiledUpdate(enough, ("available",), adds=True)


def _give(variant_id: int, quantity: int) -> None:
    if quantity:
        Stock.objects.filter(pk=variant_id).update(available=F("available") + quantity)


def _bump_if_shown(changes: dict[int, int]) -> None:
    """Raise the catalogue's number when pages show any of these variants differently now.

    ``changes``: units added to each variant's count. Call it after the updates: this transaction has locked their rows,
    so the counts before and after are exact.
    """
    moved = {variant_id: units for variant_id, units in changes.items() if units}
    if moved and any(shown_class(now - moved[pk]) != shown_class(now) for pk, now in _counts(moved)):
        bump_catalog_version()


def _counts(variant_ids: Iterable[int]) -> list[tuple[Any, ...]]:
    return [row for variant_id in variant_ids for row in _count.rows(variant=variant_id)]
