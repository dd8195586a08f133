"""What is known of orders. No side effects."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from checkout.models import Order


def orders_of(user_id: int) -> QuerySet[Order]:
    """The orders of an account, newest first, each with ``units``: how many articles it has in all."""
    return Order.objects.filter(user_id=user_id).annotate(units=Sum("lines__quantity")).order_by("-placed_at", "-pk")
