"""``{% load orders %}``: orders for pages of other rooms."""

from __future__ import annotations

from django import template

from checkout.models import Order
from checkout.queries import orders_of
from shop.accounts.models import User

register = template.Library()


@register.simple_tag
def recent_orders(user: User, most: int) -> list[Order]:
    """Return the latest ``most`` orders of an account, newest first, in one query."""
    return list(orders_of(user.pk)[:most])
