"""Which cart is whose, and what is in it. No side effects.

Every stage of checkout asks this, so the queries are prepared and rows become plain values, not models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, OuterRef, Subquery, Sum
from django.http import HttpRequest

from shop.cart.cookies import cart_token
from shop.cart.models import Cart, CartLine
from shop.cart.pricing import LineRow, PricedLine, priced
from shop.catalog.models import Image
from shop.catalog.prepared import Prepared

MARK = "@"
"""Stands in a prepared query where a token goes in; no token contains it."""
NUMBER_MARK = -71_903
"""The same for a number; no row has it."""


class OpenCart(NamedTuple):
    """A cart that is open, as it was read."""

    pk: int
    token: str
    version: int
    opened: int
    nav_id: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class CartContents:
    """A visitor's open cart with its lines as they are now; ``cart`` is ``None`` for a visitor without one."""

    cart: OpenCart | None
    lines: list[PricedLine]


NOTHING = CartContents(None, [])


def user_id_of(request: HttpRequest) -> int | None:
    """The account signed in, without touching the session of a browser that has none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.session.modified:
        return None
    return request.user.pk if request.user.is_authenticated else None


def find_cart(request: HttpRequest) -> OpenCart | None:
    """The visitor's open cart: an account's by the account, a guest's by its token."""
    user_id = user_id_of(request)
    if user_id is not None:
        return _first(_cart_of_account().rows(user_id))
    token = cart_token(request)
    return _first(_cart_of_guest().rows(token)) if token else None


def open_cart_by_id(cart_id: int) -> OpenCart | None:
    return _first(_cart_by_id().rows(cart_id))


def read_cart(request: HttpRequest) -> CartContents:
    """Read the visitor's cart anew, in two queries, and remember it for :func:`shown_cart`."""
    cart = find_cart(request)
    contents = CartContents(cart, priced_lines(cart.pk)) if cart else NOTHING
    request.cart_contents = contents  # type: ignore[attr-defined]
    return contents


def shown_cart(request: HttpRequest) -> CartContents:
    """What was last read in this request, so that a page and the facts decided on are the same."""
    return getattr(request, "cart_contents", None) or read_cart(request)


def count_units(request: HttpRequest) -> int:
    """How many units are in the cart, in one query: by the token alone while the cart is a guest's."""
    token = cart_token(request)
    rows = _units().rows(token) if token else []
    if not rows or (rows[0][0] is not None and rows[0][0] != user_id_of(request)):
        return 0
    return int(rows[0][1] or 0)


def priced_lines(cart_id: int) -> list[PricedLine]:
    """The lines with today's prices and stock, in one query, oldest first."""
    return [priced(LineRow(*row)) for row in _lines().rows(cart_id)]


# --- The queries, compiled once ---
def _carts() -> tuple[str, ...]:
    return OpenCart._fields


@cache
def _cart_of_account() -> Prepared:
    mine = Cart.objects.filter(user_id=NUMBER_MARK, status=Cart.Status.OPEN)
    return Prepared(mine.values_list(*_carts()), NUMBER_MARK)


@cache
def _cart_of_guest() -> Prepared:
    guests = Cart.objects.filter(token=MARK, user__isnull=True, status=Cart.Status.OPEN)
    return Prepared(guests.values_list(*_carts()), MARK)


@cache
def _cart_by_id() -> Prepared:
    return Prepared(Cart.objects.filter(pk=NUMBER_MARK, status=Cart.Status.OPEN).values_list(*_carts()), NUMBER_MARK)


@cache
def _units() -> Prepared:
    with_token = Cart.objects.filter(token=MARK, status=Cart.Status.OPEN).annotate(units=Sum("lines__quantity"))
    return Prepared(with_token.values_list("user_id", "units"), MARK)


@cache
def _lines() -> Prepared:
    picture = Image.objects.filter(product=OuterRef("variant__product")).exclude(file="").order_by("position", "pk")
    lines = (
        CartLine.objects.filter(cart_id=NUMBER_MARK)
        .annotate(
            picture=Subquery(picture.values("file")[:1]),
            on_sale=F("variant__is_active"),
            is_published=F("variant__product__is_published"),
        )
        .order_by("added_at", "pk")
    )
    return Prepared(lines.values_list(*LineRow._fields), NUMBER_MARK)


def _first(rows: list[tuple[object, ...]]) -> OpenCart | None:
    return OpenCart(*rows[0]) if rows else None  # type: ignore[arg-type]
