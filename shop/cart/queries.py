"""Find a visitor's cart and read what is in it. No side effects.

Every stage of checkout does this, so the queries are compiled once and rows become plain values, not models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, OuterRef, Q, Subquery, Sum, Value, When
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from shop.cart.cookies import cart_token
from shop.cart.models import Cart, CartLine
from shop.cart.pricing import MAX_PER_LINE, LineRow, PricedLine, TakenOut, split
from shop.catalog.availability import NOT_SOLD, availability
from shop.catalog.models import Image, Variant
from shop.catalog.offered import offered
from shop.money import money_of
from shop.sql.reads import CompiledQuery, from_json
from shop.sql.slots import Slot

UNITS = Sum("lines__quantity", filter=Q(lines__variant__isnull=False))
"""The units in a cart, without lines whose article was deleted."""


class OpenCart(NamedTuple):
    """An open cart as it was read from the database."""

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
    taken_out: tuple[TakenOut, ...] = ()


class Units(NamedTuple):
    """``number``: units in the cart; ``mark``: :func:`mark_of` the cart that was counted."""

    number: int
    mark: str


NO_UNITS = Units(0, "")


class WishRow(NamedTuple):
    variant_id: int
    sku: str
    values: Any
    title: str
    price: Any
    price_currency: str
    available: int | None
    sells_without: bool | None
    is_on_sale: bool
    cart_version: int | None
    line_id: int | None
    held: int | None


class LineContext:
    """A variant with the cart line that is about to change, as they were read.

    ``cart_version`` is ``None`` when the cart is not open; ``held``: units in the line, ``None`` without a line;
    ``most``: units that can be ordered now; ``offer``: what a page would show now.
    """

    def __init__(self, row: WishRow) -> None:
        self.variant_id, self.title = row.variant_id, row.title
        self.price = money_of(row.price, row.price_currency)
        self.cart_version, self.line_id, self.held = row.cart_version, row.line_id, row.held
        available = MAX_PER_LINE if row.available is None or row.sells_without else row.available
        self.is_on_sale = row.is_on_sale
        stock = availability(row.available, sells_without=row.sells_without) if row.is_on_sale else NOT_SOLD
        self.offer = offered(row.sku, row.title, from_json(row.values), self.price, stock)
        self.most = min(MAX_PER_LINE, available) if row.is_on_sale else 0


NOTHING = CartContents(None, [])


def user_id_of(request: HttpRequest) -> int | None:
    """Return the signed-in account's primary key, ``None`` for a guest; reads no session where no cookie names one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.session.modified:
        return None
    return request.user.pk if request.user.is_authenticated else None


def find_cart(request: HttpRequest) -> OpenCart | None:
    """Return the visitor's open cart: an account's by the account, a guest's by the token."""
    user_id = user_id_of(request)
    return cart_of_guest(cart_token(request)) if user_id is None else cart_of_account(user_id)


def cart_of_account(user_id: int) -> OpenCart | None:
    return _first(_cart_of_account().rows(user=user_id))


def cart_of_guest(token: str) -> OpenCart | None:
    return _first(_cart_of_guest().rows(token=token)) if token else None


def nav_id_of_guest(token: str) -> str:
    """Return the navigation id of a guest's cart, open or not; empty for none."""
    mine = Cart.objects.filter(token=token, user__isnull=True).values_list("nav_id", flat=True)
    return (mine.first() or "") if token else ""


def read_wish(cart_id: int, sku: str) -> LineContext | None:
    """Read the variant on sale under ``sku`` with the cart's line of it, in one query; ``None`` if none is on sale."""
    rows = _wish().rows(sku=sku, cart=cart_id)
    return LineContext(WishRow(*rows[0])) if rows else None


def read_line(cart_id: int, line_id: int) -> LineContext | None:
    """Read a line of the cart with its variant, on sale or not; ``None`` if the cart has no such line."""
    rows = _wish_of_line().rows(cart=cart_id, line=line_id)
    return LineContext(WishRow(*rows[0])) if rows else None


def read_cart(request: HttpRequest) -> CartContents:
    """Read the visitor's cart again, in two queries, and remember it for :func:`shown_cart`."""
    cart = find_cart(request)
    contents = CartContents(cart, *split(line_rows(cart.pk))) if cart else NOTHING
    remember_contents(request, contents)
    return contents


def remember_contents(request: HttpRequest, contents: CartContents) -> None:
    request.cart_contents = contents  # type: ignore[attr-defined]


def shown_cart(request: HttpRequest) -> CartContents:
    """Return what this request read last, so that the page shows the facts that the decision was based on."""
    return getattr(request, "cart_contents", None) or read_cart(request)


def count_units(request: HttpRequest) -> Units:
    """Count the units in the visitor's cart: for a guest in one query, by the token alone.

    An account's cart may have been opened on another device, so this browser's token may not be that cart's.
    """
    token = cart_token(request)
    rows = _units().rows(token=token) if token else []
    user_id = rows[0][0] if rows else None
    if not rows or user_id is not None:
        mine = user_id_of(request)
        if mine is None:
            return NO_UNITS
        if mine != user_id:
            rows = _units_of_account().rows(user=mine)
    return Units(rows[0][1] or 0, mark_of(*rows[0][2:])) if rows else NO_UNITS


def mark_of(cart_id: int, version: int) -> str:
    """Return a short digest that changes with the cart's version and reveals neither id nor version."""
    return salted_hmac("shop.cart", f"{cart_id} {version}", algorithm="sha256").hexdigest()[:12]


def priced_lines(cart_id: int) -> list[PricedLine]:
    """Return the lines with today's prices and stock, in one query, oldest first."""
    return split(line_rows(cart_id))[0]


def line_rows(cart_id: int) -> list[LineRow]:
    return [LineRow(*row) for row in _lines().rows(cart=cart_id)]


# --- The queries, compiled once ---
def _carts() -> tuple[str, ...]:
    return OpenCart._fields


@cache
def _cart_of_account() -> CompiledQuery:
    mine = Cart.objects.filter(user_id=Slot("user"), status=Cart.Status.OPEN)
    return CompiledQuery(mine.values_list(*_carts()))


@cache
def _cart_of_guest() -> CompiledQuery:
    guests = Cart.objects.filter(token=Slot("token"), user__isnull=True, status=Cart.Status.OPEN)
    return CompiledQuery(guests.values_list(*_carts()))


@cache
def _wish() -> CompiledQuery:
    line = CartLine.objects.filter(cart_id=Slot("cart"), variant=OuterRef("pk"))
    cart = Cart.objects.filter(pk=Slot("cart"), status=Cart.Status.OPEN)
    on_sale = Variant.objects.filter(sku=Slot("sku"), is_active=True, product__is_published=True).annotate(
        cart_version=Subquery(cart.values("version")[:1]),
        line_id=Subquery(line.values("pk")[:1]),
        held=Subquery(line.values("quantity")[:1]),
    )
    columns = (
        "pk",
        "sku",
        "values",
        "product__title",
        "price",
        "price_currency",
        "stock__available",
        "stock__sells_without",
    )
    return CompiledQuery(on_sale.values_list(*columns, "is_active", "cart_version", "line_id", "held"))


@cache
def _wish_of_line() -> CompiledQuery:
    cart = Cart.objects.filter(pk=OuterRef("cart_id"), status=Cart.Status.OPEN)
    lines = CartLine.objects.filter(cart_id=Slot("cart"), pk=Slot("line"), variant__isnull=False).annotate(
        is_on_sale=Case(
            When(variant__is_active=True, variant__product__is_published=True, then=Value(True)), default=Value(False)
        ),
        cart_version=Subquery(cart.values("version")[:1]),
    )
    columns = ("sku", "values", "product__title", "price", "price_currency", "stock__available", "stock__sells_without")
    joined = (f"variant__{name}" for name in columns)
    return CompiledQuery(lines.values_list("variant_id", *joined, "is_on_sale", "cart_version", "pk", "quantity"))


@cache
def _units() -> CompiledQuery:
    with_token = Cart.objects.filter(token=Slot("token"), status=Cart.Status.OPEN).annotate(units=UNITS)
    return CompiledQuery(with_token.values_list("user_id", "units", "pk", "version"))


@cache
def _units_of_account() -> CompiledQuery:
    mine = Cart.objects.filter(user_id=Slot("user"), status=Cart.Status.OPEN).annotate(units=UNITS)
    return CompiledQuery(mine.values_list("user_id", "units", "pk", "version"))


@cache
def _lines() -> CompiledQuery:
    lines = CartLine.objects.filter(cart_id=Slot("cart")).annotate(picture=first_picture("variant__product"))
    return CompiledQuery(lines.order_by("added_at", "pk").values_list(*LineRow._fields))


def first_picture(product: str) -> Subquery:
    """Return the file of a product's first picture. ``product``: path to the product from the outer query's row."""
    pictures = Image.objects.filter(product=OuterRef(product)).exclude(file="").order_by("position", "pk")
    return Subquery(pictures.values("file")[:1])


def _first(rows: list[tuple[object, ...]]) -> OpenCart | None:
    return OpenCart(*rows[0]) if rows else None  # type: ignore[arg-type]
