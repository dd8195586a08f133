"""How many unpaid orders somebody may have at once: each of them holds stock that nobody else can buy meanwhile.

Counted are the orders that await payment, of one visitor (an account, or a guest's navigation id), of one e-mail address and
of one network address. Exact when many are placed at once: who places an order has its visitor, e-mail and address for
itself until the transaction ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from checkout.models import Order
from shop.stock.models import Hold

OWN, EMAIL, ADDRESS = "own", "email", "address"


class OpenOrder(NamedTuple):
    """An order of the visitor's own that is not paid yet."""

    number: str
    token: str


class TooManyOpen(RuntimeError):
    """Nothing was ordered. ``kind``: what was counted. ``minutes``: until the first of them is given up by itself.

    ``orders``: those of the visitor's own; nobody is told the orders of others who share an address.
    """

    def __init__(self, kind: str, count: int, minutes: int, orders: list[OpenOrder]) -> None:
        super().__init__(f"{count} open orders by {kind}")
        self.kind, self.count, self.minutes, self.orders = kind, count, minutes, orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Placer:
    """Who places an order. ``placed_from``: :func:`digest_of` the network address, empty for none."""

    user_id: int | None
    nav_id: str
    email: str
    placed_from: str


class _Limit(NamedTuple):
    kind: str
    key: str
    most: int
    which: Q


def digest_of(address: str) -> str:
    """Digest a network address: enough to tell two apart, not enough to read it. Of IPv6 the first half counts.

    Raises ``ValueError`` for what is no address.
    """
    parsed = ip_address(address)
    network = parsed.exploded[:19] if isinstance(parsed, IPv6Address) else str(parsed)
    return salted_hmac("checkout.placed_from", network, algorithm="sha256").hexdigest()[:32]


def refuse_too_many(placer: Placer) -> None:
    """Raise :class:`TooManyOpen` where a limit is reached. Call it inside the transaction that places the order."""
    limits = [limit for limit in _limits(placer) if limit.most]
    _have_for_oneself([f"{limit.kind}:{limit.key}" for limit in limits])
    for limit in limits:
        found = Order.objects.filter(limit.which, status=Order.Status.AWAITING_PAYMENT)
        if (count := found.count()) >= limit.most:
            raise TooManyOpen(limit.kind, count, _minutes_left(found), _own_orders(placer))


def hold_time(left: list[int]) -> timedelta:
    """Return how long an order may hold its stock. ``left``: units of each of its variants that are left for others."""
    is_scarce = any(units < settings.SCARCE_UNITS for units in left)
    held: timedelta = settings.HOLD_TIME
    return min(held, settings.SCARCE_HOLD_TIME) if is_scarce else held


def _limits(placer: Placer) -> Iterator[_Limit]:
    if (own := _own(placer)) is not None:
        yield _Limit(OWN, str(placer.user_id or placer.nav_id), settings.OPEN_ORDERS_PER_VISITOR, own)
    if placer.email and placer.user_id is None:  # an account is counted as such: others could use its address up
        mailbox = _mailbox(placer.email)
        yield _Limit(EMAIL, "@".join(mailbox), settings.OPEN_ORDERS_PER_EMAIL, _of_mailbox(*mailbox))
    if placer.placed_from:
        which = Q(placed_from=placer.placed_from)
        yield _Limit(ADDRESS, placer.placed_from, settings.OPEN_ORDERS_PER_ADDRESS, which)


def _own(placer: Placer) -> Q | None:
    if placer.user_id is not None:
        return Q(user_id=placer.user_id)
    return Q(user=None, cart__nav_id=placer.nav_id) if placer.nav_id else None


def _mailbox(email: str) -> tuple[str, str]:
    """Return name and host of an e-mail address, without what may stand behind a plus: all of it is one mailbox."""
    name, _, host = email.lower().rpartition("@")
    return name.partition("+")[0], host


def _of_mailbox(name: str, host: str) -> Q:
    return Q(email__iexact=f"{name}@{host}") | Q(email__istartswith=f"{name}+", email__iendswith=f"@{host}")


def _have_for_oneself(keys: list[str]) -> None:
    """Wait for all who place an order with one of these keys; they wait for this one. In one order, never crosswise.

    On SQLite the transaction itself is the only writer.
    """
    if connection.vendor != "postgresql" or not keys:
        return
    places = ", ".join(["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {places}", sorted(keys))


def _minutes_left(found: QuerySet[Order]) -> int:
    held = Hold.objects.filter(reference__in=found.values("token"), state=Hold.State.HELD)
    first = held.aggregate(first=Min("expires_at"))["first"]
    left = settings.HOLD_TIME if first is None else first - timezone.now()
    return max(1, math.ceil(left.total_seconds() / 60))


def _own_orders(placer: Placer) -> list[OpenOrder]:
    own = _own(placer)
    if own is None:
        return []
    found = Order.objects.filter(own, status=Order.Status.AWAITING_PAYMENT).order_by("pk")
    return [OpenOrder(*row) for row in found.values_list("number", "token")[:10]]
