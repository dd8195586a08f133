"""The one place that writes an order's status, and its timeline.

Lock order, so that no two writers wait for each other: order, payment, holds, stock, the catalogue's number.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from djmoney.money import Money

from checkout.models import Order, OrderEvent
from shop.money import money_of

MAX_MESSAGE_LENGTH = 400


class LockedOrder(NamedTuple):
    """What services decide on, of an order that only this transaction can change."""

    pk: int
    status: str
    token: str
    attempt: str
    number: str
    language: str
    email: str
    payment_method: str
    cart_id: int | None
    total_amount: Decimal
    total_currency: str

    @property
    def total(self) -> Money:
        return money_of(self.total_amount, self.total_currency)

    @property
    def is_awaiting_payment(self) -> bool:
        return self.status == Order.Status.AWAITING_PAYMENT


@lru_cache(maxsize=1)
def _transitions() -> dict[str, tuple[str, frozenset[str]]]:
    """Return target and sources of each transition that the model declares, by its name."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for transition in Order._meta.get_field("status").get_all_transitions(Order):  # type: ignore[union-attr]
        target, sources = found.get(transition.name, (transition.target, frozenset()))
        found[transition.name] = target, sources | {transition.source}
    return found


def move_order(order_id: int, transition: str, *, only_from: Collection[str] | None = None, **fields: Any) -> bool:
    """Move an order along a declared transition by one conditional UPDATE. False when it did not stand at its start.

    ``only_from``: narrows the declared sources. ``fields``: written along.
    """
    target, sources = _transitions()[transition]
    wanted = sources if only_from is None else sources & frozenset(only_from)
    return bool(Order.objects.filter(pk=order_id, status__in=wanted).update(status=target, **fields))


def lock_order(order_id: int) -> LockedOrder:
    """Lock the order until the transaction ends, so that changes of it and its payments come one after the other.

    On SQLite, where there are no row locks, the transaction itself is the only writer (BEGIN IMMEDIATE). What changes
    is decided by conditional UPDATEs all the same. Raises ``Order.DoesNotExist``.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a lock outside a transaction holds nothing")
    names = [name.replace("total_amount", "total") for name in LockedOrder._fields]
    return LockedOrder(*Order.objects.select_for_update(no_key=True).values_list(*names).get(pk=order_id))


def note(order_id: int, kind: str, message: str = "") -> None:
    """Write one entry of the order's timeline."""
    OrderEvent.objects.create(order_id=order_id, kind=kind, message=message[:MAX_MESSAGE_LENGTH])
