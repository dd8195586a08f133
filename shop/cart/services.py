"""Changes of carts. Each is one short transaction and conditional on what it was decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from shop.cart.models import Cart, CartLine, new_token
from shop.cart.queries import OpenCart, Wish, cart_of_account, cart_of_guest, read_line, read_wish
from shop.catalog.prepared_writes import PreparedInsert, PreparedUpdate

TRIES = 40
"""How often a change is made again after another one of the same cart came in between."""


class NotOnSale(LookupError):
    """No such SKU, or it is not sold at present."""


class CartClosed(RuntimeError):
    """The cart was ordered or merged meanwhile."""


class CartMoved(RuntimeError):
    """Another change of the cart came in between reading and writing."""


class NoSuchLine(LookupError):
    """The line is not in this cart."""


class ChangedMeanwhile(RuntimeError):
    """Somebody (another tab) changed the line to ``quantity`` since it was shown."""

    def __init__(self, quantity: int) -> None:
        super().__init__(f"now {quantity}")
        self.quantity = quantity


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a wish: ``asked`` units in all, ``quantity`` now in the cart (less when stock is short)."""

    title: str
    asked: int
    quantity: int

    @property
    def is_short(self) -> bool:
        return self.quantity < self.asked


@dataclass(frozen=True, slots=True)
class MergeReport:
    """``moved``: lines that the account's cart did not have; ``joined``: lines it had already."""

    moved: int = 0
    joined: int = 0
    token: str = ""


def open_cart(*, token: str, user_id: int | None, nav_id: str) -> OpenCart:
    """The open cart of an account, or that with ``token`` of a guest; a new one when there is none."""
    cart = cart_of_account(user_id) if user_id is not None else cart_of_guest(token)
    if cart:
        return cart
    if user_id is not None:
        return _open_account_cart(user_id, nav_id)
    return _new_cart(nav_id)


def add(cart_id: int, *, sku: str, quantity: int) -> Placed:
    """Put ``quantity`` more units into the cart, as far as stock and the limit of a line allow.

    Raises ``NotOnSale`` and ``CartClosed``.
    """

    def more() -> Placed:
        wish = read_wish(cart_id, sku)
        if wish is None:
            raise NotOnSale(sku)
        return _place(cart_id, wish, quantity + (wish.held or 0))

    return _as_read_or_again(cart_id, more)


LONGEST_WAIT = timedelta(seconds=30)
"""For a browser that shows no pictures, and so never tells that the cart is there."""


def add_once(cart_id: int, *, sku: str, quantity: int) -> Placed:
    """The same for a form that a browser sends as a document: one and the same, until the cart is looked at, counts once.

    Without a script two clicks on a slow form are two requests, and nothing in them tells that from a second wish. But
    the answer to a wish is the cart: who has not seen it yet is still waiting for that, and who wishes for more has.
    After :data:`LONGEST_WAIT` it is a second wish all the same.
    """
    sent = f"{sku} {quantity}"

    def once() -> Placed:
        wish = read_wish(cart_id, sku)
        if wish is None:
            raise NotOnSale(sku)
        if Cart.objects.filter(pk=cart_id, unseen=sent, updated_at__gte=timezone.now() - LONGEST_WAIT).exists():
            return Placed(wish.title, wish.held or 0, wish.held or 0)
        placed = _place(cart_id, wish, quantity + (wish.held or 0))
        Cart.objects.filter(pk=cart_id).update(unseen=sent)
        return placed

    return _as_read_or_again(cart_id, once)


def note_seen(cart_id: int, *, version: int) -> None:
    """The cart stands on the screen as it was at ``version``, with what was put in last."""
    Cart.objects.filter(pk=cart_id, version=version).exclude(unseen="").update(unseen="")


def set_quantity(cart_id: int, line_id: int, *, quantity: int, was: int | None = None) -> Placed:
    """Set a line to ``quantity`` units, 0 removes it, and go on with today's price.

    ``was``: the quantity that was shown. Raises ``NoSuchLine``, ``CartClosed`` and, where ``was`` is not what is there
    now, ``ChangedMeanwhile``.
    """

    def exactly() -> Placed:
        wish = read_line(cart_id, line_id)
        if wish is None:
            raise NoSuchLine(line_id)
        if was is not None and wish.held not in (was, quantity):
            raise ChangedMeanwhile(wish.held or 0)
        return _place(cart_id, wish, quantity)

    return _as_read_or_again(cart_id, exactly)


def merge(guest_token: str, user_id: int) -> MergeReport:
    """Bring a guest's cart into the account: adopted where the account has no open cart, else joined line by line.

    Of a variant in both, the larger quantity stays, so that a repeated login never doubles anything.
    """
    guest = Cart.objects.filter(token=guest_token, user__isnull=True, status=Cart.Status.OPEN).first()
    mine = Cart.objects.filter(user_id=user_id, status=Cart.Status.OPEN).first()
    if guest is None:
        return MergeReport(token=mine.token if mine else "")
    if mine is None:
        return _adopt(guest, user_id)
    with transaction.atomic():
        won = Cart.objects.filter(pk=guest.pk, status=Cart.Status.OPEN).update(status=Cart.Status.MERGED)
        if not won:
            return MergeReport(token=mine.token)
        if not Cart.objects.filter(pk=mine.pk, status=Cart.Status.OPEN).update(version=F("version") + 1):
            raise CartClosed(mine.pk)
        return _join(guest, mine)


def close_cart(cart_id: int, *, version: int) -> bool:
    """Mark a cart as ordered, if it is still open and just as it was seen. True when it was."""
    return _close().run((Cart.Status.ORDERED, timezone.now()), cart_id, version) == 1


def reopen_cart(cart_id: int) -> bool:
    """Open an ordered cart again (its order was given up). False when it is open, or its account has another one."""
    try:
        with transaction.atomic():
            ordered = Cart.objects.filter(pk=cart_id, status=Cart.Status.ORDERED)
            changes = {"status": Cart.Status.OPEN, "opened": F("opened") + 1, "version": F("version") + 1}
            return ordered.update(**changes, updated_at=timezone.now()) == 1
    except IntegrityError:  # one_open_cart_per_account
        return False


def _open_account_cart(user_id: int, nav_id: str) -> OpenCart:
    try:
        with transaction.atomic():
            return _new_cart(nav_id, user_id)
    except IntegrityError:  # a second tab opened it in between
        return _as_read(Cart.objects.get(user_id=user_id, status=Cart.Status.OPEN))


def _new_cart(nav_id: str, user_id: int | None = None) -> OpenCart:
    token = new_token()
    pk = _insert_cart.run(token=token, nav_id=nav_id, user_id=user_id)
    return OpenCart(pk=pk, token=token, version=0, opened=1, nav_id=nav_id, user_id=user_id, unseen="")


def _as_read(cart: Cart) -> OpenCart:
    return OpenCart(*(getattr(cart, name) for name in OpenCart._fields))


def _as_read_or_again(cart_id: int, change: Callable[[], Placed]) -> Placed:
    """Make a change that is conditional on the cart as it was read; when another one came in between, read again.

    Each loser means a winner, so it ends; :class:`CartMoved` when it does not within :data:`TRIES`.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return change()
        except CartMoved:
            continue
    raise CartMoved(cart_id)


def _place(cart_id: int, wish: Wish, asked: int) -> Placed:
    """Write a line with as many units as can be had. The cart's version is the guard: nobody else wrote in between."""
    if wish.cart_version is None:
        raise CartClosed(cart_id)
    if not next_version(cart_id, version=wish.cart_version):
        raise CartMoved(cart_id)
    placed = Placed(wish.title, asked, min(asked, wish.most))
    seen = (wish.price.amount, wish.price.currency.code)
    if placed.quantity > 0 and wish.line_id:
        _write_line().run((placed.quantity, *seen), wish.line_id)
    elif placed.quantity > 0:
        _insert_line.run(
            cart_id=cart_id,
            variant_id=wish.variant_id,
            quantity=placed.quantity,
            seen_price=seen[0],
            seen_price_currency=seen[1],
        )
    elif wish.line_id:
        CartLine.objects.filter(pk=wish.line_id).delete()
    return placed


def next_version(cart_id: int, *, version: int) -> bool:
    """Take the cart as it was read for this transaction. False when it is not open, or has changed since."""
    return _move_on().run((version + 1, timezone.now()), cart_id, version) == 1


def _adopt(guest: Cart, user_id: int) -> MergeReport:
    try:
        with transaction.atomic():
            Cart.objects.filter(pk=guest.pk, status=Cart.Status.OPEN, user__isnull=True).update(user_id=user_id)
    except IntegrityError:  # the account got an open cart in between: join the two
        return merge(guest.token, user_id)
    return MergeReport(moved=guest.lines.count(), token=guest.token)


def _join(guest: Cart, mine: Cart) -> MergeReport:
    moved = joined = 0
    held = {line.variant_id: line for line in mine.lines.all()}
    for line in guest.lines.all():
        twin = held.get(line.variant_id)
        if twin is None:
            CartLine.objects.filter(pk=line.pk).update(cart=mine)
            moved += 1
            continue
        CartLine.objects.filter(pk=twin.pk).update(quantity=max(twin.quantity, line.quantity))
        joined += 1
    return MergeReport(moved=moved, joined=joined, token=mine.token)


# --- The statements, compiled once ---
ID, VERSION = -1, 2**31 - 1
"""Marks in them; no row has either."""

_insert_cart = PreparedInsert(Cart)
_insert_line = PreparedInsert(CartLine)


@cache
def _move_on() -> PreparedUpdate:
    return PreparedUpdate(_open_as_read(), ("version", "updated_at"), (ID, VERSION))


@cache
def _close() -> PreparedUpdate:
    return PreparedUpdate(_open_as_read(), ("status", "updated_at"), (ID, VERSION))


@cache
def _write_line() -> PreparedUpdate:
    columns = ("quantity", "seen_price", "seen_price_currency")
    return PreparedUpdate(CartLine.objects.filter(pk=ID), columns, (ID,))


def _open_as_read() -> QuerySet[Cart]:
    return Cart.objects.filter(pk=ID, status=Cart.Status.OPEN, version=VERSION)
