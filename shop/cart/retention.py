"""Which carts are no longer needed, and their deletion in batches beside live traffic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from shop.cart.models import Cart

BATCH_SIZE = 500  # carts


def left_behind(before: datetime, keep: Q) -> QuerySet[Cart]:
    """Return carts that nobody has touched since ``before``: guests' open ones, merged and ordered ones.

    An account's open cart stays as long as the account. ``keep``: carts that the caller still needs, since this room
    does not know of orders and payments.
    """
    closed = Q(status__in=[Cart.Status.MERGED, Cart.Status.ORDERED])
    of_guest = Q(status=Cart.Status.OPEN, user__isnull=True)
    needed = Cart.objects.filter(keep).values("pk")
    return Cart.objects.filter(closed | of_guest, updated_at__lt=before).exclude(pk__in=needed)


def prune_carts(before: datetime, *, keep: Q, size: int = BATCH_SIZE) -> Iterator[int]:
    """Delete carts with their lines; yield the number deleted after each batch. Can be stopped and started again."""
    last = 0
    while batch := list(
        left_behind(before, keep).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]
    ):
        yield _delete(batch, before, keep)
        last = batch[-1]


def _delete(batch: list[int], before: datetime, keep: Q) -> int:
    """Delete the carts of the batch that nobody has touched meanwhile.

    A shopper may come back between the query and the deletion, so the rows are locked and checked again (SQLite has one
    writer at a time, so there the transaction is enough). Rows locked by another transaction are skipped.
    """
    with transaction.atomic():
        still = left_behind(before, keep).filter(pk__in=batch).select_for_update(skip_locked=True, of=("self",))
        ids = list(still.values_list("pk", flat=True))
        Cart.objects.filter(pk__in=ids).delete()
    return len(ids)
