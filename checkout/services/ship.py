"""Handing an order over to the carrier."""

from __future__ import annotations

from django.db import transaction

from checkout.services.status import move_order, note


def ship(order_id: int, *, by: str) -> bool:
    """Mark a paid order as shipped. False when it is not paid, or was shipped before."""
    with transaction.atomic():
        if not move_order(order_id, "ship"):
            return False
        note(order_id, "shipped", by)
    return True
